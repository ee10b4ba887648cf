#include <stdlib.h>

#include "analysis/stats.h"
#include "base/units.h"
#include "output/figures.h"
#include "output/plot.h"

static void add_row(struct plot *plot, const struct result_figures *figures, size_t number) {
    strbuf_addf(&plot->data, "%zu", number);
    plot_cell_i64(&plot->data, figures->needed_least);
    plot_cell_i64(&plot->data, figures->needed);
    plot_cell_i64(&plot->data, figures->needed_most);
    plot_cell_i64(&plot->data, figures->peak);
    plot_cell_i64(&plot->data, figures->oom_point);
    plot_cell_i64(&plot->data, figures->slowdown_point);
    plot_cell_i64(&plot->data, figures->request);
    plot_cell_i64(&plot->data, figures->limit);
    strbuf_addf(&plot->data, ",%zu\n", number);
}

static void describe(struct strbuf *words, const struct result_figures *figures, size_t number) {
    strbuf_addf(words, "%s%zu: needed %s", number > 1 ? "; " : "Result ", number,
                figures->needed.known ? bytes_text(figures->needed.value).s : "not known");
    if (figures->oom_point.known)
        strbuf_addf(words, ", OOM point %s", bytes_text(figures->oom_point.value).s);
    if (figures->limit.known)
        strbuf_addf(words, ", request %s, limit %s", quantity_ceil_mi_text(figures->request.value).s,
                    quantity_ceil_mi_text(figures->limit.value).s);
}

void plot_add_compared(struct plots *plots, const struct result *const *results, size_t count) {
    struct strbuf words = {0};
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        struct result_figures figures = figures_of(results[i]);
        any = any || figures.needed.known || figures.oom_point.known;
    }
    if (count < 2 || !any)
        return;
    struct plot *plot = plot_add(plots, "compared", "compared");
    plot->title = text_copy("Needed, OOM point, request and limit");
    strbuf_add(&plot->data,
               "result,needed_min_bytes,needed_bytes,needed_max_bytes,peak_bytes,oom_point_bytes,"
               "slowdown_point_bytes,request_bytes,limit_bytes,row\n");
    for (size_t i = 0; i < count; i++) {
        struct result_figures figures = figures_of(results[i]);
        add_row(plot, &figures, i + 1);
        describe(&words, &figures, i + 1);
    }
    plot->words = text_format("%s.", strbuf_text(&words));
    strbuf_free(&words);
}
