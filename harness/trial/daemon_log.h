/* What userspace OOM daemons have written of a kill, in the journal or in a log of syslog's, where we may
 * read it. Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include <stdint.h>

#include "kernel/oom_daemon.h"

#define DAEMON_LOGS 3

/* Where the logs end as a trial begins. */
struct daemon_log_mark {
    int64_t wall_s; /* since 1970 */
    int64_t sizes[DAEMON_LOGS];
};

struct daemon_log_mark daemon_log_mark(void);

/* Is this kill the one that is looked for? */
typedef bool daemon_log_wanted(const struct oom_daemon_kill *kill, void *context);

/* The words of the first such line since the mark, with the daemon's name in *ret_daemon; NULL where there is
 * none. Caller frees. The journal is asked by journalctl, for a second at most. */
char *daemon_log_find(const struct daemon_log_mark *mark, daemon_log_wanted *wanted, void *context,
                      const char **ret_daemon);
