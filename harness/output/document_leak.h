/* What is in a result about leaks and gates, as JSON and back: parts of "plimsoll.result/1".
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "model/gate.h"
#include "model/leak.h"
#include "output/json.h"

/* Adds a member of that name; null where it is not known. */
void document_put_leak(cJSON *root, const char *key, const struct leak *leak);
void document_put_gate(cJSON *root, const char *key, const struct gate *gate);

/* The caller releases *ret, also after a refusal. */
void document_get_leak(struct json_reader *reader, const cJSON *root, const char *key, struct leak *ret);
void document_get_gate(struct json_reader *reader, const cJSON *root, const char *key, struct gate *ret);
