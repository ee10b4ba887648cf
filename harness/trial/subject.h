/* What is watched: the memory group that a path, a process, a container or a systemd unit stands for, and who
 * is in it. Nothing is made, moved or written to find it.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <sys/types.h>

#include "kernel/cgroup.h"
#include "model/observation.h"
#include "trial/engine.h"

enum subject_kind { SUBJECT_GROUP, SUBJECT_PROCESS, SUBJECT_UNIT, SUBJECT_CONTAINER };

/* As the user gives it. Borrowed. */
struct subject_wish {
    enum subject_kind kind;
    /* A group's path, in the file system or below the memory hierarchy; the name of a unit or a container. */
    const char *text;
    pid_t pid;          /* SUBJECT_PROCESS */
    const char *engine; /* SUBJECT_CONTAINER; NULL: the first that answers */
};

struct subject {
    enum subject_kind kind;
    struct cgroup group; /* opened to be read */
    char *mount_point;   /* of the hierarchy */
    char *name;          /* short, as results are called */
    pid_t pid;           /* SUBJECT_PROCESS: the process, as it was when it was found; 0: none */
    int pidfd;           /* readable once that has ended; -1: none */
    bool above; /* the process's own group has no memory controller: this is the next above that has */
    struct engine engine; /* SUBJECT_CONTAINER */
};

/* Finds and opens it. Release with subject_free().
 * Where this machine stands in the way: -ENODEV (no memory controller), -ENOTSUP (none for this group; no
 * systemd, no engine that answers), -EACCES and -EPERM. Any other code: there is no such thing, or nothing of
 * it runs. */
int subject_find(const struct subject_wish *wish, struct subject *ret, struct error *error);
void subject_free(struct subject *subject);

/* Fills what is known of the processes in it. Members of before are released. */
void subject_survey(const struct subject *subject, struct observation *seen);

/* Once its group is gone or empty: the path of the group that was made in its place, or in which the same
 * process, unit or container runs now; NULL where there is none. Caller frees. */
char *subject_again(const struct subject *subject);
