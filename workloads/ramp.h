/* How often a shape that rises does so.
 * Layer: workloads/. */
#pragma once

#include <stdint.h>

/* The number of steps for a rise of that many bytes in that time: one every 10 ms, fine enough to be a line
 * and coarse enough to cost no CPU; no more than it has pages; at least one. */
int64_t ramp_steps(int64_t ns, int64_t bytes);
