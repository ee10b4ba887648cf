/* When is a service ready? What --ready says, and trying it.
 * Layer: trial/. Includes base/, model/. */
#pragma once

#include <netdb.h>
#include <regex.h>
#include <time.h>

#include "base/error.h"
#include "model/service.h"

/* Parses "tcp:PORT", "tcp:HOST:PORT", "http:URL" (or the URL alone), "file:PATH", "log:REGEX", "exec:CMD" or
 * "after:DUR" into all of *ret but its timeout. The text is borrowed. -EINVAL with one line that starts with
 * the value. */
int ready_parse(const char *text, struct ready *ret, struct error *error);

/* Does something accept connections where the target is to, before it has been started? Then readiness could
 * not be told from it. -EADDRINUSE with the line to print; 0 for what is no port of this machine. */
int ready_check_free(const struct ready *ready, struct error *error);

/* One readiness being waited for. Its commands (exec, http) are run by whoever waits. */
struct ready_watch {
    const struct ready *ready;
    const char *cwd;       /* of the target; NULL: ours */
    struct timespec since; /* wall clock at the target's start: files of before do not count */
    struct addrinfo *addresses;
    struct addrinfo *address; /* the next to be tried */
    int socket;               /* a connection, on its way or held; -1: none */
    bool proxied;             /* somebody else accepts for the target, and hangs up where it does not */
    int64_t held_since_ns;    /* elapsed, when the connection came about; 0: it has not */
    regex_t pattern;
    bool has_pattern;
    bool matched; /* a line of its output did */
    char line[4096];
    size_t line_length;
};

/* Release with ready_watch_end() in every case. -EINVAL: a host that is not known. */
int ready_watch_begin(struct ready_watch *watch, const struct ready *ready, const char *cwd,
                      struct error *error);

/* The target's output as it comes. */
void ready_watch_output(struct ready_watch *watch, const char *bytes, size_t length);

/* Is a connection on its way, of which `socket` will tell? */
bool ready_is_connecting(const struct ready_watch *watch);

/* Tries once, without waiting: is it ready? Where that takes a moment (tcp), `socket` is to be polled for
 * POLLOUT, and then this is called again. Always false for what a command tells. */
bool ready_watch_try(struct ready_watch *watch, int64_t elapsed_ns);

/* The command whose success tells, to be given to /bin/sh -c; NULL: none does. Caller frees. */
char *ready_command(const struct ready *ready);

void ready_watch_end(struct ready_watch *watch);
