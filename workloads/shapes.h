/* The one list of shapes.
 * Layer: workloads/. */
#pragma once

#include <stdio.h>

#include "shape.h"

/* The shape of that name; NULL and an error that names the nearest one, or all of them. */
const struct shape *shapes_find(const char *name, struct error *error);

/* In the order of the help; NULL after the last. */
const struct shape *shapes_at(size_t index);

/* `plimsoll-workload --help`. */
void shapes_print_help(FILE *stream);

/* `plimsoll-workload SHAPE --help`. */
void shape_print_help(const struct shape *shape, FILE *stream);
