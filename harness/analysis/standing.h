/* Of one of many watched groups: how much room it has, whether it grows, when it runs out, and what request
 * and limit to advise. Cheap, and cruder than what watching it alone tells (observed.h).
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "model/watched_group.h"

/* Less says nothing of growth. */
#define STANDING_POINTS_LEAST 10
#define STANDING_SPAN_LEAST_S 20.0

enum standing_growth {
    STANDING_UNKNOWN, /* too little was seen */
    STANDING_FLAT,    /* no growth beyond chance, or less than a leak is called one for */
    STANDING_SLOWING, /* it grows, ever more slowly: it may come to rest */
    STANDING_GROWING,
    STANDING_GROWTH_COUNT,
};

/* The word in documents: "unknown", "flat", "slowing", "growing". */
const char *standing_growth_name(enum standing_growth growth);

struct standing {
    /* Of its limit or a limit above it, what is left after what reclaim cannot take back there; the least of
     * them, and whose that is. Unknown: there is no limit. */
    struct known_i64 headroom_bytes;
    const struct watched_group *headroom_of;
    enum standing_growth growth;
    /* Of what reclaim cannot take back, with its 95 % interval. */
    struct known_f64 bytes_per_hour;
    struct known_f64 low;
    struct known_f64 high;
    struct known_f64 exhausted_after_s; /* growing like that; unknown: it does not, or has no limit */
    struct known_i64 request_bytes;     /* both unknown: too little was seen */
    struct known_i64 limit_bytes;
};

/* What `headroom_ratio` of a limit over its base is wanted; unknown: HEADROOM_MAX. With `guaranteed` request
 * and limit are one. */
struct standing_config {
    struct known_f64 headroom_ratio;
    bool guaranteed;
};

/* All but growth, from the last reading; when its headroom is exhausted, by its growth as that was judged
 * last. The request is the highest working set that was seen; the limit the headroom times the largest of it,
 * of the highest need and of a limit that was seen to kill it, and no less than the peak of before unless
 * that met the limit. */
void standing_take_stock(const struct standing_config *config, const struct watched_group *group,
                         struct standing *standing);

/* Growth, by Theil and Sen's line through the least need of each step (leak_growth.h). Costs some ten
 * microseconds where it moved at all. */
void standing_judge_growth(const struct watched_group *group, struct standing *standing);

/* ---- many of them ---- */

/* OOM kills in it since it is watched that none of the groups below it tells of, since each counts those
 * below it too. `groups` are all that are watched. Never below 0. */
int64_t standing_own_kills(struct watched_group *const *groups, size_t count,
                           const struct watched_group *group);

struct group_row {
    const struct watched_group *group;
    struct standing standing;
};

enum row_order {
    ORDER_HEADROOM, /* the least share of the limit left first; without one the largest first */
    ORDER_NAME,
    ORDER_USED,
    ORDER_WORKING_SET,
    ORDER_PEAK,
    ORDER_LIMIT,
    ORDER_STALL,
    ORDER_GROWTH,
    ORDER_LEFT, /* the time until it is exhausted: the shortest first */
    ORDER_OOM,
    ORDER_REQUEST,
    ORDER_ADVISED_LIMIT,
    ORDER_COUNT,
};

/* "headroom", "name", "used", "working-set", ... */
const char *row_order_name(enum row_order order);

/* What stands above its column in the table, without a star or a unit: "ROOM", "NAME", "USED", "WSET", ... */
const char *row_order_head(enum row_order order);

/* By its name or its head, in whatever case, and the head also as the table has it: "GROW/h", "REQ*". */
bool row_order_from_name(const char *name, enum row_order *ret);

/* What there is most of first, but as row_order says; unknown last. Equal ones by their path. */
void rows_sort(struct group_row *rows, size_t count, enum row_order order, bool reversed);

/* Is the text, in whatever case, in its name, its path or its kind? */
bool row_matches(const struct watched_group *group, const char *text);
