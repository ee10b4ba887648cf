#include "analysis/standing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/observed.h"
#include "base/text.h"
#include "base/units.h"

static const char *const growth_names[STANDING_GROWTH_COUNT] = {
    [STANDING_UNKNOWN] = "unknown",
    [STANDING_FLAT] = "flat",
    [STANDING_SLOWING] = "slowing",
    [STANDING_GROWING] = "growing",
};

const char *standing_growth_name(enum standing_growth growth) {
    return growth_names[growth];
}

/* ---- room ---- */

static void find_headroom(const struct watched_group *group, struct standing *standing) {
    standing->headroom_bytes = UNKNOWN_I64;
    standing->headroom_of = NULL;
    for (const struct watched_group *at = group; at; at = at->above) {
        struct known_i64 needed = snapshot_needed(&at->now);
        if (!at->limit_bytes.known || !needed.known)
            continue;
        int64_t left = i64_larger(at->limit_bytes.value - needed.value, 0);
        if (!standing->headroom_bytes.known || left < standing->headroom_bytes.value) {
            standing->headroom_bytes = known_i64(left);
            standing->headroom_of = at;
        }
    }
}

/* ---- advice ---- */

static void advise(const struct standing_config *config, const struct watched_group *group,
                   struct standing *standing) {
    const struct group_course *course = &group->course;
    standing->request_bytes = UNKNOWN_I64;
    standing->limit_bytes = UNKNOWN_I64;
    if (course->last_ns - course->began_ns < OBSERVED_TIME_LEAST_NS || !course->needed_most.known ||
        !course->working_set_most.known)
        return;
    bool killed = known_or(watched_new_kills(group), 0) > 0;
    int64_t request = bytes_ceil_mi(course->working_set_most.value);
    int64_t least = i64_larger(course->needed_most.value, killed ? known_or(group->limit_bytes, 0) : 0);
    double headroom = known_f64_or(config->headroom_ratio, HEADROOM_MAX);
    int64_t limit = i64_larger(bytes_ceil_mi((int64_t)((double)i64_larger(request, least) * headroom)),
                               bytes_ceil_mi((int64_t)((double)least * SIZING_OOM_MARGIN)));
    if (known_or(group->earlier_limit_hits, 0) == 0)
        limit = i64_larger(limit, bytes_ceil_mi(known_or(group->now.total_peak, 0)));
    standing->request_bytes = known_i64(config->guaranteed ? limit : request);
    standing->limit_bytes = known_i64(limit);
}

void standing_take_stock(const struct standing_config *config, const struct watched_group *group,
                         struct standing *standing) {
    find_headroom(group, standing);
    advise(config, group, standing);
    standing->exhausted_after_s = UNKNOWN_F64;
    if (standing->growth == STANDING_GROWING && standing->headroom_bytes.known)
        standing->exhausted_after_s = known_f64((double)standing->headroom_bytes.value /
                                                standing->bytes_per_hour.value * SECONDS_PER_HOUR);
}

/* ---- kills ---- */

int64_t standing_own_kills(struct watched_group *const *groups, size_t count,
                           const struct watched_group *group) {
    int64_t kills = known_or(watched_new_kills(group), 0);
    for (size_t i = 0; i < count && kills > 0; i++)
        if (groups[i]->above == group)
            kills -= known_or(watched_new_kills(groups[i]), 0);
    return i64_larger(kills, 0);
}

/* ---- order ---- */

static const char *const order_names[ORDER_COUNT] = {
    [ORDER_HEADROOM] = "headroom", [ORDER_NAME] = "name",
    [ORDER_USED] = "used",         [ORDER_WORKING_SET] = "working-set",
    [ORDER_PEAK] = "peak",         [ORDER_LIMIT] = "limit",
    [ORDER_STALL] = "stall",       [ORDER_GROWTH] = "growth",
    [ORDER_LEFT] = "left",         [ORDER_OOM] = "oom",
    [ORDER_REQUEST] = "request",   [ORDER_ADVISED_LIMIT] = "advised-limit",
};

static const char *const order_heads[ORDER_COUNT] = {
    [ORDER_HEADROOM] = "ROOM",    [ORDER_NAME] = "NAME",   [ORDER_USED] = "USED",
    [ORDER_WORKING_SET] = "WSET", [ORDER_PEAK] = "PEAK",   [ORDER_LIMIT] = "LIMIT",
    [ORDER_STALL] = "STALL",      [ORDER_GROWTH] = "GROW", [ORDER_LEFT] = "LEFT",
    [ORDER_OOM] = "OOM",          [ORDER_REQUEST] = "REQ", [ORDER_ADVISED_LIMIT] = "LIM",
};

const char *row_order_name(enum row_order order) {
    return order_names[order];
}

const char *row_order_head(enum row_order order) {
    return order_heads[order];
}

static bool is_head(const char *name, const char *head) {
    size_t length = strlen(head);
    if (strncasecmp(name, head, length) != 0)
        return false;
    const char *rest = name + length;
    return !*rest || strcmp(rest, "*") == 0 || strcasecmp(rest, "/h") == 0;
}

bool row_order_from_name(const char *name, enum row_order *ret) {
    for (int order = 0; order < ORDER_COUNT; order++) {
        if (strcasecmp(name, order_names[order]) != 0 && !is_head(name, order_heads[order]))
            continue;
        *ret = (enum row_order)order;
        return true;
    }
    return false;
}

/* What the largest comes first of. */
static struct known_f64 key_of(const struct group_row *row, enum row_order order) {
    const struct watched_group *group = row->group;
    const struct standing *standing = &row->standing;
    switch (order) {
    case ORDER_HEADROOM:
        return standing->headroom_of && standing->headroom_of->limit_bytes.value > 0
                   ? known_f64(-(double)standing->headroom_bytes.value /
                               (double)standing->headroom_of->limit_bytes.value)
                   : UNKNOWN_F64;
    case ORDER_WORKING_SET:
        return known_as_f64(snapshot_working_set(&group->now));
    case ORDER_PEAK:
        return known_as_f64(group->now.total_peak);
    case ORDER_LIMIT:
        return known_as_f64(group->limit_bytes);
    case ORDER_STALL:
        return group->stall_ratio;
    case ORDER_GROWTH:
        return standing->bytes_per_hour;
    case ORDER_LEFT:
        return standing->exhausted_after_s.known ? known_f64(-standing->exhausted_after_s.value)
                                                 : UNKNOWN_F64;
    case ORDER_OOM:
        return known_as_f64(group->oom_kills);
    case ORDER_REQUEST:
        return known_as_f64(standing->request_bytes);
    case ORDER_ADVISED_LIMIT:
        return known_as_f64(standing->limit_bytes);
    default:
        return known_as_f64(group->now.usage);
    }
}

/* Below 0: `a` comes first. */
static int compare_keys(struct known_f64 a, struct known_f64 b) {
    if (!a.known || !b.known)
        return (int)b.known - (int)a.known;
    return (a.value < b.value) - (a.value > b.value);
}

struct sorting {
    enum row_order order;
    bool reversed;
};

static int compare_rows(const void *a, const void *b, void *context) {
    const struct group_row *left = a;
    const struct group_row *right = b;
    const struct sorting *sorting = context;
    int found = sorting->order == ORDER_NAME
                    ? strcasecmp(left->group->name, right->group->name)
                    : compare_keys(key_of(left, sorting->order), key_of(right, sorting->order));
    if (found == 0 && sorting->order != ORDER_NAME)
        found = compare_keys(key_of(left, ORDER_USED), key_of(right, ORDER_USED));
    if (found == 0)
        found = strcmp(left->group->path, right->group->path);
    return sorting->reversed ? -found : found;
}

void rows_sort(struct group_row *rows, size_t count, enum row_order order, bool reversed) {
    struct sorting sorting = {order, reversed};
    if (count > 0)
        qsort_r(rows, count, sizeof *rows, compare_rows, &sorting);
}

bool row_matches(const struct watched_group *group, const char *text) {
    return strcasestr(group->name, text) || strcasestr(group->path, text) ||
           strcasestr(watched_kind_name(group->kind), text);
}
