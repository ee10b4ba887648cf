#include "output/emit_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A label of RFC 1123, which names of containers must be. */
#define LABEL_MAX 63

int64_t emit_mebibytes(int64_t bytes, int64_t least_bytes) {
    return bytes_ceil_mi(bytes > least_bytes ? bytes : least_bytes) / MIB;
}

struct short_text emit_cpu_text(int64_t millis) {
    struct short_text text;
    if (millis % 1000 == 0)
        snprintf(text.s, sizeof text.s, "%lld", (long long)millis / 1000);
    else
        snprintf(text.s, sizeof text.s, "%lldm", (long long)millis);
    return text;
}

char *emit_container_name(const struct emit_subject *subject) {
    if (subject->container)
        return text_copy(subject->container);
    struct strbuf name = {0};
    for (const char *at = subject->result->name; at && *at && name.length < LABEL_MAX; at++) {
        bool good = isascii((unsigned char)*at) && isalnum((unsigned char)*at);
        if (good)
            strbuf_addf(&name, "%c", tolower((unsigned char)*at));
        else if (name.length && name.text[name.length - 1] != '-')
            strbuf_add(&name, "-");
    }
    while (name.length && name.text[name.length - 1] == '-')
        name.text[--name.length] = '\0';
    if (!name.length)
        strbuf_add(&name, "app");
    return name.text;
}

/* As a scalar in double quotes. */
static void add_quoted(struct strbuf *document, const char *text) {
    struct strbuf clean = {0};
    text_add_json(&clean, text);
    strbuf_add(document, "\"");
    for (const char *at = strbuf_text(&clean); *at; at++) {
        if (*at == '"' || *at == '\\')
            strbuf_addf(document, "\\%c", *at);
        else if (*at == '\n')
            strbuf_add(document, "\\n");
        else if ((unsigned char)*at < 0x20)
            strbuf_addf(document, "\\x%02x", (unsigned char)*at);
        else if (text_starts_with(at, "\xe2\x80\xa8") || text_starts_with(at, "\xe2\x80\xa9")) {
            /* YAML 1.1 folds these as line ends. */
            strbuf_addf(document, "\\u20%x", at[2] == '\xa8' ? 0x28 : 0x29);
            at += 2;
        } else
            strbuf_add_bytes(document, at, 1);
    }
    strbuf_add(document, "\"");
    strbuf_free(&clean);
}

void emit_add_yaml_literal(struct strbuf *document, const char *text) {
    struct strbuf doubled = {0};
    for (; *text; text++)
        strbuf_add_bytes(&doubled, *text == '$' ? "$$" : text, *text == '$' ? 2 : 1);
    add_quoted(document, strbuf_text(&doubled));
    strbuf_free(&doubled);
}

/* Words that YAML 1.1 reads as something else. */
static bool is_reserved(const char *text) {
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], text) == 0)
            return true;
    return false;
}

void emit_add_yaml_name(struct strbuf *document, const char *text) {
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    bool bare = isascii((unsigned char)*text) && isalpha((unsigned char)*text) &&
                text[strspn(text, safe)] == '\0' && !is_reserved(text);
    if (bare)
        strbuf_add(document, text);
    else
        add_quoted(document, text);
}

static void add_group(struct strbuf *document, const char *group, int64_t bytes, struct known_i64 cpu_millis,
                      int indent) {
    strbuf_addf(document, "%*s%s:\n%*smemory: \"%s\"\n", indent, "", group, indent + 2, "",
                quantity_ceil_mi_text(bytes).s);
    if (cpu_millis.known)
        strbuf_addf(document, "%*scpu: \"%s\"\n", indent + 2, "", emit_cpu_text(cpu_millis.value).s);
}

void emit_add_resources(struct strbuf *document, const struct recommendation *advice, int indent) {
    strbuf_addf(document, "%*sresources:\n", indent, "");
    add_group(document, "requests", advice->request_bytes, advice->cpu_millis, indent + 2);
    add_group(document, "limits", advice->limit_bytes, advice->cpu_millis, indent + 2);
}

void emit_add_env(struct strbuf *document, const struct runtime_advice *advice, int indent) {
    if (advice->setting_count > 0)
        strbuf_addf(document, "%*senv:\n", indent, "");
    for (size_t i = 0; i < advice->setting_count; i++) {
        strbuf_addf(document, "%*s- name: ", indent + 2, "");
        emit_add_yaml_name(document, advice->settings[i].name);
        strbuf_addf(document, "\n%*svalue: ", indent + 4, "");
        emit_add_yaml_literal(document, advice->settings[i].value); /* $(NAME) is a variable there */
        strbuf_add(document, "\n");
    }
}
