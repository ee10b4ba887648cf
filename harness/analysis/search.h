/* The search for the OOM point: which limit to try next. Runs nothing; all it knows is the trials so far, so
 * a search can be taken up again from stored trials. Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "analysis/picture.h"

/* No limit below this is asked for. Below it chance decides, since what two CPUs have charged ahead is an
 * eighth of it; a limit that cannot hold that makes the kernel loop (systemd#40208); and no container engine
 * starts anything in less (Docker asks for 6 MiB, CRI-O for 12). */
#define SEARCH_FLOOR_BYTES ((int64_t)4 * 1024 * 1024)

/* Docker makes no container with less: "Minimum memory limit allowed is 6MB" (daemon/daemon_unix.go,
 * linuxMinMemory). */
#define SEARCH_CONTAINER_FLOOR_BYTES ((int64_t)6 * 1024 * 1024)

enum search_strategy {
    SEARCH_PREDICT, /* one probe above the prediction, one below */
    SEARCH_BISECT,  /* halving between floor and ceiling, for comparison */
    SEARCH_STEP,    /* down from the peak in coarse steps, then up in fine ones, for comparison */
};

struct search_config {
    enum search_strategy strategy;
    double precision_ratio; /* widest bracket, relative to its lower end */
    int confirm;            /* runs on each side of the bracket; one may become two where it is no evidence */
    int runs_max;           /* after so many limited runs the search gives up */
    int64_t page_bytes;
    int64_t stock_bytes;   /* charged ahead of use, at most (sampler_charge_stock); 0: not known */
    int64_t noise_bytes;   /* no bracket narrower than this means anything (search_charge_noise) */
    int64_t floor_bytes;   /* never below; 0: SEARCH_FLOOR_BYTES */
    int64_t ceiling_bytes; /* never above */
};

enum search_verdict {
    SEARCH_RUN,          /* run `limit_bytes` */
    SEARCH_DONE,         /* the bracket is narrow and both ends are confirmed */
    SEARCH_AT_FLOOR,     /* it lives at the smallest limit that is tried */
    SEARCH_OVER_CEILING, /* it dies at the ceiling */
    SEARCH_GAVE_UP,      /* runs_max reached, or trials keep ending for reasons outside the target */
};

struct search_step {
    enum search_verdict verdict;
    enum purpose purpose;
    int64_t limit_bytes;
    char why[64]; /* a few words for the progress table */
};

/* How wide a bracket must be to mean anything: one charge batch (MEMCG_CHARGE_BATCH, 64 pages). Where several
 * tasks run on several CPUs one more: what each has charged ahead on one CPU is missing on another, and which
 * has what differs from run to run. Measured with gcc, redis and postgres: up to 0.4 MiB either way. */
int64_t search_charge_noise(const struct trial *profile, int cpus, int64_t page_bytes);

/* What to do after these trials. The profile is that of result_profile(); verification runs are ignored. */
void search_next(const struct search_config *config, const struct trial *trials, size_t count,
                 struct search_step *ret);

/* What is expected of a run at this limit, OUTCOME_SURVIVED or OUTCOME_OOM: as most there before it, else as
 * the prediction says. */
enum outcome search_expected(const struct search_config *config, const struct trial *trials, size_t count,
                             int64_t limit);

/* What to do after these trials, when up to `most` runs can go side by side: the next run, and those that
 * would follow if each turned out as expected. `ret` holds `most`. Returns how many steps were filled (at
 * least 1); where the first is not SEARCH_RUN it is the only one. */
int search_next_batch(const struct search_config *config, const struct trial *trials, size_t count, int most,
                      struct search_step *ret);

/* The most runs that halving from floor to ceiling takes to the same precision, confirmations included. */
int search_halving_runs(const struct search_config *config);

/* The bracket as far as the trials show it. `known` is false where no limit survived. Where runs differ so
 * much that the threshold is a band (`mixed`), the ends lie outside it, and the bracket is as wide as that
 * takes; what was seen in between is told level by level. */
void search_conclude(const struct search_config *config, const struct trial *trials, size_t count,
                     struct oom_point *ret);
