#include "explain/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "kernel/klog.h"

/* Beyond this a JSON number is not exact, and nothing that is counted here comes near. */
#define NUMBER_MAX 9007199254740992.0

static const cJSON *get(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return item && !cJSON_IsNull(item) ? item : NULL;
}

const cJSON *json_at(const cJSON *object, ...) {
    va_list keys;
    va_start(keys, object);
    for (const char *key; object && (key = va_arg(keys, const char *));)
        object = get(object, key);
    va_end(keys);
    return object;
}

const char *json_text(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(get(object, key));
    return text && *text ? text : NULL;
}

char *json_copy(const cJSON *object, const char *key) {
    const char *text = json_text(object, key);
    return text ? text_copy(text) : NULL;
}

struct known_i64 json_number(const cJSON *object, const char *key) {
    const cJSON *item = get(object, key);
    double number = (double)NAN;
    if (cJSON_IsNumber(item)) {
        number = item->valuedouble;
    } else if (cJSON_IsString(item) && *item->valuestring) {
        char *end = NULL;
        number = strtod(item->valuestring, &end);
        number = *end ? (double)NAN : number;
    }
    return fabs(number) <= NUMBER_MAX && number == floor(number) ? known_i64((int64_t)number) : UNKNOWN_I64;
}

struct known_i64 json_seconds(const cJSON *object, const char *key) {
    struct known_i64 number = json_number(object, key);
    return number.known && number.value >= 0 && number.value <= JSON_SECONDS_MAX ? number : UNKNOWN_I64;
}

struct known_i64 json_flag(const cJSON *object, const char *key) {
    const cJSON *item = get(object, key);
    return cJSON_IsBool(item) ? known_i64(cJSON_IsTrue(item)) : UNKNOWN_I64;
}

struct known_i64 json_time(const cJSON *object, const char *key) {
    const cJSON *item = get(object, key);
    struct known_i64 time = UNKNOWN_I64;
    if (cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 7e9)
        return known_i64((int64_t)(item->valuedouble * (double)NS_PER_S));
    const char *text = cJSON_GetStringValue(item);
    if (text)
        klog_parse_iso_time(text, strlen(text), &time);
    return time;
}

struct known_i64 json_quantity(const cJSON *object, const char *key) {
    const char *text = json_text(object, key);
    struct error ignored;
    int64_t bytes;
    return text && quantity_parse(text, &bytes, &ignored) == 0 ? known_i64(bytes) : UNKNOWN_I64;
}

char *json_container_id(const cJSON *object, const char *key) {
    const char *text = json_text(object, key);
    const char *slashes = text ? strstr(text, "//") : NULL;
    const char *id = slashes ? slashes + 2 : text;
    return id && *id ? text_copy(id) : NULL;
}

char *json_program(const char *path) {
    const char *slash = path ? strrchr(path, '/') : NULL;
    return path ? text_copy(slash && slash[1] ? slash + 1 : path) : NULL;
}
