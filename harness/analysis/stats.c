#include "analysis/stats.h"

#include <math.h>

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
