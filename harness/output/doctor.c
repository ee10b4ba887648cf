#include "output/doctor.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "output/columns.h"
#include "output/json.h"

/* ---- for people ---- */

/* Up to where a line goes that can be broken, and where its words begin. */
#define LINE_WIDTH 80
#define INDENT     24

/* What others said is in it: names of groups, words of an engine. */
static void add_line(struct strbuf *text, const char *label, const char *words) {
    struct strbuf visible = {0};
    text_add_visible(&visible, words);
    strbuf_addf(text, "%*s%s", INDENT, "", label);
    columns_wrap(strbuf_text(&visible), visible.length, INDENT + (int)strlen(label), INDENT, LINE_WIDTH,
                 text);
    strbuf_free(&visible);
}

static void add_check(struct strbuf *text, const struct check *check) {
    static const char *const marks[CHECK_STATE_COUNT] = {
        [CHECK_OK] = "ok", [CHECK_LESS] = "--", [CHECK_MISSING] = "no"};
    struct strbuf found = {0};
    text_add_visible(&found, check->found);
    strbuf_addf(text, "%-4s %-18s ", marks[check->state], check->title);
    columns_wrap(strbuf_text(&found), found.length, INDENT, INDENT, LINE_WIDTH, text);
    strbuf_free(&found);
    if (check->costs)
        add_line(text, "costs: ", check->costs);
    if (check->run) {
        struct strbuf command = {0};
        text_add_visible(&command, check->run);
        strbuf_addf(text, "%*srun: %s\n", INDENT, "", strbuf_text(&command)); /* to be copied: in one line */
        strbuf_free(&command);
    }
    if (check->advice)
        add_line(text, check->run ? "or: " : "do: ", check->advice);
}

static void add_answer(struct strbuf *text, const struct checkup *checkup) {
    size_t missing = checkup_count(checkup, CHECK_MISSING);
    size_t less = checkup_count(checkup, CHECK_LESS);
    if (missing)
        strbuf_addf(text, "This machine does not allow it: %zu thing%s missing", missing,
                    missing == 1 ? " is" : "s are");
    else
        strbuf_add(text, "Everything that is needed is here");
    if (less)
        strbuf_addf(text, "; %zu other thing%s would help", less, less == 1 ? "" : "s");
    strbuf_add(text, ".\n");
}

void doctor_text(const struct checkup *checkup, struct strbuf *text) {
    static const char *const titles[PART_COUNT] = {
        [PART_MACHINE] = "The machine",
        [PART_GROUPS] = "Memory groups",
        [PART_DEATHS] = "What tells of a death",
        [PART_TOOLS] = "Other programs, none of which is needed",
    };
    add_answer(text, checkup);
    for (int part = 0; part < PART_COUNT; part++) {
        strbuf_addf(text, "\n%s\n", titles[part]);
        for (size_t i = 0; i < checkup->count; i++)
            if ((int)checkup->checks[i].part == part)
                add_check(text, &checkup->checks[i]);
    }
}

/* ---- for programs ---- */

static void add_host(cJSON *document, const struct host *host) {
    cJSON *object = json_must(cJSON_AddObjectToObject(document, "host"));
    json_put_text(object, "kernel", host->kernel);
    json_put_text(object, "architecture", host->architecture);
    cJSON_AddNumberToObject(object, "cpus", host->cpus);
    json_put_i64(object, "memory_bytes", host->memory_bytes);
    json_put_i64(object, "available_bytes", host->available_bytes);
    json_put_i64(object, "swap_bytes", host->swap_bytes);
    cJSON_AddNumberToObject(object, "page_bytes", (double)host->page_bytes);
    cJSON_AddBoolToObject(object, "psi", host->psi);
}

static void add_item(cJSON *list, const struct check *check) {
    cJSON *object = json_must(cJSON_CreateObject());
    cJSON_AddItemToArray(list, object);
    json_put_text(object, "id", check->id);
    json_put_text(object, "part", check_part_name(check->part));
    json_put_text(object, "title", check->title);
    json_put_text(object, "state", check_state_name(check->state));
    json_put_text(object, "found", check->found);
    json_put_text(object, "costs", check->costs);
    json_put_text(object, "run", check->run);
    json_put_text(object, "advice", check->advice);
}

char *doctor_json(const struct checkup *checkup) {
    cJSON *document = json_begin(DOCTOR_SCHEMA);
    add_host(document, &checkup->host);
    cJSON *cgroup = json_must(cJSON_AddObjectToObject(document, "cgroup"));
    json_put_text(cgroup, "version", checkup->cgroup);
    cJSON_AddBoolToObject(cgroup, "hybrid", checkup->hybrid);
    json_put_text(cgroup, "parent", checkup->parent);
    cJSON_AddBoolToObject(document, "allowed", checkup_count(checkup, CHECK_MISSING) == 0);
    cJSON *list = json_must(cJSON_AddArrayToObject(document, "checks"));
    for (size_t i = 0; i < checkup->count; i++)
        add_item(list, &checkup->checks[i]);
    return json_end(document);
}
