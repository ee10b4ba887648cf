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
        if (trial_lived(&trials[i]) && !trials[i].squeezed &&
            (!fastest || trials[i].exit.duration_ns < fastest))
            fastest = trials[i].exit.duration_ns;
    if (!fastest)
        return 0;
    int64_t after = fastest * SLOW_RATIO;
    return after > fastest + SLOW_FLOOR_NS ? after : fastest + SLOW_FLOOR_NS;
}

const struct trial *pace_reference(const struct trial *trials, size_t count) {
    const struct trial *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!trial_lived(&trials[i]) || trials[i].squeezed)
            continue;
        if (!trials[i].limit_bytes.known)
            return &trials[i];
        if (!best || trials[i].limit_bytes.value > best->limit_bytes.value)
            best = &trials[i];
    }
    return best;
}

/* A charge fails where less than it asks for is left; the largest is a huge page. */
#define CHARGE_MOST_BYTES (2 * MIB)

/* Could its limit make it spend CPU time? It met it, or its runtime sizes itself from it. */
static bool is_squeezed_by(const struct trial *trial) {
    if (!trial->peak_bytes.known || trial->peak_bytes.value + CHARGE_MOST_BYTES >= trial->limit_bytes.value)
        return true;
    return trial->runtime != RUNTIME_NONE && trial->runtime != RUNTIME_PYTHON &&
           trial->runtime != RUNTIME_RUBY && trial->runtime != RUNTIME_PHP;
}

/* The most user CPU time that it took without a limit: it varies. */
static double usual_user_s(const struct trial *reference, const struct trial *trials, size_t count) {
    double most = reference->user_cpu_s.value;
    for (size_t i = 0; i < count; i++)
        if (trial_lived(&trials[i]) && !trials[i].squeezed && !trials[i].limit_bytes.known &&
            trials[i].user_cpu_s.known && trials[i].user_cpu_s.value > most)
            most = trials[i].user_cpu_s.value;
    return most;
}

/* How much of the reference's work it did: a load of a fixed time does less where the server is slower. 1
 * where that is not told. */
static double work_ratio(const struct trial *reference, const struct trial *trial) {
    struct known_f64 usual = service_rate(&reference->service);
    struct known_f64 rate = service_rate(&trial->service);
    double usual_work = usual.value * (double)service_load_ns(&reference->service);
    double work = rate.value * (double)service_load_ns(&trial->service);
    return usual.known && rate.known && usual_work > 0 && work > 0 ? work / usual_work : 1;
}

/* What of the limit's doing explains the time beyond the reference's; NULL: nothing does. */
static const char *find_explanation(const struct trial *reference, const struct trial *trials, size_t count,
                                    const struct trial *trial, double excess_s) {
    /* Files that were evicted before count as read again too, once. */
    int64_t read_anyway = known_or(reference->refault_bytes, 0);
    if (known_or(reference->file_cache_bytes, 0) > read_anyway)
        read_anyway = reference->file_cache_bytes.value;
    if (known_or(trial->refault_bytes, 0) > read_anyway + REFAULTS_LEAST_BYTES)
        return "page cache was dropped and had to be read again";
    /* Stall and CPU time are of the whole run, whatever of it was compared. */
    double trial_s = (double)trial->exit.duration_ns / (double)NS_PER_S;
    double reference_s = (double)reference->exit.duration_ns / (double)NS_PER_S;
    if (trial->stall_ratio.known &&
        trial->stall_ratio.value * trial_s -
                (reference->stall_ratio.known ? reference->stall_ratio.value : 0) * reference_s >
            EXPLAINED_SHARE * excess_s)
        return "it was stalled for memory";
    /* In user mode, as a garbage collector does: what the kernel takes for a page varies with the machine. */
    double user_s = trial->user_cpu_s.value / work_ratio(reference, trial);
    double usual_s = usual_user_s(reference, trials, count);
    if (trial->user_cpu_s.known && reference->user_cpu_s.known && is_squeezed_by(trial) &&
        user_s > usual_s * CPU_RATIO && user_s - usual_s > EXPLAINED_SHARE * excess_s)
        return "it spent more CPU time";
    return NULL;
}

/* By how much one run of the load fell behind the same run of the reference. */
static struct known_f64 load_ratio(const struct load_run *reference, const struct load_run *run) {
    struct known_f64 usual = reference->figures.rate_per_s;
    struct known_f64 now = run->figures.rate_per_s;
    if (usual.known && now.known && usual.value > 0 && now.value > 0)
        return known_f64(usual.value / now.value);
    /* A load of a fixed time takes as long however little it gets done. */
    if (usual.known || now.known || reference->duration_ns <= 0)
        return UNKNOWN_F64;
    return known_f64((double)run->duration_ns / (double)reference->duration_ns);
}

static void fill_service_pace(const struct trial *reference, struct trial *trial) {
    struct service_facts *facts = &trial->service;
    if (!trial_lived(trial) || facts->load_count == 0)
        return;
    facts->pace_ns = known_i64(service_load_ns(facts));
    if (!reference || reference->service.load_count != facts->load_count)
        return;
    double ratios = 0;
    for (size_t i = 0; i < facts->load_count; i++) {
        struct known_f64 ratio = load_ratio(&reference->service.loads[i], &facts->loads[i]);
        if (!ratio.known) {
            facts->pace_ns = UNKNOWN_I64;
            return;
        }
        ratios += ratio.value;
    }
    facts->pace_ns =
        known_i64((int64_t)((double)trial_pace_ns(reference) * ratios / (double)facts->load_count));
}

void pace_judge(const struct trial *trials, size_t count, double max_ratio, struct trial *trial) {
    if (trial->squeezed)
        return;
    const struct trial *reference = pace_reference(trials, count);
    fill_service_pace(reference, trial);
    /* Of a service that died, only that it died can be compared. */
    if (!reference || trial_pace_ns(reference) <= 0 ||
        trial->service.pace_ns.known != reference->service.pace_ns.known)
        return;
    int64_t excess_ns = trial_pace_ns(trial) - trial_pace_ns(reference);
    double ratio = (double)trial_pace_ns(trial) / (double)trial_pace_ns(reference);
    trial->slowdown_ratio = known_f64(ratio);
    if (trial->outcome != OUTCOME_SURVIVED || !trial->limit_bytes.known || ratio <= max_ratio ||
        excess_ns < PACE_TIME_LEAST_NS || trial->crowded)
        return;
    const char *why = find_explanation(reference, trials, count, trial, (double)excess_ns / (double)NS_PER_S);
    if (!why)
        return;
    char detail[200];
    snprintf(detail, sizeof detail, "%.2fx as long as %s (%s, %s): %s", ratio,
             reference->limit_bytes.known ? "at the highest limit" : "without a limit",
             duration_text(trial_pace_ns(trial)).s, duration_text(trial_pace_ns(reference)).s, why);
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
