/* Writing HTML: the only ways by which text that is not ours comes into a page, and gnuplot's SVG made fit to
 * stand in one. Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"

/* Adds one line of text, for content or a quoted attribute: controls, what is no UTF-8, and what is not
 * seen or turns the direction of text become visible, signs of markup become entities, and what is longer
 * than `most` bytes is cut. NULL is "". */
void html_text(struct strbuf *page, const char *text, size_t most);

/* The same, formatted, up to HTML_SENTENCE_MAX bytes. */
#define HTML_SENTENCE_MAX 2000
void html_addf(struct strbuf *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for several lines, for <pre>: the first `most` bytes, and "..." where that is not all. Line ends
 * and tabs stay. */
void html_lines(struct strbuf *page, const char *text, size_t most);

/* The last `most` bytes, from a whole line on where that leaves one, with "..." before them where something
 * was left out. */
void html_last_lines(struct strbuf *page, const char *text, size_t most);

/* Adds an SVG document that gnuplot wrote: without its head, its own title and blanks, its ids made unique by
 * `prefix` (letters and digits), and with `label` as what is read out. False, with nothing added, where it is
 * none, or holds what no picture needs: a script, a handler, a reference out of itself. */
bool html_add_svg(struct strbuf *page, const char *svg, const char *prefix, const char *label);
