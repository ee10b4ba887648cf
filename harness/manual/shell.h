/* What the writers of completion share.
 * Layer: manual/. Includes base/. Pure. */
#pragma once

#include "manual/manual.h"

/* "a-b" as a shell can call a function or a variable: "a_b". Caller frees. */
char *manual_identifier(const char *name);

/* Adds text within single quotes, as sh, bash and zsh read it. */
void manual_add_quoted(struct strbuf *script, const char *text);

/* The options of a command that take a value (or with `all` all of them), each with a blank before it: "
 * --name -n ...". */
void manual_add_names(struct strbuf *script, const struct manual_command *command, bool all);
