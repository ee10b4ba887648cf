/* Pure parsers of the kernel's texts. They take text and know nothing of files.
 * Layer: kernel/. Includes base/, model/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"

/* One number, as in memory.current: "4096\n". "max" is unknown, as is anything that is no number. */
struct known_i64 parse_number(const char *text);

/* One key of a flat keyed file: where the value goes. */
struct flat_key {
    const char *key;
    size_t offset; /* of a struct known_i64 in the record */
};

/* Reads "key value\n" lines, as in memory.stat. Keys that are not in the table are skipped, values that are
 * no number leave their slot as it was. Duplicate keys: the last wins. */
void parse_flat_keyed(const char *text, const struct flat_key *keys, size_t count, void *record);

/* The value of one key of a flat keyed file; unknown when absent. Does not match a longer key. */
struct known_i64 parse_flat_value(const char *text, const char *key);

/* "MemAvailable:   123 kB" of /proc/meminfo, /proc/PID/status or /proc/PID/smaps_rollup, in bytes. */
struct known_i64 parse_meminfo(const char *text, const char *key);

/* A count of /proc/PID/status, as "Threads:\t5". Unknown when absent or no number. */
struct known_i64 parse_status_count(const char *text, const char *key);

/* The highest number of a list of CPUs, which is its last: "0-3\n", "0,2-5\n". Unknown where there is none.
 */
struct known_i64 parse_cpu_list_last(const char *text);

/* Total stall in microseconds of the "some" or "full" line of a PSI file:
 * full avg10=0.00 avg60=0.00 avg300=0.00 total=1234 */
struct known_i64 parse_psi_total_us(const char *text, const char *kind);

/* /proc/self/cgroup, lines of "hierarchy:controllers:path". The path of the hierarchy that has `controller`
 * among its controllers, or for "" the v2 hierarchy ("0::path"). Caller frees; NULL when there is none. */
char *parse_proc_cgroup(const char *text, const char *controller);

/* A line of /proc/self/mountinfo (Documentation/filesystems/proc.rst, 3.5). Strings are owned. */
struct mount_info {
    char *root;  /* the part of the file system that is mounted: the namespace's view for cgroups */
    char *point; /* where */
    bool read_only;
};

/* The first mount of `type` whose super options hold `option` ("memory" for v1's controller, NULL for any).
 * False when there is none. Octal escapes (\040) are undone. */
bool parse_mountinfo(const char *text, const char *type, const char *option, struct mount_info *ret);
void mount_info_free(struct mount_info *mount);

/* Field 22 of /proc/PID/stat: start time in clock ticks since boot. The command name may hold blanks and
 * brackets. */
struct known_i64 parse_stat_start_time(const char *text);

/* Field 4: the process that it is a child of. */
struct known_i64 parse_stat_parent(const char *text);

/* Field 9: the kernel's flags of the process (PF_* of include/linux/sched.h). */
struct known_i64 parse_stat_flags(const char *text);
