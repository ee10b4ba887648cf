/* The keeper: a small process that outlives the harness by a moment. When the harness dies, even by SIGKILL,
 * it kills every group that was announced to it, removes them, has every container removed that was
 * announced, and undoes what opening the site changed. Layer: trial/. Includes base/, kernel/. */
#pragma once

#include <sys/types.h>

#include "kernel/cgroup.h"
#include "trial/engine.h"

struct keeper {
    pid_t pid; /* 0: not started */
    int socket;
};

/* Forks the keeper into a session of its own, so that signals to our process group do not reach it. */
int keeper_start(struct keeper *ret, const struct cgroup_site *site, struct error *error);

/* Announces a group. Call before it is made: a group that never came to be does no harm. A keeper that was
 * killed (a target that runs as root can) is started anew. */
int keeper_watch(struct keeper *keeper, const struct cgroup_site *site, const char *path,
                 struct error *error);

/* The group is gone. */
void keeper_release(const struct keeper *keeper, const char *path);

/* The same for what runs in a group that is another's: it is killed, the group is left alone. */
int keeper_watch_processes(struct keeper *keeper, const struct cgroup_site *site, const char *path,
                           struct error *error);
void keeper_release_processes(const struct keeper *keeper, const char *path);

/* The same for a container, by its name: its engine is run to remove it. */
int keeper_watch_container(struct keeper *keeper, const struct cgroup_site *site, const struct engine *engine,
                           const char *name, struct error *error);
void keeper_release_container(const struct keeper *keeper, const struct engine *engine, const char *name);

/* Ends the keeper and waits for it. A zeroed keeper is fine. */
void keeper_stop(struct keeper *keeper);
