/* Counters of memory groups that only rise: what struck, and where.
 * Layer: model/. Includes base/. */
#pragma once

#include "base/known.h"

struct group_events {
    struct known_i64
        limit_hits;        /* times usage met the limit and reclaim began: NOT an OOM (v2 max, v1 failcnt) */
    struct known_i64 ooms; /* times THIS group's limit led to an OOM (v2 events.local oom); unknown on v1 */
    struct known_i64 oom_kills;   /* processes killed by the OOM killer in this group and those below it */
    struct known_i64 nested_hits; /* limits hit in groups below this one: v2 OOMs, v1 limit hits */
    struct known_i64 oomd_kills;  /* processes that systemd-oomd killed in it; unknown on v1 */
    struct known_i64 peak_bytes;  /* highest usage since the group was made, where it is not reset by us */
};

/* An OOM can be caused by any group above: its counters before and after. */
struct ancestor_events {
    char *path;
    struct known_i64 limit_bytes;
    struct group_events before;
    struct group_events after;
};

/* Names of the counters as the kernel in use calls them, for evidence. */
struct counter_names {
    const char *limit_hits;
    const char *ooms;
    const char *oom_kills;
};
