/* output/emit: the exact text that each consumer is given. What they make of it is tried in tests/run-emit.
 */
#include "output/emit.h"

#include "base/units.h"
#include "cli/commands.h"
#include "unit.h"

/* A result with two settings that are hard to quote. */
static struct result hard_result(void) {
    struct result result = {.name = text_copy("My App.py"),
                            .recommendation = {.known = true,
                                               .request_bytes = 64 * MIB + 1,
                                               .limit_bytes = 2 * GIB,
                                               .cpu_millis = known_i64(1500)}};
    runtime_advice_add(&result.recommendation.runtime, "GOMEMLIMIT", "1600MiB");
    runtime_advice_add(&result.recommendation.runtime, "no", "a 'b' \"c\"\\ $d 5%\n\t\x7f\xff");
    return result;
}

static struct result plain_result(int64_t request, int64_t limit) {
    return (struct result){.recommendation = {.known = true, .request_bytes = request, .limit_bytes = limit}};
}

static void check(const char *format, const struct emit_subject *subject, const char *text) {
    struct strbuf document = {0};
    const struct emitter *emitter = emitter_find(format);
    ck_assert_ptr_nonnull(emitter);
    emitter->write(subject, &document);
    ROW_TEXT(strbuf_text(&document), text, format);
    strbuf_free(&document);
}

static const struct {
    const char *format;
    int64_t request;
    int64_t limit;
    const char *text;
} plain_rows[] = {
    {"kubernetes", 64 * MIB, 96 * MIB,
     "resources:\n  requests:\n    memory: \"64Mi\"\n  limits:\n    memory: \"96Mi\"\n"},
    /* rounded up to whole Mi, never down; and never Gi, so that a diff shows the number */
    {"kubernetes", 64 * MIB + 1, 2 * GIB,
     "resources:\n  requests:\n    memory: \"65Mi\"\n  limits:\n    memory: \"2048Mi\"\n"},
    {"kubernetes", 1, 1, "resources:\n  requests:\n    memory: \"1Mi\"\n  limits:\n    memory: \"1Mi\"\n"},
    {"docker", 64 * MIB, 96 * MIB, "--memory=96m --memory-swap=96m --memory-reservation=64m\n"},
    /* below what Docker takes */
    {"docker", 1, 2 * MIB, "--memory=6m --memory-swap=6m --memory-reservation=6m\n"},
    {"compose", 64 * MIB, 96 * MIB,
     "services:\n  app:\n    mem_reservation: 64m\n    mem_limit: 96m\n    memswap_limit: 96m # no swap\n"},
    {"compose", 5 * MIB, 7 * MIB,
     "# 5Mi would do, but Docker takes no reservation below 6m.\nservices:\n  app:\n"
     "    mem_reservation: 6m\n    mem_limit: 7m\n    memswap_limit: 7m # no swap\n"},
    /* ECS takes no reservation that is not below the limit */
    {"ecs", 96 * MIB, 96 * MIB, "{\n\t\"name\":\t\"app\",\n\t\"memory\":\t96\n}\n"},
    {"env", 64 * MIB + 1, 96 * MIB,
     "PLIMSOLL_REQUEST_BYTES=67108865\nPLIMSOLL_LIMIT_BYTES=100663296\nPLIMSOLL_REQUEST=65Mi\n"
     "PLIMSOLL_LIMIT=96Mi\n"},
    {"cloudrun", 64 * MIB, 96 * MIB,
     "# 96Mi would do, but Cloud Run gives no less than 128Mi.\n"
     "# Its second-generation environment gives no less than 512Mi.\n"
     "spec:\n  template:\n    spec:\n      containers:\n        - resources:\n            limits:\n"
     "              memory: \"128Mi\"\n"},
    {"cloudrun", GIB, 4 * GIB,
     "spec:\n  template:\n    spec:\n      containers:\n        - resources:\n            limits:\n"
     "              memory: \"4096Mi\"\n"},
    {"cloudrun", GIB, 4 * GIB + 1,
     "spec:\n  template:\n    spec:\n      containers:\n        - resources:\n            limits:\n"
     "              memory: \"4097Mi\"\n              cpu: \"2\"\n"},
    {"cloudrun", GIB, 33 * GIB,
     "# Cloud Run gives no more than 32Gi: this will be refused.\n"
     "spec:\n  template:\n    spec:\n      containers:\n        - resources:\n            limits:\n"
     "              memory: \"33792Mi\"\n              cpu: \"8\"\n"},
};

TEST(plain_results) {
    for (size_t i = 0; i < COUNT(plain_rows); i++) {
        struct result result = plain_result(plain_rows[i].request, plain_rows[i].limit);
        check(plain_rows[i].format, &(struct emit_subject){.result = &result}, plain_rows[i].text);
    }
}

static const struct {
    const char *format;
    const char *text;
} hard_rows[] = {
    {"kubernetes", "resources:\n  requests:\n    memory: \"65Mi\"\n    cpu: \"1500m\"\n"
                   "  limits:\n    memory: \"2048Mi\"\n    cpu: \"1500m\"\n"
                   "env:\n  - name: GOMEMLIMIT\n    value: \"1600MiB\"\n"
                   "  - name: \"no\"\n    value: \"a 'b' \\\"c\\\"\\\\ $$d 5%\\n\\x09\\\\x7f\\\\xff\"\n"},
    {"docker",
     "--memory=2048m --memory-swap=2048m --memory-reservation=65m --cpus=1.500 -e GOMEMLIMIT=1600MiB "
     "-e 'no=a '\\''b'\\'' \"c\"\\ $d 5%\n\t\x7f\xff'\n"},
    {"compose", "services:\n  my-app-py:\n    mem_reservation: 65m\n    mem_limit: 2048m\n"
                "    memswap_limit: 2048m # no swap\n    cpus: 1.500\n    environment:\n"
                "      GOMEMLIMIT: \"1600MiB\"\n"
                "      \"no\": \"a 'b' \\\"c\\\"\\\\ $$d 5%\\n\\x09\\\\x7f\\\\xff\"\n"},
    {"systemd", "# /etc/systemd/system/NAME.service.d/memory.conf, then: systemctl daemon-reload\n[Service]\n"
                "# What it needs while it runs steadily: taken from it only when all else has been taken.\n"
                "MemoryLow=65M\nMemoryMax=2048M\nMemorySwapMax=0\nCPUQuota=150%\n"
                "Environment=\"GOMEMLIMIT=1600MiB\"\n"
                "Environment=\"no=a 'b' \\\"c\\\"\\\\ $d 5%%\\x0a\\x09\x7f\xff\"\n"},
    {"env", "PLIMSOLL_REQUEST_BYTES=67108865\nPLIMSOLL_LIMIT_BYTES=2147483648\nPLIMSOLL_REQUEST=65Mi\n"
            "PLIMSOLL_LIMIT=2048Mi\nPLIMSOLL_CPU_MILLIS=1500\nGOMEMLIMIT=1600MiB\n"
            "no='a '\\''b'\\'' \"c\"\\ $d 5%\n\t\x7f\xff'\n"},
    {"ecs",
     "{\n\t\"name\":\t\"my-app-py\",\n\t\"cpu\":\t1536,\n\t\"memory\":\t2048,\n\t\"memoryReservation\":\t65,"
     "\n"
     "\t\"environment\":\t[{\n\t\t\t\"name\":\t\"GOMEMLIMIT\",\n\t\t\t\"value\":\t\"1600MiB\"\n\t\t}, {\n"
     "\t\t\t\"name\":\t\"no\",\n\t\t\t\"value\":\t\"a 'b' \\\"c\\\"\\\\ $d "
     "5%\\n\\t\\\\x7f\\\\xff\"\n\t\t}]\n}\n"},
};

TEST(settings_are_quoted_for_each) {
    struct result result = hard_result();
    for (size_t i = 0; i < COUNT(hard_rows); i++)
        check(hard_rows[i].format, &(struct emit_subject){.result = &result}, hard_rows[i].text);
    result_free(&result);
}

#define UNNAMED "# Names that were not given are the target's: --workload KIND/NAME, --container NAME\n"
#define BESIDE  "# Save it beside kustomization.yaml, and name it there: patches: [{path: FILE}]\n"

TEST(names_of_workloads) {
    struct result result = plain_result(64 * MIB, 96 * MIB);
    struct emit_subject subject = {.result = &result};
    check("kustomize", &subject,
          BESIDE UNNAMED "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\nspec:\n  template:\n"
                         "    spec:\n      containers:\n        - name: app\n          resources:\n"
                         "            requests:\n              memory: \"64Mi\"\n"
                         "            limits:\n              memory: \"96Mi\"\n");
    check("vpa", &subject,
          UNNAMED
          "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: app\nspec:\n"
          "  targetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: app\n"
          "  resourcePolicy:\n    containerPolicies:\n      - containerName: app\n"
          "        controlledResources: [\"memory\"]\n        minAllowed:\n          memory: \"64Mi\"\n"
          "        maxAllowed:\n          memory: \"96Mi\"\n");
    subject.kind = manifest_kind_find("cj", 2);
    subject.workload = "true"; /* which is no text in YAML */
    subject.container = "a: b\n";
    result.recommendation.role = ROLE_INIT;
    check(
        "kustomize", &subject,
        BESIDE
        "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: \"true\"\nspec:\n  jobTemplate:\n"
        "    spec:\n      template:\n        spec:\n          initContainers:\n"
        "            - name: \"a: b\\n\"\n              resources:\n                requests:\n"
        "                  memory: \"64Mi\"\n                limits:\n                  memory: \"96Mi\"\n");
}

/* What becomes of a target's name where a container's name is needed. */
static const struct {
    const char *target;
    const char *container;
} names[] = {
    {"web", "web"},       {"My App.py", "my-app-py"}, {"../x", "x"}, {"", "app"}, {"\xc3\xbc\xc3\xbc", "app"},
    {"a--b__c", "a-b-c"}, {"7zip", "\"7zip\""},
};

TEST(names_are_made_from_the_target) {
    for (size_t i = 0; i < COUNT(names); i++) {
        struct result result = plain_result(64 * MIB, 96 * MIB);
        struct strbuf document = {0};
        char *line = text_format("services:\n  %s:\n", names[i].container);
        result.name = text_copy(names[i].target);
        emitter_find("compose")->write(&(struct emit_subject){.result = &result}, &document);
        ROW(text_starts_with(strbuf_text(&document), line), "%s: %s", names[i].target,
            strbuf_text(&document));
        strbuf_free(&document);
        result_free(&result);
        free(line);
    }
}

/* A shell that reads the document must run nothing. */
TEST(names_that_a_shell_would_run) {
    struct result result = plain_result(64 * MIB, 96 * MIB);
    struct strbuf document = {0};
    runtime_advice_add(&result.recommendation.runtime, "$(touch x)", "1");
    runtime_advice_add(&result.recommendation.runtime, "1A", "1");
    runtime_advice_add(&result.recommendation.runtime, "", "1");
    emitter_find("env")->write(&(struct emit_subject){.result = &result}, &document);
    ROW(!strstr(strbuf_text(&document), "touch") && !strstr(strbuf_text(&document), "1A"), "%s",
        strbuf_text(&document));
    strbuf_free(&document);
    result_free(&result);
}

TEST(emitters_are_found_by_name) {
    for (const struct emitter *emitter = emitters; emitter->name; emitter++) {
        char *line = text_format("\n  %-11s ", emitter->name);
        ROW(emitter_find(emitter->name) == emitter, "%s", emitter->name);
        ROW(strstr(cmd_emit.details, line), "%s is not in the help", emitter->name);
        free(line);
    }
    ROW(!emitter_find("") && !emitter_find("Kubernetes") && !emitter_find("kube"), "found what there is not");
}

UNIT_MAIN("emit", plain_results, settings_are_quoted_for_each, names_of_workloads,
          names_are_made_from_the_target, names_that_a_shell_would_run, emitters_are_found_by_name)
