/* A recommendation in the form that some consumer reads. One table, one file each.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/result.h"
#include "output/manifest.h"

/* What a document is about. */
struct emit_subject {
    const struct result *result;      /* its recommendation is known */
    const char *container;            /* as the user calls it; NULL: after the target's name */
    const struct manifest_kind *kind; /* of the workload, as the user tells it; NULL: a Deployment */
    const char *workload;             /* its name; NULL: as the container's */
};

/* What of a subject, beside the result, a form has a place for. */
enum {
    EMIT_CONTAINER = 1 << 0,
    EMIT_WORKLOAD = 1 << 1,
};

struct emitter {
    const char *name; /* of --format; the help of the command says what it is */
    unsigned uses;
    /* Adds the document. NULL: it is no document but the change of one, which manifest.h knows about. */
    void (*write)(const struct emit_subject *subject, struct strbuf *document);
    /* Adds what is to be said beside a document that takes no comments, as a line; mostly nothing. NULL:
     * never. */
    void (*note)(const struct emit_subject *subject, struct strbuf *line);
};

/* All of them; the list ends with a NULL name. */
extern const struct emitter emitters[];

/* NULL where the name is unknown. */
const struct emitter *emitter_find(const char *name);

/* The resources block, and the settings of the target's runtime as env where there are some. */
void emit_kubernetes(const struct result *result, struct strbuf *document);

/* Other single emitters, for the table. */
void emit_kustomize(const struct emit_subject *subject, struct strbuf *document);
void emit_docker(const struct emit_subject *subject, struct strbuf *document);
void emit_compose(const struct emit_subject *subject, struct strbuf *document);
void emit_systemd(const struct emit_subject *subject, struct strbuf *document);
void emit_ecs(const struct emit_subject *subject, struct strbuf *document);
void emit_cloudrun(const struct emit_subject *subject, struct strbuf *document);
void emit_vpa(const struct emit_subject *subject, struct strbuf *document);
void emit_env(const struct emit_subject *subject, struct strbuf *document);

/* What Docker takes no less of: "5Mi would do, but Docker takes no limit below 6m.", and a line end; or
 * nothing. */
void emit_docker_note(const struct emit_subject *subject, struct strbuf *line);
