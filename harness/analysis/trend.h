/* Trends in a few dozen points: Theil-Sen slopes, Kendall's S, polynomials, autocorrelation. Pure; every
 * formula names its source. Layer: analysis/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* No function here takes more points than this. */
#define TREND_POINTS_MAX 40

/* The median of absolute deviations, times this, is the standard deviation of normal noise: 1 / 0.6745
 * (Rousseeuw and Croux, Journal of the American Statistical Association 88, 1993). */
#define MAD_TO_SIGMA 1.4826

/* Normal quantiles that a bound exceeds with this chance, one-sided. */
#define Z_95   1.644854
#define Z_97_5 1.959964
#define Z_99   2.326348
#define Z_99_5 2.575829
#define Z_99_9 3.090232

/* The quantile of Student's t with `df` degrees of freedom (at least 1; fractions are allowed) where the
 * normal distribution has its at `z`: Cornish and Fisher's expansion (Abramowitz and Stegun, Handbook of
 * Mathematical Functions, 26.7.5). Good to a few percent from 3 degrees on. */
double trend_t(double z, double df);

/* Kendall's S of values in order: how many pairs rise less how many fall. */
int trend_kendall_s(const double *y, int n);

/* The variance of S by chance alone, ties of y taken into account (Kendall, Rank Correlation Methods, 1975).
 */
double trend_kendall_variance(const double *y, int n);

/* The least S that chance alone exceeds or equals no more often than the normal distribution does its
 * quantile `z`: exact up to 12 points without ties (counts of permutations by their inversions), beyond by
 * the normal approximation with its correction for continuity. More than n (n - 1) / 2: no S would do. */
double trend_kendall_critical(const double *y, int n, double z);

/* A straight line through points, and how sure its slope is. */
struct trend {
    double slope;      /* the median of the slopes of all pairs */
    double level;      /* at x = 0: the median of what is left */
    double low, high;  /* two-sided 95 % */
    double low_strict; /* exceeded with 99.5 %; -INFINITY: too few points to say so */
};

/* Fits it (Theil, 1950; Sen, Journal of the American Statistical Association 63, 1968, whose confidence
 * bounds are those of Kendall's S). `n` is from 2 to TREND_POINTS_MAX, x rises strictly. `inflation`, at
 * least 1, is of variances, for points that hang together: bounds move away from the slope by its root. */
void trend_fit(const double *x, const double *y, int n, double inflation, struct trend *ret);

/* A polynomial b u + c (u^2 - mean) + d (u^3 - ...), least squares, over u from -1 at the first to 1 at the
 * last point; its terms are orthogonal to one another over the points. */
struct curve {
    int degree;    /* 1, 2 or 3 */
    double c[4];   /* coefficients of the orthogonal terms */
    double var[4]; /* their variances, for residuals of variance 1 */
    double sigma;  /* of the residuals, n - degree - 1 degrees of freedom; 0: none are left */
    double df;
    /* The mean slope, in y per u, over the first, the middle and the last third is the sum of third[i][k] *
     * c[k]. */
    double third[3][4];
};

/* `degree` is at most n - 2. The residuals go to `residuals` (n of them), if that is given. */
void curve_fit(const double *x, const double *y, int n, int degree, struct curve *ret, double *residuals);

/* Autocorrelation at lag 1 of the residuals of a polynomial of `degree`, corrected for what the fit takes
 * away (to first order: -(degree + 1) / n for residuals that are independent), from 0 to 0.95. */
double trend_autocorrelation(const double *residuals, int n, int degree);

/* How much larger the variance of a mean of n points is at an autocorrelation of rho than without it (Yue and
 * Wang, Water Resources Management 18, 2004). */
double trend_inflation(double rho, int n);

/* The k-th smallest (from 0) of `count` values, 0 of none; reorders them (Hoare's selection, 1961). */
double trend_select(double *values, int count, int k);

/* The median; of an even number the mean of the two in the middle. Reorders. */
double trend_median(double *values, int count);
