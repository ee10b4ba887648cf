/* What the forms for pipelines share: words for what was found, and text made harmless for each of them.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "base/units.h"
#include "model/result.h"

/* Longest text, in bytes, that is taken from a target or a user. */
#define FORM_NAME_MAX     100
#define FORM_SENTENCE_MAX 300

/* One line of UTF-8 of at most `most` bytes (at least 8), cut between characters and then ended by "...".
 * Line ends and tabs become blanks; the rest becomes visible as by text_add_visible(), in which nothing is
 * left that XML 1.0 forbids (section 2.2). NULL is "". Caller frees. */
char *form_line(const char *text, size_t most);

/* Adds the text, cut and made visible by form_line(), for the content or a quoted attribute of XML 1.0. */
void form_add_xml(struct strbuf *document, const char *text, size_t most);

/* The same for Markdown, in running text or in a cell of a table: nothing in it is markup, a link or a
 * mention. */
void form_add_markdown(struct strbuf *document, const char *text, size_t most);

/* The same as code, for names. */
void form_add_markdown_code(struct strbuf *document, const char *text, size_t most);

/* The same for a label of OpenMetrics, within its quotes. */
void form_add_label(struct strbuf *document, const char *text, size_t most);

/* The same for the text of a workflow command of GitHub Actions, or for one of its properties. */
void form_add_command_text(struct strbuf *document, const char *text, size_t most);
void form_add_command_property(struct strbuf *document, const char *text, size_t most);

/* The lines of OpenMetrics before a family's samples; `unit` is what its name ends in, or "". A counter has
 * no type (NULL) and the name of its samples, "..._total": OpenMetrics wants the type under the name without
 * that ending, Prometheus' text format, which node exporter reads, under the whole one, and each refuses the
 * other; without a type both take it. */
void form_add_family(struct strbuf *document, const char *name, const char *type, const char *unit,
                     const char *help);

/* The end of a sample of OpenMetrics: a blank, the number, a line end. */
void form_add_number(struct strbuf *document, double value);

/* A number in the unit that its metric's name ends in (_bytes, _bytes_per_hour, _bytes_per_cycle, _s, _ratio;
 * else none): "126.4 MiB", "3.1 MiB/h", "1.02 s", "1.05". Unknown: "". */
struct short_text form_value(const char *metric, struct known_f64 value);

/* "124.0 MiB to 128.8 MiB"; "" where either is unknown. */
struct short_text form_interval(const struct gate_item *item);

/* The state that a leak's verdict is: none passes, confirmed fails;
 * of suspected and inconclusive it is not decided. */
enum gate_state form_leak_state(const struct leak *leak);

/* Is the leak itself the question? Not where there is a gate. */
bool form_has_leak(const struct result *result);

/* What was found, as a sentence without its end: "confirmed, 3.1 MiB/h (2.8 MiB/h to 3.4 MiB/h), linear".
 * Holds the reason, which is to be escaped as all else. */
void form_leak_sentence(const struct leak *leak, struct strbuf *sentence);

/* How many runs there were, and how they ended: "5 runs: 4 survived, 1 oom". Without one "no run", or "3
 * recorded series". */
void form_runs_sentence(const struct result *result, struct strbuf *sentence);

/* Of all that was asked, the leak included: failed where one is, else undecided where one is or nothing was
 * asked. */
enum gate_state form_state(const struct result *result);

/* Questions in this state, the leak included. */
size_t form_count(const struct result *result, enum gate_state state);

/* "failed: 1 of 3 questions", "passed: all 3 questions", "undecided: nothing was asked"; those that were not
 * asked are told apart. */
void form_verdict(const struct result *result, struct strbuf *verdict);

/* The time that its runs took, together. */
double form_runs_s(const struct result *result);

/* Did a run come to its end alive? */
bool form_any_lived(const struct result *result);

/* Where there were runs and none of them came to its end alive: how they ended, and the last line that the
 * last of them said. Else NULL. Caller frees. */
char *form_no_life(const struct result *result);
