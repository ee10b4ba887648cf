/* What is shown on stderr while trials run: a table that grows, and on a terminal some last lines that live.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "analysis/outlook.h"
#include "cli/screen.h"
#include "model/result.h"
#include "output/live_view.h"
#include "trial/trial_run.h"

/* Release with progress_end(). */
struct progress {
    bool quiet;
    bool live;   /* stderr is a terminal that can do it: the last lines are drawn anew */
    bool colour; /* and NO_COLOR is not set */
    bool utf8;
    bool reflows;
    struct screen screen;
    int stops; /* of terminal_stops(), when that was drawn */
    bool head_shown;
    int head_shape;        /* of the table that it is the head of */
    bool stalled;          /* nobody reads stderr */
    struct strbuf waiting; /* until somebody does */
    int64_t told_ns;       /* how far the run was when a plain line was last written */
    int64_t started_ns;    /* the command */
    int64_t deadline_ns;   /* the end of --budget; 0: there is none */
    char *name;            /* of the target; NULL: not known yet */
    const char *why;       /* of the trial that runs; borrowed; NULL: it will be no row of the table */
    struct outlook outlook;
    int course_id; /* of the trial that `course` is of */
    int64_t course_ns;
    int cycle; /* of it, and when that began */
    int64_t cycle_ns;
    int64_t drawn_ns;
    struct live_course course;
};

void progress_init(struct progress *progress, bool quiet);

/* Waits for a terminal that is held (Ctrl-S) with something left to be shown, until a signal that would end
 * us is pending. */
void progress_wait(struct progress *progress);

/* Leaves the terminal as it was. */
void progress_end(struct progress *progress);

/* Of what and since when progress is shown. */
void progress_describe(struct progress *progress, const char *name, int64_t started_ns, int64_t budget_ns);

/* A trial is about to begin, which will be a row with this reason at its end; NULL: it will be none. Borrowed
 * until the next call. */
void progress_begin(struct progress *progress, const char *why);

/* How long it will take, and what is to come after it. Holds until it is told anew. */
void progress_expect(struct progress *progress, const struct outlook *outlook);

/* The heading, once the machine is known. */
void progress_opening(struct progress *progress, const struct result *result);

/* Draws the live lines anew, where there are some; else tells of long runs now and then. */
void progress_live(struct progress *progress, const struct trial_progress *now);

/* As progress_live(), for several that run side by side. */
void progress_live_many(struct progress *progress, int running, int64_t elapsed_ns);

/* A trial has ended. With `verbose`, why it died and its evidence too; `free_run` as for summary_autopsy().
 */
void progress_row(struct progress *progress, const struct trial *trial, const char *why, bool verbose,
                  const struct trial *free_run);

/* Text below the table; nothing when quiet. */
void progress_text(struct progress *progress, const char *text);

/* The same of words for people: a terminal gets lines that are as long as it is wide at most. */
void progress_words(struct progress *progress, const char *text);

/* Text that a machine reads there, in whole lines: shown even when quiet. */
void progress_commands(struct progress *progress, const char *text);

/* One line, formatted, as an error; returns the status, for a caller that leaves with it. */
int progress_say(struct progress *progress, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An error: shown even when quiet. "plimsoll: what" and, indented, what mends it. */
void progress_error(struct progress *progress, const struct error *error);
