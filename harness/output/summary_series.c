#include "output/summary_series.h"

#include <stdio.h>
#include <stdlib.h>

#include "output/summary.h"
#include "output/summary_leak.h"

/* Together less than a screen of 40 lines. */
#define BLOCKS_MAX 2
#define LINES_MAX  9

/* One for each series, to be put in order. */
struct entry {
    const struct series_record *record;
    const struct leak *leak;
};

static int rank_of(const struct leak *leak) {
    static const int ranks[LEAK_VERDICT_COUNT] = {
        [LEAK_CONFIRMED] = 0, [LEAK_SUSPECTED] = 1, [LEAK_INCONCLUSIVE] = 2, [LEAK_NONE] = 3};
    return ranks[leak->verdict];
}

/* The worst verdict first, and among equals the fastest growth. */
static int compare_entries(const void *a, const void *b) {
    const struct entry *one = a;
    const struct entry *other = b;
    int ranks[] = {rank_of(one->leak), rank_of(other->leak)};
    double rates[] = {known_f64_or(one->leak->per_hour.value, 0),
                      known_f64_or(other->leak->per_hour.value, 0)};
    if (ranks[0] != ranks[1])
        return ranks[0] < ranks[1] ? -1 : 1;
    if (rates[0] != rates[1])
        return rates[0] > rates[1] ? -1 : 1;
    return one->record < other->record ? -1 : one->record > other->record;
}

/* "7 series: 1 confirmed, 2 suspected, 4 none" */
static void add_answer(const struct series_file *file, const struct leak *leaks, struct strbuf *text) {
    static const enum leak_verdict order[] = {LEAK_CONFIRMED, LEAK_SUSPECTED, LEAK_INCONCLUSIVE, LEAK_NONE};
    const char *between = ":";
    strbuf_addf(text, "%zu series", file->count);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        size_t count = 0;
        for (size_t j = 0; j < file->count; j++)
            count += leaks[j].verdict == order[i];
        if (count > 0)
            strbuf_addf(text, "%s %zu %s", between, count, leak_verdict_name(order[i]));
        between = count > 0 ? "," : between;
    }
    strbuf_add(text, ".\n");
}

static void add_name(const struct leak_series *series, struct strbuf *text) {
    text_add_visible(text, series->name ? series->name : "(without a name)");
}

static void add_note(const char *note, struct strbuf *text) {
    struct strbuf visible = {0};
    text_add_visible(&visible, note);
    summary_item(text, "Note", "%s", strbuf_text(&visible));
    strbuf_free(&visible);
}

static void add_block(const struct entry *entry, bool named, struct strbuf *text) {
    if (named) {
        strbuf_add(text, "\n");
        add_name(&entry->record->series, text);
        strbuf_add(text, "\n");
    }
    summary_leak(entry->leak, text);
    for (size_t i = 0; i < entry->record->note_count; i++)
        add_note(entry->record->notes[i], text);
}

static void add_line(const struct entry *entry, struct strbuf *text) {
    add_name(&entry->record->series, text);
    strbuf_add(text, ": ");
    summary_leak_line(entry->leak, text);
    strbuf_add(text, "\n");
}

static void add_entries(const struct entry *entries, size_t count, bool all, struct strbuf *text) {
    bool named = count > 1 || entries[0].record->series.name;
    size_t blocks = all || count <= BLOCKS_MAX ? count : BLOCKS_MAX;
    for (size_t i = 0; i < blocks; i++)
        add_block(&entries[i], named, text);
    size_t lines = count - blocks <= LINES_MAX ? count - blocks : LINES_MAX - 1;
    strbuf_add(text, lines ? "\n" : "");
    for (size_t i = blocks; i < blocks + lines; i++)
        add_line(&entries[i], text);
    if (blocks + lines < count)
        strbuf_addf(text, "and %zu more: -v or --json FILE tells them\n", count - blocks - lines);
}

void summary_series(const struct series_file *file, const struct leak *leaks, const char *source, bool all,
                    struct strbuf *text) {
    struct entry *entries = calloc(file->count + 1, sizeof *entries);
    if (!entries)
        abort();
    for (size_t i = 0; i < file->count; i++)
        entries[i] = (struct entry){&file->records[i], &leaks[i]};
    qsort(entries, file->count, sizeof *entries, compare_entries);
    if (file->count > 1)
        add_answer(file, leaks, text);
    add_entries(entries, file->count, all, text);
    strbuf_add(text, file->count > 1 && file->note_count ? "\n" : "");
    for (size_t i = 0; i < file->note_count; i++)
        add_note(file->notes[i], text);
    struct strbuf visible = {0};
    text_add_visible(&visible, source);
    summary_item(text, "Read", "%s: %s", strbuf_text(&visible), file->form);
    strbuf_free(&visible);
    free(entries);
}
