/* output/document_ending: what is written of a trial's end comes back as it was, and nothing else is taken.
 */
#include "output/document_ending.h"

#include "base/text.h"
#include "base/units.h"
#include "output/document.h"
#include "unit.h"

/* All that an end may have, of which no real one has everything. */
static struct trial full_trial(void) {
    return (struct trial){
        .outcome = OUTCOME_OUTSIDE_OOM,
        .ending = {.group_path = text_copy("/sys/fs/cgroup/a b/plimsoll-1-1"),
                   .main_pid = known_i64(4321),
                   .scope = SCOPE_PARENT,
                   .limit_bytes = known_i64(64 * MIB),
                   .limit_path = text_copy("/sys/fs/cgroup/a b"),
                   .oom = {.count = 3,
                           .process = "python3",
                           .pid = known_i64(4322),
                           .is_main = known_i64(0),
                           .process_anon_bytes = known_i64(90),
                           .process_file_bytes = known_i64(80),
                           .process_shmem_bytes = known_i64(0),
                           .oom_score_adj = known_i64(-998),
                           .usage_bytes = known_i64(100),
                           .anon_bytes = known_i64(70),
                           .file_bytes = known_i64(20),
                           .shmem_bytes = known_i64(10),
                           .line = "Memory cgroup out of memory: Killed process 4322 (python3)"},
                   .kills_watched = true,
                   .killer_known = true,
                   .killer = {.pid = 4321,
                              .name = "sh",
                              .to_main = true,
                              .to_target = true,
                              .by = KILL_BY_KERNEL,
                              .by_pid = 77,
                              .by_name = "timeout",
                              .by_command = "timeout -s KILL 1 sh \"x\"",
                              .by_target = true,
                              .after_pid = 4323,
                              .after_name = "sleep"},
                   .oom_daemon = oom_daemon_find("systemd-oomd"),
                   .growth = {.kind = GROWTH_SPIKE,
                              .last_bytes = known_i64(50),
                              .level_bytes = known_i64(40),
                              .last_rate_bytes_per_s = known_f64(-1.5),
                              .last_span_ns = 990 * NS_PER_MS},
                   .seen = {.known = true,
                            .time_ns = 1500 * NS_PER_MS,
                            .anon_bytes = 30,
                            .shmem_bytes = known_i64(0),
                            .kernel_bytes = known_i64(5),
                            .cache_bytes = 2}}};
}

static char *ending_text(const struct trial *trial) {
    cJSON *root = cJSON_CreateObject();
    document_put_ending(root, "ending", trial);
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}

static int read_ending(const char *text, struct ending *ret, struct error *error) {
    struct json_reader reader = {.source = "r.json", .error = error};
    cJSON *root = cJSON_Parse(text);
    ck_assert_msg(root != NULL, "no JSON: %s", text);
    document_get_ending(&reader, root, "ending", ret);
    cJSON_Delete(root);
    return reader.code;
}

TEST(an_ending_comes_back_as_it_was) {
    struct trial rows[] = {
        full_trial(), {.outcome = OUTCOME_KILLED}, {.outcome = OUTCOME_OOM, .ending = {.scope = SCOPE_OWN}}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        struct trial back = {.outcome = rows[i].outcome};
        char *text = ending_text(&rows[i]);
        ROW(read_ending(text, &back.ending, &error) == 0, "%s: %s", text, error.what);
        char *again = ending_text(&back);
        ROW_TEXT(again, text, "ending");
        free(text);
        free(again);
        trial_free(&back);
        trial_free(&rows[i]);
    }
}

/* The text alone could leave a member out both ways. */
TEST(nothing_of_it_is_left_out) {
    struct trial trial = full_trial();
    char *text = ending_text(&trial);
    static const char *const says[] = {
        "\"group\":\"/sys/fs/cgroup/a b/plimsoll-1-1\"",
        "\"main_pid\":4321",
        "\"scope\":\"parent\"",
        "\"limit_bytes\":67108864",
        "\"limit_group\":\"/sys/fs/cgroup/a b\"",
        "\"oom\":{\"processes\":3,\"process\":\"python3\",\"pid\":4322,\"is_main\":false,\"process_anon_"
        "bytes\":90,"
        "\"process_file_bytes\":80,\"process_shmem_bytes\":0,\"oom_score_adj\":-998,\"usage_bytes\":100,"
        "\"anon_bytes\":70,\"file_bytes\":20,\"shmem_bytes\":10,\"line\":\"Memory cgroup out of memory: "
        "Killed "
        "process 4322 (python3)\"}",
        "\"kills_watched\":true",
        "\"killer\":{\"by\":\"kernel\",\"by_pid\":77,\"by_name\":\"timeout\",\"by_command\":\"timeout -s "
        "KILL 1 sh "
        "\\\"x\\\"\",\"by_target\":true,\"pid\":4321,\"name\":\"sh\",\"to_main\":true,\"to_target\":true,"
        "\"after_pid\":4323,\"after_name\":\"sleep\"}",
        "\"oom_daemon\":\"systemd-oomd\"",
        "\"growth\":{\"kind\":\"spike\",\"last_bytes\":50,\"level_bytes\":40,\"last_rate_bytes_per_s\":-1.5,"
        "\"last_span_s\":0.99}",
        "\"last_seen\":{\"time_s\":1.5,\"anon_bytes\":30,\"shmem_bytes\":0,\"kernel_bytes\":5,\"cache_"
        "bytes\":2}"};
    for (size_t i = 0; i < COUNT(says); i++)
        ROW(strstr(text, says[i]) != NULL, "%s is not in %s", says[i], text);
    free(text);
    trial_free(&trial);
}

/* Who came to its end by itself has none; what is not known of one is null, and no zero. */
TEST(what_is_not_known_is_null) {
    static const enum outcome without[] = {OUTCOME_SURVIVED, OUTCOME_SLOW, OUTCOME_FAILED, OUTCOME_TIMEOUT,
                                           OUTCOME_HARNESS_ERROR};
    for (size_t i = 0; i < COUNT(without); i++) {
        struct trial trial = {
            .outcome = without[i],
            .ending = {.main_pid = known_i64(5), .kills_watched = true, .growth = {.kind = GROWTH_START}}};
        char *text = ending_text(&trial);
        ROW_TEXT(text, "{\"ending\":null}", outcome_name(without[i]));
        free(text);
    }
    struct trial trial = {.outcome = OUTCOME_KILLED};
    char *text = ending_text(&trial);
    ROW_TEXT(
        text,
        "{\"ending\":{\"group\":null,\"main_pid\":null,\"scope\":null,\"limit_bytes\":null,"
        "\"limit_group\":null,\"oom\":null,\"kills_watched\":false,\"killer\":null,\"oom_daemon\":null,"
        "\"growth\":{\"kind\":null,\"last_bytes\":null,\"level_bytes\":null,\"last_rate_bytes_per_s\":null,"
        "\"last_span_s\":null},\"last_seen\":null}}",
        "killed");
    free(text);
    /* A daemon that asked it to end is told of, whatever became of it. */
    trial = (struct trial){.outcome = OUTCOME_FAILED, .ending.oom_daemon = oom_daemon_find("earlyoom")};
    text = ending_text(&trial);
    ROW(strstr(text, "\"earlyoom\"") != NULL, "%s", text);
    free(text);
}

/* Names of processes are bytes. Made fit for JSON they may be longer than there is room for. */
TEST(hostile_names_are_cut) {
    struct trial trial = {.outcome = OUTCOME_KILLED, .ending = {.killer_known = true}};
    struct sigkill *kill = &trial.ending.killer;
    memset(kill->name, 0xfe, sizeof kill->name - 1);
    memset(kill->by_command, '\n', sizeof kill->by_command - 1);
    snprintf(kill->by_name, sizeof kill->by_name,
             "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xff");
    memset(trial.ending.oom.process, 0x9b, sizeof trial.ending.oom.process - 1);
    trial.ending.oom.count = 1;
    char *line = document_trial_line(&trial);
    struct trial back = {0};
    struct error error = {0};
    ROW(document_parse_trial(line, "t", &back, &error) == 0, "%s", error.what);
    ROW(unit_is_utf8(back.ending.killer.name) && strlen(back.ending.killer.name) > 8, "%s",
        back.ending.killer.name);
    ROW(unit_is_utf8(back.ending.killer.by_name), "%s", back.ending.killer.by_name);
    ROW(unit_is_utf8(back.ending.oom.process), "%s", back.ending.oom.process);
    free(line);
    trial_free(&back);
    trial_free(&trial);
}

TEST(what_is_no_ending_is_refused) {
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"{\"ending\":1}", "r.json: ending: not an object"},
        {"{\"ending\":{\"scope\":\"mine\"}}", "r.json: scope: not own, parent or host"},
        {"{\"ending\":{\"scope\":\"parent\"}}", "r.json: limit_group: not the path of the parent"},
        {"{\"ending\":{\"limit_bytes\":\"64Mi\"}}", "r.json: limit_bytes: not a number"},
        {"{\"ending\":{\"oom\":{}}}", "r.json: processes: not a number from 1 on"},
        {"{\"ending\":{\"oom\":{\"processes\":1,\"is_main\":1}}}", "r.json: is_main: not true or false"},
        {"{\"ending\":{\"oom\":{\"processes\":1,\"process\":1}}}", "r.json: process: not a text"},
        {"{\"ending\":{\"killer\":{}}}", "r.json: killer.by: not process, kernel, harness or cpu-limit"},
        {"{\"ending\":{\"killer\":{\"by\":\"process\",\"by_pid\":-1}}}", "r.json: by_pid: not a count"},
        {"{\"ending\":{\"oom_daemon\":\"me\"}}", "r.json: oom_daemon: not one that is known"},
        {"{\"ending\":{\"growth\":[]}}", "r.json: growth: not an object"},
        {"{\"ending\":{\"growth\":{\"kind\":\"slow\"}}}", "r.json: growth.kind: not one that is known"},
        {"{\"ending\":{\"growth\":{\"last_rate_bytes_per_s\":1e300}}}",
         "r.json: growth.last_rate_bytes_per_s: not a rate"},
        {"{\"ending\":{\"last_seen\":{\"time_s\":-1}}}", "r.json: time_s: not a duration"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        struct ending ending;
        ROW(read_ending(rows[i].text, &ending, &error) < 0, "%s was taken", rows[i].text);
        ROW_TEXT(error.what, rows[i].says, rows[i].text);
        ending_free(&ending);
    }
    struct error error = {0};
    struct ending ending;
    ROW(read_ending("{}", &ending, &error) == 0 && ending.scope == SCOPE_NONE && !ending.killer_known,
        "of an older one nothing is known: %s", error.what);
}

UNIT_MAIN("document_ending", an_ending_comes_back_as_it_was, nothing_of_it_is_left_out,
          what_is_not_known_is_null, hostile_names_are_cut, what_is_no_ending_is_refused)
