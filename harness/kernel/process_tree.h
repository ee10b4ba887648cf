/* Where no cgroup may be made: a tree of processes in the place of a group. Its members are a process that we
 * started and all that came of it. We are their subreaper, so that one whose parent has died becomes our
 * child; such an orphan is told by having been seen before, by its process group or session, by a variable in
 * its environment, and where none of these tells, it counts for the tree made last, which is the target's.
 * Layer: kernel/. Includes base/, model/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/snapshot.h"

/* The variable whose value is the name of the tree. */
#define PROCESS_TREE_VARIABLE "PLIMSOLL_GROUP"

/* ---- pure: whose is each process? ---- */

enum { TREE_NONE = 0, TREE_STRANGER = -1 }; /* a stranger: a child of ours that is of no tree */

/* One process, as /proc/PID/stat tells it. */
struct process_row {
    pid_t pid;
    pid_t parent;
    pid_t process_group;
    pid_t session;
    int64_t start_ticks; /* since boot: with its number it names a process for good */
    int tasks;           /* threads */
    bool alive;          /* false: a zombie */
    int tree;            /* number of its tree, TREE_NONE or TREE_STRANGER */
};

/* False where the text is no such line. `tree` is TREE_NONE then. */
bool process_row_parse(const char *text, struct process_row *ret);

/* The number of the tree whose name begins with `prefix`, in an environment as /proc/PID/environ has it:
 * entries that end in 0. TREE_NONE where no entry tells it. */
int process_marker_parse(const char *environment, size_t length, const char *prefix);

/* One tree, and the process of it that was started last. */
struct process_root {
    int tree;
    pid_t pid; /* 0: none yet */
};

/* Gives every process its tree. `rows` are in the order of their numbers; those seen before have theirs.
 * `ours` is the process whose children the orphans become; 0: it is gone, and every process may be an orphan.
 * `roots` are in the order in which the trees were made. `marker` reads the number of a tree from a process's
 * environment, 0 where it tells none. */
void process_rows_assign(struct process_row *rows, size_t count, pid_t ours, const struct process_root *roots,
                         size_t root_count, int (*marker)(void *context, pid_t pid), void *context);

/* ---- the system ---- */

/* Who was seen in the trees of this process, in memory that the keeper shares. */
struct process_table;

/* NULL where there is no memory for it. Release with process_table_close(). */
struct process_table *process_table_open(void);
void process_table_close(struct process_table *table);

/* A child of ours that is to be in no tree, though it is started while there are some: the keeper. The last
 * one named holds. */
void process_table_exclude(struct process_table *table, pid_t pid);

/* For the keeper, once the harness is gone: ends every process of every tree, until none is left or the time
 * is over. `prefix` is what the names of its trees begin with. */
void process_table_end(const struct process_table *table, const char *prefix, int64_t timeout_ns);

struct process_tree;

/* `name` ends in "-NUMBER"; the children that we have already will never be in it. Release with
 * process_tree_close(). */
int process_tree_open(struct process_table *table, const char *name, struct process_tree **ret,
                      struct error *error);
void process_tree_close(struct process_tree *tree);

/* What was started in it. */
void process_tree_joined(struct process_tree *tree, pid_t pid);

/* Counts its processes that live, sends each the signal (0: none), and puts the numbers of the first `size`
 * of them in `pids`. A negative errno where /proc cannot be read. */
int process_tree_sweep(struct process_tree *tree, int signal_number, long *pids, int size);

/* Its processes that lived at the last look, which is not taken anew: as process_tree_sweep(). */
int process_tree_members(const struct process_tree *tree, long *pids, int size);

/* Threads at the last look; unknown where /proc could not be read. */
struct known_i64 process_tree_tasks(const struct process_tree *tree);

/* Adds up what its processes hold. anon includes what is swapped out, since nothing keeps it out of swap;
 * kernel is page tables and stacks of threads alone; usage is all of that and the files that are mapped. What
 * one of them does not tell is unknown, and so is the rest; all of it where no process could be read. */
void process_tree_read(struct process_tree *tree, struct snapshot *ret);

/* The most that one process was seen to map of files, with the pages of others counted in full; unknown
 * before the first reading. */
struct known_i64 process_tree_file_most(const struct process_tree *tree);

/* How long to wait after the last reading before the next: 50 ms, less in the first 100 ms, and more where a
 * reading costs more than a thirtieth of that. */
int64_t process_tree_pause_ns(const struct process_tree *tree);

/* Was there a process whose shared memory had to be counted in full? */
bool process_tree_shared_in_full(const struct process_tree *tree);
