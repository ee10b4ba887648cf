/* What trials under limits show about the threshold: level by level, where it dies, where it lives, and
 * whether the threshold is a line or a band. The search reads it and decides. Layer: analysis/. Includes
 * base/, model/. Pure. */
#pragma once

#include "model/result.h"

/* More distinct limits than any search tries. */
#define LEVELS_MAX 256

/* Everything that was seen at one limit. */
struct level {
    int64_t limit_bytes;
    int lives;
    int dies;   /* of memory, or otherwise than it does without a limit */
    int stalls; /* neither died nor came to its end */
    enum outcome dies_as;
};

/* Levels are in rising order; -1: there is none. */
struct picture {
    struct level levels[LEVELS_MAX];
    int count;
    int low;         /* highest level with nothing living at or below it */
    int high;        /* lowest level with nothing dying or stalling at or above it */
    bool low_is_out; /* in noise: do they lie outside of the band? */
    bool high_is_out;
    int runs; /* under a limit, for the OOM point */
    int profiles;
    int useless; /* ended for reasons that say nothing about the limit */
    const struct trial *profile;
    /* Of the profile and all survivors that their limit did not squeeze, and what a live squeeze came to. */
    struct known_i64 least_need;

    /* The lowest level that spared one and the highest that did not; 0: none. Where the latter is no lower
     * than the former, chance decides between them. */
    int64_t spares_bytes;
    int64_t kills_bytes;
    /* Every survivor tells what it needed, and so where the threshold lay for it: from below what the
     * readings saw, from above what the peaks did, which hold up to a charge stock more. The extremes of
     * those that agree with where it was seen to be; unknown for fewer than two, and where its runtime gives
     * up by itself: then the counters do not see the threshold. */
    struct known_i64 least_seen;
    struct known_i64 most_peak;
    int64_t spread_bytes; /* by how much runs differ, both agreeing on it; 0 where that is not known */
};

/* Looks at the trials. Verification runs are ignored. Probes for the slowdown point tell where it dies and
 * lives as others do, but are not counted as runs. A run whose need came within `room_bytes` of its limit may
 * have been squeezed into it, so it is no sample. */
void picture_look(const struct trial *trials, size_t count, int64_t room_bytes, struct picture *ret);

/* Did a limit kill that is no lower than one that spared? */
bool picture_contradicts_itself(const struct picture *picture);

/* True where a higher limit kills more often than a lower one by more than chance explains: one-sided Fisher
 * exact test between any two levels, 5 %. */
bool picture_is_non_monotone(const struct picture *picture);

/* The memory that a survivor says is needed, in bytes; unknown where its readings say nothing.
 * A file reader's peak holds page cache that it does not need, but reclaiming that costs a page-cache node of
 * 576 bytes for each 64 pages (0.22 %): measured, with 0.25 MiB for the rest. */
struct known_i64 search_predict(const struct trial *survivor);
