/* A run's course in constant memory, however long it was: at most SERIES_POINTS readings evenly spread over
 * it. When the series is full every second point is dropped and the spacing doubles, so a point is always a
 * real reading (quantiles over points are unbiased), and the largest and the least need of the readings
 * between two points are kept beside it. Layer: model/. Includes base/. Pure. */
#pragma once

#include <stddef.h>

#include "model/snapshot.h"

#define SERIES_POINTS 2048

struct series_point {
    int64_t time_ns;
    struct known_i64 usage;
    struct known_i64 working_set;
    struct known_i64 needed;
    struct known_i64 needed_max; /* highest since the point before */
    struct trough least;         /* since then, when it needed least */
};

/* Zeroed is empty; release with series_free(). */
struct series {
    struct series_point *points;
    size_t count;
    size_t stride;  /* readings per point */
    size_t pending; /* readings since the last point */
    struct known_i64 pending_max;
    struct trough pending_least;
};

void series_add(struct series *series, const struct snapshot *snapshot);
void series_free(struct series *series);

/* The working set below which the target was for `quantile` (0..1) of the points from `first` on, `count` of
 * them (nearest rank). Unknown where no point knows it. */
struct known_i64 series_working_set_quantile(const struct series *series, size_t first, size_t count,
                                             double quantile);
