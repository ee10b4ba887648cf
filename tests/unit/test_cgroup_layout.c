/* kernel/cgroup_layout: where the memory controller is, from the texts of real machines. */
#include "kernel/cgroup.h"
#include "unit.h"

struct row {
    const char *what;
    const char *proc_cgroup;
    const char *mountinfo;
    const struct cgroup_ops *ops; /* NULL: refused with `code` */
    const char *mount_point;
    const char *own_path;
    bool hybrid;
    bool read_only;
    int code;
    const char *says;
};

/* Linux 6.18 in a virtual machine without systemd: one v1 hierarchy for each controller, v2 beside them. */
#define SINGLE_HIERARCHIES                                                                                   \
    "9:name=systemd:/\n8:pids:/\n7:blkio:/\n6:freezer:/\n5:devices:/\n"                                      \
    "4:memory:/api/7462672a6d700d81d7015a0ff7287063\n3:cpuset:/\n2:cpuacct:/\n1:cpu:/\n0::/\n"
#define SINGLE_HIERARCHIES_MOUNTS                                                                            \
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"                                    \
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"                                   \
    "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"                           \
    "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"                             \
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"                             \
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"                      \
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"

/* A systemd machine on v2, in a login session. */
#define SYSTEMD_V2 "0::/user.slice/user-1000.slice/session-2.scope\n"
#define SYSTEMD_V2_MOUNTS                                                                                    \
    "22 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw\n"                          \
    "26 23 0:23 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 "                \
    "rw,nsdelegate,memory_recursiveprot\n"

/* Inside Docker on v2: a namespace of its own, mounted read-only. */
#define DOCKER_V2_MOUNTS                                                                                     \
    "1371 1368 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup "                      \
    "rw,nsdelegate,memory_recursiveprot\n"

/* Inside Docker 20.10 on v1: the host's paths, and a mount whose root is our own group. */
#define DOCKER_ID "4c01db0b339c8a5b5f3a3b6f5f0a9f7d6f1f1b0c2a8e9d7c6b5a493827160f5e"
#define DOCKER_V1                                                                                            \
    "12:memory:/docker/" DOCKER_ID "\n11:cpu,cpuacct:/docker/" DOCKER_ID                                     \
    "\n1:name=systemd:/docker/" DOCKER_ID "\n0::/system.slice/containerd.service\n"
#define DOCKER_V1_MOUNTS                                                                                     \
    "1181 1180 0:120 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755\n"           \
    "1182 1181 0:28 /docker/" DOCKER_ID                                                                      \
    " /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime master:11 - cgroup cgroup rw,name=systemd\n"    \
    "1185 1181 0:33 /docker/" DOCKER_ID                                                                      \
    " /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:18 - cgroup cgroup rw,memory\n"

static const struct row rows[] = {
    {.what = "hybrid: memory on v1, a v2 tree beside it",
     .proc_cgroup = SINGLE_HIERARCHIES,
     .mountinfo = SINGLE_HIERARCHIES_MOUNTS,
     .ops = &cgroup_v1_ops,
     .mount_point = "/sys/fs/cgroup/memory",
     .own_path = "/sys/fs/cgroup/memory/api/7462672a6d700d81d7015a0ff7287063",
     .hybrid = true},
    {.what = "v2 session scope",
     .proc_cgroup = SYSTEMD_V2,
     .mountinfo = SYSTEMD_V2_MOUNTS,
     .ops = &cgroup_v2_ops,
     .mount_point = "/sys/fs/cgroup",
     .own_path = "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope"},
    {.what = "v2 at the root",
     .proc_cgroup = "0::/\n",
     .mountinfo = SYSTEMD_V2_MOUNTS,
     .ops = &cgroup_v2_ops,
     .mount_point = "/sys/fs/cgroup",
     .own_path = "/sys/fs/cgroup"},
    {.what = "Docker on v2, private namespace",
     .proc_cgroup = "0::/\n",
     .mountinfo = DOCKER_V2_MOUNTS,
     .ops = &cgroup_v2_ops,
     .mount_point = "/sys/fs/cgroup",
     .own_path = "/sys/fs/cgroup",
     .read_only = true},
    {.what = "Docker on v1: the mount's root is our group",
     .proc_cgroup = DOCKER_V1,
     .mountinfo = DOCKER_V1_MOUNTS,
     .ops = &cgroup_v1_ops,
     .mount_point = "/sys/fs/cgroup/memory",
     .own_path = "/sys/fs/cgroup/memory",
     .read_only = true},
    {.what = "Docker on v1, in a group of our own below",
     .proc_cgroup = "12:memory:/docker/" DOCKER_ID "/ours\n",
     .mountinfo = DOCKER_V1_MOUNTS,
     .ops = &cgroup_v1_ops,
     .mount_point = "/sys/fs/cgroup/memory",
     .own_path = "/sys/fs/cgroup/memory/ours",
     .read_only = true},
    {.what = "a neighbour whose name only begins like the mount's root",
     .proc_cgroup = "12:memory:/docker/abcd\n",
     .mountinfo = "1185 1181 0:33 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
     .ops = &cgroup_v1_ops,
     .mount_point = "/sys/fs/cgroup/memory",
     .own_path = "/sys/fs/cgroup/memory"},
    {.what = "a private v1 namespace: the path is relative to it, the mount was made for us",
     .proc_cgroup = "12:memory:/\n0::/\n",
     .mountinfo = "1185 1181 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
     .ops = &cgroup_v1_ops,
     .mount_point = "/sys/fs/cgroup/memory",
     .own_path = "/sys/fs/cgroup/memory"},
    {.what = "v1 with memory beside other controllers",
     .proc_cgroup = "3:cpu,memory:/x\n",
     .mountinfo = "33 31 0:30 / /cg rw shared:7 - cgroup cgroup rw,cpu,memory\n",
     .ops = &cgroup_v1_ops,
     .mount_point = "/cg",
     .own_path = "/cg/x"},
    {.what = "systemd hybrid: v2 mounted for systemd, memory on v1",
     .proc_cgroup = "5:memory:/user.slice\n1:name=systemd:/user.slice\n0::/user.slice\n",
     .mountinfo = "30 29 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
                  "33 29 0:30 / /sys/fs/cgroup/memory rw shared:13 - cgroup cgroup rw,memory\n",
     .ops = &cgroup_v1_ops,
     .mount_point = "/sys/fs/cgroup/memory",
     .own_path = "/sys/fs/cgroup/memory/user.slice",
     .hybrid = true},
    {.what = "v1 memory mounted but disabled at boot, so that it is not in /proc/self/cgroup",
     .proc_cgroup = "0::/a\n",
     .mountinfo = "33 31 0:30 / /m rw - cgroup cgroup rw,memory\n31 23 0:28 / /u rw - cgroup2 cgroup2 rw\n",
     .ops = &cgroup_v2_ops,
     .mount_point = "/u",
     .own_path = "/u/a"},
    /* refused */
    {.what = "no memory controller on v1",
     .proc_cgroup = "2:cpu:/\n1:name=systemd:/\n",
     .mountinfo = "33 31 0:30 / /cpu rw - cgroup cgroup rw,cpu\n",
     .code = -ENOENT,
     .says = "no memory controller"},
    {.what = "nothing mounted",
     .proc_cgroup = "4:memory:/\n0::/\n",
     .mountinfo = "",
     .code = -ENOENT,
     .says = "no memory controller"},
    {.what = "empty texts",
     .proc_cgroup = "",
     .mountinfo = "",
     .code = -ENOENT,
     .says = "no memory controller"},
    /* v2's tree has no memory files while v1 holds the controller. */
    {.what = "memory bound to v1, of which only the v2 tree is mounted",
     .proc_cgroup = "4:memory:/x\n0::/x\n",
     .mountinfo = SYSTEMD_V2_MOUNTS,
     .code = -ENOENT,
     .says = "no memory controller"},
    {.what = "v2, outside of our namespace",
     .proc_cgroup = "0::/../..\n",
     .mountinfo = DOCKER_V2_MOUNTS,
     .code = -ENOENT,
     .says = "/../.."},
    {.what = "v1, outside of our namespace",
     .proc_cgroup = "4:memory:/../other\n",
     .mountinfo = SINGLE_HIERARCHIES_MOUNTS,
     .code = -ENOENT,
     .says = "/../other"},
};

static void check(const struct row *row, const struct cgroup_layout *layout) {
    ROW(layout->ops == row->ops, "%s: %s", row->what, layout->ops->version);
    ROW_TEXT(layout->mount_point, row->mount_point, row->what);
    ROW_TEXT(layout->own_path, row->own_path, row->what);
    ROW(layout->hybrid == row->hybrid && layout->read_only == row->read_only, "%s: hybrid %d, read-only %d",
        row->what, layout->hybrid, layout->read_only);
}

TEST(layouts_of_real_machines) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct cgroup_layout layout = {0};
        struct error error = {0};
        int code = cgroup_layout_parse(row->proc_cgroup, row->mountinfo, &layout, &error);
        ROW(code == row->code, "%s: gave %d, expected %d, %s", row->what, code, row->code, error.what);
        if (code == 0 && row->ops)
            check(row, &layout);
        if (code < 0)
            ROW(row->says && strstr(error.what, row->says) && error_remedy(&error).s[0] && !layout.own_path,
                "%s: \"%s\", to do \"%s\"", row->what, error.what, error_remedy(&error).s);
        cgroup_layout_free(&layout);
    }
}

UNIT_MAIN("cgroup_layout", layouts_of_real_machines)
