/* The terminal, lent to a target that `run` starts from one: it becomes the foreground job, as under a shell.
 * Layer: trial/. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Is there one to lend? True where `fd` is the terminal whose foreground job we are. */
bool terminal_is_ours(int fd);

/* Is it the terminal of another job, the one in its foreground? Not where it controls nobody: then it has no
 * jobs. Async-signal-safe. */
bool terminal_is_others(int fd);

/* Makes `group` the foreground job. For the child itself, before exec, and for us. Async-signal-safe. */
void terminal_give(int fd, pid_t group);

/* Where the target, a child of ours, was stopped from the terminal (Ctrl-Z): stops us as well, and when we
 * are continued, lends it the terminal again and continues it. Called now and then while it runs. */
void terminal_follow_stop(int fd, pid_t target);
