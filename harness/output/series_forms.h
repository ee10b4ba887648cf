/* The forms that series_file.c tells apart; each reads a source to its end. All return 0, or a negative errno
 * with *source->error filled; what they added to *ret by then is released by the caller.
 * Layer: output/. Includes base/, model/. */
#pragma once

#include "output/series_build.h"
#include "output/series_file.h"
#include "output/series_source.h"

/* Lines of cells. The samples of a run among them, known by their header. */
int series_read_csv(struct source *source, struct series_file *ret);

/* A Prometheus answer, or the bare list of its series. */
int series_read_prometheus(struct source *source, struct series_file *ret);

/* Lines of docker stats. */
int series_read_docker(struct source *source, struct series_file *ret);

/* Ends a series that was built and appends it. `name` (owned) may be NULL. */
void series_file_append(struct series_file *file, struct series_build *build, char *name);

/* Appends a record, and empties the one that it was in. */
void series_file_take(struct series_file *file, struct series_record *record);
