/* What userspace OOM daemons write when they kill:
 *
 *   earlyoom 1.7       sending SIGKILL to process 20374 uid 0 "python3": badness 690, VmRSS 886 MiB
 *   earlyoom 1.3       sending SIGTERM to process 20374 "python3": badness 690, VmRSS 886 MiB
 *   systemd-oomd 252   Killed /user.slice/a.scope due to memory pressure for /user.slice being 71.23%
 * > 60.00% ...
 *
 * Layer: kernel/. Includes base/, model/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"

struct oom_daemon_kill {
    const char *daemon;   /* "earlyoom", "systemd-oomd"; static text */
    struct known_i64 pid; /* earlyoom alone: it kills a process */
    char cgroup[512];     /* systemd-oomd alone: it kills what is in a group; else "" */
    size_t text_offset;   /* where its own words begin */
};

/* Reads one line without its end. False where it tells no kill. tagged: of a file of syslog's, where the
 * daemon's own tag has to stand between time and words ("TIME HOST earlyoom[812]: ..."), since other programs
 * write there too; else the line is the message alone. */
bool oom_daemon_parse(const char *line, size_t length, bool tagged, struct oom_daemon_kill *ret);
