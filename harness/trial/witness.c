#include "trial/witness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/host.h"
#include "kernel/kmsg.h"
#include "kernel/parse.h"

struct look {
    struct witness *witness;
    const struct witness_scene *scene;
};

void witness_begin(struct witness *witness) {
    struct error ignored; /* `doctor` tells */
    if (!witness)
        return;
    if (witness->owner != getpid()) {
        /* What a fork inherited is left as it is. There is nothing to unmap: rings are not mapped in a child
         * (VM_DONTCOPY); their descriptors and the memory go with it, which runs one trial and ends, and the
         * kernel lets go of a tracepoint when its maker's are closed too. */
        *witness = (struct witness){.owner = getpid()};
        witness->log_fd = kmsg_open(&ignored);
    }
    witness_look(witness, NULL);
    witness->lost = false;
    witness->kill_count = 0;
    witness->daemon_logs = daemon_log_mark();
    if (witness->log_fd >= 0)
        kmsg_skip(witness->log_fd);
}

void witness_follow(struct witness *witness, int64_t elapsed_ns) {
    if (!witness || witness->tried || elapsed_ns < KILLS_WATCHED_AFTER_NS)
        return;
    witness->tried = true;
    witness->watch = kill_watch_begin(); /* `doctor` tells why not */
}

int witness_fd(const struct witness *witness) {
    return witness && witness->owner == getpid() ? kill_watch_fd(witness->watch) : -1;
}

/* ---- who is who ---- */

enum membership { NOT_KNOWN, OF_TARGET, OF_OTHERS };

/* The last part of the group's path, which is unique, as a part of `place`? */
static bool is_in(const char *place, const char *group_path) {
    const char *name = strrchr(group_path, '/');
    if (!name || !name[1])
        return false;
    size_t length = strlen(name);
    const char *found = strstr(place, name);
    return found && (found[length] == '\0' || found[length] == '/');
}

/* Who is on its way out is in the root group on v1, or nowhere. */
static enum membership membership_of(const struct witness_scene *scene, int pid) {
    char path[64];
    char text[4096];
    if (pid <= 0) /* the kernel, with no process at work */
        return NOT_KNOWN;
    if (pid == scene->main_pid)
        return OF_TARGET;
    if (!scene->group->ops || !scene->group->path || scene->group->path[0] != '/') /* no cgroup */
        return NOT_KNOWN;
    snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return NOT_KNOWN;
    CLEANUP_FREE char *place = parse_proc_cgroup(text, scene->group->ops->hierarchy);
    if (!place || strcmp(place, "/") == 0)
        return NOT_KNOWN;
    return is_in(place, scene->group->path) ? OF_TARGET : OF_OTHERS;
}

/* What it is called and how it was started, as far as it is there. */
static void describe_sender(const struct kill_watch *watch, struct sigkill *kill) {
    char path[64];
    char text[KILL_COMMAND_MAX];
    snprintf(path, sizeof path, "/proc/%d/comm", kill->by_pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) > 0) {
        text[strcspn(text, "\n")] = '\0';
        snprintf(kill->by_name, sizeof kill->by_name, "%.*s", KILL_NAME_MAX - 1, text);
    } else {
        (void)kill_watch_name_of(watch, kill->by_pid, kill->by_name, sizeof kill->by_name);
        return;
    }
    snprintf(path, sizeof path, "/proc/%d/cmdline", kill->by_pid);
    ssize_t length = file_read_text_at(AT_FDCWD, path, text, sizeof text);
    while (length > 0 && text[length - 1] == '\0')
        length--;
    for (ssize_t i = 0; i < length; i++)
        kill->by_command[i] = text[i] ? text[i] : ' ';
}

/* Where there is no more room, one that may not be the target's at all makes it. */
static void keep(struct witness *witness, const struct sigkill *kill) {
    if (witness->kill_count < SIGKILLS_MAX) {
        witness->kills[witness->kill_count++] = *kill;
        return;
    }
    for (int i = 0; kill->to_target && i < SIGKILLS_MAX; i++) {
        if (witness->kills[i].to_target)
            continue;
        memmove(&witness->kills[i], &witness->kills[i + 1],
                (size_t)(SIGKILLS_MAX - 1 - i) * sizeof *witness->kills);
        witness->kills[SIGKILLS_MAX - 1] = *kill;
        return;
    }
}

/* Has it a limit of its CPU time, RLIMIT_CPU? What is gone is not known to have. */
static bool has_cpu_limit(int pid) {
    static const char row[] = "Max cpu time";
    char path[64];
    char text[4096];
    snprintf(path, sizeof path, "/proc/%d/limits", pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return false;
    const char *found = strstr(text, row);
    if (!found)
        return false;
    found += sizeof row - 1;
    found += strspn(found, " ");
    const char *hard = found + strcspn(found, " ");
    hard += strspn(hard, " ");
    return *found != 'u' || *hard != 'u'; /* "unlimited" */
}

static void take(const struct trace_record *record, void *context) {
    const struct look *look = context;
    const struct witness_scene *scene = look->scene;
    if (!scene || record->result != TRACE_DELIVERED)
        return;
    enum membership victim = membership_of(scene, record->pid);
    if (victim == OF_OTHERS)
        return;
    struct sigkill kill = {.time_ns = record->time_ns,
                           .pid = record->pid,
                           .to_main = record->pid == scene->main_pid,
                           .to_target = victim == OF_TARGET,
                           .by_pid = record->by_pid};
    memcpy(kill.name, record->name, sizeof kill.name);
    kill.by_target = membership_of(scene, record->by_pid) == OF_TARGET;
    if (record->by_pid == getpid() || record->by_pid == scene->keeper_pid)
        kill.by = KILL_BY_US;
    else if (record->code == TRACE_CODE_KERNEL)
        kill.by =
            record->by_pid == record->pid && has_cpu_limit(record->pid) ? KILL_BY_CPU_LIMIT : KILL_BY_KERNEL;
    describe_sender(look->witness->watch, &kill);
    keep(look->witness, &kill);
}

void witness_look(struct witness *witness, const struct witness_scene *scene) {
    struct look look = {.witness = witness, .scene = scene};
    if (witness && witness->owner == getpid()) {
        kill_watch_read(witness->watch, take, &look);
        if (kill_watch_lost(witness->watch))
            witness->lost = true;
    }
}

/* ---- the kernel's log ---- */

struct inquest {
    const struct witness_scene *scene;
    bool pids_are_ours; /* the log's numbers are those of our pid namespace */
    struct oom_death *death;
};

/* Of a group below the target's own? */
static bool is_below(const char *place, const char *group_path) {
    const char *name = strrchr(group_path, '/');
    const char *found = is_in(place, group_path) ? strstr(place, name) : NULL;
    return found && found[strlen(name)] == '/';
}

static enum death_scope scope_of(const struct oom_kill *kill, const struct cgroup *group) {
    if (kill->constraint == OOM_CONSTRAINT_HOST || kill->constraint == OOM_CONSTRAINT_NODES)
        return SCOPE_HOST;
    if (kill->constraint != OOM_CONSTRAINT_MEMCG || !kill->oom_memcg[0] || !group->path)
        return SCOPE_NONE;
    if (is_below(kill->oom_memcg, group->path))
        return SCOPE_NONE;
    return is_in(kill->oom_memcg, group->path) ? SCOPE_OWN : SCOPE_PARENT;
}

static void take_report(void *context, const struct oom_kill *kill) {
    const struct inquest *inquest = context;
    struct oom_death *death = inquest->death;
    const struct witness_scene *scene = inquest->scene;
    bool is_main = inquest->pids_are_ours && kill->pid.known && kill->pid.value == scene->main_pid;
    bool ours = scene->group->path && is_in(kill->task_memcg, scene->group->path);
    if (!kill->was_killed || (!ours && !is_main))
        return;
    int count = death->count + 1 + kill->victim_count;
    for (int i = 0; i < kill->victim_count && i < OOM_VICTIMS; i++)
        if (inquest->pids_are_ours && kill->victims[i].pid.value == scene->main_pid)
            is_main = true; /* all of the group died at once, it too */
    if (death->count && (!is_main || known_or(death->is_main, 0))) {
        death->count = count;
        return;
    }
    *death = (struct oom_death){
        .count = count,
        .pid = kill->pid,
        .is_main = inquest->pids_are_ours ? known_i64(is_main) : UNKNOWN_I64,
        .scope = scope_of(kill, scene->group),
        .nested = kill->constraint == OOM_CONSTRAINT_MEMCG && scene->group->path &&
                  is_below(kill->oom_memcg, scene->group->path),
        .process_anon_bytes = kill->anon_rss_bytes,
        .process_file_bytes = kill->file_rss_bytes,
        .process_shmem_bytes = kill->shmem_rss_bytes,
        .oom_score_adj = kill->oom_score_adj,
        .usage_bytes = kill->usage_bytes,
        .anon_bytes = kill->anon_bytes,
        .file_bytes = kill->file_bytes,
        .shmem_bytes = kill->shmem_bytes,
    };
    snprintf(death->process, sizeof death->process, "%s", kill->process);
    for (int i = 0; i < kill->quote_count; i++)
        if (strstr(kill->quotes[i].text, "Killed process") && !death->line[0])
            snprintf(death->line, sizeof death->line, "%s", kill->quotes[i].text);
}

/* ---- userspace OOM daemons ---- */

/* One of those that got a SIGKILL, or the group that they were in. */
static bool is_of_target(const struct oom_daemon_kill *kill, void *context) {
    const struct look *look = context;
    const struct witness_scene *scene = look->scene;
    if (kill->pid.known && kill->pid.value == scene->main_pid)
        return true;
    for (int i = 0; kill->pid.known && i < look->witness->kill_count; i++)
        if (kill->pid.value == look->witness->kills[i].pid)
            return true;
    const char *found =
        kill->cgroup[1] && scene->group->path ? strstr(scene->group->path, kill->cgroup) : NULL;
    return found && (found[strlen(kill->cgroup)] == '/' || found[strlen(kill->cgroup)] == '\0');
}

/* They send SIGTERM first. */
static bool was_ended_by_signal(const struct exit_facts *exit) {
    int64_t status = known_or(exit->signal, known_or(exit->exit_code, 0) - 128);
    return exit->stop == STOP_NONE && (status == SIGKILL || status == SIGTERM);
}

void witness_conclude(struct witness *witness, const struct witness_scene *scene, struct trial_facts *facts) {
    if (scene->main_pid)
        facts->main_pid = known_i64(scene->main_pid);
    if (!witness || witness->owner != getpid())
        return;
    witness_look(witness, scene);
    facts->kills_watched = kill_watch_is_on(witness->watch) && !witness->lost;
    memcpy(facts->kills, witness->kills, sizeof facts->kills);
    facts->kill_count = witness->kill_count;
    struct known_i64 kills = known_delta(facts->own_before.oom_kills, facts->own_after.oom_kills);
    struct inquest inquest = {
        .scene = scene, .pids_are_ours = host_is_first_pid_namespace(), .death = &facts->oom_death};
    /* v1 counts a kill in the group of the victim: with one below the target's its counter may be gone. */
    struct known_i64 on_host = known_delta(facts->host_oom_before, facts->host_oom_after);
    if (witness->log_fd >= 0 && (known_or(kills, 1) > 0 || known_or(on_host, 0) > 0 || facts->counters_early))
        kmsg_read_kills(witness->log_fd, take_report, &inquest);
    struct look look = {.witness = witness, .scene = scene};
    if (was_ended_by_signal(&facts->exit) && known_or(kills, 0) == 0)
        facts->daemon_words = daemon_log_find(&witness->daemon_logs, is_of_target, &look, &facts->daemon);
}

void witness_close(struct witness *witness) {
    if (witness->owner != getpid())
        return;
    kill_watch_close(witness->watch);
    if (witness->log_fd >= 0)
        close(witness->log_fd);
    *witness = (struct witness){0};
}
