/* cli/scenario: what each key says, where each mistake is said to be; and what becomes of it beside a command
 * line. */
#include "cli/scenario.h"

#include <math.h>

#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "unit.h"

#define ARGS_MAX 16

/* A scenario whose keys begin on line 2. */
#define WITH(keys) "{\"schema\": \"plimsoll.scenario/1\",\n" keys "}"

#define EMPTY "{\"schema\": \"plimsoll.scenario/1\"}"

/* ---- the words of a scenario ---- */

/* "--name=x|--env=A=b|", then " argv: a|b|". Caller frees. */
static char *words_of(const struct scenario *scenario) {
    struct strbuf all = {0};
    for (size_t i = 0; i < scenario->word_count; i++)
        strbuf_addf(&all, "%s=%s%s|", scenario->words[i].option, scenario->words[i].value,
                    scenario->words[i].only ? " (only leak)" : "");
    if (scenario->argv)
        strbuf_add(&all, " argv: ");
    for (char *const *argument = scenario->argv; argument && *argument; argument++)
        strbuf_addf(&all, "%s|", *argument);
    return all.text ? all.text : text_copy("");
}

static const struct {
    const char *text;
    const char *words;
} good_rows[] = {
    {EMPTY, ""},
    {" \r\n\t{ \"schema\"\t:\r\n\"plimsoll.scenario/1\" } \n", ""},
    {WITH("\"name\": \"x\""), "--name=x|"},
    {WITH("\"target\": {}, \"search\": {}, \"sizing\": {}, \"leak\": {}, \"budgets\": {}"), ""},
    {WITH("\"target\": {\"argv\": [\"a b\", \"\", \"--x\"]}"), " argv: a b||--x|"},
    {WITH("\"target\": {\"image\": \"redis:7\", \"argv\": [\"a\"]}"), "--image=redis:7| argv: a|"},
    {WITH("\"target\": {\"env\": {\"A\": \"b=c\", \"B\": \"\", \"C\": 2.50, \"D\": -1e3}}"),
     "--env=A=b=c|--env=B=|--env=C=2.50|--env=D=-1e3|"},
    {WITH("\"target\": {\"env\": {}}"), ""},
    {WITH("\"target\": {\"cwd\": \"data\", \"stdin\": \"../in\"}"),
     "--cwd=/where/data|--stdin=/where/../in|"},
    {WITH("\"target\": {\"cwd\": \"/data\", \"stdin\": \"/in\"}"), "--cwd=/data|--stdin=/in|"},
    {WITH("\"target\": {\"cwd\": \"data\", \"image\": \"x\"}"), "--cwd=data|--image=x|"},
    {WITH("\"target\": {\"user\": \"nobody\", \"stop_signal\": \"INT\", \"grace\": \"0s\", \"for\": \"5s\","
          "\"timeout\": \"1h\", \"interval\": \"1ms\"}"),
     "--user=nobody|--stop-signal=INT|--grace=0s|--for=5s|--timeout=1h|--interval=1ms|"},
    {WITH("\"target\": {\"success\": 3}"), "--success=3|"},
    {WITH("\"target\": {\"success\": [0, 3]}"), "--success=0,3|"},
    {WITH("\"target\": {\"success\": \"0,10-12\"}"), "--success=0,10-12|"},
    {WITH("\"target\": {\"max\": 1073741824, \"swap\": \"1Gi\"}"), "--max=1073741824|--swap=1Gi|"},
    {WITH("\"target\": {\"max\": 1e9, \"swap\": 0}"), "--max=1e9|--swap=0|"},
    {WITH("\"target\": {\"oom_group\": true}"), ""},
    {WITH("\"target\": {\"oom_group\": false}"), "--no-oom-group=|"},
    {WITH("\"target\": {\"engine\": \"podman\", \"entrypoint\": \"/x\", \"network\": \"host\"}"),
     "--engine=podman|--entrypoint=/x|--network=host|"},
    {WITH("\"target\": {\"publish\": [\"8080:80\", \"53:53/udp\"]}"),
     "--publish=8080:80|--publish=53:53/udp|"},
    {WITH("\"target\": {\"volumes\": [\"./data:/data\", \"../x:/x:ro\", \"named:/n\", \"/a:/b\", "
          "\".hidden:/h\"]}"),
     "--volume=/where/./data:/data|--volume=/where/../x:/x:ro|--volume=named:/n|--volume=/a:/b|"
     "--volume=.hidden:/h|"},
    {WITH("\"load\": \"wrk x\""), "--load=wrk x|"},
    {WITH("\"load\": {\"command\": \"wrk\", \"steps\": [10, \"20 -t 2\", 1.5], \"cycles\": 3, \"warmup\": "
          "\"1s\","
          "\"cooldown\": \"2s\", \"format\": \"wrk\", \"rate\": \"([0-9]+)/s\"}"),
     "--load=wrk|--load-steps=10,20 -t 2,1.5|--cycles=3|--warmup=1s|--cooldown=2s|--load-format=wrk|"
     "--load-rate=([0-9]+)/s|"},
    {WITH("\"ready\": \"tcp:6379\""), "--ready=tcp:6379|"},
    {WITH("\"ready\": {\"tcp\": 6379, \"timeout\": \"30s\"}"), "--ready=tcp:6379|--ready-timeout=30s|"},
    {WITH("\"ready\": {\"tcp\": \"localhost:1\"}"), "--ready=tcp:localhost:1|"},
    {WITH("\"ready\": {\"http\": \"http://localhost/\"}"), "--ready=http:http://localhost/|"},
    {WITH("\"ready\": {\"file\": \"up\"}"), "--ready=file:up|"},
    {WITH("\"ready\": {\"log\": \"ready: (now|soon)\"}"), "--ready=log:ready: (now|soon)|"},
    {WITH("\"ready\": {\"exec\": \"pg_isready -q\"}"), "--ready=exec:pg_isready -q|"},
    {WITH("\"ready\": {\"after\": \"2s\"}"), "--ready=after:2s|"},
    {WITH("\"search\": {\"precision\": 0.5, \"confirm\": 5, \"strategy\": \"step\", \"jobs\": 2,"
          "\"max_slowdown\": 1.1, \"budget\": \"10m\"}"),
     "--precision=0.5|--confirm=5|--strategy=step|--jobs=2|--max-slowdown=1.1|--budget=10m|"},
    {WITH("\"sizing\": {\"headroom\": \"auto\", \"qos\": \"guaranteed\", \"cpu\": \"500m\", \"role\": "
          "\"init\","
          "\"node_memory\": \"32Gi\", \"prove\": 59}"),
     "--headroom=auto|--qos=guaranteed|--cpu=500m|--container-role=init|--node-memory=32Gi|--prove=59|"},
    {WITH("\"leak\": {\"cycles\": 20}"), "--cycles=20 (only leak)|"},
    {WITH("\"budgets\": {\"limit_bytes\": \"1Gi\", \"peak_bytes\": 5, \"needed_bytes\": \"1e6\","
          "\"growth_bytes_per_hour\": 0}"),
     "--budget-limit=1Gi|--budget-peak=5|--budget-needed=1e6|--budget-growth=0|"},
    {WITH("\"name\": \"\\u00e9\\ud83d\\ude00\\/\\n\\\"\""), "--name=\xc3\xa9\xf0\x9f\x98\x80/\n\"|"},
};

TEST(each_key_is_an_option) {
    for (size_t i = 0; i < COUNT(good_rows); i++) {
        const char *text = good_rows[i].text;
        struct scenario scenario = {0};
        struct error error = {0};
        int code = scenario_parse(text, strlen(text), "f", "/where", &scenario, &error);
        char *words = words_of(&scenario);
        ROW(code == 0, "%s: %d, %s", text, code, error.what);
        ROW_TEXT(words, good_rows[i].words, text);
        free(words);
        scenario_free(&scenario);
    }
}

TEST(each_word_knows_where_it_is_from) {
    static const char text[] = WITH(
        "\"target\": {\n"
        "  \"env\": {\"A\":\n \"b\"},\n"
        "  \"success\": [\n    0,\n    3\n  ]},\n"
        "\"ready\": {\"tcp\": 1},\n"
        "\"name\": \"a name of many letters that goes on until it is cut off: \xc3\xa9\xc3\xa9\xc3\xa9\"");
    static const struct {
        const char *key;
        int line;
        const char *written;
    } rows[] = {
        {"target.env.A", 4, "\"b\""},
        {"target.success", 5, "[ 0, 3 ]"},
        {"ready.tcp", 9, "1"},
        {"name", 10, "\"a name of many letters that goes on until it is cut off: \xc3\xa9..."},
    };
    struct scenario scenario = {0};
    struct error error = {0};
    ck_assert_msg(scenario_parse(text, strlen(text), "f", "/", &scenario, &error) == 0, "%s", error.what);
    ck_assert_uint_eq(scenario.word_count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        ROW_TEXT(scenario.words[i].key, rows[i].key, rows[i].key);
        ROW_TEXT(scenario.words[i].written, rows[i].written, rows[i].key);
        ROW(scenario.words[i].line == rows[i].line, "%s: line %d", rows[i].key, scenario.words[i].line);
    }
    scenario_free(&scenario);
}

/* ---- mistakes ---- */

static const struct {
    const char *text;
    const char *says;
} bad_rows[] = {
    /* no JSON */
    {"", "f:1:1: not JSON: JSON does not allow empty root content"},
    {" \n", "f:2:1: not JSON: JSON does not allow empty root content"},
    {"schema: plimsoll.scenario/1\n", "f:1:1: not JSON: a scenario is a JSON file that begins with..."},
    {WITH("\"name\": \"x\",\n"), "f:2:12: not JSON: JSON disallows trailing comma before closing brace"},
    {WITH("# a comment\n\"name\": \"x\""), "f:2:1: not JSON: plain scalar cannot start with '#'"},
    {WITH("// a comment\n\"name\": \"x\""),
     "f:2:1: not JSON: Multi line plain scalars not supported in JSON mode"},
    {WITH("'name': \"x\""), "f:2:1: not JSON: single quoted scalars not supported in JSON mode"},
    {WITH("name: \"x\""), "f:2:1: not JSON: Invalid JSON plain scalar"},
    {WITH("\"name\": &a \"x\""), "f:2:9: not JSON: anchor not supported in JSON mode"},
    {WITH("\"name\": !!str \"x\""), "f:2:9: not JSON: tag not supported in JSON mode"},
    {WITH("\"name\": NaN"), "f:2:9: not JSON: Invalid JSON plain scalar"},
    {WITH("\"name\": 01"), "f:2:9: not JSON: Invalid JSON plain scalar"},
    {WITH("\"name\": +1"), "f:2:9: not JSON: Invalid JSON plain scalar"},
    {WITH("\"name\": "), "f:2:9: not JSON: JSON does not allow empty values in a mapping"},
    {WITH("\"name\" \"x\""), "f:2:2: not JSON: JSON does not allow empty values in a mapping"},
    {WITH("\"name\": \"a\tb\""), "f:2:11: not JSON: Invalid JSON unescaped character"},
    {WITH("\"name\": \"a\nb\""),
     "f:2:10: not JSON: Multi line double quoted scalars not supported in JSON mode"},
    {WITH("\"name\": \"\\x41\""), "f:2:10: not JSON: invalid escape 'x' in double-quoted string"},
    {WITH("\"name\": \"\\ud83d\""), "f:2:10: not JSON: double-quoted scalar has invalid UTF8 escape"},
    {WITH("\"name\": \"\xff\""), "f:2:10: not JSON: the byte 0xff is no text in UTF-8"},
    {EMPTY "{}", "f:1:34: not JSON: missing document start"},
    {"{\"schema\": \"plimsoll.scenario/1\"", "f:2:1: not JSON: missing comma in flow mapping"},
    {"---\n{}", "f:1:1: not JSON: ..."},
    /* no scenario */
    {"[]", "f:1: an empty list; a scenario is an object"},
    {"[1]", "f:1: a list; a scenario is an object"},
    {"\n\"x\"", "f:2: a text; a scenario is an object"},
    {"null", "f:1: null; a scenario is an object"},
    {"\n{\"name\": \"x\"}", "f:2: schema: missing; begin with \"schema\": \"plimsoll.scenario/1\""},
    {"{\"nam\": \"x\",\n\"schema\": \"plimsoll.scenario/9\"}",
     "f:2: schema is plimsoll.scenario/9; this program reads plimsoll.scenario/1"},
    {"{\"schema\": \"plimsoll.result/1\"}",
     "f:1: schema is plimsoll.result/1; this program reads plimsoll.scenario/1"},
    {"{\"schema\": \"\\u001b[2J\"}", "f:1: schema is \\x1b[2J; this program reads plimsoll.scenario/1"},
    {"{\"schema\": 1}", "f:1: schema: a number; give \"plimsoll.scenario/1\""},
    {"{\"schema\": null}", "f:1: schema: null; give \"plimsoll.scenario/1\""},
    {"{\"schema\": \"plimsoll.scenario/1\",\n\"schema\": \"x\"}",
     "f:2: schema: given twice, first at line 1"},
    /* keys */
    {WITH("\"nmae\": \"x\""), "f:2: nmae: unknown key; did you mean name?"},
    {WITH("\"Name\": \"x\""), "f:2: Name: unknown key; did you mean name?"},
    {WITH("\"argv\": [\"x\"]"), "f:2: argv: unknown key; did you mean target.argv?"},
    {WITH("\"target\": {\n\"agrv\": [\"x\"]}"), "f:3: target.agrv: unknown key; did you mean argv?"},
    {WITH("\"target\": {\"steps\": 5}"), "f:2: target.steps: unknown key; did you mean load.steps?"},
    {WITH("\"load\": {\"comand\": 5}"), "f:2: load.comand: unknown key; did you mean command?"},
    {WITH("\"search\": {\"banana\": 5}"),
     "f:2: search.banana: unknown key; there are precision, confirm, strategy, jobs, max_slowdown, budget"},
    {WITH("\"target.argv\": []"), "f:2: target.argv: unknown key; there are schema, name..."},
    {WITH("\"\": 1"),
     "f:2: \"\": unknown key; there are schema, name, target, load, ready, search, sizing, leak, budgets"},
    {WITH("\"a\\nb\": 1"), "f:2: a\\x0ab: unknown key; there are schema, ..."},
    {WITH("\"name\\u0000\": 1"), "f:2: name: a NUL character is in this key"},
    {WITH("\"leak\": {\"cycle\": 1}"), "f:2: leak.cycle: unknown key; did you mean cycles?"},
    {WITH("\"budgets\": {\"peak\": 1}"),
     "f:2: budgets.peak: unknown key; there are limit_bytes, peak_bytes, ..."},
    {WITH("\"name\": \"x\",\n\n\"name\": \"y\""), "f:4: name: given twice, first at line 2"},
    {WITH("\"target\": {\"max\": 1,\n\"max\": 1}"), "f:3: target.max: given twice, first at line 2"},
    {WITH("\"target\": {},\n\"target\": {}"), "f:3: target: given twice, first at line 2"},
    {WITH("\"target\": {\"env\": {\"A\": 1,\n\"A\": 2}}"), "f:3: target.env.A: given twice, first at line 2"},
    /* types */
    {WITH("\"name\": 5"), "f:2: name: a number; give a text"},
    {WITH("\"name\": null"), "f:2: name: null; give a text"},
    {WITH("\"name\": true"), "f:2: name: true; give a text"},
    {WITH("\"name\": [\"x\"]"), "f:2: name: a list; give a text"},
    {WITH("\"name\":\n{}"), "f:3: name: an object; give a text"},
    {WITH("\"target\": \"x\""), "f:2: target: a text; give an object"},
    {WITH("\"target\": [\"x\"]"), "f:2: target: a list; give an object"},
    {WITH("\"target\": {\"argv\": \"x\"}"), "f:2: target.argv: a text; give a list of texts"},
    {WITH("\"target\": {\"argv\": []}"), "f:2: target.argv: an empty list; give a list of texts"},
    {WITH("\"target\": {\"argv\": [\"x\",\n6379]}"), "f:3: target.argv[1]: a number; give a text"},
    {WITH("\"target\": {\"argv\": [\"x\", \"a\\u0000b\"]}"),
     "f:2: target.argv[1]: a NUL character is in it, which no program can be given"},
    {WITH("\"target\": {\"env\": [\"A=b\"]}"), "f:2: target.env: a list; give an object of texts or numbers"},
    {WITH("\"target\": {\"env\": {\"A\": true}}"), "f:2: target.env.A: true; give a text or a number"},
    {WITH("\"target\": {\"env\": {\"A=B\": \"\"}}"),
     "f:2: target.env.A=B: the name of a variable is not empty and has no = in it"},
    {WITH("\"target\": {\"env\": {\"\": \"\"}}"), "f:2: target.env.: the name of a variable is not empty..."},
    {WITH("\"target\": {\"for\": 10}"), "f:2: target.for: a number; give a duration in a text, like \"10s\""},
    {WITH("\"target\": {\"max\": 1.5}"),
     "f:2: target.max: a fraction; give whole bytes, or a text like \"512Mi\""},
    {WITH("\"target\": {\"max\": 1e400}"), "f:2: target.max: a fraction; give whole bytes..."},
    {WITH("\"target\": {\"oom_group\": \"no\"}"), "f:2: target.oom_group: a text; give true or false"},
    {WITH("\"target\": {\"oom_group\": 0}"), "f:2: target.oom_group: a number; give true or false"},
    {WITH("\"target\": {\"success\": true}"),
     "f:2: target.success: true; give a whole number, a list of them, or a text like \"0,10-12\""},
    {WITH("\"target\": {\"success\": [0, \"3\"]}"), "f:2: target.success[1]: a text; give a whole number"},
    {WITH("\"target\": {\"success\": [0.5]}"), "f:2: target.success[0]: a fraction; give a whole number"},
    {WITH("\"target\": {\"publish\": [8080]}"), "f:2: target.publish[0]: a number; give a text"},
    {WITH("\"load\": 5"), "f:2: load: a number; give a text or an object"},
    {WITH("\"load\": {}"), "f:2: load: no command in it; give what drives the target"},
    {WITH("\"load\": {\"cycles\": \"3\"}"), "f:2: load.cycles: a text; give a whole number"},
    {WITH("\"load\": {\"command\": \"x\", \"steps\": [1, null]}"),
     "f:2: load.steps[1]: null; give a text or a number"},
    {WITH("\"load\": {\"command\": \"x\", \"steps\": [\"1,2\"]}"),
     "f:2: load.steps[0]: no comma can be in it"},
    {WITH("\"load\": {\"command\": \"x\", \"steps\": [\"1\", \"\"]}"), "f:2: load.steps[1]: empty"},
    {WITH("\"ready\": [\"tcp:1\"]"), "f:2: ready: a list; give a text or an object"},
    {WITH("\"ready\": {\"tcp\": 1.5}"), "f:2: ready.tcp: a fraction; give a port or a text"},
    {WITH("\"ready\": {\"after\": 5}"),
     "f:2: ready.after: a number; give a duration in a text, like \"10s\""},
    {WITH("\"ready\": {}"), "f:2: ready: give one of tcp, http, file, log, exec, after"},
    {WITH("\"ready\": {\"timeout\": \"1s\"}"), "f:2: ready: give one of tcp, http, file, log, exec, after"},
    {WITH("\"ready\": {\"log\": \"x\", \"tcp\": 1}"), "f:2: ready: tcp and log; give one of them"},
    {WITH("\"search\": {\"confirm\": 1.5}"), "f:2: search.confirm: a fraction; give a whole number"},
    {WITH("\"search\": {\"precision\": []}"),
     "f:2: search.precision: an empty list; give a number or a text"},
    {WITH("\"leak\": 5"), "f:2: leak: a number; give an object"},
    {WITH("\"leak\": {\"cycles\": \"many\"}"), "f:2: leak.cycles: a text; give a whole number"},
};

/* An expectation that ends in "..." is a beginning. */
static bool says_so(const char *message, const char *expected) {
    size_t length = strlen(expected);
    bool cut = length > 3 && strcmp(expected + length - 3, "...") == 0;
    return cut ? strncmp(message, expected, length - 3) == 0 : strcmp(message, expected) == 0;
}

TEST(mistakes_are_named_with_their_place) {
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        const char *text = bad_rows[i].text;
        struct scenario scenario = {0};
        struct error error = {0};
        int code = scenario_parse(text, strlen(text), "f", "/where", &scenario, &error);
        ROW(code < 0 && says_so(error.what, bad_rows[i].says) && unit_is_one_line(error.what) &&
                unit_is_utf8(error.what),
            "%s: %d, \"%s\", expected \"%s\"", text, code, error.what, bad_rows[i].says);
        ROW(!scenario.words && !scenario.argv && !scenario.text, "%s: something was made", text);
        scenario_free(&scenario);
    }
}

/* ---- files ---- */

static void expect_unread(const char *path, const char *says) {
    struct scenario scenario = {0};
    struct error error = {0};
    int code = scenario_read(path, &scenario, &error);
    ROW(code < 0 && strstr(error.what, says) && strstr(error.what, path) && unit_is_one_line(error.what),
        "%s: %d, \"%s\", expected \"%s\"", path, code, error.what, says);
    scenario_free(&scenario);
}

/* Bytes of any kind in a file of the folder. */
static char *write_bytes(const char *folder, const char *name, const char *bytes, size_t length) {
    char *path = text_format("%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
    return path;
}

static void expect_bytes_unread(const char *folder, const char *bytes, size_t length, const char *says) {
    char *path = write_bytes(folder, "bytes", bytes, length);
    expect_unread(path, says);
    free(path);
}

TEST(files_that_are_none) {
    char *folder = unit_make_dir();
    char *pipe = text_format("%s/pipe", folder);
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    expect_unread("/no/such/file", "--config /no/such/file: No such file or directory");
    expect_unread(folder, ": a folder; give a file");
    expect_unread(pipe, ": no regular file; give a file");
    expect_unread("/dev/null", "--config /dev/null: no regular file; give a file");
    free(pipe);
    static const char nul[] = WITH("\"name\": \"x\0y\"");
    expect_bytes_unread(folder, nul, sizeof nul - 1, ":2:11: not JSON: the byte 0x00 is no text");
    static const char after[] = EMPTY "\0";
    expect_bytes_unread(folder, after, sizeof after - 1, ":1:34: not JSON: the byte 0x00 is no text");
    expect_bytes_unread(folder, "", 0, ":1:1: not JSON: JSON does not allow empty root content");
    expect_bytes_unread(folder, "\xff\xfe{\0}\0", 6, ":1:1: not JSON: the byte 0xff is no text in UTF-8");
    unit_remove_dir(folder);
    free(folder);
}

/* `count` times `unit`, with something before and behind. Caller frees. */
static char *repeat(const char *before, const char *unit, size_t count, const char *behind) {
    struct strbuf text = {0};
    strbuf_add(&text, before);
    for (size_t i = 0; i < count; i++)
        strbuf_add(&text, unit);
    strbuf_add(&text, behind);
    return text.text;
}

TEST(files_that_mean_harm) {
    static const struct {
        const char *before;
        const char *unit;
        size_t count;
        const char *says;
    } rows[] = {
        {"", " ", 1 << 20, ":2:1: not JSON: JSON does not allow empty root content"},
        {"", " ", (1 << 20) + 1, ": larger than 1 MiB; this is no scenario"},
        {"", "[", 1000000, ":1:201: nested more than 200 deep"},
        {"{\"schema\":", "[", 1000000, ":1:"},
        {"{\"a\":", "{\"a\":", 100000, ": nested more than 200 deep"},
        {"", "{", 1000, ":1:"},
        {"\"", "x", 1000000, ":1:"},
        {"{\"schema\": \"plimsoll.scenario/1\", \"target\": {\"env\": {", "\"A\": 1,", 100000,
         ": not JSON: "},
        {"{\"schema\": \"plimsoll.scenario/1\", \"", "x", 1000000, ":1:"},
    };
    char *folder = unit_make_dir();
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = repeat(rows[i].before, rows[i].unit, rows[i].count, "");
        expect_bytes_unread(folder, text, strlen(text), rows[i].says);
        free(text);
    }
    unit_remove_dir(folder);
    free(folder);
}

/* As many variables as there is room for, and one twice at the end: no time to wait for. */
TEST(many_keys) {
    struct strbuf text = {0};
    strbuf_add(&text, WITH("\"target\": {\"env\": {"));
    text.length--; /* without the brace of WITH */
    for (int i = 0; i < 70000; i++)
        strbuf_addf(&text, "\"V%d\": 1,\n", i);
    strbuf_add(&text, "\"V5\": 1}}}");
    struct scenario scenario = {0};
    struct error error = {0};
    int code = scenario_parse(text.text, text.length, "f", "/", &scenario, &error);
    ROW(code < 0, "%d", code);
    ROW_TEXT(error.what, "f:70002: target.env.V5: given twice, first at line 7", "many keys");
    strbuf_free(&text);
}

/* ---- beside a command line ---- */

static int split(const char *line, char **ret_text, char **argv) {
    int count = 0;
    *ret_text = strdup(line);
    for (char *save = NULL, *word = strtok_r(*ret_text, " ", &save); word && count < ARGS_MAX - 1;
         word = strtok_r(NULL, " ", &save))
        argv[count++] = word;
    argv[count] = NULL;
    return count;
}

/* What was parsed lives as long as this. */
struct parsed {
    struct options options;
    struct error error;
    char *text;
    char *argv[ARGS_MAX];
    int code;
};

/* Parses the line with "D/f" for the file, in which the scenario is. */
static void parse(struct parsed *parsed, const struct command *command, const char *folder,
                  const char *scenario, const char *line) {
    unit_write_file(folder, "f", scenario, 0644);
    struct strbuf expanded = {0};
    /* In one pass: the folder's name may end with a D too. */
    for (const char *at = line; *at; at++) {
        if (text_starts_with(at, "D/f"))
            strbuf_add(&expanded, folder);
        else
            strbuf_add_bytes(&expanded, at, 1);
    }
    options_init(&parsed->options);
    parsed->error = (struct error){0};
    int argc = split(strbuf_text(&expanded), &parsed->text, parsed->argv);
    parsed->code = options_parse(command, argc, parsed->argv, &parsed->options, &parsed->error);
    strbuf_free(&expanded);
}

static void parsed_free(struct parsed *parsed) {
    options_free(&parsed->options);
    free(parsed->text);
}

typedef bool (*check_fn)(const struct options *options);

#define CHECK(name, condition)                                                                               \
    static bool name(const struct options *o) {                                                              \
        return condition;                                                                                    \
    }

CHECK(as_the_file_says,
      o->confirm == 7 && o->headroom_ratio.known && fabs(o->headroom_ratio.value - 1.7) < 1e-12 &&
          o->guaranteed && o->max_slowdown_given && o->swap_bytes == 4096 && o->success[3] &&
          !o->success[0] && o->no_oom_group && strcmp(o->name, "n") == 0 && o->env[1] && !o->env[2] &&
          strcmp(o->argv[0], "app") == 0 && strcmp(o->argv[1], "-q") == 0 && !o->argv[2])
CHECK(confirm_is_2, o->confirm == 2 && o->swap_bytes == 4096)
CHECK(other_target, strcmp(o->argv[0], "other") == 0 && !o->argv[1] && o->env[1] && !o->env[2])
CHECK(env_is_three, o->env[2] && !o->env[3] && strcmp(text_variable(o->env, "A"), "9") == 0)
CHECK(success_is_0, o->success[0] && !o->success[3])
CHECK(asks_for_help, o->help)
CHECK(has_target, o->confirm == 3 && strcmp(o->argv[0], "app") == 0)
CHECK(measures_config, strcmp(o->measures, "--config") == 0)
CHECK(measures_max, strcmp(o->measures, "--max") == 0)

#define FULL                                                                                                 \
    WITH("\"name\": \"n\", \"search\": {\"confirm\": 7, \"max_slowdown\": 2},"                               \
         "\"sizing\": {\"headroom\": 1.7, \"qos\": \"guaranteed\"},\n"                                       \
         "\"target\": {\"argv\": [\"app\", \"-q\"], \"swap\": 4096, \"success\": [3], \"oom_group\": false," \
         "\"env\": {\"A\": 1, \"B\": 2}}")

static const struct {
    const struct command *command;
    const char *line;
    check_fn check;
} beside_rows[] = {
    {&cmd_size, "--config D/f", as_the_file_says},
    {&cmd_size, "--config=D/f", as_the_file_says},
    {&cmd_size, "--config D/f --", as_the_file_says},
    {&cmd_size, "--config /no/such/file --config D/f", as_the_file_says},
    {&cmd_size, "--config D/f --confirm 2", confirm_is_2},
    {&cmd_size, "--confirm 2 --config D/f", confirm_is_2},
    {&cmd_size, "--config D/f other", other_target},
    {&cmd_size, "--config D/f -- other", other_target},
    {&cmd_size, "--env A=9 --config D/f", env_is_three},
    {&cmd_size, "--success 0 --config D/f", success_is_0},
    {&cmd_size, "--config D/f --help", asks_for_help},
    {&cmd_size, "--config /no/such/file --help", asks_for_help},
    {&cmd_size, "--config D/f", measures_config},
    {&cmd_size, "--max 1Gi --config D/f", measures_max},
    /* what these do not take is left alone */
    {&cmd_run, "--config D/f", has_target},
    {&cmd_step, "--limits 64Mi --config D/f", has_target},
    {&cmd_step, "--resume r", NULL},
    {&cmd_size, "--resume r --config /no/such/file", measures_config},
};

TEST(the_command_line_wins) {
    char *folder = unit_make_dir();
    for (size_t i = 0; i < COUNT(beside_rows); i++) {
        struct parsed parsed;
        parse(&parsed, beside_rows[i].command, folder, FULL, beside_rows[i].line);
        ROW(parsed.code == 0 && (!beside_rows[i].check || beside_rows[i].check(&parsed.options)),
            "%s %s: %d, %s", beside_rows[i].command->name, beside_rows[i].line, parsed.code,
            parsed.error.what);
        parsed_free(&parsed);
    }
    unit_remove_dir(folder);
    free(folder);
}

/* The message behind the folder's name. */
static const struct {
    const struct command *command;
    const char *scenario;
    const char *line;
    const char *says;
} refused_rows[] = {
    {&cmd_find, WITH("\"search\": {\"precision\": \"1x\"}"), "--config D/f t",
     "/f:2: search.precision: \"1x\": give a number from 0.01 to 100"},
    {&cmd_find, WITH("\"search\": {\"precision\": 0}"), "--config D/f t",
     "/f:2: search.precision: 0: give a number from 0.01 to 100"},
    {&cmd_find, WITH("\"search\": {\"precision\": 0}"), "--config D/f --precision 1 t",
     "/f:2: search.precision: 0: give a number from 0.01 to 100"},
    {&cmd_find, WITH("\"search\": {\"confirm\":\n0}"), "--config D/f t",
     "/f:3: search.confirm: 0: give a whole number from 1 to 10000"},
    {&cmd_find, WITH("\"search\": {\"strategy\": \"\\u001b[2J\"}"), "--config D/f t",
     "/f:2: search.strategy: \"\\u001b[2J\": give auto..."},
    {&cmd_find, WITH("\"search\": {\"budget\": \"10\"}"), "--config D/f t",
     "/f:2: search.budget: \"10\": a duration needs a unit; did you mean 10s?"},
    {&cmd_find, WITH("\"name\": \"\""), "--config D/f t", "/f:2: name: (empty): give a NAME"},
    {&cmd_find, WITH("\"budgets\": {\"peak_bytes\": \"lots\"}"), "--config D/f t",
     "/f:2: budgets.peak_bytes: \"lots\": not a quantity; write it as 512Mi..."},
    {&cmd_check, WITH("\"budgets\": {\"peak_bytes\": \"\"}"), "--config D/f t",
     "/f:2: budgets.peak_bytes: (empty): not a quantity..."},
    {&cmd_check, WITH("\"budgets\": {\"needed_bytes\": -5}"), "--config D/f t",
     "/f:2: budgets.needed_bytes: -5: negative; ..."},
    {&cmd_check, WITH("\"budgets\": {\"limit_bytes\": \"5Mb\"}"), "--config D/f t",
     "/f:2: budgets.limit_bytes: \"5Mb\": not a quantity; did you mean 5Mi..."},
    {&cmd_check, WITH("\"budgets\": {\"growth_bytes_per_hour\": 0}"), "--config D/f t",
     "/f:2: budgets.growth_bytes_per_hour: 0: no run can exclude every growth; give more than 0"},
    {&cmd_check, WITH("\"budgets\": {}"), "--config D/f t",
     "/f: nothing to check against: give --baseline..."},
    {&cmd_check, WITH("\"budgets\": {\"peak_bytes\": \"5Mi\"}"), "--config D/f", "no target: give it in..."},
    {&cmd_find, WITH("\"target\": {\"success\": [0, 999]}"), "--config D/f t",
     "/f:2: target.success: [0, 999]: write exit codes as 0,3 or 0,10-12, each up to 255"},
    {&cmd_find, WITH("\"target\": {\"success\": \"\"}"), "--config D/f t",
     "/f:2: target.success: : write exit codes..."},
    {&cmd_find, WITH("\"target\": {\"max\": \"64Mb\"}"), "--config D/f t",
     "/f:2: target.max: \"64Mb\": not a quantity; did you mean 64Mi (67108864 bytes) or 64M (64000000 "
     "bytes)?"},
    {&cmd_find, WITH("\"target\": {\"max\": 0}"), "--config D/f t",
     "/f:2: target.max: 0: nothing can run in no memory..."},
    {&cmd_find, WITH("\"target\": {\"stop_signal\": \"NOPE\"}"), "--config D/f t",
     "/f:2: target.stop_signal: \"NOPE\": no such signal; write it as TERM, SIGINT or 15"},
    {&cmd_find, WITH("\"target\": {\"user\": \"no.such.user\"}"), "--config D/f t",
     "/f:2: target.user: \"no.such.user\": no such user..."},
    /* also where the command does not take it, or no command takes it yet */
    {&cmd_run, WITH("\"search\": {\"precision\": \"1x\"}"), "--config D/f t",
     "/f:2: search.precision: \"1x\": give a number from 0.01 to 100"},
    {&cmd_run, WITH("\"sizing\": {\"cpu\": 0}"), "--config D/f t",
     "/f:2: sizing.cpu: 0: give CPUs as 2, 0.5 or 500m"},
    /* together */
    {&cmd_size, WITH("\"sizing\": {\"cpu\": 1}"), "--config D/f t",
     "/f: --cpu means nothing without --qos guaranteed"},
    {&cmd_run, WITH("\"target\": {\"max\": \"64Mi\"}"), "--config D/f --limit 65Mi t",
     "/f: --limit 65Mi is above --max 64Mi"},
    {&cmd_run, WITH("\"target\": {\"for\": \"5s\"}"), "--config D/f --timeout 4s t",
     "/f: --timeout 4.00 s is not longer..."},
    {&cmd_run, WITH("\"name\": \"x\""), "--config D/f",
     "no target: give it in D/f as target.argv or target.image, or here"},
    {&cmd_step, FULL, "--config D/f", "--limits is missing..."},
    /* the command line's own come first */
    {&cmd_run, "", "--config D/f --frobnicate t", "--frobnicate: unknown option"},
    {&cmd_run, "", "--config", "--config: needs a value (FILE)"},
    {&cmd_run, "", "--config= t", "--config (empty): give a FILE"},
    {&cmd_emit, "", "--config D/f", "--config: not an option of plimsoll emit"},
};

TEST(what_options_refuse_is_told_by_its_place) {
    char *folder = unit_make_dir();
    for (size_t i = 0; i < COUNT(refused_rows); i++) {
        struct parsed parsed;
        parse(&parsed, refused_rows[i].command, folder, refused_rows[i].scenario, refused_rows[i].line);
        const char *message = parsed.error.what;
        char *said =
            strstr(refused_rows[i].says, "D/f")
                ? text_format("no target: give it in %s/f as target.argv or target.image, or here", folder)
                : text_copy(refused_rows[i].says);
        if (*said == '/' && strncmp(message, folder, strlen(folder)) == 0)
            message += strlen(folder);
        ROW(parsed.code < 0 && says_so(message, said) && unit_is_one_line(message),
            "%s %s: %d, \"%s\", expected \"%s\"", refused_rows[i].scenario, refused_rows[i].line, parsed.code,
            message, said);
        free(said);
        parsed_free(&parsed);
    }
    unit_remove_dir(folder);
    free(folder);
}

TEST(paths_start_in_the_folder) {
    char *folder = unit_make_dir();
    char *inside = text_format("%s/data", folder);
    struct parsed parsed;
    parse(&parsed, &cmd_run, folder, WITH("\"name\": \"x\""), "--config D/f t");
    ROW(!parsed.options.cwd, "%s", parsed.options.cwd);
    ROW_TEXT(parsed.options.folder, folder, "none given");
    parsed_free(&parsed);
    parse(&parsed, &cmd_run, folder, WITH("\"target\": {\"cwd\": \"data\"}"), "--config D/f t");
    ROW_TEXT(parsed.options.cwd, inside, "relative");
    char *origin = options_origin(&parsed.options, "--cwd", parsed.options.cwd);
    char *expected = text_format("%s/f:2: target.cwd: \"data\"", folder);
    ROW_TEXT(origin, expected, "origin in the file");
    free(expected);
    free(origin);
    parsed_free(&parsed);
    parse(&parsed, &cmd_run, folder, WITH("\"target\": {\"cwd\": \"data\"}"), "--cwd here --config D/f t");
    ROW_TEXT(parsed.options.cwd, "here", "the command line's");
    origin = options_origin(&parsed.options, "--cwd", parsed.options.cwd);
    ROW_TEXT(origin, "--cwd here", "origin on the command line");
    free(origin);
    parsed_free(&parsed);
    free(inside);
    unit_remove_dir(folder);
    free(folder);
}

/* The file's own folder, where it is reached through a link. */
TEST(a_link_is_followed) {
    char *folder = unit_make_dir();
    char *other = unit_make_dir();
    unit_write_file(folder, "f", EMPTY, 0644);
    char *file = text_format("%s/f", folder);
    char *link = text_format("%s/link", other);
    ck_assert_int_eq(symlink(file, link), 0);
    struct scenario scenario = {0};
    struct error error = {0};
    ck_assert_msg(scenario_read(link, &scenario, &error) == 0, "%s", error.what);
    ROW_TEXT(scenario.folder, folder, "folder");
    ROW_TEXT(scenario.source, link, "source");
    scenario_free(&scenario);
    free(link);
    free(file);
    unit_remove_dir(other);
    unit_remove_dir(folder);
    free(other);
    free(folder);
}

UNIT_MAIN("scenario", each_key_is_an_option, each_word_knows_where_it_is_from,
          mistakes_are_named_with_their_place, files_that_are_none, files_that_mean_harm, many_keys,
          the_command_line_wins, what_options_refuse_is_told_by_its_place, paths_start_in_the_folder,
          a_link_is_followed)
