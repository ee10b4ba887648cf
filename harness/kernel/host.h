/* Facts about the machine.
 * Layer: kernel/. Includes base/, model/. */
#pragma once

#include <sys/types.h>

#include "model/host.h"

/* Fills what can be read; the rest stays unknown. `cgroup` is left empty: detection is the cgroup module's.
 */
void host_read(struct host *ret);

/* MemAvailable of /proc/meminfo, in bytes. */
struct known_i64 host_available_bytes(void);

/* oom_kill of /proc/vmstat: processes killed by the OOM killer on the whole host, cgroup limits included.
 * Unknown before Linux 4.13. Costs some 30 us: before and after a run, never while it runs. */
struct known_i64 host_oom_kills(void);

/* Start time of a process in clock ticks since boot; with its pid it names a process for good.
 * Unknown when there is no such process. */
struct known_i64 host_process_start(long pid);

/* How long ago a process was started, to a hundredth of a second. Unknown when there is no such process. */
struct known_i64 host_process_age_ns(long pid);

/* The process that it is a child of; 0 for the first. Unknown when there is no such process. */
struct known_i64 host_process_parent(long pid);

/* A process of this name (of its first 15 letters); 0: none is seen. */
pid_t host_find_process(const char *name);

/* True where the process is there and not on its way out. */
bool host_process_alive(long pid);

/* True where we see all processes of the machine under the numbers that the kernel itself gives them. */
bool host_is_first_pid_namespace(void);

/* True where a kernel file can be opened for reading. */
bool host_can_read(const char *path);
