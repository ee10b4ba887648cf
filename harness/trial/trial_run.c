#include "trial/trial_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/host.h"
#include "trial/launch.h"
#include "trial/outcome.h"

#define KILL_TIMEOUT_NS      (30 * NS_PER_S)
#define REMOVE_TIMEOUT_NS    (5 * NS_PER_S)
#define PROGRESS_INTERVAL_NS (100 * NS_PER_MS)

/* A pipe the target writes to and we read. */
struct capture {
    int read_fd; /* -1: not captured, or at its end */
    int write_fd;
};

/* Everything about the run while it runs. */
struct run {
    const struct target *target;
    const struct trial_spec *spec;
    const struct trial_machine *machine;
    const struct trial_hooks *hooks;
    struct cgroup group;
    struct sampler sampler;
    struct launched child;
    struct capture out;
    struct capture err;
    int in_fd;
    struct tail tail;
    struct trial_facts facts;
    int64_t start_ns;
    int64_t next_sample_ns;
    int64_t next_progress_ns;
    int64_t kill_at_ns; /* end of the grace period; 0: not asked to stop */
    int interrupts_seen;
    bool killed;
    bool lent_terminal;
};

/* ---- streams ---- */

static int open_capture(struct capture *capture, struct error *error) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_system(error, -errno, "cannot make a pipe");
    *capture = (struct capture){.read_fd = fds[0], .write_fd = fds[1]};
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    return 0;
}

static void close_fd(int *fd) {
    if (*fd > STDERR_FILENO)
        close(*fd);
    *fd = -1;
}

static int open_streams(struct run *run, struct error *error) {
    const char *path = run->target->stdin_path;
    run->in_fd = run->spec->inherit_streams && !path ? STDIN_FILENO
                                                     : open(path ? path : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (run->in_fd < 0)
        return error_system(error, -errno, "cannot open %s for the target's standard input", path);
    int code = open_capture(&run->err, error);
    if (code == 0 && !run->spec->inherit_streams)
        code = open_capture(&run->out, error);
    return code;
}

static void take_output(struct run *run, const struct capture *capture, const char *bytes, size_t length) {
    bool is_err = capture == &run->err;
    if (is_err)
        tail_add(&run->tail, bytes, length);
    if (is_err && run->spec->inherit_streams)
        (void)file_write_all(STDERR_FILENO, bytes, length);
    if (run->hooks->output)
        run->hooks->output(run->hooks->context, bytes, length);
}

/* Reads what is there, up to a bound, so that a target that prints without end cannot keep us from sampling.
 */
static void drain(struct run *run, struct capture *capture, int reads_max) {
    static char chunk[65536]; /* not on the stack: one harness, one thread */
    while (capture->read_fd >= 0 && reads_max-- > 0) {
        ssize_t length = read(capture->read_fd, chunk, sizeof chunk);
        if (length > 0)
            take_output(run, capture, chunk, (size_t)length);
        else if (length == 0 || (errno != EAGAIN && errno != EINTR))
            close_fd(&capture->read_fd);
        else if (errno == EAGAIN)
            return;
    }
}

/* ---- the terminal: a target started by `run` from a terminal becomes its foreground job ---- */

static void lend_terminal(struct run *run) {
    if (run->in_fd == STDIN_FILENO && isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp())
        run->lent_terminal = tcsetpgrp(STDIN_FILENO, run->child.pid) == 0;
}

static void take_terminal_back(struct run *run) {
    if (!run->lent_terminal)
        return;
    sigset_t ttou;
    sigset_t before;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    sigprocmask(SIG_BLOCK, &ttou, &before);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    sigprocmask(SIG_SETMASK, &before, NULL);
    run->lent_terminal = false;
}

/* ---- stopping ---- */

static void kill_now(struct run *run) {
    run->killed = true;
    (void)cgroup_kill(&run->group, KILL_TIMEOUT_NS);
}

/* Asks the target to stop; it is killed when its grace is over. */
static void ask_to_stop(struct run *run, enum stop_reason reason, int64_t now) {
    if (run->facts.exit.stop != STOP_NONE)
        return;
    run->facts.exit.stop = reason;
    run->kill_at_ns = now + run->target->grace_ns;
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
        run->killed ? 0 : run->kill_at_ns,
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

static void report_progress(struct run *run, int64_t now) {
    if (!run->hooks->progress || now < run->next_progress_ns)
        return;
    run->next_progress_ns = now + PROGRESS_INTERVAL_NS;
    struct trial_progress progress = {
        .spec = run->spec, .elapsed_ns = now - run->start_ns, .usage_bytes = run->sampler.last.usage};
    run->hooks->progress(run->hooks->context, &progress);
}

/* ---- the course of a run ---- */

static int make_group(struct run *run, struct error *error) {
    const struct trial_spec *spec = run->spec;
    struct cgroup_limits limits = {
        .memory_bytes = spec->limit_bytes.known ? spec->limit_bytes : spec->guard_bytes,
        .swap_bytes = spec->swap_bytes,
        .oom_group = spec->oom_group,
    };
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
    struct launch_streams streams = {
        .in = run->in_fd,
        .out = run->spec->inherit_streams ? STDOUT_FILENO : run->out.write_fd,
        .err = run->err.write_fd,
    };
    run->start_ns = clock_now_ns();
    struct sample_sink sink = {.write = run->hooks->sample, .context = run->hooks->context};
    sampler_begin(&run->sampler, &run->group, sink, run->start_ns,
                  sampler_charge_stock(run->machine->host->cpus, run->machine->host->page_bytes));
    int code = launch(run->target, &run->group, &streams, &run->child, ret_status, error);
    if (code < 0)
        return code;
    close_fd(&run->out.write_fd);
    close_fd(&run->err.write_fd);
    run->facts.exit.started = true;
    run->next_sample_ns = run->start_ns;
    run->next_progress_ns = run->start_ns;
    lend_terminal(run);
    return 0;
}

/* Waits for the main process, sampling. */
static void watch_target(struct run *run) {
    for (;;) {
        int64_t now = clock_now_ns();
        int64_t wait = next_deadline(run) - now;
        if (wait < 0)
            wait = 0;
        struct timespec timeout = {.tv_sec = wait / NS_PER_S, .tv_nsec = wait % NS_PER_S};
        struct pollfd fds[] = {{.fd = run->child.pidfd, .events = POLLIN},
                               {.fd = run->err.read_fd, .events = POLLIN},
                               {.fd = run->out.read_fd, .events = POLLIN}};
        (void)ppoll(fds, 3, &timeout, run->machine->wait_mask);
        if (fds[0].revents)
            return;
        if (fds[1].revents)
            drain(run, &run->err, 4);
        if (fds[2].revents)
            drain(run, &run->out, 4);
        now = clock_now_ns();
        if (now >= run->next_sample_ns)
            take_sample(run, now);
        check_deadlines(run, now);
        report_progress(run, now);
    }
}

static void collect_exit(struct run *run) {
    struct exit_facts *exit = &run->facts.exit;
    int64_t now = clock_now_ns();
    exit->duration_ns = now - run->start_ns;
    /* The memory of the main process is gone by now, but not the peak since the last reading, nor the page
     * cache. */
    sampler_take(&run->sampler, now);
    siginfo_t info = {0};
    while (waitid(P_PIDFD, (id_t)run->child.pidfd, &info, WEXITED) < 0 && errno == EINTR)
        ;
    if (info.si_code == CLD_EXITED)
        exit->exit_code = known_i64(info.si_status);
    else
        exit->signal = known_i64(info.si_status);
    take_terminal_back(run);
}

/* Reaps what was orphaned to us, but not the keeper. */
static void reap_orphans(const struct keeper *keeper) {
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
            info.si_pid == keeper->pid)
            return;
        waitpid(info.si_pid, NULL, WNOHANG);
    }
}

/* Ends what the main process left behind, and reads the counters for the last time while the group still
 * exists. */
static void settle(struct run *run, struct trial *trial) {
    struct trial_facts *facts = &run->facts;
    int left = cgroup_count_processes(&run->group);
    if (left > 0 && !run->killed)
        facts->exit.leftovers = left;
    if (left != 0)
        kill_now(run);
    drain(run, &run->err, 1024);
    drain(run, &run->out, 1024);
    const struct cgroup_ops *ops = run->group.ops;
    ops->read_events(run->group.dirfd, true, &facts->own_after);
    cgroup_ancestors_after(run->machine->site, facts->ancestors, facts->ancestor_count);
    facts->host_oom_after = host_oom_kills();
    struct known_i64 stall = ops->read_stall_us(run->group.dirfd);
    if (stall.known && facts->exit.duration_ns > 0)
        trial->stall_ratio =
            known_f64((double)stall.value * (double)NS_PER_US / (double)facts->exit.duration_ns);
    facts->exit.stderr_tail = tail_text(&run->tail);
}

/* Before the start: what the counters say now, so that only what this run does is counted. */
static void read_before(struct run *run) {
    struct trial_facts *facts = &run->facts;
    facts->limit_bytes = run->spec->limit_bytes;
    facts->guard_bytes = run->spec->guard_bytes;
    facts->names = run->group.ops->names;
    facts->success = run->target->success;
    facts->ancestors_hidden = run->machine->site->ancestors_hidden;
    run->group.ops->read_events(run->group.dirfd, false, &facts->own_before);
    cgroup_ancestors_before(run->machine->site, &facts->ancestors, &facts->ancestor_count);
    facts->host_oom_before = host_oom_kills();
}

/* Ends and removes everything, whatever state the run is in. Returns 0 or the first failure. */
static int tear_down(struct run *run, struct error *error) {
    int code = 0;
    close_fd(&run->in_fd);
    close_fd(&run->out.read_fd);
    close_fd(&run->out.write_fd);
    close_fd(&run->err.read_fd);
    close_fd(&run->err.write_fd);
    if (run->group.ops) {
        code = cgroup_kill(&run->group, KILL_TIMEOUT_NS);
        if (code < 0)
            error_system(error, code, "cannot end the processes in %s", run->group.path);
        reap_orphans(run->machine->keeper);
        if (code == 0)
            code = cgroup_remove(&run->group, REMOVE_TIMEOUT_NS, error);
        if (code == 0)
            keeper_release(run->machine->keeper, run->group.path);
        cgroup_free(&run->group);
    }
    if (run->child.pidfd >= 0)
        close(run->child.pidfd);
    tail_free(&run->tail);
    series_free(&run->sampler.series);
    trial_facts_free(&run->facts);
    return code;
}

/* Gives the trial what the run found out. */
static void conclude(struct run *run, struct trial *trial) {
    sampler_finish(&run->sampler, trial);
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
        .in_fd = -1,
        .out = {-1, -1},
        .err = {-1, -1},
        .tail = {.capacity = STDERR_TAIL_BYTES},
    };
    struct trial trial = {.id = spec->id, .purpose = spec->purpose, .limit_bytes = spec->limit_bytes};
    struct error later;
    *ret_status = EXIT_HARNESS;
    int code = open_streams(&run, error);
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
