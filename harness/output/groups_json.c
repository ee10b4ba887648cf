#include <cjson/cJSON.h>

#include "base/units.h"
#include "output/groups.h"
#include "output/json.h"

static const char *or_null(const char *text) {
    return *text ? text : NULL;
}

static void add_growth(cJSON *object, const struct standing *standing) {
    json_put_text(object, "growth", standing_growth_name(standing->growth));
    json_put_f64(object, "growth_bytes_per_hour", standing->bytes_per_hour);
    if (standing->low.known && standing->high.known) {
        const double ends[] = {standing->low.value, standing->high.value};
        cJSON_AddItemToObject(object, "growth_ci95_bytes_per_hour",
                              json_must(cJSON_CreateDoubleArray(ends, 2)));
    } else {
        json_must(cJSON_AddNullToObject(object, "growth_ci95_bytes_per_hour"));
    }
    json_put_f64(object, "exhausted_after_s", standing->exhausted_after_s);
}

static void add_advice(cJSON *object, const struct standing *standing) {
    if (!standing->request_bytes.known) {
        json_must(cJSON_AddNullToObject(object, "advised"));
        return;
    }
    cJSON *advice = json_must(cJSON_AddObjectToObject(object, "advised"));
    json_put_i64(advice, "request_bytes", standing->request_bytes);
    json_put_i64(advice, "limit_bytes", standing->limit_bytes);
}

static void add_group(cJSON *list, const struct group_row *row) {
    const struct watched_group *group = row->group;
    const struct group_course *course = &group->course;
    cJSON *object = json_must(cJSON_CreateObject());
    cJSON_AddItemToArray(list, object);
    json_put_text(object, "name", group->name);
    json_put_text(object, "kind", watched_kind_name(group->kind));
    json_put_text(object, "cgroup", group->path);
    json_put_text(object, "program", or_null(group->program));
    json_put_text(object, "container_id", or_null(group->container_id));
    json_put_text(object, "pod_uid", or_null(group->pod_uid));
    json_put_text(object, "unit", or_null(group->unit));
    json_put_i64(object, "usage_bytes", group->now.usage);
    json_put_i64(object, "working_set_bytes", snapshot_working_set(&group->now));
    json_put_i64(object, "needed_bytes", snapshot_needed(&group->now));
    json_put_i64(object, "swap_bytes", group->now.swap);
    json_put_i64(object, "peak_bytes", group->now.total_peak);
    json_put_i64(object, "limit_bytes", group->limit_bytes);
    json_put_i64(object, "headroom_bytes", row->standing.headroom_bytes);
    json_put_text(object, "headroom_of", row->standing.headroom_of ? row->standing.headroom_of->path : NULL);
    json_put_f64(object, "stall_ratio", group->stall_ratio);
    json_put_i64(object, "oom_kills", group->oom_kills);
    json_put_i64(object, "oom_kills_watched", watched_new_kills(group));
    add_growth(object, &row->standing);
    add_advice(object, &row->standing);
    json_put_i64(object, "readings", known_i64(course->readings));
    json_put_seconds(object, "watched_s", known_i64(course->last_ns - course->began_ns));
}

static void add_host(cJSON *document, const struct groups_facts *facts) {
    cJSON *host = json_must(cJSON_AddObjectToObject(document, "host"));
    json_put_text(host, "kernel", facts->host->kernel);
    json_put_text(host, "cgroup", facts->host->cgroup);
    json_put_i64(host, "memory_bytes", facts->host->memory_bytes);
    json_put_i64(host, "available_bytes", facts->available_bytes);
    json_put_i64(host, "oom_kills_watched", facts->host_kills);
}

char *groups_json(const struct groups_facts *facts, const struct group_row *rows, size_t count) {
    cJSON *document = json_begin(GROUPS_SCHEMA);
    json_put_text(document, "at", facts->at);
    add_host(document, facts);
    json_put_seconds(document, "watched_s", known_i64(facts->watched_ns));
    json_put_i64(document, "groups_seen", known_i64((int64_t)facts->shown));
    json_put_i64(document, "groups_gone", known_i64((int64_t)facts->gone));
    json_put_i64(document, "groups_unopened", known_i64((int64_t)facts->unopened));
    cJSON *list = json_must(cJSON_AddArrayToObject(document, "groups"));
    for (size_t i = 0; i < count; i++)
        add_group(list, &rows[i]);
    return json_end(document);
}
