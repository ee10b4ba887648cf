#include "kernel/sigtrace.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a record holds before its raw data: the header, pid and tid, the time, and the length of the data. */
#define TID_OFFSET  sizeof(struct perf_event_header)
#define TIME_OFFSET (TID_OFFSET + 2 * sizeof(uint32_t))
#define SIZE_OFFSET (TIME_OFFSET + sizeof(uint64_t))
#define RAW_OFFSET  (SIZE_OFFSET + sizeof(uint32_t))

/* PERF_RECORD_LOST: the header, an id, and how many. */
#define LOST_OFFSET (sizeof(struct perf_event_header) + sizeof(uint64_t))

/* No field of a tracepoint lies beyond that: what is read of signals and exits ends far below. */
#define FIELD_END_MAX 4096

/* The number behind "\toffset:" within the line. */
static bool number_behind(const char *line, size_t length, const char *label, size_t *ret) {
    const char *found = memmem(line, length, label, strlen(label));
    char *end;
    if (!found)
        return false;
    unsigned long number = strtoul(found + strlen(label), &end, 10);
    if (*end != ';' || number > FIELD_END_MAX)
        return false;
    *ret = number;
    return true;
}

/* Does the declaration "char comm[16]" declare `name`? */
static bool declares(const char *declaration, size_t length, const char *name) {
    size_t name_length = strlen(name);
    const char *bracket = memchr(declaration, '[', length);
    if (bracket)
        length = (size_t)(bracket - declaration);
    return length > name_length && declaration[length - name_length - 1] == ' ' &&
           memcmp(declaration + length - name_length, name, name_length) == 0;
}

bool trace_field_find(const char *format, const char *name, struct trace_field *ret) {
    static const char label[] = "field:";
    for (const char *at = strstr(format, label); at; at = strstr(at, label)) {
        at += strlen(label);
        size_t length = strcspn(at, "\n");
        size_t declaration = strcspn(at, ";\n");
        struct trace_field field;
        if (!declares(at, declaration, name))
            continue;
        if (!number_behind(at, length, "\toffset:", &field.offset) ||
            !number_behind(at, length, "\tsize:", &field.size))
            return false;
        *ret = field;
        return true;
    }
    return false;
}

static bool find_number(const char *format, const char *name, struct trace_field *ret) {
    struct trace_field field;
    if (!trace_field_find(format, name, &field) || field.size != sizeof(int32_t))
        return false;
    *ret = field;
    return true;
}

bool trace_format_parse(const char *format, bool of_signal, struct trace_format *ret) {
    struct trace_format found = {0};
    if (!trace_field_find(format, "comm", &found.comm) || found.comm.size != TRACE_NAME_MAX ||
        !find_number(format, "pid", &found.pid))
        return false;
    if (of_signal &&
        (!find_number(format, "code", &found.code) || !find_number(format, "result", &found.result)))
        return false;
    *ret = found;
    return true;
}

static uint32_t number_at(const unsigned char *bytes) {
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return number;
}

/* The field of the raw data; 0 where the data end before it. */
static int32_t raw_number(const unsigned char *raw, size_t length, struct trace_field field) {
    return field.size && field.offset + field.size <= length ? (int32_t)number_at(raw + field.offset) : 0;
}

static void raw_name(const unsigned char *raw, size_t length, struct trace_field field, char *ret) {
    if (field.offset + field.size > length || field.size > TRACE_NAME_MAX)
        return;
    memcpy(ret, raw + field.offset, field.size);
    ret[field.size - 1] = '\0';
}

size_t trace_record_parse(const unsigned char *bytes, size_t length, const struct trace_format *format,
                          struct trace_record *ret) {
    struct perf_event_header header;
    struct trace_record record = {0};
    if (length < sizeof header)
        return 0;
    memcpy(&header, bytes, sizeof header);
    if (header.size < sizeof header || header.size > length)
        return 0;
    if (header.type == PERF_RECORD_SAMPLE && header.size >= RAW_OFFSET) {
        size_t room = header.size - RAW_OFFSET;
        size_t raw_length = number_at(bytes + SIZE_OFFSET);
        const unsigned char *raw = bytes + RAW_OFFSET;
        if (raw_length > room)
            raw_length = room;
        record.is_sample = true;
        record.by_pid = (int32_t)number_at(bytes + TID_OFFSET);
        record.by_tid = (int32_t)number_at(bytes + TID_OFFSET + sizeof(uint32_t));
        memcpy(&record.time_ns, bytes + TIME_OFFSET, sizeof record.time_ns);
        record.pid = raw_number(raw, raw_length, format->pid);
        record.code = raw_number(raw, raw_length, format->code);
        record.result = raw_number(raw, raw_length, format->result);
        raw_name(raw, raw_length, format->comm, record.name);
    }
    if (header.type == PERF_RECORD_LOST && header.size >= LOST_OFFSET + sizeof record.lost)
        memcpy(&record.lost, bytes + LOST_OFFSET, sizeof record.lost);
    *ret = record;
    return header.size;
}
