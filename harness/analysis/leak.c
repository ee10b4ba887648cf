#include "analysis/leak.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/leak_part.h"
#include "analysis/leak_power.h"
#include "analysis/leak_shape.h"
#include "analysis/leak_words.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

/* Fewer troughs than this, after warm-up, say nothing; and so few make no leak certain. */
#define POINTS_LEAST     4
#define POINTS_CONFIRMED 8

/* All of the growth must be more than this, whatever its rate: pages that come and go, and what the kernel
 * charges to a group in advance (64 pages for each CPU that was used). */
#define LEAST_BYTES ((double)(64 * KIB))

/* By judgement: what a service can be expected to lose in an hour is no leak yet; nor what a healthy node
 * server was seen to drift by in a cycle, some 20 to 40 KiB. */
#define FLOOR_PER_HOUR  ((double)MIB)
#define FLOOR_PER_CYCLE ((double)(64 * KIB))

/* A run that would not have seen it grow to so many times its level more, and by more than
 * what an allocator takes at once, was too short, or too noisy. */
#define UNSEEN_RATIO 4.0
#define UNSEEN_LEAST ((double)(32 * MIB))

/* In fewer cycles than this, growth by less than this share of its level is not certain to go on: the heap of
 * a healthy node server was seen to grow by a few per cent over 20. */
#define SETTLED_CYCLES 32
#define SETTLING_SHARE 0.1

/* So few collections of garbage do not tell what is left after one from what is not yet collected. */
#define COLLECTIONS_FEW 3

/* Falls that matter: by this share of what it grew by, or of its level. */
#define FELL_RATIO  0.3
#define SWING_RATIO 0.05

/* Steps are taken out where that makes the interval narrower by so much. Two of such likeness may be the
 * first of many. */
#define STEPS_RATIO 0.7
#define STEP_LEAST  ((double)(256 * KIB))
#define ALIKE_RATIO 0.7

/* Steps that are more than all of the growth are the teeth of a saw. */
#define STEPS_SHARE_MOST 1.3

/* What it grew by must be seen in windows of another width too, and at this rate: a saw that is sampled in
 * step with its own period seems to grow. */
#define OTHER_WINDOWS 0.8
#define OTHER_RATE    0.25

/* In so many windows a rest at the end is seen that wider ones hide. */
#define FINEST_WINDOWS 40

/* Threads that came, at least, for it to be them that grew. */
#define TASKS_LEAST 8.0

/* Noise of this autocorrelation wanders. */
#define WANDERING_RHO 0.8

/* What is promised of a longer run leaves so much room. */
#define MORE_MARGIN 1.1

/* Nobody is told to run longer than so many times. */
#define LONGER_MOST 20

/* Restarts that tell a target which grows until it is full; more lives than that are not looked at. What they
 * end at is alike, or like the limit, within this. */
#define RESTARTS_LEAST 2
#define LIVES_MOST     64
#define AT_LIMIT_RATIO 0.85

struct leak_config leak_config_default(void) {
    return (struct leak_config){.floor_bytes_per_hour = FLOOR_PER_HOUR,
                                .floor_bytes_per_cycle = FLOOR_PER_CYCLE};
}

/* All that a verdict is found from. */
struct inquiry {
    const struct leak_series *series;
    struct leak_part part;
    struct growth_rule rule;
    double per_hour; /* x in an hour */
    struct leak_look look;
    struct leak_swings swings;
    struct leak_steps steps;
    struct leak_steps removed; /* that the look is without, one or two; count 0: none */
    double detectable;         /* bytes per x */
};

/* --- numbers */

static struct known_f64 finite_or_unknown(double value) {
    return isfinite(value) ? known_f64(value) : UNKNOWN_F64;
}

static struct leak_rate rate_of(const struct trend *trend, double per_x) {
    return (struct leak_rate){finite_or_unknown(trend->slope * per_x), finite_or_unknown(trend->low * per_x),
                              finite_or_unknown(trend->high * per_x)};
}

static double hours_between(const struct leak_part *part, size_t first, size_t last) {
    return (double)(part->points[last]->time_ns - part->points[first]->time_ns) / (double)NS_PER_S /
           SECONDS_PER_HOUR;
}

static struct growth_rule make_rule(const struct leak_config *config, const struct leak_series *series,
                                    const struct leak_part *part, double per_hour) {
    struct growth_rule rule = {.floor_rate = config->floor_bytes_per_hour / per_hour,
                               .least_bytes = fmax(LEAST_BYTES, 3.0 * (double)series->resolution_bytes),
                               .whole = part->x[part->count - 1],
                               .sigma_least = (double)series->resolution_bytes / sqrt(12.0),
                               .by_cycle = part->by_cycle};
    if (part->by_cycle)
        rule.floor_rate = fmax(rule.floor_rate, config->floor_bytes_per_cycle);
    return rule;
}

/* From the beginning on, in narrow windows: a look that leaves out much may have left out steps. */
static void find_all_steps(struct inquiry *inquiry) {
    const struct leak_part *part = &inquiry->part;
    struct leak_look fine;
    size_t first = part->count / 20;
    size_t left = part->count - first;
    int windows = left < FINEST_WINDOWS ? (int)left : FINEST_WINDOWS;
    if (leak_look_take(&inquiry->rule, part, first, windows, POINTS_LEAST, &fine))
        inquiry->steps = leak_steps_of(&fine.points, STEP_LEAST);
}

/* One or two steps are no leak; what is left without them is judged. */
static void take_steps_out(struct inquiry *inquiry) {
    struct leak_look *look = &inquiry->look;
    struct leak_steps steps = leak_steps_of(&look->points, STEP_LEAST);
    if (steps.count < 1 || steps.count > 2)
        return;
    struct growth_points points = leak_steps_remove(&look->points, &steps);
    struct growth growth;
    growth_judge(&inquiry->rule, &points, &growth);
    double width = growth_error(&growth);
    if (!(width < STEPS_RATIO * look->width))
        return;
    look->points = points;
    look->growth = growth;
    look->width = width;
    inquiry->removed = steps;
}

/* False: too few points, or no time passed. */
static bool begin(const struct leak_config *config, struct inquiry *inquiry) {
    const struct leak_part *part = &inquiry->part;
    if (part->count < POINTS_LEAST)
        return false;
    size_t last = part->count - 1;
    double hours = hours_between(part, 0, last);
    if (hours <= 0)
        return false;
    inquiry->per_hour = (part->x[last] - part->x[0]) / hours;
    inquiry->rule = make_rule(config, inquiry->series, part, inquiry->per_hour);
    if (!leak_look_find(&inquiry->rule, part, POINTS_LEAST, &inquiry->look))
        return false;
    inquiry->swings = leak_swings_of(part, part->count / 20);
    find_all_steps(inquiry);
    take_steps_out(inquiry);
    inquiry->detectable =
        leak_power_detectable(&inquiry->rule, &inquiry->look.points, &inquiry->look.growth, 1);
    return true;
}

/* The line through one of a point's numbers, at the troughs that count. Unknown where not all know it. */
static struct known_f64 growth_of(const struct inquiry *inquiry, size_t offset) {
    const struct leak_look *look = &inquiry->look;
    struct growth_points points = look->points;
    for (int i = 0; i < points.n; i++) {
        const char *point = (const char *)inquiry->part.points[look->index[i]];
        const struct known_i64 *value = (const struct known_i64 *)(const void *)(point + offset);
        if (!value->known)
            return UNKNOWN_F64;
        points.y[i] = (double)value->value;
    }
    struct trend trend;
    trend_fit(points.x, points.y, points.n, 1, &trend);
    return known_f64(trend.slope * look->growth.span);
}

static void add_kind(const struct inquiry *inquiry, struct leak *leak, const char *name, size_t offset) {
    struct known_f64 growth = growth_of(inquiry, offset);
    if (!growth.known)
        return;
    leak->kinds[leak->kind_count++] =
        (struct leak_kind){.name = name,
                           .growth_bytes = growth.value,
                           .bytes_per_hour = growth.value / inquiry->look.growth.span * inquiry->per_hour};
}

static void tell_numbers(const struct inquiry *inquiry, struct leak *leak) {
    const struct leak_look *look = &inquiry->look;
    const struct leak_part *part = &inquiry->part;
    leak->points = (int)(part->count - look->first);
    leak->warmup = (int)look->first;
    leak->span_ns = part->points[part->count - 1]->time_ns - part->points[look->first]->time_ns;
    leak->per_hour = rate_of(&look->growth.trend, inquiry->per_hour);
    leak->detectable_bytes_per_hour = finite_or_unknown(inquiry->detectable * inquiry->per_hour);
    if (part->by_cycle) {
        leak->per_cycle = rate_of(&look->growth.trend, 1);
        leak->detectable_bytes_per_cycle = finite_or_unknown(inquiry->detectable);
    }
    add_kind(inquiry, leak, "anon", offsetof(struct leak_point, anon));
    add_kind(inquiry, leak, "shmem", offsetof(struct leak_point, shmem));
    add_kind(inquiry, leak, "kernel", offsetof(struct leak_point, kernel));
    leak->tasks_growth = growth_of(inquiry, offsetof(struct leak_point, tasks));
}

static bool is_made_of_tasks(const struct leak *leak) {
    return leak->tasks_growth.known && leak->tasks_growth.value >= TASKS_LEAST;
}

static void tell_time_to_limit(const struct inquiry *inquiry, struct leak *leak) {
    const struct leak_part *part = &inquiry->part;
    double per_s = inquiry->look.growth.trend.slope * inquiry->per_hour / SECONDS_PER_HOUR;
    if (!inquiry->series->limit_bytes.known || per_s <= 0)
        return;
    double left = (double)(inquiry->series->limit_bytes.value - part->points[part->count - 1]->bytes.value);
    leak->time_to_limit_s = known_f64(fmax(left, 0) / per_s);
}

/* So much longer, in x; as cycles and as time. */
static void tell_more(const struct inquiry *inquiry, struct leak *leak, double more) {
    leak->more_s = known_f64(more / inquiry->per_hour * SECONDS_PER_HOUR);
    if (inquiry->part.by_cycle)
        leak->more_cycles = known_i64((int64_t)ceil(more));
}

/* The error of a slope shrinks with the span to the power of 1.5 where what it is seen in is independent
 * noise, of 0.5 where it wanders; and of 1 where it is independent, but a longer series is thinned to as many
 * points. A rate of half of what is detectable is promised; not below the floor. */
static void promise_more(const struct inquiry *inquiry, struct leak *leak) {
    const struct growth *growth = &inquiry->look.growth;
    double power = growth->rho > WANDERING_RHO ? 0.5 : 1;
    double wanted = fmax(inquiry->detectable / 2, 1.5 * inquiry->rule.floor_rate);
    if (!isfinite(inquiry->detectable) || wanted > 0.8 * inquiry->detectable)
        return;
    tell_more(inquiry, leak,
              inquiry->rule.whole * (pow(MORE_MARGIN * inquiry->detectable / wanted, 1 / power) - 1));
    leak->more_detectable_bytes_per_hour = known_f64(wanted * inquiry->per_hour);
}

/* --- verdicts */

static void conclude(struct leak *leak, enum leak_verdict verdict, enum leak_shape shape, char *reason) {
    leak->verdict = verdict;
    leak->shape = shape;
    leak->reason = reason;
}

static void find_too_little(const struct inquiry *inquiry, struct leak *leak) {
    size_t count = inquiry->part.count;
    const char *what = inquiry->part.by_cycle ? "cycle" : "reading";
    conclude(leak, LEAK_INCONCLUSIVE, SHAPE_UNKNOWN,
             text_format("Only %zu %s%s: at least %d are needed.", count, what, count == 1 ? "" : "s",
                         POINTS_CONFIRMED + 1));
    if (inquiry->part.by_cycle && count <= POINTS_CONFIRMED)
        leak->more_cycles = known_i64(POINTS_CONFIRMED + 1 - (int64_t)count);
}

static double level_of(const struct growth_points *points) {
    double values[TREND_POINTS_MAX];
    for (int i = 0; i < points->n; i++)
        values[i] = points->y[i];
    return trend_median(values, points->n);
}

static bool saw_few_collections(const struct inquiry *inquiry) {
    const struct leak_swings *swings = &inquiry->swings;
    /* Cycles of the same work that end where they began have not grown. */
    if (inquiry->part.by_cycle && swings->risen < FELL_RATIO * swings->range)
        return false;
    return swings->abrupt && swings->smooth && swings->falls > 0 && swings->falls <= COLLECTIONS_FEW &&
           swings->high > FELL_RATIO && swings->range > SWING_RATIO * level_of(&inquiry->look.points);
}

static void find_few_collections(const struct inquiry *inquiry, struct leak *leak) {
    int falls = inquiry->swings.falls;
    leak->detectable_bytes_per_hour = leak->detectable_bytes_per_cycle = UNKNOWN_F64;
    conclude(
        leak, LEAK_INCONCLUSIVE, SHAPE_SAWTOOTH,
        text_format("It fell back only %s, by up to %s: what it grew by in between may be garbage that was "
                    "not yet collected.",
                    falls == 1   ? "once"
                    : falls == 2 ? "twice"
                                 : "three times",
                    bytes_text((int64_t)inquiry->swings.range).s));
    tell_more(inquiry, leak, inquiry->rule.whole * (2.0 * POINTS_CONFIRMED / falls - 1));
}

/* So many steps that are alike, over both halves of the run, are how a leak may look; two may become that.
 * False: it is none of these. */
static bool find_steps(const struct inquiry *inquiry, struct leak *leak) {
    const struct leak_steps *steps = &inquiry->steps;
    if (steps->count < 2 || steps->least < ALIKE_RATIO * steps->height[0] || !steps->spread ||
        steps->share > STEPS_SHARE_MOST)
        return false;
    tell_more(inquiry, leak, inquiry->rule.whole);
    if (steps->count == 2)
        conclude(leak, LEAK_INCONCLUSIVE, SHAPE_STAIRCASE,
                 text_format("It stepped up twice, by %s and by %s: a third step would be a leak.",
                             bytes_text((int64_t)steps->height[0]).s,
                             bytes_text((int64_t)steps->height[1]).s));
    else
        conclude(leak, LEAK_SUSPECTED, SHAPE_STAIRCASE,
                 text_format("It grew in %d steps of up to %s.", steps->count,
                             bytes_text((int64_t)steps->height[0]).s));
    return true;
}

static void find_at_rest(const struct inquiry *inquiry, struct leak *leak) {
    const struct leak_look *look = &inquiry->look;
    double unseen = inquiry->detectable * look->growth.span;
    enum leak_shape shape = leak_shape_at_rest(&inquiry->swings);
    if (saw_few_collections(inquiry)) {
        find_few_collections(inquiry, leak);
        return;
    }
    if (find_steps(inquiry, leak))
        return;
    promise_more(inquiry, leak);
    if (!isfinite(unseen)) {
        conclude(leak, LEAK_INCONCLUSIVE, shape,
                 text_format("Only %d troughs, and noise: no growth can be told from it.", look->points.n));
        if (inquiry->part.by_cycle && look->points.n < POINTS_CONFIRMED)
            leak->more_cycles = known_i64(POINTS_CONFIRMED - look->points.n);
        return;
    }
    if (unseen > fmax(UNSEEN_RATIO * level_of(&look->points), UNSEEN_LEAST) &&
        inquiry->detectable > 2 * inquiry->rule.floor_rate) {
        conclude(leak, LEAK_INCONCLUSIVE, shape,
                 text_format("Too noisy for so short a run: growth by less than %s would not have been seen.",
                             bytes_text((int64_t)unseen).s));
        return;
    }
    char CLEANUP_FREE *rate = leak_rate_text(leak);
    if (inquiry->removed.count > 0)
        conclude(leak, LEAK_NONE, shape,
                 text_format("But for %s by up to %s it did not grow: %s.",
                             inquiry->removed.count == 1 ? "a step" : "two steps",
                             bytes_text((int64_t)inquiry->removed.height[0]).s, rate));
    else if (look->growth.trend.low > 0)
        conclude(leak, LEAK_NONE, shape, text_format("It grew by %s, which is too little to matter.", rate));
    else
        conclude(leak, LEAK_NONE, shape, text_format("It did not grow: %s.", rate));
}

/* Its slope falls like that of a cache that fills: so long until it is below what can be seen. */
static void find_filling(const struct inquiry *inquiry, struct leak *leak) {
    const struct growth *growth = &inquiry->look.growth;
    double early = growth->quarters[0] + growth->quarters[1];
    double late = growth->quarters[2] + growth->quarters[3];
    char *reason =
        late > 0 ? text_format("It is still filling: it grew by %s in the first half and by %s in the "
                               "second.",
                               bytes_text((int64_t)early).s, bytes_text((int64_t)late).s)
                 : text_format("It grew by %s in the first half, and no more in the second: a longer run "
                               "would tell whether it stays so.",
                               bytes_text((int64_t)early).s);
    conclude(leak, LEAK_INCONCLUSIVE, SHAPE_SATURATING, reason);
    double more = growth->span;
    if (late > 0 && early > late && isfinite(inquiry->detectable)) {
        double constant = growth->span / 2 / log(early / late);
        double rate = late / (growth->span / 2);
        more = fmax(constant * log(fmax(rate / inquiry->detectable, 1)), 0) + growth->span / 2;
    }
    tell_more(inquiry, leak, fmin(more, 20 * growth->span));
}

/* In narrower windows its end is seen to slacken. */
static bool slackens(const struct inquiry *inquiry) {
    const struct leak_look *look = &inquiry->look;
    struct leak_look fine;
    size_t left = inquiry->part.count - look->first;
    int windows = left < FINEST_WINDOWS ? (int)left : FINEST_WINDOWS;
    return look->growth.slackening ||
           (leak_look_take(&inquiry->rule, &inquiry->part, look->first, windows, POINTS_LEAST, &fine) &&
            (fine.growth.slackening || growth_rests_at_end(&fine.points)));
}

/* Windows of another width see the same growth. */
static bool is_seen_otherwise(const struct inquiry *inquiry) {
    const struct leak_look *look = &inquiry->look;
    struct leak_look other;
    double slope = look->growth.trend.slope;
    int windows = (int)(look->points.n * OTHER_WINDOWS);
    if (inquiry->removed.count > 0 || windows < POINTS_LEAST)
        return true;
    return leak_look_take(&inquiry->rule, &inquiry->part, look->first, windows, POINTS_LEAST, &other) &&
           fabs(other.growth.trend.slope - slope) < OTHER_RATE * slope;
}

/* From its very beginning on it fell back by much of what it grew by. */
static bool fell_before(const struct inquiry *inquiry) {
    const struct leak_look *look = &inquiry->look;
    const struct leak_part *part = &inquiry->part;
    struct leak_look all;
    size_t first = part->count / 20;
    if (look->first <= first + 1)
        return false;
    return leak_look_take(&inquiry->rule, part, first, look->points.n, POINTS_LEAST, &all) &&
           all.growth.fell > FELL_RATIO * look->growth.trend.slope * look->growth.span;
}

#define NOISE_DOUBT "a cache that fills slowly, or noise, cannot be excluded"

/* How much longer a run would leave no such doubt: noise shrinks at least with the length of a run. Caller
 * frees. */
static char *find_remedy(const struct inquiry *inquiry, const char *doubt) {
    double times = ceil(inquiry->look.growth.unsure);
    if (strcmp(doubt, NOISE_DOUBT) != 0 || !(times > 1 && times <= LONGER_MOST))
        return text_copy("");
    return text_format(" (a run %.0f times as long would)", times);
}

/* Why a growth is no more than suspected; NULL: it is certain. */
static const char *find_doubt(const struct inquiry *inquiry) {
    const struct growth *growth = &inquiry->look.growth;
    switch (inquiry->series->measure) {
    case MEASURE_USAGE:
        return "page cache is counted too, which grows with every file that is read";
    case MEASURE_WORKING_SET:
        return "active page cache is counted too, which grows as files are read again";
    default:
        break;
    }
    if (inquiry->look.points.n < POINTS_CONFIRMED)
        return inquiry->part.by_cycle ? "so few cycles make no leak certain"
                                      : "so few readings make no leak certain";
    if (inquiry->part.by_cycle && inquiry->look.points.n < SETTLED_CYCLES &&
        growth->trend.slope * growth->span < SETTLING_SHARE * level_of(&inquiry->look.points))
        return "by less than a tenth of what it holds, as heaps do while they settle";
    if (growth->fell > FELL_RATIO * growth->trend.slope * growth->span || fell_before(inquiry))
        return "it fell back in between";
    if (growth->quickening && !inquiry->part.by_cycle)
        return "ever faster, as under a load that rises";
    if (slackens(inquiry))
        return "less towards its end";
    if (!growth->steady)
        return NOISE_DOUBT;
    if (!is_seen_otherwise(inquiry))
        return "it may be a saw that was read in step with its period";
    return NULL;
}

static void find_growth(const struct inquiry *inquiry, struct leak *leak) {
    const char *doubt = find_doubt(inquiry);
    char CLEANUP_FREE *rate = leak_rate_text(leak);
    enum leak_shape shape = leak_shape_of_growth(&inquiry->look, &inquiry->steps, is_made_of_tasks(leak));
    tell_time_to_limit(inquiry, leak);
    if (doubt) {
        char CLEANUP_FREE *remedy = find_remedy(inquiry, doubt);
        conclude(leak, LEAK_SUSPECTED, shape, text_format("It grew by %s; but %s%s.", rate, doubt, remedy));
        promise_more(inquiry, leak);
        return;
    }
    conclude(leak, LEAK_CONFIRMED, shape,
             text_format("It grew in each of four quarters, by %s%s.", rate,
                         inquiry->look.growth.quickening ? ", and ever faster" : ""));
}

/* --- several lives */

/* What it held last before it was restarted, where it had grown all along. Unknown: it had not. */
static struct known_f64 level_at_end(const struct leak_config *config, const struct leak_series *series,
                                     size_t life) {
    struct inquiry inquiry = {.series = series, .part = leak_part_of(series, life)};
    struct known_f64 level = UNKNOWN_F64;
    const struct leak_part *part = &inquiry.part;
    if (begin(config, &inquiry) && inquiry.look.growth.grew && !inquiry.look.growth.slowing)
        level = known_f64((double)part->points[part->count - 1]->bytes.value);
    leak_part_free(&inquiry.part);
    return level;
}

/* A target that grows, is killed or restarted where it is full, and grows again. */
static void find_restarts_alike(const struct leak_config *config, const struct leak_series *series,
                                struct leak *leak) {
    size_t lives = leak_part_lives(series);
    double least = INFINITY;
    double most = 0;
    if (lives <= RESTARTS_LEAST || lives > LIVES_MOST || leak->verdict == LEAK_CONFIRMED)
        return;
    for (size_t life = 0; life + 1 < lives; life++) {
        struct known_f64 level = level_at_end(config, series, life);
        if (!level.known)
            return;
        least = fmin(least, level.value);
        most = fmax(most, level.value);
    }
    bool at_limit = series->limit_bytes.known && least > AT_LIMIT_RATIO * (double)series->limit_bytes.value;
    if (least < AT_LIMIT_RATIO * most && !at_limit)
        return;
    free(leak->reason);
    conclude(leak, LEAK_SUSPECTED, leak->shape == SHAPE_STACKS ? SHAPE_STACKS : SHAPE_LINEAR,
             text_format("It grew in each of its lives and was restarted %zu times, at about %s%s.",
                         lives - 1, bytes_text((int64_t)most).s, at_limit ? ", its limit" : " each time"));
}

void leak_assess(const struct leak_config *config, const struct leak_series *series, struct leak *ret) {
    struct inquiry inquiry = {.series = series, .part = leak_part_longest(series)};
    struct leak leak = {.known = true, .measure = series->measure, .by_cycle = series->by_cycle};
    if (!begin(config, &inquiry)) {
        find_too_little(&inquiry, &leak);
    } else {
        const struct growth *growth = &inquiry.look.growth;
        tell_numbers(&inquiry, &leak);
        if (!growth->grew)
            find_at_rest(&inquiry, &leak);
        else if (growth->slowing)
            find_filling(&inquiry, &leak);
        else if (saw_few_collections(&inquiry) &&
                 growth->fell > FELL_RATIO * growth->trend.slope * growth->span)
            find_few_collections(&inquiry, &leak);
        else
            find_growth(&inquiry, &leak);
    }
    leak_part_free(&inquiry.part);
    find_restarts_alike(config, series, &leak);
    *ret = leak;
}
