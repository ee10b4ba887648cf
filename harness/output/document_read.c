#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "output/document.h"

/* Where a reader is, for its messages. The first refusal is the one that is told. */
struct reader {
    const char *source;
    struct error *error;
    int code;
};

static void refuse(struct reader *reader, const char *key, const char *expected) {
    if (reader->code == 0)
        reader->code = error_plain(reader->error, -EINVAL, "%s: %s: not %s", reader->source, key, expected);
}

/* ---- single values ---- */

/* NULL where the key is absent or null: unknown. */
static const cJSON *get_item(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return item && !cJSON_IsNull(item) ? item : NULL;
}

/* A whole number that fits. */
static struct known_i64 get_i64(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = get_item(object, key);
    if (!item)
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
    const cJSON *item = get_item(object, key);
    if (!item)
        return UNKNOWN_F64;
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)) {
        refuse(reader, key, "a number");
        return UNKNOWN_F64;
    }
    return known_f64(item->valuedouble);
}

/* Absent is 0. */
static double get_ratio(struct reader *reader, const cJSON *object, const char *key) {
    struct known_f64 number = get_f64(reader, object, key);
    return number.known ? number.value : 0;
}

static int get_int(struct reader *reader, const cJSON *object, const char *key, int least,
                   const char *expected) {
    int64_t number = known_or(get_i64(reader, object, key), 0);
    if (number < least || number > INT32_MAX) {
        refuse(reader, key, expected);
        return 0;
    }
    return (int)number;
}

/* Absent is 0. */
static int get_count(struct reader *reader, const cJSON *object, const char *key) {
    return get_int(reader, object, key, 0, "a count");
}

/* Absent is false. */
static bool get_flag(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = get_item(object, key);
    if (item && !cJSON_IsBool(item))
        refuse(reader, key, "true or false");
    return cJSON_IsTrue(item);
}

/* A duration of less than three centuries: what int64_t holds in nanoseconds. Absent is 0. */
static int64_t get_duration_ns(struct reader *reader, const cJSON *object, const char *key) {
    struct known_f64 seconds = get_f64(reader, object, key);
    if (!seconds.known)
        return 0;
    if (!(seconds.value >= 0 && seconds.value < 9e9)) {
        refuse(reader, key, "a duration");
        return 0;
    }
    /* The decimal fraction is a little off the nanosecond that was written. */
    return llround(seconds.value * (double)NS_PER_S);
}

/* Within the tree; NULL where it is absent. */
static const char *get_text(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = get_item(object, key);
    if (!item)
        return NULL;
    if (!cJSON_IsString(item)) {
        refuse(reader, key, "a text");
        return NULL;
    }
    return item->valuestring;
}

/* Owned by the caller; NULL where it is absent. */
static char *get_copy(struct reader *reader, const cJSON *object, const char *key) {
    const char *text = get_text(reader, object, key);
    return text ? text_copy(text) : NULL;
}

static void get_short(struct reader *reader, const cJSON *object, const char *key, char *to, size_t size) {
    const char *text = get_text(reader, object, key);
    if (text && strlen(text) >= size)
        refuse(reader, key, "as short as it has to be");
    else if (text)
        memcpy(to, text, strlen(text) + 1);
}

/* NULL where there is none. */
static const cJSON *get_array(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = get_item(object, key);
    if (!item || cJSON_IsArray(item))
        return item;
    refuse(reader, key, "an array");
    return NULL;
}

static const cJSON *get_object(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = get_item(object, key);
    if (!item || cJSON_IsObject(item))
        return item;
    refuse(reader, key, "an object");
    return NULL;
}

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
static char *exact_text(struct reader *reader, const cJSON *item, const char *key) {
    const cJSON *hex = cJSON_GetObjectItemCaseSensitive(item, "hex");
    char *text = NULL;
    if (cJSON_IsString(item))
        text = text_copy(item->valuestring);
    else if (cJSON_IsString(hex))
        text = from_hex(hex->valuestring);
    if (text)
        return text;
    refuse(reader, key, "a text");
    return text_copy("");
}

/* NULL-terminated; NULL where it is absent. Caller frees it and the texts. */
static char **get_exact_texts(struct reader *reader, const cJSON *object, const char *key) {
    const cJSON *array = get_array(reader, object, key);
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

static void get_evidence(struct reader *reader, const cJSON *object, struct trial *trial) {
    const cJSON *facts = get_array(reader, object, "evidence");
    const cJSON *fact = NULL;
    cJSON_ArrayForEach(fact, facts) {
        const char *source = get_text(reader, fact, "source");
        const char *detail = get_text(reader, fact, "detail");
        if (source && detail)
            trial_add_evidence(trial, source, detail);
        else
            refuse(reader, "evidence", "a list of facts, each with its source and detail");
    }
}

static void get_words(struct reader *reader, const cJSON *object, struct trial *trial) {
    const char *purpose = get_text(reader, object, "purpose");
    const char *outcome = get_text(reader, object, "outcome");
    const char *stop = get_text(reader, object, "stop");
    const char *seeks = get_text(reader, object, "seeks");
    const char *runtime = get_text(reader, object, "runtime");
    if (!purpose || !purpose_from_name(purpose, &trial->purpose))
        refuse(reader, "purpose", "one that is known");
    if (!outcome || !outcome_from_name(outcome, &trial->outcome))
        refuse(reader, "outcome", "one that is known");
    if (stop && !stop_reason_from_name(stop, &trial->exit.stop))
        refuse(reader, "stop", "one that is known");
    if (seeks && strcmp(seeks, "slowdown_point") != 0)
        refuse(reader, "seeks", "something that is known");
    if (runtime && !runtime_from_name(runtime, &trial->runtime))
        refuse(reader, "runtime", "one that is known");
    trial->for_slowdown = seeks != NULL;
}

static void get_exit(struct reader *reader, const cJSON *object, struct exit_facts *exit) {
    exit->started = true; /* one that was not is no trial */
    exit->exit_code = get_i64(reader, object, "exit_code");
    exit->signal = get_i64(reader, object, "signal");
    exit->duration_ns = get_duration_ns(reader, object, "duration_s");
    exit->leftovers = get_count(reader, object, "leftovers");
    exit->stderr_tail = get_copy(reader, object, "stderr_tail");
}

static void get_trial(struct reader *reader, const cJSON *object, struct trial *trial) {
    get_words(reader, object, trial);
    get_exit(reader, object, &trial->exit);
    trial->id = get_count(reader, object, "id");
    trial->limit_bytes = get_i64(reader, object, "limit_bytes");
    trial->peak_bytes = get_i64(reader, object, "peak_bytes");
    trial->needed_bytes = get_i64(reader, object, "needed_bytes");
    trial->unreclaimable_bytes = get_i64(reader, object, "unreclaimable_bytes");
    trial->peak_less_file_bytes = get_i64(reader, object, "peak_less_file_bytes");
    trial->file_cache_bytes = get_i64(reader, object, "file_cache_bytes");
    trial->working_set_p95_bytes = get_i64(reader, object, "working_set_p95_bytes");
    trial->oom_kills = get_i64(reader, object, "oom_kills");
    trial->refault_bytes = get_i64(reader, object, "refault_bytes");
    trial->cpu_s = get_f64(reader, object, "cpu_s");
    trial->user_cpu_s = get_f64(reader, object, "user_cpu_s");
    trial->tasks_most = get_i64(reader, object, "tasks_most");
    trial->line_bytes = get_i64(reader, object, "line_bytes");
    trial->evicted = get_flag(reader, object, "evicted");
    trial->crowded = get_flag(reader, object, "crowded");
    trial->tuned = get_flag(reader, object, "tuned");
    trial->slowdown_ratio = get_f64(reader, object, "slowdown_ratio");
    trial->stall_ratio = get_f64(reader, object, "stall_ratio");
    get_evidence(reader, object, trial);
    trial->samples_name = get_copy(reader, object, "samples");
    trial->sample_count = known_or(get_i64(reader, object, "sample_count"), 0);
    trial->samples_lost = get_flag(reader, object, "samples_lost");
    trial->log_name = get_copy(reader, object, "log");
}

int document_parse_trial(const char *line, const char *source, struct trial *ret, struct error *error) {
    cJSON *tree = cJSON_ParseWithOpts(line, NULL, true);
    if (!tree)
        return error_plain(error, -EINVAL, "%s: not JSON", source);
    struct reader reader = {.source = source, .error = error};
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

static void get_levels(struct reader *reader, const cJSON *object, struct oom_point *point) {
    const cJSON *levels = get_array(reader, object, "band");
    const cJSON *level = NULL;
    cJSON_ArrayForEach(level, levels) {
        if (point->level_count == OOM_LEVELS_MAX) {
            refuse(reader, "band", "as short as it has to be");
            return;
        }
        point->levels[point->level_count++] = (struct oom_level){
            .limit_bytes = known_or(get_i64(reader, level, "limit_bytes"), 0),
            .runs = get_count(reader, level, "runs"),
            .deaths = get_count(reader, level, "deaths"),
            .p_oom = get_ratio(reader, level, "p_oom"),
        };
    }
}

static void get_oom_point(struct reader *reader, const cJSON *root, struct oom_point *point) {
    const cJSON *object = get_object(reader, root, "oom_point");
    if (!object)
        return;
    point->known = true;
    point->ooms_bytes = get_i64(reader, object, "ooms_bytes");
    point->stalls_bytes = get_i64(reader, object, "stalls_bytes");
    point->survives_bytes = get_i64(reader, object, "survives_bytes");
    point->resolution_ratio = get_f64(reader, object, "resolution_ratio");
    const char *dies_as = get_text(reader, object, "dies_as");
    if (dies_as && !outcome_from_name(dies_as, &point->dies_as))
        refuse(reader, "dies_as", "an outcome");
    else if (!dies_as && point->ooms_bytes.known)
        point->dies_as = OUTCOME_OOM;
    point->confirmed_ooms = get_count(reader, object, "confirmed_ooms");
    point->confirmed_survivals = get_count(reader, object, "confirmed_survivals");
    point->p_oom_upper95 = get_f64(reader, object, "p_oom_upper95");
    point->mixed = get_flag(reader, object, "mixed");
    point->non_monotone = get_flag(reader, object, "non_monotone");
    get_levels(reader, object, point);
    point->runs = get_count(reader, object, "runs");
}

static int64_t get_positive(struct reader *reader, const cJSON *object, const char *key, const char *shown) {
    struct known_i64 bytes = get_i64(reader, object, key);
    if (!bytes.known || bytes.value <= 0)
        refuse(reader, shown, "a positive number");
    return bytes.value;
}

static void get_slowdown_point(struct reader *reader, const cJSON *root, struct slowdown_point *point) {
    const cJSON *object = get_object(reader, root, "slowdown_point");
    if (!object)
        return;
    point->known = true;
    point->limit_bytes = get_positive(reader, object, "limit_bytes", "slowdown_point.limit_bytes");
    point->slow_bytes = get_i64(reader, object, "slow_bytes");
    point->slowdown_ratio = get_ratio(reader, object, "slowdown_ratio");
    point->max_ratio = get_ratio(reader, object, "max_ratio");
    point->noise_ratio = get_ratio(reader, object, "noise_ratio");
    point->runs = get_count(reader, object, "runs");
}

static void get_sentences(struct reader *reader, const cJSON *object, const char *key,
                          struct recommendation *advice,
                          void (*add)(struct recommendation *, const char *, ...)) {
    const cJSON *sentences = get_array(reader, object, key);
    const cJSON *sentence = NULL;
    cJSON_ArrayForEach(sentence, sentences) {
        if (cJSON_IsString(sentence))
            add(advice, "%s", sentence->valuestring);
        else
            refuse(reader, key, "a list of texts");
    }
}

static void get_runtime(struct reader *reader, const cJSON *root, struct runtime_advice *advice) {
    const cJSON *object = get_object(reader, root, "runtime");
    if (!object)
        return;
    const char *name = get_text(reader, object, "name");
    if (!name || !runtime_from_name(name, &advice->runtime))
        refuse(reader, "recommendation.runtime.name", "one that is known");
    const cJSON *settings = get_array(reader, object, "settings");
    const cJSON *setting = NULL;
    cJSON_ArrayForEach(setting, settings) {
        const char *variable = get_text(reader, setting, "name");
        const char *value = get_text(reader, setting, "value");
        if (variable && value)
            runtime_advice_add(advice, variable, value);
        else
            refuse(reader, "recommendation.runtime.settings",
                   "a list of settings, each with its name and value");
    }
    const cJSON *tried = get_object(reader, object, "tried");
    advice->tried_runs = get_count(reader, tried, "runs");
    advice->tried_ooms = get_count(reader, tried, "ooms");
    advice->needed_bytes = get_i64(reader, tried, "needed_bytes");
    advice->needed_without_bytes = get_i64(reader, tried, "needed_without_bytes");
    advice->time_ratio = get_f64(reader, tried, "time_ratio");
}

static void get_recommendation(struct reader *reader, const cJSON *root, struct recommendation *advice) {
    const cJSON *object = get_object(reader, root, "recommendation");
    if (!object)
        return;
    advice->known = true;
    advice->request_bytes = get_positive(reader, object, "request_bytes", "recommendation.request_bytes");
    advice->limit_bytes = get_positive(reader, object, "limit_bytes", "recommendation.limit_bytes");
    advice->headroom_ratio = get_ratio(reader, object, "headroom_ratio");
    const char *qos = get_text(reader, object, "qos_class");
    advice->qos_class = qos && strcmp(qos, "Guaranteed") == 0 ? "Guaranteed" : "Burstable";
    advice->oom_score_adj = get_int(reader, object, "oom_score_adj", -1000, "one that the kernel takes");
    advice->node_memory_bytes = known_or(get_i64(reader, object, "node_memory_bytes"), 0);
    const char *role = get_text(reader, object, "container_role");
    if (role && !container_role_from_name(role, &advice->role))
        refuse(reader, "recommendation.container_role", "app, init or sidecar");
    advice->cpu_millis = get_i64(reader, object, "cpu_millis");
    advice->growth_bytes_per_s = get_f64(reader, object, "growth_bytes_per_s");
    advice->exhausted_after_s = get_f64(reader, object, "exhausted_after_s");
    get_runtime(reader, object, &advice->runtime);
    get_sentences(reader, object, "reasons", advice, recommendation_reason);
    get_sentences(reader, object, "warnings", advice, recommendation_warn);
    const cJSON *verified = get_object(reader, object, "verified");
    advice->verified_runs = get_count(reader, verified, "runs");
    advice->verified_ooms = get_count(reader, verified, "ooms");
    advice->verified_p_oom_upper95 = get_f64(reader, verified, "p_oom_upper95");
}

static void get_host(struct reader *reader, const cJSON *root, struct host *host) {
    const cJSON *object = get_object(reader, root, "host");
    get_short(reader, object, "kernel", host->kernel, sizeof host->kernel);
    get_short(reader, object, "cgroup", host->cgroup, sizeof host->cgroup);
    host->memory_bytes = get_i64(reader, object, "memory_bytes");
    host->available_bytes = get_i64(reader, object, "available_bytes");
    host->swap_bytes = get_i64(reader, object, "swap_bytes");
    host->cpus = get_count(reader, object, "cpus");
    host->psi = get_flag(reader, object, "psi");
    host->page_bytes = known_or(get_i64(reader, object, "page_bytes"), 0);
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
static cJSON *parse_document(struct reader *reader, const char *text, const char *schema) {
    const char *rest = NULL;
    cJSON *root = cJSON_ParseWithOpts(text, &rest, true);
    if (!root) {
        int line = 1;
        for (const char *c = text; rest && c < rest && *c; c++)
            line += *c == '\n';
        reader->code = error_plain(reader->error, -EINVAL, "%s:%d: not JSON", reader->source, line);
        return NULL;
    }
    const char *found = get_text(reader, root, "schema");
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

static void get_result(struct reader *reader, const cJSON *root, struct result *result) {
    const cJSON *target = get_item(root, "target");
    const char *command = get_text(reader, root, "command");
    const char *name = get_text(reader, target, "name");
    result->command = text_copy(command ? command : "");
    result->name = text_copy(name ? name : "");
    result->started_at = get_copy(reader, root, "started_at");
    result->argv = get_exact_texts(reader, target, "argv");
    get_host(reader, root, &result->host);
    get_oom_point(reader, root, &result->oom_point);
    get_slowdown_point(reader, root, &result->slowdown_point);
    get_recommendation(reader, root, &result->recommendation);
    const cJSON *trials = get_array(reader, root, "trials");
    const cJSON *object = NULL;
    cJSON_ArrayForEach(object, trials) {
        struct trial trial = {0};
        get_trial(reader, object, &trial);
        result_add_trial(result, &trial);
    }
}

int document_parse_result(const char *text, const char *source, struct result *ret, struct error *error) {
    struct reader reader = {.source = source, .error = error};
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

static void get_invocation(struct reader *reader, const cJSON *root, struct invocation *invocation) {
    const cJSON *cwd = get_item(root, "cwd");
    invocation->version = get_copy(reader, get_object(reader, root, "tool"), "version");
    invocation->command = get_copy(reader, root, "command");
    invocation->started_at = get_copy(reader, root, "started_at");
    invocation->name = get_copy(reader, get_object(reader, root, "target"), "name");
    invocation->cwd = cwd ? exact_text(reader, cwd, "cwd") : NULL;
    invocation->arguments = get_exact_texts(reader, root, "arguments");
    get_host(reader, root, &invocation->host);
    if (!invocation->command)
        refuse(reader, "command", "there");
    if (!invocation->started_at)
        refuse(reader, "started_at", "there");
    if (!invocation->cwd)
        refuse(reader, "cwd", "there");
    if (!invocation->arguments)
        refuse(reader, "arguments", "there");
}

int document_parse_invocation(const char *text, const char *source, struct invocation *ret,
                              struct error *error) {
    struct reader reader = {.source = source, .error = error};
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
    *invocation = (struct invocation){0};
}
