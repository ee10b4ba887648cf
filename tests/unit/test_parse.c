/* kernel/parse: the kernel's texts, whole, cut off, and with what nobody expects. */
#include "kernel/parse.h"

#include <stddef.h>

#include "base/text.h"
#include "unit.h"

#define K(number)                                                                                            \
    { true, number }
#define UNKNOWN                                                                                              \
    { false, 0 }

static void expect(const char *text, struct known_i64 got, struct known_i64 expected) {
    ROW(got.known == expected.known && got.value == expected.value,
        "\"%.200s\" read as {%d, %lld}, expected {%d, %lld}", text, got.known, (long long)got.value,
        expected.known, (long long)expected.value);
}

struct number_row {
    const char *text;
    struct known_i64 value;
};

static const struct number_row numbers[] = {
    {"0\n", K(0)},
    {"4096\n", K(4096)},
    {"4096", K(4096)},
    {"0004096\n", K(4096)},
    {"9223372036854771712\n", K(9223372036854771712)}, /* v1's "no limit" */
    {"9223372036854775807\n", K(INT64_MAX)},
    /* beyond: the ceiling, whatever the digits */
    {"9223372036854775808\n", K(INT64_MAX)},
    {"9223372036854775809\n", K(INT64_MAX)},
    {"18446744073709551615\n", K(INT64_MAX)}, /* 2^64 - 1 */
    {"18446744073709551616\n", K(INT64_MAX)},
    {"99999999999999999999999999999999999999\n", K(INT64_MAX)},
    {"", UNKNOWN},
    {"\n", UNKNOWN},
    {"max\n", UNKNOWN},
    {"-1\n", UNKNOWN},
    {"+1\n", UNKNOWN},
    {" 1\n", UNKNOWN},
    {"1 2\n", UNKNOWN},
    {"1.5\n", UNKNOWN},
    {"0x10\n", UNKNOWN},
    {"12k\n", UNKNOWN},
    {"garbage", UNKNOWN},
};

TEST(numbers_of_control_files) {
    for (size_t i = 0; i < COUNT(numbers); i++)
        expect(numbers[i].text, parse_number(numbers[i].text), numbers[i].value);
}

struct record {
    struct known_i64 anon;
    struct known_i64 file;
    struct known_i64 kernel;
};

static const struct flat_key keys[] = {
    {"anon", offsetof(struct record, anon)},
    {"file", offsetof(struct record, file)},
    {"kernel", offsetof(struct record, kernel)},
};

static const struct {
    const char *text;
    struct record record;
} flat_rows[] = {
    {"anon 1\nfile 2\nkernel 3\n", {K(1), K(2), K(3)}},
    {"kernel 3\nfile 2\nanon 1", {K(1), K(2), K(3)}}, /* any order, no newline at the end */
    {"", {UNKNOWN, UNKNOWN, UNKNOWN}},
    {"\n\n\n", {UNKNOWN, UNKNOWN, UNKNOWN}},
    {"file 2\n", {UNKNOWN, K(2), UNKNOWN}},
    /* keys that begin like ours, and that ours begin like */
    {"anon_thp 7\nfile_mapped 8\nkernel_stack 9\n", {UNKNOWN, UNKNOWN, UNKNOWN}},
    {"ano 7\nfil 8\nk 9\n 4\n", {UNKNOWN, UNKNOWN, UNKNOWN}},
    {"inactive_anon 7\nxanon 8\n anon 9\n", {UNKNOWN, UNKNOWN, UNKNOWN}},
    /* a later number stands, garbage leaves what was read */
    {"anon 1\nanon 2\n", {K(2), UNKNOWN, UNKNOWN}},
    {"anon 1\nanon x\nanon\nanon \nanon -5\n", {K(1), UNKNOWN, UNKNOWN}},
    {"anon 12x\nfile  5\nkernel\t3\n", {UNKNOWN, UNKNOWN, UNKNOWN}},
    {"anon 1 2\nfile 2\n", {UNKNOWN, K(2), UNKNOWN}}, /* the nested keyed form */
    {"anon 0\n", {K(0), UNKNOWN, UNKNOWN}},
    {"ANON 1\n", {UNKNOWN, UNKNOWN, UNKNOWN}},
    {"anon 18446744073709551615\n", {K(INT64_MAX), UNKNOWN, UNKNOWN}},
    {"anon 1\nfile 2\nker", {K(1), K(2), UNKNOWN}}, /* cut off by the buffer */
};

TEST(flat_keyed_files) {
    for (size_t i = 0; i < COUNT(flat_rows); i++) {
        struct record record = {0};
        parse_flat_keyed(flat_rows[i].text, keys, COUNT(keys), &record);
        expect(flat_rows[i].text, record.anon, flat_rows[i].record.anon);
        expect(flat_rows[i].text, record.file, flat_rows[i].record.file);
        expect(flat_rows[i].text, record.kernel, flat_rows[i].record.kernel);
    }
}

/* The counters as recorded, and one key of each. */
static const char recorded_events[] = "low 0\nhigh 0\nmax 45\noom 1\noom_kill 3\noom_group_kill 1\n";

TEST(one_key_of_a_flat_keyed_file) {
    static const struct {
        const char *key;
        struct known_i64 value;
    } rows[] = {{"max", K(45)}, {"oom", K(1)},     {"oom_kill", K(3)},     {"oom_group_kill", K(1)},
                {"low", K(0)},  {"oom_", UNKNOWN}, {"oom_kill_", UNKNOWN}, {"swap", UNKNOWN}};
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].key, parse_flat_value(recorded_events, rows[i].key), rows[i].value);
    /* v1's memory.oom_control */
    expect("oom_control", parse_flat_value("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", "oom_kill"),
           known_i64(2));
}

TEST(meminfo_is_in_kibibytes) {
    static const struct number_row rows[] = {
        {"MemTotal:       16384000 kB\nMemAvailable:     123 kB\n", K(125952)}, /* 123 * 1024 */
        {"MemAvailable:     123 kB", K(125952)},
        {"MemAvailable:\t 0 kB\n", K(0)}, /* in /proc/PID/status a tab comes first */
        {"MemAvailable:\v 0 kB\n", UNKNOWN},
        {"MemAvailable: 0 kB\n", K(0)},
        {"MemAvailable: 123\n", UNKNOWN},
        {"MemAvailable: 123 MB\n", UNKNOWN},
        {"MemAvailable: -123 kB\n", UNKNOWN},
        {"MemAvailable:\n", UNKNOWN},
        {"XMemAvailable: 123 kB\nMemAvailableX: 4 kB\n", UNKNOWN},
        {"", UNKNOWN},
        {"MemAvailable: 9999999999999999999 kB\n", K(INT64_MAX)},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].text, parse_meminfo(rows[i].text, "MemAvailable"), rows[i].value);
}

TEST(psi_totals) {
    static const struct {
        const char *text;
        const char *kind;
        struct known_i64 value;
    } rows[] = {
        {"some avg10=1.00 avg60=0.50 avg300=0.10 total=5678\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
         "total=1234\n",
         "full", K(1234)},
        {"some avg10=1.00 avg60=0.50 avg300=0.10 total=5678\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
         "total=1234\n",
         "some", K(5678)},
        {"full avg10=0.00 avg60=0.00 avg300=0.00 total=0", "full", K(0)},
        /* the system's cpu file had no full line before 5.13 */
        {"some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n", "full", UNKNOWN},
        /* a line without a total must not take the next line's */
        {"full avg10=0.00 avg60=0.00\nsome avg10=0.00 total=9\n", "full", UNKNOWN},
        {"full total=x\n", "full", UNKNOWN},
        {"full total=\n", "full", UNKNOWN},
        {"full avg10=0.00 total=12 more=7\n", "full", K(12)}, /* a field that a later kernel may add */
        {"fuller total=5\n", "full", UNKNOWN},
        {"full total=1\nfull total=2\n", "full", K(1)},
        {"", "full", UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].text, parse_psi_total_us(rows[i].text, rows[i].kind), rows[i].value);
}

#define HYBRID                                                                                               \
    "12:pids:/user.slice/user-1000.slice/session-2.scope\n11:cpu,cpuacct:/user.slice\n"                      \
    "10:memory:/user.slice/user-1000.slice/session-2.scope\n1:name=systemd:/user.slice/user-1000.slice\n"    \
    "0::/user.slice/user-1000.slice/session-2.scope\n"

TEST(paths_of_proc_cgroup) {
    static const struct {
        const char *text;
        const char *controller;
        const char *path; /* NULL: none */
    } rows[] = {
        {HYBRID, "memory", "/user.slice/user-1000.slice/session-2.scope"},
        {HYBRID, "cpuacct", "/user.slice"},
        {HYBRID, "cpu", "/user.slice"},
        {HYBRID, "name=systemd", "/user.slice/user-1000.slice"},
        {HYBRID, "", "/user.slice/user-1000.slice/session-2.scope"},
        {HYBRID, "hugetlb", NULL},
        {HYBRID, "cpu,cpuacct", NULL}, /* a list is no controller */
        {HYBRID, "mem", NULL},
        {"0::/\n", "", "/"},
        {"0::/", "", "/"},
        {"0::/\n", "memory", NULL},
        {"4:memory:/\n", "", NULL}, /* v1 alone */
        /* a named hierarchy's empty list is not the v2 one; number 10 is not 0 */
        {"10::/wrong\n0::/right\n", "", "/right"},
        {"3:name=memory:/wrong\n4:memory:/right\n", "memory", "/right"},
        {"4:memoryx,xmemory:/wrong\n5:cpu,memory:/right\n", "memory", "/right"},
        /* a path may hold colons and blanks */
        {"4:memory:/a:b:c/docker://x y\n", "memory", "/a:b:c/docker://x y"},
        {"0::/a:memory:/b\n", "", "/a:memory:/b"},
        {"0::/a:memory:/b\n", "memory", NULL},
        {"0::/../../other\n", "", "/../../other"},
        {"4:memory:\n", "memory", ""},
        /* garbage */
        {"", "memory", NULL},
        {"", "", NULL},
        {"\n\n", "", NULL},
        {"no colons\n4 memory /x\n4:memory\n", "memory", NULL},
        {"::\n", "", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *path = parse_proc_cgroup(rows[i].text, rows[i].controller);
        ROW(rows[i].path ? path && strcmp(path, rows[i].path) == 0 : !path,
            "\"%s\" of %s: got %s, expected %s", rows[i].controller, rows[i].text, path ? path : "(none)",
            rows[i].path ? rows[i].path : "(none)");
        free(path);
    }
}

struct mount_row {
    const char *text;
    const char *type;
    const char *option;
    const char *point; /* NULL: none */
    const char *root;
    bool read_only;
};

static const struct mount_row mounts[] = {
    {"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n", "cgroup", "memory",
     "/sys/fs/cgroup/memory", "/", false},
    /* optional tags: none, one, two */
    {"35 31 0:32 / /m rw shared:15 - cgroup cgroup rw,memory\n", "cgroup", "memory", "/m", "/", false},
    {"35 31 0:32 / /m rw shared:15 master:4 - cgroup cgroup rw,memory\n", "cgroup", "memory", "/m", "/",
     false},
    /* a tag that looks like our type, and a mount point named so */
    {"35 31 0:32 / /cgroup2 rw - tmpfs cgroup2 rw\n", "cgroup2", NULL, NULL, NULL, false},
    /* the controller is in the super options, beside others */
    {"33 31 0:30 / /a rw - cgroup cgroup rw,cpu,cpuacct\n34 31 0:31 / /b rw - cgroup cgroup "
     "rw,xattr,memory\n",
     "cgroup", "memory", "/b", "/", false},
    {"33 31 0:30 / /a rw,memory - cgroup cgroup rw,cpu\n", "cgroup", "memory", NULL, NULL, false},
    {"33 31 0:30 / /a rw - cgroup cgroup rw,memoryx,name=memory\n", "cgroup", "memory", NULL, NULL, false},
    /* "cgroup" is not "cgroup2" and the other way round */
    {"31 23 0:28 / /u rw - cgroup2 cgroup2 rw\n", "cgroup", "memory", NULL, NULL, false},
    {"31 23 0:28 / /u rw - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n", "cgroup2", NULL, "/u", "/",
     false},
    {"31 23 0:28 / /v rw - cgroup cgroup rw,memory\n", "cgroup2", NULL, NULL, NULL, false},
    /* read-only by mount option; a read-only super block alone is seen by writing */
    {"31 23 0:28 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n", "cgroup2", NULL, "/sys/fs/cgroup", "/",
     true},
    {"31 23 0:28 / /u rw,errors=ro - cgroup2 cgroup rw\n", "cgroup2", NULL, "/u", "/", false},
    /* octal escapes: blank, tab, newline, backslash; and what is none */
    {"31 23 0:28 / /a\\040b\\011c\\012d\\134e rw - cgroup2 none rw\n", "cgroup2", NULL, "/a b\tc\nd\\e", "/",
     false},
    {"31 23 0:28 /r\\040s /a\\04 rw - cgroup2 none rw\n", "cgroup2", NULL, "/a\\04", "/r s", false},
    {"31 23 0:28 / /a\\999\\ rw - cgroup2 none rw\n", "cgroup2", NULL, "/a\\999\\", "/", false},
    /* Docker on v1, without a namespace of its own */
    {"1000 990 0:32 /docker/0123abcd /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:19 - "
     "cgroup "
     "cgroup rw,memory\n",
     "cgroup", "memory", "/sys/fs/cgroup/memory", "/docker/0123abcd", true},
    /* an empty source leaves two blanks */
    {"31 23 0:28 / /u rw - cgroup2  rw\n", "cgroup2", NULL, "/u", "/", false},
    /* the first of two; no newline at the end */
    {"31 23 0:28 / /one rw - cgroup2 none rw\n32 23 0:28 / /two rw - cgroup2 none rw", "cgroup2", NULL,
     "/one", "/", false},
    {"31 23 0:28 / /two rw - cgroup2 none rw", "cgroup2", NULL, "/two", "/", false},
    /* garbage lines before a good one */
    {"\nx\n31 23 0:28 / /a rw\n31 23 0:28 / /b rw - cgroup2\n31 23 0:28 / /c rw - cgroup2 none\n- - - - - - "
     "-\n"
     "31 23 0:28 / /good rw - cgroup2 none rw\n",
     "cgroup2", NULL, "/good", "/", false},
    {"", "cgroup2", NULL, NULL, NULL, false},
};

TEST(mounts_of_mountinfo) {
    for (size_t i = 0; i < COUNT(mounts); i++) {
        const struct mount_row *row = &mounts[i];
        struct mount_info mount = {0};
        bool found = parse_mountinfo(row->text, row->type, row->option, &mount);
        ROW(found == (row->point != NULL), "%s: found %d", row->text, found);
        if (found && row->point)
            ROW(strcmp(mount.point, row->point) == 0 && strcmp(mount.root, row->root) == 0 &&
                    mount.read_only == row->read_only,
                "%s: point \"%s\", root \"%s\", read-only %d", row->text, mount.point, mount.root,
                mount.read_only);
        mount_info_free(&mount);
    }
}

/* A stat line whose every field from the third on is its own number, so that field 22 must read as 22. */
static char *stat_line(const char *pid_and_name, int fields) {
    struct strbuf line = {0};
    strbuf_add(&line, pid_and_name);
    for (int field = 3; field <= fields; field++)
        strbuf_addf(&line, " %d", field);
    return line.text;
}

TEST(start_time_whatever_the_name) {
    static const char *const names[] = {
        "1 (sh)", "1 (a b)",  "1 (a) (b)", "1 (a) S 1 2 3 (b)",    "1 ())",        "1 (()",
        "1 ()",   "1 (a\nb)", "1 (\xff)",  "12345 (tmux: server)", "1 ((sd-pam))", "1 ( ) ( )",
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        char *line = stat_line(names[i], 52);
        expect(line, parse_stat_start_time(line), known_i64(22));
        expect(line, parse_stat_parent(line), known_i64(4));
        free(line);
    }
    char *cut = stat_line("1 (sh)", 21);
    expect(cut, parse_stat_start_time(cut), UNKNOWN_I64);
    free(cut);
    char *exact = stat_line("1 (sh)", 22);
    expect(exact, parse_stat_start_time(exact), known_i64(22));
    free(exact);
    expect("", parse_stat_start_time(""), UNKNOWN_I64);
    expect("1 (sh", parse_stat_start_time("1 (sh"), UNKNOWN_I64);
    expect("1 (sh)", parse_stat_start_time("1 (sh)"), UNKNOWN_I64);
}

TEST(the_last_of_a_list_of_cpus) {
    static const struct number_row rows[] = {
        {"0\n", K(0)},   {"0-3\n", K(3)}, {"0,2-5\n", K(5)}, {"0-3,8\n", K(8)}, {"0-127", K(127)},
        {"\n", UNKNOWN}, {"", UNKNOWN},   {"-", UNKNOWN},    {"0-\n", UNKNOWN}, {"0-x\n", UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        expect(rows[i].text, parse_cpu_list_last(rows[i].text), rows[i].value);
}

UNIT_MAIN("parse", numbers_of_control_files, flat_keyed_files, one_key_of_a_flat_keyed_file,
          meminfo_is_in_kibibytes, psi_totals, paths_of_proc_cgroup, mounts_of_mountinfo,
          start_time_whatever_the_name, the_last_of_a_list_of_cpus)
