/* Options as data: one table per shape is parsed, checked and printed as help.
 * Layer: workloads/. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum option_kind {
    OPTION_BYTES,    /* a Kubernetes quantity; the value is in bytes */
    OPTION_DURATION, /* a duration; the value is in nanoseconds */
    OPTION_COUNT,    /* a whole number */
    OPTION_PATH,     /* a text, kept as it is */
};

struct option_spec {
    const char *name; /* with its dashes */
    enum option_kind kind;
    int64_t *number;   /* where a number goes */
    const char **text; /* where a path goes */
    const char
        *fallback; /* the default as a user would write it; NULL leaves the value as it was initialised */
    int64_t least; /* of a number, in its own unit */
    int64_t most;  /* of a number; 0: that of its kind, 1Pi or a year */
    const char *meaning;
};

/* Sets the defaults, then reads the NULL-terminated arguments (`--name VALUE` or `--name=VALUE`; the last one
 * wins). Returns 0, 1 where --help stands among them, or -EINVAL with the argument that is wrong and what
 * would be right. */
int options_parse(const struct option_spec *specs, size_t count, char **arguments, struct error *error);

/* What the help calls a value of that kind. */
const char *option_value_name(enum option_kind kind);

void options_print_help(const struct option_spec *specs, size_t count, FILE *stream);

/* "NAME: unknown WHAT; did you mean X?", or the whole list where nothing is near. Returns -EINVAL. */
int error_unknown_name(struct error *error, const char *what, const char *name, const char *const *names,
                       size_t count);
