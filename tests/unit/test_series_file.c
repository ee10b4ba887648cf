/* Series that were recorded elsewhere: literals, what real tools wrote, and 20,000 ways to spoil that. */
#include "unit.h"

#include <inttypes.h>
#include <time.h>

#include "analysis/leak_trial.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "output/samples.h"
#include "output/series_build.h"
#include "output/series_cell.h"
#include "output/series_file.h"

/* 2026-11-23T05:00:00Z */
#define MOMENT ((int64_t)1795410000)

static int read_bytes(const char *text, size_t length, struct series_file *ret, struct error *error) {
    CLEANUP_FREE char *copy =
        malloc(length + 1); /* may hold NULs; of this size, so that nothing reads past it */
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    CLEANUP_FCLOSE FILE *stream = length ? fmemopen(copy, length, "r") : fopen("/dev/null", "re");
    ck_assert_ptr_nonnull(stream);
    *error = (struct error){0};
    return series_file_read_stream(stream, "rec", ret, error);
}

static int read_text(const char *text, struct series_file *ret, struct error *error) {
    return read_bytes(text, strlen(text), ret, error);
}

static char *fixture_path(const char *name) {
    return text_format("%s/series/%s", getenv("PLIMSOLL_FIXTURES"), name);
}

static void read_fixture(const char *name, struct series_file *ret) {
    CLEANUP_FREE char *path = fixture_path(name);
    struct error error;
    ck_assert_msg(series_file_read(path, ret, &error) == 0, "%s: %s", name, error.what);
}

static bool has_note(char *const *notes, size_t count, const char *piece) {
    for (size_t i = 0; i < count; i++)
        if (strstr(notes[i], piece))
            return true;
    return false;
}

/* "0:100 10:- 20:200*" of a series: seconds, bytes, restarts. */
static char *points_text(const struct leak_series *series) {
    struct strbuf text = {0};
    strbuf_add(&text, "");
    for (size_t i = 0; i < series->count; i++) {
        const struct leak_point *point = &series->points[i];
        strbuf_addf(&text, "%s%g:", i ? " " : "", (double)point->time_ns / 1e9);
        if (point->bytes.known)
            strbuf_addf(&text, "%" PRId64, point->bytes.value);
        else
            strbuf_add(&text, "-");
        strbuf_add(&text, point->restarted ? "*" : "");
    }
    return text.text;
}

/* ---- cells ---- */

TEST(times_in_many_spellings) {
    static const struct {
        const char *text;
        int64_t ns;
        bool absolute;
    } rows[] = {
        {"0", 0, false},
        {"10.5", 10500000000, false},
        {"1e1", 10000000000, false},
        {".25", 250000000, false},
        {" 7 ", 7000000000, false},
        {"1795410000", MOMENT * NS_PER_S, true},
        {"1795410000.123", MOMENT * NS_PER_S + 123000000, true},
        {"1795410000123", MOMENT * NS_PER_S + 123000000, true},
        {"1795410000123456", MOMENT * NS_PER_S + 123456000, true},
        {"1795410000123456789", MOMENT * NS_PER_S + 123456789, true},
        {"2026-11-23T05:00:00Z", MOMENT * NS_PER_S, true},
        {"2026-11-23t05:00:00z", MOMENT * NS_PER_S, true},
        {"2026-11-23 05:00:00", MOMENT * NS_PER_S, true},
        {"2026-11-23T05:00Z", MOMENT * NS_PER_S, true},
        {"2026-11-23T06:00:00+01:00", MOMENT * NS_PER_S, true},
        {"2026-11-22 23:30:00 -0530", MOMENT * NS_PER_S, true},
        {"2026-11-23T05:00:00.5Z", MOMENT * NS_PER_S + 500000000, true},
        {"2026-11-23T05:00:00,123456789123Z", MOMENT * NS_PER_S + 123456789, true},
        {"2026-11-23 05:00:00 UTC", MOMENT * NS_PER_S, true},
        {"2026-11-23T04:59:60Z", MOMENT * NS_PER_S, true},
        {"2028-02-29T00:00:00Z", 1835395200 * NS_PER_S, true},
    };
    static const char *const zones[] = {"UTC", "America/St_Johns", "Europe/Berlin"};
    for (size_t zone = 0; zone < COUNT(zones); zone++) {
        setenv("TZ", zones[zone], 1);
        tzset();
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct cell_clock clock = {0};
            int64_t ns = -1;
            ROW(cell_time(rows[i].text, &clock, &ns) && ns == rows[i].ns &&
                    clock.absolute == rows[i].absolute,
                "%s in %s: %" PRId64, rows[i].text, zones[zone], ns);
        }
    }
    unsetenv("TZ");
}

TEST(the_first_number_decides_the_unit) {
    struct cell_clock clock = {0};
    int64_t ns;
    ck_assert(cell_time("1795410000000", &clock, &ns));
    ck_assert(cell_time("5000", &clock, &ns));
    ck_assert_int_eq(ns, 5 * NS_PER_S);
}

TEST(what_is_no_time) {
    static const char *const rows[] = {"",
                                       " ",
                                       "-1",
                                       "-0",
                                       "abc",
                                       "nan",
                                       "inf",
                                       "0x10",
                                       "1e400",
                                       "1e30",
                                       "1.2.3",
                                       "10s",
                                       "e5",
                                       ".",
                                       "2026-11-23",
                                       "2026-02-29T00:00:00Z",
                                       "2026-13-01T00:00:00Z",
                                       "2026-00-01T00:00:00Z",
                                       "2026-11-31T00:00:00Z",
                                       "2026-11-23T24:00:00Z",
                                       "2026-11-23T05:60:00Z",
                                       "2026-11-23T05:00:61Z",
                                       "2026-11-23T05:00:00X",
                                       "2026-11-23T05:00:00+1",
                                       "2026-11-23T05:00:00+25:00",
                                       "1969-12-31T23:59:59Z",
                                       "9999-12-31T23:59:59Z",
                                       "2026-11-23T05:00:00Z and more"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cell_clock clock = {0};
        int64_t ns = 77;
        ROW(!cell_time(rows[i], &clock, &ns) && ns == 77 && !clock.unit_ns && !clock.absolute, "%s: %" PRId64,
            rows[i], ns);
    }
}

TEST(bytes_in_many_spellings) {
    static const struct {
        const char *text;
        int64_t bytes; /* -1: a gap */
        double step;
    } rows[] = {
        {"0", 0, 1},
        {"123456789", 123456789, 1},
        {"1.234e+08", 123400000, 100000},
        {"1.5", 2, 0.1},
        {"512Mi", 512 * MIB, MIB},
        {"12.34MiB", 12939428, 0.01 * MIB},
        {"12.3 MiB", 12897485, 0.1 * MIB},
        {"312KiB", 312 * KIB, KIB},
        {"312kB", 312000, 1000},
        {"1.2GB", 1200000000, 1e8},
        {"64 B", 64, 1},
        {"64 bytes", 64, 1},
        {"1E", 1000000000000000000, 1e18},
        {" 5 ", 5, 1},
        {"+5", 5, 1},
        {"", -1, 1},
        {"NaN", -1, 1},
        {"null", -1, 1},
        {"-", -1, 1},
        {"N/A", -1, 1},
        {"--", -1, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cell_bytes cell = {0};
        struct error error = {0};
        int code = cell_bytes(rows[i].text, &cell, &error);
        int64_t got = cell.bytes.known ? cell.bytes.value : -1;
        ROW(code == 0 && got == rows[i].bytes && cell.step > rows[i].step * 0.999999 &&
                cell.step < rows[i].step * 1.000001,
            "%s: %d, %" PRId64 ", %g, %s", rows[i].text, code, got, cell.step, error.what);
    }
}

TEST(what_is_no_number_of_bytes) {
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"abc", "abc: not a quantity"},
        {"-5", "-5: negative"},
        {"-1e9", "-1e9: negative"},
        {"inf", "inf: not a quantity"},
        {"+Inf", "+Inf: not a quantity"},
        {"1e30", "1e30: out of range"},
        {"9223372036854775808", "out of range"},
        {"1e999999999999", "out of range"},
        {"64Mb", "did you mean 64Mi"},
        {"1,234", "not a quantity"},
        {"12 34", "not a quantity"},
        {"0x10", "not a quantity"},
        {"1e5MiB", "not a quantity"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cell_bytes cell = {.step = 77};
        struct error error = {0};
        int code = cell_bytes(rows[i].text, &cell, &error);
        ROW(code < 0 && cell.step == 77 && strstr(error.what, rows[i].message), "%s: %d, %s", rows[i].text,
            code, error.what);
    }
}

/* ---- CSV ---- */

TEST(lines_of_cells) {
    static const struct {
        const char *text;
        const char *points;
        enum leak_measure measure;
        int64_t resolution;
    } rows[] = {
        {"0,100000\n10,200000\n", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"0,100000\n10,200000", "0:100000", MEASURE_UNKNOWN, 0},
        {"0,100000\n10,200000\n20,3", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"0,100000\n10,200000\n2026-11-", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"time,rss\n0,100000\n10,\"20", "0:100000", MEASURE_RSS, 0},
        {"0,100000\n# the end", "0:100000", MEASURE_UNKNOWN, 0},
        {"0,100000", "0:100000", MEASURE_UNKNOWN, 0},
        {"\xef\xbb\xbf"
         "0,100000\r\n10,200000\r\n",
         "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"# made by hand\n\n5,100000\n# more\n15,200000\n", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"0;100000\n0,5;200000\n", "0:100000 0.5:200000", MEASURE_UNKNOWN, 0},
        {"0\t100000\n10\t200000\n", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"0 100000\n10   200000 \n", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"  0 100000\n 10 \t 200000\n", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"\"0\",\"100000\"\n\"10\" , \"200000\"\n", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"0,100000,x\n10,200000,\"y \"\"z\"\", a\"\n", "0:100000 10:200000", MEASURE_UNKNOWN, 0},
        {"0,100000\n10,\n20,NaN\n30,200000\n", "0:100000 10:- 20:- 30:200000", MEASURE_UNKNOWN, 0},
        {"2026-11-23T05:00:00Z,100000\n2026-11-23T07:00:10+02:00,200000\n", "0:100000 10:200000",
         MEASURE_UNKNOWN, 0},
        {"2026-11-23 05:00:00 100000\n2026-11-23 05:00:10 200000\n", "0:100000 10:200000", MEASURE_UNKNOWN,
         0},
        {"2026-11-23 05:00:00 +0000 100000\n2026-11-23 06:00:10 +0100 200000\n", "0:100000 10:200000",
         MEASURE_UNKNOWN, 0},
        {"1795410000000,100000\n1795410010500,200000\n", "0:100000 10.5:200000", MEASURE_UNKNOWN, 0},
        {"time,rss\n0,100000\n10,200000\n", "0:100000 10:200000", MEASURE_RSS, 0},
        {"time,rss\n0,100000\ntime,rss\n10,200000\n", "0:100000 10:200000", MEASURE_RSS, 0},
        {"Time;container_memory_usage_bytes\n0;100000\n", "0:100000", MEASURE_USAGE, 0},
        {"t,container_memory_working_set_bytes\n0,100000\n", "0:100000", MEASURE_WORKING_SET, 0},
        {"time,cpu,rss_kib\n0,3.5,100\n10,99,200.5\n", "0:102400 10:205312", MEASURE_RSS, 102},
        {"time,cpu_usage,mem\n0,3.5,100000\n", "0:100000", MEASURE_UNKNOWN, 0},
        {"time_ms,bytes\n0,100000\n500,200000\n", "0:100000 0.5:200000", MEASURE_UNKNOWN, 0},
        {"minutes,bytes\n0,100000\n2,200000\n", "0:100000 120:200000", MEASURE_UNKNOWN, 0},
        {"time,value\n0,1.5Mi\n10,2Mi\n", "0:1572864 10:2097152", MEASURE_UNKNOWN, 104857},
        {"0,12.3 MiB\n10,1.25 GiB\n", "0:12897485 10:1342177280", MEASURE_UNKNOWN, 10737418},
        {"0,1.234e+08\n10,1.2345e+08\n", "0:123400000 10:123450000", MEASURE_UNKNOWN, 10000},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_file file = {0};
        struct error error;
        int code = read_text(rows[i].text, &file, &error);
        ROW(code == 0 && file.count == 1, "%s: %d, %s", rows[i].text, code, error.what);
        if (code == 0) {
            const struct leak_series *series = &file.records[0].series;
            CLEANUP_FREE char *points = points_text(series);
            ROW_TEXT(points, rows[i].points, rows[i].text);
            ROW(series->measure == rows[i].measure && series->resolution_bytes == rows[i].resolution,
                "%s: %s, %" PRId64, rows[i].text, leak_measure_name(series->measure),
                series->resolution_bytes);
            ROW(!series->name && !series->by_cycle && !series->limit_bytes.known, "%s", rows[i].text);
        }
        series_file_free(&file);
    }
}

/* "web[0:1 10:2] worker[...]" of all series. */
static char *all_text(const struct series_file *file) {
    struct strbuf text = {0};
    strbuf_add(&text, "");
    for (size_t i = 0; i < file->count; i++) {
        const struct leak_series *series = &file->records[i].series;
        CLEANUP_FREE char *points = points_text(series);
        strbuf_addf(&text, "%s%s[%s]", i ? " " : "", series->name ? series->name : "", points);
    }
    return text.text;
}

TEST(columns_of_which_each_is_a_series) {
    static const struct {
        const char *text;
        const char *series;
        const char *note; /* NULL: no column is told of */
    } rows[] = {
        {"time,worker,web\n0,100000,200000\n10,100001,200002\n",
         "worker[0:100000 10:100001] web[0:200000 10:200002]", NULL},
        {"\"Time\",\"{pod=\"\"memcached-1\"\"}\",\"{pod=\"\"cpu-2\"\"}\"\n0,100000,\n10,,200000\n",
         "{pod=\"memcached-1\"}[0:100000 10:-] {pod=\"cpu-2\"}[0:- 10:200000]", NULL},
        {"Time;rss{pod=\"a\"};rss{pod=\"b\"};cpu_seconds\n0;100000;200000;5\n",
         "rss{pod=\"a\"}[0:100000] rss{pod=\"b\"}[0:200000]", "Not read: column 4, cpu_seconds."},
        {"time,cpu,web,threads\n0,3.5,100000,70000\n", "[0:100000]",
         "Not read: column 2, cpu; column 4, threads."},
        {"time,rx_bytes,heap,free_bytes\n0,100000,200000,3\n", "[0:200000]", "Read is column 3, heap."},
        {"time,a_mb,b_kib\n0,1.5,2000\n", "a_mb[0:1572864] b_kib[0:2048000]",
         "By its header, b_kib, one is taken as 1024 bytes."},
        {"time,web,web,\n0,100000,200000,300000\n",
         "web (column 2)[0:100000] web (column 3)[0:200000] column 4[0:300000]", NULL},
        {"time,web,users\n0,100000,7\n", "web[0:100000]", "could be the bytes of a program: users."},
        {"time,web,api,what\n0,100000,200000,\n10,100001,,deployed\n",
         "web[0:100000 10:100001] api[0:200000 10:-]",
         "Not read, as its cells are no numbers: column 4, what."},
        {"time,web,api\n0,100000,200000\n10,100001\n", "web[0:100000 10:100001] api[0:200000 10:-]", NULL},
        {"0,100000,200000\n10,100001,200002\n", "[0:100000 10:100001]",
         "Only column 2 is read, as no header names the others: column 3."},
        {"0,100000,x\n", "[0:100000]", NULL},
        {"time,rss,remark\n0,100000,up\n10,100001,down\n", "[0:100000 10:100001]", NULL},
        /* A line for each target. */
        {"time,pod,memory_bytes\n0,web-1,100000\n0,web-2,200000\n10,web-1,100001\n10,web-2,200002\n",
         "web-1[0:100000 10:100001] web-2[0:200000 10:200002]", "Read is column 3, memory_bytes."},
        {"time,pod,memory_bytes\n10,a,100000\n20,a,100001\n10,b,200000\n",
         "a[0:100000 10:100001] b[0:200000]", "Read is column 3, memory_bytes."},
        {"time,namespace,pod,rss,heap\n0,shop,a,100000,80000\n0,shop,b,200000,90000\n",
         "shop/a rss[0:100000] shop/a heap[0:80000] shop/b rss[0:200000] shop/b heap[0:90000]", NULL},
        {"time,rss,pod\n0,100000,a\n0,200000,b\n", "a[0:100000] b[0:200000]", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_file file = {0};
        struct error error;
        int code = read_text(rows[i].text, &file, &error);
        ROW(code == 0, "%s: %d, %s", rows[i].text, code, error.what);
        CLEANUP_FREE char *got = all_text(&file);
        ROW_TEXT(got, rows[i].series, rows[i].text);
        ROW(has_note(file.notes, file.note_count, rows[i].note ? rows[i].note : "column") ==
                (rows[i].note != NULL),
            "%s: %s", rows[i].text, rows[i].note ? rows[i].note : "a note");
        series_file_free(&file);
    }
}

TEST(too_many_columns_or_targets_are_refused) {
    struct series_file file = {0};
    struct error error;
    struct strbuf text = {0};
    strbuf_add(&text, "time");
    for (int i = 0; i < 1024; i++)
        strbuf_add(&text, ",a");
    ck_assert_int_eq(read_text(text.text, &file, &error), -EINVAL);
    ck_assert_msg(strstr(error.what, "rec:1: more than 1024 columns; give fewer"), "%s", error.what);
    strbuf_free(&text);
    strbuf_add(&text, "time,what,rss\n");
    for (int i = 0; i < 1001; i++)
        strbuf_addf(&text, "%d,remark-%d,100000\n", i, i);
    ck_assert_int_eq(read_text(text.text, &file, &error), -EINVAL);
    ck_assert_msg(strstr(error.what, "rec:1002: more than 1000 series; give time and bytes"), "%s",
                  error.what);
    strbuf_free(&text);
}

TEST(lines_that_are_refused) {
    static const struct {
        const char *text;
        int code;
        const char *message;
    } rows[] = {
        {"", -ENODATA, "rec: no data: an empty file"},
        {"\n\n# nothing\n", -ENODATA, "rec: no data"},
        {"time,bytes\n", -ENODATA, "rec: no data: no line of time and bytes"},
        {"0,NaN\n1,\n", -ENODATA, "rec: no data"},
        {"hello\n", -EINVAL, "rec:1: hello: not a series; give time and bytes"},
        {"1\n2\n", -EINVAL, "rec:1: 1: not a series"},
        {"0,100000\n10\n", -EINVAL, "rec:2: 1 cell; a line is time and bytes"},
        {"0,100000\nten,200000\n", -EINVAL, "rec:2: ten: not a time"},
        {"0,100000\n,200000\n", -EINVAL, "rec:2: (empty): not a time"},
        {"0,100000\n10,lots\n", -EINVAL, "rec:2: lots: not a quantity"},
        {"0,100000\n10,-5\n", -EINVAL, "rec:2: -5: negative"},
        {"0,100000\n10,Inf\n", -EINVAL, "rec:2: Inf: not a quantity"},
        {"0,100000\n10,1e300\n", -EINVAL, "rec:2: 1e300: out of range"},
        {"0,100000\n1e300,5\n", -EINVAL, "rec:2: 1e300: not a time"},
        {"0;100000\n1;1,5\n", -EINVAL, "rec:2: 1,5: write a decimal point, and no other"},
        {"time;rss_mb\n0;200,2\n", -EINVAL, "rec:2: 200,2: write a decimal point"},
        {"time;web;api\n0;100000;2000000,5\n", -EINVAL, "rec:2: 2000000,5: write a decimal point"},
        {"0,\"100000\n", -EINVAL, "rec:1: a quote is not closed"},
        {"0,\"100000\"5\n", -EINVAL, "rec:1: 5: stands behind a closed quote"},
        {"10,100000\n20,100000\n15,200000\n", -EINVAL, "rec:3: the time goes back, by 5.00 s; sort"},
        {"20,100000\n10,200000\n", -EINVAL, "rec:2: the time goes back"},
        {"0,12.5\n10,13.5\n", -EINVAL, "the largest value in column 2 is 14: those are no bytes"},
        {"0,0\n10,0\n", -EINVAL, "the largest value in column 2 is 0"},
        {"\x1f\x8b\x08zz", -EINVAL, "rec:1: compressed; unpack it first"},
        {"\xff\xfe"
         "0,1",
         -EINVAL, "UTF-16; save it as UTF-8"},
        {"CONTAINER ID   NAME\n", -EINVAL, "the table of docker stats; record with --format"},
        {"time,rss_gib\n0,1e18\n", -EINVAL, "rec:2: 1e18: out of range"},
        {"time,web,api\n0,100000,200000\n10,100000,lots\n", -EINVAL, "rec:3: lots: not a quantity"},
        {"time,web,api\n0,1000,2000\n", -EINVAL, "the largest value in column 2 is 1000: those are no bytes"},
        {"time,http_requests_total\n0,100000\n", -EINVAL,
         "rec:2: http_requests_total: what ends in _total is no memory in use; give a column of bytes"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_file file = {0};
        struct error error;
        int code = read_text(rows[i].text, &file, &error);
        ROW(code == rows[i].code && strstr(error.what, rows[i].message) && !file.records, "%s: %d, %s",
            rows[i].text, code, error.what);
        series_file_free(&file);
    }
}

TEST(binary_and_endless_lines_are_refused) {
    struct series_file file = {0};
    struct error error;
    ck_assert_int_eq(read_bytes("0,1\0002\n", 7, &file, &error), -EINVAL);
    ck_assert_msg(strstr(error.what, "binary data"), "%s", error.what);
    size_t length = 5000000;
    CLEANUP_FREE char *text = malloc(length);
    ck_assert_ptr_nonnull(text);
    memset(text, '1', length);
    ck_assert_int_eq(read_bytes(text, length, &file, &error), -EINVAL);
    ck_assert_msg(strstr(error.what, "rec:1: longer than 64 KiB"), "%s", error.what);
}

TEST(a_folder_and_a_file_that_is_not_there) {
    struct series_file file = {0};
    struct error error;
    ck_assert_int_eq(series_file_read("/", &file, &error), -EISDIR);
    ck_assert_int_eq(series_file_read("/no/such/file", &file, &error), -ENOENT);
    ck_assert_msg(strstr(error.what, "cannot open /no/such/file"), "%s", error.what);
}

/* Written by the code that writes them. */
TEST(samples_of_a_run) {
    CLEANUP_FREE char *folder = unit_make_dir();
    CLEANUP_CLOSE int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct samples_file *samples = calloc(1, sizeof *samples);
    struct error error;
    ck_assert(samples && samples_open(samples, dirfd, "samples-001.csv", &error) == 0);
    for (int i = 0; i < 5; i++) {
        const struct snapshot snapshot = {.time_ns = i * NS_PER_S / 2,
                                          .usage = known_i64(900 * MIB),
                                          .anon = i == 2 ? UNKNOWN_I64 : known_i64((10 + i) * MIB),
                                          .shmem = known_i64(MIB),
                                          .kernel = known_i64(KIB)};
        ck_assert(samples_add(samples, &snapshot));
    }
    ck_assert(samples_close(samples));
    free(samples);
    CLEANUP_FREE char *path = text_format("%s/samples-001.csv", folder);
    /* Its writer was killed in the middle of a line. */
    CLEANUP_FREE char *text = NULL;
    ck_assert_int_eq(file_read_all(path, 100000, &text, &error), 0);
    CLEANUP_FREE char *cut = text_format("%s2.500000,1,1,1,1,1,1,1,1,1,1,99", text);
    struct series_file file = {0};
    ck_assert_int_eq(series_file_read(path, &file, &error), 0);
    for (int pass = 0; pass < 2; pass++) {
        const struct leak_series *series = &file.records[0].series;
        ck_assert_int_eq(series->measure, MEASURE_NEEDED);
        ck_assert_int_eq(series->count, 5);
        ck_assert_int_eq(series->points[4].bytes.value, 15 * MIB + KIB);
        ck_assert_int_eq(series->points[4].anon.value, 14 * MIB);
        ck_assert_int_eq(series->points[4].shmem.value, MIB);
        ck_assert_int_eq(series->points[4].kernel.value, KIB);
        ck_assert_int_eq(series->points[4].time_ns, 2 * NS_PER_S);
        ck_assert(!series->points[2].bytes.known);
        ck_assert_int_eq(file.note_count, pass);
        series_file_free(&file);
        if (pass == 0)
            ck_assert_int_eq(read_text(cut, &file, &error), 0);
    }
    unit_remove_dir(folder);
}

TEST(notes_say_what_the_bytes_are) {
    static const struct {
        const char *text;
        const char *note;
    } rows[] = {
        {"time,usage\n0,100000\n", "Usage counts page cache"},
        {"time,working_set\n0,100000\n", "The working set holds page cache"},
        {"time,rss\n0,100000\n", "RSS leaves out kernel memory"},
        {"0,100000\n", "It is not said what the bytes are"},
        {"time,cpu,rss\n0,1,100000\n", "Read is column 3, rss."},
        {"time,rss_mb\n0,100\n", "By its header, rss_mb, one is taken as 1048576 bytes."},
        {"0,100000\n", "The largest value is 97.7 KiB, which is little: if it is in KiB"},
        {"0,100000\n10,100", "The last line has no end: it may be cut short, and is left out."},
        {"2026-11-23 05:00:00,100000\n", "no offset and are taken as UTC"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_file file = {0};
        struct error error;
        int code = read_text(rows[i].text, &file, &error);
        ROW(code == 0 && has_note(file.notes, file.note_count, rows[i].note), "%s: %d %s", rows[i].text, code,
            error.what);
        series_file_free(&file);
    }
}

/* ---- gaps, restarts, repeats, length ---- */

/* A line every `step` seconds from `start` on, from `bytes` on, by `grow` more each. */
static void add_lines(struct strbuf *text, int64_t start, int64_t count, int64_t step, int64_t bytes,
                      int64_t grow) {
    for (int64_t i = 0; i < count; i++)
        strbuf_addf(text, "%" PRId64 ",%" PRId64 "\n", start + i * step, bytes + i * grow);
}

static size_t count_restarts(const struct leak_series *series) {
    size_t count = 0;
    for (size_t i = 0; i < series->count; i++)
        count += series->points[i].restarted;
    return count;
}

static void read_lines(struct strbuf *text, struct series_file *ret) {
    struct error error;
    ck_assert_msg(read_text(strbuf_text(text), ret, &error) == 0, "%s", error.what);
    strbuf_free(text);
}

TEST(a_fall_to_the_first_level_after_a_gap_is_a_restart) {
    struct strbuf text = {0};
    struct series_file file = {0};
    add_lines(&text, MOMENT, 50, 15, 100 * MIB, MIB);
    add_lines(&text, MOMENT + 810, 50, 15, 101 * MIB, MIB);
    read_lines(&text, &file);
    ck_assert_int_eq(count_restarts(&file.records[0].series), 1);
    ck_assert(file.records[0].series.points[50].restarted);
    ck_assert(has_note(file.records[0].notes, file.records[0].note_count, "began anew 1 time in it"));
    ck_assert(!has_note(file.records[0].notes, file.records[0].note_count, "gap"));
    series_file_free(&file);
}

TEST(falls_that_are_no_restarts) {
    struct strbuf text = {0};
    struct series_file file = {0};
    /* Without a gap: a collection. After one: as far as those fall. */
    for (int64_t i = 0; i < 10; i++)
        add_lines(&text, MOMENT + i * 100 + (i > 4 ? 60 : 0), 10, 10, 100 * MIB, 10 * MIB);
    read_lines(&text, &file);
    ck_assert_int_eq(count_restarts(&file.records[0].series), 0);
    ck_assert(has_note(file.records[0].notes, file.records[0].note_count, "1 gap, the longest 70.00 s"));
    series_file_free(&file);
}

TEST(a_second_recording_goes_on_where_the_first_ended) {
    struct strbuf text = {0};
    struct series_file file = {0};
    strbuf_add(&text, "time,rss\n");
    add_lines(&text, 0, 20, 10, 100 * MIB, MIB);
    strbuf_add(&text, "time,rss\n");
    add_lines(&text, 1, 20, 10, 100 * MIB, MIB);
    read_lines(&text, &file);
    const struct leak_series *series = &file.records[0].series;
    ck_assert_int_eq(series->count, 40);
    ck_assert_int_eq(count_restarts(series), 1);
    ck_assert(series->points[20].restarted);
    ck_assert_int_eq(series->points[20].time_ns, 200 * NS_PER_S);
    ck_assert_int_eq(series->points[39].time_ns, 390 * NS_PER_S);
    series_file_free(&file);
}

TEST(dates_do_not_begin_anew) {
    struct strbuf text = {0};
    struct series_file file = {0};
    struct error error;
    add_lines(&text, MOMENT, 20, 10, 100 * MIB, MIB);
    add_lines(&text, MOMENT, 20, 10, 100 * MIB, MIB);
    ck_assert_int_eq(read_text(strbuf_text(&text), &file, &error), -EINVAL);
    ck_assert_msg(strstr(error.what, "rec:21: the time goes back"), "%s", error.what);
    strbuf_free(&text);
}

TEST(the_least_of_a_moment_counts) {
    struct series_file file = {0};
    struct error error;
    ck_assert_int_eq(read_text("0,300000\n0,100000\n0,200000\n1,400000\n1,400000\n", &file, &error), 0);
    CLEANUP_FREE char *points = points_text(&file.records[0].series);
    ck_assert_str_eq(points, "0:100000 1:400000");
    ck_assert(has_note(file.records[0].notes, file.records[0].note_count, "2 readings have the time"));
    series_file_free(&file);
}

TEST(of_many_readings_the_troughs_are_kept) {
    struct series_build build = {0};
    struct series_record record;
    struct error error;
    /* Saw teeth of 16 readings, on a floor that rises by 10 each. */
    for (int64_t i = 0; i < 1000000; i++) {
        const struct leak_point point = {.time_ns = i * NS_PER_S,
                                         .bytes = known_i64(i / 16 * 10 + i % 16 * 100000)};
        ck_assert_int_eq(series_build_add(&build, &point, &error), 0);
    }
    series_build_end(&build, &record);
    ck_assert_int_eq(record.readings, 1000000);
    ck_assert_int_ge(record.series.count, SERIES_BUILD_POINTS / 2);
    ck_assert_int_le(record.series.count, SERIES_BUILD_POINTS);
    for (size_t i = 0; i < record.series.count; i++) {
        const struct leak_point *point = &record.series.points[i];
        int64_t second = point->time_ns / NS_PER_S;
        ROW(second % 16 == 0 && point->bytes.value == second / 16 * 10, "%zu: %" PRId64 " %" PRId64, i,
            second, point->bytes.value);
    }
    leak_series_free(&record.series);
}

TEST(points_of_two_lives_are_not_made_one) {
    struct series_build build = {0};
    struct series_record record;
    struct error error;
    for (int64_t i = 0; i < 100000; i++) {
        const struct leak_point point = {.time_ns = i * NS_PER_S,
                                         .bytes = known_i64(i == 54321 ? 7 : 1000),
                                         .restarted = i == 54321 || i == 77777};
        ck_assert_int_eq(series_build_add(&build, &point, &error), 0);
    }
    series_build_end(&build, &record);
    ck_assert_int_eq(count_restarts(&record.series), 2);
    ck_assert_int_le(record.series.count, SERIES_BUILD_POINTS);
    for (size_t i = 1; i < record.series.count; i++)
        if (record.series.points[i].restarted)
            ROW(record.series.points[i].time_ns >= 54321 * NS_PER_S &&
                    record.series.points[i - 1].time_ns <
                        (record.series.points[i].bytes.value == 7 ? 54321 : 77777) * NS_PER_S,
                "%zu", i);
    leak_series_free(&record.series);
    free(record.notes[0]);
    free(record.notes);
}

TEST(what_a_target_left_does_not_count) {
    static const struct {
        bool of_run;
        int64_t bytes[12];
        size_t kept;
    } rows[] = {
        {true, {1, 50, 50, 51, 51, 52, 52, 53, 53, 53, 53, 2}, 11},
        {true, {1, 50, 50, 51, 51, 52, 52, 53, 53, 53, 53, 50}, 12},
        {true, {1, 50, 50, 51, 51, 52, 52, 53, 53, 53, 14, 53}, 12},
        {true, {50, 50, 50, 51, 51, 40, 40, 35, 20, 9, 5, 2}, 12}, /* not at once */
        {false, {1, 50, 50, 51, 51, 52, 52, 53, 53, 53, 53, 2}, 12},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_build build = {.of_run = rows[i].of_run};
        struct series_record record;
        struct error error;
        for (size_t j = 0; j < COUNT(rows[i].bytes); j++) {
            const struct leak_point point = {.time_ns = (int64_t)j * NS_PER_S,
                                             .bytes = known_i64(rows[i].bytes[j])};
            ck_assert_int_eq(series_build_add(&build, &point, &error), 0);
        }
        series_build_end(&build, &record);
        size_t kept = 0;
        for (size_t j = 0; j < record.series.count; j++)
            kept += record.series.points[j].bytes.known;
        CLEANUP_FREE char *points = points_text(&record.series);
        ROW(kept == rows[i].kept, "%zu: %s", i, points);
        leak_series_free(&record.series);
    }
}

/* Recorded by a version whose samples tell no phases: its memory was seen while it was taken down. */
TEST(an_end_in_several_readings_does_not_count) {
    struct strbuf text = {0};
    struct series_file file = {0};
    strbuf_add(&text, "time_s,needed_bytes\n");
    add_lines(&text, 0, 100, 1, 31453184, 0);
    strbuf_add(&text, "100,26624000\n101,8192\n");
    read_lines(&text, &file);
    const struct leak_series *series = &file.records[0].series;
    ck_assert_int_eq(series->count, 102);
    ck_assert(series->points[99].bytes.known);
    ck_assert(!series->points[100].bytes.known && !series->points[101].bytes.known);
    series_file_free(&file);
}

/* ---- a run and its samples ---- */

/* So many readings, so far apart, of this phase. */
struct stretch {
    enum run_phase phase;
    int count;
    int64_t kib; /* the first */
    int64_t grow_kib;
    int64_t step_ms;
};

#define STRETCHES_MAX 6

/* What a trial knows, and what its sampler wrote. */
static void live_through(const struct stretch *stretches, struct trial *trial, struct samples_file *samples) {
    struct snapshot now = {
        .time_ns = 0, .shmem = known_i64(0), .kernel = known_i64(4 * KIB), .tasks = known_i64(3)};
    struct exit_facts *exit = &trial->exit;
    bool warmed = false;
    for (int i = 0; i < STRETCHES_MAX && stretches[i].count; i++) {
        enum run_phase phase = stretches[i].phase;
        int64_t begins_ns = now.time_ns + stretches[i].step_ms * NS_PER_MS;
        if (phase == PHASE_STOPPING && !exit->stopped_ns.known)
            exit->stopped_ns = known_i64(now.time_ns);
        trial->service.serves |= phase == PHASE_STARTING;
        if (trial->service.serves && phase > PHASE_STARTING && phase < PHASE_STOPPING &&
            !trial->service.ready_ns.known)
            trial->service.ready_ns = known_i64(begins_ns);
        if (warmed && phase == PHASE_RUNNING) {
            struct load_run load = {.cycle = 1, .start_ns = begins_ns};
            service_facts_add(&trial->service, &load);
        }
        warmed = phase == PHASE_WARMUP;
        now.phase = phase;
        for (int j = 0; j < stretches[i].count; j++) {
            now.time_ns += stretches[i].step_ms * NS_PER_MS;
            now.anon = known_i64((stretches[i].kib + j * stretches[i].grow_kib) * KIB);
            series_add(&trial->series, &now);
            ck_assert(samples_add(samples, &now));
        }
    }
    exit->duration_ns = now.time_ns;
}

static size_t next_known(const struct leak_series *series, size_t i) {
    while (i < series->count && !series->points[i].bytes.known)
        i++;
    return i;
}

/* Where they differ; -1: nowhere. */
static int64_t difference_of(const struct leak_series *a, const struct leak_series *b) {
    size_t j = next_known(b, 0);
    for (size_t i = next_known(a, 0); i < a->count; i = next_known(a, i + 1)) {
        if (j == b->count)
            return (int64_t)i;
        const struct leak_point *left = &a->points[i];
        const struct leak_point *right = &b->points[j];
        if (left->bytes.value != right->bytes.value || left->anon.value != right->anon.value ||
            left->kernel.value != right->kernel.value || left->tasks.value != right->tasks.value ||
            left->restarted != right->restarted ||
            left->time_ns - a->points[0].time_ns != right->time_ns - b->points[0].time_ns)
            return (int64_t)i;
        j = next_known(b, j + 1);
    }
    return j < b->count ? (int64_t)a->count : -1;
}

TEST(samples_make_the_series_of_their_run) {
    static const struct {
        const char *what;
        struct stretch stretches[STRETCHES_MAX];
        size_t count;
    } rows[] = {
        {"stopped, and read while its memory was taken down",
         {{PHASE_RUNNING, 200, 30716, 0, 10}, {PHASE_STOPPING, 2, 25996, -25988, 9}},
         200},
        {"it took its time to stop",
         {{PHASE_RUNNING, 50, 30716, 0, 10}, {PHASE_STOPPING, 200, 35000, -100, 10}},
         50},
        {"stopped, and the last reading is above the one before",
         {{PHASE_RUNNING, 50, 30716, 0, 10}, {PHASE_STOPPING, 1, 8, 0, 10}, {PHASE_STOPPING, 1, 12, 0, 10}},
         50},
        {"stopped where it had just fallen",
         {{PHASE_RUNNING, 50, 30716, 0, 10}, {PHASE_RUNNING, 3, 4096, 0, 10}, {PHASE_STOPPING, 1, 8, 0, 10}},
         53},
        {"ended by itself",
         {{PHASE_RUNNING, 97, 30716, 5, 10},
          {PHASE_RUNNING, 2, 25996, -9000, 10},
          {PHASE_ENDED, 1, 8, 0, 10}},
         97},
        {"ended by itself, and the last reading is above the one before",
         {{PHASE_RUNNING, 97, 30716, 5, 10}, {PHASE_RUNNING, 1, 8, 0, 10}, {PHASE_ENDED, 1, 12, 0, 10}},
         97},
        {"a service",
         {{PHASE_STARTING, 30, 5000, 700, 10},
          {PHASE_RUNNING, 100, 30716, 0, 10},
          {PHASE_STOPPING, 1, 8, 0, 10}},
         100},
        {"under load after a warm-up",
         {{PHASE_STARTING, 300, 5000, 10, 10},
          {PHASE_WARMUP, 20, 9000, 500, 10},
          {PHASE_RUNNING, 1000, 30716, 0, 20},
          {PHASE_STOPPING, 1, 8, 0, 10}},
         1000},
        {"never under load",
         {{PHASE_STARTING, 30, 5000, 700, 10}, {PHASE_WARMUP, 20, 9000, 500, 10}, {PHASE_ENDED, 1, 8, 0, 10}},
         20},
        {"never ready", {{PHASE_STARTING, 30, 5000, 700, 10}, {PHASE_STOPPING, 1, 8, 0, 10}}, 30},
        {"a machine that stood still while garbage was collected",
         {{PHASE_RUNNING, 50, 30716, 300, 10},
          {PHASE_RUNNING, 1, 30716, 0, 500},
          {PHASE_RUNNING, 50, 30716, 300, 10},
          {PHASE_STOPPING, 1, 8, 0, 10}},
         101},
    };
    CLEANUP_FREE char *folder = unit_make_dir();
    CLEANUP_CLOSE int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FREE char *path = text_format("%s/samples-001.csv", folder);
    CLEANUP_FREE struct samples_file *samples = calloc(1, sizeof *samples);
    for (size_t i = 0; i < COUNT(rows) && samples; i++) {
        struct error error;
        struct trial trial = {0};
        struct leak_series lived;
        struct series_file file = {0};
        ck_assert_int_eq(samples_open(samples, dirfd, "samples-001.csv", &error), 0);
        live_through(rows[i].stretches, &trial, samples);
        ck_assert(samples_close(samples));
        leak_series_of_trial(&trial, &lived);
        ck_assert_msg(series_file_read(path, &file, &error) == 0, "%s: %s", rows[i].what, error.what);
        const struct leak_series *read = &file.records[0].series;
        ROW(difference_of(&lived, read) < 0, "%s: another point %" PRId64 " of %zu, %zu were read",
            rows[i].what, difference_of(&lived, read), lived.count, read->count);
        ROW(lived.count == rows[i].count, "%s: %zu points", rows[i].what, lived.count);
        leak_series_free(&lived);
        series_file_free(&file);
        trial_free(&trial);
    }
    unit_remove_dir(folder);
}

TEST(restarts_without_end_cost_no_memory) {
    struct series_build build = {0};
    struct series_record record;
    struct error error;
    for (int64_t i = 0; i < 100000; i++) {
        const struct leak_point point = {
            .time_ns = i * NS_PER_S, .bytes = known_i64(1000), .restarted = true};
        ck_assert_int_eq(series_build_add(&build, &point, &error), 0);
    }
    series_build_end(&build, &record);
    ck_assert_int_le(record.series.count, SERIES_BUILD_POINTS);
    leak_series_free(&record.series);
    free(record.notes[0]);
    free(record.notes);
}

/* ---- docker stats ---- */

TEST(docker_streamed) {
    struct series_file file = {0};
    read_fixture("docker-28-stream.jsonl", &file);
    ck_assert_int_eq(file.count, 2);
    const struct leak_series *leaky = &file.records[0].series;
    const struct leak_series *calm = &file.records[1].series;
    ck_assert_str_eq(leaky->name, "leaky");
    ck_assert_str_eq(calm->name, "calm");
    ck_assert_int_eq(leaky->measure, MEASURE_WORKING_SET);
    ck_assert_int_eq(leaky->limit_bytes.value, 256 * MIB);
    /* 79.66MiB is known to 0.01 MiB. */
    ck_assert_int_eq(leaky->resolution_bytes, MIB / 100);
    /* It grew by 2 MiB a second, by docker's clock of two screens a second. */
    ck_assert_int_eq(leaky->points[0].bytes.value, 2973762); /* 2.836MiB */
    for (size_t i = 0; i < leaky->count && leaky->points[i].time_ns < 8 * NS_PER_S; i++) {
        double expected = 2.836 + 2.05 * ((double)leaky->points[i].time_ns / 1e9 - 0.5);
        double got = (double)leaky->points[i].bytes.value / (double)MIB;
        ROW(got > expected - 2.3 && got < expected + 2.3, "%zu: %.2f, not %.2f", i, got, expected);
    }
    ck_assert(!leaky->points[leaky->count - 1].bytes.known);
    ck_assert(has_note(file.notes, file.note_count, "two a second"));
    series_file_free(&file);
}

TEST(docker_line_by_line) {
    struct series_file file = {0};
    read_fixture("docker-28-nostream.jsonl", &file);
    ck_assert_int_eq(file.count, 1);
    ck_assert_int_eq(file.empty, 1);
    CLEANUP_FREE char *points = points_text(&file.records[0].series);
    /* 0B / 0B: it was stopped by then. */
    ck_assert_str_eq(points, "0:319488 1:319488 2:319488 3:-");
    ck_assert_str_eq(file.records[0].series.name, "calm");
    ck_assert(has_note(file.notes, file.note_count, "one line a second of each container is assumed"));
    series_file_free(&file);
    read_fixture("docker-20.jsonl", &file);
    ck_assert_int_eq(file.records[0].series.points[0].bytes.value, 312 * KIB);
    ck_assert_int_eq(file.records[0].series.limit_bytes.value, 64 * MIB);
    ck_assert_int_eq(file.records[0].series.resolution_bytes, 102); /* 312.0KiB */
    series_file_free(&file);
}

#define LINE(name, id, usage) "{\"Name\":\"" name "\",\"ID\":\"" id "\",\"MemUsage\":\"" usage "\"}\n"
#define CLEAR                 "\033[2J\033[H"

TEST(docker_in_other_words) {
    static const struct {
        const char *text;
        const char *points; /* of the first; NULL: refused with `message` */
        const char *message;
    } rows[] = {
        {CLEAR LINE("a", "1", "1MiB / 2MiB") CLEAR LINE("a", "1", "2MiB / 2MiB"), "0:1048576 0.5:2097152",
         ""},
        /* Its screens go on while the container is not there. */
        {CLEAR LINE("a", "1", "1MiB / 2MiB") CLEAR CLEAR CLEAR LINE("a", "2", "1.5MiB / 2MiB"),
         "0:1048576 1.5:1572864*", ""},
        {LINE("a", "1", "1MiB / 2MiB") LINE("a", "1", "0B / 0B") LINE("a", "1", "1.5MiB / 2MiB"),
         "0:1048576 1:- 2:1572864*", ""},
        {LINE("a", "1", "1MiB / 2MiB") LINE("a", "1", "-- / --") LINE("a", "1", "1.5MiB / 2MiB"),
         "0:1048576 1:- 2:1572864", ""},
        {LINE("a", "1", "1MiB") "\n" LINE("a", "1", "2MiB"), "0:1048576 1:2097152", ""},
        {LINE("--", "", "-- / --") LINE("a", "1", "1MiB / 2MiB"), "0:1048576", ""},
        {"2026-11-23T05:00:00Z " LINE("a", "1", "1MiB / 2MiB") "2026-11-23T05:01:00Z " LINE("a", "1",
                                                                                            "2MiB / 2MiB"),
         "0:1048576 60:2097152", ""},
        {LINE("a", "1", "1MiB / 2MiB") "{\"Name\":\"a\",\"Mem", "0:1048576", ""},
        {LINE("a", "1", "1MiB / 2MiB") "{\"Name\":\"a\",\"Mem\n", NULL, "rec:2: {\"Name\""},
        {LINE("a", "1", "1MiB / 2MiB") "garbage\n", NULL, "rec:2: garbage: not a line of docker stats"},
        {LINE("a", "1", "1MiB / 2MiB") "yesterday " LINE("a", "1", "2MiB / 2MiB"), NULL,
         "rec:2: yesterday: not a time"},
        {LINE("a", "1", "1MiB / 2MiB") "17 " LINE("a", "1", "2MiB / 2MiB"), NULL,
         "rec:2: some lines begin with a time"},
        {LINE("a", "1", "lots / 2MiB"), NULL, "rec:1: MemUsage: lots: not a quantity"},
        {LINE("a", "1", "-5MiB / 2MiB"), NULL, "rec:1: MemUsage: -5MiB: negative"},
        {"{\"Name\":\"a\"}\n", NULL, "rec:1: no MemUsage"},
        {"{\"Name\":\"a\",\"MemUsage\":5}\n", NULL, "rec:1: no MemUsage"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_file file = {0};
        struct error error;
        int code = read_text(rows[i].text, &file, &error);
        ROW((code == 0) == (rows[i].points != NULL) && strstr(error.what, rows[i].message), "%s: %d, %s",
            rows[i].text, code, error.what);
        if (code == 0 && rows[i].points) {
            CLEANUP_FREE char *points = points_text(&file.records[0].series);
            ROW_TEXT(points, rows[i].points, rows[i].text);
        }
        series_file_free(&file);
    }
}

/* ---- Prometheus ---- */

TEST(prometheus_recorded) {
    struct series_file file = {0};
    read_fixture("prometheus.json", &file);
    ck_assert_int_eq(file.count, 1);
    ck_assert_str_eq(file.records[0].series.name, "prometheus/127.0.0.1:39417");
    ck_assert_int_eq(file.records[0].series.measure, MEASURE_RSS);
    ck_assert_int_eq(file.records[0].series.points[0].bytes.value, 47693824);
    ck_assert_int_eq(file.records[0].series.points[1].time_ns, 5 * NS_PER_S);
    ck_assert(file.records[0].start.known);
    series_file_free(&file);
    read_fixture("promtool.json", &file);
    ck_assert_int_eq(file.count, 1);
    ck_assert_int_eq(file.records[0].series.points[0].bytes.value, 63860736);
    series_file_free(&file);
}

#define ANSWER(result)                                                                                       \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" result "]}}\n"
#define SERIES(labels, values) "{\"metric\":{" labels "},\"values\":[" values "]}"
#define USAGE                  "\"__name__\":\"container_memory_usage_bytes\""
#define POD(n)                 "\"namespace\":\"shop\",\"pod\":\"web-" n "\",\"container\":\"app\""

TEST(prometheus_in_other_words) {
    static const struct {
        const char *text;
        const char *names;
        const char *points; /* of the first; NULL: refused with `message` */
        const char *message;
        enum leak_measure measure;
    } rows[] = {
        {ANSWER(SERIES(USAGE "," POD("1"), "[1795410000,\"5\"],[1795410015.5,\"7\"]")), "shop/web-1/app",
         "0:5 15.5:7", "", MEASURE_USAGE},
        {ANSWER(SERIES("\"__name__\":\"container_memory_working_set_bytes\",\"name\":\"db\",\"id\":\"/x\"",
                       "[0,\"5\"],[1,\"NaN\"],[2,\"6\"]")),
         "db", "0:5 1:- 2:6", "", MEASURE_WORKING_SET},
        {ANSWER(SERIES("", "[0,\"5\"]")), "(none)", "0:5", "", MEASURE_UNKNOWN},
        {ANSWER(SERIES("\"a\":\"b\"", "[0,\"5\"]")), "{a=\"b\"}", "0:5", "", MEASURE_UNKNOWN},
        {ANSWER(SERIES("\"pod_name\":\"p\",\"container_name\":\"c\"", "[0,5]")), "p/c", "0:5", "",
         MEASURE_UNKNOWN},
        {ANSWER(SERIES("\"name\":\"\\u00e9\\ud83d\\ude00\\n\"", "[0,\"5\"]")), "\xc3\xa9\xf0\x9f\x98\x80\n",
         "0:5", "", MEASURE_UNKNOWN},
        /* The keys in another order, unknown ones, white space. */
        {" {\n\"infos\" : [ {\"a\":[1,2,{}]} ],\"data\":{\"result\":[ {\"values\":[ [ 0 , \"5\" ] ],"
         "\"metric\":{\"pod\":\"p\"}} ] , \"resultType\":\"matrix\"},\"status\":\"success\"}\n\n",
         "p", "0:5", "", MEASURE_UNKNOWN},
        {"[" SERIES("\"pod\":\"p\"", "[0,\"5\"]") "]\n", "p", "0:5", "", MEASURE_UNKNOWN},
        {ANSWER(""), "", NULL, "rec: no data", MEASURE_UNKNOWN},
        {"[]", "", NULL, "rec: no data", MEASURE_UNKNOWN},
        {ANSWER(SERIES("\"pod\":\"p\"", "[0,\"NaN\"]")), "", NULL, "rec: no data", MEASURE_UNKNOWN},
        {ANSWER(SERIES("", "[0,\"+Inf\"]")), "", NULL, "rec:1: +Inf: not a quantity", MEASURE_UNKNOWN},
        {ANSWER(SERIES("", "[0,\"-5\"]")), "", NULL, "rec:1: -5: negative", MEASURE_UNKNOWN},
        {ANSWER(SERIES("", "[\"x\",\"5\"]")), "", NULL, "rec:1: x: not a time", MEASURE_UNKNOWN},
        {ANSWER(SERIES("", "[1,\"5\"],[0,\"5\"]")), "", NULL, "rec:1: the time goes back", MEASURE_UNKNOWN},
        {ANSWER(SERIES("", "[0,\"5\"")), "", NULL, "not JSON: '}' where ']' should be", MEASURE_UNKNOWN},
        {"{\"status\":\"success\",\n\"data\":{\"resultType\":\"matrix\",\"result\":[", "", NULL,
         "rec:2: ends in the middle", MEASURE_UNKNOWN},
        {ANSWER("") "x", "", NULL, "rec:2: more behind the end", MEASURE_UNKNOWN},
        {"{\"hello\":\"world\"\n}", "", NULL, "neither the answer of a Prometheus range query",
         MEASURE_UNKNOWN},
        {"[{\"id\":\"x\",\"mem_usage\":\"1MB / 2MB\"}]", "", NULL, "rec:1: id: no part of a series",
         MEASURE_UNKNOWN},
        {"[1,2,3]", "", NULL, "rec:1: a single number", MEASURE_UNKNOWN},
        {"{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query\\ntimed out\"}", "", NULL,
         "rec: Prometheus answered with error: query\\x0atimed out", MEASURE_UNKNOWN},
        {"{\"data\":{\"resultType\":\"vector\",\"result\":[]}}", "", NULL, "resultType is vector",
         MEASURE_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_file file = {0};
        struct error error;
        int code = read_text(rows[i].text, &file, &error);
        ROW((code == 0) == (rows[i].points != NULL) && strstr(error.what, rows[i].message), "%s: %d, %s",
            rows[i].text, code, error.what);
        if (code == 0 && rows[i].points) {
            const struct leak_series *series = &file.records[0].series;
            CLEANUP_FREE char *points = points_text(series);
            ROW_TEXT(points, rows[i].points, rows[i].text);
            ROW_TEXT(series->name ? series->name : "(none)", rows[i].names, rows[i].text);
            ROW(series->measure == rows[i].measure, "%s: %s", rows[i].text,
                leak_measure_name(series->measure));
        }
        series_file_free(&file);
    }
}

TEST(answers_that_are_no_series) {
    static const struct {
        const char *name;
        int code;
        const char *message;
    } rows[] = {
        {"prometheus-empty.json", -ENODATA, "no data: no series with a value"},
        {"prometheus-error.json", -EINVAL,
         "answered with error: 1:6: parse error: unclosed left parenthesis"},
        {"prometheus-vector.json", -EINVAL, "the answer for one moment"},
        {"prometheus-scalar.json", -EINVAL, "the answer for one moment"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP_FREE char *path = fixture_path(rows[i].name);
        struct series_file file = {0};
        struct error error;
        int code = series_file_read(path, &file, &error);
        ROW(code == rows[i].code && strstr(error.what, rows[i].message), "%s: %d, %s", rows[i].name, code,
            error.what);
    }
}

TEST(metrics_that_are_no_memory_are_refused) {
    static const struct {
        const char *metric;
        const char *message; /* NULL: it is read */
    } rows[] = {
        {"http_requests_total",
         "rec:1: http_requests_total: what ends in _total is no memory in use; ask for "
         "container_memory_working_set_bytes"},
        {"go_memstats_alloc_bytes_total", "ends in _total"},
        {"process_cpu_seconds", "ends in _seconds"},
        {"http_request_size_bytes_sum", "ends in _sum"},
        {"go_gc_duration_count", "ends in _count"},
        {"cache_hit_ratio", "ends in _ratio"},
        {"container_memory_rss", NULL},
        {"go_memstats_heap_inuse_bytes", NULL},
        {"namespace:container_memory_usage_bytes:sum", NULL},
        {"pod_memory_usage_bytes_sum", NULL},
        {"_total", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct series_file file = {0};
        struct error error;
        CLEANUP_FREE char *text =
            text_format("[{\"metric\":{\"__name__\":\"%s\"},\"values\":[[1,\"2e6\"]]}]", rows[i].metric);
        int code = read_text(text, &file, &error);
        ROW(rows[i].message ? code == -EINVAL && strstr(error.what, rows[i].message) : code == 0,
            "%s: %d, %s", rows[i].metric, code, error.what);
        series_file_free(&file);
    }
}

TEST(lives_of_one_container_are_one_series) {
    struct series_file file = {0};
    struct error error;
    /* As cAdvisor labels them; the second life comes first, and the first is still answered for a while. */
    const char *text =
        ANSWER(SERIES(POD("1") ",\"id\":\"/b\"",
                      "[1795411000,\"10\"],[1795411015,\"11\"],["
                      "1795412000,\"12\"]") "," SERIES(POD("1") ",\"id\":\"/a\"",
                                                       "[1795410000,\"20\"],[1795410500,\"30\"],[1795411000,"
                                                       "\"30\"],[1795411015,"
                                                       "\"30\"]") "," SERIES(POD("2") ",\"id\":\"/c\"",
                                                                             "[1795410000,\"7\"]"));
    ck_assert_msg(read_text(text, &file, &error) == 0, "%s", error.what);
    ck_assert_int_eq(file.count, 2);
    ck_assert_str_eq(file.records[0].series.name, "shop/web-1/app");
    CLEANUP_FREE char *points = points_text(&file.records[0].series);
    ck_assert_str_eq(points, "0:20 500:30 1000:10* 1015:11 2000:12");
    ck_assert(has_note(file.records[0].notes, file.records[0].note_count, "2 lives of the same container"));
    ck_assert_str_eq(file.records[1].series.name, "shop/web-2/app");
    series_file_free(&file);
}

TEST(series_side_by_side_are_told_apart) {
    struct series_file file = {0};
    struct error error;
    const char *text = ANSWER(SERIES("\"pod\":\"p\",\"container\":\"c\",\"id\":\"/a\"",
                                     "[1795410000,\"20\"],[1795412000,"
                                     "\"30\"]") "," SERIES("\"pod\":\"p\",\"container\":\"c\",\"id\":\"/b\"",
                                                           "[1795410000,\"10\"],[1795412000,\"11\"]"));
    ck_assert_msg(read_text(text, &file, &error) == 0, "%s", error.what);
    ck_assert_int_eq(file.count, 2);
    ck_assert_str_eq(file.records[0].series.name, "{container=\"c\",id=\"/a\",pod=\"p\"}");
    ck_assert_str_eq(file.records[1].series.name, "{container=\"c\",id=\"/b\",pod=\"p\"}");
    series_file_free(&file);
}

/* ---- spoiled ---- */

/* xorshift64: Marsaglia, Xorshift RNGs, 2003. */
static uint64_t draw(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void mutate(char *text, size_t *length, uint64_t *state) {
    static const char *const pieces[] = {"\"", ",",       "\n",    "{",  "}",    "[",   "]",
                                         ":",  "-",       "e",     "9",  ".",    "NaN", "1e99",
                                         "\\", "\\ud800", "\033[", "\t", "\xff", " "};
    for (uint64_t times = 1 + draw(state) % 4; times > 0 && *length > 0; times--) {
        size_t at = draw(state) % *length;
        const char *piece = pieces[draw(state) % COUNT(pieces)];
        size_t size = strlen(piece);
        switch (draw(state) % 5) {
        case 0:
            text[at] = (char)draw(state);
            break;
        case 1:
            *length = at;
            break;
        case 2:
            memcpy(text + at, piece, size < *length - at ? size : *length - at);
            break;
        case 3: { /* takes some out */
            size_t out = draw(state) % 40 % (*length - at) + 1;
            memmove(text + at, text + at + out, *length - at - out);
            *length -= out;
            break;
        }
        default: { /* something from elsewhere */
            size_t from = draw(state) % *length;
            size_t most = *length - (at > from ? at : from);
            memmove(text + at, text + from, draw(state) % (most < 80 ? most : 80));
            break;
        }
        }
    }
}

static bool is_sane(const struct series_file *file) {
    for (size_t i = 0; i < file->count; i++) {
        const struct leak_series *series = &file->records[i].series;
        if (series->count == 0 || series->count > SERIES_BUILD_POINTS || series->resolution_bytes < 0)
            return false;
        for (size_t j = 0; j < series->count; j++) {
            const struct leak_point *point = &series->points[j];
            if (point->time_ns < (j ? series->points[j - 1].time_ns : 0) ||
                (point->bytes.known && point->bytes.value < 0))
                return false;
        }
    }
    return file->count > 0 && file->form;
}

static bool is_message(const char *what) {
    return text_starts_with(what, "rec:") && !strchr(what, '\n');
}

TEST(spoiled_files_are_read_or_refused) {
    static const char *const names[] = {"docker-28-stream.jsonl",
                                        "docker-28-nostream.jsonl",
                                        "prometheus.json",
                                        "prometheus-error.json",
                                        "promtool.json",
                                        NULL,
                                        NULL};
    static const char wide[] =
        "time,pod,rss,heap_mb\n0,a,100000,2\n0,b,200000,3\n5,a,300000,\n5,b,NaN,\"4\"\n"
        "10,a,300001,7\n10,c,9e5,7\n";
    static const char csv[] = "# by hand\ntime;\"rss\"\n0;12.5Mi\n1,5;13Mi\n\"2\";1.4e+07\n3;NaN\n9;14Mi\n"
                              "100;12Mi\n101;13Mi\n0;1Mi\n1;2Mi\n";
    uint64_t state = 20261123;
    int read = 0;
    for (size_t i = 0; i < COUNT(names); i++) {
        CLEANUP_FREE char *path = names[i] ? fixture_path(names[i]) : NULL;
        CLEANUP_FREE char *whole = NULL;
        const char *made = i + 1 == COUNT(names) ? wide : csv;
        struct error error = {0};
        ck_assert_msg(!path || file_read_all(path, 100000, &whole, &error) == 0, "%s", error.what);
        CLEANUP_FREE char *text = text_copy_bytes(
            whole ? whole : made, whole && strlen(whole) > 3000 ? 3000 : strlen(whole ? whole : made));
        size_t full = strlen(text);
        CLEANUP_FREE char *spoiled = malloc(full + 1);
        ck_assert_ptr_nonnull(spoiled);
        for (int round = 0; round < 20000 / (int)COUNT(names); round++) {
            size_t length = full;
            memcpy(spoiled, text, full + 1);
            mutate(spoiled, &length, &state);
            struct series_file file = {0};
            int code = read_bytes(spoiled, length, &file, &error);
            ROW(code == 0 ? is_sane(&file) : is_message(error.what) && !file.records && !file.notes,
                "%s, round %d: %d, %s", names[i] ? names[i] : "csv", round, code, error.what);
            read += code == 0;
            series_file_free(&file);
        }
    }
    /* Else the mutations were too coarse to get anywhere. */
    ck_assert_int_gt(read, 1000);
}

UNIT_MAIN("series_file", times_in_many_spellings, the_first_number_decides_the_unit, what_is_no_time,
          bytes_in_many_spellings, what_is_no_number_of_bytes, lines_of_cells,
          columns_of_which_each_is_a_series, too_many_columns_or_targets_are_refused, lines_that_are_refused,
          binary_and_endless_lines_are_refused, a_folder_and_a_file_that_is_not_there, samples_of_a_run,
          notes_say_what_the_bytes_are, a_fall_to_the_first_level_after_a_gap_is_a_restart,
          falls_that_are_no_restarts, a_second_recording_goes_on_where_the_first_ended,
          dates_do_not_begin_anew, the_least_of_a_moment_counts, of_many_readings_the_troughs_are_kept,
          points_of_two_lives_are_not_made_one, what_a_target_left_does_not_count,
          an_end_in_several_readings_does_not_count, samples_make_the_series_of_their_run,
          restarts_without_end_cost_no_memory, docker_streamed, docker_line_by_line, docker_in_other_words,
          prometheus_recorded, prometheus_in_other_words, answers_that_are_no_series,
          metrics_that_are_no_memory_are_refused, lives_of_one_container_are_one_series,
          series_side_by_side_are_told_apart, spoiled_files_are_read_or_refused)
