#include "kernel/oom_daemon.h"

#include <string.h>

#include "kernel/klog.h"
#include "model/ending.h"

/* More digits are no pid. */
#define PID_DIGITS_MAX 10

static bool starts_with(const char *text, size_t length, const char *prefix) {
    return length >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

static size_t count_digits(const char *text, size_t length) {
    size_t count = 0;
    while (count < length && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

/* Where the text begins behind "TIME HOST DAEMON[123]: "; 0: another program's line. */
static size_t behind_tag(const char *line, size_t length, const char *daemon) {
    struct klog_line parsed;
    klog_parse(line, length, &parsed);
    const char *end = parsed.text + parsed.length;
    const char *blank = parsed.text > line ? memchr(parsed.text, ' ', parsed.length) : NULL;
    if (!blank || !starts_with(blank + 1, (size_t)(end - blank) - 1, daemon))
        return 0;
    const char *at = blank + 1 + strlen(daemon);
    if (at < end && *at == '[') {
        at += 1 + count_digits(at + 1, (size_t)(end - at) - 1);
        if (at == end || *at++ != ']')
            return 0;
    }
    return starts_with(at, (size_t)(end - at), ": ") ? (size_t)(at - line) + 2 : 0;
}

static bool parse_earlyoom(const char *text, size_t length, struct oom_daemon_kill *ret) {
    static const char *const words[] = {EARLYOOM_TERM_WORDS, EARLYOOM_KILL_WORDS};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!starts_with(text, length, words[i]))
            continue;
        const char *at = text + strlen(words[i]);
        size_t digits = count_digits(at, length - strlen(words[i]));
        if (digits == 0 || digits > PID_DIGITS_MAX)
            return false;
        int64_t pid = 0;
        for (size_t j = 0; j < digits; j++)
            pid = pid * 10 + (at[j] - '0');
        *ret = (struct oom_daemon_kill){.daemon = OOM_DAEMON_EARLYOOM, .pid = known_i64(pid)};
        return true;
    }
    return false;
}

static bool parse_oomd(const char *text, size_t length, struct oom_daemon_kill *ret) {
    static const char word[] = "Killed /";
    if (!starts_with(text, length, word))
        return false;
    const char *path = text + strlen(word) - 1;
    size_t left = length - (size_t)(path - text);
    const char *reason = memmem(path, left, OOMD_REASON_WORDS, strlen(OOMD_REASON_WORDS));
    size_t size = reason ? (size_t)(reason - path) : 0;
    if (size < 2 || size >= sizeof ret->cgroup)
        return false;
    *ret = (struct oom_daemon_kill){.daemon = OOM_DAEMON_SYSTEMD};
    memcpy(ret->cgroup, path, size);
    return true;
}

bool oom_daemon_parse(const char *line, size_t length, bool tagged, struct oom_daemon_kill *ret) {
    static const struct {
        const char *name;
        bool (*parse)(const char *text, size_t length, struct oom_daemon_kill *ret);
    } daemons[] = {{OOM_DAEMON_EARLYOOM, parse_earlyoom}, {OOM_DAEMON_SYSTEMD, parse_oomd}};
    for (size_t i = 0; i < sizeof daemons / sizeof *daemons; i++) {
        size_t start = tagged ? behind_tag(line, length, daemons[i].name) : 0;
        if ((tagged && start == 0) || !daemons[i].parse(line + start, length - start, ret))
            continue;
        ret->text_offset = start;
        return true;
    }
    return false;
}
