#include "kernel/host.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/units.h"
#include "kernel/parse.h"

#define PF_EXITING 0x4 /* include/linux/sched.h */

/* PROC_PID_INIT_INO of include/linux/proc_ns.h: the pid namespace that all others lie in. */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU

struct known_i64 host_available_bytes(void) {
    char text[4096];
    if (file_read_text_at(AT_FDCWD, "/proc/meminfo", text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_meminfo(text, "MemAvailable");
}

void host_read(struct host *ret) {
    struct host host = {0};
    struct utsname name;
    if (uname(&name) == 0) {
        snprintf(host.kernel, sizeof host.kernel, "%s", name.release);
        snprintf(host.architecture, sizeof host.architecture, "%s", name.machine);
        snprintf(host.name, sizeof host.name, "%s", name.nodename);
    }
    char text[4096];
    if (file_read_text_at(AT_FDCWD, "/proc/meminfo", text, sizeof text) > 0) {
        host.memory_bytes = parse_meminfo(text, "MemTotal");
        host.available_bytes = parse_meminfo(text, "MemAvailable");
        host.swap_bytes = parse_meminfo(text, "SwapTotal");
    }
    cpu_set_t set;
    host.cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    host.psi = host_can_read("/proc/pressure/memory");
    host.page_bytes = sysconf(_SC_PAGESIZE);
    *ret = host;
}

struct known_i64 host_oom_kills(void) {
    char text[16384];
    if (file_read_text_at(AT_FDCWD, "/proc/vmstat", text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_flat_value(text, "oom_kill");
}

/* What `parse` finds in /proc/PID/stat; unknown when there is no such process. */
static struct known_i64 read_stat(long pid, struct known_i64 (*parse)(const char *text)) {
    char path[64];
    char text[2048];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return UNKNOWN_I64;
    return parse(text);
}

struct known_i64 host_process_start(long pid) {
    return read_stat(pid, parse_stat_start_time);
}

struct known_i64 host_process_age_ns(long pid) {
    struct known_i64 start = host_process_start(pid);
    struct timespec now; /* of the clock that the start is told by */
    long ticks_per_s = sysconf(_SC_CLK_TCK);
    if (!start.known || ticks_per_s <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
        return UNKNOWN_I64;
    int64_t start_ns = start.value * (NS_PER_S / ticks_per_s);
    int64_t age_ns = (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec - start_ns;
    return known_i64(age_ns > 0 ? age_ns : 0);
}

struct known_i64 host_process_parent(long pid) {
    return read_stat(pid, parse_stat_parent);
}

static bool is_called(int proc, const char *pid, const char *name) {
    char path[300];
    char text[64];
    snprintf(path, sizeof path, "%s/comm", pid);
    if (file_read_text_at(proc, path, text, sizeof text) <= 0)
        return false;
    text[strcspn(text, "\n")] = '\0';
    return strncmp(text, name, 15) == 0;
}

pid_t host_find_process(const char *name) {
    DIR *proc = opendir("/proc");
    pid_t found = 0;
    if (!proc)
        return 0;
    for (struct dirent *entry = readdir(proc); entry && !found; entry = readdir(proc))
        if (isdigit((unsigned char)entry->d_name[0]) && is_called(dirfd(proc), entry->d_name, name))
            found = (pid_t)strtol(entry->d_name, NULL, 10);
    (void)closedir(proc);
    return found;
}

bool host_process_alive(long pid) {
    struct known_i64 flags = read_stat(pid, parse_stat_flags);
    return flags.known && !(flags.value & PF_EXITING);
}

bool host_is_first_pid_namespace(void) {
    struct stat status;
    return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == FIRST_PID_NAMESPACE;
}

bool host_can_read(const char *path) {
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}
