/* output/document_leak: what is written of leaks and gates comes back as it was, and nothing else is taken.
 */
#include "output/document_leak.h"

#include "base/text.h"
#include "base/units.h"
#include "unit.h"

static struct leak full_leak(void) {
    struct leak leak = {.known = true,
                        .verdict = LEAK_CONFIRMED,
                        .shape = SHAPE_STACKS,
                        .measure = MEASURE_WORKING_SET,
                        .by_cycle = true,
                        .reason = text_copy("It grew, \"throughout\"."),
                        .points = 18,
                        .warmup = 2,
                        .span_ns = 40 * NS_PER_S,
                        .per_hour = {known_f64(100), known_f64(90), known_f64(110)},
                        .per_cycle = {known_f64(10), known_f64(-9), known_f64(11)},
                        .detectable_bytes_per_hour = known_f64(5),
                        .detectable_bytes_per_cycle = known_f64(0.5),
                        .more_s = known_f64(60),
                        .more_cycles = known_i64(30),
                        .more_detectable_bytes_per_hour = known_f64(1),
                        .time_to_limit_s = known_f64(7200),
                        .kinds = {{"anon", 1000, 100}, {"kernel", -5, -1}},
                        .kind_count = 2,
                        .tasks_growth = known_f64(12)};
    struct leak_process process = {
        .pid = 12, .name = text_copy("node"), .growth_bytes = 4096, .tasks_growth = 3, .is_new = true};
    leak_add_process(&leak, &process);
    return leak;
}

/* The text of an object with this leak. Caller frees. */
static char *leak_text(const struct leak *leak) {
    cJSON *root = cJSON_CreateObject();
    document_put_leak(root, "leak", leak);
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}

static int read_leak(const char *text, struct leak *ret, struct error *error) {
    struct json_reader reader = {.source = "r.json", .error = error};
    cJSON *root = cJSON_Parse(text);
    document_get_leak(&reader, root, "leak", ret);
    cJSON_Delete(root);
    return reader.code;
}

TEST(a_leak_comes_back_as_it_was) {
    struct leak empty = {.known = true};
    struct leak none = {0};
    struct leak full = full_leak();
    const struct leak *const rows[] = {&full, &empty, &none};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error;
        struct leak back;
        char *text = leak_text(rows[i]);
        ROW(read_leak(text, &back, &error) == 0, "%s: %s", text, error.what);
        char *again = leak_text(&back);
        ROW_TEXT(again, text, "leak");
        leak_free(&back);
        free(text);
        free(again);
    }
    leak_free(&full);
}

TEST(what_is_no_leak_is_refused) {
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"{\"leak\":1}", "r.json: leak: not an object"},
        {"{\"leak\":{}}", "r.json: leak.verdict: not one that is known"},
        {"{\"leak\":{\"verdict\":\"perhaps\"}}", "r.json: leak.verdict: not one that is known"},
        {"{\"leak\":{\"verdict\":\"none\",\"ci95_bytes_per_hour\":[1]}}",
         "r.json: ci95_bytes_per_hour: not a pair of numbers"},
        {"{\"leak\":{\"verdict\":\"none\",\"kinds\":[{\"name\":\"heap\"}]}}",
         "r.json: leak.kinds: not a list of anon, shmem and kernel"},
        {"{\"leak\":{\"verdict\":\"none\",\"shape\":\"round\"}}",
         "r.json: leak.shape: not one that is known"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        struct leak back;
        ROW(read_leak(rows[i].text, &back, &error) < 0, "taken: %s", rows[i].text);
        ROW_TEXT(error.what, rows[i].says, rows[i].text);
        leak_free(&back);
    }
}

static char *gate_text(const struct gate *gate) {
    cJSON *root = cJSON_CreateObject();
    document_put_gate(root, "gate", gate);
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}

TEST(a_gate_comes_back_as_it_was) {
    struct gate gate = {.baseline_path = text_copy("base.json"), .baseline_moved = true};
    struct gate_item *item = gate_add(&gate, "regression.needed_bytes", "needed_bytes");
    item->state = GATE_FAILED;
    item->sentence = text_copy("12 % more");
    item->value = known_f64(112);
    item->baseline = known_f64(100);
    gate_add(&gate, "budget.peak_bytes", "peak_bytes")->state = GATE_UNASKED;
    gate_note(&gate, "measured %s", "without a group");
    gate_conclude(&gate);
    char *text = gate_text(&gate);
    struct error error;
    struct gate back;
    struct json_reader reader = {.source = "r.json", .error = &error};
    cJSON *root = cJSON_Parse(text);
    document_get_gate(&reader, root, "gate", &back);
    cJSON_Delete(root);
    ROW(reader.code == 0, "%s", error.what);
    char *again = gate_text(&back);
    ROW_TEXT(again, text, "gate");
    ROW(back.state == GATE_FAILED && back.count == 2 && back.note_count == 1, "%s", text);
    gate_free(&gate);
    gate_free(&back);
    free(text);
    free(again);
}

TEST(a_gate_is_as_its_questions_are) {
    static const struct {
        enum gate_state states[3];
        int count;
        enum gate_state all;
    } rows[] = {
        {{GATE_PASSED}, 0, GATE_UNDECIDED}, /* nothing asked is no pass */
        {{GATE_PASSED}, 1, GATE_PASSED},
        {{GATE_UNASKED}, 1, GATE_UNDECIDED},
        {{GATE_PASSED, GATE_UNASKED}, 2, GATE_PASSED},
        {{GATE_PASSED, GATE_UNDECIDED}, 2, GATE_UNDECIDED},
        {{GATE_UNDECIDED, GATE_FAILED, GATE_PASSED}, 3, GATE_FAILED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gate gate = {0};
        for (int k = 0; k < rows[i].count; k++)
            gate_add(&gate, "a", "b")->state = rows[i].states[k];
        gate_conclude(&gate);
        ROW(gate.state == rows[i].all, "row %zu: %s", i, gate_state_name(gate.state));
        gate_free(&gate);
    }
}

UNIT_MAIN("document_leak", a_leak_comes_back_as_it_was, what_is_no_leak_is_refused,
          a_gate_comes_back_as_it_was, a_gate_is_as_its_questions_are)
