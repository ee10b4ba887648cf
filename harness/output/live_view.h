/* The live part of a terminal while trials run, as lines of text: what runs, how much of its limit it uses,
 * and how long all of it will still take. Also the table above it, as wide as the terminal is.
 *
 * Each line takes fewer columns than the terminal has, whatever the target is called, so that none is ever
 * broken in two and the lines can be found again. Layer: output/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include <limits.h>

#include "analysis/outlook.h"
#include "base/text.h"
#include "base/units.h"
#include "model/trial.h"

/* Columns where there is no terminal: all has room, and stays as it is. */
#define LIVE_PLAIN INT_MAX

/* What the terminal shows. */
struct live_form {
    int columns;
    int rows;
    bool utf8; /* else ASCII alone */
    bool colour;
};

/* Does a terminal with this environment show UTF-8? By the locale (locale(7): LC_ALL, LC_CTYPE and LANG in
 * this order), and not where TERM is the console's, whose font has few signs. Each may be NULL. */
bool live_shows_utf8(const char *lc_all, const char *lc_ctype, const char *lang, const char *term);

#define LIVE_SPANS  256
#define LIVE_STALLS 10

/* The course of a run, as far as it is shown: constant in size, however long it runs. A zeroed struct is the
 * beginning of one. */
struct live_course {
    int64_t most_bytes[LIVE_SPANS]; /* highest usage of each span, all equally long */
    int count;
    int readings;          /* of the last span */
    int readings_per_span; /* doubled whenever the spans are too many, as pairs become one; 0: none yet */
    struct known_i64 peak; /* as of the last reading */
    int64_t times_ns[LIVE_STALLS]; /* the last readings, a ring: when, and the stall until then */
    struct known_i64 stalls_us[LIVE_STALLS];
    int stall_count; /* ever added */
};

/* One reading; between two of them usage may have been higher, and where that makes a new peak it is told. */
void live_course_add(struct live_course *course, struct known_i64 usage_bytes, struct known_i64 peak_bytes);

/* One reading of the time that all of the target was stalled for memory. */
void live_course_add_stall(struct live_course *course, int64_t elapsed_ns, struct known_i64 stall_us);

/* The share of the last second or so in which it was stalled; unknown where the kernel does not tell. */
struct known_f64 live_course_stall(const struct live_course *course);

/* Everything that is shown. Texts are borrowed; name and phase may be NULL. */
struct live_view {
    const char *name; /* of the target */
    bool head;        /* the table has none yet */
    int id;           /* of the trial */
    const char *why;  /* it will be a row of the table, with this at its end; NULL: it is to be none */
    int side_by_side; /* so many run at once, of which nothing else is known; 0: one */
    int64_t elapsed_ns;
    struct known_i64 limit_bytes; /* in force; unknown: none */
    struct known_i64 usage_bytes;
    struct known_i64 needed_bytes; /* so far */
    struct known_i64 peak_bytes;   /* so far */
    const char *phase;             /* of a service */
    int cycle;                     /* 0: it has none */
    int cycles;
    const struct live_course *course;
    int64_t total_ns; /* since the command began */
    struct outlook outlook;
    int64_t budget_ns; /* that is left of --budget; 0: there is none */
};

/* Appends the lines, each with its end. */
void live_view_lines(const struct live_view *view, const struct live_form *form, struct strbuf *ret);

/* The table's head and the row of a trial that has ended, on a terminal and without one (LIVE_PLAIN): with
 * fewer cells where there is less room. A reason that does not fit beside its row stands below it. */
void live_table_head(const struct live_form *form, struct strbuf *ret);
void live_table_row(const struct trial *trial, const char *why, const struct live_form *form,
                    struct strbuf *ret);

/* Which cells there is room for: tables of the same shape need one head. */
int live_table_shape(const struct live_form *form);

/* Appends text whose lines are broken at blanks where they would not fit. What goes on stands below where the
 * words of the line began, behind its label if it has one. */
void live_wrap(const char *text, int columns, struct strbuf *ret);

/* Columns that a line takes at most, escape sequences of colours left out; up to its end, or the text's. */
int live_line_columns(const char *line);
