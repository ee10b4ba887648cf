/* analysis/search: driven against simulated targets, whose truth is known.
 *
 * Every simulation checks at every step what must hold for any target: limits are whole pages between floor
 * and ceiling, a probe never repeats a limit that told something, a confirmation always does, and the search
 * ends. */
#include "analysis/search.h"

#include <inttypes.h>

#include "base/units.h"
#include "unit.h"

#define PAGE       ((int64_t)4096)
#define RUNS_MAX   72 /* what the program allows with --confirm 3 */
#define TRIALS_MAX 512

struct subject;

/* What comes of a run of this target under this limit: sets outcome and, for survivors, needed_bytes. */
typedef void (*run_fn)(struct subject *target, int64_t limit, struct trial *trial);

struct subject {
    run_fn run;
    int64_t need;      /* lives from this limit on */
    int64_t band;      /* noisy: from need - band to need it is a matter of chance */
    int64_t predicted; /* what the profile and survivors say they needed; 0: unknown */
    enum outcome dies_as;
    uint64_t random;
};

struct simulation {
    struct search_config config;
    struct subject target;
    struct trial trials[TRIALS_MAX];
    size_t count;
    int limited; /* runs under a limit */
    struct search_step last;
    struct oom_point point;
};

/* xorshift64: the seed alone decides, so that a failing row can be repeated. */
static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static double random_unit(uint64_t *state) {
    return (double)(next_random(state) >> 11) / 9007199254740992.0;
}

static int64_t random_between(uint64_t *state, int64_t low, int64_t high) {
    return low + (int64_t)(random_unit(state) * (double)(high - low));
}

static struct known_i64 known_unless_0(int64_t value) {
    return value ? known_i64(value) : UNKNOWN_I64;
}

/* What a survivor is seen to have needed: what it wants, but never more than it was given. */
static struct known_i64 seen_need(const struct subject *target, int64_t limit) {
    return known_unless_0(target->predicted < limit ? target->predicted : limit);
}

/* One that is slow was stopped for it: it never came to its end. */
static void end_as(struct trial *trial, enum outcome outcome) {
    trial->outcome = outcome;
    trial->exit.stop = outcome == OUTCOME_SLOW ? STOP_SLOW : STOP_NONE;
}

static void run_threshold(struct subject *target, int64_t limit, struct trial *trial) {
    end_as(trial, limit >= target->need ? OUTCOME_SURVIVED : target->dies_as);
    if (trial->outcome == OUTCOME_SURVIVED)
        trial->needed_bytes = seen_need(target, limit);
}

static struct search_config default_config(void) {
    return (struct search_config){.strategy = SEARCH_PREDICT,
                                  .precision_ratio = 0.01,
                                  .confirm = 3,
                                  .runs_max = RUNS_MAX,
                                  .page_bytes = PAGE,
                                  .ceiling_bytes = 8 * GIB};
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
                trial->outcome != OUTCOME_OUTSIDE_OOM && trial->outcome != OUTCOME_KILLED &&
                trial->outcome != OUTCOME_HARNESS_ERROR;
    }
    return told;
}

/* What must hold for every step, whatever the target does. */
static void check_step(const struct simulation *simulation, const char *row) {
    const struct search_step *step = &simulation->last;
    const struct search_config *config = &simulation->config;
    int told = told_at(simulation, step->limit_bytes);
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
}

static void add_profile(struct simulation *simulation) {
    struct trial *trial = &simulation->trials[simulation->count++];
    *trial = (struct trial){.purpose = PURPOSE_PROFILE,
                            .outcome = OUTCOME_SURVIVED,
                            .needed_bytes = known_unless_0(simulation->target.predicted)};
}

/* Runs the search to its end, after the trials that are there. */
static void simulate(struct simulation *simulation, const char *row) {
    for (;;) {
        search_next(&simulation->config, simulation->trials, simulation->count, &simulation->last);
        if (simulation->last.verdict != SEARCH_RUN)
            break;
        check_step(simulation, row);
        if (simulation->limited > simulation->config.runs_max || simulation->count == TRIALS_MAX) {
            ROW(false, "%s: still running after %d limited runs", row, simulation->limited);
            break;
        }
        struct trial *trial = &simulation->trials[simulation->count];
        *trial = (struct trial){.id = (int)simulation->count, .purpose = simulation->last.purpose};
        trial->limit_bytes = known_i64(simulation->last.limit_bytes);
        simulation->target.run(&simulation->target, simulation->last.limit_bytes, trial);
        simulation->count++;
        simulation->limited++;
    }
    search_conclude(&simulation->config, simulation->trials, simulation->count, &simulation->point);
}

/* The answer for a target that always dies below its need and always lives from it on. */
static void check_bracket(const struct simulation *simulation, const char *row) {
    const struct oom_point *point = &simulation->point;
    const struct search_config *config = &simulation->config;
    /* Where it stalls instead of dying, that is the lower end, told coarsely and not repeated. */
    bool stalls = point->stalls_bytes.known;
    int64_t low = stalls ? point->stalls_bytes.value : point->ooms_bytes.value;
    int64_t bracket = stalls ? (int64_t)((double)low * 0.05) : 0;
    bracket = bracket > tolerance(config, low) ? bracket : tolerance(config, low);
    int64_t high = point->survives_bytes.value;
    ROW(simulation->last.verdict == SEARCH_DONE, "%s: verdict %d after %d runs", row,
        simulation->last.verdict, simulation->limited);
    ROW(point->known && (stalls || point->ooms_bytes.known) && low < simulation->target.need &&
            high >= simulation->target.need,
        "%s: (%" PRId64 ", %" PRId64 "] does not hold %" PRId64, row, low, high, simulation->target.need);
    ROW(high - low <= bracket, "%s: (%" PRId64 ", %" PRId64 "] is wider than %" PRId64, row, low, high,
        bracket);
    ROW((stalls || point->confirmed_ooms >= config->confirm) && point->confirmed_survivals >= config->confirm,
        "%s: confirmed %d and %d times", row, point->confirmed_ooms, point->confirmed_survivals);
    ROW(!point->mixed, "%s: called mixed", row);
}

static void describe(char *text, size_t size, const char *what, uint64_t seed, const struct subject *target) {
    snprintf(text, size, "%s, seed %" PRIu64 ", need %" PRId64 ", predicted %" PRId64, what, seed,
             target->need, target->predicted);
}

/* Needs from 2 MiB to 4 GiB, log-uniform, and predictions off by up to a factor of three. Far off, the search
 * strides by at most 2 and then halves: 3 = 1.02 * 1.06 * 1.25 * 1.6 * 2 / 1.4, six strides; a gap of 2 takes
 * log2(ln 2 / ln 1.01) < 7 halvings, twice for the outer gaps; then 4 confirmations: 24 is generous. */
TEST(thresholds_are_found_whatever_the_prediction) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        static struct simulation simulation;
        uint64_t random = seed * 0x9e3779b97f4a7c15U;
        simulation = (struct simulation){.config = default_config()};
        double stretch = random_unit(&random) * 11;
        int64_t need = (int64_t)((double)(2 * MIB) * __builtin_exp2(stretch));
        double error = __builtin_exp2((random_unit(&random) * 2 - 1) * 1.585); /* 1/3 .. 3 */
        simulation.target = (struct subject){.run = run_threshold,
                                             .need = need,
                                             .dies_as = OUTCOME_OOM,
                                             .predicted = (int64_t)((double)need * error)};
        char row[160];
        describe(row, sizeof row, "threshold", seed, &simulation.target);
        add_profile(&simulation);
        simulate(&simulation, row);
        check_bracket(&simulation, row);
        ROW(simulation.limited <= 24, "%s: took %d limited runs", row, simulation.limited);
    }
}

/* Within 0.4 of the tolerance the probe above lives and the one below dies: two runs prove the bracket, and
 * each side is confirmed. */
TEST(a_good_prediction_takes_the_fewest_runs) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        static struct simulation simulation;
        uint64_t random = seed * 0x9e3779b97f4a7c15U;
        simulation = (struct simulation){.config = default_config()};
        simulation.config.confirm = 1 + (int)(seed % 5);
        int64_t need = random_between(&random, 3 * MIB, 4 * GIB);
        int64_t slack = tolerance(&simulation.config, need) * 2 / 5;
        simulation.target = (struct subject){.run = run_threshold,
                                             .need = need,
                                             .dies_as = OUTCOME_OOM,
                                             .predicted = need + random_between(&random, -slack, slack)};
        char row[160];
        describe(row, sizeof row, "good prediction", seed, &simulation.target);
        add_profile(&simulation);
        simulate(&simulation, row);
        check_bracket(&simulation, row);
        ROW(simulation.limited == 2 + 2 * (simulation.config.confirm - 1),
            "%s: %d limited runs with --confirm %d", row, simulation.limited, simulation.config.confirm);
        ROW(simulation.point.runs == simulation.limited + 1, "%s: counts %d runs, not the profile and %d",
            row, simulation.point.runs, simulation.limited);
    }
}

/* Other configurations: bisection, no prediction, rough and fine precision, large pages, death by slowness.
 */
TEST(thresholds_are_found_in_every_configuration) {
    static const enum outcome deaths[] = {OUTCOME_OOM, OUTCOME_RUNTIME_OOM, OUTCOME_SLOW, OUTCOME_TIMEOUT,
                                          OUTCOME_FAILED};
    static const double precisions[] = {0.001, 0.01, 0.05, 0.5};
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        static struct simulation simulation;
        uint64_t random = seed * 0x9e3779b97f4a7c15U;
        simulation = (struct simulation){.config = default_config()};
        struct search_config *config = &simulation.config;
        config->strategy = seed % 2 ? SEARCH_PREDICT : SEARCH_BISECT;
        config->precision_ratio = precisions[seed % 4];
        config->page_bytes = seed % 3 ? PAGE : 65536;
        config->ceiling_bytes = random_between(&random, 2 * GIB, 64 * GIB); /* not whole pages */
        int64_t margin = tolerance(config, SEARCH_FLOOR_BYTES) + config->page_bytes;
        simulation.target = (struct subject){
            .run = run_threshold,
            .need = random_between(&random, SEARCH_FLOOR_BYTES + margin, config->ceiling_bytes - margin),
            .dies_as = deaths[seed % 5],
            .predicted = seed % 7 < 3 ? 0 : random_between(&random, 1, 80 * GIB)};
        char row[160];
        describe(row, sizeof row, "configured", seed, &simulation.target);
        add_profile(&simulation);
        simulate(&simulation, row);
        check_bracket(&simulation, row);
        bool stalls = simulation.target.dies_as == OUTCOME_SLOW;
        ROW(stalls ? simulation.point.stalls_bytes.known && !simulation.point.ooms_bytes.known
                   : simulation.point.dies_as == simulation.target.dies_as,
            "%s: dies as %s", row, outcome_name(simulation.point.dies_as));
    }
}

static struct simulation *simulate_one(struct subject target, const char *row) {
    static struct simulation simulation;
    simulation = (struct simulation){.config = default_config(), .target = target};
    add_profile(&simulation);
    simulate(&simulation, row);
    return &simulation;
}

TEST(a_need_below_the_floor_is_told) {
    static const int64_t predictions[] = {0, 1, 4096, 300 * KIB, MIB, 5 * MIB, 600 * MIB};
    for (size_t i = 0; i < COUNT(predictions); i++) {
        char row[64];
        snprintf(row, sizeof row, "below the floor, predicted %lld", (long long)predictions[i]);
        struct simulation *end = simulate_one(
            (struct subject){
                .run = run_threshold, .need = 200 * KIB, .predicted = predictions[i], .dies_as = OUTCOME_OOM},
            row);
        ROW(end->last.verdict == SEARCH_AT_FLOOR, "%s: verdict %d", row, end->last.verdict);
        ROW(end->point.known && end->point.survives_bytes.value == SEARCH_FLOOR_BYTES &&
                !end->point.ooms_bytes.known && !end->point.resolution_ratio.known &&
                end->point.confirmed_survivals >= 3,
            "%s: survives %lld, %d times", row, (long long)end->point.survives_bytes.value,
            end->point.confirmed_survivals);
    }
}

TEST(a_need_above_the_ceiling_is_told) {
    static const int64_t predictions[] = {0, 5 * MIB, 7 * GIB, 8 * GIB, 200 * GIB};
    for (size_t i = 0; i < COUNT(predictions); i++) {
        char row[64];
        snprintf(row, sizeof row, "above the ceiling, predicted %lld", (long long)predictions[i]);
        struct simulation *end = simulate_one(
            (struct subject){
                .run = run_threshold, .need = 9 * GIB, .predicted = predictions[i], .dies_as = OUTCOME_OOM},
            row);
        ROW(end->last.verdict == SEARCH_OVER_CEILING, "%s: verdict %d", row, end->last.verdict);
        ROW(!end->point.known && end->point.ooms_bytes.value == 8 * GIB, "%s: known %d, dies at %lld", row,
            end->point.known, (long long)end->point.ooms_bytes.value);
    }
}

static void run_outside(struct subject *target, int64_t limit, struct trial *trial) {
    (void)limit;
    trial->outcome = target->dies_as;
}

TEST(trials_that_say_nothing_end_the_search) {
    static const enum outcome useless[] = {OUTCOME_OUTSIDE_OOM, OUTCOME_KILLED, OUTCOME_HARNESS_ERROR};
    for (size_t i = 0; i < COUNT(useless); i++) {
        struct simulation *end =
            simulate_one((struct subject){.run = run_outside, .predicted = 50 * MIB, .dies_as = useless[i]},
                         outcome_name(useless[i]));
        ROW(end->last.verdict == SEARCH_GAVE_UP && end->limited == 5 && !end->point.known,
            "%s: verdict %d after %d runs, known %d", outcome_name(useless[i]), end->last.verdict,
            end->limited, end->point.known);
    }
}

/* One in four runs is disturbed from outside; those runs move nothing. */
static void run_disturbed(struct subject *target, int64_t limit, struct trial *trial) {
    if (next_random(&target->random) % 4 == 0)
        trial->outcome = OUTCOME_OUTSIDE_OOM;
    else
        run_threshold(target, limit, trial);
}

TEST(disturbed_runs_move_nothing) {
    int done = 0;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        static struct simulation simulation;
        simulation = (struct simulation){.config = default_config()};
        simulation.target = (struct subject){.run = run_disturbed,
                                             .need = 100 * MIB,
                                             .predicted = 99 * MIB,
                                             .dies_as = OUTCOME_OOM,
                                             .random = seed * 0x9e3779b97f4a7c15U};
        char row[160];
        describe(row, sizeof row, "disturbed", seed, &simulation.target);
        add_profile(&simulation);
        simulate(&simulation, row);
        if (simulation.last.verdict == SEARCH_GAVE_UP)
            continue;
        done++;
        check_bracket(&simulation, row);
    }
    /* About nine runs, of which five must be disturbed for it to give up: P(X >= 5 of 9) at 1/4 is 5 %. */
    ROW(done > 400, "only %d of 500 came to an answer", done);
}

/* From need - band to need the chance to live rises evenly from 0 to 1. */
static void run_noisy(struct subject *target, int64_t limit, struct trial *trial) {
    double chance = (double)(limit - (target->need - target->band)) / (double)target->band;
    bool lives = random_unit(&target->random) < chance;
    trial->outcome = lives ? OUTCOME_SURVIVED : OUTCOME_OOM;
    if (lives)
        trial->needed_bytes = seen_need(target, limit);
}

/* A band of 10 %, as node has: it ends, both ends are confirmed, and what is in doubt lies between them. */
TEST(a_noisy_band_ends_with_both_ends_confirmed) {
    int done = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        static struct simulation simulation;
        uint64_t random = seed * 0x9e3779b97f4a7c15U;
        simulation = (struct simulation){.config = default_config()};
        int64_t need = random_between(&random, 20 * MIB, 500 * MIB);
        simulation.target = (struct subject){.run = run_noisy,
                                             .need = need,
                                             .band = need / 10,
                                             .random = random,
                                             .predicted = random_between(&random, need * 9 / 10, need)};
        char row[160];
        describe(row, sizeof row, "noisy", seed, &simulation.target);
        add_profile(&simulation);
        simulate(&simulation, row);
        const struct oom_point *point = &simulation.point;
        done += simulation.last.verdict == SEARCH_DONE;
        if (simulation.last.verdict != SEARCH_DONE)
            continue;
        ROW(point->confirmed_ooms >= 3 && point->confirmed_survivals >= 3, "%s: confirmed %d and %d times",
            row, point->confirmed_ooms, point->confirmed_survivals);
        /* It never lived at or below one end, nor died at or above the other. */
        for (size_t i = 1; i < simulation.count; i++) {
            const struct trial *trial = &simulation.trials[i];
            bool lived = trial->outcome == OUTCOME_SURVIVED;
            ROW(lived ? trial->limit_bytes.value > point->ooms_bytes.value
                      : trial->limit_bytes.value < point->survives_bytes.value,
                "%s: %s at %lld, against (%lld, %lld]", row, outcome_name(trial->outcome),
                (long long)trial->limit_bytes.value, (long long)point->ooms_bytes.value,
                (long long)point->survives_bytes.value);
        }
        ROW(point->ooms_bytes.value < need && point->survives_bytes.value > need - need / 10,
            "%s: (%lld, %lld] lies outside of the band", row, (long long)point->ooms_bytes.value,
            (long long)point->survives_bytes.value);
    }
    ROW(done > 900, "only %d of 1000 ended with an answer", done);
}

/* Noise at the floor: AT_FLOOR says that it lives there, so it must never have died there, and lived often.
 */
TEST(the_floor_is_only_the_answer_where_it_never_died) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        static struct simulation simulation;
        simulation = (struct simulation){.config = default_config()};
        simulation.target = (struct subject){.run = run_noisy,
                                             .need = 1400 * KIB,
                                             .band = 800 * KIB,
                                             .predicted = 1200 * KIB,
                                             .random = seed * 0x9e3779b97f4a7c15U};
        char row[160];
        describe(row, sizeof row, "noisy floor", seed, &simulation.target);
        add_profile(&simulation);
        simulate(&simulation, row);
        if (simulation.last.verdict != SEARCH_AT_FLOOR)
            continue;
        int died = 0;
        for (size_t i = 1; i < simulation.count; i++)
            died += simulation.trials[i].limit_bytes.value == SEARCH_FLOOR_BYTES &&
                    simulation.trials[i].outcome == OUTCOME_OOM;
        ROW(died == 0 && simulation.point.survives_bytes.value == SEARCH_FLOOR_BYTES &&
                simulation.point.confirmed_survivals >= 3,
            "%s: died %d times at the floor; survives %lld, %d times", row, died,
            (long long)simulation.point.survives_bytes.value, simulation.point.confirmed_survivals);
    }
}

/* A runtime that sizes itself from its limit: lives from `need` on, and uses what it is given, up to
 * `predicted`. */
static void run_adaptive(struct subject *target, int64_t limit, struct trial *trial) {
    end_as(trial, limit >= target->need ? OUTCOME_SURVIVED : target->dies_as);
    if (trial->outcome != OUTCOME_SURVIVED)
        return;
    int64_t taken = limit / 10 * 7;
    taken = taken < target->need ? target->need : taken;
    trial->needed_bytes = known_i64(taken < target->predicted ? taken : target->predicted);
}

TEST(a_target_that_adapts_to_its_limit) {
    static const double wants[] = {1.05, 1.42, 3.04, 10, 60}; /* node +42 %, java +204 %, and more */
    for (size_t i = 0; i < COUNT(wants); i++) {
        char row[64];
        snprintf(row, sizeof row, "adaptive, wants %g times its need", wants[i]);
        struct simulation *end = simulate_one((struct subject){.run = run_adaptive,
                                                               .need = 53 * MIB + 4096,
                                                               .predicted = (int64_t)(53.0 * MIB * wants[i]),
                                                               .dies_as = OUTCOME_RUNTIME_OOM},
                                              row);
        check_bracket(end, row);
        /* Each survivor shows seven tenths of its limit: 60 times is 12 such steps, then the bracket and 4.
         */
        ROW(end->limited <= 24, "%s: took %d limited runs", row, end->limited);
    }
}

/* A page-cache reader gets slow long before it dies: the slow runs bound the limit, and are told as such. */
static void run_slow_below(struct subject *target, int64_t limit, struct trial *trial) {
    run_threshold(target, limit, trial);
    if (trial->outcome != OUTCOME_SURVIVED)
        end_as(trial, limit < target->need / 2 ? OUTCOME_OOM : OUTCOME_SLOW);
}

TEST(slow_runs_bound_the_limit) {
    struct simulation *end = simulate_one(
        (struct subject){
            .run = run_slow_below, .need = 100 * MIB, .predicted = 40 * MIB, .dies_as = OUTCOME_OOM},
        "slow below");
    check_bracket(end, "slow below");
    ROW(end->point.stalls_bytes.known && end->point.stalls_bytes.value >= 50 * MIB &&
            end->point.ooms_bytes.known && end->point.ooms_bytes.value < 50 * MIB &&
            end->point.dies_as == OUTCOME_OOM,
        "stalls at %lld, dies at %lld as %s", (long long)end->point.stalls_bytes.value,
        (long long)end->point.ooms_bytes.value, outcome_name(end->point.dies_as));
}

/* A coin decides. No answer is right, but the search must end, and ask for nothing absurd on its way. */
static void run_liar(struct subject *target, int64_t limit, struct trial *trial) {
    static const enum outcome outcomes[] = {OUTCOME_SURVIVED,    OUTCOME_SURVIVED, OUTCOME_OOM, OUTCOME_OOM,
                                            OUTCOME_RUNTIME_OOM, OUTCOME_FAILED,   OUTCOME_SLOW};
    end_as(trial, outcomes[next_random(&target->random) % COUNT(outcomes)]);
    if (next_random(&target->random) % 2)
        trial->needed_bytes = known_i64((int64_t)(random_unit(&target->random) * 2.0 * (double)limit));
}

TEST(a_liar_is_endured) {
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        static struct simulation simulation;
        simulation = (struct simulation){.config = default_config()};
        simulation.config.strategy = seed % 2 ? SEARCH_PREDICT : SEARCH_BISECT;
        simulation.target =
            (struct subject){.run = run_liar, .predicted = 100 * MIB, .random = seed * 0x9e3779b97f4a7c15U};
        char row[160];
        describe(row, sizeof row, "liar", seed, &simulation.target);
        add_profile(&simulation);
        simulate(&simulation, row);
        ROW(simulation.limited <= RUNS_MAX, "%s: %d runs", row, simulation.limited);
    }
}

/* The search keeps no state: taken up again from any prefix of its trials it asks for the same next run. Runs
 * that prove the recommendation do not disturb it. */
TEST(a_search_can_be_taken_up_again) {
    struct simulation *end = simulate_one(
        (struct subject){
            .run = run_threshold, .need = 100 * MIB, .predicted = 60 * MIB, .dies_as = OUTCOME_OOM},
        "resumed");
    for (size_t count = 1; count < end->count; count++) {
        struct search_step step;
        search_next(&end->config, end->trials, count, &step);
        ROW(step.verdict == SEARCH_RUN && step.limit_bytes == end->trials[count].limit_bytes.value &&
                step.purpose == end->trials[count].purpose,
            "after %zu trials it asks for %lld, then it was %lld", count, (long long)step.limit_bytes,
            (long long)end->trials[count].limit_bytes.value);
    }
    struct oom_point before = end->point;
    end->trials[end->count++] = (struct trial){
        .purpose = PURPOSE_VERIFY, .outcome = OUTCOME_OOM, .limit_bytes = known_i64(200 * MIB)};
    search_conclude(&end->config, end->trials, end->count, &end->point);
    ROW(end->point.survives_bytes.value == before.survives_bytes.value && end->point.runs == before.runs,
        "a verification run changed the point: %lld, %d runs", (long long)end->point.survives_bytes.value,
        end->point.runs);
}

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
          a_need_above_the_ceiling_is_told, trials_that_say_nothing_end_the_search,
          disturbed_runs_move_nothing, a_noisy_band_ends_with_both_ends_confirmed,
          the_floor_is_only_the_answer_where_it_never_died, a_target_that_adapts_to_its_limit,
          slow_runs_bound_the_limit, a_liar_is_endured, a_search_can_be_taken_up_again,
          conclusions_from_little, what_a_profile_predicts)
