/* What the kernel tells of a death while a trial runs: who sent a SIGKILL, and what its log says of an OOM
 * kill. Where this machine does not allow that, nothing is known and nothing is said.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <sys/types.h>

#include "kernel/cgroup.h"
#include "kernel/kill_watch.h"
#include "model/trial.h"
#include "trial/daemon_log.h"

/* One for all trials of a process. Zeroed is one that has not begun. */
struct witness {
    pid_t owner;              /* what a fork inherits of it is not its own, and opened anew; 0: not open */
    struct kill_watch *watch; /* NULL: not begun */
    bool tried;               /* to begin it */
    bool lost;                /* SIGKILLs were sent in this trial that it could not tell of */
    int log_fd;               /* -1: the kernel's log cannot be read. Meaningless while it is not open */
    /* Of the trial that runs: */
    struct daemon_log_mark daemon_logs;
    struct sigkill kills[SIGKILLS_MAX];
    int kill_count;
};

/* Whom a trial's target consists of. */
struct witness_scene {
    const struct cgroup *group; /* with `ops` NULL: there is none */
    pid_t main_pid;             /* 0: not started */
    pid_t keeper_pid;
};

/* Before a trial: what was seen so far is not of it. `witness` may be NULL, here and below. */
void witness_begin(struct witness *witness);

/* Call now and then with how long the target has run. SIGKILLs are watched for once it has lived for a
 * moment, and through all trials after that: to begin and to end that is more than a short run should pay
 * for. */
void witness_follow(struct witness *witness, int64_t elapsed_ns);

/* Readable when there is something to look at: the sooner, the more is known of the sender. -1: never. */
int witness_fd(const struct witness *witness);

/* Takes note of the SIGKILLs that were sent since. */
void witness_look(struct witness *witness, const struct witness_scene *scene);

/* After the end, with the counters of the group in *facts: adds what was seen. */
void witness_conclude(struct witness *witness, const struct witness_scene *scene, struct trial_facts *facts);

void witness_close(struct witness *witness);
