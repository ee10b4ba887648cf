/* What the machine, or the job that we run in, gives to us at most, and what is said of it.
 * Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>

#include "base/known.h"

/* Zeroed: nothing is known. Release with runner_limit_free(). */
struct runner_limit {
    struct known_i64 bytes;
    char *what; /* "the limit of PATH" or "this host's memory"; owned */
};

/* "this runner gives 7.00 GiB (the limit of /sys/fs/cgroup), and the target took 6.80 GiB", where that came
 * within a tenth of it or `died` of it; NULL where it did not, or one of them is not known. Caller frees. */
char *runner_limit_sentence(const struct runner_limit *limit, struct known_i64 taken_bytes, bool died);

void runner_limit_free(struct runner_limit *limit);
