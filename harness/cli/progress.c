#include "cli/progress.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/terminal_guard.h"
#include "cli/terminal_look.h"
#include "output/summary.h"
#include "trial/terminal.h"

#define STALL_MS 1000
#define WAIT_MS  100

/* No more than this is kept for a terminal that shows nothing for a while. */
#define WAITING_BYTES ((size_t)1024 * 1024)

/* Between two plain lines of a long run. */
#define PLAIN_INTERVAL_NS (10 * NS_PER_S)

/* Between two draws at least; a little less than the interval at which there is something new. */
#define DRAW_INTERVAL_NS (90 * NS_PER_MS)

/* More of a name is never shown. */
#define NAME_BYTES 256

/* While lines live: they stay, and what is printed next comes below. */
static const struct terminal_order below_the_lines = {.fd = STDERR_FILENO, .text = "\r\n" SHOW_CURSOR};

void progress_init(struct progress *progress, bool quiet) {
    struct terminal_look look = terminal_look(STDERR_FILENO);
    *progress = (struct progress){
        .quiet = quiet,
        .live = look.is && !quiet,
        .colour = look.colour,
        .utf8 = look.utf8,
        .reflows = screen_reflows(getenv("TERM"), getenv("TMUX"), getenv("XTERM_VERSION")),
        .outlook = OUTLOOK_UNKNOWN,
    };
}

void progress_describe(struct progress *progress, const char *name, int64_t started_ns, int64_t budget_ns) {
    free(progress->name);
    progress->name = text_copy_bytes(name, NAME_BYTES);
    progress->started_ns = started_ns;
    progress->deadline_ns = budget_ns ? started_ns + budget_ns : 0;
}

void progress_begin(struct progress *progress, const char *why) {
    progress->why = why;
}

void progress_expect(struct progress *progress, const struct outlook *outlook) {
    progress->outlook = *outlook;
}

/* What a reader that takes nothing for a second has left is given up: the signals are blocked most of the
 * time, so a harness that waits for it could not be stopped. On a terminal somebody has pressed Ctrl-S to
 * read: there it is kept until it goes on. */
static void put(struct progress *progress, const char *text) {
    if (progress->stalled && !progress->live)
        return;
    strbuf_add(&progress->waiting, text);
    const char *left =
        terminal_put(STDERR_FILENO, strbuf_text(&progress->waiting), progress->stalled ? 0 : STALL_MS);
    progress->stalled = *left;
    struct strbuf rest = {0};
    if (*left && progress->waiting.length < WAITING_BYTES)
        strbuf_add(&rest, left);
    strbuf_free(&progress->waiting);
    progress->waiting = rest;
}

/* Can it be written at once? A picture of a moment is not worth waiting for. */
static bool takes_more(void) {
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&fd, 1, 0) > 0;
}

static struct live_form form_of(const struct progress *progress) {
    struct live_form form = {.utf8 = progress->utf8, .colour = progress->colour};
    terminal_size(STDERR_FILENO, &form.columns, &form.rows);
    return form;
}

/* What was drawn before we were stopped is the shell's now. */
static void look_for_stop(struct progress *progress) {
    if (progress->stops != terminal_stops())
        screen_forget(&progress->screen);
    progress->stops = terminal_stops();
}

/* Takes the live lines away, and puts the text in their place: at once, so that nothing flickers. */
static void put_below(struct progress *progress, const char *text) {
    struct strbuf all = {0};
    look_for_stop(progress);
    if (progress->screen.line_count > 0) {
        struct live_form form = form_of(progress);
        screen_erase(&progress->screen, form.columns, progress->reflows, &all);
    }
    strbuf_add(&all, text);
    put(progress, strbuf_text(&all));
    terminal_guard_done(&below_the_lines);
    strbuf_free(&all);
}

/* Is one pending that would end us, were it not blocked? */
static bool is_asked_to_end(void) {
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
            sigismember(&pending, SIGHUP) == 1);
}

void progress_wait(struct progress *progress) {
    put_below(progress, "");
    while (progress->live && progress->stalled && !is_asked_to_end()) {
        struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
        (void)poll(&fd, 1, WAIT_MS);
        put(progress, "");
    }
}

void progress_end(struct progress *progress) {
    put_below(progress, "");
    strbuf_free(&progress->waiting);
    screen_free(&progress->screen);
    free(progress->name);
    progress->name = NULL;
}

/* What is said of the machine stands on a line of its own rather than broken in two. */
static void break_opening(struct strbuf *text, int columns) {
    char *machine = strrchr(text->text, '(');
    if (machine && machine - text->text >= 4 && live_line_columns(text->text) >= columns)
        machine[-4] = '\n'; /* the other blanks before it indent it */
}

void progress_opening(struct progress *progress, const struct result *result) {
    struct strbuf text = {0};
    summary_opening(result, &text);
    if (progress->live)
        break_opening(&text, form_of(progress).columns);
    progress_words(progress, strbuf_text(&text));
    strbuf_free(&text);
}

/* Where no line can live: a plain one now and then, so that a log shows that it goes on. */
static void tell_plainly(struct progress *progress, const struct trial_progress *now) {
    if (now->elapsed_ns < progress->told_ns)
        progress->told_ns = 0; /* another run */
    if (now->elapsed_ns - progress->told_ns < PLAIN_INTERVAL_NS)
        return;
    progress->told_ns = now->elapsed_ns;
    struct strbuf line = {0};
    strbuf_addf(&line, "      ...  %s", duration_text(now->elapsed_ns).s);
    if (now->phase)
        strbuf_addf(&line, "  %s", now->phase);
    if (now->cycle && now->cycle <= now->cycles)
        strbuf_addf(&line, " %d of %d", now->cycle, now->cycles);
    if (now->usage_bytes.known)
        strbuf_addf(&line, "  %s used", bytes_text(now->usage_bytes.value).s);
    strbuf_add(&line, "\n");
    progress_text(progress, strbuf_text(&line));
    strbuf_free(&line);
}

/* Is there none yet over the rows of this shape? Until there is a row it is drawn with the live lines. */
static bool wants_head(const struct progress *progress, const struct live_form *form) {
    return !progress->quiet && (!progress->head_shown || progress->head_shape != live_table_shape(form));
}

static void draw(struct progress *progress, struct live_view *view, int64_t now_ns) {
    struct live_form form = form_of(progress);
    struct strbuf lines = {0};
    struct strbuf text = {0};
    look_for_stop(progress);
    if (!takes_more())
        return;
    view->name = progress->name;
    view->head = view->why && wants_head(progress, &form);
    view->course = &progress->course;
    view->total_ns = now_ns - progress->started_ns;
    if (progress->deadline_ns)
        view->budget_ns = i64_larger(progress->deadline_ns - now_ns, 1);
    live_view_lines(view, &form, &lines);
    screen_draw(&progress->screen, strbuf_text(&lines), form.columns, progress->reflows, &text);
    terminal_guard_with(&below_the_lines);
    put(progress, strbuf_text(&text));
    strbuf_free(&lines);
    strbuf_free(&text);
}

static bool is_due(struct progress *progress, int64_t now_ns) {
    if (now_ns - progress->drawn_ns < DRAW_INTERVAL_NS)
        return false;
    progress->drawn_ns = now_ns;
    return true;
}

static void follow_course(struct progress *progress, const struct trial_progress *now) {
    if (now->spec->id != progress->course_id || now->elapsed_ns < progress->course_ns) {
        progress->course = (struct live_course){0};
        progress->cycle = 0;
    }
    if (now->cycle != progress->cycle)
        progress->cycle_ns = now->elapsed_ns;
    progress->cycle = now->cycle;
    progress->course_id = now->spec->id;
    progress->course_ns = now->elapsed_ns;
    live_course_add(&progress->course, now->usage_bytes, now->peak_bytes);
    live_course_add_stall(&progress->course, now->elapsed_ns, now->stall_us);
}

/* Of a load that is repeated, where no other run has shown how long one takes: those to come take as long as
 * those that are over. */
static void expect_cycles(struct outlook *outlook, const struct progress *progress, int cycles) {
    if (!outlook->run_ns && progress->cycle > 1)
        outlook->run_ns = progress->cycle_ns / (progress->cycle - 1) * cycles;
}

void progress_live(struct progress *progress, const struct trial_progress *now) {
    int64_t now_ns = clock_now_ns();
    if (!progress->live || terminal_is_others(STDERR_FILENO)) {
        tell_plainly(progress, now);
        return;
    }
    follow_course(progress, now);
    if (!is_due(progress, now_ns))
        return;
    struct live_view view = {
        .id = now->spec->id,
        .why = progress->why,
        .elapsed_ns = now->elapsed_ns,
        .limit_bytes = now->limit_bytes,
        .usage_bytes = now->usage_bytes,
        .needed_bytes = now->needed_bytes,
        .peak_bytes = now->peak_bytes,
        .phase = now->phase,
        .cycle = now->cycle,
        .cycles = now->cycles,
        .outlook = progress->outlook,
    };
    expect_cycles(&view.outlook, progress, now->cycles);
    draw(progress, &view, now_ns);
}

void progress_live_many(struct progress *progress, int running, int64_t elapsed_ns) {
    int64_t now_ns = clock_now_ns();
    if (!progress->live || running == 0 || terminal_is_others(STDERR_FILENO) || !is_due(progress, now_ns))
        return;
    struct live_view view = {.side_by_side = running, .elapsed_ns = elapsed_ns, .outlook = progress->outlook};
    draw(progress, &view, now_ns);
}

static void add_row(struct progress *progress, const struct trial *trial, const char *why,
                    struct strbuf *text) {
    struct live_form form = {.columns = LIVE_PLAIN, .utf8 = true, .colour = progress->colour};
    if (progress->live)
        form = form_of(progress);
    if (wants_head(progress, &form))
        live_table_head(&form, text);
    progress->head_shown = true;
    progress->head_shape = live_table_shape(&form);
    live_table_row(trial, why, &form, text);
}

void progress_row(struct progress *progress, const struct trial *trial, const char *why, bool verbose,
                  const struct trial *free_run) {
    if (progress->quiet)
        return;
    struct strbuf text = {0};
    add_row(progress, trial, why, &text);
    if (verbose)
        summary_autopsy(trial, free_run, 9, &text);
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
    put_below(progress, text);
}

void progress_words(struct progress *progress, const char *text) {
    struct strbuf wrapped = {0};
    if (progress->live)
        live_wrap(text, form_of(progress).columns, &wrapped);
    progress_text(progress, progress->live ? strbuf_text(&wrapped) : text);
    strbuf_free(&wrapped);
}

void progress_commands(struct progress *progress, const char *text) {
    put_below(progress, text);
}

void progress_error(struct progress *progress, const struct error *error) {
    struct strbuf text = {0};
    /* Names in it may come from anywhere. */
    strbuf_add(&text, "plimsoll: ");
    text_add_visible_lines(&text, error->what);
    strbuf_add(&text, "\n");
    struct error_remedy remedy = error_remedy(error);
    if (remedy.s[0]) {
        strbuf_add(&text, "          ");
        text_add_visible_lines(&text, remedy.s);
        strbuf_add(&text, "\n");
    }
    put_below(progress, strbuf_text(&text));
    strbuf_free(&text);
}

int progress_say(struct progress *progress, int status, const char *format, ...) {
    struct error error = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.what, sizeof error.what, format, arguments);
    va_end(arguments);
    progress_error(progress, &error);
    return status;
}
