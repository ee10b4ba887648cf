#include "trial/drive.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "trial/launch.h"
#include "trial/load_output.h"

/* Between two tries: those in here cost a system call, the others a process. */
#define TRY_INTERVAL_NS     (5 * NS_PER_MS)
#define COMMAND_INTERVAL_NS (100 * NS_PER_MS)

#define COMMAND_TIMEOUT_NS (10 * NS_PER_S)
#define KILL_TIMEOUT_NS    (10 * NS_PER_S)
#define REMOVE_TIMEOUT_NS  (5 * NS_PER_S)

/* All tests of a redis-benchmark by default say some 70 KiB. */
#define SAID_BYTES ((size_t)256 * 1024)

/* A load of which more requests fail than this share has failed. */
#define ERRORS_MAX_RATIO 0.01

/* execve() wants char *const, and does not write to the strings. */
static char shell_path[] = "/bin/sh";
static char shell_flag[] = "-c";

static const char *const phase_names[] = {
    [DRIVE_NONE] = NULL,          [DRIVE_STARTING] = "starting",  [DRIVE_WARMUP] = "warm-up",
    [DRIVE_LOAD] = "load",        [DRIVE_COOLDOWN] = "cool-down", [DRIVE_SERVING] = "serving",
    [DRIVE_DONE] = "stopping",    [DRIVE_NOT_READY] = "stopping", [DRIVE_LOAD_FAILED] = "stopping",
    [DRIVE_STALLED] = "stopping", [DRIVE_BROKEN] = "stopping",
};

const char *drive_phase_name(enum drive_phase phase) {
    return phase_names[phase];
}

/* ---- the child: a load, or a command that readiness runs ---- */

static void keep_output(void *context, const char *bytes, size_t length) {
    struct drive *drive = context;
    tail_add(&drive->said, bytes, length);
    if (drive->phase != DRIVE_STARTING && drive->hooks->load_output)
        drive->hooks->load_output(drive->hooks->context, bytes, length);
}

static int start_child(struct drive *drive, const char *command, char *const *variables, int64_t now,
                       struct error *error) {
    CLEANUP_FREE char *text = text_copy(command);
    char *argv[] = {shell_path, shell_flag, text, NULL};
    const struct target shell = {
        .argv = argv, .program = shell_path, .extra_env = variables, .cwd = drive->target->cwd};
    int status;
    tail_free(&drive->said);
    drive->said = (struct tail){.capacity = SAID_BYTES};
    drive->streams = (struct streams){.output = keep_output, .context = drive};
    int code = streams_open(&drive->streams, NULL, STREAMS_KEPT, error);
    if (code == 0) {
        struct launch_streams streams = streams_for_target(&drive->streams);
        code = launch(&shell, NULL, &drive->group, &streams, &drive->child, &status, error);
    }
    if (code < 0) {
        streams_close(&drive->streams);
        return code;
    }
    streams_started(&drive->streams);
    drive->child_ns = now;
    return 0;
}

/* Ends what is left of the child, also what it started, and takes what it said. How it ended goes to *info,
 * zeroed where it had not ended by itself. */
static void end_child(struct drive *drive, siginfo_t *info) {
    *info = (siginfo_t){0};
    if (drive->child.pidfd < 0)
        return;
    bool ended = waitid(P_PIDFD, (id_t)drive->child.pidfd, info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                 info->si_pid == drive->child.pid;
    /* Also where it has left its group: nothing may keep us waiting for its end. */
    (void)syscall(SYS_pidfd_send_signal, drive->child.pidfd, SIGKILL, NULL, 0);
    (void)cgroup_empty(&drive->group, KILL_TIMEOUT_NS);
    siginfo_t reaped;
    while (waitid(P_PIDFD, (id_t)drive->child.pidfd, &reaped, WEXITED) < 0 && errno == EINTR)
        ;
    if (!ended)
        *info = (siginfo_t){0};
    close(steal_fd(&drive->child.pidfd));
    streams_finish(&drive->streams, true, drive->machine->interrupts, drive->machine->wait_mask);
    streams_close(&drive->streams);
}

bool drive_owns(const struct drive *drive, pid_t pid) {
    return drive->child.pidfd >= 0 && drive->child.pid == pid;
}

/* ---- the course ---- */

static void enter(struct drive *drive, enum drive_phase phase, int64_t now) {
    drive->phase = phase;
    drive->phase_ns = now;
}

static void fail(struct drive *drive, enum drive_phase phase, char *why) {
    free(drive->facts.failure);
    drive->facts.failure = why;
    drive->phase = phase;
}

/* The last words of the load, for the message about its failure. */
static void keep_last_words(struct drive *drive) {
    free(drive->facts.load_tail);
    drive->facts.load_tail = tail_text(&drive->said);
}

/* What the target goes through from here on is the load's doing. */
static void mark_pressure(struct drive *drive) {
    const struct cgroup *group = drive->target_group;
    struct snapshot now = {0};
    group->ops->read_usage(group->dirfd, &now);
    drive->refaults_before = now.refault_file;
    drive->stall_us_before = group->ops->read_stall_us(group->dirfd);
}

static void read_pressure(const struct drive *drive, struct load_run *run) {
    const struct cgroup *group = drive->target_group;
    struct snapshot now = {0};
    group->ops->read_usage(group->dirfd, &now);
    struct known_i64 refaults = known_delta(drive->refaults_before, now.refault_file);
    struct known_i64 stall_us = known_delta(drive->stall_us_before, group->ops->read_stall_us(group->dirfd));
    if (refaults.known)
        run->refault_bytes = known_i64(refaults.value * drive->machine->host->page_bytes);
    if (stall_us.known && run->duration_ns > 0)
        run->stall_ratio = known_f64((double)stall_us.value * (double)NS_PER_US / (double)run->duration_ns);
}

static int start_load(struct drive *drive, enum drive_phase phase, int64_t now, pid_t target_pid,
                      struct error *error) {
    const struct service *service = drive->service;
    const char *step = service->step_count ? service->steps[drive->step] : NULL;
    size_t count = 0;
    char *const *extra = drive->target->extra_env;
    while (extra && extra[count])
        count++;
    CLEANUP_FREE char *cycle = text_format("PLIMSOLL_CYCLE=%d", drive->cycle);
    CLEANUP_FREE char *pid = text_format("PLIMSOLL_PID=%d", (int)target_pid);
    CLEANUP_FREE char *load = text_format("PLIMSOLL_LOAD=%s", step ? step : "");
    CLEANUP_FREE char **variables = calloc(count + 4, sizeof *variables);
    if (!variables)
        abort();
    if (count)
        memcpy(variables, extra, count * sizeof *variables);
    variables[count++] = cycle;
    variables[count++] = pid;
    if (step)
        variables[count++] = load;
    enter(drive, phase, drive->phase == phase ? drive->phase_ns : now);
    drive->run = (struct load_run){.step = step ? text_copy(step) : NULL,
                                   .cycle = drive->cycle,
                                   .start_ns = now - drive->start_ns,
                                   .limit_bytes = drive->squeeze.limit_bytes};
    mark_pressure(drive);
    drive->load_oom_kills = known_or(drive->group.ops->read_oom_kills(&drive->group), 0);
    return start_child(drive, service->load, variables, now, error);
}

static int become_ready(struct drive *drive, int64_t now, pid_t target_pid, struct error *error) {
    drive->facts.ready_ns = known_i64(now - drive->start_ns);
    drive->ready_at_ns = now;
    ready_watch_end(&drive->ready);
    drive->cycle = 1;
    drive->step =
        drive->squeeze.floor_bytes && drive->service->step_count ? drive->service->step_count - 1 : 0;
    if (!drive->service->load) {
        enter(drive, DRIVE_SERVING, now);
        return 0;
    }
    return start_load(drive, drive->service->warmup_ns ? DRIVE_WARMUP : DRIVE_LOAD, now, target_pid, error);
}

/* The next run of a squeeze: under a lower limit, if there is one. */
static int next_squeezed(struct drive *drive, int64_t now, pid_t target_pid, struct error *error) {
    const struct cgroup *group = drive->target_group;
    const struct load_run *last = &drive->facts.loads[drive->facts.load_count - 1];
    struct snapshot seen = {0};
    enum squeeze_move move;
    group->ops->read_usage(group->dirfd, &seen); /* readings may be far apart */
    seen.time_ns = now - drive->start_ns;
    squeeze_look(&drive->squeeze, &seen);
    int code = squeeze_step(&drive->squeeze, group, last, &move, error);
    if (code < 0)
        return code;
    if (move == SQUEEZE_AGAIN) {
        drive->cycle++;
        return start_load(drive, DRIVE_LOAD, clock_now_ns(), target_pid, error);
    }
    if (move == SQUEEZE_STALLED)
        fail(drive, DRIVE_STALLED, squeeze_stall_text(&drive->squeeze, last));
    else
        enter(drive, DRIVE_DONE, now);
    return 0;
}

/* Where to after a run of the load and its cool-down. */
static int next_run(struct drive *drive, int64_t now, pid_t target_pid, struct error *error) {
    if (drive->squeeze.floor_bytes)
        return next_squeezed(drive, now, target_pid, error);
    if (++drive->step >= drive->service->step_count) {
        drive->step = 0;
        drive->cycle++;
    }
    if (drive->cycle > drive->service->cycles) {
        enter(drive, DRIVE_DONE, now);
        return 0;
    }
    return start_load(drive, DRIVE_LOAD, now, target_pid, error);
}

/* Some tools do not count what could not be sent among their requests. */
static bool too_many_errors(const struct load_figures *figures) {
    return figures->errors.known && figures->requests.known &&
           (double)figures->errors.value > ERRORS_MAX_RATIO * (double)figures->requests.value;
}

/* wrk and memtier_benchmark end well where nothing ever answers. */
static bool nothing_answered(const struct load_figures *figures) {
    return figures->rate_per_s.known && figures->rate_per_s.value <= 0;
}

/* By what has nothing to do with the target's limit. */
static bool load_was_killed(const struct drive *drive) {
    struct known_i64 kills = drive->group.ops->read_oom_kills(&drive->group);
    return known_or(kills, 0) > drive->load_oom_kills || known_or(drive->run.signal, 0) == SIGKILL;
}

/* What the load's end means for the service. NULL: it went well. */
static char *load_problem(const struct drive *drive) {
    const struct load_run *run = &drive->run;
    struct short_text after = duration_text(run->duration_ns);
    if (load_was_killed(drive))
        return text_format("the load was killed after %s, by its own OOM or by somebody", after.s);
    if (run->signal.known)
        return text_format("the load was ended by signal %d (%s) after %s", (int)run->signal.value,
                           strsignal((int)run->signal.value), after.s);
    if (known_or(run->exit_code, 0) != 0)
        return text_format(
            "the load failed: exit code %d after %s%s", (int)run->exit_code.value, after.s,
            drive->service->ready.kind == READY_NONE ? " (it began at once: no --ready was given)" : "");
    if (nothing_answered(&run->figures))
        return text_format("the load failed: nothing was answered in %s", after.s);
    if (too_many_errors(&run->figures))
        return text_format("the load failed: of %lld requests %lld failed",
                           (long long)run->figures.requests.value, (long long)run->figures.errors.value);
    return NULL;
}

/* The run of the load is over: what came of it. `info` zeroed: we ended it. */
static void finish_run(struct drive *drive, const siginfo_t *info, int64_t now) {
    struct load_run *run = &drive->run;
    run->duration_ns = now - drive->child_ns;
    if (info->si_pid && info->si_code == CLD_EXITED)
        run->exit_code = known_i64(info->si_status);
    else if (info->si_pid)
        run->signal = known_i64(info->si_status);
    read_pressure(drive, run);
    CLEANUP_FREE char *said = tail_text(&drive->said);
    load_output_read(said, &drive->service->reading, &run->figures);
}

static int load_ended(struct drive *drive, int64_t now, pid_t target_pid, struct error *error) {
    siginfo_t info;
    end_child(drive, &info);
    finish_run(drive, &info, now);
    char *problem = load_problem(drive);
    if (problem) {
        drive->facts.load_killed = load_was_killed(drive);
        keep_last_words(drive);
        service_facts_add(&drive->facts, &drive->run);
        fail(drive, DRIVE_LOAD_FAILED, problem);
        return 0;
    }
    if (drive->phase == DRIVE_WARMUP) {
        free(drive->run.step);
        drive->run = (struct load_run){0};
        bool warm = now - drive->phase_ns >= drive->service->warmup_ns;
        return start_load(drive, warm ? DRIVE_LOAD : DRIVE_WARMUP, now, target_pid, error);
    }
    enter(drive, DRIVE_COOLDOWN, now);
    return 0;
}

/* A run of a squeeze that is given up. */
static void stall(struct drive *drive, int64_t now) {
    siginfo_t info;
    end_child(drive, &info);
    finish_run(drive, &info, now);
    fail(drive, DRIVE_STALLED, squeeze_stall_text(&drive->squeeze, &drive->run));
    service_facts_add(&drive->facts, &drive->run);
}

static int64_t rest_after_run_ns(const struct drive *drive) {
    const struct service *service = drive->service;
    return service->rests_by_cycle && drive->step + 1 < service->step_count ? 0 : service->cooldown_ns;
}

static int cool_down(struct drive *drive, int64_t now, pid_t target_pid, const struct snapshot *seen,
                     struct error *error) {
    int64_t rest_ns = rest_after_run_ns(drive);
    if (now - drive->phase_ns < rest_ns)
        return 0;
    if (rest_ns)
        drive->run.quiescent_bytes = snapshot_needed(seen);
    service_facts_add(&drive->facts, &drive->run);
    return next_run(drive, now, target_pid, error);
}

/* ---- readiness ---- */

/* One try by a command, which takes as long as it takes. True: it has told that the target is ready. */
static bool try_command(struct drive *drive, bool ended, int64_t now, int *ret_code, struct error *error) {
    siginfo_t info;
    if (drive->child.pidfd >= 0) {
        if (!ended && now - drive->child_ns < COMMAND_TIMEOUT_NS)
            return false;
        end_child(drive, &info);
        drive->next_try_ns = now + COMMAND_INTERVAL_NS;
        return info.si_pid && info.si_code == CLD_EXITED && info.si_status == 0;
    }
    if (now >= drive->next_try_ns)
        *ret_code = start_child(drive, drive->command, drive->target->extra_env, now, error);
    return false;
}

/* With what the last try said, where it said something. Caller frees. */
static char *not_ready_text(const struct drive *drive) {
    const struct ready *ready = &drive->service->ready;
    bool url = ready->kind == READY_HTTP;
    CLEANUP_FREE char *said = tail_text(&drive->said);
    return text_format("it was not ready within %s (%s%s%s%s%.*s)", duration_text(ready->timeout_ns).s,
                       url ? "" : ready_kind_name(ready->kind), url ? "" : ":", ready->text,
                       *said ? "; " : "", (int)strcspn(said, "\n"), said);
}

static int wait_until_ready(struct drive *drive, bool child_ended, int64_t now, pid_t target_pid,
                            struct error *error) {
    const struct ready *ready = &drive->service->ready;
    int code = 0;
    bool is_ready = false;
    if (drive->command) {
        is_ready = try_command(drive, child_ended, now, &code, error);
    } else if (ready_is_connecting(&drive->ready) || now >= drive->next_try_ns) {
        is_ready = ready_watch_try(&drive->ready, now - drive->start_ns);
        if (!ready_is_connecting(&drive->ready))
            drive->next_try_ns = now + TRY_INTERVAL_NS;
    }
    if (code < 0)
        return code;
    if (is_ready)
        return become_ready(drive, now, target_pid, error);
    if (now - drive->start_ns >= ready->timeout_ns)
        fail(drive, DRIVE_NOT_READY, not_ready_text(drive));
    return 0;
}

/* ---- for the trial ---- */

static int make_group(struct drive *drive, struct error *error) {
    const struct trial_machine *machine = drive->machine;
    struct cgroup_limits none = {0};
    CLEANUP_FREE char *path = cgroup_next_path(machine->site);
    int code = keeper_watch(machine->keeper, machine->site, path, error);
    if (code < 0)
        return code;
    code = cgroup_create(machine->site, path, &none, &drive->group, error);
    if (code < 0)
        keeper_release(machine->keeper, path);
    return code;
}

int drive_begin(struct drive *drive, const struct target *target, const struct trial_machine *machine,
                const struct trial_hooks *hooks, struct error *error) {
    *drive = (struct drive){.target = target,
                            .machine = machine,
                            .hooks = hooks,
                            .child.pidfd = -1,
                            .ready.socket = -1,
                            .service = &target->service};
    if (!target->service.serves)
        return 0;
    drive->facts.serves = true;
    drive->command = ready_command(&target->service.ready);
    int code = ready_check_free(&target->service.ready, error);
    if (code == 0)
        code = ready_watch_begin(&drive->ready, &target->service.ready, target->cwd, error);
    drive->ready.proxied = target->image.name != NULL;
    if (code == 0 && (target->service.load || drive->command))
        code = make_group(drive, error);
    return code;
}

void drive_squeeze(struct drive *drive, const struct trial_spec *spec) {
    drive->squeeze = (struct squeeze){.floor_bytes = spec->squeeze_floor_bytes,
                                      .ceiling_bytes = spec->guard_bytes,
                                      .page_bytes = drive->machine->host->page_bytes,
                                      .swap_bytes = spec->swap_bytes,
                                      .usual_ns = spec->squeeze_usual_ns};
}

void drive_started(struct drive *drive, const struct cgroup *group, int64_t now_ns) {
    if (!drive->service->serves)
        return;
    drive->target_group = group;
    drive->start_ns = now_ns;
    drive->next_try_ns = now_ns;
    enter(drive, DRIVE_STARTING, now_ns);
}

void drive_output(struct drive *drive, const char *bytes, size_t length) {
    if (drive->phase == DRIVE_STARTING)
        ready_watch_output(&drive->ready, bytes, length);
}

void drive_poll(const struct drive *drive, struct pollfd fds[DRIVE_POLL_FDS]) {
    for (int i = 0; i < DRIVE_POLL_FDS; i++)
        fds[i] = (struct pollfd){.fd = -1};
    if (drive->phase == DRIVE_NONE)
        return;
    fds[0] = (struct pollfd){.fd = drive->child.pidfd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = ready_is_connecting(&drive->ready) ? drive->ready.socket : -1,
                             .events = POLLOUT};
    if (drive->child.pidfd >= 0)
        streams_poll(&drive->streams, fds + 2);
}

int64_t drive_deadline(const struct drive *drive) {
    int64_t patience_ns;
    switch (drive->phase) {
    case DRIVE_STARTING: {
        /* Also while a try goes on: one that hangs is given up. */
        int64_t next = drive->child.pidfd >= 0 ? drive->child_ns + COMMAND_TIMEOUT_NS : drive->next_try_ns;
        int64_t last = drive->start_ns + drive->service->ready.timeout_ns;
        bool connecting = ready_is_connecting(&drive->ready); /* its end is polled for */
        return next < last && !connecting ? next : last;
    }
    case DRIVE_WARMUP:
        return drive->phase_ns + drive->service->warmup_ns;
    case DRIVE_COOLDOWN:
        return drive->phase_ns + rest_after_run_ns(drive);
    case DRIVE_LOAD:
        patience_ns = squeeze_patience_ns(&drive->squeeze);
        return patience_ns ? drive->child_ns + patience_ns : INT64_MAX;
    default:
        return INT64_MAX;
    }
}

/* Readings of before its load belong to the run before. */
static void look_for_trough(struct drive *drive, const struct snapshot *seen) {
    bool counts = drive->phase == DRIVE_LOAD || drive->phase == DRIVE_COOLDOWN;
    if (counts && seen->time_ns > drive->run.start_ns)
        trough_look(&drive->run.trough, seen);
}

enum drive_phase drive_advance(struct drive *drive, const struct pollfd fds[DRIVE_POLL_FDS], int64_t now_ns,
                               pid_t target_pid, const struct snapshot *seen, struct error *error) {
    bool child_ended = drive->child.pidfd >= 0 && fds[0].fd == drive->child.pidfd && fds[0].revents;
    int code = 0;
    if (drive->child.pidfd >= 0)
        streams_handle(&drive->streams, fds + 2);
    if (drive->squeeze.floor_bytes)
        squeeze_look(&drive->squeeze, seen);
    look_for_trough(drive, seen);
    switch (drive->phase) {
    case DRIVE_STARTING:
        code = wait_until_ready(drive, child_ended, now_ns, target_pid, error);
        break;
    case DRIVE_WARMUP:
        if (child_ended) {
            code = load_ended(drive, now_ns, target_pid, error);
        } else if (now_ns >= drive_deadline(drive)) {
            siginfo_t info;
            end_child(drive, &info);
            free(drive->run.step);
            code = start_load(drive, DRIVE_LOAD, now_ns, target_pid, error);
        }
        break;
    case DRIVE_LOAD:
        if (child_ended)
            code = load_ended(drive, now_ns, target_pid, error);
        else if (now_ns >= drive_deadline(drive))
            stall(drive, now_ns);
        break;
    default:
        break;
    }
    if (code == 0 && drive->phase == DRIVE_COOLDOWN)
        code = cool_down(drive, now_ns, target_pid, seen, error);
    if (code < 0)
        drive->phase = DRIVE_BROKEN;
    return drive->phase;
}

void drive_end(struct drive *drive, int64_t now_ns) {
    siginfo_t info;
    bool loading = drive->phase == DRIVE_LOAD && drive->child.pidfd >= 0;
    end_child(drive, &info);
    if (loading) {
        finish_run(drive, &info, now_ns);
        char *problem = load_problem(drive);
        if (problem)
            fail(drive, DRIVE_LOAD_FAILED, problem);
    }
    if (loading || drive->phase == DRIVE_COOLDOWN)
        service_facts_add(&drive->facts, &drive->run);
    if (drive->phase < DRIVE_DONE && drive->phase != DRIVE_NONE)
        drive->phase = DRIVE_DONE;
}

void drive_conclude(struct drive *drive, struct trial *trial) {
    service_facts_free(&trial->service);
    trial->service = drive->facts;
    drive->facts = (struct service_facts){0};
    trial->squeezed = drive->squeeze.floor_bytes > 0;
    trial->squeeze_bytes = drive->squeeze.held_bytes;
    if (drive->squeeze.end)
        trial_add_evidence(trial, "squeeze", drive->squeeze.end);
}

void drive_free(struct drive *drive) {
    siginfo_t info;
    struct error ignored;
    end_child(drive, &info);
    ready_watch_end(&drive->ready);
    if (drive->group.ops) {
        (void)cgroup_kill(&drive->group, KILL_TIMEOUT_NS);
        if (cgroup_remove(&drive->group, REMOVE_TIMEOUT_NS, &ignored) == 0)
            keeper_release(drive->machine->keeper, drive->group.path);
        cgroup_free(&drive->group);
    }
    free(drive->command);
    free(drive->run.step);
    tail_free(&drive->said);
    squeeze_free(&drive->squeeze);
    service_facts_free(&drive->facts);
}
