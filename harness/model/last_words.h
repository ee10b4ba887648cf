/* What programs print when memory runs out, when a child of theirs is killed, and when they crash: one table.
 * Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/death.h"

enum words_kind {
    WORDS_RUNTIME_OOM,  /* its runtime ran out inside the limit */
    WORDS_THREADS,      /* no thread could be made: seldom for want of memory */
    WORDS_CHILD_KILLED, /* a child got SIGKILL; the parent that says so may end with any code, or not at all
                         */
    WORDS_OOM_FLAG,     /* somebody says that it was OOM-killed */
    WORDS_HOST_OOM,     /* a daemon killed something because the host ran short of memory */
    WORDS_SHUTDOWN,     /* a CI runner went away under its job */
    WORDS_STOPPED,      /* somebody cancelled it */
    WORDS_TIMEOUT,
    WORDS_KILLED, /* it got SIGKILL itself */
    WORDS_EXIT,   /* an exit code stands behind the words */
    WORDS_CRASH,  /* it failed for a reason that is not memory */
    WORDS_CI,     /* nothing but that this is the log of a CI job */
    WORDS_KIND_COUNT,
};

struct words_rule {
    const char *text;
    const char *who;  /* the runtime, the parent, the CI system */
    bool begins_line; /* in the middle of one it is somebody's message about it */
    enum words_kind kind;
    enum confidence confidence; /* in that it happened, where these words stand in a log */
};

/* The more telling come first. Ends with a row without text. */
extern const struct words_rule words_rules[];

/* The row of WORDS_RUNTIME_OOM that is found first in the order of the table, and where; NULL: none. A line
 * that tells of a thread which could not be made is none, though Java calls that out of memory too. */
const struct words_rule *words_find_runtime_oom(const char *text, const char **ret_at);

/* The row of WORDS_THREADS that is found first, and where; NULL: none. */
const struct words_rule *words_find_threads(const char *text, const char **ret_at);

/* Does a runtime of this name end so, when it runs out of memory? `status` is that of a shell: 128 + signal.
 * Measured with the words, on the same versions. */
bool words_exit_fits(const struct words_rule *rule, int64_t status);

/* Do the words tell that a size which the runtime was given, as that of a heap, was reached? */
bool words_tell_own_limit(const struct words_rule *rule);
