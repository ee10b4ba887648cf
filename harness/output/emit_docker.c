#include "base/cleanup.h"
#include "output/emit_text.h"

void emit_docker_note(const struct emit_subject *subject, struct strbuf *line) {
    const struct recommendation *advice = &subject->result->recommendation;
    const char *what = advice->limit_bytes < DOCKER_LEAST_BYTES     ? "limit"
                       : advice->request_bytes < DOCKER_LEAST_BYTES ? "reservation"
                                                                    : NULL;
    int64_t bytes = advice->limit_bytes < DOCKER_LEAST_BYTES ? advice->limit_bytes : advice->request_bytes;
    if (what)
        strbuf_addf(line, "%s would do, but Docker takes no %s below %lldm.\n",
                    quantity_ceil_mi_text(bytes).s, what, (long long)(DOCKER_LEAST_BYTES / MIB));
}

void emit_docker(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    long long limit = emit_mebibytes(advice->limit_bytes, DOCKER_LEAST_BYTES);
    /* Memory and swap together: no swap beside the limit, as in Kubernetes. */
    strbuf_addf(document, "--memory=%lldm --memory-swap=%lldm --memory-reservation=%lldm", limit, limit,
                (long long)emit_mebibytes(advice->request_bytes, DOCKER_LEAST_BYTES));
    if (advice->cpu_millis.known)
        strbuf_addf(document, " --cpus=%.3f", (double)advice->cpu_millis.value / 1000);
    for (size_t i = 0; i < advice->runtime.setting_count; i++) {
        const struct runtime_setting *setting = &advice->runtime.settings[i];
        CLEANUP_FREE char *variable = text_format("%s=%s", setting->name, setting->value);
        strbuf_add(document, " -e ");
        text_add_shell_quoted(document, variable);
    }
    strbuf_add(document, "\n");
}
