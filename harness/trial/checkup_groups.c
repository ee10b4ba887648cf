/* What memory groups can do here: one is made, looked at and removed. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/cgroup.h"
#include "trial/checkup.h"
#include "trial/scope_grant.h"

#define UNIFIED "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line (cgroup v2)"

static bool is_v1(const struct cgroup *group) {
    return group->ops == &cgroup_v1_ops;
}

/* Of a group that was made, what it can do and what it lacks. */
static void look_at_peak(struct checkup *now, const struct cgroup *group, const struct snapshot *sample) {
    struct check *check;
    if (group->peak_resets) {
        checkup_add(now, PART_GROUPS, "peak", "peak", CHECK_OK,
                    "can be reset at each reading: no spike between readings is missed");
    } else if (sample->total_peak.known) {
        check =
            checkup_add(now, PART_GROUPS, "peak", "peak", CHECK_LESS, "cannot be reset (needs Linux 6.12)");
        check_costs(check, "spikes are known for a whole run, not for a moment");
        check_advise(check, "Linux 6.12 or newer, or --interval 1ms where moments matter");
    } else {
        check = checkup_add(now, PART_GROUPS, "peak", "peak", CHECK_LESS, "not counted (needs Linux 5.19)");
        check_costs(check, "spikes between readings are missed");
        check_advise(check, "Linux 5.19 or newer, or --interval 1ms");
    }
}

static void look_at_kernel_memory(struct checkup *now, const struct snapshot *sample) {
    if (sample->kernel.known) {
        checkup_add(now, PART_GROUPS, "kernel-memory", "kernel memory", CHECK_OK, "counted apart");
        return;
    }
    struct check *check =
        checkup_add(now, PART_GROUPS, "kernel-memory", "kernel memory", CHECK_LESS, "not counted apart");
    check_costs(check, "needed memory leaves it out: stacks of threads, page tables, sockets");
    check_advise(check, "Linux 5.18 or newer");
}

static void look_at_group_stall(struct checkup *now, const struct cgroup *group) {
    if (group->ops->read_stall_us(group->dirfd).known) {
        checkup_add(now, PART_GROUPS, "stall", "stall (PSI)", CHECK_OK, "known for each group");
        return;
    }
    struct check *check =
        checkup_add(now, PART_GROUPS, "stall", "stall (PSI)", CHECK_LESS, "%s",
                    is_v1(group) ? "not known for a group on cgroup v1" : "not known for a group");
    check_costs(check,
                "that a target waits for memory shows in its time alone, not in the second it happens");
    check_advise(check, "%s", is_v1(group) ? UNIFIED : "boot with psi=1 on the kernel's command line");
}

static void look_at_whole_kill(struct checkup *now, const struct cgroup *group) {
    if (!is_v1(group)) {
        checkup_add(now, PART_GROUPS, "oom-group", "OOM of a group", CHECK_OK,
                    "ends all of it, as Kubernetes does (--no-oom-group: one process)");
        return;
    }
    struct check *check = checkup_add(now, PART_GROUPS, "oom-group", "OOM of a group", CHECK_LESS,
                                      "ends one process of it, not all (cgroup v1)");
    check_costs(check,
                "a target whose parent lives on after a child was killed goes on here, and would not on a "
                "node with cgroup v2");
    check_advise(check, UNIFIED);
}

static void look_at_kill(struct checkup *now, const struct cgroup *group) {
    if (group->ops->kill_all(group->dirfd) == 0) {
        checkup_add(now, PART_GROUPS, "kill", "ending a group", CHECK_OK, "at once, whatever it forks");
        return;
    }
    struct check *check = checkup_add(now, PART_GROUPS, "kill", "ending a group", CHECK_LESS,
                                      "process by process (all at once needs cgroup v2 and Linux 5.14)");
    check_costs(check, "a target that forks as fast as it is killed takes longer to end");
    check_advise(check, "%s", is_v1(group) ? UNIFIED : "Linux 5.14 or newer");
}

static void look_at_cache(struct checkup *now, const struct cgroup *group) {
    if (faccessat(group->dirfd, group->ops->drop_cache_name, W_OK, 0) == 0) {
        checkup_add(now, PART_GROUPS, "cache", "page cache", CHECK_OK, "can be dropped before a run");
        return;
    }
    struct check *check = checkup_add(now, PART_GROUPS, "cache", "page cache", CHECK_LESS,
                                      "cannot be dropped (needs Linux 5.19)");
    check_costs(check, "runs after the first find files cached, so they are faster than a fresh pod is");
    check_advise(check, "Linux 5.19 or newer");
}

static void look_at_swap_limit(struct checkup *now, const struct cgroup *group) {
    if (faccessat(group->dirfd, group->ops->swap_name, F_OK, 0) == 0) {
        checkup_add(now, PART_GROUPS, "swap-limit", "swap limit", CHECK_OK, "can be set for each group");
        return;
    }
    bool needed = known_or(now->host.swap_bytes, 0) > 0;
    struct check *check =
        checkup_add(now, PART_GROUPS, "swap-limit", "swap limit", needed ? CHECK_LESS : CHECK_OK,
                    needed ? "cannot be set" : "cannot be set, but there is no swap");
    if (!needed)
        return;
    check_costs(check, "a target that runs out swaps instead of dying, so its OOM point is not found");
    check_run(check, "%sswapoff -a", geteuid() == 0 ? "" : "sudo ");
}

static void look_at_group(struct checkup *now, const struct cgroup *group) {
    struct snapshot sample = {0};
    group->ops->read_sample(group, &sample);
    look_at_peak(now, group, &sample);
    look_at_kernel_memory(now, &sample);
    look_at_group_stall(now, group);
    look_at_whole_kill(now, group);
    look_at_kill(now, group);
    look_at_cache(now, group);
    look_at_swap_limit(now, group);
}

static void refuse(struct checkup *now, const char *id, const char *title, const struct error *error) {
    struct check *check = checkup_add(now, PART_GROUPS, id, title, CHECK_MISSING, "%s", error->what);
    check_costs(
        check, "run, leak and check read the target's processes: no limit, and they see less; size, find and "
               "step cannot be had");
    check_mend(check, error);
}

static void try_group(struct checkup *now, struct cgroup_site *site) {
    struct cgroup group;
    struct error error = {0};
    struct cgroup_limits limits = {.memory_bytes = known_i64(64 * MIB), .oom_group = true};
    CLEANUP_FREE char *path = cgroup_next_path(site);
    if (cgroup_create(site, path, &limits, &group, &error) < 0) {
        refuse(now, "limits", "limits", &error);
        return;
    }
    size_t made = now->count;
    checkup_add(now, PART_GROUPS, "limits", "limits", CHECK_OK,
                "a group with a limit of 64Mi was made, read back and removed");
    look_at_group(now, &group);
    if (cgroup_remove(&group, 5 * NS_PER_S, &error) < 0) {
        now->checks[made].state = CHECK_MISSING;
        check_run(&now->checks[made], "plimsoll clean");
        check_costs(&now->checks[made], "%s", error.what);
    }
    cgroup_free(&group);
}

/* How it is that we may. */
static void look_at_delegation(struct checkup *now, const struct cgroup_site *site) {
    bool above = strcmp(site->parent_path, site->own_path) != 0;
    checkup_add(now, PART_GROUPS, "delegation", "delegation", CHECK_OK, "%s",
                site->home_path  ? "our own group is ours to manage; we move to a leaf of it meanwhile"
                : above          ? "our own group holds others, so groups are made above it, as root"
                : geteuid() == 0 ? "not needed: we are root, and our own group may have groups in it"
                                 : "our own group is ours to manage");
}

static void look_above(struct checkup *now, const struct cgroup_site *site) {
    struct runner_limit limit = {0};
    struct check *check;
    if (site->ancestors_hidden) {
        check = checkup_add(now, PART_GROUPS, "above", "limits above", CHECK_LESS,
                            "those above this container cannot be seen");
        check_costs(check, "an OOM there looks like the host's");
        check_run(check, "docker run --cgroupns host ...");
        return;
    }
    cgroup_site_runner_limit(site, now->host.memory_bytes, &limit);
    if (limit.bytes.known && limit.bytes.value < known_or(now->host.memory_bytes, INT64_MAX)) {
        check = checkup_add(now, PART_GROUPS, "above", "limits above", CHECK_LESS, "%s is %s",
                            limit.what ? limit.what : "one", bytes_text(limit.bytes.value).s);
        check_costs(check, "no target can be given more than is left of that, and at it all of us may die");
    } else {
        checkup_add(now, PART_GROUPS, "above", "limits above", CHECK_OK, "none but the host's memory");
    }
    runner_limit_free(&limit);
}

/* We stay outside: what is made there is gone with it. */
static void tell_of_scope(struct checkup *now) {
    now->cgroup = cgroup_v2_ops.version;
    checkup_add(now, PART_GROUPS, "memory-controller", "memory controller", CHECK_OK,
                "cgroup %s, groups are made in a scope of your own systemd", now->cgroup);
    checkup_add(now, PART_GROUPS, "delegation", "delegation", CHECK_OK,
                "your systemd grants such a scope; what needs one starts itself again there");
    struct check *check = checkup_add(now, PART_GROUPS, "limits", "limits", CHECK_LESS,
                                      "not tried: this runs outside such a scope");
    check_costs(check, "what a group can do there (its peak, how it ends, its page cache) is not told");
    check_run(check, "systemd-run --user --scope -p Delegate=yes plimsoll doctor");
}

void checkup_groups(struct checkup *now) {
    struct cgroup_site site;
    struct error error = {0};
    int code = cgroup_site_open(&site, &error);
    if (code < 0 && scope_may_help(code) && scope_is_granted(&error)) {
        tell_of_scope(now);
        return;
    }
    if (code < 0) {
        refuse(now, "memory-controller", "memory controller", &error);
        return;
    }
    now->cgroup = site.ops->version;
    now->hybrid = site.hybrid;
    now->parent = text_copy(site.parent_path);
    checkup_add(now, PART_GROUPS, "memory-controller", "memory controller", CHECK_OK,
                "cgroup %s%s, groups are made in %s", site.ops->version,
                site.hybrid ? " (hybrid: a v2 tree is mounted beside it)" : "", site.parent_path);
    look_at_delegation(now, &site);
    look_above(now, &site);
    try_group(now, &site);
    cgroup_site_close(&site);
}
