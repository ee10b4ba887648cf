#include "analysis/leak_words.h"

#include "base/text.h"
#include "base/units.h"

#define NS_PER_MINUTE (60 * NS_PER_S)

struct rate_unit {
    const char *name;
    double per_hour; /* so many of it in an hour */
};

static struct rate_unit unit_of(const struct leak *leak) {
    if (leak->by_cycle)
        return (struct rate_unit){"a cycle", 1};
    if (leak->span_ns < 2 * NS_PER_MINUTE)
        return (struct rate_unit){"a second", SECONDS_PER_HOUR};
    if (leak->span_ns < 120 * NS_PER_MINUTE)
        return (struct rate_unit){"a minute", 60};
    return (struct rate_unit){"an hour", 1};
}

static struct short_text bytes_of(double bytes, double per) {
    return bytes_text((int64_t)(bytes / per));
}

char *leak_rate_text(const struct leak *leak) {
    struct rate_unit unit = unit_of(leak);
    const struct leak_rate *rate = leak->by_cycle ? &leak->per_cycle : &leak->per_hour;
    if (!rate->low.known || !rate->high.known)
        return text_format("%s %s", bytes_of(rate->value.value, unit.per_hour).s, unit.name);
    return text_format("%s %s [%s, %s]", bytes_of(rate->value.value, unit.per_hour).s, unit.name,
                       bytes_of(rate->low.value, unit.per_hour).s,
                       bytes_of(rate->high.value, unit.per_hour).s);
}
