/* output/document: results as JSON and back, with targets and files that mean harm. */
#include "output/document.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "base/text.h"
#include "base/units.h"
#include "base/version.h"
#include "trial/load_output.h"
#include "unit.h"

/* ---- writing ---- */

static struct result sample_result(void) {
    struct result result = {.command = text_copy("size"),
                            .started_at = text_copy("2026-11-22T11:30:00Z"),
                            .name = text_copy("my app")};
    result.argv = calloc(3, sizeof *result.argv);
    result.argv[0] = text_copy("./app");
    result.argv[1] = text_copy("--x=\"y z\"");
    snprintf(result.host.kernel, sizeof result.host.kernel, "6.1.0");
    snprintf(result.host.cgroup, sizeof result.host.cgroup, "v2");
    result.host.cpus = 2;
    result.host.psi = true;
    result.host.page_bytes = 4096;
    struct trial trial = {.id = 3,
                          .purpose = PURPOSE_CONFIRM,
                          .outcome = OUTCOME_RUNTIME_OOM,
                          .limit_bytes = known_i64(67108864),
                          .peak_bytes = known_i64(67000000),
                          .needed_bytes = known_i64(66000000),
                          .unreclaimable_bytes = known_i64(65000000),
                          .peak_less_file_bytes = known_i64(66500000),
                          .file_cache_bytes = known_i64(400),
                          .working_set_p95_bytes = known_i64(60000000),
                          .oom_kills = known_i64(2),
                          .slowdown_ratio = known_f64(1.25),
                          .stall_ratio = known_f64(0.125),
                          .user_cpu_s = known_f64(0.75),
                          .cpu_s = known_f64(1.25),
                          .tasks_most = known_i64(12),
                          .runtime = RUNTIME_RUBY,
                          .tuned = true,
                          .crowded = true,
                          .evicted = true,
                          .for_slowdown = true,
                          .sample_count = 7};
    trial.exit.exit_code = known_i64(3);
    trial.exit.duration_ns = 1500 * NS_PER_MS;
    trial.exit.stderr_tail = text_copy("line 1\n\tline 2\n");
    trial.samples_name = text_copy("samples-003.csv");
    trial_add_evidence(&trial, "memory.events oom_kill", "0 -> 2");
    result_add_trial(&result, &trial);
    result.oom_point = (struct oom_point){.known = true,
                                          .ooms_bytes = known_i64(66060288),
                                          .stalls_bytes = known_i64(66060000),
                                          .survives_bytes = known_i64(66584576),
                                          .resolution_ratio = known_f64(0.0079),
                                          .dies_as = OUTCOME_RUNTIME_OOM,
                                          .confirmed_ooms = 3,
                                          .confirmed_survivals = 4,
                                          .p_oom_upper95 = known_f64(0.527),
                                          .mixed = true,
                                          .non_monotone = true,
                                          .levels = {{66060288, 3, 3, 1}, {66584576, 7, 2, 2.0 / 7}},
                                          .level_count = 2,
                                          .runs = 8};
    result.recommendation = (struct recommendation){.known = true,
                                                    .request_bytes = 64 * MIB,
                                                    .limit_bytes = 96 * MIB,
                                                    .headroom_ratio = 1.5,
                                                    .qos_class = "Burstable",
                                                    .oom_score_adj = 996,
                                                    .node_memory_bytes = 16 * GIB,
                                                    .verified_runs = 1,
                                                    .verified_p_oom_upper95 = known_f64(0.95)};
    result.recommendation.role = ROLE_SIDECAR;
    result.recommendation.cpu_millis = known_i64(1500);
    result.recommendation.growth_bytes_per_s = known_f64(1024);
    result.recommendation.exhausted_after_s = known_f64(3600);
    result.recommendation.runtime = (struct runtime_advice){.runtime = RUNTIME_JVM,
                                                            .tried_runs = 2,
                                                            .tried_ooms = 1,
                                                            .needed_bytes = known_i64(50 * MIB),
                                                            .needed_without_bytes = known_i64(60 * MIB),
                                                            .time_ratio = known_f64(1.0625)};
    runtime_advice_add(&result.recommendation.runtime, "JAVA_TOOL_OPTIONS", "-Xmx40m \"q\"");
    recommendation_reason(&result.recommendation, "Request %d.", 1);
    recommendation_warn(&result.recommendation, "Beware.");
    return result;
}

static const cJSON *at(const cJSON *tree, const char *path) {
    char *copy = strdup(path);
    for (char *save = NULL, *key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
        tree = key[0] >= '0' && key[0] <= '9' ? cJSON_GetArrayItem(tree, atoi(key))
                                              : cJSON_GetObjectItemCaseSensitive(tree, key);
    free(copy);
    return tree;
}

static void expect_number(const cJSON *tree, const char *path, double expected) {
    const cJSON *item = at(tree, path);
    ROW(cJSON_IsNumber(item) && fabs(item->valuedouble - expected) < 1e-9, "%s: %f, expected %f", path,
        item ? item->valuedouble : 0.0, expected);
}

static void expect_text(const cJSON *tree, const char *path, const char *expected) {
    const cJSON *item = at(tree, path);
    ROW(cJSON_IsString(item) && strcmp(item->valuestring, expected) == 0, "%s: \"%s\", expected \"%s\"", path,
        item && item->valuestring ? item->valuestring : "(none)", expected);
}

static void expect_null(const cJSON *tree, const char *path) {
    const cJSON *item = at(tree, path);
    ROW(cJSON_IsNull(item), "%s: %s", path, item ? "not null" : "absent");
}

TEST(every_key_of_the_interface_is_written) {
    struct result result = sample_result();
    char *text = document_result(&result);
    cJSON *tree = cJSON_Parse(text);
    ck_assert_ptr_nonnull(tree);
    expect_text(tree, "schema", "plimsoll.result/1");
    expect_text(tree, "tool.name", "plimsoll");
    expect_text(tree, "started_at", "2026-11-22T11:30:00Z");
    expect_text(tree, "host.cgroup", "v2");
    expect_null(tree, "host.memory_bytes");
    expect_text(tree, "target.kind", "command");
    expect_text(tree, "target.argv.0", "./app");
    expect_text(tree, "target.argv.1", "--x=\"y z\"");
    expect_null(tree, "target.image");
    expect_number(tree, "trials.0.id", 3);
    expect_text(tree, "trials.0.purpose", "confirm");
    expect_text(tree, "trials.0.outcome", "runtime-oom");
    expect_number(tree, "trials.0.limit_bytes", 67108864);
    expect_number(tree, "trials.0.exit_code", 3);
    expect_null(tree, "trials.0.signal");
    expect_number(tree, "trials.0.duration_s", 1.5);
    expect_number(tree, "trials.0.peak_bytes", 67000000);
    expect_number(tree, "trials.0.needed_bytes", 66000000);
    expect_number(tree, "trials.0.working_set_p95_bytes", 60000000);
    expect_number(tree, "trials.0.oom_kills", 2);
    expect_number(tree, "trials.0.slowdown_ratio", 1.25);
    expect_number(tree, "trials.0.stall_ratio", 0.125);
    expect_text(tree, "trials.0.evidence.0.source", "memory.events oom_kill");
    expect_text(tree, "trials.0.evidence.0.detail", "0 -> 2");
    expect_text(tree, "trials.0.samples", "samples-003.csv");
    expect_number(tree, "oom_point.ooms_bytes", 66060288);
    expect_number(tree, "oom_point.survives_bytes", 66584576);
    expect_number(tree, "oom_point.resolution_ratio", 0.0079);
    expect_number(tree, "oom_point.confirmed_ooms", 3);
    expect_number(tree, "oom_point.confirmed_survivals", 4);
    expect_number(tree, "oom_point.p_oom_upper95", 0.527);
    expect_number(tree, "oom_point.runs", 8);
    expect_null(tree, "slowdown_point");
    expect_number(tree, "host.page_bytes", 4096);
    expect_number(tree, "recommendation.request_bytes", 67108864);
    expect_number(tree, "recommendation.limit_bytes", 100663296);
    expect_number(tree, "recommendation.headroom_ratio", 1.5);
    expect_text(tree, "recommendation.qos_class", "Burstable");
    expect_number(tree, "recommendation.oom_score_adj", 996);
    expect_text(tree, "recommendation.reasons.0", "Request 1.");
    expect_text(tree, "recommendation.warnings.0", "Beware.");
    expect_number(tree, "recommendation.verified.runs", 1);
    expect_number(tree, "recommendation.verified.ooms", 0);
    expect_number(tree, "recommendation.verified.p_oom_upper95", 0.95);
    expect_null(tree, "observation");
    expect_null(tree, "leak");
    ROW(text[strlen(text) - 1] == '\n', "no newline at the end");
    cJSON_Delete(tree);
    free(text);
    result_free(&result);
}

TEST(unknown_is_null_and_never_zero) {
    struct result result = {0};
    struct trial trial = {.outcome = OUTCOME_SURVIVED};
    result_add_trial(&result, &trial);
    char *text = document_result(&result);
    cJSON *tree = cJSON_Parse(text);
    ck_assert_ptr_nonnull(tree);
    static const char *const paths[] = {
        "command",
        "started_at",
        "target.name",
        "host.memory_bytes",
        "host.swap_bytes",
        "trials.0.limit_bytes",
        "trials.0.exit_code",
        "trials.0.signal",
        "trials.0.peak_bytes",
        "trials.0.needed_bytes",
        "trials.0.working_set_p95_bytes",
        "trials.0.oom_kills",
        "trials.0.slowdown_ratio",
        "trials.0.stall_ratio",
        "trials.0.samples",
        "oom_point",
        "slowdown_point",
        "recommendation",
        "leak",
    };
    for (size_t i = 0; i < COUNT(paths); i++)
        expect_null(tree, paths[i]);
    cJSON_Delete(tree);
    free(text);
    /* A point of which only one end was found. */
    result.oom_point = (struct oom_point){.known = true, .survives_bytes = known_i64(MIB)};
    text = document_result(&result);
    tree = cJSON_Parse(text);
    expect_null(tree, "oom_point.ooms_bytes");
    expect_null(tree, "oom_point.resolution_ratio");
    expect_null(tree, "oom_point.dies_as");
    expect_number(tree, "oom_point.survives_bytes", 1048576);
    cJSON_Delete(tree);
    free(text);
    result_free(&result);
}

/* JSON knows neither NaN nor infinity. */
TEST(numbers_that_json_does_not_have) {
    struct result result = {.recommendation = {.known = true,
                                               .request_bytes = 1,
                                               .limit_bytes = 1,
                                               .headroom_ratio = (double)NAN,
                                               .qos_class = "Burstable"}};
    struct trial trial = {.slowdown_ratio = known_f64((double)INFINITY), .peak_bytes = known_i64(INT64_MAX)};
    result_add_trial(&result, &trial);
    char *text = document_result(&result);
    cJSON *tree = cJSON_Parse(text);
    ROW(tree && !strstr(text, "nan") && !strstr(text, "NaN") && !strstr(text, "inf"), "%s", text);
    expect_null(tree, "recommendation.headroom_ratio");
    expect_null(tree, "trials.0.slowdown_ratio");
    cJSON_Delete(tree);
    free(text);
    result_free(&result);
}

static const char *const hostile_texts[] = {
    "\033[31mred\033[0m",
    "quote \" and \\ backslash / slash",
    "\xff\xfe\x80",
    "\xc3",
    "\xe2\x82",
    "\xed\xa0\x80 surrogate",
    "\xe0\x80\xaf overlong",
    "\xf0\x80\x80\xaf overlong",
    "\xf4\x90\x80\x80 beyond",
    "\xc2\x9b[2J C1",
    "\x01\x02\x1f\x7f\r\b",
    "a\nb\tc\n",
    "</script><script>alert(1)</script>",
    "caf\xc3\xa9 \xf0\x9f\x9a\xa2",
};

/* Whatever a target prints or is called: the document stays JSON in UTF-8, and a trial stays one line. */
TEST(hostile_texts_stay_json) {
    for (size_t i = 0; i < COUNT(hostile_texts); i++) {
        struct result result = {.name = text_copy(hostile_texts[i]), .command = text_copy("run")};
        result.argv = calloc(2, sizeof *result.argv);
        result.argv[0] = text_copy(hostile_texts[i]);
        struct trial trial = {.outcome = OUTCOME_FAILED, .log_name = text_copy(hostile_texts[i])};
        trial.exit.stderr_tail = text_copy(hostile_texts[i]);
        trial_add_evidence(&trial, "stderr", hostile_texts[i]);
        char *line = document_trial_line(&trial);
        result_add_trial(&result, &trial);
        char *text = document_result(&result);
        cJSON *tree = cJSON_Parse(text);
        cJSON *line_tree = cJSON_Parse(line);
        ROW(tree && line_tree, "text %zu: not JSON", i);
        ROW(unit_is_utf8(text), "text %zu: the document is no UTF-8", i);
        ROW(unit_is_one_line(line), "text %zu: not one line: %s", i, line);
        ROW(!strchr(text, '\033'), "text %zu: an escape went through raw", i);
        cJSON_Delete(tree);
        cJSON_Delete(line_tree);
        free(text);
        free(line);
        result_free(&result);
    }
}

TEST(line_breaks_of_stderr_are_kept) {
    struct trial trial = {0};
    trial.exit.stderr_tail = text_copy("line 1\n\tline 2\n\n\033x\n");
    char *line = document_trial_line(&trial);
    cJSON *tree = cJSON_Parse(line);
    expect_text(tree, "stderr_tail", "line 1\n\tline 2\n\n\033x\n");
    cJSON_Delete(tree);
    free(line);
    trial_free(&trial);
}

/* ---- there and back ---- */

static void expect_same(const char *name, struct known_i64 got, struct known_i64 expected) {
    ROW(got.known == expected.known && got.value == expected.value, "%s: {%d, %lld}, expected {%d, %lld}",
        name, got.known, (long long)got.value, expected.known, (long long)expected.value);
}

static void expect_same_trial(const struct trial *got, const struct trial *expected) {
    ROW(got->id == expected->id && got->purpose == expected->purpose && got->outcome == expected->outcome &&
            got->exit.duration_ns == expected->exit.duration_ns,
        "id %d, purpose %d, outcome %d, %lld ns", got->id, got->purpose, got->outcome,
        (long long)got->exit.duration_ns);
    expect_same("limit", got->limit_bytes, expected->limit_bytes);
    expect_same("exit code", got->exit.exit_code, expected->exit.exit_code);
    expect_same("signal", got->exit.signal, expected->exit.signal);
    expect_same("peak", got->peak_bytes, expected->peak_bytes);
    expect_same("needed", got->needed_bytes, expected->needed_bytes);
    expect_same("unreclaimable", got->unreclaimable_bytes, expected->unreclaimable_bytes);
    expect_same("peak less file", got->peak_less_file_bytes, expected->peak_less_file_bytes);
    expect_same("file cache", got->file_cache_bytes, expected->file_cache_bytes);
    expect_same("working set", got->working_set_p95_bytes, expected->working_set_p95_bytes);
    expect_same("kills", got->oom_kills, expected->oom_kills);
    ROW(got->slowdown_ratio.known == expected->slowdown_ratio.known &&
            fabs(got->slowdown_ratio.value - expected->slowdown_ratio.value) < 1e-12,
        "slowdown %f", got->slowdown_ratio.value);
}

TEST(a_result_reads_back_as_it_was) {
    struct result result = sample_result();
    struct trial bare = {.id = 4, .purpose = PURPOSE_PROFILE};
    bare.exit.signal = known_i64(9);
    result_add_trial(&result, &bare);
    result_caveat(&result, "Measured without a cgroup.");
    snprintf(result.host.cgroup, sizeof result.host.cgroup, "none");
    char *text = document_result(&result);
    struct result back = {0};
    struct error error = {0};
    ck_assert_msg(document_parse_result(text, "r.json", &back, &error) == 0, "%s", error.what);
    ROW(back.caveat_count == 1 && strcmp(back.caveats[0], "Measured without a cgroup.") == 0, "%zu caveats",
        back.caveat_count);
    ROW_TEXT(back.host.cgroup, "none", "host.cgroup");
    ROW_TEXT(back.name, "my app", "name");
    ROW_TEXT(back.command, "size", "command");
    ROW(back.trial_count == 2, "%zu trials", back.trial_count);
    for (size_t i = 0; i < back.trial_count && i < 2; i++)
        expect_same_trial(&back.trials[i], &result.trials[i]);
    ROW(back.oom_point.known && back.oom_point.confirmed_ooms == 3 &&
            back.oom_point.confirmed_survivals == 4 && back.oom_point.runs == 8 &&
            fabs(back.oom_point.p_oom_upper95.value - 0.527) < 1e-12,
        "oom_point: %d, %d, %d runs", back.oom_point.confirmed_ooms, back.oom_point.confirmed_survivals,
        back.oom_point.runs);
    expect_same("ooms", back.oom_point.ooms_bytes, result.oom_point.ooms_bytes);
    expect_same("survives", back.oom_point.survives_bytes, result.oom_point.survives_bytes);
    ROW(back.recommendation.known && back.recommendation.request_bytes == 64 * MIB &&
            back.recommendation.limit_bytes == 96 * MIB &&
            strcmp(back.recommendation.qos_class, "Burstable") == 0,
        "request %lld", (long long)back.recommendation.request_bytes);
    ROW(back.trials[0].tuned && back.trials[0].crowded && back.trials[0].for_slowdown &&
            back.trials[0].runtime == RUNTIME_RUBY && back.trials[0].tasks_most.value == 12,
        "flags: tuned %d, tasks %lld", back.trials[0].tuned, (long long)back.trials[0].tasks_most.value);
    ROW(back.recommendation.role == ROLE_SIDECAR && back.recommendation.cpu_millis.value == 1500 &&
            back.recommendation.runtime.setting_count == 1 && back.recommendation.runtime.tried_ooms == 1,
        "role %d, %zu settings", back.recommendation.role, back.recommendation.runtime.setting_count);
    char *again = document_result(&back);
    ROW_TEXT(again, text, "written again");
    free(again);
    result_free(&back);
    result_free(&result);
    free(text);
}

static struct observation sample_observation(void) {
    return (struct observation){.known = true,
                                .group = text_copy("/sys/fs/cgroup/a b"),
                                .pid = known_i64(4242),
                                .container = text_copy("web"),
                                .unit = text_copy("web.service"),
                                .from_start = true,
                                .age_ns = known_i64(1500 * NS_PER_MS),
                                .processes = 3,
                                .others = 2,
                                .members = text_copy("sshd (1), bash (2)"),
                                .holds_us = true,
                                .end = WATCH_GONE,
                                .recorded_peak_bytes = known_i64(5000),
                                .earlier_peak_bytes = known_i64(4000),
                                .limit_hits = known_i64(7),
                                .earlier_limit_hits = known_i64(0),
                                .swapped_bytes = known_i64(4096),
                                .again = text_copy("/sys/fs/cgroup/c")};
}

TEST(a_watch_reads_back_as_it_was) {
    struct result result = sample_result();
    result.observation = sample_observation();
    char *text = document_result(&result);
    cJSON *tree = cJSON_Parse(text);
    expect_text(tree, "target.kind", "container");
    expect_text(tree, "observation.group", "/sys/fs/cgroup/a b");
    expect_number(tree, "observation.age_s", 1.5);
    expect_text(tree, "observation.end", "gone");
    expect_number(tree, "observation.earlier_limit_hits", 0);
    cJSON_Delete(tree);
    struct result back = {0};
    struct error error = {0};
    ck_assert_msg(document_parse_result(text, "r.json", &back, &error) == 0, "%s", error.what);
    ROW(back.observation.known && back.observation.end == WATCH_GONE && back.observation.holds_us &&
            back.observation.from_start && back.observation.others == 2 && back.observation.processes == 3,
        "end %d", back.observation.end);
    char *again = document_result(&back);
    ROW_TEXT(again, text, "written again");
    free(again);
    free(text);
    result_free(&back);
    /* What is not known of it is null. */
    observation_free(&result.observation);
    result.observation = (struct observation){.known = true, .group = text_copy("/g")};
    text = document_result(&result);
    tree = cJSON_Parse(text);
    static const char *const unknown[] = {
        "pid",   "container",           "unit",       "members",      "age_s",
        "again", "recorded_peak_bytes", "limit_hits", "swapped_bytes"};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        char path[64];
        snprintf(path, sizeof path, "observation.%s", unknown[i]);
        expect_null(tree, path);
    }
    expect_text(tree, "target.kind", "cgroup");
    expect_text(tree, "observation.end", "time");
    cJSON_Delete(tree);
    free(text);
    result_free(&result);
}

/* ---- reading what others wrote ---- */

#define SCHEMA "\"schema\":\"plimsoll.result/1\""
#define TRIAL  "\"purpose\":\"step\",\"outcome\":\"oom\""

static const struct {
    const char *text;
    const char *says;
} bad_documents[] = {
    {"", "r.json:1: not JSON"},
    {" \n", "not JSON"},
    {"no", "r.json:1: not JSON"},
    {"{" SCHEMA, "not JSON"}, /* cut off */
    {"{" SCHEMA ",\"trials\":[{\"purpose\":\"st", "not JSON"},
    {"{\n" SCHEMA ",\n\"command\": tru\n}", "r.json:3: not JSON"},
    {"{" SCHEMA "} trailing", "not JSON"},
    {"{" SCHEMA "}{" SCHEMA "}", "not JSON"},
    {"{}", "schema is missing; this program reads plimsoll.result/1"},
    {"[]", "schema is missing"},
    {"null", "schema is missing"},
    {"5", "schema is missing"},
    {"{\"schema\":\"plimsoll.result/2\"}", "schema is plimsoll.result/2"},
    {"{\"schema\":\"plimsoll.explain/1\"}", "schema is plimsoll.explain/1"},
    {"{\"schema\":\"\"}", "schema is "},
    {"{\"schema\":5}", "schema: not a text"},
    {"{\"Schema\":\"plimsoll.result/1\"}", "schema is missing"},
    {"{\"schema\":\"a\\nb\\u001b[31mred\"}", "schema is "}, /* must not reach the terminal raw */
    /* wrong types */
    {"{" SCHEMA ",\"command\":[]}", "command: not a text"},
    {"{" SCHEMA ",\"target\":{\"name\":7}}", "name: not a text"},
    {"{" SCHEMA ",\"trials\":5}", "trials"},
    {"{" SCHEMA ",\"trials\":\"x\"}", "trials"},
    {"{" SCHEMA ",\"trials\":[5]}", "purpose: not one that is known"},
    {"{" SCHEMA ",\"trials\":[{}]}", "purpose: not one that is known"},
    {"{" SCHEMA ",\"trials\":[{\"purpose\":\"step\"}]}", "outcome: not one that is known"},
    {"{" SCHEMA ",\"trials\":[{\"purpose\":\"step\",\"outcome\":\"exploded\"}]}",
     "outcome: not one that is known"},
    {"{" SCHEMA ",\"trials\":[{\"purpose\":5,\"outcome\":\"oom\"}]}", "purpose: not"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"peak_bytes\":\"5\"}]}", "peak_bytes: not a number"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"limit_bytes\":{}}]}", "limit_bytes: not a number"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"limit_bytes\":true}]}", "limit_bytes: not a number"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"slowdown_ratio\":\"1\"}]}", "slowdown_ratio: not a number"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"stop\":\"bored\"}]}", "stop: not one that is known"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"seeks\":\"luck\"}]}", "seeks: not something that is known"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"evicted\":1}]}", "evicted: not true or false"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"evidence\":{}}]}", "evidence: not an array"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"evidence\":[{\"source\":\"x\"}]}]}", "evidence: not a list"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"leftovers\":-1}]}", "leftovers: not a count"},
    {"{" SCHEMA ",\"host\":5}", "host: not an object"},
    {"{" SCHEMA ",\"host\":{\"cgroup\":\"v1234\"}}", "cgroup: not as short"},
    {"{" SCHEMA ",\"target\":{\"argv\":[5]}}", "argv: not a text"},
    {"{" SCHEMA ",\"slowdown_point\":{}}", "slowdown_point.limit_bytes: not a positive"},
    {"{" SCHEMA ",\"oom_point\":{\"dies_as\":\"boredom\"}}", "dies_as: not an outcome"},
    {"{" SCHEMA
     ",\"oom_point\":{\"band\":[5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5]}}",
     "band: not as short"},
    {"{" SCHEMA ",\"recommendation\":{\"request_bytes\":5,\"limit_bytes\":5,\"reasons\":[5]}}",
     "reasons: not a list of texts"},
    {"{" SCHEMA ",\"recommendation\":{\"request_bytes\":5,\"limit_bytes\":5,\"oom_score_adj\":-1001}}",
     "oom_score_adj: not one"},
    {"{" SCHEMA ",\"oom_point\":5}", "oom_point"},
    {"{" SCHEMA ",\"oom_point\":\"x\"}", "oom_point"},
    {"{" SCHEMA ",\"oom_point\":{\"ooms_bytes\":[]}}", "ooms_bytes: not a number"},
    {"{" SCHEMA ",\"observation\":[]}", "observation: not an object"},
    {"{" SCHEMA ",\"observation\":{\"end\":\"bored\"}}", "observation.end: not one"},
    {"{" SCHEMA ",\"observation\":{\"age_s\":-1}}", "age_s: not a duration"},
    {"{" SCHEMA ",\"observation\":{\"others\":-1}}", "others: not a count"},
    {"{" SCHEMA ",\"recommendation\":5}", "recommendation"},
    {"{" SCHEMA ",\"recommendation\":{}}", "recommendation.request_bytes: not a positive number"},
    {"{" SCHEMA ",\"recommendation\":{\"request_bytes\":0,\"limit_bytes\":5}}",
     "request_bytes: not a positive"},
    {"{" SCHEMA ",\"recommendation\":{\"request_bytes\":5,\"limit_bytes\":-5}}",
     "limit_bytes: not a positive"},
    {"{" SCHEMA ",\"recommendation\":{\"request_bytes\":5,\"limit_bytes\":null}}",
     "limit_bytes: not a positive"},
    /* numbers that do not fit what they are for */
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"peak_bytes\":1e19}]}", "peak_bytes: not a number"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"peak_bytes\":-1e300}]}", "peak_bytes: not a number"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"peak_bytes\":1e999}]}", "peak_bytes: not a number"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"peak_bytes\":1.5}]}", "peak_bytes: not a"}, /* half a byte */
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"duration_s\":1e300}]}", "duration_s: not a"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"duration_s\":1e999}]}", "duration_s: not a"},
    {"{" SCHEMA ",\"trials\":[{" TRIAL ",\"id\":1e12}]}", "id: not a"},
    {"{" SCHEMA ",\"recommendation\":{\"request_bytes\":1e19,\"limit_bytes\":5}}", "request_bytes: not"},
};

TEST(bad_documents_are_refused_in_one_line) {
    for (size_t i = 0; i < COUNT(bad_documents); i++) {
        struct result result = {.trial_count = 77};
        struct error error = {0};
        int code = document_parse_result(bad_documents[i].text, "r.json", &result, &error);
        ROW(code == -EINVAL && strstr(error.what, bad_documents[i].says) &&
                text_starts_with(error.what, "r.json"),
            "%s: %d, \"%s\", expected \"%s\"", bad_documents[i].text, code, error.what,
            bad_documents[i].says);
        ROW(code == 0 || unit_is_one_line(error.what), "%s: not one line", bad_documents[i].text);
        if (code == 0)
            result_free(&result);
        else
            ROW(result.trial_count == 77, "%s: the output was touched", bad_documents[i].text);
    }
}

/* A document cut at any byte is refused or, where only its last newline is missing, whole. */
TEST(a_document_cut_anywhere) {
    struct result result = sample_result();
    char *text = document_result(&result);
    size_t length = strlen(text);
    for (size_t cut = 0; cut < length - 1; cut++) {
        char *head = strndup(text, cut);
        struct result back = {0};
        struct error error = {0};
        int code = document_parse_result(head, "r.json", &back, &error);
        ROW(code == -EINVAL, "cut at %zu of %zu: %d", cut, length, code);
        if (code == 0)
            result_free(&back);
        free(head);
    }
    free(text);
    result_free(&result);
}

/* What later versions add, and what is left out, is no error. */
TEST(more_and_less_than_expected) {
    static const char *const texts[] = {
        "{" SCHEMA "}",
        "{" SCHEMA ",\"new_key\":{\"deep\":[1,2]},\"trials\":[],\"oom_point\":null,\"recommendation\":null}",
        "{" SCHEMA ",\"trials\":[{" TRIAL ",\"new\":1,\"limit_bytes\":null}]}",
        "{" SCHEMA ",\"trials\":null,\"target\":null,\"command\":null}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct result back = {0};
        struct error error = {0};
        int code = document_parse_result(texts[i], "r.json", &back, &error);
        ROW(code == 0 && !back.oom_point.known && !back.recommendation.known, "%s: %d, %s", texts[i], code,
            error.what);
        if (code == 0)
            result_free(&back);
    }
}

TEST(absurd_nesting_is_refused) {
    size_t depth = 100000;
    char *text = malloc(depth + 1);
    memset(text, '[', depth);
    text[depth] = '\0';
    struct result back = {0};
    struct error error = {0};
    int code = document_parse_result(text, "r.json", &back, &error);
    ROW(code == -EINVAL, "%d", code);
    free(text);
}

/* ---- trials alone, as trials.jsonl has them ---- */

static uint64_t random_state;

/* xorshift64*: the same trials on every machine. */
static uint64_t random_number(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717ULL;
}

static bool chance(unsigned percent) {
    return random_number() % 100 < percent;
}

/* Up to half a petabyte; zero, negative and unknown ones among them. */
static struct known_i64 random_i64(void) {
    if (chance(25))
        return UNKNOWN_I64;
    int64_t number = (int64_t)(random_number() >> (14 + random_number() % 50));
    return known_i64(chance(10) ? -number : number);
}

static struct known_f64 random_f64(void) {
    if (chance(25))
        return UNKNOWN_F64;
    double number = ldexp((double)(random_number() >> 11), (int)(random_number() % 120) - 100);
    return known_f64(chance(10) ? -number : number);
}

/* Any bytes but NUL; NULL at times. Caller frees. */
static char *random_text(void) {
    if (chance(15))
        return NULL;
    size_t length = random_number() % 40;
    char *text = calloc(length + 1, 1);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)(chance(60) ? 32 + random_number() % 95 : 1 + random_number() % 255);
    return text;
}

static struct known_i64 random_duration(void) {
    return chance(20) ? UNKNOWN_I64 : known_i64((int64_t)(random_number() >> (14 + random_number() % 50)));
}

static void add_random_load(struct service_facts *facts) {
    struct load_run run = {.step = random_text(),
                           .cycle = 1 + (int)(random_number() % 100),
                           .start_ns = random_duration().value,
                           .duration_ns = random_duration().value,
                           .limit_bytes = random_i64(),
                           .exit_code = random_i64(),
                           .signal = random_i64(),
                           .figures = {.format = chance(50) ? load_format_find("wrk") : NULL,
                                       .rate_per_s = random_f64(),
                                       .latency_mean_s = random_f64(),
                                       .latency_p99_s = random_f64(),
                                       .requests = random_i64(),
                                       .errors = random_i64()},
                           .quiescent_bytes = random_i64(),
                           .refault_bytes = random_i64(),
                           .stall_ratio = random_f64()};
    service_facts_add(facts, &run);
}

static struct service_facts random_service(void) {
    struct service_facts facts = {.serves = chance(50)};
    if (!facts.serves)
        return facts;
    facts.ready_ns = random_duration();
    facts.pace_ns = random_duration();
    facts.failure = random_text();
    facts.load_tail = random_text();
    facts.log_name = random_text();
    /* One at most: the mean of several is worked out anew, from rates that were rounded. */
    if (chance(70))
        add_random_load(&facts);
    return facts;
}

static struct trial random_trial(void) {
    struct trial trial = {.id = 1 + (int)(random_number() % 100000),
                          .purpose = (enum purpose)(random_number() % PURPOSE_COUNT),
                          .limit_bytes = random_i64(),
                          .outcome = (enum outcome)(random_number() % OUTCOME_COUNT),
                          .peak_bytes = random_i64(),
                          .needed_bytes = random_i64(),
                          .unreclaimable_bytes = random_i64(),
                          .peak_less_file_bytes = random_i64(),
                          .file_cache_bytes = random_i64(),
                          .working_set_p95_bytes = random_i64(),
                          .oom_kills = random_i64(),
                          .refault_bytes = random_i64(),
                          .cpu_s = random_f64(),
                          .line_bytes = random_i64(),
                          .squeezed = chance(50),
                          .squeeze_bytes = random_i64(),
                          .evicted = chance(50),
                          .for_slowdown = chance(50),
                          .slowdown_ratio = random_f64(),
                          .stall_ratio = random_f64(),
                          .service = random_service(),
                          .sample_count = (int64_t)(random_number() >> 20),
                          .samples_lost = chance(50),
                          .samples_name = random_text(),
                          .log_name = random_text()};
    trial.exit.exit_code = random_i64();
    trial.exit.signal = random_i64();
    trial.exit.duration_ns = (int64_t)(random_number() >> (14 + random_number() % 50));
    trial.exit.stop = (enum stop_reason)(random_number() % STOP_COUNT);
    trial.exit.leftovers = (int)(random_number() >> 33);
    trial.exit.stderr_tail = random_text();
    for (uint64_t facts = random_number() % 4; facts > 0; facts--) {
        char *detail = random_text();
        trial_add_evidence(&trial, "source", detail ? detail : "");
        free(detail);
    }
    return trial;
}

TEST(trials_read_back_as_they_were) {
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        random_state = seed * 0x9e3779b97f4a7c15ULL;
        struct trial trial = random_trial();
        struct trial back = {0};
        struct error error = {0};
        char *line = document_trial_line(&trial);
        int code = document_parse_trial(line, "t.jsonl:1", &back, &error);
        char *again = code == 0 ? document_trial_line(&back) : strdup(error.what);
        ROW(strcmp(again, line) == 0, "seed %llu: wrote %s, then %s", (unsigned long long)seed, line, again);
        ROW(back.exit.duration_ns == trial.exit.duration_ns && back.exit.stop == trial.exit.stop &&
                back.service.pace_ns.value == trial.service.pace_ns.value &&
                back.service.load_count == trial.service.load_count &&
                back.for_slowdown == trial.for_slowdown && back.evidence_count == trial.evidence_count,
            "seed %llu: %lld ns, then %lld ns", (unsigned long long)seed, (long long)trial.exit.duration_ns,
            (long long)back.exit.duration_ns);
        expect_same("limit", back.limit_bytes, trial.limit_bytes);
        expect_same("line", back.line_bytes, trial.line_bytes);
        expect_same("squeeze", back.squeeze_bytes, trial.squeeze_bytes);
        ROW(back.squeezed == trial.squeezed, "seed %llu: squeezed", (unsigned long long)seed);
        expect_same("refault", back.refault_bytes, trial.refault_bytes);
        ROW(back.cpu_s.known == trial.cpu_s.known && back.stall_ratio.known == trial.stall_ratio.known,
            "seed %llu: unknown became known, or known unknown", (unsigned long long)seed);
        free(line);
        free(again);
        trial_free(&trial);
        trial_free(&back);
    }
}

/* Cut at any byte, or with any byte changed: refused in one line, or a trial that can be released. */
TEST(trials_that_were_torn_or_hit) {
    for (uint64_t seed = 1; seed <= 8; seed++) {
        random_state = seed * 0x9e3779b97f4a7c15ULL;
        struct trial trial = random_trial();
        char *line = document_trial_line(&trial);
        size_t length = strlen(line);
        for (size_t at = 0; at < 2 * length; at++) {
            char *hurt = strdup(line);
            if (at < length)
                hurt[at] = '\0';
            else
                hurt[at - length] = (char)(1 + random_number() % 255);
            struct trial back = {.id = 77};
            struct error error = {0};
            int code = document_parse_trial(hurt, "t.jsonl:1", &back, &error);
            ROW(at >= length || code == -EINVAL, "seed %llu, cut at %zu: %d", (unsigned long long)seed, at,
                code);
            ROW(code == 0 || (unit_is_one_line(error.what) && back.id == 77), "seed %llu, %zu: %s",
                (unsigned long long)seed, at, error.what);
            if (code == 0)
                trial_free(&back);
            free(hurt);
        }
        free(line);
        trial_free(&trial);
    }
}

#define ALMOST "{\"purpose\":\"step\",\"outcome\":\"oom\"} {}"

TEST(no_trial_at_all) {
    static const char *const lines[] = {"", "null", "5", "[]", "\"x\"", "{}", ALMOST, "{\"id\":1}{\"id\":2}"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct trial back = {0};
        struct error error = {0};
        int code = document_parse_trial(lines[i], "d/trials.jsonl:7", &back, &error);
        ROW(code == -EINVAL && text_starts_with(error.what, "d/trials.jsonl:7: "), "%s: %d, %s", lines[i],
            code, error.what);
    }
}

/* ---- what a run was asked for ---- */

static char odd_bytes[][24] = {"--limits", "",           "a b",         "\xff\x01 no UTF-8",
                               "\\xff",    "\n\t\"\x7f", "caf\xc3\xa9", "--"};
static char *odd_arguments[COUNT(odd_bytes) + 1];

/* Borrows all of its texts. */
static struct invocation sample_invocation(void) {
    static char command[] = "find";
    static char started_at[] = "2026-11-22T11:30:00Z";
    static char cwd[] = "/tmp/\xfe";
    static char name[] = "app";
    static char source[] = "caf\xe9.json";
    static char folder[] = "/srv/\xff";
    static char scenario[] = "{\r\n\t\"a\": \"caf\xc3\xa9 \\u0041\"}\n";
    for (size_t i = 0; i < COUNT(odd_bytes); i++)
        odd_arguments[i] = odd_bytes[i];
    return (struct invocation){.command = command,
                               .started_at = started_at,
                               .cwd = cwd,
                               .name = name,
                               .host = {.kernel = "6.1.0", .cgroup = "v2", .page_bytes = 65536},
                               .arguments = odd_arguments,
                               .scenario = {.source = source, .folder = folder, .text = scenario}};
}

TEST(an_invocation_comes_back_byte_for_byte) {
    struct invocation invocation = sample_invocation();
    struct invocation back = {0};
    struct error error = {0};
    char *text = document_invocation(&invocation);
    ROW(unit_is_utf8(text), "%s", text);
    ck_assert_msg(document_parse_invocation(text, "i.json", &back, &error) == 0, "%s", error.what);
    ROW_TEXT(back.command, "find", "command");
    ROW_TEXT(back.started_at, invocation.started_at, "started_at");
    ROW_TEXT(back.cwd, "/tmp/\xfe", "cwd");
    ROW_TEXT(back.name, "app", "name");
    ROW_TEXT(back.version, plimsoll_version, "version");
    ROW_TEXT(back.host.kernel, "6.1.0", "kernel");
    ROW_TEXT(back.host.cgroup, "v2", "cgroup");
    ROW(back.host.page_bytes == 65536, "pages of %lld", (long long)back.host.page_bytes);
    size_t count = 0;
    for (; odd_arguments[count] && back.arguments[count]; count++)
        ROW_TEXT(back.arguments[count], odd_arguments[count], "argument");
    ROW(count == COUNT(odd_bytes) && !back.arguments[count], "%zu arguments", count);
    ROW_TEXT(back.scenario.source, invocation.scenario.source, "scenario.source");
    ROW_TEXT(back.scenario.folder, invocation.scenario.folder, "scenario.folder");
    ROW_TEXT(back.scenario.text, invocation.scenario.text, "scenario.text");
    invocation_free(&back);
    free(text);
}

#define INVOCATION "\"schema\":\"plimsoll.invocation/1\",\"command\":\"find\",\"started_at\":\"x\""

TEST(invocations_that_are_none) {
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"", "i.json:1: not JSON"},
        {"{}", "schema is missing; this program reads plimsoll.invocation/1"},
        {"{" SCHEMA "}", "schema is plimsoll.result/1"},
        {"{" INVOCATION ",\"arguments\":[]}", "cwd: not there"},
        {"{" INVOCATION ",\"cwd\":\"/\"}", "arguments: not there"},
        {"{\"schema\":\"plimsoll.invocation/1\",\"cwd\":\"/\",\"arguments\":[]}", "command: not there"},
        {"{" INVOCATION ",\"cwd\":5,\"arguments\":[]}", "cwd: not a text"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":5}", "arguments: not an array"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":[null]}", "arguments: not a text"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":[{\"hex\":\"6\"}]}", "arguments: not a text"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":[{\"hex\":\"6100\"}]}", "arguments: not a text"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":[{\"hex\":\"6x\"}]}", "arguments: not a text"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":[],\"host\":5}", "host: not an object"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":[],\"scenario\":5}", "scenario: not an object"},
        {"{" INVOCATION ",\"cwd\":\"/\",\"arguments\":[],\"scenario\":{\"source\":\"f\",\"folder\":\"/\"}}",
         "scenario.text: not a text"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct invocation back = {0};
        struct error error = {0};
        int code = document_parse_invocation(rows[i].text, "i.json", &back, &error);
        ROW(code == -EINVAL && strstr(error.what, rows[i].says) && unit_is_one_line(error.what),
            "%s: %d, \"%s\", expected \"%s\"", rows[i].text, code, error.what, rows[i].says);
    }
    struct invocation invocation = sample_invocation();
    char *text = document_invocation(&invocation);
    for (size_t cut = strlen(text) - 1; cut-- > 0;) {
        struct invocation back = {0};
        struct error error = {0};
        char *head = strndup(text, cut);
        ROW(document_parse_invocation(head, "i.json", &back, &error) == -EINVAL, "cut at %zu", cut);
        free(head);
    }
    free(text);
}

UNIT_MAIN("document", every_key_of_the_interface_is_written, unknown_is_null_and_never_zero,
          numbers_that_json_does_not_have, hostile_texts_stay_json, line_breaks_of_stderr_are_kept,
          a_result_reads_back_as_it_was, a_watch_reads_back_as_it_was, bad_documents_are_refused_in_one_line,
          a_document_cut_anywhere, more_and_less_than_expected, absurd_nesting_is_refused,
          trials_read_back_as_they_were, trials_that_were_torn_or_hit, no_trial_at_all,
          an_invocation_comes_back_byte_for_byte, invocations_that_are_none)
