/* How a trial was ended by others: whose limit struck, who died of it, who sent the SIGKILL.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/known.h"
#include "base/units.h"
#include "model/death.h"

enum kill_by {
    KILL_BY_PROCESS,
    KILL_BY_KERNEL, /* on its own account: the OOM killer, the end of a pid namespace */
    KILL_BY_US,
    KILL_BY_CPU_LIMIT, /* the kernel, for RLIMIT_CPU */
};

#define KILL_NAME_MAX    16
#define KILL_COMMAND_MAX 160

/* SIGKILLs are watched for once the target has lived for so long: to begin and to end that is more than a
 * shorter run should pay for, and no target that somebody kills is as young, unless it does so itself. */
#define KILLS_WATCHED_AFTER_NS (100 * NS_PER_MS)

/* A SIGKILL that was seen while the trial ran. Numbers are of our pid namespace. */
struct sigkill {
    int64_t time_ns; /* CLOCK_MONOTONIC */
    int pid;         /* who got it */
    char name[KILL_NAME_MAX];
    bool to_main;   /* it is the target's main process */
    bool to_target; /* it is surely one of the target's; else it was gone before that could be told */
    enum kill_by by;
    int by_pid;                        /* who sent it, or in whose context the kernel did */
    char by_name[KILL_NAME_MAX];       /* "" where it was gone already */
    char by_command[KILL_COMMAND_MAX]; /* its arguments, cut off; "" likewise */
    bool by_target;                    /* a process of the target's own */
    /* Of a process that sent itself one, as timeout does: the one it had sent to another before. */
    int after_pid; /* 0: none */
    char after_name[KILL_NAME_MAX];
};

#define SIGKILLS_MAX 8

/* What the kernel's log says of an OOM kill in the target's group. */
struct oom_death {
    int count;        /* kills reported; 0: nothing is known */
    char process[64]; /* of the main process, where it is among them, else the first */
    struct known_i64 pid;
    struct known_i64 is_main; /* 0 or 1 */
    enum death_scope scope;   /* whose limit struck, by that report alone */
    bool nested;              /* that of a group below the target's own, which it made itself */
    struct known_i64 process_anon_bytes;
    struct known_i64 process_file_bytes;
    struct known_i64 process_shmem_bytes;
    struct known_i64 oom_score_adj;
    struct known_i64 usage_bytes; /* of the group whose limit struck */
    struct known_i64 anon_bytes;
    struct known_i64 file_bytes; /* page cache, shared memory not counted */
    struct known_i64 shmem_bytes;
    char line[240]; /* of the log, that says so; "": it is known from elsewhere */
};

/* How the memory of a trial went before its end. */
enum growth_kind {
    GROWTH_UNKNOWN, /* too few readings, or none of these */
    GROWTH_START,   /* died within AUTOPSY_START_NS of its start */
    GROWTH_STEADY,  /* grew all along */
    GROWTH_SPIKE,   /* held less than half of it until shortly before */
    GROWTH_LEVEL,   /* was close to it for most of the time */
    GROWTH_COUNT,
};

/* The word in documents: "start", "steady", "spike", "level"; NULL for GROWTH_UNKNOWN. */
const char *growth_kind_name(enum growth_kind kind);

/* False where the word names none. */
bool growth_kind_from_name(const char *name, enum growth_kind *ret);

/* Needed memory over the course of a trial, up to the last reading before its end. */
struct last_growth {
    enum growth_kind kind;
    struct known_i64 last_bytes;            /* at that reading */
    struct known_i64 level_bytes;           /* the median over the course */
    struct known_f64 last_rate_bytes_per_s; /* over the last second, or all of a shorter course */
    int64_t last_span_ns;                   /* over which that was */
};

/* What the memory was made of at that reading. */
struct last_seen {
    bool known;
    int64_t time_ns; /* since its start */
    int64_t anon_bytes;
    struct known_i64 shmem_bytes;
    struct known_i64 kernel_bytes;
    int64_t cache_bytes;
};

/* Zeroed is one of which nothing is known; release with ending_free(). */
struct ending {
    char *group_path;             /* that the target was in; owned. NULL: it had none */
    enum death_scope scope;       /* whose limit struck */
    struct known_i64 limit_bytes; /* which; of the host the guard that plimsoll itself set to spare it, else
                                   * unknown */
    char *limit_path;             /* of a parent; owned */
    struct oom_death oom;
    struct known_i64 main_pid;
    bool kills_watched; /* a SIGKILL would have been seen */
    bool killer_known;
    struct sigkill killer;
    const char *oom_daemon; /* in userspace, that killed it; NULL: none is known to. Static text */
    struct last_growth growth;
    struct last_seen seen;
};

/* Userspace OOM daemons by the names of their processes. The unit that journald tells is called the same,
 * with
 * ".service" behind it; the words of those that are read are in last_words.c and kernel/oom_daemon.c. */
#define OOM_DAEMON_EARLYOOM "earlyoom"
#define OOM_DAEMON_SYSTEMD  "systemd-oomd"
#define OOM_DAEMON_OOMD     "oomd"
#define OOM_DAEMON_NOHANG   "nohang"

/* What earlyoom writes before a process's number, and what systemd-oomd writes behind a group. */
#define EARLYOOM_TERM_WORDS "sending SIGTERM to process "
#define EARLYOOM_KILL_WORDS "sending SIGKILL to process "
#define OOMD_REASON_WORDS   " due to memory "

/* All of them; ends with NULL. The schema of results names the same. */
extern const char *const oom_daemons[];

/* Static text for the name of a userspace OOM daemon, which is that of its process; NULL: it is none. */
const char *oom_daemon_find(const char *name);

/* Was it sent by what a container engine has do that? */
bool sigkill_is_by_engine(const struct sigkill *kill);

/* "was sent by bash (1234), sh -c ...", or what the kernel sent it for. Caller frees. */
char *sigkill_sender_text(const struct sigkill *kill);

void ending_free(struct ending *ending);
