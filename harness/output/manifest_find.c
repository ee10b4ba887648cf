#include "output/manifest_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

const struct manifest_kind manifest_kinds[] = {
    {"Deployment", "deploy", "apps/v1", {"spec", "template", "spec"}},
    {"StatefulSet", "sts", "apps/v1", {"spec", "template", "spec"}},
    {"DaemonSet", "ds", "apps/v1", {"spec", "template", "spec"}},
    {"ReplicaSet", "rs", "apps/v1", {"spec", "template", "spec"}},
    {"Job", "job", "batch/v1", {"spec", "template", "spec"}},
    {"CronJob", "cj", "batch/v1", {"spec", "jobTemplate", "spec", "template", "spec"}},
    {"Pod", "po", "v1", {"spec"}},
    {0},
};

/* All containers that were come upon. */
struct found {
    const char *source;
    struct container *items;
    size_t count;
    const struct node *hidden; /* an alias or merge key that may bring in more; NULL: none */
};

static bool is_word(const char *known, const char *word, size_t length) {
    return strlen(known) == length && strncasecmp(known, word, length) == 0;
}

const struct manifest_kind *manifest_kind_find(const char *word, size_t length) {
    for (const struct manifest_kind *kind = manifest_kinds; kind->name; kind++)
        if (is_word(kind->name, word, length) || is_word(kind->short_name, word, length))
            return kind;
    return NULL;
}

static const char *text_of(const struct node *node) {
    return node && node->kind == NODE_SCALAR && node->text ? node->text : "";
}

/* A key's value, of the kind that is needed; *ret is NULL where there is none to look into. */
static int enter(struct found *found, const struct node *map, const char *key, enum node_kind kind,
                 struct node **ret, struct error *error) {
    struct node *value;
    struct node *merge;
    *ret = NULL;
    int code = tree_lookup(map, key, found->source, NULL, &value, error);
    if (code == 0 && !value)
        code = tree_lookup(map, "<<", found->source, &merge, &value, error);
    else
        merge = NULL;
    if (code < 0)
        return code;
    if (merge || (value && value->kind == NODE_ALIAS)) {
        found->hidden = found->hidden ? found->hidden : value;
        return 0;
    }
    if (!value || node_is_null(value))
        return 0;
    if (value->kind != kind)
        return tree_refuse(found->source, value, error, "%s should be a %s", key,
                           kind == NODE_MAP ? "mapping" : "list");
    *ret = value;
    return 0;
}

static int add_container(struct found *found, struct node *node, const struct container *pattern,
                         struct error *error) {
    if (node->kind == NODE_ALIAS) {
        found->hidden = found->hidden ? found->hidden : node;
        return 0;
    }
    if (node->kind != NODE_MAP)
        return tree_refuse(found->source, node, error, "a container should be a mapping");
    struct node *name;
    int code = tree_lookup(node, "name", found->source, NULL, &name, error);
    if (code < 0)
        return code;
    struct container *grown = realloc(found->items, (found->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    found->items = grown;
    found->items[found->count] = *pattern;
    found->items[found->count].node = node;
    found->items[found->count].name = text_of(name);
    found->count++;
    return 0;
}

static int add_pod(struct found *found, struct node *pod, struct container *pattern, struct error *error) {
    pattern->pod = pod;
    for (int init = 0; init < 2; init++) {
        struct node *list;
        pattern->init = init;
        int code = enter(found, pod, init ? "initContainers" : "containers", NODE_LIST, &list, error);
        for (struct node *item = code == 0 && list ? list->first : NULL; item && code == 0; item = item->next)
            code = add_container(found, item, pattern, error);
        if (code < 0)
            return code;
    }
    return 0;
}

/* An object that is no list: looked into where its kind is known. */
static int add_workload(struct found *found, struct node *object, const char *word, struct error *error) {
    struct node *metadata = NULL;
    struct node *name = NULL;
    const struct manifest_kind *kind = manifest_kinds;
    while (kind->name && strcmp(kind->name, word) != 0)
        kind++;
    if (!kind->name)
        return 0;
    int code = tree_lookup(object, "metadata", found->source, NULL, &metadata, error);
    if (code == 0)
        code = tree_lookup(metadata, "name", found->source, NULL, &name, error);
    for (int i = 0; i < MANIFEST_PATH_MAX && kind->path[i] && object && code == 0; i++)
        code = enter(found, object, kind->path[i], NODE_MAP, &object, error);
    if (code < 0 || !object)
        return code;
    struct container pattern = {.kind = kind, .workload = text_of(name)};
    return add_pod(found, object, &pattern, error);
}

/* An object of a document or of a list. `depth` bounds lists within lists. */
static int add_object(struct found *found, struct node *object, int depth, struct error *error) {
    struct node *kind;
    struct node *items;
    int code = tree_lookup(object, "kind", found->source, NULL, &kind, error);
    if (code < 0)
        return code;
    const char *word = text_of(kind);
    size_t length = strlen(word);
    if (length < 4 || strcmp(word + length - 4, "List") != 0 || depth > 1)
        return add_workload(found, object, word, error);
    code = enter(found, object, "items", NODE_LIST, &items, error);
    for (struct node *item = code == 0 && items ? items->first : NULL; item && code == 0; item = item->next)
        code = add_object(found, item, depth + 1, error);
    return code;
}

static int find_all(const struct tree *tree, const char *source, struct found *ret, struct error *error) {
    *ret = (struct found){.source = source};
    int code = 0;
    for (struct node *root = tree->first; root && code == 0; root = root->next)
        code = add_object(ret, root, 0, error);
    return code;
}

static bool is_wished(const struct container *container, const struct manifest_wish *wish) {
    return !wish->kind || (container->kind == wish->kind && strcmp(container->workload, wish->workload) == 0);
}

/* Adds "a (Deployment/web, line 10), b (...)" for those that are called `name`; NULL: for all. */
static void add_names(const struct found *found, const struct manifest_wish *wish, const char *name,
                      struct strbuf *list) {
    for (size_t i = 0; i < found->count && list->length < 600; i++) {
        const struct container *item = &found->items[i];
        if (!is_wished(item, wish) || (name && strcmp(item->name, name) != 0))
            continue;
        strbuf_addf(list, "%s%s (%s/%s, line %d)", list->length ? ", " : "", *item->name ? item->name : "?",
                    item->kind->name, item->workload, item->node->line);
    }
}

/* Says why it cannot be told which container is meant. `name`: how it was looked for; NULL: as the only one.
 */
static int refuse_choice(const struct found *found, const struct manifest_wish *wish, const char *name,
                         const struct node *at, size_t matches, struct error *error) {
    struct strbuf list = {0};
    add_names(found, wish, matches ? name : NULL, &list);
    if (!list.length && found->hidden)
        tree_refuse(found->source, found->hidden, error,
                    "no container is written out, and what is brought in here is not followed");
    else if (!list.length)
        tree_refuse(found->source, at, error, "no %s%s%s with a container in it",
                    wish->kind ? wish->kind->name : "Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod",
                    wish->kind ? "/" : "", wish->kind ? wish->workload : "");
    else if (matches > 1 && name)
        tree_refuse(found->source, at, error,
                    "more than one container %s: %s; choose by --workload, or rename one", name,
                    strbuf_text(&list));
    else if (wish->container)
        tree_refuse(found->source, at, error, "no container %s; there is: %s", wish->container,
                    strbuf_text(&list));
    else
        tree_refuse(found->source, at, error, "which container? choose by --container: %s",
                    strbuf_text(&list));
    strbuf_free(&list);
    return -EINVAL;
}

/* Counts those that are meant, and keeps the last. `name` NULL: any of the role's. */
static size_t count_matches(const struct found *found, const struct manifest_wish *wish, const char *name,
                            size_t *ret_index) {
    size_t matches = 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct container *item = &found->items[i];
        /* A sidecar may be written as either. */
        bool in_role = wish->role == ROLE_SIDECAR || item->init == (wish->role == ROLE_INIT);
        bool good = name ? strcmp(item->name, name) == 0 : in_role;
        if (good && is_wished(item, wish)) {
            *ret_index = i;
            matches++;
        }
    }
    return matches;
}

int manifest_find(const struct tree *tree, const struct manifest_wish *wish, struct container *ret,
                  size_t *ret_index, struct error *error) {
    static const struct node nowhere = {.line = 1, .column = 1};
    struct found found;
    int code = find_all(tree, wish->source, &found, error);
    CLEANUP_FREE struct container *items = found.items;
    if (code < 0)
        return code;
    const char *name = wish->container ? wish->container : wish->target;
    size_t index = 0;
    size_t matches = name ? count_matches(&found, wish, name, &index) : 0;
    if (matches == 0 && !wish->container) {
        name = NULL;
        matches = count_matches(&found, wish, NULL, &index);
    }
    if (matches != 1) {
        const struct node *first = found.count ? found.items[0].node : tree->first ? tree->first : &nowhere;
        const struct node *at = matches && name ? found.items[index].node : first;
        return refuse_choice(&found, wish, name, at, matches, error);
    }
    *ret = found.items[index];
    *ret_index = index;
    return 0;
}

bool manifest_find_again(const struct tree *tree, const char *source, size_t index, struct container *ret) {
    struct found found;
    struct error error;
    int code = find_all(tree, source, &found, &error);
    CLEANUP_FREE struct container *items = found.items;
    if (code < 0 || index >= found.count)
        return false;
    *ret = found.items[index];
    return true;
}
