#include "kernel/cgroup_cpu.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/parse.h"

/* The folder of the group that `controller` ("" for v2) has the process in; NULL where it is not mounted. */
static char *find_group(const char *proc_cgroup, const char *mountinfo, const char *controller) {
    struct mount_info mount = {0};
    bool v2 = !*controller;
    CLEANUP_FREE char *path = parse_proc_cgroup(proc_cgroup, controller);
    char *found = NULL;
    if (path && parse_mountinfo(mountinfo, v2 ? "cgroup2" : "cgroup", v2 ? NULL : controller, &mount)) {
        size_t root = strcmp(mount.root, "/") == 0 ? 0 : strlen(mount.root);
        if (strncmp(path, mount.root, root) == 0)
            found = text_format("%s%s", mount.point, path + root);
    }
    mount_info_free(&mount);
    return found;
}

static int open_in(const char *folder, const char *name) {
    CLEANUP_FREE char *path = text_format("%s/%s", folder, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void cgroup_cpu_open(long pid, struct cgroup_cpu *ret) {
    CLEANUP_FREE char *path = text_format("/proc/%ld/cgroup", pid);
    CLEANUP_FREE char *proc_cgroup = NULL;
    CLEANUP_FREE char *mountinfo = NULL;
    struct error error;
    if (file_read_all(path, MIB, &proc_cgroup, &error) < 0 ||
        file_read_all("/proc/self/mountinfo", 64 * MIB, &mountinfo, &error) < 0)
        return;
    CLEANUP_FREE char *v1 = find_group(proc_cgroup, mountinfo, "cpuacct");
    CLEANUP_FREE char *v2 = v1 ? NULL : find_group(proc_cgroup, mountinfo, "");
    if (!v1 && !v2)
        return;
    struct cgroup_cpu cpu = {
        .open = true,
        .v2 = v2 != NULL,
        .total_fd = v1 ? open_in(v1, "cpuacct.usage") : open_in(v2, "cpu.stat"),
        .user_fd = v1 ? open_in(v1, "cpuacct.usage_user") : -1,
    };
    *ret = cpu;
}

static struct known_i64 read_ns(int fd) {
    char text[64];
    if (fd < 0 || file_pread_text(fd, text, sizeof text) < 0)
        return UNKNOWN_I64;
    struct known_i64 number = parse_number(text);
    return number.known ? known_i64(number.value / NS_PER_US) : number;
}

struct cgroup_cpu_time cgroup_cpu_read(const struct cgroup_cpu *cpu) {
    char text[1024];
    if (!cpu->open)
        return (struct cgroup_cpu_time){0};
    if (!cpu->v2)
        return (struct cgroup_cpu_time){.total_us = read_ns(cpu->total_fd), .user_us = read_ns(cpu->user_fd)};
    if (cpu->total_fd < 0 || file_pread_text(cpu->total_fd, text, sizeof text) < 0)
        return (struct cgroup_cpu_time){0};
    return (struct cgroup_cpu_time){.total_us = parse_flat_value(text, "usage_usec"),
                                    .user_us = parse_flat_value(text, "user_usec")};
}

void cgroup_cpu_close(struct cgroup_cpu *cpu) {
    if (cpu->open && cpu->total_fd >= 0)
        close(cpu->total_fd);
    if (cpu->open && cpu->user_fd >= 0)
        close(cpu->user_fd);
    *cpu = (struct cgroup_cpu){0};
}
