#include "base/text.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "output/summary.h"
#include "trial/launch.h"

/* A server is ended by us, so its own status tells little: 0 where its load was done, else that of what
 * failed. */
static int status_of_service(const struct trial *trial, int own) {
    const struct service_facts *facts = &trial->service;
    if (trial->outcome == OUTCOME_SURVIVED)
        return STATUS_OK;
    if (trial->exit.stop == STOP_LOAD && facts->load_count > 0) {
        const struct load_run *last = &facts->loads[facts->load_count - 1];
        struct exit_facts load = {.exit_code = last->exit_code, .signal = last->signal};
        bool ended = load.exit_code.known || load.signal.known;
        int status = ended ? exit_facts_status(&load) : 1;
        return status ? status : 1; /* it ended well, but its requests failed */
    }
    return own && trial->exit.stop == STOP_NONE ? own : 1;
}

/* What became of the run, when the session says `status`: `run` shows the target's own status, so a failure
 * of ours must not look like one of the target's. */
static int status_of_run(const struct session *session, int status) {
    if (status == STATUS_OK && session->target.service.serves)
        return status_of_service(session_last(session), session->target_status);
    if (status == STATUS_OK)
        return session->target_status;
    return status == STATUS_USAGE ? EXIT_HARNESS : status;
}

static int run(struct options *options) {
    struct session session;
    int status = session_open(&session, options, "run", false);
    if (status)
        return status;
    struct trial_spec spec = session_spec(&session, PURPOSE_STEP);
    if (options->limit_bytes)
        spec.limit_bytes = known_i64(options->limit_bytes);
    spec.inherit_streams = true;
    status = session_run(&session, &spec, NULL);
    if (session.result.trial_count > 0) {
        struct strbuf text = {0};
        summary_run(session_last(&session), &text);
        session_add_notes(&session, &text);
        progress_words(&session.progress, strbuf_text(&text));
        strbuf_free(&text);
        int saved = session_save(&session, STATUS_OK);
        status = status_of_run(&session, saved ? saved : status);
    }
    session_close(&session);
    return status;
}

const struct command cmd_run = {
    .name = "run",
    .summary = "one run under one limit: samples, verdict; the target's exit status is passed through",
    .synopsis = "[options] [--] TARGET [ARG...]",
    .details =
        "Standard input and output are the target's own; its standard error is passed on. Nothing is kept\n"
        "without --out or --json. Exit status: the target's, 128+signal, or 125 when plimsoll fails, 126\n"
        "when the target cannot be executed, 127 when there is no such program. Of a server (--load,\n"
        "--ready): 0 when it lived until its load was done, else the status of the load that failed, or 1.",
    .example = "plimsoll run --limit 256Mi -- python3 app.py",
    .groups = GROUP_LIMIT | GROUP_MEASURE | GROUP_TARGET | GROUP_RIGHTS | GROUP_SERVICE | GROUP_OUTPUT,
    .takes_target = true,
    .run = run,
};
