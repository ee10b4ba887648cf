/* Drawing by gnuplot, in a folder of its own that is gone afterwards, also where a signal ends us: from
 * gnuplot_open() to gnuplot_close() those that ask us to end are held back, and cut short what is drawn.
 * Layer: cli/. Includes everything above. */
#pragma once

#include <signal.h>

#include "base/error.h"
#include "output/plot.h"

/* So long a picture may take. */
#define GNUPLOT_TIMEOUT_NS (60 * NS_PER_S)

struct gnuplot {
    char *program; /* its path; owned */
    char *folder;  /* owned */
    int dirfd;
    int signals;      /* a signalfd: readable where we were asked to end */
    sigset_t blocked; /* as it was before */
};

/* Finds gnuplot and makes the folder. -ENOENT: it is not installed, with the command that mends it. */
int gnuplot_open(struct gnuplot *ret, struct error *error);

/* Draws one as `end`, "svg" or "png". The caller frees *ret_bytes. -EIO with gnuplot's own words, -ETIME,
 * -EINTR. */
int gnuplot_draw(struct gnuplot *gnuplot, const struct plot *plot, const char *end, char **ret_bytes,
                 size_t *ret_length, struct error *error);

/* Removes the folder with all that is in it. What was held back comes through. */
void gnuplot_close(struct gnuplot *gnuplot);
