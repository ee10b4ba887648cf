/* trial/inspect: what container engines tell of containers and images, on recorded answers. */
#include "trial/inspect.h"

#include <signal.h>

#include "base/text.h"
#include "base/units.h"
#include "unit.h"

TEST(containers_as_docker_tells_them) {
    static const struct {
        const char *file;
        const char *status;
        struct known_i64 exit_code;
        struct known_i64 memory;
        int oom;
        bool running; /* and has a pid, and has not finished */
    } rows[] = {
        {"docker/inspect-oom.json", "exited", {true, 137}, {true, 20971520}, 1, false},
        {"docker/inspect-child-oom.json", "exited", {true, 0}, {true, 20971520}, 1, false},
        {"docker/inspect-child-oom-exit1.json", "exited", {true, 1}, {true, 20971520}, 1, false},
        {"docker/inspect-killed.json", "exited", {true, 137}, {true, 67108864}, 0, false},
        {"docker/inspect-stopped.json", "exited", {true, 137}, {true, 67108864}, 0, false},
        {"docker/inspect-ok.json", "exited", {true, 0}, {true, 67108864}, 0, false},
        {"docker/inspect-failed.json", "exited", {true, 3}, {true, 67108864}, 0, false},
        {"docker/inspect-nolimit.json", "exited", {true, 0}, {false, 0}, 0, false},
        {"docker/inspect-running.json", "running", {false, 0}, {true, 67108864}, 0, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *json = unit_read_fixture(rows[i].file);
        struct container_state state = {0};
        struct error error = {0};
        int code = container_state_parse(json, "docker", &state, &error);
        ROW(code == 0, "%s: %d %s", rows[i].file, code, error.what);
        if (code == 0) {
            ROW_TEXT(state.status, rows[i].status, rows[i].file);
            ROW(strlen(state.id) == 64, "%s: id %s", rows[i].file, state.id);
            ROW(state.running == rows[i].running, "%s: running %d", rows[i].file, state.running);
            ROW((state.pid > 0) == rows[i].running, "%s: pid %d", rows[i].file, (int)state.pid);
            ROW(state.exit_code.known == rows[i].exit_code.known &&
                    state.exit_code.value == rows[i].exit_code.value,
                "%s: exit code %lld", rows[i].file, (long long)state.exit_code.value);
            ROW(state.oom_killed.known && state.oom_killed.value == rows[i].oom, "%s: OOM flag %lld",
                rows[i].file, (long long)state.oom_killed.value);
            ROW(state.memory_bytes.known == rows[i].memory.known &&
                    state.memory_bytes.value == rows[i].memory.value,
                "%s: memory %lld", rows[i].file, (long long)state.memory_bytes.value);
            ROW(state.started_ns.known && state.finished_ns.known == !rows[i].running, "%s: times",
                rows[i].file);
            /* Docker takes the two times in different places: of a short life the end can come first. */
            ROW(!state.finished_ns.known || state.finished_ns.value > state.started_ns.value - NS_PER_S / 10,
                "%s: %lld to %lld", rows[i].file, (long long)state.started_ns.value,
                (long long)state.finished_ns.value);
            ROW_TEXT(state.failure, "", rows[i].file);
        }
        container_state_free(&state);
        free(json);
    }
}

/* Literals where there is no recording: other engines, and containers that were never started. */
TEST(containers_as_others_tell_them) {
    struct container_state state = {0};
    struct error error = {0};
    /* Docker 20.10, a program that does not exist. */
    ck_assert_int_eq(
        container_state_parse("[{\"Id\":\"abc\",\"State\":{\"Status\":\"created\",\"Running\":false,"
                              "\"OOMKilled\":false,\"Pid\":0,\"ExitCode\":127,\"Error\":\"no such\","
                              "\"StartedAt\":\"0001-01-01T00:00:00Z\","
                              "\"FinishedAt\":\"0001-01-01T00:00:00Z\"},"
                              "\"HostConfig\":{\"Memory\":0}}]",
                              "docker", &state, &error),
        0);
    ck_assert(!state.running && !state.started_ns.known && !state.finished_ns.known);
    ck_assert(state.exit_code.known && state.exit_code.value == 127);
    ck_assert_str_eq(state.failure, "no such");
    ck_assert(!state.memory_bytes.known);
    container_state_free(&state);
    /* Made and not started: 0 is no exit code. */
    ck_assert_int_eq(container_state_parse("[{\"State\":{\"Status\":\"created\",\"ExitCode\":0}}]", "docker",
                                           &state, &error),
                     0);
    ck_assert(!state.exit_code.known && !state.oom_killed.known);
    container_state_free(&state);
    /* nerdctl has no OOM flag. */
    ck_assert_int_eq(container_state_parse("[{\"State\":{\"Status\":\"running\",\"Running\":true,\"Pid\":77,"
                                           "\"ExitCode\":0}}]",
                                           "nerdctl", &state, &error),
                     0);
    ck_assert(state.running && state.pid == 77 && !state.exit_code.known && !state.oom_killed.known);
    container_state_free(&state);
}

TEST(what_is_no_answer) {
    static const char *const texts[] = {
        "", "[]", "{}", "[1]", "null", "[{}]", "[{\"State\":1}]", "[{\"State\":"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct container_state state = {0};
        struct error error = {0};
        int code = container_state_parse(texts[i], "docker", &state, &error);
        ROW(code == -EPROTO && unit_is_one_line(error.what), "\"%s\": %d \"%s\"", texts[i], code, error.what);
        ROW(!state.id && !state.status, "\"%s\": something was assigned", texts[i]);
    }
}

TEST(images) {
    struct image_facts facts = {0};
    struct error error = {0};
    char *json = unit_read_fixture("docker/image-imported.json");
    ck_assert_int_eq(image_facts_parse(json, "docker", &facts, &error), 0);
    free(json);
    ck_assert(!facts.environment[0] && !facts.entrypoint[0] && !facts.command[0] && facts.stop_signal == 0);
    image_facts_free(&facts);
    ck_assert_int_eq(
        image_facts_parse("[{\"Config\":{\"Env\":[\"A=b\",\"PATH=/bin\"],\"Entrypoint\":[\"/e\"],"
                          "\"Cmd\":[\"x\",\"y z\"],\"StopSignal\":\"SIGQUIT\"}}]",
                          "docker", &facts, &error),
        0);
    ck_assert_str_eq(facts.environment[1], "PATH=/bin");
    ck_assert_str_eq(facts.entrypoint[0], "/e");
    ck_assert(!facts.entrypoint[1]);
    ck_assert_str_eq(facts.command[1], "y z");
    ck_assert_int_eq(facts.stop_signal, SIGQUIT);
    image_facts_free(&facts);
    /* podman 3: an entry point as a text, a signal as a number; Config null. */
    ck_assert_int_eq(image_facts_parse("[{\"Config\":{\"Entrypoint\":\"/e\",\"StopSignal\":\"3\"}}]",
                                       "podman", &facts, &error),
                     0);
    ck_assert_str_eq(facts.entrypoint[0], "/e");
    ck_assert_int_eq(facts.stop_signal, SIGQUIT);
    image_facts_free(&facts);
    ck_assert_int_eq(image_facts_parse("[{\"Config\":null}]", "docker", &facts, &error), 0);
    ck_assert(!facts.environment[0]);
    image_facts_free(&facts);
    ck_assert_int_eq(image_facts_parse("[]", "docker", &facts, &error), -EPROTO);
}

TEST(times) {
    static const struct {
        const char *text;
        bool known;
        int64_t seconds;
        int64_t nanoseconds;
    } rows[] = {
        {"1970-01-01T00:00:00Z", true, 0, 0},
        {"2026-11-22T11:03:37.841903421Z", true, 1795345417, 841903421},
        {"2026-11-22T11:03:37.5Z", true, 1795345417, 500000000},
        {"2026-11-22T11:03:37Z", true, 1795345417, 0},
        {"2026-11-22T12:03:37+01:00", true, 1795345417, 0},
        {"2026-11-22T05:33:37.25-05:30", true, 1795345417, 250000000},
        {"2026-11-22 11:03:37.841903421 +0000 UTC", true, 1795345417, 841903421},
        {"2026-11-22 13:03:37.841903421 +0200 CEST", true, 1795345417, 841903421},
        {"0001-01-01T00:00:00Z", false, 0, 0},
        {"", false, 0, 0},
        {"yesterday", false, 0, 0},
        {"2026-11-22", false, 0, 0},
        {"2026-11-22T11:03:37", false, 0, 0},
        {"2026-11-22T11:03:37.5", false, 0, 0},
        {"2026-11-22T11:03Z", false, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct known_i64 got = inspect_parse_time(rows[i].text);
        ROW(got.known == rows[i].known &&
                (!got.known || got.value == rows[i].seconds * NS_PER_S + rows[i].nanoseconds),
            "\"%s\": %d %lld", rows[i].text, got.known, (long long)got.value);
    }
}

UNIT_MAIN("inspect", containers_as_docker_tells_them, containers_as_others_tell_them, what_is_no_answer,
          images, times)
