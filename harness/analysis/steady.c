#include "analysis/steady.h"

#include <math.h>

/* MSER-5: means of so many readings at a time, so that single ones weigh less. */
#define BATCH 5

#define BATCHES_LEAST (STEADY_READINGS_LEAST / BATCH)

#define BATCHES_MAX (SERIES_POINTS / BATCH)

/* In square bytes: a hundredth of a page. */
#define ROUNDING (40.0 * 40.0)

/* No shut-down takes more of a run than one part in so many. */
#define END_SHARE 4

/* Means of batches of readings, in order; what is left over at the end is in none. Returns how many. Readings
 * that are not known repeat the one before. */
static size_t make_batches(const struct series *series, double *ret) {
    size_t count = 0;
    double sum = 0;
    double last = 0;
    for (size_t i = 0; i < series->count && !series->points[i].working_set.known; i++)
        if (i + 1 < series->count && series->points[i + 1].working_set.known)
            last = (double)series->points[i + 1].working_set.value;
    for (size_t i = 0; i < series->count; i++) {
        if (series->points[i].working_set.known)
            last = (double)series->points[i].working_set.value;
        sum += last;
        if (i % BATCH == BATCH - 1) {
            ret[count++] = sum / BATCH;
            sum = 0;
        }
    }
    return count;
}

/* What of the batches is left: from `first` to before `end`. */
struct cut {
    size_t first;
    size_t end;
};

/* Sums of the batches before each, relative to the first against cancellation. */
static void add_up(const double *batches, size_t count, double *sums, double *squares) {
    sums[0] = squares[0] = 0;
    for (size_t i = 0; i < count; i++) {
        double value = batches[i] - batches[0];
        sums[i + 1] = sums[i] + value;
        squares[i + 1] = squares[i] + value * value;
    }
}

static double mean(const double *batches, size_t first, size_t end) {
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += batches[i];
    return sum / (double)(end - first);
}

/* With at most `tail` batches cut off at the end. Of cuts that are as good, the one that leaves most. */
static struct cut find_cut(const double *batches, size_t count, size_t tail) {
    double sums[BATCHES_MAX + 1];
    double squares[BATCHES_MAX + 1];
    struct cut best = {0, count};
    double least = INFINITY;
    add_up(batches, count, sums, squares);
    for (size_t end = count; end >= count - tail; end--) {
        /* Not beyond the middle: a few batches are alike by chance. */
        for (size_t first = 0; first <= count / 2; first++) {
            double n = (double)(end - first);
            double sum = sums[end] - sums[first];
            double error = (squares[end] - squares[first] - sum * sum / n) / (n * n);
            /* What is no better but for rounding leaves less. */
            if (error >= least * (1 - 1e-9) - ROUNDING)
                continue;
            least = error;
            best = (struct cut){first, end};
        }
    }
    return best;
}

static bool is_known_anywhere(const struct series *series) {
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].working_set.known)
            return true;
    return false;
}

struct steady_phase steady_find(const struct series *series) {
    double batches[BATCHES_MAX];
    size_t half = series->count / 2;
    if (!is_known_anywhere(series))
        return (struct steady_phase){0};
    size_t count = make_batches(series, batches);
    struct cut cut = {count, count};
    if (count >= BATCHES_LEAST)
        cut = find_cut(batches, count, count / END_SHARE);
    /* What rises at the end is no shut-down. */
    if (cut.end < count && mean(batches, cut.end, count) > mean(batches, cut.first, cut.end))
        cut = find_cut(batches, count, 0);
    if (cut.first >= count / 2)
        return (struct steady_phase){.first = half, .count = series->count - half};
    size_t first = cut.first * BATCH;
    size_t end = cut.end == count ? series->count : cut.end * BATCH;
    return (struct steady_phase){.first = first, .count = end - first, .settled = true};
}
