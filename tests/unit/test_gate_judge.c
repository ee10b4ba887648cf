/* The questions of a gate: which runs count, what passes, fails or stays open, and that the summary of it is
 * short. */
#include "unit.h"

#include "analysis/gate_judge.h"
#include "base/text.h"
#include "base/units.h"
#include "output/summary_gate.h"

/* "no limit, survived, needed 64 MiB" in a row. */
struct run {
    int64_t limit_mib; /* 0: none */
    enum outcome outcome;
    int64_t needed_mib; /* 0: unknown */
};

#define RUNS_MAX 8

static size_t make(const struct run *runs, struct trial *ret) {
    size_t count = 0;
    for (; count < RUNS_MAX && (runs[count].needed_mib || runs[count].limit_mib); count++) {
        const struct run *run = &runs[count];
        ret[count] = (struct trial){.id = (int)count + 1, .outcome = run->outcome};
        if (run->limit_mib)
            ret[count].limit_bytes = known_i64(run->limit_mib * MIB);
        if (run->needed_mib)
            ret[count].needed_bytes = ret[count].peak_bytes = known_i64(run->needed_mib * MIB);
    }
    return count;
}

static void free_all(struct trial *trials, size_t count) {
    for (size_t i = 0; i < count; i++)
        trial_free(&trials[i]);
}

TEST(only_plain_runs_without_a_limit_give_values) {
    struct trial trials[12];
    for (int i = 0; i < 12; i++)
        trials[i] = (struct trial){
            .outcome = OUTCOME_SURVIVED, .needed_bytes = known_i64(i + 1), .peak_bytes = known_i64(100 + i)};
    trials[1].outcome = OUTCOME_OOM;
    trials[2].limit_bytes = known_i64(MIB);
    trials[3].squeezed = true;
    trials[4].tuned = true;
    trials[5].crowded = true;
    trials[6].line_bytes = known_i64(MIB);
    trials[7].needed_bytes = UNKNOWN_I64;
    trials[8].outcome = OUTCOME_SLOW;
    trials[9].needed_bytes = known_i64(0);
    struct judge_values values;
    judge_collect(trials, 12, JUDGE_NEEDED, false, &values);
    ck_assert_int_eq(values.count, 3);
    ck_assert_int_eq(values.values[0] + values.values[1] + values.values[2], 1 + 11 + 12);
    judge_collect(trials, 12, JUDGE_NEEDED, true, &values);
    ck_assert_int_eq(values.count, 4);
    judge_collect(trials, 12, JUDGE_PEAK, false, &values);
    ck_assert_int_eq(values.count, 5);
    ck_assert_int_eq(values.values[4], 111);
}

TEST(the_threshold_is_the_larger_of_the_two) {
    const int64_t pinned[] = {100, 200, 300};
    ck_assert_double_eq(judge_threshold_bytes(&(struct judge_threshold){0.05, 3}, pinned, 3), 10);
    ck_assert_double_eq(judge_threshold_bytes(&(struct judge_threshold){0.05, 30}, pinned, 3), 30);
    ck_assert_double_eq(judge_threshold_bytes(&(struct judge_threshold){0, 0}, pinned, 3), 0);
}

/* ---- against the baseline ---- */

static const struct {
    const char *what;
    struct comparison found;
    enum gate_state state;
    const char *sentence;
    const char *advice; /* its beginning; NULL: none */
} regressions[] = {
    {"worse",
     {COMPARE_ABOVE, false, 100 * MIB, 112 * MIB, 12 * MIB, {true, 11.5 * MIB}, {true, 12.5 * MIB}, 5 * MIB},
     GATE_FAILED,
     "needed memory 112.0 MiB is 12.0 % [11.5, 12.5] above the baseline 100.0 MiB; 5 % may pass",
     "if it is meant to be so, pin it with --update-baseline"},
    {"the same",
     {COMPARE_WITHIN, false, 100 * MIB, 100 * MIB, 0, {true, 0}, {true, 0}, 5 * MIB},
     GATE_PASSED,
     "needed memory 100.0 MiB is 0.0 % [0.0, 0.0] above the baseline 100.0 MiB; 5 % may pass",
     NULL},
    {"a hair less",
     {COMPARE_WITHIN, false, 100 * MIB, 100 * MIB, -4096, {true, -8192}, {true, 4096}, 5 * MIB},
     GATE_PASSED,
     "needed memory 100.0 MiB is 0.0 % [0.0, 0.0] above the baseline 100.0 MiB; 5 % may pass",
     NULL},
    {"less",
     {COMPARE_WITHIN, true, 100 * MIB, 80 * MIB, -20 * MIB, {true, -21 * MIB}, {true, -19 * MIB}, 5 * MIB},
     GATE_PASSED,
     "needed memory 80.0 MiB is 20.0 % [19.0, 21.0] below the baseline 100.0 MiB; 5 % may pass",
     "pin it with --update-baseline"},
    {"open",
     {COMPARE_OPEN, false, 100 * MIB, 104 * MIB, 4 * MIB, {true, -1 * MIB}, {true, 9 * MIB}, 5 * MIB},
     GATE_UNDECIDED,
     "needed memory 104.0 MiB is 4.0 % [-1.0, 9.0] above the baseline 100.0 MiB; 5 % may pass",
     "5 pinned values and 12 runs leave it open: take more (--max-runs 24)"},
    {"too few",
     {COMPARE_OPEN, false, 100 * MIB, 104 * MIB, 4 * MIB, {false, 0}, {false, 0}, 5 * MIB},
     GATE_UNDECIDED,
     "needed memory 104.0 MiB is 4.0 % above the baseline 100.0 MiB; 5 % may pass",
     "too few values to tell: 5 pinned, 12 measured"},
    {"small, so bytes count",
     {COMPARE_WITHIN, false, 4 * MIB, 4.5 * MIB, 0.5 * MIB, {true, 0.25 * MIB}, {true, 0.75 * MIB}, MIB},
     GATE_PASSED,
     "needed memory 4.5 MiB is 512.0 KiB [256.0 KiB, 768.0 KiB] above the baseline 4.0 MiB; 1.0 MiB may pass",
     NULL},
};

TEST(a_regression_is_told_with_its_numbers) {
    const struct judge_threshold threshold = {0.05, MIB};
    for (size_t i = 0; i < COUNT(regressions); i++) {
        struct gate gate = {0};
        judge_regression(&gate, JUDGE_NEEDED, &regressions[i].found, &threshold, 5, 12);
        const struct gate_item *item = &gate.items[0];
        const char *what = regressions[i].what;
        ROW_TEXT(item->sentence, regressions[i].sentence, what);
        ROW_TEXT(item->name, "regression.needed_bytes", what);
        ROW(item->state == regressions[i].state, "%s: %s", what, gate_state_name(item->state));
        ROW(regressions[i].advice ? item->advice && text_starts_with(item->advice, regressions[i].advice)
                                  : !item->advice,
            "%s: %s", what, item->advice ? item->advice : "no advice");
        ROW(item->bound.value == regressions[i].found.pinned + regressions[i].found.threshold, "%s", what);
        ROW(item->low.known == regressions[i].found.low.known, "%s", what);
        gate_free(&gate);
    }
}

TEST(what_is_pinned_is_told) {
    static const struct {
        int64_t values[8];
        int count;
        double before; /* 0: none */
        const char *sentence;
        const char *advice; /* its beginning; NULL: none */
    } rows[] = {
        {{40 * MIB, 40 * MIB, 40 * MIB, 40 * MIB, 41 * MIB},
         5,
         32.0 * MIB,
         "needed memory is pinned at 40.0 MiB (5 runs, from 40.0 MiB to 41.0 MiB); it was 32.0 MiB (+25.0 %)",
         NULL},
        {{30 * MIB, 30 * MIB, 30 * MIB, 40 * MIB, 40 * MIB, 40 * MIB, 40 * MIB, 40 * MIB},
         8,
         0,
         "needed memory is pinned at 40.0 MiB (8 runs, from 30.0 MiB to 40.0 MiB)",
         "its runs differ so much that a check may stay undecided even where nothing has changed: pin more "
         "(--runs 16), or let more pass (--threshold 25)"},
        {{4 * MIB, 4 * MIB, 4 * MIB, 9 * MIB, 9 * MIB},
         5,
         0,
         "needed memory is pinned at 4.0 MiB (5 runs, from 4.0 MiB to 9.0 MiB)",
         "its runs differ so much that a check may stay undecided even where nothing has changed: pin more "
         "(--runs 10), or let more pass (--threshold-bytes 5Mi)"},
        {{40 * MIB},
         1,
         0,
         "needed memory is pinned at 40.0 MiB (1 run, from 40.0 MiB to 40.0 MiB)",
         "1 value may be too few to tell anything by; pin more (--runs 8)"},
    };
    const struct judge_threshold threshold = {0.05, MIB};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gate gate = {0};
        struct known_f64 before = rows[i].before > 0 ? known_f64(rows[i].before) : UNKNOWN_F64;
        judge_pinned(&gate, JUDGE_NEEDED, &threshold, rows[i].values, rows[i].count, before);
        const struct gate_item *item = &gate.items[0];
        ROW_TEXT(item->sentence, rows[i].sentence, "pinned");
        ROW(rows[i].advice ? item->advice && strcmp(item->advice, rows[i].advice) == 0 : !item->advice,
            "%s: %s", item->sentence, item->advice ? item->advice : "no advice");
        ROW(item->state == GATE_PASSED && item->baseline.known == (rows[i].before > 0), "%s", item->sentence);
        gate_free(&gate);
    }
}

/* ---- budgets ---- */

TEST(a_budget_holds_for_every_run) {
    static const struct {
        struct judge_values values;
        int64_t budget;
        enum gate_state state;
        const char *sentence;
    } rows[] = {
        {{{5 * MIB, 6 * MIB}, 2},
         6 * MIB,
         GATE_PASSED,
         "peak memory was 6.0 MiB at most in 2 runs; its budget is 6.0 MiB"},
        {{{5 * MIB, 6 * MIB, 4 * MIB}, 3},
         6 * MIB - 1,
         GATE_FAILED,
         "peak memory was 6.0 MiB, above its budget of 6.0 MiB (in 1 of 3 runs)"},
        {{{0}, 0}, 6 * MIB, GATE_UNDECIDED, "peak memory was not measured; its budget is 6.0 MiB"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gate gate = {0};
        judge_budget(&gate, JUDGE_PEAK, &rows[i].values, rows[i].budget);
        ROW_TEXT(gate.items[0].sentence, rows[i].sentence, "budget");
        ROW(gate.items[0].state == rows[i].state, "%s", rows[i].sentence);
        gate_free(&gate);
    }
}

static const struct {
    const char *what;
    struct run runs[RUNS_MAX];
    enum gate_state state;
    const char *sentence; /* its beginning */
} limits[] = {
    {"lived three times",
     {{64, OUTCOME_SURVIVED, 50}, {64, OUTCOME_SURVIVED, 50}, {64, OUTCOME_SLOW, 50}},
     GATE_PASSED,
     "it lived in 3 runs under 64.0 MiB, its budget: P(OOM) there is below 64 %, with 95 %"},
    {"lived under less too",
     {{64, OUTCOME_SURVIVED, 50}, {32, OUTCOME_SURVIVED, 30}, {16, OUTCOME_SURVIVED, 9}},
     GATE_PASSED,
     "it lived in 3 runs under 64.0 MiB"},
    {"lived twice",
     {{64, OUTCOME_SURVIVED, 50}, {64, OUTCOME_SURVIVED, 50}},
     GATE_UNDECIDED,
     "whether it lives under 64.0 MiB, its budget, is not known: 2 runs of 3 told"},
    {"lived under more alone",
     {{128, OUTCOME_SURVIVED, 50}, {0, OUTCOME_SURVIVED, 50}},
     GATE_UNDECIDED,
     "whether it lives under 64.0 MiB, its budget, is not known: no run of 3 told"},
    {"died once",
     {{64, OUTCOME_SURVIVED, 50}, {64, OUTCOME_SURVIVED, 50}, {64, OUTCOME_OOM, 0}},
     GATE_FAILED,
     "under 64.0 MiB it died in 1 of 3 runs: oom (source: detail)"},
    {"died with more",
     {{64, OUTCOME_SURVIVED, 50}, {72, OUTCOME_RUNTIME_OOM, 0}},
     GATE_FAILED,
     "under 72.0 MiB it died in 1 of 2 runs: runtime-oom"},
    {"died with less alone", {{32, OUTCOME_OOM, 0}}, GATE_UNDECIDED, "whether it lives"},
    {"what says nothing",
     {{64, OUTCOME_HARNESS_ERROR, 0}, {64, OUTCOME_OUTSIDE_OOM, 0}, {64, OUTCOME_KILLED, 0}},
     GATE_UNDECIDED,
     "whether it lives"},
};

TEST(it_must_live_under_the_limit_of_its_budget) {
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct trial trials[RUNS_MAX];
        struct gate gate = {0};
        struct result result = {.trials = trials, .trial_count = make(limits[i].runs, trials)};
        for (size_t t = 0; t < result.trial_count; t++)
            trial_add_evidence(&trials[t], "source", "detail");
        judge_limit(&gate, &result, 64 * MIB, 3);
        ROW(gate.items[0].state == limits[i].state, "%s: %s", limits[i].what,
            gate_state_name(gate.items[0].state));
        ROW(text_starts_with(gate.items[0].sentence, limits[i].sentence), "%s: %s", limits[i].what,
            gate.items[0].sentence);
        free_all(trials, result.trial_count);
        gate_free(&gate);
    }
}

TEST(a_proven_oom_point_tells_too) {
    static const struct {
        int64_t limit_mib;
        enum gate_state state;
    } rows[] = {
        {30, GATE_FAILED}, {31, GATE_UNDECIDED}, {32, GATE_PASSED}, {64, GATE_PASSED}, {8, GATE_FAILED}};
    struct result result = {.oom_point = {.known = true,
                                          .ooms_bytes = known_i64(30 * MIB),
                                          .survives_bytes = known_i64(32 * MIB),
                                          .confirmed_ooms = 3,
                                          .confirmed_survivals = 3}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gate gate = {0};
        judge_limit(&gate, &result, rows[i].limit_mib * MIB, 3);
        ROW(gate.items[0].state == rows[i].state, "%d MiB: %s", (int)rows[i].limit_mib,
            gate.items[0].sentence);
        gate_free(&gate);
    }
    struct gate gate = {0};
    result.oom_point.survives_bytes = UNKNOWN_I64;
    judge_limit(&gate, &result, 8 * MIB, 3);
    ck_assert_int_eq(gate.items[0].state, GATE_FAILED);
    ck_assert(!gate.items[0].value.known);
    gate_free(&gate);
}

/* Against a budget of 10 MiB/h. Rates in MiB/h; 0 for unknown. */
static const struct {
    const char *what;
    enum leak_verdict verdict;
    enum gate_state state;
    double rate;
    double low;
    double high;
    double detectable;
} growths[] = {
    {"none, and more would have been seen", LEAK_NONE, GATE_PASSED, 1, -1, 3, 9},
    {"none, but it could have been missed", LEAK_NONE, GATE_UNDECIDED, 1, -1, 3, 11},
    {"none, what could be missed unknown", LEAK_NONE, GATE_UNDECIDED, 1, -1, 3, 0},
    {"confirmed, too much", LEAK_CONFIRMED, GATE_FAILED, 20, 11, 30, 5},
    {"suspected, too much", LEAK_SUSPECTED, GATE_FAILED, 20, 11, 30, 5},
    {"confirmed, perhaps too much", LEAK_CONFIRMED, GATE_UNDECIDED, 12, 9, 15, 5},
    {"confirmed, but allowed", LEAK_CONFIRMED, GATE_PASSED, 5, 4, 6, 3},
    {"confirmed, no interval", LEAK_CONFIRMED, GATE_UNDECIDED, 20, 0, 0, 3},
    {"inconclusive", LEAK_INCONCLUSIVE, GATE_UNDECIDED, 5, 4, 6, 3},
};

static struct known_f64 rate(double mib) {
    return mib != 0 ? known_f64(mib * (double)MIB) : UNKNOWN_F64;
}

TEST(growth_is_compared_with_its_budget) {
    for (size_t i = 0; i < COUNT(growths); i++) {
        struct gate gate = {0};
        struct leak leak = {.known = true,
                            .verdict = growths[i].verdict,
                            .per_hour = {rate(growths[i].rate), rate(growths[i].low), rate(growths[i].high)},
                            .detectable_bytes_per_hour = rate(growths[i].detectable)};
        judge_growth(&gate, &leak, 10.0 * (double)MIB);
        ROW(gate.items[0].state == growths[i].state, "%s: %s: %s", growths[i].what,
            gate_state_name(gate.items[0].state), gate.items[0].sentence);
        ROW(growths[i].state != GATE_UNDECIDED || gate.items[0].advice, "%s: no advice", growths[i].what);
        gate_free(&gate);
    }
    struct gate gate = {0};
    judge_growth(&gate, &(struct leak){0}, 10.0 * (double)MIB);
    ck_assert_int_eq(gate.items[0].state, GATE_UNDECIDED);
    gate_free(&gate);
}

/* What is promised of a longer run must be of use to who asked; and sentences end once. */
TEST(a_longer_run_is_promised_where_it_helps) {
    static const struct {
        const char *what;
        enum leak_verdict verdict;
        const char *reason;
        double detectable;
        double more_detectable;
        int64_t span_ns;
        const char *sentence;
        const char *advice;
    } rows[] = {
        {"it would", LEAK_NONE, NULL, 12, 6, 60 * NS_PER_S, "",
         "30.00 s longer, and growth of 6.0 MiB/h would be seen"},
        {"it would not, but a longer one", LEAK_NONE, NULL, 40, 20, 60 * NS_PER_S, "",
         "to see growth of 10.0 MiB/h it has to run for 4m 00s at least; what is judged here is 60.00 s"},
        {"none would", LEAK_INCONCLUSIVE, "Too noisy.", 2e6, 1e6, NS_PER_S,
         "whether it grows is not known: Too noisy; its budget is 10.0 MiB/h",
         "it is too short to tell growth of 10.0 MiB/h"},
        {"nothing is known", LEAK_INCONCLUSIVE, "Only 2 readings.", 0, 0, NS_PER_S,
         "whether it grows is not known: Only 2 readings; its", "drive it longer"},
        {"it fills", LEAK_INCONCLUSIVE, "It fills.", 5, 0, NS_PER_S, "",
         "30.00 s longer, and growth of 10.0 MiB/h would be seen"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gate gate = {0};
        struct leak leak = {.known = true,
                            .verdict = rows[i].verdict,
                            .reason = rows[i].reason ? text_copy(rows[i].reason) : NULL,
                            .span_ns = rows[i].span_ns,
                            .more_s = rows[i].detectable != 0 ? known_f64(30) : UNKNOWN_F64,
                            .more_detectable_bytes_per_hour = rate(rows[i].more_detectable),
                            .detectable_bytes_per_hour = rate(rows[i].detectable)};
        judge_growth(&gate, &leak, 10.0 * (double)MIB);
        ROW(text_starts_with(gate.items[0].sentence, rows[i].sentence), "%s: %s", rows[i].what,
            gate.items[0].sentence);
        ROW(text_starts_with(gate.items[0].advice, rows[i].advice), "%s: %s", rows[i].what,
            gate.items[0].advice);
        gate_free(&gate);
        leak_free(&leak);
    }
}

/* ---- the summary ---- */

TEST(what_failed_comes_first) {
    struct gate gate = {0};
    gate_add(&gate, "a", "x")->state = GATE_PASSED;
    gate_add(&gate, "b", "x");
    gate_add(&gate, "c", "x")->state = GATE_UNASKED;
    struct gate_item *failed = gate_add(&gate, "d", "x");
    failed->state = GATE_FAILED;
    failed->sentence = text_copy("too much\x1b[2J");
    failed->advice = text_copy("need less");
    gate_note(&gate, "it was %s", "dark");
    gate_conclude(&gate);
    struct strbuf text = {0};
    summary_gate(&gate, &text);
    ck_assert_str_eq(strbuf_text(&text), "FAILED     too much\\x1b[2J\n"
                                         "Next       need less\n"
                                         "UNDECIDED  b\n"
                                         "PASSED     a\n"
                                         "Not asked  c\n"
                                         "Note       it was dark\n");
    strbuf_free(&text);
    gate_free(&gate);
}

static int count_lines(const char *text) {
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* Advice below another's sentence would be read as of that. */
TEST(what_has_no_room_takes_its_advice_along) {
    struct gate gate = {0};
    char *words = malloc(391);
    ck_assert_ptr_nonnull(words);
    memset(words, 'x', 390);
    for (size_t i = 5; i < 390; i += 6)
        words[i] = ' ';
    words[390] = '\0';
    for (int i = 0; i < 20; i++) {
        struct gate_item *item = gate_add(&gate, "a", "x");
        item->sentence = text_format("%d. %s", i, words);
        item->advice = text_format("advice %d.", i);
    }
    gate_conclude(&gate);
    struct strbuf text = {0};
    summary_gate(&gate, &text);
    for (int i = 0; i < 20; i++) {
        char sentence[32];
        char advice[32];
        snprintf(sentence, sizeof sentence, "UNDECIDED  %d. ", i);
        snprintf(advice, sizeof advice, "Next       advice %d.", i);
        ROW(!strstr(strbuf_text(&text), sentence) == !strstr(strbuf_text(&text), advice), "%d in\n%s", i,
            strbuf_text(&text));
    }
    strbuf_free(&text);
    gate_free(&gate);
    free(words);
}

TEST(it_stays_short_however_bad_it_is) {
    struct gate gate = {0};
    char *words = malloc(100001);
    ck_assert_ptr_nonnull(words);
    memset(words, 'x', 100000);
    for (size_t i = 5; i < 100000; i += 6)
        words[i] = ' ';
    words[100000] = '\0';
    for (int i = 0; i < 50; i++) {
        struct gate_item *item = gate_add(&gate, "a", "x");
        item->state = (enum gate_state)(i % GATE_STATE_COUNT);
        item->sentence = text_copy(words);
        item->advice = text_copy(words);
        gate_note(&gate, "%s", words);
    }
    gate_conclude(&gate);
    struct strbuf text = {0};
    summary_gate(&gate, &text);
    ck_assert_int_le(count_lines(strbuf_text(&text)), SUMMARY_GATE_LINES);
    ck_assert_int_ge(count_lines(strbuf_text(&text)), SUMMARY_GATE_LINES - 7);
    ck_assert(text_starts_with(strbuf_text(&text), "FAILED     xxxxx"));
    ck_assert_ptr_nonnull(strstr(strbuf_text(&text), " more in result.json)"));
    strbuf_free(&text);
    gate_free(&gate);
    free(words);
}

UNIT_MAIN("gate_judge", only_plain_runs_without_a_limit_give_values, the_threshold_is_the_larger_of_the_two,
          a_regression_is_told_with_its_numbers, what_is_pinned_is_told, a_budget_holds_for_every_run,
          it_must_live_under_the_limit_of_its_budget, a_proven_oom_point_tells_too,
          growth_is_compared_with_its_budget, a_longer_run_is_promised_where_it_helps,
          what_failed_comes_first, what_has_no_room_takes_its_advice_along, it_stays_short_however_bad_it_is)
