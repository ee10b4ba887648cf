/* What container engines call the containers among the groups that are watched. They are asked in the
 * background, and again only where containers are new.
 * Layer: trial/. Includes base/, kernel/. */
#pragma once

#include "kernel/cgroup_list.h"
#include "trial/engine.h"

/* Zeroed: nobody was asked yet. Release with container_names_close(). */
struct container_names {
    struct engine engine;        /* that is being asked */
    struct running_tool command; /* its answer, so far */
    int asked;                   /* how many of the engines there are had their turn */
    int64_t last_number;         /* of the containers that they were asked for */
};

/* Goes on with it, without waiting. */
void container_names_look(struct container_names *names, struct cgroup_list *list);

/* The same until all have answered, or for so long. */
void container_names_settle(struct container_names *names, struct cgroup_list *list, int64_t timeout_ns);

void container_names_close(struct container_names *names);

/* ---- pure, for tests ---- */

/* Hands over each container of what an engine lists, lines of an id, a blank and its names: of several, with
 * commas between them (podman's aliases, docker's links, which have a slash), the first that is its own. */
typedef void container_names_visitor(void *context, const char *id, const char *name);
void container_names_parse(const char *text, container_names_visitor *visit, void *context);
