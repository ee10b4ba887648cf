/* The payload: mapping it and touching it.
 * Layer: workloads/. */
#pragma once

#include <stdint.h>

#include "base/error.h"

enum memory_kind { MEMORY_ANON, MEMORY_SHARED };

/* A mapping whose base lies on the boundary of a page table, so that the number of its tables is known. */
struct region {
    char *base;
    int64_t bytes; /* whole pages */
    void *mapping; /* what munmap needs */
    int64_t mapping_bytes;
};

int64_t memory_page_bytes(void);
int64_t memory_page_floor(int64_t bytes);
int64_t memory_page_ceil(int64_t bytes);

/* How many bytes one last-level page table maps: 2 MiB for 4 KiB pages. */
int64_t memory_table_span(void);

/* Maps `bytes`, rounded up to pages, and touches none. Huge pages are ruled out. 0 bytes map nothing. */
int memory_map(struct region *ret_region, int64_t bytes, enum memory_kind kind, struct error *error);

/* Writes to every page of [from, to), offsets in bytes. Ends inside the region whatever `to` says. */
void memory_touch(const struct region *region, int64_t from, int64_t to);

/* Gives the pages of [from, to), offsets in bytes, back to the kernel; their page tables stay. */
void memory_release(const struct region *region, int64_t from, int64_t to);

/* Gives pages and page tables back to the kernel. */
void memory_unmap(struct region *region);
