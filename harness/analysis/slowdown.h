/* The slowdown point: the lowest limit at which the target is as fast as without one, or within
 * --max-slowdown of it. It lies at the OOM point for programs whose memory is their own, and far above it for
 * those that live on page cache or collect garbage. Runs nothing; all it knows is the trials so far. Layer:
 * analysis/. Includes base/, model/. Pure. */
#pragma once

#include "analysis/search.h"

struct slowdown_config {
    double max_ratio;       /* --max-slowdown */
    double precision_ratio; /* widest gap between a limit that is slow and the answer; 5 % at least */
    int confirm;            /* as the search's; from 2 on the answer is run twice */
    int64_t page_bytes;
    int64_t stock_bytes;   /* as the search's */
    int64_t ceiling_bytes; /* never above */
    bool can_evict;        /* page cache that earlier trials left can be dropped before a run */
};

/* What to run next: SEARCH_RUN with PURPOSE_PROBE at a limit, or with PURPOSE_PROFILE without one (another
 * reference), each after dropping what earlier trials left cached; SEARCH_DONE, or SEARCH_GAVE_UP where no
 * limit is as fast. A survivor at the OOM point's upper end that was fast enough ends it without any run. */
void slowdown_next(const struct slowdown_config *config, const struct trial *trials, size_t count,
                   const struct oom_point *oom_point, struct search_step *ret);

/* The slowdown point as far as the trials show it. */
void slowdown_conclude(const struct slowdown_config *config, const struct trial *trials, size_t count,
                       const struct oom_point *oom_point, struct slowdown_point *ret);

/* When a probe that slowdown_next() asked for has shown enough, in nanoseconds. */
int64_t slowdown_slow_after(const struct slowdown_config *config, const struct trial *trials, size_t count);
