/* Results as JSON text and back: schema "plimsoll.result/1" (result.schema.json beside this file).
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/error.h"
#include "model/result.h"

/* One trial as one line of JSON, without a newline. Caller frees. */
char *document_trial_line(const struct trial *trial);

/* The whole document, indented, with a final newline. Caller frees. */
char *document_result(const struct result *result);

/* Reads a document back, as far as the other commands need it: name, oom_point, recommendation, trials'
 * figures. `source` names it in messages. -EINVAL: not JSON, another schema, or a value of the wrong type. */
int document_parse_result(const char *text, const char *source, struct result *ret, struct error *error);
