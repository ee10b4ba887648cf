#include <stdlib.h>

#include "base/units.h"
#include "output/curve.h"
#include "output/plot.h"

static struct known_f64 seconds(struct known_i64 ns) {
    return ns.known ? known_f64((double)ns.value / (double)NS_PER_S) : UNKNOWN_F64;
}

/* How many of the runs died, as trial_died() has it. */
static int died_at(const struct result *result, int64_t limit_bytes) {
    int died = 0;
    for (size_t i = 0; i < result->trial_count; i++)
        died += result->trials[i].limit_bytes.known && result->trials[i].limit_bytes.value == limit_bytes &&
                !result->trials[i].squeezed && trial_died(&result->trials[i]);
    return died;
}

static void add_row(struct plot *plot, const struct result *result, const struct curve_point *point) {
    int died = died_at(result, point->limit_bytes);
    strbuf_addf(&plot->data, "%lld", (long long)point->limit_bytes);
    plot_cell_f64(&plot->data, seconds(point->shortest_ns));
    plot_cell_f64(&plot->data, seconds(point->median_ns));
    plot_cell_f64(&plot->data, seconds(point->longest_ns));
    plot_cell_f64(&plot->data, point->rate_per_s);
    plot_cell_f64(&plot->data, point->slowdown_ratio);
    plot_cell_f64(&plot->data, point->stall_ratio);
    strbuf_addf(&plot->data, ",%d,%d,%d,%d\n", point->runs, point->lived, died,
                point->runs - point->lived - died);
}

static void set_marks(struct plot *plot, const struct result *result) {
    const struct oom_point *point = &result->oom_point;
    if (point->known) {
        plot_set_i64(plot, "ooms_bytes", point->ooms_bytes);
        plot_set_i64(plot, "survives_bytes", point->survives_bytes);
    }
    if (result->slowdown_point.known)
        plot_set_i64(plot, "slowdown_bytes", known_i64(result->slowdown_point.limit_bytes));
    if (result->recommendation.known) {
        plot_set_i64(plot, "request_bytes", known_i64(result->recommendation.request_bytes));
        plot_set_i64(plot, "limit_bytes", known_i64(result->recommendation.limit_bytes));
    }
}

static char *describe(const struct result *result, const struct curve_point *points, size_t count) {
    struct strbuf words = {0};
    const struct curve_point *lowest = NULL;
    const struct curve_point *last = &points[count - 1];
    for (size_t i = 0; i < count && !lowest; i++)
        if (points[i].lived > 0 && points[i].median_ns.known)
            lowest = &points[i];
    strbuf_addf(&words, "%zu limits from %s to %s.", count, bytes_text(points[0].limit_bytes).s,
                bytes_text(last->limit_bytes).s);
    if (!lowest)
        strbuf_add(&words, " It lived at none of them.");
    else
        strbuf_addf(&words, " The lowest at which a run lived is %s, where it took %s; at the highest %s.",
                    bytes_text(lowest->limit_bytes).s, duration_text(lowest->median_ns.value).s,
                    last->median_ns.known ? duration_text(last->median_ns.value).s : "none lived");
    if (result->slowdown_point.known)
        strbuf_addf(&words, " Slowdown point %s.", bytes_text(result->slowdown_point.limit_bytes).s);
    return words.text;
}

/* Throughput tells more of a service, where all its loads tell it. */
static bool has_rates(const struct curve_point *points, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (points[i].lived > 0 && !points[i].rate_per_s.known)
            return false;
        any = any || points[i].rate_per_s.known;
    }
    return any;
}

void plot_add_limits(struct plots *plots, const struct result *result) {
    struct curve_point *points = NULL;
    size_t all = curve_points(result, &points);
    bool free_run = all > 0 && points[all - 1].limit_bytes == INT64_MAX;
    size_t count = all - free_run;
    if (count >= 2) {
        struct plot *plot = plot_add(plots, "limits", "limits");
        bool rates = has_rates(points, count);
        plot->title =
            text_copy(rates ? "Throughput and endings at each limit" : "Time and endings at each limit");
        plot->words = describe(result, points, count);
        strbuf_add(&plot->data, "limit_bytes,time_min_s,time_median_s,time_max_s,rate_per_s,slowdown_ratio,"
                                "stall_ratio,runs,lived,died,others\n");
        for (size_t i = 0; i < count; i++)
            add_row(plot, result, &points[i]);
        set_marks(plot, result);
        if (free_run)
            plot_set_f64(plot, "free_s", seconds(points[count].median_ns));
        if (rates)
            plot_set_i64(plot, "rate", known_i64(1));
    }
    free(points);
}
