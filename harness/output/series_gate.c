#include "output/series_gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "output/form_text.h"

/* With "leak." before it and a number behind it, it is within what the forms cut names to. */
#define SERIES_NAME_MAX (FORM_NAME_MAX - 20)

static bool is_there(const struct gate *gate, const char *name) {
    for (size_t i = 0; i < gate->count; i++)
        if (strcmp(gate->items[i].name, name) == 0)
            return true;
    return false;
}

static char *name_of(const struct gate *gate, const char *series, size_t number) {
    CLEANUP_FREE char *line = form_line(series, SERIES_NAME_MAX);
    char *name = series ? text_format("leak.%s", line) : text_copy("leak");
    for (; is_there(gate, name); number++) {
        free(name);
        name = text_format("leak%s%s #%zu", series ? "." : "", line, number);
    }
    return name;
}

void series_gate(const struct series_file *file, const struct leak *leaks, struct gate *ret) {
    for (size_t i = 0; i < file->count; i++) {
        const char *series = file->records[i].series.name;
        CLEANUP_FREE char *name = name_of(ret, series, i + 1);
        struct gate_item *item = gate_add(ret, name, "growth_bytes_per_hour");
        struct strbuf sentence = {0};
        /* Lists of sentences name no items. */
        if (file->count > 1)
            strbuf_addf(&sentence, "%s: ", series ? item->name + strlen("leak.") : item->name);
        form_leak_sentence(&leaks[i], &sentence);
        item->sentence = sentence.text;
        item->state = form_leak_state(&leaks[i]);
        item->value = leaks[i].per_hour.value;
        item->low = leaks[i].per_hour.low;
        item->high = leaks[i].per_hour.high;
    }
    for (size_t i = 0; i < file->note_count; i++)
        gate_note(ret, "%s", file->notes[i]);
    gate_conclude(ret);
}
