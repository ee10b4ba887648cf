#include "analysis/doubts.h"

#include "analysis/steady.h"
#include "base/units.h"

/* Less page cache than this is nobody's concern. */
#define CACHE_WORTH_A_WORD (8 * MIB)

/* A test this short says little about what hours bring. */
#define SHORT_TEST_NS (60 * NS_PER_S)

/* The kubelet evicts pods before less than this is left: its default for memory.available
 * (pkg/kubelet/apis/config/v1beta1/defaults_linux.go). */
#define EVICTION_HARD_BYTES (100 * MIB)

/* A leak is only suspected: `plimsoll leak` is to judge it. But no limit may be called safe meanwhile. */
static void warn_of_growth(const struct trial *profile, struct recommendation *advice) {
    if (!advice->growth_bytes_per_s.known)
        return;
    if (profile->service.load_count > 0) {
        recommendation_warn(advice,
                            "A leak is suspected: after each cycle of its load it held more at rest, by %s a "
                            "second. No limit is safe; growing like that it fills this one in about %s. Rule "
                            "out the leak before raising the limit.",
                            bytes_text((int64_t)advice->growth_bytes_per_s.value).s,
                            duration_text((int64_t)(advice->exhausted_after_s.value * (double)NS_PER_S)).s);
        return;
    }
    recommendation_warn(advice,
                        "A leak is suspected: it still grew by %s a second when it was stopped after %s. No "
                        "limit is safe; growing like that it fills this one in about %s. Rule out the leak "
                        "before raising the limit.",
                        bytes_text((int64_t)advice->growth_bytes_per_s.value).s,
                        duration_text(profile->exit.duration_ns).s,
                        duration_text((int64_t)(advice->exhausted_after_s.value * (double)NS_PER_S)).s);
}

static void warn_of_test(const struct sizing_config *config, const struct trial *profile,
                         struct recommendation *advice) {
    int left = profile->exit.leftovers;
    if (left > 0 && profile->exit.stop == STOP_NONE)
        recommendation_warn(
            advice,
            "Its main process left %d other%s running, ended with it: a target that goes into "
            "the background wants --for.",
            left, left == 1 ? "" : "s");
    if (profile->service.load_count == 1)
        recommendation_warn(advice, "One round of load does not tell a leak from what the load has it hold: "
                                    "plimsoll leak --cycles 20 would.");
    if (config->ready_at_once)
        recommendation_warn(advice, "No --ready was given: its load began at once, ready or not.");
    if (config->for_ns && profile->exit.stop == STOP_NONE)
        recommendation_warn(advice, "It ended by itself after %s, long before --for %s was over.",
                            duration_text(profile->exit.duration_ns).s, duration_text(config->for_ns).s);
    if (profile->exit.duration_ns < SHORT_TEST_NS)
        recommendation_warn(
            advice, "The run lasted %s: what only hours bring (a slow leak, a daily peak) was not seen.",
            duration_text(profile->exit.duration_ns).s);
}

static void warn_of_cache(const struct trial *profile, struct recommendation *advice) {
    struct steady_phase phase = steady_find(&profile->series);
    struct known_i64 cached = series_working_set_quantile(&profile->series, phase.first, phase.count, 0.95);
    struct known_i64 needed = profile->needed_bytes;
    if (needed.known && cached.known && cached.value / 3 * 2 > needed.value &&
        cached.value - needed.value > CACHE_WORTH_A_WORD)
        recommendation_warn(
            advice, "Page cache makes up much of the working set: it needs %s, the kubelet counts %s.",
            bytes_text(needed.value).s, bytes_text(cached.value).s);
}

static void warn_of_node(struct recommendation *advice) {
    int64_t allocatable = advice->node_memory_bytes - EVICTION_HARD_BYTES;
    if (allocatable < 0)
        allocatable = 0;
    if (advice->request_bytes > allocatable)
        recommendation_warn(advice,
                            "No node of %s has room for the request: at most %s are allocatable there, less "
                            "what kube-reserved and system-reserved take.",
                            quantity_text(advice->node_memory_bytes).s, bytes_text(allocatable).s);
    else if (advice->limit_bytes > allocatable)
        recommendation_warn(advice,
                            "The limit is more than a node of %s can give (at most %s are allocatable): the "
                            "node runs out of memory before the container does.",
                            quantity_text(advice->node_memory_bytes).s, bytes_text(allocatable).s);
}

static void warn_of_swap(const struct sizing_config *config, struct recommendation *advice) {
    if (config->swap_bytes > 0)
        recommendation_warn(advice,
                            "It was measured with %s of swap, which a pod does not have by default: without "
                            "it the same limits kill it.",
                            bytes_text(config->swap_bytes).s);
    else if (config->swap_open)
        recommendation_warn(advice,
                            "This machine swaps, and its kernel cannot keep a group out of it: it may need "
                            "more where there is no swap. Run swapoff -a, and measure again.");
}

/* Charged to the group on cgroup v2 alone: net/core/sock.c, mem_cgroup_charge_skmem(). */
static void warn_of_sockets(const struct sizing_config *config, struct recommendation *advice) {
    if (config->sockets_free)
        recommendation_warn(advice,
                            "Measured on cgroup v1, which does not count the buffers of sockets; cgroup v2, "
                            "which most clusters have, does: with many connections leave room for them, or "
                            "measure there.");
}

static void warn_of_oom_point(const struct oom_point *oom_point, struct recommendation *advice) {
    if (oom_point->mixed)
        recommendation_warn(advice, "Between %s and %s it sometimes dies and sometimes lives.",
                            bytes_text(known_or(oom_point->ooms_bytes, 0)).s,
                            bytes_text(oom_point->survives_bytes.value).s);
    if (!oom_point->ooms_bytes.known && !oom_point->stalls_bytes.known)
        recommendation_warn(advice,
                            "It was never seen to die: it lives at the smallest limit that is tried.");
}

void doubts_add_machine(const struct sizing_config *config, struct recommendation *advice) {
    warn_of_node(advice);
    warn_of_sockets(config, advice);
}

void doubts_add(const struct sizing_config *config, const struct trial *trials, size_t count,
                const struct oom_point *oom_point, struct recommendation *advice) {
    const struct trial *profile = result_profile(trials, count);
    warn_of_growth(profile, advice);
    warn_of_test(config, profile, advice);
    warn_of_cache(profile, advice);
    doubts_add_machine(config, advice);
    warn_of_swap(config, advice);
    warn_of_oom_point(oom_point, advice);
}
