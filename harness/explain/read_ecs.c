/* A stopped task of Amazon ECS: what describe-tasks prints, one of its tasks, or the event of its change. */
#include <stdlib.h>

#include "base/text.h"
#include "base/units.h"
#include "explain/json.h"
#include "explain/reader.h"

static bool is_one_task(const cJSON *value) {
    return cJSON_IsArray(json_at(value, "containers", NULL)) &&
           (json_text(value, "taskArn") || json_text(value, "lastStatus"));
}

static const cJSON *task_list(const cJSON *value) {
    const cJSON *list = json_at(value, "tasks", NULL);
    return cJSON_IsArray(list) && is_one_task(cJSON_GetArrayItem(list, 0)) ? list : NULL;
}

bool ecs_is_task(const cJSON *value) {
    return is_one_task(value) || task_list(value) || is_one_task(json_at(value, "detail", NULL));
}

/* ECS counts memory in MiB, as a text or a number; a container may have none of its own, its task has then.
 */
static struct known_i64 mebibytes(const cJSON *object, const char *key) {
    struct known_i64 number = json_number(object, key);
    return number.known && number.value > 0 && number.value < INT64_MAX / MIB ? known_i64(number.value * MIB)
                                                                              : UNKNOWN_I64;
}

static void read_container(struct input *input, const struct json_value *value, const cJSON *task,
                           const cJSON *container, int number, int count) {
    struct subject *subject = case_add_subject(input->file);
    if (!subject)
        return;
    char *path = text_format("containers[%d]", number);
    struct known_i64 code = json_number(container, "exitCode");
    const char *status = json_text(container, "lastStatus");
    struct known_i64 limit = mebibytes(container, "memory");
    *subject = (struct subject){
        .platform = PLATFORM_ECS,
        .place = input_place(input, value, path),
        .pod_path = text_copy(value->path),
        .limit_path = text_format("%s%s%s.memory", value->path, *value->path ? "." : "", path),
        .name = json_copy(container, "name"),
        .id = json_copy(container, "runtimeId"),
        .image = json_copy(container, "image"),
        .life = code.known || (status && text_starts_with(status, "STOPPED")) ? LIFE_ENDED : LIFE_RUNNING,
        .exit_code = code,
        .reason = json_copy(container, "reason"),
        .started_ns = json_time(task, "startedAt"),
        .finished_ns = json_time(task, "stoppedAt"),
        .limit_bytes = limit.known ? limit : mebibytes(task, "memory"),
        .request_bytes = mebibytes(container, "memoryReservation"),
        .limit_told = limit.known || json_at(task, "memory", NULL),
        .stop_reason = json_copy(task, "stoppedReason"),
        .stop_code = json_copy(task, "stopCode"),
        .siblings = count - 1,
    };
    free(path);
    input->containers++;
}

static void read_task(struct input *input, const struct json_value *value, const cJSON *task) {
    const cJSON *containers = json_at(task, "containers", NULL);
    const cJSON *container = NULL;
    int number = 0;
    cJSON_ArrayForEach(container, containers) {
        read_container(input, value, task, container, number++, cJSON_GetArraySize(containers));
    }
}

void ecs_read(struct input *input, const struct json_value *value) {
    const cJSON *list = task_list(value->value);
    const cJSON *task = NULL;
    int number = 0;
    if (!list) {
        bool event = !is_one_task(value->value);
        char *path = text_format("%s%s", value->path, event ? "detail" : "");
        const struct json_value within = {value->value, path, value->line};
        read_task(input, &within, event ? json_at(value->value, "detail", NULL) : value->value);
        free(path);
        return;
    }
    cJSON_ArrayForEach(task, list) {
        char *path = text_format("tasks[%d]", number++);
        const struct json_value within = {task, path, value->line};
        if (is_one_task(task))
            read_task(input, &within, task);
        free(path);
    }
}
