/* A terminal that has been changed is put in order where the process is stopped (Ctrl-Z) or dies of a signal
 * that nobody handles. Layer: cli/. Includes trial/. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

/* What puts one in order. */
struct terminal_order {
    int fd;           /* that was drawn on */
    const char *text; /* for it */
    bool has_settings;
    int keyboard; /* they are of this one */
    struct termios settings;
};

/* Takes over the signals. Adds those that are to be blocked while something is drawn to `blocked`. Without it
 * the rest has no effect. */
void terminal_guard(sigset_t *blocked);

/* From now on this is to be done then, once; borrowed until terminal_guard_done() of the same, or until
 * another takes its place. Nothing is done from the background, where the terminal is another job's. */
void terminal_guard_with(const struct terminal_order *order);

/* The terminal is in order. Nothing where `order` is not what would be done. */
void terminal_guard_done(const struct terminal_order *order);

/* Grows whenever the process is stopped and continued: then what was drawn before is the shell's. */
int terminal_stops(void);
