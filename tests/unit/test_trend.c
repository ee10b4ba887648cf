/* analysis/trend: against numbers of tables, worked examples, and drawn noise. */
#include "analysis/trend.h"

#include "chance.h"
#include "unit.h"

#define NEAR(a, b, within) (fabs((a) - (b)) <= (within))

/* Of the tables of Student's distribution. */
TEST(quantiles_of_student_are_those_of_the_tables) {
    static const struct {
        double z, df, t;
    } rows[] = {{Z_97_5, 5, 2.571},  {Z_97_5, 10, 2.228}, {Z_97_5, 30, 2.042}, {Z_99_5, 5, 4.032},
                {Z_99_5, 10, 3.169}, {Z_99_9, 5, 5.893},  {Z_99_9, 10, 4.144}, {Z_95, 20, 1.725}};
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(NEAR(trend_t(rows[i].z, rows[i].df), rows[i].t, 0.02 * rows[i].t), "%g at %g: %g, expected %g",
            rows[i].z, rows[i].df, trend_t(rows[i].z, rows[i].df), rows[i].t);
}

/* Of Kendall's tables: the least S of so many points at a chance of half a percent and of 2.5 %. */
TEST(critical_values_of_kendall_are_exact_where_points_are_few) {
    static const struct {
        int n;
        double z;
        double critical;
    } rows[] = {
        {4, Z_99_5, 8},  /* not even all that rise: 1 of 24 */
        {5, Z_99_5, 12}, /* 1 of 120 */
        {5, Z_97_5, 10}, {6, Z_99_5, 15}, {6, Z_97_5, 13}, {7, Z_99_5, 19}, {8, Z_97_5, 18}, {10, Z_97_5, 23},
    };
    static const double y[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    for (size_t i = 0; i < COUNT(rows); i++) {
        double critical = trend_kendall_critical(y, rows[i].n, rows[i].z);
        ROW(NEAR(critical, rows[i].critical, 1e-9), "%d points: %g, expected %g", rows[i].n, critical,
            rows[i].critical);
    }
}

TEST(ties_make_the_variance_less) {
    static const double none[] = {3, 1, 2, 5};
    static const double pairs[] = {1, 1, 2, 2};
    static const double all[] = {7, 7, 7, 7};
    /* 4 * 3 * 13 / 18; less twice 2 * 1 * 9 / 18; none is left */
    ROW(NEAR(trend_kendall_variance(none, 4), 156 / 18.0, 1e-9), "none: %g", trend_kendall_variance(none, 4));
    ROW(NEAR(trend_kendall_variance(pairs, 4), 120 / 18.0, 1e-9), "pairs: %g",
        trend_kendall_variance(pairs, 4));
    ROW(NEAR(trend_kendall_variance(all, 4), 0, 1e-9), "all: %g", trend_kendall_variance(all, 4));
    ROW(trend_kendall_s(none, 4) == 2, "S of none: %d", trend_kendall_s(none, 4));
    ROW(trend_kendall_s(pairs, 4) == 4, "S of pairs: %d", trend_kendall_s(pairs, 4));
}

TEST(the_slope_is_the_median_of_all_slopes) {
    static const double x[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    double y[COUNT(x)];
    for (size_t i = 0; i < COUNT(x); i++)
        y[i] = 5 + 2 * x[i];
    y[4] = 1000; /* one that is far off moves least squares by far, and this by little */
    struct trend trend;
    trend_fit(x, y, COUNT(x), 1, &trend);
    ROW(NEAR(trend.slope, 2, 1e-9), "slope %g", trend.slope);
    ROW(NEAR(trend.level, 5, 1e-9), "level %g", trend.level);
    ROW(trend.low <= 2 && trend.high >= 2 && trend.low_strict <= trend.low, "[%g, %g], %g", trend.low,
        trend.high, trend.low_strict);
    trend_fit(x, y, 4, 1, &trend);
    ROW(isinf(trend.low_strict) && trend.low_strict < 0, "four points are never sure: %g", trend.low_strict);
}

/* The interval holds the true slope as often as it says. */
TEST(the_interval_of_the_slope_keeps_its_word) {
    static const int counts[] = {8, 12, 20, 32};
    for (size_t c = 0; c < COUNT(counts); c++) {
        int n = counts[c];
        int below = 0;
        int above = 0;
        int strict = 0;
        uint64_t random = random_from(c + 1);
        for (int round = 0; round < 4000; round++) {
            double x[TREND_POINTS_MAX];
            double y[TREND_POINTS_MAX];
            struct trend trend;
            for (int i = 0; i < n; i++) {
                x[i] = i;
                y[i] = 3 * x[i];
                for (int k = 0; k < 12; k++)
                    y[i] += random_real(&random, -1, 1);
            }
            trend_fit(x, y, n, 1, &trend);
            below += trend.high < 3;
            above += trend.low > 3;
            strict += trend.low_strict > 3;
        }
        ROW(below <= 130 && above <= 130 && strict <= 35, "%d points, of 4000: %d below, %d above, %d strict",
            n, below, above, strict);
        ROW(below + above >= 60, "%d points: the interval is too wide: %d and %d", n, below, above);
    }
}

TEST(a_polynomial_is_found_again) {
    double x[20];
    double y[20];
    double rest[20];
    struct curve curve;
    for (int i = 0; i < 20; i++) {
        x[i] = 3 + i * i * 0.1; /* not evenly spaced */
        double u = 2 * (x[i] - 3) / (x[i] > 0 ? 36.1 : 1) - 1;
        y[i] = 7 + 2 * u + 3 * u * u - u * u * u;
    }
    curve_fit(x, y, 20, 3, &curve, rest);
    /* The mean slope of the last third: (y(1) - y(1/3)) / (2/3). */
    double last = 0;
    double middle = 0;
    for (int k = 1; k <= 3; k++) {
        last += curve.third[2][k] * curve.c[k];
        middle += curve.third[1][k] * curve.c[k];
    }
    ROW(NEAR(last, (11 - (7 + 2.0 / 3 + 1.0 / 3 - 1.0 / 27)) / (2.0 / 3), 1e-6), "last %g", last);
    ROW(NEAR(middle, 2 - 1.0 / 9, 1e-6), "middle %g", middle);
    ROW(curve.sigma < 1e-6, "sigma %g", curve.sigma);
}

TEST(autocorrelation_is_found_without_bias) {
    static const double truths[] = {0, 0.3, 0.6};
    for (size_t t = 0; t < COUNT(truths); t++) {
        double sum = 0;
        uint64_t random = random_from(t + 5);
        for (int round = 0; round < 1000; round++) {
            double x[32];
            double y[32];
            double rest[32];
            struct curve curve;
            double now = 0;
            for (int i = -20; i < 32; i++) {
                now = truths[t] * now + random_real(&random, -1, 1);
                if (i >= 0) {
                    x[i] = i;
                    y[i] = now;
                }
            }
            curve_fit(x, y, 32, 2, &curve, rest);
            sum += trend_autocorrelation(rest, 32, 2);
        }
        /* None is taken for less than 0: of none a little is found. */
        ROW(sum / 1000 >= truths[t] - 0.08 && sum / 1000 <= truths[t] + 0.1, "%g: %g", truths[t], sum / 1000);
    }
    ROW(NEAR(trend_inflation(0, 20), 1, 1e-9), "none: %g", trend_inflation(0, 20));
    ROW(NEAR(trend_inflation(0.5, 10000), 3, 0.01), "much: %g", trend_inflation(0.5, 10000));
}

TEST(selection_orders_as_sorting_does) {
    uint64_t random = random_from(3);
    for (int round = 0; round < 500; round++) {
        double values[40];
        int n = 1 + (int)(random_unit(&random) * 40);
        for (int i = 0; i < n; i++)
            values[i] = floor(random_real(&random, 0, 20));
        int k = (int)(random_unit(&random) * n);
        double found = trend_select(values, n, k);
        int less = 0;
        int equal = 0;
        for (int i = 0; i < n; i++) {
            less += values[i] < found;
            equal += values[i] == found;
        }
        ROW(less <= k && k < less + equal, "%d of %d", k, n);
    }
    double even[] = {4, 1, 3, 2};
    double odd[] = {9, 7, 8};
    ROW(NEAR(trend_median(even, 4), 2.5, 1e-9), "even: %g", trend_median(even, 4));
    ROW(NEAR(trend_median(odd, 3), 8, 1e-9), "odd: %g", trend_median(odd, 3));
}

UNIT_MAIN("trend", quantiles_of_student_are_those_of_the_tables,
          critical_values_of_kendall_are_exact_where_points_are_few, ties_make_the_variance_less,
          the_slope_is_the_median_of_all_slopes, the_interval_of_the_slope_keeps_its_word,
          a_polynomial_is_found_again, autocorrelation_is_found_without_bias,
          selection_orders_as_sorting_does)
