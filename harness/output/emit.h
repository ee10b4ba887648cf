/* A recommendation in the form that some consumer reads. One table, one file each.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/result.h"

struct emitter {
    const char *name; /* of --format */
    const char *help;
    /* Adds the document. The result's recommendation is known. */
    void (*write)(const struct result *result, struct strbuf *document);
};

/* All of them; the list ends with a NULL name. */
extern const struct emitter emitters[];

/* NULL where the name is unknown. */
const struct emitter *emitter_find(const char *name);

/* Single emitters, for the table. */
void emit_kubernetes(const struct result *result, struct strbuf *document);
