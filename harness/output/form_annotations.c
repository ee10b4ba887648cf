#include "base/cleanup.h"
#include "output/form_text.h"
#include "output/forms.h"

/* GitHub shows ten errors and ten warnings of one step, and no more. */
#define SHOWN_MAX 10

static void add_command(struct strbuf *commands, const char *level, const char *what, const char *text) {
    CLEANUP_FREE char *title = text_format("plimsoll: %s", what);
    strbuf_addf(commands, "::%s title=", level);
    form_add_command_property(commands, title, FORM_NAME_MAX);
    strbuf_add(commands, "::");
    form_add_command_text(commands, text, FORM_SENTENCE_MAX);
    strbuf_add(commands, "\n");
}

static void add_item(struct strbuf *commands, const char *level, const struct gate_item *item, size_t more) {
    struct strbuf text = {0};
    strbuf_add(&text, item->sentence ? item->sentence : gate_state_name(item->state));
    if (item->advice)
        strbuf_addf(&text, "%s Next: %s", text.length && text.text[text.length - 1] == '.' ? "" : ".",
                    item->advice);
    CLEANUP_FREE char *line = form_line(text.text, FORM_SENTENCE_MAX - 40);
    CLEANUP_FREE char *told = more ? text_format("%s (and %zu more)", line, more) : text_copy(line);
    add_command(commands, level, item->name, told);
    strbuf_free(&text);
}

/* Those of one state. */
static void add_items(const struct gate *gate, enum gate_state state, const char *level, size_t room,
                      struct strbuf *commands) {
    size_t left = 0;
    for (size_t i = 0; i < gate->count; i++)
        left += gate->items[i].state == state;
    for (size_t i = 0; i < gate->count && room > 0; i++) {
        if (gate->items[i].state != state)
            continue;
        left--;
        room--;
        add_item(commands, level, &gate->items[i], room == 0 ? left : 0);
    }
}

static const char *level_of(enum gate_state state) {
    return state == GATE_FAILED ? "error" : state == GATE_PASSED ? "notice" : "warning";
}

void form_annotations(const struct result *result, struct strbuf *commands) {
    struct strbuf sentence = {0};
    bool has_leak = form_has_leak(result);
    enum gate_state leak = has_leak ? form_leak_state(&result->leak) : GATE_PASSED;
    size_t told = form_count(result, GATE_FAILED) + form_count(result, GATE_UNDECIDED);
    CLEANUP_FREE char *no_life = form_no_life(result);
    if (no_life)
        add_command(commands, "error", "no run came to its end alive", no_life);
    add_items(&result->gate, GATE_FAILED, "error", SHOWN_MAX - (leak == GATE_FAILED) - (no_life != NULL),
              commands);
    add_items(&result->gate, GATE_UNDECIDED, "warning", SHOWN_MAX - (leak == GATE_UNDECIDED), commands);
    if (has_leak && leak != GATE_PASSED) {
        form_leak_sentence(&result->leak, &sentence);
        add_command(commands, level_of(leak), "leak", sentence.text);
    } else if (told == 0 && !no_life) {
        form_verdict(result, &sentence);
        add_command(commands, level_of(form_state(result)), result->name ? result->name : "memory",
                    sentence.text);
    }
    strbuf_free(&sentence);
}
