#include "trial/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "trial/launch.h"

/* After an interrupt: what is nearly done is worth waiting for, since it then is known what is there. */
#define INTERRUPT_GRACE_NS (2 * NS_PER_S)

/* Engines that copy a whole image for each container take their time. */
#define DEFAULT_TIMEOUT_NS (120 * NS_PER_S)

const struct tool_patience tool_patience_default = {.timeout_ns = DEFAULT_TIMEOUT_NS};

int tool_find(const char *name, struct tool *ret, struct error *error) {
    struct tool tool = {0};
    int status;
    if (launch_resolve(name, NULL, NULL, &tool.path, &status, error) < 0)
        return error_plain(error, -ENOENT, "%s is not installed", name);
    snprintf(tool.name, sizeof tool.name, "%s", name);
    *ret = tool;
    return 0;
}

void tool_close(struct tool *tool) {
    free(tool->path);
    *tool = (struct tool){0};
}

void tool_answer_free(struct tool_answer *answer) {
    strbuf_free(&answer->out);
    strbuf_free(&answer->err);
    *answer = (struct tool_answer){0};
}

/* ---- their words ---- */

/* logrus, as nerdctl prints it where stderr is no terminal: time="..." level=fatal msg="...". */
static char *unwrap_logged(const char *line) {
    const char *message = strstr(line, " msg=\"");
    if (!text_starts_with(line, "time=") || !message)
        return text_copy(line);
    char *text = text_copy(message + strlen(" msg=\""));
    char *to = text;
    for (const char *from = text; *from && *from != '"'; from++) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return text;
}

/* What comes after what matters: "See 'docker create --help'." */
static bool is_message(const char *line, size_t length) {
    return strspn(line, " \t\r") < length && !text_starts_with(line, "See '") &&
           !text_starts_with(line, "Run '") && !text_starts_with(line, "Usage:");
}

char *tool_last_words(const struct tool_answer *answer) {
    static const char *const prefixes[] = {"docker: ",
                                           "podman: ",
                                           "nerdctl: ",
                                           "Error response from daemon: ",
                                           "Error: ",
                                           "Error from server (NotFound): ",
                                           "Error from server (Forbidden): ",
                                           "Error from server (BadRequest): ",
                                           "error: "};
    const char *last = NULL;
    size_t last_length = 0;
    for (const char *line = strbuf_text(&answer->err); *line;) {
        size_t length = strcspn(line, "\n");
        if (is_message(line, length)) {
            last = line;
            last_length = length;
        }
        line += length + (line[length] == '\n');
    }
    if (!last)
        return text_copy("");
    CLEANUP_FREE char *line = text_copy_bytes(last, last_length);
    char *words = unwrap_logged(line);
    const char *at = words;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (text_starts_with(at, prefixes[i]))
            at += strlen(prefixes[i]);
    memmove(words, at, strlen(at) + 1);
    return words;
}

/* ---- running one ---- */

/* The child's path from fork to exec. */
static void become_tool(const struct tool *tool, char *const *argv, const int streams[3], pid_t parent) {
    /* Nobody would wait for it if the harness died. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_HARNESS);
    setsid();
    launch_reset_signals();
    int lifted[3];
    for (int fd = 0; fd < 3; fd++)
        lifted[fd] = fcntl(streams[fd], F_DUPFD_CLOEXEC, 3);
    for (int fd = 0; fd < 3; fd++)
        if (lifted[fd] < 0 || dup2(lifted[fd], fd) < 0)
            _exit(EXIT_HARNESS);
    execv(tool->path, argv);
    _exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* `tool ARGUMENTS...`: the list alone is owned. */
static char **command_of(const struct tool *tool, char *const *arguments) {
    size_t count = 0;
    while (arguments[count])
        count++;
    char **argv = calloc(count + 2, sizeof *argv);
    if (!argv)
        abort();
    argv[0] = tool->path;
    memcpy(argv + 1, arguments, count * sizeof *argv);
    return argv;
}

int tool_spawn(const struct tool *tool, char *const *arguments, const int streams[3], pid_t *ret_pid,
               int *ret_pidfd, struct error *error) {
    CLEANUP_FREE char **argv = command_of(tool, arguments);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return error_system(error, -errno, "cannot fork to run %s", tool->path);
    if (pid == 0)
        become_tool(tool, argv, streams, parent);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        int code = -errno;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return error_system(error, code, "cannot follow %s", tool->path);
    }
    fcntl(pidfd, F_SETFD, FD_CLOEXEC);
    *ret_pid = pid;
    *ret_pidfd = pidfd;
    return 0;
}

/* Takes what a pipe holds; what is beyond the bound is read and forgotten. */
static void take(int *fd, struct strbuf *to, size_t most) {
    char chunk[16384];
    while (*fd >= 0) {
        ssize_t length = read(*fd, chunk, sizeof chunk);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0 && errno == EAGAIN)
            return;
        if (length <= 0) {
            close(steal_fd(fd));
            return;
        }
        size_t room = most - to->length;
        strbuf_add_bytes(to, chunk, (size_t)length < room ? (size_t)length : room);
    }
}

static void close_pipes(struct running_tool *command) {
    if (command->out >= 0)
        close(steal_fd(&command->out));
    if (command->err >= 0)
        close(steal_fd(&command->err));
}

int tool_begin(const struct tool *tool, char *const *arguments, struct running_tool *ret,
               struct error *error) {
    struct running_tool command = {.pidfd = -1, .out = -1, .err = -1, .answer_bytes = TOOL_ANSWER_BYTES};
    CLEANUP_CLOSE int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CLEANUP_CLOSE int out_write = -1;
    CLEANUP_CLOSE int err_write = -1;
    int code = null < 0 ? error_system(error, -errno, "cannot open /dev/null") : 0;
    if (code == 0)
        code = file_open_pipe(&command.out, &out_write, error);
    if (code == 0)
        code = file_open_pipe(&command.err, &err_write, error);
    if (code == 0)
        code = tool_spawn(tool, arguments, (int[3]){null, out_write, err_write}, &command.pid, &command.pidfd,
                          error);
    if (code < 0)
        close_pipes(&command);
    else
        *ret = command;
    return code;
}

bool tool_take(struct running_tool *command) {
    struct pollfd fd = {.fd = command->pidfd, .events = POLLIN};
    bool ended = poll(&fd, 1, 0) > 0; /* first, so that nothing is said after it was taken */
    take(&command->out, &command->answer.out, command->answer_bytes);
    take(&command->err, &command->answer.err, command->answer_bytes);
    return ended;
}

void tool_kill(pid_t pid) {
    kill(pid, SIGKILL); /* alone, where it has no session of its own yet */
    kill(-pid, SIGKILL);
}

void tool_end(struct running_tool *command, struct tool_answer *ret) {
    siginfo_t info = {0};
    if (!command->pid)
        return;
    if (!tool_take(command))
        tool_kill(command->pid);
    while (waitid(P_PIDFD, (id_t)command->pidfd, &info, WEXITED) < 0 && errno == EINTR)
        ;
    command->answer.status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    close(command->pidfd);
    close_pipes(command);
    if (ret)
        *ret = command->answer;
    else
        tool_answer_free(&command->answer);
    *command = (struct running_tool){0};
}

/* Until it ends or patience does. Returns 0, -ETIME or -EINTR. */
static int wait_for(struct running_tool *command, const struct tool_patience *patience) {
    int64_t deadline = clock_now_ns() + patience->timeout_ns;
    int64_t grace = patience->at_once ? 0 : INTERRUPT_GRACE_NS;
    int before = patience->interrupts && !patience->at_once ? (int)*patience->interrupts : 0;
    bool interrupted = false;
    while (!tool_take(command)) {
        int64_t now = clock_now_ns();
        if (patience->interrupts && (int)*patience->interrupts > before && !interrupted) {
            interrupted = true;
            deadline = now + grace < deadline ? now + grace : deadline;
        }
        if (now >= deadline)
            return interrupted ? -EINTR : -ETIME;
        int64_t left = deadline - now;
        struct timespec timeout = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
        struct pollfd fds[] = {{.fd = command->pidfd, .events = POLLIN},
                               {.fd = command->out, .events = POLLIN},
                               {.fd = command->err, .events = POLLIN}};
        (void)ppoll(fds, 3, &timeout, patience->wait_mask);
    }
    return 0;
}

int tool_run(const struct tool *tool, char *const *arguments, const struct tool_patience *patience,
             struct tool_answer *ret, struct error *error) {
    struct running_tool command;
    struct tool_patience here = *patience;
    int64_t left = here.deadline_ns ? here.deadline_ns - clock_now_ns() : here.timeout_ns;
    if (left <= 0)
        return error_plain(error, -ETIME, "%s %s: not asked: what was asked before took too long", tool->name,
                           arguments[0]);
    if (left < here.timeout_ns)
        here.timeout_ns = left;
    int code = tool_begin(tool, arguments, &command, error);
    if (code < 0)
        return code;
    if (patience->answer_bytes)
        command.answer_bytes = patience->answer_bytes;
    code = wait_for(&command, &here);
    tool_end(&command, code == 0 ? ret : NULL);
    if (code == -ETIME)
        error_plain(error, code, "%s %s: no answer after %s", tool->name, arguments[0],
                    duration_text(here.timeout_ns).s);
    else if (code == -EINTR)
        error_plain(error, code, "%s %s: interrupted", tool->name, arguments[0]);
    return code;
}

int tool_do(const struct tool *tool, char *const *arguments, const struct tool_patience *patience,
            struct tool_answer *ret, struct error *error) {
    struct tool_answer answer = {0};
    int code = tool_run(tool, arguments, patience, &answer, error);
    if (code == 0 && answer.status) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        code = error_plain(error, -EIO, "%s %s: %.1000s", tool->name, arguments[0],
                           *words ? words : "failed and did not say why");
    }
    if (code == 0 && ret)
        *ret = answer;
    else
        tool_answer_free(&answer);
    return code;
}
