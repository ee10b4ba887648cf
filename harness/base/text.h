/* Text: a growing string, a ring that keeps the last bytes, and escaping for terminals and shells.
 * Layer: base/. Pure. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A string that grows. A zeroed struct is an empty string; release with strbuf_free(). Memory exhaustion
 * aborts: these strings are messages and documents of bounded size. */
struct strbuf {
    char *text; /* NUL-terminated once anything was added, else NULL */
    size_t length;
    size_t capacity;
};

void strbuf_add(struct strbuf *buffer, const char *text);
void strbuf_add_bytes(struct strbuf *buffer, const char *bytes, size_t length);
void strbuf_addf(struct strbuf *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_free(struct strbuf *buffer);

/* The string, "" when nothing was added. Owned by the buffer. */
const char *strbuf_text(const struct strbuf *buffer);

/* The last `capacity` bytes of a stream. The storage is allocated at the first byte, so an unused tail costs
 * nothing; release with tail_free(). */
struct tail {
    char *bytes;
    size_t capacity;
    size_t total; /* bytes ever added */
};

void tail_add(struct tail *tail, const char *bytes, size_t length);

/* A new NUL-terminated string with what the tail holds, oldest first; NUL bytes become '?'. Caller frees. */
char *tail_text(const struct tail *tail);
void tail_free(struct tail *tail);

/* The first character of a text: its length in bytes, and its code point in *ret_code. 0 at the end of the
 * text, and where it is no UTF-8 (RFC 3629). */
size_t text_character(const char *text, uint32_t *ret_code);

/* Columns that a character takes on a terminal at most: 1, or 2. Terminals differ in their tables; whatever
 * any of them might show wide counts as wide, and what is combined with the character before it as 1, so that
 * a line which is cut by this fits everywhere. */
int text_columns_most(uint32_t code);

/* Does the character show nothing, or steer how what follows is shown? Bidirectional controls (Unicode, annex
 * 9: a name could show as another), joiners, fillers, line separators, tags, and what is no character at all.
 * Controls (C0, C1) are not among them. */
bool text_is_unseen(uint32_t code);

/* Adds text made harmless for a terminal, and such that what differs looks different: control characters
 * become \xNN, invalid UTF-8 too, unseen characters \u{NN}. */
void text_add_visible(struct strbuf *buffer, const char *text);

/* The same, but line ends and tabs stay as they are. */
void text_add_visible_lines(struct strbuf *buffer, const char *text);

/* Adds text for a JSON string: bytes that are no UTF-8, DEL and C1 controls become \xNN; the C0 controls
 * stay, since JSON has its own escapes for them, and unseen characters, since programs compare what they
 * read. */
void text_add_json(struct strbuf *buffer, const char *text);

/* Adds text quoted for a POSIX shell; left bare where quoting is not needed. */
void text_add_shell_quoted(struct strbuf *buffer, const char *text);

/* The whole argument vector, shell-quoted and space-separated. Caller frees. */
char *text_command_line(char *const *argv);

/* True where `text` starts with `prefix`. */
bool text_starts_with(const char *text, const char *prefix);

/* strdup() and strndup() that abort when memory is exhausted. */
char *text_copy(const char *text);

/* Where `word` stands among `count` words, of which some may be NULL; -1: nowhere. */
int text_index(const char *const *words, int count, const char *word);

/* The value of NAME in a NULL-terminated list of "NAME=value", of several the last, as an environment has it;
 * NULL where there is none. `list` may be NULL. */
const char *text_variable(char *const *list, const char *name);
char *text_copy_bytes(const char *bytes, size_t length);

/* asprintf() that aborts when memory is exhausted. Caller frees. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_format_list(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
