/* Memory cgroups: where they can be made, made with a limit, read, emptied and removed. The same on v1 and
 * v2, and, where none may be made, on a tree of processes in the place of a group (process_tree.h), which has
 * no limit and is known less well.
 *
 * Only cgroup_v1.c and cgroup_v2.c name control files; everything else speaks through struct cgroup_ops.
 * Layer: kernel/. Includes base/, model/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/events.h"
#include "model/runner.h"
#include "model/snapshot.h"

struct process_table; /* kernel/process_tree.h */
struct process_tree;

/* Files kept open while a trial runs. -1: this kernel does not have it. */
enum sensor {
    SENSOR_USAGE,
    SENSOR_STAT,
    SENSOR_PEAK,
    SENSOR_KERNEL,
    SENSOR_SWAP,
    SENSOR_EVENTS,
    SENSOR_COUNT
};

/* One group, made by us or attached to. Owned: release with cgroup_free(), after cgroup_remove() of ours. */
struct cgroup {
    const struct cgroup_ops *ops;
    char *path; /* in the file system */
    int dirfd;
    int sensors[SENSOR_COUNT];
    bool peak_kept; /* others look at its peak too: it must not be reset. Set before the sensors are opened */
    bool peak_resets; /* SENSOR_PEAK gives the highest usage since it was last read */
    struct process_tree
        *tree; /* instead of all of the above but `ops` and a name in `path`; NULL: a cgroup */
};

struct cgroup_limits {
    struct known_i64 memory_bytes; /* a multiple of the page; unknown: no limit */
    int64_t swap_bytes;            /* beside memory, not in it */
    bool oom_group;                /* v2 only; v1 kills one process at a time */
};

/* What stands behind a name that both versions share. `dirfd` is a group's folder. */
struct cgroup_ops {
    const char *version;        /* "v1", "v2"; "none" of a tree of processes */
    struct counter_names names; /* for evidence */
    const char *hierarchy;      /* the controller that names it in /proc/PID/cgroup, "" for v2 */
    const char *procs_name;     /* the list of processes, also where a process joins */
    const char *tasks_name;     /* the list of threads */
    const char *swap_name;      /* the limit of swap; missing where the kernel does not account for it */
    bool clone_into;            /* clone3() can start a child inside the group */

    /* Writes the limits into a fresh group and reads each back. -ENOTSUP where the kernel lacks a needed
     * file. */
    int (*set_limits)(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error);

    /* Raises the memory limit of a group that is in use. `limits` as a whole, for the swap beside it. */
    int (*raise_limit)(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error);

    /* Lowers it; what is above is reclaimed first, before this returns. What reclaim cannot take is
     * OOM-killed on v2; on v1 it is -EBUSY, and nothing is changed. */
    int (*lower_limit)(const struct cgroup *group, const struct cgroup_limits *limits, struct error *error);

    /* Opens the sensors and finds out whether the peak can be reset. */
    void (*open_sensors)(struct cgroup *group);

    /* The sampler's inner loop: allocates nothing. time_ns is the caller's. */
    void (*read_sample)(const struct cgroup *group, struct snapshot *ret);

    /* OOM kills so far, from the kept-open sensor. v1: of this group alone, not of groups below it. */
    struct known_i64 (*read_oom_kills)(const struct cgroup *group);

    /* A descriptor that poll() reports `alarm_event` of when the group runs out of memory (v1: just before
     * the kernel chooses a victim) or counts a kill (v2). To be cleared with clear_alarm(), closed by the
     * caller. -1: not here. */
    int (*open_alarm)(const struct cgroup *group);
    void (*clear_alarm)(int alarm);
    short alarm_event;
    bool alarm_precedes_kill; /* what is killed is counted a moment later */

    /* The counters of a group; with `deep`, kills in groups below it are counted on v1 too. */
    void (*read_events)(int dirfd, bool deep, struct group_events *ret);

    struct known_i64 (*read_limit)(int dirfd); /* unknown: none */

    /* Usage and stat of any group, ours or not; touches no peak. */
    void (*read_usage)(int dirfd, struct snapshot *ret);

    /* Time in which every task of the group was stalled for memory (PSI full). Unknown on v1. */
    struct known_i64 (*read_stall_us)(int dirfd);

    /* The file that tells it (parse_psi_total_us()), to be kept open; owned by the caller. -1: not here. */
    int (*open_stall)(int dirfd);

    /* Gives back what reclaim can take from the group and those below it, removed ones that still hold page
     * cache included. */
    int (*drop_cache)(int dirfd);
    const char *drop_cache_name; /* the file it takes; missing where this kernel cannot (v2 before 5.19) */

    /* Kills everything below at once; -ENOSYS or -ENOENT where the kernel cannot. */
    int (*kill_all)(int dirfd);

    /* Makes children of this group able to have memory limits. 0 where that is already so, 1 where it was
     * changed; -EBUSY on v2 where the group holds processes itself. */
    int (*enable_children)(int dirfd);
    int (*disable_children)(int dirfd);

    /* False for the top of what a private cgroup namespace shows: it looks like a root and is none. */
    bool (*is_true_root)(int dirfd);
};

extern const struct cgroup_ops cgroup_v1_ops;
extern const struct cgroup_ops cgroup_v2_ops;

/* Of a tree of processes: whatever there is no folder for is unknown, or -ENOTSUP. */
extern const struct cgroup_ops cgroup_processes_ops;

/* Where on this machine groups can be made, found once per invocation. */
struct cgroup_site {
    const struct cgroup_ops *ops;
    const struct cgroup_ops *above; /* of our own group and those above it; NULL: there is none to be seen */
    struct process_table *table;    /* groups are trees of processes; NULL: they are cgroups */
    char *mount_point;
    char *own_path;    /* our own group, in the file system */
    char *parent_path; /* the group in which ours are made; NULL with `table` */
    char *home_path; /* a leaf that our processes were moved to so that parent_path may have children, or NULL
                      */
    char *names;     /* with `table`: what those of its groups begin with */
    char *umbrella_path;   /* the group within parent_path that all of ours lie in, or NULL */
    int umbrella_fd;       /* valid with umbrella_path */
    bool enabled;          /* parent_path could not have limited children before */
    bool hybrid;           /* memory on v1 while a v2 tree is mounted too */
    bool ancestors_hidden; /* a private cgroup namespace: limits above cannot be seen */
    int next_number;
};

/* The memory controller's place as the texts of /proc tell it. Pure, so that it can be tested on recorded
 * texts. */
struct cgroup_layout {
    const struct cgroup_ops *ops;
    char *mount_point;
    char *own_path;
    bool hybrid;
    bool read_only;
};

/* Works out the layout from /proc/self/cgroup and /proc/self/mountinfo.
 * -ENOENT: no memory controller. Release with cgroup_layout_free(). */
int cgroup_layout_parse(const char *proc_cgroup, const char *mountinfo, struct cgroup_layout *ret,
                        struct error *error);
void cgroup_layout_free(struct cgroup_layout *layout);

/* Finds the place. -EACCES, -EPERM, -EROFS: not allowed, with the hint that helps; -ENOENT: no memory
 * controller. */
int cgroup_site_open(struct cgroup_site *ret, struct error *error);

/* A place where nothing is made: each group is a tree of processes. What is above our own group is still
 * looked at, as far as it can be seen. */
int cgroup_site_open_processes(struct cgroup_site *ret, struct error *error);

/* Where groups are trees: ends what is left in any of them. For the keeper, once the harness is gone. */
void cgroup_site_end_processes(const struct cgroup_site *site, int64_t timeout_ns);

/* Undoes what opening changed (processes moved to a leaf, a controller enabled) and releases the site. */
void cgroup_site_close(struct cgroup_site *site);

/* Undoes what opening changed. For the keeper, which does not own the site. */
void cgroup_site_restore(const struct cgroup_site *site);

/* Makes an unlimited group that all further groups of the site lie in, at a path that cgroup_next_path()
 * gave. What they leave cached stays charged to it, so that it can be dropped. Removed with
 * cgroup_umbrella_close(). */
int cgroup_umbrella_open(struct cgroup_site *site, const char *path, struct error *error);
void cgroup_umbrella_close(struct cgroup_site *site);

/* False where groups of the site are known not to be kept out of swap; without an umbrella that is not known.
 */
bool cgroup_umbrella_refuses_swap(const struct cgroup_site *site);

/* Drops the page cache that earlier groups under the umbrella were charged for, so that the next run reads
 * its files as the first one did. 0: no more than a MiB of it is left; -EAGAIN: more stays after a second;
 * -ENOTSUP: it cannot be done here. */
int cgroup_umbrella_drop_cache(const struct cgroup_site *site);

/* False without an umbrella, or where the kernel cannot. */
bool cgroup_umbrella_can_drop_cache(const struct cgroup_site *site);

/* The path of the next group: <umbrella or parent>/plimsoll-<pid>-<start time>-<n>. Nothing is made. Caller
 * frees. */
char *cgroup_next_path(struct cgroup_site *site);

/* Makes the group, limits it, reads every limit back and opens the sensors. On failure nothing is left
 * behind. */
int cgroup_create(const struct cgroup_site *site, const char *path, const struct cgroup_limits *limits,
                  struct cgroup *ret, struct error *error);

/* Opens a group that others made. Nothing is written to it, and cgroup_remove() is not for it; with `resets`
 * its peak is still reset at every reading (a container that was started for us), else only read. */
int cgroup_attach(const struct cgroup_ops *ops, const char *path, bool resets, struct cgroup *ret,
                  struct error *error);

/* Where the memory controller of another process is: as cgroup_layout_parse() tells it of ours, with own_path
 * its group. Release with cgroup_layout_free(). -ESRCH: no such process. */
int cgroup_layout_of(long pid, struct cgroup_layout *ret, struct error *error);

/* Told of a tree of processes what was started in it; of a cgroup the kernel knows. */
void cgroup_joined(const struct cgroup *group, long pid);

/* "NAME=value" for the environment of what is started in it, which finds it again; NULL: it needs none.
 * Caller frees. */
char *cgroup_marker(const struct cgroup *group);

/* How far apart its readings are at least; 0: they cost next to nothing. */
int64_t cgroup_least_interval_ns(const struct cgroup *group);

/* True where the process is in the group or below it; also true where that cannot be told (it has just
 * ended). */
bool cgroup_holds(const struct cgroup *group, long pid);

/* Processes in the group and below; a negative errno where the list cannot be read. */
int cgroup_count_processes(const struct cgroup *group);

/* The same, with the numbers of the first `size` of them in `pids`; 0 stands for one that this pid namespace
 * does not show. */
int cgroup_list_processes(const struct cgroup *group, long *pids, int size);

/* As that; of a tree of processes as its last reading found it, since to look anew is to walk all of /proc.
 */
int cgroup_last_processes(const struct cgroup *group, long *pids, int size);

/* False once the group was removed. */
bool cgroup_exists(const struct cgroup *group);

/* How many threads the group itself holds, as far as a list of 4 KiB tells. Unknown where it cannot be read.
 */
struct known_i64 cgroup_count_tasks(const struct cgroup *group);

/* Kills everything in the group and below, and waits until it is empty or the time is over.
 * Returns 0, or -EBUSY when something would not die. Does not reap. */
int cgroup_kill(const struct cgroup *group, int64_t timeout_ns);

/* The same for a group in which more is to be started: Linux from 6.12 on kills at once whatever is cloned
 * into a group that was ever killed as a whole (measured on 6.12.95; 6.1 does not). */
int cgroup_empty(const struct cgroup *group, int64_t timeout_ns);

/* Removes the group and those below it, waiting at most timeout_ns for the kernel to let go of it. */
int cgroup_remove(const struct cgroup *group, int64_t timeout_ns, struct error *error);

/* Closes the descriptors and releases the strings. */
void cgroup_free(struct cgroup *group);

/* Kills and removes a group by its path: for the keeper and `clean`. 0 also when it does not exist. */
int cgroup_destroy_path(const struct cgroup_ops *ops, const char *path, int64_t timeout_ns,
                        struct error *error);

/* The groups above `group`, nearest first, without the root (its limit is the host's memory) and, of those we
 * make, without our umbrella.
 * Fills paths and limits and the counters before; cgroup_ancestors_after() reads the counters again. */
void cgroup_ancestors_before(const struct cgroup_site *site, const struct cgroup *group,
                             struct ancestor_events **ret, size_t *ret_count);
void cgroup_ancestors_after(const struct cgroup_site *site, struct ancestor_events *ancestors, size_t count);

/* How much a new group may take: the tightest limit above, less what is used there already, and the host's
 * available memory. Unknown when nothing is known. */
struct known_i64 cgroup_site_room(const struct cgroup_site *site);

/* The tightest limit of the group that ours are made in (without one: of our own) and of those above it, or
 * the host's memory where that is less. Release with runner_limit_free(). */
void cgroup_site_runner_limit(const struct cgroup_site *site, struct known_i64 host_bytes,
                              struct runner_limit *ret);

/* True of a "plimsoll-PID-START-N", as cgroup_next_path() ends, where no process of that pid and age is seen
 * in our pid namespace. */
bool cgroup_name_is_leftover(const char *name);

/* Groups that earlier runs left behind, their harness being gone: it holds a lock on the group while it
 * lives, in whatever pid namespace. Calls `found` for each with its path. */
int cgroup_find_leftovers(const struct cgroup_site *site, void (*found)(const char *path, void *context),
                          void *context);
