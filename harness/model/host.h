/* The machine a result was measured on.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "base/known.h"

struct host {
    char name[65];    /* as it calls itself in its network; "": not known, as in a result that was read */
    char kernel[128]; /* uname -r */
    char architecture[65]; /* uname -m; "": not told, by results of before */
    char cgroup[5];        /* "v1", "v2", or "none" where processes were measured without one */
    struct known_i64 memory_bytes;
    struct known_i64 available_bytes; /* at the start */
    struct known_i64 swap_bytes;
    int cpus; /* that we may run on */
    bool psi; /* /proc/pressure/memory can be read: the kernel refuses to open it where it was told psi=0 */
    int64_t page_bytes;
};

/* Was it measured by cgroup v1? Where the group itself is at hand, its ops tell. */
static inline bool host_is_v1(const struct host *host) {
    return strcmp(host->cgroup, "v1") == 0;
}
