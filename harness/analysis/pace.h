/* When a run is too slow to wait for.
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "model/trial.h"

/* How long a limited run may take, in nanoseconds: ten times the fastest of the surviving trials, and at
 * least two seconds more. 0 while nothing has survived that it could be compared with. Measured: targets
 * stuck in reclaim past that point never finished within minutes. */
int64_t pace_slow_after(const struct trial *trials, size_t count);
