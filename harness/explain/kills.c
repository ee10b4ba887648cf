/* What a kill of the kernel's log says. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/clues.h"
#include "kernel/group_name.h"

/* Kills in such a short time are of one story; the kernel's rate limit hides the lines of most of them. */
#define BURST_NS (10 * NS_PER_S)

/* ---- sentences ---- */

void clue_say(struct death *death, const struct place *place, const char *key, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    for (size_t length = strlen(text); length && (text[length - 1] == '\n' || text[length - 1] == ' ');
         length--)
        text[length - 1] = '\0';
    struct strbuf source = {0};
    strbuf_add(&source, place->file ? place->file : "");
    if (place->path && *place->path)
        strbuf_addf(&source, ", %s%s%s", place->path, key ? "." : "", key ? key : "");
    else if (key && place->line == 0)
        strbuf_addf(&source, ", %s", key);
    death_add_evidence(death, strbuf_text(&source), place->line, text);
    strbuf_free(&source);
    free(text);
}

void clue_say_words(struct death *death, const struct found_words *words) {
    death_add_evidence(death, words->file, words->line, words->text);
}

void clue_say_silence(struct death *death, const struct log_span *silent, bool is_holed) {
    CLEANUP_FREE char *text =
        text_format("%ld lines that cover that time, and no kill in them", silent->lines);
    death_add_evidence(death, silent->file, 0, text);
    if (is_holed)
        sentences_add(&death->missing, "that nothing is missing in the kernel log: around that time it has "
                                       "no line for more than ten minutes");
}

void death_happened(struct death *death, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    free(death->happened);
    death->happened = text;
}

struct size_words of_size(struct known_i64 bytes) {
    struct size_words words = {""};
    if (bytes.known)
        snprintf(words.s, sizeof words.s, " of %s",
                 bytes.value % MIB == 0 ? quantity_text(bytes.value).s : bytes_text(bytes.value).s);
    return words;
}

/* ---- whose limit ---- */

/* Does the group that ran out lie within what is one to its user: the container, or the unit of systemd? */
static bool is_within_container(const char *oom_memcg, const char *task_memcg, const char *id) {
    struct group_name limit = group_name_parse(oom_memcg);
    struct group_name task = group_name_parse(task_memcg);
    if (id && limit.container_id[0])
        return strncmp(limit.container_id, id, strlen(id)) == 0;
    if (limit.container_id[0] && strcmp(limit.container_id, task.container_id) == 0)
        return true;
    return !task.container_id[0] && limit.unit[0] && limit.unit_end == strlen(oom_memcg) &&
           strcmp(limit.unit, task.unit) == 0;
}

enum death_scope kill_scope(const struct oom_kill *kill, const char *id) {
    if (kill->constraint == OOM_CONSTRAINT_HOST || kill->constraint == OOM_CONSTRAINT_NODES)
        return SCOPE_HOST;
    if (kill->constraint != OOM_CONSTRAINT_MEMCG || !kill->oom_memcg[0] || !kill->task_memcg[0])
        return SCOPE_NONE;
    if (strcmp(kill->oom_memcg, kill->task_memcg) == 0 ||
        is_within_container(kill->oom_memcg, kill->task_memcg, id))
        return SCOPE_OWN;
    return SCOPE_PARENT;
}

/* ---- telling ---- */

static struct known_i64 rss_of(const struct oom_kill *kill) {
    if (!kill->anon_rss_bytes.known)
        return UNKNOWN_I64;
    return known_i64(kill->anon_rss_bytes.value + known_or(kill->shmem_rss_bytes, 0));
}

/* The names of those that were killed with it. */
static void tell_group(const struct log_kill *log, struct death *death) {
    const struct oom_kill *kill = log->kill;
    struct strbuf names = {0};
    if (!kill->group_memcg[0])
        return;
    for (int i = 0; i < kill->victim_count && i < OOM_VICTIMS; i++)
        strbuf_addf(&names, "%s%s (%lld)", i ? ", " : "", kill->victims[i].name,
                    (long long)known_or(kill->victims[i].pid, 0));
    if (kill->victim_count > OOM_VICTIMS)
        strbuf_add(&names, ", ...");
    if (kill->victim_count) {
        CLEANUP_FREE char *text = text_format("killed with it, as a group: %s", strbuf_text(&names));
        death_add_evidence(death, log->file, 0, text);
    }
    strbuf_free(&names);
}

/* What the memory was made of, in one line. */
static void tell_memory(const struct log_kill *log, struct death *death) {
    if (!death->anon_bytes.known)
        return;
    struct strbuf text = {0};
    strbuf_addf(&text, "%s: anonymous %s",
                kill_scope(log->kill, NULL) == SCOPE_HOST ? "memory of the machine" : "memory of that group",
                bytes_text(death->anon_bytes.value).s);
    if (death->shmem_bytes.known)
        strbuf_addf(&text, ", shared or tmpfs %s", bytes_text(death->shmem_bytes.value).s);
    if (death->file_bytes.known)
        strbuf_addf(&text, ", page cache %s", bytes_text(death->file_bytes.value).s);
    struct known_i64 rss = rss_of(log->kill);
    if (rss.known)
        strbuf_addf(&text, "; %s itself held %s", log->kill->process, bytes_text(rss.value).s);
    if (log->kill->tasks > 1)
        strbuf_addf(&text, "; %d tasks could have been killed", log->kill->tasks);
    death_add_evidence(death, log->file, 0, strbuf_text(&text));
    strbuf_free(&text);
}

void kill_tell(const struct log_kill *log, struct death *death) {
    const struct oom_kill *kill = log->kill;
    death->process = kill->process[0] ? text_copy(kill->process) : NULL;
    death->pid = kill->pid;
    if (!death->at_ns.known)
        death->at_ns = kill->wall_ns;
    death->cgroup = kill->task_memcg[0] ? text_copy(kill->task_memcg) : NULL;
    death->limit_bytes = kill->limit_bytes.known ? kill->limit_bytes : death->limit_bytes;
    death->anon_bytes = kill->anon_bytes.known ? kill->anon_bytes : kill->anon_rss_bytes;
    death->shmem_bytes = kill->anon_bytes.known ? kill->shmem_bytes : kill->shmem_rss_bytes;
    death->file_bytes = kill->anon_bytes.known ? kill->file_bytes : UNKNOWN_I64;
    if (log->times > death->times)
        death->times = log->times;
    for (int i = 0; i < kill->quote_count; i++)
        death_add_evidence(death, log->file, kill->quotes[i].line, kill->quotes[i].text);
    if (kill->trigger[0] && kill->process[0] && strcmp(kill->trigger, kill->process) != 0) {
        CLEANUP_FREE char *text =
            text_format("%s asked for memory; the kernel chose %s", kill->trigger, kill->process);
        death_add_evidence(death, log->file, 0, text);
    }
    tell_group(log, death);
    if (kill->anon_bytes.known)
        tell_memory(log, death);
    if (log->seen)
        clue_say_happening(death, log->seen);
}

/* A kill of the same program, of which the log tells more. */
static const struct log_kill *find_neighbour(const struct casefile *file, const struct log_kill *log) {
    for (size_t i = 0; i < file->kill_count; i++) {
        const struct log_kill *other = &file->kills[i];
        const struct oom_kill *kill = other->kill;
        if (other == log || other->file != log->file || !kill->oom_memcg[0] ||
            strcmp(kill->process, log->kill->process) != 0)
            continue;
        struct known_i64 apart = known_delta(kill->boot_ns, log->kill->boot_ns);
        if (!apart.known)
            apart = known_delta(kill->wall_ns, log->kill->wall_ns);
        if (!apart.known || (apart.value < BURST_NS && apart.value > -BURST_NS))
            return other;
    }
    return NULL;
}

/* What people call the group: its container, its unit, or its path. Caller frees. */
static char *title_of(const struct oom_kill *kill) {
    struct group_name name = group_name_parse(kill->task_memcg);
    const char *process = kill->process;
    if (name.container_id[0] && name.pod_uid[0])
        return text_format("%s in container %.12s of pod %s", process, name.container_id, name.pod_uid);
    if (name.container_id[0])
        return text_format("%s in container %.12s", process, name.container_id);
    if (name.unit[0])
        return text_format("%s of %s", process, name.unit);
    if (kill->task_memcg[0] && strcmp(kill->task_memcg, "/") != 0)
        return text_format("%s in %s", process, kill->task_memcg);
    return text_format("%s (pid %lld)", process, (long long)known_or(kill->pid, 0));
}

static void say_whose(const struct oom_kill *kill, struct death *death) {
    struct group_name limit = group_name_parse(kill->oom_memcg);
    struct size_words size = of_size(kill->limit_bytes);
    const char *swap = kill->swap_struck ? " for memory and swap" : "";
    switch (death->scope) {
    case SCOPE_OWN:
        death_happened(death, "was OOM-killed at its own limit%s%s", swap, size.s);
        return;
    case SCOPE_PARENT:
        if (limit.pod_end && limit.pod_end == strlen(kill->oom_memcg))
            death_happened(death, "was OOM-killed at the limit%s of its pod", size.s);
        else
            death_happened(death, "was OOM-killed at the limit%s%s of %s, above its own group", swap, size.s,
                           kill->oom_memcg);
        return;
    case SCOPE_HOST:
        death_happened(death, kill->constraint == OOM_CONSTRAINT_NODES
                                  ? "was OOM-killed because the NUMA nodes it may use ran out of memory"
                                  : "was OOM-killed because the host ran out of memory");
        return;
    default:
        death_happened(death, "was OOM-killed at the limit of a memory cgroup");
    }
}

void kill_doubt(const struct log_kill *log, struct death *death) {
    if (log->of_kernel)
        return;
    if (death->confidence > CONFIDENCE_LIKELY)
        death->confidence = CONFIDENCE_LIKELY;
    sentences_add(
        &death->missing,
        "that the kernel wrote this: told as a log prints it that is not the kernel's own; dmesg or "
        "journalctl -k of that machine would tell");
}

/* "Out of memory: Killed process ..." by itself: a cpuset or a memory policy, and SysRq f, leave that too. */
static bool is_told_by_one_line(const struct oom_kill *kill) {
    bool told = kill->trigger[0] || kill->constraint != OOM_CONSTRAINT_HOST;
    for (int i = 0; i < kill->quote_count; i++)
        told = told || strstr(kill->quotes[i].text, "oom-kill:constraint=");
    return !told;
}

void kill_judge(const struct casefile *file, const struct log_kill *log, struct death *death) {
    const struct oom_kill *kill = log->kill;
    const struct log_kill *neighbour = NULL;
    death->subject = title_of(kill);
    death->scope = kill_scope(kill, NULL);
    death->confidence = kill->was_killed ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    if (death->scope == SCOPE_NONE) {
        neighbour = find_neighbour(file, log);
        death->confidence = CONFIDENCE_LIKELY;
        if (neighbour)
            death->scope = kill_scope(neighbour->kill, NULL);
    }
    death->verdict =
        death->scope == SCOPE_HOST || death->scope == SCOPE_PARENT ? VERDICT_OUTSIDE_OOM : VERDICT_OOM;
    if (kill->constraint == OOM_CONSTRAINT_UNKNOWN && !neighbour) {
        death->confidence = CONFIDENCE_LIKELY;
        death_happened(death, "was OOM-killed");
    } else {
        say_whose(neighbour ? neighbour->kill : kill, death);
    }
    kill_tell(log, death);
    if (is_told_by_one_line(kill)) {
        death->confidence = CONFIDENCE_LIKELY;
        sentences_add(
            &death->missing,
            "that it was the whole host: where a cpuset, a memory policy or somebody's SysRq f was the "
            "reason, this line is the same; the lines before it tell (invoked oom-killer, "
            "oom-kill:constraint=...)");
    }
    if (neighbour) {
        death_add_evidence(death, neighbour->file, neighbour->kill->quotes[0].line,
                           neighbour->kill->quotes[0].text);
        sentences_add(&death->missing,
                      "whose limit it was: the kernel's rate limit left out the lines that tell; "
                      "taken from a kill of %s within %s of it",
                      kill->process, duration_text(BURST_NS).s);
    } else if (death->scope == SCOPE_NONE) {
        sentences_add(&death->missing,
                      "whose limit it was: the line oom-kill:constraint=... is not in this log "
                      "(the kernel's rate limit may have left it out)");
    }
    if (!kill->was_killed)
        sentences_add(&death->missing, "that it was killed: the log ends before the line that says so");
    if (kill->manual) {
        death->verdict = VERDICT_KILLED;
        death->scope = SCOPE_NONE;
        death_happened(death,
                       "was killed because somebody asked for an OOM kill by hand (SysRq f): no memory had "
                       "run out");
    }
    kill_doubt(log, death);
    advise(file, NULL, log, death);
}
