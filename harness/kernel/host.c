#include "kernel/host.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/parse.h"

#define PF_EXITING 0x4 /* include/linux/sched.h */

struct known_i64 host_available_bytes(void) {
    char text[4096];
    if (file_read_text_at(AT_FDCWD, "/proc/meminfo", text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_meminfo(text, "MemAvailable");
}

void host_read(struct host *ret) {
    struct host host = {0};
    struct utsname name;
    if (uname(&name) == 0)
        snprintf(host.kernel, sizeof host.kernel, "%s", name.release);
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

struct known_i64 host_process_start(long pid) {
    char path[64];
    char text[2048];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_stat_start_time(text);
}

bool host_process_alive(long pid) {
    char path[64];
    char text[2048];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return false;
    struct known_i64 flags = parse_stat_flags(text);
    return flags.known && !(flags.value & PF_EXITING);
}

bool host_can_read(const char *path) {
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}
