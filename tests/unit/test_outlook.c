/* analysis/outlook: against searches whose course is known. */
#include "analysis/outlook.h"

#include "base/units.h"
#include "unit.h"

#define PAGE       ((int64_t)4096)
#define TRIALS_MAX 100
#define LIVES_NS   (10 * NS_PER_S)
#define DIES_NS    (4 * NS_PER_S)

/* Lives from its need on. What it shows of that may be wrong. */
struct subject {
    const char *what;
    int64_t need;
    int64_t shows;
    int confirm;
};

static const struct subject subjects[] = {
    {"as predicted", 100 * MIB, 100 * MIB, 3},
    {"a little more than predicted", 104 * MIB, 100 * MIB, 3},
    {"far more than predicted", 300 * MIB, 100 * MIB, 3},
    {"far less than predicted", 30 * MIB, 100 * MIB, 3},
    {"confirmed once", 100 * MIB, 100 * MIB, 1},
    {"nothing to predict from", 100 * MIB, 0, 3},
};

static struct search_config config_of(const struct subject *subject) {
    return (struct search_config){.precision_ratio = 0.01,
                                  .confirm = subject->confirm,
                                  .runs_max = 70,
                                  .page_bytes = PAGE,
                                  .stock_bytes = 128 * PAGE,
                                  .noise_bytes = 64 * PAGE,
                                  .ceiling_bytes = 8 * GIB};
}

static struct trial run_of(const struct subject *subject, enum purpose purpose, struct known_i64 limit) {
    bool lives = known_or(limit, INT64_MAX) >= subject->need;
    struct trial trial = {.purpose = purpose,
                          .limit_bytes = limit,
                          .outcome = lives ? OUTCOME_SURVIVED : OUTCOME_OOM,
                          .exit.duration_ns = lives ? LIVES_NS : DIES_NS};
    if (lives && subject->shows)
        trial.needed_bytes = trial.unreclaimable_bytes = trial.peak_bytes = trial.peak_less_file_bytes =
            known_i64(subject->shows < subject->need ? subject->shows : subject->need);
    return trial;
}

/* What was expected before each run of a search, and what came: *ret_ns of all runs from there on. */
struct course {
    struct outlook outlooks[TRIALS_MAX];
    int64_t took_ns[TRIALS_MAX];
    int runs;
};

static void search(const struct subject *subject, int proofs, struct course *ret) {
    struct search_config config = config_of(subject);
    struct trial trials[TRIALS_MAX] = {run_of(subject, PURPOSE_PROFILE, UNKNOWN_I64)};
    struct search_step step;
    *ret = (struct course){0};
    for (size_t count = 1;; count++) {
        search_next(&config, trials, count, &step);
        if (step.verdict != SEARCH_RUN || count == TRIALS_MAX)
            return;
        outlook_of_search(&config, trials, count, &step, proofs, &ret->outlooks[ret->runs]);
        trials[count] = run_of(subject, step.purpose, known_i64(step.limit_bytes));
        ret->took_ns[ret->runs++] = trials[count].exit.duration_ns;
    }
}

static int64_t left_after(const struct course *course, int run) {
    int64_t left = 0;
    for (int i = run + 1; i < course->runs; i++)
        left += course->took_ns[i];
    return left;
}

TEST(a_search_that_goes_as_predicted_is_foreseen) {
    struct course course;
    search(&subjects[0], 3, &course);
    ROW(course.runs == 6, "%d runs", course.runs);
    for (int i = 0; i < course.runs; i++) {
        const struct outlook *outlook = &course.outlooks[i];
        ROW(outlook->runs == course.runs - 1 - i + 3, "before run %d: %d runs", i, outlook->runs);
        /* Until one has died they are taken to die as late as others live. */
        bool one_died = i > 1;
        int64_t left = left_after(&course, i) + 3 * LIVES_NS;
        ROW(one_died ? outlook->rest_ns == left : outlook->rest_ns >= left, "before run %d: %lld, not %lld",
            i, (long long)outlook->rest_ns, (long long)left);
        ROW(!one_died || outlook->run_ns == course.took_ns[i], "before run %d: it takes %lld", i,
            (long long)outlook->run_ns);
    }
}

TEST(every_search_comes_to_the_end_that_is_foreseen) {
    for (size_t i = 0; i < COUNT(subjects); i++) {
        struct course course;
        search(&subjects[i], 0, &course);
        ROW(course.runs > 0 && course.runs < 40, "%s: %d runs", subjects[i].what, course.runs);
        int wrong = 0;
        for (int run = 0; run < course.runs; run++) {
            int left = course.runs - 1 - run;
            int off = abs(course.outlooks[run].runs - left);
            wrong += off > 2;
            ROW(course.outlooks[run].runs >= 0 && course.outlooks[run].run_ns > 0,
                "%s: run %d is not foreseen", subjects[i].what, run);
        }
        const struct outlook *last = &course.outlooks[course.runs - 1];
        ROW(last->runs <= 1, "%s: %d more after the last", subjects[i].what, last->runs);
        /* What was wrong with the prediction is known after some runs. */
        ROW(wrong <= course.runs * 2 / 3, "%s: %d of %d wrong", subjects[i].what, wrong, course.runs);
    }
}

TEST(nothing_is_foreseen_before_anything_lived) {
    struct search_config config = config_of(&subjects[0]);
    struct trial failed = {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_FAILED};
    struct search_step step;
    struct outlook outlook;
    bool late;
    search_next(&config, &failed, 1, &step);
    outlook_of_search(&config, &failed, 1, &step, 3, &outlook);
    ROW(outlook.runs == -1 && outlook.run_ns == 0, "%d runs", outlook.runs);
    ROW(!outlook_left_ns(&outlook, NS_PER_S, &late).known && !late, "and so nothing is left");
    outlook_of_repeats(&failed, 1, 4, &outlook);
    ROW(outlook.runs == 4 && outlook.run_ns == 0, "their number alone is known");
    ROW(!outlook_left_ns(&outlook, NS_PER_S, &late).known && !late, "not their time");
}

TEST(a_search_for_the_slowdown_point_is_foreseen) {
    struct slowdown_config config = {.max_ratio = 1.05,
                                     .precision_ratio = 0.01,
                                     .confirm = 3,
                                     .page_bytes = PAGE,
                                     .ceiling_bytes = 8 * GIB,
                                     .can_evict = true};
    struct oom_point point = {.known = true, .survives_bytes = known_i64(50 * MIB)};
    struct trial trials[TRIALS_MAX] = {{.purpose = PURPOSE_PROFILE,
                                        .outcome = OUTCOME_SURVIVED,
                                        .evicted = true,
                                        .exit.duration_ns = LIVES_NS,
                                        .peak_bytes = known_i64(200 * MIB),
                                        .file_cache_bytes = known_i64(150 * MIB)}};
    int foreseen = -1;
    int runs = 0;
    for (size_t count = 1; count < TRIALS_MAX; count++) {
        struct search_step step;
        struct outlook outlook;
        slowdown_next(&config, trials, count, &point, &step);
        if (step.verdict != SEARCH_RUN)
            break;
        outlook_of_slowdown(&config, trials, count, &point, &step, 3, &outlook);
        bool free = step.purpose == PURPOSE_PROFILE;
        bool slow = !free && step.limit_bytes < 120 * MIB;
        trials[count] = (struct trial){.purpose = step.purpose,
                                       .limit_bytes = free ? UNKNOWN_I64 : known_i64(step.limit_bytes),
                                       .outcome = slow ? OUTCOME_SLOW : OUTCOME_SURVIVED,
                                       .evicted = true,
                                       .for_slowdown = true,
                                       .peak_bytes = known_i64(step.limit_bytes),
                                       .exit.duration_ns = slow ? 2 * LIVES_NS : LIVES_NS};
        runs++;
        if (runs == 2) /* once it is known that it is slow where it just lives */
            foreseen = outlook.runs - 3 + 2;
    }
    ROW(runs > 4 && runs < 16, "%d runs", runs);
    ROW(abs(runs - foreseen) <= 2, "%d runs, %d were foreseen", runs, foreseen);
}

TEST(repeats_take_as_long_as_those_that_lived) {
    const struct trial trials[] = {
        {.outcome = OUTCOME_SURVIVED, .exit.duration_ns = 60 * NS_PER_S},
        {.outcome = OUTCOME_SURVIVED, .limit_bytes = known_i64(MIB), .exit.duration_ns = 4 * NS_PER_S},
        {.outcome = OUTCOME_OOM, .limit_bytes = known_i64(MIB), .exit.duration_ns = NS_PER_S},
        {.outcome = OUTCOME_SURVIVED, .limit_bytes = known_i64(MIB), .exit.duration_ns = 6 * NS_PER_S},
        {.outcome = OUTCOME_SURVIVED,
         .squeezed = true,
         .limit_bytes = known_i64(MIB),
         .exit.duration_ns = INT64_MAX / 4},
    };
    struct outlook outlook;
    outlook_of_repeats(trials, COUNT(trials), 2, &outlook);
    ROW(outlook.run_ns == 5 * NS_PER_S && outlook.runs == 2 && outlook.rest_ns == 10 * NS_PER_S, "%lld",
        (long long)outlook.run_ns);
    outlook_of_repeats(trials, 1, 0, &outlook);
    ROW(outlook.run_ns == 60 * NS_PER_S && outlook.rest_ns == 0, "without a limit, where there is no other");
}

TEST(what_is_left_and_what_is_late) {
    static const struct {
        const char *what;
        int64_t elapsed_ns;
        int64_t left_ns;
        bool late;
    } rows[] = {
        {"at its beginning", 0, 30 * NS_PER_S, false},
        {"in the middle", 5 * NS_PER_S, 25 * NS_PER_S, false},
        {"a little over", 11 * NS_PER_S, 20 * NS_PER_S, false},
        {"over", 13 * NS_PER_S, 20 * NS_PER_S, true},
    };
    const struct outlook outlook = {.run_ns = 10 * NS_PER_S, .runs = 2, .rest_ns = 20 * NS_PER_S};
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool late;
        struct known_i64 left = outlook_left_ns(&outlook, rows[i].elapsed_ns, &late);
        ROW(left.known && left.value == rows[i].left_ns && late == rows[i].late, "%s: %lld", rows[i].what,
            (long long)left.value);
    }
}

TEST(runs_side_by_side_share_the_time) {
    struct outlook outlook = {.run_ns = 10, .runs = 5, .rest_ns = 50};
    outlook_share(&outlook, 2, 2);
    ROW(outlook.runs == 4 && outlook.rest_ns == 20, "%d, %lld", outlook.runs, (long long)outlook.rest_ns);
    outlook_share(&outlook, 1, 1);
    ROW(outlook.runs == 4 && outlook.rest_ns == 20, "alone");
    outlook = OUTLOOK_UNKNOWN;
    outlook_share(&outlook, 2, 2);
    ROW(outlook.runs == -1, "unknown");
    outlook = (struct outlook){.run_ns = 10, .runs = 1, .rest_ns = 5};
    outlook_share(&outlook, 4, 4);
    ROW(outlook.runs == 0 && outlook.rest_ns == 0, "%d, %lld", outlook.runs, (long long)outlook.rest_ns);
}

UNIT_MAIN("outlook", a_search_that_goes_as_predicted_is_foreseen,
          every_search_comes_to_the_end_that_is_foreseen, nothing_is_foreseen_before_anything_lived,
          a_search_for_the_slowdown_point_is_foreseen, repeats_take_as_long_as_those_that_lived,
          what_is_left_and_what_is_late, runs_side_by_side_share_the_time)
