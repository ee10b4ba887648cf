/* kubectl get pod|pods|events|job|nodes -o json. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/json.h"
#include "explain/reader.h"

static const char *kind_of(const cJSON *value) {
    const char *kind = json_text(value, "kind");
    return kind ? kind : "";
}

bool kubernetes_is_object(const cJSON *value) {
    return *kind_of(value) && json_text(value, "apiVersion");
}

/* ---- pods ---- */

/* The one of a list that has the name. */
static const cJSON *named(const cJSON *list, const char *name) {
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list) {
        const char *its = json_text(item, "name");
        if (name && its && strcmp(its, name) == 0)
            return item;
    }
    return NULL;
}

static const cJSON *find_spec(const cJSON *pod, const char *name) {
    static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const cJSON *found = named(json_at(pod, "spec", lists[i], NULL), name);
        if (found)
            return found;
    }
    return NULL;
}

/* How soon after its start a container whose probe fails from the beginning is dead: Kubernetes' defaults
 * where nothing is said (k8s.io/api/core/v1, type Probe). A startup probe holds the liveness probe back. */
static void read_probe(const cJSON *spec, struct subject *subject) {
    const cJSON *startup = json_at(spec, "startupProbe", NULL);
    const cJSON *probe = startup ? startup : json_at(spec, "livenessProbe", NULL);
    if (!probe)
        return;
    int64_t delay = known_or(json_seconds(probe, "initialDelaySeconds"), 0);
    int64_t period = known_or(json_seconds(probe, "periodSeconds"), 10);
    int64_t failures = known_or(json_number(probe, "failureThreshold"), 3);
    subject->has_probe = true;
    if (period > 0 && failures > 0 && failures - 1 <= (JSON_SECONDS_MAX - delay) / period)
        subject->probe_kill_s = known_i64(delay + (failures - 1) * period);
}

static void read_spec(const cJSON *pod, const cJSON *spec, struct subject *subject) {
    const cJSON *command = json_at(spec, "command", NULL);
    subject->limit_bytes = json_quantity(json_at(spec, "resources", "limits", NULL), "memory");
    subject->request_bytes = json_quantity(json_at(spec, "resources", "requests", NULL), "memory");
    subject->limit_told = spec != NULL;
    subject->program = json_program(cJSON_GetStringValue(cJSON_GetArrayItem(command, 0)));
    subject->grace_s = json_seconds(json_at(pod, "spec", NULL), "terminationGracePeriodSeconds");
    read_probe(spec, subject);
}

/* Why it is on no node: "0/3 nodes are available: 3 Insufficient memory." */
static void read_unscheduled(const cJSON *status, struct subject *subject) {
    const cJSON *condition = NULL;
    cJSON_ArrayForEach(condition, json_at(status, "conditions", NULL)) {
        const char *type = json_text(condition, "type");
        const char *is = json_text(condition, "status");
        if (subject->reason || subject->engine_message || !type || !is || strcmp(type, "PodScheduled") != 0 ||
            strcmp(is, "False") != 0)
            continue;
        subject->reason = json_copy(condition, "reason");
        subject->engine_message = json_copy(condition, "message");
    }
}

/* What was done to the pod as a whole. */
static void read_disruption(const cJSON *status, struct subject *subject) {
    const cJSON *condition = NULL;
    cJSON_ArrayForEach(condition, json_at(status, "conditions", NULL)) {
        const char *type = json_text(condition, "type");
        const char *is = json_text(condition, "status");
        if (type && is && strcmp(type, "DisruptionTarget") == 0 && strcmp(is, "True") == 0) {
            subject->disruption = json_copy(condition, "reason");
            return;
        }
    }
}

static char *owning_job(const cJSON *metadata) {
    const cJSON *labels = json_at(metadata, "labels", NULL);
    char *job = json_copy(labels, "job-name");
    return job ? job : json_copy(labels, "batch.kubernetes.io/job-name");
}

static void read_pod_facts(const cJSON *pod, struct subject *subject) {
    const cJSON *metadata = json_at(pod, "metadata", NULL);
    const cJSON *status = json_at(pod, "status", NULL);
    subject->platform = PLATFORM_KUBERNETES;
    subject->pod = json_copy(metadata, "name");
    subject->space = json_copy(metadata, "namespace");
    subject->pod_uid = json_copy(metadata, "uid");
    subject->job = owning_job(metadata);
    subject->node = json_copy(json_at(pod, "spec", NULL), "nodeName");
    subject->qos = json_copy(status, "qosClass");
    subject->deleting = json_text(metadata, "deletionTimestamp") != NULL;
    subject->pod_started_ns = json_time(status, "startTime");
    subject->pod_reason = json_copy(status, "reason");
    subject->pod_message = json_copy(status, "message");
    read_disruption(status, subject);
}

static bool ended_alike(const cJSON *one, const cJSON *other) {
    const char *reason = json_text(one, "reason");
    const char *other_reason = json_text(other, "reason");
    struct known_i64 code = json_number(one, "exitCode");
    struct known_i64 other_code = json_number(other, "exitCode");
    return reason && other_reason && strcmp(reason, other_reason) == 0 && code.known && other_code.known &&
           code.value == other_code.value;
}

/* Its state, and of a container that was started again how its run before ended. Returns the key of what
 * counts. */
static const char *read_state(const cJSON *status, struct subject *subject) {
    const cJSON *now = json_at(status, "state", "terminated", NULL);
    const cJSON *before = json_at(status, "lastState", "terminated", NULL);
    const cJSON *ended = now ? now : before;
    const cJSON *waiting = json_at(status, "state", "waiting", NULL);
    subject->restarts = json_number(status, "restartCount");
    subject->ended_so_before = now && before && ended_alike(now, before);
    if (!ended) {
        subject->life = waiting ? LIFE_WAITING : LIFE_RUNNING;
        subject->reason = json_copy(waiting, "reason");
        subject_set_message(subject, json_copy(waiting, "message"));
        subject->id = json_container_id(status, "containerID");
        subject->started_ns = json_time(json_at(status, "state", "running", NULL), "startedAt");
        return waiting ? "state.waiting" : "state.running";
    }
    subject->life = LIFE_ENDED;
    subject->waits_to_restart = waiting != NULL;
    subject->runs_again = json_at(status, "state", "running", NULL) != NULL;
    subject->exit_code = json_number(ended, "exitCode");
    subject->reason = json_copy(ended, "reason");
    subject_set_message(subject, json_copy(ended, "message"));
    subject->started_ns = json_time(ended, "startedAt");
    subject->finished_ns = json_time(ended, "finishedAt");
    subject->id = json_container_id(ended, "containerID");
    if (!subject->id)
        subject->id = json_container_id(status, "containerID");
    return now ? "state.terminated" : "lastState.terminated";
}

/* A pod that was turned away or evicted may have no containers any more: then it is the subject itself. */
static void read_bare_pod(struct input *input, const struct json_value *value) {
    const char *phase = json_text(json_at(value->value, "status", NULL), "phase");
    struct subject *subject = case_add_subject(input->file);
    if (!subject)
        return;
    read_pod_facts(value->value, subject);
    subject->place = input_place(input, value, "status");
    subject->pod_path = text_copy(value->path);
    subject->life = phase && strcmp(phase, "Failed") == 0      ? LIFE_ENDED
                    : phase && strcmp(phase, "Running") == 0   ? LIFE_RUNNING
                    : phase && strcmp(phase, "Succeeded") == 0 ? LIFE_ENDED
                                                               : LIFE_WAITING;
    if (phase && strcmp(phase, "Succeeded") == 0)
        subject->exit_code = known_i64(0);
    if (subject->life == LIFE_WAITING)
        read_unscheduled(json_at(value->value, "status", NULL), subject);
    input->containers++;
}

/* "spec.containers[0].resources.limits.memory" */
static void read_limit_path(const cJSON *pod, const struct json_value *value, struct subject *subject) {
    static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const cJSON *item = NULL;
        int number = 0;
        cJSON_ArrayForEach(item, json_at(pod, "spec", lists[i], NULL)) {
            const char *name = json_text(item, "name");
            if (!subject->limit_path && name && subject->name && strcmp(name, subject->name) == 0)
                subject->limit_path = text_format("%s%sspec.%s[%d].resources.limits.memory", value->path,
                                                  *value->path ? "." : "", lists[i], number);
            number++;
        }
    }
}

static void read_pod(struct input *input, const struct json_value *value) {
    static const char *const lists[] = {"containerStatuses", "initContainerStatuses",
                                        "ephemeralContainerStatuses"};
    const cJSON *pod = value->value;
    long before = input->containers;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const cJSON *statuses = json_at(pod, "status", lists[i], NULL);
        const cJSON *status = NULL;
        int number = 0;
        cJSON_ArrayForEach(status, statuses) {
            struct subject *subject = case_add_subject(input->file);
            if (!subject)
                return;
            read_pod_facts(pod, subject);
            subject->name = json_copy(status, "name");
            subject->image = json_copy(status, "image");
            subject->siblings = cJSON_GetArraySize(json_at(pod, "spec", "containers", NULL)) - 1;
            read_spec(pod, find_spec(pod, subject->name), subject);
            const char *key = read_state(status, subject);
            read_limit_path(pod, value, subject);
            CLEANUP_FREE char *path = text_format("status.%s[%d]", lists[i], number++);
            subject->place = input_place(input, value, path);
            subject->state_key = key;
            subject->pod_path = text_copy(value->path);
            input->containers++;
        }
    }
    if (input->containers == before)
        read_bare_pod(input, value);
}

/* ---- jobs, nodes ---- */

static void read_job(struct input *input, const struct json_value *value) {
    const cJSON *status = json_at(value->value, "status", NULL);
    struct subject *subject = case_add_subject(input->file);
    const cJSON *condition = NULL;
    int number = 0;
    if (!subject)
        return;
    subject->platform = PLATFORM_KUBERNETES;
    subject->is_job = true;
    subject->job = json_copy(json_at(value->value, "metadata", NULL), "name");
    subject->space = json_copy(json_at(value->value, "metadata", NULL), "namespace");
    subject->restarts = json_number(status, "failed");
    subject->place = input_place(input, value, "status");
    subject->life = json_at(status, "completionTime", NULL) ? LIFE_ENDED : LIFE_RUNNING;
    cJSON_ArrayForEach(condition, json_at(status, "conditions", NULL)) {
        const char *type = json_text(condition, "type");
        const char *is = json_text(condition, "status");
        if (type && is && strcmp(type, "Failed") == 0 && strcmp(is, "True") == 0) {
            CLEANUP_FREE char *path = text_format("status.conditions[%d]", number);
            free(subject->place.path);
            subject->place = input_place(input, value, path);
            subject->life = LIFE_ENDED;
            subject->pod_reason = json_copy(condition, "reason");
            subject->pod_message = json_copy(condition, "message");
            break;
        }
        number++;
    }
    input->others++;
}

static void read_node(struct input *input, const struct json_value *value) {
    struct node_facts *node = case_add_node(input->file);
    const cJSON *status = json_at(value->value, "status", NULL);
    const cJSON *condition = NULL;
    if (!node)
        return;
    node->name = json_copy(json_at(value->value, "metadata", NULL), "name");
    node->place = input_place(input, value, "status");
    node->memory_bytes = json_quantity(json_at(status, "capacity", NULL), "memory");
    cJSON_ArrayForEach(condition, json_at(status, "conditions", NULL)) {
        const char *type = json_text(condition, "type");
        const char *is = json_text(condition, "status");
        if (type && is && strcmp(type, "MemoryPressure") == 0)
            node->pressure = strcmp(is, "True") == 0;
    }
    input->others++;
}

/* ---- events ---- */

/* "spec.containers{web}" */
static char *container_of(const cJSON *object) {
    const char *path = json_text(object, "fieldPath");
    const char *open = path ? strchr(path, '{') : NULL;
    return open ? text_copy_bytes(open + 1, strcspn(open + 1, "}")) : NULL;
}

/* node-problem-detector hands on the kernel's own line: "Memory cgroup out of memory: Killed process 7 (java)
 * ...". */
static void read_kernel_line(struct input *input, const struct json_value *value, const char *message,
                             struct known_i64 time_ns) {
    struct text_log log;
    CLEANUP_FREE char *name = text_format("%s%s%s", input->name, *value->path ? ", " : "", value->path);
    text_log_begin(&log, input->file, case_add_file(input->file, name), true);
    log.line = value->line;
    text_log_message(&log, message, strlen(message), UNKNOWN_I64, time_ns);
    oom_reports_end(&log.reports);
}

/* When it was last seen. Both kinds of events, of v1 and of events.k8s.io, call things otherwise. */
static struct known_i64 event_time(const cJSON *event) {
    struct known_i64 time_ns = json_time(event, "lastTimestamp");
    if (!time_ns.known)
        time_ns = json_time(json_at(event, "series", NULL), "lastObservedTime");
    return time_ns.known ? time_ns : json_time(event, "eventTime");
}

/* Most events of a cluster say nothing of an end: they are counted alone. */
static void read_event(struct input *input, const struct json_value *value) {
    const cJSON *event = value->value;
    const cJSON *object = json_at(event, "involvedObject", NULL);
    const char *reason = json_text(event, "reason");
    const char *message = json_text(event, "message");
    if (!message)
        message = json_text(event, "note");
    input->events++;
    if (reason && message && strcmp(reason, "OOMKilling") == 0)
        read_kernel_line(input, value, message, event_time(event));
    struct happening *happening = case_wants_event(reason, message) ? case_add_happening(input->file) : NULL;
    if (!happening)
        return;
    if (!object)
        object = json_at(event, "regarding", NULL);
    struct known_i64 count = json_number(event, "count");
    *happening = (struct happening){
        .platform = PLATFORM_KUBERNETES,
        .place = input_place(input, value, NULL),
        .object = json_copy(object, "kind"),
        .space = json_copy(object, "namespace"),
        .name = json_copy(object, "name"),
        .uid = json_copy(object, "uid"),
        .container = container_of(object),
        .reason = text_copy(reason),
        .message = message ? text_copy(message) : NULL,
        .last_ns = event_time(event),
        .count = count.known ? count : json_number(json_at(event, "series", NULL), "count"),
    };
}

void kubernetes_read(struct input *input, const struct json_value *value) {
    static const struct {
        const char *kind;
        void (*read)(struct input *input, const struct json_value *value);
    } kinds[] = {{"Pod", read_pod}, {"Event", read_event}, {"Job", read_job}, {"Node", read_node}};
    const char *kind = kind_of(value->value);
    const cJSON *items = json_at(value->value, "items", NULL);
    const cJSON *item = NULL;
    int number = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kind, kinds[i].kind) == 0) {
            kinds[i].read(input, value);
            return;
        }
    }
    if (!cJSON_IsArray(items)) {
        input->others++;
        return;
    }
    cJSON_ArrayForEach(item, items) {
        CLEANUP_FREE char *path =
            text_format("%s%sitems[%d]", value->path, *value->path ? "." : "", number++);
        const struct json_value within = {item, path, value->line};
        /* In a PodList the items may leave out their kind. */
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            size_t length = strlen(kinds[i].kind);
            bool of_list = !*kind_of(item) && strncmp(kind, kinds[i].kind, length) == 0 &&
                           strcmp(kind + length, "List") == 0;
            if (cJSON_IsObject(item) && (of_list || strcmp(kind_of(item), kinds[i].kind) == 0))
                kinds[i].read(input, &within);
        }
    }
}
