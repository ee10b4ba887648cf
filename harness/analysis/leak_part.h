/* The part of a series that a verdict on a leak rests on, and the troughs that are drawn from it. Pure.
 * Layer: analysis/. Includes base/, model/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "analysis/leak_growth.h"
#include "model/leak.h"

/* The known points of one life of the target, from its start or restart to the next. Release with
 * leak_part_free(). */
struct leak_part {
    const struct leak_point **points; /* owned; what they point to is the series' */
    double *x;                        /* owned: seconds since the life began, or its cycles */
    size_t count;
    bool by_cycle;
};

/* How many lives the series tells of: one more than its restarts; 0 where it is empty. */
size_t leak_part_lives(const struct leak_series *series);

/* The life of that number, from 0. */
struct leak_part leak_part_of(const struct leak_series *series, size_t life);

/* The life that lasted longest. */
struct leak_part leak_part_longest(const struct leak_series *series);
void leak_part_free(struct leak_part *part);

/* A way to look at a part: from which point on, its troughs in so many windows, and what these say. */
struct leak_look {
    size_t first;
    struct growth_points points;
    size_t index[TREND_POINTS_MAX]; /* of each trough among the points of the part */
    struct growth growth;
    double width; /* growth_error() of it */
};

/* The lowest level of each of `windows` parts, alike in their number of points, from `first` on, and what
 * they say. False where fewer than `least` are left. */
bool leak_look_take(const struct growth_rule *rule, const struct leak_part *part, size_t first, int windows,
                    int least, struct leak_look *ret);

/* The look that knows the slope best. What is left out at the beginning (at least a twentieth, at least one
 * cycle, at most half) and how wide the windows are is what makes the slope's interval narrow: a start-up
 * makes it wide, and so do windows that hold no whole sawtooth of a garbage collector. False: too few points.
 */
bool leak_look_find(const struct growth_rule *rule, const struct leak_part *part, int least,
                    struct leak_look *ret);
