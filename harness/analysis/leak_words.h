/* The sentence that gives the reason for a verdict. Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "model/leak.h"

/* A rate with its interval, in the unit of time that suits how long it was seen, or per cycle: "3.1 MiB an
 * hour [2.9, 3.3 MiB]". Caller frees. */
char *leak_rate_text(const struct leak *leak);
