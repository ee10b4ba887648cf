#include "analysis/trend.h"

#include <math.h>
#include <string.h>

#define PAIRS_MAX (TREND_POINTS_MAX * (TREND_POINTS_MAX - 1) / 2)

/* Up to here permutations are counted. */
#define EXACT_MAX 12

double trend_t(double z, double df) {
    double z2 = z * z;
    double g1 = z * (z2 + 1) / 4;
    double g2 = z * ((5 * z2 + 16) * z2 + 3) / 96;
    double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
    return z + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df;
}

static void swap(double *a, double *b) {
    double kept = *a;
    *a = *b;
    *b = kept;
}

double trend_select(double *values, int count, int k) {
    if (count < 1)
        return 0;
    int first = 0;
    int last = count - 1;
    while (first < last) {
        double pivot = values[(first + last) / 2];
        int i = first;
        int j = last;
        while (i <= j) {
            while (i < last && values[i] < pivot)
                i++;
            while (j > first && values[j] > pivot)
                j--;
            if (i <= j)
                swap(&values[i++], &values[j--]);
        }
        if (k <= j)
            last = j;
        else if (k >= i)
            first = i;
        else
            break;
    }
    return values[k];
}

double trend_median(double *values, int count) {
    if (count < 1)
        return 0;
    double upper = trend_select(values, count, count / 2);
    if (count % 2)
        return upper;
    /* What lies below the k-th stands before it. */
    double lower = values[0];
    for (int i = 1; i < count / 2; i++)
        lower = values[i] > lower ? values[i] : lower;
    return (lower + upper) / 2;
}

int trend_kendall_s(const double *y, int n) {
    int s = 0;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            s += (y[j] > y[i]) - (y[j] < y[i]);
    return s;
}

static bool has_ties(const double *y, int n) {
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            if (y[i] == y[j])
                return true;
    return false;
}

double trend_kendall_variance(const double *y, int n) {
    double sum = (double)n * (n - 1) * (2.0 * n + 5);
    for (int i = 0; i < n; i++) {
        /* Each of the t values of a tie takes away its share of t (t - 1) (2 t + 5). */
        int t = 0;
        for (int j = 0; j < n; j++)
            t += y[j] == y[i];
        sum -= (t - 1) * (2.0 * t + 5);
    }
    return sum / 18;
}

/* The least S with P(S or more) <= p among n! orders, each as likely; n (n - 1) / 2 + 2: none. */
static int exact_critical(int n, double p) {
    double chances[EXACT_MAX * (EXACT_MAX - 1) / 2 + 1] = {1};
    int most = 0;
    /* The i-th value has 0 .. i - 1 inversions with those before it, each as likely. */
    for (int i = 2; i <= n; i++) {
        double next[sizeof chances / sizeof chances[0]] = {0};
        for (int k = 0; k <= most; k++)
            for (int more = 0; more < i; more++)
                next[k + more] += chances[k] / i;
        most += i - 1;
        memcpy(chances, next, sizeof chances);
    }
    double sum = 0;
    int inversions = 0;
    while (inversions <= most && sum + chances[inversions] <= p * (1 + 1e-9))
        sum += chances[inversions++];
    return most - 2 * (inversions - 1);
}

double trend_kendall_critical(const double *y, int n, double z) {
    if (n <= EXACT_MAX && !has_ties(y, n))
        return exact_critical(n, erfc(z / sqrt(2.0)) / 2);
    return z * sqrt(trend_kendall_variance(y, n)) + 1;
}

/* Of `pairs` slopes that which the slope exceeds as surely as S exceeds `critical`. */
static double bound(double *slopes, int pairs, double critical, bool upper) {
    if (critical > pairs)
        return upper ? INFINITY : -INFINITY;
    int k = (int)floor((pairs - critical) / 2);
    return trend_select(slopes, pairs, upper ? pairs - 1 - k : k);
}

void trend_fit(const double *x, const double *y, int n, double inflation, struct trend *ret) {
    double slopes[PAIRS_MAX];
    double rest[TREND_POINTS_MAX];
    int pairs = 0;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            slopes[pairs++] = (y[j] - y[i]) / (x[j] - x[i]);
    struct trend trend = {.slope = trend_median(slopes, pairs)};
    double critical = trend_kendall_critical(y, n, Z_97_5);
    double strict = trend_kendall_critical(y, n, Z_99_5);
    double wider = sqrt(inflation);
    trend.low = trend.slope - wider * (trend.slope - bound(slopes, pairs, critical, false));
    trend.high = trend.slope + wider * (bound(slopes, pairs, critical, true) - trend.slope);
    trend.low_strict = trend.slope - wider * (trend.slope - bound(slopes, pairs, strict, false));
    for (int i = 0; i < n; i++)
        rest[i] = y[i] - trend.slope * x[i];
    trend.level = trend_median(rest, n);
    *ret = trend;
}

/* Powers of u less what the terms before them have of each: Gram and Schmidt. terms[k][i] over the points,
 * powers[k][m] the coefficient of u^m in term k. */
static void make_terms(const double *u, int n, int degree, double terms[4][TREND_POINTS_MAX],
                       double powers[4][4], double *norms) {
    for (int k = 0; k <= degree; k++) {
        for (int i = 0; i < n; i++)
            terms[k][i] = k == 0 ? 1 : terms[k - 1][i] * u[i];
        powers[k][0] = k == 0;
        for (int m = 1; m < 4; m++)
            powers[k][m] = k == 0 ? 0 : powers[k - 1][m - 1];
        for (int before = 0; before < k; before++) {
            double share = 0;
            for (int i = 0; i < n; i++)
                share += terms[k][i] * terms[before][i];
            share /= norms[before];
            for (int i = 0; i < n; i++)
                terms[k][i] -= share * terms[before][i];
            for (int m = 0; m < 4; m++)
                powers[k][m] -= share * powers[before][m];
        }
        norms[k] = 0;
        for (int i = 0; i < n; i++)
            norms[k] += terms[k][i] * terms[k][i];
    }
}

/* The mean slope of a polynomial between two places. */
static double mean_slope(const double *powers, double from, double to) {
    double sum = 0;
    for (int m = 1; m < 4; m++)
        sum += powers[m] * (pow(to, m) - pow(from, m));
    return sum / (to - from);
}

void curve_fit(const double *x, const double *y, int n, int degree, struct curve *ret, double *residuals) {
    double u[TREND_POINTS_MAX];
    double rest[TREND_POINTS_MAX];
    double terms[4][TREND_POINTS_MAX] = {{0}};
    double powers[4][4] = {{0}};
    double norms[4] = {0};
    struct curve curve = {.degree = degree, .df = n - degree - 1};
    for (int i = 0; i < n; i++) {
        u[i] = 2 * (x[i] - x[0]) / (x[n - 1] - x[0]) - 1;
        rest[i] = y[i];
    }
    make_terms(u, n, degree, terms, powers, norms);
    for (int k = 0; k <= degree; k++) {
        for (int i = 0; i < n; i++)
            curve.c[k] += rest[i] * terms[k][i] / norms[k];
        for (int i = 0; i < n; i++)
            rest[i] -= curve.c[k] * terms[k][i];
        curve.var[k] = 1 / norms[k];
        for (int third = 0; third < 3; third++)
            curve.third[third][k] = mean_slope(powers[k], -1 + third * 2.0 / 3, -1 + (third + 1) * 2.0 / 3);
    }
    double squares = 0;
    for (int i = 0; i < n; i++)
        squares += rest[i] * rest[i];
    curve.sigma = sqrt(squares / curve.df);
    if (residuals)
        memcpy(residuals, rest, (size_t)n * sizeof *rest);
    *ret = curve;
}

double trend_autocorrelation(const double *residuals, int n, int degree) {
    double squares = 0;
    double products = 0;
    for (int i = 0; i < n; i++) {
        squares += residuals[i] * residuals[i];
        if (i > 0)
            products += residuals[i] * residuals[i - 1];
    }
    if (squares <= 0)
        return 0;
    double terms = degree + 1;
    double rho = (products / squares + terms / n) / (1 - (terms + 1) / n);
    return fmin(fmax(rho, 0), 0.95);
}

double trend_inflation(double rho, int n) {
    double sum = 1;
    double power = 1;
    for (int k = 1; k < n; k++) {
        power *= rho;
        sum += 2 * (1 - (double)k / n) * power;
    }
    return sum;
}
