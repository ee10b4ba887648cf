/* The document: everything one invocation of the program found out.
 * Layer: model/. Includes base/. */
#pragma once

#include "model/gate.h"
#include "model/host.h"
#include "model/leak.h"
#include "model/observation.h"
#include "model/runtime.h"
#include "model/trial.h"

#define RESULT_SCHEMA "plimsoll.result/1"

/* More limits than a band of chance ever held. */
#define OOM_LEVELS_MAX 32

/* What was seen at one limit within the band of chance, its ends included. */
struct oom_level {
    int64_t limit_bytes;
    int runs;
    int deaths;
    double p_oom; /* isotonic estimate: it never rises with the limit */
};

/* The bracket (ooms_bytes, survives_bytes]. */
struct oom_point {
    bool known;
    struct known_i64 ooms_bytes;       /* highest limit at which it dies every time; unknown: none found */
    struct known_i64 stalls_bytes;     /* highest limit at which it neither died nor came to its end */
    struct known_i64 survives_bytes;   /* lowest limit at which it lives every time */
    struct known_f64 resolution_ratio; /* survives / ooms - 1 */
    enum outcome dies_as;              /* outcome at ooms_bytes */
    int confirmed_ooms;
    int confirmed_survivals;
    struct known_f64 p_oom_upper95; /* at survives_bytes */
    bool mixed;                     /* between the ends it sometimes dies and sometimes lives */
    bool non_monotone;              /* a higher limit kills where a lower one spared, beyond chance */
    struct oom_level levels[OOM_LEVELS_MAX]; /* of a mixed one, rising */
    int level_count;
    int runs; /* all trials that the search took, profile and confirmations included */
};

/* The lowest limit within --max-slowdown of the run without a limit. */
struct slowdown_point {
    bool known;
    int64_t limit_bytes;
    struct known_i64 slow_bytes; /* highest limit below that was seen to be slow; unknown: none was */
    double slowdown_ratio; /* there, median of the runs, of which those that the limit did not hinder count as
                              1 */
    double max_ratio;      /* what was asked for, or what could be told from noise where that is more */
    double noise_ratio;    /* by how much runs without a limit differ, (longest - shortest) / shortest */
    int runs;              /* that it took beyond those for the OOM point */
};

/* What the container is to its pod: init containers come before the others, sidecars run beside them all. */
enum container_role {
    ROLE_APP,
    ROLE_INIT,
    ROLE_SIDECAR,
    ROLE_COUNT,
};

/* The word on command lines and in documents: "app", "init", "sidecar". */
const char *container_role_name(enum container_role role);
bool container_role_from_name(const char *name, enum container_role *ret);

struct recommendation {
    bool known;
    enum container_role role;
    int64_t request_bytes;
    int64_t limit_bytes;
    double headroom_ratio; /* limit / request */
    const char *qos_class; /* "Burstable" or "Guaranteed"; static text */
    int oom_score_adj;     /* on a node of node_memory_bytes */
    int64_t node_memory_bytes;
    struct known_i64 cpu_millis;         /* CPU request and limit, in thousandths; only Guaranteed has one */
    struct known_f64 growth_bytes_per_s; /* of a target that still grew at its end: a leak is suspected */
    struct known_f64 exhausted_after_s;  /* and growing like that, when it has filled the limit */
    struct runtime_advice runtime;
    char **reasons;
    size_t reason_count;
    char **warnings;
    size_t warning_count;
    int verified_runs;
    int verified_ooms;
    struct known_f64 verified_p_oom_upper95;
};

struct result {
    char *command; /* "size", "find", "step", "run", "watch" */
    char *started_at;
    char *name; /* of the target, as the user or its program name gives it */
    char **argv;
    char *image; /* NULL: the target is a command; else argv are its arguments, and may be none */
    char *load;  /* the command that drives it; NULL: none */
    char *ready; /* when it is ready for that, as it was asked for; NULL: at once */
    struct host host;
    char **caveats; /* sentences: what its figures cannot be taken for, and why; owned */
    size_t caveat_count;
    bool recorded; /* of series that were recorded elsewhere: there are no runs */
    struct trial *trials;
    size_t trial_count;
    struct oom_point oom_point;
    struct slowdown_point slowdown_point;
    struct recommendation recommendation;
    struct observation observation; /* of watch */
    struct leak leak;
    struct gate gate; /* of check, and of recorded series */
};

/* The first run without a limit that survived, else the last of them, whatever became of it; NULL where there
 * is none. */
const struct trial *result_profile(const struct trial *trials, size_t count);

/* Takes over the trial's contents and leaves *trial zeroed. */
void result_add_trial(struct result *result, struct trial *trial);

/* Appends a sentence; it is copied. */
void result_caveat(struct result *result, const char *sentence);

/* Each appends a sentence, formatted. */
void recommendation_reason(struct recommendation *recommendation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void recommendation_warn(struct recommendation *recommendation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Have fresh runs at its limit all lived? What is not proven goes into no document for production. */
bool recommendation_is_proven(const struct recommendation *recommendation);

void recommendation_free(struct recommendation *recommendation);
void result_free(struct result *result);
