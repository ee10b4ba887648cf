/* trial/observe: counters that others look at too, made of use without touching them. */
#include "trial/observe.h"

#include "unit.h"

static const struct known_i64 unknown = {false, 0};

TEST(only_a_new_record_is_a_peak_of_the_watch) {
    static const struct {
        const char *what;
        int64_t total; /* -1: unknown */
        int64_t record_before, record_after;
        int64_t window_peak;
    } readings[] = {
        {"nothing known of before", 100, -1, 100, -1},
        {"as before", 100, 100, 100, -1},
        {"higher: reached since the reading before", 130, 100, 130, 130},
        {"lower: somebody has reset it", 40, 130, 40, -1},
        {"and it rises again", 50, 40, 50, 50},
        {"a kernel that has none", -1, 50, 50, -1},
    };
    for (size_t i = 0; i < COUNT(readings); i++) {
        struct known_i64 record =
            readings[i].record_before < 0 ? unknown : known_i64(readings[i].record_before);
        struct snapshot reading = {.usage = known_i64(10),
                                   .total_peak =
                                       readings[i].total < 0 ? unknown : known_i64(readings[i].total)};
        observe_take_record(&record, &reading);
        ROW(known_or(record, -1) == readings[i].record_after, "%s: record %lld", readings[i].what,
            (long long)known_or(record, -1));
        ROW(known_or(reading.window_peak, -1) == readings[i].window_peak, "%s: window peak %lld",
            readings[i].what, (long long)known_or(reading.window_peak, -1));
        ROW(!reading.total_peak.known && reading.usage.value == 10, "%s: the rest", readings[i].what);
    }
}

TEST(kills_are_never_taken_back) {
    ROW(observe_kills_since(known_i64(3), known_i64(5)) == 2, "two more");
    ROW(observe_kills_since(known_i64(3), known_i64(3)) == 0, "none");
    /* A group below was removed, and its count with it. */
    ROW(observe_kills_since(known_i64(3), known_i64(1)) == 0, "fewer");
    ROW(observe_kills_since(unknown, known_i64(1)) == 0, "not known before");
    ROW(observe_kills_since(known_i64(3), unknown) == 0, "not known now");
}

UNIT_MAIN("observe", only_a_new_record_is_a_peak_of_the_watch, kills_are_never_taken_back)
