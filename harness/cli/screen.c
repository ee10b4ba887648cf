#include "cli/screen.h"

#include <stdlib.h>
#include <string.h>

#include "cli/terminal_look.h"
#include "output/live_view.h"

/* ECMA-48. */
#define CLEAR_TO_END   "\033[J"
#define CLEAR_LINE_END "\033[K"

bool screen_reflows(const char *term, const char *tmux, const char *xterm_version) {
    if (tmux && *tmux)
        return true;
    return !(xterm_version && *xterm_version) &&
           !(term && (strcmp(term, "linux") == 0 || text_starts_with(term, "screen")));
}

/* Rows that a line takes now. */
static int rows_of(const struct screen *screen, int line, int width, bool reflows) {
    int columns = screen->columns[line];
    return reflows && width > 0 && columns > width ? (columns + width - 1) / width : 1;
}

/* To the beginning of the first line. The cursor is at that of the last. */
static void go_up(const struct screen *screen, int width, bool reflows, struct strbuf *ret) {
    int rows = 0;
    for (int i = 0; i + 1 < screen->line_count; i++)
        rows += rows_of(screen, i, width, reflows);
    strbuf_add(ret, "\r");
    if (rows > 0)
        strbuf_addf(ret, "\033[%dA", rows);
}

static void keep(struct screen *screen, const char *lines, int width) {
    free(screen->lines);
    screen->lines = text_copy(lines);
    screen->width = width;
    screen->line_count = 0;
    for (const char *at = lines; *at && screen->line_count < SCREEN_LINES_MAX; at += strcspn(at, "\n") + 1)
        screen->columns[screen->line_count++] = live_line_columns(at);
}

void screen_draw(struct screen *screen, const char *lines, int width, bool reflows, struct strbuf *ret) {
    if (screen->line_count > 0 && screen->width == width && strcmp(screen->lines, lines) == 0)
        return;
    bool narrower = screen->line_count > 0 && width < screen->width;
    strbuf_add(ret, HIDE_CURSOR);
    go_up(screen, width, reflows, ret);
    /* A row that was broken in two is remembered as one, whatever is written over it, until it is cleared:
     * tmux would join our lines when it is made wider. */
    if (narrower)
        strbuf_add(ret, CLEAR_TO_END);
    keep(screen, lines, width);
    const char *at = lines;
    for (int i = 0; i < screen->line_count; i++) {
        size_t length = strcspn(at, "\n");
        strbuf_add(ret, i ? "\r\n" : "");
        strbuf_add_bytes(ret, at, length);
        strbuf_add(ret, CLEAR_LINE_END);
        at += length + 1;
    }
    /* Fewer lines than before, perhaps. */
    strbuf_add(ret, CLEAR_TO_END "\r");
}

void screen_erase(struct screen *screen, int width, bool reflows, struct strbuf *ret) {
    if (screen->line_count == 0)
        return;
    go_up(screen, width, reflows, ret);
    strbuf_add(ret, CLEAR_TO_END SHOW_CURSOR);
    screen_forget(screen);
}

void screen_forget(struct screen *screen) {
    screen->line_count = 0;
}

void screen_free(struct screen *screen) {
    free(screen->lines);
    *screen = (struct screen){0};
}
