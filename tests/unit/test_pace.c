/* analysis/pace: when a run is slow for its limit, when it is too slow to wait for, and how many go side by
 * side. Numbers by hand; durations in milliseconds. */
#include "analysis/pace.h"

#include <math.h>

#include "base/units.h"
#include "unit.h"

/* One that lived, under a limit or (0) without one. */
static struct trial survivor(int64_t limit, int64_t ms) {
    struct trial trial = {.outcome = OUTCOME_SURVIVED};
    trial.exit.duration_ns = ms * NS_PER_MS;
    if (limit)
        trial.limit_bytes = known_i64(limit);
    return trial;
}

static struct trial ended(enum outcome outcome, enum stop_reason stop, int64_t limit, int64_t ms) {
    struct trial trial = survivor(limit, ms);
    trial.outcome = outcome;
    trial.exit.stop = stop;
    return trial;
}

/* What the limit may be seen to have done. Negative: unknown. */
struct deed {
    double refault_mib, cache_mib, stall, user_s;
};

#define UNSEEN                                                                                               \
    { -1, -1, -1, -1 }

static void show(struct trial *trial, const struct deed *deed) {
    if (deed->refault_mib >= 0)
        trial->refault_bytes = known_i64((int64_t)(deed->refault_mib * (double)MIB));
    if (deed->cache_mib >= 0)
        trial->file_cache_bytes = known_i64((int64_t)(deed->cache_mib * (double)MIB));
    if (deed->stall >= 0)
        trial->stall_ratio = known_f64(deed->stall);
    if (deed->user_s >= 0)
        trial->user_cpu_s = known_f64(deed->user_s);
}

static const struct {
    const char *what;
    int64_t reference_ms;
    struct deed reference;
    int64_t ms;
    struct deed deed;
    const char *why; /* part of the evidence; NULL: stays `survived` */
} judged[] = {
    {"as fast", 10000, {0, 0, 0, 9}, 10000, {900, 0, 0.9, 99}, NULL},
    {"faster", 10000, {0, 0, 0, 9}, 5000, {900, 0, 0.9, 99}, NULL},
    {"within the ratio", 10000, {0, 0, 0, 9}, 10500, {900, 0, 0.9, 99}, NULL},
    {"just beyond it", 10000, {0, 0, 0, 9}, 10501, {900, 0, 0, 9}, "read again"},
    /* Page cache: more than what the reference read at all, and 1 MiB. */
    {"nothing read again", 10000, {0, 50, 0, 9}, 15000, {0, 50, 0, 9}, NULL},
    {"what was evicted before is read once", 10000, {0, 50, 0, 9}, 15000, {51, 50, 0, 9}, NULL},
    {"and more", 10000, {0, 50, 0, 9}, 15000, {51.1, 50, 0, 9}, "read again"},
    {"the reference read again as much", 10000, {70, 50, 0, 9}, 15000, {71, 50, 0, 9}, NULL},
    {"and less", 10000, {70, 50, 0, 9}, 15000, {71.1, 50, 0, 9}, "read again"},
    {"the reference's cache is not known", 10000, {-1, -1, 0, 9}, 15000, {1.1, 50, 0, 9}, "read again"},
    /* Stalled: of 5 s more over 2.5 s. 0.15 * 15 = 2.25, 0.17 * 15 = 2.55. */
    {"hardly stalled", 10000, {0, 0, 0, 9}, 15000, {0, 0, 0.15, 9}, NULL},
    {"stalled", 10000, {0, 0, 0, 9}, 15000, {0, 0, 0.17, 9}, "stalled"},
    {"stalled, v1 never tells of the reference", 10000, UNSEEN, 15000, {0, 0, 0.17, 9}, "stalled"},
    /* 0.25 * 15 - 0.2 * 10 = 1.75; 0.32 * 15 - 2 = 2.8 */
    {"the reference stalled too", 10000, {0, 0, 0.2, 9}, 15000, {0, 0, 0.25, 9}, NULL},
    {"but less", 10000, {0, 0, 0.2, 9}, 15000, {0, 0, 0.32, 9}, "stalled"},
    /* CPU: over 2.5 s more, and over a quarter more. */
    {"little more CPU", 10000, {0, 0, 0, 8}, 15000, {0, 0, 0, 10.4}, NULL},
    {"more CPU", 10000, {0, 0, 0, 8}, 15000, {0, 0, 0, 10.6}, "CPU"},
    {"more CPU, but of much", 10000, {0, 0, 0, 20}, 15000, {0, 0, 0, 23}, NULL},
    {"a quarter more of much", 10000, {0, 0, 0, 20}, 15000, {0, 0, 0, 25.1}, "CPU"},
    {"the reference's CPU is not known", 10000, UNSEEN, 15000, {0, 0, 0, 30}, NULL},
    {"nothing is known", 10000, UNSEEN, 90000, UNSEEN, NULL},
    {"a busy machine", 10000, {0, 0, 0, 9}, 90000, {0, 0, 0, 9}, NULL},
    /* Less than 20 ms is within what starting a process varies by. */
    {"too short", 20, {0, 0, 0, 0}, 39, {900, 0, 0.9, 9}, NULL},
    {"long enough", 20, {0, 0, 0, 0}, 40, {900, 0, 0.9, 9}, "read again"},
};

TEST(a_run_is_slow_where_its_limit_explains_it) {
    for (size_t i = 0; i < COUNT(judged); i++) {
        struct trial trials[2] = {survivor(0, judged[i].reference_ms), survivor(64 * MIB, judged[i].ms)};
        show(&trials[0], &judged[i].reference);
        show(&trials[1], &judged[i].deed);
        pace_judge(trials, 1, 1.05, &trials[1]);
        bool slow = judged[i].why != NULL;
        ROW(trials[1].outcome == (slow ? OUTCOME_SLOW : OUTCOME_SURVIVED), "%s: %s", judged[i].what,
            outcome_name(trials[1].outcome));
        double ratio = (double)judged[i].ms / (double)judged[i].reference_ms;
        ROW(trials[1].slowdown_ratio.known && fabs(trials[1].slowdown_ratio.value - ratio) < 1e-9,
            "%s: ratio %f", judged[i].what, trials[1].slowdown_ratio.value);
        ROW(trials[1].evidence_count == (slow ? 1 : 0) &&
                (!slow || (strcmp(trials[1].evidence[0].source, "pace") == 0 &&
                           strstr(trials[1].evidence[0].detail, judged[i].why) &&
                           strstr(trials[1].evidence[0].detail, "without a limit") &&
                           unit_is_one_line(trials[1].evidence[0].detail))),
            "%s: %zu facts, the first: %s", judged[i].what, trials[1].evidence_count,
            trials[1].evidence_count ? trials[1].evidence[0].detail : "");
        ROW(trial_lived(&trials[1]), "%s: did not live", judged[i].what);
        trial_free(&trials[1]);
    }
}

/* Explained as well as can be, and yet not slow: what is not a finished survivor under a limit, alone. */
TEST(only_finished_survivors_under_a_limit_are_judged) {
    static const struct deed all = {900, 0, 0.9, 99};
    struct trial reference = survivor(0, 10000);
    struct trial others[] = {
        survivor(0, 90000),
        ended(OUTCOME_OOM, STOP_AT_OOM, 64 * MIB, 90000),
        ended(OUTCOME_RUNTIME_OOM, STOP_NONE, 64 * MIB, 90000),
        ended(OUTCOME_SLOW, STOP_SLOW, 64 * MIB, 90000),
        ended(OUTCOME_TIMEOUT, STOP_TIMEOUT, 64 * MIB, 90000),
        ended(OUTCOME_FAILED, STOP_NONE, 64 * MIB, 90000),
        ended(OUTCOME_KILLED, STOP_NONE, 64 * MIB, 90000),
        ended(OUTCOME_HARNESS_ERROR, STOP_NONE, 64 * MIB, 90000),
        survivor(64 * MIB, 90000),
    };
    show(&reference, &(struct deed){0, 0, 0, 1});
    others[COUNT(others) - 1].crowded = true;
    for (size_t i = 0; i < COUNT(others); i++) {
        enum outcome before = others[i].outcome;
        show(&others[i], &all);
        pace_judge(&reference, 1, 1.05, &others[i]);
        ROW(others[i].outcome == before && others[i].evidence_count == 0, "row %zu: %s became %s", i,
            outcome_name(before), outcome_name(others[i].outcome));
        ROW(others[i].slowdown_ratio.known, "row %zu: its ratio is not told", i);
    }
}

/* Evidence that is there stays, before the new. */
TEST(evidence_is_added) {
    struct trial reference = survivor(0, 10000);
    struct trial trial = survivor(64 * MIB, 20000);
    trial_add_evidence(&trial, "exit", "code 0");
    show(&reference, &(struct deed){0, 0, 0, 1});
    show(&trial, &(struct deed){900, 0, 0, 1});
    pace_judge(&reference, 1, 1.05, &trial);
    ROW(trial.evidence_count == 2 && strcmp(trial.evidence[0].source, "exit") == 0 &&
            strcmp(trial.evidence[1].source, "pace") == 0 && strstr(trial.evidence[1].detail, "2.00x"),
        "%zu facts", trial.evidence_count);
    trial_free(&trial);
}

TEST(nothing_to_compare_with_is_nothing_slow) {
    struct trial dead = ended(OUTCOME_OOM, STOP_AT_OOM, 32 * MIB, 10);
    struct trial instant = survivor(0, 0);
    struct trial highest = survivor(128 * MIB, 10000);
    struct trial trial = survivor(64 * MIB, 20000);
    show(&trial, &(struct deed){900, 0, 0.9, 99});
    pace_judge(NULL, 0, 1.05, &trial);
    ROW(trial.outcome == OUTCOME_SURVIVED && !trial.slowdown_ratio.known, "without any");
    pace_judge(&dead, 1, 1.05, &trial);
    ROW(trial.outcome == OUTCOME_SURVIVED && !trial.slowdown_ratio.known, "with the dead");
    pace_judge(&instant, 1, 1.05, &trial);
    ROW(trial.outcome == OUTCOME_SURVIVED && !trial.slowdown_ratio.known, "with one of no duration");
    pace_judge(&highest, 1, 1.05, &trial);
    ROW(trial.outcome == OUTCOME_SLOW && trial.evidence_count == 1 &&
            strstr(trial.evidence[0].detail, "at the highest limit"),
        "under limits alone: %s", outcome_name(trial.outcome));
    trial_free(&trial);
}

TEST(the_reference_is_the_first_without_a_limit) {
    struct trial trials[] = {
        ended(OUTCOME_FAILED, STOP_NONE, 0, 1),
        survivor(64 * MIB, 2),
        ended(OUTCOME_OOM, STOP_AT_OOM, GIB, 3),
        ended(OUTCOME_SLOW, STOP_NONE, 512 * MIB, 4),
        ended(OUTCOME_SLOW, STOP_SLOW, 2 * GIB, 5),
        survivor(128 * MIB, 6),
        survivor(0, 7),
        survivor(0, 8),
    };
    /* After so many trials: none, none, 64 MiB, the same, the slow one that came to its end, ... */
    static const int expected[] = {-1, -1, 1, 1, 3, 3, 3, 6, 6};
    for (size_t count = 0; count < COUNT(expected); count++) {
        const struct trial *got = pace_reference(trials, count);
        ROW((got ? got - trials : -1) == expected[count], "after %zu: %td, expected %d", count,
            got ? got - trials : -1, expected[count]);
    }
}

/* Ten times the fastest that lived, and two seconds more at least. */
TEST(when_waiting_is_over) {
    struct trial trials[] = {
        ended(OUTCOME_OOM, STOP_AT_OOM, 32 * MIB, 10),  survivor(0, 60000),
        ended(OUTCOME_SLOW, STOP_SLOW, 32 * MIB, 20),   survivor(64 * MIB, 50000),
        ended(OUTCOME_SLOW, STOP_NONE, 32 * MIB, 1000), survivor(64 * MIB, 100),
    };
    static const int64_t expected_ms[] = {0, 0, 600000, 600000, 500000, 10000, 2100};
    for (size_t count = 0; count < COUNT(expected_ms); count++) {
        int64_t got = pace_slow_after(trials, count);
        ROW(got == expected_ms[count] * NS_PER_MS, "after %zu: %lld ns, expected %lld ms", count,
            (long long)got, (long long)expected_ms[count]);
    }
}

TEST(as_many_side_by_side_as_have_cpu_and_memory) {
    static const struct {
        const char *what;
        int jobs, cpus;
        double cpu_s;               /* of 10 s; negative: unknown */
        int64_t peak_mib, room_mib; /* 0: unknown */
        int most;
        const char *why;
    } rows[] = {
        {"one is one", 1, 8, 10, 100, 9999, 1, NULL},
        {"idle", 4, 2, 0, 100, 9999, 4, NULL},
        {"one CPU each", 4, 4, 10, 100, 9999, 4, NULL},
        {"a hair more", 4, 4, 10.2, 100, 9999, 4, NULL},    /* 4.08 of 4.1 */
        {"too much more", 4, 4, 10.4, 100, 9999, 3, "CPU"}, /* 4.16; 4.1 / 1.04 = 3.9 */
        {"one and a half", 4, 4, 15, 100, 9999, 2, "1.5 CPUs busy"},
        {"all of it", 4, 4, 40, 100, 9999, 1, "4.0 CPUs busy"},
        {"more than all", 4, 4, 80, 100, 9999, 1, "CPU"},
        {"not known, so all of it", 4, 4, -1, 100, 9999, 1, "CPU"},
        {"twice the peak each", 4, 4, 1, 100, 800, 4, NULL},
        {"not quite", 4, 4, 1, 100, 799, 3, "799.0 MiB are free"},
        {"no room at all", 4, 4, 1, 100, 50, 1, "peaks at 100.0 MiB"},
        {"room is not known", 4, 4, 1, 100, 0, 4, NULL},
        {"peak is not known", 4, 4, 1, 0, 800, 1, "not known"},
        {"neither is known", 4, 4, 1, 0, 0, 1, "not known"},
        {"the CPU is scarcer", 8, 4, 10, 100, 1000, 4, "CPU"}, /* 4 by CPU, 5 by memory */
        {"memory is scarcer", 8, 4, 10, 100, 600, 3, "free"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial profile = survivor(0, 10000);
        struct host host = {.cpus = rows[i].cpus};
        struct known_i64 room = rows[i].room_mib ? known_i64(rows[i].room_mib * MIB) : UNKNOWN_I64;
        char why[200] = "";
        if (rows[i].cpu_s >= 0)
            profile.cpu_s = known_f64(rows[i].cpu_s);
        if (rows[i].peak_mib)
            profile.peak_bytes = known_i64(rows[i].peak_mib * MIB);
        int most = pace_side_by_side(&profile, rows[i].jobs, &host, room, why, sizeof why);
        ROW(most == rows[i].most && (rows[i].why ? strstr(why, rows[i].why) != NULL : !why[0]),
            "%s: %d (%s), expected %d", rows[i].what, most, why, rows[i].most);
    }
}

UNIT_MAIN("pace", a_run_is_slow_where_its_limit_explains_it, only_finished_survivors_under_a_limit_are_judged,
          evidence_is_added, nothing_to_compare_with_is_nothing_slow,
          the_reference_is_the_first_without_a_limit, when_waiting_is_over,
          as_many_side_by_side_as_have_cpu_and_memory)
