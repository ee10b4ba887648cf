/* clang-format off */
/* Reports of the kernel's OOM killer, read line by line, of all kernels from 2.6.29 to 6.18:
 *
 *   C invoked oom-killer: gfp_mask=..., order=0, oom_score_adj=0       C asked for memory; it need not be the victim
 *   Task in B killed as a result of limit of A                         before 5.0
 *   memory: usage 128076kB, limit 128076kB, failcnt 92
 *   Memory cgroup stats for A: cache:0KB rss:524KB ...                 or a line for each, "anon 19767296"
 *   [  pid  ]   uid  tgid total_vm      rss ... name                   a table of all tasks that could be killed
 *   oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=A,task_memcg=B,task=C,pid=P,uid=U      since 5.0
 *   Memory cgroup out of memory: Kill process P (C) score S or sacrifice child                before 5.2
 *   {Memory cgroup out|Out} of memory: Killed process P (C) total-vm:..., anon-rss:...
 *   Tasks in A are going to be killed due to memory.oom.group set
 *
 * All but the line with "Killed process" are rate-limited, so any of them may be missing. Other lines may
 * stand between these; where the log tells which thread wrote a line, reports of several are kept apart.
 * Layer: kernel/. Includes base/. Pure: it is fed text and keeps no more than a fixed number of open reports. */
/* clang-format on */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/known.h"
#include "kernel/klog.h"

enum oom_constraint {
    OOM_CONSTRAINT_UNKNOWN, /* the lines that would tell are missing */
    OOM_CONSTRAINT_MEMCG,   /* the limit of a memory cgroup */
    OOM_CONSTRAINT_HOST,    /* the whole machine ran out */
    OOM_CONSTRAINT_NODES,   /* the NUMA nodes that a cpuset or a memory policy allows ran out */
};

#define OOM_PATH_MAX  512
#define OOM_NAME_MAX  64
#define OOM_QUOTE_MAX 768 /* two groups of a pod fill 600 */
#define OOM_QUOTES    8
#define OOM_VICTIMS   8

/* A line of the log that decided something. */
struct oom_quote {
    long line; /* from 1 */
    char text[OOM_QUOTE_MAX];
};

struct oom_victim {
    struct known_i64 pid;
    char name[OOM_NAME_MAX];
};

/* One kill: of a process, or of all in a group whose memory.oom.group is set. Texts are "" where not known.
 */
struct oom_kill {
    enum oom_constraint constraint;
    char trigger[OOM_NAME_MAX]; /* who asked for memory */
    char process[OOM_NAME_MAX]; /* the victim */
    struct known_i64 pid;
    struct known_i64 oom_score_adj; /* of the victim */
    char task_memcg[OOM_PATH_MAX];  /* the group it was in */
    char oom_memcg[OOM_PATH_MAX];   /* the group whose limit struck */
    char group_memcg[OOM_PATH_MAX]; /* the group that was killed as a whole */
    bool manual;                    /* somebody asked for it (SysRq f): nothing had run out */
    bool was_killed;                /* the line that says so was there */
    bool prefixed;                  /* each line that decides has a prefix that only kernel logs have */
    struct known_i64 usage_bytes;   /* of oom_memcg */
    struct known_i64 limit_bytes;
    bool swap_struck;            /* cgroup v1: it was the limit for memory and swap together */
    struct known_i64 anon_bytes; /* of oom_memcg, or of the machine */
    struct known_i64 file_bytes; /* page cache, shared memory not counted */
    struct known_i64 shmem_bytes;
    struct known_i64 anon_rss_bytes; /* of the victim */
    struct known_i64 file_rss_bytes;
    struct known_i64 shmem_rss_bytes;
    int tasks;                              /* in the table */
    struct oom_victim victims[OOM_VICTIMS]; /* further ones, of a group */
    int victim_count;                       /* all further ones, also beyond the array */
    struct known_i64 boot_ns;
    struct known_i64 wall_ns;
    int quote_count;
    struct oom_quote
        quotes[OOM_QUOTES]; /* last, since large: a copy may leave out those that are not there */
};

/* More than can be open at once with rate limits as they are; the oldest makes room. */
#define OOM_OPEN_MAX 8

struct oom_open {
    bool used;
    unsigned caller;
    long last;                       /* line that told something */
    struct known_i64 killed_boot_ns; /* when the last process of it was killed */
    struct known_i64 killed_wall_ns;
    bool in_stats; /* lines of statistics may follow */
    bool totals;   /* these are of the group and all below it: they replace its own */
    bool by_score; /* "Kill process": one of its children may be killed in its stead */
    struct oom_kill kill;
};

/* Zeroed but for the callback is a parser that has seen nothing. */
struct oom_reports {
    void (*found)(void *context, const struct oom_kill *kill);
    void *context;
    struct oom_open open[OOM_OPEN_MAX];
    int open_count;
    long no_victim; /* times that the kernel found nothing to kill, or the victim was ending already */
    long reports;   /* "invoked oom-killer" seen; the kernel's rate limit leaves many out */
    long kills;     /* handed on */
};

/* Takes one line; what a program wrote to the log tells nothing. Line numbers must not fall. */
void oom_reports_take(struct oom_reports *reports, const struct klog_line *line, long number);

/* Does a message say nothing to any report, be one open or not? Cheaper than to take it; of the many lines of
 * a report few say something. False for "HOST kernel: ...", whose message begins behind that; statistics of
 * several lines in one are told by the first alone. */
bool oom_text_is_idle(const char *text, size_t length);

/* The end of the log: hands on what is still open. */
void oom_reports_end(struct oom_reports *reports);

/* The first place from `from` on in whose line something may stand that matters, while no report is open;
 * NULL: nowhere. With an open report every line matters, and `from` comes back. */
const char *oom_reports_skip(const struct oom_reports *reports, const char *from, const char *end);
