#include "idle.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"

void idle_until(int64_t deadline_ns) {
    struct timespec deadline = {deadline_ns / NS_PER_S, deadline_ns % NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR)
        continue;
}

void idle_for(int64_t ns) {
    int64_t now = clock_now_ns();
    idle_until(ns > INT64_MAX - now ? INT64_MAX : now + ns);
}
