/* What belongs together of all inputs: by ids and names, by process and by time. Within explain/ alone: made
 * for conclude.c. join.c finds things by their ids and names; join_events.c, join_kills.c and join_runs.c
 * tell whose events, kills and runs they are. Layer: explain/. Includes base/, model/, kernel/. */
#pragma once

#include <string.h>

#include "base/text.h"
#include "explain/clues.h"
#include "explain/lookup.h"

/* Clocks of a node and of its kubelet agree to within this; Kubernetes tells whole seconds. */
#define SAME_TIME_NS (2 * NS_PER_S)

/* An engine sees the end of a process some tens of milliseconds after its kill, and waits for longer before
 * it starts it again: a kill is of the run that ended next, clocks that differ by less included. */
#define END_SLACK_NS (50 * NS_PER_MS)

/* A case and where its items are found by their keys. */
struct joined {
    struct casefile *file;
    struct lookup happenings;
    struct lookup subjects;
};

/* Joins what does not need to be asked for: groups with their names, events with kills, containers and
 * earlier runs of which only events tell. Release with join_end(). */
void join_begin(struct casefile *file, struct joined *ret);
void join_end(struct joined *joined);

/* All there is about clues->subject, which is no job. `ended`: so many containers ended badly. */
void join_clues(struct joined *joined, size_t ended, struct clues *clues);

/* The same container may be in several inputs; the first stands, unless a later one tells of a later run. */
bool join_is_told_twice(const struct joined *joined, size_t at);

/* A job whose pods are told of is told by these. */
bool join_is_told_by_pods(const struct joined *joined, const struct subject *job);

/* ---- between the files of join*.c ---- */

/* What the items are found by. */
enum key {
    KEY_ID = 'i',   /* of a container, as far as ids are given short */
    KEY_NAME = 'n', /* of a container; of events those without an id */
    KEY_POD_UID = 'u',
    KEY_POD = 'p',       /* its name */
    KEY_CONTAINER = 'c', /* pod and container by name */
    KEY_JOB = 'j',       /* that a pod belongs to */
    KEY_VICTIM = 'v',    /* of the kubelet's SystemOOM: the program */
    KEY_PROCESS = 'k',   /* likewise "PROGRAM, pid: N" */
};

uint64_t key_hash(enum key key, const char *text);
/* For those with has_id(). */
uint64_t key_hash_id(const char *id);
/* Makes a subject that was added to the case later be found. */
void join_add_subject(struct joined *joined, size_t at);

void join_events(struct joined *joined, struct clues *clues);
/* Containers of which only events tell. */
void join_silent_subjects(struct joined *joined);
/* "System OOM encountered, victim process: dd, pid: 12722": the kubelet's watcher of the kernel log. It fires
 * for kills in a group too, so it says nothing of whose limit it was. Where the name is; its length in
 * *ret_length. NULL: another event. */
const char *node_victim(const struct happening *happening, size_t *ret_length);
struct known_i64 node_victim_pid(const struct happening *happening);

void join_kills(const struct joined *joined, struct clues *clues);
/* The same process in the kubelet's event and in the kernel's log, by name and number. */
void join_seen(struct joined *joined);

/* An engine starts a container anew under the same id, and tells of the last run alone; its events tell of
 * those before. */
void join_earlier_runs(struct joined *joined);
/* Is that time of another run than this, of a container that is run again and again? */
bool run_excludes(const struct subject *subject, struct known_i64 time_ns);

static inline bool has_id(const char *id) {
    return id && strlen(id) >= CONTAINER_SHORT_ID;
}

/* An id may be given short, as docker ps prints it. */
static inline bool same_id(const char *one, const char *other) {
    if (!has_id(one) || !has_id(other))
        return false;
    size_t length = strlen(one) < strlen(other) ? strlen(one) : strlen(other);
    return strncmp(one, other, length) == 0;
}

/* What is not told is the same as nothing. */
static inline bool same(const char *one, const char *other) {
    return one && other && strcmp(one, other) == 0;
}

/* A copy of what is told; NULL: it is not. */
static inline char *copy_told(const char *text) {
    return text ? text_copy(text) : NULL;
}

static inline bool subject_is_alive(const struct subject *subject) {
    return subject->life == LIFE_RUNNING || subject->life == LIFE_WAITING;
}
