/* Values of JSON documents, written and read with their types checked. Unknown is null, both ways.
 * Layer: output/. Includes base/. Pure. */
#pragma once

#include <cjson/cJSON.h>
#include <stddef.h>

#include "base/error.h"
#include "base/known.h"

/* ---- a whole document ---- */

/* An object that begins with its schema and what wrote it. Caller owns it. */
cJSON *json_begin(const char *schema);

/* Prints the tree, indented and with a final newline, and releases it. Caller frees. */
char *json_end(cJSON *root);

/* Without memory there is no document: NULL ends the program. */
cJSON *json_must(cJSON *item);

/* ---- writing: each adds a member to the object ---- */

/* What came from a target may be no UTF-8, and is made so. NULL: null. */
void json_put_text(cJSON *object, const char *key, const char *text);
void json_put_i64(cJSON *object, const char *key, struct known_i64 number);
void json_put_f64(cJSON *object, const char *key, struct known_f64 number);
void json_put_texts(cJSON *object, const char *key, char *const *texts, size_t count);
/* Nanoseconds, written as seconds. */
void json_put_seconds(cJSON *object, const char *key, struct known_i64 ns);

/* ---- reading: absent or null is unknown, NULL, 0 or false; what is of another type is refused ---- */

/* Where a reader is, for its messages. The first refusal is the one that is told. Zeroed but for the first
 * two. */
struct json_reader {
    const char *source;
    struct error *error;
    int code; /* 0, or -EINVAL once something was refused */
};

/* "SOURCE: KEY: not EXPECTED" */
void json_refuse(struct json_reader *reader, const char *key, const char *expected);

/* NULL where the key is absent or null. */
const cJSON *json_get_item(const cJSON *object, const char *key);
const cJSON *json_get_array(struct json_reader *reader, const cJSON *object, const char *key);
const cJSON *json_get_object(struct json_reader *reader, const cJSON *object, const char *key);

/* A whole number that a double holds exactly. */
struct known_i64 json_get_i64(struct json_reader *reader, const cJSON *object, const char *key);
struct known_f64 json_get_f64(struct json_reader *reader, const cJSON *object, const char *key);
double json_get_ratio(struct json_reader *reader, const cJSON *object, const char *key);
int json_get_count(struct json_reader *reader, const cJSON *object, const char *key);

/* One of at least `least`; `expected` is for the message. */
int json_get_int(struct json_reader *reader, const cJSON *object, const char *key, int least,
                 const char *expected);
bool json_get_flag(struct json_reader *reader, const cJSON *object, const char *key);

/* Seconds, as nanoseconds: less than three centuries. */
int64_t json_get_duration_ns(struct json_reader *reader, const cJSON *object, const char *key);
struct known_i64 json_get_known_duration_ns(struct json_reader *reader, const cJSON *object, const char *key);

/* Within the tree. */
const char *json_get_text(struct json_reader *reader, const cJSON *object, const char *key);

/* Owned by the caller. */
char *json_get_copy(struct json_reader *reader, const cJSON *object, const char *key);
void json_get_short(struct json_reader *reader, const cJSON *object, const char *key, char *to, size_t size);
