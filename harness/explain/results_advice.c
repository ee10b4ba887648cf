#include "explain/results_advice.h"

#include <string.h>

#include "analysis/autopsy.h"
#include "analysis/tuning.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/clues.h"

/* Of a longer command the rest is left out: it is there to be recognised. */
#define COMMAND_MAX 160

/* A guess until it is measured, as for the deaths of others: twice what was too little. */
#define GUESS_TIMES 2

static void add_option(struct strbuf *text, const char *option, const char *value) {
    if (!value)
        return;
    strbuf_add(text, option);
    text_add_shell_quoted(text, value);
}

/* "plimsoll size -- ./app --port 80", with what it takes to run the same again. Caller frees. */
static char *command_text(const struct result *result, const char *command) {
    struct strbuf text = {0};
    CLEANUP_FREE char *argv = result->argv && result->argv[0] ? text_command_line(result->argv) : NULL;
    strbuf_addf(&text, "plimsoll %s", command);
    add_option(&text, " --ready ", result->ready);
    add_option(&text, " --load ", result->load);
    add_option(&text, " --image ", result->image);
    if (!argv && !result->image)
        strbuf_add(&text, " with the same target");
    else if (argv && strlen(argv) > COMMAND_MAX)
        strbuf_add(&text, " -- (the same command)");
    else if (argv)
        strbuf_addf(&text, " -- %s", argv);
    return text.text;
}

/* By its name where no run without a limit was there to look at it. */
static enum runtime runtime_of(const struct result *result, const struct trial *trial) {
    static const struct {
        const char *program;
        enum runtime runtime;
    } rows[] = {{"java", RUNTIME_JVM}, {"node", RUNTIME_NODE}, {"dotnet", RUNTIME_DOTNET}};
    enum runtime found = tuning_find_runtime(result->trials, result->trial_count);
    const char *names[] = {trial->ending.oom.process, result->argv ? result->argv[0] : NULL};
    for (size_t i = 0; found == RUNTIME_NONE && i < sizeof names / sizeof *names; i++) {
        const char *slash = names[i] ? strrchr(names[i], '/') : NULL;
        const char *name = slash ? slash + 1 : names[i];
        for (size_t j = 0; name && j < sizeof rows / sizeof *rows; j++)
            if (strcmp(name, rows[j].program) == 0)
                found = rows[j].runtime;
    }
    return found;
}

static void add_settings(const struct runtime_advice *runtime, struct strbuf *text) {
    for (size_t i = 0; i < runtime->setting_count; i++) {
        strbuf_add(text, i ? " " : "");
        strbuf_addf(text, "%s=", runtime->settings[i].name);
        text_add_shell_quoted(text, runtime->settings[i].value);
    }
}

/* A heap that its runtime is to keep within the limit, or may fill it with. */
static void advise_heap(const struct result *result, const struct trial *trial, struct death *death) {
    struct tuning_input input = {.runtime = runtime_of(result, trial),
                                 .limit_bytes = known_or(trial->limit_bytes, 0),
                                 .cpus = result->host.cpus,
                                 .trials = result->trials,
                                 .trial_count = result->trial_count,
                                 .argv = result->argv};
    bool has_heap =
        input.runtime == RUNTIME_JVM || input.runtime == RUNTIME_NODE || input.runtime == RUNTIME_DOTNET;
    if (!has_heap || !trial->limit_bytes.known || tuning_own_setting(&input))
        return;
    struct runtime_advice runtime = {0};
    struct strbuf text = {0};
    tuning_advise(&input, &runtime);
    add_settings(&runtime, &text);
    if (runtime.setting_count)
        sentences_add(&death->advice, "the largest heap that a limit%s has room for: %s",
                      of_size(trial->limit_bytes).s, strbuf_text(&text));
    strbuf_free(&text);
    runtime_advice_free(&runtime);
}

/* The limit and the request that it takes: proven, measured, or guessed. */
static void advise_limit(const struct result *result, const struct death *of, struct sentences *to) {
    const struct recommendation *advice = &result->recommendation;
    const struct trial *free_run = result_profile(result->trials, result->trial_count);
    CLEANUP_FREE char *size = command_text(result, "size");
    if (advice->known) {
        struct strbuf settings = {0};
        add_settings(&advice->runtime, &settings);
        sentences_add(to, "what this search recommends: limit %s, request %s%s%s",
                      quantity_ceil_mi_text(advice->limit_bytes).s,
                      quantity_ceil_mi_text(advice->request_bytes).s, settings.length ? ", and " : "",
                      strbuf_text(&settings));
        strbuf_free(&settings);
        return;
    }
    if (result->oom_point.survives_bytes.known) {
        sentences_add(to, "it lives at %s; what production takes beyond that is found by: %s",
                      quantity_ceil_mi_text(result->oom_point.survives_bytes.value).s, size);
        return;
    }
    sentences_add(to, "find what it needs: %s", size);
    if (free_run && trial_lived(free_run) && free_run->needed_bytes.known)
        sentences_add(to,
                      "until that is measured: limit %s, half as much again as the %s that it needed "
                      "without one; request %s",
                      quantity_ceil_mi_text(free_run->needed_bytes.value / 2 * 3).s,
                      bytes_text(free_run->needed_bytes.value).s,
                      quantity_ceil_mi_text(free_run->needed_bytes.value).s);
    else if (of->limit_bytes.known)
        sentences_add(to,
                      "until that is measured: limit %s, a guess, twice what was too little; request %s at "
                      "least: it used all of that",
                      quantity_ceil_mi_text(of->limit_bytes.value * GUESS_TIMES).s,
                      quantity_ceil_mi_text(of->limit_bytes.value).s);
}

/* A limit of its own that stands in its command line, as "-Xmx64m"; up to its end there. NULL: none. */
static const char *find_own_limit(const struct result *result, int *ret_length) {
    static const char *const settings[] = {"-Xmx",
                                           "-XX:MaxRAMPercentage=",
                                           "-XX:MaxHeapSize=",
                                           "--max-old-space-size",
                                           "--max_old_space_size",
                                           "ulimit -v",
                                           "ulimit -Sv",
                                           "ulimit -d",
                                           "--as=",
                                           "memory_limit="};
    for (char *const *argument = result->argv; argument && *argument; argument++)
        for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
            const char *found = strstr(*argument, settings[i]);
            if (!found)
                continue;
            size_t length = strlen(settings[i]);
            if (strncmp(found, "ulimit", 6) == 0)
                length += strspn(found + length, " ");
            length += strcspn(found + length, " ;&|\n\"'");
            *ret_length = (int)(length < COMMAND_MAX ? length : COMMAND_MAX);
            return found;
        }
    return NULL;
}

/* Its runtime gave up by itself: the group's limit matters only where it was nearly full. */
static void advise_runtime(const struct result *result, const struct trial *trial, struct death *death) {
    int length = 0;
    const char *own = find_own_limit(result, &length);
    bool full = trial->limit_bytes.known && trial->peak_bytes.known &&
                trial->peak_bytes.value >= trial->limit_bytes.value / 4 * 3;
    size_t before = death->advice.count;
    if (own)
        sentences_add(&death->advice, "raise what its command line gives it: %.*s", length, own);
    else
        advise_heap(result, trial, death);
    if (full)
        advise_limit(result, death, &death->advice);
    const struct words_rule *rule = autopsy_last_words(trial);
    if (death->advice.count == before && rule && words_tell_own_limit(rule))
        sentences_add(&death->advice,
                      "raise what %s may take: %s; a larger limit of its group alone does not help",
                      rule->who,
                      strcmp(rule->who, "Java") == 0   ? "-Xmx, or JAVA_TOOL_OPTIONS"
                      : strcmp(rule->who, "Node") == 0 ? "--max-old-space-size, or NODE_OPTIONS"
                                                       : "memory_limit");
    else if (death->advice.count == before)
        sentences_add(&death->advice,
                      "a larger limit of its group alone does not help: see whether a ulimit -v is "
                      "set where it is started, and how much it asked for");
}

static void advise_own(const struct result *result, const struct trial *trial, struct death *death) {
    if (trial->ending.growth.kind == GROWTH_STEADY) {
        CLEANUP_FREE char *leak = command_text(result, "leak");
        sentences_add(&death->advice, "rule out a leak before you raise its limit: %s", leak);
    }
    advise_limit(result, death, &death->advice);
    if (death->verdict != VERDICT_SLOW && result->recommendation.runtime.setting_count == 0)
        advise_heap(result, trial, death);
}

static void advise_outside(const struct trial *trial, struct death *death) {
    const struct ending *ending = &trial->ending;
    if (ending->scope == SCOPE_HOST && ending->limit_bytes.known)
        sentences_add(&death->advice, "let it have more than %s: --max",
                      quantity_ceil_mi_text(ending->limit_bytes.value).s);
    else if (death->scope == SCOPE_PARENT && ending->limit_path)
        sentences_add(
            &death->advice,
            "its own limit is not what struck: raise that%s of %s, or give less to what else is in it",
            of_size(ending->limit_bytes).s, ending->limit_path);
    else if (death->scope == SCOPE_HOST)
        sentences_add(&death->advice,
                      "its own limit is not what struck: make room on this machine, or run it "
                      "where there is more; a larger limit would not have helped");
}

static void advise_killed(const struct trial *trial, struct death *death) {
    const struct ending *ending = &trial->ending;
    const struct sigkill *kill = &ending->killer;
    if (ending->oom_daemon)
        sentences_add(&death->advice,
                      "its own limit is not what struck: make room on this machine, or give it a request "
                      "that keeps others off; at what point %s kills is told in its configuration",
                      ending->oom_daemon);
    else if (ending->killer_known && kill->by == KILL_BY_CPU_LIMIT)
        sentences_add(&death->advice, "a larger limit does not help: raise its CPU time (ulimit -t)");
    else if (ending->killer_known && sigkill_is_by_engine(kill))
        sentences_add(&death->advice, "a larger limit does not help: whether it was killed or stopped, and "
                                      "when, the engine tells: docker events --since 1h --filter event=kill");
    else if (ending->killer_known && kill->by == KILL_BY_PROCESS)
        sentences_add(&death->advice, "a larger limit does not help: see why %s sent that",
                      kill->by_name[0] ? kill->by_name : "somebody");
}

static void advise_failed(const struct trial *trial, struct death *death) {
    if (trial_find_evidence(trial, "threads"))
        sentences_add(&death->advice,
                      "raise the limit on processes and threads: ulimit -u, or that of its pids "
                      "cgroup (docker --pids-limit); memory is seldom what is missing");
    if (trial_find_evidence(trial, "nested group"))
        sentences_add(&death->advice, "raise the limit that it sets itself, in a group below its own");
}

void advise_trial(const struct result *result, const struct trial *trial, struct death *death) {
    switch (trial->outcome) {
    case OUTCOME_RUNTIME_OOM:
        advise_runtime(result, trial, death);
        return;
    case OUTCOME_OOM:
    case OUTCOME_SLOW:
        advise_own(result, trial, death);
        return;
    case OUTCOME_OUTSIDE_OOM:
        advise_outside(trial, death);
        return;
    case OUTCOME_FAILED:
        advise_failed(trial, death);
        return;
    case OUTCOME_KILLED:
        advise_killed(trial, death);
        return;
    default:
        return;
    }
}
