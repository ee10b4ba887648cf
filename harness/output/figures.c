#include "output/figures.h"

#include <stdlib.h>

#include "analysis/stats.h"

bool figures_counts(const struct trial *trial) {
    return trial_lived(trial) && !trial->tuned && !trial->squeezed;
}

static void of_runs(const struct result *result, struct result_figures *figures) {
    int64_t *needed = malloc((result->trial_count + 1) * sizeof *needed);
    size_t count = 0;
    if (!needed)
        abort();
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (!figures_counts(trial))
            continue;
        if (trial->needed_bytes.known)
            needed[count++] = trial->needed_bytes.value;
        known_raise(&figures->peak, trial->peak_bytes);
    }
    if (count > 0) {
        figures->needed = known_i64(stats_median_i64(needed, count));
        figures->needed_least = known_i64(needed[0]); /* they are sorted now */
        figures->needed_most = known_i64(needed[count - 1]);
    }
    free(needed);
}

struct result_figures figures_of(const struct result *result) {
    struct result_figures figures = {0};
    of_runs(result, &figures);
    if (result->oom_point.known)
        figures.oom_point = result->oom_point.survives_bytes;
    if (result->slowdown_point.known)
        figures.slowdown_point = known_i64(result->slowdown_point.limit_bytes);
    if (result->recommendation.known) {
        figures.request = known_i64(result->recommendation.request_bytes);
        figures.limit = known_i64(result->recommendation.limit_bytes);
    }
    return figures;
}
