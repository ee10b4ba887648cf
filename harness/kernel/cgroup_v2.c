/* cgroup v2: memory.max and its kin. Source: Documentation/admin-guide/cgroup-v2.rst. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "kernel/cgroup.h"
#include "kernel/parse.h"

#define STAT_SIZE 8192

/* memory.stat's kernel key is as young as 5.18; its parts are older. */
struct stat_reading {
    struct snapshot snapshot;
    struct known_i64 kernel_stack;
    struct known_i64 pagetables;
    struct known_i64 percpu;
    struct known_i64 vmalloc;
    struct known_i64 slab;
};

static const struct flat_key stat_keys[] = {
    {"anon", offsetof(struct stat_reading, snapshot.anon)},
    {"file", offsetof(struct stat_reading, snapshot.file)},
    {"kernel", offsetof(struct stat_reading, snapshot.kernel)},
    {"kernel_stack", offsetof(struct stat_reading, kernel_stack)},
    {"pagetables", offsetof(struct stat_reading, pagetables)},
    {"percpu", offsetof(struct stat_reading, percpu)},
    {"sock", offsetof(struct stat_reading, snapshot.sock)},
    {"vmalloc", offsetof(struct stat_reading, vmalloc)},
    {"shmem", offsetof(struct stat_reading, snapshot.shmem)},
    {"inactive_file", offsetof(struct stat_reading, snapshot.inactive_file)},
    {"active_file", offsetof(struct stat_reading, snapshot.active_file)},
    {"unevictable", offsetof(struct stat_reading, snapshot.unevictable)},
    {"slab_reclaimable", offsetof(struct stat_reading, snapshot.slab_reclaimable)},
    {"slab_unreclaimable", offsetof(struct stat_reading, snapshot.slab_unreclaimable)},
    {"slab", offsetof(struct stat_reading, slab)},
    {"workingset_refault_file", offsetof(struct stat_reading, snapshot.refault_file)},
};

/* Writes a value and reads it back. */
static int write_value(const struct cgroup *group, const char *name, int64_t value, struct error *error) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    int code = file_write_text_at(group->dirfd, name, text);
    if (code < 0)
        return error_system(error, code, "cannot set %s/%s to %s", group->path, name, text);
    char back[32] = "";
    (void)file_read_text_at(group->dirfd, name, back, sizeof back);
    struct known_i64 now = parse_number(back);
    if (!now.known || now.value != value)
        return error_plain(error, -EIO, "%s/%s reads %.*s after %s was written", group->path, name,
                           (int)strcspn(back, "\n"), back, text);
    return 0;
}

static bool has(const struct cgroup *group, const char *name) {
    return faccessat(group->dirfd, name, F_OK, 0) == 0;
}

static int set_limits(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error) {
    int code = 0;
    /* Swap before memory, so that a limit never works with swap open for a moment. */
    if (has(group, "memory.swap.max"))
        code = write_value(group, "memory.swap.max", limits->swap_bytes, error);
    if (code == 0 && limits->oom_group && has(group, "memory.oom.group"))
        code = write_value(group, "memory.oom.group", 1, error);
    if (code == 0 && limits->memory_bytes.known)
        code = write_value(group, "memory.max", limits->memory_bytes.value, error);
    return code;
}

/* Up or down: swap has a limit of its own here. */
static int move_limit(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error) {
    return write_value(group, "memory.max", limits->memory_bytes.value, error);
}

static void open_sensors(struct cgroup *group) {
    group->sensors[SENSOR_USAGE] = openat(group->dirfd, "memory.current", O_RDONLY | O_CLOEXEC);
    group->sensors[SENSOR_STAT] = openat(group->dirfd, "memory.stat", O_RDONLY | O_CLOEXEC);
    group->sensors[SENSOR_SWAP] = openat(group->dirfd, "memory.swap.current", O_RDONLY | O_CLOEXEC);
    group->sensors[SENSOR_EVENTS] = openat(group->dirfd, "memory.events", O_RDONLY | O_CLOEXEC);
    /* From 6.12 on a non-empty write starts a peak of this descriptor's own; before, it fails. */
    if (!group->peak_kept)
        group->sensors[SENSOR_PEAK] = openat(group->dirfd, "memory.peak", O_RDWR | O_CLOEXEC);
    group->peak_resets =
        group->sensors[SENSOR_PEAK] >= 0 && pwrite(group->sensors[SENSOR_PEAK], "r", 1, 0) == 1;
    if (group->sensors[SENSOR_PEAK] < 0)
        group->sensors[SENSOR_PEAK] = openat(group->dirfd, "memory.peak", O_RDONLY | O_CLOEXEC);
}

static struct known_i64 read_sensor(const struct cgroup *group, enum sensor sensor) {
    char text[64];
    if (group->sensors[sensor] < 0 || file_pread_text(group->sensors[sensor], text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_number(text);
}

static struct known_i64 sum_kernel(const struct stat_reading *stat) {
    if (!stat->kernel_stack.known || !stat->slab.known)
        return UNKNOWN_I64;
    return known_i64(stat->kernel_stack.value + stat->slab.value + known_or(stat->pagetables, 0) +
                     known_or(stat->percpu, 0) + known_or(stat->vmalloc, 0));
}

static void read_sample(const struct cgroup *group, struct snapshot *ret) {
    struct stat_reading now = {.snapshot.time_ns = ret->time_ns};
    char text[STAT_SIZE];
    struct known_i64 peak = read_sensor(group, SENSOR_PEAK);
    if (!group->peak_resets)
        now.snapshot.total_peak = peak;
    else if (pwrite(group->sensors[SENSOR_PEAK], "r", 1, 0) == 1)
        now.snapshot.window_peak = peak;
    now.snapshot.usage = read_sensor(group, SENSOR_USAGE);
    now.snapshot.swap = read_sensor(group, SENSOR_SWAP);
    if (group->sensors[SENSOR_STAT] >= 0 &&
        file_pread_text(group->sensors[SENSOR_STAT], text, sizeof text) > 0)
        parse_flat_keyed(text, stat_keys, sizeof stat_keys / sizeof *stat_keys, &now);
    if (!now.snapshot.kernel.known)
        now.snapshot.kernel = sum_kernel(&now);
    *ret = now.snapshot;
}

static struct known_i64 read_oom_kills(const struct cgroup *group) {
    char text[512];
    if (group->sensors[SENSOR_EVENTS] < 0 ||
        file_pread_text(group->sensors[SENSOR_EVENTS], text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_flat_value(text, "oom_kill");
}

static int open_alarm(const struct cgroup *group) {
    int alarm = openat(group->dirfd, "memory.events", O_RDONLY | O_CLOEXEC);
    if (alarm >= 0)
        group->ops->clear_alarm(alarm);
    return alarm;
}

/* A change is reported until the file is read anew. */
static void clear_alarm(int alarm) {
    char text[512];
    (void)file_pread_text(alarm, text, sizeof text);
}

static struct known_i64 read_peak(int dirfd) {
    char text[64];
    if (file_read_text_at(dirfd, "memory.peak", text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_number(text);
}

/* systemd-oomd counts its kills in an attribute of the group that it chose (oomd_cgroup_kill() in
 * src/oom/oomd-util.c of systemd). */
static struct known_i64 read_oomd_kills(int dirfd) {
    char text[32];
    ssize_t length = fgetxattr(dirfd, "user.oomd_kill", text, sizeof text - 1);
    if (length < 0)
        return errno == ENODATA ? known_i64(0) : UNKNOWN_I64;
    text[length] = '\0';
    return parse_number(text);
}

static void read_events(int dirfd, bool deep, struct group_events *ret) {
    (void)deep; /* memory.events adds up by itself */
    char whole[512] = "";
    char local[512] = "";
    (void)file_read_text_at(dirfd, "memory.events", whole, sizeof whole);
    /* memory.events.local is as young as 5.2: before it, a nested group's OOM looks like ours. */
    if (file_read_text_at(dirfd, "memory.events.local", local, sizeof local) < 0)
        memcpy(local, whole, sizeof local);
    *ret = (struct group_events){
        .limit_hits = parse_flat_value(local, "max"),
        .ooms = parse_flat_value(local, "oom"),
        .oom_kills = parse_flat_value(whole, "oom_kill"),
        .nested_hits = known_delta(parse_flat_value(local, "oom"), parse_flat_value(whole, "oom")),
        .oomd_kills = read_oomd_kills(dirfd),
        .peak_bytes = read_peak(dirfd),
    };
}

static void read_usage(int dirfd, struct snapshot *ret) {
    struct stat_reading now = {0};
    char text[STAT_SIZE];
    if (file_read_text_at(dirfd, "memory.current", text, sizeof text) > 0)
        now.snapshot.usage = parse_number(text);
    if (file_read_text_at(dirfd, "memory.stat", text, sizeof text) > 0)
        parse_flat_keyed(text, stat_keys, sizeof stat_keys / sizeof *stat_keys, &now);
    if (!now.snapshot.kernel.known)
        now.snapshot.kernel = sum_kernel(&now);
    *ret = now.snapshot;
}

static struct known_i64 read_limit(int dirfd) {
    char text[64];
    if (file_read_text_at(dirfd, "memory.max", text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_number(text); /* "max" is no number: unknown, which is what no limit is */
}

static struct known_i64 read_stall_us(int dirfd) {
    char text[512];
    if (file_read_text_at(dirfd, "memory.pressure", text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_psi_total_us(text, "full");
}

static int open_stall(int dirfd) {
    return openat(dirfd, "memory.pressure", O_RDONLY | O_CLOEXEC);
}

static int drop_cache(int dirfd) {
    char text[64];
    ssize_t length = file_read_text_at(dirfd, "memory.current", text, sizeof text);
    if (length < 0)
        return (int)length;
    text[strcspn(text, "\n")] = '\0';
    int code = file_write_text_at(dirfd, "memory.reclaim", text);
    return code == -EAGAIN ? 0 : code; /* EAGAIN: not all of it could be reclaimed */
}

static int kill_all(int dirfd) {
    return file_write_text_at(dirfd, "cgroup.kill", "1");
}

static int enable_children(int dirfd) {
    char text[512];
    ssize_t length = file_read_text_at(dirfd, "cgroup.subtree_control", text, sizeof text);
    if (length < 0)
        return (int)length;
    for (char *save = NULL, *word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
        if (strcmp(word, "memory") == 0)
            return 0;
    int code = file_write_text_at(dirfd, "cgroup.subtree_control", "+memory");
    return code < 0 ? code : 1;
}

static int disable_children(int dirfd) {
    return file_write_text_at(dirfd, "cgroup.subtree_control", "-memory");
}

static bool is_true_root(int dirfd) {
    return faccessat(dirfd, "cgroup.type", F_OK, 0) < 0;
}

const struct cgroup_ops cgroup_v2_ops = {
    .version = "v2",
    .names = {.limit_hits = "memory.events.local max",
              .ooms = "memory.events.local oom",
              .oom_kills = "memory.events oom_kill"},
    .hierarchy = "",
    .procs_name = "cgroup.procs",
    .tasks_name = "cgroup.threads",
    .swap_name = "memory.swap.max",
    .clone_into = true,
    .set_limits = set_limits,
    .raise_limit = move_limit,
    .lower_limit = move_limit,
    .open_sensors = open_sensors,
    .read_sample = read_sample,
    .read_oom_kills = read_oom_kills,
    .open_alarm = open_alarm,
    .clear_alarm = clear_alarm,
    .alarm_event = POLLPRI,
    .read_events = read_events,
    .read_limit = read_limit,
    .read_usage = read_usage,
    .read_stall_us = read_stall_us,
    .open_stall = open_stall,
    .drop_cache = drop_cache,
    .drop_cache_name = "memory.reclaim",
    .kill_all = kill_all,
    .enable_children = enable_children,
    .disable_children = disable_children,
    .is_true_root = is_true_root,
};
