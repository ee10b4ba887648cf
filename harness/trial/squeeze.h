/* A live squeeze: the load is run again and again on one server, first without a limit, then under one that
 * steps down before each run, so that one start gives the whole curve. What it comes down to is an estimate:
 * the peak of a start does not show in it, and a runtime that read its limit at its start does not notice.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include "kernel/cgroup.h"
#include "model/trial.h"

/* More runs of the load than this are not made, so that a server whose need follows its limit down to nothing
 * has an end too. */
#define SQUEEZE_RUNS_MAX 120

struct squeeze {
    int64_t floor_bytes;            /* the lowest limit that is tried; 0: no squeeze */
    struct known_i64 ceiling_bytes; /* what it runs under before the first limit */
    int64_t page_bytes;
    int64_t swap_bytes;             /* beside each limit */
    int runs;                       /* of the load, that came to their end */
    int64_t usual_ns;               /* the longest without a limit; at first that of an earlier trial */
    struct known_f64 usual_rate;    /* the highest of those */
    struct known_i64 limit_bytes;   /* in force; unknown: none yet */
    struct known_i64 held_bytes;    /* the lowest under which a whole run of the load succeeded */
    struct known_i64 needed_bytes;  /* the most that could not be reclaimed, since the last run's end */
    struct known_i64 used_bytes;    /* the most that was used since then */
    struct known_i64 needed_before; /* the same of the run before */
    struct snapshot seen;           /* the last reading */
    bool coarse;                    /* the last step was one */
    char *end;                      /* why it went no further, a sentence; owned; NULL: not told */
};

enum squeeze_move {
    SQUEEZE_AGAIN,   /* run the load, as things are */
    SQUEEZE_LOWER,   /* lower the limit first */
    SQUEEZE_END,     /* no lower limit is tried */
    SQUEEZE_STALLED, /* it held, but far too slowly to count */
};

/* ---- the rule, pure ---- */

/* A reading of the target's group; the same one twice counts once. */
void squeeze_look(struct squeeze *squeeze, const struct snapshot *now);

/* What to do after a run of the load that succeeded. Without a limit it is run until what is needed rises no
 * more; then comes a limit that holds all that was used, then steps of a tenth while that is far above what
 * was needed in the last run, then of 2.5 %. SQUEEZE_LOWER: to *ret_bytes, whole pages. */
enum squeeze_move squeeze_next(struct squeeze *squeeze, const struct load_run *run, int64_t *ret_bytes);

/* The limit is now this. */
void squeeze_lowered(struct squeeze *squeeze, int64_t limit_bytes);

/* The limit could not be lowered so far: where that was a coarse step, a fine one may do. */
enum squeeze_move squeeze_refused(struct squeeze *squeeze, int64_t *ret_bytes);

/* How long a run of the load may take: ten times what it took without a limit, and at least two seconds more.
 * 0: as long as it likes. */
int64_t squeeze_patience_ns(const struct squeeze *squeeze);

/* What is said of a run that stalled. Caller frees. */
char *squeeze_stall_text(const struct squeeze *squeeze, const struct load_run *run);

/* ---- on the group ---- */

/* As squeeze_next(), and writes the limit: returns 0 and SQUEEZE_AGAIN, SQUEEZE_END or SQUEEZE_STALLED, or a
 * negative errno where a limit could not be written or read back. On v2 the target may be dead afterwards. */
int squeeze_step(struct squeeze *squeeze, const struct cgroup *group, const struct load_run *run,
                 enum squeeze_move *ret, struct error *error);

void squeeze_free(struct squeeze *squeeze);
