/* What one process holds, as the kernel tells it of the process itself and not of its group.
 * Layer: kernel/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>

#include "base/known.h"

/* All in bytes. What the kernel does not offer is unknown. */
struct process_memory {
    struct known_i64 anon;        /* anonymous and in memory; a share of the pages that others map too */
    struct known_i64 shmem;       /* tmpfs and shared anonymous that it maps, likewise shared out */
    struct known_i64 file;        /* other files that it maps, likewise */
    struct known_i64 swap;        /* anonymous and swapped out, likewise */
    struct known_i64 whole_anon;  /* as anon, with the pages of others counted in full */
    struct known_i64 whole_file;  /* as file, likewise */
    struct known_i64 page_tables; /* lowest level */
    bool
        shared_in_full; /* pages that others map too are counted in full in all of these: a sum is too high */
};

/* The text of /proc/PID/smaps_rollup (Documentation/filesystems/proc.rst, 3.4). False where it does not tell
 * what kind of memory it is (before Linux 5.4), or is empty as that of a process on its way out: *ret is then
 * as it was. */
bool process_memory_of_rollup(const char *text, struct process_memory *ret);

/* The text of /proc/PID/status. Page tables and whole_file always; the rest only with `all`, from its Rss*
 * lines (since Linux 4.5), which count what is shared in full. False where it tells nothing of that: a kernel
 * thread, or a process on its way out. */
bool process_memory_of_status(const char *text, bool all, struct process_memory *ret);

/* Of the same text: the command as the kernel has it (at most 15 bytes, odd ones escaped), its memory in
 * full, and its threads. False where a line of these is missing: *ret is then as it was. */
struct process_summary {
    char name[64];
    int64_t bytes; /* RssAnon + RssShmem: pages shared with others count in each */
    int64_t tasks;
};
bool process_summary_of_status(const char *text, struct process_summary *ret);

/* Adds a part to a sum, which begins as process_memory_none(): a kind that one part does not tell is unknown
 * in the sum. */
struct process_memory process_memory_none(void);
void process_memory_add(struct process_memory *sum, const struct process_memory *part);

/* Do a process and its child seem to be one and the same memory? So it is between vfork() or posix_spawn()
 * and the exec after it: both show all of it, and little or nothing in it as shared. After a plain fork()
 * each has half of what was touched before, and its own. */
bool process_memory_is_one(const struct process_memory *parent, const struct process_memory *child);
