/* model/checkup, output/doctor, kernel/policy: what doctor finds, and how it is told. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#include "kernel/policy.h"
#include "model/checkup.h"
#include "output/doctor.h"
#include "unit.h"

TEST(what_mends_an_error) {
    static const struct {
        const char *hint;
        const char *advice[2];
        const char *run; /* of the check; likewise `words` */
        const char *words;
        const char *line; /* on a terminal */
    } rows[] = {
        {"", {NULL}, NULL, NULL, ""},
        {"podman info", {NULL}, "podman info", NULL, "podman info"},
        {"sudo x", {"as root: x"}, "sudo x", "as root: x", "sudo x     (as root: x)"},
        {"sudo x", {"a", "b"}, "sudo x", "a; b", "sudo x     (a; b)"},
        {"",
         {"start it with --cgroupns=host"},
         NULL,
         "start it with --cgroupns=host",
         "start it with --cgroupns=host"},
        {"",
         {"remount it (in a container: --privileged)", "b"},
         NULL,
         "remount it (in a container: --privileged); b",
         "remount it (in a container: --privileged); b"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct checkup checkup = {0};
        struct check *check = checkup_add(&checkup, PART_TOOLS, "x", "x", CHECK_LESS, "no %s", "x");
        struct error error = {.hint = "of before", .advice = "of before"};
        error_plain(&error, -EINVAL, "x");
        if (*rows[i].hint)
            error_hint(&error, "%s", rows[i].hint);
        for (size_t k = 0; k < 2 && rows[i].advice[k]; k++)
            error_advise(&error, "%s", rows[i].advice[k]);
        check_mend(check, &error);
        ROW_TEXT(check->found, "no x", rows[i].line);
        ROW_TEXT(check->run ? check->run : "(none)", rows[i].run ? rows[i].run : "(none)", rows[i].line);
        ROW_TEXT(check->advice ? check->advice : "(none)", rows[i].words ? rows[i].words : "(none)",
                 rows[i].line);
        ROW_TEXT(error_remedy(&error).s, rows[i].line, "line");
        checkup_free(&checkup);
    }
}

TEST(advice_that_is_too_long_is_cut) {
    struct error error = {0};
    error_plain(&error, -EINVAL, "x");
    for (int i = 0; i < 100; i++)
        error_advise(&error, "%s", "0123456789");
    ROW(strlen(error.advice) == sizeof error.advice - 1, "%zu", strlen(error.advice));
}

/* One of each state. */
static void fill(struct checkup *checkup) {
    struct check *check;
    checkup_add(checkup, PART_MACHINE, "kernel", "kernel", CHECK_OK, "6.1");
    check = checkup_add(checkup, PART_GROUPS, "peak", "peak", CHECK_LESS, "not \x1b[31mcounted");
    check_costs(check,
                "spikes are missed, and this sentence is long enough that it does not stand in one line of a "
                "terminal, so that it has to be broken somewhere");
    check_run(check, "first command");
    check_run(check, "uname -r");
    check_advise(check, "wait");
    check = checkup_add(checkup, PART_GROUPS, "limits", "limits", CHECK_MISSING, "none");
    check_costs(check, "everything");
}

TEST(for_people) {
    struct checkup checkup = {0};
    struct strbuf text = {0};
    fill(&checkup);
    ROW(checkup_count(&checkup, CHECK_OK) == 1 && checkup_count(&checkup, CHECK_LESS) == 1 &&
            checkup_count(&checkup, CHECK_MISSING) == 1,
        "counts");
    doctor_text(&checkup, &text);
    ROW_TEXT(strbuf_text(&text),
             "This machine does not allow it: 1 thing is missing; 1 other thing would help.\n"
             "\n"
             "The machine\n"
             "ok   kernel             6.1\n"
             "\n"
             "Memory groups\n"
             "--   peak               not \\x1b[31mcounted\n"
             "                        costs: spikes are missed, and this sentence is long\n"
             "                        enough that it does not stand in one line of a terminal,\n"
             "                        so that it has to be broken somewhere\n"
             "                        run: uname -r\n"
             "                        or: wait\n"
             "no   limits             none\n"
             "                        costs: everything\n"
             "\n"
             "What tells of a death\n"
             "\n"
             "Other programs, none of which is needed\n",
             "text");
    strbuf_free(&text);
    checkup_free(&checkup);
}

TEST(for_programs) {
    struct checkup checkup = {.cgroup = "v2", .parent = strdup("/sys/fs/cgroup/a")};
    fill(&checkup);
    char *text = doctor_json(&checkup);
    cJSON *document = cJSON_Parse(text);
    cJSON *checks = cJSON_GetObjectItem(document, "checks");
    cJSON *second = cJSON_GetArrayItem(checks, 1);
    ROW(cJSON_GetArraySize(checks) == 3, "%d checks", cJSON_GetArraySize(checks));
    ROW(cJSON_IsFalse(cJSON_GetObjectItem(document, "allowed")), "allowed");
    ROW_TEXT(cJSON_GetStringValue(cJSON_GetObjectItem(document, "schema")), DOCTOR_SCHEMA, "schema");
    ROW_TEXT(cJSON_GetStringValue(cJSON_GetObjectItem(second, "state")), "less", "state");
    ROW_TEXT(cJSON_GetStringValue(cJSON_GetObjectItem(second, "part")), "groups", "part");
    ROW_TEXT(cJSON_GetStringValue(cJSON_GetObjectItem(second, "run")), "uname -r", "run");
    ROW(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(checks, 0), "costs")),
        "what is well costs nothing");
    ROW(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetObjectItem(document, "host"), "memory_bytes")), "unknown");
    cJSON_Delete(document);
    free(text);
    checkup_free(&checkup);
}

TEST(chosen_words) {
    static const struct {
        const char *text;
        const char *word;
    } rows[] = {
        {"always [madvise] never\n", "madvise"},
        {"[always] madvise never\n", "always"},
        {"always madvise [never]", "never"},
        {"", ""},
        {"always madvise never\n", ""},
        {"always [madvise", ""},
        {"[]", ""},
        {"[a-word-that-is-far-longer-than-any-of-the-kernel-s]", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW_TEXT(policy_chosen(rows[i].text).s, rows[i].word, rows[i].text);
}

UNIT_MAIN("checkup", what_mends_an_error, advice_that_is_too_long_is_cut, for_people, for_programs,
          chosen_words)
