/* Watches a group that somebody else runs, without changing anything in it.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <signal.h>

#include "model/host.h"
#include "trial/subject.h"
#include "trial/trial_run.h"

/* Borrowed. */
struct observe_spec {
    const struct subject *subject;
    const struct host *host;
    int64_t interval_ns;
    int64_t for_ns; /* 0: until it ends, or the user does */
    /* As of struct trial_machine; the first interrupt ends the watch. */
    const volatile sig_atomic_t *interrupts;
    const sigset_t *wait_mask;
};

/* Where the watch's output goes. Any may be NULL. */
struct observe_hooks {
    void *context;
    bool (*sample)(void *context, const struct snapshot *sample);
    void (*progress)(void *context, const struct trial_progress *progress);
    /* What must be known at once, a line without its end: OOM kills, with the time and the counters. */
    void (*event)(void *context, const char *line);
};

/* Watches until --for is over, the user interrupts, the process that was named ends, nothing runs in the
 * group any more, or it is gone. A group in which nothing runs yet is waited for: the readings begin with its
 * first process.
 *
 * The trial's limit is the group's own at the beginning, its peak and its need are those of the watch alone,
 * and its outcome is that of what was watched: `survived` also where that ended without an OOM kill.
 * *ret_seen must hold what subject_survey() found. */
void observe(const struct observe_spec *spec, const struct observe_hooks *hooks, struct trial *ret,
             struct observation *ret_seen);

/* ---- pure, for tests ---- */

/* Makes of a peak that others look at too, and that must therefore stay as it is, what can be used: where it
 * is higher than `record`, the highest so far, usage reached it since the reading before, and it becomes the
 * reading's window peak. What it was before the watch says nothing about the watch, so total_peak is
 * forgotten. */
void observe_take_record(struct known_i64 *record, struct snapshot *reading);

/* How many kills there are more than before, where the count of groups that were removed meanwhile is missing
 * from `now`. */
int64_t observe_kills_since(struct known_i64 before, struct known_i64 now);
