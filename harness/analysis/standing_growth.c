/* The only part of standing that costs anything: a line through its course, judged as leaks are. */
#include "analysis/leak.h"
#include "analysis/leak_growth.h"
#include "analysis/standing.h"
#include "base/units.h"

/* A group whose need stays within this is flat, and not looked at more closely: it is a few batches of 64
 * pages, in which the kernel counts for each CPU. */
#define GROWTH_LEAST_BYTES ((double)(256 * KIB))

#define PAGE_BYTES 4096.0

static double bytes_between(const struct group_course *course) {
    int64_t low = course->points[0].bytes;
    int64_t high = low;
    for (int i = 1; i < course->count; i++) {
        low = course->points[i].bytes < low ? course->points[i].bytes : low;
        high = i64_larger(course->points[i].bytes, high);
    }
    return (double)(high - low);
}

static void take_points(const struct group_course *course, struct growth_points *points) {
    int64_t first = course->points[0].time_ns;
    points->n = course->count;
    for (int i = 0; i < course->count; i++) {
        points->x[i] = (double)(course->points[i].time_ns - first) / (double)NS_PER_S;
        points->y[i] = (double)course->points[i].bytes;
    }
}

static struct known_f64 per_hour(double per_s) {
    return known_f64(per_s * SECONDS_PER_HOUR);
}

void standing_judge_growth(const struct watched_group *group, struct standing *standing) {
    const struct group_course *course = &group->course;
    struct growth_points points;
    struct growth growth;
    standing->growth = STANDING_UNKNOWN;
    standing->bytes_per_hour = standing->low = standing->high = UNKNOWN_F64;
    if (course->count < STANDING_POINTS_LEAST)
        return;
    take_points(course, &points);
    double span_s = points.x[points.n - 1];
    if (span_s < STANDING_SPAN_LEAST_S)
        return;
    standing->growth = STANDING_FLAT;
    if (bytes_between(course) < GROWTH_LEAST_BYTES)
        return;
    const struct growth_rule rule = {
        .floor_rate = leak_config_default().floor_bytes_per_hour / SECONDS_PER_HOUR,
        .least_bytes = GROWTH_LEAST_BYTES,
        .whole = span_s,
        .sigma_least = PAGE_BYTES,
    };
    growth_judge(&rule, &points, &growth);
    standing->bytes_per_hour = per_hour(growth.trend.slope);
    standing->low = per_hour(growth.trend.low);
    standing->high = per_hour(growth.trend.high);
    if (growth.grew)
        standing->growth =
            growth.slowing || growth_rests_at_end(&points) ? STANDING_SLOWING : STANDING_GROWING;
}
