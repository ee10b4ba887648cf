/* kernel/oom_daemon: lines of userspace OOM daemons, and lines that are none of theirs. */
#include "kernel/oom_daemon.h"

#include "unit.h"

TEST(lines_of_oom_daemons) {
    static const struct {
        const char *line;
        bool tagged;
        const char *daemon; /* NULL: it tells no kill */
        int64_t pid;
        const char *cgroup;
        const char *words; /* how its own begin */
    } rows[] = {
        /* earlyoom 1.7, recorded */
        {"sending SIGTERM to process 20374 uid 0 \"test_scenario\": badness 690, VmRSS 886 MiB", false,
         "earlyoom", 20374, "", "sending SIGTERM"},
        {"Nov 23 06:34:37 vm earlyoom[812]: sending SIGKILL to process 7 uid 0 \"a b\": badness 690, VmRSS 1 "
         "MiB",
         true, "earlyoom", 7, "", "sending SIGKILL"},
        {"sending SIGTERM to process 42 \"python3\": badness 12, VmRSS 234 MiB", false, "earlyoom", 42, "",
         "sending SIGTERM"},
        {"dryrun, not actually sending any signal", false, NULL, 0, "", ""},
        {"low memory! at or below SIGTERM limits: mem 99.00%, swap 100.00%", false, NULL, 0, "", ""},
        {"mem avail: 21784 of 24105 MiB (90.37%), swap free:    0 of    0 MiB ( 0.00%)", false, NULL, 0, "",
         ""},
        {"sending SIGKILL to process ", false, NULL, 0, "", ""},
        {"sending SIGKILL to process x", false, NULL, 0, "", ""},
        {"sending SIGKILL to process 99999999999999999999", false, NULL, 0, "", ""},
        /* systemd-oomd, oomd-manager.c of systemd 252 */
        {"Nov 23 10:00:00 h systemd-oomd[9]: Killed /user.slice/user-1000.slice/a.scope due to memory "
         "pressure for "
         "/user.slice/user-1000.slice being 71.23% > 60.00% for > 20s with reclaim activity",
         true, "systemd-oomd", -1, "/user.slice/user-1000.slice/a.scope", "Killed /user.slice"},
        {"Killed /a b.slice due to memory used (16000000000) / total (16400000000) and swap used (1) / total "
         "(1) being "
         "more than 90.00%",
         false, "systemd-oomd", -1, "/a b.slice", "Killed /a b"},
        /* others that say so */
        {"my test prints: sending SIGKILL to process 12 uid 0", false, NULL, 0, "", ""},
        {"sending SIGKILL to process 7 uid 0", true, NULL, 0, "", ""},
        {"earlyoom[812]: sending SIGKILL to process 7 uid 0", true, NULL, 0, "", ""},
        {"Nov 23 06:34:37 vm app[812]: sending SIGKILL to process 7 uid 0", true, NULL, 0, "", ""},
        {"Nov 23 06:34:37 vm app[812]: earlyoom[1]: sending SIGKILL to process 7", true, NULL, 0, "", ""},
        {"Nov 23 06:34:37 vm earlyoomer[8]: sending SIGKILL to process 7", true, NULL, 0, "", ""},
        {"Nov 23 06:34:37 vm earlyoom[8: sending SIGKILL to process 7", true, NULL, 0, "", ""},
        {"Nov 23 06:34:37 vm earlyoom[812]: x sending SIGKILL to process 7", true, NULL, 0, "", ""},
        {"Nov 23 06:34:37 vm systemd-oomd[812]: sending SIGKILL to process 7", true, NULL, 0, "", ""},
        {"Nov 23 06:34:37 vm earlyoom: sending SIGKILL to process 7 uid 0", true, "earlyoom", 7, "",
         "sending SIGKILL"},
        {"2026-11-23T06:34:37.123456+00:00 vm earlyoom[812]: sending SIGKILL to process 7 uid 0", true,
         "earlyoom", 7, "", "sending SIGKILL"},
        {"Killed /usr/bin/thing for fun", false, NULL, 0, "", ""},
        {"Killed", false, NULL, 0, "", ""},
        {"", false, NULL, 0, "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct oom_daemon_kill kill = {0};
        bool found = oom_daemon_parse(rows[i].line, strlen(rows[i].line), rows[i].tagged, &kill);
        ROW(found == (rows[i].daemon != NULL), "%s: found %d", rows[i].line, found);
        if (!found || !rows[i].daemon)
            continue;
        ROW_TEXT(kill.daemon, rows[i].daemon, rows[i].line);
        ROW_TEXT(kill.cgroup, rows[i].cgroup, rows[i].line);
        ROW(known_or(kill.pid, -1) == rows[i].pid, "%s: pid %lld", rows[i].line, (long long)kill.pid.value);
        ROW(strncmp(rows[i].line + kill.text_offset, rows[i].words, strlen(rows[i].words)) == 0,
            "%s: words from %zu", rows[i].line, kill.text_offset);
    }
}

/* Whatever is cut off, nothing is read beyond it: the sanitizer sees to that. */
TEST(a_line_may_end_anywhere) {
    static const char *const lines[] = {"sending SIGKILL to process 7 uid 0",
                                        "Nov 23 06:34:37 vm earlyoom[812]: sending SIGKILL to process 7",
                                        "Killed /a.slice due to memory pressure for /"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        for (size_t length = 0; length <= strlen(lines[i]); length++) {
            char *cut = malloc(length ? length : 1);
            memcpy(cut, lines[i], length);
            struct oom_daemon_kill kill = {0};
            bool found = oom_daemon_parse(cut, length, i == 1, &kill);
            ROW(!found || kill.text_offset == (i == 1 ? 34 : 0), "%zu: %zu", length, kill.text_offset);
            free(cut);
        }
    }
}

/* A path that has no room is no path. */
TEST(an_endless_group_is_refused) {
    char line[2048] = "Killed /";
    struct oom_daemon_kill kill;
    memset(line + 8, 'x', 1500);
    memcpy(line + 1508, " due to memory pressure", sizeof " due to memory pressure");
    ROW(!oom_daemon_parse(line, strlen(line), false, &kill), "taken");
}

UNIT_MAIN("oom_daemon", lines_of_oom_daemons, a_line_may_end_anywhere, an_endless_group_is_refused)
