#include <string.h>

#include "base/cleanup.h"
#include "output/explain.h"
#include "output/form_text.h"

#define TEXT_MAX 600

/* So many that were not asked about are told. */
#define ASIDE_MAX 12

static void add_plain(const char *text, struct strbuf *to) {
    form_add_markdown(to, text, TEXT_MAX);
}

static void add_code(const char *text, struct strbuf *to) {
    form_add_markdown_code(to, text, TEXT_MAX);
}

/* Where a command to copy begins; NULL: there is none. */
static const char *find_command(const char *text) {
    static const char *const starts[] = {
        "plimsoll size ", "plimsoll leak ", "plimsoll explain ", "plimsoll run ", "kubectl get ",
        "docker events ", "docker stop ",   "journalctl ",       "NODE_OPTIONS=", "JAVA_TOOL_OPTIONS=",
        "cargo build ",   "make -j",        "pytest -n",         "jest --"};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        const char *found = strstr(text, starts[i]);
        if (found && (!first || found < first))
            first = found;
    }
    return first;
}

/* Up to what the sentence says behind it; a quoted word may hold anything. */
static size_t command_length(const char *command) {
    bool quoted = false;
    size_t length = 0;
    for (; command[length]; length++) {
        quoted = quoted != (command[length] == '\'');
        if (!quoted && (strchr("),;", command[length]) || strncmp(command + length, " (", 2) == 0))
            break;
    }
    return length;
}

/* In a code span nothing is escaped; what holds its sign is written as other code is. */
static void add_command(const char *command, struct strbuf *to) {
    CLEANUP_FREE char *line = form_line(command, TEXT_MAX);
    if (strchr(line, '`'))
        add_code(command, to);
    else
        strbuf_addf(to, "`%s`", line);
}

/* Commands are code, so that they can be copied as they stand. */
static void add_sentence(const char *text, struct strbuf *to) {
    for (const char *command; (command = find_command(text));) {
        size_t length = command_length(command);
        CLEANUP_FREE char *before = text_copy_bytes(text, (size_t)(command - text));
        CLEANUP_FREE char *code = text_copy_bytes(command, length);
        add_plain(before, to);
        add_command(code, to);
        text = command + length;
    }
    add_plain(text, to);
}

static void add_sentences(const struct sentences *sentences, const char *label, struct strbuf *to) {
    for (size_t i = 0; i < sentences->count; i++) {
        strbuf_addf(to, "\n**%s** ", label);
        add_sentence(sentences->items[i], to);
        strbuf_add(to, "\n");
    }
}

static void add_death(const struct death *death, struct strbuf *to) {
    strbuf_add(to, "\n### ");
    add_plain(death->subject ? death->subject : "something", to);
    strbuf_add(to, " ");
    add_plain(death->happened ? death->happened : "died", to);
    strbuf_addf(to, "\n\n%s, %s%s%s", verdict_name(death->verdict), confidence_name(death->confidence),
                death->scope ? ", limit: " : "", death->scope ? death_scope_name(death->scope) : "");
    if (death->times > 1)
        strbuf_addf(to, ", %d times", death->times);
    strbuf_add(to, "\n\n");
    for (size_t i = 0; i < death->account.count; i++) {
        add_plain(death->account.items[i], to);
        strbuf_add(to, i + 1 < death->account.count ? "\n" : "\n\n");
    }
    for (size_t i = 0; i < death->evidence_count; i++) {
        const struct death_evidence *fact = &death->evidence[i];
        strbuf_add(to, "- ");
        add_code(fact->text, to);
        strbuf_add(to, " (");
        add_plain(fact->source, to);
        if (fact->line.known)
            strbuf_addf(to, ":%lld", (long long)fact->line.value);
        strbuf_add(to, ")\n");
    }
    add_sentences(&death->missing, "Not known:", to);
    add_sentences(&death->advice, "Next:", to);
}

/* Not what was asked about: a line each. */
static void add_asides(const struct deaths *deaths, struct strbuf *to) {
    size_t count = 0;
    for (size_t i = 0; i < deaths->count; i++) {
        const struct death *death = &deaths->items[i];
        if (!death->aside || ++count > ASIDE_MAX)
            continue;
        strbuf_add(to, count == 1 ? "\n### Other deaths in the same files\n\n- " : "- ");
        add_plain(death->subject ? death->subject : "something", to);
        strbuf_add(to, " ");
        add_plain(death->happened ? death->happened : "died", to);
        if (death->times > 1)
            strbuf_addf(to, ", %d times", death->times);
        strbuf_addf(to, " (%s)\n", confidence_name(death->confidence));
    }
    if (count > ASIDE_MAX)
        strbuf_addf(to, "- ... and %zu more\n", count - ASIDE_MAX);
}

void explain_markdown(const struct deaths *deaths, struct strbuf *to) {
    strbuf_add(to, "## Why it died\n");
    for (size_t i = 0; i < deaths->count; i++)
        if (!deaths->items[i].aside)
            add_death(&deaths->items[i], to);
    add_asides(deaths, to);
    if (!deaths->count)
        strbuf_add(to, "\nNo death in what was read.\n");
    add_sentences(&deaths->notes, "Note:", to);
    if (deaths->dropped)
        strbuf_addf(to, "\n%ld earlier kills of the same logs were counted and not kept.\n", deaths->dropped);
}
