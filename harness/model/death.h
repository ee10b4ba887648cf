/* How something died, and how that is known: what `explain` answers.
 * Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"
#include "model/outcome.h"

/* The outcomes of a trial, and what only others do to a container. */
enum verdict {
    VERDICT_SURVIVED = OUTCOME_SURVIVED, /* ended well, or runs */
    VERDICT_OOM = OUTCOME_OOM,           /* OOM-killed; at its own limit where the scope says so */
    VERDICT_RUNTIME_OOM = OUTCOME_RUNTIME_OOM,
    VERDICT_SLOW = OUTCOME_SLOW,
    VERDICT_FAILED = OUTCOME_FAILED,
    VERDICT_TIMEOUT = OUTCOME_TIMEOUT,
    VERDICT_KILLED = OUTCOME_KILLED,
    VERDICT_OUTSIDE_OOM = OUTCOME_OUTSIDE_OOM, /* OOM-killed for a parent's limit or for the host */
    VERDICT_HARNESS_ERROR = OUTCOME_HARNESS_ERROR,
    VERDICT_OOM_CHILD = OUTCOME_COUNT, /* a limit struck; the main process lived on or ended by itself */
    VERDICT_PROBE,                     /* killed for a failed liveness or startup probe, or health check */
    VERDICT_STOPPED, /* an engine's, the kubelet's or a deadline's stop, past its grace where that is told */
    VERDICT_EVICTED, /* node pressure */
    VERDICT_UNKNOWN, /* what there is does not tell */
    VERDICT_COUNT,
};

/* The word in documents: "oom", "oom-child", "probe", ..., "unknown". */
const char *verdict_name(enum verdict verdict);

/* Whose limit struck. */
enum death_scope {
    SCOPE_NONE, /* none did, or it is not known whose */
    SCOPE_OWN,
    SCOPE_PARENT,
    SCOPE_HOST,
    SCOPE_COUNT,
};

/* "own", "parent", "host"; NULL for SCOPE_NONE. */
const char *death_scope_name(enum death_scope scope);

/* False where the word names none. */
bool death_scope_from_name(const char *name, enum death_scope *ret);

/* How sure. Certain: nothing else leaves these traces. Likely: it is the usual cause of them. Possible: a
 * guess that fits. Unknown: no guess. */
enum confidence {
    CONFIDENCE_UNKNOWN,
    CONFIDENCE_POSSIBLE,
    CONFIDENCE_LIKELY,
    CONFIDENCE_CERTAIN,
    CONFIDENCE_COUNT,
};

/* "certain", "likely", "possible", "unknown". */
const char *confidence_name(enum confidence confidence);

/* One fact, with the place where it stands. Texts are owned. */
struct death_evidence {
    char
        *source; /* a file, and where it is no text of lines the path of the key: "pod.json, status.reason" */
    struct known_i64 line; /* from 1 */
    char *text;            /* as it stands there, or what it says */
};

/* A list of sentences; owned. Zeroed is empty. */
struct sentences {
    char **items;
    size_t count;
};

void sentences_add(struct sentences *sentences, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sentences_free(struct sentences *sentences);

/* Zeroed is a death of which nothing is known. Texts are owned, and NULL where not known. */
struct death {
    enum verdict verdict;
    enum death_scope scope;
    enum confidence confidence;
    char *subject;  /* what died, as people call it: "payments-7f9c (container web)" */
    char *happened; /* the rest of the sentence that begins with it: "was OOM-killed at its own limit" */
    char *process;
    struct known_i64 pid; /* on the host */
    char *cgroup;
    struct known_i64 limit_bytes; /* that struck, or that it had */
    struct known_i64 exit_code;
    struct known_i64 anon_bytes; /* at death, of the group whose limit struck; or of the process */
    struct known_i64 file_bytes; /* page cache, shared memory not counted */
    struct known_i64 shmem_bytes;
    struct known_i64 at_ns;   /* when, since 1970 */
    int times;                /* so often, each the same; 0 and 1: once */
    bool aside;               /* not what was asked about: in the same log or list of events */
    struct sentences account; /* what is known of it, in words; of our own runs */
    struct death_evidence *evidence;
    size_t evidence_count;
    struct sentences missing; /* what is not known, and what would tell */
    struct sentences advice;  /* what to do now */
};

/* Appends a fact; `line` 0: not of a text of lines. Texts are copied. */
void death_add_evidence(struct death *death, const char *source, long line, const char *text);

/* The answer. Zeroed is empty; release with deaths_free(). */
struct deaths {
    struct death *items;
    size_t count;
    char **read; /* what was read, one sentence for each input: "kernel.log: a kernel log of 615 lines" */
    size_t read_count;
    long dropped; /* kills that were read and not kept, all earlier than those that are told */
    bool live;    /* this machine was asked, and not files alone: what was read is told */
    bool newest_first;
    struct sentences notes; /* what could not be read, and what that costs */
};

/* Appends an empty one. The pointer holds until the next is added. */
struct death *deaths_add(struct deaths *deaths);
/* Takes the last one back. */
void deaths_drop_last(struct deaths *deaths);
/* The newest first; those of which the time is not known behind, in their order. */
void deaths_sort(struct deaths *deaths);
void deaths_add_read(struct deaths *deaths, char *owned_sentence);
void deaths_free(struct deaths *deaths);
