/* What the name of a column or of a metric says about the numbers under it.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/leak.h"

enum name_says {
    NAME_MEMORY,
    NAME_NOTHING, /* "web-1", "value" */
    NAME_OTHER,   /* "cpu", "mem_percent", "http_requests_total" */
};

/* What the column of this name counts; *ret_measure is assigned in any case. Of a Prometheus series
 * ("rss{pod=\"web-1\"}") its metric counts, not its labels. */
enum name_says name_column(const char *name, enum leak_measure *ret_measure);

/* The end of a Prometheus metric that counts no bytes in use: "_total" of a counter, "_seconds", "_count" ...
 * (prometheus.io/docs/practices/naming); NULL where it has none of these. */
const char *name_counter_end(const char *metric);

/* What one is by the last word of a name ("rss_kb", "Real (MB)", "time_ms"), in bytes or nanoseconds;
 * 0: it names no unit. */
int64_t name_byte_unit(const char *name);
int64_t name_time_unit(const char *name);
