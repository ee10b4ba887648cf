/* One reading of a memory cgroup's counters, the same on cgroup v1 and v2, and what is derived from it.
 * Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>

#include "base/known.h"

/* What a run was at when a reading was taken. */
enum run_phase {
    PHASE_UNKNOWN,  /* nobody said, as of a group that is only watched */
    PHASE_STARTING, /* a service that is not ready */
    PHASE_WARMUP,   /* ready, under a load that does not count */
    PHASE_RUNNING,
    PHASE_STOPPING, /* it was asked to stop, or was ended by us; what is left afterwards, too */
    PHASE_ENDED,    /* what is left after it ended by itself */
    PHASE_COUNT,
};

/* The word in the samples file: "starting", "warm-up", ...; "" for PHASE_UNKNOWN. Static text. */
const char *run_phase_name(enum run_phase phase);
bool run_phase_from_name(const char *name, enum run_phase *ret);

/* All in bytes. What the kernel does not offer is unknown. */
struct snapshot {
    int64_t time_ns;              /* since the target started, monotonic */
    struct known_i64 usage;       /* memory.current; v1 usage_in_bytes */
    struct known_i64 window_peak; /* highest usage since the last reading; needs a resettable peak */
    struct known_i64 total_peak;  /* highest usage since the group was made; where the peak cannot be reset */
    struct known_i64 anon;        /* anonymous, v1 rss */
    struct known_i64 file;        /* page cache with shmem, v1 cache */
    struct known_i64 shmem;       /* tmpfs, shared anonymous: within file, but not reclaimable without swap */
    struct known_i64 kernel;      /* page tables, stacks, slab, ... */
    struct known_i64 slab_reclaimable;
    struct known_i64 slab_unreclaimable;
    struct known_i64 sock;
    struct known_i64 active_file;
    struct known_i64 inactive_file;
    struct known_i64 unevictable;
    struct known_i64 swap;
    struct known_i64 refault_file; /* pages, cumulative */
    struct known_i64 tasks;        /* threads; not counted at every reading, so it may be a little old */
    enum run_phase phase;
};

/* Reclaimable slab that is taken as in use: inodes of open files and dentries on their paths are called
 * reclaimable, but are not while they are held. Measured on 6.1 and 6.12: 0.1 to 0.4 MiB for plain programs.
 */
#define SNAPSHOT_SLAB_HELD_BYTES ((int64_t)1024 * 1024)

/* Reclaimable slab beyond that; 0 where the kernel does not tell it. */
int64_t snapshot_spare_slab(const struct snapshot *snapshot);

/* Memory that reclaim cannot take back with swap off: anon + shmem + kernel + sock + unevictable page cache,
 * less spare slab. Unknown where anon is. */
struct known_i64 snapshot_needed(const struct snapshot *snapshot);

/* Page cache on the LRU lists: what reclaim can drop. Unknown where neither list is known. */
struct known_i64 snapshot_file_cache(const struct snapshot *snapshot);

/* max(0, usage - inactive_file): the kubelet's working set (cadvisor, container/libcontainer/handler.go). */
struct known_i64 snapshot_working_set(const struct snapshot *snapshot);

/* What a target held when it held least, in bytes; all unknown where nothing was read. */
struct trough {
    struct known_i64 needed;
    struct known_i64 anon;
    struct known_i64 shmem;
    struct known_i64 kernel;
    struct known_i64 tasks; /* threads */
};

/* Takes over a reading that is lower. */
void trough_look(struct trough *trough, const struct snapshot *seen);

/* The lower of both. */
void trough_lower(struct trough *trough, const struct trough *other);
