/* The smallest leak that could not have been missed, by simulation. Pure: its randomness is seeded.
 * Layer: analysis/. Includes base/. */
#pragma once

#include <stdint.h>

#include "analysis/leak_growth.h"

/* The rate of steady growth, in bytes per x, that is found 99 times of 100 at these places in noise as it was
 * found here: a simulation of growth_judge() on first-order autoregressive noise of that size, its size
 * itself as uncertain as so many points leave it. `seed` alone decides. INFINITY: so few points find none so
 * surely. */
double leak_power_detectable(const struct growth_rule *rule, const struct growth_points *points,
                             const struct growth *growth, uint64_t seed);
