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

TEST(median) {
    static const struct {
        int64_t values[5];
        size_t count;
        int64_t median;
    } medians[] = {
        {{7}, 1, 7},
        {{9, 7}, 2, 9}, /* the upper of two */
        {{9, 1, 5}, 3, 5},
        {{4, 3, 2, 1}, 4, 3},
        {{INT64_MAX, -5, INT64_MAX, INT64_MIN, 0}, 5, 0},
        {{INT64_MIN, INT64_MAX, INT64_MAX}, 3, INT64_MAX},
    };
    for (size_t i = 0; i < COUNT(medians); i++) {
        int64_t values[5];
        memcpy(values, medians[i].values, sizeof values);
        int64_t got = stats_median_i64(values, medians[i].count);
        ROW(got == medians[i].median, "row %zu: %lld, expected %lld", i, (long long)got,
            (long long)medians[i].median);
    }
}

/* One over the number of ways to choose who failed, where all on one side did and none on the other. */
TEST(fisher_by_hand) {
    static const struct {
        int a, b, c, d;
        double chance;
    } tables[] = {
        {1, 0, 0, 1, 1 / 2.0},
        {2, 0, 0, 2, 1 / 6.0},
        {3, 0, 0, 3, 1 / 20.0},
        {4, 0, 0, 4, 1 / 70.0},
        {5, 0, 0, 5, 1 / 252.0},
        {30, 0, 0, 30, 1 / 118264581564861424.0},
        {0, 3, 3, 0, 1},                     /* as many or more than none */
        {3, 0, 3, 0, 1},                     /* all fail */
        {0, 3, 0, 3, 1},                     /* none does */
        {3, 1, 1, 3, 17 / 70.0},             /* the lady tasting tea, Fisher's own example: (1 + 16) / 70 */
        {3, 0, 1, 2, 3 / 15.0},              /* choose 4 of 6, three of them on one side: 1 * 3 */
        {2, 1, 0, 3, 3 / 15.0},              /* choose 2 of 6, both on one side: 3 */
        {8, 2, 1, 5, 280 / 11440.0},         /* (45 * 6 + 10 * 1) / C(16, 9), the tables' 0.0245 */
        {10, 2, 3, 15, 55710 / 119759850.0}, /* (66 * 816 + 12 * 153 + 18) / C(30, 13) */
        {0, 0, 3, 3, 1},
        {3, 3, 0, 0, 1},
        {0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < COUNT(tables); i++) {
        double got = stats_fisher_greater(tables[i].a, tables[i].b, tables[i].c, tables[i].d);
        ROW(fabs(got - tables[i].chance) <= 1e-9 * tables[i].chance,
            "%d of %d against %d of %d: %.12g, expected %.12g", tables[i].a, tables[i].a + tables[i].b,
            tables[i].c, tables[i].c + tables[i].d, got, tables[i].chance);
    }
}

/* At most as many as chance gives all tables with these sums together, and the more lopsided the less. */
TEST(fisher_falls_with_every_failure_that_changes_sides) {
    for (int runs = 1; runs <= 12; runs++) {
        for (int others = 1; others <= 12; others++) {
            for (int failures = 0; failures <= runs + others; failures++) {
                double before = 2;
                for (int a = 0; a <= runs && a <= failures; a++) {
                    if (failures - a > others)
                        continue;
                    double here = stats_fisher_greater(a, runs - a, failures - a, others - failures + a);
                    ROW(here > 0 && here <= 1 + 1e-9 && here < before,
                        "%d of %d against %d of %d: %f, before %f", a, runs, failures - a, others, here,
                        before);
                    ROW(before < 2 || here > 1 - 1e-9, "%d of %d, %d failures: the least is %f", a, runs,
                        failures, here);
                    before = here;
                }
            }
        }
    }
}

#define LEVELS 7

TEST(isotonic_by_hand) {
    static const struct {
        const char *what;
        int failures[LEVELS], runs[LEVELS];
        size_t count;
        double chances[LEVELS];
    } known[] = {
        {"one", {1}, {4}, 1, {0.25}},
        {"falls anyway", {3, 1, 0}, {3, 2, 3}, 3, {1, 0.5, 0}},
        {"two in the wrong order", {0, 3}, {3, 3}, 2, {0.5, 0.5}},
        {"weighed by runs", {0, 3}, {1, 3}, 2, {0.75, 0.75}},
        {"within", {3, 1, 2, 0}, {3, 2, 2, 3}, 4, {1, 0.75, 0.75, 0}},
        /* 1/3 and 1 make 4/6, which is more than 1/2 before: 1/2, 1/3, 1 make 5/8 */
        {"pooled back", {1, 1, 3}, {2, 3, 3}, 3, {0.625, 0.625, 0.625}},
        {"rises throughout", {0, 1, 2, 3}, {3, 3, 3, 3}, 4, {0.5, 0.5, 0.5, 0.5}},
        {"never", {0, 0, 0}, {1, 5, 9}, 3, {0, 0, 0}},
        {"always", {1, 5, 9}, {1, 5, 9}, 3, {1, 1, 1}},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        double got[LEVELS];
        stats_isotonic_falling(known[i].failures, known[i].runs, known[i].count, got);
        for (size_t at = 0; at < known[i].count; at++)
            ROW(fabs(got[at] - known[i].chances[at]) < 1e-12, "%s, level %zu: %f, expected %f", known[i].what,
                at, got[at], known[i].chances[at]);
    }
    stats_isotonic_falling(NULL, NULL, 0, NULL);
}

static double log_likelihood(const int *failures, const int *runs, size_t count, const double *chances) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += failures[i] ? failures[i] * log(chances[i]) : 0;
        sum += runs[i] > failures[i] ? (runs[i] - failures[i]) * log1p(-chances[i]) : 0;
    }
    return sum;
}

/* Cuts the levels where `cuts` has a bit, and gives each part its mean. False where those rise. */
static bool part_means(const int *failures, const int *runs, size_t count, unsigned cuts, double *ret) {
    for (size_t from = 0; from < count;) {
        size_t to = from;
        int failed = failures[from];
        int ran = runs[from];
        while (++to < count && !(cuts >> to & 1)) {
            failed += failures[to];
            ran += runs[to];
        }
        for (size_t i = from; i < to; i++)
            ret[i] = (double)failed / ran;
        if (from > 0 && ret[from] > ret[from - 1])
            return false;
        from = to;
    }
    return true;
}

/* The most likely chances are constant on parts and means there, so of all ways to cut the best is the best
 * there is. */
TEST(isotonic_is_the_most_likely) {
    unsigned random = 2463534242;
    for (int row = 0; row < 4000; row++) {
        int failures[LEVELS];
        int runs[LEVELS];
        double got[LEVELS];
        size_t count = 1 + (size_t)row % LEVELS;
        for (size_t i = 0; i < count; i++) {
            random = random * 1664525 + 1013904223;
            runs[i] = 1 + (int)(random >> 20) % 6;
            failures[i] = (int)(random >> 8) % (runs[i] + 1);
        }
        stats_isotonic_falling(failures, runs, count, got);
        double best = -INFINITY;
        for (unsigned cuts = 0; cuts < 1U << count; cuts += 2) {
            double means[LEVELS];
            if (part_means(failures, runs, count, cuts, means))
                best = fmax(best, log_likelihood(failures, runs, count, means));
        }
        double likelihood = log_likelihood(failures, runs, count, got);
        ROW(fabs(likelihood - best) < 1e-9, "row %d: log likelihood %f, the best is %f", row, likelihood,
            best);
        for (size_t i = 1; i < count; i++)
            ROW(got[i] <= got[i - 1], "row %d: %f after %f at level %zu", row, got[i], got[i - 1], i);
    }
}

UNIT_MAIN("stats", clopper_pearson_upper_ends, the_upper_end_is_monotone, spread, median, fisher_by_hand,
          fisher_falls_with_every_failure_that_changes_sides, isotonic_by_hand, isotonic_is_the_most_likely)
