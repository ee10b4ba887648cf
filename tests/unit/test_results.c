/* explain/results: how the trials of a result ended, in verdicts, words and numbers. */
#include "explain/results.h"

#include <signal.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "unit.h"

#define K(number)                                                                                            \
    { true, number }
#define LIMIT .limit_bytes = K(64 * MIB), .oom_kills = K(1)
#define OWN   .scope = SCOPE_OWN, .limit_bytes = K(64 * MIB)

static char parent[] = "/sys/fs/cgroup/a.slice";
static char group[] = "/sys/fs/cgroup/a.slice/plimsoll-1-1";
static char app[] = "./my app";
static char flag[] = "--all";
static char java[] = "/usr/bin/java";
static char image[] = "shop:1.4";
static char node[] = "node";
static char node_heap[] = "--max-old-space-size=50";
static char node_words[] =
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
static char python_words[] = "Traceback (most recent call last):\nMemoryError\n";
static char shell[] = "sh";
static char shell_option[] = "-c";
static char shell_words[] = "ulimit -v 200000; exec python3 app.py";
static char *node_argv[] = {node, node_heap, NULL};
static char *ulimit_argv[] = {shell, shell_option, shell_words, NULL};
static char threads_source[] = "threads";
static char threads_detail[] =
    "Java: unable to create native thread: a limit on processes rather than memory";
static char trace_source[] = "signal trace";
static char trace_detail[] = "no SIGKILL was seen: it ended with 137 by itself";
static struct evidence no_thread[] = {{threads_source, threads_detail}};
static struct evidence no_sigkill[] = {{trace_source, trace_detail}};
static char *app_argv[] = {app, flag, NULL};
static char *java_argv[] = {java, NULL};

struct row {
    const char *what;
    struct trial trial;
    bool free_run; /* of 100 MiB, beside it */
    char **argv;
    char *image;
    const char *answer; /* verdict:scope:confidence */
    const char *happened;
    const char *says[4]; /* in account, missing and advice, each on a line of its own */
    const char *not_said;
};

/* All sentences, and the numbers that a program reads. Caller frees. */
static char *text_of(const struct death *death) {
    struct strbuf text = {0};
    const struct sentences *lists[] = {&death->account, &death->missing, &death->advice};
    const char *const labels[] = {"", "Not known: ", "Next: "};
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            strbuf_addf(&text, "%s%s\n", labels[i], lists[i]->items[j]);
    strbuf_addf(&text, "process %s %lld, anon %lld, file %lld, shmem %lld, limit %lld, group %s\n",
                death->process ? death->process : "-", (long long)known_or(death->pid, -1),
                (long long)known_or(death->anon_bytes, -1), (long long)known_or(death->file_bytes, -1),
                (long long)known_or(death->shmem_bytes, -1), (long long)known_or(death->limit_bytes, -1),
                death->cgroup ? death->cgroup : "-");
    return text.text;
}

static void check_row(const struct row *row) {
    struct trial trials[2] = {row->trial,
                              {.id = 2, .outcome = OUTCOME_SURVIVED, .needed_bytes = known_i64(100 * MIB)}};
    struct result result = {.argv = row->argv ? row->argv : app_argv,
                            .image = row->image,
                            .trials = trials,
                            .trial_count = row->free_run ? 2 : 1};
    struct casefile file = {0};
    explain_result(&file, "r.json", &result);
    const struct death *death = file.told.items;
    ck_assert_msg(file.told.count == 1, "%s: %zu deaths", row->what, file.told.count);
    const char *scope = death_scope_name(death->scope);
    CLEANUP_FREE char *answer = text_format("%s:%s:%s", verdict_name(death->verdict), scope ? scope : "-",
                                            confidence_name(death->confidence));
    CLEANUP_FREE char *text = text_of(death);
    ROW_TEXT(answer, row->answer, row->what);
    ROW_TEXT(death->happened, row->happened, row->what);
    for (size_t i = 0; i < COUNT(row->says) && row->says[i]; i++)
        ROW(strstr(text, row->says[i]) != NULL, "%s: \"%s\" is not in: %s", row->what, row->says[i], text);
    ROW(!row->not_said || !strstr(text, row->not_said), "%s: \"%s\" is in: %s", row->what, row->not_said,
        text);
    case_free(&file);
}

TEST(how_a_trial_ended) {
    static const struct row rows[] = {
        {.what = "its own limit",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OOM,
                   LIMIT,
                   .exit = {.signal = K(SIGKILL), .duration_ns = 20 * NS_PER_S},
                   .ending = {OWN, .group_path = group,
                              .oom = {.count = 1,
                                      .process = "app",
                                      .pid = K(7),
                                      .is_main = K(1),
                                      .process_anon_bytes = K(5),
                                      .anon_bytes = K(60),
                                      .file_bytes = K(3),
                                      .shmem_bytes = K(1)},
                              .growth = {.kind = GROWTH_STEADY}}},
         .answer = "oom:own:certain",
         .happened = "was OOM-killed at its own limit of 64Mi",
         .says =
             {"Its own limit of 64.0 MiB struck, and its main process, app (7), died of it.\n",
              "Next: rule out a leak before you raise its limit: plimsoll leak -- './my app' --all\n",
              "Next: until that is measured: limit 128Mi, a guess, twice what was too little; request 64Mi",
              "process app 7, anon 60, file 3, shmem 1, limit 67108864, group "
              "/sys/fs/cgroup/a.slice/plimsoll-1-1\n"},
         .not_said = "Not known"},
        {.what = "with a run without a limit beside it, and no kernel log",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OOM,
                   LIMIT,
                   .exit = {.signal = K(SIGKILL), .duration_ns = 20 * NS_PER_S},
                   .ending = {OWN}},
         .free_run = true,
         .answer = "oom:own:certain",
         .happened = "was OOM-killed at its own limit of 64Mi",
         .says =
             {"Without a limit it needed 100.0 MiB: 36.0 MiB were missing.\n",
              "Not known: which process died",
              "limit 150Mi, half as much again as the 100.0 MiB that it needed without one; request 100Mi\n",
              "process - -1, anon -1, file -1, shmem -1, "}},
        {.what = "a child of it",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OOM,
                   LIMIT,
                   .exit = {.exit_code = K(0), .duration_ns = 20 * NS_PER_S},
                   .ending = {OWN, .oom = {.count = 1,
                                           .process = "cc1",
                                           .pid = K(9),
                                           .is_main = K(0),
                                           .process_anon_bytes = K(5),
                                           .process_shmem_bytes = K(4)}}},
         .answer = "oom-child:own:certain",
         .happened =
             "lost its process cc1 to an OOM kill at its own limit of 64Mi, and ended by itself, well",
         .says = {"process cc1 9, anon 5, file -1, shmem 4"}},
        {.what = "a child, and then we ended the rest",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OOM,
                   LIMIT,
                   .exit = {.signal = K(SIGKILL), .stop = STOP_AT_OOM},
                   .ending = {OWN, .oom = {.count = 1, .process = "cc1", .pid = K(9), .is_main = K(0)}}},
         .answer = "oom:own:certain",
         .happened = "was OOM-killed at its own limit of 64Mi"},
        {.what = "a parent's limit",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OUTSIDE_OOM,
                   LIMIT,
                   .exit = {.signal = K(SIGKILL)},
                   .ending = {.scope = SCOPE_PARENT, .limit_bytes = K(32 * MIB), .limit_path = parent}},
         .answer = "outside-oom:parent:certain",
         .happened = "was OOM-killed at the limit of 32Mi of /sys/fs/cgroup/a.slice, above its own group",
         .says = {"Next: its own limit is not what struck: raise that of 32Mi of /sys/fs/cgroup/a.slice,",
                  "limit 33554432,"}},
        {.what = "the host",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OUTSIDE_OOM,
                   LIMIT,
                   .exit = {.signal = K(SIGKILL)},
                   .ending = {.scope = SCOPE_HOST}},
         .answer = "outside-oom:host:likely",
         .happened = "was OOM-killed because the host ran out of memory",
         .says = {"a larger limit would not have helped"}},
        {.what = "whose is not known",
         .trial = {.id = 1, .outcome = OUTCOME_OUTSIDE_OOM, LIMIT, .exit = {.signal = K(SIGKILL)}},
         .answer = "outside-oom:-:likely",
         .happened = "was OOM-killed at a limit that cannot be seen from here",
         .says = {"Not known: whose limit it was"}},
        {.what = "a container of which the engine's flag alone tells",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OOM,
                   .limit_bytes = K(64 * MIB),
                   .exit = {.exit_code = K(137)},
                   .ending = {OWN}},
         .image = image,
         .answer = "oom:own:likely",
         .happened = "was OOM-killed at its own limit of 64Mi",
         .says = {"plimsoll size --image shop:1.4 -- './my app' --all\n"}},
        {.what = "a Java heap",
         .trial = {.id = 1,
                   .outcome = OUTCOME_RUNTIME_OOM,
                   .limit_bytes = K(512 * MIB),
                   .oom_kills = K(0),
                   .exit = {.exit_code = K(1)}},
         .argv = java_argv,
         .answer = "runtime-oom:-:likely",
         .happened = "ended because its runtime ran out of memory of its own",
         .says = {"Next: the largest heap that a limit of 512Mi has room for: JAVA_TOOL_OPTIONS=-XX:"},
         .not_said = "until that is measured"},
        {.what = "a heap that its command line gives it",
         .trial = {.id = 1,
                   .outcome = OUTCOME_RUNTIME_OOM,
                   .limit_bytes = K(512 * MIB),
                   .peak_bytes = K(65 * MIB),
                   .oom_kills = K(0),
                   .exit = {.signal = K(SIGABRT), .stderr_tail = node_words}},
         .argv = node_argv,
         .answer = "runtime-oom:-:certain",
         .happened = "ended because its runtime ran out of memory of its own, at a peak of 65.0 MiB",
         .says =
             {"a limit of the runtime's own, as that of its heap, refused it more, when the group held 65.0",
              "Next: raise what its command line gives it: --max-old-space-size=50\n"},
         .not_said = "limit 1Gi"},
        {.what = "the same words, and another end",
         .trial = {.id = 1,
                   .outcome = OUTCOME_RUNTIME_OOM,
                   .limit_bytes = K(512 * MIB),
                   .peak_bytes = K(65 * MIB),
                   .exit = {.exit_code = K(7), .stderr_tail = node_words}},
         .answer = "runtime-oom:-:likely",
         .happened = "ended because its runtime ran out of memory of its own, at a peak of 65.0 MiB",
         .says = {"Next: raise what Node may take: --max-old-space-size"},
         .not_said = "plimsoll find"},
        {.what = "more than there can be",
         .trial = {.id = 1,
                   .outcome = OUTCOME_RUNTIME_OOM,
                   .limit_bytes = K(512 * MIB),
                   .peak_bytes = K(7 * MIB),
                   .exit = {.exit_code = K(1), .stderr_tail = python_words}},
         .answer = "runtime-oom:-:likely",
         .happened = "ended because its runtime ran out of memory of its own, at a peak of 7.0 MiB",
         .says = {"it asked for more than it could get (ulimit -v, or more than there can be)"},
         .not_said = "limit 1Gi"},
        {.what = "ulimit -v in its command line",
         .trial = {.id = 1,
                   .outcome = OUTCOME_RUNTIME_OOM,
                   .limit_bytes = K(512 * MIB),
                   .peak_bytes = K(500 * MIB),
                   .exit = {.exit_code = K(1), .stderr_tail = python_words}},
         .argv = ulimit_argv,
         .answer = "runtime-oom:-:likely",
         .happened = "ended because its runtime ran out of memory of its own, at a peak of 500.0 MiB",
         .says = {"Next: raise what its command line gives it: ulimit -v 200000\n", "limit 1024Mi, a guess"}},
        {.what = "no thread",
         .trial = {.id = 1,
                   .outcome = OUTCOME_FAILED,
                   .exit = {.exit_code = K(1)},
                   .evidence = no_thread,
                   .evidence_count = 1},
         .answer = "failed:-:likely",
         .happened = "failed because no thread could be made: a limit on processes rather than memory",
         .says = {"Next: raise the limit on processes and threads: ulimit -u"},
         .not_said = "heap"},
        {.what = "a failure",
         .trial = {.id = 1, .outcome = OUTCOME_FAILED, LIMIT, .exit = {.exit_code = K(5)}},
         .answer = "failed:-:likely",
         .happened =
             "failed by itself with exit code 5 under its limit of 64Mi; nothing that it wrote speaks of "
             "memory",
         .not_said = "Java"},
        {.what = "Java ends with 3",
         .trial = {.id = 1, .outcome = OUTCOME_FAILED, .exit = {.exit_code = K(3)}},
         .argv = java_argv,
         .answer = "failed:-:likely",
         .happened = "failed by itself with exit code 3; nothing that it wrote speaks of memory",
         .says = {"Not known: its last words: Java ends with 3 too"}},
        {.what = "137 while somebody watched",
         .trial = {.id = 1,
                   .outcome = OUTCOME_FAILED,
                   LIMIT,
                   .exit = {.exit_code = K(137)},
                   .evidence = no_sigkill,
                   .evidence_count = 1},
         .answer = "failed:-:likely",
         .happened = "ended by itself with 137; no SIGKILL was seen",
         .not_said = "another run"},
        {.what = "the guard of ours",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OUTSIDE_OOM,
                   .oom_kills = K(1),
                   .exit = {.signal = K(SIGKILL)},
                   .ending = {.scope = SCOPE_HOST, .limit_bytes = K(100 * MIB)}},
         .answer = "outside-oom:-:certain",
         .happened =
             "was OOM-killed by the guard of plimsoll itself, of 100Mi (--max), which keeps this machine "
             "whole",
         .says = {"It was stopped at 100.0 MiB by the guard of plimsoll itself",
                  "Next: let it have more than 100Mi: --max\n"},
         .not_said = "whose limit it was"},
        {.what = "interrupted",
         .trial = {.id = 1, .outcome = OUTCOME_HARNESS_ERROR, .exit = {.stop = STOP_INTERRUPT}},
         .answer = "harness-error:-:unknown",
         .happened = "was interrupted, and not measured"},
        {.what = "a child, and then somebody killed the main process",
         .trial =
             {.id = 1,
              .outcome = OUTCOME_OOM,
              LIMIT,
              .exit = {.signal = K(SIGKILL), .duration_ns = 20 * NS_PER_S},
              .ending =
                  {OWN, .oom = {.count = 1, .process = "cc1", .pid = K(9), .is_main = K(0)},
                   .killer_known = true,
                   .killer = {.pid = 7, .name = "make", .to_main = true, .by_pid = 8, .by_name = "bash"}}},
         .answer = "oom-child:own:certain",
         .happened = "lost its process cc1 to an OOM kill at its own limit of 64Mi, and its main process was "
                     "ended by signal 9, sent by bash",
         .says =
             {"the main process ended by signal 9.\nThe SIGKILL to make, its main process, was sent by bash "
              "(8)\n"},
         .not_said = "by itself"},
        {.what = "the kernel, for what is not known",
         .trial = {.id = 1,
                   .outcome = OUTCOME_KILLED,
                   .oom_kills = K(0),
                   .exit = {.signal = K(SIGKILL)},
                   .ending = {.killer_known = true,
                              .killer = {.pid = 7, .name = "app", .by = KILL_BY_KERNEL, .by_pid = 7}}},
         .answer = "killed:-:likely",
         .happened = "was sent SIGKILL by the kernel; why is not told",
         .says = {"came from the kernel; why is not told"},
         .not_said = "ulimit"},
        {.what = "somebody's kill",
         .trial = {.id = 1,
                   .outcome = OUTCOME_KILLED,
                   .oom_kills = K(0),
                   .exit = {.signal = K(SIGKILL)},
                   .ending = {.killer_known = true,
                              .killer = {.pid = 7, .name = "app", .by_pid = 8, .by_name = "bash"}}},
         .answer = "killed:-:certain",
         .happened = "was sent SIGKILL, and not by the kernel's OOM killer",
         .says = {"the SIGKILL to app was sent by bash (8)\n",
                  "Next: a larger limit does not help: see why bash sent that\n", "process app 7,"},
         .not_said = "Not known"},
        {.what = "nobody knows whose",
         .trial = {.id = 1, .outcome = OUTCOME_KILLED, .oom_kills = K(0), .exit = {.signal = K(SIGKILL)}},
         .answer = "killed:-:certain",
         .happened = "was sent SIGKILL, and not by the kernel's OOM killer",
         .says = {"Not known: who sent it: timeout -s KILL,"}},
        {.what = "a code that looks like it",
         .trial = {.id = 1, .outcome = OUTCOME_KILLED, .oom_kills = K(0), .exit = {.exit_code = K(137)}},
         .answer = "killed:-:likely",
         .happened = "ended with 137, which stands for SIGKILL; the kernel's OOM killer sent none"},
        {.what = "a code that looks like it, while another was killed",
         .trial = {.id = 1,
                   .outcome = OUTCOME_KILLED,
                   .oom_kills = K(0),
                   .exit = {.exit_code = K(137)},
                   .ending = {.killer_known = true,
                              .killer = {.pid = 7, .name = "app", .by_pid = 8, .by_name = "bash"}}},
         .answer = "killed:-:likely",
         .happened = "ended with 137, which stands for SIGKILL; the kernel's OOM killer sent none"},
        {.what = "a kill that an OOM may have been",
         .trial = {.id = 1, .outcome = OUTCOME_KILLED, .exit = {.signal = K(SIGKILL)}},
         .answer = "killed:-:likely",
         .happened = "was sent SIGKILL, and not by the kernel's OOM killer"},
        {.what = "an OOM daemon",
         .trial = {.id = 1,
                   .outcome = OUTCOME_KILLED,
                   .oom_kills = K(0),
                   .exit = {.signal = K(SIGKILL)},
                   .ending = {.oom_daemon = "earlyoom"}},
         .answer = "killed:-:certain",
         .happened = "was sent SIGKILL, and not by the kernel's OOM killer",
         .says = {"earlyoom killed it", "at what point earlyoom kills"},
         .not_said = "Not known"},
        {.what = "a time limit",
         .trial = {.id = 1, .outcome = OUTCOME_TIMEOUT, LIMIT},
         .answer = "timeout:-:certain",
         .happened = "was stopped at its --timeout under its limit of 64Mi",
         .not_said = "Next"},
        {.what = "none",
         .trial = {.id = 1, .outcome = OUTCOME_SURVIVED},
         .answer = "survived:-:certain",
         .happened = "lived without a limit",
         .not_said = "Next"},
        {.what = "a result that was tampered with",
         .trial = {.id = 1,
                   .outcome = OUTCOME_OOM,
                   .limit_bytes = K(-5),
                   .oom_kills = K(1),
                   .exit = {.signal = K(SIGKILL), .duration_ns = -1},
                   .ending = {.scope = SCOPE_OWN, .limit_bytes = K(-(1LL << 53))}},
         .argv = java_argv,
         .answer = "oom:own:certain",
         .happened = "was OOM-killed at its own limit of -9007199254740992"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(&rows[i]);
}

/* That no OOM kill was counted does not say that it lived. */
TEST(what_was_watched_to_its_end) {
    static const struct {
        const char *what;
        enum watch_end end;
        struct known_i64 code;
        struct known_i64 signal;
        enum verdict verdict;
        enum confidence confidence;
        const char *happened;
    } rows[] = {
        {"kill -9",
         WATCH_PROCESS,
         {0},
         K(SIGKILL),
         VERDICT_KILLED,
         CONFIDENCE_LIKELY,
         "was ended by signal 9 while it was watched"},
        {"a crash", WATCH_PROCESS, {0}, K(SIGSEGV), VERDICT_FAILED, CONFIDENCE_LIKELY, "by signal 11"},
        {"a failure", WATCH_PROCESS, K(3), {0}, VERDICT_FAILED, CONFIDENCE_LIKELY, "with exit code 3"},
        {"well", WATCH_PROCESS, K(0), {0}, VERDICT_SURVIVED, CONFIDENCE_CERTAIN, "with exit code 0"},
        {"not told", WATCH_PROCESS, {0}, {0}, VERDICT_UNKNOWN, CONFIDENCE_UNKNOWN, "how is not known"},
        {"a group", WATCH_GONE, {0}, {0}, VERDICT_UNKNOWN, CONFIDENCE_UNKNOWN, "how is not known"},
        {"it runs on", WATCH_TIME, {0}, {0}, VERDICT_SURVIVED, CONFIDENCE_CERTAIN, "lived without a limit"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = {.id = 1,
                              .outcome = OUTCOME_SURVIVED,
                              .exit = {.exit_code = rows[i].code, .signal = rows[i].signal}};
        struct result result = {.argv = app_argv,
                                .trials = &trial,
                                .trial_count = 1,
                                .observation = {.known = true, .end = rows[i].end}};
        struct casefile file = {0};
        explain_result(&file, "r.json", &result);
        const struct death *death = file.told.items;
        ROW(death->verdict == rows[i].verdict && death->confidence == rows[i].confidence &&
                strstr(death->happened, rows[i].happened),
            "%s: %s, %s, %s", rows[i].what, verdict_name(death->verdict), confidence_name(death->confidence),
            death->happened);
        case_free(&file);
    }
}

/* The same end at the same limit is told once; at another limit, or for another's, it is another. */
TEST(the_same_is_told_once) {
    struct trial trials[] = {
        {.id = 1, .outcome = OUTCOME_OOM, LIMIT, .exit = {.signal = K(SIGKILL)}, .ending = {OWN}},
        {.id = 2, .outcome = OUTCOME_OOM, LIMIT, .exit = {.signal = K(SIGKILL)}, .ending = {OWN}},
        {.id = 3, .outcome = OUTCOME_OOM, LIMIT, .exit = {.exit_code = K(0)}, .ending = {OWN}},
        {.id = 4,
         .outcome = OUTCOME_OUTSIDE_OOM,
         LIMIT,
         .exit = {.signal = K(SIGKILL)},
         .ending = {.scope = SCOPE_PARENT, .limit_bytes = K(64 * MIB), .limit_path = parent}},
        {.id = 5,
         .outcome = OUTCOME_OUTSIDE_OOM,
         LIMIT,
         .exit = {.signal = K(SIGKILL)},
         .ending = {.scope = SCOPE_HOST}},
        {.id = 6, .outcome = OUTCOME_SURVIVED, LIMIT},
    };
    struct result result = {.argv = app_argv, .trials = trials, .trial_count = COUNT(trials)};
    struct casefile file = {0};
    explain_result(&file, "r.json", &result);
    ROW(file.told.count == 4 && file.told.items[0].times == 2 && file.told.items[1].times == 1,
        "%zu deaths, the first %d times", file.told.count, file.told.count ? file.told.items[0].times : 0);
    case_free(&file);
}

UNIT_MAIN("results", how_a_trial_ended, what_was_watched_to_its_end, the_same_is_told_once)
