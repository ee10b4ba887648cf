#include <stdio.h>

#include "analysis/pace.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"

static int run_one(struct session *session, int64_t limit, int repeat, int repeats) {
    struct trial_spec spec = session_spec(session, PURPOSE_STEP);
    spec.limit_bytes = known_i64(limit);
    spec.stop_at_oom = true;
    spec.slow_ns = pace_slow_after(session->result.trials, session->result.trial_count);
    char why[64] = "";
    if (repeats > 1)
        snprintf(why, sizeof why, "%d of %d", repeat, repeats);
    return session_run(session, &spec, why);
}

/* Runs at this limit that are there already: of a run that is resumed. */
static int runs_at(const struct result *result, int64_t limit) {
    int runs = 0;
    for (size_t i = 0; i < result->trial_count; i++)
        runs += result->trials[i].purpose == PURPOSE_STEP && result->trials[i].limit_bytes.known &&
                result->trials[i].limit_bytes.value == limit;
    return runs;
}

static int run_all(struct session *session) {
    const struct options *options = session->options;
    for (size_t i = options->limit_count; i-- > 0;) {
        int there = runs_at(&session->result, options->limits[i]);
        for (int repeat = there + 1; repeat <= options->repeat; repeat++) {
            int status = run_one(session, options->limits[i], repeat, (int)options->repeat);
            if (status)
                return status;
        }
    }
    return STATUS_OK;
}

static int run(struct options *options) {
    struct session session;
    int status = session_open(&session, options, "step", true);
    if (status)
        return status;
    session.progress.expected_trials = (int)options->limit_count * (int)options->repeat;
    progress_opening(&session.progress, &session.result);
    status = run_all(&session);
    struct strbuf text = {0};
    strbuf_addf(&text, "\nSaved      %s\n", session.store.path);
    progress_text(&session.progress, strbuf_text(&text));
    strbuf_free(&text);
    status = session_save(&session, status);
    session_close(&session);
    return status;
}

const struct command cmd_step = {
    .name = "step",
    .summary = "run the target once per limit of a list or range: the curve",
    .synopsis = "--limits LIST [options] [--] TARGET [ARG...]",
    .details = "Starts at the largest limit, so that a healthy run tells how long one takes; a run ten times "
               "longer\n"
               "is stopped and called slow.",
    .example = "plimsoll step --limits 64Mi..256Mi:x1.25 -- ./app",
    .groups = GROUP_LIMITS | GROUP_TARGET | GROUP_RESUME | GROUP_OUTPUT,
    .takes_target = true,
    .run = run,
};
