/* The language runtimes that are recognised, and the settings of theirs that go with a memory limit.
 * Layer: model/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"

enum runtime {
    RUNTIME_NONE, /* none that is recognised */
    RUNTIME_JVM,
    RUNTIME_NODE,
    RUNTIME_GO,
    RUNTIME_PYTHON,
    RUNTIME_DOTNET,
    RUNTIME_RUBY,
    RUNTIME_PHP,
    RUNTIME_COUNT,
};

/* Does it size itself from the limit that it sees at its start, and then no more? */
bool runtime_reads_limit_once(enum runtime runtime);

/* The word in documents: "jvm", "node", ...; NULL for RUNTIME_NONE. */
const char *runtime_name(enum runtime runtime);

/* False where the word names no runtime. */
bool runtime_from_name(const char *name, enum runtime *ret);

#define RUNTIME_SETTINGS_MAX 4

/* An environment variable that tells the runtime how much it may take. Both texts are owned. */
struct runtime_setting {
    char *name;
    char *value;
};

/* What is recommended for the target's runtime beside the limit, and what came of trying it there. */
struct runtime_advice {
    enum runtime runtime;
    struct runtime_setting settings[RUNTIME_SETTINGS_MAX];
    size_t setting_count;                  /* 0: nothing to set */
    int tried_runs;                        /* fresh runs at the recommended limit with the settings */
    int tried_ooms;                        /* of these, those that died */
    struct known_i64 needed_bytes;         /* the most that a run with the settings needed there */
    struct known_i64 needed_without_bytes; /* the most that a run without them needed there */
    struct known_f64 time_ratio;           /* duration with the settings / without, medians */
};

/* Appends a setting; both texts are copied. No more than RUNTIME_SETTINGS_MAX are kept. */
void runtime_advice_add(struct runtime_advice *advice, const char *name, const char *value);

/* Releases what it owns and zeroes it. */
void runtime_advice_free(struct runtime_advice *advice);
