#include "cli/progress.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "output/summary.h"

#define BAR_CELLS 16
#define STALL_MS  1000

void progress_init(struct progress *progress, bool quiet) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool terminal = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
    *progress = (struct progress){
        .quiet = quiet, .live = terminal && !quiet, .colour = terminal && !(no_color && *no_color)};
}

/* Writes to stderr, and gives up on a reader that takes nothing for a second: the signals are blocked most of
 * the time, so a harness that waits for it could not be stopped. */
static void put(struct progress *progress, const char *text) {
    size_t left = strlen(text);
    while (left > 0 && !progress->stalled) {
        struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (poll(&fd, 1, STALL_MS) <= 0) {
            progress->stalled = true;
            return;
        }
        /* poll() promises that a pipe takes this much without blocking (pipe(7)). */
        ssize_t written = write(STDERR_FILENO, text, left < 4096 ? left : 4096);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return;
        text += written;
        left -= (size_t)written;
    }
}

static void clear_line(struct progress *progress) {
    if (progress->line_shown)
        put(progress, "\r\033[K");
    progress->line_shown = false;
}

void progress_opening(struct progress *progress, const struct result *result) {
    struct strbuf text = {0};
    summary_opening(result, &text);
    progress_text(progress, strbuf_text(&text));
    strbuf_free(&text);
}

static int terminal_columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void add_bar(struct strbuf *line, int64_t usage, int64_t limit) {
    int filled = (int)((double)usage / (double)limit * BAR_CELLS + 0.5);
    strbuf_add(line, "  ");
    for (int i = 0; i < BAR_CELLS; i++)
        strbuf_add(line, i < filled ? "#" : "-");
}

static void show_line(struct progress *progress, const char *line) {
    clear_line(progress);
    CLEANUP_FREE char *cut = text_copy_bytes(line, (size_t)terminal_columns() - 1);
    put(progress, cut);
    progress->line_shown = true;
}

void progress_live(struct progress *progress, const struct trial_progress *now) {
    if (!progress->live)
        return;
    struct strbuf line = {0};
    struct known_i64 limit = now->spec->limit_bytes;
    strbuf_addf(&line, "[%d", now->spec->id);
    if (progress->expected_trials >= now->spec->id)
        strbuf_addf(&line, "/~%d", progress->expected_trials);
    strbuf_addf(&line, "] %s  %s", limit.known ? bytes_text(limit.value).s : "no limit",
                duration_text(now->elapsed_ns).s);
    if (limit.known && now->usage_bytes.known)
        add_bar(&line, now->usage_bytes.value, limit.value);
    if (now->usage_bytes.known)
        strbuf_addf(&line, "  %s used", bytes_text(now->usage_bytes.value).s);
    if (progress->expected_ns) {
        int left = progress->expected_trials > now->spec->id ? progress->expected_trials - now->spec->id : 0;
        int64_t here = progress->expected_ns - now->elapsed_ns;
        strbuf_addf(&line, "  about %s left",
                    duration_text((here > 0 ? here : 0) + left * progress->expected_ns).s);
    }
    show_line(progress, strbuf_text(&line));
    strbuf_free(&line);
}

void progress_live_many(struct progress *progress, int running, int64_t elapsed_ns) {
    if (!progress->live || running == 0)
        return;
    CLEANUP_FREE char *line = text_format("%d run%s side by side  %s", running, running == 1 ? "" : "s",
                                          duration_text(elapsed_ns).s);
    show_line(progress, line);
}

void progress_row(struct progress *progress, const struct trial *trial, const char *why, bool verbose) {
    if (progress->quiet)
        return;
    struct strbuf text = {0};
    if (!progress->head_shown)
        summary_table_head(&text);
    progress->head_shown = true;
    summary_table_row(trial, why, progress->colour, &text);
    for (size_t i = 0; verbose && i < trial->evidence_count; i++) {
        strbuf_addf(&text, "         %s: ", trial->evidence[i].source);
        text_add_visible(&text, trial->evidence[i].detail);
        strbuf_add(&text, "\n");
    }
    progress_text(progress, strbuf_text(&text));
    strbuf_free(&text);
}

void progress_text(struct progress *progress, const char *text) {
    if (progress->quiet)
        return;
    clear_line(progress);
    put(progress, text);
}

void progress_error(struct progress *progress, const struct error *error) {
    clear_line(progress);
    struct strbuf text = {0};
    /* Names in it may come from anywhere. */
    strbuf_add(&text, "plimsoll: ");
    text_add_visible_lines(&text, error->what);
    strbuf_add(&text, "\n");
    if (error->hint[0]) {
        strbuf_add(&text, "          ");
        text_add_visible_lines(&text, error->hint);
        strbuf_add(&text, "\n");
    }
    put(progress, strbuf_text(&text));
    strbuf_free(&text);
}
