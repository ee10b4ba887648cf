/* --resume: a run whose harness was killed, interrupted or ran out of time goes on from its folder.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/options.h"
#include "model/host.h"

struct session;

/* Where options->resume is set: puts the given options on top of those that the run in that folder was begun
 * with, and fills options->begun. `argc` and `argv` are what options_parse() was given. Refuses what would
 * mix two measurements (-EINVAL), and what is no run's folder. Only reads. */
int resume_options(const struct command *command, int argc, char **argv, struct options *options,
                   struct error *error);

/* Is this the machine that the resumed run was begun on, as far as figures depend on it? -EINVAL where it is
 * not; 0 also for a new run. */
int resume_check_host(const struct options *options, const struct host *here, struct error *error);

/* Opens the folder and fills the result with the trials that are there; says what it found. Errors as those
 * of store_reopen(). */
int resume_open(struct session *session, struct error *error);

/* Keeps what it takes to resume this run: invocation.json in the run's folder, where it has one. */
int resume_prepare(struct session *session, struct error *error);
