/* One container for one trial: a fresh one, with the trial's limit, followed from outside and always removed.
 *
 * The engine sets the limit and starts it; all that is measured is read from the container's own cgroup,
 * which the engine removes as soon as its main process has ended. So the group is looked for while the
 * container is being started, its files are kept open, and its counters are read the moment the main process
 * ends. Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <sys/types.h>

#include "kernel/cgroup.h"
#include "kernel/cgroup_cpu.h"
#include "model/trial.h"
#include "trial/engine.h"
#include "trial/keeper.h"
#include "trial/streams.h"

/* What a container needs of the machine. Borrowed. */
struct container_machine {
    struct engine *engine;
    struct cgroup_site *site;
    struct keeper *keeper;
    int64_t page_bytes;
    bool swaps; /* this machine has swap */
    const volatile sig_atomic_t *interrupts;
    const sigset_t *wait_mask;
};

/* What was read last from the container's groups while they were there. */
struct container_counters {
    struct group_events events;
    struct known_i64 limit_bytes;
    struct known_i64 stall_us;
    struct cgroup_cpu_time cpu;
};

struct container {
    struct container_machine machine;
    const struct trial_spec *spec;
    char *name;       /* owned; NULL: none was announced */
    char *id;         /* owned; NULL: none was made */
    char *watched;    /* path of its group as the keeper knows it, owned; NULL: it does not */
    bool interactive; /* our standard input is given to it */
    /* The engine's command that starts it and passes on its streams. */
    pid_t client_pid; /* 0: none, or it was reaped */
    int client_pidfd; /* -1: none, or it has ended */
    int client_status;
    int64_t client_ended_ns; /* 0: it has not */
    /* Its main process, the first of its own pid namespace. */
    pid_t pid;
    int pidfd;        /* owned until it is taken; -1: it was not seen in time */
    int64_t start_ns; /* of its program */
    int64_t end_ns;   /* 0: it has not ended */
    struct cgroup_cpu cpu;
    struct cgroup_cpu_time cpu_before; /* what it took to set the container up */
    struct container_counters counters;
    bool counters_at_end; /* they were read after its main process had ended */
    char *refusal;        /* why the engine did not start it, its limit being to blame; owned; NULL: it did */
    char *lost;           /* why the engine cannot be asked any more; owned; NULL: it answers */
    struct known_i64 exit_code;  /* 128 + signal where a signal ended it */
    struct known_i64 oom_killed; /* the engine's flag, 0 or 1 */
};

/* The limit that the engine is asked for: the trial's own, or where it has none its guard. Unknown: none. */
struct known_i64 container_limit(const struct trial_spec *spec);

/* What `create` is to be told. */
struct container_order {
    const char *engine;
    const char *name;
    const char *pid_namespace; /* in which the name's pid counts */
    const struct target *target;
    const struct trial_spec *spec;
    int64_t swap_slack_bytes; /* more swap than asked for: see container.c */
    bool interactive;
};

/* The arguments of the engine, from "create" on. NULL-terminated; list and texts are owned. Pure. */
char **container_arguments(const struct container_order *order);
void container_arguments_free(char **arguments);

/* Announces a container to the keeper and makes it. Call container_remove() in every case. -EINTR: the user
 * has interrupted. Where the engine refuses the limit itself, `refusal` is set and 0 returned. */
int container_create(struct container *container, const struct container_machine *machine,
                     const struct target *target, const struct trial_spec *spec, struct error *error);

/* Starts it, with the streams, and waits until its program runs, or has ended. Fills *ret_group (release with
 * cgroup_free()), which stays zeroed where the group was gone before it could be opened, and the container's
 * pid, pidfd and start. Where the engine could not start it for want of memory, `refusal` is set and 0
 * returned. On failure *ret_status is 125, 126 or 127; -EINTR: the user has interrupted. */
int container_start(struct container *container, struct streams *streams, struct cgroup *ret_group,
                    int *ret_status, struct error *error);

/* Reads the counters as they are now; what cannot be read any more stays as it was. */
void container_read_counters(struct container *container, const struct cgroup *group);

/* Its main process has ended: reads the counters for the last time. Call as soon as that is known. */
void container_ended(struct container *container, const struct cgroup *group, int64_t now_ns);

/* To be told when the command that follows it ends: POLLIN on this descriptor, -1: nothing to wait for. */
int container_client_fd(const struct container *container);

/* That descriptor is readable. */
void container_client_ended(struct container *container, int64_t now_ns);

/* Is it this child of ours? Then it is not an orphan of the target's. */
bool container_owns(const struct container *container, pid_t pid);

/* True where the engine's command has ended long before the container: nothing of what it does is known any
 * more, and `lost` says why. */
bool container_is_lost(struct container *container, int64_t now_ns);

/* True where this signal does nothing to its main process: the first process of a pid namespace is spared
 * what it neither catches nor blocks. False also where that cannot be told. */
bool container_ignores(pid_t main_pid, int number);

/* Sends its main process a signal; SIGKILL ends all of it. A negative errno where the engine had to be asked,
 * and failed. */
int container_signal(const struct container *container, int pidfd, int number);

/* After container_ended(): waits until all of its output is there, and asks the engine for its exit code and
 * its OOM flag. What it cannot tell stays unknown, and `lost` says why. */
void container_collect(struct container *container, struct streams *streams);

/* What it took from the start of its program on. Unknown where it was not seen in time. */
struct cgroup_cpu_time container_cpu_time(const struct container *container);

/* Removes it, whatever state it is in, and everything that is owned. Returns 0, or a failure that names the
 * command which will remove it. */
int container_remove(struct container *container, struct error *error);

/* Containers that earlier runs left behind, their harness being gone. Calls `found` for each with its name.
 */
int container_find_leftovers(const struct engine *engine, void (*found)(const char *name, void *context),
                             void *context, struct error *error);
