/* The curve of `step`: what became of the target at each limit, over all runs there.
 * Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "base/text.h"
#include "model/result.h"

/* All runs at one limit; of a squeeze, which is at no limit, none. */
struct curve_point {
    int64_t limit_bytes; /* INT64_MAX: none */
    int runs;
    int lived;
    int outcomes[OUTCOME_COUNT];
    /* Of the runs that lived, as trial_pace_ns() has it. */
    struct known_i64 shortest_ns;
    struct known_i64 median_ns;
    struct known_i64 longest_ns;
    struct known_f64 rate_per_s; /* of the load, their mean; unknown where one does not know it */
    struct known_f64
        slowdown_ratio;           /* median over that at the highest limit at which any lived, or at none */
    struct known_f64 stall_ratio; /* largest of all runs, likewise what is below */
    struct known_i64 refault_bytes;
};

/* A point for each limit, rising, and the runs without one last. Caller frees *ret. Returns how many. */
size_t curve_points(const struct result *result, struct curve_point **ret);

/* A table with a line for each limit, rising, and the run without one last: how many lived, how the others
 * ended, median time of those that lived and how much longer that is than the reference's, the share of time
 * stalled for memory and the page cache read again (largest). Unknown is "-". Nothing without trials. */
void curve_table(const struct result *result, struct strbuf *text);

/* The curve of a live squeeze, a line for each run of its load as it came: the limit, time and rate, latency
 * (p99, or the mean where that is not told), stall and page cache read again. Where there are more runs than
 * fit a screen, every so-manieth of all but the last. Lines begin with `indent` blanks. */
void curve_squeeze(const struct trial *trial, int indent, struct strbuf *text);
