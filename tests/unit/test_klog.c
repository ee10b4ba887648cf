/* kernel/klog.c: the prefixes of all forms in which a kernel log is handed on. */
#include "base/units.h"
#include "kernel/klog.h"
#include "unit.h"

#define TEXT "dd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0"
#define WALL INT64_C(1795347000) /* 2026-11-22 11:30:00 UTC, by date -d */

struct row {
    const char *prefix;
    int64_t boot_ns; /* -1: unknown */
    int64_t wall_ns; /* -1: unknown */
    unsigned caller;
    bool of_kernel;
};

static const struct row rows[] = {
    {"", -1, -1, 0, false},
    {"[    7.014869] ", 7014869000, -1, 0, true},
    {"<4>[    7.014869] ", 7014869000, -1, 0, true},
    {"[    7.014869][   T92] ", 7014869000, -1, 186, true},
    {"[    7.014869][    C1] ", 7014869000, -1, 3, true},
    {"[    7.014869] [   T92] ", 7014869000, -1, 186, true},
    {"[    7.014869 <    0.000014>] ", 7014869000, -1, 0, true},
    {"[<    0.000014>] ", -1, -1, 0, true},
    {"[  +0.000014] ", -1, -1, 0, true},
    {"[Nov22 11:30] ", -1, -1, 0, true},
    {"[Sun Nov 22 11:30:00 2026] ", -1, -1, 0, true},
    {"kern  :warn  : [    7.014869] ", 7014869000, -1, 0, true},
    {"kern  :err   : [Sun Nov 22 11:30:00 2026] ", -1, -1, 0, true},
    {"4,353,7014869,-;", 7014869000, -1, 0, true},
    {"4,353,7014869,-,caller=T92;", 7014869000, -1, 186, true},
    {"2026-11-22T11:30:00,500000+00:00 ", -1, WALL *NS_PER_S + NS_PER_S / 2, 0, true},
    {"2026-11-22T11:30:00.500000+00:00 ", -1, WALL *NS_PER_S + NS_PER_S / 2, 0, false},
    {"2026-11-22T11:30:00,500+00:00 ", -1, WALL *NS_PER_S + NS_PER_S / 2, 0, false},
    {"2026-11-22 11:30:00,500000+00:00 ", -1, WALL *NS_PER_S + NS_PER_S / 2, 0, false},
    {"2026-11-22T12:30:00+0100 node1 kernel: ", -1, WALL *NS_PER_S, 0, true},
    {"2026-11-22T11:30:00.500000+00:00 node1 kernel: ", -1, WALL *NS_PER_S + NS_PER_S / 2, 0, true},
    {"2026-11-22T11:30:00.500000+00:00 node1 kernel: [    7.014869] ", 7014869000,
     WALL *NS_PER_S + NS_PER_S / 2, 0, true},
    {"2026-11-22 11:30:00 node1 kernel: ", -1, -1, 0, true}, /* no zone */
    {"Sun 2026-11-22 11:30:00 UTC node1 kernel: ", -1, WALL *NS_PER_S, 0, true},
    {"Sun 2026-11-22 11:30:00 CET node1 kernel: ", -1, -1, 0, true},
    {"1795347000.500000 node1 kernel: ", -1, WALL *NS_PER_S + NS_PER_S / 2, 0, true},
    {"Nov 22 11:30:00 node1 kernel: ", -1, -1, 0, true}, /* no year */
    {"Nov  2 11:30:00.123456 node-1.lan kernel: ", -1, -1, 0, true},
    {"Nov 22 11:30:00 node1 kernel: [    7.014869] ", 7014869000, -1, 0, true},
    {"[    7.014869] node1 kernel: ", 7014869000, -1, 0, true},
    {"MESSAGE=", -1, -1, 0, false},
    {"    MESSAGE=", -1, -1, 0, false},
};

TEST(prefixes) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[256];
        snprintf(line, sizeof line, "%s" TEXT, rows[i].prefix);
        struct klog_line parsed;
        klog_parse(line, strlen(line), &parsed);
        char text[256];
        snprintf(text, sizeof text, "%.*s", (int)parsed.length, parsed.text);
        ROW_TEXT(text, TEXT, rows[i].prefix);
        ROW(known_or(parsed.boot_ns, -1) == rows[i].boot_ns, "%s: boot %lld", rows[i].prefix,
            (long long)known_or(parsed.boot_ns, -1));
        ROW(known_or(parsed.wall_ns, -1) == rows[i].wall_ns, "%s: wall %lld", rows[i].prefix,
            (long long)known_or(parsed.wall_ns, -1));
        ROW(parsed.caller == rows[i].caller, "%s: caller %u", rows[i].prefix, parsed.caller);
        ROW(parsed.of_kernel == rows[i].of_kernel, "%s: of_kernel %d", rows[i].prefix, parsed.of_kernel);
    }
}
END_TEST

/* What looks like a prefix and is none. */
TEST(texts) {
    static const char *const lines[] = {
        "[  13838]     0 13838    34661    33337 python3", /* a row of the table of tasks */
        "[  pid  ]   uid  tgid total_vm      rss",
        "Out of memory: Killed process 1 (x)",
        "Memory cgroup out of memory: Killed process 1 (x)",
        "memory: usage 128076kB, limit 128076kB, failcnt 92",
        " dump_stack_lvl+0x57/0x80",
        "[",
        "[12",
        "<4",
        "4,353",
        "4,353,7014869,-",
        "2026-11-22T",
        "2026-11-22T11:30",
        "Nov 22",
        "4,9999999999999999999,7014869,-;a number that no record has",
        "9999999999.5 node1 kernel: beyond what nanoseconds can count",
        "x",
        "",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct klog_line parsed;
        klog_parse(lines[i], strlen(lines[i]), &parsed);
        ROW(parsed.text == lines[i] && parsed.length == strlen(lines[i]), "%s: %.*s", lines[i],
            (int)parsed.length, parsed.text);
    }
}
END_TEST

/* Every cut of every row is read within its bounds, which the sanitizers watch. */
TEST(cuts) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t length = 0; length <= strlen(rows[i].prefix); length++) {
            char *exact = malloc(length ? length : 1);
            ck_assert_ptr_nonnull(exact);
            memcpy(exact, rows[i].prefix, length);
            struct klog_line parsed;
            klog_parse(exact, length, &parsed);
            ROW(parsed.text >= exact && parsed.text + parsed.length <= exact + length, "%s at %zu",
                rows[i].prefix, length);
            free(exact);
        }
    }
}
END_TEST

TEST(line_ends_of_windows) {
    static const char line[] = "[    7.014869] text\r";
    struct klog_line parsed;
    klog_parse(line, sizeof line - 1, &parsed);
    ck_assert_uint_eq(parsed.length, 4);
}
END_TEST

TEST(iso_times) {
    static const struct {
        const char *text;
        size_t length;
        int64_t ns; /* -1: unknown */
    } times[] = {
        {"2026-11-22T11:30:00Z", 20, WALL * NS_PER_S},
        {"2026-11-22T11:30:00.123456789Z more", 30, WALL * NS_PER_S + 123456789},
        {"2026-11-22 11:30:00.5 +0000 UTC", 31, WALL * NS_PER_S + NS_PER_S / 2},
        {"2026-11-22T09:30:00-02:00", 25, WALL * NS_PER_S},
        {"1970-01-01T00:00:00Z", 20, 0}, /* these by date -d */
        {"2000-02-29T00:00:00Z", 20, 951782400 * NS_PER_S},
        {"2024-02-29T00:00:00Z", 20, 1709164800 * NS_PER_S},
        {"2100-03-01T00:00:00Z", 20, 4107542400 * NS_PER_S},
        {"2200-12-31T00:00:00Z", 20, 7289568000 * NS_PER_S},
        {"2026-11-22T11:30:00", 19, -1},
        {"1969-12-31T23:59:59Z", 0, -1},
        {"0001-01-01T00:00:00Z", 0, -1},
        {"2026-13-22T11:30:00Z", 0, -1},
        {"9999-12-31T00:00:00Z", 0, -1},
        {"yesterday", 0, -1},
    };
    for (size_t i = 0; i < COUNT(times); i++) {
        struct known_i64 ns = UNKNOWN_I64;
        size_t length = klog_parse_iso_time(times[i].text, strlen(times[i].text), &ns);
        ROW(length == times[i].length, "%s: %zu", times[i].text, length);
        ROW(known_or(ns, -1) == times[i].ns, "%s: %lld", times[i].text, (long long)known_or(ns, -1));
    }
}
END_TEST

/* Programs may write to the kernel's log, and journals and logs of syslog hold everybody's lines. */
TEST(who_wrote_it) {
    static const struct {
        const char *prefix;
        bool by_user;
    } cases[] = {
        {"", false},
        {"<4>[    7.014869] ", false},
        {"<7>[    7.014869] ", false},
        {"<8>[    7.014869] ", true}, /* the user's facility, at its most urgent */
        {"<12>[    7.014869] ", true},
        {"4,353,7014869,-;", false},
        {"12,353,7014869,-;", true},
        {"30,353,7014869,-,caller=T92;", true},
        {"kern  :warn  : [    7.014869] ", false},
        {"user  :warn  : [    7.014869] ", true},
        {"local0:warn  : [    7.014869] ", true},
        {"kernel:warn  : [    7.014869] ", true}, /* no facility is called so */
        {"Nov 22 11:30:00 node1 kernel: ", false},
        {"Nov 22 11:30:00 node1 app[12]: ", true},
        {"Nov 22 11:30:00 node1 app: ", true},
        {"2026-11-22T11:30:00+00:00 node1 my-kernel: ", true},
        {"2026-11-22T11:30:00,500000+00:00 ", false},
        {"[    7.014869] node1 kernel: ", false},
        {"[    7.014869] node1 app[12]: ", true},
        {"[    7.014869] ", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];
        struct klog_line parsed;
        snprintf(line, sizeof line, "%s" TEXT, cases[i].prefix);
        klog_parse(line, strlen(line), &parsed);
        ROW(parsed.by_user == cases[i].by_user, "%s: by_user %d", cases[i].prefix, parsed.by_user);
    }
    static const char *const plain[] = {"Nov 22 11:30:00 Out of memory: Killed process 1 (x)",
                                        "Nov 22 11:30:00 Memory cgroup out of memory: Killed process 1 (x)",
                                        "Nov 22 11:30:00 memory: usage 1kB, limit 1kB",
                                        "Nov 22 11:30:00 h",
                                        "Nov 22 11:30:00 h ",
                                        "Nov 22 11:30:00 h :",
                                        "<",
                                        "<12"};
    for (size_t i = 0; i < COUNT(plain); i++) {
        struct klog_line parsed;
        klog_parse(plain[i], strlen(plain[i]), &parsed);
        ROW(!parsed.by_user, "%s: by_user", plain[i]);
    }
}
END_TEST

UNIT_MAIN("klog", who_wrote_it, prefixes, texts, cuts, line_ends_of_windows, iso_times)
