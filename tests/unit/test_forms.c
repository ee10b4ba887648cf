/* output/forms: what pipelines are given. What their readers make of it is tried in tests/run-forms. */
#include "output/forms.h"

#include "form_cases.h"
#include "output/form_text.h"
#include "output/live_view.h"
#include "unit.h"

/* GitHub takes no longer comment. */
#define COMMENT_MAX 65535

typedef void (*form_writer)(const struct result *result, struct strbuf *document);

static const form_writer writers[] = {form_junit, form_markdown, form_openmetrics, form_annotations};

static char *written(form_writer write, struct result result) {
    struct strbuf document = {0};
    write(&result, &document);
    result_free(&result);
    return document.text ? document.text : text_copy("");
}

static int lines_of(const char *text) {
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static int count_of(const char *text, const char *piece) {
    int count = 0;
    while ((text = strstr(text, piece))) {
        count++;
        text += strlen(piece);
    }
    return count;
}

static void has(const char *document, const char *piece) {
    ROW(strstr(document, piece) != NULL, "\"%s\" is not in:\n%s", piece, document);
}

static void has_not(const char *document, const char *piece) {
    ROW(strstr(document, piece) == NULL, "\"%s\" is in:\n%s", piece, document);
}

static const struct {
    const char *text;
    size_t most;
    const char *line;
} line_rows[] = {
    {NULL, 20, ""},
    {"plain", 20, "plain"},
    {"12345678", 8, "12345678"},
    {"123456789", 8, "12345..."},
    {"a\nb\r\nc\td", 20, "a b  c d"},
    {"\033[2J\x7f", 20, "\\x1b[2J\\x7f"},
    {"\xff", 20, "\\xff"},
    /* no character is cut in two */
    {"1234\xc3\xa9\xc3\xa9\xc3\xa9", 8, "1234..."},
    {"\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9", 8, "\xf0\x9f\x92\xa9..."},
    {"123456789\xf0\x9f\x92", 8, "12345..."},
    /* what turns text round, ends lines, or is no character of XML */
    {"a\xe2\x80\xae"
     "b",
     20, "a\\u{202e}b"},
    {"a\xe2\x80\xa8"
     "b",
     20, "a\\u{2028}b"},
    {"a\xef\xbf\xbf"
     "b",
     20, "a\\u{ffff}b"},
    {"\xe2\x82\xac", 20, "\xe2\x82\xac"},
};

TEST(lines_are_short_and_harmless) {
    for (size_t i = 0; i < COUNT(line_rows); i++) {
        char row[16];
        snprintf(row, sizeof row, "row %zu", i);
        char *line = form_line(line_rows[i].text, line_rows[i].most);
        ROW_TEXT(line, line_rows[i].line, row);
        free(line);
    }
}

/* Every two bytes, before a cut and without one. */
TEST(lines_of_any_bytes_are_text) {
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            char text[] = {'a', 'b', 'c', (char)first, (char)second, 'd', 'e', 'f', 'g', 'h', 'i', 'j', '\0'};
            for (size_t most = 8; most < 30; most += 20) {
                char *line = form_line(text, most);
                ROW(unit_is_one_line(line) && unit_is_utf8(line) && strlen(line) <= most, "%02x %02x: \"%s\"",
                    first, second, line);
                free(line);
            }
        }
    }
}

/* Terminals, documents and what moves on a terminal agree on what is not seen. */
TEST(what_is_unseen_is_seen_in_every_form) {
    static const struct {
        const char *character;
        const char *seen; /* NULL: as it is */
    } rows[] = {
        {"\u00ad", "\\u{ad}"},         /* soft hyphen */
        {"\u034f", "\\u{34f}"},        /* grapheme joiner */
        {"\u061c", "\\u{61c}"},        /* Arabic letter mark */
        {"\u180e", "\\u{180e}"},       /* Mongolian vowel separator */
        {"\u200b", "\\u{200b}"},       /* space of no width */
        {"\u200d", "\\u{200d}"},       /* joiner */
        {"\u200f", "\\u{200f}"},       /* right-to-left mark */
        {"\u2028", "\\u{2028}"},       /* line separator */
        {"\u202e", "\\u{202e}"},       /* right-to-left override */
        {"\u2060", "\\u{2060}"},       /* word joiner */
        {"\u2066", "\\u{2066}"},       /* left-to-right isolate */
        {"\u3164", "\\u{3164}"},       /* Hangul filler */
        {"\ufeff", "\\u{feff}"},       /* byte order mark */
        {"\uffa0", "\\u{ffa0}"},       /* its narrow twin */
        {"\ufff9", "\\u{fff9}"},       /* annotation */
        {"\uffff", "\\u{ffff}"},       /* none */
        {"\U000e0001", "\\u{e0001}"},  /* tag */
        {"\U000e0100", "\\u{e0100}"},  /* selector of a variant */
        {"\U0010fffe", "\\u{10fffe}"}, /* none */
        {"\u00a0", NULL},              /* blank */
        {"\u00e9", NULL},
        {"\u0301", NULL}, /* above the character before it */
        {"\u05d0", NULL}, /* turns the direction by itself */
        {"\u6f22", NULL},
        {"\ufe0f", NULL},
        {"\ufffd", NULL},
        {"\U0001f6a2", NULL},
    };
    static const struct live_course none;
    static const struct live_form form = {.columns = 80, .rows = 24, .utf8 = true};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *seen = rows[i].seen ? rows[i].seen : rows[i].character;
        struct strbuf visible = {0};
        struct strbuf live = {0};
        struct live_view view = {.name = rows[i].character, .course = &none, .outlook = OUTLOOK_UNKNOWN};
        char *line = form_line(rows[i].character, 20);
        char *named = text_format(" %s: ", seen);
        text_add_visible(&visible, rows[i].character);
        live_view_lines(&view, &form, &live);
        ROW_TEXT(strbuf_text(&visible), seen, "a terminal");
        ROW_TEXT(line, seen, "a document");
        ROW(strstr(strbuf_text(&live), named), "no \"%s\" in %s", named, strbuf_text(&live));
        free(line);
        free(named);
        strbuf_free(&visible);
        strbuf_free(&live);
    }
}

static const struct {
    void (*add)(struct strbuf *document, const char *text, size_t most);
    const char *text;
    const char *escaped;
} escape_rows[] = {
    {form_add_xml, "a <b> & \"c\" 'd' ]]>", "a &#60;b&#62; &#38; &#34;c&#34; &#39;d&#39; ]]&#62;"},
    {form_add_xml, "&amp;", "&#38;amp;"},
    {form_add_markdown, "needed_bytes rose by 3 % (1.5 MiB)", "needed_bytes rose by 3 % (1.5 MiB)"},
    {form_add_markdown, "a|b\\|`c`", "a&#124;b&#92;&#124;&#96;c&#96;"},
    {form_add_markdown, "# a", "&#35; a"},
    {form_add_markdown, "12. a", "&#49;2. a"},
    {form_add_markdown, "    a", "&#32;   a"},
    {form_add_markdown, "12 a", "12 a"},
    {form_add_markdown, "6.1.0", "6.1.0"},
    {form_add_markdown, "", ""},
    {form_add_markdown, "<b>", "&#60;b&#62;"},
    {form_add_markdown, "_x_ *y* __z__ a_b", "&#95;x&#95; &#42;y&#42; &#95;&#95;z&#95;&#95; a_b"},
    {form_add_markdown, "@me #1 !2 %3 &4",
     "&#64;&#8203;me &#35;&#8203;1 &#33;&#8203;2 &#37;&#8203;3 &#38;&#8203;4"},
    {form_add_markdown, "http://a.test: www.a.test", "http&#58;&#8203;//a.test: &#119;ww.a.test"},
    {form_add_markdown, "![i](u)", "&#33;&#91;i&#93;(u)"},
    {form_add_markdown_code, "a|b`@c#1", "<code>a&#124;b&#96;&#64;&#8203;c&#35;1</code>"},
    {form_add_markdown_code, "</code>", "<code>&#60;/code&#62;</code>"},
    {form_add_label, "a\"b\\c\nd", "a\\\"b\\\\c d"},
    {form_add_command_text, "100 %\n::error::x", "100 %25 ::error::x"},
    {form_add_command_text, "%0A a: b, c", "%250A a: b, c"},
    {form_add_command_property, "a: b, c %", "a%3A b%2C c %25"},
};

TEST(each_form_has_its_own_escapes) {
    for (size_t i = 0; i < COUNT(escape_rows); i++) {
        struct strbuf document = {0};
        escape_rows[i].add(&document, escape_rows[i].text, 200);
        ROW_TEXT(strbuf_text(&document), escape_rows[i].escaped, escape_rows[i].text);
        strbuf_free(&document);
    }
}

static const struct {
    const char *metric;
    struct known_f64 value;
    const char *text;
} value_rows[] = {
    {"needed_bytes", {true, 126.4 * 1048576}, "126.4 MiB"},
    {"needed_bytes", {false, 0}, ""},
    {"needed_bytes", {true, -1048576}, "-1.0 MiB"},
    {"needed_bytes", {true, 1e300}, "8.00 EiB"},
    {"growth_bytes_per_hour", {true, 3.25 * 1048576}, "3.2 MiB/h"},
    {"growth_bytes_per_cycle", {true, 2048}, "2.0 KiB per cycle"},
    {"start_s", {true, 1.02}, "1.02 s"},
    {"slowdown_ratio", {true, 1.0523}, "1.05"},
    {"requests", {true, 12345}, "12345"},
    {"needed_bytes", {true, (double)INFINITY}, ""},
    {"needed_bytes", {true, (double)NAN}, ""},
};

TEST(numbers_have_their_metrics_unit) {
    for (size_t i = 0; i < COUNT(value_rows); i++)
        ROW_TEXT(form_value(value_rows[i].metric, value_rows[i].value).s, value_rows[i].text,
                 value_rows[i].metric);
}

/* What is not decided is never a pass, however a result came to be so. */
TEST(only_a_pass_passes) {
    static const struct {
        enum gate_state gate;   /* GATE_STATE_COUNT: no gate */
        enum gate_state item;   /* GATE_STATE_COUNT: no item */
        enum leak_verdict leak; /* LEAK_VERDICT_COUNT: no leak */
        enum gate_state state;
    } rows[] = {
        {GATE_STATE_COUNT, GATE_STATE_COUNT, LEAK_VERDICT_COUNT, GATE_UNDECIDED},
        {GATE_STATE_COUNT, GATE_STATE_COUNT, LEAK_NONE, GATE_PASSED},
        {GATE_STATE_COUNT, GATE_STATE_COUNT, LEAK_SUSPECTED, GATE_UNDECIDED},
        {GATE_STATE_COUNT, GATE_STATE_COUNT, LEAK_INCONCLUSIVE, GATE_UNDECIDED},
        {GATE_STATE_COUNT, GATE_STATE_COUNT, LEAK_CONFIRMED, GATE_FAILED},
        {GATE_PASSED, GATE_PASSED, LEAK_VERDICT_COUNT, GATE_PASSED},
        {GATE_PASSED, GATE_PASSED, LEAK_CONFIRMED, GATE_PASSED}, /* the gate did not ask */
        {GATE_PASSED, GATE_FAILED, LEAK_VERDICT_COUNT, GATE_FAILED},
        {GATE_PASSED, GATE_STATE_COUNT, LEAK_VERDICT_COUNT, GATE_UNDECIDED},
        {GATE_UNDECIDED, GATE_PASSED, LEAK_NONE, GATE_UNDECIDED},
        {GATE_FAILED, GATE_PASSED, LEAK_NONE, GATE_FAILED},
        {GATE_UNDECIDED, GATE_UNASKED, LEAK_VERDICT_COUNT, GATE_UNDECIDED},
        {GATE_FAILED, GATE_STATE_COUNT, LEAK_VERDICT_COUNT, GATE_FAILED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result result = form_case_head("check", "web");
        if (rows[i].item != GATE_STATE_COUNT)
            form_case_item(&result, "a", "needed_bytes", rows[i].item, NULL, NULL);
        result.gate.known = rows[i].gate != GATE_STATE_COUNT;
        result.gate.state = rows[i].gate;
        if (rows[i].leak != LEAK_VERDICT_COUNT)
            form_case_leak(&result, rows[i].leak, "reason");
        ROW(form_state(&result) == rows[i].state, "row %zu: %s", i, gate_state_name(form_state(&result)));
        struct strbuf junit = {0};
        form_junit(&result, &junit);
        int bad = count_of(junit.text, "<failure") + count_of(junit.text, "<error");
        ROW((bad == 0) == (rows[i].state == GATE_PASSED), "row %zu:\n%s", i, junit.text);
        strbuf_free(&junit);
        result_free(&result);
    }
}

TEST(junit_tells_each_question) {
    char *document = written(form_junit, form_case_failed());
    has(document, "tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"6.000\"");
    has(document, "hostname=\"runner-1\" timestamp=\"2026-11-23T01:21:04\"");
    has(document, "<testcase classname=\"plimsoll.web\" name=\"runs\" time=\"6.000\"/>\n");
    has(document, "name=\"regression.needed_bytes\" time=\"0.000\">\n      <failure type=\"needed_bytes\" "
                  "message=\"needed 130.0 MiB, 10.2 % above the baseline of 118.0 MiB (at most 3 %)\">");
    has(document, "\nbaseline  118.0 MiB\nat most   121.5 MiB\nnext      if it is meant: ");
    has(document, "name=\"budget.growth_bytes_per_hour\" time=\"0.000\">\n      <error ");
    has(document, "<skipped message=\"no cgroup rights here\"/>");
    has(document, "<property name=\"baseline\" value=\"memory.json\"/>");
    free(document);
}

TEST(junit_of_a_target_that_fails_is_no_pass) {
    char *document = written(form_junit, form_case_target_fails());
    has(document, "<error type=\"runs\" message=\"1 run: 1 failed\">");
    has(document, "Its last words:\n  one\n  two\n  Error: connect ECONNREFUSED &#60;127.0.0.1&#62;</error>");
    has(document, "errors=\"2\"");
    free(document);
}

/* Whatever the questions say, and whatever other runs did. */
TEST(junit_of_a_run_that_failed_is_no_pass) {
    static const struct {
        enum outcome last;
        int errors;
    } rows[] = {{OUTCOME_SURVIVED, 0},      {OUTCOME_FAILED, 1},  {OUTCOME_OUTSIDE_OOM, 1},
                {OUTCOME_HARNESS_ERROR, 0}, {OUTCOME_TIMEOUT, 1}, {OUTCOME_KILLED, 1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result result = form_case_head("check", "web");
        form_case_trial(&result, OUTCOME_SURVIVED, 2 * MIB, "");
        form_case_trial(&result, rows[i].last, 2 * MIB, "its end\n");
        result.trials[1].limit_bytes = UNKNOWN_I64;
        form_case_item(&result, "budget.needed_bytes", "needed_bytes", GATE_PASSED, NULL, NULL);
        gate_conclude(&result.gate);
        char *document = written(form_junit, result);
        ROW(count_of(document, "<error type=\"runs\"") == rows[i].errors, "row %zu:\n%s", i, document);
        has(document, rows[i].errors ? "errors=\"1\"" : "errors=\"0\"");
        free(document);
    }
}

/* 56,000 lines of failure output are somebody else's. */
TEST(no_failure_is_long) {
    struct strbuf log = {0};
    for (int i = 0; i < 60000; i++)
        strbuf_addf(&log, "at line %d of a very long trace <&>\n", i);
    struct result result = form_case_all(log.text, 1000);
    for (size_t i = 0; i < COUNT(writers); i++) {
        struct strbuf document = {0};
        writers[i](&result, &document);
        const char *at = document.text;
        if (writers[i] == form_junit) {
            /* Questions are cases, however many; each tells little. */
            while ((at = strstr(at, "<testcase"))) {
                const char *end = strstr(at, "</testcase>");
                char *one = text_copy_bytes(at, (size_t)(end ? end - at : 0));
                ROW(lines_of(one) < 40, "%d lines:\n%s", lines_of(one), one);
                free(one);
                at++;
            }
        } else if (writers[i] != form_openmetrics) {
            ROW(lines_of(document.text) < 40, "%d lines of form %zu", lines_of(document.text), i);
        }
        strbuf_free(&document);
    }
    strbuf_free(&log);
    result_free(&result);
}

/* Every byte of these becomes the most that one can become. */
TEST(markdown_fits_into_a_comment) {
    static const char signs[] = "@#&<|\x01\xff";
    for (const char *sign = signs; *sign; sign++) {
        char *text = form_case_long(*sign, 10000);
        char *document = written(form_markdown, form_case_all(text, 200));
        ROW(strlen(document) <= COMMENT_MAX && lines_of(document) < 40, "'%c': %zu bytes, %d lines", *sign,
            strlen(document), lines_of(document));
        free(document);
        free(text);
    }
}

TEST(markdown_begins_with_the_verdict) {
    char *document = written(form_markdown, form_case_failed());
    has(document, "### Failed: 1 of 3 questions, 1 not asked (memory of <code>web</code>)\n\n| | question |");
    has(document,
        "| **failed** | <code>regression.needed_bytes</code> | 130.0 MiB | 129.5 MiB to 130.5 MiB | "
        "118.0 MiB | 121.5 MiB |\n| **undecided** | ");
    has(document, "*Next:* if it is meant: plimsoll check --update-baseline\n");
    has(document, "<details><summary>4 runs: 4 survived, 6.00 s in all</summary>\n\n");
    free(document);
    document = written(form_markdown, form_case_leaks(LEAK_CONFIRMED));
    has(document,
        "### Failed: 1 of 1 question (memory of <code>web</code>)\n\n**Leak** confirmed, 3.2 MiB/h (2.8 "
        "MiB/h to 3.5 MiB/h), its limit is full in 10h 00m, linear; under 1.0 MiB/h cannot be excluded, 40m "
        "00s more would see 512.0 KiB/h: every segment of the run grew\n");
    has(document, "- grew by kind: anon 2.5 MiB\n");
    free(document);
    document = written(form_markdown, form_case_target_fails());
    has(document, "### Undecided: nothing was asked (memory of <code>web</code>)\n\n**No run came to its end "
                  "alive:** 1 "
                  "run: 1 failed; its last words: Error: connect ECONNREFUSED &#60;127.0.0.1&#62;\n");
    free(document);
}

TEST(annotations_are_few) {
    char *document = written(form_annotations, form_case_failed());
    ROW_TEXT(document,
             "::error title=plimsoll%3A regression.needed_bytes::needed 130.0 MiB, 10.2 %25 above the "
             "baseline of 118.0 "
             "MiB (at most 3 %25). Next: if it is meant: plimsoll check --update-baseline\n"
             "::warning title=plimsoll%3A budget.growth_bytes_per_hour::too few cycles to tell\n",
             "failed");
    free(document);
    document = written(form_annotations, form_case_passed());
    ROW_TEXT(document, "::notice title=plimsoll%3A web::passed: 1 of 1 question\n", "passed");
    free(document);
    struct result result = form_case_head("check", "web");
    for (int i = 0; i < 300; i++) {
        char *name = text_format("q%d", i);
        form_case_item(&result, name, "needed_bytes", i % 2 ? GATE_FAILED : GATE_UNDECIDED, "too much", NULL);
        free(name);
    }
    gate_conclude(&result.gate);
    document = written(form_annotations, result);
    ROW(count_of(document, "::error ") == 10 && count_of(document, "::warning ") == 10, "%s", document);
    has(document, "::error title=plimsoll%3A q19::too much (and 140 more)\n");
    free(document);
}

/* Nothing that a target is called may begin a command of its own. */
TEST(annotations_are_commands_of_ours_alone) {
    for (size_t i = 0; i < FORM_HOSTILE; i++) {
        char *document = written(form_annotations, form_case_all(form_hostile[i], 8));
        for (const char *at = document; *at; at = strchr(at, '\n') + 1)
            ROW(text_starts_with(at, "::error title=plimsoll%3A ") ||
                    text_starts_with(at, "::warning title=plimsoll%3A "),
                "row %zu: %s", i, at);
        ROW(strchr(document, '\r') == NULL, "row %zu: %s", i, document);
        free(document);
    }
}

TEST(openmetrics_tells_what_is_known) {
    char *document = written(form_openmetrics, form_case_failed());
    has(document,
        "# TYPE container_memory_max_usage_bytes gauge\n# UNIT container_memory_max_usage_bytes bytes\n"
        "container_memory_max_usage_bytes{name=\"web\"} 137375744\n");
    has(document, "# HELP container_oom_events_total OOM kills in all runs "
                  "together.\ncontainer_oom_events_total{name=\"web\"} 0\n");
    has(document, "plimsoll_gate_state{name=\"web\",state=\"failed\"} 1\n");
    has(document, "plimsoll_gate_bound_bytes_per_hour{name=\"web\",question=\"budget.growth_bytes_per_hour\"}"
                  " 1048576\n");
    has(document, "\n# EOF\n");
    has_not(document, "plimsoll_leak");
    free(document);
    /* of an empty result nothing is claimed */
    document = written(form_openmetrics, form_case_nothing());
    has_not(document, "container_");
    has(document, "plimsoll_gate_state{name=\"\",state=\"passed\"} 0\n");
    free(document);
}

/* Whatever it is called: text, lines that are whole, and no control. */
TEST(hostile_texts_break_nothing) {
    for (size_t i = 0; i < FORM_HOSTILE + 400; i++) {
        for (size_t form = 0; form < COUNT(writers); form++) {
            struct result result =
                i < FORM_HOSTILE ? form_case_all(form_hostile[i], 20) : form_case_random(i - FORM_HOSTILE);
            char *document = written(writers[form], result);
            bool controls = false;
            for (const unsigned char *at = (const unsigned char *)document; *at; at++)
                controls = controls || (*at < 0x20 && *at != '\n') || *at == 0x7f;
            ROW(unit_is_utf8(document) && !controls, "case %zu, form %zu:\n%s", i, form, document);
            ROW(*document && document[strlen(document) - 1] == '\n', "case %zu, form %zu: no line end", i,
                form);
            ROW(writers[form] != form_markdown ||
                    (lines_of(document) < 40 && strlen(document) <= COMMENT_MAX),
                "case %zu: %d lines", i, lines_of(document));
            free(document);
        }
    }
}

UNIT_MAIN("forms", lines_are_short_and_harmless, lines_of_any_bytes_are_text,
          what_is_unseen_is_seen_in_every_form, each_form_has_its_own_escapes,
          numbers_have_their_metrics_unit, only_a_pass_passes, junit_tells_each_question,
          junit_of_a_target_that_fails_is_no_pass, junit_of_a_run_that_failed_is_no_pass, no_failure_is_long,
          markdown_fits_into_a_comment, markdown_begins_with_the_verdict, annotations_are_few,
          annotations_are_commands_of_ours_alone, openmetrics_tells_what_is_known,
          hostile_texts_break_nothing)
