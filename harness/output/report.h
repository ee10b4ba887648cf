/* Results as one HTML page that needs nothing else: no network, no script, no other file.
 * Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "base/text.h"
#include "model/result.h"
#include "output/document.h"
#include "output/plot.h"

/* One result and what belongs to it. All borrowed. */
struct report_item {
    const struct result *result;
    const char *source;                  /* the path that it was read from */
    const struct invocation *invocation; /* how the run was begun; NULL: not kept */
    const struct plots *plots;
    char *const *pictures;   /* of each plot the SVG that gnuplot made of it; NULL: it failed to */
    const char *no_pictures; /* why there are none, a sentence; NULL: there are, or nothing is to be drawn */
};

/* One result, or several side by side (at least one), with the plots that compare them. All borrowed. */
struct report {
    const struct report_item *items;
    size_t count;
    const struct plots *plots; /* NULL: none */
    char *const *pictures;     /* this and the next as in struct report_item */
    const char *no_pictures;
};

/* The page. */
void report_html(const struct report *report, struct strbuf *page);
