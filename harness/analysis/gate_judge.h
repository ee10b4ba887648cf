/* What a gate asks, judged from runs: one function for each question, which adds its item to the gate. What
 * was not measured is undecided, never passed.
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "analysis/compare.h"
#include "model/gate.h"
#include "model/result.h"

enum judge_metric {
    JUDGE_NEEDED,
    JUDGE_PEAK,
    JUDGE_METRICS,
};

/* "needed memory" */
const char *judge_metric_words(enum judge_metric metric);

struct judge_values {
    int64_t values[COMPARE_VALUES_MAX]; /* in the order of the runs */
    int count;
};

/* Of the runs without a limit that lived and whose metric is known, the first COMPARE_VALUES_MAX. A loose
 * line (trial/line.h) can hold some targets lower; runs under one are taken only where `with_lines` says so.
 */
void judge_collect(const struct trial *trials, size_t count, enum judge_metric metric, bool with_lines,
                   struct judge_values *ret);

struct judge_threshold {
    double ratio;  /* of the pinned median */
    int64_t bytes; /* and at least this */
};

/* By so many bytes may it be above such values. */
double judge_threshold_bytes(const struct judge_threshold *threshold, const int64_t *pinned, int count);

/* "regression.needed_bytes": has it grown against the pinned values? With the comparison as it stands after
 * the last run. */
void judge_regression(struct gate *gate, enum judge_metric metric, const struct comparison *found,
                      const struct judge_threshold *threshold, int pinned_count, int value_count);

/* The same where there is nothing to compare: no run gave a value, or the baseline has none. */
void judge_no_values(struct gate *gate, enum judge_metric metric, const char *why);

/* "baseline.needed_bytes": what was pinned now, `count` values, rising, instead of the median `before`.
 * Passes; says where they scatter so much that nothing can be told by them. */
void judge_pinned(struct gate *gate, enum judge_metric metric, const struct judge_threshold *threshold,
                  const int64_t *values, int count, struct known_f64 before);

/* "budget.needed_bytes": no run may be above it. */
void judge_budget(struct gate *gate, enum judge_metric metric, const struct judge_values *values,
                  int64_t budget_bytes);

/* Runs that tell whether it lives under the limit: those that lived with no more than that, and those that
 * died with no less. */
void judge_count_limited(const struct trial *trials, size_t count, int64_t limit_bytes, int *ret_lived,
                         int *ret_died);

/* "budget.limit_bytes": it must live under this limit, in `wanted` runs. A proven OOM point tells too. */
void judge_limit(struct gate *gate, const struct result *result, int64_t limit_bytes, int wanted);

/* "budget.growth_bytes_per_hour": it may grow by no more. */
void judge_growth(struct gate *gate, const struct leak *leak, double bytes_per_hour);
