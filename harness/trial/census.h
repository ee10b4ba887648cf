/* Looks at the processes of a group. Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include "kernel/cgroup.h"
#include "model/census.h"

/* What /proc/PID/status says of a process: name, memory, threads. Pure. False where a line that is needed is
 * not there: a kernel thread, or a process that has just ended. */
bool census_parse_status(const char *text, struct census_process *ret);

/* Weighs the processes of a group, the first few hundred of them; some 20 us each. */
void census_take(const struct cgroup *group, int64_t time_ns, struct census_look *ret);
