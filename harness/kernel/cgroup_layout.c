#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/cgroup.h"
#include "kernel/parse.h"

/* Our group's folder: the mount point plus our path below the mounted part of the hierarchy. */
static char *place_below(const struct mount_info *mount, const char *path) {
    size_t root_length = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);
    const char *below = path;
    if (root_length && strncmp(path, mount->root, root_length) == 0 &&
        (path[root_length] == '/' || path[root_length] == '\0'))
        below = path + root_length;
    else if (root_length)
        below = ""; /* a mount made for us by a container engine: its top is our group */
    return text_format("%s%s", mount->point, strcmp(below, "/") == 0 ? "" : below);
}

int cgroup_layout_parse(const char *proc_cgroup, const char *mountinfo, struct cgroup_layout *ret,
                        struct error *error) {
    struct cgroup_layout layout = {0};
    struct mount_info v2_mount = {0};
    struct mount_info v1_mount = {0};
    bool has_v2 = parse_mountinfo(mountinfo, "cgroup2", NULL, &v2_mount);
    bool has_v1 = parse_mountinfo(mountinfo, "cgroup", "memory", &v1_mount);
    char *v1_path = parse_proc_cgroup(proc_cgroup, "memory");
    char *v2_path = parse_proc_cgroup(proc_cgroup, "");
    /* Where /proc/self/cgroup names the memory controller it is bound to v1, whatever else is mounted. */
    const struct mount_info *mount = NULL;
    if (v1_path)
        mount = has_v1 ? &v1_mount : NULL;
    else if (has_v2 && v2_path)
        mount = &v2_mount;
    const char *path = mount == &v1_mount ? v1_path : v2_path;
    int code = 0;
    if (!mount) {
        code = error_plain(error, -ENOENT,
                           "no memory controller: neither cgroup v1's memory nor cgroup v2 is "
                           "mounted and listed in /proc/self/cgroup");
        error_hint(error, "mount -t cgroup2 none /sys/fs/cgroup");
    } else if (text_starts_with(path, "/..") || text_starts_with(mount->root, "/..")) {
        /* A tree mounted from outside our namespace: our place in it cannot be told, and its top is not ours.
         */
        code = error_plain(error, -ENOENT,
                           "the cgroups mounted at %s are not those of this process's namespace (%s)",
                           mount->point, text_starts_with(path, "/..") ? path : mount->root);
        error_advise(error, "start the container with --cgroupns=host, or with a /sys/fs/cgroup of its own");
    } else {
        layout.ops = mount == &v1_mount ? &cgroup_v1_ops : &cgroup_v2_ops;
        layout.mount_point = text_copy(mount->point);
        layout.own_path = place_below(mount, path);
        layout.hybrid = mount == &v1_mount && has_v2;
        layout.read_only = mount->read_only;
        *ret = layout;
    }
    free(v1_path);
    free(v2_path);
    mount_info_free(&v1_mount);
    mount_info_free(&v2_mount);
    return code;
}

int cgroup_layout_of(long pid, struct cgroup_layout *ret, struct error *error) {
    CLEANUP_FREE char *path = text_format("/proc/%ld/cgroup", pid);
    CLEANUP_FREE char *proc_cgroup = NULL;
    CLEANUP_FREE char *mountinfo = NULL;
    if (access(path, F_OK) < 0)
        return error_plain(error, -ESRCH, "%ld: no such process", pid);
    int code = file_read_all(path, MIB, &proc_cgroup, error);
    if (code == 0)
        code = file_read_all("/proc/self/mountinfo", 64 * MIB, &mountinfo, error);
    return code < 0 ? code : cgroup_layout_parse(proc_cgroup, mountinfo, ret, error);
}

void cgroup_layout_free(struct cgroup_layout *layout) {
    free(layout->mount_point);
    free(layout->own_path);
    *layout = (struct cgroup_layout){0};
}
