/* Series of memory that were recorded elsewhere, known by their content:
 *  - the samples of a run (samples-NNN.csv),
 *  - CSV with or without a header, separated by commas, semicolons, tabs or blanks: time and bytes first,
 *  - the JSON of a Prometheus range query, as its API answers or promtool prints,
 *  - the lines of `docker stats --format '{{json .}}'`, perhaps with a time before each.
 * A file of any length is read in constant memory: of a long one the least of every so many readings is kept.
 * Layer: output/. Includes base/, model/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "model/leak.h"

/* More series in one file are refused. */
#define SERIES_FILE_MAX 1000

/* One of them, and what is to be known about it. */
struct series_record {
    struct leak_series series;
    size_t readings;        /* that had a value, before any were left out */
    struct known_i64 start; /* ns since 1970 of time 0; unknown: the file does not say when that was */
    char **notes;           /* sentences; owned */
    size_t note_count;
};

/* Zeroed is empty; release with series_file_free(). */
struct series_file {
    const char *form; /* "CSV", "docker stats", ...; static text */
    struct series_record *records;
    size_t count;
    size_t empty; /* series without a value, which are not among them */
    char **notes; /* sentences about all of it: what its bytes are, what was assumed; owned */
    size_t note_count;
};

/* Reads the file; "-" is standard input. *ret is assigned where 0 is returned; it then holds at least one
 * series with at least one value. -ENODATA: the file is of a known form but holds no value at all; -EINVAL:
 * what it is, where, and what would be right; other errors: it cannot be read. */
int series_file_read(const char *path, struct series_file *ret, struct error *error);

/* The same from an open stream, which stays the caller's. `name` names it in messages. */
int series_file_read_stream(FILE *stream, const char *name, struct series_file *ret, struct error *error);

/* Releases what it holds, and zeroes it. */
void series_record_free(struct series_record *record);

void series_file_free(struct series_file *file);
