/* Pictures of a result, as data: for each a table (CSV) and what its gnuplot script (scripts/plots) is told.
 * No text of a target's is in any of it, so that nothing needs quoting there.
 * Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "base/text.h"
#include "model/leak.h"
#include "model/result.h"
#include "output/thin.h"

/* Rows of a timeline, at most: more than there are columns of dots in the picture. */
#define PLOT_ROWS_MAX 1200

struct plot {
    const char *script; /* its name: "timeline", "limits", "search", "spread", "leak"; static text */
    char *name;         /* of its files, without their ends: "plot-timeline-003" */
    char *title;        /* "Run 3 at 81.9 MiB: memory over time" */
    char *words;        /* what is to be seen in it, with its numbers: for who does not see it */
    /* CSV with a header; bytes and seconds, an empty cell is unknown. The last cell of a row never is:
     * gnuplot takes a row that ends in one for shorter. */
    struct strbuf data;
    struct strbuf settings; /* assignments in gnuplot's language, a line each */
};

/* Zeroed is none; release with plots_free(). */
struct plots {
    struct plot *items;
    size_t count;
};

/* Memory over the run of a trial. `thin` holds its readings, and is emptied; nothing without any. */
void plot_add_timeline(struct plots *plots, const struct trial *trial, struct thin *thin);

/* Time or throughput, stall and endings against the limit; nothing where fewer than two limits were tried. */
void plot_add_limits(struct plots *plots, const struct result *result);

/* The limits that a search tried, in its order; nothing where there were fewer than two runs. */
void plot_add_search(struct plots *plots, const struct result *result);

/* How much the runs that lived differ; nothing for fewer than two. */
void plot_add_spread(struct plots *plots, const struct result *result);

/* The series that a leak was looked for in, with its growth; nothing without at least two points. `leak` is
 * the verdict on it. */
void plot_add_leak(struct plots *plots, const struct leak_series *series, const struct leak *leak);

/* Results side by side; nothing for fewer than two, or where none of them has a figure to compare. */
void plot_add_compared(struct plots *plots, const struct result *const *results, size_t count);

/* The runs whose course is worth a picture, PLOT_TIMELINES_MAX at most: the one without a limit, the death at
 * the highest limit, the survivor at the lowest, one at the recommended limit, a squeeze; of a result with
 * few runs all. Returns how many. */
#define PLOT_TIMELINES_MAX 4
size_t plot_choose(const struct result *result, const struct trial *ret[PLOT_TIMELINES_MAX]);

/* For the files of this folder: appends a plot, whose data and settings are to be filled. `name` is without
 * its "plot-". The pointer is good until the next is added. */
struct plot *plot_add(struct plots *plots, const char *script, const char *name);

/* "name = 123" for the script; nothing where it is unknown. */
void plot_set_i64(struct plot *plot, const char *name, struct known_i64 value);
void plot_set_f64(struct plot *plot, const char *name, struct known_f64 value);

/* A cell, after a comma. */
void plot_cell_i64(struct strbuf *data, struct known_i64 value);
void plot_cell_f64(struct strbuf *data, struct known_f64 value);

/* "lived", "died" or "other": how the scripts tell runs apart. A squeeze is neither. */
const char *plot_ending(const struct trial *trial);

void plots_free(struct plots *plots);
