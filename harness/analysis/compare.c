#include "analysis/compare.h"

#include <stdlib.h>
#include <string.h>

static int compare_i64(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of numbers in order. */
static double middle(const int64_t *sorted, int count) {
    int upper = count / 2;
    return count % 2 ? (double)sorted[upper] : ((double)sorted[upper - 1] + (double)sorted[upper]) / 2;
}

double compare_median(const int64_t *values, int count) {
    int64_t *sorted = malloc((size_t)count * sizeof *sorted);
    if (!sorted)
        abort();
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, compare_i64);
    double median = middle(sorted, count);
    free(sorted);
    return median;
}

/* In how many of all orders of `a` and `b` different values the Mann-Whitney statistic is u, for every u from
 * 0 to a * b. It is the number of ways to take b places of a + b so that they lie u places above the lowest
 * ones; each further place is either left out or taken as the last of those taken so far. Sums alone, so that
 * nothing is lost. Caller frees. */
static double *count_orders(int a, int b) {
    size_t width = (size_t)a * (size_t)b + 1;
    double *ways = calloc((size_t)(b + 1) * width, sizeof *ways); /* [taken][u] */
    if (!ways)
        abort();
    ways[0] = 1;
    for (int place = 0; place < a + b; place++) {
        for (int taken = b < place + 1 ? b : place + 1; taken > 0; taken--) {
            int left_out = place - (taken - 1); /* below this one */
            const double *before = ways + (size_t)(taken - 1) * width;
            double *here = ways + (size_t)taken * width;
            for (size_t u = (size_t)left_out; left_out <= a && u < width; u++)
                here[u] += before[u - (size_t)left_out];
        }
    }
    double *counts = malloc(width * sizeof *counts);
    if (!counts)
        abort();
    memcpy(counts, ways + (size_t)b * width, width * sizeof *counts);
    free(ways);
    return counts;
}

/* The highest rank whose difference is below the true shift, or above it from the other end, no more often
 * than `rate`; how often that is goes to *ret_spent. 0: none is. */
static int highest_rank(int a, int b, double rate, double *ret_spent) {
    double *counts = count_orders(a, b);
    int pairs = a * b;
    double all = 0;
    for (int u = 0; u <= pairs; u++)
        all += counts[u];
    double spent = 0;
    int rank = 0;
    /* Both ends of an interval: they must not pass each other. */
    while (2 * (rank + 1) <= pairs && spent + counts[rank] / all <= rate)
        spent += counts[rank++] / all;
    free(counts);
    *ret_spent = spent;
    return rank;
}

void compare_plan_make(int pinned, int first, int most, double error_rate, struct compare_plan *ret) {
    struct compare_plan plan = {0};
    double spent = 0;
    for (int runs = first; plan.count < COMPARE_LOOKS_MAX; plan.count++) {
        double here = 0;
        double allowed = error_rate * runs / most - spent;
        plan.looks[plan.count] = (struct compare_look){runs, highest_rank(pinned, runs, allowed, &here)};
        spent += here;
        if (runs >= most) {
            plan.count++;
            break;
        }
        runs += (runs + 1) / 2;
        runs = runs < most ? runs : most;
    }
    *ret = plan;
}

int compare_next_look(const struct compare_plan *plan, int runs) {
    for (int i = 0; i < plan->count; i++)
        if (plan->looks[i].runs > runs)
            return plan->looks[i].runs;
    return 0;
}

bool compare_plan_can_tell(const struct compare_plan *plan) {
    for (int i = 0; i < plan->count; i++)
        if (plan->looks[i].rank > 0)
            return true;
    return false;
}

/* 0: no look has so many runs. */
static int rank_at(const struct compare_plan *plan, int runs) {
    for (int i = 0; i < plan->count; i++)
        if (plan->looks[i].runs == runs)
            return plan->looks[i].rank;
    return 0;
}

static enum compare_state state_of(double low, double high, double threshold) {
    if (low > threshold)
        return COMPARE_ABOVE;
    return high <= threshold ? COMPARE_WITHIN : COMPARE_OPEN;
}

void compare_judge(const struct compare_plan *plan, const int64_t *pinned, int pinned_count,
                   const int64_t *values, int value_count, double threshold, struct comparison *ret) {
    int pairs = pinned_count * value_count;
    int64_t *differences = malloc((size_t)pairs * sizeof *differences);
    if (!differences)
        abort();
    for (int i = 0; i < pinned_count; i++)
        for (int j = 0; j < value_count; j++)
            differences[i * value_count + j] = values[j] - pinned[i];
    qsort(differences, (size_t)pairs, sizeof *differences, compare_i64);
    struct comparison found = {.pinned = compare_median(pinned, pinned_count),
                               .value = compare_median(values, value_count),
                               .shift = middle(differences, pairs),
                               .threshold = threshold};
    int rank = rank_at(plan, value_count);
    if (rank > 0) {
        found.low = known_f64((double)differences[rank - 1]);
        found.high = known_f64((double)differences[pairs - rank]);
        found.state = state_of(found.low.value, found.high.value, threshold);
        found.improved = found.high.value < -threshold;
    }
    free(differences);
    *ret = found;
}

void compare_take_look(struct compare_course *course, int runs, const int64_t *pinned, int pinned_count,
                       const int64_t *values, int value_count, double threshold) {
    if (course->found.state != COMPARE_OPEN)
        return;
    course->value_count = value_count < runs ? value_count : runs;
    compare_judge(&course->plan, pinned, pinned_count, values, course->value_count, threshold,
                  &course->found);
}
