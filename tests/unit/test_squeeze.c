/* trial/squeeze: the next limit of a server that is squeezed while it runs, against simulated servers. */
#include "trial/squeeze.h"

#include "base/units.h"
#include "unit.h"

#define PAGE    ((int64_t)4096)
#define FLOOR   (4 * MIB)
#define CEILING (8 * GIB)

/* What a run of the load takes without a limit. */
#define USUAL_NS (2 * NS_PER_S)

struct server {
    int64_t rests_at;   /* cannot be reclaimed when no load runs */
    int64_t spikes_to;  /* nor while it runs, the most */
    int64_t cache;      /* reclaimable beside that */
    int64_t settles_by; /* more at rest with each run of the load, until `settled` runs */
    int settled;
    bool follows;       /* its heap takes 90 % of whatever limit there is, down to spikes_to */
    bool refuses;       /* v1: a limit below rests_at is refused; v2: it dies of it */
    int64_t slow_below; /* takes 20 times as long under a limit below this */
    bool slow_by_rate;  /* takes as long as ever, but does a twentieth of the work */
};

enum fate { DIED, REFUSED, ENDED, STALLED };

struct course {
    enum fate fate;
    struct known_i64 held;
    int64_t last; /* limit at the end */
    int runs;
    int usual_runs;
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* As readings of it would be, while the load runs for the `run`-th time. */
static struct snapshot reading(const struct server *server, const struct squeeze *squeeze, int run) {
    int64_t limit = known_or(squeeze->limit_bytes, CEILING);
    int64_t grown = server->settles_by * least(run, server->settled);
    int64_t needed = server->spikes_to + grown;
    if (server->follows && limit * 9 / 10 > needed)
        needed = limit * 9 / 10;
    return (struct snapshot){.time_ns = run * USUAL_NS,
                             .usage = known_i64(least(limit, needed + server->cache)),
                             .anon = known_i64(needed),
                             .active_file = known_i64(0),
                             .inactive_file = known_i64(least(limit, needed + server->cache) - needed)};
}

/* False: it died of it, on v2. */
static bool try_limit(const struct server *server, struct squeeze *squeeze, int64_t limit,
                      struct course *course, enum squeeze_move *ret) {
    while (*ret == SQUEEZE_LOWER) {
        ck_assert_int_eq(limit % PAGE, 0);
        if (squeeze->limit_bytes.known)
            ck_assert_int_lt(limit, squeeze->limit_bytes.value);
        if (limit >= server->rests_at || !server->refuses) {
            squeeze_lowered(squeeze, limit);
            course->last = limit;
            *ret = SQUEEZE_AGAIN;
            return limit >= server->rests_at;
        }
        *ret = squeeze_refused(squeeze, &limit);
        if (*ret == SQUEEZE_END)
            course->fate = REFUSED;
    }
    return true;
}

static struct course run_squeeze(const struct server *server) {
    struct squeeze squeeze = {
        .floor_bytes = FLOOR, .ceiling_bytes = known_i64(CEILING), .page_bytes = PAGE, .usual_ns = USUAL_NS};
    struct course course = {.fate = DIED};
    for (int run = 1;; run++) {
        ck_assert_int_le(run, SQUEEZE_RUNS_MAX + 10);
        struct snapshot now = reading(server, &squeeze, run);
        int64_t limit = known_or(squeeze.limit_bytes, CEILING);
        bool slow = limit < server->slow_below;
        struct load_run load = {.duration_ns = slow && !server->slow_by_rate ? 20 * USUAL_NS : USUAL_NS,
                                .figures.rate_per_s = known_f64(slow && server->slow_by_rate ? 50 : 1000)};
        squeeze_look(&squeeze, &now);
        if (limit < now.anon.value && !server->follows) {
            course.held = squeeze.held_bytes;
            return course;
        }
        course.runs++;
        course.usual_runs += !squeeze.limit_bytes.known;
        if (load.duration_ns > squeeze_patience_ns(&squeeze)) { /* it would be stopped */
            course.fate = STALLED;
            course.held = squeeze.held_bytes;
            return course;
        }
        enum squeeze_move move = squeeze_next(&squeeze, &load, &limit);
        if (move == SQUEEZE_END)
            course.fate = ENDED;
        else if (move == SQUEEZE_STALLED)
            course.fate = STALLED;
        bool lives = try_limit(server, &squeeze, limit, &course, &move);
        course.held = squeeze.held_bytes;
        if (!lives || move != SQUEEZE_AGAIN)
            return course;
    }
}

/* Whatever the version and the page cache: within 5 % above the threshold, never below it. */
TEST(the_estimate_is_within_5_percent) {
    static const int64_t needs[] = {5 * MIB, 21 * MIB + 12345, 64 * MIB, 300 * MIB, 3 * GIB};
    static const int cache_percents[] = {0, 3, 24, 30, 100, 900};
    for (size_t i = 0; i < COUNT(needs); i++) {
        for (size_t j = 0; j < COUNT(cache_percents); j++) {
            for (int version = 1; version <= 2; version++) {
                struct server server = {.rests_at = needs[i],
                                        .spikes_to = needs[i],
                                        .cache = least(needs[i] / 100 * cache_percents[j], 4 * GIB),
                                        .refuses = version == 1};
                struct course course = run_squeeze(&server);
                ROW(course.held.known && course.held.value >= needs[i] &&
                        (double)course.held.value <= (double)needs[i] * 1.05,
                    "v%d, %lld and %d %% of cache: %lld", version, (long long)needs[i], cache_percents[j],
                    (long long)course.held.value);
                ROW(course.fate == (version == 1 ? REFUSED : DIED), "v%d: fate %d", version, course.fate);
                /* Coarse steps while it is far off: 900 % of cache are 22 of them, and nine fine ones. */
                ROW(course.runs <= 4 + cache_percents[j] / 20 + 20, "%d %% of cache: %d runs",
                    cache_percents[j], course.runs);
            }
        }
    }
}

/* Some of what reclaim cannot take is not seen in the readings: a coarse step is refused, fine ones go on. */
TEST(a_coarse_step_that_is_refused_becomes_a_fine_one) {
    struct server server = {
        .rests_at = 100 * MIB, .spikes_to = 40 * MIB, .cache = 160 * MIB, .refuses = true};
    struct course course = run_squeeze(&server);
    ck_assert_int_eq(course.fate, REFUSED);
    ck_assert(course.held.known && course.held.value >= server.rests_at);
    ck_assert_int_le(course.held.value, server.rests_at * 105 / 100);
}

/* The load needs more than is left at rest: it is the load that dies, on v1 too. */
TEST(a_load_that_spikes_is_what_dies) {
    struct server server = {.rests_at = 40 * MIB, .spikes_to = 50 * MIB, .refuses = true};
    struct course course = run_squeeze(&server);
    ck_assert_int_eq(course.fate, DIED);
    ck_assert(course.held.known && course.held.value >= server.spikes_to);
    ck_assert_int_lt(course.last, server.spikes_to);
    ck_assert_int_le(course.held.value, server.spikes_to * 105 / 100);
}

TEST(it_is_run_without_a_limit_until_it_has_settled) {
    static const struct {
        const char *what;
        int settled;
        int usual_runs;
    } rows[] = {
        {"at once", 0, 2},
        {"after the first", 1, 2},
        {"after the third", 3, 4},
        {"never", 1000, 6}, /* and then it is squeezed as it is */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct server server = {
            .rests_at = 40 * MIB, .spikes_to = 40 * MIB, .settles_by = 4 * MIB, .settled = rows[i].settled};
        struct course course = run_squeeze(&server);
        ROW(course.usual_runs == rows[i].usual_runs, "%s: %d runs, expected %d", rows[i].what,
            course.usual_runs, rows[i].usual_runs);
        /* One that grows out of its first limit has no estimate, and none is made up. */
        ROW(course.held.known == (rows[i].settled < 1000), "%s: held %d", rows[i].what, course.held.known);
    }
}

TEST(far_too_slow_is_not_held) {
    static const struct {
        const char *what;
        bool by_rate;
    } rows[] = {{"it takes too long", false}, {"it does too little", true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct server server = {.rests_at = 20 * MIB,
                                .spikes_to = 20 * MIB,
                                .cache = 60 * MIB,
                                .slow_below = 40 * MIB,
                                .slow_by_rate = rows[i].by_rate};
        struct course course = run_squeeze(&server);
        ROW(course.fate == STALLED, "%s: fate %d", rows[i].what, course.fate);
        ROW(course.held.known && course.held.value >= 40 * MIB && course.held.value <= 45 * MIB, "%s: %lld",
            rows[i].what, (long long)course.held.value);
        ROW(course.last < 40 * MIB, "%s: %lld", rows[i].what, (long long)course.last);
    }
}

TEST(it_ends_at_the_floor_and_after_so_many_runs) {
    struct server small = {.rests_at = MIB, .spikes_to = MIB, .refuses = true};
    struct course course = run_squeeze(&small);
    ck_assert_int_eq(course.fate, ENDED);
    ck_assert_int_eq(course.held.value, FLOOR);
    /* Its need follows the limit down: no step but fine ones, and no end. */
    struct server follows = {.rests_at = MIB, .spikes_to = 2 * GIB, .follows = true};
    course = run_squeeze(&follows);
    ck_assert_int_eq(course.fate, ENDED);
    ck_assert_int_eq(course.runs, SQUEEZE_RUNS_MAX);
    ck_assert_int_gt(course.held.value, FLOOR);
}

TEST(the_first_limit_is_no_more_than_there_was) {
    struct server large = {
        .rests_at = CEILING - 50 * PAGE, .spikes_to = CEILING - 50 * PAGE, .refuses = true};
    struct course course = run_squeeze(&large);
    ck_assert(course.held.known);
    ck_assert_int_eq(course.held.value, CEILING);
}

/* A peak between two readings counts, the page cache in it does not. */
TEST(readings_are_folded) {
    struct squeeze squeeze = {.floor_bytes = FLOOR, .page_bytes = PAGE};
    struct snapshot before = {.time_ns = 1,
                              .usage = known_i64(90 * MIB),
                              .anon = known_i64(20 * MIB),
                              .inactive_file = known_i64(70 * MIB)};
    struct snapshot after = {.time_ns = 2,
                             .usage = known_i64(30 * MIB),
                             .window_peak = known_i64(95 * MIB),
                             .anon = known_i64(20 * MIB),
                             .inactive_file = known_i64(10 * MIB)};
    squeeze_look(&squeeze, &before);
    ck_assert_int_eq(squeeze.needed_bytes.value, 20 * MIB);
    ck_assert_int_eq(squeeze.used_bytes.value, 90 * MIB);
    squeeze_look(&squeeze, &after); /* 70 of it may still have been cache */
    ck_assert_int_eq(squeeze.needed_bytes.value, 25 * MIB);
    ck_assert_int_eq(squeeze.used_bytes.value, 95 * MIB);
    after.anon = known_i64(50 * MIB); /* the same reading: not looked at again */
    squeeze_look(&squeeze, &after);
    ck_assert_int_eq(squeeze.needed_bytes.value, 25 * MIB);
}

/* Nothing known is nothing used: no limit is made up. */
TEST(what_is_not_known_is_not_squeezed) {
    struct squeeze squeeze = {.floor_bytes = FLOOR, .page_bytes = PAGE};
    struct load_run run = {.duration_ns = USUAL_NS};
    int64_t limit = -1;
    ck_assert_int_eq(squeeze_patience_ns(&squeeze), 0);
    ck_assert_int_eq(squeeze_next(&squeeze, &run, &limit), SQUEEZE_AGAIN);
    ck_assert_int_eq(squeeze_next(&squeeze, &run, &limit), SQUEEZE_END);
    ck_assert_int_eq(limit, -1);
    ck_assert(!squeeze.held_bytes.known);
    ck_assert_int_eq(squeeze_patience_ns(&squeeze), 10 * USUAL_NS);
}

TEST(a_stall_in_words) {
    struct squeeze squeeze = {.usual_ns = USUAL_NS, .usual_rate = known_f64(1000)};
    struct load_run run = {.duration_ns = 21 * NS_PER_S};
    static const char *const expected[] = {
        "without a limit, run again, its load was not done after 21.00 s, and usually takes 2.00 s",
        "at 20.0 MiB, its load was not done after 21.00 s, and usually takes 2.00 s",
        "at 20.0 MiB, its load went at less than a tenth of the usual rate",
    };
    for (size_t i = 0; i < COUNT(expected); i++) {
        if (i == 1)
            squeeze_lowered(&squeeze, 20 * MIB);
        if (i == 2)
            run.figures.rate_per_s = known_f64(99);
        char *text = squeeze_stall_text(&squeeze, &run);
        ROW_TEXT(text, expected[i], "stall");
        free(text);
    }
}

UNIT_MAIN("squeeze", the_estimate_is_within_5_percent, a_load_that_spikes_is_what_dies,
          a_coarse_step_that_is_refused_becomes_a_fine_one, it_is_run_without_a_limit_until_it_has_settled,
          far_too_slow_is_not_held, it_ends_at_the_floor_and_after_so_many_runs,
          the_first_limit_is_no_more_than_there_was, readings_are_folded, what_is_not_known_is_not_squeezed,
          a_stall_in_words)
