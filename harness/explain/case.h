/* What the inputs say, before anything is concluded from it: containers, events, kills and words, each with
 * the place where it stands. The readers (reader.h) fill it, conclude.h concludes.
 *
 * Layer: explain/, between analysis/ and output/: it is analysis of other programs' documents, uses the
 * parsers of kernel/ and trial/, and knows neither how an answer is printed nor of files: it is fed bytes.
 * Includes base/, model/, kernel/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"
#include "base/units.h"
#include "kernel/group_name.h"
#include "kernel/oom_report.h"
#include "model/death.h"
#include "model/last_words.h"

/* Where a fact stands. */
struct place {
    const char *file; /* owned by the case */
    char *path;       /* of the key within a document; NULL: of a text of lines. Owned */
    long line;        /* 0: not of a text of lines */
};

enum platform {
    PLATFORM_DOCKER, /* and podman, nerdctl */
    PLATFORM_KUBERNETES,
    PLATFORM_ECS,
};

enum life {
    LIFE_UNKNOWN, /* a container of which only events tell */
    LIFE_RUNNING,
    LIFE_WAITING, /* it has not begun, and nothing is told of an earlier end */
    LIFE_ENDED,
};

/* A container, and its last end where it has one. Texts are owned, and NULL where not told. */
struct subject {
    enum platform platform;
    struct place place;    /* of the container's own part of a document */
    const char *state_key; /* below that: what tells of the end; NULL: all of it. Static */
    char *pod_path;        /* of the pod or task, where that is a part of a document; NULL: it is all */
    char *limit_path;      /* of the limit, within the pod or container; NULL: not of a document */
    char *name;            /* of the container */
    char *pod;
    char *space; /* namespace */
    char *pod_uid;
    char *job; /* that the pod belongs to */
    char *node;
    char *id;      /* hexadecimal, of the run that is told of */
    char *program; /* the name of what it runs, without its folder */
    char *image;
    char *command;     /* beside its image: the entrypoint and what that is given, as a shell and our own
                          options take it, each after a blank */
    bool is_own_trial; /* it has the label of plimsoll's own */
    enum life life;
    struct known_i64 exit_code;
    char *reason;                /* "OOMKilled", "Error", ... */
    char *engine_message;        /* the engine's or the kubelet's complaint */
    char *own_message;           /* its last words, which it wrote itself: nobody else's word */
    struct known_i64 started_ns; /* since 1970 */
    struct known_i64 finished_ns;
    struct known_i64 restarts;
    bool ended_so_before;  /* its run before ended with the same reason and code */
    bool waits_to_restart; /* back-off */
    bool runs_again;       /* since that end */
    struct known_i64 pod_started_ns;
    struct known_i64 oom_flag; /* the engine's, 0 or 1 */
    struct known_i64 limit_bytes;
    struct known_i64 request_bytes;
    bool limit_told; /* so that an unknown limit means that there is none */
    char *qos;       /* "BestEffort", ... */
    bool has_probe;  /* liveness or startup */
    struct known_i64
        probe_kill_s; /* so soon after its start can a liveness probe that always fails kill it */
    struct known_i64 grace_s;
    bool deleting;
    char *pod_reason; /* "Evicted", "DeadlineExceeded", ... */
    char *pod_message;
    char *disruption;  /* reason of the condition DisruptionTarget */
    char *stop_reason; /* ECS: why its task was stopped */
    char *stop_code;
    int siblings; /* other containers of its pod */
    bool is_job;  /* no container: a Job, whose pods are not told of */
    /* Where an engine's events tell it: from the start of this run to that of the next, since 1970. */
    struct known_i64 run_from_ns;
    struct known_i64 run_until_ns;
    struct known_i64 previous_end_ns; /* of the run before */
    bool is_earlier_run;              /* of a container that is told of too */
    bool is_aside;                    /* the last run is what was asked about */
    bool earlier_told;                /* earlier runs of it are told of */
};

/* An event of an engine or of Kubernetes. */
struct happening {
    enum platform platform;
    struct place place;
    char *object; /* "container", "Pod", "Node", "Job" */
    char *space;
    char *name;      /* of the object */
    char *uid;       /* of the object; of a container its id */
    char *container; /* of a pod */
    char *image;
    bool is_own_trial; /* of a container with the label of plimsoll's own */
    char *reason;      /* what happened: "oom", "die", "Killing", ... */
    char *message;
    struct known_i64 last_ns; /* since 1970 */
    struct known_i64 count;
    struct known_i64 exit_code;
    struct known_i64 signal;
    bool used; /* told already, with a subject */
};

/* Of kills that are counted as one the times of the last ones are kept. */
#define KILL_TIMES 16

/* A kill of a kernel log. */
struct log_kill {
    const char *file;                   /* owned by the case */
    struct oom_kill *kill;              /* owned */
    bool of_kernel;                     /* told by a log that is the kernel's, not by any text */
    struct group_name *groups;          /* of its task and of its limit; owned, made by explain_conclude() */
    const struct happening *seen;       /* the kubelet's event of this process; NULL: none */
    int times;                          /* so many of the same, this being the last */
    struct known_i64 at_ns[KILL_TIMES]; /* since 1970: a ring, with that of number n at n % KILL_TIMES */
    bool used;
};

/* Words of a log that is no kernel log. */
struct found_words {
    const struct words_rule *rule;
    const char *file; /* owned by the case */
    long line;        /* the first */
    char *text;       /* of the line; owned */
    int times;
    struct known_i64 number;  /* behind the words: an exit code */
    const char *owner;        /* subject_key() of who wrote them; NULL: not told. Owned by the case */
    struct known_i64 time_ns; /* since 1970, where the line tells it */
    bool used;
};

/* A time without a line in a kernel log, in ns since 1970: longer than this. */
#define HOLE_NS ((int64_t)10 * 60 * NS_PER_S)
struct time_hole {
    int64_t from_ns;
    int64_t until_ns;
};
/* Of a log; more, and nothing is concluded from its silence. */
#define HOLES_MAX 1024

/* What is known of a text of lines as a whole. */
struct log_span {
    const char *file;
    bool of_kernel;
    const char *owner; /* of a container's output its subject_key(); owned by the case */
    long lines;
    long others_after; /* behind the last words of a runtime that ran out: lines that are none of its end */
    struct known_i64 first_wall_ns;
    struct known_i64 last_wall_ns;
    struct time_hole *holes; /* of a kernel log; owned */
    size_t hole_count;
    bool holes_dropped;
};

struct node_facts {
    char *name;
    struct place place;
    struct known_i64 memory_bytes;
    bool pressure;
};

/* Kills beyond these drop the oldest. */
#define CASE_KILLS_MAX 1024
/* Far more than anybody looks at in one go; what is beyond is counted as refused, and told. */
#define CASE_ITEMS_MAX    200000
#define CASE_SUBJECTS_MAX 20000

/* What the answer is to tell of. */
enum asked {
    ASKED_FILES, /* what is in the files; of a document its containers, and kills of others aside */
    ASKED_ALL,   /* every death, the newest first, and nothing that lives */
    ASKED_ONE,   /* one container or pod, and nothing else */
};

/* The label of containers that a trial of ours ran in, and its value. */
#define OWN_LABEL       "plimsoll"
#define OWN_LABEL_VALUE "1"

/* Zeroed is empty; release with case_free(). */
struct casefile {
    char **files; /* owned */
    size_t file_count;
    struct subject *subjects;
    size_t subject_count;
    struct happening *happenings;
    size_t happening_count;
    struct log_kill *kills; /* a ring once it is full */
    size_t kill_count;
    size_t kill_next; /* see case_kill_at() */
    long kills_dropped;
    struct found_words *words;
    size_t word_count;
    struct log_span *spans;
    size_t span_count;
    struct node_facts *nodes;
    size_t node_count;
    long refused;           /* containers, events, words that there was no room for */
    struct sentences notes; /* what was left out */
    struct deaths told;     /* read as they stand: of our own results */
    enum asked asked;
    char **read; /* a sentence for each input; owned */
    size_t read_count;
};

/* Keeps the name. The pointer holds as long as the case. */
const char *case_add_file(struct casefile *file, const char *name);

/* Each appends an empty one, or returns NULL where there are too many. The pointer holds until the next. */
struct subject *case_add_subject(struct casefile *file);
/* Takes a message of a state of the container: the engine's where its reason says that it did not begin or
 * waits; else that of the container, which it writes itself (its terminationMessagePath). NULL: none. */
void subject_set_message(struct subject *subject, char *owned);
struct happening *case_add_happening(struct casefile *file);
struct found_words *case_add_words(struct casefile *file);
struct log_span *case_add_span(struct casefile *file);
struct node_facts *case_add_node(struct casefile *file);

/* Copies the kill; one that is the same as the last but for its process's number and time is counted with it.
 * of_kernel: a log of the kernel's own tells of it. */
void case_add_kill(struct casefile *file, const char *name, const struct oom_kill *kill, bool of_kernel);

/* Number `n` of those that are kept, in the order they were first read. Of those that are counted as one the
 * time is that of the last, so that this is no order of time. */
struct log_kill *case_kill_at(const struct casefile *file, size_t n);

/* What tells it from all others: the id of a container, of Kubernetes that of its pod and its name (its id is
 * another after each restart). Caller frees. */
char *subject_key(const struct subject *subject);

/* Does anything ask for a Kubernetes event of that reason? */
bool case_wants_event(const char *reason, const char *message);

void case_say_read(struct casefile *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
void case_free(struct casefile *file);
