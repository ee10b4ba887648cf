/* trial/container_names: what `ps --no-trunc --format "{{.ID}} {{.Names}}"` of each engine says. */
#include "trial/container_names.h"

#include "base/text.h"
#include "unit.h"

#define ID_A "92a0f4e67da7648670342787eb5a0c5409e81e1045ffb7e6215bb4c5b7b24d89"
#define ID_B "b3f7d1f2a1d84c0e6f5a9cfe5d6e9c1f0a4b7c8d9e0f1a2b3c4d5e6f7a8b9c0d"

static void collect(void *context, const char *id, const char *name) {
    strbuf_addf(context, "%.4s=%s;", id, name);
}

TEST(each_engine_is_understood) {
    static const struct {
        const char *engine;
        const char *text;
        const char *names;
    } rows[] = {
        {"docker", ID_A " web\n" ID_B " db\n", "92a0=web;b3f7=db;"},
        {"docker, a container with links (untruncated, their names are told too)",
         ID_A " app/cache,app/db,redis\n" ID_B " app\n", "92a0=redis;b3f7=app;"},
        {"podman, with aliases", ID_A " web,web-alias\n" ID_B " 0a1b2c3d4e5f-infra\n",
         "92a0=web;b3f7=0a1b2c3d4e5f-infra;"},
        {"nerdctl, without a line end", ID_A " k8s://default/web/app", "92a0=k8s://default/web/app;"},
        {"nobody runs", "", ""},
        {"no name", ID_A "\n" ID_A " \n" ID_B " db\n", "b3f7=db;"},
        {"no id", " web\n\n" ID_B " db\n", "b3f7=db;"},
        {"nothing but commas", ID_A " ,,\n" ID_B " ,db\n", "b3f7=db;"},
        {"words that are no list", "Cannot connect\n", "Cann=connect;"}, /* no container has that id */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct strbuf got = {0};
        container_names_parse(rows[i].text, collect, &got);
        ROW_TEXT(strbuf_text(&got), rows[i].names, rows[i].engine);
        strbuf_free(&got);
    }
}

UNIT_MAIN("container_names", each_engine_is_understood)
