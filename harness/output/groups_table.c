#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "output/colour.h"
#include "output/columns.h"
#include "output/form_text.h"
#include "output/groups.h"

#define NAME_LEAST 12
#define NAME_MOST  48

/* Columns of a path's end, with what stands before it. */
#define TAIL_LEAST 9

/* Bytes of a name that are looked at. */
#define SHOWN_MOST 400

/* Less than this share of a limit is left: worth a colour. */
#define ROOM_SHORT 0.1

/* ---- columns ---- */

static struct short_text word(const char *text) {
    struct short_text copy;
    snprintf(copy.s, sizeof copy.s, "%s", text);
    return copy;
}

static struct short_text size_cell(struct known_i64 bytes) {
    return bytes.known ? bytes_short_text(bytes.value) : word("-");
}

static struct short_text used_cell(const struct group_row *row) {
    return size_cell(row->group->now.usage);
}

static struct short_text working_set_cell(const struct group_row *row) {
    return size_cell(snapshot_working_set(&row->group->now));
}

static struct short_text peak_cell(const struct group_row *row) {
    return size_cell(row->group->now.total_peak);
}

static struct short_text limit_cell(const struct group_row *row) {
    return size_cell(row->group->limit_bytes);
}

static struct short_text room_cell(const struct group_row *row) {
    return size_cell(row->standing.headroom_bytes);
}

static struct short_text stall_cell(const struct group_row *row) {
    struct short_text text = word("-");
    struct known_f64 ratio = row->group->stall_ratio;
    if (ratio.known)
        snprintf(text.s, sizeof text.s, ratio.value > 0 && ratio.value < 0.0095 ? "%.1f%%" : "%.0f%%",
                 ratio.value * 100);
    return text;
}

static struct short_text growth_cell(const struct group_row *row) {
    const struct standing *standing = &row->standing;
    struct short_text text = word("flat");
    if (standing->growth == STANDING_UNKNOWN)
        return word("-");
    if (standing->growth != STANDING_FLAT)
        snprintf(text.s, sizeof text.s, "%s%.40s", standing->growth == STANDING_SLOWING ? "~" : "+",
                 bytes_short_text((int64_t)standing->bytes_per_hour.value).s);
    return text;
}

static struct short_text left_cell(const struct group_row *row) {
    struct known_f64 left = row->standing.exhausted_after_s;
    return left.known ? time_short_text(left.value) : word("-");
}

static struct short_text oom_cell(const struct group_row *row) {
    struct known_i64 kills = row->group->oom_kills;
    struct short_text text = word("-");
    if (kills.known && kills.value <= 999)
        snprintf(text.s, sizeof text.s, "%d", (int)kills.value);
    else if (kills.known)
        text = word(">1k");
    return text;
}

static struct short_text request_cell(const struct group_row *row) {
    return size_cell(row->standing.request_bytes);
}

static struct short_text advised_limit_cell(const struct group_row *row) {
    return size_cell(row->standing.limit_bytes);
}

/* Together with a name of 15 columns they take 80. */
static const struct column {
    const char *head;
    int width; /* with the blank before it */
    int rank;  /* the highest is left out first */
    struct short_text (*cell)(const struct group_row *row);
} columns[] = {
    {"USED", 6, 0, used_cell},     {"WSET", 6, 7, working_set_cell},   {"PEAK", 6, 8, peak_cell},
    {"LIMIT", 6, 1, limit_cell},   {"ROOM", 6, 2, room_cell},          {"STALL", 6, 9, stall_cell},
    {"GROW/h", 7, 5, growth_cell}, {"LEFT", 6, 3, left_cell},          {"OOM", 4, 4, oom_cell},
    {"REQ*", 6, 6, request_cell},  {"LIM*", 6, 6, advised_limit_cell},
};
#define COLUMN_COUNT (sizeof columns / sizeof *columns)

struct layout {
    bool has[COLUMN_COUNT];
    int name; /* its width */
};

/* Drops columns until the name has room. */
static struct layout lay_out(int width) {
    struct layout layout = {0};
    for (int rank = 10; rank >= 0; rank--) {
        layout.name = width;
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
            layout.has[i] = columns[i].rank < rank;
            layout.name -= layout.has[i] ? columns[i].width : 0;
        }
        if (layout.name >= NAME_LEAST)
            break;
    }
    layout.name = layout.name < NAME_MOST ? layout.name : NAME_MOST;
    return layout;
}

/* ---- lines ---- */

/* Cut to `width` columns. */
static void add_cut(struct strbuf *to, const char *text, int width) {
    strbuf_add_bytes(to, text, columns_cut(text, width));
}

/* As the terminal can show it. Caller frees. */
static char *shown_text(const char *text, bool utf8) {
    CLEANUP_FREE char *harmless = form_line(text, SHOWN_MOST);
    struct strbuf shown = {0};
    struct columns_line line = {.text = &shown, .room = INT_MAX, .utf8 = utf8};
    (void)columns_add(&line, harmless);
    return shown.text ? shown.text : text_copy("");
}

/* Of a path that is too long its end tells more than its beginning, and its program more than that. Caller
 * frees. */
static char *short_name(const struct watched_group *group, int width, bool utf8) {
    char *name = shown_text(group->name, utf8);
    if (columns_of(name, strlen(name)) <= width || group->kind != WATCHED_GROUP || width <= TAIL_LEAST)
        return name;
    CLEANUP_FREE char *whole = name;
    CLEANUP_FREE char *program = shown_text(group->program, utf8);
    struct strbuf text = {0};
    add_cut(&text, program, width - TAIL_LEAST);
    strbuf_add(&text, *program ? " .." : "..");
    strbuf_add(&text, columns_end(whole, width - columns_of(text.text, text.length)));
    return text.text;
}

/* Cut and padded. */
static void add_name(struct strbuf *to, const struct watched_group *group, int width, bool utf8) {
    CLEANUP_FREE char *name = short_name(group, width, utf8);
    size_t length = columns_cut(name, width);
    strbuf_add_bytes(to, name, length);
    strbuf_addf(to, "%*s", width - columns_of(name, length), "");
}

static void add_cell(struct strbuf *to, const char *text, int width) {
    strbuf_addf(to, "%*s", width, text);
}

static const char *colour_of(const struct group_row *row) {
    const struct standing *standing = &row->standing;
    if (known_or(watched_new_kills(row->group), 0) > 0)
        return RED;
    if (standing->headroom_bytes.known && (double)standing->headroom_bytes.value <
                                              ROOM_SHORT * (double)standing->headroom_of->limit_bytes.value)
        return RED;
    return NULL;
}

static void add_row(const struct group_row *row, const struct layout *layout, const struct groups_view *view,
                    struct strbuf *to) {
    const char *colour = view->colour ? colour_of(row) : NULL;
    if (colour)
        strbuf_add(to, colour);
    add_name(to, row->group, layout->name, view->utf8);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (layout->has[i])
            add_cell(to, columns[i].cell(row).s, columns[i].width);
    strbuf_add(to, colour ? PLAIN "\n" : "\n");
}

static void add_heads(const struct layout *layout, bool coloured, struct strbuf *to) {
    if (coloured)
        strbuf_add(to, BOLD);
    strbuf_addf(to, "%-*.*s", layout->name, layout->name, "NAME");
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (layout->has[i])
            add_cell(to, columns[i].head, columns[i].width);
    strbuf_add(to, coloured ? PLAIN "\n" : "\n");
}

/* A line of text, cut. */
static void add_line(struct strbuf *to, const struct strbuf *line, int width) {
    add_cut(to, strbuf_text(line), width);
    strbuf_add(to, "\n");
}

static void add_opening(const struct groups_facts *facts, size_t count, int width, struct strbuf *to) {
    struct strbuf line = {0};
    strbuf_addf(&line, "plimsoll  %zu group%s", count, count == 1 ? "" : "s");
    if (count < facts->shown)
        strbuf_addf(&line, " of %zu", facts->shown);
    if (facts->available_bytes.known && facts->host->memory_bytes.known)
        strbuf_addf(&line, "  %s of %s free", bytes_short_text(facts->available_bytes.value).s,
                    bytes_short_text(facts->host->memory_bytes.value).s);
    if (facts->host_kills.known && facts->watched_ns >= NS_PER_S)
        strbuf_addf(&line, "  %lld OOM kill%s in %s", (long long)facts->host_kills.value,
                    facts->host_kills.value == 1 ? "" : "s",
                    time_short_text((double)facts->watched_ns / 1e9).s);
    if (facts->gone)
        strbuf_addf(&line, "  %zu gone", facts->gone);
    add_line(to, &line, width);
    strbuf_free(&line);
}

/* Is there a column whose head has a star? */
static bool has_advice(const struct layout *layout) {
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (layout->has[i] && strchr(columns[i].head, '*'))
            return true;
    return false;
}

static void add_closing(const struct groups_facts *facts, size_t left_out, const struct groups_view *view,
                        const struct layout *layout, struct strbuf *to) {
    struct strbuf line = {0};
    if (left_out)
        strbuf_addf(&line, "%zu more   ", left_out);
    if (facts->unopened)
        strbuf_addf(&line, "%zu not seen: too many open files (ulimit -n)   ", facts->unopened);
    if (view->live)
        strbuf_addf(&line, "q quit   s sort (%s)   r reverse   ", row_order_name(view->order));
    if (has_advice(layout))
        strbuf_add(&line, "* advised, unproven");
    while (line.length && line.text[line.length - 1] == ' ')
        line.text[--line.length] = '\0';
    if (line.length)
        add_line(to, &line, view->columns);
    strbuf_free(&line);
}

/* ---- rows by name ---- */

struct named_row {
    char *name; /* as it is shown */
    const struct group_row *row;
};

static int compare_named(const void *a, const void *b) {
    const struct named_row *left = a;
    const struct named_row *right = b;
    int found = strcasecmp(left->name, right->name);
    return found ? found : strcmp(left->row->group->path, right->row->group->path);
}

/* By the names that are shown, which may be less than the whole ones. Caller frees. */
static struct group_row *sort_by_name(const struct group_row *rows, size_t count, int width,
                                      const struct groups_view *view) {
    struct named_row *named = calloc(count + 1, sizeof *named);
    struct group_row *sorted = malloc((count + 1) * sizeof *sorted);
    if (!named || !sorted)
        abort();
    if (count)
        memcpy(sorted, rows, count * sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        named[i] = (struct named_row){short_name(rows[i].group, width, view->utf8), &rows[i]};
    qsort(named, count, sizeof *named, compare_named);
    for (size_t i = 0; i < count; i++) {
        sorted[view->reversed ? count - 1 - i : i] = *named[i].row;
        free(named[i].name);
    }
    free(named);
    return sorted;
}

void groups_table(const struct groups_facts *facts, const struct group_row *rows, size_t count,
                  const struct groups_view *view, struct strbuf *to) {
    struct layout layout = lay_out(view->columns);
    size_t room = view->lines > 3 ? (size_t)view->lines - 3 : 0;
    size_t shown = view->lines == 0 || count <= room ? count : room;
    struct group_row *named = NULL;
    if (view->order == ORDER_NAME)
        rows = named = sort_by_name(rows, count, layout.name, view);
    add_opening(facts, count, view->columns, to);
    add_heads(&layout, view->colour, to);
    for (size_t i = 0; i < shown; i++)
        add_row(&rows[i], &layout, view, to);
    add_closing(facts, count - shown, view, &layout, to);
    free(named);
}
