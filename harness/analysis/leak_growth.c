#include "analysis/leak_growth.h"

#include <math.h>

/* A cache that fills with a time constant of up to so many runs is told from a leak. */
#define FILLING_RUNS 1.0

/* And so is the flank of a wave whose period is up to so many runs. */
#define WAVE_RUNS 2.5

/* Growth that slows by less than this is not called slowing. */
#define SLOWING_RATIO 0.7

/* Nor where its second half makes up for that. */
#define SLOWING_HALVES 0.9

/* At this ratio a growth slackens at its end, if it is seen to: not enough to call it slowing, enough to
 * doubt. Less certainty than this keeps out more caches that fill slowly, and leaks of real servers too,
 * whose collections jitter. */
#define SLACK_RATIO 0.9

/* In the last such part of a run it is below the line of before by this share of the growth, and by so many
 * deviations. */
#define REST_PART   10
#define REST_SHARE  0.03
#define REST_SIGMAS 5.0

/* What few points cost beyond the formula, by the simulation of leak_power: a factor of 5 for 8, of 1.3
 * for 32. */
#define FEW_POINTS 270

/* A leak loses no more of what it grew by than this share, between two of its troughs. */
#define LOST_RATIO 0.15

/* The weakest quarter of a leak still grows by this share of the mean one. */
#define WEAKEST_RATIO 0.1

enum { FIRST, MIDDLE, LAST };

static double third_slope(const struct curve *curve, int third) {
    double sum = 0;
    for (int k = 1; k <= curve->degree; k++)
        sum += curve->third[third][k] * curve->c[k];
    return sum;
}

/* How far the slope in one third lies above `ratio` times that in another, and how sure that is. */
struct contrast {
    double value;
    double error;
};

static struct contrast compare(const struct curve *curve, double inflation, int third, double ratio,
                               int other) {
    double variance = 0;
    for (int k = 1; k <= curve->degree; k++) {
        double weight = curve->third[third][k] - ratio * curve->third[other][k];
        variance += weight * weight * curve->var[k];
    }
    return (struct contrast){third_slope(curve, third) - ratio * third_slope(curve, other),
                             curve->sigma * sqrt(variance * inflation)};
}

/* Surely above, at the chance that belongs to `z`. */
static bool is_above(const struct curve *curve, double inflation, int third, double ratio, int other,
                     double z) {
    struct contrast contrast = compare(curve, inflation, third, ratio, other);
    return contrast.value > trend_t(z, curve->df) * contrast.error;
}

static bool is_slower(const struct growth *growth, int third, double ratio, int other, double z) {
    return third_slope(&growth->curve, third) < ratio * third_slope(&growth->curve, other) &&
           is_above(&growth->curve, growth->inflation, other, 1, third, z);
}

/* A straight line would also slow by so much if its time constant were that of a cache that is told from it.
 */
static double filling_ratio(const struct growth_rule *rule, double span) {
    return exp(-span * 2 / 3 / (FILLING_RUNS * rule->whole));
}

/* Of a wave about its steepest point, the mean slope of the outer thirds over that of the middle one. */
static double flank_ratio(const struct growth_rule *rule, double span) {
    double outer = fmin(M_PI * span / (WAVE_RUNS * rule->whole), M_PI / 2);
    double inner = outer / 3;
    return (sin(outer) - sin(inner)) / (2 * sin(inner));
}

static void look_at_quarters(const struct growth_points *points, struct growth *growth) {
    double most = points->y[0];
    for (int i = 0; i < points->n; i++) {
        most = fmax(most, points->y[i]);
        growth->fell = fmax(growth->fell, most - points->y[i]);
    }
    for (int i = 0; i < 4; i++)
        growth->quarters[i] = points->y[(i + 1) * (points->n - 1) / 4] - points->y[i * (points->n - 1) / 4];
}

static bool is_weaker_later(const struct growth *growth) {
    const double *quarters = growth->quarters;
    return quarters[2] + quarters[3] < SLOWING_HALVES * (quarters[0] + quarters[1]);
}

static bool grew_throughout(const struct growth *growth) {
    double all = growth->trend.slope * growth->span;
    for (int i = 0; i < 4; i++)
        if (growth->quarters[i] < WEAKEST_RATIO * all / 4)
            return false;
    return growth->fell < LOST_RATIO * all;
}

/* Is it shown to be no cache that fills and, over time, no flank of a wave? Of a straight line, the noise is
 * that many times too large for it. */
static bool is_straight(const struct growth_rule *rule, struct growth *growth) {
    const struct curve *curve = &growth->curve;
    double filling = filling_ratio(rule, growth->span);
    double flank = flank_ratio(rule, growth->span);
    const struct {
        double ratio;
        int third;
        int other;
    } shown[] = {
        {filling, LAST, FIRST}, {flank, LAST, MIDDLE}, {flank, FIRST, MIDDLE}, {filling, FIRST, LAST}};
    /* Cycles are fewer than readings, and tell apart by themselves what time only passes over. */
    double sure = trend_t(rule->by_cycle ? Z_99_5 : Z_99_9, curve->df);
    double slope = growth->trend.slope * growth->span / 2;
    bool straight = true;
    for (int i = 0; i < (rule->by_cycle ? 1 : 4); i++) {
        struct contrast contrast =
            compare(curve, growth->inflation, shown[i].third, shown[i].ratio, shown[i].other);
        straight = straight && contrast.value > sure * contrast.error;
        growth->unsure = fmax(growth->unsure, (sure + 1) * contrast.error / ((1 - shown[i].ratio) * slope));
    }
    return straight && third_slope(curve, FIRST) > 0;
}

/* How many degrees so few points allow. */
static int degree_of(const struct growth_rule *rule, int n) {
    if (n < 6)
        return 1;
    return rule->by_cycle || n < 8 ? 2 : 3;
}

/* How much faster a steady growth has to be than this one to be found, from what does not change with it. */
static double find_lacking(const struct growth_rule *rule, const struct growth *growth) {
    const struct curve *curve = &growth->curve;
    double lacking = fmax(-growth->trend.low_strict, rule->floor_rate - growth->trend.low);
    lacking = fmax(lacking, rule->least_bytes / growth->span - growth->trend.slope);
    double first = (growth->quarters[0] + growth->quarters[1]) * 2 / growth->span;
    double second = (growth->quarters[2] + growth->quarters[3]) * 2 / growth->span;
    for (int other = FIRST; other <= MIDDLE; other++)
        if (is_above(curve, growth->inflation, other, 1, LAST, Z_99_9)) {
            double u_to_x = 2 / growth->span;
            double late = third_slope(curve, LAST) * u_to_x;
            double early = third_slope(curve, other) * u_to_x;
            double slowing = (SLOWING_RATIO * early - late) / (1 - SLOWING_RATIO);
            double halves = (SLOWING_HALVES * first - second) / (1 - SLOWING_HALVES);
            lacking = fmax(lacking, fmin(slowing, halves));
        }
    return lacking;
}

void growth_judge(const struct growth_rule *rule, const struct growth_points *points, struct growth *ret) {
    struct growth growth = {.span = points->x[points->n - 1] - points->x[0]};
    double residuals[TREND_POINTS_MAX];
    int degree = degree_of(rule, points->n);
    curve_fit(points->x, points->y, points->n, degree, &growth.curve, residuals);
    growth.curve.sigma = fmax(growth.curve.sigma, rule->sigma_least);
    growth.rho = trend_autocorrelation(residuals, points->n, degree);
    growth.inflation = trend_inflation(growth.rho, points->n);
    trend_fit(points->x, points->y, points->n, growth.inflation, &growth.trend);
    look_at_quarters(points, &growth);
    growth.lacking = find_lacking(rule, &growth);
    growth.grew = growth.trend.low_strict > 0 && growth.trend.low > rule->floor_rate &&
                  growth.trend.slope * growth.span > rule->least_bytes;
    if (degree > 1) {
        growth.slowing =
            is_weaker_later(&growth) && (is_slower(&growth, LAST, SLOWING_RATIO, FIRST, Z_99_9) ||
                                         is_slower(&growth, LAST, SLOWING_RATIO, MIDDLE, Z_99_9));
        growth.slackening = is_slower(&growth, LAST, SLACK_RATIO, FIRST, Z_95) ||
                            is_slower(&growth, LAST, SLACK_RATIO, MIDDLE, Z_95);
        growth.quickening = is_slower(&growth, FIRST, SLOWING_RATIO, LAST, Z_99_9);
        growth.steady = is_straight(rule, &growth) && grew_throughout(&growth);
    }
    *ret = growth;
}

bool growth_rests_at_end(const struct growth_points *points) {
    int last = points->n / REST_PART > 2 ? points->n / REST_PART : 2;
    int n = points->n - last;
    double rest[TREND_POINTS_MAX];
    struct trend trend;
    if (n < 4)
        return false;
    trend_fit(points->x, points->y, n, 1, &trend);
    for (int i = 0; i < n; i++)
        rest[i] = fabs(points->y[i] - trend.level - trend.slope * points->x[i]);
    double sigma = MAD_TO_SIGMA * trend_median(rest, n);
    double missing = 0;
    for (int i = n; i < points->n; i++)
        missing += (trend.level + trend.slope * points->x[i] - points->y[i]) / last;
    return missing > REST_SHARE * trend.slope * (points->x[n - 1] - points->x[0]) + REST_SIGMAS * sigma;
}

double growth_error(const struct growth *growth) {
    const struct curve *curve = &growth->curve;
    double error = curve->sigma * sqrt(curve->var[1] * growth->inflation) * 2 / growth->span;
    double n = curve->df + curve->degree + 1;
    return error * (trend_t(Z_99_5, curve->df) + trend_t(Z_99, curve->df)) * (1 + FEW_POINTS / (n * n));
}
