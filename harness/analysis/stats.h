/* Statistics. Pure; every formula names its source.
 * Layer: analysis/. Includes base/. */
#pragma once

#include <stddef.h>

#include "base/known.h"

/* Upper end of the one-sided 95 % Clopper-Pearson interval for a probability, `failures` seen in `runs`.
 * With no failure it is 1 - 0.05^(1/runs): 3 runs give 0.63, 59 give 0.05. Unknown for no runs.
 * Source: Clopper and Pearson, Biometrika 26 (1934). */
struct known_f64 stats_binomial_upper95(int failures, int runs);

/* (largest - smallest) / largest of `count` numbers; 0 for fewer than two, or where the largest is 0. */
double stats_spread_ratio(const int64_t *values, size_t count);

/* How likely it is by chance alone that of `a` + `b` runs `a` or more failed, when of `c` + `d` others `c`
 * did and both fail alike: Fisher's one-sided exact test (Fisher, The Design of Experiments, 1935). 1 where
 * there are no runs on a side. */
double stats_fisher_greater(int a, int b, int c, int d);

/* Chances of failure that never rise from one level to the next, of maximum likelihood given `failures[i]` in
 * `runs[i]` (at least 1) at `count` levels: pool adjacent violators (Ayer, Brunk, Ewing, Reid and Silverman,
 * Annals of Mathematical Statistics 26, 1955). */
void stats_isotonic_falling(const int *failures, const int *runs, size_t count, double *ret);

/* The middle of `count` numbers (at least 1), of an even number the upper of the two. Sorts them in place. */
int64_t stats_median_i64(int64_t *values, size_t count);
