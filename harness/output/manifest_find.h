/* The containers of a manifest.
 * Layer: output/, for the manifest files alone. Includes base/. Pure. */
#pragma once

#include "base/tree.h"
#include "output/manifest.h"

struct container {
    struct node *node; /* a map */
    struct node *pod;  /* the pod's spec, a map */
    const char *name;  /* "" where it has none; the tree's, as the others */
    const struct manifest_kind *kind;
    const char *workload; /* "" where it has no name */
    bool init;
};

/* The one that is wished for; *ret_index is its place among all. -EINVAL as manifest_patch(). */
int manifest_find(const struct tree *tree, const struct manifest_wish *wish, struct container *ret,
                  size_t *ret_index, struct error *error);

/* The container at a place that manifest_find() told; false where there is none. */
bool manifest_find_again(const struct tree *tree, const char *source, size_t index, struct container *ret);
