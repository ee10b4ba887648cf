/* The loop of a gate: runs until what is asked can be told, or the most that may be were made.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "analysis/gate_judge.h"
#include "cli/session.h"
#include "output/baseline.h"

/* What is asked, and of what. */
struct check {
    const struct options *options;
    bool has_baseline;
    struct baseline pinned;
    struct baseline measured; /* of this run; without values until check_judge() */
    struct compare_course courses[JUDGE_METRICS];
};

/* Plans the looks at each metric. -EINVAL: so few values, with as many runs as are allowed, could never come
 * to a decision. */
int check_plan(struct check *check, struct error *error);

/* Makes the runs that were planned. Returns 0, also where it stays undecided, or the exit status to leave
 * with, the reason already printed. */
int check_measure(struct session *session, struct check *check);

/* Puts what was found to result->gate, all of it, and the values to check->measured. `status` is that of
 * check_measure(): where it is not 0 nothing passes. */
void check_judge(struct check *check, struct result *result, int status);

/* The same of a result that was read: its runs are taken as they are, in one look. */
void check_judge_read(struct check *check, struct result *result);
