/* leak --series FILE: the verdict on what was recorded elsewhere.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/options.h"

/* Reads options->series, judges each series in it, tells what came of it, and writes options->json. Returns
 * the exit status: 0 no leak in any, 1 one is confirmed, 4 one is suspected or inconclusive, or there is no
 * data, 2 bad input. */
int leak_series_run(struct options *options);
