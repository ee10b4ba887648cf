/* Text that streams in, by the byte or by the line, and where it is: constant memory, however long it is.
 * Layer: output/. Includes base/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

/* No line of a series is longer, but the one of a Prometheus answer, which is read by the byte. */
#define SOURCE_LINE_MAX ((size_t)65536)

#define SOURCE_BUFFER 65536

#define SOURCE_END (-1)

/* Set name, file and error, the rest zero; release with source_free(). The file is the caller's. */
struct source {
    const char *name; /* in messages */
    FILE *file;
    struct error *error;
    int line;    /* from 1: by the byte of the next one, by the line of the last one */
    bool failed; /* it could not be read to its end; *error says why */
    bool cut;    /* the line that was read last had no end */
    size_t at;
    size_t end;
    struct strbuf text;
    unsigned char buffer[SOURCE_BUFFER];
};

/* The next byte without taking it; SOURCE_END at the end, or where it cannot be read (`failed`). */
int source_peek(struct source *source);

/* Takes the next byte. */
int source_take(struct source *source);

/* What comes next, without taking it: up to `most` bytes, fewer at the end. The pointer holds until more is
 * taken. */
const unsigned char *source_look(struct source *source, size_t most, size_t *ret_length);

/* Takes a line; *ret_line is without its end (LF or CR LF) and belongs to the source until the next.
 * Returns 1, 0 at the end, or a negative errno with *error filled: a NUL in it, or too long. */
int source_line(struct source *source, char **ret_line);

/* "NAME:LINE: " before the formatted text, in *error. Returns -EINVAL. */
int source_refuse(struct source *source, const char *format, ...) __attribute__((format(printf, 2, 3)));

void source_free(struct source *source);
