/* output/live_view: whatever is shown fits its terminal, and says what is so. */
#include "output/live_view.h"

#include <locale.h>
#include <wchar.h>

#include "unit.h"

#define S NS_PER_S

static const struct live_form wide = {.columns = 80, .rows = 24};
static const struct live_form wide_utf8 = {.columns = 80, .rows = 24, .utf8 = true};
static const struct live_form narrow = {.columns = 40, .rows = 24};

/* ---- an independent measure: the C library's ---- */

static bool has_wcwidth(void) {
    return setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

/* Columns of a line as the C library counts them, colours left out; what it does not know counts as none. */
static int columns_by_libc(const char *line, size_t length) {
    int columns = 0;
    mbstate_t state = {0};
    for (size_t at = 0; at < length;) {
        if (line[at] == '\033') {
            while (at < length && line[at] != 'm')
                at++;
            at++;
            continue;
        }
        wchar_t wide_one;
        size_t taken = mbrtowc(&wide_one, line + at, length - at, &state);
        ck_assert_msg(taken != 0 && taken <= 4, "no UTF-8: %.*s", (int)length, line);
        int width = wcwidth(wide_one);
        columns += width > 0 ? width : 0;
        at += taken;
    }
    return columns;
}

TEST(no_character_is_wider_than_is_reckoned) {
    ck_assert_msg(has_wcwidth(), "the locale C.UTF-8 is missing");
    int narrower = 0;
    for (uint32_t code = 0x20; code < 0x110000; code++) {
        int by_libc = wcwidth((wchar_t)code);
        ROW(by_libc <= text_columns_most(code), "U+%04X: %d columns", code, by_libc);
        narrower += by_libc == 1 && text_columns_most(code) == 1;
    }
    ROW(narrower > 3000, "nothing is taken as narrow: %d", narrower);
}

/* ---- states ---- */

static struct live_course course_of(const int64_t *mib, size_t count) {
    struct live_course course = {0};
    for (size_t i = 0; i < count; i++)
        live_course_add(&course, known_i64(mib[i] * MIB), UNKNOWN_I64);
    return course;
}

static struct live_view usual_view(const struct live_course *course) {
    return (struct live_view){.name = "app.py",
                              .id = 4,
                              .why = "confirm 2 of 3",
                              .elapsed_ns = 600 * NS_PER_MS,
                              .limit_bytes = known_i64(120 * MIB),
                              .usage_bytes = known_i64(60 * MIB),
                              .needed_bytes = known_i64(58 * MIB),
                              .peak_bytes = known_i64(61 * MIB),
                              .course = course,
                              .total_ns = 12 * S,
                              .outlook = {.run_ns = S, .runs = 5, .rest_ns = 6 * S}};
}

static const int64_t rising[] = {10, 20, 40, 60, 90, 120, 120, 60};

static char *shown(const struct live_view *view, const struct live_form *form) {
    struct strbuf text = {0};
    live_view_lines(view, form, &text);
    return text.text;
}

static void expect_shown(const struct live_view *view, const struct live_form *form, const char *expected,
                         const char *row) {
    char *got = shown(view, form);
    ROW(strcmp(got, expected) == 0, "%s: got\n%s\nexpected\n%s", row, got, expected);
    free(got);
}

static void expect_says(const struct live_view *view, const struct live_form *form, const char *says,
                        const char *says_not, const char *row) {
    char *got = shown(view, form);
    ROW(!says || strstr(got, says), "%s: no \"%s\" in\n%s", row, says, got);
    ROW(!says_not || !strstr(got, says_not), "%s: \"%s\" in\n%s", row, says_not, got);
    free(got);
}

/* ---- pictures ---- */

TEST(the_picture_at_80_columns) {
    struct live_course course = course_of(rising, COUNT(rising));
    struct live_view view = usual_view(&course);
    expect_shown(&view, &wide,
                 "   4 120.0 MiB running       600 ms  58.0 MiB  61.0 MiB confirm 2 of 3\n"
                 "  limit 120.0 MiB |                  .....#########\n"
                 "                  |              ::::##############::::\n"
                 "                0 |.....::::###########################\n"
                 "      60.0 MiB used, 50 % of the limit\n"
                 "      app.py: run 4 of about 9, 12 s so far, about 6 s left\n",
                 "ASCII");
    expect_shown(&view, &wide_utf8,
                 "   4 120.0 MiB running       600 ms  58.0 MiB  61.0 MiB confirm 2 of 3\n"
                 "  limit 120.0 MiB |                  ⣀⣀⣀⣀⣸⣿⣿⣿⣿⣿⣿⣿⣿⡇\n"
                 "                  |             ⢠⣤⣤⣤⣤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣧⣤⣤⣤⣤\n"
                 "                0 |⣀⣀⣀⣀⣠⣤⣤⣤⣤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿\n"
                 "      60.0 MiB used, 50 % of the limit\n"
                 "      app.py: run 4 of about 9, 12 s so far, about 6 s left\n",
                 "braille");
}

TEST(the_picture_at_40_columns) {
    struct live_course course = course_of(rising, COUNT(rising));
    struct live_view view = usual_view(&course);
    view.head = true;
    expect_shown(&view, &narrow,
                 "\n"
                 "  # limit     outcome         time\n"
                 "  4 120.0 MiB running       600 ms\n"
                 "  120.0 MiB |        ..####\n"
                 "            |      ::######:\n"
                 "          0 |..::###########\n"
                 "60.0 MiB used, 50 %\n"
                 "app.py: 4 of ~9, 12 s, about 6 s left\n",
                 "ASCII");
}

TEST(a_low_terminal_keeps_what_matters_most) {
    struct live_course course = course_of(rising, COUNT(rising));
    struct live_view view = usual_view(&course);
    static const struct {
        int rows;
        int lines;
    } rows[] = {{1, 1}, {2, 1}, {3, 2}, {4, 3}, {9, 3}, {10, 6}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct live_form form = {.columns = 80, .rows = rows[i].rows};
        char *got = shown(&view, &form);
        int lines = 0;
        for (const char *at = got; *at; at++)
            lines += *at == '\n';
        ROW(lines == rows[i].lines, "%d rows: %d lines", rows[i].rows, lines);
        ROW(strstr(got, "about 6 s left"), "%d rows: %s", rows[i].rows, got);
        free(got);
    }
}

/* Names that terminals would stumble over. */
static const char *const hostile[] = {
    "",
    "a",
    "\033[31mred\033[2J\033]0;title\007",
    "two\nlines\r\ttabs\b\b",
    "\xff\xfe\x80 no UTF-8 \xc3",
    "漢字かな交じり文の名前がとても長い場合",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "\u202eright to left\u2066\u200b\u200d\ufeff",
    "👩‍👩‍👧‍👦👍🏽🇩🇪 emoji",
    "\u1100\u1161\u11a8 \uac01",
    "<script>alert('x')</script> & \"quotes\" %s %n",
    "\302\23331m C1",
};

static void expect_fits(const char *text, const struct live_form *form, const char *what) {
    int room = form->columns > 2 ? form->columns - 1 : 1;
    ROW(unit_is_utf8(text), "%s: no UTF-8: %s", what, text);
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        int columns = columns_by_libc(line, length);
        ROW(columns <= room, "%s: %d columns of %d: %.*s", what, columns, form->columns, (int)length, line);
        ROW(live_line_columns(line) >= columns, "%s: measured too narrow: %.*s", what, (int)length, line);
        ROW(length == 0 || line[length - 1] != ' ', "%s: ends in blanks: \"%.*s\"", what, (int)length, line);
        for (size_t i = 0; i < length; i++) {
            unsigned char byte = (unsigned char)line[i];
            bool escape = byte == 033 && form->colour && line[i + 1] == '[' &&
                          line[i + 2 + strspn(line + i + 2, "0123456789;")] == 'm';
            ROW((byte >= 0x20 && byte != 0x7f) || escape, "%s: control %02x", what, byte);
            ROW(byte < 0x80 || form->utf8, "%s: not ASCII: %.*s", what, (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
    static const char *const never[] = {"nan", "inf", "(null)", "\u202e", "\u2066", "\u200b", "\302\233"};
    for (size_t i = 0; i < COUNT(never); i++)
        ROW(!strstr(text, never[i]), "%s: \"%s\" in %s", what, never[i], text);
}

static void expect_all_fit(const struct live_view *view, const char *what) {
    static const int widths[] = {0,  1,  2,  3,  7,  12, 13, 14, 20, 33, 39,  40, 41,
                                 57, 58, 59, 60, 79, 80, 81, 89, 90, 91, 132, 500};
    for (size_t width = 0; width < COUNT(widths); width++) {
        for (int bits = 0; bits < 4; bits++) {
            struct live_form form = {
                .columns = widths[width], .rows = 24, .utf8 = bits & 1, .colour = bits & 2};
            char *got = shown(view, &form);
            expect_fits(got, &form, what);
            free(got);
        }
    }
}

TEST(every_line_fits_whatever_the_name) {
    ck_assert_msg(has_wcwidth(), "the locale C.UTF-8 is missing");
    struct live_course course = course_of(rising, COUNT(rising));
    char *huge = malloc(10001);
    memset(huge, 'x', 10000);
    huge[10000] = '\0';
    for (size_t i = 0; i <= COUNT(hostile); i++) {
        struct live_view view = usual_view(&course);
        view.name = i < COUNT(hostile) ? hostile[i] : huge;
        expect_all_fit(&view, view.name);
        view.outlook = OUTLOOK_UNKNOWN;
        view.head = true;
        expect_all_fit(&view, view.name);
        view.side_by_side = 2;
        expect_all_fit(&view, view.name);
    }
    free(huge);
}

TEST(every_line_fits_whatever_the_state) {
    ck_assert_msg(has_wcwidth(), "the locale C.UTF-8 is missing");
    static const struct live_course none;
    struct live_course course = course_of(rising, COUNT(rising));
    live_course_add_stall(&course, 0, known_i64(0));
    live_course_add_stall(&course, S, known_i64(999999));
    struct live_view view = {.course = &none, .outlook = OUTLOOK_UNKNOWN};
    expect_all_fit(&view, "nothing is known");
    view = usual_view(&course);
    view.limit_bytes = UNKNOWN_I64;
    view.id = 2000000000;
    view.elapsed_ns = INT64_MAX / 2;
    view.total_ns = INT64_MAX / 2;
    view.why =
        "a reason so long that no terminal of any usual width could ever show it in one line, or in two";
    expect_all_fit(&view, "long");
    view = usual_view(&course);
    view.limit_bytes = known_i64(0);
    view.usage_bytes = known_i64(INT64_MAX / 2);
    view.phase = "resting";
    view.cycle = 1;
    view.cycles = 1000000;
    expect_all_fit(&view, "more than its limit");
}

TEST(a_name_gives_way_to_what_matters) {
    struct live_course course = course_of(rising, COUNT(rising));
    struct live_view view = usual_view(&course);
    view.name = "a-service-with-a-name-that-is-much-longer-than-others-of-its-kind-are";
    expect_says(&view, &wide,
                "      a-service-with-a-name-th..: run 4 of about 9, 12 s so far, about 6 s left\n", NULL,
                "cut");
    expect_says(&view, &narrow, "\na-serv..: 4 of ~9, 12 s, about 6 s left\n", NULL, "cut short");
    view.outlook.rest_ns = 300 * S;
    expect_says(&view, &narrow, "\n4 of ~9, 12 s, about 5m 00s left\n", "a-s", "left out");
    struct live_form tiny = {.columns = 16, .rows = 24};
    expect_says(&view, &tiny, "\n4 of ~9, 12 s\n", "about", "no figure is cut");
    view = usual_view(&course);
    view.name = "caf\u00e9 \033[31m";
    expect_says(&view, &wide_utf8, "      caf\u00e9 \\x1b[31m: run 4", "\033", "escaped");
    expect_says(&view, &wide, "      caf? \\x1b[31m: run 4", "\u00e9", "in ASCII");
    view.name = "\u202egnp.exe";
    expect_says(&view, &wide_utf8, "\\u{202e}gnp.exe", "\u202e", "no change of direction");
}

/* ---- words ---- */

TEST(what_is_left_is_said_as_far_as_it_is_known) {
    static const struct {
        const char *what;
        struct outlook outlook;
        int64_t elapsed_ns;
        int64_t budget_ns;
        const char *says;
        const char *says_not;
    } rows[] = {
        {"nothing known", {.runs = -1}, S, 0, "run 4, 12 s so far\n", "left"},
        {"this run alone",
         {.run_ns = 30 * S, .runs = -1},
         S,
         0,
         "run 4, 12 s so far, about 29 s left of this run",
         NULL},
        {"one alone", {.runs = 0}, S, 0, "run 4 of about 4, 12 s so far\n", "left"},
        {"the last", {.run_ns = 3 * S}, S, 0, "run 4 of about 4, 12 s so far, about 2 s left\n", NULL},
        {"never 0 s", {.run_ns = S}, S, 0, "about 1 s left", "0 s left"},
        {"minutes", {.run_ns = S, .runs = 9, .rest_ns = 200 * S}, 0, 0, "about 3m 21s left", NULL},
        {"hours", {.run_ns = S, .runs = 9, .rest_ns = 7500 * S}, 0, 0, "about 2h 05m left", NULL},
        {"late",
         {.run_ns = S, .runs = 2, .rest_ns = 2 * S},
         2 * S,
         0,
         "longer than usual, then about 2 s\n",
         "left"},
        {"late, the last", {.run_ns = S}, 2 * S, 0, "12 s so far, longer than usual\n", "about 1 s"},
        {"a little late",
         {.run_ns = S, .runs = 1, .rest_ns = S},
         1300 * NS_PER_MS,
         0,
         "about 1 s left",
         "longer"},
        {"the budget ends it",
         {.run_ns = S, .runs = 9, .rest_ns = 200 * S},
         0,
         30 * S,
         "about 30 s left",
         "3m"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct live_course course = course_of(rising, COUNT(rising));
        struct live_view view = usual_view(&course);
        view.outlook = rows[i].outlook;
        view.elapsed_ns = rows[i].elapsed_ns;
        view.budget_ns = rows[i].budget_ns;
        expect_says(&view, &wide, rows[i].says, rows[i].says_not, rows[i].what);
    }
}

TEST(what_is_unknown_is_not_said) {
    static const struct live_course none;
    struct live_view view = usual_view(&none);
    view.usage_bytes = UNKNOWN_I64;
    expect_says(&view, &wide, "usage not known", "0 B", "no reading yet");
    expect_says(&view, &wide, NULL, "stall", "stall on v1");
    expect_says(&view, &wide, NULL, "|", "no graph of nothing");
    struct live_course course = course_of(rising, COUNT(rising));
    view = usual_view(&course);
    view.limit_bytes = UNKNOWN_I64;
    expect_says(&view, &wide, "most 120.0 MiB |", "limit", "no limit");
    view.id = 1;
    view.outlook = (struct outlook){.run_ns = 2 * S};
    expect_says(&view, &wide, "app.py: 12 s so far, about 1 s left\n", "run 1", "the first is the last");
    view.why = NULL;
    expect_says(&view, &wide, "app.py: 12 s so far", "running", "no row of the table");
    view.phase = "load";
    view.cycle = 3;
    view.cycles = 20;
    expect_says(&view, &wide, "60.0 MiB used, load 3 of 20\n", NULL, "a service");
    view.side_by_side = 2;
    view.outlook = usual_view(&course).outlook;
    expect_shown(&view, &wide, "      app.py: 2 runs side by side, 12 s so far, about 6 s left\n", "several");
}

TEST(colour_is_for_the_outcome_alone) {
    struct live_course course = course_of(rising, COUNT(rising));
    struct live_view view = usual_view(&course);
    struct live_form form = wide;
    expect_says(&view, &form, " running ", "\033", "none");
    form.colour = true;
    expect_says(&view, &form, "\033[36mrunning\033[0m", NULL, "some");
}

/* ---- the course of a run ---- */

TEST(a_spike_is_never_lost) {
    struct live_course course = {0};
    for (int i = 0; i < 100000; i++)
        live_course_add(&course, known_i64(i == 777 ? 100 * MIB : 10 * MIB), UNKNOWN_I64);
    int spikes = 0;
    for (int i = 0; i < course.count; i++)
        spikes += course.most_bytes[i] == 100 * MIB;
    ROW(spikes == 1 && course.count > LIVE_SPANS / 2 && course.count <= LIVE_SPANS, "%d spikes, %d spans",
        spikes, course.count);
    struct live_view view = usual_view(&course);
    view.limit_bytes = known_i64(100 * MIB);
    view.outlook = OUTLOOK_UNKNOWN;
    expect_says(&view, &wide, "limit 100.0 MiB |#\n", NULL, "it is drawn");
}

TEST(all_spans_are_equally_long) {
    static const int counts[] = {1, 255, 256, 257, 511, 512, 513, 1000, 100000};
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct live_course course = {0};
        for (int reading = 1; reading <= counts[i]; reading++)
            live_course_add(&course, known_i64(reading), UNKNOWN_I64);
        int length = course.readings_per_span;
        ROW(course.count == (counts[i] + length - 1) / length, "%d readings: %d spans of %d", counts[i],
            course.count, length);
        for (int span = 0; span + 1 < course.count; span++)
            ROW(course.most_bytes[span] == (int64_t)(span + 1) * length, "%d readings: span %d ends at %lld",
                counts[i], span, (long long)course.most_bytes[span]);
        ROW(course.most_bytes[course.count - 1] == counts[i], "%d readings: the last is %lld", counts[i],
            (long long)course.most_bytes[course.count - 1]);
    }
}

TEST(a_peak_between_two_readings_is_seen) {
    struct live_course course = {0};
    live_course_add(&course, known_i64(10 * MIB), known_i64(10 * MIB));
    live_course_add(&course, known_i64(10 * MIB), known_i64(90 * MIB));
    live_course_add(&course, known_i64(10 * MIB), known_i64(90 * MIB));
    live_course_add(&course, UNKNOWN_I64, known_i64(90 * MIB));
    ROW(course.count == 3, "%d", course.count);
    ROW(course.most_bytes[1] == 90 * MIB && course.most_bytes[2] == 10 * MIB, "%lld",
        (long long)course.most_bytes[1]);
}

TEST(what_is_used_is_seen_and_what_is_not_is_not) {
    static const int64_t little[] = {0, 1, 1000};
    struct live_course course = course_of(little, COUNT(little));
    struct live_view view = usual_view(&course);
    view.limit_bytes = known_i64(1000 * MIB);
    view.outlook = OUTLOOK_UNKNOWN;
    expect_says(&view, &wide,
                " limit 1000.0 MiB |  #\n"
                "                  |  #\n"
                "                0 | .#\n",
                NULL, "levels");
    view.limit_bytes = known_i64(990 * MIB); /* charged ahead */
    expect_says(&view, &wide, "  limit 990.0 MiB |  #\n", "most", "a little more than its limit");
    view.limit_bytes = known_i64(500 * MIB); /* it fell meanwhile */
    expect_says(&view, &wide, "  most 1000.0 MiB |  #\n", "limit 1000", "a limit that fell");
}

TEST(stall_is_of_the_last_second) {
    struct live_course course = {0};
    ROW(!live_course_stall(&course).known, "nothing yet");
    for (int i = 0; i < 40; i++)
        live_course_add_stall(&course, (int64_t)i * 100 * NS_PER_MS,
                              known_i64(i < 20 ? 0 : (int64_t)(i - 20) * 50000));
    struct known_f64 stall = live_course_stall(&course);
    ROW(stall.known && stall.value > 0.499 && stall.value < 0.501, "%g", stall.value);
    live_course_add_stall(&course, 4 * S, UNKNOWN_I64);
    ROW(!live_course_stall(&course).known, "not told any more");
    struct live_course odd = {0};
    live_course_add_stall(&odd, 0, known_i64(100));
    live_course_add_stall(&odd, 0, known_i64(200));
    ROW(!live_course_stall(&odd).known, "no time between");
}

/* ---- the table ---- */

static struct trial survivor(void) {
    return (struct trial){.id = 2,
                          .outcome = OUTCOME_SURVIVED,
                          .limit_bytes = known_i64(64 * MIB),
                          .needed_bytes = known_i64(60 * MIB),
                          .peak_bytes = known_i64(63 * MIB),
                          .exit = {.duration_ns = 1500 * NS_PER_MS}};
}

static void expect_row(const struct trial *trial, const char *why, const struct live_form *form,
                       const char *expected) {
    struct strbuf text = {0};
    live_table_row(trial, why, form, &text);
    ROW(strcmp(strbuf_text(&text), expected) == 0, "at %d: got\n%s\nexpected\n%s", form->columns,
        strbuf_text(&text), expected);
    expect_fits(strbuf_text(&text), form, "a row");
    strbuf_free(&text);
}

TEST(rows_have_the_cells_there_is_room_for) {
    ck_assert_msg(has_wcwidth(), "the locale C.UTF-8 is missing");
    struct trial trial = survivor();
    struct trial died = {.id = 12, .outcome = OUTCOME_OOM, .limit_bytes = known_i64(63 * MIB)};
    struct trial ours = {.id = 3, .outcome = OUTCOME_HARNESS_ERROR, .limit_bytes = known_i64(63 * MIB)};
    struct live_form form = {.columns = 90, .rows = 24};
    expect_row(&trial, "confirm 2 of 3", &form,
               "   2  64.0 MiB   survived       1.50 s   60.0 MiB   63.0 MiB  confirm 2 of 3\n");
    form.columns = 80;
    expect_row(&trial, "confirm 2 of 3", &form,
               "   2 64.0 MiB  survived      1.50 s  60.0 MiB  63.0 MiB confirm 2 of 3\n");
    expect_row(&trial, "its settings, where it died", &form,
               "   2 64.0 MiB  survived      1.50 s  60.0 MiB  63.0 MiB\n"
               "      its settings, where it died\n");
    expect_row(&died, "just below", &form,
               "  12 63.0 MiB  OOM          0.00 ms                     just below\n");
    expect_row(&ours, "again", &form, "   3 63.0 MiB  harness-error  0.00 ms                     again\n");
    form.columns = 58;
    expect_row(&trial, "confirm 2 of 3", &form, "   2  64.0 MiB   survived       1.50 s  confirm 2 of 3\n");
    form.columns = 40;
    expect_row(&trial, "confirm 2 of 3", &form, "  2 64.0 MiB  survived      1.50 s\n");
    form.columns = 20;
    expect_row(&trial, "confirm 2 of 3", &form, "  2 64.0 MiB  survi\n");
    form = (struct live_form){.columns = 40, .rows = 24, .colour = true};
    expect_row(&died, "", &form, " 12 63.0 MiB  \033[31mOOM\033[0m          0.00 ms\n");
}

TEST(the_rate_of_a_load_stands_with_the_reason) {
    ck_assert_msg(has_wcwidth(), "the locale C.UTF-8 is missing");
    struct load_run load = {.figures = {.rate_per_s = known_f64(93120)}};
    struct trial trial = survivor();
    trial.service = (struct service_facts){.serves = true, .loads = &load, .load_count = 1};
    expect_row(&trial, "confirm 2 of 3", &wide,
               "   2 64.0 MiB  survived      1.50 s  60.0 MiB  63.0 MiB confirm 2 of 3, 93120/s\n");
    expect_row(&trial, "", &wide, "   2 64.0 MiB  survived      1.50 s  60.0 MiB  63.0 MiB 93120/s\n");
}

/* In a log a row is one line, however long, and every cell is there. */
TEST(a_row_without_a_terminal_is_whole) {
    static const struct live_form plain = {.columns = LIVE_PLAIN, .utf8 = true};
    struct trial trial = survivor();
    struct trial died = {.id = 12, .outcome = OUTCOME_OOM, .limit_bytes = known_i64(63 * MIB)};
    struct strbuf text = {0};
    char why[1001];
    memset(why, 'w', 1000);
    why[1000] = '\0';
    live_table_head(&plain, &text);
    live_table_row(&trial, "caf\u00e9", &plain, &text);
    live_table_row(&died, "", &plain, &text);
    ROW_TEXT(strbuf_text(&text),
             "\n"
             "   #  limit      outcome          time     needed       peak\n"
             "   2  64.0 MiB   survived       1.50 s   60.0 MiB   63.0 MiB  caf\u00e9\n"
             "  12  63.0 MiB   OOM           0.00 ms                        \n",
             "a log");
    text.length = 0;
    live_table_row(&trial, why, &plain, &text);
    ROW(strstr(text.text, why) && !strstr(text.text, "\n "), "%s", text.text);
    strbuf_free(&text);
}

TEST(the_head_stands_over_its_columns) {
    static const int widths[] = {40, 58, 80, 90, LIVE_PLAIN};
    struct trial trial = survivor();
    for (size_t i = 0; i < COUNT(widths); i++) {
        struct live_form form = {.columns = widths[i], .rows = 24};
        struct strbuf text = {0};
        live_table_head(&form, &text);
        char *head = strdup(strbuf_text(&text) + 1);
        live_table_row(&trial, "", &form, &text);
        char *row = strrchr(text.text, '2') ? strstr(text.text + 1 + strlen(head), "2") : NULL;
        const char *second = text.text + 1 + strlen(head);
        ROW(row, "no row: %s", text.text);
        ROW(strstr(head, "outcome") - head == strstr(second, "survived") - second, "at %d:\n%s", widths[i],
            text.text);
        ROW(strstr(head, "time") + 4 - head == strstr(second, "1.50 s") + 6 - second, "at %d:\n%s", widths[i],
            text.text);
        ROW(i == 0 || live_table_shape(&form) != live_table_shape(&narrow), "shapes differ");
        free(head);
        strbuf_free(&text);
    }
}

/* ---- closing words ---- */

TEST(words_are_broken_at_blanks) {
    static const struct {
        int columns;
        const char *text;
        const char *expected;
    } rows[] = {
        {40, "short\n\nand short\n", "short\n\nand short\n"},
        {20, "one two three four five six\n", "one two three four\nfive six\n"},
        {19, "one two three four five six", "one two three four\nfive six\n"},
        {30, "Speed      no slower there than it was\n",
         "Speed      no slower there\n           than it was\n"},
        {15, "Speed      no slower there than it was\n", "Speed      no\n  slower there\n  than it was\n"},
        {16, "    a hint that is long\n", "    a hint that\n    is long\n"},
        {10, "averyveryverylongword and more\n", "averyveryverylongword\nand more\n"},
        {12, "it is 1234 % of it\n", "it is\n1234 % of\nit\n"},
        {13, "it is 1234 % of it\n", "it is 1234 %\nof it\n"},
        {9, "\u6f22\u5b57 \u6f22\u5b57 x\n", "\u6f22\u5b57\n\u6f22\u5b57 x\n"},
        {1, "a b\n", "a\nb\n"},
        {0, "a b\n", "a\nb\n"},
        {40, "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct strbuf text = {0};
        live_wrap(rows[i].text, rows[i].columns, &text);
        ROW(strcmp(strbuf_text(&text), rows[i].expected) == 0, "at %d: got\n%s\nexpected\n%s",
            rows[i].columns, strbuf_text(&text), rows[i].expected);
        strbuf_free(&text);
    }
}

/* ---- the terminal ---- */

TEST(the_locale_tells_what_can_be_shown) {
    static const struct {
        const char *all;
        const char *ctype;
        const char *lang;
        const char *term;
        bool utf8;
    } rows[] = {
        {NULL, NULL, "en_US.UTF-8", "xterm-256color", true},
        {NULL, NULL, "C.utf8", NULL, true},
        {NULL, NULL, "C", "xterm", false},
        {NULL, NULL, NULL, NULL, false},
        {"C", NULL, "en_US.UTF-8", "xterm", false},
        {"", "", "en_US.UTF-8", "xterm", true},
        {NULL, "POSIX", "en_US.UTF-8", "xterm", false},
        {"en_US.UTF-8", "C", "C", "xterm", true},
        {NULL, NULL, "de_DE.ISO-8859-1", "xterm", false},
        {NULL, NULL, "en_US.UTF-8", "linux", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(live_shows_utf8(rows[i].all, rows[i].ctype, rows[i].lang, rows[i].term) == rows[i].utf8,
            "row %zu", i);
}

UNIT_MAIN("live_view", no_character_is_wider_than_is_reckoned, the_picture_at_80_columns,
          the_picture_at_40_columns, a_low_terminal_keeps_what_matters_most,
          every_line_fits_whatever_the_name, every_line_fits_whatever_the_state,
          a_name_gives_way_to_what_matters, what_is_left_is_said_as_far_as_it_is_known,
          what_is_unknown_is_not_said, colour_is_for_the_outcome_alone, all_spans_are_equally_long,
          a_spike_is_never_lost, a_peak_between_two_readings_is_seen,
          what_is_used_is_seen_and_what_is_not_is_not, stall_is_of_the_last_second,
          rows_have_the_cells_there_is_room_for, the_rate_of_a_load_stands_with_the_reason,
          a_row_without_a_terminal_is_whole, the_head_stands_over_its_columns, words_are_broken_at_blanks,
          the_locale_tells_what_can_be_shown)
