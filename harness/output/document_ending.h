/* What is known of a trial's end, as JSON and back: a part of "plimsoll.result/1".
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "model/trial.h"
#include "output/json.h"

/* Adds a member of that name; null for a trial that nobody else ended. */
void document_put_ending(cJSON *root, const char *key, const struct trial *trial);

/* Texts are cut to the room there is for them. The caller releases *ret, also after a refusal. */
void document_get_ending(struct json_reader *reader, const cJSON *root, const char *key, struct ending *ret);
