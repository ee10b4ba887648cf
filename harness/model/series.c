#include "model/series.h"

#include <stdlib.h>

static void halve(struct series *series) {
    size_t kept = 0;
    struct known_i64 dropped_max = UNKNOWN_I64;
    struct trough dropped_least = {0};
    for (size_t i = 0; i < series->count; i++) {
        known_raise(&dropped_max, series->points[i].needed_max);
        trough_lower(&dropped_least, &series->points[i].least);
        if (i % 2 == 1) {
            series->points[kept] = series->points[i];
            series->points[kept].needed_max = dropped_max;
            series->points[kept].least = dropped_least;
            dropped_max = UNKNOWN_I64;
            dropped_least = (struct trough){0};
            kept++;
        }
    }
    series->count = kept;
    series->stride *= 2;
}

void series_add(struct series *series, const struct snapshot *snapshot) {
    if (!series->points) {
        series->points = calloc(SERIES_POINTS, sizeof *series->points);
        if (!series->points)
            abort();
        series->stride = 1;
    }
    struct known_i64 needed = snapshot_needed(snapshot);
    known_raise(&series->pending_max, needed);
    trough_look(&series->pending_least, snapshot);
    if (++series->pending < series->stride)
        return;
    if (series->count == SERIES_POINTS)
        halve(series);
    series->points[series->count++] = (struct series_point){
        .time_ns = snapshot->time_ns,
        .usage = snapshot->usage,
        .working_set = snapshot_working_set(snapshot),
        .needed = needed,
        .needed_max = series->pending_max,
        .least = series->pending_least,
    };
    series->pending = 0;
    series->pending_max = UNKNOWN_I64;
    series->pending_least = (struct trough){0};
}

void series_free(struct series *series) {
    free(series->points);
    *series = (struct series){0};
}

static int compare_i64(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

struct known_i64 series_working_set_quantile(const struct series *series, size_t first, size_t count,
                                             double quantile) {
    int64_t values[SERIES_POINTS];
    size_t known = 0;
    for (size_t i = first; i < series->count && i < first + count; i++)
        if (series->points[i].working_set.known)
            values[known++] = series->points[i].working_set.value;
    if (known == 0)
        return UNKNOWN_I64;
    qsort(values, known, sizeof *values, compare_i64);
    double rank = quantile * (double)known;
    size_t index = (size_t)rank;
    if ((double)index == rank && index > 0)
        index--;
    return known_i64(values[index < known ? index : known - 1]);
}
