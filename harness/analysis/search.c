#include "analysis/search.h"

#include <math.h>
#include <stdio.h>

#include "analysis/stats.h"
#include "base/units.h"

/* More distinct limits than any search tries. */
#define LEVELS_MAX 256

/* The narrowest bracket that means anything: one charge batch (MEMCG_CHARGE_BATCH, 64 pages). */
#define BATCH_PAGES ((int64_t)64)

/* Survivors this close above the lowest limit that spared one tell what runs there need; those with more
 * room, of runtimes that size themselves from it, do not. */
#define NEAR_RATIO 1.06

/* Trials that say nothing about the limit before the search gives up. */
#define USELESS_MAX 5

/* Steps away from a prediction that was wrong, times the precision first, then plain ratios: most predictions
 * that miss do so by little. */
static const double far_steps[] = {1.02, 1.06, 1.25, 1.6, 2.0};

/* Everything that was seen at one limit. */
struct level {
    int64_t limit_bytes;
    int lives;
    int dies;
    enum outcome dies_as;
};

/* What the trials show. Levels are in rising order; -1: there is none. */
struct picture {
    struct level levels[LEVELS_MAX];
    int count;
    int low;  /* highest level that only dies, with nothing living at or below it */
    int high; /* lowest level that only lives, with nothing dying at or above it */
    int runs;
    int useless;
    const struct trial *profile;
    struct known_i64 least_need; /* of the profile and all survivors */
    /* Noise. Where the same limit both kills and spares, or survivors close by needed more than another lived
     * with, the threshold is a band, from `band_low` to `band_high`. */
    bool noisy;
    bool unsteady; /* survivors' needs differ by more than a bracket: confirm more often */
    int64_t band_low;
    int64_t band_high;
};

static void add_to_level(struct picture *picture, const struct trial *trial) {
    int at = 0;
    while (at < picture->count && picture->levels[at].limit_bytes < trial->limit_bytes.value)
        at++;
    if (at == picture->count || picture->levels[at].limit_bytes != trial->limit_bytes.value) {
        if (picture->count == LEVELS_MAX)
            return;
        for (int i = picture->count++; i > at; i--)
            picture->levels[i] = picture->levels[i - 1];
        picture->levels[at] = (struct level){.limit_bytes = trial->limit_bytes.value};
    }
    struct level *level = &picture->levels[at];
    if (trial_lived(trial)) {
        level->lives++;
    } else if (level->dies++ == 0 || trial->outcome == OUTCOME_OOM) {
        level->dies_as = trial->outcome; /* where it died in several ways, OOM is the telling one */
    }
}

static void lower(struct known_i64 *slot, struct known_i64 sample) {
    if (sample.known && sample.value > 0 && (!slot->known || sample.value < slot->value))
        *slot = sample;
}

static void look(const struct trial *trials, size_t count, struct picture *picture) {
    *picture = (struct picture){.low = -1, .high = -1};
    for (size_t i = 0; i < count; i++) {
        const struct trial *trial = &trials[i];
        if (trial->purpose == PURPOSE_PROFILE && trial->outcome == OUTCOME_SURVIVED) {
            picture->profile = trial;
            lower(&picture->least_need, search_predict(trial));
        }
        if (!trial->limit_bytes.known || trial->purpose == PURPOSE_VERIFY)
            continue;
        picture->runs++;
        if (!trial_lived(trial) && !trial_died(trial)) {
            picture->useless++;
            continue;
        }
        add_to_level(picture, trial);
        if (trial_lived(trial))
            lower(&picture->least_need, search_predict(trial));
    }
    for (int i = 0; i < picture->count && picture->levels[i].lives == 0; i++)
        picture->low = i;
    for (int i = picture->count - 1; i >= 0 && picture->levels[i].dies == 0; i--)
        picture->high = i;
}

struct known_i64 search_predict(const struct trial *profile) {
    if (!profile->needed_bytes.known || profile->needed_bytes.value <= 0)
        return UNKNOWN_I64;
    int64_t need = profile->needed_bytes.value;
    int64_t file = known_or(profile->file_cache_bytes, 0);
    struct known_i64 unreclaimable = profile->unreclaimable_bytes;
    if (unreclaimable.known && unreclaimable.value > 0 && file / 3 > unreclaimable.value)
        need = unreclaimable.value + (int64_t)(0.0022 * (double)file) + 256 * KIB;
    return known_i64(need);
}

static int64_t scaled(int64_t bytes, double ratio) {
    return (int64_t)((double)bytes * ratio);
}

static int64_t align(const struct search_config *config, int64_t bytes) {
    int64_t page = config->page_bytes;
    if (bytes < SEARCH_FLOOR_BYTES)
        bytes = SEARCH_FLOOR_BYTES;
    if (bytes > config->ceiling_bytes)
        bytes = config->ceiling_bytes;
    return bytes / page * page;
}

/* The widest bracket that is asked for, above `low`. */
static int64_t tolerance(const struct search_config *config, int64_t low) {
    int64_t batch = BATCH_PAGES * config->page_bytes;
    int64_t relative = scaled(low, config->precision_ratio);
    return relative > batch ? relative : batch;
}

/* How much the needs of survivors close to the threshold differ; 0 for fewer than two. They are compared with
 * each other alone: a predictor may be wrong by the same amount for all of them. */
static int64_t spread_of_needs(const struct trial *trials, size_t count, int64_t spares) {
    int64_t most = 0;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct known_i64 need = search_predict(&trials[i]);
        if (!trial_lived(&trials[i]) || !trials[i].limit_bytes.known || !need.known ||
            (double)trials[i].limit_bytes.value > NEAR_RATIO * (double)spares)
            continue;
        most = need.value > most ? need.value : most;
        least = need.value < least ? need.value : least;
    }
    return most > least ? most - least : 0;
}

static int64_t largest(int64_t a, int64_t b, int64_t c) {
    int64_t most = a > b ? a : b;
    return most > c ? most : c;
}

/* Finds out whether the threshold is a line or a band: a band it is where a limit kills that is no lower than
 * one that spares. It is taken to reach as far beyond what was seen as survivors' needs, or the limits
 * themselves, were seen to differ: a few runs show only its middle. */
static void look_for_noise(const struct search_config *config, const struct trial *trials, size_t count,
                           struct picture *picture) {
    int64_t spares = 0;
    int64_t kills = 0;
    for (int i = picture->count - 1; i >= 0; i--) {
        if (picture->levels[i].lives)
            spares = picture->levels[i].limit_bytes;
        if (picture->levels[i].dies && !kills)
            kills = picture->levels[i].limit_bytes;
    }
    if (!spares || !kills)
        return;
    int64_t bracket = tolerance(config, spares);
    int64_t spread = spread_of_needs(trials, count, spares);
    picture->noisy = kills >= spares;
    picture->unsteady = picture->noisy || spread > largest(bracket, 2 * BATCH_PAGES * config->page_bytes, 0);
    int64_t margin = largest(spread, kills - spares, 2 * bracket);
    picture->band_low = spares - margin;
    picture->band_high = kills + margin;
}

/* In noise, the ends of the bracket lie outside the band: as far from where it was seen to be otherwise as
 * half the band is wide, and no more than its whole width further. */
static void take_outer_ends(const struct search_config *config, struct picture *picture) {
    int64_t slack = tolerance(config, picture->band_low);
    int64_t width = picture->band_high - picture->band_low;
    int low = -1;
    int high = -1;
    for (int i = 0; i <= picture->low; i++) {
        int64_t limit = picture->levels[i].limit_bytes;
        if (limit <= picture->band_low + slack && limit >= picture->band_low - slack - width)
            low = i;
    }
    for (int i = picture->count - 1; picture->high >= 0 && i >= picture->high; i--) {
        int64_t limit = picture->levels[i].limit_bytes;
        if (limit >= picture->band_high - slack && limit <= picture->band_high + slack + width)
            high = i;
    }
    picture->low = low;
    picture->high = high;
}

/* So far above the prediction that it should live, and so little that the probe below it closes the bracket:
 * half a bracket, or where the bracket has room for it the charge stock, by which a run can need more than
 * another without using more (it is what other CPUs still hold). */
static int64_t just_above(const struct search_config *config, int64_t need) {
    int64_t bracket = tolerance(config, need);
    int64_t room = bracket * 95 / 100;
    int64_t stock = config->stock_bytes < room ? config->stock_bytes : room;
    return need + (stock > bracket / 2 ? stock : bracket / 2);
}

/* How far to step on from the `misses`-th limit in a row that turned out on the same side. */
static int64_t step_from(const struct search_config *config, int64_t from, int misses, bool up) {
    int64_t near = tolerance(config, from) * 95 / 100;
    if (misses <= 1)
        return up ? from + near : from - near;
    int last = (int)(sizeof far_steps / sizeof *far_steps) - 1;
    double ratio = far_steps[misses - 2 < last ? misses - 2 : last];
    int64_t to = scaled(from, up ? ratio : 1 / ratio);
    int64_t least = up ? from + near : from - near;
    return up ? (to > least ? to : least) : (to < least ? to : least);
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

/* Nothing lived yet, or nothing is certain to: go up. */
static void go_up(const struct search_config *config, const struct picture *picture,
                  struct search_step *ret) {
    int64_t top = picture->levels[picture->count - 1].limit_bytes;
    if (top >= align(config, config->ceiling_bytes)) {
        ret->verdict = SEARCH_OVER_CEILING;
        return;
    }
    int misses = 0;
    for (int i = picture->count - 1; i >= 0 && picture->levels[i].dies > 0; i--)
        misses++;
    int64_t next = config->strategy == SEARCH_BISECT ? geometric_mean(top, config->ceiling_bytes)
                                                     : step_from(config, top, misses, true);
    if (config->ceiling_bytes - next < tolerance(config, top))
        next = config->ceiling_bytes;
    ask(config, ret, PURPOSE_PROBE, next, "higher");
}

/* Nothing died yet, or nothing is certain to: go down. */
static void go_down(const struct search_config *config, const struct picture *picture,
                    struct search_step *ret) {
    int64_t bottom = picture->levels[0].limit_bytes;
    if (bottom <= align(config, SEARCH_FLOOR_BYTES)) {
        ret->verdict = SEARCH_AT_FLOOR;
        return;
    }
    int misses = 0;
    for (int i = 0; i < picture->count && picture->levels[i].lives > 0; i++)
        misses++;
    int64_t next = config->strategy == SEARCH_BISECT ? geometric_mean(SEARCH_FLOOR_BYTES, bottom)
                                                     : step_from(config, bottom, misses, false);
    const char *why = misses <= 1 ? "just below" : "lower";
    /* A runtime that sizes itself from its limit needed less here than the profile had let it take. */
    if (config->strategy == SEARCH_PREDICT && picture->least_need.known) {
        int64_t centre = just_above(config, picture->least_need.value);
        if (centre < scaled(bottom, 0.95) && centre < next) {
            next = centre;
            why = "a survivor's need";
        }
    }
    if (next - SEARCH_FLOOR_BYTES < tolerance(config, SEARCH_FLOOR_BYTES))
        next = SEARCH_FLOOR_BYTES;
    ask(config, ret, PURPOSE_PROBE, next, why);
}

/* The bracket's ends are known, and neighbours (else it would be noise): the limit that narrows it, 0 where
 * it is narrow enough. */
static int64_t narrow(const struct search_config *config, const struct picture *picture) {
    int64_t below = picture->levels[picture->low].limit_bytes;
    int64_t above = picture->levels[picture->high].limit_bytes;
    if (above - below <= tolerance(config, below))
        return 0;
    int64_t middle = geometric_mean(below, above);
    if (config->strategy == SEARCH_PREDICT && picture->least_need.known) {
        /* A far bracket that holds the prediction is cut just above it. */
        int64_t centre = just_above(config, picture->least_need.value);
        if (above > scaled(below, 1.1) && centre > scaled(below, 1.02) && centre < scaled(above, 0.98))
            middle = centre;
    }
    middle = align(config, middle);
    return middle > below && middle < above ? middle : 0;
}

static void confirm_ends(const struct search_config *config, const struct picture *picture,
                         struct search_step *ret) {
    const struct level *low = &picture->levels[picture->low];
    const struct level *high = &picture->levels[picture->high];
    char why[64];
    /* Where runs differ, as many again. */
    int wanted = picture->unsteady ? 2 * config->confirm : config->confirm;
    if (low->dies < wanted) {
        snprintf(why, sizeof why, "confirm %d of %d", low->dies + 1, wanted);
        ask(config, ret, PURPOSE_CONFIRM, low->limit_bytes, why);
    } else if (high->lives < wanted) {
        snprintf(why, sizeof why, "confirm %d of %d", high->lives + 1, wanted);
        ask(config, ret, PURPOSE_CONFIRM, high->limit_bytes, why);
    } else {
        ret->verdict = SEARCH_DONE;
    }
}

static void first_probe(const struct search_config *config, const struct picture *picture,
                        struct search_step *ret) {
    if (config->strategy == SEARCH_PREDICT && picture->least_need.known)
        ask(config, ret, PURPOSE_PROBE, just_above(config, picture->least_need.value), "above prediction");
    else
        ask(config, ret, PURPOSE_PROBE, geometric_mean(SEARCH_FLOOR_BYTES, config->ceiling_bytes), "halving");
}

/* In noise: the ends outside the band, probed where there is none yet. */
static void settle_band(const struct search_config *config, struct picture *picture,
                        struct search_step *ret) {
    struct picture plain = *picture;
    take_outer_ends(config, picture);
    if (picture->high < 0 && plain.high < 0 &&
        plain.levels[plain.count - 1].limit_bytes >= config->ceiling_bytes) {
        ret->verdict = SEARCH_OVER_CEILING;
    } else if (picture->high < 0 && picture->band_high < config->ceiling_bytes) {
        ask(config, ret, PURPOSE_PROBE, picture->band_high, "above noise");
    } else if (picture->low < 0 && picture->band_low > SEARCH_FLOOR_BYTES) {
        ask(config, ret, PURPOSE_PROBE, picture->band_low, "below noise");
    } else {
        /* A band that reaches the floor or the ceiling has no outer end there: what there is must do. */
        picture->low = picture->low >= 0 ? picture->low : plain.low;
        picture->high = picture->high >= 0 ? picture->high : plain.high;
        if (picture->low >= 0 && picture->high >= 0)
            confirm_ends(config, picture, ret);
        else
            ret->verdict = SEARCH_GAVE_UP;
    }
}

void search_next(const struct search_config *config, const struct trial *trials, size_t count,
                 struct search_step *ret) {
    struct picture picture;
    *ret = (struct search_step){.purpose = PURPOSE_PROBE};
    look(trials, count, &picture);
    if (picture.runs >= config->runs_max || picture.useless >= USELESS_MAX) {
        ret->verdict = SEARCH_GAVE_UP;
        return;
    }
    if (picture.count == 0) {
        first_probe(config, &picture, ret);
        return;
    }
    look_for_noise(config, trials, count, &picture);
    if (picture.noisy) {
        settle_band(config, &picture, ret);
        return;
    }
    if (picture.high < 0) {
        go_up(config, &picture, ret);
        return;
    }
    if (picture.low < 0) {
        go_down(config, &picture, ret);
        /* The floor itself wants confirming before it is the answer. */
        if (ret->verdict == SEARCH_AT_FLOOR && picture.levels[0].lives < config->confirm && picture.high == 0)
            ask(config, ret, PURPOSE_CONFIRM, picture.levels[0].limit_bytes, "confirm floor");
        return;
    }
    int64_t between = narrow(config, &picture);
    if (between)
        ask(config, ret, PURPOSE_PROBE, between, "between");
    else
        confirm_ends(config, &picture, ret);
}

void search_conclude(const struct search_config *config, const struct trial *trials, size_t count,
                     struct oom_point *ret) {
    struct picture picture;
    look(trials, count, &picture);
    look_for_noise(config, trials, count, &picture);
    if (picture.noisy) {
        struct picture outer = picture;
        take_outer_ends(config, &outer);
        picture.low = outer.low >= 0 ? outer.low : picture.low;
        picture.high = outer.high >= 0 ? outer.high : picture.high;
    }
    struct oom_point point = {.runs = picture.runs + (picture.profile ? 1 : 0)};
    if (picture.high >= 0) {
        const struct level *high = &picture.levels[picture.high];
        point.known = true;
        point.survives_bytes = known_i64(high->limit_bytes);
        point.confirmed_survivals = high->lives;
        point.p_oom_upper95 = stats_binomial_upper95(0, high->lives);
    }
    if (picture.low >= 0) {
        const struct level *low = &picture.levels[picture.low];
        point.ooms_bytes = known_i64(low->limit_bytes);
        point.confirmed_ooms = low->dies;
        point.dies_as = low->dies_as;
    }
    if (picture.low >= 0 && picture.high >= 0) {
        point.resolution_ratio =
            known_f64((double)point.survives_bytes.value / (double)point.ooms_bytes.value - 1);
        point.mixed = picture.noisy;
    }
    *ret = point;
}
