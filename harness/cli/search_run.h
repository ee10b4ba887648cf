/* The loop of a search: profile, then trials until the search is content. Shared by `find` and `size`.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/session.h"

/* Runs the search and fills result.oom_point. Returns STATUS_OK where the bracket is proven; otherwise the
 * exit status to leave with, the reason already printed. */
int search_run(struct session *session);

/* A run under this limit that ends at the first OOM kill, or when it is much too slow. */
struct trial_spec search_spec(const struct session *session, enum purpose purpose, int64_t limit_bytes);

/* The closing words: the OOM point, the recommendation where there is one, and where it is kept. */
void search_print_answer(struct session *session);
