/* JSON by the piece, as a source streams in: a document of any size is read in constant memory, by code that
 * knows what to expect where (RFC 8259). Layer: output/. Includes base/. Pure but for the source. */
#pragma once

#include <stdbool.h>

#include "output/series_source.h"

/* All return 0 or more, or a negative errno with *source->error filled. */

/* Skips white space. The first byte of what comes next, without taking it; 0 at the end of the text. */
int scan_next(struct source *source);

/* Takes `byte`, which must come next. */
int scan_expect(struct source *source, char byte);

/* In a list or an object: 1 where another item follows, which comes next; 0 after the bracket `close` was
 * taken. *first is true before the first item, and is set to false. */
int scan_more(struct source *source, char close, bool *first);

/* Takes a string into *ret, which it replaces; -EINVAL too where it is longer than 64 KiB or holds a NUL. */
int scan_string(struct source *source, struct strbuf *ret);

/* Takes the key of an object and the colon behind it. */
int scan_key(struct source *source, struct strbuf *ret);

/* Takes a string or a number, as text. */
int scan_scalar(struct source *source, struct strbuf *ret);

/* Takes a value of any kind, and forgets it. */
int scan_skip(struct source *source);
