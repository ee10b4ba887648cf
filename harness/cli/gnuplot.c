#include "cli/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/units.h"
#include "output/plot_scripts.h"
#include "trial/launch.h"

#define DATA   "data.csv"
#define SCRIPT "script.gp"
#define WORDS  "words.txt"

/* A picture of a few hundred points is a hundredth of it. */
#define PICTURE_BYTES_MAX ((size_t)32 * MIB)

static const char *const names[] = {DATA, SCRIPT, WORDS, "picture.svg", "picture.png"};

static void hold_signals(struct gnuplot *gnuplot) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &gnuplot->blocked);
    gnuplot->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

int gnuplot_open(struct gnuplot *ret, struct error *error) {
    struct gnuplot gnuplot = {.dirfd = -1, .signals = -1};
    struct error inner;
    int status;
    if (launch_resolve("gnuplot", NULL, NULL, &gnuplot.program, &status, &inner) < 0) {
        error_plain(error, 0, "gnuplot is not installed");
        error_hint(error, "run: apt-get install gnuplot-nox");
        return -ENOENT;
    }
    hold_signals(&gnuplot);
    const char *temporary = getenv("TMPDIR");
    gnuplot.folder = text_format("%s/plimsoll-plot-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(gnuplot.folder)) {
        int code = error_system(error, -errno, "cannot make a folder %s", gnuplot.folder);
        free(STEAL_POINTER(&gnuplot.folder));
        gnuplot_close(&gnuplot);
        return code;
    }
    gnuplot.dirfd = open(gnuplot.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (gnuplot.dirfd < 0) {
        int code = error_system(error, -errno, "cannot open %s", gnuplot.folder);
        gnuplot_close(&gnuplot);
        return code;
    }
    *ret = gnuplot;
    return 0;
}

void gnuplot_close(struct gnuplot *gnuplot) {
    for (size_t i = 0; i < sizeof names / sizeof *names && gnuplot->dirfd >= 0; i++)
        (void)unlinkat(gnuplot->dirfd, names[i], 0);
    if (gnuplot->dirfd >= 0)
        close(gnuplot->dirfd);
    if (gnuplot->folder)
        (void)rmdir(gnuplot->folder);
    free(gnuplot->folder);
    free(gnuplot->program);
    if (gnuplot->signals >= 0)
        close(gnuplot->signals);
    sigset_t blocked = gnuplot->blocked;
    *gnuplot = (struct gnuplot){.dirfd = -1, .signals = -1};
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* Its words, within the folder. */
static int open_words(const struct gnuplot *gnuplot) {
    return openat(gnuplot->dirfd, WORDS, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* Starts it in the folder, with nothing to read and its words in a file. Returns 0 or a negative errno. */
static int start(const struct gnuplot *gnuplot, int words, pid_t *ret) {
    char program[] = "gnuplot";
    char defaults[] = "--default-settings"; /* nothing of ~/.gnuplot */
    char script[] = SCRIPT;
    char *const arguments[] = {program, defaults, script, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return -code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        /* In a session of its own it is out of the terminal's reach. */
        code = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
        if (code == 0)
            code = posix_spawnattr_setsigmask(&attributes, &gnuplot->blocked);
        if (code == 0)
            code = posix_spawn_file_actions_addfchdir_np(&actions, gnuplot->dirfd);
        if (code == 0)
            code = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (code == 0)
            code = posix_spawn_file_actions_adddup2(&actions, words, STDOUT_FILENO);
        if (code == 0)
            code = posix_spawn_file_actions_adddup2(&actions, words, STDERR_FILENO);
        if (code == 0)
            code = posix_spawn(ret, gnuplot->program, &actions, &attributes, arguments, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return -code;
}

/* Its exit status, or 128 + signal; -ETIME: it took too long, -EINTR: we were asked to end, and it was
 * killed.
 */
static int wait_for(const struct gnuplot *gnuplot, pid_t pid) {
    CLEANUP_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN}, {.fd = gnuplot->signals, .events = POLLIN}};
    int ready = poll(fds, 2, (int)(GNUPLOT_TIMEOUT_NS / NS_PER_MS));
    bool ended = ready > 0 && fds[0].revents;
    int status = 0;
    if (!ended)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (!ended)
        return ready == 0 ? -ETIME : -EINTR;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The line that says what is wrong: its last that holds more than a mark. */
static void last_words(int words, struct strbuf *ret) {
    char text[4096];
    ssize_t length = pread(words, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (strlen(line) > 1 && line[strspn(line, " ^")]) {
            strbuf_free(ret);
            text_add_visible(ret, line);
        }
}

static int run(struct gnuplot *gnuplot, struct error *error) {
    CLEANUP_CLOSE int words = open_words(gnuplot);
    pid_t pid = 0;
    int code = words < 0 ? -errno : start(gnuplot, words, &pid);
    if (code < 0)
        return error_system(error, code, "cannot run %s", gnuplot->program);
    code = wait_for(gnuplot, pid);
    if (code == 0)
        return 0;
    if (code < 0)
        return error_system(error, code, "%s", gnuplot->program);
    struct strbuf last = {0};
    last_words(words, &last);
    error_plain(error, -EIO, "gnuplot: exit status %d: %.400s", code, strbuf_text(&last));
    strbuf_free(&last);
    return -EIO;
}

static const char *script_of(const struct plot *plot) {
    for (const struct plot_script *script = plot_scripts; script->name; script++)
        if (strcmp(script->name, plot->script) == 0)
            return script->text;
    return "";
}

/* It need not outlive a crash, so nothing waits for the disk. */
static int put(const struct gnuplot *gnuplot, const char *name, const struct strbuf *text,
               struct error *error) {
    CLEANUP_CLOSE int fd = openat(gnuplot->dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int code = fd < 0 ? -errno : file_write_all(fd, strbuf_text(text), text->length);
    return code < 0 ? error_system(error, code, "cannot write %s/%s", gnuplot->folder, name) : 0;
}

int gnuplot_draw(struct gnuplot *gnuplot, const struct plot *plot, const char *end, char **ret_bytes,
                 size_t *ret_length, struct error *error) {
    struct strbuf script = {0};
    CLEANUP_FREE char *picture = text_format("picture.%s", end);
    strbuf_addf(&script, "data = \"" DATA "\"\nout = \"%s\"\n", picture);
    strbuf_add(&script, strbuf_text(&plot->settings));
    strbuf_add(&script, script_of(plot));
    int code = put(gnuplot, DATA, &plot->data, error);
    if (code == 0)
        code = put(gnuplot, SCRIPT, &script, error);
    strbuf_free(&script);
    if (code == 0)
        code = run(gnuplot, error);
    if (code < 0)
        return code;
    CLEANUP_CLOSE int fd = openat(gnuplot->dirfd, picture, O_RDONLY | O_CLOEXEC);
    code = fd < 0 ? -errno : file_read_open(fd, PICTURE_BYTES_MAX, ret_bytes, ret_length);
    return code < 0 ? error_system(error, code, "cannot read what gnuplot drew") : 0;
}
