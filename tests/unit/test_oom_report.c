/* kernel/oom_report.c: the reports of kernels old and new, whole, interleaved, and with lines missing. */
#include "base/units.h"
#include "kernel/oom_report.h"
#include "unit.h"

static struct oom_kill kills[64];
static int kill_count;

static void found(void *context, const struct oom_kill *kill) {
    (void)context;
    if (kill_count < (int)COUNT(kills))
        kills[kill_count] = *kill;
    kill_count++;
}

/* Feeds a text to a new parser; what it finds is in `kills`. Returns the parser, for its counts. */
static struct oom_reports feed(const char *text) {
    static struct oom_reports reports;
    reports = (struct oom_reports){.found = found};
    kill_count = 0;
    long number = 1;
    for (const char *at = text; *at; number++) {
        size_t length = strcspn(at, "\n");
        struct klog_line line;
        klog_parse(at, length, &line);
        oom_reports_take(&reports, &line, number);
        at += length + (at[length] == '\n');
    }
    oom_reports_end(&reports);
    return reports;
}

static void feed_fixture(const char *name) {
    char *text = unit_read_fixture(name);
    feed(text);
    free(text);
}

TEST(recorded_v1) {
    feed_fixture("kernel-log/v1-memcg-oom.dmesg");
    ck_assert_int_eq(kill_count, 1);
    const struct oom_kill *kill = &kills[0];
    ck_assert_int_eq(kill->constraint, OOM_CONSTRAINT_MEMCG);
    ck_assert_str_eq(kill->process, "python3");
    ck_assert_str_eq(kill->trigger, "python3");
    ck_assert_str_eq(kill->oom_memcg, "/proto/s13729_7");
    ck_assert_str_eq(kill->task_memcg, "/proto/s13729_7");
    ck_assert_int_eq(kill->pid.value, 13838);
    ck_assert_int_eq(kill->limit_bytes.value, 128076 * KIB);
    ck_assert_int_eq(kill->usage_bytes.value, 128076 * KIB);
    ck_assert(!kill->swap_struck);
    ck_assert_int_eq(kill->anon_bytes.value, 130793472);
    ck_assert_int_eq(kill->file_bytes.value, 0);
    ck_assert(kill->shmem_bytes.known);
    ck_assert_int_eq(kill->anon_rss_bytes.value, 127632 * KIB);
    ck_assert_int_eq(kill->tasks, 1);
    ck_assert_int_eq(kill->boot_ns.value, 2781995372000);
    ck_assert_int_eq(kill->oom_score_adj.value, 0);
    ck_assert(kill->was_killed);
    ck_assert(!kill->manual);
    ck_assert_int_eq(kill->quotes[0].line, 1);
}
END_TEST

/* Both recordings of the same: a group at its limit, one killed as a whole, a parent's limit, the machine. */
TEST(recorded_v2) {
    static const char *const names[] = {"kernel-log/v2-zoo.kmsg", "kernel-log/v2-zoo.dmesg-r"};
    for (size_t i = 0; i < COUNT(names); i++) {
        feed_fixture(names[i]);
        ck_assert_int_eq(kill_count, 4);
        ROW_TEXT(kills[0].oom_memcg, "/a", names[i]);
        ROW(kills[0].anon_bytes.value == 19767296, "%s: %lld", names[i],
            (long long)kills[0].anon_bytes.value);
        ROW_TEXT(kills[1].group_memcg, "/g", names[i]);
        ROW(kills[1].victim_count == 1, "%s: %d", names[i], kills[1].victim_count);
        ROW_TEXT(kills[1].victims[0].name, "sleep", names[i]);
        ROW(kills[1].victims[0].pid.value == 96, "%s", names[i]);
        ROW_TEXT(kills[2].oom_memcg, "/p", names[i]);
        ROW_TEXT(kills[2].task_memcg, "/p/kid", names[i]);
        ROW(kills[3].constraint == OOM_CONSTRAINT_HOST, "%s", names[i]);
        ROW_TEXT(kills[3].oom_memcg, "", names[i]);
        ROW(!kills[3].limit_bytes.known, "%s", names[i]);
        ROW(kills[3].oom_score_adj.value == 1000, "%s", names[i]);
        /* active and inactive anonymous less shared, of the line of node 0 */
        ROW(kills[3].anon_bytes.value == (1764 + 445668 - 1940) * KIB, "%s: %lld", names[i],
            (long long)kills[3].anon_bytes.value);
        ROW(kills[3].shmem_bytes.value == 1940 * KIB, "%s", names[i]);
        ROW(kills[3].file_bytes.value == 0, "%s: %lld", names[i], (long long)kills[3].file_bytes.value);
    }
}
END_TEST

/* Before 5.0; the shape of mm/oom_kill.c and mm/memcontrol.c of 4.14. */
static const char v4_own[] =
    "java invoked oom-killer: gfp_mask=0x14000c0(GFP_KERNEL), nodemask=(null),  order=0, oom_score_adj=0\n"
    "java cpuset=abc mems_allowed=0\n"
    "CPU: 1 PID: 4321 Comm: java Not tainted 4.14.0 #1\n"
    "Task in /docker/abc killed as a result of limit of /docker/abc\n"
    "memory: usage 524288kB, limit 524288kB, failcnt 37\n"
    "memory+swap: usage 524288kB, limit 1048576kB, failcnt 0\n"
    "kmem: usage 2300kB, limit 9007199254740988kB, failcnt 0\n"
    "Memory cgroup stats for /docker/abc: cache:1200KB rss:520000KB rss_huge:0KB shmem:1000KB "
    "mapped_file:100KB\n"
    "Memory cgroup stats for /docker/abc/sub: cache:100KB rss:88KB rss_huge:0KB shmem:0KB mapped_file:0KB\n"
    "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name\n"
    "[ 4300]     0  4300     1000      200      10       3        0             0 sh\n"
    "[ 4321]     0  4321   900000   130000     300       4        0             0 java\n"
    "Memory cgroup out of memory: Kill process 4321 (java) score 993 or sacrifice child\n"
    "Killed process 4321 (java) total-vm:3600000kB, anon-rss:519000kB, file-rss:1000kB, shmem-rss:0kB\n"
    "oom_reaper: reaped process 4321 (java), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n";

TEST(old_own_limit) {
    feed(v4_own);
    ck_assert_int_eq(kill_count, 1);
    ck_assert_int_eq(kills[0].constraint, OOM_CONSTRAINT_MEMCG);
    ck_assert_str_eq(kills[0].oom_memcg, "/docker/abc");
    ck_assert_str_eq(kills[0].task_memcg, "/docker/abc");
    ck_assert_int_eq(kills[0].limit_bytes.value, 512 * MIB);
    ck_assert(!kills[0].swap_struck);
    ck_assert_int_eq(kills[0].anon_bytes.value, 520088 * KIB);
    ck_assert_int_eq(kills[0].file_bytes.value, 300 * KIB);
    ck_assert_int_eq(kills[0].shmem_bytes.value, 1000 * KIB);
    ck_assert_int_eq(kills[0].tasks, 2);
    ck_assert_int_eq(kills[0].pid.value, 4321);
}
END_TEST

/* Whose limit, and which process, in the words of other kernels. */
TEST(grammars) {
    static const struct {
        const char *name;
        const char *text;
        enum oom_constraint constraint;
        int pid;
        const char *process;
        const char *oom_memcg;
        bool was_killed;
    } rows[] = {
        {"a parent's limit, 4.x",
         "x invoked oom-killer: gfp_mask=0x14000c0, order=0, oom_score_adj=0\n"
         "Task in /p/a killed as a result of limit of /p\n"
         "Memory cgroup out of memory: Kill process 7 (x) score 9 or sacrifice child\n"
         "Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n",
         OOM_CONSTRAINT_MEMCG, 7, "x", "/p", true},
        {"a child in its parent's stead, 4.x",
         "x invoked oom-killer: gfp_mask=0x14000c0, order=0, oom_score_adj=0\n"
         "Out of memory: Kill process 7 (apache) score 9 or sacrifice child\n"
         "Killed process 9 (worker) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n",
         OOM_CONSTRAINT_HOST, 9, "worker", "", true},
        {"2.6.32",
         "httpd invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0\n"
         "Out of memory: kill process 2344 (httpd) score 23456 or a child\n"
         "Killed process 2345 (httpd)\n",
         OOM_CONSTRAINT_HOST, 2345, "httpd", "", true},
        {"RHEL 7",
         "java invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0\n"
         "Out of memory: Kill process 11 (java) score 700 or sacrifice child\n"
         "Killed process 11 (java), UID 1000, total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, "
         "shmem-rss:0kB\n",
         OOM_CONSTRAINT_HOST, 11, "java", "", true},
        {"5.0: both lines",
         "x invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/"
         "a,task_memcg=/a,"
         "task=x,pid=7,uid=0\n"
         "Memory cgroup out of memory: Kill process 7 (x) score 9 or sacrifice child\n"
         "Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB\n",
         OOM_CONSTRAINT_MEMCG, 7, "x", "/a", true},
        {"a cpuset's nodes",
         "x invoked oom-killer: gfp_mask=0x6000c0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=0,cpuset=n,mems_allowed=0,global_oom,task_memcg=/"
         "a,task=x,"
         "pid=7,uid=0\n"
         "Out of memory: Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, "
         "UID:0\n",
         OOM_CONSTRAINT_NODES, 7, "x", "", true},
        {"the one that asked is killed",
         "Out of memory (oom_kill_allocating_task): Killed process 7 (x) total-vm:1kB, anon-rss:1kB\n",
         OOM_CONSTRAINT_HOST, 7, "x", "", true},
        {"names with brackets, commas and blanks",
         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,b,task=c,"
         "task_memcg=/a,b,task=c,task=my (odd), pid=3,pid=7,uid=0\n"
         "Memory cgroup out of memory: Killed process 7 (my (odd), pid=3) total-vm:1kB, anon-rss:1kB\n",
         OOM_CONSTRAINT_MEMCG, 7, "my (odd), pid=3", "/a,b,task=c", true},
        {"its end is cut off",
         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/"
         "a,task_memcg=/a,"
         "task=x,pid=7,uid=0\n",
         OOM_CONSTRAINT_MEMCG, 7, "x", "/a", false},
        {"rate-limited: one line",
         "Memory cgroup out of memory: Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n",
         OOM_CONSTRAINT_MEMCG, 7, "x", "", true},
        {"a line that is cut", "Memory cgroup out of memory: Killed process 7 (x", OOM_CONSTRAINT_MEMCG, 7,
         "x", "", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        feed(rows[i].text);
        ROW(kill_count == 1, "%s: %d kills", rows[i].name, kill_count);
        ROW(kills[0].constraint == rows[i].constraint, "%s: constraint %d", rows[i].name,
            (int)kills[0].constraint);
        ROW_TEXT(kills[0].process, rows[i].process, rows[i].name);
        ROW(known_or(kills[0].pid, -1) == rows[i].pid, "%s: pid %lld", rows[i].name,
            (long long)known_or(kills[0].pid, -1));
        ROW_TEXT(kills[0].oom_memcg, rows[i].oom_memcg, rows[i].name);
        ROW(kills[0].was_killed == rows[i].was_killed, "%s", rows[i].name);
    }
}
END_TEST

TEST(no_kill) {
    static const char *const texts[] = {
        "Out of memory and no killable processes...\n",
        "OOM victim 12 (x) is already exiting. Skip killing the task\n",
        "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\nCall Trace:\n",
        "oom_reaper: reaped process 4321 (java), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n",
        "Killed process\nKilled process x\nKilled process 7\noom-kill:\noom-kill:constraint=\n",
        "someone said: Out of memory: Killed process 7 (x)\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        feed(texts[i]);
        ROW(kill_count == 0, "%s: %d", texts[i], kill_count);
    }
    struct oom_reports reports = feed(texts[0]);
    ck_assert_int_eq(reports.no_victim, 1);
    reports = feed(texts[1]);
    ck_assert_int_eq(reports.no_victim, 1);
}
END_TEST

/* cgroup v1: memory and swap together reached their limit, memory alone did not. */
TEST(swap_limit) {
    feed("x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "memory: usage 65536kB, limit 131072kB, failcnt 0\n"
         "memory+swap: usage 196608kB, limit 196608kB, failcnt 12\n"
         "Memory cgroup out of memory: Killed process 7 (x) total-vm:1kB, anon-rss:1kB\n");
    ck_assert(kills[0].swap_struck);
    ck_assert_int_eq(kills[0].limit_bytes.value, 192 * MIB);
}
END_TEST

TEST(by_hand) {
    feed("kworker/0:1 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0\n"
         "Out of memory: Killed process 7 (x) total-vm:1kB, anon-rss:1kB\n");
    ck_assert(kills[0].manual);
}
END_TEST

/* A burst: of the second and third only the line that no rate limit holds back. */
TEST(burst) {
    feed("x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/"
         "a,task_memcg=/a,"
         "task=x,pid=7,uid=0\n"
         "Memory cgroup out of memory: Killed process 7 (x) total-vm:1kB, anon-rss:1kB\n"
         "Memory cgroup out of memory: Killed process 8 (y) total-vm:1kB, anon-rss:1kB\n"
         "Memory cgroup out of memory: Killed process 9 (z) total-vm:1kB, anon-rss:1kB\n");
    ck_assert_int_eq(kill_count, 3);
    ck_assert_str_eq(kills[0].oom_memcg, "/a");
    ck_assert_str_eq(kills[1].process, "y");
    ck_assert_str_eq(kills[1].oom_memcg, "");
    ck_assert_str_eq(kills[2].process, "z");
}
END_TEST

/* Who wrote each line keeps two reports apart. */
TEST(interleaved) {
    feed("[    1.000000][    T7] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "[    1.000000][    T8] y invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "[    1.000000][    T7] memory: usage 1024kB, limit 1024kB, failcnt 1\n"
         "[    1.000000][    T8] memory: usage 2048kB, limit 2048kB, failcnt 1\n"
         "[    1.000000][    T7] "
         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/x,task_memcg=/x,"
         "task=x,pid=7,uid=0\n"
         "[    1.000000][    T8] "
         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/y,task_memcg=/y,"
         "task=y,pid=8,uid=0\n"
         "[    1.000000][    T8] Memory cgroup out of memory: Killed process 8 (y) total-vm:1kB, "
         "anon-rss:1kB\n"
         "[    1.000000][    T7] Memory cgroup out of memory: Killed process 7 (x) total-vm:1kB, "
         "anon-rss:1kB\n");
    ck_assert_int_eq(kill_count, 2);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(kills[i].limit_bytes.value, strcmp(kills[i].process, "x") == 0 ? MIB : 2 * MIB);
}
END_TEST

/* More at once than are kept: the oldest make room, none is lost that was told. */
TEST(many_at_once) {
    char text[8192] = "";
    for (int i = 1; i <= 20; i++)
        snprintf(
            text + strlen(text), sizeof text - strlen(text),
            "[    1.000000][   T%d] oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/x,task_memcg=/x,task=x%d,"
            "pid=%d,uid=0\n",
            i, i, i);
    feed(text);
    ck_assert_int_eq(kill_count, 20);
}
END_TEST

/* What is passed over without a look holds nothing: with and without, the same kills. */
TEST(skipping) {
    static const char *const names[] = {"kernel-log/v2-zoo.dmesg-r", "kernel-log/v1-memcg-oom.dmesg"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char *text = unit_read_fixture(names[i]);
        char *end = text + strlen(text);
        feed(text);
        int wanted = kill_count;
        struct oom_reports reports = {.found = found};
        kill_count = 0;
        for (const char *at = text; (at = oom_reports_skip(&reports, at, end));) {
            while (at > text && at[-1] != '\n')
                at--;
            const char *stop = memchr(at, '\n', (size_t)(end - at));
            struct klog_line line;
            klog_parse(at, (size_t)(stop - at), &line);
            oom_reports_take(&reports, &line, 1);
            at = stop + 1;
            if (at >= end)
                break;
        }
        oom_reports_end(&reports);
        ROW(kill_count == wanted, "%s: %d, not %d", names[i], kill_count, wanted);
        free(text);
    }
}
END_TEST

/* Words that overlap leave no name between them. */
TEST(overlaps) {
    feed("a invoked oom-killer: gfp_mask=0x0, order=0\nTask in killed as a result of limit of /b\n"
         "Memory cgroup out of memory: Killed process 92 (dd) total-vm:1kB, anon-rss:1kB\n"
         "Tasks in are going to be killed due to memory.oom.group set\n");
    ck_assert_int_eq(kill_count, 1);
    ck_assert_str_eq(kills[0].task_memcg, "");
    ck_assert_str_eq(kills[0].oom_memcg, "/b");
    ck_assert_str_eq(kills[0].group_memcg, "");
}
END_TEST

/* Rows and statistics behind a kill are not of its report. */
TEST(after_the_kill) {
    feed("a invoked oom-killer: gfp_mask=0x0, order=0\n[   92]     0    92 dd\nMemory cgroup stats for "
         "/a:\nanon 4096\n"
         "Memory cgroup out of memory: Killed process 92 (dd) total-vm:1kB, anon-rss:1kB\n"
         "[   93]     0    93 cat\nMemory cgroup stats for /b:\nanon 8192\nmemory: usage 8kB, limit 8kB, "
         "failcnt 0\n");
    ck_assert_int_eq(kill_count, 1);
    ck_assert_int_eq(kills[0].tasks, 1);
    ck_assert_int_eq(kills[0].anon_bytes.value, 4096);
    ck_assert(!kills[0].limit_bytes.known);
}
END_TEST

TEST(idle) {
    static const struct {
        const char *text;
        bool idle;
    } rows[] = {
        {"", true},
        {" dump_stack_lvl+0x57/0x80", true},
        {"RAX: 0000000000000000 RBX: 00007f2942516010", true},
        {"mapped_file 0", false}, /* in doubt */
        {"shmem_thp 0", true},
        {"total_pgfault 37114", true},
        {"file_mapped 0", true},
        {"anon 1", false},
        {"file 1", false},
        {"shmem 1", false},
        {"rss 1", false},
        {"cache 1", false},
        {"total_rss 1", false},
        {"total_cache 1", false},
        {"total_shmem 1", false},
        {"[     92]     0    92    16949", false},
        {"memory: usage 1kB, limit 1kB, failcnt 0", false},
        {"Memory cgroup stats for /a:", false},
        {"Node 0 active_anon:1kB", false},
        {"Task in /a killed as a result of limit of /a", false},
        {"Tasks state (memory values in pages):", false},
        {"oom-kill:constraint=CONSTRAINT_NONE", false},
        {"Out of memory: Killed process 1 (a)", false},
        {"Killed process 1 (a)", false},
        {"x: y z invoked oom-killer: gfp_mask=0x0", false},
        {"oom-killer: invoked", false},
        {"node1 kernel: oom-kill:constraint=CONSTRAINT_NONE", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(oom_text_is_idle(rows[i].text, strlen(rows[i].text)) == rows[i].idle, "%s", rows[i].text);
}
END_TEST

/* Long names and paths are cut, and numbers beyond what counters hold are unknown. */
TEST(hostile) {
    char text[4096];
    char name[2000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text,
             "Out of memory: Killed process 99999999999999999999 (%s) total-vm:1kB, anon-rss:1kB\n", name);
    feed(text);
    ck_assert_int_eq(kill_count, 0);
    snprintf(text, sizeof text,
             "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/%s,task_memcg=/a,task=x,pid=1,uid=0\n"
             "memory: usage 9223372036854775807kB, limit 9223372036854775807kB, failcnt 1\n",
             name);
    feed(text);
    ck_assert_int_eq(kill_count, 1);
    ck_assert_uint_eq(strlen(kills[0].oom_memcg), OOM_PATH_MAX - 1);
    ck_assert(!kills[0].limit_bytes.known);
}
END_TEST

/* What a process calls itself, and what a group is called, may look like the rest of the line. */
TEST(names_like_keys) {
#define KEYS "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0"
    static const struct {
        const char *line;
        const char *limit;
        const char *group;
        const char *process;
    } cases[] = {
        {KEYS ",oom_memcg=/g,task_memcg=/g,task=a,task=b,pid=92,uid=0", "/g", "/g", "a,task=b"},
        {KEYS ",oom_memcg=/g,task_memcg=/g,task=,task=,task=,pid=92,uid=0", "/g", "/g", ",task=,task="},
        {KEYS ",oom_memcg=/g,task_memcg=/g,task=a,pid=1,uid=0,pid=92,uid=0", "/g", "/g", "a,pid=1,uid=0"},
        {KEYS ",oom_memcg=/g,task_memcg=/g,task=,task_memcg=/x,pid=92,uid=0", "/g", "/g", ",task_memcg=/x"},
        {KEYS ",oom_memcg=/g,task_memcg=/g,task=,oom_memcg=/xy,pid=92,uid=0", "/g", "/g", ",oom_memcg=/xy"},
        {KEYS ",oom_memcg=/g,task_memcg=/g/,task=0123456789,task=app,pid=92,uid=0", "/g",
         "/g/,task=0123456789", "app"},
        {KEYS ",oom_memcg=/g,task_memcg=/g/x,task_memcg=/y,task=app,pid=92,uid=0", "/g", "/g/x,task_memcg=/y",
         "app"},
        {KEYS ",oom_memcg=/g/x,task_memcg=,task_memcg=/g/x,task_memcg=/y,task=app,pid=92,uid=0",
         "/g/x,task_memcg=", "/g/x,task_memcg=/y", "app"},
        /* 15 letters of three bytes each, as /dev/kmsg writes them */
        {KEYS ",oom_memcg=/g,task_memcg=/g,task=\\xe2\\x82\\xac\\xe2\\x82\\xac,task=ab,pid=92,uid=0", "/g",
         "/g", "\\xe2\\x82\\xac\\xe2\\x82\\xac,task=ab"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        feed(cases[i].line);
        ROW(kill_count == 1, "%s: %d kills", cases[i].line, kill_count);
        ROW_TEXT(kills[0].oom_memcg, cases[i].limit, cases[i].line);
        ROW_TEXT(kills[0].task_memcg, cases[i].group, cases[i].line);
        ROW_TEXT(kills[0].process, cases[i].process, cases[i].line);
        ROW(kills[0].pid.value == 92, "%s: pid %lld", cases[i].line, (long long)kills[0].pid.value);
    }
    /* Nor can a name ask for a kill by hand. */
    feed("a, order=-1, invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "Out of memory: Killed process 92 (app) total-vm:1kB, anon-rss:1kB\n");
    ck_assert_int_eq(kill_count, 1);
    ck_assert(!kills[0].manual);
}
END_TEST

/* A program that writes to the kernel's log ends nothing and adds nothing. */
TEST(words_of_programs) {
    feed("12,2,7014869,-;oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/x,task=app,pid=77,uid=0\n"
         "12,3,7014870,-;Out of memory: Killed process 77 (app) total-vm:1kB, anon-rss:1kB\n");
    ck_assert_int_eq(kill_count, 0);
    feed("4,1,7014868,-;dd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "12,2,7014869,-;x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0\n"
         "12,3,7014869,-;memory: usage 1kB, limit 1kB, failcnt 92\n"
         "4,4,7014870,-;Memory cgroup out of memory: Killed process 92 (dd) total-vm:1kB, anon-rss:1kB\n");
    ck_assert_int_eq(kill_count, 1);
    ck_assert(!kills[0].manual);
    ck_assert_str_eq(kills[0].trigger, "dd");
    ck_assert(!kills[0].limit_bytes.known);
    ck_assert(kills[0].prefixed);
    feed("4,1,7014868,-;dd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
         "Memory cgroup out of memory: Killed process 92 (dd) total-vm:1kB, anon-rss:1kB\n");
    ck_assert_int_eq(kill_count, 1);
    ck_assert(!kills[0].prefixed);
}
END_TEST

/* memory.oom.group: all die at once; what comes later or of another limit is a death of its own. */
TEST(groups_end) {
#define GROUP                                                                                                \
    "[   10.000003] " KEYS ",oom_memcg=/g,task_memcg=/g,task=app,pid=92,uid=0\n"                             \
    "[   10.000004] Memory cgroup out of memory: Killed process 92 (app) total-vm:1kB, anon-rss:1kB\n"       \
    "[   10.000005] Tasks in /g are going to be killed due to memory.oom.group set\n"                        \
    "[   10.000006] Memory cgroup out of memory: Killed process 93 (b) total-vm:1kB, anon-rss:1kB\n"
    static const struct {
        const char *next;
        int kills;
        int victims;
    } cases[] = {
        {"[   10.900000] Memory cgroup out of memory: Killed process 94 (c) total-vm:1kB\n", 1, 2},
        {"[   12.000000] Memory cgroup out of memory: Killed process 94 (c) total-vm:1kB\n", 2, 1},
        {"[   10.000007] Out of memory: Killed process 94 (c) total-vm:1kB\n", 2, 1},
        {"[   10.000007] Killed process 94 (c) total-vm:1kB\n", 1, 2}, /* of old kernels: it does not tell */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[2048];
        snprintf(text, sizeof text, GROUP "%s", cases[i].next);
        feed(text);
        ROW(kill_count == cases[i].kills, "%s: %d kills", cases[i].next, kill_count);
        ROW(kills[0].victim_count == cases[i].victims, "%s: %d victims", cases[i].next,
            kills[0].victim_count);
    }
    /* No times, and others' lines between. */
    char text[65536] = KEYS ",oom_memcg=/g,task_memcg=/g,task=app,pid=92,uid=0\n"
                            "Memory cgroup out of memory: Killed process 92 (app) total-vm:1kB\n"
                            "Tasks in /g are going to be killed due to memory.oom.group set\n";
    for (int i = 0; i < 1000; i++)
        strncat(text, "usb 1-1: new device\n", sizeof text - strlen(text) - 1);
    strncat(text, "Memory cgroup out of memory: Killed process 94 (c) total-vm:1kB\n",
            sizeof text - strlen(text) - 1);
    feed(text);
    ck_assert_int_eq(kill_count, 2);
    ck_assert_int_eq(kills[0].victim_count, 0);
}
END_TEST

UNIT_MAIN("oom_report", names_like_keys, words_of_programs, groups_end, recorded_v1, recorded_v2,
          old_own_limit, grammars, no_kill, swap_limit, by_hand, burst, interleaved, many_at_once, skipping,
          overlaps, after_the_kill, idle, hostile)
