/* output/summary: what a person reads. */
#include "output/summary.h"

#include <signal.h>

#include "output/live_view.h"
#include "unit.h"

/* No matter what is unknown, these never reach a person. */
static void expect_readable(const char *text, const char *row) {
    static const char *const never[] = {"nan", "inf", "(null)", "-nan", "\033"};
    for (size_t i = 0; i < COUNT(never); i++)
        ROW(!strstr(text, never[i]), "%s: \"%s\" in:\n%s", row, never[i], text);
    ROW(unit_is_utf8(text), "%s: no UTF-8", row);
}

TEST(limits_in_words) {
    ROW_TEXT(summary_limit_text(UNKNOWN_I64).s, "none", "no limit");
    ROW_TEXT(summary_limit_text(known_i64(132539187)).s, "126.4 MiB", "a limit");
    ROW_TEXT(summary_limit_text(known_i64(0)).s, "0 B", "zero is a limit");
}

TEST(the_opening_escapes_and_counts) {
    char *argv[] = {(char[]){"./a b"}, (char[]){"\033[31mx"}, (char[]){"\xff"}, NULL};
    struct result result = {.argv = argv,
                            .host = {.cgroup = "v2", .cpus = 1, .available_bytes = known_i64(3 * GIB)}};
    struct strbuf text = {0};
    summary_opening(&result, &text);
    const char *got = strbuf_text(&text);
    ROW(strstr(got, "'./a b' '\\x1b[31mx' '\\xff'") && strstr(got, "(cgroup v2, 1 CPU, 3.00 GiB free)"), "%s",
        got);
    expect_readable(got, "opening");
    strbuf_free(&text);
    result.host.cpus = 2;
    result.host.available_bytes = UNKNOWN_I64;
    summary_opening(&result, &text);
    ROW(strstr(strbuf_text(&text), "2 CPUs"), "%s", strbuf_text(&text));
    ROW(!strstr(strbuf_text(&text), "0 B"), "what is unknown is called nothing: %s", strbuf_text(&text));
    strbuf_free(&text);
}

TEST(rows_of_the_table) {
    static const struct {
        const char *what;
        struct trial trial;
        bool colour;
        const char *says;
        const char *says_not;
    } rows[] = {
        {"a survivor",
         {.id = 2,
          .outcome = OUTCOME_SURVIVED,
          .limit_bytes = {true, 67108864},
          .needed_bytes = {true, 62914560},
          .peak_bytes = {true, 66060288},
          .exit = {.duration_ns = 1500000000}},
         false,
         "   2  64.0 MiB   survived       1.50 s   60.0 MiB   63.0 MiB  why\n",
         "\033"},
        {"an OOM's need says nothing",
         {.id = 3,
          .outcome = OUTCOME_OOM,
          .limit_bytes = {true, 67108864},
          .needed_bytes = {true, 62914560},
          .peak_bytes = {true, 66060288}},
         false,
         "OOM",
         "60.0 MiB"},
        {"no limit", {.outcome = OUTCOME_SURVIVED}, false, "none", "0 B"},
        {"green", {.outcome = OUTCOME_SURVIVED}, true, "\033[32msurvived", NULL},
        {"red", {.outcome = OUTCOME_OOM}, true, "\033[31mOOM", NULL},
        {"yellow", {.outcome = OUTCOME_SLOW}, true, "\033[33mslow", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct strbuf text = {0};
        struct live_form form = {.columns = LIVE_PLAIN, .utf8 = true, .colour = rows[i].colour};
        live_table_row(&rows[i].trial, "why", &form, &text);
        const char *got = strbuf_text(&text);
        ROW(strstr(got, rows[i].says) && (!rows[i].says_not || !strstr(got, rows[i].says_not)), "%s: %s",
            rows[i].what, got);
        ROW(strstr(got, "(null)") == NULL, "%s: %s", rows[i].what, got);
        strbuf_free(&text);
    }
}

static const struct {
    const char *what;
    struct oom_point point;
    const char *says;
} points[] = {
    {"none", {.known = false}, "No limit was found at which it lives."},
    {"once on each side",
     {.known = true,
      .ooms_bytes = {true, 66060288},
      .survives_bytes = {true, 67108864},
      .dies_as = OUTCOME_OOM,
      .confirmed_ooms = 1,
      .confirmed_survivals = 1},
     "It needs 64.0 MiB: at 63.0 MiB it died 1 time of 1, at 64.0 MiB it lived 1 time of 1."},
    {"three times",
     {.known = true,
      .ooms_bytes = {true, 66060288},
      .survives_bytes = {true, 67108864},
      .dies_as = OUTCOME_RUNTIME_OOM,
      .confirmed_ooms = 3,
      .confirmed_survivals = 3},
     "its runtime ran out of memory 3 times of 3, at 64.0 MiB it lived 3 times of 3."},
    {"a stall above deaths",
     {.known = true,
      .ooms_bytes = {true, 33554432},
      .stalls_bytes = {true, 66060288},
      .survives_bytes = {true, 67108864},
      .dies_as = OUTCOME_OOM,
      .confirmed_ooms = 1,
      .confirmed_survivals = 3},
     "without an end; it dies at 32.0 MiB"},
    {"a stall and no death",
     {.known = true,
      .stalls_bytes = {true, 66060288},
      .survives_bytes = {true, 67108864},
      .confirmed_survivals = 3},
     "it was never seen to die"},
    {"the floor",
     {.known = true, .survives_bytes = {true, 1048576}, .confirmed_survivals = 3},
     "It needs at most 1.0 MiB, the smallest limit that was tried: it lived 3 times of 3."},
    {"the floor, once",
     {.known = true, .survives_bytes = {true, 1048576}, .confirmed_survivals = 1},
     "it lived 1 time of 1."},
    {"a band",
     {.known = true,
      .ooms_bytes = {true, 66060288},
      .survives_bytes = {true, 67108864},
      .dies_as = OUTCOME_OOM,
      .confirmed_ooms = 3,
      .confirmed_survivals = 3,
      .mixed = true,
      .resolution_ratio = {true, 0.0159}},
     "no finer than 1.6 %"},
    {"chances within a band",
     {.known = true,
      .ooms_bytes = {true, 66060288},
      .survives_bytes = {true, 67108864},
      .dies_as = OUTCOME_OOM,
      .mixed = true,
      .levels = {{66060288, 3, 3, 1}, {66584576, 4, 1, 0.25}, {67108864, 3, 0, 0}},
      .level_count = 3,
      .resolution_ratio = {true, 0.0159}},
     "63.5 MiB 25 % (1 of 4)"},
    {"not monotone",
     {.known = true,
      .ooms_bytes = {true, 66060288},
      .survives_bytes = {true, 67108864},
      .dies_as = OUTCOME_OOM,
      .mixed = true,
      .non_monotone = true,
      .resolution_ratio = {true, 0.0159}},
     "More memory does not always help it"},
};

TEST(the_oom_point_in_words) {
    for (size_t i = 0; i < COUNT(points); i++) {
        struct result result = {.oom_point = points[i].point};
        struct strbuf text = {0};
        summary_oom_point(&result, 0.01, &text);
        ROW(strstr(strbuf_text(&text), points[i].says), "%s: %s", points[i].what, strbuf_text(&text));
        expect_readable(strbuf_text(&text), points[i].what);
        strbuf_free(&text);
    }
}

/* Profile 2 s; at the lowest survivable limit 2 s and 4 s: 3 / 2 = 1.50. A proof run does not count. */
TEST(the_run_without_a_limit_in_words) {
    static const struct {
        const char *what;
        struct trial trial;
        const char *says;
    } rows[] = {
        {"a survivor",
         {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED, .needed_bytes = {true, 70464307}},
         "\nIt needed 67.2 MiB without a limit. Which limits it lives under is not known yet.\n"},
        {"one that failed",
         {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_FAILED, .needed_bytes = {true, 70464307}},
         ""},
        {"nothing was read of it", {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED}, ""},
        {"another run",
         {.purpose = PURPOSE_PROBE, .outcome = OUTCOME_SURVIVED, .needed_bytes = {true, 70464307}},
         ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = rows[i].trial;
        struct result result = {.trials = &trial, .trial_count = 1};
        struct strbuf text = {0};
        summary_free_run(&result, &text);
        ROW_TEXT(strbuf_text(&text), rows[i].says, rows[i].what);
        strbuf_free(&text);
    }
    struct result none = {0};
    struct strbuf text = {0};
    summary_free_run(&none, &text);
    ROW_TEXT(strbuf_text(&text), "", "no run at all");
    strbuf_free(&text);
}

TEST(speed_against_the_run_without_a_limit) {
    struct trial trials[] = {
        {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED, .exit = {.duration_ns = 2 * NS_PER_S}},
        {.purpose = PURPOSE_PROBE,
         .outcome = OUTCOME_SURVIVED,
         .limit_bytes = {true, 67108864},
         .exit = {.duration_ns = 2 * NS_PER_S}},
        {.purpose = PURPOSE_CONFIRM,
         .outcome = OUTCOME_SURVIVED,
         .limit_bytes = {true, 67108864},
         .exit = {.duration_ns = 4 * NS_PER_S}},
        {.purpose = PURPOSE_VERIFY,
         .outcome = OUTCOME_SURVIVED,
         .limit_bytes = {true, 67108864},
         .exit = {.duration_ns = 90 * NS_PER_S}},
        {.purpose = PURPOSE_PROBE,
         .outcome = OUTCOME_OOM,
         .limit_bytes = {true, 67108864},
         .exit = {.duration_ns = 90 * NS_PER_S}},
    };
    struct result result = {.trials = trials, .trial_count = COUNT(trials), .oom_point = points[2].point};
    struct strbuf text = {0};
    summary_oom_point(&result, 0.01, &text);
    ROW(strstr(strbuf_text(&text), "1.50x the time at 64.0 MiB (3.00 s over 2 runs)"), "%s",
        strbuf_text(&text));
    strbuf_free(&text);
    trials[0].exit.duration_ns = 0; /* nothing can be compared with it */
    summary_oom_point(&result, 0.01, &text);
    ROW(!strstr(strbuf_text(&text), "Speed"), "%s", strbuf_text(&text));
    expect_readable(strbuf_text(&text), "a profile of no duration");
    strbuf_free(&text);
}

TEST(the_recommendation_in_words) {
    struct result result = {.recommendation = {.known = true,
                                               .request_bytes = 64 * MIB,
                                               .limit_bytes = 96 * MIB,
                                               .headroom_ratio = 1.5,
                                               .qos_class = "Burstable",
                                               .oom_score_adj = 996,
                                               .node_memory_bytes = 16 * GIB}};
    static const struct {
        int runs, ooms;
        struct known_f64 upper;
        const char *says;
    } proofs[] = {
        {0, 0, {false, 0}, "requests.memory 64Mi   limits.memory 96Mi   (1.50x the request)"},
        {1, 0, {true, 0.95}, "1 fresh run at 96Mi, none died: P(OOM) is below 95 %"},
        /* 0.6316 and 0.0496, rounded up: a bound may not be rounded down */
        {3, 0, {true, 0.6316}, "3 fresh runs at 96Mi, none died: P(OOM) is below 64 %"},
        {59, 0, {true, 0.0496}, "P(OOM) is below 5 %"},
        {3, 1, {true, 0.8647}, "3 fresh runs at 96Mi, 1 died"},
    };
    for (size_t i = 0; i < COUNT(proofs); i++) {
        struct strbuf text = {0};
        result.recommendation.verified_runs = proofs[i].runs;
        result.recommendation.verified_ooms = proofs[i].ooms;
        result.recommendation.verified_p_oom_upper95 = proofs[i].upper;
        summary_recommendation(&result, &text);
        ROW(strstr(strbuf_text(&text), proofs[i].says) &&
                strstr(strbuf_text(&text), "Burstable, oom_score_adj 996 on a node of 16Gi.\n") &&
                (proofs[i].runs > 0) == (strstr(strbuf_text(&text), "Proof") != NULL),
            "%d of %d:\n%s", proofs[i].ooms, proofs[i].runs, strbuf_text(&text));
        expect_readable(strbuf_text(&text), "recommendation");
        strbuf_free(&text);
    }
    result.recommendation.known = false;
    struct strbuf text = {0};
    summary_recommendation(&result, &text);
    ROW_TEXT(strbuf_text(&text), "", "no recommendation");
    strbuf_free(&text);
}

static void add_load_run(struct trial *trial, int64_t limit, double rate, bool p99, bool done) {
    struct load_run run = {.duration_ns = 2 * NS_PER_S, .refault_bytes = known_i64(3 * MIB)};
    if (limit)
        run.limit_bytes = known_i64(limit);
    if (rate > 0)
        run.figures.rate_per_s = known_f64(rate);
    run.figures.latency_mean_s = known_f64(0.002);
    if (p99)
        run.figures.latency_p99_s = known_f64(0.045);
    if (done)
        run.exit_code = known_i64(0);
    service_facts_add(&trial->service, &run);
}

TEST(a_live_squeeze_in_words) {
    struct trial trials[2] = {{.purpose = PURPOSE_PROFILE}, {.purpose = PURPOSE_STEP, .squeezed = true}};
    struct trial *trial = &trials[1];
    struct result result = {.trials = trials, .trial_count = 1};
    struct strbuf text = {0};
    summary_squeeze(&result, &text);
    ROW_TEXT(strbuf_text(&text), "", "there was none");
    result.trial_count = 2;
    trial->outcome = OUTCOME_FAILED;
    summary_squeeze(&result, &text);
    ROW_TEXT(strbuf_text(&text), "Squeeze    one live run, which gave no estimate: failed without a limit\n",
             "it never came to a limit");
    strbuf_free(&text);
    add_load_run(trial, 0, 81234.5, false, true);
    add_load_run(trial, 40 * MIB, 12.345, false, true);
    add_load_run(trial, 39 * MIB, 0, false, false);
    trial->service.loads[1].stall_ratio = known_f64(0.25);
    trial->service.loads[2].refault_bytes = UNKNOWN_I64;
    trial->squeeze_bytes = known_i64(40 * MIB);
    trial->outcome = OUTCOME_OOM;
    summary_squeeze(&result, &text);
    ROW_TEXT(strbuf_text(&text),
             "Squeeze    one live run: served its load down to 40.0 MiB, died at 39.0 MiB\n"
             "           limit          time       rate   latency  stall  read again\n"
             "           none         2.00 s    81234/s   2.00 ms      -     3.0 MiB\n"
             "           40.0 MiB     2.00 s    12.35/s   2.00 ms   25 %     3.0 MiB\n"
             "           39.0 MiB     2.00 s          -   2.00 ms      -           -  cut short\n",
             "an OOM");
    expect_readable(strbuf_text(&text), "a squeeze");
    strbuf_free(&text);
    static const struct {
        enum outcome outcome;
        const char *says;
    } ends[] = {{OUTCOME_SURVIVED, "40.0 MiB, as low as it goes\n"},
                {OUTCOME_SLOW, ", stalled at 39.0 MiB"},
                {OUTCOME_RUNTIME_OOM, ", its runtime ran out"},
                {OUTCOME_FAILED, ", failed at 39.0 MiB"}};
    for (size_t i = 0; i < COUNT(ends); i++) {
        trial->outcome = ends[i].outcome;
        summary_squeeze(&result, &text);
        ROW(strstr(strbuf_text(&text), ends[i].says), "no \"%s\" in:\n%s", ends[i].says, strbuf_text(&text));
        strbuf_free(&text);
    }
    trial_free(trial);
}

static size_t count_lines(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* However many runs there were: a screen of them, the first, and each of the last eight. */
TEST(a_long_squeeze_is_thinned_out) {
    for (int runs = 1; runs <= 120; runs++) {
        struct trial trial = {.squeezed = true, .squeeze_bytes = known_i64(MIB), .outcome = OUTCOME_SURVIVED};
        struct result result = {.trials = &trial, .trial_count = 1};
        struct strbuf text = {0};
        for (int i = 0; i < runs; i++)
            add_load_run(&trial, i ? (300 - i) * MIB : 0, 1000, i == 3, true);
        summary_squeeze(&result, &text);
        const char *got = strbuf_text(&text);
        size_t lines = count_lines(strstr(got, "           limit"));
        ROW(lines == 1 + (size_t)(runs > 16 ? 16 : runs), "%d runs: %zu lines", runs, lines);
        ROW(strstr(got, "\n           none "), "%d runs: the first is missing", runs);
        ROW((runs > 3) == (strstr(got, "   p99") != NULL), "%d runs: %s", runs, got);
        for (int i = runs > 8 ? runs - 8 : 1; i < runs; i++) {
            char limit[32];
            snprintf(limit, sizeof limit, "\n           %d.0 MiB ", 300 - i);
            ROW(strstr(got, limit), "%d runs: %s is missing", runs, limit + 1);
        }
        strbuf_free(&text);
        trial_free(&trial);
    }
}

TEST(one_run_in_words) {
    struct trial trial = {
        .outcome = OUTCOME_OOM, .limit_bytes = known_i64(64 * MIB), .peak_bytes = known_i64(64 * MIB)};
    trial.exit.signal = known_i64(SIGKILL);
    trial.exit.duration_ns = 1500 * NS_PER_MS;
    trial_add_evidence(&trial, "memory.events oom_kill", "0 -> 1 in \033[2J");
    struct strbuf text = {0};
    summary_run(&trial, &text);
    ROW_TEXT(strbuf_text(&text),
             "plimsoll: oom (signal 9 (Killed) after 1.50 s), limit 64.0 MiB, peak 64.0 MiB\n"
             "          memory.events oom_kill: 0 -> 1 in \\x1b[2J\n",
             "an OOM");
    strbuf_free(&text);
    trial.outcome = OUTCOME_SURVIVED;
    trial.exit.signal = UNKNOWN_I64;
    trial.exit.exit_code = known_i64(0);
    summary_run(&trial, &text);
    ROW_TEXT(strbuf_text(&text), "plimsoll: survived (exit 0 after 1.50 s), limit 64.0 MiB, peak 64.0 MiB\n",
             "a survivor's evidence is not told");
    strbuf_free(&text);
    trial_free(&trial);
    struct trial blind = {.outcome = OUTCOME_HARNESS_ERROR};
    summary_run(&blind, &text);
    expect_readable(strbuf_text(&text), "nothing known");
    ROW(!strstr(strbuf_text(&text), "0 B") && strstr(strbuf_text(&text), "limit none"), "%s",
        strbuf_text(&text));
    strbuf_free(&text);
}

static const struct {
    const char *stderr_tail;
    const char *text;
} last_words[] = {
    {NULL, "failed (exit 3 after 0.00 ms)"},
    {"", "failed (exit 3 after 0.00 ms)"},
    {"\n\n", "failed (exit 3 after 0.00 ms)"},
    {"one", "failed (exit 3 after 0.00 ms). Its last words:\n          one"},
    {"1\n2\n3\n4\n5\n6\n\n",
     "failed (exit 3 after 0.00 ms). Its last words:\n          3\n          4\n          5\n"
     "          6"},
    {"\033[31mred\033[0m\n\xff\n",
     "failed (exit 3 after 0.00 ms). Its last words:\n          \\x1b[31mred\\x1b[0m\n"
     "          \\xff"},
};

TEST(the_last_words_of_a_failure) {
    for (size_t i = 0; i < COUNT(last_words); i++) {
        struct trial trial = {.outcome = OUTCOME_FAILED};
        trial.exit.exit_code = known_i64(3);
        trial.exit.stderr_tail = last_words[i].stderr_tail ? text_copy(last_words[i].stderr_tail) : NULL;
        struct strbuf text = {0};
        summary_failure(&trial, &text);
        ROW_TEXT(strbuf_text(&text), last_words[i].text, "last words");
        strbuf_free(&text);
        trial_free(&trial);
    }
}

TEST(an_endless_last_line_is_cut) {
    struct trial trial = {.outcome = OUTCOME_FAILED};
    trial.exit.stderr_tail = malloc(100001);
    memset(trial.exit.stderr_tail, 'x', 100000);
    trial.exit.stderr_tail[100000] = '\0';
    struct strbuf text = {0};
    summary_failure(&trial, &text);
    ROW(text.length < 600, "%zu bytes", text.length);
    strbuf_free(&text);
    trial_free(&trial);
}

UNIT_MAIN("summary", limits_in_words, the_opening_escapes_and_counts, rows_of_the_table,
          the_oom_point_in_words, the_run_without_a_limit_in_words, speed_against_the_run_without_a_limit,
          the_recommendation_in_words, a_live_squeeze_in_words, a_long_squeeze_is_thinned_out,
          one_run_in_words, the_last_words_of_a_failure, an_endless_last_line_is_cut)
