/* Records of the kernel's tracepoints signal:signal_generate and sched:sched_process_exit, as perf events
 * hand them on (perf_event_open(2), "MMAP layout"): who sent a SIGKILL, and what those were called that are
 * gone. Where the fields of a tracepoint lie is told by the file "format" beside it in tracefs:
 *
 *   \tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;
 *
 * Layer: kernel/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_NAME_MAX 16 /* TASK_COMM_LEN */

/* Where a field lies in the raw data. */
struct trace_field {
    size_t offset;
    size_t size;
};

/* Finds the field of that name. False where the format does not tell it, or tells nonsense. */
bool trace_field_find(const char *format, const char *name, struct trace_field *ret);

/* The fields that are read. In both tracepoints `comm` and `pid` are of the thread it happened to. */
struct trace_format {
    struct trace_field comm;
    struct trace_field pid;
    struct trace_field code;   /* signal_generate alone */
    struct trace_field result; /* likewise */
};

/* Of signal_generate with `of_signal`, else of sched_process_exit. False where a field is missing. */
bool trace_format_parse(const char *format, bool of_signal, struct trace_format *ret);

/* si_code of what the kernel sends by itself (SI_KERNEL): the OOM killer, RLIMIT_CPU, the end of a pid
 * namespace. kill(2) has SI_USER, 0; tgkill(2) SI_TKILL, -6. */
#define TRACE_CODE_KERNEL 0x80

/* TRACE_SIGNAL_DELIVERED of include/trace/events/signal.h; else it changed nothing: ignored, or already
 * pending. */
#define TRACE_DELIVERED 0

/* One record. */
struct trace_record {
    bool is_sample; /* else it is one of the ring's own, and nothing below is set but `lost` */
    uint64_t lost;  /* so many found no room in the ring before this one */
    int64_t time_ns;
    int32_t by_pid;            /* the process in whose context it happened: the sender, or who exits */
    int32_t by_tid;            /* its thread */
    int32_t pid;               /* the thread that it happened to */
    char name[TRACE_NAME_MAX]; /* of that thread */
    int32_t code;
    int32_t result;
};

/* Reads one record of a perf ring whose events sample PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW.
 * Returns its length, 0 where the bytes do not begin with a whole record. */
size_t trace_record_parse(const unsigned char *bytes, size_t length, const struct trace_format *format,
                          struct trace_record *ret);
