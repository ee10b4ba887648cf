/* What a shape is: a way of using memory, described once and run by main.c.
 *
 * To add one: copy plateau.c, the smallest; give it its options, plan() and perform(); list its descriptor in
 * shapes.c. Layer: workloads/. Includes base/ alone. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "options.h"
#include "truth.h"

struct shape {
    const char *name;
    const char *summary; /* one line for the list of shapes */
    const char *details; /* the paragraph of --help: what counts towards --size, what the times mean */
    const char *example; /* the arguments of one command line, beginning with the shape */
    const struct option_spec *options;
    size_t option_count;

    /* Checks the options together and fills the truth. Allocates no payload. Any error is the user's: exit 2.
     */
    int (*plan)(struct truth *truth, struct error *error);

    /* Does what was planned, after the truth was printed. Any error is the machine's: exit 1. */
    int (*perform)(struct error *error);
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
