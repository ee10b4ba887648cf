#include "cli/commands.h"

#include <string.h>

const struct command *const commands[] = {
    &cmd_size, &cmd_find, &cmd_step, &cmd_run, &cmd_emit, &cmd_doctor, &cmd_clean, NULL,
};

const struct command *command_find(const char *name) {
    for (const struct command *const *command = commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}
