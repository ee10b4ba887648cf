/* Our own runs: how the trials of a result ended.
 * Layer: explain/. Includes base/, model/, analysis/. Pure. */
#pragma once

#include "explain/case.h"
#include "model/result.h"

/* Adds a death for each way and limit at which a trial died; of a result in which none did, one survivor.
 * `name` is what the user calls the result. */
void explain_result(struct casefile *file, const char *name, const struct result *result);
