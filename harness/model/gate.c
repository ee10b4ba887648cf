#include "model/gate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

static const char *const names[GATE_STATE_COUNT] = {[GATE_PASSED] = "passed",
                                                    [GATE_FAILED] = "failed",
                                                    [GATE_UNDECIDED] = "undecided",
                                                    [GATE_UNASKED] = "unasked"};

const char *gate_state_name(enum gate_state state) {
    return names[state];
}

bool gate_state_from_name(const char *name, enum gate_state *ret) {
    int found = text_index(names, GATE_STATE_COUNT, name);
    if (found < 0)
        return false;
    *ret = (enum gate_state)found;
    return true;
}

struct gate_item *gate_add(struct gate *gate, const char *name, const char *metric) {
    struct gate_item *items = realloc(gate->items, (gate->count + 1) * sizeof *items);
    if (!items)
        abort();
    gate->items = items;
    gate->known = true;
    items[gate->count] =
        (struct gate_item){.name = text_copy(name), .metric = text_copy(metric), .state = GATE_UNDECIDED};
    return &items[gate->count++];
}

void gate_note(struct gate *gate, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    char **notes = realloc(gate->notes, (gate->note_count + 1) * sizeof *notes);
    if (!notes)
        abort();
    gate->notes = notes;
    gate->notes[gate->note_count++] = text;
}

void gate_conclude(struct gate *gate) {
    bool passed = false;
    bool undecided = false;
    bool failed = false;
    for (size_t i = 0; i < gate->count; i++) {
        passed = passed || gate->items[i].state == GATE_PASSED;
        undecided = undecided || gate->items[i].state == GATE_UNDECIDED;
        failed = failed || gate->items[i].state == GATE_FAILED;
    }
    gate->state = failed ? GATE_FAILED : undecided || !passed ? GATE_UNDECIDED : GATE_PASSED;
}

static void free_item(struct gate_item *item) {
    free(item->name);
    free(item->metric);
    free(item->sentence);
    free(item->advice);
}

void gate_free(struct gate *gate) {
    for (size_t i = 0; i < gate->count; i++)
        free_item(&gate->items[i]);
    for (size_t i = 0; i < gate->note_count; i++)
        free(gate->notes[i]);
    free(gate->items);
    free(gate->notes);
    free(gate->baseline_path);
    *gate = (struct gate){0};
}
