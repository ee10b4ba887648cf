#include <ctype.h>
#include <string.h>

#include "output/emit_text.h"

/* A name that a shell may set: anything else in front of "=" could be a command. */
static bool is_variable(const char *name) {
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return *name && !isdigit((unsigned char)*name) && name[strspn(name, safe)] == '\0';
}

void emit_env(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    strbuf_addf(document,
                "PLIMSOLL_REQUEST_BYTES=%lld\n"
                "PLIMSOLL_LIMIT_BYTES=%lld\n"
                "PLIMSOLL_REQUEST=%s\n"
                "PLIMSOLL_LIMIT=%s\n",
                (long long)advice->request_bytes, (long long)advice->limit_bytes,
                quantity_ceil_mi_text(advice->request_bytes).s, quantity_ceil_mi_text(advice->limit_bytes).s);
    if (advice->cpu_millis.known)
        strbuf_addf(document, "PLIMSOLL_CPU_MILLIS=%lld\n", (long long)advice->cpu_millis.value);
    for (size_t i = 0; i < advice->runtime.setting_count; i++) {
        if (!is_variable(advice->runtime.settings[i].name))
            continue;
        strbuf_addf(document, "%s=", advice->runtime.settings[i].name);
        text_add_shell_quoted(document, advice->runtime.settings[i].value);
        strbuf_add(document, "\n");
    }
}
