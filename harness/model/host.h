/* The machine a result was measured on.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>

#include "base/known.h"

struct host {
    char kernel[128]; /* uname -r */
    char cgroup[3];   /* "v1" or "v2" */
    struct known_i64 memory_bytes;
    struct known_i64 available_bytes; /* at the start */
    struct known_i64 swap_bytes;
    int cpus; /* that we may run on */
    bool psi;
    int64_t page_bytes;
};
