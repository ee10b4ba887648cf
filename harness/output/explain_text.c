#include <string.h>

#include "output/columns.h"
#include "output/explain.h"

/* How sure it is stands behind the first line, in so many columns. */
#define SURE_COLUMNS 12
#define COLUMNS_MIN  60
#define COLUMNS_MAX  100
/* Where the sources of facts stand. */
#define SOURCE_COLUMN 56
/* So many are told in full. */
#define FULL_DEATHS 12
#define FULL_FACTS  7

static void pad(struct strbuf *to, int column, int columns) {
    strbuf_addf(to, "%*s", columns > column ? columns - column : 0, "");
}

/* At the end of the first line stands how sure it is: "      certain". */
static void add_head(const struct death *death, int columns, struct strbuf *to) {
    struct strbuf text = {0};
    text_add_visible(&text, death->subject ? death->subject : "something");
    strbuf_add(&text, " ");
    text_add_visible(&text, death->happened ? death->happened : "died");
    if (death->times > 1)
        strbuf_addf(&text, ", %d times", death->times);
    strbuf_add(&text, ".");
    struct strbuf lines = {0};
    columns_wrap(strbuf_text(&text), text.length, 0, 4, columns - SURE_COLUMNS, &lines);
    size_t first = strcspn(lines.text, "\n");
    strbuf_add_bytes(to, lines.text, first);
    pad(to, columns_of(lines.text, first), columns - SURE_COLUMNS);
    strbuf_addf(to, "  %s%s", confidence_name(death->confidence), lines.text + first);
    strbuf_free(&text);
    strbuf_free(&lines);
}

static void add_fact(const struct death_evidence *fact, struct strbuf *to) {
    struct strbuf text = {0};
    strbuf_add(&text, "  ");
    text_add_visible(&text, fact->text);
    int column = columns_of(strbuf_text(&text), text.length);
    strbuf_add(to, strbuf_text(&text));
    if (column >= SOURCE_COLUMN) {
        strbuf_add(to, "\n");
        column = 0;
    }
    pad(to, column, SOURCE_COLUMN);
    text_add_visible(to, fact->source);
    if (fact->line.known)
        strbuf_addf(to, ":%lld", (long long)fact->line.value);
    strbuf_add(to, "\n");
    strbuf_free(&text);
}

static void add_sentences(const struct sentences *sentences, const char *label, int columns,
                          struct strbuf *to) {
    for (size_t i = 0; i < sentences->count; i++) {
        struct strbuf text = {0};
        text_add_visible(&text, sentences->items[i]);
        strbuf_add(to, label);
        columns_wrap(strbuf_text(&text), text.length, (int)strlen(label), 4, columns, to);
        strbuf_free(&text);
    }
}

static void add_death(const struct death *death, bool verbose, int columns, struct strbuf *to) {
    size_t most = verbose ? death->evidence_count : FULL_FACTS;
    add_head(death, columns, to);
    add_sentences(&death->account, "  ", columns, to);
    for (size_t i = 0; i < death->evidence_count && i < most; i++)
        add_fact(&death->evidence[i], to);
    if (death->evidence_count > most)
        strbuf_addf(to, "  ... %zu more with -v\n", death->evidence_count - most);
    add_sentences(&death->missing, "Not known: ", columns, to);
    add_sentences(&death->advice, "Next: ", columns, to);
}

/* What was asked about before the rest, and those that died before those that did not. */
enum part {
    PART_DIED,
    PART_LIVED,
    PART_ASIDE,
    PART_COUNT,
};

static enum part part_of(const struct death *death) {
    return death->aside ? PART_ASIDE : death->verdict == VERDICT_SURVIVED ? PART_LIVED : PART_DIED;
}

static size_t count_part(const struct deaths *deaths, enum part part) {
    size_t count = 0;
    for (size_t i = 0; i < deaths->count; i++)
        count += part_of(&deaths->items[i]) == part;
    return count;
}

/* Of more than are told in full the last come first: in a log these are the newest. */
static void add_part(const struct deaths *deaths, enum part part, bool verbose, int columns, size_t *told,
                     struct strbuf *to) {
    size_t count = count_part(deaths, part);
    bool many = part == PART_DIED && count > FULL_DEATHS;
    bool backwards = many && !deaths->newest_first;
    if (part == PART_ASIDE && count)
        strbuf_add(to, "\nOther deaths in the same files:\n");
    if (many)
        strbuf_addf(to, "%zu deaths, the last one first:\n", count);
    for (size_t i = 0; i < deaths->count; i++) {
        const struct death *death = &deaths->items[backwards ? deaths->count - 1 - i : i];
        if (part_of(death) != part)
            continue;
        bool full = verbose || (++*told <= FULL_DEATHS && part != PART_ASIDE);
        if (full && to->length && part != PART_ASIDE)
            strbuf_add(to, "\n");
        if (full)
            add_death(death, verbose, columns, to);
        else
            add_head(death, columns, to);
    }
}

/* What was read, and what could not be. */
static void add_inputs(const struct deaths *deaths, int columns, struct strbuf *to) {
    if (deaths->live && deaths->count) {
        strbuf_add(to, "\n");
        for (size_t i = 0; i < deaths->read_count; i++) {
            strbuf_add(to, "Read: ");
            text_add_visible(to, deaths->read[i]);
            strbuf_add(to, "\n");
        }
    }
    add_sentences(&deaths->notes, "Note: ", columns, to);
}

void explain_text(const struct deaths *deaths, bool verbose, int terminal_columns, struct strbuf *to) {
    int columns = terminal_columns > COLUMNS_MIN ? terminal_columns : COLUMNS_MIN;
    size_t told = 0;
    if (columns > COLUMNS_MAX)
        columns = COLUMNS_MAX;
    for (int part = 0; part < PART_COUNT; part++)
        add_part(deaths, (enum part)part, verbose, columns, &told, to);
    if (deaths->dropped)
        strbuf_addf(to, "%ld earlier kills of the same logs were counted and not kept.\n", deaths->dropped);
    if (!deaths->count) {
        strbuf_add(to, "No death in what was read:\n");
        for (size_t i = 0; i < deaths->read_count; i++) {
            strbuf_add(to, "  ");
            text_add_visible(to, deaths->read[i]);
            strbuf_add(to, "\n");
        }
    }
    add_inputs(deaths, columns, to);
}
