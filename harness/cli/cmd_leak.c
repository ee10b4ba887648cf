/* leak: does it grow, over cycles of load or over time? */
#include <stdlib.h>

#include "analysis/leak.h"
#include "analysis/leak_trial.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/leak_series.h"
#include "cli/session.h"
#include "output/summary.h"
#include "output/summary_leak.h"

static void tell(struct session *session, const struct trial *trial, const struct leak *leak) {
    struct strbuf text = {0};
    bool interrupted = trial->exit.stop == STOP_INTERRUPT;
    if (interrupted) {
        strbuf_addf(&text, "Interrupted after %s: this is what was seen until then.\n",
                    duration_text(trial->exit.duration_ns).s);
    } else if (!trial_lived(trial)) {
        strbuf_add(&text, "The run ended before its time: ");
        summary_failure(trial, &text);
        strbuf_add(&text, "\n");
    }
    /* An OOM kill is how leaks end; of a target that failed otherwise no more is said. */
    if (interrupted || trial_lived(trial) || leak->verdict == LEAK_CONFIRMED)
        summary_leak(leak, &text);
    session_add_notes(session, &text);
    progress_words(&session->progress, strbuf_text(&text));
    strbuf_free(&text);
}

/* What it ends with where the run itself did not go well: memory is what ailed it, or not. */
static int status_of_failure(const struct trial *trial) {
    return trial->outcome == OUTCOME_FAILED || trial->outcome == OUTCOME_RUNTIME_OOM ||
                   trial->outcome == OUTCOME_TIMEOUT
               ? STATUS_TARGET_FAILS
               : STATUS_INCONCLUSIVE;
}

static int status_of_leak(const struct leak *leak) {
    switch (leak->verdict) {
    case LEAK_NONE:
        return STATUS_OK;
    case LEAK_CONFIRMED:
        return STATUS_GATE_FAILED;
    default:
        return STATUS_INCONCLUSIVE;
    }
}

/* What was not seen to its end is no pass, in no document. */
static void leave_open(const struct trial *trial, struct leak *leak) {
    bool interrupted = trial->exit.stop == STOP_INTERRUPT;
    char *reason = text_format("%s%s%s", interrupted ? "It was interrupted" : "The run ended before its time",
                               leak->reason ? "; until then: " : ".", leak->reason ? leak->reason : "");
    free(leak->reason);
    leak->reason = reason;
    leak->verdict = LEAK_INCONCLUSIVE;
}

static int judge(struct session *session) {
    const struct trial *trial = session_last(session);
    struct leak *leak = &session->result.leak;
    leak_of_trial(trial, leak);
    CLEANUP_FREE char *doubt = leak_doubt(trial, leak, session->options->for_ns);
    if (doubt)
        result_caveat(&session->result, doubt);
    if (!trial_lived(trial) && leak->verdict != LEAK_CONFIRMED)
        leave_open(trial, leak);
    tell(session, trial, leak);
    return trial_lived(trial) || leak->verdict == LEAK_CONFIRMED ? status_of_leak(leak)
                                                                 : status_of_failure(trial);
}

/* The one run, which is kept also where the user cuts it short: hours of cycles tell something. */
static int run_once(struct session *session, const struct trial_spec *spec) {
    struct error error;
    struct trial trial = {0};
    struct outlook outlook = {.run_ns = session->options->for_ns};
    progress_expect(&session->progress, &outlook);
    progress_begin(&session->progress, "");
    int status = session_measure(session, spec, true, &trial, &error);
    if (status) {
        progress_error(&session->progress, &error);
        return status;
    }
    status = session_keep(session, &trial, NULL);
    progress_row(&session->progress, session_last(session), "", session->options->verbose, NULL);
    return status;
}

static int run_target(struct options *options) {
    struct session session;
    int status = session_open(&session, options, "leak", true);
    if (status)
        return status;
    progress_opening(&session.progress, &session.result);
    struct trial_spec spec = session_spec(&session, PURPOSE_STEP);
    if (options->limit_bytes)
        spec.limit_bytes = known_i64(options->limit_bytes);
    spec.census = true;
    status = run_once(&session, &spec);
    if (session.result.trial_count > 0) {
        int judged = judge(&session);
        status = session_save(&session, status ? status : judged);
    }
    status = forms_write(options, &session.result, &session.progress, status);
    session_close(&session);
    return status;
}

static int run(struct options *options) {
    return options->series ? leak_series_run(options) : run_target(options);
}

const struct command cmd_leak = {
    .name = "leak",
    .summary = "does it leak? growth over cycles of load, or over time, with its certainty",
    .synopsis = "[options] [--] TARGET [ARG...] | --series FILE",
    .details =
        "A server goes through its load in --cycles (default 20), with a rest after each; what it holds "
        "when\n"
        "it holds least in each of them is compared. A target without a load is watched until it ends, or\n"
        "for as long as --for says. Only memory that cannot be reclaimed counts: never page cache.\n"
        "--series FILE runs nothing: it judges what was recorded elsewhere, each series for itself. Read "
        "are\n"
        "samples-001.csv of a run, lines of time and bytes, the JSON of a Prometheus range query, and\n"
        "docker stats --format '{{json .}}'.\n"
        "Exit status: 0 no leak, 1 a leak is confirmed, 4 suspected or inconclusive, 3 the target fails.",
    .example =
        "plimsoll leak --ready tcp:8080 --load 'wrk -d 2s http://localhost:8080/' --cycles 20 -- ./server",
    .groups = GROUP_LEAK | GROUP_LIMIT | GROUP_MEASURE | GROUP_TARGET | GROUP_RIGHTS | GROUP_SERVICE |
              GROUP_OUTPUT | GROUP_FORMS,
    .takes_target = true,
    .run = run,
};
