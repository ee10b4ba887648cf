#include "analysis/leak_power.h"

#include <math.h>

#define REPLICATES 600
#define POWER      0.99

/* What the simulation leaves out, by measurement (scripts/bench-leak): that the windows were chosen. */
#define MARGIN 1.15

/* And for noise that wanders so much more at the most, whose size a short look does not show. */
#define WANDERING_MARGIN 0.5

#define RHO_MOST 0.97

/* --- what would have been found */

static double next_unit(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller, 1958. */
static double next_normal(uint64_t *state) {
    double radius = sqrt(-2 * log(next_unit(state)));
    return radius * cos(2 * M_PI * next_unit(state));
}

/* The root of df over a chi-squared number of that many degrees: by how much the true size of the noise may
 * exceed what was found (Wilson and Hilferty, 1931). */
static double next_scale(uint64_t *state, double df) {
    double root = 1 - 2 / (9 * df) + next_normal(state) * sqrt(2 / (9 * df));
    return 1 / sqrt(pow(fmax(root, 0.1), 3));
}

/* What autocorrelation the noise may have: that which was found, as uncertain as so many points leave it
 * (Bartlett: its variance is (1 - rho^2) / n). */
static double next_rho(uint64_t *state, const struct growth *growth, int n) {
    double found = growth->rho;
    if (found <= 0)
        return 0;
    return fmin(fmax(found + next_normal(state) * sqrt((1 - found * found) / n), 0), RHO_MOST);
}

/* What the curve took of noise that hangs together is given back: the steps from point to point keep their
 * size, and what they add up to follows from the autocorrelation. */
static void make_noise(const struct growth *growth, struct growth_points *points, uint64_t *random) {
    int n = points->n;
    double terms = growth->curve.degree + 1;
    double raw = fmax(growth->rho * (1 - (terms + 1) / n) - terms / n, 0);
    double rho = next_rho(random, growth, n);
    double fresh = sqrt(1 - rho * rho);
    double sigma =
        growth->curve.sigma * next_scale(random, growth->curve.df) * fmax(sqrt(1 - raw * raw) / fresh, 1);
    double now = next_normal(random);
    for (int i = 0; i < n; i++) {
        points->y[i] = now * sigma;
        now = rho * now + fresh * next_normal(random);
    }
}

double leak_power_detectable(const struct growth_rule *rule, const struct growth_points *points,
                             const struct growth *growth, uint64_t seed) {
    double rates[REPLICATES];
    struct growth_points noise = *points;
    uint64_t random = (seed + 1) * 0x9e3779b97f4a7c15U;
    for (int i = 0; i < REPLICATES; i++) {
        struct growth replicate;
        make_noise(growth, &noise, &random);
        growth_judge(rule, &noise, &replicate);
        rates[i] = replicate.lacking;
    }
    return MARGIN * (1 + WANDERING_MARGIN * growth->rho) *
           fmax(trend_select(rates, REPLICATES, (int)(POWER * REPLICATES)), 0);
}
