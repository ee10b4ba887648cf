/* A container engine, spoken to through its command line: docker, podman or nerdctl. Its daemon, where it has
 * one, is never spoken to directly, so that contexts, sockets and rights are those the user's own command
 * has. Layer: trial/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/known.h"
#include "base/text.h"
#include "trial/inspect.h"
#include "trial/tool.h"

struct engine {
    struct tool tool; /* "docker", "podman", "nerdctl" */
    /* By how a container's group was found once, the next one's can be told from its id. Owned; NULL: not yet
     * known. */
    char *group_prefix;
    char *group_suffix;
};

/* What names the engines that are known; NULL-terminated. */
extern const char *const engine_names[];

/* Finds the engine `name`, or with NULL the first that is installed and answers. -EINVAL: no such engine is
 * known; -ENOENT: not installed; -ENOTCONN: it does not answer; each with the command that mends it; and what
 * tool_run() may return. */
int engine_open(const char *name, const struct tool_patience *patience, struct engine *ret,
                struct error *error);

/* Finds an installed engine without asking whether it answers. -ENOENT: not installed. */
int engine_find(const char *name, struct engine *ret, struct error *error);

void engine_close(struct engine *engine);

/* Does it answer? -ENOTCONN with its own words and the command that mends it. */
int engine_check(const struct engine *engine, const struct tool_patience *patience, struct error *error);

/* What an image says of itself; release *ret with image_facts_free(). -ENOENT: there is no such image here.
 */
int engine_image(const struct engine *engine, const char *image, const struct tool_patience *patience,
                 struct image_facts *ret, struct error *error);

/* The main process of a container that runs, as a pid of the machine that the engine is on, and its whole id,
 * which the caller frees. -ENOENT: no such container; -ESRCH: it does not run. */
int engine_container_pid(const struct engine *engine, const char *container, pid_t *ret, char **ret_id,
                         struct error *error);

/* Removes a container, running or not, with its anonymous volumes. Where there is none it is looked for again
 * for `may_come_ns`: one that was being made when its maker was ended may still come to be. Returns 0 once it
 * is not there; -ENOTCONN and the like with the engine's words. */
int engine_remove_container(const struct engine *engine, const char *container, int64_t may_come_ns,
                            const struct tool_patience *patience, struct error *error);

/* True where these words of an engine's say that it knows no such container. */
bool engine_says_missing(const char *words);
