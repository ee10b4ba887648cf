#include <stdio.h>

#include "analysis/pace.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "output/curve.h"

static int runs_wanted(const struct options *options) {
    return ((int)options->limit_count + options->limits_none) * (int)options->repeat;
}

static int run_one(struct session *session, struct known_i64 limit, int repeat) {
    struct trial_spec spec = session_spec(session, PURPOSE_STEP);
    int repeats = (int)session->options->repeat;
    struct outlook outlook;
    outlook_of_repeats(session->result.trials, session->result.trial_count,
                       runs_wanted(session->options) - spec.id, &outlook);
    progress_expect(&session->progress, &outlook);
    spec.limit_bytes = limit;
    spec.stop_at_oom = limit.known;
    spec.slow_ns = limit.known ? pace_slow_after(session->result.trials, session->result.trial_count) : 0;
    char why[64] = "";
    if (repeats > 1)
        snprintf(why, sizeof why, "%d of %d", repeat, repeats);
    return session_run(session, &spec, why);
}

static bool is_at(const struct trial *trial, struct known_i64 limit) {
    return trial->purpose == PURPOSE_STEP && trial->limit_bytes.known == limit.known &&
           known_or(trial->limit_bytes, 0) == known_or(limit, 0);
}

/* As often as asked for, less what is there already of a run that is resumed. */
static int run_at(struct session *session, struct known_i64 limit) {
    int there = 0;
    for (size_t i = 0; i < session->result.trial_count; i++)
        there += is_at(&session->result.trials[i], limit);
    for (int repeat = there + 1; repeat <= session->options->repeat; repeat++) {
        int status = run_one(session, limit, repeat);
        if (status)
            return status;
    }
    return STATUS_OK;
}

static int run_all(struct session *session) {
    const struct options *options = session->options;
    int status = options->limits_none ? run_at(session, UNKNOWN_I64) : STATUS_OK;
    for (size_t i = options->limit_count; i-- > 0 && status == STATUS_OK;)
        status = run_at(session, known_i64(options->limits[i]));
    return status;
}

/* Did it fail without a limit too? */
static bool fails_anyway(const struct result *result) {
    bool failed = false;
    for (size_t i = 0; i < result->trial_count; i++) {
        if (!result->trials[i].limit_bytes.known && trial_lived(&result->trials[i]))
            return false;
        failed = failed || (!result->trials[i].limit_bytes.known && trial_died(&result->trials[i]));
    }
    return failed;
}

static int run(struct options *options) {
    struct session session;
    int status = session_open(&session, options, "step", true);
    if (status)
        return status;
    progress_opening(&session.progress, &session.result);
    status = run_all(&session);
    struct strbuf text = {0};
    session_tell_interrupt(&session, status);
    curve_table(&session.result, &text);
    strbuf_add(&text, text.length ? "\n" : "");
    progress_words(&session.progress, strbuf_text(&text));
    strbuf_free(&text);
    if (status == STATUS_OK && fails_anyway(&session.result))
        status = STATUS_TARGET_FAILS;
    status = session_save(&session, status);
    session_close(&session);
    return status;
}

const struct command cmd_step = {
    .name = "step",
    .summary = "run the target once per limit of a list or range: the curve",
    .synopsis = "--limits LIST [options] [--] TARGET [ARG...]",
    .details =
        "Starts at the largest limit, or without one where the list ends in \",none\", so that a healthy "
        "run\n"
        "tells how long one takes: the others are compared with it, and one that takes ten times as long\n"
        "is stopped and called slow.",
    .example = "plimsoll step --limits 64Mi..256Mi:x1.25 -- ./app",
    .groups = GROUP_LIMITS | GROUP_TARGET | GROUP_RIGHTS | GROUP_SERVICE | GROUP_COURSE | GROUP_OUTPUT,
    .takes_target = true,
    .run = run,
};
