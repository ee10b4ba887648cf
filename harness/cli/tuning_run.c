#include "cli/tuning_run.h"

#include <unistd.h>

#include "analysis/tuning.h"
#include "cli/search_run.h"

/* Runs that end for reasons outside the target are repeated, this often at most. */
#define REPEATS_MAX 2

/* After it `runs` more are to come. */
static int run_once(struct session *session, int64_t limit_bytes, const char *why, int runs) {
    struct trial_spec spec = search_spec(session, PURPOSE_VERIFY, limit_bytes);
    struct outlook outlook;
    outlook_of_repeats(session->result.trials, session->result.trial_count, runs, &outlook);
    progress_expect(&session->progress, &outlook);
    spec.settings = &session->result.recommendation.runtime;
    return session_run(session, &spec, why);
}

/* A run that the budget would cut short is not begun. */
static bool has_time(const struct session *session) {
    const struct trial *last = session_last(session);
    return !session->options->budget_ns || session_budget_left_ns(session) > 2 * last->exit.duration_ns;
}

static enum tuning_verdict judge(struct session *session) {
    struct result *result = &session->result;
    return tuning_judge(result->trials, result->trial_count, result->recommendation.limit_bytes,
                        &result->recommendation.runtime);
}

/* Up to the first that dies; runs of before it was resumed count. */
static int run_all(struct session *session, enum tuning_verdict *ret) {
    const struct runtime_advice *advice = &session->result.recommendation.runtime;
    enum tuning_verdict verdict = judge(session);
    for (int useless = 0; advice->tried_runs < TUNING_RUNS && advice->tried_ooms == 0 &&
                          useless <= REPEATS_MAX && has_time(session);) {
        int before = advice->tried_runs;
        int status = run_once(session, session->result.recommendation.limit_bytes, "with its settings",
                              TUNING_RUNS - 1 - before);
        if (status == STATUS_INCONCLUSIVE)
            break;
        if (status)
            return status;
        verdict = judge(session);
        useless += advice->tried_runs == before;
    }
    *ret = verdict;
    return STATUS_OK;
}

static const struct trial *find_tuned(const struct result *result, int64_t limit_bytes) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].tuned && known_or(result->trials[i].limit_bytes, 0) == limit_bytes)
            return &result->trials[i];
    return NULL;
}

/* One run where it died of its heap alone. */
static int try_where_it_died(struct session *session) {
    struct result *result = &session->result;
    struct known_i64 limit = tuning_heap_bound_limit(
        result->trials, result->trial_count, result->recommendation.runtime.runtime, &result->oom_point);
    if (!limit.known)
        return STATUS_OK;
    if (!find_tuned(result, limit.value) && has_time(session)) {
        int status = run_once(session, limit.value, "its settings, where it died", 0);
        if (status)
            return status == STATUS_INCONCLUSIVE ? STATUS_OK : status;
    }
    const struct trial *trial = find_tuned(result, limit.value);
    if (trial && trial_lived(trial))
        tuning_tell_heap_bound(limit.value, &result->recommendation);
    return STATUS_OK;
}

int tuning_try(struct session *session) {
    struct result *result = &session->result;
    struct recommendation *recommendation = &result->recommendation;
    struct tuning_input input = {
        .runtime = tuning_find_runtime(result->trials, result->trial_count),
        .limit_bytes = recommendation->limit_bytes,
        .cpus = result->host.cpus,
        .trials = result->trials,
        .trial_count = result->trial_count,
        .argv = session->words ? session->words : session->target.argv,
        .environments = {session->target.extra_env, session->words ? session->image.environment : environ},
    };
    runtime_advice_free(&recommendation->runtime);
    tuning_advise(&input, &recommendation->runtime);
    const char *own = tuning_own_setting(&input);
    if (own)
        recommendation_reason(recommendation,
                              "What it is told of its own memory already (%s) stays as it is.", own);
    if (recommendation->runtime.setting_count == 0)
        return STATUS_OK;
    enum tuning_verdict verdict = TUNING_UNTRIED;
    int status = run_all(session, &verdict);
    /* What is advised against is not praised for a lower limit. */
    if (status == STATUS_OK && verdict != TUNING_DIED && verdict != TUNING_SLOWER)
        status = try_where_it_died(session);
    tuning_conclude(verdict, recommendation);
    return status;
}
