/* What `explain --live` asks for: the kernel's log of this machine, a container engine, kubectl. What they
 * say is handed over as named texts, as it came; nothing is judged here. Every command is run without a
 * shell, for so long at most, and its answer is bounded. Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/known.h"
#include "model/death.h"
#include "trial/engine.h"

enum fetched_kind {
    FETCHED_DOCUMENT, /* of an engine, or of Kubernetes */
    FETCHED_OUTPUT,   /* what a container wrote itself: nothing in it is an engine's or the kernel's word */
    FETCHED_KERNEL,   /* the kernel's log of this machine */
};

/* Texts are owned. */
struct fetched_text {
    enum fetched_kind kind;
    char *name;  /* how it can be had again: "docker inspect web" */
    char *owner; /* of output: the name of the container; else NULL */
    char *text;
    size_t length;
    /* Of the kernel's log: when its clock was at 0, in ns since 1970 (unknown where that cannot be told to
     * the second), and from when to when all that it wrote is in it. */
    struct known_i64 clock_start_ns;
    struct known_i64 from_ns;
    struct known_i64 until_ns;
};

/* Zeroed is empty; release with fetched_free(). */
struct fetched {
    struct fetched_text *items;
    size_t count;
    bool silent;            /* who is being asked did not answer in time, and is asked no more */
    struct sentences notes; /* what could not be asked, and what that costs */
};

void fetched_free(struct fetched *fetched);

/* The container `name`: what its engine knows of it, its events, its last words, and the kernel's log where
 * the engine is on this machine. `engine` as for engine_open(), whose errors it returns. -ENXIO: no such
 * container; -EINTR. */
int fetch_container(struct fetched *fetched, const char *engine, const char *name,
                    const struct tool_patience *patience, struct error *error);

/* All containers, the newest where there are very many, of the engine, or with NULL of each that answers and
 * is on this machine, with the last words of those that ended last. One that does not answer is an error
 * where it was named, else a note. Returns how many containers there are, or what fetch_container() does. */
int fetch_containers(struct fetched *fetched, const char *engine, const struct tool_patience *patience,
                     struct error *error);

struct pod_wish {
    const char *name;
    const char *space;   /* its namespace; NULL: that of kubectl's context */
    const char *context; /* NULL: the current one */
};

/* A pod, its events, and the last words of its containers that ended; the kernel's log where its node is this
 * machine. -ENOENT: kubectl is not installed; -ENXIO: there is no such pod, namespace or context; -ENOTCONN:
 * kubectl reaches no cluster, or may not ask it; -EINTR. */
int fetch_pod(struct fetched *fetched, const struct pod_wish *wish, const struct tool_patience *patience,
              struct error *error);
