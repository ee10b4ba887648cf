/* A run's folder: every trial on disk before the next begins, the result at the end, and the way back.
 * Layer: output/. Includes base/, model/. */
#pragma once

#include "base/error.h"
#include "model/result.h"
#include "output/samples.h"

/* Output of a target beyond this is not kept: a target that prints for ever must not fill the disk. */
#define LOG_BYTES_MAX ((int64_t)16 * 1024 * 1024)

/* The source of a trial's evidence that a file of it could not be written to its end. */
#define STORE_LOSS "results folder"

struct log_file {
    int fd;   /* -1: not open */
    int code; /* a negative errno: why it is not whole; 0: it is */
    int64_t bytes;
};

struct store {
    char *path; /* of the folder; NULL: nothing is kept */
    int dirfd;
    int trials_fd;
    struct log_file log;      /* of the target */
    struct log_file load_log; /* of what drives it; there with its first byte */
    int trial_id;
    struct samples_file samples;
};

/* Makes the folder. With `path` NULL it is results/<name>-<UTC time>, and results/latest then points to it.
 * What an earlier run left in `path` is moved into a folder within it, earlier-<UTC time>-<pid>.
 * Errors: the folder cannot be made or written to, or another run is writing there (-EBUSY). */
int store_open(struct store *ret, const char *path, const char *name, struct error *error);

/* Opens the folder of a run that is to go on, locked likewise, and reads its trials back into *result, which
 * has none, each with its series. A last line of trials.jsonl that a kill has torn is cut off: *ret_torn.
 * Where it fails nothing is changed. Errors: no such run, another run is writing there (-EBUSY), or a file
 * with a line that is none (-EINVAL). */
int store_reopen(struct store *ret, const char *path, struct result *result, bool *ret_torn,
                 struct error *error);

/* A store that keeps nothing: every call on it does nothing and succeeds. */
void store_open_none(struct store *ret);

/* Opens samples-NNN.csv and target-NNN.log for a trial. */
int store_begin_trial(struct store *store, int id, struct error *error);

bool store_sample(struct store *store, const struct snapshot *sample);
void store_log(struct store *store, const char *bytes, size_t length);

/* The same for the load, into load-NNN.log. */
void store_load_log(struct store *store, const char *bytes, size_t length);

/* Closes the trial's files and gives it their names, and for each that could not be written to its end
 * evidence from STORE_LOSS. */
void store_close_trial(struct store *store, struct trial *trial);

/* Appends the trial to trials.jsonl, flushed to the disk. */
int store_keep_trial(struct store *store, const struct trial *trial, struct error *error);

/* Writes a document of the folder, whole or not at all. */
int store_write(struct store *store, const char *name, const char *text, struct error *error);

/* Removes a document of before; that it was not there is no failure. */
int store_remove(struct store *store, const char *name, struct error *error);

void store_close(struct store *store);

/* Is it a folder, or JSON that says of itself that it is a result? */
bool store_is_result(const char *path);

/* Reads a result: `path` is a result.json or a folder that holds one. */
int store_read_result(const char *path, struct result *ret, struct error *error);
