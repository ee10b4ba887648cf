#include "base/clock.h"

#include <time.h>

int64_t clock_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
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
