#include "analysis/pace.h"

#include "base/units.h"

#define SLOW_RATIO 10

/* Keeps a hiccup of the machine from ending a run of milliseconds. */
#define SLOW_FLOOR_NS (2 * NS_PER_S)

int64_t pace_slow_after(const struct trial *trials, size_t count) {
    int64_t fastest = 0;
    for (size_t i = 0; i < count; i++)
        if (trial_lived(&trials[i]) && (!fastest || trials[i].exit.duration_ns < fastest))
            fastest = trials[i].exit.duration_ns;
    if (!fastest)
        return 0;
    int64_t after = fastest * SLOW_RATIO;
    return after > fastest + SLOW_FLOOR_NS ? after : fastest + SLOW_FLOOR_NS;
}
