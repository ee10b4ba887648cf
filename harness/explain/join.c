#include "explain/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* ---- by ids and names ---- */

uint64_t key_hash(enum key key, const char *text) {
    return lookup_hash((char)key, text ? text : "", text ? strlen(text) : 0);
}

uint64_t key_hash_id(const char *id) {
    return lookup_hash(KEY_ID, id, CONTAINER_SHORT_ID);
}

static uint64_t container_hash(const struct subject *subject) {
    const char *name = subject->name ? subject->name : "";
    return lookup_hash_more(key_hash(KEY_CONTAINER, subject->pod), name, strlen(name));
}

static void index_happening(struct joined *joined, size_t at) {
    struct casefile *file = joined->file;
    const struct happening *happening = &file->happenings[at];
    struct lookup *index = &joined->happenings;
    size_t length = 0;
    const char *victim = node_victim(happening, &length);
    if (happening->platform == PLATFORM_DOCKER) {
        if (has_id(happening->uid))
            lookup_add(index, key_hash_id(happening->uid), at);
        else if (!happening->uid && happening->name)
            lookup_add(index, key_hash(KEY_NAME, happening->name), at);
        return;
    }
    if (happening->uid)
        lookup_add(index, key_hash(KEY_POD_UID, happening->uid), at);
    if (happening->name)
        lookup_add(index, key_hash(KEY_POD, happening->name), at);
    if (!victim)
        return;
    lookup_add(index, lookup_hash(KEY_VICTIM, victim, length), at);
    if (node_victim_pid(happening).known) {
        char process[64];
        snprintf(process, sizeof process, "%.*s, pid: %lld", (int)(length < 32 ? length : 32), victim,
                 (long long)node_victim_pid(happening).value);
        lookup_add(index, key_hash(KEY_PROCESS, process), at);
    }
}

void join_add_subject(struct joined *joined, size_t at) {
    struct casefile *file = joined->file;
    const struct subject *subject = &file->subjects[at];
    struct lookup *index = &joined->subjects;
    if (subject->is_job)
        return;
    if (has_id(subject->id))
        lookup_add(index, key_hash_id(subject->id), at);
    if (subject->platform == PLATFORM_DOCKER && subject->name)
        lookup_add(index, key_hash(KEY_NAME, subject->name), at);
    if (subject->platform != PLATFORM_KUBERNETES)
        return;
    if (subject->pod_uid)
        lookup_add(index, key_hash(KEY_POD_UID, subject->pod_uid), at);
    if (subject->pod)
        lookup_add(index, key_hash(KEY_POD, subject->pod), at);
    if (subject->job)
        lookup_add(index, key_hash(KEY_JOB, subject->job), at);
    lookup_add(index, container_hash(subject), at);
}

static void index_all(struct joined *joined) {
    struct casefile *file = joined->file;
    for (size_t i = 0; i < file->happening_count; i++)
        index_happening(joined, i);
    for (size_t i = 0; i < file->subject_count; i++)
        join_add_subject(joined, i);
    for (size_t i = 0; i < file->kill_count; i++) {
        struct log_kill *log = &file->kills[i];
        log->groups = calloc(2, sizeof *log->groups);
        if (!log->groups)
            abort();
        log->groups[0] = group_name_parse(log->kill->task_memcg);
        log->groups[1] = group_name_parse(log->kill->oom_memcg);
    }
}

/* ---- what its log and its output say ---- */

/* An engine notes the start of a container when it is done with it, and reads its output a moment late; the
 * event of an end comes behind it. */
#define WORDS_SLACK_NS NS_PER_S

/* Of what a container wrote, that of this run; a log that is given beside just one container that ended badly
 * is that container's. */
static bool are_its_words(const struct subject *subject, const char *key, const struct found_words *words,
                          size_t ended) {
    struct known_i64 since_start = known_delta(subject->started_ns, words->time_ns);
    struct known_i64 since_end = known_delta(subject->finished_ns, words->time_ns);
    struct known_i64 since_previous = known_delta(subject->previous_end_ns, words->time_ns);
    struct known_i64 until_next = known_delta(words->time_ns, subject->run_until_ns);
    int64_t late = subject->is_earlier_run ? END_SLACK_NS : WORDS_SLACK_NS;
    if (!words->owner)
        return ended == 1 && !subject->is_earlier_run;
    return same(words->owner, key) && (!since_start.known || since_start.value >= -WORDS_SLACK_NS) &&
           (!since_end.known || since_end.value <= late) &&
           (!since_previous.known || since_previous.value >= 0) &&
           (!until_next.known || until_next.value > 0) && !(subject->is_earlier_run && !words->time_ns.known);
}

static void give_words(struct casefile *file, struct clues *clues, size_t ended) {
    const struct subject *subject = clues->subject;
    if (subject->life != LIFE_ENDED || known_or(subject->exit_code, 1) == 0 || subject->is_job)
        return;
    CLEANUP_FREE char *key = subject_key(subject);
    /* A log that is nobody's is given beside just one. */
    bool are_owned = false;
    for (size_t i = 0; i < file->span_count; i++)
        are_owned = are_owned || file->spans[i].owner;
    for (size_t i = 0; i < file->word_count && (are_owned || ended == 1); i++) {
        struct found_words *words = &file->words[i];
        if (!are_its_words(subject, key, words, ended))
            continue;
        if (!clues->words || words->rule->kind < clues->words->rule->kind ||
            (words->rule->kind == clues->words->rule->kind && words->rule < clues->words->rule))
            clues->words = words;
        words->used = true;
    }
}

/* What it wrote itself was read. */
static void find_output(const struct casefile *file, struct clues *clues) {
    CLEANUP_FREE char *key = subject_key(clues->subject);
    for (size_t i = 0; i < file->span_count; i++)
        if (same(file->spans[i].owner, key) && file->spans[i].lines > 0)
            clues->output = &file->spans[i];
}

/* ---- what is told elsewhere ---- */

bool join_is_told_by_pods(const struct joined *joined, const struct subject *job) {
    const struct casefile *file = joined->file;
    if (!job->is_job || !job->job)
        return false;
    for (const struct lookup_entry *entry = lookup_first(&joined->subjects, key_hash(KEY_JOB, job->job));
         entry; entry = lookup_next(&joined->subjects, entry))
        if (same(file->subjects[entry->at].job, job->job))
            return true;
    return false;
}

static bool are_alike(const struct subject *one, const struct subject *other) {
    if (one->platform != other->platform)
        return false;
    if (one->platform != PLATFORM_KUBERNETES)
        return same_id(one->id, other->id);
    return same(one->pod, other->pod) && same(one->name, other->name) &&
           (!one->space || !other->space || same(one->space, other->space)) &&
           (!one->pod_uid || !other->pod_uid || same(one->pod_uid, other->pod_uid));
}

bool join_is_told_twice(const struct joined *joined, size_t at) {
    const struct casefile *file = joined->file;
    const struct subject *subject = &file->subjects[at];
    bool by_name = subject->platform == PLATFORM_KUBERNETES;
    if (subject->is_job || subject->is_earlier_run || (!by_name && !has_id(subject->id)))
        return false;
    uint64_t hash = by_name ? container_hash(subject) : key_hash_id(subject->id);
    for (const struct lookup_entry *entry = lookup_first(&joined->subjects, hash); entry;
         entry = lookup_next(&joined->subjects, entry)) {
        const struct subject *other = &file->subjects[entry->at];
        if (entry->at == at || !are_alike(subject, other))
            continue;
        int64_t mine = known_or(subject->finished_ns, 0);
        int64_t its = known_or(other->finished_ns, 0);
        if (its > mine || (its == mine && entry->at < at))
            return true;
    }
    return false;
}

/* ---- all ---- */

void join_begin(struct casefile *file, struct joined *ret) {
    *ret = (struct joined){.file = file};
    index_all(ret);
    join_seen(ret);
    join_silent_subjects(ret);
    join_earlier_runs(ret);
}

void join_end(struct joined *joined) {
    lookup_free(&joined->happenings);
    lookup_free(&joined->subjects);
}

void join_clues(struct joined *joined, size_t ended, struct clues *clues) {
    join_events(joined, clues);
    join_kills(joined, clues);
    give_words(joined->file, clues, ended);
    find_output(joined->file, clues);
}
