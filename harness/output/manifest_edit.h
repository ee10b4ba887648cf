/* From a container and what is wished to splices.
 * Layer: output/, for the manifest files alone. Includes base/. Pure. */
#pragma once

#include "output/manifest_find.h"

/* What a mapping is to hold: a value, or a mapping in its turn. */
struct want {
    const char *key;
    const char *value; /* a quantity; NULL: the children */
    const struct want *children;
    size_t count;
};

/* The wish as what a container is to hold; ready for use once manifest_want() has filled it. */
struct manifest_wants {
    struct want requests[2];
    struct want limits[2];
    struct want groups[2];
    struct want container[1];
};
void manifest_want(const struct manifest_wish *wish, struct manifest_wants *ret);

/* The same quantity, however it is written. */
bool manifest_same_quantity(const struct want *leaf, const char *text);

/* Adds the splices, rising. -EINVAL with one line where something else would change with it. */
int manifest_edit(const char *text, size_t length, const struct container *container,
                  const struct manifest_wish *wish, struct manifest_patch *patch, struct error *error);
