/* A manifest on disk: read whole, replaced whole.
 * Layer: output/. Includes base/. */
#pragma once

#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"

struct manifest_file {
    char *path; /* what the name stands for when links are followed; NULL: standard input */
    char *text;
    size_t length;
    struct stat status; /* as it was when it was read */
};

/* The name of standard input. A file called so has a path too: "./standard input". */
#define MANIFEST_STDIN "standard input"

/* Reads a regular file of a manifest's size, or with MANIFEST_STDIN standard input. Release with
 * manifest_file_free(). */
int manifest_file_read(const char *name, struct manifest_file *ret, struct error *error);

/* Replaces it, with the mode and owner that it has; whole or not at all. -EBUSY: somebody else changed it. */
int manifest_file_replace(const struct manifest_file *file, const char *text, size_t length,
                          struct error *error);

void manifest_file_free(struct manifest_file *file);
