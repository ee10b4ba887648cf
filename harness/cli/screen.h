/* The end of a terminal that is drawn anew: some lines below everything that was printed. What is to be
 * written is made here and written elsewhere.
 *
 * There is no handler for SIGWINCH: the size is asked for whenever lines are drawn, and so nothing that waits
 * is disturbed. Layer: cli/. Pure. Includes base/ and output/. */
#pragma once

#include <stdbool.h>

#include "base/text.h"

#define SCREEN_LINES_MAX 16

/* A zeroed struct shows nothing. Release with screen_free(). */
struct screen {
    int line_count;                /* on the terminal now; 0: none */
    int columns[SCREEN_LINES_MAX]; /* that each takes */
    int width;                     /* of the terminal when they were drawn */
    char *lines;                   /* as they were drawn */
};

/* Adds what takes the place of the lines before, and hides the cursor at the beginning of the last of them;
 * nothing where they are the same. `reflows`: the terminal breaks lines in two when it is made narrower
 * (screen_reflows()). */
void screen_draw(struct screen *screen, const char *lines, int width, bool reflows, struct strbuf *ret);

/* Adds what removes them and shows the cursor; nothing where there are none. */
void screen_erase(struct screen *screen, int width, bool reflows, struct strbuf *ret);

/* Something else has been printed since: the lines are left to themselves. */
void screen_forget(struct screen *screen);

void screen_free(struct screen *screen);

/* Most terminals reflow; by their variables those that do not are known: Linux's console, xterm, and screen.
 * Each may be NULL. */
bool screen_reflows(const char *term, const char *tmux, const char *xterm_version);
