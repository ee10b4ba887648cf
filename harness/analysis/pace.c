#include "analysis/pace.h"

#include <stdio.h>

#include "base/units.h"

#define SLOW_RATIO 10

/* Keeps a hiccup of the machine from ending a run of milliseconds. */
#define SLOW_FLOOR_NS (2 * NS_PER_S)

/* Page cache read again beyond what the reference read at all. */
#define REFAULTS_LEAST_BYTES (1 * MIB)

/* From here on more CPU time is the limit's doing. By judgement: java near its OOM point takes four times as
 * much, and what runs beside it makes CPU time a little dearer for anyone. */
#define CPU_RATIO 1.25

/* Share of the excess that has to be explained: the rest may be waiting for what others do. */
#define EXPLAINED_SHARE 0.5

/* So much more CPU than there is may be asked for: what is left when two that wait now and then meet. */
#define CPU_SLACK 0.1

/* Each may need twice its peak: what one has left behind is not gone at once. */
#define MEMORY_EACH 2

int64_t pace_slow_after(const struct trial *trials, size_t count) {
    int64_t fastest = 0;
    for (size_t i = 0; i < count; i++)
        if (trial_lived(&trials[i]) && (!fastest || trials[i].exit.duration_ns < fastest))
            fastest = trials[i].exit.duration_ns;
    if (!fastest)
        return 0;
    int64_t after = fastest * SLOW_RATIO;
    return after > fastest + SLOW_FLOOR_NS ? after : fastest + SLOW_FLOOR_NS;
}

const struct trial *pace_reference(const struct trial *trials, size_t count) {
    const struct trial *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!trial_lived(&trials[i]))
            continue;
        if (!trials[i].limit_bytes.known)
            return &trials[i];
        if (!best || trials[i].limit_bytes.value > best->limit_bytes.value)
            best = &trials[i];
    }
    return best;
}

/* What of the limit's doing explains the time beyond the reference's; NULL: nothing does. */
static const char *find_explanation(const struct trial *reference, const struct trial *trial,
                                    double excess_s) {
    /* Files that were evicted before count as read again too, once. */
    int64_t read_anyway = known_or(reference->refault_bytes, 0);
    if (known_or(reference->file_cache_bytes, 0) > read_anyway)
        read_anyway = reference->file_cache_bytes.value;
    if (known_or(trial->refault_bytes, 0) > read_anyway + REFAULTS_LEAST_BYTES)
        return "page cache was dropped and had to be read again";
    double trial_s = (double)trial->exit.duration_ns / (double)NS_PER_S;
    double reference_s = (double)reference->exit.duration_ns / (double)NS_PER_S;
    if (trial->stall_ratio.known &&
        trial->stall_ratio.value * trial_s -
                (reference->stall_ratio.known ? reference->stall_ratio.value : 0) * reference_s >
            EXPLAINED_SHARE * excess_s)
        return "it was stalled for memory";
    /* In user mode, as a garbage collector does: what the kernel takes for a page varies with the machine. */
    if (trial->user_cpu_s.known && reference->user_cpu_s.known &&
        trial->user_cpu_s.value > reference->user_cpu_s.value * CPU_RATIO &&
        trial->user_cpu_s.value - reference->user_cpu_s.value > EXPLAINED_SHARE * excess_s)
        return "it spent more CPU time";
    return NULL;
}

void pace_judge(const struct trial *trials, size_t count, double max_ratio, struct trial *trial) {
    const struct trial *reference = pace_reference(trials, count);
    if (!reference || reference->exit.duration_ns <= 0)
        return;
    int64_t excess_ns = trial->exit.duration_ns - reference->exit.duration_ns;
    double ratio = (double)trial->exit.duration_ns / (double)reference->exit.duration_ns;
    trial->slowdown_ratio = known_f64(ratio);
    if (trial->outcome != OUTCOME_SURVIVED || !trial->limit_bytes.known || ratio <= max_ratio ||
        excess_ns < PACE_TIME_LEAST_NS || trial->crowded)
        return;
    const char *why = find_explanation(reference, trial, (double)excess_ns / (double)NS_PER_S);
    if (!why)
        return;
    char detail[200];
    snprintf(detail, sizeof detail, "%.2fx as long as %s (%s, %s): %s", ratio,
             reference->limit_bytes.known ? "at the highest limit" : "without a limit",
             duration_text(trial->exit.duration_ns).s, duration_text(reference->exit.duration_ns).s, why);
    trial_add_evidence(trial, "pace", detail);
    trial->outcome = OUTCOME_SLOW;
}

int pace_side_by_side(const struct trial *profile, int jobs, const struct host *host,
                      struct known_i64 room_bytes, char *why, size_t why_size) {
    double wall_s = (double)profile->exit.duration_ns / (double)NS_PER_S;
    double cpus = profile->cpu_s.known && wall_s > 0 ? profile->cpu_s.value / wall_s : host->cpus;
    int64_t need = known_or(profile->peak_bytes, 0) * MEMORY_EACH;
    int by_cpu = cpus * jobs > host->cpus + CPU_SLACK ? (int)((host->cpus + CPU_SLACK) / cpus) : jobs;
    int by_memory = profile->peak_bytes.known ? jobs : 1;
    if (need > 0 && room_bytes.known && room_bytes.value / need < jobs)
        by_memory = (int)(room_bytes.value / need);
    int most = by_cpu < by_memory ? by_cpu : by_memory;
    if (most < 1)
        most = 1;
    if (most < jobs && by_cpu <= by_memory)
        snprintf(why, why_size, "it keeps %.1f CPU%s busy, and there %s %d", cpus, cpus == 1 ? "" : "s",
                 host->cpus == 1 ? "is" : "are", host->cpus);
    else if (most < jobs && profile->peak_bytes.known)
        snprintf(why, why_size, "it peaks at %s, and %s are free", bytes_text(profile->peak_bytes.value).s,
                 bytes_text(room_bytes.value).s);
    else if (most < jobs)
        snprintf(why, why_size, "how much memory it peaks at is not known");
    return most;
}
