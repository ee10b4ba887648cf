#include "output/document.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "output/version.h"

/* ---- writing ---- */

static void put_text(cJSON *object, const char *key, const char *text) {
    if (!text) {
        cJSON_AddNullToObject(object, key);
        return;
    }
    /* What came from a target may be no UTF-8; a JSON text must be. */
    struct strbuf clean = {0};
    text_add_json(&clean, text);
    cJSON_AddStringToObject(object, key, strbuf_text(&clean));
    strbuf_free(&clean);
}

static void put_i64(cJSON *object, const char *key, struct known_i64 number) {
    if (number.known)
        cJSON_AddNumberToObject(object, key, (double)number.value);
    else
        cJSON_AddNullToObject(object, key);
}

static void put_f64(cJSON *object, const char *key, struct known_f64 number) {
    if (number.known)
        cJSON_AddNumberToObject(object, key, number.value);
    else
        cJSON_AddNullToObject(object, key);
}

static void put_texts(cJSON *object, const char *key, char *const *texts, size_t count) {
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; i < count; i++) {
        struct strbuf clean = {0};
        text_add_json(&clean, texts[i]);
        cJSON_AddItemToArray(array, cJSON_CreateString(strbuf_text(&clean)));
        strbuf_free(&clean);
    }
}

static cJSON *trial_json(const struct trial *trial) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "id", trial->id);
    put_text(object, "purpose", purpose_name(trial->purpose));
    put_i64(object, "limit_bytes", trial->limit_bytes);
    put_text(object, "outcome", outcome_name(trial->outcome));
    put_i64(object, "exit_code", trial->exit.exit_code);
    put_i64(object, "signal", trial->exit.signal);
    cJSON_AddNumberToObject(object, "duration_s", (double)trial->exit.duration_ns / (double)NS_PER_S);
    put_i64(object, "peak_bytes", trial->peak_bytes);
    put_i64(object, "needed_bytes", trial->needed_bytes);
    put_i64(object, "unreclaimable_bytes", trial->unreclaimable_bytes);
    put_i64(object, "peak_less_file_bytes", trial->peak_less_file_bytes);
    put_i64(object, "file_cache_bytes", trial->file_cache_bytes);
    put_i64(object, "working_set_p95_bytes", trial->working_set_p95_bytes);
    put_i64(object, "oom_kills", trial->oom_kills);
    put_i64(object, "refault_bytes", trial->refault_bytes);
    put_f64(object, "cpu_s", trial->cpu_s);
    put_i64(object, "line_bytes", trial->line_bytes);
    cJSON_AddBoolToObject(object, "evicted", trial->evicted);
    put_text(object, "seeks", trial->for_slowdown ? "slowdown_point" : NULL);
    put_text(object, "stop", stop_reason_name(trial->exit.stop));
    cJSON_AddNumberToObject(object, "leftovers", trial->exit.leftovers);
    put_f64(object, "slowdown_ratio", trial->slowdown_ratio);
    put_f64(object, "stall_ratio", trial->stall_ratio);
    cJSON *evidence = cJSON_AddArrayToObject(object, "evidence");
    for (size_t i = 0; i < trial->evidence_count; i++) {
        cJSON *fact = cJSON_CreateObject();
        put_text(fact, "source", trial->evidence[i].source);
        put_text(fact, "detail", trial->evidence[i].detail);
        cJSON_AddItemToArray(evidence, fact);
    }
    put_text(object, "samples", trial->samples_name);
    cJSON_AddNumberToObject(object, "sample_count", (double)trial->sample_count);
    cJSON_AddBoolToObject(object, "samples_lost", trial->samples_lost);
    put_text(object, "log", trial->log_name);
    put_text(object, "stderr_tail", trial->exit.stderr_tail);
    return object;
}

/* Prints and releases the tree. */
static char *print_and_free(cJSON *tree, bool indented) {
    char *text = indented ? cJSON_Print(tree) : cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    if (!text)
        abort();
    return text;
}

char *document_trial_line(const struct trial *trial) {
    return print_and_free(trial_json(trial), false);
}

static void put_host(cJSON *root, const struct host *host) {
    cJSON *object = cJSON_AddObjectToObject(root, "host");
    put_text(object, "kernel", host->kernel);
    put_text(object, "cgroup", host->cgroup);
    put_i64(object, "memory_bytes", host->memory_bytes);
    put_i64(object, "available_bytes", host->available_bytes);
    put_i64(object, "swap_bytes", host->swap_bytes);
    cJSON_AddNumberToObject(object, "cpus", host->cpus);
    cJSON_AddBoolToObject(object, "psi", host->psi);
}

static void put_target(cJSON *root, const struct result *result) {
    cJSON *object = cJSON_AddObjectToObject(root, "target");
    size_t count = 0;
    while (result->argv && result->argv[count])
        count++;
    put_text(object, "kind", "command");
    put_text(object, "name", result->name);
    put_texts(object, "argv", result->argv, count);
    cJSON_AddNullToObject(object, "image");
    cJSON_AddNullToObject(object, "load");
    cJSON_AddNullToObject(object, "ready");
}

static void put_levels(cJSON *root, const struct oom_point *point) {
    cJSON *levels = cJSON_AddArrayToObject(root, "band");
    for (int i = 0; i < point->level_count; i++) {
        const struct oom_level *level = &point->levels[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "limit_bytes", (double)level->limit_bytes);
        cJSON_AddNumberToObject(object, "runs", level->runs);
        cJSON_AddNumberToObject(object, "deaths", level->deaths);
        cJSON_AddNumberToObject(object, "p_oom", level->p_oom);
        cJSON_AddItemToArray(levels, object);
    }
}

static void put_slowdown_point(cJSON *root, const struct slowdown_point *point) {
    if (!point->known) {
        cJSON_AddNullToObject(root, "slowdown_point");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "slowdown_point");
    cJSON_AddNumberToObject(object, "limit_bytes", (double)point->limit_bytes);
    cJSON_AddNumberToObject(object, "slowdown_ratio", point->slowdown_ratio);
    cJSON_AddNumberToObject(object, "max_ratio", point->max_ratio);
    cJSON_AddNumberToObject(object, "noise_ratio", point->noise_ratio);
    cJSON_AddNumberToObject(object, "runs", point->runs);
}

static void put_oom_point(cJSON *root, const struct oom_point *point) {
    if (!point->known) {
        cJSON_AddNullToObject(root, "oom_point");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "oom_point");
    put_i64(object, "ooms_bytes", point->ooms_bytes);
    put_i64(object, "stalls_bytes", point->stalls_bytes);
    put_i64(object, "survives_bytes", point->survives_bytes);
    put_f64(object, "resolution_ratio", point->resolution_ratio);
    put_text(object, "dies_as", point->ooms_bytes.known ? outcome_name(point->dies_as) : NULL);
    cJSON_AddNumberToObject(object, "confirmed_ooms", point->confirmed_ooms);
    cJSON_AddNumberToObject(object, "confirmed_survivals", point->confirmed_survivals);
    put_f64(object, "p_oom_upper95", point->p_oom_upper95);
    cJSON_AddBoolToObject(object, "mixed", point->mixed);
    cJSON_AddBoolToObject(object, "non_monotone", point->non_monotone);
    put_levels(object, point);
    cJSON_AddNumberToObject(object, "runs", point->runs);
}

static void put_recommendation(cJSON *root, const struct recommendation *advice) {
    if (!advice->known) {
        cJSON_AddNullToObject(root, "recommendation");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "recommendation");
    cJSON_AddNumberToObject(object, "request_bytes", (double)advice->request_bytes);
    cJSON_AddNumberToObject(object, "limit_bytes", (double)advice->limit_bytes);
    cJSON_AddNumberToObject(object, "headroom_ratio", advice->headroom_ratio);
    put_text(object, "qos_class", advice->qos_class);
    cJSON_AddNumberToObject(object, "oom_score_adj", advice->oom_score_adj);
    cJSON_AddNumberToObject(object, "node_memory_bytes", (double)advice->node_memory_bytes);
    put_texts(object, "reasons", advice->reasons, advice->reason_count);
    put_texts(object, "warnings", advice->warnings, advice->warning_count);
    cJSON *verified = cJSON_AddObjectToObject(object, "verified");
    cJSON_AddNumberToObject(verified, "runs", advice->verified_runs);
    cJSON_AddNumberToObject(verified, "ooms", advice->verified_ooms);
    put_f64(verified, "p_oom_upper95", advice->verified_p_oom_upper95);
    cJSON_AddNullToObject(object, "runtime");
}

char *document_result(const struct result *result) {
    cJSON *root = cJSON_CreateObject();
    put_text(root, "schema", RESULT_SCHEMA);
    cJSON *tool = cJSON_AddObjectToObject(root, "tool");
    put_text(tool, "name", "plimsoll");
    put_text(tool, "version", PLIMSOLL_VERSION);
    put_text(root, "command", result->command);
    put_text(root, "started_at", result->started_at);
    put_host(root, &result->host);
    put_target(root, result);
    cJSON *trials = cJSON_AddArrayToObject(root, "trials");
    for (size_t i = 0; i < result->trial_count; i++)
        cJSON_AddItemToArray(trials, trial_json(&result->trials[i]));
    put_oom_point(root, &result->oom_point);
    put_slowdown_point(root, &result->slowdown_point);
    put_recommendation(root, &result->recommendation);
    cJSON_AddNullToObject(root, "leak");
    char *text = print_and_free(root, true);
    CLEANUP_FREE char *unended = text;
    return text_format("%s\n", unended);
}

/* ---- reading ---- */

/* Where a reader is, for its messages. */
struct reader {
    const char *source;
    struct error *error;
    int code;
};

static void refuse(struct reader *reader, const char *key, const char *expected) {
    if (reader->code == 0)
        reader->code = error_plain(reader->error, -EINVAL, "%s: %s: not %s", reader->source, key, expected);
}

/* A whole number that fits; null and absence are unknown. */
static struct known_i64 get_i64(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item || cJSON_IsNull(item))
        return UNKNOWN_I64;
    /* Beyond 2^53 a JSON number is no longer exact; nothing that is counted here comes near. */
    bool number = cJSON_IsNumber(item) && fabs(item->valuedouble) <= 9007199254740992.0;
    if (!number || item->valuedouble != floor(item->valuedouble)) {
        refuse(reader, key, number ? "a whole number" : "a number");
        return UNKNOWN_I64;
    }
    return known_i64((int64_t)item->valuedouble);
}

static struct known_f64 get_f64(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item || cJSON_IsNull(item))
        return UNKNOWN_F64;
    if (!cJSON_IsNumber(item)) {
        refuse(reader, key, "a number");
        return UNKNOWN_F64;
    }
    return known_f64(item->valuedouble);
}

static const char *get_text(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item || cJSON_IsNull(item))
        return NULL;
    if (!cJSON_IsString(item)) {
        refuse(reader, key, "a text");
        return NULL;
    }
    return item->valuestring;
}

/* What stands there may be anything: shown harmlessly. */
static void refuse_schema(struct reader *reader, const char *schema) {
    struct strbuf shown = {0};
    text_add_visible(&shown, schema ? schema : "missing");
    reader->code = error_plain(reader->error, -EINVAL, "%s: schema is %.100s; this program reads %s",
                               reader->source, strbuf_text(&shown), RESULT_SCHEMA);
    strbuf_free(&shown);
}

/* A duration of less than three centuries: what int64_t holds in nanoseconds. */
static int64_t get_duration_ns(struct reader *reader, const cJSON *object, const char *key) {
    struct known_f64 seconds = get_f64(reader, object, key);
    if (!seconds.known)
        return 0;
    if (!(seconds.value >= 0 && seconds.value < 9e9)) {
        refuse(reader, key, "a duration");
        return 0;
    }
    return (int64_t)(seconds.value * (double)NS_PER_S);
}

/* A count that an int holds; absent is 0. */
static int get_count(struct reader *reader, const cJSON *object, const char *key) {
    int64_t count = known_or(get_i64(reader, object, key), 0);
    if (count < 0 || count > INT32_MAX) {
        refuse(reader, key, "a count");
        return 0;
    }
    return (int)count;
}

static void get_trial(struct reader *reader, const cJSON *object, struct result *result) {
    struct trial trial = {0};
    const char *purpose = get_text(reader, object, "purpose");
    const char *outcome = get_text(reader, object, "outcome");
    if (!purpose || !purpose_from_name(purpose, &trial.purpose))
        refuse(reader, "purpose", "one that is known");
    if (!outcome || !outcome_from_name(outcome, &trial.outcome))
        refuse(reader, "outcome", "one that is known");
    trial.id = get_count(reader, object, "id");
    trial.limit_bytes = get_i64(reader, object, "limit_bytes");
    trial.exit.exit_code = get_i64(reader, object, "exit_code");
    trial.exit.signal = get_i64(reader, object, "signal");
    trial.exit.duration_ns = get_duration_ns(reader, object, "duration_s");
    trial.peak_bytes = get_i64(reader, object, "peak_bytes");
    trial.needed_bytes = get_i64(reader, object, "needed_bytes");
    trial.unreclaimable_bytes = get_i64(reader, object, "unreclaimable_bytes");
    trial.peak_less_file_bytes = get_i64(reader, object, "peak_less_file_bytes");
    trial.file_cache_bytes = get_i64(reader, object, "file_cache_bytes");
    trial.working_set_p95_bytes = get_i64(reader, object, "working_set_p95_bytes");
    trial.oom_kills = get_i64(reader, object, "oom_kills");
    trial.slowdown_ratio = get_f64(reader, object, "slowdown_ratio");
    trial.stall_ratio = get_f64(reader, object, "stall_ratio");
    result_add_trial(result, &trial);
}

static void get_oom_point(struct reader *reader, const cJSON *root, struct oom_point *point) {
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "oom_point");
    if (!object || cJSON_IsNull(object))
        return;
    if (!cJSON_IsObject(object)) {
        refuse(reader, "oom_point", "an object");
        return;
    }
    point->known = true;
    point->ooms_bytes = get_i64(reader, object, "ooms_bytes");
    point->survives_bytes = get_i64(reader, object, "survives_bytes");
    point->resolution_ratio = get_f64(reader, object, "resolution_ratio");
    point->confirmed_ooms = get_count(reader, object, "confirmed_ooms");
    point->confirmed_survivals = get_count(reader, object, "confirmed_survivals");
    point->p_oom_upper95 = get_f64(reader, object, "p_oom_upper95");
    point->runs = get_count(reader, object, "runs");
}

static void get_recommendation(struct reader *reader, const cJSON *root, struct recommendation *advice) {
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "recommendation");
    if (!object || cJSON_IsNull(object))
        return;
    struct known_i64 request = get_i64(reader, object, "request_bytes");
    struct known_i64 limit = get_i64(reader, object, "limit_bytes");
    if (!request.known || request.value <= 0)
        refuse(reader, "recommendation.request_bytes", "a positive number");
    if (!limit.known || limit.value <= 0)
        refuse(reader, "recommendation.limit_bytes", "a positive number");
    advice->known = true;
    advice->request_bytes = request.value;
    advice->limit_bytes = limit.value;
    struct known_f64 headroom = get_f64(reader, object, "headroom_ratio");
    advice->headroom_ratio = headroom.known ? headroom.value : 0;
    const char *qos = get_text(reader, object, "qos_class");
    advice->qos_class = qos && strcmp(qos, "Guaranteed") == 0 ? "Guaranteed" : "Burstable";
}

int document_parse_result(const char *text, const char *source, struct result *ret, struct error *error) {
    const char *rest = NULL;
    cJSON *root = cJSON_ParseWithOpts(text, &rest, true);
    if (!root) {
        int line = 1;
        for (const char *c = text; rest && c < rest && *c; c++)
            line += *c == '\n';
        return error_plain(error, -EINVAL, "%s:%d: not JSON", source, line);
    }
    struct result result = {0};
    struct reader reader = {.source = source, .error = error};
    const char *schema = get_text(&reader, root, "schema");
    if (reader.code == 0 && (!schema || strcmp(schema, RESULT_SCHEMA) != 0))
        refuse_schema(&reader, schema);
    if (reader.code == 0) {
        const char *command = get_text(&reader, root, "command");
        const char *name = get_text(&reader, cJSON_GetObjectItemCaseSensitive(root, "target"), "name");
        result.command = text_copy(command ? command : "");
        result.name = text_copy(name ? name : "");
        get_oom_point(&reader, root, &result.oom_point);
        get_recommendation(&reader, root, &result.recommendation);
        const cJSON *trials = cJSON_GetObjectItemCaseSensitive(root, "trials");
        if (trials && !cJSON_IsNull(trials) && !cJSON_IsArray(trials))
            refuse(&reader, "trials", "an array");
        const cJSON *trial = NULL;
        cJSON_ArrayForEach(trial, trials) {
            get_trial(&reader, trial, &result);
        }
    }
    cJSON_Delete(root);
    if (reader.code < 0) {
        result_free(&result);
        return reader.code;
    }
    *ret = result;
    return 0;
}
