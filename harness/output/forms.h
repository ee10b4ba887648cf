/* What a gate found, in the forms that pipelines read: one table, one file each.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/result.h"

enum form_kind {
    FORM_JUNIT,
    FORM_MARKDOWN,
    FORM_OPENMETRICS,
    FORM_COUNT, /* of those that an option asks for */
};

struct form {
    const char *name;
    const char *option; /* that names its file */
    /* Adds the document. Of a result in which nothing was asked, or nothing was found, it says that: never
     * that something passed. */
    void (*write)(const struct result *result, struct strbuf *document);
};

/* By their kind. */
extern const struct form forms[FORM_COUNT];

/* JUnit XML: a test case for each question, one for the runs, and of leak one for its verdict. What
 * failed is a failure, what could not be told an error, what was not asked skipped. Accepted by
 * junit-10.xsd of Jenkins' xunit plugin, and laid out as Ant's, which has no word for what was skipped. */
void form_junit(const struct result *result, struct strbuf *document);

/* Markdown (GFM) for a step summary or the comment of a merge request: less than 40 lines and 65,000 bytes,
 * whatever there is to tell. No text of the target's has a meaning there: it makes no link, mention or tag.
 */
void form_markdown(const struct result *result, struct strbuf *document);

/* OpenMetrics text, names as cAdvisor's where they mean the same. Gauges and counters alone, so that readers
 * of Prometheus's own older text format take it too. */
void form_openmetrics(const struct result *result, struct strbuf *document);

/* Workflow commands of GitHub Actions, a line each: at most ten errors and ten warnings, as many as are shown
 * of one step; what is left over is counted in the last of them. */
void form_annotations(const struct result *result, struct strbuf *commands);
