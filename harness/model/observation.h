/* What was found out by watching a group that somebody else runs, beside what a trial holds.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>

#include "base/known.h"

/* Why the watch is over. */
enum watch_end {
    WATCH_TIME,      /* --for */
    WATCH_INTERRUPT, /* the user */
    WATCH_EMPTY,     /* no process is left in the group */
    WATCH_PROCESS,   /* the process that was named has ended, its group has not */
    WATCH_GONE,      /* the group was removed */
    WATCH_END_COUNT,
};

/* The word in documents: "time", "interrupt", "empty", "process", "gone". */
const char *watch_end_name(enum watch_end end);
bool watch_end_from_name(const char *name, enum watch_end *ret);

/* Texts are owned. Zeroed: nothing was watched. */
struct observation {
    bool known;
    char *group;          /* its path in the file system */
    struct known_i64 pid; /* by what it was found; at most one of these three */
    char *container;
    char *unit;
    bool from_start;         /* nothing ran in it at the beginning: its start-up was seen */
    struct known_i64 age_ns; /* of the oldest process in it, at the beginning */
    int processes;           /* in it and the groups below, at the beginning */
    int others;              /* of these, what is neither the one that was named nor descends from that */
    char *members;           /* the names of the others, or of all where none was named; NULL: none */
    bool holds_us;           /* plimsoll itself is in it, and counted with it */
    enum watch_end end;
    struct known_i64 recorded_peak_bytes; /* highest usage since the group was made, page cache included */
    struct known_i64 earlier_peak_bytes;  /* the same at the beginning */
    struct known_i64 limit_hits;          /* times its usage met its limit, while it was watched */
    struct known_i64 earlier_limit_hits;  /* before that, since the group was made */
    struct known_i64 swapped_bytes;       /* swapped out, the most that was seen */
    char *again; /* the group that runs what was watched, now that this one is gone; NULL: none was found */
};

/* Releases what it owns and zeroes it. */
void observation_free(struct observation *seen);
