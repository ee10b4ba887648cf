#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/check_run.h"
#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/scenario.h"
#include "output/store.h"
#include "output/summary.h"
#include "output/summary_gate.h"

/* What git bisect run takes for "cannot be tested: skip it", and for "stop". */
#define BISECT_SKIP 125
#define BISECT_STOP 128

/* ---- before anything is run ---- */

/* The command that makes the baseline: this one again, without what is for judging alone. Caller frees. */
static char *command_to_pin(const struct options *options) {
    static const char *const no_use[] = {
        "--bisect",       "--result",        "--budget-needed", "--budget-peak",
        "--budget-limit", "--budget-growth", "--prove",         NULL};
    CLEANUP_FREE char *rest = options_line_without(&cmd_check, options, GROUP_OUTPUT | GROUP_FORMS, no_use);
    bool has_target = options->argv[0] || options->image;
    return text_format("plimsoll check --update-baseline%s%s", rest, has_target ? "" : " -- TARGET");
}

static int read_pinned(struct check *check, struct error *error) {
    const struct options *options = check->options;
    struct baseline pinned = {0};
    if (!options->baseline)
        return 0;
    if (options->update_baseline && baseline_check_writable(options->baseline, error) < 0)
        return -EINVAL;
    int code = baseline_read(options->baseline, &pinned, error);
    if (options->update_baseline && code < 0)
        return 0; /* it is written anew */
    if (code == -ENOENT) {
        CLEANUP_FREE char *command = command_to_pin(options);
        error_plain(error, -ENOENT, "--baseline %s: there is no such file", options->baseline);
        error_hint(error, "%.700s", command);
    }
    if (code < 0)
        return -EINVAL;
    check->pinned = pinned;
    check->has_baseline = true;
    return 0;
}

/* Can the two be compared at all? A baseline that is written anew need not fit. */
static int check_fits(struct check *check, const struct result *result, int64_t interval_ns,
                      struct error *error) {
    baseline_describe(result, interval_ns, &check->measured);
    if (!check->has_baseline || check->options->update_baseline)
        return 0;
    return baseline_check_fits(&check->pinned, &check->measured, check->options->baseline, error);
}

/* ---- what comes of it ---- */

static void tell_pinned(struct check *check, struct gate *gate, enum judge_metric metric) {
    const struct options *options = check->options;
    const struct judge_threshold threshold = {options->threshold_percent / 100, options->threshold_bytes};
    bool needed = metric == JUDGE_NEEDED;
    const struct baseline_values *now = needed ? &check->measured.needed_bytes : &check->measured.peak_bytes;
    const struct baseline_values *before = needed ? &check->pinned.needed_bytes : &check->pinned.peak_bytes;
    if (now->count > 0 && options->metrics & 1U << metric)
        judge_pinned(gate, metric, &threshold, now->values, now->count,
                     before->count ? known_f64(compare_median(before->values, before->count)) : UNKNOWN_F64);
}

/* Writes the baseline from runs that all came to their end. */
static int pin(struct session *session, struct check *check) {
    struct gate *gate = &session->result.gate;
    struct error error = {0};
    if (baseline_write(check->options->baseline, &check->measured, &error) < 0) {
        progress_error(&session->progress, &error);
        return STATUS_USAGE;
    }
    gate->known = true;
    gate->baseline_moved = true;
    gate->baseline_path = text_copy(check->options->baseline);
    tell_pinned(check, gate, JUDGE_NEEDED);
    tell_pinned(check, gate, JUDGE_PEAK);
    if (check->options->budget_needed || check->options->budget_peak || check->options->budget_limit ||
        check->options->budget_growth)
        gate_note(gate, "budgets were not asked about, since a baseline was written");
    gate_conclude(gate);
    return STATUS_OK;
}

/* Nothing is pinned from runs of which one failed. */
static int pin_or_tell(struct session *session, struct check *check, int status) {
    if (status == STATUS_OK)
        return pin(session, check);
    CLEANUP_FREE char *words = text_format("Not pinned: %s is as it was.\n", check->options->baseline);
    progress_text(&session->progress, words);
    return status;
}

/* A gate that failed stays so where something else could not be told. */
static int status_of_gate(const struct gate *gate, int status) {
    if (status && status != STATUS_INCONCLUSIVE)
        return status;
    if (gate->known && gate->state == GATE_FAILED)
        return STATUS_GATE_FAILED;
    if (status)
        return status;
    return gate->known && gate->state == GATE_PASSED ? STATUS_OK : STATUS_INCONCLUSIVE;
}

static void print_summary(struct session *session) {
    struct strbuf text = {0};
    strbuf_add(&text, "\n");
    summary_gate(&session->result.gate, &text);
    progress_words(&session->progress, strbuf_text(&text));
    strbuf_free(&text);
}

/* All that is told and written, in every form. */
static int finish(struct session *session, int status) {
    if (session->result.gate.known) {
        session_note_gate(session);
        print_summary(session);
    }
    status = status_of_gate(&session->result.gate, status);
    status = forms_write(session->options, &session->result, &session->progress, status);
    return session_save(session, status);
}

/* ---- the two ways ---- */

static int refuse(struct session *session, const struct error *error) {
    progress_error(&session->progress, error);
    return STATUS_USAGE;
}

static int allow(void *context, const struct result *result, struct error *error) {
    struct check *check = context;
    int code = check_fits(check, result, check->options->interval_ns, error);
    return code < 0 ? code : check_plan(check, error);
}

static int check_target(struct check *check) {
    struct session session;
    int status = session_open_if(&session, check->options, "check", allow, check);
    if (status)
        return status;
    progress_opening(&session.progress, &session.result);
    status = check_measure(&session, check);
    check_judge(check, &session.result, status);
    if (check->options->update_baseline)
        status = pin_or_tell(&session, check, status);
    status = finish(&session, status);
    session_close(&session);
    return status;
}

static int check_result(struct check *check) {
    struct session session;
    struct result read;
    struct error error = {0};
    int status = session_open_to_watch(&session, check->options, "check");
    if (status)
        return status;
    if (store_read_result(check->options->result, &read, &error) < 0) {
        status = refuse(&session, &error);
    } else {
        result_free(&session.result);
        session.result = read;
        gate_free(&session.result.gate);
        if (check_fits(check, &session.result, 0, &error) < 0) {
            status = refuse(&session, &error);
        } else {
            check_judge_read(check, &session.result);
            status = finish(&session, STATUS_OK);
        }
    }
    session_close(&session);
    return status;
}

/* A commit that cannot be built, run or judged is neither good nor bad. */
static int status_for_bisect(int status) {
    switch (status) {
    case STATUS_USAGE:
        return BISECT_STOP;
    case STATUS_TARGET_FAILS:
    case STATUS_INCONCLUSIVE:
    case STATUS_NOT_ALLOWED:
    case 126:
    case 127:
        return BISECT_SKIP;
    default:
        return status;
    }
}

static int run(struct options *options) {
    struct check check = {.options = options};
    struct error error = {0};
    int status;
    if (read_pinned(&check, &error) < 0) {
        struct progress progress;
        progress_init(&progress, options->quiet);
        progress_error(&progress, &error);
        status = STATUS_USAGE;
    } else {
        status = options->result ? check_result(&check) : check_target(&check);
    }
    baseline_free(&check.pinned);
    baseline_free(&check.measured);
    return options->bisect ? status_for_bisect(status) : status;
}

const struct command cmd_check = {
    .name = "check",
    .summary =
        "gate for a pipeline: has its memory grown against a pinned baseline, does it keep its budgets?",
    .synopsis = "[--baseline FILE] [options] [--] TARGET [ARG...]",
    .details =
        "Runs the target without a limit, several times, and compares what it needed with the values in the\n"
        "baseline. It fails only where the interval of the difference is above what may pass, and passes\n"
        "only where it is below; while it is neither, more runs are taken. Growth of no more than the\n"
        "threshold is called a regression at most once in 100 checks, whatever the number of looks. The\n"
        "baseline is a file in your repository that moves with --update-baseline alone. --result judges a\n"
        "result that is there already. Budgets may come from the scenario (--config). Where no memory "
        "cgroup\n"
        "may be made the target's processes are read instead; a budget for its limit stays undecided there.\n"
        "\n"
        "Exit status: 0 passed, 1 the gate failed, 2 bad input, 3 the target fails without any limit, 4\n"
        "undecided or no data, 5 this machine does not allow it.",
    .example = "plimsoll check --baseline memory.json -- ./app --batch input.csv",
    .groups = GROUP_CHECK | GROUP_MEASURE | GROUP_TARGET | GROUP_RIGHTS | GROUP_SERVICE | GROUP_OUTPUT |
              GROUP_FORMS,
    .takes_target = true,
    .run = run,
};
