/* Takes readings of a group and turns them into what a trial needs to remember, in constant memory.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include "kernel/cgroup.h"
#include "model/trial.h"

/* Receives every reading as it is taken. Returns false once it can take no more (a full disk): the trial goes
 * on. */
struct sample_sink {
    bool (*write)(void *context, const struct snapshot *sample);
    void *context;
};

struct sampler {
    const struct cgroup *group;
    struct sample_sink sink;
    int64_t start_ns;
    int64_t stock_bytes; /* memory charged ahead of use: 64 pages for each CPU */
    int64_t count;
    bool lost;
    struct snapshot last;
    struct known_i64 tasks;    /* threads, told by whoever counts them */
    enum run_phase phase;      /* likewise told */
    struct known_i64 until_ns; /* since the start: what comes later is not in the series. Its end, when asked
                                  to stop, is no part of its course */
    struct series series;
    struct known_i64 peak;
    struct known_i64 unreclaimable;  /* A: max of anon + shmem + kernel + ... at the readings */
    struct known_i64 peak_less_file; /* E: max over windows of window peak - reclaimable */
    struct known_i64 file_cache;     /* highest seen */
    struct known_i64 reclaimable;    /* highest seen: page cache and spare slab */
};

/* Memory the kernel charges ahead of use, at most: MEMCG_CHARGE_BATCH (mm/memcontrol.c) pages for each CPU.
 */
int64_t sampler_charge_stock(int cpus, int64_t page_bytes);

void sampler_begin(struct sampler *sampler, const struct cgroup *group, struct sample_sink sink,
                   int64_t start_ns, int64_t stock_bytes);

/* One reading now. Some ten microseconds. */
void sampler_take(struct sampler *sampler, int64_t now_ns);

/* Folds in a reading that somebody else took, and hands it on to the sink. */
void sampler_keep(struct sampler *sampler, const struct snapshot *now);

/* Folds one reading in: the pure half of sampler_take(). */
void sampler_fold(struct sampler *sampler, const struct snapshot *now);

/* Hands the findings to the trial, the series with them. Needed memory is the larger of what the readings saw
 * (A, blind between readings) and what the peaks say (E less the charge stock, blind to nothing, but a little
 * high): measurements of both put the truth between them. */
void sampler_finish(struct sampler *sampler, struct trial *trial);
