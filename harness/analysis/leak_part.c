#include "analysis/leak_part.h"

#include <stdlib.h>

#include "base/units.h"

/* No more windows than this: more would add little, and cost the square. */
#define WINDOWS_MAX 32

/* A look that leaves out more, or is coarser, has to be narrower by so much. */
#define WORTH_RATIO 0.8

/* And by this share of what counts as growth at all. */
#define WORTH_SHARE 0.1

/* The share of a run that is its start-up at least, and at most. */
#define WARMUP_LEAST 20
#define TENTHS_MOST  5

/* So few windows make a wide interval by their number alone; fewer are looked at only where there are no
 * more. */
static const int windows_of[] = {32, 24, 16, 12, 8};

size_t leak_part_lives(const struct leak_series *series) {
    size_t lives = series->count > 0;
    for (size_t i = 1; i < series->count; i++)
        lives += series->points[i].restarted;
    return lives;
}

struct leak_part leak_part_of(const struct leak_series *series, size_t life) {
    struct leak_part part = {.by_cycle = series->by_cycle};
    part.points = calloc(series->count + 1, sizeof(const struct leak_point *));
    part.x = calloc(series->count + 1, sizeof *part.x);
    if (!part.points || !part.x)
        abort();
    size_t now = 0;
    size_t first = 0;
    for (size_t i = 0; i < series->count; i++) {
        const struct leak_point *point = &series->points[i];
        if (i > 0 && point->restarted) {
            now++;
            first = i;
        }
        if (now != life || !point->bytes.known)
            continue;
        double x = part.by_cycle
                       ? (double)(i - first)
                       : (double)(point->time_ns - series->points[first].time_ns) / (double)NS_PER_S;
        /* Of two at the same moment the first stands. */
        if (part.count > 0 && x <= part.x[part.count - 1])
            continue;
        part.points[part.count] = point;
        part.x[part.count++] = x;
    }
    return part;
}

static double length(const struct leak_part *part) {
    return part->count ? part->x[part->count - 1] - part->x[0] : -1;
}

struct leak_part leak_part_longest(const struct leak_series *series) {
    struct leak_part longest = leak_part_of(series, 0);
    size_t lives = leak_part_lives(series);
    for (size_t life = 1; life < lives; life++) {
        struct leak_part part = leak_part_of(series, life);
        if (length(&part) > length(&longest)) {
            struct leak_part shorter = longest;
            longest = part;
            part = shorter;
        }
        leak_part_free(&part);
    }
    return longest;
}

void leak_part_free(struct leak_part *part) {
    free(part->points);
    free(part->x);
    *part = (struct leak_part){0};
}

bool leak_look_take(const struct growth_rule *rule, const struct leak_part *part, size_t first, int windows,
                    int least, struct leak_look *ret) {
    struct leak_look look = {.first = first};
    struct growth_points *points = &look.points;
    size_t left = part->count - first;
    for (int i = 0; i < windows; i++) {
        size_t from = first + left * (size_t)i / (size_t)windows;
        size_t to = first + left * (size_t)(i + 1) / (size_t)windows;
        size_t trough = from;
        for (size_t j = from; j < to; j++)
            if (part->points[j]->bytes.value < part->points[trough]->bytes.value)
                trough = j;
        if (from == to)
            continue;
        look.index[points->n] = trough;
        points->x[points->n] = part->x[trough];
        points->y[points->n++] = (double)part->points[trough]->bytes.value;
    }
    if (points->n < least)
        return false;
    growth_judge(rule, points, &look.growth);
    look.width = growth_error(&look.growth);
    *ret = look;
    return true;
}

static bool is_better(const struct growth_rule *rule, const struct leak_look *look,
                      const struct leak_look *best) {
    if (!best->points.n)
        return true;
    double gained = (best->width - look->width) * look->growth.span;
    return look->width < WORTH_RATIO * best->width && gained > WORTH_SHARE * rule->least_bytes;
}

/* All windows from that point on. */
static void look_from(const struct growth_rule *rule, const struct leak_part *part, size_t first, int least,
                      struct leak_look *best) {
    size_t left = part->count - first;
    struct leak_look look;
    if (left < WINDOWS_MAX && leak_look_take(rule, part, first, (int)left, least, &look) &&
        is_better(rule, &look, best))
        *best = look;
    for (size_t i = 0; i < sizeof windows_of / sizeof windows_of[0]; i++)
        if (left >= (size_t)windows_of[i] && leak_look_take(rule, part, first, windows_of[i], least, &look) &&
            is_better(rule, &look, best))
            *best = look;
}

bool leak_look_find(const struct growth_rule *rule, const struct leak_part *part, int least,
                    struct leak_look *ret) {
    struct leak_look best = {0};
    size_t before = part->count;
    for (size_t tenth = 0; tenth <= TENTHS_MOST; tenth++) {
        size_t first = tenth ? part->count * tenth / 10 : part->count / WARMUP_LEAST;
        if (part->by_cycle && first < 1)
            first = 1;
        if (first == before || first >= part->count)
            continue;
        before = first;
        look_from(rule, part, first, least, &best);
    }
    *ret = best;
    return best.points.n > 0;
}
