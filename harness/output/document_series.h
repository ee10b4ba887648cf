/* What came of series that were recorded elsewhere, as JSON: schema "plimsoll.series/1"
 * (series.schema.json beside this file).
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "model/leak.h"
#include "output/series_file.h"

#define SERIES_SCHEMA "plimsoll.series/1"

/* The whole document, indented, with a final newline: each series with its leak, as in a result. `leaks` has
 * one for each record; `source` is the file's name. Caller frees. */
char *document_series(const struct series_file *file, const struct leak *leaks, const char *source);
