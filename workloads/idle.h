/* Waiting without burning CPU, by the monotonic clock.
 * Layer: workloads/. */
#pragma once

#include <stdint.h>

/* Sleeps until clock_now_ns() reaches the deadline; returns at once where it has passed. */
void idle_until(int64_t deadline_ns);

void idle_for(int64_t ns);
