/* Where groups can be made: finding a parent, looking at what is above it, finding what earlier runs left. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/cgroup.h"
#include "kernel/host.h"
#include "kernel/parse.h"
#include "kernel/process_tree.h"

#define GROUP_PREFIX "plimsoll-"
#define HOME_PREFIX  "plimsoll-home-"

/* Dropping page cache: so often, with a pause, and what may be left. */
#define DROP_ROUNDS     20
#define DROP_PAUSE_NS   50000000
#define DROP_LEFT_BYTES (1 * MIB)

static int open_dir(const char *path) {
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Tries the very thing that is needed: a child group. Returns 0, or 1 where children had to be enabled first,
 * or a negative errno with nothing changed. */
static int try_parent(const struct cgroup_ops *ops, const char *path) {
    CLEANUP_CLOSE int dirfd = open_dir(path);
    if (dirfd < 0)
        return -errno;
    int enabled = ops->enable_children(dirfd);
    if (enabled < 0)
        return enabled;
    /* Named as any group of ours, so that `clean` finds it if we are killed in this very moment. */
    long pid = getpid();
    CLEANUP_FREE char *probe =
        text_format(GROUP_PREFIX "%ld-%lld-0", pid, (long long)known_or(host_process_start(pid), 0));
    if (mkdirat(dirfd, probe, 0755) < 0) {
        int code = -errno;
        if (enabled)
            (void)ops->disable_children(dirfd);
        return code;
    }
    (void)unlinkat(dirfd, probe, AT_REMOVEDIR);
    return enabled;
}

static void take_parent(struct cgroup_site *site, const char *path, int enabled) {
    site->parent_path = text_copy(path);
    site->enabled = enabled > 0;
}

/* Given to us to manage: systemd marks delegated groups, and an unprivileged user owns only what was
 * delegated. */
static bool is_delegated(const char *path) {
    char value[8] = "";
    if (getxattr(path, "user.delegate", value, sizeof value - 1) > 0 && value[0] == '1')
        return true;
    if (getxattr(path, "trusted.delegate", value, sizeof value - 1) > 0 && value[0] == '1')
        return true;
    struct stat status;
    return geteuid() != 0 && stat(path, &status) == 0 && status.st_uid == geteuid();
}

/* Moves every process of one group into another. */
static int move_processes(const struct cgroup_ops *ops, const char *from, const char *to) {
    CLEANUP_CLOSE int from_fd = open_dir(from);
    CLEANUP_CLOSE int to_fd = open_dir(to);
    if (from_fd < 0 || to_fd < 0)
        return -errno;
    /* A process forked while we move the others is caught by the next round. */
    for (int round = 0; round < 10; round++) {
        char text[65536];
        ssize_t length = file_read_text_at(from_fd, ops->procs_name, text, sizeof text);
        if (length <= 0)
            return (int)length;
        for (char *save = NULL, *pid = strtok_r(text, "\n", &save); pid; pid = strtok_r(NULL, "\n", &save)) {
            int code = file_write_text_at(to_fd, ops->procs_name, pid);
            if (code < 0 && code != -ESRCH)
                return code;
        }
    }
    return -EBUSY;
}

/* v2 lets no group have processes and limited children both: empties our group into a leaf of its own. */
static int move_home(struct cgroup_site *site) {
    CLEANUP_FREE char *home = text_format("%s/" HOME_PREFIX "%d", site->own_path, (int)getpid());
    if (mkdir(home, 0755) < 0)
        return -errno;
    int code = move_processes(site->ops, site->own_path, home);
    if (code == 0)
        code = try_parent(site->ops, site->own_path);
    if (code < 0) {
        (void)move_processes(site->ops, home, site->own_path);
        rmdir(home);
        return code;
    }
    site->home_path = STEAL_POINTER(&home);
    return code;
}

/* A plimsoll that runs beside us, or one that was killed, has moved our processes to its leaf: the group
 * above it is the one that was meant. */
static void leave_home(struct cgroup_site *site) {
    char *slash = strrchr(site->own_path, '/');
    if (slash && text_starts_with(slash + 1, HOME_PREFIX))
        *slash = '\0';
}

void cgroup_site_restore(const struct cgroup_site *site) {
    CLEANUP_CLOSE int parent = site->enabled ? open_dir(site->parent_path) : -1;
    /* Fails while another plimsoll has groups there: then they stay enabled, and the leaf with them. */
    if (parent < 0 || site->ops->disable_children(parent) < 0 || !site->home_path)
        return;
    (void)move_processes(site->ops, site->home_path, site->own_path);
    rmdir(site->home_path);
}

/* The nearest group above ours in which a limited group can be made; for root on a v2 machine whose session
 * groups hold processes. Returns as try_parent(). */
static int climb(struct cgroup_site *site) {
    CLEANUP_FREE char *path = text_copy(site->own_path);
    int code = -EBUSY;
    while (strlen(path) > strlen(site->mount_point)) {
        *strrchr(path, '/') = '\0';
        code = try_parent(site->ops, path);
        if (code >= 0) {
            take_parent(site, path, code);
            return code;
        }
    }
    return code;
}

static int refuse(const struct cgroup_site *site, int code, struct error *error) {
    error_system(error, code, "cannot create a memory cgroup under %s", site->own_path);
    if (code == -EROFS) {
        error_advise(error, "remount it writable (in a container: --privileged)");
        error_advise(error, "plimsoll watch reads it as it is");
    } else if (site->ancestors_hidden) {
        error_advise(error, "in a container: start it with --privileged");
        error_advise(error, "plimsoll watch reads its own group as it is");
    } else if (geteuid() != 0 && site->ops == &cgroup_v2_ops) {
        error_hint(error, "systemd-run --user --scope -p Delegate=yes plimsoll ...");
        error_advise(error, "as root: sudo plimsoll ...");
    } else if (geteuid() != 0) {
        error_hint(error, "sudo plimsoll ...");
    } else {
        error_advise(error, "in a container: start it with --privileged");
    }
    return code;
}

static int find_parent(struct cgroup_site *site) {
    leave_home(site);
    int code = try_parent(site->ops, site->own_path);
    if (code == -EBUSY && (is_delegated(site->own_path) || site->ancestors_hidden))
        code = move_home(site);
    if (code >= 0) {
        take_parent(site, site->own_path, code);
        return 0;
    }
    if (code != -EBUSY && code != -EACCES && code != -EPERM)
        return code;
    int climbed = climb(site);
    if (climbed >= 0)
        return 0;
    return code == -EBUSY ? climbed : code;
}

/* Where we are, before it is known where groups can be made. */
static int look_around(struct cgroup_site *ret, struct error *error) {
    CLEANUP_FREE char *proc_cgroup = NULL;
    CLEANUP_FREE char *mountinfo = NULL;
    struct cgroup_layout layout = {0};
    int code = file_read_all("/proc/self/cgroup", MIB, &proc_cgroup, error);
    if (code == 0)
        code = file_read_all("/proc/self/mountinfo", 64 * MIB, &mountinfo, error);
    if (code == 0)
        code = cgroup_layout_parse(proc_cgroup, mountinfo, &layout, error);
    if (code < 0)
        return code;
    struct cgroup_site site = {.ops = layout.ops,
                               .above = layout.ops,
                               .mount_point = layout.mount_point,
                               .own_path = layout.own_path,
                               .hybrid = layout.hybrid};
    CLEANUP_CLOSE int top = open_dir(site.mount_point);
    site.ancestors_hidden = top >= 0 && !site.ops->is_true_root(top);
    *ret = site;
    return 0;
}

int cgroup_site_open(struct cgroup_site *ret, struct error *error) {
    struct cgroup_site site;
    int code = look_around(&site, error);
    if (code < 0)
        return code;
    code = find_parent(&site);
    if (code < 0) {
        refuse(&site, code, error);
        cgroup_site_close(&site);
        return code;
    }
    *ret = site;
    return 0;
}

/* What the names of our groups begin with: all but the number. */
static char *name_prefix(long pid) {
    return text_format(GROUP_PREFIX "%ld-%lld-", pid, (long long)known_or(host_process_start(pid), 0));
}

int cgroup_site_open_processes(struct cgroup_site *ret, struct error *error) {
    struct cgroup_site site = {0};
    struct error ignored;
    struct process_table *table = process_table_open();
    if (!table)
        return error_system(error, -ENOMEM, "cannot keep a list of processes");
    if (look_around(&site, &ignored) < 0)
        site.ancestors_hidden = true;
    site.ops = &cgroup_processes_ops;
    site.table = table;
    site.names = name_prefix(getpid());
    *ret = site;
    return 0;
}

void cgroup_site_end_processes(const struct cgroup_site *site, int64_t timeout_ns) {
    if (site->table)
        process_table_end(site->table, site->names, timeout_ns);
}

void cgroup_site_close(struct cgroup_site *site) {
    if (site->ops)
        cgroup_site_restore(site);
    free(site->mount_point);
    free(site->own_path);
    free(site->parent_path);
    free(site->home_path);
    free(site->names);
    process_table_close(site->table);
    *site = (struct cgroup_site){0};
}

int cgroup_umbrella_open(struct cgroup_site *site, const char *path, struct error *error) {
    if (site->table)
        return error_plain(error, -ENOTSUP, "nothing can be dropped without a cgroup");
    if (mkdir(path, 0755) < 0)
        return error_system(error, -errno, "cannot create the cgroup %s", path);
    CLEANUP_CLOSE int dirfd = open_dir(path);
    int code = dirfd < 0 ? -errno : site->ops->enable_children(dirfd);
    if (code < 0) {
        rmdir(path);
        return error_system(error, code, "cannot make groups in the cgroup %s", path);
    }
    /* As long as we live: it tells `clean` so. */
    (void)flock(dirfd, LOCK_SH);
    site->umbrella_path = text_copy(path);
    site->umbrella_fd = steal_fd(&dirfd);
    return 0;
}

void cgroup_umbrella_close(struct cgroup_site *site) {
    if (!site->umbrella_path)
        return;
    rmdir(site->umbrella_path);
    close(site->umbrella_fd);
    free(site->umbrella_path);
    site->umbrella_path = NULL;
}

bool cgroup_umbrella_refuses_swap(const struct cgroup_site *site) {
    return !site->umbrella_path || faccessat(site->umbrella_fd, site->ops->swap_name, F_OK, 0) == 0;
}

bool cgroup_umbrella_can_drop_cache(const struct cgroup_site *site) {
    return site->umbrella_path && faccessat(site->umbrella_fd, site->ops->drop_cache_name, W_OK, 0) == 0;
}

/* Pages that are being written back stay for a moment. */
int cgroup_umbrella_drop_cache(const struct cgroup_site *site) {
    struct timespec pause = {.tv_nsec = DROP_PAUSE_NS};
    if (!cgroup_umbrella_can_drop_cache(site))
        return -ENOTSUP;
    for (int round = 0; round < DROP_ROUNDS; round++) {
        struct snapshot now = {0};
        int code = site->ops->drop_cache(site->umbrella_fd);
        if (code < 0)
            return code;
        site->ops->read_usage(site->umbrella_fd, &now);
        if (known_or(snapshot_file_cache(&now), 0) <= DROP_LEFT_BYTES)
            return 0;
        nanosleep(&pause, NULL);
    }
    return -EAGAIN;
}

char *cgroup_next_path(struct cgroup_site *site) {
    if (site->table)
        return text_format("%s%d", site->names, ++site->next_number);
    CLEANUP_FREE char *names = name_prefix(getpid());
    return text_format("%s/%s%d", site->umbrella_path ? site->umbrella_path : site->parent_path, names,
                       ++site->next_number);
}

static void read_ancestor(const struct cgroup_ops *ops, const char *path, struct known_i64 *limit,
                          struct group_events *events) {
    CLEANUP_CLOSE int dirfd = open_dir(path);
    if (dirfd < 0)
        return;
    if (limit)
        *limit = ops->read_limit(dirfd);
    ops->read_events(dirfd, false, events);
}

/* The group that ours are made in; what is started without one is in our own. */
static const char *first_above(const struct cgroup_site *site) {
    return site->table ? site->own_path : site->parent_path;
}

/* From `first` up to the top. */
static void list_ancestors(const struct cgroup_site *site, const char *first, struct ancestor_events **ret,
                           size_t *ret_count) {
    struct ancestor_events *list = NULL;
    size_t count = 0;
    *ret = NULL;
    *ret_count = 0;
    if (!site->above)
        return;
    CLEANUP_FREE char *path = text_copy(first);
    size_t top_length = strlen(site->mount_point);
    /* The true root has no limit of its own: running out there is the host's OOM. */
    size_t shortest = site->ancestors_hidden ? top_length : top_length + 1;
    while (strlen(path) >= shortest) {
        struct ancestor_events *grown = realloc(list, (count + 1) * sizeof *list);
        if (!grown)
            abort();
        list = grown;
        list[count] = (struct ancestor_events){.path = text_copy(path)};
        read_ancestor(site->above, path, &list[count].limit_bytes, &list[count].before);
        count++;
        char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            break;
        *slash = '\0';
    }
    *ret = list;
    *ret_count = count;
}

void cgroup_ancestors_before(const struct cgroup_site *site, const struct cgroup *group,
                             struct ancestor_events **ret, size_t *ret_count) {
    if (site->table) {
        list_ancestors(site, site->own_path, ret, ret_count);
        return;
    }
    size_t length = strlen(site->parent_path);
    bool ours = strncmp(group->path, site->parent_path, length) == 0 && group->path[length] == '/';
    CLEANUP_FREE char *above =
        text_copy_bytes(group->path, (size_t)(strrchr(group->path, '/') - group->path));
    list_ancestors(site, ours ? site->parent_path : above, ret, ret_count);
}

void cgroup_ancestors_after(const struct cgroup_site *site, struct ancestor_events *ancestors, size_t count) {
    for (size_t i = 0; i < count; i++)
        read_ancestor(site->above, ancestors[i].path, NULL, &ancestors[i].after);
}

struct known_i64 cgroup_site_room(const struct cgroup_site *site) {
    struct known_i64 room = host_available_bytes();
    struct ancestor_events *ancestors = NULL;
    size_t count = 0;
    list_ancestors(site, first_above(site), &ancestors, &count);
    for (size_t i = 0; i < count; i++) {
        CLEANUP_CLOSE int dirfd = open_dir(ancestors[i].path);
        if (dirfd >= 0 && ancestors[i].limit_bytes.known) {
            struct snapshot now = {0};
            site->above->read_usage(dirfd, &now);
            /* Page cache up there gives way to us; what cannot be reclaimed does not. */
            int64_t used = known_or(snapshot_needed(&now), known_or(now.usage, 0));
            int64_t left = ancestors[i].limit_bytes.value - used;
            if (!room.known || left < room.value)
                room = known_i64(left > 0 ? left : 0);
        }
        free(ancestors[i].path);
    }
    free(ancestors);
    return room;
}

void cgroup_site_runner_limit(const struct cgroup_site *site, struct known_i64 host_bytes,
                              struct runner_limit *ret) {
    struct ancestor_events *ancestors = NULL;
    size_t count = 0;
    struct runner_limit limit = {.bytes = host_bytes};
    if (host_bytes.known)
        limit.what = text_copy("this host's memory");
    list_ancestors(site, first_above(site), &ancestors, &count);
    for (size_t i = 0; i < count; i++) {
        struct known_i64 here = ancestors[i].limit_bytes;
        if (here.known && (!limit.bytes.known || here.value < limit.bytes.value)) {
            free(limit.what);
            limit.bytes = here;
            limit.what = text_format("the limit of %s", ancestors[i].path);
        }
        free(ancestors[i].path);
    }
    free(ancestors);
    *ret = limit;
}

bool cgroup_name_is_leftover(const char *name) {
    long pid;
    long long start;
    int number;
    int end = 0;
    if (sscanf(name, GROUP_PREFIX "%ld-%lld-%d%n", &pid, &start, &number, &end) != 3 || name[end] != '\0')
        return false;
    struct known_i64 alive = host_process_start(pid);
    return !alive.known || alive.value != start;
}

/* Of a harness that is gone, and none in another pid namespace holds the lock that cgroup_create() takes. */
static bool is_leftover(const char *path, const char *name) {
    if (!cgroup_name_is_leftover(name))
        return false;
    CLEANUP_CLOSE int dirfd = open_dir(path);
    return dirfd >= 0 && flock(dirfd, LOCK_EX | LOCK_NB) == 0;
}

/* nftw() passes no context. */
static void (*leftover_found)(const char *path, void *context);
static void *leftover_context;

static int visit(const char *path, const struct stat *status, int type, struct FTW *at) {
    (void)status;
    if (type != FTW_D || !is_leftover(path, path + at->base))
        return FTW_CONTINUE;
    leftover_found(path, leftover_context);
    return FTW_SKIP_SUBTREE; /* it goes as a whole */
}

int cgroup_find_leftovers(const struct cgroup_site *site, void (*found)(const char *path, void *context),
                          void *context) {
    leftover_found = found;
    leftover_context = context;
    return nftw(site->mount_point, visit, 32, FTW_PHYS | FTW_MOUNT | FTW_ACTIONRETVAL) < 0 ? -errno : 0;
}
