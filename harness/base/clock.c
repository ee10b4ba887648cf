#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_thread_ns(void) {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static struct short_text utc(const char *format) {
    struct short_text text;
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    if (strftime(text.s, sizeof text.s, format, &parts) == 0)
        text.s[0] = '\0';
    return text;
}

struct short_text clock_utc_text(void) {
    return utc("%Y-%m-%dT%H:%M:%SZ");
}

struct short_text clock_utc_compact(void) {
    return utc("%Y%m%dT%H%M%SZ");
}
