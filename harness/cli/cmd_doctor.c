#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "kernel/cgroup.h"
#include "kernel/host.h"

/* "ok", "no " or "-- " and what is the matter. */
static void say(const char *mark, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const char *mark, const char *subject, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("%-4s %-18s ", mark, subject);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

static void look_at_host(const struct host *host) {
    say("ok", "kernel", "%s, %d CPU%s", host->kernel, host->cpus, host->cpus == 1 ? "" : "s");
    if (host->available_bytes.known)
        say("ok", "memory", "%s free", bytes_text(host->available_bytes.value).s);
    if (known_or(host->swap_bytes, 0) > 0)
        say("--", "swap", "%s on this host; targets are held out of it (--swap gives them some)",
            bytes_text(host->swap_bytes.value).s);
    else
        say("ok", "swap", "none on this host, as on most Kubernetes nodes");
}

/* What a group made here can do. */
static void look_at_group(const struct cgroup *group) {
    struct snapshot now = {0};
    group->ops->read_sample(group, &now);
    if (group->peak_resets)
        say("ok", "peak", "can be reset at each reading: no spike between readings is missed");
    else if (now.total_peak.known)
        say("--", "peak",
            "cannot be reset (needs Linux 6.12): spikes are known for a whole run, not for a moment");
    else
        say("--", "peak",
            "not counted (needs Linux 5.19): spikes between readings are missed; use --interval 1ms");
    if (now.kernel.known)
        say("ok", "kernel memory", "counted apart");
    else
        say("--", "kernel memory", "not counted apart: needed memory leaves it out");
    if (group->ops->read_stall_us(group->dirfd).known)
        say("ok", "stall (PSI)", "known for each group");
    else
        say("--", "stall (PSI)", "%s",
            strcmp(group->ops->version, "v1") == 0
                ? "not known for a group on cgroup v1"
                : "not known; boot with psi=1 on the kernel's command line");
}

static void try_group(struct cgroup_site *site, struct error *error, int *status) {
    struct cgroup group;
    struct cgroup_limits limits = {.memory_bytes = known_i64(64 * MIB), .oom_group = true};
    CLEANUP_FREE char *path = cgroup_next_path(site);
    if (cgroup_create(site, path, &limits, &group, error) < 0) {
        *status = STATUS_NOT_ALLOWED;
        return;
    }
    say("ok", "limits", "a group with a limit of 64Mi was made, read back and removed");
    look_at_group(&group);
    if (cgroup_remove(&group, 5 * NS_PER_S, error) < 0)
        *status = STATUS_NOT_ALLOWED;
    cgroup_free(&group);
}

static int run(struct options *options) {
    (void)options;
    struct host host;
    struct cgroup_site site;
    struct error error = {0};
    int status = STATUS_OK;
    host_read(&host);
    look_at_host(&host);
    if (cgroup_site_open(&site, &error) < 0) {
        status = STATUS_NOT_ALLOWED;
    } else {
        say("ok", "memory controller", "cgroup %s%s, groups are made in %s", site.ops->version,
            site.hybrid ? " (hybrid: a v2 tree is mounted beside it)" : "", site.parent_path);
        if (site.ancestors_hidden)
            say("--", "namespace",
                "limits above this container cannot be seen: an OOM there looks like the host's");
        try_group(&site, &error, &status);
        cgroup_site_close(&site);
    }
    if (status) {
        say("no", "memory controller", "%s", error.what);
        if (error.hint[0])
            printf("     %-18s run: %s\n", "", error.hint);
    }
    return status;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .summary = "what this machine allows, what is missing, and the command that mends it",
    .synopsis = "",
    .details = "Exit status: 0 everything needed is there, 5 something needed is missing.",
    .example = "plimsoll doctor",
    .groups = 0,
    .takes_target = false,
    .run = run,
};
