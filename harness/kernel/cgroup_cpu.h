/* CPU time of a group of others, whose processes are no children of ours.
 * Layer: kernel/. Includes base/. */
#pragma once

#include "base/known.h"

/* Kept open, since the group may be removed at any time. A zeroed struct is not open. */
struct cgroup_cpu {
    bool open;
    int total_fd;
    int user_fd; /* v2: the same file as total_fd */
    bool v2;
};

struct cgroup_cpu_time {
    struct known_i64 total_us;
    struct known_i64 user_us;
};

/* The group that accounts for the CPU time of this process. Where there is none it stays closed. */
void cgroup_cpu_open(long pid, struct cgroup_cpu *ret);

/* Unknown where it is not open, or gone. */
struct cgroup_cpu_time cgroup_cpu_read(const struct cgroup_cpu *cpu);

void cgroup_cpu_close(struct cgroup_cpu *cpu);
