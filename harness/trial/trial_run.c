#include "trial/trial_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/host.h"
#include "trial/launch.h"
#include "trial/line.h"
#include "trial/outcome.h"
#include "trial/runtime_probe.h"
#include "trial/streams.h"
#include "trial/terminal.h"

#define KILL_TIMEOUT_NS      (30 * NS_PER_S)
#define REMOVE_TIMEOUT_NS    (5 * NS_PER_S)
#define PROGRESS_INTERVAL_NS (100 * NS_PER_MS)
#define LOOK_INTERVAL_NS     (50 * NS_PER_MS)

/* So often at least is a loose line looked after. */
#define LINE_INTERVAL_NS (5 * NS_PER_MS)

/* Everything about the run while it runs. */
struct run {
    const struct target *target;
    const struct trial_spec *spec;
    const struct trial_machine *machine;
    const struct trial_hooks *hooks;
    struct cgroup group;
    struct sampler sampler;
    struct line line;
    struct runtime_watch runtime;
    struct launched child;
    struct streams streams;
    struct trial_facts facts;
    int64_t start_ns;
    int64_t next_sample_ns;
    int64_t next_look_ns;
    int64_t next_line_ns;
    int64_t next_progress_ns;
    int64_t kill_at_ns; /* end of the grace period; 0: not asked to stop */
    int interrupts_seen;
    struct known_f64 cpu_s;
    struct known_f64 user_cpu_s;
    struct known_i64 tasks_most;
    bool killed;
    bool lent_terminal;
    bool main_ended; /* and what it left in the group is waited for */
    bool went_on;    /* without the main process, for a while at least */
};

/* ---- stopping ---- */

static void kill_now(struct run *run) {
    run->killed = true;
    (void)cgroup_kill(&run->group, KILL_TIMEOUT_NS);
    /* Also where it has left the group. */
    if (run->child.pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, run->child.pidfd, SIGKILL, NULL, 0);
}

/* Asks the target to stop; it is killed when its grace is over. */
static void ask_to_stop(struct run *run, enum stop_reason reason, int64_t now) {
    if (run->facts.exit.stop != STOP_NONE)
        return;
    run->facts.exit.stop = reason;
    run->kill_at_ns = now + run->target->grace_ns;
    if (run->main_ended) { /* its number may be another's by now */
        kill_now(run);
        return;
    }
    kill(-run->child.pid, run->target->stop_signal);
    kill(-run->child.pid, SIGCONT); /* a stopped process takes no signal */
}

static void stop_without_grace(struct run *run, enum stop_reason reason) {
    if (run->facts.exit.stop == STOP_NONE)
        run->facts.exit.stop = reason;
    kill_now(run);
}

static void check_deadlines(struct run *run, int64_t now) {
    const struct trial_spec *spec = run->spec;
    int64_t elapsed = now - run->start_ns;
    int interrupts = (int)*run->machine->interrupts;
    if (interrupts > run->interrupts_seen) {
        if (run->interrupts_seen > 0 || interrupts > 1)
            stop_without_grace(run, STOP_INTERRUPT);
        else
            ask_to_stop(run, STOP_INTERRUPT, now);
        run->interrupts_seen = interrupts;
    }
    if (spec->timeout_ns && elapsed >= spec->timeout_ns)
        ask_to_stop(run, STOP_TIMEOUT, now);
    if (run->target->stop_at_ns && elapsed >= run->target->stop_at_ns)
        ask_to_stop(run, STOP_DONE, now);
    if (spec->slow_ns && elapsed >= spec->slow_ns && run->facts.exit.stop == STOP_NONE)
        stop_without_grace(run, STOP_SLOW);
    if (spec->budget_ns && elapsed >= spec->budget_ns && run->facts.exit.stop == STOP_NONE)
        stop_without_grace(run, STOP_BUDGET);
    if (run->kill_at_ns && now >= run->kill_at_ns && !run->killed)
        kill_now(run);
}

/* When something is to be done next, if nothing happens before. */
static int64_t next_deadline(const struct run *run) {
    const struct trial_spec *spec = run->spec;
    int64_t next = run->next_sample_ns;
    const int64_t deadlines[] = {
        spec->timeout_ns ? run->start_ns + spec->timeout_ns : 0,
        run->target->stop_at_ns ? run->start_ns + run->target->stop_at_ns : 0,
        spec->slow_ns ? run->start_ns + spec->slow_ns : 0,
        spec->budget_ns ? run->start_ns + spec->budget_ns : 0,
        run->line.now_bytes ? run->next_line_ns : 0,
    };
    if (run->facts.exit.stop != STOP_NONE)
        return run->kill_at_ns && !run->killed && run->kill_at_ns < next ? run->kill_at_ns : next;
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
        if (deadlines[i] && deadlines[i] < next)
            next = deadlines[i];
    return next;
}

/* ---- sampling ---- */

static void take_sample(struct run *run, int64_t now) {
    sampler_take(&run->sampler, now);
    run->next_sample_ns += run->spec->interval_ns;
    if (run->next_sample_ns <= now) /* we were late: no burst to catch up */
        run->next_sample_ns = now + run->spec->interval_ns;
    if (run->spec->stop_at_oom && !run->killed) {
        struct known_i64 kills = run->group.ops->read_oom_kills(&run->group);
        if (kills.known && kills.value > known_or(run->facts.own_before.oom_kills, 0))
            stop_without_grace(run, STOP_AT_OOM);
    }
}

/* ---- the loose line ---- */

static struct cgroup_limits limits_of(const struct run *run) {
    const struct trial_spec *spec = run->spec;
    struct known_i64 unlimited = run->line.now_bytes ? known_i64(run->line.now_bytes) : spec->guard_bytes;
    return (struct cgroup_limits){
        .memory_bytes = spec->limit_bytes.known ? spec->limit_bytes : unlimited,
        .swap_bytes = spec->swap_bytes,
        .oom_group = spec->oom_group,
    };
}

static void draw_line(struct run *run) {
    const struct trial_spec *spec = run->spec;
    if (spec->limit_bytes.known || !spec->line_bytes.known)
        return;
    int64_t ceiling = known_or(spec->guard_bytes, INT64_MAX / 4);
    int64_t start = spec->line_bytes.value;
    run->line = (struct line){.now_bytes = start < ceiling ? start : ceiling,
                              .ceiling_bytes = ceiling,
                              .page_bytes = run->machine->host->page_bytes};
}

/* A line that cannot be raised is a tight one in the end: the trial's outcome then says so. */
static void look_after_line(struct run *run, int64_t now) {
    if (!run->line.now_bytes || now < run->next_line_ns)
        return;
    run->next_line_ns = now + LINE_INTERVAL_NS;
    struct snapshot snapshot = {0};
    struct error error;
    run->group.ops->read_usage(run->group.dirfd, &snapshot);
    int64_t before = run->line.now_bytes;
    int64_t to = line_after(&run->line, &snapshot);
    if (to == before)
        return;
    run->line.now_bytes = to;
    struct cgroup_limits limits = limits_of(run);
    if (run->group.ops->raise_limit(&run->group, &limits, &error) < 0)
        run->line.now_bytes = before;
}

static void report_progress(struct run *run, int64_t now) {
    if (!run->hooks->progress || now < run->next_progress_ns)
        return;
    run->next_progress_ns = now + PROGRESS_INTERVAL_NS;
    struct trial_progress progress = {
        .spec = run->spec, .elapsed_ns = now - run->start_ns, .usage_bytes = run->sampler.last.usage};
    run->hooks->progress(run->hooks->context, &progress);
}

/* ---- looking after: what need not be done at every reading ---- */

/* Reaps what was orphaned to us: not the target, whose end is waited for elsewhere, and not the keeper, which
 * is waited for by whoever starts it anew. Both stay where they are in the list of the dead, so the first of
 * them that is met ends the round. */
static void reap_orphans(const struct run *run) {
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
            info.si_pid == run->child.pid || info.si_pid == run->machine->keeper->pid)
            return;
        waitpid(info.si_pid, NULL, WNOHANG);
    }
}

static void look_after(struct run *run, int64_t now) {
    if (now < run->next_look_ns)
        return;
    run->next_look_ns = now + LOOK_INTERVAL_NS;
    /* A process on its way out shows as one of the root group on v1. */
    if (!run->main_ended && !cgroup_holds(&run->group, run->child.pid) && host_process_alive(run->child.pid))
        run->facts.escaped = true;
    if (!run->spec->limit_bytes.known)
        known_raise(&run->tasks_most, cgroup_count_tasks(&run->group));
    if (run->lent_terminal && !run->main_ended)
        terminal_follow_stop(run->streams.in_fd, run->child.pid);
    reap_orphans(run);
}

/* Ends children of ours that are neither the keeper nor in the group any more: orphans of a target that moved
 * out of it come to us, since we are their subreaper. Returns how many there were. */
static int kill_escaped(const struct run *run) {
    char path[64];
    char text[8192];
    int count = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return 0;
    for (char *save = NULL, *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        pid_t pid = (pid_t)strtol(word, NULL, 10);
        siginfo_t info = {0};
        bool dead = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
        if (pid <= 0 || pid == run->machine->keeper->pid || pid == run->child.pid || dead)
            continue;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        count++;
    }
    return count;
}

/* ---- the course of a run ---- */

static int make_group(struct run *run, struct error *error) {
    draw_line(run);
    struct cgroup_limits limits = limits_of(run);
    CLEANUP_FREE char *path = cgroup_next_path(run->machine->site);
    int code = keeper_watch(run->machine->keeper, run->machine->site, path, error);
    if (code < 0)
        return code;
    code = cgroup_create(run->machine->site, path, &limits, &run->group, error);
    if (code < 0)
        keeper_release(run->machine->keeper, path);
    return code;
}

static int start_target(struct run *run, int *ret_status, struct error *error) {
    struct launch_streams streams = streams_for_target(&run->streams);
    streams.terminal = run->spec->inherit_streams && terminal_is_ours(streams.in);
    run->start_ns = clock_now_ns();
    struct sample_sink sink = {.write = run->hooks->sample, .context = run->hooks->context};
    sampler_begin(&run->sampler, &run->group, sink, run->start_ns,
                  sampler_charge_stock(run->machine->host->cpus, run->machine->host->page_bytes));
    int code =
        launch(run->target, run->spec->settings, &run->group, &streams, &run->child, ret_status, error);
    run->lent_terminal = streams.terminal;
    if (code < 0)
        return code;
    streams_started(&run->streams);
    run->facts.exit.started = true;
    /* Once is enough for a target, and runs without a limit are those that are to show what it is. */
    if (!run->spec->limit_bytes.known)
        runtime_watch_begin(&run->runtime, run->start_ns);
    run->next_sample_ns = run->start_ns;
    run->next_look_ns = run->start_ns;
    run->next_line_ns = run->start_ns;
    run->next_progress_ns = run->start_ns;
    return 0;
}

static void take_terminal_back(struct run *run) {
    if (run->lent_terminal)
        terminal_give(run->streams.in_fd, getpgrp());
    run->lent_terminal = false;
}

/* A service that daemonises: with --for, what it left in its group is the target until the time is up. Only
 * where the main process ended well: workers that outlive a crash are no service. */
static bool goes_on_without_main(const struct run *run) {
    siginfo_t info = {0};
    return run->target->stop_at_ns && run->facts.exit.stop == STOP_NONE &&
           waitid(P_PIDFD, (id_t)run->child.pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_code == CLD_EXITED && run->target->success[info.si_status & 0xff] &&
           cgroup_count_processes(&run->group) > 0;
}

/* Waits for the target's end, sampling. */
static void watch_target(struct run *run) {
    for (;;) {
        int64_t now = clock_now_ns();
        int64_t wait = next_deadline(run) - now;
        if (wait < 0)
            wait = 0;
        struct timespec timeout = {.tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S};
        struct pollfd fds[1 + STREAMS_POLL_FDS] = {
            {.fd = run->main_ended ? -1 : run->child.pidfd, .events = POLLIN}};
        streams_poll(&run->streams, fds + 1);
        bool any = ppoll(fds, 1 + STREAMS_POLL_FDS, &timeout, run->machine->wait_mask) > 0;
        run->main_ended = run->main_ended || (any && fds[0].revents);
        if (run->main_ended && !goes_on_without_main(run))
            return;
        run->went_on = run->main_ended;
        if (any)
            streams_handle(&run->streams, fds + 1);
        now = clock_now_ns();
        if (now >= run->next_sample_ns)
            take_sample(run, now);
        look_after_line(run, now);
        check_deadlines(run, now);
        look_after(run, now);
        runtime_watch_look(&run->runtime, &run->group, now);
        report_progress(run, now);
    }
}

static double seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void collect_exit(struct run *run) {
    struct exit_facts *exit = &run->facts.exit;
    int64_t now = clock_now_ns();
    exit->duration_ns = now - run->start_ns;
    /* The memory of the main process is gone by now, but not the peak since the last reading, nor the page
     * cache. */
    sampler_take(&run->sampler, now);
    siginfo_t info = {0};
    struct rusage usage = {0};
    /* The system call tells the CPU time, which the function of the same name keeps to itself. */
    while (syscall(SYS_waitid, P_PIDFD, run->child.pidfd, &info, WEXITED, &usage) < 0 && errno == EINTR)
        ;
    /* Of a service that went on without it, the main process knows next to nothing. */
    if (!run->went_on) {
        run->user_cpu_s = known_f64(seconds(usage.ru_utime));
        run->cpu_s = known_f64(seconds(usage.ru_utime) + seconds(usage.ru_stime));
    }
    if (info.si_code == CLD_EXITED)
        exit->exit_code = known_i64(info.si_status);
    else
        exit->signal = known_i64(info.si_status);
    take_terminal_back(run);
}

/* Ends what the main process left behind, and reads the counters for the last time while the group still
 * exists. */
static void settle(struct run *run, struct trial *trial) {
    struct trial_facts *facts = &run->facts;
    int left = cgroup_count_processes(&run->group);
    if (left > 0 && !run->killed)
        facts->exit.leftovers = left;
    if (left != 0)
        (void)cgroup_kill(&run->group, KILL_TIMEOUT_NS);
    if (kill_escaped(run) > 0)
        facts->escaped = true;
    streams_finish(&run->streams, facts->exit.stop != STOP_NONE, run->machine->interrupts,
                   run->machine->wait_mask);
    const struct cgroup_ops *ops = run->group.ops;
    ops->read_events(run->group.dirfd, true, &facts->own_after);
    cgroup_ancestors_after(run->machine->site, facts->ancestors, facts->ancestor_count);
    facts->host_oom_after = host_oom_kills();
    struct known_i64 stall = ops->read_stall_us(run->group.dirfd);
    if (stall.known && facts->exit.duration_ns > 0)
        trial->stall_ratio =
            known_f64((double)stall.value * (double)NS_PER_US / (double)facts->exit.duration_ns);
    facts->exit.stderr_tail = tail_text(&run->streams.tail);
}

/* Before the start: what the counters say now, so that only what this run does is counted. */
static void read_before(struct run *run) {
    struct trial_facts *facts = &run->facts;
    facts->limit_bytes = run->spec->limit_bytes;
    facts->guard_bytes = run->spec->guard_bytes;
    facts->names = run->group.ops->names;
    facts->success = run->target->success;
    facts->ancestors_hidden = run->machine->site->ancestors_hidden;
    run->group.ops->read_events(run->group.dirfd, true, &facts->own_before);
    cgroup_ancestors_before(run->machine->site, &facts->ancestors, &facts->ancestor_count);
    facts->host_oom_before = host_oom_kills();
}

/* Ends and removes everything, whatever state the run is in. Returns 0 or the first failure. */
static int tear_down(struct run *run, struct error *error) {
    int code = 0;
    take_terminal_back(run);
    streams_close(&run->streams);
    if (run->group.ops) {
        code = cgroup_kill(&run->group, KILL_TIMEOUT_NS);
        if (code < 0)
            error_system(error, code, "cannot end the processes in %s", run->group.path);
        reap_orphans(run);
        if (code == 0)
            code = cgroup_remove(&run->group, REMOVE_TIMEOUT_NS, error);
        if (code == 0)
            keeper_release(run->machine->keeper, run->group.path);
        cgroup_free(&run->group);
    }
    if (run->child.pidfd >= 0)
        close(run->child.pidfd);
    series_free(&run->sampler.series);
    trial_facts_free(&run->facts);
    return code;
}

/* Gives the trial what the run found out. */
static void conclude(struct run *run, struct trial *trial) {
    sampler_finish(&run->sampler, trial);
    if (run->sampler.last.refault_file.known)
        trial->refault_bytes =
            known_i64(run->sampler.last.refault_file.value * run->machine->host->page_bytes);
    trial->tasks_most = run->tasks_most;
    trial->cpu_s = run->cpu_s;
    trial->user_cpu_s = run->user_cpu_s;
    trial->runtime = run->runtime.runtime;
    outcome_judge(&run->facts, trial);
    trial->exit = run->facts.exit;
    run->facts.exit.stderr_tail = NULL; /* the trial's now */
}

int trial_run(const struct target *target, const struct trial_spec *spec, const struct trial_machine *machine,
              const struct trial_hooks *hooks, struct trial *ret, int *ret_status, struct error *error) {
    struct run run = {
        .target = target,
        .spec = spec,
        .machine = machine,
        .hooks = hooks,
        .child = {.pidfd = -1},
        .streams = {.output = hooks->output, .context = hooks->context},
    };
    struct trial trial = {.id = spec->id,
                          .purpose = spec->purpose,
                          .limit_bytes = spec->limit_bytes,
                          .evicted = spec->evicted,
                          .crowded = spec->crowded,
                          .for_slowdown = spec->for_slowdown,
                          .tuned = spec->settings != NULL};
    struct error later;
    *ret_status = EXIT_HARNESS;
    int code = streams_open(&run.streams, target->stdin_path, spec->inherit_streams, error);
    if (code == 0)
        code = make_group(&run, error);
    if (code == 0) {
        read_before(&run);
        code = start_target(&run, ret_status, error);
    }
    if (code < 0) {
        (void)tear_down(&run, &later);
        return code;
    }
    watch_target(&run);
    collect_exit(&run);
    settle(&run, &trial);
    run.facts.peak_bytes = run.sampler.peak;
    if (run.line.now_bytes)
        trial.line_bytes = run.facts.line_bytes = known_i64(run.line.now_bytes);
    conclude(&run, &trial);
    *ret_status = exit_facts_status(&trial.exit);
    code = tear_down(&run, error);
    if (code < 0) {
        /* The measurement stands; what could not be removed is said, and `clean` will try again. */
        trial_add_evidence(&trial, "harness", error->what);
    }
    *ret = trial;
    return 0;
}
