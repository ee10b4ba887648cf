#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *pointer) {
    if (!pointer)
        abort();
    return pointer;
}

static void strbuf_reserve(struct strbuf *buffer, size_t extra) {
    size_t need = buffer->length + extra + 1;
    if (need <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity ? buffer->capacity : 128;
    while (capacity < need)
        capacity *= 2;
    buffer->text = must(realloc(buffer->text, capacity));
    buffer->capacity = capacity;
}

void strbuf_add_bytes(struct strbuf *buffer, const char *bytes, size_t length) {
    strbuf_reserve(buffer, length);
    memcpy(buffer->text + buffer->length, bytes, length);
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

void strbuf_add(struct strbuf *buffer, const char *text) {
    strbuf_add_bytes(buffer, text, strlen(text));
}

void strbuf_addf(struct strbuf *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    strbuf_add_bytes(buffer, text, (size_t)length);
    free(text);
}

void strbuf_free(struct strbuf *buffer) {
    free(buffer->text);
    *buffer = (struct strbuf){0};
}

const char *strbuf_text(const struct strbuf *buffer) {
    return buffer->text ? buffer->text : "";
}

void tail_add(struct tail *tail, const char *bytes, size_t length) {
    if (!tail->bytes)
        tail->bytes = must(malloc(tail->capacity));
    if (length > tail->capacity) {
        tail->total += length - tail->capacity;
        bytes += length - tail->capacity;
        length = tail->capacity;
    }
    size_t at = tail->total % tail->capacity;
    size_t first = length < tail->capacity - at ? length : tail->capacity - at;
    memcpy(tail->bytes + at, bytes, first);
    memcpy(tail->bytes, bytes + first, length - first);
    tail->total += length;
}

char *tail_text(const struct tail *tail) {
    if (tail->total == 0)
        return text_copy("");
    size_t held = tail->total < tail->capacity ? tail->total : tail->capacity;
    size_t start = tail->total < tail->capacity ? 0 : tail->total % tail->capacity;
    char *text = must(malloc(held + 1));
    for (size_t i = 0; i < held; i++) {
        char byte = tail->bytes[(start + i) % tail->capacity];
        text[i] = byte ? byte : '?';
    }
    text[held] = '\0';
    return text;
}

void tail_free(struct tail *tail) {
    free(tail->bytes);
    tail->bytes = NULL;
    tail->total = 0;
}

/* Length of the valid UTF-8 sequence at `text`, 0 where it is not one: the table of RFC 3629, section 4,
 * which leaves out overlong forms, surrogates and what is beyond U+10FFFF by bounds on the second byte. */
static size_t utf8_length(const unsigned char *text) {
    static const struct {
        unsigned char first;
        unsigned char last;
        unsigned char second_least;
        unsigned char second_most;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last)
            continue;
        if (forms[i].length > 1 && (text[1] < forms[i].second_least || text[1] > forms[i].second_most))
            return 0;
        for (size_t at = 2; at < forms[i].length; at++)
            if ((text[at] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

size_t text_character(const char *text, uint32_t *ret_code) {
    const unsigned char *at = (const unsigned char *)text;
    size_t length = utf8_length(at);
    if (length == 0)
        return 0;
    uint32_t code = length == 1 ? *at : *at & (0x7fU >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (at[i] & 0x3fU);
    *ret_code = code;
    return length;
}

/* UAX #11 has no wide ones below the Jamo (U+1100), and blocks of letters and signs of which none is wide or
 * a picture. */
int text_columns_most(uint32_t code) {
    static const struct {
        uint32_t first;
        uint32_t last;
    } narrow[] = {
        {0x0000, 0x10ff}, {0x1680, 0x17ff}, {0x1d00, 0x20cf}, {0x2800, 0x28ff},
        {0x2c60, 0x2dff}, {0xa640, 0xa69f}, {0xfb00, 0xfdff}, {0xfe70, 0xfeff},
    };
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        if (code >= narrow[i].first && code <= narrow[i].last)
            return 1;
    return 2;
}

/* Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) without the variation selectors of the
 * first plane, which only choose between two looks of a character and stand in ordinary text; line separators
 * and interlinear annotations. Noncharacters (The Unicode Standard, section 23.7) by rule. */
bool text_is_unseen(uint32_t code) {
    static const struct {
        uint32_t first;
        uint32_t last;
    } unseen[] = {
        {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
        {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (code >= unseen[i].first && code <= unseen[i].last)
            return true;
    return (code & 0xfffe) == 0xfffe;
}

/* C0 and C1 controls; the latter (U+0080..U+009F) steer some terminals as ESC does. */
static bool is_control(const unsigned char *at, size_t length) {
    return *at < 0x20 || *at == 0x7f || (length == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

/* Adds text with what is no UTF-8, and the controls that `keep` does not keep, as \xNN. */
static void add_escaped(struct strbuf *buffer, const char *text, bool (*keep)(unsigned char control),
                        bool keep_unseen) {
    while (*text) {
        uint32_t code;
        size_t length = text_character(text, &code);
        const unsigned char *at = (const unsigned char *)text;
        if (length == 0 || (is_control(at, length) && !keep(*at))) {
            strbuf_addf(buffer, "\\x%02x", *at);
            text++;
            continue;
        }
        if (!keep_unseen && text_is_unseen(code))
            strbuf_addf(buffer, "\\u{%02x}", code);
        else
            strbuf_add_bytes(buffer, text, length);
        text += length;
    }
}

static bool keep_none(unsigned char control) {
    (void)control;
    return false;
}

static bool keep_lines(unsigned char control) {
    return control == '\n' || control == '\t';
}

static bool keep_c0(unsigned char control) {
    return control < 0x20;
}

void text_add_visible(struct strbuf *buffer, const char *text) {
    add_escaped(buffer, text, keep_none, false);
}

void text_add_visible_lines(struct strbuf *buffer, const char *text) {
    add_escaped(buffer, text, keep_lines, false);
}

void text_add_json(struct strbuf *buffer, const char *text) {
    add_escaped(buffer, text, keep_c0, true);
}

void text_add_shell_quoted(struct strbuf *buffer, const char *text) {
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
    if (*text && text[strspn(text, safe)] == '\0') {
        strbuf_add(buffer, text);
        return;
    }
    strbuf_add(buffer, "'");
    for (const char *at = text; *at; at++) {
        if (*at == '\'')
            strbuf_add(buffer, "'\\''");
        else
            strbuf_add_bytes(buffer, at, 1);
    }
    strbuf_add(buffer, "'");
}

char *text_command_line(char *const *argv) {
    struct strbuf buffer = {0};
    for (; *argv; argv++) {
        if (buffer.length)
            strbuf_add(&buffer, " ");
        text_add_shell_quoted(&buffer, *argv);
    }
    return buffer.text ? buffer.text : text_copy("");
}

bool text_starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

int text_index(const char *const *words, int count, const char *word) {
    for (int i = 0; i < count; i++)
        if (words[i] && strcmp(words[i], word) == 0)
            return i;
    return -1;
}

const char *text_variable(char *const *list, const char *name) {
    const char *value = NULL;
    size_t length = strlen(name);
    for (; list && *list; list++)
        if (strncmp(*list, name, length) == 0 && (*list)[length] == '=')
            value = *list + length + 1;
    return value;
}

char *text_copy(const char *text) {
    return must(strdup(text));
}

char *text_copy_bytes(const char *bytes, size_t length) {
    return must(strndup(bytes, length));
}

char *text_format_list(const char *format, va_list arguments) {
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    return text;
}

char *text_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    return text;
}
