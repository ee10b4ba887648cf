#include "analysis/autopsy.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "model/last_words.h"

/* The last reading may be of what is left when the process is gone: the largest of so many last ones counts.
 */
#define LAST_POINTS 4

/* A course of fewer points has no shape. */
#define POINTS_LEAST 8

/* It takes a moment until the watch for SIGKILLs has begun. */
#define BEGIN_NS (100 * NS_PER_MS)

/* Growth by less than this in a second is none to speak of. */
#define RATE_LEAST_BYTES_PER_S (double)(64 * KIB)

/* ---- the course ---- */

static size_t last_alive(const struct series *series) {
    size_t last = series->count - 1;
    for (size_t i = series->count; i-- > 0 && i + LAST_POINTS >= series->count;)
        if (known_or(series->points[i].needed, 0) > known_or(series->points[last].needed, 0))
            last = i;
    return last;
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Needed memory at a share of the points, the smallest first. */
static int64_t quantile_of(const struct series *series, size_t count, double share) {
    int64_t *values = calloc(count, sizeof *values);
    if (!values)
        abort();
    for (size_t i = 0; i < count; i++)
        values[i] = known_or(series->points[i].needed, 0);
    qsort(values, count, sizeof *values, compare);
    int64_t value = values[(size_t)(share * (double)(count - 1))];
    free(values);
    return value;
}

/* Did each quarter of the course bring at least a tenth of the whole growth? */
static bool grew_all_along(const struct series *series, size_t last) {
    int64_t first = known_or(series->points[0].needed, 0);
    int64_t whole = known_or(series->points[last].needed, 0) - first;
    int64_t before = first;
    for (size_t quarter = 1; quarter <= 4; quarter++) {
        int64_t now = known_or(series->points[last * quarter / 4].needed, 0);
        if (now - before < whole / 10)
            return false;
        before = now;
    }
    return whole > 0;
}

static enum growth_kind kind_of(const struct trial *trial, size_t last, const struct last_growth *growth) {
    const struct series *series = &trial->series;
    if (trial->exit.duration_ns < AUTOPSY_START_NS)
        return GROWTH_START;
    if (last + 1 < POINTS_LEAST)
        return GROWTH_UNKNOWN;
    /* A limit that was not reached in the readings was reached between them. */
    int64_t end = known_or(growth->last_bytes, 0);
    int64_t reached = known_or(trial->limit_bytes, end);
    if (reached < end)
        reached = end;
    if (quantile_of(series, last + 1, 0.8) < reached / 2)
        return GROWTH_SPIKE;
    if (known_or(growth->level_bytes, 0) > reached - reached / 10)
        return GROWTH_LEVEL;
    return grew_all_along(series, last) ? GROWTH_STEADY : GROWTH_UNKNOWN;
}

static struct last_growth growth_of(const struct trial *trial, size_t last) {
    const struct series *series = &trial->series;
    struct last_growth growth = {0};
    size_t since = last;
    while (since > 0 && series->points[last].time_ns - series->points[since].time_ns < NS_PER_S)
        since--;
    growth.last_bytes = series->points[last].needed;
    growth.level_bytes = known_i64(quantile_of(series, last + 1, 0.5));
    growth.last_span_ns = series->points[last].time_ns - series->points[since].time_ns;
    if (last > since && growth.last_span_ns > 0)
        growth.last_rate_bytes_per_s =
            known_f64((double)(known_or(growth.last_bytes, 0) - known_or(series->points[since].needed, 0)) /
                      ((double)growth.last_span_ns / (double)NS_PER_S));
    growth.kind = kind_of(trial, last, &growth);
    return growth;
}

static struct last_seen seen_at(const struct series_point *point) {
    if (!point->usage.known || !point->least.anon.known || !point->needed.known)
        return (struct last_seen){0};
    int64_t cache = point->usage.value - point->needed.value;
    return (struct last_seen){.known = true,
                              .time_ns = point->time_ns,
                              .anon_bytes = point->least.anon.value,
                              .shmem_bytes = point->least.shmem,
                              .kernel_bytes = point->least.kernel,
                              .cache_bytes = cache > 0 ? cache : 0};
}

void autopsy_keep_course(struct trial *trial) {
    const struct series *series = &trial->series;
    struct ending *ending = &trial->ending;
    if (series->count == 0 || !series->points[0].needed.known) {
        ending->growth.kind = trial->exit.duration_ns < AUTOPSY_START_NS ? GROWTH_START : GROWTH_UNKNOWN;
        return;
    }
    size_t last = last_alive(series);
    ending->growth = growth_of(trial, last);
    ending->seen = seen_at(&series->points[last]);
}

/* ---- sentences ---- */

struct known_i64 autopsy_main_died(const struct trial *trial) {
    if (trial->ending.oom.is_main.known)
        return trial->ending.oom.is_main;
    if (!trial->exit.exit_code.known && !trial->exit.signal.known)
        return UNKNOWN_I64;
    if (trial->exit.stop != STOP_NONE || known_or(trial->exit.exit_code, 0) == 128 + SIGKILL)
        return UNKNOWN_I64;
    return known_i64(known_or(trial->exit.signal, 0) == SIGKILL);
}

bool autopsy_killed_by_code(const struct trial *trial) {
    const struct sigkill *kill = &trial->ending.killer;
    bool of_target = trial->ending.killer_known && (kill->to_main || kill->to_target || kill->by_target);
    return trial->outcome == OUTCOME_KILLED && trial->exit.exit_code.known && !of_target &&
           !trial->ending.oom_daemon;
}

/* "its main process, python3 (4321),", "a process of its". Caller frees. */
static char *victim_text(const struct trial *trial) {
    const struct oom_death *death = &trial->ending.oom;
    struct known_i64 was_main = autopsy_main_died(trial);
    const char *who = !was_main.known  ? "a process of its"
                      : was_main.value ? "its main process"
                                       : "a child of its main process";
    if (death->count == 0)
        return text_copy(who);
    if (!death->pid.known)
        return text_format("%s, %s,", who, death->process);
    return text_format("%s, %s (%lld),", who, death->process, (long long)death->pid.value);
}

/* What became of the main process where a child died. */
static void add_main_end(const struct trial *trial, struct strbuf *text) {
    if (known_or(autopsy_main_died(trial), 1) || trial->exit.stop != STOP_NONE)
        return;
    if (trial->exit.exit_code.known)
        strbuf_addf(text, "; the main process ended by itself, with exit code %d",
                    (int)trial->exit.exit_code.value);
    else if (trial->exit.signal.known)
        strbuf_addf(text, "; the main process ended by signal %d", (int)trial->exit.signal.value);
}

static void say_struck(const struct trial *trial, struct sentences *ret) {
    const struct ending *ending = &trial->ending;
    CLEANUP_FREE char *victim = victim_text(trial);
    struct strbuf text = {0};
    switch (ending->scope) {
    case SCOPE_OWN:
        strbuf_addf(&text, "Its own limit of %s struck, and %s died of it",
                    bytes_text(known_or(ending->limit_bytes, 0)).s, victim);
        break;
    case SCOPE_PARENT:
        strbuf_add(&text, "Not its own limit struck but ");
        if (ending->limit_bytes.known)
            strbuf_addf(&text, "the %s of a parent, %s", bytes_text(ending->limit_bytes.value).s,
                        ending->limit_path);
        else
            strbuf_addf(&text, "that of a parent, %s", ending->limit_path);
        strbuf_addf(&text, "; %s died of it", victim);
        break;
    case SCOPE_HOST:
        if (ending->limit_bytes.known)
            strbuf_addf(
                &text,
                "It was stopped at %s by the guard of plimsoll itself, which keeps this machine whole "
                "(--max sets it), and %s died of it",
                bytes_text(ending->limit_bytes.value).s, victim);
        else
            strbuf_addf(&text, "No limit struck: the host had no more memory to give, and %s died of it",
                        victim);
        break;
    default:
        strbuf_free(&text);
        return;
    }
    add_main_end(trial, &text);
    sentences_add(ret, "%s.", strbuf_text(&text));
    strbuf_free(&text);
}

/* What would have helped. Caller frees. */
static char *why_unseen(const struct trial *trial) {
    if (trial->ending.kills_watched)
        return text_copy("");
    if (trial->exit.duration_ns < KILLS_WATCHED_AFTER_NS + BEGIN_NS)
        return text_format(": that is watched for once a target has lived for %s",
                           duration_text(KILLS_WATCHED_AFTER_NS).s);
    return text_copy(" (plimsoll doctor tells what that takes)");
}

/* Without a full stop behind a command, which would look like a part of it. */
static void say_killer(const struct trial *trial, struct sentences *ret) {
    const struct ending *ending = &trial->ending;
    bool by_code = autopsy_killed_by_code(trial);
    CLEANUP_FREE char *why = why_unseen(trial);
    if (ending->oom_daemon)
        sentences_add(ret,
                      "No limit struck: %s killed it, because the host or a group above was short of memory.",
                      ending->oom_daemon);
    if (by_code && ending->killer_known)
        sentences_add(ret,
                      "No limit struck: it ended with 137, which shells and container engines tell for a "
                      "SIGKILL, and any program may by itself. One was seen, to a process that was gone "
                      "before it could be told whether it is the target's.");
    else if (by_code)
        sentences_add(ret,
                      "No limit struck: it ended with 137, which shells and container engines tell for a "
                      "SIGKILL, and any program may by itself. None was seen%s.",
                      why);
    else if (!ending->killer_known && !ending->oom_daemon)
        sentences_add(ret, "No limit struck: somebody sent SIGKILL. Who did was not seen%s.", why);
    if (!ending->killer_known)
        return;
    CLEANUP_FREE char *sender = sigkill_sender_text(&ending->killer);
    sentences_add(ret, "%she SIGKILL to %s %s", ending->oom_daemon || by_code ? "T" : "No limit struck: t",
                  ending->killer.name, sender);
}

/* Who ended the main process, after an OOM had ended a child of its. */
static void say_later_killer(const struct trial *trial, struct sentences *ret) {
    CLEANUP_FREE char *sender = sigkill_sender_text(&trial->ending.killer);
    sentences_add(ret, "The SIGKILL to %s, its main process, %s", trial->ending.killer.name, sender);
}

/* What the process held that died. */
static void say_process(const struct trial *trial, struct sentences *ret) {
    const struct oom_death *death = &trial->ending.oom;
    if (!death->count || !death->process_anon_bytes.known)
        return;
    struct strbuf text = {0};
    strbuf_addf(&text, "%s held %s anonymous", death->process, bytes_text(death->process_anon_bytes.value).s);
    if (death->process_file_bytes.known && death->process_shmem_bytes.known)
        strbuf_addf(&text, ", %s of mapped files, %s shared", bytes_text(death->process_file_bytes.value).s,
                    bytes_text(death->process_shmem_bytes.value).s);
    if (death->oom_score_adj.known)
        strbuf_addf(&text, "; its oom_score_adj was %lld", (long long)death->oom_score_adj.value);
    if (death->count > 1)
        strbuf_addf(&text, "; %d processes were killed", death->count);
    sentences_add(ret, "%s.", strbuf_text(&text));
    strbuf_free(&text);
}

/* What the memory was made of, by the kernel at the moment of death, or by the last reading before. */
static void say_made_of(const struct trial *trial, struct sentences *ret) {
    const struct oom_death *death = &trial->ending.oom;
    const struct last_seen *seen = &trial->ending.seen;
    if (death->count && death->anon_bytes.known && death->file_bytes.known && death->shmem_bytes.known) {
        struct strbuf text = {0};
        if (death->usage_bytes.known)
            strbuf_addf(&text, "Of the %s there, ", bytes_text(death->usage_bytes.value).s);
        strbuf_addf(&text, "%s was anonymous, %s shared, %s page cache",
                    bytes_text(death->anon_bytes.value).s, bytes_text(death->shmem_bytes.value).s,
                    bytes_text(death->file_bytes.value).s);
        int64_t rest = known_or(death->usage_bytes, 0) - death->anon_bytes.value - death->shmem_bytes.value -
                       death->file_bytes.value;
        if (rest >= MIB)
            strbuf_addf(&text, ", %s the kernel's", bytes_text(rest).s);
        sentences_add(ret, "%s.", strbuf_text(&text));
        strbuf_free(&text);
        return;
    }
    if (!seen->known)
        return;
    struct strbuf text = {0};
    strbuf_addf(&text, "Seen last, %s after its start: %s anonymous", duration_text(seen->time_ns).s,
                bytes_text(seen->anon_bytes).s);
    if (seen->shmem_bytes.known)
        strbuf_addf(&text, ", %s shared", bytes_text(seen->shmem_bytes.value).s);
    if (seen->kernel_bytes.known)
        strbuf_addf(&text, ", %s of the kernel's", bytes_text(seen->kernel_bytes.value).s);
    sentences_add(ret, "%s, %s page cache.", strbuf_text(&text), bytes_text(seen->cache_bytes).s);
    strbuf_free(&text);
}

/* Of a target that came to its end without a limit nobody needs to be told that it is no leak. */
static void say_growth(const struct trial *trial, const struct trial *free_run, struct sentences *ret) {
    const struct last_growth *growth = &trial->ending.growth;
    struct strbuf text = {0};
    struct short_text lived = duration_text(trial->exit.duration_ns);
    switch (growth->kind) {
    case GROWTH_START:
        if (trial->ending.scope == SCOPE_PARENT || trial->ending.scope == SCOPE_HOST || free_run ||
            trial->outcome == OUTCOME_RUNTIME_OOM)
            break;
        strbuf_addf(&text, "It died %s after its start: rather a limit below what it needs than a leak",
                    lived.s);
        break;
    case GROWTH_STEADY:
        strbuf_addf(
            &text,
            "It grew all along for %s: a leak, or work that takes ever more (plimsoll leak tells them "
            "apart)",
            lived.s);
        break;
    case GROWTH_SPIKE:
        strbuf_addf(&text, "It held about %s for most of %s and then shot up: a spike, no leak",
                    bytes_text(known_or(growth->level_bytes, 0)).s, lived.s);
        break;
    case GROWTH_LEVEL:
        strbuf_addf(&text, "It held about %s for most of %s: it lives close below this limit, and wants more",
                    bytes_text(known_or(growth->level_bytes, 0)).s, lived.s);
        break;
    case GROWTH_UNKNOWN:
    case GROWTH_COUNT:
        break;
    }
    double rate = known_f64_or(growth->last_rate_bytes_per_s, 0);
    if (rate >= RATE_LEAST_BYTES_PER_S)
        strbuf_addf(&text, "%s by %s/s in the last %s", text.length ? ". It grew" : "It grew",
                    bytes_text((int64_t)rate).s, duration_text(growth->last_span_ns).s);
    if (text.length)
        sentences_add(ret, "%s.", strbuf_text(&text));
    strbuf_free(&text);
}

static void say_missing(const struct trial *trial, const struct trial *free_run, struct sentences *ret) {
    struct known_i64 limit =
        trial->ending.scope == SCOPE_NONE ? trial->limit_bytes : trial->ending.limit_bytes;
    bool struck = trial->ending.scope == SCOPE_OWN || trial->ending.scope == SCOPE_PARENT;
    if (!limit.known || (!struck && trial->outcome != OUTCOME_RUNTIME_OOM))
        return;
    /* Whose runtime gave up may do so alike without any limit of the group. */
    bool has_free_run = free_run && free_run->needed_bytes.known;
    if (!has_free_run && trial->outcome == OUTCOME_RUNTIME_OOM)
        return;
    if (!has_free_run) {
        sentences_add(
            ret, "How much more it wanted one run cannot tell: plimsoll find looks for the least that is "
                 "enough.");
        return;
    }
    int64_t missing = free_run->needed_bytes.value - limit.value;
    if (missing > 0)
        sentences_add(ret, "Without a limit it needed %s: %s were missing.",
                      bytes_text(free_run->needed_bytes.value).s, bytes_text(missing).s);
    else
        sentences_add(ret, "Without a limit it needed %s, less than this limit: this run wanted more.",
                      bytes_text(free_run->needed_bytes.value).s);
}

/* As the verdict quoted it, "Java: java.lang.OutOfMemoryError: Java heap space"; NULL: nothing was. */
static const struct words_rule *find_last_words(const struct trial *trial) {
    const char *at = NULL;
    const struct words_rule *rule =
        trial->exit.stderr_tail ? words_find_runtime_oom(trial->exit.stderr_tail, &at) : NULL;
    for (size_t i = 0; !rule && i < trial->evidence_count; i++) {
        const struct evidence *evidence = &trial->evidence[i];
        const char *words = strstr(evidence->detail, ": ");
        if (words && (strcmp(evidence->source, "stderr") == 0 || strcmp(evidence->source, "stdout") == 0))
            rule = words_find_runtime_oom(words + 2, &at);
    }
    return rule;
}

const struct words_rule *autopsy_last_words(const struct trial *trial) {
    return trial->outcome == OUTCOME_RUNTIME_OOM ? find_last_words(trial) : NULL;
}

/* A group's limit refuses nothing, it kills. */
static void say_refused(const struct trial *trial, struct sentences *ret) {
    const struct words_rule *rule = autopsy_last_words(trial);
    const char *why = rule && !words_tell_own_limit(rule)
                          ? "it asked for more than it could get (ulimit -v, or more than there can be)"
                          : "a limit of the runtime's own, as that of its heap, refused it more";
    if (trial->peak_bytes.known)
        sentences_add(ret, "The kernel killed nothing: %s, when the group held %s at most.", why,
                      bytes_text(trial->peak_bytes.value).s);
    else
        sentences_add(ret, "The kernel killed nothing: %s.", why);
}

void autopsy_explain(const struct trial *trial, const struct trial *free_run, struct sentences *ret) {
    switch (trial->outcome) {
    case OUTCOME_OOM:
    case OUTCOME_OUTSIDE_OOM:
        say_struck(trial, ret);
        say_process(trial, ret);
        if (trial->ending.killer_known)
            say_later_killer(trial, ret);
        break;
    case OUTCOME_RUNTIME_OOM:
        say_refused(trial, ret);
        break;
    case OUTCOME_KILLED:
        say_killer(trial, ret);
        return;
    case OUTCOME_FAILED:
        if (trial_find_evidence(trial, "nested group"))
            sentences_add(ret, "The limit that struck is one that it set itself, in a group below its own.");
        if (known_or(trial->exit.exit_code, 0) == 128 + SIGKILL && trial_find_evidence(trial, "signal trace"))
            sentences_add(ret, "No limit struck, and no SIGKILL was seen: it ended with 137 by itself.");
        return;
    default:
        return;
    }
    say_made_of(trial, ret);
    say_growth(trial, free_run, ret);
    say_missing(trial, free_run, ret);
}
