/* Text measured, cut and wrapped by the columns that it takes on a terminal, which are neither its bytes nor
 * its characters. None of it takes more than is reckoned here: see text_columns_most().
 * Layer: output/. Includes base/. Pure. */
#pragma once

#include "base/text.h"

/* Columns that the first `length` bytes take at most, escape sequences of colours left out. */
int columns_of(const char *text, size_t length);

/* Bytes of as much of the text as takes no more than `columns`, between characters. */
size_t columns_cut(const char *text, int columns);

/* Where its end begins that takes no more than `columns`. */
const char *columns_end(const char *text, int columns);

/* A line that takes text for as long as there is room. */
struct columns_line {
    struct strbuf *text;
    int room;
    bool utf8; /* else ASCII alone */
    int used;
};

/* Adds text that is harmless already; what cannot be shown becomes "?". False once no more fits. */
bool columns_add(struct columns_line *line, const char *text);

/* Appends the first `length` bytes of a text of one line in as many lines as they need, each with its end:
 * broken at blanks, so that none takes more than `columns`. A word stays whole, and a number keeps the
 * percent sign behind it. The first line has taken `column` already; the others begin with `indent` blanks.
 */
void columns_wrap(const char *text, size_t length, int column, int indent, int columns, struct strbuf *to);
