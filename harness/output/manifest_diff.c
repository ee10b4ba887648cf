#include <stdlib.h>
#include <string.h>

#include "output/manifest.h"

#define CONTEXT_LINES ((size_t)3)

/* A text cut into lines: line i is [starts[i], starts[i + 1]). */
struct lines {
    const char *text;
    size_t *starts;
    size_t count;
};

/* Lines of the old text, [first, end), and those that stand there now. */
struct change {
    size_t first;
    size_t end;
    struct strbuf made;
    struct lines now;
    size_t now_first; /* what is the same at both ends is left out: */
    size_t now_end;
};

static void cut_lines(const char *text, size_t length, struct lines *ret) {
    size_t count = 0;
    for (size_t at = 0; at < length; at++)
        count += text[at] == '\n';
    *ret = (struct lines){text, calloc(count + 2, sizeof *ret->starts), 0};
    if (!ret->starts)
        abort();
    for (size_t at = 0; at < length; ret->count++) {
        const char *newline = memchr(text + at, '\n', length - at);
        at = newline ? (size_t)(newline - text) + 1 : length;
        ret->starts[ret->count + 1] = at;
    }
}

static size_t line_length(const struct lines *lines, size_t line) {
    return lines->starts[line + 1] - lines->starts[line];
}

/* The line that holds the byte; for the text's end the last. */
static size_t line_at(const struct lines *lines, size_t offset) {
    size_t line = 0;
    while (line + 1 < lines->count && lines->starts[line + 1] <= offset)
        line++;
    return line;
}

static bool same_line(const struct lines *a, size_t i, const struct lines *b, size_t j) {
    return line_length(a, i) == line_length(b, j) &&
           memcmp(a->text + a->starts[i], b->text + b->starts[j], line_length(a, i)) == 0;
}

/* The splices from *next on that touch the same lines or adjacent ones, as one change; moves *next on. */
static struct change take_change(const struct lines *old, const struct manifest_patch *patch, size_t *next) {
    struct change change = {.first = line_at(old, patch->splices[*next].offset)};
    size_t at = old->starts[change.first];
    do {
        const struct manifest_splice *splice = &patch->splices[*next];
        strbuf_add_bytes(&change.made, old->text + at, splice->offset - at);
        strbuf_add(&change.made, splice->text);
        at = splice->offset + splice->length;
        change.end = line_at(old, at) + 1;
        ++*next;
    } while (*next < patch->splice_count && line_at(old, patch->splices[*next].offset) <= change.end);
    strbuf_add_bytes(&change.made, old->text + at, old->starts[change.end] - at);
    cut_lines(change.made.text, change.made.length, &change.now);
    change.now_end = change.now.count;
    while (change.first < change.end && change.now_first < change.now_end &&
           same_line(old, change.first, &change.now, change.now_first)) {
        change.first++;
        change.now_first++;
    }
    while (change.first < change.end && change.now_first < change.now_end &&
           same_line(old, change.end - 1, &change.now, change.now_end - 1)) {
        change.end--;
        change.now_end--;
    }
    return change;
}

static void add_lines(const struct lines *lines, size_t first, size_t end, char sign, struct strbuf *ret) {
    for (size_t i = first; i < end; i++) {
        size_t length = line_length(lines, i);
        strbuf_addf(ret, "%c", sign);
        strbuf_add_bytes(ret, lines->text + lines->starts[i], length);
        if (lines->text[lines->starts[i] + length - 1] != '\n')
            strbuf_add(ret, "\n\\ No newline at end of file\n");
    }
}

/* Changes that are so near to each other that their contexts meet. `shift`: by how many lines the new text is
 * longer up to here. */
static void add_hunk(const struct lines *old, const struct change *changes, size_t count, long *shift,
                     struct strbuf *ret) {
    const struct change *last = &changes[count - 1];
    size_t first = changes[0].first > CONTEXT_LINES ? changes[0].first - CONTEXT_LINES : 0;
    size_t end = last->end + CONTEXT_LINES < old->count ? last->end + CONTEXT_LINES : old->count;
    long longer = 0;
    for (size_t i = 0; i < count; i++)
        longer +=
            (long)(changes[i].now_end - changes[i].now_first) - (long)(changes[i].end - changes[i].first);
    strbuf_addf(ret, "@@ -%zu,%zu +%ld,%ld @@\n", first + 1, end - first, (long)first + 1 + *shift,
                (long)(end - first) + longer);
    *shift += longer;
    for (size_t i = 0; i < count; i++) {
        add_lines(old, first, changes[i].first, ' ', ret);
        add_lines(old, changes[i].first, changes[i].end, '-', ret);
        add_lines(&changes[i].now, changes[i].now_first, changes[i].now_end, '+', ret);
        first = changes[i].end;
    }
    add_lines(old, first, end, ' ', ret);
}

void manifest_diff(const char *text, size_t length, const struct manifest_patch *patch, const char *name,
                   struct strbuf *ret) {
    struct lines old;
    struct change changes[MANIFEST_SPLICES_MAX];
    size_t count = 0;
    if (patch->splice_count == 0)
        return;
    cut_lines(text, length, &old);
    for (size_t next = 0; next < patch->splice_count; count++)
        changes[count] = take_change(&old, patch, &next);
    strbuf_add(ret, "--- ");
    text_add_visible(ret, name);
    strbuf_add(ret, "\n+++ ");
    text_add_visible(ret, name);
    strbuf_add(ret, "\n");
    long shift = 0;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && changes[to].first - changes[to - 1].end <= 2 * CONTEXT_LINES;)
            to++;
        add_hunk(&old, changes + from, to - from, &shift, ret);
    }
    for (size_t i = 0; i < count; i++) {
        free(changes[i].now.starts);
        strbuf_free(&changes[i].made);
    }
    free(old.starts);
}
