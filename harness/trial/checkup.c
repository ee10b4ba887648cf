#include "trial/checkup.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "kernel/host.h"
#include "kernel/kill_watch.h"
#include "kernel/kmsg.h"
#include "kernel/policy.h"
#include "model/ending.h"
#include "trial/engine.h"
#include "trial/launch.h"

#define ENGINE_TIMEOUT_NS (5 * NS_PER_S)

/* Below this a search has hardly any room to move in. */
#define LITTLE_MEMORY (256 * MIB)

/* Before a command that only root may run. */
static const char *sudo(void) {
    return geteuid() == 0 ? "" : "sudo ";
}

/* ---- the machine ---- */

static void look_at_memory(struct checkup *now) {
    const struct host *host = &now->host;
    struct check *check;
    if (!host->available_bytes.known) {
        check = checkup_add(now, PART_MACHINE, "memory", "memory", CHECK_LESS, "not known what is free");
        check_costs(check, "no trial can be kept from taking all that there is; give --max");
        check_run(check, "%smount -t proc proc /proc", sudo());
    } else if (host->available_bytes.value < LITTLE_MEMORY) {
        check = checkup_add(now, PART_MACHINE, "memory", "memory", CHECK_LESS, "%s free",
                            bytes_text(host->available_bytes.value).s);
        check_costs(check, "a target that needs more cannot be measured here");
        check_advise(check, "end what else runs here: ps -A --sort=-rss -o rss,pid,comm");
    } else {
        checkup_add(now, PART_MACHINE, "memory", "memory", CHECK_OK, "%s free",
                    bytes_text(host->available_bytes.value).s);
    }
}

static void look_at_swap(struct checkup *now) {
    if (known_or(now->host.swap_bytes, 0) == 0) {
        checkup_add(now, PART_MACHINE, "swap", "swap", CHECK_OK,
                    "none on this host, as on most Kubernetes nodes");
        return;
    }
    struct check *check = checkup_add(now, PART_MACHINE, "swap", "swap", CHECK_LESS,
                                      "%s on this host; targets are held out of it (--swap gives them some)",
                                      bytes_text(now->host.swap_bytes.value).s);
    check_costs(check, "others that are swapped out slow a trial down, so its times differ more");
    check_run(check, "%sswapoff -a", sudo());
}

static void look_at_huge_pages(struct checkup *now) {
    struct chosen_word chosen = policy_huge_pages();
    if (strcmp(chosen.s, "always") != 0) {
        checkup_add(now, PART_MACHINE, "huge-pages", "huge pages", CHECK_OK, "%s",
                    !chosen.s[0]                       ? "this kernel has none"
                    : strcmp(chosen.s, "madvise") == 0 ? "only for those that ask for them (madvise)"
                                                       : "never");
        return;
    }
    struct check *check =
        checkup_add(now, PART_MACHINE, "huge-pages", "huge pages", CHECK_LESS, "given to everybody (always)");
    check_costs(check,
                "a program that touches little here and there is charged 2 MiB for each place while there is "
                "room, so it seems to need more, and not the same each time");
    check_run(check, "echo madvise | %stee /sys/kernel/mm/transparent_hugepage/enabled", sudo());
}

static void look_at_overcommit(struct checkup *now) {
    struct known_i64 mode = policy_vm("overcommit_memory");
    if (known_or(mode, 0) != 2) {
        checkup_add(now, PART_MACHINE, "overcommit", "overcommit", CHECK_OK, "%s",
                    !mode.known       ? "not known"
                    : mode.value == 0 ? "by a rule of thumb (0)"
                                      : "always (1)");
        return;
    }
    struct check *check = checkup_add(now, PART_MACHINE, "overcommit", "overcommit", CHECK_LESS,
                                      "never (vm.overcommit_memory = 2)");
    check_costs(check,
                "a target may be refused memory before any limit is near, and then fails instead of being "
                "OOM-killed as it would be on a Kubernetes node");
    check_run(check, "%ssysctl -w vm.overcommit_memory=0", sudo());
}

/* With 2 even a limit that is reached in a group of ours takes the machine down. */
static void look_at_panic(struct checkup *now) {
    struct known_i64 mode = policy_vm("panic_on_oom");
    struct check *check;
    if (known_or(mode, 0) < 2) {
        checkup_add(now, PART_MACHINE, "panic", "panic on OOM", CHECK_OK, "%s",
                    !mode.known       ? "not known"
                    : mode.value == 0 ? "no"
                                      : "only where the host itself runs out");
        return;
    }
    check = checkup_add(now, PART_MACHINE, "panic", "panic on OOM", CHECK_MISSING,
                        "the kernel panics at every OOM kill (vm.panic_on_oom = 2)");
    check_costs(check, "the first trial below the OOM point takes the whole machine down");
    check_run(check, "%ssysctl -w vm.panic_on_oom=0", sudo());
}

static void look_at_stall(struct checkup *now) {
    if (now->host.psi) {
        checkup_add(now, PART_MACHINE, "pressure", "pressure (PSI)", CHECK_OK, "known for the host");
        return;
    }
    struct check *check = checkup_add(now, PART_MACHINE, "pressure", "pressure (PSI)", CHECK_LESS,
                                      "not known, not even for the host");
    check_costs(check,
                "how long a target waited for memory is not told: that it is slow shows in its time alone");
    check_advise(check, "boot with psi=1 on the kernel's command line (Linux 4.20 or newer)");
}

void checkup_machine(struct checkup *now) {
    const struct host *host = &now->host;
    checkup_add(now, PART_MACHINE, "kernel", "kernel", CHECK_OK, "%s, %d CPU%s", host->kernel, host->cpus,
                host->cpus == 1 ? "" : "s");
    look_at_memory(now);
    look_at_swap(now);
    look_at_huge_pages(now);
    look_at_overcommit(now);
    look_at_panic(now);
    look_at_stall(now);
}

/* ---- what tells of a death ---- */

static void look_at_log(struct checkup *now) {
    struct error error = {0};
    CLEANUP_CLOSE int log = kmsg_open(&error);
    if (log >= 0) {
        checkup_add(now, PART_DEATHS, "kernel-log", "kernel log", CHECK_OK,
                    "can be read: which process an OOM killed, and what it held");
        return;
    }
    struct check *check =
        checkup_add(now, PART_DEATHS, "kernel-log", "kernel log", CHECK_LESS, "%s", error.what);
    check_costs(check, "which process of a target an OOM killed is not told, nor what it held");
    check_mend(check, &error);
}

static void look_at_sender(struct checkup *now) {
    struct kill_watch *watch = NULL;
    struct error error = {0};
    if (kill_watch_open(&watch, &error) == 0) {
        checkup_add(now, PART_DEATHS, "sigkill", "SIGKILL", CHECK_OK, "who sends one is seen");
        kill_watch_close(watch);
        return;
    }
    struct check *check = checkup_add(now, PART_DEATHS, "sigkill", "SIGKILL", CHECK_LESS, "%s", error.what);
    check_costs(check, "of a SIGKILL that was no OOM it is not told who sent it");
    check_mend(check, &error);
}

static void look_at_counter(struct checkup *now) {
    struct known_i64 kills = host_oom_kills();
    if (kills.known) {
        checkup_add(now, PART_DEATHS, "oom-counter", "OOM counter", CHECK_OK,
                    "of the host: %lld since it was started", (long long)kills.value);
        return;
    }
    struct check *check = checkup_add(now, PART_DEATHS, "oom-counter", "OOM counter", CHECK_LESS,
                                      "the host's is not known (needs Linux 4.13)");
    check_costs(check, "a death because the host ran out cannot be told from a limit's");
}

static void look_at_numbers(struct checkup *now) {
    if (host_is_first_pid_namespace()) {
        checkup_add(now, PART_DEATHS, "pid-namespace", "process numbers", CHECK_OK, "those of the kernel");
        return;
    }
    struct check *check = checkup_add(now, PART_DEATHS, "pid-namespace", "process numbers", CHECK_LESS,
                                      "those of a container's own pid namespace");
    check_costs(check, "what the kernel says of a process by its number cannot be laid to one of ours");
    check_run(check, "docker run --pid host ...");
}

/* Those that kill before the kernel does. */
static void look_at_daemons(struct checkup *now) {
    bool any = false;
    for (const char *const *name = oom_daemons; *name; name++) {
        pid_t pid = host_find_process(*name);
        if (!pid)
            continue;
        struct check *check = checkup_add(now, PART_DEATHS, "oom-daemon", "OOM daemon", CHECK_LESS,
                                          "%s runs here (pid %d)", *name, (int)pid);
        check_costs(
            check, "it may kill a target before its limit is reached; that is told as killed, not as an OOM");
        check_run(check, "%ssystemctl stop %s", sudo(), *name);
        any = true;
    }
    if (!any)
        checkup_add(now, PART_DEATHS, "oom-daemon", "OOM daemon", CHECK_OK, "none that is known runs here");
}

void checkup_deaths(struct checkup *now) {
    look_at_log(now);
    look_at_sender(now);
    look_at_counter(now);
    look_at_numbers(now);
    look_at_daemons(now);
}

/* ---- other programs ---- */

/* True where it answers; what is wrong is in *error. */
static bool answers(const char *name, struct error *error) {
    struct tool_patience patience = {.timeout_ns = ENGINE_TIMEOUT_NS};
    struct engine engine = {0};
    int code = engine_find(name, &engine, error);
    if (code == 0)
        code = engine_check(&engine, &patience, error);
    engine_close(&engine);
    return code == 0;
}

/* One of them is enough. */
static void look_at_engines(struct checkup *now) {
    const char *found = NULL;
    for (const char *const *name = engine_names; *name; name++) {
        struct error error = {0};
        if (answers(*name, &error)) {
            checkup_add(now, PART_TOOLS, *name, *name, CHECK_OK, "answers");
            found = found ? found : *name;
            continue;
        }
        struct check *check =
            checkup_add(now, PART_TOOLS, *name, *name, found ? CHECK_OK : CHECK_LESS, "%s%s%s", error.what,
                        found ? "; not needed beside " : "", found ? found : "");
        if (found)
            continue;
        check_costs(check, "where no engine answers there is no --image and no watch --container");
        check_mend(check, &error);
    }
}

static void look_at_program(struct checkup *now, const char *name, const char *costs, const char *package) {
    CLEANUP_FREE char *program = NULL;
    struct error error = {0};
    int status = 0;
    if (launch_resolve(name, NULL, NULL, &program, &status, &error) == 0) {
        checkup_add(now, PART_TOOLS, name, name, CHECK_OK, "%s", program);
        return;
    }
    struct check *check = checkup_add(now, PART_TOOLS, name, name, CHECK_LESS, "not installed");
    check_costs(check, "%s", costs);
    check_run(check, "%sapt-get install %s", sudo(), package);
}

void checkup_tools(struct checkup *now) {
    look_at_engines(now);
    look_at_program(
        now, "kubectl",
        "what a cluster knows of a pod cannot be asked for; explain reads what was saved elsewhere",
        "kubernetes-client");
    look_at_program(now, "gnuplot", "no plots; figures and tables are there without them", "gnuplot-nox");
    look_at_program(now, "curl", "--ready http:URL cannot ask a server", "curl");
    if (geteuid() != 0)
        look_at_program(now, "systemd-run", "a group of our own cannot be had without root", "systemd");
}

void checkup_look(struct checkup *ret) {
    struct checkup now = {0};
    host_read(&now.host);
    checkup_groups(&now);
    checkup_machine(&now);
    checkup_deaths(&now);
    checkup_tools(&now);
    *ret = now;
}
