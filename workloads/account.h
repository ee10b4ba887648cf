/* What the kernel charges to the cgroup beside the payload, so that a size can be the total.
 *
 * What /proc tells is read when it is needed: the program's own pages and its page tables. What it does not
 * tell (kernel stacks, task structs, the structs of an address space) are the constants in account.c, each
 * with its provenance. All numbers are bytes. Layer: workloads/. */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "memory.h"

/* Charged for this process now: its anonymous pages, its page tables, and what its address space costs in the
 * kernel. Fails only without /proc. */
int account_own(int64_t *ret_bytes, struct error *error);

/* What one forked child will cost beside account_payload(), seen from the parent that is about to fork it and
 * has touched the first page of the payload's region: the same page tables (less those of that page, which
 * count as the payload's), the few pages that the child copies, its kernel stack and structs. */
int account_child(int64_t *ret_bytes, struct error *error);

/* Kernel memory of one more thread; its stack in user space is among account_own(). */
int64_t account_thread_bytes(void);

/* Everything that one forked child or one more thread costs before it touches its part: an estimate for
 * planning. */
int64_t account_child_estimate(void);
int64_t account_thread_estimate(void);

/* What reading a file of that size takes even when all its pages are reclaimed: the page cache's index, which
 * outlives eviction, and the pages in flight. */
int64_t account_reader(int64_t file_bytes);

/* The largest payload in whole pages that fits into `room` together with its page tables (and, for shared
 * memory, its index). 0 where there is no room. */
int64_t account_payload(int64_t room, enum memory_kind kind);

/* The payload and what account_payload() takes off: the inverse. */
int64_t account_charge(int64_t payload, enum memory_kind kind);

/* Checks that `size` holds this process, `extra` and one page of payload. -EINVAL names the option and the
 * smallest size that does. */
int account_require(const char *option, int64_t size, int64_t extra, struct error *error);
