#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "output/curve.h"
#include "output/emit.h"
#include "output/figures.h"
#include "output/form_text.h"
#include "output/report_parts.h"
#include "output/summary.h"
#include "output/summary_leak.h"
#include "output/summary_watch.h"

/* How far off the limit is where precision was not kept in the result. */
#define PRECISION_DEFAULT 0.01

/* ---- the verdict ---- */

/* The first line that is not empty. Caller frees. */
static char *first_line(const struct strbuf *text) {
    const char *line = strbuf_text(text);
    line += strspn(line, "\n");
    return text_copy_bytes(line, strcspn(line, "\n"));
}

/* What comes after it. */
static const char *other_lines(const struct strbuf *text) {
    const char *line = strbuf_text(text);
    line += strspn(line, "\n");
    return line + strcspn(line, "\n");
}

static bool is(const struct result *result, const char *command) {
    return result->command && strcmp(result->command, command) == 0;
}

static void judge_search(const struct result *result, struct report_verdict *ret) {
    struct strbuf text = {0};
    char *no_life = form_no_life(result);
    bool proven = recommendation_is_proven(&result->recommendation);
    summary_oom_point(result, PRECISION_DEFAULT, &text);
    ret->sentence = first_line(&text);
    strbuf_free(&text);
    if (result->oom_point.known && result->recommendation.growth_bytes_per_s.known) {
        ret->mood = MOOD_DOUBT;
        ret->word = "Found, but a leak is suspected: no limit is safe";
    } else if (result->oom_point.known) {
        ret->mood = proven || is(result, "find") ? MOOD_GOOD : MOOD_DOUBT;
        ret->word = proven ? "Proven" : is(result, "find") ? "Found" : "Found, but no limit is proven";
    } else if (no_life) {
        free(ret->sentence);
        ret->sentence = STEAL_POINTER(&no_life);
        ret->mood = MOOD_BAD;
        ret->word = "It never lived";
    } else {
        ret->mood = MOOD_DOUBT;
        ret->word = "Inconclusive";
    }
    free(no_life);
}

static void judge_leak(const struct leak *leak, struct report_verdict *ret) {
    static const struct {
        enum mood mood;
        const char *word;
    } of[LEAK_VERDICT_COUNT] = {
        [LEAK_NONE] = {MOOD_GOOD, "No leak seen"},
        [LEAK_SUSPECTED] = {MOOD_DOUBT, "A leak is suspected"},
        [LEAK_CONFIRMED] = {MOOD_BAD, "It leaks"},
        [LEAK_INCONCLUSIVE] = {MOOD_DOUBT, "Inconclusive"},
    };
    struct strbuf text = {0};
    summary_leak(leak, &text);
    ret->mood = of[leak->verdict].mood;
    ret->word = of[leak->verdict].word;
    ret->sentence = first_line(&text);
    strbuf_free(&text);
}

static void judge_gate(const struct result *result, struct report_verdict *ret) {
    enum gate_state state = form_state(result);
    struct strbuf sentence = {0};
    CLEANUP_FREE char *no_life = form_no_life(result);
    form_verdict(result, &sentence);
    if (no_life)
        strbuf_addf(&sentence, ". No run came to its end alive: %s", no_life);
    ret->mood = state == GATE_PASSED ? MOOD_GOOD : state == GATE_FAILED ? MOOD_BAD : MOOD_DOUBT;
    ret->word = state == GATE_PASSED ? "Passed" : state == GATE_FAILED ? "Failed" : "Undecided";
    ret->sentence = sentence.text;
}

static void judge_run(const struct trial *trial, struct report_verdict *ret) {
    static const char intro[] = "plimsoll: ";
    struct strbuf text = {0};
    summary_run(trial, &text);
    char *line = first_line(&text);
    ret->mood = trial->outcome == OUTCOME_SURVIVED ? MOOD_GOOD : MOOD_BAD;
    ret->word = trial->outcome == OUTCOME_SURVIVED ? "It survived"
                : trial->outcome == OUTCOME_OOM    ? "It was OOM-killed"
                                                   : "It did not survive";
    ret->sentence = text_copy(text_starts_with(line, intro) ? line + strlen(intro) : line);
    free(line);
    strbuf_free(&text);
}

static void judge_curve(const struct result *result, struct report_verdict *ret) {
    struct curve_point *points = NULL;
    size_t count = curve_points(result, &points);
    size_t lived = 0;
    const struct curve_point *lowest = NULL;
    for (size_t i = 0; i < count; i++) {
        bool all = points[i].lived == points[i].runs;
        lived += all;
        lowest = all && !lowest ? &points[i] : lowest;
    }
    ret->mood = lived > 0 ? MOOD_GOOD : MOOD_DOUBT;
    ret->word = "Measured";
    ret->sentence = lowest && lowest->limit_bytes != INT64_MAX
                        ? text_format("Of %zu limits it always lived at %zu; the lowest of them is %s.",
                                      count, lived, bytes_text(lowest->limit_bytes).s)
                        : text_format("Of %zu limits there is none at which it always lived.", count);
    free(points);
}

static void judge_watch(const struct result *result, struct report_verdict *ret) {
    const struct trial *trial = result->trial_count ? &result->trials[0] : NULL;
    bool killed = trial && known_or(trial->oom_kills, 0) > 0;
    ret->mood = killed ? MOOD_BAD : MOOD_DOUBT;
    ret->word = killed ? "OOM kills were seen" : "Observed, not proven";
    ret->sentence = trial && trial->needed_bytes.known ? text_format("Watched for %s, it needed %s at most.",
                                                                     duration_text(trial->exit.duration_ns).s,
                                                                     bytes_text(trial->needed_bytes.value).s)
                                                       : text_copy("What it needed is not known.");
}

void report_judge(const struct result *result, struct report_verdict *ret) {
    *ret = (struct report_verdict){.mood = MOOD_DOUBT, .word = "No run"};
    if (result->gate.known)
        judge_gate(result, ret);
    else if (is(result, "leak") && result->leak.known)
        judge_leak(&result->leak, ret);
    else if (result->observation.known)
        judge_watch(result, ret);
    else if (is(result, "size") || is(result, "find"))
        judge_search(result, ret);
    else if (result->trial_count == 1)
        judge_run(&result->trials[0], ret);
    else if (result->trial_count > 1)
        judge_curve(result, ret);
    if (!ret->sentence)
        ret->sentence = text_copy("The result holds no run.");
}

/* ---- its figures ---- */

static void add_figure(struct strbuf *page, const char *name, const char *value) {
    strbuf_addf(page, "<div><dt>%s</dt><dd>", name);
    html_text(page, value, REPORT_NAME_MAX);
    strbuf_add(page, "</dd></div>\n");
}

static void add_known_figure(struct strbuf *page, const char *name, struct known_i64 bytes) {
    if (bytes.known)
        add_figure(page, name, bytes_text(bytes.value).s);
}

static void add_figures(const struct result *result, struct strbuf *page) {
    struct result_figures figures = figures_of(result);
    strbuf_add(page, "<dl class=\"figures\">\n");
    if (figures.request.known) {
        add_figure(page, "Request", quantity_ceil_mi_text(figures.request.value).s);
        add_figure(page, "Limit", quantity_ceil_mi_text(figures.limit.value).s);
    }
    add_known_figure(page, "OOM point", figures.oom_point);
    add_known_figure(page, "Slowdown point", figures.slowdown_point);
    add_known_figure(page, "Needed", figures.needed);
    add_known_figure(page, "Peak", figures.peak);
    if (result->leak.known)
        add_figure(page, "Leak", leak_verdict_name(result->leak.verdict));
    if (!result->recorded) {
        char runs[24];
        snprintf(runs, sizeof runs, "%zu", result->trial_count);
        add_figure(page, "Runs", runs);
    }
    strbuf_add(page, "</dl>\n");
}

void report_add_verdict(const struct report_place *place, const struct report_item *item) {
    struct report_verdict verdict;
    report_judge(item->result, &verdict);
    report_open(place, "verdict", "Verdict");
    strbuf_addf(place->page, "<p class=\"verdict %s\"><strong>%s</strong> <span>",
                report_mood_class(verdict.mood), verdict.word);
    html_text(place->page, verdict.sentence, HTML_SENTENCE_MAX);
    strbuf_add(place->page, "</span></p>\n");
    add_figures(item->result, place->page);
    for (size_t i = 0; i < item->result->caveat_count; i++) {
        strbuf_add(place->page, "<p><strong>Mind:</strong> ");
        html_text(place->page, item->result->caveats[i], HTML_SENTENCE_MAX);
        strbuf_add(place->page, "</p>\n");
    }
    report_close(place);
    free(verdict.sentence);
}

/* ---- the recommendation ---- */

static void add_yaml(const struct report_place *place, const struct result *result) {
    struct strbuf yaml = {0};
    emit_kubernetes(result, &yaml);
    strbuf_add(place->page, "<p>For the container in its manifest (one click selects all of it):</p>\n"
                            "<pre class=\"copy\" role=\"group\" tabindex=\"0\" aria-label=\"YAML to copy\">");
    html_lines(place->page, strbuf_text(&yaml), (size_t)64 * 1024);
    strbuf_add(place->page, "</pre>\n");
    strbuf_free(&yaml);
}

static void add_proof(const struct recommendation *advice, struct strbuf *page) {
    struct short_text limit = quantity_ceil_mi_text(advice->limit_bytes);
    strbuf_add(page, "<p>");
    if (advice->verified_ooms > 0)
        html_addf(page, "Not proven: of %d fresh runs at %s %d died.", advice->verified_runs, limit.s,
                  advice->verified_ooms);
    else if (advice->verified_runs == 0)
        html_addf(page, "Not proven: no fresh run was made at %s. Nothing to copy into production.", limit.s);
    else
        html_addf(
            page,
            "Proof: %d fresh run%s at %s, none died. P(OOM) is below %.0f %% for a run like these, with "
            "95 %% confidence.",
            advice->verified_runs, advice->verified_runs == 1 ? "" : "s", limit.s,
            ceil(known_f64_or(advice->verified_p_oom_upper95, 1) * 100));
    html_addf(page, " %s, oom_score_adj %d on a node of %s.", advice->qos_class, advice->oom_score_adj,
              quantity_text(advice->node_memory_bytes).s);
    strbuf_add(page, "</p>\n");
}

static void add_list(struct strbuf *page, char *const *sentences, size_t count) {
    strbuf_add(page, count ? "<ul>\n" : "");
    for (size_t i = 0; i < count; i++) {
        strbuf_add(page, "<li>");
        html_text(page, sentences[i], HTML_SENTENCE_MAX);
        strbuf_add(page, "</li>\n");
    }
    strbuf_add(page, count ? "</ul>\n" : "");
}

void report_add_recommendation(const struct report_place *place, const struct report_item *item) {
    const struct recommendation *advice = &item->result->recommendation;
    if (!advice->known)
        return;
    report_open(place, "recommendation", "Recommendation");
    strbuf_add(place->page, "<p>");
    html_addf(place->page, "requests.memory %s, limits.memory %s: %.2f times the request.",
              quantity_ceil_mi_text(advice->request_bytes).s, quantity_ceil_mi_text(advice->limit_bytes).s,
              advice->headroom_ratio);
    strbuf_add(place->page, "</p>\n");
    if (recommendation_is_proven(advice))
        add_yaml(place, item->result);
    add_proof(advice, place->page);
    if (advice->warning_count > 0) {
        report_subheading(place, "Warnings");
        add_list(place->page, advice->warnings, advice->warning_count);
    }
    report_close(place);
}

/* ---- why ---- */

static void add_item(void *context, const char *label, const char *sentence) {
    struct strbuf *page = context;
    strbuf_add(page, "<dt>");
    html_text(page, *label ? label : "And", REPORT_NAME_MAX);
    strbuf_add(page, "</dt><dd>");
    html_text(page, sentence, HTML_SENTENCE_MAX);
    strbuf_add(page, "</dd>\n");
}

static void add_gate_row(const struct gate_item *item, struct strbuf *page) {
    static const enum mood moods[GATE_STATE_COUNT] = {[GATE_PASSED] = MOOD_GOOD,
                                                      [GATE_FAILED] = MOOD_BAD,
                                                      [GATE_UNDECIDED] = MOOD_DOUBT,
                                                      [GATE_UNASKED] = MOOD_DOUBT};
    strbuf_add(page, "<tr><th scope=\"row\">");
    html_text(page, item->name, REPORT_NAME_MAX);
    strbuf_addf(page, "</th><td class=\"%s\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>",
                report_mood_class(moods[item->state]), gate_state_name(item->state),
                form_value(item->metric, item->value).s, form_interval(item).s);
    strbuf_addf(page, "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"long\">",
                form_value(item->metric, item->baseline).s, form_value(item->metric, item->bound).s);
    html_text(page, item->sentence, HTML_SENTENCE_MAX);
    if (item->advice) {
        strbuf_add(page, "<br>Next: ");
        html_text(page, item->advice, HTML_SENTENCE_MAX);
    }
    strbuf_add(page, "</td></tr>\n");
}

static void add_gate(const struct report_place *place, const struct gate *gate) {
    if (!gate->known)
        return;
    report_scroll_open(place, "What was asked");
    strbuf_add(place->page,
               "<table class=\"wide\"><caption>What was asked, and what came of it</caption>\n"
               "<thead><tr><th scope=\"col\">Question</th><th scope=\"col\">State</th>"
               "<th scope=\"col\" class=\"n\">Measured</th><th scope=\"col\" class=\"n\">Interval</th>"
               "<th scope=\"col\" class=\"n\">Baseline</th><th scope=\"col\" class=\"n\">At most</th>"
               "<th scope=\"col\">Found</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < gate->count; i++)
        add_gate_row(&gate->items[i], place->page);
    strbuf_add(place->page, "</tbody></table>\n");
    report_scroll_close(place);
    add_list(place->page, gate->notes, gate->note_count);
}

/* The same words as on a terminal. */
static void collect_items(const struct result *result, struct strbuf *items) {
    struct strbuf text = {0};
    if (result->oom_point.known) {
        summary_oom_point(result, PRECISION_DEFAULT, &text);
        summary_each_item(other_lines(&text), add_item, items);
        strbuf_free(&text);
    }
    if (result->observation.known && result->trial_count > 0) {
        summary_watch(result, &text);
        summary_each_item(strbuf_text(&text), add_item, items);
        strbuf_free(&text);
    }
    if (is(result, "leak") && result->leak.known) {
        summary_leak(&result->leak, &text);
        summary_each_item(other_lines(&text), add_item, items);
        strbuf_free(&text);
    } else if (result->leak.known) {
        summary_leak_line(&result->leak, &text);
        add_item(items, "Leak", strbuf_text(&text));
        strbuf_free(&text);
    }
}

void report_add_why(const struct report_place *place, const struct report_item *item) {
    const struct result *result = item->result;
    struct strbuf items = {0};
    collect_items(result, &items);
    if (items.length > 0 || result->gate.known || result->recommendation.reason_count > 0) {
        report_open(place, "why", "Why");
        add_list(place->page, result->recommendation.reasons, result->recommendation.reason_count);
        add_gate(place, &result->gate);
        if (items.length > 0) {
            strbuf_add(place->page, "<dl class=\"words\">\n");
            strbuf_add(place->page, strbuf_text(&items));
            strbuf_add(place->page, "</dl>\n");
        }
        report_close(place);
    }
    strbuf_free(&items);
}
