#include "output/emit_text.h"

void emit_kubernetes(const struct result *result, struct strbuf *document) {
    if (result->recommendation.growth_bytes_per_s.known)
        strbuf_add(document,
                   "# A leak is suspected: no limit is safe, this one only takes longer to fill.\n");
    emit_add_resources(document, &result->recommendation, 0);
    emit_add_env(document, &result->recommendation.runtime, 0);
}
