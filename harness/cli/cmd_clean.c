#include <stdio.h>

#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "kernel/cgroup.h"

#define DESTROY_TIMEOUT_NS (10 * NS_PER_S)

struct sweep {
    const struct cgroup_ops *ops;
    struct progress progress;
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

static int run(struct options *options) {
    struct sweep sweep = {.dry_run = options->dry_run};
    struct cgroup_site site;
    struct error error;
    progress_init(&sweep.progress, false);
    if (cgroup_site_open(&site, &error) < 0) {
        progress_error(&sweep.progress, &error);
        return STATUS_NOT_ALLOWED;
    }
    sweep.ops = site.ops;
    (void)cgroup_find_leftovers(&site, found, &sweep);
    cgroup_site_close(&site);
    if (!sweep.found)
        printf("nothing left behind\n");
    return sweep.failed ? STATUS_NOT_ALLOWED : STATUS_OK;
}

const struct command cmd_clean = {
    .name = "clean",
    .summary = "remove leftovers of earlier runs: groups whose harness is gone, and what runs in them",
    .synopsis = "[--dry-run]",
    .details = NULL,
    .example = "plimsoll clean",
    .groups = GROUP_CLEAN,
    .takes_target = false,
    .run = run,
};
