#include "trial/container.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "kernel/parse.h"
#include "trial/inspect.h"

/* While it is being started its group is looked for so often, and the engine is asked so often how far it is.
 * A start takes some 300 ms; asking costs a process. */
#define LOOK_INTERVAL_NS NS_PER_MS
#define ASK_INTERVAL_NS  (300 * NS_PER_MS)

/* Once its main process is followed there is nothing to ask for, unless the start of its program was missed.
 */
#define ASK_LATE_NS      (2 * NS_PER_S)
#define START_TIMEOUT_NS (120 * NS_PER_S)

/* From an interrupt to giving up a start that does not come to its end. */
#define INTERRUPT_GRACE_NS (2 * NS_PER_S)

/* What is left to do once its main process has ended takes an engine some 100 ms. */
#define COLLECT_TIMEOUT_NS (15 * NS_PER_S)
#define COLLECT_PAUSE_NS   (20 * NS_PER_MS)

/* For finding out whether the engine is there at all. */
#define CHECK_TIMEOUT_NS (5 * NS_PER_S)

/* The engine's command ends with the container. Where it has ended and the container goes on, the engine or
 * its command was ended. */
#define LOST_AFTER_NS (1 * NS_PER_S)

/* A container whose making was cut short may still come to be. */
#define MAY_COME_NS (5 * NS_PER_S)

/* With an engine that answers, and with one that was seen not to. */
#define REMOVE_TIMEOUT_NS      (60 * NS_PER_S)
#define REMOVE_LOST_TIMEOUT_NS (10 * NS_PER_S)

/* ---- what `create` is told ---- */

struct words {
    char **list;
    size_t count;
};

static void add_owned(struct words *words, char *word) {
    char **grown = realloc(words->list, (words->count + 2) * sizeof *grown);
    if (!grown)
        abort();
    words->list = grown;
    words->list[words->count++] = word;
    words->list[words->count] = NULL;
}

static void add(struct words *words, const char *word) {
    add_owned(words, text_copy(word));
}

static void add_pair(struct words *words, const char *option, const char *value) {
    add(words, option);
    add(words, value);
}

static bool same_variable(const char *left, const char *right) {
    size_t length = strcspn(left, "=") + 1;
    return strncmp(left, right, length) == 0;
}

/* The last of several that set a variable counts, and a setting counts more than any. */
static void add_environment(struct words *words, char *const *variables,
                            const struct runtime_advice *settings) {
    for (size_t i = 0; variables && variables[i]; i++) {
        bool replaced = false;
        for (size_t j = i + 1; variables[j]; j++)
            replaced = replaced || same_variable(variables[i], variables[j]);
        for (size_t j = 0; settings && j < settings->setting_count; j++) {
            const char *name = settings->settings[j].name;
            size_t length = strlen(name);
            replaced = replaced || (strncmp(variables[i], name, length) == 0 && variables[i][length] == '=');
        }
        if (!replaced)
            add_pair(words, "--env", variables[i]);
    }
    for (size_t i = 0; settings && i < settings->setting_count; i++) {
        add(words, "--env");
        add_owned(words, text_format("%s=%s", settings->settings[i].name, settings->settings[i].value));
    }
}

static void add_each(struct words *words, const char *option, char *const *values) {
    for (size_t i = 0; values && values[i]; i++)
        add_pair(words, option, values[i]);
}

struct known_i64 container_limit(const struct trial_spec *spec) {
    return spec->limit_bytes.known ? spec->limit_bytes : spec->guard_bytes;
}

static void add_limit(struct words *words, const struct container_order *order) {
    struct known_i64 limit = container_limit(order->spec);
    if (!limit.known)
        return;
    int64_t both = limit.value + order->spec->swap_bytes + order->swap_slack_bytes;
    add(words, "--memory");
    add_owned(words, text_format("%lldb", (long long)limit.value));
    add(words, "--memory-swap");
    add_owned(words, text_format("%lldb", (long long)both));
}

char **container_arguments(const struct container_order *order) {
    const struct container_image *image = &order->target->image;
    struct words words = {0};
    add(&words, "create");
    add_pair(&words, "--name", order->name);
    add_pair(&words, "--label", "plimsoll=1");
    add(&words, "--label");
    add_owned(&words, text_format("plimsoll.pid-namespace=%s", order->pid_namespace));
    /* What is not here was found to be missing before; a registry is nobody's wish. */
    add_pair(&words, "--pull", "never");
    /* Its output is kept by us; nerdctl passes on only what it logs. */
    if (strcmp(order->engine, "nerdctl") != 0)
        add_pair(&words, "--log-driver", "none");
    add_limit(&words, order);
    if (order->interactive)
        add(&words, "--interactive");
    add_environment(&words, order->target->extra_env, order->spec->settings);
    add_each(&words, "--publish", image->publish);
    add_each(&words, "--volume", image->volumes);
    if (image->network)
        add_pair(&words, "--network", image->network);
    if (image->workdir)
        add_pair(&words, "--workdir", image->workdir);
    if (image->user)
        add_pair(&words, "--user", image->user);
    if (image->entrypoint)
        add_pair(&words, "--entrypoint", image->entrypoint);
    add(&words, image->name);
    for (size_t i = 0; order->target->argv[i]; i++)
        add(&words, order->target->argv[i]);
    return words.list;
}

void container_arguments_free(char **arguments) {
    for (size_t i = 0; arguments && arguments[i]; i++)
        free(arguments[i]);
    free(arguments);
}

/* ---- asking the engine ---- */

static struct tool_patience patience_of(const struct container *container, int64_t timeout_ns) {
    return (struct tool_patience){.timeout_ns = timeout_ns,
                                  .interrupts = container->machine.interrupts,
                                  .wait_mask = container->machine.wait_mask};
}

static bool interrupted(const struct container *container) {
    return *container->machine.interrupts > 0;
}

/* What the engine answered to `container inspect`. -ENOENT: it knows no such container. */
static int read_answer(const struct container *container, const struct tool_answer *answer,
                       struct container_state *ret, struct error *error) {
    const char *engine = container->machine.engine->tool.name;
    if (answer->status == 0)
        return container_state_parse(strbuf_text(&answer->out), engine, ret, error);
    CLEANUP_FREE char *words = tool_last_words(answer);
    return error_plain(error, engine_says_missing(words) ? -ENOENT : -EIO, "%s: %.1000s", engine, words);
}

/* Asks, and waits for the answer. Release *ret with container_state_free(). */
static int ask(const struct container *container, struct container_state *ret, struct error *error) {
    struct tool_patience patience = patience_of(container, COLLECT_TIMEOUT_NS);
    char *arguments[] = {(char[]){"container"}, (char[]){"inspect"}, container->name, NULL};
    struct tool_answer answer = {0};
    int code = tool_run(&container->machine.engine->tool, arguments, &patience, &answer, error);
    if (code == 0)
        code = read_answer(container, &answer, ret, error);
    tool_answer_free(&answer);
    return code;
}

static void lose(struct container *container, const char *why) {
    if (!container->lost)
        container->lost = text_copy(why);
}

/* The engine could not be asked, or had no answer worth the name: is it there at all? */
static void lose_engine(struct container *container, const char *otherwise) {
    struct tool_patience patience = patience_of(container, CHECK_TIMEOUT_NS);
    struct error error;
    bool gone = engine_check(container->machine.engine, &patience, &error) < 0;
    lose(container, gone ? error.what : otherwise);
}

/* Words of an engine that put the blame for a container that was not made or not started on its limit. */
static bool blames_limit(const char *words) {
    static const char *const phrases[] = {"memory limit", "OOM-killed", "oom-kill", "cannot allocate memory",
                                          "out of memory"};
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (strcasestr(words, phrases[i]))
            return true;
    return false;
}

/* ---- making it ---- */

/* "4026531836" of "pid:[4026531836]": pids in names of containers count in this namespace alone. */
static char *pid_namespace(void) {
    char link[64];
    ssize_t length = readlink("/proc/self/ns/pid", link, sizeof link - 1);
    link[length > 0 ? length : 0] = '\0';
    const char *number = strchr(link, '[');
    return number ? text_copy_bytes(number + 1, strcspn(number + 1, "]")) : text_copy("unknown");
}

/* A terminal is not lent to a container: the engine's command has a session of its own. */
static bool gives_stdin(const struct target *target, const struct trial_spec *spec) {
    return target->stdin_path || (spec->inherit_streams && !isatty(STDIN_FILENO));
}

static int make(struct container *container, const struct target *target, struct error *error) {
    const struct container_machine *machine = &container->machine;
    CLEANUP_FREE char *namespace = pid_namespace();
    struct container_order order = {
        .engine = machine->engine->tool.name,
        .name = container->name,
        .pid_namespace = namespace,
        .target = target,
        .spec = container->spec,
        /* v1's combined limit takes the blame for every OOM where it is as tight as the other, without
         * counting it: one page looser it leaves that to the limit that counts. */
        .swap_slack_bytes = machine->site->ops == &cgroup_v1_ops ? machine->page_bytes : 0,
        .interactive = container->interactive,
    };
    struct tool_patience patience = patience_of(container, START_TIMEOUT_NS);
    struct tool_answer answer = {0};
    char **arguments = container_arguments(&order);
    int code = tool_do(&machine->engine->tool, arguments, &patience, &answer, error);
    container_arguments_free(arguments);
    if (code == -EIO && container->spec->limit_bytes.known && blames_limit(error->what)) {
        container->refusal = text_copy(error->what);
        return 0;
    }
    if (code == 0)
        container->id = text_copy_bytes(strbuf_text(&answer.out), strcspn(strbuf_text(&answer.out), "\r\n"));
    tool_answer_free(&answer);
    return code;
}

int container_create(struct container *container, const struct container_machine *machine,
                     const struct target *target, const struct trial_spec *spec, struct error *error) {
    *container = (struct container){.machine = *machine,
                                    .spec = spec,
                                    .interactive = gives_stdin(target, spec),
                                    .client_pidfd = -1,
                                    .pidfd = -1};
    CLEANUP_FREE char *path = cgroup_next_path(machine->site);
    CLEANUP_FREE char *name = text_copy(basename(path));
    int code = keeper_watch_container(machine->keeper, machine->site, machine->engine, name, error);
    if (code < 0)
        return code;
    container->name = STEAL_POINTER(&name);
    code = make(container, target, error);
    if (code == 0 && interrupted(container))
        code = error_plain(error, -EINTR, "interrupted");
    if (code == -EINTR)
        lose(container, error->what);
    return code;
}

/* ---- finding its group and its main process ---- */

/* Where engines put the group of a container, as seen from the hierarchy's top. What the engine says of the
 * main process is the truth, but comes late: these are looked at from the start on. */
static const struct {
    const char *before; /* the id */
    const char *after;
} places[] = {
    {"/docker/", ""},                     /* Docker, cgroupfs */
    {"/system.slice/docker-", ".scope"},  /* Docker, systemd */
    {"/libpod_parent/libpod-", ""},       /* podman, cgroupfs */
    {"/machine.slice/libpod-", ".scope"}, /* podman, systemd */
    {"/default/", ""},                    /* nerdctl, cgroupfs */
    {"/system.slice/nerdctl-", ".scope"}, /* nerdctl, systemd */
};

/* A start while it goes on. */
struct start {
    struct cgroup group; /* ops NULL: not found yet */
    bool seen;           /* the main process was; these tell the program it was running then */
    dev_t program_dev;
    ino_t program_ino;
    int64_t begun_ns;
    int64_t ask_ns;               /* when the engine is asked next */
    struct running_tool question; /* it was asked, and has not answered yet */
    bool waits;                   /* the main process is followed */
};

static void open_group(struct container *container, const char *path, struct start *start) {
    struct error error;
    if (access(path, F_OK) < 0 ||
        cgroup_attach(container->machine.site->ops, path, true, &start->group, &error) < 0)
        return;
    if (keeper_watch_processes(container->machine.keeper, container->machine.site, path, &error) == 0)
        container->watched = text_copy(path);
}

static void look_for_group(struct container *container, struct start *start) {
    const struct engine *engine = container->machine.engine;
    if (engine->group_prefix) {
        CLEANUP_FREE char *path =
            text_format("%s%s%s", engine->group_prefix, container->id, engine->group_suffix);
        open_group(container, path, start);
    }
    for (size_t i = 0; !start->group.ops && i < sizeof places / sizeof *places; i++) {
        CLEANUP_FREE char *path = text_format("%s%s%s%s", container->machine.site->mount_point,
                                              places[i].before, container->id, places[i].after);
        open_group(container, path, start);
    }
}

/* Up to the component that the engine named after the container: some runtimes put the processes into a group
 * below it, and the limit on it. False where there is none. */
static bool cut_after_id(char *path, const char *id) {
    char *found = strstr(path, id);
    char *slash = found ? strchr(found, '/') : NULL;
    if (slash)
        *slash = '\0';
    return found;
}

/* Has this process pid 1 in a namespace below ours? */
static bool is_first_of_namespace(pid_t pid) {
    char path[64];
    char text[8192];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0)
        return false;
    const char *line = strstr(text, "\nNSpid:");
    int seen = 0;
    int last = 0;
    int length = 0;
    for (const char *at = line ? line + strlen("\nNSpid:") : ""; sscanf(at, "%d%n", &last, &length) == 1;) {
        at += length;
        seen++;
        if (*at == '\n')
            break;
    }
    return seen >= 2 && last == 1;
}

/* The file that a process runs; false where that cannot be told. */
static bool program_of(pid_t pid, dev_t *ret_dev, ino_t *ret_ino) {
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    if (stat(path, &status) < 0)
        return false;
    *ret_dev = status.st_dev;
    *ret_ino = status.st_ino;
    return true;
}

static int open_pidfd(pid_t pid) {
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd >= 0)
        fcntl(pidfd, F_SETFD, FD_CLOEXEC);
    return pidfd;
}

/* Takes a process as the main one, unless its number has become another's meanwhile. */
static void take_main(struct container *container, struct start *start, pid_t pid) {
    int pidfd = open_pidfd(pid);
    if (pidfd >= 0 && !cgroup_holds(&start->group, pid)) {
        close(pidfd);
        return;
    }
    container->pid = pid;
    container->pidfd = pidfd;
    if (pidfd < 0)
        return;
    start->seen = program_of(pid, &start->program_dev, &start->program_ino);
    cgroup_cpu_open(pid, &container->cpu);
}

static void look_for_main(struct container *container, struct start *start) {
    char text[4096];
    if (file_read_text_at(start->group.dirfd, start->group.ops->procs_name, text, sizeof text) <= 0)
        return;
    for (char *save = NULL, *word = strtok_r(text, "\n", &save); word && container->pidfd < 0;
         word = strtok_r(NULL, "\n", &save)) {
        pid_t pid = (pid_t)strtol(word, NULL, 10);
        if (pid > 0 && is_first_of_namespace(pid))
            take_main(container, start, pid);
    }
}

/* The runtime sets the container up in what becomes its main process, which then turns into the program. */
static bool runs_program(const struct container *container, const struct start *start) {
    dev_t dev;
    ino_t ino;
    return start->seen && program_of(container->pid, &dev, &ino) &&
           (dev != start->program_dev || ino != start->program_ino);
}

/* Nanoseconds of the monotonic clock for those since 1970 that the engine gives. */
static int64_t monotonic_of(struct known_i64 since_1970_ns) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ago = now.tv_sec * NS_PER_S + now.tv_nsec - since_1970_ns.value;
    return clock_now_ns() - ago;
}

/* What the next container's group is called follows from what this one's is. */
static void learn_place(struct engine *engine, const char *path, const char *id) {
    const char *found = strstr(path, id);
    if (engine->group_prefix || !found)
        return;
    engine->group_prefix = text_copy_bytes(path, (size_t)(found - path));
    engine->group_suffix = text_copy(found + strlen(id));
}

/* By the pid that the engine tells. Returns 0 also where it has just ended. */
static int follow_pid(struct container *container, pid_t pid, struct start *start, struct error *error) {
    struct cgroup_layout layout = {0};
    int code = cgroup_layout_of(pid, &layout, error);
    if (code == -ESRCH)
        return 0;
    if (code < 0)
        return code;
    if (layout.ops == container->machine.site->ops && cut_after_id(layout.own_path, container->id)) {
        open_group(container, layout.own_path, start);
        if (start->group.ops)
            learn_place(container->machine.engine, layout.own_path, container->id);
        if (start->group.ops && container->pidfd < 0)
            take_main(container, start, pid);
    } else {
        code = error_plain(
            error, -ENOTSUP,
            "%s: its container's main process, %d, is none of this machine's: what it uses cannot "
            "be seen from here",
            container->machine.engine->tool.name, (int)pid);
        error_advise(error, "run plimsoll on the machine that the engine runs on");
    }
    cgroup_layout_free(&layout);
    return code;
}

/* Asks how far the start is. The answer is not waited for: a whole life could pass meanwhile. */
static int ask_about_start(const struct container *container, struct start *start, struct error *error) {
    char *arguments[] = {(char[]){"container"}, (char[]){"inspect"}, container->name, NULL};
    return tool_begin(&container->machine.engine->tool, arguments, &start->question, error);
}

static int take_answer(struct container *container, struct start *start, struct error *error) {
    struct container_state state = {0};
    struct tool_answer answer = {0};
    tool_end(&start->question, &answer);
    int code = read_answer(container, &answer, &state, error);
    tool_answer_free(&answer);
    if (code == 0 && state.running && state.pid > 0) {
        if (!start->group.ops || container->pidfd < 0)
            code = follow_pid(container, state.pid, start, error);
        if (code == 0 && container->pidfd >= 0)
            start->begun_ns = state.started_ns.known ? monotonic_of(state.started_ns) : clock_now_ns();
    }
    container_state_free(&state);
    start->ask_ns = clock_now_ns() + ASK_INTERVAL_NS;
    return code;
}

/* ---- the command that starts it ---- */

static int spawn_client(struct container *container, struct streams *streams, struct error *error) {
    struct launch_streams ends = streams_for_target(streams);
    char *with_stdin[] = {(char[]){"start"}, (char[]){"--attach"}, (char[]){"--interactive"}, container->name,
                          NULL};
    char *without[] = {(char[]){"start"}, (char[]){"--attach"}, container->name, NULL};
    CLEANUP_CLOSE int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int code = tool_spawn(&container->machine.engine->tool, container->interactive ? with_stdin : without,
                          (int[3]){container->interactive ? ends.in : null, ends.out, ends.err},
                          &container->client_pid, &container->client_pidfd, error);
    if (code == 0)
        streams_started(streams);
    return code;
}

int container_client_fd(const struct container *container) {
    return container->client_pidfd;
}

bool container_owns(const struct container *container, pid_t pid) {
    return container->client_pid > 0 && container->client_pid == pid;
}

void container_client_ended(struct container *container, int64_t now_ns) {
    siginfo_t info = {0};
    if (container->client_pidfd < 0)
        return;
    while (waitid(P_PIDFD, (id_t)container->client_pidfd, &info, WEXITED) < 0 && errno == EINTR)
        ;
    container->client_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    container->client_ended_ns = now_ns;
    container->client_pid = 0;
    close(steal_fd(&container->client_pidfd));
}

/* Signals but this one it would pass on to the container. */
static void kill_client(struct container *container) {
    if (container->client_pid > 0)
        tool_kill(container->client_pid);
    container_client_ended(container, clock_now_ns());
}

/* Waits for at most `timeout_ns`, for the main process (`pidfd`, -1: not), for the client, and for output
 * that is taken. Of the standard error nothing is passed on yet: what the engine says of a start that fails
 * is told once. */
static void wait_a_while(struct container *container, int pidfd, struct streams *streams,
                         int64_t timeout_ns) {
    struct timespec timeout = {.tv_sec = timeout_ns / NS_PER_S, .tv_nsec = timeout_ns % NS_PER_S};
    struct pollfd fds[2 + STREAMS_POLL_FDS] = {{.fd = pidfd, .events = POLLIN},
                                               {.fd = container->client_pidfd, .events = POLLIN}};
    streams_poll(streams, fds + 2);
    fds[4].fd = -1;
    if (ppoll(fds, sizeof fds / sizeof *fds, &timeout, container->machine.wait_mask) <= 0)
        return;
    streams_handle(streams, fds + 2);
    int64_t now = clock_now_ns();
    if (fds[0].revents && !container->end_ns)
        container->end_ns = now;
    if (fds[1].revents)
        container_client_ended(container, now);
}

/* Waits until the client has ended, so that all output is there. False: it does not end. */
static bool wait_for_client(struct container *container, struct streams *streams) {
    int64_t deadline = clock_now_ns() + COLLECT_TIMEOUT_NS;
    int before = (int)*container->machine.interrupts;
    while (container->client_pidfd >= 0) {
        int64_t now = clock_now_ns();
        if (*container->machine.interrupts > before && deadline > now + INTERRUPT_GRACE_NS)
            deadline = now + INTERRUPT_GRACE_NS;
        if (now >= deadline)
            return false;
        wait_a_while(container, -1, streams, deadline - now);
    }
    return true;
}

/* ---- what was read ---- */

static void keep_known(struct known_i64 *slot, struct known_i64 value) {
    if (value.known)
        *slot = value;
}

void container_read_counters(struct container *container, const struct cgroup *group) {
    struct container_counters *counters = &container->counters;
    struct group_events now = {0};
    if (!group->ops)
        return;
    group->ops->read_events(group->dirfd, true, &now);
    if (!now.oom_kills.known)
        return; /* it is gone */
    counters->events = now;
    keep_known(&counters->limit_bytes, group->ops->read_limit(group->dirfd));
    keep_known(&counters->stall_us, group->ops->read_stall_us(group->dirfd));
    struct cgroup_cpu_time cpu = cgroup_cpu_read(&container->cpu);
    keep_known(&counters->cpu.total_us, cpu.total_us);
    keep_known(&counters->cpu.user_us, cpu.user_us);
}

void container_ended(struct container *container, const struct cgroup *group, int64_t now_ns) {
    if (group->ops) {
        struct known_i64 kills = group->ops->read_oom_kills(group);
        container_read_counters(container, group);
        container->counters_at_end = kills.known;
        known_raise(&container->counters.events.oom_kills, kills);
    }
    if (!container->end_ns)
        container->end_ns = now_ns;
}

/* ---- starting it ---- */

/* One round of looking. Returns 0, or a failure. */
static int look(struct container *container, struct start *start, struct error *error) {
    if (!start->group.ops)
        look_for_group(container, start);
    container_read_counters(container, &start->group);
    if (start->group.ops && container->pidfd < 0)
        look_for_main(container, start);
    int64_t now = clock_now_ns();
    if (container->pidfd >= 0 && !start->begun_ns && runs_program(container, start))
        start->begun_ns = now;
    if (container->pidfd >= 0 && !start->waits) {
        start->waits = true;
        start->ask_ns = now + ASK_LATE_NS;
        tool_end(&start->question, NULL);
    }
    if (start->question.pid)
        return tool_take(&start->question) ? take_answer(container, start, error) : 0;
    if (!start->begun_ns && now >= start->ask_ns)
        return ask_about_start(container, start, error);
    return 0;
}

static bool is_over(const struct container *container) {
    return container->end_ns || container->client_ended_ns || container->lost;
}

/* Until its program runs, or it has ended, or could not be started. -EINTR, -ETIME. */
static int wait_for_start(struct container *container, struct streams *streams, struct start *start,
                          struct error *error) {
    int64_t deadline = clock_now_ns() + START_TIMEOUT_NS;
    start->ask_ns = clock_now_ns() + ASK_INTERVAL_NS;
    while (!is_over(container) && !start->begun_ns) {
        int code = look(container, start, error);
        if (code == -EINTR || code == -ENOTSUP)
            return code;
        if (code < 0)
            lose_engine(container, error->what);
        if (start->begun_ns)
            break;
        int64_t now = clock_now_ns();
        if (interrupted(container) && deadline > now + INTERRUPT_GRACE_NS)
            deadline = now + INTERRUPT_GRACE_NS;
        if (now >= deadline && interrupted(container))
            return error_plain(error, -EINTR, "interrupted");
        if (now >= deadline)
            return error_plain(error, -ETIME, "%s start: it has not started after %s",
                               container->machine.engine->tool.name, duration_text(START_TIMEOUT_NS).s);
        wait_a_while(container, container->pidfd, streams, LOOK_INTERVAL_NS);
        if (is_over(container))
            container_ended(container, &start->group, clock_now_ns());
    }
    return 0;
}

static int refuse_limit(const struct container *container, struct known_i64 got, struct error *error) {
    struct known_i64 wanted = container_limit(container->spec);
    struct short_text none = {"no limit"};
    return error_plain(error, -EIO,
                       "%s gave the container %s instead of %s: nothing is measured under another limit",
                       container->machine.engine->tool.name, got.known ? quantity_text(got.value).s : none.s,
                       wanted.known ? quantity_text(wanted.value).s : none.s);
}

/* Is the limit what was asked for? Read from the group; where that was gone too soon, as the engine has it.
 */
static int check_limit(const struct container *container, const struct cgroup *group,
                       struct known_i64 by_engine, struct error *error) {
    struct known_i64 wanted = container_limit(container->spec);
    struct known_i64 got = container->counters.limit_bytes;
    if (!got.known && group->ops && !container->end_ns)
        got = group->ops->read_limit(group->dirfd);
    else if (!got.known)
        got = by_engine;
    if (got.known == wanted.known && (!wanted.known || got.value == wanted.value))
        return 0;
    return refuse_limit(container, got, error);
}

/* Where the kernel does not account for swap an engine leaves it open, and a target that swaps does not die.
 * Only the limit of a group that is still there can be read; without swap on this machine it does not matter.
 */
static int check_swap(const struct container *container, const struct cgroup *group, struct error *error) {
    struct known_i64 limit = container_limit(container->spec);
    char text[64];
    if (!container->machine.swaps || !limit.known || !group->ops || container->end_ns)
        return 0;
    int64_t wanted = container->spec->swap_bytes;
    if (group->ops == &cgroup_v1_ops) /* memory and swap together */
        wanted += limit.value + container->machine.page_bytes;
    struct known_i64 got = UNKNOWN_I64;
    if (file_read_text_at(group->dirfd, group->ops->swap_name, text, sizeof text) >= 0)
        got = parse_number(text);
    if (got.known && got.value == wanted)
        return 0;
    error_plain(error, -EIO, "%s does not hold the container out of this machine's swap",
                container->machine.engine->tool.name);
    error_hint(error, "sudo swapoff --all");
    error_advise(error, "booting with swapaccount=1 does too");
    return -EIO;
}

/* It ended before it could be followed, or was not started at all: the engine tells which. */
static int tell_short_life(struct container *container, struct streams *streams, const struct cgroup *group,
                           int *ret_status, struct error *error) {
    const char *engine = container->machine.engine->tool.name;
    struct container_state state = {0};
    if (container->lost)
        return 0;
    if (!wait_for_client(container, streams))
        return error_plain(error, -ETIME, "%s start: it does not come to its end", engine);
    int code = ask(container, &state, error);
    if (code == -EINTR)
        return code;
    if (code < 0) {
        lose_engine(container, error->what);
        return 0;
    }
    if (!state.started_ns.known) {
        CLEANUP_FREE char *said = tail_text(&streams->tail);
        struct tool_answer answer = {0};
        strbuf_add(&answer.err, state.failure && *state.failure ? state.failure : said);
        CLEANUP_FREE char *words = tool_last_words(&answer);
        tool_answer_free(&answer);
        bool by_limit = known_or(container->counters.events.oom_kills, 0) > 0 || blames_limit(words);
        code = error_plain(error, -EIO, "%s start: %.1000s", engine, *words ? words : "it failed");
        int status = (int)known_or(state.exit_code, container->client_status);
        if (status == EXIT_NOT_FOUND || status == EXIT_NOT_EXECUTABLE)
            *ret_status = status;
        if (container->spec->limit_bytes.known && by_limit) {
            container->refusal = text_copy(error->what);
            code = 0;
        }
    } else {
        container->exit_code = state.exit_code;
        container->oom_killed = state.oom_killed;
        int64_t took = state.finished_ns.known ? state.finished_ns.value - state.started_ns.value : 0;
        container->start_ns = container->end_ns - (took > 0 ? took : 0);
        code = check_limit(container, group, state.memory_bytes, error);
    }
    container_state_free(&state);
    return code;
}

int container_start(struct container *container, struct streams *streams, struct cgroup *ret_group,
                    int *ret_status, struct error *error) {
    struct start start = {0};
    *ret_status = EXIT_HARNESS;
    int64_t asked_ns = clock_now_ns();
    int code = spawn_client(container, streams, error);
    if (code == 0)
        code = wait_for_start(container, streams, &start, error);
    tool_end(&start.question, NULL);
    if (code == 0 && is_over(container))
        code = tell_short_life(container, streams, &start.group, ret_status, error);
    else if (code == 0)
        code = check_limit(container, &start.group, UNKNOWN_I64, error);
    if (code == 0)
        code = check_swap(container, &start.group, error);
    if (code < 0) {
        cgroup_free(&start.group);
        if (code == -EINTR)
            lose(container, error->what);
        return code;
    }
    if (!container->start_ns)
        container->start_ns = start.begun_ns > asked_ns ? start.begun_ns : asked_ns;
    container->cpu_before = container->counters.cpu; /* read just before its program was seen */
    *ret_group = start.group;
    return 0;
}

/* ---- while it runs, and after ---- */

bool container_is_lost(struct container *container, int64_t now_ns) {
    if (!container->client_ended_ns || container->end_ns ||
        now_ns < container->client_ended_ns + LOST_AFTER_NS)
        return false;
    CLEANUP_FREE char *why =
        text_format("%s start --attach ended before the container did", container->machine.engine->tool.name);
    lose_engine(container, why);
    return true;
}

/* A mask of /proc/PID/status, "\nSigBlk:\t0000000000010000"; 0 where there is none. */
static uint64_t signal_mask(const char *status, const char *key) {
    const char *line = strstr(status, key);
    return line ? strtoull(line + strlen(key), NULL, 16) : 0;
}

bool container_ignores(pid_t main_pid, int number) {
    char path[64];
    char text[8192];
    snprintf(path, sizeof path, "/proc/%d/status", (int)main_pid);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) <= 0 || !strstr(text, "\nSigCgt:"))
        return false;
    uint64_t heeded = signal_mask(text, "\nSigBlk:") | signal_mask(text, "\nSigCgt:");
    return !(heeded >> (number - 1) & 1);
}

int container_signal(const struct container *container, int pidfd, int number) {
    if (pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) == 0 || errno != EPERM)
        return 0;
    /* Whoever may use the engine need not be allowed to signal what it runs. */
    CLEANUP_FREE char *value = text_format("%d", number);
    char *arguments[] = {(char[]){"kill"}, (char[]){"--signal"}, value, container->name, NULL};
    struct tool_patience patience = patience_of(container, COLLECT_TIMEOUT_NS);
    struct error error;
    return tool_do(&container->machine.engine->tool, arguments, &patience, NULL, &error);
}

/* The engine may not have noticed the end yet. */
static int ask_until_ended(const struct container *container, struct container_state *ret,
                           struct error *error) {
    int64_t deadline = clock_now_ns() + COLLECT_TIMEOUT_NS;
    for (;;) {
        int code = ask(container, ret, error);
        if (code < 0 || !ret->running)
            return code;
        container_state_free(ret);
        if (clock_now_ns() >= deadline)
            return error_plain(error, -ETIME, "%s: it calls a container running that has ended",
                               container->machine.engine->tool.name);
        nanosleep(&(struct timespec){.tv_nsec = COLLECT_PAUSE_NS}, NULL);
    }
}

void container_collect(struct container *container, struct streams *streams) {
    struct container_state state = {0};
    struct error error;
    if (container->lost)
        kill_client(container);
    if (container->refusal || container->exit_code.known || container->lost)
        return;
    if (!wait_for_client(container, streams))
        kill_client(container);
    int code = ask_until_ended(container, &state, &error);
    if (code == -ENOENT) {
        CLEANUP_FREE char *why = text_format("someone else removed the container %s", container->name);
        lose(container, why);
    } else if (code < 0) {
        lose_engine(container, error.what);
    } else {
        container->exit_code = state.exit_code;
        container->oom_killed = state.oom_killed;
    }
    container_state_free(&state);
}

struct cgroup_cpu_time container_cpu_time(const struct container *container) {
    return (struct cgroup_cpu_time){
        .total_us = known_delta(container->cpu_before.total_us, container->counters.cpu.total_us),
        .user_us = known_delta(container->cpu_before.user_us, container->counters.cpu.user_us)};
}

static void release(struct container *container) {
    free(container->name);
    free(container->id);
    free(container->watched);
    free(container->refusal);
    free(container->lost);
    if (container->pidfd >= 0)
        close(container->pidfd);
    cgroup_cpu_close(&container->cpu);
    *container = (struct container){.client_pidfd = -1, .pidfd = -1};
}

int container_remove(struct container *container, struct error *error) {
    if (!container->name)
        return 0;
    const struct container_machine *machine = &container->machine;
    struct tool_patience patience =
        patience_of(container, container->lost ? REMOVE_LOST_TIMEOUT_NS : REMOVE_TIMEOUT_NS);
    bool may_come = !container->id && !container->refusal;
    struct error inner;
    kill_client(container);
    int code = engine_remove_container(machine->engine, container->name, may_come ? MAY_COME_NS : 0,
                                       &patience, &inner);
    if (code < 0) {
        error_plain(error, code, "cannot remove the container %s: %s", container->name, inner.what);
        error_hint(error, "%s rm -f -v %s", machine->engine->tool.name, container->name);
    }
    /* Also where it is still there: the keeper could do no more, and the user is told. */
    keeper_release_container(machine->keeper, machine->engine, container->name);
    if (container->watched)
        keeper_release_processes(machine->keeper, container->watched);
    release(container);
    return code;
}

/* ---- what earlier runs left ---- */

int container_find_leftovers(const struct engine *engine, void (*found)(const char *name, void *context),
                             void *context, struct error *error) {
    CLEANUP_FREE char *namespace = pid_namespace();
    CLEANUP_FREE char *filter = text_format("label=plimsoll.pid-namespace=%s", namespace);
    char *arguments[] = {(char[]){"ps"},
                         (char[]){"--all"},
                         (char[]){"--filter"},
                         (char[]){"label=plimsoll=1"},
                         (char[]){"--filter"},
                         filter,
                         (char[]){"--format"},
                         (char[]){"{{.Names}}"},
                         NULL};
    struct tool_answer answer = {0};
    int code = tool_do(&engine->tool, arguments, &tool_patience_default, &answer, error);
    if (code < 0)
        return code;
    CLEANUP_FREE char *names = text_copy(strbuf_text(&answer.out));
    tool_answer_free(&answer);
    for (char *save = NULL, *name = strtok_r(names, "\r\n", &save); name;
         name = strtok_r(NULL, "\r\n", &save))
        if (cgroup_name_is_leftover(name))
            found(name, context);
    return 0;
}
