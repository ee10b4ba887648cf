#include "output/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "base/version.h"

/* ---- a whole document ---- */

cJSON *json_must(cJSON *item) {
    if (!item)
        abort();
    return item;
}

cJSON *json_begin(const char *schema) {
    cJSON *root = json_must(cJSON_CreateObject());
    json_put_text(root, "schema", schema);
    cJSON *tool = json_must(cJSON_AddObjectToObject(root, "tool"));
    json_put_text(tool, "name", "plimsoll");
    json_put_text(tool, "version", plimsoll_version);
    return root;
}

char *json_end(cJSON *root) {
    CLEANUP_FREE char *text = cJSON_Print(root);
    if (!text)
        abort();
    cJSON_Delete(root);
    return text_format("%s\n", text);
}

/* ---- writing ---- */

void json_put_text(cJSON *object, const char *key, const char *text) {
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

void json_put_i64(cJSON *object, const char *key, struct known_i64 number) {
    if (number.known)
        cJSON_AddNumberToObject(object, key, (double)number.value);
    else
        cJSON_AddNullToObject(object, key);
}

void json_put_f64(cJSON *object, const char *key, struct known_f64 number) {
    if (number.known)
        cJSON_AddNumberToObject(object, key, number.value);
    else
        cJSON_AddNullToObject(object, key);
}

void json_put_texts(cJSON *object, const char *key, char *const *texts, size_t count) {
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; i < count; i++) {
        struct strbuf clean = {0};
        text_add_json(&clean, texts[i]);
        cJSON_AddItemToArray(array, cJSON_CreateString(strbuf_text(&clean)));
        strbuf_free(&clean);
    }
}

void json_put_seconds(cJSON *object, const char *key, struct known_i64 ns) {
    json_put_f64(object, key, ns.known ? known_f64((double)ns.value / (double)NS_PER_S) : UNKNOWN_F64);
}

/* ---- reading ---- */

void json_refuse(struct json_reader *reader, const char *key, const char *expected) {
    if (reader->code == 0)
        reader->code = error_plain(reader->error, -EINVAL, "%s: %s: not %s", reader->source, key, expected);
}

const cJSON *json_get_item(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return item && !cJSON_IsNull(item) ? item : NULL;
}

struct known_i64 json_get_i64(struct json_reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = json_get_item(object, key);
    if (!item)
        return UNKNOWN_I64;
    /* Beyond 2^53 a JSON number is no longer exact; nothing that is counted here comes near. */
    bool number = cJSON_IsNumber(item) && fabs(item->valuedouble) <= 9007199254740992.0;
    if (!number || item->valuedouble != floor(item->valuedouble)) {
        json_refuse(reader, key, number ? "a whole number" : "a number");
        return UNKNOWN_I64;
    }
    return known_i64((int64_t)item->valuedouble);
}

struct known_f64 json_get_f64(struct json_reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = json_get_item(object, key);
    if (!item)
        return UNKNOWN_F64;
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)) {
        json_refuse(reader, key, "a number");
        return UNKNOWN_F64;
    }
    return known_f64(item->valuedouble);
}

double json_get_ratio(struct json_reader *reader, const cJSON *object, const char *key) {
    struct known_f64 number = json_get_f64(reader, object, key);
    return number.known ? number.value : 0;
}

int json_get_int(struct json_reader *reader, const cJSON *object, const char *key, int least,
                 const char *expected) {
    int64_t number = known_or(json_get_i64(reader, object, key), 0);
    if (number < least || number > INT32_MAX) {
        json_refuse(reader, key, expected);
        return 0;
    }
    return (int)number;
}

int json_get_count(struct json_reader *reader, const cJSON *object, const char *key) {
    return json_get_int(reader, object, key, 0, "a count");
}

bool json_get_flag(struct json_reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = json_get_item(object, key);
    if (item && !cJSON_IsBool(item))
        json_refuse(reader, key, "true or false");
    return cJSON_IsTrue(item);
}

int64_t json_get_duration_ns(struct json_reader *reader, const cJSON *object, const char *key) {
    struct known_f64 seconds = json_get_f64(reader, object, key);
    if (!seconds.known)
        return 0;
    if (!(seconds.value >= 0 && seconds.value < 9e9)) {
        json_refuse(reader, key, "a duration");
        return 0;
    }
    /* The decimal fraction is a little off the nanosecond that was written. */
    return llround(seconds.value * (double)NS_PER_S);
}

const char *json_get_text(struct json_reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = json_get_item(object, key);
    if (!item)
        return NULL;
    if (!cJSON_IsString(item)) {
        json_refuse(reader, key, "a text");
        return NULL;
    }
    return item->valuestring;
}

char *json_get_copy(struct json_reader *reader, const cJSON *object, const char *key) {
    const char *text = json_get_text(reader, object, key);
    return text ? text_copy(text) : NULL;
}

void json_get_short(struct json_reader *reader, const cJSON *object, const char *key, char *to, size_t size) {
    const char *text = json_get_text(reader, object, key);
    if (text && strlen(text) >= size)
        json_refuse(reader, key, "as short as it has to be");
    else if (text)
        memcpy(to, text, strlen(text) + 1);
}

const cJSON *json_get_array(struct json_reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = json_get_item(object, key);
    if (!item || cJSON_IsArray(item))
        return item;
    json_refuse(reader, key, "an array");
    return NULL;
}

const cJSON *json_get_object(struct json_reader *reader, const cJSON *object, const char *key) {
    const cJSON *item = json_get_item(object, key);
    if (!item || cJSON_IsObject(item))
        return item;
    json_refuse(reader, key, "an object");
    return NULL;
}

struct known_i64 json_get_known_duration_ns(struct json_reader *reader, const cJSON *object,
                                            const char *key) {
    return json_get_item(object, key) ? known_i64(json_get_duration_ns(reader, object, key)) : UNKNOWN_I64;
}
