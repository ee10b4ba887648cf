#include "output/live_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "output/colour.h"
#include "output/columns.h"
#include "output/summary.h"

/* No wider, so that what is said of it is near. */
#define GRAPH_COLUMNS_MAX 60
#define GRAPH_ROWS        3

/* Less of a name than this tells nothing. */
#define NAME_LEAST 6

/* A terminal of fewer rows has no room for the graph. */
#define ROWS_FOR_GRAPH 10

#define COLUMNS_LEAST   2
#define OUTCOME_COLUMNS 11
#define COLUMNS_WIDE    58

/* ---- one line ---- */

static int room_of(const struct live_form *form) {
    if (form->columns == LIVE_PLAIN)
        return LIVE_PLAIN;
    /* The last column stays free: terminals differ in what they do once it is filled. */
    return (form->columns > COLUMNS_LEAST ? form->columns : COLUMNS_LEAST) - 1;
}

/* Room for whole words. */
static bool is_wide(const struct live_form *form) {
    return form->columns >= COLUMNS_WIDE;
}

static void addf(struct columns_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void addf(struct columns_line *line, const char *format, ...) {
    va_list arguments;
    char text[256];
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)columns_add(line, text);
}

/* `colour` is an escape sequence; NULL: none. */
static void add_coloured(struct columns_line *line, const char *colour, const char *text) {
    if (colour)
        strbuf_add(line->text, colour);
    (void)columns_add(line, text);
    if (colour)
        strbuf_add(line->text, PLAIN);
}

static struct columns_line begin_line(const struct live_form *form, struct strbuf *text) {
    return (struct columns_line){.text = text, .room = room_of(form), .utf8 = form->utf8};
}

/* Blanks at its end would only be in the way of a terminal that is made narrower. */
static void end_line(const struct columns_line *line) {
    struct strbuf *text = line->text;
    while (line->room < LIVE_PLAIN && text->length > 0 && text->text[text->length - 1] == ' ')
        text->length--;
    strbuf_add(text, "\n");
}

int live_line_columns(const char *line) {
    return columns_of(line, strcspn(line, "\n"));
}

bool live_shows_utf8(const char *lc_all, const char *lc_ctype, const char *lang, const char *term) {
    const char *locale = lc_all && *lc_all ? lc_all : lc_ctype && *lc_ctype ? lc_ctype : lang ? lang : "";
    if (term && strcmp(term, "linux") == 0)
        return false;
    return strcasestr(locale, "utf-8") || strcasestr(locale, "utf8");
}

/* ---- the course of a run ---- */

static void halve(struct live_course *course) {
    course->count /= 2;
    for (int i = 0; i < course->count; i++)
        course->most_bytes[i] =
            i64_larger(course->most_bytes[(size_t)2 * i], course->most_bytes[(size_t)2 * i + 1]);
    course->readings_per_span *= 2;
}

void live_course_add(struct live_course *course, struct known_i64 usage_bytes, struct known_i64 peak_bytes) {
    struct known_i64 most = usage_bytes;
    if (peak_bytes.known && peak_bytes.value > known_or(course->peak, -1))
        known_raise(&most, peak_bytes);
    course->peak = peak_bytes;
    if (!most.known)
        return;
    if (!course->readings_per_span)
        course->readings_per_span = 1;
    if (course->count > 0 && course->readings < course->readings_per_span) {
        int64_t *last = &course->most_bytes[course->count - 1];
        *last = i64_larger(*last, most.value);
        course->readings++;
        return;
    }
    if (course->count == LIVE_SPANS)
        halve(course);
    course->most_bytes[course->count++] = most.value;
    course->readings = 1;
}

void live_course_add_stall(struct live_course *course, int64_t elapsed_ns, struct known_i64 stall_us) {
    int slot = course->stall_count++ % LIVE_STALLS;
    course->times_ns[slot] = elapsed_ns;
    course->stalls_us[slot] = stall_us;
}

struct known_f64 live_course_stall(const struct live_course *course) {
    int count = course->stall_count < LIVE_STALLS ? course->stall_count : LIVE_STALLS;
    if (count < 2)
        return UNKNOWN_F64;
    int last = (course->stall_count - 1) % LIVE_STALLS;
    int first = (course->stall_count - count) % LIVE_STALLS;
    int64_t ns = course->times_ns[last] - course->times_ns[first];
    struct known_i64 us = known_delta(course->stalls_us[first], course->stalls_us[last]);
    if (!us.known || us.value < 0 || ns <= 0)
        return UNKNOWN_F64;
    double ratio = (double)us.value * (double)NS_PER_US / (double)ns;
    return known_f64(ratio < 1 ? ratio : 1);
}

/* ---- the graph ---- */

/* Dots of a braille cell from the bottom up, left and right: the code charts of Unicode, U+2800. Its width is
 * one everywhere, which that of block characters is not (UAX #11: ambiguous). */
static const unsigned braille[2][4] = {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}};

/* From the bottom up. */
static const char ascii[] = " .:#";

#define BRAILLE_DOTS 4
#define ASCII_LEVELS 3

struct graph {
    const struct live_course *course;
    int64_t top_bytes; /* what its full height is worth */
    int columns;       /* of the terminal */
    int come_to;       /* of its own, of which a braille cell has two */
    bool utf8;
};

static int64_t highest(const struct live_course *course) {
    int64_t most = 0;
    for (int i = 0; i < course->count; i++)
        most = i64_larger(most, course->most_bytes[i]);
    return most;
}

/* Columns that the run has come to, of all: as far as it is in its time where that is known, else one for
 * each reading until there are no more. */
static int columns_come_to(const struct live_view *view, int columns) {
    const struct live_course *course = view->course;
    int64_t run_ns = view->outlook.run_ns;
    int come = course->readings_per_span > 1 ? columns : course->count;
    if (run_ns > 0)
        come =
            view->elapsed_ns < run_ns ? (int)((double)view->elapsed_ns / (double)run_ns * columns) : columns;
    return come < 1 ? 1 : come > columns ? columns : come;
}

/* Highest usage of what the column shows; -1: nothing yet. */
static int64_t usage_in(const struct graph *graph, int column) {
    const struct live_course *course = graph->course;
    if (column >= graph->come_to)
        return -1;
    int first = (int)((int64_t)column * course->count / graph->come_to);
    int end = (int)((int64_t)(column + 1) * course->count / graph->come_to);
    int64_t most = course->most_bytes[first];
    for (int i = first + 1; i < end; i++)
        most = i64_larger(most, course->most_bytes[i]);
    return most;
}

/* Steps of `levels` that a column fills in a row; row 0 is the lowest. What is there is seen. */
static int filled(const struct graph *graph, int column, int row, int levels) {
    int64_t usage = usage_in(graph, column);
    int all = GRAPH_ROWS * levels;
    int steps = usage <= 0 ? 0 : (int)((double)usage / (double)graph->top_bytes * all + 0.5);
    steps = usage > 0 && steps == 0 ? 1 : steps > all ? all : steps;
    steps -= row * levels;
    return steps < 0 ? 0 : steps > levels ? levels : steps;
}

static void add_braille(const struct graph *graph, int cell, int row, struct columns_line *line) {
    unsigned dots = 0;
    for (int side = 0; side < 2; side++) {
        int count = filled(graph, 2 * cell + side, row, BRAILLE_DOTS);
        for (int i = 0; i < count; i++)
            dots |= braille[side][i];
    }
    const char text[] = {(char)0xe2, (char)(0xa0 + (dots >> 6)), (char)(0x80 + (dots & 0x3f)), '\0'};
    (void)columns_add(line, dots ? text : " ");
}

static void add_graph_row(const struct graph *graph, int row, struct columns_line *line) {
    for (int cell = 0; cell < graph->columns; cell++) {
        if (graph->utf8)
            add_braille(graph, cell, row, line);
        else
            addf(line, "%c", ascii[filled(graph, cell, row, ASCII_LEVELS)]);
    }
}

/* Usage exceeds a limit by what CPUs have charged ahead, but by no more than this. */
#define OVER_LIMIT_RATIO 1.05

/* The limit is the top, except of a run without one, or whose limit fell below what it had used: then the
 * highest usage is. */
static void add_graph(const struct live_view *view, const struct live_form *form, struct strbuf *ret) {
    int64_t most = highest(view->course);
    int64_t limit = known_or(view->limit_bytes, 0);
    bool limited = limit > 0 && (double)most <= (double)limit * OVER_LIMIT_RATIO;
    struct graph graph = {
        .course = view->course, .top_bytes = i64_larger(limited ? limit : most, 1), .utf8 = form->utf8};
    bool wide = is_wide(form);
    int margin = wide ? 17 : 11;
    graph.columns = room_of(form) - margin - 2;
    if (graph.columns < 4)
        return;
    if (graph.columns > GRAPH_COLUMNS_MAX)
        graph.columns = GRAPH_COLUMNS_MAX;
    graph.come_to = columns_come_to(view, form->utf8 ? 2 * graph.columns : graph.columns);
    for (int row = GRAPH_ROWS; row-- > 0;) {
        struct columns_line line = begin_line(form, ret);
        char label[64] = "";
        if (row == GRAPH_ROWS - 1)
            snprintf(label, sizeof label, "%s%s",
                     !wide     ? ""
                     : limited ? "limit "
                               : "most ",
                     bytes_text(graph.top_bytes).s);
        else if (row == 0)
            snprintf(label, sizeof label, "0");
        addf(&line, "%*s |", margin, label);
        add_graph_row(&graph, row, &line);
        end_line(&line);
    }
}

/* ---- the table ---- */

enum shape { SHAPE_NARROW, SHAPE_MIDDLE, SHAPE_TIGHT, SHAPE_WIDE };

static enum shape shape_of(const struct live_form *form) {
    return form->columns >= 90   ? SHAPE_WIDE
           : form->columns >= 80 ? SHAPE_TIGHT
           : is_wide(form)       ? SHAPE_MIDDLE
                                 : SHAPE_NARROW;
}

int live_table_shape(const struct live_form *form) {
    return (int)shape_of(form);
}

struct cells {
    const char *id;
    const char *limit;
    const char *outcome;
    const char *colour; /* NULL: none */
    const char *time;
    const char *needed;
    const char *peak;
    const char *why; /* NULL: no such cell */
};

/* Below the row where there is no room in it. */
static void add_why(struct columns_line *line, const char *gap, const char *why,
                    const struct live_form *form) {
    int columns = (int)strlen(gap) + columns_of(why, strlen(why));
    if (*why && columns > line->room - line->used) {
        end_line(line);
        *line = begin_line(form, line->text);
        addf(line, "     ");
    }
    (void)columns_add(line, gap);
    (void)columns_add(line, why);
}

static void add_cells(const struct cells *cells, const struct live_form *form, struct strbuf *ret) {
    enum shape shape = shape_of(form);
    const char *gap = shape == SHAPE_WIDE || shape == SHAPE_MIDDLE ? "  " : " ";
    struct columns_line line = begin_line(form, ret);
    addf(&line, "%s%3s%s%-9s%s", shape == SHAPE_NARROW ? "" : " ", cells->id, gap, cells->limit, gap);
    add_coloured(&line, form->colour ? cells->colour : NULL, cells->outcome);
    int missing = OUTCOME_COLUMNS - (int)strlen(cells->outcome);
    addf(&line, "%*s%s%8s", missing > 0 ? missing : 0, "", gap, cells->time);
    if (shape >= SHAPE_TIGHT)
        addf(&line, "%s%9s%s%9s", gap, cells->needed, gap, cells->peak);
    if (shape != SHAPE_NARROW && cells->why)
        add_why(&line, gap, cells->why, form);
    end_line(&line);
}

void live_table_head(const struct live_form *form, struct strbuf *ret) {
    static const struct cells head = {.id = "#",
                                      .limit = "limit",
                                      .outcome = "outcome",
                                      .time = "time",
                                      .needed = "needed",
                                      .peak = "peak"};
    strbuf_add(ret, "\n");
    add_cells(&head, form, ret);
}

void live_table_row(const struct trial *trial, const char *why, const struct live_form *form,
                    struct strbuf *ret) {
    struct summary_row row = summary_row_of(trial);
    CLEANUP_FREE char *reason = text_format("%s%s%s", why, *row.rate.s && *why ? ", " : "", row.rate.s);
    char id[16];
    snprintf(id, sizeof id, "%d", trial->id);
    const struct cells cells = {.id = id,
                                .limit = row.limit.s,
                                .outcome = row.outcome,
                                .colour = row.colour,
                                .time = row.time.s,
                                .needed = row.needed.s,
                                .peak = row.peak.s,
                                .why = reason};
    add_cells(&cells, form, ret);
}

/* Like the row that it will be. */
static void add_running(const struct live_view *view, const struct live_form *form, struct strbuf *ret) {
    char id[16];
    struct short_text limit = summary_limit_text(view->limit_bytes);
    struct short_text time = duration_text(view->elapsed_ns);
    struct short_text needed = {""};
    struct short_text peak = {""};
    snprintf(id, sizeof id, "%d", view->id);
    if (view->needed_bytes.known)
        needed = bytes_text(view->needed_bytes.value);
    if (view->peak_bytes.known)
        peak = bytes_text(view->peak_bytes.value);
    const struct cells cells = {.id = id,
                                .limit = limit.s,
                                .outcome = "running",
                                .colour = CYAN,
                                .time = time.s,
                                .needed = needed.s,
                                .peak = peak.s,
                                .why = view->why};
    add_cells(&cells, form, ret);
}

/* ---- the words ---- */

/* Words with commas between them. A part that does not fit is left out: half of a figure would be another
 * one. */
struct words {
    struct strbuf text;
    int room;
};

static void say(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *words, const char *format, ...) {
    va_list arguments;
    char part[128];
    va_start(arguments, format);
    vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    const char *comma = words->text.length > 0 ? ", " : "";
    if ((int)(words->text.length + strlen(comma) + strlen(part)) <= words->room)
        strbuf_addf(&words->text, "%s%s", comma, part);
}

/* How much of the limit, whether it stalls, and what a service is at. */
static void add_usage(const struct live_view *view, const struct live_form *form, struct strbuf *ret) {
    bool wide = is_wide(form);
    struct known_f64 stall = live_course_stall(view->course);
    struct columns_line line = begin_line(form, ret);
    addf(&line, "%s", wide ? "      " : "");
    struct words words = {.room = line.room - line.used};
    if (view->usage_bytes.known)
        say(&words, "%s used", bytes_text(view->usage_bytes.value).s);
    else
        say(&words, "usage not known");
    if (view->usage_bytes.known && known_or(view->limit_bytes, 0) > 0)
        say(&words, "%.0f %%%s", 100 * (double)view->usage_bytes.value / (double)view->limit_bytes.value,
            wide ? " of the limit" : "");
    if (stall.known)
        say(&words, "stall %.0f %%", 100 * stall.value);
    if (view->phase && view->cycle && view->cycle <= view->cycles)
        say(&words, "%s %d of %d", view->phase, view->cycle, view->cycles);
    else if (view->phase)
        say(&words, "%s", view->phase);
    (void)columns_add(&line, strbuf_text(&words.text));
    end_line(&line);
    strbuf_free(&words.text);
}

static void say_left(const struct live_view *view, bool wide, struct words *words) {
    const struct outlook *outlook = &view->outlook;
    bool late;
    struct known_i64 left = outlook_left_ns(outlook, view->elapsed_ns, &late);
    if (!left.known)
        return;
    if (view->budget_ns && left.value > view->budget_ns)
        left.value = view->budget_ns;
    if (late)
        say(words, wide ? "longer than usual" : "late");
    if (!late)
        say(words, "about %s left%s", time_about_text(left.value).s, outlook->runs < 0 ? " of this run" : "");
    else if (outlook->runs > 0)
        say(words, "then about %s", time_about_text(left.value).s);
}

/* "run 3 of about 9, 12 s so far, about 6 s left" */
static void say_course(const struct live_view *view, bool wide, struct words *words) {
    int runs = view->outlook.runs;
    if (view->side_by_side)
        say(words, "%d run%s side by side", view->side_by_side, view->side_by_side == 1 ? "" : "s");
    else if (view->why && runs >= 0 && view->id + runs > 1)
        say(words, wide ? "run %d of about %d" : "%d of ~%d", view->id, view->id + runs);
    else if (view->why && runs < 0)
        say(words, "run %d", view->id);
    say(words, "%s%s", time_about_text(view->total_ns).s, wide ? " so far" : "");
    say_left(view, wide, words);
}

/* The name of the target in front where there is room for it, or for most of it. */
static void add_course(const struct live_view *view, const struct live_form *form, struct strbuf *ret) {
    bool wide = is_wide(form);
    struct strbuf name = {0};
    struct columns_line line = begin_line(form, ret);
    addf(&line, "%s", wide ? "      " : "");
    struct words words = {.room = line.room - line.used};
    say_course(view, wide, &words);
    text_add_visible(&name, view->name ? view->name : "");
    int room = words.room - (int)words.text.length - 2;
    int columns = columns_of(strbuf_text(&name), name.length);
    if (columns > 0 && (columns <= room || room >= NAME_LEAST + 2)) {
        line.room = line.used + (columns <= room ? room : room - 2);
        bool whole = columns_add(&line, strbuf_text(&name));
        line.room = room_of(form);
        addf(&line, "%s: ", whole ? "" : "..");
    }
    (void)columns_add(&line, strbuf_text(&words.text));
    end_line(&line);
    strbuf_free(&name);
    strbuf_free(&words.text);
}

void live_view_lines(const struct live_view *view, const struct live_form *form, struct strbuf *ret) {
    bool tall = form->rows >= ROWS_FOR_GRAPH;
    bool one = view->side_by_side == 0;
    if (one && view->head && tall)
        live_table_head(form, ret);
    if (one && view->why && form->rows > 2)
        add_running(view, form, ret);
    if (one && tall && view->course->count > 0)
        add_graph(view, form, ret);
    if (one && form->rows > 3)
        add_usage(view, form, ret);
    add_course(view, form, ret);
}

/* ---- closing words ---- */

/* Of what summary_item() writes; its longest label leaves two blanks. */
#define LABEL_COLUMNS 11

/* Where the words of a line begin. */
static int words_begin(const char *line, size_t length) {
    size_t blanks = strspn(line, " ");
    bool labelled = blanks == 0 && length > LABEL_COLUMNS && line[LABEL_COLUMNS] != ' ' &&
                    line[LABEL_COLUMNS - 1] == ' ' && line[LABEL_COLUMNS - 2] == ' ';
    return labelled ? LABEL_COLUMNS : (int)blanks;
}

static void wrap_line(const char *line, size_t length, int room, struct strbuf *ret) {
    int indent = words_begin(line, length);
    if (2 * indent > room)
        indent = room > 4 ? 2 : 0;
    columns_wrap(line, length, 0, indent, room, ret);
}

void live_wrap(const char *text, int columns, struct strbuf *ret) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (columns_of(text, length) < columns) {
            strbuf_add_bytes(ret, text, length);
            strbuf_add(ret, "\n");
        } else {
            wrap_line(text, length, columns > 2 ? columns - 1 : 1, ret);
        }
        text += length + (text[length] == '\n');
    }
}
