#include "trial/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "trial/terminal.h"

/* execve() wants char *const, and does not write to the strings. */
static char shell_path[] = "/bin/sh";

/* What the child was doing when it failed; sent through the pipe with its errno. */
enum step { STEP_JOIN, STEP_STREAMS, STEP_DIRECTORY, STEP_USER, STEP_EXEC };

static const char *const step_names[] = {
    [STEP_JOIN] = "cannot join its cgroup", [STEP_STREAMS] = "cannot set up its standard streams",
    [STEP_DIRECTORY] = "cannot enter",      [STEP_USER] = "cannot become the user of --user",
    [STEP_EXEC] = "cannot execute",
};

struct failure {
    enum step step;
    int error_number;
};

/* Everything the child needs, made before the fork: after it, it only makes system calls. */
struct child_plan {
    const struct target *target;
    const struct launch_streams *streams;
    char **environment;
    char **shell_argv; /* for a script without "#!" */
    int procs_fd;      /* -1: already in the group, or there is none to join */
    bool ends_with_us; /* SIGKILL comes when we die, also once it runs */
    int report_fd;
    pid_t parent;
};

/* 0 where the file can be executed, else the errno that exec would give. */
static int check_program(const char *path, const char *cwd) {
    CLEANUP_FREE char *joined = cwd && *path != '/' ? text_format("%s/%s", cwd, path) : text_copy(path);
    struct stat status;
    if (stat(joined, &status) < 0)
        return errno;
    if (!S_ISREG(status.st_mode) || access(joined, X_OK) < 0)
        return EACCES;
    return 0;
}

static int not_startable(const char *name, int error_number, int *ret_status, struct error *error) {
    bool missing = error_number == ENOENT || error_number == ENOTDIR;
    *ret_status = missing ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
    if (missing)
        return error_plain(error, -error_number, "%s: no such program", name);
    return error_plain(error, -error_number, "%s: not executable", name);
}

int launch_resolve(const char *name, const char *cwd, char *const *extra_env, char **ret_program,
                   int *ret_status, struct error *error) {
    if (strchr(name, '/')) {
        int problem = check_program(name, cwd);
        if (problem)
            return not_startable(name, problem, ret_status, error);
        *ret_program = text_copy(name);
        return 0;
    }
    const char *path = text_variable(extra_env, "PATH");
    if (!path)
        path = getenv("PATH");
    if (!path)
        path = "/usr/local/bin:/usr/bin:/bin";
    int worst = ENOENT;
    while (*name) {
        size_t length = strcspn(path, ":");
        CLEANUP_FREE char *candidate =
            length ? text_format("%.*s/%s", (int)length, path, name) : text_format("./%s", name);
        int problem = check_program(candidate, cwd);
        if (problem == 0) {
            *ret_program = STEAL_POINTER(&candidate);
            return 0;
        }
        if (problem == EACCES)
            worst = EACCES;
        if (path[length] == '\0')
            break;
        path += length + 1;
    }
    return not_startable(*name ? name : "''", worst, ret_status, error);
}

static bool parse_id(const char *text, unsigned *ret) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || value >= UINT32_MAX)
        return false;
    *ret = (unsigned)value;
    return true;
}

int run_as_parse(const char *text, struct run_as *ret, struct error *error) {
    struct run_as as = {.set = true};
    const char *colon = strchr(text, ':');
    CLEANUP_FREE char *user = text_copy_bytes(text, colon ? (size_t)(colon - text) : strlen(text));
    struct passwd *entry = getpwnam(user);
    if (entry) {
        as.uid = entry->pw_uid;
        as.gid = entry->pw_gid;
    } else if (parse_id(user, &as.uid)) {
        entry = getpwuid(as.uid);
        as.gid = entry ? entry->pw_gid : as.uid;
    } else {
        return error_plain(error, -EINVAL,
                           "%s: no such user; give a name or a number, as in nobody or 1000:1000", text);
    }
    if (colon) {
        struct group *group = getgrnam(colon + 1);
        if (group)
            as.gid = group->gr_gid;
        else if (!parse_id(colon + 1, &as.gid))
            return error_plain(error, -EINVAL, "%s: no such group; give a name or a number", text);
    }
    *ret = as;
    return 0;
}

/* Drops supplementary groups, the user and every capability, in that order: each needs the rights of the
 * next. */
static int become(const struct run_as *as) {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
        (void)prctl(PR_CAPBSET_DROP,
                    capability); /* needs CAP_SETPCAP; the sets that count are emptied below */
    if (geteuid() == 0 && setgroups(0, NULL) < 0)
        return -1;
    if (setresgid(as->gid, as->gid, as->gid) < 0 || setresuid(as->uid, as->uid, as->uid) < 0)
        return -1;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return (int)syscall(SYS_capset, &header, none);
}

void launch_reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int place_streams(const struct launch_streams *streams) {
    /* Lifted above 2 first, so that no dup2 overwrites one that is still to be placed. */
    int lifted[3] = {fcntl(streams->in, F_DUPFD_CLOEXEC, 3), fcntl(streams->out, F_DUPFD_CLOEXEC, 3),
                     fcntl(streams->err, F_DUPFD_CLOEXEC, 3)};
    for (int fd = 0; fd < 3; fd++)
        if (lifted[fd] < 0 || dup2(lifted[fd], fd) < 0)
            return -1;
    return 0;
}

/* The child's path from fork to exec. Returns the step that failed. */
static enum step run_child(const struct child_plan *plan) {
    const struct target *target = plan->target;
    /* Until it has joined its group nobody would find it if the harness died now. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan->parent)
        _exit(EXIT_HARNESS);
    if (plan->procs_fd >= 0 && write(plan->procs_fd, "0", 1) < 0)
        return STEP_JOIN;
    if (!plan->ends_with_us)
        prctl(PR_SET_PDEATHSIG, 0);
    setpgid(0, 0);
    if (plan->streams->terminal)
        terminal_give(plan->streams->in, getpid());
    launch_reset_signals();
    if (place_streams(plan->streams) < 0)
        return STEP_STREAMS;
    if (target->cwd && chdir(target->cwd) < 0)
        return STEP_DIRECTORY;
    if (target->user.set && become(&target->user) < 0)
        return STEP_USER;
    /* Without a limit of its own it shares ours: it, and not we, is to die of that. */
    if (plan->ends_with_us) {
        (void)file_write_text_at(AT_FDCWD, "/proc/self/oom_score_adj", "1000");
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* another user's is cleared */
    }
    execve(target->program, target->argv, plan->environment);
    if (errno == ENOEXEC)
        execve(shell_path, plan->shell_argv, plan->environment);
    return STEP_EXEC;
}

/* Where a seccomp filter or an old kernel knows no clone3(). */
static pid_t start_child_by_fork(int *ret_pidfd) {
    pid_t pid = fork();
    if (pid <= 0)
        return pid;
    *ret_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (*ret_pidfd < 0) {
        int error_number = errno;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        errno = error_number;
        return -1;
    }
    fcntl(*ret_pidfd, F_SETFD, FD_CLOEXEC);
    return pid;
}

/* fork() that can start the child inside a v2 group. */
static pid_t start_child(int clone_into_fd, int *ret_pidfd) {
    struct clone_args arguments = {
        .flags = CLONE_PIDFD | (clone_into_fd >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)ret_pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = clone_into_fd >= 0 ? (uint64_t)clone_into_fd : 0,
    };
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

static size_t count_texts(char *const *list) {
    size_t count = 0;
    while (list && list[count])
        count++;
    return count;
}

/* Puts "NAME=value" into a list that has room, in the place of one of that name. */
static void put_variable(char **list, char *variable) {
    size_t name_length = strcspn(variable, "=") + 1;
    while (*list && strncmp(*list, variable, name_length) != 0)
        list++;
    *list = variable;
}

/* Our environment, what --env adds to it, the settings and the group's marker (NULL: none). One block with
 * the texts of the last two behind the list, so that one free() releases it. */
static char **build_environment(char *const *extra, const struct runtime_advice *settings,
                                const char *marker) {
    size_t ours = count_texts(environ);
    size_t added = count_texts(extra);
    size_t setting_count = settings ? settings->setting_count : 0;
    size_t places = ours + added + setting_count + (marker != NULL) + 1;
    size_t text_bytes = marker ? strlen(marker) + 1 : 0;
    for (size_t i = 0; i < setting_count; i++)
        text_bytes += strlen(settings->settings[i].name) + strlen(settings->settings[i].value) + 2;
    char **list = calloc(1, places * sizeof *list + text_bytes);
    if (!list)
        abort();
    memcpy(list, environ, ours * sizeof *list);
    for (size_t i = 0; i < added; i++)
        put_variable(list, extra[i]);
    char *text = (char *)(list + places);
    for (size_t i = 0; i < setting_count; i++) {
        char *variable = text;
        text = stpcpy(stpcpy(stpcpy(text, settings->settings[i].name), "="), settings->settings[i].value) + 1;
        put_variable(list, variable);
    }
    if (marker)
        put_variable(list, memcpy(text, marker, strlen(marker) + 1));
    return list;
}

static char **build_shell_argv(const struct target *target) {
    size_t count = count_texts(target->argv);
    char **argv = calloc(count + 2, sizeof *argv);
    if (!argv)
        abort();
    argv[0] = shell_path;
    argv[1] = target->program;
    for (size_t i = 1; i < count; i++)
        argv[i + 1] = target->argv[i];
    return argv;
}

/* Reads the child's report: 0 where exec succeeded (the pipe closed silently), 1 where *ret was filled. */
static int read_report(int fd, struct failure *ret) {
    ssize_t length;
    do
        length = read(fd, ret, sizeof *ret);
    while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof *ret;
}

static int report_failure(const struct target *target, const struct failure *failure, int *ret_status,
                          struct error *error) {
    int code = -failure->error_number;
    if (failure->step == STEP_EXEC) {
        *ret_status = code == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
        error_system(error, code, "cannot execute %s", target->program);
        if (code == -ENOENT)
            error_advise(
                error,
                "the file is there, so the interpreter in its first line, or its dynamic loader, is missing");
        return code;
    }
    *ret_status = EXIT_HARNESS;
    return error_system(error, code, "%s%s%s", step_names[failure->step],
                        failure->step == STEP_DIRECTORY ? " " : "",
                        failure->step == STEP_DIRECTORY ? target->cwd : "");
}

int launch(const struct target *target, const struct runtime_advice *settings, const struct cgroup *group,
           const struct launch_streams *streams, struct launched *ret, int *ret_status, struct error *error) {
    *ret_status = EXIT_HARNESS;
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0)
        return error_system(error, -errno, "cannot make a pipe");
    CLEANUP_CLOSE int report_in = report[0];
    CLEANUP_CLOSE int report_out = report[1];
    CLEANUP_CLOSE int procs =
        group->tree ? -1 : openat(group->dirfd, group->ops->procs_name, O_WRONLY | O_CLOEXEC);
    if (procs < 0 && !group->tree)
        return error_system(error, -errno, "cannot open %s/%s", group->path, group->ops->procs_name);
    CLEANUP_FREE char *marker = cgroup_marker(group);
    CLEANUP_FREE char **environment = build_environment(target->extra_env, settings, marker);
    CLEANUP_FREE char **shell_argv = build_shell_argv(target);
    struct child_plan plan = {.target = target,
                              .streams = streams,
                              .environment = environment,
                              .shell_argv = shell_argv,
                              .procs_fd = procs,
                              .ends_with_us = group->tree != NULL,
                              .report_fd = report_out,
                              .parent = getpid()};
    int pidfd = -1;
    pid_t pid = -1;
    if (group->ops->clone_into && (pid = start_child(group->dirfd, &pidfd)) >= 0)
        plan.procs_fd = -1;
    /* EINVAL: older than 5.7. EACCES and the rest will come back from the write to cgroup.procs. */
    if (pid < 0)
        pid = start_child(-1, &pidfd);
    if (pid < 0 && (errno == ENOSYS || errno == EPERM))
        pid = start_child_by_fork(&pidfd);
    if (pid < 0)
        return error_system(error, -errno, "cannot fork");
    if (pid == 0) {
        struct failure failure = {.step = run_child(&plan)};
        failure.error_number = errno;
        ssize_t told = write(plan.report_fd, &failure, sizeof failure);
        _exit(told == (ssize_t)sizeof failure ? EXIT_HARNESS : EXIT_NOT_EXECUTABLE);
    }
    setpgid(pid, pid); /* also here, so that it holds whoever runs first; fails after exec, when it is done */
    close(steal_fd(&report_out));
    struct failure failure;
    if (read_report(report_in, &failure)) {
        siginfo_t info;
        waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
        close(pidfd);
        return report_failure(target, &failure, ret_status, error);
    }
    cgroup_joined(group, pid);
    *ret = (struct launched){.pid = pid, .pidfd = pidfd};
    return 0;
}
