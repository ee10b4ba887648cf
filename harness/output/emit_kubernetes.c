#include "base/units.h"
#include "output/emit.h"

void emit_kubernetes(const struct result *result, struct strbuf *document) {
    const struct recommendation *advice = &result->recommendation;
    strbuf_addf(document,
                "resources:\n"
                "  requests:\n"
                "    memory: \"%s\"\n"
                "  limits:\n"
                "    memory: \"%s\"\n",
                quantity_ceil_mi_text(advice->request_bytes).s, quantity_ceil_mi_text(advice->limit_bytes).s);
}
