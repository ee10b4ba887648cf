/* Drives a service through one trial: waits until it is ready, warms it up, runs its load in every step of
 * every cycle, and lets it come to rest. The load, and what readiness runs, is in an unlimited group of its
 * own, so its memory is never the target's. It waits for nothing itself: the trial polls, and calls back.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <poll.h>

#include "model/trial.h"
#include "trial/ready.h"
#include "trial/squeeze.h"
#include "trial/streams.h"
#include "trial/trial_run.h"

enum drive_phase {
    DRIVE_NONE,     /* no service */
    DRIVE_STARTING, /* not ready yet */
    DRIVE_WARMUP,
    DRIVE_LOAD,
    DRIVE_COOLDOWN,
    DRIVE_SERVING, /* ready, and there is no load: it lives until --for */
    /* The rest is an end. */
    DRIVE_DONE,
    DRIVE_NOT_READY,
    DRIVE_LOAD_FAILED,
    DRIVE_STALLED, /* in a squeeze: its load would hardly come to an end */
    DRIVE_BROKEN,  /* we failed: *error of drive_begin() or drive_advance() says how */
};

/* For people: "starting", "warm-up", "load", ...; NULL for DRIVE_NONE. Static text. */
const char *drive_phase_name(enum drive_phase phase);

struct drive {
    const struct service *service;
    const struct target *target;
    const struct trial_machine *machine;
    const struct trial_hooks *hooks;
    struct ready_watch ready;
    struct cgroup group;    /* of the load; ops NULL: there is none */
    struct launched child;  /* the load, or a command that readiness runs; pidfd -1: none runs */
    struct streams streams; /* of the child */
    struct tail said;       /* by the child, on both */
    char *command;          /* what readiness runs; NULL: nothing */
    enum drive_phase phase;
    int64_t start_ns; /* of the target */
    int64_t ready_at_ns;
    int64_t phase_ns; /* when the phase began */
    int64_t child_ns; /* when the child was started */
    int64_t next_try_ns;
    int cycle;
    size_t step;
    int64_t load_oom_kills;            /* in the group of the load, before this run of it */
    struct load_run run;               /* the one that goes on or cools down */
    const struct cgroup *target_group; /* borrowed; NULL: the target has not been started */
    struct known_i64 refaults_before;  /* pages of the target's, before the load that runs */
    struct known_i64 stall_us_before;
    struct squeeze squeeze;
    struct service_facts facts;
};

enum { DRIVE_POLL_FDS = 2 + STREAMS_POLL_FDS };

/* Before the target is started. With a target that is no service it does nothing, as everything here then.
 * Release with drive_free() in every case. -EADDRINUSE: its port is taken. */
int drive_begin(struct drive *drive, const struct target *target, const struct trial_machine *machine,
                const struct trial_hooks *hooks, struct error *error);

/* Makes it a squeeze (squeeze.h): the load's last step is run again and again while the limit goes down, and
 * cycles do not count. After drive_begin(). */
void drive_squeeze(struct drive *drive, const struct trial_spec *spec);

/* The target has been started, in this group, which outlives the drive. */
void drive_started(struct drive *drive, const struct cgroup *group, int64_t now_ns);

/* The target's output as it comes. */
void drive_output(struct drive *drive, const char *bytes, size_t length);

/* What poll() is to wait for, and until when at most (INT64_MAX: for ever). */
void drive_poll(const struct drive *drive, struct pollfd fds[DRIVE_POLL_FDS]);
int64_t drive_deadline(const struct drive *drive);

/* Goes on as far as can be gone now. `target_pid` is told to the load; `seen` is the last reading of the
 * target's group. Returns the phase. */
enum drive_phase drive_advance(struct drive *drive, const struct pollfd fds[DRIVE_POLL_FDS], int64_t now_ns,
                               pid_t target_pid, const struct snapshot *seen, struct error *error);

/* Is it this child of ours? Then it is not an orphan of the target's. */
bool drive_owns(const struct drive *drive, pid_t pid);

/* Ends whatever still runs: the target is gone, or is to be. A load that was cut short so is kept in the
 * facts. */
void drive_end(struct drive *drive, int64_t now_ns);

/* Hands the facts to the trial. */
void drive_conclude(struct drive *drive, struct trial *trial);

/* Removes the group and releases everything. */
void drive_free(struct drive *drive);
