/* trial/sampler: how readings become peak and needed memory, in numbers that can be checked by hand.
 *
 * A is the highest unreclaimable reading. E is the highest of (window peak - reclaimable), where the larger
 * reclaimable of the window's two ends is taken off. Needed is max(A, E - stock). */
#include "trial/sampler.h"

#include "unit.h"

#define K(number)                                                                                            \
    { true, number }
#define UNKNOWN                                                                                              \
    { false, 0 }

/* usage, window peak, anon, page cache (all of it inactive, none of it shmem) */
#define READING(usage_, window, anon_, cache)                                                                \
    {                                                                                                        \
        .usage = K(usage_), .window_peak = K(window), .anon = K(anon_), .file = K(cache), .shmem = K(0),     \
        .active_file = K(0), .inactive_file = K(cache), .unevictable = K(0)                                  \
    }
/* A kernel that only keeps the peak since the start. */
#define TOTAL(usage_, total, anon_, cache)                                                                   \
    {                                                                                                        \
        .usage = K(usage_), .total_peak = K(total), .anon = K(anon_), .inactive_file = K(cache),             \
        .active_file = K(0)                                                                                  \
    }

struct row {
    const char *what;
    int64_t stock;
    struct snapshot readings[4];
    int count;
    struct known_i64 peak, unreclaimable, peak_less_file, file_cache, needed;
};

static const struct row rows[] = {
    {.what = "no readings", .count = 0},
    {.what = "one reading: A 100, E 150 - 20 = 130, less stock 10",
     .stock = 10,
     .readings = {READING(120, 150, 100, 20)},
     .count = 1,
     .peak = K(150),
     .unreclaimable = K(100),
     .peak_less_file = K(130),
     .file_cache = K(20),
     .needed = K(120)},
    {.what = "the stock is larger than what E has over A",
     .stock = 40,
     .readings = {READING(120, 150, 100, 20)},
     .count = 1,
     .peak = K(150),
     .unreclaimable = K(100),
     .peak_less_file = K(130),
     .file_cache = K(20),
     .needed = K(100)},
    {.what = "a spike between two readings: only the window peak saw it",
     .readings = {READING(100, 100, 100, 0), READING(100, 900, 100, 0)},
     .count = 2,
     .peak = K(900),
     .unreclaimable = K(100),
     .peak_less_file = K(900),
     .file_cache = K(0),
     .needed = K(900)},
    /* window 2 begins with 500 of cache and ends with 0: E = 600 - 500 = 100, not 600 */
    {.what = "cache that went away within the window is taken off",
     .readings = {READING(550, 550, 50, 500), READING(50, 600, 50, 0)},
     .count = 2,
     .peak = K(600),
     .unreclaimable = K(50),
     .peak_less_file = K(100),
     .file_cache = K(500),
     .needed = K(100)},
    /* E of the windows: 550 - 500 = 50; 600 - max(500, 700) = -100 */
    {.what = "E below A, and below nothing in one window",
     .readings = {READING(550, 550, 60, 500), READING(600, 600, 60, 700)},
     .count = 2,
     .peak = K(600),
     .unreclaimable = K(60),
     .peak_less_file = K(50),
     .file_cache = K(700),
     .needed = K(60)},
    {.what = "maxima of different readings",
     .readings = {READING(10, 10, 5, 5), READING(300, 310, 290, 10), READING(90, 320, 40, 50)},
     .count = 3, /* E: 10-5=5, 310-10=300, 320-50=270 */
     .peak = K(320),
     .unreclaimable = K(290),
     .peak_less_file = K(300),
     .file_cache = K(50),
     .needed = K(300)},
    {.what = "usage above the window peak still counts as peak",
     .readings = {READING(200, 150, 10, 0)},
     .count = 1,
     .peak = K(200),
     .unreclaimable = K(10),
     .peak_less_file = K(150),
     .file_cache = K(0),
     .needed = K(150)},
    /* slab 1 MiB + 30, of which 1 MiB is taken as held: A = 100 + (1 MiB + 60) - 30; E = (1 MiB + 250) - (40
       + 30) */
    {.what = "spare slab is taken off like page cache",
     .readings = {{.usage = K(1048776),
                   .window_peak = K(1048826),
                   .anon = K(100),
                   .kernel = K(1048636),
                   .slab_reclaimable = K(1048606),
                   .active_file = K(15),
                   .inactive_file = K(25)}},
     .count = 1,
     .peak = K(1048826),
     .unreclaimable = K(1048706),
     .peak_less_file = K(1048756),
     .file_cache = K(40),
     .needed = K(1048756)},
    /* no peak that resets: the whole run is one window, 1000 - the most cache of all, 300 */
    {.what = "no resettable peak",
     .readings = {TOTAL(400, 400, 100, 300), TOTAL(200, 1000, 150, 50)},
     .count = 2,
     .peak = K(1000),
     .unreclaimable = K(150),
     .peak_less_file = K(700),
     .file_cache = K(300),
     .needed = K(700)},
    {.what = "no peak at all: the readings are all there is",
     .readings = {{.usage = K(500), .anon = K(100), .inactive_file = K(400)}},
     .count = 1,
     .peak = K(500),
     .unreclaimable = K(100),
     .peak_less_file = UNKNOWN,
     .file_cache = K(400),
     .needed = K(100)},
    {.what = "peaks but no stat: nothing is known of the need",
     .readings = {{.usage = K(500), .window_peak = K(600)}},
     .count = 1,
     .peak = K(600),
     .unreclaimable = UNKNOWN,
     .peak_less_file = UNKNOWN,
     .file_cache = UNKNOWN,
     .needed = UNKNOWN},
    {.what = "a total peak but no stat",
     .readings = {{.usage = K(500), .total_peak = K(600)}},
     .count = 1,
     .peak = K(600),
     .unreclaimable = UNKNOWN,
     .peak_less_file = UNKNOWN,
     .file_cache = UNKNOWN,
     .needed = UNKNOWN},
    {.what = "one blind reading between two good ones",
     .readings = {READING(100, 100, 90, 10), {.time_ns = 5}, READING(120, 130, 95, 25)},
     .count = 3, /* E: 100 - 10 = 90; -; 130 - 25 = 105 */
     .peak = K(130),
     .unreclaimable = K(95),
     .peak_less_file = K(105),
     .file_cache = K(25),
     .needed = K(105)},
    {.what = "nothing can be read",
     .readings = {{.time_ns = 1}, {.time_ns = 2}},
     .count = 2,
     .peak = UNKNOWN,
     .unreclaimable = UNKNOWN,
     .peak_less_file = UNKNOWN,
     .file_cache = UNKNOWN,
     .needed = UNKNOWN},
    {.what = "E without A, less than its stock: needed is not negative",
     .stock = 1000,
     .readings = {{.window_peak = K(300), .inactive_file = K(100)}},
     .count = 1,
     .peak = K(300),
     .unreclaimable = UNKNOWN,
     .peak_less_file = K(200),
     .file_cache = K(100),
     .needed = K(0)},
};

static void check(const char *what, const char *name, struct known_i64 got, struct known_i64 expected) {
    ROW(got.known == expected.known && got.value == expected.value,
        "%s: %s is {%d, %lld}, expected {%d, %lld}", what, name, got.known, (long long)got.value,
        expected.known, (long long)expected.value);
}

TEST(readings_become_findings) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct sampler sampler;
        struct trial trial = {0};
        sampler_begin(&sampler, NULL, (struct sample_sink){NULL, NULL}, 0, row->stock);
        for (int j = 0; j < row->count; j++)
            sampler_fold(&sampler, &row->readings[j]);
        sampler_finish(&sampler, &trial);
        check(row->what, "peak", trial.peak_bytes, row->peak);
        check(row->what, "A", trial.unreclaimable_bytes, row->unreclaimable);
        check(row->what, "E", trial.peak_less_file_bytes, row->peak_less_file);
        check(row->what, "file cache", trial.file_cache_bytes, row->file_cache);
        check(row->what, "needed", trial.needed_bytes, row->needed);
        ROW(trial.sample_count == row->count && trial.series.count == (size_t)row->count &&
                !trial.samples_lost,
            "%s: %lld samples, %zu points", row->what, (long long)trial.sample_count, trial.series.count);
        ROW(sampler.series.points == NULL, "%s: the series was not handed over", row->what);
        trial_free(&trial);
    }
}

TEST(working_set_quantile_of_the_run) {
    struct sampler sampler;
    struct trial trial = {0};
    sampler_begin(&sampler, NULL, (struct sample_sink){NULL, NULL}, 0, 0);
    /* Working sets 1..100 (usage less 1000 of inactive cache), falling: the 95th percentile is 95. */
    for (int i = 100; i >= 1; i--) {
        struct snapshot now = READING(1000 + i, 1000 + i, i, 1000);
        sampler_fold(&sampler, &now);
    }
    sampler_finish(&sampler, &trial);
    check("1..100", "p95", trial.working_set_p95_bytes, known_i64(95));
    trial_free(&trial);
}

/* ---- taking readings: time, and a sink that fills up ---- */

static void fake_read(const struct cgroup *group, struct snapshot *ret) {
    (void)group;
    ret->usage = known_i64(ret->time_ns * 2);
}

struct disk {
    int written;
    int room;
    int64_t last_time_ns;
};

static bool write_to_disk(void *context, const struct snapshot *sample) {
    struct disk *disk = context;
    if (disk->written == disk->room)
        return false;
    disk->written++;
    disk->last_time_ns = sample->time_ns;
    return true;
}

TEST(a_full_disk_stops_the_writing_not_the_sampling) {
    static const struct cgroup_ops ops = {.read_sample = fake_read};
    struct cgroup group = {.ops = &ops};
    struct disk disk = {.room = 2};
    struct sampler sampler;
    struct trial trial = {0};
    sampler_begin(&sampler, &group, (struct sample_sink){write_to_disk, &disk}, 1000, 0);
    for (int64_t now = 1010; now <= 1050; now += 10)
        sampler_take(&sampler, now);
    sampler_finish(&sampler, &trial);
    ROW(trial.sample_count == 5 && trial.samples_lost, "%lld samples, lost %d", (long long)trial.sample_count,
        trial.samples_lost);
    ROW(disk.written == 2 && disk.last_time_ns == 20, "%d written, the last at %lld", disk.written,
        (long long)disk.last_time_ns);
    check("times count from the start", "peak", trial.peak_bytes, known_i64(100)); /* 2 * (1050 - 1000) */
    trial_free(&trial);
}

TEST(charge_stock) {
    ROW(sampler_charge_stock(1, 4096) == 262144, "one CPU: %lld", (long long)sampler_charge_stock(1, 4096));
    ROW(sampler_charge_stock(2, 4096) == 524288, "two CPUs: %lld", (long long)sampler_charge_stock(2, 4096));
    /* 512 CPUs with pages of 64 KiB: 64 * 512 * 65536 = 2^31, more than an int holds */
    ROW(sampler_charge_stock(512, 65536) == 2147483648, "a large machine: %lld",
        (long long)sampler_charge_stock(512, 65536));
}

UNIT_MAIN("sampler", readings_become_findings, working_set_quantile_of_the_run,
          a_full_disk_stops_the_writing_not_the_sampling, charge_stock)
