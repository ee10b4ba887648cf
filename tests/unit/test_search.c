/* analysis/search: driven against simulated targets, whose truth is known.
 *
 * Every simulation checks at every step what must hold for any target: limits are whole pages between floor
 * and ceiling, a probe never repeats a limit that told something, a confirmation always does and says which
 * it is, what comes next follows from the trials alone, and the search ends. */
#include "analysis/search.h"

#include <inttypes.h>
#include <math.h>

#include "base/units.h"
#include "chance.h"
#include "unit.h"

#define PAGE       ((int64_t)4096)
#define TRIALS_MAX 128
#define NO_LIMIT   INT64_MAX

/* What the program allows. */
#define RUNS_MAX(confirm) (60 + 4 * (confirm))

/* ---- chance ---- */

static int64_t random_between(uint64_t *state, int64_t low, int64_t high) {
    return low + (int64_t)(random_unit(state) * (double)(high - low));
}

/* Mean 0, standard deviation 1: Box and Muller, Annals of Mathematical Statistics 29, 1958. */
static double random_normal(uint64_t *state) {
    double radius = sqrt(-2 * log(1 - random_unit(state)));
    return radius * cos(6.283185307179586 * random_unit(state));
}

/* ---- targets ---- */

struct subject;

/* What comes of a run of this target under this limit. */
typedef void (*run_fn)(struct subject *target, int64_t limit, struct trial *trial);

/* How the needs of a noisy target differ from run to run, about 0 with a standard deviation of 1. */
enum law { LAW_NORMAL, LAW_UNIFORM, LAW_BIMODAL, LAW_COUNT };

struct subject {
    const char *name;
    run_fn run;
    uint64_t random;
    int64_t need;        /* lives from this limit on; of a noisy one the mean of its
                            runs' needs */
    int64_t stalls_from; /* between this limit and `need` it does not die but
                            stalls */
    int64_t predicted;   /* what the profile and survivors say they needed; 0:
                            unknown */
    int64_t wants;       /* adaptive: the most it takes; page-cache user: its peak */
    double share;        /* adaptive: of its limit that it takes */
    double sd;           /* noisy: standard deviation of the need, relative to it */
    enum law law;
    double weight;       /* bimodal: share of runs in the lower mode */
    int64_t stock;       /* a run needs up to this much more than it uses */
    double worst;        /* page-cache user: how many times as long it takes where it
                            dies */
    double steepness;    /* ... and how late that comes */
    int64_t island_from; /* dies from this limit... */
    int64_t island_to;   /* ... to below this one as well */
    double outside;      /* share of runs that end for reasons outside of it */
    int64_t live_ns;     /* how long it takes to its end */
    double die_cost;     /* how long to its death, as a share of that */
    enum outcome dies_as;
};

static struct known_i64 known_unless_0(int64_t value) {
    return value ? known_i64(value) : UNKNOWN_I64;
}

static int64_t least_of(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* One that is slow was stopped for it: it never came to its end. */
static void end_as(const struct subject *target, enum outcome outcome, struct trial *trial) {
    bool lived = outcome == OUTCOME_SURVIVED;
    double cost = lived ? 1 : outcome == OUTCOME_SLOW ? 10 : target->die_cost;
    trial->outcome = outcome;
    trial->exit.stop = outcome == OUTCOME_SLOW ? STOP_SLOW : STOP_NONE;
    trial->exit.duration_ns = (int64_t)(cost * (double)target->live_ns);
}

static void show_need(struct trial *trial, int64_t need) {
    trial->needed_bytes = trial->unreclaimable_bytes = known_unless_0(need);
    trial->peak_less_file_bytes = trial->peak_bytes = known_unless_0(need);
}

/* Exact: lives from its need on, and shows what is predicted, but never more than it was given. */
static void run_exact(struct subject *target, int64_t limit, struct trial *trial) {
    enum outcome fate = limit >= target->need          ? OUTCOME_SURVIVED
                        : limit >= target->stalls_from ? OUTCOME_SLOW
                                                       : target->dies_as;
    end_as(target, fate, trial);
    if (trial->outcome == OUTCOME_SURVIVED)
        show_need(trial, least_of(target->predicted, limit));
}

/* A runtime that sizes itself from its limit. */
static void run_adaptive(struct subject *target, int64_t limit, struct trial *trial) {
    double given = target->share * (double)limit;
    int64_t taken = given < (double)target->wants ? (int64_t)given : target->wants;
    end_as(target, limit >= target->need ? OUTCOME_SURVIVED : OUTCOME_RUNTIME_OOM, trial);
    if (trial->outcome == OUTCOME_SURVIVED)
        show_need(trial, taken < target->need ? target->need : taken);
}

/* How many times as long as without a limit a page-cache user takes: once at its peak, `worst` times where it
 * dies. */
static double slowdown_at(const struct subject *target, int64_t limit) {
    if (limit >= target->wants)
        return 1;
    double missing = (double)(target->wants - limit) / (double)(target->wants - target->stalls_from);
    return 1 + (target->worst - 1) * pow(missing, target->steepness);
}

/* A page-cache node holds 64 pages, and stays when they are evicted (picture.h: 0.22 %). */
#define NODE_SHARE 0.0022

/* Its cache fills what there is; it dies below `stalls_from`, and is stopped below `need`. What it needs
 * grows by the nodes of what had to be evicted. */
static void run_cached(struct subject *target, int64_t limit, struct trial *trial) {
    run_exact(target, limit, trial);
    if (trial->outcome != OUTCOME_SURVIVED)
        return;
    double ratio = slowdown_at(target, limit);
    int64_t peak = least_of(limit, target->wants);
    int64_t nodes = (int64_t)(NODE_SHARE * (double)(target->wants - peak));
    trial->exit.duration_ns = (int64_t)(ratio * (double)target->live_ns);
    trial->outcome = ratio > 1.05 ? OUTCOME_SLOW : OUTCOME_SURVIVED;
    show_need(trial, target->predicted ? least_of(target->predicted + nodes, limit) : 0);
    trial->peak_bytes = known_i64(peak);
    trial->file_cache_bytes = known_i64(peak - known_or(trial->needed_bytes, 0));
}

/* Standardized lower and upper mode of the bimodal law, each with a standard deviation of BIMODAL_SD. */
#define BIMODAL_SD 0.25

static double lower_mode(double weight) {
    return -sqrt((1 - BIMODAL_SD * BIMODAL_SD) * (1 - weight) / weight);
}

static double upper_mode(double weight) {
    return sqrt((1 - BIMODAL_SD * BIMODAL_SD) * weight / (1 - weight));
}

static double draw_deviation(struct subject *target) {
    if (target->law == LAW_UNIFORM)
        return random_real(&target->random, -1, 1) * sqrt(3.0);
    if (target->law == LAW_NORMAL)
        return random_normal(&target->random);
    bool low = random_unit(&target->random) < target->weight;
    return (low ? lower_mode(target->weight) : upper_mode(target->weight)) +
           BIMODAL_SD * random_normal(&target->random);
}

static double normal_above(double z) {
    return 0.5 * erfc(z / sqrt(2.0));
}

/* The chance that a deviation is above z. */
static double chance_above(const struct subject *target, double z) {
    if (target->law == LAW_UNIFORM)
        return fmin(1, fmax(0, (1 - z / sqrt(3.0)) / 2));
    if (target->law == LAW_NORMAL)
        return normal_above(z);
    return target->weight * normal_above((z - lower_mode(target->weight)) / BIMODAL_SD) +
           (1 - target->weight) * normal_above((z - upper_mode(target->weight)) / BIMODAL_SD);
}

/* The true P(OOM) of a noisy target at a limit: that of its law, over all that other CPUs may hold. */
static double true_p_oom(const struct subject *target, int64_t limit) {
    const int parts = target->stock ? 64 : 1;
    double sum = 0;
    for (int i = 0; i < parts; i++) {
        double need = (double)limit - (double)target->stock * (i + 0.5) / parts;
        sum += chance_above(target, (need / (double)target->need - 1) / target->sd);
    }
    return sum / parts;
}

/* Each run needs something else; a survivor shows what it needed. The peaks hold what other CPUs had charged
 * ahead, the readings miss up to 0.3 %. */
static void run_noisy(struct subject *target, int64_t limit, struct trial *trial) {
    int64_t need = (int64_t)((double)target->need * (1 + target->sd * draw_deviation(target)));
    int64_t ahead = (int64_t)(random_unit(&target->random) * (double)target->stock);
    int64_t seen = (int64_t)((double)need * random_real(&target->random, 0.997, 1));
    end_as(target, limit >= need + ahead ? OUTCOME_SURVIVED : OUTCOME_OOM, trial);
    if (trial->outcome != OUTCOME_SURVIVED)
        return;
    int64_t by_peak = need + ahead - target->stock;
    show_need(trial, seen > by_peak ? seen : by_peak);
    trial->unreclaimable_bytes = known_i64(seen);
    trial->peak_less_file_bytes = trial->peak_bytes = known_i64(need + ahead);
}

/* Exact, but dies on an island among limits that spare it as well. */
static void run_island(struct subject *target, int64_t limit, struct trial *trial) {
    run_exact(target, limit >= target->island_from && limit < target->island_to ? 0 : limit, trial);
}

static int64_t absurd_bytes(uint64_t *random) {
    static const int64_t absurd[] = {0, -1, 1, -4096, 300, (int64_t)1 << 52, -((int64_t)1 << 52)};
    uint64_t choice = next_random(random) % (2 * COUNT(absurd));
    return choice < COUNT(absurd) ? absurd[choice] : random_size(random, MIB, 64 * GIB);
}

static struct known_i64 absurd_counter(uint64_t *random) {
    int64_t value = absurd_bytes(random);
    return next_random(random) % 4 ? known_i64(value) : UNKNOWN_I64;
}

/* Dice decide everything. No answer is right, but the search must end, and ask for nothing absurd on its way.
 */
static void run_liar(struct subject *target, int64_t limit, struct trial *trial) {
    uint64_t *random = &target->random;
    bool profile = limit == NO_LIMIT;
    trial->outcome = profile                   ? OUTCOME_SURVIVED
                     : next_random(random) % 2 ? (enum outcome)(next_random(random) % OUTCOME_COUNT)
                     : next_random(random) % 2 ? OUTCOME_SURVIVED
                                               : OUTCOME_OOM;
    trial->exit.stop = (enum stop_reason)(next_random(random) % STOP_COUNT);
    trial->exit.duration_ns = next_random(random) % 2 ? 0 : absurd_bytes(random);
    trial->needed_bytes = absurd_counter(random);
    trial->unreclaimable_bytes = absurd_counter(random);
    trial->peak_less_file_bytes = absurd_counter(random);
    trial->file_cache_bytes = absurd_counter(random);
    trial->peak_bytes = absurd_counter(random);
}

static void run_target(struct subject *target, int64_t limit, struct trial *trial) {
    static const enum outcome outside[] = {OUTCOME_OUTSIDE_OOM, OUTCOME_KILLED, OUTCOME_HARNESS_ERROR};
    if (limit != NO_LIMIT && target->outside > 0 && random_unit(&target->random) < target->outside)
        trial->outcome = outside[next_random(&target->random) % COUNT(outside)];
    else
        target->run(target, limit, trial);
}

/* ---- populations of targets ---- */

/* `error`: by which factor predictions are off at most, either way; 0: there is none. */
typedef void (*draw_fn)(struct subject *target, double error);

static int64_t mispredicted(uint64_t *random, int64_t need, double error) {
    return error > 0 ? (int64_t)((double)need * pow(error, random_real(random, -1, 1))) : 0;
}

static void draw_exact(struct subject *target, double error) {
    target->run = run_exact;
    target->predicted = mispredicted(&target->random, target->need, error);
}

/* What it takes is the prediction; at its least it is the need itself. */
static void draw_adaptive(struct subject *target, double error) {
    double most = error > 0 ? error : 5;
    target->run = run_adaptive;
    target->share = random_real(&target->random, 0.5, 0.95);
    target->wants = (int64_t)((double)target->need * pow(most, random_unit(&target->random)));
    target->predicted = target->wants;
    target->dies_as = OUTCOME_RUNTIME_OOM;
}

/* Dies below what is its own and the nodes of all the cache that had to go, and where it takes over ten times
 * as long it is stopped: there lies its need. The prediction is of what is its own. */
static void draw_cached(struct subject *target, double error) {
    int64_t own = target->need;
    target->run = run_cached;
    target->wants = own + (int64_t)((double)own * random_real(&target->random, 0.1, 10));
    target->worst = random_real(&target->random, 2, 20);
    target->steepness = random_real(&target->random, 1, 8);
    target->predicted = mispredicted(&target->random, own, error);
    own +=
        (int64_t)(NODE_SHARE * (double)(target->wants - own)) + random_between(&target->random, 0, 256 * KIB);
    target->need = target->stalls_from = own;
    if (target->worst > 10)
        target->need = target->wants - (int64_t)((double)(target->wants - own) *
                                                 pow(9 / (target->worst - 1), 1 / target->steepness));
    target->predicted = least_of(target->predicted, target->need);
}

/* Never dies. */
static void draw_stalling(struct subject *target, double error) {
    draw_exact(target, error);
    target->stalls_from = 0;
}

static void draw_noisy(struct subject *target, double error) {
    (void)error;
    target->run = run_noisy;
    target->sd = 0.001 * pow(50, random_unit(&target->random));
    target->law = (enum law)(next_random(&target->random) % LAW_COUNT);
    target->weight = random_real(&target->random, 0.2, 0.8);
    target->predicted = target->need;
}

/* Where its need is within what other CPUs may hold. */
static void draw_jittery(struct subject *target, double error) {
    (void)error;
    target->run = run_noisy;
    target->law = LAW_UNIFORM;
    target->sd = 1e-9;
    target->stock = random_between(&target->random, 1, 16) * 64 * PAGE;
    target->predicted = target->need;
}

static void draw_island(struct subject *target, double error) {
    draw_exact(target, error);
    target->run = run_island;
    target->island_from = (int64_t)((double)target->need * random_real(&target->random, 1.02, 2));
    target->island_to = (int64_t)((double)target->island_from * random_real(&target->random, 1.02, 2));
}

static void draw_liar(struct subject *target, double error) {
    (void)error;
    target->run = run_liar;
}

enum model { EXACT, ADAPTIVE, CACHED, STALLING, NOISY, JITTERY, ISLAND, LIAR, MODEL_COUNT };

/* These have a threshold, and nothing is left to chance. */
#define EXACT_MODELS (STALLING + 1)

static const struct {
    const char *name;
    draw_fn draw;
} models[MODEL_COUNT] = {
    [EXACT] = {"exact", draw_exact},    [ADAPTIVE] = {"adaptive", draw_adaptive},
    [CACHED] = {"cached", draw_cached}, [STALLING] = {"stalling", draw_stalling},
    [NOISY] = {"noisy", draw_noisy},    [JITTERY] = {"jittery", draw_jittery},
    [ISLAND] = {"island", draw_island}, [LIAR] = {"liar", draw_liar},
};

/* Needs from `least` to 512 MiB, so that page cache of ten times as much has room below 6 GiB. */
static struct subject draw_target_above(int64_t least, enum model model, uint64_t seed, double error) {
    struct subject target = {.name = models[model].name, .random = random_from(seed), .dies_as = OUTCOME_OOM};
    target.need = target.stalls_from = random_size(&target.random, least, 512 * MIB);
    target.live_ns = random_size(&target.random, 50 * NS_PER_MS, 100 * NS_PER_S);
    target.die_cost = random_real(&target.random, 0.05, 1);
    models[model].draw(&target, error);
    return target;
}

static struct subject draw_target(enum model model, uint64_t seed, double error) {
    return draw_target_above(5 * MIB, model, seed, error);
}

/* ---- simulations ---- */

struct simulation {
    char row[200]; /* what it is, for messages */
    struct search_config config;
    struct subject target;
    struct trial trials[TRIALS_MAX];
    size_t count;
    int limited; /* runs under a limit */
    int rounds;
    int side_by_side; /* at most so many runs in a round */
    struct search_step last;
    struct oom_point point;
};

static struct search_config default_config(void) {
    return (struct search_config){.strategy = SEARCH_PREDICT,
                                  .precision_ratio = 0.01,
                                  .confirm = 3,
                                  .runs_max = RUNS_MAX(3),
                                  .page_bytes = PAGE,
                                  .noise_bytes = 64 * PAGE,
                                  .ceiling_bytes = 8 * GIB};
}

static struct search_config config_with(enum search_strategy strategy, int confirm) {
    struct search_config config = default_config();
    config.strategy = strategy;
    config.confirm = confirm;
    config.runs_max = RUNS_MAX(confirm);
    return config;
}

static int64_t tolerance(const struct search_config *config, int64_t low) {
    int64_t relative = (int64_t)((double)low * config->precision_ratio);
    return relative > 64 * config->page_bytes ? relative : 64 * config->page_bytes;
}

/* Trials at this limit that told something about it. */
static int told_at(const struct simulation *simulation, int64_t limit) {
    int told = 0;
    for (size_t i = 0; i < simulation->count; i++) {
        const struct trial *trial = &simulation->trials[i];
        told += trial->limit_bytes.known && trial->limit_bytes.value == limit &&
                (trial_lived(trial) || trial_died(trial));
    }
    return told;
}

/* "confirm 2 of 3", and "runs differ: 4 of 5" for what is more than was asked for; "confirm floor" has no
 * number. */
static void check_number(const struct simulation *simulation, const struct search_step *step) {
    int number = 0;
    int wanted = 0;
    bool differs = sscanf(step->why, "runs differ: %d of %d", &number, &wanted) == 2;
    if (!differs && sscanf(step->why, "confirm %d of %d", &number, &wanted) != 2)
        return;
    ROW(number >= 2 && number <= wanted && differs == (number > simulation->config.confirm),
        "%s: run %d is \"%s\"", simulation->row, simulation->limited, step->why);
}

/* What must hold for every step, whatever the target does. In a round of several, those before it have yet to
 * tell. */
static void check_step(const struct simulation *simulation, const struct search_step *steps, int at) {
    const struct search_step *step = &steps[at];
    const struct search_config *config = &simulation->config;
    const char *row = simulation->row;
    int told = told_at(simulation, step->limit_bytes);
    for (int i = 0; i < at; i++)
        told += steps[i].limit_bytes == step->limit_bytes;
    ROW(step->limit_bytes >= SEARCH_FLOOR_BYTES && step->limit_bytes <= config->ceiling_bytes,
        "%s: run %d asks for %" PRId64 ", outside of floor and ceiling", row, simulation->limited,
        step->limit_bytes);
    ROW(step->limit_bytes % config->page_bytes == 0, "%s: run %d asks for %" PRId64 ", not whole pages", row,
        simulation->limited, step->limit_bytes);
    ROW(step->purpose == PURPOSE_PROBE || step->purpose == PURPOSE_CONFIRM, "%s: run %d has purpose %s", row,
        simulation->limited, purpose_name(step->purpose));
    ROW((step->purpose == PURPOSE_CONFIRM) == (told > 0),
        "%s: run %d, a %s, at %" PRId64 ", seen %d times before", row, simulation->limited,
        purpose_name(step->purpose), step->limit_bytes, told);
    ROW(step->why[0], "%s: run %d does not say why", row, simulation->limited);
    check_number(simulation, step);
}

static struct trial *add_trial(struct simulation *simulation, enum purpose purpose, int64_t limit) {
    struct trial *trial = &simulation->trials[simulation->count];
    *trial = (struct trial){.id = (int)simulation->count, .purpose = purpose};
    if (limit != NO_LIMIT)
        trial->limit_bytes = known_i64(limit);
    run_target(&simulation->target, limit, trial);
    simulation->count++;
    simulation->limited += limit != NO_LIMIT;
    return trial;
}

/* As the program runs it: what ended for reasons outside of it beside another does not count, and from then
 * on runs go one at a time. */
static void run_beside(struct simulation *simulation, const struct search_step *step, bool crowded) {
    struct trial *trial = add_trial(simulation, step->purpose, step->limit_bytes);
    trial->crowded = crowded;
    if (crowded && !trial_lived(trial) && !trial_died(trial)) {
        simulation->limited--;
        simulation->side_by_side = 1;
    }
}

/* Runs the search to its end, after the trials that are there. */
static void go_on(struct simulation *simulation) {
    struct search_step steps[8];
    for (;;) {
        int count = 1;
        if (simulation->side_by_side)
            count = search_next_batch(&simulation->config, simulation->trials, simulation->count,
                                      simulation->side_by_side, steps);
        else
            search_next(&simulation->config, simulation->trials, simulation->count, steps);
        simulation->last = steps[0];
        if (steps[0].verdict != SEARCH_RUN)
            break;
        int failed_before = unit_failed_rows;
        for (int i = 0; i < count; i++)
            check_step(simulation, steps, i);
        ROW(simulation->limited + count <= simulation->config.runs_max,
            "%s: still running after %d limited runs", simulation->row, simulation->limited);
        if (unit_failed_rows > failed_before)
            break;
        for (int i = 0; i < count; i++)
            run_beside(simulation, &steps[i], count > 1);
        simulation->rounds++;
    }
    search_conclude(&simulation->config, simulation->trials, simulation->count, &simulation->point);
}

static void begin(struct simulation *simulation, const struct search_config *config,
                  const struct subject *target, const char *what, uint64_t seed) {
    *simulation = (struct simulation){.config = *config, .target = *target};
    simulation->config.stock_bytes = target->stock;
    snprintf(simulation->row, sizeof simulation->row,
             "%s, %s, seed %" PRIu64 ", strategy %d, confirm %d, need %" PRId64 ", predicted %" PRId64, what,
             target->name ? target->name : "target", seed, (int)config->strategy, config->confirm,
             target->need, target->predicted);
    (void)add_trial(simulation, PURPOSE_PROFILE, NO_LIMIT);
}

static struct simulation *simulate(const struct search_config *config, const struct subject *target,
                                   const char *what, uint64_t seed) {
    static struct simulation simulation;
    begin(&simulation, config, target, what, seed);
    go_on(&simulation);
    return &simulation;
}

/* ---- what holds for an answer ---- */

/* The answer for a target that always dies or stalls below its need and always lives from it on. */
static void check_bracket(const struct simulation *simulation) {
    const struct oom_point *point = &simulation->point;
    const struct search_config *config = &simulation->config;
    const struct subject *target = &simulation->target;
    const char *row = simulation->row;
    /* Where it stalls instead of dying, that is the lower end, told coarsely and not repeated. */
    bool stalls = point->stalls_bytes.known;
    int64_t low = stalls ? point->stalls_bytes.value : point->ooms_bytes.value;
    int64_t bracket = stalls ? (int64_t)((double)low * 0.05) : 0;
    bracket = bracket > tolerance(config, low) ? bracket : tolerance(config, low);
    int64_t high = point->survives_bytes.value;
    ROW(simulation->last.verdict == SEARCH_DONE, "%s: verdict %d after %d runs", row,
        simulation->last.verdict, simulation->limited);
    ROW(point->known && (stalls || point->ooms_bytes.known) && low < target->need && high >= target->need,
        "%s: (%" PRId64 ", %" PRId64 "] does not hold %" PRId64, row, low, high, target->need);
    ROW(high - low <= bracket, "%s: (%" PRId64 ", %" PRId64 "] is wider than %" PRId64, row, low, high,
        bracket);
    ROW((stalls || point->confirmed_ooms >= config->confirm) && point->confirmed_survivals >= config->confirm,
        "%s: confirmed %d and %d times", row, point->confirmed_ooms, point->confirmed_survivals);
    ROW(!point->ooms_bytes.known || point->ooms_bytes.value < target->stalls_from,
        "%s: said to die at %" PRId64 ", where it stalls", row, point->ooms_bytes.value);
    ROW(!stalls || low >= target->stalls_from, "%s: said to stall at %" PRId64 ", where it dies", row, low);
    ROW(!point->mixed && !point->non_monotone, "%s: mixed %d, non_monotone %d", row, point->mixed,
        point->non_monotone);
    ROW(point->runs == simulation->limited + 1, "%s: counts %d runs, not the profile and %d", row,
        point->runs, simulation->limited);
}

static bool same_step(const struct search_step *a, const struct search_step *b) {
    return a->verdict == b->verdict && a->purpose == b->purpose && a->limit_bytes == b->limit_bytes &&
           strcmp(a->why, b->why) == 0;
}

/* The search keeps no state: from any prefix of its trials it asks for what was run next. */
static void check_replay(const struct simulation *simulation) {
    for (size_t count = 1; count < simulation->count; count++) {
        const struct trial *next = &simulation->trials[count];
        struct search_step step;
        struct search_step batch[4];
        int most = 1 + (int)(count % COUNT(batch));
        search_next(&simulation->config, simulation->trials, count, &step);
        int filled = search_next_batch(&simulation->config, simulation->trials, count, most, batch);
        ROW(filled >= 1 && filled <= most && same_step(&batch[0], &step),
            "%s: after %zu trials %d steps side by side, the first at %" PRId64 ", not at %" PRId64,
            simulation->row, count, filled, batch[0].limit_bytes, step.limit_bytes);
        ROW(step.verdict == SEARCH_RUN && step.limit_bytes == next->limit_bytes.value &&
                step.purpose == next->purpose,
            "%s: after %zu trials it asks for %" PRId64 ", then it was %" PRId64, simulation->row, count,
            step.limit_bytes, next->limit_bytes.value);
    }
}

static bool same_known(struct known_i64 a, struct known_i64 b) {
    return a.known == b.known && (!a.known || a.value == b.value);
}

static bool same_point(const struct oom_point *a, const struct oom_point *b) {
    bool same = a->known == b->known && same_known(a->ooms_bytes, b->ooms_bytes) &&
                same_known(a->stalls_bytes, b->stalls_bytes) &&
                same_known(a->survives_bytes, b->survives_bytes) && a->dies_as == b->dies_as &&
                a->confirmed_ooms == b->confirmed_ooms && a->confirmed_survivals == b->confirmed_survivals &&
                a->mixed == b->mixed && a->non_monotone == b->non_monotone &&
                a->level_count == b->level_count && a->runs == b->runs;
    for (int i = 0; same && i < a->level_count; i++)
        same = a->levels[i].limit_bytes == b->levels[i].limit_bytes &&
               a->levels[i].runs == b->levels[i].runs && a->levels[i].deaths == b->levels[i].deaths;
    return same;
}

/* In whatever order the trials came, they say the same. */
static void check_order(const struct simulation *simulation, uint64_t seed) {
    static struct trial shuffled[TRIALS_MAX];
    uint64_t random = random_from(seed);
    struct oom_point point;
    memcpy(shuffled, simulation->trials, simulation->count * sizeof *shuffled);
    for (size_t i = simulation->count; i > 2; i--) {
        size_t other = 1 + next_random(&random) % (i - 1);
        struct trial kept = shuffled[i - 1];
        shuffled[i - 1] = shuffled[other];
        shuffled[other] = kept;
    }
    search_conclude(&simulation->config, shuffled, simulation->count, &point);
    ROW(same_point(&point, &simulation->point),
        "%s: in another order (%" PRId64 ", %" PRId64 "] and %s, not (%" PRId64 ", %" PRId64 "] and %s",
        simulation->row, point.ooms_bytes.value, point.survives_bytes.value, outcome_name(point.dies_as),
        simulation->point.ooms_bytes.value, simulation->point.survives_bytes.value,
        outcome_name(simulation->point.dies_as));
}

/* A band is told from its lower end to its upper one, and P(OOM) never rises with the limit. */
static void check_levels(const struct simulation *simulation) {
    const struct oom_point *point = &simulation->point;
    const char *row = simulation->row;
    ROW((point->level_count > 0) == point->mixed, "%s: mixed %d, %d levels", row, point->mixed,
        point->level_count);
    for (int i = 0; i < point->level_count; i++) {
        const struct oom_level *level = &point->levels[i];
        ROW(level->runs > 0 && level->deaths >= 0 && level->deaths <= level->runs && level->p_oom >= 0 &&
                level->p_oom <= 1,
            "%s: level %d: %d of %d, %f", row, i, level->deaths, level->runs, level->p_oom);
        ROW(i == 0 || (level->limit_bytes > level[-1].limit_bytes && level->p_oom <= level[-1].p_oom),
            "%s: level %d at %" PRId64 ", %f, after %" PRId64 ", %f", row, i, level->limit_bytes,
            level->p_oom, i ? level[-1].limit_bytes : 0, i ? level[-1].p_oom : 0);
    }
}

/* Nothing lived at or below the one end, nor died at or above the other. */
static void check_ends(const struct simulation *simulation) {
    const struct oom_point *point = &simulation->point;
    for (size_t i = 1; i < simulation->count; i++) {
        const struct trial *trial = &simulation->trials[i];
        int64_t limit = trial->limit_bytes.value;
        bool contradicts = trial_lived(trial)  ? limit <= known_or(point->ooms_bytes, 0)
                           : trial_died(trial) ? limit >= known_or(point->survives_bytes, INT64_MAX)
                                               : false;
        ROW(!contradicts, "%s: %s at %" PRId64 ", against (%" PRId64 ", %" PRId64 "]", simulation->row,
            outcome_name(trial->outcome), limit, point->ooms_bytes.value, point->survives_bytes.value);
    }
    ROW(!point->known || point->confirmed_survivals > 0, "%s: survives without a survivor", simulation->row);
    ROW(!point->ooms_bytes.known || point->confirmed_ooms > 0, "%s: dies without a death", simulation->row);
}

/* All of the above that holds whatever the target does. */
static void check_answer(const struct simulation *simulation, uint64_t seed) {
    ROW(simulation->limited <= simulation->config.runs_max, "%s: %d runs", simulation->row,
        simulation->limited);
    check_ends(simulation);
    check_levels(simulation);
    check_order(simulation, seed);
    if (!simulation->side_by_side)
        check_replay(simulation);
}

/* ---- exact thresholds ---- */

/* By which factor a prediction is off at most; 0: there is none. */
static const double errors[] = {1, 1.003, 1.05, 1.5, 5, 0};

/* Whatever the profile says, the bracket is right, as narrow as asked, and confirmed. */
TEST(thresholds_are_found_whatever_the_prediction) {
    for (uint64_t seed = 1; seed <= 3600; seed++) {
        struct search_config config =
            config_with(seed % 5 ? SEARCH_PREDICT : SEARCH_BISECT, 1 + (int)(seed % 3));
        double error = errors[seed / EXACT_MODELS % COUNT(errors)];
        struct subject target = draw_target((enum model)(seed % EXACT_MODELS), seed, error);
        struct simulation *end = simulate(&config, &target, "exact", seed);
        check_bracket(end);
        check_answer(end, seed);
    }
}

/* Within 0.4 of the tolerance the probe above lives and the one below dies: two runs prove the bracket, and
 * each side is confirmed. */
TEST(a_good_prediction_takes_the_fewest_runs) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1 + (int)(seed % 5));
        struct subject target = draw_target_above(9 * MIB, EXACT, seed, 1);
        int64_t slack = tolerance(&config, target.need) * 2 / 5;
        target.predicted = target.need + random_between(&target.random, -slack, slack);
        struct simulation *end = simulate(&config, &target, "good prediction", seed);
        check_bracket(end);
        ROW(end->limited == 2 + 2 * (config.confirm - 1), "%s: %d limited runs", end->row, end->limited);
    }
}

/* Other strategies, rough and fine precision, large pages, ceilings that are not whole pages, and every way
 * to die. */
TEST(thresholds_are_found_in_every_configuration) {
    static const enum search_strategy strategies[] = {SEARCH_PREDICT, SEARCH_BISECT, SEARCH_STEP};
    static const enum outcome deaths[] = {OUTCOME_OOM, OUTCOME_RUNTIME_OOM, OUTCOME_TIMEOUT, OUTCOME_FAILED};
    static const double precisions[] = {0.01, 0.05, 0.5, 0.001};
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        uint64_t random = random_from(seed);
        struct search_config config = config_with(strategies[seed % 3], 1 + (int)(seed % 4));
        enum model model = (enum model)(next_random(&random) % EXACT_MODELS);
        /* Steps of 0.1 % through a coarse one are more than any search may take, and what page-cache nodes
         * need differs by more from limit to limit. */
        bool fine = config.strategy != SEARCH_STEP && model != CACHED;
        config.precision_ratio = precisions[next_random(&random) % (fine ? 4 : 3)];
        config.page_bytes = next_random(&random) % 3 ? PAGE : 65536;
        config.ceiling_bytes = random_between(&random, 6 * GIB, 64 * GIB);
        /* A bracket of 64 large pages has room above the floor. */
        struct subject target = draw_target_above(10 * MIB, model, seed, errors[seed % COUNT(errors)]);
        if (model == EXACT)
            target.dies_as = deaths[next_random(&random) % COUNT(deaths)];
        struct simulation *end = simulate(&config, &target, "configured", seed);
        check_bracket(end);
        check_answer(end, seed);
        ROW(!end->point.ooms_bytes.known || end->point.dies_as == target.dies_as, "%s: dies as %s", end->row,
            outcome_name(end->point.dies_as));
    }
}

static struct simulation *simulate_exact(int64_t need, int64_t predicted, const char *what) {
    struct search_config config = default_config();
    struct subject target = {.name = "exact",
                             .run = run_exact,
                             .need = need,
                             .stalls_from = need,
                             .predicted = predicted,
                             .live_ns = NS_PER_S,
                             .die_cost = 0.5,
                             .dies_as = OUTCOME_OOM};
    return simulate(&config, &target, what, 0);
}

TEST(a_need_below_the_floor_is_told) {
    static const int64_t predictions[] = {0, 1, 4096, 300 * KIB, MIB, 5 * MIB, 600 * MIB};
    for (size_t i = 0; i < COUNT(predictions); i++) {
        struct simulation *end = simulate_exact(200 * KIB, predictions[i], "below the floor");
        ROW(end->last.verdict == SEARCH_AT_FLOOR, "%s: verdict %d", end->row, end->last.verdict);
        ROW(end->point.known && end->point.survives_bytes.value == SEARCH_FLOOR_BYTES &&
                !end->point.ooms_bytes.known && !end->point.resolution_ratio.known &&
                end->point.confirmed_survivals >= 3,
            "%s: survives %" PRId64 ", %d times", end->row, end->point.survives_bytes.value,
            end->point.confirmed_survivals);
    }
}

TEST(a_need_above_the_ceiling_is_told) {
    static const int64_t predictions[] = {0, 5 * MIB, 7 * GIB, 8 * GIB, 200 * GIB};
    for (size_t i = 0; i < COUNT(predictions); i++) {
        struct simulation *end = simulate_exact(9 * GIB, predictions[i], "above the ceiling");
        ROW(end->last.verdict == SEARCH_OVER_CEILING, "%s: verdict %d", end->row, end->last.verdict);
        ROW(!end->point.known && end->point.ooms_bytes.value == 8 * GIB, "%s: known %d, dies at %" PRId64,
            end->row, end->point.known, end->point.ooms_bytes.value);
    }
}

/* A page-cache reader stalls long before it dies: the stalls bound the limit, and are told as such. */
TEST(stalls_bound_the_limit_and_are_no_deaths) {
    int deaths = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1 + (int)(seed % 3));
        struct subject target = draw_target(EXACT, seed, errors[seed % COUNT(errors)]);
        target.stalls_from = target.need / (1 + (int64_t)(seed % 4));
        struct simulation *end = simulate(&config, &target, "stalls", seed);
        check_bracket(end);
        check_answer(end, seed);
        /* A zone wider than the bracket that a stall gets is met. */
        ROW(target.stalls_from == target.need || end->point.stalls_bytes.known, "%s: no stall is told",
            end->row);
        deaths += end->point.ooms_bytes.known;
    }
    ROW(deaths > 250, "only %d of 1000 tell where it dies", deaths);
}

/* ---- how many runs ---- */

/* With a single run on each side. The ladder comes from a prediction that is off by a factor of five to a gap
 * of two in eight probes, and that gap holds log 2 / log 1.01 = 70 brackets, which cuts that leave at most
 * 0.62 of it, as they do where dying is cheap, close in nine. Halving from floor to ceiling takes ten. One
 * more for a runtime that takes a share of whatever it is given, and so is followed down. */
#define RUNS_BEYOND_HALVING (8 + 9 - 10 + 1)

TEST(whatever_the_prediction_runs_stay_near_those_of_halving) {
    for (uint64_t seed = 1; seed <= 6000; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1);
        double error = errors[seed / EXACT_MODELS % COUNT(errors)];
        struct subject target = draw_target((enum model)(seed % EXACT_MODELS), seed, error);
        struct simulation *end = simulate(&config, &target, "how many", seed);
        ROW(end->limited <= search_halving_runs(&config) + RUNS_BEYOND_HALVING, "%s: %d limited runs, not %d",
            end->row, end->limited, search_halving_runs(&config) + RUNS_BEYOND_HALVING);
    }
}

/* What search_halving_runs() promises. */
TEST(halving_takes_no_more_runs_than_it_says) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct search_config config = config_with(SEARCH_BISECT, 1 + (int)(seed % 4));
        struct subject target = draw_target((enum model)(seed % EXACT_MODELS), seed, 1);
        struct simulation *end = simulate(&config, &target, "halving", seed);
        ROW(end->limited <= search_halving_runs(&config), "%s: %d limited runs, not %d", end->row,
            end->limited, search_halving_runs(&config));
    }
}

/* Where the prediction is within 5 %, which it is for a page-cache user only of the limit at which it dies.
 */
TEST(a_prediction_within_5_percent_halves_the_runs) {
    static const enum model predictable[] = {EXACT, ADAPTIVE, STALLING};
    for (size_t i = 0; i < COUNT(predictable); i++) {
        int predict = 0;
        int bisect = 0;
        for (uint64_t seed = 1; seed <= 1000; seed++) {
            struct search_config config = config_with(SEARCH_PREDICT, 1);
            struct subject target = draw_target(predictable[i], seed, 1.05);
            int by_prediction = simulate(&config, &target, "within 5 %", seed)->limited;
            config.strategy = SEARCH_BISECT;
            struct simulation *end = simulate(&config, &target, "within 5 %", seed);
            ROW(by_prediction <= end->limited, "%s: %d runs by prediction, %d by halving", end->row,
                by_prediction, end->limited);
            predict += by_prediction;
            bisect += end->limited;
        }
        ROW(2 * predict <= bisect, "%s: %d runs by prediction, %d by halving", models[predictable[i]].name,
            predict, bisect);
    }
}

/* Without a prediction it is halving with uneven cuts, which take more runs but less time. */
TEST(uneven_cuts_take_less_time) {
    double uneven_s = 0;
    double even_s = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1);
        struct subject target = draw_target(EXACT, seed, 0);
        target.live_ns = NS_PER_S;
        struct simulation *end = simulate(&config, &target, "uneven", seed);
        for (size_t i = 1; i < end->count; i++)
            uneven_s += (double)end->trials[i].exit.duration_ns / (double)NS_PER_S;
        config.strategy = SEARCH_BISECT;
        end = simulate(&config, &target, "even", seed);
        for (size_t i = 1; i < end->count; i++)
            even_s += (double)end->trials[i].exit.duration_ns / (double)NS_PER_S;
    }
    ROW(uneven_s < even_s, "%f s with uneven cuts, %f s with even ones", uneven_s, even_s);
}

/* ---- noise ---- */

/* Of `sims` searches, how many ended with a lower end at which it dies in truth four times of five, and with
 * an upper one at which it lives as often. */
struct coverage {
    int ended;
    int low;
    int high;
};

#define COVERAGE_SIMS 400

static struct coverage measure_coverage(enum law law, double sd, int confirm) {
    struct coverage coverage = {0};
    for (uint64_t seed = 1; seed <= COVERAGE_SIMS; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, confirm);
        struct subject target = draw_target_above(20 * MIB, NOISY, seed, 1);
        target.law = law;
        target.sd = sd;
        const struct simulation *end = simulate(&config, &target, "noisy", seed);
        check_answer(end, seed);
        if (end->last.verdict != SEARCH_DONE)
            continue;
        coverage.ended++;
        coverage.low += true_p_oom(&target, end->point.ooms_bytes.value) >= 0.8;
        coverage.high += true_p_oom(&target, end->point.survives_bytes.value) <= 0.2;
    }
    return coverage;
}

static void check_coverage(enum law law, double sd, int confirm, double least_low, double least_high) {
    static const char *const names[LAW_COUNT] = {"normal", "uniform", "bimodal"};
    struct coverage got = measure_coverage(law, sd, confirm);
    ROW(got.ended == COVERAGE_SIMS, "%s, sd %g, confirm %d: only %d of %d ended", names[law], sd, confirm,
        got.ended, COVERAGE_SIMS);
    ROW(got.low >= least_low * COVERAGE_SIMS && got.high >= least_high * COVERAGE_SIMS,
        "%s, sd %g, confirm %d: of %d lower ends %d are good, of the upper ones "
        "%d",
        names[law], sd, confirm, COVERAGE_SIMS, got.low, got.high);
}

/* How far the ends can be trusted. Measured over 1000 seeds at standard deviations of 0.1 to 5 %: with three
 * runs on each side 92 to 99 % of the lower ends and 88 to 99 % of the upper ones; with a single run 61 to 92
 * % and 44 to 91 %. Bimodal needs are the worst, as samples of one mode hide the other. With a single run no
 * more of them are spent than halving takes: at 5 % that leaves 54 % of the lower ends and 40 % of the upper.
 */
TEST(ends_lie_outside_of_the_noise) {
    static const double sds[] = {0.001, 0.003, 0.01, 0.05};
    for (size_t i = 0; i < COUNT(sds); i++) {
        bool wide = sds[i] > 0.02; /* a band that halving's runs do not settle */
        for (int law = 0; law < LAW_COUNT; law++) {
            check_coverage((enum law)law, sds[i], 3, 0.88, law == LAW_BIMODAL ? 0.84 : 0.88);
            check_coverage((enum law)law, sds[i], 1, wide ? 0.52 : 0.55,
                           law == LAW_BIMODAL ? 0.38
                           : wide             ? 0.46
                                              : 0.50);
        }
    }
}

/* What a run can need more without using more is no noise that a search makes a band of without cause: the
 * ends hold, and what is called a band is one. */
TEST(a_charge_stock_is_endured) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1 + (int)(seed % 3));
        struct subject target = draw_target(JITTERY, seed, 1);
        struct simulation *end = simulate(&config, &target, "stock", seed);
        const struct oom_point *point = &end->point;
        check_answer(end, seed);
        ROW(end->last.verdict == SEARCH_DONE, "%s: verdict %d after %d runs", end->row, end->last.verdict,
            end->limited);
        ROW(point->ooms_bytes.value < target.need + target.stock &&
                point->survives_bytes.value >= target.need,
            "%s: (%" PRId64 ", %" PRId64 "] lies outside of what it may need, up to %" PRId64 " more",
            end->row, point->ooms_bytes.value, point->survives_bytes.value, target.stock);
    }
}

/* Noise at the floor: AT_FLOOR says that it lives there, so it must never have died there, and lived often.
 */
TEST(the_floor_is_only_the_answer_where_it_never_died) {
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct search_config config = default_config();
        struct subject target = draw_target(NOISY, seed, 1);
        target.need = 4000 * KIB;
        target.sd = 0.2;
        struct simulation *end = simulate(&config, &target, "noisy floor", seed);
        check_answer(end, seed);
        if (end->last.verdict != SEARCH_AT_FLOOR)
            continue;
        ROW(end->point.survives_bytes.value == SEARCH_FLOOR_BYTES && end->point.confirmed_survivals >= 3 &&
                !end->point.ooms_bytes.known,
            "%s: survives %" PRId64 ", %d times", end->row, end->point.survives_bytes.value,
            end->point.confirmed_survivals);
    }
}

/* Lives, dies and lives again as the limit rises: the answer is one of the two edges, or says that it is
 * none. */
TEST(an_island_of_death_is_met_or_missed) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct search_config config =
            config_with(seed % 2 ? SEARCH_PREDICT : SEARCH_BISECT, 1 + (int)(seed % 3));
        struct subject target = draw_target(ISLAND, seed, errors[seed % COUNT(errors)]);
        struct simulation *end = simulate(&config, &target, "island", seed);
        const struct oom_point *point = &end->point;
        check_answer(end, seed);
        if (end->last.verdict != SEARCH_DONE)
            continue;
        int64_t high = point->survives_bytes.value;
        int64_t low = point->ooms_bytes.value;
        ROW(high >= target.need && (high < target.island_from || high >= target.island_to),
            "%s: said to live at %" PRId64, end->row, high);
        ROW(low < target.need || (low >= target.island_from && low < target.island_to),
            "%s: said to die at %" PRId64, end->row, low);
    }
}

TEST(a_liar_is_endured) {
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        static const enum search_strategy strategies[] = {SEARCH_PREDICT, SEARCH_BISECT, SEARCH_STEP};
        struct search_config config = config_with(strategies[seed % 3], 1 + (int)(seed % 5));
        struct subject target = draw_target(LIAR, seed, 1);
        struct simulation *end = simulate(&config, &target, "liar", seed);
        check_answer(end, seed);
    }
}

/* ---- runs that say nothing ---- */

TEST(trials_that_say_nothing_end_the_search) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct search_config config = default_config();
        struct subject target = draw_target(EXACT, seed, 1);
        target.outside = 1;
        struct simulation *end = simulate(&config, &target, "outside", seed);
        ROW(end->last.verdict == SEARCH_GAVE_UP && end->limited == 5 && !end->point.known,
            "%s: verdict %d after %d runs, known %d", end->row, end->last.verdict, end->limited,
            end->point.known);
    }
}

/* Up to three runs of ten are disturbed from outside; they move nothing. */
TEST(disturbed_runs_move_nothing) {
    int done = 0;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1 + (int)(seed % 3));
        struct subject target = draw_target((enum model)(seed % EXACT_MODELS), seed, 1.05);
        target.outside = 0.1 * (double)(seed / 4 % 4);
        struct simulation *end = simulate(&config, &target, "disturbed", seed);
        check_answer(end, seed);
        if (end->last.verdict == SEARCH_GAVE_UP)
            continue;
        done++;
        end->limited = end->point.runs - 1;
        check_bracket(end);
    }
    ROW(done > 1350, "only %d of 1500 came to an answer", done);
}

/* ---- taken up again, and side by side ---- */

/* Cut anywhere, it goes on as if nothing had been. Runs that prove the recommendation do not disturb it. */
TEST(a_search_can_be_taken_up_again) {
    static struct simulation resumed;
    for (uint64_t seed = 1; seed <= 800; seed++) {
        struct search_config config =
            config_with(seed % 3 ? SEARCH_PREDICT : SEARCH_BISECT, 1 + (int)(seed % 4));
        struct subject target =
            draw_target((enum model)(seed % EXACT_MODELS), seed, errors[seed % COUNT(errors)]);
        struct simulation *end = simulate(&config, &target, "resumed", seed);
        resumed = *end;
        resumed.count = 1 + (size_t)random_between(&target.random, 0, (int64_t)end->count);
        resumed.count = resumed.count < end->count ? resumed.count : end->count;
        resumed.limited = (int)resumed.count - 1;
        go_on(&resumed);
        ROW(resumed.count == end->count && same_point(&resumed.point, &end->point),
            "%s: resumed it took %zu trials, not %zu", end->row, resumed.count, end->count);
        resumed.trials[resumed.count++] = (struct trial){
            .purpose = PURPOSE_VERIFY, .outcome = OUTCOME_OOM, .limit_bytes = known_i64(4 * GIB)};
        search_conclude(&config, resumed.trials, resumed.count, &resumed.point);
        ROW(same_point(&resumed.point, &end->point), "%s: a verification run changed the point", end->row);
    }
}

static struct simulation *simulate_batches(const struct search_config *config, const struct subject *target,
                                           int most, uint64_t seed) {
    static struct simulation simulation;
    begin(&simulation, config, target, "side by side", seed);
    simulation.side_by_side = most;
    go_on(&simulation);
    return &simulation;
}

/* Speculation costs runs, never the truth, and saves rounds. */
TEST(runs_side_by_side_find_the_same) {
    for (uint64_t seed = 1; seed <= 2400; seed++) {
        struct search_config config =
            config_with(seed % 3 ? SEARCH_PREDICT : SEARCH_BISECT, 1 + (int)(seed % 4));
        double error = errors[seed / EXACT_MODELS % COUNT(errors)];
        struct subject target = draw_target((enum model)(seed % EXACT_MODELS), seed, error);
        int alone = simulate(&config, &target, "one by one", seed)->limited;
        struct simulation *end = simulate_batches(&config, &target, 2 + (int)(seed % 3), seed);
        check_bracket(end);
        check_answer(end, seed);
        ROW(end->rounds < end->limited && end->rounds <= alone, "%s: %d runs in %d rounds, %d one by one",
            end->row, end->limited, end->rounds, alone);
    }
}

/* What is expected comes true, so that nothing is run in vain. */
TEST(a_good_prediction_wastes_no_run_side_by_side) {
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1 + (int)(seed % 5));
        struct subject target = draw_target_above(9 * MIB, EXACT, seed, 1);
        int most = 2 + (int)(seed % 3);
        struct simulation *end = simulate_batches(&config, &target, most, seed);
        int runs = 2 + 2 * (config.confirm - 1);
        ROW(end->limited == runs && end->rounds == (runs + most - 1) / most,
            "%s: %d runs in %d rounds, %d at a time", end->row, end->limited, end->rounds, most);
    }
}

/* Nothing is taken for granted of those that differ from run to run. */
TEST(runs_side_by_side_endure_noise) {
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        struct search_config config = config_with(SEARCH_PREDICT, 1 + (int)(seed % 4));
        enum model model = (enum model)(NOISY + seed % (MODEL_COUNT - NOISY));
        struct subject target = draw_target(model, seed, errors[seed % COUNT(errors)]);
        target.outside = 0.1 * (double)(seed % 3);
        check_answer(simulate_batches(&config, &target, 2 + (int)(seed % 3), seed), seed);
    }
}

/* ---- conclusions ---- */

TEST(conclusions_from_little) {
    struct search_config config = default_config();
    struct oom_point point;
    search_conclude(&config, NULL, 0, &point);
    ROW(!point.known && !point.ooms_bytes.known && !point.survives_bytes.known && point.runs == 0,
        "from nothing");
    struct trial trials[] = {
        {.purpose = PURPOSE_PROFILE, .outcome = OUTCOME_SURVIVED},
        {.purpose = PURPOSE_PROBE, .outcome = OUTCOME_OOM, .limit_bytes = known_i64(50 * MIB)},
        {.purpose = PURPOSE_PROBE, .outcome = OUTCOME_SURVIVED, .limit_bytes = known_i64(80 * MIB)},
        {.purpose = PURPOSE_PROBE, .outcome = OUTCOME_OOM, .limit_bytes = known_i64(60 * MIB)},
        {.purpose = PURPOSE_PROBE, .outcome = OUTCOME_SURVIVED, .limit_bytes = known_i64(60 * MIB)},
    };
    search_conclude(&config, trials, 2, &point);
    ROW(!point.known && point.ooms_bytes.value == 50 * MIB, "one death: known %d", point.known);
    search_conclude(&config, trials, COUNT(trials), &point);
    /* 80 / 50 - 1 = 0.6; one survival: 1 - 0.05 = 0.95 */
    ROW(point.known && point.mixed && point.ooms_bytes.value == 50 * MIB &&
            point.survives_bytes.value == 80 * MIB && point.resolution_ratio.value > 0.5999 &&
            point.resolution_ratio.value < 0.6001 && point.p_oom_upper95.value > 0.9499 &&
            point.p_oom_upper95.value < 0.9501 && point.runs == 5,
        "mixed %d, (%lld, %lld], %f, %f, %d runs", point.mixed, (long long)point.ooms_bytes.value,
        (long long)point.survives_bytes.value, point.resolution_ratio.value, point.p_oom_upper95.value,
        point.runs);
}

TEST(what_a_profile_predicts) {
    static const struct {
        const char *what;
        struct known_i64 needed, unreclaimable, file_cache, predicted;
    } rows[] = {
        {"nothing known", {false, 0}, {false, 0}, {false, 0}, {false, 0}},
        {"nothing needed", {true, 0}, {true, 0}, {true, 0}, {false, 0}},
        {"the need as measured", {true, 50 * MIB}, {true, 49 * MIB}, {true, 10 * MIB}, {true, 50 * MIB}},
        {"without A", {true, 50 * MIB}, {false, 0}, {true, 900 * MIB}, {true, 50 * MIB}},
        /* cache over three times A: 40 MiB + 0.0022 * 1000 MiB + 256 KiB = 41943040 + 2306867 + 262144 */
        {"a file reader", {true, 300 * MIB}, {true, 40 * MIB}, {true, 1000 * MIB}, {true, 44512051}},
        {"just not a file reader", {true, 60 * MIB}, {true, 40 * MIB}, {true, 120 * MIB}, {true, 60 * MIB}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial profile = {.needed_bytes = rows[i].needed,
                                .unreclaimable_bytes = rows[i].unreclaimable,
                                .file_cache_bytes = rows[i].file_cache};
        struct known_i64 got = search_predict(&profile);
        ROW(got.known == rows[i].predicted.known && got.value == rows[i].predicted.value,
            "%s: {%d, %lld}, expected {%d, %lld}", rows[i].what, got.known, (long long)got.value,
            rows[i].predicted.known, (long long)rows[i].predicted.value);
    }
}

UNIT_MAIN("search", thresholds_are_found_whatever_the_prediction, a_good_prediction_takes_the_fewest_runs,
          thresholds_are_found_in_every_configuration, a_need_below_the_floor_is_told,
          a_need_above_the_ceiling_is_told, stalls_bound_the_limit_and_are_no_deaths,
          whatever_the_prediction_runs_stay_near_those_of_halving, halving_takes_no_more_runs_than_it_says,
          a_prediction_within_5_percent_halves_the_runs, uneven_cuts_take_less_time,
          ends_lie_outside_of_the_noise, a_charge_stock_is_endured,
          the_floor_is_only_the_answer_where_it_never_died, an_island_of_death_is_met_or_missed,
          a_liar_is_endured, trials_that_say_nothing_end_the_search, disturbed_runs_move_nothing,
          a_search_can_be_taken_up_again, runs_side_by_side_find_the_same,
          a_good_prediction_wastes_no_run_side_by_side, runs_side_by_side_endure_noise,
          conclusions_from_little, what_a_profile_predicts)
