/* cli/terminal_look: on a pseudo-terminal, a pipe, and a file. */
#include "cli/terminal_look.h"

#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "unit.h"

static void set(const char *name, const char *value) {
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

TEST(a_terminal_and_what_it_can) {
    static const struct {
        const char *term;
        const char *no_color;
        const char *lang;
        struct terminal_look expected;
    } rows[] = {
        {"xterm", NULL, "C.UTF-8", {.is = true, .colour = true, .utf8 = true}},
        {"xterm", NULL, "C", {.is = true, .colour = true}},
        {"xterm", "", "C", {.is = true, .colour = true}},
        {"xterm", "1", "C", {.is = true}},
        {"dumb", NULL, "C", {0}},
        {"", NULL, "C", {0}},
        {NULL, NULL, "C", {0}},
    };
    int master;
    int terminal;
    ck_assert_int_eq(openpty(&master, &terminal, NULL, NULL, NULL), 0);
    set("LC_ALL", NULL);
    set("LC_CTYPE", NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        set("TERM", rows[i].term);
        set("NO_COLOR", rows[i].no_color);
        set("LANG", rows[i].lang);
        struct terminal_look look = terminal_look(terminal);
        ROW(look.is == rows[i].expected.is, "row %zu", i);
        ROW(look.colour == rows[i].expected.colour, "row %zu", i);
        ROW(look.utf8 == rows[i].expected.utf8, "row %zu", i);
    }
    close(master);
    close(terminal);
}

TEST(a_pipe_is_none) {
    int ends[2];
    int columns;
    int rows;
    ck_assert_int_eq(pipe(ends), 0);
    set("TERM", "xterm");
    set("NO_COLOR", NULL);
    set("LC_ALL", "C.UTF-8");
    struct terminal_look look = terminal_look(ends[1]);
    ck_assert(!look.is && !look.colour && look.utf8);
    terminal_size(ends[1], &columns, &rows);
    ck_assert_int_eq(columns, 80);
    ck_assert_int_eq(rows, 24);
    close(ends[0]);
    close(ends[1]);
}

TEST(its_size) {
    static const struct {
        struct winsize size;
        int columns, rows;
    } rows[] = {
        {{.ws_row = 50, .ws_col = 132}, 132, 50},
        {{.ws_row = 0, .ws_col = 132}, 132, 24},
        {{.ws_row = 0, .ws_col = 0}, 80, 24},
    };
    int master;
    int terminal;
    ck_assert_int_eq(openpty(&master, &terminal, NULL, NULL, NULL), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        int columns;
        int lines;
        ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &rows[i].size), 0);
        terminal_size(terminal, &columns, &lines);
        ROW(columns == rows[i].columns && lines == rows[i].rows, "row %zu: %d, %d", i, columns, lines);
    }
    close(master);
    close(terminal);
}

/* A reader that takes nothing has the rest told, not waited for; one that is gone has nothing left. */
TEST(writing) {
    static char text[200 * 1024];
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    memset(text, 'x', sizeof text - 1);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_str_eq(terminal_put(ends[1], "some words", 0), "");
    const char *left = terminal_put(ends[1], text, 0);
    ck_assert(left > text && left < text + sizeof text - 1);

    static char taken[sizeof text];
    ck_assert_int_eq((long)read(ends[0], taken, sizeof taken), (long)strlen("some words") + (left - text));
    ck_assert_mem_eq(taken, "some wordsx", 11);
    close(ends[0]);
    ck_assert_str_eq(terminal_put(ends[1], left, 0), "");
    close(ends[1]);
}

UNIT_MAIN("terminal_look", a_terminal_and_what_it_can, a_pipe_is_none, its_size, writing)
