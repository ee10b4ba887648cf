/* A number that may be unknown. Unknown is a value of its own, never 0: a kernel file that does not exist
 * says nothing about the memory it would have counted. Layer: base/. Includes nothing of the project. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct known_i64 {
    bool known;
    int64_t value;
};

struct known_f64 {
    bool known;
    double value;
};

#define UNKNOWN_I64 ((struct known_i64){false, 0})
#define UNKNOWN_F64 ((struct known_f64){false, 0.0})

static inline struct known_i64 known_i64(int64_t value) {
    return (struct known_i64){true, value};
}

static inline struct known_f64 known_f64(double value) {
    return (struct known_f64){true, value};
}

/* The value, or `otherwise` where it is unknown: for callers that have a stated reason for the default. */
static inline int64_t known_or(struct known_i64 number, int64_t otherwise) {
    return number.known ? number.value : otherwise;
}

static inline double known_f64_or(struct known_f64 number, double otherwise) {
    return number.known ? number.value : otherwise;
}

static inline struct known_f64 known_as_f64(struct known_i64 number) {
    return number.known ? known_f64((double)number.value) : UNKNOWN_F64;
}

/* after - before; unknown where either is. */
static inline struct known_i64 known_delta(struct known_i64 before, struct known_i64 after) {
    return before.known && after.known ? known_i64(after.value - before.value) : UNKNOWN_I64;
}

/* a + b; unknown where either is. */
static inline struct known_i64 known_sum(struct known_i64 a, struct known_i64 b) {
    return a.known && b.known ? known_i64(a.value + b.value) : UNKNOWN_I64;
}

/* Raises `slot` to `sample`; an unknown sample changes nothing. */
static inline void known_raise(struct known_i64 *slot, struct known_i64 sample) {
    if (sample.known && (!slot->known || sample.value > slot->value))
        *slot = sample;
}
