/* `watch` of everything: a table that lives, or documents of it.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/options.h"

/* Returns the exit status. */
int watch_all(const struct options *options);
