/* Events of engines and of Kubernetes: whose they are, and what they tell of a container's end. */
#include "explain/join.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* How long before its end the events of a container's end may lie, beyond the grace it was given. */
#define EVENT_SLACK_NS (15 * NS_PER_S)

static bool is_near(struct known_i64 one, struct known_i64 other, int64_t within_ns) {
    struct known_i64 apart = known_delta(one, other);
    return apart.known && apart.value <= within_ns && apart.value >= -within_ns;
}

static void note(struct happening **slot, struct happening *happening) {
    if (!*slot || known_or(happening->last_ns, 0) >= known_or((*slot)->last_ns, 0))
        *slot = happening;
    happening->used = true;
}

/* Of a run before the one that is told of: an engine starts a container again under the same id. */
static bool is_of_another_run(const struct subject *subject, const struct happening *happening) {
    struct known_i64 since_start = known_delta(subject->run_from_ns, happening->last_ns);
    struct known_i64 until_next = known_delta(happening->last_ns, subject->run_until_ns);
    if (since_start.known && (since_start.value < 0 || (until_next.known && until_next.value <= 0)))
        return true;
    return subject->started_ns.known && happening->last_ns.known &&
           happening->last_ns.value < subject->started_ns.value - SAME_TIME_NS;
}

/* SIGTERM, and what images may name in its place; others are no wish that it ends. */
static bool is_stop_signal(int64_t signal) {
    return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGWINCH;
}

/* Longer than any grace: what was asked then is not why it ended. */
#define LONG_BEFORE_NS (600 * NS_PER_S)

static bool is_at_another_time(const struct subject *subject, const struct happening *happening) {
    struct known_i64 before = known_delta(happening->last_ns, subject->finished_ns);
    return before.known && (before.value > LONG_BEFORE_NS || before.value < -EVENT_SLACK_NS);
}

static void take_engine_event(struct clues *clues, struct happening *happening) {
    const struct subject *subject = clues->subject;
    int64_t signal = known_or(happening->signal, 0);
    bool after = subject->finished_ns.known && happening->last_ns.known &&
                 happening->last_ns.value > subject->finished_ns.value + EVENT_SLACK_NS;
    happening->used = true;
    if (is_of_another_run(subject, happening) || after)
        return;
    if (same(happening->reason, "oom"))
        note(&clues->oom, happening);
    else if (same(happening->reason, "die"))
        note(&clues->died, happening);
    else if (same(happening->reason, "stop"))
        note(&clues->stopped, happening);
    else if (same(happening->reason, "kill") && signal == 9)
        note(&clues->killed, happening);
    else if (same(happening->reason, "kill") && is_stop_signal(signal) &&
             !is_at_another_time(subject, happening))
        note(&clues->asked, happening);
}

static bool starts(const char *text, const char *word) {
    return text && text_starts_with(text, word);
}

/* "Container web failed liveness probe, will be restarted": the kubelet's words; no container's name can hold
 * them, since it has no blanks. */
static bool tells_of_probe(const char *message) {
    return strstr(message, "failed liveness probe") || strstr(message, "failed startup probe");
}

static void take_pod_event(struct clues *clues, struct happening *happening) {
    const char *reason = happening->reason;
    const char *message = happening->message ? happening->message : "";
    bool other =
        happening->container && clues->subject->name && !same(happening->container, clues->subject->name);
    if (other)
        return;
    happening->used = true;
    if (same(reason, "Killing") && tells_of_probe(message))
        note(&clues->probe, happening);
    else if (same(reason, "Killing") && !is_at_another_time(clues->subject, happening))
        note(&clues->asked, happening);
    else if (same(reason, "Unhealthy") && (starts(message, "Liveness") || starts(message, "Startup")))
        note(&clues->unhealthy, happening);
    else if (same(reason, "Evicted"))
        note(&clues->evicted, happening);
    else if (same(reason, "DeadlineExceeded"))
        note(&clues->deadline, happening);
    else if (same(reason, "Preempted") || same(reason, "Preempting"))
        note(&clues->preempted, happening);
}

static bool is_of_pod(const struct subject *subject, const struct happening *happening) {
    if (subject->platform != PLATFORM_KUBERNETES || subject->is_job || !same(happening->object, "Pod"))
        return false;
    if (subject->pod_uid && happening->uid)
        return same(subject->pod_uid, happening->uid);
    return same(subject->pod, happening->name) &&
           (!subject->space || !happening->space || same(subject->space, happening->space));
}

const char *node_victim(const struct happening *happening, size_t *ret_length) {
    static const char words[] = "victim process: ";
    const char *at =
        same(happening->reason, "SystemOOM") && happening->message ? strstr(happening->message, words) : NULL;
    if (!at)
        return NULL;
    at += strlen(words);
    *ret_length = strcspn(at, ",");
    return at;
}

struct known_i64 node_victim_pid(const struct happening *happening) {
    const char *at = happening->message ? strstr(happening->message, ", pid: ") : NULL;
    long pid = at ? strtol(at + strlen(", pid: "), NULL, 10) : 0;
    return pid > 0 ? known_i64(pid) : UNKNOWN_I64;
}

static bool names_program(const struct subject *subject, const struct happening *happening) {
    size_t length = 0;
    const char *name = node_victim(happening, &length);
    return name && subject->program && strlen(subject->program) == length &&
           strncmp(subject->program, name, length) == 0;
}

static void find_engine_events(struct joined *joined, struct clues *clues) {
    struct casefile *file = joined->file;
    const struct subject *subject = clues->subject;
    if (has_id(subject->id))
        for (const struct lookup_entry *entry = lookup_first(&joined->happenings, key_hash_id(subject->id));
             entry; entry = lookup_next(&joined->happenings, entry))
            if (file->happenings[entry->at].platform == PLATFORM_DOCKER &&
                same_id(subject->id, file->happenings[entry->at].uid))
                take_engine_event(clues, &file->happenings[entry->at]);
    if (subject->name)
        for (const struct lookup_entry *entry =
                 lookup_first(&joined->happenings, key_hash(KEY_NAME, subject->name));
             entry; entry = lookup_next(&joined->happenings, entry))
            if (same(subject->name, file->happenings[entry->at].name))
                take_engine_event(clues, &file->happenings[entry->at]);
}

static void find_pod_events(struct joined *joined, struct clues *clues) {
    struct casefile *file = joined->file;
    const struct subject *subject = clues->subject;
    if (subject->pod_uid)
        for (const struct lookup_entry *entry =
                 lookup_first(&joined->happenings, key_hash(KEY_POD_UID, subject->pod_uid));
             entry; entry = lookup_next(&joined->happenings, entry))
            if (is_of_pod(subject, &file->happenings[entry->at]))
                take_pod_event(clues, &file->happenings[entry->at]);
    if (subject->pod)
        for (const struct lookup_entry *entry =
                 lookup_first(&joined->happenings, key_hash(KEY_POD, subject->pod));
             entry; entry = lookup_next(&joined->happenings, entry))
            if ((!subject->pod_uid || !file->happenings[entry->at].uid) &&
                is_of_pod(subject, &file->happenings[entry->at]))
                take_pod_event(clues, &file->happenings[entry->at]);
}

static void find_node_oom(struct joined *joined, struct clues *clues) {
    struct casefile *file = joined->file;
    const struct subject *subject = clues->subject;
    if (known_or(subject->exit_code, 0) != 137 || !subject->program)
        return;
    for (const struct lookup_entry *entry =
             lookup_first(&joined->happenings, key_hash(KEY_VICTIM, subject->program));
         entry; entry = lookup_next(&joined->happenings, entry)) {
        struct happening *happening = &file->happenings[entry->at];
        if (is_near(subject->finished_ns, happening->last_ns, SAME_TIME_NS) &&
            names_program(subject, happening))
            clues->node_oom = happening;
    }
}

/* What an engine's events tell of the end itself. */
static void complete_subject(struct clues *clues) {
    struct subject *subject = clues->subject;
    if (subject->life != LIFE_UNKNOWN || !clues->died)
        return;
    subject->exit_code = clues->died->exit_code;
    subject->finished_ns = clues->died->last_ns;
    free(subject->place.path);
    subject->place = (struct place){.file = clues->died->place.file,
                                    .path = copy_told(clues->died->place.path),
                                    .line = clues->died->place.line};
}

void join_events(struct joined *joined, struct clues *clues) {
    const struct subject *subject = clues->subject;
    if (subject->platform == PLATFORM_DOCKER)
        find_engine_events(joined, clues);
    else if (subject->platform == PLATFORM_KUBERNETES)
        find_pod_events(joined, clues);
    find_node_oom(joined, clues);
    /* An OOM long before somebody ended it was not its end. */
    const struct happening *ended = clues->asked ? clues->asked : clues->killed;
    struct known_i64 before =
        clues->oom && ended ? known_delta(clues->oom->last_ns, ended->last_ns) : UNKNOWN_I64;
    if (before.known && before.value > EVENT_SLACK_NS) {
        clues->earlier_oom = clues->oom;
        clues->oom = NULL;
    }
    complete_subject(clues);
}

/* ---- containers of which only events tell ---- */

static bool is_of_subject(const struct subject *subject, const struct happening *happening) {
    if (happening->platform == PLATFORM_DOCKER)
        return subject->platform == PLATFORM_DOCKER &&
               (same_id(subject->id, happening->uid) ||
                (!happening->uid && same(subject->name, happening->name)));
    return is_of_pod(subject, happening) &&
           (!happening->container || !subject->name || same(happening->container, subject->name));
}

static bool finds_subject(const struct joined *joined, const struct happening *happening, uint64_t hash) {
    const struct casefile *file = joined->file;
    for (const struct lookup_entry *entry = lookup_first(&joined->subjects, hash); entry;
         entry = lookup_next(&joined->subjects, entry))
        if (is_of_subject(&file->subjects[entry->at], happening))
            return true;
    return false;
}

static bool has_subject(const struct joined *joined, const struct happening *happening) {
    if (happening->platform == PLATFORM_DOCKER)
        return has_id(happening->uid) ? finds_subject(joined, happening, key_hash_id(happening->uid))
                                      : finds_subject(joined, happening, key_hash(KEY_NAME, happening->name));
    return (happening->uid && finds_subject(joined, happening, key_hash(KEY_POD_UID, happening->uid))) ||
           (happening->name && finds_subject(joined, happening, key_hash(KEY_POD, happening->name)));
}

/* Events that tell of an end, or lead to one. */
static bool tells_of_end(const struct happening *happening) {
    static const char *const ends[] = {"die",       "oom",    "Killing", "Evicted", "DeadlineExceeded",
                                       "Preempted", "BackOff"};
    const char *reason = happening->reason;
    const char *message = happening->message;
    if (!reason || text_index(ends, sizeof ends / sizeof *ends, reason) < 0)
        return false;
    /* Of an image that cannot be had there is a back-off too. */
    return strcmp(reason, "BackOff") != 0 || (message && strstr(message, "restarting failed container"));
}

static void add_subject_of(struct joined *joined, const struct happening *happening) {
    struct casefile *file = joined->file;
    struct subject *subject = case_add_subject(file);
    if (!subject)
        return;
    bool docker = happening->platform == PLATFORM_DOCKER;
    *subject = (struct subject){
        .platform = happening->platform,
        .place = {.file = happening->place.file,
                  .path = copy_told(happening->place.path),
                  .line = happening->place.line},
        .name = copy_told(docker ? happening->name : happening->container),
        .id = docker ? copy_told(happening->uid) : NULL,
        .pod = docker ? NULL : copy_told(happening->name),
        .space = copy_told(happening->space),
        .pod_uid = docker ? NULL : copy_told(happening->uid),
        .image = copy_told(happening->image),
        .is_own_trial = happening->is_own_trial,
        .life = LIFE_UNKNOWN,
    };
    join_add_subject(joined, file->subject_count - 1);
}

void join_silent_subjects(struct joined *joined) {
    struct casefile *file = joined->file;
    size_t count = file->happening_count;
    for (size_t i = 0; i < count; i++)
        if (tells_of_end(&file->happenings[i]) &&
            same(file->happenings[i].object,
                 file->happenings[i].platform == PLATFORM_DOCKER ? "container" : "Pod") &&
            !has_subject(joined, &file->happenings[i]))
            add_subject_of(joined, &file->happenings[i]);
}
