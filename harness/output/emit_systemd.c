#include "base/cleanup.h"
#include "output/emit_text.h"

/* Adds text as one quoted word of a unit file: its escapes are C's, and % begins a specifier. */
static void add_word(struct strbuf *document, const char *text) {
    strbuf_add(document, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_addf(document, "\\%c", *text);
        else if (*text == '%')
            strbuf_add(document, "%%");
        else if ((unsigned char)*text < 0x20)
            strbuf_addf(document, "\\x%02x", (unsigned char)*text);
        else
            strbuf_add_bytes(document, text, 1);
    }
    strbuf_add(document, "\"");
}

void emit_systemd(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    strbuf_addf(document,
                "# /etc/systemd/system/NAME.service.d/memory.conf, then: systemctl daemon-reload\n"
                "[Service]\n"
                "# What it needs while it runs steadily: taken from it only when all else has been taken.\n"
                "MemoryLow=%lldM\n"
                "MemoryMax=%lldM\n"
                "MemorySwapMax=0\n",
                (long long)emit_mebibytes(advice->request_bytes, 0),
                (long long)emit_mebibytes(advice->limit_bytes, 0));
    if (advice->cpu_millis.known)
        strbuf_addf(document, "CPUQuota=%lld%%\n", (long long)(advice->cpu_millis.value + 9) / 10);
    for (size_t i = 0; i < advice->runtime.setting_count; i++) {
        const struct runtime_setting *setting = &advice->runtime.settings[i];
        CLEANUP_FREE char *variable = text_format("%s=%s", setting->name, setting->value);
        strbuf_add(document, "Environment=");
        add_word(document, variable);
        strbuf_add(document, "\n");
    }
}
