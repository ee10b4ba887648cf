#include "trial/census.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "kernel/host.h"
#include "kernel/process_memory.h"

/* More are not looked at: a look is to cost no more than a few milliseconds. */
#define PROCESSES_MAX 256

#define STATUS_BYTES 8192

bool census_parse_status(const char *text, struct census_process *ret) {
    struct process_summary summary;
    if (!process_summary_of_status(text, &summary))
        return false;
    ret->bytes = summary.bytes;
    ret->tasks = summary.tasks;
    snprintf(ret->name, sizeof ret->name, "%.*s", (int)sizeof ret->name - 1, summary.name);
    return true;
}

void census_take(const struct cgroup *group, int64_t time_ns, struct census_look *ret) {
    long pids[PROCESSES_MAX];
    char path[64];
    char text[STATUS_BYTES];
    *ret = (struct census_look){.time_ns = time_ns};
    int count = cgroup_last_processes(group, pids, PROCESSES_MAX);
    for (int i = 0; i < count && i < PROCESSES_MAX; i++) {
        struct census_process process = {.pid = (int)pids[i]};
        snprintf(path, sizeof path, "/proc/%ld/status", pids[i]);
        struct known_i64 start = pids[i] ? host_process_start(pids[i]) : UNKNOWN_I64;
        if (!start.known || file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0 ||
            !census_parse_status(text, &process))
            continue;
        process.start_ticks = start.value;
        census_look_add(ret, &process);
    }
}
