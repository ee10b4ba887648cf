/* trial/ready: what --ready says, and being ready. Real sockets and files; nothing listens but what a test
 * opens. */
#include "trial/ready.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include "base/units.h"
#include "unit.h"

TEST(every_form_is_read) {
    static const struct {
        const char *text;
        enum ready_kind kind;
        const char *rest;
    } rows[] = {
        {"tcp:6379", READY_TCP, "6379"},
        {"tcp:127.0.0.1:1", READY_TCP, "127.0.0.1:1"},
        {"tcp:[::1]:65535", READY_TCP, "[::1]:65535"},
        {"http:http://localhost:8080/healthz", READY_HTTP, "http://localhost:8080/healthz"},
        {"http://localhost:8080/healthz", READY_HTTP, "http://localhost:8080/healthz"},
        {"https://localhost/", READY_HTTP, "https://localhost/"},
        {"file:/run/x.pid", READY_FILE, "/run/x.pid"},
        {"file:a:b", READY_FILE, "a:b"},
        {"log:^ready( now)?$", READY_LOG, "^ready( now)?$"},
        {"exec:pg_isready -q", READY_EXEC, "pg_isready -q"},
        {"after:1.5s", READY_AFTER, "1.5s"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ready ready = {.timeout_ns = 7};
        struct error error = {0};
        int code = ready_parse(rows[i].text, &ready, &error);
        ROW(code == 0 && ready.kind == rows[i].kind && ready.timeout_ns == 7, "%s: %d, %s", rows[i].text,
            code, error.what);
        ROW_TEXT(ready.text ? ready.text : "", rows[i].rest, rows[i].text);
    }
}

TEST(what_is_none_is_told_with_what_would_be) {
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"", "write it as tcp:PORT"},
        {"6379", "write it as tcp:PORT"},
        {"tpc:6379", "write it as tcp:PORT"},
        {"none:x", "write it as tcp:PORT"},
        {"tcp:", "nothing stands after the colon"},
        {"file:", "nothing stands after the colon"},
        {"tcp:0", "a port up to 65535"},
        {"tcp:65536", "a port up to 65535"},
        {"tcp:http", "a port up to 65535"},
        {"tcp::80", "a port up to 65535"},
        {"tcp:localhost:", "a port up to 65535"},
        {"tcp:80 ", "a port up to 65535"},
        {"log:(", "not a regular expression"},
        {"after:soon", "soon"},
        {"after:-1s", "-1s"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ready ready = {.kind = READY_NONE, .timeout_ns = 7};
        struct error error = {0};
        int code = ready_parse(rows[i].text, &ready, &error);
        ROW(code == -EINVAL && strstr(error.what, rows[i].says), "%s: %d, \"%s\"", rows[i].text, code,
            error.what);
        ROW(ready.kind == READY_NONE && ready.timeout_ns == 7, "%s: it was changed", rows[i].text);
    }
}

/* Listens on a port of its own; *ret_port is which. */
static int listen_somewhere(int *ret_port) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&place, size), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&place, &size), 0);
    *ret_port = ntohs(place.sin_port);
    return fd;
}

TEST(a_port_that_is_taken_is_told) {
    int port;
    int fd = listen_somewhere(&port);
    static const char *const forms[] = {"tcp:%d", "tcp:127.0.0.1:%d", "tcp:localhost:%d",
                                        "http://127.0.0.1:%d/x"};
    for (int open = 1; open >= 0; open--) {
        for (size_t i = 0; i < COUNT(forms); i++) {
            char text[64];
            struct ready ready = {0};
            struct error error = {0};
            /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): from the table above */
            snprintf(text, sizeof text, forms[i], port);
            ck_assert_int_eq(ready_parse(text, &ready, &error), 0);
            int code = ready_check_free(&ready, &error);
            ROW(code == (open ? -EADDRINUSE : 0), "%s, open %d: %d, %s", text, open, code, error.what);
            if (open)
                ROW(strstr(error.what, "is taken") && error.hint[0], "%s: %s", text, error.what);
        }
        close(fd);
    }
}

/* Tries until it is ready or a second is over. */
static bool try_for_a_second(struct ready_watch *watch) {
    struct timespec pause = {.tv_nsec = 5000000};
    for (int64_t round = 0; round < 200; round++) {
        if (ready_watch_try(watch, round * 5 * NS_PER_MS))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static struct ready parsed(const char *text) {
    struct ready ready = {0};
    struct error error = {0};
    ck_assert_msg(ready_parse(text, &ready, &error) == 0, "%s", error.what);
    return ready;
}

TEST(a_port_is_ready_once_it_accepts) {
    int port;
    char text[32];
    int fd = listen_somewhere(&port);
    snprintf(text, sizeof text, "tcp:%d", port);
    struct ready ready = parsed(text);
    for (int open = 1; open >= 0; open--) {
        struct ready_watch watch;
        struct error error = {0};
        ck_assert_int_eq(ready_watch_begin(&watch, &ready, NULL, &error), 0);
        ROW(try_for_a_second(&watch) == open, "open %d", open);
        ready_watch_end(&watch);
        close(fd);
    }
}

/* As an engine's proxy does while nothing listens in the container: it accepts, and hangs up. */
TEST(a_proxy_that_hangs_up_is_not_ready) {
    int port;
    char text[32];
    struct error error = {0};
    struct timespec pause = {.tv_nsec = 5000000};
    int fd = listen_somewhere(&port);
    snprintf(text, sizeof text, "tcp:%d", port);
    struct ready ready = parsed(text);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (int hangs_up = 1; hangs_up >= 0; hangs_up--) {
        struct ready_watch watch;
        bool is_ready = false;
        int held = -1;
        ck_assert_int_eq(ready_watch_begin(&watch, &ready, NULL, &error), 0);
        watch.proxied = true;
        for (int64_t round = 1; round < 100 && !is_ready; round++) {
            int accepted = accept(fd, NULL, NULL);
            if (accepted >= 0 && hangs_up)
                close(accepted);
            else if (accepted >= 0)
                held = accepted;
            is_ready = ready_watch_try(&watch, round * 5 * NS_PER_MS);
            nanosleep(&pause, NULL);
        }
        ROW(is_ready != hangs_up, "hangs up %d: ready %d", hangs_up, is_ready);
        ready_watch_end(&watch);
        if (held >= 0)
            close(held);
    }
    close(fd);
}

TEST(a_host_that_is_not_known_is_told) {
    struct ready ready = parsed("tcp:no-such-host.invalid:80");
    struct ready_watch watch;
    struct error error = {0};
    int code = ready_watch_begin(&watch, &ready, NULL, &error);
    ROW(code == -EINVAL && strstr(error.what, "no-such-host.invalid"), "%d: %s", code, error.what);
    ready_watch_end(&watch);
}

TEST(a_file_of_before_does_not_count) {
    char folder[] = "/tmp/ready-XXXXXX";
    char path[64];
    struct error error = {0};
    struct ready_watch watch;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/up", folder);
    struct ready ready = parsed("file:up");
    close(creat(path, 0600));
    struct timespec pause = {.tv_nsec = 100000000};
    nanosleep(&pause, NULL);
    ck_assert_int_eq(ready_watch_begin(&watch, &ready, folder, &error), 0);
    ROW(!ready_watch_try(&watch, 0), "it was there before");
    unlink(path);
    ROW(!ready_watch_try(&watch, 0), "it is not there");
    close(creat(path, 0600));
    ROW(ready_watch_try(&watch, 0), "it is there");
    ready_watch_end(&watch);
    unlink(path);
    rmdir(folder);
}

TEST(a_line_of_the_output_tells) {
    static const struct {
        const char *pieces[4];
        bool matches;
    } rows[] = {
        {{"starting\n", "Ready to accept\n"}, true},
        {{"starting\nRea", "dy to accept", " connections\n"}, true},
        {{"Ready to accept"}, true}, /* without an end of line */
        {{"not Ready to accept\n"}, false},
        {{"Rea\ndy to accept\n"}, false},
        {{"starting\n", "stopped\n"}, false},
    };
    struct ready ready = parsed("log:^Ready");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ready_watch watch;
        struct error error = {0};
        ck_assert_int_eq(ready_watch_begin(&watch, &ready, NULL, &error), 0);
        for (size_t j = 0; j < COUNT(rows[i].pieces) && rows[i].pieces[j]; j++)
            ready_watch_output(&watch, rows[i].pieces[j], strlen(rows[i].pieces[j]));
        ROW(ready_watch_try(&watch, 0) == rows[i].matches, "row %zu", i);
        ready_watch_end(&watch);
    }
}

/* A line longer than is kept, and bytes of any kind. */
TEST(output_that_means_harm_is_survived) {
    char *text = malloc(100000);
    struct ready ready = parsed("log:needle");
    struct ready_watch watch;
    struct error error = {0};
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < 100000; i++)
        text[i] = (char)(i % 256 == '\n' ? 'x' : i % 256);
    ck_assert_int_eq(ready_watch_begin(&watch, &ready, NULL, &error), 0);
    ready_watch_output(&watch, text, 100000);
    ROW(!ready_watch_try(&watch, 0), "matched");
    ready_watch_output(&watch, "\nneedle\n", 8);
    ROW(ready_watch_try(&watch, 0), "not matched");
    ready_watch_end(&watch);
    free(text);
}

TEST(after_counts_from_the_start) {
    struct ready ready = parsed("after:2s");
    struct ready_watch watch;
    struct error error = {0};
    ck_assert_int_eq(ready_watch_begin(&watch, &ready, NULL, &error), 0);
    ROW(!ready_watch_try(&watch, 1999 * NS_PER_MS), "too early");
    ROW(ready_watch_try(&watch, 2000 * NS_PER_MS), "too late");
    ready_watch_end(&watch);
}

TEST(commands_are_quoted) {
    struct ready http = parsed("http://127.0.0.1/a?b=c&d='x'");
    struct ready exec = parsed("exec:test -e x");
    struct ready tcp = parsed("tcp:1");
    char *command = ready_command(&http);
    ROW(strstr(command, "curl ") && strstr(command, "'http://127.0.0.1/a?b=c&d='\\''x'\\'''"), "%s", command);
    free(command);
    command = ready_command(&exec);
    ROW_TEXT(command, "test -e x", "exec");
    free(command);
    ROW(!ready_command(&tcp), "tcp needs no command");
}

UNIT_MAIN("ready", every_form_is_read, what_is_none_is_told_with_what_would_be, a_port_that_is_taken_is_told,
          a_port_is_ready_once_it_accepts, a_proxy_that_hangs_up_is_not_ready,
          a_host_that_is_not_known_is_told, a_file_of_before_does_not_count, a_line_of_the_output_tells,
          output_that_means_harm_is_survived, after_counts_from_the_start, commands_are_quoted)
