/* What is shown on stderr while trials run: a table that grows, and on a terminal a last line that lives.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "model/result.h"
#include "trial/trial_run.h"

struct progress {
    bool quiet;
    bool live;   /* stderr is a terminal: the last line is rewritten */
    bool colour; /* and NO_COLOR is not set */
    bool line_shown;
    bool head_shown;
    bool stalled;        /* nobody reads stderr: nothing more is written there */
    int64_t expected_ns; /* how long a run is expected to take; 0: not known */
    int expected_trials; /* 0: not known */
};

void progress_init(struct progress *progress, bool quiet);

/* The heading, once the machine is known. */
void progress_opening(struct progress *progress, const struct result *result);

/* Rewrites the live line, where there is one. */
void progress_live(struct progress *progress, const struct trial_progress *now);

/* As progress_live(), for several that run side by side. */
void progress_live_many(struct progress *progress, int running, int64_t elapsed_ns);

/* A trial has ended. With `verbose`, its evidence too. */
void progress_row(struct progress *progress, const struct trial *trial, const char *why, bool verbose);

/* Text below the table; nothing when quiet. */
void progress_text(struct progress *progress, const char *text);

/* An error: shown even when quiet. "plimsoll: what" and, indented, the hint. */
void progress_error(struct progress *progress, const struct error *error);
