#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/version.h"
#include "output/form_text.h"
#include "output/forms.h"

static void add_label(struct strbuf *document, const char *name, const char *value) {
    if (!value || !*value)
        return;
    strbuf_addf(document, ",%s=\"", name);
    form_add_label(document, value, FORM_NAME_MAX);
    strbuf_add(document, "\"");
}

/* "name{name="web",image="shop:1.4"": labels as cAdvisor's; its own come after them, then "}". */
static void begin_sample(const struct result *result, const char *name, struct strbuf *document) {
    strbuf_addf(document, "%s{name=\"", name);
    form_add_label(document, result->name, FORM_NAME_MAX);
    strbuf_add(document, "\"");
    add_label(document, "image", result->image);
}

static void end_sample(struct strbuf *document, double value) {
    strbuf_add(document, "}");
    form_add_number(document, value);
}

/* A family of one sample; nothing where it is not known. */
static void add_single(const struct result *result, const char *name, const char *unit, const char *help,
                       struct known_f64 value, struct strbuf *document) {
    if (!value.known || !isfinite(value.value))
        return;
    form_add_family(document, name, "gauge", unit, help);
    begin_sample(result, name, document);
    end_sample(document, value.value);
}

/* The highest of the runs that came to their end. */
static struct known_f64 highest(const struct result *result,
                                struct known_i64 (*read)(const struct trial *trial)) {
    struct known_i64 most = UNKNOWN_I64;
    for (size_t i = 0; i < result->trial_count; i++)
        if (trial_lived(&result->trials[i]))
            known_raise(&most, read(&result->trials[i]));
    return known_as_f64(most);
}

static struct known_i64 peak_of(const struct trial *trial) {
    return trial->peak_bytes;
}

static struct known_i64 needed_of(const struct trial *trial) {
    return trial->needed_bytes;
}

static struct known_i64 working_set_of(const struct trial *trial) {
    return trial->working_set_p95_bytes;
}

/* The limit that all runs had; cAdvisor's word for none is 0, ours is to say nothing. */
static struct known_f64 common_limit(const struct result *result) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (!result->trials[i].limit_bytes.known ||
            result->trials[i].limit_bytes.value != result->trials[0].limit_bytes.value)
            return UNKNOWN_F64;
    return result->trial_count ? known_as_f64(result->trials[0].limit_bytes) : UNKNOWN_F64;
}

static struct known_i64 oom_kills(const struct result *result) {
    struct known_i64 sum = UNKNOWN_I64;
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].oom_kills.known)
            sum = known_i64(known_or(sum, 0) + result->trials[i].oom_kills.value);
    return sum;
}

static void add_runs(const struct result *result, struct strbuf *document) {
    size_t counts[OUTCOME_COUNT] = {0};
    struct known_i64 kills = oom_kills(result);
    add_single(result, "container_memory_max_usage_bytes", "bytes",
               "Most memory that was in use, page cache included: the highest of the runs.",
               highest(result, peak_of), document);
    add_single(
        result, "container_memory_working_set_bytes", "bytes",
        "Usage less inactive page cache, below which a run stayed 95 % of its time: the highest of the runs.",
        highest(result, working_set_of), document);
    add_single(result, "container_spec_memory_limit_bytes", "bytes", "Memory limit that all runs had.",
               common_limit(result), document);
    if (kills.known) {
        form_add_family(document, "container_oom_events_total", NULL, "", "OOM kills in all runs together.");
        begin_sample(result, "container_oom_events_total", document);
        end_sample(document, (double)kills.value);
    }
    add_single(result, "plimsoll_needed_bytes", "bytes",
               "Most memory that reclaim could not take back: the highest of the runs.",
               highest(result, needed_of), document);
    for (size_t i = 0; i < result->trial_count; i++)
        counts[result->trials[i].outcome]++;
    form_add_family(document, "plimsoll_runs", "gauge", "", "Runs by how they ended.");
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        begin_sample(result, "plimsoll_runs", document);
        add_label(document, "outcome", outcome_name((enum outcome)i));
        end_sample(document, (double)counts[i]);
    }
}

static void add_points(const struct result *result, struct strbuf *document) {
    const struct oom_point *point = &result->oom_point;
    const struct recommendation *advice = &result->recommendation;
    if (point->known) {
        add_single(result, "plimsoll_oom_point_ooms_bytes", "bytes",
                   "Highest limit at which it dies every time.", known_as_f64(point->ooms_bytes), document);
        add_single(result, "plimsoll_oom_point_survives_bytes", "bytes",
                   "Lowest limit at which it lives every time.", known_as_f64(point->survives_bytes),
                   document);
    }
    if (result->slowdown_point.known)
        add_single(result, "plimsoll_slowdown_point_bytes", "bytes",
                   "Lowest limit at which it is as fast as without one.",
                   known_f64((double)result->slowdown_point.limit_bytes), document);
    if (recommendation_is_proven(advice)) {
        add_single(result, "plimsoll_recommended_request_bytes", "bytes",
                   "Memory request that is recommended.", known_f64((double)advice->request_bytes), document);
        add_single(result, "plimsoll_recommended_limit_bytes", "bytes", "Memory limit that is recommended.",
                   known_f64((double)advice->limit_bytes), document);
    }
}

/* What a question's metric is counted in, by the end of its name. */
static const struct {
    const char *end;
    const char *unit; /* of the family, in whose name it is */
} units[] = {
    {"_bytes", "bytes"},
    {"_bytes_per_hour", "bytes_per_hour"},
    {"_bytes_per_cycle", "bytes_per_cycle"},
    {"_s", "seconds"},
    {"_ratio", "ratio"},
};

static const char *unit_of(const char *metric) {
    size_t length = strlen(metric);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t end = strlen(units[i].end);
        if (length >= end && strcmp(metric + length - end, units[i].end) == 0)
            return units[i].unit;
    }
    return "";
}

static const struct {
    const char *name;
    const char *help;
    size_t offset;
} sides[] = {
    {"measured", "What was measured for a question.", offsetof(struct gate_item, value)},
    {"low", "Lower end of its confidence interval.", offsetof(struct gate_item, low)},
    {"high", "Upper end of its confidence interval.", offsetof(struct gate_item, high)},
    {"baseline", "What it is compared with.", offsetof(struct gate_item, baseline)},
    {"bound", "The most that passes.", offsetof(struct gate_item, bound)},
};

/* One family for each side and unit, with a sample for each question. */
static void add_side(const struct result *result, size_t side, const char *unit, struct strbuf *document) {
    CLEANUP_FREE char *name = text_format("plimsoll_gate_%s%s%s", sides[side].name, *unit ? "_" : "", unit);
    bool begun = false;
    for (size_t i = 0; i < result->gate.count; i++) {
        const struct gate_item *item = &result->gate.items[i];
        const struct known_f64 *value = (const void *)((const char *)item + sides[side].offset);
        if (!value->known || !isfinite(value->value) || strcmp(unit_of(item->metric), unit) != 0)
            continue;
        if (!begun)
            form_add_family(document, name, "gauge", unit, sides[side].help);
        begun = true;
        begin_sample(result, name, document);
        add_label(document, "question", item->name);
        end_sample(document, value->value);
    }
}

static void add_state(const struct result *result, const char *name, const char *question, const char *state,
                      bool is_so, struct strbuf *document) {
    begin_sample(result, name, document);
    add_label(document, "question", question);
    add_label(document, "state", state);
    end_sample(document, is_so);
}

static void add_gate(const struct result *result, struct strbuf *document) {
    const struct gate *gate = &result->gate;
    form_add_family(document, "plimsoll_gate_state", "gauge", "",
                    "1 for the state that the gate as a whole is in.");
    for (int state = 0; state < GATE_UNASKED; state++)
        add_state(result, "plimsoll_gate_state", NULL, gate_state_name((enum gate_state)state),
                  form_state(result) == (enum gate_state)state, document);
    if (gate->count == 0)
        return;
    form_add_family(document, "plimsoll_gate_question_state", "gauge", "",
                    "1 for the state that a question is in.");
    for (size_t i = 0; i < gate->count; i++)
        for (int state = 0; state < GATE_STATE_COUNT; state++)
            add_state(result, "plimsoll_gate_question_state", gate->items[i].name,
                      gate_state_name((enum gate_state)state), gate->items[i].state == (enum gate_state)state,
                      document);
    for (size_t side = 0; side < sizeof sides / sizeof *sides; side++) {
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            add_side(result, side, units[i].unit, document);
        add_side(result, side, "", document);
    }
}

static void add_leak(const struct result *result, struct strbuf *document) {
    const struct leak *leak = &result->leak;
    if (!leak->known)
        return;
    form_add_family(document, "plimsoll_leak_verdict", "gauge", "", "1 for the verdict about growth.");
    for (int verdict = 0; verdict < LEAK_VERDICT_COUNT; verdict++)
        add_state(result, "plimsoll_leak_verdict", NULL, leak_verdict_name((enum leak_verdict)verdict),
                  leak->verdict == (enum leak_verdict)verdict, document);
    add_single(result, "plimsoll_leak_growth_bytes_per_hour", "bytes_per_hour",
               "Growth, whatever its verdict.", leak->per_hour.value, document);
    add_single(result, "plimsoll_leak_growth_low_bytes_per_hour", "bytes_per_hour",
               "Lower end of its confidence interval.", leak->per_hour.low, document);
    add_single(result, "plimsoll_leak_growth_high_bytes_per_hour", "bytes_per_hour",
               "Upper end of its confidence interval.", leak->per_hour.high, document);
    add_single(result, "plimsoll_leak_growth_bytes_per_cycle", "bytes_per_cycle",
               "Growth with each cycle of load.", leak->per_cycle.value, document);
    add_single(result, "plimsoll_leak_detectable_bytes_per_hour", "bytes_per_hour",
               "Growth below this cannot be excluded.", leak->detectable_bytes_per_hour, document);
    add_single(result, "plimsoll_leak_time_to_limit_seconds", "seconds",
               "When growth like that fills the limit.", leak->time_to_limit_s, document);
}

void form_openmetrics(const struct result *result, struct strbuf *document) {
    form_add_family(document, "plimsoll_build_info", "gauge", "", "1, with the version that measured.");
    begin_sample(result, "plimsoll_build_info", document);
    add_label(document, "version", plimsoll_version);
    end_sample(document, 1);
    if (!result->recorded)
        add_runs(result, document);
    add_points(result, document);
    add_gate(result, document);
    add_leak(result, document);
    strbuf_add(document, "# EOF\n");
}
