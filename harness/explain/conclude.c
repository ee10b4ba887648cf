#include "explain/conclude.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "explain/join.h"

/* Is there a document of containers or pods? Then these are what is asked about. */
static bool has_documents(const struct casefile *file) {
    for (size_t i = 0; i < file->subject_count; i++)
        if (file->subjects[i].life != LIFE_UNKNOWN)
            return true;
    return file->told.count > 0;
}

/* "victim process: dd, pid: 12722", for a program of which no container is told: one entry for each program
 * of a node, since the kubelet tells of each process. `told` are those that are told already, and gains it.
 */
static bool told_by_earlier(const struct casefile *file, struct lookup *told, size_t at, const char *name,
                            size_t length) {
    const char *node = file->happenings[at].name;
    uint64_t hash = lookup_hash_more(key_hash(KEY_POD, node), name, length);
    for (const struct lookup_entry *entry = lookup_first(told, hash); entry;
         entry = lookup_next(told, entry)) {
        const struct happening *other = &file->happenings[entry->at];
        size_t its_length = 0;
        const char *its = node_victim(other, &its_length);
        if (same(other->name, node) && its_length == length && its && strncmp(its, name, length) == 0)
            return true;
    }
    lookup_add(told, hash, at);
    return false;
}

static void judge_node_oom(const struct casefile *file, struct lookup *told, size_t at, struct deaths *ret) {
    const struct happening *happening = &file->happenings[at];
    const char *node = happening->name ? happening->name : "(no name)";
    size_t length = 0;
    const char *name = node_victim(happening, &length);
    if (!name || told_by_earlier(file, told, at, name, length))
        return;
    struct death *death = deaths_add(ret);
    death->subject = text_format("%.*s on node %s", (int)(length < 64 ? length : 64), name, node);
    death->process = text_copy_bytes(name, length);
    death->pid = node_victim_pid(happening);
    death->verdict = VERDICT_OOM;
    death->confidence = CONFIDENCE_LIKELY; /* that it was one is sure, whose limit it was is not */
    death_happened(death,
                   "was OOM-killed; the kubelet reports kills at a container's limit and of the whole node "
                   "alike");
    clue_say_happening(death, happening);
    sentences_add(&death->missing,
                  "whose limit it was: the kernel log of node %s (journalctl -k -o short-iso)", node);
}

/* Logs with words in them, each once. */
static void judge_logs(struct casefile *file, struct deaths *ret) {
    const char *done = NULL;
    for (size_t i = 0; i < file->word_count; i++) {
        const struct found_words *words = &file->words[i];
        if (words->used || words->owner || words->file == done)
            continue;
        done = words->file;
        bool has_kill = false;
        for (size_t j = 0; j < file->kill_count; j++)
            has_kill = has_kill || file->kills[j].file == done;
        if (!has_kill)
            log_judge(file, done, deaths_add(ret));
    }
}

static size_t count_ended(const struct casefile *file) {
    size_t count = 0;
    for (size_t i = 0; i < file->subject_count; i++) {
        const struct subject *subject = &file->subjects[i];
        count += !subject->is_job && !subject->is_earlier_run && subject->life == LIFE_ENDED &&
                 known_or(subject->exit_code, 1) != 0;
    }
    return count;
}

/* The last death is of an earlier run of this container: one that ended as another run of it did is counted
 * with that. `told` are the deaths by their container, and gains it. */
static void count_with_same(struct deaths *deaths, const struct subject *subject, struct lookup *told) {
    size_t at = deaths->count - 1;
    const struct death *last = &deaths->items[at];
    uint64_t hash = has_id(subject->id) ? lookup_hash(KEY_ID, subject->id, strlen(subject->id)) : 0;
    for (const struct lookup_entry *entry = lookup_first(told, hash); entry;
         entry = lookup_next(told, entry)) {
        struct death *death = &deaths->items[entry->at];
        if (!subject->is_earlier_run || death->verdict != last->verdict || death->scope != last->scope ||
            death->confidence != last->confidence || death->aside != last->aside ||
            !same(death->happened, last->happened) ||
            known_or(death->exit_code, -1) != known_or(last->exit_code, -1))
            continue;
        death->times = (death->times > 1 ? death->times : 1) + 1;
        deaths_drop_last(deaths);
        return;
    }
    if (has_id(subject->id))
        lookup_add(told, hash, at);
}

/* Something was left out: that nothing happened cannot be said. */
static void doubt_survival(const struct casefile *file, struct death *death) {
    if (!file->refused || death->verdict != VERDICT_SURVIVED)
        return;
    free(death->happened);
    death->happened = NULL;
    death->verdict = VERDICT_UNKNOWN;
    death->confidence = CONFIDENCE_UNKNOWN;
    death_happened(death, "is not told to have died in what was kept of what was read; not all was kept");
}

/* Returns how many containers of our own trials were left out. */
static long judge_subjects(struct joined *joined, bool asked, struct deaths *ret) {
    struct casefile *file = joined->file;
    size_t ended = count_ended(file);
    long own = 0;
    struct lookup told = {0};
    for (size_t i = 0; i < file->subject_count; i++) {
        struct clues clues = {.subject = &file->subjects[i]};
        if (join_is_told_by_pods(joined, clues.subject))
            continue;
        bool twice = join_is_told_twice(joined, i);
        if (!clues.subject->is_job)
            join_clues(joined, ended, &clues);
        /* Of one that was asked about there is a document. */
        if (!twice && file->asked == ASKED_ALL && clues.subject->is_own_trial) {
            own++;
            continue;
        }
        if (twice || (file->asked == ASKED_ONE && asked && clues.subject->life == LIFE_UNKNOWN))
            continue;
        struct death *death = deaths_add(ret);
        container_judge(file, &clues, death);
        doubt_survival(file, death);
        death->aside = asked && (clues.subject->life == LIFE_UNKNOWN || clues.subject->is_aside);
        /* Each run is told by itself. */
        if (clues.subject->earlier_told || clues.subject->is_earlier_run)
            death->times = 1;
        if (!clues.subject->is_earlier_run && file->asked == ASKED_ALL && subject_is_alive(clues.subject) &&
            death->verdict == VERDICT_SURVIVED && !clues.subject->earlier_told)
            deaths_drop_last(ret);
        else
            count_with_same(ret, clues.subject, &told);
    }
    lookup_free(&told);
    return own;
}

/* Is the group one that a trial of ours was in: plimsoll-PID-START-N? */
static bool is_own_trial(const struct oom_kill *kill) {
    static const char prefix[] = "plimsoll-";
    for (const char *at = kill->task_memcg; (at = strstr(at, prefix));) {
        int parts = 0;
        at += sizeof prefix - 1;
        for (size_t digits; (digits = strspn(at, "0123456789")) > 0; parts++) {
            at += digits;
            at += *at == '-';
        }
        if (parts == 3 && (*at == '\0' || *at == '/'))
            return true;
    }
    return false;
}

/* What is not of a container or pod that is told of. Returns how many deaths of others were left out. */
static long judge_rest(struct casefile *file, long own_containers, struct deaths *ret) {
    long left_out = 0;
    long own = 0;
    if (file->asked != ASKED_ONE) /* before the kills: one that a log tells of is told with it */
        judge_logs(file, ret);
    for (size_t i = 0; i < file->kill_count; i++) {
        const struct log_kill *log = case_kill_at(file, i);
        if (log->used)
            continue;
        if (file->asked == ASKED_ONE)
            left_out += log->times;
        else if (file->asked == ASKED_ALL && is_own_trial(log->kill))
            own += log->times > 1 ? log->times : 1;
        else
            kill_judge(file, log, deaths_add(ret));
    }
    if (own)
        sentences_add(&ret->notes, "and %ld kill%s of plimsoll's own trials", own, own == 1 ? "" : "s");
    if (own_containers)
        sentences_add(&ret->notes, "and %ld container%s of plimsoll's own trials", own_containers,
                      own_containers == 1 ? "" : "s");
    if (file->asked == ASKED_ONE)
        return left_out;
    struct lookup told = {0};
    for (size_t i = 0; i < file->happening_count; i++)
        if (file->happenings[i].platform == PLATFORM_KUBERNETES && !file->happenings[i].used)
            judge_node_oom(file, &told, i, ret);
    lookup_free(&told);
    return 0;
}

void explain_conclude(struct casefile *file, struct deaths *ret) {
    bool asked = has_documents(file) && file->asked != ASKED_ALL;
    *ret = file->told;
    file->told = (struct deaths){0};
    struct joined joined;
    join_begin(file, &joined);
    long own_containers = judge_subjects(&joined, asked, ret);
    join_end(&joined);
    size_t first_aside = ret->count;
    for (size_t i = 0; i < file->notes.count; i++)
        sentences_add(&ret->notes, "%s", file->notes.items[i]);
    if (file->refused)
        sentences_add(
            &ret->notes,
            "%ld containers, events or lines were left out, for there is no room for so many: give those "
            "of the time of the death",
            file->refused);
    long left_out = judge_rest(file, own_containers, ret);
    if (left_out)
        sentences_add(&ret->notes,
                      "%ld OOM kills of others in the kernel log are not told here: plimsoll explain --live",
                      left_out);
    for (size_t i = first_aside; i < ret->count; i++)
        ret->items[i].aside = asked;
    if (file->asked == ASKED_ALL)
        deaths_sort(ret);
    ret->live = file->asked != ASKED_FILES;
    for (size_t i = 0; i < file->read_count; i++)
        deaths_add_read(ret, text_copy(file->read[i]));
    ret->dropped = file->kills_dropped;
}
