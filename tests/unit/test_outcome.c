/* trial/outcome: whose limit was it? Every kind of death, as cgroup v1 and v2 count it, and the runtimes that
 * run out of memory without any kill. */
#include "trial/outcome.h"

#include <signal.h>

#include "base/units.h"
#include "kernel/cgroup.h"
#include "kernel/parse.h"
#include "unit.h"

#define K(number)                                                                                            \
    { true, number }
#define UNKNOWN                                                                                              \
    { false, 0 }

/* Counters: limit_hits, ooms, oom_kills. v1 does not count OOMs. */
#define V2(max, oom, kill)                                                                                   \
    { .limit_hits = K(max), .ooms = K(oom), .oom_kills = K(kill) }
#define V1(failcnt, kill)                                                                                    \
    { .limit_hits = K(failcnt), .ooms = UNKNOWN, .oom_kills = K(kill) }

static const bool zero_succeeds[256] = {[0] = true};
static const bool zero_and_137_succeed[256] = {[0] = true, [137] = true};

struct row {
    const char *what;
    const struct cgroup_ops *ops;
    const bool *success;
    const char *stderr_tail;
    const char *says[3]; /* parts of evidence, "source: detail" */
    struct known_i64 limit;
    struct known_i64 guard;
    struct known_i64 peak;
    struct group_events own[2];      /* before, after */
    struct group_events above[2][2]; /* two ancestors, nearest first */
    struct known_i64 host[2];
    struct known_i64 exit_code;
    struct known_i64 signal;
    enum stop_reason stop;
    enum outcome outcome;
    bool hidden;
};

#define LIMIT_64M .limit = K(67108864), .peak = K(67108864)
#define SIGNAL_9  .signal = K(SIGKILL)
#define EXIT(n)   .exit_code = K(n)

/* The counters' numbers are those recorded in kernel-log/v2-zoo.events.txt, where it has them. */
static const struct row whose_limit[] = {
    /* ---- v2 ---- */
    {.what = "v2 own limit",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     .above = {{V2(0, 0, 0), V2(0, 0, 0)}, {V2(3, 0, 0), V2(3, 0, 0)}},
     .host = {K(0), K(1)},
     SIGNAL_9,
     .outcome = OUTCOME_OOM,
     .says = {"memory.events oom_kill: 0 -> 1", "memory.events.local oom: 0 -> 1 in the target's own group",
              "limit: 67108864 bytes (64.0 MiB), the target's own"}},
    {.what = "v2 own limit with oom.group",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(45, 1, 3)},
     .host = {K(1), K(4)},
     SIGNAL_9,
     .outcome = OUTCOME_OOM,
     .says = {"oom_kill: 0 -> 3"}},
    {.what = "v2 parent's limit",
     .ops = &cgroup_v2_ops,
     .limit = K(268435456),
     .peak = K(60000000),
     .own = {V2(0, 0, 0), V2(0, 0, 1)},
     .above = {{V2(0, 0, 0), V2(46, 1, 0)}, {V2(9, 0, 0), V2(9, 0, 0)}},
     .host = {K(4), K(5)},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"memory.events.local oom: 0 -> 1 in /near",
              "limit: 100000000 bytes (95.4 MiB), a parent's: /near"}},
    {.what = "v2 grandparent's limit",
     .ops = &cgroup_v2_ops,
     .limit = K(268435456),
     .peak = K(60000000),
     .own = {V2(0, 0, 0), V2(0, 0, 1)},
     .above = {{V2(7, 0, 0), V2(7, 0, 0)}, {V2(0, 3, 0), V2(46, 4, 0)}},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"oom: 3 -> 4 in /far", "a parent's: /far"}},
    {.what = "v2 parent's limit, no limit of its own",
     .ops = &cgroup_v2_ops,
     .own = {V2(0, 0, 0), V2(0, 0, 1)},
     .above = {{V2(0, 0, 0), V2(46, 1, 0)}},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"/near"}},
    {.what = "v2 host out of memory",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(0, 0, 1)},
     .host = {K(5), K(6)},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"host: ", "/proc/vmstat oom_kill: 5 -> 6"}},
    {.what = "v2 host out of memory, own limit hit before by page cache",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(612, 0, 1)},
     .host = {K(5), K(6)},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"host: "}},
    {.what = "v2 counters that did not start at zero",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(10, 5, 5), V2(47, 6, 6)},
     SIGNAL_9,
     .outcome = OUTCOME_OOM,
     .says = {"oom_kill: 5 -> 6"}},
    {.what = "v2 kill -9",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(0, 0, 0)},
     .host = {K(5), K(5)},
     SIGNAL_9,
     .outcome = OUTCOME_KILLED,
     .says = {"exit: signal 9", "memory.events oom_kill: "}},
    {.what = "v2 kill -9 after reclaim at the limit: max is no OOM",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(612, 0, 0)},
     SIGNAL_9,
     .outcome = OUTCOME_KILLED},
    {.what = "v2 kill -9 while the host killed others",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(0, 0, 0)},
     .host = {K(5), K(9)},
     SIGNAL_9,
     .outcome = OUTCOME_KILLED},
    {.what = "v2 kill -9 while a sibling met the parent's limit",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(0, 0, 0)},
     .above = {{V2(0, 0, 0), V2(40, 1, 0)}},
     SIGNAL_9,
     .outcome = OUTCOME_KILLED},
    {.what = "v2 hidden namespace",
     .ops = &cgroup_v2_ops,
     .limit = K(268435456),
     .own = {V2(0, 0, 0), V2(0, 0, 1)},
     .hidden = true,
     .host = {K(4), K(5)},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"namespace: ", "cannot be seen"}},
    {.what = "v2 own limit in a hidden namespace is still certain",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     .hidden = true,
     SIGNAL_9,
     .outcome = OUTCOME_OOM},
    {.what = "v2 own limit while a sibling met the parent's",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     .above = {{V2(0, 0, 0), V2(40, 1, 0)}},
     SIGNAL_9,
     .outcome = OUTCOME_OOM},
    {.what = "v2 the guard of a run without a limit",
     .ops = &cgroup_v2_ops,
     .guard = K(67108864),
     .peak = K(67108864),
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"guard: it wanted more than 64.0 MiB"}},
    /* ---- v1: failcnt counts reclaim too, so the ancestors decide ---- */
    {.what = "v1 own limit",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(31, 1)},
     .above = {{V1(0, 0), V1(0, 0)}, {V1(5, 0), V1(5, 0)}},
     .host = {K(0), K(1)},
     SIGNAL_9,
     .outcome = OUTCOME_OOM,
     .says = {"memory.oom_control oom_kill: 0 -> 1", "memory.failcnt: 0 -> 31 in the target's own group",
              "limit: "}},
    {.what = "v1 parent's limit",
     .ops = &cgroup_v1_ops,
     .limit = K(268435456),
     .peak = K(60000000),
     .own = {V1(0, 0), V1(0, 1)},
     .above = {{V1(2, 0), V1(33, 0)}},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"memory.failcnt: 2 -> 33 in /near", "a parent's: /near"}},
    {.what = "v1 both limits hit, usage came up to ours",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(612, 1)},
     .above = {{V1(2, 0), V1(33, 0)}},
     SIGNAL_9,
     .outcome = OUTCOME_OOM},
    {.what = "v1 both limits hit, usage stayed far below ours",
     .ops = &cgroup_v1_ops,
     .limit = K(67108864),
     .peak = K(40000000),
     .own = {V1(0, 0), V1(1, 1)},
     .above = {{V1(2, 0), V1(33, 0)}},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"/near"}},
    {.what = "v1 host out of memory",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(0, 1)},
     .above = {{V1(2, 0), V1(2, 0)}},
     .host = {K(5), K(6)},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"host: ", "/proc/vmstat oom_kill: 5 -> 6"}},
    {.what = "v1 kill -9",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(0, 0)},
     SIGNAL_9,
     .outcome = OUTCOME_KILLED},
    {.what = "v1 kill -9 after 612 limit hits by page cache",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(612, 0)},
     SIGNAL_9,
     .outcome = OUTCOME_KILLED},
    {.what = "v1 hidden namespace",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(0, 1)},
     .hidden = true,
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"namespace: "}},
    {.what = "v1 the guard",
     .ops = &cgroup_v1_ops,
     .guard = K(67108864),
     .peak = K(67108864),
     .own = {V1(0, 0), V1(47, 1)},
     SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"guard: "}},
};

/* The kill hit a child; the main process ended by itself, as make, sh, npm, jest and others do. */
static const struct row child_died[] = {
    {.what = "sh -c 'x | cat': exit 0",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     EXIT(0),
     .outcome = OUTCOME_OOM,
     .says = {"exit: exit code 0", "oom_kill: 0 -> 1"}},
    {.what = "jest: exit 1",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(47, 1)},
     EXIT(1),
     .stderr_tail = "A jest worker process (pid=7) was terminated by another process: signal=SIGKILL",
     .outcome = OUTCOME_OOM},
    {.what = "make: exit 2",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     EXIT(2),
     .outcome = OUTCOME_OOM},
    {.what = "npm: exit 137",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(47, 1)},
     EXIT(137),
     .outcome = OUTCOME_OOM},
    {.what = "a child died for a parent's limit, exit 0",
     .ops = &cgroup_v2_ops,
     .limit = K(268435456),
     .own = {V2(0, 0, 0), V2(0, 0, 1)},
     .above = {{V2(0, 0, 0), V2(46, 1, 0)}},
     EXIT(0),
     .outcome = OUTCOME_OUTSIDE_OOM},
    {.what = "an OOM kill and MemoryError",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     EXIT(1),
     .stderr_tail = "MemoryError\n",
     .outcome = OUTCOME_OOM},
    {.what = "OOM wins over --timeout",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     SIGNAL_9,
     .stop = STOP_TIMEOUT,
     .outcome = OUTCOME_OOM},
    {.what = "OOM wins over --for",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(47, 1)},
     .signal = K(SIGTERM),
     .stop = STOP_DONE,
     .outcome = OUTCOME_OOM},
    {.what = "OOM wins over slow",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(47, 1)},
     SIGNAL_9,
     .stop = STOP_SLOW,
     .outcome = OUTCOME_OOM},
    {.what = "stopped at the OOM",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(0, 0, 0), V2(47, 1, 1)},
     SIGNAL_9,
     .stop = STOP_AT_OOM,
     .outcome = OUTCOME_OOM},
};

#define QUIET .ops = &cgroup_v2_ops, LIMIT_64M, .own = {V2(0, 0, 0), V2(0, 0, 0)}

static const struct row no_kill[] = {
    {.what = "exit 0", QUIET, EXIT(0), .outcome = OUTCOME_SURVIVED, .says = {"exit: exit code 0"}},
    {.what = "exit 0 at the limit",
     .ops = &cgroup_v1_ops,
     LIMIT_64M,
     .own = {V1(0, 0), V1(612, 0)},
     EXIT(0),
     .outcome = OUTCOME_SURVIVED},
    {.what = "exit 3", QUIET, EXIT(3), .outcome = OUTCOME_FAILED, .says = {"exit: exit code 3"}},
    {.what = "exit 255", QUIET, EXIT(255), .outcome = OUTCOME_FAILED},
    {.what = "SIGSEGV", QUIET, .signal = K(SIGSEGV), .outcome = OUTCOME_FAILED, .says = {"exit: signal 11"}},
    {.what = "SIGTERM of its own", QUIET, .signal = K(SIGTERM), .outcome = OUTCOME_FAILED},
    /* 137 through a shell or `timeout -s KILL` is a SIGKILL seen by someone between */
    {.what = "a shell's 137", QUIET, EXIT(137), .outcome = OUTCOME_KILLED},
    {.what = "137 that --success names",
     QUIET,
     EXIT(137),
     .success = zero_and_137_succeed,
     .outcome = OUTCOME_SURVIVED},
    {.what = "SIGKILL is no success",
     QUIET,
     SIGNAL_9,
     .success = zero_and_137_succeed,
     .outcome = OUTCOME_KILLED},
    {.what = "136 is SIGFPE, not SIGKILL", QUIET, EXIT(136), .outcome = OUTCOME_FAILED},
    {.what = "SIGKILL beside MemoryError on stderr",
     QUIET,
     SIGNAL_9,
     .stderr_tail = "MemoryError\n",
     .outcome = OUTCOME_KILLED},
    {.what = "a success that mentions MemoryError",
     QUIET,
     EXIT(0),
     .stderr_tail = "caught MemoryError, going on\n",
     .outcome = OUTCOME_SURVIVED},
    {.what = "no stderr kept", QUIET, EXIT(1), .stderr_tail = NULL, .outcome = OUTCOME_FAILED},
    /* what the harness did */
    {.what = "--for",
     QUIET,
     .signal = K(SIGTERM),
     .stop = STOP_DONE,
     .outcome = OUTCOME_SURVIVED,
     .says = {"harness: alive after 1.50 s"}},
    {.what = "--for, SIGKILL after its grace",
     QUIET,
     SIGNAL_9,
     .stop = STOP_DONE,
     .outcome = OUTCOME_SURVIVED},
    {.what = "slow",
     QUIET,
     .signal = K(SIGKILL),
     .stop = STOP_SLOW,
     .outcome = OUTCOME_SLOW,
     .says = {"harness: stopped after 1.50 s"}},
    {.what = "timeout",
     QUIET,
     SIGNAL_9,
     .stop = STOP_TIMEOUT,
     .outcome = OUTCOME_TIMEOUT,
     .says = {"harness: stopped after 1.50 s, at --timeout"}},
    {.what = "timeout, though the stopped target exits 0",
     QUIET,
     EXIT(0),
     .stop = STOP_TIMEOUT,
     .outcome = OUTCOME_TIMEOUT},
    {.what = "interrupt",
     QUIET,
     .signal = K(SIGINT),
     .stop = STOP_INTERRUPT,
     .outcome = OUTCOME_HARNESS_ERROR,
     .says = {"harness: interrupted"}},
    {.what = "counters that fell are no kill",
     .ops = &cgroup_v2_ops,
     LIMIT_64M,
     .own = {V2(9, 9, 9), V2(0, 0, 0)},
     EXIT(0),
     .outcome = OUTCOME_SURVIVED},
};

/* What runtimes print, as recorded: version beside each. */
static const struct row runtimes[] = {
    {.what = "Java 17, uncaught",
     QUIET,
     EXIT(1),
     .stderr_tail =
         "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\n\tat M.main(M.java:5)\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Java: Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space"}},
    {.what = "Java 17, ExitOnOutOfMemoryError",
     QUIET,
     EXIT(3),
     .stderr_tail = "Terminating due to java.lang.OutOfMemoryError: Java heap space\n",
     .outcome = OUTCOME_RUNTIME_OOM},
    {.what = "Java 17, CrashOnOutOfMemoryError",
     QUIET,
     .signal = K(SIGABRT),
     .stderr_tail = "Aborting due to java.lang.OutOfMemoryError: Java heap space\n",
     .outcome = OUTCOME_RUNTIME_OOM},
    {.what = "Java 17, no memory for its heap",
     QUIET,
     EXIT(1),
     .stderr_tail =
         "#\n# There is insufficient memory for the Java Runtime Environment to continue.\n# Native memory "
         "allocation (mmap) failed to map 1048576 bytes for committing reserved memory.\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Java: # "}},
    {.what = "Java 17, no more threads",
     QUIET,
     EXIT(1),
     .stderr_tail = "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory\n",
     .outcome = OUTCOME_RUNTIME_OOM},
    {.what = "Node 20",
     QUIET,
     .signal = K(SIGABRT),
     .stderr_tail =
         "<--- Last few GCs --->\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out "
         "of memory\n 1: 0xb0 node::Abort()\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Node: FATAL ERROR: Reached heap limit"}},
    {.what = "Node 20 through a shell",
     QUIET,
     EXIT(134),
     .stderr_tail = "JavaScript heap out of memory",
     .outcome = OUTCOME_RUNTIME_OOM},
    {.what = "Python 3.11",
     QUIET,
     EXIT(1),
     .stderr_tail = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nMemoryError\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Python: MemoryError"}},
    {.what = "Ruby 3.1",
     QUIET,
     EXIT(1),
     .stderr_tail = "[FATAL] failed to allocate memory (NoMemoryError)\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Ruby: "}},
    {.what = "Go 1.19",
     QUIET,
     EXIT(2),
     .stderr_tail = "fatal error: out of memory\n\nruntime stack:\nruntime.throw({0x4})\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Go: fatal error: out of memory"}},
    {.what = "C++",
     QUIET,
     .signal = K(SIGABRT),
     .stderr_tail =
         "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: C++: terminate called"}},
    {.what = "Rust",
     QUIET,
     .signal = K(SIGABRT),
     .stderr_tail = "memory allocation of 1073741824 bytes failed\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Rust: "}},
    {.what = "Erlang 25",
     QUIET,
     EXIT(1),
     .stderr_tail = "eheap_alloc: Cannot allocate 762886488 bytes of memory (of type \"heap\").\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: Erlang: "}},
    {.what = "PHP 8.2",
     QUIET,
     EXIT(255),
     .stderr_tail =
         "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) "
         "in /a.php on line 3\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"stderr: PHP: "}},
    /* words near it that prove nothing */
    {.what = "gunicorn after its own timeout",
     QUIET,
     EXIT(1),
     .stderr_tail = "[ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?\n",
     .outcome = OUTCOME_FAILED},
    {.what = "pytest-xdist",
     QUIET,
     EXIT(1),
     .stderr_tail = "[gw0] node down: Not properly terminated\n",
     .outcome = OUTCOME_FAILED},
    {.what = "a chatty failure",
     QUIET,
     EXIT(1),
     .stderr_tail = "memory: 12 MB used\nout of disk\n",
     .outcome = OUTCOME_FAILED},
};

static struct trial_facts facts_of(const struct row *row, struct ancestor_events *ancestors) {
    static char near[] = "/near";
    static char far[] = "/far";
    ancestors[0] = (struct ancestor_events){near, K(100000000), row->above[0][0], row->above[0][1]};
    ancestors[1] = (struct ancestor_events){far, K(200000000), row->above[1][0], row->above[1][1]};
    struct trial_facts facts = {
        .limit_bytes = row->limit,
        .guard_bytes = row->guard,
        .exit = {.started = true,
                 .exit_code = row->exit_code,
                 .signal = row->signal,
                 .duration_ns = 1500 * NS_PER_MS,
                 .stop = row->stop},
        .own_before = row->own[0],
        .own_after = row->own[1],
        .ancestors = ancestors,
        .ancestor_count = row->hidden ? 0 : 2,
        .ancestors_hidden = row->hidden,
        .host_oom_before = row->host[0],
        .host_oom_after = row->host[1],
        .peak_bytes = row->peak,
        .names = row->ops->names,
        .success = row->success ? row->success : zero_succeeds,
    };
    facts.exit.stderr_tail = row->stderr_tail ? strdup(row->stderr_tail) : NULL;
    return facts;
}

/* All evidence, one "source: detail" a line. Caller frees. */
static char *evidence_text(const struct trial *trial) {
    char *text = strdup("");
    for (size_t i = 0; i < trial->evidence_count; i++) {
        char *longer = NULL;
        ck_assert_int_ge(
            asprintf(&longer, "%s%s: %s\n", text, trial->evidence[i].source, trial->evidence[i].detail), 0);
        free(text);
        text = longer;
    }
    return text;
}

static void judge_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&rows[i], ancestors);
        struct trial trial = {0};
        outcome_judge(&facts, &trial);
        char *evidence = evidence_text(&trial);
        ROW(trial.outcome == rows[i].outcome, "%s: %s, expected %s; evidence:\n%s", rows[i].what,
            outcome_name(trial.outcome), outcome_name(rows[i].outcome), evidence);
        for (size_t j = 0; j < COUNT(rows[i].says) && rows[i].says[j]; j++)
            ROW(strstr(evidence, rows[i].says[j]) != NULL, "%s: no \"%s\" in the evidence:\n%s", rows[i].what,
                rows[i].says[j], evidence);
        free(evidence);
        free(facts.exit.stderr_tail);
        trial_free(&trial);
    }
}

TEST(every_row_of_whose_limit_it_was) {
    judge_rows(whose_limit, COUNT(whose_limit));
}

TEST(a_killed_child_is_an_oom_whatever_the_exit) {
    judge_rows(child_died, COUNT(child_died));
}

TEST(ends_without_an_oom_kill) {
    judge_rows(no_kill, COUNT(no_kill));
}

TEST(runtimes_that_run_out_by_themselves) {
    judge_rows(runtimes, COUNT(runtimes));
}

/* ---- the recorded counters, through the parsers ---- */

/* The text between "@@ name" and the next "@@". Caller frees. */
static char *section(const char *text, const char *name) {
    const char *start = strstr(text, name);
    ck_assert_msg(start != NULL, "no section %s", name);
    start += strlen(name);
    const char *end = strstr(start, "@@ ");
    return end ? strndup(start, (size_t)(end - start)) : strdup(start);
}

static struct group_events read_events(const char *whole, const char *local) {
    return (struct group_events){.limit_hits = parse_flat_value(local, "max"),
                                 .ooms = parse_flat_value(local, "oom"),
                                 .oom_kills = parse_flat_value(whole, "oom_kill")};
}

static enum outcome judge_recorded(const struct group_events *own, const struct group_events *above) {
    struct row row = {
        .what = "recorded", .ops = &cgroup_v2_ops, LIMIT_64M, SIGNAL_9, .own = {V2(0, 0, 0), *own}};
    if (above) {
        row.above[0][0] = (struct group_events)V2(0, 0, 0);
        row.above[0][1] = *above;
    }
    struct ancestor_events ancestors[2];
    struct trial_facts facts = facts_of(&row, ancestors);
    struct trial trial = {0};
    outcome_judge(&facts, &trial);
    enum outcome outcome = trial.outcome;
    trial_free(&trial);
    return outcome;
}

TEST(recorded_counters_of_cgroup_v2) {
    char *text = unit_read_fixture("kernel-log/v2-zoo.events.txt");
    char *own = section(text, "@@ events a\n");
    char *group = section(text, "@@ events g\n");
    /* memory.events of the child, of its parent, then the parent's and the child's memory.events.local */
    char *parent = section(text, "@@ events p/kid then p then local\n");
    char *blocks[4] = {parent};
    for (int i = 1; i < 4; i++) {
        blocks[i] = strstr(blocks[i - 1], "--\n");
        ck_assert_ptr_nonnull(blocks[i]);
        *blocks[i] = '\0';
        blocks[i] += 3;
    }
    /* With nothing nested, local and hierarchical counters are one. */
    struct group_events a = read_events(own, own);
    struct group_events g = read_events(group, group);
    struct group_events kid = read_events(blocks[0], blocks[3]);
    struct group_events above = read_events(blocks[1], blocks[2]);
    struct group_events manual = V2(0, 0, 0);
    ROW(judge_recorded(&a, NULL) == OUTCOME_OOM, "own limit: %d", judge_recorded(&a, NULL));
    ROW(judge_recorded(&g, NULL) == OUTCOME_OOM, "own limit with oom.group: %d", judge_recorded(&g, NULL));
    ROW(judge_recorded(&kid, &above) == OUTCOME_OUTSIDE_OOM, "a parent's limit: %d",
        judge_recorded(&kid, &above));
    ROW(judge_recorded(&manual, NULL) == OUTCOME_KILLED, "kill -9: %d", judge_recorded(&manual, NULL));
    free(own);
    free(group);
    free(parent);
    free(text);
}

/* ---- properties ---- */

/* Over every exit code, every signal and every reason to stop, with every code a success: a counted kill is
 * never survival, and is told. */
TEST(never_survived_when_a_kill_was_counted) {
    bool all_succeed[256];
    memset(all_succeed, true, sizeof all_succeed);
    static const struct group_events ends[] = {V2(0, 0, 1), V2(9, 1, 1), V2(9, 1, 30),
                                               V1(0, 1),    V1(9, 1),    {.oom_kills = K(1)}};
    for (size_t e = 0; e < COUNT(ends); e++) {
        for (int how = 0; how < 256 + 65; how++) {
            for (int stop = STOP_NONE; stop <= STOP_INTERRUPT; stop++) {
                struct row row = {.what = "",
                                  .ops = &cgroup_v2_ops,
                                  LIMIT_64M,
                                  .stop = (enum stop_reason)stop,
                                  .success = all_succeed,
                                  .own = {V2(0, 0, 0), ends[e]}};
                if (how < 256)
                    row.exit_code = known_i64(how);
                else if (how < 256 + 64)
                    row.signal = known_i64(how - 255);
                struct ancestor_events ancestors[2];
                struct trial_facts facts = facts_of(&row, ancestors);
                struct trial trial = {0};
                outcome_judge(&facts, &trial);
                ROW((trial.outcome == OUTCOME_OOM || trial.outcome == OUTCOME_OUTSIDE_OOM) &&
                        trial.oom_kills.known && trial.oom_kills.value == ends[e].oom_kills.value,
                    "exit or signal %d, stop %d, end %zu: %s, %lld kills", how, stop, e,
                    outcome_name(trial.outcome), (long long)trial.oom_kills.value);
                trial_free(&trial);
            }
        }
    }
}

/* A kernel that does not count kills (before 4.13) cannot clear the OOM killer of a SIGKILL. */
TEST(unknown_counters_prove_nothing) {
    struct row row = {.what = "", .ops = &cgroup_v1_ops, LIMIT_64M, SIGNAL_9};
    struct ancestor_events ancestors[2];
    struct trial_facts facts = facts_of(&row, ancestors);
    struct trial trial = {0};
    outcome_judge(&facts, &trial);
    char *evidence = evidence_text(&trial);
    ROW(trial.outcome == OUTCOME_KILLED, "%s", outcome_name(trial.outcome));
    ROW(!trial.oom_kills.known, "kills known: %lld", (long long)trial.oom_kills.value);
    ROW(!strstr(evidence, "unchanged"), "claims more than it knows:\n%s", evidence);
    free(evidence);
    trial_free(&trial);
}

TEST(a_target_that_never_started_counts_for_nothing) {
    struct row row = {
        .what = "", .ops = &cgroup_v2_ops, LIMIT_64M, EXIT(0), .own = {V2(0, 0, 0), V2(0, 0, 0)}};
    struct ancestor_events ancestors[2];
    struct trial_facts facts = facts_of(&row, ancestors);
    facts.exit.started = false;
    struct trial trial = {0};
    outcome_judge(&facts, &trial);
    ROW(trial.outcome == OUTCOME_HARNESS_ERROR, "%s", outcome_name(trial.outcome));
    trial_free(&trial);
}

TEST(leftover_processes_are_told) {
    static const struct {
        int leftovers;
        const char *says;
    } rows[] = {{0, NULL}, {1, "1 process still ran"}, {3, "3 processes still ran"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row row = {.what = "", QUIET, EXIT(0)};
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&row, ancestors);
        facts.exit.leftovers = rows[i].leftovers;
        struct trial trial = {0};
        outcome_judge(&facts, &trial);
        char *evidence = evidence_text(&trial);
        ROW(rows[i].says ? strstr(evidence, rows[i].says) != NULL : !strstr(evidence, "leftovers"),
            "%d leftovers: %s", rows[i].leftovers, evidence);
        free(evidence);
        trial_free(&trial);
    }
}

/* A line of a megabyte is cut to what fits a message, and still holds the words. */
TEST(an_endless_line_is_cut) {
    size_t size = 1 << 20;
    char *tail = malloc(size);
    memset(tail, 'x', size - 1);
    tail[size - 1] = '\0';
    memcpy(tail + size / 2, "std::bad_alloc", 14);
    char *line = outcome_find_runtime_oom(tail);
    ROW(line && strstr(line, "C++: ") == line && strstr(line, "std::bad_alloc") && strlen(line) < 400,
        "%zu bytes: %.80s", line ? strlen(line) : 0, line ? line : "(none)");
    free(line);
    free(tail);
    ROW(outcome_find_runtime_oom("") == NULL, "found in nothing");
}

TEST(exit_status_as_a_shell_shows_it) {
    static const struct {
        struct known_i64 code;
        struct known_i64 signal;
        int status;
    } rows[] = {{K(0), UNKNOWN, 0},
                {K(137), UNKNOWN, 137},
                {UNKNOWN, K(SIGKILL), 137},
                {UNKNOWN, K(15), 143},
                {UNKNOWN, UNKNOWN, 125}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct exit_facts facts = {.exit_code = rows[i].code, .signal = rows[i].signal};
        ROW(exit_facts_status(&facts) == rows[i].status, "row %zu: %d, expected %d", i,
            exit_facts_status(&facts), rows[i].status);
    }
}

UNIT_MAIN("outcome", every_row_of_whose_limit_it_was, a_killed_child_is_an_oom_whatever_the_exit,
          ends_without_an_oom_kill, runtimes_that_run_out_by_themselves, recorded_counters_of_cgroup_v2,
          never_survived_when_a_kill_was_counted, unknown_counters_prove_nothing,
          a_target_that_never_started_counts_for_nothing, leftover_processes_are_told, an_endless_line_is_cut,
          exit_status_as_a_shell_shows_it)
