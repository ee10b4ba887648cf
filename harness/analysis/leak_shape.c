#include "analysis/leak_shape.h"

#include <math.h>

/* Falls by this share of the range count. */
#define FALL_RATIO (1.0 / 3)

/* Rises that take so many times as long as falls are those of garbage that is collected. */
#define ABRUPT_RATIO 3.0

/* It moves no more than so many times as far as its turns are apart. */
#define SMOOTH_RATIO 1.6

/* Readings that lie high for a smaller share of the time are spikes. */
#define SPIKES_SHARE 0.2

/* By so many deviations of the others an increment stands out (normal noise has one in 30 above 2.1). */
#define STANDS_OUT 6.0

#define STAIRCASE_STEPS 3

/* Steps that make up less of the growth do not make it a staircase. */
#define STEPS_SHARE 0.7

static double level(const struct leak_part *part, size_t i) {
    return (double)part->points[i]->bytes.value;
}

/* The turns of a series that goes back by `least` or more (as in counting cycles of load by ranges). */
static void count_swings(const struct leak_part *part, size_t first, double least,
                         struct leak_swings *swings) {
    size_t top = first;
    size_t bottom = first;
    double rising = 0;
    double falling = 0;
    double swung = 0;
    double moved = 0;
    double lowest = level(part, first);
    double after = lowest;
    bool up = true;
    for (size_t i = first; i < part->count; i++) {
        if (up && swings->falls == 0)
            lowest = fmin(lowest, level(part, i));
        if (i > first)
            moved += fabs(level(part, i) - level(part, i - 1));
        if (up && level(part, i) >= level(part, top))
            top = i;
        if (!up && level(part, i) <= level(part, bottom))
            bottom = i;
        if (up && level(part, top) - level(part, i) >= least) {
            rising += part->x[top] - part->x[bottom];
            swung += level(part, top) - level(part, bottom);
            bottom = i;
            up = false;
        } else if (!up && level(part, i) - level(part, bottom) >= least) {
            falling += part->x[bottom] - part->x[top];
            swung += level(part, top) - level(part, bottom);
            swings->falls++;
            after = level(part, bottom);
            top = i;
            up = true;
        }
    }
    if (!up) {
        falling += part->x[bottom] - part->x[top];
        after = level(part, bottom);
        swings->falls++;
    } else {
        rising += part->x[top] - part->x[bottom];
    }
    swung += level(part, top) - level(part, bottom);
    swings->risen = after - lowest;
    swings->smooth = moved < SMOOTH_RATIO * swung;
    swings->abrupt = swings->falls > 0 && rising > ABRUPT_RATIO * falling;
}

struct leak_swings leak_swings_of(const struct leak_part *part, size_t first) {
    struct leak_swings swings = {0};
    double sample[TREND_POINTS_MAX];
    double least = INFINITY;
    double most = -INFINITY;
    for (size_t i = first; i < part->count; i++) {
        least = fmin(least, level(part, i));
        most = fmax(most, level(part, i));
    }
    size_t left = part->count - first;
    if (!left)
        return swings;
    int taken = (int)(left < TREND_POINTS_MAX ? left : TREND_POINTS_MAX);
    for (int i = 0; i < taken; i++)
        sample[i] = level(part, first + left * (size_t)i / (size_t)taken);
    swings.middle = trend_select(sample, taken, 3 * taken / 4) - trend_select(sample, taken, taken / 4);
    swings.range = most - least;
    size_t high = 0;
    for (size_t i = first; i < part->count; i++)
        high += level(part, i) > least + swings.range * FALL_RATIO;
    swings.high = (double)high / (double)left;
    if (swings.range > 0)
        count_swings(part, first, swings.range * FALL_RATIO, &swings);
    return swings;
}

/* Both parts of a step that fell between two windows count as one. */
static int merge_steps(double *increments, int count, double least) {
    double values[TREND_POINTS_MAX];
    for (int i = 0; i < count; i++)
        values[i] = increments[i];
    double middle = trend_median(values, count);
    int steps = 0;
    for (int i = 0; i < count; i++)
        values[i] = fabs(increments[i] - middle);
    double out = middle + fmax(STANDS_OUT * MAD_TO_SIGMA * trend_median(values, count), fabs(middle));
    out = fmax(out, least);
    for (int i = 0; i < count; i++) {
        if (increments[i] <= out)
            continue;
        if (i + 1 < count && increments[i + 1] > out) {
            increments[i + 1] += increments[i] - middle;
            increments[i] = middle;
            continue;
        }
        steps++;
    }
    return steps;
}

struct leak_steps leak_steps_of(const struct growth_points *points, double least) {
    struct leak_steps steps = {0};
    double increments[TREND_POINTS_MAX];
    int count = points->n - 1;
    double growth = points->y[count] - points->y[0];
    for (int i = 0; i < count; i++)
        increments[i] = points->y[i + 1] - points->y[i];
    int found = merge_steps(increments, count, least);
    if (found == 0 || found > count / 3 || growth <= 0)
        return steps;
    double sum = 0;
    int early = 0;
    for (int k = 0; k < found; k++) {
        int largest = 0;
        for (int i = 1; i < count; i++)
            if (increments[i] > increments[largest])
                largest = i;
        sum += increments[largest];
        early += largest < count / 2;
        steps.least = increments[largest];
        if (k < 2) {
            steps.height[k] = increments[largest];
            steps.at[k] = largest;
        }
        increments[largest] = -INFINITY;
    }
    steps.share = sum / growth;
    steps.count = found;
    steps.spread = early > 0 && early < found;
    return steps;
}

struct growth_points leak_steps_remove(const struct growth_points *points, const struct leak_steps *steps) {
    struct growth_points left = *points;
    double increments[TREND_POINTS_MAX];
    for (int i = 0; i + 1 < points->n; i++)
        increments[i] = points->y[i + 1] - points->y[i];
    double middle = trend_median(increments, points->n - 1);
    for (int k = 0; k < 2 && k < steps->count; k++) {
        /* Where a step was in two parts, the first of them is taken out too. */
        int at = steps->at[k];
        for (int i = at; i >= 0 && i >= at - 1; i--) {
            double increment = points->y[i + 1] - points->y[i];
            if (i < at && increment < steps->height[k] / 10)
                break;
            for (int j = i + 1; j < points->n; j++)
                left.y[j] -= increment - middle;
        }
    }
    return left;
}

enum leak_shape leak_shape_at_rest(const struct leak_swings *swings) {
    if (swings->falls > 0 && swings->high < SPIKES_SHARE && swings->range > 10 * swings->middle)
        return SHAPE_SPIKES;
    if (swings->falls >= 2 && swings->abrupt)
        return SHAPE_SAWTOOTH;
    return SHAPE_FLAT;
}

enum leak_shape leak_shape_of_growth(const struct leak_look *look, const struct leak_steps *steps,
                                     bool with_tasks) {
    if (look->growth.slowing)
        return SHAPE_SATURATING;
    if (with_tasks)
        return SHAPE_STACKS;
    if (steps->count >= STAIRCASE_STEPS && steps->share >= STEPS_SHARE)
        return SHAPE_STAIRCASE;
    return look->growth.quickening ? SHAPE_ACCELERATING : SHAPE_LINEAR;
}
