#include "trial/scope_grant.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/cgroup.h"
#include "trial/tool.h"

const char *const scope_command[] = {"systemd-run", "--user",       "--scope", "--quiet", "--collect",
                                     "-p",          "Delegate=yes", "--",      NULL};

/* Does the user's own systemd listen? */
static bool has_manager(void) {
    struct stat status;
    const char *folder = getenv("XDG_RUNTIME_DIR");
    CLEANUP_FREE char *path = folder && *folder
                                  ? text_format("%s/systemd/private", folder)
                                  : text_format("/run/user/%u/systemd/private", (unsigned)getuid());
    return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool is_v2(void) {
    struct cgroup_layout layout = {0};
    struct error ignored;
    if (cgroup_layout_of(getpid(), &layout, &ignored) < 0)
        return false;
    bool found = layout.ops == &cgroup_v2_ops && !layout.read_only;
    cgroup_layout_free(&layout);
    return found;
}

bool scope_may_help(int code) {
    return (code == -EACCES || code == -EPERM) && geteuid() != 0 && has_manager() && is_v2();
}

/* It answers at once, or its manager does not. */
#define GRANT_TIMEOUT_NS (10 * NS_PER_S)

bool scope_is_granted(struct error *error) {
    struct tool systemd_run;
    struct error inner;
    const struct tool_patience patience = {.timeout_ns = GRANT_TIMEOUT_NS};
    /* Not --quiet: what is said against it is wanted. */
    char *arguments[] = {(char[]){"--user"},       (char[]){"--scope"}, (char[]){"--collect"}, (char[]){"-p"},
                         (char[]){"Delegate=yes"}, (char[]){"--"},      (char[]){"true"},      NULL};
    int code = tool_find("systemd-run", &systemd_run, &inner);
    if (code == 0) {
        code = tool_do(&systemd_run, arguments, &patience, NULL, &inner);
        tool_close(&systemd_run);
    }
    if (code == 0)
        return true;
    error_hint(error, "sudo plimsoll ...");
    error->advice[0] = '\0'; /* it was to try just that */
    error_advise(error, "%.400s", inner.what);
    return false;
}
