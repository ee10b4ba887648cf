/* Verdicts on recorded series, as a pipeline gets them. */
#include "unit.h"

#include "base/text.h"
#include "model/result.h"
#include "output/forms.h"
#include "output/series_gate.h"

static char long_name[301];

static void make(struct series_file *file, struct leak *leaks, const char *const *names, size_t count) {
    static struct series_record records[8];
    ck_assert_int_le(count, COUNT(records));
    memset(records, 0, sizeof records);
    for (size_t i = 0; i < count; i++) {
        records[i].series.name = names[i] ? text_copy(names[i]) : NULL;
        leaks[i] = (struct leak){.known = true,
                                 .verdict = (enum leak_verdict)(i % LEAK_VERDICT_COUNT),
                                 .per_hour.value = known_f64(1048576.0 * (double)i)};
    }
    *file = (struct series_file){.records = records, .count = count};
}

static void release(struct series_file *file) {
    for (size_t i = 0; i < file->count; i++)
        free(file->records[i].series.name);
}

TEST(an_item_for_each_series) {
    const char *names[] = {"web", "api", "db", "cache"};
    struct series_file file;
    struct leak leaks[4];
    struct gate gate = {0};
    make(&file, leaks, names, COUNT(names));
    series_gate(&file, leaks, &gate);
    ck_assert_int_eq(gate.count, 4);
    ck_assert_int_eq(gate.state, GATE_FAILED);
    for (size_t i = 0; i < gate.count; i++) {
        static const enum gate_state wanted[LEAK_VERDICT_COUNT] = {[LEAK_NONE] = GATE_PASSED,
                                                                   [LEAK_SUSPECTED] = GATE_UNDECIDED,
                                                                   [LEAK_INCONCLUSIVE] = GATE_UNDECIDED,
                                                                   [LEAK_CONFIRMED] = GATE_FAILED};
        const struct gate_item *item = &gate.items[i];
        ROW(strcmp(item->name + strlen("leak."), names[i]) == 0 && item->state == wanted[leaks[i].verdict] &&
                text_starts_with(item->sentence, names[i]) &&
                strstr(item->sentence, leak_verdict_name(leaks[i].verdict)) &&
                item->value.value == leaks[i].per_hour.value.value,
            "%s: %s", item->name, item->sentence);
    }
    gate_free(&gate);
    release(&file);
}

TEST(no_two_items_are_called_the_same) {
    memset(long_name, 'x', 300);
    char other[301];
    memcpy(other, long_name, sizeof other);
    other[299] = 'y';
    const char *names[] = {"a #3", "a", "a", NULL, NULL, long_name, other};
    struct series_file file;
    struct leak leaks[7];
    struct gate gate = {0};
    make(&file, leaks, names, COUNT(names));
    series_gate(&file, leaks, &gate);
    for (size_t i = 0; i < gate.count; i++) {
        ROW(strlen(gate.items[i].name) <= 100, "%s", gate.items[i].name);
        for (size_t j = 0; j < i; j++)
            ROW(strcmp(gate.items[i].name, gate.items[j].name) != 0, "%s", gate.items[i].name);
    }
    gate_free(&gate);
    release(&file);
}

/* Nothing ran, and no form says otherwise; each names what failed. */
TEST(the_forms_name_the_series) {
    const char *names[] = {"web", "api", "db", "cache"};
    struct series_file file;
    struct leak leaks[4];
    struct result result = {.recorded = true, .command = text_copy("leak"), .name = text_copy("rec.csv")};
    make(&file, leaks, names, COUNT(names));
    series_gate(&file, leaks, &result.gate);
    static const struct {
        void (*form)(const struct result *result, struct strbuf *document);
        const char *absent;
    } kinds[] = {{form_junit, "runs"},
                 {form_markdown, "no run"},
                 {form_openmetrics, "plimsoll_runs"},
                 {form_annotations, "no run"}};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct strbuf document = {0};
        kinds[i].form(&result, &document);
        ROW(!strstr(document.text, kinds[i].absent), "%zu: %s", i, document.text);
        for (size_t j = 0; j < COUNT(names); j++)
            ROW(strstr(document.text, names[j]) || result.gate.items[j].state == GATE_PASSED, "%zu: %s: %s",
                i, names[j], document.text);
        strbuf_free(&document);
    }
    result_free(&result);
    release(&file);
}

UNIT_MAIN("series_gate", an_item_for_each_series, no_two_items_are_called_the_same, the_forms_name_the_series)
