#include "model/ending.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const growth_names[GROWTH_COUNT] = {
    [GROWTH_START] = "start", [GROWTH_STEADY] = "steady", [GROWTH_SPIKE] = "spike", [GROWTH_LEVEL] = "level"};

const char *growth_kind_name(enum growth_kind kind) {
    return growth_names[kind];
}

bool growth_kind_from_name(const char *name, enum growth_kind *ret) {
    int kind = text_index(growth_names, GROWTH_COUNT, name);
    if (kind < 0)
        return false;
    *ret = (enum growth_kind)kind;
    return true;
}

const char *const oom_daemons[] = {OOM_DAEMON_EARLYOOM, OOM_DAEMON_SYSTEMD, OOM_DAEMON_OOMD,
                                   OOM_DAEMON_NOHANG, NULL};

const char *oom_daemon_find(const char *name) {
    int found = text_index(oom_daemons, sizeof oom_daemons / sizeof *oom_daemons - 1, name);
    return found < 0 ? NULL : oom_daemons[found];
}

bool sigkill_is_by_engine(const struct sigkill *kill) {
    /* Names as the kernel keeps them, 15 letters. */
    static const char *const runtimes[] = {"runc",    "crun",       "youki",  "conmon",
                                           "dockerd", "containerd", "podman", "containerd-shim"};
    return kill->by == KILL_BY_PROCESS &&
           text_index(runtimes, sizeof runtimes / sizeof *runtimes, kill->by_name) >= 0;
}

char *sigkill_sender_text(const struct sigkill *kill) {
    struct strbuf text = {0};
    const char *name = kill->by_name[0] ? kill->by_name : "a process that was gone at once";
    if (kill->by == KILL_BY_US)
        strbuf_add(&text, "was sent by this harness");
    else if (kill->by == KILL_BY_CPU_LIMIT)
        strbuf_add(&text, "came from the kernel, for a limit of the process itself (RLIMIT_CPU: ulimit -t)");
    else if (kill->by == KILL_BY_KERNEL && (kill->by_pid == kill->pid || kill->by_pid <= 0))
        strbuf_add(&text, "came from the kernel; why is not told");
    else if (kill->by == KILL_BY_KERNEL)
        strbuf_addf(&text, "came from the kernel, while it worked for %s (%d)", name, kill->by_pid);
    else
        strbuf_addf(&text, "was sent by %s (%d)", name, kill->by_pid);
    if (kill->by == KILL_BY_PROCESS && kill->by_pid == kill->pid)
        strbuf_add(&text, ", itself");
    else if (kill->by == KILL_BY_PROCESS && kill->by_target)
        strbuf_add(&text, ", a process of the target's own");
    if (sigkill_is_by_engine(kill))
        strbuf_add(&text, ", for a container engine (a kill through it, or a stop past its grace)");
    if (kill->after_pid)
        strbuf_addf(&text, ", after one to %s (%d)", kill->after_name, kill->after_pid);
    if (kill->by == KILL_BY_PROCESS && kill->by_command[0])
        strbuf_addf(&text, ": %s", kill->by_command);
    char *whole = text_copy(strbuf_text(&text));
    strbuf_free(&text);
    return whole;
}

void ending_free(struct ending *ending) {
    free(ending->group_path);
    free(ending->limit_path);
    *ending = (struct ending){0};
}
