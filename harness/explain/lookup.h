/* Which items of an array may have a key: told by a hash, so that a match is to be looked at once more.
 * Layer: explain/. Includes base/. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct lookup_entry {
    uint64_t hash;
    size_t at;   /* in the array */
    size_t next; /* entry behind it in its slot, from 1; 0: none */
};

/* Zeroed is empty, and may be looked into; release with lookup_free(). */
struct lookup {
    struct lookup_entry *entries;
    size_t count;
    size_t *first; /* of each slot: an entry from 1, 0: none */
    size_t *last;
    size_t slots; /* a power of two; 0: none yet */
};

/* Of a text that is `length` long and not NULL; `kind` tells keys of one sort from those of another. */
uint64_t lookup_hash(char kind, const char *text, size_t length);
/* Of that and another text. */
uint64_t lookup_hash_more(uint64_t hash, const char *text, size_t length);

void lookup_add(struct lookup *lookup, uint64_t hash, size_t at);

/* The entries with that hash, in the order they were added: the first, and that behind one; NULL: none. An
 * entry holds until the next is added. */
const struct lookup_entry *lookup_first(const struct lookup *lookup, uint64_t hash);
const struct lookup_entry *lookup_next(const struct lookup *lookup, const struct lookup_entry *entry);

void lookup_free(struct lookup *lookup);
