/* Lines of cells, whatever separates them. The first two columns are time and bytes, unless a header names
 * more: then each column of numbers is a series, or each of those that it calls memory; and where texts stand
 * before the memory, there is one for each text. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "output/series_cell.h"
#include "output/series_forms.h"
#include "output/series_names.h"

/* Lines of more cells are refused. */
#define CELLS_MAX 1024

/* Texts that together say whose memory it is. */
#define KEYS_MAX 8

/* So many columns are named in a note. */
#define NAMES_TOLD 5

/* Below this no process lives: its numbers are no bytes. */
#define PLAUSIBLE_BYTES (64 * KIB)

/* Few that somebody watches live below this; in KiB, as ps prints it, many do. */
#define SMALL_BYTES (4 * MIB)

#define NO_COLUMN SIZE_MAX

/* Suffixes and powers of ten that one file uses; more than that do not make it coarser. */
#define GRAINS_MAX 16

/* The finest step that was seen with each suffix or power of ten: zeros at the end may have been dropped. */
struct grain {
    double unit;
    double step;
};

/* A column that is read. */
struct taken {
    size_t cell;
    enum leak_measure measure;
    int64_t scale; /* bytes of one, where the header says it; else 1 */
    bool open;     /* the header does not say that it is memory */
};

/* What becomes a series: a column that is read, or the part of it that belongs to one key. */
struct column {
    const struct taken *taken;
    char *key;       /* whose it is; NULL: there are no keys; owned */
    bool left_out;   /* its text is no number */
    bool has_suffix; /* some value said its own unit */
    int64_t largest;
    struct grain grains[GRAINS_MAX];
    size_t grain_count;
    struct series_build build;
};

struct csv {
    struct source *source;
    char separator; /* ' ': blanks and tabs; '\0': not known yet */
    char *header;   /* the line; NULL: none; owned */
    char **names;   /* in it; owned */
    size_t name_count;
    struct taken *taken; /* owned; of none before the first line of values */
    size_t taken_count;
    size_t keys[KEYS_MAX];
    size_t key_count;
    struct column *columns; /* as many for each key as are taken; owned */
    size_t column_count;
    size_t last_key; /* the first column of the one that was found last */
    struct strbuf key;
    size_t anon_column; /* NO_COLUMN: none; as the four below */
    size_t shmem_column;
    size_t kernel_column;
    size_t tasks_column;
    size_t phase_column;
    bool samples; /* of a run, which has its own names */
    struct cell_clock clock;
    struct series_file *file;
    char *cells[CELLS_MAX];
    size_t cell_count;
    char moment[80]; /* a time that was in several cells */
};

/* ---- lines ---- */

/* The first of tab, semicolon and comma that is there, outside of quotes; else blanks. */
static char find_separator(const char *line) {
    static const char candidates[] = "\t;,";
    bool seen[3] = {false};
    bool quoted = false;
    for (; *line; line++) {
        const char *which = strchr(candidates, *line);
        if (*line == '"')
            quoted = !quoted;
        else if (which && !quoted)
            seen[which - candidates] = true;
    }
    for (size_t i = 0; i < sizeof seen; i++)
        if (seen[i])
            return candidates[i];
    return ' ';
}

/* Takes a quoted cell at *at apart, in place; a quote in it is written twice (RFC 4180). */
static char *take_quoted(char **at) {
    char *start = ++*at;
    char *to = start;
    char *from = start;
    for (;; from++) {
        if (*from == '"' && from[1] == '"')
            from++;
        else if (*from == '"' || *from == '\0')
            break;
        *to++ = *from;
    }
    bool closed = *from == '"';
    *to = '\0';
    *at = from + closed;
    return closed ? start : NULL;
}

static bool at_end_of_cell(const struct csv *csv, const char *at) {
    return !*at || (csv->separator == ' ' ? isblank((unsigned char)*at) : *at == csv->separator);
}

/* Cuts the line into cells. */
static int split(struct csv *csv, char *line) {
    csv->cell_count = 0;
    for (char *at = line;;) {
        while (isblank((unsigned char)*at) && *at != csv->separator)
            at++;
        while (csv->separator == ' ' && isblank((unsigned char)*at))
            at++;
        if (csv->separator == ' ' && !*at)
            break;
        if (csv->cell_count == CELLS_MAX)
            return source_refuse(csv->source, "more than %d columns; give fewer", CELLS_MAX);
        char *cell = at;
        if (*at == '"') {
            if (!(cell = take_quoted(&at)))
                return source_refuse(csv->source, "a quote is not closed");
            while (isblank((unsigned char)*at) && !at_end_of_cell(csv, at))
                at++;
            if (!at_end_of_cell(csv, at))
                return source_refuse(csv->source, "%.20s: stands behind a closed quote", at);
        }
        while (!at_end_of_cell(csv, at))
            at++;
        bool last = !*at;
        *at++ = '\0';
        csv->cells[csv->cell_count++] = cell;
        if (last)
            break;
    }
    return 0;
}

static bool is_offset(const char *text) {
    return ((*text == '+' || *text == '-') && isdigit((unsigned char)text[1]) && strlen(text) >= 5 &&
            text[strspn(text, "+-:0123456789")] == '\0') ||
           strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0;
}

/* Between blanks "2026-11-23 05:00:00 +0100" is three cells, and one time. */
static void join_moment(struct csv *csv) {
    size_t parts = 1;
    if (csv->separator != ' ' || csv->cell_count < 2 || !cell_is_date(csv->cells[0]))
        return;
    parts += strchr(csv->cells[1], ':') != NULL;
    parts += parts == 2 && csv->cell_count > 2 && is_offset(csv->cells[2]);
    if (parts == 1)
        return;
    snprintf(csv->moment, sizeof csv->moment, "%s %s%s", csv->cells[0], csv->cells[1],
             parts == 3 ? csv->cells[2] : "");
    csv->cells[0] = csv->moment;
    csv->cell_count -= parts - 1;
    memmove(csv->cells + 1, csv->cells + parts, (csv->cell_count - 1) * sizeof *csv->cells);
}

/* ---- the header ---- */

static size_t find_column(const struct csv *csv, const char *name) {
    for (size_t i = 0; i < csv->cell_count; i++)
        if (strcmp(csv->cells[i], name) == 0)
            return i;
    return NO_COLUMN;
}

static void take(struct csv *csv, size_t cell, enum leak_measure measure, bool open) {
    struct taken *grown = reallocarray(csv->taken, csv->taken_count + 1, sizeof *grown);
    if (!grown)
        abort();
    csv->taken = grown;
    int64_t scale = cell < csv->name_count ? name_byte_unit(csv->names[cell]) : 0;
    grown[csv->taken_count++] = (struct taken){cell, measure, scale ? scale : 1, open};
}

/* The samples of a run: the names are those of samples.c. */
static bool take_samples_header(struct csv *csv) {
    size_t needed = find_column(csv, "needed_bytes");
    if (strcmp(csv->cells[0], "time_s") != 0 || needed == NO_COLUMN)
        return false;
    csv->samples = true;
    csv->anon_column = find_column(csv, "anon_bytes");
    csv->shmem_column = find_column(csv, "shmem_bytes");
    csv->kernel_column = find_column(csv, "kernel_bytes");
    csv->tasks_column = find_column(csv, "tasks");
    csv->phase_column = find_column(csv, "phase");
    csv->clock.unit_ns = NS_PER_S;
    take(csv, needed, MEASURE_NEEDED, false);
    return true;
}

static void take_header(struct csv *csv) {
    if (take_samples_header(csv))
        return;
    csv->names = calloc(csv->cell_count, sizeof *csv->names);
    if (!csv->names)
        abort();
    for (size_t i = 0; i < csv->cell_count; i++)
        csv->names[i] = text_copy(csv->cells[i]);
    csv->name_count = csv->cell_count;
    csv->clock.unit_ns = name_time_unit(csv->names[0]);
}

/* Neither a time in front nor a number behind it. */
static bool is_header(struct csv *csv) {
    struct cell_clock clock = csv->clock;
    int64_t ns;
    return !cell_time(csv->cells[0], &clock, &ns) && csv->cells[0][0] != '\0' &&
           !isdigit((unsigned char)csv->cells[0][0]) && !isdigit((unsigned char)csv->cells[1][0]);
}

/* ---- what is read ---- */

/* Neither a number, with whatever separators, nor a gap, nor a time. */
static bool is_text(const struct csv *csv, size_t cell) {
    struct cell_bytes bytes;
    struct error ignored;
    struct cell_clock clock = csv->clock;
    int64_t ns;
    if (cell >= csv->cell_count)
        return false;
    const char *text = csv->cells[cell];
    return text[strspn(text, "+-.,0123456789")] && cell_bytes(text, &bytes, &ignored) < 0 &&
           !cell_time(text, &clock, &ns);
}

/* "; column 3, cpu", but no more than a few. */
static void list_column(const struct csv *csv, size_t cell, size_t listed, struct strbuf *list) {
    if (listed >= NAMES_TOLD)
        return;
    strbuf_addf(list, "%scolumn %zu", listed ? "; " : "", cell + 1);
    if (cell >= csv->name_count || !*csv->names[cell])
        return;
    strbuf_add(list, ", ");
    text_add_visible(list, csv->names[cell]);
}

static void note_list(const struct csv *csv, const char *what, size_t listed, struct strbuf *list) {
    if (listed > NAMES_TOLD)
        strbuf_addf(list, "; and %zu more", listed - NAMES_TOLD);
    if (listed > 0)
        series_note(&csv->file->notes, &csv->file->note_count, "%s: %s.", what, strbuf_text(list));
    strbuf_free(list);
}

static void note_scale(struct csv *csv, const struct taken *taken) {
    struct strbuf visible = {0};
    text_add_visible(&visible, csv->names[taken->cell]);
    if (taken->scale > 1)
        series_note(&csv->file->notes, &csv->file->note_count,
                    "By its header, %s, one is taken as %" PRId64 " bytes.", strbuf_text(&visible),
                    taken->scale);
    strbuf_free(&visible);
}

static bool is_taken(const struct csv *csv, size_t cell) {
    for (size_t i = 0; i < csv->taken_count; i++)
        if (csv->taken[i].cell == cell)
            return true;
    for (size_t i = 0; i < csv->key_count; i++)
        if (csv->keys[i] == cell)
            return true;
    return false;
}

/* Columns of numbers that nobody judges are told: one of them may be what was meant. */
static void note_columns(struct csv *csv) {
    struct strbuf list = {0};
    size_t listed = 0;
    if (csv->taken_count == 1 && csv->taken[0].cell != 1) {
        list_column(csv, csv->taken[0].cell, 0, &list);
        series_note(&csv->file->notes, &csv->file->note_count, "Read is %s.", strbuf_text(&list));
        strbuf_free(&list);
    }
    for (size_t i = 1; i < csv->cell_count; i++)
        if (!is_taken(csv, i) && csv->cells[i][0] && !is_text(csv, i))
            list_column(csv, i, listed++, &list);
    note_list(csv, csv->header ? "Not read" : "Only column 2 is read, as no header names the others", listed,
              &list);
    for (size_t i = 0; i < csv->taken_count && i < NAMES_TOLD && csv->header; i++)
        note_scale(csv, &csv->taken[i]);
}

/* The columns that are called memory; where none is, those that are not called anything else. */
static void take_columns(struct csv *csv) {
    enum leak_measure measure;
    for (size_t i = 1; i < csv->name_count; i++)
        if (name_column(csv->names[i], &measure) == NAME_MEMORY && !is_text(csv, i))
            take(csv, i, measure, false);
    if (csv->taken_count > 0)
        return;
    for (size_t i = 1; i < csv->name_count && i < csv->cell_count; i++)
        if (name_column(csv->names[i], &measure) == NAME_NOTHING && !is_text(csv, i))
            take(csv, i, measure, true);
}

/* Text before the memory says whose it is; behind it, where its name says so: else it is a remark. */
static void take_keys(struct csv *csv) {
    static const char *const names[] = {"pod",     "container", "instance", "namespace", "name",
                                        "service", "host",      "hostname", "node",      "process",
                                        "command", "app",       "job",      "id"};
    for (size_t i = 1; i < csv->cell_count && i < csv->name_count && csv->key_count < KEYS_MAX; i++) {
        bool named = false;
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            named |= strcasecmp(csv->names[i], names[j]) == 0;
        if ((named || i < csv->taken[0].cell) && is_text(csv, i))
            csv->keys[csv->key_count++] = i;
    }
}

/* Told by the first line of values, and what the header calls them. */
static int plan(struct csv *csv) {
    if (csv->taken_count > 0)
        return 0;
    if (csv->header)
        take_columns(csv);
    const char *end = csv->header && csv->taken_count == 0 ? name_counter_end(csv->names[1]) : NULL;
    if (end)
        return source_refuse(csv->source,
                             "%.80s: what ends in %s is no memory in use; give a column of bytes",
                             csv->names[1], end);
    if (csv->taken_count == 0)
        take(csv, 1, MEASURE_UNKNOWN, false);
    else
        take_keys(csv);
    note_columns(csv);
    return 0;
}

/* What the texts of this line say together: "shop/web-1". */
static const char *key_of(struct csv *csv) {
    csv->key.length = 0;
    strbuf_add(&csv->key, "");
    for (size_t i = 0; i < csv->key_count; i++)
        if (csv->keys[i] < csv->cell_count)
            strbuf_addf(&csv->key, "%s%s", i ? "/" : "", csv->cells[csv->keys[i]]);
    return strbuf_text(&csv->key);
}

/* From the last one on: a table tells of its targets in turn, or of one at a time. */
static struct column *find_columns(struct csv *csv, const char *key) {
    size_t at = csv->last_key;
    for (size_t i = 0; i < csv->column_count; i += csv->taken_count) {
        if (strcmp(csv->columns[at].key, key) == 0) {
            csv->last_key = at;
            return &csv->columns[at];
        }
        at += csv->taken_count;
        at = at < csv->column_count ? at : 0;
    }
    return NULL;
}

static struct column *add_columns(struct csv *csv, const char *key) {
    size_t first = csv->column_count;
    struct column *grown = reallocarray(csv->columns, first + csv->taken_count, sizeof *grown);
    if (!grown)
        abort();
    csv->columns = grown;
    csv->last_key = first;
    for (size_t i = 0; i < csv->taken_count; i++)
        grown[csv->column_count++] =
            (struct column){.taken = &csv->taken[i],
                            .key = text_copy(key),
                            .build = {.series = {.measure = csv->taken[i].measure}, .of_run = csv->samples}};
    return &grown[first];
}

/* ---- values ---- */

static void learn_grain(struct column *column, const struct cell_bytes *cell) {
    for (size_t i = 0; i < column->grain_count; i++) {
        if (fabs(column->grains[i].unit / cell->unit - 1) < 1e-6) {
            column->grains[i].step = fmin(column->grains[i].step, cell->step);
            return;
        }
    }
    if (column->grain_count < GRAINS_MAX)
        column->grains[column->grain_count++] = (struct grain){cell->unit, cell->step};
}

static int64_t resolution(const struct column *column) {
    double coarsest = 0;
    for (size_t i = 0; i < column->grain_count; i++)
        coarsest = fmax(coarsest, column->grains[i].step);
    return coarsest > 1 && coarsest < 9e18 ? (int64_t)coarsest : 0;
}

static int read_bytes(const struct csv *csv, struct column *column, struct known_i64 *ret,
                      struct error *error) {
    struct cell_bytes cell;
    const struct taken *taken = column->taken;
    *ret = UNKNOWN_I64;
    if (taken->cell >= csv->cell_count)
        return 0;
    const char *text = csv->cells[taken->cell];
    if (csv->clock.decimal_comma && strchr(text, ','))
        return error_plain(error, -EINVAL, "%.40s: write a decimal point, and no other separator in a number",
                           text);
    int code = cell_bytes(text, &cell, error);
    if (code < 0 || !cell.bytes.known)
        return code;
    int64_t bytes = cell.bytes.value;
    bool suffixed = cell.unit != 1 && !strpbrk(text, "eE");
    if (!suffixed && taken->scale > 1) {
        /* 12.3 of a header's MB were rounded up to 13 by now. */
        double scaled = strtod(text, NULL) * (double)taken->scale;
        if (!(scaled < 9.2e18))
            return error_plain(error, -ERANGE, "%.40s: out of range", text);
        bytes = llround(scaled);
        cell.step *= (double)taken->scale;
        cell.unit *= (double)taken->scale;
    }
    column->has_suffix |= suffixed;
    if (bytes > column->largest)
        column->largest = bytes;
    learn_grain(column, &cell);
    *ret = known_i64(bytes);
    return 0;
}

/* What it was made of; a file in which that cannot be read is read without. */
static struct known_i64 read_kind(const struct csv *csv, size_t column) {
    struct cell_bytes cell;
    struct error ignored;
    if (column >= csv->cell_count || cell_bytes(csv->cells[column], &cell, &ignored) < 0)
        return UNKNOWN_I64;
    return cell.bytes;
}

/* A word that a later version wrote says nothing here. */
static enum run_phase phase_of(const struct csv *csv) {
    enum run_phase phase = PHASE_UNKNOWN;
    if (csv->phase_column < csv->cell_count)
        (void)run_phase_from_name(csv->cells[csv->phase_column], &phase);
    return phase;
}

static int add_reading(struct csv *csv, struct column *column, const struct leak_point *moment) {
    struct leak_point point = *moment;
    struct error error = {0};
    if (column->left_out || (csv->samples && !series_build_phase(&column->build, phase_of(csv))))
        return 0;
    if (read_bytes(csv, column, &point.bytes, &error) < 0) {
        /* Beside others it may be a column of remarks. */
        if (!column->taken->open || csv->taken_count == 1 || column->taken->cell == 1 ||
            column->build.known > 0 || !is_text(csv, column->taken->cell))
            return source_refuse(csv->source, "%s", error.what);
        struct strbuf list = {0};
        list_column(csv, column->taken->cell, 0, &list);
        note_list(csv, "Not read, as its cells are no numbers", 1, &list);
        column->left_out = true;
        return 0;
    }
    column->build.absolute = csv->clock.absolute;
    if (series_build_add(&column->build, &point, &error) < 0)
        return source_refuse(csv->source, "%s", error.what);
    return 0;
}

static int read_row(struct csv *csv) {
    struct leak_point point = {0};
    int code = plan(csv);
    if (code < 0)
        return code;
    if (csv->cell_count <= csv->taken[0].cell)
        return source_refuse(csv->source, "%zu cell%s; a line is time and bytes, as in 10.5,52428800",
                             csv->cell_count, csv->cell_count == 1 ? "" : "s");
    if (!cell_time(csv->cells[0], &csv->clock, &point.time_ns))
        return source_refuse(csv->source,
                             "%.40s: not a time; give seconds, or a date as in 2026-11-23T05:00:00Z",
                             csv->cells[0][0] ? csv->cells[0] : "(empty)");
    point.anon = read_kind(csv, csv->anon_column);
    point.shmem = read_kind(csv, csv->shmem_column);
    point.kernel = read_kind(csv, csv->kernel_column);
    point.tasks = read_kind(csv, csv->tasks_column);
    const char *key = key_of(csv);
    struct column *columns = find_columns(csv, key);
    if (!columns && csv->column_count + csv->taken_count > SERIES_FILE_MAX)
        return source_refuse(csv->source, "more than %d series; give time and bytes in the first two columns",
                             SERIES_FILE_MAX);
    if (!columns)
        columns = add_columns(csv, key);
    for (size_t i = 0; i < csv->taken_count && code == 0; i++)
        code = add_reading(csv, &columns[i], &point);
    return code;
}

/* The first line that holds something. */
static int begin(struct csv *csv, char *line) {
    csv->separator = find_separator(line);
    csv->clock.decimal_comma = csv->separator == ';' || csv->separator == '\t';
    CLEANUP_FREE char *copy = text_copy(line);
    int code = split(csv, line);
    if (code < 0)
        return code;
    join_moment(csv);
    if (csv->cell_count < 2)
        return source_refuse(
            csv->source,
            "%.40s: not a series; give time and bytes in two columns, the JSON of a Prometheus "
            "range query, or lines of docker stats --format '{{json .}}'",
            line);
    if (!is_header(csv))
        return read_row(csv);
    csv->header = STEAL_POINTER(&copy);
    take_header(csv);
    return 0;
}

static int read_line(struct csv *csv, char *line) {
    line += strspn(line, " \t");
    if (!*line || *line == '#' || (csv->header && strcmp(line, csv->header) == 0))
        return 0;
    /* 104857600 of which 104 is there would be a fall. Alone it is read: it may be all that was given. */
    if (csv->source->cut && (csv->samples || csv->column_count > 0)) {
        series_note(&csv->file->notes, &csv->file->note_count,
                    "The last line has no end: it may be cut short, and is left out.");
        return 0;
    }
    if (!csv->separator)
        return begin(csv, line);
    int code = split(csv, line);
    if (code < 0)
        return code;
    join_moment(csv);
    return read_row(csv);
}

/* ---- the end ---- */

static bool is_plausible(const struct column *column) {
    return column->build.known == 0 || column->has_suffix || column->taken->scale > 1 ||
           column->largest >= PLAUSIBLE_BYTES;
}

/* Two that are called the same are told apart by their place. NULL: the only one. */
static char *name_of(const struct csv *csv, const struct column *column) {
    size_t cell = column->taken->cell;
    const char *name = cell < csv->name_count ? csv->names[cell] : "";
    if (csv->taken_count == 1)
        return csv->key_count > 0 ? text_copy(column->key) : NULL;
    bool alone = *name;
    for (size_t i = 0; i < csv->taken_count; i++)
        alone &= csv->taken[i].cell == cell || strcmp(csv->names[csv->taken[i].cell], name) != 0;
    CLEANUP_FREE char *place = alone   ? text_copy(name)
                               : *name ? text_format("%s (column %zu)", name, cell + 1)
                                       : text_format("column %zu", cell + 1);
    return csv->key_count > 0 ? text_format("%s %s", column->key, place) : text_copy(place);
}

/* Too small for bytes: all of them are a mistake, some of them count something else. */
static int check_sizes(struct csv *csv) {
    const struct column *small = NULL;
    struct strbuf list = {0};
    size_t listed = 0;
    int64_t largest = 0;
    bool plain = true;
    for (size_t i = 0; i < csv->column_count; i++) {
        struct column *column = &csv->columns[i];
        plain &= !column->has_suffix && column->taken->scale == 1;
        largest = column->largest > largest ? column->largest : largest;
        if (column->left_out || is_plausible(column))
            continue;
        small = small ? small : column;
        CLEANUP_FREE char *name = name_of(csv, column);
        if (listed < NAMES_TOLD && name) {
            strbuf_add(&list, listed ? "; " : "");
            text_add_visible(&list, name);
        }
        listed++;
    }
    if (small && plain && largest < PLAUSIBLE_BYTES) {
        strbuf_free(&list);
        return error_plain(csv->source->error, -EINVAL,
                           "%s: the largest value in column %zu is %" PRId64
                           ": those are no bytes of a program; give bytes, or the unit (12.3Mi)",
                           csv->source->name, small->taken->cell + 1, small->largest);
    }
    note_list(csv, "Left out, as no value is so large that it could be the bytes of a program", listed,
              &list);
    if (csv->column_count > 0 && plain && largest > 0 && largest < SMALL_BYTES)
        series_note(
            &csv->file->notes, &csv->file->note_count,
            "The largest value is %s, which is little: if it is in KiB, say so in a header (time,rss_kib).",
            bytes_text(largest).s);
    return 0;
}

/* Notes about what the numbers are. */
static int finish(struct csv *csv) {
    int code = check_sizes(csv);
    if (code < 0)
        return code;
    if (csv->clock.zone_missing)
        series_note(
            &csv->file->notes, &csv->file->note_count,
            "The times have no offset and are taken as UTC; where clocks were changed, an hour is wrong.");
    for (size_t i = 0; i < csv->column_count; i++) {
        struct column *column = &csv->columns[i];
        if (column->left_out || !is_plausible(column))
            continue;
        column->build.series.resolution_bytes = resolution(column);
        series_file_append(csv->file, &column->build, name_of(csv, column));
    }
    return 0;
}

static void free_csv(struct csv *csv) {
    for (size_t i = 0; i < csv->column_count; i++) {
        free(csv->columns[i].key);
        leak_series_free(&csv->columns[i].build.series);
    }
    for (size_t i = 0; i < csv->name_count; i++)
        free(csv->names[i]);
    free(csv->names);
    free(csv->columns);
    free(csv->taken);
    free(csv->header);
    strbuf_free(&csv->key);
    free(csv);
}

int series_read_csv(struct source *source, struct series_file *ret) {
    struct csv *csv = calloc(1, sizeof *csv);
    char *line;
    int code;
    if (!csv)
        abort();
    csv->source = source;
    csv->file = ret;
    csv->anon_column = csv->shmem_column = csv->kernel_column = NO_COLUMN;
    csv->tasks_column = csv->phase_column = NO_COLUMN;
    while ((code = source_line(source, &line)) > 0)
        if ((code = read_line(csv, line)) < 0)
            break;
    if (code == 0)
        code = finish(csv);
    ret->form = csv->samples ? "samples of a run" : "CSV";
    free_csv(csv);
    return code;
}
