/* Results to write in every form: plain ones, empty ones, and those made to break the documents that they are
 * in. For test_forms.c, and for form_samples.c, which writes them for the readers that tests/run-forms asks.
 */
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "model/result.h"

/* Each has broken a document somewhere. */
static const char *const form_hostile[] = {
    "<script>alert(1)</script>",
    "]]>&amp;&#0;&#60;b&#62;",
    "\" onload=\"x' y='",
    "a|b\\|c\\\\|d`e``f",
    "line\nline\r\nline\rline\ttab",
    "\033[2J\033]0;title\007\x01\x7f\xc2\x85\xc2\x9b",
    "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
    "\xef\xbf\xbe\xef\xbf\xbf \xe2\x80\xae txt.exe \xe2\x80\xa8 \xe2\x81\xa6",
    "@everyone @org/team user@example.com #1 !2 ~bug %\"m1\" &3 $5 GH-6 http://evil.test www.evil.test",
    "::error title=x::y%0A::set-output name=a::b, c: d\n::stop-commands::z",
    "</details></summary><!-- --> --> <img src=x onerror=y>",
    "# head\n- item\n1. one\n> quote\n```\ncode\n```\n| t |\n|---|\n",
    "[link](javascript:x) ![i](http://x.test/i.png) **b** _i_ ~~s~~ $x$ {#id} :x: [^1]",
    "\\ \"} 1\n# EOF\nfake{a=\"b\"} 1",
    "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x92\xa9 a\xcc\x81",
    "%s%n%d %25 %0a %% %",
    "",
};
#define FORM_HOSTILE (sizeof form_hostile / sizeof *form_hostile)

static inline void form_case_trial(struct result *result, enum outcome outcome, int64_t needed,
                                   const char *words) {
    struct trial trial = {.id = (int)result->trial_count + 1,
                          .purpose = PURPOSE_STEP,
                          .limit_bytes = known_i64(256 * MIB),
                          .outcome = outcome,
                          .peak_bytes = known_i64(needed + MIB),
                          .needed_bytes = known_i64(needed),
                          .working_set_p95_bytes = known_i64(needed - MIB),
                          .oom_kills = known_i64(outcome == OUTCOME_OOM)};
    trial.exit.duration_ns = 1500 * NS_PER_MS;
    trial.exit.stderr_tail = text_copy(words);
    result_add_trial(result, &trial);
}

static inline void form_case_argv(struct result *result, const char *first, const char *second) {
    result->argv = calloc(3, sizeof *result->argv);
    if (!result->argv)
        abort();
    result->argv[0] = text_copy(first);
    result->argv[1] = text_copy(second);
}

static inline struct result form_case_head(const char *command, const char *name) {
    struct result result = {
        .command = text_copy(command),
        .name = text_copy(name),
        .started_at = text_copy("2026-11-23T01:21:04Z"),
        .host = {.name = "runner-1", .kernel = "6.1.0-13-amd64", .cgroup = "v2", .cpus = 4}};
    result.host.memory_bytes = known_i64(16 * GIB);
    form_case_argv(&result, "./web", "--serve");
    return result;
}

/* The pointer is good until the next is added. */
static inline struct gate_item *form_case_item(struct result *result, const char *name, const char *metric,
                                               enum gate_state state, const char *sentence,
                                               const char *advice) {
    struct gate_item *item = gate_add(&result->gate, name, metric);
    item->state = state;
    item->sentence = sentence ? text_copy(sentence) : NULL;
    item->advice = advice ? text_copy(advice) : NULL;
    return item;
}

static inline void form_case_leak(struct result *result, enum leak_verdict verdict, const char *text) {
    struct leak *leak = &result->leak;
    *leak = (struct leak){.known = true,
                          .verdict = verdict,
                          .shape = verdict == LEAK_NONE ? SHAPE_FLAT : SHAPE_LINEAR,
                          .reason = text_copy(text),
                          .points = 40,
                          .span_ns = 600 * NS_PER_S};
    leak->per_hour = (struct leak_rate){known_f64(3.25 * (double)MIB), known_f64(2.75 * (double)MIB),
                                        known_f64(3.5 * (double)MIB)};
    leak->detectable_bytes_per_hour = known_f64((double)MIB);
    leak->more_detectable_bytes_per_hour = known_f64(512.0 * (double)KIB);
    leak->more_s = known_f64(2400);
    leak->time_to_limit_s = known_f64(36000);
    leak->kinds[0] = (struct leak_kind){"anon", 2.5 * (double)MIB, 3.25 * (double)MIB};
    leak->kind_count = 1;
    leak->processes = calloc(1, sizeof *leak->processes);
    if (!leak->processes)
        abort();
    leak->processes[0] = (struct leak_process){.pid = 42, .name = text_copy(text), .growth_bytes = 2 * MIB};
    leak->process_count = 1;
}

static inline struct result form_case_failed(void) {
    struct result result = form_case_head("check", "web");
    for (int i = 0; i < 4; i++)
        form_case_trial(&result, OUTCOME_SURVIVED, 130 * MIB + i * 4096, "");
    struct gate_item *item =
        form_case_item(&result, "regression.needed_bytes", "needed_bytes", GATE_FAILED,
                       "needed 130.0 MiB, 10.2 % above the baseline of 118.0 MiB (at most 3 %)",
                       "if it is meant: plimsoll check --update-baseline");
    item->value = known_f64(130.0 * (double)MIB);
    item->low = known_f64(129.5 * (double)MIB);
    item->high = known_f64(130.5 * (double)MIB);
    item->baseline = known_f64(118.0 * (double)MIB);
    item->bound = known_f64(121.5 * (double)MIB);
    item = form_case_item(&result, "budget.growth_bytes_per_hour", "growth_bytes_per_hour", GATE_UNDECIDED,
                          "too few cycles to tell", NULL);
    item->bound = known_f64((double)MIB);
    item = form_case_item(&result, "budget.peak_bytes", "peak_bytes", GATE_PASSED, "peak 131.0 MiB", NULL);
    item->value = known_f64(131.0 * (double)MIB);
    item->bound = known_f64(160.0 * (double)MIB);
    form_case_item(&result, "budget.limit_bytes", "limit_bytes", GATE_UNASKED, "no cgroup rights here", NULL);
    result.gate.baseline_path = text_copy("memory.json");
    gate_note(&result.gate, "%s", "measured without cgroup rights: page cache is not counted");
    gate_conclude(&result.gate);
    return result;
}

static inline struct result form_case_passed(void) {
    struct result result = form_case_head("check", "web");
    form_case_trial(&result, OUTCOME_SURVIVED, 118 * MIB, "");
    struct gate_item *item = form_case_item(&result, "regression.needed_bytes", "needed_bytes", GATE_PASSED,
                                            "needed 118.0 MiB, as the baseline", NULL);
    item->value = known_f64(118.0 * (double)MIB);
    gate_conclude(&result.gate);
    return result;
}

static inline struct result form_case_leaks(enum leak_verdict verdict) {
    struct result result = form_case_head("leak", "web");
    form_case_trial(&result, OUTCOME_SURVIVED, 118 * MIB, "");
    form_case_leak(&result, verdict, "every segment of the run grew");
    return result;
}

static inline struct result form_case_target_fails(void) {
    struct result result = form_case_head("check", "web");
    form_case_trial(&result, OUTCOME_FAILED, 2 * MIB,
                    "one\ntwo\nError: connect ECONNREFUSED <127.0.0.1>\n\n");
    result.gate.known = true;
    gate_conclude(&result.gate);
    return result;
}

static inline struct result form_case_nothing(void) {
    return (struct result){0};
}

/* Every text is this one, and there is a lot of everything. */
static inline struct result form_case_all(const char *text, size_t items) {
    struct result result = form_case_head("check", text);
    free(result.command);
    result.command = text_copy(text);
    result.image = text_copy(text);
    result.load = text_copy(text);
    free(result.argv[1]);
    result.argv[1] = text_copy(text);
    for (size_t i = 0; i < items; i++) {
        char *name = text_format("%zu.%s", i, text);
        form_case_item(&result, name, i % 2 ? text : "needed_bytes", (enum gate_state)(i % GATE_STATE_COUNT),
                       text, text)
            ->value = known_f64((double)i);
        free(name);
        gate_note(&result.gate, "%s", text);
    }
    gate_conclude(&result.gate);
    result.gate.baseline_path = text_copy(text);
    form_case_trial(&result, OUTCOME_OOM, 100 * MIB, text);
    form_case_leak(&result, LEAK_CONFIRMED, text);
    return result;
}

static inline char *form_case_long(char byte, size_t length) {
    char *text = malloc(length + 1);
    if (!text)
        abort();
    memset(text, byte, length);
    text[length] = '\0';
    return text;
}

/* A generator of its own (xorshift64, Marsaglia 2003), so that a seed means the same everywhere. */
static inline uint64_t form_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Pieces of hostile texts and bytes of any kind. Caller frees. */
static inline char *form_random_text(uint64_t *state) {
    struct strbuf text = {0};
    int pieces = (int)(form_random(state) % 6);
    for (int i = 0; i < pieces; i++) {
        const char *hostile = form_hostile[form_random(state) % FORM_HOSTILE];
        size_t length = strlen(hostile);
        size_t from = length ? form_random(state) % length : 0;
        strbuf_add_bytes(&text, hostile + from, length - from);
        char bytes[4];
        for (size_t j = 0; j < sizeof bytes; j++)
            bytes[j] = (char)(1 + form_random(state) % 255);
        strbuf_add_bytes(&text, bytes, form_random(state) % 5);
    }
    if (form_random(state) % 50 == 0)
        for (int i = 0; i < 400; i++)
            strbuf_add(&text, form_hostile[form_random(state) % FORM_HOSTILE]);
    return text.text ? text.text : text_copy("");
}

static inline struct known_f64 form_random_number(uint64_t *state) {
    static const double numbers[] = {0, -1, 1, 1e300, -1e300, 1e18, 9.3e18, 0.1, 123456789.5};
    uint64_t which = form_random(state) % 12;
    if (which == 9)
        return known_f64((double)NAN);
    if (which == 10)
        return known_f64((double)INFINITY);
    return which == 11 ? UNKNOWN_F64 : known_f64(numbers[which]);
}

static inline struct result form_case_random(uint64_t seed) {
    static const char *const metrics[] = {
        "needed_bytes", "growth_bytes_per_hour", "slowdown_ratio", "start_s", "x", "growth_bytes_per_cycle"};
    uint64_t state = seed * 2654435761U + 88172645463325252U;
    char *text[4];
    for (size_t i = 0; i < 4; i++)
        text[i] = form_random_text(&state);
    struct result result = form_case_head("check", text[0]);
    result.image = form_random(&state) % 2 ? text_copy(text[1]) : NULL;
    free(result.argv[1]);
    result.argv[1] = text_copy(text[2]);
    size_t items = form_random(&state) % 3 ? form_random(&state) % 30 : 0;
    for (size_t i = 0; i < items; i++) {
        char *own = form_random_text(&state);
        char *name = text_format("%zu%s", i, own);
        struct gate_item *item =
            form_case_item(&result, name, metrics[form_random(&state) % 6],
                           (enum gate_state)(form_random(&state) % GATE_STATE_COUNT),
                           form_random(&state) % 4 ? own : NULL, form_random(&state) % 2 ? own : NULL);
        item->value = form_random_number(&state);
        item->low = form_random_number(&state);
        item->high = form_random_number(&state);
        item->baseline = form_random_number(&state);
        item->bound = form_random_number(&state);
        gate_note(&result.gate, "%s", own);
        free(own);
        free(name);
    }
    gate_conclude(&result.gate);
    if (form_random(&state) % 2)
        result.gate.baseline_path = text_copy(text[3]);
    if (form_random(&state) % 2) {
        form_case_leak(&result, (enum leak_verdict)(form_random(&state) % LEAK_VERDICT_COUNT), text[3]);
        result.leak.per_hour.value = form_random_number(&state);
        result.leak.more_s = form_random_number(&state);
        result.leak.detectable_bytes_per_hour = form_random_number(&state);
        result.leak.kinds[0].growth_bytes = form_random_number(&state).value;
    }
    for (uint64_t i = form_random(&state) % 4; i > 0; i--)
        form_case_trial(&result, (enum outcome)(form_random(&state) % OUTCOME_COUNT), 100 * MIB, text[1]);
    for (size_t i = 0; i < 4; i++)
        free(text[i]);
    return result;
}
