/* How a container ended: the checks stand in the order of how much they tell. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/clues.h"
#include "kernel/group_name.h"

#define CODE_SIGKILL (128 + SIGKILL)
#define CODE_SIGTERM (128 + SIGTERM)

/* A container that lives no longer never got to work. */
#define EARLY_NS (10 * NS_PER_S)

static bool is(const char *text, const char *word) {
    return text && strcmp(text, word) == 0;
}

static bool holds(const char *text, const char *word) {
    return text && strstr(text, word);
}

/* The name of what died. Caller frees. */
static char *title_of(const struct subject *subject) {
    if (subject->is_job)
        return text_format("job %s", subject->job ? subject->job : "(no name)");
    if (subject->pod && subject->name)
        return text_format("%s (container %s)", subject->pod, subject->name);
    if (subject->pod)
        return text_format("pod %s", subject->pod);
    if (subject->name)
        return text_format("%scontainer %s", subject->is_earlier_run ? EARLIER_RUN : "", subject->name);
    return subject->id ? text_format("container %.12s", subject->id) : text_copy("a container");
}

/* ---- facts that are told with every end ---- */

/* The runtime's own word that the OOM killer was at work in the container. */
static bool is_flagged(const struct clues *clues) {
    const struct subject *subject = clues->subject;
    return known_or(subject->oom_flag, 0) || is(subject->reason, "OOMKilled") ||
           (subject->platform == PLATFORM_ECS && subject->reason &&
            text_starts_with(subject->reason, "OutOfMemory")) ||
           clues->oom;
}

/* Below what is told of its pod or task; of a text of lines, the line of the container. */
static void say_of_pod(const struct subject *subject, struct death *death, const char *key,
                       const char *text) {
    struct place place = {
        .file = subject->place.file, .path = subject->pod_path, .line = subject->place.line};
    clue_say(death, &place, key, "%.400s", text);
}

/* Kubernetes tells whole seconds. */
static struct size_words time_words(int64_t ns) {
    struct size_words words = {""};
    if (ns == 0)
        snprintf(words.s, sizeof words.s, "less than a second");
    else if (ns % NS_PER_S == 0 && ns < 60 * NS_PER_S)
        snprintf(words.s, sizeof words.s, "%lld s", (long long)(ns / NS_PER_S));
    else
        snprintf(words.s, sizeof words.s, "%s", duration_text(ns).s);
    return words;
}

/* How long it ran. */
static struct size_words life_words(const struct subject *subject) {
    struct known_i64 lived = known_delta(subject->started_ns, subject->finished_ns);
    return lived.known && lived.value >= 0 ? time_words(lived.value) : (struct size_words){""};
}

/* "3 restarts in 42 s, the run before ended the same way" */
static void say_restarts(const struct subject *subject, struct death *death) {
    struct known_i64 within = known_delta(subject->pod_started_ns, subject->finished_ns);
    struct strbuf text = {0};
    strbuf_addf(&text, "%lld restart%s", (long long)subject->restarts.value,
                subject->restarts.value == 1 ? "" : "s");
    if (within.known && within.value > 0)
        strbuf_addf(&text, " in %s", time_words(within.value).s);
    if (subject->ended_so_before)
        strbuf_add(&text, ", the run before ended the same way");
    if (subject->runs_again)
        strbuf_add(&text, "; now it runs again");
    else if (subject->waits_to_restart)
        strbuf_add(&text, "; now it waits to be started again");
    clue_say(death, &subject->place, subject->platform == PLATFORM_DOCKER ? "RestartCount" : "restartCount",
             "%s", strbuf_text(&text));
    strbuf_free(&text);
}

static void say_state(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    struct strbuf text = {0};
    if (subject->platform == PLATFORM_DOCKER && subject->oom_flag.known)
        strbuf_addf(&text, "OOMKilled %s", subject->oom_flag.value ? "true" : "false");
    else if (subject->reason)
        strbuf_addf(&text, "reason %s", subject->reason);
    if (subject->exit_code.known)
        strbuf_addf(&text, "%sexit %d", text.length ? ", " : "", (int)subject->exit_code.value);
    if (*life_words(subject).s)
        strbuf_addf(&text, "%safter %s", text.length ? ", " : "", life_words(subject).s);
    if (text.length)
        clue_say(death, &subject->place, subject->state_key, "%s", strbuf_text(&text));
    strbuf_free(&text);
    if (subject->engine_message)
        clue_say(death, &subject->place, subject->state_key, "%.300s", subject->engine_message);
    if (subject->own_message)
        clue_say(death, &subject->place, subject->state_key, "%.300s", subject->own_message);
    if (known_or(subject->restarts, 0) > 0)
        say_restarts(subject, death);
}

void clue_say_happening(struct death *death, const struct happening *happening) {
    struct strbuf text = {0};
    if (!happening)
        return;
    strbuf_add(&text, happening->reason ? happening->reason : "event");
    if (happening->signal.known)
        strbuf_addf(&text, ", signal %d", (int)happening->signal.value);
    if (happening->exit_code.known)
        strbuf_addf(&text, ", exit %d", (int)happening->exit_code.value);
    if (happening->message)
        strbuf_addf(&text, ": %.300s", happening->message);
    if (known_or(happening->count, 1) > 1)
        strbuf_addf(&text, " (%lld times)", (long long)happening->count.value);
    clue_say(death, &happening->place, NULL, "%s", strbuf_text(&text));
    strbuf_free(&text);
}

static void conclude(struct death *death, enum verdict verdict, enum death_scope scope,
                     enum confidence confidence) {
    death->verdict = verdict;
    death->scope = scope;
    death->confidence = confidence;
}

/* ---- OOM ---- */

static void ask_for_kernel_log(const struct clues *clues, struct death *death, const char *what) {
    const struct subject *subject = clues->subject;
    if (subject->node)
        sentences_add(&death->missing,
                      "%s: the kernel log of node %s (journalctl -k -o short-iso), given beside this file",
                      what, subject->node);
    else
        sentences_add(&death->missing,
                      "%s: the host's kernel log (journalctl -k -o short-iso), given beside this file", what);
}

/* An OOM kill and the end that it brings lie no further apart. */
#define SAME_END_NS (5 * NS_PER_S)

/* An engine notes a start when it is done with it, and some logs tell whole seconds: a kill that lies so much
 * before it can still be of that run. */
#define START_SLACK_NS (2 * NS_PER_S)

/* So late a start is noted at most, usually. */
#define NOTED_LATE_NS (200 * NS_PER_MS)

/* Was this kill the end that is told of? A container may lose a child long before it is stopped. */
enum tie {
    TIE_CLOSE, /* the same time, or the main process itself */
    TIE_LOOSE, /* nothing speaks against it */
    TIE_NONE,  /* another time, or another run */
};

static enum tie tie_of(const struct clues *clues) {
    const struct subject *subject = clues->subject;
    const struct oom_kill *kill = clues->kill->kill;
    struct known_i64 apart = known_delta(clues->kill_ns, subject->finished_ns);
    struct known_i64 since_start = known_delta(subject->started_ns, clues->kill_ns);
    bool ended = subject->life == LIFE_ENDED || subject->life == LIFE_UNKNOWN;
    if (ended && apart.known && (apart.value > SAME_END_NS || apart.value < -SAME_END_NS))
        return TIE_NONE;
    if (subject->platform == PLATFORM_DOCKER && since_start.known && since_start.value < -START_SLACK_NS)
        return TIE_NONE;
    if (clues->link == LINK_RUN && known_or(subject->exit_code, CODE_SIGKILL) != CODE_SIGKILL)
        return TIE_NONE;
    if (clues->link == LINK_TIME || clues->link == LINK_RUN)
        return TIE_LOOSE;
    /* An engine starts a container anew under the same id. */
    bool anew = subject->platform == PLATFORM_DOCKER &&
                (known_or(subject->restarts, 0) > 0 || subject->earlier_told || subject->is_earlier_run);
    bool whole_seconds = clues->kill_ns.known && clues->kill_ns.value % NS_PER_S == 0;
    if (anew && (!since_start.known || whole_seconds))
        return TIE_LOOSE;
    int64_t slack = whole_seconds ? NS_PER_S : NOTED_LATE_NS;
    if (subject->platform == PLATFORM_DOCKER && since_start.known && since_start.value < -slack)
        return TIE_LOOSE;
    if (apart.known)
        return TIE_CLOSE;
    bool main_process = subject->program && strncmp(subject->program, kill->process, 15) == 0;
    return main_process || known_or(subject->exit_code, 0) != CODE_SIGKILL ? TIE_CLOSE : TIE_LOOSE;
}

/* 137 may be what a shell makes of a child's end. The main process it was where no other could be killed, or
 * it bears the program's name. */
static bool may_be_child(const struct subject *subject, const struct oom_kill *kill) {
    bool alone = kill->tasks == 1 || kill->group_memcg[0];
    bool named = subject->program && strncmp(subject->program, kill->process, 15) == 0;
    return subject->program && !alone && !named;
}

/* The kernel's own words. */
static void judge_kill(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    const struct oom_kill *kill = clues->kill->kill;
    enum death_scope scope = kill_scope(kill, clues->link == LINK_ID ? subject->id : NULL);
    enum confidence confidence = tie_of(clues) == TIE_CLOSE ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    int64_t code = known_or(subject->exit_code, -1);
    bool lived = subject->life == LIFE_RUNNING || (subject->exit_code.known && code != CODE_SIGKILL);
    struct known_i64 limit = kill->limit_bytes.known ? kill->limit_bytes : subject->limit_bytes;
    struct size_words size = of_size(limit);
    if (scope == SCOPE_NONE && subject->limit_bytes.known) {
        scope = SCOPE_OWN;
        confidence = CONFIDENCE_LIKELY;
    }
    bool doubtful = !lived && may_be_child(subject, kill);
    if (!kill->was_killed || doubtful)
        confidence = CONFIDENCE_LIKELY;
    struct group_name limited = group_name_parse(kill->oom_memcg);
    bool by_pod = limited.pod_end && limited.pod_end == strlen(kill->oom_memcg);
    const char *whose = scope == SCOPE_HOST   ? "because the host ran out of memory"
                        : scope == SCOPE_OWN  ? "at its own limit"
                        : scope == SCOPE_NONE ? "at a limit"
                        : by_pod              ? "at the limit of its pod"
                                              : "at a parent's limit";
    if (lived) {
        conclude(death, VERDICT_OOM_CHILD, scope, confidence);
        death_happened(death, "lost its process %s to an OOM kill %s%s, and %s", kill->process, whose,
                       scope == SCOPE_HOST ? "" : size.s,
                       subject->life == LIFE_RUNNING ? "runs on" : "ended by itself");
    } else {
        conclude(death, scope == SCOPE_OWN || scope == SCOPE_NONE ? VERDICT_OOM : VERDICT_OUTSIDE_OOM, scope,
                 confidence);
        death_happened(death, "was OOM-killed %s%s", whose, scope == SCOPE_HOST ? "" : size.s);
    }
    kill_tell(clues->kill, death);
    if (doubtful)
        sentences_add(&death->missing,
                      "whether %s was its main process, which began as %s, or a child whose end that told as "
                      "its own 137",
                      kill->process, subject->program);
    else if (confidence != CONFIDENCE_CERTAIN && kill->was_killed && clues->link != LINK_TIME)
        sentences_add(&death->missing,
                      "that this kill was the end that is told of: a log that tells the time of "
                      "day (journalctl -k -o short-iso)");
    if (clues->link == LINK_TIME)
        sentences_add(
            &death->missing,
            "that this kill is of this container: its group does not name one; joined by program and time");
    kill_doubt(clues->kill, death);
}

/* The same end again and again, soon after its start, with all its limit reserved for it on its node, and no
 * limit of others that could strike first: that is no chance of the host's memory. */
static bool can_be_no_other(const struct subject *subject) {
    struct known_i64 lived = known_delta(subject->started_ns, subject->finished_ns);
    bool soon = lived.known && lived.value < EARLY_NS;
    bool reserved = subject->limit_bytes.known && subject->request_bytes.known &&
                    subject->limit_bytes.value == subject->request_bytes.value;
    return subject->ended_so_before && known_or(subject->restarts, 0) >= 2 && soon && reserved &&
           subject->siblings == 0 && !subject->has_probe;
}

/* A limit above what its node has cannot strike: what did was the node. True where it is so. */
static bool judge_too_large(const struct casefile *file, const struct subject *subject, struct death *death) {
    for (size_t i = 0; i < file->node_count && subject->limit_bytes.known; i++) {
        const struct node_facts *node = &file->nodes[i];
        if (!is(subject->node, node->name) || !node->memory_bytes.known ||
            subject->limit_bytes.value < node->memory_bytes.value)
            continue;
        conclude(death, VERDICT_OUTSIDE_OOM, SCOPE_HOST, CONFIDENCE_LIKELY);
        death_happened(death,
                       "was OOM-killed because its node ran out of memory: its limit%s is more than all the "
                       "node has",
                       of_size(subject->limit_bytes).s);
        clue_say(death, &node->place, "capacity.memory", "node %s has %s", node->name,
                 bytes_text(node->memory_bytes.value).s);
        return true;
    }
    return false;
}

/* Nothing fills memory so fast; its whole seconds are rounded up. */
#define FILLED_AT_MOST_PER_S (10 * GIB)

/* Did it live too short to use up its limit? True where it did, and that is told. */
static bool judge_too_short(const struct subject *subject, struct death *death) {
    struct known_i64 lived = known_delta(subject->started_ns, subject->finished_ns);
    if (!subject->limit_bytes.known || !lived.known || lived.value < 0 ||
        subject->limit_bytes.value / FILLED_AT_MOST_PER_S <= lived.value / NS_PER_S + 1)
        return false;
    conclude(death, VERDICT_OUTSIDE_OOM, SCOPE_NONE, CONFIDENCE_LIKELY);
    death_happened(death,
                   "was OOM-killed, and hardly at its own limit%s: it lived %s, which is too short to fill "
                   "that; a parent's limit, or the host, ran out",
                   of_size(subject->limit_bytes).s, life_words(subject).s);
    return true;
}

static void judge_flagged(const struct casefile *file, const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    int64_t code = known_or(subject->exit_code, -1);
    struct size_words size = of_size(subject->limit_bytes);
    if (code != CODE_SIGKILL && code != -1) {
        conclude(death, VERDICT_OOM_CHILD, subject->limit_bytes.known ? SCOPE_OWN : SCOPE_NONE,
                 CONFIDENCE_LIKELY);
        death_happened(death,
                       "lost a child to the OOM killer%s%s; its main process ended by itself with %lld",
                       subject->limit_bytes.known ? " at its own limit" : "", size.s, (long long)code);
        ask_for_kernel_log(clues, death, "which process was killed");
    } else if (judge_too_large(file, subject, death)) {
        ask_for_kernel_log(clues, death, "that it was the node");
    } else if (judge_too_short(subject, death)) {
        ask_for_kernel_log(clues, death, "whether it was a parent's limit or the host");
    } else if (subject->limit_bytes.known || !subject->limit_told) {
        conclude(death, VERDICT_OOM, subject->limit_bytes.known ? SCOPE_OWN : SCOPE_NONE,
                 can_be_no_other(subject) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
        death_happened(death,
                       subject->limit_bytes.known ? "was OOM-killed at its own limit%s" : "was OOM-killed%s",
                       size.s);
        ask_for_kernel_log(clues, death,
                           death->confidence == CONFIDENCE_CERTAIN
                               ? "what the memory was made of"
                               : "that it was its own limit, not one above it or the host's, and what the "
                                 "memory was made of");
    } else {
        conclude(death, VERDICT_OUTSIDE_OOM, SCOPE_NONE, CONFIDENCE_LIKELY);
        death_happened(death, "was OOM-killed, though it has no limit of its own: at a parent's limit, or "
                              "because the host ran out");
        ask_for_kernel_log(clues, death, "whether it was a parent's limit or the host");
    }
    if (clues->oom)
        clue_say_happening(death, clues->oom);
}

/* ---- others' doing ---- */

/* The kubelet or an engine has said itself why it ended it. True where it has. */
static bool judge_pod(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    static const char *const shutdowns[] = {"Shutdown", "NodeShutdown", "Terminated",
                                            "NodeLost", "Preempting",   "Preempted"};
    const char *reason = subject->pod_reason;
    if (is(reason, "Evicted") || is(subject->disruption, "TerminationByKubelet") || clues->evicted) {
        const char *message = subject->pod_message ? subject->pod_message
                              : clues->evicted     ? clues->evicted->message
                                                   : NULL;
        bool memory = !message || holds(message, "memory");
        conclude(death, VERDICT_EVICTED, SCOPE_NONE,
                 reason || clues->evicted ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
        death_happened(
            death,
            memory ? "was evicted by the kubelet, because the node ran short of memory; that is no OOM kill"
                   : "was evicted by the kubelet, for something else than memory");
    } else if (is(reason, "DeadlineExceeded") || clues->deadline) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_CERTAIN);
        death_happened(death, "was stopped by the kubelet at its deadline (activeDeadlineSeconds)");
    } else if (clues->preempted || is(subject->disruption, "PreemptionByScheduler")) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_CERTAIN);
        death_happened(death, "was stopped to make room for a pod of higher priority");
    } else if (reason && text_index(shutdowns, sizeof shutdowns / sizeof *shutdowns, reason) >= 0) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_CERTAIN);
        death_happened(death, "was stopped with its node or for another pod (%s)", reason);
    } else if (subject->disruption) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_LIKELY);
        death_happened(death, "was stopped with its pod, by Kubernetes (%s)", subject->disruption);
    } else {
        return false;
    }
    /* It may have ended by itself before that. */
    int64_t code = known_or(subject->exit_code, CODE_SIGKILL);
    if (code != CODE_SIGKILL && code != CODE_SIGTERM && death->confidence == CONFIDENCE_CERTAIN)
        death->confidence = CONFIDENCE_LIKELY;
    if (subject->pod_reason || subject->pod_message)
        say_of_pod(subject, death, subject->pod_message ? "status.message" : "status.reason",
                   subject->pod_message ? subject->pod_message : subject->pod_reason);
    clue_say_happening(death, clues->evicted);
    clue_say_happening(death, clues->deadline);
    clue_say_happening(death, clues->preempted);
    return true;
}

static bool judge_ecs_stop(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    static const char *const stops[] = {"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption",
                                        "TerminationNotice"};
    static const char *const reasons[] = {"Scaling activity", "Host EC2", "deployment", "Task stopped by",
                                          "Spot"};
    bool health = holds(subject->stop_reason, "health check");
    bool user = is(subject->stop_code, "UserInitiated") || holds(subject->stop_reason, "stopped by user");
    bool stop =
        subject->stop_code && text_index(stops, sizeof stops / sizeof *stops, subject->stop_code) >= 0;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        stop = stop || holds(subject->stop_reason, reasons[i]);
    if (!health && !stop) {
        if (subject->stop_reason)
            say_of_pod(subject, death, "stoppedReason", subject->stop_reason);
        return false;
    }
    conclude(death, health ? VERDICT_PROBE : VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_LIKELY);
    death_happened(death, health ? "was stopped by ECS for failed health checks"
                          : user ? "was stopped by a user of ECS"
                                 : "was stopped by ECS");
    if (subject->stop_reason)
        say_of_pod(subject, death, "stoppedReason", subject->stop_reason);
    return true;
}

/* Is an event of the time it ended, or before by no more than its grace? Where only events tell of it, they
 * do. */
static bool is_near_end(const struct subject *subject, const struct happening *happening) {
    struct known_i64 before = known_delta(happening->last_ns, subject->finished_ns);
    int64_t grace = (known_or(subject->grace_s, 30) + 10) * NS_PER_S;
    return subject->life == LIFE_UNKNOWN ||
           (before.known && before.value > -SAME_END_NS && before.value < grace);
}

/* Its whole life fits that of a container whose probe fails from the start: the kubelet's steps of a second
 * and its grace are on top. */
static bool fits_probe(const struct subject *subject) {
    struct known_i64 lived = known_delta(subject->started_ns, subject->finished_ns);
    if (!subject->probe_kill_s.known || !lived.known)
        return false;
    int64_t earliest = subject->probe_kill_s.value * NS_PER_S;
    int64_t latest = earliest + (known_or(subject->grace_s, 30) + 10) * NS_PER_S;
    return lived.value + NS_PER_S >= earliest && lived.value <= latest;
}

/* Did somebody ask it to stop, and kill it when it did not? */
static bool judge_stop(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    int64_t code = known_or(subject->exit_code, -1);
    bool killed = code == CODE_SIGKILL;
    if (clues->probe) {
        bool all = known_or(clues->probe->count, 1) >= known_or(subject->restarts, 0) && fits_probe(subject);
        conclude(death, VERDICT_PROBE, SCOPE_NONE,
                 all || is_near_end(subject, clues->probe) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
        death_happened(death,
                       "was killed by the kubelet because its %s probe failed; memory had no part in that as "
                       "far as this tells",
                       holds(clues->probe->message, "failed startup probe") ? "startup" : "liveness");
        clue_say_happening(death, clues->unhealthy);
        clue_say_happening(death, clues->probe);
        return true;
    }
    const struct happening *stop = clues->asked ? clues->asked : clues->stopped;
    if (stop) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE,
                 is_near_end(subject, stop) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
        death_happened(death, killed ? "was asked to stop, did not within its grace, and was killed"
                                     : "was asked to stop, and did");
        clue_say_happening(death, clues->earlier_oom);
        clue_say_happening(death, clues->asked);
        clue_say_happening(death, clues->killed);
        clue_say_happening(death, clues->stopped);
        return true;
    }
    if (clues->killed && (killed || subject->life == LIFE_UNKNOWN)) {
        conclude(death, VERDICT_KILLED, SCOPE_NONE, CONFIDENCE_CERTAIN);
        death_happened(death, "was sent SIGKILL through its engine (docker kill, docker rm -f)%s",
                       clues->earlier_oom ? "; before that a process in it was OOM-killed" : "; no OOM kill");
        clue_say_happening(death, clues->earlier_oom);
        clue_say_happening(death, clues->killed);
        return true;
    }
    if (subject->platform == PLATFORM_ECS && (killed || code == CODE_SIGTERM))
        return judge_ecs_stop(clues, death);
    if (subject->deleting && (killed || code == CODE_SIGTERM)) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_LIKELY);
        death_happened(death, "was stopped because its pod is being deleted");
        say_of_pod(subject, death, "metadata.deletionTimestamp", "the pod is being deleted");
        return true;
    }
    if (code == CODE_SIGTERM) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_LIKELY);
        death_happened(death, "was asked to stop by SIGTERM, and did");
        return true;
    }
    return false;
}

/* SIGKILL, and nobody said why. */
static void judge_sigkill(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    if (is(subject->reason, "ContainerStatusUnknown")) {
        conclude(death, VERDICT_UNKNOWN, SCOPE_NONE, CONFIDENCE_UNKNOWN);
        death_happened(death, "is gone, and its 137 is made up: the kubelet could not find out how it ended");
        ask_for_kernel_log(clues, death, "how it ended");
        return;
    }
    if (fits_probe(subject) && known_or(subject->restarts, 0) > 0) {
        conclude(death, VERDICT_PROBE, SCOPE_NONE, CONFIDENCE_LIKELY);
        death_happened(death,
                       "was probably killed by the kubelet because its liveness probe fails: it lived %s, as "
                       "long as such a container does",
                       life_words(subject).s);
        sentences_add(&death->missing,
                      "the kubelet's word for it: kubectl get events -o json, given beside this file");
        return;
    }
    conclude(death, VERDICT_KILLED, SCOPE_NONE, clues->silent ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE);
    if (clues->silent) {
        death_happened(death, "was sent SIGKILL, and not by the kernel's OOM killer");
        sentences_add(&death->missing, "who sent it: the events of its engine or of its pod");
        clue_say_silence(death, clues->silent, clues->is_holed);
        return;
    }
    death_happened(death,
                   "was sent SIGKILL; its runtime did not see the OOM killer at work, which can be wrong");
    if (subject->platform == PLATFORM_KUBERNETES) {
        sentences_add(
            &death->missing,
            "whether a probe or a stop was the reason: kubectl get events -o json, given beside this file");
        ask_for_kernel_log(clues, death,
                           "whether the host ran out of memory, or an OOM kill was not reported");
    } else {
        sentences_add(&death->missing, "who sent it: %s, given beside this file",
                      subject->platform == PLATFORM_DOCKER
                          ? "docker events --since 24h --until 0s --format '{{json .}}'"
                      : subject->stop_reason ? "the service's events"
                                             : "the service's events and the stop reason of its task");
        ask_for_kernel_log(clues, death, "whether the host ran out of memory");
    }
}

/* ---- its own doing ---- */

/* Its log tells of a child that got SIGKILL, and it ended by itself. */
static bool judge_lost_child(const struct clues *clues, struct death *death) {
    const struct found_words *words = clues->words;
    if (!words || words->rule->kind != WORDS_CHILD_KILLED)
        return false;
    clue_say_words(death, words);
    if (known_or(clues->subject->exit_code, CODE_SIGKILL) == CODE_SIGKILL)
        return false;
    conclude(death, VERDICT_OOM_CHILD, SCOPE_NONE, CONFIDENCE_POSSIBLE);
    death_happened(death,
                   "lost a child to SIGKILL, as %s tells, and ended by itself with %lld; an OOM kill is the "
                   "usual reason",
                   words->rule->who, (long long)known_or(clues->subject->exit_code, -1));
    ask_for_kernel_log(clues, death, "who killed it");
    return true;
}

/* The runtime's own word (runc) that its first process found no room. What it quotes of the command may say
 * anything. */
static bool had_no_room_to_start(const struct subject *subject) {
    return holds(subject->engine_message, "container init was OOM-killed") &&
           !holds(subject->engine_message, "exec: \"");
}

static bool judge_words(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    const char *at = NULL;
    const struct words_rule *rule =
        subject->own_message ? words_find_runtime_oom(subject->own_message, &at) : NULL;
    if (had_no_room_to_start(subject)) {
        conclude(death, VERDICT_OOM, SCOPE_OWN, CONFIDENCE_CERTAIN);
        death_happened(death,
                       "could not be started: its limit%s is too small for the runtime's own first process",
                       of_size(subject->limit_bytes).s);
        return true;
    }
    if (!rule && clues->words && clues->words->rule->kind == WORDS_RUNTIME_OOM) {
        rule = clues->words->rule;
        clue_say_words(death, clues->words);
    }
    if (!rule)
        return judge_lost_child(clues, death);
    conclude(death, VERDICT_RUNTIME_OOM, SCOPE_NONE,
             rule->confidence == CONFIDENCE_POSSIBLE ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY);
    death_happened(death, "ended because %s ran out of memory inside its limit", rule->who);
    return true;
}

static void judge_failure(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    int64_t code = known_or(subject->exit_code, -1);
    conclude(death, VERDICT_FAILED, SCOPE_NONE, CONFIDENCE_LIKELY);
    if (clues->output && !subject->is_earlier_run)
        death_add_evidence(death, clues->output->file, 0, "no word of memory in its last lines");
    else if (code == 3)
        sentences_add(&death->missing,
                      "its last words: Java ends with 3 too when it is told to exit at OutOfMemoryError");
    else if (code == 128 + SIGABRT)
        sentences_add(&death->missing,
                      "its last words: Node, C++ and Rust end with 134 too when they run out of memory");
    else if (code == 1 || code == 2 || code == 255)
        sentences_add(&death->missing, "its last words: runtimes that run out of memory end with %lld too",
                      (long long)code);
    if (code < 0)
        death_happened(death, "failed before it ran%s%s", subject->reason ? ": " : "",
                       subject->reason ? subject->reason : "");
    else if (code > 128 && code < 128 + 65)
        death_happened(death, "ended by signal %lld, %s", (long long)(code - 128),
                       strsignal((int)code - 128));
    else
        death_happened(death, "failed by itself with exit code %lld; nothing here speaks of memory",
                       (long long)code);
}

/* ---- those that did not die ---- */

/* The OOM killer was at work in it, and it lives. */
static void judge_living_flagged(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    conclude(death, VERDICT_OOM_CHILD, subject->limit_bytes.known ? SCOPE_OWN : SCOPE_NONE,
             CONFIDENCE_LIKELY);
    death_happened(death, "lost a process to the OOM killer%s%s, and runs on",
                   subject->limit_bytes.known ? " at its own limit" : "", of_size(subject->limit_bytes).s);
    say_state(clues, death);
    clue_say_happening(death, clues->oom);
    ask_for_kernel_log(clues, death, "which process was killed");
}

static void judge_living(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    conclude(death, VERDICT_SURVIVED, SCOPE_NONE, CONFIDENCE_CERTAIN);
    int64_t restarts = subject->platform == PLATFORM_DOCKER ? known_or(subject->restarts, 0) : 0;
    if (subject->life == LIFE_RUNNING && is_flagged(clues)) {
        judge_living_flagged(clues, death);
        return;
    }
    if (subject->life == LIFE_RUNNING && restarts && !subject->earlier_told) {
        conclude(death, VERDICT_UNKNOWN, SCOPE_NONE, CONFIDENCE_UNKNOWN);
        death_happened(death, "runs again; how it ended before is not told");
        clue_say(death, &subject->place, "RestartCount", "%lld restart%s", (long long)restarts,
                 restarts == 1 ? "" : "s");
        sentences_add(&death->missing, "how it ended: its engine's events, as far as they reach back");
        ask_for_kernel_log(clues, death, "whether it was OOM-killed");
        return;
    }
    if (subject->life == LIFE_RUNNING) {
        death_happened(death, subject->earlier_told ? "runs again" : "runs, and has not died");
        clue_say(death, &subject->place, subject->state_key, "running");
        return;
    }
    if (!subject->reason && !subject->engine_message && !subject->own_message) {
        death_happened(death, "has not begun");
        return;
    }
    say_state(clues, death);
    if (is(subject->reason, "Unschedulable")) {
        conclude(death, VERDICT_FAILED, SCOPE_NONE, CONFIDENCE_CERTAIN);
        death_happened(death, holds(subject->engine_message, "Insufficient memory")
                                  ? "waits: no node has as much memory left as it requests"
                                  : "waits: no node takes it");
        return;
    }
    if (judge_words(clues, death))
        return;
    conclude(death, VERDICT_FAILED, SCOPE_NONE, CONFIDENCE_LIKELY);
    death_happened(death, "has not run%s%s", subject->reason ? ": " : "",
                   subject->reason ? subject->reason : "");
}

static void judge_job(const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    if (is(subject->pod_reason, "DeadlineExceeded")) {
        conclude(death, VERDICT_STOPPED, SCOPE_NONE, CONFIDENCE_CERTAIN);
        death_happened(death, "was stopped at its deadline (activeDeadlineSeconds)");
    } else if (subject->pod_reason) {
        conclude(death, VERDICT_UNKNOWN, SCOPE_NONE, CONFIDENCE_UNKNOWN);
        death_happened(death, "failed; a Job does not tell how its pods ended");
        sentences_add(&death->missing, "how its pods ended: kubectl get pods -l job-name=%s -o json",
                      subject->job ? subject->job : "NAME");
    } else {
        conclude(death, VERDICT_SURVIVED, SCOPE_NONE, CONFIDENCE_CERTAIN);
        death_happened(death, subject->life == LIFE_ENDED ? "has completed" : "has not failed");
    }
    clue_say(death, &subject->place, NULL, "%s%s%s", subject->pod_reason ? subject->pod_reason : "no failure",
             subject->pod_message ? ": " : "", subject->pod_message ? subject->pod_message : "");
    if (known_or(subject->restarts, 0) > 0)
        clue_say(death, &(struct place){.file = subject->place.file}, "status.failed",
                 "%lld of its pods failed", (long long)subject->restarts.value);
}

/* The kernel log of the machine that is asked, read to its end. */
static bool has_live_log(const struct casefile *file) {
    bool found = false;
    for (size_t i = 0; i < file->span_count; i++)
        found = found || file->spans[i].of_kernel;
    return found && file->asked != ASKED_FILES;
}

/* Engines miss the kill of a child now and then, of one with a limit. */
static void judge_well(const struct casefile *file, const struct clues *clues, struct death *death) {
    bool silent = clues->silent && !clues->is_holed;
    bool may_have_lost = clues->subject->limit_bytes.known && !silent && !has_live_log(file);
    conclude(death, VERDICT_SURVIVED, SCOPE_NONE, may_have_lost ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN);
    death_happened(death, "ended well");
    if (may_have_lost)
        ask_for_kernel_log(
            clues, death, "that no child of it was OOM-killed at its limit, which engines do not always see");
}

/* ---- all together ---- */

static void judge_end(const struct casefile *file, const struct clues *clues, struct death *death) {
    const struct subject *subject = clues->subject;
    int64_t code = known_or(subject->exit_code, -1);
    if (clues->kill && tie_of(clues) != TIE_NONE) {
        say_state(clues, death);
        judge_kill(clues, death);
        return;
    }
    /* Of a container of which the engine says that it lost something, more is told than that it was stopped.
     */
    bool flagged = is_flagged(clues);
    if (!flagged && judge_pod(clues, death))
        return;
    say_state(clues, death);
    if (flagged && !(clues->killed && !clues->oom))
        judge_flagged(file, clues, death);
    else if (code == 0 && !clues->probe) {
        judge_well(file, clues, death);
    } else if (!judge_stop(clues, death) && !judge_words(clues, death)) {
        if (code == CODE_SIGKILL)
            judge_sigkill(clues, death);
        else if (code == -1 && subject->life == LIFE_UNKNOWN) {
            conclude(death, VERDICT_FAILED, SCOPE_NONE, CONFIDENCE_POSSIBLE);
            death_happened(death, "fails again and again, and is started again");
            sentences_add(&death->missing, "how it ends: kubectl get pod %s -o json",
                          subject->pod ? subject->pod : "NAME");
        } else
            judge_failure(clues, death);
    }
}

/* What it was given, and its class. */
static void say_limit(const struct subject *subject, struct death *death) {
    struct place place = {
        .file = subject->place.file, .path = subject->limit_path, .line = subject->place.line};
    struct strbuf text = {0};
    strbuf_addf(&text, subject->limit_bytes.known ? "limit%s" : "no memory limit",
                of_size(subject->limit_bytes).s + (subject->limit_bytes.known ? 3 : 0));
    if (subject->request_bytes.known)
        strbuf_addf(&text, ", request%s", of_size(subject->request_bytes).s + 3);
    if (subject->qos)
        strbuf_addf(&text, ", QoS %s", subject->qos);
    if (subject->limit_told && (subject->limit_bytes.known || subject->qos))
        clue_say(death, &place, NULL, "%s", strbuf_text(&text));
    strbuf_free(&text);
}

/* One that was not its end. */
static void say_earlier_kill(const struct log_kill *log, struct death *death) {
    const struct oom_kill *kill = log->kill;
    if (kill->quote_count == 0)
        return;
    const struct oom_quote *quote = &kill->quotes[kill->quote_count - 1];
    death_add_evidence(death, log->file, 0, "an OOM kill in it at another time, which was not its end:");
    death_add_evidence(death, log->file, quote->line, quote->text);
}

void container_judge(const struct casefile *file, const struct clues *clues, struct death *death) {
    struct subject *subject = clues->subject;
    death->subject = title_of(subject);
    death->exit_code = subject->exit_code;
    death->limit_bytes = subject->limit_bytes;
    bool alive = subject->life == LIFE_RUNNING || subject->life == LIFE_WAITING;
    bool of_this_run = clues->kill && (tie_of(clues) != TIE_NONE || subject->platform != PLATFORM_DOCKER);
    death->at_ns = subject->finished_ns.known ? subject->finished_ns : clues->kill_ns;
    if (subject->is_job)
        judge_job(clues, death);
    else if (!alive || of_this_run)
        judge_end(file, clues, death);
    else if (!judge_pod(clues, death))
        judge_living(clues, death);
    if (clues->node_oom)
        clue_say_happening(death, clues->node_oom);
    if (clues->kill && subject->life == LIFE_ENDED && tie_of(clues) == TIE_NONE)
        say_earlier_kill(clues->kill, death);
    say_limit(subject, death);
    advise(file, clues, clues->kill, death);
}
