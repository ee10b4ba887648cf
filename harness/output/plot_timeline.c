#include <inttypes.h>
#include <stdlib.h>

#include "base/units.h"
#include "output/plot.h"
#include "output/summary.h"

/* More would be a grey wall. */
#define LOADS_MAX 200

static void add_rows(struct plot *plot, const struct thin_reading *rows, size_t count) {
    strbuf_add(&plot->data, "time_s");
    for (int i = 0; i < THIN_QUANTITIES; i++)
        strbuf_addf(&plot->data, ",%s", thin_quantity_name((enum thin_quantity)i));
    strbuf_add(&plot->data, ",row\n");
    for (size_t row = 0; row < count; row++) {
        int64_t time_ns = rows[row].time_ns;
        strbuf_addf(&plot->data, "%" PRId64 ".%06" PRId64, time_ns / NS_PER_S,
                    time_ns % NS_PER_S / NS_PER_US);
        for (int i = 0; i < THIN_QUANTITIES; i++) {
            int64_t value = rows[row].values[i];
            plot_cell_i64(&plot->data, value == THIN_UNKNOWN ? UNKNOWN_I64 : known_i64(value));
        }
        strbuf_addf(&plot->data, ",%zu\n", row + 1);
    }
}

static double seconds(int64_t ns) {
    return (double)ns / (double)NS_PER_S;
}

static void set_loads(struct plot *plot, const struct service_facts *facts) {
    if (facts->load_count == 0)
        return;
    strbuf_add(&plot->settings, "loads = \"");
    for (size_t i = 0; i < facts->load_count && i < LOADS_MAX; i++) {
        struct known_i64 limit = facts->loads[i].limit_bytes;
        strbuf_addf(&plot->settings, "%s%.3f:%.3f", i ? " " : "", seconds(facts->loads[i].start_ns),
                    seconds(facts->loads[i].start_ns + facts->loads[i].duration_ns));
        if (limit.known)
            strbuf_addf(&plot->settings, ":%" PRId64, limit.value);
    }
    strbuf_add(&plot->settings, "\"\n");
}

static void add_most(struct strbuf *words, const char *what, int64_t bytes) {
    if (bytes != THIN_UNKNOWN)
        strbuf_addf(words, ", %s %s", what, bytes_text(bytes).s);
}

static char *describe(const struct trial *trial, const struct thin *thin) {
    struct strbuf words = {0};
    const char *outcome = summary_outcome_word(trial->outcome);
    strbuf_addf(&words, "Run %d, limit %s, %s after %s. At most: usage %s", trial->id,
                trial->squeezed ? "falling" : summary_limit_text(trial->limit_bytes).s, outcome,
                duration_text(trial->exit.duration_ns).s,
                trial->peak_bytes.known ? bytes_text(trial->peak_bytes.value).s : "not known");
    add_most(&words, "anonymous memory", thin->highest[THIN_ANON]);
    if (thin->highest[THIN_SHMEM] > 0)
        add_most(&words, "shared memory", thin->highest[THIN_SHMEM]);
    add_most(&words, "page cache", thin->highest[THIN_FILE]);
    add_most(&words, "kernel memory", thin->highest[THIN_KERNEL]);
    add_most(&words, "working set", thin->highest[THIN_WORKING_SET]);
    strbuf_add(&words, ".");
    if (trial->service.load_count > 0)
        strbuf_addf(&words, " %zu run%s of its load.", trial->service.load_count,
                    trial->service.load_count == 1 ? "" : "s");
    return words.text;
}

void plot_add_timeline(struct plots *plots, const struct trial *trial, struct thin *thin) {
    struct thin_reading *rows = NULL;
    size_t count = thin_take(thin, PLOT_ROWS_MAX, &rows);
    if (count == 0 || thin->highest[THIN_USAGE] <= 0) {
        free(rows);
        return;
    }
    char *name = text_format("timeline-%03d", trial->id);
    struct plot *plot = plot_add(plots, "timeline", name);
    free(name);
    plot->title = trial->squeezed ? text_format("Run %d, a squeeze: memory over time", trial->id)
                                  : text_format("Run %d, limit %s: memory over time", trial->id,
                                                summary_limit_text(trial->limit_bytes).s);
    plot->words = describe(trial, thin);
    add_rows(plot, rows, count);
    free(rows);
    if (!trial->squeezed)
        plot_set_i64(plot, "limit_bytes", trial->limit_bytes);
    plot_set_i64(plot, "peak_bytes", trial->peak_bytes);
    if (!trial_lived(trial))
        plot_set_f64(plot, "died_s", known_f64(seconds(trial->exit.duration_ns)));
    if (trial->service.ready_ns.known)
        plot_set_f64(plot, "ready_s", known_f64(seconds(trial->service.ready_ns.value)));
    set_loads(plot, &trial->service);
}
