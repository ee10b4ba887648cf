#include "trial/daemon_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "model/ending.h"
#include "trial/tool.h"

/* What was written to a log during a trial is no more than that, or its end is looked at. */
#define LOG_BYTES_MAX (256 * KIB)

#define JOURNAL_TIMEOUT_NS NS_PER_S

static const char *const log_paths[DAEMON_LOGS] = {"/var/log/syslog", "/var/log/messages",
                                                   "/var/log/daemon.log"};

struct daemon_log_mark daemon_log_mark(void) {
    struct daemon_log_mark mark = {.wall_s = time(NULL)};
    for (int i = 0; i < DAEMON_LOGS; i++) {
        struct stat status;
        mark.sizes[i] = stat(log_paths[i], &status) == 0 ? status.st_size : 0;
    }
    return mark;
}

static char *find_in(const char *text, bool tagged, daemon_log_wanted *wanted, void *context,
                     const char **ret_daemon) {
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        struct oom_daemon_kill kill;
        if (oom_daemon_parse(at, length, tagged, &kill) && wanted(&kill, context)) {
            *ret_daemon = kill.daemon;
            return text_copy_bytes(at + kill.text_offset, length - kill.text_offset);
        }
        at += length + (at[length] == '\n');
    }
    return NULL;
}

/* A log that is shorter than it was has been begun anew. */
static char *find_in_log(const char *path, int64_t from, daemon_log_wanted *wanted, void *context,
                         const char **ret_daemon) {
    struct stat status;
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        return NULL;
    if (status.st_size < from)
        from = 0;
    if (status.st_size - from > LOG_BYTES_MAX)
        from = status.st_size - LOG_BYTES_MAX;
    CLEANUP_FREE char *text = malloc(LOG_BYTES_MAX + 1);
    ssize_t length = text ? pread(fd, text, LOG_BYTES_MAX, from) : -1;
    if (length <= 0)
        return NULL;
    text[length] = '\0';
    for (ssize_t i = 0; i < length; i++)
        if (text[i] == '\0') /* as a log has that was torn by a crash */
            text[i] = '?';
    return find_in(text, true, wanted, context, ret_daemon);
}

static char *find_in_journal(int64_t since_s, daemon_log_wanted *wanted, void *context,
                             const char **ret_daemon) {
    struct tool journal;
    struct tool_patience patience = {.timeout_ns = JOURNAL_TIMEOUT_NS};
    struct tool_answer answer = {0};
    struct error ignored;
    char since[32];
    char *found = NULL;
    if (access("/run/systemd/journal", F_OK) < 0 || tool_find("journalctl", &journal, &ignored) < 0)
        return NULL;
    snprintf(since, sizeof since, "@%lld", (long long)since_s);
    char quiet[] = "-q";
    char plain[] = "--output=cat";
    char since_option[] = "--since";
    /* journald tells the unit itself; the tag (-t) any program can choose. */
    char earlyoom[] = "_SYSTEMD_UNIT=" OOM_DAEMON_EARLYOOM ".service";
    char oomd[] = "_SYSTEMD_UNIT=" OOM_DAEMON_SYSTEMD ".service";
    char *arguments[] = {quiet, plain, since_option, since, earlyoom, oomd, NULL};
    if (tool_run(&journal, arguments, &patience, &answer, &ignored) == 0)
        found = find_in(strbuf_text(&answer.out), false, wanted, context, ret_daemon);
    tool_answer_free(&answer);
    tool_close(&journal);
    return found;
}

char *daemon_log_find(const struct daemon_log_mark *mark, daemon_log_wanted *wanted, void *context,
                      const char **ret_daemon) {
    for (int i = 0; i < DAEMON_LOGS; i++) {
        char *found = find_in_log(log_paths[i], mark->sizes[i], wanted, context, ret_daemon);
        if (found)
            return found;
    }
    return find_in_journal(mark->wall_s, wanted, context, ret_daemon);
}
