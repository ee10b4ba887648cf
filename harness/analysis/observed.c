#include "analysis/observed.h"

#include <stdio.h>

#include "analysis/doubts.h"
#include "analysis/steady.h"
#include "base/units.h"

/* Less page cache than this is nobody's concern. */
#define CACHE_WORTH_A_WORD (4 * MIB)

/* What is chosen from, and how. */
struct view {
    const struct sizing_config *config;
    const struct trial *trial;
    const struct observation *seen;
    struct steady_phase phase;
    int64_t p95_bytes;    /* working set in that phase */
    int64_t need_bytes;   /* the highest, swapped out memory included */
    int64_t killed_bytes; /* its own limit, where that was seen to kill it; 0: it was not */
};

/* Is there enough to advise from? */
static bool suffices(const struct trial *trial) {
    return trial->sample_count >= OBSERVED_READINGS_LEAST &&
           trial->exit.duration_ns >= OBSERVED_TIME_LEAST_NS;
}

/* False where the counters do not tell. */
static bool take_view(const struct sizing_config *config, const struct trial *trial,
                      const struct observation *seen, struct view *ret) {
    struct steady_phase phase = steady_find(&trial->series);
    struct known_i64 p95 = series_working_set_quantile(&trial->series, phase.first, phase.count, 0.95);
    if (!p95.known || p95.value <= 0 || !trial->needed_bytes.known)
        return false;
    *ret = (struct view){
        .config = config,
        .trial = trial,
        .seen = seen,
        .phase = phase,
        .p95_bytes = p95.value,
        .need_bytes = trial->needed_bytes.value + known_or(seen->swapped_bytes, 0),
        .killed_bytes = trial->outcome == OUTCOME_OOM ? known_or(trial->limit_bytes, 0) : 0,
    };
    return true;
}

/* ---- request and limit ---- */

static int64_t choose_request(const struct view *view, struct recommendation *advice) {
    const struct series *series = &view->trial->series;
    const struct steady_phase *phase = &view->phase;
    int64_t request = bytes_ceil_mi(view->p95_bytes);
    recommendation_reason(
        advice,
        "Request %s: while it was watched the working set, as the kubelet counts it, stayed below %s for "
        "95 %% of %s (%zu readings in %s).",
        quantity_ceil_mi_text(request).s, bytes_text(view->p95_bytes).s,
        phase->settled ? "the steady state" : "the second half", series->count,
        duration_text(view->trial->exit.duration_ns).s);
    if (!phase->settled)
        recommendation_reason(advice, "It did not come to a steady state, so the second half counts.");
    else if (phase->first > 0)
        recommendation_reason(advice, "The first %s are left out: the steady state begins after (MSER-5).",
                              duration_text(series->points[phase->first].time_ns).s);
    return request;
}

/* What the limit is a multiple of, and its name. */
static int64_t find_base(const struct view *view, int64_t request, const char **ret_name) {
    int64_t base = i64_larger(request, i64_larger(view->need_bytes, view->killed_bytes));
    if (base == view->killed_bytes)
        *ret_name = "the limit at which it was OOM-killed";
    else if (base == request)
        *ret_name = "the request";
    else if (known_or(view->seen->swapped_bytes, 0) > 0)
        *ret_name = "the highest need that was seen, with what was swapped out";
    else
        *ret_name = "the highest need that was seen";
    return base;
}

/* Usage was higher before the watch than any limit that follows from it: perhaps page cache, perhaps a
 * start-up that comes again. */
static void heed_earlier_peak(const struct view *view, struct recommendation *advice) {
    int64_t peak = known_or(view->seen->earlier_peak_bytes, 0);
    if (peak <= advice->limit_bytes)
        return;
    if (known_or(view->seen->earlier_limit_hits, 0) > 0) {
        recommendation_warn(advice,
                            "Before the watch its usage came up to %s and met its limit there: how much of "
                            "that it needed is not known, and this limit is lower.",
                            bytes_text(peak).s);
        return;
    }
    int64_t before = advice->limit_bytes;
    advice->limit_bytes = bytes_ceil_mi(peak);
    recommendation_reason(advice,
                          "Limit raised from %s to %s: so much it used at once before the watch. How much of "
                          "that was page cache, which it can do without, is not known; while it was watched "
                          "it held up to %s of that.",
                          quantity_ceil_mi_text(before).s, quantity_ceil_mi_text(advice->limit_bytes).s,
                          bytes_text(known_or(view->trial->file_cache_bytes, 0)).s);
}

static void choose_limit(const struct view *view, int64_t request, struct recommendation *advice) {
    const char *name;
    int64_t base = find_base(view, request, &name);
    bool asked = view->config->headroom_ratio.known;
    double headroom = asked ? view->config->headroom_ratio.value : HEADROOM_MAX;
    if (asked)
        recommendation_reason(advice, "Headroom %.2fx, as asked.", headroom);
    else
        recommendation_reason(advice,
                              "Headroom %.2fx: the larger end of %.1f to %.1f, as no limit was tried.",
                              headroom, HEADROOM_MIN, HEADROOM_MAX);
    int64_t least = i64_larger(view->need_bytes, view->killed_bytes);
    int64_t by_base = bytes_ceil_mi((int64_t)((double)base * headroom));
    int64_t by_least = bytes_ceil_mi((int64_t)((double)least * SIZING_OOM_MARGIN));
    advice->limit_bytes = i64_larger(by_base, by_least);
    if (by_least > by_base)
        recommendation_reason(advice, "Limit %s: %s, with %.0f %% on top, is more than the headroom gives.",
                              quantity_ceil_mi_text(advice->limit_bytes).s, bytes_text(least).s,
                              (SIZING_OOM_MARGIN - 1) * 100);
    else
        recommendation_reason(advice, "Limit %s: %.2fx of %s, %s.",
                              quantity_ceil_mi_text(advice->limit_bytes).s, headroom, name,
                              bytes_text(base).s);
    heed_earlier_peak(view, advice);
}

/* ---- doubts ---- */

static void warn_of_start(const struct view *view, struct recommendation *advice) {
    const struct observation *seen = view->seen;
    if (seen->from_start)
        return;
    struct short_text age;
    snprintf(age.s, sizeof age.s, "%s", seen->age_ns.known ? duration_text(seen->age_ns.value).s : "unknown");
    recommendation_warn(advice,
                        "Its start-up was not seen (at the beginning of the watch it had run for %s): what "
                        "it needs then may be more.",
                        age.s);
}

static void warn_of_kills(const struct view *view, struct recommendation *advice) {
    const struct trial *trial = view->trial;
    int64_t kills = known_or(trial->oom_kills, 0);
    const char *plural = kills == 1 ? "" : "s";
    if (view->killed_bytes)
        recommendation_warn(advice,
                            "Its own limit, %s, led to %lld OOM kill%s while it was watched: it needs more "
                            "than that. How much more, only a trial with another limit shows.",
                            bytes_text(view->killed_bytes).s, (long long)kills, plural);
    else if (kills > 0)
        recommendation_warn(advice,
                            "%lld OOM kill%s while it was watched, not for its own limit: --verbose tells "
                            "the evidence.",
                            (long long)kills, plural);
    else if (trial->outcome == OUTCOME_HARNESS_ERROR)
        recommendation_warn(advice,
                            "Its group was removed while an OOM kill was counted on this host: it may have "
                            "been killed for want of memory.");
}

static void warn_of_squeeze(const struct view *view, struct recommendation *advice) {
    int64_t hits = known_or(view->seen->limit_hits, 0);
    if (hits > 0 && !view->killed_bytes)
        recommendation_warn(advice,
                            "Its usage met its own limit %lld time%s while it was watched, and was held "
                            "down: what it takes with more is not known.",
                            (long long)hits, hits == 1 ? "" : "s");
}

/* In words, 200 years at most: nanoseconds do not hold 300. */
static struct short_text seconds_text(double seconds) {
    const double most = 200.0 * 365 * 86400;
    return duration_text((int64_t)((seconds < most ? seconds : most) * (double)NS_PER_S));
}

static void warn_of_growth(const struct leak *leak, const struct view *view, struct recommendation *advice) {
    const struct trial *trial = view->trial;
    advice->growth_bytes_per_s = sizing_growth(leak, trial);
    if (!advice->growth_bytes_per_s.known)
        return;
    double left = (double)advice->limit_bytes - (double)view->need_bytes;
    double left_own = (double)known_or(trial->limit_bytes, 0) - (double)view->need_bytes;
    double rate = advice->growth_bytes_per_s.value;
    advice->exhausted_after_s = known_f64(left > 0 ? left / rate : 0);
    char own[160] = "";
    if (left_own > 0)
        snprintf(own, sizeof own, ", its own of %s in about %s", bytes_text(trial->limit_bytes.value).s,
                 seconds_text(left_own / rate).s);
    recommendation_warn(
        advice,
        "A leak is suspected: at the end of the watch it still grew, by %s a second "
        "(a load that rises looks the same). No limit is safe; growing like that it fills the "
        "recommended one in about %s%s. Rule out the leak before raising a limit.",
        bytes_text((int64_t)rate).s, seconds_text(advice->exhausted_after_s.value).s, own);
}

static void warn_of_cache(const struct view *view, struct recommendation *advice) {
    int64_t cache = known_or(view->trial->file_cache_bytes, 0);
    if (cache >= CACHE_WORTH_A_WORD)
        recommendation_warn(advice,
                            "Page cache is counted: up to %s of it in the usage and the peak, its active "
                            "part in the working set. It needs %s of memory that cannot be taken back.",
                            bytes_text(cache).s, bytes_text(view->need_bytes).s);
}

/* Those that size a heap from the limit they find (JVM 10+, Node 12+, .NET 3+). */
static void warn_of_runtime(const struct view *view, struct recommendation *advice) {
    enum runtime runtime = view->trial->runtime;
    if (runtime_reads_limit_once(runtime))
        recommendation_warn(advice,
                            "Its runtime (%s) sizes itself from its limit at the start: under another one it "
                            "takes another amount.",
                            runtime_name(runtime));
}

static void warn_of_others(const struct view *view, struct recommendation *advice) {
    const struct observation *seen = view->seen;
    if (seen->others > 0)
        recommendation_warn(advice, "%d other process%s in the same group: all of them are counted together.",
                            seen->others, seen->others == 1 ? " is" : "es are");
    if (seen->holds_us)
        recommendation_warn(advice, "This watch runs in the same group, and is counted with it.");
}

static void add_doubts(const struct view *view, struct recommendation *advice) {
    recommendation_warn(advice, "No limit was tried, so nothing is proven: with less than it has now it was "
                                "not seen. plimsoll size tries limits.");
    recommendation_warn(advice, "Only the load of these %s was seen: a busier hour may need more.",
                        duration_text(view->trial->exit.duration_ns).s);
    warn_of_start(view, advice);
    warn_of_kills(view, advice);
    warn_of_squeeze(view, advice);
    warn_of_growth(view->config->leak, view, advice);
    warn_of_cache(view, advice);
    warn_of_runtime(view, advice);
    warn_of_others(view, advice);
    doubts_add_machine(view->config, advice);
}

void observed_recommend(const struct sizing_config *config, const struct trial *trial,
                        const struct observation *seen, struct recommendation *ret) {
    struct recommendation advice = {0};
    struct view view;
    if (!suffices(trial) || !take_view(config, trial, seen, &view)) {
        *ret = advice;
        return;
    }
    int64_t request = choose_request(&view, &advice);
    choose_limit(&view, request, &advice);
    advice.request_bytes = request;
    sizing_complete(config, trial, 1, trial, 0, &advice);
    add_doubts(&view, &advice);
    *ret = advice;
}
