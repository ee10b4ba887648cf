/* Kills of kernel logs: whose they are, and when there was none. */
#include "explain/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* The kernel keeps 15 letters of a program's name. */
static bool same_program(const char *program, const char *process) {
    return program && *process && strncmp(program, process, 15) == 0;
}

static enum kill_link link_kill(const struct subject *subject, const struct log_kill *log) {
    const struct oom_kill *kill = log->kill;
    const struct group_name *task = &log->groups[0];
    const struct group_name *limit = &log->groups[1];
    if (same_id(subject->id, task->container_id) || same_id(subject->id, limit->container_id))
        return LINK_ID;
    bool only_one = subject->siblings == 0;
    if (only_one && (same(subject->pod_uid, task->pod_uid) || same(subject->pod_uid, limit->pod_uid)))
        return task->container_id[0] && subject->id ? LINK_RUN : LINK_POD;
    /* A group that names another container is not of this one. */
    if (!task->container_id[0] && !task->pod_uid[0] && same_program(subject->program, kill->process) &&
        subject->finished_ns.known && was_at(log, subject->finished_ns.value, SAME_TIME_NS))
        return LINK_TIME;
    return LINK_NONE;
}

/* Of kills that are counted as one the time of that nearest to the end of this run. False: none is of it. */
static bool kill_time(const struct subject *subject, const struct log_kill *log, struct known_i64 *ret_ns) {
    int count = log->times < KILL_TIMES ? log->times : KILL_TIMES;
    bool found = false;
    *ret_ns = UNKNOWN_I64;
    for (int i = 1; i <= count; i++) {
        struct known_i64 time_ns = log->at_ns[(log->times - i) % KILL_TIMES];
        if (run_excludes(subject, time_ns))
            continue;
        struct known_i64 apart = known_delta(time_ns, subject->finished_ns);
        struct known_i64 best = known_delta(*ret_ns, subject->finished_ns);
        if (!found || (apart.known && best.known && llabs(apart.value) < llabs(best.value)))
            *ret_ns = time_ns;
        found = true;
    }
    return found;
}

/* A kill further from an end than this is told by another log, or is of another run. */
#define FAR_NS (5 * NS_PER_S)

/* Is this kill rather the end than the one that is held? One far from it is not; else by how sure it is of
 * this container, then by time. Kills come in no order of time. */
static bool is_better_kill(const struct clues *clues, enum kill_link link, struct known_i64 time_ns) {
    struct known_i64 end_ns = clues->subject->finished_ns;
    struct known_i64 apart = known_delta(time_ns, end_ns);
    struct known_i64 held = known_delta(clues->kill_ns, end_ns);
    bool is_far = apart.known && llabs(apart.value) > FAR_NS;
    bool held_far = held.known && llabs(held.value) > FAR_NS;
    if (clues->link == LINK_NONE)
        return true;
    if (is_far != held_far)
        return held_far;
    if (link != clues->link)
        return link < clues->link;
    if (apart.known && held.known)
        return llabs(apart.value) <= llabs(held.value);
    if (apart.known != held.known)
        return apart.known;
    return !time_ns.known || !clues->kill_ns.known || time_ns.value >= clues->kill_ns.value;
}

static void find_kill(struct casefile *file, struct clues *clues) {
    for (size_t i = 0; i < file->kill_count; i++) {
        struct log_kill *log = case_kill_at(file, i);
        struct known_i64 time_ns;
        enum kill_link link = link_kill(clues->subject, log);
        if (link == LINK_NONE)
            continue;
        log->used = true;
        if (!kill_time(clues->subject, log, &time_ns) || !is_better_kill(clues, link, time_ns))
            continue;
        clues->link = link;
        clues->kill = log;
        clues->kill_ns = time_ns;
    }
}

/* A kernel log that covers the time of the end, in which there is no kill of this container. */
static void find_silence(const struct casefile *file, struct clues *clues) {
    struct known_i64 end = clues->subject->finished_ns;
    if (clues->kill || !end.known)
        return;
    clues->silent = silence_at(file, end.value, end.value + SAME_TIME_NS, &clues->is_holed);
    for (size_t i = 0; i < file->kill_count && clues->silent; i++)
        if (!file->kills[i].kill->task_memcg[0] || may_be_at(&file->kills[i], end.value, SAME_TIME_NS))
            clues->silent = NULL; /* one whose group is not told could be it */
}

void join_kills(const struct joined *joined, struct clues *clues) {
    find_kill(joined->file, clues);
    find_silence(joined->file, clues);
}

void join_seen(struct joined *joined) {
    struct casefile *file = joined->file;
    for (size_t i = 0; i < file->kill_count; i++) {
        struct log_kill *log = &file->kills[i];
        char process[64];
        snprintf(process, sizeof process, "%.32s, pid: %lld", log->kill->process,
                 (long long)known_or(log->kill->pid, 0));
        for (const struct lookup_entry *entry =
                 lookup_first(&joined->happenings, key_hash(KEY_PROCESS, process));
             entry; entry = lookup_next(&joined->happenings, entry)) {
            struct happening *happening = &file->happenings[entry->at];
            size_t length = 0;
            const char *name = node_victim(happening, &length);
            if (!name || known_or(log->kill->pid, -1) != node_victim_pid(happening).value ||
                strlen(log->kill->process) != length || strncmp(log->kill->process, name, length) != 0)
                continue;
            log->seen = happening;
            happening->used = true;
        }
    }
}
