/* A terminal that something is shown on: what it can do, how large it is, and writing to it.
 * Layer: cli/. Includes base/ and output/. */
#pragma once

#include <stdbool.h>

/* DEC's private modes, as all of today's terminals know them. */
#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

struct terminal_look {
    bool is;     /* one that obeys escape codes: TERM is set, and not "dumb" */
    bool colour; /* and NO_COLOR is not set */
    bool utf8;   /* by LC_ALL, LC_CTYPE, LANG and TERM; told of what is no terminal too */
};

struct terminal_look terminal_look(int fd);

/* 80 and 24 where it does not tell, or is none. */
void terminal_size(int fd, int *ret_columns, int *ret_rows);

/* Writes to a terminal or a pipe, waiting no longer than that whenever it takes nothing. Returns what is
 * left: an empty text also where there is nobody any more to read it. */
const char *terminal_put(int fd, const char *text, int wait_ms);
