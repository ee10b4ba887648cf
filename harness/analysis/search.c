#include "analysis/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"
#include "base/units.h"

/* MEMCG_CHARGE_BATCH */
#define BATCH_PAGES ((int64_t)64)

/* Charge batches that differ where several tasks run on several CPUs. */
#define BATCHES_OF_SEVERAL 2

/* Trials that say nothing about the limit before the search gives up. */
#define USELESS_MAX 5

/* Steps away from a prediction that was wrong, times the precision first, then plain ratios: most predictions
 * that miss do so by little. */
static const double far_steps[] = {1.02, 1.06, 1.25, 1.6, 2.0};

/* Survivors in a row, each of which needed less than the one before, after which needs are no guide. */
#define FOLLOWS_FROM 3

/* Where runs go on stalling, the first step up that is worth its price: they take ten times as long as
 * others, and the zone in which they do is wide. */
#define FIRST_STALL_STEP 2

/* How finely the end of a zone of stalls is told: where it lies is a matter of patience. */
#define STALL_PRECISION 0.05

/* Wider than this, galloping down beats halving where the answer is near the top. */
#define GALLOP_FROM 1.5

/* SEARCH_STEP: the coarse steps. */
#define COARSE_STEP 1.25

/* No split is more uneven, so that no search takes many more runs for being cheap. */
#define SPLIT_LEAST 0.38

/* Runs that differ by a third of the bracket are noise, and so is what differs by half a charge batch. */
#define NOISE_SHARE 3
#define NOISE_PAGES 32

/* Confirmations on each side from which on they show noise by themselves. */
#define CONFIRM_ENOUGH 3

static int64_t scaled(int64_t bytes, double ratio) {
    return (int64_t)((double)bytes * ratio);
}

static int64_t floor_of(const struct search_config *config) {
    return config->floor_bytes ? config->floor_bytes : SEARCH_FLOOR_BYTES;
}

static int64_t align(const struct search_config *config, int64_t bytes) {
    int64_t page = config->page_bytes;
    if (bytes < floor_of(config))
        bytes = floor_of(config);
    if (bytes > config->ceiling_bytes)
        bytes = config->ceiling_bytes;
    return bytes / page * page;
}

/* The widest bracket that is asked for, above `low`. */
static int64_t tolerance(const struct search_config *config, int64_t low) {
    return i64_larger(config->noise_bytes, scaled(low, config->precision_ratio));
}

int64_t search_charge_noise(const struct trial *profile, int cpus, int64_t page_bytes) {
    bool several = profile && known_or(profile->tasks_most, 1) > 1 && cpus > 1;
    return (several ? BATCHES_OF_SEVERAL : 1) * BATCH_PAGES * page_bytes;
}

static void look(const struct search_config *config, const struct trial *trials, size_t count,
                 struct picture *ret) {
    picture_look(trials, count, i64_larger(config->stock_bytes, BATCH_PAGES * config->page_bytes), ret);
}

static bool only_stalls(const struct level *level) {
    return level->stalls > 0 && level->dies == 0;
}

/* As tolerance(), above a level of the picture. */
static int64_t tolerance_above(const struct search_config *config, const struct level *low) {
    int64_t bracket = tolerance(config, low->limit_bytes);
    return only_stalls(low) ? i64_larger(bracket, scaled(low->limit_bytes, STALL_PRECISION)) : bracket;
}

int search_halving_runs(const struct search_config *config) {
    double brackets =
        log((double)config->ceiling_bytes / (double)floor_of(config)) / log1p(config->precision_ratio);
    return (int)ceil(log2(brackets > 1 ? brackets : 1)) + 2 * (config->confirm - 1);
}

/* ---- noise ---- */

/* Where the threshold may lie, as far as runs differ. */
struct band {
    bool unsteady; /* they do: by more than the bracket can bear */
    int64_t low;
    int64_t high;
};

/* A few runs show only the middle of a band: it is taken to reach as far beyond what was seen as that is
 * wide. (Three samples of a normal law span 1.7 standard deviations on average, thrice that holds 99 %.) */
static struct band find_band(const struct search_config *config, const struct picture *picture) {
    struct band band = {0};
    if (!picture->spares_bytes || !picture->kills_bytes)
        return band;
    int64_t bracket = tolerance(config, picture->spares_bytes);
    int64_t noise = i64_larger(bracket / NOISE_SHARE, NOISE_PAGES * config->page_bytes);
    int64_t spread = picture->spread_bytes;
    if (picture_contradicts_itself(picture)) {
        int64_t margin =
            i64_larger(spread, i64_larger(picture->kills_bytes - picture->spares_bytes, 2 * bracket));
        return (struct band){true, picture->spares_bytes - margin, picture->kills_bytes + margin};
    }
    if (spread <= noise)
        return band;
    /* Samples that lie beside what was seen to die and live are of less worth than that. */
    int64_t low = picture->least_seen.value - spread;
    int64_t high = picture->most_peak.value + spread;
    return (struct band){true, low < picture->kills_bytes ? low : picture->kills_bytes,
                         i64_larger(high, picture->spares_bytes)};
}

/* Makes the ends of the bracket lie outside the band, and no further beyond it than it is wide. An end that
 * there is not yet is the outermost there is. */
static void take_outer_ends(const struct search_config *config, const struct band *band,
                            struct picture *picture) {
    int64_t slack = tolerance(config, i64_larger(band->low, floor_of(config)));
    int64_t width = band->high - band->low;
    int low = picture->low;
    int high = picture->high;
    bool low_is_out = false;
    bool high_is_out = false;
    for (int i = picture->low; i >= 0 && !low_is_out; i--) {
        int64_t limit = picture->levels[i].limit_bytes;
        if (limit < band->low - slack - width)
            break;
        low = i;
        low_is_out = limit <= band->low + slack / 2;
    }
    for (int i = picture->high; i >= 0 && i < picture->count && !high_is_out; i++) {
        int64_t limit = picture->levels[i].limit_bytes;
        if (limit > band->high + slack + width)
            break;
        high = i;
        high_is_out = limit >= band->high - slack / 2;
    }
    picture->low = low;
    picture->high = high;
    picture->low_is_out = low_is_out;
    picture->high_is_out = high_is_out;
}

/* ---- limits to try ---- */

/* So far above the prediction that it should live, and so little that the probe below it closes the bracket:
 * half a bracket, or where the bracket has room for it the charge stock, by which a run can need more than
 * another without using more (it is what other CPUs still hold). */
static int64_t just_above(const struct search_config *config, int64_t need) {
    int64_t bracket = tolerance(config, need);
    int64_t room = bracket * 95 / 100;
    int64_t stock = config->stock_bytes < room ? config->stock_bytes : room;
    return need + i64_larger(stock, bracket / 2);
}

static int64_t far_step(int64_t from, int misses, bool up) {
    int last = (int)(sizeof far_steps / sizeof *far_steps) - 1;
    double ratio = far_steps[misses < last ? misses : last];
    return scaled(from, up ? ratio : 1 / ratio);
}

/* Up from the `misses`-th limit in a row that was too low. */
static int64_t step_up(const struct search_config *config, int64_t from, int misses) {
    int64_t near = from + tolerance(config, from) * 95 / 100;
    return misses <= 1 ? near : i64_larger(near, far_step(from, misses - 2, true));
}

/* Down from a limit that was not too low: to where the threshold is expected, or past that by what is still
 * to be expected. The `lived`-th limit in a row that was not too low is of a runtime whose need follows its
 * limit: then its need is no guide but by how much it shrinks, and strides grow by as much. */
static int64_t step_down(const struct search_config *config, int64_t from, int64_t expected, int lived) {
    int64_t near = from - tolerance(config, from) * 85 / 100;
    if (expected < near) {
        double shrinks = (double)expected / (double)from;
        int64_t stride = scaled(from, pow(shrinks, lived - FOLLOWS_FROM + 1));
        return lived <= FOLLOWS_FROM || expected < stride ? expected : stride;
    }
    /* What lived about where it was expected to: the limit that closes the bracket if it dies there. */
    int64_t step = from - tolerance(config, from) * 95 / 100;
    if (from >= expected - tolerance(config, expected) / 2)
        return step;
    /* A little lower than that: two brackets, which one cut makes one. */
    if (from >= expected - 2 * tolerance(config, expected))
        return from - tolerance(config, from) * 190 / 100;
    step = expected - tolerance(config, expected) * 95 / 100;
    for (int miss = 0; step > near && miss < 100; miss++)
        step = far_step(step, miss, false);
    return step;
}

static void ask(const struct search_config *config, struct search_step *ret, enum purpose purpose,
                int64_t limit, const char *why) {
    ret->verdict = SEARCH_RUN;
    ret->purpose = purpose;
    ret->limit_bytes = align(config, limit);
    snprintf(ret->why, sizeof ret->why, "%s", why);
}

static int64_t geometric_mean(int64_t low, int64_t high) {
    return (int64_t)sqrt((double)low * (double)high);
}

/* Asked for, or nothing is known to predict from. */
static bool is_halving(const struct search_config *config, const struct picture *picture) {
    return config->strategy == SEARCH_BISECT ||
           (config->strategy == SEARCH_PREDICT && !picture->least_need.known);
}

/* Nothing lived yet, or nothing is certain to: go up. */
static void go_up(const struct search_config *config, const struct picture *picture,
                  struct search_step *ret) {
    const struct level *top = &picture->levels[picture->count - 1];
    if (top->limit_bytes >= align(config, config->ceiling_bytes)) {
        ret->verdict = SEARCH_OVER_CEILING;
        return;
    }
    int misses = 0;
    for (int i = picture->count - 1; i >= 0 && picture->levels[i].dies + picture->levels[i].stalls > 0; i--)
        misses++;
    bool first_stall = top->stalls && misses == 1;
    if (top->stalls)
        misses += FIRST_STALL_STEP + 1;
    int64_t next = first_stall ? scaled(top->limit_bytes, 1 + STALL_PRECISION * 95 / 100)
                               : step_up(config, top->limit_bytes, misses);
    /* Where everything fits it lived: a stride beyond that is one too far. */
    int64_t fits = picture->profile ? just_above(config, known_or(picture->profile->peak_bytes, 0)) : 0;
    if (misses > 1 && fits > top->limit_bytes + 2 * tolerance(config, top->limit_bytes) && next > fits)
        next = geometric_mean(top->limit_bytes, fits);
    /* Page cache that a prediction leaves out is needed after all: where it all fits is the next guess. */
    if (top->stalls && fits > scaled(top->limit_bytes, 1 + STALL_PRECISION))
        next = fits;
    if (is_halving(config, picture))
        next = geometric_mean(top->limit_bytes, config->ceiling_bytes);
    if (config->strategy == SEARCH_STEP)
        next = scaled(top->limit_bytes, COARSE_STEP);
    if (config->ceiling_bytes - next < tolerance(config, top->limit_bytes))
        next = config->ceiling_bytes;
    ask(config, ret, PURPOSE_PROBE, next, "higher");
}

/* Nothing died yet, or nothing is certain to: go down. */
static void go_down(const struct search_config *config, const struct picture *picture,
                    struct search_step *ret) {
    int64_t bottom = picture->levels[0].limit_bytes;
    if (bottom <= align(config, floor_of(config))) {
        ret->verdict = SEARCH_AT_FLOOR;
        return;
    }
    /* A runtime that sizes itself from its limit needed less here than the profile had let it take. */
    int64_t expected = picture->least_need.known ? just_above(config, picture->least_need.value) : bottom;
    int lived = 0;
    while (lived < picture->count && picture->levels[lived].lives > 0)
        lived++;
    int64_t next = step_down(config, bottom, expected, lived);
    const char *why = next == expected              ? "a survivor's need"
                      : next > scaled(bottom, 0.97) ? "just below"
                                                    : "lower";
    if (is_halving(config, picture))
        next = geometric_mean(floor_of(config), bottom);
    if (config->strategy == SEARCH_STEP)
        next = scaled(bottom, 1 / COARSE_STEP);
    if (config->strategy == SEARCH_STEP || is_halving(config, picture))
        why = "lower";
    if (next - floor_of(config) < tolerance(config, floor_of(config)))
        next = floor_of(config);
    ask(config, ret, PURPOSE_PROBE, next, why);
}

/* Mean duration of the runs that lived, or died, up to the upper end. 0: none. */
static double mean_cost_ns(const struct trial *trials, size_t count, const struct picture *picture,
                           bool lived) {
    double sum = 0;
    int runs = 0;
    int64_t above = picture->levels[picture->high].limit_bytes;
    for (size_t i = 0; i < count; i++) {
        const struct trial *trial = &trials[i];
        if (!trial->limit_bytes.known || trial->limit_bytes.value > above ||
            (lived ? !trial_lived(trial) : !trial_died(trial)))
            continue;
        sum += (double)trial->exit.duration_ns;
        runs++;
    }
    return runs ? sum / runs : 0;
}

/* The share of an interval that lies below the next limit. Where dying is cheaper than living, or dearer, the
 * costs of the ways through the search even out when each outcome keeps a share p of the interval with
 * p = exp(-c x) and both shares make 1 (Karp, Minimum-redundancy coding for the discrete noiseless channel,
 * IRE Transactions IT-7, 1961). */
static double split(double live_cost, double die_cost) {
    if (live_cost <= 0 || die_cost <= 0)
        return 0.5;
    double low = 0;
    double high = 1;
    for (int i = 0; i < 50; i++) {
        double share = (low + high) / 2;
        double other = pow(share, die_cost / live_cost);
        if (share + other < 1)
            low = share;
        else
            high = share;
    }
    return low < SPLIT_LEAST ? SPLIT_LEAST : low > 1 - SPLIT_LEAST ? 1 - SPLIT_LEAST : low;
}

/* Above a stall, down from where everything fits: most often that is little more than what is needed, and
 * runs are the cheaper the further they are from a stall. A longer stride after the first; 0 where it is not
 * near. */
static int64_t gallop_down(const struct search_config *config, const struct picture *picture) {
    int64_t above = picture->levels[picture->high].limit_bytes;
    double stride = STALL_PRECISION * 95 / 100;
    int strides = picture->count - 1 - picture->high;
    if (strides > 1)
        return 0;
    if (strides > 0)
        stride *= 2;
    int64_t next = scaled(above, 1 / (1 + stride));
    return next < above - tolerance(config, above) ? next : 0;
}

/* The bracket's ends are known, and neighbours (else it would be noise): the limit that narrows it, 0 where
 * it is narrow enough. */
static int64_t narrow(const struct search_config *config, const struct trial *trials, size_t count,
                      const struct picture *picture) {
    const struct level *low = &picture->levels[picture->low];
    int64_t below = low->limit_bytes;
    int64_t above = picture->levels[picture->high].limit_bytes;
    int64_t bracket = tolerance_above(config, low);
    if (above - below <= bracket)
        return 0;
    double share = 0.5;
    if (config->strategy == SEARCH_PREDICT)
        share =
            split(mean_cost_ns(trials, count, picture, true), mean_cost_ns(trials, count, picture, false));
    int64_t middle = scaled(below, pow((double)above / (double)below, share));
    /* The last cut leaves a bracket on either side, whatever it costs. */
    if (above - below <= 2 * bracket)
        middle = middle < above - bracket   ? above - bracket
                 : middle > below + bracket ? below + bracket
                                            : middle;
    if (config->strategy == SEARCH_STEP)
        middle = below + bracket * 95 / 100;
    if (config->strategy == SEARCH_PREDICT && only_stalls(low) && above > scaled(below, GALLOP_FROM))
        middle = i64_larger(middle, gallop_down(config, picture));
    if (config->strategy == SEARCH_PREDICT && picture->least_need.known && picture->count <= FOLLOWS_FROM) {
        /* A far bracket that holds the prediction is cut just above it. */
        int64_t centre = just_above(config, picture->least_need.value);
        if (above > scaled(below, 1.1) && centre > scaled(below, 1.02) && centre < scaled(above, 0.98))
            middle = centre;
    }
    middle = align(config, middle);
    return middle > below && middle < above ? middle : 0;
}

/* ---- decisions ---- */

/* Runs beyond those that --confirm asks for say why. */
static void ask_again(const struct search_config *config, struct search_step *ret, int64_t limit_bytes,
                      int number, int wanted) {
    char why[64];
    snprintf(why, sizeof why, "%s %d of %d", number > config->confirm ? "runs differ:" : "confirm", number,
             wanted);
    ask(config, ret, PURPOSE_CONFIRM, limit_bytes, why);
}

static void confirm_ends(const struct search_config *config, const struct picture *picture, int wanted,
                         struct search_step *ret) {
    const struct level *low = &picture->levels[picture->low];
    const struct level *high = &picture->levels[picture->high];
    /* A stall costs ten runs, and says as much each time. */
    if (low->dies < wanted && !only_stalls(low))
        ask_again(config, ret, low->limit_bytes, low->dies + 1, wanted);
    else if (high->lives < wanted)
        ask_again(config, ret, high->limit_bytes, high->lives + 1, wanted);
    else
        ret->verdict = SEARCH_DONE;
}

static void first_probe(const struct search_config *config, const struct picture *picture,
                        struct search_step *ret) {
    struct known_i64 peak = picture->profile ? picture->profile->peak_bytes : UNKNOWN_I64;
    if (config->strategy == SEARCH_PREDICT && picture->least_need.known)
        ask(config, ret, PURPOSE_PROBE, just_above(config, picture->least_need.value), "above prediction");
    else if (config->strategy == SEARCH_STEP && peak.known)
        ask(config, ret, PURPOSE_PROBE, just_above(config, peak.value), "its peak");
    else
        ask(config, ret, PURPOSE_PROBE, geometric_mean(floor_of(config), config->ceiling_bytes), "halving");
}

/* Half as often again. */
static int more_often(const struct search_config *config) {
    return config->confirm + (config->confirm + 1) / 2;
}

/* Has halving become the cheaper way? */
static bool is_dear(const struct search_config *config, const struct picture *picture) {
    return picture->runs + 1 >= search_halving_runs(config);
}

/* What CPUs have charged ahead differs from run to run by as much as they can hold. Where that is as wide as
 * the bracket, a single run at an end is no evidence. */
static int confirmations(const struct search_config *config, const struct picture *picture) {
    bool coarse = config->stock_bytes >= tolerance(config, picture->levels[picture->low].limit_bytes);
    return config->confirm == 1 && coarse && !is_dear(config, picture) ? 2 : config->confirm;
}

/* In noise: the ends outside the band, probed where there is none yet, and confirmed. */
static void settle_band(const struct search_config *config, const struct band *band, struct picture *picture,
                        struct search_step *ret) {
    bool topped = picture->high < 0 &&
                  picture->levels[picture->count - 1].limit_bytes >= align(config, config->ceiling_bytes);
    take_outer_ends(config, band, picture);
    /* Few confirmations were asked for: then no more is spent on a band than halving would have cost. */
    if (!topped && config->confirm < CONFIRM_ENOUGH && is_dear(config, picture) && picture->low >= 0 &&
        picture->high >= 0) {
        confirm_ends(config, picture, config->confirm, ret);
        return;
    }
    /* A band that reaches the floor or the ceiling has no outer end there: what there is must do. */
    if (topped)
        ret->verdict = SEARCH_OVER_CEILING;
    else if (!picture->high_is_out && band->high < config->ceiling_bytes)
        ask(config, ret, PURPOSE_PROBE, band->high, "above noise");
    else if (!picture->low_is_out && band->low > floor_of(config))
        ask(config, ret, PURPOSE_PROBE, band->low, "below noise");
    else if (picture->low >= 0 && picture->high >= 0)
        confirm_ends(config, picture, more_often(config), ret);
    else
        ret->verdict = SEARCH_GAVE_UP;
}

/* Are the ends to lie outside the band? Where nothing contradicts them, and each is tried often enough to be
 * refuted, what is seen there counts for more than what the needs let fear. */
static bool wants_outer_ends(const struct search_config *config, const struct band *band,
                             const struct picture *picture) {
    return picture_contradicts_itself(picture) || (band->unsteady && config->confirm < CONFIRM_ENOUGH);
}

/* Both ends are known and near. Where runs differ more than the bracket bears, it is widened, or confirmed
 * more often. */
static void finish(const struct search_config *config, const struct band *band, struct picture *picture,
                   struct search_step *ret) {
    bool widen = wants_outer_ends(config, band, picture);
    /* A bracket that nothing contradicts is not widened at any price. */
    if (widen && !is_dear(config, picture)) {
        settle_band(config, band, picture, ret);
        return;
    }
    if (widen)
        take_outer_ends(config, band, picture);
    confirm_ends(config, picture,
                 band->unsteady && !widen ? more_often(config) : confirmations(config, picture), ret);
}

void search_next(const struct search_config *config, const struct trial *trials, size_t count,
                 struct search_step *ret) {
    struct picture picture;
    *ret = (struct search_step){.purpose = PURPOSE_PROBE};
    look(config, trials, count, &picture);
    if (picture.runs >= config->runs_max || picture.useless >= USELESS_MAX) {
        ret->verdict = SEARCH_GAVE_UP;
        return;
    }
    if (picture.count == 0) {
        first_probe(config, &picture, ret);
        return;
    }
    struct band band = find_band(config, &picture);
    if (picture_contradicts_itself(&picture)) {
        settle_band(config, &band, &picture, ret);
        return;
    }
    if (picture.high < 0) {
        go_up(config, &picture, ret);
        return;
    }
    if (picture.low < 0) {
        go_down(config, &picture, ret);
        /* The floor itself wants confirming before it is the answer. */
        if (ret->verdict == SEARCH_AT_FLOOR && picture.levels[0].lives < config->confirm)
            ask(config, ret, PURPOSE_CONFIRM, picture.levels[0].limit_bytes, "confirm floor");
        return;
    }
    int64_t between = narrow(config, trials, count, &picture);
    if (between)
        ask(config, ret, PURPOSE_PROBE, between, "between");
    else
        finish(config, &band, &picture, ret);
}

enum outcome search_expected(const struct search_config *config, const struct trial *trials, size_t count,
                             int64_t limit) {
    struct picture picture;
    look(config, trials, count, &picture);
    for (int i = 0; i < picture.count; i++)
        if (picture.levels[i].limit_bytes == limit)
            return picture.levels[i].lives > picture.levels[i].dies ? OUTCOME_SURVIVED : OUTCOME_OOM;
    return limit >= known_or(picture.least_need, 0) ? OUTCOME_SURVIVED : OUTCOME_OOM;
}

int search_next_batch(const struct search_config *config, const struct trial *trials, size_t count, int most,
                      struct search_step *ret) {
    struct trial *supposed = calloc(count + (size_t)most, sizeof *supposed);
    if (!supposed)
        abort();
    if (count > 0)
        memcpy(supposed, trials, count * sizeof *supposed);
    int filled = 0;
    while (filled < most) {
        struct search_step step;
        search_next(config, supposed, count + (size_t)filled, &step);
        if (step.verdict != SEARCH_RUN && filled > 0)
            break;
        ret[filled++] = step;
        if (step.verdict != SEARCH_RUN)
            break;
        supposed[count + (size_t)filled - 1] = (struct trial){
            .purpose = step.purpose,
            .limit_bytes = known_i64(step.limit_bytes),
            .outcome = search_expected(config, supposed, count + (size_t)filled - 1, step.limit_bytes)};
    }
    free(supposed);
    return filled;
}

/* ---- the answer ---- */

/* What was seen at the levels from one end of a band to the other. */
static void tell_levels(const struct picture *picture, struct oom_point *point) {
    int failures[OOM_LEVELS_MAX];
    int runs[OOM_LEVELS_MAX];
    double chances[OOM_LEVELS_MAX];
    int count = 0;
    int first = picture->low >= 0 ? picture->low : 0;
    for (int i = first; i <= picture->high && count < OOM_LEVELS_MAX; i++) {
        const struct level *level = &picture->levels[i];
        failures[count] = level->dies + level->stalls;
        runs[count] = failures[count] + level->lives;
        point->levels[count] = (struct oom_level){
            .limit_bytes = level->limit_bytes, .runs = runs[count], .deaths = failures[count]};
        count++;
    }
    stats_isotonic_falling(failures, runs, (size_t)count, chances);
    for (int i = 0; i < count; i++)
        point->levels[i].p_oom = chances[i];
    point->level_count = count;
}

/* Below a zone of stalls it may die all the same. */
static void tell_lower_end(const struct picture *picture, struct oom_point *point) {
    for (int i = picture->low; i >= 0; i--) {
        const struct level *level = &picture->levels[i];
        if (only_stalls(level)) {
            if (!point->stalls_bytes.known)
                point->stalls_bytes = known_i64(level->limit_bytes);
            continue;
        }
        point->ooms_bytes = known_i64(level->limit_bytes);
        point->confirmed_ooms = level->dies;
        point->dies_as = level->dies_as;
        return;
    }
}

void search_conclude(const struct search_config *config, const struct trial *trials, size_t count,
                     struct oom_point *ret) {
    struct picture picture;
    look(config, trials, count, &picture);
    struct oom_point point = {.runs = picture.runs + picture.profiles};
    struct band band = find_band(config, &picture);
    bool outer = wants_outer_ends(config, &band, &picture);
    if (outer)
        take_outer_ends(config, &band, &picture);
    if (picture.high >= 0) {
        const struct level *high = &picture.levels[picture.high];
        point.known = true;
        point.survives_bytes = known_i64(high->limit_bytes);
        point.confirmed_survivals = high->lives;
        point.p_oom_upper95 = stats_binomial_upper95(0, high->lives);
    }
    if (picture.low >= 0)
        tell_lower_end(&picture, &point);
    if (picture.low >= 0 && picture.high >= 0) {
        const struct level *low = &picture.levels[picture.low];
        int64_t width = point.survives_bytes.value - low->limit_bytes;
        point.resolution_ratio = known_f64((double)point.survives_bytes.value / (double)low->limit_bytes - 1);
        point.mixed =
            picture_contradicts_itself(&picture) || (band.unsteady && width > tolerance_above(config, low));
        point.non_monotone = picture_is_non_monotone(&picture);
        if (point.mixed)
            tell_levels(&picture, &point);
    }
    *ret = point;
}
