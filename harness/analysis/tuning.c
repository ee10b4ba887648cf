#include "analysis/tuning.h"

#include <stdio.h>
#include <string.h>

#include "analysis/pace.h"
#include "analysis/stats.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

/* Room outside the heap. */
#define OUTSIDE_SHARE       0.25
#define OUTSIDE_LEAST_BYTES (32 * MIB)
#define OUTSIDE_MARGIN      1.25

#define GO_SHARE           0.9
#define DOTNET_LEAST_BYTES (20 * MIB)
#define ARENAS             "2"

/* HotSpot's heap when nothing is said, in ergonomics of 8u191 to 23: half of little memory, a quarter of
 * much, and between them 96 MiB times 1.3 for 64 bits. */
#define JVM_PLAIN_BYTES (96 * MIB * 13 / 10)

/* From so many threads on arenas of their own are worth a try: by judgement. */
#define THREADS_MANY 5

/* A JVM that dies of a full heap while less than this of its limit is in use had too small a part of it. */
#define HEAP_BOUND_SHARE 0.75

/* Beyond this many runs at one limit there is nothing to be learnt. */
#define RUNS_MAX 32

/* ---- what the target sets itself ---- */

/* Where each runtime is told how much it may take: variables, and words within them or on a command line. */
static const struct {
    enum runtime runtime;
    const char *variables[5];
    const char *words[5];
} own_settings[] = {
    {RUNTIME_JVM,
     {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS"},
     {"-Xmx", "MaxRAM", "MinRAM", "MaxHeapSize"}},
    {RUNTIME_NODE,
     {"NODE_OPTIONS"},
     {"max-old-space-size", "max_old_space_size", "max-heap-size", "max_heap_size"}},
    {RUNTIME_GO, {"GOMEMLIMIT"}, {"GOMEMLIMIT"}},
    {RUNTIME_DOTNET,
     {"DOTNET_GCHeapHardLimit", "DOTNET_GCHeapHardLimitPercent", "COMPlus_GCHeapHardLimit",
      "COMPlus_GCHeapHardLimitPercent"},
     {"GCHeapHardLimit"}},
    {RUNTIME_PYTHON, {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"}, {"MALLOC_ARENA_MAX", "arena_max"}},
    {RUNTIME_RUBY, {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"}, {"MALLOC_ARENA_MAX", "arena_max"}},
    {RUNTIME_PHP, {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"}, {"MALLOC_ARENA_MAX", "arena_max"}},
};

/* "NAME=value" as the target gets it: of a list the last; NULL where it does not. */
static const char *find_variable(const struct tuning_input *input, const char *name) {
    const char *value = text_variable(input->environments[0], name);
    if (!value)
        value = text_variable(input->environments[1], name);
    return value ? value - strlen(name) - 1 : NULL;
}

static const char *find_word(const char *const *words, const char *text) {
    for (; text && *words; words++)
        if (strstr(text, *words))
            return *words;
    return NULL;
}

const char *tuning_own_setting(const struct tuning_input *input) {
    for (size_t i = 0; i < sizeof own_settings / sizeof *own_settings; i++) {
        if (own_settings[i].runtime != input->runtime)
            continue;
        const char *word = NULL;
        for (const char *const *name = own_settings[i].variables; !word && *name; name++)
            word = find_word(own_settings[i].words, find_variable(input, *name));
        for (char *const *argument = input->argv; !word && argument && *argument; argument++)
            word = find_word(own_settings[i].words, *argument);
        return word;
    }
    return NULL;
}

enum runtime tuning_find_runtime(const struct trial *trials, size_t count) {
    const struct trial *profile = result_profile(trials, count);
    if (profile && profile->runtime != RUNTIME_NONE)
        return profile->runtime;
    for (size_t i = 0; i < count; i++)
        if (trials[i].runtime != RUNTIME_NONE)
            return trials[i].runtime;
    return RUNTIME_NONE;
}

/* ---- the rules ---- */

/* Of little memory half is left at least, so that there is a heap at all. */
static int64_t room_outside_heap(int64_t limit_bytes) {
    int64_t room = (int64_t)((double)limit_bytes * OUTSIDE_SHARE);
    if (room < OUTSIDE_LEAST_BYTES)
        room = OUTSIDE_LEAST_BYTES;
    return room < limit_bytes / 2 ? room : limit_bytes / 2;
}

static bool jvm_is_small(int64_t limit_bytes) {
    return limit_bytes / 2 < JVM_PLAIN_BYTES;
}

static int64_t jvm_default_heap(int64_t limit_bytes) {
    if (jvm_is_small(limit_bytes))
        return limit_bytes / 2;
    return limit_bytes / 4 > JVM_PLAIN_BYTES ? limit_bytes / 4 : JVM_PLAIN_BYTES;
}

/* Its heap was no larger than its default, so what it needed beyond that lies outside it. */
static int64_t jvm_seen_outside_heap(const struct tuning_input *input) {
    int64_t most = 0;
    for (size_t i = 0; i < input->trial_count; i++) {
        const struct trial *trial = &input->trials[i];
        if (!trial_lived(trial) || trial->tuned || !trial->limit_bytes.known || !trial->needed_bytes.known)
            continue;
        int64_t outside = trial->needed_bytes.value - jvm_default_heap(trial->limit_bytes.value);
        if (outside > most)
            most = outside;
    }
    return most;
}

/* The options that are there already stay in front. */
static void add_options(const struct tuning_input *input, const char *variable, const char *options,
                        struct runtime_advice *advice) {
    const char *there = find_variable(input, variable);
    const char *before = there ? there + strlen(variable) + 1 : "";
    CLEANUP_FREE char *value = text_format("%s%s%s", before, *before ? " " : "", options);
    runtime_advice_add(advice, variable, value);
}

static void advise_jvm(const struct tuning_input *input, struct runtime_advice *advice) {
    int64_t limit = input->limit_bytes;
    int64_t room = room_outside_heap(limit);
    int64_t seen = (int64_t)((double)jvm_seen_outside_heap(input) * OUTSIDE_MARGIN);
    if (seen > room)
        room = seen < limit * 3 / 4 ? seen : limit * 3 / 4;
    int percent = (int)((limit - room) * 100 / limit);
    char options[96];
    int length = snprintf(options, sizeof options, "-XX:MaxRAMPercentage=%d.0", percent);
    if (jvm_is_small(limit))
        snprintf(options + length, sizeof options - (size_t)length, " -XX:MinRAMPercentage=%d.0", percent);
    add_options(input, "JAVA_TOOL_OPTIONS", options, advice);
}

static void advise_node(const struct tuning_input *input, struct runtime_advice *advice) {
    int64_t heap = input->limit_bytes - room_outside_heap(input->limit_bytes);
    char option[64];
    snprintf(option, sizeof option, "--max-old-space-size=%lld", (long long)(heap / MIB));
    add_options(input, "NODE_OPTIONS", option, advice);
}

static void advise_go(const struct tuning_input *input, struct runtime_advice *advice) {
    char value[32];
    snprintf(value, sizeof value, "%lldMiB",
             (long long)((double)input->limit_bytes * GO_SHARE / (double)MIB));
    runtime_advice_add(advice, "GOMEMLIMIT", value);
}

static void advise_dotnet(const struct tuning_input *input, struct runtime_advice *advice) {
    int64_t heap = input->limit_bytes - room_outside_heap(input->limit_bytes);
    if (heap < DOTNET_LEAST_BYTES)
        heap = DOTNET_LEAST_BYTES;
    char value[32];
    snprintf(value, sizeof value, "0x%llX", (unsigned long long)heap);
    runtime_advice_add(advice, "DOTNET_GCHeapHardLimit", value);
}

/* The few that a runtime begins for itself have little to free. */
static bool is_threaded(const struct tuning_input *input) {
    const struct trial *profile = result_profile(input->trials, input->trial_count);
    return profile && known_or(profile->tasks_most, 0) >= THREADS_MANY;
}

/* With one CPU there are few arenas to begin with. */
static void advise_arenas(const struct tuning_input *input, struct runtime_advice *advice) {
    if (input->cpus > 1 && is_threaded(input))
        runtime_advice_add(advice, "MALLOC_ARENA_MAX", ARENAS);
}

void tuning_advise(const struct tuning_input *input, struct runtime_advice *ret) {
    struct runtime_advice advice = {.runtime = input->runtime};
    bool free_to_choose = input->limit_bytes > 0 && !tuning_own_setting(input);
    switch (free_to_choose ? input->runtime : RUNTIME_NONE) {
    case RUNTIME_JVM:
        advise_jvm(input, &advice);
        break;
    case RUNTIME_NODE:
        advise_node(input, &advice);
        break;
    case RUNTIME_GO:
        advise_go(input, &advice);
        break;
    case RUNTIME_DOTNET:
        advise_dotnet(input, &advice);
        break;
    case RUNTIME_PYTHON:
    case RUNTIME_RUBY:
    case RUNTIME_PHP:
        advise_arenas(input, &advice);
        break;
    case RUNTIME_NONE:
    case RUNTIME_COUNT:
        break;
    }
    *ret = advice;
}

/* ---- the verdict ---- */

/* One side of the comparison: the runs that lived. */
struct side {
    int64_t times_ns[RUNS_MAX];
    size_t count;
    struct known_i64 needed_least;
    struct known_i64 needed_most;
};

static void add_run(struct side *side, const struct trial *trial) {
    if (side->count < RUNS_MAX)
        side->times_ns[side->count++] = trial_pace_ns(trial);
    known_raise(&side->needed_most, trial->needed_bytes);
    if (trial->needed_bytes.known &&
        (!side->needed_least.known || trial->needed_bytes.value < side->needed_least.value))
        side->needed_least = trial->needed_bytes;
}

static int64_t longest(const struct side *side) {
    int64_t most = side->times_ns[0];
    for (size_t i = 1; i < side->count; i++)
        most = side->times_ns[i] > most ? side->times_ns[i] : most;
    return most;
}

static int64_t shortest(const struct side *side) {
    int64_t least = side->times_ns[0];
    for (size_t i = 1; i < side->count; i++)
        least = side->times_ns[i] < least ? side->times_ns[i] : least;
    return least;
}

/* Is every run of `slow` slower than every run of `fast`, by more than times differ anyway? */
static bool is_slower(const struct side *slow, const struct side *fast) {
    int64_t excess_ns = shortest(slow) - longest(fast);
    return excess_ns > PACE_TIME_LEAST_NS &&
           (double)shortest(slow) > (double)longest(fast) * TUNING_TIME_RATIO;
}

static bool needs_more(const struct side *more, const struct side *less) {
    return more->needed_least.known && less->needed_most.known &&
           (double)more->needed_least.value > (double)less->needed_most.value * TUNING_NEED_RATIO;
}

/* What is kept though nothing was gained: heaps have a limit of their own then, the number of arenas is none.
 */
static bool is_protection(const struct runtime_advice *advice) {
    return advice->setting_count > 0 && strcmp(advice->settings[0].name, "MALLOC_ARENA_MAX") != 0;
}

/* Fewer arenas make nothing faster: where it was, the machine was. */
static enum tuning_verdict compare(const struct runtime_advice *advice, const struct side *with,
                                   const struct side *without) {
    if (is_slower(with, without))
        return TUNING_SLOWER;
    /* However fast: the request was taken from runs without. */
    if (needs_more(with, without))
        return TUNING_NEEDS_MORE;
    bool gains_time = is_protection(advice) && is_slower(without, with);
    return gains_time || needs_more(without, with) ? TUNING_GAIN : TUNING_EVEN;
}

enum tuning_verdict tuning_judge(const struct trial *trials, size_t count, int64_t limit_bytes,
                                 struct runtime_advice *advice) {
    struct side with = {0};
    struct side without = {0};
    advice->tried_runs = 0;
    advice->tried_ooms = 0;
    for (size_t i = 0; i < count; i++) {
        const struct trial *trial = &trials[i];
        if (trial->purpose != PURPOSE_VERIFY || known_or(trial->limit_bytes, 0) != limit_bytes)
            continue;
        if (trial->tuned) {
            advice->tried_runs += trial_lived(trial) || trial_died(trial);
            advice->tried_ooms += trial_died(trial);
        }
        if (trial_lived(trial))
            add_run(trial->tuned ? &with : &without, trial);
    }
    advice->needed_bytes = with.needed_most;
    advice->needed_without_bytes = without.needed_most;
    advice->time_ratio = UNKNOWN_F64;
    if (advice->tried_ooms > 0)
        return TUNING_DIED;
    if (with.count < TUNING_RUNS || without.count == 0)
        return TUNING_UNTRIED;
    enum tuning_verdict verdict = compare(advice, &with, &without);
    int64_t usual = stats_median_i64(without.times_ns, without.count);
    if (usual > 0)
        advice->time_ratio = known_f64((double)stats_median_i64(with.times_ns, with.count) / (double)usual);
    return verdict;
}

/* "NAME=value NAME=value", as a shell would take it. Caller frees. */
static char *settings_text(const struct runtime_advice *advice) {
    struct strbuf text = {0};
    for (size_t i = 0; i < advice->setting_count; i++) {
        strbuf_addf(&text, "%s%s=", i ? " " : "", advice->settings[i].name);
        text_add_shell_quoted(&text, advice->settings[i].value);
    }
    return text.text ? text.text : text_copy("");
}

/* ---- a heap that is a part of the limit only ---- */

struct known_i64 tuning_heap_bound_limit(const struct trial *trials, size_t count, enum runtime runtime,
                                         const struct oom_point *oom_point) {
    if (runtime != RUNTIME_JVM || oom_point->dies_as != OUTCOME_RUNTIME_OOM ||
        !oom_point->survives_bytes.known)
        return UNKNOWN_I64;
    int64_t limit = oom_point->survives_bytes.value;
    struct known_i64 needed = UNKNOWN_I64;
    for (size_t i = 0; i < count; i++)
        if (trial_lived(&trials[i]) && !trials[i].tuned && known_or(trials[i].limit_bytes, 0) == limit)
            known_raise(&needed, trials[i].needed_bytes);
    bool filled = !needed.known || (double)needed.value > (double)limit * HEAP_BOUND_SHARE;
    return filled ? UNKNOWN_I64 : oom_point->ooms_bytes;
}

void tuning_tell_heap_bound(int64_t limit_bytes, struct recommendation *recommendation) {
    const struct runtime_advice *advice = &recommendation->runtime;
    CLEANUP_FREE char *settings = settings_text(advice);
    recommendation_reason(recommendation,
                          "At %s, where it died of a full heap with memory to spare, it lives with %s: sized "
                          "again with that (--env) it may do with a lower limit.",
                          bytes_text(limit_bytes).s, settings);
}

/* ---- telling ---- */

static void drop_settings(struct runtime_advice *advice) {
    struct runtime_advice kept = *advice;
    runtime_advice_free(advice);
    kept.setting_count = 0;
    memset(kept.settings, 0, sizeof kept.settings);
    *advice = kept;
}

/* "needs 41.0 MiB instead of 58.0 MiB at the same limit (0.71x), in 1.02x the time" */
static void add_comparison(const struct runtime_advice *advice, struct strbuf *text) {
    int64_t with = known_or(advice->needed_bytes, 0);
    int64_t without = known_or(advice->needed_without_bytes, 0);
    strbuf_addf(text, "needs %s instead of %s at the same limit", bytes_text(with).s, bytes_text(without).s);
    if (without > 0)
        strbuf_addf(text, " (%.2fx)", (double)with / (double)without);
    if (advice->time_ratio.known)
        strbuf_addf(text, ", in %.2fx the time", advice->time_ratio.value);
}

void tuning_conclude(enum tuning_verdict verdict, struct recommendation *recommendation) {
    struct runtime_advice *advice = &recommendation->runtime;
    if (advice->setting_count == 0)
        return;
    CLEANUP_FREE char *settings = settings_text(advice);
    struct strbuf compared = {0};
    add_comparison(advice, &compared);
    bool kept = verdict == TUNING_GAIN || (verdict == TUNING_EVEN && is_protection(advice));
    switch (verdict) {
    case TUNING_GAIN:
        recommendation_reason(recommendation, "With %s it %s.", settings, strbuf_text(&compared));
        break;
    case TUNING_EVEN:
        recommendation_reason(recommendation, "With %s nothing changed beyond chance%s.", settings,
                              kept ? ", but it collects its garbage before the kernel kills it"
                                   : ": it is left unset");
        break;
    case TUNING_DIED:
        recommendation_warn(recommendation, "With %s it died at the recommended limit: leave that unset.",
                            settings);
        break;
    case TUNING_SLOWER:
        recommendation_warn(recommendation, "With %s it %s: leave that unset.", settings,
                            strbuf_text(&compared));
        break;
    case TUNING_NEEDS_MORE:
        recommendation_warn(recommendation,
                            "With %s it %s, for which the request is not meant: leave that unset, or size it "
                            "again with that (--env).",
                            settings, strbuf_text(&compared));
        break;
    case TUNING_UNTRIED:
        recommendation_warn(recommendation, "%s may suit it, but was not tried.", settings);
        break;
    }
    strbuf_free(&compared);
    if (!kept)
        drop_settings(advice);
}
