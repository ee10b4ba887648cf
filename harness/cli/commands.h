/* All commands, one file each.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/options.h"

extern const struct command cmd_size;
extern const struct command cmd_find;
extern const struct command cmd_step;
extern const struct command cmd_run;
extern const struct command cmd_leak;
extern const struct command cmd_check;
extern const struct command cmd_explain;
extern const struct command cmd_watch;
extern const struct command cmd_emit;
extern const struct command cmd_report;
extern const struct command cmd_doctor;
extern const struct command cmd_clean;

/* In the order of the help; the list ends with NULL. */
extern const struct command *const commands[];

/* What the exit statuses mean, for manual pages; README.md has the same rows. The numbers of options.h. */
struct exit_status {
    const char *codes; /* "125, 126, 127", or the command that has its own */
    const char *meaning;
};

/* In the order of their numbers; ends with NULL in `codes`. */
extern const struct exit_status exit_statuses[];

/* NULL where there is no such command. */
const struct command *command_find(const char *name);
