#include "cli/commands.h"

#include <string.h>

const struct command *const commands[] = {
    &cmd_size,  &cmd_find, &cmd_step,   &cmd_run,    &cmd_leak,  &cmd_check, &cmd_explain,
    &cmd_watch, &cmd_emit, &cmd_report, &cmd_doctor, &cmd_clean, NULL,
};

const struct exit_status exit_statuses[] = {
    {"0", "done, and the answer holds"},
    {"1", "check: the gate failed; leak: one is confirmed"},
    {"2", "usage or bad input; one line says what and where"},
    {"3", "the target fails without any limit, so memory is not what ails it"},
    {"4", "inconclusive: budget spent, too noisy, no data, a leak only suspected, wants more than there is"},
    {"5", "this machine does not allow it; the line below says what helps"},
    {"125, 126, 127", "plimsoll failed; the target is not executable; it does not exist"},
    {"129, 130, 143", "interrupted; all is cleaned up, what was measured is kept (watch without --for: 0)"},
    {"141", "watch: whoever read its output has closed it"},
    {"run", "the target's own code; 128+signal (143 where --for stopped it); 125 when plimsoll fails; of a "
            "server 0, its load's, or 1"},
    {NULL, NULL},
};

const struct command *command_find(const char *name) {
    for (const struct command *const *command = commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}
