/* One run of the target under one limit, from the making of its group to its removal.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <signal.h>

#include "model/result.h"
#include "trial/keeper.h"
#include "trial/sampler.h"

/* What a trial needs of the machine; the same for every trial of an invocation. Borrowed. */
struct trial_machine {
    struct cgroup_site *site;
    struct keeper *keeper;
    const struct host *host;
    /* Raised by signal handlers: 1 asks the target to stop, 2 kills it. The signals are blocked except while
     * the trial waits, with `wait_mask`. */
    const volatile sig_atomic_t *interrupts;
    const sigset_t *wait_mask;
};

/* For the live line; passed about ten times a second. */
struct trial_progress {
    const struct trial_spec *spec;
    int64_t elapsed_ns;
    struct known_i64 usage_bytes;
};

/* Where the trial's output goes. Any may be NULL. */
struct trial_hooks {
    void *context;
    bool (*sample)(void *context, const struct snapshot *sample);
    void (*output)(void *context, const char *bytes, size_t length); /* stdout and stderr as they come */
    void (*progress)(void *context, const struct trial_progress *progress);
};

/* Runs it. Returns 0 with *ret filled (outcome and evidence included), or a negative errno when the harness
 * or the machine failed; *ret_status then is 125, or 126 or 127 where the target could not be executed. In
 * every case no process and no group is left behind. */
int trial_run(const struct target *target, const struct trial_spec *spec, const struct trial_machine *machine,
              const struct trial_hooks *hooks, struct trial *ret, int *ret_status, struct error *error);
