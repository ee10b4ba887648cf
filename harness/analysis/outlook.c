#include "analysis/outlook.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* Further ahead nothing is foreseen. */
#define AHEAD_MAX 64

/* A run that takes a fifth longer than others, and this, is late. */
#define LATE_RATIO    1.2
#define LATE_LEAST_NS (200 * NS_PER_MS)

/* Trials, some of which are only supposed. What they own is not theirs. */
struct future {
    struct trial *trials;
    size_t count;
    size_t seen; /* of them were really there */
    int64_t lives_ns;
    int64_t dies_ns;
    int64_t rest_ns; /* of those supposed but the first */
    int64_t first_ns;
};

static int64_t mean_ns(const struct trial *trials, size_t count, bool (*is_one)(const struct trial *)) {
    double sum = 0;
    int runs = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_one(&trials[i]))
            continue;
        sum += (double)trials[i].exit.duration_ns;
        runs++;
    }
    return runs ? (int64_t)(sum / runs) : 0;
}

static bool lived_limited(const struct trial *trial) {
    return trial_lived(trial) && trial->limit_bytes.known && !trial->squeezed;
}

static bool lived_free(const struct trial *trial) {
    return trial_lived(trial) && !trial->limit_bytes.known && !trial->squeezed;
}

/* Also what stalled: where it did, it does so again. */
static bool died(const struct trial *trial) {
    return trial_died(trial) && trial->limit_bytes.known && !trial->for_slowdown;
}

static int64_t time_to_live(const struct trial *trials, size_t count) {
    int64_t limited = mean_ns(trials, count, lived_limited);
    return limited ? limited : mean_ns(trials, count, lived_free);
}

static void begin(struct future *future, const struct trial *trials, size_t count) {
    *future = (struct future){
        .trials = calloc(count + AHEAD_MAX + 1, sizeof *trials), .count = count, .seen = count};
    if (!future->trials)
        abort();
    if (count > 0)
        memcpy(future->trials, trials, count * sizeof *trials);
    future->lives_ns = time_to_live(trials, count);
    future->dies_ns = mean_ns(trials, count, died);
    if (!future->dies_ns)
        future->dies_ns = future->lives_ns;
}

static void suppose(struct future *future, const struct trial *trial) {
    if (future->count == future->seen)
        future->first_ns = trial->exit.duration_ns;
    else
        future->rest_ns += trial->exit.duration_ns;
    future->trials[future->count++] = *trial;
}

static bool has_room(const struct future *future) {
    return future->count < future->seen + AHEAD_MAX;
}

/* Before anything has lived nothing is known. */
static void end(struct future *future, int proofs, struct outlook *ret) {
    *ret = (struct outlook){.run_ns = future->first_ns,
                            .runs = (int)(future->count - future->seen) - 1 + proofs,
                            .rest_ns = future->rest_ns + proofs * future->lives_ns};
    if (!future->lives_ns)
        *ret = OUTLOOK_UNKNOWN;
    free(future->trials);
}

void outlook_of_search(const struct search_config *config, const struct trial *trials, size_t count,
                       const struct search_step *step, int proofs, struct outlook *ret) {
    struct future future;
    struct search_step next = *step;
    begin(&future, trials, count);
    while (next.verdict == SEARCH_RUN && has_room(&future)) {
        enum outcome outcome = search_expected(config, future.trials, future.count, next.limit_bytes);
        struct trial trial = {.purpose = next.purpose,
                              .limit_bytes = known_i64(next.limit_bytes),
                              .outcome = outcome,
                              .exit.duration_ns =
                                  outcome == OUTCOME_SURVIVED ? future.lives_ns : future.dies_ns};
        suppose(&future, &trial);
        search_next(config, future.trials, future.count, &next);
    }
    end(&future, proofs, ret);
}

/* All of them fast: it halves what is between, so it takes as many as it would otherwise. */
void outlook_of_slowdown(const struct slowdown_config *config, const struct trial *trials, size_t count,
                         const struct oom_point *oom_point, const struct search_step *step, int proofs,
                         struct outlook *ret) {
    struct future future;
    struct search_step next = *step;
    const struct trial *profile = result_profile(trials, count);
    begin(&future, trials, count);
    while (profile && next.verdict == SEARCH_RUN && has_room(&future)) {
        struct trial trial = {
            .purpose = next.purpose,
            .limit_bytes = next.purpose == PURPOSE_PROFILE ? UNKNOWN_I64 : known_i64(next.limit_bytes),
            .outcome = OUTCOME_SURVIVED,
            .evicted = config->can_evict,
            .for_slowdown = true,
            .exit.duration_ns = profile->exit.duration_ns,
            .service = {.serves = profile->service.serves, .pace_ns = profile->service.pace_ns}};
        suppose(&future, &trial);
        slowdown_next(config, future.trials, future.count, oom_point, &next);
    }
    end(&future, proofs, ret);
}

void outlook_of_repeats(const struct trial *trials, size_t count, int runs, struct outlook *ret) {
    int64_t ns = time_to_live(trials, count);
    *ret = (struct outlook){.run_ns = ns, .runs = runs, .rest_ns = ns * runs};
}

void outlook_share(struct outlook *outlook, int batch, int jobs) {
    if (outlook->runs < 0 || jobs <= 1)
        return;
    int others = batch - 1 < outlook->runs ? batch - 1 : outlook->runs;
    outlook->runs -= others;
    /* Those of the batch go on beside the first of it. */
    outlook->rest_ns -= outlook->run_ns * others;
    outlook->rest_ns = outlook->rest_ns > 0 ? outlook->rest_ns / jobs : 0;
}

struct known_i64 outlook_left_ns(const struct outlook *outlook, int64_t elapsed_ns, bool *ret_late) {
    *ret_late = false;
    if (!outlook->run_ns)
        return UNKNOWN_I64;
    *ret_late = (double)elapsed_ns > (double)outlook->run_ns * LATE_RATIO + (double)LATE_LEAST_NS;
    return known_i64(i64_larger(outlook->run_ns - elapsed_ns, 0) + outlook->rest_ns);
}
