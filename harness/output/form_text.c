#include "output/form_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* Room for "..." and for what a single byte may become. */
#define CUT "..."

/* Cuts after `most` bytes, between characters. */
static void cut(struct strbuf *line, size_t most) {
    if (line->length <= most)
        return;
    size_t end = most - strlen(CUT);
    while (end > 0 && ((unsigned char)line->text[end] & 0xc0) == 0x80)
        end--;
    line->length = end;
    strbuf_add(line, CUT);
}

char *form_line(const char *text, size_t most) {
    /* None of its bytes vanishes, so that no more than these can be needed. A character that is cut in two
     * here lies beyond `most`. */
    CLEANUP_FREE char *start = text_copy_bytes(text ? text : "", most + 4);
    struct strbuf line = {0};
    for (char *at = start; *at; at++)
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
    text_add_visible(&line, start);
    cut(&line, most);
    return line.text ? line.text : text_copy("");
}

/* Adds the line with each of `special` written by `write`, which is told what stands before it (at first
 * NUL). */
static void add_escaped(struct strbuf *document, const char *text, size_t most, const char *special,
                        void (*write)(struct strbuf *document, const char *at, char before)) {
    CLEANUP_FREE char *line = form_line(text, most);
    for (const char *at = line; *at; at++) {
        if (strchr(special, *at))
            write(document, at, at == line ? '\0' : at[-1]);
        else
            strbuf_add_bytes(document, at, 1);
    }
}

static void write_entity(struct strbuf *document, const char *at, char before) {
    (void)before;
    strbuf_addf(document, "&#%d;", *at);
}

void form_add_xml(struct strbuf *document, const char *text, size_t most) {
    add_escaped(document, text, most, "<>&\"'", write_entity);
}

/* What has a meaning wherever it is: in CommonMark, in its tables (pipes), in GitHub's or GitLab's additions
 * to it, or makes a link by itself (www). */
#define MARKDOWN_SPECIAL "\\`*_{}[]<>#!|&@:~^$%w"

static bool is_word(char byte) {
    return isalnum((unsigned char)byte) || byte == '"' || byte == '/' || byte == '_' || (byte & 0x80);
}

/* Most of it is left alone where it means nothing: whoever reads the source is a reader too. */
static void write_sign(struct strbuf *document, const char *at, char before) {
    bool alone = *at == 'w'   ? !text_starts_with(at, "www.")
                 : *at == '_' ? isalnum((unsigned char)before) && isalnum((unsigned char)at[1])
                              : strchr(":%!$#", *at) && !is_word(at[1]) && at[1] != '[';
    if (alone)
        strbuf_add_bytes(document, at, 1);
    else
        write_entity(document, at, before);
}

/* GitHub and GitLab look for mentions, references and links in the text that was made of the Markdown, so
 * that an entity is not enough: a space of no width (U+200B) after the sign is what keeps them off. */
static void keep_off(struct strbuf *document, const char *at, const char *signs) {
    bool meant = *at == '@' ? at[1] > ' ' || at[1] < 0 : is_word(at[1]);
    if (strchr(signs, *at) && meant)
        strbuf_add(document, "&#8203;");
}

static void write_markdown(struct strbuf *document, const char *at, char before) {
    write_sign(document, at, before);
    keep_off(document, at, "@#!~$&%:");
}

/* In code they look for nothing but addresses of mail. */
static void write_markdown_code(struct strbuf *document, const char *at, char before) {
    write_sign(document, at, before);
    keep_off(document, at, "@");
}

void form_add_markdown(struct strbuf *document, const char *text, size_t most) {
    CLEANUP_FREE char *line = form_line(text, most);
    size_t digits = strspn(line, "0123456789");
    const char *rest = line;
    /* First in an item of a list, these begin a heading, a list or a block of code within it. */
    bool numbered = digits > 0 && strspn(line + digits, ".)") > 0 && line[digits + 1] <= ' ';
    if (strspn(line, "#-+= ") > 0 || numbered) {
        write_entity(document, line, '\0');
        keep_off(document, rest++, "#");
    }
    add_escaped(document, rest, most, MARKDOWN_SPECIAL, write_markdown);
}

void form_add_markdown_code(struct strbuf *document, const char *text, size_t most) {
    strbuf_add(document, "<code>");
    add_escaped(document, text, most, MARKDOWN_SPECIAL, write_markdown_code);
    strbuf_add(document, "</code>");
}

/* OpenMetrics 1.0, section "Escaping"; there are no line ends left. */
static void write_label(struct strbuf *document, const char *at, char before) {
    (void)before;
    strbuf_addf(document, "\\%c", *at);
}

void form_add_label(struct strbuf *document, const char *text, size_t most) {
    add_escaped(document, text, most, "\\\"", write_label);
}

/* As GitHub's runner reads them back: actions/toolkit, packages/core/src/command.ts. */
static void write_percent(struct strbuf *document, const char *at, char before) {
    (void)before;
    strbuf_addf(document, "%%%02X", (unsigned char)*at);
}

void form_add_command_text(struct strbuf *document, const char *text, size_t most) {
    add_escaped(document, text, most, "%\r\n", write_percent);
}

void form_add_command_property(struct strbuf *document, const char *text, size_t most) {
    add_escaped(document, text, most, "%\r\n:,", write_percent);
}

void form_add_family(struct strbuf *document, const char *name, const char *type, const char *unit,
                     const char *help) {
    strbuf_addf(document, "# HELP %s %s\n", name, help);
    if (type)
        strbuf_addf(document, "# TYPE %s %s\n", name, type);
    if (*unit)
        strbuf_addf(document, "# UNIT %s %s\n", name, unit);
}

/* More digits than bytes need. */
void form_add_number(struct strbuf *document, double value) {
    if (isfinite(value) && fabs(value) < 9e15 && value == floor(value))
        strbuf_addf(document, " %.0f\n", value);
    else
        strbuf_addf(document, " %.9g\n", value);
}

static bool ends_in(const char *text, const char *end) {
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* Whole bytes, within what fits. */
static int64_t whole(double value) {
    return value >= 9e18 ? INT64_MAX : value <= -9e18 ? -INT64_MAX : (int64_t)llround(value);
}

struct short_text form_value(const char *metric, struct known_f64 value) {
    struct short_text text = {""};
    if (!value.known || !isfinite(value.value))
        return text;
    if (ends_in(metric, "_bytes"))
        return bytes_text(whole(value.value));
    if (ends_in(metric, "_bytes_per_hour"))
        snprintf(text.s, sizeof text.s, "%.40s/h", bytes_text(whole(value.value)).s);
    else if (ends_in(metric, "_bytes_per_cycle"))
        snprintf(text.s, sizeof text.s, "%.30s per cycle", bytes_text(whole(value.value)).s);
    else if (ends_in(metric, "_s"))
        return duration_text(whole(value.value * 1e9));
    else if (ends_in(metric, "_ratio"))
        snprintf(text.s, sizeof text.s, "%.3g", value.value);
    else
        snprintf(text.s, sizeof text.s, "%.6g", value.value);
    return text;
}

static struct short_text interval(const char *metric, struct known_f64 low, struct known_f64 high) {
    struct short_text text = {""};
    struct short_text from = form_value(metric, low);
    struct short_text to = form_value(metric, high);
    if (*from.s && *to.s)
        snprintf(text.s, sizeof text.s, "%.21s to %.21s", from.s, to.s);
    return text;
}

struct short_text form_interval(const struct gate_item *item) {
    return interval(item->metric, item->low, item->high);
}

enum gate_state form_leak_state(const struct leak *leak) {
    if (leak->verdict == LEAK_NONE)
        return GATE_PASSED;
    return leak->verdict == LEAK_CONFIRMED ? GATE_FAILED : GATE_UNDECIDED;
}

/* A gate has asked of growth what it wanted to know, and decides alone: its exit status is what counts. */
bool form_has_leak(const struct result *result) {
    return result->leak.known && !result->gate.known;
}

/* "under 1.0 MiB/h cannot be excluded; 40m 0s more would see 512.0 KiB/h" */
static void add_detectable(const struct leak *leak, struct strbuf *sentence) {
    struct short_text least = form_value("_bytes_per_hour", leak->detectable_bytes_per_hour);
    struct short_text then = form_value("_bytes_per_hour", leak->more_detectable_bytes_per_hour);
    struct short_text longer = form_value("_s", leak->more_s);
    if (*least.s)
        strbuf_addf(sentence, "; under %s cannot be excluded", least.s);
    if (*least.s && *then.s && leak->more_cycles.known)
        strbuf_addf(sentence, ", %" PRId64 " more cycles would see %s", leak->more_cycles.value, then.s);
    else if (*least.s && *then.s && *longer.s)
        strbuf_addf(sentence, ", %s more would see %s", longer.s, then.s);
}

void form_leak_sentence(const struct leak *leak, struct strbuf *sentence) {
    struct short_text rate = form_value("_bytes_per_hour", leak->per_hour.value);
    struct short_text cycle = form_value("_bytes_per_cycle", leak->per_cycle.value);
    struct short_text between = interval("_bytes_per_hour", leak->per_hour.low, leak->per_hour.high);
    struct short_text left = form_value("_s", leak->time_to_limit_s);
    bool grew = leak->verdict == LEAK_CONFIRMED || leak->verdict == LEAK_SUSPECTED;
    strbuf_add(sentence, leak_verdict_name(leak->verdict));
    if (grew && *rate.s) {
        strbuf_addf(sentence, ", %s", rate.s);
        if (*between.s)
            strbuf_addf(sentence, " (%s)", between.s);
        if (*cycle.s)
            strbuf_addf(sentence, ", %s", cycle.s);
        if (*left.s)
            strbuf_addf(sentence, ", its limit is full in %s", left.s);
    }
    if (leak->shape != SHAPE_UNKNOWN)
        strbuf_addf(sentence, ", %s", leak_shape_name(leak->shape));
    add_detectable(leak, sentence);
    if (leak->reason)
        strbuf_addf(sentence, ": %s", leak->reason);
}

void form_runs_sentence(const struct result *result, struct strbuf *sentence) {
    size_t counts[OUTCOME_COUNT] = {0};
    for (size_t i = 0; i < result->trial_count; i++)
        counts[result->trials[i].outcome]++;
    if (result->recorded)
        strbuf_addf(sentence, "%zu recorded series", result->gate.count);
    else if (result->trial_count == 0)
        strbuf_add(sentence, "no run");
    else
        strbuf_addf(sentence, "%zu run%s:", result->trial_count, result->trial_count == 1 ? "" : "s");
    const char *separator = " ";
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (counts[i] == 0)
            continue;
        strbuf_addf(sentence, "%s%zu %s", separator, counts[i], outcome_name((enum outcome)i));
        separator = ", ";
    }
}

size_t form_count(const struct result *result, enum gate_state state) {
    size_t count = form_has_leak(result) && form_leak_state(&result->leak) == state;
    for (size_t i = 0; i < result->gate.count; i++)
        count += result->gate.items[i].state == state;
    return count;
}

enum gate_state form_state(const struct result *result) {
    /* Whoever concluded knows more than the questions tell. */
    bool failed = result->gate.known && result->gate.state == GATE_FAILED;
    bool passed = !result->gate.known || result->gate.state == GATE_PASSED;
    if (failed || form_count(result, GATE_FAILED) > 0)
        return GATE_FAILED;
    return passed && form_count(result, GATE_UNDECIDED) == 0 && form_count(result, GATE_PASSED) > 0
               ? GATE_PASSED
               : GATE_UNDECIDED;
}

void form_verdict(const struct result *result, struct strbuf *verdict) {
    enum gate_state state = form_state(result);
    size_t unasked = form_count(result, GATE_UNASKED);
    size_t asked = form_count(result, GATE_FAILED) + form_count(result, GATE_UNDECIDED) +
                   form_count(result, GATE_PASSED);
    size_t here = form_count(result, state);
    strbuf_addf(verdict, "%s: ", gate_state_name(state));
    if (asked == 0)
        strbuf_add(verdict, "nothing was asked");
    else if (here == asked && asked > 1)
        strbuf_addf(verdict, "all %zu questions", asked);
    else
        strbuf_addf(verdict, "%zu of %zu question%s", here, asked, asked == 1 ? "" : "s");
    if (unasked > 0)
        strbuf_addf(verdict, ", %zu not asked", unasked);
}

double form_runs_s(const struct result *result) {
    double seconds = 0;
    for (size_t i = 0; i < result->trial_count; i++)
        seconds += (double)result->trials[i].exit.duration_ns / 1e9;
    return seconds;
}

bool form_any_lived(const struct result *result) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (trial_lived(&result->trials[i]))
            return true;
    return false;
}

char *form_no_life(const struct result *result) {
    struct strbuf sentence = {0};
    if (result->trial_count == 0 || form_any_lived(result))
        return NULL;
    const struct trial *last = &result->trials[result->trial_count - 1];
    const char *tail = last->service.load_tail ? last->service.load_tail : last->exit.stderr_tail;
    form_runs_sentence(result, &sentence);
    if (last->service.failure)
        strbuf_addf(&sentence, "; %s", last->service.failure);
    size_t end = tail ? strlen(tail) : 0;
    while (end > 0 && isspace((unsigned char)tail[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && tail[begin - 1] != '\n')
        begin--;
    if (end > begin)
        strbuf_addf(&sentence, "; its last words: %.*s", (int)(end - begin), tail + begin);
    return sentence.text;
}
