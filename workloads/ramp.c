#include "ramp.h"

#include "base/units.h"
#include "memory.h"

#define STEP_NS (10 * NS_PER_MS)

int64_t ramp_steps(int64_t ns, int64_t bytes) {
    int64_t pages = bytes / memory_page_bytes();
    int64_t steps = ns / STEP_NS < pages ? ns / STEP_NS : pages;
    return steps > 1 ? steps : 1;
}
