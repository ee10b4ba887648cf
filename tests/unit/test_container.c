/* trial/container and trial/engine, their pure parts: what an engine is told, and what its words mean.
 * Containers themselves are tested in tests/real. */
#include "trial/container.h"

#include "base/text.h"
#include "base/units.h"
#include "unit.h"

static char *word(const char *text) {
    return (char *)(uintptr_t)text;
}

/* The arguments as one line. Caller frees. */
static char *line_of(const struct container_order *order) {
    char **arguments = container_arguments(order);
    char *line = text_command_line(arguments);
    container_arguments_free(arguments);
    return line;
}

#define HEAD                                                                                                 \
    "create --name plimsoll-1-2-3 --label plimsoll=1 --label plimsoll.pid-namespace=4026531836 --pull "      \
    "never "

TEST(plain) {
    char *none[] = {NULL};
    struct target target = {.image.name = "redis:7", .argv = none};
    struct trial_spec spec = {.limit_bytes = known_i64(64 * MIB)};
    struct container_order order = {.engine = "docker",
                                    .name = "plimsoll-1-2-3",
                                    .pid_namespace = "4026531836",
                                    .target = &target,
                                    .spec = &spec};
    char *line = line_of(&order);
    ck_assert_str_eq(line, HEAD "--log-driver none --memory 67108864b --memory-swap 67108864b redis:7");
    free(line);
    /* One page more swap where v1's combined limit would hide what strikes; nerdctl passes on what it logs.
     */
    order.swap_slack_bytes = 4096;
    order.engine = "nerdctl";
    spec.swap_bytes = MIB;
    line = line_of(&order);
    ck_assert_str_eq(line, HEAD "--memory 67108864b --memory-swap 68161536b redis:7");
    free(line);
}

TEST(without_a_limit_the_guard) {
    char *none[] = {NULL};
    struct target target = {.image.name = "redis:7", .argv = none};
    struct trial_spec spec = {.guard_bytes = known_i64(GIB), .line_bytes = known_i64(256 * MIB)};
    struct container_order order = {.engine = "podman",
                                    .name = "plimsoll-1-2-3",
                                    .pid_namespace = "4026531836",
                                    .target = &target,
                                    .spec = &spec};
    char *line = line_of(&order);
    ck_assert_str_eq(line, HEAD "--log-driver none --memory 1073741824b --memory-swap 1073741824b redis:7");
    free(line);
    spec.guard_bytes = UNKNOWN_I64;
    ck_assert(!container_limit(&spec).known);
    line = line_of(&order);
    ck_assert_str_eq(line, HEAD "--log-driver none redis:7");
    free(line);
}

TEST(all_that_is_passed_on) {
    char *argv[] = {word("serve"), word("--port"), word("80 80"), NULL};
    char *ports[] = {word("8080:80"), word("127.0.0.1:9:9/udp"), NULL};
    char *volumes[] = {word("/a b:/c:ro"), NULL};
    char *variables[] = {word("A=1"), word("AB=x"), word("OPTS=mine"), word("A=2"), NULL};
    struct runtime_advice settings = {0};
    runtime_advice_add(&settings, "OPTS", "-Xmx1g -Xms1g");
    struct target target = {.image = {.name = "reg:5000/app@sha256:12",
                                      .publish = ports,
                                      .volumes = volumes,
                                      .entrypoint = "/run me",
                                      .network = "host",
                                      .workdir = "/srv",
                                      .user = "web:www"},
                            .argv = argv,
                            .extra_env = variables};
    struct trial_spec spec = {.settings = &settings};
    struct container_order order = {.engine = "docker",
                                    .name = "plimsoll-1-2-3",
                                    .pid_namespace = "4026531836",
                                    .target = &target,
                                    .spec = &spec,
                                    .interactive = true};
    char *line = line_of(&order);
    ck_assert_str_eq(
        line, HEAD
        "--log-driver none --interactive --env AB=x --env A=2 --env 'OPTS=-Xmx1g -Xms1g' "
        "--publish 8080:80 --publish 127.0.0.1:9:9/udp --volume '/a b:/c:ro' --network host "
        "--workdir /srv --user web:www --entrypoint '/run me' reg:5000/app@sha256:12 serve --port '80 80'");
    free(line);
    runtime_advice_free(&settings);
}

TEST(last_words) {
    static const struct {
        const char *said;
        const char *words;
    } rows[] = {
        {"", ""},
        {"\n \n", ""},
        {"Error response from daemon: No such container: x\n", "No such container: x"},
        {"docker: Error response from daemon: no.\nSee 'docker run --help'.\n", "no."},
        {"invalid port\n\nUsage:  docker create [OPTIONS]\n\nRun 'docker create --help' for more "
         "information\n",
         "invalid port"},
        {"WARNING: one\nError: two", "two"},
        {"time=\"2026-11-22T11:03:37Z\" level=fatal msg=\"no such image: \\\"x\\\"\"\n",
         "no such image: \"x\""},
        {"time flies\n", "time flies"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tool_answer answer = {0};
        strbuf_add(&answer.err, rows[i].said);
        char *words = tool_last_words(&answer);
        ROW_TEXT(words, rows[i].words, rows[i].said);
        free(words);
        tool_answer_free(&answer);
    }
}

TEST(which_words_say_that_there_is_none) {
    ck_assert(engine_says_missing("No such container: plimsoll-1-2-3"));
    ck_assert(engine_says_missing("no container with name or ID \"x\" found: no such container"));
    ck_assert(engine_says_missing("no such container x"));
    ck_assert(!engine_says_missing(
        "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"));
    ck_assert(!engine_says_missing(""));
}

UNIT_MAIN("container", plain, without_a_limit_the_guard, all_that_is_passed_on, last_words,
          which_words_say_that_there_is_none)
