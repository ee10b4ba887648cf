/* Does the systemd of a user who may make no cgroup delegate one to him? Asked by who would start again in
 * such a scope, and by doctor. Layer: trial/. Includes base/, kernel/. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* The words before the command that is to run in a scope of its own; ends with NULL. */
extern const char *const scope_command[];

/* `code` is why no place for groups was found. True where a scope may help: no root, cgroup v2 that may be
 * written, and a systemd of the user's own. */
bool scope_may_help(int code);

/* Asks for a scope in which nothing is done; takes 10 s at most. False: refused, and what was said against it
 * is in *error, beside what helps instead; `what` of it is left as it is. */
bool scope_is_granted(struct error *error);
