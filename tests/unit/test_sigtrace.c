/* kernel/sigtrace: recorded records and formats of tracepoints, whole, cut off and broken. */
#include "kernel/sigtrace.h"

#include "unit.h"

/* Linux 6.18. */
#define COMMON                                                                                               \
    "name: signal_generate\nID: 261\nformat:\n"                                                              \
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                                   \
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                                   \
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"                           \
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define SIGNAL_FORMAT                                                                                        \
    COMMON "\tfield:int sig;\toffset:8;\tsize:4;\tsigned:1;\n"                                               \
           "\tfield:int errno;\toffset:12;\tsize:4;\tsigned:1;\n"                                            \
           "\tfield:int code;\toffset:16;\tsize:4;\tsigned:1;\n"                                             \
           "\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;\n"                                       \
           "\tfield:pid_t pid;\toffset:36;\tsize:4;\tsigned:1;\n"                                            \
           "\tfield:int group;\toffset:40;\tsize:4;\tsigned:1;\n"                                            \
           "\tfield:int result;\toffset:44;\tsize:4;\tsigned:1;\n\n"                                         \
           "print fmt: \"sig=%d errno=%d code=%d comm=%s pid=%d grp=%d res=%d\", REC->sig, REC->errno\n"

/* Of a ring of 6.18: process 25770 killed its child 25771, "kp". */
static const unsigned char recorded[] = {
    0x09, 0,    0, 0, 0x01, 0,    0x50, 0, 0xaa, 0x64, 0, 0, 0xaa, 0x64, 0, 0, 0x6d, 0x0b, 0x23, 0x6d,
    0x01, 0x2c, 0, 0, 0x34, 0,    0,    0, 0x05, 0x01, 1, 2, 0xaa, 0x64, 0, 0, 0x09, 0,    0,    0,
    0,    0,    0, 0, 0,    0,    0,    0, 0x6b, 0x70, 0, 0, 0,    0,    0, 0, 0,    0,    0,    0,
    0,    0,    0, 0, 0xab, 0x64, 0,    0, 0x01, 0,    0, 0, 0,    0,    0, 0, 0,    0,    0,    0};

TEST(fields_are_found_by_their_whole_name) {
    static const struct {
        const char *name;
        bool found;
        size_t offset;
        size_t size;
    } rows[] = {{"sig", true, 8, 4},     {"comm", true, 20, 16},     {"pid", true, 36, 4},
                {"result", true, 44, 4}, {"common_pid", true, 4, 4}, {"common_type", true, 0, 2},
                {"si", false, 0, 0},     {"int", false, 0, 0},       {"id", false, 0, 0},
                {"", false, 0, 0},       {"nothing", false, 0, 0},   {"comm[16]", false, 0, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trace_field field = {0};
        bool found = trace_field_find(SIGNAL_FORMAT, rows[i].name, &field);
        ROW(found == rows[i].found && field.offset == rows[i].offset && field.size == rows[i].size,
            "%s: %d, %zu, %zu", rows[i].name, found, field.offset, field.size);
    }
}

TEST(a_format_that_lacks_something_is_refused) {
    struct trace_format format;
    ROW(trace_format_parse(SIGNAL_FORMAT, true, &format), "refused");
    ROW(format.code.offset == 16 && format.result.offset == 44, "%zu, %zu", format.code.offset,
        format.result.offset);
    static const char *const refused[] = {
        "",
        COMMON,
        "\tfield:char comm[16];\toffset:20;\tsize:16;\n",
        "\tfield:char comm[16];\toffset:20;\tsize:16;\n\tfield:pid_t pid;\toffset:36;\tsize:4;\n",
        "\tfield:char comm[16];\toffset:20;\tsize:16;\n\tfield:pid_t pid;\toffset:36;\tsize:8;\n"
        "\tfield:int code;\toffset:16;\tsize:4;\n\tfield:int result;\toffset:44;\tsize:4;\n",
        "\tfield:char comm[16];\toffset:99999;\tsize:16;\n\tfield:pid_t pid;\toffset:36;\tsize:4;\n",
        "\tfield:char comm[16];\toffset:20;\n\tfield:pid_t pid;\toffset:36;\tsize:4;\n",
    };
    for (size_t i = 0; i < COUNT(refused); i++)
        ROW(!trace_format_parse(refused[i], true, &format), "taken: %s", refused[i]);
    ROW(trace_format_parse(refused[3], false, &format), "of an exit no code is asked for");
}

TEST(a_recorded_kill_is_read) {
    struct trace_format format;
    struct trace_record record = {0};
    ck_assert(trace_format_parse(SIGNAL_FORMAT, true, &format));
    ROW(trace_record_parse(recorded, sizeof recorded, &format, &record) == sizeof recorded, "another length");
    ROW(record.is_sample && record.by_pid == 25770 && record.by_tid == 25770 && record.pid == 25771 &&
            record.code == 0 && record.result == TRACE_DELIVERED,
        "%d by %d: code %d, result %d", record.pid, record.by_pid, record.code, record.result);
    ROW(record.time_ns == 0x2c016d230b6d, "%lld", (long long)record.time_ns);
    ROW_TEXT(record.name, "kp", "name");
}

TEST(records_that_are_no_kill) {
    struct trace_format format;
    struct trace_record record = {.pid = 1};
    ck_assert(trace_format_parse(SIGNAL_FORMAT, true, &format));
    unsigned char bytes[sizeof recorded];
    memcpy(bytes, recorded, sizeof bytes);
    bytes[0] = 3; /* PERF_RECORD_COMM */
    ROW(trace_record_parse(bytes, sizeof bytes, &format, &record) == sizeof bytes && !record.is_sample &&
            record.pid == 0 && record.lost == 0,
        "a record of the ring's own");
    static const unsigned char lost[] = {2, 0, 0, 0, 0, 0, 24, 0, 7, 0, 0, 0,
                                         0, 0, 0, 0, 5, 1, 0,  0, 0, 0, 0, 0};
    ROW(trace_record_parse(lost, sizeof lost, &format, &record) == sizeof lost && !record.is_sample &&
            record.lost == 261,
        "%llu lost", (unsigned long long)record.lost);
    memcpy(bytes, lost, sizeof lost);
    bytes[6] = 16; /* too short for a number */
    ROW(trace_record_parse(bytes, sizeof bytes, &format, &record) == 16 && record.lost == 0, "%llu lost",
        (unsigned long long)record.lost);
    /* A name without an end, and data shorter than the fields. */
    memcpy(bytes, recorded, sizeof bytes);
    memset(bytes + 48, 'x', 16);
    trace_record_parse(bytes, sizeof bytes, &format, &record);
    ROW(strlen(record.name) == 15, "%zu letters", strlen(record.name));
    bytes[24] = 24;
    trace_record_parse(bytes, sizeof bytes, &format, &record);
    ROW(record.is_sample && record.pid == 0 && !record.name[0] && record.by_pid == 25770, "pid %d",
        record.pid);
    bytes[24] = bytes[25] = bytes[26] = bytes[27] = 0xff; /* more data than the record holds */
    trace_record_parse(bytes, sizeof bytes, &format, &record);
    ROW(record.pid == 25771, "pid %d", record.pid);
}

/* Every cut and every broken byte: read within the bytes (the sanitizer sees to that), and never beyond them.
 */
TEST(broken_records_do_no_harm) {
    struct trace_format format;
    struct trace_record record;
    ck_assert(trace_format_parse(SIGNAL_FORMAT, true, &format));
    for (size_t length = 0; length < sizeof recorded; length++) {
        unsigned char *cut = malloc(length ? length : 1);
        memcpy(cut, recorded, length);
        ROW(trace_record_parse(cut, length, &format, &record) == 0, "cut to %zu bytes", length);
        free(cut);
    }
    for (size_t at = 0; at < sizeof recorded; at++) {
        for (int value = 0; value < 256; value += 5) {
            unsigned char *broken = malloc(sizeof recorded);
            memcpy(broken, recorded, sizeof recorded);
            broken[at] = (unsigned char)value;
            size_t taken = trace_record_parse(broken, sizeof recorded, &format, &record);
            ROW(taken <= sizeof recorded, "byte %zu as %d: %zu", at, value, taken);
            free(broken);
        }
    }
}

UNIT_MAIN("sigtrace", fields_are_found_by_their_whole_name, a_format_that_lacks_something_is_refused,
          a_recorded_kill_is_read, records_that_are_no_kill, broken_records_do_no_harm)
