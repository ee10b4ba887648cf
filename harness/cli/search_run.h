/* The loop of a search: profile, then trials until the search is content. Shared by `find` and `size`.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/session.h"

/* Runs the search and fills result.oom_point. Returns STATUS_OK where the bracket is proven; otherwise the
 * exit status to leave with, the reason already printed. */
int search_run(struct session *session);

/* A run without a limit did not survive: says why, memory not being what ails it or there being not enough of
 * it here. Returns the exit status. */
int search_explain_failure(struct session *session, const struct trial *profile);

/* A run under this limit that ends at the first OOM kill, or when it is much too slow. */
struct trial_spec search_spec(const struct session *session, enum purpose purpose, int64_t limit_bytes);

/* The closing words of a search that ends with this status: the OOM point and the recommendation where there
 * is one, or what the run without a limit told. */
void search_print_answer(struct session *session, int status);
