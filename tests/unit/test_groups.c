/* output/groups_*.c: many groups as a table, as JSON and as metrics; and kernel/cgroup_list.c: what a group
 * is by its path. */
#include <cjson/cJSON.h>

#include "base/text.h"
#include "base/units.h"
#include "kernel/cgroup_list.h"
#include "output/groups.h"
#include "output/live_view.h"
#include "unit.h"

#define ID  "92a0f4e67da7648670342787eb5a0c5409e81e1045ffb7e6215bb4c5b7b24d89"
#define UID "0e8ca23e-c6a1-4b5c-86eb-0132ca30d316"

static const struct host host = {.kernel = "6.1.0", .cgroup = "v2", .memory_bytes = {true, 24 * GIB}};

static struct groups_facts facts_of(size_t shown) {
    return (struct groups_facts){.host = &host,
                                 .at = "2026-11-22T11:30:00Z",
                                 .available_bytes = known_i64(22 * GIB),
                                 .host_kills = known_i64(2),
                                 .watched_ns = 90 * NS_PER_S,
                                 .shown = shown};
}

static struct watched_group web = {
    .path = (char[]){"/docker/" ID},
    .name = (char[]){"redis-server 92a0f4e67da7"},
    .program = "redis-server",
    .kind = WATCHED_CONTAINER,
    .container_id = ID,
    .pod_uid = "",
    .unit = "",
    .limit_bytes = {true, 128 * MIB},
    .oom_kills = {true, 3},
    .first_oom_kills = {true, 2},
    .stall_ratio = {true, 0.125},
    .now = {.usage = {true, 120 * MIB},
            .anon = {true, 100 * MIB},
            .inactive_file = {true, 10 * MIB},
            .total_peak = {true, 1288490189}},
};

static struct watched_group bare = {
    .path = (char[]){"/some/deep/place/below/others"},
    .name = (char[]){"some/deep/place/below/others"},
    .program = "python3",
    .kind = WATCHED_GROUP,
    .container_id = "",
    .pod_uid = "",
    .unit = "",
};

static struct group_row row_of(const struct watched_group *group) {
    struct group_row row = {.group = group};
    if (group == &web)
        row.standing = (struct standing){.headroom_bytes = known_i64(28 * MIB),
                                         .headroom_of = &web,
                                         .growth = STANDING_GROWING,
                                         .bytes_per_hour = known_f64(64.5 * (double)MIB),
                                         .low = known_f64(60 * (double)MIB),
                                         .high = known_f64(70 * (double)MIB),
                                         .exhausted_after_s = known_f64(1563),
                                         .request_bytes = known_i64(110 * MIB),
                                         .limit_bytes = known_i64(256 * MIB)};
    return row;
}

/* ---- table ---- */

static char *table(const struct group_row *rows, size_t count, struct groups_view view) {
    struct groups_facts facts = facts_of(count);
    struct strbuf text = {0};
    groups_table(&facts, rows, count, &view, &text);
    return text.text;
}

TEST(the_table_at_80_columns) {
    const struct group_row rows[] = {row_of(&web), row_of(&bare)};
    char *text = table(rows, 2, (struct groups_view){.columns = 80});
    ck_assert_str_eq(text,
                     "plimsoll  2 groups  22.0G of 24.0G free  2 OOM kills in 90s\n"
                     "NAME             USED  WSET  PEAK LIMIT  ROOM STALL GROW/h  LEFT OOM  REQ*  LIM*\n"
                     "redis-server 92  120M  110M 1.20G  128M 28.0M   12% +64.5M   26m   3  110M  256M\n"
                     "python ..others     -     -     -     -     -     -      -     -   -     -     -\n"
                     "* advised, unproven\n");
    free(text);
}

/* Names that a table would stumble over: of a container, or of a path with a program in front. */
static const char *const hostile[] = {
    "\033[2J<script>\n\u202e\u00e9\u00e9\u00e9\xff\"'\t--------------------------",
    "\u6f22\u5b57\u304b\u306a\u4ea4\u3058\u308a\u6587\u306e\u540d\u524d\u304c\u9577\u3044",
    "x\u6f22x\u5b57x\u6f22x\u5b57x\u6f22x\u5b57x\u6f22x\u5b57x\u6f22x\u5b57",
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea",
};

static void expect_fits(const char *text, struct groups_view view, const char *name) {
    int lines = 0;
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1, lines++) {
        size_t length = strcspn(line, "\n");
        ROW(live_line_columns(line) <= view.columns, "%s, %d columns: %.*s", name, view.columns, (int)length,
            line);
        for (size_t i = 0; i < length; i++)
            ROW((unsigned char)line[i] >= ' ' && (view.utf8 || (unsigned char)line[i] < 0x7f),
                "%s, %d columns: byte %02x", name, view.columns, (unsigned char)line[i]);
    }
    ROW(lines == 6, "%s, %d columns: %d lines", name, view.columns, lines);
    ROW(unit_is_utf8(text), "%s, %d columns", name, view.columns);
}

/* Where the figures of a row end: its line's columns. */
static void expect_aligned(const char *text, const char *name) {
    const char *heads = strchr(text, '\n') + 1;
    int columns = live_line_columns(heads);
    const char *line = strchr(heads, '\n') + 1;
    for (int row = 0; row < 3; row++, line = strchr(line, '\n') + 1)
        ROW(live_line_columns(line) == columns, "%s: row %d ends at %d of %d:\n%s", name, row,
            live_line_columns(line), columns, text);
}

/* Whatever the width, and whoever named it. */
TEST(no_line_is_longer_than_the_terminal) {
    for (size_t i = 0; i < COUNT(hostile); i++) {
        char *name = text_copy(hostile[i]);
        struct watched_group group = {
            .path = (char[]){"/x"},
            .name = name,
            .program = "\u6f22\u5b57\u6f22\u5b57\u6f22",
            .container_id = "",
            .pod_uid = "",
            .unit = "x",
            .oom_kills = {true, 123456},
            .now = {.usage = {true, INT64_MAX}},
        };
        struct group_row rows[] = {row_of(&web), row_of(&bare), {.group = &group}};
        rows[2].standing.growth = STANDING_SLOWING;
        rows[2].standing.bytes_per_hour = known_f64(1.5 * (double)GIB);
        for (int bits = 0; bits < 4; bits++) {
            group.kind = bits & 1 ? WATCHED_GROUP : WATCHED_UNIT;
            for (int columns = 20; columns < 200; columns++) {
                struct groups_view view = {.columns = columns, .live = true, .utf8 = bits & 2};
                char *text = table(rows, 3, view);
                expect_fits(text, view, hostile[i]);
                expect_aligned(text, hostile[i]);
                free(text);
            }
        }
        free(name);
    }
}

TEST(a_name_is_shown_as_the_terminal_can) {
    struct watched_group group = {.path = (char[]){"/x"},
                                  .name = (char[]){"caf\u00e9 \u6f22\u5b57\u6f22\u5b57\u6f22\u5b57"},
                                  .program = "",
                                  .kind = WATCHED_UNIT};
    struct group_row row = {.group = &group};
    char *text = table(&row, 1, (struct groups_view){.columns = 40, .utf8 = true});
    ck_assert_ptr_nonnull(strstr(text, "\ncaf\u00e9 \u6f22\u5b57\u6f22      -     -     -     -   -\n"));
    free(text);
    text = table(&row, 1, (struct groups_view){.columns = 40});
    ck_assert_ptr_nonnull(strstr(text, "\ncaf? ??????      -     -     -     -   -\n"));
    free(text);
}

TEST(what_does_not_fit_is_counted) {
    struct group_row rows[9];
    for (int i = 0; i < 9; i++)
        rows[i] = row_of(i == 8 ? &web : &bare);
    char *text = table(rows, 9, (struct groups_view){.columns = 80, .lines = 8, .live = true});
    int lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    ck_assert_int_eq(lines, 8);
    ck_assert_ptr_nonnull(strstr(text, "4 more   q quit   s sort (headroom)   r reverse"));
    ck_assert_ptr_null(strstr(text, "redis"));
    free(text);
    text = table(rows, 9, (struct groups_view){.columns = 40});
    ck_assert_ptr_nonnull(strstr(text, "NAME          USED LIMIT  ROOM  LEFT OOM\n"));
    free(text);
}

TEST(every_column_can_be_sorted_by) {
    const struct group_row row = row_of(&web);
    char *text = table(&row, 1, (struct groups_view){.columns = 120});
    char *rest = NULL;
    int heads = 0;
    *strchr(strstr(text, "NAME"), '\n') = '\0';
    for (char *head = strtok_r(strstr(text, "NAME"), " ", &rest); head; head = strtok_r(NULL, " ", &rest)) {
        enum row_order order;
        ROW(row_order_from_name(head, &order), "%s", head);
        heads++;
    }
    ck_assert_int_eq(heads, ORDER_COUNT);
    free(text);
}

/* Of a path no more than its end may be shown, after its program. */
TEST(rows_by_name_are_in_the_order_that_is_seen) {
    struct watched_group first = bare;
    first.path = (char[]){"/zzz/deep/place/below/others"};
    first.name = (char[]){"zzz/deep/place/below/others"};
    memcpy(first.program, "apache", sizeof "apache");
    const struct group_row rows[] = {row_of(&web), row_of(&bare), row_of(&first)};
    for (int reversed = 0; reversed < 2; reversed++) {
        char *text =
            table(rows, 3, (struct groups_view){.columns = 80, .order = ORDER_NAME, .reversed = reversed});
        const char *apache = strstr(text, "\napache ..");
        const char *python = strstr(text, "\npython ..");
        const char *redis = strstr(text, "\nredis");
        ck_assert(apache && python && redis);
        ROW((apache < python) != reversed && (python < redis) != reversed, "%d: %s", reversed, text);
        free(text);
    }
}

TEST(the_star_is_explained_where_there_is_one) {
    const struct group_row row = row_of(&web);
    char *text = table(&row, 1, (struct groups_view){.columns = 40});
    ck_assert_ptr_null(strchr(text, '*'));
    ck_assert_ptr_null(strstr(text, "unproven"));
    ck_assert_ptr_null(strstr(text, "\n\n"));
    free(text);
}

TEST(colours_only_where_wanted) {
    const struct group_row row = row_of(&web); /* killed since it is watched */
    char *text = table(&row, 1, (struct groups_view){.columns = 80, .colour = true});
    ck_assert_ptr_nonnull(strstr(text, "\033[31mredis"));
    free(text);
    text = table(&row, 1, (struct groups_view){.columns = 80});
    ck_assert_ptr_null(strchr(text, '\033'));
    free(text);
}

/* ---- documents ---- */

static double number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(object, key);
    ck_assert_msg(cJSON_IsNumber(item), "%s: no number", key);
    return item->valuedouble;
}

TEST(the_json) {
    const struct group_row rows[] = {row_of(&web), row_of(&bare)};
    struct groups_facts facts = facts_of(7);
    char *text = groups_json(&facts, rows, 2);
    cJSON *document = cJSON_Parse(text);
    ck_assert_ptr_nonnull(document);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "groups"), 0);
    const cJSON *second = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "groups"), 1);
    ck_assert_int_eq((int)number(document, "groups_seen"), 7);
    ck_assert_int_eq((int64_t)number(first, "working_set_bytes"), 110 * MIB);
    ck_assert_int_eq((int64_t)number(first, "needed_bytes"), 100 * MIB);
    ck_assert_int_eq((int)number(first, "oom_kills_watched"), 1);
    ck_assert_str_eq(cJSON_GetObjectItem(first, "headroom_of")->valuestring, "/docker/" ID);
    ck_assert_str_eq(cJSON_GetObjectItem(first, "growth")->valuestring, "growing");
    ck_assert_int_eq((int64_t)number(cJSON_GetObjectItem(first, "advised"), "limit_bytes"), 256 * MIB);
    static const char *const unknown[] = {
        "container_id",      "usage_bytes", "limit_bytes", "headroom_bytes", "headroom_of",
        "exhausted_after_s", "advised",     "stall_ratio", "oom_kills",      "growth_ci95_bytes_per_hour"};
    for (size_t i = 0; i < COUNT(unknown); i++)
        ROW(cJSON_IsNull(cJSON_GetObjectItem(second, unknown[i])), "%s", unknown[i]);
    cJSON_Delete(document);
    free(text);
}

TEST(the_metrics) {
    const struct group_row rows[] = {row_of(&web), row_of(&bare)};
    struct groups_facts facts = facts_of(2);
    struct strbuf text = {0};
    groups_openmetrics(&facts, rows, 2, &text);
    const char *labels = "{id=\"/docker/" ID "\",name=\"redis-server 92a0f4e67da7\",kind=\"container\"}";
    static const struct {
        const char *name;
        const char *value;
    } samples[] = {{"container_memory_usage_bytes", " 125829120\n"},
                   {"container_memory_working_set_bytes", " 115343360\n"},
                   {"container_memory_max_usage_bytes", " 1288490189\n"},
                   {"container_spec_memory_limit_bytes", " 134217728\n"},
                   {"container_oom_events_total", " 3\n"},
                   {"plimsoll_headroom_bytes", " 29360128\n"},
                   {"plimsoll_stall_ratio", " 0.125\n"},
                   {"plimsoll_exhausted_after_seconds", " 1563\n"}};
    for (size_t i = 0; i < COUNT(samples); i++) {
        char *line = text_format("\n%s%s%s", samples[i].name, labels, samples[i].value);
        ROW(strstr(text.text, line), "%s", line);
        free(line);
    }
    /* Of the other nothing is known, and so nothing is said. */
    ck_assert_ptr_null(strstr(text.text, "others"));
    ck_assert_ptr_nonnull(strstr(text.text, "# HELP container_oom_events_total "));
    ck_assert_ptr_null(strstr(text.text, "# TYPE container_oom_events"));
    ck_assert_str_eq(text.text + text.length - 6, "# EOF\n");
    strbuf_free(&text);
}

/* ---- what it is ---- */

TEST(kinds) {
    static const struct {
        const char *path;
        enum watched_kind kind;
    } rows[] = {
        {"/docker/" ID, WATCHED_CONTAINER},
        {"/docker/" ID "/init.scope", WATCHED_KIND_COUNT},
        {"/docker/" ID "/kubepods/burstable/pod" UID "/" ID, WATCHED_CONTAINER},
        {"/docker/" ID "/kubepods/burstable/pod" UID, WATCHED_KIND_COUNT},
        {"/kubepods/besteffort/pod" UID, WATCHED_POD},
        {"/kubepods/besteffort", WATCHED_GROUP},
        {"/system.slice/nginx.service", WATCHED_UNIT},
        {"/system.slice/nginx.service/worker", WATCHED_GROUP},
        {"/system.slice", WATCHED_GROUP},
        {"/", WATCHED_GROUP},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(cgroup_list_kind(rows[i].path) == rows[i].kind, "%s: %d", rows[i].path,
            cgroup_list_kind(rows[i].path));
}

UNIT_MAIN("groups", the_table_at_80_columns, no_line_is_longer_than_the_terminal,
          a_name_is_shown_as_the_terminal_can, what_does_not_fit_is_counted, every_column_can_be_sorted_by,
          rows_by_name_are_in_the_order_that_is_seen, the_star_is_explained_where_there_is_one,
          colours_only_where_wanted, the_json, the_metrics, kinds)
