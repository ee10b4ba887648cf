/* What the page of a report is put together from. For report*.c alone.
 * Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "output/html.h"
#include "output/report.h"
#include "output/summary.h"

/* Longest name that is shown in a heading or a table. */
#define REPORT_NAME_MAX ((size_t)100)

/* A place in the page: headings begin at `level`, ids end in "-NUMBER". */
struct report_place {
    struct strbuf *page;
    int level;
    size_t number;
};

/* <section> with its heading, which `id` names; to be ended by report_close(). The title is ours. */
void report_open(const struct report_place *place, const char *id, const char *title);
void report_close(const struct report_place *place);

/* A heading one level lower, of text that is escaped. */
void report_subheading(const struct report_place *place, const char *title);

/* A wide thing that scrolls within itself, with keys too; `label` says what it is. */
void report_scroll_open(const struct report_place *place, const char *label);
void report_scroll_close(const struct report_place *place);

/* What marks how good a verdict is; its words do not depend on their colour. */
const char *report_mood_class(enum mood mood);

/* The verdict in a word or two, and in a sentence. Caller frees *ret_sentence. */
struct report_verdict {
    enum mood mood;
    const char *word; /* static text */
    char *sentence;
};
void report_judge(const struct result *result, struct report_verdict *ret);

/* The sections, in their order; each adds nothing where it has nothing to say. */
void report_add_verdict(const struct report_place *place, const struct report_item *item);
void report_add_recommendation(const struct report_place *place, const struct report_item *item);
void report_add_why(const struct report_place *place, const struct report_item *item);
void report_add_plots(const struct report_place *place, const struct report_item *item);
void report_add_runs(const struct report_place *place, const struct report_item *item);
void report_add_evidence(const struct report_place *place, const struct report_item *item);
void report_add_origin(const struct report_place *place, const struct report_item *item);

/* The plots of a page with their words, or why there are none; the last two are as in struct report_item. */
void report_add_pictures(const struct report_place *place, const struct plots *plots, char *const *pictures,
                         const char *no_pictures);

/* "126.4 MiB", or "-". */
struct short_text report_bytes(struct known_i64 bytes);
