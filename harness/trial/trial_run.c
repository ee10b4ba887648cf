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
#include "kernel/process_tree.h"
#include "trial/census.h"
#include "trial/container.h"
#include "trial/drive.h"
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
#define CENSUS_INTERVAL_NS   (100 * NS_PER_MS)

/* A look takes a hundredth of a CPU at most. */
#define CENSUS_PAUSE_PER_COST 100

/* So often at least is a loose line looked after. */
#define LINE_INTERVAL_NS (5 * NS_PER_MS)

/* A turn of the loop that waits for the target takes this long at least where we were stopped meanwhile.
 * Shorter stops, as of a tool that holds a CPU's share down, hide no more than a busy machine does. */
#define STOP_LEAST_NS (200 * NS_PER_MS)

/* Everything about the run while it runs. */
struct run {
    const struct target *target;
    const struct trial_spec *spec;
    const struct trial_machine *machine;
    const struct trial_hooks *hooks;
    struct container container; /* where the target is an image */
    struct cgroup group;        /* ops NULL: there is none, that of a container was gone too soon */
    struct sampler sampler;
    struct line line;
    struct runtime_watch runtime;
    struct launched child;
    struct streams streams;
    struct drive drive;
    struct error broken; /* what the drive failed of */
    struct trial_facts facts;
    int64_t start_ns;
    int64_t next_sample_ns;
    int64_t next_look_ns;
    int64_t next_line_ns;
    int64_t next_progress_ns;
    int64_t kill_at_ns; /* end of the grace period; 0: not asked to stop */
    int interrupts_seen;
    int continues_seen;
    int64_t turned_ns; /* when the loop came round last */
    int64_t unseen_ns; /* while we were stopped */
    struct known_f64 cpu_s;
    struct known_f64 user_cpu_s;
    struct known_i64 tasks_most;
    int64_t own_bytes; /* our own size when the target was forked from us */
    struct census census;
    int64_t next_census_ns;
    size_t census_loads; /* runs of the load when it was last taken */
    bool killed;
    bool lent_terminal;
    bool main_ended; /* and what it left in the group is waited for */
    bool went_on;    /* without the main process, for a while at least */
};

static bool is_container(const struct run *run) {
    return run->target->image.name;
}

static struct witness_scene scene_of(const struct run *run) {
    return (struct witness_scene){
        .group = &run->group, .main_pid = run->child.pid, .keeper_pid = run->machine->keeper->pid};
}

/* ---- stopping ---- */

static void kill_now(struct run *run) {
    run->killed = true;
    if (is_container(run)) { /* all of it ends with its main process */
        (void)container_signal(&run->container, run->child.pidfd, SIGKILL);
        return;
    }
    (void)cgroup_kill(&run->group, KILL_TIMEOUT_NS);
    /* Also where it has left the group. */
    if (run->child.pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, run->child.pidfd, SIGKILL, NULL, 0);
}

static void mark_stop(struct run *run, enum stop_reason reason, int64_t now) {
    run->facts.exit.stop = reason;
    run->facts.exit.stopped_ns = known_i64(now - run->start_ns);
    run->sampler.until_ns = run->facts.exit.stopped_ns;
}

/* Asks the target to stop; it is killed when its grace is over. */
static void ask_to_stop(struct run *run, enum stop_reason reason, int64_t now) {
    if (run->facts.exit.stop != STOP_NONE)
        return;
    mark_stop(run, reason, now);
    run->kill_at_ns = now + run->target->grace_ns;
    if (run->main_ended) { /* its number may be another's by now */
        kill_now(run);
        return;
    }
    if (is_container(run)) {
        /* What it cannot notice it need not be given time for. */
        if (container_ignores(run->child.pid, run->target->stop_signal))
            kill_now(run);
        else
            (void)container_signal(&run->container, run->child.pidfd, run->target->stop_signal);
        return;
    }
    kill(-run->child.pid, run->target->stop_signal);
    kill(-run->child.pid, SIGCONT); /* a stopped process takes no signal */
}

static void stop_without_grace(struct run *run, enum stop_reason reason) {
    if (run->facts.exit.stop == STOP_NONE)
        mark_stop(run, reason, clock_now_ns());
    kill_now(run);
}

/* When --for is over; of a service it counts from when it was ready. 0: never. */
static int64_t stop_at_ns(const struct run *run) {
    int64_t since = run->target->service.serves ? run->drive.ready_at_ns : run->start_ns;
    return run->target->stop_at_ns && since ? since + run->target->stop_at_ns : 0;
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
    int64_t stop_at = stop_at_ns(run);
    if (stop_at && now >= stop_at && run->facts.exit.stop == STOP_NONE) {
        drive_end(&run->drive, now);
        ask_to_stop(run, run->drive.phase == DRIVE_LOAD_FAILED ? STOP_LOAD : STOP_DONE, now);
    }
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
        stop_at_ns(run),
        spec->slow_ns ? run->start_ns + spec->slow_ns : 0,
        spec->budget_ns ? run->start_ns + spec->budget_ns : 0,
        run->line.now_bytes ? run->next_line_ns : 0,
    };
    if (run->facts.exit.stop != STOP_NONE)
        return run->kill_at_ns && !run->killed && run->kill_at_ns < next ? run->kill_at_ns : next;
    if (drive_deadline(&run->drive) < next)
        next = drive_deadline(&run->drive);
    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
        if (deadlines[i] && deadlines[i] < next)
            next = deadlines[i];
    return next;
}

/* ---- sampling ---- */

static void stop_after_oom(struct run *run) {
    if (!run->spec->stop_at_oom || run->killed)
        return;
    struct known_i64 kills = run->group.ops->read_oom_kills(&run->group);
    if (kills.known && kills.value > known_or(run->facts.own_before.oom_kills, 0))
        stop_without_grace(run, STOP_AT_OOM);
}

static enum run_phase phase_of(const struct run *run) {
    if (run->facts.exit.stop != STOP_NONE)
        return PHASE_STOPPING;
    if (run->drive.phase == DRIVE_STARTING)
        return PHASE_STARTING;
    return run->drive.phase == DRIVE_WARMUP ? PHASE_WARMUP : PHASE_RUNNING;
}

/* The reading after its end. */
static void take_last_sample(struct run *run, int64_t now) {
    run->sampler.phase = run->facts.exit.stop == STOP_NONE ? PHASE_ENDED : PHASE_STOPPING;
    sampler_take(&run->sampler, now);
}

static void take_sample(struct run *run, int64_t now) {
    run->sampler.phase = phase_of(run);
    sampler_take(&run->sampler, now);
    int64_t least_ns = cgroup_least_interval_ns(&run->group);
    int64_t interval_ns = run->spec->interval_ns > least_ns ? run->spec->interval_ns : least_ns;
    run->next_sample_ns += interval_ns;
    if (run->next_sample_ns <= now) /* we were late: no burst to catch up */
        run->next_sample_ns = now + interval_ns;
    if (is_container(run))
        container_read_counters(&run->container, &run->group);
    stop_after_oom(run);
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
    if (spec->limit_bytes.known || !spec->line_bytes.known || run->machine->site->table)
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

/* Of a container its counters have it, since its group may be gone at any time. */
static struct known_i64 stall_so_far(const struct run *run) {
    if (is_container(run))
        return run->container.counters.stall_us;
    return run->group.ops->read_stall_us(run->group.dirfd);
}

static void report_progress(struct run *run, int64_t now) {
    if (!run->hooks->progress || now < run->next_progress_ns)
        return;
    run->next_progress_ns = now + PROGRESS_INTERVAL_NS;
    struct trial_progress progress = {
        .spec = run->spec,
        .elapsed_ns = now - run->start_ns,
        .limit_bytes = run->spec->limit_bytes.known ? run->spec->limit_bytes : run->drive.squeeze.limit_bytes,
        .usage_bytes = run->sampler.last.usage,
        .needed_bytes = run->sampler.unreclaimable,
        .peak_bytes = run->sampler.peak,
        .stall_us = stall_so_far(run),
        .cycle = run->target->service.cycles > 1 ? run->drive.cycle : 0,
        .cycles = run->target->service.cycles,
        .phase = drive_phase_name(run->drive.phase)};
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
            info.si_pid == run->child.pid || info.si_pid == run->machine->keeper->pid ||
            drive_owns(&run->drive, info.si_pid) || container_owns(&run->container, info.si_pid))
            return;
        waitpid(info.si_pid, NULL, WNOHANG);
    }
}

static void count_tasks(struct run *run) {
    run->sampler.tasks = cgroup_count_tasks(&run->group);
    known_raise(&run->tasks_most, run->sampler.tasks);
}

static void look_after(struct run *run, int64_t now) {
    if (now < run->next_look_ns)
        return;
    run->next_look_ns = now + LOOK_INTERVAL_NS;
    witness_follow(run->machine->witness, now - run->start_ns);
    /* A process on its way out shows as one of the root group on v1. */
    if (!run->main_ended && !cgroup_holds(&run->group, run->child.pid) && host_process_alive(run->child.pid))
        run->facts.escaped = true;
    if (!run->spec->limit_bytes.known)
        count_tasks(run);
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
    if (run->machine->site->table && run->spec->limit_bytes.known)
        return error_plain(error, -ENOTSUP, "no limit can be set without a cgroup");
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

static void begin_sampling(struct run *run) {
    struct sample_sink sink = {.write = run->hooks->sample, .context = run->hooks->context};
    sampler_begin(
        &run->sampler, &run->group, sink, run->start_ns,
        run->group.tree ? 0 : sampler_charge_stock(run->machine->host->cpus, run->machine->host->page_bytes));
}

/* It runs: everything that is done while it does begins. */
static void target_started(struct run *run) {
    drive_started(&run->drive, &run->group, run->start_ns);
    run->facts.exit.started = true;
    /* Once is enough for a target, and runs without a limit are those that are to show what it is. */
    if (!run->spec->limit_bytes.known)
        runtime_watch_begin(&run->runtime, run->start_ns);
    run->next_sample_ns = run->start_ns;
    run->next_look_ns = run->start_ns;
    run->next_line_ns = run->start_ns;
    run->next_progress_ns = run->start_ns;
}

/* Our own size: the most so far, since the child's begins with what of it has been touched by now. */
static int64_t own_size(void) {
    struct rusage ours;
    return getrusage(RUSAGE_SELF, &ours) == 0 ? ours.ru_maxrss * KIB : INT64_MAX;
}

static int start_target(struct run *run, int *ret_status, struct error *error) {
    struct launch_streams streams = streams_for_target(&run->streams);
    streams.terminal = run->streams.mode == STREAMS_OURS && terminal_is_ours(streams.in);
    run->start_ns = clock_now_ns();
    begin_sampling(run);
    run->own_bytes = own_size();
    int code =
        launch(run->target, run->spec->settings, &run->group, &streams, &run->child, ret_status, error);
    run->lent_terminal = streams.terminal;
    if (code < 0)
        return code;
    streams_started(&run->streams);
    target_started(run);
    return 0;
}

/* Makes and starts the container. Where the user interrupts that, the run has ended before it began. */
static int start_container(struct run *run, int *ret_status, struct error *error) {
    const struct trial_machine *machine = run->machine;
    const struct container_machine parts = {.engine = machine->engine,
                                            .site = machine->site,
                                            .keeper = machine->keeper,
                                            .page_bytes = machine->host->page_bytes,
                                            .swaps = known_or(machine->host->swap_bytes, 0) > 0,
                                            .interrupts = machine->interrupts,
                                            .wait_mask = machine->wait_mask};
    struct container *container = &run->container;
    int code = container_create(container, &parts, run->target, run->spec, error);
    if (code == 0 && !container->refusal)
        code = container_start(container, &run->streams, &run->group, ret_status, error);
    if (code < 0 && code != -EINTR)
        return code;
    if (code == -EINTR)
        run->facts.exit.stop = STOP_INTERRUPT;
    run->main_ended = code < 0 || container->refusal || container->end_ns;
    run->start_ns = container->start_ns ? container->start_ns : clock_now_ns();
    run->child = (struct launched){.pid = container->pid, .pidfd = steal_fd(&container->pidfd)};
    if (run->group.ops)
        cgroup_ancestors_before(machine->site, &run->group, &run->facts.ancestors,
                                &run->facts.ancestor_count);
    begin_sampling(run);
    target_started(run);
    return 0;
}

static void take_terminal_back(struct run *run) {
    if (run->lent_terminal)
        terminal_give(run->streams.in_fd, getpgrp());
    run->lent_terminal = false;
}

/* A service that daemonises: with --for or a load, what it left in its group is the target until the time is
 * up. Only where the main process ended well: workers that outlive a crash are no service. */
static bool goes_on_without_main(const struct run *run) {
    siginfo_t info = {0};
    if (is_container(run)) /* nothing in it outlives its main process */
        return false;
    return (run->target->stop_at_ns || run->target->service.serves) && run->facts.exit.stop == STOP_NONE &&
           waitid(P_PIDFD, (id_t)run->child.pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_code == CLD_EXITED && run->target->success[info.si_status & 0xff] &&
           cgroup_count_processes(&run->group) > 0;
}

/* Of a service under load whenever a run of it has come to rest, so that looks can be compared; else as time
 * goes by. */
static bool census_is_due(const struct run *run, int64_t now) {
    size_t stride = run->census.stride ? run->census.stride : 1;
    if (!run->spec->census || !run->group.ops || run->facts.exit.stop != STOP_NONE)
        return false;
    if (run->target->service.load)
        return run->drive.facts.load_count >= run->census_loads + stride;
    return now >= run->next_census_ns;
}

static void look_at_processes(struct run *run, int64_t now) {
    struct census_look look;
    if (!census_is_due(run, now))
        return;
    int64_t began_ns = clock_thread_ns();
    census_take(&run->group, now - run->start_ns, &look);
    int64_t pause_ns = (clock_thread_ns() - began_ns) * CENSUS_PAUSE_PER_COST;
    if (look.count > 0) /* else it is about to end, or has not begun */
        census_add(&run->census, &look);
    run->census_loads = run->drive.facts.load_count;
    if (pause_ns < CENSUS_INTERVAL_NS)
        pause_ns = CENSUS_INTERVAL_NS;
    run->next_census_ns = now + pause_ns * (int64_t)(run->census.stride ? run->census.stride : 1);
}

/* What the drive has come to. Once the target is being stopped, it has ended. */
static void follow_drive(struct run *run, const struct pollfd *fds, int64_t now) {
    if (run->drive.phase == DRIVE_NONE) {
        look_at_processes(run, now);
        return;
    }
    /* A load that ends well beside a kill since the last reading has not held its limit. */
    if (run->spec->squeeze_floor_bytes)
        stop_after_oom(run);
    if (run->facts.exit.stop != STOP_NONE) {
        drive_end(&run->drive, now);
        return;
    }
    enum drive_phase phase =
        drive_advance(&run->drive, fds, now, run->child.pid, &run->sampler.last, &run->broken);
    look_at_processes(run, now);
    switch (phase) {
    case DRIVE_DONE:
        ask_to_stop(run, STOP_DONE, now);
        break;
    case DRIVE_NOT_READY:
        ask_to_stop(run, STOP_NOT_READY, now);
        break;
    case DRIVE_LOAD_FAILED:
        ask_to_stop(run, STOP_LOAD, now);
        break;
    case DRIVE_STALLED:
        ask_to_stop(run, STOP_SLOW, now);
        break;
    case DRIVE_BROKEN:
        stop_without_grace(run, STOP_LOAD);
        break;
    default:
        break;
    }
}

/* The engine's command that passes on what the container prints. */
static void follow_container(struct run *run, const struct pollfd *fd, int64_t now) {
    if (!is_container(run))
        return;
    if (fd->revents)
        container_client_ended(&run->container, now);
    if (run->facts.exit.stop != STOP_ENGINE && container_is_lost(&run->container, now))
        stop_without_grace(run, STOP_ENGINE);
}

static int count_continues(const struct run *run) {
    const volatile sig_atomic_t *continues = run->machine->continues;
    sigset_t pending;
    /* Where something else ends the wait in which we were stopped, the signal is still to come. */
    bool waits = continues && sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
    return continues ? (int)*continues + waits : 0;
}

/* Have we been stopped since this was asked last? The target, in a process group of its own, was not. */
static void notice_stop(struct run *run) {
    int64_t now = clock_now_ns();
    int continues = count_continues(run);
    if (continues != run->continues_seen && now - run->turned_ns >= STOP_LEAST_NS)
        run->unseen_ns += now - run->turned_ns;
    run->continues_seen = continues;
    run->turned_ns = now;
}

/* Waits for the target's end, sampling. */
static void watch_target(struct run *run) {
    run->turned_ns = clock_now_ns();
    run->continues_seen = count_continues(run);
    while (!run->main_ended || goes_on_without_main(run)) {
        run->went_on = run->main_ended;
        int64_t now = clock_now_ns();
        int64_t wait = next_deadline(run) - now;
        if (wait < 0)
            wait = 0;
        struct timespec timeout = {.tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S};
        struct pollfd fds[3 + STREAMS_POLL_FDS + DRIVE_POLL_FDS] = {
            {.fd = run->main_ended ? -1 : run->child.pidfd, .events = POLLIN}};
        struct pollfd *drive_fds = fds + 1 + STREAMS_POLL_FDS;
        struct pollfd *container_fd = drive_fds + DRIVE_POLL_FDS;
        *container_fd = (struct pollfd){.fd = container_client_fd(&run->container), .events = POLLIN};
        struct pollfd *witness_poll = container_fd + 1;
        *witness_poll = (struct pollfd){.fd = witness_fd(run->machine->witness), .events = POLLIN};
        streams_poll(&run->streams, fds + 1);
        drive_poll(&run->drive, drive_fds);
        bool any = ppoll(fds, sizeof fds / sizeof *fds, &timeout, run->machine->wait_mask) > 0;
        notice_stop(run);
        struct witness_scene scene = scene_of(run);
        if (any && witness_poll->revents) /* first: a sender may be gone in a moment */
            witness_look(run->machine->witness, &scene);
        if (any && fds[0].revents) {
            run->main_ended = true;
            continue;
        }
        if (any)
            streams_handle(&run->streams, fds + 1);
        now = clock_now_ns();
        if (now >= run->next_sample_ns)
            take_sample(run, now);
        look_after_line(run, now);
        follow_drive(run, drive_fds, now);
        follow_container(run, container_fd, now);
        check_deadlines(run, now);
        look_after(run, now);
        runtime_watch_look(&run->runtime, &run->group, now);
        report_progress(run, now);
    }
}

static double seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static struct known_f64 us_in_seconds(struct known_i64 us) {
    return us.known ? known_f64((double)us.value / 1e6) : UNKNOWN_F64;
}

/* The group goes as soon as the engine has noticed the end: what is in it is read before anything else. */
static void collect_container(struct run *run) {
    struct exit_facts *exit = &run->facts.exit;
    struct container *container = &run->container;
    int64_t now = clock_now_ns();
    container_ended(container, &run->group, now);
    if (run->group.ops && container->counters_at_end)
        take_last_sample(run, now);
    /* Of one that ended too soon to be sampled, the highest usage is known all the same: more than it needed.
     */
    known_raise(&run->sampler.peak, container->counters.events.peak_bytes);
    if (run->sampler.count == 0)
        run->sampler.unreclaimable = run->sampler.peak;
    exit->duration_ns = container->end_ns > run->start_ns ? container->end_ns - run->start_ns : 0;
    drive_end(&run->drive, now);
    container_collect(container, &run->streams);
    if (container->lost &&
        (exit->stop == STOP_NONE || exit->stop == STOP_LOAD || exit->stop == STOP_NOT_READY))
        exit->stop = STOP_ENGINE;
    exit->exit_code = container->exit_code;
    struct cgroup_cpu_time cpu = container_cpu_time(container);
    run->cpu_s = us_in_seconds(cpu.total_us);
    run->user_cpu_s = us_in_seconds(cpu.user_us);
}

/* Without a group's peak the highest memory of the largest process is the one number that is blind to nothing
 * between readings. What it mapped of files is known from the readings alone: as of a group, the difference
 * errs a little to either side (sampler.h). */
static void take_largest(struct run *run, struct known_i64 largest) {
    struct sampler *sampler = &run->sampler;
    struct known_i64 file = process_tree_file_most(run->group.tree);
    /* Before its exec it was a copy of us, which counts too: a smaller figure is ours, and tells nothing. */
    if (largest.value <= run->own_bytes)
        return;
    known_raise(&sampler->peak, largest);
    if (file.known && file.value < largest.value)
        known_raise(&sampler->peak_less_file, known_i64(largest.value - file.value));
    /* Of one that ended too soon to be seen: it needed no more than this. */
    if (!sampler->unreclaimable.known)
        sampler->unreclaimable = sampler->peak;
}

static void collect_exit(struct run *run) {
    struct exit_facts *exit = &run->facts.exit;
    int64_t now = clock_now_ns();
    exit->duration_ns = now - run->start_ns;
    /* The memory of the main process is gone by now, but not the peak since the last reading, nor the page
     * cache. */
    take_last_sample(run, now);
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
    if (run->group.tree)
        take_largest(run, known_i64(usage.ru_maxrss * KIB)); /* getrusage(2): in KiB */
    take_terminal_back(run);
}

/* What the group's counters say at the end. */
static void read_after(struct run *run, struct known_i64 *ret_stall_us) {
    struct trial_facts *facts = &run->facts;
    const struct cgroup_ops *ops = run->group.ops;
    if (is_container(run)) {
        facts->own_after = run->container.counters.events;
        *ret_stall_us = run->container.counters.stall_us;
    } else {
        ops->read_events(run->group.dirfd, true, &facts->own_after);
        *ret_stall_us = ops->read_stall_us(run->group.dirfd);
    }
    cgroup_ancestors_after(run->machine->site, facts->ancestors, facts->ancestor_count);
    facts->host_oom_after = host_oom_kills();
}

/* Ends what the main process left behind. */
static void end_leftovers(struct run *run) {
    int left = cgroup_count_processes(&run->group);
    if (left > 0 && !run->killed)
        run->facts.exit.leftovers = left;
    if (left != 0)
        (void)cgroup_kill(&run->group, KILL_TIMEOUT_NS);
}

/* Ends what is left, and reads the counters for the last time while the group still exists. */
static void settle(struct run *run, struct trial *trial) {
    struct trial_facts *facts = &run->facts;
    struct known_i64 stall_us;
    drive_end(&run->drive, clock_now_ns());
    if (!is_container(run))
        end_leftovers(run);
    /* Of an engine without a daemon what serves other containers too comes to us. */
    if (!is_container(run) && kill_escaped(run) > 0)
        facts->escaped = true;
    streams_finish(&run->streams, facts->exit.stop != STOP_NONE, run->machine->interrupts,
                   run->machine->wait_mask);
    read_after(run, &stall_us);
    facts->counters_early = is_container(run) && !run->container.counters_at_end;
    struct witness_scene scene = scene_of(run);
    witness_conclude(run->machine->witness, &scene, facts);
    if (stall_us.known && facts->exit.duration_ns > 0)
        trial->stall_ratio =
            known_f64((double)stall_us.value * (double)NS_PER_US / (double)facts->exit.duration_ns);
    facts->exit.stderr_tail = tail_text(&run->streams.tail);
    facts->stdout_tail = tail_text(&run->streams.out_tail);
}

static bool any_has(char *const *texts, const char *words) {
    for (; texts && *texts; texts++)
        if (strstr(*texts, words))
            return true;
    return false;
}

/* On its command line, or in the variables that Java takes options from. */
static bool exits_3_for_heap(const struct target *target) {
    static const char option[] = "+ExitOnOutOfMemoryError";
    static const char *const variables[] = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"};
    if (any_has(target->argv, option) || any_has(target->extra_env, option))
        return true;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value && strstr(value, option))
            return true;
    }
    return false;
}

/* Before the start: what the counters say now, so that only what this run does is counted. */
static void read_before(struct run *run) {
    struct trial_facts *facts = &run->facts;
    facts->limit_bytes = run->spec->limit_bytes;
    facts->guard_bytes = run->spec->guard_bytes;
    facts->names = (run->machine->site->above ? run->machine->site->above : run->machine->site->ops)->names;
    facts->ungrouped = run->machine->site->table != NULL;
    facts->runner = run->machine->runner;
    facts->success = run->target->success;
    facts->exits_3_for_heap = exits_3_for_heap(run->target);
    facts->ancestors_hidden = run->machine->site->ancestors_hidden;
    facts->host_oom_before = host_oom_kills();
    witness_begin(run->machine->witness);
    if (is_container(run)) { /* its group is not there yet; a fresh one has counted nothing */
        facts->own_before = (struct group_events){.limit_hits = known_i64(0),
                                                  .ooms = known_i64(0),
                                                  .oom_kills = known_i64(0),
                                                  .nested_hits = known_i64(0)};
        return;
    }
    run->group.ops->read_events(run->group.dirfd, true, &facts->own_before);
    cgroup_ancestors_before(run->machine->site, &run->group, &facts->ancestors, &facts->ancestor_count);
}

/* Ends and removes everything, whatever state the run is in. Returns 0 or the first failure. */
static int tear_down(struct run *run, struct error *error) {
    int code = 0;
    take_terminal_back(run);
    drive_free(&run->drive);
    streams_close(&run->streams);
    if (is_container(run)) {
        /* Without its engine nobody else would; an engine that comes back does not mind. */
        if (run->container.lost && run->group.ops && cgroup_kill(&run->group, REMOVE_TIMEOUT_NS) == 0)
            (void)cgroup_remove(&run->group, REMOVE_TIMEOUT_NS, error);
        code = container_remove(&run->container, error);
        cgroup_free(&run->group);
    } else if (run->group.ops) {
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
    census_free(&run->census);
    trial_facts_free(&run->facts);
    return code;
}

/* Without a cgroup: how closely was it looked at? */
static void say_readings(const struct run *run, struct trial *trial) {
    int64_t count = run->sampler.count > 0 ? run->sampler.count : 1;
    trial_say(trial, "measure", "%lld reading%s of its processes, %s apart%s", (long long)run->sampler.count,
              run->sampler.count == 1 ? "" : "s", duration_text(run->facts.exit.duration_ns / count).s,
              process_tree_shared_in_full(run->group.tree)
                  ? "; memory that they share is counted in each of them, since smaps_rollup cannot be read"
                  : "");
    if (!trial->needed_bytes.known)
        trial_say(
            trial, "measure",
            "it ended before one of them told anything, and never held more than plimsoll itself: what it "
            "needed is not known");
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
    trial->census = run->census;
    run->census = (struct census){0};
    drive_conclude(&run->drive, trial);
    if (trial->squeezed)
        run->facts.limit_bytes = run->drive.squeeze.limit_bytes;
    run->facts.service = trial->service.serves ? &trial->service : NULL;
    if (is_container(run)) {
        const struct container *container = &run->container;
        run->facts.engine = run->machine->engine->tool.name;
        run->facts.engine_refusal = container->refusal;
        run->facts.engine_lost = container->lost;
        run->facts.engine_oom = container->oom_killed;
    }
    if (run->group.path && run->group.path[0] == '/')
        trial->ending.group_path = text_copy(run->group.path);
    outcome_judge(&run->facts, trial);
    if (run->group.tree)
        say_readings(run, trial);
    trial->unseen_ns = run->unseen_ns;
    if (run->unseen_ns)
        trial_say(
            trial, "measure",
            "plimsoll itself was stopped for %s while it ran: nothing was read then, and its time counts",
            duration_text(run->unseen_ns).s);
    trial->exit = run->facts.exit;
    run->facts.exit.stderr_tail = NULL; /* the trial's now */
}

static void take_output(void *context, const char *bytes, size_t length) {
    struct run *run = context;
    drive_output(&run->drive, bytes, length);
    if (run->hooks->output)
        run->hooks->output(run->hooks->context, bytes, length);
}

/* A server's readiness may be told by what it prints, so that must be seen; and it gets no terminal, since it
 * is ended by us. */
static enum streams_mode streams_mode_of(const struct target *target, const struct trial_spec *spec) {
    if (!spec->inherit_streams)
        return STREAMS_KEPT;
    return target->service.serves ? STREAMS_PASSED_ON : STREAMS_OURS;
}

static void warn(const struct trial_hooks *hooks, const struct error *error) {
    if (hooks->warn)
        hooks->warn(hooks->context, error);
}

int trial_run(const struct target *target, const struct trial_spec *spec, const struct trial_machine *machine,
              const struct trial_hooks *hooks, struct trial *ret, int *ret_status, struct error *error) {
    struct run run = {
        .target = target,
        .spec = spec,
        .machine = machine,
        .hooks = hooks,
        .child = {.pidfd = -1},
        .drive = {.child.pidfd = -1, .ready.socket = -1, .service = &target->service},
        .container = {.client_pidfd = -1, .pidfd = -1},
        .streams = {.output = take_output},
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
    run.streams.context = &run;
    int code = streams_open(&run.streams, target->stdin_path, streams_mode_of(target, spec), error);
    if (code == 0)
        code = drive_begin(&run.drive, target, machine, hooks, error);
    if (code == 0 && spec->squeeze_floor_bytes)
        drive_squeeze(&run.drive, spec);
    if (code == 0 && !is_container(&run))
        code = make_group(&run, error);
    if (code == 0) {
        read_before(&run);
        code = is_container(&run) ? start_container(&run, ret_status, error)
                                  : start_target(&run, ret_status, error);
    }
    if (code < 0) {
        if (tear_down(&run, &later) < 0)
            warn(hooks, &later);
        return code;
    }
    watch_target(&run);
    if (is_container(&run))
        collect_container(&run);
    else
        collect_exit(&run);
    settle(&run, &trial);
    if (run.broken.what[0]) {
        *error = run.broken;
        if (tear_down(&run, &later) < 0)
            warn(hooks, &later);
        trial_free(&trial);
        return -EIO;
    }
    run.facts.peak_bytes = run.sampler.peak;
    if (run.line.now_bytes)
        trial.line_bytes = run.facts.line_bytes = known_i64(run.line.now_bytes);
    conclude(&run, &trial);
    *ret_status = exit_facts_status(&trial.exit);
    code = tear_down(&run, error);
    if (code < 0) {
        /* The measurement stands; what could not be removed is said, and `clean` will try again. */
        trial_add_evidence(&trial, "harness", error->what);
        warn(hooks, error);
    }
    *ret = trial;
    return 0;
}
