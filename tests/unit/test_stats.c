/* analysis/stats: against values from exact rational arithmetic, not from this code. */
#include "analysis/stats.h"

#include <math.h>

#include "unit.h"

/* The p at which sum_{i<=k} C(n,i) p^i (1-p)^(n-i) = 0.05, solved in exact fractions; zero failures by
 * 1 - 0.05^(1/n). */
static const struct {
    int failures;
    int runs;
    double upper;
} rows[] = {
    {0, 1, 0.95},
    {0, 3, 0.6315968501},
    {0, 59, 0.0495076099},
    {0, 299, 0.0099691468},
    {0, 10000, 0.0002995284},
    {1, 10, 0.3941633024},
    {2, 10, 0.5069013011},
    {5, 10, 0.7775588990},
    {9, 10, 0.9948838032},
    {3, 59, 0.1262065567},
    {1, 1, 1.0},
    {10, 10, 1.0},
    {11, 10, 1.0},
};

TEST(clopper_pearson_upper_ends) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct known_f64 upper = stats_binomial_upper95(rows[i].failures, rows[i].runs);
        ROW(upper.known && fabs(upper.value - rows[i].upper) < 1e-8, "%d of %d: %.10f, expected %.10f",
            rows[i].failures, rows[i].runs, upper.value, rows[i].upper);
    }
    ROW(!stats_binomial_upper95(0, 0).known && !stats_binomial_upper95(0, -1).known, "known for no runs");
}

/* More failures raise it, more runs lower it, and it lies above what was seen. */
TEST(the_upper_end_is_monotone) {
    for (int runs = 1; runs <= 100; runs++) {
        for (int failures = 0; failures < runs; failures++) {
            double here = stats_binomial_upper95(failures, runs).value;
            ROW(here > (double)failures / runs && here < 1, "%d of %d: %f", failures, runs, here);
            ROW(stats_binomial_upper95(failures + 1, runs).value > here, "%d of %d: not below %d", failures,
                runs, failures + 1);
            ROW(stats_binomial_upper95(failures, runs + 1).value < here, "%d of %d: not above %d runs",
                failures, runs, runs + 1);
        }
    }
}

TEST(spread) {
    static const struct {
        int64_t values[4];
        size_t count;
        double spread;
    } spreads[] = {
        {{0}, 0, 0},
        {{5}, 1, 0},
        {{5, 5}, 2, 0},
        {{75, 100}, 2, 0.25},
        {{100, 75}, 2, 0.25},
        {{80, 60, 100, 90}, 4, 0.4},
        {{0, 0}, 2, 0},
        {{0, 100}, 2, 1},
        {{3298534883328, 4398046511104}, 2, 0.25}, /* 3 TiB and 4 TiB */
    };
    for (size_t i = 0; i < COUNT(spreads); i++) {
        double got = stats_spread_ratio(spreads[i].values, spreads[i].count);
        ROW(fabs(got - spreads[i].spread) < 1e-12, "row %zu: %f, expected %f", i, got, spreads[i].spread);
    }
}

UNIT_MAIN("stats", clopper_pearson_upper_ends, the_upper_end_is_monotone, spread)
