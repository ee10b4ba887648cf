#include <stdlib.h>

#include "analysis/stats.h"
#include "base/units.h"
#include "output/figures.h"
#include "output/plot.h"

/* A row for each run; what one that did not live had needed says nothing of its need, and is left out. */
static void add_runs(struct strbuf *data, const struct result *result) {
    strbuf_add(
        data,
        "run,limit_bytes,time_s,needed_bytes,peak_bytes,working_set_p95_bytes,rate_per_s,slowdown_ratio,"
        "stall_ratio,purpose,outcome,ending\n");
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        bool told = figures_counts(trial);
        strbuf_addf(data, "%d", trial->id);
        plot_cell_i64(data, trial->squeezed ? UNKNOWN_I64 : trial->limit_bytes);
        plot_cell_f64(data, known_f64((double)trial->exit.duration_ns / (double)NS_PER_S));
        plot_cell_i64(data, told ? trial->needed_bytes : UNKNOWN_I64);
        plot_cell_i64(data, told ? trial->peak_bytes : UNKNOWN_I64);
        plot_cell_i64(data, told ? trial->working_set_p95_bytes : UNKNOWN_I64);
        plot_cell_f64(data, service_rate(&trial->service));
        plot_cell_f64(data, trial->slowdown_ratio);
        plot_cell_f64(data, trial->stall_ratio);
        strbuf_addf(data, ",%s,%s,%s\n", purpose_name(trial->purpose), outcome_name(trial->outcome),
                    plot_ending(trial));
    }
}

/* ---- the search ---- */

/* Without the proofs, which come after it, and the points of a curve. */
static size_t searched_runs(const struct result *result) {
    size_t count = 0;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        bool searches = trial->purpose == PURPOSE_PROBE || trial->purpose == PURPOSE_CONFIRM;
        count += searches && trial->limit_bytes.known && !trial->squeezed;
    }
    return count;
}

void plot_add_search(struct plots *plots, const struct result *result) {
    const struct oom_point *point = &result->oom_point;
    size_t searched = searched_runs(result);
    struct strbuf words = {0};
    if (searched < 2)
        return;
    struct plot *plot = plot_add(plots, "search", "runs");
    plot->title = text_copy("The limit of each run");
    strbuf_addf(&words, "%zu runs, %zu of them at limits of the search.", result->trial_count, searched);
    if (point->known && point->ooms_bytes.known)
        strbuf_addf(&words, " They close in on the OOM point between %s and %s.",
                    bytes_text(point->ooms_bytes.value).s, bytes_text(point->survives_bytes.value).s);
    plot->words = words.text;
    add_runs(&plot->data, result);
    if (point->known) {
        plot_set_i64(plot, "ooms_bytes", point->ooms_bytes);
        plot_set_i64(plot, "survives_bytes", point->survives_bytes);
    }
}

/* ---- the spread ---- */

static char *describe_spread(int64_t *needed, size_t count, int64_t median) {
    int64_t least = needed[0]; /* they are sorted */
    int64_t most = needed[count - 1];
    return text_format("%zu runs that lived. They needed %s to %s, median %s: they differ by %.1f %%.", count,
                       bytes_text(least).s, bytes_text(most).s, bytes_text(median).s,
                       stats_spread_ratio(needed, count) * 100);
}

void plot_add_spread(struct plots *plots, const struct result *result) {
    int64_t *needed = malloc((result->trial_count + 1) * sizeof *needed);
    size_t count = 0;
    if (!needed)
        abort();
    for (size_t i = 0; i < result->trial_count; i++)
        if (figures_counts(&result->trials[i]) && result->trials[i].needed_bytes.known)
            needed[count++] = result->trials[i].needed_bytes.value;
    if (count >= 2 && figures_of(result).peak.known) {
        int64_t median = stats_median_i64(needed, count);
        struct plot *plot = plot_add(plots, "spread", "spread");
        plot->title = text_copy("How much the runs differ");
        plot->words = describe_spread(needed, count, median);
        add_runs(&plot->data, result);
        plot_set_i64(plot, "needed_bytes", known_i64(median));
        if (result->recommendation.known)
            plot_set_i64(plot, "request_bytes", known_i64(result->recommendation.request_bytes));
    }
    free(needed);
}
