/* Values of JSON documents that somebody else wrote: what is absent or of another type is unknown.
 * Layer: explain/. Includes base/, kernel/. Pure. */
#pragma once

#include <cjson/cJSON.h>

#include "base/known.h"

/* The value at a path of keys, each an argument, ended by NULL; NULL: not there, or null. */
const cJSON *json_at(const cJSON *object, ...) __attribute__((sentinel));

/* Within the tree; NULL: no text there, or an empty one. */
const char *json_text(const cJSON *object, const char *key);

/* A copy; NULL likewise. Caller frees. */
char *json_copy(const cJSON *object, const char *key);

/* Whole numbers, also written as a text. */
struct known_i64 json_number(const cJSON *object, const char *key);

/* Whole seconds that something may last, no more than JSON_SECONDS_MAX: 31 years, so that sums of a few in
 * nanoseconds fit 64 bits. Unknown: none, negative, or longer. */
#define JSON_SECONDS_MAX 1000000000
struct known_i64 json_seconds(const cJSON *object, const char *key);

/* 0 or 1. */
struct known_i64 json_flag(const cJSON *object, const char *key);

/* RFC 3339, or a number of seconds since 1970, with their fraction; in nanoseconds since 1970. The year 1,
 * which stands for "never", is unknown. */
struct known_i64 json_time(const cJSON *object, const char *key);

/* A Kubernetes quantity, in bytes. */
struct known_i64 json_quantity(const cJSON *object, const char *key);

/* The id of "containerd://ID" or of "ID"; NULL where there is none. Caller frees. */
char *json_container_id(const cJSON *object, const char *key);

/* The last part of a path. Caller frees; NULL for NULL. */
char *json_program(const char *path);
