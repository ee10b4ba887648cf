#include <stdio.h>

#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "kernel/cgroup.h"
#include "trial/container.h"

#define DESTROY_TIMEOUT_NS (10 * NS_PER_S)
#define ENGINE_TIMEOUT_NS  (10 * NS_PER_S)

struct sweep {
    const struct cgroup_ops *ops;
    struct progress progress;
    const struct engine *engine; /* whose containers are looked at */
    bool dry_run;
    int found;
    int failed;
};

static void found(const char *path, void *context) {
    struct sweep *sweep = context;
    struct error error;
    sweep->found++;
    if (!sweep->dry_run && cgroup_destroy_path(sweep->ops, path, DESTROY_TIMEOUT_NS, &error) < 0) {
        sweep->failed++;
        progress_error(&sweep->progress, &error);
        return;
    }
    printf("%s %s\n", sweep->dry_run ? "would remove" : "removed", path);
}

static void found_container(const char *name, void *context) {
    struct sweep *sweep = context;
    struct error error;
    sweep->found++;
    if (!sweep->dry_run &&
        engine_remove_container(sweep->engine, name, 0, &tool_patience_default, &error) < 0) {
        sweep->failed++;
        progress_error(&sweep->progress, &error);
        return;
    }
    printf("%s container %s (%s)\n", sweep->dry_run ? "would remove" : "removed", name,
           sweep->engine->tool.name);
}

/* Of every engine that is there and answers. One that does not may hold some, but then nothing can be done.
 */
static void sweep_containers(struct sweep *sweep) {
    struct tool_patience patience = {.timeout_ns = ENGINE_TIMEOUT_NS};
    for (const char *const *name = engine_names; *name; name++) {
        struct engine engine = {0};
        struct error error;
        if (engine_find(*name, &engine, &error) < 0)
            continue;
        sweep->engine = &engine;
        if (engine_check(&engine, &patience, &error) == 0 &&
            container_find_leftovers(&engine, found_container, sweep, &error) < 0) {
            sweep->failed++;
            progress_error(&sweep->progress, &error);
        }
        sweep->engine = NULL;
        engine_close(&engine);
    }
}

static int run(struct options *options) {
    struct sweep sweep = {.dry_run = options->dry_run};
    struct cgroup_site site;
    struct error error;
    progress_init(&sweep.progress, false);
    if (cgroup_site_open(&site, &error) < 0) {
        error_advise(&error, "plimsoll doctor says more");
        progress_error(&sweep.progress, &error);
        return STATUS_NOT_ALLOWED;
    }
    sweep.ops = site.ops;
    sweep_containers(&sweep);
    (void)cgroup_find_leftovers(&site, found, &sweep);
    cgroup_site_close(&site);
    if (!sweep.found)
        printf("nothing left behind\n");
    return sweep.failed ? STATUS_NOT_ALLOWED : STATUS_OK;
}

const struct command cmd_clean = {
    .name = "clean",
    .summary = "remove leftovers of earlier runs: groups and containers whose harness is gone, and what runs "
               "in them",
    .synopsis = "[--dry-run]",
    .details = NULL,
    .example = "plimsoll clean",
    .groups = GROUP_CLEAN,
    .takes_target = false,
    .run = run,
};
