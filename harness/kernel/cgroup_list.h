/* All memory groups of the machine that stand for something, kept open, to be read again and again for next
 * to nothing. Nothing is written to any of them.
 * Layer: kernel/. Includes base/, model/. */
#pragma once

#include "kernel/cgroup.h"
#include "model/watched_group.h"

struct listed_group;

/* Owned: release with cgroup_list_close(). */
struct cgroup_list {
    const struct cgroup_ops *ops;
    char *mount_point;
    struct listed_group **nodes; /* every group, those above before those below */
    size_t node_count;
    size_t node_capacity;
    void *by_inode; /* of search.h */
    char *entries;  /* what a folder lists */

    struct watched_group **shown; /* those that stand for something, by their numbers; what is gone is
                                     released by the next look */
    size_t count;
    size_t capacity;
    size_t unopened; /* groups that there are no descriptors left for, at the last look */
    size_t gone;     /* that were shown and are no more */
    int64_t reading; /* how many there were */
    int64_t last_ns;
    int64_t interval_ns; /* between the last two */
    int64_t last_number;
};

/* Finds where the groups are, ours being one of them, and raises the number of files that we may have open
 * as far as we may. No group is looked at yet. -ENOENT: no memory controller; -EACCES and others. */
int cgroup_list_open(struct cgroup_list *ret, struct error *error);

/* Looks for groups that are new and drops those that are gone. Shown is a container, a unit of systemd, and
 * what else holds processes itself or has a limit; not what lies in a container, unless that is one too. The
 * whole machine's group is not shown, but the top of what a container sees of the hierarchy is. */
void cgroup_list_look(struct cgroup_list *list);

/* Reads all that are shown: the usage of each, and all else of those whose turn it is (the longer one is
 * watched and the more there are, the more rarely, at least once in eight readings) or whose usage has moved
 * by much. `time_ns` is the caller's, monotonic. Allocates nothing. */
void cgroup_list_read(struct cgroup_list *list, int64_t time_ns);

/* Gives a container its name for people, by its id as its path tells it. Unknown ids are nobody's. */
void cgroup_list_name(struct cgroup_list *list, const char *container_id, const char *name);

void cgroup_list_close(struct cgroup_list *list);

/* ---- pure, for tests ---- */

/* What the path of a group, below the top of the hierarchy, says it is: WATCHED_KIND_COUNT where it lies in a
 * container and is none itself. */
enum watched_kind cgroup_list_kind(const char *path);
