/* What a person reads: what stands in the table that grows while trials end, and the closing words.
 * Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "base/text.h"
#include "base/units.h"
#include "model/result.h"

/* The heading over the table: what is run and where. */
void summary_opening(const struct result *result, struct strbuf *text);

/* How good an end is. */
enum mood { MOOD_GOOD, MOOD_BAD, MOOD_DOUBT };
enum mood summary_mood(enum outcome outcome);

/* outcome_name() as people are told it: "OOM". */
const char *summary_outcome_word(enum outcome outcome);

/* What stands in the cells of a trial's row; "" where there is nothing to say. */
struct summary_row {
    struct short_text limit;
    const char *outcome;
    const char *colour; /* of the outcome: an escape sequence */
    struct short_text time;
    struct short_text needed;
    struct short_text peak;
    struct short_text rate; /* of its load */
};

struct summary_row summary_row_of(const struct trial *trial);

/* "126.4 MiB", "none" */
struct short_text summary_limit_text(struct known_i64 limit_bytes);

/* "Label      words", wrapped at blanks so that it reads on 80 columns; with an empty label it belongs to the
 * line above. */
void summary_item(struct strbuf *text, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Calls `visit` for each item of a text that is made by summary_item() alone, unwrapped; what has no label of
 * its own belongs to the item before. */
typedef void summary_visitor(void *context, const char *label, const char *sentence);
void summary_each_item(const char *text, summary_visitor *visit, void *context);

/* The answer of a search: the OOM point in one line, and the speed there. `precision_ratio` is what was asked
 * for. */
void summary_oom_point(const struct result *result, double precision_ratio, struct strbuf *text);

/* Where no limit is known yet: what the run without one needed; nothing where that did not live. */
void summary_free_run(const struct result *result, struct strbuf *text);

/* The live squeeze, if there was one: where it ended, and its curve. */
void summary_squeeze(const struct result *result, struct strbuf *text);

/* The recommendation, its proof and its warnings. */
void summary_recommendation(const struct result *result, struct strbuf *text);

/* Why it died, a line of its own for each sentence, six at most, behind `indent` blanks; see
 * autopsy_explain() in analysis/autopsy.h. */
void summary_autopsy(const struct trial *trial, const struct trial *free_run, int indent,
                     struct strbuf *text);

/* One run: verdict first, then the figures and the evidence. */
void summary_run(const struct trial *trial, struct strbuf *text);

/* Why the target failed: its exit and its last words, indented. */
void summary_failure(const struct trial *trial, struct strbuf *text);
