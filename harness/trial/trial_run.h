/* One run of the target under one limit, from the making of its group to its removal.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <signal.h>

#include "model/result.h"
#include "trial/keeper.h"
#include "trial/sampler.h"
#include "trial/witness.h"

/* What a trial needs of the machine; the same for every trial of an invocation. Borrowed. */
struct trial_machine {
    struct cgroup_site *site;
    struct keeper *keeper;
    struct engine *engine; /* for a target that is an image; NULL: there is none */
    const struct host *host;
    const struct runner_limit *runner; /* NULL: not known */
    struct witness *witness;           /* NULL: none */
    /* Raised by signal handlers: 1 asks the target to stop, 2 kills it. The signals are blocked except while
     * the trial waits, with `wait_mask`. */
    const volatile sig_atomic_t *interrupts;
    /* Raised whenever this process is continued (SIGCONT), which is blocked likewise; NULL: nobody counts. */
    const volatile sig_atomic_t *continues;
    const sigset_t *wait_mask;
};

/* For whoever shows what goes on; passed about ten times a second. */
struct trial_progress {
    const struct trial_spec *spec;
    int64_t elapsed_ns;
    struct known_i64 limit_bytes; /* in force now; unknown: none */
    struct known_i64 usage_bytes;
    struct known_i64 needed_bytes; /* that could not be reclaimed, and the highest usage, so far */
    struct known_i64 peak_bytes;
    struct known_i64 stall_us; /* all of it was stalled for memory, since its group was made; unknown on v1 */
    int cycle;                 /* of a service whose load is repeated, from 1; 0: it is not, or not yet */
    int cycles;                /* in all */
    const char *phase;         /* of a service: "starting", "load", ...; static text; NULL: it is none */
};

/* Where the trial's output goes. Any may be NULL. */
struct trial_hooks {
    void *context;
    bool (*sample)(void *context, const struct snapshot *sample);
    void (*output)(void *context, const char *bytes, size_t length);      /* stdout and stderr as they come */
    void (*load_output)(void *context, const char *bytes, size_t length); /* of a service's load */
    void (*progress)(void *context, const struct trial_progress *progress);
    void (*warn)(void *context, const struct error *error); /* of what could not be removed */
};

/* Runs it. Returns 0 with *ret filled (outcome and evidence included), or a negative errno when the harness
 * or the machine failed; *ret_status then is 125, or 126 or 127 where the target could not be executed. In
 * every case no process, no group and no container is left behind, or what is left is warned of. */
int trial_run(const struct target *target, const struct trial_spec *spec, const struct trial_machine *machine,
              const struct trial_hooks *hooks, struct trial *ret, int *ret_status, struct error *error);
