/* What every command that runs a target shares: the machine, the folder, the trials so far, and the way out.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/options.h"
#include "cli/progress.h"
#include "kernel/cgroup.h"
#include "model/result.h"
#include "output/store.h"
#include "trial/engine.h"
#include "trial/trial_run.h"

struct session {
    const struct options *options;
    struct target target;
    struct engine engine;     /* of an image */
    struct image_facts image; /* likewise */
    char **words;             /* likewise: the whole command in it; the list alone is owned */
    struct cgroup_site site;
    struct keeper keeper;
    struct witness witness;
    struct trial_machine machine;
    struct runner_limit runner; /* what this machine gives at most */
    struct store store;
    struct progress progress;
    struct result result;
    bool can_evict; /* page cache that earlier trials left can be dropped */
    int jobs;       /* runs side by side */
    int proofs;     /* that come after the search, for what is expected of its end */
    bool warned_of_cache;
    bool incomplete;             /* a file in the folder is not whole, which was told */
    bool seeks_slowdown;         /* the slowdown point is worth runs of its own */
    struct known_i64 room_bytes; /* the most a trial may be given */
    int64_t started_ns;
    sigset_t wait_mask;
    int target_status; /* of the last trial: what a shell would show, or 125 to 127 */
};

/* Prepares everything: resolves the target, finds a place for groups, makes the run's folder (none with
 * `keep` false and no --out), starts the keeper, takes over the signals. On failure prints the error and
 * returns the exit status that goes with it; nothing is left behind. 0: go on. */
int session_open(struct session *session, const struct options *options, const char *command, bool keep);

/* As session_open() with `keep`, of a command that refuses some runs by what is known before they begin:
 * `allow` returns 0, or below 0 with an error to be shown, and then there is no folder of the run. */
int session_open_if(struct session *session, const struct options *options, const char *command,
                    int (*allow)(void *context, const struct result *result, struct error *error),
                    void *context);

/* Prepares only what a command needs that runs nothing and makes no groups: the result's head, the
 * interrupts, the way to the terminal. No folder yet. On failure prints the error and returns the exit
 * status. 0: go on. */
int session_open_to_watch(struct session *session, const struct options *options, const char *command);

/* A spec with what the options say; limit unknown, purpose as given. */
struct trial_spec session_spec(const struct session *session, enum purpose purpose);

/* What is left of --budget, at least 1; meaningless without one. */
int64_t session_budget_left_ns(const struct session *session);

/* Drops the page cache that earlier trials left behind. False where this machine cannot. */
bool session_drop_cache(struct session *session);

/* Runs one trial, keeps it and shows its row (`why` NULL: no row). One with a row during which plimsoll
 * itself was stopped is thrown away and made again, which is told. Returns 0, or the exit status to leave
 * with: the user's interrupt (130, 143), 4 where the budget ended it (it is not kept then), or that of a
 * failure of ours, already printed. The trial is the result's last. */
int session_run(struct session *session, const struct trial_spec *spec, const char *why);

/* The two halves of session_run(), for runs that go side by side. Measuring leaves a trial whose files are in
 * the folder; it returns 0, or an exit status with *error filled. Keeping takes the trial over. */
int session_measure(struct session *session, const struct trial_spec *spec, bool live, struct trial *ret,
                    struct error *error);
int session_keep(struct session *session, struct trial *trial, const char *why);

/* The exit status to leave with once the user has interrupted: 130, 143. */
int session_interrupt_status(void);

/* The trial that was run last. */
const struct trial *session_last(const struct session *session);

/* Notes in the gate: that of the trial that took most, and the caveats of the result. */
void session_note_gate(struct session *session);

/* Adds a line for each: that note on the last trial, and the caveats of the result. */
void session_add_notes(const struct session *session, struct strbuf *text);

/* Where the command ends with the status of an interrupt: says so, above what is known by then. */
void session_tell_interrupt(struct session *session, int status);

/* Says which files of the trial could not be written to their end. */
void session_tell_losses(struct session *session, const struct trial *trial);

/* Writes result.json and what --json asks for, and says where it all is; where the run was stopped, how to go
 * on. Returns `status`, or 125 after a failure to write, which was told. */
int session_save(struct session *session, int status);

/* Removes everything that is not a result. Call in every case after session_open() returned 0. */
void session_close(struct session *session);
