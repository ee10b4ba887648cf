/* What is still to come: runs, and the time they will take, as far as the state of a search tells. It
 * supposes that every run turns out as expected and takes as long as others of its kind did, so it is about
 * right at best. Layer: analysis/. Includes base/, model/. Pure. */
#pragma once

#include "analysis/slowdown.h"

struct outlook {
    int64_t run_ns;  /* how long the run that is about to begin will take; 0: not known */
    int runs;        /* to come after it; -1: not known */
    int64_t rest_ns; /* that those take together */
};

#define OUTLOOK_UNKNOWN ((struct outlook){.runs = -1})

/* Before `step` of the search for the OOM point, with `proofs` runs to come at the end. That the search for
 * the slowdown point will want runs too is not known before, since it seldom does. */
void outlook_of_search(const struct search_config *config, const struct trial *trials, size_t count,
                       const struct search_step *step, int proofs, struct outlook *ret);

/* Before `step` of the search for the slowdown point. */
void outlook_of_slowdown(const struct slowdown_config *config, const struct trial *trials, size_t count,
                         const struct oom_point *oom_point, const struct search_step *step, int proofs,
                         struct outlook *ret);

/* Before a run after which `runs` more of its kind come, all of which should live. */
void outlook_of_repeats(const struct trial *trials, size_t count, int runs, struct outlook *ret);

/* Of a batch of `batch` runs that begin at once, `jobs` being the most at a time. */
void outlook_share(struct outlook *outlook, int batch, int jobs);

/* What is left when the run has gone on for so long: the rest of it, and all that comes after it. Unknown
 * where the run's time is. *ret_late: it should have ended by now, so that what is left is what comes after
 * it. */
struct known_i64 outlook_left_ns(const struct outlook *outlook, int64_t elapsed_ns, bool *ret_late);
