#include "analysis/gate_judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

static const struct {
    const char *name;
    const char *words;
} metrics[JUDGE_METRICS] = {
    [JUDGE_NEEDED] = {"needed_bytes", "needed memory"},
    [JUDGE_PEAK] = {"peak_bytes", "peak memory"},
};

const char *judge_metric_words(enum judge_metric metric) {
    return metrics[metric].words;
}

void judge_collect(const struct trial *trials, size_t count, enum judge_metric metric, bool with_lines,
                   struct judge_values *ret) {
    ret->count = 0;
    for (size_t i = 0; i < count && ret->count < COMPARE_VALUES_MAX; i++) {
        const struct trial *trial = &trials[i];
        struct known_i64 value = metric == JUDGE_NEEDED ? trial->needed_bytes : trial->peak_bytes;
        bool plain = !trial->limit_bytes.known && !trial->squeezed && !trial->tuned && !trial->crowded &&
                     (with_lines || !trial->line_bytes.known);
        if (plain && trial->outcome == OUTCOME_SURVIVED && value.known && value.value > 0)
            ret->values[ret->count++] = value.value;
    }
}

double judge_threshold_bytes(const struct judge_threshold *threshold, const int64_t *pinned, int count) {
    double relative = threshold->ratio * compare_median(pinned, count);
    return relative > (double)threshold->bytes ? relative : (double)threshold->bytes;
}

static struct gate_item *add_item(struct gate *gate, const char *question, const char *metric) {
    CLEANUP_FREE char *name = text_format("%s.%s", question, metric);
    return gate_add(gate, name, metric);
}

static struct short_text bytes_of(double bytes) {
    return bytes_text(llround(bytes));
}

/* "5 runs" */
static struct short_text runs_text(int runs) {
    struct short_text text;
    snprintf(text.s, sizeof text.s, "%d run%s", runs, runs == 1 ? "" : "s");
    return text;
}

/* ---- against the baseline ---- */

/* A shift in percent of the pinned value, or in bytes where it is bytes that may pass. */
static struct short_text shift_text(const struct comparison *found, bool percent, double shift) {
    struct short_text text;
    if (!percent)
        return bytes_of(shift);
    double percents = round(shift / found->pinned * 1000) / 10;
    snprintf(text.s, sizeof text.s, "%.1f", percents == 0 ? 0.0 : percents); /* no -0.0 */
    return text;
}

/* "12.1 % [11.8, 12.5] above" */
static char *shift_words(const struct comparison *found, bool percent) {
    double sign = found->shift < -found->pinned / 2000 ? -1 : 1; /* what is shown as 0.0 is not below */
    double low = sign > 0 ? found->low.value : -found->high.value;
    double high = sign > 0 ? found->high.value : -found->low.value;
    const char *unit = percent ? " %" : "";
    const char *side = sign > 0 ? "above" : "below";
    struct short_text shift = shift_text(found, percent, sign * found->shift);
    if (!found->low.known)
        return text_format("%s%s %s", shift.s, unit, side);
    return text_format("%s%s [%s, %s] %s", shift.s, unit, shift_text(found, percent, low).s,
                       shift_text(found, percent, high).s, side);
}

static char *regression_sentence(const struct comparison *found, enum judge_metric metric, bool percent) {
    CLEANUP_FREE char *shift = shift_words(found, percent);
    CLEANUP_FREE char *bound = percent ? text_format("%.3g %%", found->threshold / found->pinned * 100)
                                       : text_copy(bytes_of(found->threshold).s);
    return text_format("%s %s is %s the baseline %s; %s may pass", metrics[metric].words,
                       bytes_of(found->value).s, shift, bytes_of(found->pinned).s, bound);
}

static int twice(int count) {
    return count * 2 < COMPARE_VALUES_MAX ? count * 2 : COMPARE_VALUES_MAX;
}

/* The option that would let all of the interval pass. Caller frees. */
static char *option_to_pass(const struct comparison *found, bool percent) {
    if (percent)
        return text_format("--threshold %.0f", ceil(found->high.value / found->pinned * 100));
    return text_format("--threshold-bytes %s", quantity_ceil_mi_text(llround(found->high.value)).s);
}

static char *regression_advice(const struct comparison *found, bool percent, int pinned_count,
                               int value_count) {
    if (found->state == COMPARE_ABOVE)
        return text_copy("if it is meant to be so, pin it with --update-baseline; if not, git bisect run "
                         "plimsoll check --bisect ... finds the commit");
    if (found->improved)
        return text_copy("pin it with --update-baseline, or it may be lost again unseen");
    if (found->state == COMPARE_WITHIN)
        return NULL;
    if (!found->low.known)
        return text_format("too few values to tell: %d pinned, %d measured; pin more with --update-baseline "
                           "--runs 8, or take more with --runs and --max-runs",
                           pinned_count, value_count);
    CLEANUP_FREE char *option = option_to_pass(found, percent);
    return text_format("%d pinned values and %d runs leave it open: take more (--max-runs %d), pin more "
                       "(--update-baseline --runs %d), or let more pass (%s would)",
                       pinned_count, value_count, twice(value_count), twice(pinned_count), option);
}

void judge_regression(struct gate *gate, enum judge_metric metric, const struct comparison *found,
                      const struct judge_threshold *threshold, int pinned_count, int value_count) {
    static const enum gate_state states[] = {
        [COMPARE_OPEN] = GATE_UNDECIDED, [COMPARE_WITHIN] = GATE_PASSED, [COMPARE_ABOVE] = GATE_FAILED};
    struct gate_item *item = add_item(gate, "regression", metrics[metric].name);
    bool percent = threshold->ratio * found->pinned >= (double)threshold->bytes;
    item->state = states[found->state];
    item->sentence = regression_sentence(found, metric, percent);
    item->advice = regression_advice(found, percent, pinned_count, value_count);
    item->value = known_f64(found->value);
    /* Of the value, as far as the pinned one is taken for granted. */
    if (found->low.known) {
        item->low = known_f64(found->pinned + found->low.value);
        item->high = known_f64(found->pinned + found->high.value);
    }
    item->baseline = known_f64(found->pinned);
    item->bound = known_f64(found->pinned + found->threshold);
}

void judge_no_values(struct gate *gate, enum judge_metric metric, const char *why) {
    struct gate_item *item = add_item(gate, "regression", metrics[metric].name);
    item->sentence = text_format("%s was not compared: %s", metrics[metric].words, why);
}

/* How such values compare with themselves: no check of an unchanged target can be expected to do better. */
static char *pinned_advice(const struct judge_threshold *threshold, const int64_t *values, int count) {
    struct compare_plan plan;
    struct comparison found;
    double allowed = judge_threshold_bytes(threshold, values, count);
    compare_plan_make(count, count, count, COMPARE_ERROR_RATE, &plan);
    compare_judge(&plan, values, count, values, count, allowed, &found);
    if (found.state == COMPARE_WITHIN)
        return NULL;
    if (!found.low.known)
        return text_format("%d value%s may be too few to tell anything by; pin more (--runs 8)", count,
                           count == 1 ? "" : "s");
    CLEANUP_FREE char *option =
        option_to_pass(&found, threshold->ratio * found.pinned >= (double)threshold->bytes);
    return text_format("its runs differ so much that a check may stay undecided even where nothing has "
                       "changed: pin more (--runs %d), or let more pass (%s)",
                       twice(count), option);
}

void judge_pinned(struct gate *gate, enum judge_metric metric, const struct judge_threshold *threshold,
                  const int64_t *values, int count, struct known_f64 before) {
    struct gate_item *item = add_item(gate, "baseline", metrics[metric].name);
    double median = compare_median(values, count);
    CLEANUP_FREE char *moved = before.known ? text_format("; it was %s (%+.1f %%)", bytes_of(before.value).s,
                                                          (median / before.value - 1) * 100)
                                            : text_copy("");
    item->state = GATE_PASSED;
    item->sentence =
        text_format("%s is pinned at %s (%s, from %s to %s)%s", metrics[metric].words, bytes_of(median).s,
                    runs_text(count).s, bytes_text(values[0]).s, bytes_text(values[count - 1]).s, moved);
    item->advice = pinned_advice(threshold, values, count);
    item->value = known_f64(median);
    item->baseline = before;
}

/* ---- budgets ---- */

void judge_budget(struct gate *gate, enum judge_metric metric, const struct judge_values *values,
                  int64_t budget_bytes) {
    struct gate_item *item = add_item(gate, "budget", metrics[metric].name);
    struct short_text budget = bytes_text(budget_bytes);
    int64_t most = 0;
    int above = 0;
    item->bound = known_f64((double)budget_bytes);
    for (int i = 0; i < values->count; i++) {
        most = values->values[i] > most ? values->values[i] : most;
        above += values->values[i] > budget_bytes;
    }
    if (values->count == 0) {
        item->sentence =
            text_format("%s was not measured; its budget is %s", metrics[metric].words, budget.s);
        return;
    }
    item->value = known_f64((double)most);
    item->state = above ? GATE_FAILED : GATE_PASSED;
    if (above) {
        item->sentence = text_format("%s was %s, above its budget of %s (in %d of %s)", metrics[metric].words,
                                     bytes_text(most).s, budget.s, above, runs_text(values->count).s);
        item->advice = text_copy("need less, or raise the budget");
    } else {
        item->sentence = text_format("%s was %s at most in %s; its budget is %s", metrics[metric].words,
                                     bytes_text(most).s, runs_text(values->count).s, budget.s);
    }
}

/* Does a run tell how the target is under a limit? */
static bool tells_of_limit(const struct trial *trial) {
    return trial->limit_bytes.known && !trial->squeezed && !trial->tuned;
}

void judge_count_limited(const struct trial *trials, size_t count, int64_t limit_bytes, int *ret_lived,
                         int *ret_died) {
    int lived = 0;
    int died = 0;
    for (size_t i = 0; i < count; i++) {
        if (!tells_of_limit(&trials[i]))
            continue;
        lived += trial_lived(&trials[i]) && trials[i].limit_bytes.value <= limit_bytes;
        died += trial_died(&trials[i]) && trials[i].limit_bytes.value >= limit_bytes;
    }
    *ret_lived = lived;
    *ret_died = died;
}

/* The run whose death tells most: that with the most memory. */
static const struct trial *worst_death(const struct result *result, int64_t limit_bytes) {
    const struct trial *worst = NULL;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (tells_of_limit(trial) && trial_died(trial) && trial->limit_bytes.value >= limit_bytes &&
            (!worst || trial->limit_bytes.value > worst->limit_bytes.value))
            worst = trial;
    }
    return worst;
}

static void tell_death(struct gate_item *item, const struct trial *death, int died, int runs) {
    CLEANUP_FREE char *evidence = trial_evidence_text(death);
    item->state = GATE_FAILED;
    item->sentence =
        text_format("under %s it died in %d of %s: %s (%s)", bytes_text(death->limit_bytes.value).s, died,
                    runs_text(runs).s, outcome_name(death->outcome), evidence);
    item->advice = text_copy("plimsoll find tells how much it needs to live");
}

/* What a search has proven. False: nothing of this limit. */
static bool tell_oom_point(struct gate_item *item, const struct oom_point *point, int64_t limit_bytes) {
    struct short_text limit = bytes_text(limit_bytes);
    if (!point->known)
        return false;
    if (point->ooms_bytes.known && point->ooms_bytes.value >= limit_bytes) {
        item->state = GATE_FAILED;
        item->sentence = text_format("it dies at %s (%d of %d runs), so it cannot live under %s",
                                     bytes_text(point->ooms_bytes.value).s, point->confirmed_ooms,
                                     point->confirmed_ooms, limit.s);
        item->value =
            point->survives_bytes.known ? known_f64((double)point->survives_bytes.value) : UNKNOWN_F64;
        return true;
    }
    if (!point->survives_bytes.known || point->survives_bytes.value > limit_bytes)
        return false;
    item->state = GATE_PASSED;
    item->value = known_f64((double)point->survives_bytes.value);
    item->sentence = text_format("it lives from %s on (%d of %d runs); the limit in its budget is %s",
                                 bytes_text(point->survives_bytes.value).s, point->confirmed_survivals,
                                 point->confirmed_survivals, limit.s);
    return true;
}

void judge_limit(struct gate *gate, const struct result *result, int64_t limit_bytes, int wanted) {
    struct gate_item *item = add_item(gate, "budget", "limit_bytes");
    struct short_text limit = bytes_text(limit_bytes);
    int lived;
    int died;
    item->bound = known_f64((double)limit_bytes);
    if (tell_oom_point(item, &result->oom_point, limit_bytes))
        return;
    judge_count_limited(result->trials, result->trial_count, limit_bytes, &lived, &died);
    if (died > 0) {
        tell_death(item, worst_death(result, limit_bytes), died, died + lived);
    } else if (lived >= wanted) {
        item->state = GATE_PASSED;
        item->sentence = text_format(
            "it lived in %s under %s, its budget: P(OOM) there is below %.0f %%, with 95 %% confidence",
            runs_text(lived).s, limit.s, ceil(stats_binomial_upper95(0, lived).value * 100));
    } else {
        item->sentence = text_format("whether it lives under %s, its budget, is not known: %s of %d told",
                                     limit.s, lived ? runs_text(lived).s : "no run", wanted);
    }
}

/* ---- growth ---- */

static struct short_text rate_text(double bytes_per_hour) {
    struct short_text text;
    snprintf(text.s, sizeof text.s, "%.30s/h", bytes_of(bytes_per_hour).s);
    return text;
}

/* Where the whole interval is on one side of the budget, or what cannot be excluded is below it. */
static enum gate_state growth_state(const struct leak *leak, double budget) {
    bool grows = leak->verdict == LEAK_CONFIRMED || leak->verdict == LEAK_SUSPECTED;
    if (leak->verdict == LEAK_INCONCLUSIVE)
        return GATE_UNDECIDED;
    if (!grows)
        return leak->detectable_bytes_per_hour.known && leak->detectable_bytes_per_hour.value <= budget
                   ? GATE_PASSED
                   : GATE_UNDECIDED;
    if (leak->per_hour.low.known && leak->per_hour.low.value > budget)
        return GATE_FAILED;
    return leak->per_hour.high.known && leak->per_hour.high.value <= budget ? GATE_PASSED : GATE_UNDECIDED;
}

/* The length of a sentence without its full stop: here it goes on. */
static int without_stop(const char *sentence) {
    size_t length = sentence ? strlen(sentence) : 0;
    return (int)(length && sentence[length - 1] == '.' ? length - 1 : length);
}

/* Nobody lets a gate wait for longer. */
#define GROWTH_WAIT_MOST_S (24.0 * 3600)

/* What a series cannot show it shows no sooner than when it is longer by as much as that is too small: its
 * noise shrinks with its length, or more slowly (see promise_more() in leak.c). Caller frees. */
static char *growth_advice(const struct leak *leak, double budget) {
    double unseen = known_f64_or(leak->detectable_bytes_per_hour, 0);
    double seen_s = (double)leak->span_ns / NS_PER_S;
    double least_s = budget > 0 ? seen_s * unseen / budget : 0;
    struct short_text rate = rate_text(budget);
    if (leak->more_s.known && known_f64_or(leak->more_detectable_bytes_per_hour, unseen) <= budget)
        return text_format("%s longer, and growth of %s would be seen",
                           duration_text((int64_t)(leak->more_s.value * (double)NS_PER_S)).s,
                           rate_text(known_f64_or(leak->more_detectable_bytes_per_hour, budget)).s);
    if (unseen <= budget || seen_s <= 0)
        return text_copy("drive it longer: more --cycles, or a longer --for");
    if (least_s > GROWTH_WAIT_MOST_S)
        return text_format("it is too short to tell growth of %s, even many times as long; give a larger "
                           "--budget-growth, or drive it as a server: --load CMD --cycles N",
                           rate.s);
    return text_format("to see growth of %s it has to run for %s at least; what is judged here is %s", rate.s,
                       duration_text((int64_t)(least_s * (double)NS_PER_S)).s,
                       duration_text(leak->span_ns).s);
}

/* Caller frees. */
static char *growth_words(const struct leak *leak) {
    const struct leak_rate *rate = &leak->per_hour;
    if (leak->verdict == LEAK_NONE && leak->detectable_bytes_per_hour.known)
        return text_format("it does not grow, as far as this run can tell (growth below %s cannot be "
                           "excluded)",
                           rate_text(leak->detectable_bytes_per_hour.value).s);
    if (leak->verdict == LEAK_NONE)
        return text_copy("it does not grow, but how much could have been missed is not known");
    if (leak->verdict == LEAK_INCONCLUSIVE || !rate->value.known)
        return text_format("whether it grows is not known%s%.*s", leak->reason ? ": " : "",
                           without_stop(leak->reason), leak->reason ? leak->reason : "");
    if (!rate->low.known || !rate->high.known)
        return text_format("it grows by %s (%s)", rate_text(rate->value.value).s,
                           leak_verdict_name(leak->verdict));
    return text_format("it grows by %s [%s, %s] (%s)", rate_text(rate->value.value).s,
                       rate_text(rate->low.value).s, rate_text(rate->high.value).s,
                       leak_verdict_name(leak->verdict));
}

void judge_growth(struct gate *gate, const struct leak *leak, double bytes_per_hour) {
    struct gate_item *item = add_item(gate, "budget", "growth_bytes_per_hour");
    struct short_text budget = rate_text(bytes_per_hour);
    item->bound = known_f64(bytes_per_hour);
    if (!leak->known) {
        item->sentence = text_format("growth was not measured; its budget is %s", budget.s);
        item->advice = text_copy("plimsoll leak measures it");
        return;
    }
    CLEANUP_FREE char *words = growth_words(leak);
    item->state = growth_state(leak, bytes_per_hour);
    item->sentence = text_format("%s; its budget is %s", words, budget.s);
    item->value = leak->per_hour.value;
    item->low = leak->per_hour.low;
    item->high = leak->per_hour.high;
    if (item->state == GATE_UNDECIDED)
        item->advice = growth_advice(leak, bytes_per_hour);
    else if (item->state == GATE_FAILED)
        item->advice = text_copy("plimsoll leak tells what grew");
}
