#include "analysis/picture.h"

#include "analysis/stats.h"
#include "base/units.h"

/* A survivor's need this close to where it was seen to die and live is a sample of the threshold. One that is
 * further off is of a runtime that had taken what it was given, or of one that dies before it fills its
 * limit. */
#define SAMPLE_RATIO 0.05

/* With more page cache than this part of its need, a run is no sample. */
#define CACHE_SHARE_MOST 4

struct known_i64 search_predict(const struct trial *survivor) {
    if (!survivor->needed_bytes.known || survivor->needed_bytes.value <= 0)
        return UNKNOWN_I64;
    int64_t need = survivor->needed_bytes.value;
    int64_t file = known_or(survivor->file_cache_bytes, 0);
    struct known_i64 unreclaimable = survivor->unreclaimable_bytes;
    if (unreclaimable.known && unreclaimable.value > 0 && file / 3 > unreclaimable.value)
        need = unreclaimable.value + (int64_t)(0.0022 * (double)file) + 256 * KIB;
    return known_i64(need);
}

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
        return;
    }
    /* Where it ended in several ways, the first of them in the order of the words tells most: OOM above all.
     */
    if (!trial_stalled(trial) && (level->dies == 0 || trial->outcome < level->dies_as))
        level->dies_as = trial->outcome;
    level->dies += !trial_stalled(trial);
    level->stalls += trial_stalled(trial);
}

static void lower(struct known_i64 *slot, struct known_i64 sample) {
    if (sample.known && sample.value > 0 && (!slot->known || sample.value < slot->value))
        *slot = sample;
}

static void find_ends(struct picture *picture) {
    for (int i = 0; i < picture->count; i++) {
        const struct level *level = &picture->levels[i];
        if (level->lives && !picture->spares_bytes)
            picture->spares_bytes = level->limit_bytes;
        if (level->dies + level->stalls)
            picture->kills_bytes = level->limit_bytes;
    }
    for (int i = 0; i < picture->count && picture->levels[i].lives == 0; i++)
        picture->low = i;
    for (int i = picture->count - 1; i >= 0 && picture->levels[i].dies + picture->levels[i].stalls == 0; i--)
        picture->high = i;
}

static bool dies_of_its_own_accord(const struct picture *picture) {
    for (int i = 0; i < picture->count; i++)
        if (picture->levels[i].dies && picture->levels[i].dies_as != OUTCOME_OOM)
            return true;
    return false;
}

/* Could the limit have held back what the run took? */
static bool was_squeezed(const struct trial *trial, int64_t need, int64_t room_bytes) {
    return trial->limit_bytes.known && need + room_bytes > trial->limit_bytes.value;
}

/* A survivor that tells where the threshold lay for it. */
static bool is_sample(const struct trial *trial, double around, int64_t room_bytes) {
    struct known_i64 need = search_predict(trial);
    /* Which part of a peak was page cache is not known to the byte while it comes and goes. */
    if (known_or(trial->file_cache_bytes, 0) > known_or(need, 0) / CACHE_SHARE_MOST)
        return false;
    return trial_lived(trial) && trial->purpose != PURPOSE_VERIFY && !trial->for_slowdown &&
           !trial->squeezed && need.known && !was_squeezed(trial, need.value, room_bytes) &&
           (double)need.value >= around * (1 - SAMPLE_RATIO) &&
           (double)need.value <= around * (1 + SAMPLE_RATIO);
}

static void find_samples(const struct trial *trials, size_t count, int64_t room_bytes,
                         struct picture *picture) {
    struct known_i64 most_seen = UNKNOWN_I64;
    struct known_i64 least_peak = UNKNOWN_I64;
    int found = 0;
    if (!picture->spares_bytes || dies_of_its_own_accord(picture))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!is_sample(&trials[i], (double)picture->spares_bytes, room_bytes))
            continue;
        struct known_i64 seen = search_predict(&trials[i]);
        struct known_i64 peak = seen;
        if (seen.value == trials[i].needed_bytes.value)
            known_raise(&peak, trials[i].peak_less_file_bytes);
        lower(&picture->least_seen, seen);
        known_raise(&most_seen, seen);
        lower(&least_peak, peak);
        known_raise(&picture->most_peak, peak);
        found++;
    }
    if (found < 2) {
        picture->least_seen = picture->most_peak = UNKNOWN_I64;
        return;
    }
    /* Readings miss what lies between them, peaks hold what other CPUs had charged ahead: either jitters from
     * run to run where the need does not. */
    int64_t by_readings = most_seen.value - picture->least_seen.value;
    int64_t by_peaks = picture->most_peak.value - least_peak.value;
    picture->spread_bytes = by_readings < by_peaks ? by_readings : by_peaks;
}

void picture_look(const struct trial *trials, size_t count, int64_t room_bytes, struct picture *ret) {
    *ret = (struct picture){.low = -1, .high = -1};
    ret->profile = result_profile(trials, count);
    if (ret->profile && ret->profile->outcome != OUTCOME_SURVIVED)
        ret->profile = NULL;
    if (ret->profile)
        lower(&ret->least_need, search_predict(ret->profile));
    for (size_t i = 0; i < count; i++) {
        const struct trial *trial = &trials[i];
        bool told = trial_lived(trial) || trial_died(trial);
        /* It was started under no limit, so it is no run at one. */
        if (trial->squeezed) {
            lower(&ret->least_need, trial->squeeze_bytes);
            continue;
        }
        ret->profiles += trial->purpose == PURPOSE_PROFILE && !trial->for_slowdown;
        /* What failed beside another trial is tried again alone. */
        if (!trial->limit_bytes.known || trial->purpose == PURPOSE_VERIFY || (trial->crowded && !told))
            continue;
        ret->runs += !trial->for_slowdown;
        ret->useless += !told && !trial->for_slowdown;
        if (!told)
            continue;
        add_to_level(ret, trial);
        struct known_i64 need = search_predict(trial);
        if (trial_lived(trial) && need.known && !was_squeezed(trial, need.value, room_bytes))
            lower(&ret->least_need, need);
    }
    find_ends(ret);
    find_samples(trials, count, room_bytes, ret);
}

bool picture_contradicts_itself(const struct picture *picture) {
    return picture->spares_bytes && picture->kills_bytes >= picture->spares_bytes;
}

bool picture_is_non_monotone(const struct picture *picture) {
    for (int i = 0; i < picture->count; i++) {
        for (int j = i + 1; j < picture->count; j++) {
            const struct level *low = &picture->levels[i];
            const struct level *high = &picture->levels[j];
            if (stats_fisher_greater(high->dies + high->stalls, high->lives, low->dies + low->stalls,
                                     low->lives) <= 0.05 + 1e-9) /* 1 in 20 itself counts */
                return true;
        }
    }
    return false;
}
