#include "analysis/sizing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/doubts.h"
#include "analysis/stats.h"
#include "analysis/steady.h"
#include "base/text.h"
#include "base/units.h"

#define SURVIVORS_MAX 256

/* How much a limit is raised when a run at it has died. */
#define RAISE_RATIO 1.25

/* The headroom is HEADROOM_MIN and a share of what was seen to vary. By judgement, before the back-test of
 * scripts/bench-sizing and not changed after it. */
#define PER_SPIKE     0.5 /* of how far the need rises above the steady state */
#define PER_SPREAD    2.0 /* of how much runs at the same limit differ, and of the width of a band */
#define FOR_SHORTNESS 0.1 /* in full for a run of SHORT_NS or less, nothing from LONG_NS on */
#define SHORT_NS      (6 * NS_PER_S)
#define LONG_NS       (600 * NS_PER_S)

/* A peak this near to the limit shows what was given, not what was needed. */
#define SATURATED_SHARE 0.99

/* CPU is rounded up to tenths of one. */
#define CPU_STEP_MILLIS 100

int sizing_oom_score_adj(bool guaranteed, int64_t request_bytes, int64_t node_memory_bytes) {
    if (guaranteed)
        return -997;
    int64_t adj = 1000 - (int64_t)((__int128)1000 * request_bytes / node_memory_bytes);
    return adj < 3 ? 3 : adj > 999 ? 999 : (int)adj;
}

/* How much runs that survived the same limit differ in what they needed. */
static double survivors_spread(const struct trial *trials, size_t count, int64_t limit_bytes) {
    int64_t needs[SURVIVORS_MAX];
    size_t known = 0;
    for (size_t i = 0; i < count && known < SURVIVORS_MAX; i++)
        if (trial_lived(&trials[i]) && !trials[i].tuned && trials[i].needed_bytes.known &&
            trials[i].limit_bytes.known && trials[i].limit_bytes.value == limit_bytes)
            needs[known++] = trials[i].needed_bytes.value;
    return stats_spread_ratio(needs, known);
}

/* Fewer cycles do not tell what fills up from what leaks. */
#define GROWTH_CYCLES_LEAST 3

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* What it holds at rest after the last run of the load in a cycle; NULL: not that, or not known. */
static const struct load_run *rest_of_cycle(const struct service_facts *facts, size_t i) {
    bool last = i + 1 == facts->load_count || facts->loads[i + 1].cycle != facts->loads[i].cycle;
    return last && facts->loads[i].quiescent_bytes.known ? &facts->loads[i] : NULL;
}

/* A server that holds more at rest after each cycle of its load, and by as much in the end as in the
 * beginning: what fills up, fills more slowly. */
static struct known_f64 growth_of_cycles(const struct service_facts *facts) {
    const struct load_run *first = NULL;
    const struct load_run *before = NULL;
    int64_t first_step = 0;
    int64_t step = 0;
    int cycles = 0;
    for (size_t i = 0; i < facts->load_count; i++) {
        const struct load_run *rest = rest_of_cycle(facts, i);
        if (!rest)
            continue;
        step = before ? rest->quiescent_bytes.value - before->quiescent_bytes.value : 0;
        if (before && step <= 0)
            return UNKNOWN_F64;
        if (cycles == 1)
            first_step = step;
        first = first ? first : rest;
        before = rest;
        cycles++;
    }
    if (cycles < GROWTH_CYCLES_LEAST || step < first_step / 2 ||
        before->quiescent_bytes.value - first->quiescent_bytes.value < before->quiescent_bytes.value / 10)
        return UNKNOWN_F64;
    double time_s = (double)(before->start_ns - first->start_ns) / (double)NS_PER_S;
    return time_s > 0
               ? known_f64((double)(before->quiescent_bytes.value - first->quiescent_bytes.value) / time_s)
               : UNKNOWN_F64;
}

struct known_f64 sizing_growth_per_s(const struct trial *trial) {
    const struct series *series = &trial->series;
    /* What a load has a server hold grows as long as the load goes on: only cycles tell that from a leak. */
    if (trial->service.load_count > 0)
        return growth_of_cycles(&trial->service);
    if (trial->exit.stop != STOP_DONE || series->count < 16)
        return UNKNOWN_F64;
    /* Each of the last four eighths higher than the one before, and by a tenth in all. The very last readings
     * may be of its end, so the highest of the last eighth stands for its level. */
    size_t eighth = series->count / 8;
    size_t last = series->count - eighth;
    for (size_t i = last; i < series->count; i++)
        if (known_or(series->points[i].needed, 0) > known_or(series->points[last].needed, 0))
            last = i;
    int64_t before = -1;
    for (int back = 4; back >= 0; back--) {
        struct known_i64 needed = series->points[last - (size_t)back * eighth].needed;
        if (!needed.known || needed.value <= before)
            return UNKNOWN_F64;
        before = needed.value;
    }
    const struct series_point *first = &series->points[last - 4 * eighth];
    int64_t growth = series->points[last].needed.value - first->needed.value;
    int64_t time_ns = series->points[last].time_ns - first->time_ns;
    if (growth < series->points[last].needed.value / 10 || time_ns <= 0)
        return UNKNOWN_F64;
    return known_f64((double)growth * (double)NS_PER_S / (double)time_ns);
}

struct known_f64 sizing_growth(const struct leak *leak, const struct trial *trial) {
    if (!leak || !leak->known || leak->verdict == LEAK_INCONCLUSIVE)
        return sizing_growth_per_s(trial);
    bool grew = leak->verdict == LEAK_CONFIRMED || leak->verdict == LEAK_SUSPECTED;
    return grew && leak->per_hour.value.known ? known_f64(leak->per_hour.value.value / SECONDS_PER_HOUR)
                                              : UNKNOWN_F64;
}

/* ---- the request ---- */

/* The steady working set of the runs that nothing squeezed, the highest of them. */
struct demand {
    struct known_i64 p95_bytes;
    int runs;
    struct steady_phase phase; /* of the run that has the highest */
    const struct trial *trial; /* that run */
};

static void add_demand(const struct trial *trial, struct demand *demand) {
    struct steady_phase phase = steady_find(&trial->series);
    struct known_i64 p95 = series_working_set_quantile(&trial->series, phase.first, phase.count, 0.95);
    if (!p95.known || p95.value <= 0)
        return;
    demand->runs++;
    if (known_or(demand->p95_bytes, -1) >= p95.value)
        return;
    demand->p95_bytes = p95;
    demand->phase = phase;
    demand->trial = trial;
}

/* Without a limit from its start to its end, or at or above `least_bytes`. Proofs come after the
 * recommendation, so that one that is made again from stored trials is the same. */
static bool is_unsqueezed(const struct trial *trial, int64_t least_bytes) {
    return trial_lived(trial) && trial->purpose != PURPOSE_VERIFY && !trial->squeezed &&
           known_or(trial->limit_bytes, INT64_MAX) >= least_bytes;
}

static struct demand find_demand(const struct trial *trials, size_t count, int64_t least_bytes) {
    struct demand demand = {0};
    for (size_t i = 0; i < count; i++)
        if (is_unsqueezed(&trials[i], least_bytes))
            add_demand(&trials[i], &demand);
    return demand;
}

static void explain_request(const struct demand *demand, int64_t request, struct recommendation *advice) {
    const struct series *series = &demand->trial->series;
    const struct steady_phase *phase = &demand->phase;
    size_t end = phase->first + phase->count;
    int64_t start_ns = series->points[phase->first].time_ns;
    struct short_text runs;
    snprintf(runs.s, sizeof runs.s, demand->runs == 1 ? "its run" : "each of %d runs", demand->runs);
    recommendation_reason(
        advice,
        "Request %s: in %s the working set, as the kubelet counts it, stayed below %s for 95 %% of %s.",
        quantity_ceil_mi_text(request).s, runs.s, bytes_text(demand->p95_bytes.value).s,
        phase->settled ? "the steady state" : "its second half");
    if (series->count < STEADY_READINGS_LEAST)
        recommendation_reason(advice,
                              "%zu readings are too few to tell start-up from steady state, so the second "
                              "half of the run counts.",
                              series->count);
    else if (!phase->settled)
        recommendation_reason(advice,
                              "It never came to a steady state, so the second half of the run counts.");
    else if (end < series->count)
        recommendation_reason(
            advice,
            "The steady state begins after %s and ends at %s: what comes before is start-up, "
            "what follows is shut-down (MSER-5).",
            duration_text(start_ns).s, duration_text(series->points[end].time_ns).s);
    else
        recommendation_reason(advice,
                              "The steady state begins after %s (MSER-5): what comes before is start-up.",
                              duration_text(start_ns).s);
}

/* Shorter than two readings, or counters that do not tell: the proven need stands in, and that is said. An
 * init container has no steady state worth the name: it is done when it is done. */
static int64_t choose_request(const struct sizing_config *config, const struct demand *demand,
                              int64_t survives, struct recommendation *advice) {
    int64_t request = bytes_ceil_mi(demand->p95_bytes.known ? demand->p95_bytes.value : survives);
    if (config->role == ROLE_INIT) {
        request = bytes_ceil_mi(survives);
        recommendation_reason(
            advice,
            "Request %s: the lowest limit it survives, for an init container is gone before "
            "the others start.",
            quantity_ceil_mi_text(request).s);
    } else if (demand->p95_bytes.known) {
        explain_request(demand, request, advice);
    } else {
        recommendation_reason(advice,
                              "Request %s: the lowest limit it survives; its working set was not seen.",
                              quantity_ceil_mi_text(request).s);
    }
    return request;
}

/* ---- the limit ---- */

static double shortness(const struct trial *profile) {
    double run_ns = clamp((double)profile->exit.duration_ns, (double)SHORT_NS, (double)LONG_NS);
    return log((double)LONG_NS / run_ns) / log((double)LONG_NS / (double)SHORT_NS);
}

#define TERM_SIZE    80
#define WORTH_SAYING 0.005

/* What one finding adds to the headroom. */
struct term {
    double extra;
    char why[TERM_SIZE];
};

static double choose_headroom(const struct trial *trials, size_t count, int64_t base_bytes,
                              const struct oom_point *oom_point, struct recommendation *advice) {
    const struct trial *profile = result_profile(trials, count);
    double spike = clamp((double)known_or(profile->needed_bytes, base_bytes) / (double)base_bytes, 1, 10);
    double spread = survivors_spread(trials, count, oom_point->survives_bytes.value);
    double width =
        oom_point->mixed && oom_point->resolution_ratio.known ? oom_point->resolution_ratio.value : 0;
    struct term terms[4] = {{.extra = PER_SPIKE * (spike - 1)},
                            {.extra = PER_SPREAD * spread},
                            {.extra = PER_SPREAD * width},
                            {.extra = FOR_SHORTNESS * shortness(profile)}};
    snprintf(terms[0].why, TERM_SIZE, "as the highest need is %.2fx of the steady state", spike);
    snprintf(terms[1].why, TERM_SIZE, "as runs at the same limit differ by %.1f %%", spread * 100);
    snprintf(terms[2].why, TERM_SIZE, "as the OOM point is a band of %.1f %%", width * 100);
    snprintf(terms[3].why, TERM_SIZE, "as the run lasted only %s",
             duration_text(profile->exit.duration_ns).s);
    double sum = HEADROOM_MIN;
    struct strbuf text = {0};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        sum += terms[i].extra;
        if (terms[i].extra >= WORTH_SAYING)
            strbuf_addf(&text, ", %.2f %s", terms[i].extra, terms[i].why);
    }
    double headroom = clamp(sum, HEADROOM_MIN, HEADROOM_MAX);
    recommendation_reason(advice, "Headroom %.2fx: %.1fx to begin with%s%s.", headroom, HEADROOM_MIN,
                          strbuf_text(&text), sum > HEADROOM_MAX ? ", and no more in all" : "");
    strbuf_free(&text);
    return headroom;
}

/* What the headroom is of. What the request holds above the OOM point (page cache, a heap that shrinks) is
 * not needed, if a limit is known with which it is as fast as without; where none is, nobody knows what it
 * does without. */
static int64_t find_base(const struct sizing_config *config, int64_t request, int64_t survives,
                         struct recommendation *advice) {
    bool asked = config->headroom_ratio.known;
    if (request <= bytes_ceil_mi(survives) || (!config->fast_bytes.known && !asked))
        return request;
    recommendation_reason(
        advice,
        "The request holds more than it needs (page cache, or a heap that shrinks): the headroom is of "
        "the lowest limit it survives, %s.",
        bytes_text(survives).s);
    return survives;
}

static void choose_limit(const struct sizing_config *config, const struct trial *trials, size_t count,
                         const struct oom_point *oom_point, int64_t request, struct recommendation *advice) {
    int64_t survives = oom_point->survives_bytes.value;
    int64_t base = find_base(config, request, survives, advice);
    double headroom = config->headroom_ratio.value;
    if (config->headroom_ratio.known)
        recommendation_reason(advice, "Headroom %.2fx, as asked.", headroom);
    else
        headroom = choose_headroom(trials, count, base, oom_point, advice);
    /* A headroom below the margin was asked for on purpose. */
    double margin = headroom < SIZING_OOM_MARGIN ? headroom : SIZING_OOM_MARGIN;
    int64_t by_base = bytes_ceil_mi((int64_t)((double)base * headroom));
    int64_t by_oom = bytes_ceil_mi((int64_t)((double)survives * margin));
    advice->limit_bytes = i64_larger(by_base, by_oom);
    if (by_oom > by_base)
        recommendation_reason(advice,
                              "Limit %s: the lowest limit it survives, %s, with %.0f %% on top, is more than "
                              "the headroom gives.",
                              quantity_ceil_mi_text(advice->limit_bytes).s, bytes_text(survives).s,
                              (margin - 1) * 100);
    else if (base == survives)
        recommendation_reason(advice, "Limit %s: %.2fx of %s, in whole Mi.",
                              quantity_ceil_mi_text(advice->limit_bytes).s, headroom, bytes_text(base).s);
    else
        recommendation_reason(
            advice,
            "Limit %s: %.2fx of the request, in whole Mi; that is %.2fx of the lowest limit "
            "it survives, %s.",
            quantity_ceil_mi_text(advice->limit_bytes).s, headroom,
            (double)advice->limit_bytes / (double)survives, bytes_text(survives).s);
    int64_t fast = config->fast_bytes.known ? bytes_ceil_mi(config->fast_bytes.value) : 0;
    if (advice->limit_bytes >= fast)
        return;
    if (headroom < SIZING_OOM_MARGIN) {
        recommendation_warn(advice, "Below the slowdown point, %s: at this limit it is slower.",
                            quantity_ceil_mi_text(fast).s);
        return;
    }
    advice->limit_bytes = fast;
    recommendation_reason(advice, "Limit raised to %s, the slowdown point: with less it is slower.",
                          quantity_ceil_mi_text(fast).s);
}

/* ---- what the pod gets ---- */

static void choose_cpu(const struct sizing_config *config, const struct trial *profile,
                       struct recommendation *advice) {
    double wall_ns = (double)profile->exit.duration_ns;
    advice->cpu_millis = config->cpu_millis;
    if (advice->cpu_millis.known) {
        recommendation_reason(advice, "CPU %dm, as asked.", (int)advice->cpu_millis.value);
    } else if (profile->cpu_s.known && wall_ns > 0) {
        double millis = profile->cpu_s.value * (double)NS_PER_S / wall_ns * 1000;
        advice->cpu_millis =
            known_i64(i64_larger(1, (int64_t)ceil(millis / CPU_STEP_MILLIS)) * CPU_STEP_MILLIS);
        recommendation_reason(advice,
                              "CPU %dm, request and limit: without any limit it kept %.2f CPUs busy on "
                              "average, rounded up to tenths. "
                              "What it takes beyond that at times is throttled: --cpu gives another.",
                              (int)advice->cpu_millis.value, millis / 1000);
    } else {
        recommendation_warn(advice,
                            "Its CPU time is not known: Guaranteed needs a CPU limit equal to the CPU "
                            "request; --cpu gives it.");
    }
}

static void make_guaranteed(const struct sizing_config *config, const struct trial *profile,
                            struct recommendation *advice) {
    recommendation_reason(advice, "Request raised from %s to the limit for the QoS class Guaranteed.",
                          quantity_ceil_mi_text(advice->request_bytes).s);
    advice->request_bytes = advice->limit_bytes;
    choose_cpu(config, profile, advice);
    recommendation_reason(advice, "Guaranteed holds only if every container of the pod, init containers and "
                                  "sidecars too, has limits equal to its requests for memory and CPU.");
}

/* Node pressure evicts pods whose usage is above their request first: pkg/kubelet/eviction/helpers.go. */
static void explain_eviction(const struct trial *trials, size_t count, int64_t least_bytes,
                             struct recommendation *advice) {
    int64_t most = 0;
    size_t above = 0;
    size_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        const struct series *series = &trials[i].series;
        for (size_t j = 0; j < series->count && is_unsqueezed(&trials[i], least_bytes); j++) {
            int64_t excess = known_or(series->points[j].working_set, 0) - advice->request_bytes;
            seen += series->points[j].working_set.known;
            above += excess > 0;
            most = i64_larger(most, excess);
        }
    }
    if (seen == 0)
        return;
    if (above == 0)
        recommendation_reason(advice, "Eviction: its working set was never above its request, so under node "
                                      "pressure pods that exceed theirs go first.");
    else
        recommendation_reason(
            advice,
            "Eviction: for %.1f %% of its time its working set is above its request, by up to "
            "%s: under node pressure it is then among the first to go.",
            100.0 * (double)above / (double)seen, bytes_text(most).s);
}

static void explain_role(struct recommendation *advice) {
    if (advice->role == ROLE_INIT)
        recommendation_reason(advice,
                              "Init container: the pod's request is the larger of this one's (with the "
                              "sidecars started before it) and the sum of all that run later.");
    else if (advice->role == ROLE_SIDECAR)
        recommendation_reason(advice,
                              "Sidecar: its request adds to those of the other containers, for as long "
                              "as the pod lives, and to those of the init containers after it.");
}

static void foresee_exhaustion(const struct sizing_config *config, const struct trial *profile,
                               struct recommendation *advice) {
    advice->growth_bytes_per_s = sizing_growth(config->leak, profile);
    if (!advice->growth_bytes_per_s.known)
        return;
    double left = (double)advice->limit_bytes - (double)known_or(profile->needed_bytes, 0);
    double run_s = (double)profile->exit.duration_ns / (double)NS_PER_S;
    advice->exhausted_after_s = known_f64(run_s + (left > 0 ? left / advice->growth_bytes_per_s.value : 0));
}

void sizing_complete(const struct sizing_config *config, const struct trial *trials, size_t count,
                     const struct trial *profile, int64_t least_bytes, struct recommendation *advice) {
    advice->known = true;
    advice->role = config->role;
    advice->qos_class = config->guaranteed ? "Guaranteed" : "Burstable";
    if (config->guaranteed)
        make_guaranteed(config, profile, advice);
    advice->headroom_ratio = (double)advice->limit_bytes / (double)advice->request_bytes;
    advice->node_memory_bytes = config->node_memory_bytes;
    advice->oom_score_adj =
        sizing_oom_score_adj(config->guaranteed, advice->request_bytes, config->node_memory_bytes);
    explain_eviction(trials, count, least_bytes, advice);
    explain_role(advice);
}

void sizing_recommend(const struct sizing_config *config, const struct trial *trials, size_t count,
                      const struct oom_point *oom_point, struct recommendation *ret) {
    struct recommendation advice = {0};
    const struct trial *profile = result_profile(trials, count);
    if (!profile || profile->outcome != OUTCOME_SURVIVED || !oom_point->known || profile->series.count == 0) {
        *ret = advice;
        return;
    }
    int64_t survives = oom_point->survives_bytes.value;
    struct demand demand = find_demand(trials, count, survives);
    int64_t request = choose_request(config, &demand, survives, &advice);
    choose_limit(config, trials, count, oom_point, request, &advice);
    if (request > advice.limit_bytes)
        recommendation_reason(&advice, "Request lowered to the limit: it takes no more than that.");
    advice.request_bytes = smaller(request, advice.limit_bytes);
    sizing_complete(config, trials, count, profile, survives, &advice);
    *ret = advice;
}

/* Did a run at the recommended limit fill it? */
static bool is_saturated(const struct trial *trials, size_t count, int64_t limit_bytes) {
    for (size_t i = 0; i < count; i++)
        if (trials[i].purpose == PURPOSE_VERIFY && trial_lived(&trials[i]) && !trials[i].tuned &&
            known_or(trials[i].limit_bytes, 0) == limit_bytes &&
            (double)known_or(trials[i].peak_bytes, 0) >= SATURATED_SHARE * (double)limit_bytes)
            return true;
    return false;
}

/* The slowest of the proofs that lived, but too slowly. Unknown: none. */
static struct known_f64 slowest_proof(const struct trial *trials, size_t count, int64_t limit_bytes) {
    struct known_f64 slowest = UNKNOWN_F64;
    for (size_t i = 0; i < count; i++)
        if (trials[i].purpose == PURPOSE_VERIFY && trials[i].outcome == OUTCOME_SLOW && !trials[i].tuned &&
            known_or(trials[i].limit_bytes, 0) == limit_bytes && trials[i].slowdown_ratio.known &&
            trials[i].slowdown_ratio.value > slowest.value)
            slowest = trials[i].slowdown_ratio;
    return slowest;
}

void sizing_review(const struct sizing_config *config, const struct trial *trials, size_t count,
                   const struct oom_point *oom_point, struct recommendation *advice) {
    foresee_exhaustion(config, result_profile(trials, count), advice);
    doubts_add(config, trials, count, oom_point, advice);
    struct known_f64 slowest = slowest_proof(trials, count, advice->limit_bytes);
    if (slowest.known)
        recommendation_warn(advice,
                            "A run at the limit lived, but took %.2fx the time of one without a limit.",
                            slowest.value);
    if (is_saturated(trials, count, advice->limit_bytes))
        recommendation_warn(advice,
                            "Its peak equals the limit there: it takes what it is given (page cache, or a "
                            "heap sized from the limit), so no peak says what it needs.");
}

void sizing_raise(struct recommendation *advice) {
    int64_t higher = bytes_ceil_mi((int64_t)((double)advice->limit_bytes * RAISE_RATIO));
    recommendation_reason(advice, "Limit raised from %s to %s: a run at the former died.",
                          quantity_ceil_mi_text(advice->limit_bytes).s, quantity_ceil_mi_text(higher).s);
    if (strcmp(advice->qos_class, "Guaranteed") == 0)
        advice->request_bytes = higher;
    advice->limit_bytes = higher;
    advice->headroom_ratio = (double)higher / (double)advice->request_bytes;
}
