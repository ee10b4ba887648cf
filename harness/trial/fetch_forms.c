#include "trial/fetch_forms.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "trial/inspect.h"

/* Of a DNS subdomain. */
#define NAME_MOST 253

static const cJSON *at(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text_at(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(at(object, key));
}

static bool same(const char *one, const char *other) {
    return one && other && strcmp(one, other) == 0;
}

bool fetch_is_here(const char *info, const char *machine, const char *kernel) {
    cJSON *tree = cJSON_Parse(info);
    const cJSON *host = at(tree, "host"); /* podman */
    bool here = host ? same(text_at(host, "hostname"), machine) && same(text_at(host, "kernel"), kernel)
                     : same(text_at(tree, "Name"), machine) && same(text_at(tree, "KernelVersion"), kernel);
    cJSON_Delete(tree);
    return here;
}

/* ---- containers of an engine ---- */

static struct listed_container read_listed(const cJSON *item) {
    const cJSON *state = at(item, "State");
    const cJSON *code = at(state, "ExitCode");
    const cJSON *restarts = at(item, "RestartCount");
    const char *name = text_at(item, "Name");
    const char *finished = text_at(state, "FinishedAt");
    const char *label = text_at(at(at(item, "Config"), "Labels"), "plimsoll"); /* of our own trials */
    bool badly = (cJSON_IsNumber(code) && code->valueint != 0) ||
                 (cJSON_IsNumber(restarts) && restarts->valueint > 0) || cJSON_IsTrue(at(state, "OOMKilled"));
    return (struct listed_container){.name = name ? text_copy(name + (*name == '/')) : text_copy(""),
                                     .ended_badly = badly && !same(label, "1"),
                                     .finished_ns = finished ? inspect_parse_time(finished) : UNKNOWN_I64};
}

size_t fetch_list(const char *inspected, struct listed_container **ret) {
    cJSON *tree = cJSON_Parse(inspected);
    size_t most = cJSON_IsArray(tree) ? (size_t)cJSON_GetArraySize(tree) : 0;
    struct listed_container *list = calloc(most + 1, sizeof *list);
    size_t count = 0;
    const cJSON *item = NULL;
    if (!list)
        abort();
    if (most)
        cJSON_ArrayForEach(item, tree) list[count++] = read_listed(item);
    cJSON_Delete(tree);
    *ret = list;
    return count;
}

void listed_free(struct listed_container *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(list[i].name);
    free(list);
}

/* ---- pods ---- */

static size_t add_ended(const cJSON *statuses, size_t most, struct ended_container *list, size_t count) {
    const cJSON *status = NULL;
    cJSON_ArrayForEach(status, statuses) {
        const char *name = text_at(status, "name");
        bool now = cJSON_IsObject(at(at(status, "state"), "terminated"));
        bool before = cJSON_IsObject(at(at(status, "lastState"), "terminated"));
        if (count == most || (!now && !before) || !name || !fetch_is_kubernetes_name(name, strlen(name)))
            continue;
        list[count++] = (struct ended_container){.name = text_copy(name), .before = !now};
    }
    return count;
}

size_t fetch_list_ended(const char *pod, size_t most, struct ended_container **ret) {
    static const char *const kinds[] = {"initContainerStatuses", "containerStatuses",
                                        "ephemeralContainerStatuses"};
    cJSON *tree = cJSON_Parse(pod);
    const cJSON *status = at(tree, "status");
    struct ended_container *list = calloc(most + 1, sizeof *list);
    size_t count = 0;
    if (!list)
        abort();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        count = add_ended(at(status, kinds[i]), most, list, count);
    cJSON_Delete(tree);
    *ret = list;
    return count;
}

void ended_free(struct ended_container *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(list[i].name);
    free(list);
}

char *fetch_node_of(const char *pod) {
    cJSON *tree = cJSON_Parse(pod);
    const char *node = text_at(at(tree, "spec"), "nodeName");
    char *copy = node ? text_copy(node) : NULL;
    cJSON_Delete(tree);
    return copy;
}

bool fetch_is_kubernetes_name(const char *name, size_t length) {
    if (length == 0 || length > NAME_MOST || !isalnum((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '.')
            return false;
    return true;
}
