/* trial/fetch_forms: what explain --live has to know of one answer to ask the next question. */
#include "trial/fetch_forms.h"

#include "base/text.h"
#include "base/units.h"
#include "unit.h"

TEST(where_an_engine_is) {
    static const struct {
        const char *info;
        bool here;
    } rows[] = {
        {"{\"Name\":\"node1\",\"KernelVersion\":\"6.1.0-1-amd64\"}", true},
        {"{\"Name\":\"node2\",\"KernelVersion\":\"6.1.0-1-amd64\"}", false},
        {"{\"Name\":\"node1\",\"KernelVersion\":\"6.1.0-2-amd64\"}",
         false}, /* a virtual machine of that name */
        {"{\"host\":{\"hostname\":\"node1\",\"kernel\":\"6.1.0-1-amd64\"}}", true},
        {"{\"host\":{\"hostname\":\"node2\",\"kernel\":\"6.1.0-1-amd64\"}}", false},
        {"{\"host\":\"node1\"}", false},
        {"{}", false},
        {"[]", false},
        {"", false},
        {"node1", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(fetch_is_here(rows[i].info, "node1", "6.1.0-1-amd64") == rows[i].here, "%s", rows[i].info);
}

TEST(containers_in_a_list) {
    static const char text[] =
        "[{\"Name\":\"/a\",\"State\":{\"ExitCode\":137,\"FinishedAt\":\"1970-01-01T00:00:07Z\"}},"
        "{\"Name\":\"b\",\"State\":{\"ExitCode\":0},\"RestartCount\":2},"
        "{\"State\":{\"ExitCode\":0,\"OOMKilled\":true}},{\"Name\":\"d\",\"State\":{\"ExitCode\":0}},7,"
        "{\"Name\":\"own\",\"State\":{\"ExitCode\":137},\"Config\":{\"Labels\":{\"plimsoll\":\"1\"}}}]";
    static const struct {
        const char *name;
        bool badly;
    } wanted[] = {{"a", true}, {"b", true}, {"", true}, {"d", false}, {"", false}, {"own", false}};
    struct listed_container *list = NULL;
    size_t count = fetch_list(text, &list);
    ck_assert_uint_eq(count, COUNT(wanted));
    for (size_t i = 0; i < count; i++) {
        ROW_TEXT(list[i].name, wanted[i].name, "a name");
        ROW(list[i].ended_badly == wanted[i].badly, "%zu", i);
    }
    ck_assert(list[0].finished_ns.known && list[0].finished_ns.value == 7 * NS_PER_S);
    ck_assert(!list[1].finished_ns.known);
    listed_free(list, count);
    static const char *const none[] = {"", "{}", "[", "null", "[]"};
    for (size_t i = 0; i < COUNT(none); i++) {
        ROW(fetch_list(none[i], &list) == 0, "%s", none[i]);
        listed_free(list, 0);
    }
}

/* "c before, d": those of a recorded pod. Caller frees. */
static char *ended(const char *pod, size_t most) {
    struct ended_container *list = NULL;
    struct strbuf text = {0};
    size_t count = fetch_list_ended(pod, most, &list);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&text, "%s%s%s", i ? ", " : "", list[i].name, list[i].before ? " before" : "");
    ended_free(list, count);
    return text.text ? text.text : text_copy("");
}

TEST(containers_of_a_pod) {
    static const struct {
        const char *file;
        const char *wanted;
    } rows[] = {
        {"kubernetes/pod-oomkilled.json", "c"},
        {"kubernetes/pod-liveness-killed.json", "c before"},
        {"kubernetes/pod-guaranteed-running.json", ""},
        {"kubernetes/events.json", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *json = unit_read_fixture(rows[i].file);
        char *got = ended(json, 16);
        ROW_TEXT(got, rows[i].wanted, rows[i].file);
        free(got);
        free(json);
    }
    static const char many[] =
        "{\"status\":{\"initContainerStatuses\":[{\"name\":\"i\",\"state\":{\"terminated\":{}}}],"
        "\"containerStatuses\":[{\"name\":\"--all\",\"state\":{\"terminated\":{}}},"
        "{\"state\":{\"terminated\":{}}},{\"name\":\"j\",\"state\":{\"waiting\":{}},\"lastState\":{"
        "\"terminated\":{}}},"
        "{\"name\":\"k\",\"state\":{\"terminated\":{}},\"lastState\":{\"terminated\":{}}}]}}";
    char *all = ended(many, 16);
    char *some = ended(many, 2);
    ROW_TEXT(all, "i, j before, k", "no name that could be an option");
    ROW_TEXT(some, "i, j before", "no more than asked for");
    free(all);
    free(some);
}

TEST(nodes_and_names) {
    char *json = unit_read_fixture("kubernetes/pod-oomkilled.json");
    char *node = fetch_node_of(json);
    ck_assert_str_eq(node, "node1");
    free(node);
    free(json);
    ck_assert_ptr_null(fetch_node_of("{\"spec\":{}}"));
    ck_assert_ptr_null(fetch_node_of("["));
    static const struct {
        const char *name;
        bool good;
    } rows[] = {{"web", true},   {"web-7f9c.x", true}, {"0", true},      {"", false},
                {"-web", false}, {"a b", false},       {"a,b", false},   {"a/b", false},
                {".a", false},   {"a\n", false},       {"$(id)", false}, {"caf\xc3\xa9", false}};
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(fetch_is_kubernetes_name(rows[i].name, strlen(rows[i].name)) == rows[i].good, "%s", rows[i].name);
}

UNIT_MAIN("fetch_forms", where_an_engine_is, containers_in_a_list, containers_of_a_pod, nodes_and_names)
