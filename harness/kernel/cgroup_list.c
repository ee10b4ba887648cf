#include "kernel/cgroup_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/group_name.h"
#include "kernel/parse.h"

/* Of what a folder lists, at once. */
#define ENTRIES_SIZE 32768

/* Between readings of all of a group only its usage is read. All of it is read where that has moved by this
 * share since, and in its turn: once in a step of its course, which are short at first, and once in so many
 * readings at least. Its limit is read as rarely. Not all have their turn in the same reading, nor, up to
 * that, more than so many. */
#define MOVED_SHARE 8
#define TURNS_MOST  8
#define AT_ONCE     256

/* More files than anybody's groups take. */
#define FILES_MOST 262144

struct listed_group {
    struct watched_group facts;
    struct cgroup group;
    struct group_name names;
    struct listed_group *parent; /* NULL: the top */
    ino_t inode;
    int64_t whole_usage;       /* when it was last read as a whole */
    int stall;                 /* -1: not here */
    struct known_i64 stall_us; /* as last read */
    int64_t stall_time_ns;
    int64_t own_kills;    /* as last read; v1 leaves out those below */
    int64_t nested_kills; /* v1: those of the groups below */
    int64_t gone_kills;   /* v1: those of groups below that are gone */
    bool has_children;
    bool counts_children; /* what runs below it has no memory controller, and is counted with it */
    bool hidden;          /* for good */
    bool shown;
    bool named; /* as it is to be called */
    bool seen;  /* at this look */
    bool gone;
};

enum watched_kind cgroup_list_kind(const char *path) {
    struct group_name names = group_name_parse(path);
    size_t length = strlen(path);
    if (names.container_end)
        return names.container_end == length ? WATCHED_CONTAINER : WATCHED_KIND_COUNT;
    if (names.pod_end == length && length)
        return WATCHED_POD;
    return names.unit_end == length && length ? WATCHED_UNIT : WATCHED_GROUP;
}

/* ---- one group ---- */

static struct listed_group *node_of(struct watched_group *facts) {
    return (struct listed_group *)(void *)((char *)facts - offsetof(struct listed_group, facts));
}

static int compare_inodes(const void *a, const void *b) {
    const struct listed_group *left = a;
    const struct listed_group *right = b;
    return (left->inode > right->inode) - (left->inode < right->inode);
}

static void close_sensors(struct listed_group *node) {
    for (int sensor = 0; sensor < SENSOR_COUNT; sensor++) {
        if (node->group.sensors[sensor] >= 0)
            close(node->group.sensors[sensor]);
        node->group.sensors[sensor] = -1;
    }
    if (node->stall >= 0)
        close(node->stall);
    node->stall = -1;
}

static void free_node(struct listed_group *node) {
    close_sensors(node);
    cgroup_free(&node->group);
    free(node->facts.path);
    free(node->facts.name);
    free(node);
}

/* False where it is not there any more, or no descriptor is left for it. */
static bool add_node(struct cgroup_list *list, struct listed_group *parent, const char *name, ino_t inode) {
    int dirfd = parent ? openat(parent->group.dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                       : open(list->mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0)
        return false;
    struct listed_group *node = calloc(1, sizeof *node);
    if (!node)
        abort();
    bool below_top = parent && !parent->parent;
    node->parent = parent;
    node->inode = inode;
    node->stall = -1;
    node->seen = true;
    node->facts.path =
        parent ? text_format("%s/%s", below_top ? "" : parent->facts.path, name) : text_copy("/");
    node->group = (struct cgroup){.ops = list->ops, .dirfd = dirfd, .peak_kept = true};
    node->group.path = text_format("%s%s", list->mount_point, parent ? node->facts.path : "");
    for (int sensor = 0; sensor < SENSOR_COUNT; sensor++)
        node->group.sensors[sensor] = -1;
    node->names = group_name_parse(node->facts.path);
    node->facts.container_id = node->names.container_id;
    node->facts.pod_uid = node->names.pod_uid;
    node->facts.unit = node->names.unit;
    node->facts.kind = cgroup_list_kind(node->facts.path);
    node->hidden = node->facts.kind == WATCHED_KIND_COUNT;
    if (!parent) {
        node->facts.kind = WATCHED_OWN;
        node->hidden = list->ops->is_true_root(dirfd);
    }
    if (list->node_count == list->node_capacity) {
        list->node_capacity = list->node_capacity ? list->node_capacity * 2 : 64;
        list->nodes = realloc(list->nodes, list->node_capacity * sizeof(struct listed_group *));
        if (!list->nodes)
            abort();
    }
    list->nodes[list->node_count++] = node;
    if (!tsearch(node, &list->by_inode, compare_inodes))
        abort();
    return true;
}

/* ---- what it is called ---- */

/* The name of a process in it; "" where none is to be seen. */
static void find_program(struct listed_group *node) {
    long pid = 0;
    char path[64];
    char *name = node->facts.program;
    if (cgroup_list_processes(&node->group, &pid, 1) <= 0 || pid <= 0)
        return;
    snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    if (file_read_text_at(AT_FDCWD, path, name, sizeof node->facts.program) > 0)
        name[strcspn(name, "\n")] = '\0';
}

static char *name_unit(const char *unit) {
    size_t length = strlen(unit);
    size_t end = strlen(".service");
    bool service = length > end && strcmp(unit + length - end, ".service") == 0;
    return text_copy_bytes(unit, service ? length - end : length);
}

/* A container's program may still be the runtime's when it is first seen, so it is asked for until its id is
 * not all there is. */
static void give_name(struct listed_group *node) {
    const char *program = node->facts.program;
    if (node->named)
        return;
    free(node->facts.name);
    node->named = true;
    switch (node->facts.kind) {
    case WATCHED_CONTAINER:
        find_program(node);
        node->named = *program && !text_starts_with(program, "runc");
        node->facts.name = text_format("%s%s%.*s", program, *program ? " " : "", CONTAINER_SHORT_ID,
                                       node->facts.container_id);
        break;
    case WATCHED_POD:
        node->facts.name = text_format("pod %.*s", CONTAINER_SHORT_ID, node->facts.pod_uid);
        break;
    case WATCHED_UNIT:
        node->facts.name = name_unit(node->facts.unit);
        break;
    case WATCHED_OWN:
        node->facts.name = text_copy("own group");
        break;
    default:
        find_program(node);
        node->facts.name = text_copy(node->facts.path + 1);
        break;
    }
}

void cgroup_list_name(struct cgroup_list *list, const char *container_id, const char *name) {
    for (size_t i = 0; i < list->count; i++) {
        struct listed_group *node = node_of(list->shown[i]);
        if (node->facts.kind != WATCHED_CONTAINER || strcmp(node->facts.container_id, container_id) != 0)
            continue;
        free(node->facts.name);
        node->facts.name = text_copy(name);
        node->facts.named_by_engine = true;
        node->named = true;
    }
}

/* ---- what is shown ---- */

static bool holds_processes(const struct listed_group *node) {
    char text[16];
    return file_read_text_at(node->group.dirfd, node->group.ops->procs_name, text, sizeof text) > 0;
}

static bool stands_for_something(const struct listed_group *node) {
    enum watched_kind kind = node->facts.kind;
    if (node->hidden)
        return false;
    if (kind == WATCHED_CONTAINER || kind == WATCHED_UNIT || kind == WATCHED_OWN)
        return true;
    return node->counts_children || holds_processes(node) ||
           node->group.ops->read_limit(node->group.dirfd).known;
}

static bool is_out_of_files(void) {
    return errno == EMFILE || errno == ENFILE;
}

static void show(struct cgroup_list *list, struct listed_group *node) {
    struct group_events events = {0};
    errno = 0;
    list->ops->open_sensors(&node->group);
    node->stall = list->ops->open_stall(node->group.dirfd);
    bool out_of_files = is_out_of_files();
    if (node->group.sensors[SENSOR_USAGE] < 0 || out_of_files) {
        list->unopened += out_of_files;
        /* It has no controller, or not yet: what runs in it is counted further up. */
        if (!out_of_files && node->parent && holds_processes(node))
            node->parent->counts_children = true;
        close_sensors(node);
        return;
    }
    list->ops->read_events(node->group.dirfd, false, &events);
    node->facts.earlier_limit_hits = events.limit_hits;
    node->shown = true;
    node->facts.number = ++list->last_number;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->shown = realloc(list->shown, list->capacity * sizeof(struct watched_group *));
        if (!list->shown)
            abort();
    }
    list->shown[list->count++] = &node->facts;
}

/* v1 counts the kills of each group for itself. Of what is shown its sensor tells. */
static void count_unshown(struct listed_group *node) {
    struct group_events events;
    if (node->group.ops != &cgroup_v1_ops || node->shown)
        return;
    node->group.ops->read_events(node->group.dirfd, false, &events);
    node->own_kills = known_or(events.oom_kills, 0);
}

/* ---- looking ---- */

static bool is_folder(const struct dirent64 *entry) {
    return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void take_child(struct cgroup_list *list, struct listed_group *parent, const struct dirent64 *entry) {
    const struct listed_group key = {.inode = entry->d_ino};
    struct listed_group **found = tfind(&key, &list->by_inode, compare_inodes);
    if (found && !(*found)->gone) {
        (*found)->seen = true;
        return;
    }
    if (found) { /* its number was given to another */
        struct listed_group *old = *found;
        tdelete(&key, &list->by_inode, compare_inodes);
        old->inode = 0;
    }
    errno = 0;
    if (!add_node(list, parent, entry->d_name, entry->d_ino) && is_out_of_files())
        list->unopened++;
}

static void look_into(struct cgroup_list *list, struct listed_group *node) {
    struct stat status;
    if (fstat(node->group.dirfd, &status) < 0)
        return;
    /* A folder's links are itself, its name, and one for each folder in it (kernfs_refresh_inode()). */
    node->has_children = status.st_nlink != 2;
    if (!node->has_children || lseek(node->group.dirfd, 0, SEEK_SET) < 0)
        return;
    for (;;) {
        ssize_t length = getdents64(node->group.dirfd, list->entries, ENTRIES_SIZE);
        if (length <= 0)
            return;
        for (ssize_t at = 0; at < length;) {
            const struct dirent64 *entry = (const void *)(list->entries + at);
            if (is_folder(entry))
                take_child(list, node, entry);
            at += entry->d_reclen;
        }
    }
}

static bool is_gone(const struct listed_group *node) {
    return node->gone || !node->seen;
}

/* Of a group that is gone the ones below are gone as well, whether that was noticed or not. */
static void mark_below_gone(struct cgroup_list *list) {
    for (size_t i = 0; i < list->node_count; i++) {
        struct listed_group *node = list->nodes[i];
        if (node->parent && is_gone(node->parent))
            node->gone = true;
    }
}

static void drop_gone(struct cgroup_list *list) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!is_gone(node_of(list->shown[i])))
            list->shown[kept++] = list->shown[i];
    list->gone += list->count - kept;
    list->count = kept;
    /* From below, since what is gone leaves its count to the one above. */
    for (size_t i = list->node_count; i-- > 0;) {
        const struct listed_group *node = list->nodes[i];
        if (is_gone(node) && node->parent)
            node->parent->gone_kills += node->own_kills + node->gone_kills;
    }
    kept = 0;
    for (size_t i = 0; i < list->node_count; i++) {
        struct listed_group *node = list->nodes[i];
        if (!is_gone(node)) {
            list->nodes[kept++] = node;
            continue;
        }
        if (node->inode)
            tdelete(node, &list->by_inode, compare_inodes);
        free_node(node);
    }
    list->node_count = kept;
}

static void link_above(struct cgroup_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        const struct listed_group *above = node_of(list->shown[i])->parent;
        while (above && !above->shown)
            above = above->parent;
        list->shown[i]->above = above ? &above->facts : NULL;
    }
}

void cgroup_list_look(struct cgroup_list *list) {
    list->unopened = 0;
    for (size_t i = 0; i < list->node_count; i++)
        list->nodes[i]->seen = !list->nodes[i]->parent;
    /* It grows meanwhile: what is found comes to its end. */
    for (size_t i = 0; i < list->node_count; i++)
        if (list->nodes[i]->seen && !list->nodes[i]->gone)
            look_into(list, list->nodes[i]);
    mark_below_gone(list);
    drop_gone(list);
    for (size_t i = list->node_count; i-- > 0;) {
        struct listed_group *node = list->nodes[i];
        if (!node->shown && stands_for_something(node))
            show(list, node);
        if (node->shown) {
            give_name(node);
        }
        count_unshown(node);
    }
    link_above(list);
}

/* ---- reading ---- */

static void read_stall(struct listed_group *node, int64_t time_ns) {
    char text[512];
    struct known_i64 now = UNKNOWN_I64;
    if (node->stall >= 0 && file_pread_text(node->stall, text, sizeof text) > 0)
        now = parse_psi_total_us(text, "full");
    struct known_i64 more_us = known_delta(node->stall_us, now);
    int64_t elapsed_ns = time_ns - node->stall_time_ns;
    if (more_us.known && elapsed_ns > 0) {
        double ratio = (double)more_us.value * (double)NS_PER_US / (double)elapsed_ns;
        node->facts.stall_ratio = known_f64(ratio < 1 ? ratio : 1);
    }
    node->stall_us = now;
    node->stall_time_ns = time_ns;
}

/* An open file of a group that was removed reads ENODEV. */
static void note_removal(struct listed_group *node) {
    node->gone = node->parent;
}

static void read_whole(struct listed_group *node, int64_t time_ns) {
    struct known_i64 kills = node->group.ops->read_oom_kills(&node->group);
    struct snapshot now = {.time_ns = time_ns};
    node->group.ops->read_sample(&node->group, &now);
    if (!now.usage.known) {
        note_removal(node);
        return;
    }
    node->facts.now = now;
    course_add(&node->facts.course, &node->facts.now);
    read_stall(node, time_ns);
    node->whole_usage = now.usage.value;
    node->own_kills = known_or(kills, 0);
    node->facts.oom_kills = kills;
}

/* Adds up what v1 counts apart. */
static void add_up_kills(struct cgroup_list *list) {
    bool apart = list->ops == &cgroup_v1_ops;
    for (size_t i = 0; i < list->node_count; i++)
        list->nodes[i]->nested_kills = apart ? list->nodes[i]->gone_kills : 0;
    for (size_t i = list->node_count; apart && i-- > 0;) {
        struct listed_group *node = list->nodes[i];
        if (node->parent)
            node->parent->nested_kills += node->own_kills + node->nested_kills;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct listed_group *node = node_of(list->shown[i]);
        struct watched_group *facts = list->shown[i];
        if (facts->oom_kills.known)
            facts->oom_kills = known_i64(node->own_kills + node->nested_kills);
        if (facts->course.readings == 1)
            facts->first_oom_kills = facts->oom_kills;
    }
}

static bool has_turn(const struct cgroup_list *list, const struct group_course *course, int64_t turn) {
    int64_t turns = list->interval_ns > 0 ? course->step_ns / list->interval_ns : 1;
    turns = i64_larger(turns, (int64_t)(list->count + AT_ONCE - 1) / AT_ONCE);
    turns = turns < TURNS_MOST ? turns : TURNS_MOST;
    return course->readings == 0 || turn % turns == 0;
}

static bool has_moved(const struct listed_group *node, struct known_i64 usage) {
    int64_t moved = known_or(usage, 0) - node->whole_usage;
    return (moved < 0 ? -moved : moved) > node->whole_usage / MOVED_SHARE;
}

static void read_group(const struct cgroup_list *list, struct listed_group *node, int64_t time_ns,
                       int64_t turn) {
    struct watched_group *facts = &node->facts;
    char text[64];
    if (facts->course.readings == 0 || turn % TURNS_MOST == 0)
        facts->limit_bytes = node->group.ops->read_limit(node->group.dirfd);
    if (has_turn(list, &facts->course, turn)) {
        read_whole(node, time_ns);
        return;
    }
    if (file_pread_text(node->group.sensors[SENSOR_USAGE], text, sizeof text) < 0) {
        note_removal(node);
        return;
    }
    struct known_i64 usage = parse_number(text);
    if (has_moved(node, usage))
        read_whole(node, time_ns);
    else
        facts->now.usage = usage;
}

void cgroup_list_read(struct cgroup_list *list, int64_t time_ns) {
    list->interval_ns = list->reading ? time_ns - list->last_ns : 0;
    list->last_ns = time_ns;
    for (size_t i = 0; i < list->count; i++)
        if (!node_of(list->shown[i])->gone)
            read_group(list, node_of(list->shown[i]), time_ns, list->reading + (int64_t)i);
    list->reading++;
    add_up_kills(list);
}

/* ---- all ---- */

/* Each group takes about seven descriptors. */
static void raise_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= FILES_MOST)
        return;
    limit.rlim_cur = limit.rlim_max < FILES_MOST ? limit.rlim_max : FILES_MOST;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int cgroup_list_open(struct cgroup_list *ret, struct error *error) {
    struct cgroup_layout layout = {0};
    int code = cgroup_layout_of(getpid(), &layout, error);
    if (code < 0)
        return code;
    struct cgroup_list list = {.ops = layout.ops};
    list.mount_point = STEAL_POINTER(&layout.mount_point);
    cgroup_layout_free(&layout);
    raise_files();
    list.entries = malloc(ENTRIES_SIZE);
    if (!list.entries)
        abort();
    if (!add_node(&list, NULL, "", 0)) {
        code = error_system(error, -errno, "cannot open %s", list.mount_point);
        cgroup_list_close(&list);
        return code;
    }
    *ret = list;
    return 0;
}

static void keep_node(void *node) {
    (void)node; /* the list owns it */
}

void cgroup_list_close(struct cgroup_list *list) {
    tdestroy(list->by_inode, keep_node);
    for (size_t i = 0; i < list->node_count; i++)
        free_node(list->nodes[i]);
    free(list->nodes);
    free(list->shown);
    free(list->entries);
    free(list->mount_point);
    *list = (struct cgroup_list){0};
}
