/* Time. Durations come from the monotonic clock alone; the wall clock only stamps what people read.
 * Layer: base/. */
#pragma once

#include <stdint.h>

#include "base/units.h"

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_now_ns(void);

/* CPU time of this thread: what something cost, and not how long a busy machine let it wait. */
int64_t clock_thread_ns(void);

/* Now as RFC 3339 in UTC, "2026-11-22T11:30:00Z". */
struct short_text clock_utc_text(void);

/* Now as "20261122T113000Z", which sorts and fits a file name. */
struct short_text clock_utc_compact(void);
