#include "model/outcome.h"

#include <string.h>

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_SURVIVED] = "survived",
    [OUTCOME_OOM] = "oom",
    [OUTCOME_RUNTIME_OOM] = "runtime-oom",
    [OUTCOME_SLOW] = "slow",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_TIMEOUT] = "timeout",
    [OUTCOME_KILLED] = "killed",
    [OUTCOME_OUTSIDE_OOM] = "outside-oom",
    [OUTCOME_HARNESS_ERROR] = "harness-error",
};

static const char *const purpose_names[PURPOSE_COUNT] = {
    [PURPOSE_PROFILE] = "profile", [PURPOSE_PROBE] = "probe", [PURPOSE_CONFIRM] = "confirm",
    [PURPOSE_VERIFY] = "verify",   [PURPOSE_STEP] = "step",
};

static bool find(const char *const *names, int count, const char *name, int *ret) {
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

bool outcome_is_death(enum outcome outcome) {
    switch (outcome) {
    case OUTCOME_OOM:
    case OUTCOME_RUNTIME_OOM:
    case OUTCOME_SLOW:
    case OUTCOME_TIMEOUT:
    case OUTCOME_FAILED: /* it succeeded without a limit, and only the limit is another */
        return true;
    default:
        return false;
    }
}

const char *outcome_name(enum outcome outcome) {
    return outcome_names[outcome];
}

bool outcome_from_name(const char *name, enum outcome *ret) {
    int found;
    if (!find(outcome_names, OUTCOME_COUNT, name, &found))
        return false;
    *ret = (enum outcome)found;
    return true;
}

const char *purpose_name(enum purpose purpose) {
    return purpose_names[purpose];
}

bool purpose_from_name(const char *name, enum purpose *ret) {
    int found;
    if (!find(purpose_names, PURPOSE_COUNT, name, &found))
        return false;
    *ret = (enum purpose)found;
    return true;
}
