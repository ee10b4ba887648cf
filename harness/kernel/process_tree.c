#include "kernel/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/process_memory.h"

/* More processes than this are still measured and ended while we live; the keeper knows but these. */
#define TABLE_MAX 4096

/* The target's and its load's. */
#define ROOTS_MAX 4

/* A reading walks the page tables of every process: at 50 ms one of 1.5 ms takes three hundredths of a CPU.
 */
#define PAUSE_LEAST_NS (50 * NS_PER_MS)
#define PAUSE_PER_COST 32

/* THREAD_SIZE of x86-64 (arch/x86/include/asm/page_64_types.h) and of arm64 with pages of 4 KiB. */
#define THREAD_STACK_BYTES (16 * KIB)

/* A child that is one memory with its parent goes on to exec at once. */
#define YOUNG_NS (200 * NS_PER_MS)

/* Environments are shorter, or the marker is not found. */
#define ENVIRONMENT_MAX ((size_t)4 * 1024 * 1024)

/* ---- pure ---- */

bool process_row_parse(const char *text, struct process_row *ret) {
    struct process_row row = {.tree = TREE_NONE};
    char state;
    long long start;
    int end = 0;
    /* The name may hold any byte: fields are counted from the last bracket on, from the third (proc(5)). */
    const char *at = strrchr(text, ')');
    if (!at || sscanf(text, "%d (", &row.pid) != 1 ||
        sscanf(at + 1, " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %lld%n",
               &state, &row.parent, &row.process_group, &row.session, &row.tasks, &start, &end) != 6 ||
        !end)
        return false;
    row.start_ticks = start;
    /* A dead leader with threads that live is shown as a zombie too. */
    row.alive = state != 'X' && (state != 'Z' || row.tasks > 1);
    *ret = row;
    return true;
}

static struct process_row *find_row(struct process_row *rows, size_t count, pid_t pid) {
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (rows[middle].pid == pid)
            return &rows[middle];
        if (rows[middle].pid < pid)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

/* Children are where their parents are. */
static void descend(struct process_row *rows, size_t count) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            const struct process_row *parent =
                rows[i].tree == TREE_NONE ? find_row(rows, count, rows[i].parent) : NULL;
            if (!parent || parent->tree == TREE_NONE)
                continue;
            rows[i].tree = parent->tree;
            changed = true;
        }
    }
}

static int tree_of_orphan(const struct process_row *row, const struct process_root *roots, size_t root_count,
                          int (*marker)(void *context, pid_t pid), void *context) {
    for (size_t i = 0; i < root_count; i++)
        if (roots[i].pid &&
            (roots[i].pid == row->pid || roots[i].pid == row->process_group || roots[i].pid == row->session))
            return roots[i].tree;
    int marked = marker(context, row->pid);
    for (size_t i = 0; i < root_count; i++)
        if (marked == roots[i].tree)
            return marked;
    return root_count ? roots[root_count - 1].tree : TREE_NONE;
}

void process_rows_assign(struct process_row *rows, size_t count, pid_t ours, const struct process_root *roots,
                         size_t root_count, int (*marker)(void *context, pid_t pid), void *context) {
    descend(rows, count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].tree != TREE_NONE)
            continue;
        if (!ours)
            rows[i].tree = marker(context, rows[i].pid);
        else if (rows[i].parent == ours)
            rows[i].tree = tree_of_orphan(&rows[i], roots, root_count, marker, context);
    }
    descend(rows, count);
}

int process_marker_parse(const char *environment, size_t length, const char *prefix) {
    CLEANUP_FREE char *wanted = text_format("%s=%s", PROCESS_TREE_VARIABLE, prefix);
    size_t wanted_length = strlen(wanted);
    const char *end = environment + length;
    for (const char *entry = environment; entry < end;) {
        size_t entry_length = strnlen(entry, (size_t)(end - entry));
        if (entry_length > wanted_length && memcmp(entry, wanted, wanted_length) == 0) {
            CLEANUP_FREE char *digits = text_copy_bytes(entry + wanted_length, entry_length - wanted_length);
            long number = strtol(digits, NULL, 10);
            if (number > 0 && number < INT32_MAX)
                return (int)number;
        }
        entry += entry_length + 1;
    }
    return TREE_NONE;
}

/* ---- the table that is shared with the keeper ---- */

struct seen {
    pid_t pid;
    int tree;
    int64_t start_ticks;
};

/* We may be killed while it is written: what is written is never what is read. */
struct process_table {
    int shown; /* which of the two lists holds */
    int counts[2];
    struct seen lists[2][TABLE_MAX];
    struct process_root roots[ROOTS_MAX];
    size_t root_count;
    struct seen excluded; /* pid 0: nobody */
};

struct process_table *process_table_open(void) {
    void *table =
        mmap(NULL, sizeof(struct process_table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return table == MAP_FAILED ? NULL : table;
}

void process_table_close(struct process_table *table) {
    if (table)
        munmap(table, sizeof *table);
}

static void recall_one(const struct seen *seen, struct process_row *rows, size_t count) {
    struct process_row *row = find_row(rows, count, seen->pid);
    if (row && row->start_ticks == seen->start_ticks)
        row->tree = seen->tree;
}

static void recall(const struct process_table *table, struct process_row *rows, size_t count) {
    int shown = __atomic_load_n(&table->shown, __ATOMIC_ACQUIRE);
    for (int i = 0; i < table->counts[shown]; i++)
        recall_one(&table->lists[shown][i], rows, count);
    recall_one(&table->excluded, rows, count);
}

static void remember(struct process_table *table, const struct process_row *rows, size_t count) {
    int other = !table->shown;
    int kept = 0;
    for (size_t i = 0; i < count && kept < TABLE_MAX; i++)
        if (rows[i].tree != TREE_NONE)
            table->lists[other][kept++] = (struct seen){rows[i].pid, rows[i].tree, rows[i].start_ticks};
    table->counts[other] = kept;
    __atomic_store_n(&table->shown, other, __ATOMIC_RELEASE);
}

/* ---- looking at /proc ---- */

struct rows {
    struct process_row *list;
    size_t count;
    size_t room;
};

static int compare_pids(const void *a, const void *b) {
    const struct process_row *left = a;
    const struct process_row *right = b;
    return (left->pid > right->pid) - (left->pid < right->pid);
}

static void add_row(struct rows *rows, const struct process_row *row) {
    if (rows->count == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 256;
        rows->list = realloc(rows->list, rows->room * sizeof *rows->list);
        if (!rows->list)
            abort();
    }
    rows->list[rows->count++] = *row;
}

/* `proc` is /proc. False: there is no such process any more. */
static bool read_row(int proc, const char *pid, struct process_row *ret) {
    char name[300];
    char text[1024];
    snprintf(name, sizeof name, "%s/stat", pid);
    return file_read_text_at(proc, name, text, sizeof text) > 0 && process_row_parse(text, ret);
}

static int read_rows(struct rows *rows) {
    rows->count = 0;
    DIR *list = opendir("/proc");
    if (!list)
        return -errno;
    for (struct dirent *entry; (entry = readdir(list));) {
        struct process_row row;
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && read_row(dirfd(list), entry->d_name, &row))
            add_row(rows, &row);
    }
    closedir(list);
    if (rows->count)
        qsort(rows->list, rows->count, sizeof *rows->list, compare_pids);
    return 0;
}

/* The number of the tree whose name begins with `context` in a process's environment. Only of processes that
 * we may look at, and not of those that write over it. */
static int read_marker(void *context, pid_t pid) {
    const char *prefix = context;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    CLEANUP_FREE char *text = NULL;
    size_t length;
    if (fd < 0 || file_read_open(fd, ENVIRONMENT_MAX, &text, &length) < 0)
        return TREE_NONE;
    return process_marker_parse(text, length, prefix);
}

void process_table_exclude(struct process_table *table, pid_t pid) {
    struct process_row row;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    if (read_row(AT_FDCWD, path, &row))
        table->excluded = (struct seen){pid, TREE_STRANGER, row.start_ticks};
}

void process_table_end(const struct process_table *table, const char *prefix, int64_t timeout_ns) {
    struct timespec pause = {.tv_nsec = NS_PER_MS};
    int64_t deadline = clock_now_ns() + timeout_ns;
    CLEANUP_FREE char *context = text_copy(prefix);
    struct rows rows = {0};
    for (int left = 1; left && clock_now_ns() < deadline;) {
        left = 0;
        if (read_rows(&rows) < 0)
            break;
        recall(table, rows.list, rows.count);
        process_rows_assign(rows.list, rows.count, 0, NULL, 0, read_marker, context);
        for (size_t i = 0; i < rows.count; i++) {
            if (rows.list[i].tree <= TREE_NONE || !rows.list[i].alive)
                continue;
            left++;
            kill(rows.list[i].pid, SIGKILL);
        }
        if (left)
            nanosleep(&pause, NULL);
    }
    free(rows.list);
}

/* ---- one tree ---- */

struct process_tree {
    struct process_table *table; /* borrowed */
    int number;
    char *prefix; /* of its name: all but the number */
    struct rows rows;
    bool looked;      /* the rows hold */
    int64_t cost_ns;  /* CPU time of the last reading */
    int64_t first_ns; /* when the first that told something was taken; 0: none was */
    int64_t last_ns;
    struct known_i64 file_most;
    bool shared_in_full;
};

static int look(struct process_tree *tree) {
    struct rows *rows = &tree->rows;
    int code = read_rows(rows);
    tree->looked = code == 0;
    if (code < 0)
        return code;
    recall(tree->table, rows->list, rows->count);
    process_rows_assign(rows->list, rows->count, getpid(), tree->table->roots, tree->table->root_count,
                        read_marker, tree->prefix);
    remember(tree->table, rows->list, rows->count);
    return 0;
}

int process_tree_open(struct process_table *table, const char *name, struct process_tree **ret,
                      struct error *error) {
    const char *dash = strrchr(name, '-');
    if (!dash || table->root_count == ROOTS_MAX)
        return error_plain(error, -EINVAL, "%s: no name for a tree of processes", name);
    struct process_tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        abort();
    *tree = (struct process_tree){.table = table, .number = (int)strtol(dash + 1, NULL, 10)};
    tree->prefix = text_copy_bytes(name, (size_t)(dash + 1 - name));
    int code = look(tree);
    if (code < 0) {
        error_system(error, code, "cannot list the processes in /proc");
        process_tree_close(tree);
        return code;
    }
    /* Who is our child by now is none of its orphans. */
    for (size_t i = 0; i < tree->rows.count; i++)
        if (tree->rows.list[i].parent == getpid() && tree->rows.list[i].tree == TREE_NONE)
            tree->rows.list[i].tree = TREE_STRANGER;
    remember(table, tree->rows.list, tree->rows.count);
    table->roots[table->root_count++] = (struct process_root){.tree = tree->number};
    *ret = tree;
    return 0;
}

void process_tree_close(struct process_tree *tree) {
    struct process_table *table = tree->table;
    size_t kept = 0;
    for (size_t i = 0; i < table->root_count; i++)
        if (table->roots[i].tree != tree->number)
            table->roots[kept++] = table->roots[i];
    table->root_count = kept;
    free(tree->rows.list);
    free(tree->prefix);
    free(tree);
}

void process_tree_joined(struct process_tree *tree, pid_t pid) {
    for (size_t i = 0; i < tree->table->root_count; i++)
        if (tree->table->roots[i].tree == tree->number)
            tree->table->roots[i].pid = pid;
    (void)look(tree); /* so that the keeper knows of it from the start */
}

int process_tree_sweep(struct process_tree *tree, int signal_number, long *pids, int size) {
    int code = look(tree);
    if (code < 0)
        return code;
    for (size_t i = 0; signal_number && i < tree->rows.count; i++) {
        const struct process_row *row = &tree->rows.list[i];
        if (row->tree == tree->number && row->alive)
            kill(row->pid, signal_number);
    }
    return process_tree_members(tree, pids, size);
}

int process_tree_members(const struct process_tree *tree, long *pids, int size) {
    int found = 0;
    for (size_t i = 0; i < tree->rows.count; i++) {
        const struct process_row *row = &tree->rows.list[i];
        if (row->tree != tree->number || !row->alive)
            continue;
        if (found < size)
            pids[found] = row->pid;
        found++;
    }
    return found;
}

struct known_i64 process_tree_tasks(const struct process_tree *tree) {
    int64_t tasks = 0;
    if (!tree->looked)
        return UNKNOWN_I64;
    for (size_t i = 0; i < tree->rows.count; i++)
        if (tree->rows.list[i].tree == tree->number && tree->rows.list[i].alive)
            tasks += tree->rows.list[i].tasks;
    return known_i64(tasks);
}

/* False: it has ended, or is about to. */
static bool read_memory(pid_t pid, struct process_memory *ret) {
    char path[64];
    char text[8192];
    struct process_memory memory = {0};
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    bool rolled =
        file_read_text_at(AT_FDCWD, path, text, sizeof text) > 0 && process_memory_of_rollup(text, &memory);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    bool told = file_read_text_at(AT_FDCWD, path, text, sizeof text) > 0 &&
                process_memory_of_status(text, !rolled, &memory);
    *ret = memory;
    return told;
}

static bool is_young(const struct process_row *row) {
    struct timespec now; /* of the clock that the start is told by */
    long ticks_per_s = sysconf(_SC_CLK_TCK);
    if (ticks_per_s <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
        return false;
    int64_t start_ns = row->start_ticks * (NS_PER_S / ticks_per_s);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec - start_ns < YOUNG_NS;
}

/* Between vfork() and exec: its memory is its parent's, which has been counted. */
static bool is_borrowed(const struct process_row *row, const struct process_memory *memory) {
    struct process_memory parent;
    return is_young(row) && read_memory(row->parent, &parent) && process_memory_is_one(&parent, memory);
}

/* Is its memory its parent's, which is counted there? */
static bool is_counted(const struct process_tree *tree, const struct process_row *row,
                       const struct process_memory *memory) {
    const struct process_row *parent = find_row(tree->rows.list, tree->rows.count, row->parent);
    return parent && parent->tree == tree->number && is_borrowed(row, memory);
}

static struct snapshot snapshot_of(const struct process_memory *sum, int64_t tasks) {
    struct snapshot snapshot = {
        .anon = known_sum(sum->anon, sum->swap),
        .swap = sum->swap,
        .shmem = sum->shmem,
        .kernel = known_sum(sum->page_tables, known_i64(tasks * THREAD_STACK_BYTES)),
    };
    /* Of page cache it is but what is mapped: that is in the usage alone. */
    snapshot.usage =
        known_sum(known_sum(snapshot.anon, snapshot.shmem), known_sum(snapshot.kernel, sum->file));
    return snapshot;
}

void process_tree_read(struct process_tree *tree, struct snapshot *ret) {
    struct process_memory sum = process_memory_none();
    int64_t start_ns = clock_thread_ns();
    int64_t tasks = 0;
    int read = 0;
    bool looked = look(tree) == 0;
    for (size_t i = 0; looked && i < tree->rows.count; i++) {
        const struct process_row *row = &tree->rows.list[i];
        struct process_memory memory;
        if (row->tree != tree->number || !row->alive || !read_memory(row->pid, &memory))
            continue;
        read++;
        tasks += row->tasks;
        known_raise(&tree->file_most, memory.whole_file);
        if (!is_counted(tree, row, &memory))
            process_memory_add(&sum, &memory);
    }
    tree->shared_in_full = tree->shared_in_full || sum.shared_in_full;
    tree->cost_ns = clock_thread_ns() - start_ns;
    tree->last_ns = clock_now_ns();
    if (read && !tree->first_ns)
        tree->first_ns = tree->last_ns;
    struct snapshot snapshot = read ? snapshot_of(&sum, tasks) : (struct snapshot){0};
    snapshot.time_ns = ret->time_ns;
    *ret = snapshot;
}

int64_t process_tree_pause_ns(const struct process_tree *tree) {
    int64_t pause = tree->cost_ns * PAUSE_PER_COST;
    /* A short run has to be seen too: at first readings are as far apart as it is old. */
    int64_t age = tree->first_ns ? tree->last_ns - tree->first_ns : 0;
    if (age < PAUSE_LEAST_NS)
        return age;
    return pause > PAUSE_LEAST_NS ? pause : PAUSE_LEAST_NS;
}

struct known_i64 process_tree_file_most(const struct process_tree *tree) {
    return tree->file_most;
}

bool process_tree_shared_in_full(const struct process_tree *tree) {
    return tree->shared_in_full;
}
