#include "base/cleanup.h"
#include "output/emit_text.h"

/* A whole patch file rather than lines of kustomization.yaml: kubectl patch --patch-file reads it too. */
void emit_kustomize(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    const struct manifest_kind *kind = subject->kind ? subject->kind : manifest_kinds;
    CLEANUP_FREE char *container = emit_container_name(subject);
    strbuf_add(document, "# Save it beside kustomization.yaml, and name it there: patches: [{path: FILE}]\n");
    if (!subject->container || !subject->workload)
        strbuf_add(document,
                   "# Names that were not given are the target's: --workload KIND/NAME, --container NAME\n");
    strbuf_addf(document, "apiVersion: %s\nkind: %s\nmetadata:\n  name: ", kind->api_version, kind->name);
    emit_add_yaml_name(document, subject->workload ? subject->workload : container);
    strbuf_add(document, "\n");
    int indent = 0;
    for (int i = 0; i < MANIFEST_PATH_MAX && kind->path[i]; i++, indent += 2)
        strbuf_addf(document, "%*s%s:\n", indent, "", kind->path[i]);
    /* A sidecar is an init container that goes on. */
    strbuf_addf(document, "%*s%s:\n%*s- name: ", indent, "",
                advice->role == ROLE_APP ? "containers" : "initContainers", indent + 2, "");
    emit_add_yaml_name(document, container);
    strbuf_add(document, "\n");
    if (advice->role == ROLE_SIDECAR)
        strbuf_addf(document, "%*srestartPolicy: Always\n", indent + 4, "");
    emit_add_resources(document, advice, indent + 4);
    emit_add_env(document, &advice->runtime, indent + 4);
}
