/* model/census, trial/census: what is kept of looks at processes, and what the kernel's text says of one. */
#include "model/census.h"

#include "trial/census.h"
#include "unit.h"

#include "base/units.h"

static struct census_look look_at(int64_t time_ns, int64_t bytes) {
    struct census_look look = {.time_ns = time_ns};
    struct census_process process = {.pid = 1, .start_ticks = 7, .name = "a", .bytes = bytes, .tasks = 1};
    census_look_add(&look, &process);
    return look;
}

TEST(a_long_run_keeps_its_first_look_and_an_even_spread) {
    struct census census = {0};
    for (int i = 0; i < 200;) {
        struct census_look look = look_at(i, i);
        census_add(&census, &look);
        i += (int)census.stride; /* as rarely as it asks */
    }
    ROW(census.count <= CENSUS_LOOKS && census.count > CENSUS_LOOKS / 2, "%zu looks", census.count);
    ROW(census.looks[0].time_ns == 0, "the first is of %lld", (long long)census.looks[0].time_ns);
    for (size_t i = 1; i < census.count; i++)
        ROW(census.looks[i].time_ns - census.looks[i - 1].time_ns == (int64_t)census.stride,
            "look %zu: %lld after the one before, stride %zu", i,
            (long long)(census.looks[i].time_ns - census.looks[i - 1].time_ns), census.stride);
    census_free(&census);
    ROW(census.count == 0 && !census.looks, "not empty");
}

TEST(a_look_keeps_the_largest_in_order) {
    struct census_look look = {0};
    int count = CENSUS_PROCESSES + 5;
    for (int i = 0; i < count; i++) { /* each size once, in no order */
        struct census_process process = {.pid = i, .bytes = i * 7 % count + 1, .start_ticks = 100 - i % 3};
        census_look_add(&look, &process);
    }
    ROW(look.count == CENSUS_PROCESSES, "%d processes", look.count);
    for (int i = 0; i < look.count; i++)
        ROW(look.processes[i].bytes == count - i, "%d: %lld", i, (long long)look.processes[i].bytes);
    ROW(look.newest_ticks == 100, "the youngest began at %lld", (long long)look.newest_ticks);
}

TEST(the_youngest_counts_also_where_it_is_too_small) {
    struct census_look look = {0};
    for (int i = 0; i <= CENSUS_PROCESSES; i++) {
        struct census_process process = {.pid = i, .bytes = 100 - i, .start_ticks = i};
        census_look_add(&look, &process);
    }
    ROW(look.newest_ticks == CENSUS_PROCESSES, "it began at %lld", (long long)look.newest_ticks);
}

/* Linux 6.1, what of it matters and what stands around it. */
#define STATUS                                                                                               \
    "Name:\tredis-server\nUmask:\t0022\nState:\tS (sleeping)\nVmRSS:\t   12288 kB\nRssAnon:\t    3456 kB\n"  \
    "RssFile:\t    8832 kB\nRssShmem:\t      12 kB\nVmData:\t   99999 kB\nThreads:\t5\nSigQ:\t0/1\n"

TEST(a_process_is_read_from_its_status) {
    struct census_process process = {0};
    ROW(census_parse_status(STATUS, &process), "refused");
    ROW(strcmp(process.name, "redis-server") == 0, "%s", process.name);
    ROW(process.bytes == 3468 * KIB && process.tasks == 5, "%lld bytes, %lld threads",
        (long long)process.bytes, (long long)process.tasks);
    static const char *const refused[] = {
        "",
        "Name:\tkthreadd\nThreads:\t1\n", /* a kernel thread has no memory */
        "Name:\ta\nRssAnon:\t1 kB\nRssShmem:\t0 kB\n",
        "Name:\ta\nRssAnon:\t1 kB\nThreads:\t1\n",
        "Name:\ta\nRssAnon:\t1 kB\nRssShmem:\t0 kB\nThreads:\tx\n",
        "RssAnon:\t1 kB\nRssShmem:\t0 kB\nThreads:\t1\n"};
    for (size_t i = 0; i < COUNT(refused); i++)
        ROW(!census_parse_status(refused[i], &process), "taken: %s", refused[i]);
}

UNIT_MAIN("census", a_long_run_keeps_its_first_look_and_an_even_spread, a_look_keeps_the_largest_in_order,
          the_youngest_counts_also_where_it_is_too_small, a_process_is_read_from_its_status)
