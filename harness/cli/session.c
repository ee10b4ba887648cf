#include "cli/session.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/autopsy.h"
#include "analysis/pace.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/documents.h"
#include "cli/limits.h"
#include "cli/resume.h"
#include "cli/terminal_guard.h"
#include "cli/terminal_look.h"
#include "cli/user_scope.h"
#include "kernel/host.h"
#include "output/document.h"
#include "output/emit.h"
#include "output/summary.h"
#include "trial/launch.h"
#include "trial/ready.h"

/* Left to the machine when a target runs without a limit, so that it cannot take the host down with it. */
#define HOST_RESERVE_BYTES (256 * MIB)
#define HOST_RESERVE_RATIO 0.05

/* Less than this is no room to search in. */
#define ROOM_LEAST_BYTES LIMIT_LEAST_BYTES

/* A run in which we were stopped is made again, so often at most: beyond that something stops us all the
 * time. */
#define STOPPED_REPEATS_MAX 5

/* For an engine's answer to a plain question. */
#define ENGINE_TIMEOUT_NS (20 * NS_PER_S)

/* Set by the handler alone. */
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t interrupt_signal;

/* Likewise: how often we were continued after a stop, and who else wants to know. */
static volatile sig_atomic_t continues;
static void (*continue_handler)(int);

static void on_continue(int number) {
    continues++;
    if (continue_handler)
        continue_handler(number);
}

static void on_signal(int number) {
    interrupt_signal = number;
    interrupts++;
}

/* Last, so that the terminal's own handler is called on. */
static void take_continue(sigset_t *blocked) {
    struct sigaction action = {.sa_handler = on_continue, .sa_flags = SA_RESTART};
    struct sigaction before;
    if (sigaction(SIGCONT, &action, &before) < 0)
        return;
    continue_handler =
        before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN || before.sa_handler == on_continue
            ? NULL
            : before.sa_handler;
    sigaddset(blocked, SIGCONT);
}

/* The signals are let through only while a trial waits, so that nothing is interrupted half-way. */
static void take_signals(struct session *session) {
    static const int taken[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct sigaction before;
        sigaddset(&set, taken[i]);
        sigaction(taken[i], &action, &before);
        if (taken[i] == SIGHUP && before.sa_handler == SIG_IGN)
            sigaction(SIGHUP, &before, NULL); /* nohup */
    }
    if (session->progress.live || terminal_look(STDOUT_FILENO).is)
        terminal_guard(&set);
    take_continue(&set);
    sigprocmask(SIG_BLOCK, &set, &session->wait_mask);
    for (int number = 1; number < NSIG; number++)
        if (sigismember(&set, number) == 1)
            sigdelset(&session->wait_mask, number);
    signal(SIGPIPE, SIG_IGN);
}

/* The folder and the input that the target is to be started with; the folder of a container is in there. */
static int check_paths(const struct options *options, struct error *error) {
    struct stat status;
    CLEANUP_FREE char *cwd =
        options->cwd && !options->image ? options_origin(options, "--cwd", options->cwd) : NULL;
    CLEANUP_FREE char *input =
        options->stdin_path ? options_origin(options, "--stdin", options->stdin_path) : NULL;
    if (cwd && stat(options->cwd, &status) < 0)
        return error_system(error, -errno, "%s", cwd);
    if (cwd && !S_ISDIR(status.st_mode))
        return error_plain(error, -ENOTDIR, "%s: not a folder", cwd);
    if (input && access(options->stdin_path, R_OK) < 0)
        return error_system(error, -errno, "%s", input);
    return 0;
}

/* What the command line says of a container: its folder and its user are the image's. */
static void describe_container(const struct options *options, struct target *target) {
    target->image = (struct container_image){.name = options->image,
                                             .publish = options->publish,
                                             .volumes = options->volumes,
                                             .entrypoint = options->entrypoint,
                                             .network = options->network,
                                             .workdir = options->cwd,
                                             .user = options->user_name};
    target->cwd = options->folder; /* of its load */
}

static size_t count_texts(char *const *list) {
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

/* What the container executes, as far as it can be told from outside: the entry point, and the arguments or
 * where there are none the image's own. */
static char **command_in_image(const struct options *options, const struct image_facts *image) {
    char *entrypoint[] = {(char *)(uintptr_t)options->entrypoint, NULL};
    char *none[] = {NULL};
    char *const *first = options->entrypoint ? entrypoint : image->entrypoint;
    char *const *second = options->argv[0] ? options->argv : options->entrypoint ? none : image->command;
    size_t first_count = count_texts(first);
    size_t second_count = count_texts(second);
    char **words = calloc(first_count + second_count + 1, sizeof *words);
    if (!words)
        abort();
    for (size_t i = 0; i < first_count; i++)
        words[i] = first[i];
    for (size_t i = 0; i < second_count; i++)
        words[first_count + i] = second[i];
    return words;
}

/* Finds the engine and the image. Returns an exit status. */
static int prepare_image(struct session *session, struct error *error) {
    const struct options *options = session->options;
    struct tool_patience patience = {
        .timeout_ns = ENGINE_TIMEOUT_NS, .interrupts = &interrupts, .wait_mask = &session->wait_mask};
    int code = engine_open(options->engine, &patience, &session->engine, error);
    if (code < 0)
        return code == -EINTR ? session_interrupt_status() : STATUS_NOT_ALLOWED;
    code = engine_image(&session->engine, options->image, &patience, &session->image, error);
    if (code == -EINTR)
        return session_interrupt_status();
    if (code < 0)
        return code == -ENOENT ? STATUS_USAGE : STATUS_NOT_ALLOWED;
    session->words = command_in_image(options, &session->image);
    if (!session->words[0]) {
        error_plain(error, -EINVAL,
                    "image %s: it names no program; give its command, or --entrypoint PROGRAM",
                    options->image);
        return STATUS_USAGE;
    }
    if (session->image.stop_signal && !options->stop_signal_given)
        session->target.stop_signal = session->image.stop_signal;
    return STATUS_OK;
}

/* Everything that can be told from the command line alone. Returns an exit status. */
static int prepare_target(struct session *session, struct error *error) {
    const struct options *options = session->options;
    struct target *target = &session->target;
    *target = (struct target){
        .argv = options->argv,
        .extra_env = options->env,
        .cwd = options->cwd ? options->cwd : options->folder,
        .stdin_path = options->stdin_path,
        .user = options->user,
        .stop_signal = options->stop_signal,
        .grace_ns = options->grace_ns,
        .stop_at_ns = options->for_ns,
    };
    memcpy(target->success, options->success, sizeof target->success);
    target->service = options->service;
    if (options->image)
        describe_container(options, target);
    if (check_paths(options, error) < 0)
        return STATUS_USAGE;
    if (documents_check(options, error) < 0)
        return STATUS_USAGE;
    if (options->image)
        return prepare_image(session, error);
    int status;
    if (launch_resolve(options->argv[0], target->cwd, options->env, &target->program, &status, error) < 0)
        return status;
    return STATUS_OK;
}

/* "redis" of "registry:5000/library/redis:7@sha256:..." */
static char *name_of_image(const char *image) {
    const char *slash = strrchr(image, '/');
    const char *name = slash ? slash + 1 : image;
    size_t length = strcspn(name, ":@");
    return length ? text_copy_bytes(name, length) : text_copy(image);
}

/* The result's head: what, where, when. */
static void describe(struct session *session, const char *command) {
    struct result *result = &session->result;
    const struct options *options = session->options;
    size_t count = 0;
    while (options->argv[count])
        count++;
    result->argv = calloc(count + 1, sizeof *result->argv);
    if (!result->argv)
        abort();
    for (size_t i = 0; i < count; i++)
        result->argv[i] = text_copy(options->argv[i]);
    CLEANUP_FREE char *program = options->image ? name_of_image(options->image) : text_copy(options->argv[0]);
    result->name = text_copy(options->name ? options->name : basename(program));
    result->image = options->image ? text_copy(options->image) : NULL;
    result->command = text_copy(command);
    result->load = options->service.load ? text_copy(options->service.load) : NULL;
    result->ready = options->ready ? text_copy(options->ready) : NULL;
    result->started_at = text_copy(clock_utc_text().s);
    host_read(&result->host);
    snprintf(result->host.cgroup, sizeof result->host.cgroup, "%s", session->site.ops->version);
}

/* The most that a trial may be given: what is free, less a reserve, and no more than --max. */
static void measure_room(struct session *session) {
    struct known_i64 room = cgroup_site_room(&session->site);
    if (room.known) {
        int64_t reserve = (int64_t)((double)room.value * HOST_RESERVE_RATIO);
        reserve = reserve > HOST_RESERVE_BYTES ? reserve : HOST_RESERVE_BYTES;
        room.value -= reserve < room.value / 2 ? reserve : room.value / 2;
        room.value = room.value / session->result.host.page_bytes * session->result.host.page_bytes;
    }
    int64_t max = session->options->max_bytes;
    if (max && (!room.known || room.value > max))
        room = known_i64(max);
    session->room_bytes = room;
}

/* Is what is asked for more than there is? */
static int check_machine(const struct session *session, struct error *error) {
    int jobs = (int)session->options->jobs;
    int cpus = session->result.host.cpus;
    if (jobs > cpus)
        return error_plain(
            error, -EINVAL,
            "--jobs %d: there %s %d CPU%s here, and more runs than CPUs would disturb each other; "
            "give %d at most",
            jobs, cpus == 1 ? "is" : "are", cpus, cpus == 1 ? "" : "s", cpus);
    if (session->room_bytes.known && session->room_bytes.value < ROOM_LEAST_BYTES)
        return error_plain(error, -ENOMEM,
                           "too little memory is free here to run anything: %s beside a reserve",
                           bytes_text(session->room_bytes.value > 0 ? session->room_bytes.value : 0).s);
    return 0;
}

static int open_store(struct session *session, bool keep, struct error *error) {
    const char *out = session->options->out;
    if (session->options->resume)
        return resume_open(session, error);
    if (!out && !keep) {
        store_open_none(&session->store);
        return 0;
    }
    int code = store_open(&session->store, out, session->result.name, error);
    return code < 0 ? code : resume_prepare(session, error);
}

/* What a service needs of this machine. */
static int prepare_service(const struct service *service, struct error *error) {
    int missing;
    CLEANUP_FREE char *curl = NULL;
    if (service->ready.kind == READY_HTTP && launch_resolve("curl", NULL, NULL, &curl, &missing, error) < 0) {
        error_plain(error, -ENOENT, "--ready http: curl, which asks for the page, is not installed");
        error_hint(error, "apt-get install curl");
        error_advise(error, "--ready tcp:PORT does without it");
        return -ENOENT;
    }
    return ready_check_free(&service->ready, error);
}

/* What is asked for can be had from the processes alone. */
static bool can_do_without_cgroup(const struct options *options, int code) {
    return options->measured_by == BY_WHAT_IS_THERE && !options->limit_bytes && !options->image &&
           (code == -EACCES || code == -EPERM || code == -EROFS || code == -ENOENT || code == -EBUSY);
}

/* Finds the place for groups, or does without. */
static int open_site(struct session *session, struct error *error) {
    if (session->options->measured_by == BY_PROCESSES)
        return cgroup_site_open_processes(&session->site, error);
    int code = cgroup_site_open(&session->site, error);
    if (code < 0) {
        user_scope_enter(session->options, code, &session->wait_mask, &session->progress, error);
        error_advise(error, "plimsoll doctor says more");
    }
    if (code == 0 || !can_do_without_cgroup(session->options, code))
        return code;
    struct error_remedy remedy = error_remedy(error);
    CLEANUP_FREE char *line =
        text_format("plimsoll: %s: the target's processes are read instead, which shows less%s%s\n",
                    error->what, *remedy.s ? "; in full: " : "", remedy.s);
    progress_text(&session->progress, line);
    return cgroup_site_open_processes(&session->site, error);
}

/* What a figure of this run cannot be taken for. */
static void add_caveats(struct session *session) {
    struct result *result = &session->result;
    if (!session->site.table)
        return;
    result_caveat(result,
                  "Measured without a cgroup, by readings of its processes 50 ms apart or more: of spikes "
                  "between two readings only those of the largest process are seen.");
    result_caveat(result,
                  "Page cache, tmpfs files that nobody maps, socket buffers and most kernel memory are not "
                  "counted: a limit needs more than this.");
}

/* What a command asks for when it opens a session. */
struct opening {
    const char *command;
    bool keep;
    int (*allow)(void *context, const struct result *result, struct error *error); /* may be NULL */
    void *context;
};

/* Each step needs the ones before it. Returns an exit status. */
static int open_steps(struct session *session, const struct opening *opening, struct error *error) {
    int status = prepare_target(session, error);
    if (status)
        return status;
    if (open_site(session, error) < 0)
        return STATUS_NOT_ALLOWED;
    describe(session, opening->command);
    add_caveats(session);
    cgroup_site_runner_limit(&session->site, session->result.host.memory_bytes, &session->runner);
    if (resume_check_host(session->options, &session->result.host, error) < 0)
        return STATUS_USAGE;
    measure_room(session);
    if (check_machine(session, error) < 0)
        return session->options->jobs > session->result.host.cpus ? STATUS_USAGE : STATUS_NOT_ALLOWED;
    if (prepare_service(&session->target.service, error) < 0)
        return STATUS_NOT_ALLOWED;
    if (keeper_start(&session->keeper, &session->site, error) < 0)
        return STATUS_NOT_ALLOWED;
    /* Last: nothing of an earlier run is touched for a run that cannot begin. */
    if (opening->allow && opening->allow(opening->context, &session->result, error) < 0)
        return STATUS_USAGE;
    if (open_store(session, opening->keep, error) < 0)
        return STATUS_USAGE;
    return STATUS_OK;
}

/* Announced to the keeper first, as every group is. */
static void open_umbrella(struct session *session) {
    struct error error;
    CLEANUP_FREE char *path = cgroup_next_path(&session->site);
    if (keeper_watch(&session->keeper, &session->site, path, &error) < 0 ||
        cgroup_umbrella_open(&session->site, path, &error) < 0)
        keeper_release(&session->keeper, path);
}

static int open_session(struct session *session, const struct options *options,
                        const struct opening *opening) {
    struct error error;
    *session = (struct session){.options = options, .started_ns = clock_now_ns()};
    store_open_none(&session->store);
    progress_init(&session->progress, options->quiet);
    take_signals(session);
    int status = open_steps(session, opening, &error);
    if (status) {
        progress_error(&session->progress, &error);
        session_close(session);
        return status;
    }
    /* Without it nothing but the drop of cached files is lost, and search_run() says so where it is wanted.
     */
    if (opening->keep && !options->image)
        open_umbrella(session);
    session->can_evict = cgroup_umbrella_can_drop_cache(&session->site);
    progress_describe(&session->progress, session->result.name, session->started_ns, options->budget_ns);
    /* What the target orphans comes to us, to be reaped or ended. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    session->machine = (struct trial_machine){
        .site = &session->site,
        .keeper = &session->keeper,
        .engine = options->image ? &session->engine : NULL,
        .host = &session->result.host,
        .runner = &session->runner,
        .witness = &session->witness,
        .interrupts = &interrupts,
        .continues = &continues,
        .wait_mask = &session->wait_mask,
    };
    return STATUS_OK;
}

int session_open(struct session *session, const struct options *options, const char *command, bool keep) {
    struct opening opening = {.command = command, .keep = keep};
    return open_session(session, options, &opening);
}

int session_open_if(struct session *session, const struct options *options, const char *command,
                    int (*allow)(void *context, const struct result *result, struct error *error),
                    void *context) {
    struct opening opening = {.command = command, .keep = true, .allow = allow, .context = context};
    return open_session(session, options, &opening);
}

int session_open_to_watch(struct session *session, const struct options *options, const char *command) {
    struct error error;
    struct result *result = &session->result;
    *session = (struct session){.options = options, .started_ns = clock_now_ns()};
    store_open_none(&session->store);
    progress_init(&session->progress, options->quiet);
    take_signals(session);
    result->command = text_copy(command);
    result->started_at = text_copy(clock_utc_text().s);
    host_read(&result->host);
    session->machine = (struct trial_machine){
        .host = &result->host, .interrupts = &interrupts, .wait_mask = &session->wait_mask};
    if (documents_check(options, &error) == 0)
        return STATUS_OK;
    progress_error(&session->progress, &error);
    session_close(session);
    return STATUS_USAGE;
}

/* One more than the highest: a run that was cut short may lack one in between, with its files still there. */
static int next_id(const struct result *result) {
    int highest = 0;
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].id > highest)
            highest = result->trials[i].id;
    return highest + 1;
}

struct trial_spec session_spec(const struct session *session, enum purpose purpose) {
    const struct options *options = session->options;
    return (struct trial_spec){
        .id = next_id(&session->result),
        .purpose = purpose,
        .guard_bytes = session->room_bytes,
        .swap_bytes = options->swap_bytes,
        .oom_group = !options->no_oom_group,
        .interval_ns = options->interval_ns,
        .timeout_ns = options->timeout_ns,
        .budget_ns = options->budget_ns ? session_budget_left_ns(session) : 0,
    };
}

int64_t session_budget_left_ns(const struct session *session) {
    int64_t left = session->started_ns + session->options->budget_ns - clock_now_ns();
    return left > 1 ? left : 1;
}

bool session_drop_cache(struct session *session) {
    session->can_evict = session->can_evict && cgroup_umbrella_drop_cache(&session->site) == 0;
    return session->can_evict;
}

static bool hook_sample(void *context, const struct snapshot *sample) {
    struct session *session = context;
    return store_sample(&session->store, sample);
}

static void hook_output(void *context, const char *bytes, size_t length) {
    struct session *session = context;
    store_log(&session->store, bytes, length);
}

static void hook_load_output(void *context, const char *bytes, size_t length) {
    struct session *session = context;
    store_load_log(&session->store, bytes, length);
}

static void hook_progress(void *context, const struct trial_progress *now) {
    struct session *session = context;
    progress_live(&session->progress, now);
}

static void hook_warn(void *context, const struct error *error) {
    struct session *session = context;
    progress_error(&session->progress, error);
}

static int fail(struct session *session, int status, const struct error *error) {
    progress_error(&session->progress, error);
    return status;
}

int session_measure(struct session *session, const struct trial_spec *spec, bool live, struct trial *ret,
                    struct error *error) {
    struct trial_hooks hooks = {.context = session,
                                .sample = session->store.path ? hook_sample : NULL,
                                .output = session->store.path ? hook_output : NULL,
                                .load_output = session->store.path ? hook_load_output : NULL,
                                .progress = live ? hook_progress : NULL,
                                .warn = hook_warn};
    if (store_begin_trial(&session->store, spec->id, error) < 0)
        return EXIT_HARNESS;
    int code =
        trial_run(&session->target, spec, &session->machine, &hooks, ret, &session->target_status, error);
    if (code < 0)
        return code == -EADDRINUSE ? STATUS_NOT_ALLOWED : session->target_status;
    autopsy_keep_course(ret);
    store_close_trial(&session->store, ret);
    return STATUS_OK;
}

/* Without its engine no further run can be made. */
static int tell_engine_gone(struct session *session) {
    const struct evidence *why = trial_find_evidence(session_last(session), "harness");
    struct error error = {0};
    if (why)
        error_plain(&error, -EIO, "%.1400s", why->detail);
    return fail(session, STATUS_NOT_ALLOWED, &error);
}

int session_keep(struct session *session, struct trial *trial, const char *why) {
    struct error error;
    if (trial->exit.stop == STOP_BUDGET) {
        trial_free(trial);
        error_plain(&error, -ETIME, "the budget of %s was spent in the middle of a run",
                    duration_text(session->options->budget_ns).s);
        return fail(session, STATUS_INCONCLUSIVE, &error);
    }
    bool interrupted = trial->exit.stop == STOP_INTERRUPT;
    /* A run that the user cut short is no finished trial, except where it is the only one there is to be. */
    if (interrupted && why) {
        trial_free(trial);
        progress_text(&session->progress, ""); /* the picture of a run that lives no more goes */
        return session_interrupt_status();
    }
    pace_judge(session->result.trials, session->result.trial_count, session->options->max_slowdown, trial);
    session_tell_losses(session, trial);
    int code = store_keep_trial(&session->store, trial, &error);
    const struct trial *profile = result_profile(session->result.trials, session->result.trial_count);
    if (why)
        progress_row(&session->progress, trial, why, session->options->verbose,
                     profile && trial_lived(profile) ? profile : NULL);
    result_add_trial(&session->result, trial);
    if (code < 0) {
        session->incomplete = true;
        return fail(session, EXIT_HARNESS, &error);
    }
    if (session_last(session)->exit.stop == STOP_ENGINE)
        return tell_engine_gone(session);
    return interrupted ? session_interrupt_status() : STATUS_OK;
}

/* Is the run to be made again? Of one that went on while we were stopped no time, no reading and no kill can
 * be trusted. One without a row is the only one there is to be. */
static bool tells_nothing(const struct trial *trial, const char *why) {
    enum stop_reason stop = trial->exit.stop;
    return why && trial->unseen_ns && stop != STOP_INTERRUPT && stop != STOP_BUDGET && stop != STOP_ENGINE;
}

static int run_once(struct session *session, const struct trial_spec *spec, const char *why,
                    struct trial *ret) {
    struct error error;
    progress_begin(&session->progress, why);
    int status = session_measure(session, spec, why != NULL, ret, &error);
    progress_begin(&session->progress, NULL);
    return status ? fail(session, status, &error) : STATUS_OK;
}

int session_run(struct session *session, const struct trial_spec *spec, const char *why) {
    struct trial_spec again = *spec;
    for (int repeats = 0;; repeats++) {
        struct trial trial = {0};
        int status = run_once(session, &again, why, &trial);
        if (status)
            return status;
        if (!tells_nothing(&trial, why) || repeats == STOPPED_REPEATS_MAX)
            return session_keep(session, &trial, why);
        CLEANUP_FREE char *note = text_format(
            "Note: run %d is thrown away and made again: plimsoll was stopped for %s meanwhile.\n", trial.id,
            duration_text(trial.unseen_ns).s);
        trial_free(&trial);
        progress_words(&session->progress, note);
        again.budget_ns = spec->budget_ns ? session_budget_left_ns(session) : 0;
        again.evicted = spec->evicted && session_drop_cache(session);
    }
}

int session_interrupt_status(void) {
    return 128 + (int)interrupt_signal;
}

const struct trial *session_last(const struct session *session) {
    return &session->result.trials[session->result.trial_count - 1];
}

/* "this runner gives ..., and the target took ...", where the trial died of that or came within a tenth of
 * it; else NULL. Caller frees. */
static char *runner_note(const struct session *session, const struct trial *trial) {
    return runner_limit_sentence(&session->runner, trial->peak_bytes, trial->outcome == OUTCOME_OUTSIDE_OOM);
}

void session_note_gate(struct session *session) {
    struct result *result = &session->result;
    const struct trial *most = NULL;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (!most || trial->outcome == OUTCOME_OUTSIDE_OOM ||
            (most->outcome != OUTCOME_OUTSIDE_OOM &&
             known_or(trial->peak_bytes, 0) > known_or(most->peak_bytes, 0)))
            most = trial;
    }
    CLEANUP_FREE char *runner = most ? runner_note(session, most) : NULL;
    if (runner)
        gate_note(&result->gate, "%s", runner);
    for (size_t i = 0; i < result->caveat_count; i++)
        gate_note(&result->gate, "%s", result->caveats[i]);
}

void session_add_notes(const struct session *session, struct strbuf *text) {
    const struct trial *last = session_last(session);
    /* Of one that died of it the evidence says so. */
    CLEANUP_FREE char *runner = last->outcome == OUTCOME_OUTSIDE_OOM ? NULL : runner_note(session, last);
    if (runner)
        summary_item(text, "Runner", "%s", runner);
    for (size_t i = 0; i < session->result.caveat_count; i++)
        summary_item(text, i ? "" : "Weaker", "%s", session->result.caveats[i]);
}

/* Stopped by the user, or by a budget that was given; where there is more than one run to go through. */
static void tell_how_to_go_on(struct session *session, int status) {
    const char *command = session->result.command;
    bool stopped = status >= 128 || (status == STATUS_INCONCLUSIVE && session->options->budget_ns);
    static const char *const never[] = {"run", "watch", "check"};
    if (!stopped || !session->store.path || text_index(never, 3, command) >= 0)
        return;
    CLEANUP_FREE char *words =
        text_format("Go on with: plimsoll %s --resume %s\n", session->result.command, session->store.path);
    progress_text(&session->progress, words);
}

void session_tell_interrupt(struct session *session, int status) {
    if (status >= 128)
        progress_text(&session->progress, session->result.trial_count > 0
                                              ? "\nInterrupted. As far as it got:\n"
                                              : "\nInterrupted in its first run: nothing is known yet.\n");
}

void session_tell_losses(struct session *session, const struct trial *trial) {
    for (size_t i = 0; i < trial->evidence_count; i++) {
        if (strcmp(trial->evidence[i].source, STORE_LOSS) != 0)
            continue;
        progress_say(&session->progress, EXIT_HARNESS, "%s/%s", session->store.path,
                     trial->evidence[i].detail);
        session->incomplete = true;
    }
}

/* `run` shows its target's streams, and keeps something only where that is asked for. */
static void tell_where(struct session *session) {
    if (!session->store.path || strcmp(session->result.command, "run") == 0)
        return;
    CLEANUP_FREE char *words = text_format("Saved      %s%s\n", session->store.path,
                                           session->incomplete ? " (incomplete: see above)" : "");
    progress_text(&session->progress, words);
}

/* A failure to write, of ours: no word of what was given is wrong. */
static int lose(struct session *session, const struct error *error, bool *ret_lost) {
    *ret_lost = true;
    return fail(session, EXIT_HARNESS, error);
}

int session_save(struct session *session, int status) {
    struct error error;
    bool lost = false;
    CLEANUP_FREE char *document = document_result(&session->result);
    struct strbuf yaml = {0};
    if (recommendation_is_proven(&session->result.recommendation))
        emit_kubernetes(&session->result, &yaml);
    /* Each is tried whatever became of the others: a full disk must not keep the answer from stdout. */
    if (store_write(&session->store, "result.json", document, &error) < 0)
        status = lose(session, &error, &lost);
    if (yaml.length && store_write(&session->store, "recommendation.yaml", strbuf_text(&yaml), &error) < 0)
        status = lose(session, &error, &lost);
    /* What the run said before it was resumed holds no more. */
    if (!yaml.length && session->options->resume &&
        store_remove(&session->store, "recommendation.yaml", &error) < 0)
        status = lose(session, &error, &lost);
    const char *json = session->options->json;
    if (json && document_write("--json", json, document, strlen(document), &error) < 0)
        status = fail(session, EXIT_HARNESS, &error);
    strbuf_free(&yaml);
    if (!lost)
        tell_where(session);
    tell_how_to_go_on(session, status);
    return status;
}

void session_close(struct session *session) {
    cgroup_umbrella_close(&session->site);
    keeper_stop(&session->keeper);
    cgroup_site_close(&session->site);
    runner_limit_free(&session->runner);
    store_close(&session->store);
    free(session->target.program);
    free(session->words);
    image_facts_free(&session->image);
    engine_close(&session->engine);
    result_free(&session->result);
    witness_close(&session->witness);
    if (!interrupts)
        progress_wait(&session->progress);
    progress_end(&session->progress);
}
