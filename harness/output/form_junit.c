#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/version.h"
#include "output/form_text.h"
#include "output/forms.h"

/* Of what a run that failed said last; a line each, cut like all else. */
#define LAST_WORDS_LINES 8

/* Wide enough for every sentence, and no room for a log. */
#define MESSAGE_MAX 500

static void add_attribute(struct strbuf *document, const char *name, const char *text, size_t most) {
    strbuf_addf(document, " %s=\"", name);
    form_add_xml(document, text, most);
    strbuf_add(document, "\"");
}

static void add_property(struct strbuf *document, const char *name, const char *value) {
    if (!value || !*value)
        return;
    strbuf_add(document, "      <property");
    add_attribute(document, "name", name, FORM_NAME_MAX);
    add_attribute(document, "value", value, MESSAGE_MAX);
    strbuf_add(document, "/>\n");
}

static void add_properties(const struct result *result, struct strbuf *document) {
    CLEANUP_FREE char *target = result->argv ? text_command_line(result->argv) : text_copy("");
    CLEANUP_FREE char *cpus = text_format("%d", result->host.cpus);
    struct strbuf verdict = {0};
    form_verdict(result, &verdict);
    strbuf_add(document, "    <properties>\n");
    add_property(document, "plimsoll", plimsoll_version);
    add_property(document, "verdict", strbuf_text(&verdict));
    add_property(document, "command", result->command);
    add_property(document, "target", target);
    add_property(document, "image", result->image);
    add_property(document, "load", result->load);
    add_property(document, "baseline", result->gate.baseline_path);
    add_property(document, "kernel", result->host.kernel);
    add_property(document, "cgroup", result->host.cgroup);
    if (result->host.cpus > 0)
        add_property(document, "cpus", cpus);
    if (result->host.memory_bytes.known)
        add_property(document, "memory", bytes_text(result->host.memory_bytes.value).s);
    strbuf_add(document, "    </properties>\n");
    strbuf_free(&verdict);
}

/* What a case is called by all who list it. */
static void begin_case(const struct result *result, const char *name, double seconds,
                       struct strbuf *document) {
    CLEANUP_FREE char *class = text_format("plimsoll.%s", result->name ? result->name : "target");
    strbuf_add(document, "    <testcase");
    add_attribute(document, "classname", class, FORM_NAME_MAX);
    add_attribute(document, "name", name, FORM_NAME_MAX);
    strbuf_addf(document, " time=\"%.3f\"", seconds);
}

static const char *element_of(enum gate_state state) {
    return state == GATE_FAILED ? "failure" : state == GATE_UNASKED ? "skipped" : "error";
}

/* A case that did not pass; `body` is text that is escaped already. */
static void end_case(enum gate_state state, const char *type, const char *message, const struct strbuf *body,
                     struct strbuf *document) {
    if (state == GATE_PASSED) {
        strbuf_add(document, "/>\n");
        return;
    }
    strbuf_addf(document, ">\n      <%s", element_of(state));
    /* What was skipped has no type. */
    if (state != GATE_UNASKED)
        add_attribute(document, "type", type, FORM_NAME_MAX);
    add_attribute(document, "message", message, MESSAGE_MAX);
    if (body->length == 0 || state == GATE_UNASKED)
        strbuf_add(document, "/>");
    else
        strbuf_addf(document, ">%s</%s>", body->text, element_of(state));
    strbuf_add(document, "\n    </testcase>\n");
}

static void add_line(struct strbuf *body, const char *label, const char *text) {
    if (!text || !*text)
        return;
    strbuf_addf(body, "%s%s", body->length ? "\n" : "", label);
    form_add_xml(body, text, MESSAGE_MAX);
}

static void add_item(const struct result *result, const struct gate_item *item, struct strbuf *document) {
    struct strbuf body = {0};
    add_line(&body, "", item->sentence);
    add_line(&body, "measured  ", form_value(item->metric, item->value).s);
    add_line(&body, "interval  ", form_interval(item).s);
    add_line(&body, "baseline  ", form_value(item->metric, item->baseline).s);
    add_line(&body, "at most   ", form_value(item->metric, item->bound).s);
    add_line(&body, "next      ", item->advice);
    begin_case(result, item->name, 0, document);
    end_case(item->state, item->metric, item->sentence ? item->sentence : gate_state_name(item->state), &body,
             document);
    strbuf_free(&body);
}

static void add_leak(const struct result *result, struct strbuf *document) {
    const struct leak *leak = &result->leak;
    struct strbuf sentence = {0};
    struct strbuf body = {0};
    form_leak_sentence(leak, &sentence);
    add_line(&body, "leak ", strbuf_text(&sentence));
    for (int i = 0; i < leak->kind_count; i++) {
        CLEANUP_FREE char *text = text_format("%s grew by %s", leak->kinds[i].name,
                                              form_value("_bytes", known_f64(leak->kinds[i].growth_bytes)).s);
        add_line(&body, "", text);
    }
    for (size_t i = 0; i < leak->process_count && i < 3; i++) {
        const char *name = leak->processes[i].name;
        CLEANUP_FREE char *text =
            text_format("process %d %s grew by %s", leak->processes[i].pid, name ? name : "",
                        bytes_text(leak->processes[i].growth_bytes).s);
        add_line(&body, "", text);
    }
    begin_case(result, "leak", 0, document);
    end_case(form_leak_state(leak), "leak", strbuf_text(&sentence), &body, document);
    strbuf_free(&sentence);
    strbuf_free(&body);
}

/* The last lines of what it said before its end. */
static void add_last_words(const char *tail, struct strbuf *body) {
    const char *at = tail + strlen(tail);
    int lines = 0;
    while (at > tail && at[-1] == '\n')
        at--;
    while (at > tail && (at[-1] != '\n' || ++lines < LAST_WORDS_LINES))
        at--;
    while (*at) {
        size_t length = strcspn(at, "\n");
        CLEANUP_FREE char *line = text_copy_bytes(at, length);
        add_line(body, "  ", line);
        at += length + (at[length] == '\n');
    }
}

/* The last run without any limit that did not live, which no memory excuses; NULL: none. Those that another
 * run made up for are left out: of a failure of ours, or under a line that some targets cannot stand. */
static const struct trial *find_failure(const struct result *result) {
    const struct trial *found = NULL;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        bool plain = !trial->limit_bytes.known && !trial->line_bytes.known && !trial->squeezed &&
                     !trial->tuned && !trial->crowded;
        if (plain && trial->outcome != OUTCOME_HARNESS_ERROR && !trial_lived(trial))
            found = trial;
    }
    if (!found && result->trial_count > 0 && !form_any_lived(result))
        return &result->trials[result->trial_count - 1];
    return found;
}

/* The runs are a case of their own, which has their time: the questions share them. A target that fails
 * without any limit says nothing about memory, and that is no pass. */
static void add_runs(const struct result *result, struct strbuf *document) {
    struct strbuf sentence = {0};
    struct strbuf body = {0};
    enum gate_state state = GATE_PASSED;
    const struct trial *last = find_failure(result);
    form_runs_sentence(result, &sentence);
    begin_case(result, "runs", form_runs_s(result), document);
    if (result->trial_count == 0)
        state = GATE_UNASKED; /* a result was read */
    else if (last) {
        const char *tail = last->service.load_tail ? last->service.load_tail : last->exit.stderr_tail;
        state = GATE_UNDECIDED;
        add_line(&body, "", strbuf_text(&sentence));
        add_line(&body, "", last->service.failure);
        if (tail && *tail) {
            add_line(&body, "", "Its last words:");
            add_last_words(tail, &body);
        }
    }
    end_case(state, "runs", strbuf_text(&sentence), &body, document);
    strbuf_free(&sentence);
    strbuf_free(&body);
}

static bool has_item(const struct gate *gate, const char *name) {
    for (size_t i = 0; i < gate->count; i++)
        if (strcmp(gate->items[i].name, name) == 0)
            return true;
    return false;
}

/* Where no question tells that it did not pass there is a case that does: without one it would look like a
 * pass. */
static void add_gate(const struct result *result, struct strbuf *document) {
    struct strbuf none = {0};
    bool failed = form_state(result) == GATE_FAILED;
    begin_case(result, "gate", 0, document);
    end_case(form_state(result), "gate",
             failed ? "failed" : "nothing was asked, or the run ended before it could be", &none, document);
}

/* "2026-11-23T06:50:00": the time that both schemas take. They know no zone; it is UTC. */
static void add_timestamp(const struct result *result, struct strbuf *document) {
    static const char pattern[] = "0000-00-00T00:00:00";
    char text[sizeof pattern] = "";
    const char *given = result->started_at ? result->started_at : "";
    for (size_t i = 0; pattern[i]; i++) {
        bool fits = pattern[i] == '0' ? isdigit((unsigned char)given[i]) : given[i] == pattern[i];
        if (!fits)
            return;
        text[i] = given[i];
    }
    add_attribute(document, "timestamp", text, sizeof text);
}

void form_junit(const struct result *result, struct strbuf *document) {
    const struct gate *gate = &result->gate;
    bool has_runs = !result->recorded && !has_item(gate, "runs");
    bool has_leak = form_has_leak(result) && !has_item(gate, "leak");
    size_t failures = form_count(result, GATE_FAILED);
    size_t errors = form_count(result, GATE_UNDECIDED);
    bool has_gate = form_state(result) != GATE_PASSED && failures + errors == 0;
    CLEANUP_FREE char *suite = text_format("plimsoll %s", result->command ? result->command : "check");
    size_t tests = gate->count + has_runs + has_leak + has_gate;
    size_t skipped = form_count(result, GATE_UNASKED) + (has_runs && result->trial_count == 0);
    failures += has_gate && form_state(result) == GATE_FAILED;
    errors += has_gate && form_state(result) != GATE_FAILED;
    errors += has_runs && find_failure(result);
    strbuf_add(document, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite id=\"0\"");
    add_attribute(document, "package", "plimsoll", FORM_NAME_MAX);
    add_attribute(document, "name", suite, FORM_NAME_MAX);
    add_attribute(document, "hostname", *result->host.name ? result->host.name : "localhost", FORM_NAME_MAX);
    add_timestamp(result, document);
    strbuf_addf(document, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
                tests, failures, errors, skipped, form_runs_s(result));
    add_properties(result, document);
    if (has_runs)
        add_runs(result, document);
    for (size_t i = 0; i < gate->count; i++)
        add_item(result, &gate->items[i], document);
    if (has_leak)
        add_leak(result, document);
    if (has_gate)
        add_gate(result, document);
    strbuf_add(document, "    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n");
}
