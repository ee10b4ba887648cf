#include "output/series_build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"

/* A step that is so many times the usual one is a gap. */
#define GAP_STEPS 5

/* A step this much longer than the usual one (a reading is missing) is enough for a restart, where the value
 * tells of one too. */
#define MISSING_NUMERATOR   3
#define MISSING_DENOMINATOR 2

/* A time that goes back by fewer steps than these is out of order. */
#define ANEW_STEPS 8

/* More than so many are left of SERIES_BUILD_POINTS where restarts kept them apart. */
#define MANY_POINTS ((size_t)SERIES_BUILD_POINTS / 4 * 3)

/* A target takes no more of its time than one part in so many to end. */
#define EXIT_SHARE 10

/* Eighteen years: sums of a few steps fit. */
#define STEP_MAX_NS (INT64_MAX / 16)

/* Fewer readings do not tell what is usual. */
#define PART_TELLS 8

void series_note(char ***notes, size_t *count, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*notes)[i], text) == 0) {
            free(text);
            return;
        }
    char **grown = realloc(*notes, (*count + 1) * sizeof *grown);
    if (!grown)
        abort();
    grown[(*count)++] = text;
    *notes = grown;
}

/* ---- fewer points ---- */

/* The lesser of two neighbours, at its own time, in *into. */
static void merge(struct leak_point *into, const struct leak_point *next) {
    bool restarted = into->restarted || next->restarted;
    if (next->bytes.known && (!into->bytes.known || next->bytes.value < into->bytes.value))
        *into = *next;
    into->restarted = restarted;
}

/* No two points of different starts become one, unless it must be: then the later start counts. */
static void halve(struct leak_series *series, bool across_restarts) {
    size_t kept = 0;
    for (size_t i = 0; i < series->count; kept++) {
        struct leak_point *point = &series->points[kept];
        *point = series->points[i++];
        if (i == series->count)
            continue;
        const struct leak_point *next = &series->points[i];
        if (!next->restarted)
            merge(point, next);
        else if (across_restarts)
            *point = *next;
        else
            continue;
        i++;
    }
    series->count = kept;
}

void series_build_thin(struct leak_series *series) {
    while (series->count > SERIES_BUILD_POINTS) {
        size_t before = series->count;
        halve(series, false);
        if (series->count > before - before / 4)
            halve(series, true);
    }
}

static void flush(struct series_build *build) {
    if (build->pending_count == 0)
        return;
    build->pending_count = 0;
    leak_series_add(&build->series, &build->pending);
    if (build->series.count < SERIES_BUILD_POINTS)
        return;
    halve(&build->series, false);
    if (build->series.count > MANY_POINTS)
        halve(&build->series, true);
    build->stride *= 2;
}

static void keep(struct series_build *build, const struct leak_point *point) {
    if (build->stride == 0)
        build->stride = 1;
    if (point->restarted)
        flush(build);
    if (build->pending_count++ == 0)
        build->pending = *point;
    else
        merge(&build->pending, point);
    if (build->pending_count >= build->stride)
        flush(build);
}

/* ---- what happened between two readings ---- */

/* Moves towards the median of the steps: up by a sixteenth, or down, whichever side the step is on. Source:
 * Ma, Muthukrishnan, Sandler: Frugal Streaming for Estimating Quantiles, 2014 (the one-unit algorithm). */
static void learn_step(struct series_build *build, int64_t step_ns) {
    int64_t usual_ns = build->usual_step_ns;
    int64_t unit = usual_ns / 16;
    if (build->steps++ == 0)
        usual_ns = step_ns;
    else if (step_ns > usual_ns + unit)
        usual_ns += unit + 1;
    else if (step_ns < usual_ns - unit)
        usual_ns -= unit;
    build->usual_step_ns = usual_ns < STEP_MAX_NS ? usual_ns : STEP_MAX_NS;
}

/* It fell further than it ever does between two readings, to near the level that it began with. */
static bool fell_back(const struct series_build *build, int64_t bytes) {
    int64_t rise = build->last_bytes - build->part_first_bytes;
    int64_t fall = build->last_bytes - bytes;
    return build->part_known >= PART_TELLS && rise > build->last_bytes / 10 &&
           bytes < build->part_first_bytes + rise / 4 && fall / 3 * 2 > build->largest_fall_bytes;
}

static void begin_part(struct series_build *build) {
    build->part_known = 0;
    build->largest_fall_bytes = 0;
}

static void take_value(struct series_build *build, struct leak_point *point) {
    int64_t bytes = point->bytes.value;
    bool first = build->known == 1;
    int64_t step_ns = first ? 0 : point->time_ns - build->last_known_ns;
    int64_t usual_ns = build->usual_step_ns;
    bool late = usual_ns > 0 && step_ns / MISSING_NUMERATOR * MISSING_DENOMINATOR > usual_ns;
    if (usual_ns > 0 && step_ns / GAP_STEPS > usual_ns) {
        build->gaps++;
        if (step_ns > build->longest_gap_ns)
            build->longest_gap_ns = step_ns;
    }
    point->restarted = !first && (build->restart_next || (late && !build->of_run && fell_back(build, bytes)));
    build->restart_next = false;
    if (point->restarted) {
        build->restarts++;
        begin_part(build);
    }
    if (build->part_known == 0)
        build->part_first_bytes = bytes;
    else if (!late && build->last_bytes - bytes > build->largest_fall_bytes)
        build->largest_fall_bytes = build->last_bytes - bytes;
    build->last_bytes = bytes;
    build->last_known_ns = point->time_ns;
    build->part_known++;
}

/* Another recording begins in the same file, with a clock of its own: back to where the first began, and far
 * further than lines that are out of order go. */
static bool begins_anew(const struct series_build *build, int64_t time_ns) {
    int64_t usual_ns = build->usual_step_ns;
    return !build->absolute && usual_ns > 0 && build->last_ns - time_ns >= ANEW_STEPS * usual_ns &&
           time_ns - build->recording_first_ns <= 2 * usual_ns;
}

static int place(struct series_build *build, int64_t time_ns, int64_t *ret_ns, struct error *error) {
    if (build->total == 0) {
        build->first_ns = build->last_ns = build->recording_first_ns = time_ns;
        build->shift_ns = -time_ns;
    }
    if (time_ns < build->last_ns) {
        if (!begins_anew(build, time_ns))
            return error_plain(error, -EINVAL,
                               "the time goes back, by %s; sort the lines by time, and give one recording",
                               duration_text(build->last_ns - time_ns).s);
        int64_t end_ns;
        if (__builtin_add_overflow(build->last_ns + build->shift_ns, build->usual_step_ns, &end_ns) ||
            __builtin_sub_overflow(end_ns, time_ns, &build->shift_ns))
            return error_plain(error, -EINVAL, "longer than 292 years in all");
        build->restart_next = true;
        build->recording_first_ns = time_ns;
    } else if (time_ns > build->last_ns) {
        learn_step(build, time_ns - build->last_ns);
    }
    if (__builtin_add_overflow(time_ns, build->shift_ns, ret_ns))
        return error_plain(error, -EINVAL, "longer than 292 years in all");
    return 0;
}

/* A second value for the time of the last one: the lesser counts. */
static void repeat(struct series_build *build, const struct leak_point *point) {
    int64_t bytes = point->bytes.value;
    if (bytes == build->last_bytes)
        return;
    build->repeats++;
    merge(build->pending_count > 0 ? &build->pending : &build->series.points[build->series.count - 1], point);
    if (bytes < build->last_bytes)
        build->last_bytes = bytes;
}

int series_build_add(struct series_build *build, const struct leak_point *reading, struct error *error) {
    struct leak_point point = *reading;
    int code = place(build, reading->time_ns, &point.time_ns, error);
    if (code < 0)
        return code;
    build->restart_next |= reading->restarted;
    point.restarted = false;
    bool repeated = build->known > 0 && build->last_known_ns == point.time_ns && !build->restart_next;
    build->last_ns = reading->time_ns;
    build->total++;
    build->known += point.bytes.known;
    if (repeated && point.bytes.known) {
        repeat(build, &point);
        return 0;
    }
    if (point.bytes.known)
        take_value(build, &point);
    if (!repeated)
        keep(build, &point);
    return 0;
}

/* ---- the course of a run ---- */

/* What was before does not count. In a file of several recordings it is left: they are seldom of services. */
static void forget_start(struct series_build *build) {
    if (build->restarts > 0 || build->restart_next)
        return;
    struct series_build anew = {.series = {.measure = build->series.measure},
                                .absolute = build->absolute,
                                .of_run = build->of_run,
                                .tells_phases = true};
    leak_series_free(&build->series);
    *build = anew;
}

/* It ended by itself: its last points may be of that. */
static void drop_end(struct series_build *build) {
    struct leak_series *series = &build->series;
    flush(build);
    size_t first = series->count;
    while (first > 0 && !(first < series->count && series->points[first].restarted))
        first--;
    series->count = first + leak_course_length(series->points + first, series->count - first);
}

bool series_build_phase(struct series_build *build, enum run_phase phase) {
    enum run_phase before = build->phase;
    bool in_course = phase != PHASE_STOPPING && phase != PHASE_ENDED;
    build->tells_phases |= phase != PHASE_UNKNOWN;
    if (in_course && phase > before && (before == PHASE_STARTING || before == PHASE_WARMUP))
        forget_start(build);
    if (phase == PHASE_ENDED && before != PHASE_ENDED && before != PHASE_STOPPING && build->known > 0)
        drop_end(build);
    build->phase = phase;
    return in_course;
}

/* Of a run that tells no phases: the fall at the end of a target, from `first` to `end`, is of what it left.
 */
static void forget_exit(struct leak_series *series, size_t first, size_t end) {
    struct leak_point *points = series->points;
    size_t high = end - 1;
    while (high > first && points[high].bytes.known && points[high - 1].bytes.known &&
           points[high - 1].bytes.value >= points[high].bytes.value)
        high--;
    /* Back over what it held at rest before that. */
    while (high + 1 < end && points[high + 1].bytes.value > points[high].bytes.value / 4 * 3)
        high++;
    /* And over a fall that took several readings, as far as an end may last. */
    while (high > first && points[high - 1].bytes.known &&
           points[high - 1].bytes.value > points[high].bytes.value &&
           (end - high) * EXIT_SHARE <= end - first)
        high--;
    if (high + 1 >= end || (end - high - 1) * EXIT_SHARE > end - first ||
        points[end - 1].bytes.value > points[high].bytes.value / 4)
        return;
    for (size_t i = high + 1; i < end; i++)
        points[i].bytes = UNKNOWN_I64;
}

static void forget_exits(struct leak_series *series) {
    size_t first = 0;
    for (size_t end = 1; end <= series->count; end++) {
        if (end < series->count && !series->points[end].restarted)
            continue;
        forget_exit(series, first, end);
        first = end;
    }
}

void series_build_end(struct series_build *build, struct series_record *ret) {
    struct series_record record = {.readings = build->known};
    flush(build);
    if (build->of_run && !build->tells_phases)
        forget_exits(&build->series);
    record.series = build->series;
    build->series = (struct leak_series){0};
    if (build->absolute && build->total > 0)
        record.start = known_i64(build->first_ns);
    if (build->restarts > 0)
        series_note(&record.notes, &record.note_count,
                    "It began anew %zu time%s in it: each part is a series of its own.", build->restarts,
                    build->restarts == 1 ? "" : "s");
    if (build->gaps > 0)
        series_note(&record.notes, &record.note_count,
                    "%zu gap%s, the longest %s: what was then is not known.", build->gaps,
                    build->gaps == 1 ? "" : "s", duration_text(build->longest_gap_ns).s);
    if (build->total > build->known && build->known > 0)
        series_note(&record.notes, &record.note_count, "%zu of %zu readings have no value.",
                    build->total - build->known, build->total);
    if (build->repeats > 0)
        series_note(
            &record.notes, &record.note_count,
            "%zu readings have the time of the one before: the least of each counts. If there is more "
            "than one target in the file, give one at a time.",
            build->repeats);
    *ret = record;
}
