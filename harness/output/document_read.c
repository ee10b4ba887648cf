#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "output/document.h"
#include "output/document_ending.h"
#include "output/document_leak.h"
#include "output/json.h"
#include "trial/load_output.h"

/* ---- texts that must come back as they were ---- */

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The bytes that hexadecimal digits stand for, none of them 0; NULL where they do not. Caller frees. */
static char *from_hex(const char *digits) {
    size_t length = strlen(digits);
    CLEANUP_FREE char *bytes = calloc(length / 2 + 1, 1);
    if (!bytes)
        abort();
    for (size_t i = 0; i < length / 2; i++) {
        int high = hex_digit(digits[2 * i]);
        int low = hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0 || high + low == 0)
            return NULL;
        bytes[i] = (char)(high << 4 | low);
    }
    return length % 2 == 0 ? STEAL_POINTER(&bytes) : NULL;
}

/* A text, or {"hex": ...} where its bytes are none that JSON can hold. Never NULL. Caller frees. */
static char *exact_text(struct json_reader *reader, const cJSON *item, const char *key) {
    const cJSON *hex = cJSON_GetObjectItemCaseSensitive(item, "hex");
    char *text = NULL;
    if (cJSON_IsString(item))
        text = text_copy(item->valuestring);
    else if (cJSON_IsString(hex))
        text = from_hex(hex->valuestring);
    if (text)
        return text;
    json_refuse(reader, key, "a text");
    return text_copy("");
}

/* NULL-terminated; NULL where it is absent. Caller frees it and the texts. */
static char **get_exact_texts(struct json_reader *reader, const cJSON *object, const char *key) {
    const cJSON *array = json_get_array(reader, object, key);
    if (!array)
        return NULL;
    char **texts = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *texts);
    if (!texts)
        abort();
    size_t count = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, array) {
        texts[count++] = exact_text(reader, item, key);
    }
    return texts;
}

static void free_texts(char **texts) {
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}

/* ---- a trial ---- */

static void get_evidence(struct json_reader *reader, const cJSON *object, struct trial *trial) {
    const cJSON *facts = json_get_array(reader, object, "evidence");
    const cJSON *fact = NULL;
    cJSON_ArrayForEach(fact, facts) {
        const char *source = json_get_text(reader, fact, "source");
        const char *detail = json_get_text(reader, fact, "detail");
        if (source && detail)
            trial_add_evidence(trial, source, detail);
        else
            json_refuse(reader, "evidence", "a list of facts, each with its source and detail");
    }
}

static void get_words(struct json_reader *reader, const cJSON *object, struct trial *trial) {
    const char *purpose = json_get_text(reader, object, "purpose");
    const char *outcome = json_get_text(reader, object, "outcome");
    const char *stop = json_get_text(reader, object, "stop");
    const char *seeks = json_get_text(reader, object, "seeks");
    const char *runtime = json_get_text(reader, object, "runtime");
    if (!purpose || !purpose_from_name(purpose, &trial->purpose))
        json_refuse(reader, "purpose", "one that is known");
    if (!outcome || !outcome_from_name(outcome, &trial->outcome))
        json_refuse(reader, "outcome", "one that is known");
    if (stop && !stop_reason_from_name(stop, &trial->exit.stop))
        json_refuse(reader, "stop", "one that is known");
    if (seeks && strcmp(seeks, "slowdown_point") != 0)
        json_refuse(reader, "seeks", "something that is known");
    if (runtime && !runtime_from_name(runtime, &trial->runtime))
        json_refuse(reader, "runtime", "one that is known");
    trial->for_slowdown = seeks != NULL;
}

static void get_exit(struct json_reader *reader, const cJSON *object, struct exit_facts *exit) {
    exit->started = true; /* one that was not is no trial */
    exit->exit_code = json_get_i64(reader, object, "exit_code");
    exit->signal = json_get_i64(reader, object, "signal");
    exit->duration_ns = json_get_duration_ns(reader, object, "duration_s");
    exit->stopped_ns = json_get_known_duration_ns(reader, object, "stopped_s");
    exit->leftovers = json_get_count(reader, object, "leftovers");
    exit->stderr_tail = json_get_copy(reader, object, "stderr_tail");
}

static struct trough get_trough(struct json_reader *reader, const cJSON *root) {
    const cJSON *object = json_get_object(reader, root, "trough");
    if (!object)
        return (struct trough){0};
    return (struct trough){.needed = json_get_i64(reader, object, "needed_bytes"),
                           .anon = json_get_i64(reader, object, "anon_bytes"),
                           .shmem = json_get_i64(reader, object, "shmem_bytes"),
                           .kernel = json_get_i64(reader, object, "kernel_bytes"),
                           .tasks = json_get_i64(reader, object, "tasks")};
}

static struct load_run get_load_run(struct json_reader *reader, const cJSON *object) {
    return (struct load_run){
        .step = json_get_copy(reader, object, "step"),
        .cycle = json_get_count(reader, object, "cycle"),
        .start_ns = json_get_duration_ns(reader, object, "start_s"),
        .duration_ns = json_get_duration_ns(reader, object, "duration_s"),
        .limit_bytes = json_get_i64(reader, object, "limit_bytes"),
        .exit_code = json_get_i64(reader, object, "exit_code"),
        .signal = json_get_i64(reader, object, "signal"),
        .figures = {.format = load_format_find(json_get_text(reader, object, "format")),
                    .rate_per_s = json_get_f64(reader, object, "rate_per_s"),
                    .latency_mean_s = json_get_f64(reader, object, "latency_mean_s"),
                    .latency_p99_s = json_get_f64(reader, object, "latency_p99_s"),
                    .requests = json_get_i64(reader, object, "requests"),
                    .errors = json_get_i64(reader, object, "errors")},
        .quiescent_bytes = json_get_i64(reader, object, "quiescent_bytes"),
        .trough = get_trough(reader, object),
        .refault_bytes = json_get_i64(reader, object, "refault_bytes"),
        .stall_ratio = json_get_f64(reader, object, "stall_ratio"),
    };
}

static void get_service(struct json_reader *reader, const cJSON *root, struct service_facts *facts) {
    const cJSON *object = json_get_object(reader, root, "service");
    if (!object)
        return;
    facts->serves = true;
    facts->ready_ns = json_get_known_duration_ns(reader, object, "ready_s");
    facts->pace_ns = json_get_known_duration_ns(reader, object, "pace_s");
    facts->failure = json_get_copy(reader, object, "failure");
    facts->load_tail = json_get_copy(reader, object, "load_tail");
    facts->log_name = json_get_copy(reader, object, "log");
    const cJSON *loads = json_get_array(reader, object, "loads");
    const cJSON *load = NULL;
    cJSON_ArrayForEach(load, loads) {
        struct load_run run = get_load_run(reader, load);
        service_facts_add(facts, &run);
    }
}

static void get_trial(struct json_reader *reader, const cJSON *object, struct trial *trial) {
    get_words(reader, object, trial);
    get_exit(reader, object, &trial->exit);
    trial->id = json_get_count(reader, object, "id");
    trial->limit_bytes = json_get_i64(reader, object, "limit_bytes");
    trial->peak_bytes = json_get_i64(reader, object, "peak_bytes");
    trial->needed_bytes = json_get_i64(reader, object, "needed_bytes");
    trial->unreclaimable_bytes = json_get_i64(reader, object, "unreclaimable_bytes");
    trial->peak_less_file_bytes = json_get_i64(reader, object, "peak_less_file_bytes");
    trial->file_cache_bytes = json_get_i64(reader, object, "file_cache_bytes");
    trial->working_set_p95_bytes = json_get_i64(reader, object, "working_set_p95_bytes");
    trial->oom_kills = json_get_i64(reader, object, "oom_kills");
    trial->refault_bytes = json_get_i64(reader, object, "refault_bytes");
    trial->cpu_s = json_get_f64(reader, object, "cpu_s");
    trial->user_cpu_s = json_get_f64(reader, object, "user_cpu_s");
    trial->tasks_most = json_get_i64(reader, object, "tasks_most");
    trial->line_bytes = json_get_i64(reader, object, "line_bytes");
    trial->squeezed = json_get_flag(reader, object, "squeezed");
    trial->squeeze_bytes = json_get_i64(reader, object, "squeeze_bytes");
    trial->evicted = json_get_flag(reader, object, "evicted");
    trial->crowded = json_get_flag(reader, object, "crowded");
    trial->tuned = json_get_flag(reader, object, "tuned");
    trial->slowdown_ratio = json_get_f64(reader, object, "slowdown_ratio");
    trial->stall_ratio = json_get_f64(reader, object, "stall_ratio");
    get_evidence(reader, object, trial);
    document_get_ending(reader, object, "ending", &trial->ending);
    get_service(reader, object, &trial->service);
    trial->samples_name = json_get_copy(reader, object, "samples");
    trial->sample_count = known_or(json_get_i64(reader, object, "sample_count"), 0);
    trial->samples_lost = json_get_flag(reader, object, "samples_lost");
    trial->log_name = json_get_copy(reader, object, "log");
}

int document_parse_trial(const char *line, const char *source, struct trial *ret, struct error *error) {
    cJSON *tree = cJSON_ParseWithOpts(line, NULL, true);
    if (!tree)
        return error_plain(error, -EINVAL, "%s: not JSON", source);
    struct json_reader reader = {.source = source, .error = error};
    struct trial trial = {0};
    get_trial(&reader, tree, &trial);
    cJSON_Delete(tree);
    if (reader.code < 0)
        trial_free(&trial);
    else
        *ret = trial;
    return reader.code;
}

/* ---- what was found ---- */

static void get_levels(struct json_reader *reader, const cJSON *object, struct oom_point *point) {
    const cJSON *levels = json_get_array(reader, object, "band");
    const cJSON *level = NULL;
    cJSON_ArrayForEach(level, levels) {
        if (point->level_count == OOM_LEVELS_MAX) {
            json_refuse(reader, "band", "as short as it has to be");
            return;
        }
        point->levels[point->level_count++] = (struct oom_level){
            .limit_bytes = known_or(json_get_i64(reader, level, "limit_bytes"), 0),
            .runs = json_get_count(reader, level, "runs"),
            .deaths = json_get_count(reader, level, "deaths"),
            .p_oom = json_get_ratio(reader, level, "p_oom"),
        };
    }
}

static void get_oom_point(struct json_reader *reader, const cJSON *root, struct oom_point *point) {
    const cJSON *object = json_get_object(reader, root, "oom_point");
    if (!object)
        return;
    point->known = true;
    point->ooms_bytes = json_get_i64(reader, object, "ooms_bytes");
    point->stalls_bytes = json_get_i64(reader, object, "stalls_bytes");
    point->survives_bytes = json_get_i64(reader, object, "survives_bytes");
    point->resolution_ratio = json_get_f64(reader, object, "resolution_ratio");
    const char *dies_as = json_get_text(reader, object, "dies_as");
    if (dies_as && !outcome_from_name(dies_as, &point->dies_as))
        json_refuse(reader, "dies_as", "an outcome");
    else if (!dies_as && point->ooms_bytes.known)
        point->dies_as = OUTCOME_OOM;
    point->confirmed_ooms = json_get_count(reader, object, "confirmed_ooms");
    point->confirmed_survivals = json_get_count(reader, object, "confirmed_survivals");
    point->p_oom_upper95 = json_get_f64(reader, object, "p_oom_upper95");
    point->mixed = json_get_flag(reader, object, "mixed");
    point->non_monotone = json_get_flag(reader, object, "non_monotone");
    get_levels(reader, object, point);
    point->runs = json_get_count(reader, object, "runs");
}

static int64_t get_positive(struct json_reader *reader, const cJSON *object, const char *key,
                            const char *shown) {
    struct known_i64 bytes = json_get_i64(reader, object, key);
    if (!bytes.known || bytes.value <= 0)
        json_refuse(reader, shown, "a positive number");
    return bytes.value;
}

static void get_slowdown_point(struct json_reader *reader, const cJSON *root, struct slowdown_point *point) {
    const cJSON *object = json_get_object(reader, root, "slowdown_point");
    if (!object)
        return;
    point->known = true;
    point->limit_bytes = get_positive(reader, object, "limit_bytes", "slowdown_point.limit_bytes");
    point->slow_bytes = json_get_i64(reader, object, "slow_bytes");
    point->slowdown_ratio = json_get_ratio(reader, object, "slowdown_ratio");
    point->max_ratio = json_get_ratio(reader, object, "max_ratio");
    point->noise_ratio = json_get_ratio(reader, object, "noise_ratio");
    point->runs = json_get_count(reader, object, "runs");
}

static void get_sentences(struct json_reader *reader, const cJSON *object, const char *key,
                          struct recommendation *advice,
                          void (*add)(struct recommendation *, const char *, ...)) {
    const cJSON *sentences = json_get_array(reader, object, key);
    const cJSON *sentence = NULL;
    cJSON_ArrayForEach(sentence, sentences) {
        if (cJSON_IsString(sentence))
            add(advice, "%s", sentence->valuestring);
        else
            json_refuse(reader, key, "a list of texts");
    }
}

static void get_runtime(struct json_reader *reader, const cJSON *root, struct runtime_advice *advice) {
    const cJSON *object = json_get_object(reader, root, "runtime");
    if (!object)
        return;
    const char *name = json_get_text(reader, object, "name");
    if (!name || !runtime_from_name(name, &advice->runtime))
        json_refuse(reader, "recommendation.runtime.name", "one that is known");
    const cJSON *settings = json_get_array(reader, object, "settings");
    const cJSON *setting = NULL;
    cJSON_ArrayForEach(setting, settings) {
        const char *variable = json_get_text(reader, setting, "name");
        const char *value = json_get_text(reader, setting, "value");
        if (variable && value)
            runtime_advice_add(advice, variable, value);
        else
            json_refuse(reader, "recommendation.runtime.settings",
                        "a list of settings, each with its name and value");
    }
    const cJSON *tried = json_get_object(reader, object, "tried");
    advice->tried_runs = json_get_count(reader, tried, "runs");
    advice->tried_ooms = json_get_count(reader, tried, "ooms");
    advice->needed_bytes = json_get_i64(reader, tried, "needed_bytes");
    advice->needed_without_bytes = json_get_i64(reader, tried, "needed_without_bytes");
    advice->time_ratio = json_get_f64(reader, tried, "time_ratio");
}

static void get_recommendation(struct json_reader *reader, const cJSON *root, struct recommendation *advice) {
    const cJSON *object = json_get_object(reader, root, "recommendation");
    if (!object)
        return;
    advice->known = true;
    advice->request_bytes = get_positive(reader, object, "request_bytes", "recommendation.request_bytes");
    advice->limit_bytes = get_positive(reader, object, "limit_bytes", "recommendation.limit_bytes");
    advice->headroom_ratio = json_get_ratio(reader, object, "headroom_ratio");
    const char *qos = json_get_text(reader, object, "qos_class");
    advice->qos_class = qos && strcmp(qos, "Guaranteed") == 0 ? "Guaranteed" : "Burstable";
    advice->oom_score_adj = json_get_int(reader, object, "oom_score_adj", -1000, "one that the kernel takes");
    advice->node_memory_bytes = known_or(json_get_i64(reader, object, "node_memory_bytes"), 0);
    const char *role = json_get_text(reader, object, "container_role");
    if (role && !container_role_from_name(role, &advice->role))
        json_refuse(reader, "recommendation.container_role", "app, init or sidecar");
    advice->cpu_millis = json_get_i64(reader, object, "cpu_millis");
    advice->growth_bytes_per_s = json_get_f64(reader, object, "growth_bytes_per_s");
    advice->exhausted_after_s = json_get_f64(reader, object, "exhausted_after_s");
    get_runtime(reader, object, &advice->runtime);
    get_sentences(reader, object, "reasons", advice, recommendation_reason);
    get_sentences(reader, object, "warnings", advice, recommendation_warn);
    const cJSON *verified = json_get_object(reader, object, "verified");
    advice->verified_runs = json_get_count(reader, verified, "runs");
    advice->verified_ooms = json_get_count(reader, verified, "ooms");
    advice->verified_p_oom_upper95 = json_get_f64(reader, verified, "p_oom_upper95");
}

static void get_observation(struct json_reader *reader, const cJSON *root, struct observation *seen) {
    const cJSON *object = json_get_object(reader, root, "observation");
    if (!object)
        return;
    seen->known = true;
    seen->group = json_get_copy(reader, object, "group");
    seen->pid = json_get_i64(reader, object, "pid");
    seen->container = json_get_copy(reader, object, "container");
    seen->unit = json_get_copy(reader, object, "unit");
    seen->processes = json_get_count(reader, object, "processes");
    seen->others = json_get_count(reader, object, "others");
    seen->members = json_get_copy(reader, object, "members");
    seen->holds_us = json_get_flag(reader, object, "holds_us");
    seen->from_start = json_get_flag(reader, object, "from_start");
    if (json_get_item(object, "age_s"))
        seen->age_ns = known_i64(json_get_duration_ns(reader, object, "age_s"));
    const char *end = json_get_text(reader, object, "end");
    if (end && !watch_end_from_name(end, &seen->end))
        json_refuse(reader, "observation.end", "one that is known");
    seen->again = json_get_copy(reader, object, "again");
    seen->recorded_peak_bytes = json_get_i64(reader, object, "recorded_peak_bytes");
    seen->earlier_peak_bytes = json_get_i64(reader, object, "earlier_peak_bytes");
    seen->limit_hits = json_get_i64(reader, object, "limit_hits");
    seen->earlier_limit_hits = json_get_i64(reader, object, "earlier_limit_hits");
    seen->swapped_bytes = json_get_i64(reader, object, "swapped_bytes");
}

static void get_host(struct json_reader *reader, const cJSON *root, struct host *host) {
    const cJSON *object = json_get_object(reader, root, "host");
    json_get_short(reader, object, "kernel", host->kernel, sizeof host->kernel);
    json_get_short(reader, object, "architecture", host->architecture, sizeof host->architecture);
    json_get_short(reader, object, "cgroup", host->cgroup, sizeof host->cgroup);
    host->memory_bytes = json_get_i64(reader, object, "memory_bytes");
    host->available_bytes = json_get_i64(reader, object, "available_bytes");
    host->swap_bytes = json_get_i64(reader, object, "swap_bytes");
    host->cpus = json_get_count(reader, object, "cpus");
    host->psi = json_get_flag(reader, object, "psi");
    host->page_bytes = known_or(json_get_i64(reader, object, "page_bytes"), 0);
}

static void get_caveats(struct json_reader *reader, const cJSON *root, struct result *result) {
    const cJSON *caveat = NULL;
    cJSON_ArrayForEach(caveat, json_get_array(reader, root, "caveats")) {
        if (cJSON_IsString(caveat))
            result_caveat(result, caveat->valuestring);
        else
            json_refuse(reader, "caveats", "a list of texts");
    }
}

/* ---- whole documents ---- */

bool document_is_result(const char *text) {
    static const char family[] = "plimsoll.result/";
    cJSON *root = cJSON_Parse(text);
    const char *schema = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "schema"));
    bool is = schema && strncmp(schema, family, strlen(family)) == 0;
    cJSON_Delete(root);
    return is;
}

/* The tree of a document with this schema, to be released with cJSON_Delete(); NULL: it was refused. */
static cJSON *parse_document(struct json_reader *reader, const char *text, const char *schema) {
    const char *rest = NULL;
    cJSON *root = cJSON_ParseWithOpts(text, &rest, true);
    if (!root) {
        int line = 1;
        for (const char *c = text; rest && c < rest && *c; c++)
            line += *c == '\n';
        reader->code = error_plain(reader->error, -EINVAL, "%s:%d: not JSON", reader->source, line);
        return NULL;
    }
    const char *found = json_get_text(reader, root, "schema");
    if (reader->code == 0 && (!found || strcmp(found, schema) != 0)) {
        /* What stands there may be anything: shown harmlessly. */
        struct strbuf shown = {0};
        text_add_visible(&shown, found ? found : "missing");
        reader->code = error_plain(reader->error, -EINVAL, "%s: schema is %.100s; this program reads %s",
                                   reader->source, strbuf_text(&shown), schema);
        strbuf_free(&shown);
    }
    if (reader->code == 0)
        return root;
    cJSON_Delete(root);
    return NULL;
}

static void get_result(struct json_reader *reader, const cJSON *root, struct result *result) {
    const cJSON *target = json_get_item(root, "target");
    const char *command = json_get_text(reader, root, "command");
    const char *name = json_get_text(reader, target, "name");
    result->command = text_copy(command ? command : "");
    result->name = text_copy(name ? name : "");
    result->started_at = json_get_copy(reader, root, "started_at");
    result->argv = get_exact_texts(reader, target, "argv");
    result->image = json_get_copy(reader, target, "image");
    result->load = json_get_copy(reader, target, "load");
    result->ready = json_get_copy(reader, target, "ready");
    get_host(reader, root, &result->host);
    get_caveats(reader, root, result);
    get_oom_point(reader, root, &result->oom_point);
    get_slowdown_point(reader, root, &result->slowdown_point);
    get_recommendation(reader, root, &result->recommendation);
    get_observation(reader, root, &result->observation);
    document_get_leak(reader, root, "leak", &result->leak);
    document_get_gate(reader, root, "gate", &result->gate);
    const cJSON *trials = json_get_array(reader, root, "trials");
    const cJSON *object = NULL;
    cJSON_ArrayForEach(object, trials) {
        struct trial trial = {0};
        get_trial(reader, object, &trial);
        result_add_trial(result, &trial);
    }
}

int document_parse_result(const char *text, const char *source, struct result *ret, struct error *error) {
    struct json_reader reader = {.source = source, .error = error};
    cJSON *root = parse_document(&reader, text, RESULT_SCHEMA);
    if (!root)
        return reader.code;
    struct result result = {0};
    get_result(&reader, root, &result);
    cJSON_Delete(root);
    if (reader.code < 0)
        result_free(&result);
    else
        *ret = result;
    return reader.code;
}

static void get_scenario(struct json_reader *reader, const cJSON *root, struct begun_scenario *scenario) {
    const cJSON *object = json_get_object(reader, root, "scenario");
    if (!object)
        return;
    scenario->source = exact_text(reader, json_get_item(object, "source"), "scenario.source");
    scenario->folder = exact_text(reader, json_get_item(object, "folder"), "scenario.folder");
    scenario->text = exact_text(reader, json_get_item(object, "text"), "scenario.text");
}

static void get_invocation(struct json_reader *reader, const cJSON *root, struct invocation *invocation) {
    const cJSON *cwd = json_get_item(root, "cwd");
    invocation->version = json_get_copy(reader, json_get_object(reader, root, "tool"), "version");
    invocation->command = json_get_copy(reader, root, "command");
    invocation->started_at = json_get_copy(reader, root, "started_at");
    invocation->name = json_get_copy(reader, json_get_object(reader, root, "target"), "name");
    invocation->cwd = cwd ? exact_text(reader, cwd, "cwd") : NULL;
    invocation->arguments = get_exact_texts(reader, root, "arguments");
    get_host(reader, root, &invocation->host);
    get_scenario(reader, root, &invocation->scenario);
    if (!invocation->command)
        json_refuse(reader, "command", "there");
    if (!invocation->started_at)
        json_refuse(reader, "started_at", "there");
    if (!invocation->cwd)
        json_refuse(reader, "cwd", "there");
    if (!invocation->arguments)
        json_refuse(reader, "arguments", "there");
}

int document_parse_invocation(const char *text, const char *source, struct invocation *ret,
                              struct error *error) {
    struct json_reader reader = {.source = source, .error = error};
    cJSON *root = parse_document(&reader, text, INVOCATION_SCHEMA);
    if (!root)
        return reader.code;
    struct invocation invocation = {0};
    get_invocation(&reader, root, &invocation);
    cJSON_Delete(root);
    if (reader.code < 0)
        invocation_free(&invocation);
    else
        *ret = invocation;
    return reader.code;
}

void invocation_free(struct invocation *invocation) {
    free(invocation->version);
    free(invocation->command);
    free(invocation->started_at);
    free(invocation->name);
    free(invocation->cwd);
    free_texts(invocation->arguments);
    free(invocation->scenario.source);
    free(invocation->scenario.folder);
    free(invocation->scenario.text);
    *invocation = (struct invocation){0};
}
