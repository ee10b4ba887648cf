#include "trial/sampler.h"

#include "base/units.h"

#define CHARGE_BATCH_PAGES ((int64_t)64)

int64_t sampler_charge_stock(int cpus, int64_t page_bytes) {
    return CHARGE_BATCH_PAGES * cpus * page_bytes;
}

void sampler_begin(struct sampler *sampler, const struct cgroup *group, struct sample_sink sink,
                   int64_t start_ns, int64_t stock_bytes) {
    *sampler =
        (struct sampler){.group = group, .sink = sink, .start_ns = start_ns, .stock_bytes = stock_bytes};
}

static struct known_i64 reclaimable_of(const struct snapshot *snapshot) {
    struct known_i64 cache = snapshot_file_cache(snapshot);
    if (!cache.known)
        return UNKNOWN_I64;
    return known_i64(cache.value + snapshot_spare_slab(snapshot));
}

void sampler_fold(struct sampler *sampler, const struct snapshot *now) {
    struct known_i64 before = reclaimable_of(&sampler->last);
    struct known_i64 after = reclaimable_of(now);
    known_raise(&sampler->peak, now->window_peak);
    known_raise(&sampler->peak, now->total_peak);
    known_raise(&sampler->peak, now->usage);
    known_raise(&sampler->unreclaimable, snapshot_needed(now));
    known_raise(&sampler->file_cache, snapshot_file_cache(now));
    known_raise(&sampler->reclaimable, after);
    /* When within the window the peak was is not known, so neither is the page cache it held: the larger of
     * both ends makes E err to the low side, where A stands beside it. */
    if (now->window_peak.known && after.known)
        known_raise(&sampler->peak_less_file,
                    known_i64(now->window_peak.value - i64_larger(known_or(before, 0), after.value)));
    if (now->time_ns <= known_or(sampler->until_ns, INT64_MAX))
        series_add(&sampler->series, now);
    sampler->last = *now;
    sampler->count++;
}

void sampler_keep(struct sampler *sampler, const struct snapshot *now) {
    sampler_fold(sampler, now);
    if (sampler->sink.write && !sampler->lost)
        sampler->lost = !sampler->sink.write(sampler->sink.context, now);
}

void sampler_take(struct sampler *sampler, int64_t now_ns) {
    struct snapshot now = {.time_ns = now_ns - sampler->start_ns};
    sampler->group->ops->read_sample(sampler->group, &now);
    now.tasks = sampler->tasks;
    now.phase = sampler->phase;
    sampler_keep(sampler, &now);
}

void sampler_finish(struct sampler *sampler, struct trial *trial) {
    /* Without a peak that can be reset the whole run is one window. */
    if (!sampler->peak_less_file.known && sampler->last.total_peak.known && sampler->reclaimable.known)
        sampler->peak_less_file = known_i64(sampler->peak.value - sampler->reclaimable.value);
    trial->peak_bytes = sampler->peak;
    trial->unreclaimable_bytes = sampler->unreclaimable;
    trial->peak_less_file_bytes = sampler->peak_less_file;
    trial->file_cache_bytes = sampler->file_cache;
    trial->needed_bytes = sampler->unreclaimable;
    if (sampler->peak_less_file.known)
        known_raise(&trial->needed_bytes,
                    known_i64(i64_larger(0, sampler->peak_less_file.value - sampler->stock_bytes)));
    trial->working_set_p95_bytes =
        series_working_set_quantile(&sampler->series, 0, sampler->series.count, 0.95);
    trial->series = sampler->series;
    trial->sample_count = sampler->count;
    trial->samples_lost = sampler->lost;
    sampler->series = (struct series){0};
}
