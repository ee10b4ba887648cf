/* model/outcome: the words that other programs depend on. */
#include "model/outcome.h"
#include "unit.h"

/* As the interface has them, not as the code does. */
static const struct {
    enum outcome outcome;
    const char *name;
} outcomes[] = {
    {OUTCOME_SURVIVED, "survived"},
    {OUTCOME_OOM, "oom"},
    {OUTCOME_RUNTIME_OOM, "runtime-oom"},
    {OUTCOME_SLOW, "slow"},
    {OUTCOME_FAILED, "failed"},
    {OUTCOME_TIMEOUT, "timeout"},
    {OUTCOME_KILLED, "killed"},
    {OUTCOME_OUTSIDE_OOM, "outside-oom"},
    {OUTCOME_HARNESS_ERROR, "harness-error"},
};

static const struct {
    enum purpose purpose;
    const char *name;
} purposes[] = {
    {PURPOSE_PROFILE, "profile"}, {PURPOSE_PROBE, "probe"}, {PURPOSE_CONFIRM, "confirm"},
    {PURPOSE_VERIFY, "verify"},   {PURPOSE_STEP, "step"},
};

TEST(outcomes_there_and_back) {
    ck_assert_int_eq(COUNT(outcomes), OUTCOME_COUNT);
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        enum outcome back = OUTCOME_COUNT;
        ROW_TEXT(outcome_name(outcomes[i].outcome), outcomes[i].name, "outcome_name");
        ROW(outcome_from_name(outcomes[i].name, &back) && back == outcomes[i].outcome, "%s read as %d",
            outcomes[i].name, back);
    }
}

TEST(purposes_there_and_back) {
    ck_assert_int_eq(COUNT(purposes), PURPOSE_COUNT);
    for (size_t i = 0; i < COUNT(purposes); i++) {
        enum purpose back = PURPOSE_COUNT;
        ROW_TEXT(purpose_name(purposes[i].purpose), purposes[i].name, "purpose_name");
        ROW(purpose_from_name(purposes[i].name, &back) && back == purposes[i].purpose, "%s read as %d",
            purposes[i].name, back);
    }
}

/* As trials.jsonl has them: a run that was broken off is taken up again by them. */
TEST(stop_reasons_there_and_back) {
    static const char *const names[] = {
        [STOP_NONE] = "none",           [STOP_AT_OOM] = "oom",          [STOP_TIMEOUT] = "timeout",
        [STOP_SLOW] = "slow",           [STOP_BUDGET] = "budget",       [STOP_DONE] = "done",
        [STOP_INTERRUPT] = "interrupt", [STOP_NOT_READY] = "not-ready", [STOP_LOAD] = "load",
        [STOP_ENGINE] = "engine"};
    ck_assert_int_eq(COUNT(names), STOP_COUNT);
    for (size_t i = 0; i < COUNT(names); i++) {
        enum stop_reason back = STOP_COUNT;
        ROW_TEXT(stop_reason_name((enum stop_reason)i), names[i], "stop_reason_name");
        ROW(stop_reason_from_name(names[i], &back) && back == (enum stop_reason)i, "%s read as %d", names[i],
            back);
    }
}

TEST(other_words_are_refused) {
    static const char *const words[] = {"", "OOM", "oom ", "runtime_oom", "oo", "oomm", "survive", "null"};
    for (size_t i = 0; i < COUNT(words); i++) {
        enum outcome outcome = OUTCOME_SLOW;
        enum purpose purpose = PURPOSE_STEP;
        ROW(!outcome_from_name(words[i], &outcome) && outcome == OUTCOME_SLOW, "\"%s\" read as outcome %d",
            words[i], outcome);
        ROW(!purpose_from_name(words[i], &purpose) && purpose == PURPOSE_STEP, "\"%s\" read as purpose %d",
            words[i], purpose);
    }
}

UNIT_MAIN("outcome_names", outcomes_there_and_back, purposes_there_and_back, stop_reasons_there_and_back,
          other_words_are_refused)
