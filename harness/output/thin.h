/* Readings thinned for a picture: of each stretch of time those with the least and with the most of every
 * quantity, so that no spike is lost however long the run was. What is kept are readings as they were taken.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* What a picture shows. */
enum thin_quantity {
    THIN_USAGE,
    THIN_WINDOW_PEAK, /* highest usage since the reading before */
    THIN_ANON,
    THIN_FILE, /* page cache with shared memory */
    THIN_SHMEM,
    THIN_KERNEL,
    THIN_WORKING_SET,
    THIN_QUANTITIES,
};

/* Its column in a samples file: "usage_bytes", ... */
const char *thin_quantity_name(enum thin_quantity quantity);

#define THIN_UNKNOWN INT64_MIN

struct thin_reading {
    int64_t time_ns;
    int64_t values[THIN_QUANTITIES]; /* bytes, or THIN_UNKNOWN */
};

/* Half as many are in use at least once they have been filled. */
#define THIN_BINS 512

/* A stretch of time. Readings that hold no value of the quantity are not there. */
struct thin_bin {
    struct thin_reading least[THIN_QUANTITIES];
    struct thin_reading most[THIN_QUANTITIES];
};

/* Zeroed is empty; release with thin_free(). Of constant size, about half a MiB. */
struct thin {
    struct thin_bin *bins; /* owned */
    int64_t width_ns;      /* of a bin; the first begins at time 0 */
    struct thin_reading first;
    struct thin_reading last;
    int64_t count;                    /* readings that were added */
    int64_t highest[THIN_QUANTITIES]; /* over all of them, or THIN_UNKNOWN */
};

/* Adds a reading; they come in the order of time, from 0 on. */
void thin_add(struct thin *thin, const struct snapshot *sample);

/* What is left, in the order of time, `most` (at least 64) at most, the first and the last among them.
 * Nothing can be added afterwards. Caller frees *ret. Returns how many. */
size_t thin_take(struct thin *thin, size_t most, struct thin_reading **ret);

void thin_free(struct thin *thin);
