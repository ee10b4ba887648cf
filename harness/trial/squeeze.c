#include "trial/squeeze.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

/* A fine step, so that the estimate is at most this far above the threshold, and a coarse one. */
#define FINE_SHARE   0.025
#define COARSE_SHARE 0.1

/* Coarse steps are taken while the limit is more than this times what is needed. */
#define FAR_RATIO 1.25

/* Runs without a limit: what the first leaves behind is the server's as often as not, so its need is held
 * against a second. It has settled where it rises by no more than this. */
#define USUAL_RUNS_LEAST 2
#define USUAL_RUNS_MOST  6
#define SETTLED_RATIO    1.01

/* As pace.c has it for whole runs. */
#define STALL_RATIO    10
#define STALL_LEAST_NS (2 * NS_PER_S)

/* Reclaim that was busy elsewhere may do better a moment later. */
#define LOWER_TRIES    5
#define LOWER_PAUSE_NS (20 * NS_PER_MS)

/* ---- the rule ---- */

static int64_t reclaimable(const struct snapshot *snapshot) {
    return known_or(snapshot_file_cache(snapshot), 0) + snapshot_spare_slab(snapshot);
}

void squeeze_look(struct squeeze *squeeze, const struct snapshot *now) {
    if (now->time_ns == squeeze->seen.time_ns && squeeze->seen.usage.known)
        return;
    /* As sampler.c takes it: how much of a peak was page cache is not known, so the larger of both ends. */
    int64_t cache = i64_larger(reclaimable(&squeeze->seen), reclaimable(now));
    known_raise(&squeeze->needed_bytes, snapshot_needed(now));
    if (now->window_peak.known)
        known_raise(&squeeze->needed_bytes, known_i64(now->window_peak.value - cache));
    known_raise(&squeeze->used_bytes, now->usage);
    known_raise(&squeeze->used_bytes, now->window_peak);
    squeeze->seen = *now;
}

static enum squeeze_move lower_by(struct squeeze *squeeze, double share, int64_t *ret_bytes) {
    int64_t limit = squeeze->limit_bytes.value;
    int64_t next = (int64_t)((double)limit * (1 - share)) / squeeze->page_bytes * squeeze->page_bytes;
    if (limit <= squeeze->floor_bytes)
        return SQUEEZE_END;
    *ret_bytes = i64_larger(next, squeeze->floor_bytes);
    return SQUEEZE_LOWER;
}

/* A little more than was ever used, so that there is a limit that holds before there is one that does not. */
static enum squeeze_move first_limit(const struct squeeze *squeeze, int64_t *ret_bytes) {
    if (!squeeze->used_bytes.known)
        return SQUEEZE_END;
    int64_t limit = (int64_t)((double)squeeze->used_bytes.value * (1 + FINE_SHARE));
    limit = i64_larger(limit, squeeze->floor_bytes);
    if (squeeze->ceiling_bytes.known && limit > squeeze->ceiling_bytes.value)
        limit = squeeze->ceiling_bytes.value;
    *ret_bytes = limit / squeeze->page_bytes * squeeze->page_bytes;
    return SQUEEZE_LOWER;
}

static bool has_settled(const struct squeeze *squeeze) {
    double needed = (double)known_or(squeeze->needed_bytes, 0);
    return squeeze->runs >= USUAL_RUNS_LEAST &&
           needed <= (double)known_or(squeeze->needed_before, 0) * SETTLED_RATIO;
}

static enum squeeze_move after_usual_run(struct squeeze *squeeze, const struct load_run *run,
                                         int64_t *ret_bytes) {
    struct known_f64 rate = run->figures.rate_per_s;
    squeeze->usual_ns = i64_larger(squeeze->usual_ns, run->duration_ns);
    if (rate.known && (!squeeze->usual_rate.known || rate.value > squeeze->usual_rate.value))
        squeeze->usual_rate = rate;
    if (!has_settled(squeeze) && squeeze->runs < USUAL_RUNS_MOST)
        return SQUEEZE_AGAIN;
    return first_limit(squeeze, ret_bytes);
}

static bool lost_its_rate(const struct squeeze *squeeze, const struct load_run *run) {
    struct known_f64 rate = run->figures.rate_per_s;
    return squeeze->usual_rate.known && rate.known && rate.value * STALL_RATIO < squeeze->usual_rate.value;
}

static enum squeeze_move after_limited_run(struct squeeze *squeeze, const struct load_run *run,
                                           int64_t *ret_bytes) {
    if (lost_its_rate(squeeze, run) || run->duration_ns > squeeze_patience_ns(squeeze))
        return SQUEEZE_STALLED;
    squeeze->held_bytes = squeeze->limit_bytes;
    if (squeeze->runs >= SQUEEZE_RUNS_MAX)
        return SQUEEZE_END;
    squeeze->coarse = squeeze->needed_bytes.known &&
                      (double)squeeze->limit_bytes.value > (double)squeeze->needed_bytes.value * FAR_RATIO;
    return lower_by(squeeze, squeeze->coarse ? COARSE_SHARE : FINE_SHARE, ret_bytes);
}

enum squeeze_move squeeze_next(struct squeeze *squeeze, const struct load_run *run, int64_t *ret_bytes) {
    squeeze->runs++;
    enum squeeze_move move = squeeze->limit_bytes.known ? after_limited_run(squeeze, run, ret_bytes)
                                                        : after_usual_run(squeeze, run, ret_bytes);
    squeeze->needed_before = squeeze->needed_bytes;
    squeeze->needed_bytes = squeeze->used_bytes = UNKNOWN_I64;
    return move;
}

void squeeze_lowered(struct squeeze *squeeze, int64_t limit_bytes) {
    squeeze->limit_bytes = known_i64(limit_bytes);
}

enum squeeze_move squeeze_refused(struct squeeze *squeeze, int64_t *ret_bytes) {
    if (!squeeze->coarse)
        return SQUEEZE_END;
    squeeze->coarse = false;
    return lower_by(squeeze, FINE_SHARE, ret_bytes);
}

int64_t squeeze_patience_ns(const struct squeeze *squeeze) {
    if (!squeeze->usual_ns)
        return 0;
    return i64_larger(squeeze->usual_ns * STALL_RATIO, squeeze->usual_ns + STALL_LEAST_NS);
}

char *squeeze_stall_text(const struct squeeze *squeeze, const struct load_run *run) {
    CLEANUP_FREE char *where = squeeze->limit_bytes.known
                                   ? text_format("at %s", bytes_text(squeeze->limit_bytes.value).s)
                                   : text_copy("without a limit, run again");
    if (lost_its_rate(squeeze, run))
        return text_format("%s, its load went at less than a tenth of the usual rate", where);
    return text_format("%s, its load was not done after %s, and usually takes %s", where,
                       duration_text(run->duration_ns).s, duration_text(squeeze->usual_ns).s);
}

/* ---- on the group ---- */

static int lower(const struct squeeze *squeeze, const struct cgroup *group, int64_t limit_bytes,
                 struct error *error) {
    const struct timespec pause = {.tv_nsec = LOWER_PAUSE_NS};
    const struct cgroup_limits limits = {.memory_bytes = known_i64(limit_bytes),
                                         .swap_bytes = squeeze->swap_bytes};
    for (int tries = 1;; tries++) {
        int code = group->ops->lower_limit(group, &limits, error);
        if (code != -EBUSY || tries == LOWER_TRIES)
            return code;
        nanosleep(&pause, NULL);
    }
}

/* Where no reclaim was refused: that is told by its error. */
static void tell_end(struct squeeze *squeeze) {
    if (squeeze->runs >= SQUEEZE_RUNS_MAX)
        squeeze->end = text_format("its load still succeeded after %d runs, at %s", squeeze->runs,
                                   bytes_text(known_or(squeeze->held_bytes, 0)).s);
    else if (known_or(squeeze->limit_bytes, INT64_MAX) <= squeeze->floor_bytes)
        squeeze->end = text_format("its load succeeded at %s, the smallest limit that is tried",
                                   bytes_text(squeeze->floor_bytes).s);
    else
        squeeze->end = text_copy("how much it uses is not known, so no limit was tried");
}

int squeeze_step(struct squeeze *squeeze, const struct cgroup *group, const struct load_run *run,
                 enum squeeze_move *ret, struct error *error) {
    int64_t limit;
    enum squeeze_move move = squeeze_next(squeeze, run, &limit);
    if (move == SQUEEZE_END)
        tell_end(squeeze);
    while (move == SQUEEZE_LOWER) {
        struct error refusal;
        int code = lower(squeeze, group, limit, &refusal);
        if (code < 0 && code != -EBUSY) {
            *error = refusal;
            return code;
        }
        if (code == 0) {
            squeeze_lowered(squeeze, limit);
            move = SQUEEZE_AGAIN;
            break;
        }
        move = squeeze_refused(squeeze, &limit);
        if (move == SQUEEZE_END)
            squeeze->end = text_format("%s: reclaim can take no more", refusal.what);
    }
    *ret = move;
    return 0;
}

void squeeze_free(struct squeeze *squeeze) {
    free(squeeze->end);
    *squeeze = (struct squeeze){0};
}
