/* What container engines tell of a container and of an image: the JSON of `inspect`, which docker, podman and
 * nerdctl write alike.
 * Layer: trial/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/known.h"

/* Owned: release with container_state_free(). A zeroed struct can be freed. */
struct container_state {
    char *id;
    char *status; /* "created", "running", "exited", ... */
    bool running;
    pid_t pid;                     /* of its main process; 0: none */
    struct known_i64 exit_code;    /* 128 + signal where a signal ended it; unknown: it has not ended */
    struct known_i64 oom_killed;   /* the engine's flag, 0 or 1 */
    char *failure;                 /* why it could not be started; "" where it could, or has not been */
    struct known_i64 started_ns;   /* since 1970 */
    struct known_i64 finished_ns;  /* since 1970 */
    struct known_i64 memory_bytes; /* the limit it was made with; unknown: none */
};

/* From the array that `container inspect NAME` prints. `engine` is named in messages.
 * -EPROTO: not such a text. */
int container_state_parse(const char *json, const char *engine, struct container_state *ret,
                          struct error *error);
void container_state_free(struct container_state *state);

/* Owned: release with image_facts_free(). A zeroed struct can be freed. */
struct image_facts {
    char **environment; /* "K=V", NULL-terminated */
    char **entrypoint;  /* NULL-terminated */
    char **command;     /* likewise: its arguments where none are given */
    int stop_signal;    /* 0: it names none */
};

/* From the array that `image inspect NAME` prints. -EPROTO: not such a text. */
int image_facts_parse(const char *json, const char *engine, struct image_facts *ret, struct error *error);
void image_facts_free(struct image_facts *facts);

/* "2026-11-22T11:03:37.841903421Z" or with an offset, or as podman wrote it once: "2026-11-22 11:03:37.84
 * +0000 UTC". Nanoseconds since 1970; unknown for anything else, and for the year 1, which stands for
 * "never". */
struct known_i64 inspect_parse_time(const char *text);
