/* What the course of a series looks like. Pure. Layer: analysis/. Includes base/, model/. */
#pragma once

#include "analysis/leak_part.h"

/* How a series rises and falls back. */
struct leak_swings {
    double range;  /* bytes between its lowest and its highest reading */
    int falls;     /* by a third of that or more */
    bool abrupt;   /* they take less than a third of the time that the rises do: collections of garbage */
    bool smooth;   /* between its turns it hardly turns: no noise */
    double high;   /* the share of its readings that lie above the lowest third of the range */
    double middle; /* bytes between its quartiles */
    double risen;  /* bytes from its lowest before the first fall to its lowest after the last */
};

/* Of the points from `first` on. */
struct leak_swings leak_swings_of(const struct leak_part *part, size_t first);

/* Steps that make up most of a growth, the largest first. */
struct leak_steps {
    int count;        /* 0: it does not grow in steps */
    double share;     /* of the growth that they are */
    double height[2]; /* bytes, of the two largest */
    double least;     /* the smallest */
    bool spread;      /* there are some in the first half and in the second */
    int at[2];        /* they lie between this trough and the next */
};

/* Of the troughs of a look: those increments of at least so many bytes that stand out from the others. */
struct leak_steps leak_steps_of(const struct growth_points *points, double least);

/* The troughs without their largest step, or without their two largest: what comes after is lowered by what
 * that increment has more than the median one. */
struct growth_points leak_steps_remove(const struct growth_points *points, const struct leak_steps *steps);

/* The shape of a series that does not grow, and of one that does. */
enum leak_shape leak_shape_at_rest(const struct leak_swings *swings);
enum leak_shape leak_shape_of_growth(const struct leak_look *look, const struct leak_steps *steps,
                                     bool with_tasks);
