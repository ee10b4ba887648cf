#include "memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/units.h"

/* Linux 5.14; older headers lack it. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

int64_t memory_page_bytes(void) {
    return sysconf(_SC_PAGESIZE);
}

int64_t memory_page_floor(int64_t bytes) {
    return bytes / memory_page_bytes() * memory_page_bytes();
}

int64_t memory_page_ceil(int64_t bytes) {
    int64_t page = memory_page_bytes();
    return bytes > INT64_MAX - page ? memory_page_floor(bytes) : memory_page_floor(bytes + page - 1);
}

int64_t memory_table_span(void) {
    return memory_page_bytes() * (memory_page_bytes() / (int64_t)sizeof(uint64_t));
}

int memory_map(struct region *ret_region, int64_t bytes, enum memory_kind kind, struct error *error) {
    struct region region = {.bytes = memory_page_ceil(bytes)};
    int64_t span = memory_table_span();
    if (region.bytes == 0) {
        *ret_region = region;
        return 0;
    }
    region.mapping_bytes = region.bytes > INT64_MAX - span ? INT64_MAX : region.bytes + span;
    int flags = MAP_ANONYMOUS | MAP_NORESERVE | (kind == MEMORY_SHARED ? MAP_SHARED : MAP_PRIVATE);
    region.mapping = mmap(NULL, (size_t)region.mapping_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (region.mapping == MAP_FAILED)
        return error_system(error, -errno, "mmap %s", bytes_text(region.mapping_bytes).s);
    uintptr_t start = (uintptr_t)region.mapping;
    uintptr_t ahead = (uintptr_t)span - start % (uintptr_t)span;
    region.base = (char *)region.mapping + ahead % (uintptr_t)span;
    /* A kernel without huge pages answers EINVAL, and then there is nothing to rule out. */
    (void)madvise(region.mapping, (size_t)region.mapping_bytes, MADV_NOHUGEPAGE);
    *ret_region = region;
    return 0;
}

void memory_touch(const struct region *region, int64_t from, int64_t to) {
    int64_t page = memory_page_bytes();
    from = memory_page_floor(from);
    to = to > region->bytes ? region->bytes : to;
    if (from >= to)
        return;
    /* One call instead of one fault per page, several times as fast. Where the kernel is too old for it, or
     * stops half-way, the writes below do the work. */
    (void)madvise(region->base + from, (size_t)(memory_page_ceil(to) - from), MADV_POPULATE_WRITE);
    for (int64_t at = from; at < to; at += page)
        *(volatile char *)(region->base + at) = 1;
}

void memory_release(const struct region *region, int64_t from, int64_t to) {
    from = memory_page_ceil(from);
    to = to > region->bytes ? region->bytes : memory_page_floor(to);
    if (from < to)
        (void)madvise(region->base + from, (size_t)(to - from), MADV_DONTNEED);
}

void memory_unmap(struct region *region) {
    if (region->mapping)
        (void)munmap(region->mapping, (size_t)region->mapping_bytes);
    *region = (struct region){0};
}
