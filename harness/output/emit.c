#include "output/emit.h"

#include <string.h>

static void kubernetes(const struct emit_subject *subject, struct strbuf *document) {
    emit_kubernetes(subject->result, document);
}

const struct emitter emitters[] = {
    {"kubernetes", 0, kubernetes},
    {"patch", EMIT_CONTAINER | EMIT_WORKLOAD, NULL},
    {"kustomize", EMIT_CONTAINER | EMIT_WORKLOAD, emit_kustomize},
    {"docker", 0, emit_docker},
    {"compose", EMIT_CONTAINER, emit_compose},
    {"systemd", 0, emit_systemd},
    {"ecs", EMIT_CONTAINER, emit_ecs},
    {"cloudrun", 0, emit_cloudrun},
    {"vpa", EMIT_CONTAINER | EMIT_WORKLOAD, emit_vpa},
    {"env", 0, emit_env},
    {NULL, 0, NULL},
};

const struct emitter *emitter_find(const char *name) {
    for (const struct emitter *emitter = emitters; emitter->name; emitter++)
        if (strcmp(emitter->name, name) == 0)
            return emitter;
    return NULL;
}
