/* analysis/autopsy: what is said of deaths, and what is not said where it is not known. */
#include "analysis/autopsy.h"

#include <signal.h>

#include "base/text.h"
#include "base/units.h"
#include "unit.h"

/* Readings of needed memory in MiB, spread evenly over the trial; its limit is 100 MiB. */
static void fill(struct trial *trial, const double *mib, size_t count, int64_t duration_ns) {
    trial->limit_bytes = known_i64(100 * MIB);
    trial->exit.duration_ns = duration_ns;
    trial->exit.signal = known_i64(SIGKILL);
    for (size_t i = 0; i < count; i++) {
        struct snapshot snapshot = {.time_ns = duration_ns * (int64_t)i / (int64_t)count,
                                    .usage = known_i64((int64_t)(mib[i] * MIB) + MIB),
                                    .anon = known_i64((int64_t)(mib[i] * MIB)),
                                    .shmem = known_i64(0),
                                    .kernel = known_i64(0)};
        series_add(&trial->series, &snapshot);
    }
    autopsy_keep_course(trial);
}

static char *explain(const struct trial *trial, const struct trial *free_run, size_t *ret_count) {
    struct sentences sentences = {0};
    struct strbuf text = {0};
    autopsy_explain(trial, free_run, &sentences);
    for (size_t i = 0; i < sentences.count; i++)
        strbuf_addf(&text, "%s\n", sentences.items[i]);
    *ret_count = sentences.count;
    char *whole = text_copy(strbuf_text(&text));
    strbuf_free(&text);
    sentences_free(&sentences);
    return whole;
}

TEST(growth_before_the_end) {
    static const struct {
        const char *what;
        int seconds;
        enum growth_kind kind;
        double mib[16];
    } rows[] = {
        {"steady", 16, GROWTH_STEADY, {0, 6, 13, 19, 25, 31, 38, 44, 50, 57, 63, 69, 75, 81, 88, 95}},
        {"steady, then what is left",
         16,
         GROWTH_STEADY,
         {0, 7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91, 98, 1}},
        {"spike", 16, GROWTH_SPIKE, {20, 21, 20, 20, 21, 20, 20, 21, 20, 20, 20, 21, 20, 20, 20, 97}},
        {"spike between two readings",
         16,
         GROWTH_SPIKE,
         {20, 21, 20, 20, 21, 20, 20, 21, 20, 20, 20, 21, 20, 20, 20, 20}},
        {"level", 16, GROWTH_LEVEL, {50, 94, 95, 95, 94, 95, 95, 94, 95, 95, 94, 95, 95, 94, 95, 96}},
        {"stairs", 16, GROWTH_UNKNOWN, {10, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 99}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = {.outcome = OUTCOME_OOM};
        fill(&trial, rows[i].mib, 16, rows[i].seconds * NS_PER_S);
        ROW(trial.ending.growth.kind == rows[i].kind, "%s: %d, expected %d", rows[i].what,
            trial.ending.growth.kind, rows[i].kind);
        trial_free(&trial);
    }
    struct trial quick = {.outcome = OUTCOME_OOM};
    fill(&quick, rows[0].mib, 16, 400 * NS_PER_MS);
    struct last_growth growth = quick.ending.growth;
    ROW(growth.kind == GROWTH_START, "quick: %d", growth.kind);
    ROW(growth.last_rate_bytes_per_s.known && growth.last_rate_bytes_per_s.value > 240.0 * MIB &&
            growth.last_rate_bytes_per_s.value < 270.0 * MIB,
        "quick: %.0f", growth.last_rate_bytes_per_s.value);
    trial_free(&quick);
    struct trial unseen = {.outcome = OUTCOME_OOM, .exit = {.duration_ns = 5 * NS_PER_S}};
    autopsy_keep_course(&unseen);
    growth = unseen.ending.growth;
    ROW(!unseen.ending.seen.known && growth.kind == GROWTH_UNKNOWN && !growth.last_bytes.known &&
            !growth.last_rate_bytes_per_s.known,
        "unseen: %d", growth.kind);
}

TEST(an_oom_at_its_own_limit) {
    static const double mib[] = {0, 6, 13, 19, 25, 31, 38, 44, 50, 57, 63, 69, 75, 81, 88, 95};
    struct trial trial = {.outcome = OUTCOME_OOM,
                          .ending = {.scope = SCOPE_OWN,
                                     .limit_bytes = known_i64(100 * MIB),
                                     .oom = {.count = 1,
                                             .process = "python3",
                                             .pid = known_i64(4321),
                                             .is_main = known_i64(1),
                                             .process_anon_bytes = known_i64(90 * MIB),
                                             .process_file_bytes = known_i64(4 * MIB),
                                             .process_shmem_bytes = known_i64(0),
                                             .oom_score_adj = known_i64(-5),
                                             .usage_bytes = known_i64(100 * MIB),
                                             .anon_bytes = known_i64(92 * MIB),
                                             .file_bytes = known_i64(1 * MIB),
                                             .shmem_bytes = known_i64(2 * MIB)}}};
    struct trial profile = {.needed_bytes = known_i64(130 * MIB)};
    size_t count;
    fill(&trial, mib, 16, 16 * NS_PER_S);
    char *text = explain(&trial, &profile, &count);
    static const char *const says[] = {
        "Its own limit of 100.0 MiB struck, and its main process, python3 (4321), died of it.\n",
        "python3 held 90.0 MiB anonymous, 4.0 MiB of mapped files, 0 B shared; its oom_score_adj was -5.\n",
        "Of the 100.0 MiB there, 92.0 MiB was anonymous, 2.0 MiB shared, 1.0 MiB page cache",
        ", 5.0 MiB the kernel's.\n",
        "It grew all along for 16.00 s: a leak, or work that takes ever more",
        "It grew by 7.0 MiB/s in the last 1.00 s.\n",
        "Without a limit it needed 130.0 MiB: 30.0 MiB were missing.\n"};
    for (size_t i = 0; i < COUNT(says); i++)
        ROW(strstr(text, says[i]) != NULL, "\"%s\" is not in: %s", says[i], text);
    ROW(count == 5, "%zu sentences", count);
    free(text);

    /* Whose number is not known has none. */
    trial.ending.oom.pid = UNKNOWN_I64;
    text = explain(&trial, &profile, &count);
    ROW(strstr(text, "and its main process, python3, died of it.\n") != NULL, "%s", text);
    free(text);

    /* A child, and no profile; what it was made of by the last reading. */
    trial.ending.oom = (struct oom_death){0};
    trial.exit.signal = UNKNOWN_I64;
    trial.exit.exit_code = known_i64(0);
    text = explain(&trial, NULL, &count);
    static const char *const of_child[] = {
        "and a child of its main process died of it; the main process ended by itself, with exit code 0.\n",
        "Seen last, 15.00 s after its start: 95.0 MiB anonymous, 0 B shared, ",
        "0 B of the kernel's, 1.0 MiB page cache.\n", "plimsoll find"};
    for (size_t i = 0; i < COUNT(of_child); i++)
        ROW(strstr(text, of_child[i]) != NULL, "\"%s\" is not in: %s", of_child[i], text);
    ROW(!strstr(text, "oom_score_adj"), "claims what is not known: %s", text);
    free(text);
    trial_free(&trial);
}

TEST(whose_limit_it_was) {
    char path[] = "/sys/fs/cgroup/a.slice";
    struct trial trial = {
        .outcome = OUTCOME_OUTSIDE_OOM,
        .exit = {.duration_ns = 5 * NS_PER_S, .signal = known_i64(SIGKILL)},
        .ending = {.scope = SCOPE_PARENT, .limit_bytes = known_i64(64 * MIB), .limit_path = path}};
    size_t count;
    char *text = explain(&trial, NULL, &count);
    ROW(strstr(text,
               "Not its own limit struck but the 64.0 MiB of a parent, /sys/fs/cgroup/a.slice; its main "
               "process died of it.\n") != NULL,
        "%s", text);
    free(text);
    trial.ending = (struct ending){.scope = SCOPE_HOST};
    text = explain(&trial, NULL, &count);
    ROW(strstr(text, "the host had no more memory to give") != NULL && count == 1, "%zu: %s", count, text);
    free(text);
    /* Limits that cannot be seen: nothing is made up. */
    trial.ending.scope = SCOPE_NONE;
    text = explain(&trial, NULL, &count);
    ROW(count == 0, "%s", text);
    free(text);
}

/* Without the kernel's log it is told by the end of the main process, where that tells it. */
TEST(who_died) {
    static const struct {
        struct known_i64 code;
        struct known_i64 signal;
        enum stop_reason stop;
        struct known_i64 is_main;
        const char *says;
    } rows[] = {
        {{0}, {true, SIGKILL}, STOP_NONE, {0}, "and its main process died of it.\n"},
        {{true, 0},
         {0},
         STOP_NONE,
         {0},
         "and a child of its main process died of it; the main process ended by itself"},
        {{0}, {true, SIGSEGV}, STOP_NONE, {0}, "died of it; the main process ended by signal 11.\n"},
        {{true, 137}, {0}, STOP_NONE, {0}, "and a process of its died of it.\n"},
        {{0}, {0}, STOP_NONE, {0}, "and a process of its died of it.\n"},
        {{0}, {true, SIGKILL}, STOP_AT_OOM, {0}, "and a process of its died of it.\n"},
        {{true, 137}, {0}, STOP_NONE, {true, 1}, "and its main process died of it.\n"},
        {{true, 137},
         {0},
         STOP_NONE,
         {true, 0},
         "died of it; the main process ended by itself, with exit code 137.\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = {
            .outcome = OUTCOME_OOM,
            .exit = {.exit_code = rows[i].code, .signal = rows[i].signal, .stop = rows[i].stop},
            .ending = {.scope = SCOPE_OWN, .limit_bytes = known_i64(64 * MIB)}};
        size_t count;
        trial.ending.oom.is_main = rows[i].is_main;
        char *text = explain(&trial, NULL, &count);
        ROW(strstr(text, rows[i].says) != NULL, "row %zu: %s", i, text);
        free(text);
    }
}

/* Why the sender was not seen decides what helps. */
TEST(a_sender_that_was_not_seen) {
    static const struct {
        bool watched;
        int64_t duration_ns;
        const char *says;
    } rows[] = {
        {true, 5 * NS_PER_S, "Who did was not seen.\n"},
        {false, 5 * NS_PER_S, "Who did was not seen (plimsoll doctor tells what that takes).\n"},
        {false, 20 * NS_PER_MS,
         "Who did was not seen: that is watched for once a target has lived for 100 ms.\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = {.outcome = OUTCOME_KILLED, .exit = {.duration_ns = rows[i].duration_ns}};
        size_t count;
        trial.ending.kills_watched = rows[i].watched;
        char *text = explain(&trial, NULL, &count);
        ROW(count == 1 && strstr(text, rows[i].says), "row %zu: %s", i, text);
        free(text);
    }
}

/* Somebody's SIGKILL while it ran is no proof that it got one; one of its own processes' is. */
TEST(an_exit_code_of_137) {
    static const struct {
        bool seen;
        bool to_target;
        bool by_target;
        bool by_code;
        const char *says;
    } rows[] = {
        {false, false, false, true, "any program may by itself. None was seen.\n"},
        {true, false, false, true,
         "any program may by itself. One was seen, to a process that was gone before it could be told "
         "whether it is the target's.\nThe SIGKILL to sh was sent by bash (9)\n"},
        {true, true, false, false, "No limit struck: the SIGKILL to sh was sent by bash (9)\n"},
        {true, false, true, false, "No limit struck: the SIGKILL to sh was sent by bash (9), a process of"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = {.outcome = OUTCOME_KILLED,
                              .exit = {.exit_code = known_i64(137), .duration_ns = 5 * NS_PER_S},
                              .ending = {.kills_watched = true, .killer_known = rows[i].seen}};
        size_t count;
        if (rows[i].seen)
            trial.ending.killer = (struct sigkill){.pid = 8,
                                                   .name = "sh",
                                                   .by_pid = 9,
                                                   .by_name = "bash",
                                                   .to_target = rows[i].to_target,
                                                   .by_target = rows[i].by_target};
        char *text = explain(&trial, NULL, &count);
        ROW(autopsy_killed_by_code(&trial) == rows[i].by_code, "row %zu: by code", i);
        ROW(strstr(text, rows[i].says) != NULL, "row %zu: %s", i, text);
        free(text);
    }
}

TEST(other_ends) {
    static const struct {
        enum outcome outcome;
        bool seen;
        const char *daemon;
        size_t count;
        const char *says;
    } rows[] = {
        {OUTCOME_KILLED, true, NULL, 1,
         "No limit struck: the SIGKILL to sh was sent by bash (9): bash x.sh\n"},
        {OUTCOME_KILLED, true, "earlyoom", 2,
         "earlyoom killed it, because the host or a group above was short of memory.\n"},
        {OUTCOME_KILLED, false, "systemd-oomd", 1, "systemd-oomd killed it"},
        {OUTCOME_KILLED, false, NULL, 1, "Who did was not seen"},
        {OUTCOME_RUNTIME_OOM, false, NULL, 1, "refused it more"},
        {OUTCOME_SURVIVED, false, NULL, 0, ""},
        {OUTCOME_FAILED, false, NULL, 0, ""},
        {OUTCOME_TIMEOUT, false, NULL, 0, ""},
        {OUTCOME_SLOW, false, NULL, 0, ""},
        {OUTCOME_HARNESS_ERROR, false, NULL, 0, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = {.outcome = rows[i].outcome, .exit = {.duration_ns = 5 * NS_PER_S}};
        size_t count;
        trial.ending.killer_known = rows[i].seen;
        trial.ending.oom_daemon = rows[i].daemon;
        trial.ending.killer = (struct sigkill){.pid = 8,
                                               .name = "sh",
                                               .to_main = true,
                                               .to_target = true,
                                               .by_pid = 9,
                                               .by_name = "bash",
                                               .by_command = "bash x.sh"};
        char *text = explain(&trial, NULL, &count);
        ROW(count == rows[i].count && strstr(text, rows[i].says), "%s: %zu, %s",
            outcome_name(rows[i].outcome), count, text);
        free(text);
    }
}

/* A code says less than a signal. */
TEST(a_code_that_looks_like_a_kill) {
    struct trial trial = {.outcome = OUTCOME_KILLED,
                          .exit = {.duration_ns = 5 * NS_PER_S, .exit_code = known_i64(137)},
                          .ending = {.kills_watched = true}};
    size_t count;
    char *text = explain(&trial, NULL, &count);
    ROW(count == 1 && strstr(text, "it ended with 137") && strstr(text, "None was seen.\n") &&
            !strstr(text, "somebody sent"),
        "%s", text);
    free(text);
}

/* Who has an engine send one is not its runtime. */
TEST(an_engine_that_kills) {
    struct trial trial = {.outcome = OUTCOME_KILLED,
                          .ending = {.killer_known = true,
                                     .killer = {.pid = 8,
                                                .name = "sleep",
                                                .to_main = true,
                                                .to_target = true,
                                                .by_pid = 9,
                                                .by_name = "runc",
                                                .by_command = "runc kill"}}};
    size_t count;
    char *text = explain(&trial, NULL, &count);
    ROW_TEXT(
        text,
        "No limit struck: the SIGKILL to sleep was sent by runc (9), for a container engine (a kill through "
        "it, or a stop past its grace): runc kill\n",
        "runc");
    free(text);
}

UNIT_MAIN("autopsy", growth_before_the_end, an_oom_at_its_own_limit, whose_limit_it_was, who_died,
          a_sender_that_was_not_seen, an_exit_code_of_137, other_ends, a_code_that_looks_like_a_kill,
          an_engine_that_kills)
