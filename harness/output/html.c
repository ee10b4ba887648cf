#include "output/html.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "output/form_text.h"

void html_text(struct strbuf *page, const char *text, size_t most) {
    form_add_xml(page, text, most);
}

void html_addf(struct strbuf *page, const char *format, ...) {
    va_list arguments;
    CLEANUP_FREE char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    html_text(page, text, HTML_SENTENCE_MAX);
}

static void add_lines(struct strbuf *page, const char *at) {
    while (*at) {
        size_t cell = strcspn(at, "\n\t");
        CLEANUP_FREE char *line = text_copy_bytes(at, cell);
        /* Each byte becomes six at most. */
        html_text(page, line, 6 * cell + 8);
        at += cell;
        if (*at)
            strbuf_add_bytes(page, at++, 1);
    }
}

void html_lines(struct strbuf *page, const char *text, size_t most) {
    size_t length = strnlen(text, most + 1);
    size_t end = length > most ? most : length;
    while (length > most && end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    CLEANUP_FREE char *start = text_copy_bytes(text, end);
    add_lines(page, start);
    strbuf_add(page, length > most ? "..." : "");
}

void html_last_lines(struct strbuf *page, const char *text, size_t most) {
    size_t length = strlen(text);
    const char *at = text;
    if (length > most) {
        at += length - most;
        const char *line = strchr(at, '\n');
        at = line && line[1] ? line + 1 : at;
        while (((unsigned char)*at & 0xc0) == 0x80) /* not in the middle of a character */
            at++;
        strbuf_add(page, "...\n");
    }
    add_lines(page, at);
}

/* ---- pictures ---- */

/* "onload =" and the like, where the name of an attribute may stand. */
static bool has_handler(const char *svg) {
    for (const char *at = svg; (at = strcasestr(at, "on")); at++) {
        size_t name = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        bool begins = at > svg && !isalnum((unsigned char)at[-1]);
        if (begins && at[name + strspn(at + name, " \t\r\n")] == '=')
            return true;
    }
    return false;
}

/* Does every place that begins so go on with one of these signs? */
static bool only_before(const char *svg, const char *start, const char *signs) {
    for (const char *at = svg; (at = strcasestr(at, start)); at++)
        if (!at[strlen(start)] || !strchr(signs, at[strlen(start)]))
            return false;
    return true;
}

/* gnuplot writes none of it unless it is told to; a picture that does is not shown. */
static bool is_harmless(const char *svg) {
    static const char *const bad[] = {"<script", "javascript:", "<foreignObject", "<image", "<style",
                                      "<a ",     "<!"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strcasestr(svg, bad[i]))
            return false;
    return !has_handler(svg) && only_before(svg, "href='", "#") && only_before(svg, "href=\"", "#") &&
           only_before(svg, "href=", "'\"") && only_before(svg, "url(", "#");
}

/* Behind the end of the element that begins here. */
static const char *skip_element(const char *at, const char *end) {
    const char *found = strstr(at, end);
    return found ? found + strlen(end) : at + strlen(at);
}

/* What at this place is left out; NULL: nothing. */
static const char *skip(const char *at) {
    if (text_starts_with(at, "<title>"))
        return skip_element(at, "</title>");
    if (text_starts_with(at, "<desc>"))
        return skip_element(at, "</desc>");
    if (text_starts_with(at, "<filter "))
        return skip_element(at, "</filter>");
    return NULL;
}

/* What stands before a name of an id; 0: it is none. */
static size_t before_id(const char *at) {
    static const char *const starts[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (text_starts_with(at, starts[i]))
            return strlen(starts[i]);
    return 0;
}

static bool is_blank(char sign) {
    return sign == ' ' || sign == '\t' || sign == '\n' || sign == '\r';
}

/* Within a text blanks count, but gnuplot writes no more than one there that matters. */
static void add_body(struct strbuf *page, const char *at, const char *prefix) {
    bool blank = false;
    while (*at) {
        const char *behind = *at == '<' ? skip(at) : NULL;
        if (behind) {
            at = behind;
        } else if (is_blank(*at)) {
            blank = true;
            size_t start = before_id(at);
            if (start > 0) {
                strbuf_add_bytes(page, at, start);
                strbuf_add(page, prefix);
                at += start;
                blank = false;
            } else {
                at++;
            }
        } else {
            bool needed = blank && page->length > 0 && page->text[page->length - 1] != '>' && *at != '<';
            if (needed)
                strbuf_add(page, " ");
            blank = false;
            size_t start = before_id(at);
            strbuf_add_bytes(page, at, start ? start : 1);
            if (start)
                strbuf_add(page, prefix);
            at += start ? start : 1;
        }
    }
}

bool html_add_svg(struct strbuf *page, const char *svg, const char *prefix, const char *label) {
    const char *open = strstr(svg, "<svg");
    const char *box = open ? strstr(open, "viewBox=\"") : NULL;
    const char *body = open ? strchr(open, '>') : NULL;
    if (!body || !box || box > body || !strstr(body, "</svg>") || !is_harmless(open))
        return false;
    const char *numbers = box + strlen("viewBox=\"");
    strbuf_add(page, "<svg viewBox=\"");
    strbuf_add_bytes(page, numbers, strspn(numbers, "0123456789. "));
    strbuf_add(page, "\" role=\"img\" aria-label=\"");
    html_text(page, label, HTML_SENTENCE_MAX);
    strbuf_add(page, "\">");
    add_body(page, body + 1, prefix);
    strbuf_add(page, "\n");
    return true;
}
