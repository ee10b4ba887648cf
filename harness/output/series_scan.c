#include "output/series_scan.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define STRING_MAX ((size_t)65536)
#define DEPTH_MAX  100

static int refuse_byte(struct source *source, int byte, const char *wanted) {
    if (source->failed)
        return -EIO;
    if (byte == SOURCE_END)
        return source_refuse(source, "ends in the middle; the JSON is not whole");
    if (byte > ' ' && byte < 0x7f)
        return source_refuse(source, "not JSON: '%c' where %s should be", byte, wanted);
    return source_refuse(source, "not JSON: the byte 0x%02x where %s should be", (unsigned)byte, wanted);
}

int scan_next(struct source *source) {
    int byte;
    while ((byte = source_peek(source)) == ' ' || byte == '\t' || byte == '\n' || byte == '\r')
        source_take(source);
    if (byte != SOURCE_END)
        return byte;
    return source->failed ? -EIO : 0;
}

int scan_expect(struct source *source, char byte) {
    int next = scan_next(source);
    if (next < 0)
        return next;
    if (next != byte)
        return refuse_byte(source, source_peek(source), (char[]){'\'', byte, '\'', '\0'});
    source_take(source);
    return 0;
}

int scan_more(struct source *source, char close, bool *first) {
    int next = scan_next(source);
    if (next < 0)
        return next;
    if (next == close) {
        source_take(source);
        return 0;
    }
    if (*first)
        *first = false;
    else if (next != ',')
        return refuse_byte(source, source_peek(source), (char[]){'\'', close, '\'', '\0'});
    else
        source_take(source);
    return 1;
}

static int take_hex(struct source *source, unsigned *ret) {
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        int byte = source_take(source);
        if (!(byte >= 0 && isxdigit(byte)))
            return refuse_byte(source, byte, "a hexadecimal digit");
        code = code * 16 + (unsigned)(isdigit(byte) ? byte - '0' : tolower(byte) - 'a' + 10);
    }
    *ret = code;
    return 0;
}

static void add_utf8(struct strbuf *to, unsigned code) {
    char bytes[4];
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(heads[length] | code);
    strbuf_add_bytes(to, bytes, length);
}

/* \uXXXX; two of them make a character beyond the first 65536. Half of a pair becomes U+FFFD. */
static int take_unicode(struct source *source, struct strbuf *ret) {
    unsigned code;
    unsigned low;
    int result = take_hex(source, &code);
    if (result < 0)
        return result;
    if (code == 0)
        return source_refuse(source, "a NUL in a string");
    if (code >= 0xd800 && code < 0xdc00 && source_peek(source) == '\\') {
        source_take(source);
        if (source_peek(source) != 'u')
            return refuse_byte(source, source_peek(source), "the other half of a surrogate pair");
        source_take(source);
        result = take_hex(source, &low);
        if (result < 0)
            return result;
        bool pair = low >= 0xdc00 && low < 0xe000;
        code = pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
    }
    add_utf8(ret, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    return 0;
}

static int take_escape(struct source *source, struct strbuf *ret) {
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    int byte = source_take(source);
    if (byte == 'u')
        return take_unicode(source, ret);
    const char *letter = byte > 0 ? strchr(letters, byte) : NULL;
    if (!letter)
        return refuse_byte(source, byte, "an escape");
    strbuf_add_bytes(ret, &meanings[letter - letters], 1);
    return 0;
}

int scan_string(struct source *source, struct strbuf *ret) {
    ret->length = 0;
    strbuf_add(ret, "");
    int next = scan_next(source);
    if (next < 0)
        return next;
    if (next != '"')
        return refuse_byte(source, source_peek(source), "a string");
    source_take(source);
    for (;;) {
        int byte = source_take(source);
        if (byte == '"')
            return 0;
        if (byte == SOURCE_END || byte < ' ')
            return refuse_byte(source, byte, "the end of a string");
        int code = 0;
        if (byte == '\\')
            code = take_escape(source, ret);
        else
            strbuf_add_bytes(ret, (const char[]){(char)byte}, 1);
        if (code < 0)
            return code;
        if (ret->length > STRING_MAX)
            return source_refuse(source, "a string of more than %zu KiB", STRING_MAX >> 10);
    }
}

int scan_key(struct source *source, struct strbuf *ret) {
    int code = scan_string(source, ret);
    return code < 0 ? code : scan_expect(source, ':');
}

/* A number, or one of the three words; not checked any further. */
static int take_word(struct source *source, struct strbuf *ret) {
    ret->length = 0;
    strbuf_add(ret, "");
    int byte;
    while ((byte = source_peek(source)) > 0 && (isalnum(byte) || strchr("+-.", byte)) && ret->length < 64) {
        strbuf_add_bytes(ret, (const char[]){(char)byte}, 1);
        source_take(source);
    }
    if (source->failed)
        return -EIO;
    return ret->length > 0 ? 0 : refuse_byte(source, byte, "a value");
}

int scan_scalar(struct source *source, struct strbuf *ret) {
    int next = scan_next(source);
    if (next < 0)
        return next;
    return next == '"' ? scan_string(source, ret) : take_word(source, ret);
}

static int skip_scalar(struct source *source) {
    struct strbuf ignored = {0};
    int code = scan_scalar(source, &ignored);
    strbuf_free(&ignored);
    return code;
}

/* A list or an object that is open. */
struct level {
    char close;
    bool first;
};

/* The start of a value, which is all of it unless it opens a level. */
static int skip_start(struct source *source, struct level *levels, int *depth) {
    int next = scan_next(source);
    if (next < 0)
        return next;
    if (next != '[' && next != '{')
        return skip_scalar(source);
    if (*depth == DEPTH_MAX)
        return source_refuse(source, "nested more than %d deep", DEPTH_MAX);
    source_take(source);
    levels[(*depth)++] = (struct level){next == '[' ? ']' : '}', true};
    return 0;
}

int scan_skip(struct source *source) {
    struct level levels[DEPTH_MAX];
    struct strbuf key = {0};
    int depth = 0;
    int code;
    bool more;
    do {
        more = false;
        code = skip_start(source, levels, &depth);
        /* Out of all levels that end here. */
        while (code == 0 && depth > 0 && !more) {
            struct level *level = &levels[depth - 1];
            code = scan_more(source, level->close, &level->first);
            more = code > 0;
            if (more)
                code = level->close == '}' ? scan_key(source, &key) : 0;
            else
                depth--;
        }
    } while (code == 0 && more);
    strbuf_free(&key);
    return code;
}
