#include "model/leak.h"

#include <stdlib.h>

#include "base/text.h"

/* Of a run that ended by itself so many readings, and a twentieth of all, may be of its end. */
#define ENDING_POINTS 3

static const char *const measure_names[MEASURE_COUNT] = {[MEASURE_NEEDED] = "needed",
                                                         [MEASURE_WORKING_SET] = "working_set",
                                                         [MEASURE_USAGE] = "usage",
                                                         [MEASURE_RSS] = "rss",
                                                         [MEASURE_UNKNOWN] = "unknown"};

static const char *const verdict_names[LEAK_VERDICT_COUNT] = {[LEAK_NONE] = "none",
                                                              [LEAK_SUSPECTED] = "suspected",
                                                              [LEAK_CONFIRMED] = "confirmed",
                                                              [LEAK_INCONCLUSIVE] = "inconclusive"};

static const char *const shape_names[SHAPE_COUNT] = {
    [SHAPE_UNKNOWN] = "unknown",       [SHAPE_FLAT] = "flat",
    [SHAPE_LINEAR] = "linear",         [SHAPE_ACCELERATING] = "accelerating",
    [SHAPE_SATURATING] = "saturating", [SHAPE_STAIRCASE] = "staircase",
    [SHAPE_SAWTOOTH] = "sawtooth",     [SHAPE_SPIKES] = "spikes",
    [SHAPE_STACKS] = "stacks"};

const char *leak_measure_name(enum leak_measure measure) {
    return measure_names[measure];
}

bool leak_measure_from_name(const char *name, enum leak_measure *ret) {
    int found = text_index(measure_names, MEASURE_COUNT, name);
    if (found < 0)
        return false;
    *ret = (enum leak_measure)found;
    return true;
}

const char *leak_verdict_name(enum leak_verdict verdict) {
    return verdict_names[verdict];
}

bool leak_verdict_from_name(const char *name, enum leak_verdict *ret) {
    int found = text_index(verdict_names, LEAK_VERDICT_COUNT, name);
    if (found < 0)
        return false;
    *ret = (enum leak_verdict)found;
    return true;
}

const char *leak_shape_name(enum leak_shape shape) {
    return shape_names[shape];
}

bool leak_shape_from_name(const char *name, enum leak_shape *ret) {
    int found = text_index(shape_names, SHAPE_COUNT, name);
    if (found < 0)
        return false;
    *ret = (enum leak_shape)found;
    return true;
}

void leak_series_add(struct leak_series *series, const struct leak_point *point) {
    /* Room for a power of two: full whenever the count is one. */
    if ((series->count & (series->count - 1)) == 0) {
        size_t room = series->count ? series->count * 2 : 1;
        struct leak_point *points = realloc(series->points, room * sizeof *points);
        if (!points)
            abort();
        series->points = points;
    }
    series->points[series->count++] = *point;
}

void leak_series_free(struct leak_series *series) {
    free(series->name);
    free(series->points);
    *series = (struct leak_series){0};
}

/* From where it falls and never rises again. A reading that tells nothing is no fall. */
size_t leak_course_length(const struct leak_point *points, size_t count) {
    size_t least = count - count / 20;
    least = least > ENDING_POINTS ? least - ENDING_POINTS : 0;
    size_t length = count;
    struct known_i64 after = UNKNOWN_I64;
    for (size_t i = count; i-- > 0 && i + 1 >= least;) {
        struct known_i64 here = points[i].bytes;
        if (!here.known)
            continue;
        if (after.known && after.value > here.value)
            break;
        if (!after.known || after.value < here.value)
            length = i + 1;
        after = here;
    }
    return length;
}

void leak_add_process(struct leak *leak, const struct leak_process *process) {
    struct leak_process *grown = realloc(leak->processes, (leak->process_count + 1) * sizeof *grown);
    if (!grown)
        abort();
    leak->processes = grown;
    grown[leak->process_count++] = *process;
}

void leak_free(struct leak *leak) {
    free(leak->reason);
    for (size_t i = 0; i < leak->process_count; i++)
        free(leak->processes[i].name);
    free(leak->processes);
    *leak = (struct leak){0};
}
