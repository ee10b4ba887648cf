/* analysis/steady: start-up, steady state and shut-down of series that are made by hand. */
#include "analysis/steady.h"

#include "base/units.h"
#include "unit.h"

/* A stretch of readings: from one level to the other, with noise of that size about it. */
struct stretch {
    int readings;
    int from, to; /* MiB */
    int noise;    /* KiB */
};

static struct series draw(const struct stretch *stretches, size_t count, unsigned seed) {
    struct series series = {0};
    int at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct stretch *stretch = &stretches[i];
        for (int j = 0; j < stretch->readings; j++, at++) {
            seed = seed * 1664525 + 1013904223;
            int64_t noise =
                stretch->noise ? (int64_t)(seed >> 8) % (2 * (int64_t)stretch->noise) - stretch->noise : 0;
            int64_t level = stretch->from * MIB + (stretch->to - stretch->from) * MIB * j / stretch->readings;
            struct snapshot now = {.time_ns = at * NS_PER_MS,
                                   .usage = known_i64(level + noise * KIB),
                                   .inactive_file = known_i64(0)};
            series_add(&series, &now);
        }
    }
    return series;
}

static bool has_noise(const struct stretch *stretches, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (stretches[i].noise)
            return true;
    return false;
}

TEST(start_up_and_shut_down_are_told_apart) {
    static const struct {
        const char *what;
        struct stretch stretches[4];
        size_t count;
        size_t first, end; /* readings */
        bool settled;
    } rows[] = {
        {"flat", {{200, 100, 100, 0}}, 1, 0, 200, true},
        /* its first batch of readings is no whole number: what is left of its variance is rounding */
        {"flat but for the first reading", {{1, 99, 99, 0}, {999, 101, 101, 0}}, 2, 0, 1000, true},
        {"noise alone", {{1000, 100, 100, 512}}, 1, 0, 1000, true},
        {"a ramp, then flat", {{100, 10, 100, 0}, {400, 100, 100, 100}}, 2, 100, 500, true},
        {"a jump", {{50, 10, 10, 50}, {400, 100, 100, 200}}, 2, 50, 450, true},
        {"a peak at the start", {{60, 300, 300, 0}, {500, 100, 100, 300}}, 2, 60, 560, true},
        {"a shut-down", {{60, 10, 10, 0}, {500, 100, 100, 300}, {40, 20, 20, 0}}, 3, 60, 560, true},
        {"a shut-down alone", {{500, 100, 100, 300}, {40, 100, 20, 0}}, 2, 0, 500, true},
        {"growth all along", {{600, 10, 100, 0}}, 1, 300, 600, false},
        /* no start-up takes so long, and what rises is no shut-down: all of it counts */
        {"a jump late in the run", {{400, 10, 10, 0}, {200, 100, 100, 0}}, 2, 0, 600, true},
        {"too short to tell", {{30, 100, 100, 0}}, 1, 15, 30, false},
        {"one reading", {{1, 100, 100, 0}}, 1, 0, 1, false},
        /* no start-up takes half of a run, and no shut-down either */
        {"two levels", {{300, 100, 100, 0}, {300, 50, 50, 0}}, 2, 300, 600, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series series = draw(rows[i].stretches, rows[i].count, (unsigned)i + 1);
        struct steady_phase phase = steady_find(&series);
        size_t end = phase.first + phase.count;
        /* Where there is noise a little more may be cut off than had to be, but nothing may be missed. */
        size_t slack = has_noise(rows[i].stretches, rows[i].count) ? series.count / 5 : 10;
        ROW(phase.settled == rows[i].settled && phase.first + 10 >= rows[i].first &&
                phase.first <= rows[i].first + slack && end + slack >= rows[i].end && end <= rows[i].end + 10,
            "%s: from %zu to %zu, settled %d, expected %zu to %zu", rows[i].what, phase.first, end,
            phase.settled, rows[i].first, rows[i].end);
        series_free(&series);
    }
}

/* Whatever comes, it is a part of the series, and not empty. */
TEST(any_series_has_a_part_that_counts) {
    unsigned random = 1;
    for (int i = 0; i < 3000; i++) {
        struct stretch stretches[3];
        for (size_t j = 0; j < COUNT(stretches); j++) {
            random = random * 1664525 + 1013904223;
            stretches[j] = (struct stretch){(int)(random >> 16) % 900, (int)(random >> 12) % 300,
                                            (int)(random >> 20) % 300, (int)(random >> 24)};
        }
        stretches[0].readings++;
        struct series series = draw(stretches, COUNT(stretches), random);
        struct steady_phase phase = steady_find(&series);
        ROW(phase.count > 0 && phase.first + phase.count <= series.count, "row %d: %zu and %zu of %zu", i,
            phase.first, phase.count, series.count);
        series_free(&series);
    }
}

TEST(unknown_readings_repeat_the_one_before) {
    struct series series = {0};
    struct series empty = {0};
    struct snapshot blind = {.usage = known_i64(MIB)};
    series_add(&series, &blind);
    ROW(steady_find(&empty).count == 0, "empty: %zu", steady_find(&empty).count);
    ROW(steady_find(&series).count == 0, "nothing known: %zu", steady_find(&series).count);
    for (int i = 0; i < 400; i++) {
        struct snapshot now = {.time_ns = i, .usage = known_i64(i < 100 ? MIB : 50 * MIB)};
        if (i % 3 != 0)
            now.inactive_file = known_i64(0);
        series_add(&series, &now);
    }
    struct steady_phase phase = steady_find(&series);
    ROW(phase.settled && phase.first >= 95 && phase.first <= 110, "begins at %zu", phase.first);
    series_free(&series);
}

UNIT_MAIN("steady", start_up_and_shut_down_are_told_apart, any_series_has_a_part_that_counts,
          unknown_readings_repeat_the_one_before)
