#include "kernel/oom_report.h"

#include <limits.h>
#include <string.h>

#include "base/units.h"

/* An open report in which so many lines told nothing has lost its end. */
#define LINES_WITHOUT_NEWS 20000

/* All of a group are killed at once: what comes later, or behind so many lines of others, is another's. */
#define GROUP_WITHIN_NS    NS_PER_S
#define GROUP_WITHIN_LINES 300

/* TASK_COMM_LEN of include/linux/sched.h, without its end. */
#define COMM_MAX 15

/* Part of a line. */
struct span {
    const char *at;
    size_t length;
};

/* ---- pieces of text ---- */

static bool starts_with(struct span text, const char *prefix) {
    size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.at, prefix, length) == 0;
}

/* What stands behind so many letters; nothing where there are fewer, as where two words looked for overlap.
 */
static struct span after(struct span text, size_t length) {
    if (length > text.length)
        length = text.length;
    return (struct span){text.at + length, text.length - length};
}

/* What stands behind the first `word`; at NULL: it is not there. */
static struct span behind(struct span text, const char *word) {
    size_t length = strlen(word);
    const char *found = text.length ? memmem(text.at, text.length, word, length) : NULL;
    if (!found)
        return (struct span){NULL, 0};
    return (struct span){found + length, text.length - (size_t)(found - text.at) - length};
}

/* What stands before the last `word`, of it *ret_behind what stands behind. */
static bool split_last(struct span text, const char *word, struct span *ret_before, struct span *ret_behind) {
    size_t length = strlen(word);
    const char *at = NULL;
    for (size_t left = text.length; left > 0 && (at = memrchr(text.at, *word, left));
         left = (size_t)(at - text.at)) {
        size_t before = (size_t)(at - text.at);
        if (text.length - before < length || memcmp(at, word, length) != 0)
            continue;
        *ret_before = (struct span){text.at, before};
        *ret_behind = after(text, before + length);
        return true;
    }
    return false;
}

static struct span without_blanks(struct span text) {
    while (text.length && text.at[0] == ' ')
        text = after(text, 1);
    return text;
}

static void copy(struct span text, char *to, size_t size) {
    size_t length = text.length < size - 1 ? text.length : size - 1;
    if (length)
        memcpy(to, text.at, length);
    to[length] = '\0';
}

/* A whole number; unknown where there is none, or one that no counter holds. */
static struct known_i64 number_of(struct span text) {
    size_t at = 0;
    bool minus = text.length > 1 && text.at[0] == '-';
    int64_t number = 0;
    for (at = minus; at < text.length && text.at[at] >= '0' && text.at[at] <= '9'; at++) {
        if (number > (INT64_MAX - 9) / 10)
            return UNKNOWN_I64;
        number = number * 10 + (text.at[at] - '0');
    }
    return at > (size_t)minus ? known_i64(minus ? -number : number) : UNKNOWN_I64;
}

/* Behind `key`, in kB. */
static struct known_i64 kilobytes(struct span text, const char *key) {
    struct span value = behind(text, key);
    struct known_i64 number = value.at ? number_of(value) : UNKNOWN_I64;
    return number.known && number.value >= 0 && number.value <= INT64_MAX / KIB
               ? known_i64(number.value * KIB)
               : UNKNOWN_I64;
}

static void add(struct known_i64 *sum, struct known_i64 number) {
    int64_t total;
    if (number.known && !__builtin_add_overflow(known_or(*sum, 0), number.value, &total))
        *sum = known_i64(total);
}

/* ---- open reports ---- */

static struct oom_open *find_open(struct oom_reports *reports, unsigned caller) {
    for (int i = 0; reports->open_count && i < OOM_OPEN_MAX; i++)
        if (reports->open[i].used && reports->open[i].caller == caller)
            return &reports->open[i];
    return NULL;
}

/* Hands on what it holds, where it holds a kill. */
static void close_report(struct oom_reports *reports, struct oom_open *open) {
    struct oom_kill *kill = &open->kill;
    open->used = false;
    reports->open_count--;
    /* Shared memory is page cache to the kernel, and on its lists anonymous. */
    if (kill->file_bytes.known && kill->shmem_bytes.known)
        kill->file_bytes.value -= kill->shmem_bytes.value < kill->file_bytes.value ? kill->shmem_bytes.value
                                                                                   : kill->file_bytes.value;
    if (!kill->process[0])
        return;
    reports->kills++;
    reports->found(reports->context, kill);
}

/* A new report; the oldest makes room. */
static struct oom_open *open_report(struct oom_reports *reports, const struct klog_line *line, long number) {
    struct oom_open *chosen = find_open(reports, line->caller);
    for (int i = 0; !chosen && i < OOM_OPEN_MAX; i++)
        if (!reports->open[i].used)
            chosen = &reports->open[i];
    for (int i = 0; !chosen && i < OOM_OPEN_MAX; i++) {
        struct oom_open *oldest = &reports->open[0];
        for (int j = 1; j < OOM_OPEN_MAX; j++)
            if (reports->open[j].last < oldest->last)
                oldest = &reports->open[j];
        chosen = oldest;
    }
    if (chosen->used)
        close_report(reports, chosen);
    memset(chosen, 0, offsetof(struct oom_open, kill.quotes)); /* which are counted */
    chosen->used = true;
    chosen->caller = line->caller;
    chosen->last = number;
    chosen->kill.boot_ns = line->boot_ns;
    chosen->kill.wall_ns = line->wall_ns;
    chosen->kill.prefixed = line->of_kernel;
    reports->open_count++;
    return chosen;
}

static void quote(struct oom_open *open, struct span text, long number) {
    struct oom_kill *kill = &open->kill;
    open->last = number;
    if (kill->quote_count == OOM_QUOTES)
        return;
    struct oom_quote *to = &kill->quotes[kill->quote_count++];
    to->line = number;
    copy(text, to->text, sizeof to->text);
}

/* ---- one line each ---- */

/* "C invoked oom-killer: ..." */
static void take_invoked(struct oom_reports *reports, const struct klog_line *line, struct span text,
                         size_t name_length, long number) {
    struct oom_open *open = open_report(reports, line, number);
    reports->reports++;
    copy((struct span){text.at, name_length}, open->kill.trigger, sizeof open->kill.trigger);
    /* is_sysrq_oom() of mm/oom_kill.c; not in the name, which may say anything. */
    open->kill.manual = behind(after(text, name_length), ", order=-1,").at != NULL;
    quote(open, text, number);
}

/* "Task in B killed as a result of limit of A" */
static void take_task_in(struct oom_open *open, struct span text, long number) {
    struct span before;
    struct span limit;
    if (!split_last(text, " killed as a result of limit of ", &before, &limit))
        return;
    copy(after(before, strlen("Task in ")), open->kill.task_memcg, sizeof open->kill.task_memcg);
    copy(limit, open->kill.oom_memcg, sizeof open->kill.oom_memcg);
    open->kill.constraint = OOM_CONSTRAINT_MEMCG;
    quote(open, text, number);
}

/* "memory: usage 128076kB, limit 128076kB, failcnt 92"; the limit for memory and swap together counts only
 * where it is what struck. */
static void take_usage(struct oom_open *open, struct span text, bool with_swap, long number) {
    struct known_i64 usage = kilobytes(text, "usage ");
    struct known_i64 limit = kilobytes(text, "limit ");
    if (!usage.known || !limit.known)
        return;
    struct oom_kill *kill = &open->kill;
    if (with_swap && (!kill->limit_bytes.known || kill->usage_bytes.value >= kill->limit_bytes.value - MIB ||
                      usage.value < limit.value - MIB))
        return;
    kill->swap_struck = with_swap;
    kill->usage_bytes = usage;
    kill->limit_bytes = limit;
    quote(open, text, number);
}

/* "cache:0KB rss:524KB rss_huge:0KB shmem:0KB ...": there is a line for each group below, of its own pages
 * alone. */
static void take_stats_line(struct oom_open *open, struct span text) {
    struct oom_kill *kill = &open->kill;
    open->in_stats = true;
    struct span values = behind(text, ": cache:");
    if (!values.at)
        return;
    add(&kill->file_bytes, kilobytes(text, ": cache:"));
    add(&kill->anon_bytes, kilobytes(text, " rss:"));
    add(&kill->shmem_bytes, kilobytes(text, " shmem:"));
}

/* "anon 19767296", and of cgroup v1 "rss 130793472", "total_rss 130793472". */
static const struct stat_key {
    const char *text;
    size_t length;
    int slot; /* 0 anonymous, 1 file, 2 shared */
    bool total;
} stat_keys[] = {
    {"anon ", 5, 0, false},        {"file ", 5, 1, false},        {"shmem ", 6, 2, false},
    {"rss ", 4, 0, false},         {"cache ", 6, 1, false},       {"total_rss ", 10, 0, true},
    {"total_cache ", 12, 1, true}, {"total_shmem ", 12, 2, true},
};

/* NULL: it is none of them. Most lines are told by the one letter where a key would end. */
static const struct stat_key *stat_key_of(struct span text) {
    for (size_t i = 0; i < sizeof stat_keys / sizeof *stat_keys; i++) {
        const struct stat_key *key = &stat_keys[i];
        if (text.length >= key->length && text.at[key->length - 1] == ' ' && text.at[0] == key->text[0] &&
            memcmp(text.at, key->text, key->length) == 0)
            return key;
    }
    return NULL;
}

static void take_stat(struct oom_open *open, struct span text) {
    struct known_i64 *const slots[] = {&open->kill.anon_bytes, &open->kill.file_bytes,
                                       &open->kill.shmem_bytes};
    const struct stat_key *key = stat_key_of(text);
    if (!key || (open->totals && !key->total))
        return;
    struct known_i64 value = number_of(after(text, key->length));
    if (value.known && value.value >= 0)
        *slots[key->slot] = value;
    open->totals = open->totals || key->total;
}

/* One record of /dev/kmsg holds them all, with escaped line ends. */
static void take_stats(struct oom_open *open, struct span text) {
    text = without_blanks(text);
    for (;;) {
        struct span rest = behind(text, "\\x0a");
        take_stat(open, rest.at ? (struct span){text.at, text.length - rest.length - 4} : text);
        if (!rest.at)
            return;
        text = rest;
    }
}

/* "Node 0 active_anon:1764kB inactive_anon:445668kB active_file:0kB ... shmem:1940kB": the machine, node by
 * node. */
static void take_node(struct oom_open *open, struct span text) {
    struct oom_kill *kill = &open->kill;
    struct known_i64 shmem = kilobytes(text, " shmem:");
    struct known_i64 anon = kilobytes(text, " active_anon:");
    if (!behind(text, "active_anon:").at || !behind(text, "kB").at || !shmem.known)
        return;
    add(&anon, kilobytes(text, " inactive_anon:"));
    if (anon.known)
        add(&kill->anon_bytes, known_i64(anon.value > shmem.value ? anon.value - shmem.value : 0));
    struct known_i64 file = kilobytes(text, " active_file:");
    add(&file, kilobytes(text, " inactive_file:"));
    add(&file, shmem); /* taken off again at the end, as it is for groups */
    add(&kill->file_bytes, file);
    add(&kill->shmem_bytes, shmem);
}

/* Of a process's name, in which /dev/kmsg writes \xHH for what is not printable. */
static size_t comm_length(struct span name) {
    size_t length = 0;
    for (size_t at = 0; at < name.length; length++)
        at += name.at[at] == '\\' && name.length - at >= 4 && name.at[at + 1] == 'x' ? 4 : 1;
    return length;
}

/* ",task=C" at the end, where C may hold ",task=" itself: the first behind which no more stands than a name
 * has letters. */
static bool split_task(struct span text, struct span *ret_before, struct span *ret_name) {
    static const char word[] = ",task=";
    for (struct span rest = behind(text, word); rest.at; rest = behind(rest, word)) {
        if (comm_length(rest) > COMM_MAX)
            continue;
        *ret_before = (struct span){text.at, text.length - rest.length - (sizeof word - 1)};
        *ret_name = rest;
        return true;
    }
    return split_last(text, word, ret_before, ret_name);
}

/* ",oom_memcg=A,task_memcg=B": the group of the victim lies within the one whose limit struck. Names of
 * groups may hold these words. */
static void take_groups(struct oom_kill *kill, struct span text) {
    static const char word[] = ",task_memcg=";
    struct span limit = behind(text, ",oom_memcg=");
    struct span before;
    struct span task;
    for (struct span rest = limit.at ? behind(limit, word) : limit; rest.at; rest = behind(rest, word)) {
        size_t length = limit.length - rest.length - (sizeof word - 1);
        if (rest.length < length || memcmp(rest.at, limit.at, length) != 0)
            continue;
        copy((struct span){limit.at, length}, kill->oom_memcg, sizeof kill->oom_memcg);
        copy(rest, kill->task_memcg, sizeof kill->task_memcg);
        return;
    }
    if (split_last(text, word, &before, &task)) {
        copy(task, kill->task_memcg, sizeof kill->task_memcg);
        text = before;
    }
    limit = behind(text, ",oom_memcg=");
    if (limit.at)
        copy(limit, kill->oom_memcg, sizeof kill->oom_memcg);
}

/* "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),...,task=dd,pid=92,uid=0". Names of groups and
 * processes may hold commas: what they stand before is looked for from the end. */
static void take_summary(struct oom_reports *reports, const struct klog_line *line, struct span text,
                         long number) {
    struct oom_open *open = find_open(reports, line->caller);
    if (!open || open->kill.was_killed || open->kill.process[0])
        open = open_report(reports, line, number);
    struct oom_kill *kill = &open->kill;
    struct span before;
    struct span value;
    struct span rest = text;
    kill->prefixed = kill->prefixed && line->of_kernel;
    if (split_last(rest, ",pid=", &before, &value)) {
        kill->pid = number_of(value);
        rest = before;
    }
    if (split_task(rest, &before, &value)) {
        copy(value, kill->process, sizeof kill->process);
        rest = before;
    }
    take_groups(kill, rest);
    struct span constraint = behind(text, "constraint=CONSTRAINT_");
    if (!constraint.at)
        constraint = (struct span){"", 0};
    if (starts_with(constraint, "MEMCG"))
        kill->constraint = OOM_CONSTRAINT_MEMCG;
    else if (starts_with(constraint, "NONE"))
        kill->constraint = OOM_CONSTRAINT_HOST;
    else if (starts_with(constraint, "CPUSET") || starts_with(constraint, "MEMORY_POLICY"))
        kill->constraint = OOM_CONSTRAINT_NODES;
    quote(open, text, number);
}

/* Who "... process P (C)" is about: the rest of the line behind it. */
static bool read_process(struct span text, const char *word, struct oom_victim *ret, struct span *ret_rest) {
    struct span at = behind(text, word);
    if (!at.at)
        return false;
    ret->pid = number_of(at);
    struct span name = behind(at, "(");
    struct span before;
    struct span rest;
    if (!ret->pid.known || !name.at)
        return false;
    /* A name may hold brackets: it ends where what follows it is known. */
    if (!split_last(name, ") total-vm:", &before, &rest) && !split_last(name, "), UID ", &before, &rest) &&
        !split_last(name, ") score ", &before, &rest) && !split_last(name, ")", &before, &rest))
        before = name; /* the line is cut off */
    copy(before, ret->name, sizeof ret->name);
    *ret_rest = after(name, before.length);
    return true;
}

static enum oom_constraint told_by(struct span text) {
    if (starts_with(text, "Memory cgroup out of memory"))
        return OOM_CONSTRAINT_MEMCG;
    return starts_with(text, "Out of memory") ? OOM_CONSTRAINT_HOST : OOM_CONSTRAINT_UNKNOWN;
}

static void set_constraint(struct oom_kill *kill, enum oom_constraint told) {
    if (kill->constraint == OOM_CONSTRAINT_UNKNOWN)
        kill->constraint = told;
}

/* "Memory cgroup out of memory: Kill process 123 (java) score 980 or sacrifice child": of kernels before 5.2,
 * and who is killed in the end is told by the next line. */
static void take_choice(struct oom_reports *reports, const struct klog_line *line, struct span text,
                        long number) {
    struct oom_open *open = find_open(reports, line->caller);
    struct oom_victim victim;
    struct span rest;
    if (!read_process(text, "ill process ", &victim, &rest))
        return;
    bool alone = !open || open->kill.was_killed;
    if (alone && behind(text, ": kill process ").at)
        return; /* of kernels before any rate limit, which wrote more before */
    if (alone)
        open = open_report(reports, line, number);
    open->by_score = true;
    open->kill.pid = victim.pid;
    memcpy(open->kill.process, victim.name, sizeof victim.name);
    set_constraint(&open->kill, told_by(text));
    quote(open, text, number);
}

/* Is this kill what the open report announced? */
static bool belongs(const struct oom_open *open, const struct oom_victim *victim) {
    const struct oom_kill *kill = &open->kill;
    if (kill->was_killed)
        return false;
    return !kill->process[0] || open->by_score || !kill->pid.known || kill->pid.value == victim->pid.value;
}

static void note_killed(struct oom_open *open, const struct klog_line *line) {
    open->killed_boot_ns = line->boot_ns;
    open->killed_wall_ns = line->wall_ns;
}

static bool is_later(struct known_i64 then, struct known_i64 now) {
    struct known_i64 apart = known_delta(then, now);
    return apart.known && (apart.value > GROUP_WITHIN_NS || apart.value < -GROUP_WITHIN_NS);
}

/* Is a line too far from the last kill of a report to be of the same group? */
static bool is_past(const struct oom_open *open, const struct klog_line *line, long number) {
    return number - open->last > GROUP_WITHIN_LINES || is_later(open->killed_boot_ns, line->boot_ns) ||
           is_later(open->killed_wall_ns, line->wall_ns);
}

/* Is this kill one more of the group that the open report killed? */
static bool is_of_group(const struct oom_open *open, const struct klog_line *line, enum oom_constraint told,
                        long number) {
    const struct oom_kill *kill = &open->kill;
    bool same = told == OOM_CONSTRAINT_UNKNOWN ||
                (told == OOM_CONSTRAINT_MEMCG) == (kill->constraint == OOM_CONSTRAINT_MEMCG);
    return kill->was_killed && kill->group_memcg[0] && same && !is_past(open, line, number);
}

/* One more of the group; the first one is told twice. */
static void add_victim(struct oom_open *open, const struct oom_victim *victim) {
    struct oom_kill *kill = &open->kill;
    if (victim->pid.value == known_or(kill->pid, -1))
        return;
    if (kill->victim_count < OOM_VICTIMS)
        kill->victims[kill->victim_count] = *victim;
    if (kill->victim_count < INT_MAX)
        kill->victim_count++;
}

/* "...: Killed process 92 (dd) total-vm:67796kB, anon-rss:19420kB, file-rss:4kB, shmem-rss:1580kB, UID:0
 * pgtables:76kB oom_score_adj:0" */
static void take_killed(struct oom_reports *reports, const struct klog_line *line, struct span text,
                        long number) {
    struct oom_open *open = find_open(reports, line->caller);
    struct oom_victim victim;
    struct span rest;
    if (!read_process(text, "Killed process ", &victim, &rest))
        return;
    if (open && is_of_group(open, line, told_by(text), number)) {
        add_victim(open, &victim);
        note_killed(open, line);
        open->last = number;
        return;
    }
    if (!open || !belongs(open, &victim))
        open = open_report(reports, line, number);
    struct oom_kill *kill = &open->kill;
    kill->pid = victim.pid;
    memcpy(kill->process, victim.name, sizeof victim.name);
    kill->was_killed = true;
    kill->prefixed = kill->prefixed && line->of_kernel;
    set_constraint(kill, told_by(text));
    kill->anon_rss_bytes = kilobytes(rest, "anon-rss:");
    kill->file_rss_bytes = kilobytes(rest, "file-rss:");
    kill->shmem_rss_bytes = kilobytes(rest, "shmem-rss:");
    struct span adjustment = behind(rest, "oom_score_adj:");
    if (adjustment.at)
        kill->oom_score_adj = number_of(adjustment);
    open->in_stats = false;
    note_killed(open, line);
    quote(open, text, number);
}

/* "Tasks in /g are going to be killed due to memory.oom.group set" */
static void take_group(struct oom_open *open, struct span text, long number) {
    struct span before;
    struct span rest;
    if (!starts_with(text, "Tasks in ") ||
        !split_last(text, " are going to be killed due to memory.oom.group set", &before, &rest))
        return;
    copy(after(before, strlen("Tasks in ")), open->kill.group_memcg, sizeof open->kill.group_memcg);
    quote(open, text, number);
}

/* A row of the table: "[     92]     0    92    16949 ..." */
static void take_row(struct oom_open *open, struct span text, long line) {
    struct span number = without_blanks(after(text, 1));
    size_t digits = 0;
    while (digits < number.length && number.at[digits] >= '0' && number.at[digits] <= '9')
        digits++;
    if (digits && digits < number.length && number.at[digits] == ']' && open->kill.tasks < INT_MAX) {
        open->kill.tasks++;
        open->last = line;
    }
}

/* Lines that mean something only within a report. */
static void take_within(struct oom_open *open, const struct klog_line *line, struct span text, long number) {
    if (open->kill.was_killed) { /* what follows is another's, but for the rest of the group */
        if (!is_past(open, line, number))
            take_group(open, text, number);
        return;
    }
    switch (text.at[0]) {
    case '[':
        take_row(open, text, number);
        return;
    case 'T':
        if (starts_with(text, "Task in "))
            take_task_in(open, text, number);
        else if (starts_with(text, "Tasks state"))
            open->in_stats = false;
        else
            take_group(open, text, number);
        return;
    case 'm':
        if (starts_with(text, "memory: usage "))
            take_usage(open, text, false, number);
        else if (starts_with(text, "memory+swap: usage "))
            take_usage(open, text, true, number);
        return;
    case 'M':
        if (starts_with(text, "Memory cgroup stats"))
            take_stats_line(open, text);
        return;
    case 'N':
        if (starts_with(text, "Node ") && text.length > 18 && memcmp(text.at + 6, " active_anon:", 13) == 0)
            take_node(open, text);
        return;
    case 'a':
    case 'c':
    case 'f':
    case 'r':
    case 's':
    case 't':
    case ' ':
        if (open->in_stats)
            take_stats(open, text);
        return;
    default:
        return;
    }
}

/* Lines that may be there without a report. True where it was one. */
static bool take_alone(struct oom_reports *reports, const struct klog_line *line, struct span text,
                       long number) {
    switch (text.at[0]) {
    case 'o':
        if (!starts_with(text, "oom-kill:constraint="))
            return false;
        take_summary(reports, line, text, number);
        return true;
    case 'K':
        if (!starts_with(text, "Killed process "))
            return false;
        take_killed(reports, line, text, number);
        return true;
    case 'M':
    case 'O':
        if (starts_with(text, "OOM victim ") ||
            starts_with(text, "Out of memory and no killable processes")) {
            reports->no_victim++;
            return true;
        }
        if (!told_by(text))
            return false;
        if (behind(text, ": Killed process ").at)
            take_killed(reports, line, text, number);
        else if (behind(text, ": Kill process ").at || behind(text, ": kill process ").at)
            take_choice(reports, line, text, number);
        else if (behind(text, "and no killable processes").at)
            reports->no_victim++;
        return true;
    default:
        return false;
    }
}

/* Names stand within so many letters. */
#define NAME_WITHIN 160

/* The place behind `word`, which ends in a colon, near the start; 0: it is not there. Most lines of a report
 * have no colon, and memchr() finds one fast. */
static size_t behind_colon(struct span text, const char *word, size_t length) {
    const char *end = text.at + (text.length < NAME_WITHIN ? text.length : NAME_WITHIN);
    for (const char *at = text.at; (at = memchr(at, ':', (size_t)(end - at))); at++)
        if ((size_t)(at - text.at) + 1 >= length && at[-1] == word[length - 2] &&
            memcmp(at - length + 1, word, length) == 0)
            return (size_t)(at - text.at) + 1;
    return 0;
}

/* The length of the name before " invoked oom-killer: "; 0: the line is another. */
static size_t invoked_by(struct span text) {
    static const char words[] = " invoked oom-killer:";
    size_t at = behind_colon(text, words, sizeof words - 1);
    return at ? at - (sizeof words - 1) : 0;
}

bool oom_text_is_idle(const char *text, size_t length) {
    struct span line = {text, length};
    if (length == 0)
        return true;
    switch (*text) {
    case '[':
    case 'K':
    case 'M':
    case 'N':
    case 'O':
    case 'T':
    case 'm':
    case 'o':
        return false;
    case 'a':
    case 'c':
    case 'f':
    case 'r':
    case 's':
    case 't':
    case ' ':
        if (stat_key_of(without_blanks(line)))
            return false;
        break;
    default:
        break;
    }
    if (!memchr(text, ':', length < NAME_WITHIN ? length : NAME_WITHIN))
        return true;
    /* Without the blanks before: what stands there may have been taken for a prefix. */
    static const char invoked[] = "invoked oom-killer:";
    static const char kernel[] = "kernel:";
    return !behind_colon(line, invoked, sizeof invoked - 1) && !behind_colon(line, kernel, sizeof kernel - 1);
}

void oom_reports_take(struct oom_reports *reports, const struct klog_line *line, long number) {
    struct span text = {line->text, line->length};
    if (text.length == 0 || line->by_user)
        return;
    size_t name = invoked_by(text);
    if (name) {
        take_invoked(reports, line, text, name, number);
        return;
    }
    if (take_alone(reports, line, text, number))
        return;
    struct oom_open *open = find_open(reports, line->caller);
    if (!open)
        return;
    take_within(open, line, text, number);
    if (number - open->last > LINES_WITHOUT_NEWS)
        close_report(reports, open);
}

void oom_reports_end(struct oom_reports *reports) {
    for (int i = 0; i < OOM_OPEN_MAX; i++)
        if (reports->open[i].used)
            close_report(reports, &reports->open[i]);
}

/* Do all open reports wait for no more than further victims? Those lines are found by their words. */
static bool is_idle(const struct oom_reports *reports) {
    for (int i = 0; reports->open_count && i < OOM_OPEN_MAX; i++)
        if (reports->open[i].used && !reports->open[i].kill.was_killed)
            return false;
    return true;
}

const char *oom_reports_skip(const struct oom_reports *reports, const char *from, const char *end) {
    /* Of "oom-killer", "oom-kill:", "killed due to memory.oom.group", "Killed process", "Kill process", "no
     * killable processes". The rest comes within a report. */
    static const char word[] = "ill";
    return is_idle(reports) ? memmem(from, (size_t)(end - from), word, sizeof word - 1) : from;
}
