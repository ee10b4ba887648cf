/* kubectl describe pod: indented text for people, with the events of the pod at its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/reader.h"

/* Where in the text a line is. */
struct describe {
    struct input *input;
    char *pod; /* copies, given to each container */
    char *space;
    char *node;
    char *job;
    char *reason;
    char *message;
    char *qos;
    char section[32]; /* the last key without indentation */
    char part[32];    /* the last key of a container: "State", "Limits" */
    bool of_last;     /* the lines of "Last State" that follow are of the run before */
    char before_reason[32];
    struct known_i64 before_code;
    size_t first; /* of its containers, in the case */
    bool in_container;
};

bool describe_is(const char *head) {
    return text_starts_with(head, "Name:") && (strstr(head, "\nContainers:\n") || strstr(head, "\nNode:")) &&
           strstr(head, "\nNamespace:");
}

static void set(char **slot, const char *value) {
    if (!*slot && *value && strcmp(value, "<none>") != 0)
        *slot = text_copy(value);
}

static struct subject *current(struct describe *describe) {
    struct casefile *file = describe->input->file;
    return describe->in_container && file->subject_count > describe->first
               ? &file->subjects[file->subject_count - 1]
               : NULL;
}

static struct known_i64 parse_code(const char *value) {
    char *end = NULL;
    long number = strtol(value, &end, 10);
    return end > value && number >= -1 && number < 65536 ? known_i64(number) : UNKNOWN_I64;
}

/* "Sun, 22 Nov 2026 11:05:28 +0000" */
static struct known_i64 parse_time(const char *value) {
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4];
    char zone[8];
    int day;
    int year;
    int hour;
    int minute;
    int second;
    if (sscanf(value, "%*3s, %2d %3s %4d %2d:%2d:%2d %7s", &day, month, &year, &hour, &minute, &second,
               zone) != 7)
        return UNKNOWN_I64;
    const char *found = strstr(names, month);
    if (!found || strlen(month) != 3 || year < 1970 || year > 2200)
        return UNKNOWN_I64;
    char iso[64];
    struct known_i64 time = UNKNOWN_I64;
    int length = snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02d%s", year,
                          (int)(found - names) / 3 + 1, day, hour, minute, second, zone);
    if (length > 0 && (size_t)length < sizeof iso)
        klog_parse_iso_time(iso, (size_t)length, &time);
    return time;
}

static struct known_i64 parse_quantity(const char *value) {
    struct error ignored;
    int64_t bytes;
    return quantity_parse(value, &bytes, &ignored) == 0 ? known_i64(bytes) : UNKNOWN_I64;
}

/* ---- containers ---- */

static void begin_container(struct describe *describe, const char *name, long line) {
    struct subject *subject = case_add_subject(describe->input->file);
    describe->in_container = subject != NULL;
    describe->part[0] = '\0';
    describe->before_reason[0] = '\0';
    describe->before_code = UNKNOWN_I64;
    if (!subject)
        return;
    subject->platform = PLATFORM_KUBERNETES;
    subject->place = (struct place){.file = describe->input->name, .line = line};
    subject->name = text_copy(name);
    subject->limit_told = true;
    describe->input->containers++;
}

static void take_state(struct describe *describe, struct subject *subject, const char *value, long line) {
    if (!describe->of_last) {
        subject->place.line = line;
        subject->life = strcmp(value, "Running") == 0      ? LIFE_RUNNING
                        : strcmp(value, "Terminated") == 0 ? LIFE_ENDED
                                                           : LIFE_WAITING;
    } else if (subject->life != LIFE_ENDED && strcmp(value, "Terminated") == 0) {
        subject->waits_to_restart = subject->life == LIFE_WAITING;
        subject->life = LIFE_ENDED;
        subject->place.line = line;
        free(subject->reason);
        free(subject->engine_message);
        free(subject->own_message);
        subject->reason = NULL;
        subject->engine_message = NULL;
        subject->own_message = NULL;
        subject->started_ns = UNKNOWN_I64;
        describe->of_last = false; /* what follows is of the end that counts */
    }
}

/* The lines below "State:" and "Last State:". */
static void take_of_state(struct describe *describe, struct subject *subject, const char *key,
                          const char *value) {
    if (describe->of_last) {
        if (strcmp(key, "Reason") == 0)
            snprintf(describe->before_reason, sizeof describe->before_reason, "%s", value);
        else if (strcmp(key, "Exit Code") == 0)
            describe->before_code = parse_code(value);
    } else if (strcmp(key, "Reason") == 0) {
        set(&subject->reason, value);
    } else if (strcmp(key, "Message") == 0) {
        if (!subject->engine_message && !subject->own_message && *value)
            subject_set_message(subject, text_copy(value));
    } else if (strcmp(key, "Exit Code") == 0) {
        subject->exit_code = parse_code(value);
    } else if (strcmp(key, "Started") == 0) {
        subject->started_ns = parse_time(value);
    } else if (strcmp(key, "Finished") == 0) {
        subject->finished_ns = parse_time(value);
    }
}

/* A line with an indentation of four: a key of the container. */
static void take_key(struct describe *describe, struct subject *subject, const char *key, const char *value,
                     long line) {
    snprintf(describe->part, sizeof describe->part, "%s", key);
    if (strcmp(key, "Container ID") == 0) {
        const char *slashes = strstr(value, "//");
        set(&subject->id, slashes ? slashes + 2 : value);
    } else if (strcmp(key, "Image") == 0) {
        set(&subject->image, value);
    } else if (strcmp(key, "State") == 0 || strcmp(key, "Last State") == 0) {
        describe->of_last = *key == 'L';
        take_state(describe, subject, value, line);
    } else if (strcmp(key, "Restart Count") == 0) {
        subject->restarts = parse_code(value);
    } else if (strcmp(key, "Liveness") == 0 || strcmp(key, "Startup") == 0) {
        subject->has_probe = true;
    }
}

static void take_in_container(struct describe *describe, int indent, const char *key, const char *value,
                              const char *whole, long line) {
    struct subject *subject = current(describe);
    if (indent == 2 && !*value) {
        begin_container(describe, key, line);
        return;
    }
    if (subject && indent == 4) {
        take_key(describe, subject, key, value, line);
    } else if (subject && strcmp(describe->part, "Command") == 0) {
        const char *slash = strrchr(whole, '/');
        set(&subject->program, slash && slash[1] ? slash + 1 : whole);
    } else if (subject && strstr(describe->part, "State")) {
        take_of_state(describe, subject, key, value);
    } else if (subject && strcmp(key, "memory") == 0) {
        if (strcmp(describe->part, "Limits") == 0)
            subject->limit_bytes = parse_quantity(value);
        else if (strcmp(describe->part, "Requests") == 0)
            subject->request_bytes = parse_quantity(value);
    }
    if (subject && describe->of_last && subject->reason && describe->before_reason[0])
        subject->ended_so_before = strcmp(subject->reason, describe->before_reason) == 0 &&
                                   describe->before_code.known && subject->exit_code.known &&
                                   describe->before_code.value == subject->exit_code.value;
}

/* ---- events ---- */

/* The next column: two blanks end one. Returns what is behind it. */
static char *take_column(char *at, const char **ret) {
    while (*at == ' ')
        at++;
    *ret = at;
    char *end = strstr(at, "  ");
    if (!end)
        return at + strlen(at);
    *end = '\0';
    return end + 1;
}

/* "  Warning  BackOff  19s (x4 over 44s)  kubelet  Back-off restarting failed container" */
static void take_event(struct describe *describe, const char *line, long number) {
    CLEANUP_FREE char *copy = text_copy(line);
    const char *type;
    const char *reason;
    const char *age;
    const char *from;
    const char *message;
    char *at = take_column(copy, &type);
    at = take_column(at, &reason);
    at = take_column(at, &age);
    take_column(take_column(at, &from), &message);
    if (strcmp(type, "Normal") != 0 && strcmp(type, "Warning") != 0)
        return;
    describe->input->events++;
    struct happening *happening =
        case_wants_event(reason, message) ? case_add_happening(describe->input->file) : NULL;
    if (!happening)
        return;
    const char *times = strstr(age, "(x");
    char container[256];
    *happening = (struct happening){
        .platform = PLATFORM_KUBERNETES,
        .place = {.file = describe->input->name, .line = number},
        .object = text_copy("Pod"),
        .space = describe->space ? text_copy(describe->space) : NULL,
        .name = describe->pod ? text_copy(describe->pod) : NULL,
        .reason = text_copy(reason),
        .message = text_copy(message),
        .count = times ? parse_code(times + 2) : UNKNOWN_I64,
    };
    if (sscanf(message, "Container %255s failed", container) == 1 ||
        sscanf(message, "Stopping container %255s", container) == 1)
        happening->container = text_copy(container);
}

/* ---- the pod ---- */

/* What is told of the pod is given to its containers; one without any is a subject itself. */
static void end_pod(struct describe *describe) {
    struct casefile *file = describe->input->file;
    if (describe->pod && describe->first == file->subject_count) {
        describe->in_container = true;
        begin_container(describe, "", 1);
        struct subject *bare = current(describe);
        if (bare) {
            free(bare->name);
            bare->name = NULL;
            bare->life = describe->reason ? LIFE_ENDED : LIFE_WAITING;
        }
    }
    for (size_t i = describe->first; i < file->subject_count; i++) {
        struct subject *subject = &file->subjects[i];
        set(&subject->pod, describe->pod ? describe->pod : "");
        set(&subject->space, describe->space ? describe->space : "");
        set(&subject->node, describe->node ? describe->node : "");
        set(&subject->job, describe->job ? describe->job : "");
        set(&subject->pod_reason, describe->reason ? describe->reason : "");
        set(&subject->pod_message, describe->message ? describe->message : "");
        set(&subject->qos, describe->qos ? describe->qos : "");
        subject->siblings = (int)(file->subject_count - describe->first) - 1;
    }
    char *const owned[] = {describe->pod,    describe->space,   describe->node, describe->job,
                           describe->reason, describe->message, describe->qos};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    *describe = (struct describe){.input = describe->input, .first = file->subject_count};
}

/* A line without indentation. */
static void take_of_pod(struct describe *describe, const char *key, const char *value) {
    struct {
        const char *key;
        char **slot;
    } const keys[] = {{"Name", &describe->pod},      {"Namespace", &describe->space},
                      {"Reason", &describe->reason}, {"Message", &describe->message},
                      {"QoS Class", &describe->qos}, {"Controlled By", &describe->job}};
    if (strcmp(key, "Name") == 0 && describe->pod)
        end_pod(describe);
    snprintf(describe->section, sizeof describe->section, "%s", key);
    describe->in_container = false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i].key) == 0)
            set(keys[i].slot, value);
    if (strcmp(key, "Controlled By") == 0 && describe->job && text_starts_with(describe->job, "Job/"))
        memmove(describe->job, describe->job + 4, strlen(describe->job + 4) + 1);
    else if (strcmp(key, "Controlled By") == 0) {
        free(describe->job);
        describe->job = NULL;
    }
    if (strcmp(key, "Node") == 0 && !describe->node)
        describe->node = text_copy_bytes(value, strcspn(value, "/"));
}

static void take_line(struct describe *describe, char *line, long number) {
    int indent = (int)strspn(line, " ");
    char *text = line + indent;
    size_t length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\r'))
        text[--length] = '\0';
    if (length == 0)
        return;
    if (indent && strcmp(describe->section, "Events") == 0) {
        take_event(describe, line, number);
        return;
    }
    char *colon = strstr(text, ": ");
    if (!colon && text[length - 1] == ':')
        colon = text + length - 1;
    CLEANUP_FREE char *key = text_copy_bytes(text, colon ? (size_t)(colon - text) : length);
    const char *value = colon ? colon + 1 : "";
    value += strspn(value, " \t");
    if (indent == 0)
        take_of_pod(describe, key, value);
    else if (strstr(describe->section, "ontainers"))
        take_in_container(describe, indent, key, value, text, number);
}

void describe_read(struct input *input, const char *text) {
    struct describe describe = {.input = input, .first = input->file->subject_count};
    long number = 1;
    for (const char *at = text; *at; number++) {
        size_t length = strcspn(at, "\n");
        CLEANUP_FREE char *line = text_copy_bytes(at, length);
        take_line(&describe, line, number);
        at += length + (at[length] == '\n');
    }
    end_pod(&describe);
}
