/* The one error convention.
 *
 * A function that can fail returns 0 (or a non-negative result) or a negative errno, and fills a struct error
 * with one line that says what was tried on which path. Outputs are assigned last, so a failed call changes
 * nothing. Layer: base/. Includes nothing of the project. */
#pragma once

struct error {
    char what[1536];  /* one line, no trailing newline, no "plimsoll:" prefix */
    char hint[768];   /* the command that mends it, or "" */
    char advice[512]; /* words that say what to do where no command does, or what else there is; or "" */
};

/* Sets `what` to the formatted text followed by ": " and strerror(-code). Returns `code`, a negative errno.
 */
int error_system(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets `what` to the formatted text alone. Returns `code`, a negative errno. */
int error_plain(struct error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sets the command that mends it, as a shell takes it. */
void error_hint(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds words that say what to do, with a command beside them or without one; after "; " where there are some.
 */
void error_advise(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The command and the words in one line: "COMMAND     (words)", either alone, or "". */
struct error_remedy {
    char s[1400];
};
struct error_remedy error_remedy(const struct error *error);
