#include "model/observation.h"

#include <stdlib.h>

#include "base/text.h"

static const char *const end_names[WATCH_END_COUNT] = {
    [WATCH_TIME] = "time",       [WATCH_INTERRUPT] = "interrupt", [WATCH_EMPTY] = "empty",
    [WATCH_PROCESS] = "process", [WATCH_GONE] = "gone",
};

const char *watch_end_name(enum watch_end end) {
    return end_names[end];
}

bool watch_end_from_name(const char *name, enum watch_end *ret) {
    int found = text_index(end_names, WATCH_END_COUNT, name);
    if (found >= 0)
        *ret = (enum watch_end)found;
    return found >= 0;
}

void observation_free(struct observation *seen) {
    free(seen->group);
    free(seen->container);
    free(seen->unit);
    free(seen->members);
    free(seen->again);
    *seen = (struct observation){0};
}
