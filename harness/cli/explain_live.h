/* explain --live: asks this machine, an engine or kubectl, and reads what they say into the case.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/options.h"
#include "explain/case.h"

/* Returns the exit status to leave with: 0 goes on, with the notes in `notes`; 2 where there is no such
 * container or pod, 5 where nothing answers, each with *error filled; 130 or 143 where the user has
 * interrupted. */
int explain_live(const struct options *options, struct casefile *file, struct sentences *notes,
                 struct error *error);
