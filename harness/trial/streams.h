/* The target's standard streams: what it reads, and what becomes of what it writes.
 * Layer: trial/. Includes base/, model/. */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "trial/launch.h"

#define STDERR_TAIL_BYTES ((size_t)64 * 1024)

/* There Java says why it ends, with a report of two thousand bytes behind it. */
#define STDOUT_TAIL_BYTES ((size_t)8 * 1024)

/* Bytes of a stream that wait for whoever reads ours. When they are full the target waits, as it would
 * if it wrote there itself; the harness does not. */
#define PASS_ON_BYTES ((size_t)64 * 1024)

/* What becomes of the target's streams. */
enum streams_mode {
    STREAMS_KEPT,      /* nothing is ours: searches */
    STREAMS_OURS,      /* stdin and stdout are ours, stderr is passed on: `run` */
    STREAMS_PASSED_ON, /* stdout and stderr are seen, and passed on: `run` of a server */
};

/* Bytes on their way from the target to one of our own streams. */
struct relay {
    int fd;
    char *bytes; /* NULL: nothing is passed on */
    size_t start;
    size_t length;
};

struct streams {
    int in_fd;
    int out_read; /* -1: standard output is ours, or at its end */
    int out_write;
    int err_read;
    int err_write;
    enum streams_mode mode;
    struct tail tail;     /* the last of standard error */
    struct tail out_tail; /* of standard output, where that is not ours */
    struct relay out_relay;
    struct relay err_relay;
    /* Receives stdout and stderr as they come; may be NULL. */
    void (*output)(void *context, const char *bytes, size_t length);
    void *context;
};

/* Opens pipes and standard input. Release with streams_close() in every case. */
int streams_open(struct streams *streams, const char *stdin_path, enum streams_mode mode,
                 struct error *error);

/* What the target gets as 0, 1 and 2. */
struct launch_streams streams_for_target(const struct streams *streams);

/* The target has its ends: ours of them are closed, so that the pipes end with it. */
void streams_started(struct streams *streams);

enum { STREAMS_POLL_FDS = 4 };

/* Fills what poll() is to wait for; streams_handle() takes what it found. Neither blocks. */
void streams_poll(const struct streams *streams, struct pollfd fds[STREAMS_POLL_FDS]);
void streams_handle(struct streams *streams, const struct pollfd fds[STREAMS_POLL_FDS]);

/* The target has ended: takes what the pipes still hold, and passes on what waits, for as long as it takes or
 * until *interrupts rises; with `hurry` (the target was stopped) for a second at most. */
void streams_finish(struct streams *streams, bool hurry, const volatile sig_atomic_t *interrupts,
                    const sigset_t *wait_mask);

void streams_close(struct streams *streams);
