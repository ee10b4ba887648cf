#include <stdlib.h>
#include <string.h>

#include "analysis/autopsy.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "output/curve.h"
#include "output/report_parts.h"
#include "output/summary.h"

/* More rows than anybody reads; the page says how many are left out. */
#define ROWS_MAX 1000

/* Runs whose end is told in full. */
#define ENDINGS_MAX 40

#define WORDS_MAX    ((size_t)2000)
#define EVIDENCE_MAX 20

/* ---- the plots ---- */

/* What there is to see in a plot, said where it cannot be shown. */
static void add_words_alone(const struct report_place *place, const struct plot *plot, const char *why) {
    strbuf_addf(place->page, "<p>%s ", why);
    html_text(place->page, plot->words, HTML_SENTENCE_MAX);
    strbuf_add(place->page, "</p>\n");
}

/* `picture` is NULL where gnuplot failed. */
static void add_figure(const struct report_place *place, const struct plot *plot, const char *picture,
                       size_t number) {
    char prefix[48];
    struct strbuf figure = {0};
    snprintf(prefix, sizeof prefix, "p%zux%zu", place->number, number);
    report_subheading(place, plot->title);
    if (!picture) {
        add_words_alone(place, plot, "Not drawn.");
    } else if (!html_add_svg(&figure, picture, prefix, plot->words)) {
        add_words_alone(place, plot, "Not shown: what gnuplot drew holds more than a picture.");
    } else {
        strbuf_add(place->page, "<figure>\n");
        report_scroll_open(place, plot->title);
        strbuf_add(place->page, strbuf_text(&figure));
        report_scroll_close(place);
        strbuf_add(place->page, "<figcaption>");
        html_text(place->page, plot->words, HTML_SENTENCE_MAX);
        strbuf_add(place->page, "</figcaption>\n</figure>\n");
    }
    strbuf_free(&figure);
}

void report_add_pictures(const struct report_place *place, const struct plots *plots, char *const *pictures,
                         const char *no_pictures) {
    if (no_pictures) {
        strbuf_add(place->page, "<p>");
        html_text(place->page, no_pictures, HTML_SENTENCE_MAX);
        strbuf_add(place->page, "</p>\n");
        return;
    }
    for (size_t i = 0; i < plots->count; i++)
        add_figure(place, &plots->items[i], pictures ? pictures[i] : NULL, i + 1);
}

void report_add_plots(const struct report_place *place, const struct report_item *item) {
    if (!item->no_pictures && item->plots->count == 0)
        return;
    report_open(place, "plots", "Plots");
    report_add_pictures(place, item->plots, item->pictures, item->no_pictures);
    report_close(place);
}

/* ---- every run ---- */

static void add_number(struct strbuf *page, const char *text) {
    strbuf_addf(page, "<td class=\"n\">%s</td>", text);
}

static void add_ratio(struct strbuf *page, const char *format, struct known_f64 value, double scale) {
    char text[32] = "-";
    if (value.known) {
        CLEANUP_FREE char *made = text_format("%.2f", value.value * scale);
        snprintf(text, sizeof text, "%.20s%s", made, format);
    }
    add_number(page, text);
}

static void add_row(const struct trial *trial, struct strbuf *page) {
    bool lived = trial_lived(trial);
    CLEANUP_FREE char *evidence = trial_evidence_text(trial);
    strbuf_addf(page,
                "<tr><th scope=\"row\" class=\"n\">%d</th><td class=\"n\">%s</td><td class=\"%s\">%s</td>",
                trial->id, trial->squeezed ? "falling" : summary_limit_text(trial->limit_bytes).s,
                report_mood_class(summary_mood(trial->outcome)), summary_outcome_word(trial->outcome));
    add_number(page, duration_text(trial->exit.duration_ns).s);
    /* What a run that was cut short had needed says nothing about its need. */
    add_number(page, lived ? report_bytes(trial->needed_bytes).s : "-");
    add_number(page, lived ? report_bytes(trial->peak_bytes).s : "-");
    add_number(page, lived ? report_bytes(trial->working_set_p95_bytes).s : "-");
    add_ratio(page, "x", trial->slowdown_ratio, 1);
    add_ratio(page, " %", trial->stall_ratio, 100);
    strbuf_addf(page, "<td>%s%s</td><td class=\"long\">", purpose_name(trial->purpose),
                trial->tuned ? ", tuned" : "");
    html_text(page, evidence, 400);
    strbuf_add(page, "</td></tr>\n");
}

static void add_loads(const struct report_place *place, const struct result *result) {
    for (size_t i = 0; i < result->trial_count; i++) {
        struct strbuf table = {0};
        if (!result->trials[i].squeezed)
            continue;
        curve_squeeze(&result->trials[i], 0, &table);
        if (table.length > 0) {
            report_subheading(place, "The squeeze, load by load");
            strbuf_add(place->page,
                       "<pre role=\"group\" tabindex=\"0\" aria-label=\"The squeeze, load by load\">");
            html_lines(place->page, strbuf_text(&table), (size_t)16 * 1024);
            strbuf_add(place->page, "</pre>\n");
        }
        strbuf_free(&table);
    }
}

void report_add_runs(const struct report_place *place, const struct report_item *item) {
    const struct result *result = item->result;
    if (result->trial_count == 0)
        return;
    report_open(place, "runs", "Every run");
    report_scroll_open(place, "Every run");
    strbuf_addf(place->page,
                "<table class=\"wide\"><caption>%zu run%s. Needed, peak and working set (below it "
                "for 95 %% of the time) are those of runs that lived.</caption>\n<thead><tr>"
                "<th scope=\"col\" class=\"n\">Run</th><th scope=\"col\" class=\"n\">Limit</th>"
                "<th scope=\"col\">Outcome</th><th scope=\"col\" class=\"n\">Time</th>"
                "<th scope=\"col\" class=\"n\">Needed</th><th scope=\"col\" class=\"n\">Peak</th>"
                "<th scope=\"col\" class=\"n\">Working set</th><th scope=\"col\" class=\"n\">Slowdown</th>"
                "<th scope=\"col\" class=\"n\">Stalled</th><th scope=\"col\">Purpose</th>"
                "<th scope=\"col\">Evidence</th></tr></thead>\n<tbody>\n",
                result->trial_count, result->trial_count == 1 ? "" : "s");
    for (size_t i = 0; i < result->trial_count && i < ROWS_MAX; i++)
        add_row(&result->trials[i], place->page);
    strbuf_add(place->page, "</tbody></table>\n");
    report_scroll_close(place);
    if (result->trial_count > ROWS_MAX)
        strbuf_addf(place->page, "<p>and %zu more, in result.json.</p>\n", result->trial_count - ROWS_MAX);
    add_loads(place, result);
    report_close(place);
}

/* ---- the evidence ---- */

static void add_autopsy(const struct trial *trial, const struct trial *free_run, struct strbuf *page) {
    struct sentences sentences = {0};
    autopsy_explain(trial, free_run, &sentences);
    for (size_t i = 0; i < sentences.count; i++) {
        strbuf_add(page, "<p>");
        html_text(page, sentences.items[i], HTML_SENTENCE_MAX);
        strbuf_add(page, "</p>\n");
    }
    sentences_free(&sentences);
}

static void add_facts(const struct trial *trial, struct strbuf *page) {
    if (trial->evidence_count == 0)
        return;
    strbuf_add(page, "<dl class=\"words\">\n");
    for (size_t i = 0; i < trial->evidence_count && i < EVIDENCE_MAX; i++) {
        strbuf_add(page, "<dt>");
        html_text(page, trial->evidence[i].source, REPORT_NAME_MAX);
        strbuf_add(page, "</dt><dd>");
        html_text(page, trial->evidence[i].detail, HTML_SENTENCE_MAX);
        strbuf_add(page, "</dd>\n");
    }
    strbuf_add(page, "</dl>\n");
}

static void add_words(const char *title, const char *words, struct strbuf *page) {
    if (!words || !words[strspn(words, " \t\r\n")])
        return;
    strbuf_addf(page, "<p>%s</p>\n<pre role=\"group\" tabindex=\"0\" aria-label=\"%s\">", title, title);
    html_last_lines(page, words, WORDS_MAX);
    strbuf_add(page, "</pre>\n");
}

static void add_ending(const struct report_place *place, const struct trial *trial,
                       const struct trial *free_run) {
    CLEANUP_FREE char *title =
        text_format("Run %d, limit %s: %s", trial->id, summary_limit_text(trial->limit_bytes).s,
                    summary_outcome_word(trial->outcome));
    report_subheading(place, title);
    add_autopsy(trial, free_run, place->page);
    if (trial->service.failure) {
        strbuf_add(place->page, "<p>");
        html_text(place->page, trial->service.failure, HTML_SENTENCE_MAX);
        strbuf_add(place->page, "</p>\n");
    }
    add_facts(trial, place->page);
    add_words("Its last words", trial->exit.stderr_tail, place->page);
    add_words("The last words of its load", trial->service.load_tail, place->page);
}

void report_add_evidence(const struct report_place *place, const struct report_item *item) {
    const struct result *result = item->result;
    const struct trial *free_run = result_profile(result->trials, result->trial_count);
    size_t told = 0;
    size_t ended = 0;
    if (free_run && !trial_lived(free_run))
        free_run = NULL;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (trial->outcome == OUTCOME_SURVIVED && result->trial_count > 1)
            continue;
        if (ended++ == 0)
            report_open(place, "evidence", "Evidence");
        if (told < ENDINGS_MAX) {
            add_ending(place, trial, free_run == trial ? NULL : free_run);
            told++;
        }
    }
    if (ended > told)
        strbuf_addf(place->page, "<p>and %zu more endings, in result.json.</p>\n", ended - told);
    if (ended > 0)
        report_close(place);
}
