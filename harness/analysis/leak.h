/* Does it leak? From a series of troughs to a verdict, with its rate, and the smallest leak that could not
 * have been missed. Layer: analysis/. Includes base/, model/. Pure: no clock, no randomness but its own,
 * seeded. Sources: shared with the functions that use them. */
#pragma once

#include "model/leak.h"

struct leak_config {
    /* Growth below either is called none, whatever its significance. */
    double floor_bytes_per_hour;
    double floor_bytes_per_cycle;
};

/* What leak and check use where nothing else is asked for. */
struct leak_config leak_config_default(void);

/* Judges a series. Every point that is unknown is a gap; after a restart the series begins anew, and the part
 * that tells most counts. Never fails: what tells nothing is inconclusive, with the reason. Release with
 * leak_free(). */
void leak_assess(const struct leak_config *config, const struct leak_series *series, struct leak *ret);
