/* What may be wrong with a recommendation, each doubt a sentence among its warnings.
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "analysis/sizing.h"

/* Adds the doubts that the trials raise to a recommendation whose numbers are complete. */
void doubts_add(const struct sizing_config *config, const struct trial *trials, size_t count,
                const struct oom_point *oom_point, struct recommendation *advice);

/* Of these, those that no trial is looked at for: the node it is for, and the machine it was measured on. */
void doubts_add_machine(const struct sizing_config *config, struct recommendation *advice);
