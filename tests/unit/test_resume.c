/* cli/resume: what a run was begun with, what is given on top, and what must not be. */
#include "cli/resume.h"

#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "output/document.h"
#include "unit.h"

#define ARGS_MAX 16

/* Splits "a b c" at blanks. Caller frees *ret_text. */
static int split(const char *line, char **ret_text, char **argv) {
    int count = 0;
    *ret_text = strdup(line);
    for (char *save = NULL, *word = strtok_r(*ret_text, " ", &save); word && count < ARGS_MAX - 1;
         word = strtok_r(NULL, " ", &save))
        argv[count++] = word;
    argv[count] = NULL;
    return count;
}

/* A folder in which a run was begun with this line, here or in `cwd`, and with the text of redis.json of /srv
 * where it is given. Caller removes and frees it. */
static char *begin_with(const char *scenario, const char *command, const char *line, const char *cwd) {
    char *folder = unit_make_dir();
    char here[4096];
    char *text;
    char *argv[ARGS_MAX];
    split(line, &text, argv);
    char *name = text_copy(command);
    char *where = text_copy(cwd ? cwd : getcwd(here, sizeof here));
    char when[] = "2026-11-22T11:30:00Z";
    char source[] = "redis.json";
    char srv[] = "/srv";
    char *kept = scenario ? text_copy(scenario) : NULL;
    struct invocation invocation = {.command = name,
                                    .started_at = when,
                                    .cwd = where,
                                    .name = when,
                                    .host = {.kernel = "6.1.0", .cgroup = "v2", .page_bytes = 4096},
                                    .arguments = argv};
    if (kept)
        invocation.scenario = (struct begun_scenario){.source = source, .folder = srv, .text = kept};
    char *document = document_invocation(&invocation);
    unit_write_file(folder, "invocation.json", document, 0644);
    free(document);
    free(kept);
    free(where);
    free(name);
    free(text);
    return folder;
}

static char *begin(const char *command, const char *line, const char *cwd) {
    return begin_with(NULL, command, line, cwd);
}

/* Parses "--resume FOLDER" and `line` as main does; the options are to be freed in any case. */
static int resume(const struct command *command, const char *folder, const char *line, char **ret_text,
                  char **argv, struct options *options, struct error *error) {
    char *all = text_format("--resume %s %s", folder, line);
    int argc = split(all, ret_text, argv);
    free(all);
    options_init(options);
    *error = (struct error){0};
    int code = options_parse(command, argc, argv, options, error);
    return code < 0 ? code : resume_options(command, argc, argv, options, error);
}

typedef bool (*check_fn)(const struct options *options);

#define CHECK(name, condition)                                                                               \
    static bool name(const struct options *o) {                                                              \
        return condition;                                                                                    \
    }

CHECK(as_begun, o->confirm == 5 && o->env[1] && !o->env[2] && strcmp(o->argv[0], "app") == 0 &&
                    strcmp(o->argv[1], "-q") == 0 && !o->argv[2] && !o->out && o->resume && o->begun)
CHECK(with_budget, o->budget_ns == 60 * NS_PER_S && o->confirm == 5)
CHECK(confirm_is_9, o->confirm == 9 && o->env[1] && !o->env[2])
CHECK(is_verbose, o->verbose && !o->quiet)
CHECK(is_quiet, !o->verbose && o->quiet)
CHECK(json_to_stdout, strcmp(o->json, "-") == 0)
CHECK(has_headroom, o->headroom_ratio.known)
CHECK(repeat_is_7, o->repeat == 7 && o->limit_count == 2)
CHECK(step_as_begun, o->repeat == 2 && o->limit_count == 2 && o->limits[1] == 96 * MIB)

#define FIND "--env A=1 --env B=2 --confirm 5 -q --out elsewhere -- app -q"
#define STEP "--limits 64Mi,96Mi --repeat 2 --max 1Gi app"

static const struct {
    const char *begun;
    const char *begun_line;
    const struct command *command;
    const char *line;
    check_fn check;   /* NULL: refused */
    const char *says; /* "D" is the folder */
} rows[] = {
    {"find", FIND, &cmd_find, "", as_begun, NULL},
    {"find", FIND, &cmd_find, "-- app -q", as_begun, NULL},
    {"find", FIND, &cmd_find, "app -q", as_begun, NULL},
    {"find", FIND, &cmd_find, "--budget 1m", with_budget, NULL},
    {"find", FIND, &cmd_find, "--confirm 9", confirm_is_9, NULL},
    {"find", FIND, &cmd_find, "-v", is_verbose, NULL},
    {"find", FIND, &cmd_find, "", is_quiet, NULL},
    {"find", FIND, &cmd_find, "--json -", json_to_stdout, NULL},
    {"find", FIND, &cmd_size, "", as_begun, NULL},
    {"find", FIND, &cmd_size, "--headroom 1.7", has_headroom, NULL},
    {"size", "--headroom 1.7 app", &cmd_size, "", has_headroom, NULL},
    {"step", STEP, &cmd_step, "", step_as_begun, NULL},
    {"step", STEP, &cmd_step, "--repeat 7", repeat_is_7, NULL},
    /* another target, or another kind of measuring */
    {"find", FIND, &cmd_find, "app", NULL, "the target there is app -q; give that one or none"},
    {"find", FIND, &cmd_find, "app -q more", NULL, "the target there is app -q"},
    {"find", FIND, &cmd_find, "other", NULL, "the target there is app -q"},
    {"find", FIND, &cmd_find, "--env C=3", NULL, "--env with --resume "},
    {"find", FIND, &cmd_find, "--confirm 9 --swap 1Gi app -q", NULL, "--swap with --resume "},
    {"find", FIND, &cmd_find, "--max=1Gi", NULL, "--max with --resume "},
    {"find", FIND, &cmd_find, "--interval 10ms", NULL, "two measurements would be mixed"},
    {"step", STEP, &cmd_step, "--limits 64Mi,96Mi", NULL, "--limits with --resume "},
    {"find", FIND, &cmd_find, "--out d", NULL, "--out and --resume contradict"},
    {"find", FIND, &cmd_find, "-o d", NULL, "--out and --resume contradict"},
    {"find", FIND, &cmd_find, "-q -v", NULL, "--quiet and --verbose contradict"},
    /* another command */
    {"find", FIND, &cmd_step, "", NULL, "begun by plimsoll find; resume it with plimsoll find, not step"},
    {"step", STEP, &cmd_find, "", NULL, "begun by plimsoll step; resume it with plimsoll step, not find"},
    {"size", "app", &cmd_find, "", NULL, "begun by plimsoll size; resume it with plimsoll size, not find"},
    {"step", STEP, &cmd_size, "", NULL, "begun by plimsoll step"},
    {"run", "app", &cmd_find, "", NULL, "begun by plimsoll run, which has nothing to go on with"},
    {"fly", "app", &cmd_find, "", NULL, "invocation.json: command: not one that is known"},
    /* what was never a run's command line */
    {"find", "--frobnicate app", &cmd_find, "", NULL, "invocation.json: --frobnicate: unknown option"},
    {"find", "", &cmd_find, "", NULL, "invocation.json: no target"},
    {"step", "app", &cmd_step, "", NULL, "invocation.json: --limits is missing"},
    {"find", "--help", &cmd_find, "", NULL, "invocation.json: not the arguments of a run"},
    {"find", "--resume x app", &cmd_find, "", NULL, "invocation.json: not the arguments of a run"},
};

TEST(given_options_go_on_top) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *folder = begin(rows[i].begun, rows[i].begun_line, NULL);
        char *text;
        char *argv[ARGS_MAX];
        struct options options;
        struct error error;
        int code = resume(rows[i].command, folder, rows[i].line, &text, argv, &options, &error);
        if (rows[i].check)
            ROW(code == 0 && rows[i].check(&options), "%s %s, then %s: %d, %s", rows[i].begun,
                rows[i].begun_line, rows[i].line, code, error.what);
        else
            ROW(code < 0 && strstr(error.what, rows[i].says) && unit_is_one_line(error.what),
                "%s %s, then %s: %d, \"%s\", expected \"%s\"", rows[i].begun, rows[i].begun_line,
                rows[i].line, code, error.what, rows[i].says);
        options_free(&options);
        free(text);
        unit_remove_dir(folder);
        free(folder);
    }
}

static void expect_refused(const char *folder, const char *says) {
    char *text;
    char *argv[ARGS_MAX];
    struct options options;
    struct error error;
    int code = resume(&cmd_find, folder, "", &text, argv, &options, &error);
    ROW(code < 0 && strstr(error.what, says) && strstr(error.what, folder) && unit_is_one_line(error.what),
        "%s: %d, \"%s\", expected \"%s\"", folder, code, error.what, says);
    options_free(&options);
    free(text);
}

TEST(folders_that_hold_no_run) {
    expect_refused("/no/such/folder", "No such file or directory; give the folder of a run");
    expect_refused("/dev/null", "not a folder; give that of a run");
    char *folder = unit_make_dir();
    expect_refused(folder, "no invocation.json in it, so no run to go on with; start one anew");
    unit_write_file(folder, "invocation.json", "", 0644);
    expect_refused(folder, "invocation.json:1: not JSON");
    unit_write_file(folder, "invocation.json", "{\"schema\":\"plimsoll.invocation/9\"}", 0644);
    expect_refused(folder, "schema is plimsoll.invocation/9; this program reads plimsoll.invocation/1");
    unit_remove_dir(folder);
    free(folder);
    folder = begin("find", "app", "/begun/elsewhere");
    expect_refused(folder, "begun in /begun/elsewhere; cd there first");
    unit_remove_dir(folder);
    free(folder);
}

TEST(another_machine) {
    static const struct {
        struct host host;
        bool same;
    } hosts[] = {
        {{.kernel = "6.1.0", .cgroup = "v2", .page_bytes = 4096}, true},
        {{.kernel = "6.1.0", .cgroup = "v2", .page_bytes = 4096, .cpus = 9}, true},
        {{.kernel = "6.1.1", .cgroup = "v2", .page_bytes = 4096}, false},
        {{.kernel = "6.1.0", .cgroup = "v1", .page_bytes = 4096}, false},
        {{.kernel = "6.1.0", .cgroup = "v2", .page_bytes = 65536}, false},
    };
    char *folder = begin("find", "app", NULL);
    char *text;
    char *argv[ARGS_MAX];
    struct options options;
    struct error error;
    ck_assert_msg(resume(&cmd_find, folder, "", &text, argv, &options, &error) == 0, "%s", error.what);
    for (size_t i = 0; i < COUNT(hosts); i++) {
        int code = resume_check_host(&options, &hosts[i].host, &error);
        ROW((code == 0) == hosts[i].same, "host %zu: %d", i, code);
        ROW(code == 0 ||
                (strstr(error.what, "measured on Linux 6.1.0, cgroup v2, pages of 4096 bytes; this is") &&
                 strstr(error.what, "start anew")),
            "host %zu: %s", i, error.what);
    }
    options_free(&options);
    free(text);
    unit_remove_dir(folder);
    free(folder);
}

CHECK(scenario_below, o->confirm == 9 && o->swap_bytes == 4096 && strcmp(o->argv[0], "redis-server") == 0 &&
                          !o->argv[1] && !o->cwd && strcmp(o->folder, "/srv") == 0 && o->config &&
                          o->budget_ns == 0)
CHECK(scenario_sizes, scenario_below(o) && o->headroom_ratio.known && o->guaranteed)
CHECK(scenario_confirms_5, o->confirm == 5 && o->swap_bytes == 4096)

#define KEPT                                                                                                 \
    "{\"schema\": \"plimsoll.scenario/1\",\n\"search\": {\"confirm\": 7, \"budget\": \"1m\"},\n"             \
    "\"sizing\": {\"headroom\": 1.7, \"qos\": \"guaranteed\"},\n"                                            \
    "\"target\": {\"argv\": [\"redis-server\"], \"swap\": 4096}}"

/* The file is not there, or another: what is kept counts. */
static const struct {
    const char *scenario;
    const char *begun_line;
    const struct command *command;
    const char *line;
    check_fn check; /* NULL: refused */
    const char *says;
} kept_rows[] = {
    {KEPT, "--config redis.json --confirm 9", &cmd_find, "", scenario_below, NULL},
    {KEPT, "--config redis.json --confirm 9", &cmd_find, "redis-server", scenario_below, NULL},
    {KEPT, "--confirm 9 --config redis.json", &cmd_size, "", scenario_sizes, NULL},
    {KEPT, "--config redis.json --confirm 9 redis-server", &cmd_find, "", scenario_below, NULL},
    {KEPT, "--config redis.json", &cmd_find, "--confirm 5", scenario_confirms_5, NULL},
    {KEPT, "--config redis.json", &cmd_find, "other", NULL,
     "the target there is redis-server; give that one"},
    {KEPT, "--config redis.json", &cmd_find, "--config redis.json", NULL, "--config with --resume "},
    {KEPT, "--config redis.json", &cmd_find, "--config /no/such/file", NULL,
     "two measurements would be mixed"},
    {NULL, "--config redis.json", &cmd_find, "", NULL, "invocation.json: scenario: not there"},
    {"{}", "--config redis.json", &cmd_find, "", NULL, "invocation.json: redis.json:1: schema: missing"},
    {"{\"schema\": \"plimsoll.scenario/1\", \"search\": {\"confirm\": 0}}", "--config redis.json app",
     &cmd_find, "", NULL, "invocation.json: redis.json:1: search.confirm: 0: give a whole number"},
};

TEST(a_scenario_as_it_was) {
    for (size_t i = 0; i < COUNT(kept_rows); i++) {
        char *folder = begin_with(kept_rows[i].scenario, "find", kept_rows[i].begun_line, NULL);
        char *text;
        char *argv[ARGS_MAX];
        struct options options;
        struct error error;
        int code = resume(kept_rows[i].command, folder, kept_rows[i].line, &text, argv, &options, &error);
        if (kept_rows[i].check)
            ROW(code == 0 && kept_rows[i].check(&options), "%s, then %s: %d, %s", kept_rows[i].begun_line,
                kept_rows[i].line, code, error.what);
        else
            ROW(code < 0 && strstr(error.what, kept_rows[i].says) && unit_is_one_line(error.what),
                "%s, then %s: %d, \"%s\", expected \"%s\"", kept_rows[i].begun_line, kept_rows[i].line, code,
                error.what, kept_rows[i].says);
        options_free(&options);
        free(text);
        unit_remove_dir(folder);
        free(folder);
    }
}

UNIT_MAIN("resume", given_options_go_on_top, a_scenario_as_it_was, folders_that_hold_no_run, another_machine)
