#include "model/outcome.h"

#include "base/text.h"

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

static const char *const stop_reason_names[STOP_COUNT] = {
    [STOP_NONE] = "none",           [STOP_AT_OOM] = "oom",          [STOP_TIMEOUT] = "timeout",
    [STOP_SLOW] = "slow",           [STOP_BUDGET] = "budget",       [STOP_DONE] = "done",
    [STOP_INTERRUPT] = "interrupt", [STOP_NOT_READY] = "not-ready", [STOP_LOAD] = "load",
    [STOP_ENGINE] = "engine",
};

const char *outcome_name(enum outcome outcome) {
    return outcome_names[outcome];
}

bool outcome_from_name(const char *name, enum outcome *ret) {
    int found = text_index(outcome_names, OUTCOME_COUNT, name);
    if (found >= 0)
        *ret = (enum outcome)found;
    return found >= 0;
}

const char *purpose_name(enum purpose purpose) {
    return purpose_names[purpose];
}

bool purpose_from_name(const char *name, enum purpose *ret) {
    int found = text_index(purpose_names, PURPOSE_COUNT, name);
    if (found >= 0)
        *ret = (enum purpose)found;
    return found >= 0;
}

const char *stop_reason_name(enum stop_reason reason) {
    return stop_reason_names[reason];
}

bool stop_reason_from_name(const char *name, enum stop_reason *ret) {
    int found = text_index(stop_reason_names, STOP_COUNT, name);
    if (found >= 0)
        *ret = (enum stop_reason)found;
    return found >= 0;
}
