#include "output/curve.h"

#include <stdio.h>
#include <stdlib.h>

#include "analysis/stats.h"
#include "base/units.h"

/* All runs at one limit. */
struct point {
    int64_t limit_bytes; /* INT64_MAX: none */
    int runs;
    int lived;
    int outcomes[OUTCOME_COUNT];
    struct known_f64 stall_ratio;
    struct known_i64 refault_bytes;
};

static int64_t key_of(const struct trial *trial) {
    return known_or(trial->limit_bytes, INT64_MAX);
}

/* The next limit above `after` that was tried; false: there is none. */
static bool find_next(const struct result *result, int64_t after, int64_t *ret) {
    bool found = false;
    for (size_t i = 0; i < result->trial_count; i++) {
        int64_t limit = key_of(&result->trials[i]);
        if (limit > after && (!found || limit < *ret)) {
            *ret = limit;
            found = true;
        }
    }
    return found;
}

static void gather(const struct result *result, int64_t limit, struct point *ret) {
    *ret = (struct point){.limit_bytes = limit};
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (key_of(trial) != limit)
            continue;
        ret->runs++;
        ret->lived += trial_lived(trial);
        ret->outcomes[trial->outcome]++;
        known_raise(&ret->refault_bytes, trial->refault_bytes);
        if (trial->stall_ratio.known &&
            (!ret->stall_ratio.known || trial->stall_ratio.value > ret->stall_ratio.value))
            ret->stall_ratio = trial->stall_ratio;
    }
}

/* Median of the runs at this limit that lived; unknown for none. */
static struct known_i64 median_ns(const struct result *result, int64_t limit) {
    int64_t *times = malloc((result->trial_count + 1) * sizeof *times);
    size_t count = 0;
    if (!times)
        abort();
    for (size_t i = 0; i < result->trial_count; i++)
        if (key_of(&result->trials[i]) == limit && trial_lived(&result->trials[i]))
            times[count++] = result->trials[i].exit.duration_ns;
    struct known_i64 median = count ? known_i64(stats_median_i64(times, count)) : UNKNOWN_I64;
    free(times);
    return median;
}

/* The ways in which runs ended, those that lived left out: "OOM", "2 OOM, slow". */
static void add_endings(const struct point *point, struct strbuf *text) {
    const char *comma = "";
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        int count = point->outcomes[outcome];
        if (!count || outcome == OUTCOME_SURVIVED)
            continue;
        strbuf_add(text, comma);
        if (count > 1)
            strbuf_addf(text, "%d ", count);
        strbuf_add(text, outcome == OUTCOME_OOM ? "OOM" : outcome_name((enum outcome)outcome));
        comma = ", ";
    }
}

static void add_line(const struct result *result, const struct point *point, int64_t reference_ns,
                     struct strbuf *text) {
    struct known_i64 time = median_ns(result, point->limit_bytes);
    char lived[32];
    char slowdown[32] = "-";
    char stall[32] = "-";
    snprintf(lived, sizeof lived, "%d of %d", point->lived, point->runs);
    if (time.known && reference_ns > 0)
        snprintf(slowdown, sizeof slowdown, "%.2fx", (double)time.value / (double)reference_ns);
    if (point->stall_ratio.known)
        snprintf(stall, sizeof stall, "%.0f %%", point->stall_ratio.value * 100);
    strbuf_addf(text, " %-10s  %9s  %8s  %8s  %6s  %10s  ",
                point->limit_bytes == INT64_MAX ? "none" : bytes_text(point->limit_bytes).s, lived,
                time.known ? duration_text(time.value).s : "-", slowdown, stall,
                point->refault_bytes.known ? bytes_text(point->refault_bytes.value).s : "-");
    add_endings(point, text);
    strbuf_add(text, "\n");
}

void curve_table(const struct result *result, struct strbuf *text) {
    int64_t limit = -1;
    int64_t reference_ns = 0;
    if (result->trial_count == 0)
        return;
    /* The highest limit at which any lived, or none at all. */
    while (find_next(result, limit, &limit))
        reference_ns = known_or(median_ns(result, limit), reference_ns);
    strbuf_addf(text, "\n %-10s  %9s  %8s  %8s  %6s  %10s  %s\n", "limit", "lived", "time", "slowdown",
                "stall", "read again", "others");
    limit = -1;
    while (find_next(result, limit, &limit)) {
        struct point point;
        gather(result, limit, &point);
        add_line(result, &point, reference_ns, text);
    }
}
