#include "trial/load_output.h"

#include <math.h>

#include "base/text.h"
#include "chance.h"
#include "unit.h"

#define NONE (-1.0) /* unknown */

static struct load_figures read_as(const char *output, const char *format, const char *rate) {
    struct load_reading reading = {.format = format, .rate = rate};
    struct load_figures figures;
    memset(&figures, 0x5a, sizeof figures);
    load_output_read(output, &reading, &figures);
    return figures;
}

/* As the rows have it. */
static double f64(struct known_f64 number) {
    return number.known ? number.value : NONE;
}

static double i64(struct known_i64 number) {
    return number.known ? (double)number.value : NONE;
}

static int is_near(double got, double expected) {
    return fabs(got - expected) <= 1e-9 * fabs(expected);
}

struct expected {
    const char *format;
    double rate;
    double mean_s;
    double p99_s;
    double requests;
    double errors;
};

static void check_figures(const char *row, struct load_figures got, struct expected expected) {
    ROW_TEXT(got.format ? got.format : "none", expected.format ? expected.format : "none", row);
    ROW(is_near(f64(got.rate_per_s), expected.rate), "%s: rate %.12g", row, f64(got.rate_per_s));
    ROW(is_near(f64(got.latency_mean_s), expected.mean_s), "%s: mean %.12g", row, f64(got.latency_mean_s));
    ROW(is_near(f64(got.latency_p99_s), expected.p99_s), "%s: p99 %.12g", row, f64(got.latency_p99_s));
    ROW(i64(got.requests) == expected.requests, "%s: requests %.12g", row, i64(got.requests));
    ROW(i64(got.errors) == expected.errors, "%s: errors %.12g", row, i64(got.errors));
}

static char *read_load(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "load/%s.txt", name);
    return unit_read_fixture(path);
}

/* ---- what was recorded ---- */

/* 500 requests each: 1000 of them in the time of both, whose means are 0.024 and 0.026 ms. */
#define REDIS_RATE (2 / (1 / 83333.34 + 1 / 62500.0))
#define QUIET_RATE (4 / (1 / 59880.24 + 1 / 31250.0 + 1 / 62111.80 + 1 / 8203.45))

static const struct {
    const char *name;
    struct expected expected;
} recorded[] = {
    {"wrk", {"wrk", 20218.33, 427.25e-6, NONE, 20336, 0}},
    {"wrk-latency", {"wrk", 13983.21, 1.14e-3, 5.90e-3, 28135, 0}},
    {"wrk-missing", {"wrk", 15702.17, 675.14e-6, 5.28e-3, 15759, 15759}},
    {"wrk-drop", {"wrk", 9097.96, 570.31e-6, NONE, 10002, 2501}},
    {"wrk-timeout", {"wrk", 1.5, NONE, NONE, 6, 6}}, /* timed no request: "0.00us" */
    {"wrk-never", {"wrk", 0, NONE, NONE, 0, 0}},
    {"wrk-closed", {NULL, NONE, NONE, NONE, NONE, NONE}},
    {"hey", {"hey", 5408.0571, 0.0007, 0.0059, 1000, 0}},
    {"hey-mixed", {"hey", 4815.7606, 0.0008, 0.0056, 500, 50}},
    {"hey-dies", {"hey", 8672.5602, 0.0005, 0.0024, 3000, 553}},
    {"hey-closed", {"hey", 19672.9181, NONE, NONE, 20, 20}},
    {"ab", {"ab", 2445.60, 1.636e-3, 7e-3, 1000, 0}},
    {"ab-missing", {"ab", 2857.19, 1.400e-3, 7e-3, 500, 500}},
    {"ab-mixed",
     {"ab", 1941.22, 2.061e-3, 8e-3, 500, 50}}, /* counted twice by ab, as of another length too */
    {"ab-dies", {NULL, NONE, NONE, NONE, NONE, NONE}},
    {"redis", {"redis-benchmark", REDIS_RATE, 0.025e-3, 0.111e-3, 1000, NONE}},
    {"redis-quiet", {"redis-benchmark", QUIET_RATE, NONE, NONE, NONE, NONE}},
    {"redis-csv", {"redis-benchmark", 116279.06, 0.084e-3, 0.135e-3, NONE, NONE}},
    {"redis-command", {"redis-benchmark", 63291.14, 0.079e-3, 0.927e-3, NONE, NONE}},
    {"redis-error", {NULL, NONE, NONE, NONE, NONE, NONE}},
    {"memtier", {"memtier_benchmark", 112539.74, 0.03672e-3, 0.071e-3, 8000, 0}},
    {"memtier-runs", {"memtier_benchmark", 91961.55, 0.02488e-3, 0.047e-3, NONE, NONE}},
    {"memtier-error", {"memtier_benchmark", 12875.54, 0.14867e-3, 0.327e-3, 12, 5}},
    {"memtier-closed", {"memtier_benchmark", 0, NONE, NONE, 0, 1}},
    {"pgbench", {"pgbench", 5011.956233, 0.399e-3, NONE, 4980, 0}},
    {"pgbench-connect", {"pgbench", 308.294668, 6.487e-3, NONE, 100, 0}},
    {"pgbench-failed", {"pgbench", 4956.468470, 0.539e-3, NONE, 400, 133}},
    {"pgbench-aborted", {"pgbench", 9580.838323, 0.313e-3, NONE, 59, 3}},
    {"k6-0.53", {"k6", 199.874213, 14.21e-3, NONE, 6000, 20}},
    {"k6-2.2", {"k6", 199.874213, 14.21e-3, 118.9e-3, 6000, 20}},
    {"k6-no-http", {"k6", 199.874213, 49.98e-3, NONE, 6000, NONE}},
};

TEST(recorded_outputs) {
    for (size_t i = 0; i < COUNT(recorded); i++) {
        char *output = read_load(recorded[i].name);
        check_figures(recorded[i].name, read_as(output, NULL, NULL), recorded[i].expected);
        free(output);
    }
}

/* The name makes no difference to what is whole, and another tool's words are not understood. */
TEST(named_formats) {
    for (size_t i = 0; i < COUNT(recorded); i++) {
        const char *format = recorded[i].expected.format;
        if (!format)
            continue;
        char *output = read_load(recorded[i].name);
        check_figures(recorded[i].name, read_as(output, format, NULL), recorded[i].expected);
        const char *other = strcmp(format, "pgbench") == 0 ? "k6" : "pgbench";
        check_figures(recorded[i].name, read_as(output, other, NULL),
                      (struct expected){NULL, NONE, NONE, NONE, NONE, NONE});
        free(output);
    }
}

/* ---- layouts of other versions, and single words ---- */

#define WRK_HEAD    "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
#define HEY_HEAD    "\nSummary:\n  Total:\t1.0 secs\n"
#define AB_HEAD     "Complete requests:      100\n"
#define PG_HEAD     "number of transactions actually processed: 20/20\n"
#define K6_HEAD     "     data_received..: 1 B 1 B/s\n"
#define MEMTIER_ROW "Type   Ops/sec   Hits/sec   Misses/sec   MOVED/sec   ASK/sec   Latency   KB/sec \n"

TEST(other_words) {
    static const struct {
        const char *what;
        const char *output;
        struct expected expected;
    } rows[] = {
        {"nothing", "", {NULL, NONE, NONE, NONE, NONE, NONE}},
        {"wrk2",
         WRK_HEAD "    Latency     1.05m   3.1s\n  Latency Distribution (HdrHistogram)\n 99.000%    1.20m \n"
                  "  10 requests in 2.00m, 1KB read\nRequests/sec:  0.08\n",
         {"wrk", 0.08, 63, 72, 10, 0}},
        {"wrk, all kinds of errors",
         WRK_HEAD
         "  7 requests in 2.00s, 1KB read\n"
         "  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 5\n"
         "Requests/sec:  3.5\n",
         {"wrk", 3.5, NONE, NONE, 7, 4326}},
        {"wrk, an error count that is none",
         WRK_HEAD "  7 requests in 2.00s, 1KB read\n"
                  "  Socket errors: connect 1, read x, write 0, timeout 0\nRequests/sec:  3.5\n",
         {"wrk", 3.5, NONE, NONE, 7, NONE}},
        {"wrk, cut before its requests",
         WRK_HEAD "    Latency    12.00us\n",
         {"wrk", NONE, 12e-6, NONE, NONE, NONE}},
        {"hey writes its percent sign twice",
         HEY_HEAD "  Requests/sec:\t5\n  99%% in 0.25 secs\n",
         {"hey", 5, NONE, 0.25, NONE, NONE}},
        {"ab, write errors",
         AB_HEAD "Failed requests:        3\n"
                 "   (Connect: 1, Receive: 0, Length: 2, Exceptions: 0)\nWrite errors:           4\n"
                 "Non-2xx responses:      10\nRequests per second:    50.5 [#/sec] (mean)\n",
         {"ab", 50.5, NONE, NONE, 100, 15}},
        {"ab rounds to 0 ms",
         AB_HEAD "Requests per second:    50.5 [#/sec] (mean)\n  99%      0\n",
         {"ab", 50.5, NONE, NONE, 100, NONE}},
        {"redis-benchmark before 6.2",
         "====== SET ======\n  100000 requests completed in 0.87 seconds\n"
         "  50 parallel clients\n\n99.95% <= 1 milliseconds\n100.00% <= 1 milliseconds\n"
         "114810.56 requests per second\n\n\n",
         {"redis-benchmark", 114810.56, NONE, NONE, 100000, NONE}},
        {"redis-benchmark, a test of rate 0",
         "A: 0.00 requests per second, p50=0.1 msec\n"
         "B: 5.00 requests per second, p50=0.1 msec\n",
         {"redis-benchmark", 0, NONE, NONE, NONE, NONE}},
        {"a rate in the middle of a sentence",
         "p50=\nwe saw 5 requests per second, p50=0.1 msec\n",
         {NULL, NONE, NONE, NONE, NONE, NONE}},
        {"memtier 1.3, a cluster",
         MEMTIER_ROW "Sets   1.5   ---   ---   ---   ---   1.000   1.0\n"
                     "Totals   3000.50   0.00   2000.00   1.00   2.00   0.31000   100.00 \n",
         {"memtier_benchmark", 3000.5, 0.31e-3, NONE, NONE, NONE}},
        {"memtier, with errors, cut at its beginning",
         "server 127.0.0.1:1 handle error response: -OOM\n"
         "[RUN #1 100%,   0 secs]  0 threads  2 conns:          12 ops,       0 (avg:   12875) "
         "ops/sec\n" MEMTIER_ROW "Totals   3000.50   0.00   2000.00   1.00   2.00   0.31000   100.00 \n",
         {"memtier_benchmark", 3000.5, 0.31e-3, NONE, 12, NONE}},
        {"pgbench 13",
         PG_HEAD "latency average = 2.000 ms\ntps = 90.5 (including connections establishing)\n"
                 "tps = 100.25 (excluding connections establishing)\n",
         {"pgbench", 100.25, 2e-3, NONE, 20, 0}},
        {"pgbench, aborted for an unknown reason",
         "pgbench: error: Run was aborted\n" PG_HEAD
         "number of failed transactions: 0 (0.000%)\ntps = 100.25 (without initial connection time)\n",
         {"pgbench", 100.25, NONE, NONE, NONE, NONE}},
        {"k6, units",
         K6_HEAD "     http_req_duration...: avg=1m30.5s p(99)=1h2m3s\n"
                 "     http_reqs...: 3 0.5/s\n",
         {"k6", 0.5, 90.5, 3723, 3, NONE}},
        {"k6, small units",
         K6_HEAD "     http_req_duration...: avg=208.65\u00b5s p(99.9)=1s p(99)=320ns\n"
                 "     http_reqs...: 3 0.5/s\n",
         {"k6", 0.5, 208.65e-6, 320e-9, 3, NONE}},
        {"of two reports the last",
         WRK_HEAD "  7 requests in 2.00s, 1KB read\n  Non-2xx or 3xx responses: 5\n"
                  "Requests/sec:  3.5\n" WRK_HEAD "  9 requests in 2.00s, 1KB read\nRequests/sec:  4.5\n",
         {"wrk", 4.5, NONE, NONE, 9, 0}},
        {"of two tools the last",
         WRK_HEAD "  7 requests in 2.00s, 1KB read\nRequests/sec:  3.5\n" PG_HEAD
                  "tps = 2.5 (without initial connection time)\n",
         {"pgbench", 2.5, NONE, NONE, 20, 0}},
        {"a banner after it says nothing",
         WRK_HEAD "Requests/sec:  3.5\n====== done ======\n",
         {"wrk", 3.5, NONE, NONE, NONE, NONE}},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check_figures(rows[i].what, read_as(rows[i].output, NULL, NULL), rows[i].expected);
}

/* Where the user names the tool, a part of its report is enough. */
TEST(a_part_of_a_report) {
    static const struct {
        const char *format;
        const char *output;
        double rate;
    } rows[] = {
        {"wrk", "Requests/sec:   4002.11\n", 4002.11},
        {"wrk", "Requests/sec:   4002.11", 4002.11},
        {"hey", "  Requests/sec:\t4002.11", 4002.11},
        {"ab", "Requests per second:    8123.45 [#/sec] (mean)\n", 8123.45},
        {"redis-benchmark", "SET: 101010.10 requests per second\n", 101010.10},
        {"pgbench", "tps = 617.1 (without initial connection time)\n", 617.1},
        {"k6", "http_reqs..: 180 4.36938/s", 4.36938},
        {"k6", "\u2717 http_reqs..: 180 4.36938/s", 4.36938},
        {"wrk", "", NONE},
        {"no-such-tool", "Requests/sec:   4002.11\n", NONE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct load_figures figures = read_as(rows[i].output, rows[i].format, NULL);
        ROW(is_near(f64(figures.rate_per_s), rows[i].rate), "%s: %.12g", rows[i].output,
            f64(figures.rate_per_s));
    }
}

/* ---- numbers ---- */

TEST(number_words) {
    static const struct {
        const char *number;
        double rate;
    } rows[] = {
        {"0", 0},
        {"0.00", 0},
        {"17.25", 17.25},
        {"1.5e3", 1500},
        {"2E-1", 0.2},
        {"1e15", 1e15},
        {"5.", 5},
        {"1e16", NONE},
        {"1e999", NONE},
        {"-5", NONE},
        {"+5", NONE},
        {"inf", NONE},
        {"nan", NONE},
        {"-nan", NONE},
        {"0x10", NONE},
        {"1.2.3", NONE},
        {"12abc", NONE},
        {"1,234", NONE},
        {".5", NONE},
        {"e5", NONE},
        {"1e", NONE},
        {"", NONE},
        {"99999999999999999999", NONE},
        {"1_000", NONE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *output = text_format("Requests/sec:   %s\n", rows[i].number);
        double rate = f64(read_as(output, "wrk", NULL).rate_per_s);
        ROW(is_near(rate, rows[i].rate), "%s: %.12g", rows[i].number, rate);
        free(output);
    }
}

TEST(counts_that_do_not_fit) {
    char *output = text_format(HEY_HEAD "Status code distribution:\n");
    struct strbuf text = {0};
    strbuf_add(&text, output);
    for (int i = 0; i < 10000; i++)
        strbuf_add(&text, "  [500]\t1000000000000000 responses\n");
    struct load_figures figures = read_as(strbuf_text(&text), "hey", NULL);
    ck_assert(!figures.requests.known);
    ck_assert(!figures.errors.known);
    strbuf_free(&text);
    free(output);
}

/* ---- a rate of the user's own ---- */

TEST(own_rates) {
    static const struct {
        const char *rate;
        const char *output;
        double expected;
    } rows[] = {
        {"rate: ([0-9.]+)", "rate: 41.5\n", 41.5},
        {"rate: ([0-9.]+)", "rate: 1\nrate: 2\nrate: 3", 3},
        {"rate: ([0-9.]+)", "rate: 1 rate: 2 rate: 3", 3},
        {"rate: ([0-9a-z.]+)", "rate: 1\nrate: nan\n", 1}, /* the last that is a number */
        {"rate: ([0-9a-z.-]+)", "rate: -4\n", NONE},
        {"rate: ([0-9a-z.]+)", "rate: 1e400\n", NONE},
        {"rate: ([0-9]{2})", "rate: 123456\n", 12}, /* the group, not what follows it */
        {"rate: ( *[0-9.]+ *)", "rate:    7 \n", 7},
        {"^([0-9.]+) per second$", "12 per second\n13 per second or so\n", 12},
        {"^([0-9.]+)", "5 6 7", 5},
        {"rate: .*([0-9])", "rate: 3\n9\n", 3}, /* a dot does not go beyond the line */
        {"(a)|b", "b", NONE},                   /* the group took no part */
        {"x*()", "yyy", NONE},
        {"([0-9]+)", "", NONE},
        {"no ([0-9]+)", "Requests/sec: 5\n", NONE},
        {"(", "1", NONE}, /* no expression: load_reading_check() says so */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct load_figures figures = read_as(rows[i].output, NULL, rows[i].rate);
        ROW(is_near(f64(figures.rate_per_s), rows[i].expected), "%s in %s: %.12g", rows[i].rate,
            rows[i].output, f64(figures.rate_per_s));
        ROW(figures.format == NULL, "%s", rows[i].rate);
    }
}

/* It replaces the tool's, even where it matches nothing; all else stays the tool's. */
TEST(own_rate_of_a_known_tool) {
    char *output = read_load("wrk-latency");
    check_figures("found", read_as(output, NULL, "Transfer/sec: +([0-9.]+)MB"),
                  (struct expected){"wrk", 2.29, 1.14e-3, 5.90e-3, 28135, 0});
    check_figures("not found", read_as(output, "wrk", "Transfers/sec: +([0-9.]+)MB"),
                  (struct expected){"wrk", NONE, 1.14e-3, 5.90e-3, 28135, 0});
    free(output);
}

/* ---- hostile output ---- */

static int is_sane(struct load_figures figures) {
    const struct known_f64 numbers[] = {figures.rate_per_s, figures.latency_mean_s, figures.latency_p99_s};
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (numbers[i].known && !(numbers[i].value >= 0 && numbers[i].value <= 1e15))
            return 0;
    return (!figures.requests.known || figures.requests.value >= 0) &&
           (!figures.errors.known || figures.errors.value >= 0);
}

/* By every tool, and by an expression. The text is copied to its exact size, so that a sanitizer sees any
 * byte read beyond it. */
static void check_sane(const char *what, const char *text) {
    static const char *const formats[] = {
        NULL, "wrk", "hey", "ab", "redis-benchmark", "memtier_benchmark", "pgbench", "k6"};
    char *output = text_copy(text);
    for (size_t i = 0; i < COUNT(formats); i++)
        ROW(is_sane(read_as(output, formats[i], NULL)), "%s as %s", what, formats[i] ? formats[i] : "any");
    ROW(is_sane(read_as(output, NULL, "([0-9.e+-]+)")), "%s by an expression", what);
    free(output);
}

/* What is cut anywhere is read as far as it goes. */
TEST(cut_outputs) {
    for (size_t i = 0; i < COUNT(recorded); i++) {
        char *output = read_load(recorded[i].name);
        size_t length = strlen(output);
        for (size_t at = 0; at<length; at += length> 1000 ? 13 : 1) {
            check_sane(recorded[i].name, output + at);
            char saved = output[at];
            output[at] = '\0';
            check_sane(recorded[i].name, output);
            output[at] = saved;
        }
        free(output);
    }
}

/* Each number in turn becomes something that is none, or is too large. */
TEST(garbage_numbers) {
    static const char *const garbage[] = {
        "nan", "-1", "inf", "1e999", "99999999999999999999999999", "0x7f", "", "1e", "1.2.3.4", "-",
    };
    for (size_t i = 0; i < COUNT(recorded); i++) {
        char *output = read_load(recorded[i].name);
        int turn = 0;
        for (size_t at = 0; output[at]; turn++) {
            at += strcspn(output + at, "0123456789");
            size_t length = strspn(output + at, "0123456789.");
            char *changed = text_format("%.*s%s%s", (int)at, output, garbage[turn % (int)COUNT(garbage)],
                                        output + at + length);
            check_sane(recorded[i].name, changed);
            free(changed);
            at += length;
        }
        free(output);
    }
}

/* 64 KiB of one thing over and over, without a line end too. */
TEST(much_of_one_thing) {
    static const char *const things[] = {
        "\n",
        " ",
        "\r",
        "9",
        "9.",
        "1 ",
        "\"",
        ",",
        "\",\"",
        "=",
        "[",
        "[1]\n",
        "1s",
        "\t",
        "\xc2",
        "\xff",
        "Latency ",
        "Latency\n",
        "tps = 1\n",
        "Totals \n",
        "http_reqs.",
        "http_reqs.: 1 ",
        "avg=",
        "99% in ",
        "1 requests per second\n",
        " requests per second",
        "latency summary (msec):\n",
        "====== ",
        "Ops/sec ",
        "Ops/sec \nTotals 1 ",
        "TOTAL RESULTS\n",
        "Summary:\n  Total:\t",
        " ops, ",
        "[RUN # conns ",
        "pgbench: error: client  aborted ",
        "number of transactions actually processed: 1\n",
        "\"test\",\"rps\",\"avg_latency_ms\"\n\"a\",\"1\"\n",
        "Status code distribution:\n[1] 1\n",
    };
    for (size_t i = 0; i < COUNT(things); i++) {
        struct strbuf text = {0};
        while (text.length < (size_t)64 * 1024)
            strbuf_add(&text, things[i]);
        check_sane(things[i], strbuf_text(&text));
        strbuf_free(&text);
    }
}

/* Bytes of one report in the place of others, of the same or of another. */
TEST(shuffled_outputs) {
    uint64_t chance = random_from(1);
    for (int round = 0; round < 2000; round++) {
        char *output = read_load(recorded[next_random(&chance) % COUNT(recorded)].name);
        char *other = read_load(recorded[next_random(&chance) % COUNT(recorded)].name);
        size_t length = strlen(output);
        for (int change = 0; change < 8; change++) {
            size_t to = next_random(&chance) % length;
            size_t from = next_random(&chance) % strlen(other);
            size_t count = next_random(&chance) % 40;
            for (size_t i = 0; i < count && output[to + i] && other[from + i]; i++)
                output[to + i] = other[from + i];
        }
        check_sane("shuffled", output);
        free(output);
        free(other);
    }
}

/* ---- names and the check ---- */

TEST(format_names) {
    static const char *const unknown[] = {"", "WRK", "wrk ", "memtier", "wrk, hey", "siege"};
    char *names = text_copy(load_format_names());
    int count = 0;
    char *rest = names;
    for (char *name; (name = strsep(&rest, ",")); count++) {
        name += strspn(name, " ");
        const char *found = load_format_find(name);
        ROW_TEXT(found ? found : "none", name, "names");
        ROW(found != name, "%s: not the table's own text", name);
    }
    ck_assert_int_eq(count, 7);
    free(names);
    ck_assert_str_eq(load_format_names(), "wrk, hey, ab, redis-benchmark, memtier_benchmark, pgbench, k6");
    for (size_t i = 0; i < COUNT(unknown); i++)
        ROW(!load_format_find(unknown[i]), "%s", unknown[i]);
    ck_assert_ptr_null(load_format_find(NULL));
}

TEST(reading_check) {
    static const struct {
        const char *format;
        const char *rate;
        const char *message; /* NULL: it can be used */
    } rows[] = {
        {NULL, NULL, NULL},
        {"wrk", NULL, NULL},
        {"k6", "rate: ([0-9.]+)", NULL},
        {NULL, "a(b(c))d", NULL},
        {"siege", NULL,
         "siege: not a known format of a load's output; there are wrk, hey, ab, redis-benchmark, "
         "memtier_benchmark, pgbench, k6"},
        {"siege", "(",
         "siege: not a known format of a load's output; there are wrk, hey, ab, redis-benchmark, "
         "memtier_benchmark, pgbench, k6"},
        {NULL, "rate: (", "rate: (: not an extended regular expression: Unmatched ( or \\("},
        {"wrk", "(a", "(a: not an extended regular expression: Unmatched ( or \\("},
        {NULL, "rate: [0-9]+",
         "rate: [0-9]+: has no group; put one around the number, as in 'rate: ([0-9.]+)'"},
        {NULL, "rate: \\([0-9]+\\)",
         "rate: \\([0-9]+\\): has no group; put one around the number, as in 'rate: ([0-9.]+)'"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct load_reading reading = {.format = rows[i].format, .rate = rows[i].rate};
        struct error error = {0};
        int code = load_reading_check(&reading, &error);
        ROW(code == (rows[i].message ? -EINVAL : 0), "row %zu: %d", i, code);
        ROW_TEXT(error.what, rows[i].message ? rows[i].message : "", "message");
        ROW(!rows[i].message || unit_is_one_line(error.what), "row %zu", i);
    }
}

UNIT_MAIN("load_output", recorded_outputs, named_formats, other_words, a_part_of_a_report, number_words,
          counts_that_do_not_fit, own_rates, own_rate_of_a_known_tool, cut_outputs, garbage_numbers,
          much_of_one_thing, shuffled_outputs, format_names, reading_check)
