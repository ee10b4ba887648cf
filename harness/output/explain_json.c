#include <cjson/cJSON.h>
#include <stdio.h>
#include <time.h>

#include "base/units.h"
#include "output/explain.h"
#include "output/json.h"

/* RFC 3339 in UTC, to the microsecond; null where it is not known or no date. */
static void add_time(cJSON *object, const char *key, struct known_i64 at_ns) {
    char text[64];
    struct tm date;
    time_t seconds = (time_t)(known_or(at_ns, 0) / NS_PER_S);
    if (!at_ns.known || at_ns.value < 0 || !gmtime_r(&seconds, &date)) {
        cJSON_AddNullToObject(object, key);
        return;
    }
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf(text + length, sizeof text - length, ".%06dZ", (int)(at_ns.value % NS_PER_S / 1000));
    json_put_text(object, key, text);
}

static void add_evidence(cJSON *object, const struct death *death) {
    cJSON *list = json_must(cJSON_AddArrayToObject(object, "evidence"));
    for (size_t i = 0; i < death->evidence_count; i++) {
        cJSON *item = json_must(cJSON_CreateObject());
        cJSON_AddItemToArray(list, item);
        json_put_text(item, "source", death->evidence[i].source);
        json_put_i64(item, "line", death->evidence[i].line);
        json_put_text(item, "text", death->evidence[i].text);
    }
}

static void add_death(cJSON *list, const struct death *death) {
    cJSON *object = json_must(cJSON_CreateObject());
    cJSON_AddItemToArray(list, object);
    json_put_text(object, "verdict", verdict_name(death->verdict));
    json_put_text(object, "scope", death_scope_name(death->scope));
    json_put_text(object, "confidence", confidence_name(death->confidence));
    json_put_text(object, "subject", death->subject);
    json_put_text(object, "happened", death->happened);
    add_time(object, "at", death->at_ns);
    json_put_text(object, "process", death->process);
    json_put_i64(object, "pid", death->pid);
    json_put_text(object, "cgroup", death->cgroup);
    json_put_i64(object, "limit_bytes", death->limit_bytes);
    json_put_i64(object, "exit_code", death->exit_code);
    cJSON *at_death = json_must(cJSON_AddObjectToObject(object, "at_death"));
    json_put_i64(at_death, "anon_bytes", death->anon_bytes);
    json_put_i64(at_death, "file_bytes", death->file_bytes);
    json_put_i64(at_death, "shmem_bytes", death->shmem_bytes);
    cJSON_AddNumberToObject(object, "times", death->times > 1 ? death->times : 1);
    cJSON_AddBoolToObject(object, "aside", death->aside);
    json_put_texts(object, "account", death->account.items, death->account.count);
    add_evidence(object, death);
    json_put_texts(object, "missing", death->missing.items, death->missing.count);
    json_put_texts(object, "advice", death->advice.items, death->advice.count);
}

char *explain_json(const struct deaths *deaths) {
    cJSON *document = json_begin(EXPLAIN_SCHEMA);
    json_put_texts(document, "read", deaths->read, deaths->read_count);
    json_put_texts(document, "notes", deaths->notes.items, deaths->notes.count);
    cJSON_AddNumberToObject(document, "dropped", (double)deaths->dropped);
    cJSON *list = json_must(cJSON_AddArrayToObject(document, "deaths"));
    for (size_t i = 0; i < deaths->count; i++)
        add_death(list, &deaths->items[i]);
    return json_end(document);
}
