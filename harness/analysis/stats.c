#include "analysis/stats.h"

#include <math.h>
#include <stdlib.h>

/* P(X <= failures) of a binomial. Runs are few: the plain sum is exact enough. */
static double binomial_cdf(int failures, int runs, double probability) {
    double sum = 0;
    for (int k = 0; k <= failures; k++)
        sum += exp(lgamma(runs + 1) - lgamma(k + 1) - lgamma(runs - k + 1) + k * log(probability) +
                   (runs - k) * log1p(-probability));
    return sum;
}

struct known_f64 stats_binomial_upper95(int failures, int runs) {
    if (runs <= 0)
        return UNKNOWN_F64;
    if (failures >= runs)
        return known_f64(1.0);
    if (failures == 0)
        return known_f64(1.0 - pow(0.05, 1.0 / runs));
    /* The probability at which so few failures would be seen in only one of twenty series. */
    double low = 0;
    double high = 1;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (binomial_cdf(failures, runs, middle) > 0.05)
            low = middle;
        else
            high = middle;
    }
    return known_f64(high);
}

double stats_spread_ratio(const int64_t *values, size_t count) {
    if (count < 2)
        return 0;
    int64_t least = values[0];
    int64_t most = values[0];
    for (size_t i = 1; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    return most > 0 ? (double)(most - least) / (double)most : 0;
}

static double log_choose(int n, int k) {
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double stats_fisher_greater(int a, int b, int c, int d) {
    int failures = a + c;
    double sum = 0;
    if (a + b == 0 || c + d == 0)
        return 1;
    for (int k = a; k <= a + b && k <= failures; k++)
        if (failures - k <= c + d)
            sum += exp(log_choose(a + b, k) + log_choose(c + d, failures - k) -
                       log_choose(a + b + c + d, failures));
    return sum;
}

void stats_isotonic_falling(const int *failures, const int *runs, size_t count, double *ret) {
    /* Each level takes the chance of the block it ends up in: the least over starts at or before it of the
     * greatest mean to ends at or after it, mirrored for a falling order (the min-max form of the estimate).
     */
    for (size_t at = 0; at < count; at++) {
        double least = 1;
        for (size_t from = 0; from <= at; from++) {
            double most = 0;
            int failed = 0;
            int ran = 0;
            for (size_t to = from; to < count; to++) {
                failed += failures[to];
                ran += runs[to];
                if (to >= at && (double)failed / ran > most)
                    most = (double)failed / ran;
            }
            least = most < least ? most : least;
        }
        ret[at] = least;
    }
}

static int compare_i64(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t stats_median_i64(int64_t *values, size_t count) {
    qsort(values, count, sizeof *values, compare_i64);
    return values[count / 2];
}
