#include "output/curve.h"

#include <stdio.h>
#include <stdlib.h>

#include "analysis/stats.h"
#include "base/units.h"
#include "output/summary.h"

static int64_t key_of(const struct trial *trial) {
    return known_or(trial->limit_bytes, INT64_MAX);
}

/* The next limit above `after` that was tried; false: there is none. */
static bool find_next(const struct result *result, int64_t after, int64_t *ret) {
    bool found = false;
    for (size_t i = 0; i < result->trial_count; i++) {
        int64_t limit = key_of(&result->trials[i]);
        if (result->trials[i].squeezed)
            continue;
        if (limit > after && (!found || limit < *ret)) {
            *ret = limit;
            found = true;
        }
    }
    return found;
}

/* A squeezed run is at no limit. */
static bool is_at(const struct trial *trial, int64_t limit) {
    return key_of(trial) == limit && !trial->squeezed;
}

/* The times of those that lived. */
static void gather_times(const struct result *result, struct curve_point *point) {
    int64_t *times = malloc((result->trial_count + 1) * sizeof *times);
    double rates = 0;
    bool rated = true;
    size_t count = 0;
    if (!times)
        abort();
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (!is_at(trial, point->limit_bytes) || !trial_lived(trial))
            continue;
        struct known_f64 rate = service_rate(&trial->service);
        rated = rated && rate.known;
        rates += rate.value;
        times[count++] = trial_pace_ns(trial);
    }
    if (count > 0) {
        point->median_ns = known_i64(stats_median_i64(times, count));
        for (size_t i = 0; i < count; i++) {
            known_raise(&point->longest_ns, known_i64(times[i]));
            if (!point->shortest_ns.known || times[i] < point->shortest_ns.value)
                point->shortest_ns = known_i64(times[i]);
        }
        if (rated)
            point->rate_per_s = known_f64(rates / (double)count);
    }
    free(times);
}

static void gather(const struct result *result, int64_t limit, struct curve_point *ret) {
    *ret = (struct curve_point){.limit_bytes = limit};
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (!is_at(trial, limit))
            continue;
        ret->runs++;
        ret->lived += trial_lived(trial);
        ret->outcomes[trial->outcome]++;
        known_raise(&ret->refault_bytes, trial->refault_bytes);
        if (trial->stall_ratio.known &&
            (!ret->stall_ratio.known || trial->stall_ratio.value > ret->stall_ratio.value))
            ret->stall_ratio = trial->stall_ratio;
    }
    gather_times(result, ret);
}

size_t curve_points(const struct result *result, struct curve_point **ret) {
    struct curve_point *points = calloc(result->trial_count + 1, sizeof *points);
    int64_t limit = -1;
    int64_t reference_ns = 0;
    size_t count = 0;
    if (!points)
        abort();
    while (find_next(result, limit, &limit)) {
        gather(result, limit, &points[count]);
        reference_ns = known_or(points[count++].median_ns, reference_ns);
    }
    for (size_t i = 0; i < count && reference_ns > 0; i++)
        if (points[i].median_ns.known)
            points[i].slowdown_ratio = known_f64((double)points[i].median_ns.value / (double)reference_ns);
    *ret = points;
    return count;
}

/* The ways in which runs ended, those that lived left out: "OOM", "2 OOM, slow". */
static void add_endings(const struct curve_point *point, struct strbuf *text) {
    const char *comma = "";
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        int count = point->outcomes[outcome];
        if (!count || outcome == OUTCOME_SURVIVED)
            continue;
        strbuf_add(text, comma);
        if (count > 1)
            strbuf_addf(text, "%d ", count);
        strbuf_add(text, summary_outcome_word((enum outcome)outcome));
        comma = ", ";
    }
}

static void add_line(const struct curve_point *point, struct strbuf *text) {
    char lived[32];
    char slowdown[32] = "-";
    char stall[32] = "-";
    snprintf(lived, sizeof lived, "%d of %d", point->lived, point->runs);
    if (point->slowdown_ratio.known)
        snprintf(slowdown, sizeof slowdown, "%.2fx", point->slowdown_ratio.value);
    if (point->stall_ratio.known)
        snprintf(stall, sizeof stall, "%.0f %%", point->stall_ratio.value * 100);
    strbuf_addf(text, " %-10s  %9s  %8s  %8s  %6s  %10s  ",
                point->limit_bytes == INT64_MAX ? "none" : bytes_text(point->limit_bytes).s, lived,
                point->median_ns.known ? duration_text(point->median_ns.value).s : "-", slowdown, stall,
                point->refault_bytes.known ? bytes_text(point->refault_bytes.value).s : "-");
    add_endings(point, text);
    strbuf_add(text, "\n");
}

void curve_table(const struct result *result, struct strbuf *text) {
    struct curve_point *points = NULL;
    size_t count = curve_points(result, &points);
    if (count > 0)
        strbuf_addf(text, "\n %-10s  %9s  %8s  %8s  %6s  %10s  %s\n", "limit", "lived", "time", "slowdown",
                    "stall", "read again", "others");
    for (size_t i = 0; i < count; i++)
        add_line(&points[i], text);
    free(points);
}

/* ---- a live squeeze ---- */

#define SQUEEZE_LINES 16
#define SQUEEZE_LAST  8 /* of those, the last runs, each of them */

/* As load generators print it. */
static struct short_text latency_text(struct known_f64 seconds) {
    struct short_text text = {"-"};
    if (seconds.known)
        snprintf(text.s, sizeof text.s, "%.*f ms", seconds.value < 0.1 ? 2 : 0, seconds.value * 1000);
    return text;
}

static void add_load(const struct load_run *run, bool p99, int indent, struct strbuf *text) {
    char rate[32] = "-";
    char stall[32] = "-";
    if (run->figures.rate_per_s.known)
        snprintf(rate, sizeof rate, "%.*f/s", run->figures.rate_per_s.value < 100 ? 2 : 0,
                 run->figures.rate_per_s.value);
    if (run->stall_ratio.known)
        snprintf(stall, sizeof stall, "%.0f %%", run->stall_ratio.value * 100);
    strbuf_addf(text, "%*s%-9s  %8s  %9s  %8s  %5s  %10s%s\n", indent, "",
                run->limit_bytes.known ? bytes_text(run->limit_bytes.value).s : "none",
                duration_text(run->duration_ns).s, rate,
                latency_text(p99 ? run->figures.latency_p99_s : run->figures.latency_mean_s).s, stall,
                run->refault_bytes.known ? bytes_text(run->refault_bytes.value).s : "-",
                known_or(run->exit_code, 1) == 0 ? "" : "  cut short");
}

void curve_squeeze(const struct trial *trial, int indent, struct strbuf *text) {
    const struct service_facts *facts = &trial->service;
    size_t count = facts->load_count;
    bool p99 = false;
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        p99 = p99 || facts->loads[i].figures.latency_p99_s.known;
    strbuf_addf(text, "%*s%-9s  %8s  %9s  %8s  %5s  %10s\n", indent, "", "limit", "time", "rate",
                p99 ? "p99" : "latency", "stall", "read again");
    size_t before_last = count > SQUEEZE_LINES ? count - SQUEEZE_LAST : count;
    size_t lines = count > SQUEEZE_LINES ? SQUEEZE_LINES - SQUEEZE_LAST : count;
    for (size_t i = 0; i < lines; i++)
        add_load(&facts->loads[i * before_last / lines], p99, indent, text);
    for (size_t i = before_last; i < count; i++)
        add_load(&facts->loads[i], p99, indent, text);
}
