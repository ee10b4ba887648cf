/* The answer of `explain`, for people, for programs (schema "plimsoll.explain/1", explain.schema.json beside
 * this file) and for a merge request. Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "model/death.h"

#define EXPLAIN_SCHEMA "plimsoll.explain/1"

/* Survivors come last. Without `verbose` no more than a few facts of each, and of many deaths the later ones
 * in one line each. Sentences are wrapped at the columns of the terminal, within 60 and 100; lines that are
 * quoted are not. */
void explain_text(const struct deaths *deaths, bool verbose, int terminal_columns, struct strbuf *to);

/* The whole document, indented, with a final newline. Caller frees. */
char *explain_json(const struct deaths *deaths);

void explain_markdown(const struct deaths *deaths, struct strbuf *to);
