#include "explain/lookup.h"

#include <stdlib.h>

/* FNV-1a (Fowler, Noll, Vo), 64 bits, with its last bits mixed once more for the slots. */
#define FNV_START UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

uint64_t lookup_hash_more(uint64_t hash, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * FNV_PRIME;
    return (hash ^ 0xff) * FNV_PRIME; /* so that "a", "bc" is not "ab", "c" */
}

uint64_t lookup_hash(char kind, const char *text, size_t length) {
    return lookup_hash_more(lookup_hash_more(FNV_START, &kind, 1), text, length);
}

static size_t slot_of(const struct lookup *lookup, uint64_t hash) {
    return (size_t)(hash ^ hash >> 32) & (lookup->slots - 1);
}

static void link_entry(struct lookup *lookup, size_t number) {
    size_t slot = slot_of(lookup, lookup->entries[number - 1].hash);
    lookup->entries[number - 1].next = 0;
    if (lookup->first[slot])
        lookup->entries[lookup->last[slot] - 1].next = number;
    else
        lookup->first[slot] = number;
    lookup->last[slot] = number;
}

/* Twice as many slots, and room for as many entries. */
static void grow(struct lookup *lookup) {
    lookup->slots = lookup->slots ? lookup->slots * 2 : 64;
    free(lookup->first);
    free(lookup->last);
    lookup->first = calloc(lookup->slots, sizeof *lookup->first);
    lookup->last = calloc(lookup->slots, sizeof *lookup->last);
    lookup->entries = realloc(lookup->entries, lookup->slots * sizeof *lookup->entries);
    if (!lookup->first || !lookup->last || !lookup->entries)
        abort();
    for (size_t i = 1; i <= lookup->count; i++)
        link_entry(lookup, i);
}

void lookup_add(struct lookup *lookup, uint64_t hash, size_t at) {
    if (lookup->count == lookup->slots)
        grow(lookup);
    lookup->entries[lookup->count++] = (struct lookup_entry){.hash = hash, .at = at};
    link_entry(lookup, lookup->count);
}

static const struct lookup_entry *from(const struct lookup *lookup, size_t number, uint64_t hash) {
    while (number && lookup->entries[number - 1].hash != hash)
        number = lookup->entries[number - 1].next;
    return number ? &lookup->entries[number - 1] : NULL;
}

const struct lookup_entry *lookup_first(const struct lookup *lookup, uint64_t hash) {
    return lookup->slots ? from(lookup, lookup->first[slot_of(lookup, hash)], hash) : NULL;
}

const struct lookup_entry *lookup_next(const struct lookup *lookup, const struct lookup_entry *entry) {
    return from(lookup, entry->next, entry->hash);
}

void lookup_free(struct lookup *lookup) {
    free(lookup->entries);
    free(lookup->first);
    free(lookup->last);
    *lookup = (struct lookup){0};
}
