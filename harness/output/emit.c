#include "output/emit.h"

#include <string.h>

static void kubernetes(const struct emit_subject *subject, struct strbuf *document) {
    emit_kubernetes(subject->result, document);
}

const struct emitter emitters[] = {
    {"kubernetes", 0, kubernetes, NULL},
    {"patch", EMIT_CONTAINER | EMIT_WORKLOAD, NULL, NULL},
    {"kustomize", EMIT_CONTAINER | EMIT_WORKLOAD, emit_kustomize, NULL},
    {"docker", 0, emit_docker, emit_docker_note},
    {"compose", EMIT_CONTAINER, emit_compose, NULL},
    {"systemd", 0, emit_systemd, NULL},
    {"ecs", EMIT_CONTAINER, emit_ecs, emit_docker_note},
    {"cloudrun", 0, emit_cloudrun, NULL},
    {"vpa", EMIT_CONTAINER | EMIT_WORKLOAD, emit_vpa, NULL},
    {"env", 0, emit_env, NULL},
    {NULL, 0, NULL, NULL},
};

const struct emitter *emitter_find(const char *name) {
    for (const struct emitter *emitter = emitters; emitter->name; emitter++)
        if (strcmp(emitter->name, name) == 0)
            return emitter;
    return NULL;
}
