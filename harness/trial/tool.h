/* A program of this machine that is asked by its command line, with patience: a container engine, kubectl,
 * journalctl, systemctl. It runs in a session of its own, is ended with us, and cannot hold us up. Layer:
 * trial/. Includes base/. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

struct tool {
    char name[16]; /* "docker", "journalctl" */
    char *path;    /* owned */
};

/* -ENOENT: it is not installed. Release with tool_close(). */
int tool_find(const char *name, struct tool *ret, struct error *error);
void tool_close(struct tool *tool);

/* How long a command may take, and what cuts it short. */
struct tool_patience {
    int64_t timeout_ns;
    int64_t deadline_ns; /* of all commands together, by clock_now_ns(); 0: none */
    /* Where this rises while the command runs, it is given a moment more and then ended. NULL: nothing does.
     */
    const volatile sig_atomic_t *interrupts;
    const sigset_t *wait_mask; /* lets the signals through that raise it; NULL: as it is */
    bool at_once;              /* no moment more: it only asks */
    size_t answer_bytes;       /* what is kept of each of its streams; 0: TOOL_ANSWER_BYTES */
};

/* What a command came to. Release with tool_answer_free(). */
struct tool_answer {
    int status; /* exit status, or 128 + signal */
    struct strbuf out;
    struct strbuf err; /* both are cut at TOOL_ANSWER_BYTES, or where patience says */
};

#define TOOL_ANSWER_BYTES ((size_t)1024 * 1024)

void tool_answer_free(struct tool_answer *answer);

/* The last line of what it said on standard error, without what engines and kubectl put before every message;
 * "" where there is none. Caller frees. */
char *tool_last_words(const struct tool_answer *answer);

/* Runs `tool ARGUMENTS...` (NULL-terminated) in a session of its own, out of a terminal's reach. Returns 0
 * with its answer, whatever its exit status; -ETIME: it took too long; -EINTR: it was cut short. */
int tool_run(const struct tool *tool, char *const *arguments, const struct tool_patience *patience,
             struct tool_answer *ret, struct error *error);

/* The same where anything but success is a failure: -EIO with its last words. `ret` may be NULL. */
int tool_do(const struct tool *tool, char *const *arguments, const struct tool_patience *patience,
            struct tool_answer *ret, struct error *error);

/* A command that runs. A zeroed one does not. */
struct running_tool {
    pid_t pid;
    int pidfd;
    int out;
    int err;
    size_t answer_bytes;
    struct tool_answer answer; /* as far as it was taken */
};

/* Starts `tool ARGUMENTS...` likewise, to be asked now and then whether it has ended. */
int tool_begin(const struct tool *tool, char *const *arguments, struct running_tool *ret,
               struct error *error);

/* Takes what it has said, and does not wait. True once it has ended. */
bool tool_take(struct running_tool *command);

/* Kills it where it has not ended, and hands its answer over; NULL: it is dropped. */
void tool_end(struct running_tool *command, struct tool_answer *ret);

/* Starts `tool ARGUMENTS...` likewise, with these as its standard streams, and does not wait. The caller
 * owns the pidfd, and reaps. It ends with us; no signal but SIGKILL is to be sent to it, since engines pass
 * others on to the container. */
int tool_spawn(const struct tool *tool, char *const *arguments, const int streams[3], pid_t *ret_pid,
               int *ret_pidfd, struct error *error);

/* Ends a command that tool_spawn() started, and what it started. */
void tool_kill(pid_t pid);

/* Enough for a command that only asks, and for one that makes or removes a container. */
extern const struct tool_patience tool_patience_default;
