/* A target's growth, over cycles of work or over time, and what is concluded from it.
 * Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"

/* What the bytes of a series are. */
enum leak_measure {
    MEASURE_NEEDED,      /* what reclaim cannot take back: anonymous, shared, kernel memory */
    MEASURE_WORKING_SET, /* usage - inactive_file, as the kubelet counts it: active page cache drifts in it */
    MEASURE_USAGE,       /* page cache included: it rises with every file that is read */
    MEASURE_RSS,         /* of processes, without their group */
    MEASURE_UNKNOWN,     /* bytes that somebody recorded */
    MEASURE_COUNT,
};

/* The word in documents: "needed", "working_set", "usage", "rss", "unknown". */
const char *leak_measure_name(enum leak_measure measure);
bool leak_measure_from_name(const char *name, enum leak_measure *ret);

struct leak_point {
    int64_t time_ns;        /* since the target, or the recording, began */
    struct known_i64 bytes; /* of the measure: the least since the point before; unknown: a gap */
    /* What it was made of at that moment, where that is known. */
    struct known_i64 anon;
    struct known_i64 shmem;
    struct known_i64 kernel;
    struct known_i64 tasks; /* threads */
    bool restarted;         /* the target began anew between the point before and this one */
};

/* Zeroed is empty; release with leak_series_free(). */
struct leak_series {
    char *name; /* owned; NULL: there is but one */
    enum leak_measure measure;
    bool by_cycle; /* each point is what it held at rest after one more round of the same work; else time */
    struct leak_point *points; /* owned, in the order of time */
    size_t count;
    int64_t resolution_bytes;     /* the recording rounds to this; 0: to the byte or the page */
    struct known_i64 limit_bytes; /* that the growth will fill; unknown: none */
};

/* Appends a copy of the point. */
void leak_series_add(struct leak_series *series, const struct leak_point *point);
void leak_series_free(struct leak_series *series);

/* How many of the points of a run that ended by itself are of its course: the last may have caught it while
 * its memory was taken down, which takes its time on a busy machine. `count` where none was. */
size_t leak_course_length(const struct leak_point *points, size_t count);

enum leak_verdict {
    LEAK_NONE,         /* no growth; one below detectable_* cannot be excluded */
    LEAK_SUSPECTED,    /* it grew, but not all that a leak shows was there */
    LEAK_CONFIRMED,    /* it grew throughout, beyond chance and beyond the floor */
    LEAK_INCONCLUSIVE, /* too little was seen, or what was seen may still come to rest */
    LEAK_VERDICT_COUNT,
};

/* "none", "suspected", "confirmed", "inconclusive". */
const char *leak_verdict_name(enum leak_verdict verdict);
bool leak_verdict_from_name(const char *name, enum leak_verdict *ret);

enum leak_shape {
    SHAPE_UNKNOWN, /* too little was seen */
    SHAPE_FLAT,
    SHAPE_LINEAR,       /* grows at a steady rate */
    SHAPE_ACCELERATING, /* ever faster */
    SHAPE_SATURATING,   /* ever more slowly: a cache that fills, a warm-up */
    SHAPE_STAIRCASE,    /* in steps with rests between them */
    SHAPE_SAWTOOTH,     /* rises and falls back, as with a garbage collector */
    SHAPE_SPIKES,       /* flat, with peaks */
    SHAPE_STACKS,       /* steady growth that goes with the number of threads */
    SHAPE_COUNT,
};

/* "unknown", "flat", "linear", ... */
const char *leak_shape_name(enum leak_shape shape);
bool leak_shape_from_name(const char *name, enum leak_shape *ret);

/* A rate with its 95 % confidence interval; all unknown where the series does not tell. */
struct leak_rate {
    struct known_f64 value;
    struct known_f64 low;
    struct known_f64 high;
};

/* How one kind of memory grew over the part of the series that counts, from its fitted line. */
struct leak_kind {
    const char *name;    /* "anon", "shmem", "kernel"; static text */
    double growth_bytes; /* over that part; may be negative */
    double bytes_per_hour;
};

#define LEAK_KINDS_MAX 4

/* How one process grew over the same time, from two looks at it. */
struct leak_process {
    int pid;
    char *name; /* its command; owned */
    int64_t growth_bytes;
    int64_t tasks_growth;
    bool is_new; /* it was not there at the first look */
};

/* Zeroed: nothing was assessed. Release with leak_free(). */
struct leak {
    bool known;
    enum leak_verdict verdict;
    enum leak_shape shape;
    enum leak_measure measure;
    bool by_cycle;
    char *reason;               /* a sentence: why this verdict; owned */
    int points;                 /* that count, after warm-up */
    int warmup;                 /* points before those: start-up, and caches that filled */
    int64_t span_ns;            /* of those that count */
    struct leak_rate per_hour;  /* bytes per hour */
    struct leak_rate per_cycle; /* bytes per cycle; unknown without cycles */
    /* The smallest growth that a run like this one finds (suspected or confirmed) 99 times of 100. */
    struct known_f64 detectable_bytes_per_hour;
    struct known_f64 detectable_bytes_per_cycle;
    /* So much longer (so many more cycles), and growth of this size would be found. Unknown: no promise. */
    struct known_f64 more_s;
    struct known_i64 more_cycles;
    struct known_f64 more_detectable_bytes_per_hour;
    struct known_f64
        time_to_limit_s; /* growing like that, from its last level; unknown: no growth or no limit */
    struct leak_kind kinds[LEAK_KINDS_MAX];
    int kind_count;
    struct known_f64 tasks_growth;  /* threads, over the part that counts */
    struct leak_process *processes; /* owned; those that grew most first */
    size_t process_count;
};

/* Appends a process; its name is taken over. */
void leak_add_process(struct leak *leak, const struct leak_process *process);

void leak_free(struct leak *leak);
