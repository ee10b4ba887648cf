#include "explain/results.h"

#include <signal.h>
#include <string.h>

#include "analysis/autopsy.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/clues.h"
#include "explain/results_advice.h"

/* ---- what it was ---- */

/* Whose limit it was. Of a result that does not keep the end of its trials the evidence tells. */
static enum death_scope scope_of(const struct trial *trial) {
    if (trial->ending.scope != SCOPE_NONE)
        return trial->ending.scope;
    if (trial->outcome == OUTCOME_OOM)
        return SCOPE_OWN;
    if (trial->outcome != OUTCOME_OUTSIDE_OOM)
        return SCOPE_NONE;
    return trial_find_evidence(trial, "limit")  ? SCOPE_PARENT
           : trial_find_evidence(trial, "host") ? SCOPE_HOST
                                                : SCOPE_NONE;
}

/* By the kernel, for what is not known: an OOM kill that was counted nowhere cannot be excluded. */
static bool was_by_kernel(const struct trial *trial) {
    return trial->outcome == OUTCOME_KILLED && trial->ending.killer_known &&
           trial->ending.killer.by == KILL_BY_KERNEL;
}

/* Stopped by plimsoll itself, at --max or what the machine can spare. */
static bool has_met_guard(const struct trial *trial) {
    return (trial->ending.scope == SCOPE_HOST && trial->ending.limit_bytes.known) ||
           (trial->ending.scope != SCOPE_OWN && trial_find_evidence(trial, "guard"));
}

/* What a program writes is certain only where it also ended as its runtime does then. */
static enum confidence confidence_in_words(const struct trial *trial) {
    const struct words_rule *rule = autopsy_last_words(trial);
    if (!rule)
        return CONFIDENCE_LIKELY;
    bool ended = trial->exit.exit_code.known || trial->exit.signal.known;
    if (rule->confidence == CONFIDENCE_CERTAIN &&
        !(ended && words_exit_fits(rule, exit_facts_status(&trial->exit))))
        return CONFIDENCE_LIKELY;
    return rule->confidence;
}

/* A kill that the main process outlived. */
static bool lost_a_child(const struct trial *trial) {
    bool oom = trial->outcome == OUTCOME_OOM || trial->outcome == OUTCOME_OUTSIDE_OOM;
    return oom && trial->exit.stop == STOP_NONE && !known_or(autopsy_main_died(trial), 1);
}

/* Some limits strike without being counted; and of a container that was gone too soon the engine's flag is
 * all there is, which it raises for any OOM in it. */
static enum confidence confidence_of(const struct result *result, const struct trial *trial,
                                     enum death_scope scope) {
    switch (trial->outcome) {
    case OUTCOME_OOM:
        return known_or(trial->oom_kills, result->image ? 0 : 1) > 0 ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    case OUTCOME_OUTSIDE_OOM:
        if (has_met_guard(trial))
            return CONFIDENCE_CERTAIN;
        return scope != SCOPE_PARENT || trial_find_evidence(trial, "peak") ? CONFIDENCE_LIKELY
                                                                           : CONFIDENCE_CERTAIN;
    case OUTCOME_RUNTIME_OOM:
        return confidence_in_words(trial);
    case OUTCOME_HARNESS_ERROR:
        return CONFIDENCE_UNKNOWN;
    case OUTCOME_FAILED:
        return CONFIDENCE_LIKELY;
    case OUTCOME_KILLED:
        return trial->oom_kills.known && !was_by_kernel(trial) && !autopsy_killed_by_code(trial)
                   ? CONFIDENCE_CERTAIN
                   : CONFIDENCE_LIKELY;
    default:
        return CONFIDENCE_CERTAIN;
    }
}

/* What was watched has ended, and no OOM kill of it was counted: did it live? */
static bool watched_to_its_end(const struct result *result, const struct trial *trial) {
    enum watch_end end = result->observation.end;
    return result->observation.known && trial->outcome == OUTCOME_SURVIVED &&
           (end == WATCH_EMPTY || end == WATCH_PROCESS || end == WATCH_GONE);
}

/* How the process ended that was named; of a group nobody knows. */
static void conclude_watched(const struct trial *trial, struct death *death) {
    if (trial->exit.signal.known || trial->exit.exit_code.known)
        death->confidence = CONFIDENCE_LIKELY;
    else
        death->confidence = CONFIDENCE_UNKNOWN;
    if (known_or(trial->exit.signal, 0) == SIGKILL)
        death->verdict = VERDICT_KILLED;
    else if (trial->exit.signal.known || known_or(trial->exit.exit_code, 0) != 0)
        death->verdict = VERDICT_FAILED;
    else if (trial->exit.exit_code.known)
        death->confidence = CONFIDENCE_CERTAIN;
    else
        death->verdict = VERDICT_UNKNOWN;
}

/* All that tells one way to die from another. */
static void conclude(const struct result *result, const struct trial *trial, struct death *death) {
    bool struck = trial->ending.scope == SCOPE_OWN || trial->ending.scope == SCOPE_PARENT;
    death->verdict = lost_a_child(trial) ? VERDICT_OOM_CHILD : (enum verdict)trial->outcome;
    death->scope = has_met_guard(trial) ? SCOPE_NONE : scope_of(trial);
    death->confidence = confidence_of(result, trial, death->scope);
    if (watched_to_its_end(result, trial))
        conclude_watched(trial, death);
    death->limit_bytes = struck ? trial->ending.limit_bytes : trial->limit_bytes;
}

/* ---- in words ---- */

static const char *words_of(enum outcome outcome) {
    static const char *const words[OUTCOME_COUNT] = {
        [OUTCOME_SURVIVED] = "lived",
        [OUTCOME_OOM] = "was OOM-killed",
        [OUTCOME_RUNTIME_OOM] = "ended because its runtime ran out of memory of its own",
        [OUTCOME_SLOW] = "was too slow",
        [OUTCOME_FAILED] = "failed",
        [OUTCOME_TIMEOUT] = "was stopped at its --timeout",
        [OUTCOME_KILLED] = "was sent SIGKILL, and not by the kernel's OOM killer",
        [OUTCOME_OUTSIDE_OOM] = "was OOM-killed, but not for its own limit",
        [OUTCOME_HARNESS_ERROR] = "was not measured: the run itself failed",
    };
    return words[outcome];
}

/* "at its own limit of 64Mi". Caller frees. */
static char *whose_text(const struct trial *trial, const struct death *death) {
    struct size_words size = of_size(death->limit_bytes);
    if (has_met_guard(trial))
        return text_format("by the guard of plimsoll itself%s%s (--max), which keeps this machine whole",
                           trial->ending.limit_bytes.known ? "," : "", of_size(trial->ending.limit_bytes).s);
    switch (death->scope) {
    case SCOPE_OWN:
        return text_format("at its own limit%s", size.s);
    case SCOPE_PARENT:
        if (trial->ending.limit_path)
            return text_format("at the limit%s of %s, above its own group", size.s, trial->ending.limit_path);
        return text_copy("at a limit above its own");
    case SCOPE_HOST:
        return text_copy("because the host ran out of memory");
    default:
        return text_copy("at a limit that cannot be seen from here");
    }
}

static bool was_interrupted(const struct trial *trial) {
    return trial->outcome == OUTCOME_HARNESS_ERROR && trial->exit.stop == STOP_INTERRUPT;
}

/* The main process, when a child of its was OOM-killed. */
static char *main_end_text(const struct trial *trial) {
    const struct sigkill *kill = &trial->ending.killer;
    if (trial->exit.signal.known && trial->ending.killer_known && kill->by == KILL_BY_PROCESS)
        return text_format("its main process was ended by signal %d, sent by %s",
                           (int)trial->exit.signal.value, kill->by_name[0] ? kill->by_name : "somebody");
    if (trial->exit.signal.known)
        return text_format("its main process was ended by signal %d", (int)trial->exit.signal.value);
    return text_format("ended by itself%s", known_or(trial->exit.exit_code, 1) == 0 ? ", well" : "");
}

/* "failed by itself with exit code 3; nothing that it wrote speaks of memory". Caller frees. */
static char *failed_text(const struct trial *trial) {
    struct strbuf text = {0};
    if (trial_find_evidence(trial, "threads"))
        return text_copy("failed because no thread could be made: a limit on processes rather than memory");
    if (trial_find_evidence(trial, "nested group"))
        return text_copy(
            "lost a process to an OOM kill at a limit that it set itself, in a group below its own");
    if (trial_find_evidence(trial, "engine"))
        return text_copy("was not started by its engine");
    if (trial_find_evidence(trial, "signal trace") && known_or(trial->exit.exit_code, 0) == 128 + SIGKILL)
        return text_copy("ended by itself with 137; no SIGKILL was seen");
    strbuf_add(&text, "failed");
    if (trial->exit.stop == STOP_NONE && trial->exit.exit_code.known)
        strbuf_addf(&text, " by itself with exit code %d", (int)trial->exit.exit_code.value);
    else if (trial->exit.stop == STOP_NONE && trial->exit.signal.known)
        strbuf_addf(&text, " by signal %d", (int)trial->exit.signal.value);
    if (trial->limit_bytes.known)
        strbuf_addf(&text, " under its limit%s", of_size(trial->limit_bytes).s);
    strbuf_add(&text, "; nothing that it wrote speaks of memory");
    return text.text;
}

static char *watched_text(const struct result *result, const struct trial *trial) {
    static const char none[] = "no OOM kill was counted in its group";
    if (trial->exit.signal.known)
        return text_format("was ended by signal %d while it was watched; %s", (int)trial->exit.signal.value,
                           none);
    if (trial->exit.exit_code.known)
        return text_format("ended by itself with exit code %d while it was watched; %s",
                           (int)trial->exit.exit_code.value, none);
    if (result->observation.end == WATCH_PROCESS)
        return text_format("ended while it was watched; how is not known, and %s", none);
    return text_copy("ended while it was watched; how is not known, and no OOM kill was counted in it");
}

static char *happened_text(const struct result *result, const struct trial *trial,
                           const struct death *death) {
    if (watched_to_its_end(result, trial))
        return watched_text(result, trial);
    CLEANUP_FREE char *whose = whose_text(trial, death);
    CLEANUP_FREE char *end = main_end_text(trial);
    const struct oom_death *oom = &trial->ending.oom;
    if (death->verdict == VERDICT_OOM_CHILD)
        return text_format("lost %s%s to an OOM kill %s, and %s",
                           oom->process[0] ? "its process " : "a process of its", oom->process, whose, end);
    if (trial->outcome == OUTCOME_OOM || trial->outcome == OUTCOME_OUTSIDE_OOM)
        return text_format("%s %s", words_of(OUTCOME_OOM), whose);
    if (autopsy_killed_by_code(trial))
        return text_copy("ended with 137, which stands for SIGKILL; the kernel's OOM killer sent none");
    if (trial->outcome == OUTCOME_FAILED)
        return failed_text(trial);
    if (trial->outcome == OUTCOME_RUNTIME_OOM && trial->peak_bytes.known)
        return text_format("%s, at a peak of %s", words_of(OUTCOME_RUNTIME_OOM),
                           bytes_text(trial->peak_bytes.value).s);
    if (trial->outcome == OUTCOME_RUNTIME_OOM)
        return text_copy(words_of(OUTCOME_RUNTIME_OOM));
    if (was_by_kernel(trial))
        return text_copy("was sent SIGKILL by the kernel; why is not told");
    if (was_interrupted(trial))
        return text_copy("was interrupted, and not measured");
    if (trial->outcome == OUTCOME_KILLED || trial->outcome == OUTCOME_HARNESS_ERROR)
        return text_copy(words_of(trial->outcome));
    if (trial->limit_bytes.known)
        return text_format("%s under its limit%s", words_of(trial->outcome), of_size(trial->limit_bytes).s);
    return text_format("%s without a limit", words_of(trial->outcome));
}

/* Which process, and what was in memory: of the group whose limit struck, or where that is not told of the
 * process. */
static void tell_process(const struct trial *trial, struct death *death) {
    const struct ending *ending = &trial->ending;
    const struct oom_death *oom = &ending->oom;
    bool killed = ending->killer_known && trial->outcome == OUTCOME_KILLED;
    const char *name = oom->count ? oom->process : killed ? ending->killer.name : "";
    death->process = *name ? text_copy(name) : NULL;
    death->pid = oom->count ? oom->pid : killed ? known_i64(ending->killer.pid) : UNKNOWN_I64;
    death->cgroup = ending->group_path ? text_copy(ending->group_path) : NULL;
    death->anon_bytes = oom->anon_bytes.known ? oom->anon_bytes : oom->process_anon_bytes;
    death->shmem_bytes = oom->anon_bytes.known ? oom->shmem_bytes : oom->process_shmem_bytes;
    death->file_bytes = oom->anon_bytes.known ? oom->file_bytes : UNKNOWN_I64;
}

/* Could this failure have been for want of memory after all? */
static void say_failed_missing(const struct result *result, const struct trial *trial, struct death *death) {
    const char *program = result->argv && result->argv[0] ? result->argv[0] : "";
    const char *slash = strrchr(program, '/');
    bool is_java = trial->runtime == RUNTIME_JVM || strcmp(slash ? slash + 1 : program, "java") == 0;
    if (trial->outcome == OUTCOME_FAILED && known_or(trial->exit.exit_code, 0) == 3 && is_java)
        sentences_add(&death->missing,
                      "its last words: Java ends with 3 too when it is told to exit at OutOfMemoryError");
}

static void say_missing(const struct trial *trial, struct death *death) {
    const struct ending *ending = &trial->ending;
    bool oom = trial->outcome == OUTCOME_OOM || trial->outcome == OUTCOME_OUTSIDE_OOM;
    if (oom && ending->oom.count == 0)
        sentences_add(&death->missing,
                      "which process died, and what it held: nothing was kept of the kernel's log (plimsoll "
                      "doctor tells whether it can be read)");
    if (oom && death->scope == SCOPE_NONE && !has_met_guard(trial))
        sentences_add(&death->missing, "whose limit it was: plimsoll run on the machine itself, outside any "
                                       "container, sees those above");
    if (death->verdict == VERDICT_UNKNOWN)
        sentences_add(&death->missing,
                      "how it ended: whoever started it knows its exit code or signal (Linux 6.15 "
                      "and later tell plimsoll watch --pid)");
    if (trial->outcome == OUTCOME_KILLED && !ending->killer_known && !ending->oom_daemon)
        sentences_add(&death->missing,
                      "who sent it: timeout -s KILL, an engine's or a unit's stop past its grace, a failed "
                      "probe, an OOM daemon, or kill -9 by hand leave the same traces; where plimsoll doctor "
                      "says ok to SIGKILL, another run tells");
}

static void add_trial(struct casefile *file, const char *name, const struct result *result, size_t at) {
    const struct trial *trial = &result->trials[at];
    const struct trial *free_run = result_profile(result->trials, result->trial_count);
    struct death *death = deaths_add(&file->told);
    conclude(result, trial, death);
    death->subject = text_format("%s (trial %d)", result->name ? result->name : "the target", trial->id);
    death->happened = happened_text(result, trial, death);
    death->exit_code = trial->exit.exit_code;
    death->times = 1;
    tell_process(trial, death);
    autopsy_explain(trial, free_run && trial_lived(free_run) ? free_run : NULL, &death->account);
    for (size_t i = 0; i < trial->evidence_count; i++) {
        CLEANUP_FREE char *source = text_format("%s, trials[%zu].evidence[%zu]", name, at, i);
        CLEANUP_FREE char *text = text_format("%s: %s", trial->evidence[i].source, trial->evidence[i].detail);
        death_add_evidence(death, source, 0, text);
    }
    say_missing(trial, death);
    say_failed_missing(result, trial, death);
    advise_trial(result, trial, death);
}

/* As one that is told already? It is counted with that. */
static bool is_told(struct casefile *file, size_t first, const struct result *result,
                    const struct trial *trial) {
    struct death same = {0};
    conclude(result, trial, &same);
    for (size_t i = first; i < file->told.count; i++) {
        struct death *death = &file->told.items[i];
        if (death->verdict != same.verdict || death->scope != same.scope ||
            death->limit_bytes.known != same.limit_bytes.known ||
            known_or(death->limit_bytes, 0) != known_or(same.limit_bytes, 0))
            continue;
        death->times++;
        return true;
    }
    return false;
}

void explain_result(struct casefile *file, const char *name, const struct result *result) {
    const char *source = case_add_file(file, name);
    size_t first = file->told.count;
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].outcome != OUTCOME_SURVIVED &&
            !is_told(file, first, result, &result->trials[i]))
            add_trial(file, source, result, i);
    if (file->told.count == first && result->trial_count)
        add_trial(file, source, result, result->trial_count - 1);
    case_say_read(file, "%s: a result of plimsoll %s with %zu trials", source,
                  result->command ? result->command : "", result->trial_count);
}
