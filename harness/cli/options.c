#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/limits.h"
#include "output/document.h"
#include "output/emit.h"
#include "output/manifest.h"
#include "trial/launch.h"

#define INTERVAL_MIN_NS  NS_PER_MS
#define INTERVAL_MAX_NS  (60 * NS_PER_S)
#define NODE_MEMORY      (16 * GIB)
#define SUCCESS_CODE_MAX 255
#define MAX_SLOWDOWN     1.05

enum kind {
    KIND_FLAG,
    KIND_TEXT,
    KIND_BYTES,
    KIND_LIMIT,
    KIND_DURATION, /* longer than nothing */
    KIND_DURATION_OR_NONE,
    KIND_COUNT,
    KIND_CUSTOM,
};

struct option {
    const char *name;  /* with its dashes */
    char letter;       /* 0: none */
    const char *value; /* name of its value in the help; NULL: a flag */
    const char *help;
    enum option_group group;
    enum kind kind;
    size_t offset; /* of the field, for all kinds but KIND_CUSTOM */
    /* KIND_CUSTOM: the message starts with the value, as those of the unit parsers do. */
    int (*set)(struct options *options, const char *value, struct error *error);
};

static int set_env(struct options *options, const char *value, struct error *error) {
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return error_plain(error, -EINVAL, "%s: write it as NAME=value", value);
    char **grown = realloc(options->env, (options->env_count + 2) * sizeof *grown);
    if (!grown)
        abort();
    options->env = grown;
    options->env[options->env_count++] =
        (char *)(uintptr_t)value; /* main's argv, which is never written to */
    options->env[options->env_count] = NULL;
    return 0;
}

static int set_user(struct options *options, const char *value, struct error *error) {
    return run_as_parse(value, &options->user, error);
}

static int set_stop_signal(struct options *options, const char *value, struct error *error) {
    const char *name = strncasecmp(value, "SIG", 3) == 0 ? value + 3 : value;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);
        char digits[8];
        snprintf(digits, sizeof digits, "%d", number);
        if ((known && strcasecmp(known, name) == 0) || strcmp(digits, value) == 0) {
            options->stop_signal = number;
            return 0;
        }
    }
    return error_plain(error, -EINVAL, "%s: no such signal; write it as TERM, SIGINT or 15", value);
}

/* One code or a range, "3" or "10-12"; moves *at on. */
static bool read_code_range(const char **at, long *ret_first, long *ret_last) {
    char *end;
    if (!isdigit((unsigned char)**at))
        return false;
    long first = strtol(*at, &end, 10);
    long last = first;
    if (*end == '-') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        last = strtol(end + 1, &end, 10);
    }
    *at = end;
    *ret_first = first;
    *ret_last = last;
    return first <= last && last <= SUCCESS_CODE_MAX;
}

static int set_success(struct options *options, const char *value, struct error *error) {
    bool success[256] = {false};
    for (const char *at = value;; at++) {
        long first;
        long last;
        if (!read_code_range(&at, &first, &last) || (*at != ',' && *at != '\0'))
            return error_plain(error, -EINVAL, "%s: write exit codes as 0,3 or 0,10-12, each up to 255",
                               value);
        for (long code = first; code <= last; code++)
            success[code] = true;
        if (*at == '\0')
            break;
    }
    memcpy(options->success, success, sizeof success);
    return 0;
}

/* A number within bounds; the rest of the text must be `suffix` or nothing. */
static int read_number(const char *value, const char *suffix, double least, double most, double *ret,
                       struct error *error) {
    char *end = NULL;
    double number = strtod(value, &end);
    if (end == value || (*end && strcmp(end, suffix) != 0) || !isfinite(number) || number < least ||
        number > most)
        return error_plain(error, -EINVAL, "%s: give a number from %g to %g", value, least, most);
    *ret = number;
    return 0;
}

static int set_precision(struct options *options, const char *value, struct error *error) {
    return read_number(value, "%", 0.01, 100, &options->precision_percent, error);
}

static int set_headroom(struct options *options, const char *value, struct error *error) {
    if (strcmp(value, "auto") == 0) {
        options->headroom_ratio = UNKNOWN_F64;
        return 0;
    }
    double ratio = 0;
    int code = read_number(value, "x", 1, 10, &ratio, error);
    if (code < 0)
        return error_plain(error, code, "%s: give auto, or a ratio from 1 to 10", value);
    options->headroom_ratio = known_f64(ratio);
    return 0;
}

/* Kubernetes CPU: whole or decimal CPUs, or thousandths with an m. */
static int set_cpu(struct options *options, const char *value, struct error *error) {
    char *end = NULL;
    double cpus = isdigit((unsigned char)*value) ? strtod(value, &end) : 0;
    bool millis = end && strcmp(end, "m") == 0;
    double number = millis ? cpus : cpus * 1000;
    if (!end || (*end && !millis) || number < 1 || number > 1e6 || number != floor(number))
        return error_plain(error, -EINVAL, "%s: give CPUs as 2, 0.5 or 500m", value);
    options->cpu_millis = known_i64((int64_t)number);
    return 0;
}

static int set_role(struct options *options, const char *value, struct error *error) {
    if (!container_role_from_name(value, &options->role))
        return error_plain(error, -EINVAL, "%s: give app, init or sidecar", value);
    return 0;
}

static int set_qos(struct options *options, const char *value, struct error *error) {
    if (strcmp(value, "burstable") != 0 && strcmp(value, "guaranteed") != 0)
        return error_plain(error, -EINVAL, "%s: give burstable or guaranteed", value);
    options->guaranteed = *value == 'g';
    return 0;
}

static int set_max_slowdown(struct options *options, const char *value, struct error *error) {
    options->max_slowdown_given = true;
    return read_number(value, "x", 1, 1000, &options->max_slowdown, error);
}

static int set_strategy(struct options *options, const char *value, struct error *error) {
    if (strcmp(value, "auto") == 0 || strcmp(value, "predict") == 0)
        options->strategy = SEARCH_PREDICT;
    else if (strcmp(value, "bisect") == 0)
        options->strategy = SEARCH_BISECT;
    else if (strcmp(value, "step") == 0)
        options->strategy = SEARCH_STEP;
    else
        return error_plain(error, -EINVAL, "%s: give auto, predict, bisect or step", value);
    return 0;
}

/* A list or range, and at its end perhaps ",none": a run without a limit, to compare the others with. */
static int set_limits(struct options *options, const char *value, struct error *error) {
    size_t length = strlen(value);
    size_t none = strlen(",none");
    options->limits_none = length > none && strcmp(value + length - none, ",none") == 0;
    CLEANUP_FREE char *list = text_copy_bytes(value, options->limits_none ? length - none : length);
    free(options->limits);
    options->limits = NULL;
    options->limit_count = 0;
    return limits_parse(list, &options->limits, &options->limit_count, error);
}

static int set_interval(struct options *options, const char *value, struct error *error) {
    int64_t interval;
    int code = duration_parse(value, &interval, error);
    if (code < 0)
        return code;
    if (interval < INTERVAL_MIN_NS || interval > INTERVAL_MAX_NS)
        return error_plain(error, -EINVAL, "%s: give an interval from 1ms to 60s", value);
    options->interval_ns = interval;
    return 0;
}

static int set_format(struct options *options, const char *value, struct error *error) {
    if (!emitter_find(value)) {
        struct strbuf names = {0};
        for (const struct emitter *emitter = emitters; emitter->name; emitter++)
            strbuf_addf(&names, "%s%s", names.length ? ", " : "", emitter->name);
        error_plain(error, -EINVAL, "%s: no such format; there is: %s", value, strbuf_text(&names));
        strbuf_free(&names);
        return -EINVAL;
    }
    options->format = value;
    return 0;
}

/* As kubectl writes it too: deployment.apps/web. */
static int set_workload(struct options *options, const char *value, struct error *error) {
    const char *slash = strchr(value, '/');
    const struct manifest_kind *kind = slash ? manifest_kind_find(value, strcspn(value, "./")) : NULL;
    if (!kind || !slash[1]) {
        struct strbuf names = {0};
        for (kind = manifest_kinds; kind->name; kind++)
            strbuf_addf(&names, "%s%s", names.length ? ", " : "", kind->name);
        error_plain(error, -EINVAL, "%s: write it as KIND/NAME; kinds are %s", value, strbuf_text(&names));
        strbuf_free(&names);
        return -EINVAL;
    }
    options->workload_kind = kind;
    options->workload = slash + 1;
    return 0;
}

#define FIELD(name) offsetof(struct options, name)

static const struct option table[] = {
    {"--limit", 0, "QUANTITY", "memory limit of the run (default: none)", GROUP_LIMIT, KIND_LIMIT,
     FIELD(limit_bytes), NULL},
    {"--limits", 0, "LIST", "64Mi,96Mi,128Mi or 64Mi..1Gi:x1.25 or 64Mi..1Gi:+32Mi; with ,none at its end",
     GROUP_LIMITS, KIND_CUSTOM, 0, set_limits},
    {"--repeat", 0, "N", "runs at each limit (default 1)", GROUP_LIMITS, KIND_COUNT, FIELD(repeat), NULL},

    {"--precision", 0, "PCT", "widest bracket in percent (default 1)", GROUP_SEARCH, KIND_CUSTOM, 0,
     set_precision},
    {"--confirm", 0, "N", "runs on each side of the bracket (default 3)", GROUP_SEARCH, KIND_COUNT,
     FIELD(confirm), NULL},
    {"--jobs", 0, "N", "so many runs side by side, where they do not disturb each other (default 1)",
     GROUP_SEARCH, KIND_COUNT, FIELD(jobs), NULL},
    {"--strategy", 0, "NAME", "auto, predict, bisect or step (default auto)", GROUP_SEARCH, KIND_CUSTOM, 0,
     set_strategy},

    {"--headroom", 0, "RATIO", "limit over request: auto (1.5 to 2.0, by what was measured) or a ratio",
     GROUP_SIZING, KIND_CUSTOM, 0, set_headroom},
    {"--qos", 0, "CLASS", "burstable or guaranteed (default burstable)", GROUP_SIZING, KIND_CUSTOM, 0,
     set_qos},
    {"--cpu", 0, "CPUS", "CPU for --qos guaranteed, 1.5 or 1500m (default: what it was seen to keep busy)",
     GROUP_SIZING, KIND_CUSTOM, 0, set_cpu},
    {"--container-role", 0, "ROLE", "app, init or sidecar: what the container is to its pod (default app)",
     GROUP_SIZING, KIND_CUSTOM, 0, set_role},
    {"--node-memory", 0, "QUANTITY", "memory of the node, for oom_score_adj (default 16Gi)", GROUP_SIZING,
     KIND_LIMIT, FIELD(node_memory_bytes), NULL},
    {"--prove", 0, "N", "fresh runs at the recommended limit (default 3)", GROUP_SIZING, KIND_COUNT,
     FIELD(prove), NULL},

    {"--name", 0, "NAME", "what to call the target (default: its program)", GROUP_TARGET, KIND_TEXT,
     FIELD(name), NULL},
    {"--env", 0, "K=V", "set a variable for the target; repeatable", GROUP_TARGET, KIND_CUSTOM, 0, set_env},
    {"--cwd", 0, "DIR", "start the target in this folder", GROUP_TARGET, KIND_TEXT, FIELD(cwd), NULL},
    {"--stdin", 0, "FILE", "the target's standard input (default: /dev/null; for run: ours)", GROUP_TARGET,
     KIND_TEXT, FIELD(stdin_path), NULL},
    {"--user", 0, "USER", "run as this user, name or uid[:gid], without other groups or capabilities",
     GROUP_TARGET, KIND_CUSTOM, 0, set_user},
    {"--for", 0, "DUR", "stop a target that never ends; alive until then, it has survived", GROUP_TARGET,
     KIND_DURATION, FIELD(for_ns), NULL},
    {"--timeout", 0, "DUR", "stop a run that takes longer; it has failed", GROUP_TARGET, KIND_DURATION,
     FIELD(timeout_ns), NULL},
    {"--stop-signal", 0, "SIG", "how the target is asked to stop (default TERM)", GROUP_TARGET, KIND_CUSTOM,
     0, set_stop_signal},
    {"--grace", 0, "DUR", "from that signal to SIGKILL (default 2s)", GROUP_TARGET, KIND_DURATION_OR_NONE,
     FIELD(grace_ns), NULL},
    {"--success", 0, "CODES", "exit codes that mean success (default 0)", GROUP_TARGET, KIND_CUSTOM, 0,
     set_success},
    {"--max", 0, "QUANTITY", "never give the target more (default: what the host has free)", GROUP_TARGET,
     KIND_LIMIT, FIELD(max_bytes), NULL},
    {"--swap", 0, "QUANTITY", "swap beside the memory limit (default 0)", GROUP_TARGET, KIND_BYTES,
     FIELD(swap_bytes), NULL},
    {"--no-oom-group", 0, NULL, "let the kernel kill one process, not the whole group (cgroup v2)",
     GROUP_TARGET, KIND_FLAG, FIELD(no_oom_group), NULL},
    {"--interval", 0, "DUR", "time between readings, 1ms to 60s (default 10ms)", GROUP_TARGET, KIND_CUSTOM, 0,
     set_interval},

    {"--max-slowdown", 0, "RATIO", "slower than this, against no limit, is too slow (default 1.05)",
     GROUP_COURSE, KIND_CUSTOM, 0, set_max_slowdown},
    {"--budget", 0, "DUR", "stop after this long, with what has been found so far", GROUP_COURSE,
     KIND_DURATION, FIELD(budget_ns), NULL},
    {"--resume", 0, "DIR", "go on with the run in this folder; --budget and --json hold no more",
     GROUP_COURSE, KIND_TEXT, FIELD(resume), NULL},

    {"--format", 0, "NAME", "one of the above (default kubernetes)", GROUP_EMIT, KIND_CUSTOM, 0, set_format},
    {"--container", 0, "NAME", "of the container (default: after the target)", GROUP_EMIT, KIND_TEXT,
     FIELD(container), NULL},
    {"--workload", 0, "KIND/NAME", "what it is part of, as Deployment/web; patch: look in no other",
     GROUP_EMIT, KIND_CUSTOM, 0, set_workload},
    {"--diff", 0, NULL, "patch: print what would be changed, and change nothing", GROUP_EMIT, KIND_FLAG,
     FIELD(diff), NULL},
    {"--dry-run", 0, NULL, "say what would be removed, remove nothing", GROUP_CLEAN, KIND_FLAG,
     FIELD(dry_run), NULL},

    {"--out", 'o', "DIR", "folder for samples, logs and the result", GROUP_OUTPUT, KIND_TEXT, FIELD(out),
     NULL},
    {"--json", 0, "FILE", "write the result as JSON; - is stdout", GROUP_OUTPUT, KIND_TEXT, FIELD(json),
     NULL},
    {"--quiet", 'q', NULL, "no progress, no closing words", GROUP_OUTPUT, KIND_FLAG, FIELD(quiet), NULL},
    {"--verbose", 'v', NULL, "the evidence behind every outcome", GROUP_OUTPUT, KIND_FLAG, FIELD(verbose),
     NULL},
};
#define TABLE_COUNT (sizeof table / sizeof *table)

static const struct {
    enum option_group group;
    const char *title;
} group_titles[] = {
    {GROUP_LIMIT, "Limit"},   {GROUP_LIMITS, "Limits"}, {GROUP_SEARCH, "Search"},
    {GROUP_SIZING, "Sizing"}, {GROUP_TARGET, "Target"}, {GROUP_EMIT, "Form"},
    {GROUP_CLEAN, "Care"},    {GROUP_COURSE, "Course"}, {GROUP_OUTPUT, "Output"},
};

void options_init(struct options *options) {
    *options = (struct options){
        .stop_signal = SIGTERM,
        .grace_ns = 2 * NS_PER_S,
        .success[0] = true,
        .interval_ns = 10 * NS_PER_MS,
        .precision_percent = 1,
        .confirm = 3,
        .strategy = SEARCH_PREDICT,
        .max_slowdown = MAX_SLOWDOWN,
        .jobs = 1,
        .node_memory_bytes = NODE_MEMORY,
        .prove = 3,
        .repeat = 1,
        .format = "kubernetes",
    };
}

void options_free(struct options *options) {
    free(options->env);
    free(options->limits);
    if (options->begun)
        invocation_free(options->begun);
    free(options->begun);
    *options = (struct options){0};
}

static int set_count(const char *value, int64_t *ret, struct error *error) {
    double number = 0;
    int code = read_number(value, "", 1, 10000, &number, error);
    if (code < 0 || number != floor(number))
        return error_plain(error, -EINVAL, "%s: give a whole number from 1 to 10000", value);
    *ret = (int64_t)number;
    return 0;
}

static int set_positive_duration(const char *value, int64_t *ret, struct error *error) {
    int64_t duration = 0;
    int code = duration_parse(value, &duration, error);
    if (code == 0 && duration == 0)
        return error_plain(error, -EINVAL, "%s: must be longer than nothing", value);
    if (code == 0)
        *ret = duration;
    return code;
}

static int set_option(const struct option *option, struct options *options, const char *value,
                      struct error *error) {
    void *field = (char *)options + option->offset;
    switch (option->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        return 0;
    case KIND_TEXT:
        if (!*value)
            return error_plain(error, -EINVAL, "(empty): give a %s", option->value);
        *(const char **)field = value;
        return 0;
    case KIND_BYTES:
        return quantity_parse(value, field, error);
    case KIND_LIMIT:
        return limit_parse(value, field, error);
    case KIND_DURATION:
        return set_positive_duration(value, field, error);
    case KIND_DURATION_OR_NONE:
        return duration_parse(value, field, error);
    case KIND_COUNT:
        return set_count(value, field, error);
    case KIND_CUSTOM:
        return option->set(options, value, error);
    }
    return -EINVAL;
}

/* Levenshtein distance, for short words. */
static size_t distance(const char *a, const char *b) {
    size_t row[64];
    size_t length = strlen(b);
    if (length >= 64)
        return 64;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t up = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = up + 1 < best ? up + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[length];
}

const char *options_nearest(const char *word, const char *const *known, size_t count) {
    const char *nearest = NULL;
    size_t least = 3; /* farther than two letters off is another word */
    for (size_t i = 0; i < count; i++) {
        size_t here = distance(word, known[i]);
        if (here < least && here < strlen(known[i])) {
            least = here;
            nearest = known[i];
        }
    }
    return nearest;
}

static int unknown_option(const struct command *command, const char *name, struct error *error) {
    const char *names[TABLE_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (strcmp(table[i].name, name) == 0) {
            error_plain(error, -EINVAL, "%s: not an option of plimsoll %s", name, command->name);
            error_hint(error, "plimsoll %s --help lists them", command->name);
            return -EINVAL;
        }
        if (table[i].group & command->groups)
            names[count++] = table[i].name;
    }
    const char *nearest = options_nearest(name, names, count);
    error_plain(error, -EINVAL, "%s: unknown option%s%s%s", name, nearest ? "; did you mean " : "",
                nearest ? nearest : "", nearest ? "?" : "");
    error_hint(error, "plimsoll %s --help lists them", command->name);
    return -EINVAL;
}

static const struct option *find_option(const struct command *command, const char *argument, size_t length) {
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (!(table[i].group & command->groups))
            continue;
        if (strlen(table[i].name) == length && strncmp(table[i].name, argument, length) == 0)
            return &table[i];
        if (length == 2 && table[i].letter && argument[1] == table[i].letter && argument[0] == '-')
            return &table[i];
    }
    return NULL;
}

/* Parses one option and its value; returns how many arguments it took, or a negative errno. */
static int parse_one(const struct command *command, char **argv, struct options *options,
                     struct error *error) {
    const char *argument = argv[0];
    bool is_long = argument[1] == '-';
    size_t length = is_long ? strcspn(argument, "=") : strlen(argument);
    const struct option *option = find_option(command, argument, length);
    if (!option) {
        CLEANUP_FREE char *name = text_copy_bytes(argument, length);
        return unknown_option(command, name, error);
    }
    bool joined = is_long && argument[length] == '=';
    if (!option->value && joined)
        return error_plain(error, -EINVAL, "%s: takes no value", option->name);
    if (option->value && !joined && !argv[1])
        return error_plain(error, -EINVAL, "%s: needs a value (%s)", option->name, option->value);
    const char *value = "";
    if (option->value)
        value = joined ? argument + length + 1 : argv[1];
    int taken = option->value && !joined ? 2 : 1;
    struct error inner = {0};
    int code = set_option(option, options, value, &inner);
    if (code < 0)
        return error_plain(error, code, "%s %s", option->name, inner.what);
    if (!options->measures && (option->group == GROUP_TARGET || option->set == set_limits))
        options->measures = option->name;
    return taken;
}

/* Options that do not go together. */
static int check_together(const struct options *options, struct error *error) {
    if (options->quiet && options->verbose)
        return error_plain(error, -EINVAL, "--quiet and --verbose contradict each other; give one");
    if (options->for_ns && options->timeout_ns && options->timeout_ns <= options->for_ns)
        return error_plain(error, -EINVAL,
                           "--timeout %s is not longer than --for %s: every run would fail; give one of them",
                           duration_text(options->timeout_ns).s, duration_text(options->for_ns).s);
    if (options->max_bytes && options->limit_bytes > options->max_bytes)
        return error_plain(error, -EINVAL, "--limit %s is above --max %s",
                           quantity_text(options->limit_bytes).s, quantity_text(options->max_bytes).s);
    if (options->max_bytes && options->limit_count &&
        options->limits[options->limit_count - 1] > options->max_bytes)
        return error_plain(error, -EINVAL, "--limits go up to %s, above --max %s",
                           quantity_text(options->limits[options->limit_count - 1]).s,
                           quantity_text(options->max_bytes).s);
    if (options->cpu_millis.known && !options->guaranteed)
        return error_plain(error, -EINVAL, "--cpu means nothing without --qos guaranteed");
    if (options->resume && options->out)
        return error_plain(error, -EINVAL,
                           "--out and --resume contradict each other: a run goes on in its own folder; "
                           "give one");
    return 0;
}

/* What a command cannot do without; a run that is resumed has it already. */
static int check_there(const struct command *command, const struct options *options, struct error *error) {
    if (options->resume)
        return 0;
    if (command->takes_target && !options->argv[0]) {
        error_plain(error, -EINVAL, "no target: give the command to run");
        error_hint(error, "plimsoll %s %s", command->name, command->synopsis);
        return -EINVAL;
    }
    if (command->groups & GROUP_LIMITS && options->limit_count == 0)
        return error_plain(error, -EINVAL,
                           "--limits is missing; give a list, as in --limits 64Mi,96Mi,128Mi");
    return 0;
}

int options_parse(const struct command *command, int argc, char **argv, struct options *ret,
                  struct error *error) {
    int at = 0;
    int operands = 0; /* of a command without a target; they are moved to the front of argv */
    ret->arguments = argv;
    while (at < argc) {
        const char *argument = argv[at];
        if (strcmp(argument, "--") == 0) {
            at++;
            break;
        }
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            ret->help = true;
            return 0;
        }
        if (argument[0] != '-' || argument[1] == '\0') {
            if (command->takes_target)
                break; /* it begins here, and all that follows is its own */
            argv[operands++] = argv[at++];
            continue;
        }
        int taken = parse_one(command, argv + at, ret, error);
        if (taken < 0)
            return taken;
        at += taken;
    }
    ret->argv = argv + at;
    if (!command->takes_target) {
        while (at < argc)
            argv[operands++] = argv[at++];
        argv[operands] = NULL;
        ret->argv = argv;
        if (operands > command->most_arguments)
            return error_plain(error, -EINVAL, "%s: one argument too many", argv[command->most_arguments]);
    }
    int code = check_there(command, ret, error);
    return code < 0 ? code : check_together(ret, error);
}

void options_print_help(const struct command *command) {
    printf("plimsoll %s: %s\n\nUsage: plimsoll %s %s\n", command->name, command->summary, command->name,
           command->synopsis);
    if (command->details)
        printf("\n%s\n", command->details);
    for (size_t g = 0; g < sizeof group_titles / sizeof *group_titles; g++) {
        if (!(command->groups & group_titles[g].group))
            continue;
        printf("\n%s:\n", group_titles[g].title);
        for (size_t i = 0; i < TABLE_COUNT; i++) {
            if (table[i].group != group_titles[g].group)
                continue;
            printf("  %-4s%-16s %-9s %s\n", table[i].letter ? (char[]){'-', table[i].letter, ',', '\0'} : "",
                   table[i].name, table[i].value ? table[i].value : "", table[i].help);
        }
    }
    printf(
        "\nExample:\n  %s\n\nQuantities are 512Mi, 1.5Gi, 100M, 1e9; durations are 500ms, 10s, 5m, 1h30m.\n",
        command->example);
}
