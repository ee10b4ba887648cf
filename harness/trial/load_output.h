/* Reads what a load says about itself: requests per second, latency, errors. Each tool prints them in words
 * of its own; a table knows those of wrk, hey, ab, redis-benchmark, memtier_benchmark, pgbench and k6.
 * Layer: trial/. Includes base/, model/. Pure. */
#pragma once

#include "base/error.h"
#include "model/service.h"

/* The table's own text for the name of a tool; NULL: it knows none of that name, or `name` is NULL. */
const char *load_format_find(const char *name);

/* "wrk, hey, ab, ...", for messages. Static text. */
const char *load_format_names(void);

/* Can the reading be used: is its format known, and its rate an extended regular expression with a group?
 * -EINVAL with one line. */
int load_reading_check(const struct load_reading *reading, struct error *error);

/* Finds the figures in the end of what the load printed, both of its streams. 64 KiB suffice for all but many
 * tests of redis-benchmark: its twenty print 65 and more. What the load did not say stays unknown; that there
 * were no errors most tools say by silence. Of several reports the last counts. A rate that `reading`
 * describes comes in the place of the tool's: the last match whose group is a number; where none is, it is
 * unknown. */
void load_output_read(const char *output, const struct load_reading *reading, struct load_figures *ret);
