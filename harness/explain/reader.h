/* Reads one input of any known form, told by its content, into a case.
 *
 * To add a form of JSON, write read_NAME.c with a function that knows it and one that reads it, and add a row
 * to json_forms in reader.c. Layer: explain/. Includes base/, model/, kernel/. */
#pragma once

#include <cjson/cJSON.h>
#include <stddef.h>

#include "base/error.h"
#include "explain/case.h"
#include "explain/text_log.h"

/* Documents larger than this are refused; texts of lines may be of any length. A tree of them takes up to 40
 * times as much memory: 30 MB of "0,0,0" took 1.2 GB. */
#define DOCUMENT_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Where each line is a value, one that is longer is left out. Fuzzing has it small. */
#ifndef LINE_BYTES_MAX
#define LINE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#endif

/* Where the bytes come from. Returns how many were read, 0 at the end, or a negative errno. */
struct byte_source {
    ptrdiff_t (*read)(void *context, char *buffer, size_t size);
    void *context;
};

/* `name` is what the user calls it. -EINVAL: none of the known forms, or a document that is broken; the
 * message says which. Other errors are those of the source. */
int explain_read(struct casefile *file, const char *name, const struct byte_source *source,
                 struct error *error);

/* What a container wrote: only its last words are looked for, whatever else it may look like. `owner` is the
 * name or the id of a container that was read before: the last one, where there are several. Lines may begin
 * with their time (docker logs --timestamps). */
int explain_read_output(struct casefile *file, const char *name, const char *owner,
                        const struct byte_source *source, struct error *error);

/* What is known of a kernel log beside what stands in it. */
struct kernel_log {
    struct known_i64 clock_start_ns; /* when its clock was at 0, since 1970 */
    struct known_i64 from_ns;  /* all that the kernel wrote from then on is in it, since 1970; unknown: */
    struct known_i64 until_ns; /* as its lines tell */
};

/* The log of this machine's kernel, which may be empty. */
int explain_read_kernel_log(struct casefile *file, const char *name, const struct byte_source *source,
                            const struct kernel_log *known, struct error *error);

/* ---- for the readers of forms ---- */

/* A value within an input. */
struct json_value {
    const cJSON *value;
    const char *path; /* "", "[0]", "items[3]" */
    long line;        /* where each line is a value; else 0 */
};

struct input {
    struct casefile *file;
    const char *name;    /* owned by the case */
    struct text_log log; /* of the lines of a journal or of dmesg in JSON */
    long containers;     /* read so far, for what is said of the input */
    long events;
    long others;
    long unreadable; /* lines that are no JSON, or too long */
    long unreadable_line;
};

/* Copies of a place, below the value's path. */
struct place input_place(const struct input *input, const struct json_value *value, const char *path);

bool docker_is_container(const cJSON *value);
void docker_read_container(struct input *input, const struct json_value *value);
bool docker_is_event(const cJSON *value);
void docker_read_event(struct input *input, const struct json_value *value);
/* "2026-11-22T11:03:37.861941868Z container oom ID (image=tiny:1, name=oom)" */
bool docker_is_event_line(const char *line, size_t length);
bool docker_read_event_line(struct input *input, const char *line, size_t length, long number);
bool cri_is_container(const cJSON *value);
void cri_read_container(struct input *input, const struct json_value *value);
bool kubernetes_is_object(const cJSON *value);
void kubernetes_read(struct input *input, const struct json_value *value);
bool ecs_is_task(const cJSON *value);
void ecs_read(struct input *input, const struct json_value *value);
bool describe_is(const char *head);
void describe_read(struct input *input, const char *text);
