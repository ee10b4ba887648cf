/* The structs that flow from the request for one run to what came of it.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/known.h"
#include "model/events.h"
#include "model/outcome.h"
#include "model/runtime.h"
#include "model/series.h"
#include "model/snapshot.h"

/* Who the target runs as. With `set`, all supplementary groups and all capabilities are dropped. */
struct run_as {
    bool set;
    uid_t uid;
    gid_t gid;
};

/* What is run, the same for every trial of a search. Strings are borrowed from the command line. */
struct target {
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
    bool inherit_streams; /* stdin and stdout are ours, stderr is passed on: `run` */
    int64_t interval_ns;
    int64_t timeout_ns; /* --timeout; 0: none */
    int64_t slow_ns;    /* stopped as too slow after this; 0: never */
    int64_t budget_ns;  /* stopped after this, the search's time being over; 0: never */
    bool evicted;       /* told on to the trial */
    bool crowded;       /* told on to the trial */
    bool for_slowdown;  /* told on to the trial */
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
    struct group_events own_before;
    struct group_events own_after;
    struct ancestor_events *ancestors; /* nearest first */
    size_t ancestor_count;
    bool escaped;                     /* a process of the target was seen outside the group */
    bool ancestors_hidden;            /* a private cgroup namespace hides some */
    struct known_i64 host_oom_before; /* /proc/vmstat oom_kill */
    struct known_i64 host_oom_after;
    struct known_i64 peak_bytes;
    struct counter_names names;
    const bool *success; /* 256 exit codes */
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
    struct known_i64 line_bytes;     /* the loose line at the end of a run under one */
    bool evicted;                    /* page cache that earlier trials were charged for was dropped before */
    bool crowded;                    /* another trial ran beside it: that it was slow says nothing */
    bool for_slowdown;               /* a probe that looks for the slowdown point, not for the OOM point */
    bool tuned;                      /* ran with settings of its runtime that might be recommended */
    enum runtime runtime;            /* of its main process or the largest of its processes */
    struct known_f64 slowdown_ratio; /* duration / that of the run without a limit */
    struct known_f64 stall_ratio;    /* share of the run in which all were stalled for memory (PSI full) */
    struct evidence *evidence;
    size_t evidence_count;
    struct series series;
    int64_t sample_count;
    bool samples_lost;  /* the samples file could not be written to its end */
    char *samples_name; /* file name within the run's folder, NULL: not kept */
    char *log_name;
};

/* Appends a fact; both texts are copied. */
void trial_add_evidence(struct trial *trial, const char *source, const char *detail);

/* Did it live through its limit? True for a survivor, and for one that was slow but came to its end. */
bool trial_lived(const struct trial *trial);

/* Did it fail to live, so that more memory might have helped? False also for what says nothing about its
 * limit: an outside kill, another's limit, a failure of ours. */
bool trial_died(const struct trial *trial);

/* Was it stopped because it had not come to its end in many times the usual time? A probe for the slowdown
 * point is stopped long before that, so of it this is not known. */
bool trial_stalled(const struct trial *trial);

/* Releases what the trial owns and zeroes it. A zeroed trial can be freed. */
void trial_free(struct trial *trial);

void trial_facts_free(struct trial_facts *facts);

/* The exit status a shell would show: the code, or 128 + signal; 125 where neither is known. */
int exit_facts_status(const struct exit_facts *facts);
