/* A pinned baseline: what a target needed when somebody last said "this is how it should be". A small JSON
 * file in the user's repository, schema "plimsoll.baseline/1" (baseline.schema.json beside this file): keys
 * in order, one value on a line, so that a difference of two versions of it can be read. It is read strictly,
 * since a gate that misreads what it compares with is worse than none.
 * Layer: output/. Includes base/, model/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/result.h"

#define BASELINE_SCHEMA "plimsoll.baseline/1"

/* Of one metric. */
#define BASELINE_VALUES_MAX 60

/* More than any machine has: 1 PiB. */
#define BASELINE_BYTES_MAX ((int64_t)1 << 50)

struct baseline_values {
    int64_t values[BASELINE_VALUES_MAX]; /* rising */
    int count;                           /* 0: not measured */
};

/* Zeroed is none. Release with baseline_free(). */
struct baseline {
    char *created_at; /* RFC 3339, UTC */
    char *tool_version;
    /* The machine, as far as it decides what can be compared. */
    char *architecture;
    char *cgroup; /* "v1", "v2", or "none": measured from the processes alone */
    char *kernel;
    int64_t cpus;
    int64_t page_bytes;
    int64_t interval_ms; /* between readings; 0: less than one */
    /* The target. Texts that are no UTF-8 have their bytes as \xNN. */
    char *name;
    char **argv; /* NULL-terminated */
    char *image; /* NULL: none; likewise load and ready */
    char *load;
    char *ready;
    struct baseline_values needed_bytes;
    struct baseline_values peak_bytes;
};

/* What a result would be pinned as: its target and its machine, without values. */
void baseline_describe(const struct result *result, int64_t interval_ns, struct baseline *ret);

/* Adds a value, in order; beyond BASELINE_VALUES_MAX it is dropped. */
void baseline_add(struct baseline_values *values, int64_t bytes);

/* The file's text, with a final newline. Caller frees. */
char *baseline_text(const struct baseline *baseline);

/* Reads such a text. `source` names it in messages, which tell line and key and what would be right.
 * -EINVAL: anything at all is not as it should be. */
int baseline_parse(const char *text, size_t length, const char *source, struct baseline *ret,
                   struct error *error);

/* Can what was measured (described likewise) be compared with the pinned one at all? -EINVAL, with what
 * differs and the command that mends it: another target, architecture, page size or way of measuring. */
int baseline_check_fits(const struct baseline *pinned, const struct baseline *measured, const char *path,
                        struct error *error);

/* What differs between the machines that the comparison may suffer from; NULL: nothing. Caller frees. */
char *baseline_differences(const struct baseline *pinned, const struct baseline *measured);

void baseline_free(struct baseline *baseline);

/* Reads the file. -ENOENT: there is none, and nothing is said; else as baseline_parse(). */
int baseline_read(const char *path, struct baseline *ret, struct error *error);

/* May it be written there: is its folder there and writable, and what is there now a baseline or nothing? */
int baseline_check_writable(const char *path, struct error *error);

/* Writes the file, whole or not at all; through a symbolic link to what it points to. */
int baseline_write(const char *path, const struct baseline *baseline, struct error *error);
