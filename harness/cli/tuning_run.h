/* Trying what the target's runtime is to be told beside its limit.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/session.h"

/* To be called once runs at the recommended limit have proven it. Fills result.recommendation.runtime, runs
 * the target with the settings that suit it where there are any, and says in the recommendation what came of
 * it. That no time is left for it is no failure: the answer stands without. Returns STATUS_OK, or the exit
 * status to leave with (the user's interrupt, or a failure of ours). */
int tuning_try(struct session *session);
