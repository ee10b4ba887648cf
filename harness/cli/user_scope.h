/* For who may make no cgroup but has a systemd of his own: plimsoll starts itself again in a scope that his
 * systemd delegates to him.
 * Layer: cli/. Includes base/, trial/. */
#pragma once

#include "base/error.h"
#include "cli/options.h"
#include "cli/progress.h"

/* The arguments of main(), program first, for the second start. Borrowed. */
void user_scope_remember(char *const *argv);

/* `code` and `error` are why no place for groups was found. Where a scope may help (no root, cgroup v2, a
 * systemd of the user's own that grants one, not refused, not tried before) it says so and starts anew:
 * then it does not return. Where the user's systemd was asked in vain the error tells that. The signals that
 * are blocked in `mask` stay so. */
void user_scope_enter(const struct options *options, int code, const sigset_t *mask,
                      struct progress *progress, struct error *error);
