/* One cell of a recorded series: a time or a number of bytes, as somebody else's tool wrote it.
 * Layer: output/. Includes base/. Pure: the time zone does not matter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/known.h"

/* How the times of a file are written. Zeroed: not known before the first is read. */
struct cell_clock {
    int64_t unit_ns;    /* of plain numbers; 0: the first one decides, by its size */
    bool absolute;      /* since 1970, or a date; else since something began */
    bool zone_missing;  /* a date had no offset and was taken as UTC */
    bool decimal_comma; /* "1,5" is a number here: the cells are separated by something else */
};

/* Reads seconds, or milli-, micro- or nanoseconds since 1970 (told by their size: 1e11 seconds are in the
 * year 5138), or RFC 3339 with a blank for its T, a comma for its point, and without its offset, into
 * nanoseconds. False: no time, negative, or beyond 2^63 ns. */
bool cell_time(const char *text, struct cell_clock *clock, int64_t *ret_ns);

/* Looks like a date without a time: "2026-11-23". */
bool cell_is_date(const char *text);

/* A number of bytes that was written down, and how finely. */
struct cell_bytes {
    struct known_i64 bytes; /* unknown: a gap (an empty cell, NaN, null, NA, -) */
    double step;            /* what its last digit stands for, in bytes; at most 1: exact */
    double unit;            /* bytes of its suffix or its power of ten; 1: plain */
    int digits;             /* that are significant, those behind the point included */
};

/* Reads a plain number, a float, a Kubernetes quantity, or the same with the B of a unit and a blank
 * ("12.3 MiB", "312kB"); rounded up to a whole byte. -EINVAL, -ERANGE: the message says what is wrong with
 * the text and begins with it. */
int cell_bytes(const char *text, struct cell_bytes *ret, struct error *error);

/* A copy without the blanks around it, in `buffer`; cut where it is longer. */
void cell_trim(const char *text, char *buffer, int size);
