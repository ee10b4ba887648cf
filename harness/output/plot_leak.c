#include <stdlib.h>

#include "analysis/stats.h"
#include "base/units.h"
#include "output/plot.h"
#include "output/summary_leak.h"

/* More would be a line. */
#define POINTS_MAX 300

static double seconds(int64_t ns) {
    return (double)ns / (double)NS_PER_S;
}

/* Since when they count: after the warm-up, for the span that the verdict is made from. */
static int64_t counts_from(const struct leak_series *series, const struct leak *leak) {
    return series->points[series->count - 1].time_ns - leak->span_ns;
}

/* The lines of growth go through the middle of the points: the median in time and in bytes. */
static void set_fit(struct plot *plot, const struct leak_series *series, const struct leak *leak) {
    int64_t *bytes = malloc((series->count + 1) * sizeof *bytes);
    int64_t *times = malloc((series->count + 1) * sizeof *times);
    int64_t from = counts_from(series, leak);
    size_t count = 0;
    if (!bytes || !times)
        abort();
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].bytes.known && series->points[i].time_ns >= from) {
            times[count] = series->points[i].time_ns;
            bytes[count++] = series->points[i].bytes.value;
        }
    if (count >= 2 && leak->per_hour.value.known) {
        plot_set_f64(plot, "from_s", known_f64(seconds(times[0])));
        plot_set_f64(plot, "to_s", known_f64(seconds(times[count - 1])));
        plot_set_f64(plot, "at_s", known_f64(seconds(stats_median_i64(times, count))));
        plot_set_f64(plot, "at_bytes", known_f64((double)stats_median_i64(bytes, count)));
        plot_set_f64(plot, "bytes_per_s", known_f64(leak->per_hour.value.value / SECONDS_PER_HOUR));
        if (leak->per_hour.low.known && leak->per_hour.high.known) {
            plot_set_f64(plot, "low_bytes_per_s", known_f64(leak->per_hour.low.value / SECONDS_PER_HOUR));
            plot_set_f64(plot, "high_bytes_per_s", known_f64(leak->per_hour.high.value / SECONDS_PER_HOUR));
        }
    }
    free(bytes);
    free(times);
}

static size_t known_points(const struct leak_series *series) {
    size_t count = 0;
    for (size_t i = 0; i < series->count; i++)
        count += series->points[i].bytes.known;
    return count;
}

/* Of so many neighbours the lowest: what it held at least is what counts. */
static void add_points(struct plot *plot, const struct leak_series *series, const struct leak *leak) {
    size_t group = (series->count + POINTS_MAX - 1) / POINTS_MAX;
    int64_t from = counts_from(series, leak);
    strbuf_add(&plot->data, "time_s,bytes,counts\n");
    for (size_t i = 0; i < series->count; i += group) {
        const struct leak_point *least = NULL;
        for (size_t j = i; j < i + group && j < series->count; j++)
            if (series->points[j].bytes.known &&
                (!least || series->points[j].bytes.value < least->bytes.value))
                least = &series->points[j];
        if (least)
            strbuf_addf(&plot->data, "%.6f,%lld,%d\n", seconds(least->time_ns), (long long)least->bytes.value,
                        least->time_ns >= from);
    }
}

void plot_add_leak(struct plots *plots, const struct leak_series *series, const struct leak *leak) {
    struct strbuf line = {0};
    if (!leak->known || known_points(series) < 2)
        return;
    struct plot *plot = plot_add(plots, "leak", "leak");
    plot->title = text_copy(series->by_cycle ? "What it held after each cycle" : "What it held at least");
    summary_leak_line(leak, &line);
    plot->words = text_format("Leak %s. %d point%s count, over %s.", strbuf_text(&line), leak->points,
                              leak->points == 1 ? "" : "s", duration_text(leak->span_ns).s);
    strbuf_free(&line);
    add_points(plot, series, leak);
    set_fit(plot, series, leak);
    plot_set_i64(plot, "limit_bytes", series->limit_bytes);
}
