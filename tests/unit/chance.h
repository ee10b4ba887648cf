/* Chance for simulations: the seed alone decides, so that a failing row can be repeated. */
#pragma once

#include <math.h>
#include <stdint.h>

/* xorshift64 */
static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* From 0 to less than 1. */
static inline double random_unit(uint64_t *state) {
    return (double)(next_random(state) >> 11) / 9007199254740992.0;
}

static inline double random_real(uint64_t *state, double low, double high) {
    return low + random_unit(state) * (high - low);
}

/* As likely between 2 and 4 as between 4 and 8. */
static inline int64_t random_size(uint64_t *state, int64_t low, int64_t high) {
    return (int64_t)((double)low * pow((double)high / (double)low, random_unit(state)));
}

static inline uint64_t random_from(uint64_t seed) {
    return seed * 0x9e3779b97f4a7c15U;
}
