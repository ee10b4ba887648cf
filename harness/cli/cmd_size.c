#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analysis/leak_trial.h"
#include "analysis/sizing.h"
#include "analysis/stats.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/search_run.h"
#include "cli/tuning_run.h"
#include "output/emit.h"
#include "trial/launch.h"

/* So often a limit is raised at most when a run at it dies. */
#define RAISES_MAX 3

/* Runs that end for reasons outside the target are repeated, this often at most. */
#define REPEATS_MAX 5

/* One run at the recommended limit. */
static int prove_once(struct session *session, int number, int count) {
    struct trial_spec spec = search_spec(session, PURPOSE_VERIFY, session->result.recommendation.limit_bytes);
    char why[64];
    struct outlook outlook;
    outlook_of_repeats(session->result.trials, session->result.trial_count, count - number, &outlook);
    progress_expect(&session->progress, &outlook);
    snprintf(why, sizeof why, "proof %d of %d", number, count);
    return session_run(session, &spec, why);
}

/* Counts the proofs at the recommended limit, those of before it was resumed too. */
static void count_proofs(const struct result *result, struct recommendation *advice) {
    advice->verified_runs = 0;
    advice->verified_ooms = 0;
    /* Those with settings of its runtime prove something else. */
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        int64_t limit = known_or(trial->limit_bytes, 0);
        /* What died with more would have died with this. */
        bool tells = limit == advice->limit_bytes || (limit > advice->limit_bytes && trial_died(trial));
        if (trial->purpose != PURPOSE_VERIFY || trial->tuned || !tells)
            continue;
        advice->verified_runs += trial_lived(trial) || trial_died(trial);
        advice->verified_ooms += trial_died(trial);
    }
    advice->verified_p_oom_upper95 = stats_binomial_upper95(advice->verified_ooms, advice->verified_runs);
}

/* Fresh runs at the recommended limit, up to the first that dies. Returns 0 with the counts filled, or the
 * status to leave with. */
static int prove(struct session *session) {
    struct recommendation *advice = &session->result.recommendation;
    int runs = (int)session->options->prove;
    int useless = 0;
    count_proofs(&session->result, advice);
    while (advice->verified_runs < runs && advice->verified_ooms == 0) {
        int before = advice->verified_runs;
        int status = prove_once(session, before + 1, runs);
        if (status)
            return status;
        count_proofs(&session->result, advice);
        if (advice->verified_runs == before && ++useless > REPEATS_MAX) {
            recommendation_warn(advice, "Not proven: runs at it kept ending for reasons outside the target.");
            return STATUS_INCONCLUSIVE;
        }
    }
    return STATUS_OK;
}

/* A limit that cannot be backed here cannot be tried. */
static bool has_room(struct session *session) {
    struct recommendation *advice = &session->result.recommendation;
    if (!session->room_bytes.known || advice->limit_bytes <= session->room_bytes.value)
        return true;
    recommendation_warn(advice, "The limit is more than %s (%s): it was not tried.",
                        session->options->max_bytes ? "--max allows" : "this machine can give",
                        bytes_text(session->room_bytes.value).s);
    return false;
}

/* Proves the recommendation, raising it while it dies. */
static int prove_or_raise(struct session *session) {
    struct recommendation *advice = &session->result.recommendation;
    for (int raised = 0; has_room(session); raised++) {
        int status = prove(session);
        if (status)
            recommendation_warn(advice, "Not proven: the runs at it did not come to their end.");
        if (status || advice->verified_ooms == 0)
            return status;
        /* A headroom below the margin is the user's own choice: refuted, it is not made another. */
        bool asked = session->options->headroom_ratio.known &&
                     session->options->headroom_ratio.value < SIZING_OOM_MARGIN;
        if (asked || raised == RAISES_MAX)
            break;
        sizing_raise(advice);
    }
    recommendation_warn(advice, "The recommendation is not proven.");
    return STATUS_INCONCLUSIVE;
}

static int recommend(struct session *session) {
    const struct options *options = session->options;
    struct result *result = &session->result;
    struct sizing_config config = {
        .headroom_ratio = options->headroom_ratio,
        .guaranteed = options->guaranteed,
        .role = options->role,
        .cpu_millis = options->cpu_millis,
        .fast_bytes =
            result->slowdown_point.known ? known_i64(result->slowdown_point.limit_bytes) : UNKNOWN_I64,
        .leak = &result->leak,
        .node_memory_bytes = options->node_memory_bytes,
        .swap_bytes = options->swap_bytes,
        .ready_at_once = options->service.load && !options->ready,
        .for_ns = options->for_ns,
        .sockets_free = session->target.service.serves && host_is_v1(&result->host),
        .swap_open =
            known_or(result->host.swap_bytes, 0) > 0 && !cgroup_umbrella_refuses_swap(&session->site),
    };
    leak_of_run(result_profile(result->trials, result->trial_count), &result->leak);
    sizing_recommend(&config, result->trials, result->trial_count, &result->oom_point,
                     &result->recommendation);
    if (!result->recommendation.known) {
        progress_text(&session->progress,
                      "No recommendation: the samples of the run without a limit are missing.\n");
        return STATUS_INCONCLUSIVE;
    }
    if (!result->slowdown_point.known && result->slowdown_point.runs > 0)
        recommendation_warn(&result->recommendation,
                            "No limit was found at which it is as fast as without one.");
    int status = prove_or_raise(session);
    sizing_review(&config, result->trials, result->trial_count, &result->oom_point, &result->recommendation);
    return status ? status : tuning_try(session);
}

/* The document on stdout, unless --json - takes its place. */
static int print_document(struct session *session, int status) {
    const struct options *options = session->options;
    if (!session->result.recommendation.known || (options->json && strcmp(options->json, "-") == 0))
        return status;
    struct strbuf yaml = {0};
    emit_kubernetes(&session->result, &yaml);
    bool printed = fputs(strbuf_text(&yaml), stdout) != EOF && fflush(stdout) != EOF;
    strbuf_free(&yaml);
    if (printed)
        return status;
    struct error error;
    error_system(&error, -errno, "cannot write to standard output (the result is kept all the same)");
    progress_error(&session->progress, &error);
    return EXIT_HARNESS;
}

static int run(struct options *options) {
    struct session session;
    int status = session_open(&session, options, "size", true);
    if (status)
        return status;
    session.seeks_slowdown = true;
    session.proofs = (int)options->prove;
    status = search_run(&session);
    if (status == STATUS_OK)
        status = recommend(&session);
    search_print_answer(&session, status);
    int saved = session_save(&session, status);
    /* An answer that was not proven is no document to pipe into production; one that could not be kept is
     * all the more wanted. */
    if (status == STATUS_OK)
        saved = print_document(&session, saved);
    session_close(&session);
    return saved;
}

const struct command cmd_size = {
    .name = "size",
    .summary = "the main job: find the OOM point, recommend Kubernetes requests and limits, prove them",
    .synopsis = "[options] [--] TARGET [ARG...]",
    .details =
        "Finds the smallest limit the target survives, recommends requests from its steady state and limits\n"
        "from the proven OOM point, and runs it again at the recommended limit. The recommendation is "
        "printed\n"
        "on stdout as YAML, everything else on stderr. Exit status: 0 the answer is proven, 3 the target\n"
        "fails without any limit, 4 inconclusive.",
    .example = "plimsoll size -- python3 app.py",
    .groups = GROUP_SEARCH | GROUP_SIZING | GROUP_PROVE | GROUP_TARGET | GROUP_RIGHTS | GROUP_SERVICE |
              GROUP_COURSE | GROUP_OUTPUT,
    .takes_target = true,
    .run = run,
};
