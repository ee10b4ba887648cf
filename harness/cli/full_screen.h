/* A terminal that is drawn upon as a whole, as by top, and given back as it was: at the end, and where the
 * process is stopped or dies (terminal_guard). Nothing is drawn from the background. Layer: cli/. Includes
 * base/, trial/ and output/. */
#pragma once

#include <stdbool.h>

#include "cli/terminal_guard.h"

/* Stays where it is from full_screen_look() to full_screen_close(). */
struct full_screen {
    bool live; /* standard output is a terminal that can do it */
    bool colour;
    bool utf8;
    bool open; /* the page is ours now */
    bool keys; /* what is typed comes at once, and is not shown */
    int stops; /* of terminal_stops(), when that was so */
    struct terminal_order order;
};

/* Is there one? Changes nothing. */
void full_screen_look(struct full_screen *screen);

/* Is what is drawn seen? Not where it is not live, nor where another job is in its foreground. */
bool full_screen_is_seen(const struct full_screen *screen);

/* Takes it where it is not ours yet, or not any more after a stop. False where nothing would be seen. */
bool full_screen_open(struct full_screen *screen);

/* Gives it back: the page that was there comes back. Nothing where it is not ours. */
void full_screen_close(struct full_screen *screen);

/* Was it ours until the process was stopped and continued? Then nothing is left of what was drawn. */
bool full_screen_is_lost(const struct full_screen *screen);

/* Replaces all that is shown by these lines, each of which must fit. What the terminal does not take within a
 * second is dropped. Only after full_screen_open() was true. */
void full_screen_draw(const struct full_screen *screen, const char *text);

/* The descriptor that keys come from, for poll(); -1: there is none now. */
int full_screen_keyboard(const struct full_screen *screen);

/* What was typed, without waiting; 0: nothing. Called where poll() says that there is something: nothing then
 * means that the terminal is gone, and there are no more keys. */
char full_screen_key(struct full_screen *screen);
