/* kernel/process_memory: what /proc/PID/smaps_rollup and /proc/PID/status say. Recorded on Linux 6.18 of a
 * program that touched 20 MiB, forked, and shared all of its memory with a child (CLONE_VM). */
#include "kernel/process_memory.h"

#include "base/units.h"
#include "unit.h"

#define HEAD "558da3612000-7ffd07bcb000 ---p 00000000 00:00 0                          [rollup]\n"
#define TAIL                                                                                                 \
    "KSM:                   0 kB\nLazyFree:              0 kB\nAnonHugePages:         0 kB\n"                \
    "Swap:                  0 kB\nSwapPss:               0 kB\nLocked:                0 kB\n"

static const char alone[] = HEAD "Rss:               22060 kB\nPss:               20638 kB\n"
                                 "Pss_Dirty:         20600 kB\nPss_Anon:          20588 kB\n"
                                 "Pss_File:             50 kB\nPss_Shmem:             0 kB\n"
                                 "Anonymous:         20588 kB\n" TAIL;
static const char forked_parent[] = HEAD "Rss:               22056 kB\nPss:               10364 kB\n"
                                         "Pss_Dirty:         10322 kB\nPss_Anon:          10314 kB\n"
                                         "Pss_File:             50 kB\nPss_Shmem:             0 kB\n"
                                         "Anonymous:         20584 kB\n" TAIL;
static const char forked_child[] = HEAD "Rss:               20936 kB\nPss:               10327 kB\n"
                                        "Pss_Dirty:         10318 kB\nPss_Anon:          10314 kB\n"
                                        "Pss_File:             13 kB\nPss_Shmem:             0 kB\n"
                                        "Anonymous:         20584 kB\n" TAIL;
static const char shared_parent[] = HEAD "Rss:               22068 kB\nPss:               20650 kB\n"
                                         "Pss_Dirty:         20608 kB\nPss_Anon:          20596 kB\n"
                                         "Pss_File:             58 kB\nPss_Shmem:             0 kB\n"
                                         "Anonymous:         20596 kB\n" TAIL;
static const char shared_child[] = HEAD "Rss:               22068 kB\nPss:               20652 kB\n"
                                        "Pss_Dirty:         20608 kB\nPss_Anon:          20596 kB\n"
                                        "Pss_File:             56 kB\nPss_Shmem:             0 kB\n"
                                        "Anonymous:         20596 kB\n" TAIL;
/* As Linux 4.14 to 5.3 write it: not of what kind it is. */
static const char old[] = HEAD "Rss:               22060 kB\nPss:               20638 kB\n"
                               "Shared_Clean:       1420 kB\nAnonymous:         20588 kB\nSwapPss: 0 kB\n";
static const char status[] = "Name:\tshop\nState:\tS (sleeping)\nVmPeak:\t   24000 kB\nVmRSS:\t   22056 kB\n"
                             "RssAnon:\t   20584 kB\nRssFile:\t    1472 kB\nRssShmem:\t     128 kB\n"
                             "VmPTE:\t      88 kB\nVmSwap:\t      64 kB\nThreads:\t1\n";
static const char kernel_thread[] = "Name:\tkworker/0:1\nState:\tI (idle)\nThreads:\t1\n";

static bool is(struct known_i64 got, int64_t kib) {
    return kib < 0 ? !got.known : got.known && got.value == kib * KIB;
}

TEST(rollup_is_read) {
    struct process_memory memory = {.page_tables = known_i64(7)};
    ck_assert(process_memory_of_rollup(alone, &memory));
    ck_assert(is(memory.anon, 20588) && is(memory.file, 50) && is(memory.shmem, 0) && is(memory.swap, 0));
    ck_assert(is(memory.whole_anon, 20588) && !memory.shared_in_full);
    ck_assert_msg(memory.page_tables.value == 7, "what it does not tell is left alone");
}
END_TEST

/* Parent and child together hold what they touched, and 44 KiB of their own each. */
TEST(shared_pages_are_shared_out) {
    struct process_memory parent = {0};
    struct process_memory child = {0};
    ck_assert(process_memory_of_rollup(forked_parent, &parent));
    ck_assert(process_memory_of_rollup(forked_child, &child));
    ck_assert(is(known_i64(parent.anon.value + child.anon.value), 20628));
}
END_TEST

TEST(what_tells_nothing_changes_nothing) {
    const char *const texts[] = {"", old, HEAD, "Pss_Anon:\n", "Pss_Anon: many kB\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct process_memory memory = {.anon = known_i64(1)};
        ROW(!process_memory_of_rollup(texts[i], &memory) && memory.anon.value == 1, "rollup %zu", i);
    }
    struct process_memory memory = {.anon = known_i64(1)};
    ck_assert(!process_memory_of_status(kernel_thread, true, &memory) && memory.anon.value == 1);
    ck_assert(!process_memory_of_status("", true, &memory) && memory.anon.value == 1);
}
END_TEST

TEST(status_gives_page_tables_and_stands_in) {
    struct process_memory memory = {0};
    ck_assert(process_memory_of_rollup(alone, &memory) && process_memory_of_status(status, false, &memory));
    ck_assert(is(memory.anon, 20588) && is(memory.page_tables, 88) && !memory.shared_in_full);
    ck_assert(is(memory.file, 50) && is(memory.whole_file, 1472));
    memory = (struct process_memory){0};
    ck_assert(process_memory_of_status(status, true, &memory));
    ck_assert(is(memory.anon, 20584) && is(memory.file, 1472) && is(memory.shmem, 128));
    ck_assert(is(memory.swap, 64) && is(memory.page_tables, 88) && memory.shared_in_full);
}
END_TEST

static struct process_memory of(const char *text) {
    struct process_memory memory = {0};
    ck_assert(process_memory_of_rollup(text, &memory));
    return memory;
}

TEST(one_memory_is_told_from_two) {
    struct process_memory parent = of(shared_parent);
    struct process_memory child = of(shared_child);
    ck_assert(process_memory_is_one(&parent, &child));
    parent = of(forked_parent);
    child = of(forked_child);
    ck_assert_msg(!process_memory_is_one(&parent, &child), "a plain fork shows as half of it each");
    parent = of(alone);
    child = of(shared_child);
    ck_assert_msg(!process_memory_is_one(&parent, &child), "of another size");
    ck_assert(process_memory_of_status(status, true, &parent));
    child = parent;
    ck_assert_msg(!process_memory_is_one(&parent, &child), "counted in full, it cannot be told");
    ck_assert(!process_memory_is_one(&(struct process_memory){0}, &(struct process_memory){0}));
}
END_TEST

TEST(a_sum_is_known_where_every_part_is) {
    struct process_memory sum = process_memory_none();
    struct process_memory part = {0};
    ck_assert(process_memory_of_rollup(alone, &part) && process_memory_of_status(status, false, &part));
    process_memory_add(&sum, &part);
    process_memory_add(&sum, &part);
    ck_assert(is(sum.anon, (int64_t)2 * 20588) && is(sum.file, 100) && is(sum.shmem, 0) &&
              is(sum.page_tables, 176));
    ck_assert(!sum.shared_in_full);
    part.shmem = UNKNOWN_I64;
    part.page_tables = UNKNOWN_I64;
    part.shared_in_full = true;
    process_memory_add(&sum, &part);
    ck_assert_msg(!sum.shmem.known && !sum.page_tables.known, "what one does not tell is not 0");
    ck_assert(is(sum.anon, (int64_t)3 * 20588) && sum.shared_in_full);
}
END_TEST

UNIT_MAIN("process_memory", rollup_is_read, shared_pages_are_shared_out, what_tells_nothing_changes_nothing,
          status_gives_page_tables_and_stands_in, one_memory_is_told_from_two,
          a_sum_is_known_where_every_part_is)
