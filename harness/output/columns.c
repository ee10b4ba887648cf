#include "output/columns.h"

#include <string.h>

/* Where an escape sequence of a colour ends: "\033[" numbers "m". */
static size_t colour_length(const char *text, size_t most) {
    size_t length = 0;
    while (length < most && text[length] != 'm')
        length++;
    return length < most ? length + 1 : length;
}

/* The first character, or a byte that is none, or a colour: its length in bytes; its columns are added. */
static size_t step(const char *text, size_t most, int *columns) {
    uint32_t code;
    if (*text == '\033')
        return colour_length(text, most);
    size_t length = text_character(text, &code);
    *columns += length ? text_columns_most(code) : 1;
    return length ? length : 1;
}

int columns_of(const char *text, size_t length) {
    int columns = 0;
    for (size_t at = 0; at < length;)
        at += step(text + at, length - at, &columns);
    return columns;
}

size_t columns_cut(const char *text, int columns) {
    size_t length = strlen(text);
    size_t at = 0;
    for (int used = 0; at < length;) {
        size_t bytes = step(text + at, length - at, &used);
        if (used > columns)
            break;
        at += bytes;
    }
    return at;
}

const char *columns_end(const char *text, int columns) {
    size_t length = strlen(text);
    int over = columns_of(text, length) - columns;
    size_t at = 0;
    for (int passed = 0; passed < over && at < length;)
        at += step(text + at, length - at, &passed);
    return text + at;
}

bool columns_add(struct columns_line *line, const char *text) {
    uint32_t code;
    for (size_t length; (length = text_character(text, &code)) > 0; text += length) {
        bool plain = code < 0x7f || (line->utf8 && !text_is_unseen(code));
        int columns = plain ? text_columns_most(code) : 1;
        if (line->used + columns > line->room)
            return false;
        strbuf_add_bytes(line->text, plain ? text : "?", plain ? length : 1);
        line->used += columns;
    }
    return true;
}

/* A word, and what may not be parted from it. */
static size_t word_length(const char *text, size_t most) {
    size_t length = 0;
    while (length < most && text[length] != ' ')
        length++;
    if (most - length < 2 || text[length + 1] != '%')
        return length;
    for (length += 2; length < most && text[length] != ' ';)
        length++;
    return length;
}

void columns_wrap(const char *text, size_t length, int column, int indent, int columns, struct strbuf *to) {
    bool begun = false;
    for (size_t at = 0; at < length;) {
        size_t blanks = 0;
        while (at + blanks < length && text[at + blanks] == ' ')
            blanks++;
        size_t word = word_length(text + at + blanks, length - at - blanks);
        int width = columns_of(text + at + blanks, word);
        if (begun && column > indent && column + (int)blanks + width > columns) {
            strbuf_addf(to, "\n%*s", indent, "");
            column = indent;
        } else {
            strbuf_add_bytes(to, text + at, blanks);
            column += (int)blanks;
        }
        strbuf_add_bytes(to, text + at + blanks, word);
        column += width;
        begun = begun || word > 0;
        at += blanks + word;
    }
    strbuf_add(to, "\n");
}
