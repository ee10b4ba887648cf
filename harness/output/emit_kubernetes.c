#include "output/emit_text.h"

void emit_kubernetes(const struct result *result, struct strbuf *document) {
    emit_add_resources(document, &result->recommendation, 0);
    emit_add_env(document, &result->recommendation.runtime, 0);
}
