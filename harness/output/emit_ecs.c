#include <cjson/cJSON.h>

#include "base/cleanup.h"
#include "output/emit_text.h"
#include "output/json.h"

void emit_ecs(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    CLEANUP_FREE char *container = emit_container_name(subject);
    int64_t limit = emit_mebibytes(advice->limit_bytes, DOCKER_LEAST_BYTES);
    int64_t request = emit_mebibytes(advice->request_bytes, DOCKER_LEAST_BYTES);
    /* ECS counts 1024 to a CPU. */
    int64_t cpu_units = (known_or(advice->cpu_millis, 0) * 1024 + 999) / 1000;
    cJSON *definition = cJSON_CreateObject();
    json_put_text(definition, "name", container);
    if (advice->cpu_millis.known)
        cJSON_AddNumberToObject(definition, "cpu", (double)cpu_units);
    cJSON_AddNumberToObject(definition, "memory", (double)limit);
    if (request < limit) /* ECS takes no other; without it, memory is reserved whole */
        cJSON_AddNumberToObject(definition, "memoryReservation", (double)request);
    cJSON *environment =
        advice->runtime.setting_count ? cJSON_AddArrayToObject(definition, "environment") : NULL;
    for (size_t i = 0; i < advice->runtime.setting_count; i++) {
        cJSON *variable = cJSON_CreateObject();
        json_put_text(variable, "name", advice->runtime.settings[i].name);
        json_put_text(variable, "value", advice->runtime.settings[i].value);
        cJSON_AddItemToArray(environment, variable);
    }
    CLEANUP_FREE char *text = json_end(definition);
    strbuf_add(document, text);
}
