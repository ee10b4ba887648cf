/* What a person reads of a watch. Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/result.h"

/* The heading, before anything was read: what is watched, where, and who is in it. */
void summary_watch_opening(const struct result *result, struct known_i64 limit_bytes, struct strbuf *text);

/* What was seen, of a result with one trial and its observation; the recommendation is
 * summary_recommendation()'s. */
void summary_watch(const struct result *result, struct strbuf *text);
