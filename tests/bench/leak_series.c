/* Series of known truth, what leak_assess() says of them, and what simpler tests say: for scripts/bench-leak.
 *
 *     leak_series free N [KIND [FIRST]]    N series of each kind that do not leak
 *     leak_series leak N [KIND [FIRST]]    N of each kind of noise, each with leaks of many rates added
 *     leak_series more N [KIND [FIRST]]    runs as much longer as was asked for, with the rate promised then
 *     leak_series list                     the kinds
 *
 * Prints CSV. The kind and the number of a series, from FIRST (0) on, alone decide what it is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/leak.h"
#include "base/units.h"

#define POINTS_MAX 2048

/* Between two cycles the target is looked at so often, and the least counts. */
#define LOOKS_PER_CYCLE 16
#define COUNT(a)        (sizeof(a) / sizeof((a)[0]))

static uint64_t random_state;

static double unit(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return ((double)(random_state >> 11) + 0.5) / 9007199254740992.0;
}

static double between(double low, double high) {
    return low + unit() * (high - low);
}

/* As likely between 2 and 4 as between 4 and 8. */
static double sized(double low, double high) {
    return low * pow(high / low, unit());
}

static double normal(void) {
    return sqrt(-2 * log(unit())) * cos(2 * M_PI * unit());
}

static void seed(uint64_t number) {
    random_state = (number + 1) * 0x9e3779b97f4a7c15U;
    for (int i = 0; i < 8; i++)
        unit();
}

/* What a series is drawn from. All times are shares of the run, all bytes doubles. */
struct plan {
    bool by_cycle;
    enum leak_measure measure;
    size_t count;   /* of its points */
    size_t fine;    /* readings in each; the least counts */
    double seconds; /* of the run */
    double level;   /* MiB that live */
    double noise;   /* of each reading, MiB */
    double a, b, c; /* what the kind makes of them */
    double resolution_bytes;
    bool gaps;
};

static double y[POINTS_MAX]; /* MiB */
static bool restarted[POINTS_MAX];

static double at(const struct plan *plan, size_t i) {
    return (double)i / (double)(plan->count * plan->fine - 1);
}

static void add_white(const struct plan *plan) {
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] += plan->noise * normal();
}

/* First-order autoregressive noise that forgets within `memory` of the run. */
static void add_wander(const struct plan *plan, double sigma, double memory) {
    double rho = exp(-1 / (memory * (double)(plan->count * plan->fine - 1)));
    double now = normal();
    for (size_t i = 0; i < plan->count * plan->fine; i++) {
        y[i] += sigma * now;
        now = rho * now + sqrt(1 - rho * rho) * normal();
    }
}

/* Garbage that is collected about every `period` of the run, when it has grown to about `amplitude`. */
static void add_sawtooth(const struct plan *plan, double period, double amplitude, double irregular) {
    double began = -period * unit();
    double length = period;
    for (size_t i = 0; i < plan->count * plan->fine; i++) {
        while (at(plan, i) >= began + length) {
            began += length;
            length = period * (irregular > 0 ? sized(1 / (1 + irregular), 1 + irregular) : 1);
        }
        y[i] += amplitude * (at(plan, i) - began) / period;
    }
}

static void add_filling(const struct plan *plan, double amplitude, double tau) {
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] -= amplitude * expm1(-at(plan, i) / tau);
}

static void add_step(const struct plan *plan, double when, double height) {
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] += at(plan, i) >= when ? height : 0;
}

/* --- kinds. A kind sets what its plan needs, then draws noise: twice, for fresh noise of the same plan. */

static void plan_small_noise(struct plan *plan) {
    plan->noise = plan->level * sized(1e-5, 1e-2);
}

static void plan_noise(struct plan *plan) {
    plan->noise = plan->level * sized(1e-4, 1e-1);
}

static void draw_white(const struct plan *plan) {
    add_white(plan);
}

static void draw_constant(const struct plan *plan) {
    (void)plan;
}

static void plan_autocorrelated(struct plan *plan) {
    plan_noise(plan);
    plan->a = sized(1.0 / 400, 0.03);
}
static void plan_wander(struct plan *plan) {
    plan_noise(plan);
    plan->a = sized(0.03, 0.3);
}
static void plan_far_wander(struct plan *plan) {
    plan_noise(plan);
    plan->a = sized(0.3, 1);
}
static void draw_wander(const struct plan *plan) {
    add_wander(plan, plan->noise, plan->a);
}

static void plan_sawtooth(struct plan *plan) {
    plan_small_noise(plan);
    plan->a = sized(1.0 / 200, 1.0 / 20);
    plan->b = plan->level * sized(0.1, 4);
    plan->c = sized(0.03, 0.3);
}
static void plan_slow_sawtooth(struct plan *plan) {
    plan_sawtooth(plan);
    plan->a = sized(1.0 / 20, 1 / 1.5);
}
static void plan_irregular_sawtooth(struct plan *plan) {
    plan_sawtooth(plan);
    plan->a = sized(1.0 / 100, 1.0 / 4);
    plan->c = between(0.2, 1.5);
}
static void draw_sawtooth(const struct plan *plan) {
    add_sawtooth(plan, plan->a, plan->b, plan->c);
    add_white(plan);
}

static void plan_settling_sawtooth(struct plan *plan) {
    plan_sawtooth(plan);
    plan->a = sized(1.0 / 100, 1.0 / 6);
    plan->c = sized(0.05, 1);
}
static void draw_settling_sawtooth(const struct plan *plan) {
    add_sawtooth(plan, plan->a, plan->b, 0.3);
    add_filling(plan, plan->level / 2, plan->c);
    add_white(plan);
}

static void plan_filling(struct plan *plan) {
    plan_small_noise(plan);
    plan->a = sized(0.05, 3);
    plan->b = plan->level * sized(0.05, 5);
}
static void draw_filling(const struct plan *plan) {
    add_filling(plan, plan->b, plan->a);
    add_white(plan);
}

static void plan_wandering_filling(struct plan *plan) {
    plan_filling(plan);
    plan->c = sized(0.01, 0.2);
}
static void draw_wandering_filling(const struct plan *plan) {
    add_filling(plan, plan->b, plan->a);
    add_wander(plan, plan->noise, plan->c);
}

/* It fills at a steady rate and is full before the run ends: a rest in the last cycles is none that could be
 * seen. */
static void plan_bounded(struct plan *plan) {
    plan_filling(plan);
    plan->a = between(0.05, 0.85);
}
static void draw_bounded(const struct plan *plan) {
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] += plan->b * fmin(at(plan, i) / plan->a, 1);
    add_white(plan);
}

static void plan_logarithmic(struct plan *plan) {
    plan_filling(plan);
    plan->a = sized(0.003, 1);
}
static void draw_logarithmic(const struct plan *plan) {
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] += plan->b / 4 * log1p(at(plan, i) / plan->a);
    add_white(plan);
}

static void plan_spikes(struct plan *plan) {
    plan_small_noise(plan);
    plan->a = sized(1, 30);     /* how many */
    plan->b = sized(1e-3, 0.1); /* how long */
    plan->c = plan->level * sized(0.1, 3);
}
static void draw_spikes(const struct plan *plan) {
    for (int k = 0; k < (int)plan->a; k++) {
        double when = unit();
        double height = plan->c * unit();
        for (size_t i = 0; i < plan->count * plan->fine; i++)
            if (at(plan, i) >= when && at(plan, i) < when + plan->b)
                y[i] += height;
    }
    add_white(plan);
}

static void plan_step(struct plan *plan) {
    plan_small_noise(plan);
    plan->a = between(0.02, 0.98);
    plan->b = plan->level * sized(0.01, 2);
    plan->c = 0;
}
static void plan_two_steps(struct plan *plan) {
    plan_step(plan);
    plan->c = between(0.02, 0.98);
}
static void draw_steps(const struct plan *plan) {
    add_step(plan, plan->a, plan->b);
    if (plan->c > 0)
        add_step(plan, plan->c, plan->b * sized(0.5, 2));
    add_white(plan);
}

static void plan_warmup(struct plan *plan) {
    plan_small_noise(plan);
    plan->a = between(0.02, 0.45);
    plan->b = plan->level * sized(0.1, 5);
}
static void draw_warmup(const struct plan *plan) {
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] += plan->b * pow(fmin(at(plan, i) / plan->a, 1), 0.7);
    add_white(plan);
}

static void plan_rounded(struct plan *plan) {
    plan_noise(plan);
    plan->resolution_bytes = plan->level > 1024 ? 0.01 * (double)GIB : 0.1 * (double)MIB;
}

static void plan_gaps(struct plan *plan) {
    plan_noise(plan);
    plan->gaps = true;
}

static void plan_restarts(struct plan *plan) {
    plan_small_noise(plan);
    plan->a = floor(between(1, 6));
    plan->b = plan->level * between(0.2, 0.9);
}
static void draw_restarts(const struct plan *plan) {
    double began = 0;
    int left = (int)plan->a;
    for (size_t i = 0; i < plan->count * plan->fine; i++) {
        if (i > 0 && left > 0 && unit() < plan->a / (double)(plan->count * plan->fine)) {
            restarted[i] = true;
            began = at(plan, i);
            left--;
        }
        y[i] -= plan->b * exp(-(at(plan, i) - began) / 0.01);
    }
    add_white(plan);
}

static void plan_wave(struct plan *plan) {
    plan_small_noise(plan);
    plan->by_cycle = false;
    plan->a = sized(0.3, 3);
    plan->b = plan->level * sized(0.02, 1);
    plan->c = 2 * M_PI * unit();
}
static void draw_wave(const struct plan *plan) {
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] += plan->b * (1 + sin(2 * M_PI * at(plan, i) / plan->a + plan->c));
    add_white(plan);
}

static void plan_page_cache(struct plan *plan) {
    plan_small_noise(plan);
    plan->by_cycle = false;
    plan->measure = unit() < 0.5 ? MEASURE_USAGE : MEASURE_WORKING_SET;
    plan->b = plan->level * sized(0.1, 5);
    plan->a = between(0.5, 3);
}

/* --- leaks that are not steady: `growth` MiB over the run, in other forms */

enum form { FORM_STEADY, FORM_STEPS, FORM_QUICKENING, FORM_BURSTS };

static double grown(enum form form, double x) {
    switch (form) {
    case FORM_STEPS:
        return floor(x * 12) / 12;
    case FORM_QUICKENING:
        return x * x;
    case FORM_BURSTS: /* every twentieth of the run, for a third of it */
        return (floor(x * 20) + fmin((x * 20 - floor(x * 20)) * 3, 1)) / 20;
    default:
        return x;
    }
}

static void plan_leaking_noise(struct plan *plan) {
    plan_noise(plan);
}

static void plan_leaking_warmup(struct plan *plan) {
    plan_warmup(plan);
    plan->a = between(0.02, 0.3);
}

static const struct kind {
    const char *name;
    void (*plan)(struct plan *plan);
    void (*draw)(const struct plan *plan);
    bool free; /* without a leak it is none */
    bool leak; /* leaks are added to it */
    enum form form;
    bool stationary; /* it goes on like that for longer */
} kinds[] = {
    {"constant", plan_small_noise, draw_constant, true, true, 0, false},
    {"white", plan_noise, draw_white, true, false, 0, false},
    {"white noise", plan_leaking_noise, draw_white, false, true, 0, true},
    {"autocorrelated", plan_autocorrelated, draw_wander, true, true, 0, true},
    {"wander", plan_wander, draw_wander, true, true, 0, true},
    {"far wander", plan_far_wander, draw_wander, true, true, 0, false},
    {"sawtooth", plan_sawtooth, draw_sawtooth, true, true, 0, true},
    {"slow sawtooth", plan_slow_sawtooth, draw_sawtooth, true, true, 0, false},
    {"irregular sawtooth", plan_irregular_sawtooth, draw_sawtooth, true, true, 0, true},
    {"settling sawtooth", plan_settling_sawtooth, draw_settling_sawtooth, true, false, 0, false},
    {"filling", plan_filling, draw_filling, true, false, 0, false},
    {"wandering filling", plan_wandering_filling, draw_wandering_filling, true, false, 0, false},
    {"bounded", plan_bounded, draw_bounded, true, false, 0, false},
    {"logarithmic", plan_logarithmic, draw_logarithmic, true, false, 0, false},
    {"spikes", plan_spikes, draw_spikes, true, true, 0, false},
    {"step", plan_step, draw_steps, true, true, 0, false},
    {"two steps", plan_two_steps, draw_steps, true, true, 0, false},
    {"warm-up", plan_warmup, draw_warmup, true, false, 0, false},
    {"warm-up then leak", plan_leaking_warmup, draw_warmup, false, true, 0, false},
    {"rounded", plan_rounded, draw_white, true, true, 0, true},
    {"gaps", plan_gaps, draw_white, true, true, 0, false},
    {"restarts", plan_restarts, draw_restarts, true, true, 0, false},
    {"wave", plan_wave, draw_wave, true, false, 0, false},
    {"page cache", plan_page_cache, draw_bounded, true, false, 0, false},
    {"leak in twelve steps", plan_small_noise, draw_white, false, true, FORM_STEPS, false},
    {"leak that quickens", plan_small_noise, draw_white, false, true, FORM_QUICKENING, false},
    {"leak in bursts", plan_small_noise, draw_white, false, true, FORM_BURSTS, false},
};

static struct plan make_plan(const struct kind *kind) {
    static const double seconds[] = {0.5, 10, 60, 600, 3600, 86400};
    static const double counts[] = {50, 100, 200, 600, 1200, 2048};
    static const double cycles[] = {10, 12, 15, 20, 30, 50, 100};
    struct plan plan = {.by_cycle = unit() < 0.4, .measure = MEASURE_NEEDED};
    plan.level = sized(5, 2000);
    kind->plan(&plan);
    plan.count = (size_t)(plan.by_cycle ? cycles[(int)(unit() * (double)COUNT(cycles))]
                                        : counts[(int)(unit() * (double)COUNT(counts))]);
    plan.fine = plan.by_cycle ? LOOKS_PER_CYCLE : 1;
    plan.seconds = plan.by_cycle ? (double)plan.count * sized(0.1, 300)
                                 : seconds[(int)(unit() * (double)COUNT(seconds))];
    return plan;
}

static void draw(const struct kind *kind, const struct plan *plan) {
    memset(restarted, 0, sizeof restarted);
    for (size_t i = 0; i < plan->count * plan->fine; i++)
        y[i] = plan->level;
    kind->draw(plan);
}

/* What was drawn, growing by `growth` MiB over the run. */
static struct leak_series record(const struct plan *plan, enum form form, double growth) {
    struct leak_series series = {.measure = plan->measure,
                                 .by_cycle = plan->by_cycle,
                                 .resolution_bytes = (int64_t)plan->resolution_bytes};
    double gap = plan->gaps ? 0.3 : -1;
    double offset = 0;
    for (size_t i = 0; i < plan->count; i++) {
        size_t end = (i + 1) * plan->fine;
        bool anew = false;
        double least = INFINITY;
        for (size_t j = i * plan->fine; j < end; j++) {
            if (restarted[j]) {
                anew = true;
                offset = growth * grown(form, at(plan, j));
            }
            least = fmin(least, y[j] + growth * grown(form, at(plan, j)) - offset);
        }
        double bytes = fmax(least, 0) * (double)MIB;
        if (plan->resolution_bytes > 0)
            bytes = round(bytes / plan->resolution_bytes) * plan->resolution_bytes;
        bool missing = gap > 0 && ((at(plan, end - 1) > gap && at(plan, end - 1) < gap + 0.2) || i % 7 == 3);
        struct leak_point point = {.time_ns = (int64_t)(at(plan, end - 1) * plan->seconds * (double)NS_PER_S),
                                   .bytes = missing ? UNKNOWN_I64 : known_i64((int64_t)bytes),
                                   .restarted = anew};
        leak_series_add(&series, &point);
    }
    return series;
}

/* --- what others would say of it */

struct readings {
    size_t count;
    double t[POINTS_MAX];
    double bytes[POINTS_MAX];
};

static void collect(const struct leak_series *series, struct readings *ret) {
    ret->count = 0;
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].bytes.known) {
            ret->t[ret->count] = (double)series->points[i].time_ns;
            ret->bytes[ret->count++] = (double)series->points[i].bytes.value;
        }
}

/* Mann and Kendall's test as it comes, two-sided at 0.05, for growth. */
static bool mann_kendall(const struct readings *readings) {
    double n = (double)readings->count;
    double s = 0;
    for (size_t i = 0; i < readings->count; i++)
        for (size_t j = i + 1; j < readings->count; j++)
            s += (readings->bytes[j] > readings->bytes[i]) - (readings->bytes[j] < readings->bytes[i]);
    return s > 0 && (s - 1) / sqrt(n * (n - 1) * (2 * n + 5) / 18) > 1.96;
}

/* Least squares over every reading: the 95 % interval of the slope lies above 0. */
static bool least_squares(const struct readings *readings) {
    double n = (double)readings->count;
    double mean_t = 0;
    double mean_y = 0;
    for (size_t i = 0; i < readings->count; i++) {
        mean_t += readings->t[i] / n;
        mean_y += readings->bytes[i] / n;
    }
    double tt = 0;
    double ty = 0;
    double yy = 0;
    for (size_t i = 0; i < readings->count; i++) {
        double t = readings->t[i] - mean_t;
        double bytes = readings->bytes[i] - mean_y;
        tt += t * t;
        ty += t * bytes;
        yy += bytes * bytes;
    }
    double slope = ty / tt;
    double error = sqrt(fmax(yy - slope * ty, 0) / (n - 2) / tt);
    return slope > 0 && slope > 2 * error;
}

/* The peak of the second half is more than 10 % above that of the first. */
static bool peak_comparison(const struct readings *readings) {
    double peaks[2] = {0};
    for (size_t i = 0; i < readings->count; i++) {
        double *peak = &peaks[i >= readings->count / 2];
        *peak = fmax(*peak, readings->bytes[i]);
    }
    return peaks[1] > 1.1 * peaks[0];
}

/* --- rows */

static void print_head(void) {
    puts(
        "kind,number,by_cycle,points,seconds,level_mib,noise_mib,a,b,c,multiple,true_bytes_per_hour,verdict,"
        "shape,"
        "bytes_per_hour,low,high,detectable_bytes_per_hour,counted,warmup,mann_kendall,least_squares,peak,ms,"
        "reason");
}

static double rate_or_nan(struct known_f64 rate) {
    return rate.known ? rate.value : (double)NAN;
}

/* Rates and times that are printed, NAN for none. */
struct printed {
    double detectable;
    double more_s;
    double more_detectable;
};

static struct printed judge(const struct kind *kind, long number, const struct plan *plan, double growth,
                            double multiple, bool print) {
    static struct readings readings;
    const struct leak_config config = leak_config_default();
    struct leak_series series = record(plan, kind->form, growth);
    struct leak leak;
    struct timespec before;
    struct timespec after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    leak_assess(&config, &series, &leak);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    struct printed printed = {rate_or_nan(leak.detectable_bytes_per_hour), rate_or_nan(leak.more_s),
                              rate_or_nan(leak.more_detectable_bytes_per_hour)};
    if (print) {
        collect(&series, &readings);
        printf("%s,%ld,%d,%zu,%g,%.4g,%.4g,%.4g,%.4g,%.4g,%g,%.6g,%s,%s,%.6g,%.6g,%.6g,%.6g,%d,%d,%d,%d,%d,%."
               "2f,\"%s\"\n",
               kind->name, number, plan->by_cycle, plan->count, plan->seconds, plan->level, plan->noise,
               plan->a, plan->b, plan->c, multiple, growth * (double)MIB / plan->seconds * 3600,
               leak_verdict_name(leak.verdict), leak_shape_name(leak.shape), rate_or_nan(leak.per_hour.value),
               rate_or_nan(leak.per_hour.low), rate_or_nan(leak.per_hour.high), printed.detectable,
               leak.points, leak.warmup, mann_kendall(&readings), least_squares(&readings),
               peak_comparison(&readings),
               (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6,
               leak.reason);
    }
    leak_free(&leak);
    leak_series_free(&series);
    return printed;
}

static void run_free(const struct kind *kind, long number) {
    struct plan plan = make_plan(kind);
    draw(kind, &plan);
    judge(kind, number, &plan, 0, 0, true);
}

/* The rate that is printed for one series is added, in multiples, to a fresh one of the same plan. */
static void run_leak(const struct kind *kind, long number) {
    static const double multiples[] = {0.25, 0.5, 0.7, 1, 1.4, 2, 4, 8, 16, 32, 64, 128};
    struct plan plan = make_plan(kind);
    draw(kind, &plan);
    double detectable = judge(kind, number, &plan, 0, 0, false).detectable;
    if (isnan(detectable))
        return;
    draw(kind, &plan);
    for (size_t i = 0; i < COUNT(multiples); i++)
        judge(kind, number, &plan, multiples[i] * detectable / (double)MIB * plan.seconds / 3600,
              multiples[i], true);
}

/* A run that found nothing, and one that is as much longer as it said, with a leak of the rate that it said.
 */
static void run_more(const struct kind *kind, long number) {
    struct plan plan = make_plan(kind);
    draw(kind, &plan);
    struct printed printed = judge(kind, number, &plan, 0, 0, false);
    if (isnan(printed.more_detectable))
        return;
    double longer = 1 + printed.more_s / plan.seconds;
    /* Our own series are thinned to so many points. */
    plan.count = (size_t)fmin(ceil((double)plan.count * longer), POINTS_MAX / (double)plan.fine);
    plan.seconds *= longer;
    plan.a /= longer;
    draw(kind, &plan);
    judge(kind, number, &plan, printed.more_detectable / (double)MIB * plan.seconds / 3600, longer, true);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    bool leak = strcmp(what, "leak") == 0;
    if (strcmp(what, "list") == 0) {
        for (size_t i = 0; i < COUNT(kinds); i++)
            printf("%s\n", kinds[i].name);
        return 0;
    }
    bool more = strcmp(what, "more") == 0;
    if (argc < 3 || (!leak && !more && strcmp(what, "free") != 0)) {
        fprintf(stderr, "usage: leak_series free|leak|more N [KIND [FIRST]], or leak_series list\n");
        return 2;
    }
    long count = strtol(argv[2], NULL, 10);
    long first = argc > 4 ? strtol(argv[4], NULL, 10) : 0;
    print_head();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if ((leak   ? !kinds[i].leak
             : more ? !kinds[i].stationary
                    : !kinds[i].free) ||
            (argc > 3 && strcmp(argv[3], kinds[i].name) != 0))
            continue;
        for (long number = first; number < first + count; number++) {
            seed((uint64_t)number * 1000 + i);
            (leak ? run_leak : more ? run_more : run_free)(&kinds[i], number);
        }
    }
    return 0;
}
