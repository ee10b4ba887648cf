#include "output/report.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/version.h"
#include "output/figures.h"
#include "output/report_parts.h"
#include "output/summary_leak.h"

/* Both palettes keep 4.5:1 between text and what is behind it (WCAG 2.1, 1.4.3). gnuplot's black becomes the
 * colour of the text. */
static const char style[] =
    ":root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--dim:#57606a;--line:#d0d7de;--card:#f6f8fa;"
    "--good:#116329;--bad:#a40e26;--doubt:#7a4b00;--link:#0757b3}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--dim:#9da7b3;"
    "--line:#3d444d;--card:#161b22;--good:#56d364;--bad:#ff8f8f;--doubt:#e3b341;--link:#79b8ff}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:64rem;background:var(--back);color:var(--text);"
    "font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
    "h1,h2,h3,h4,h5{line-height:1.25;margin:2rem 0 .5rem}\n"
    "h1{font-size:1.7rem;margin-top:.5rem}h2{font-size:1.35rem}h3{font-size:1.12rem}h4,h5{font-size:1rem}\n"
    ".result{border-top:2px solid var(--line);margin-top:3rem}\n"
    "p,ul,dl,figure,pre,table{margin:.5rem 0}\n"
    ".dim,figcaption{color:var(--dim);font-size:.92rem}\n"
    ".verdict{border-left:.4rem solid;padding:.6rem .9rem;background:var(--card);font-size:1.1rem}\n"
    ".verdict strong{display:block}\n"
    ".good{color:var(--good)}.bad{color:var(--bad)}.doubt{color:var(--doubt)}\n"
    ".verdict span{color:var(--text)}\n"
    "dl.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem}\n"
    ".figures div{background:var(--card);padding:.5rem .8rem;border-radius:.3rem}\n"
    ".figures dt{color:var(--dim);font-size:.85rem}.figures dd{margin:0;font-size:1.15rem;font-weight:600}\n"
    "dl.words dt{font-weight:600;margin-top:.5rem}dl.words dd{margin:0 0 0 1.2rem}\n"
    "pre{background:var(--card);border:1px solid var(--line);border-radius:.3rem;padding:.6rem .8rem;"
    "white-space:pre-wrap;font:.9rem/1.4 ui-monospace,monospace}\n"
    ".copy{user-select:all;-webkit-user-select:all;border-width:2px}\n"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.92rem;min-width:100%}\n"
    "caption{text-align:left;color:var(--dim);padding-bottom:.3rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .7rem .25rem 0;border-bottom:1px solid "
    "var(--line)}\n"
    "td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    "tbody th{font-weight:400}\n"
    "table.wide td,table.wide th{overflow-wrap:normal}td.long{min-width:26rem;overflow-wrap:anywhere}\n"
    "svg{display:block;width:100%;min-width:34rem;height:auto}\n"
    "svg [color=black]{color:var(--text)}svg [stroke=black]{stroke:var(--text)}"
    "svg [fill=black]{fill:var(--text)}svg [color=white]{color:var(--back)}\n"
    "@media screen and (prefers-color-scheme:dark){svg path[stroke='rgb(  0, 114, 178)']{stroke:#5ab0ea}}\n"
    "figure{margin:1rem 0 2rem;max-width:46rem}\n"
    "a{color:var(--link)}\n"
    ":focus-visible{outline:2px solid var(--link);outline-offset:2px}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible}svg{min-width:0}"
    "figure,tr,.verdict,.figures,pre{break-inside:avoid}h1,h2,h3,h4,h5{break-after:avoid}nav{display:none}"
    "table.wide{font-size:8pt}table.wide td,table.wide th{overflow-wrap:anywhere;white-space:normal;"
    "padding-right:.3rem}td.long{min-width:0}}\n";

/* ---- parts ---- */

/* Without a name of its own it is no landmark: several results would have the same ones. */
void report_open(const struct report_place *place, const char *id, const char *title) {
    strbuf_addf(place->page, "<section>\n<h%d id=\"%s-%zu\">%s</h%d>\n", place->level, id, place->number,
                title, place->level);
}

void report_close(const struct report_place *place) {
    strbuf_add(place->page, "</section>\n");
}

void report_subheading(const struct report_place *place, const char *title) {
    strbuf_addf(place->page, "<h%d>", place->level + 1);
    html_text(place->page, title, HTML_SENTENCE_MAX);
    strbuf_addf(place->page, "</h%d>\n", place->level + 1);
}

void report_scroll_open(const struct report_place *place, const char *label) {
    strbuf_add(place->page, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
    html_text(place->page, label, HTML_SENTENCE_MAX);
    strbuf_add(place->page, "\">\n");
}

void report_scroll_close(const struct report_place *place) {
    strbuf_add(place->page, "</div>\n");
}

const char *report_mood_class(enum mood mood) {
    return mood == MOOD_GOOD ? "good" : mood == MOOD_BAD ? "bad" : "doubt";
}

struct short_text report_bytes(struct known_i64 bytes) {
    return bytes.known ? bytes_text(bytes.value) : (struct short_text){"-"};
}

/* ---- the page ---- */

static const char *name_of(const struct result *result) {
    return result->name && *result->name ? result->name : "target";
}

static void add_head(const struct report_item *items, size_t count, struct strbuf *page) {
    strbuf_add(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"generator\" content=\"plimsoll ");
    html_text(page, plimsoll_version, REPORT_NAME_MAX);
    strbuf_add(page, "\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n<title>");
    if (count == 1)
        html_text(page, name_of(items->result), REPORT_NAME_MAX);
    else
        html_addf(page, "%zu results side by side", count);
    strbuf_add(page, " - memory, by plimsoll</title>\n<style>\n");
    strbuf_add(page, style);
    strbuf_add(page, "</style>\n</head>\n<body>\n");
}

/* What was run, when and where, in a line. */
static void add_line(const struct result *result, const char *source, struct strbuf *page) {
    strbuf_add(page, "<p class=\"dim\">plimsoll ");
    html_text(page, result->command, REPORT_NAME_MAX);
    if (result->started_at && *result->started_at) {
        strbuf_add(page, ", ");
        html_text(page, result->started_at, REPORT_NAME_MAX);
    }
    if (*result->host.kernel) {
        strbuf_add(page, ", Linux ");
        html_text(page, result->host.kernel, REPORT_NAME_MAX);
    }
    if (*result->host.cgroup) {
        strbuf_add(page, ", cgroup ");
        html_text(page, result->host.cgroup, REPORT_NAME_MAX);
    }
    strbuf_add(page, "; ");
    html_text(page, source, 4 * REPORT_NAME_MAX);
    strbuf_add(page, "</p>\n");
}

static void add_sections(const struct report_place *place, const struct report_item *item) {
    report_add_verdict(place, item);
    report_add_recommendation(place, item);
    report_add_why(place, item);
    report_add_plots(place, item);
    report_add_runs(place, item);
    report_add_evidence(place, item);
    report_add_origin(place, item);
}

/* ---- side by side ---- */

static void add_cell(struct strbuf *page, struct known_i64 bytes) {
    strbuf_addf(page, "<td class=\"n\">%s</td>", report_bytes(bytes).s);
}

/* Against the first result, where both know it. */
static void add_change(struct strbuf *page, struct known_i64 now, struct known_i64 first) {
    if (now.known && first.known && first.value > 0)
        strbuf_addf(page, "<td class=\"n\">%+.1f %%</td>",
                    ((double)now.value / (double)first.value - 1) * 100);
    else
        strbuf_add(page, "<td class=\"n\">-</td>");
}

static void add_row(const struct report_item *item, size_t number, const struct result_figures *first,
                    struct strbuf *page) {
    struct result_figures figures = figures_of(item->result);
    struct report_verdict verdict;
    report_judge(item->result, &verdict);
    strbuf_addf(page, "<tr><th scope=\"row\"><a href=\"#result-%zu\">%zu. ", number, number);
    html_text(page, name_of(item->result), REPORT_NAME_MAX);
    strbuf_add(page, "</a><br><span class=\"dim\">");
    html_text(page, item->source, 4 * REPORT_NAME_MAX);
    strbuf_addf(page, "</span></th><td class=\"%s\">%s</td>", report_mood_class(verdict.mood), verdict.word);
    add_cell(page, figures.needed);
    add_change(page, figures.needed, first->needed);
    add_cell(page, figures.peak);
    add_cell(page, figures.oom_point);
    add_cell(page, figures.slowdown_point);
    add_cell(page, figures.request);
    add_cell(page, figures.limit);
    add_change(page, figures.limit, first->limit);
    strbuf_addf(page, "<td>%s</td></tr>\n",
                item->result->leak.known ? leak_verdict_name(item->result->leak.verdict) : "-");
    free(verdict.sentence);
}

static void add_comparison(const struct report *report, struct strbuf *page) {
    const struct report_place place = {page, 2, 0};
    struct result_figures first = figures_of(report->items[0].result);
    report_open(&place, "compared", "Compared");
    report_scroll_open(&place, "The results compared");
    strbuf_add(
        page,
        "<table class=\"wide\"><caption>Changes are against the first. Needed is the median of the runs "
        "that lived, peak their highest.</caption>\n<thead><tr><th scope=\"col\">Result</th>"
        "<th scope=\"col\">Verdict</th>"
        "<th scope=\"col\" class=\"n\">Needed</th><th scope=\"col\" class=\"n\">change</th>"
        "<th scope=\"col\" class=\"n\">Peak</th><th scope=\"col\" class=\"n\">OOM point</th>"
        "<th scope=\"col\" class=\"n\">Slowdown point</th>"
        "<th scope=\"col\" class=\"n\">Request</th><th scope=\"col\" class=\"n\">Limit</th>"
        "<th scope=\"col\" class=\"n\">change</th><th scope=\"col\">Leak</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->count; i++)
        add_row(&report->items[i], i + 1, &first, page);
    strbuf_add(page, "</tbody></table>\n");
    report_scroll_close(&place);
    if (report->plots)
        report_add_pictures(&place, report->plots, report->pictures, report->no_pictures);
    report_close(&place);
}

static void add_one(const struct report_item *item, struct strbuf *page) {
    const struct report_place place = {page, 2, 1};
    strbuf_add(page, "<header>\n<h1>Memory of ");
    html_text(page, name_of(item->result), REPORT_NAME_MAX);
    strbuf_add(page, "</h1>\n");
    add_line(item->result, item->source, page);
    strbuf_add(page, "</header>\n<main>\n");
    add_sections(&place, item);
}

static void add_several(const struct report *report, struct strbuf *page) {
    strbuf_addf(page, "<header>\n<h1>%zu results side by side</h1>\n</header>\n<main>\n", report->count);
    add_comparison(report, page);
    for (size_t i = 0; i < report->count; i++) {
        const struct report_item *item = &report->items[i];
        const struct report_place place = {page, 3, i + 1};
        strbuf_addf(page, "<div class=\"result\">\n<h2 id=\"result-%zu\">%zu. ", i + 1, i + 1);
        html_text(page, name_of(item->result), REPORT_NAME_MAX);
        strbuf_add(page, "</h2>\n");
        add_line(item->result, item->source, page);
        add_sections(&place, item);
        strbuf_add(page, "</div>\n");
    }
}

void report_html(const struct report *report, struct strbuf *page) {
    add_head(report->items, report->count, page);
    if (report->count == 1)
        add_one(report->items, page);
    else
        add_several(report, page);
    strbuf_add(page, "</main>\n<footer><p class=\"dim\">Made by plimsoll ");
    html_text(page, plimsoll_version, REPORT_NAME_MAX);
    strbuf_add(page, ". This page is one file: it loads nothing and runs nothing.</p></footer>\n"
                     "</body>\n</html>\n");
}
