/* All commands, one file each.
 * Layer: cli/. */
#pragma once

#include "cli/options.h"

extern const struct command cmd_size;
extern const struct command cmd_find;
extern const struct command cmd_step;
extern const struct command cmd_run;
extern const struct command cmd_emit;
extern const struct command cmd_doctor;
extern const struct command cmd_clean;

/* In the order of the help; the list ends with NULL. */
extern const struct command *const commands[];

/* NULL where there is no such command. */
const struct command *command_find(const char *name);
