/* cgroup v1: memory.*_in_bytes. Source: Documentation/admin-guide/cgroup-v1/memory.rst. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/cgroup.h"
#include "kernel/parse.h"

#define STAT_SIZE 4096

/* Deeper nesting than any target makes; a bound against a hostile one. */
#define NESTING_MAX 16

static const struct flat_key stat_keys[] = {
    {"total_rss", offsetof(struct snapshot, anon)},
    {"total_cache", offsetof(struct snapshot, file)},
    {"total_shmem", offsetof(struct snapshot, shmem)},
    {"total_active_file", offsetof(struct snapshot, active_file)},
    {"total_inactive_file", offsetof(struct snapshot, inactive_file)},
    {"total_unevictable", offsetof(struct snapshot, unevictable)},
    {"total_swap", offsetof(struct snapshot, swap)},
    {"total_workingset_refault_file", offsetof(struct snapshot, refault_file)},
};

static struct known_i64 read_number_at(int dirfd, const char *name) {
    char text[64];
    if (file_read_text_at(dirfd, name, text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_number(text);
}

/* Writes a limit and reads it back: the kernel rounds down to pages and must otherwise agree. */
static int write_limit(const struct cgroup *group, const char *name, int64_t bytes, struct error *error) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)bytes);
    int code = file_write_text_at(group->dirfd, name, text);
    if (code < 0)
        return error_system(error, code, "cannot set %s/%s to %s", group->path, name, text);
    struct known_i64 now = read_number_at(group->dirfd, name);
    if (!now.known || now.value != bytes)
        return error_plain(error, -EIO, "%s/%s reads %lld after %s was written", group->path, name,
                           now.known ? (long long)now.value : -1LL, text);
    return 0;
}

/* Memory and swap together. One page of swap too many, on purpose: the combined limit is charged first, and
 * where it is as tight as the memory limit it takes the blame for every OOM without counting it (measured on
 * 6.18: failcnt stays 0). */
static int write_combined(const struct cgroup *group, const struct cgroup_limits *limits,
                          struct error *error) {
    if (faccessat(group->dirfd, "memory.memsw.limit_in_bytes", F_OK, 0) < 0)
        return 0; /* no swap accounting */
    int64_t combined = limits->memory_bytes.value + limits->swap_bytes + sysconf(_SC_PAGESIZE);
    return write_limit(group, "memory.memsw.limit_in_bytes", combined, error);
}

static int set_limits(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error) {
    /* Before 5.11 a group is not hierarchical unless told: nested groups would escape the limit. */
    struct known_i64 hierarchical = read_number_at(group->dirfd, "memory.use_hierarchy");
    if (hierarchical.known && hierarchical.value == 0)
        (void)file_write_text_at(group->dirfd, "memory.use_hierarchy", "1");
    if (limits->swap_bytes == 0)
        (void)file_write_text_at(group->dirfd, "memory.swappiness", "0");
    if (!limits->memory_bytes.known)
        return 0;
    int code = write_limit(group, "memory.limit_in_bytes", limits->memory_bytes.value, error);
    if (code < 0)
        return code;
    /* The combined limit must never be below the other, so it is lowered last and raised first. */
    return write_combined(group, limits, error);
}

static int raise_limit(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error) {
    int code = write_combined(group, limits, error);
    return code < 0 ? code : write_limit(group, "memory.limit_in_bytes", limits->memory_bytes.value, error);
}

static int lower_limit(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error) {
    struct known_i64 before = read_number_at(group->dirfd, "memory.limit_in_bytes");
    int code = write_limit(group, "memory.limit_in_bytes", limits->memory_bytes.value, error);
    if (code < 0)
        return code;
    code = write_combined(group, limits, error);
    struct error ignored;
    /* More was swapped out for it than may be. */
    if (code < 0 && before.known)
        (void)write_limit(group, "memory.limit_in_bytes", before.value, &ignored);
    return code;
}

static void open_sensors(struct cgroup *group) {
    group->sensors[SENSOR_USAGE] = openat(group->dirfd, "memory.usage_in_bytes", O_RDONLY | O_CLOEXEC);
    group->sensors[SENSOR_STAT] = openat(group->dirfd, "memory.stat", O_RDONLY | O_CLOEXEC);
    group->sensors[SENSOR_PEAK] =
        openat(group->dirfd, "memory.max_usage_in_bytes", (group->peak_kept ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    group->sensors[SENSOR_KERNEL] = openat(group->dirfd, "memory.kmem.usage_in_bytes", O_RDONLY | O_CLOEXEC);
    group->sensors[SENSOR_EVENTS] = openat(group->dirfd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
    group->peak_resets = group->sensors[SENSOR_PEAK] >= 0 && !group->peak_kept;
}

static struct known_i64 read_sensor(const struct cgroup *group, enum sensor sensor) {
    char text[64];
    if (group->sensors[sensor] < 0 || file_pread_text(group->sensors[sensor], text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_number(text);
}

static void read_sample(const struct cgroup *group, struct snapshot *ret) {
    struct snapshot now = {.time_ns = ret->time_ns};
    char text[STAT_SIZE];
    /* The peak first, so that the stat beside it is as young as can be. Any write resets it to the usage. */
    struct known_i64 peak = read_sensor(group, SENSOR_PEAK);
    if (!group->peak_resets)
        now.total_peak = peak;
    else if (peak.known && pwrite(group->sensors[SENSOR_PEAK], "0", 1, 0) > 0)
        now.window_peak = peak;
    now.usage = read_sensor(group, SENSOR_USAGE);
    now.kernel = read_sensor(group, SENSOR_KERNEL);
    if (group->sensors[SENSOR_STAT] >= 0 &&
        file_pread_text(group->sensors[SENSOR_STAT], text, sizeof text) > 0)
        parse_flat_keyed(text, stat_keys, sizeof stat_keys / sizeof *stat_keys, &now);
    *ret = now;
}

static struct known_i64 read_oom_kills(const struct cgroup *group) {
    char text[128];
    if (group->sensors[SENSOR_EVENTS] < 0 ||
        file_pread_text(group->sensors[SENSOR_EVENTS], text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_flat_value(text, "oom_kill");
}

/* Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control". */
static int open_alarm(const struct cgroup *group) {
    CLEANUP_CLOSE int alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CLEANUP_CLOSE int control = openat(group->dirfd, "cgroup.event_control", O_WRONLY | O_CLOEXEC);
    if (alarm < 0 || control < 0 || group->sensors[SENSOR_EVENTS] < 0 ||
        dprintf(control, "%d %d", alarm, group->sensors[SENSOR_EVENTS]) < 0)
        return -1;
    return steal_fd(&alarm);
}

static void clear_alarm(int alarm) {
    eventfd_t count;
    (void)eventfd_read(alarm, &count);
}

/* Adds up, over everything below the group, what v1 counts for each group alone. */
static void add_nested(int dirfd, int depth, struct group_events *sum) {
    int list_fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = list_fd >= 0 ? fdopendir(list_fd) : NULL;
    if (!list)
        return;
    for (struct dirent *entry; (entry = readdir(list));) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        CLEANUP_CLOSE int child = openat(dirfd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char text[128];
        if (child < 0 || file_read_text_at(child, "memory.oom_control", text, sizeof text) < 0)
            continue;
        sum->oom_kills.value += known_or(parse_flat_value(text, "oom_kill"), 0);
        sum->nested_hits.value += known_or(read_number_at(child, "memory.failcnt"), 0);
        if (depth > 0)
            add_nested(child, depth - 1, sum);
    }
    closedir(list);
}

static void read_events(int dirfd, bool deep, struct group_events *ret) {
    char text[128] = "";
    (void)file_read_text_at(dirfd, "memory.oom_control", text, sizeof text);
    struct group_events events = {
        .limit_hits = read_number_at(dirfd, "memory.failcnt"),
        .oom_kills = parse_flat_value(text, "oom_kill"),
        .nested_hits = known_i64(0),
        .peak_bytes = read_number_at(dirfd, "memory.max_usage_in_bytes"),
    };
    if (deep)
        add_nested(dirfd, NESTING_MAX, &events);
    *ret = events;
}

static void read_usage(int dirfd, struct snapshot *ret) {
    struct snapshot now = {0};
    char text[STAT_SIZE];
    now.usage = read_number_at(dirfd, "memory.usage_in_bytes");
    now.kernel = read_number_at(dirfd, "memory.kmem.usage_in_bytes");
    if (file_read_text_at(dirfd, "memory.stat", text, sizeof text) > 0)
        parse_flat_keyed(text, stat_keys, sizeof stat_keys / sizeof *stat_keys, &now);
    *ret = now;
}

/* That of memory and swap together is no less, ever (mem_cgroup_resize_max()). */
static struct known_i64 read_limit(int dirfd) {
    struct known_i64 limit = read_number_at(dirfd, "memory.limit_in_bytes");
    /* "No limit" is PAGE_COUNTER_MAX pages, a little under 2^63. */
    return limit.known && limit.value > INT64_MAX / 2 ? UNKNOWN_I64 : limit;
}

static struct known_i64 read_stall_us(int dirfd) {
    (void)dirfd;
    return UNKNOWN_I64;
}

static int open_stall(int dirfd) {
    (void)dirfd;
    return -1;
}

static int drop_cache(int dirfd) {
    return file_write_text_at(dirfd, "memory.force_empty", "0");
}

static int kill_all(int dirfd) {
    (void)dirfd;
    return -ENOSYS;
}

/* v1 groups may hold processes and children at once, and every controller is always there. */
static int children_always(int dirfd) {
    (void)dirfd;
    return 0;
}

static bool is_true_root(int dirfd) {
    return faccessat(dirfd, "release_agent", F_OK, 0) == 0;
}

const struct cgroup_ops cgroup_v1_ops = {
    .version = "v1",
    .names = {.limit_hits = "memory.failcnt", .ooms = "", .oom_kills = "memory.oom_control oom_kill"},
    .hierarchy = "memory",
    .procs_name = "cgroup.procs",
    .tasks_name = "tasks",
    .swap_name = "memory.memsw.limit_in_bytes",
    .clone_into = false, /* a v1 descriptor gives EBADF */
    .set_limits = set_limits,
    .raise_limit = raise_limit,
    .lower_limit = lower_limit,
    .open_sensors = open_sensors,
    .read_sample = read_sample,
    .read_oom_kills = read_oom_kills,
    .open_alarm = open_alarm,
    .clear_alarm = clear_alarm,
    .alarm_event = POLLIN,
    .alarm_precedes_kill = true,
    .read_events = read_events,
    .read_limit = read_limit,
    .read_usage = read_usage,
    .read_stall_us = read_stall_us,
    .open_stall = open_stall,
    .drop_cache = drop_cache,
    .drop_cache_name = "memory.force_empty",
    .kill_all = kill_all,
    .enable_children = children_always,
    .disable_children = children_always,
    .is_true_root = is_true_root,
};
