#include "trial/load_output.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* No tool counts or times further than this: what is larger is garbage, and nothing read overflows later. */
#define NUMBER_MOST 1e15

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- words ---- */

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t");
}

/* The start of the next line; NULL: there is none. Progress that is written over itself ends in \r. */
static const char *next_line(const char *at) {
    at += strcspn(at, "\r\n");
    return *at ? at + 1 : NULL;
}

/* The first line of `text` that begins with `label`, less leading blanks: what follows the label, and blanks
 * after it. NULL: no line does. */
static const char *behind(const char *text, const char *label) {
    for (; text; text = next_line(text)) {
        const char *line = skip_blanks(text);
        if (text_starts_with(line, label))
            return skip_blanks(line + strlen(label));
    }
    return NULL;
}

/* The first `word` in the rest of the line at `at`; NULL: it is not in it. */
static const char *in_line(const char *at, const char *word) {
    return memmem(at, strcspn(at, "\r\n"), word, strlen(word));
}

/* What follows the first `word` in the rest of the line; NULL: it is not in it. */
static const char *behind_in_line(const char *at, const char *word) {
    const char *found = in_line(at, word);
    return found ? found + strlen(word) : NULL;
}

/* The n-th word of the line, from 0; the line's end where there are fewer. */
static const char *nth_word(const char *line, int n) {
    const char *at = skip_blanks(line);
    for (; n > 0; n--)
        at = skip_blanks(at + strcspn(at, " \t\r\n"));
    return at;
}

static const char *find_last(const char *text, const char *word) {
    const char *last = NULL;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        last = at;
    return last;
}

/* ---- numbers ---- */

/* A decimal number, neither negative nor larger than can be meant; moves *at past it. Hexadecimal, "inf" and
 * "nan" are none, and 1.2.3 neither. Unknown: *at stays where it is. */
static struct known_f64 read_number(const char **at) {
    const char *end = *at + strspn(*at, "0123456789");
    if (end == *at)
        return UNKNOWN_F64;
    if (*end == '.')
        end += 1 + strspn(end + 1, "0123456789");
    if ((*end == 'e' || *end == 'E') && isdigit((unsigned char)end[1 + (end[1] == '+' || end[1] == '-')]))
        end += 2 + strspn(end + 2, "0123456789");
    char *parsed;
    double value = strtod(*at, &parsed);
    if (parsed != end || *end == '.' || !isfinite(value) || value > NUMBER_MOST)
        return UNKNOWN_F64;
    *at = end;
    return known_f64(value);
}

/* Is the word over here? 1,234 may be one or two numbers: it is none. */
static bool word_ends(const char *at) {
    if (*at == ',')
        return !isdigit((unsigned char)at[1]);
    return !isalnum((unsigned char)*at) && *at != '.' && *at != '_';
}

/* The number that is all of the word at `at`, which may be NULL. */
static struct known_f64 number_at(const char *at) {
    struct known_f64 number = at ? read_number(&at) : UNKNOWN_F64;
    return number.known && word_ends(at) ? number : UNKNOWN_F64;
}

static struct known_i64 count_at(const char *at) {
    struct known_f64 number = number_at(at);
    return number.known && number.value == floor(number.value) ? known_i64((int64_t)number.value)
                                                               : UNKNOWN_I64;
}

static struct known_f64 times(struct known_f64 number, double factor) {
    return number.known ? known_f64(number.value * factor) : UNKNOWN_F64;
}

static const struct {
    const char *name;
    double seconds;
} time_units[] = {
    {"ns", 1e-9}, {"us", 1e-6}, {"\xc2\xb5s", 1e-6}, {"\xce\xbcs", 1e-6}, {"ms", 1e-3}, {"msec", 1e-3},
    {"s", 1},     {"sec", 1},   {"secs", 1},         {"m", 60},           {"h", 3600},
};

/* Moves *at past the unit. 0: it is none. */
static double read_time_unit(const char **at) {
    size_t length = strcspn(*at, " \t\r\n0123456789.,;)]");
    for (size_t i = 0; i < COUNT(time_units); i++) {
        if (strlen(time_units[i].name) == length && strncmp(*at, time_units[i].name, length) == 0) {
            *at += length;
            return time_units[i].seconds;
        }
    }
    return 0;
}

/* 4.09ms, 0.0112 secs, 1m30.5s: in seconds. `at` may be NULL. */
static struct known_f64 time_at(const char *at) {
    double seconds = 0;
    if (!at)
        return UNKNOWN_F64;
    do {
        struct known_f64 number = read_number(&at);
        const char *unit = skip_blanks(at);
        double unit_s = number.known ? read_time_unit(&unit) : 0;
        if (unit_s == 0)
            return UNKNOWN_F64;
        seconds += number.value * unit_s;
        at = unit;
    } while (isdigit((unsigned char)*at));
    return word_ends(at) && seconds <= NUMBER_MOST ? known_f64(seconds) : UNKNOWN_F64;
}

/* Unknown where either is, or where it does not fit. */
static struct known_i64 sum(struct known_i64 one, struct known_i64 other) {
    int64_t value;
    if (!one.known || !other.known || __builtin_add_overflow(one.value, other.value, &value))
        return UNKNOWN_I64;
    return known_i64(value);
}

/* A count that a tool prints only where it is not 0: no such line says 0, one that cannot be read nothing. */
static struct known_i64 count_or_silence(const char *at) {
    return at ? count_at(at) : known_i64(0);
}

/* ---- tools ----
 *
 * A reader is given the report, from its mark on, and all of the output that it is in. The layouts are those
 * of the versions that tests/fixtures/load tells. */

/* "Latency     1.25ms    0.62ms ...", "99%    4.09ms" (--latency; wrk2 writes 99.000%),
 * "8012 requests in 2.00s, 1.23MB read", "Socket errors: connect 0, read 12, write 0, timeout 3",
 * "Non-2xx or 3xx responses: 8012", "Requests/sec:   4002.11". The lines of errors are there only if there
 * were some, so that a whole report without them says 0. */
static void read_wrk(const char *report, const char *output, struct load_figures *figures) {
    (void)output;
    static const char *const socket_errors[] = {"connect ", "read ", "write ", "timeout "};
    figures->rate_per_s = number_at(behind(report, "Requests/sec:"));
    figures->latency_mean_s = time_at(behind(report, "Latency "));
    const char *p99 = behind(report, "99%");
    figures->latency_p99_s = time_at(p99 ? p99 : behind(report, "99.000%"));
    for (const char *line = report; line && !figures->requests.known; line = next_line(line))
        if (in_line(line, " requests in "))
            figures->requests = count_at(skip_blanks(line));
    if (!figures->requests.known)
        return;
    figures->errors = count_or_silence(behind(report, "Non-2xx or 3xx responses:"));
    const char *failed = behind(report, "Socket errors:");
    for (size_t i = 0; failed && i < COUNT(socket_errors); i++)
        figures->errors = sum(figures->errors, count_at(behind_in_line(failed, socket_errors[i])));
}

/* Adds the lines "[CODE]  COUNT responses" or "[COUNT]  message" below a title: to `requests` all, to
 * `errors` those whose status is not 2xx or 3xx. */
static void add_hey_section(const char *line, bool statuses, struct load_figures *figures) {
    while ((line = next_line(line)) && *skip_blanks(line) == '[') {
        const char *inside = skip_blanks(line) + 1;
        const char *after = behind_in_line(inside, "]");
        struct known_i64 number = count_at(inside);
        struct known_i64 count = statuses ? count_at(after ? skip_blanks(after) : NULL) : number;
        bool good = statuses && number.known && number.value >= 200 && number.value < 400;
        figures->requests = sum(figures->requests, count);
        figures->errors = sum(figures->errors, good ? known_i64(0) : count);
    }
}

/* "Average:  0.0012 secs", "Requests/sec:  3905.12", "99% in 0.0112 secs", and at the end how often each
 * status and each error occurred: together they are the requests, and no error said is none. */
static void read_hey(const char *report, const char *output, struct load_figures *figures) {
    (void)output;
    figures->rate_per_s = number_at(behind(report, "Requests/sec:"));
    figures->latency_mean_s = time_at(behind(report, "Average:"));
    const char *p99 = behind(report, "99%");
    figures->latency_p99_s = time_at(p99 ? behind_in_line(p99, "in ") : NULL);
    const char *statuses = behind(report, "Status code distribution:");
    const char *errors = behind(report, "Error distribution:");
    if (!statuses && !errors)
        return;
    figures->requests = known_i64(0);
    figures->errors = known_i64(0);
    if (statuses)
        add_hey_section(statuses, true, figures);
    if (errors)
        add_hey_section(errors, false, figures);
}

/* "Complete requests:      1000", "Failed requests:        12", below it
 * "   (Connect: 0, Receive: 0, Length: 12, Exceptions: 0)", "Write errors:           3",
 * "Non-2xx responses:      12", "Requests per second:    8123.45 [#/sec] (mean)",
 * "Time per request:       1.231 [ms] (mean)", "  99%      3" in milliseconds. A response of another length
 * than the first counts as failed, and one that is not 2xx mostly has another: such are counted once. The
 * lines of write errors and of statuses are there only if there were some. */
static void read_ab(const char *report, const char *output, struct load_figures *figures) {
    (void)output;
    figures->rate_per_s = number_at(behind(report, "Requests per second:"));
    figures->latency_mean_s = times(number_at(behind(report, "Time per request:")), 1e-3);
    figures->latency_p99_s = times(number_at(behind(report, "99%")), 1e-3);
    figures->requests = count_at(behind(report, "Complete requests:"));
    struct known_i64 failed = count_at(behind(report, "Failed requests:"));
    struct known_i64 refused = count_or_silence(behind(report, "Non-2xx responses:"));
    const char *kinds = behind(report, "(Connect:");
    int64_t twice = kinds ? known_or(count_at(behind_in_line(kinds, "Length: ")), 0) : 0;
    if (refused.known)
        refused.value = refused.value > twice ? refused.value - twice : 0;
    figures->errors = sum(sum(failed, refused), count_or_silence(behind(report, "Write errors:")));
}

/* Several tests, one after the other, each of the same number of requests. */
struct tests {
    int rates;
    double seconds_per_request; /* the sum of 1 / rate; infinite where one is 0 */
    int means;
    double mean_s; /* their sum */
    struct known_f64 p99_s;
};

static void add_rate(struct tests *tests, struct known_f64 rate) {
    if (!rate.known)
        return;
    tests->rates++;
    tests->seconds_per_request += rate.value > 0 ? 1 / rate.value : HUGE_VAL;
}

static void add_latency(struct tests *tests, struct known_f64 mean_ms, struct known_f64 p99_ms) {
    if (mean_ms.known) {
        tests->means++;
        tests->mean_s += mean_ms.value * 1e-3;
    }
    if (p99_ms.known && !(tests->p99_s.value > p99_ms.value * 1e-3))
        tests->p99_s = known_f64(p99_ms.value * 1e-3);
}

/* The number that is the word right before `phrase`, which is in the text from `start` on; its own start too.
 */
static struct known_f64 number_before(const char *start, const char *phrase, const char **ret_word) {
    const char *word = phrase;
    while (word > start && (isdigit((unsigned char)word[-1]) || word[-1] == '.'))
        word--;
    const char *end = word;
    struct known_f64 number = read_number(&end);
    *ret_word = word;
    return number.known && end == phrase ? number : UNKNOWN_F64;
}

/* "SET: 191938.58 requests per second", or the number alone before that phrase. */
static struct known_f64 redis_rate(const char *line, const char *phrase) {
    const char *word;
    struct known_f64 rate = number_before(line, phrase, &word);
    bool labelled = word == skip_blanks(line) || (word - line > 2 && word[-1] == ' ' && word[-2] == ':');
    return labelled ? rate : UNKNOWN_F64;
}

/* The number in the n-th of the last fields of a line of quoted ones, from 1; a name in front may hold quotes
 * and commas. */
static struct known_f64 field_from_end(const char *line, int n) {
    const char *at = line + strcspn(line, "\r\n");
    int commas = 0;
    while (at > line && commas < n)
        if (*--at == ',')
            commas++;
    return commas == n && at[1] == '"' ? number_at(at + 2) : UNKNOWN_F64;
}

/* Three layouts of redis-benchmark, of which only the first (the plain one) tells the requests:
 * "  100000 requests completed in 0.52 seconds", "throughput summary: 191938.58 requests per second", and
 * below "latency summary (msec):" a line of names and one of numbers, the first the mean, the fifth p99;
 * -q: "SET: 191938.58 requests per second, p50=0.135 msec";
 * --csv: "SET","191938.58","0.141","0.032","0.135","0.223","0.303","1.007", whose columns are named above.
 * Before version 6.2 it told no more than the rate.
 *
 * The rate of several tests is that of all their requests over the time they took together; their mean
 * latency is the mean of all requests; p99 is the worst test's, since that of all together is not more.
 * Errors stay unknown: from version 7 on the first one ends it, before that it does not look for them, and
 * what it prints does not say which version it is. */
static void read_redis(const char *report, const char *output, struct load_figures *figures) {
    (void)report;
    struct tests tests = {0};
    bool csv = strstr(output, "\"test\",\"rps\",\"avg_latency_ms\"") != NULL;
    struct known_i64 requests = known_i64(0);
    for (const char *line = output; line; line = next_line(line)) {
        const char *phrase = in_line(line, " requests per second");
        if (phrase) {
            add_rate(&tests, redis_rate(line, phrase));
        } else if (csv && *line == '"') {
            add_rate(&tests, field_from_end(line, 7));
            add_latency(&tests, field_from_end(line, 6), field_from_end(line, 2));
        } else if (in_line(line, " requests completed in ")) {
            requests = sum(requests, count_at(skip_blanks(line)));
        } else if (in_line(line, "latency summary (msec):")) {
            const char *names = next_line(line);
            const char *row = names ? next_line(names) : NULL;
            if (row)
                add_latency(&tests, number_at(nth_word(row, 0)), number_at(nth_word(row, 4)));
        }
    }
    if (tests.rates)
        figures->rate_per_s = known_f64(tests.rates / tests.seconds_per_request);
    if (tests.means)
        figures->latency_mean_s = known_f64(tests.mean_s / tests.means);
    figures->latency_p99_s = tests.p99_s;
    if (requests.value > 0)
        figures->requests = requests;
}

/* Which column of memtier's table it is, from 0 for the one at `header`; -1: there is none. Names hold single
 * blanks, and two stand between them. */
static int memtier_column(const char *header, const char *name) {
    size_t length = strlen(name);
    int column = 0;
    for (const char *at = header; *at && !strchr("\r\n", *at); column++) {
        if (text_starts_with(at, name) && strchr(" \r\n", at[length]))
            return column;
        const char *gap = in_line(at, "  ");
        at = gap ? skip_blanks(gap) : at + strcspn(at, "\r\n");
    }
    return -1;
}

/* In milliseconds there. */
static struct known_f64 memtier_latency(const char *header, const char *totals, const char *name) {
    int column = memtier_column(header, name);
    return column < 0 ? UNKNOWN_F64 : times(number_at(nth_word(totals, column)), 1e-3);
}

/* How many lines hold both texts. */
static struct known_i64 count_lines(const char *text, const char *one, const char *other) {
    int64_t count = 0;
    for (; text; text = next_line(text)) {
        const char *found = behind_in_line(text, one);
        if (found && in_line(found, other))
            count++;
    }
    return known_i64(count);
}

/* "Type  Ops/sec  Hits/sec  Misses/sec  Avg. Latency  p50 Latency  p99 Latency  p99.9 Latency  KB/sec" over a
 * row "Totals"; how many columns there are depends on version and options. With -x the last table is that of
 * the mean. The progress alone tells the requests, run by run:
 * "[RUN #1 100%,  21 secs]  0 threads  4 conns:     8000 ops,  1774 (avg:  1836) ops/sec, ...", and from
 * version 2.2 on "4 conns 12 conn errors:". Each error of the server is a line of its own, which only an
 * output with its beginning has all of: none there says 0. */
static void read_memtier(const char *report, const char *output, struct load_figures *figures) {
    const char *totals = behind(report, "Totals ");
    if (!totals)
        return;
    figures->rate_per_s = number_at(totals);
    struct known_f64 mean = memtier_latency(report, totals, "Avg. Latency");
    figures->latency_mean_s = mean.known ? mean : memtier_latency(report, totals, "Latency");
    figures->latency_p99_s = memtier_latency(report, totals, "p99 Latency");
    const char *progress = find_last(output, " ops, ");
    if (!progress || strstr(output, "AGGREGATED AVERAGE RESULTS"))
        return;
    const char *word;
    struct known_f64 ops = number_before(output, progress, &word);
    figures->requests = ops.known ? count_at(word) : UNKNOWN_I64;
    if (!strstr(output, "Launching threads now"))
        return;
    const char *run = find_last(output, "[RUN #");
    const char *conns = run ? behind_in_line(run, " conns ") : NULL;
    figures->errors = sum(count_lines(output, "handle error response", ""), count_or_silence(conns));
}

/* "number of transactions actually processed: 1234" (with -t: "1234/2000"),
 * "number of failed transactions: 0 (0.000%)", "latency average = 3.241 ms", and
 * "tps = 617.1 (without initial connection time)"; before version 14 two lines of tps, of which that
 * "(excluding connections establishing)" is meant; with -C "(including reconnection times)" alone. The
 * processed ones do not hold the failed. Before version 15 none could fail but by ending its client, which
 * says "pgbench: error: client 2 script 0 aborted in command 1": such are errors too. */
static void read_pgbench(const char *report, const char *output, struct load_figures *figures) {
    bool alone = false;
    for (const char *at = behind(report, "tps ="); at && !alone; at = behind(at, "tps =")) {
        alone = in_line(at, "(without initial") || in_line(at, "(excluding connections");
        figures->rate_per_s = number_at(at);
    }
    figures->latency_mean_s = time_at(behind(report, "latency average ="));
    struct known_i64 processed = count_at(behind(report, "number of transactions actually processed:"));
    struct known_i64 lost = count_lines(output, "pgbench: error: client ", " aborted ");
    if (!processed.known || (lost.value == 0 && strstr(output, "Run was aborted")))
        return;
    figures->errors = sum(lost, count_or_silence(behind(report, "number of failed transactions:")));
    figures->requests = sum(processed, figures->errors);
}

/* What stands behind "NAME....:", which a threshold's mark may precede. */
static const char *k6_metric(const char *report, const char *name) {
    for (const char *line = report; line; line = next_line(line)) {
        const char *at = skip_blanks(line);
        if (text_starts_with(at, "\u2713 ") || text_starts_with(at, "\u2717 "))
            at = skip_blanks(at + strlen("\u2713"));
        if (!text_starts_with(at, name))
            continue;
        at += strlen(name);
        size_t dots = strspn(at, ".");
        if (dots > 0 && at[dots] == ':')
            return skip_blanks(at + dots + 1);
    }
    return NULL;
}

/* "http_reqs......: 180    4.36938/s", "http_req_duration...: avg=144.56ms min=... p(99)=1.2s" (p(99) where
 * it is asked for), "http_req_failed...: 0.55%  1 out of 180"; up to version 0.53 two counts with a check
 * mark and a cross before them, of which the first is that of the failed ones. What makes no HTTP requests
 * counts iterations. */
static void read_k6(const char *report, const char *output, struct load_figures *figures) {
    (void)output;
    const char *requests = k6_metric(report, "http_reqs");
    const char *duration = k6_metric(report, requests ? "http_req_duration" : "iteration_duration");
    if (!requests)
        requests = k6_metric(report, "iterations");
    if (requests) {
        figures->requests = count_at(requests);
        figures->rate_per_s = number_at(nth_word(requests, 1));
    }
    if (duration) {
        figures->latency_mean_s = time_at(behind_in_line(duration, "avg="));
        figures->latency_p99_s = time_at(behind_in_line(duration, "p(99)="));
    }
    const char *failed = k6_metric(report, "http_req_failed");
    if (failed) {
        const char *count = nth_word(failed, 1);
        figures->errors = count_at(text_starts_with(count, "\u2713") ? nth_word(failed, 2) : count);
    }
}

static const struct tool {
    const char *name;
    /* Texts that only its report holds; from the last one in the output on it is read. The first of them that
     * is there counts. */
    const char *marks[4];
    void (*read)(const char *report, const char *output, struct load_figures *figures);
} tools[] = {
    {"wrk", {"Thread Stats   Avg"}, read_wrk},
    {"hey", {"Summary:\n  Total:\t"}, read_hey},
    {"ab", {"Complete requests:"}, read_ab},
    {"redis-benchmark",
     {"throughput summary: ", " requests per second, p50=", "\"test\",\"rps\"", "====== "},
     read_redis},
    {"memtier_benchmark", {"Ops/sec "}, read_memtier},
    {"pgbench", {"number of transactions actually processed:"}, read_pgbench},
    {"k6", {"TOTAL RESULTS", "data_received."}, read_k6},
};

static const struct tool *find_tool(const char *name) {
    for (size_t i = 0; i < COUNT(tools); i++)
        if (strcmp(tools[i].name, name) == 0)
            return &tools[i];
    return NULL;
}

static const char *find_mark(const struct tool *tool, const char *output) {
    const char *found = NULL;
    for (size_t i = 0; i < COUNT(tool->marks) && tool->marks[i] && !found; i++)
        found = find_last(output, tool->marks[i]);
    return found;
}

/* A latency of 0 is one that was not measured, or is less than the tool prints; and where nothing was
 * answered, there is none, whatever was printed. */
static struct known_f64 real_latency(struct known_f64 latency, struct known_f64 rate) {
    bool answered = !rate.known || rate.value > 0;
    return answered && latency.value > 0 ? latency : UNKNOWN_F64;
}

/* What the tool says in the report. Where neither rate nor requests nor latency were understood, nothing is
 * known, and its format is NULL. */
static struct load_figures read_report(const struct tool *tool, const char *report, const char *output) {
    struct load_figures figures = {.format = tool->name};
    tool->read(report, output, &figures);
    figures.latency_mean_s = real_latency(figures.latency_mean_s, figures.rate_per_s);
    figures.latency_p99_s = real_latency(figures.latency_p99_s, figures.rate_per_s);
    bool understood = figures.rate_per_s.known || figures.requests.known || figures.latency_mean_s.known;
    return understood ? figures : (struct load_figures){0};
}

/* Of whichever tool it is; of several, the one that spoke last. */
static struct load_figures read_any(const char *output) {
    struct load_figures figures = {0};
    const char *latest = NULL;
    for (size_t i = 0; i < COUNT(tools); i++) {
        const char *mark = find_mark(&tools[i], output);
        if (!mark || (latest && mark < latest))
            continue;
        struct load_figures read = read_report(&tools[i], mark, output);
        if (!read.format)
            continue;
        figures = read;
        latest = mark;
    }
    return figures;
}

/* The number that is all of the group. */
static struct known_f64 group_number(const char *start, size_t length) {
    char word[64];
    if (length >= sizeof word)
        return UNKNOWN_F64;
    memcpy(word, start, length);
    word[length] = '\0';
    const char *at = skip_blanks(word);
    struct known_f64 number = read_number(&at);
    return *skip_blanks(at) ? UNKNOWN_F64 : number;
}

/* In the last match whose group is a number. */
static struct known_f64 match_rate(const char *output, const char *expression) {
    struct known_f64 rate = UNKNOWN_F64;
    regex_t compiled;
    if (regcomp(&compiled, expression, REG_EXTENDED | REG_NEWLINE) != 0)
        return UNKNOWN_F64;
    regmatch_t match[2];
    const char *at = output;
    while (regexec(&compiled, at, COUNT(match), match, at > output && at[-1] != '\n' ? REG_NOTBOL : 0) == 0) {
        if (match[1].rm_so >= 0) {
            struct known_f64 number =
                group_number(at + match[1].rm_so, (size_t)(match[1].rm_eo - match[1].rm_so));
            if (number.known)
                rate = number;
        }
        at += match[0].rm_eo;
        if (match[0].rm_eo == match[0].rm_so && !*at++)
            break;
    }
    regfree(&compiled);
    return rate;
}

const char *load_format_find(const char *name) {
    const struct tool *tool = name ? find_tool(name) : NULL;
    return tool ? tool->name : NULL;
}

const char *load_format_names(void) {
    static char names[128];
    if (!names[0])
        for (size_t i = 0, length = 0; i < COUNT(tools) && length < sizeof names; i++)
            length +=
                (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", tools[i].name);
    return names;
}

int load_reading_check(const struct load_reading *reading, struct error *error) {
    if (reading->format && !find_tool(reading->format))
        return error_plain(error, -EINVAL, "%s: not a known format of a load's output; there are %s",
                           reading->format, load_format_names());
    if (!reading->rate)
        return 0;
    regex_t compiled;
    int wrong = regcomp(&compiled, reading->rate, REG_EXTENDED | REG_NEWLINE);
    if (wrong) {
        char why[128];
        regerror(wrong, &compiled, why, sizeof why);
        return error_plain(error, -EINVAL, "%s: not an extended regular expression: %s", reading->rate, why);
    }
    size_t groups = compiled.re_nsub;
    regfree(&compiled);
    if (groups == 0)
        return error_plain(error, -EINVAL,
                           "%s: has no group; put one around the number, as in 'rate: ([0-9.]+)'",
                           reading->rate);
    return 0;
}

void load_output_read(const char *output, const struct load_reading *reading, struct load_figures *ret) {
    struct load_figures figures = {0};
    const struct tool *tool = reading->format ? find_tool(reading->format) : NULL;
    if (tool) {
        const char *mark = find_mark(tool, output);
        figures = read_report(tool, mark ? mark : output, output);
    } else if (!reading->format) {
        figures = read_any(output);
    }
    /* Where it matches nothing the rate is unknown: another's would be that of something else. */
    if (reading->rate)
        figures.rate_per_s = match_rate(output, reading->rate);
    *ret = figures;
}
