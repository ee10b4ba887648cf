/* Files: reads relative to a held directory, whole and atomic writes.
 * Layer: base/. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Reads the start of a kept-open kernel file into `buffer` (NUL-terminated, cut at size - 1).
 * Returns the length or a negative errno. Allocates nothing: this is the sampler's inner loop. */
ssize_t file_pread_text(int fd, char *buffer, size_t size);

/* The same for a name below `dirfd`. Returns the length or a negative errno (-ENOENT where it does not
 * exist). */
ssize_t file_read_text_at(int dirfd, const char *name, char *buffer, size_t size);

/* A pipe that what is run does not inherit, whose reading end does not wait. Caller closes both. */
int file_open_pipe(int *ret_read, int *ret_write, struct error *error);

/* The whole file as a new NUL-terminated string, at most `limit` bytes. Caller frees *ret_text. */
int file_read_all(const char *path, size_t limit, char **ret_text, struct error *error);

/* The rest of an open file with its length, since NUL bytes come through; -EFBIG where it is longer than
 * `limit`. Caller frees *ret_text, which is NUL-terminated too. */
int file_read_open(int fd, size_t limit, char **ret_text, size_t *ret_length);

/* A file that a user names: `option` and `noun` ("baseline") are for the message. What is no regular file is
 * refused, and not waited for. -ENOENT, -EINVAL, -EFBIG beyond `limit`, others; each with a message. Caller
 * frees *ret_text. */
int file_read_named(const char *option, const char *path, const char *noun, size_t limit, char **ret_text,
                    size_t *ret_length, struct error *error);

/* Writes text to an existing file below `dirfd` in one write(2), as control files need. */
int file_write_text_at(int dirfd, const char *name, const char *text);

/* Writes all bytes, through short writes and EINTR. Returns 0 or a negative errno. */
int file_write_all(int fd, const char *bytes, size_t length);

/* Replaces `dirfd`/`name` by the bytes: temporary file, fsync, rename. The old file stays whole on any
 * failure. */
int file_replace_at(int dirfd, const char *name, const char *bytes, size_t length, struct error *error);

/* Could file_replace_at() put a file there, or, where there is something else than a regular file, could it
 * be opened for writing? Of a symbolic link what it leads to counts. Returns 0 or a negative errno (-EISDIR:
 * a folder), with the reason alone in the message. */
int file_check_writable(const char *path, struct error *error);

/* mkdir -p with mode 0777 less the umask. */
int file_make_dirs(const char *path, struct error *error);
