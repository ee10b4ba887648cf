/* output/report and output/html: what a page holds, and that nothing of a target's can break out of its
 * place. What browsers and linters make of it is tried in tests/run-report. */
#include "output/report.h"

#include <ctype.h>

#include "form_cases.h"
#include "output/html.h"
#include "output/summary.h"
#include "unit.h"

/* ---- words ---- */

static char *lines_as_html(const char *text, size_t most, bool last) {
    struct strbuf page = {0};
    if (last)
        html_last_lines(&page, text, most);
    else
        html_lines(&page, text, most);
    return page.text ? page.text : text_copy("");
}

TEST(lines_are_cut_and_escaped) {
    static const struct {
        const char *text;
        size_t most;
        bool last;
        const char *html;
    } rows[] = {
        {"", 100, false, ""},
        {"a\n\tb", 100, false, "a\n\tb"},
        {"<b>&\"'\n\033[2J\r\n", 100, false, "&#60;b&#62;&#38;&#34;&#39;\n\\x1b[2J \n"},
        {"one\ntwo\nthree", 7, false, "one\ntwo..."},
        {"one\ntwo\nthree", 100, true, "one\ntwo\nthree"},
        {"one\ntwo\nthree", 10, true, "...\ntwo\nthree"},
        {"one\ntwo\nthree", 9, true, "...\nthree"},
        {"0123456789", 4, true, "...\n6789"},
        {"0123456789", 4, false, "0123..."},
        /* no character is cut in two */
        {"a\xc3\xa9\xc3\xa9", 4, false, "a\xc3\xa9..."},
        {"\xc3\xa9\xc3\xa9z", 2, true, "...\nz"},
        {"\xff<", 100, false, "\\xff&#60;"},
        {"\xe2\x80\xae", 100, true, "\\u{202e}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *html = lines_as_html(rows[i].text, rows[i].most, rows[i].last);
        ROW_TEXT(html, rows[i].html, rows[i].text);
        free(html);
    }
}

static void collect(void *context, const char *label, const char *sentence) {
    strbuf_addf(context, "[%s|%s]", label, sentence);
}

TEST(items_come_apart_as_they_were_made) {
    struct strbuf text = {0};
    struct strbuf pairs = {0};
    summary_item(&text, "Speed", "%s", "as fast as ever");
    summary_item(
        &text, "Undecided", "%s",
        "a sentence that is much too long for one line of a terminal, so that it is wrapped once or twice");
    summary_item(&text, "", "%s", "and this belongs to it.");
    summary_item(&text, "P(OOM)", "%s", "100 %");
    summary_each_item(strbuf_text(&text), collect, &pairs);
    ROW_TEXT(strbuf_text(&pairs),
             "[Speed|as fast as ever][Undecided|a sentence that is much too long for one "
             "line of "
             "a terminal, so that it is wrapped once or twice and this belongs to it.][P(OOM)|100 %]",
             "items");
    strbuf_free(&text);
    strbuf_free(&pairs);
}

/* ---- pictures ---- */

#define SVG_HEAD                                                                                             \
    "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 700 360\"\n xmlns=\"http://www.w3.org/2000/svg\"\n>\n"

TEST(a_picture_is_made_fit) {
    struct strbuf page = {0};
    bool good =
        html_add_svg(&page,
                     SVG_HEAD "<title>Gnuplot</title>\n<desc>by</desc>\n<g id=\"canvas\">\n"
                              "<filter id='x'><feFlood/></filter>\n\t<path id='gpPt0'   d='M0 0\n L1 1'/>"
                              "<use xlink:href='#gpPt0'/><text> 1 2</text></g></svg>\n",
                     "p1", "A \"picture\" <of> it");
    ROW(good, "refused");
    ROW_TEXT(strbuf_text(&page),
             "<svg viewBox=\"0 0 700 360\" role=\"img\" aria-label=\"A &#34;picture&#34; &#60;of&#62; it\">"
             "<g id=\"p1canvas\"><path id='p1gpPt0' d='M0 0 L1 1'/><use xlink:href='#p1gpPt0'/><text>1 "
             "2</text></g>"
             "</svg>\n",
             "picture");
    strbuf_free(&page);
}

TEST(a_picture_with_more_than_a_picture_is_refused) {
    static const char *const bodies[] = {
        "<script>alert(1)</script></svg>",
        "<SCRIPT></svg>",
        "<g onload='x'/></svg>",
        "<g\nONCLICK = \"x\"/></svg>",
        "<g/onload=x /></svg>",
        "<use xlink:href='http://evil.test/a.svg#b'/></svg>",
        "<use href=\"data:x\"/></svg>",
        "<use href=x /></svg>",
        "<g style='fill:url(http://evil.test/)'/></svg>",
        "<image/></svg>",
        "<foreignobject></svg>",
        "<a href='#x'/></svg>",
        "<style>*{}</style></svg>",
        "<!-- x --></svg>",
        "<g>", /* cut short */
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct strbuf page = {0};
        char *svg = text_format(SVG_HEAD "%s", bodies[i]);
        ROW(!html_add_svg(&page, svg, "p", "x") && page.length == 0, "%s", bodies[i]);
        free(svg);
        strbuf_free(&page);
    }
    struct strbuf page = {0};
    ROW(!html_add_svg(&page, "", "p", "x"), "nothing");
    ROW(!html_add_svg(&page, "<svg></svg>", "p", "x"), "no box");
    strbuf_free(&page);
}

/* ---- the page ---- */

static char *page_of(const struct result *results, size_t count, const struct invocation *invocation) {
    struct plots none = {0};
    struct strbuf page = {0};
    struct report_item items[4] = {0};
    for (size_t i = 0; i < count; i++)
        items[i] = (struct report_item){
            .result = &results[i], .source = results[i].name, .invocation = invocation, .plots = &none};
    for (size_t i = 0; i < count; i++)
        if (!items[i].source)
            items[i].source = "result.json";
    const struct report report = {.items = items, .count = count};
    report_html(&report, &page);
    return page.text;
}

static bool is_known_tag(const char *at) {
    static const char *const tags[] = {
        "!DOCTYPE html",
        "html",
        "head",
        "meta",
        "link",
        "title",
        "style",
        "body",
        "header",
        "main",
        "footer",
        "section",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "p",
        "strong",
        "span",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "pre",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "figure",
        "svg",
        "br",
        "figcaption",
    };
    if (*at == '/')
        at++;
    for (size_t i = 0; i < COUNT(tags); i++)
        if (text_starts_with(at, tags[i]) && strchr(" >", at[strlen(tags[i])]))
            return true;
    return false;
}

/* Every tag is one that the page is made of, every attribute is quoted, and no sign of markup is anywhere
 * else. */
static void check_markup(const char *page, const char *row) {
    bool in_tag = false;
    bool quoted = false;
    for (const char *at = strstr(page, "</style>"); at && *at; at++) {
        unsigned char byte = (unsigned char)*at;
        ROW(byte >= ' ' || byte == '\n' || byte == '\t', "%.40s: byte %02x at %.60s", row, byte, at);
        ROW(byte != '\'', "%.40s: a single quote at %.60s", row, at);
        if (in_tag && byte == '"') {
            quoted = !quoted;
        } else if (in_tag && byte == '>' && !quoted) {
            in_tag = false;
        } else if (byte == '<') {
            ROW(!in_tag && is_known_tag(at + 1), "%.40s: markup at %.60s", row, at);
            in_tag = true;
        } else if (byte == '"' || byte == '>') {
            ROW(in_tag, "%.40s: a stray %c at %.60s", row, byte, at);
        }
    }
    ROW(!in_tag && !quoted, "%.40s: the last tag does not end", row);
}

static int count_of(const char *text, const char *piece) {
    int count = 0;
    while ((text = strstr(text, piece))) {
        count++;
        text += strlen(piece);
    }
    return count;
}

/* What is opened is closed, ids are there once, and headings do not skip a level. */
static void check_structure(const char *page, const char *row) {
    static const char *const pairs[] = {"section", "div", "table", "tbody", "tr", "td",  "th",
                                        "dl",      "dt",  "dd",    "ul",    "li", "pre", "main",
                                        "p",       "h1",  "h2",    "h3",    "h4"};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char *open = text_format("<%s>", pairs[i]);
        char *with = text_format("<%s ", pairs[i]);
        char *close = text_format("</%s>", pairs[i]);
        int opened = count_of(page, open) + count_of(page, with);
        ROW(opened == count_of(page, close), "%.40s: <%s> %d, closed %d", row, pairs[i], opened,
            count_of(page, close));
        free(open);
        free(with);
        free(close);
    }
    int level = 0;
    for (const char *at = strstr(page, "<body>"); (at = strstr(at, "<h")); at++) {
        if (!isdigit((unsigned char)at[2]))
            continue;
        ROW(at[2] - '0' <= level + 1, "%.40s: level %c after %d", row, at[2], level);
        level = at[2] - '0';
    }
    for (const char *at = page; (at = strstr(at, " id=\"")); at++) {
        char *id = text_copy_bytes(at, strcspn(at + 5, "\"") + 6);
        ROW(count_of(page, id) == 1, "%.40s: %s is there more than once", row, id);
        free(id);
    }
    ROW(count_of(page, "<h1>") == 1, "%.40s: headings of level 1", row);
    ROW(count_of(page, "<th>") == 0, "%.40s: a heading of a table without scope", row);
}

/* The hostile text wherever a target, a user or a file can put one. */
static struct result hostile(const char *text) {
    struct result result = form_case_all(text, 3);
    struct recommendation *advice = &result.recommendation;
    *advice = (struct recommendation){.known = true,
                                      .request_bytes = 100 * MIB,
                                      .limit_bytes = 160 * MIB,
                                      .headroom_ratio = 1.6,
                                      .qos_class = "Burstable",
                                      .verified_runs = 3,
                                      .verified_p_oom_upper95 = known_f64(0.63)};
    recommendation_reason(advice, "%s", text);
    recommendation_warn(advice, "%s", text);
    advice->runtime.runtime = RUNTIME_NODE;
    result.ready = text_copy(text);
    free(result.started_at);
    result.started_at = text_copy(text);
    snprintf(result.host.kernel, sizeof result.host.kernel, "%s", text);
    snprintf(result.host.architecture, sizeof result.host.architecture, "%s", text);
    result_caveat(&result, text);
    struct trial *trial = &result.trials[0];
    trial_add_evidence(trial, text, text);
    trial->service.serves = true;
    trial->service.failure = text_copy(text);
    trial->service.load_tail = text_copy(text);
    return result;
}

static struct invocation hostile_invocation(const char *text, char **arguments) {
    char *copy = text_copy(text);
    arguments[0] = copy;
    arguments[1] = copy;
    arguments[2] = NULL;
    struct invocation invocation = {
        .version = copy, .command = copy, .cwd = copy, .arguments = arguments, .scenario.source = copy};
    return invocation;
}

static void check_hostile(const char *text, const char *command) {
    char *arguments[3];
    struct invocation invocation = hostile_invocation(text, arguments);
    struct result results[2] = {hostile(text), hostile(text)};
    for (size_t i = 0; i < 2; i++) {
        if (command) {
            free(results[i].command);
            results[i].command = text_copy(command);
            gate_free(&results[i].gate);
        }
        char *page = page_of(results, i + 1, i ? NULL : &invocation);
        check_markup(page, text);
        check_structure(page, text);
        free(page);
    }
    result_free(&results[0]);
    result_free(&results[1]);
    free(arguments[0]);
}

TEST(hostile_texts_stay_where_they_are) {
    static const char *const commands[] = {NULL, "size", "find", "leak", "run", "step", "watch"};
    for (size_t i = 0; i < FORM_HOSTILE; i++)
        for (size_t j = 0; j < COUNT(commands); j++)
            check_hostile(form_hostile[i], commands[j]);
}

TEST(random_results_make_good_pages) {
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct result result = form_case_random(seed);
        char *page = page_of(&result, 1, NULL);
        char *row = text_format("seed %d", (int)seed);
        check_markup(page, row);
        check_structure(page, row);
        free(row);
        free(page);
        result_free(&result);
    }
}

TEST(long_names_are_cut) {
    char *name = form_case_long('<', 10240);
    struct result result = hostile(name);
    char *page = page_of(&result, 1, NULL);
    check_markup(page, "long");
    check_structure(page, "long");
    /* five bytes for each sign, in about thirty places */
    ROW(strlen(page) < 700000, "%zu bytes", strlen(page));
    ROW(strstr(page, "&#60;...") != NULL, "nothing is cut");
    free(page);
    free(name);
    result_free(&result);
}

TEST(nothing_makes_a_page) {
    struct result result = form_case_nothing();
    char *page = page_of(&result, 1, NULL);
    check_markup(page, "nothing");
    check_structure(page, "nothing");
    ROW(strstr(page, "The result holds no run.") != NULL, "%s", page);
    free(page);
}

static void has(const char *page, const char *piece) {
    ROW(strstr(page, piece) != NULL, "\"%s\" is not in the page", piece);
}

static void has_not(const char *page, const char *piece) {
    ROW(strstr(page, piece) == NULL, "\"%s\" is in the page", piece);
}

/* As many of each as are asked for: runs that died, with as much to say as is kept, and runs that lived. */
static struct result sized(int died, int lived) {
    struct result result = form_case_head("size", "web");
    char *words = form_case_long('x', (size_t)64 * 1024);
    for (int i = 0; i < died + lived; i++) {
        form_case_trial(&result, i < died ? OUTCOME_OOM : OUTCOME_SURVIVED, (100 + i) * MIB, words);
        for (int j = 0; j < 8; j++)
            trial_say(&result.trials[i], "memory.events", "oom_kill %d -> %d, and more of the like", j,
                      j + 1);
    }
    free(words);
    result.oom_point = (struct oom_point){.known = true,
                                          .ooms_bytes = known_i64(99 * MIB),
                                          .survives_bytes = known_i64(100 * MIB),
                                          .dies_as = OUTCOME_OOM,
                                          .confirmed_ooms = 3,
                                          .confirmed_survivals = 3,
                                          .p_oom_upper95 = known_f64(0.63)};
    result.recommendation = (struct recommendation){.known = true,
                                                    .request_bytes = 100 * MIB,
                                                    .limit_bytes = 160 * MIB,
                                                    .headroom_ratio = 1.6,
                                                    .qos_class = "Burstable",
                                                    .verified_runs = 3,
                                                    .verified_p_oom_upper95 = known_f64(0.63)};
    return result;
}

TEST(the_verdict_comes_first) {
    static const char *const order[] = {
        "<h1>Memory of web</h1>",
        "Verdict</h2>",
        "<strong>Proven</strong>",
        "It needs 100.0 MiB: at 99.0 MiB it died 3 times of 3, at 100.0 MiB it lived 3 times of 3.",
        "Recommendation</h2>",
        "requests:\n    memory: &#34;100Mi&#34;",
        "none died. P(OOM) is below 63 %",
        "Why</h2>",
        "Every run</h2>",
        "Evidence</h2>",
        "Run 1, limit 256.0 MiB: OOM",
        "How to reproduce it</h2>",
        "plimsoll size -- ./web --serve",
        "6.1.0-13-amd64"};
    struct result result = sized(2, 3);
    char *page = page_of(&result, 1, NULL);
    const char *at = page;
    for (size_t i = 0; i < COUNT(order); i++) {
        const char *found = at ? strstr(at, order[i]) : NULL;
        ROW(found != NULL, "\"%s\" is not there, or not after what comes before it", order[i]);
        at = found ? found : at;
    }
    has(page, "<th scope=\"col\">Outcome</th>");
    has(page, "With which options it was run is not kept");
    has_not(page, "<script");
    has_not(page, "http://");
    has_not(page, "https://");
    free(page);
    result_free(&result);
}

TEST(what_is_not_proven_is_not_to_be_copied) {
    struct result result = sized(1, 1);
    result.recommendation.verified_ooms = 1;
    char *page = page_of(&result, 1, NULL);
    has(page, "Found, but no limit is proven");
    has(page, "Not proven: of 3 fresh runs at 160Mi 1 died.");
    has_not(page, "YAML to copy");
    free(page);
    result_free(&result);
}

TEST(of_a_leak_no_limit_is_safe) {
    struct result result = sized(1, 1);
    result.recommendation.growth_bytes_per_s = known_f64(1000);
    char *page = page_of(&result, 1, NULL);
    has(page, "<p class=\"verdict doubt\"><strong>Found, but a leak is suspected: no limit is safe</strong>");
    free(page);
    result_free(&result);
}

TEST(fifty_runs_are_small) {
    struct result result = sized(25, 25);
    char *page = page_of(&result, 1, NULL);
    check_structure(page, "fifty");
    ROW(strlen(page) < 300000, "%zu bytes, and the plots are to come", strlen(page));
    free(page);
    result_free(&result);
}

TEST(several_are_compared) {
    struct result results[2] = {sized(1, 1), sized(1, 1)};
    results[1].trials[1].needed_bytes = known_i64(111 * MIB + 104858); /* 10 % above 101 MiB */
    results[1].recommendation.limit_bytes = 80 * MIB;
    char *page = page_of(results, 2, NULL);
    check_structure(page, "two");
    has(page, "<h1>2 results side by side</h1>");
    has(page, "Compared</h2>");
    has(page, "<td class=\"n\">101.0 MiB</td><td class=\"n\">+0.0 %</td>");
    has(page, "<td class=\"n\">111.1 MiB</td><td class=\"n\">+10.0 %</td>");
    has(page, "<td class=\"n\">-50.0 %</td>");
    has(page, "<h2 id=\"result-2\">2. web</h2>");
    has(page, "<h3 id=\"verdict-2\">Verdict</h3>");
    free(page);
    result_free(&results[0]);
    result_free(&results[1]);
}

/* Two results, and a plot of the second, and one that compares them. */
static char *page_with(char *const *pictures, const char *why) {
    struct result results[2] = {sized(1, 1), sized(1, 1)};
    struct plot plot = {.script = "limits",
                        .name = (char[]){"x"},
                        .title = (char[]){"T<"},
                        .words = (char[]){"12 MiB & more"}};
    struct plots one = {&plot, 1};
    struct plots none = {0};
    struct report_item items[2] = {
        {.result = &results[0], .source = "a", .plots = &none},
        {.result = &results[1], .source = "b", .plots = &one, .pictures = pictures, .no_pictures = why}};
    const struct report report = {items, 2, &one, pictures, why};
    struct strbuf page = {0};
    report_html(&report, &page);
    check_structure(strbuf_text(&page), "plots");
    result_free(&results[0]);
    result_free(&results[1]);
    return page.text;
}

/* What is to be seen in it is said all the same; and never is a heading all there is. */
TEST(a_plot_that_failed_has_its_words) {
    char *failed[] = {NULL};
    char *page = page_with(failed, NULL);
    has(page, "T&#60;</h3>\n<p>Not drawn. 12 MiB &#38; more</p>");
    has(page, "<h3 id=\"plots-2\">Plots</h3>\n<h4>T&#60;</h4>\n<p>Not drawn. 12 MiB &#38; more</p>");
    has_not(page, "plots-1");
    free(page);
    char *lies[] = {(char[]){"no picture"}};
    page = page_with(lies, NULL);
    has(page, "<p>Not shown: what gnuplot drew holds more than a picture. 12 MiB &#38; more</p>");
    free(page);
    page = page_with(NULL, "There are no plots: <none>.");
    has(page, "<p>There are no plots: &#60;none&#62;.</p>\n</section>\n<div class=\"result\">");
    has(page, "<h3 id=\"plots-2\">Plots</h3>\n<p>There are no plots: &#60;none&#62;.</p>\n</section>");
    has_not(page, "12 MiB &#38; more");
    free(page);
}

TEST(each_command_has_its_verdict) {
    static const struct {
        enum leak_verdict verdict;
        const char *word;
    } leaks[] = {
        {LEAK_NONE, "No leak seen"}, {LEAK_CONFIRMED, "It leaks"}, {LEAK_SUSPECTED, "A leak is suspected"}};
    for (size_t i = 0; i < COUNT(leaks); i++) {
        struct result result = form_case_leaks(leaks[i].verdict);
        char *page = page_of(&result, 1, NULL);
        has(page, leaks[i].word);
        free(page);
        result_free(&result);
    }
    struct result result = form_case_failed();
    char *page = page_of(&result, 1, NULL);
    has(page, "<p class=\"verdict bad\"><strong>Failed</strong> <span>failed: 1 of 3 questions, 1 not asked");
    has(page, "<br>Next: if it is meant: plimsoll check --update-baseline");
    free(page);
    result_free(&result);
    result = form_case_target_fails();
    page = page_of(&result, 1, NULL);
    has(page, "No run came to its end alive");
    has(page, "Error: connect ECONNREFUSED &#60;127.0.0.1&#62;");
    free(page);
    result_free(&result);
}

TEST(the_command_is_told_whole_or_with_a_warning) {
    struct result result = sized(1, 1);
    char *arguments[] = {text_copy("--limit"), text_copy("64Mi"),     text_copy("--"),
                         text_copy("sh"),      text_copy("a 'b'\nc"), NULL};
    struct invocation invocation = {
        .version = text_copy("0.1.0"), .command = text_copy("size"), .arguments = arguments};
    char *page = page_of(&result, 1, &invocation);
    has(page, "plimsoll size --limit 64Mi -- sh &#39;a &#39;\\&#39;&#39;b&#39;\\&#39;&#39;\nc&#39;</pre>");
    has_not(page, "bytes that cannot be shown");
    has_not(page, "is not kept in this result");
    free(page);
    free(arguments[4]);
    arguments[4] = text_copy("\033[2J");
    page = page_of(&result, 1, &invocation);
    has(page, "bytes that cannot be shown");
    free(page);
    for (size_t i = 0; arguments[i]; i++)
        free(arguments[i]);
    free(invocation.version);
    free(invocation.command);
    result_free(&result);
}

UNIT_MAIN("report", lines_are_cut_and_escaped, items_come_apart_as_they_were_made, a_picture_is_made_fit,
          a_picture_with_more_than_a_picture_is_refused, hostile_texts_stay_where_they_are,
          random_results_make_good_pages, long_names_are_cut, nothing_makes_a_page, the_verdict_comes_first,
          what_is_not_proven_is_not_to_be_copied, of_a_leak_no_limit_is_safe, fifty_runs_are_small,
          several_are_compared, a_plot_that_failed_has_its_words, each_command_has_its_verdict,
          the_command_is_told_whole_or_with_a_warning)
