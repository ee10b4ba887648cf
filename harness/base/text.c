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

/* Length of the valid UTF-8 sequence at `text`, 0 where it is not one (RFC 3629, section 4, without its
 * distinction of overlong three-byte forms, which a terminal does not need). */
static size_t utf8_length(const unsigned char *text) {
    size_t length = text[0] < 0x80                      ? 1
                    : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                    : (text[0] & 0xf0) == 0xe0          ? 3
                                                        : 0;
    if (text[0] >= 0xf0 && text[0] < 0xf5)
        length = 4;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

void text_add_visible(struct strbuf *buffer, const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        size_t length = utf8_length(at);
        /* C1 controls (U+0080..U+009F) steer some terminals as ESC does. */
        bool control = *at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && length == 2 && at[1] < 0xa0);
        if (length == 0 || control) {
            strbuf_addf(buffer, "\\x%02x", *at);
            at++;
            continue;
        }
        strbuf_add_bytes(buffer, (const char *)at, length);
        at += length;
    }
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

char *text_copy(const char *text) {
    return must(strdup(text));
}

char *text_copy_bytes(const char *bytes, size_t length) {
    return must(strndup(bytes, length));
}

char *text_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    return text;
}
