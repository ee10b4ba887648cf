#include "kernel/process_memory.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "kernel/parse.h"

bool process_memory_of_rollup(const char *text, struct process_memory *ret) {
    struct process_memory memory = *ret;
    memory.anon = parse_meminfo(text, "Pss_Anon");
    memory.shmem = parse_meminfo(text, "Pss_Shmem");
    memory.file = parse_meminfo(text, "Pss_File");
    memory.swap = parse_meminfo(text, "SwapPss");
    memory.whole_anon = parse_meminfo(text, "Anonymous");
    memory.shared_in_full = false;
    if (!memory.anon.known)
        return false;
    *ret = memory;
    return true;
}

bool process_memory_of_status(const char *text, bool all, struct process_memory *ret) {
    struct process_memory memory = *ret;
    struct known_i64 anon = parse_meminfo(text, "RssAnon");
    if (!anon.known)
        return false;
    memory.page_tables = parse_meminfo(text, "VmPTE");
    memory.whole_file = parse_meminfo(text, "RssFile");
    if (all) {
        memory.anon = memory.whole_anon = anon;
        memory.shmem = parse_meminfo(text, "RssShmem");
        memory.file = memory.whole_file;
        memory.swap = parse_meminfo(text, "VmSwap");
        memory.shared_in_full = true;
    }
    *ret = memory;
    return true;
}

bool process_summary_of_status(const char *text, struct process_summary *ret) {
    static const char label[] = "Name:\t";
    struct process_memory memory = {0};
    struct known_i64 tasks = parse_status_count(text, "Threads");
    if (!text_starts_with(text, label) || !process_memory_of_status(text, true, &memory) || !tasks.known)
        return false;
    struct known_i64 bytes = known_sum(memory.anon, memory.shmem);
    if (!bytes.known)
        return false;
    const char *name = text + strlen(label);
    *ret = (struct process_summary){.bytes = bytes.value, .tasks = tasks.value};
    snprintf(ret->name, sizeof ret->name, "%.*s", (int)strcspn(name, "\n"), name);
    return true;
}

struct process_memory process_memory_none(void) {
    struct known_i64 none = known_i64(0);
    return (struct process_memory){.anon = none,
                                   .shmem = none,
                                   .file = none,
                                   .swap = none,
                                   .whole_anon = none,
                                   .whole_file = none,
                                   .page_tables = none};
}

void process_memory_add(struct process_memory *sum, const struct process_memory *part) {
    sum->anon = known_sum(sum->anon, part->anon);
    sum->shmem = known_sum(sum->shmem, part->shmem);
    sum->file = known_sum(sum->file, part->file);
    sum->swap = known_sum(sum->swap, part->swap);
    sum->whole_anon = known_sum(sum->whole_anon, part->whole_anon);
    sum->whole_file = known_sum(sum->whole_file, part->whole_file);
    sum->page_tables = known_sum(sum->page_tables, part->page_tables);
    sum->shared_in_full = sum->shared_in_full || part->shared_in_full;
}

bool process_memory_is_one(const struct process_memory *parent, const struct process_memory *child) {
    /* The share of a file's pages changes with whoever else on the machine maps it: not compared. */
    bool same = parent->anon.known && child->anon.known && parent->anon.value == child->anon.value &&
                parent->whole_anon.value == child->whole_anon.value &&
                known_or(parent->shmem, 0) == known_or(child->shmem, 0);
    /* Counted in full nothing shows as shared, and both cases look the same. */
    return same && !child->shared_in_full && child->anon.value > child->whole_anon.value / 4 * 3;
}
