#include "cli/scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <math.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/units.h"
#include "cli/options.h"

#define BYTES_MAX   ((size_t)MIB)
#define WRITTEN_MAX 60

/* What a value can be. A number is whole where it has no fraction, however it is written. */
enum json {
    JSON_NULL = 1 << 0,
    JSON_TRUTH = 1 << 1,
    JSON_TEXT = 1 << 2,
    JSON_WHOLE = 1 << 3,
    JSON_FRACTION = 1 << 4,
    JSON_LIST = 1 << 5,
    JSON_OBJECT = 1 << 6,
};
#define JSON_NUMBER (JSON_WHOLE | JSON_FRACTION)

/* What a key wants. */
struct shape {
    unsigned takes;
    unsigned items;   /* of a list, or of an object with keys of any name; 0: looked at elsewhere */
    const char *give; /* "give " this */
    const char *item; /* the same for one item */
};

static const struct shape shape_text = {JSON_TEXT, 0, "a text", NULL};
static const struct shape shape_whole = {JSON_WHOLE, 0, "a whole number", NULL};
static const struct shape shape_number = {JSON_NUMBER | JSON_TEXT, 0, "a number or a text", NULL};
static const struct shape shape_truth = {JSON_TRUTH, 0, "true or false", NULL};
static const struct shape shape_quantity = {JSON_WHOLE | JSON_TEXT, 0,
                                            "whole bytes, or a text like \"512Mi\"", NULL};
static const struct shape shape_duration = {JSON_TEXT, 0, "a duration in a text, like \"10s\"", NULL};
static const struct shape shape_port = {JSON_WHOLE | JSON_TEXT, 0, "a port or a text", NULL};
static const struct shape shape_texts = {JSON_LIST, JSON_TEXT, "a list of texts", "a text"};
static const struct shape shape_steps = {JSON_LIST, JSON_TEXT | JSON_NUMBER, "a list of texts or numbers",
                                         "a text or a number"};
static const struct shape shape_codes = {JSON_WHOLE | JSON_LIST | JSON_TEXT, JSON_WHOLE,
                                         "a whole number, a list of them, or a text like \"0,10-12\"",
                                         "a whole number"};
static const struct shape shape_variables = {JSON_OBJECT, JSON_TEXT | JSON_NUMBER,
                                             "an object of texts or numbers", "a text or a number"};
static const struct shape shape_object = {JSON_OBJECT, 0, "an object", NULL};
static const struct shape shape_text_or_object = {JSON_TEXT | JSON_OBJECT, 0, "a text or an object", NULL};

struct reading {
    const char *text;
    struct scenario scenario; /* as far as it has been read */
    struct error *error;
};

/* One key with its value, where they stand. */
struct given {
    const struct key *key;
    const char *path; /* the key's, "" of the whole */
    const struct node *value;
};

struct key {
    const char *path;
    const struct shape *shape;
    const char *option;
    /* Its value has the shape; what is to come of it? */
    int (*take)(struct reading *reading, const struct given *given);
};

static int take_nothing(struct reading *reading, const struct given *given);
static int take_value(struct reading *reading, const struct given *given);
static int take_for_leak(struct reading *reading, const struct given *given);
static int take_path(struct reading *reading, const struct given *given);
static int take_cwd(struct reading *reading, const struct given *given);
static int take_unless(struct reading *reading, const struct given *given);
static int take_list(struct reading *reading, const struct given *given);
static int take_each(struct reading *reading, const struct given *given);
static int take_volumes(struct reading *reading, const struct given *given);
static int take_variables(struct reading *reading, const struct given *given);
static int take_argv(struct reading *reading, const struct given *given);
static int take_kind(struct reading *reading, const struct given *given);
static int take_object(struct reading *reading, const struct given *given);
static int take_load(struct reading *reading, const struct given *given);
static int take_ready(struct reading *reading, const struct given *given);

/* clang-format off */
static const struct key keys[] = {
    {"schema",              &shape_text,      NULL,               take_nothing}, /* looked at before */
    {"name",                &shape_text,      "--name",           take_value},

    {"target",              &shape_object,    NULL,               take_object},
    {"target.argv",         &shape_texts,     NULL,               take_argv},
    {"target.image",        &shape_text,      "--image",          take_value},
    {"target.env",          &shape_variables, "--env",            take_variables},
    {"target.cwd",          &shape_text,      "--cwd",            take_cwd},
    {"target.user",         &shape_text,      "--user",           take_value},
    {"target.stdin",        &shape_text,      "--stdin",          take_path},
    {"target.stop_signal",  &shape_text,      "--stop-signal",    take_value},
    {"target.grace",        &shape_duration,  "--grace",          take_value},
    {"target.for",          &shape_duration,  "--for",            take_value},
    {"target.timeout",      &shape_duration,  "--timeout",        take_value},
    {"target.success",      &shape_codes,     "--success",        take_list},
    {"target.max",          &shape_quantity,  "--max",            take_value},
    {"target.swap",         &shape_quantity,  "--swap",           take_value},
    {"target.oom_group",    &shape_truth,     "--no-oom-group",   take_unless},
    {"target.interval",     &shape_duration,  "--interval",       take_value},
    {"target.engine",       &shape_text,      "--engine",         take_value},
    {"target.publish",      &shape_texts,     "--publish",        take_each},
    {"target.volumes",      &shape_texts,     "--volume",         take_volumes},
    {"target.entrypoint",   &shape_text,      "--entrypoint",     take_value},
    {"target.network",      &shape_text,      "--network",        take_value},

    {"load",                &shape_text_or_object, "--load",      take_load},
    {"load.command",        &shape_text,      "--load",           take_value},
    {"load.steps",          &shape_steps,     "--load-steps",     take_list},
    {"load.cycles",         &shape_whole,     "--cycles",         take_value},
    {"load.warmup",         &shape_duration,  "--warmup",         take_value},
    {"load.cooldown",       &shape_duration,  "--cooldown",       take_value},
    {"load.format",         &shape_text,      "--load-format",    take_value},
    {"load.rate",           &shape_text,      "--load-rate",      take_value},

    {"ready",               &shape_text_or_object, "--ready",     take_ready},
    {"ready.tcp",           &shape_port,      "--ready",          take_kind},
    {"ready.http",          &shape_text,      "--ready",          take_kind},
    {"ready.file",          &shape_text,      "--ready",          take_kind},
    {"ready.log",           &shape_text,      "--ready",          take_kind},
    {"ready.exec",          &shape_text,      "--ready",          take_kind},
    {"ready.after",         &shape_duration,  "--ready",          take_kind},
    {"ready.timeout",       &shape_duration,  "--ready-timeout",  take_value},

    {"search",              &shape_object,    NULL,               take_object},
    {"search.precision",    &shape_number,    "--precision",      take_value},
    {"search.confirm",      &shape_whole,     "--confirm",        take_value},
    {"search.strategy",     &shape_text,      "--strategy",       take_value},
    {"search.jobs",         &shape_whole,     "--jobs",           take_value},
    {"search.max_slowdown", &shape_number,    "--max-slowdown",   take_value},
    {"search.budget",       &shape_duration,  "--budget",         take_value},

    {"sizing",              &shape_object,    NULL,               take_object},
    {"sizing.headroom",     &shape_number,    "--headroom",       take_value},
    {"sizing.qos",          &shape_text,      "--qos",            take_value},
    {"sizing.cpu",          &shape_number,    "--cpu",            take_value},
    {"sizing.role",         &shape_text,      "--container-role", take_value},
    {"sizing.node_memory",  &shape_quantity,  "--node-memory",    take_value},
    {"sizing.prove",        &shape_whole,     "--prove",          take_value},

    {"leak",                &shape_object,    NULL,               take_object},
    {"leak.cycles",         &shape_whole,     "--cycles",         take_for_leak},

    {"budgets",                       &shape_object,   NULL,      take_object},
    {"budgets.limit_bytes",           &shape_quantity, "--budget-limit", take_value},
    {"budgets.peak_bytes",            &shape_quantity, "--budget-peak", take_value},
    {"budgets.needed_bytes",          &shape_quantity, "--budget-needed", take_value},
    {"budgets.growth_bytes_per_hour", &shape_quantity, "--budget-growth", take_value},
};
/* clang-format on */
#define KEY_COUNT (sizeof keys / sizeof *keys)

/* ---- messages ---- */

/* What the file says may be anything: it is made harmless. */
static int say_where(const char *source, int line, const char *path, const char *why, struct error *error) {
    struct strbuf where = {0};
    struct strbuf visible = {0};
    text_add_visible(&where, path);
    text_add_visible(&visible, why);
    error_plain(error, -EINVAL, "%s:%d: %.200s%s%s", source, line, strbuf_text(&where), *path ? ": " : "",
                strbuf_text(&visible));
    strbuf_free(&where);
    strbuf_free(&visible);
    return -EINVAL;
}

static int refuse(const struct reading *reading, const struct node *node, const char *path,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

static int refuse(const struct reading *reading, const struct node *node, const char *path,
                  const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *why = text_format_list(format, arguments);
    va_end(arguments);
    say_where(reading->scenario.source, node->line, path, why, reading->error);
    free(why);
    return -EINVAL;
}

/* The value as the file has it: on one line, and cut where it is long. */
static char *written(const struct reading *reading, const struct node *value) {
    struct strbuf line = {0};
    bool after_blank = false;
    for (size_t at = value->start; at < value->end; at++) {
        char byte = reading->text[at];
        bool blank = strchr(" \t\r\n", byte) != NULL;
        bool inside_character = (byte & 0xc0) == 0x80;
        if (line.length >= WRITTEN_MAX && !inside_character) {
            strbuf_add(&line, "...");
            break;
        }
        if (!blank)
            strbuf_add_bytes(&line, &byte, 1);
        else if (!after_blank)
            strbuf_add(&line, " ");
        after_blank = blank;
    }
    struct strbuf visible = {0};
    text_add_visible(&visible, strbuf_text(&line));
    strbuf_free(&line);
    return visible.text ? visible.text : text_copy("");
}

int scenario_refuse(const struct scenario *scenario, const struct scenario_word *word, const char *why,
                    struct error *error) {
    size_t length = strlen(word->value);
    bool begins = length && text_starts_with(why, word->value) && why[length] == ':';
    CLEANUP_FREE char *told = begins ? text_format("%s%s", word->written, why + length) : text_copy(why);
    return say_where(scenario->source, word->line, word->key, told, error);
}

/* The keys of the object at `path`, without it; there is room for all that there are. */
static size_t names_in(const char *path, const char **ret_names) {
    size_t count = 0;
    size_t length = *path ? strlen(path) + 1 : 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        bool inside =
            length == 0 || (text_starts_with(keys[i].path, path) && keys[i].path[length - 1] == '.');
        if (inside && !strchr(keys[i].path + length, '.'))
            ret_names[count++] = keys[i].path + length;
    }
    return count;
}

/* The whole path of a key of that name in whatever object; NULL: there is none. */
static const char *place_of(const char *name) {
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const char *dot = strrchr(keys[i].path, '.');
        if (strcmp(dot ? dot + 1 : keys[i].path, name) == 0)
            return keys[i].path;
    }
    return NULL;
}

static int refuse_unknown(const struct reading *reading, const struct node *name, const char *parent,
                          const char *path) {
    const char *names[KEY_COUNT];
    size_t count = names_in(parent, names);
    const char *nearest = options_nearest(name->text, names, count);
    if (!nearest)
        nearest = place_of(name->text);
    if (nearest)
        return refuse(reading, name, path, "unknown key; did you mean %s?", nearest);
    struct strbuf all = {0};
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    refuse(reading, name, path, "unknown key; there are %s", strbuf_text(&all));
    strbuf_free(&all);
    return -EINVAL;
}

/* ---- shapes ---- */

/* Of a number as JSON writes it. */
static bool is_whole(const char *number) {
    double value = strtod(number, NULL);
    return isfinite(value) && value == floor(value);
}

static enum json json_of(const struct node *node) {
    if (node->kind == NODE_MAP)
        return JSON_OBJECT;
    if (node->kind == NODE_LIST)
        return JSON_LIST;
    if (node->form == FORM_DOUBLE_QUOTED)
        return JSON_TEXT;
    if (node_is_null(node))
        return JSON_NULL;
    if (*node->text == 't' || *node->text == 'f')
        return JSON_TRUTH;
    return is_whole(node->text) ? JSON_WHOLE : JSON_FRACTION;
}

static const char *describe(const struct node *node, unsigned wanted) {
    switch (json_of(node)) {
    case JSON_NULL:
        return "null";
    case JSON_TRUTH:
        return *node->text == 't' ? "true" : "false";
    case JSON_TEXT:
        return "a text";
    case JSON_FRACTION:
        return wanted & JSON_WHOLE ? "a fraction" : "a number";
    case JSON_WHOLE:
        return "a number";
    case JSON_LIST:
        return node->first ? "a list" : "an empty list";
    case JSON_OBJECT:
        return "an object";
    }
    return "unknown";
}

static int check_form(const struct reading *reading, const char *path, const struct node *value,
                      unsigned takes, const char *give) {
    bool empty = value->kind == NODE_LIST && !value->first;
    if (!(json_of(value) & takes) || empty)
        return refuse(reading, value, path, "%s; give %s", describe(value, takes), give);
    if (value->has_nul)
        return refuse(reading, value, path, "a NUL character is in it, which no program can be given");
    return 0;
}

/* The keys of an object, of which no two may be the same. */
static int compare_texts(const void *left, const void *right) {
    return strcmp(((const struct node *)left)->text, ((const struct node *)right)->text);
}

static void keep_node(void *node) {
    (void)node;
}

static int check_names(const struct reading *reading, const char *path, const struct node *object) {
    void *seen = NULL;
    int code = 0;
    for (struct node *name = object->first; name && code == 0; name = name->next->next) {
        CLEANUP_FREE char *whole = text_format("%s%s%s", path, *path ? "." : "", name->text);
        struct node **found = tsearch(name, &seen, compare_texts);
        if (!found)
            abort();
        if (name->has_nul)
            code = refuse(reading, name, whole, "a NUL character is in this key");
        else if (*found != name)
            code = refuse(reading, name, whole, "given twice, first at line %d", (*found)->line);
    }
    tdestroy(seen, keep_node);
    return code;
}

/* The items of a list, or of an object whose keys may have any name. */
static int check_items(const struct reading *reading, const char *path, const struct node *value,
                       const struct shape *shape) {
    size_t index = 0;
    bool list = value->kind == NODE_LIST;
    int code = list ? 0 : check_names(reading, path, value);
    for (const struct node *at = value->first; at && code == 0; at = at->next, index++) {
        const struct node *name = at;
        at = list ? at : at->next;
        CLEANUP_FREE char *item =
            list ? text_format("%s[%zu]", path, index) : text_format("%s.%s", path, name->text);
        code = check_form(reading, item, at, shape->items, shape->item);
    }
    return code;
}

static int check_shape(const struct reading *reading, const char *path, const struct node *value,
                       const struct shape *shape) {
    int code = check_form(reading, path, value, shape->takes, shape->give);
    bool items = shape->items && (value->kind == NODE_LIST || value->kind == NODE_MAP);
    return code == 0 && items ? check_items(reading, path, value, shape) : code;
}

/* ---- what comes of a value ---- */

/* The value of a key; of two, the first. NULL: there is none. */
static const struct node *lookup(const struct node *object, const char *key) {
    for (const struct node *name = object->first; name; name = name->next->next)
        if (strcmp(name->text, key) == 0)
            return name->next;
    return NULL;
}

/* Takes over `value`. */
static struct scenario_word *add_word(struct reading *reading, const struct given *given, char *value,
                                      const struct node *where) {
    struct scenario *scenario = &reading->scenario;
    size_t size = (scenario->word_count + 1) * sizeof *scenario->words;
    struct scenario_word *grown = realloc(scenario->words, size);
    if (!grown)
        abort();
    scenario->words = grown;
    struct scenario_word *word = &grown[scenario->word_count++];
    *word = (struct scenario_word){
        .option = given->key->option,
        .value = value,
        .key = text_copy(given->path),
        .written = written(reading, where),
        .line = where->line,
    };
    return word;
}

static int take_nothing(struct reading *reading, const struct given *given) {
    (void)reading;
    (void)given;
    return 0;
}

static int take_value(struct reading *reading, const struct given *given) {
    add_word(reading, given, text_copy(given->value->text), given->value);
    return 0;
}

static int take_for_leak(struct reading *reading, const struct given *given) {
    add_word(reading, given, text_copy(given->value->text), given->value)->only = "leak";
    return 0;
}

/* Relative to the scenario's folder. */
static char *absolute(const struct reading *reading, const char *path) {
    bool whole = *path == '/' || *path == '\0';
    return whole ? text_copy(path) : text_format("%s/%s", reading->scenario.folder, path);
}

static int take_path(struct reading *reading, const struct given *given) {
    add_word(reading, given, absolute(reading, given->value->text), given->value);
    return 0;
}

/* A flag that says the opposite. */
static int take_unless(struct reading *reading, const struct given *given) {
    if (strcmp(given->value->text, "false") == 0)
        add_word(reading, given, text_copy(""), given->value);
    return 0;
}

/* One option with all items between commas, or with the value where it is no list. */
static int take_list(struct reading *reading, const struct given *given) {
    if (given->value->kind != NODE_LIST)
        return take_value(reading, given);
    struct strbuf list = {0};
    size_t index = 0;
    for (const struct node *item = given->value->first; item; item = item->next, index++) {
        if (!*item->text || strchr(item->text, ',')) {
            CLEANUP_FREE char *path = text_format("%s[%zu]", given->path, index);
            strbuf_free(&list);
            return refuse(reading, item, path, *item->text ? "no comma can be in it" : "empty");
        }
        strbuf_addf(&list, "%s%s", index ? "," : "", item->text);
    }
    add_word(reading, given, list.text, given->value);
    return 0;
}

/* The option once for each item. */
static int take_each(struct reading *reading, const struct given *given) {
    for (const struct node *item = given->value->first; item; item = item->next)
        add_word(reading, given, text_copy(item->text), item);
    return 0;
}

/* Of an image it is a folder in there. */
static int take_cwd(struct reading *reading, const struct given *given) {
    bool inside = lookup(given->value->parent, "image") != NULL;
    return inside ? take_value(reading, given) : take_path(reading, given);
}

/* "./data:/data" is a path here; without a dot it is the name of a volume. */
static int take_volumes(struct reading *reading, const struct given *given) {
    for (const struct node *item = given->value->first; item; item = item->next) {
        bool relative = text_starts_with(item->text, "./") || text_starts_with(item->text, "../");
        add_word(reading, given, relative ? absolute(reading, item->text) : text_copy(item->text), item);
    }
    return 0;
}

static int take_variables(struct reading *reading, const struct given *given) {
    const struct node *value;
    for (const struct node *name = given->value->first; name; name = value->next) {
        value = name->next;
        CLEANUP_FREE char *path = text_format("%s.%s", given->path, name->text);
        if (!*name->text || strchr(name->text, '='))
            return refuse(reading, name, path, "the name of a variable is not empty and has no = in it");
        const struct given variable = {given->key, path, value};
        add_word(reading, &variable, text_format("%s=%s", name->text, value->text), value);
    }
    return 0;
}

static int take_argv(struct reading *reading, const struct given *given) {
    size_t count = 0;
    for (const struct node *item = given->value->first; item; item = item->next)
        count++;
    char **argv = calloc(count + 1, sizeof *argv);
    if (!argv)
        abort();
    count = 0;
    for (const struct node *item = given->value->first; item; item = item->next)
        argv[count++] = text_copy(item->text);
    reading->scenario.argv = argv;
    return 0;
}

/* {"tcp": 6379} is tcp:6379. */
static int take_kind(struct reading *reading, const struct given *given) {
    const char *kind = strrchr(given->path, '.') + 1;
    add_word(reading, given, text_format("%s:%s", kind, given->value->text), given->value);
    return 0;
}

/* ---- objects ---- */

static const struct key *find_key(const char *path) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(keys[i].path, path) == 0)
            return &keys[i];
    return NULL;
}

static int take_entry(struct reading *reading, const char *parent, const struct node *name) {
    const struct node *value = name->next;
    const char *text = *name->text ? name->text : "\"\"";
    CLEANUP_FREE char *path = text_format("%s%s%s", parent, *parent ? "." : "", text);
    const struct given given = {strchr(text, '.') ? NULL : find_key(path), path, value};
    if (!given.key)
        return refuse_unknown(reading, name, parent, path);
    int code = check_shape(reading, path, value, given.key->shape);
    return code < 0 ? code : given.key->take(reading, &given);
}

static int take_object(struct reading *reading, const struct given *given) {
    int code = check_names(reading, given->path, given->value);
    for (const struct node *name = given->value->first; name && code == 0; name = name->next->next)
        code = take_entry(reading, given->path, name);
    return code;
}

static int take_load(struct reading *reading, const struct given *given) {
    if (given->value->kind == NODE_SCALAR)
        return take_value(reading, given);
    int code = take_object(reading, given);
    if (code == 0 && !lookup(given->value, "command"))
        code = refuse(reading, given->value, given->path, "no command in it; give what drives the target");
    return code;
}

/* Of the kinds of readiness there is to be one. */
static int take_ready(struct reading *reading, const struct given *given) {
    if (given->value->kind == NODE_SCALAR)
        return take_value(reading, given);
    int code = take_object(reading, given);
    const char *first = NULL;
    for (size_t i = 0; i < KEY_COUNT && code == 0; i++) {
        const char *kind = keys[i].take == take_kind ? strchr(keys[i].path, '.') + 1 : NULL;
        if (!kind || !lookup(given->value, kind))
            continue;
        if (first)
            code = refuse(reading, given->value, given->path, "%s and %s; give one of them", first, kind);
        first = kind;
    }
    if (code == 0 && !first)
        code = refuse(reading, given->value, given->path, "give one of tcp, http, file, log, exec, after");
    return code;
}

/* ---- the whole ---- */

/* Before anything else: what is no scenario is not told of unknown keys. */
static int check_schema(const struct reading *reading, const struct node *root) {
    if (json_of(root) != JSON_OBJECT)
        return refuse(reading, root, "", "%s; a scenario is an object", describe(root, JSON_OBJECT));
    const struct node *schema = lookup(root, "schema");
    if (!schema)
        return refuse(reading, root, "schema", "missing; begin with \"schema\": \"" SCENARIO_SCHEMA "\"");
    int code = check_form(reading, "schema", schema, JSON_TEXT, "\"" SCENARIO_SCHEMA "\"");
    if (code == 0 && strcmp(schema->text, SCENARIO_SCHEMA) != 0)
        code = refuse(reading, schema, "", "schema is %s; this program reads " SCENARIO_SCHEMA, schema->text);
    return code;
}

/* Of what is another form altogether the parser would complain in terms of YAML, which it reads too. */
static void tell_another_form(const char *text, size_t length, const char *source, struct error *error) {
    size_t at = 0;
    int line = 1;
    for (; at < length && strchr(" \t\r\n", text[at]); at++)
        line += text[at] == '\n';
    if (at < length && text[at] > ' ' && text[at] < 0x7f && !strchr("{[\"", text[at]))
        error_plain(error, -EINVAL,
                    "%s:%d:1: not JSON: a scenario is a JSON file that begins with {\"schema\": \"%s\"",
                    source, line, SCENARIO_SCHEMA);
}

int scenario_parse(const char *text, size_t length, const char *source, const char *folder,
                   struct scenario *ret, struct error *error) {
    struct tree tree = {0};
    struct reading reading = {.text = text, .error = error};
    reading.scenario.source = text_copy(source);
    reading.scenario.folder = text_copy(folder);
    reading.scenario.text = text_copy_bytes(text, length);
    int code = tree_parse_json(text, length, source, &tree, error);
    if (code < 0)
        tell_another_form(text, length, source, error);
    if (code == 0)
        code = check_schema(&reading, tree.first);
    if (code == 0)
        code = take_object(&reading, &(struct given){NULL, "", tree.first});
    tree_free(&tree);
    if (code < 0)
        scenario_free(&reading.scenario);
    else
        *ret = reading.scenario;
    return code;
}

int scenario_read(const char *path, struct scenario *ret, struct error *error) {
    CLEANUP_FREE char *text = NULL;
    size_t length = 0;
    int code = file_read_named("--config", path, "scenario", BYTES_MAX, &text, &length, error);
    if (code < 0)
        return code;
    CLEANUP_FREE char *real = realpath(path, NULL);
    if (!real)
        return error_system(error, -errno, "--config %s", path);
    return scenario_parse(text, length, path, dirname(real), ret, error);
}

void scenario_free(struct scenario *scenario) {
    for (size_t i = 0; i < scenario->word_count; i++) {
        free(scenario->words[i].value);
        free(scenario->words[i].key);
        free(scenario->words[i].written);
    }
    for (char **argument = scenario->argv; argument && *argument; argument++)
        free(*argument);
    free(scenario->words);
    free(scenario->argv);
    free(scenario->source);
    free(scenario->folder);
    free(scenario->text);
    *scenario = (struct scenario){0};
}
