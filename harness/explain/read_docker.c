/* docker inspect and docker events, in JSON and as lines; podman and nerdctl write nearly the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/json.h"
#include "explain/reader.h"

/* ---- inspect ---- */

bool docker_is_container(const cJSON *value) {
    return cJSON_IsObject(json_at(value, "State", NULL)) && json_at(value, "State", "ExitCode", NULL) &&
           (json_at(value, "HostConfig", NULL) || json_at(value, "Config", NULL));
}

static enum life life_of(const cJSON *state) {
    const char *status = json_text(state, "Status");
    if (status && strcmp(status, "restarting") == 0) /* it waits for that, and is called running too */
        return LIFE_ENDED;
    if (known_or(json_flag(state, "Running"), 0) || (status && strcmp(status, "running") == 0))
        return LIFE_RUNNING;
    if (status && (strcmp(status, "created") == 0 || strcmp(status, "configured") == 0))
        return LIFE_WAITING;
    return LIFE_ENDED;
}

/* More is no line that anybody copies. */
#define COMMAND_MOST 400

static void add_word(struct strbuf *line, const char *text) {
    strbuf_add(line, " ");
    text_add_shell_quoted(line, text);
}

/* How it is started beside its image: what the image itself says, and what was said in its place, are not
 * told apart. An entrypoint of several words can be the image's alone. Caller frees; NULL: nothing is told.
 */
static char *command_of(const cJSON *config) {
    const cJSON *entrypoint = json_at(config, "Entrypoint", NULL);
    const cJSON *first = cJSON_IsArray(entrypoint) ? entrypoint->child : NULL;
    const cJSON *word = NULL;
    struct strbuf line = {0};
    if (first && !first->next && cJSON_IsString(first) && *first->valuestring) {
        strbuf_add(&line, " --entrypoint");
        add_word(&line, first->valuestring);
    }
    bool begun = false;
    cJSON_ArrayForEach(word, json_at(config, "Cmd", NULL)) {
        if (!cJSON_IsString(word))
            continue;
        if (!begun)
            strbuf_add(&line, " --");
        begun = true;
        add_word(&line, word->valuestring);
    }
    if (line.length > COMMAND_MOST || (line.text && strchr(line.text, '\n'))) {
        strbuf_free(&line);
        return text_copy(" -- COMMAND ...");
    }
    return line.text;
}

static bool has_own_label(const cJSON *labels) {
    const char *value = json_text(labels, OWN_LABEL);
    return value && strcmp(value, OWN_LABEL_VALUE) == 0;
}

void docker_read_container(struct input *input, const struct json_value *value) {
    const cJSON *object = value->value;
    const cJSON *state = json_at(object, "State", NULL);
    const cJSON *made = json_at(object, "HostConfig", NULL);
    struct subject *subject = case_add_subject(input->file);
    if (!subject)
        return;
    const char *name = json_text(object, "Name");
    struct known_i64 memory = json_number(made, "Memory");
    struct known_i64 reservation = json_number(made, "MemoryReservation");
    *subject = (struct subject){
        .platform = PLATFORM_DOCKER,
        .place = input_place(input, value, NULL),
        .state_key = "State",
        .limit_path = text_format("%s%sHostConfig.Memory", value->path, *value->path ? "." : ""),
        .name = name ? text_copy(name + (*name == '/')) : NULL,
        .id = json_copy(object, "Id"),
        .program = json_program(json_text(object, "Path")),
        .image = json_copy(json_at(object, "Config", NULL), "Image"),
        .command = command_of(json_at(object, "Config", NULL)),
        .is_own_trial = has_own_label(json_at(object, "Config", "Labels", NULL)),
        .life = life_of(state),
        .exit_code = json_number(state, "ExitCode"),
        .engine_message = json_copy(state, "Error"),
        .started_ns = json_time(state, "StartedAt"),
        .finished_ns = json_time(state, "FinishedAt"),
        .restarts = json_number(object, "RestartCount"),
        .waits_to_restart = known_or(json_flag(state, "Restarting"), 0),
        .oom_flag = json_flag(state, "OOMKilled"),
        .limit_bytes = known_or(memory, 0) > 0 ? memory : UNKNOWN_I64,
        .limit_told = memory.known,
        .request_bytes = known_or(reservation, 0) > 0 ? reservation : UNKNOWN_I64,
        .grace_s = json_seconds(json_at(object, "Config", NULL), "StopTimeout"),
    };
    input->containers++;
}

/* ---- events ---- */

bool docker_is_event(const cJSON *value) {
    const char *type = json_text(value, "Type");
    bool docker = json_text(value, "Action") && cJSON_IsObject(json_at(value, "Actor", NULL));
    bool old_docker = json_text(value, "status") && json_text(value, "id") && json_at(value, "time", NULL);
    bool podman = type && json_text(value, "Status") && (json_text(value, "ID") || json_text(value, "Name"));
    return docker || old_docker || podman;
}

/* What a container's other events say nothing about its end. */
static bool matters(const char *action) {
    static const char *const actions[] = {"oom", "die", "died", "kill", "stop", "start"};
    return text_index(actions, sizeof actions / sizeof *actions, action) >= 0;
}

static struct happening *add_event(struct input *input, const char *action) {
    struct happening *event = matters(action) ? case_add_happening(input->file) : NULL;
    input->events++;
    if (!event)
        return NULL;
    event->platform = PLATFORM_DOCKER;
    event->object = text_copy("container");
    event->reason = text_copy(strcmp(action, "died") == 0 ? "die" : action);
    return event;
}

static struct known_i64 event_time(const cJSON *object) {
    struct known_i64 nanoseconds = UNKNOWN_I64;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "timeNano");
    /* Beyond what JSON numbers hold exactly, by less than a microsecond. */
    if (cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 7e18)
        nanoseconds = known_i64((int64_t)item->valuedouble);
    if (!nanoseconds.known)
        nanoseconds = json_time(object, "time");
    return nanoseconds.known ? nanoseconds : json_time(object, "Time");
}

void docker_read_event(struct input *input, const struct json_value *value) {
    const cJSON *object = value->value;
    const cJSON *actor = json_at(object, "Actor", NULL);
    const cJSON *attributes = json_at(actor, "Attributes", NULL);
    const char *type = json_text(object, "Type");
    const char *action = json_text(object, "Action");
    if (!action)
        action = json_text(object, actor || !type ? "status" : "Status");
    if (!action || (type && strcmp(type, "container") != 0)) {
        input->events++;
        return;
    }
    struct happening *event = add_event(input, action);
    if (!event)
        return;
    struct known_i64 code = json_number(attributes, "exitCode");
    event->place = input_place(input, value, NULL);
    event->image = json_copy(attributes, "image");
    event->is_own_trial = has_own_label(attributes);
    event->name = json_copy(attributes ? attributes : object, attributes ? "name" : "Name");
    event->uid = json_copy(actor ? actor : object, actor ? "ID" : json_text(object, "id") ? "id" : "ID");
    event->last_ns = event_time(object);
    event->exit_code = code.known ? code : json_number(object, "ContainerExitCode");
    event->signal = json_number(attributes, "signal");
}

/* The value of NAME=VALUE within the brackets at the end of a line. Caller frees; NULL: not there. */
static char *attribute(const char *brackets, const char *end, const char *name) {
    CLEANUP_FREE char *wanted = text_format("%s=", name);
    size_t length = strlen(wanted);
    for (const char *at = brackets; at < end; at++) {
        if ((at[-1] != '(' && at[-1] != ' ') || (size_t)(end - at) < length ||
            memcmp(at, wanted, length) != 0)
            continue;
        const char *value = at + length;
        const char *stop = value;
        while (stop < end && *stop != ',' && *stop != ')')
            stop++;
        return text_copy_bytes(value, (size_t)(stop - value));
    }
    return NULL;
}

static struct known_i64 number_attribute(const char *brackets, const char *end, const char *name) {
    CLEANUP_FREE char *text = attribute(brackets, end, name);
    char *stop = NULL;
    long number = text && *text ? strtol(text, &stop, 10) : 0;
    return stop && !*stop ? known_i64(number) : UNKNOWN_I64;
}

/* A line of an engine's events, taken apart. */
struct event_line {
    struct known_i64 time_ns;
    char action[24];
    char id[80];
    size_t brackets; /* just behind the first */
};

static bool parse_event_line(const char *line, size_t length, struct event_line *ret) {
    int taken = 0;
    size_t at = klog_parse_iso_time(line, length, &ret->time_ns);
    if (at == 0)
        return false;
    /* What is wanted stands at the beginning. */
    CLEANUP_FREE char *rest = text_copy_bytes(line + at, length - at < 200 ? length - at : 200);
    if (sscanf(rest, " container %23[a-z_] %79[0-9a-f] (%n", ret->action, ret->id, &taken) != 2 || taken == 0)
        return false;
    ret->brackets = at + (size_t)taken;
    return true;
}

bool docker_is_event_line(const char *line, size_t length) {
    struct event_line parsed;
    return parse_event_line(line, length, &parsed);
}

bool docker_read_event_line(struct input *input, const char *line, size_t length, long number) {
    struct event_line parsed;
    const char *end = line + length;
    if (!parse_event_line(line, length, &parsed))
        return false;
    struct happening *event = add_event(input, parsed.action);
    if (!event)
        return true;
    const char *brackets = line + parsed.brackets;
    event->place = (struct place){.file = input->name, .line = number};
    event->name = attribute(brackets, end, "name");
    event->image = attribute(brackets, end, "image");
    CLEANUP_FREE char *label = attribute(brackets, end, OWN_LABEL);
    event->is_own_trial = label && strcmp(label, OWN_LABEL_VALUE) == 0;
    event->uid = text_copy(parsed.id);
    event->last_ns = parsed.time_ns;
    event->exit_code = number_attribute(brackets, end, "exitCode");
    if (!event->exit_code.known)
        event->exit_code = number_attribute(brackets, end, "containerExitCode");
    event->signal = number_attribute(brackets, end, "signal");
    return true;
}
