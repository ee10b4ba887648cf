/* Making, emptying and removing one group. */
#include "kernel/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/parse.h"
#include "kernel/process_tree.h"

/* Deeper nesting than any target makes; a bound against a hostile one. */
#define DEPTH_MAX 64

static void sleep_ns(int64_t ns) {
    struct timespec pause = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    nanosleep(&pause, NULL);
}

static int open_group(const struct cgroup_ops *ops, const char *path, struct cgroup *ret) {
    struct cgroup group = {.ops = ops, .path = text_copy(path)};
    for (int sensor = 0; sensor < SENSOR_COUNT; sensor++)
        group.sensors[sensor] = -1;
    group.dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group.dirfd < 0) {
        int code = -errno;
        free(group.path);
        return code;
    }
    *ret = group;
    return 0;
}

static int create_tree(const struct cgroup_site *site, const char *name, struct cgroup *ret,
                       struct error *error) {
    struct cgroup group = {.ops = site->ops, .dirfd = -1};
    for (int sensor = 0; sensor < SENSOR_COUNT; sensor++)
        group.sensors[sensor] = -1;
    int code = process_tree_open(site->table, name, &group.tree, error);
    if (code < 0)
        return code;
    group.path = text_copy(name);
    *ret = group;
    return 0;
}

int cgroup_create(const struct cgroup_site *site, const char *path, const struct cgroup_limits *limits,
                  struct cgroup *ret, struct error *error) {
    if (site->table)
        return create_tree(site, path, ret, error);
    if (mkdir(path, 0755) < 0)
        return error_system(error, -errno, "cannot create the cgroup %s", path);
    struct cgroup group;
    int code = open_group(site->ops, path, &group);
    if (code < 0) {
        error_system(error, code, "cannot open the cgroup %s", path);
        rmdir(path);
        return code;
    }
    /* As long as we live: it tells `clean` so. */
    (void)flock(group.dirfd, LOCK_SH);
    code = site->ops->set_limits(&group, limits, error);
    if (code == 0) {
        errno = 0;
        site->ops->open_sensors(&group);
        if (errno == EMFILE || errno == ENFILE)
            code = error_system(error, -errno, "cannot open the files of %s", path);
        else if (!site->ops->read_oom_kills(&group).known)
            code = error_plain(error, -ENOTSUP, "this kernel does not count OOM kills (%s is missing in %s)",
                               site->ops->names.oom_kills, path);
    }
    if (code < 0) {
        cgroup_free(&group);
        rmdir(path);
        return code;
    }
    *ret = group;
    return 0;
}

int cgroup_attach(const struct cgroup_ops *ops, const char *path, bool resets, struct cgroup *ret,
                  struct error *error) {
    struct cgroup group;
    int code = open_group(ops, path, &group);
    if (code < 0)
        return error_system(error, code, "cannot open the cgroup %s", path);
    group.peak_kept = !resets;
    ops->open_sensors(&group);
    if (!ops->read_oom_kills(&group).known) {
        error_plain(error, -ENOTSUP, "%s: no memory cgroup, or its kernel does not count OOM kills", path);
        cgroup_free(&group);
        return -ENOTSUP;
    }
    *ret = group;
    return 0;
}

/* Calls `visit` for every group below `dirfd`, deepest first, with its parent's descriptor and its name. */
static int for_each_child(int dirfd, int depth, int (*visit)(int dirfd, const char *name, void *context),
                          void *context) {
    int list_fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = list_fd >= 0 ? fdopendir(list_fd) : NULL;
    if (!list) {
        int code = -errno;
        if (list_fd >= 0)
            close(list_fd);
        return code;
    }
    int worst = 0;
    for (struct dirent *entry; (entry = readdir(list));) {
        if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        CLEANUP_CLOSE int child = openat(dirfd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (child >= 0 && depth > 0)
            (void)for_each_child(child, depth - 1, visit, context);
        int code = visit(dirfd, entry->d_name, context);
        if (code < 0)
            worst = code;
    }
    closedir(list);
    return worst;
}

/* What is done with the processes of a group and of those below it. */
struct sweep {
    const struct cgroup_ops *ops;
    int signal_number; /* sent to each; 0: none */
    long *pids;        /* the first of them are put here; NULL: nowhere */
    int size;
    int count; /* so far */
};

/* One group. 0, or a negative errno. */
static int sweep_group(struct sweep *sweep, int dirfd) {
    int fd = openat(dirfd, sweep->ops->procs_name, O_RDONLY | O_CLOEXEC);
    CLEANUP_FCLOSE FILE *list = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!list)
        return -errno;
    for (int pid; fscanf(list, "%d", &pid) == 1; sweep->count++) {
        /* 0 is a process outside our pid namespace: it cannot be signalled, and kill(0) would hit ourselves.
         */
        if (sweep->signal_number && pid > 0)
            kill(pid, sweep->signal_number);
        if (sweep->count < sweep->size)
            sweep->pids[sweep->count] = pid;
    }
    return 0;
}

static int sweep_child(int dirfd, const char *name, void *context) {
    CLEANUP_CLOSE int child = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (child >= 0)
        (void)sweep_group(context, child);
    return 0;
}

static int sweep_all(const struct cgroup *group, struct sweep *sweep) {
    if (group->tree)
        return process_tree_sweep(group->tree, sweep->signal_number, sweep->pids, sweep->size);
    int code = sweep_group(sweep, group->dirfd);
    if (code < 0)
        return code;
    (void)for_each_child(group->dirfd, DEPTH_MAX, sweep_child, sweep);
    return sweep->count;
}

static int sweep_tree(const struct cgroup *group, int signal_number) {
    struct sweep sweep = {.ops = group->ops, .signal_number = signal_number};
    return sweep_all(group, &sweep);
}

bool cgroup_holds(const struct cgroup *group, long pid) {
    char path[64];
    char text[8192];
    if (group->tree) /* nobody leaves his ancestors */
        return true;
    snprintf(path, sizeof path, "/proc/%ld/cgroup", pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return true;
    CLEANUP_FREE char *place = parse_proc_cgroup(text, group->ops->hierarchy);
    const char *name = strrchr(group->path, '/');
    const char *found = place ? strstr(place, name) : name;
    return found && (found[strlen(name)] == '\0' || found[strlen(name)] == '/');
}

int cgroup_count_processes(const struct cgroup *group) {
    return sweep_tree(group, 0);
}

int cgroup_list_processes(const struct cgroup *group, long *pids, int size) {
    struct sweep sweep = {.ops = group->ops, .pids = pids, .size = size};
    return sweep_all(group, &sweep);
}

int cgroup_last_processes(const struct cgroup *group, long *pids, int size) {
    if (group->tree)
        return process_tree_members(group->tree, pids, size);
    return cgroup_list_processes(group, pids, size);
}

bool cgroup_exists(const struct cgroup *group) {
    return group->tree || faccessat(group->dirfd, group->ops->procs_name, F_OK, 0) == 0;
}

void cgroup_joined(const struct cgroup *group, long pid) {
    if (group->tree)
        process_tree_joined(group->tree, (pid_t)pid);
}

char *cgroup_marker(const struct cgroup *group) {
    return group->tree ? text_format("%s=%s", PROCESS_TREE_VARIABLE, group->path) : NULL;
}

int64_t cgroup_least_interval_ns(const struct cgroup *group) {
    return group->tree ? process_tree_pause_ns(group->tree) : 0;
}

struct known_i64 cgroup_count_tasks(const struct cgroup *group) {
    char text[4096];
    if (group->tree)
        return process_tree_tasks(group->tree);
    if (file_read_text_at(group->dirfd, group->ops->tasks_name, text, sizeof text) < 0)
        return UNKNOWN_I64;
    int64_t count = 0;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    return known_i64(count);
}

/* `at_once`: the kernel is killing already. */
static int kill_until_empty(const struct cgroup *group, bool at_once, int64_t timeout_ns) {
    int64_t deadline = clock_now_ns() + timeout_ns;
    for (int round = 0;; round++) {
        /* Something that forks as fast as we kill is first stopped: what is stopped does not fork. */
        if (!at_once && round >= 3)
            (void)sweep_tree(group, SIGSTOP);
        int left = sweep_tree(group, at_once ? 0 : SIGKILL);
        if (left == 0)
            return 0;
        if (left < 0)
            return left == -ENOENT || left == -ENODEV ? 0 : left;
        if (clock_now_ns() > deadline)
            return -EBUSY;
        sleep_ns(round < 20 ? NS_PER_MS / 5 : 5 * NS_PER_MS);
    }
}

int cgroup_kill(const struct cgroup *group, int64_t timeout_ns) {
    return kill_until_empty(group, group->ops->kill_all(group->dirfd) == 0, timeout_ns);
}

int cgroup_empty(const struct cgroup *group, int64_t timeout_ns) {
    return kill_until_empty(group, false, timeout_ns);
}

static int remove_child(int dirfd, const char *name, void *context) {
    (void)context;
    return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int cgroup_remove(const struct cgroup *group, int64_t timeout_ns, struct error *error) {
    int64_t deadline = clock_now_ns() + timeout_ns;
    if (group->tree)
        return 0;
    /* EBUSY lasts some tens of milliseconds after a large process was killed. */
    for (int64_t pause = NS_PER_MS / 10;; pause = pause < 20 * NS_PER_MS ? pause * 2 : pause) {
        if (rmdir(group->path) == 0 || errno == ENOENT)
            return 0;
        int code = -errno;
        (void)for_each_child(group->dirfd, DEPTH_MAX, remove_child, NULL);
        if (code != -EBUSY || clock_now_ns() > deadline)
            return error_system(error, code, "cannot remove the cgroup %s", group->path);
        sleep_ns(pause);
    }
}

void cgroup_free(struct cgroup *group) {
    if (!group->ops)
        return;
    for (int sensor = 0; sensor < SENSOR_COUNT; sensor++)
        if (group->sensors[sensor] >= 0)
            close(group->sensors[sensor]);
    if (group->dirfd >= 0)
        close(group->dirfd);
    if (group->tree)
        process_tree_close(group->tree);
    free(group->path);
    *group = (struct cgroup){0};
}

int cgroup_destroy_path(const struct cgroup_ops *ops, const char *path, int64_t timeout_ns,
                        struct error *error) {
    struct cgroup group;
    int code = ops == &cgroup_processes_ops ? -ENOENT : open_group(ops, path, &group);
    if (code == -ENOENT)
        return 0;
    if (code < 0)
        return error_system(error, code, "cannot open the cgroup %s", path);
    code = cgroup_kill(&group, timeout_ns);
    if (code < 0)
        error_system(error, code, "cannot end the processes in %s", path);
    else
        code = cgroup_remove(&group, timeout_ns, error);
    cgroup_free(&group);
    return code;
}
