#include "output/document.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "output/version.h"

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
    put_f64(object, "user_cpu_s", trial->user_cpu_s);
    put_i64(object, "tasks_most", trial->tasks_most);
    put_i64(object, "line_bytes", trial->line_bytes);
    cJSON_AddBoolToObject(object, "evicted", trial->evicted);
    cJSON_AddBoolToObject(object, "crowded", trial->crowded);
    cJSON_AddBoolToObject(object, "tuned", trial->tuned);
    put_text(object, "runtime", runtime_name(trial->runtime));
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
    cJSON_AddNumberToObject(object, "page_bytes", (double)host->page_bytes);
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
    put_i64(object, "slow_bytes", point->slow_bytes);
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

static void put_runtime(cJSON *root, const struct runtime_advice *advice) {
    if (advice->runtime == RUNTIME_NONE) {
        cJSON_AddNullToObject(root, "runtime");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "runtime");
    put_text(object, "name", runtime_name(advice->runtime));
    cJSON *settings = cJSON_AddArrayToObject(object, "settings");
    for (size_t i = 0; i < advice->setting_count; i++) {
        cJSON *setting = cJSON_CreateObject();
        put_text(setting, "name", advice->settings[i].name);
        put_text(setting, "value", advice->settings[i].value);
        cJSON_AddItemToArray(settings, setting);
    }
    cJSON *tried = cJSON_AddObjectToObject(object, "tried");
    cJSON_AddNumberToObject(tried, "runs", advice->tried_runs);
    cJSON_AddNumberToObject(tried, "ooms", advice->tried_ooms);
    put_i64(tried, "needed_bytes", advice->needed_bytes);
    put_i64(tried, "needed_without_bytes", advice->needed_without_bytes);
    put_f64(tried, "time_ratio", advice->time_ratio);
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
    put_text(object, "container_role", container_role_name(advice->role));
    put_i64(object, "cpu_millis", advice->cpu_millis);
    put_f64(object, "growth_bytes_per_s", advice->growth_bytes_per_s);
    put_f64(object, "exhausted_after_s", advice->exhausted_after_s);
    put_texts(object, "reasons", advice->reasons, advice->reason_count);
    put_texts(object, "warnings", advice->warnings, advice->warning_count);
    cJSON *verified = cJSON_AddObjectToObject(object, "verified");
    cJSON_AddNumberToObject(verified, "runs", advice->verified_runs);
    cJSON_AddNumberToObject(verified, "ooms", advice->verified_ooms);
    put_f64(verified, "p_oom_upper95", advice->verified_p_oom_upper95);
    put_runtime(object, &advice->runtime);
}

static void put_head(cJSON *root, const char *schema) {
    put_text(root, "schema", schema);
    cJSON *tool = cJSON_AddObjectToObject(root, "tool");
    put_text(tool, "name", "plimsoll");
    put_text(tool, "version", PLIMSOLL_VERSION);
}

/* Prints and releases the tree, with a final newline. */
static char *end_document(cJSON *root) {
    CLEANUP_FREE char *text = print_and_free(root, true);
    return text_format("%s\n", text);
}

char *document_result(const struct result *result) {
    cJSON *root = cJSON_CreateObject();
    put_head(root, RESULT_SCHEMA);
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
    return end_document(root);
}

/* A text that must come back as it was: where JSON cannot hold its bytes, they are written as digits. */
static cJSON *exact_text(const char *text) {
    struct strbuf written = {0};
    text_add_json(&written, text);
    bool same = strcmp(strbuf_text(&written), text) == 0;
    strbuf_free(&written);
    if (same)
        return cJSON_CreateString(text);
    for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
        strbuf_addf(&written, "%02x", *byte);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "hex", strbuf_text(&written));
    strbuf_free(&written);
    return object;
}

char *document_invocation(const struct invocation *invocation) {
    cJSON *root = cJSON_CreateObject();
    put_head(root, INVOCATION_SCHEMA);
    put_text(root, "command", invocation->command);
    put_text(root, "started_at", invocation->started_at);
    cJSON_AddItemToObject(root, "cwd", exact_text(invocation->cwd));
    put_host(root, &invocation->host);
    cJSON *target = cJSON_AddObjectToObject(root, "target");
    put_text(target, "name", invocation->name);
    cJSON *arguments = cJSON_AddArrayToObject(root, "arguments");
    for (char *const *argument = invocation->arguments; *argument; argument++)
        cJSON_AddItemToArray(arguments, exact_text(*argument));
    return end_document(root);
}
