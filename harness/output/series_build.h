/* Readings in the order of time become a series: gaps, restarts and repeats are noticed, and the least of
 * every so many readings is kept where there are too many (a leak shows in the troughs). Constant memory.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/leak.h"
#include "model/snapshot.h"
#include "output/series_file.h"

/* A series has at most so many points, and half as many once some were left out. */
#define SERIES_BUILD_POINTS 2048

/* Zeroed is empty. */
struct series_build {
    struct leak_series series;
    bool absolute; /* set by the caller: times are since 1970, so one that goes back is no new recording */

    bool of_run; /* set by the caller: they are our own of a run, which go on until the target has left its
                    memory, and in which a gap is a machine that stood still and no restart */
    enum run_phase phase; /* of the last reading of a run */
    bool tells_phases;

    size_t total; /* readings, those without a value too */
    size_t known;
    int64_t first_ns;           /* as it was read */
    int64_t last_ns;            /* likewise */
    int64_t recording_first_ns; /* likewise, of the recording that this one is in */
    int64_t last_known_ns;      /* on the series' own clock */
    int64_t shift_ns;           /* own clock less time as it was read */
    int64_t usual_step_ns;      /* near the median step */
    size_t steps;
    bool restart_next; /* the next value is of a new start */

    /* Since the last restart. */
    size_t part_known;
    int64_t part_first_bytes;
    int64_t last_bytes;
    int64_t largest_fall_bytes; /* from one reading to the next, without a gap between them */

    struct leak_point pending;
    size_t pending_count;
    size_t stride; /* readings per point; 0 is 1 */

    size_t gaps;
    int64_t longest_gap_ns;
    size_t repeats; /* of a time, with another value */
    size_t restarts;
};

/* Adds a reading, of which time_ns is absolute or since whatever began; `restarted` where the recording says
 * that it began anew. -EINVAL: the time goes back; *error says to when, without the place. */
int series_build_add(struct series_build *build, const struct leak_point *reading, struct error *error);

/* Before a reading of a run is added: what phase it is of. The series is then that of leak_series_of_trial():
 * from when it was ready, and under load if there is one, until it was asked to stop or had ended. False: the
 * reading is not of its course, and not to be added. */
bool series_build_phase(struct series_build *build, enum run_phase phase);

/* Hands the series over, with notes about what was noticed; nothing may be added any more. */
void series_build_end(struct series_build *build, struct series_record *ret);

/* Halves the series until it has no more than SERIES_BUILD_POINTS. */
void series_build_thin(struct leak_series *series);

/* Appends a sentence to a list that is owned by the caller. */
void series_note(char ***notes, size_t *count, const char *format, ...) __attribute__((format(printf, 3, 4)));
