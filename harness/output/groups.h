/* Many watched groups: as a table for people, as JSON (schema "plimsoll.groups/1", groups.schema.json beside
 * this file) and as metrics.
 * Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "analysis/standing.h"
#include "base/text.h"
#include "model/host.h"

#define GROUPS_SCHEMA "plimsoll.groups/1"

/* What holds of all of them. Borrowed. */
struct groups_facts {
    const struct host *host;
    const char *at;                   /* the time of the reading, RFC 3339 */
    struct known_i64 available_bytes; /* of the host, now */
    struct known_i64 host_kills;      /* OOM kills on the whole host since the watch began */
    int64_t watched_ns;
    size_t shown;    /* groups that were there, before any filter */
    size_t gone;     /* groups that were there and are no more */
    size_t unopened; /* groups that could not be looked at: too many open files */
};

struct groups_view {
    int columns; /* no line is longer */
    int lines;   /* of the table as a whole, at most; 0: as many as it takes */
    bool colour;
    bool utf8;            /* else ASCII alone */
    bool live;            /* keys are listened to */
    enum row_order order; /* of the rows: by name they are put in that of the names as they are shown */
    bool reversed;
};

/* Column heads, a line for each row in its order, and what the columns mean. What does not fit is left out:
 * of columns the least telling, of rows the last, which are counted. */
void groups_table(const struct groups_facts *facts, const struct group_row *rows, size_t count,
                  const struct groups_view *view, struct strbuf *to);

/* The whole document, indented, with a final newline. Caller frees. */
char *groups_json(const struct groups_facts *facts, const struct group_row *rows, size_t count);

/* OpenMetrics text for the textfile collector of Prometheus' node exporter, names as cAdvisor's where they
 * mean the same. Gauges and counters alone, so that readers of Prometheus's own older text format take it
 * too. */
void groups_openmetrics(const struct groups_facts *facts, const struct group_row *rows, size_t count,
                        struct strbuf *to);
