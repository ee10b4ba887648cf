#include "model/runner.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/units.h"

/* So near to its end a runner is said to be near it. */
#define NEAR_PARTS 10

char *runner_limit_sentence(const struct runner_limit *limit, struct known_i64 taken_bytes, bool died) {
    if (!limit->bytes.known || !taken_bytes.known)
        return NULL;
    if (!died && taken_bytes.value < limit->bytes.value - limit->bytes.value / NEAR_PARTS)
        return NULL;
    return text_format("this runner gives %s (%s), and the target took %s", bytes_text(limit->bytes.value).s,
                       limit->what, bytes_text(taken_bytes.value).s);
}

void runner_limit_free(struct runner_limit *limit) {
    free(limit->what);
    *limit = (struct runner_limit){0};
}
