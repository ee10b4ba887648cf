/* The verdict: from everything that was seen to one word, with the facts that decided it.
 * Layer: trial/. Includes base/, model/. Pure. */
#pragma once

#include "model/trial.h"

/* Sets trial->outcome and appends its evidence. Never says survived when an OOM kill was counted. */
void outcome_judge(const struct trial_facts *facts, struct trial *trial);

/* The line of the target's standard error by which its runtime says that it ran out of memory, or NULL.
 * Caller frees. */
char *outcome_find_runtime_oom(const char *stderr_tail);
