/* What a trial shows of growth: the series that leak_assess() judges, and which processes grew.
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "model/leak.h"
#include "model/trial.h"

/* The series of a run: of a service whose load went through two cycles or more, what it held when it held
 * least in each of them; else its course from when it was ready, until it was stopped or ended. The measure
 * is the needed memory. Release with leak_series_free(). */
void leak_series_of_trial(const struct trial *trial, struct leak_series *ret);

/* The verdict on a run, however it ended, with the processes that grew. Release with leak_free(). */
void leak_of_trial(const struct trial *trial, struct leak *ret);

/* What growth may be besides a leak: a sentence, where a run without cycles ended by itself and grew until
 * then, as a job does that reads its input. `for_ns`: how long it was to be watched (--for), 0: until its
 * end. NULL: nothing speaks against a leak. Caller frees. */
char *leak_doubt(const struct trial *trial, const struct leak *leak, int64_t for_ns);

/* What a run that was made for something else says of a leak. Not known where it says nothing: it did not
 * live, a squeeze held it down, or it ended by itself and grew until then, as jobs do. Release with
 * leak_free(). */
void leak_of_run(const struct trial *trial, struct leak *ret);

/* Adds the processes that grew over the part of the run that the verdict is made from, those that grew most
 * first, to leak->processes. */
void leak_add_processes(const struct trial *trial, struct leak *leak);
