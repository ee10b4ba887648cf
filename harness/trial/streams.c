#include "trial/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

/* Reads at a time, so that a target that prints without end cannot keep us from sampling. */
#define READS_AT_ONCE 4

/* poll() promises that this much can be written to a pipe without blocking (pipe(7)). */
#define WRITE_AT_ONCE ((size_t)4096)

#define HURRY_NS NS_PER_S

static void close_fd(int *fd) {
    if (*fd > STDERR_FILENO)
        close(*fd);
    *fd = -1;
}

static int open_pipe(int *ret_read, int *ret_write, struct error *error) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_system(error, -errno, "cannot make a pipe");
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    *ret_read = fds[0];
    *ret_write = fds[1];
    return 0;
}

int streams_open(struct streams *streams, const char *stdin_path, bool inherit, struct error *error) {
    *streams = (struct streams){.in_fd = -1,
                                .out_read = -1,
                                .out_write = -1,
                                .err_read = -1,
                                .err_write = -1,
                                .inherit = inherit,
                                .tail = {.capacity = STDERR_TAIL_BYTES},
                                .output = streams->output,
                                .context = streams->context};
    const char *path = stdin_path ? stdin_path : "/dev/null";
    streams->in_fd = inherit && !stdin_path ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (streams->in_fd < 0)
        return error_system(error, -errno, "cannot open %s for the target's standard input", path);
    int code = open_pipe(&streams->err_read, &streams->err_write, error);
    if (code == 0 && !inherit)
        code = open_pipe(&streams->out_read, &streams->out_write, error);
    if (code == 0 && inherit && !(streams->pass_on = malloc(PASS_ON_BYTES)))
        abort();
    return code;
}

struct launch_streams streams_for_target(const struct streams *streams) {
    return (struct launch_streams){
        .in = streams->in_fd,
        .out = streams->inherit ? STDOUT_FILENO : streams->out_write,
        .err = streams->err_write,
    };
}

void streams_started(struct streams *streams) {
    close_fd(&streams->out_write);
    close_fd(&streams->err_write);
}

/* Room for one read of standard error. */
static size_t pass_on_room(const struct streams *streams) {
    return streams->pass_on ? PASS_ON_BYTES - streams->pass_length : PASS_ON_BYTES;
}

static void keep(struct streams *streams, bool is_err, const char *bytes, size_t length) {
    if (is_err)
        tail_add(&streams->tail, bytes, length);
    if (streams->output)
        streams->output(streams->context, bytes, length);
    if (!is_err || !streams->pass_on)
        return;
    memmove(streams->pass_on, streams->pass_on + streams->pass_start, streams->pass_length);
    streams->pass_start = 0;
    memcpy(streams->pass_on + streams->pass_length, bytes, length);
    streams->pass_length += length;
}

static void take(struct streams *streams, int *fd, int reads) {
    char chunk[16384];
    bool is_err = fd == &streams->err_read;
    while (*fd >= 0 && reads-- > 0) {
        size_t room = is_err ? pass_on_room(streams) : sizeof chunk;
        if (room == 0)
            return;
        ssize_t length = read(*fd, chunk, room < sizeof chunk ? room : sizeof chunk);
        if (length > 0)
            keep(streams, is_err, chunk, (size_t)length);
        else if (length == 0 || (errno != EAGAIN && errno != EINTR))
            close_fd(fd);
        else if (errno == EAGAIN)
            return;
    }
}

static void pass_on(struct streams *streams) {
    size_t length = streams->pass_length < WRITE_AT_ONCE ? streams->pass_length : WRITE_AT_ONCE;
    ssize_t written = write(STDERR_FILENO, streams->pass_on + streams->pass_start, length);
    if (written < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (written < 0) /* nobody reads any more: nothing to wait for */
        written = (ssize_t)streams->pass_length;
    streams->pass_start += (size_t)written;
    streams->pass_length -= (size_t)written;
}

void streams_poll(const struct streams *streams, struct pollfd fds[STREAMS_POLL_FDS]) {
    bool full = pass_on_room(streams) == 0;
    fds[0] = (struct pollfd){.fd = full ? -1 : streams->err_read, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = streams->out_read, .events = POLLIN};
    fds[2] = (struct pollfd){.fd = streams->pass_length ? STDERR_FILENO : -1, .events = POLLOUT};
}

void streams_handle(struct streams *streams, const struct pollfd fds[STREAMS_POLL_FDS]) {
    if (fds[2].revents)
        pass_on(streams);
    if (fds[0].revents)
        take(streams, &streams->err_read, READS_AT_ONCE);
    if (fds[1].revents)
        take(streams, &streams->out_read, READS_AT_ONCE);
}

void streams_finish(struct streams *streams, bool hurry, const volatile sig_atomic_t *interrupts,
                    const sigset_t *wait_mask) {
    int64_t deadline = clock_now_ns() + HURRY_NS;
    int before = (int)*interrupts;
    take(streams, &streams->out_read, PASS_ON_BYTES);
    for (;;) {
        take(streams, &streams->err_read, PASS_ON_BYTES);
        if (!streams->pass_length || *interrupts > before || (hurry && clock_now_ns() > deadline))
            return;
        struct timespec pause = {.tv_nsec = 50 * NS_PER_MS};
        struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (ppoll(&fd, 1, &pause, wait_mask) > 0)
            pass_on(streams);
    }
}

void streams_close(struct streams *streams) {
    int *fds[] = {&streams->in_fd, &streams->out_read, &streams->out_write, &streams->err_read,
                  &streams->err_write};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        close_fd(fds[i]);
    free(streams->pass_on);
    streams->pass_on = NULL;
    streams->pass_length = 0;
    tail_free(&streams->tail);
}
