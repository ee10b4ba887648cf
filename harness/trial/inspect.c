#include "trial/inspect.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

/* ---- pieces ---- */

static char *copy_text(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text_copy(text ? text : "");
}

static struct known_i64 get_number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? known_i64((int64_t)item->valuedouble) : UNKNOWN_I64;
}

static struct known_i64 get_flag(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsBool(item) ? known_i64(cJSON_IsTrue(item)) : UNKNOWN_I64;
}

/* A list of texts; podman writes an entry point of one word as a text. */
static char **copy_texts(const cJSON *object, const char *key) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key);
    int count = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : cJSON_IsString(array);
    char **list = calloc((size_t)count + 1, sizeof *list);
    if (!list)
        abort();
    for (int i = 0; i < count; i++) {
        const char *text = cJSON_GetStringValue(cJSON_IsString(array) ? array : cJSON_GetArrayItem(array, i));
        list[i] = text_copy(text ? text : "");
    }
    return list;
}

static void free_texts(char **list) {
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

/* "SIGQUIT", "QUIT" or "3"; 0: none or not known. */
static int signal_number(const char *name) {
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);
        char digits[8];
        snprintf(digits, sizeof digits, "%d", number);
        if ((known && strcasecmp(known, name) == 0) || strcmp(digits, name) == 0)
            return number;
    }
    return 0;
}

struct known_i64 inspect_parse_time(const char *text) {
    struct tm time = {0};
    int length = 0;
    if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday,
               &time.tm_hour, &time.tm_min, &time.tm_sec, &length) != 6 ||
        length == 0 || time.tm_year < 1970)
        return UNKNOWN_I64;
    const char *at = text + length;
    int64_t nanoseconds = 0;
    if (*at == '.') {
        int64_t unit = NS_PER_S / 10;
        for (at++; isdigit((unsigned char)*at); at++, unit /= 10)
            nanoseconds += unit * (*at - '0');
    }
    int hours = 0;
    int minutes = 0;
    char sign[2] = "+";
    at += *at == ' ';
    if (*at != 'Z' && sscanf(at, "%1[+-]%2d%*[:]%2d", sign, &hours, &minutes) != 3 &&
        sscanf(at, "%1[+-]%2d%2d", sign, &hours, &minutes) != 3)
        return UNKNOWN_I64;
    int64_t offset_s = (int64_t)(hours * 60 + minutes) * 60 * (*sign == '-' ? -1 : 1);
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    return known_i64(((int64_t)timegm(&time) - offset_s) * NS_PER_S + nanoseconds);
}

/* The one object of the array. Release *ret_tree. */
static int parse_one(const char *json, const char *engine, cJSON **ret_tree, const cJSON **ret_object,
                     struct error *error) {
    cJSON *tree = cJSON_Parse(json);
    const cJSON *object = cJSON_IsArray(tree) ? cJSON_GetArrayItem(tree, 0) : NULL;
    if (!cJSON_IsObject(object)) {
        cJSON_Delete(tree);
        return error_plain(error, -EPROTO, "%s inspect: what it prints is no list of one object", engine);
    }
    *ret_tree = tree;
    *ret_object = object;
    return 0;
}

/* ---- a container ---- */

int container_state_parse(const char *json, const char *engine, struct container_state *ret,
                          struct error *error) {
    cJSON *tree = NULL;
    const cJSON *object = NULL;
    int code = parse_one(json, engine, &tree, &object, error);
    if (code < 0)
        return code;
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(object, "State");
    const cJSON *made = cJSON_GetObjectItemCaseSensitive(object, "HostConfig");
    if (!cJSON_IsObject(state)) {
        cJSON_Delete(tree);
        return error_plain(error, -EPROTO, "%s inspect: what it prints has no State", engine);
    }
    CLEANUP_FREE char *started = copy_text(state, "StartedAt");
    CLEANUP_FREE char *finished = copy_text(state, "FinishedAt");
    struct known_i64 memory = get_number(made, "Memory");
    struct container_state found = {
        .id = copy_text(object, "Id"),
        .status = copy_text(state, "Status"),
        .pid = (pid_t)known_or(get_number(state, "Pid"), 0),
        .oom_killed = get_flag(state, "OOMKilled"),
        .failure = copy_text(state, "Error"),
        .started_ns = inspect_parse_time(started),
        .memory_bytes = memory.known && memory.value > 0 ? memory : UNKNOWN_I64,
    };
    found.running = strcmp(found.status, "running") == 0 || known_or(get_flag(state, "Running"), 0);
    if (!found.running)
        found.finished_ns = inspect_parse_time(finished);
    /* Of one that has not ended, 0 is no exit code. */
    bool ended = strcmp(found.status, "exited") == 0 || strcmp(found.status, "stopped") == 0 ||
                 strcmp(found.status, "dead") == 0 || strcmp(found.status, "removing") == 0;
    struct known_i64 exit_code = get_number(state, "ExitCode");
    if (!found.running && (ended || known_or(exit_code, 0) != 0))
        found.exit_code = exit_code;
    cJSON_Delete(tree);
    *ret = found;
    return 0;
}

void container_state_free(struct container_state *state) {
    free(state->id);
    free(state->status);
    free(state->failure);
    *state = (struct container_state){0};
}

/* ---- an image ---- */

int image_facts_parse(const char *json, const char *engine, struct image_facts *ret, struct error *error) {
    cJSON *tree = NULL;
    const cJSON *object = NULL;
    int code = parse_one(json, engine, &tree, &object, error);
    if (code < 0)
        return code;
    /* Missing where nothing was configured: an image that was imported. */
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "Config");
    CLEANUP_FREE char *stop_signal = copy_text(config, "StopSignal");
    *ret = (struct image_facts){
        .environment = copy_texts(config, "Env"),
        .entrypoint = copy_texts(config, "Entrypoint"),
        .command = copy_texts(config, "Cmd"),
        .stop_signal = signal_number(stop_signal),
    };
    cJSON_Delete(tree);
    return 0;
}

void image_facts_free(struct image_facts *facts) {
    free_texts(facts->environment);
    free_texts(facts->entrypoint);
    free_texts(facts->command);
    *facts = (struct image_facts){0};
}
