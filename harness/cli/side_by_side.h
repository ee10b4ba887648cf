/* Several trials at once, each in a process of its own that measures and hands its trial over.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/session.h"

#define SIDE_BY_SIDE_MAX 64

/* One of them. */
struct planned {
    struct trial_spec spec;
    const char *why;
};

/* Runs them all at once, SIDE_BY_SIDE_MAX at most, and keeps each as it ends; their order in the result is
 * that of their ends. Returns as session_run() does, once all have ended; the user's interrupt ends them all.
 * A run that failed, though another ran beside it, says nothing: it is kept as a harness error, and
 * *ret_disturbed is set. */
int side_by_side_run(struct session *session, const struct planned *planned, int count, bool *ret_disturbed);
