/* The one error convention.
 *
 * A function that can fail returns 0 (or a non-negative result) or a negative errno, and fills a struct error
 * with one line that says what was tried on which path. Outputs are assigned last, so a failed call changes
 * nothing. Layer: base/. Includes nothing of the project. */
#pragma once

struct error {
    char what[1536]; /* one line, no trailing newline, no "plimsoll:" prefix */
    char hint[768];  /* what to do about it, or "" */
};

/* Sets `what` to the formatted text followed by ": " and strerror(-code). Returns `code`, a negative errno.
 */
int error_system(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets `what` to the formatted text alone. Returns `code`, a negative errno. */
int error_plain(struct error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds the line that says what to do. */
void error_hint(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
