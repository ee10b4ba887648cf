/* The first and only line on stdout: what the program is about to do, as one JSON object.
 * Layer: workloads/. */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct truth {
    int64_t peak_bytes;  /* everything that is charged to the cgroup at the peak and cannot be reclaimed */
    int64_t duration_ns; /* planned: holds and schedules, without the time it takes to touch the pages */
    struct strbuf more;  /* the further members of this shape */
};

/* Add a member. Keys end in their unit: _bytes, _s; a plain noun is a count. */
void truth_add(struct truth *truth, const char *key, int64_t value);
void truth_add_seconds(struct truth *truth, const char *key, int64_t ns);

/* Writes the line to stdout in one piece, past any buffer. Returns 0 or a negative errno. */
int truth_print(const struct truth *truth, const char *shape, struct error *error);
