#include "output/emit.h"

#include <string.h>

const struct emitter emitters[] = {
    {"kubernetes", "a resources block for a container of a pod", emit_kubernetes},
    {NULL, NULL, NULL},
};

const struct emitter *emitter_find(const char *name) {
    for (const struct emitter *emitter = emitters; emitter->name; emitter++)
        if (strcmp(emitter->name, name) == 0)
            return emitter;
    return NULL;
}
