/* analysis/leak: verdicts on series that are made by hand, and on many that are drawn. */
#include "analysis/leak.h"

#include "base/units.h"
#include "chance.h"
#include "unit.h"

#define M ((double)MIB)

/* A level in bytes at a share of the run. */
typedef double level_fn(double x);

static double flat(double x) {
    (void)x;
    return 100 * M;
}
static double leaking(double x) {
    return (20 + 5 * x) * M;
}
static double quickening(double x) {
    return (20 + 10 * x + 10 * x * x) * M;
}
static double quickening_much(double x) {
    return (20 + 20 * x * x * x) * M;
}
static double filling(double x) {
    return (20 - 50 * expm1(-3 * x)) * M;
}
static double slowly_filling(double x) {
    return (20 - 200 * expm1(-x / 3)) * M;
}
static double filled(double x) {
    return (20 - 50 * expm1(-30 * x)) * M;
}
static double full_at_last(double x) {
    return (20 + 50 * fmin(x, 0.85)) * M;
}
static double one_step(double x) {
    return (x < 0.6 ? 100 : 130) * M;
}
static double two_steps(double x) {
    return (x < 0.3 ? 100 : x < 0.7 ? 110 : 121) * M;
}
static double steps(double x) {
    return (100 + 10 * floor(x * 6)) * M;
}
static double saw(double x) {
    return (100 + 80 * (x * 60 - floor(x * 60))) * M;
}
static double leaking_saw(double x) {
    return saw(x) + 50 * x * M;
}
static double saw_of_two(double x) {
    return (100 + 80 * (x * 2.5 - floor(x * 2.5))) * M;
}
static double spikes(double x) {
    double place = x * 9 - floor(x * 9);
    return (place > 0.5 && place < 0.53 ? 300 : 100) * M;
}
static double wave(double x) {
    return (100 + 50 * sin(2 * M_PI * (x - 0.5) / 2.8)) * M;
}
static double shrinking(double x) {
    return (100 - 50 * x) * M;
}

/* `count` points, `step_ns` apart, with white noise up to that size about the level. */
static struct leak_series draw(size_t count, int64_t step_ns, level_fn *level, double noise, bool by_cycle) {
    struct leak_series series = {.measure = MEASURE_NEEDED, .by_cycle = by_cycle};
    uint64_t random = random_from(7);
    for (size_t i = 0; i < count; i++) {
        double bytes = level((double)i / (double)count) + noise * random_real(&random, -1, 1);
        struct leak_point point = {.time_ns = (int64_t)i * step_ns, .bytes = known_i64((int64_t)bytes)};
        leak_series_add(&series, &point);
    }
    return series;
}

static struct leak assess(const struct leak_series *series) {
    const struct leak_config config = leak_config_default();
    struct leak leak;
    leak_assess(&config, series, &leak);
    return leak;
}

static struct leak assess_and_free(struct leak_series *series) {
    struct leak leak = assess(series);
    leak_series_free(series);
    return leak;
}

TEST(leaks_and_others_are_told_apart) {
    static const struct {
        const char *what;
        size_t count;
        int64_t step_ns;
        level_fn *level;
        double noise;
        bool by_cycle;
        enum leak_verdict verdict;
        enum leak_shape shape;
        const char *reason; /* it begins like this */
    } rows[] = {
        {"a plateau", 50, 10 * NS_PER_MS, flat, 0, false, LEAK_NONE, SHAPE_FLAT,
         "It did not grow: 0 B a second"},
        {"with noise", 2048, NS_PER_S, flat, 4e6, false, LEAK_NONE, SHAPE_FLAT, "It did not grow: "},
        {"cycles at rest", 12, NS_PER_S, flat, 1e5, true, LEAK_NONE, SHAPE_FLAT, "It did not grow: "},
        {"half a second of a leak", 50, 10 * NS_PER_MS, leaking, 0, false, LEAK_CONFIRMED, SHAPE_LINEAR,
         "It grew in each of four quarters, by 10.0 MiB a second ["},
        {"half an hour of a leak", 1800, NS_PER_S, leaking, 1e5, false, LEAK_CONFIRMED, SHAPE_LINEAR,
         "It grew in each of four quarters, by 17"},
        {"a leak in noise", 1800, NS_PER_S, leaking, 3e6, false, LEAK_SUSPECTED, SHAPE_LINEAR, "It grew by "},
        {"twelve cycles of a leak", 12, NS_PER_S, leaking, 4096, true, LEAK_CONFIRMED, SHAPE_LINEAR,
         "It grew in each of four quarters, by 42"},
        {"under load it quickens", 1800, NS_PER_S, quickening_much, 1e4, false, LEAK_SUSPECTED,
         SHAPE_ACCELERATING, "It grew by "},
        {"by cycles it quickens", 40, NS_PER_S, quickening, 1e4, true, LEAK_CONFIRMED, SHAPE_ACCELERATING,
         "It grew in each of four quarters"},
        {"a cache that fills", 1800, NS_PER_S, filling, 3e5, false, LEAK_INCONCLUSIVE, SHAPE_SATURATING,
         "It is still filling: it grew by "},
        {"a cache that fills slowly", 1800, NS_PER_S, slowly_filling, 1e6, false, LEAK_SUSPECTED,
         SHAPE_LINEAR, "It grew by "},
        {"a cache that is full", 1800, NS_PER_S, filled, 3e5, false, LEAK_NONE, SHAPE_FLAT,
         "It did not grow: "},
        {"one that is full at last", 1800, NS_PER_S, full_at_last, 1e5, false, LEAK_SUSPECTED, SHAPE_LINEAR,
         "It grew by "},
        {"one step", 600, NS_PER_S, one_step, 1e5, false, LEAK_NONE, SHAPE_FLAT,
         "But for a step by up to 30.0 MiB it did not grow: "},
        {"two steps that are alike", 600, NS_PER_S, two_steps, 1e5, false, LEAK_INCONCLUSIVE, SHAPE_STAIRCASE,
         "It stepped up twice, by 10."},
        {"six steps", 600, NS_PER_S, steps, 1e5, false, LEAK_SUSPECTED, SHAPE_STAIRCASE, "It grew by "},
        {"garbage", 2000, NS_PER_S, saw, 1e5, false, LEAK_NONE, SHAPE_SAWTOOTH, "It did not grow: "},
        {"a leak under garbage", 2000, NS_PER_S, leaking_saw, 1e5, false, LEAK_CONFIRMED, SHAPE_LINEAR,
         "It grew in each of four quarters"},
        {"two collections", 2000, NS_PER_S, saw_of_two, 1e5, false, LEAK_INCONCLUSIVE, SHAPE_SAWTOOTH,
         "It fell back only twice, by up to 8"},
        {"spikes", 2000, NS_PER_S, spikes, 1e5, false, LEAK_NONE, SHAPE_SPIKES, "It did not grow: "},
        {"the flank of a wave", 2000, NS_PER_S, wave, 1e5, false, LEAK_SUSPECTED, SHAPE_LINEAR,
         "It grew by "},
        {"it shrinks", 600, NS_PER_S, shrinking, 1e5, false, LEAK_NONE, SHAPE_FLAT, "It did not grow: -"},
        {"nothing", 0, NS_PER_S, flat, 0, false, LEAK_INCONCLUSIVE, SHAPE_UNKNOWN,
         "Only 0 readings: at least 9 are needed."},
        {"one reading", 1, NS_PER_S, flat, 0, false, LEAK_INCONCLUSIVE, SHAPE_UNKNOWN, "Only 1 reading: "},
        {"three cycles", 3, NS_PER_S, leaking, 0, true, LEAK_INCONCLUSIVE, SHAPE_UNKNOWN, "Only 3 cycles: "},
        {"all at once", 30, 0, leaking, 0, false, LEAK_INCONCLUSIVE, SHAPE_UNKNOWN, "Only 1 reading: "},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct leak_series series =
            draw(rows[i].count, rows[i].step_ns, rows[i].level, rows[i].noise, rows[i].by_cycle);
        struct leak leak = assess_and_free(&series);
        ROW(leak.known && leak.verdict == rows[i].verdict && leak.shape == rows[i].shape &&
                strncmp(leak.reason, rows[i].reason, strlen(rows[i].reason)) == 0,
            "%s: %s, %s: %s", rows[i].what, leak_verdict_name(leak.verdict), leak_shape_name(leak.shape),
            leak.reason);
        leak_free(&leak);
    }
}

TEST(numbers_are_those_of_the_series) {
    struct leak_series series = draw(1000, NS_PER_S, leaking, 0, false);
    series.limit_bytes = known_i64(50 * MIB);
    for (size_t i = 0; i < series.count; i++) {
        struct leak_point *point = &series.points[i];
        point->anon = known_i64(point->bytes.value * 3 / 4);
        point->kernel = known_i64(point->bytes.value / 4);
        point->tasks = known_i64(10 + (int64_t)i / 50);
    }
    struct leak leak = assess_and_free(&series);
    ROW(fabs(leak.per_hour.value.value - 18 * M) < 0.01 * M, "per hour %g", leak.per_hour.value.value / M);
    ROW(leak.per_hour.low.known && leak.per_hour.low.value <= leak.per_hour.value.value &&
            leak.per_hour.high.value >= leak.per_hour.value.value,
        "[%g, %g]", leak.per_hour.low.value, leak.per_hour.high.value);
    ROW(!leak.per_cycle.value.known && !leak.detectable_bytes_per_cycle.known, "%s", "there are no cycles");
    /* 25 MiB lack at the end, at 5 MiB in 1000 s */
    ROW(leak.time_to_limit_s.known && fabs(leak.time_to_limit_s.value - 5000) < 20, "to its limit %g s",
        leak.time_to_limit_s.value);
    ROW(leak.warmup == 50 && leak.points == 950 && leak.span_ns == 949 * NS_PER_S, "warmup %d, %d points",
        leak.warmup, leak.points);
    ROW(leak.kind_count == 2 && strcmp(leak.kinds[0].name, "anon") == 0 &&
            fabs(leak.kinds[0].bytes_per_hour - 13.5 * M) < 0.01 * M &&
            strcmp(leak.kinds[1].name, "kernel") == 0,
        "%d kinds, %g", leak.kind_count, leak.kinds[0].bytes_per_hour / M);
    ROW(leak.tasks_growth.known && fabs(leak.tasks_growth.value - 19) < 1 && leak.shape == SHAPE_STACKS,
        "%g tasks, %s", leak.tasks_growth.value, leak_shape_name(leak.shape));
    leak_free(&leak);
}

TEST(cycles_have_rates_of_their_own) {
    struct leak_series series = draw(20, 30 * NS_PER_S, leaking, 0, true);
    series.points[7].bytes = UNKNOWN_I64; /* a cycle that was not seen still passed */
    struct leak leak = assess_and_free(&series);
    ROW(fabs(leak.per_cycle.value.value - 0.25 * M) < 0.001 * M, "per cycle %g",
        leak.per_cycle.value.value / M);
    ROW(fabs(leak.per_hour.value.value - 30 * M) < 0.1 * M, "per hour %g", leak.per_hour.value.value / M);
    ROW(leak.verdict == LEAK_CONFIRMED, "%s", leak.reason);
    ROW(leak.detectable_bytes_per_cycle.known && leak.detectable_bytes_per_cycle.value < 0.25 * M,
        "detectable %g", leak.detectable_bytes_per_cycle.value);
    leak_free(&leak);
    series = draw(5, NS_PER_S, leaking, 0, true);
    leak = assess_and_free(&series);
    ROW(leak.verdict == LEAK_INCONCLUSIVE && leak.more_cycles.known && leak.more_cycles.value > 0, "%s",
        leak.reason);
    leak_free(&leak);
}

/* What is written of page cache by the measure's name: never certain. */
TEST(page_cache_makes_no_leak_certain) {
    static const struct {
        enum leak_measure measure;
        enum leak_verdict verdict;
    } rows[] = {{MEASURE_NEEDED, LEAK_CONFIRMED},
                {MEASURE_RSS, LEAK_CONFIRMED},
                {MEASURE_UNKNOWN, LEAK_CONFIRMED},
                {MEASURE_WORKING_SET, LEAK_SUSPECTED},
                {MEASURE_USAGE, LEAK_SUSPECTED}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct leak_series series = draw(500, NS_PER_S, leaking, 1e4, false);
        series.measure = rows[i].measure;
        struct leak leak = assess_and_free(&series);
        ROW(leak.verdict == rows[i].verdict && leak.measure == rows[i].measure, "%s: %s: %s",
            leak_measure_name(rows[i].measure), leak_verdict_name(leak.verdict), leak.reason);
        leak_free(&leak);
    }
}

/* `lives` of 100 points each, from 20 MiB on. */
static struct leak_series draw_lives(int lives, level_fn *level) {
    struct leak_series series = {0};
    uint64_t random = random_from(11);
    for (int life = 0; life < lives; life++)
        for (int i = 0; i < 100; i++) {
            double bytes = level(i / 100.0) + 1e4 * random_real(&random, -1, 1);
            struct leak_point point = {.time_ns = (life * 100 + i) * NS_PER_S,
                                       .bytes = known_i64((int64_t)bytes),
                                       .restarted = i == 0};
            leak_series_add(&series, &point);
        }
    return series;
}

TEST(each_life_of_a_target_is_judged_alone) {
    struct leak_series series = draw_lives(6, flat);
    struct leak leak = assess_and_free(&series);
    ROW(leak.verdict == LEAK_NONE && leak.points + leak.warmup == 100, "flat: %s", leak.reason);
    leak_free(&leak);
    series = draw_lives(6, slowly_filling);
    leak = assess_and_free(&series);
    ROW(leak.verdict == LEAK_INCONCLUSIVE || leak.verdict == LEAK_SUSPECTED, "filling: %s", leak.reason);
    leak_free(&leak);
    series = draw_lives(4, quickening);
    series.limit_bytes = known_i64(40 * MIB);
    leak = assess_and_free(&series);
    ROW(leak.verdict == LEAK_SUSPECTED &&
            strstr(leak.reason, "restarted 3 times, at about 39.7 MiB, its limit.") != NULL,
        "quickening: %s", leak.reason);
    leak_free(&leak);
}

TEST(gaps_and_rounding_are_borne) {
    struct leak_series series = draw(1000, NS_PER_S, leaking, 1e4, false);
    for (size_t i = 0; i < series.count; i++)
        if (i % 3 == 0 || (i > 400 && i < 600))
            series.points[i].bytes = UNKNOWN_I64;
    struct leak leak = assess_and_free(&series);
    ROW(leak.verdict == LEAK_CONFIRMED && fabs(leak.per_hour.value.value - 18 * M) < 0.2 * M, "gaps: %s",
        leak.reason);
    leak_free(&leak);
    series = draw(1000, NS_PER_S, flat, 3e5, false);
    series.resolution_bytes = 100 * KIB;
    for (size_t i = 0; i < series.count; i++)
        series.points[i].bytes.value = series.points[i].bytes.value / (100 * KIB) * (100 * KIB);
    leak = assess_and_free(&series);
    ROW(leak.verdict == LEAK_NONE, "rounded: %s", leak.reason);
    ROW(leak.detectable_bytes_per_hour.known && leak.detectable_bytes_per_hour.value > 3.6 * 300 * KIB,
        "detectable %g", leak.detectable_bytes_per_hour.value);
    leak_free(&leak);
}

TEST(what_a_longer_run_would_see_is_told) {
    struct leak_series series = draw(600, NS_PER_S, flat, 4e6, false);
    struct leak leak = assess_and_free(&series);
    ROW(leak.more_s.known && leak.more_s.value > 300 && leak.more_s.value < 1200 &&
            leak.more_detectable_bytes_per_hour.value < 0.6 * leak.detectable_bytes_per_hour.value,
        "%g s more: %g instead of %g", leak.more_s.value, leak.more_detectable_bytes_per_hour.value,
        leak.detectable_bytes_per_hour.value);
    leak_free(&leak);
    series = draw(1800, NS_PER_S, filling, 3e5, false);
    leak = assess_and_free(&series);
    ROW(leak.more_s.known && leak.more_s.value > 600, "filling: %g s more", leak.more_s.value);
    leak_free(&leak);
}

TEST(growth_below_the_floor_is_none) {
    struct leak_series series = draw(1000, 100 * NS_PER_S, leaking, 0, false);
    struct leak leak = assess_and_free(&series);
    ROW(leak.verdict == LEAK_NONE, "5 MiB in 28 hours: %s", leak.reason);
    leak_free(&leak);
    const struct leak_config config = {.floor_bytes_per_hour = 0.1 * M};
    series = draw(1000, 100 * NS_PER_S, leaking, 0, false);
    leak_assess(&config, &series, &leak);
    ROW(leak.verdict == LEAK_CONFIRMED, "a lower floor: %s", leak.reason);
    leak_free(&leak);
    leak_series_free(&series);
}

/* White noise of random size, few or many points: at the printed rate, and in fresh noise, it is found. */
TEST(the_detectable_rate_keeps_its_word) {
    int found = 0;
    int at_quarter = 0;
    int total = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint64_t random = random_from(seed);
        size_t count = seed % 2 ? 10 + seed % 20 : 300;
        double noise = random_real(&random, 0.1, 4) * M;
        double growth[3] = {0, 1, 0.25}; /* of the printed rate */
        double printed = 0;
        for (int round = 0; round < 3; round++) {
            struct leak_series series = {.by_cycle = seed % 2};
            for (size_t i = 0; i < count; i++) {
                double bytes = 300 * M + noise * random_real(&random, -1, 1) +
                               growth[round] * printed * (double)i / 3600;
                struct leak_point point = {.time_ns = (int64_t)i * NS_PER_S,
                                           .bytes = known_i64((int64_t)bytes)};
                leak_series_add(&series, &point);
            }
            struct leak leak = assess_and_free(&series);
            if (round == 0)
                printed = leak.detectable_bytes_per_hour.value;
            bool is_found = leak.verdict == LEAK_SUSPECTED || leak.verdict == LEAK_CONFIRMED;
            total += round == 1;
            found += round == 1 && is_found;
            at_quarter += round == 2 && is_found;
            leak_free(&leak);
        }
    }
    ROW(found >= total * 95 / 100, "%d of %d", found, total);
    ROW(at_quarter < total * 60 / 100, "the rate is too cautious: of its quarter %d of %d", at_quarter,
        total);
}

/* Whatever comes, there is a verdict, a sentence, and numbers that agree with one another. */
TEST(any_series_has_a_verdict) {
    uint64_t random = random_from(17);
    for (int round = 0; round < 250; round++) {
        size_t count = (size_t)(random_unit(&random) * random_unit(&random) * 400);
        struct leak_series series = {.by_cycle = random_unit(&random) < 0.5,
                                     .measure = (enum leak_measure)(random_unit(&random) * MEASURE_COUNT),
                                     .resolution_bytes = random_unit(&random) < 0.3 ? 10000 : 0};
        int64_t now = 0;
        double level = 50 * M;
        double wander = random_size(&random, 1, 1 << 24);
        for (size_t i = 0; i < count; i++) {
            now += random_unit(&random) < 0.1 ? 0 : random_size(&random, 1, 100 * NS_PER_S);
            level = fmax(level + wander * random_real(&random, -1, 1.1), 0);
            if (random_unit(&random) < 0.01)
                level = 0;
            struct leak_point point = {.time_ns = now,
                                       .bytes = random_unit(&random) < 0.1 ? UNKNOWN_I64
                                                                           : known_i64((int64_t)level),
                                       .restarted = random_unit(&random) < 0.01};
            leak_series_add(&series, &point);
        }
        struct leak leak = assess_and_free(&series);
        ROW(leak.known && leak.reason && unit_is_one_line(leak.reason), "row %d: no reason", round);
        ROW(leak.points >= 0 && leak.warmup >= 0 && leak.span_ns >= 0, "row %d: %d, %d", round, leak.points,
            leak.warmup);
        ROW(!leak.per_hour.low.known || leak.per_hour.low.value <= leak.per_hour.value.value, "row %d: low",
            round);
        ROW(!leak.per_hour.value.known || isfinite(leak.per_hour.value.value), "row %d: rate", round);
        ROW(!leak.more_s.known || (isfinite(leak.more_s.value) && leak.more_s.value > 0), "row %d: more %g",
            round, leak.more_s.value);
        ROW(!leak.detectable_bytes_per_hour.known || leak.detectable_bytes_per_hour.value > 0,
            "row %d: detectable", round);
        ROW(leak.verdict != LEAK_CONFIRMED || leak.per_hour.low.value > 0, "row %d: confirmed", round);
        leak_free(&leak);
    }
}

UNIT_MAIN("leak", leaks_and_others_are_told_apart, numbers_are_those_of_the_series,
          cycles_have_rates_of_their_own, page_cache_makes_no_leak_certain,
          each_life_of_a_target_is_judged_alone, gaps_and_rounding_are_borne,
          what_a_longer_run_would_see_is_told, growth_below_the_floor_is_none,
          the_detectable_rate_keeps_its_word, any_series_has_a_verdict)
