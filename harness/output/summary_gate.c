#include "output/summary_gate.h"

#include <string.h>

#include "base/cleanup.h"
#include "output/summary.h"

/* A target's words may be in a sentence; no more of them than fits a few lines. */
#define SENTENCE_MAX 400

/* Some of the lines, cut where they would be too many. */
struct page {
    struct strbuf *text;
    int left;    /* lines */
    int dropped; /* items that had no room */
};

static int count_lines(const char *text) {
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void add_sentence(struct strbuf *lines, const char *label, const char *sentence) {
    struct strbuf visible = {0};
    CLEANUP_FREE char *cut = text_copy_bytes(sentence, strnlen(sentence, SENTENCE_MAX));
    text_add_visible(&visible, cut);
    summary_item(lines, label, "%s%s", strbuf_text(&visible), sentence[strlen(cut)] ? "..." : "");
    strbuf_free(&visible);
}

/* A sentence and what to do next (NULL: nothing): both, or neither, since one without the other would be read
 * as of its neighbour. */
static void add(struct page *page, const char *label, const char *sentence, const char *next) {
    struct strbuf lines = {0};
    add_sentence(&lines, label, sentence);
    if (next)
        add_sentence(&lines, "Next", next);
    int count = count_lines(strbuf_text(&lines));
    if (count <= page->left) {
        strbuf_add(page->text, strbuf_text(&lines));
        page->left -= count;
    } else {
        page->dropped++;
    }
    strbuf_free(&lines);
}

static void add_state(struct page *page, const struct gate *gate, enum gate_state state) {
    static const char *const labels[GATE_STATE_COUNT] = {[GATE_PASSED] = "PASSED",
                                                         [GATE_FAILED] = "FAILED",
                                                         [GATE_UNDECIDED] = "UNDECIDED",
                                                         [GATE_UNASKED] = "Not asked"};
    for (size_t i = 0; i < gate->count; i++) {
        const struct gate_item *item = &gate->items[i];
        if (item->state != state)
            continue;
        add(page, labels[state], item->sentence ? item->sentence : item->name, item->advice);
    }
}

void summary_gate(const struct gate *gate, struct strbuf *text) {
    static const enum gate_state order[] = {GATE_FAILED, GATE_UNDECIDED, GATE_PASSED, GATE_UNASKED};
    struct strbuf lines = {0};
    struct page page = {.text = &lines, .left = SUMMARY_GATE_LINES - 1};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        add_state(&page, gate, order[i]);
    for (size_t i = 0; i < gate->note_count; i++)
        add(&page, "Note", gate->notes[i], NULL);
    if (page.dropped)
        summary_item(&lines, "", "(%d more in result.json)", page.dropped);
    strbuf_add(text, strbuf_text(&lines));
    strbuf_free(&lines);
}
