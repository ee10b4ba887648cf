/* From measured trials to Kubernetes requests and limits.
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "model/result.h"

/* Limits stay this far above the proven OOM point. */
#define SIZING_OOM_MARGIN 1.2
#define HEADROOM_MIN      1.5
#define HEADROOM_MAX      2.0

struct sizing_config {
    struct known_f64
        headroom_ratio; /* unknown: chosen within HEADROOM_MIN..HEADROOM_MAX from what was measured */
    bool guaranteed;    /* request = limit */
    struct known_i64 fast_bytes; /* the slowdown point: no limit is recommended below it */
    int64_t node_memory_bytes;   /* for oom_score_adj */
};

/* Recommends from the profile and the OOM point. `ret->known` is false where there is no proven OOM point or
 * no profile. Reasons and warnings are sentences; release with recommendation_free(). */
void sizing_recommend(const struct sizing_config *config, const struct trial *trials, size_t count,
                      const struct oom_point *oom_point, struct recommendation *ret);

/* Where the steady state begins in a series: the first point at which the working set has come up to the
 * median of the run's second half. Start-up lies before it. 0 for an empty series. */
size_t sizing_steady_start(const struct series *series);

/* How fast the need still rose in the last half of a run that we ended (--for), in bytes a second. Unknown
 * where it did not rise throughout; a target that ends by itself grows as it likes. A first sign of a leak,
 * not a verdict. */
struct known_i64 sizing_growth_per_s(const struct trial *trial);

/* Raises a recommendation that a run at it has refuted: a quarter more, in whole Mi, said in its reasons. */
void sizing_raise(struct recommendation *recommendation);

/* oom_score_adj that the kubelet sets: pkg/kubelet/qos/policy.go. */
int sizing_oom_score_adj(bool guaranteed, int64_t request_bytes, int64_t node_memory_bytes);
