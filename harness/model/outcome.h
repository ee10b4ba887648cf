/* How a trial ended, in the words that users and other programs depend on.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>

enum outcome {
    OUTCOME_SURVIVED,
    OUTCOME_OOM,         /* the kernel killed inside the target's own group, for the group's own limit */
    OUTCOME_RUNTIME_OOM, /* the language runtime ran out inside the limit (Java heap, MemoryError) */
    OUTCOME_SLOW, /* came to its end too late for --max-slowdown, or was stopped long after it should have */
    OUTCOME_FAILED,        /* ended badly for another reason */
    OUTCOME_TIMEOUT,       /* stopped at --timeout */
    OUTCOME_KILLED,        /* SIGKILL that was no OOM kill */
    OUTCOME_OUTSIDE_OOM,   /* OOM kill for a parent's limit or for the host */
    OUTCOME_HARNESS_ERROR, /* we failed, or the user interrupted; never counted against a limit */
    OUTCOME_COUNT,
};

/* The word in documents: "survived", "oom", "runtime-oom", ... */
const char *outcome_name(enum outcome outcome);

/* False where the word names no outcome. */
bool outcome_from_name(const char *name, enum outcome *ret);

enum purpose {
    PURPOSE_PROFILE, /* without a limit: what does it want? */
    PURPOSE_PROBE,   /* searching */
    PURPOSE_CONFIRM, /* repeating an end of the bracket */
    PURPOSE_VERIFY,  /* proving the recommendation */
    PURPOSE_STEP,    /* one point of a curve, or a plain run */
    PURPOSE_COUNT,
};

const char *purpose_name(enum purpose purpose);
bool purpose_from_name(const char *name, enum purpose *ret);

/* Why the harness ended the target, where it did. */
enum stop_reason {
    STOP_NONE,
    STOP_AT_OOM,    /* an OOM kill had been counted */
    STOP_TIMEOUT,   /* --timeout */
    STOP_SLOW,      /* many times the profile's duration */
    STOP_BUDGET,    /* the time for the whole search was over */
    STOP_DONE,      /* it lived as long as it had to: --for, or until its load was done */
    STOP_NOT_READY, /* it was not ready for its load in time */
    STOP_LOAD,      /* its load failed */
    STOP_INTERRUPT, /* the user */
    STOP_ENGINE,    /* its container engine was gone, so what became of it is not known */
    STOP_COUNT,
};

/* The word in documents: "none", "oom", "timeout", ... */
const char *stop_reason_name(enum stop_reason reason);
bool stop_reason_from_name(const char *name, enum stop_reason *ret);
