/* From watching alone to Kubernetes requests and limits: what can be said where no limit was tried.
 * Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "analysis/sizing.h"

/* Less than either is no observation: nothing is advised from it. */
#define OBSERVED_READINGS_LEAST 20
#define OBSERVED_TIME_LEAST_NS  (10 * NS_PER_S)

/* Recommends from one watched trial. `ret->known` is false where it does not suffice, or where the readings
 * lack what counts. Reasons and warnings are sentences; release with recommendation_free(). Nothing is proven
 * by it: verified_runs stays 0.
 *
 * The request is the working set below which the steady state stays for 95 % of the time. The limit is the
 * headroom (HEADROOM_MAX where none is asked for, as no limit was tried) times the largest of the request,
 * the highest need with what was swapped out, and the limit at which it was seen to be OOM-killed; never
 * below the latter two with SIZING_OOM_MARGIN on top, also where a smaller headroom is asked for; nor below
 * the peak of before the watch, unless its limit had held that peak down. */
void observed_recommend(const struct sizing_config *config, const struct trial *trial,
                        const struct observation *seen, struct recommendation *ret);
