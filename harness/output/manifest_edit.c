#include "output/manifest_edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define STEP_DEFAULT 2
#define STEP_MAX     8

/* What an edit needs at hand. */
struct editor {
    const char *text;
    size_t length;
    const char *source;
    const struct node *container;
    int step;            /* columns from a mapping to one within it */
    const char *newline; /* as the text has it */
    struct manifest_patch *patch;
    struct error *error;
};

void manifest_want(const struct manifest_wish *wish, struct manifest_wants *ret) {
    size_t count = wish->cpu ? 2 : 1;
    *ret = (struct manifest_wants){
        .requests = {{.key = "memory", .value = wish->request}, {.key = "cpu", .value = wish->cpu}},
        .limits = {{.key = "memory", .value = wish->limit}, {.key = "cpu", .value = wish->cpu}},
    };
    ret->groups[0] = (struct want){.key = "requests", .children = ret->requests, .count = count};
    ret->groups[1] = (struct want){.key = "limits", .children = ret->limits, .count = count};
    ret->container[0] = (struct want){.key = "resources", .children = ret->groups, .count = 2};
}

/* Thousandths of a CPU; -1 where it is written in a way that is not read here. */
static double cpu_millis(const char *text) {
    char *end;
    double number = strtod(text, &end);
    if (end == text)
        return -1;
    return strcmp(end, "m") == 0 ? number : *end == '\0' ? number * 1000 : -1;
}

bool manifest_same_quantity(const struct want *leaf, const char *text) {
    struct error ignored;
    int64_t have;
    int64_t wanted;
    if (strcmp(leaf->key, "cpu") == 0)
        return cpu_millis(text) == cpu_millis(leaf->value);
    return quantity_parse(text, &have, &ignored) == 0 &&
           quantity_parse(leaf->value, &wanted, &ignored) == 0 && have == wanted;
}

static void splice(struct editor *editor, size_t offset, size_t length, const char *text) {
    struct manifest_patch *patch = editor->patch;
    if (patch->splice_count == MANIFEST_SPLICES_MAX)
        abort();
    /* At the same place the later one comes behind: what lies deeper is spliced first. */
    size_t at = patch->splice_count++;
    for (; at > 0 && patch->splices[at - 1].offset > offset; at--)
        patch->splices[at] = patch->splices[at - 1];
    patch->splices[at] = (struct manifest_splice){offset, length, text_copy(text)};
}

/* A change at `node` must reach nothing else. */
static int require_own(const struct editor *editor, const struct node *node) {
    const struct node *anchored;
    const struct node *alias = node_shared_by(node, &anchored);
    if (!alias)
        return 0;
    return tree_refuse(editor->source, anchored, editor->error,
                       "&%s is used again at line %d, and a change here would reach that too; write that out",
                       anchored->anchor, alias->line);
}

static int refuse_form(const struct editor *editor, const struct node *node, const char *key) {
    return tree_refuse(editor->source, node, editor->error,
                       "%s is written in a form that is not changed here; write it as KEY: VALUE", key);
}

/* Offset behind the colon of a key; 0 where there is none on its line. */
static size_t behind_colon(const struct editor *editor, const struct node *key) {
    size_t at = key->end;
    while (at < editor->length && (editor->text[at] == ' ' || editor->text[at] == '\t'))
        at++;
    return at < editor->length && editor->text[at] == ':' ? at + 1 : 0;
}

static size_t line_end(const struct editor *editor, size_t at) {
    while (at < editor->length && editor->text[at] != '\n' && editor->text[at] != '\r')
        at++;
    return at;
}

/* Offset behind the last byte of an entry; 0 where that is not known. */
static size_t content_end(const struct editor *editor, const struct node *key) {
    const struct node *value = key->next;
    while (value->form == FORM_BLOCK && value->last) {
        key = NULL;
        for (const struct node *at = value->first; value->kind == NODE_MAP && at; at = at->next->next)
            key = at;
        value = value->last;
    }
    if (value->form != FORM_ABSENT)
        return value->form == FORM_TEXT_BLOCK ? 0 : value->end;
    return key ? behind_colon(editor, key) : 0;
}

/* Each on a line of its own, the line's end before it, as the text goes on after a line's content. */
static void add_block(const struct editor *editor, const struct want *wants, size_t count, int indent,
                      struct strbuf *ret) {
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(ret, "%s%*s%s:", editor->newline, indent, "", wants[i].key);
        if (wants[i].value)
            strbuf_addf(ret, " %s", wants[i].value);
        else
            add_block(editor, wants[i].children, wants[i].count, indent + editor->step, ret);
    }
}

/* One behind the other; `quote` is around each word. */
static void add_flow(const struct want *wants, size_t count, const char *quote, const char *between,
                     struct strbuf *ret) {
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(ret, "%s%s%s%s: ", i > 0 ? between : "", quote, wants[i].key, quote);
        if (wants[i].value) {
            strbuf_addf(ret, "%s%s%s", quote, wants[i].value, quote);
            continue;
        }
        strbuf_add(ret, "{");
        add_flow(wants[i].children, wants[i].count, quote, ", ", ret);
        strbuf_add(ret, "}");
    }
}

static const char *quote_like(const struct node *key) {
    return key && key->form == FORM_DOUBLE_QUOTED ? "\"" : "";
}

/* What stands between the entries of a flow mapping: the line's end and the indentation before `key`, where
 * it begins its line; else a blank. */
static void add_between(const struct editor *editor, const struct node *key, struct strbuf *ret) {
    size_t start = key->start;
    while (start > 0 && (editor->text[start - 1] == ' ' || editor->text[start - 1] == '\t'))
        start--;
    bool begins = start > 0 && (editor->text[start - 1] == '\n' || editor->text[start - 1] == '\r');
    strbuf_addf(ret, ",%s", begins ? editor->newline : " ");
    if (begins)
        strbuf_add_bytes(ret, editor->text + start, key->start - start);
}

/* The entry that new ones are put behind. In a container not the last, but where people write it. */
static int choose_sibling(const struct editor *editor, const struct node *map, struct node **ret) {
    static const char *const leads[] = {"image", "name"};
    for (size_t i = 0; map == editor->container && i < sizeof leads / sizeof *leads; i++) {
        struct node *value;
        int code = tree_lookup(map, leads[i], editor->source, ret, &value, editor->error);
        if (code < 0)
            return code;
        if (*ret && value->form != FORM_TEXT_BLOCK && value->form != FORM_ABSENT)
            return 0;
    }
    for (struct node *key = map->first; key; key = key->next->next)
        *ret = key;
    return 0;
}

/* Adds entries to a mapping that has some already, or to {}. */
static int extend(struct editor *editor, const struct node *map, const struct want *wants, size_t count) {
    struct node *sibling = NULL;
    int code = require_own(editor, map);
    if (code == 0)
        code = choose_sibling(editor, map, &sibling);
    if (code < 0)
        return code;
    struct strbuf text = {0};
    size_t at = 0;
    if (!sibling) {
        at = map->start + 1;
        add_flow(wants, count, "", ", ", &text);
    } else if (map->form == FORM_FLOW) {
        struct strbuf between = {0};
        size_t end = content_end(editor, sibling);
        at = end > 0 ? end : sibling->end;
        add_between(editor, sibling, &between);
        strbuf_add(&text, strbuf_text(&between));
        add_flow(wants, count, quote_like(sibling), strbuf_text(&between), &text);
        strbuf_free(&between);
    } else if (content_end(editor, sibling) > 0) {
        at = line_end(editor, content_end(editor, sibling));
        add_block(editor, wants, count, map->column - 1, &text);
    } else {
        code = refuse_form(editor, sibling, sibling->text ? sibling->text : "this");
    }
    if (code == 0)
        splice(editor, at, 0, strbuf_text(&text));
    strbuf_free(&text);
    return code;
}

/* "{}", with nothing but blanks in it. */
static bool is_bare(const struct editor *editor, const struct node *value) {
    for (size_t at = value->start + 1; at + 1 < value->end; at++)
        if (editor->text[at] != ' ')
            return false;
    return true;
}

/* Gives a value to a key that has null or {}. */
static int fill(struct editor *editor, const struct node *map, const struct node *key,
                const struct want *want) {
    const struct node *value = key->next;
    size_t colon = behind_colon(editor, key);
    bool absent = value->form == FORM_ABSENT;
    int code = require_own(editor, value);
    if (code < 0)
        return code;
    if (colon == 0 || value->anchor || value->tagged)
        return refuse_form(editor, key, want->key);
    struct strbuf text = {0};
    bool in_line =
        absent || (value->line == key->line && (value->kind != NODE_MAP || is_bare(editor, value)));
    if (!want->value && map->form == FORM_BLOCK && in_line) {
        /* In lines below, as people write it. */
        size_t end = absent ? colon : value->end;
        splice(editor, colon, end - colon, "");
        add_block(editor, want->children, want->count, map->column - 1 + editor->step, &text);
        splice(editor, line_end(editor, end), 0, strbuf_text(&text));
    } else if (value->kind == NODE_MAP) {
        add_flow(want->children, want->count, quote_like(key), ", ", &text);
        splice(editor, value->start + 1, 0, strbuf_text(&text));
    } else {
        const char *quote = quote_like(key);
        if (absent)
            strbuf_add(&text, " ");
        if (want->value) {
            strbuf_addf(&text, "%s%s%s", quote, want->value, quote);
        } else {
            strbuf_add(&text, "{");
            add_flow(want->children, want->count, quote, ", ", &text);
            strbuf_add(&text, "}");
        }
        splice(editor, absent ? colon : value->start, absent ? 0 : value->end - value->start,
               strbuf_text(&text));
    }
    strbuf_free(&text);
    return 0;
}

/* Another quantity in the quotes that are there. */
static int replace(struct editor *editor, const struct node *value, const struct want *want) {
    if (manifest_same_quantity(want, value->text ? value->text : ""))
        return 0;
    int code = require_own(editor, value);
    if (code < 0)
        return code;
    if (value->tagged || value->form == FORM_TEXT_BLOCK)
        return refuse_form(editor, value, want->key);
    const char *quote = value->form == FORM_DOUBLE_QUOTED   ? "\""
                        : value->form == FORM_SINGLE_QUOTED ? "'"
                                                            : "";
    struct strbuf text = {0};
    strbuf_addf(&text, "%s%s%s", quote, want->value, quote);
    splice(editor, value->start, value->end - value->start, strbuf_text(&text));
    strbuf_free(&text);
    return 0;
}

static int settle(struct editor *editor, const struct node *map, const struct want *wants, size_t count);

/* A wanted key that is there. */
static int settle_there(struct editor *editor, const struct node *map, const struct node *key,
                        const struct want *want) {
    const struct node *value = key->next;
    if (value->kind == NODE_ALIAS)
        return tree_refuse(editor->source, value, editor->error,
                           "%s is *%s, which stands elsewhere too; write it out here", want->key,
                           value->text ? value->text : "");
    if (node_is_null(value) || (!want->value && value->kind == NODE_MAP && !value->first))
        return fill(editor, map, key, want);
    if (value->kind != (want->value ? NODE_SCALAR : NODE_MAP))
        return tree_refuse(editor->source, value, editor->error, "%s should be a %s", want->key,
                           want->value ? "quantity" : "mapping");
    return want->value ? replace(editor, value, want) : settle(editor, value, want->children, want->count);
}

/* Sees to it that the mapping holds what is wanted. What is there is settled first, so that of two splices
 * at the same line's end the deeper one comes first. */
static int settle(struct editor *editor, const struct node *map, const struct want *wants, size_t count) {
    struct want missing[2];
    size_t missing_count = 0;
    struct node *merge;
    struct node *value;
    int code = tree_lookup(map, "<<", editor->source, &merge, &value, editor->error);
    for (size_t i = 0; i < count && code == 0; i++) {
        struct node *key;
        code = tree_lookup(map, wants[i].key, editor->source, &key, &value, editor->error);
        if (code == 0 && key)
            code = settle_there(editor, map, key, &wants[i]);
        else if (code == 0 && merge && !wants[i].value)
            /* A mapping of our own would hide all of the one that is merged in. */
            code = tree_refuse(editor->source, merge, editor->error,
                               "%s may come from what is merged in here; write it out", wants[i].key);
        else if (code == 0)
            missing[missing_count++] = wants[i];
    }
    return code == 0 && missing_count > 0 ? extend(editor, map, missing, missing_count) : code;
}

/* How deep the text indents, seen at the pod's spec. */
static int indentation_step(const struct node *pod) {
    const struct node *above = pod->parent;
    if (pod->form != FORM_BLOCK || !above || above->form != FORM_BLOCK || above->kind != NODE_MAP)
        return STEP_DEFAULT;
    int step = pod->column - above->column;
    return step > 0 && step <= STEP_MAX ? step : STEP_DEFAULT;
}

int manifest_edit(const char *text, size_t length, const struct container *container,
                  const struct manifest_wish *wish, struct manifest_patch *patch, struct error *error) {
    struct manifest_wants wants;
    const char *first_newline = memchr(text, '\n', length);
    struct editor editor = {
        .text = text,
        .length = length,
        .source = wish->source,
        .container = container->node,
        .step = indentation_step(container->pod),
        .newline = first_newline && first_newline > text && first_newline[-1] == '\r' ? "\r\n" : "\n",
        .patch = patch,
        .error = error,
    };
    manifest_want(wish, &wants);
    return settle(&editor, container->node, wants.container, 1);
}
