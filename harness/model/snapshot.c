#include "model/snapshot.h"

#include "base/text.h"

static const char *const phase_names[PHASE_COUNT] = {
    [PHASE_UNKNOWN] = "",        [PHASE_STARTING] = "starting", [PHASE_WARMUP] = "warm-up",
    [PHASE_RUNNING] = "running", [PHASE_STOPPING] = "stopping", [PHASE_ENDED] = "ended",
};

const char *run_phase_name(enum run_phase phase) {
    return phase_names[phase];
}

bool run_phase_from_name(const char *name, enum run_phase *ret) {
    int found = text_index(phase_names, PHASE_COUNT, name);
    if (found < 0)
        return false;
    *ret = (enum run_phase)found;
    return true;
}

/* Page cache on the unevictable list (mlocked files, ramfs): file - shmem is on the active, the inactive or
 * the unevictable list. The counters are flushed apart from each other, so the difference is bounded by
 * `unevictable`. */
static int64_t unevictable_file(const struct snapshot *snapshot) {
    struct known_i64 cache = snapshot_file_cache(snapshot);
    if (!cache.known || !snapshot->file.known || !snapshot->unevictable.known)
        return 0;
    int64_t rest = snapshot->file.value - known_or(snapshot->shmem, 0) - cache.value;
    if (rest < 0)
        return 0;
    return rest < snapshot->unevictable.value ? rest : snapshot->unevictable.value;
}

int64_t snapshot_spare_slab(const struct snapshot *snapshot) {
    int64_t slab = known_or(snapshot->slab_reclaimable, 0);
    return slab > SNAPSHOT_SLAB_HELD_BYTES ? slab - SNAPSHOT_SLAB_HELD_BYTES : 0;
}

struct known_i64 snapshot_needed(const struct snapshot *snapshot) {
    if (!snapshot->anon.known)
        return UNKNOWN_I64;
    int64_t needed = snapshot->anon.value + known_or(snapshot->shmem, 0) + known_or(snapshot->kernel, 0) +
                     known_or(snapshot->sock, 0) + unevictable_file(snapshot) - snapshot_spare_slab(snapshot);
    return known_i64(needed > 0 ? needed : 0);
}

struct known_i64 snapshot_file_cache(const struct snapshot *snapshot) {
    if (!snapshot->active_file.known && !snapshot->inactive_file.known)
        return UNKNOWN_I64;
    return known_i64(known_or(snapshot->active_file, 0) + known_or(snapshot->inactive_file, 0));
}

struct known_i64 snapshot_working_set(const struct snapshot *snapshot) {
    if (!snapshot->usage.known || !snapshot->inactive_file.known)
        return UNKNOWN_I64;
    int64_t set = snapshot->usage.value - snapshot->inactive_file.value;
    return known_i64(set > 0 ? set : 0);
}

void trough_lower(struct trough *trough, const struct trough *other) {
    if (other->needed.known && (!trough->needed.known || other->needed.value < trough->needed.value))
        *trough = *other;
}

void trough_look(struct trough *trough, const struct snapshot *seen) {
    const struct trough now = {.needed = snapshot_needed(seen),
                               .anon = seen->anon,
                               .shmem = seen->shmem,
                               .kernel = seen->kernel,
                               .tasks = seen->tasks};
    trough_lower(trough, &now);
}
