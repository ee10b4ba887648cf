#include "kernel/klog.h"

#include <string.h>

#include "base/units.h"

/* Longer than any name of a host. */
#define HOST_MAX 128

/* What is left to read. */
struct cursor {
    const char *at;
    const char *end;
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t left(const struct cursor *cursor) {
    return (size_t)(cursor->end - cursor->at);
}

static bool take(struct cursor *cursor, char c) {
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

static bool take_word(struct cursor *cursor, const char *word) {
    size_t length = strlen(word);
    if (left(cursor) < length || memcmp(cursor->at, word, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

/* Facilities are numbered from 0, the kernel's; three bits of priority are below (RFC 5424). The kernel takes
 * no 0 from those who write to /dev/kmsg: LOG_USER, devkmsg_write() of kernel/printk/printk.c. */
static bool is_of_user(int64_t priority) {
    return priority >= 8;
}

/* From `least` to `most` digits, as a number; no more than 18, which 64 bits hold. */
static bool take_number(struct cursor *cursor, int least, int most, int64_t *ret) {
    const char *at = cursor->at;
    int64_t number = 0;
    int count = 0;
    for (; at < cursor->end && is_digit(*at) && count < most; at++, count++)
        number = number * 10 + (*at - '0');
    if (count < least)
        return false;
    cursor->at = at;
    *ret = number;
    return true;
}

/* The digits behind a decimal point, in nanoseconds. */
static int64_t take_fraction(struct cursor *cursor) {
    static const int64_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                    10000,      1000,      100,      10,      1};
    const char *at = cursor->at;
    int64_t number = 0;
    int digits = 0;
    for (; at < cursor->end && is_digit(*at); at++)
        if (digits < 9) {
            number = number * 10 + (*at - '0');
            digits++;
        }
    cursor->at = at;
    return number * units[digits];
}

/* ---- wall clocks ---- */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "SunMonTueWedThuFriSat";

/* One of the three-letter names: its number from 0; -1: none. */
static int take_name(struct cursor *cursor, const char *names) {
    if (left(cursor) < 3)
        return -1;
    for (int i = 0; names[(size_t)i * 3]; i++) {
        if (memcmp(cursor->at, names + (size_t)i * 3, 3) == 0) {
            cursor->at += 3;
            return i;
        }
    }
    return -1;
}

/* HH:MM:SS and perhaps a fraction. */
static bool take_clock(struct cursor *cursor, int64_t *ret_ns) {
    int64_t hours;
    int64_t minutes;
    int64_t seconds;
    int64_t fraction = 0;
    struct cursor at = *cursor;
    if (!take_number(&at, 2, 2, &hours) || !take(&at, ':') || !take_number(&at, 2, 2, &minutes) ||
        !take(&at, ':') || !take_number(&at, 2, 2, &seconds))
        return false;
    if (at.end - at.at > 1 && (*at.at == '.' || *at.at == ',') && is_digit(at.at[1])) {
        at.at++;
        fraction = take_fraction(&at);
    }
    *ret_ns = ((hours * 60 + minutes) * 60 + seconds) * NS_PER_S + fraction;
    *cursor = at;
    return true;
}

/* Z, +00:00, +0000, " +0000 UTC" or " UTC"; false: none, and nothing is taken. */
static bool take_zone(struct cursor *cursor, int64_t *ret_offset_ns) {
    struct cursor at = *cursor;
    int64_t hours;
    int64_t minutes;
    *ret_offset_ns = 0;
    if (take(&at, 'Z') || take_word(&at, " UTC")) {
        *cursor = at;
        return true;
    }
    take(&at, ' ');
    bool minus = take(&at, '-');
    if ((!minus && !take(&at, '+')) || !take_number(&at, 2, 2, &hours))
        return false;
    take(&at, ':');
    if (!take_number(&at, 2, 2, &minutes))
        return false;
    take_word(&at, " UTC");
    *ret_offset_ns = (minus ? -1 : 1) * (hours * 60 + minutes) * 60 * NS_PER_S;
    *cursor = at;
    return true;
}

/* Of the Gregorian calendar, month from 0. Years begin in March here, so that a leap day ends one: Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil. timegm() takes longer than all the
 * rest of a line. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
    int64_t of_march = (month + 10) % 12;
    year -= month < 2;
    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * of_march + 2) / 5 + day - 1 - 719468;
}

static int64_t since_1970_ns(int64_t year, int64_t month, int64_t day, int64_t clock_ns) {
    return days_since_1970(year, month, day) * 24 * 3600 * NS_PER_S + clock_ns;
}

/* 2026-11-22 */
static bool take_date(struct cursor *cursor, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day) {
    struct cursor at = *cursor;
    if (!take_number(&at, 4, 4, ret_year) || !take(&at, '-') || !take_number(&at, 2, 2, ret_month) ||
        !take(&at, '-') || !take_number(&at, 2, 2, ret_day))
        return false;
    --*ret_month;
    /* Within what 64 bits of nanoseconds can count. */
    if (*ret_month < 0 || *ret_month > 11 || *ret_year < 1970 || *ret_year > 2200)
        return false;
    *cursor = at;
    return true;
}

static bool take_iso(struct cursor *cursor, struct known_i64 *ret_ns) {
    struct cursor at = *cursor;
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t clock;
    int64_t offset;
    if (!take_date(&at, &year, &month, &day) || (!take(&at, 'T') && !take(&at, ' ')) ||
        !take_clock(&at, &clock))
        return false;
    *ret_ns = UNKNOWN_I64;
    if (take_zone(&at, &offset))
        *ret_ns = known_i64(since_1970_ns(year, month, day, clock) - offset);
    *cursor = at;
    return true;
}

size_t klog_parse_iso_time(const char *text, size_t length, struct known_i64 *ret_ns) {
    struct cursor cursor = {text, text + length};
    return take_iso(&cursor, ret_ns) ? (size_t)(cursor.at - text) : 0;
}

/* "Nov 22 11:30:00" of syslog, which leaves out the year: no time that could be compared. */
static bool take_syslog_time(struct cursor *cursor) {
    struct cursor at = *cursor;
    int64_t day;
    int64_t clock;
    if (take_name(&at, months) < 0 || !take(&at, ' '))
        return false;
    take(&at, ' ');
    if (!take_number(&at, 1, 2, &day) || !take(&at, ' ') || !take_clock(&at, &clock))
        return false;
    *cursor = at;
    return true;
}

/* "Sun 2026-11-22 11:30:00 UTC" of journalctl -o short-full. */
static bool take_full_time(struct cursor *cursor, struct known_i64 *ret_ns) {
    struct cursor at = *cursor;
    if (take_name(&at, weekdays) < 0 || !take(&at, ' ') || !take_iso(&at, ret_ns))
        return false;
    if (!ret_ns->known) { /* a zone by another name */
        take(&at, ' ');
        while (at.at < at.end && is_letter(*at.at))
            at.at++;
    }
    *cursor = at;
    return true;
}

/* "1795345417.123456" of journalctl -o short-unix. */
static bool take_unix_time(struct cursor *cursor, struct known_i64 *ret_ns) {
    struct cursor at = *cursor;
    int64_t seconds;
    if (!take_number(&at, 9, 10, &seconds) || !take(&at, '.') || at.at == at.end || !is_digit(*at.at))
        return false;
    if (seconds > INT64_MAX / NS_PER_S - 1)
        return false;
    *ret_ns = known_i64(seconds * NS_PER_S + take_fraction(&at));
    *cursor = at;
    return true;
}

/* ---- what the kernel's own tools put in front ---- */

/* "T92" or "C1". */
static unsigned take_caller(struct cursor *cursor) {
    struct cursor at = *cursor;
    int64_t number;
    bool thread = take(&at, 'T');
    if ((!thread && !take(&at, 'C')) || !take_number(&at, 1, 9, &number))
        return 0;
    *cursor = at;
    return (unsigned)number * 2 + (thread ? 2 : 1);
}

/* "4,353,7014869,-,caller=T92;" */
static bool take_kmsg(struct cursor *cursor, struct klog_line *line) {
    struct cursor at = *cursor;
    int64_t priority;
    int64_t sequence;
    int64_t microseconds;
    if (!take_number(&at, 1, 4, &priority) || !take(&at, ',') || !take_number(&at, 1, 18, &sequence) ||
        !take(&at, ',') || !take_number(&at, 1, 15, &microseconds) || !take(&at, ','))
        return false;
    const char *semicolon = memchr(at.at, ';', left(&at));
    if (!semicolon || semicolon - at.at > 64)
        return false;
    const char *caller = memmem(at.at, (size_t)(semicolon - at.at), "caller=", 7);
    if (caller) {
        struct cursor within = {caller + 7, semicolon};
        line->caller = take_caller(&within);
    }
    line->boot_ns = known_i64(microseconds * NS_PER_US);
    line->of_kernel = true;
    line->by_user = line->by_user || is_of_user(priority);
    cursor->at = semicolon + 1;
    return true;
}

/* "    7.014869]", and as dmesg -d has it "    7.014869 <    0.000014>]". */
static bool take_boot_time(struct cursor *cursor, struct klog_line *line) {
    struct cursor at = *cursor;
    int64_t seconds;
    if (!take_number(&at, 1, 9, &seconds) || !take(&at, '.'))
        return false;
    int64_t fraction = take_fraction(&at);
    if (take_word(&at, " <"))
        while (at.at < at.end && *at.at != ']')
            at.at++;
    if (!take(&at, ']'))
        return false;
    line->boot_ns = known_i64(seconds * NS_PER_S + fraction);
    *cursor = at;
    return true;
}

/* "Sun Nov 22 11:30:00 2026]" of dmesg -T, in a zone that is not told; "Nov22 11:30]" and "+0.000014]" of
 * dmesg -H; "<    0.000014>]" of dmesg --time-format delta. */
static bool take_other_time(struct cursor *cursor) {
    struct cursor at = *cursor;
    int64_t number;
    if (take(&at, '+')) {
        if (!take_number(&at, 1, 9, &number) || !take(&at, '.'))
            return false;
        take_fraction(&at);
    } else if (take(&at, '<')) {
        while (at.at < at.end && *at.at == ' ')
            at.at++;
        if (!take_number(&at, 1, 9, &number) || !take(&at, '.'))
            return false;
        take_fraction(&at);
        if (!take(&at, '>'))
            return false;
    } else if (take_name(&at, weekdays) >= 0) {
        if (!take(&at, ' ') || !take_syslog_time(&at) || !take(&at, ' ') || !take_number(&at, 4, 4, &number))
            return false;
    } else if (take_name(&at, months) < 0 || !take_number(&at, 1, 2, &number) || !take(&at, ' ') ||
               !take_number(&at, 2, 2, &number) || !take(&at, ':') || !take_number(&at, 2, 2, &number)) {
        return false;
    }
    if (!take(&at, ']'))
        return false;
    *cursor = at;
    return true;
}

/* What stands in brackets. A row of the kernel's table of tasks begins with "[  123]": that is text. */
static bool take_bracket(struct cursor *cursor, struct klog_line *line) {
    struct cursor at = *cursor;
    if (!take(&at, '['))
        return false;
    while (at.at < at.end && *at.at == ' ')
        at.at++;
    bool of_digits = at.at < at.end && is_digit(*at.at);
    bool taken = of_digits ? take_boot_time(&at, line) : take_other_time(&at);
    if (!taken && !of_digits) {
        unsigned caller = take_caller(&at);
        taken = caller && take(&at, ']');
        if (taken)
            line->caller = caller;
    }
    if (!taken)
        return false;
    if (at.at < at.end && *at.at == '[')
        *cursor = at;
    else {
        take(&at, ' ');
        *cursor = at;
    }
    line->of_kernel = true;
    return true;
}

/* "kern  :warn  : " of dmesg -x. */
static bool take_decoded(struct cursor *cursor, struct klog_line *line) {
    struct cursor at = *cursor;
    bool of_kernel = left(&at) > 4 && memcmp(at.at, "kern", 4) == 0 && !is_letter(at.at[4]);
    for (int part = 0; part < 2; part++) {
        const char *start = at.at;
        while (at.at < at.end && (is_letter(*at.at) || (part == 0 && is_digit(*at.at)))) /* local0 */
            at.at++;
        if (at.at == start)
            return false;
        while (at.at < at.end && *at.at == ' ')
            at.at++;
        if (!take(&at, ':'))
            return false;
    }
    if (!take(&at, ' '))
        return false;
    line->by_user = line->by_user || !of_kernel;
    *cursor = at;
    return true;
}

/* " HOST kernel: " behind a time; of another program " HOST NAME[123]: " is left, since it is not the
 * kernel's.
 */
static bool take_host_and_kernel(struct cursor *cursor) {
    struct cursor at = *cursor;
    const char *host = at.at;
    while (at.at<at.end && * at.at> ' ')
        at.at++;
    if (at.at == host || at.at[-1] == ':' || at.at - host > HOST_MAX)
        return false;
    take(&at, ' ');
    if (!take_word(&at, "kernel:"))
        return false;
    take(&at, ' ');
    *cursor = at;
    return true;
}

/* "HOST NAME[123]: ", and where `with_pid` is false "HOST NAME: " too: another program's. */
static bool is_of_program(struct cursor at, bool with_pid) {
    const char *blank = memchr(at.at, ' ', left(&at));
    if (!blank || blank == at.at || blank[-1] == ':')
        return false;
    const char *name = blank + 1;
    const char *end = memchr(name, ' ', (size_t)(at.end - name));
    return end && end - name > 1 && end[-1] == ':' && (!with_pid || end[-2] == ']');
}

/* 2026-11-22T11:30:00,123456+00:00: a comma before six digits is what dmesg --time-format iso writes; others
 * write a point, or three digits. */
static bool is_time_of_dmesg(struct cursor at) {
    const char *text = at.at;
    return left(&at) > 26 && text[10] == 'T' && text[19] == ',' && is_digit(text[22]) && is_digit(text[25]) &&
           (text[26] == '+' || text[26] == '-');
}

void klog_parse(const char *line, size_t length, struct klog_line *ret) {
    struct cursor at = {line, line + length};
    struct klog_line parsed = {0};
    int64_t number;
    if (length && at.end[-1] == '\r')
        at.end--;
    if (at.at < at.end && *at.at == '<') {
        struct cursor priority = at;
        if (take(&priority, '<') && take_number(&priority, 1, 4, &number) && take(&priority, '>')) {
            at = priority;
            parsed.of_kernel = true;
            parsed.by_user = is_of_user(number);
        }
    }
    if (at.at < at.end && (*at.at == 'M' || *at.at == ' ')) {
        struct cursor field = at;
        while (take(&field, ' ')) {
        }
        if (take_word(&field, "MESSAGE="))
            at = field;
    }
    bool stamped = false;
    if (at.at < at.end && is_digit(*at.at)) {
        if (take_kmsg(&at, &parsed))
            goto done;
        struct cursor start = at;
        stamped = take_iso(&at, &parsed.wall_ns);
        parsed.of_kernel = parsed.of_kernel || (stamped && is_time_of_dmesg(start));
        stamped = stamped || take_unix_time(&at, &parsed.wall_ns);
    } else if (at.at < at.end && is_letter(*at.at)) {
        stamped = take_syslog_time(&at) || take_full_time(&at, &parsed.wall_ns) || take_decoded(&at, &parsed);
    }
    if (stamped)
        take(&at, ' ');
    if (stamped && take_host_and_kernel(&at))
        parsed.of_kernel = true;
    else if (stamped && is_of_program(at, false))
        parsed.by_user = true;
    bool bracketed = false;
    while (at.at < at.end && *at.at == '[' && take_bracket(&at, &parsed))
        bracketed = true;
    /* journalctl -o short-monotonic */
    if (bracketed && !stamped && !take_host_and_kernel(&at) && is_of_program(at, true))
        parsed.by_user = true;
done:
    parsed.text = at.at;
    parsed.length = left(&at);
    *ret = parsed;
}
