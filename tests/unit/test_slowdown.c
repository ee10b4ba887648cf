/* analysis/slowdown: driven against simulated targets whose duration at every limit is known.
 *
 * Every simulation checks at every step what must hold for any target: limits are whole pages from the OOM
 * point's upper end to the ceiling, no limit that is known to be slow is tried again, what comes next follows
 * from the trials alone, and the search ends. */
#include "analysis/slowdown.h"

#include <inttypes.h>
#include <math.h>

#include "analysis/pace.h"
#include "base/units.h"
#include "chance.h"
#include "unit.h"

#define PAGE       ((int64_t)4096)
#define RUNS_MAX   16 /* as in slowdown.c */
#define TRIALS_MAX 64

/* ---- targets ---- */

/* A page-cache user: as fast as ever from its peak on, and slower the less cache it is left. */
struct subject {
    uint64_t random;
    int64_t need;      /* lives from here on */
    int64_t peak;      /* page cache and all */
    int64_t cache;     /* page cache that the profile saw */
    double worst;      /* at its need it takes so many times as long */
    double steepness;  /* how late that comes */
    double everywhere; /* under any limit it takes so many times as long */
    int64_t live_ns;   /* without a limit */
    double noise;      /* a run takes up to this share longer */
    double warm;       /* a run that finds its files cached takes so many times as long */
    double outside;    /* share of runs that end for reasons outside of it */
};

static int64_t duration_at(const struct subject *target, int64_t limit) {
    double missing =
        limit >= target->peak ? 0 : (double)(target->peak - limit) / (double)(target->peak - target->need);
    double ratio = 1 + (target->worst - 1) * pow(missing, target->steepness);
    return (int64_t)(target->everywhere * ratio * (double)target->live_ns);
}

/* Within this it is as fast. */
static int64_t fast_ns(const struct subject *target, double max_ratio) {
    int64_t by_ratio = (int64_t)(max_ratio * (double)target->live_ns);
    int64_t by_clock = target->live_ns + PACE_TIME_LEAST_NS;
    return by_ratio > by_clock ? by_ratio : by_clock;
}

/* The lowest limit from `from` on at which it is as fast. */
static int64_t true_point(const struct subject *target, double max_ratio, int64_t from) {
    int64_t slow = from;
    int64_t fast = target->peak > from ? target->peak : from;
    if (duration_at(target, from) <= fast_ns(target, max_ratio))
        return from;
    while (fast - slow > 1) {
        int64_t middle = slow + (fast - slow) / 2;
        if (duration_at(target, middle) <= fast_ns(target, max_ratio))
            fast = middle;
        else
            slow = middle;
    }
    return fast;
}

/* ---- simulations ---- */

struct simulation {
    char row[200]; /* what it is, for messages */
    struct slowdown_config config;
    struct subject target;
    struct oom_point oom_point;
    struct trial trials[TRIALS_MAX];
    size_t count;
    size_t begun_with;
    struct search_step first;
    struct search_step last;
    struct slowdown_point point;
};

static struct trial *add_trial(struct simulation *simulation, enum purpose purpose, struct known_i64 limit,
                               bool evicted) {
    struct subject *target = &simulation->target;
    struct trial *trial = &simulation->trials[simulation->count++];
    int64_t ns = limit.known ? duration_at(target, limit.value) : target->live_ns;
    ns = (int64_t)((double)ns * (1 + target->noise * random_unit(&target->random)));
    if (!evicted)
        ns = (int64_t)((double)ns * target->warm);
    *trial = (struct trial){.id = (int)simulation->count,
                            .purpose = purpose,
                            .outcome = OUTCOME_SURVIVED,
                            .limit_bytes = limit,
                            .evicted = evicted,
                            .peak_bytes = known_i64(target->peak),
                            .file_cache_bytes = known_i64(target->cache)};
    trial->exit.duration_ns = ns;
    if (limit.known && limit.value < target->peak)
        trial->peak_bytes = limit;
    return trial;
}

/* As the program runs it: it is stopped once it has shown enough. */
static void run_step(struct simulation *simulation, const struct search_step *step) {
    struct subject *target = &simulation->target;
    bool limited = step->purpose == PURPOSE_PROBE;
    int64_t slow_after = slowdown_slow_after(&simulation->config, simulation->trials, simulation->count);
    struct trial *trial =
        add_trial(simulation, step->purpose, limited ? known_i64(step->limit_bytes) : UNKNOWN_I64,
                  simulation->config.can_evict);
    trial->for_slowdown = true;
    ROW(slow_after >= fast_ns(target, simulation->config.max_ratio),
        "%s: stops what may be fast, after %" PRId64 " ns", simulation->row, slow_after);
    if (target->outside > 0 && random_unit(&target->random) < target->outside) {
        trial->outcome = OUTCOME_OUTSIDE_OOM;
    } else if (limited && trial->exit.duration_ns > slow_after) {
        trial->outcome = OUTCOME_SLOW;
        trial->exit.stop = STOP_SLOW;
        trial->exit.duration_ns = slow_after;
    } else if ((double)trial->exit.duration_ns > (double)target->live_ns * simulation->config.max_ratio) {
        trial->outcome = limited ? OUTCOME_SLOW : OUTCOME_SURVIVED;
    }
}

/* Stopped there, or without noise known to take too long. */
static bool was_slow_at(const struct simulation *simulation, int64_t limit) {
    const struct slowdown_config *config = &simulation->config;
    for (size_t i = 0; i < simulation->count; i++) {
        const struct trial *trial = &simulation->trials[i];
        bool slow = simulation->target.noise <= 0 && trial->outcome != OUTCOME_OUTSIDE_OOM &&
                    trial->evicted == config->can_evict &&
                    trial->exit.duration_ns > fast_ns(&simulation->target, config->max_ratio);
        if (known_or(trial->limit_bytes, 0) == limit && (slow || trial->exit.stop == STOP_SLOW))
            return true;
    }
    return false;
}

static void check_step(const struct simulation *simulation) {
    const struct search_step *step = &simulation->last;
    const struct slowdown_config *config = &simulation->config;
    int run = (int)(simulation->count - simulation->begun_with);
    ROW(run < RUNS_MAX, "%s: wants more than %d runs", simulation->row, run);
    ROW(step->why[0], "%s: run %d does not say why", simulation->row, run);
    if (step->purpose == PURPOSE_PROFILE)
        return;
    ROW(step->purpose == PURPOSE_PROBE, "%s: run %d is a %s", simulation->row, run,
        purpose_name(step->purpose));
    ROW(step->limit_bytes >= simulation->oom_point.survives_bytes.value &&
            step->limit_bytes <= config->ceiling_bytes && step->limit_bytes % config->page_bytes == 0,
        "%s: run %d asks for %" PRId64 ", which is not whole pages from %" PRId64 " to %" PRId64,
        simulation->row, run, step->limit_bytes, simulation->oom_point.survives_bytes.value,
        config->ceiling_bytes);
    ROW(!was_slow_at(simulation, step->limit_bytes), "%s: run %d asks for %" PRId64 ", which is slow",
        simulation->row, run, step->limit_bytes);
}

static void go_on(struct simulation *simulation) {
    for (;;) {
        int failed_before = unit_failed_rows;
        slowdown_next(&simulation->config, simulation->trials, simulation->count, &simulation->oom_point,
                      &simulation->last);
        if (simulation->count == simulation->begun_with)
            simulation->first = simulation->last;
        if (simulation->last.verdict != SEARCH_RUN)
            break;
        check_step(simulation);
        if (unit_failed_rows > failed_before)
            break;
        run_step(simulation, &simulation->last);
    }
    slowdown_conclude(&simulation->config, simulation->trials, simulation->count, &simulation->oom_point,
                      &simulation->point);
}

static struct subject draw_target(uint64_t seed) {
    struct subject target = {.random = random_from(seed), .everywhere = 1, .warm = 1};
    target.need = random_size(&target.random, SEARCH_FLOOR_BYTES, GIB);
    target.cache = (int64_t)((double)target.need * random_real(&target.random, 0.1, 10)) + 5 * MIB;
    target.peak = target.need + target.cache;
    target.worst = random_real(&target.random, 1, 20);
    target.steepness = random_real(&target.random, 0.5, 8);
    target.live_ns = random_size(&target.random, 300 * NS_PER_MS, 1000 * NS_PER_S);
    return target;
}

/* After a profile, and runs that lived at the OOM point's upper end. */
static struct simulation *begin(const struct slowdown_config *config, const struct subject *target,
                                uint64_t seed) {
    static struct simulation simulation;
    simulation = (struct simulation){.config = *config, .target = *target};
    int64_t page = config->page_bytes;
    int64_t survives = (target->need + target->need / 100) / page * page + page;
    snprintf(simulation.row, sizeof simulation.row,
             "seed %" PRIu64 ", need %" PRId64 ", peak %" PRId64 ", %.2fx at worst, steepness %.2f", seed,
             target->need, target->peak, target->worst, target->steepness);
    simulation.oom_point = (struct oom_point){.known = true,
                                              .ooms_bytes = known_i64(survives * 99 / 100 / page * page),
                                              .survives_bytes = known_i64(survives)};
    (void)add_trial(&simulation, PURPOSE_PROFILE, UNKNOWN_I64, config->can_evict);
    for (int i = 0; i < config->confirm; i++)
        (void)add_trial(&simulation, i ? PURPOSE_CONFIRM : PURPOSE_PROBE, known_i64(survives), false);
    simulation.begun_with = simulation.count;
    return &simulation;
}

static struct simulation *simulate(const struct slowdown_config *config, const struct subject *target,
                                   uint64_t seed) {
    struct simulation *simulation = begin(config, target, seed);
    go_on(simulation);
    return simulation;
}

static struct slowdown_config default_config(void) {
    return (struct slowdown_config){.max_ratio = 1.05,
                                    .precision_ratio = 0.01,
                                    .confirm = 3,
                                    .page_bytes = PAGE,
                                    .stock_bytes = 64 * PAGE,
                                    .ceiling_bytes = 64 * GIB,
                                    .can_evict = true};
}

static struct slowdown_config draw_config(uint64_t seed) {
    static const double precisions[] = {0.01, 0.001, 0.05, 0.2};
    struct slowdown_config config = default_config();
    uint64_t random = random_from(seed + 1000000);
    config.max_ratio = random_real(&random, 1.05, 2);
    config.precision_ratio = precisions[seed % COUNT(precisions)];
    config.confirm = 1 + (int)(seed % 3);
    config.page_bytes = seed % 5 ? PAGE : 65536;
    config.can_evict = seed % 7 > 0;
    return config;
}

/* The search keeps no state: from any prefix of its trials it asks for what was run next. */
static void check_replay(const struct simulation *simulation) {
    for (size_t count = simulation->begun_with; count < simulation->count; count++) {
        const struct trial *next = &simulation->trials[count];
        struct search_step step;
        slowdown_next(&simulation->config, simulation->trials, count, &simulation->oom_point, &step);
        ROW(step.verdict == SEARCH_RUN && step.purpose == next->purpose &&
                (!next->limit_bytes.known || step.limit_bytes == next->limit_bytes.value),
            "%s: after %zu trials it asks for %" PRId64, simulation->row, count, step.limit_bytes);
    }
}

static int extra_runs(const struct simulation *simulation) {
    return (int)(simulation->count - simulation->begun_with);
}

/* ---- tests ---- */

/* Without noise: no lower than the truth, and no more above it than the precision. */
TEST(the_point_is_found) {
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct slowdown_config config = draw_config(seed);
        struct subject target = draw_target(seed);
        struct simulation *end = simulate(&config, &target, seed);
        const struct slowdown_point *point = &end->point;
        int64_t truth = true_point(&target, config.max_ratio, end->oom_point.survives_bytes.value);
        double precision = fmax(0.05, config.precision_ratio);
        ROW(end->last.verdict == SEARCH_DONE && point->known, "%s: verdict %d, known %d", end->row,
            end->last.verdict, point->known);
        ROW(point->limit_bytes >= truth / config.page_bytes * config.page_bytes &&
                (double)point->limit_bytes <= (1 + precision) * (double)truth + (double)config.page_bytes,
            "%s: fast from %" PRId64 ", said from %" PRId64 ", max ratio %.3f", end->row, truth,
            point->limit_bytes, config.max_ratio);
        ROW(point->max_ratio == config.max_ratio && point->noise_ratio == 0 &&
                (double)duration_at(&target, point->limit_bytes) <=
                    point->slowdown_ratio * (double)target.live_ns * 1.000001,
            "%s: max ratio %f, noise %f, slowdown %f", end->row, point->max_ratio, point->noise_ratio,
            point->slowdown_ratio);
        /* Of two neighbours the lower one is slow; at the bottom there is none. */
        bool bottom = point->limit_bytes == end->oom_point.survives_bytes.value;
        int64_t slow = known_or(point->slow_bytes, 0);
        ROW(bottom ? slow == 0
                   : slow < truth && slow >= end->oom_point.survives_bytes.value &&
                         (double)point->limit_bytes <= (1 + precision) * (double)slow,
            "%s: slow at %" PRId64 ", fast at %" PRId64, end->row, slow, point->limit_bytes);
        ROW(point->runs == extra_runs(end), "%s: tells %d runs of %d", end->row, point->runs,
            extra_runs(end));
        check_replay(end);
    }
}

/* Where a page is more than the precision, neighbouring pages are the answer. */
TEST(pages_wider_than_the_precision) {
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct slowdown_config config = default_config();
        struct subject target = draw_target(seed);
        config.page_bytes = 65536;
        target.need = SEARCH_FLOOR_BYTES + (int64_t)(seed % 4) * 65536;
        target.peak = target.need + 6 * MIB;
        target.worst = 20;
        target.steepness = random_real(&target.random, 8, 60);
        struct simulation *end = simulate(&config, &target, seed);
        int64_t truth = true_point(&target, config.max_ratio, end->oom_point.survives_bytes.value);
        ROW(end->last.verdict == SEARCH_DONE && end->point.limit_bytes >= truth &&
                (double)end->point.limit_bytes <= 1.05 * (double)truth + 65536.0,
            "%s: verdict %d, fast from %" PRId64 ", said from %" PRId64, end->row, end->last.verdict, truth,
            end->point.limit_bytes);
    }
}

/* Noise of up to 5 %: what is called fast is so within twice as much. */
TEST(noise_is_borne) {
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct slowdown_config config = draw_config(seed);
        struct subject target = draw_target(seed);
        target.noise = 0.05 * random_unit(&target.random);
        struct simulation *end = simulate(&config, &target, seed);
        const struct slowdown_point *point = &end->point;
        check_replay(end);
        ROW(point->max_ratio >= config.max_ratio && point->noise_ratio >= 0 &&
                point->noise_ratio <= target.noise &&
                point->max_ratio <= fmax(config.max_ratio, 1 + target.noise),
            "%s: max ratio %f, noise %f of %f", end->row, point->max_ratio, point->noise_ratio, target.noise);
        if (!point->known)
            continue;
        double worst = fmax(config.max_ratio, (double)fast_ns(&target, 1) / (double)target.live_ns) *
                       (1 + 2 * target.noise);
        ROW((double)duration_at(&target, point->limit_bytes) <= worst * (double)target.live_ns,
            "%s: at %" PRId64 " it takes %.3f times as long, noise %f, max ratio %f", end->row,
            point->limit_bytes, (double)duration_at(&target, point->limit_bytes) / (double)target.live_ns,
            target.noise, config.max_ratio);
    }
}

/* Where memory is its own, a survivor at the OOM point was as fast, and that is all there is to know. */
TEST(who_was_fast_at_the_oom_point_is_not_run_again) {
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct slowdown_config config = draw_config(seed);
        struct subject target = draw_target(seed);
        config.can_evict = seed % 2;
        target.cache = (int64_t)(next_random(&target.random) % (uint64_t)(4 * MIB + 1));
        target.worst = 1.02;
        struct simulation *end = simulate(&config, &target, seed);
        ROW(end->first.verdict == SEARCH_DONE && extra_runs(end) == 0, "%s: %d runs", end->row,
            extra_runs(end));
        ROW(end->point.known && end->point.limit_bytes == end->oom_point.survives_bytes.value &&
                end->point.runs == 0,
            "%s: known %d, %" PRId64, end->row, end->point.known, end->point.limit_bytes);
    }
}

/* Files that an earlier run was charged for make a run fast that finds them: where they matter and can be
 * dropped, they are dropped before a time counts. */
TEST(warm_files_do_not_count) {
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct slowdown_config config = draw_config(seed);
        struct subject target = draw_target(seed);
        config.can_evict = true;
        target.warm = random_real(&target.random, 0.01, 1);
        struct simulation *end = simulate(&config, &target, seed);
        int64_t survives = end->oom_point.survives_bytes.value;
        int64_t truth = true_point(&target, config.max_ratio, survives);
        bool matters = survives < target.peak;
        ROW(!matters || (end->first.verdict == SEARCH_RUN && end->first.purpose == PURPOSE_PROBE &&
                         end->first.limit_bytes == survives && strstr(end->first.why, "evicted")),
            "%s: the first step is at %" PRId64 ": %s", end->row, end->first.limit_bytes, end->first.why);
        ROW(end->point.known && end->point.limit_bytes >= truth / config.page_bytes * config.page_bytes,
            "%s: fast from %" PRId64 ", said from %" PRId64, end->row, truth, end->point.limit_bytes);
    }
}

/* Every limit costs time, however high: it ends, and says that there is none. */
TEST(nothing_is_ever_fast) {
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct slowdown_config config = draw_config(seed);
        struct subject target = draw_target(seed);
        config.ceiling_bytes = seed % 2 ? 64 * GIB : target.peak + target.peak / 3 + 10;
        target.everywhere = random_real(&target.random, config.max_ratio + 0.05, 30);
        struct simulation *end = simulate(&config, &target, seed);
        ROW(end->last.verdict == SEARCH_GAVE_UP && !end->point.known, "%s: verdict %d, known %d", end->row,
            end->last.verdict, end->point.known);
        check_replay(end);
    }
}

/* Up to half of the runs end for reasons outside: they cost runs, and tell nothing. */
TEST(disturbed_runs_tell_nothing) {
    int known = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct slowdown_config config = draw_config(seed);
        struct subject target = draw_target(seed);
        target.outside = 0.5 * random_unit(&target.random);
        struct simulation *end = simulate(&config, &target, seed);
        int64_t truth = true_point(&target, config.max_ratio, end->oom_point.survives_bytes.value);
        known += end->point.known;
        ROW(!end->point.known || end->point.limit_bytes >= truth / config.page_bytes * config.page_bytes,
            "%s: fast from %" PRId64 ", said from %" PRId64, end->row, truth, end->point.limit_bytes);
        check_replay(end);
    }
    ROW(known > 900, "only %d of 1000 came to an answer", known);
}

/* Cut anywhere, it goes on as if nothing had been. */
TEST(it_can_be_taken_up_again) {
    for (uint64_t seed = 1; seed <= 500; seed++) {
        static struct simulation whole;
        struct slowdown_config config = draw_config(seed);
        struct subject target = draw_target(seed);
        whole = *simulate(&config, &target, seed);
        struct simulation *cut = begin(&config, &target, seed);
        cut->count += next_random(&target.random) % (size_t)(extra_runs(&whole) + 1);
        memcpy(cut->trials, whole.trials, cut->count * sizeof *cut->trials);
        go_on(cut);
        ROW(cut->count == whole.count && cut->point.limit_bytes == whole.point.limit_bytes,
            "%s: %d runs to %" PRId64 ", not %d to %" PRId64, cut->row, extra_runs(cut),
            cut->point.limit_bytes, extra_runs(&whole), whole.point.limit_bytes);
    }
}

/* ---- with the search for the OOM point ---- */

#define SEARCH_RUNS_MAX 72 /* what the program allows with --confirm 3 */

struct both {
    struct search_config search;
    struct slowdown_config slowdown;
    struct subject target;
    struct trial trials[256];
    size_t count;
    struct oom_point point;
};

/* Its need differs from run to run: by 3 % either way, all alike. False: it died. */
static bool run_shifting(struct both *both, enum purpose purpose, int64_t limit, bool for_slowdown) {
    struct subject *target = &both->target;
    int64_t need = (int64_t)((double)target->need * random_real(&target->random, 0.97, 1.03));
    struct trial *trial = &both->trials[both->count++];
    *trial = (struct trial){.purpose = purpose, .for_slowdown = for_slowdown, .evicted = for_slowdown};
    trial->exit.duration_ns = limit ? duration_at(target, limit) : target->live_ns;
    if (limit)
        trial->limit_bytes = known_i64(limit);
    trial->outcome = limit && limit < need ? OUTCOME_OOM : OUTCOME_SURVIVED;
    if (trial->outcome == OUTCOME_OOM)
        return false;
    trial->needed_bytes = trial->unreclaimable_bytes = trial->peak_less_file_bytes = known_i64(need);
    trial->peak_bytes = known_i64(limit && limit < target->peak ? limit : target->peak);
    trial->file_cache_bytes = known_i64(trial->peak_bytes.value - need);
    return true;
}

/* As the program goes about it: the OOM point, the slowdown point, and where a run for that dies, the OOM
 * point again. */
static enum search_verdict find_both(struct both *both) {
    struct search_step step;
    while (both->count < COUNT(both->trials)) {
        search_next(&both->search, both->trials, both->count, &step);
        search_conclude(&both->search, both->trials, both->count, &both->point);
        if (step.verdict == SEARCH_RUN) {
            (void)run_shifting(both, step.purpose, step.limit_bytes, false);
            continue;
        }
        if (step.verdict != SEARCH_DONE)
            return step.verdict;
        slowdown_next(&both->slowdown, both->trials, both->count, &both->point, &step);
        if (step.verdict != SEARCH_RUN)
            return step.verdict;
        (void)run_shifting(both, step.purpose, step.limit_bytes, true);
    }
    return SEARCH_RUN;
}

/* A run for the slowdown point that dies above the OOM point refutes it; it is searched on, and that ends. */
TEST(a_refuted_answer_is_searched_on) {
    int refuted = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        static struct both both;
        both = (struct both){.slowdown = default_config(), .target = draw_target(seed)};
        both.slowdown.confirm = 1 + (int)(seed % 3);
        both.search = (struct search_config){.precision_ratio = 0.01,
                                             .confirm = both.slowdown.confirm,
                                             .runs_max = SEARCH_RUNS_MAX,
                                             .page_bytes = PAGE,
                                             .ceiling_bytes = both.slowdown.ceiling_bytes};
        (void)run_shifting(&both, PURPOSE_PROFILE, 0, false);
        enum search_verdict verdict = find_both(&both);
        ROW(verdict != SEARCH_RUN && both.count <= 1 + SEARCH_RUNS_MAX + RUNS_MAX,
            "seed %" PRIu64 ": verdict %d after %zu trials", seed, verdict, both.count);
        for (size_t i = 0; i < both.count; i++) {
            const struct trial *trial = &both.trials[i];
            refuted += trial->for_slowdown && trial_died(trial);
            ROW(!trial_died(trial) || !both.point.known ||
                    trial->limit_bytes.value < both.point.survives_bytes.value,
                "seed %" PRIu64 ": died at %" PRId64 ", said to live at %" PRId64, seed,
                trial->limit_bytes.value, both.point.survives_bytes.value);
        }
    }
    ROW(refuted > 10, "only %d runs for the slowdown point died", refuted);
}

/* ---- by hand ---- */

/* One that took so many milliseconds, under a limit or (0) without one. */
static struct trial took(int64_t limit_mib, int64_t ms, enum outcome outcome) {
    struct trial trial = {.purpose = limit_mib ? PURPOSE_PROBE : PURPOSE_PROFILE, .outcome = outcome};
    trial.exit.duration_ns = ms * NS_PER_MS;
    trial.peak_bytes = known_i64(400 * MIB);
    trial.file_cache_bytes = known_i64(0);
    if (limit_mib)
        trial.limit_bytes = known_i64(limit_mib * MIB);
    return trial;
}

static struct oom_point lives_at(int64_t limit_mib) {
    return (struct oom_point){.known = true, .survives_bytes = known_i64(limit_mib * MIB)};
}

/* Runs without a limit of 10.0 and 10.8 s: nothing finer than 8 % can be told, and that is said. */
TEST(the_ratio_is_raised_to_the_noise_and_told) {
    struct slowdown_config config = default_config();
    struct oom_point oom_point = lives_at(100);
    struct trial trials[] = {took(0, 10000, OUTCOME_SURVIVED), took(100, 10700, OUTCOME_SLOW),
                             took(0, 10800, OUTCOME_SURVIVED), took(0, 99000, OUTCOME_FAILED)};
    struct slowdown_point point;
    struct search_step step;
    slowdown_conclude(&config, trials, 2, &oom_point, &point);
    ROW(!point.known && point.max_ratio == 1.05 && point.noise_ratio == 0, "of one: max ratio %f, noise %f",
        point.max_ratio, point.noise_ratio);
    slowdown_next(&config, trials, 2, &oom_point, &step);
    ROW(step.verdict == SEARCH_RUN && step.purpose == PURPOSE_PROFILE, "of one: wants a %s",
        purpose_name(step.purpose));
    slowdown_conclude(&config, trials, COUNT(trials), &oom_point, &point);
    ROW(point.known && point.limit_bytes == 100 * MIB && fabs(point.max_ratio - 1.08) < 1e-9 &&
            fabs(point.noise_ratio - 0.08) < 1e-9,
        "of two: known %d, max ratio %f, noise %f", point.known, point.max_ratio, point.noise_ratio);
    slowdown_next(&config, trials, COUNT(trials), &oom_point, &step);
    ROW(step.verdict == SEARCH_DONE, "of two: verdict %d", step.verdict);
}

/* A run that was stopped is slow, however short; a proof, one that shared the machine and one that died are
 * no times at all. */
TEST(which_runs_are_times) {
    struct slowdown_config config = default_config();
    struct oom_point oom_point = lives_at(100);
    struct trial runs[] = {took(100, 10000, OUTCOME_SURVIVED), took(100, 20000, OUTCOME_SLOW),
                           took(100, 5000, OUTCOME_SLOW),      took(100, 20000, OUTCOME_SLOW),
                           took(100, 10000, OUTCOME_SURVIVED), took(100, 10000, OUTCOME_OOM),
                           took(100, 10000, OUTCOME_KILLED)};
    static const struct {
        const char *what;
        enum purpose purpose; /* wanted next; PURPOSE_COUNT: nothing */
        int64_t limit_mib;
    } expected[] = {
        {"fast", PURPOSE_COUNT, 0},      {"slow", PURPOSE_PROFILE, 0},    {"stopped", PURPOSE_PROFILE, 0},
        {"crowded", PURPOSE_PROBE, 100}, {"a proof", PURPOSE_PROBE, 100}, {"died", PURPOSE_PROBE, 100},
        {"killed", PURPOSE_PROBE, 100},
    };
    runs[2].exit.stop = STOP_SLOW;
    runs[2].for_slowdown = true;
    runs[3].crowded = true;
    runs[4].purpose = PURPOSE_VERIFY;
    for (size_t i = 0; i < COUNT(runs); i++) {
        struct trial trials[] = {took(0, 10000, OUTCOME_SURVIVED), runs[i]};
        struct search_step step;
        slowdown_next(&config, trials, COUNT(trials), &oom_point, &step);
        bool none = expected[i].purpose == PURPOSE_COUNT;
        ROW(none ? step.verdict == SEARCH_DONE
                 : step.verdict == SEARCH_RUN && step.purpose == expected[i].purpose &&
                       step.limit_bytes == expected[i].limit_mib * MIB,
            "%s: verdict %d, %s at %" PRId64, expected[i].what, step.verdict, purpose_name(step.purpose),
            step.limit_bytes);
    }
}

/* Slower at the limit, and nothing that the limit does explains it: where it has no page cache to wait for,
 * the machine was slow. */
TEST(what_no_limit_explains_is_the_machines) {
    struct slowdown_config config = default_config();
    struct oom_point oom_point = lives_at(100);
    static const struct {
        const char *what;
        int64_t cache_mib;
        enum outcome outcome;
        bool cpu_known, refaults_known, serves, blamed;
    } rows[] = {
        {"of its own memory alone", 3, OUTCOME_SURVIVED, true, true, false, false},
        {"explained", 3, OUTCOME_SLOW, true, true, false, true},
        {"with page cache", 5, OUTCOME_SURVIVED, true, true, false, true},
        {"its CPU time is not known", 3, OUTCOME_SURVIVED, false, true, false, true},
        {"what it read again is not known", 3, OUTCOME_SURVIVED, true, false, false, true},
        {"a server", 3, OUTCOME_SURVIVED, true, true, true, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trials[] = {took(0, 10000, OUTCOME_SURVIVED), took(100, 20000, rows[i].outcome)};
        struct slowdown_point point;
        trials[1].peak_bytes = known_i64(100 * MIB);
        trials[1].file_cache_bytes = known_i64(rows[i].cache_mib * MIB);
        trials[1].service.serves = rows[i].serves;
        if (rows[i].cpu_known)
            trials[1].user_cpu_s = known_f64(5);
        if (rows[i].refaults_known)
            trials[1].refault_bytes = known_i64(0);
        slowdown_conclude(&config, trials, COUNT(trials), &oom_point, &point);
        ROW(point.known == !rows[i].blamed && (rows[i].blamed || point.slowdown_ratio == 1),
            "%s: known %d, ratio %f", rows[i].what, point.known, point.slowdown_ratio);
    }
}

/* What is not known to be little may matter. */
TEST(unknown_page_cache_is_evicted) {
    struct slowdown_config config = default_config();
    struct oom_point oom_point = lives_at(100);
    struct trial trials[] = {took(0, 10000, OUTCOME_SURVIVED), took(100, 10000, OUTCOME_SURVIVED)};
    struct search_step step;
    trials[0].file_cache_bytes = UNKNOWN_I64;
    slowdown_next(&config, trials, COUNT(trials), &oom_point, &step);
    ROW(step.verdict == SEARCH_RUN && step.limit_bytes == 100 * MIB && strstr(step.why, "evicted"),
        "verdict %d at %" PRId64, step.verdict, step.limit_bytes);
    config.can_evict = false;
    slowdown_next(&config, trials, COUNT(trials), &oom_point, &step);
    ROW(step.verdict == SEARCH_DONE, "verdict %d where nothing can be evicted", step.verdict);
}

/* Slow at the bottom: first where all fits, a hundredth and the charge stock above its peak of 400 MiB. */
TEST(up_to_where_all_fits) {
    struct slowdown_config config = default_config();
    struct oom_point oom_point = lives_at(100);
    struct trial trials[] = {took(0, 10000, OUTCOME_SURVIVED), took(0, 10000, OUTCOME_SURVIVED),
                             took(100, 20000, OUTCOME_SLOW)};
    struct search_step step;
    int64_t fits = 400 * MIB + config.stock_bytes;
    fits = (fits + fits / 100) / PAGE * PAGE;
    slowdown_next(&config, trials, COUNT(trials), &oom_point, &step);
    ROW(step.verdict == SEARCH_RUN && step.limit_bytes == fits, "at %" PRId64 ", expected %" PRId64,
        step.limit_bytes, fits);
    config.ceiling_bytes = 300 * MIB + 5;
    slowdown_next(&config, trials, COUNT(trials), &oom_point, &step);
    ROW(step.verdict == SEARCH_RUN && step.limit_bytes == 300 * MIB, "at %" PRId64 ", beyond the ceiling",
        step.limit_bytes);
}

/* What took long far above all that it ever used was held up by something else, unless its runtime worked
 * more because of the limit, or it came near. A peak of 400 MiB. */
TEST(a_hiccup_where_all_fits_is_no_slowness) {
    static const struct {
        const char *what;
        int limit_mib, peak_mib;
        enum outcome outcome;
        bool fast;
    } cases[] = {{"a hiccup", 500, 400, OUTCOME_SURVIVED, true},
                 {"a heap sized from the limit", 500, 400, OUTCOME_SLOW, false},
                 {"at its limit", 500, 500, OUTCOME_SURVIVED, false},
                 {"a hiccup, its peak unknown", 500, 0, OUTCOME_SURVIVED, false}};
    struct slowdown_config config = default_config();
    struct oom_point oom_point = lives_at(100);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct trial trials[] = {took(0, 10000, OUTCOME_SURVIVED), took(0, 10000, OUTCOME_SURVIVED),
                                 took(100, 20000, OUTCOME_SLOW),
                                 took(cases[i].limit_mib, 13000, cases[i].outcome)};
        trials[3].peak_bytes = (struct known_i64){cases[i].peak_mib > 0, cases[i].peak_mib * MIB};
        struct slowdown_point point;
        slowdown_conclude(&config, trials, COUNT(trials), &oom_point, &point);
        ROW(point.known == cases[i].fast && (!point.known || point.limit_bytes == 500 * MIB),
            "%s: known %d, at %" PRId64, cases[i].what, point.known, point.limit_bytes);
    }
}

TEST(nothing_to_compare_with_is_no_point) {
    struct slowdown_config config = default_config();
    struct oom_point oom_point = lives_at(100);
    struct oom_point unknown = {0};
    struct trial survivor = took(0, 10000, OUTCOME_SURVIVED);
    struct trial failed = took(0, 10000, OUTCOME_FAILED);
    struct trial instant = took(0, 0, OUTCOME_SURVIVED);
    const struct {
        const char *what;
        const struct trial *trials;
        size_t count;
        const struct oom_point *oom_point;
    } cases[] = {{"no trials", NULL, 0, &oom_point},
                 {"a profile that failed", &failed, 1, &oom_point},
                 {"a profile of no duration", &instant, 1, &oom_point},
                 {"no OOM point", &survivor, 1, &unknown}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slowdown_point point = {.known = true};
        struct search_step step;
        slowdown_conclude(&config, cases[i].trials, cases[i].count, cases[i].oom_point, &point);
        slowdown_next(&config, cases[i].trials, cases[i].count, cases[i].oom_point, &step);
        ROW(!point.known && step.verdict == SEARCH_DONE, "%s: known %d, verdict %d", cases[i].what,
            point.known, step.verdict);
    }
    ROW(slowdown_slow_after(&config, NULL, 0) == 0, "without trials there is something to wait for");
    /* 10 s * 1.05 * 1.5 + 200 ms */
    ROW(slowdown_slow_after(&config, &survivor, 1) == 15950 * NS_PER_MS, "stopped after %" PRId64,
        slowdown_slow_after(&config, &survivor, 1));
}

UNIT_MAIN("slowdown", the_point_is_found, pages_wider_than_the_precision, noise_is_borne,
          who_was_fast_at_the_oom_point_is_not_run_again, warm_files_do_not_count, nothing_is_ever_fast,
          disturbed_runs_tell_nothing, it_can_be_taken_up_again, a_refuted_answer_is_searched_on,
          the_ratio_is_raised_to_the_noise_and_told, which_runs_are_times,
          what_no_limit_explains_is_the_machines, unknown_page_cache_is_evicted, up_to_where_all_fits,
          a_hiccup_where_all_fits_is_no_slowness, nothing_to_compare_with_is_no_point)
