/* The curve of `step`: what became of the target at each limit, over all runs there.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/result.h"

/* A table with a line for each limit, rising, and the run without one last: how many lived, how the others
 * ended, median time of those that lived and how much longer that is than the reference's, the share of time
 * stalled for memory and the page cache read again (largest). Unknown is "-". Nothing without trials. */
void curve_table(const struct result *result, struct strbuf *text);
