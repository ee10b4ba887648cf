#include "base/tree.h"

#include <errno.h>
#include <libfyaml.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define DEPTH_MAX 200
#define NODES_MAX 1000000

struct builder {
    const char *text;
    size_t length;
    const char *source;
    bool json; /* and nothing that is only YAML */
    struct tree tree;
    struct node *open; /* the map or list that is being filled; NULL between documents */
    int depth;
    void *anchors; /* those of this document so far, for tfind() */
};

static const char *language_of(const struct builder *builder) {
    return builder->json ? "JSON" : "YAML";
}

static enum node_form form_of(enum fy_node_style style) {
    switch (style) {
    case FYNS_FLOW:
        return FORM_FLOW;
    case FYNS_BLOCK:
        return FORM_BLOCK;
    case FYNS_SINGLE_QUOTED:
        return FORM_SINGLE_QUOTED;
    case FYNS_DOUBLE_QUOTED:
        return FORM_DOUBLE_QUOTED;
    case FYNS_LITERAL:
    case FYNS_FOLDED:
        return FORM_TEXT_BLOCK;
    default:
        return FORM_PLAIN;
    }
}

/* Ends before a NUL in it, which is told by *ret_has_nul where that is not NULL. */
static char *token_text(struct fy_token *token, bool *ret_has_nul) {
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : NULL;
    if (ret_has_nul)
        *ret_has_nul = text && memchr(text, '\0', length);
    return text ? text_copy_bytes(text, length) : NULL;
}

/* Where it is. What has no bytes is put to the end of what comes before it. */
static void place(const struct builder *builder, struct node *node, struct fy_event *event) {
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    const struct node *before = node->parent && node->parent->last ? node->parent->last : node->parent;
    if (!start || !end || node->form == FORM_ABSENT) {
        node->start = node->end = before ? before->end : 0;
        node->line = before ? before->line : 1;
        node->column = before ? before->column : 1;
        return;
    }
    node->start = start->input_pos;
    node->end = end->input_pos;
    node->line = start->line + 1;
    node->column = start->column + 1;
    /* The library's marks leave quotes out, and the star of an alias. */
    bool quoted = node->form == FORM_SINGLE_QUOTED || node->form == FORM_DOUBLE_QUOTED;
    if ((quoted || node->kind == NODE_ALIAS) && node->start > 0) {
        node->start--;
        node->column--;
    }
    if (quoted && node->end < builder->length)
        node->end++;
}

static void link_in(struct builder *builder, struct node *node) {
    struct node **last = builder->open ? &builder->open->last : &builder->tree.last;
    struct node **first = builder->open ? &builder->open->first : &builder->tree.first;
    if (*last)
        (*last)->next = node;
    else
        *first = node;
    *last = node;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(a, b);
}

static struct node *add(struct builder *builder, enum node_kind kind, struct fy_event *event) {
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        abort();
    struct fy_token *token = fy_event_get_token(event);
    node->kind = kind;
    node->form = kind == NODE_SCALAR && !token ? FORM_ABSENT : form_of(fy_event_get_node_style(event));
    if (kind == NODE_SCALAR || kind == NODE_ALIAS)
        node->text = token_text(token, &node->has_nul);
    if (kind != NODE_ALIAS) {
        node->anchor = token_text(fy_event_get_anchor_token(event), NULL);
        if (node->anchor && !tsearch(node->anchor, &builder->anchors, compare_names))
            abort();
        node->tagged = fy_event_get_tag_token(event) != NULL;
    }
    node->parent = builder->open;
    place(builder, node, event);
    node->made_before = builder->tree.newest;
    builder->tree.newest = node;
    builder->tree.count++;
    link_in(builder, node);
    return node;
}

static int open_node(struct builder *builder, enum node_kind kind, struct fy_event *event,
                     struct error *error) {
    struct node *node = add(builder, kind, event);
    if (++builder->depth > DEPTH_MAX) {
        tree_refuse(builder->source, node, error, "nested more than %d deep", DEPTH_MAX);
        return -E2BIG;
    }
    builder->open = node;
    return 0;
}

static void close_node(struct builder *builder, struct fy_event *event) {
    const struct fy_mark *end = fy_event_end_mark(event);
    if (!builder->open)
        return;
    if (end)
        builder->open->end = end->input_pos;
    builder->open = builder->open->parent;
    builder->depth--;
}

/* The names belong to their nodes. */
static void keep_name(void *name) {
    (void)name;
}

static void forget_anchors(struct builder *builder) {
    tdestroy(builder->anchors, keep_name);
    builder->anchors = NULL;
}

/* The library takes an alias of nothing. */
static int add_alias(struct builder *builder, struct fy_event *event, struct error *error) {
    const struct node *alias = add(builder, NODE_ALIAS, event);
    const char *name = alias->text ? alias->text : "";
    if (tfind(name, &builder->anchors, compare_names))
        return 0;
    return tree_refuse(builder->source, alias, error, "*%s: there is no &%s before it", name, name);
}

static int take(struct builder *builder, struct fy_event *event, struct error *error) {
    if (builder->tree.count > NODES_MAX) {
        tree_refuse(builder->source, builder->tree.newest, error, "too large: more than %d values",
                    NODES_MAX);
        return -E2BIG;
    }
    switch (event->type) {
    case FYET_MAPPING_START:
        return open_node(builder, NODE_MAP, event, error);
    case FYET_SEQUENCE_START:
        return open_node(builder, NODE_LIST, event, error);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        close_node(builder, event);
        return 0;
    case FYET_SCALAR:
        add(builder, NODE_SCALAR, event);
        return 0;
    case FYET_ALIAS:
        return add_alias(builder, event, error);
    case FYET_DOCUMENT_START:
        forget_anchors(builder);
        return 0;
    default:
        return 0;
    }
}

/* The parser's first complaint. */
static int parse_error(const struct builder *builder, struct fy_diag *diag, struct error *error) {
    void *at = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &at);
    int line = first && first->line > 0 ? first->line : 1;
    int column = first && first->column > 0 ? first->column : 1;
    const char *message = first && first->msg ? first->msg : "cannot be read";
    error_plain(error, -EINVAL, "%s:%d:%d: not %s: %.*s", builder->source, line, column, language_of(builder),
                (int)strcspn(message, "\r\n"), message);
    if (!builder->json && memmem(builder->text, builder->length, "{{", 2))
        error_advise(error, "a template? patch what is made from it");
    return -EINVAL;
}

static int read_events(struct builder *builder, struct fy_parser *parser, struct fy_diag *diag,
                       struct error *error) {
    int code = 0;
    struct fy_event *event;
    while (code == 0 && (event = fy_parser_parse(parser))) {
        code = take(builder, event, error);
        fy_parser_event_free(parser, event);
    }
    if (code == 0 && (fy_parser_get_stream_error(parser) || builder->open))
        code = parse_error(builder, diag, error);
    return code;
}

/* Length of the character at `at`; 0 where it is none that YAML takes: UTF-8 in its shortest form, no control
 * characters but tab and line ends. */
static size_t character_length(const char *at, const char *end) {
    static const unsigned least[] = {0x20, 0xa0, 0x800, 0x10000};
    unsigned char first = (unsigned char)*at;
    if (first == '\t' || first == '\n' || first == '\r' || (first >= 0x20 && first < 0x7f))
        return 1;
    size_t more = first >> 5 == 6 ? 1 : first >> 4 == 14 ? 2 : first >> 3 == 30 ? 3 : 0;
    unsigned code = first & (0x3fU >> more);
    if (more == 0 || (size_t)(end - at) <= more)
        return 0;
    for (size_t i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3fU);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    bool good = (code >= least[more] && code <= 0x10ffff && !surrogate) || code == 0x85;
    return good ? more + 1 : 0;
}

/* Before the library sees it, which does not come to its end with some bytes that are no UTF-8. */
static int check_text(const struct builder *builder, struct error *error) {
    int line = 1;
    int column = 1;
    for (const char *at = builder->text, *end = at + builder->length; at < end; column++) {
        size_t bytes = character_length(at, end);
        if (bytes == 0)
            return error_plain(error, -EINVAL, "%s:%d:%d: not %s: the byte 0x%02x is no text in UTF-8",
                               builder->source, line, column, language_of(builder), (unsigned char)*at);
        if (*at == '\n') {
            line++;
            column = 0;
        }
        at += bytes;
    }
    return 0;
}

static int build(struct builder *builder, struct tree *ret, struct error *error) {
    int code = check_text(builder, error);
    if (code < 0)
        return code;
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (!diag)
        abort();
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg settings = {
        .flags = FYPCF_QUIET | (builder->json ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE), .diag = diag};
    struct fy_parser *parser = fy_parser_create(&settings);
    if (!parser || fy_parser_set_string(parser, builder->text, builder->length) != 0)
        abort();
    code = read_events(builder, parser, diag, error);
    forget_anchors(builder);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    if (code < 0)
        tree_free(&builder->tree);
    else
        *ret = builder->tree;
    return code;
}

int tree_parse(const char *text, size_t length, const char *source, struct tree *ret, struct error *error) {
    struct builder builder = {.text = text, .length = length, .source = source};
    return build(&builder, ret, error);
}

int tree_parse_json(const char *text, size_t length, const char *source, struct tree *ret,
                    struct error *error) {
    struct builder builder = {.text = text, .length = length, .source = source, .json = true};
    return build(&builder, ret, error);
}

void tree_free(struct tree *tree) {
    for (struct node *node = tree->newest, *before; node; node = before) {
        before = node->made_before;
        free(node->text);
        free(node->anchor);
        free(node);
    }
    *tree = (struct tree){0};
}

int tree_refuse(const char *source, const struct node *node, struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    struct strbuf visible = {0};
    text_add_visible(&visible, text); /* names of the manifest may be in it */
    error_plain(error, -EINVAL, "%s:%d:%d: %s", source, node->line, node->column, strbuf_text(&visible));
    strbuf_free(&visible);
    free(text);
    return -EINVAL;
}

int tree_lookup(const struct node *map, const char *key, const char *source, struct node **ret_key,
                struct node **ret_value, struct error *error) {
    struct node *found = NULL;
    for (struct node *at = map && map->kind == NODE_MAP ? map->first : NULL; at; at = at->next->next) {
        if (at->kind != NODE_SCALAR || !at->text || strcmp(at->text, key) != 0)
            continue;
        if (found)
            return tree_refuse(source, at, error, "%s is there twice, first at line %d", key, found->line);
        found = at;
    }
    if (ret_key)
        *ret_key = found;
    *ret_value = found ? found->next : NULL;
    return 0;
}

bool node_is_null(const struct node *node) {
    if (node->kind != NODE_SCALAR || node->form > FORM_PLAIN)
        return false;
    return node->form == FORM_ABSENT || !node->text || strcmp(node->text, "~") == 0 ||
           strcmp(node->text, "") == 0 || strcasecmp(node->text, "null") == 0;
}

/* The first alias at or below `node` that refers to `anchor`. */
static const struct node *alias_to(const struct node *node, const char *anchor) {
    if (node->kind == NODE_ALIAS && node->text && strcmp(node->text, anchor) == 0)
        return node;
    for (const struct node *child = node->first; child; child = child->next) {
        const struct node *found = alias_to(child, anchor);
        if (found)
            return found;
    }
    return NULL;
}

const struct node *node_shared_by(const struct node *node, const struct node **ret_anchored) {
    const struct node *root = node;
    while (root->parent)
        root = root->parent;
    for (const struct node *at = node; at; at = at->parent) {
        const struct node *alias = at->anchor ? alias_to(root, at->anchor) : NULL;
        if (alias) {
            *ret_anchored = at;
            return alias;
        }
    }
    return NULL;
}
