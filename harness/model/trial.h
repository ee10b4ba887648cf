/* The structs that flow from the request for one run to what came of it.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/known.h"
#include "model/census.h"
#include "model/ending.h"
#include "model/events.h"
#include "model/outcome.h"
#include "model/runner.h"
#include "model/runtime.h"
#include "model/series.h"
#include "model/service.h"
#include "model/snapshot.h"

/* Who the target runs as. With `set`, all supplementary groups and all capabilities are dropped. */
struct run_as {
    bool set;
    uid_t uid;
    gid_t gid;
};

/* What a container is made of, beside the target's arguments and variables. Passed on to the engine as it was
 * given; the lists are NULL-terminated, and NULL where nothing was. */
struct container_image {
    const char *name; /* NULL: the target is a command of this machine */
    char *const *publish;
    char *const *volumes;
    const char *entrypoint;
    const char *network;
    const char *workdir;
    const char *user;
};

/* What is run, the same for every trial of a search. Strings are borrowed from the command line. */
struct target {
    struct container_image image; /* where it has a name, `argv` are its arguments, and may be none */
    char *const *argv;
    char *program;          /* argv[0] resolved against PATH; owned by the command */
    char *const *extra_env; /* "K=V", NULL-terminated, added to ours; NULL for none */
    const char *cwd;        /* NULL: ours */
    const char *stdin_path; /* NULL: /dev/null, or ours where the spec says so */
    struct run_as user;
    int stop_signal;
    int64_t grace_ns; /* from the stop signal to SIGKILL */
    int64_t
        stop_at_ns;    /* --for: a target alive this long is stopped and has survived; 0: it ends by itself */
    bool success[256]; /* exit codes that count as success */
    struct service service;
};

struct trial_spec {
    int id;
    enum purpose purpose;
    struct known_i64 limit_bytes; /* unknown: no limit */
    /* For a run without a limit: where it is stopped so that it cannot take the machine down with it. */
    struct known_i64 guard_bytes;
    /* For a run without a limit: it begins under this one, which is only ever raised (trial/line.h), so that
     * runtimes which size themselves from their limit show a need worth knowing. */
    struct known_i64 line_bytes;
    int64_t swap_bytes;
    bool oom_group;       /* one OOM kill ends the whole group, as Kubernetes does on v2 */
    bool stop_at_oom;     /* end the trial at the first OOM kill */
    bool census;          /* its processes are looked at now and then, to tell which of them grow */
    bool inherit_streams; /* stdin and stdout are ours, stderr is passed on: `run` */
    int64_t interval_ns;
    int64_t timeout_ns; /* --timeout; 0: none */
    int64_t slow_ns;    /* stopped as too slow after this; 0: never */
    int64_t budget_ns;  /* stopped after this, the search's time being over; 0: never */
    bool evicted;       /* told on to the trial */
    bool crowded;       /* told on to the trial */
    bool for_slowdown;  /* told on to the trial */
    /* Without a limit at first; then it steps down while the load goes on, as far as this (trial/squeeze.h).
     * 0: no squeeze. */
    int64_t squeeze_floor_bytes;
    int64_t squeeze_usual_ns; /* what the load of a squeeze took before */
    /* Settings of its runtime, added to the target's environment; NULL: none. Borrowed. The trial is `tuned`.
     */
    const struct runtime_advice *settings;
};

struct exit_facts {
    bool started;               /* exec succeeded */
    struct known_i64 exit_code; /* known where it exited */
    struct known_i64 signal;    /* known where a signal ended it */
    int64_t duration_ns;        /* start to end of the main process */
    enum stop_reason stop;
    struct known_i64 stopped_ns; /* since its start: when we asked it to stop, or ended it */
    int leftovers; /* processes still in the group when the main process had ended; all were killed */
    /* The last 64 KiB of standard error, never NULL once the target was started. */
    char *stderr_tail;
};

/* One fact that decided the outcome. */
struct evidence {
    char *source;
    char *detail;
};

/* Everything the verdict is made from. */
struct trial_facts {
    struct known_i64 limit_bytes;
    struct known_i64 guard_bytes;
    struct known_i64 line_bytes; /* the loose line at its end */
    struct exit_facts exit;
    char *stdout_tail;     /* the last of its standard output, owned; NULL where that is not ours to read */
    bool exits_3_for_heap; /* Java was told to exit so at OutOfMemoryError, of which it says nothing on stderr
                            */
    struct group_events own_before;
    struct group_events own_after;
    struct ancestor_events *ancestors; /* nearest first */
    size_t ancestor_count;
    bool escaped;          /* a process of the target was seen outside the group */
    bool ancestors_hidden; /* a private cgroup namespace hides some */
    bool ungrouped;        /* it has no group of its own: `ancestors` begin with the one it shares */
    const struct runner_limit *runner; /* what this machine gives at most; borrowed, NULL: not known */
    struct known_i64 host_oom_before;  /* /proc/vmstat oom_kill */
    struct known_i64 host_oom_after;
    struct known_i64 peak_bytes;
    struct counter_names names;
    const bool *success;                 /* 256 exit codes */
    const struct service_facts *service; /* NULL: it is none */
    /* Of a container; borrowed, NULL where there is nothing to say. */
    const char *engine;          /* NULL: it is none */
    const char *engine_refusal;  /* why the engine did not start it under this limit */
    const char *engine_lost;     /* why the engine cannot tell what became of it */
    struct known_i64 engine_oom; /* the engine's OOM flag, 0 or 1 */
    bool counters_early; /* own_after was read before its end, or never: its group was gone too soon */
    struct known_i64 main_pid;
    bool kills_watched; /* else nothing is known of them */
    struct sigkill kills[SIGKILLS_MAX];
    int kill_count;
    struct oom_death oom_death;
    const char *daemon; /* that says in its log that it killed it; NULL: none does */
    char *daemon_words; /* owned */
};

struct trial {
    int id;
    enum purpose purpose;
    struct known_i64 limit_bytes;
    enum outcome outcome;
    struct exit_facts exit;
    struct known_i64 peak_bytes;
    /* The most that could not be reclaimed: see sampler.h for how the readings make it. */
    struct known_i64 needed_bytes;
    struct known_i64 unreclaimable_bytes;  /* max of snapshot_needed(): a little under the truth */
    struct known_i64 peak_less_file_bytes; /* max of window peak - page cache: a little over or under */
    struct known_i64 file_cache_bytes;     /* highest page cache seen */
    struct known_i64 working_set_p95_bytes;
    struct known_i64 oom_kills;
    struct known_i64 refault_bytes; /* page cache that was read again after reclaim had dropped it */
    struct known_f64 cpu_s;         /* CPU time of its main process and of those it waited for */
    struct known_f64 user_cpu_s;    /* of that, in user mode */
    struct known_i64
        tasks_most; /* threads at once, the most that was seen (or more); of runs without a limit */
    struct known_i64 line_bytes; /* the loose line at the end of a run under one */
    bool squeezed; /* its limit stepped down while it ran: it is like no other run, and compared with none */
    struct known_i64 squeeze_bytes;  /* of a squeezed one: the lowest limit under which its load succeeded */
    bool evicted;                    /* page cache that earlier trials were charged for was dropped before */
    bool crowded;                    /* another trial ran beside it: that it was slow says nothing */
    bool for_slowdown;               /* a probe that looks for the slowdown point, not for the OOM point */
    bool tuned;                      /* ran with settings of its runtime that might be recommended */
    enum runtime runtime;            /* of its main process or the largest of its processes */
    struct known_f64 slowdown_ratio; /* duration / that of the run without a limit */
    struct service_facts service;
    struct known_f64 stall_ratio; /* share of the run in which all were stalled for memory (PSI full) */
    struct evidence *evidence;
    size_t evidence_count;
    struct ending ending; /* where others ended it */
    struct series series;
    struct census census; /* of a spec that asked for it */
    /* Plimsoll itself was stopped (Ctrl-Z) so long while it ran, and the target went on unseen; 0: it was
     * not. No document has it: a run of a search is made again then, and of another the evidence tells. */
    int64_t unseen_ns;
    int64_t sample_count;
    bool samples_lost;  /* the samples file could not be written to its end */
    char *samples_name; /* file name within the run's folder, NULL: not kept */
    char *log_name;
};

/* Appends a fact; both texts are copied. */
void trial_add_evidence(struct trial *trial, const char *source, const char *detail);

/* The same, with the detail formatted. */
void trial_say(struct trial *trial, const char *source, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "exit: signal 9 (Killed); memory.events oom_kill: 0 -> 1": the exit, and what decided the outcome, as far
 * as a sentence bears it; "no evidence" where there is none. Caller frees. */
char *trial_evidence_text(const struct trial *trial);

/* The first from that source; NULL: there is none. */
const struct evidence *trial_find_evidence(const struct trial *trial, const char *source);

/* Did it live through its limit? True for a survivor, and for one that was slow but came to its end. */
bool trial_lived(const struct trial *trial);

/* Did it fail to live, so that more memory might have helped? False also for what says nothing about its
 * limit: an outside kill, another's limit, a failure of ours. */
bool trial_died(const struct trial *trial);

/* Was it stopped because it had not come to its end in many times the usual time? A probe for the slowdown
 * point is stopped long before that, so of it this is not known. */
bool trial_stalled(const struct trial *trial);

/* The time that is compared with that of other trials: how long it took, or, of a service, what its load
 * took, throughput that was lost counted as time. */
int64_t trial_pace_ns(const struct trial *trial);

/* Releases what the trial owns and zeroes it. A zeroed trial can be freed. */
void trial_free(struct trial *trial);

void trial_facts_free(struct trial_facts *facts);

/* The exit status a shell would show: the code, or 128 + signal; 125 where neither is known. */
int exit_facts_status(const struct exit_facts *facts);
