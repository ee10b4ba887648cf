/* Kubernetes manifests: the memory (and CPU) of one container set, as splices into the bytes that are there.
 * All else stays byte for byte as it is.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "model/result.h"

/* Larger files are no manifests. */
#define MANIFEST_BYTES_MAX ((size_t)8 * 1024 * 1024)

#define MANIFEST_SPLICES_MAX 8

/* A kind of workload, and where it keeps its pod's spec. */
#define MANIFEST_PATH_MAX 5
struct manifest_kind {
    const char *name;
    const char *short_name; /* kubectl's */
    const char *api_version;
    const char *path[MANIFEST_PATH_MAX]; /* keys; what is not used is NULL */
};

/* Those that are known; the list ends with a NULL name. The first is the usual one. */
extern const struct manifest_kind manifest_kinds[];

/* By its name or short name, without regard to case; NULL where it is none. */
const struct manifest_kind *manifest_kind_find(const char *word, size_t length);

/* What is wanted, and in which container. */
struct manifest_wish {
    const char *source;               /* names the text in messages */
    const char *container;            /* its name; NULL: the one called `target`, else the only one */
    const char *target;               /* name of what was measured; may be NULL */
    enum container_role role;         /* which containers are looked at for the only one */
    const struct manifest_kind *kind; /* of the workload, with `workload`; NULL: any */
    const char *workload;
    const char *request; /* quantities of memory */
    const char *limit;
    const char *cpu; /* request and limit; NULL: is left as it is */
};

struct manifest_splice {
    size_t offset;
    size_t length; /* of what is taken out there */
    char *text;    /* what is put there */
};

struct manifest_patch {
    struct manifest_splice splices[MANIFEST_SPLICES_MAX]; /* rising, apart from each other */
    size_t splice_count;                                  /* 0: all is so already */
    char *summary;                                        /* the container, and each value before and after */
};

/* Finds out what to splice, and reads the outcome again: our values must be there, all others unchanged.
 * -EINVAL with one line, "source:line:column: ...", where it is no YAML, has no such container, or cannot be
 * changed without changing something else. Release with manifest_patch_free(). */
int manifest_patch(const char *text, size_t length, const struct manifest_wish *wish,
                   struct manifest_patch *ret, struct error *error);
void manifest_patch_free(struct manifest_patch *patch);

/* Adds the text with the splices made. */
void manifest_apply(const char *text, size_t length, const struct manifest_patch *patch, struct strbuf *ret);

/* Adds the difference in unified form; `name` stands in its heading. Nothing where there is none. */
void manifest_diff(const char *text, size_t length, const struct manifest_patch *patch, const char *name,
                   struct strbuf *ret);
