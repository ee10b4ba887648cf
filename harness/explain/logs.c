/* A log that is all there is: of a CI job, or what a program printed when it crashed. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/clues.h"

/* The first of a kind, in the order of the table of rules; of exit codes the last. */
static const struct found_words *find(const struct casefile *file, const char *name, enum words_kind kind) {
    const struct found_words *best = NULL;
    for (size_t i = 0; i < file->word_count; i++) {
        const struct found_words *words = &file->words[i];
        if (words->file != name || words->rule->kind != kind)
            continue;
        bool later = best && kind == WORDS_EXIT && words->rule == best->rule && words->line > best->line;
        if (!best || words->rule < best->rule || later)
            best = words;
    }
    return best;
}

static void conclude(struct death *death, enum verdict verdict, enum confidence confidence) {
    death->verdict = verdict;
    death->confidence = confidence;
}

/* With all words that were found of the kinds that have a say. */
static void say_all(const struct casefile *file, const char *name, struct death *death) {
    int said = 0;
    for (size_t i = 0; i < file->word_count && said < 8; i++) {
        const struct found_words *words = &file->words[i];
        if (words->file != name || words->rule->kind == WORDS_CI)
            continue;
        bool again = false; /* several rules may meet in a line */
        for (size_t j = 0; j < death->evidence_count; j++)
            again = again || (death->evidence[j].line.known && death->evidence[j].line.value == words->line);
        if (!again) {
            clue_say_words(death, words);
            said++;
        }
    }
}

static void judge_child(const struct found_words *child, struct death *death) {
    conclude(death, VERDICT_OOM_CHILD, CONFIDENCE_POSSIBLE);
    death_happened(death,
                   "lost a child to SIGKILL, as %s tells; an OOM kill is the usual reason, and others leave "
                   "the same words",
                   child->rule->who);
    sentences_add(&death->missing, "who killed it: the kernel log of the machine it ran on, or the counter "
                                   "oom_kill of its memory group");
}

static void judge_137(const struct found_words *last, struct death *death) {
    conclude(death, VERDICT_KILLED, CONFIDENCE_POSSIBLE);
    if (!last || last->number.value == 137)
        death_happened(death, "ended with 137, which is SIGKILL; by whom is not told");
    else
        death_happened(death,
                       "ended with %lld, after a step of it that ended with 137, which is SIGKILL; by "
                       "whom is not told",
                       (long long)last->number.value);
    sentences_add(
        &death->missing,
        "who killed it: the kernel log of the machine it ran on, docker inspect, or the pod as JSON");
}

/* ---- the kernel's word for it ---- */

/* What a job prints of a kill comes no later. */
#define TOLD_WITHIN_NS (5 * NS_PER_S)

/* The clock of the kernel's log and that of the job's agree to within this. */
#define SAME_CLOCK_NS (1 * NS_PER_S)

static bool tells_of_sigkill(const struct found_words *words) {
    return words->rule->kind == WORDS_CHILD_KILLED || words->rule->kind == WORDS_OOM_FLAG ||
           words->rule->kind == WORDS_KILLED ||
           (words->rule->kind == WORDS_EXIT && words->number.value == 137);
}

/* Does the number stand in the text as a word of its own? */
static bool names_pid(const char *text, struct known_i64 pid) {
    char number[24];
    int length = snprintf(number, sizeof number, "%lld", (long long)known_or(pid, 0));
    if (!text || known_or(pid, 0) < 2)
        return false;
    for (const char *at = text; (at = strstr(at, number)); at += length) {
        bool begins = at == text || !isdigit((unsigned char)at[-1]);
        if (begins && !isdigit((unsigned char)at[length]))
            return true;
    }
    return false;
}

static bool tells_soon(const struct found_words *words, const struct oom_kill *kill) {
    struct known_i64 after = known_delta(kill->wall_ns, words->time_ns);
    return after.known && after.value <= TOLD_WITHIN_NS && after.value >= -SAME_CLOCK_NS;
}

static const struct log_span *span_of(const struct casefile *file, const char *name) {
    for (size_t i = 0; i < file->span_count; i++)
        if (file->spans[i].file == name)
            return &file->spans[i];
    return NULL;
}

/* The kill of a kernel log that a log without containers tells of, by the number of the process or by time.
 */
struct log_link {
    struct log_kill *kill; /* NULL: none */
    bool by_pid;
    bool meanwhile;                /* the log tells of no SIGKILL; the kill was while it was written */
    bool only_one;                 /* one of them does not tell its times; there is no other kill */
    const struct log_span *silent; /* a kernel log of that time, with no kill */
    bool is_holed;                 /* see silence_at() */
};

/* The kill that these words tell of: of that process, or at that time. The last is nearest to the end. */
static void link_words(struct casefile *file, const struct found_words *words, struct log_link *link) {
    for (size_t i = 0; i < file->kill_count; i++) {
        struct log_kill *log = &file->kills[i];
        const struct oom_kill *kill = log->kill;
        bool named = words->rule->kind == WORDS_CHILD_KILLED && names_pid(words->text, kill->pid);
        bool near = tells_soon(words, kill);
        bool elsewhen = kill->wall_ns.known && words->time_ns.known && !near;
        if (log->used || elsewhen || (!named && !near) || (link->by_pid && !named))
            continue;
        link->kill = log;
        link->by_pid = named;
    }
}

/* A kill while a log was written that fails and does not tell why. */
static void link_meanwhile(struct casefile *file, const struct log_span *span, struct log_link *link) {
    for (size_t i = 0; span && span->first_wall_ns.known && i < file->kill_count; i++) {
        struct log_kill *log = &file->kills[i];
        struct known_i64 at = log->kill->wall_ns;
        if (log->used || !at.known || at.value < span->first_wall_ns.value - SAME_CLOCK_NS ||
            at.value > span->last_wall_ns.value + SAME_CLOCK_NS)
            continue;
        link->kill = log;
        link->meanwhile = true;
    }
}

/* Where one of them tells no time, the only kill there is. */
static void link_only_one(struct casefile *file, const struct found_words *words, struct log_link *link) {
    struct log_kill *log = file->kill_count == 1 ? &file->kills[0] : NULL;
    if (!log || log->used || log->times > 1 || (log->kill->wall_ns.known && words->time_ns.known))
        return;
    link->kill = log;
    link->only_one = true;
}

/* So long is a hole in a kernel log that it tells of no silence, but of a log that is not all there. */
#define LOST_NS ((int64_t)6 * 3600 * NS_PER_S)

static bool covers(const struct log_span *span, int64_t from_ns, int64_t until_ns, bool *ret_is_holed) {
    *ret_is_holed = false;
    if (!span->of_kernel || span->holes_dropped || !span->first_wall_ns.known ||
        span->first_wall_ns.value >= from_ns || span->last_wall_ns.value <= until_ns)
        return false;
    for (size_t i = 0; i < span->hole_count; i++) {
        const struct time_hole *hole = &span->holes[i];
        if (hole->from_ns >= until_ns || hole->until_ns <= from_ns)
            continue;
        int64_t length;
        *ret_is_holed = true;
        if (__builtin_sub_overflow(hole->until_ns, hole->from_ns, &length) || length > LOST_NS)
            return false;
    }
    return true;
}

const struct log_span *silence_at(const struct casefile *file, int64_t from_ns, int64_t until_ns,
                                  bool *ret_is_holed) {
    const struct log_span *silent = NULL;
    *ret_is_holed = false;
    for (size_t i = 0; i < file->span_count && !file->kills_dropped && !file->refused; i++) {
        bool is_holed;
        if (!covers(&file->spans[i], from_ns, until_ns, &is_holed) || (silent && is_holed && !*ret_is_holed))
            continue;
        silent = &file->spans[i];
        *ret_is_holed = is_holed;
    }
    return silent;
}

bool was_at(const struct log_kill *log, int64_t time_ns, int64_t within_ns) {
    int kept = log->times < KILL_TIMES ? log->times : KILL_TIMES;
    for (int i = 0; i < kept; i++) {
        struct known_i64 apart = known_delta(known_i64(time_ns), log->at_ns[i]);
        if (apart.known && apart.value <= within_ns && apart.value >= -within_ns)
            return true;
    }
    return false;
}

bool may_be_at(const struct log_kill *log, int64_t time_ns, int64_t within_ns) {
    bool all_later = log->times > KILL_TIMES; /* those that are not kept were earlier than these */
    for (int i = 0; i < KILL_TIMES && all_later; i++)
        all_later = !log->at_ns[i].known || log->at_ns[i].value > time_ns;
    return all_later || was_at(log, time_ns, within_ns);
}

/* A kernel log that covers the time of the words, and tells of no kill then. */
static const struct log_span *find_silence(const struct casefile *file, const struct found_words *words,
                                           bool *ret_is_holed) {
    if (!words->time_ns.known)
        return NULL;
    int64_t at = words->time_ns.value;
    for (size_t i = 0; i < file->kill_count; i++)
        if (!file->kills[i].kill->wall_ns.known || may_be_at(&file->kills[i], at, TOLD_WITHIN_NS))
            return NULL;
    return silence_at(file, at - TOLD_WITHIN_NS, at + TOLD_WITHIN_NS, ret_is_holed);
}

static struct log_link find_kill(struct casefile *file, const char *name) {
    struct log_link link = {0};
    const struct found_words *told = NULL;
    bool fails = false;
    for (size_t i = 0; i < file->word_count; i++) {
        const struct found_words *words = &file->words[i];
        if (words->file != name)
            continue;
        fails = fails || words->rule->kind == WORDS_EXIT || words->rule->kind == WORDS_CRASH;
        if (!tells_of_sigkill(words))
            continue;
        told = words;
        link_words(file, words, &link);
    }
    if (!link.kill && told)
        link_only_one(file, told, &link);
    if (!link.kill && told)
        link.silent = find_silence(file, told, &link.is_holed);
    else if (!link.kill && fails)
        link_meanwhile(file, span_of(file, name), &link);
    return link;
}

/* What was found in a log, the first of each kind. */
struct finds {
    const struct found_words *of[WORDS_KIND_COUNT];
    bool sigkill;
    bool at_end;  /* what its runtime says stands near the end of the log, or an exit code of it is told */
    bool passed;  /* a CI job of which no failure is told */
    bool goes_on; /* behind those words others follow, and no CI system tells how it ended */
};

/* So near the end of a log its last words are, with the stack that is printed behind them. */
#define LAST_LINES 400

static struct finds find_all(const struct casefile *file, const char *name) {
    struct finds finds = {0};
    for (int kind = 0; kind < WORDS_KIND_COUNT; kind++)
        finds.of[kind] = find(file, name, (enum words_kind)kind);
    const struct found_words *exit = finds.of[WORDS_EXIT];
    const struct found_words *runtime = finds.of[WORDS_RUNTIME_OOM];
    for (size_t i = 0; i < file->word_count; i++)
        finds.sigkill =
            finds.sigkill || (file->words[i].file == name && file->words[i].rule->kind == WORDS_EXIT &&
                              file->words[i].number.value == 137);
    finds.at_end = exit != NULL;
    const struct log_span *span = span_of(file, name);
    if (span && runtime && span->lines - runtime->line < LAST_LINES)
        finds.at_end = true;
    finds.goes_on = span && span->others_after > 0 && !(exit && finds.of[WORDS_CI]);
    finds.passed = finds.of[WORDS_CI] && !exit;
    return finds;
}

/* PHP's words end a request; where a server wrote them, with a time before them, the process lives on. */
static bool ends_request(const struct found_words *words) {
    return strcmp(words->rule->who, "PHP") == 0 && words->text &&
           !text_starts_with(words->text, "PHP Fatal") && !text_starts_with(words->text, "Fatal error");
}

static void judge_runtime(const struct finds *finds, struct death *death) {
    const struct words_rule *rule = finds->of[WORDS_RUNTIME_OOM]->rule;
    enum confidence confidence = rule->confidence;
    /* 1 is what the program around it makes of many failures. */
    const struct found_words *exit = finds->of[WORDS_EXIT];
    if (confidence > CONFIDENCE_LIKELY &&
        (!finds->at_end || finds->goes_on || ends_request(finds->of[WORDS_RUNTIME_OOM]) ||
         (exit && exit->number.value == 1)))
        confidence = CONFIDENCE_LIKELY;
    if (finds->passed)
        confidence = CONFIDENCE_POSSIBLE;
    conclude(death, VERDICT_RUNTIME_OOM, confidence);
    death_happened(death,
                   confidence == CONFIDENCE_CERTAIN ? "ended because %s ran out of memory inside its limit"
                                                    : "shows %s out of memory inside its limit",
                   rule->who);
    if (confidence != CONFIDENCE_CERTAIN)
        sentences_add(&death->missing,
                      finds->goes_on ? "which process ended for that, if any: other lines follow, so the log "
                                       "goes on; its exit code would tell"
                                     : "that it ended for that: a program can catch this and go on");
}

/* Words that leave little choice. False where there are none. */
static bool judge_plain(const struct finds *finds, bool named, struct death *death) {
    const struct found_words *runtime = finds->of[WORDS_RUNTIME_OOM];
    const struct found_words *flag = finds->of[WORDS_OOM_FLAG];
    const struct found_words *host = finds->of[WORDS_HOST_OOM];
    if (finds->of[WORDS_THREADS]) {
        conclude(death, VERDICT_FAILED, CONFIDENCE_LIKELY);
        death_happened(death, "could not start another thread: a limit on processes (pids.max, ulimit -u) "
                              "rather than memory; Java calls it OutOfMemoryError");
    } else if (runtime && runtime->rule->confidence > CONFIDENCE_POSSIBLE && !(finds->sigkill && flag)) {
        judge_runtime(finds, death);
    } else if (flag) {
        conclude(death, VERDICT_OOM, flag->rule->confidence);
        death_happened(death, "was OOM-killed, as %s tells; at whose limit is not told", flag->rule->who);
        sentences_add(&death->missing, "whose limit it was: the pod as JSON and the node's kernel log");
    } else if (host) {
        conclude(death, VERDICT_OUTSIDE_OOM, CONFIDENCE_LIKELY);
        death->scope = SCOPE_HOST;
        death_happened(death,
                       named ? "was killed by %s because the host ran short of memory; not the kernel did it"
                             : "tells of a process that %s killed because the host ran short of memory; not "
                               "the kernel did it",
                       host->rule->who);
    } else {
        return false;
    }
    return true;
}

/* What the rest may mean. */
static void judge_rest(const struct finds *finds, struct death *death) {
    const struct found_words *crash = finds->of[WORDS_CRASH];
    if (finds->of[WORDS_TIMEOUT]) {
        conclude(death, VERDICT_TIMEOUT, CONFIDENCE_CERTAIN);
        death_happened(death, "was stopped by %s: it took too long", finds->of[WORDS_TIMEOUT]->rule->who);
    } else if (finds->of[WORDS_SHUTDOWN]) {
        conclude(death, VERDICT_STOPPED, CONFIDENCE_POSSIBLE);
        death_happened(death, "ended with its runner, which went away; a runner short of memory does so too, "
                              "and so does one that is preempted");
        sentences_add(&death->missing, "why the runner went away: its own log and kernel log");
    } else if (finds->of[WORDS_CHILD_KILLED]) {
        judge_child(finds->of[WORDS_CHILD_KILLED], death);
    } else if (finds->of[WORDS_KILLED]) {
        conclude(death, VERDICT_KILLED, CONFIDENCE_POSSIBLE);
        death_happened(death, "was sent SIGKILL; by whom is not told");
        sentences_add(&death->missing,
                      "who sent it: the kernel log of the machine (journalctl -k -o short-iso)");
    } else if (finds->sigkill) {
        judge_137(finds->of[WORDS_EXIT], death);
    } else if (finds->of[WORDS_STOPPED]) {
        conclude(death, VERDICT_STOPPED, CONFIDENCE_LIKELY);
        death_happened(death, "was cancelled");
    } else if (finds->of[WORDS_RUNTIME_OOM]) {
        judge_runtime(finds, death);
    } else if (crash || finds->of[WORDS_EXIT]) {
        conclude(death, VERDICT_FAILED, CONFIDENCE_LIKELY);
        death_happened(death, "failed%s%s; nothing in it speaks of memory", crash ? ", as it seems of " : "",
                       crash ? crash->rule->who : "");
    } else {
        conclude(death, VERDICT_UNKNOWN, CONFIDENCE_UNKNOWN);
        death_happened(death, "does not tell of an end");
        sentences_add(&death->missing, "whether it failed: no exit code and no crash is in this log");
    }
}

/* The kernel killed it, or what it tells of. */
static void judge_linked(const struct finds *finds, const struct log_link *link, struct death *death) {
    const struct oom_kill *kill = link->kill->kill;
    bool child = finds->of[WORDS_CHILD_KILLED] || link->meanwhile;
    bool outside;
    death->scope = kill_scope(kill, NULL);
    outside = death->scope == SCOPE_PARENT || death->scope == SCOPE_HOST;
    conclude(death,
             child     ? VERDICT_OOM_CHILD
             : outside ? VERDICT_OUTSIDE_OOM
                       : VERDICT_OOM,
             link->by_pid                        ? CONFIDENCE_CERTAIN
             : link->meanwhile || link->only_one ? CONFIDENCE_POSSIBLE
                                                 : CONFIDENCE_LIKELY);
    const char *whose = death->scope == SCOPE_HOST     ? "because the host ran out of memory"
                        : death->scope == SCOPE_PARENT ? "at a parent's limit"
                        : death->scope == SCOPE_OWN    ? "at its own limit"
                                                       : "at a limit";
    if (link->meanwhile)
        death_happened(death, "failed; %s was OOM-killed %s%s meanwhile, which may be why", kill->process,
                       whose, death->scope == SCOPE_HOST ? "" : of_size(kill->limit_bytes).s);
    else
        death_happened(death, "%s an OOM kill of %s, %s%s", child ? "lost a child to" : "ended by",
                       kill->process, whose, death->scope == SCOPE_HOST ? "" : of_size(kill->limit_bytes).s);
    if (!link->by_pid)
        sentences_add(&death->missing,
                      "that this kill is of this job: %s; the number of its process would tell",
                      link->only_one ? "it is the only one in that log, and a time of day is not told"
                                     : "joined by time");
    kill_tell(link->kill, death);
    kill_doubt(link->kill, death);
    link->kill->used = true;
}

/* A SIGKILL of which the kernel log of that time tells nothing. */
static void judge_silent(const struct log_link *link, struct death *death) {
    conclude(death, VERDICT_KILLED, CONFIDENCE_LIKELY);
    death_happened(death, "tells of a SIGKILL, and the kernel's OOM killer did not send it");
    sentences_add(&death->missing, "who sent it: somebody's kill, a timeout, a stop of its container");
    clue_say_silence(death, link->silent, link->is_holed);
}

/* Words of its own that say more than a SIGKILL does. */
static bool has_own_reason(const struct finds *finds) {
    return finds->of[WORDS_RUNTIME_OOM] || finds->of[WORDS_HOST_OOM] || finds->of[WORDS_THREADS] ||
           finds->of[WORDS_TIMEOUT] || finds->of[WORDS_STOPPED];
}

/* The unit that a line of systemd, systemd-oomd or earlyoom names, or the program. NULL: none. Caller frees.
 */
static char *unit_of(const struct found_words *words) {
    static const char *const suffixes[] = {".service", ".scope", ".slice"};
    if (!words || !words->text)
        return NULL;
    const char *quote = strcmp(words->rule->who, "earlyoom") == 0 ? strchr(words->text, '"') : NULL;
    if (quote && quote[1] && strchr(quote + 1, '"'))
        return text_copy_bytes(quote + 1, strcspn(quote + 1, "\""));
    for (size_t i = 0;
         text_starts_with(words->rule->who, "systemd") && i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(suffixes[i]);
        for (const char *at = words->text; (at = strstr(at, suffixes[i])); at += length) {
            const char *start = at;
            while (start > words->text && start[-1] != ' ' && start[-1] != '/')
                start--;
            if (start < at && (at[length] == ':' || at[length] == ' '))
                return text_copy_bytes(start, (size_t)(at - start) + length);
        }
    }
    return NULL;
}

void log_judge(struct casefile *file, const char *name, struct death *death) {
    const struct finds finds = find_all(file, name);
    const struct log_link link = find_kill(file, name);
    const struct found_words *runtime = finds.of[WORDS_RUNTIME_OOM];
    const struct found_words *by = finds.of[WORDS_OOM_FLAG]   ? finds.of[WORDS_OOM_FLAG]
                                   : finds.of[WORDS_HOST_OOM] ? finds.of[WORDS_HOST_OOM]
                                                              : finds.of[WORDS_KILLED];
    CLEANUP_FREE char *unit = unit_of(by);
    death->subject = unit                 ? text_copy(unit)
                     : finds.of[WORDS_CI] ? text_format("the job in %s", name)
                                          : text_copy(name);
    if (finds.of[WORDS_EXIT])
        death->exit_code = finds.of[WORDS_EXIT]->number;
    if (link.kill && (link.by_pid || !has_own_reason(&finds)))
        judge_linked(&finds, &link, death);
    else if (link.silent && !has_own_reason(&finds) && !finds.of[WORDS_OOM_FLAG])
        judge_silent(&link, death);
    else if (!judge_plain(&finds, unit != NULL, death))
        judge_rest(&finds, death);
    say_all(file, name, death);
    const struct clues clues = {.words = runtime ? runtime : finds.of[WORDS_CHILD_KILLED]};
    advise(file, &clues, NULL, death);
}
