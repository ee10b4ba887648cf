/* cli/screen: what is written, shown by a terminal of the test's own. */
#include "cli/screen.h"

#include "unit.h"

#define ROWS 12
#define WIDE 200

/* As much of a terminal as is written to: text, line ends, up, clear. A line that is too long goes on in the
 * next row, and as tmux does it remembers that they are one until the row is cleared from its beginning. */
struct terminal {
    char cells[ROWS][WIDE];
    bool goes_on[ROWS];
    int width;
    int row;
    int column;
    bool cursor_hidden;
};

static void blank(struct terminal *terminal, int row, int from) {
    memset(terminal->cells[row] + from, ' ', (size_t)(WIDE - from));
    if (from == 0)
        terminal->goes_on[row] = false;
}

static void reset(struct terminal *terminal, int width) {
    *terminal = (struct terminal){.width = width};
    for (int row = 0; row < ROWS; row++)
        blank(terminal, row, 0);
}

static const char *obey(struct terminal *terminal, const char *at) {
    int number = 1;
    if (*at >= '0' && *at <= '9')
        number = (int)strtol(at, (char **)(uintptr_t)&at, 10);
    if (*at == '?') {
        ck_assert_msg(strncmp(at, "?25l", 4) == 0 || strncmp(at, "?25h", 4) == 0, "unknown: %s", at);
        terminal->cursor_hidden = at[3] == 'l';
        return at + 4;
    }
    if (*at == 'A') {
        ROW(terminal->row >= number, "above the top by %d", number - terminal->row);
        terminal->row = terminal->row > number ? terminal->row - number : 0;
    } else if (*at == 'K') {
        blank(terminal, terminal->row, terminal->column);
    } else if (*at == 'J') {
        blank(terminal, terminal->row, terminal->column);
        for (int row = terminal->row + 1; row < ROWS; row++)
            blank(terminal, row, 0);
    } else {
        ck_assert_msg(*at == 'm', "unknown: %s", at);
    }
    return at + 1;
}

static void put_character(struct terminal *terminal, char character) {
    if (terminal->column == terminal->width) {
        terminal->goes_on[terminal->row] = true;
        terminal->column = 0;
        terminal->row++;
    }
    ck_assert_int_lt(terminal->row, ROWS);
    terminal->cells[terminal->row][terminal->column++] = character;
}

static void take(struct terminal *terminal, const char *text) {
    while (*text) {
        if (strncmp(text, "\033[", 2) == 0) {
            text = obey(terminal, text + 2);
            continue;
        }
        if (*text == '\r')
            terminal->column = 0;
        else if (*text == '\n')
            terminal->row++;
        else
            put_character(terminal, *text);
        ck_assert_int_lt(terminal->row, ROWS);
        text++;
    }
}

static int length_of(const struct terminal *terminal, int row) {
    int length = WIDE;
    while (length > 0 && terminal->cells[row][length - 1] == ' ')
        length--;
    return length;
}

/* Another width: lines that are too long go on in the next row, those that did and fit now are one again. The
 * cursor, which is at the beginning of its row, goes with it. */
static void reflow(struct terminal *terminal, int width) {
    struct terminal after;
    int cursor = 0;
    reset(&after, width);
    after.cursor_hidden = terminal->cursor_hidden;
    for (int row = 0; row <= terminal->row; row++) {
        if (row == terminal->row)
            cursor = after.row;
        int length = terminal->goes_on[row] ? terminal->width : length_of(terminal, row);
        for (int i = 0; i < length; i++)
            put_character(&after, terminal->cells[row][i]);
        if (!terminal->goes_on[row])
            take(&after, "\r\n");
    }
    after.row = cursor;
    after.column = 0;
    *terminal = after;
}

/* All of it, blanks at the ends left out. */
static void expect_picture(const struct terminal *terminal, const char *expected, const char *what) {
    char text[ROWS * (WIDE + 1) + 1];
    size_t length = 0;
    for (int row = 0; row < ROWS; row++) {
        int end = WIDE;
        while (end > 0 && terminal->cells[row][end - 1] == ' ')
            end--;
        memcpy(text + length, terminal->cells[row], (size_t)end);
        length += (size_t)end;
        text[length++] = '\n';
    }
    while (length > 0 && text[length - 1] == '\n')
        length--;
    text[length] = '\0';
    ROW_TEXT(text, expected, what);
}

static size_t draw(struct screen *screen, struct terminal *terminal, const char *lines, bool reflows) {
    struct strbuf text = {0};
    screen_draw(screen, lines, terminal->width, reflows, &text);
    size_t length = text.length;
    take(terminal, strbuf_text(&text));
    strbuf_free(&text);
    return length;
}

static void erase(struct screen *screen, struct terminal *terminal, bool reflows) {
    struct strbuf text = {0};
    screen_erase(screen, terminal->width, reflows, &text);
    take(terminal, strbuf_text(&text));
    strbuf_free(&text);
}

TEST(lines_take_the_place_of_those_before) {
    struct screen screen = {0};
    struct terminal terminal;
    reset(&terminal, 40);
    take(&terminal, "before\r\n");
    draw(&screen, &terminal, "one\ntwo and more\nthree\n", true);
    expect_picture(&terminal, "before\none\ntwo and more\nthree", "first");
    ROW(terminal.cursor_hidden && terminal.row == 3 && terminal.column == 0, "the cursor is at %d, %d",
        terminal.row, terminal.column);
    draw(&screen, &terminal, "1\n2\n3\n4\n", true);
    expect_picture(&terminal, "before\n1\n2\n3\n4", "more of them");
    draw(&screen, &terminal, "\033[36mx\033[0m\n\nz\n", true);
    expect_picture(&terminal, "before\nx\n\nz", "fewer, in colour");
    ROW(draw(&screen, &terminal, "\033[36mx\033[0m\n\nz\n", true) == 0, "the same is written again");
    draw(&screen, &terminal, "w\n", true);
    expect_picture(&terminal, "before\nw", "one");
    erase(&screen, &terminal, true);
    expect_picture(&terminal, "before", "none");
    ROW(!terminal.cursor_hidden && terminal.row == 1 && terminal.column == 0, "the cursor is at %d, %d",
        terminal.row, terminal.column);
    erase(&screen, &terminal, true);
    expect_picture(&terminal, "before", "none to erase");
    take(&terminal, "a row\r\n");
    draw(&screen, &terminal, "one\ntwo\n", true);
    expect_picture(&terminal, "before\na row\none\ntwo", "again below");
    screen_free(&screen);
}

TEST(a_terminal_made_narrower_keeps_what_was_printed) {
    static const bool both[] = {true, false};
    for (size_t i = 0; i < COUNT(both); i++) {
        struct screen screen = {0};
        struct terminal terminal;
        reset(&terminal, 40);
        take(&terminal, "before\r\n");
        draw(&screen, &terminal,
             "a line of thirty-one characters\nshort\nthe last, of thirty-five characters\n", both[i]);
        if (both[i])
            reflow(&terminal, 12);
        terminal.width = 12;
        draw(&screen, &terminal, "narrow\nlines\n", both[i]);
        expect_picture(&terminal, "before\nnarrow\nlines", both[i] ? "broken in two" : "cut");
        terminal.width = 60;
        draw(&screen, &terminal, "a line of thirty-one characters\n", both[i]);
        expect_picture(&terminal, "before\na line of thirty-one characters", "wider");
        if (both[i])
            reflow(&terminal, 20);
        terminal.width = 20;
        erase(&screen, &terminal, both[i]);
        expect_picture(&terminal, "before", "erased");
        screen_free(&screen);
    }
}

TEST(narrower_and_wider_again) {
    static const int widths[] = {60, 25, 40, 100, 12, 130, 8, 80};
    struct screen screen = {0};
    struct terminal terminal;
    reset(&terminal, 100);
    take(&terminal, "before\r\n");
    draw(&screen, &terminal, "a line of thirty-one characters\nshort\nthe last, of thirty-five characters\n",
         true);
    for (size_t i = 0; i < COUNT(widths); i++) {
        const char *lines = widths[i] < 40 ? "narrow\nlines\nhere\n"
                                           : "a line of thirty-one characters\nshort\nand the last\n";
        char expected[200];
        reflow(&terminal, widths[i]);
        draw(&screen, &terminal, lines, true);
        snprintf(expected, sizeof expected, "before\n%.*s", (int)strlen(lines) - 1, lines);
        expect_picture(&terminal, expected, "another width");
    }
    screen_free(&screen);
}

TEST(what_is_forgotten_stays) {
    struct screen screen = {0};
    struct terminal terminal;
    reset(&terminal, 40);
    draw(&screen, &terminal, "one\ntwo\n", true);
    screen_forget(&screen);
    take(&terminal, "\r\n$ fg\r\n");
    draw(&screen, &terminal, "three\n", true);
    expect_picture(&terminal, "one\ntwo\n$ fg\nthree", "forgotten");
    screen_free(&screen);
}

TEST(more_lines_than_there_may_be_are_left_out) {
    struct screen screen = {0};
    struct strbuf text = {0};
    screen_draw(&screen, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n", 80, true, &text);
    ROW(screen.line_count == SCREEN_LINES_MAX && !strstr(text.text, "17"), "%d", screen.line_count);
    strbuf_free(&text);
    screen_free(&screen);
}

TEST(terminals_that_do_not_reflow_are_known) {
    ROW(screen_reflows("xterm-256color", NULL, NULL), "most");
    ROW(screen_reflows("screen-256color", "/tmp/tmux-0/default,1,0", "XTerm(379)"), "tmux");
    ROW(screen_reflows(NULL, NULL, NULL), "unknown");
    ROW(!screen_reflows("xterm-256color", NULL, "XTerm(379)"), "xterm");
    ROW(!screen_reflows("linux", "", NULL), "the console");
    ROW(!screen_reflows("screen.xterm-256color", NULL, NULL), "screen");
}

UNIT_MAIN("screen", lines_take_the_place_of_those_before, a_terminal_made_narrower_keeps_what_was_printed,
          narrower_and_wider_again, what_is_forgotten_stays, more_lines_than_there_may_be_are_left_out,
          terminals_that_do_not_reflow_are_known)
