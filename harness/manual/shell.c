#include "manual/shell.h"

char *manual_identifier(const char *name) {
    char *text = text_copy(name);
    for (char *at = text; *at; at++)
        if (*at == '-')
            *at = '_';
    return text;
}

void manual_add_quoted(struct strbuf *script, const char *text) {
    strbuf_add(script, "'");
    for (; *text; text++)
        if (*text == '\'')
            strbuf_add(script, "'\\''");
        else
            strbuf_add_bytes(script, text, 1);
    strbuf_add(script, "'");
}

void manual_add_names(struct strbuf *script, const struct manual_command *command, bool all) {
    for (size_t i = 0; i < command->option_count; i++) {
        const struct manual_option *option = &command->options[i];
        if (!option->value && !all)
            continue;
        strbuf_addf(script, " %s", option->name);
        if (option->letter)
            strbuf_addf(script, " -%c", option->letter);
    }
}
