#include "analysis/slowdown.h"

#include <math.h>
#include <stdio.h>

#include "analysis/pace.h"
#include "analysis/stats.h"
#include "base/units.h"

/* More than any slowdown point took. */
#define RUNS_MAX 16

/* Runs at one limit that are looked at. */
#define TIMES_MAX 64

/* References that are taken before anything is called slow. */
#define REFERENCES        2
#define REFERENCES_DIFFER 0.1

/* Page cache that makes no difference, whoever was charged for it. */
#define CACHE_LEAST_BYTES (4 * MIB)

/* Finer, the answer would be about the machine and not about the limit. */
#define PRECISION_LEAST 0.05

/* Where it is slow with so many times what it took without a limit, the limit is not why. */
#define FITS_MOST 4

/* The answer is seen twice, unless one run of each is what is asked for. */
#define TIMES_LEAST(config) ((config)->confirm > 1 ? 2 : 1)

/* A probe that takes half as long again as it may is stopped: that it is slow is known. */
#define STOP_RATIO    1.5
#define STOP_LEAST_NS (200 * NS_PER_MS)

struct times {
    int64_t ns[TIMES_MAX];        /* INT64_MAX: stopped */
    int64_t blamed_ns[TIMES_MAX]; /* less what the limit is not to blame for */
    int count;
};

struct view {
    const struct trial *profile;
    int64_t reference_ns; /* median of the runs without a limit */
    int references;
    double noise_ratio; /* by how much they differ; 0 for one */
    double max_ratio;   /* asked for, or what the noise lets tell */
    int extra_runs;
    int64_t slow_bytes; /* highest limit seen to be slow; 0: none */
    int64_t fast_bytes; /* lowest limit above that, seen to be fast; 0: none */
};

static int64_t median(struct times *times) {
    return stats_median_i64(times->ns, (size_t)times->count);
}

/* Can the duration be compared with the profile's? Files that an earlier trial was charged for cost this one
 * neither memory nor time: where they matter, only a run before which they were dropped is like the first. */
static bool is_comparable(const struct slowdown_config *config, const struct view *view,
                          const struct trial *trial) {
    const struct trial *profile = view->profile;
    /* Of a load whose figures are missing nothing can be compared; of one that was stopped as too slow, that
     * it was. */
    if (trial_lived(trial) && trial->service.pace_ns.known != profile->service.pace_ns.known)
        return false;
    return trial->evicted || !config->can_evict ||
           known_or(profile->file_cache_bytes, INT64_MAX) <= CACHE_LEAST_BYTES ||
           trial->limit_bytes.value >= known_or(profile->peak_bytes, INT64_MAX);
}

/* Did it take long for a reason of its own? Nothing that a limit does explains its time (pace_judge()), and
 * it never came near its limit, or has no page cache that reclaim could have it wait for. */
static bool is_unhindered(const struct slowdown_config *config, const struct trial *trial) {
    if (trial->outcome != OUTCOME_SURVIVED)
        return false;
    if (trial->peak_bytes.known && trial->peak_bytes.value + config->stock_bytes < trial->limit_bytes.value)
        return true;
    /* Of a server's sockets it is not told what they waited for. */
    return !trial->service.serves && trial->user_cpu_s.known && trial->refault_bytes.known &&
           known_or(trial->file_cache_bytes, INT64_MAX) <= CACHE_LEAST_BYTES;
}

static void add_time(struct times *times, int64_t ns, int64_t blamed_ns) {
    times->ns[times->count] = ns;
    times->blamed_ns[times->count++] = blamed_ns;
}

static void take_times(const struct slowdown_config *config, const struct trial *trials, size_t count,
                       const struct view *view, int64_t limit, struct times *ret) {
    int64_t fast_ns = (int64_t)((double)trial_pace_ns(view->profile) * config->max_ratio);
    *ret = (struct times){0};
    for (size_t i = 0; i < count && ret->count < TIMES_MAX; i++) {
        const struct trial *trial = &trials[i];
        if (!trial->limit_bytes.known || trial->limit_bytes.value != limit ||
            trial->purpose == PURPOSE_VERIFY || !is_comparable(config, view, trial))
            continue;
        /* One that shared the machine was not slow for its limit alone. */
        if (trial_lived(trial) && !(trial->crowded && trial_pace_ns(trial) > fast_ns))
            add_time(ret, trial_pace_ns(trial),
                     trial_pace_ns(trial) > fast_ns && is_unhindered(config, trial) ? view->reference_ns
                                                                                    : trial_pace_ns(trial));
        else if (trial->for_slowdown && trial->exit.stop == STOP_SLOW)
            add_time(ret, INT64_MAX, INT64_MAX);
    }
}

static void take_references(const struct slowdown_config *config, const struct trial *trials, size_t count,
                            struct view *view) {
    struct times times = {0};
    for (size_t i = 0; i < count && times.count < TIMES_MAX; i++)
        if (trials[i].purpose == PURPOSE_PROFILE && trials[i].outcome == OUTCOME_SURVIVED)
            times.ns[times.count++] = trial_pace_ns(&trials[i]);
    view->references = times.count;
    view->reference_ns = median(&times);
    /* One that was held up by something else says nothing of how far the others differ. */
    int64_t most = times.ns[times.count / 2];
    if (times.ns[0] > 0)
        view->noise_ratio = (double)(most - times.ns[0]) / (double)times.ns[0];
    view->max_ratio = fmax(config->max_ratio, 1 + view->noise_ratio);
}

static bool is_fast(const struct view *view, struct times *times) {
    int64_t ns = stats_median_i64(times->blamed_ns, (size_t)times->count);
    return (double)ns <= (double)view->reference_ns * view->max_ratio ||
           ns <= view->reference_ns + PACE_TIME_LEAST_NS;
}

/* The highest limit that is slow, and the lowest above it that is fast. */
static void find_ends(const struct slowdown_config *config, const struct trial *trials, size_t count,
                      int64_t from, struct view *view) {
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            int64_t limit = known_or(trials[i].limit_bytes, 0);
            struct times times;
            if (limit < from)
                continue;
            take_times(config, trials, count, view, limit, &times);
            if (times.count == 0)
                continue;
            bool fast = is_fast(view, &times);
            if (pass == 0 && !fast && limit > view->slow_bytes)
                view->slow_bytes = limit;
            if (pass == 1 && fast && limit > view->slow_bytes &&
                (!view->fast_bytes || limit < view->fast_bytes))
                view->fast_bytes = limit;
        }
    }
}

/* False where there is nothing to compare with. */
static bool look(const struct slowdown_config *config, const struct trial *trials, size_t count,
                 const struct oom_point *oom_point, struct view *ret) {
    struct view view = {.profile = result_profile(trials, count)};
    if (!view.profile || view.profile->outcome != OUTCOME_SURVIVED || trial_pace_ns(view.profile) <= 0 ||
        !oom_point->known)
        return false;
    for (size_t i = 0; i < count; i++)
        view.extra_runs += trials[i].for_slowdown;
    take_references(config, trials, count, &view);
    int64_t bottom = oom_point->survives_bytes.value;
    struct times times;
    take_times(config, trials, count, &view, bottom, &times);
    if (times.count > 0 && is_fast(&view, &times))
        view.fast_bytes = bottom;
    else
        find_ends(config, trials, count, bottom, &view);
    *ret = view;
    return true;
}

static int times_at(const struct slowdown_config *config, const struct trial *trials, size_t count,
                    const struct view *view, int64_t limit) {
    struct times times;
    take_times(config, trials, count, view, limit, &times);
    return times.count;
}

static void ask(const struct slowdown_config *config, struct search_step *ret, int64_t limit,
                const char *why) {
    if (limit > config->ceiling_bytes)
        limit = config->ceiling_bytes;
    *ret = (struct search_step){.verdict = SEARCH_RUN,
                                .purpose = PURPOSE_PROBE,
                                .limit_bytes = limit / config->page_bytes * config->page_bytes};
    snprintf(ret->why, sizeof ret->why, "%s", why);
}

/* It is slow at the highest limit that was tried: where everything fits it should not be. */
static void go_up(const struct slowdown_config *config, const struct view *view, struct search_step *ret) {
    int64_t further = view->slow_bytes + view->slow_bytes / 2;
    int64_t fits = known_or(view->profile->peak_bytes, view->slow_bytes) + config->stock_bytes;
    fits += fits / 100;
    if (view->slow_bytes >= config->ceiling_bytes / config->page_bytes * config->page_bytes ||
        view->slow_bytes > FITS_MOST * fits)
        ret->verdict = SEARCH_GAVE_UP;
    else
        ask(config, ret, (double)fits > (double)view->slow_bytes * (1 + PRECISION_LEAST) ? fits : further,
            "slow? all fits");
}

/* The limit that halves what lies between slow and fast; 0 where that is narrow enough. */
static int64_t between(const struct slowdown_config *config, const struct view *view) {
    double precision = fmax(config->precision_ratio, PRECISION_LEAST);
    int64_t middle = (int64_t)sqrt((double)view->slow_bytes * (double)view->fast_bytes);
    middle = middle / config->page_bytes * config->page_bytes;
    bool narrow = (double)view->fast_bytes <= (double)view->slow_bytes * (1 + precision);
    return narrow || middle <= view->slow_bytes || middle >= view->fast_bytes ? 0 : middle;
}

/* Where two differ, a third tells which of them was held up. */
static int references_wanted(const struct view *view) {
    return view->references >= REFERENCES && view->noise_ratio > REFERENCES_DIFFER ? REFERENCES + 1
                                                                                   : REFERENCES;
}

void slowdown_next(const struct slowdown_config *config, const struct trial *trials, size_t count,
                   const struct oom_point *oom_point, struct search_step *ret) {
    struct view view;
    *ret = (struct search_step){.verdict = SEARCH_DONE, .purpose = PURPOSE_PROBE};
    if (!look(config, trials, count, oom_point, &view))
        return;
    int64_t bottom = oom_point->survives_bytes.value;
    if (view.extra_runs >= RUNS_MAX) {
        ret->verdict = view.fast_bytes ? SEARCH_DONE : SEARCH_GAVE_UP;
    } else if (times_at(config, trials, count, &view, bottom) == 0) {
        ask(config, ret, bottom, "slow? files evicted");
    } else if (view.slow_bytes == 0) {
        return;
    } else if (view.references < references_wanted(&view)) {
        *ret = (struct search_step){.verdict = SEARCH_RUN, .purpose = PURPOSE_PROFILE, .why = "reference"};
    } else if (!view.fast_bytes) {
        go_up(config, &view, ret);
    } else if (between(config, &view)) {
        ask(config, ret, between(config, &view), "slow?");
    } else if (times_at(config, trials, count, &view, view.fast_bytes) < TIMES_LEAST(config)) {
        ask(config, ret, view.fast_bytes, "not slow, again");
    }
}

void slowdown_conclude(const struct slowdown_config *config, const struct trial *trials, size_t count,
                       const struct oom_point *oom_point, struct slowdown_point *ret) {
    struct view view;
    struct times times;
    *ret = (struct slowdown_point){0};
    if (!look(config, trials, count, oom_point, &view))
        return;
    ret->max_ratio = view.max_ratio;
    ret->noise_ratio = view.noise_ratio;
    ret->runs = view.extra_runs;
    if (view.slow_bytes)
        ret->slow_bytes = known_i64(view.slow_bytes);
    if (!view.fast_bytes)
        return;
    take_times(config, trials, count, &view, view.fast_bytes, &times);
    ret->known = true;
    ret->limit_bytes = view.fast_bytes;
    ret->slowdown_ratio =
        (double)stats_median_i64(times.blamed_ns, (size_t)times.count) / (double)view.reference_ns;
}

int64_t slowdown_slow_after(const struct slowdown_config *config, const struct trial *trials, size_t count) {
    struct view view = {.profile = result_profile(trials, count)};
    if (!view.profile || view.profile->outcome != OUTCOME_SURVIVED)
        return 0;
    take_references(config, trials, count, &view);
    /* A service takes longer than its load. */
    int64_t around = view.profile->exit.duration_ns - trial_pace_ns(view.profile);
    return (int64_t)((double)view.reference_ns * view.max_ratio * STOP_RATIO) + STOP_LEAST_NS +
           (around > 0 ? around : 0);
}
