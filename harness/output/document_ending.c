#include "output/document_ending.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

/* No memory is as fast, and it is still a whole number. */
#define RATE_MOST_BYTES_PER_S 1e18

/* ---- written ---- */

/* An array that is not filled has no text to tell. */
static const char *text_or_null(const char *text) {
    return text && *text ? text : NULL;
}

static void put_flag(cJSON *object, const char *key, struct known_i64 flag) {
    if (flag.known)
        cJSON_AddBoolToObject(object, key, flag.value != 0);
    else
        cJSON_AddNullToObject(object, key);
}

static void put_oom(cJSON *root, const struct oom_death *death) {
    if (death->count == 0) {
        cJSON_AddNullToObject(root, "oom");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "oom");
    cJSON_AddNumberToObject(object, "processes", death->count);
    json_put_text(object, "process", text_or_null(death->process));
    json_put_i64(object, "pid", death->pid);
    put_flag(object, "is_main", death->is_main);
    json_put_i64(object, "process_anon_bytes", death->process_anon_bytes);
    json_put_i64(object, "process_file_bytes", death->process_file_bytes);
    json_put_i64(object, "process_shmem_bytes", death->process_shmem_bytes);
    json_put_i64(object, "oom_score_adj", death->oom_score_adj);
    json_put_i64(object, "usage_bytes", death->usage_bytes);
    json_put_i64(object, "anon_bytes", death->anon_bytes);
    json_put_i64(object, "file_bytes", death->file_bytes);
    json_put_i64(object, "shmem_bytes", death->shmem_bytes);
    json_put_text(object, "line", text_or_null(death->line));
}

static const char *const kill_by_names[] = {[KILL_BY_PROCESS] = "process",
                                            [KILL_BY_KERNEL] = "kernel",
                                            [KILL_BY_US] = "harness",
                                            [KILL_BY_CPU_LIMIT] = "cpu-limit"};
#define KILL_BY_COUNT (sizeof kill_by_names / sizeof *kill_by_names)

static void put_killer(cJSON *root, const struct ending *ending) {
    const struct sigkill *kill = &ending->killer;
    if (!ending->killer_known) {
        cJSON_AddNullToObject(root, "killer");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "killer");
    json_put_text(object, "by", kill_by_names[kill->by]);
    cJSON_AddNumberToObject(object, "by_pid", kill->by_pid);
    json_put_text(object, "by_name", text_or_null(kill->by_name));
    json_put_text(object, "by_command", text_or_null(kill->by_command));
    cJSON_AddBoolToObject(object, "by_target", kill->by_target);
    cJSON_AddNumberToObject(object, "pid", kill->pid);
    json_put_text(object, "name", text_or_null(kill->name));
    cJSON_AddBoolToObject(object, "to_main", kill->to_main);
    cJSON_AddBoolToObject(object, "to_target", kill->to_target);
    json_put_i64(object, "after_pid", kill->after_pid ? known_i64(kill->after_pid) : UNKNOWN_I64);
    json_put_text(object, "after_name", text_or_null(kill->after_name));
}

static void put_growth(cJSON *root, const struct last_growth *growth) {
    cJSON *object = cJSON_AddObjectToObject(root, "growth");
    bool rated = growth->last_rate_bytes_per_s.known;
    json_put_text(object, "kind", growth_kind_name(growth->kind));
    json_put_i64(object, "last_bytes", growth->last_bytes);
    json_put_i64(object, "level_bytes", growth->level_bytes);
    json_put_f64(object, "last_rate_bytes_per_s", growth->last_rate_bytes_per_s);
    json_put_seconds(object, "last_span_s", rated ? known_i64(growth->last_span_ns) : UNKNOWN_I64);
}

static void put_seen(cJSON *root, const struct last_seen *seen) {
    if (!seen->known) {
        cJSON_AddNullToObject(root, "last_seen");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "last_seen");
    json_put_seconds(object, "time_s", known_i64(seen->time_ns));
    cJSON_AddNumberToObject(object, "anon_bytes", (double)seen->anon_bytes);
    json_put_i64(object, "shmem_bytes", seen->shmem_bytes);
    json_put_i64(object, "kernel_bytes", seen->kernel_bytes);
    cJSON_AddNumberToObject(object, "cache_bytes", (double)seen->cache_bytes);
}

/* Was it ended by others, or refused memory? */
static bool has_ending(const struct trial *trial) {
    const struct ending *ending = &trial->ending;
    return trial->outcome == OUTCOME_OOM || trial->outcome == OUTCOME_OUTSIDE_OOM ||
           trial->outcome == OUTCOME_RUNTIME_OOM || trial->outcome == OUTCOME_KILLED ||
           ending->scope != SCOPE_NONE || ending->oom.count > 0 || ending->killer_known || ending->oom_daemon;
}

void document_put_ending(cJSON *root, const char *key, const struct trial *trial) {
    const struct ending *ending = &trial->ending;
    if (!has_ending(trial)) {
        cJSON_AddNullToObject(root, key);
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, key);
    json_put_text(object, "group", ending->group_path);
    json_put_i64(object, "main_pid", ending->main_pid);
    json_put_text(object, "scope", death_scope_name(ending->scope));
    json_put_i64(object, "limit_bytes", ending->limit_bytes);
    json_put_text(object, "limit_group", ending->limit_path);
    put_oom(object, &ending->oom);
    cJSON_AddBoolToObject(object, "kills_watched", ending->kills_watched);
    put_killer(object, ending);
    json_put_text(object, "oom_daemon", ending->oom_daemon);
    put_growth(object, &ending->growth);
    put_seen(object, &ending->seen);
}

/* ---- read ---- */

/* A text may have grown when it was made fit for JSON. No character is cut in two. */
static void get_cut(struct json_reader *reader, const cJSON *object, const char *key, char *to, size_t size) {
    const char *text = json_get_text(reader, object, key);
    size_t length = text ? strlen(text) : 0;
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(to, text ? text : "", length);
    to[length] = '\0';
}

static struct known_i64 get_flag(struct json_reader *reader, const cJSON *object, const char *key) {
    return json_get_item(object, key) ? known_i64(json_get_flag(reader, object, key)) : UNKNOWN_I64;
}

static void get_oom(struct json_reader *reader, const cJSON *root, struct oom_death *death) {
    const cJSON *object = json_get_object(reader, root, "oom");
    if (!object)
        return;
    death->count = json_get_int(reader, object, "processes", 1, "a number from 1 on");
    get_cut(reader, object, "process", death->process, sizeof death->process);
    death->pid = json_get_i64(reader, object, "pid");
    death->is_main = get_flag(reader, object, "is_main");
    death->process_anon_bytes = json_get_i64(reader, object, "process_anon_bytes");
    death->process_file_bytes = json_get_i64(reader, object, "process_file_bytes");
    death->process_shmem_bytes = json_get_i64(reader, object, "process_shmem_bytes");
    death->oom_score_adj = json_get_i64(reader, object, "oom_score_adj");
    death->usage_bytes = json_get_i64(reader, object, "usage_bytes");
    death->anon_bytes = json_get_i64(reader, object, "anon_bytes");
    death->file_bytes = json_get_i64(reader, object, "file_bytes");
    death->shmem_bytes = json_get_i64(reader, object, "shmem_bytes");
    get_cut(reader, object, "line", death->line, sizeof death->line);
}

static void get_killer(struct json_reader *reader, const cJSON *root, struct ending *ending) {
    const cJSON *object = json_get_object(reader, root, "killer");
    struct sigkill *kill = &ending->killer;
    if (!object)
        return;
    const char *by = json_get_text(reader, object, "by");
    int kind = by ? text_index(kill_by_names, KILL_BY_COUNT, by) : -1;
    if (kind < 0)
        json_refuse(reader, "killer.by", "process, kernel, harness or cpu-limit");
    else
        kill->by = (enum kill_by)kind;
    ending->killer_known = true;
    kill->by_pid = json_get_count(reader, object, "by_pid");
    get_cut(reader, object, "by_name", kill->by_name, sizeof kill->by_name);
    get_cut(reader, object, "by_command", kill->by_command, sizeof kill->by_command);
    kill->by_target = json_get_flag(reader, object, "by_target");
    kill->pid = json_get_count(reader, object, "pid");
    get_cut(reader, object, "name", kill->name, sizeof kill->name);
    kill->to_main = json_get_flag(reader, object, "to_main");
    kill->to_target = json_get_flag(reader, object, "to_target");
    kill->after_pid = json_get_count(reader, object, "after_pid");
    get_cut(reader, object, "after_name", kill->after_name, sizeof kill->after_name);
}

static void get_growth(struct json_reader *reader, const cJSON *root, struct last_growth *growth) {
    const cJSON *object = json_get_object(reader, root, "growth");
    const char *kind = json_get_text(reader, object, "kind");
    if (kind && !growth_kind_from_name(kind, &growth->kind))
        json_refuse(reader, "growth.kind", "one that is known");
    growth->last_bytes = json_get_i64(reader, object, "last_bytes");
    growth->level_bytes = json_get_i64(reader, object, "level_bytes");
    growth->last_rate_bytes_per_s = json_get_f64(reader, object, "last_rate_bytes_per_s");
    if (fabs(known_f64_or(growth->last_rate_bytes_per_s, 0)) > RATE_MOST_BYTES_PER_S)
        json_refuse(reader, "growth.last_rate_bytes_per_s", "a rate");
    growth->last_span_ns = json_get_duration_ns(reader, object, "last_span_s");
}

static void get_seen(struct json_reader *reader, const cJSON *root, struct last_seen *seen) {
    const cJSON *object = json_get_object(reader, root, "last_seen");
    if (!object)
        return;
    seen->known = true;
    seen->time_ns = json_get_duration_ns(reader, object, "time_s");
    seen->anon_bytes = known_or(json_get_i64(reader, object, "anon_bytes"), 0);
    seen->shmem_bytes = json_get_i64(reader, object, "shmem_bytes");
    seen->kernel_bytes = json_get_i64(reader, object, "kernel_bytes");
    seen->cache_bytes = known_or(json_get_i64(reader, object, "cache_bytes"), 0);
}

static void get_scope(struct json_reader *reader, const cJSON *object, struct ending *ending) {
    const char *scope = json_get_text(reader, object, "scope");
    if (scope && !death_scope_from_name(scope, &ending->scope))
        json_refuse(reader, "scope", "own, parent or host");
    ending->limit_bytes = json_get_i64(reader, object, "limit_bytes");
    ending->limit_path = json_get_copy(reader, object, "limit_group");
    /* It is named wherever a parent's limit is blamed. */
    if (ending->scope == SCOPE_PARENT && !ending->limit_path)
        json_refuse(reader, "limit_group", "the path of the parent");
}

void document_get_ending(struct json_reader *reader, const cJSON *root, const char *key, struct ending *ret) {
    const cJSON *object = json_get_object(reader, root, key);
    const char *daemon = json_get_text(reader, object, "oom_daemon");
    *ret = (struct ending){0};
    if (!object)
        return;
    ret->group_path = json_get_copy(reader, object, "group");
    ret->main_pid = json_get_i64(reader, object, "main_pid");
    get_scope(reader, object, ret);
    get_oom(reader, object, &ret->oom);
    ret->kills_watched = json_get_flag(reader, object, "kills_watched");
    get_killer(reader, object, ret);
    ret->oom_daemon = daemon ? oom_daemon_find(daemon) : NULL;
    if (daemon && !ret->oom_daemon)
        json_refuse(reader, "oom_daemon", "one that is known");
    get_growth(reader, object, &ret->growth);
    get_seen(reader, object, &ret->seen);
}
