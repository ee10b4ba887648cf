#include "base/cleanup.h"
#include "output/emit_text.h"

/* mem_limit rather than deploy.resources, which some versions heed in a swarm alone. */
void emit_compose(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    CLEANUP_FREE char *service = emit_container_name(subject);
    long long limit = emit_mebibytes(advice->limit_bytes, DOCKER_LEAST_BYTES);
    struct strbuf note = {0};
    emit_docker_note(subject, &note);
    if (note.length)
        strbuf_addf(document, "# %s", note.text);
    strbuf_free(&note);
    strbuf_add(document, "services:\n  ");
    emit_add_yaml_name(document, service);
    strbuf_addf(document,
                ":\n    mem_reservation: %lldm\n    mem_limit: %lldm\n    memswap_limit: %lldm # no swap\n",
                (long long)emit_mebibytes(advice->request_bytes, DOCKER_LEAST_BYTES), limit, limit);
    if (advice->cpu_millis.known)
        strbuf_addf(document, "    cpus: %.3f\n", (double)advice->cpu_millis.value / 1000);
    if (advice->runtime.setting_count > 0)
        strbuf_add(document, "    environment:\n");
    for (size_t i = 0; i < advice->runtime.setting_count; i++) {
        strbuf_add(document, "      ");
        emit_add_yaml_name(document, advice->runtime.settings[i].name);
        strbuf_add(document, ": ");
        emit_add_yaml_literal(document, advice->runtime.settings[i].value);
        strbuf_add(document, "\n");
    }
}
