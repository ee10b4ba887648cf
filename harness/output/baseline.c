#include "output/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/units.h"
#include "base/version.h"

#define FAMILY "plimsoll.baseline/"

/* Sixty values twice and a long command line are a few KiB. */
#define FILE_BYTES_MAX ((size_t)MIB)

#define CPUS_MAX        65536
#define INTERVAL_MS_MAX 60000

/* ---- its parts ---- */

enum kind {
    KIND_OBJECT,
    KIND_SCHEMA,       /* looked at before */
    KIND_TOOL,         /* "plimsoll" */
    KIND_CGROUP,       /* "v1", "v2" or "none" */
    KIND_TEXT,         /* not empty */
    KIND_TEXT_OR_NULL, /* likewise */
    KIND_TEXTS,
    KIND_NUMBER, /* whole, from 0 to `most` */
    KIND_VALUES, /* a list of whole bytes */
};

struct field {
    const char *path;
    enum kind kind;
    bool optional;
    size_t offset;
    int64_t most;
};

#define AT(member) offsetof(struct baseline, member)

/* In the order in which they are written. */
/* clang-format off */
static const struct field fields[] = {
    {"created_at",           KIND_TEXT,         false, AT(created_at),   0},
    {"host",                 KIND_OBJECT,       false, 0,                0},
    {"host.architecture",    KIND_TEXT,         false, AT(architecture), 0},
    {"host.cgroup",          KIND_CGROUP,       false, AT(cgroup),       0},
    {"host.cpus",            KIND_NUMBER,       false, AT(cpus),         CPUS_MAX},
    {"host.kernel",          KIND_TEXT,         false, AT(kernel),       0},
    {"host.page_bytes",      KIND_NUMBER,       false, AT(page_bytes),   GIB},
    {"metrics",              KIND_OBJECT,       false, 0,                0},
    {"metrics.needed_bytes", KIND_VALUES,       true,  AT(needed_bytes), 0},
    {"metrics.peak_bytes",   KIND_VALUES,       true,  AT(peak_bytes),   0},
    {"sampling",             KIND_OBJECT,       false, 0,                0},
    {"sampling.interval_ms", KIND_NUMBER,       false, AT(interval_ms),  INTERVAL_MS_MAX},
    {"schema",               KIND_SCHEMA,       false, 0,                0},
    {"target",               KIND_OBJECT,       false, 0,                0},
    {"target.argv",          KIND_TEXTS,        false, AT(argv),         0},
    {"target.image",         KIND_TEXT_OR_NULL, false, AT(image),        0},
    {"target.load",          KIND_TEXT_OR_NULL, false, AT(load),         0},
    {"target.name",          KIND_TEXT,         false, AT(name),         0},
    {"target.ready",         KIND_TEXT_OR_NULL, false, AT(ready),        0},
    {"tool",                 KIND_OBJECT,       false, 0,                0},
    {"tool.name",            KIND_TOOL,         false, 0,                0},
    {"tool.version",         KIND_TEXT,         false, AT(tool_version), 0},
};
/* clang-format on */
#define FIELD_COUNT (sizeof fields / sizeof *fields)

/* What the value of such a key has to be. */
static const char *const expected[] = {
    [KIND_OBJECT] = "an object",
    [KIND_SCHEMA] = "\"plimsoll.baseline/1\"",
    [KIND_TOOL] = "\"plimsoll\"",
    [KIND_CGROUP] = "\"v1\", \"v2\" or \"none\"",
    [KIND_TEXT] = "a text that is not empty",
    [KIND_TEXT_OR_NULL] = "a text that is not empty, or null",
    [KIND_TEXTS] = "a list of texts",
    [KIND_NUMBER] = "a whole number",
    [KIND_VALUES] = "a list of whole bytes, 1 to 60 of them",
};

static void free_texts(char **texts) {
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}

void baseline_free(struct baseline *baseline) {
    free(baseline->created_at);
    free(baseline->tool_version);
    free(baseline->architecture);
    free(baseline->cgroup);
    free(baseline->kernel);
    free(baseline->name);
    free_texts(baseline->argv);
    free(baseline->image);
    free(baseline->load);
    free(baseline->ready);
    *baseline = (struct baseline){0};
}

/* As a JSON text can hold it; NULL stays NULL. */
static char *clean(const char *text) {
    struct strbuf made = {0};
    if (!text)
        return NULL;
    text_add_json(&made, text);
    return made.text ? made.text : text_copy("");
}

static char **clean_all(char *const *texts) {
    size_t count = 0;
    while (texts && texts[count])
        count++;
    char **copies = calloc(count + 1, sizeof *copies);
    if (!copies)
        abort();
    for (size_t i = 0; i < count; i++)
        copies[i] = clean(texts[i]);
    return copies;
}

void baseline_describe(const struct result *result, int64_t interval_ns, struct baseline *ret) {
    *ret = (struct baseline){
        .created_at = text_copy(clock_utc_text().s),
        .tool_version = text_copy(plimsoll_version),
        .architecture = text_copy(result->host.architecture),
        .cgroup = text_copy(result->host.cgroup),
        .kernel = clean(result->host.kernel),
        .cpus = result->host.cpus,
        .page_bytes = result->host.page_bytes,
        .interval_ms = interval_ns / NS_PER_MS,
        .name = clean(result->name),
        .argv = clean_all(result->argv),
        .image = clean(result->image),
        .load = clean(result->load),
        .ready = clean(result->ready),
    };
}

void baseline_add(struct baseline_values *values, int64_t bytes) {
    if (values->count == BASELINE_VALUES_MAX)
        return;
    int at = values->count++;
    for (; at > 0 && values->values[at - 1] > bytes; at--)
        values->values[at] = values->values[at - 1];
    values->values[at] = bytes;
}

/* ---- writing ---- */

static void add_quoted(struct strbuf *out, const char *text) {
    strbuf_add(out, "\"");
    for (const char *at = text; *at; at++) {
        if (*at == '"' || *at == '\\')
            strbuf_addf(out, "\\%c", *at);
        else if ((unsigned char)*at < 0x20)
            strbuf_addf(out, "\\u%04x", (unsigned char)*at);
        else
            strbuf_add_bytes(out, at, 1);
    }
    strbuf_add(out, "\"");
}

static void add_text_or_null(struct strbuf *out, const char *text) {
    if (text)
        add_quoted(out, text);
    else
        strbuf_add(out, "null");
}

static void add_values(struct strbuf *out, const struct baseline_values *values) {
    strbuf_add(out, "[");
    for (int i = 0; i < values->count; i++)
        strbuf_addf(out, "%s\n      %lld", i ? "," : "", (long long)values->values[i]);
    strbuf_add(out, "\n    ]");
}

static void add_texts(struct strbuf *out, char *const *texts) {
    strbuf_add(out, "[");
    for (char *const *text = texts; *text; text++) {
        strbuf_add(out, text == texts ? "\n      " : ",\n      ");
        add_quoted(out, *text);
    }
    strbuf_add(out, *texts ? "\n    ]" : "]");
}

static void add_value(struct strbuf *out, const struct baseline *baseline, const struct field *field) {
    const void *member = (const char *)baseline + field->offset;
    switch (field->kind) {
    case KIND_SCHEMA:
        add_quoted(out, BASELINE_SCHEMA);
        break;
    case KIND_TOOL:
        add_quoted(out, "plimsoll");
        break;
    case KIND_NUMBER:
        strbuf_addf(out, "%lld", (long long)*(const int64_t *)member);
        break;
    case KIND_VALUES:
        add_values(out, member);
        break;
    case KIND_TEXTS:
        add_texts(out, *(char *const *const *)member);
        break;
    default:
        add_text_or_null(out, *(const char *const *)member);
    }
}

static bool is_left_out(const struct baseline *baseline, const struct field *field) {
    const void *member = (const char *)baseline + field->offset;
    return field->kind == KIND_VALUES && ((const struct baseline_values *)member)->count == 0;
}

char *baseline_text(const struct baseline *baseline) {
    struct strbuf out = {0};
    bool inside = false; /* an object within the whole */
    bool first = true;   /* nothing stands before it there */
    strbuf_add(&out, "{");
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const struct field *field = &fields[i];
        const char *dot = strchr(field->path, '.');
        if (is_left_out(baseline, field))
            continue;
        if (inside && !dot) {
            strbuf_add(&out, "\n  }");
            inside = false;
            first = false;
        }
        strbuf_addf(&out, "%s\n%s\"%s\": ", first ? "" : ",", dot ? "    " : "  ",
                    dot ? dot + 1 : field->path);
        first = inside = field->kind == KIND_OBJECT || (inside && dot);
        if (field->kind == KIND_OBJECT) {
            strbuf_add(&out, "{");
            continue;
        }
        first = false;
        add_value(&out, baseline, field);
    }
    strbuf_add(&out, inside ? "\n  }\n}\n" : "\n}\n");
    return out.text;
}

/* ---- reading ---- */

struct reading {
    const char *source;
    struct baseline baseline; /* as far as it has been read */
    struct error *error;
};

static int refuse(const struct reading *reading, const struct node *node, const char *path,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What the file says may be anything: it is made harmless. */
static int refuse(const struct reading *reading, const struct node *node, const char *path,
                  const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *why = text_format_list(format, arguments);
    va_end(arguments);
    struct strbuf shown = {0};
    struct strbuf where = {0};
    text_add_visible(&where, path);
    text_add_visible(&shown, why);
    free(why);
    error_plain(reading->error, -EINVAL, "%s:%d: %.200s%s%.400s", reading->source, node->line,
                strbuf_text(&where), *path ? ": " : "", strbuf_text(&shown));
    strbuf_free(&shown);
    strbuf_free(&where);
    return -EINVAL;
}

static bool is_text(const struct node *node) {
    return node->kind == NODE_SCALAR && node->form == FORM_DOUBLE_QUOTED && !node->has_nul && node->text;
}

static bool is_full(const struct node *node) {
    return is_text(node) && node->text && *node->text;
}

static const char *describe(const struct node *node) {
    if (node->kind == NODE_MAP)
        return "an object";
    if (node->kind == NODE_LIST)
        return node->first ? "a list" : "an empty list";
    if (node->form == FORM_DOUBLE_QUOTED)
        return node->has_nul ? "a text with a NUL in it" : is_full(node) ? "a text" : "an empty text";
    return node->text && *node->text ? node->text : "nothing";
}

static int refuse_value(const struct reading *reading, const struct node *node, const char *path,
                        const char *wanted) {
    return refuse(reading, node, path, "%.100s; it has to be %s", describe(node), wanted);
}

/* Digits alone: what is written here has neither sign, fraction nor exponent. */
static bool read_whole(const struct node *node, int64_t *ret) {
    int64_t number = 0;
    bool digits = node->kind == NODE_SCALAR && node->form == FORM_PLAIN && node->text && *node->text;
    for (const char *at = digits ? node->text : ""; *at; at++) {
        if (*at < '0' || *at > '9' || number > (INT64_MAX - 9) / 10)
            return false;
        number = number * 10 + (*at - '0');
    }
    if (!digits || (node->text[0] == '0' && node->text[1]))
        return false;
    *ret = number;
    return true;
}

static int read_values(const struct reading *reading, const char *path, const struct node *list,
                       struct baseline_values *ret) {
    int index = 0;
    if (list->kind != NODE_LIST || !list->first)
        return refuse_value(reading, list, path, expected[KIND_VALUES]);
    for (const struct node *item = list->first; item; item = item->next, index++) {
        int64_t bytes = 0;
        CLEANUP_FREE char *name = text_format("%s[%d]", path, index);
        if (index == BASELINE_VALUES_MAX)
            return refuse(reading, item, path, "more than %d values", BASELINE_VALUES_MAX);
        if (!read_whole(item, &bytes))
            return refuse_value(reading, item, name, "whole bytes");
        if (bytes < 1 || bytes > BASELINE_BYTES_MAX)
            return refuse(reading, item, name, "%s bytes; it has to be from 1 to %lld", item->text,
                          (long long)BASELINE_BYTES_MAX);
        baseline_add(ret, bytes);
    }
    return 0;
}

static int read_texts(const struct reading *reading, const char *path, const struct node *list, char ***ret) {
    size_t count = 0;
    if (list->kind != NODE_LIST)
        return refuse_value(reading, list, path, expected[KIND_TEXTS]);
    for (const struct node *item = list->first; item; item = item->next, count++)
        if (!is_text(item))
            return refuse_value(reading, item, path, expected[KIND_TEXTS]);
    char **texts = calloc(count + 1, sizeof *texts);
    if (!texts)
        abort();
    count = 0;
    for (const struct node *item = list->first; item; item = item->next)
        texts[count++] = text_copy(item->text);
    *ret = texts;
    return 0;
}

static int read_text(const struct reading *reading, const struct field *field, const struct node *node,
                     char **ret) {
    bool known = is_full(node);
    if (known && field->kind == KIND_TOOL)
        known = strcmp(node->text, "plimsoll") == 0;
    if (known && field->kind == KIND_CGROUP)
        known =
            strcmp(node->text, "v1") == 0 || strcmp(node->text, "v2") == 0 || strcmp(node->text, "none") == 0;
    if (!known)
        return refuse_value(reading, node, field->path, expected[field->kind]);
    if (ret)
        *ret = text_copy(node->text);
    return 0;
}

static int read_object(struct reading *reading, const char *path, const struct node *object);

static int read_value(struct reading *reading, const struct field *field, const struct node *node) {
    void *member = (char *)&reading->baseline + field->offset;
    bool null = node->kind == NODE_SCALAR && node->form == FORM_PLAIN && node->text &&
                strcmp(node->text, "null") == 0;
    switch (field->kind) {
    case KIND_OBJECT:
        return read_object(reading, field->path, node);
    case KIND_SCHEMA:
        return 0;
    case KIND_VALUES:
        return read_values(reading, field->path, node, member);
    case KIND_TEXTS:
        return read_texts(reading, field->path, node, member);
    case KIND_NUMBER:
        if (!read_whole(node, member) || *(int64_t *)member > field->most)
            return refuse(reading, node, field->path, "%.100s; it has to be a whole number up to %lld",
                          describe(node), (long long)field->most);
        return 0;
    case KIND_TOOL:
        return read_text(reading, field, node, NULL);
    default:
        return null && field->kind == KIND_TEXT_OR_NULL ? 0 : read_text(reading, field, node, member);
    }
}

/* The part of a field's path that is its key, where it is directly in the object at `path`; else NULL. */
static const char *key_in(const struct field *field, const char *path) {
    size_t length = strlen(path);
    if (length && (!text_starts_with(field->path, path) || field->path[length] != '.'))
        return NULL;
    const char *key = field->path + (length ? length + 1 : 0);
    return strchr(key, '.') ? NULL : key;
}

static const struct field *find_field(const char *path, const char *name) {
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const char *key = key_in(&fields[i], path);
        if (key && strcmp(key, name) == 0)
            return &fields[i];
    }
    return NULL;
}

/* Each of its keys is known and there once; none that it needs is missing. */
static int read_object(struct reading *reading, const char *path, const struct node *object) {
    const struct node *seen[FIELD_COUNT] = {0};
    if (object->kind != NODE_MAP)
        return refuse_value(reading, object, path, expected[KIND_OBJECT]);
    for (const struct node *name = object->first; name; name = name->next->next) {
        const struct field *field = is_text(name) ? find_field(path, name->text) : NULL;
        CLEANUP_FREE char *whole =
            text_format("%s%s%s", path, *path ? "." : "", name->text ? name->text : "");
        if (!field)
            return refuse(reading, name, whole, "unknown key; this program writes no such");
        if (seen[field - fields])
            return refuse(reading, name, whole, "given twice, first at line %d", seen[field - fields]->line);
        seen[field - fields] = name;
        int code = read_value(reading, field, name->next);
        if (code < 0)
            return code;
    }
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (key_in(&fields[i], path) && !fields[i].optional && !seen[i])
            return refuse(reading, object, fields[i].path, "missing; it has to be %s",
                          expected[fields[i].kind]);
    return 0;
}

/* Before anything else: what is no baseline is not told of unknown keys. */
static int check_schema(const struct reading *reading, const struct node *root) {
    struct node *schema = NULL;
    if (root->kind != NODE_MAP)
        return refuse(reading, root, "", "%.100s; a baseline is an object", describe(root));
    int code = tree_lookup(root, "schema", reading->source, NULL, &schema, reading->error);
    if (code < 0)
        return code;
    if (!schema)
        return refuse(reading, root, "schema", "missing, so this is no baseline; it has to be %s",
                      expected[KIND_SCHEMA]);
    if (!is_text(schema))
        return refuse_value(reading, schema, "schema", expected[KIND_SCHEMA]);
    if (strcmp(schema->text, BASELINE_SCHEMA) == 0)
        return 0;
    if (text_starts_with(schema->text, FAMILY)) {
        code = refuse(reading, schema, "",
                      "schema is %.100s, made by another version; this one (%s) reads " BASELINE_SCHEMA,
                      schema->text, plimsoll_version);
        error_advise(reading->error,
                     "update plimsoll to the version that pinned it (tool_version), or pin it "
                     "again with --update-baseline");
        return code;
    }
    return refuse(reading, schema, "", "schema is %.100s, which is no baseline; this program reads %s",
                  schema->text, BASELINE_SCHEMA);
}

static int check_whole(const struct reading *reading, const struct node *root) {
    const struct baseline *baseline = &reading->baseline;
    if (baseline->needed_bytes.count == 0 && baseline->peak_bytes.count == 0)
        return refuse(reading, root, "metrics", "no values; there has to be needed_bytes or peak_bytes");
    if (baseline->cpus < 1 || baseline->page_bytes < 1)
        return refuse(reading, root, baseline->cpus < 1 ? "host.cpus" : "host.page_bytes",
                      "0; it has to be 1 at least");
    if (!baseline->argv[0] && !baseline->image)
        return refuse(reading, root, "target", "neither argv nor image; one of them is what is run");
    return 0;
}

/* NULL: there is nothing in it. */
static int read_root(struct reading *reading, const struct node *root) {
    if (!root)
        return error_plain(reading->error, -EINVAL, "%s: nothing in it", reading->source);
    int code = check_schema(reading, root);
    if (code == 0)
        code = read_object(reading, "", root);
    return code == 0 ? check_whole(reading, root) : code;
}

int baseline_parse(const char *text, size_t length, const char *source, struct baseline *ret,
                   struct error *error) {
    struct tree tree = {0};
    struct reading reading = {.source = source, .error = error};
    if (text[strspn(text, " \t\r\n")] == '\0' && strlen(text) == length)
        return error_plain(error, -EINVAL, "%s: empty; a baseline is JSON, schema " BASELINE_SCHEMA, source);
    int code = tree_parse_json(text, length, source, &tree, error);
    if (code == 0)
        code = read_root(&reading, tree.first);
    tree_free(&tree);
    if (code < 0)
        baseline_free(&reading.baseline);
    else
        *ret = reading.baseline;
    return code < 0 ? -EINVAL : 0;
}

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t\r\n");
}

/* Of what is no JSON: does it say so as its first key, or on a line as this program writes it? */
static bool begins_like_one(const char *text) {
    static const char key[] = "\"schema\"";
    const char *at = skip_blanks(text);
    if (*at != '{')
        return false;
    if (strstr(text, "\n  \"schema\": \"" FAMILY))
        return true;
    at = skip_blanks(at + 1);
    if (!text_starts_with(at, key))
        return false;
    at = skip_blanks(at + strlen(key));
    return *at == ':' && text_starts_with(skip_blanks(at + 1), "\"" FAMILY);
}

/* Says of itself that it is a baseline, of whatever version and however broken: may it be replaced? That the
 * word is somewhere within, as in a description of baselines, does not count. */
static bool is_baseline(const char *text, size_t length) {
    struct tree tree = {0};
    struct error error;
    struct node *schema = NULL;
    if (tree_parse_json(text, length, "", &tree, &error) < 0)
        return begins_like_one(text);
    bool is_one = tree.first && tree.first->kind == NODE_MAP &&
                  tree_lookup(tree.first, "schema", "", NULL, &schema, &error) == 0 && schema &&
                  is_text(schema) && text_starts_with(schema->text, FAMILY);
    tree_free(&tree);
    return is_one;
}

/* ---- can they be compared? ---- */

static bool same(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_all(char *const *a, char *const *b) {
    while (*a && *b && strcmp(*a, *b) == 0) {
        a++;
        b++;
    }
    return !*a && !*b;
}

/* "what: there this, here that" */
static int refuse_other(const char *path, const char *what, const char *there, const char *here,
                        struct error *error) {
    struct strbuf first = {0};
    struct strbuf second = {0};
    text_add_visible(&first, there ? there : "(none)");
    text_add_visible(&second, here ? here : "(none)");
    error_plain(error, -EINVAL, "%s: pinned for %s %.300s, but this is %.300s", path, what,
                strbuf_text(&first), strbuf_text(&second));
    strbuf_free(&first);
    strbuf_free(&second);
    return -EINVAL;
}

static int check_target(const struct baseline *pinned, const struct baseline *measured, const char *path,
                        struct error *error) {
    if (!same(pinned->name, measured->name))
        return refuse_other(path, "the target", pinned->name, measured->name, error);
    if (!same(pinned->image, measured->image))
        return refuse_other(path, "the image", pinned->image, measured->image, error);
    if (!same(pinned->load, measured->load))
        return refuse_other(path, "the load", pinned->load, measured->load, error);
    if (!same(pinned->ready, measured->ready))
        return refuse_other(path, "--ready", pinned->ready, measured->ready, error);
    if (same_all(pinned->argv, measured->argv))
        return 0;
    CLEANUP_FREE char *there = text_command_line(pinned->argv);
    CLEANUP_FREE char *here = text_command_line(measured->argv);
    return refuse_other(path, "the command", there, here, error);
}

static int check_machine(const struct baseline *pinned, const struct baseline *measured, const char *path,
                         struct error *error) {
    if (!same(pinned->cgroup, measured->cgroup))
        return refuse_other(path, "cgroup", pinned->cgroup, measured->cgroup, error);
    if (!*measured->architecture)
        return error_plain(error, -EINVAL,
                           "%s: pinned for the architecture %s, and the result does not tell its own", path,
                           pinned->architecture);
    if (!same(pinned->architecture, measured->architecture))
        return refuse_other(path, "the architecture", pinned->architecture, measured->architecture, error);
    if (pinned->page_bytes == measured->page_bytes)
        return 0;
    return refuse_other(path, "pages of", bytes_text(pinned->page_bytes).s,
                        bytes_text(measured->page_bytes).s, error);
}

int baseline_check_fits(const struct baseline *pinned, const struct baseline *measured, const char *path,
                        struct error *error) {
    if (check_target(pinned, measured, path, error) < 0) {
        error_advise(error, "one baseline for each target: plimsoll check --update-baseline --baseline "
                            "OTHER-FILE -- TARGET makes one");
        return -EINVAL;
    }
    if (check_machine(pinned, measured, path, error) < 0) {
        error_advise(error, "one baseline for each kind of machine: plimsoll check --update-baseline "
                            "--baseline OTHER-FILE -- TARGET makes one here");
        return -EINVAL;
    }
    return 0;
}

char *baseline_differences(const struct baseline *pinned, const struct baseline *measured) {
    struct strbuf text = {0};
    if (pinned->cpus != measured->cpus)
        strbuf_addf(&text, "%lld CPU%s (here %lld)", (long long)pinned->cpus, pinned->cpus == 1 ? "" : "s",
                    (long long)measured->cpus);
    if (!same(pinned->kernel, measured->kernel))
        strbuf_addf(&text, "%sLinux %s (here %s)", text.length ? ", " : "", pinned->kernel, measured->kernel);
    if (measured->interval_ms && pinned->interval_ms != measured->interval_ms)
        strbuf_addf(&text, "%sreadings each %lld ms (here %lld)", text.length ? ", " : "",
                    (long long)pinned->interval_ms, (long long)measured->interval_ms);
    return text.text;
}

/* ---- the file ---- */

int baseline_read(const char *path, struct baseline *ret, struct error *error) {
    CLEANUP_FREE char *text = NULL;
    size_t length = 0;
    error->advice[0] = '\0';
    int code = file_read_named("--baseline", path, "baseline", FILE_BYTES_MAX, &text, &length, error);
    if (code < 0)
        return code;
    code = baseline_parse(text, length, path, ret, error);
    if (code < 0 && !error->advice[0])
        error_advise(error, "restore it from version control, or pin it again with --update-baseline");
    return code;
}

int baseline_check_writable(const char *path, struct error *error) {
    CLEANUP_FREE char *text = NULL;
    struct error inner = {0};
    size_t length = 0;
    int code = file_read_named("--baseline", path, "baseline", FILE_BYTES_MAX, &text, &length, error);
    if (code < 0 && code != -ENOENT)
        return code;
    if (code == 0 && length > 0 && !is_baseline(text, length))
        return error_plain(error, -EINVAL,
                           "--baseline %s: there is something else in it, which would be lost; give another "
                           "file, or remove it",
                           path);
    code = file_check_writable(path, &inner);
    return code < 0 ? error_plain(error, code, "--baseline %s: %.1000s", path, inner.what) : 0;
}

int baseline_write(const char *path, const struct baseline *baseline, struct error *error) {
    CLEANUP_FREE char *text = baseline_text(baseline);
    CLEANUP_FREE char *real = realpath(path, NULL);
    CLEANUP_FREE char *whole = text_copy(real ? real : path);
    CLEANUP_FREE char *copy = text_copy(whole);
    const char *folder = dirname(copy);
    const char *slash = strrchr(whole, '/');
    CLEANUP_CLOSE int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0)
        return error_system(error, -errno, "--baseline %s: cannot open the folder %s", path, folder);
    return file_replace_at(dirfd, slash ? slash + 1 : whole, text, strlen(text), error);
}
