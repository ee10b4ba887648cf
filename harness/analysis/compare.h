/* Has a figure grown, against values that were pinned earlier? A few runs on each side, nothing assumed about
 * how they scatter, and more runs taken while it cannot be told.
 *
 * The shift between the two sides is estimated as the median of all differences of a new value and a pinned
 * one (Hodges and Lehmann, Annals of Mathematical Statistics 34, 1963). Its interval runs from one of these
 * differences, in order of size, to another; which ones follows exactly from the distribution of the
 * Mann-Whitney statistic (Annals of Mathematical Statistics 18, 1947), so that each side is wrong no more
 * often than is stated. With ties it is wrong less often. All it takes is that runs do not depend on each
 * other and that both sides scatter alike.
 *
 * Whoever looks again and again finds something: what may go wrong in all looks together is spent on them in
 * proportion to the runs they have (Lan and DeMets, Biometrika 70, 1983, with a linear spending function).
 * Layer: analysis/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"

/* So often, over all looks and all figures together, is growth of no more than the threshold called more; and
 * so often growth of more than it called no more. Where several figures are compared each has an equal share.
 */
#define COMPARE_ERROR_RATE 0.01

/* On a side. Beyond it more runs tell hardly more, and the exact distribution takes long to work out. */
#define COMPARE_VALUES_MAX 60

#define COMPARE_LOOKS_MAX 16

/* A moment at which a decision may fall. */
struct compare_look {
    int runs;
    int rank; /* of the difference, in order of size from 1, that bounds the interval; 0: still too few to
                 tell */
};

struct compare_plan {
    struct compare_look looks[COMPARE_LOOKS_MAX];
    int count;
};

/* Looks at `first` runs, then at half as many more each time, up to `most`; both sides have at least 1 and at
 * most COMPARE_VALUES_MAX values, and first <= most. */
void compare_plan_make(int pinned, int first, int most, double error_rate, struct compare_plan *ret);

/* How many runs the look after this many has; 0: there is none. With 0 the first. */
int compare_next_look(const struct compare_plan *plan, int runs);

/* Could any look of the plan come to a decision? Too few pinned values, or too few runs, never do. */
bool compare_plan_can_tell(const struct compare_plan *plan);

enum compare_state {
    COMPARE_OPEN,   /* the interval holds the threshold, or there is none */
    COMPARE_WITHIN, /* all of it is at the threshold or below: no more than that */
    COMPARE_ABOVE,  /* all of it is above */
};

struct comparison {
    enum compare_state state;
    bool improved;        /* all of it is further below 0 than the threshold is above */
    double pinned;        /* median */
    double value;         /* likewise, of the new ones */
    double shift;         /* estimate of new - pinned */
    struct known_f64 low; /* interval of that; unknown: too few values, or not the moment for a look */
    struct known_f64 high;
    double threshold; /* as given */
};

/* Compares. Outside the looks of the plan it is open and has no interval. `threshold` is at least 0. */
void compare_judge(const struct compare_plan *plan, const int64_t *pinned, int pinned_count,
                   const int64_t *values, int value_count, double threshold, struct comparison *ret);

/* A comparison in its course: a decision, once it has fallen, stays. Begins as its plan alone. */
struct compare_course {
    struct compare_plan plan;
    struct comparison found; /* at the last look, or that which decided */
    int value_count;         /* that it was made with; 0: no look yet */
};

/* The look at `runs` values: at the first of them, since some runs give a value of one figure and none of
 * another. */
void compare_take_look(struct compare_course *course, int runs, const int64_t *pinned, int pinned_count,
                       const int64_t *values, int value_count, double threshold);

/* The median; of an even number the mean of the two in the middle. At least one value. */
double compare_median(const int64_t *values, int count);
