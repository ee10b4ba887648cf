#include "explain/text_log.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/oom_daemon.h"

/* Longer ones are cut in what is quoted. */
#define QUOTE_MAX 300

/* Does nothing speak against it that this is the kernel's own word? */
static bool is_of_kernel(const struct text_log *log) {
    return log->of_kernel && !log->hearsay && (log->kernel_entries || (!log->kernel_lines && !log->exported));
}

static void found_kill(void *context, const struct oom_kill *kill) {
    struct text_log *log = context;
    bool of_kernel = is_of_kernel(log) && (kill->prefixed || !log->prefixed);
    struct known_i64 wall_ns = known_sum(log->clock_start_ns, kill->boot_ns);
    if (kill->wall_ns.known || !wall_ns.known) {
        case_add_kill(log->file, log->name, kill, of_kernel);
        return;
    }
    struct oom_kill timed = *kill;
    timed.wall_ns = wall_ns;
    case_add_kill(log->file, log->name, &timed, of_kernel);
}

void text_log_begin(struct text_log *log, struct casefile *file, const char *name, bool of_kernel) {
    *log = (struct text_log){.file = file,
                             .name = name,
                             .of_kernel = of_kernel,
                             .line = 1,
                             .reports = {.found = found_kill},
                             .words_start = file->word_count};
    log->reports.context = log; /* it stays where it is */
}

/* ---- words ---- */

/* All rules have at least as many letters. */
#define HASH_LETTERS 4
#define HASH_BITS    15

static unsigned hash(const char *at) {
    uint32_t letters;
    memcpy(&letters, at, HASH_LETTERS);
    return (unsigned)(letters * 2654435761U >> (32 - HASH_BITS));
}

static void make_wanted(struct text_log *log) {
    log->wanted = calloc(((size_t)1 << HASH_BITS) / 8, 1);
    if (!log->wanted)
        abort();
    for (const struct words_rule *rule = words_rules; rule->text; rule++)
        log->wanted[hash(rule->text) / 8] |= (unsigned char)(1U << (hash(rule->text) % 8));
}

/* What a container runtime's file on a node has behind the time: "stderr F ". */
static size_t cri_stream(const char *at, const char *end) {
    static const char *const streams[] = {"stdout F ", "stderr F ", "stdout P ", "stderr P "};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        if ((size_t)(end - at) > strlen(streams[i]) && memcmp(at, streams[i], strlen(streams[i])) == 0)
            return strlen(streams[i]);
    return 0;
}

/* "web-1  | " of docker compose logs: a container's name, as Docker allows it. */
static size_t compose_name(const char *line, const char *end) {
    const char *at = line;
    while (at < end &&
           ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
            (at > line && (*at == '-' || *at == '_' || *at == '.'))))
        at++;
    const char *blank = at;
    while (at < end && *at == ' ')
        at++;
    if (blank == line || at == blank || end - at < 2 || at[0] != '|' || at[1] != ' ')
        return 0;
    return (size_t)(at - line) + 2;
}

/* Times, colours and the names that tools put before the lines they pass on; "[pid 12] " is left. *ret_ns is
 * the first of the times. */
static const char *skip_prefix(const char *line, const char *end, struct known_i64 *ret_ns) {
    *ret_ns = UNKNOWN_I64;
    for (bool named = false;;) {
        const char *before = line;
        if (!named) {
            line += compose_name(line, end);
            named = line > before;
        }
        struct known_i64 time_ns;
        size_t stamp = klog_parse_iso_time(line, (size_t)(end - line), &time_ns);
        line += stamp;
        if (stamp && !ret_ns->known)
            *ret_ns = time_ns;
        if (stamp && line < end && *line == ' ')
            line++;
        if (stamp)
            line += cri_stream(line, end);
        if (end - line > 2 && line[0] == '\033' && line[1] == '[') {
            const char *at = line + 2;
            while (at < end && ((*at >= '0' && *at <= '9') || *at == ';'))
                at++;
            line = at < end ? at + 1 : at;
        }
        if (line == before)
            return line;
    }
}

/* The line without its prefix, visible, not too long. Caller frees. */
static char *quote_line(const char *line, const char *end) {
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    while (end > line && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    if (end - line > QUOTE_MAX)
        end = line + QUOTE_MAX;
    return text_copy_bytes(line, (size_t)(end - line));
}

/* An exit code behind the words; unknown: none. */
static struct known_i64 number_behind(const char *at, const char *end) {
    int64_t number = 0;
    const char *start = at;
    while (at < end && *at >= '0' && *at <= '9' && at - start < 4)
        number = number * 10 + (*at++ - '0');
    return at > start && number < 256 ? known_i64(number) : UNKNOWN_I64;
}

/* Is it a daemon's own line that says this, and not one that quotes it? */
static bool is_by_daemon(const struct text_log *log, const char *line, const char *end) {
    struct oom_daemon_kill kill;
    return oom_daemon_parse(line, (size_t)(end - line), false, &kill) ||
           oom_daemon_parse(log->start, (size_t)(end - log->start), true, &kill);
}

static bool is_137(struct known_i64 number) {
    return known_or(number, 0) == 137;
}

static void add_words(struct text_log *log, const struct words_rule *rule, const char *found,
                      const char *line, const char *end, struct known_i64 time_ns) {
    struct known_i64 number = UNKNOWN_I64;
    if (rule->kind == WORDS_HOST_OOM && !is_by_daemon(log, line, end))
        return;
    if (rule->kind == WORDS_RUNTIME_OOM) {
        log->runtime_told = true;
        log->others_after = -1; /* this line is counted too */
    }
    if (rule->kind == WORDS_EXIT) {
        number = number_behind(found + strlen(rule->text), end);
        if (!number.known || number.value == 0)
            return;
    }
    /* Of a container's output each has its time, which tells of which run it is; there are few lines. */
    for (size_t i = log->words_start; i < log->file->word_count && !log->owner; i++) {
        struct found_words *words = &log->file->words[i];
        if (words->rule != rule || words->file != log->name ||
            is_137(words->number) != is_137(number)) /* a step that was killed may be followed by others */
            continue;
        words->times++;
        if (rule->kind != WORDS_EXIT)
            return;
        /* Of exit codes the last counts. */
        free(words->text);
        words->text = quote_line(line, end);
        words->line = log->line;
        words->number = number;
        return;
    }
    struct found_words *words = case_add_words(log->file);
    if (words)
        *words = (struct found_words){.rule = rule,
                                      .file = log->name,
                                      .line = log->line,
                                      .text = quote_line(line, end),
                                      .times = 1,
                                      .number = number,
                                      .owner = log->owner,
                                      .time_ns = time_ns};
}

/* All rules whose words stand at `at`; the first alone where one holds another's. */
static bool match_at(struct text_log *log, const char *at, const char *line, const char *end,
                     struct known_i64 time_ns) {
    for (const struct words_rule *rule = words_rules; rule->text; rule++) {
        size_t length = strlen(rule->text);
        if ((size_t)(end - at) < length || *at != *rule->text || memcmp(at, rule->text, length) != 0 ||
            (rule->begins_line && at > line))
            continue;
        add_words(log, rule, at, line, end, time_ns);
        return true;
    }
    return false;
}

static bool begins(const char *line, const char *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - line) >= length && memcmp(line, word, length) == 0;
}

/* Is it a line that a runtime prints behind its last words (a stack, its registers, a dump), or what a shell
 * or a tool says of that end? */
static bool is_of_that_end(const char *line, const char *end) {
    static const char *const starts[] = {
        "\n",         " ",           "\t",          "#",          "----",         "<---",
        "goroutine ", "created by ", "runtime",     "[signal ",   "note: ",       "stack back",
        "thread '",   "PHP Stack",   "Stack trace", "Caused by",  "Exception ",   "Dumping h",
        "Heap dump",  "OpenJDK ",    "java.lang.",  "Crash dump", "compilation",  "Killed",
        "make: ***",  "make[",       "npm ERR!",    "npm error",  "error Command"};
    static const char *const words[] = {"Aborted",      "core dumped", "exit code ", "exited with code ",
                                        "exit status ", "    0x",      "(signal: 6"};
    size_t length = (size_t)(end - line);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (begins(line, end, starts[i]))
            return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(line, length, words[i], strlen(words[i])))
            return true;
    const char *at = line; /* "10: 0x195e476  [node]" */
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    if (at > line && begins(at, end, ": 0x"))
        return true;
    /* "main.f(0x1, 0x2)" */
    const char *open = memchr(line, '(', length);
    const char *blank = memchr(line, ' ', length);
    return open && length > 2 && end[-2] == ')' && (!blank || blank > open);
}

/* A line with its line end. */
static void take_words(struct text_log *log, char *bytes, const char *end) {
    if (!log->wanted)
        make_wanted(log);
    struct known_i64 time_ns;
    log->start = bytes;
    const char *line = skip_prefix(bytes, end, &time_ns);
    if (end - line >= 2 && end[-2] == '\r') { /* as Windows ends lines */
        bytes[end - bytes - 2] = '\n';
        end--;
    }
    for (const char *at = line; end - at >= HASH_LETTERS; at++) {
        unsigned bit = hash(at);
        if (log->wanted[bit / 8] >> (bit % 8) & 1)
            match_at(log, at, line, end, time_ns);
    }
    if (log->runtime_told && (log->others_after < 0 || !is_of_that_end(line, end)))
        log->others_after++;
}

/* ---- lines ---- */

static void note_time(struct text_log *log, struct known_i64 wall_ns) {
    if (!wall_ns.known)
        return;
    if (!log->first_wall_ns.known)
        log->first_wall_ns = wall_ns;
    log->last_wall_ns = wall_ns;
}

static struct known_i64 line_time(const char *line, size_t length) {
    struct klog_line parsed;
    klog_parse(line, length, &parsed);
    return parsed.wall_ns;
}

/* Back is no hole: clocks are set. */
static void note_hole(struct text_log *log, struct known_i64 from_ns, struct known_i64 until_ns) {
    int64_t length;
    if (!from_ns.known || !until_ns.known || until_ns.value <= from_ns.value ||
        (!__builtin_sub_overflow(until_ns.value, from_ns.value, &length) && length <= HOLE_NS))
        return;
    if (log->hole_count == HOLES_MAX) {
        log->holes_dropped = true;
        return;
    }
    if (!log->holes)
        log->holes = calloc(HOLES_MAX, sizeof *log->holes);
    if (!log->holes)
        abort();
    log->holes[log->hole_count++] = (struct time_hole){from_ns.value, until_ns.value};
}

void text_log_forget_holes(struct text_log *log) {
    free(log->holes);
    log->holes = NULL;
    log->hole_count = 0;
    log->holes_dropped = false;
}

/* Lines with their times; whoever looks for holes asks for few of them. */
struct lines {
    struct text_log *log;
    struct known_i64 (*time_of)(const char *line, size_t length);
    const char *end;
};

struct timed_line {
    const char *line;
    struct known_i64 ns;
};

static const char *behind_line(const struct lines *lines, const char *line) {
    const char *stop = memchr(line, '\n', (size_t)(lines->end - line));
    return stop ? stop + 1 : lines->end;
}

/* The first line from `line` on and before `until` that tells its time, among so many. */
static struct timed_line first_timed(const struct lines *lines, const char *line, const char *until,
                                     int most) {
    for (; line < until && most > 0; most--) {
        const char *next = behind_line(lines, line);
        struct known_i64 ns = lines->time_of(line, (size_t)(next - line) - (next[-1] == '\n'));
        if (ns.known)
            return (struct timed_line){line, ns};
        line = next;
    }
    return (struct timed_line){NULL, UNKNOWN_I64};
}

/* Lines without a time that follow each other: of a stack. */
#define UNTIMED_MAX 64

static bool is_short(struct known_i64 from_ns, struct known_i64 until_ns) {
    int64_t length;
    return !__builtin_sub_overflow(until_ns.value, from_ns.value, &length) && length <= HOLE_NS &&
           length >= -HOLE_NS;
}

/* Halves what lies between two lines until it is short, or there is no line between. */
static void find_holes(const struct lines *lines, struct timed_line one, struct timed_line other) {
    while (!is_short(one.ns, other.ns)) {
        const char *behind = behind_line(lines, one.line);
        const char *middle = behind_line(lines, one.line + (other.line - one.line) / 2);
        struct timed_line between = first_timed(lines, middle, other.line, UNTIMED_MAX);
        if (!between.line)
            between = first_timed(lines, behind, other.line, UNTIMED_MAX);
        if (!between.line) {
            note_hole(lines->log, one.ns, other.ns);
            return;
        }
        find_holes(lines, one, between);
        one = between;
    }
}

void text_log_times(struct text_log *log, const char *bytes, size_t length,
                    struct known_i64 (*time_of)(const char *line, size_t length)) {
    const struct lines lines = {log, time_of, bytes + length};
    const char *before_last = length > 1 ? memrchr(bytes, '\n', length - 1) : NULL;
    const char *last_line = before_last ? before_last + 1 : bytes;
    struct timed_line first = first_timed(&lines, bytes, lines.end, UNTIMED_MAX);
    struct timed_line last = first_timed(&lines, last_line, lines.end, 1);
    struct timed_line begun = first_timed(&lines, bytes, lines.end, 1);
    if (first.line)
        note_hole(log, log->last_wall_ns, first.ns);
    if (first.line && last.line && last.line > first.line)
        find_holes(&lines, first, last);
    note_time(log, begun.ns);
    note_time(log, last.ns);
}

static long count_lines(const char *from, const char *end) {
    long count = 0;
    while (from < end && (from = memchr(from, '\n', (size_t)(end - from)))) {
        count++;
        from++;
    }
    return count;
}

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && *at == ' ')
        at++;
    return at;
}

static const char *skip_digits(const char *at, const char *end) {
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* " HOST kernel: " */
static const char *behind_host(const char *at, const char *end) {
    static const char kernel[] = " kernel: ";
    const char *blank = memchr(at + 1, ' ', (size_t)(end - at) - 1);
    if (!blank || (size_t)(end - blank) < sizeof kernel || memcmp(blank, kernel, sizeof kernel - 1) != 0)
        return NULL;
    return blank + sizeof kernel - 1;
}

/* Are the eight letters those of `like` in the bits of `mask`? */
static bool is_like(const char *at, const char *mask, const char *like) {
    uint64_t letters;
    uint64_t bits;
    uint64_t wanted;
    memcpy(&letters, at, sizeof letters);
    memcpy(&bits, mask, sizeof bits);
    memcpy(&wanted, like, sizeof wanted);
    return (letters & bits) == wanted;
}

/* "[ 2781.995372] ", but not "[     92] " of the table of tasks. Digits and blanks alone have 0x20 and not
 * 0x40; what else has is left to a closer look. */
static const char *behind_boot_time(const char *at, const char *end) {
    if (end - at < 18 || !is_like(at, "\xff\xe0\xe0\xe0\xe0\xe0\xe0\xe0", "[       "))
        return NULL;
    for (const char *point = at + 6; point < at + 9; point++)
        if (is_like(point, "\xff\xf0\xf0\xf0\xf0\xf0\xf0\xff", ".000000]"))
            return point[8] == ' ' ? point + 9 : NULL;
    return NULL;
}

/* "[Sun Nov 22 11:30:00 2026] " */
static const char *behind_date(const char *at, const char *end) {
    bool is_date = end - at >= 28 && at[4] == ' ' && at[8] == ' ' && at[14] == ':' && at[20] == ' ' &&
                   at[25] == ']' && at[26] == ' ';
    return is_date ? at + 27 : NULL;
}

/* The text of a line whose prefix is one of the most frequent; else NULL. */
static const char *text_at_a_glance(const char *line, const char *end) {
    const char *at = line;
    if (end - at > 14 && at[0] == '<' && at[1] >= '0' && at[1] < '8' && at[2] == '>')
        at += 3;
    if (end - at < 12)
        return NULL;
    if (at[0] == '[')
        return at[1] >= 'A' ? behind_date(at, end) : behind_boot_time(at, end);
    if (end - line < 30)
        return NULL;
    /* 2026-11-22T11:30:00+00:00 HOST kernel: TEXT */
    if (line[4] == '-' && line[10] == 'T') {
        at = memchr(line, ' ', (size_t)(end - line));
        return at ? behind_host(at, end) : NULL;
    }
    /* Nov 22 11:30:00 HOST kernel: [ 2781.995372] TEXT */
    if (line[3] == ' ' && line[6] == ' ' && line[9] == ':' && line[12] == ':' && line[15] == ' ') {
        at = behind_host(line + 15, end);
        return at && *at == '[' ? behind_boot_time(at, end) : at;
    }
    return NULL;
}

/* "[ 2781.995372] [     92]     0    92    16949 ...", `text` behind the time */
static bool is_row(const char *line, const char *text, const char *end) {
    if (*text != '[' || text[-2] != ']' || (*line != '[' && *line != '<'))
        return false;
    const char *number = skip_blanks(text + 1, end);
    const char *close = skip_digits(number, end);
    const char *time = skip_blanks(line + (*line == '<' ? 4 : 1), end);
    const char *point = skip_digits(time, end);
    return close > number && close < end && *close == ']' && point > time && *point == '.' &&
           skip_digits(point + 1, end) == text - 2;
}

/* Within a report most lines are of its stack, its statistics and its tasks: told without parsing their
 * prefix. */
static bool take_at_a_glance(struct text_log *log, const char *line, const char *end) {
    const char *text = text_at_a_glance(line, end);
    if (!text || text == end)
        return false;
    struct klog_line row = {.text = text,
                            .length = (size_t)(end - text)}; /* nobody asks when it was written */
    if (!is_row(line, text, end))
        return oom_text_is_idle(text, row.length);
    oom_reports_take(&log->reports, &row, log->line);
    return true;
}

/* Lines in which nothing can stand that matters are passed over. */
static void take_kernel(struct text_log *log, const char *bytes, const char *end) {
    const char *at = bytes;
    while (at < end) {
        const char *wanted = oom_reports_skip(&log->reports, at, end);
        if (!wanted)
            break;
        while (wanted > at && wanted[-1] != '\n')
            wanted--;
        log->line += count_lines(at, wanted);
        at = wanted;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!take_at_a_glance(log, at, stop)) {
            struct klog_line line;
            klog_parse(at, (size_t)(stop - at), &line);
            oom_reports_take(&log->reports, &line, log->line);
        }
        log->line++;
        at = stop + 1;
    }
    log->line += count_lines(at, end);
}

static void take_lines(struct text_log *log, char *bytes, const char *end) {
    for (char *at = bytes; at < end; at++)
        if (*at == '\0')
            *at = '?';
    for (char *at = bytes; at < end;) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        struct klog_line line;
        klog_parse(at, (size_t)(stop - at), &line);
        if (!log->owner)
            oom_reports_take(&log->reports, &line, log->line);
        take_words(log, at, stop + 1);
        log->line++;
        at = stop + 1;
    }
}

/* "_TRANSPORT=kernel" of a journal, and of entries that are not the kernel's another. */
static void note_transports(struct text_log *log, const char *bytes, const char *end) {
    static const char key[] = "_TRANSPORT=";
    for (const char *at = bytes; (at = memmem(at, (size_t)(end - at), key, sizeof key - 1));) {
        bool begins = at == bytes || at[-1] == '\n' || at[-1] == ' ';
        at += sizeof key - 1;
        if (!begins)
            continue;
        if ((size_t)(end - at) > 6 && memcmp(at, "kernel\n", 7) == 0)
            log->kernel_entries++;
        else
            log->hearsay = true;
    }
}

void text_log_take(struct text_log *log, char *bytes, size_t length) {
    if (length == 0)
        return;
    const char *end = bytes + length;
    if (log->exported)
        note_transports(log, bytes, end);
    text_log_times(log, bytes, length, line_time);
    if (log->of_kernel)
        take_kernel(log, bytes, end);
    else
        take_lines(log, bytes, end);
}

void text_log_message(struct text_log *log, const char *text, size_t length, struct known_i64 boot_ns,
                      struct known_i64 wall_ns) {
    const char *end = text + length;
    if (!log->by_block)
        note_hole(log, log->last_wall_ns, wall_ns);
    note_time(log, wall_ns);
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        /* dmesg --json of a file (util-linux 2.38) has all that follows in each message. */
        if (at > text && *at == '<')
            return;
        struct klog_line line = {
            .text = at, .length = (size_t)(stop - at), .boot_ns = boot_ns, .wall_ns = wall_ns};
        oom_reports_take(&log->reports, &line, log->line);
        at = stop + 1;
    }
}

void text_log_end(struct text_log *log) {
    oom_reports_end(&log->reports);
    struct log_span *span = case_add_span(log->file);
    if (span) {
        *span = (struct log_span){.file = log->name,
                                  .of_kernel = is_of_kernel(log),
                                  .owner = log->owner,
                                  .lines = log->line - 1,
                                  .others_after = log->others_after,
                                  .first_wall_ns = log->first_wall_ns,
                                  .last_wall_ns = log->last_wall_ns,
                                  .holes = log->holes,
                                  .hole_count = log->hole_count,
                                  .holes_dropped = log->holes_dropped};
        log->holes = NULL; /* the span's now */
    }
    text_log_drop(log);
}

void text_log_drop(struct text_log *log) {
    text_log_forget_holes(log);
    free(log->wanted);
    log->wanted = NULL;
}

/* Is the first line one with which only a kernel log begins, without prefixes as dmesg -t writes it? */
static bool begins_as_kernel(const char *line, const char *end) {
    static const char *const words[] = {" invoked oom-killer: gfp_mask=", "Linux version "};
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    size_t length = (size_t)((stop ? stop : end) - line);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *found = memmem(line, length, words[i], strlen(words[i]));
        if (found && (*words[i] == ' ' ? found - line <= 64 : found == line))
            return true;
    }
    return false;
}

enum text_form text_form_of(const char *head, size_t length) {
    static const char *const reports[] = {" invoked oom-killer: gfp_mask=", "oom-kill:constraint=CONSTRAINT_",
                                          "emory cgroup out of memory: Kill"};
    long lines = 0;
    long of_kernel = 0; /* as their prefix has it */
    long by_kernel = 0; /* of these those that no program wrote */
    bool exported = false;
    const char *end = head + length;
    for (const char *at = head, *stop; at < end && lines < 200; at = stop + 1) {
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        struct klog_line line;
        klog_parse(at, (size_t)(stop - at), &line);
        lines += stop > at && *at != ' ' && *at != '\t';
        of_kernel += line.of_kernel;
        by_kernel += line.of_kernel && !line.by_user;
        exported = exported || (line.length + 8 <= (size_t)(stop - at) && line.text - 8 >= at &&
                                memcmp(line.text - 8, "MESSAGE=", 8) == 0);
    }
    if (by_kernel && of_kernel * 2 > lines)
        return TEXT_KERNEL;
    /* dmesg -t: no prefix, and nothing but reports of the kernel before the first of these. */
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        const char *found = memmem(head, length, reports[i], strlen(reports[i]));
        const char *line = found ? memrchr(head, '\n', (size_t)(found - head)) : NULL;
        if (found && (size_t)(found - (line ? line : head)) < 40 && of_kernel == 0 &&
            !memmem(head, length, "##[", 3))
            return exported ? TEXT_EXPORTED : begins_as_kernel(head, end) ? TEXT_BARE : TEXT_REPORTS;
    }
    return TEXT_PLAIN;
}
