#include "output/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/manifest_edit.h"

void manifest_patch_free(struct manifest_patch *patch) {
    for (size_t i = 0; i < patch->splice_count; i++)
        free(patch->splices[i].text);
    free(patch->summary);
    *patch = (struct manifest_patch){0};
}

void manifest_apply(const char *text, size_t length, const struct manifest_patch *patch, struct strbuf *ret) {
    size_t at = 0;
    for (size_t i = 0; i < patch->splice_count; i++) {
        const struct manifest_splice *splice = &patch->splices[i];
        strbuf_add_bytes(ret, text + at, splice->offset - at);
        strbuf_add(ret, splice->text);
        at = splice->offset + splice->length;
    }
    strbuf_add_bytes(ret, text + at, length - at);
}

static const struct want *want_of(const struct want *wants, size_t count, const char *key) {
    for (size_t i = 0; key && i < count; i++)
        if (strcmp(wants[i].key, key) == 0)
            return &wants[i];
    return NULL;
}

/* The container that is ours, in which digest() leaves out what was wanted. */
struct ours {
    const struct node *container;
    const struct manifest_wants *wants;
};

static void digest(const struct node *node, const struct ours *ours, struct strbuf *ret);

/* Adds what a mapping holds beside what was wanted in it. Returns whether there is anything: null, {} and our
 * values alone are the same. */
static bool digest_rest(const struct node *map, const struct ours *ours, const struct want *wants,
                        size_t count, struct strbuf *ret) {
    bool any = map->anchor != NULL;
    for (const struct node *key = map->first; key; key = key->next->next) {
        const struct want *want = want_of(wants, count, key->text);
        size_t before = ret->length;
        if (want && want->value)
            continue;
        digest(key, ours, ret);
        if (!want)
            digest(key->next, ours, ret);
        else if (!digest_rest(key->next, ours, want->children, want->count, ret)) {
            ret->length = before;
            continue;
        }
        any = true;
    }
    return any;
}

/* Adds all that is at the node, each text with its length, so that no two trees read the same. */
static void digest(const struct node *node, const struct ours *ours, struct strbuf *ret) {
    const char *text = node->text ? node->text : "";
    const char *anchor = node->anchor ? node->anchor : "";
    strbuf_addf(ret, "%d %d %d %zu:%s %zu:%s(", node->kind, node->tagged, node_is_null(node), strlen(text),
                text, strlen(anchor), anchor);
    if (node == ours->container)
        digest_rest(node, ours, ours->wants->container, 1, ret);
    for (const struct node *child = node == ours->container ? NULL : node->first; child; child = child->next)
        digest(child, ours, ret);
    strbuf_add(ret, ")");
}

static void digest_all(const struct tree *tree, const struct ours *ours, struct strbuf *ret) {
    for (const struct node *root = tree->first; root; root = root->next)
        digest(root, ours, ret);
}

/* The value at resources.GROUP.KEY; NULL where there is none. */
static const char *value_at(const struct node *container, const char *group, const char *key) {
    struct error error;
    struct node *node = NULL;
    if (tree_lookup(container, "resources", "", NULL, &node, &error) < 0 || !node ||
        tree_lookup(node, group, "", NULL, &node, &error) < 0 || !node ||
        tree_lookup(node, key, "", NULL, &node, &error) < 0 || !node || node->kind != NODE_SCALAR)
        return NULL;
    return node_is_null(node) ? NULL : node->text;
}

static bool has_all(const struct node *container, const struct manifest_wants *wants) {
    for (size_t g = 0; g < 2; g++) {
        const struct want *group = &wants->groups[g];
        for (size_t i = 0; i < group->count; i++) {
            const char *value = value_at(container, group->key, group->children[i].key);
            if (!value || !manifest_same_quantity(&group->children[i], value))
                return false;
        }
    }
    return true;
}

/* The text with the splices made, read again. */
static bool holds(const char *text, size_t length, const struct tree *tree, const struct container *container,
                  size_t index, const struct manifest_wish *wish, const struct manifest_patch *patch) {
    struct strbuf made = {0};
    struct strbuf before = {0};
    struct strbuf after = {0};
    struct tree again = {0};
    struct container there;
    struct manifest_wants wants;
    struct error error;
    manifest_want(wish, &wants);
    manifest_apply(text, length, patch, &made);
    bool good = tree_parse(strbuf_text(&made), made.length, wish->source, &again, &error) == 0 &&
                manifest_find_again(&again, wish->source, index, &there) && has_all(there.node, &wants);
    if (good) {
        digest_all(tree, &(struct ours){container->node, &wants}, &before);
        digest_all(&again, &(struct ours){there.node, &wants}, &after);
        good = before.length == after.length && memcmp(before.text, after.text, before.length) == 0;
    }
    tree_free(&again);
    strbuf_free(&made);
    strbuf_free(&before);
    strbuf_free(&after);
    return good;
}

/* "container web of Deployment/web: requests.memory 64Mi -> 134Mi, limits.memory (none) -> 202Mi" */
static char *summarise(const struct container *container, const struct manifest_wish *wish) {
    struct manifest_wants wants;
    struct strbuf text = {0};
    manifest_want(wish, &wants);
    strbuf_addf(&text, "%scontainer %s of %s/%s", container->init ? "init " : "",
                *container->name ? container->name : "(no name)", container->kind->name, container->workload);
    for (size_t g = 0; g < 2; g++) {
        const struct want *group = &wants.groups[g];
        for (size_t i = 0; i < group->count; i++) {
            const struct want *leaf = &group->children[i];
            const char *value = value_at(container->node, group->key, leaf->key);
            bool same = value && manifest_same_quantity(leaf, value);
            strbuf_addf(&text, "%s %s.%s ", g + i == 0 ? ":" : ",", group->key, leaf->key);
            if (same)
                strbuf_add(&text, value);
            else
                strbuf_addf(&text, "%s -> %s", value ? value : "(none)", leaf->value);
        }
    }
    return text.text;
}

int manifest_patch(const char *text, size_t length, const struct manifest_wish *wish,
                   struct manifest_patch *ret, struct error *error) {
    struct tree tree = {0};
    struct container container;
    size_t index = 0;
    struct manifest_patch patch = {0};
    int code = tree_parse(text, length, wish->source, &tree, error);
    if (code == 0)
        code = manifest_find(&tree, wish, &container, &index, error);
    if (code == 0)
        code = manifest_edit(text, length, &container, wish, &patch, error);
    if (code == 0 && !holds(text, length, &tree, &container, index, wish, &patch))
        code = tree_refuse(wish->source, container.node, error,
                           "container %s is written in a form that cannot be changed safely; give it a "
                           "resources block of its own lines",
                           container.name);
    if (code == 0)
        patch.summary = summarise(&container, wish);
    tree_free(&tree);
    if (code < 0)
        manifest_patch_free(&patch);
    else
        *ret = patch;
    return code;
}
