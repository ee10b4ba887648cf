/* What to do after a death of one of our own runs, with the numbers that its result has. Within explain/
 * alone. Layer: explain/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "model/result.h"

/* Adds to death->advice; verdict, scope and limit are known by then. */
void advise_trial(const struct result *result, const struct trial *trial, struct death *death);
