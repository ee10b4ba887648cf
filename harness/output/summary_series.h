/* What is said about series that were recorded elsewhere, for people. Layer: output/. Includes base/, model/.
 * Pure. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "model/leak.h"
#include "output/series_file.h"

/* The answer first; then a block for each series, the worst before the others. Of many the first few have
 * one, the others a line, and at last a number (`all`: a block for each). `leaks` has one for each record. */
void summary_series(const struct series_file *file, const struct leak *leaks, const char *source, bool all,
                    struct strbuf *text);
