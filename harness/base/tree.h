/* YAML text as a tree whose nodes know where their bytes are. Aliases are not followed and merge keys are not
 * merged: what is to be changed must be seen as it is written.
 * JSON is read the same way.
 * Layer: base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum node_kind {
    NODE_SCALAR,
    NODE_MAP,
    NODE_LIST,
    NODE_ALIAS,
};

enum node_form {
    FORM_ABSENT, /* a scalar of no bytes: null */
    FORM_PLAIN,
    FORM_SINGLE_QUOTED,
    FORM_DOUBLE_QUOTED,
    FORM_TEXT_BLOCK, /* | and > */
    FORM_BLOCK,
    FORM_FLOW, /* with brackets */
};

struct node {
    enum node_kind kind;
    enum node_form form;
    char *text;   /* of a scalar its value, of an alias the anchor's name; else NULL */
    char *anchor; /* NULL: none */
    bool has_nul; /* there was more of the text, behind a NUL */
    bool tagged;
    size_t start; /* its bytes, quotes and brackets included; start == end where it has none. Of what is in */
    size_t end;   /* block form only the start can be relied on */
    int line;     /* of the start, from 1 */
    int column;   /* in characters, from 1 */
    struct node *parent;
    struct node *first; /* child; a map's are key, value, key, value */
    struct node *last;
    struct node *next; /* sibling; of a root, the root of the next document */
    struct node *made_before;
};

struct tree {
    struct node *first; /* root of the first document; NULL: there is none */
    struct node *last;
    struct node *newest;
    size_t count;
};

/* Reads all documents of the text. `source` names it in messages, which give line and column.
 * Release with tree_free(). -EINVAL: not YAML; -E2BIG: too deep, or too many nodes. */
int tree_parse(const char *text, size_t length, const char *source, struct tree *ret, struct error *error);

/* The same for JSON, and nothing that is only YAML. There is one document then: tree.first is its root. */
int tree_parse_json(const char *text, size_t length, const char *source, struct tree *ret,
                    struct error *error);

void tree_free(struct tree *tree);

/* "source:line:column: " before the formatted text. Returns -EINVAL. */
int tree_refuse(const char *source, const struct node *node, struct error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The value of a map's key, *ret_key (which may be NULL) the key itself; both NULL where the map has none, or
 * is none. -EINVAL where it has two. */
int tree_lookup(const struct node *map, const char *key, const char *source, struct node **ret_key,
                struct node **ret_value, struct error *error);

/* Null in any spelling. */
bool node_is_null(const struct node *node);

/* The node itself or one above it has an anchor that an alias of the same document refers to: that alias. */
const struct node *node_shared_by(const struct node *node, const struct node **ret_anchored);
