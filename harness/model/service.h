/* A target that serves until it is stopped: when it is ready, what load drives it, and what came of that.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"
#include "model/snapshot.h"

/* How it is told that the target is ready for its load. */
enum ready_kind {
    READY_NONE,  /* at once */
    READY_TCP,   /* a connection is accepted: "PORT" (of this host) or "HOST:PORT" */
    READY_HTTP,  /* a GET of the URL has a status below 400: "http://..." or "https://..." */
    READY_FILE,  /* the file is there */
    READY_LOG,   /* a line of its output matches the extended regular expression */
    READY_EXEC,  /* the shell command exits with 0 */
    READY_AFTER, /* this long after its start */
    READY_COUNT,
};

/* The word before the colon: "tcp", "http", ...; "none" for READY_NONE. */
const char *ready_kind_name(enum ready_kind kind);

struct ready {
    enum ready_kind kind;
    const char *text;   /* what stands after the colon (of http: all of it); borrowed */
    int64_t after_ns;   /* READY_AFTER */
    int64_t timeout_ns; /* not ready for so long: it has failed */
};

/* How its load's own figures are found in what the load prints. */
struct load_reading {
    const char *format; /* name of the tool whose words they are; NULL: whichever matches */
    const char *rate;   /* extended regular expression; its first group is the rate per second; NULL: none */
};

/* The same for every trial. Strings are borrowed from the command line. */
struct service {
    bool serves; /* false: the target ends by itself, and nothing else here counts */
    struct ready ready;
    const char *load;         /* shell command that drives it, run when it is ready; NULL: none */
    const char *const *steps; /* values of PLIMSOLL_LOAD, one run of the load each, in turn */
    size_t step_count;        /* 0: one run, without that variable */
    int cycles;               /* so often all steps are gone through; at least 1 */
    int64_t warmup_ns;        /* the load is run for so long before it counts; 0: not */
    int64_t cooldown_ns;      /* from the end of each run of the load to what comes next */
    bool rests_by_cycle;      /* only after the last step of a cycle */
    struct load_reading reading;
};

/* What a load says about itself. */
struct load_figures {
    const char *format;          /* of which tool; static text; NULL: its words were not understood */
    struct known_f64 rate_per_s; /* requests, transactions, operations: what it counts */
    struct known_f64 latency_mean_s;
    struct known_f64 latency_p99_s;
    struct known_i64 requests;
    struct known_i64 errors; /* of those */
};

/* One run of the load. */
struct load_run {
    char *step;       /* owned; NULL: there are no steps */
    int cycle;        /* from 1 */
    int64_t start_ns; /* since the target's start */
    int64_t duration_ns;
    struct known_i64 limit_bytes; /* while it ran, where that changes within a trial (a squeeze) */
    struct known_i64 exit_code;   /* unknown: a signal ended it, or we did */
    struct known_i64 signal;
    struct load_figures figures;
    struct known_i64 quiescent_bytes; /* needed memory at the end of its cool-down */
    struct trough trough;             /* from its start to the end of its cool-down */
    struct known_i64 refault_bytes;   /* page cache that the target read again while it ran */
    struct known_f64 stall_ratio; /* share of its time in which all of the target was stalled for memory */
};

/* What became of the service in one trial. Zeroed: it was none. */
struct service_facts {
    bool serves;
    struct known_i64 ready_ns; /* since its start; unknown: it never was */
    struct load_run *loads;    /* owned; only those that count, in their order */
    size_t load_count;
    char *failure;    /* why it was stopped before its load was done, a sentence; owned; NULL: it was not */
    bool load_killed; /* the load was, which says nothing about the target */
    char *load_tail;  /* last words of a load that failed; owned; NULL: none did */
    char *log_name;   /* file of what the loads printed, within the run's folder; owned; NULL: not kept */
    struct known_i64 pace_ns; /* what the load took, less-than-usual throughput counted as time; see pace.h */
};

void service_facts_free(struct service_facts *facts);

/* Adds a run; takes over what it owns and leaves *run zeroed. */
void service_facts_add(struct service_facts *facts, struct load_run *run);

/* Time of all runs of the load together, in nanoseconds. */
int64_t service_load_ns(const struct service_facts *facts);

/* The mean of the rates; unknown where one is. */
struct known_f64 service_rate(const struct service_facts *facts);
