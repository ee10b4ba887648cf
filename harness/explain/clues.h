/* What there is about one container, from all inputs, and the sentences made of it. Within explain/ alone:
 * see conclude.c; join.h finds them. Layer: explain/. Includes base/, kernel/. */
#pragma once

#include "explain/case.h"

/* How a kill of the kernel's log was found to be of this container. */
enum kill_link {
    LINK_NONE,
    LINK_ID,   /* its id is in the name of the group */
    LINK_POD,  /* the pod's id is, and it has but this container */
    LINK_RUN,  /* likewise, but the group is of another run of the container */
    LINK_TIME, /* the same program, at the time it ended */
};

struct clues {
    struct subject *subject;
    struct log_kill *kill;
    struct known_i64 kill_ns; /* when, since 1970: of several of the same that nearest to its end */
    enum kill_link link;
    struct happening *oom;         /* the engine saw the OOM killer at work */
    struct happening *earlier_oom; /* likewise, long before its end */
    struct happening *asked;       /* asked to stop: SIGTERM, "Stopping container" */
    struct happening *killed;      /* SIGKILL sent by the engine */
    struct happening *stopped;     /* a "stop" of the engine */
    struct happening *died;        /* with its exit code */
    struct happening *probe;       /* "failed liveness probe, will be restarted" */
    struct happening *unhealthy;
    struct happening *evicted;
    struct happening *deadline;
    struct happening *preempted;
    struct happening *node_oom;      /* the kubelet saw a kill of a process of that name then */
    const struct log_span *silent;   /* a kernel log of that time, with no kill of it */
    bool is_holed;                   /* it has no line for longer than a busy machine is silent */
    const struct found_words *words; /* of a log, the most telling */
    const struct log_span *output;   /* what it wrote itself */
};

/* " of 64Mi", " of 19.1 MiB"; "" where it is not known. */
struct size_words {
    char s[64];
};
struct size_words of_size(struct known_i64 bytes);

/* What the name of one that is told of beside the last begins with. */
#define EARLIER_RUN "an earlier run of "

/* A fact with its place; `key` is added to the place's path. */
void clue_say(struct death *death, const struct place *place, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void clue_say_happening(struct death *death, const struct happening *happening);
void clue_say_words(struct death *death, const struct found_words *words);

/* A kernel log that covers the time of the end, and tells of no kill; `is_holed`: not without a hole. */
void clue_say_silence(struct death *death, const struct log_span *silent, bool is_holed);

/* The rest of the sentence that begins with the subject. */
void death_happened(struct death *death, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The numbers and the lines of a kill. */
void kill_tell(const struct log_kill *kill, struct death *death);
/* Whose limit struck; `id`: of the container, NULL: told by the group. */
enum death_scope kill_scope(const struct oom_kill *kill, const char *id);
/* Not certain where any program could have written what tells of the kill. */
void kill_doubt(const struct log_kill *kill, struct death *death);
/* A kill that no container is told of. */
void kill_judge(const struct casefile *file, const struct log_kill *kill, struct death *death);

/* A container, from all there is. */
void container_judge(const struct casefile *file, const struct clues *clues, struct death *death);

/* A kernel log that has lines before and behind these times, in ns since 1970, near enough that a kill
 * between them would stand in it; NULL: none, or there were more kills than are kept. *ret_is_holed: for
 * longer than HOLE_NS there is no line; a machine with nothing to do leaves such holes, and lost lines do
 * too. */
const struct log_span *silence_at(const struct casefile *file, int64_t from_ns, int64_t until_ns,
                                  bool *ret_is_holed);
/* Was it, or one that is counted with it, so near to that time? Those of which the time is kept. */
bool was_at(const struct log_kill *log, int64_t time_ns, int64_t within_ns);
/* Could it have been, or one of which the time is not kept? */
bool may_be_at(const struct log_kill *log, int64_t time_ns, int64_t within_ns);

/* A log that is all there is, but for kernel logs. */
void log_judge(struct casefile *file, const char *name, struct death *death);

/* What to do now, from the verdict and the numbers. */
void advise(const struct casefile *file, const struct clues *clues, const struct log_kill *kill,
            struct death *death);
