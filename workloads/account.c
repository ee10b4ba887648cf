#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/file.h"
#include "base/units.h"

/* What /proc does not tell. Measured on Linux 6.18 (x86-64, 4 KiB pages, cgroup v1) by bisecting the smallest
 * limit that each shape survives, in fresh groups joined before the exec. Version 2 shares the code that
 * charges.
 *
 * Of one address space: mm_struct, its top-level page tables, some ten vm_area_structs and their tree. The
 * process's own kernel stack is not in it: that was charged to whoever forked it. Most shapes end 2 to 4
 * pages below the size (1 to 4 in 6.12 with version 2, where one run in five may die 2 above it), fork with
 * eight children 3 above it: the truth is right to four pages. */
#define PROCESS_KERNEL_BYTES (24 * KIB)

/* Of one thread: kernel stack 16 KiB, task_struct 5.9 KB, pid and two vm_area_structs. 512 threads: 23,050
 * each. */
#define THREAD_KERNEL_BYTES 23040

/* Of one forked child: its address space and a thread, signal and file structs, without page tables; and the
 * pages that fork.c makes a child copy: data, heap and one page of stack. 16, 64 and 128 children: within 1
 * KiB each. */
#define CHILD_KERNEL_BYTES (36 * KIB)
#define CHILD_COPIED_BYTES (28 * KIB)

/* For plans, a little above what members have been seen to cost with their stacks and page tables. */
#define CHILD_ESTIMATE_BYTES  (120 * KIB)
#define THREAD_ESTIMATE_BYTES (36 * KIB)

/* An xarray node (struct xa_node: 576 bytes, 584 with debugging) and the pointer to its group, for 64 pages.
 */
#define INDEX_NODE_BYTES 592
#define INDEX_NODE_PAGES 64

/* Pages that a reader in pieces of 32 KiB, without readahead, cannot do without: measured with a file of 20
 * MiB beside 16 MiB to 1 GiB of other memory, and within 0.2 % there. */
#define READER_BYTES (96 * KIB)

/* Room for a plan's own estimate to be wrong, and for errors to name a round number. */
#define REQUIRE_STEP_BYTES (64 * KIB)

static int64_t ceil_div(int64_t dividend, int64_t divisor) {
    return dividend / divisor + (dividend % divisor != 0);
}

/* The tree that finds the pages of a file or of shared memory. */
static int64_t index_bytes(int64_t file_bytes) {
    int64_t bytes = 0;
    for (int64_t slots = ceil_div(file_bytes, memory_page_bytes()); slots > 1;) {
        slots = ceil_div(slots, INDEX_NODE_PAGES);
        bytes += slots * INDEX_NODE_BYTES;
    }
    return bytes;
}

/* Page tables of a region: every level above the pages. The top level belongs to the process already. */
static int64_t table_bytes(int64_t payload) {
    int64_t entries = memory_page_bytes() / (int64_t)sizeof(uint64_t);
    int64_t tables = ceil_div(payload, memory_table_span());
    int64_t middle = ceil_div(tables, entries);
    return (tables + middle) * memory_page_bytes();
}

/* "VmPTE:        56 kB" in a file of such lines, in bytes; -ENODATA where the key is not there. */
static int64_t field_bytes(const char *path, const char *key) {
    char text[8192];
    ssize_t length = file_read_text_at(AT_FDCWD, path, text, sizeof text);
    if (length < 0)
        return length;
    const char *at = strstr(text, key);
    return at ? strtoll(at + strlen(key), NULL, 10) * KIB : -ENODATA;
}

/* Anonymous pages. smaps_rollup counts them one by one; RssAnon is a sum of per-CPU counters that some
 * kernels (6.2 to 6.15) read inexactly. */
static int64_t anonymous_bytes(void) {
    int64_t bytes = field_bytes("/proc/self/smaps_rollup", "\nAnonymous:");
    return bytes >= 0 ? bytes : field_bytes("/proc/self/status", "\nRssAnon:");
}

static int64_t table_bytes_now(void) {
    return field_bytes("/proc/self/status", "\nVmPTE:");
}

int account_own(int64_t *ret_bytes, struct error *error) {
    int64_t pages = anonymous_bytes();
    int64_t tables = table_bytes_now();
    if (pages < 0 || tables < 0)
        return error_system(error, (int)(pages < 0 ? pages : tables), "read own memory from /proc/self");
    *ret_bytes = pages + tables + PROCESS_KERNEL_BYTES;
    return 0;
}

int account_child(int64_t *ret_bytes, struct error *error) {
    int64_t tables = table_bytes_now();
    if (tables < 0)
        return error_system(error, (int)tables, "read own memory from /proc/self");
    *ret_bytes = tables - table_bytes(memory_page_bytes()) + CHILD_COPIED_BYTES + CHILD_KERNEL_BYTES;
    return 0;
}

int64_t account_thread_bytes(void) {
    return THREAD_KERNEL_BYTES;
}

int64_t account_child_estimate(void) {
    return CHILD_ESTIMATE_BYTES;
}

int64_t account_thread_estimate(void) {
    return THREAD_ESTIMATE_BYTES;
}

int64_t account_reader(int64_t file_bytes) {
    return index_bytes(file_bytes) + READER_BYTES;
}

int64_t account_charge(int64_t payload, enum memory_kind kind) {
    return payload + table_bytes(payload) + (kind == MEMORY_SHARED ? index_bytes(payload) : 0);
}

int64_t account_payload(int64_t room, enum memory_kind kind) {
    int64_t payload = room > 0 ? memory_page_floor(room) : 0;
    /* The charge rises with the payload by a little over one: each step takes off what is too much. */
    for (int64_t excess; payload > 0 && (excess = account_charge(payload, kind) - room) > 0;)
        payload -= excess < payload ? memory_page_ceil(excess / 2 + 1) : payload;
    return payload > 0 ? payload : 0;
}

int account_require(const char *option, int64_t size, int64_t extra, struct error *error) {
    int64_t own = 0;
    int code = account_own(&own, error);
    if (code < 0)
        return code;
    int64_t least = own + extra + account_charge(memory_page_bytes(), MEMORY_SHARED);
    least = ceil_div(least, REQUIRE_STEP_BYTES) * REQUIRE_STEP_BYTES;
    if (size < least)
        return error_plain(error, -EINVAL, "%s %s: too small; the smallest size possible is %s", option,
                           quantity_text(size).s, quantity_text(least).s);
    return 0;
}
