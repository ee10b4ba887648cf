/* What a gate in a pipeline asked of a target, and what came of each question.
 * Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"

enum gate_state {
    GATE_PASSED,
    GATE_FAILED,
    GATE_UNDECIDED, /* too few runs or too much noise to tell: never a pass */
    GATE_UNASKED,   /* could not be asked here, and nothing depends on it; the sentence says why */
    GATE_STATE_COUNT,
};

/* "passed", "failed", "undecided", "unasked". */
const char *gate_state_name(enum gate_state state);
bool gate_state_from_name(const char *name, enum gate_state *ret);

/* One question: "is the needed memory at most 3 % above the baseline?". */
struct gate_item {
    char *name;   /* unique within the gate, as a test case is called: "regression.needed_bytes" */
    char *metric; /* "needed_bytes", "peak_bytes", "limit_bytes", "growth_bytes_per_hour" */
    enum gate_state state;
    char *sentence;            /* what was found, with its numbers and units */
    char *advice;              /* what to do next; NULL: nothing */
    struct known_f64 value;    /* measured, in the metric's unit */
    struct known_f64 low;      /* its confidence interval */
    struct known_f64 high;     /* likewise */
    struct known_f64 baseline; /* unknown: it is compared with none */
    struct known_f64 bound;    /* the most that passes */
};

/* Zeroed: nothing was asked. Release with gate_free(). */
struct gate {
    bool known;
    enum gate_state state; /* of all: failed where one is, else undecided where one is */
    struct gate_item *items;
    size_t count;
    char *baseline_path; /* the file that was compared with; NULL: none */
    bool baseline_moved; /* it was written anew (--update-baseline) */
    char **notes;        /* sentences: what was weaker here than elsewhere, and why */
    size_t note_count;
};

/* Appends an item of this name and metric; its other fields are unknown and it is undecided. The pointer is
 * valid until the next is added. */
struct gate_item *gate_add(struct gate *gate, const char *name, const char *metric);

/* Appends a note, formatted. */
void gate_note(struct gate *gate, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Works out the state of all from that of each. A gate that asked nothing is undecided. */
void gate_conclude(struct gate *gate);

void gate_free(struct gate *gate);
