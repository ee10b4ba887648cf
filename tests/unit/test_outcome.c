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
    const struct service_facts *service;
    const char *engine; /* NULL: no container */
    const char *refusal;
    const char *lost;
    struct known_i64 flag;
    enum death_scope log_scope; /* of a logged one */
    bool hidden;
    bool early;
    bool logged;    /* the kernel's log tells of a kill */
    bool ungrouped; /* above[0] is the group that it shares with us */
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
     .says = {"guard: stopped at 64.0 MiB by the guard of plimsoll itself"}},
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
    {.what = "ENOMEM of Python",
     QUIET,
     EXIT(1),
     .stderr_tail = "OSError: [Errno 12] Cannot allocate memory\n",
     .outcome = OUTCOME_RUNTIME_OOM},
    {.what = "ENOMEM of Go",
     QUIET,
     EXIT(1),
     .stderr_tail = "open x: mmap: cannot allocate memory\n",
     .outcome = OUTCOME_RUNTIME_OOM},
    {.what = "ENOMEM of Node",
     QUIET,
     EXIT(1),
     .stderr_tail = "Error: spawn ENOMEM\n    at ChildProcess.spawn (node:internal/child_process:413:11)\n",
     .outcome = OUTCOME_RUNTIME_OOM},
    {.what = "no more threads, and then no more heap",
     QUIET,
     EXIT(1),
     .stderr_tail = "java.lang.OutOfMemoryError: unable to create native thread\n"
                    "java.lang.OutOfMemoryError: Java heap space\n",
     .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"Java heap space"}},
    {.what = "Java 17, no more threads",
     QUIET,
     EXIT(1),
     .stderr_tail = "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory\n",
     .outcome = OUTCOME_FAILED},
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

static char runner_what[] = "the limit of /near";
static const struct runner_limit runner = {K(100000000), runner_what};

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
        .ungrouped = row->ungrouped,
        .runner = row->ungrouped ? &runner : NULL,
        .host_oom_before = row->host[0],
        .host_oom_after = row->host[1],
        .peak_bytes = row->peak,
        .names = row->ops->names,
        .success = row->success ? row->success : zero_succeeds,
        .service = row->service,
        .engine = row->engine,
        .engine_refusal = row->refusal,
        .engine_lost = row->lost,
        .engine_oom = row->flag,
        .counters_early = row->early,
        .oom_death = {.count = row->logged, .scope = row->log_scope},
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

static char load_failure[] = "the load failed: exit code 1 after 2.00 s";
static char not_ready[] = "it was not ready within 1m (tcp:80)";
static char stalled[] = "at 20.0 MiB, its load was not done after 21.00 s, and usually takes 2.00 s";
static struct load_run one_load[1];
static struct load_run one_done[1] = {{.exit_code = K(0)}};
static const struct service_facts starting = {.serves = true};
static const struct service_facts loaded = {
    .serves = true, .ready_ns = K(5), .loads = one_load, .load_count = 1};
static const struct service_facts done = {
    .serves = true, .ready_ns = K(5), .loads = one_done, .load_count = 1};
static const struct service_facts load_failed = {.serves = true, .ready_ns = K(5), .failure = load_failure};
static const struct service_facts load_killed = {
    .serves = true, .ready_ns = K(5), .failure = load_failure, .load_killed = true};
static const struct service_facts never_ready = {.serves = true, .failure = not_ready};

static const struct service_facts load_stalled = {.serves = true, .ready_ns = K(5), .failure = stalled};

static const struct row services[] = {
    {"squeezed until it stalled", &cgroup_v2_ops, LIMIT_64M, .service = &load_stalled, EXIT(0),
     .stop = STOP_SLOW, .outcome = OUTCOME_SLOW, .says = {"load: at 20.0 MiB, its load was not done"}},
    {"lived until its load was done", &cgroup_v2_ops, LIMIT_64M, .service = &done, EXIT(1), .stop = STOP_DONE,
     .outcome = OUTCOME_SURVIVED, .says = {"harness: alive until its load was done"}},
    {"an OOM behind a load that was done", &cgroup_v2_ops, LIMIT_64M, .service = &loaded, EXIT(0),
     .stop = STOP_DONE, .own = {V2(0, 0, 0), V2(3, 1, 1)}, .outcome = OUTCOME_OOM, .says = {"limit: "}},
    {"its load failed", &cgroup_v2_ops, LIMIT_64M, .service = &load_failed, EXIT(0), .stop = STOP_LOAD,
     .outcome = OUTCOME_FAILED, .says = {"load: the load failed: exit code 1"}},
    {"its load failed, for its worker was killed", &cgroup_v2_ops, LIMIT_64M, .service = &load_failed,
     EXIT(0), .stop = STOP_LOAD, .own = {V2(0, 0, 0), V2(3, 1, 1)}, .outcome = OUTCOME_OOM},
    {"its load failed, for its runtime ran out", &cgroup_v2_ops, LIMIT_64M, .service = &load_failed, EXIT(0),
     .stop = STOP_LOAD, .stderr_tail = "MemoryError\n", .outcome = OUTCOME_RUNTIME_OOM,
     .says = {"load: ", "stderr: Python"}},
    {"never ready", &cgroup_v2_ops, LIMIT_64M, .service = &never_ready, EXIT(0), .stop = STOP_NOT_READY,
     .outcome = OUTCOME_FAILED, .says = {"ready: it was not ready within 1m"}},
    {"ended by itself, well, under its load", &cgroup_v2_ops, LIMIT_64M, .service = &load_failed, EXIT(0),
     .outcome = OUTCOME_FAILED, .says = {"ended by itself before its load was done"}},
    {"ended by itself, well, before it was ready", &cgroup_v2_ops, LIMIT_64M, .service = &starting, EXIT(0),
     .outcome = OUTCOME_FAILED, .says = {"ended by itself before it was ready"}},
    {"crashed", &cgroup_v2_ops, LIMIT_64M, .service = &starting, EXIT(3), .outcome = OUTCOME_FAILED},
    {"its load was killed", &cgroup_v2_ops, LIMIT_64M, .service = &load_killed, EXIT(0), .stop = STOP_LOAD,
     .outcome = OUTCOME_HARNESS_ERROR, .says = {"load: "}},
    {"its port was not free yet", &cgroup_v2_ops, LIMIT_64M, .service = &starting, EXIT(1),
     .stderr_tail = "bind(): Address already in use\n", .outcome = OUTCOME_HARNESS_ERROR},
    {"words about a port, long after it was ready", &cgroup_v2_ops, LIMIT_64M, .service = &done, EXIT(1),
     .stderr_tail = "bind(): Address already in use\n", .outcome = OUTCOME_FAILED},
    {"cut short by --for", &cgroup_v2_ops, LIMIT_64M, .service = &loaded, EXIT(0), .stop = STOP_DONE,
     .outcome = OUTCOME_SURVIVED, .says = {"harness: alive after 1.50 s, as long as --for asks"}},
    {"killed by somebody", &cgroup_v2_ops, LIMIT_64M, .service = &loaded, SIGNAL_9,
     .own = {V2(0, 0, 0), V2(0, 0, 0)}, .outcome = OUTCOME_KILLED},
};

/* Without a group of its own: the counters of the one that it shares, then the host's. */
static const struct row ungrouped[] = {
    {"the group that it shares counted a kill", &cgroup_v2_ops, .ungrouped = true, .peak = K(95000000),
     .above = {{V2(0, 0, 0), V2(40, 1, 1)}, {V2(0, 0, 0), V2(0, 0, 1)}}, .host = {K(3), K(4)}, SIGNAL_9,
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"memory.events oom_kill: 0 -> 1 in /near", "limit: 100000000 bytes",
              "runner: this runner gives 95.4 MiB (the limit of /near), and the target took 90.6 MiB"}},
    {"of a child, and its parent lived", &cgroup_v1_ops, .ungrouped = true,
     .above = {{V1(0, 0), V1(9, 1)}, {V1(0, 0), V1(0, 0)}}, .host = {K(3), K(4)}, EXIT(0),
     .outcome = OUTCOME_OUTSIDE_OOM, .says = {"memory.oom_control oom_kill: 0 -> 1 in /near"}},
    {"only the host counted one, and it died of SIGKILL", &cgroup_v2_ops, .ungrouped = true,
     .above = {{V2(0, 0, 0), V2(0, 0, 0)}, {V2(0, 0, 0), V2(0, 0, 0)}}, .host = {K(3), K(4)}, EXIT(137),
     .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"/proc/vmstat oom_kill: 3 -> 4: an OOM kill on this host while"}},
    {"only the host counted one, and it lived", &cgroup_v2_ops, .ungrouped = true,
     .above = {{V2(0, 0, 0), V2(0, 0, 0)}, {V2(0, 0, 0), V2(0, 0, 0)}}, .host = {K(3), K(4)}, EXIT(0),
     .outcome = OUTCOME_SURVIVED, .says = {"of which the target shows nothing"}},
    {"only the host counted one, and we ended it", &cgroup_v2_ops, .ungrouped = true, .host = {K(3), K(4)},
     SIGNAL_9, .stop = STOP_TIMEOUT, .outcome = OUTCOME_TIMEOUT},
    {"nobody counted one", &cgroup_v2_ops, .ungrouped = true, .host = {K(3), K(3)}, SIGNAL_9,
     .outcome = OUTCOME_KILLED, .says = {"/proc/vmstat oom_kill: unchanged"}},
    {"nothing is counted here", &cgroup_v2_ops, .ungrouped = true, SIGNAL_9, .outcome = OUTCOME_KILLED,
     .says = {"/proc/vmstat oom_kill: not known"}},
};

/* Containers: the kernel's counters decide where they were read at the end; the engine's flag stands beside
 * them, and decides where they were not. */
#define ZEROS .own = {V1(0, 0), V1(0, 0)}
static const struct row containers[] = {
    {"both say OOM", &cgroup_v1_ops, LIMIT_64M, .engine = "docker", .own = {V1(0, 0), V1(9, 1)}, EXIT(137),
     .flag = K(1), .outcome = OUTCOME_OOM, .says = {"oom_kill: 0 -> 1", "docker: OOMKilled: true\n"}},
    {"only the kernel says so", &cgroup_v1_ops, LIMIT_64M, .engine = "docker", .own = {V1(0, 0), V1(9, 1)},
     EXIT(0), .flag = K(0), .outcome = OUTCOME_OOM,
     .says = {"docker: OOMKilled: false, though the kernel counted an OOM kill: its counter is believed"}},
    {"only the engine says so, and the counters were read", &cgroup_v1_ops, LIMIT_64M, .engine = "docker",
     ZEROS, EXIT(0), .flag = K(1), .outcome = OUTCOME_SURVIVED,
     .says = {"docker: OOMKilled: true, though the kernel counted no OOM kill: its counter is believed"}},
    {"only the engine says so, and the counters were not read", &cgroup_v1_ops, LIMIT_64M, .engine = "podman",
     ZEROS, EXIT(0), .flag = K(1), .early = true, .outcome = OUTCOME_OOM,
     .says = {"podman: OOMKilled: true, and its group was gone before its counters could be read at the end",
              "limit: 67108864 bytes (64.0 MiB), the container's own"}},
    {"only the engine says so, and there was no group at all", &cgroup_v2_ops, LIMIT_64M, .engine = "docker",
     .own = {V2(0, 0, 0), {.oom_kills = UNKNOWN}}, EXIT(137), .flag = K(1), .early = true,
     .outcome = OUTCOME_OOM},
    {"without a limit the engine's flag is no OOM of its own", &cgroup_v1_ops, .engine = "docker", ZEROS,
     EXIT(137), .flag = K(1), .early = true, .outcome = OUTCOME_OUTSIDE_OOM},
    {"counted before the group was gone", &cgroup_v1_ops, LIMIT_64M, .engine = "docker",
     .own = {V1(0, 0), V1(9, 1)}, EXIT(137), .flag = UNKNOWN, .early = true, .outcome = OUTCOME_OOM},
    {"nobody says so", &cgroup_v1_ops, LIMIT_64M, .engine = "docker", ZEROS, EXIT(137), .flag = K(0),
     .early = true, .outcome = OUTCOME_KILLED,
     .says = {"docker: OOMKilled: false\n", "last read before its end", "an OOM kill cannot be excluded"}},
    {"only the kernel's log says so, and the counters were not read", &cgroup_v1_ops, LIMIT_64M,
     .engine = "docker", ZEROS, EXIT(137), .flag = K(0), .early = true, .logged = true,
     .log_scope = SCOPE_OWN, .outcome = OUTCOME_OOM, .says = {"the container's own"}},
    {"the kernel's log says that it was a parent's, the engine that it was one", &cgroup_v2_ops, LIMIT_64M,
     .engine = "docker", .own = {V2(0, 0, 0), V2(0, 0, 0)}, .above = {{V2(0, 0, 0), V2(46, 1, 0)}}, EXIT(137),
     .flag = K(1), .early = true, .logged = true, .log_scope = SCOPE_PARENT, .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"a parent's: /near"}},
    {"the same of one that cannot be read", &cgroup_v2_ops, LIMIT_64M, .engine = "docker",
     .own = {V2(0, 0, 0), V2(0, 0, 0)}, EXIT(137), .flag = K(1), .early = true, .logged = true,
     .log_scope = SCOPE_PARENT, .outcome = OUTCOME_OUTSIDE_OOM,
     .says = {"kernel log: the limit of a group above struck"}},
    {"the engine says so, and a parent counted it", &cgroup_v2_ops, .limit = K(67108864), .engine = "docker",
     .own = {V2(0, 0, 0), {.oom_kills = UNKNOWN}}, .above = {{V2(0, 0, 0), V2(46, 1, 0)}}, .peak = K(1),
     EXIT(137), .flag = K(1), .early = true, .outcome = OUTCOME_OUTSIDE_OOM, .says = {"a parent's: /near"}},
    {"the engine says so at its own limit, while a parent's was hit by page cache", &cgroup_v1_ops, LIMIT_64M,
     .engine = "docker", ZEROS, .above = {{V1(0, 0), V1(7, 0)}}, EXIT(137), .flag = K(1), .early = true,
     .outcome = OUTCOME_OOM},
    {"an engine without a flag", &cgroup_v1_ops, LIMIT_64M, .engine = "nerdctl", ZEROS, EXIT(0),
     .flag = UNKNOWN, .early = true, .outcome = OUTCOME_SURVIVED},
    {"a limit that the engine refuses", &cgroup_v1_ops, LIMIT_64M, .engine = "docker",
     .refusal = "docker create: Minimum memory limit allowed is 6MB",
     .own = {V1(0, 0), {.oom_kills = UNKNOWN}}, .early = true, .outcome = OUTCOME_FAILED,
     .says = {"engine: docker create: Minimum memory"}},
    {"OOM before its program ran", &cgroup_v1_ops, LIMIT_64M, .engine = "docker",
     .refusal = "docker start: container init was OOM-killed", .own = {V1(0, 0), V1(9, 1)}, .early = true,
     .outcome = OUTCOME_OOM, .says = {"engine: docker start"}},
    {"its engine was gone", &cgroup_v1_ops, LIMIT_64M, .engine = "docker",
     .lost = "docker does not answer: no", ZEROS, .stop = STOP_ENGINE, .outcome = OUTCOME_HARNESS_ERROR,
     .says = {"harness: what became of it is not known: docker does not answer: no"}},
    {"its engine was gone after an OOM kill", &cgroup_v1_ops, LIMIT_64M, .engine = "docker", .lost = "gone",
     .own = {V1(0, 0), V1(9, 1)}, .stop = STOP_ENGINE, .outcome = OUTCOME_OOM},
};

TEST(whose_oom_it_was_without_a_group) {
    judge_rows(ungrouped, COUNT(ungrouped));
}

TEST(what_became_of_a_container) {
    judge_rows(containers, COUNT(containers));
}

TEST(what_became_of_a_service) {
    judge_rows(services, COUNT(services));
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

/* ---- who sent a SIGKILL ---- */

static const struct sigkill by_bash = {.pid = 40,
                                       .name = "python3",
                                       .to_main = true,
                                       .to_target = true,
                                       .by_pid = 7,
                                       .by_name = "bash",
                                       .by_command = "bash deploy.sh"};
static const struct sigkill by_limit = {.pid = 40,
                                        .name = "sh",
                                        .to_main = true,
                                        .to_target = true,
                                        .by = KILL_BY_CPU_LIMIT,
                                        .by_pid = 40,
                                        .by_name = "sh"};
static const struct sigkill by_kernel = {.pid = 40,
                                         .name = "sh",
                                         .to_main = true,
                                         .to_target = true,
                                         .by = KILL_BY_KERNEL,
                                         .by_pid = 40,
                                         .by_name = "sh"};
static const struct sigkill by_us = {
    .pid = 40, .name = "sh", .to_main = true, .to_target = true, .by = KILL_BY_US, .by_pid = 1};
static const struct sigkill of_child = {
    .pid = 41, .name = "cc1plus", .to_target = true, .by_pid = 40, .by_name = "make", .by_target = true};
static const struct sigkill of_itself = {.time_ns = 9,
                                         .pid = 40,
                                         .name = "timeout",
                                         .to_main = true,
                                         .to_target = true,
                                         .by_pid = 40,
                                         .by_name = "timeout"};
static const struct sigkill by_itself = {
    .time_ns = 8, .pid = 41, .name = "sleep", .by_pid = 40, .by_name = "timeout"};
static const struct sigkill of_whom = {.pid = 50, .name = "sleep", .by_pid = 51};

TEST(who_sent_a_sigkill_is_told) {
    static const struct {
        const char *what;
        const char *says; /* NULL: nothing of it */
        struct known_i64 code;
        struct known_i64 signal;
        const struct sigkill *kills[3];
    } rows[] = {
        {"by a shell",
         "signal trace: SIGKILL to python3 (40) was sent by bash (7): bash deploy.sh",
         UNKNOWN,
         K(SIGKILL),
         {&by_bash}},
        {"the main process's counts",
         "SIGKILL to python3 (40)",
         UNKNOWN,
         K(SIGKILL),
         {&of_whom, &of_child, &by_bash}},
        {"the first counts", "by bash (7)", UNKNOWN, K(SIGKILL), {&by_bash, &by_limit}},
        {"by the kernel",
         "SIGKILL to sh (40) came from the kernel, for a limit of the process itself",
         UNKNOWN,
         K(SIGKILL),
         {&by_limit}},
        {"by the kernel, for what is not known",
         "SIGKILL to sh (40) came from the kernel; why is not told",
         UNKNOWN,
         K(SIGKILL),
         {&by_kernel}},
        {"itself",
         "SIGKILL to timeout (40) was sent by timeout (40), itself, after one to sleep (41)",
         UNKNOWN,
         K(SIGKILL),
         {&of_itself, &by_itself}},
        {"ours is no news", NULL, UNKNOWN, K(SIGKILL), {&by_us}},
        {"of another", NULL, UNKNOWN, K(SIGKILL), {&of_child}},
        {"of a child",
         "SIGKILL to cc1plus (41) was sent by make (40), a process of the target's own",
         K(137),
         UNKNOWN,
         {&of_child}},
        {"rather the target's", "SIGKILL to cc1plus (41)", K(137), UNKNOWN, {&of_child, &of_whom}},
        {"perhaps of a child",
         "SIGKILL to sleep (50), gone before it was told whether it is the target's, was sent by a process "
         "that "
         "was gone at once (51)",
         K(137),
         UNKNOWN,
         {&of_whom}},
        {"none was seen", NULL, UNKNOWN, K(SIGKILL), {NULL}},
        {"of a child of one that failed", NULL, K(1), UNKNOWN, {&of_child}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row row = {.what = rows[i].what, QUIET, .exit_code = rows[i].code, .signal = rows[i].signal};
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&row, ancestors);
        for (; facts.kill_count < 3 && rows[i].kills[facts.kill_count]; facts.kill_count++)
            facts.kills[facts.kill_count] = *rows[i].kills[facts.kill_count];
        struct trial trial = {0};
        outcome_judge(&facts, &trial);
        char *evidence = evidence_text(&trial);
        ROW(rows[i].says ? strstr(evidence, rows[i].says) != NULL : !strstr(evidence, "signal trace"),
            "%s: %s", rows[i].what, evidence);
        ROW(trial.ending.killer_known == (rows[i].says != NULL), "%s: known %d", rows[i].what,
            trial.ending.killer_known);
        free(evidence);
        trial_free(&trial);
    }
}

/* A limit of CPU time takes CPU time, and is not blamed for what may be an OOM kill. */
TEST(a_cpu_limit_takes_time) {
    static const struct {
        double cpu_s;
        const struct sigkill *kill;
        int64_t host_kills;
        const char *says;
    } rows[] = {
        {0.2, &by_kernel, 0, "why is not told"},         {1.0, &by_kernel, 0, "(RLIMIT_CPU: ulimit -t)"},
        {1.0, &by_kernel, 1, "(RLIMIT_CPU: ulimit -t)"}, {0.2, &by_kernel, 1, "why is not told"},
        {0.2, &by_limit, 0, "(RLIMIT_CPU: ulimit -t)"},  {0.2, &by_limit, 1, "why is not told"},
        {1.0, &by_limit, 1, "(RLIMIT_CPU: ulimit -t)"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row row = {.what = "", QUIET, SIGNAL_9, .host = {K(0), known_i64(rows[i].host_kills)}};
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&row, ancestors);
        facts.kills[0] = *rows[i].kill;
        facts.kill_count = 1;
        struct trial trial = {.cpu_s = known_f64(rows[i].cpu_s)};
        outcome_judge(&facts, &trial);
        char *evidence = evidence_text(&trial);
        ROW(strstr(evidence, rows[i].says) != NULL, "row %zu: no \"%s\" in %s", i, rows[i].says, evidence);
        free(evidence);
        trial_free(&trial);
    }
}

/* v1 counts a kill in the group of the victim; that one may be gone at the end. */
TEST(a_kill_in_a_group_below_on_v1) {
    static const struct {
        const char *what;
        const struct sigkill *kill;
        struct oom_death logged;
        struct known_i64 code;
        int64_t hits;
        int64_t host_kills;
        bool escaped;
        enum outcome outcome;
        int64_t oom_kills;
        const char *says;
    } rows[] = {
        {"by the log, its own limit",
         NULL,
         {.count = 1, .scope = SCOPE_OWN},
         K(137),
         9,
         1,
         false,
         OUTCOME_OOM,
         1,
         "in a group below the target's own"},
        {"by the log, its own limit, and it ended well",
         NULL,
         {.count = 1, .scope = SCOPE_OWN},
         K(0),
         9,
         1,
         false,
         OUTCOME_OOM,
         1,
         "the target's own"},
        {"by the log, a limit that it made",
         NULL,
         {.count = 1, .nested = true},
         K(137),
         9,
         1,
         false,
         OUTCOME_FAILED,
         0,
         "a limit that the target set itself"},
        {"by the log, the host",
         NULL,
         {.count = 1, .scope = SCOPE_HOST},
         K(137),
         9,
         1,
         false,
         OUTCOME_OUTSIDE_OOM,
         1,
         "the host ran out of memory"},
        {"no log, the kernel's SIGKILL",
         &by_kernel,
         {0},
         K(137),
         9,
         1,
         false,
         OUTCOME_OOM,
         1,
         "most likely that one"},
        {"no log, and bash's SIGKILL",
         &by_bash,
         {0},
         K(137),
         9,
         1,
         false,
         OUTCOME_KILLED,
         0,
         "was sent by bash"},
        {"no log, its limit not met",
         &by_kernel,
         {0},
         K(137),
         0,
         1,
         false,
         OUTCOME_KILLED,
         0,
         "why is not told"},
        {"no log, none on the host",
         &by_kernel,
         {0},
         K(137),
         9,
         0,
         false,
         OUTCOME_KILLED,
         0,
         "why is not told"},
        {"no log, and it ended well", &by_kernel, {0}, K(0), 9, 1, false, OUTCOME_SURVIVED, 0, "elsewhere"},
        {"it left its group",
         NULL,
         {.count = 1, .scope = SCOPE_PARENT},
         K(137),
         9,
         1,
         true,
         OUTCOME_HARNESS_ERROR,
         0,
         "left the group"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row row = {.what = rows[i].what,
                          .ops = &cgroup_v1_ops,
                          LIMIT_64M,
                          .own = {V1(0, 0), V1(0, 0)},
                          .exit_code = rows[i].code,
                          .host = {K(0), known_i64(rows[i].host_kills)}};
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&row, ancestors);
        facts.own_after.limit_hits = known_i64(rows[i].hits);
        facts.oom_death = rows[i].logged;
        facts.escaped = rows[i].escaped;
        facts.kills_watched = rows[i].kill != NULL;
        if (rows[i].kill)
            facts.kills[facts.kill_count++] = *rows[i].kill;
        struct trial trial = {0};
        outcome_judge(&facts, &trial);
        char *evidence = evidence_text(&trial);
        ROW(trial.outcome == rows[i].outcome && strstr(evidence, rows[i].says), "%s: %s, %s", rows[i].what,
            outcome_name(trial.outcome), evidence);
        ROW(known_or(trial.oom_kills, -1) == rows[i].oom_kills, "%s: %lld kills", rows[i].what,
            (long long)known_or(trial.oom_kills, -1));
        free(evidence);
        trial_free(&trial);
    }
}

/* A child's OOM, and then somebody's kill -9 of the main process: both are told. */
TEST(a_kill_after_a_childs_oom) {
    struct row row = {.what = "",
                      .ops = &cgroup_v2_ops,
                      LIMIT_64M,
                      SIGNAL_9,
                      .own = {V2(0, 0, 0), V2(47, 1, 1)},
                      .host = {K(0), K(1)}};
    struct ancestor_events ancestors[2];
    struct trial_facts facts = facts_of(&row, ancestors);
    facts.oom_death = (struct oom_death){.count = 1, .process = "cc1", .is_main = K(0), .scope = SCOPE_OWN};
    facts.kills[facts.kill_count++] = by_bash;
    struct trial trial = {0};
    outcome_judge(&facts, &trial);
    ROW(trial.outcome == OUTCOME_OOM && trial.ending.killer_known && trial.ending.killer.by_pid == 7,
        "%s, %d", outcome_name(trial.outcome), trial.ending.killer_known);
    trial_free(&trial);
}

/* Of what a shell tells as 137 there was a SIGKILL, if somebody watched for them. */
TEST(an_exit_code_137_need_not_be_a_sigkill) {
    static const struct {
        const char *what;
        const struct sigkill *kill;
        const char *engine;
        struct known_i64 code;
        struct known_i64 signal;
        enum outcome outcome;
        bool watched;
    } rows[] = {
        {"none was seen", NULL, NULL, K(137), UNKNOWN, OUTCOME_FAILED, true},
        {"one was", &of_child, NULL, K(137), UNKNOWN, OUTCOME_KILLED, true},
        {"nobody watched", NULL, NULL, K(137), UNKNOWN, OUTCOME_KILLED, false},
        {"an engine's word for it", NULL, "docker", K(137), UNKNOWN, OUTCOME_KILLED, true},
        {"it is one", NULL, NULL, UNKNOWN, K(SIGKILL), OUTCOME_KILLED, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row row = {.what = rows[i].what, QUIET, .exit_code = rows[i].code, .signal = rows[i].signal};
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&row, ancestors);
        facts.engine = rows[i].engine;
        facts.kills_watched = rows[i].watched;
        if (rows[i].kill)
            facts.kills[facts.kill_count++] = *rows[i].kill;
        struct trial trial = {0};
        outcome_judge(&facts, &trial);
        ROW(trial.outcome == rows[i].outcome, "%s: %s", rows[i].what, outcome_name(trial.outcome));
        trial_free(&trial);
    }
}

/* Java tells it on standard output. */
TEST(last_words_on_standard_output) {
    static const struct {
        const char *words; /* NULL: it is not ours to read */
        struct known_i64 code;
        enum outcome outcome;
        bool told_to_exit;
    } rows[] = {{"Terminating due to java.lang.OutOfMemoryError: Java heap space\n", K(3),
                 OUTCOME_RUNTIME_OOM, false},
                {"bye\n", K(3), OUTCOME_FAILED, false},
                {NULL, K(3), OUTCOME_FAILED, false},
                {NULL, K(3), OUTCOME_RUNTIME_OOM, true},
                {NULL, K(1), OUTCOME_FAILED, true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row row = {.what = "", QUIET, .exit_code = rows[i].code};
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&row, ancestors);
        char *words = rows[i].words ? strdup(rows[i].words) : NULL;
        facts.stdout_tail = words;
        facts.exits_3_for_heap = rows[i].told_to_exit;
        struct trial trial = {0};
        outcome_judge(&facts, &trial);
        ROW(trial.outcome == rows[i].outcome, "row %zu: %s", i, outcome_name(trial.outcome));
        free(words);
        trial_free(&trial);
    }
}

TEST(systemd_oomd_is_told) {
    struct row row = {
        .what = "", .ops = &cgroup_v2_ops, LIMIT_64M, SIGNAL_9, .own = {V2(0, 0, 0), V2(0, 0, 0)}};
    struct ancestor_events ancestors[2];
    struct trial_facts facts = facts_of(&row, ancestors);
    struct ancestor_events above = {
        .path = strdup("/sys/fs/cgroup/user.slice"), .before = V2(0, 0, 0), .after = V2(0, 0, 0)};
    above.before.oomd_kills = known_i64(2);
    above.after.oomd_kills = known_i64(5);
    facts.ancestors = &above;
    facts.ancestor_count = 1;
    struct trial trial = {0};
    outcome_judge(&facts, &trial);
    char *evidence = evidence_text(&trial);
    ROW(trial.outcome == OUTCOME_KILLED, "%s", outcome_name(trial.outcome));
    ROW(strstr(evidence, "user.oomd_kill: 2 -> 5 in /sys/fs/cgroup/user.slice\n") != NULL, "%s", evidence);
    free(evidence);
    free(above.path);
    trial_free(&trial);
}

/* They send SIGTERM first, which is then a failure. */
TEST(an_oom_daemon_is_told) {
    static const int64_t signals[] = {SIGKILL, SIGTERM};
    for (size_t i = 0; i < COUNT(signals); i++) {
        struct row row = {.what = "", QUIET, .signal = known_i64(signals[i])};
        struct ancestor_events ancestors[2];
        struct trial_facts facts = facts_of(&row, ancestors);
        char words[] = "sending SIGKILL to process 7";
        facts.daemon = "earlyoom";
        facts.daemon_words = words;
        struct trial trial = {0};
        outcome_judge(&facts, &trial);
        char *evidence = evidence_text(&trial);
        ROW(strstr(evidence, "earlyoom: sending SIGKILL to process 7") != NULL, "signal %d: %s",
            (int)signals[i], evidence);
        free(evidence);
        trial_free(&trial);
    }
}

/* Without the kernel's log the SIGKILL tells who died. */
TEST(who_died_of_an_oom_is_told_by_its_signal) {
    struct row row = {
        .what = "", .ops = &cgroup_v2_ops, LIMIT_64M, EXIT(0), .own = {V2(0, 0, 0), V2(9, 1, 1)}};
    struct ancestor_events ancestors[2];
    struct trial_facts facts = facts_of(&row, ancestors);
    facts.kills[0] = of_child;
    facts.kills[0].by = KILL_BY_KERNEL;
    facts.kill_count = 1;
    struct trial trial = {0};
    outcome_judge(&facts, &trial);
    ROW(trial.outcome == OUTCOME_OOM && trial.ending.scope == SCOPE_OWN, "%s, scope %d",
        outcome_name(trial.outcome), trial.ending.scope);
    ROW(trial.ending.oom.count == 1 && strcmp(trial.ending.oom.process, "cc1plus") == 0 &&
            known_or(trial.ending.oom.is_main, 1) == 0,
        "%d, %s", trial.ending.oom.count, trial.ending.oom.process);
    trial_free(&trial);
}

UNIT_MAIN("outcome", who_sent_a_sigkill_is_told, a_cpu_limit_takes_time, a_kill_in_a_group_below_on_v1,
          a_kill_after_a_childs_oom, systemd_oomd_is_told, last_words_on_standard_output,
          an_exit_code_137_need_not_be_a_sigkill, an_oom_daemon_is_told,
          who_died_of_an_oom_is_told_by_its_signal, what_became_of_a_service, what_became_of_a_container,
          whose_oom_it_was_without_a_group, every_row_of_whose_limit_it_was,
          a_killed_child_is_an_oom_whatever_the_exit, ends_without_an_oom_kill,
          runtimes_that_run_out_by_themselves, recorded_counters_of_cgroup_v2,
          never_survived_when_a_kill_was_counted, unknown_counters_prove_nothing,
          a_target_that_never_started_counts_for_nothing, leftover_processes_are_told, an_endless_line_is_cut,
          exit_status_as_a_shell_shows_it)
