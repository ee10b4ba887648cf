/* What has to be known of an answer to ask the next question of `explain --live`.
 * Layer: trial/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"

/* Is the engine that answers `info` with this JSON on the machine of that name that runs that kernel? docker
 * and nerdctl, or podman. */
bool fetch_is_here(const char *info, const char *machine, const char *kernel);

/* A container in a list that `inspect` prints. Texts are owned. */
struct listed_container {
    char *name;
    bool ended_badly; /* its last end, or one before it runs now */
    struct known_i64 finished_ns;
};

/* Those in the list; their number, 0 for anything else. Release with listed_free(). */
size_t fetch_list(const char *inspected, struct listed_container **ret);
void listed_free(struct listed_container *list, size_t count);

/* A container of a pod that has ended, now or before it runs or waits again. */
struct ended_container {
    char *name;
    bool before; /* another run of it has begun, or waits to */
};

/* Those in a pod's JSON, `most` at most; their number. Release with ended_free(). */
size_t fetch_list_ended(const char *pod, size_t most, struct ended_container **ret);
void ended_free(struct ended_container *list, size_t count);

/* The name of the node that the pod runs on; NULL: none is told. Caller frees. */
char *fetch_node_of(const char *pod);

/* Is it a name that Kubernetes can give (RFC 1123: letters, digits, - and .)? */
bool fetch_is_kubernetes_name(const char *name, size_t length);
