/* Why a trial died, in sentences: whose limit struck and who died of it, what the memory was made of, how it
 * had grown, and how much was missing. Says only what is known. Layer: analysis/. Includes base/, model/.
 * Pure. */
#pragma once

#include "model/death.h"
#include "model/last_words.h"
#include "model/trial.h"

/* Who dies as soon has hardly come to rest. */
#define AUTOPSY_START_NS (1 * NS_PER_S)

/* Takes from the readings what there is to say of its end, and keeps it in trial->ending: readings are not
 * stored with a trial. To be called once it has ended. */
void autopsy_keep_course(struct trial *trial);

/* Was it the main process that an OOM kill struck? Unknown where its end does not tell: 137 may be a shell's
 * word for a child, or a container engine's for its end; and one that we ended after an OOM shows nothing. */
struct known_i64 autopsy_main_died(const struct trial *trial);

/* Is an exit code of 137 all that speaks for a SIGKILL? Anything may end with that by itself. One that was
 * seen elsewhere on the machine while it ran, of which it is not known that it was the target's, is no proof.
 */
bool autopsy_killed_by_code(const struct trial *trial);

/* By what words its runtime said that it ran out of memory; NULL where that is not its outcome, or was not
 * told in words. */
const struct words_rule *autopsy_last_words(const struct trial *trial);

/* Appends some sentences, six at most; none of a trial that nobody killed and whose runtime did
 * not run out. `free_run` is a run of the same target without a limit that came to its end, NULL where there
 * is none. */
void autopsy_explain(const struct trial *trial, const struct trial *free_run, struct sentences *ret);
