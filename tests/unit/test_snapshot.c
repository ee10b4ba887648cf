/* model/snapshot: what is derived from one reading, and that unknown is not zero. */
#include "model/snapshot.h"
#include "unit.h"

#define K(number)                                                                                            \
    { true, number }
#define UNKNOWN                                                                                              \
    { false, 0 }

struct row {
    const char *what;
    struct snapshot snapshot;
    struct known_i64 needed;
    struct known_i64 file_cache;
    struct known_i64 working_set;
};

static const struct row rows[] = {
    {"nothing known", {.time_ns = 5}, UNKNOWN, UNKNOWN, UNKNOWN},
    {"zero is known", {.anon = K(0), .usage = K(0), .inactive_file = K(0)}, K(0), K(0), K(0)},
    {"anon alone", {.anon = K(100)}, K(100), UNKNOWN, UNKNOWN},
    {"without anon nothing is said of the need",
     {.shmem = K(10), .kernel = K(20), .usage = K(1000)},
     UNKNOWN,
     UNKNOWN,
     UNKNOWN},
    {"what swap-less reclaim cannot take: 100 + 30 + 7 + 3",
     {.anon = K(100), .shmem = K(30), .kernel = K(7), .sock = K(3)},
     K(140),
     UNKNOWN,
     UNKNOWN},
    /* the first MiB of reclaimable slab is taken as held: 100 + 20; then 100 + (1 MiB + 20) - 15 */
    {"a little reclaimable slab is in use",
     {.anon = K(100), .kernel = K(20), .slab_reclaimable = K(15)},
     K(120),
     UNKNOWN,
     UNKNOWN},
    {"reclaimable slab beyond a MiB goes",
     {.anon = K(100), .kernel = K(1048596), .slab_reclaimable = K(1048591)},
     K(1048681),
     UNKNOWN,
     UNKNOWN},
    {"counters flushed apart give no negative need",
     {.anon = K(5), .slab_reclaimable = K(5000000)},
     K(0),
     UNKNOWN,
     UNKNOWN},
    {"plain page cache is not needed",
     {.anon = K(100),
      .file = K(500),
      .shmem = K(0),
      .active_file = K(200),
      .inactive_file = K(300),
      .unevictable = K(0),
      .usage = K(600)},
     K(100),
     K(500),
     K(300)},
    /* file 500 - shmem 50 - lists 350 = 100 on the unevictable list: 10 + 50 + 100 */
    {"locked page cache is needed",
     {.anon = K(10),
      .file = K(500),
      .shmem = K(50),
      .active_file = K(200),
      .inactive_file = K(150),
      .unevictable = K(120)},
     K(160),
     K(350),
     UNKNOWN},
    /* the rest of 100 can be at most the 40 that are unevictable */
    {"the unevictable list bounds it",
     {.anon = K(10),
      .file = K(500),
      .shmem = K(50),
      .active_file = K(200),
      .inactive_file = K(150),
      .unevictable = K(40)},
     K(100),
     K(350),
     UNKNOWN},
    {"locked anonymous memory is not counted twice",
     {.anon = K(100),
      .file = K(50),
      .shmem = K(0),
      .active_file = K(20),
      .inactive_file = K(30),
      .unevictable = K(100)},
     K(100),
     K(50),
     UNKNOWN},
    {"lists ahead of the total", /* 10 - 20 < 0 */
     {.anon = K(100), .file = K(10), .active_file = K(20), .inactive_file = K(0), .unevictable = K(5)},
     K(100),
     K(20),
     UNKNOWN},
    {"one list is enough for the cache", {.active_file = K(7)}, UNKNOWN, K(7), UNKNOWN},
    {"the kubelet's working set: 1000 - 300",
     {.usage = K(1000), .inactive_file = K(300)},
     UNKNOWN,
     K(300),
     K(700)},
    {"never below nothing", {.usage = K(200), .inactive_file = K(300)}, UNKNOWN, K(300), K(0)},
    {"no working set without inactive_file", {.usage = K(200), .active_file = K(1)}, UNKNOWN, K(1), UNKNOWN},
    {"no working set without usage", {.inactive_file = K(1)}, UNKNOWN, K(1), UNKNOWN},
    {"a large machine: 3 TiB and 1 TiB",
     {.anon = K(3298534883328), .kernel = K(1099511627776)},
     K(4398046511104),
     UNKNOWN,
     UNKNOWN},
};

static void check(const char *what, const char *name, struct known_i64 got, struct known_i64 expected) {
    ROW(got.known == expected.known && got.value == expected.value,
        "%s: %s is {%d, %lld}, expected {%d, %lld}", what, name, got.known, (long long)got.value,
        expected.known, (long long)expected.value);
}

TEST(derived_numbers) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        check(row->what, "needed", snapshot_needed(&row->snapshot), row->needed);
        check(row->what, "file cache", snapshot_file_cache(&row->snapshot), row->file_cache);
        check(row->what, "working set", snapshot_working_set(&row->snapshot), row->working_set);
    }
}

TEST(unknown_is_contagious_where_it_must_be) {
    struct known_i64 unknown = UNKNOWN_I64;
    check("unknown - 5", "delta", known_delta(unknown, known_i64(5)), unknown);
    check("5 - unknown", "delta", known_delta(known_i64(5), unknown), unknown);
    check("7 - 5", "delta", known_delta(known_i64(5), known_i64(7)), known_i64(2));
    struct known_i64 slot = UNKNOWN_I64;
    known_raise(&slot, unknown);
    check("unknown raised by unknown", "slot", slot, unknown);
    known_raise(&slot, known_i64(-3));
    check("unknown raised by -3", "slot", slot, known_i64(-3));
    known_raise(&slot, unknown);
    check("-3 raised by unknown", "slot", slot, known_i64(-3));
    known_raise(&slot, known_i64(-4));
    check("-3 raised by -4", "slot", slot, known_i64(-3));
    ROW(known_or(unknown, 9) == 9 && known_or(known_i64(0), 9) == 0, "known_or");
}

TEST(phases_have_words) {
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        enum run_phase back = PHASE_COUNT;
        ROW(run_phase_from_name(run_phase_name((enum run_phase)phase), &back) && (int)back == phase,
            "%d: %s, %d", phase, run_phase_name((enum run_phase)phase), (int)back);
    }
    enum run_phase back = PHASE_RUNNING;
    ROW(!run_phase_from_name("resting", &back) && back == PHASE_RUNNING, "a word of a later version");
}

UNIT_MAIN("snapshot", derived_numbers, unknown_is_contagious_where_it_must_be, phases_have_words)
