#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/version.h"
#include "output/form_text.h"
#include "output/forms.h"

/* Together less than 40 lines. GitHub takes 65,536 characters in a comment and 1 MiB in a step summary; of
 * text that is nothing but signs each byte becomes 12, and all of it together still is less than that. */
#define ROWS_MAX      8
#define SENTENCES_MAX 5
#define NOTES_MAX     3
#define PROCESSES_MAX 3
#define NAME_MAX_MD   80
#define TEXT_MAX_MD   240
#define LEAK_MAX      480

/* What needs to be read first. */
static const enum gate_state order[] = {GATE_FAILED, GATE_UNDECIDED, GATE_PASSED, GATE_UNASKED};

/* The items in that order. Caller frees. */
static const struct gate_item **sorted(const struct gate *gate) {
    const struct gate_item **items = calloc(gate->count + 1, sizeof(const struct gate_item *));
    size_t count = 0;
    if (!items)
        abort();
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        for (size_t j = 0; j < gate->count; j++)
            if (gate->items[j].state == order[i])
                items[count++] = &gate->items[j];
    return items;
}

static void add_headline(const struct result *result, struct strbuf *document) {
    CLEANUP_FREE char *no_life = form_no_life(result);
    struct strbuf verdict = {0};
    form_verdict(result, &verdict);
    strbuf_addf(document, "### %c%s (memory", toupper((unsigned char)verdict.text[0]), verdict.text + 1);
    if (result->name && *result->name) {
        strbuf_add(document, " of ");
        form_add_markdown_code(document, result->name, NAME_MAX_MD);
    }
    strbuf_add(document, ")\n\n");
    if (no_life) {
        strbuf_add(document, "**No run came to its end alive:** ");
        form_add_markdown(document, no_life, TEXT_MAX_MD);
        strbuf_add(document, "\n\n");
    }
    strbuf_free(&verdict);
}

/* That of growth is leak's; that of a regression depends on its looks. */
static const char *level_of(const struct gate_item *item) {
    bool known = *form_interval(item).s && text_starts_with(item->metric, "growth_");
    return known ? " (95 %)" : "";
}

static void add_row(const struct gate_item *item, struct strbuf *document) {
    bool loud = item->state == GATE_FAILED || item->state == GATE_UNDECIDED;
    strbuf_addf(document, loud ? "| **%s** | " : "| %s | ", gate_state_name(item->state));
    form_add_markdown_code(document, item->name, NAME_MAX_MD);
    strbuf_addf(document, " | %s | %s%s | %s | %s |\n", form_value(item->metric, item->value).s,
                form_interval(item).s, level_of(item), form_value(item->metric, item->baseline).s,
                form_value(item->metric, item->bound).s);
}

static void add_table(const struct gate *gate, const struct gate_item *const *items,
                      struct strbuf *document) {
    if (gate->count == 0)
        return;
    strbuf_add(document, "| | question | measured | interval | baseline | at most |\n"
                         "|---|---|--:|---|--:|--:|\n");
    for (size_t i = 0; i < gate->count && i < ROWS_MAX; i++)
        add_row(items[i], document);
    if (gate->count > ROWS_MAX)
        strbuf_addf(document, "| | and %zu more | | | | |\n", gate->count - ROWS_MAX);
    strbuf_add(document, "\n");
}

/* What was found and what to do next, of those that did not pass. */
static void add_sentences(const struct gate *gate, const struct gate_item *const *items,
                          struct strbuf *document) {
    size_t told = 0;
    size_t bad = 0;
    for (size_t i = 0; i < gate->count; i++) {
        bool is_bad = items[i]->state == GATE_FAILED || items[i]->state == GATE_UNDECIDED;
        bad += is_bad;
        if (!is_bad || !items[i]->sentence || told == SENTENCES_MAX)
            continue;
        told++;
        strbuf_add(document, "- ");
        form_add_markdown(document, items[i]->sentence, TEXT_MAX_MD);
        if (items[i]->advice) {
            strbuf_add(document, " *Next:* ");
            form_add_markdown(document, items[i]->advice, TEXT_MAX_MD);
        }
        strbuf_add(document, "\n");
    }
    if (told > 0 && bad > told)
        strbuf_addf(document, "- and %zu more\n", bad - told);
    if (told > 0)
        strbuf_add(document, "\n");
}

/* Unless a question of the gate's has told it. */
static void add_leak(const struct result *result, struct strbuf *document) {
    const struct leak *leak = &result->leak;
    struct strbuf sentence = {0};
    bool told = !leak->known;
    for (size_t i = 0; i < result->gate.count; i++)
        told = told || text_starts_with(result->gate.items[i].metric, "growth_");
    if (told)
        return;
    form_leak_sentence(leak, &sentence);
    strbuf_add(document, "**Leak** ");
    form_add_markdown(document, sentence.text, LEAK_MAX);
    strbuf_add(document, "\n\n");
    strbuf_free(&sentence);
}

/* By kind of memory and by process: a line each. */
static void add_grown(const struct leak *leak, struct strbuf *document) {
    if (!leak->known || leak->verdict == LEAK_NONE)
        return;
    for (int i = 0; i < leak->kind_count; i++)
        strbuf_addf(document, "%s%s %s", i ? ", " : "- grew by kind: ", leak->kinds[i].name,
                    form_value("_bytes", known_f64(leak->kinds[i].growth_bytes)).s);
    if (leak->kind_count > 0 && leak->tasks_growth.known && leak->tasks_growth.value >= 1)
        strbuf_addf(document, ", %.0f threads", leak->tasks_growth.value);
    strbuf_add(document, leak->kind_count ? "\n" : "");
    for (size_t i = 0; i < leak->process_count && i < PROCESSES_MAX; i++) {
        strbuf_addf(document, "%s%d ", i ? ", " : "- grew by process: ", leak->processes[i].pid);
        form_add_markdown_code(document, leak->processes[i].name, NAME_MAX_MD);
        strbuf_addf(document, " %s", bytes_text(leak->processes[i].growth_bytes).s);
    }
    strbuf_add(document, leak->process_count ? "\n" : "");
}

static void add_details(const struct result *result, struct strbuf *document) {
    CLEANUP_FREE char *target = result->argv ? text_command_line(result->argv) : text_copy("");
    struct strbuf runs = {0};
    form_runs_sentence(result, &runs);
    strbuf_addf(document, "<details><summary>%s", runs.text);
    if (result->trial_count > 0)
        strbuf_addf(document, ", %s in all", duration_text((int64_t)(form_runs_s(result) * 1e9)).s);
    strbuf_add(document, "</summary>\n\n");
    if (*target) {
        strbuf_add(document, "- target ");
        form_add_markdown_code(document, target, TEXT_MAX_MD);
        strbuf_add(document, "\n");
    }
    if (result->gate.baseline_path) {
        strbuf_add(document, "- baseline ");
        form_add_markdown_code(document, result->gate.baseline_path, TEXT_MAX_MD);
        strbuf_add(document, result->gate.baseline_moved ? ", written anew by this run\n" : "\n");
    }
    add_grown(&result->leak, document);
    for (size_t i = 0; i < result->gate.note_count && i < NOTES_MAX; i++) {
        strbuf_add(document, "- ");
        form_add_markdown(document, result->gate.notes[i], TEXT_MAX_MD);
        strbuf_add(document, "\n");
    }
    if (result->gate.note_count > NOTES_MAX)
        strbuf_addf(document, "- and %zu more notes in the result\n", result->gate.note_count - NOTES_MAX);
    strbuf_addf(document, "- plimsoll %s", plimsoll_version);
    if (*result->host.kernel) {
        strbuf_add(document, ", Linux ");
        form_add_markdown(document, result->host.kernel, NAME_MAX_MD);
    }
    if (*result->host.cgroup) {
        strbuf_add(document, ", cgroup ");
        form_add_markdown(document, result->host.cgroup, NAME_MAX_MD);
    }
    strbuf_add(document, "\n\n</details>\n");
    strbuf_free(&runs);
}

void form_markdown(const struct result *result, struct strbuf *document) {
    const struct gate_item **items = sorted(&result->gate);
    add_headline(result, document);
    add_table(&result->gate, items, document);
    add_sentences(&result->gate, items, document);
    add_leak(result, document);
    add_details(result, document);
    free(items);
}
