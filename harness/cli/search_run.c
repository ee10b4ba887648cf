#include "cli/search_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/outlook.h"
#include "analysis/pace.h"
#include "analysis/search.h"
#include "analysis/slowdown.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/side_by_side.h"
#include "output/summary.h"
#include "trial/line.h"

/* More than any search of the corpus took. */
#define LIMITED_RUNS_MAX 60

/* A band of chance wider than this is no answer. */
#define TOO_NOISY_RATIO 0.5

/* What a shell exits with where it finds no such program (POSIX, 2.8.2). */
#define NOT_FOUND 127

static bool load_not_found(const struct trial *trial) {
    const struct service_facts *service = &trial->service;
    return service->load_tail && service->load_count > 0 &&
           known_or(service->loads[service->load_count - 1].exit_code, 0) == NOT_FOUND;
}

int search_explain_failure(struct session *session, const struct trial *profile) {
    if (profile->outcome == OUTCOME_OUTSIDE_OOM) {
        const char *bound = session->options->max_bytes ? "--max allows" : "this machine can give";
        return progress_say(&session->progress, STATUS_INCONCLUSIVE, "%s wants more memory than %s (%s)%s",
                            session->result.name, bound, summary_limit_text(session->room_bytes).s,
                            session->options->max_bytes ? "" : "; run it on a larger one");
    }
    if (profile->outcome == OUTCOME_HARNESS_ERROR)
        return progress_say(&session->progress, STATUS_INCONCLUSIVE, "%s cannot be measured: %s",
                            session->result.name, profile->evidence[profile->evidence_count - 1].detail);
    if (load_not_found(profile))
        return progress_say(&session->progress, STATUS_USAGE,
                            "--load %s: the shell finds no such program (exit code %d)",
                            session->target.service.load, NOT_FOUND);
    struct strbuf text = {0};
    summary_failure(profile, &text);
    bool timeout = profile->outcome == OUTCOME_TIMEOUT;
    const char *ailment =
        profile->outcome == OUTCOME_RUNTIME_OOM
            ? "runs out of its own runtime's memory without any limit, so raise its heap first"
            : "fails without any limit, so memory is not what ails it";
    progress_say(&session->progress, STATUS_TARGET_FAILS, "%s %s: %s", session->result.name, ailment,
                 strbuf_text(&text));
    if (timeout)
        progress_text(&session->progress, "          A target that never ends wants --for DUR.\n");
    strbuf_free(&text);
    return STATUS_TARGET_FAILS;
}

/* A profile that failed under its loose line, and might not have without one: it is blamed on the line. */
static bool blames_line(const struct trial *profile) {
    switch (profile->outcome) {
    case OUTCOME_HARNESS_ERROR:
        return known_or(profile->oom_kills, 0) > 0;
    case OUTCOME_RUNTIME_OOM:
        return true;
    case OUTCOME_FAILED:
        return known_or(profile->peak_bytes, INT64_MAX) > LINE_START_BYTES / 8;
    default:
        return false;
    }
}

static int run_profile_once(struct session *session, bool line) {
    struct trial_spec spec = session_spec(session, PURPOSE_PROFILE);
    struct outlook outlook = {.run_ns = session->options->for_ns, .runs = -1};
    progress_expect(&session->progress, &outlook);
    if (line)
        spec.line_bytes = known_i64(LINE_START_BYTES);
    spec.evicted = session_drop_cache(session);
    return session_run(session, &spec, line ? "profile" : "profile, no line");
}

/* Were figures asked for that the load does not print? */
static int check_figures(struct session *session, const struct trial *profile) {
    const struct load_reading *reading = &session->target.service.reading;
    if ((!reading->rate && !reading->format) || profile->service.load_count == 0 ||
        service_rate(&profile->service).known)
        return STATUS_OK;
    return progress_say(
        &session->progress, STATUS_USAGE, "%s %s: nothing in what the load prints matches it (%s%s%s)",
        reading->rate ? "--load-rate" : "--load-format", reading->rate ? reading->rate : reading->format,
        session->store.path ? session->store.path : "", session->store.path ? "/" : "",
        profile->service.log_name ? profile->service.log_name : "it printed nothing");
}

/* What a run that is resumed has tried already is not tried again. */
static int run_profile(struct session *session) {
    const struct trial *before = result_profile(session->result.trials, session->result.trial_count);
    int status = before ? STATUS_OK : run_profile_once(session, true);
    if (status)
        return status;
    const struct trial *profile = result_profile(session->result.trials, session->result.trial_count);
    if (profile->outcome != OUTCOME_SURVIVED && profile->line_bytes.known && blames_line(profile)) {
        status = run_profile_once(session, false);
        profile = result_profile(session->result.trials, session->result.trial_count);
    } else if (before && profile->outcome != OUTCOME_SURVIVED) {
        status = run_profile_once(session, profile->line_bytes.known);
        profile = result_profile(session->result.trials, session->result.trial_count);
    }
    if (status)
        return status;
    if (profile->outcome != OUTCOME_SURVIVED)
        return search_explain_failure(session, profile);
    return check_figures(session, profile);
}

struct trial_spec search_spec(const struct session *session, enum purpose purpose, int64_t limit_bytes) {
    struct trial_spec spec = session_spec(session, purpose);
    spec.limit_bytes = known_i64(limit_bytes);
    spec.stop_at_oom = true;
    spec.slow_ns = pace_slow_after(session->result.trials, session->result.trial_count);
    return spec;
}

/* One run, or several side by side. */
static int run_steps(struct session *session, const struct search_config *config,
                     const struct search_step *steps, int count) {
    struct planned planned[SIDE_BY_SIDE_MAX];
    bool disturbed = false;
    struct outlook outlook;
    outlook_of_search(config, session->result.trials, session->result.trial_count, steps, session->proofs,
                      &outlook);
    outlook_share(&outlook, count, session->jobs);
    progress_expect(&session->progress, &outlook);
    if (count == 1) {
        struct trial_spec spec = search_spec(session, steps->purpose, steps->limit_bytes);
        return session_run(session, &spec, steps->why);
    }
    for (int i = 0; i < count; i++) {
        planned[i] =
            (struct planned){search_spec(session, steps[i].purpose, steps[i].limit_bytes), steps[i].why};
        planned[i].spec.id += i;
        planned[i].spec.crowded = true;
    }
    int status = side_by_side_run(session, planned, count, &disturbed);
    if (disturbed) {
        session->jobs = 1;
        progress_text(&session->progress,
                      "Note: a run failed while another was beside it: one at a time from here on.\n");
    }
    return status;
}

/* In the state in which the profile found the machine: with nothing cached that we have read. */
static int run_slowdown_step(struct session *session, const struct slowdown_config *config,
                             const struct search_step *step) {
    struct trial_spec spec = session_spec(session, step->purpose);
    struct outlook outlook;
    outlook_of_slowdown(config, session->result.trials, session->result.trial_count,
                        &session->result.oom_point, step, session->proofs, &outlook);
    progress_expect(&session->progress, &outlook);
    spec.for_slowdown = true;
    spec.evicted = session_drop_cache(session);
    if (step->purpose == PURPOSE_PROFILE) {
        spec.line_bytes =
            result_profile(session->result.trials, session->result.trial_count)->line_bytes.known
                ? known_i64(LINE_START_BYTES)
                : UNKNOWN_I64;
    } else {
        spec.limit_bytes = known_i64(step->limit_bytes);
        spec.stop_at_oom = true;
        spec.slow_ns = slowdown_slow_after(config, session->result.trials, session->result.trial_count);
    }
    return session_run(session, &spec, step->why);
}

/* Would another run end after the budget? */
static bool over_budget(const struct session *session) {
    const struct trial *profile = result_profile(session->result.trials, session->result.trial_count);
    return session->options->budget_ns && profile->exit.duration_ns > session_budget_left_ns(session);
}

static int explain_end(struct session *session, enum search_verdict verdict) {
    const struct trial *last = session_last(session);
    const struct oom_point *point = &session->result.oom_point;
    switch (verdict) {
    case SEARCH_DONE:
        if (point->mixed && point->resolution_ratio.value > TOO_NOISY_RATIO)
            return progress_say(&session->progress, STATUS_INCONCLUSIVE,
                                "too noisy: whether it lives is chance over a band of %.0f %%",
                                point->resolution_ratio.value * 100);
        return STATUS_OK;
    case SEARCH_OVER_CEILING:
        return progress_say(&session->progress, STATUS_INCONCLUSIVE, "%s dies even at %s, the most that %s",
                            session->result.name, summary_limit_text(session->room_bytes).s,
                            session->options->max_bytes ? "--max allows" : "this machine can give");
    case SEARCH_GAVE_UP:
        return progress_say(&session->progress, STATUS_INCONCLUSIVE,
                            "no answer after %d runs: too noisy, or ended from outside (last outcome: %s)",
                            (int)session->result.trial_count, outcome_name(last->outcome));
    default:
        return STATUS_OK;
    }
}

/* Standard input can be read once; a search runs its target many times. */
static void warn_of_stdin(struct session *session) {
    struct stat status;
    if (session->options->stdin_path || fstat(STDIN_FILENO, &status) < 0)
        return;
    if (S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode))
        progress_text(&session->progress,
                      "Note: the target reads /dev/null, not this standard input; --stdin FILE "
                      "gives it one.\n");
}

/* The OOM point, from the trials that are there on. */
static int find_oom_point(struct session *session, const struct search_config *config) {
    struct result *result = &session->result;
    for (;;) {
        struct search_step steps[SIDE_BY_SIDE_MAX];
        int count = search_next_batch(config, result->trials, result->trial_count, session->jobs, steps);
        search_conclude(config, result->trials, result->trial_count, &result->oom_point);
        if (steps[0].verdict != SEARCH_RUN)
            return explain_end(session, steps[0].verdict);
        if (over_budget(session))
            return progress_say(&session->progress, STATUS_INCONCLUSIVE, "the budget of %s is spent; %s",
                                duration_text(session->options->budget_ns).s,
                                result->oom_point.known ? "this is the best bracket so far"
                                                        : "no bracket is known yet");
        int status = run_steps(session, config, steps, count);
        if (status) {
            search_conclude(config, result->trials, result->trial_count, &result->oom_point);
            return status;
        }
    }
}

/* `size` goes on: its limit holds, though it may be a slow one. */
static int end_without_slowdown_point(struct session *session) {
    if (session->result.slowdown_point.known || strcmp(session->result.command, "size") == 0)
        return STATUS_OK;
    return progress_say(
        &session->progress, STATUS_INCONCLUSIVE,
        "no limit was found at which it is within %.2fx of the time without one; the OOM point is proven",
        session->options->max_slowdown);
}

/* Where it was not looked for, only what the OOM point's own runs show beyond doubt is told. */
static void forget_chance_finding(struct result *result) {
    if (result->slowdown_point.limit_bytes != known_or(result->oom_point.survives_bytes, 0))
        result->slowdown_point = (struct slowdown_point){0};
}

/* Said once: times that cannot be compared as they should be. */
static void warn_of_cache(struct session *session) {
    const char *why = NULL;
    if (!session->can_evict)
        why = "cached files cannot be dropped here";
    else if (session->options->resume)
        why = "what was read before this was resumed may still be cached";
    if (why && !session->warned_of_cache) {
        CLEANUP_FREE char *note = text_format(
            "Note: %s: for a target that reads files the slowdown point may come out too low.\n", why);
        progress_text(&session->progress, note);
    }
    session->warned_of_cache = true;
}

/* The slowdown point, above the OOM point. *ret_refuted: a run died where others had lived. */
static int find_slowdown_point(struct session *session, struct slowdown_config *config, bool *ret_refuted) {
    struct result *result = &session->result;
    *ret_refuted = false;
    for (;;) {
        struct search_step step;
        config->can_evict = session->can_evict;
        slowdown_next(config, result->trials, result->trial_count, &result->oom_point, &step);
        slowdown_conclude(config, result->trials, result->trial_count, &result->oom_point,
                          &result->slowdown_point);
        if (!session->seeks_slowdown) {
            forget_chance_finding(result);
            return STATUS_OK;
        }
        if (step.verdict == SEARCH_DONE)
            return STATUS_OK;
        if (step.verdict != SEARCH_RUN)
            return end_without_slowdown_point(session);
        warn_of_cache(session);
        if (over_budget(session))
            return progress_say(
                &session->progress, STATUS_INCONCLUSIVE,
                "the budget of %s is spent; the OOM point is found, the slowdown point is not",
                duration_text(session->options->budget_ns).s);
        int status = run_slowdown_step(session, config, &step);
        if (status)
            return status;
        *ret_refuted = trial_died(session_last(session));
        if (*ret_refuted)
            return STATUS_OK;
    }
}

static int find_points(struct session *session) {
    const struct options *options = session->options;
    const struct host *host = &session->result.host;
    struct search_config search = {
        .strategy = options->strategy,
        .precision_ratio = options->precision_percent / 100,
        .confirm = (int)options->confirm,
        .runs_max = LIMITED_RUNS_MAX + 4 * (int)options->confirm,
        .page_bytes = host->page_bytes,
        .stock_bytes = sampler_charge_stock(host->cpus, host->page_bytes),
        .noise_bytes =
            search_charge_noise(result_profile(session->result.trials, session->result.trial_count),
                                host->cpus, host->page_bytes),
        .floor_bytes = options->image ? SEARCH_CONTAINER_FLOOR_BYTES : SEARCH_FLOOR_BYTES,
        .ceiling_bytes = known_or(session->room_bytes, INT64_MAX / 4),
    };
    struct slowdown_config slowdown = {
        .max_ratio = options->max_slowdown,
        .precision_ratio = search.precision_ratio,
        .confirm = search.confirm,
        .page_bytes = search.page_bytes,
        .stock_bytes = search.stock_bytes,
        .ceiling_bytes = search.ceiling_bytes,
    };
    bool refuted = true;
    int status = STATUS_OK;
    while (status == STATUS_OK && refuted) {
        status = find_oom_point(session, &search);
        if (status == STATUS_OK)
            status = find_slowdown_point(session, &slowdown, &refuted);
    }
    return status;
}

/* Has a run failed because another was beside it? Then this is known, also where the run is resumed. */
static bool was_disturbed(const struct result *result) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].crowded && result->trials[i].outcome == OUTCOME_HARNESS_ERROR)
            return true;
    return false;
}

/* --jobs, as far as runs side by side would not disturb each other. */
static void choose_jobs(struct session *session, const struct trial *profile) {
    char why[200] = "runs disturbed each other before";
    int jobs = (int)session->options->jobs;
    jobs = jobs < SIDE_BY_SIDE_MAX ? jobs : SIDE_BY_SIDE_MAX;
    session->jobs = was_disturbed(&session->result) ? 1
                                                    : pace_side_by_side(profile, jobs, &session->result.host,
                                                                        session->room_bytes, why, sizeof why);
    if (session->jobs == jobs)
        return;
    CLEANUP_FREE char *note = text_format("Note: %d run%s at a time, not %d: %s.\n", session->jobs,
                                          session->jobs == 1 ? "" : "s", jobs, why);
    progress_text(&session->progress, note);
}

/* A run that is resumed has its squeeze already. */
static bool was_squeezed(const struct result *result) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].squeezed)
            return true;
    return false;
}

/* --strategy squeeze: one live run under limits that step down. Whatever comes of it, the search proves its
 * point by fresh runs. */
static int run_squeeze(struct session *session, const struct trial *profile) {
    if (!session->options->squeeze || was_squeezed(&session->result))
        return STATUS_OK;
    if (runtime_reads_limit_once(profile->runtime)) {
        CLEANUP_FREE char *note =
            text_format("Note: %s sizes itself from the limit it sees at its start: a live squeeze tells "
                        "nothing of it; going on without.\n",
                        runtime_name(profile->runtime));
        progress_text(&session->progress, note);
        return STATUS_OK;
    }
    const struct service_facts *facts = &profile->service;
    struct trial_spec spec = session_spec(session, PURPOSE_STEP);
    spec.squeeze_floor_bytes = SEARCH_FLOOR_BYTES;
    spec.squeeze_usual_ns = facts->load_count ? facts->loads[facts->load_count - 1].duration_ns : 0;
    spec.stop_at_oom = true;
    spec.timeout_ns = 0; /* that is for one run of the load, and here it is bounded by the usual one */
    return session_run(session, &spec, "live squeeze");
}

int search_run(struct session *session) {
    progress_opening(&session->progress, &session->result);
    warn_of_stdin(session);
    int status = run_profile(session);
    if (status)
        return status;
    const struct trial *profile = result_profile(session->result.trials, session->result.trial_count);
    choose_jobs(session, profile);
    status = run_squeeze(session, profile);
    return status ? status : find_points(session);
}

void search_print_answer(struct session *session, int status) {
    struct strbuf text = {0};
    session_tell_interrupt(session, status);
    if (session->result.oom_point.known) {
        summary_oom_point(&session->result, session->options->precision_percent / 100, &text);
        summary_squeeze(&session->result, &text);
        summary_recommendation(&session->result, &text);
    } else {
        summary_free_run(&session->result, &text);
    }
    progress_words(&session->progress, strbuf_text(&text));
    strbuf_free(&text);
}
