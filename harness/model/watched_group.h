/* One of many groups that are watched together: what is known of it, and the course its need has taken.
 * Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/units.h"
#include "model/snapshot.h"

enum watched_kind {
    WATCHED_CONTAINER,
    WATCHED_POD,
    WATCHED_UNIT,  /* of systemd */
    WATCHED_GROUP, /* that its path alone names */
    WATCHED_OWN,   /* the top of what a container is shown: its own */
    WATCHED_KIND_COUNT,
};

/* The word in documents: "container", "pod", "unit", "group", "own". */
const char *watched_kind_name(enum watched_kind kind);

/* Few, so that hundreds of groups cost little. */
#define COURSE_POINTS 24

/* A point stands for so much time at first, and for twice as much whenever there is no more room, up to the
 * longest: then the oldest are forgotten. 24 points of 256 s are 1.7 hours. */
#define COURSE_STEP_NS      NS_PER_S
#define COURSE_STEP_MOST_NS (256 * COURSE_STEP_NS)

struct course_point {
    int64_t time_ns;
    int64_t bytes;
};

/* How a group's need went, in constant memory. Zeroed: nothing was read yet. */
struct group_course {
    int64_t readings; /* of all of the group */
    int64_t began_ns;
    int64_t last_ns;
    int64_t step_ns;
    struct course_point points[COURSE_POINTS]; /* the least need in each step that is over, oldest first */
    int count;
    bool is_open; /* a step has begun */
    int64_t open_until_ns;
    struct course_point open;     /* the least in it so far */
    struct known_i64 needed_most; /* with what was swapped out */
    struct known_i64 working_set_most;
};

/* Takes a reading over. Its time_ns is not before that of the reading before. */
void course_add(struct group_course *course, const struct snapshot *now);

/* Texts are owned by who watches. */
struct watched_group {
    int64_t number;       /* no other ever has it; those that were found later have higher ones */
    char *path;           /* below the top of the hierarchy, "/docker/3f2a..."; "/": the top itself */
    char *name;           /* for people: its unit, its program and id, or its path */
    char program[32];     /* what one of its processes is called; "": not known, or not asked */
    bool named_by_engine; /* its name is what its container engine calls it */
    enum watched_kind kind;
    const char *container_id; /* "" where the path does not tell, like the next two */
    const char *pod_uid;
    const char *unit;
    const struct watched_group *above; /* the nearest of those watched that it lies in; NULL: none */
    struct snapshot now;
    struct known_i64 limit_bytes;        /* its own; unknown: none */
    struct known_i64 oom_kills;          /* since it was made, in it and below */
    struct known_i64 first_oom_kills;    /* as it was when it was first looked at */
    struct known_i64 earlier_limit_hits; /* times that its usage had met its limit by then */
    struct known_f64 stall_ratio;        /* of the time between its last two readings, all of it waited for
                                            memory; unknown on v1 */
    struct group_course course;
};

/* OOM kills since it is watched. */
struct known_i64 watched_new_kills(const struct watched_group *group);
