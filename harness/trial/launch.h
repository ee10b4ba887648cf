/* Starting the target inside its group.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <sys/types.h>

#include "kernel/cgroup.h"
#include "model/trial.h"

/* Exit codes of `run` for a target that could not be started, as shells have them. */
enum { EXIT_HARNESS = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

/* Descriptors that become 0, 1 and 2 of the target. Borrowed. */
struct launch_streams {
    int in;
    int out;
    int err;
    bool terminal; /* `in` is a terminal that becomes the target's */
};

struct launched {
    pid_t pid; /* also its process group */
    int pidfd; /* owned by the caller */
};

/* Between fork and exec: a program gets its signals as a shell would give them, none ignored, none blocked.
 */
void launch_reset_signals(void);

/* Finds argv[0] as the shell would: as it is where it has a slash (relative to `cwd`), else in PATH (the
 * target's own where `extra_env` sets one). Returns 0 and the program's path (caller frees), or a negative
 * errno with *ret_status EXIT_NOT_FOUND or EXIT_NOT_EXECUTABLE. */
int launch_resolve(const char *name, const char *cwd, char *const *extra_env, char **ret_program,
                   int *ret_status, struct error *error);

/* Parses "name", "uid", "name:group" or "uid:gid". */
int run_as_parse(const char *text, struct run_as *ret, struct error *error);

/* Starts the target: inside the group from its first instruction, in its own process group, with our signal
 * dispositions undone, and with the settings (NULL: none) in its environment. Returns when exec has
 * succeeded, or when the child died before it (which the caller sees by waiting). In a tree of processes it
 * is killed when we die, and is the first to be OOM-killed (oom_score_adj 1000), before us. On failure
 * returns a negative errno, sets *ret_status to 125, 126 or 127, and leaves no process. */
int launch(const struct target *target, const struct runtime_advice *settings, const struct cgroup *group,
           const struct launch_streams *streams, struct launched *ret, int *ret_status, struct error *error);
