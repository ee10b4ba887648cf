#include "options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"

/* Longer names than this are never a slip of the finger. */
#define NAME_MAX_LENGTH 24

/* More than any shape has; the list of an error message ends there. */
#define OPTIONS_MAX 32

static size_t least_of(size_t a, size_t b, size_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance: how many letters to insert, drop or change. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[NAME_MAX_LENGTH + 1];
    size_t width = strlen(b);
    if (width > NAME_MAX_LENGTH)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t changed = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = least_of(changed, row[j] + 1, diagonal + 1);
        }
    }
    return row[width];
}

static const char *nearest(const char *name, const char *const *names, size_t count) {
    const char *best = NULL;
    size_t best_distance = 3;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(name, names[i]);
        if (distance < best_distance && distance < strlen(names[i]) / 2) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}

int error_unknown_name(struct error *error, const char *what, const char *name, const char *const *names,
                       size_t count) {
    const char *near = nearest(name, names, count);
    if (near)
        return error_plain(error, -EINVAL, "%s: unknown %s; did you mean %s?", name, what, near);
    struct strbuf list = {0};
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&list, "%s%s", i ? ", " : "", names[i]);
    error_plain(error, -EINVAL, "%s: unknown %s; there are %s", name, what, strbuf_text(&list));
    strbuf_free(&list);
    return -EINVAL;
}

static int count_parse(const char *text, int64_t *ret_count, struct error *error) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || text[0] == ' ')
        return error_plain(error, -EINVAL, "%s: not a whole number", *text ? text : "(empty)");
    *ret_count = value;
    return 0;
}

static int number_parse(enum option_kind kind, const char *text, int64_t *ret_number, struct error *error) {
    switch (kind) {
    case OPTION_BYTES:
        return quantity_parse(text, ret_number, error);
    case OPTION_DURATION:
        return duration_parse(text, ret_number, error);
    case OPTION_COUNT:
        return count_parse(text, ret_number, error);
    case OPTION_PATH:
        break;
    }
    return error_plain(error, -EINVAL, "%s: not a number", text);
}

static struct short_text number_text(enum option_kind kind, int64_t number) {
    struct short_text text;
    if (kind == OPTION_BYTES)
        return quantity_text(number);
    if (kind == OPTION_DURATION)
        return duration_text(number);
    snprintf(text.s, sizeof text.s, "%lld", (long long)number);
    return text;
}

/* The bounds of a kind keep all sums of sizes and of times far from overflow. */
static int64_t most_of(const struct option_spec *spec) {
    static const int64_t kinds[] = {[OPTION_BYTES] = MIB * GIB,
                                    [OPTION_DURATION] = (int64_t)365 * 24 * 3600 * NS_PER_S,
                                    [OPTION_COUNT] = INT64_MAX};
    return spec->most ? spec->most : kinds[spec->kind];
}

static int check_range(const struct option_spec *spec, const char *text, int64_t number,
                       struct error *error) {
    int64_t most = most_of(spec);
    if (number < spec->least)
        return error_plain(error, -EINVAL, "%s: too small; the least is %s", text,
                           number_text(spec->kind, spec->least).s);
    if (number > most)
        return error_plain(error, -EINVAL, "%s: too large; the most is %s", text,
                           number_text(spec->kind, most).s);
    return 0;
}

static int set_value(const struct option_spec *spec, const char *text, struct error *error) {
    struct error cause;
    int64_t number = 0;
    if (spec->kind == OPTION_PATH) {
        if (!*text)
            return error_plain(error, -EINVAL, "%s (empty): not a path", spec->name);
        *spec->text = text;
        return 0;
    }
    int code = number_parse(spec->kind, text, &number, &cause);
    if (code == 0)
        code = check_range(spec, text, number, &cause);
    if (code < 0)
        return error_plain(error, -EINVAL, "%s %s", spec->name, cause.what);
    *spec->number = number;
    return 0;
}

static int unknown_option(const struct option_spec *specs, size_t count, const char *name,
                          struct error *error) {
    const char *names[OPTIONS_MAX + 1];
    size_t known = 0;
    for (; known < count && known < OPTIONS_MAX; known++)
        names[known] = specs[known].name;
    names[known++] = "--help";
    return error_unknown_name(error, name[0] == '-' ? "option" : "argument", name, names, known);
}

/* The row whose name is the first `length` letters of `argument`, or NULL. */
static const struct option_spec *find_option(const struct option_spec *specs, size_t count,
                                             const char *argument, size_t length) {
    for (size_t i = 0; i < count; i++)
        if (strlen(specs[i].name) == length && strncmp(specs[i].name, argument, length) == 0)
            return &specs[i];
    return NULL;
}

static int set_defaults(const struct option_spec *specs, size_t count, struct error *error) {
    for (size_t i = 0; i < count; i++) {
        int code = specs[i].fallback ? set_value(&specs[i], specs[i].fallback, error) : 0;
        if (code < 0)
            return code;
    }
    return 0;
}

int options_parse(const struct option_spec *specs, size_t count, char **arguments, struct error *error) {
    int code = set_defaults(specs, count, error);
    for (char **at = arguments; code == 0 && *at; at++) {
        if (strcmp(*at, "--help") == 0 || strcmp(*at, "-h") == 0)
            return 1;
        size_t length = strcspn(*at, "=");
        const struct option_spec *spec = find_option(specs, count, *at, length);
        if (!spec)
            return unknown_option(specs, count, *at, error);
        if ((*at)[length] == '=')
            code = set_value(spec, *at + length + 1, error);
        else if (at[1])
            code = set_value(spec, *++at, error);
        else
            return error_plain(error, -EINVAL, "%s: needs a value", *at);
    }
    return code;
}

const char *option_value_name(enum option_kind kind) {
    static const char *const names[] = {
        [OPTION_BYTES] = "QUANTITY", [OPTION_DURATION] = "DUR", [OPTION_COUNT] = "N", [OPTION_PATH] = "PATH"};
    return names[kind];
}

void options_print_help(const struct option_spec *specs, size_t count, FILE *stream) {
    for (size_t i = 0; i < count; i++) {
        const struct option_spec *spec = &specs[i];
        int width = fprintf(stream, "  %s %s", spec->name, option_value_name(spec->kind));
        fprintf(stream, "%*s %s", width < 24 ? 24 - width : 0, "", spec->meaning);
        if (spec->fallback)
            fprintf(stream, " (default %s)", spec->fallback);
        fputc('\n', stream);
    }
}
