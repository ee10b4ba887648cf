#include "trial/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
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

static void open_relay(struct relay *relay, int fd) {
    *relay = (struct relay){.fd = fd, .bytes = malloc(PASS_ON_BYTES)};
    if (!relay->bytes)
        abort();
}

int streams_open(struct streams *streams, const char *stdin_path, enum streams_mode mode,
                 struct error *error) {
    *streams = (struct streams){.in_fd = -1,
                                .out_read = -1,
                                .out_write = -1,
                                .err_read = -1,
                                .err_write = -1,
                                .mode = mode,
                                .tail = {.capacity = STDERR_TAIL_BYTES},
                                .out_tail = {.capacity = STDOUT_TAIL_BYTES},
                                .output = streams->output,
                                .context = streams->context};
    const char *path = stdin_path ? stdin_path : "/dev/null";
    streams->in_fd = mode == STREAMS_OURS && !stdin_path ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (streams->in_fd < 0)
        return error_system(error, -errno, "cannot open %s for the target's standard input", path);
    int code = file_open_pipe(&streams->err_read, &streams->err_write, error);
    if (code == 0 && mode != STREAMS_OURS)
        code = file_open_pipe(&streams->out_read, &streams->out_write, error);
    if (code == 0 && mode != STREAMS_KEPT)
        open_relay(&streams->err_relay, STDERR_FILENO);
    if (code == 0 && mode == STREAMS_PASSED_ON)
        open_relay(&streams->out_relay, STDOUT_FILENO);
    return code;
}

struct launch_streams streams_for_target(const struct streams *streams) {
    return (struct launch_streams){
        .in = streams->in_fd,
        .out = streams->mode == STREAMS_OURS ? STDOUT_FILENO : streams->out_write,
        .err = streams->err_write,
    };
}

void streams_started(struct streams *streams) {
    close_fd(&streams->out_write);
    close_fd(&streams->err_write);
}

/* Room for one read. */
static size_t relay_room(const struct relay *relay) {
    return relay->bytes ? PASS_ON_BYTES - relay->length : PASS_ON_BYTES;
}

static void relay_add(struct relay *relay, const char *bytes, size_t length) {
    if (!relay->bytes)
        return;
    memmove(relay->bytes, relay->bytes + relay->start, relay->length);
    relay->start = 0;
    memcpy(relay->bytes + relay->length, bytes, length);
    relay->length += length;
}

static void keep(struct streams *streams, bool is_err, const char *bytes, size_t length) {
    tail_add(is_err ? &streams->tail : &streams->out_tail, bytes, length);
    if (streams->output)
        streams->output(streams->context, bytes, length);
    relay_add(is_err ? &streams->err_relay : &streams->out_relay, bytes, length);
}

static void take(struct streams *streams, int *fd, int reads) {
    char chunk[16384];
    bool is_err = fd == &streams->err_read;
    while (*fd >= 0 && reads-- > 0) {
        size_t room = relay_room(is_err ? &streams->err_relay : &streams->out_relay);
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

static void pass_on(struct relay *relay) {
    size_t length = relay->length < WRITE_AT_ONCE ? relay->length : WRITE_AT_ONCE;
    ssize_t written = write(relay->fd, relay->bytes + relay->start, length);
    if (written < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (written < 0) /* nobody reads any more: nothing to wait for */
        written = (ssize_t)relay->length;
    relay->start += (size_t)written;
    relay->length -= (size_t)written;
}

static struct pollfd source_fd(int fd, const struct relay *relay) {
    return (struct pollfd){.fd = relay_room(relay) == 0 ? -1 : fd, .events = POLLIN};
}

static struct pollfd relay_fd(const struct relay *relay) {
    return (struct pollfd){.fd = relay->length ? relay->fd : -1, .events = POLLOUT};
}

void streams_poll(const struct streams *streams, struct pollfd fds[STREAMS_POLL_FDS]) {
    fds[0] = source_fd(streams->err_read, &streams->err_relay);
    fds[1] = source_fd(streams->out_read, &streams->out_relay);
    fds[2] = relay_fd(&streams->err_relay);
    fds[3] = relay_fd(&streams->out_relay);
}

void streams_handle(struct streams *streams, const struct pollfd fds[STREAMS_POLL_FDS]) {
    if (fds[2].revents)
        pass_on(&streams->err_relay);
    if (fds[3].revents)
        pass_on(&streams->out_relay);
    if (fds[0].revents)
        take(streams, &streams->err_read, READS_AT_ONCE);
    if (fds[1].revents)
        take(streams, &streams->out_read, READS_AT_ONCE);
}

void streams_finish(struct streams *streams, bool hurry, const volatile sig_atomic_t *interrupts,
                    const sigset_t *wait_mask) {
    int64_t deadline = clock_now_ns() + HURRY_NS;
    int before = (int)*interrupts;
    for (;;) {
        take(streams, &streams->out_read, PASS_ON_BYTES);
        take(streams, &streams->err_read, PASS_ON_BYTES);
        bool waits = streams->err_relay.length || streams->out_relay.length;
        if (!waits || *interrupts > before || (hurry && clock_now_ns() > deadline))
            return;
        struct timespec pause = {.tv_nsec = 50 * NS_PER_MS};
        struct pollfd fds[] = {relay_fd(&streams->err_relay), relay_fd(&streams->out_relay)};
        if (ppoll(fds, sizeof fds / sizeof *fds, &pause, wait_mask) <= 0)
            continue;
        if (fds[0].revents)
            pass_on(&streams->err_relay);
        if (fds[1].revents)
            pass_on(&streams->out_relay);
    }
}

void streams_close(struct streams *streams) {
    int *fds[] = {&streams->in_fd, &streams->out_read, &streams->out_write, &streams->err_read,
                  &streams->err_write};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        close_fd(fds[i]);
    free(streams->err_relay.bytes);
    free(streams->out_relay.bytes);
    streams->err_relay = streams->out_relay = (struct relay){0};
    tail_free(&streams->tail);
    tail_free(&streams->out_tail);
}
