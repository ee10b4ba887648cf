/* crictl inspect: a container as containerd or CRI-O knows it, on its node. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "explain/json.h"
#include "explain/reader.h"

bool cri_is_container(const cJSON *value) {
    const char *state = json_text(json_at(value, "status", NULL), "state");
    return state && text_starts_with(state, "CONTAINER_") && json_text(json_at(value, "status", NULL), "id");
}

void cri_read_container(struct input *input, const struct json_value *value) {
    const cJSON *status = json_at(value->value, "status", NULL);
    const cJSON *labels = json_at(status, "labels", NULL);
    const cJSON *args = json_at(value->value, "info", "runtimeSpec", "process", "args", NULL);
    const char *state = json_text(status, "state");
    struct subject *subject = case_add_subject(input->file);
    if (!subject)
        return;
    struct known_i64 limit = json_number(json_at(status, "resources", "linux", NULL), "memoryLimitInBytes");
    *subject = (struct subject){
        .platform = PLATFORM_KUBERNETES,
        .place = input_place(input, value, "status"),
        .limit_path = text_format("%s%sstatus.resources.linux.memoryLimitInBytes", value->path,
                                  *value->path ? "." : ""),
        .name = json_copy(json_at(status, "metadata", NULL), "name"),
        .pod = json_copy(labels, "io.kubernetes.pod.name"),
        .space = json_copy(labels, "io.kubernetes.pod.namespace"),
        .pod_uid = json_copy(labels, "io.kubernetes.pod.uid"),
        .id = json_copy(status, "id"),
        .program = json_program(cJSON_GetStringValue(cJSON_GetArrayItem(args, 0))),
        .image = json_copy(json_at(status, "image", NULL), "image"),
        .life = strcmp(state, "CONTAINER_EXITED") == 0    ? LIFE_ENDED
                : strcmp(state, "CONTAINER_RUNNING") == 0 ? LIFE_RUNNING
                                                          : LIFE_WAITING,
        .exit_code = json_number(status, "exitCode"),
        .reason = json_copy(status, "reason"),
        .started_ns = json_time(status, "startedAt"),
        .finished_ns = json_time(status, "finishedAt"),
        .limit_bytes = known_or(limit, 0) > 0 ? limit : UNKNOWN_I64,
        .limit_told = limit.known,
        /* The pod may have others. */
        .siblings = 1,
    };
    subject_set_message(subject, json_copy(status, "message"));
    input->containers++;
}
