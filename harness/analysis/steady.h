/* Start-up, steady state and shut-down told apart. Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "model/series.h"

/* Fewer readings than this tell no phases. */
#define STEADY_READINGS_LEAST 40

struct steady_phase {
    size_t first; /* index of its first point */
    size_t count; /* 0: the series is empty, or no reading of it is known */
    bool settled; /* false: too few readings, or it never settled; then the second half stands in */
};

/* The steady part of the working set of a run: what is left when so much is cut off at the start, and at most
 * a quarter at the end, that the mean of the rest is surest, which is where its marginal standard error,
 * sum((x - mean)^2) / n^2 over the n that are left, is least; in batches of five (MSER-5 with both ends:
 * White, An effective truncation heuristic for bias reduction in simulation output, Simulation 69, 1997). A
 * start-up that takes more than half of the run means that it never settled (Hoad, Robinson and Davies,
 * Automating warm-up length estimation, WSC 2008). */
struct steady_phase steady_find(const struct series *series);
