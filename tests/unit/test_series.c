/* model/series: a run of any length in constant memory. */
#include "model/series.h"
#include "unit.h"

/* A reading of which working set and need are the same number. */
static struct snapshot reading(int64_t time_ns, int64_t bytes) {
    return (struct snapshot){.time_ns = time_ns,
                             .usage = known_i64(bytes),
                             .inactive_file = known_i64(0),
                             .anon = known_i64(bytes)};
}

/* The highest need that the series still knows of. */
static int64_t highest(const struct series *series) {
    struct known_i64 most = series->pending_max;
    for (size_t i = 0; i < series->count; i++)
        known_raise(&most, series->points[i].needed_max);
    return known_or(most, -1);
}

/* One spike in a million flat readings: wherever it is, it is not lost, and the points stay few. */
TEST(a_million_readings_keep_their_highest) {
    static const int spikes[] = {0,    1,    2,    1023,   2047,   2048,   2049,
                                 4095, 4096, 4097, 500001, 777777, 999998, 999999};
    for (size_t s = 0; s < COUNT(spikes); s++) {
        struct series series = {0};
        bool bounded = true;
        for (int i = 0; i < 1000000; i++) {
            struct snapshot now = reading(i, i == spikes[s] ? 9000 : 100);
            series_add(&series, &now);
            bounded = bounded && series.count <= SERIES_POINTS;
        }
        ROW(bounded, "spike at %d: more than %d points", spikes[s], SERIES_POINTS);
        ROW(highest(&series) == 9000, "spike at %d: highest is %lld", spikes[s], (long long)highest(&series));
        /* 1e6 / 2048 = 488.3: the spacing is the next power of two, 512, and at least half the points are
         * used. */
        ROW(series.stride == 512 && series.count > SERIES_POINTS / 2, "stride %zu, %zu points", series.stride,
            series.count);
        series_free(&series);
    }
}

/* The readings number themselves: points are real readings, in order, and none are far apart. */
/* The least need between two points, and what it was made of then, however often points were dropped. */
TEST(troughs_keep_what_they_were_made_of) {
    struct series series = {0};
    for (int i = 0; i < 100000; i++) {
        struct snapshot now = reading(i, i == 77777 ? 10 : 1000 + i % 7);
        now.shmem = known_i64(i == 77777 ? 5 : 0);
        now.tasks = known_i64(i == 77777 ? 3 : 1);
        series_add(&series, &now);
    }
    int found = 0;
    for (size_t i = 0; i < series.count; i++) {
        const struct trough *least = &series.points[i].least;
        found += least->needed.value == 15 && least->anon.value == 10 && least->shmem.value == 5 &&
                 least->tasks.value == 3;
        ROW(least->needed.known && (least->needed.value == 15 || least->needed.value == 1000),
            "point %zu: %lld", i, (long long)least->needed.value);
    }
    ROW(found == 1, "found %d times", found);
    series_free(&series);
}

TEST(points_are_real_readings_evenly_spread) {
    struct series series = {0};
    int64_t count = 100000;
    for (int64_t i = 0; i < count; i++) {
        struct snapshot now = reading(i, 10 * i);
        series_add(&series, &now);
    }
    int64_t last = -1;
    for (size_t i = 0; i < series.count; i++) {
        const struct series_point *point = &series.points[i];
        int64_t gap = point->time_ns - last;
        ROW(point->usage.known && point->usage.value == 10 * point->time_ns,
            "point %zu at %lld has usage %lld", i, (long long)point->time_ns, (long long)point->usage.value);
        ROW(gap > 0 && gap <= (int64_t)series.stride,
            "point %zu comes %lld readings after the one before, stride %zu", i, (long long)gap,
            series.stride);
        /* Rising readings: the highest since the point before is the point's own. */
        ROW(point->needed_max.value == point->needed.value, "point %zu: needed_max %lld, needed %lld", i,
            (long long)point->needed_max.value, (long long)point->needed.value);
        last = point->time_ns;
    }
    ROW(count - 1 - last < (int64_t)series.stride, "the last point, at %lld of %lld, is too far back",
        (long long)last, (long long)count);
    series_free(&series);
}

TEST(a_short_series_keeps_every_reading) {
    struct series series = {0};
    for (int i = 0; i < SERIES_POINTS; i++) {
        struct snapshot now = reading(i, i);
        series_add(&series, &now);
    }
    ROW(series.count == SERIES_POINTS && series.stride == 1, "%zu points, stride %zu", series.count,
        series.stride);
    ROW(series.points[0].time_ns == 0 && series.points[SERIES_POINTS - 1].time_ns == SERIES_POINTS - 1,
        "the ends are readings %lld and %lld", (long long)series.points[0].time_ns,
        (long long)series.points[SERIES_POINTS - 1].time_ns);
    series_free(&series);
    ROW(series.points == NULL && series.count == 0, "not empty after series_free()");
}

/* Nearest rank: the smallest value with at least that share of the points at or below it. */
TEST(quantiles_by_nearest_rank) {
    static const struct {
        size_t first;
        size_t count;
        double quantile;
        int64_t value;
    } rows[] = {
        /* over 1..20: rank ceil(20 q) */
        {0, 20, 0.0, 1},
        {0, 20, 0.01, 1},
        {0, 20, 0.05, 1},
        {0, 20, 0.5, 10},
        {0, 20, 0.51, 11},
        {0, 20, 0.95, 19},
        {0, 20, 0.951, 20},
        {0, 20, 1.0, 20},
        /* over 11..15 */
        {10, 5, 0.5, 13},
        {10, 5, 0.95, 15},
        /* the last reading alone is 19; the last two are 17 and 19, and more are asked for than there are */
        {19, 1, 0.5, 19},
        {18, 100, 0.5, 17},
    };
    struct series series = {0};
    /* 1..20 in a mixed order within each window of five, so that sorting is needed. */
    static const int order[] = {3, 1, 5, 2, 4};
    for (int i = 0; i < 20; i++) {
        struct snapshot now = reading(i, i / 5 * 5 + order[i % 5]);
        series_add(&series, &now);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct known_i64 got =
            series_working_set_quantile(&series, rows[i].first, rows[i].count, rows[i].quantile);
        ROW(got.known && got.value == rows[i].value,
            "first %zu count %zu quantile %g: got %lld, expected %lld", rows[i].first, rows[i].count,
            rows[i].quantile, (long long)got.value, (long long)rows[i].value);
    }
    series_free(&series);
}

TEST(unknown_working_sets_are_left_out) {
    struct series series = {0};
    ROW(!series_working_set_quantile(&series, 0, 0, 0.5).known, "known in an empty series");
    struct snapshot blind = {.usage = known_i64(7)}; /* no inactive_file: no working set */
    series_add(&series, &blind);
    ROW(!series_working_set_quantile(&series, 0, 1, 0.5).known, "known without one known point");
    ROW(!series.points[0].needed.known && !series.points[0].needed_max.known, "need known without anon");
    for (int i = 0; i < 3; i++) {
        struct snapshot now = reading(i, 1000 + i);
        series_add(&series, &now);
    }
    struct known_i64 median = series_working_set_quantile(&series, 0, series.count, 0.5);
    ROW(median.known && median.value == 1001, "median of 1000, 1001, 1002 and an unknown is %lld",
        (long long)median.value);
    ROW(!series_working_set_quantile(&series, 9, 5, 0.5).known, "known beyond the end");
    series_free(&series);
}

UNIT_MAIN("series", a_million_readings_keep_their_highest, troughs_keep_what_they_were_made_of,
          points_are_real_readings_evenly_spread, a_short_series_keeps_every_reading,
          quantiles_by_nearest_rank, unknown_working_sets_are_left_out)
