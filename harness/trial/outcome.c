#include "trial/outcome.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "model/last_words.h"

/* Up to the end of the line, and no more than fits a message. */
static size_t line_length(const char *text) {
    size_t length = strcspn(text, "\n");
    return length < 300 ? length : 300;
}

char *outcome_find_runtime_oom(const char *stderr_tail) {
    const char *found = NULL;
    const struct words_rule *rule = words_find_runtime_oom(stderr_tail, &found);
    if (!rule)
        return NULL;
    const char *start = found;
    while (start > stderr_tail && start[-1] != '\n' && found - start < 200)
        start--;
    return text_format("%s: %.*s", rule->who, (int)line_length(start), start);
}

/* Usage at an OOM stays this close to the limit: charges run ahead of use by up to a batch for each CPU, and
 * this is sixteen of them. */
#define PEAK_SLACK_BYTES (4 * MIB)

static bool rose(struct known_i64 before, struct known_i64 after) {
    struct known_i64 delta = known_delta(before, after);
    return delta.known && delta.value > 0;
}

/* Counts as "N -> M" under the counter's own name. */
static void say_counter(struct trial *trial, const char *source, const char *where, struct known_i64 before,
                        struct known_i64 after) {
    trial_say(trial, source, "%lld -> %lld in %s", (long long)before.value, (long long)after.value, where);
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
        trial_say(trial, "limit", "%lld bytes (%s), a parent's: %s", (long long)above->limit_bytes.value,
                  bytes_text(above->limit_bytes.value).s, above->path);
}

/* Whose limit ended it: for what is told at the end. */
static void blame(struct trial *trial, enum death_scope scope, struct known_i64 limit_bytes,
                  const char *path) {
    free(trial->ending.limit_path);
    trial->ending.scope = scope;
    trial->ending.limit_bytes = limit_bytes;
    trial->ending.limit_path = path ? text_copy(path) : NULL;
}

/* No limit that counts was seen to strike: what remains, the likeliest first. */
static enum outcome judge_unseen_limit(const struct trial_facts *facts, struct trial *trial) {
    const struct ancestor_events *full = full_ancestor(facts);
    if (facts->oom_death.nested || rose(facts->own_before.nested_hits, facts->own_after.nested_hits)) {
        trial_say(trial, "nested group",
                  "a limit that the target set itself, in a group below its own, was hit");
        return OUTCOME_FAILED;
    }
    if (full) {
        trial_say(trial, "peak", "usage came up to a parent's limit, which does not count what it does");
        say_ancestor_limit(trial, full);
        blame(trial, SCOPE_PARENT, full->limit_bytes, full->path);
    } else if (facts->oom_death.count && facts->oom_death.scope == SCOPE_PARENT) {
        trial_say(trial, "kernel log",
                  "the limit of a group above struck, of which nothing can be read here");
    } else if (facts->ancestors_hidden) {
        trial_say(trial, "namespace",
                  "no limit that can be seen was hit; those above this container cannot be seen");
    } else {
        trial_say(trial, "host",
                  "no limit was hit in the target's group or above: the host ran out of memory");
        blame(trial, SCOPE_HOST, UNKNOWN_I64, NULL);
    }
    if (facts->host_oom_after.known)
        trial_say(trial, "/proc/vmstat oom_kill", "%lld -> %lld",
                  (long long)known_or(facts->host_oom_before, 0), (long long)facts->host_oom_after.value);
    return OUTCOME_OUTSIDE_OOM;
}

/* Whose OOM was it? Called when an OOM kill was counted in the target's group. */
static enum outcome judge_oom(const struct trial_facts *facts, struct trial *trial) {
    bool own = limit_struck(&facts->own_before, &facts->own_after);
    const struct ancestor_events *above = struck_ancestor(facts);
    /* What v1 counts are limits that were met; its log says which one killed. */
    if (facts->oom_death.count && !facts->own_after.ooms.known) {
        if (facts->oom_death.nested)
            return judge_unseen_limit(facts, trial);
        if (facts->oom_death.scope != SCOPE_NONE)
            own = facts->oom_death.scope == SCOPE_OWN;
    }
    if (own && !facts->own_after.ooms.known && above && !reached_own_limit(facts))
        own = false;
    if (own && facts->limit_bytes.known) {
        say_struck(facts, trial, &facts->own_before, &facts->own_after, "the target's own group");
        trial_say(trial, "limit", "%lld bytes (%s), the target's own", (long long)facts->limit_bytes.value,
                  bytes_text(facts->limit_bytes.value).s);
        blame(trial, SCOPE_OWN, facts->limit_bytes, NULL);
        return OUTCOME_OOM;
    }
    if (own && facts->line_bytes.known && facts->line_bytes.value < known_or(facts->guard_bytes, INT64_MAX)) {
        trial_say(trial, "line", "it grew faster than its loose line was raised (%s at the end)",
                  bytes_text(facts->line_bytes.value).s);
        return OUTCOME_HARNESS_ERROR;
    }
    if (own && facts->guard_bytes.known) {
        trial_say(trial, "guard",
                  "stopped at %s by the guard of plimsoll itself, which keeps this machine whole (--max)",
                  bytes_text(facts->guard_bytes.value).s);
        blame(trial, SCOPE_HOST, facts->guard_bytes, NULL);
        return OUTCOME_OUTSIDE_OOM;
    }
    if (!above)
        return judge_unseen_limit(facts, trial);
    say_struck(facts, trial, &above->before, &above->after, above->path);
    say_ancestor_limit(trial, above);
    blame(trial, SCOPE_PARENT, above->limit_bytes, above->path);
    return OUTCOME_OUTSIDE_OOM;
}

/* A shell shows its child's SIGKILL as 137. */
static bool died_of_sigkill(const struct exit_facts *exit) {
    return (exit->signal.known && exit->signal.value == SIGKILL) ||
           (exit->exit_code.known && exit->exit_code.value == 128 + SIGKILL);
}

/* Without a group of its own: was something killed in the one that it shares with us, whichever limit it was
 * that struck? Else, was something on the host when it died of SIGKILL? */
static bool say_shared_oom(const struct trial_facts *facts, struct trial *trial) {
    const struct ancestor_events *shared = facts->ancestor_count ? facts->ancestors : NULL;
    const struct ancestor_events *struck = struck_ancestor(facts);
    if (shared && rose(shared->before.oom_kills, shared->after.oom_kills)) {
        say_counter(trial, facts->names.oom_kills, shared->path, shared->before.oom_kills,
                    shared->after.oom_kills);
        say_ancestor_limit(trial, struck ? struck : shared);
        blame(trial, SCOPE_PARENT, (struck ? struck : shared)->limit_bytes, (struck ? struck : shared)->path);
        return true;
    }
    if (!rose(facts->host_oom_before, facts->host_oom_after))
        return false;
    bool likely = facts->exit.stop == STOP_NONE && died_of_sigkill(&facts->exit);
    trial_say(trial, "/proc/vmstat oom_kill", "%lld -> %lld: %s", (long long)facts->host_oom_before.value,
              (long long)facts->host_oom_after.value,
              likely ? "an OOM kill on this host while the target died of SIGKILL, most likely that one"
                     : "an OOM kill on this host, of which the target shows nothing");
    return likely;
}

/* How the main process ended, in words. */
static void say_exit(const struct trial_facts *facts, struct trial *trial) {
    const struct exit_facts *exit = &facts->exit;
    if (exit->exit_code.known)
        trial_say(trial, "exit", "exit code %d", (int)exit->exit_code.value);
    else if (exit->signal.known)
        trial_say(trial, "exit", "signal %d (%s)", (int)exit->signal.value,
                  strsignal((int)exit->signal.value));
    if (exit->leftovers > 0)
        trial_say(trial, "leftovers", "%d process%s still ran when the main process had ended, and %s killed",
                  exit->leftovers, exit->leftovers == 1 ? "" : "es", exit->leftovers == 1 ? "was" : "were");
}

/* Its runtime's last words, where it ran out of memory. */
static bool say_runtime_oom(const struct trial_facts *facts, struct trial *trial) {
    const char *tail = facts->exit.stderr_tail;
    CLEANUP_FREE char *line = tail ? outcome_find_runtime_oom(tail) : NULL;
    if (line)
        trial_say(trial, "stderr", "%s", line);
    CLEANUP_FREE char *printed =
        !line && facts->stdout_tail ? outcome_find_runtime_oom(facts->stdout_tail) : NULL;
    if (printed) /* Java says it there */
        trial_say(trial, "stdout", "%s", printed);
    bool told = line || printed;
    const char *threads_at = NULL;
    const struct words_rule *threads = NULL;
    if (!told && tail)
        threads = words_find_threads(tail, &threads_at);
    if (!told && !threads && facts->stdout_tail)
        threads = words_find_threads(facts->stdout_tail, &threads_at);
    if (threads)
        trial_say(trial, "threads", "%s: %.*s: a limit on processes rather than memory", threads->who,
                  (int)line_length(threads_at), threads_at);
    if (!told && !threads && facts->exits_3_for_heap && known_or(facts->exit.exit_code, 0) == 3) {
        trial_say(trial, "exit", "3 is how Java ends at OutOfMemoryError with -XX:+ExitOnOutOfMemoryError");
        told = true;
    }
    return told;
}

/* A service that was stopped before its load was done. */
static enum outcome judge_failed_service(const struct trial_facts *facts, struct trial *trial) {
    const char *failure = facts->service ? facts->service->failure : NULL;
    trial_say(trial, facts->exit.stop == STOP_LOAD ? "load" : "ready", "%s", failure ? failure : "it failed");
    if (facts->service && facts->service->load_killed)
        return OUTCOME_HARNESS_ERROR;
    return say_runtime_oom(facts, trial) ? OUTCOME_RUNTIME_OOM : OUTCOME_FAILED;
}

/* Has a run of its load come to its end? */
static bool has_served(const struct service_facts *service) {
    return service->load_count > 0 && known_or(service->loads[0].exit_code, 1) == 0;
}

/* A server that came too soon after the one of the run before: the kernel keeps a port for a minute from
 * those that do not ask for it by SO_REUSEADDR. That is no fault of its limit. */
static bool found_port_taken(const struct trial_facts *facts, struct trial *trial) {
    static const char *const words[] = {"Address already in use", "EADDRINUSE", "Address in use"};
    const char *tail = facts->exit.stderr_tail;
    if (!facts->service || !tail || has_served(facts->service))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!strstr(tail, words[i]))
            continue;
        trial_say(trial, "stderr", "%s: its port was not free yet, which says nothing about its limit",
                  words[i]);
        return true;
    }
    return false;
}

/* ---- who sent a SIGKILL ---- */

/* The one that ended the main process, or where that is what a shell saw, one of its children: rather a late
 * one than an early one, and rather one that is surely the target's. NULL: none was seen. */
static const struct sigkill *find_killer(const struct trial_facts *facts, bool of_child) {
    const struct sigkill *found = NULL;
    for (int i = 0; i < facts->kill_count; i++) {
        const struct sigkill *kill = &facts->kills[i];
        if (kill->by == KILL_BY_US)
            continue;
        if (kill->to_main)
            return kill;
        if (of_child && (!found || kill->to_target || !found->to_target))
            found = kill;
    }
    return found;
}

/* Whom a process killed before it did so to itself. */
static void find_one_before(const struct trial_facts *facts, struct sigkill *kill) {
    for (int i = 0; kill->by == KILL_BY_PROCESS && kill->by_pid == kill->pid && i < facts->kill_count; i++) {
        const struct sigkill *other = &facts->kills[i];
        if (other->by_pid != kill->by_pid || other->pid == kill->pid || other->time_ns > kill->time_ns)
            continue;
        kill->after_pid = other->pid;
        memcpy(kill->after_name, other->name, sizeof kill->after_name);
    }
}

static void say_killer(const struct trial_facts *facts, struct trial *trial, bool of_child) {
    const struct sigkill *found = find_killer(facts, of_child);
    struct sigkill *kill = &trial->ending.killer;
    if (!found)
        return;
    *kill = *found;
    find_one_before(facts, kill);
    /* RLIMIT_CPU counts whole seconds. Where its limit could not be read, or it had not that much, an OOM
     * kill on the host may have been this one. */
    bool took_time = known_f64_or(trial->cpu_s, 0) >= 1;
    bool own_account = kill->by == KILL_BY_KERNEL && kill->by_pid == kill->pid;
    /* The main process is killed in the target's own group, as a rule, where that would have been counted. */
    bool both = took_time && (kill->by == KILL_BY_CPU_LIMIT || kill->to_main);
    if (own_account && took_time)
        kill->by = KILL_BY_CPU_LIMIT;
    if (kill->by == KILL_BY_CPU_LIMIT && !both && rose(facts->host_oom_before, facts->host_oom_after))
        kill->by = KILL_BY_KERNEL;
    trial->ending.killer_known = true;
    if (kill->by == KILL_BY_PROCESS && !trial->ending.oom_daemon)
        trial->ending.oom_daemon = oom_daemon_find(kill->by_name);
    CLEANUP_FREE char *sender = sigkill_sender_text(kill);
    trial_say(trial, "signal trace", "SIGKILL to %s (%d)%s %s", kill->name, kill->pid,
              kill->to_target ? "" : ", gone before it was told whether it is the target's,", sender);
}

/* systemd-oomd kills a whole group, the target's own or one above. */
static void say_oomd(struct trial *trial, const struct group_events *before, const struct group_events *after,
                     const char *where) {
    if (!rose(before->oomd_kills, after->oomd_kills))
        return;
    say_counter(trial, "user.oomd_kill", where, before->oomd_kills, after->oomd_kills);
    trial->ending.oom_daemon = OOM_DAEMON_SYSTEMD;
}

/* What OOM daemons of userspace have left of a kill. */
static void say_daemons(const struct trial_facts *facts, struct trial *trial) {
    say_oomd(trial, &facts->own_before, &facts->own_after, "the target's group");
    for (size_t i = 0; i < facts->ancestor_count; i++)
        say_oomd(trial, &facts->ancestors[i].before, &facts->ancestors[i].after, facts->ancestors[i].path);
    if (!facts->daemon)
        return;
    trial_add_evidence(trial, facts->daemon, facts->daemon_words);
    trial->ending.oom_daemon = facts->daemon;
}

/* 137 while SIGKILLs were watched, and none was seen: a code of its own, as "exit 137" gives it. */
static bool chose_137(const struct trial_facts *facts, const struct trial *trial) {
    return !facts->exit.signal.known && !facts->engine && facts->kills_watched && facts->kill_count == 0 &&
           !trial->ending.oom_daemon;
}

/* Ended, or was ended, with no OOM kill counted. */
static enum outcome judge_exit(const struct trial_facts *facts, struct trial *trial) {
    const struct exit_facts *exit = &facts->exit;
    bool well = exit->exit_code.known && facts->success[exit->exit_code.value];
    if (well && facts->service) {
        trial_say(trial, "harness", "it ended by itself before %s",
                  facts->service->ready_ns.known ? "its load was done" : "it was ready");
        return OUTCOME_FAILED;
    }
    if (well)
        return OUTCOME_SURVIVED;
    say_daemons(facts, trial);
    if (died_of_sigkill(exit) && chose_137(facts, trial)) {
        trial_say(trial, "signal trace", "no SIGKILL was seen: it ended with 137 by itself");
        return OUTCOME_FAILED;
    }
    if (died_of_sigkill(exit)) {
        const char *counter = facts->ungrouped ? "/proc/vmstat oom_kill" : facts->names.oom_kills;
        bool counted = facts->ungrouped
                           ? facts->host_oom_before.known && facts->host_oom_after.known
                           : facts->own_before.oom_kills.known && facts->own_after.oom_kills.known;
        if (facts->counters_early)
            trial_say(
                trial, counter,
                "last read before its end, its group being gone too soon: an OOM kill cannot be excluded");
        else if (counted && !exit->signal.known)
            trial_say(trial, counter,
                      "unchanged: no OOM kill; 137 is what is told of a SIGKILL, or a code of its own");
        else if (counted)
            trial_say(trial, counter, "unchanged: someone sent SIGKILL, the kernel's OOM killer did not");
        else
            trial_say(trial, counter, "not known: an OOM kill cannot be excluded");
        say_killer(facts, trial, exit->exit_code.known);
        return OUTCOME_KILLED;
    }
    if (found_port_taken(facts, trial))
        return OUTCOME_HARNESS_ERROR;
    return say_runtime_oom(facts, trial) ? OUTCOME_RUNTIME_OOM : OUTCOME_FAILED;
}

/* Its last load had not come to its end when --for was over. */
static bool is_cut_short(const struct service_facts *service) {
    const struct load_run *last = &service->loads[service->load_count - 1];
    return !last->exit_code.known && !last->signal.known;
}

/* What its engine says of OOM, beside what was counted: it raises its flag for any OOM event in the
 * container, and the event can be late. */
static void say_engine_flag(const struct trial_facts *facts, struct trial *trial, bool counted) {
    if (!facts->engine || !facts->engine_oom.known)
        return;
    bool flag = facts->engine_oom.value;
    const char *beside = "";
    if (counted && !flag)
        beside = ", though the kernel counted an OOM kill: its counter is believed";
    else if (!counted && flag)
        beside = facts->counters_early
                     ? ", and its group was gone before its counters could be read at the end"
                     : ", though the kernel counted no OOM kill: its counter is believed";
    trial_say(trial, facts->engine, "OOMKilled: %s%s", flag ? "true" : "false", beside);
}

/* Was it killed in a group below its own, of which v1 counts the kills, and that it has removed? By the
 * kernel's log; where that cannot be read by what is left: its limit was full, and the kernel, or nobody who
 * was seen, sent the SIGKILL it died of while an OOM kill was counted on the host. */
static bool was_killed_below(const struct trial_facts *facts, struct trial *trial) {
    if (facts->ungrouped || facts->engine || facts->escaped || facts->own_after.ooms.known ||
        !rose(facts->host_oom_before, facts->host_oom_after))
        return false;
    if (facts->oom_death.count) {
        trial_say(trial, "/proc/vmstat oom_kill", "%lld -> %lld: in a group below the target's own",
                  (long long)facts->host_oom_before.value, (long long)facts->host_oom_after.value);
        return true;
    }
    if (facts->exit.stop != STOP_NONE || !died_of_sigkill(&facts->exit) || !reached_own_limit(facts) ||
        !rose(facts->own_before.limit_hits, facts->own_after.limit_hits))
        return false;
    for (int i = 0; i < facts->kill_count; i++)
        if (facts->kills[i].by != KILL_BY_KERNEL && facts->kills[i].by != KILL_BY_US)
            return false;
    if (facts->kills_watched && facts->kill_count == 0)
        return false;
    trial_say(trial, "/proc/vmstat oom_kill",
              "%lld -> %lld: an OOM kill on this host while the target was at its limit and died of SIGKILL, "
              "most likely that one, in a group below its own that is gone",
              (long long)facts->host_oom_before.value, (long long)facts->host_oom_after.value);
    return true;
}

/* Its counters were not read at its end: the engine's flag, or the kernel's log, is all there is to go by. */
static bool others_say_oom(const struct trial_facts *facts) {
    return facts->engine && facts->counters_early &&
           (known_or(facts->engine_oom, 0) != 0 || facts->oom_death.count > 0);
}

/* An engine raises its flag for any OOM in the container, whosever limit struck. */
static enum outcome judge_by_others(const struct trial_facts *facts, struct trial *trial) {
    const struct ancestor_events *above = struck_ancestor(facts);
    bool by_log = facts->oom_death.count && facts->oom_death.scope != SCOPE_NONE;
    bool own = by_log ? facts->oom_death.scope == SCOPE_OWN : !above || reached_own_limit(facts);
    if (!own && above) {
        say_struck(facts, trial, &above->before, &above->after, above->path);
        say_ancestor_limit(trial, above);
        blame(trial, SCOPE_PARENT, above->limit_bytes, above->path);
        return OUTCOME_OUTSIDE_OOM;
    }
    if (!own || !facts->limit_bytes.known)
        return judge_unseen_limit(facts, trial);
    trial_say(trial, "limit", "%lld bytes (%s), the container's own", (long long)facts->limit_bytes.value,
              bytes_text(facts->limit_bytes.value).s);
    blame(trial, SCOPE_OWN, facts->limit_bytes, NULL);
    return OUTCOME_OOM;
}

static enum outcome judge(const struct trial_facts *facts, struct trial *trial) {
    const struct exit_facts *exit = &facts->exit;
    bool counted = rose(facts->own_before.oom_kills, facts->own_after.oom_kills);
    if (facts->engine_refusal)
        trial_say(trial, "engine", "%s", facts->engine_refusal);
    if (counted)
        say_counter(trial, facts->names.oom_kills, "the target's group", facts->own_before.oom_kills,
                    facts->own_after.oom_kills);
    say_engine_flag(facts, trial, counted);
    if (counted)
        return judge_oom(facts, trial);
    if (was_killed_below(facts, trial))
        return judge_oom(facts, trial);
    if (others_say_oom(facts))
        return judge_by_others(facts, trial);
    if (facts->engine_refusal)
        return OUTCOME_FAILED;
    if (facts->ungrouped && say_shared_oom(facts, trial))
        return OUTCOME_OUTSIDE_OOM;
    if (!facts->ungrouped && rose(facts->host_oom_before, facts->host_oom_after))
        trial_say(trial, "/proc/vmstat oom_kill",
                  "%lld -> %lld: an OOM kill elsewhere on this host, none in this group",
                  (long long)facts->host_oom_before.value, (long long)facts->host_oom_after.value);
    if (facts->escaped) {
        trial_say(trial, "cgroup",
                  "the target, or a process of its, left the group it was started in: what it used there "
                  "was neither limited nor counted");
        return OUTCOME_HARNESS_ERROR;
    }
    switch (exit->stop) {
    case STOP_INTERRUPT:
        trial_say(trial, "harness", "interrupted");
        return OUTCOME_HARNESS_ERROR;
    case STOP_BUDGET:
        trial_say(trial, "harness", "stopped after %s: the budget was spent",
                  duration_text(exit->duration_ns).s);
        return OUTCOME_HARNESS_ERROR;
    case STOP_TIMEOUT:
        trial_say(trial, "harness", "stopped after %s, at --timeout", duration_text(exit->duration_ns).s);
        return OUTCOME_TIMEOUT;
    case STOP_SLOW:
        if (facts->service && facts->service->failure)
            trial_say(trial, "load", "%s, and no OOM kill", facts->service->failure);
        else
            trial_say(trial, "harness", "stopped after %s, longer than it may take, and no OOM kill",
                      duration_text(exit->duration_ns).s);
        return OUTCOME_SLOW;
    case STOP_DONE:
        if (facts->service && facts->service->load_count && !is_cut_short(facts->service))
            trial_say(trial, "harness", "alive until its load was done, after %s",
                      duration_text(exit->duration_ns).s);
        else
            trial_say(trial, "harness", "alive after %s, as long as --for asks",
                      duration_text(exit->duration_ns).s);
        return OUTCOME_SURVIVED;
    case STOP_ENGINE:
        trial_say(trial, "harness", "what became of it is not known: %s",
                  facts->engine_lost ? facts->engine_lost : "its engine is gone");
        return OUTCOME_HARNESS_ERROR;
    case STOP_NOT_READY:
    case STOP_LOAD:
        return judge_failed_service(facts, trial);
    case STOP_AT_OOM:
    case STOP_NONE:
    case STOP_COUNT:
        break;
    }
    return judge_exit(facts, trial);
}

/* Who died of an OOM: as the kernel's log says, or by the SIGKILL that was seen. */
static void find_oom_death(const struct trial_facts *facts, struct trial *trial) {
    struct oom_death *death = &trial->ending.oom;
    *death = facts->oom_death;
    if (death->count) {
        trial_add_evidence(trial, "kernel log", death->line);
        return;
    }
    const struct sigkill *found = NULL;
    for (int i = 0; i < facts->kill_count; i++) {
        const struct sigkill *kill = &facts->kills[i];
        if (kill->by == KILL_BY_KERNEL && kill->to_target && (!found || kill->to_main))
            found = kill;
    }
    if (!found)
        return;
    trial_say(trial, "signal trace", "the kernel sent SIGKILL to %s (%d)", found->name, found->pid);
    death->count = 1;
    death->pid = known_i64(found->pid);
    death->is_main = known_i64(found->to_main);
    snprintf(death->process, sizeof death->process, "%s", found->name);
}

/* A child died of an OOM; the main process may have got a SIGKILL of somebody's after that. */
static void say_later_kill(const struct trial_facts *facts, struct trial *trial) {
    const struct sigkill *found = find_killer(facts, false);
    if (found && found->by == KILL_BY_PROCESS && facts->exit.stop == STOP_NONE &&
        known_or(facts->exit.signal, 0) == SIGKILL)
        say_killer(facts, trial, false);
}

void outcome_judge(const struct trial_facts *facts, struct trial *trial) {
    trial->ending.main_pid = facts->main_pid;
    trial->ending.kills_watched = facts->kills_watched;
    if (!facts->exit.started) {
        trial->outcome = OUTCOME_HARNESS_ERROR;
        trial_say(trial, "harness", "the target could not be started");
        return;
    }
    say_exit(facts, trial);
    trial->outcome = judge(facts, trial);
    bool guarded = trial->ending.scope == SCOPE_HOST && trial->ending.limit_bytes.known;
    CLEANUP_FREE char *runner = trial->outcome == OUTCOME_OUTSIDE_OOM && facts->runner && !guarded
                                    ? runner_limit_sentence(facts->runner, facts->peak_bytes, true)
                                    : NULL;
    if (runner)
        trial_say(trial, "runner", "%s", runner);
    if (trial->outcome == OUTCOME_OOM || trial->outcome == OUTCOME_OUTSIDE_OOM)
        find_oom_death(facts, trial);
    if (trial->ending.oom.count && !known_or(trial->ending.oom.is_main, 1))
        say_later_kill(facts, trial);
    trial->oom_kills = known_delta(facts->own_before.oom_kills, facts->own_after.oom_kills);
    if (known_or(trial->oom_kills, 0) == 0 && trial->ending.oom.count)
        trial->oom_kills = known_i64(trial->ending.oom.count);
    else if (facts->counters_early && known_or(trial->oom_kills, 0) == 0)
        trial->oom_kills = UNKNOWN_I64;
}
