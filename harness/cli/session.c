#include "cli/session.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/pace.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/limits.h"
#include "cli/resume.h"
#include "kernel/host.h"
#include "output/document.h"
#include "output/emit.h"
#include "trial/launch.h"

/* Left to the machine when a target runs without a limit, so that it cannot take the host down with it. */
#define HOST_RESERVE_BYTES (256 * MIB)
#define HOST_RESERVE_RATIO 0.05

/* Less than this is no room to search in. */
#define ROOM_LEAST_BYTES LIMIT_LEAST_BYTES

/* Set by the handler alone. */
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t interrupt_signal;

static void on_signal(int number) {
    interrupt_signal = number;
    interrupts++;
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
    sigprocmask(SIG_BLOCK, &set, &session->wait_mask);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        sigdelset(&session->wait_mask, taken[i]);
    signal(SIGPIPE, SIG_IGN);
}

/* Can this file be written once the run is over? Asked before it begins. */
static int check_writable(const char *path, struct error *error) {
    struct stat status;
    if (strcmp(path, "-") == 0)
        return 0;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return error_plain(error, -EISDIR, "--json %s: a folder; give a file", path);
    CLEANUP_FREE char *copy = text_copy(path);
    const char *folder = dirname(copy);
    if (stat(folder, &status) < 0 || access(folder, W_OK) < 0)
        return error_system(error, -errno, "--json %s: cannot write in the folder %s", path, folder);
    return 0;
}

static int check_folder(const char *path, const char *option, struct error *error) {
    struct stat status;
    if (stat(path, &status) < 0)
        return error_system(error, -errno, "%s %s", option, path);
    if (!S_ISDIR(status.st_mode))
        return error_plain(error, -ENOTDIR, "%s %s: not a folder", option, path);
    return 0;
}

/* Everything that can be told from the command line alone. Returns an exit status. */
static int prepare_target(struct session *session, struct error *error) {
    const struct options *options = session->options;
    struct target *target = &session->target;
    *target = (struct target){
        .argv = options->argv,
        .extra_env = options->env,
        .cwd = options->cwd,
        .stdin_path = options->stdin_path,
        .user = options->user,
        .stop_signal = options->stop_signal,
        .grace_ns = options->grace_ns,
        .stop_at_ns = options->for_ns,
    };
    memcpy(target->success, options->success, sizeof target->success);
    if (options->cwd && check_folder(options->cwd, "--cwd", error) < 0)
        return STATUS_USAGE;
    if (options->stdin_path && access(options->stdin_path, R_OK) < 0) {
        error_system(error, -errno, "--stdin %s", options->stdin_path);
        return STATUS_USAGE;
    }
    if (options->json && check_writable(options->json, error) < 0)
        return STATUS_USAGE;
    int status;
    if (launch_resolve(options->argv[0], options->cwd, options->env, &target->program, &status, error) < 0)
        return status;
    return STATUS_OK;
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
    CLEANUP_FREE char *program = text_copy(options->argv[0]);
    result->name = text_copy(options->name ? options->name : basename(program));
    result->command = text_copy(command);
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

/* Each step needs the ones before it. Returns an exit status. */
static int open_steps(struct session *session, const char *command, bool keep, struct error *error) {
    int status = prepare_target(session, error);
    if (status)
        return status;
    if (cgroup_site_open(&session->site, error) < 0)
        return STATUS_NOT_ALLOWED;
    describe(session, command);
    if (resume_check_host(session->options, &session->result.host, error) < 0)
        return STATUS_USAGE;
    measure_room(session);
    if (check_machine(session, error) < 0)
        return session->options->jobs > session->result.host.cpus ? STATUS_USAGE : STATUS_NOT_ALLOWED;
    if (keeper_start(&session->keeper, &session->site, error) < 0)
        return STATUS_NOT_ALLOWED;
    /* Last: nothing of an earlier run is touched for a run that cannot begin. */
    if (open_store(session, keep, error) < 0)
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

int session_open(struct session *session, const struct options *options, const char *command, bool keep) {
    struct error error;
    *session = (struct session){.options = options, .started_ns = clock_now_ns()};
    store_open_none(&session->store);
    progress_init(&session->progress, options->quiet);
    take_signals(session);
    int status = open_steps(session, command, keep, &error);
    if (status) {
        progress_error(&session->progress, &error);
        session_close(session);
        return status;
    }
    /* Without it nothing but the drop of cached files is lost, and search_run() says so where it is wanted.
     */
    if (keep)
        open_umbrella(session);
    session->can_evict = cgroup_umbrella_can_drop_cache(&session->site);
    /* What the target orphans comes to us, to be reaped or ended. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    session->machine = (struct trial_machine){
        .site = &session->site,
        .keeper = &session->keeper,
        .host = &session->result.host,
        .interrupts = &interrupts,
        .wait_mask = &session->wait_mask,
    };
    return STATUS_OK;
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

static void hook_progress(void *context, const struct trial_progress *now) {
    struct session *session = context;
    progress_live(&session->progress, now);
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
                                .progress = session->progress.live && live ? hook_progress : NULL};
    if (store_begin_trial(&session->store, spec->id, error) < 0)
        return STATUS_USAGE;
    if (trial_run(&session->target, spec, &session->machine, &hooks, ret, &session->target_status, error) < 0)
        return session->target_status;
    store_close_trial(&session->store, ret);
    return STATUS_OK;
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
        progress_text(&session->progress, "");
        return session_interrupt_status();
    }
    pace_judge(session->result.trials, session->result.trial_count, session->options->max_slowdown, trial);
    int code = store_keep_trial(&session->store, trial, &error);
    if (why)
        progress_row(&session->progress, trial, why, session->options->verbose);
    result_add_trial(&session->result, trial);
    if (code < 0)
        return fail(session, STATUS_USAGE, &error);
    return interrupted ? session_interrupt_status() : STATUS_OK;
}

int session_run(struct session *session, const struct trial_spec *spec, const char *why) {
    struct error error;
    struct trial trial = {0};
    int status = session_measure(session, spec, why != NULL, &trial, &error);
    return status ? fail(session, status, &error) : session_keep(session, &trial, why);
}

int session_interrupt_status(void) {
    return 128 + (int)interrupt_signal;
}

const struct trial *session_last(const struct session *session) {
    return &session->result.trials[session->result.trial_count - 1];
}

static int write_json(const char *path, const char *document, struct error *error) {
    if (strcmp(path, "-") == 0) {
        if (fputs(document, stdout) == EOF || fflush(stdout) == EOF)
            return error_system(error, -errno, "cannot write to standard output");
        return 0;
    }
    FILE *file = fopen(path, "we");
    if (!file)
        return error_system(error, -errno, "--json %s", path);
    int code = fputs(document, file) == EOF ? -errno : 0;
    if (fclose(file) == EOF && code == 0)
        code = -errno;
    return code < 0 ? error_system(error, code, "--json %s", path) : 0;
}

/* Stopped by the user, or by a budget that was given. */
static void tell_how_to_go_on(struct session *session, int status) {
    bool stopped = status >= 128 || (status == STATUS_INCONCLUSIVE && session->options->budget_ns);
    if (!stopped || !session->store.path || strcmp(session->result.command, "run") == 0)
        return;
    CLEANUP_FREE char *words =
        text_format("Go on with: plimsoll %s --resume %s\n", session->result.command, session->store.path);
    progress_text(&session->progress, words);
}

int session_save(struct session *session, int status) {
    struct error error;
    CLEANUP_FREE char *document = document_result(&session->result);
    struct strbuf yaml = {0};
    if (recommendation_is_proven(&session->result.recommendation))
        emit_kubernetes(&session->result, &yaml);
    /* Each is tried whatever became of the others: a full disk must not keep the answer from stdout. */
    if (store_write(&session->store, "result.json", document, &error) < 0)
        status = fail(session, STATUS_USAGE, &error);
    if (yaml.length && store_write(&session->store, "recommendation.yaml", strbuf_text(&yaml), &error) < 0)
        status = fail(session, STATUS_USAGE, &error);
    /* What the run said before it was resumed holds no more. */
    if (!yaml.length && session->options->resume &&
        store_remove(&session->store, "recommendation.yaml", &error) < 0)
        status = fail(session, STATUS_USAGE, &error);
    if (session->options->json && write_json(session->options->json, document, &error) < 0)
        status = fail(session, STATUS_USAGE, &error);
    strbuf_free(&yaml);
    tell_how_to_go_on(session, status);
    return status;
}

void session_close(struct session *session) {
    cgroup_umbrella_close(&session->site);
    keeper_stop(&session->keeper);
    cgroup_site_close(&session->site);
    store_close(&session->store);
    free(session->target.program);
    result_free(&session->result);
}
