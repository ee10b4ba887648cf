/* The samples file: one CSV line a reading, streamed both ways, so that a run of any length costs no memory.
 * Layer: output/. Includes base/, model/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/series.h"
#include "model/snapshot.h"

/* Bytes held back before they are written: about two hundred lines. */
#define SAMPLES_BUFFER 32768

struct samples_file {
    int fd;   /* -1: closed, or given up */
    int code; /* a negative errno: why it was given up; 0: it was not */
    size_t used;
    int64_t flushed_ns; /* time_ns of the last line that was written out */
    char buffer[SAMPLES_BUFFER];
};

/* Makes the file below `dirfd` and writes its header. */
int samples_open(struct samples_file *file, int dirfd, const char *name, struct error *error);

/* Adds a line; unknown values are empty cells. What is held back is written out at least once a second.
 * False when the disk takes no more: the file then ends at a whole line if it can. */
bool samples_add(struct samples_file *file, const struct snapshot *sample);

/* Writes out what is held back and closes. False when that failed. */
bool samples_close(struct samples_file *file);

typedef void samples_visitor(void *context, const struct snapshot *sample);

/* Calls `visit` for each line of a file below `dirfd`. Columns are known by their names in the header, so
 * files of other versions can be read; an empty cell is unknown. A file that is missing, or whose writer was
 * killed in its last line, is just shorter. -EINVAL with `name` and the line: what no reading looks like. */
int samples_each(int dirfd, const char *name, samples_visitor *visit, void *context, struct error *error);

/* Adds each line that is no later than `until_ns` to *ret, which the caller releases also after a failure.
 * Errors as above. */
int samples_read(int dirfd, const char *name, int64_t until_ns, struct series *ret, struct error *error);
