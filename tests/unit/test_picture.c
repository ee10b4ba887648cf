/* analysis/picture: what trials show about the threshold, against a plain recount and by hand. */
#include "analysis/picture.h"

#include <inttypes.h>

#include "base/units.h"
#include "chance.h"
#include "unit.h"

#define ROOM (256 * KIB) /* a run whose need came this close to its limit may have been squeezed */

/* One under a limit in MiB, or (0) without one. */
static struct trial run_at(int64_t limit_mib, enum outcome outcome) {
    struct trial trial = {.purpose = limit_mib ? PURPOSE_PROBE : PURPOSE_PROFILE, .outcome = outcome};
    if (limit_mib)
        trial.limit_bytes = known_i64(limit_mib * MIB);
    if (outcome == OUTCOME_SLOW)
        trial.exit.stop = STOP_SLOW;
    return trial;
}

/* One that lived, with what its readings and its peaks say it needed. */
static struct trial needing(int64_t limit_mib, int64_t readings, int64_t peaks) {
    struct trial trial = run_at(limit_mib, OUTCOME_SURVIVED);
    trial.needed_bytes = trial.unreclaimable_bytes = known_i64(readings);
    trial.peak_less_file_bytes = known_i64(peaks);
    return trial;
}

enum fate { LIVES, DIES, STALLS, SAYS_NOTHING, IS_IGNORED, FATE_COUNT };

/* Every way to end, and what it says about the limit. */
static const struct {
    const char *what;
    enum outcome outcome;
    enum stop_reason stop;
    enum purpose purpose;
    bool for_slowdown;
    bool crowded;
    enum fate fate;
} endings[] = {
    {"survived", OUTCOME_SURVIVED, STOP_NONE, PURPOSE_PROBE, false, false, LIVES},
    {"stopped at --for", OUTCOME_SURVIVED, STOP_DONE, PURPOSE_CONFIRM, false, false, LIVES},
    {"slow, to its end", OUTCOME_SLOW, STOP_NONE, PURPOSE_PROBE, false, false, LIVES},
    {"slow, to its --for", OUTCOME_SLOW, STOP_DONE, PURPOSE_PROBE, false, false, LIVES},
    {"step", OUTCOME_SURVIVED, STOP_NONE, PURPOSE_STEP, false, false, LIVES},
    {"oom", OUTCOME_OOM, STOP_AT_OOM, PURPOSE_PROBE, false, false, DIES},
    {"runtime-oom", OUTCOME_RUNTIME_OOM, STOP_NONE, PURPOSE_CONFIRM, false, false, DIES},
    {"failed", OUTCOME_FAILED, STOP_NONE, PURPOSE_PROBE, false, false, DIES},
    {"timeout", OUTCOME_TIMEOUT, STOP_TIMEOUT, PURPOSE_PROBE, false, false, DIES},
    {"stalled", OUTCOME_SLOW, STOP_SLOW, PURPOSE_PROBE, false, false, STALLS},
    {"slow, out of budget", OUTCOME_SLOW, STOP_BUDGET, PURPOSE_PROBE, false, false, SAYS_NOTHING},
    {"killed", OUTCOME_KILLED, STOP_NONE, PURPOSE_PROBE, false, false, SAYS_NOTHING},
    {"outside-oom", OUTCOME_OUTSIDE_OOM, STOP_NONE, PURPOSE_PROBE, false, false, SAYS_NOTHING},
    {"harness-error", OUTCOME_HARNESS_ERROR, STOP_INTERRUPT, PURPOSE_PROBE, false, false, SAYS_NOTHING},
    {"a proof that lived", OUTCOME_SURVIVED, STOP_NONE, PURPOSE_VERIFY, false, false, IS_IGNORED},
    {"a proof that died", OUTCOME_OOM, STOP_AT_OOM, PURPOSE_VERIFY, false, false, IS_IGNORED},
    {"crowded, lived", OUTCOME_SURVIVED, STOP_NONE, PURPOSE_PROBE, false, true, LIVES},
    {"crowded, died", OUTCOME_OOM, STOP_AT_OOM, PURPOSE_PROBE, false, true, DIES},
    {"crowded, killed", OUTCOME_KILLED, STOP_NONE, PURPOSE_PROBE, false, true, IS_IGNORED},
    {"for the slowdown point, lived", OUTCOME_SURVIVED, STOP_NONE, PURPOSE_PROBE, true, false, LIVES},
    {"for the slowdown point, stopped", OUTCOME_SLOW, STOP_SLOW, PURPOSE_PROBE, true, false, IS_IGNORED},
    {"for the slowdown point, killed", OUTCOME_KILLED, STOP_NONE, PURPOSE_PROBE, true, false, IS_IGNORED},
    {"for the slowdown point, died", OUTCOME_OOM, STOP_AT_OOM, PURPOSE_PROBE, true, false, DIES},
};

static struct trial ending_at(size_t ending, int64_t limit_mib) {
    struct trial trial = run_at(limit_mib, endings[ending].outcome);
    trial.purpose = endings[ending].purpose;
    trial.exit.stop = endings[ending].stop;
    trial.for_slowdown = endings[ending].for_slowdown;
    trial.crowded = endings[ending].crowded;
    return trial;
}

TEST(what_an_ending_says) {
    for (size_t i = 0; i < COUNT(endings); i++) {
        enum fate fate = endings[i].fate;
        struct trial trial = ending_at(i, 64);
        struct picture picture;
        picture_look(&trial, 1, ROOM, &picture);
        const struct level *level = &picture.levels[0];
        bool tells = fate == LIVES || fate == DIES || fate == STALLS;
        /* One for the slowdown point is not counted as a run. */
        bool counts = fate != IS_IGNORED && !endings[i].for_slowdown;
        ROW(picture.runs == counts && picture.useless == (fate == SAYS_NOTHING) && picture.count == tells,
            "%s: %d runs, %d useless, %d levels", endings[i].what, picture.runs, picture.useless,
            picture.count);
        ROW(!tells || (level->lives == (fate == LIVES) && level->dies == (fate == DIES) &&
                       level->stalls == (fate == STALLS)),
            "%s: %d lives, %d dies, %d stalls", endings[i].what, level->lives, level->dies, level->stalls);
        ROW((picture.spares_bytes > 0) == (fate == LIVES) &&
                (picture.kills_bytes > 0) == (fate == DIES || fate == STALLS),
            "%s: spares at %" PRId64 ", kills at %" PRId64, endings[i].what, picture.spares_bytes,
            picture.kills_bytes);
    }
}

/* The same counted the plain way: every level against every trial. */
static void recount(const struct picture *picture, const size_t *which, const int64_t *limits, size_t count,
                    uint64_t seed) {
    int runs = 0;
    for (size_t i = 0; i < count; i++)
        runs += endings[which[i]].fate != IS_IGNORED && !endings[which[i]].for_slowdown;
    ROW(picture->runs == runs, "seed %" PRIu64 ": %d runs, not %d", seed, picture->runs, runs);
    for (int at = 0; at < picture->count; at++) {
        const struct level *level = &picture->levels[at];
        int seen[FATE_COUNT] = {0};
        for (size_t i = 0; i < count; i++)
            if (limits[i] * MIB == level->limit_bytes)
                seen[endings[which[i]].fate]++;
        ROW(level->lives == seen[LIVES] && level->dies == seen[DIES] && level->stalls == seen[STALLS] &&
                level->lives + level->dies + level->stalls > 0,
            "seed %" PRIu64 ": at %" PRId64 " %d, %d and %d, not %d, %d and %d", seed, level->limit_bytes,
            level->lives, level->dies, level->stalls, seen[LIVES], seen[DIES], seen[STALLS]);
        ROW(at == 0 || level[-1].limit_bytes < level->limit_bytes,
            "seed %" PRIu64 ": level %d is not above %d", seed, at, at - 1);
    }
}

/* low: nothing living at or below it, and the highest such. high: nothing dying or stalling at or above it,
 * and the lowest such. */
static void check_ends(const struct picture *picture, uint64_t seed) {
    int low = -1;
    int high = -1;
    int64_t spares = 0;
    int64_t kills = 0;
    for (int at = 0; at < picture->count; at++) {
        bool lives_below = false;
        bool fails_above = false;
        for (int i = 0; i < picture->count; i++) {
            const struct level *level = &picture->levels[i];
            lives_below = lives_below || (i <= at && level->lives);
            fails_above = fails_above || (i >= at && level->dies + level->stalls);
        }
        low = lives_below ? low : at;
        high = fails_above || high >= 0 ? high : at;
        spares = spares || !picture->levels[at].lives ? spares : picture->levels[at].limit_bytes;
        if (picture->levels[at].dies + picture->levels[at].stalls)
            kills = picture->levels[at].limit_bytes;
    }
    ROW(picture->low == low && picture->high == high, "seed %" PRIu64 ": ends %d and %d, not %d and %d", seed,
        picture->low, picture->high, low, high);
    ROW(picture->spares_bytes == spares && picture->kills_bytes == kills,
        "seed %" PRIu64 ": spares at %" PRId64 ", kills at %" PRId64 ", not %" PRId64 " and %" PRId64, seed,
        picture->spares_bytes, picture->kills_bytes, spares, kills);
    ROW(picture_contradicts_itself(picture) == (spares > 0 && spares <= kills),
        "seed %" PRIu64 ": spares at %" PRId64 ", kills at %" PRId64 ", contradicts itself: %d", seed, spares,
        kills, picture_contradicts_itself(picture));
}

TEST(levels_and_ends_are_what_was_seen) {
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        uint64_t random = seed * 0x9e3779b97f4a7c15U;
        struct trial trials[40];
        size_t which[40];
        int64_t limits[40];
        size_t count = next_random(&random) % COUNT(trials);
        for (size_t i = 0; i < count; i++) {
            limits[i] = 1 + (int64_t)(next_random(&random) % 12);
            /* More alive above, more dead below, so that there are ends. */
            bool lives = (int64_t)(next_random(&random) % 12) < limits[i];
            which[i] = next_random(&random) % 8 == 0 ? next_random(&random) % COUNT(endings) : lives ? 0 : 5;
            trials[i] = ending_at(which[i], limits[i]);
        }
        struct picture picture;
        picture_look(trials, count, ROOM, &picture);
        recount(&picture, which, limits, count, seed);
        check_ends(&picture, seed);
    }
}

/* OOM is the telling way to die, and any death tells more than a stall, whatever came first. */
TEST(how_it_dies_does_not_depend_on_the_order) {
    static const enum outcome deaths[] = {OUTCOME_OOM, OUTCOME_RUNTIME_OOM, OUTCOME_TIMEOUT, OUTCOME_FAILED,
                                          OUTCOME_SLOW};
    for (size_t a = 0; a < COUNT(deaths); a++) {
        for (size_t b = 0; b < COUNT(deaths); b++) {
            struct trial trials[] = {run_at(64, deaths[a]), run_at(64, deaths[b]), run_at(64, deaths[a])};
            struct picture forth;
            struct picture back;
            picture_look(trials, 2, ROOM, &forth);
            picture_look(trials + 1, 2, ROOM, &back);
            enum outcome got = forth.levels[0].dies_as;
            ROW(got == back.levels[0].dies_as, "%s after %s dies as %s, the other way round as %s",
                outcome_name(deaths[b]), outcome_name(deaths[a]), outcome_name(got),
                outcome_name(back.levels[0].dies_as));
            ROW((deaths[a] != OUTCOME_OOM && deaths[b] != OUTCOME_OOM) || got == OUTCOME_OOM,
                "%s and %s: dies as %s", outcome_name(deaths[a]), outcome_name(deaths[b]), outcome_name(got));
            ROW(got != OUTCOME_SLOW || deaths[a] == deaths[b], "%s and %s: dies as %s",
                outcome_name(deaths[a]), outcome_name(deaths[b]), outcome_name(got));
        }
    }
}

TEST(more_levels_than_there_is_room_for) {
    static struct trial trials[LEVELS_MAX + 50];
    struct picture picture;
    for (size_t i = 0; i < COUNT(trials); i++)
        trials[i] = run_at(1 + (int64_t)(i * 7919 % COUNT(trials)), i % 2 ? OUTCOME_OOM : OUTCOME_SURVIVED);
    picture_look(trials, COUNT(trials), ROOM, &picture);
    ck_assert_int_eq(picture.count, LEVELS_MAX);
    ck_assert_int_eq(picture.runs, (int)COUNT(trials));
}

/* The profile's need and those of survivors, but not of one that its limit held back: 256 KiB below a limit
 * of 101 MiB is 100.75 MiB. */
TEST(the_least_need_is_of_who_was_not_squeezed) {
    struct trial trials[] = {
        needing(0, 120 * MIB, 120 * MIB),
        needing(101, 101 * MIB - ROOM + 1, 101 * MIB),
        run_at(90, OUTCOME_OOM),
        needing(101, 101 * MIB - ROOM, 101 * MIB),
        needing(150, 110 * MIB, 110 * MIB),
        needing(300, 0, 0),
        needing(300, -5, -5),
    };
    static const struct known_i64 expected[] = {{false, 0},
                                                {true, 120 * MIB},
                                                {true, 120 * MIB},
                                                {true, 120 * MIB},
                                                {true, 101 * MIB - ROOM},
                                                {true, 101 * MIB - ROOM},
                                                {true, 101 * MIB - ROOM},
                                                {true, 101 * MIB - ROOM}};
    trials[2].needed_bytes = known_i64(MIB); /* the dead needed more than they came to */
    for (size_t count = 0; count <= COUNT(trials); count++) {
        struct picture picture;
        picture_look(trials, count, ROOM, &picture);
        ROW(picture.least_need.known == expected[count].known &&
                picture.least_need.value == expected[count].value,
            "after %zu: %" PRId64 ", expected %" PRId64, count, picture.least_need.value,
            expected[count].value);
        ROW(picture.profile == (count ? trials : NULL) && picture.profiles == (count > 0),
            "after %zu: another profile", count);
    }
    trials[0].outcome = OUTCOME_FAILED;
    struct picture picture;
    picture_look(trials, 1, ROOM, &picture);
    ROW(!picture.profile && !picture.least_need.known, "a profile that failed is one");
}

static bool same_but_for_need(const struct picture *a, const struct picture *b) {
    for (int i = 0; i < a->count && a->count == b->count; i++)
        if (a->levels[i].limit_bytes != b->levels[i].limit_bytes ||
            a->levels[i].lives != b->levels[i].lives || a->levels[i].dies != b->levels[i].dies ||
            a->levels[i].stalls != b->levels[i].stalls)
            return false;
    return a->count == b->count && a->low == b->low && a->high == b->high && a->runs == b->runs &&
           a->profiles == b->profiles && a->useless == b->useless && a->profile == b->profile &&
           a->spares_bytes == b->spares_bytes && a->kills_bytes == b->kills_bytes &&
           a->least_seen.value == b->least_seen.value && a->most_peak.value == b->most_peak.value &&
           a->spread_bytes == b->spread_bytes;
}

/* A live squeeze is a need, and nothing else: no run, no level, no sample, whatever it seems to have needed.
 */
TEST(a_live_squeeze_is_one_more_need) {
    struct trial trials[] = {needing(0, 105 * MIB, 105 * MIB), run_at(90, OUTCOME_OOM),
                             needing(107, 106 * MIB, 106 * MIB), needing(0, 103 * MIB, 103 * MIB)};
    struct trial *squeezed = &trials[3];
    struct picture before;
    struct picture after;
    squeezed->purpose = PURPOSE_STEP;
    squeezed->squeezed = true;
    picture_look(trials, COUNT(trials) - 1, ROOM, &before);
    ck_assert_int_eq(before.most_peak.value, 106 * MIB); /* there are samples that it might change */
    static const int64_t estimates_mib[] = {0, 110, 80};
    static const int64_t needs_mib[] = {105, 105, 80};
    for (size_t i = 0; i < COUNT(estimates_mib); i++) {
        for (int lives = 0; lives <= 1; lives++) {
            squeezed->squeeze_bytes = estimates_mib[i] ? known_i64(estimates_mib[i] * MIB) : UNKNOWN_I64;
            squeezed->outcome = lives ? OUTCOME_SURVIVED : OUTCOME_OOM;
            picture_look(trials, COUNT(trials), ROOM, &after);
            ROW(after.least_need.value == needs_mib[i] * MIB, "estimate %" PRId64 ": need %" PRId64,
                estimates_mib[i], after.least_need.value);
            ROW(same_but_for_need(&before, &after), "estimate %" PRId64 ": another picture",
                estimates_mib[i]);
        }
    }
}

/* Survivors' needs are noise only as far as readings and peaks agree that they differ. In MiB; the lowest
 * limit that spared one is 107, so samples are from 101.65 to 112.35. */
TEST(needs_near_the_threshold_are_samples) {
    static const struct {
        const char *what;
        int64_t profile[2]; /* by readings, by peaks; 0: none */
        int64_t survivor[2];
        enum outcome death; /* at 90 */
        int64_t least, most, spread;
    } rows[] = {
        {"one is none", {0, 0}, {105, 106}, OUTCOME_OOM, 0, 0, 0},
        {"the same", {105, 106}, {105, 106}, OUTCOME_OOM, 105, 106, 0},
        {"both differ, peaks by less", {102, 104}, {105, 106}, OUTCOME_OOM, 102, 106, 2},
        {"both differ, readings by less", {104, 104}, {105, 107}, OUTCOME_OOM, 104, 107, 1},
        {"readings alone", {102, 106}, {105, 106}, OUTCOME_OOM, 102, 106, 0},
        {"peaks alone", {105, 110}, {105, 106}, OUTCOME_OOM, 105, 110, 0},
        {"peaks that tell less than readings", {105, 99}, {106, 99}, OUTCOME_OOM, 105, 106, 1},
        {"too far above", {113, 113}, {105, 106}, OUTCOME_OOM, 0, 0, 0},
        {"too far below", {101, 106}, {105, 106}, OUTCOME_OOM, 0, 0, 0},
        {"squeezed", {105, 106}, {107, 107}, OUTCOME_OOM, 0, 0, 0},
        {"nothing died yet", {102, 104}, {105, 106}, OUTCOME_SURVIVED, 102, 106, 2},
        {"it stalls", {102, 104}, {105, 106}, OUTCOME_SLOW, 102, 106, 2},
        {"its runtime gives up", {102, 104}, {105, 106}, OUTCOME_RUNTIME_OOM, 0, 0, 0},
        {"it fails", {102, 104}, {105, 106}, OUTCOME_FAILED, 0, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trials[4] = {
            needing(130, 111 * MIB, 112 * MIB), /* a proof, which is none */
            needing(107, rows[i].survivor[0] * MIB, rows[i].survivor[1] * MIB),
            needing(0, rows[i].profile[0] * MIB, rows[i].profile[1] * MIB),
            run_at(90, rows[i].death),
        };
        struct picture picture;
        trials[0].purpose = PURPOSE_VERIFY;
        picture_look(trials, rows[i].death == OUTCOME_SURVIVED ? 3 : 4, ROOM, &picture);
        bool known = rows[i].least > 0;
        ROW(picture.least_seen.known == known && picture.most_peak.known == known &&
                known_or(picture.least_seen, 0) == rows[i].least * MIB &&
                known_or(picture.most_peak, 0) == rows[i].most * MIB &&
                picture.spread_bytes == rows[i].spread * MIB,
            "%s: from %" PRId64 " to %" PRId64 ", spread %" PRId64, rows[i].what,
            known_or(picture.least_seen, 0), known_or(picture.most_peak, 0), picture.spread_bytes);
    }
}

/* Page cache stands beside a need, it does not make it differ: one program, read at limits that leave it more
 * cache and less. 40 MiB of its own, and a node of 0.22 % for all of 400 MiB that had to be evicted. */
TEST(what_is_left_of_page_cache_is_no_noise) {
    static const int64_t limits_mib[] = {0, 300, 100, 44, 42};
    struct trial trials[COUNT(limits_mib)];
    for (size_t i = 0; i < COUNT(trials); i++) {
        int64_t cached = (limits_mib[i] ? limits_mib[i] : 440) * MIB - 40 * MIB;
        int64_t own = 40 * MIB + (int64_t)(0.0022 * (double)(400 * MIB - cached));
        trials[i] = needing(limits_mib[i], own, own);
        trials[i].file_cache_bytes = known_i64(cached);
    }
    struct picture picture;
    picture_look(trials, COUNT(trials), ROOM, &picture);
    /* A third of a bracket of 1 %. */
    ROW(picture.spread_bytes <= picture.spares_bytes / 300, "spread %" PRId64 " at %" PRId64,
        picture.spread_bytes, picture.spares_bytes);
}

/* Beyond chance, in one test of twenty at most: 3 of 3 against 0 of 3 is 1/20, 2 of 2 against 0 of 2 is 1/6.
 */
TEST(higher_limits_that_kill_more_often) {
    static const struct {
        const char *what;
        int low_lives, low_dies, high_lives, high_dies;
        bool stalls; /* instead of dying */
        bool non_monotone;
    } rows[] = {
        {"in order", 0, 9, 9, 0, false, false},
        {"three against three", 3, 0, 0, 3, false, true},
        {"three stalls", 3, 0, 0, 3, true, true},
        {"two against two", 2, 0, 0, 2, false, false},
        {"two against three", 2, 0, 0, 3, false, false}, /* 1/10 */
        {"one against many", 1, 0, 0, 19, false, true},  /* 1/20 */
        {"mixed alike", 5, 5, 5, 5, false, false},
        {"five against four of five", 5, 0, 1, 4, false, true}, /* 5/210 */
        {"one level alone", 5, 5, 0, 0, false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trials[40];
        size_t count = 0;
        enum outcome failure = rows[i].stalls ? OUTCOME_SLOW : OUTCOME_OOM;
        for (int n = 0; n < rows[i].low_lives + rows[i].low_dies; n++)
            trials[count++] = run_at(64, n < rows[i].low_lives ? OUTCOME_SURVIVED : failure);
        trials[count++] = run_at(70, OUTCOME_KILLED);
        for (int n = 0; n < rows[i].high_lives + rows[i].high_dies; n++)
            trials[count++] = run_at(80, n < rows[i].high_lives ? OUTCOME_SURVIVED : failure);
        struct picture picture;
        picture_look(trials, count, ROOM, &picture);
        ROW(picture_is_non_monotone(&picture) == rows[i].non_monotone, "%s: %d", rows[i].what,
            picture_is_non_monotone(&picture));
    }
}

UNIT_MAIN("picture", what_an_ending_says, levels_and_ends_are_what_was_seen,
          how_it_dies_does_not_depend_on_the_order, more_levels_than_there_is_room_for,
          the_least_need_is_of_who_was_not_squeezed, a_live_squeeze_is_one_more_need,
          needs_near_the_threshold_are_samples, what_is_left_of_page_cache_is_no_noise,
          higher_limits_that_kill_more_often)
