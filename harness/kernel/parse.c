#include "kernel/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* A decimal number up to blank, newline or end; digits beyond int64 (v1's "unlimited" on some kernels is 2^64
 * - 1) read as INT64_MAX. */
static bool read_number(const char *text, int64_t *ret, const char **ret_end) {
    if (!isdigit((unsigned char)*text))
        return false;
    uint64_t value = 0;
    for (; isdigit((unsigned char)*text); text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        value = value > (INT64_MAX - digit) / 10 ? INT64_MAX : value * 10 + digit;
    }
    *ret = (int64_t)value;
    *ret_end = text;
    return true;
}

struct known_i64 parse_number(const char *text) {
    int64_t value;
    const char *end;
    if (!read_number(text, &value, &end) || (*end != '\n' && *end != '\0'))
        return UNKNOWN_I64;
    return known_i64(value);
}

static const struct flat_key *find_key(const struct flat_key *keys, size_t count, const char *text,
                                       size_t length) {
    for (size_t i = 0; i < count; i++)
        if (keys[i].key[0] == text[0] && strncmp(keys[i].key, text, length) == 0 &&
            keys[i].key[length] == '\0')
            return &keys[i];
    return NULL;
}

void parse_flat_keyed(const char *text, const struct flat_key *keys, size_t count, void *record) {
    while (*text) {
        size_t length = strcspn(text, " \n");
        const struct flat_key *key = text[length] == ' ' ? find_key(keys, count, text, length) : NULL;
        int64_t value;
        const char *end;
        if (key && read_number(text + length + 1, &value, &end) && (*end == '\n' || *end == '\0'))
            *(struct known_i64 *)((char *)record + key->offset) = known_i64(value);
        text = strchr(text + length, '\n');
        if (!text)
            return;
        text++;
    }
}

struct known_i64 parse_flat_value(const char *text, const char *key) {
    struct known_i64 value = UNKNOWN_I64;
    struct flat_key keys[] = {{key, 0}};
    parse_flat_keyed(text, keys, 1, &value);
    return value;
}

/* The start of the line that begins with `prefix`, NULL when there is none. */
static const char *find_line(const char *text, const char *prefix) {
    while (*text) {
        if (text_starts_with(text, prefix))
            return text;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return NULL;
}

/* "KEY:   123 kB": the number, and what comes after it. */
static struct known_i64 number_of_line(const char *text, const char *key, const char **ret_end) {
    CLEANUP_FREE char *prefix = text_format("%s:", key);
    const char *line = find_line(text, prefix);
    int64_t value;
    if (!line)
        return UNKNOWN_I64;
    line += strlen(prefix);
    line += strspn(line, " \t");
    return read_number(line, &value, ret_end) ? known_i64(value) : UNKNOWN_I64;
}

struct known_i64 parse_meminfo(const char *text, const char *key) {
    const char *end;
    struct known_i64 kib = number_of_line(text, key, &end);
    if (!kib.known || !text_starts_with(end, " kB"))
        return UNKNOWN_I64;
    return known_i64(kib.value > INT64_MAX / 1024 ? INT64_MAX : kib.value * 1024);
}

struct known_i64 parse_status_count(const char *text, const char *key) {
    const char *end;
    struct known_i64 count = number_of_line(text, key, &end);
    return count.known && (*end == '\n' || *end == '\0') ? count : UNKNOWN_I64;
}

struct known_i64 parse_psi_total_us(const char *text, const char *kind) {
    size_t kind_length = strlen(kind);
    while (*text && !(text_starts_with(text, kind) && text[kind_length] == ' ')) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    size_t length = strcspn(text, "\n");
    const char *total = strstr(text, " total=");
    if (!total || (size_t)(total - text) > length)
        return UNKNOWN_I64;
    int64_t value;
    const char *end;
    if (!read_number(total + strlen(" total="), &value, &end))
        return UNKNOWN_I64;
    return known_i64(value);
}

/* True where the comma-separated list of `length` bytes holds `item`. */
static bool list_holds(const char *list, size_t length, const char *item) {
    size_t item_length = strlen(item);
    const char *end = list + length;
    while (list <= end) {
        const char *comma = memchr(list, ',', (size_t)(end - list));
        size_t here = (size_t)((comma ? comma : end) - list);
        if (here == item_length && memcmp(list, item, here) == 0)
            return true;
        list += here + 1;
    }
    return false;
}

char *parse_proc_cgroup(const char *text, const char *controller) {
    while (*text) {
        size_t line_length = strcspn(text, "\n");
        const char *first = memchr(text, ':', line_length);
        const char *second = first ? memchr(first + 1, ':', line_length - (size_t)(first + 1 - text)) : NULL;
        if (second) {
            size_t list_length = (size_t)(second - first - 1);
            bool unified = *text == '0' && first == text + 1 && list_length == 0;
            if (*controller ? list_holds(first + 1, list_length, controller) : unified)
                return text_copy_bytes(second + 1, (size_t)(text + line_length - second - 1));
        }
        text += line_length;
        text += *text == '\n';
    }
    return NULL;
}

/* mountinfo escapes blank, tab, newline and backslash as \ooo. */
static char *unescape_octal(const char *text, size_t length) {
    char *plain = text_copy_bytes(text, length);
    char *to = plain;
    for (const char *from = plain; *from;) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' &&
            from[3] >= '0' && from[3] <= '7') {
            *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    return plain;
}

/* Splits a line at blanks into at most `max` fields; returns how many. */
static size_t split_fields(const char *line, size_t length, const char **fields, size_t *lengths,
                           size_t max) {
    size_t count = 0;
    const char *end = line + length;
    while (line < end && count < max) {
        const char *blank = memchr(line, ' ', (size_t)(end - line));
        size_t here = (size_t)((blank ? blank : end) - line);
        fields[count] = line;
        lengths[count++] = here;
        line += here + 1;
    }
    return count;
}

bool parse_mountinfo(const char *text, const char *type, const char *option, struct mount_info *ret) {
    enum { ROOT = 3, POINT = 4, OPTIONS = 5, TAGS = 6, MAX = 24 };
    for (; *text; text += *text == '\n') {
        const char *fields[MAX];
        size_t lengths[MAX];
        size_t line_length = strcspn(text, "\n");
        size_t count = split_fields(text, line_length, fields, lengths, MAX);
        text += line_length;
        /* Any number of tags, then "-", type, source, super options. */
        size_t dash = TAGS;
        while (dash < count && !(lengths[dash] == 1 && *fields[dash] == '-'))
            dash++;
        if (dash + 3 >= count)
            continue;
        if (lengths[dash + 1] != strlen(type) || memcmp(fields[dash + 1], type, lengths[dash + 1]) != 0)
            continue;
        if (option && !list_holds(fields[dash + 3], lengths[dash + 3], option))
            continue;
        ret->root = unescape_octal(fields[ROOT], lengths[ROOT]);
        ret->point = unescape_octal(fields[POINT], lengths[POINT]);
        ret->read_only = list_holds(fields[OPTIONS], lengths[OPTIONS], "ro");
        return true;
    }
    return false;
}

void mount_info_free(struct mount_info *mount) {
    free(mount->root);
    free(mount->point);
    *mount = (struct mount_info){0};
}

/* Field `number` (from 3 on, as proc(5) counts) of /proc/PID/stat. The name, field 2, is in brackets and may
 * hold any byte: fields are counted from the last bracket on. */
static struct known_i64 stat_field(const char *text, int number) {
    const char *at = strrchr(text, ')');
    if (!at)
        return UNKNOWN_I64;
    at++;
    for (int field = 3; field < number; field++) {
        at += strspn(at, " ");
        at += strcspn(at, " ");
    }
    at += strspn(at, " ");
    int64_t value;
    const char *end;
    if (!read_number(at, &value, &end))
        return UNKNOWN_I64;
    return known_i64(value);
}

struct known_i64 parse_stat_start_time(const char *text) {
    return stat_field(text, 22);
}

struct known_i64 parse_stat_parent(const char *text) {
    return stat_field(text, 4);
}

struct known_i64 parse_stat_flags(const char *text) {
    return stat_field(text, 9);
}

struct known_i64 parse_cpu_list_last(const char *text) {
    for (const char *mark = strpbrk(text, ",-"); mark; mark = strpbrk(text, ",-"))
        text = mark + 1;
    return parse_number(text);
}
