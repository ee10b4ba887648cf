/* The pace of runs: when one is slow, when it is too slow to wait for, and how many can go at once.
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "base/units.h"
#include "model/result.h"

/* Times are not told apart more finely: what starting a process takes varies by as much. */
#define PACE_TIME_LEAST_NS (20 * NS_PER_MS)

/* How long a limited run may take, in nanoseconds: ten times the fastest of the trials that lived, and at
 * least two seconds more. 0 while nothing has lived that it could be compared with. Measured: targets stuck
 * in reclaim past that point never finished within minutes. */
int64_t pace_slow_after(const struct trial *trials, size_t count);

/* The run that others are compared with: the first without a limit that survived, else the one at the highest
 * limit that lived; never a squeezed one. NULL: none yet. */
const struct trial *pace_reference(const struct trial *trials, size_t count);

/* How many runs of what the profile saw can go side by side: of `jobs` that are asked for, as many as have a
 * CPU and memory of their own. At least 1; where it is fewer than `jobs`, `why` says why (else it is left as
 * it is). CPU time is that of the main process and those it waited for. An unknown room is no bound. */
int pace_side_by_side(const struct trial *profile, int jobs, const struct host *host,
                      struct known_i64 room_bytes, char *why, size_t why_size);

/* Compares a run with the reference among the trials before it: fills the pace of a service (its load's time,
 * or where the load tells its rate, the time that the reference's load would have taken at this rate; the
 * mean over the runs of the load), fills its slowdown ratio, and turns a
 * survivor's outcome into `slow` where it took longer than `max_ratio` times as long and its limit explains
 * that: page cache read again, time stalled for memory, or more CPU time of its own (a garbage collector's)
 * where it met its limit or may size itself from it. What merely took longer on a busy machine stays
 * `survived`. A squeezed run is left as it is. */
void pace_judge(const struct trial *trials, size_t count, double max_ratio, struct trial *trial);
