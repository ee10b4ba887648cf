/* The gnuplot scripts of scripts/plots, as they are there: the build makes plot_scripts.c of them.
 * Layer: output/. Includes nothing of the project. */
#pragma once

struct plot_script {
    const char *name; /* "timeline", ... */
    const char *text;
};

/* The list ends with a NULL name. */
extern const struct plot_script plot_scripts[];
