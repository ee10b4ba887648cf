#include "base/cleanup.h"
#include "output/emit_text.h"

void emit_vpa(const struct emit_subject *subject, struct strbuf *document) {
    const struct recommendation *advice = &subject->result->recommendation;
    const struct manifest_kind *kind = subject->kind ? subject->kind : manifest_kinds;
    CLEANUP_FREE char *container = emit_container_name(subject);
    const char *workload = subject->workload ? subject->workload : container;
    if (!subject->container || !subject->workload)
        strbuf_add(document,
                   "# Names that were not given are the target's: --workload KIND/NAME, --container NAME\n");
    strbuf_add(document,
               "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: ");
    emit_add_yaml_name(document, workload);
    strbuf_addf(document,
                "\nspec:\n  targetRef:\n    apiVersion: %s\n    kind: %s\n    name: ", kind->api_version,
                kind->name);
    emit_add_yaml_name(document, workload);
    strbuf_add(document, "\n  resourcePolicy:\n    containerPolicies:\n      - containerName: ");
    emit_add_yaml_name(document, container);
    strbuf_addf(document,
                "\n"
                "        controlledResources: [\"memory\"]\n"
                "        minAllowed:\n"
                "          memory: \"%s\"\n"
                "        maxAllowed:\n"
                "          memory: \"%s\"\n",
                quantity_ceil_mi_text(advice->request_bytes).s, quantity_ceil_mi_text(advice->limit_bytes).s);
}
