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

/* The whole file as a new NUL-terminated string, at most `limit` bytes. Caller frees *ret_text. */
int file_read_all(const char *path, size_t limit, char **ret_text, struct error *error);

/* Writes text to an existing file below `dirfd` in one write(2), as control files need. */
int file_write_text_at(int dirfd, const char *name, const char *text);

/* Writes all bytes, through short writes and EINTR. Returns 0 or a negative errno. */
int file_write_all(int fd, const char *bytes, size_t length);

/* Replaces `dirfd`/`name` by the bytes: temporary file, fsync, rename. The old file stays whole on any
 * failure. */
int file_replace_at(int dirfd, const char *name, const char *bytes, size_t length, struct error *error);

/* mkdir -p with mode 0777 less the umask. */
int file_make_dirs(const char *path, struct error *error);
