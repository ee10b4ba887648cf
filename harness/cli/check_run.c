#include "cli/check_run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/leak.h"
#include "analysis/leak_trial.h"
#include "analysis/pace.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/search_run.h"
#include "output/summary.h"

/* Enough for a decision at the first look, where runs hardly differ: 5 against 5 are told apart with 0.4 %
 * error. A baseline is measured once and compared with often, so it gets more. */
#define RUNS_FIRST    5
#define RUNS_MOST     12
#define RUNS_BASELINE 8

/* Runs that end for reasons outside the target are repeated, this often at most. */
#define REPEATS_MAX 5

/* Beyond these no row is shown: what is printed stays short however many runs there are. */
#define ROWS_MAX 14

static int runs_first(const struct options *options) {
    int usual = options->update_baseline ? RUNS_BASELINE : RUNS_FIRST;
    int most = (int)options->max_runs;
    if (options->runs)
        return (int)options->runs;
    return most && most < usual ? most : usual;
}

static int runs_most(const struct options *options) {
    int first = runs_first(options);
    if (options->max_runs)
        return (int)options->max_runs;
    return first > RUNS_MOST ? first : RUNS_MOST;
}

static const struct baseline_values *pinned_values(const struct check *check, enum judge_metric metric) {
    return metric == JUDGE_NEEDED ? &check->pinned.needed_bytes : &check->pinned.peak_bytes;
}

static bool asks(const struct check *check, enum judge_metric metric) {
    return check->options->metrics & 1U << metric;
}

/* Does the gate compare this metric, now? */
static bool compares(const struct check *check, enum judge_metric metric) {
    return check->has_baseline && !check->options->update_baseline && asks(check, metric) &&
           pinned_values(check, metric)->count > 0;
}

static struct judge_threshold threshold_of(const struct options *options) {
    return (struct judge_threshold){options->threshold_percent / 100, options->threshold_bytes};
}

static void plan_looks(struct check *check, enum judge_metric metric, int first, int most) {
    int compared = 0; /* a wrong answer may come from any of them: each has its share */
    for (int each = 0; each < JUDGE_METRICS; each++)
        compared += compares(check, each);
    compare_plan_make(pinned_values(check, metric)->count, first, most, COMPARE_ERROR_RATE / compared,
                      &check->courses[metric].plan);
}

static void take_look(struct check *check, enum judge_metric metric, const struct judge_values *values,
                      int runs) {
    const struct baseline_values *pinned = pinned_values(check, metric);
    const struct judge_threshold threshold = threshold_of(check->options);
    compare_take_look(&check->courses[metric], runs, pinned->values, pinned->count, values->values,
                      values->count, judge_threshold_bytes(&threshold, pinned->values, pinned->count));
}

int check_plan(struct check *check, struct error *error) {
    for (int metric = 0; metric < JUDGE_METRICS; metric++) {
        const struct baseline_values *pinned = pinned_values(check, metric);
        if (!compares(check, metric))
            continue;
        plan_looks(check, metric, runs_first(check->options), runs_most(check->options));
        if (compare_plan_can_tell(&check->courses[metric].plan))
            continue;
        error_plain(error, -EINVAL, "%s: %d value%s of %s against %d run%s at most can tell nothing",
                    check->options->baseline, pinned->count, pinned->count == 1 ? "" : "s",
                    judge_metric_words(metric), runs_most(check->options),
                    runs_most(check->options) == 1 ? "" : "s");
        error_advise(error, pinned->count < RUNS_FIRST ? "pin more: plimsoll check --update-baseline --runs 8"
                                                       : "allow more: --max-runs 12");
        return -EINVAL;
    }
    return 0;
}

/* ---- runs ---- */

/* A run without a limit that did not live: what a gate is asked cannot be told. */
static int tell_failure(struct session *session, const struct trial *trial) {
    CLEANUP_FREE char *evidence = trial_evidence_text(trial);
    if (trial->outcome == OUTCOME_OUTSIDE_OOM)
        return progress_say(
            &session->progress, STATUS_INCONCLUSIVE,
            "%s ran out of memory that is not its own limit's, so nothing can be told of it here: %s",
            session->result.name, evidence);
    return search_explain_failure(session, trial);
}

static void show_few_rows(struct session *session) {
    if (session->result.trial_count != ROWS_MAX || session->options->verbose)
        return;
    progress_text(&session->progress,
                  session->progress.live
                      ? "  ..  more runs\n"
                      : "  ..                                                        more runs\n");
    session->progress.quiet = true;
}

/* After it `runs_after` are to come, as far as is known. */
static int run_once(struct session *session, struct known_i64 limit, const char *why, int runs_after) {
    struct trial_spec spec = session_spec(session, limit.known ? PURPOSE_VERIFY : PURPOSE_PROFILE);
    struct outlook outlook;
    outlook_of_repeats(session->result.trials, session->result.trial_count, runs_after, &outlook);
    progress_expect(&session->progress, &outlook);
    spec.limit_bytes = limit;
    spec.stop_at_oom = limit.known;
    /* Of the run that growth is judged by: which processes it was. */
    spec.census = session->options->budget_growth && session->result.trial_count == 0;
    if (limit.known)
        spec.slow_ns = pace_slow_after(session->result.trials, session->result.trial_count);
    else
        spec.evicted = session_drop_cache(session); /* so that each pays for the files it reads */
    int status = session_run(session, &spec, why);
    show_few_rows(session);
    return status;
}

static bool wants(const struct check *check, enum judge_metric metric) {
    const struct options *options = check->options;
    bool budget = metric == JUDGE_NEEDED ? options->budget_needed : options->budget_peak;
    return budget || (options->baseline && asks(check, metric));
}

/* Runs that gave values of all that is asked; where it is neither of them, of what they need. */
static int count_usable(const struct session *session, const struct check *check) {
    int fewest = INT32_MAX;
    for (int metric = 0; metric < JUDGE_METRICS; metric++) {
        struct judge_values values;
        if (!wants(check, metric) && (metric == JUDGE_PEAK || wants(check, JUDGE_PEAK)))
            continue;
        judge_collect(session->result.trials, session->result.trial_count, metric, false, &values);
        fewest = values.count < fewest ? values.count : fewest;
    }
    return fewest;
}

/* Until so many are usable. */
static int run_until(struct session *session, const struct check *check, int wanted) {
    int useless = 0;
    for (int usable; (usable = count_usable(session, check)) < wanted;) {
        char why[64];
        snprintf(why, sizeof why, "run %d", usable + 1);
        int status = run_once(session, UNKNOWN_I64, why, wanted - usable - 1);
        if (status)
            return status;
        const struct trial *last = session_last(session);
        if (last->outcome != OUTCOME_SURVIVED && last->outcome != OUTCOME_HARNESS_ERROR)
            return tell_failure(session, last);
        if (count_usable(session, check) > usable || ++useless <= REPEATS_MAX)
            continue;
        if (last->outcome == OUTCOME_HARNESS_ERROR)
            return tell_failure(session, last);
        return progress_say(&session->progress, STATUS_INCONCLUSIVE,
                            "%s ends before anything can be measured: %d runs gave no reading",
                            session->result.name, useless);
    }
    return STATUS_OK;
}

static bool has_regressed(const struct check *check) {
    for (int metric = 0; metric < JUDGE_METRICS; metric++)
        if (check->courses[metric].found.state == COMPARE_ABOVE)
            return true;
    return false;
}

/* Looks at all metrics. Is there a question left that more runs may answer, and that matters still? */
static bool look(const struct session *session, struct check *check, int runs) {
    bool open = false;
    for (int metric = 0; metric < JUDGE_METRICS; metric++) {
        struct judge_values values;
        if (!compares(check, metric))
            continue;
        judge_collect(session->result.trials, session->result.trial_count, metric, false, &values);
        take_look(check, metric, &values, runs);
        open = open || check->courses[metric].found.state == COMPARE_OPEN;
    }
    return open && !has_regressed(check);
}

/* All metrics are looked at after the same runs. */
static int next_look(const struct check *check, int runs) {
    if (!compares(check, JUDGE_NEEDED) && !compares(check, JUDGE_PEAK))
        return runs ? 0 : runs_first(check->options);
    enum judge_metric any = compares(check, JUDGE_NEEDED) ? JUDGE_NEEDED : JUDGE_PEAK;
    return compare_next_look(&check->courses[any].plan, runs);
}

/* Under the limit of the budget, up to the first death. */
static int run_limited(struct session *session, const struct check *check) {
    int64_t limit = check->options->budget_limit;
    int wanted = (int)check->options->prove;
    int useless = 0;
    int lived = 0;
    int died = 0;
    if (session->site.table) { /* none can be set: whether it lives there stays undecided */
        result_caveat(&session->result,
                      "The budget for its limit was not tried, since no limit can be set without "
                      "a cgroup.");
        return STATUS_OK;
    }
    if (session->room_bytes.known && limit > session->room_bytes.value)
        return progress_say(&session->progress, STATUS_INCONCLUSIVE,
                            "--budget-limit %s is more than this machine can give (%s)",
                            quantity_text(limit).s, bytes_text(session->room_bytes.value).s);
    while (lived < wanted && died == 0 && useless <= REPEATS_MAX) {
        char why[64];
        int before = lived;
        snprintf(why, sizeof why, "budget %d of %d", lived + 1, wanted);
        int status = run_once(session, known_i64(limit), why, wanted - lived - 1);
        if (status)
            return status;
        judge_count_limited(session->result.trials, session->result.trial_count, limit, &lived, &died);
        useless += lived == before && died == 0;
    }
    return STATUS_OK;
}

int check_measure(struct session *session, struct check *check) {
    bool quiet = session->progress.quiet;
    int status = STATUS_OK;
    int runs = 0;
    while (status == STATUS_OK && (runs = next_look(check, runs)) > 0) {
        status = run_until(session, check, runs);
        if (status == STATUS_OK && !look(session, check, runs))
            break;
    }
    if (status == STATUS_OK && check->options->budget_limit && !check->options->update_baseline)
        status = run_limited(session, check);
    session->progress.quiet = quiet;
    return status;
}

/* ---- the verdict ---- */

static void set_text(char **text, char *made) {
    free(*text);
    *text = made;
}

static struct gate_item *last_item(struct gate *gate) {
    return &gate->items[gate->count - 1];
}

/* `read` tells that the runs were not made here. */
static void judge_metric(const struct check *check, struct result *result, enum judge_metric metric,
                         bool read) {
    const struct baseline_values *pinned = pinned_values(check, metric);
    const struct judge_threshold threshold = threshold_of(check->options);
    const struct compare_course *course = &check->courses[metric];
    struct judge_values values;
    judge_collect(result->trials, result->trial_count, metric, false, &values);
    if (pinned->count == 0) {
        judge_no_values(&result->gate, metric, "the baseline has no values of it; pin it with --metric");
    } else if (values.count == 0) {
        judge_no_values(&result->gate, metric,
                        read ? "no plain run without a limit is in the result; plimsoll check --json FILE "
                               "writes one that has some"
                             : "no run without a limit gave a value");
    } else {
        judge_regression(&result->gate, metric, &course->found, &threshold, pinned->count,
                         course->value_count);
        bool cut_short = !read && has_regressed(check) && course->value_count < runs_most(check->options);
        if (course->found.state == COMPARE_OPEN && cut_short)
            set_text(&last_item(&result->gate)->advice,
                     text_copy("the other regression first: the runs ended when it was certain"));
    }
}

static void judge_budgets(const struct check *check, struct result *result) {
    const struct options *options = check->options;
    struct judge_values values;
    if (options->budget_needed) {
        judge_collect(result->trials, result->trial_count, JUDGE_NEEDED, true, &values);
        judge_budget(&result->gate, JUDGE_NEEDED, &values, options->budget_needed);
    }
    if (options->budget_peak) {
        judge_collect(result->trials, result->trial_count, JUDGE_PEAK, true, &values);
        judge_budget(&result->gate, JUDGE_PEAK, &values, options->budget_peak);
    }
    if (options->budget_limit)
        judge_limit(&result->gate, result, options->budget_limit, (int)options->prove);
    if (options->budget_growth)
        judge_growth(&result->gate, &result->leak, (double)options->budget_growth);
}

/* By the first run that lived: to look at each of them would be to look again and again. */
static void assess_growth(struct result *result) {
    const struct trial *trial = NULL;
    for (size_t i = 0; i < result->trial_count && !trial; i++)
        if (!result->trials[i].limit_bytes.known && result->trials[i].outcome == OUTCOME_SURVIVED)
            trial = &result->trials[i];
    if (trial && !result->leak.known)
        leak_of_trial(trial, &result->leak);
}

static void take_values(struct baseline_values *ret, const struct result *result, enum judge_metric metric) {
    struct judge_values values;
    judge_collect(result->trials, result->trial_count, metric, false, &values);
    for (int i = 0; i < values.count; i++)
        baseline_add(ret, values.values[i]);
}

/* What kept the runs from telling, for those who read the gate alone. */
static void note_failure(struct result *result) {
    const struct trial *last = result->trial_count ? &result->trials[result->trial_count - 1] : NULL;
    if (!last || last->limit_bytes.known || last->outcome == OUTCOME_SURVIVED)
        return;
    CLEANUP_FREE char *evidence = trial_evidence_text(last);
    gate_note(&result->gate, "run %d ended without any limit: %s (%s)", last->id, outcome_name(last->outcome),
              evidence);
}

/* Why there are fewer runs than there should be. Caller frees. */
static char *why_it_ended(const struct result *result, int status) {
    const struct trial *last = result->trial_count ? &result->trials[result->trial_count - 1] : NULL;
    if (status > 128)
        return text_copy("the check was interrupted");
    if (last && !last->limit_bytes.known && last->outcome != OUTCOME_SURVIVED)
        return text_format("run %d ended without any limit: %s", last->id, outcome_name(last->outcome));
    return text_copy("the check ended before all of its runs were made");
}

/* What the runs so far say for the target is not all that was asked. */
static void withhold_passes(struct result *result, int status) {
    CLEANUP_FREE char *why = why_it_ended(result, status);
    for (size_t i = 0; i < result->gate.count; i++) {
        struct gate_item *item = &result->gate.items[i];
        if (item->state == GATE_FAILED)
            continue;
        if (item->state == GATE_PASSED)
            set_text(&item->sentence,
                     text_format("%s; this is no pass, since %s", item->sentence ? item->sentence : "", why));
        item->state = GATE_UNDECIDED;
        set_text(&item->advice, NULL); /* it is for runs that lived */
    }
}

/* Where the series ended before a look: what there is, without an interval. */
static void look_without_plan(struct check *check, enum judge_metric metric, const struct result *result) {
    struct compare_course *course = &check->courses[metric];
    struct judge_values values;
    judge_collect(result->trials, result->trial_count, metric, false, &values);
    if (course->value_count > 0 || values.count == 0)
        return;
    course->plan = (struct compare_plan){0};
    take_look(check, metric, &values, values.count);
}

static void look_at_all(struct check *check, enum judge_metric metric, const struct result *result) {
    struct judge_values values;
    judge_collect(result->trials, result->trial_count, metric, false, &values);
    if (values.count == 0)
        return;
    plan_looks(check, metric, values.count, values.count);
    take_look(check, metric, &values, values.count);
}

static void judge_all(struct check *check, struct result *result, bool read) {
    take_values(&check->measured.needed_bytes, result, JUDGE_NEEDED);
    take_values(&check->measured.peak_bytes, result, JUDGE_PEAK);
    if (check->options->update_baseline)
        return;
    result->gate.known = true;
    if (check->has_baseline) {
        result->gate.baseline_path = text_copy(check->options->baseline);
        for (int metric = 0; metric < JUDGE_METRICS; metric++)
            if (compares(check, metric))
                (read ? look_at_all : look_without_plan)(check, metric, result);
        for (int metric = 0; metric < JUDGE_METRICS; metric++)
            if (asks(check, metric))
                judge_metric(check, result, metric, read);
        CLEANUP_FREE char *differences = baseline_differences(&check->pinned, &check->measured);
        if (differences)
            gate_note(&result->gate, "the baseline was pinned with %s", differences);
    }
    if (!read && check->options->budget_growth)
        assess_growth(result);
    judge_budgets(check, result);
}

void check_judge(struct check *check, struct result *result, int status) {
    judge_all(check, result, false);
    if (check->options->update_baseline)
        return;
    if (status != STATUS_OK)
        withhold_passes(result, status);
    note_failure(result);
    gate_conclude(&result->gate);
}

void check_judge_read(struct check *check, struct result *result) {
    judge_all(check, result, true);
    gate_conclude(&result->gate);
}
