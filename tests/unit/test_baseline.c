/* The pinned baseline: its exact text, the way back, and one line for everything that is wrong with it. */
#include "unit.h"

#include "base/text.h"
#include "output/baseline.h"

/* As it is written; tests change a piece of it. */
#define HEAD                                                                                                 \
    "{\n"                                                                                                    \
    "  \"created_at\": \"2026-11-23T05:49:15Z\",\n"                                                          \
    "  \"host\": {\n"                                                                                        \
    "    \"architecture\": \"x86_64\",\n"                                                                    \
    "    \"cgroup\": \"v2\",\n"                                                                              \
    "    \"cpus\": 4,\n"                                                                                     \
    "    \"kernel\": \"6.12.1\",\n"                                                                          \
    "    \"page_bytes\": 4096\n"                                                                             \
    "  },\n"
#define METRICS                                                                                              \
    "  \"metrics\": {\n"                                                                                     \
    "    \"needed_bytes\": [\n"                                                                              \
    "      1000,\n"                                                                                          \
    "      1000,\n"                                                                                          \
    "      3000\n"                                                                                           \
    "    ],\n"                                                                                               \
    "    \"peak_bytes\": [\n"                                                                                \
    "      1125899906842624\n"                                                                               \
    "    ]\n"                                                                                                \
    "  },\n"
#define SAMPLING "  \"sampling\": {\n    \"interval_ms\": 10\n  },\n"
#define SCHEMA   "  \"schema\": \"plimsoll.baseline/1\",\n"
#define TARGET                                                                                               \
    "  \"target\": {\n"                                                                                      \
    "    \"argv\": [\n"                                                                                      \
    "      \"./app\",\n"                                                                                     \
    "      \"a \\\"b\\\" \\\\ \\u0009\\u000a\\\\xff\"\n"                                                     \
    "    ],\n"                                                                                               \
    "    \"image\": null,\n"                                                                                 \
    "    \"load\": \"wrk -d 1s\",\n"                                                                         \
    "    \"name\": \"app\",\n"                                                                               \
    "    \"ready\": null\n"                                                                                  \
    "  },\n"
#define TOOL  "  \"tool\": {\n    \"name\": \"plimsoll\",\n    \"version\": \"9.8.7\"\n  }\n}\n"
#define WHOLE HEAD METRICS SAMPLING SCHEMA TARGET TOOL

static int parse(const char *text, struct baseline *ret, struct error *error) {
    return baseline_parse(text, strlen(text), "f", ret, error);
}

/* What the whole is read as, or the test ends. */
static void read_whole(const char *text, struct baseline *ret) {
    struct error error = {0};
    ck_assert_msg(parse(text, ret, &error) == 0, "%s", error.what);
}

TEST(text_and_back) {
    struct baseline read = {0};
    read_whole(WHOLE, &read);
    ck_assert_str_eq(read.created_at, "2026-11-23T05:49:15Z");
    ck_assert_str_eq(read.cgroup, "v2");
    ck_assert_int_eq(read.cpus, 4);
    ck_assert_int_eq(read.needed_bytes.count, 3);
    ck_assert_int_eq(read.needed_bytes.values[2], 3000);
    ck_assert_int_eq(read.peak_bytes.values[0], BASELINE_BYTES_MAX);
    ck_assert_str_eq(read.argv[1], "a \"b\" \\ \t\n\\xff");
    ck_assert_ptr_null(read.argv[2]);
    ck_assert_ptr_null(read.image);
    ck_assert_str_eq(read.load, "wrk -d 1s");
    char *text = baseline_text(&read);
    ck_assert_str_eq(text, WHOLE);
    free(text);
    baseline_free(&read);
}

TEST(a_metric_that_was_not_measured_is_left_out) {
    struct baseline read = {0};
    read_whole(WHOLE, &read);
    read.peak_bytes.count = 0;
    char *text = baseline_text(&read);
    ck_assert_ptr_null(strstr(text, "peak_bytes"));
    struct baseline again = {0};
    read_whole(text, &again);
    ck_assert_int_eq(again.peak_bytes.count, 0);
    free(text);
    baseline_free(&again);
    baseline_free(&read);
}

TEST(values_are_kept_in_order_and_no_more_than_there_is_room_for) {
    struct baseline_values values = {0};
    for (int i = 0; i < BASELINE_VALUES_MAX + 5; i++)
        baseline_add(&values, 1000 - i % 7);
    ck_assert_int_eq(values.count, BASELINE_VALUES_MAX);
    for (int i = 1; i < values.count; i++)
        ck_assert_int_le(values.values[i - 1], values.values[i]);
}

/* Where `from` is replaced by `to`, the message. */
static const struct {
    const char *from;
    const char *to;
    const char *message;
} wrongs[] = {
    {WHOLE, "", "f: empty; a baseline is JSON, schema plimsoll.baseline/1"},
    {WHOLE, " \n\t", "f: empty; a baseline is JSON, schema plimsoll.baseline/1"},
    {WHOLE, "[]", "f:1: an empty list; a baseline is an object"},
    {WHOLE, "7", "f:1: 7; a baseline is an object"},
    {WHOLE, "{}", "f:1: schema: missing, so this is no baseline; it has to be \"plimsoll.baseline/1\""},
    {WHOLE, "{\"schema\": \"plimsoll.baseline/1\"}",
     "f:1: created_at: missing; it has to be a text that is not empty"},
    {WHOLE, "{\"a\": 1, \"schema\": \"plimsoll.result/1\"}",
     "f:1: schema is plimsoll.result/1, which is no baseline; this program reads plimsoll.baseline/1"},
    {"baseline/1", "baseline/2", "f:23: schema is plimsoll.baseline/2, made by another version; this one"},
    {"\"plimsoll.baseline/1\"", "1", "f:23: schema: 1; it has to be \"plimsoll.baseline/1\""},
    {SCHEMA, SCHEMA SCHEMA, "f:24:3: schema is there twice, first at line 23"},
    {"      3000\n", "      3000,\n", "f:1"}, /* the library's own words */
    {"3000", "-3000", "f:14: metrics.needed_bytes[2]: -3000; it has to be whole bytes"},
    {"3000", "3000.5", "f:14: metrics.needed_bytes[2]: 3000.5; it has to be whole bytes"},
    {"3000", "3e3", "f:14: metrics.needed_bytes[2]: 3e3; it has to be whole bytes"},
    {"3000", "\"3000\"", "f:14: metrics.needed_bytes[2]: a text; it has to be whole bytes"},
    {"3000", "null", "f:14: metrics.needed_bytes[2]: null; it has to be whole bytes"},
    {"3000", "0", "f:14: metrics.needed_bytes[2]: 0 bytes; it has to be from 1 to 1125899906842624"},
    {"3000", "1125899906842625",
     "f:14: metrics.needed_bytes[2]: 1125899906842625 bytes; it has to be from 1 to 1125899906842624"},
    {"3000", "99999999999999999999", "f:14: metrics.needed_bytes[2]: 99999999999999999999; it has to be"},
    {"      1125899906842624\n", "", "f:16: metrics.peak_bytes: an empty list; it has to be a list of whole"},
    {METRICS, "  \"metrics\": {},\n", "f:1: metrics: no values; there has to be needed_bytes or peak_bytes"},
    {METRICS, "", "f:1: metrics: missing; it has to be an object"},
    {METRICS, "  \"metrics\": [1],\n", "f:10: metrics: a list; it has to be an object"},
    {"\"peak_bytes\"", "\"cpu_s\"", "f:16: metrics.cpu_s: unknown key; this program writes no such"},
    {"\"peak_bytes\"", "\"needed_bytes\"", "f:16: metrics.needed_bytes: given twice, first at line 11"},
    {"\"v2\"", "\"v3\"", "f:5: host.cgroup: a text; it has to be \"v1\", \"v2\" or \"none\""},
    {"\"cpus\": 4", "\"cpus\": 0", "f:1: host.cpus: 0; it has to be 1 at least"},
    {"\"cpus\": 4", "\"cpus\": 99999", "f:6: host.cpus: 99999; it has to be a whole number up to 65536"},
    {"\"cpus\": 4", "\"cpus\": 04", "f:6"},
    {"\"cpus\": 4", "\"cpus\": true", "f:6: host.cpus: true; it has to be a whole number up to 65536"},
    {"\"x86_64\"", "\"\"", "f:4: host.architecture: an empty text; it has to be a text that is not empty"},
    {"\"x86_64\"", "null", "f:4: host.architecture: null; it has to be a text that is not empty"},
    {"    \"image\": null,\n", "",
     "f:24: target.image: missing; it has to be a text that is not empty, or null"},
    {"\"image\": null", "\"image\": 5",
     "f:29: target.image: 5; it has to be a text that is not empty, or null"},
    {"\"./app\"", "5", "f:26: target.argv: 5; it has to be a list of texts"},
    {"\"./app\"", "\"a\\u0000b\"",
     "f:26: target.argv: a text with a NUL in it; it has to be a list of texts"},
    {"\"name\": \"plimsoll\"", "\"name\": \"peak\"", "f:35: tool.name: a text; it has to be \"plimsoll\""},
    {"\"kernel\"", "\"k\\u001b[31m\"", "f:7: host.k\\x1b[31m: unknown key; this program writes no such"},
};

/* Caller frees. */
static char *replaced(const char *from, const char *to) {
    const char *at = strstr(WHOLE, from);
    ck_assert_msg(at != NULL, "%s: not in it", from);
    return text_format("%.*s%s%s", (int)(at - WHOLE), WHOLE, to, at + strlen(from));
}

TEST(everything_that_is_wrong_is_one_line) {
    for (size_t i = 0; i < COUNT(wrongs); i++) {
        struct baseline read = {0};
        struct error error = {0};
        char *text = replaced(wrongs[i].from, wrongs[i].to);
        ROW(parse(text, &read, &error) == -EINVAL, "%s", wrongs[i].message);
        ROW(text_starts_with(error.what, wrongs[i].message), "\"%s\", not \"%s\"", error.what,
            wrongs[i].message);
        ROW(unit_is_one_line(error.what), "%s", error.what);
        ROW(read.name == NULL && read.needed_bytes.count == 0, "%s: something was read", wrongs[i].message);
        free(text);
    }
}

TEST(what_is_cut_off_anywhere_is_refused) {
    size_t length = strlen(WHOLE) - 2; /* without the bracket and the line end */
    for (size_t cut = 0; cut <= length; cut++) {
        struct baseline read = {0};
        struct error error = {0};
        char *text = text_copy_bytes(WHOLE, cut);
        ROW(parse(text, &read, &error) == -EINVAL && unit_is_one_line(error.what), "after %zu: %s", cut,
            error.what);
        free(text);
    }
}

TEST(bytes_that_are_no_text_are_refused) {
    for (int byte = 0; byte < 256; byte++) {
        struct baseline read = {0};
        struct error error = {0};
        char *text = text_copy(WHOLE);
        text[40] = (char)byte;
        int code = baseline_parse(text, strlen(WHOLE), "f", &read, &error);
        ROW(code == 0 || unit_is_one_line(error.what), "byte %d: %s", byte, error.what);
        ROW(code == 0 || code == -EINVAL, "byte %d: %d", byte, code);
        ROW(byte >= 0x20 && byte < 0x7f ? 1 : code < 0, "byte %d is taken", byte);
        baseline_free(&read);
        free(text);
    }
}

/* ---- can they be compared? ---- */

static const struct {
    const char *from;
    const char *to;
    const char *message; /* NULL: they fit */
} others[] = {
    {"\"x86_64\"", "\"x86_64\"", NULL},
    {"6.12.1", "6.1.0", NULL},
    {"\"cpus\": 4", "\"cpus\": 8", NULL},
    {"3000", "4000", NULL},
    {"\"x86_64\"", "\"aarch64\"", "b: pinned for the architecture aarch64, but this is x86_64"},
    {"\"v2\"", "\"v1\"", "b: pinned for cgroup v1, but this is v2"},
    {"\"v2\"", "\"none\"", "b: pinned for cgroup none, but this is v2"},
    {"4096", "16384", "b: pinned for pages of 16.0 KiB, but this is 4.0 KiB"},
    {"\"name\": \"app\"", "\"name\": \"web\"", "b: pinned for the target web, but this is app"},
    {"\"./app\"", "\"./web\"", "b: pinned for the command ./web "},
    {"      \"./app\",\n", "", "b: pinned for the command "},
    {"\"./app\",", "\"./app\", \"-v\",", "b: pinned for the command ./app -v "},
    {"\"image\": null", "\"image\": \"app:1\"", "b: pinned for the image app:1, but this is (none)"},
    {"\"wrk -d 1s\"", "null", "b: pinned for the load (none), but this is wrk -d 1s"},
    {"\"ready\": null", "\"ready\": \"tcp:80\"", "b: pinned for --ready tcp:80, but this is (none)"},
};

TEST(another_target_or_machine_is_not_compared) {
    struct baseline here = {0};
    read_whole(WHOLE, &here);
    for (size_t i = 0; i < COUNT(others); i++) {
        struct baseline pinned = {0};
        struct error error = {0};
        char *text = replaced(others[i].from, others[i].to);
        read_whole(text, &pinned);
        int code = baseline_check_fits(&pinned, &here, "b", &error);
        ROW(code == (others[i].message ? -EINVAL : 0), "%s: %d", others[i].to, code);
        ROW(!others[i].message ||
                (text_starts_with(error.what, others[i].message) && error_remedy(&error).s[0]),
            "%s: \"%s\"", others[i].to, error.what);
        baseline_free(&pinned);
        free(text);
    }
    baseline_free(&here);
}

TEST(what_else_differs_is_told) {
    struct baseline pinned = {0};
    struct baseline here = {0};
    read_whole(WHOLE, &pinned);
    read_whole(WHOLE, &here);
    ck_assert_ptr_null(baseline_differences(&pinned, &here));
    here.cpus = 1;
    here.interval_ms = 0; /* of a result it is not told */
    char *text = baseline_differences(&pinned, &here);
    ck_assert_str_eq(text, "4 CPUs (here 1)");
    free(text);
    free(here.kernel);
    here.kernel = text_copy("6.1");
    here.interval_ms = 100;
    text = baseline_differences(&pinned, &here);
    ck_assert_str_eq(text, "4 CPUs (here 1), Linux 6.12.1 (here 6.1), readings each 10 ms (here 100)");
    free(text);
    baseline_free(&pinned);
    baseline_free(&here);
}

TEST(described_and_read_back_it_fits) {
    char app[] = "./app";
    char odd[] = "\xff\x01 \"";
    char load[] = "x\ny";
    char *argv[] = {app, odd, NULL};
    struct result result = {.name = app, .argv = argv, .load = load};
    snprintf(result.host.kernel, sizeof result.host.kernel, "6.1");
    snprintf(result.host.cgroup, sizeof result.host.cgroup, "v1");
    result.host.cpus = 2;
    result.host.page_bytes = 4096;
    struct baseline made = {0};
    struct baseline read = {0};
    struct error error = {0};
    baseline_describe(&result, 10000000, &made);
    ck_assert_int_eq(made.interval_ms, 10);
    /* A result of before the architecture was told is compared with nothing. */
    ck_assert_int_eq(baseline_check_fits(&made, &made, "b", &error), -EINVAL);
    baseline_free(&made);
    snprintf(result.host.architecture, sizeof result.host.architecture, "riscv64");
    baseline_describe(&result, 10000000, &made);
    baseline_add(&made.needed_bytes, 5);
    char *text = baseline_text(&made);
    ck_assert_int_eq(unit_is_utf8(text), 1);
    read_whole(text, &read);
    ck_assert_msg(baseline_check_fits(&read, &made, "b", &error) == 0, "%s", error.what);
    free(text);
    baseline_free(&made);
    baseline_free(&read);
}

/* ---- the file ---- */

TEST(the_file_is_replaced_whole) {
    char *folder = unit_make_dir();
    char *path = text_format("%s/b.json", folder);
    char *link = text_format("%s/link.json", folder);
    struct baseline whole = {0};
    struct baseline read = {0};
    struct error error = {0};
    read_whole(WHOLE, &whole);
    ck_assert_int_eq(baseline_read(path, &read, &error), -ENOENT);
    ck_assert_int_eq(baseline_check_writable(path, &error), 0);
    ck_assert_int_eq(baseline_write(path, &whole, &error), 0);
    ck_assert_int_eq(symlink("b.json", link), 0);
    baseline_add(&whole.needed_bytes, 7);
    ck_assert_int_eq(baseline_check_writable(link, &error), 0);
    ck_assert_int_eq(baseline_write(link, &whole, &error), 0);
    ck_assert_int_eq(baseline_read(path, &read, &error), 0);
    ck_assert_int_eq(read.needed_bytes.values[0], 7);
    struct stat status;
    ck_assert_int_eq(lstat(link, &status), 0);
    ck_assert_msg(S_ISLNK(status.st_mode), "the link was replaced by a file");
    baseline_free(&read);
    baseline_free(&whole);
    unit_remove_dir(folder);
    free(folder);
    free(path);
    free(link);
}

TEST(what_is_no_baseline_is_not_overwritten) {
    static const struct {
        const char *text;
        bool may;
    } rows[] = {
        {"", true},
        {"{\"name\": \"my-package\"}", false},
        {"{\"schema\": \"plimsoll.result/1\"}", false},
        {"{\"schema\": \"plimsoll.baseline/1\", \"metr", true},
        {"{\"schema\": \"plimsoll.baseline/2\"}", true},
        {"{\n<<<<<<< ours\n  \"created_at\": \"x\",\n  \"schema\": \"plimsoll.baseline/1\",\n", true},
        {"{\"tool\": {}, \"schema\": \"plimsoll.baseline/1\"}", true},
        /* those only speak of one */
        {"{\"properties\": {\"schema\": {\"const\": \"plimsoll.baseline/1\"}}}", false},
        {"{\"properties\": {\"schema\": \"plimsoll.baseline/1\"}}", false},
        {"{\"properties\": {\"schema\": \"plimsoll.baseline/1\"", false},
        {"{\"schema\": [\"plimsoll.baseline/1\"]}", false},
        {"[\"schema\", \"plimsoll.baseline/1\"]", false},
        {"assert doc == {\"schema\": \"plimsoll.baseline/1\"}", false},
    };
    char *folder = unit_make_dir();
    char *path = text_format("%s/b.json", folder);
    struct error error = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        unit_write_file(folder, "b.json", rows[i].text, 0644);
        ROW((baseline_check_writable(path, &error) == 0) == rows[i].may, "%s", rows[i].text);
    }
    ck_assert_int_lt(baseline_check_writable(folder, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.what, "a folder; give a file"));
    ck_assert_int_lt(baseline_check_writable("/no/such/folder/b.json", &error), 0);
    ck_assert_int_lt(baseline_check_writable("/dev/null", &error), 0);
    struct baseline read = {0};
    ck_assert_int_eq(baseline_read("/dev/zero", &read, &error), -EINVAL);
    unit_remove_dir(folder);
    free(folder);
    free(path);
}

UNIT_MAIN("baseline", text_and_back, a_metric_that_was_not_measured_is_left_out,
          values_are_kept_in_order_and_no_more_than_there_is_room_for, everything_that_is_wrong_is_one_line,
          what_is_cut_off_anywhere_is_refused, bytes_that_are_no_text_are_refused,
          another_target_or_machine_is_not_compared, what_else_differs_is_told,
          described_and_read_back_it_fits, the_file_is_replaced_whole, what_is_no_baseline_is_not_overwritten)
