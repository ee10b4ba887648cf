#include "cli/side_by_side.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "output/document.h"

/* How often the live line is drawn. */
#define LIVE_INTERVAL_MS 100

struct worker {
    const struct planned *planned;
    pid_t pid; /* 0: has ended */
    int fd;    /* what it says: the trial as a line of JSON, or an error's text */
    struct strbuf said;
};

/* The worker's whole life. The exit status tells whether a trial was said or what went wrong. */
static void work(struct session *session, const struct planned *planned, pid_t parent, int fd) {
    struct error error;
    struct trial trial = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(STATUS_INCONCLUSIVE);
    /* Ctrl-C reaches the harness alone, which passes it on: once is to ask, twice is to kill. */
    setpgid(0, 0);
    /* What its target orphans comes to it, as it would to the harness. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int status = session_measure(session, &planned->spec, false, &trial, &error);
    char *said = status ? text_copy(error.what) : document_trial_line(&trial);
    if (file_write_all(fd, said, strlen(said)) < 0)
        status = STATUS_INCONCLUSIVE;
    _exit(status);
}

static int start(struct session *session, const struct planned *planned, struct worker *ret) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0)
        return -errno;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        work(session, planned, parent, pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return -errno;
    }
    *ret = (struct worker){.planned = planned, .pid = pid, .fd = pair[0]};
    return 0;
}

/* A failure for want of a port or a file that the other one held would look like one for want of memory, and
 * so would a run that waits for the other. */
static bool tells_nothing(const struct trial *trial) {
    return trial->outcome == OUTCOME_FAILED || trial->outcome == OUTCOME_TIMEOUT || trial_stalled(trial);
}

/* Takes over what a worker that has ended has said. */
static int collect(struct session *session, struct worker *worker, bool *ret_disturbed) {
    int code = 0;
    struct error error;
    struct trial trial;
    while (waitpid(worker->pid, &code, 0) < 0 && errno == EINTR)
        ;
    worker->pid = 0;
    if (!WIFEXITED(code))
        return progress_say(&session->progress, STATUS_INCONCLUSIVE, "%s",
                            "a process of ours that measured a run was killed");
    if (WEXITSTATUS(code))
        return progress_say(&session->progress, WEXITSTATUS(code), "%s", strbuf_text(&worker->said));
    if (document_parse_trial(strbuf_text(&worker->said), "a run's own report", &trial, &error) < 0)
        return progress_say(&session->progress, STATUS_INCONCLUSIVE, "%s", error.what);
    if (tells_nothing(&trial)) {
        trial_add_evidence(&trial, "harness",
                           "it ended badly while another run was beside it: that may have been why");
        trial.outcome = OUTCOME_HARNESS_ERROR;
        *ret_disturbed = true;
    }
    return session_keep(session, &trial, worker->planned->why);
}

/* Reads on. False where the worker has said all. */
static bool listen_to(struct worker *worker) {
    char bytes[65536];
    ssize_t length = read(worker->fd, bytes, sizeof bytes);
    if (length > 0)
        strbuf_add_bytes(&worker->said, bytes, (size_t)length);
    return length > 0 || (length < 0 && errno == EINTR);
}

/* A worker ends its run when it is asked to, and at once when it is asked again. */
static void pass_on_interrupts(const struct session *session, const struct worker *workers, int count,
                               int *passed) {
    int interrupts = (int)*session->machine.interrupts;
    for (; *passed < interrupts; ++*passed)
        for (int i = 0; i < count; i++)
            if (workers[i].pid)
                kill(workers[i].pid, SIGTERM);
}

static int wait_for_all(struct session *session, struct worker *workers, int count, bool *ret_disturbed) {
    int worst = STATUS_OK;
    int passed = 0;
    int left = count;
    int64_t started_ns = clock_now_ns();
    while (left > 0) {
        struct pollfd fds[SIDE_BY_SIDE_MAX];
        struct timespec timeout = {.tv_nsec = LIVE_INTERVAL_MS * NS_PER_MS};
        for (int i = 0; i < count; i++)
            fds[i] = (struct pollfd){.fd = workers[i].pid ? workers[i].fd : -1, .events = POLLIN};
        int ready = ppoll(fds, (nfds_t)count, &timeout, session->machine.wait_mask);
        pass_on_interrupts(session, workers, count, &passed);
        progress_live_many(&session->progress, left, clock_now_ns() - started_ns);
        for (int i = 0; ready > 0 && i < count; i++) {
            if (!fds[i].revents || listen_to(&workers[i]))
                continue;
            int status = collect(session, &workers[i], ret_disturbed);
            worst = status > worst ? status : worst;
            left--;
        }
    }
    return worst;
}

int side_by_side_run(struct session *session, const struct planned *planned, int count, bool *ret_disturbed) {
    struct worker workers[SIDE_BY_SIDE_MAX] = {0};
    int started = 0;
    int status = STATUS_OK;
    *ret_disturbed = false;
    while (started < count && status == STATUS_OK) {
        int code = start(session, &planned[started], &workers[started]);
        if (code < 0)
            status = progress_say(&session->progress, STATUS_INCONCLUSIVE, "%s",
                                  "cannot start another process to measure in");
        else
            started++;
    }
    int waited = wait_for_all(session, workers, started, ret_disturbed);
    for (int i = 0; i < started; i++) {
        close(workers[i].fd);
        strbuf_free(&workers[i].said);
    }
    return waited > status ? waited : status;
}
