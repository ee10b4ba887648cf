#include "trial/ready.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

/* A service of this machine answers at once. */
#define FREE_CHECK_MS 200

/* So long a connection must last that a proxy has accepted. */
#define HOLD_NS (100 * NS_PER_MS)

/* What curl may take for one answer. */
#define HTTP_SECONDS 5

/* The kernel stamps files by a clock that ticks, so a file may seem this much older than it is. */
#define STAMP_SLACK_NS (20 * NS_PER_MS)

/* ---- what --ready says ---- */

static bool is_port(const char *text) {
    char *end;
    long port = strtol(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && port >= 1 && port <= 65535;
}

static int check_tcp(const char *given, const char *text, struct error *error) {
    const char *colon = strrchr(text, ':');
    if (colon == text || !is_port(colon ? colon + 1 : text))
        return error_plain(error, -EINVAL, "%s: write it as tcp:PORT or tcp:HOST:PORT, a port up to 65535",
                           given);
    return 0;
}

static int check_pattern(const char *given, const char *text, struct error *error) {
    regex_t pattern;
    char why[200];
    int code = regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB);
    if (code) {
        regerror(code, &pattern, why, sizeof why);
        return error_plain(error, -EINVAL, "%s: not a regular expression: %s", given, why);
    }
    regfree(&pattern);
    return 0;
}

static int check_after(const char *given, const char *text, int64_t *ret_ns, struct error *error) {
    if (duration_parse(text, ret_ns, error) < 0)
        return error_plain(error, -EINVAL, "%s: not a duration; write it as after:500ms or after:10s", given);
    return 0;
}

static enum ready_kind kind_of(const char *text, size_t length) {
    for (int kind = READY_NONE + 1; kind < READY_COUNT; kind++) {
        const char *name = ready_kind_name((enum ready_kind)kind);
        if (strlen(name) == length && strncmp(name, text, length) == 0)
            return (enum ready_kind)kind;
    }
    return READY_NONE;
}

int ready_parse(const char *text, struct ready *ret, struct error *error) {
    size_t length = strcspn(text, ":");
    struct ready ready = {.kind = kind_of(text, length), .timeout_ns = ret->timeout_ns};
    bool is_url = text_starts_with(text, "http://") || text_starts_with(text, "https://");
    if (is_url)
        ready.kind = READY_HTTP;
    if (ready.kind == READY_NONE || text[length] != ':')
        return error_plain(error, -EINVAL,
                           "%s: write it as tcp:PORT, http:URL, file:PATH, log:REGEX, exec:CMD or after:DUR",
                           text);
    ready.text = is_url ? text : text + length + 1;
    if (!*ready.text)
        return error_plain(error, -EINVAL, "%s: nothing stands after the colon", text);
    int code = 0;
    if (ready.kind == READY_TCP)
        code = check_tcp(text, ready.text, error);
    if (ready.kind == READY_HTTP && is_port(ready.text))
        return error_plain(error, -EINVAL, "%s: write the URL, as http://127.0.0.1:%s/", text, ready.text);
    if (ready.kind == READY_LOG)
        code = check_pattern(text, ready.text, error);
    if (ready.kind == READY_AFTER)
        code = check_after(text, ready.text, &ready.after_ns, error);
    if (code == 0)
        *ret = ready;
    return code;
}

/* ---- addresses ---- */

/* "HOST:PORT" or "PORT", which is one of this machine. */
static int look_up(const char *text, struct addrinfo **ret, struct error *error) {
    const char *colon = strrchr(text, ':');
    CLEANUP_FREE char *host = colon ? text_copy_bytes(text, (size_t)(colon - text)) : text_copy("localhost");
    size_t length = strlen(host);
    bool bracketed = length > 2 && host[0] == '[' && host[length - 1] == ']';
    if (bracketed)
        host[length - 1] = '\0';
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    int code = getaddrinfo(host + bracketed, colon ? colon + 1 : text, &wanted, ret);
    if (code)
        return error_plain(error, -EINVAL, "--ready tcp:%s: %s: %s", text, host + bracketed,
                           gai_strerror(code));
    return 0;
}

/* The host and port of a URL, as "HOST:PORT". Caller frees. */
static char *url_place(const char *url) {
    bool secure = text_starts_with(url, "https://");
    const char *scheme_end = strstr(url, "://");
    const char *host = scheme_end ? scheme_end + 3 : url;
    size_t length = strcspn(host, "/?#");
    const char *after_host = *host == '[' ? memchr(host, ']', length) : host;
    bool has_port = after_host && memchr(after_host, ':', length - (size_t)(after_host - host));
    return text_format("%.*s%s", (int)length, host, has_port ? "" : secure ? ":443" : ":80");
}

/* An address is this machine's where a socket can be bound to it, at any port. */
static bool is_local(const struct addrinfo *address) {
    struct sockaddr_storage any_port;
    memcpy(&any_port, address->ai_addr, address->ai_addrlen);
    if (address->ai_family == AF_INET)
        ((struct sockaddr_in *)&any_port)->sin_port = 0;
    else if (address->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)&any_port)->sin6_port = 0;
    else
        return false;
    CLEANUP_CLOSE int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && bind(fd, (struct sockaddr *)&any_port, address->ai_addrlen) == 0;
}

static int begin_connecting(const struct addrinfo *address) {
    int fd =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
    if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Where nobody listens at a port that connections may begin from, one may meet itself. */
static bool is_connected_to_itself(int fd) {
    struct sockaddr_storage here = {0};
    struct sockaddr_storage there = {0};
    socklen_t here_size = sizeof here;
    socklen_t there_size = sizeof there;
    return getsockname(fd, (struct sockaddr *)&here, &here_size) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &there_size) == 0 && here_size == there_size &&
           memcmp(&here, &there, here_size) == 0;
}

/* 1: connected, 0: not decided yet, -1: refused. */
static int connection_state(int fd, int timeout_ms) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
    int problem = 0;
    socklen_t size = sizeof problem;
    if (poll(&poll_fd, 1, timeout_ms) <= 0)
        return 0;
    bool connected = getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0;
    return connected && !is_connected_to_itself(fd) ? 1 : -1;
}

int ready_check_free(const struct ready *ready, struct error *error) {
    struct addrinfo *addresses = NULL;
    struct error ignored;
    if (ready->kind != READY_TCP && ready->kind != READY_HTTP)
        return 0;
    CLEANUP_FREE char *place = ready->kind == READY_TCP ? text_copy(ready->text) : url_place(ready->text);
    if (look_up(place, &addresses, &ignored) < 0)
        return 0;
    bool taken = false;
    for (const struct addrinfo *address = addresses; address && !taken; address = address->ai_next) {
        if (!is_local(address))
            continue;
        CLEANUP_CLOSE int fd = begin_connecting(address);
        taken = fd >= 0 && connection_state(fd, FREE_CHECK_MS) > 0;
    }
    freeaddrinfo(addresses);
    if (!taken)
        return 0;
    const char *colon = strrchr(place, ':');
    const char *port = colon ? colon + 1 : place;
    error_plain(error, -EADDRINUSE,
                "port %s is taken: something accepts connections there before the target has been started",
                port);
    error_hint(error, "ss -ltnp 'sport = :%s'", port);
    error_advise(error, "end what that names, or give the target another port");
    return -EADDRINUSE;
}

/* ---- waiting ---- */

int ready_watch_begin(struct ready_watch *watch, const struct ready *ready, const char *cwd,
                      struct error *error) {
    *watch = (struct ready_watch){.ready = ready, .cwd = cwd, .socket = -1};
    clock_gettime(CLOCK_REALTIME, &watch->since);
    if (ready->kind == READY_LOG)
        watch->has_pattern = regcomp(&watch->pattern, ready->text, REG_EXTENDED | REG_NOSUB) == 0;
    return ready->kind == READY_TCP ? look_up(ready->text, &watch->addresses, error) : 0;
}

void ready_watch_output(struct ready_watch *watch, const char *bytes, size_t length) {
    if (!watch->has_pattern || watch->matched)
        return;
    for (size_t i = 0; i < length; i++) {
        bool whole = bytes[i] == '\n' || watch->line_length == sizeof watch->line - 1;
        if (bytes[i] != '\n' && bytes[i] != '\0' && watch->line_length < sizeof watch->line - 1)
            watch->line[watch->line_length++] = bytes[i];
        /* Also a last line that is not ended yet: a prompt. */
        if (!whole && i + 1 < length)
            continue;
        watch->line[watch->line_length] = '\0';
        if (regexec(&watch->pattern, watch->line, 0, NULL, 0) == 0)
            watch->matched = true;
        if (whole)
            watch->line_length = 0;
    }
}

/* An engine's proxy accepts before anything listens in the container, and then hangs up. 1: held for long
 * enough, 0: not yet, -1: it was hung up. */
static int hold_connection(struct ready_watch *watch, int64_t elapsed_ns) {
    char byte;
    if (!watch->held_since_ns)
        watch->held_since_ns = elapsed_ns;
    ssize_t length = recv(watch->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (length > 0)
        return 1;
    if (length == 0 || (errno != EAGAIN && errno != EINTR))
        return -1;
    return elapsed_ns - watch->held_since_ns >= HOLD_NS;
}

static bool try_tcp(struct ready_watch *watch, int64_t elapsed_ns) {
    if (watch->socket < 0) {
        watch->address =
            watch->address && watch->address->ai_next ? watch->address->ai_next : watch->addresses;
        watch->socket = begin_connecting(watch->address);
    }
    int state = watch->socket < 0 ? -1 : connection_state(watch->socket, 0);
    if (state > 0 && watch->proxied)
        state = hold_connection(watch, elapsed_ns);
    if (state == 0)
        return false;
    if (watch->socket >= 0)
        close(steal_fd(&watch->socket));
    watch->held_since_ns = 0;
    return state > 0;
}

/* There, and not left over from before the start. */
static bool try_file(const struct ready_watch *watch) {
    struct stat status;
    bool joined = watch->cwd && *watch->ready->text != '/';
    CLEANUP_FREE char *path =
        joined ? text_format("%s/%s", watch->cwd, watch->ready->text) : text_copy(watch->ready->text);
    if (stat(path, &status) < 0)
        return false;
    int64_t changed = status.st_ctim.tv_sec * NS_PER_S + status.st_ctim.tv_nsec;
    return changed >= watch->since.tv_sec * NS_PER_S + watch->since.tv_nsec - STAMP_SLACK_NS;
}

bool ready_is_connecting(const struct ready_watch *watch) {
    return watch->socket >= 0 && !watch->held_since_ns;
}

bool ready_watch_try(struct ready_watch *watch, int64_t elapsed_ns) {
    switch (watch->ready->kind) {
    case READY_NONE:
        return true;
    case READY_TCP:
        return try_tcp(watch, elapsed_ns);
    case READY_FILE:
        return try_file(watch);
    case READY_LOG:
        return watch->matched;
    case READY_AFTER:
        return elapsed_ns >= watch->ready->after_ns;
    case READY_HTTP:
    case READY_EXEC:
    case READY_COUNT:
        break;
    }
    return false;
}

char *ready_command(const struct ready *ready) {
    if (ready->kind == READY_EXEC)
        return text_copy(ready->text);
    if (ready->kind != READY_HTTP)
        return NULL;
    struct strbuf command = {0};
    strbuf_addf(&command, "exec curl --silent --show-error --output /dev/null --fail --max-time %d -- ",
                HTTP_SECONDS);
    text_add_shell_quoted(&command, ready->text);
    return command.text;
}

void ready_watch_end(struct ready_watch *watch) {
    if (watch->socket >= 0)
        close(steal_fd(&watch->socket));
    if (watch->addresses)
        freeaddrinfo(watch->addresses);
    if (watch->has_pattern)
        regfree(&watch->pattern);
    *watch = (struct ready_watch){.socket = -1};
}
