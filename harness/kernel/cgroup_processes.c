/* In the place of a cgroup's: what a tree of processes (process_tree.h) has instead of control files. */
#include <errno.h>

#include "kernel/cgroup.h"
#include "kernel/process_tree.h"

static int no_limit(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error) {
    (void)group;
    (void)limits;
    return error_plain(error, -ENOTSUP, "no limit can be set without a cgroup");
}

static void no_sensors(struct cgroup *group) {
    (void)group;
}

static void read_sample(const struct cgroup *group, struct snapshot *ret) {
    process_tree_read(group->tree, ret);
}

static struct known_i64 no_kills_counted(const struct cgroup *group) {
    (void)group;
    return UNKNOWN_I64;
}

static int no_alarm(const struct cgroup *group) {
    (void)group;
    return -1;
}

static void no_events(int dirfd, bool deep, struct group_events *ret) {
    (void)dirfd;
    (void)deep;
    *ret = (struct group_events){0};
}

static struct known_i64 unknown(int dirfd) {
    (void)dirfd;
    return UNKNOWN_I64;
}

static void no_usage(int dirfd, struct snapshot *ret) {
    (void)dirfd;
    *ret = (struct snapshot){0};
}

static int not_here(int dirfd) {
    (void)dirfd;
    return -ENOTSUP;
}

static bool not_a_root(int dirfd) {
    (void)dirfd;
    return false;
}

static int no_stall(int dirfd) {
    (void)dirfd;
    return -1;
}

const struct cgroup_ops cgroup_processes_ops = {
    .version = "none",
    .names = {.limit_hits = "", .ooms = "", .oom_kills = "/proc/vmstat oom_kill"},
    .hierarchy = "",
    .procs_name = "",
    .tasks_name = "",
    .swap_name = "",
    .clone_into = false,
    .set_limits = no_limit,
    .raise_limit = no_limit,
    .lower_limit = no_limit,
    .open_sensors = no_sensors,
    .read_sample = read_sample,
    .read_oom_kills = no_kills_counted,
    .open_alarm = no_alarm,
    .read_events = no_events,
    .read_limit = unknown,
    .read_usage = no_usage,
    .read_stall_us = unknown,
    .open_stall = no_stall,
    .drop_cache = not_here,
    .drop_cache_name = "",
    .kill_all = not_here,
    .enable_children = not_here,
    .disable_children = not_here,
    .is_true_root = not_a_root,
};
