/* The figures by which results are compared. Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "model/result.h"

/* Of the runs that count, by figures_counts(): they lived, and were neither tuned nor squeezed. Unknown where
 * there is none. */
struct result_figures {
    struct known_i64 needed; /* median */
    struct known_i64 needed_least;
    struct known_i64 needed_most;
    struct known_i64 peak; /* highest */
    struct known_i64 oom_point;
    struct known_i64 slowdown_point;
    struct known_i64 request;
    struct known_i64 limit;
};

/* Is it one of those runs? Settings of its runtime make it another program. */
bool figures_counts(const struct trial *trial);

struct result_figures figures_of(const struct result *result);
