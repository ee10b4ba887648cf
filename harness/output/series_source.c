#include "output/series_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void fill(struct source *source) {
    if (source->failed || feof(source->file))
        return;
    memmove(source->buffer, source->buffer + source->at, source->end - source->at);
    source->end -= source->at;
    source->at = 0;
    source->end += fread(source->buffer + source->end, 1, sizeof source->buffer - source->end, source->file);
    if (ferror(source->file)) {
        source->failed = true;
        error_system(source->error, -(errno ? errno : EIO), "cannot read %s", source->name);
    }
}

int source_peek(struct source *source) {
    if (source->at == source->end)
        fill(source);
    return source->failed || source->at == source->end ? SOURCE_END : source->buffer[source->at];
}

int source_take(struct source *source) {
    int byte = source_peek(source);
    if (byte == SOURCE_END)
        return byte;
    if (source->line == 0)
        source->line = 1;
    source->line += byte == '\n';
    source->at++;
    return byte;
}

const unsigned char *source_look(struct source *source, size_t most, size_t *ret_length) {
    if (most > sizeof source->buffer)
        most = sizeof source->buffer;
    if (source->end - source->at < most)
        fill(source);
    size_t length = source->end - source->at;
    *ret_length = length < most ? length : most;
    return source->buffer + source->at;
}

int source_line(struct source *source, char **ret_line) {
    struct strbuf *text = &source->text;
    text->length = 0;
    strbuf_add(text, "");
    bool any = false;
    bool ended = false;
    while (!ended && source_peek(source) != SOURCE_END) {
        const unsigned char *start = source->buffer + source->at;
        const unsigned char *newline = memchr(start, '\n', source->end - source->at);
        size_t length = newline ? (size_t)(newline - start) : source->end - source->at;
        source->line += !any;
        any = true;
        if (memchr(start, '\0', length))
            return source_refuse(source, "binary data; give text: CSV or JSON");
        if (text->length + length > SOURCE_LINE_MAX)
            return source_refuse(source, "longer than %zu KiB; no line of a series is",
                                 SOURCE_LINE_MAX >> 10);
        strbuf_add_bytes(text, (const char *)start, length);
        ended = newline != NULL;
        source->at += length + ended;
    }
    if (source->failed)
        return -EIO;
    if (!any)
        return 0;
    source->cut = !ended;
    if (text->length > 0 && text->text[text->length - 1] == '\r')
        text->text[--text->length] = '\0';
    *ret_line = text->text;
    return 1;
}

int source_refuse(struct source *source, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    CLEANUP_FREE char *text = text_format_list(format, arguments);
    va_end(arguments);
    return error_plain(source->error, -EINVAL, "%s:%d: %s", source->name, source->line ? source->line : 1,
                       text);
}

void source_free(struct source *source) {
    strbuf_free(&source->text);
}
