#include "output/summary.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/autopsy.h"
#include "base/cleanup.h"
#include "base/version.h"
#include "output/colour.h"
#include "output/columns.h"
#include "output/curve.h"
#include "output/summary_leak.h"

/* Lines of a failed target's standard error that are shown. */
#define LAST_WORDS_LINES 4

/* Closing words: labels in a column of their own, and no line longer than a terminal of 80. */
#define LABEL_COLUMNS 11
#define TEXT_COLUMNS  79

struct short_text summary_limit_text(struct known_i64 limit_bytes) {
    struct short_text text = {"none"};
    return limit_bytes.known ? bytes_text(limit_bytes.value) : text;
}

/* "93120/s", "0.82/s": four digits that mean something, none of them as a power of ten. */
static struct short_text rate_per_s_text(double rate) {
    struct short_text text;
    int decimals = rate >= 1000 ? 0 : rate >= 100 ? 1 : rate >= 10 ? 2 : 3;
    snprintf(text.s, sizeof text.s, "%.*f/s", decimals, rate);
    return text;
}

void summary_opening(const struct result *result, struct strbuf *text) {
    CLEANUP_FREE char *command = text_command_line(result->argv);
    strbuf_addf(text, "plimsoll %s  ", plimsoll_version);
    if (result->image)
        text_add_visible(text, result->image);
    if (result->image && *command)
        strbuf_add(text, " ");
    text_add_visible(text, command);
    bool grouped = strcmp(result->host.cgroup, "none") != 0;
    strbuf_addf(text, "    (%s%s, %d CPU%s", grouped ? "cgroup " : "no cgroup",
                grouped ? result->host.cgroup : "", result->host.cpus, result->host.cpus == 1 ? "" : "s");
    if (result->host.available_bytes.known)
        strbuf_addf(text, ", %s free", bytes_text(result->host.available_bytes.value).s);
    strbuf_add(text, ")\n");
}

enum mood summary_mood(enum outcome outcome) {
    switch (outcome) {
    case OUTCOME_SURVIVED:
        return MOOD_GOOD;
    case OUTCOME_OOM:
    case OUTCOME_RUNTIME_OOM:
    case OUTCOME_OUTSIDE_OOM:
        return MOOD_BAD;
    default:
        return MOOD_DOUBT;
    }
}

const char *summary_outcome_word(enum outcome outcome) {
    return outcome == OUTCOME_OOM ? "OOM" : outcome_name(outcome);
}

/* Bad outcomes red, doubtful ones yellow, good ones green. */
static const char *colour_of(enum outcome outcome) {
    static const char *const colours[] = {[MOOD_GOOD] = GREEN, [MOOD_BAD] = RED, [MOOD_DOUBT] = YELLOW};
    return colours[summary_mood(outcome)];
}

struct summary_row summary_row_of(const struct trial *trial) {
    bool lived = trial_lived(trial);
    struct known_f64 rate = lived && !trial->squeezed ? service_rate(&trial->service) : UNKNOWN_F64;
    struct summary_row row = {
        .limit = trial->squeezed ? (struct short_text){"falling"} : summary_limit_text(trial->limit_bytes),
        .outcome = summary_outcome_word(trial->outcome),
        .colour = colour_of(trial->outcome),
        .time = duration_text(trial->exit.duration_ns),
    };
    /* What a run that was cut short had needed or peaked at says nothing about its need. */
    if (lived && trial->needed_bytes.known)
        row.needed = bytes_text(trial->needed_bytes.value);
    if (lived && trial->peak_bytes.known)
        row.peak = bytes_text(trial->peak_bytes.value);
    if (rate.known)
        row.rate = rate_per_s_text(rate.value);
    return row;
}

void summary_item(struct strbuf *text, const char *label, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    CLEANUP_FREE char *sentence = text_format_list(format, arguments);
    va_end(arguments);
    strbuf_addf(text, "%-*s", LABEL_COLUMNS, label);
    columns_wrap(sentence, strlen(sentence), LABEL_COLUMNS, LABEL_COLUMNS, TEXT_COLUMNS, text);
}

/* "Label      words" taken apart. */
static void begin_item(const char *line, size_t length, struct strbuf *label, struct strbuf *sentence) {
    size_t start = length > LABEL_COLUMNS ? LABEL_COLUMNS : 0;
    size_t end = start;
    while (end > 0 && line[end - 1] == ' ')
        end--;
    strbuf_add_bytes(label, line, end);
    strbuf_add_bytes(sentence, line + start, length - start);
}

void summary_each_item(const char *text, summary_visitor *visit, void *context) {
    struct strbuf label = {0};
    struct strbuf sentence = {0};
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t length = strcspn(line, "\n");
        size_t indent = strspn(line, " ");
        if (indent >= length)
            continue;
        if (indent >= LABEL_COLUMNS && sentence.length > 0) {
            strbuf_add(&sentence, " ");
            strbuf_add_bytes(&sentence, line + indent, length - indent);
            continue;
        }
        if (sentence.length > 0)
            visit(context, strbuf_text(&label), strbuf_text(&sentence));
        strbuf_free(&label);
        strbuf_free(&sentence);
        begin_item(line, length, &label, &sentence);
    }
    if (sentence.length > 0)
        visit(context, strbuf_text(&label), strbuf_text(&sentence));
    strbuf_free(&label);
    strbuf_free(&sentence);
}

/* Page cache that makes a difference. */
#define CACHE_LEAST_BYTES (4 * MIB)

/* How fast it was at the lowest limit it survives, against the run without a limit; where no slowdown point
 * tells it. */
static void add_speed(const struct result *result, struct strbuf *text) {
    const struct trial *profile = result_profile(result->trials, result->trial_count);
    int64_t most_cached = 0;
    int64_t total = 0;
    double rate = 0;
    int rates = 0;
    int runs = 0;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (trial_lived(trial) && trial->limit_bytes.known && trial->purpose != PURPOSE_VERIFY &&
            !trial->crowded && trial->limit_bytes.value == result->oom_point.survives_bytes.value) {
            total += trial_pace_ns(trial);
            struct known_f64 here = service_rate(&trial->service);
            rate += here.value;
            rates += here.known;
            runs++;
            if (known_or(trial->file_cache_bytes, 0) > most_cached)
                most_cached = trial->file_cache_bytes.value;
        }
    }
    if (!profile || trial_pace_ns(profile) <= 0 || runs == 0)
        return;
    double ratio = (double)total / runs / (double)trial_pace_ns(profile);
    struct short_text survives = bytes_text(result->oom_point.survives_bytes.value);
    struct known_f64 usual = service_rate(&profile->service);
    if (usual.known && rates == runs)
        summary_item(text, "Speed", "%s at %s (over %d run%s), %s without a limit (%.2fx the time)",
                     rate_per_s_text(rate / runs).s, survives.s, runs, runs == 1 ? "" : "s",
                     rate_per_s_text(usual.value).s, ratio);
    else
        summary_item(text, "Speed", "%.2fx the time at %s (%s over %d run%s) of the run without a limit (%s)",
                     ratio, survives.s, duration_text(total / runs).s, runs, runs == 1 ? "" : "s",
                     duration_text(trial_pace_ns(profile)).s);
    int64_t cached = known_or(profile->file_cache_bytes, 0);
    if (cached > CACHE_LEAST_BYTES && most_cached < cached / 2)
        summary_item(text, "",
                     "The first run was charged for %s of files, the others found them cached: where they "
                     "are not, it may be slower%s.",
                     bytes_text(cached).s,
                     strcmp(result->command, "size") == 0 ? "" : " (--max-slowdown 1.05 looks)");
}

/* From which limit on it is as fast as it should be. */
static void add_slowdown(const struct result *result, struct strbuf *text) {
    const struct slowdown_point *point = &result->slowdown_point;
    if (!point->known) {
        add_speed(result, text);
        if (point->runs > 0)
            summary_item(text, "Slowdown",
                         "no limit was found at which it is as fast as without one (%d runs)", point->runs);
        return;
    }
    struct short_text limit = bytes_text(point->limit_bytes);
    if (point->limit_bytes == result->oom_point.survives_bytes.value)
        summary_item(text, "Speed",
                     point->slowdown_ratio <= point->max_ratio
                         ? "no slower there than without a limit (%.2fx the time)"
                         : "too short to tell whether it is slower there "
                           "(%.2fx the time)",
                     point->slowdown_ratio);
    else
        summary_item(text, "Slowdown",
                     "at %s it is slower than without a limit; from %s on it is not (%.2fx the time)",
                     bytes_text(known_or(point->slow_bytes, result->oom_point.survives_bytes.value)).s,
                     limit.s, point->slowdown_ratio);
    if (point->noise_ratio > 0 && point->max_ratio <= 1.001 * (1 + point->noise_ratio))
        summary_item(text, "", "Runs without a limit differ by %.0f %% themselves: less cannot be told.",
                     point->noise_ratio * 100);
}

static const char *how_it_died(enum outcome outcome) {
    switch (outcome) {
    case OUTCOME_TIMEOUT:
        return "it did not finish in time";
    case OUTCOME_RUNTIME_OOM:
        return "its runtime ran out of memory";
    case OUTCOME_FAILED:
        return "it failed";
    default:
        return "it died";
    }
}

/* "3 times of 3" */
static struct short_text times(int count) {
    struct short_text text;
    snprintf(text.s, sizeof text.s, "%d time%s of %d", count, count == 1 ? "" : "s", count);
    return text;
}

/* The first line, which holds the answer. */
static void add_answer(const struct result *result, struct strbuf *text) {
    const struct oom_point *point = &result->oom_point;
    bool lower = false; /* was less tried, with no certain end? */
    for (size_t i = 0; i < result->trial_count; i++)
        lower = lower || (result->trials[i].limit_bytes.known &&
                          result->trials[i].limit_bytes.value < point->survives_bytes.value);
    struct short_text survives = bytes_text(point->survives_bytes.value);
    struct short_text lived = times(point->confirmed_survivals);
    if (point->stalls_bytes.known)
        strbuf_addf(
            text,
            "\nIt needs %s: at %s it was far from its end after ten times as long, at %s it lived %s.\n",
            survives.s, bytes_text(point->stalls_bytes.value).s, survives.s, lived.s);
    else if (point->ooms_bytes.known)
        strbuf_addf(text, "\nIt needs %s: at %s %s %s, at %s it lived %s.\n", survives.s,
                    bytes_text(point->ooms_bytes.value).s, how_it_died(point->dies_as),
                    times(point->confirmed_ooms).s, survives.s, lived.s);
    else
        strbuf_addf(text,
                    lower ? "\nIt needs at most %s: there it lived %s, below that nothing is certain.\n"
                          : "\nIt needs at most %s, the smallest limit that was tried: it lived %s.\n",
                    survives.s, lived.s);
}

static void add_stalls(const struct oom_point *point, struct strbuf *text) {
    if (point->ooms_bytes.known)
        summary_item(text, "Stall", "below %s it thrashes without an end; it dies at %s",
                     bytes_text(point->survives_bytes.value).s, bytes_text(point->ooms_bytes.value).s);
    else
        summary_item(text, "Stall",
                     "it was never seen to die: with less memory it reads the same pages again and "
                     "again, without an end");
}

/* Where chance decides: how often it died at each limit. */
static void add_band(const struct oom_point *point, struct strbuf *text) {
    struct strbuf levels = {0};
    bool chance = false;
    for (int i = 0; i < point->level_count; i++)
        chance = chance || (point->levels[i].p_oom > 0 && point->levels[i].p_oom < 1);
    if (chance)
        summary_item(text, "Noise",
                     "between these two it is chance: a band of %.1f %%, in which no line can be drawn",
                     point->resolution_ratio.value * 100);
    else
        summary_item(
            text, "Noise",
            "what it needs differs from run to run: with so few the line is drawn no finer than %.1f %%",
            point->resolution_ratio.value * 100);
    for (int i = 0; i < point->level_count; i++)
        strbuf_addf(&levels, "%s%s %.0f %% (%d of %d)", i ? ", " : "",
                    bytes_text(point->levels[i].limit_bytes).s, point->levels[i].p_oom * 100,
                    point->levels[i].deaths, point->levels[i].runs);
    if (levels.length)
        summary_item(text, "", "P(OOM) in the band, never rising with the limit (died of runs): %s",
                     strbuf_text(&levels));
    strbuf_free(&levels);
    if (point->non_monotone)
        summary_item(text, "",
                     "More memory does not always help it: a higher limit killed more often than a lower "
                     "one, beyond chance. Above the band it lives.");
}

void summary_free_run(const struct result *result, struct strbuf *text) {
    const struct trial *profile = result_profile(result->trials, result->trial_count);
    if (!profile || !trial_lived(profile) || !profile->needed_bytes.known)
        return;
    strbuf_addf(text, "\nIt needed %s without a limit. Which limits it lives under is not known yet.\n",
                bytes_text(profile->needed_bytes.value).s);
}

void summary_oom_point(const struct result *result, double precision_ratio, struct strbuf *text) {
    const struct oom_point *point = &result->oom_point;
    if (!point->known) {
        strbuf_add(text, "\nNo limit was found at which it lives.\n");
        return;
    }
    add_answer(result, text);
    if (point->stalls_bytes.known)
        add_stalls(point, text);
    if (point->mixed)
        add_band(point, text);
    else if (point->resolution_ratio.known && point->resolution_ratio.value > precision_ratio * 1.01 &&
             !point->stalls_bytes.known)
        summary_item(text, "Bracket",
                     "%.1f %% wide: the kernel charges ahead in batches of 256 KiB on each CPU, a finer one "
                     "means nothing",
                     point->resolution_ratio.value * 100);
    if (point->p_oom_upper95.known)
        summary_item(text, "P(OOM)",
                     "at %s is below %.0f %%, with 95 %% confidence (--confirm 59: below 5 %%)",
                     bytes_text(point->survives_bytes.value).s, ceil(point->p_oom_upper95.value * 100));
    add_slowdown(result, text);
}

/* How the live squeeze ended. Caller frees. */
static char *squeeze_end(const struct trial *trial) {
    const struct service_facts *facts = &trial->service;
    struct known_i64 last = facts->load_count ? facts->loads[facts->load_count - 1].limit_bytes : UNKNOWN_I64;
    const char *how = trial->outcome == OUTCOME_OOM           ? "died"
                      : trial->outcome == OUTCOME_RUNTIME_OOM ? "its runtime ran out of memory"
                      : trial->outcome == OUTCOME_SLOW        ? "stalled"
                                                              : "failed";
    if (trial->outcome == OUTCOME_SURVIVED)
        return text_copy("as low as it goes");
    return last.known ? text_format("%s at %s", how, bytes_text(last.value).s)
                      : text_format("%s without a limit", how);
}

void summary_squeeze(const struct result *result, struct strbuf *text) {
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (!trial->squeezed)
            continue;
        CLEANUP_FREE char *end = squeeze_end(trial);
        if (trial->squeeze_bytes.known)
            summary_item(text, "Squeeze", "one live run: served its load down to %s, %s",
                         bytes_text(trial->squeeze_bytes.value).s, end);
        else
            summary_item(text, "Squeeze", "one live run, which gave no estimate: %s", end);
        curve_squeeze(trial, LABEL_COLUMNS, text);
    }
}

static void add_proof(const struct recommendation *advice, struct strbuf *text) {
    struct short_text limit = quantity_ceil_mi_text(advice->limit_bytes);
    const char *plural = advice->verified_runs == 1 ? "" : "s";
    if (advice->verified_ooms)
        summary_item(text, "Proof", "%d fresh run%s at %s, %d died", advice->verified_runs, plural, limit.s,
                     advice->verified_ooms);
    else if (advice->verified_runs > 0)
        summary_item(
            text, "Proof",
            "%d fresh run%s at %s, none died: P(OOM) is below %.0f %% for a run like these, with 95 %% "
            "confidence%s",
            advice->verified_runs, plural, limit.s, ceil(advice->verified_p_oom_upper95.value * 100),
            advice->verified_runs < 59 ? " (--prove 59: below 5 %)" : "");
}

static void add_leak(const struct leak *leak, struct strbuf *text) {
    struct strbuf line = {0};
    if (!leak->known)
        return;
    summary_leak_line(leak, &line);
    summary_item(text, "Leak", "%s", strbuf_text(&line));
    strbuf_free(&line);
}

void summary_recommendation(const struct result *result, struct strbuf *text) {
    const struct recommendation *advice = &result->recommendation;
    if (!advice->known)
        return;
    add_leak(&result->leak, text);
    summary_item(text, "Recommend", "requests.memory %s   limits.memory %s   (%.2fx the request)",
                 quantity_ceil_mi_text(advice->request_bytes).s, quantity_ceil_mi_text(advice->limit_bytes).s,
                 advice->headroom_ratio);
    if (advice->cpu_millis.known)
        summary_item(text, "", "requests.cpu %dm   limits.cpu %dm", (int)advice->cpu_millis.value,
                     (int)advice->cpu_millis.value);
    for (size_t i = 0; i < advice->runtime.setting_count; i++)
        summary_item(text, i == 0 ? "Set" : "", "%s=%s", advice->runtime.settings[i].name,
                     advice->runtime.settings[i].value);
    for (size_t i = 0; i < advice->reason_count; i++)
        summary_item(text, i == 0 ? "Because" : "", "%s", advice->reasons[i]);
    add_proof(advice, text);
    for (size_t i = 0; i < advice->warning_count; i++)
        summary_item(text, "Warning", "%s", advice->warnings[i]);
    strbuf_addf(text, "%s, oom_score_adj %d on a node of %s.\n", advice->qos_class, advice->oom_score_adj,
                quantity_text(advice->node_memory_bytes).s);
}

static void add_exit(const struct trial *trial, struct strbuf *text) {
    if (trial->exit.exit_code.known)
        strbuf_addf(text, "exit %d", (int)trial->exit.exit_code.value);
    else if (trial->exit.signal.known)
        strbuf_addf(text, "signal %d (%s)", (int)trial->exit.signal.value,
                    strsignal((int)trial->exit.signal.value));
    else
        strbuf_add(text, "no exit code,");
    strbuf_addf(text, " after %s", duration_text(trial->exit.duration_ns).s);
}

/* Where the last few lines begin. */
static const char *last_lines(const char *text, int lines) {
    const char *at = text + strlen(text);
    while (at > text && at[-1] == '\n')
        at--;
    while (at > text && (at[-1] != '\n' || --lines > 0))
        at--;
    return at;
}

/* A line of its own for each. With the first of them before, where that is a tool's: what went wrong is often
 * said first, and its usage comes after it. */
static void add_last_words(const char *tail, bool with_first, struct strbuf *text) {
    const char *words = last_lines(tail, LAST_WORDS_LINES);
    if (with_first && words > tail + strcspn(tail, "\n") + 1) {
        CLEANUP_FREE char *first =
            text_copy_bytes(tail, strcspn(tail, "\n") < 400 ? strcspn(tail, "\n") : 400);
        strbuf_add(text, "\n          ");
        text_add_visible(text, first);
        strbuf_add(text, "\n          ...");
    }
    while (*words) {
        size_t length = strcspn(words, "\n");
        CLEANUP_FREE char *line = text_copy_bytes(words, length < 400 ? length : 400);
        strbuf_add(text, "\n          ");
        text_add_visible(text, line);
        words += length;
        words += strspn(words, "\n");
    }
}

void summary_autopsy(const struct trial *trial, const struct trial *free_run, int indent,
                     struct strbuf *text) {
    struct sentences sentences = {0};
    autopsy_explain(trial, free_run, &sentences);
    for (size_t i = 0; i < sentences.count; i++) {
        strbuf_addf(text, "%*s", indent, "");
        text_add_visible(text, sentences.items[i]);
        strbuf_add(text, "\n");
    }
    sentences_free(&sentences);
}

void summary_run(const struct trial *trial, struct strbuf *text) {
    strbuf_addf(text, "plimsoll: %s%s (", outcome_name(trial->outcome),
                trial->exit.stop == STOP_INTERRUPT ? ", interrupted" : "");
    add_exit(trial, text);
    strbuf_addf(text, "), limit %s", summary_limit_text(trial->limit_bytes).s);
    if (trial->needed_bytes.known)
        strbuf_addf(text, ", needed %s", bytes_text(trial->needed_bytes.value).s);
    if (trial->peak_bytes.known)
        strbuf_addf(text, ", peak %s", bytes_text(trial->peak_bytes.value).s);
    strbuf_add(text, "\n");
    if (trial->outcome == OUTCOME_SURVIVED && trial->exit.leftovers == 0)
        return;
    summary_autopsy(trial, NULL, 10, text);
    for (size_t i = 0; i < trial->evidence_count; i++) {
        strbuf_addf(text, "          %s: ", trial->evidence[i].source);
        text_add_visible(text, trial->evidence[i].detail);
        strbuf_add(text, "\n");
    }
    if (trial->service.load_tail && trial->service.load_tail[strspn(trial->service.load_tail, " \t\r\n")]) {
        strbuf_add(text, "          The load's last words:");
        add_last_words(trial->service.load_tail, true, text);
        strbuf_add(text, "\n");
    }
}

void summary_failure(const struct trial *trial, struct strbuf *text) {
    strbuf_addf(text, "%s (", outcome_name(trial->outcome));
    add_exit(trial, text);
    strbuf_add(text, ")");
    /* Of a load that failed, its own words tell more than those of the server. */
    const char *tail = trial->service.load_tail ? trial->service.load_tail : trial->exit.stderr_tail;
    const char *words = tail ? last_lines(tail, LAST_WORDS_LINES) : "";
    if (trial->service.failure) {
        strbuf_add(text, ": ");
        text_add_visible(text, trial->service.failure);
    } else if (trial->service.serves && known_or(trial->exit.exit_code, 1) == 0) {
        strbuf_addf(text, ": it ended by itself before %s",
                    trial->service.ready_ns.known ? "its load was done" : "it was ready");
    }
    if (!words[strspn(words, " \t\r\n")])
        return;
    strbuf_add(text, trial->service.load_tail ? ". The load's last words:" : ". Its last words:");
    add_last_words(tail, trial->service.load_tail != NULL, text);
}
