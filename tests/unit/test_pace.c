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

/* What it takes without a limit varies too, and a limit that was never met costs only those time that size
 * themselves from it. */
TEST(more_cpu_time_is_the_limits_doing_or_not) {
    static const struct {
        const char *what;
        int64_t peak_mib;    /* of 64; negative: not known */
        double other_user_s; /* of another run without a limit; 0: there is none */
        enum runtime runtime;
        bool slow;
    } rows[] = {
        {"it met its limit", 63, 0, RUNTIME_NONE, true},
        {"its peak is not known", -1, 0, RUNTIME_NONE, true},
        {"a huge page might not have fitted", 62, 0, RUNTIME_NONE, true},
        {"it never met its limit", 61, 0, RUNTIME_NONE, false},
        {"python does not look at limits", 61, 0, RUNTIME_PYTHON, false},
        {"java does", 61, 0, RUNTIME_JVM, true},
        {"another run took as much", 63, 14, RUNTIME_NONE, false},
        {"another run took a little more", 63, 9, RUNTIME_NONE, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trials[3] = {survivor(0, 10000), survivor(0, 10000), survivor(64 * MIB, 15000)};
        show(&trials[0], &(struct deed){0, 0, 0, 8});
        show(&trials[1], &(struct deed){0, 0, 0, rows[i].other_user_s > 0 ? rows[i].other_user_s : 8});
        show(&trials[2], &(struct deed){0, 0, 0, 14});
        trials[2].peak_bytes = rows[i].peak_mib >= 0 ? known_i64(rows[i].peak_mib * MIB) : UNKNOWN_I64;
        trials[2].runtime = rows[i].runtime;
        pace_judge(trials, 2, 1.05, &trials[2]);
        ROW(trials[2].outcome == (rows[i].slow ? OUTCOME_SLOW : OUTCOME_SURVIVED), "%s: %s", rows[i].what,
            outcome_name(trials[2].outcome));
        trial_free(&trials[2]);
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
    struct trial squeezed = survivor(0, 9);
    squeezed.squeezed = true;
    ROW(!pace_reference(&squeezed, 1), "a squeezed one is a reference");
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
    struct trial squeezed = survivor(0, 9);
    squeezed.squeezed = true;
    ROW(pace_slow_after(&squeezed, 1) == 0, "a squeezed one is compared with");
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

/* ---- services ---- */

/* One that took 10 s, of which its load took 4 s for each run; rates of 0 are not known. */
static struct trial service(int64_t limit, double first_rate, double second_rate, int64_t load_ms) {
    struct trial trial = survivor(limit, 10000);
    const double rates[] = {first_rate, second_rate};
    trial.exit.stop = STOP_DONE;
    trial.service.serves = true;
    for (size_t i = 0; i < COUNT(rates); i++) {
        struct load_run run = {.cycle = 1, .duration_ns = load_ms * NS_PER_MS};
        if (rates[i] > 0)
            run.figures.rate_per_s = known_f64(rates[i]);
        service_facts_add(&trial.service, &run);
    }
    return trial;
}

TEST(a_service_is_as_slow_as_its_load) {
    static const struct {
        const char *what;
        double reference[2], rates[2];
        int64_t load_ms;
        double ratio;
    } rows[] = {
        {"the same", {1000, 500}, {1000, 500}, 4000, 1},
        {"half the rate", {1000, 500}, {500, 250}, 4000, 2},
        {"half the rate of one step", {1000, 500}, {1000, 250}, 4000, 1.5},
        {"a rate counts, not how long it took", {1000, 500}, {1000, 500}, 40000, 1},
        {"without rates its time counts", {0, 0}, {0, 0}, 6000, 1.5},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial reference = service(0, rows[i].reference[0], rows[i].reference[1], 4000);
        struct trial trial = service(64 * MIB, rows[i].rates[0], rows[i].rates[1], rows[i].load_ms);
        pace_judge(NULL, 0, 1.05, &reference);
        pace_judge(&reference, 1, 1.05, &trial);
        ROW(reference.service.pace_ns.value == 8000 * NS_PER_MS, "%s: %lld ns", rows[i].what,
            (long long)reference.service.pace_ns.value);
        ROW(trial.slowdown_ratio.known && fabs(trial.slowdown_ratio.value - rows[i].ratio) < 1e-6,
            "%s: %f, expected %f", rows[i].what, trial.slowdown_ratio.value, rows[i].ratio);
        trial_free(&reference);
        trial_free(&trial);
    }
}

/* wrk -d takes as long however little it gets done. */
TEST(a_rate_that_is_known_on_one_side_alone_tells_nothing) {
    struct trial reference = service(0, 1000, 0, 4000);
    struct trial trial = service(64 * MIB, 500, 500, 4000);
    pace_judge(NULL, 0, 1.05, &reference);
    pace_judge(&reference, 1, 1.05, &trial);
    ROW(!trial.service.pace_ns.known && !trial.slowdown_ratio.known, "%f", trial.slowdown_ratio.value);
    trial_free(&reference);
    trial_free(&trial);
}

/* Half the requests in the same time, for the same CPU time: each costs twice as much, as a garbage collector
 * has it that is short of memory. */
TEST(cpu_time_is_counted_by_the_work_done) {
    struct trial reference = service(0, 1000, 1000, 4000);
    struct trial trial = service(64 * MIB, 500, 500, 4000);
    reference.user_cpu_s = trial.user_cpu_s = known_f64(8);
    pace_judge(NULL, 0, 1.05, &reference);
    pace_judge(&reference, 1, 1.05, &trial);
    ROW(trial.outcome == OUTCOME_SLOW, "%s", outcome_name(trial.outcome));
    trial_free(&reference);
    trial_free(&trial);
}

TEST(a_service_that_died_has_no_pace) {
    struct trial reference = service(0, 1000, 1000, 4000);
    struct trial trial = service(64 * MIB, 1000, 1000, 4000);
    trial.outcome = OUTCOME_OOM;
    pace_judge(NULL, 0, 1.05, &reference);
    pace_judge(&reference, 1, 1.05, &trial);
    ROW(!trial.service.pace_ns.known && !trial.slowdown_ratio.known, "%f", trial.slowdown_ratio.value);
    /* Nor has one that was squeezed, at many limits. */
    trial.outcome = OUTCOME_SURVIVED;
    trial.squeezed = true;
    pace_judge(&reference, 1, 1.05, &trial);
    ROW(!trial.service.pace_ns.known && !trial.slowdown_ratio.known, "%f", trial.slowdown_ratio.value);
    trial_free(&reference);
    trial_free(&trial);
}

UNIT_MAIN("pace", a_service_is_as_slow_as_its_load, a_service_that_died_has_no_pace,
          a_rate_that_is_known_on_one_side_alone_tells_nothing, cpu_time_is_counted_by_the_work_done,
          a_run_is_slow_where_its_limit_explains_it, more_cpu_time_is_the_limits_doing_or_not,
          only_finished_survivors_under_a_limit_are_judged, evidence_is_added,
          nothing_to_compare_with_is_nothing_slow, the_reference_is_the_first_without_a_limit,
          when_waiting_is_over, as_many_side_by_side_as_have_cpu_and_memory)
