/* output/emit: the exact text that goes into a manifest. */
#include "output/emit.h"

#include "base/units.h"
#include "unit.h"

static const struct {
    int64_t request;
    int64_t limit;
    const char *text;
} rows[] = {
    {64 * MIB, 96 * MIB, "resources:\n  requests:\n    memory: \"64Mi\"\n  limits:\n    memory: \"96Mi\"\n"},
    /* rounded up to whole Mi, never down; and never Gi, so that a diff shows the number */
    {64 * MIB + 1, 2 * GIB,
     "resources:\n  requests:\n    memory: \"65Mi\"\n  limits:\n    memory: \"2048Mi\"\n"},
    {1, 1, "resources:\n  requests:\n    memory: \"1Mi\"\n  limits:\n    memory: \"1Mi\"\n"},
};

TEST(kubernetes_resources) {
    const struct emitter *emitter = emitter_find("kubernetes");
    ck_assert_ptr_nonnull(emitter);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result result = {.recommendation = {.known = true,
                                                   .request_bytes = rows[i].request,
                                                   .limit_bytes = rows[i].limit}};
        struct strbuf document = {0};
        emitter->write(&result, &document);
        ROW_TEXT(strbuf_text(&document), rows[i].text, "kubernetes");
        strbuf_free(&document);
    }
}

TEST(emitters_are_found_by_name) {
    for (const struct emitter *emitter = emitters; emitter->name; emitter++)
        ROW(emitter_find(emitter->name) == emitter && emitter->help[0] && emitter->write, "%s",
            emitter->name);
    ROW(!emitter_find("") && !emitter_find("Kubernetes") && !emitter_find("kube"), "found what there is not");
}

UNIT_MAIN("emit", kubernetes_resources, emitters_are_found_by_name)
