/* Whether a few dozen levels in order grow, and how: the questions that the verdict on a leak is made of.
 * Pure. Layer: analysis/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "analysis/trend.h"

/* Levels in order: troughs of a series. x is seconds or cycles, y bytes. */
struct growth_points {
    int n;
    double x[TREND_POINTS_MAX];
    double y[TREND_POINTS_MAX];
};

/* What counts as growth. */
struct growth_rule {
    double floor_rate;  /* bytes per x: the interval of the slope must lie above it */
    double least_bytes; /* and all of the growth above this */
    double whole;       /* x from the very beginning of the run, warm-up included, to its end */
    double sigma_least; /* bytes: no noise is taken for less than this (rounding) */
    bool by_cycle;      /* the same work each time: growth that quickens is no rising load */
};

struct growth {
    struct trend trend;
    struct curve curve;
    double rho;         /* autocorrelation of what the curve leaves */
    double inflation;   /* of variances, by it */
    double span;        /* x from the first to the last point */
    double quarters[4]; /* bytes that each quarter of the points grew by */
    double fell;        /* bytes: the most that it lay below a point before */
    bool grew;          /* beyond chance and beyond the rule */
    bool slowing;       /* its last third grows more slowly than what was before, beyond chance and by much */
    bool slackening;    /* a little, or less surely */
    bool quickening;    /* faster, likewise */
    bool steady; /* slowing of the kind that a filling cache shows is excluded; over time, quickening too */
    /* The noise is so many times too large for a steady growth like this to be told from a filling cache. */
    double unsure;
    /* A steady growth that were so much faster than this one would have been found. */
    double lacking;
};

/* About how fast steady growth has to be to be found, in bytes per x, by formula: from the noise about the
 * curve, how many points there are, and how they hang together. For choosing between ways to look. */
double growth_error(const struct growth *growth);

/* The last two points lie clearly below the line through those before: it has come to rest, or begins to.
 * `points` has at least 4. */
bool growth_rests_at_end(const struct growth_points *points);

/* `points` has at least 4. */
void growth_judge(const struct growth_rule *rule, const struct growth_points *points, struct growth *ret);
