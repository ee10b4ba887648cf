#include "analysis/sizing.h"

#include <stdio.h>

#include "analysis/stats.h"
#include "base/units.h"

#define SURVIVORS_MAX 256

/* How much a limit is raised when a run at it has died. */
#define RAISE_RATIO 1.25

/* Less page cache than this is nobody's concern. */
#define CACHE_WORTH_A_WORD (8 * MIB)

/* A test this short says little about what hours bring. */
#define SHORT_TEST_NS (60 * NS_PER_S)

size_t sizing_steady_start(const struct series *series) {
    size_t half = series->count / 2;
    struct known_i64 level = series_working_set_quantile(series, half, series->count - half, 0.5);
    for (size_t i = 0; level.known && i < series->count; i++)
        if (series->points[i].working_set.known && series->points[i].working_set.value >= level.value)
            return i;
    return 0;
}

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
        if (trial_lived(&trials[i]) && trials[i].needed_bytes.known && trials[i].limit_bytes.known &&
            trials[i].limit_bytes.value == limit_bytes)
            needs[known++] = trials[i].needed_bytes.value;
    return stats_spread_ratio(needs, known);
}

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

/* Headroom grows with what was seen to vary: by half of how far needs rise above the steady state, and by
 * twice what runs differ. A first version: the terms are weighed by judgement, their inputs are measured. */
static double choose_headroom(const struct trial *trials, size_t count, int64_t request_bytes,
                              int64_t need_bytes, const struct oom_point *oom_point,
                              struct recommendation *ret) {
    double spike = clamp((double)need_bytes / (double)request_bytes, 1, 10);
    double spread = survivors_spread(trials, count, oom_point->survives_bytes.value);
    double width =
        oom_point->mixed && oom_point->resolution_ratio.known ? oom_point->resolution_ratio.value : 0;
    double headroom =
        clamp(HEADROOM_MIN + 0.5 * (spike - 1) + 2 * (spread + width), HEADROOM_MIN, HEADROOM_MAX);
    recommendation_reason(
        ret,
        "Headroom %.2fx of the request: %.1fx to begin with; the highest need is %.2fx of the "
        "steady state; runs at the same limit differ by %.1f %%%s.",
        headroom, HEADROOM_MIN, spike, spread * 100,
        width > 0 ? "; the OOM point is a band, not a line" : "");
    return headroom;
}

struct known_i64 sizing_growth_per_s(const struct trial *trial) {
    const struct series *series = &trial->series;
    if (trial->exit.stop != STOP_DONE || series->count < 16)
        return UNKNOWN_I64;
    /* Each of the last four eighths higher than the one before, and by a tenth in all. The very last readings
     * may be of its end, so the highest of the last eighth stands for its level. */
    size_t eighth = series->count / 8;
    size_t last = series->count - eighth;
    for (size_t i = last; i < series->count; i++)
        if (known_or(series->points[i].needed, 0) > known_or(series->points[last].needed, 0))
            last = i;
    int64_t before = -1;
    for (size_t back = 4; back <= 4; back--) {
        struct known_i64 needed = series->points[last - back * eighth].needed;
        if (!needed.known || needed.value <= before)
            return UNKNOWN_I64;
        before = needed.value;
    }
    const struct series_point *first = &series->points[last - 4 * eighth];
    int64_t growth = series->points[last].needed.value - first->needed.value;
    int64_t time_ns = series->points[last].time_ns - first->time_ns;
    if (growth < series->points[last].needed.value / 10 || time_ns <= 0)
        return UNKNOWN_I64;
    return known_i64((int64_t)((double)growth * (double)NS_PER_S / (double)time_ns));
}

static void warn_of_endings(const struct trial *profile, struct recommendation *ret) {
    struct known_i64 growth = sizing_growth_per_s(profile);
    int left = profile->exit.leftovers;
    if (growth.known)
        recommendation_warn(
            ret,
            "It still grew by %s a second when it was stopped: this is what it needs for %s, and no "
            "limit lasts. Rule out a leak first.",
            bytes_text(growth.value).s, duration_text(profile->exit.duration_ns).s);
    if (left > 0 && profile->exit.stop == STOP_NONE)
        recommendation_warn(
            ret,
            "Its main process left %d other%s running, ended with it: a target that goes into the "
            "background wants --for.",
            left, left == 1 ? "" : "s");
}

static void warn_of_doubts(const struct trial *profile, const struct oom_point *oom_point,
                           struct known_i64 cached, struct recommendation *ret) {
    warn_of_endings(profile, ret);
    if (profile->exit.duration_ns < SHORT_TEST_NS)
        recommendation_warn(
            ret, "The run lasted %s: what only hours bring (a slow leak, a daily peak) was not seen.",
            duration_text(profile->exit.duration_ns).s);
    if (profile->needed_bytes.known && cached.known && cached.value / 3 * 2 > profile->needed_bytes.value &&
        cached.value - profile->needed_bytes.value > CACHE_WORTH_A_WORD)
        recommendation_warn(
            ret, "Page cache makes up much of the working set: it needs %s, the kubelet counts %s.",
            bytes_text(profile->needed_bytes.value).s, bytes_text(cached.value).s);
    if (ret->limit_bytes > ret->node_memory_bytes)
        recommendation_warn(ret, "The limit is more than the whole memory of a node of %s.",
                            quantity_text(ret->node_memory_bytes).s);
    if (oom_point->mixed)
        recommendation_warn(ret, "Between %s and %s it sometimes dies and sometimes lives.",
                            bytes_text(known_or(oom_point->ooms_bytes, 0)).s,
                            bytes_text(oom_point->survives_bytes.value).s);
    if (!oom_point->ooms_bytes.known)
        recommendation_warn(ret, "It was never seen to die: it lives at the smallest limit that is tried.");
}

void sizing_recommend(const struct sizing_config *config, const struct trial *trials, size_t count,
                      const struct oom_point *oom_point, struct recommendation *ret) {
    struct recommendation advice = {0};
    const struct trial *profile = result_profile(trials, count);
    if (!profile || profile->outcome != OUTCOME_SURVIVED || !oom_point->known || profile->series.count == 0) {
        *ret = advice;
        return;
    }
    size_t start = sizing_steady_start(&profile->series);
    struct known_i64 steady =
        series_working_set_quantile(&profile->series, start, profile->series.count - start, 0.95);
    int64_t survives = oom_point->survives_bytes.value;
    /* Shorter than two readings, or counters that do not tell: the proven need stands in, and that is said.
     */
    int64_t request =
        steady.known && steady.value > 0 ? bytes_ceil_mi(steady.value) : bytes_ceil_mi(survives);
    if (steady.known && steady.value > 0)
        recommendation_reason(
            &advice,
            "Request %s: the working set as the kubelet counts it stayed below %s for 95 %% of the "
            "steady state (after the first %s).",
            quantity_ceil_mi_text(request).s, bytes_text(steady.value).s,
            duration_text(profile->series.points[start].time_ns).s);
    else
        recommendation_reason(&advice,
                              "Request %s: the lowest limit it survives; its working set was not seen.",
                              quantity_ceil_mi_text(request).s);

    double headroom = config->headroom_ratio.known
                          ? config->headroom_ratio.value
                          : choose_headroom(trials, count, request, known_or(profile->needed_bytes, request),
                                            oom_point, &advice);
    if (config->headroom_ratio.known)
        recommendation_reason(&advice, "Headroom %.2fx of the request, as asked.", headroom);
    /* A headroom below the margin was asked for on purpose. */
    double margin = headroom < SIZING_OOM_MARGIN ? headroom : SIZING_OOM_MARGIN;
    int64_t by_request = bytes_ceil_mi((int64_t)((double)request * headroom));
    int64_t by_oom = bytes_ceil_mi((int64_t)((double)survives * margin));
    advice.limit_bytes = by_request > by_oom ? by_request : by_oom;
    if (by_oom > by_request)
        recommendation_reason(&advice,
                              "Limit %s: the lowest limit it survives, %s, with %.0f %% on top, is more than "
                              "the headroom gives.",
                              quantity_ceil_mi_text(advice.limit_bytes).s, bytes_text(survives).s,
                              (margin - 1) * 100);
    else
        recommendation_reason(&advice, "Limit %s: %.2fx of the lowest limit it survives, %s.",
                              quantity_ceil_mi_text(advice.limit_bytes).s,
                              (double)advice.limit_bytes / (double)survives, bytes_text(survives).s);
    if (config->fast_bytes.known && advice.limit_bytes < bytes_ceil_mi(config->fast_bytes.value)) {
        advice.limit_bytes = bytes_ceil_mi(config->fast_bytes.value);
        recommendation_reason(&advice, "Limit raised to %s, the slowdown point: with less it is slower.",
                              quantity_ceil_mi_text(advice.limit_bytes).s);
    }
    if (config->guaranteed) {
        request = advice.limit_bytes;
        recommendation_reason(&advice, "Request raised to the limit for the QoS class Guaranteed.");
        recommendation_warn(&advice,
                            "Guaranteed also needs a CPU limit equal to the CPU request, on every container "
                            "of the pod: without it this pod is Burstable.");
    }
    advice.known = true;
    advice.request_bytes = request;
    advice.headroom_ratio = (double)advice.limit_bytes / (double)request;
    advice.qos_class = config->guaranteed ? "Guaranteed" : "Burstable";
    advice.node_memory_bytes = config->node_memory_bytes;
    advice.oom_score_adj = sizing_oom_score_adj(config->guaranteed, request, config->node_memory_bytes);
    warn_of_doubts(profile, oom_point, steady, &advice);
    *ret = advice;
}

void sizing_raise(struct recommendation *recommendation) {
    int64_t higher = bytes_ceil_mi((int64_t)((double)recommendation->limit_bytes * RAISE_RATIO));
    recommendation_reason(recommendation, "Limit raised from %s to %s: a run at the former died.",
                          quantity_ceil_mi_text(recommendation->limit_bytes).s,
                          quantity_ceil_mi_text(higher).s);
    if (recommendation->request_bytes == recommendation->limit_bytes) /* Guaranteed */
        recommendation->request_bytes = higher;
    recommendation->limit_bytes = higher;
    recommendation->headroom_ratio = (double)higher / (double)recommendation->request_bytes;
}
