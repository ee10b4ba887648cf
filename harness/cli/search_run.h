/* The loop of a search: profile, then trials until the search is content. Shared by `find` and `size`.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/session.h"

/* Runs the search and fills result.oom_point. Returns STATUS_OK where the bracket is proven; otherwise the
 * exit status to leave with, the reason already printed. */
int search_run(struct session *session);

/* No probe goes on for longer than this: ten times the profile. */
int64_t search_slow_after(const struct session *session);
