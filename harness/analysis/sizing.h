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
    enum container_role role;
    struct known_i64 cpu_millis; /* what Guaranteed gets; unknown: what the run without a limit kept busy */
    struct known_i64 fast_bytes; /* the slowdown point: no limit is recommended below it */
    const struct leak *leak;     /* what its run says of one (leak_of_run()); NULL: nothing */
    int64_t node_memory_bytes;   /* for oom_score_adj and eviction */
    int64_t swap_bytes;          /* that the trials had */
    bool ready_at_once;          /* a server whose load began without a word of its being ready */
    int64_t for_ns;              /* it was to live so long (--for); 0: as long as it likes */
    bool sockets_free;           /* it may serve, and this machine counts no socket buffers (cgroup v1) */
    bool swap_open;              /* the machine swaps, and could not be kept from swapping the target */
};

/* Recommends from the trials and the OOM point. `ret->known` is false where there is no proven OOM point or
 * no profile. Reasons and warnings are sentences; release with recommendation_free().
 *
 * The request is the working set below which the steady state (analysis/steady.h) stays for 95 % of the time,
 * the most of all runs that nothing squeezed. The limit is the headroom times what it needs in that state
 * (the request, or the OOM point where the request is the larger and some limit is known to be as fast as
 * none), never below the OOM point with SIZING_OOM_MARGIN on top nor below the slowdown point, unless a
 * smaller headroom is asked for. */
void sizing_recommend(const struct sizing_config *config, const struct trial *trials, size_t count,
                      const struct oom_point *oom_point, struct recommendation *ret);

/* Fills what follows from a request and a limit that are chosen: QoS class, CPU, oom_score_adj, and what they
 * mean for eviction and for the pod. `profile` tells the CPU time; trials with a limit of `least_bytes` or
 * more, or none, tell how often it is above its request. */
void sizing_complete(const struct sizing_config *config, const struct trial *trials, size_t count,
                     const struct trial *profile, int64_t least_bytes, struct recommendation *advice);

/* Adds the doubts, those that only runs at the limit can show included. Call once, when the limit is final.
 */
void sizing_review(const struct sizing_config *config, const struct trial *trials, size_t count,
                   const struct oom_point *oom_point, struct recommendation *advice);

/* Raises a recommendation that a run at it has refuted: a quarter more, in whole Mi, said in its reasons. */
void sizing_raise(struct recommendation *advice);

/* How fast the need still rose in the last half of a run that we ended (--for), in bytes a second. Unknown
 * where it did not rise throughout; a target that ends by itself grows as it likes. Of a server under load:
 * what it holds at rest after each of three cycles or more, where that rises each time and does not slow
 * down. A first sign of a leak, for runs that are too short for a verdict. */
struct known_f64 sizing_growth_per_s(const struct trial *trial);

/* How fast it grows, in bytes a second: as the verdict says where there is one, else by that first sign. */
struct known_f64 sizing_growth(const struct leak *leak, const struct trial *trial);

/* oom_score_adj that the kubelet sets: pkg/kubelet/qos/policy.go. */
int sizing_oom_score_adj(bool guaranteed, int64_t request_bytes, int64_t node_memory_bytes);
