/* The comparison with pinned values: exact tails against tables, small samples by hand, and by simulation how
 * often all looks together are wrong. */
#include "unit.h"

#include <math.h>

#include "analysis/compare.h"
#include "base/units.h"
#include "chance.h"

/* One look, all of the error for it. */
static struct compare_plan one_look(int pinned, int runs, double rate) {
    struct compare_plan plan;
    compare_plan_make(pinned, runs, runs, rate, &plan);
    return plan;
}

/* Critical values of the Mann-Whitney U for a one-sided test: the greatest u with P(U <= u) <= rate. From the
 * tables of Milton, An extended table of critical values for the Mann-Whitney (Wilcoxon) two-sample
 * statistic, JASA 59 (1964); a rank is one more than the u, since ranks begin at 1. */
static const struct {
    int pinned;
    int runs;
    double rate;
    int rank;
} tails[] = {
    {3, 3, 0.05, 1},     {3, 3, 0.025, 0},     {4, 4, 0.05, 2},    {4, 4, 0.025, 1},    {5, 5, 0.05, 5},
    {5, 5, 0.025, 3},    {5, 5, 0.01, 2},      {5, 5, 0.005, 1},   {5, 5, 0.0039, 0},   {8, 5, 0.05, 9},
    {8, 5, 0.025, 7},    {8, 5, 0.01, 5},      {8, 5, 0.005, 3},   {10, 10, 0.05, 28},  {10, 10, 0.025, 24},
    {10, 10, 0.01, 20},  {10, 10, 0.005, 17},  {12, 7, 0.025, 19}, {20, 20, 0.05, 139}, {20, 20, 0.025, 128},
    {20, 20, 0.01, 115}, {20, 20, 0.005, 106}, {1, 12, 0.01, 0},   {12, 1, 0.01, 0},
};

TEST(tails_are_those_of_the_tables) {
    for (size_t i = 0; i < COUNT(tails); i++) {
        struct compare_plan plan = one_look(tails[i].pinned, tails[i].runs, tails[i].rate);
        struct compare_plan other = one_look(tails[i].runs, tails[i].pinned, tails[i].rate);
        ROW(plan.count == 1 && plan.looks[0].rank == tails[i].rank, "%d and %d at %g: rank %d, expected %d",
            tails[i].pinned, tails[i].runs, tails[i].rate, plan.looks[0].rank, tails[i].rank);
        ROW(other.looks[0].rank == plan.looks[0].rank, "%d and %d at %g: not the same the other way round",
            tails[i].pinned, tails[i].runs, tails[i].rate);
    }
}

/* ---- small samples ---- */

TEST(looks_grow_by_half_up_to_the_most) {
    static const struct {
        int first;
        int most;
        const char *looks;
    } rows[] = {
        {5, 12, "5 8 12 "},
        {3, 12, "3 5 8 12 "},
        {5, 5, "5 "},
        {1, 4, "1 2 3 4 "},
        {5, 6, "5 6 "},
        {12, 12, "12 "},
        {5, 60, "5 8 12 18 27 41 60 "},
        {60, 60, "60 "},
        {1, 60, "1 2 3 5 8 12 18 27 41 60 "},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct compare_plan plan;
        char looks[128] = "";
        compare_plan_make(5, rows[i].first, rows[i].most, COMPARE_ERROR_RATE, &plan);
        for (int runs = 0; (runs = compare_next_look(&plan, runs)) > 0;)
            snprintf(looks + strlen(looks), sizeof looks - strlen(looks), "%d ", runs);
        ROW_TEXT(looks, rows[i].looks, "looks");
    }
}

/* Runs that lack one figure have others: a look is at as many values as it was planned with, and what was
 * decided at one look stays whatever follows. */
TEST(a_decision_stays_and_a_look_has_its_values) {
    static const int64_t pinned[] = {100, 100, 100, 100, 100, 100, 100, 100};
    static const int64_t values[] = {120, 120, 120, 120, 120, 100, 100, 100, 100, 100, 100, 100};
    struct compare_course course = {0};
    compare_plan_make(8, 5, 12, COMPARE_ERROR_RATE, &course.plan);
    compare_take_look(&course, 5, pinned, 8, values, 6, 5);
    ck_assert_int_eq(course.found.state, COMPARE_ABOVE);
    ck_assert_int_eq(course.value_count, 5);
    ck_assert_double_eq(course.found.value, 120);
    compare_take_look(&course, 8, pinned, 8, values, 8, 5);
    compare_take_look(&course, 12, pinned, 8, values, 12, 5);
    ck_assert_int_eq(course.found.state, COMPARE_ABOVE);
    ck_assert_int_eq(course.value_count, 5);
    struct compare_course late = {.plan = course.plan};
    compare_take_look(&late, 12, pinned, 8, values, 12, 5);
    ck_assert_int_eq(late.found.state, COMPARE_OPEN);
}

TEST(too_few_values_never_tell) {
    static const struct {
        int pinned;
        int first;
        int most;
        bool can_tell;
    } rows[] = {
        {1, 5, 12, false}, {2, 5, 12, false}, {3, 5, 12, true}, {5, 5, 12, true},  {5, 5, 5, true},
        {5, 1, 3, false},  {5, 3, 3, false},  {8, 3, 3, true},  {60, 1, 1, false}, {1, 60, 60, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct compare_plan plan;
        compare_plan_make(rows[i].pinned, rows[i].first, rows[i].most, COMPARE_ERROR_RATE, &plan);
        ROW(compare_plan_can_tell(&plan) == rows[i].can_tell, "%d pinned, %d to %d runs", rows[i].pinned,
            rows[i].first, rows[i].most);
    }
}

/* Against five pinned values, at the first of the usual looks: there the interval is the range of all
 * differences. */
static const struct {
    const char *what;
    int64_t pinned[5];
    int64_t values[5];
    double threshold;
    enum compare_state state;
    bool improved;
    double shift;
    double low;
    double high;
} fives[] = {
    {"the same", {100, 100, 100, 100, 100}, {100, 100, 100, 100, 100}, 0, COMPARE_WITHIN, false, 0, 0, 0},
    {"the same, scattered",
     {98, 99, 100, 101, 102},
     {98, 99, 100, 101, 102},
     5,
     COMPARE_WITHIN,
     false,
     0,
     -4,
     4},
    {"at the threshold",
     {100, 100, 100, 100, 100},
     {105, 105, 105, 105, 105},
     5,
     COMPARE_WITHIN,
     false,
     5,
     5,
     5},
    {"one above it", {100, 100, 100, 100, 100}, {106, 106, 106, 106, 106}, 5, COMPARE_ABOVE, false, 6, 6, 6},
    {"one run at it", {100, 100, 100, 100, 100}, {105, 106, 106, 106, 106}, 5, COMPARE_OPEN, false, 6, 5, 6},
    {"one run high", {100, 100, 100, 100, 100}, {100, 100, 100, 100, 190}, 5, COMPARE_OPEN, false, 0, 0, 90},
    {"high, scattered",
     {98, 99, 100, 101, 102},
     {120, 118, 122, 119, 121},
     5,
     COMPARE_ABOVE,
     false,
     20,
     16,
     24},
    {"between", {98, 99, 100, 101, 102}, {104, 105, 106, 107, 103}, 5, COMPARE_OPEN, false, 5, 1, 9},
    {"less", {100, 101, 102, 103, 104}, {80, 81, 82, 83, 84}, 5, COMPARE_WITHIN, true, -20, -24, -16},
    {"a little less", {100, 101, 102, 103, 104}, {96, 97, 98, 99, 100}, 5, COMPARE_WITHIN, false, -4, -8, 0},
    {"nothing may pass",
     {100, 100, 100, 100, 100},
     {101, 101, 101, 101, 101},
     0,
     COMPARE_ABOVE,
     false,
     1,
     1,
     1},
    {"large",
     {INT64_C(1) << 50, 1, 1, 1, 1},
     {1, 1, 1, 1, INT64_C(1) << 50},
     5,
     COMPARE_OPEN,
     false,
     0,
     1 - 0x1p50,
     0x1p50 - 1},
};

TEST(five_against_five) {
    struct compare_plan plan;
    compare_plan_make(5, 5, 12, COMPARE_ERROR_RATE, &plan);
    for (size_t i = 0; i < COUNT(fives); i++) {
        struct comparison got;
        compare_judge(&plan, fives[i].pinned, 5, fives[i].values, 5, fives[i].threshold, &got);
        ROW(got.state == fives[i].state, "%s: state %d", fives[i].what, (int)got.state);
        ROW(got.improved == fives[i].improved, "%s", fives[i].what);
        ROW(got.low.known && got.high.known && got.low.value == fives[i].low &&
                got.high.value == fives[i].high && got.shift == fives[i].shift,
            "%s: %g [%g, %g]", fives[i].what, got.shift, got.low.value, got.high.value);
    }
}

TEST(between_two_looks_nothing_is_decided) {
    struct compare_plan plan;
    const int64_t pinned[] = {100, 100, 100, 100, 100};
    const int64_t values[] = {200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200};
    compare_plan_make(5, 5, 12, COMPARE_ERROR_RATE, &plan);
    for (int runs = 1; runs <= 13; runs++) {
        struct comparison got;
        bool look = runs == 5 || runs == 8 || runs == 12;
        compare_judge(&plan, pinned, 5, values, runs, 5, &got);
        ROW(got.state == (look ? COMPARE_ABOVE : COMPARE_OPEN), "%d runs: state %d", runs, (int)got.state);
        ROW(got.low.known == look && got.high.known == look, "%d runs", runs);
        ROW(got.shift == 100 && got.pinned == 100 && got.value == 200, "%d runs", runs);
    }
}

TEST(medians) {
    const int64_t odd[] = {5, 1, 3};
    const int64_t even[] = {4, 1, 3, 2};
    ck_assert_double_eq(compare_median(odd, 3), 3);
    ck_assert_double_eq(compare_median(even, 4), 2.5);
    ck_assert_double_eq(compare_median(odd, 1), 5);
}

/* ---- in the long run ---- */

#define SIMULATED 20000

static double normal(uint64_t *state) {
    double radius = sqrt(-2 * log(1 - random_unit(state)));
    return radius * cos(6.283185307179586 * random_unit(state));
}

/* Targets as they are: bytes about 100 MB. */
static int64_t quiet(uint64_t *state) {
    return 100000000 + (int64_t)(normal(state) * 1e5);
}
static int64_t noisy(uint64_t *state) {
    return 100000000 + (int64_t)(normal(state) * 1e7);
}
static int64_t skewed(uint64_t *state) {
    return (int64_t)(1e8 * exp(0.2 * normal(state)));
}
static int64_t two_modes(uint64_t *state) {
    return 100000000 + (random_unit(state) < 0.3 ? 8000000 : 0) + (int64_t)(normal(state) * 1e5);
}
static int64_t in_steps(uint64_t *state) {
    return 100 * MIB + (int64_t)(normal(state) * 3) * MIB;
}
static int64_t rarely_high(uint64_t *state) {
    return random_unit(state) < 0.05 ? 150000000 : 100000000;
}
static int64_t even(uint64_t *state) {
    return 90000000 + (int64_t)(random_unit(state) * 2e7);
}

static const struct {
    const char *name;
    int64_t (*draw)(uint64_t *state);
} targets[] = {
    {"quiet", quiet},         {"noisy", noisy},       {"skewed", skewed},
    {"two modes", two_modes}, {"in steps", in_steps}, {"rarely high", rarely_high},
    {"even", even},
};

/* What one whole check says of a target that is `grown` times the threshold above its baseline; the threshold
 * is 5 % of the pinned median. Runs are added up in *ret_runs. */
static enum compare_state whole_check(const struct compare_plan *plan, int64_t (*draw)(uint64_t *state),
                                      int pinned_count, double grown, uint64_t *state, int *ret_runs) {
    int64_t pinned[8];
    int64_t values[12];
    for (int i = 0; i < pinned_count; i++)
        pinned[i] = draw(state);
    double threshold = floor(0.05 * compare_median(pinned, pinned_count));
    for (int i = 0; i < 12; i++)
        values[i] = draw(state) + (int64_t)(grown * threshold);
    for (int runs = 0; (runs = compare_next_look(plan, runs)) > 0;) {
        struct comparison found;
        compare_judge(plan, pinned, pinned_count, values, runs, threshold, &found);
        if (found.state != COMPARE_OPEN) {
            *ret_runs += runs;
            return found.state;
        }
    }
    *ret_runs += 12;
    return COMPARE_OPEN;
}

/* How often of SIMULATED checks they end in each state. */
static void simulate(size_t target, int pinned_count, double grown, int counts[3], int *ret_runs) {
    struct compare_plan plan;
    uint64_t state = random_from(1 + target * 100 + (uint64_t)pinned_count);
    compare_plan_make(pinned_count, 5, 12, COMPARE_ERROR_RATE, &plan);
    counts[0] = counts[1] = counts[2] = 0;
    *ret_runs = 0;
    for (int i = 0; i < SIMULATED; i++)
        counts[whole_check(&plan, targets[target].draw, pinned_count, grown, &state, ret_runs)]++;
}

/* Four standard deviations above what is promised: the seed is fixed, but a change of the code under test may
 * draw other numbers. */
#define ERRORS_MOST (SIMULATED * COMPARE_ERROR_RATE + 4 * sqrt(SIMULATED * COMPARE_ERROR_RATE))

TEST(errors_over_all_looks_stay_below_the_stated_rate) {
    for (size_t i = 0; i < COUNT(targets); i++) {
        for (int pinned = 5; pinned <= 8; pinned += 3) {
            int counts[3];
            int runs;
            simulate(i, pinned, 1, counts, &runs);
            ROW(counts[COMPARE_ABOVE] <= ERRORS_MOST, "%s, %d pinned: %d of %d called more", targets[i].name,
                pinned, counts[COMPARE_ABOVE], SIMULATED);
            /* The least growth above it. What is in steps falls on the threshold itself, which may pass. */
            simulate(i, pinned, 1 + 1e-6, counts, &runs);
            ROW(counts[COMPARE_WITHIN] <= ERRORS_MOST, "%s, %d pinned: %d of %d called no more",
                targets[i].name, pinned, counts[COMPARE_WITHIN], SIMULATED);
        }
    }
}

TEST(what_is_plain_is_told_at_the_first_look) {
    static const double grown[] = {0, 2};
    for (int i = 0; i < 2; i++) {
        int counts[3];
        int runs;
        simulate(0, 5, grown[i], counts, &runs);
        ROW(counts[grown[i] > 1 ? COMPARE_ABOVE : COMPARE_WITHIN] == SIMULATED && runs == 5 * SIMULATED,
            "grown by %g: %d open, %d within, %d above, %d runs", grown[i], counts[0], counts[1], counts[2],
            runs);
    }
}

UNIT_MAIN("compare", tails_are_those_of_the_tables, looks_grow_by_half_up_to_the_most,
          a_decision_stays_and_a_look_has_its_values, too_few_values_never_tell, five_against_five,
          between_two_looks_nothing_is_decided, medians, errors_over_all_looks_stay_below_the_stated_rate,
          what_is_plain_is_told_at_the_first_look)
