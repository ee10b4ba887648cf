/* A jitter that any shape can have on top: memory that is touched and given back all the time, by chance but
 * the same every time.
 * Layer: workloads/. */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "base/units.h"
#include "options.h"
#include "truth.h"

/* What was asked for; filled by the rows below. */
struct noise_want {
    int64_t most_bytes; /* it moves between nothing and this; 0: no noise */
    int64_t every_ns;
    int64_t seed;
};

extern struct noise_want noise_want;

/* The rows for the table of a shape's options. */
#define NOISE_OPTIONS                                                                                        \
    {.name = "--noise",                                                                                      \
     .kind = OPTION_BYTES,                                                                                   \
     .number = &noise_want.most_bytes,                                                                       \
     .fallback = "0",                                                                                        \
     .meaning = "jitter on top: from nothing to this"},                                                      \
        {.name = "--noise-every",                                                                            \
         .kind = OPTION_DURATION,                                                                            \
         .number = &noise_want.every_ns,                                                                     \
         .fallback = "20ms",                                                                                 \
         .least = NS_PER_MS,                                                                                 \
         .meaning = "how long it stays at one level"},                                                       \
    {                                                                                                        \
        .name = "--seed", .kind = OPTION_COUNT, .number = &noise_want.seed, .fallback = "1",                 \
        .meaning = "which sequence of levels the noise takes"                                                \
    }

/* What it adds to the peak, page tables included; 0 where there is none. */
int64_t noise_charge(void);

/* Adds that to the truth, whose peak_bytes is so far the shape's own. */
void noise_plan(struct truth *truth);

/* Maps its memory and touches all of it once, so that account_own() counts it from then on: a payload is what
 * is left of the size and noise_charge(). */
int noise_start(struct error *error);

/* As idle_until() and idle_for(), with the noise going on; without noise the same. */
void noise_until(int64_t deadline_ns);
void noise_for(int64_t ns);

/* Touches all of it, until the next level is due: for the moment at which the shape is at its highest, so
 * that the peak is what the truth says. */
void noise_crest(void);
