/* What a person reads: the table that grows while trials end, and the closing words.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "base/units.h"
#include "model/result.h"

/* The heading over the table: what is run and where. */
void summary_opening(const struct result *result, struct strbuf *text);

/* The table's head, and one line for a trial. With `colour`, outcomes are coloured. */
void summary_table_head(struct strbuf *text);
void summary_table_row(const struct trial *trial, const char *why, bool colour, struct strbuf *text);

/* "126.4 MiB", "none" */
struct short_text summary_limit_text(struct known_i64 limit_bytes);

/* The answer of a search: the OOM point in one line, and the speed there. `precision_ratio` is what was asked
 * for. */
void summary_oom_point(const struct result *result, double precision_ratio, struct strbuf *text);

/* The recommendation, its proof and its warnings. */
void summary_recommendation(const struct result *result, struct strbuf *text);

/* One run: verdict first, then the figures and the evidence. */
void summary_run(const struct trial *trial, struct strbuf *text);

/* Why the target failed: its exit and its last words, indented. */
void summary_failure(const struct trial *trial, struct strbuf *text);
