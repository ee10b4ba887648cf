#include "trial/outcome.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

/* What runtimes print when they run out inside the limit (measured on the versions named). */
static const struct {
    const char *text;
    const char *runtime;
    bool begins_line; /* in the middle of one it is somebody's message about it */
} runtime_signatures[] = {
    {"java.lang.OutOfMemoryError", "Java", false},             /* 17 */
    {"Native memory allocation (mmap) failed", "Java", false}, /* 17 */
    {"There is insufficient memory for the Java Runtime", "Java", false},
    {"JavaScript heap out of memory", "Node", false},  /* 20 */
    {"Array buffer allocation failed", "Node", false}, /* 20 */
    {"(NoMemoryError)", "Ruby", false},                /* 3.1 */
    {"MemoryError", "Python", true},                   /* 3.11 */
    {"fatal error: out of memory", "Go", true},        /* 1.19 */
    {"runtime: out of memory", "Go", true},            /* 1.19 */
    {"std::bad_alloc", "C++", false},                  /* libstdc++ 12 */
    {"memory allocation of ", "Rust", true},           /* "... N bytes failed" */
    {"eheap_alloc: Cannot allocate", "Erlang", false}, /* 25 */
    {"Allowed memory size of ", "PHP", false},         /* 8.2 */
    {"System.OutOfMemoryException", ".NET", false},    /* 8 */
    {"virtual memory exhausted", "C", false},          /* gcc, xmalloc */
    {": memory exhausted", "C", false},                /* coreutils, xalloc */
    {": Cannot allocate memory", "C", false},          /* strerror(ENOMEM) */
};

/* The first place where the signature stands, and may. */
static const char *find_signature(const char *text, const char *signature, bool begins_line) {
    const char *found = strstr(text, signature);
    while (found && begins_line && found > text && found[-1] != '\n')
        found = strstr(found + 1, signature);
    return found;
}

/* Up to the end of the line, and no more than fits a message. */
static size_t line_length(const char *text) {
    size_t length = strcspn(text, "\n");
    return length < 300 ? length : 300;
}

char *outcome_find_runtime_oom(const char *stderr_tail) {
    for (size_t i = 0; i < sizeof runtime_signatures / sizeof *runtime_signatures; i++) {
        const char *found =
            find_signature(stderr_tail, runtime_signatures[i].text, runtime_signatures[i].begins_line);
        if (!found)
            continue;
        const char *start = found;
        while (start > stderr_tail && start[-1] != '\n' && found - start < 200)
            start--;
        return text_format("%s: %.*s", runtime_signatures[i].runtime, (int)line_length(start), start);
    }
    return NULL;
}

/* Usage at an OOM stays this close to the limit: charges run ahead of use by up to a batch for each CPU, and
 * this is sixteen of them. */
#define PEAK_SLACK_BYTES (4 * MIB)

static void say(struct trial *trial, const char *source, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct trial *trial, const char *source, const char *format, ...) {
    char detail[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    trial_add_evidence(trial, source, detail);
}

static bool rose(struct known_i64 before, struct known_i64 after) {
    struct known_i64 delta = known_delta(before, after);
    return delta.known && delta.value > 0;
}

/* Counts as "N -> M" under the counter's own name. */
static void say_counter(struct trial *trial, const char *source, const char *where, struct known_i64 before,
                        struct known_i64 after) {
    say(trial, source, "%lld -> %lld in %s", (long long)before.value, (long long)after.value, where);
}

/* Did this group's own limit strike? v2 counts that; v1 counts only limit hits, which reclaim raises too. */
static bool limit_struck(const struct group_events *before, const struct group_events *after) {
    if (after->ooms.known)
        return rose(before->ooms, after->ooms);
    return rose(before->limit_hits, after->limit_hits);
}

static void say_struck(const struct trial_facts *facts, struct trial *trial,
                       const struct group_events *before, const struct group_events *after,
                       const char *where) {
    if (after->ooms.known)
        say_counter(trial, facts->names.ooms, where, before->ooms, after->ooms);
    else
        say_counter(trial, facts->names.limit_hits, where, before->limit_hits, after->limit_hits);
}

/* On v1, where both our limit and one above were hit, ours struck if usage came up to it. Charges run ahead
 * of use by up to a batch for each CPU; 4 MiB covers sixteen of them. */
static bool reached_own_limit(const struct trial_facts *facts) {
    struct known_i64 unlimited = facts->line_bytes.known ? facts->line_bytes : facts->guard_bytes;
    int64_t limit = known_or(facts->limit_bytes, known_or(unlimited, INT64_MAX));
    return facts->peak_bytes.known && facts->peak_bytes.value >= limit - PEAK_SLACK_BYTES;
}

static const struct ancestor_events *struck_ancestor(const struct trial_facts *facts) {
    for (size_t i = 0; i < facts->ancestor_count; i++)
        if (limit_struck(&facts->ancestors[i].before, &facts->ancestors[i].after))
            return &facts->ancestors[i];
    return NULL;
}

/* A group above whose usage came up to its limit. On v1 a combined limit for memory and swap that is as tight
 * as the memory limit strikes without counting it anywhere: this is all there is to see. */
static const struct ancestor_events *full_ancestor(const struct trial_facts *facts) {
    for (size_t i = 0; i < facts->ancestor_count; i++) {
        const struct ancestor_events *above = &facts->ancestors[i];
        if (above->limit_bytes.known && above->after.peak_bytes.known &&
            above->after.peak_bytes.value >= above->limit_bytes.value - PEAK_SLACK_BYTES)
            return above;
    }
    return NULL;
}

static void say_ancestor_limit(struct trial *trial, const struct ancestor_events *above) {
    if (above->limit_bytes.known)
        say(trial, "limit", "%lld bytes (%s), a parent's: %s", (long long)above->limit_bytes.value,
            bytes_text(above->limit_bytes.value).s, above->path);
}

/* No limit that counts was seen to strike: what remains, the likeliest first. */
static enum outcome judge_unseen_limit(const struct trial_facts *facts, struct trial *trial) {
    const struct ancestor_events *full = full_ancestor(facts);
    if (rose(facts->own_before.nested_hits, facts->own_after.nested_hits)) {
        say(trial, "nested group", "a limit that the target set itself, in a group below its own, was hit");
        return OUTCOME_FAILED;
    }
    if (full) {
        say(trial, "peak", "usage came up to a parent's limit, which does not count what it does");
        say_ancestor_limit(trial, full);
    } else if (facts->ancestors_hidden) {
        say(trial, "namespace",
            "no limit that can be seen was hit; those above this container cannot be seen");
    } else {
        say(trial, "host", "no limit was hit in the target's group or above: the host ran out of memory");
    }
    if (facts->host_oom_after.known)
        say(trial, "/proc/vmstat oom_kill", "%lld -> %lld", (long long)known_or(facts->host_oom_before, 0),
            (long long)facts->host_oom_after.value);
    return OUTCOME_OUTSIDE_OOM;
}

/* Whose OOM was it? Called when an OOM kill was counted in the target's group. */
static enum outcome judge_oom(const struct trial_facts *facts, struct trial *trial) {
    bool own = limit_struck(&facts->own_before, &facts->own_after);
    const struct ancestor_events *above = struck_ancestor(facts);
    if (own && !facts->own_after.ooms.known && above && !reached_own_limit(facts))
        own = false;
    if (own && facts->limit_bytes.known) {
        say_struck(facts, trial, &facts->own_before, &facts->own_after, "the target's own group");
        say(trial, "limit", "%lld bytes (%s), the target's own", (long long)facts->limit_bytes.value,
            bytes_text(facts->limit_bytes.value).s);
        return OUTCOME_OOM;
    }
    if (own && facts->line_bytes.known && facts->line_bytes.value < known_or(facts->guard_bytes, INT64_MAX)) {
        say(trial, "line", "it grew faster than its loose line was raised (%s at the end)",
            bytes_text(facts->line_bytes.value).s);
        return OUTCOME_HARNESS_ERROR;
    }
    if (own && facts->guard_bytes.known) {
        say(trial, "guard", "it wanted more than %s, all that can be given here without harm to the machine",
            bytes_text(facts->guard_bytes.value).s);
        return OUTCOME_OUTSIDE_OOM;
    }
    if (!above)
        return judge_unseen_limit(facts, trial);
    say_struck(facts, trial, &above->before, &above->after, above->path);
    say_ancestor_limit(trial, above);
    return OUTCOME_OUTSIDE_OOM;
}

/* How the main process ended, in words. */
static void say_exit(const struct trial_facts *facts, struct trial *trial) {
    const struct exit_facts *exit = &facts->exit;
    if (exit->exit_code.known)
        say(trial, "exit", "exit code %d", (int)exit->exit_code.value);
    else if (exit->signal.known)
        say(trial, "exit", "signal %d (%s)", (int)exit->signal.value, strsignal((int)exit->signal.value));
    if (exit->leftovers > 0)
        say(trial, "leftovers", "%d process%s still ran when the main process had ended, and %s killed",
            exit->leftovers, exit->leftovers == 1 ? "" : "es", exit->leftovers == 1 ? "was" : "were");
}

/* Ended, or was ended, with no OOM kill counted. */
static enum outcome judge_exit(const struct trial_facts *facts, struct trial *trial) {
    const struct exit_facts *exit = &facts->exit;
    if (exit->exit_code.known && facts->success[exit->exit_code.value])
        return OUTCOME_SURVIVED;
    /* A shell shows its child's SIGKILL as 137. */
    bool shell_saw_kill = exit->exit_code.known && exit->exit_code.value == 128 + SIGKILL;
    if ((exit->signal.known && exit->signal.value == SIGKILL) || shell_saw_kill) {
        if (facts->own_before.oom_kills.known && facts->own_after.oom_kills.known)
            say(trial, facts->names.oom_kills,
                "unchanged: someone sent SIGKILL, the kernel's OOM killer did not");
        else
            say(trial, facts->names.oom_kills, "not known: an OOM kill cannot be excluded");
        return OUTCOME_KILLED;
    }
    CLEANUP_FREE char *line = exit->stderr_tail ? outcome_find_runtime_oom(exit->stderr_tail) : NULL;
    if (line) {
        say(trial, "stderr", "%s", line);
        return OUTCOME_RUNTIME_OOM;
    }
    return OUTCOME_FAILED;
}

static enum outcome judge(const struct trial_facts *facts, struct trial *trial) {
    const struct exit_facts *exit = &facts->exit;
    if (rose(facts->own_before.oom_kills, facts->own_after.oom_kills)) {
        say_counter(trial, facts->names.oom_kills, "the target's group", facts->own_before.oom_kills,
                    facts->own_after.oom_kills);
        return judge_oom(facts, trial);
    }
    if (rose(facts->host_oom_before, facts->host_oom_after))
        say(trial, "/proc/vmstat oom_kill",
            "%lld -> %lld: an OOM kill elsewhere on this host, none in this group",
            (long long)facts->host_oom_before.value, (long long)facts->host_oom_after.value);
    if (facts->escaped) {
        say(trial, "cgroup",
            "the target, or a process of its, left the group it was started in: what it used there "
            "was neither limited nor counted");
        return OUTCOME_HARNESS_ERROR;
    }
    switch (exit->stop) {
    case STOP_INTERRUPT:
        say(trial, "harness", "interrupted");
        return OUTCOME_HARNESS_ERROR;
    case STOP_BUDGET:
        say(trial, "harness", "stopped after %s: the budget was spent", duration_text(exit->duration_ns).s);
        return OUTCOME_HARNESS_ERROR;
    case STOP_TIMEOUT:
        say(trial, "harness", "stopped after %s, at --timeout", duration_text(exit->duration_ns).s);
        return OUTCOME_TIMEOUT;
    case STOP_SLOW:
        say(trial, "harness", "stopped after %s, longer than it may take, and no OOM kill",
            duration_text(exit->duration_ns).s);
        return OUTCOME_SLOW;
    case STOP_DONE:
        say(trial, "harness", "alive after %s, as long as --for asks", duration_text(exit->duration_ns).s);
        return OUTCOME_SURVIVED;
    case STOP_AT_OOM:
    case STOP_NONE:
    case STOP_COUNT:
        break;
    }
    return judge_exit(facts, trial);
}

void outcome_judge(const struct trial_facts *facts, struct trial *trial) {
    if (!facts->exit.started) {
        trial->outcome = OUTCOME_HARNESS_ERROR;
        say(trial, "harness", "the target could not be started");
        return;
    }
    say_exit(facts, trial);
    trial->outcome = judge(facts, trial);
    trial->oom_kills = known_delta(facts->own_before.oom_kills, facts->own_after.oom_kills);
}
