#include "cli/option_table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/gate_judge.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/limits.h"
#include "output/emit.h"
#include "output/manifest.h"
#include "trial/engine.h"
#include "trial/fetch_forms.h"
#include "trial/launch.h"
#include "trial/load_output.h"
#include "trial/ready.h"

#define INTERVAL_MIN_NS  NS_PER_MS
#define INTERVAL_MAX_NS  (60 * NS_PER_S)
#define SUCCESS_CODE_MAX 255

/* Appends to a NULL-terminated list that may be NULL. The value is main's argv, which is never written to. */
static void append(char ***list, const char *value) {
    size_t count = 0;
    while (*list && (*list)[count])
        count++;
    char **grown = realloc(*list, (count + 2) * sizeof *grown);
    if (!grown)
        abort();
    grown[count] = (char *)(uintptr_t)value;
    grown[count + 1] = NULL;
    *list = grown;
}

static int set_env(struct options *options, const char *value, struct error *error) {
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return error_plain(error, -EINVAL, "%s: write it as NAME=value", value);
    append(&options->env, value);
    return 0;
}

/* A name that begins with a dash would be an option of the engine's. */
static int set_image(struct options *options, const char *value, struct error *error) {
    if (!*value)
        return error_plain(error, -EINVAL, "(empty): give an IMAGE");
    if (*value == '-' || strpbrk(value, " \t"))
        return error_plain(error, -EINVAL, "%s: not the name of an image; give one as in redis:7", value);
    options->image = value;
    return 0;
}

static int set_engine(struct options *options, const char *value, struct error *error) {
    for (const char *const *name = engine_names; *name; name++) {
        if (strcmp(*name, value) == 0) {
            options->engine = value;
            return 0;
        }
    }
    return error_plain(error, -EINVAL, "%s: no such engine; give docker, podman or nerdctl", value);
}

static int set_container(struct options *options, const char *value, struct error *error) {
    if (!*value || *value == '-')
        return error_plain(error, -EINVAL, "%s: not the name of a container", *value ? value : "(empty)");
    options->container = value;
    return 0;
}

static int set_docker(struct options *options, const char *value, struct error *error) {
    if (!*value || *value == '-')
        return error_plain(error, -EINVAL, "%s: not the name of a container", *value ? value : "(empty)");
    options->docker = value;
    return 0;
}

/* NAME, or NAMESPACE/NAME; what is no such name could be taken for an option or for a list. */
static int set_pod(struct options *options, const char *value, struct error *error) {
    const char *slash = strchr(value, '/');
    const char *name = slash ? slash + 1 : value;
    if (!fetch_is_kubernetes_name(name, strlen(name)) ||
        (slash && !fetch_is_kubernetes_name(value, (size_t)(slash - value))))
        return error_plain(error, -EINVAL, "%s: not the name of a pod; give NAME or NAMESPACE/NAME",
                           *value ? value : "(empty)");
    options->pod = value;
    return 0;
}

static int set_namespace(struct options *options, const char *value, struct error *error) {
    if (!fetch_is_kubernetes_name(value, strlen(value)))
        return error_plain(error, -EINVAL, "%s: not the name of a namespace", *value ? value : "(empty)");
    options->space = value;
    return 0;
}

static int set_publish(struct options *options, const char *value, struct error *error) {
    if (!*value)
        return error_plain(error, -EINVAL, "(empty): give a port, as in 8080:80");
    append(&options->publish, value);
    return 0;
}

static int set_volume(struct options *options, const char *value, struct error *error) {
    if (!*value)
        return error_plain(error, -EINVAL, "(empty): give a volume, as in /data:/var/lib/data");
    append(&options->volumes, value);
    return 0;
}

static int set_stop_signal(struct options *options, const char *value, struct error *error) {
    const char *name = strncasecmp(value, "SIG", 3) == 0 ? value + 3 : value;
    for (int number = 1; number < NSIG; number++) {
        const char *known = sigabbrev_np(number);
        char digits[8];
        snprintf(digits, sizeof digits, "%d", number);
        if ((known && strcasecmp(known, name) == 0) || strcmp(digits, value) == 0) {
            options->stop_signal = number;
            options->stop_signal_given = true;
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

static int set_ready(struct options *options, const char *value, struct error *error) {
    int code = ready_parse(value, &options->service.ready, error);
    if (code == 0)
        options->ready = value;
    return code;
}

void option_free_load_steps(struct options *options) {
    for (char **step = options->load_steps; step && *step; step++)
        free(*step);
    free(options->load_steps);
    options->load_steps = NULL;
}

/* "10,50,100" */
static int set_load_steps(struct options *options, const char *value, struct error *error) {
    size_t count = 1;
    for (const char *at = value; *at; at++)
        count += *at == ',';
    if (!*value || *value == ',' || strstr(value, ",,") || value[strlen(value) - 1] == ',')
        return error_plain(error, -EINVAL, "%s: write the steps as 10,50,100", value);
    option_free_load_steps(options);
    options->load_steps = calloc(count + 1, sizeof *options->load_steps);
    if (!options->load_steps)
        abort();
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(value, ",");
        options->load_steps[i] = text_copy_bytes(value, length);
        value += length + (value[length] == ',');
    }
    options->service.steps = (const char *const *)options->load_steps;
    options->service.step_count = count;
    return 0;
}

static int set_load_format(struct options *options, const char *value, struct error *error) {
    const struct load_reading reading = {.format = value};
    int code = load_reading_check(&reading, error);
    if (code == 0)
        options->service.reading.format = value;
    return code;
}

static int set_load_rate(struct options *options, const char *value, struct error *error) {
    const struct load_reading reading = {.rate = value};
    int code = load_reading_check(&reading, error);
    if (code == 0)
        options->service.reading.rate = value;
    return code;
}

static int set_cooldown(struct options *options, const char *value, struct error *error) {
    options->cooldown_given = true;
    return duration_parse(value, &options->service.cooldown_ns, error);
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
    options->squeeze = strcmp(value, "squeeze") == 0;
    if (strcmp(value, "auto") == 0 || strcmp(value, "predict") == 0 || options->squeeze)
        options->strategy = SEARCH_PREDICT;
    else if (strcmp(value, "bisect") == 0)
        options->strategy = SEARCH_BISECT;
    else if (strcmp(value, "step") == 0)
        options->strategy = SEARCH_STEP;
    else
        return error_plain(error, -EINVAL, "%s: give auto, predict, bisect, step or squeeze", value);
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
    options->interval_given = true;
    return 0;
}

static int set_measure(struct options *options, const char *value, struct error *error) {
    static const char *const names[] = {
        [BY_WHAT_IS_THERE] = "auto", [BY_CGROUP] = "cgroup", [BY_PROCESSES] = "processes"};
    int found = text_index(names, sizeof names / sizeof *names, value);
    if (found < 0)
        return error_plain(error, -EINVAL, "%s: give auto, cgroup or processes", value);
    options->measured_by = (enum measured_by)found;
    return 0;
}

static int set_pid(struct options *options, const char *value, struct error *error) {
    double number = 0;
    int code = read_number(value, "", 1, INT32_MAX, &number, error);
    if (code < 0 || number != floor(number))
        return error_plain(error, -EINVAL, "%s: give the number of a process", value);
    options->pid = (int64_t)number;
    return 0;
}

/* "headroom (ROOM)", and the head alone where it is no other word. */
static void add_order(struct strbuf *names, enum row_order order) {
    const char *name = row_order_name(order);
    const char *head = row_order_head(order);
    strbuf_addf(names, "%s%s", names->length ? ", " : "", name);
    if (strcasecmp(name, head) != 0)
        strbuf_addf(names, " (%s)", head);
}

static int set_order(struct options *options, const char *value, struct error *error) {
    if (!row_order_from_name(value, &options->order)) {
        struct strbuf names = {0};
        for (int order = 0; order < ORDER_COUNT; order++)
            add_order(&names, (enum row_order)order);
        error_plain(error, -EINVAL, "%s: no such column; there is: %s", value, strbuf_text(&names));
        strbuf_free(&names);
        return -EINVAL;
    }
    options->order_given = true;
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

/* "needed", "peak" or both between commas */
static int set_metric(struct options *options, const char *value, struct error *error) {
    unsigned metrics = 0;
    for (const char *at = value;; at++) {
        size_t length = strcspn(at, ",");
        bool needed = length == 6 && strncmp(at, "needed", length) == 0;
        if (!needed && (length != 4 || strncmp(at, "peak", length) != 0))
            return error_plain(error, -EINVAL, "%s: give needed, peak or needed,peak", value);
        metrics |= 1U << (needed ? JUDGE_NEEDED : JUDGE_PEAK);
        at += length;
        if (!*at)
            break;
    }
    options->metrics = metrics;
    return 0;
}

static int set_threshold(struct options *options, const char *value, struct error *error) {
    return read_number(value, "%", 0, 1000, &options->threshold_percent, error);
}

static int set_some_runs(const char *value, int64_t *ret, struct error *error) {
    double number = 0;
    int code = read_number(value, "", 1, COMPARE_VALUES_MAX, &number, error);
    if (code < 0 || number != floor(number))
        return error_plain(error, -EINVAL, "%s: give a whole number from 1 to %d", value, COMPARE_VALUES_MAX);
    *ret = (int64_t)number;
    return 0;
}

static int set_runs(struct options *options, const char *value, struct error *error) {
    return set_some_runs(value, &options->runs, error);
}

static int set_max_runs(struct options *options, const char *value, struct error *error) {
    return set_some_runs(value, &options->max_runs, error);
}

/* No run can exclude growth of every size. */
static int set_budget_growth(struct options *options, const char *value, struct error *error) {
    int64_t bytes = 0;
    int code = quantity_parse(value, &bytes, error);
    if (code == 0 && bytes == 0)
        return error_plain(error, -EINVAL, "%s: no run can exclude every growth; give more than 0", value);
    if (code == 0)
        options->budget_growth = bytes;
    return code;
}

#define FIELD(name) offsetof(struct options, name)

const struct option option_table[] = {
    {"--limit", 0, "QUANTITY", "memory limit of the run (default: none)", GROUP_LIMIT, KIND_LIMIT,
     FIELD(limit_bytes), NULL},
    {"--series", 0, "FILE",
     "judge what was recorded elsewhere, run nothing; - is stdin; --limit is what it fills", GROUP_LEAK,
     KIND_TEXT, FIELD(series), NULL},
    {"--limits", 0, "LIST", "64Mi,96Mi,128Mi or 64Mi..1Gi:x1.25 or 64Mi..1Gi:+32Mi; with ,none at its end",
     GROUP_LIMITS, KIND_CUSTOM, 0, set_limits},
    {"--repeat", 0, "N", "runs at each limit (default 1)", GROUP_LIMITS, KIND_COUNT, FIELD(repeat), NULL},

    {"--precision", 0, "PCT", "widest bracket in percent (default 1)", GROUP_SEARCH, KIND_CUSTOM, 0,
     set_precision},
    {"--confirm", 0, "N", "runs on each side of the bracket (default 3)", GROUP_SEARCH, KIND_COUNT,
     FIELD(confirm), NULL},
    {"--jobs", 0, "N", "so many runs side by side, where they do not disturb each other (default 1)",
     GROUP_SEARCH, KIND_COUNT, FIELD(jobs), NULL},
    {"--strategy", 0, "NAME",
     "auto, predict, bisect, step, or squeeze: lower a server's limit live first (default auto)",
     GROUP_SEARCH, KIND_CUSTOM, 0, set_strategy},

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
    {"--prove", 0, "N", "fresh runs at the recommended limit (default 3)", GROUP_PROVE, KIND_COUNT,
     FIELD(prove), NULL},

    {"--config", 0, "FILE",
     "a scenario: options and target as JSON; what is said here too is taken from here", GROUP_TARGET,
     KIND_TEXT, FIELD(config), NULL},
    {"--name", 0, "NAME", "what to call the target (default: its program)", GROUP_TARGET, KIND_TEXT,
     FIELD(name), NULL},
    {"--env", 0, "K=V", "set a variable for the target; repeatable", GROUP_TARGET, KIND_CUSTOM, 0, set_env},
    {"--cwd", 0, "DIR", "start the target in this folder", GROUP_TARGET, KIND_TEXT, FIELD(cwd), NULL},
    {"--stdin", 0, "FILE", "the target's standard input (default: /dev/null; for run: ours)", GROUP_TARGET,
     KIND_TEXT, FIELD(stdin_path), NULL},
    {"--user", 0, "USER", "run as this user, name or uid[:gid], without other groups or capabilities",
     GROUP_TARGET, KIND_TEXT, FIELD(user_name), NULL},
    {"--image", 0, "IMAGE", "run this image in a container; what follows are its arguments", GROUP_TARGET,
     KIND_CUSTOM, 0, set_image},
    {"--engine", 0, "NAME", "docker, podman or nerdctl (default: the first that answers)", GROUP_TARGET,
     KIND_CUSTOM, 0, set_engine},
    {"--publish", 0, "PORT", "port of the container, as the engine takes it: 8080:80; repeatable",
     GROUP_TARGET, KIND_CUSTOM, 0, set_publish},
    {"--volume", 0, "VOLUME", "volume, as the engine takes it: /host:/container; repeatable", GROUP_TARGET,
     KIND_CUSTOM, 0, set_volume},
    {"--entrypoint", 0, "PROGRAM", "instead of the image's own", GROUP_TARGET, KIND_TEXT, FIELD(entrypoint),
     NULL},
    {"--network", 0, "NAME", "network of the container, as the engine takes it: host, none, ...",
     GROUP_TARGET, KIND_TEXT, FIELD(network), NULL},
    {"--for", 0, "DUR", "stop a target that never ends; alive until then, it has survived", GROUP_TARGET,
     KIND_DURATION, FIELD(for_ns), NULL},

    {"--load", 0, "CMD", "shell command that drives a server; its end is the end of the run", GROUP_SERVICE,
     KIND_TEXT, FIELD(service.load), NULL},
    {"--ready", 0, "HOW",
     "tcp:PORT, http:URL, file:PATH, log:REGEX, exec:CMD or after:DUR: then comes the load", GROUP_SERVICE,
     KIND_CUSTOM, 0, set_ready},
    {"--ready-timeout", 0, "DUR", "not ready for so long, it has failed (default 1m)", GROUP_SERVICE,
     KIND_DURATION, FIELD(service.ready.timeout_ns), NULL},
    {"--load-steps", 0, "LIST", "10,50,100: the load once for each, told to it as $PLIMSOLL_LOAD",
     GROUP_SERVICE, KIND_CUSTOM, 0, set_load_steps},
    {"--cycles", 0, "N", "go through the load (or all its steps) so often (default 1; leak: 20)",
     GROUP_SERVICE, KIND_INT, FIELD(service.cycles), NULL},
    {"--warmup", 0, "DUR", "drive the load so long before it counts (default 0s)", GROUP_SERVICE,
     KIND_DURATION_OR_NONE, FIELD(service.warmup_ns), NULL},
    {"--cooldown", 0, "DUR", "rest after each run of the load (default: with --cycles 1s after each)",
     GROUP_SERVICE, KIND_CUSTOM, 0, set_cooldown},
    {"--load-format", 0, "TOOL",
     "whose words the load's figures are in: wrk, hey, ab, redis-benchmark, ... "
     "(default: what matches)",
     GROUP_SERVICE, KIND_CUSTOM, 0, set_load_format},
    {"--load-rate", 0, "REGEX", "finds the rate in the load's output: what its first group matches",
     GROUP_SERVICE, KIND_CUSTOM, 0, set_load_rate},

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

    {"--measure", 0, "HOW",
     "cgroup, processes (sees less, sets no limit), or auto: processes where no cgroup may be made",
     GROUP_MEASURE, KIND_CUSTOM, 0, set_measure},

    {"--cgroup", 0, "PATH", "a memory group: a path in the file system, or below the memory hierarchy",
     GROUP_WATCH, KIND_TEXT, FIELD(cgroup), NULL},
    {"--pid", 0, "PID", "the group that this process is in, until it ends", GROUP_WATCH, KIND_CUSTOM, 0,
     set_pid},
    {"--container", 0, "NAME", "the group of a container, by name or id", GROUP_WATCH, KIND_CUSTOM, 0,
     set_container},
    {"--engine", 0, "NAME", "docker, podman or nerdctl (default: the first that answers)", GROUP_WATCH,
     KIND_CUSTOM, 0, set_engine},
    {"--systemd", 0, "UNIT", "the group of a systemd unit", GROUP_WATCH, KIND_TEXT, FIELD(unit), NULL},
    {"--for", 0, "DUR", "watch so long (default: until it ends, or Ctrl-C)", GROUP_WATCH, KIND_DURATION,
     FIELD(for_ns), NULL},
    {"--interval", 0, "DUR", "time between readings, 1ms to 60s (default 250ms; of all groups 1s)",
     GROUP_WATCH, KIND_CUSTOM, 0, set_interval},
    {"--all", 0, NULL, "every container, unit and group of this machine; also where none is named",
     GROUP_WATCH, KIND_FLAG, FIELD(all), NULL},
    {"--filter", 0, "TEXT", "of all, those with this in their name, path or kind", GROUP_WATCH, KIND_TEXT,
     FIELD(filter), NULL},
    {"--sort", 0, "COLUMN",
     "of all, by its head or as: headroom (the default), name, used, working-set, peak, limit, stall, "
     "growth, "
     "left, oom, request, advised-limit",
     GROUP_WATCH, KIND_CUSTOM, 0, set_order},
    {"--once", 0, NULL, "of all: one table, at once or after --for, and no more", GROUP_WATCH, KIND_FLAG,
     FIELD(once), NULL},
    {"--openmetrics", 0, "FILE", "of all: written anew every 10 s, for a textfile collector; - with --once",
     GROUP_WATCH, KIND_TEXT, FIELD(forms[FORM_OPENMETRICS]), NULL},
    {"--name", 0, "NAME", "what to call it (default: its group, program, unit or container)", GROUP_WATCH,
     KIND_TEXT, FIELD(name), NULL},

    {"--max-slowdown", 0, "RATIO", "slower than this, against no limit, is too slow (default 1.05)",
     GROUP_COURSE, KIND_CUSTOM, 0, set_max_slowdown},
    {"--no-scope", 0, NULL,
     "where no cgroup may be made, do not start again in a scope of the user's systemd", GROUP_RIGHTS,
     KIND_FLAG, FIELD(no_scope), NULL},
    {"--budget", 0, "DUR", "stop after this long, with what has been found so far", GROUP_COURSE,
     KIND_DURATION, FIELD(budget_ns), NULL},
    {"--resume", 0, "DIR", "go on with the run in this folder; --budget and --json hold no more",
     GROUP_COURSE, KIND_TEXT, FIELD(resume), NULL},

    {"--baseline", 0, "FILE", "pinned values to compare with; kept in your repository", GROUP_CHECK,
     KIND_TEXT, FIELD(baseline), NULL},
    {"--update-baseline", 0, NULL, "measure and write that file anew: the only way it moves", GROUP_CHECK,
     KIND_FLAG, FIELD(update_baseline), NULL},
    {"--result", 0, "PATH", "judge this result.json, or the one in this folder, instead of running anything",
     GROUP_CHECK, KIND_TEXT, FIELD(result), NULL},
    {"--metric", 0, "NAME", "what is compared: needed, peak or needed,peak (default needed)", GROUP_CHECK,
     KIND_CUSTOM, 0, set_metric},
    {"--threshold", 0, "PCT", "so much growth may pass, in percent of the baseline (default 5)", GROUP_CHECK,
     KIND_CUSTOM, 0, set_threshold},
    {"--threshold-bytes", 0, "QUANTITY", "and at least so much (default 1Mi)", GROUP_CHECK, KIND_BYTES,
     FIELD(threshold_bytes), NULL},
    {"--runs", 0, "N", "runs before the first verdict (default 5); of a new baseline (default 8)",
     GROUP_CHECK, KIND_CUSTOM, 0, set_runs},
    {"--max-runs", 0, "N", "the most, where fewer leave it open (default 12)", GROUP_CHECK, KIND_CUSTOM, 0,
     set_max_runs},
    {"--budget-needed", 0, "QUANTITY", "it may need no more than this", GROUP_CHECK, KIND_LIMIT,
     FIELD(budget_needed), NULL},
    {"--budget-peak", 0, "QUANTITY", "its peak, page cache included, may be no higher", GROUP_CHECK,
     KIND_LIMIT, FIELD(budget_peak), NULL},
    {"--budget-limit", 0, "QUANTITY", "it must live under this limit: it is run there too", GROUP_CHECK,
     KIND_LIMIT, FIELD(budget_limit), NULL},
    {"--budget-growth", 0, "QUANTITY", "it may grow by no more than this in an hour", GROUP_CHECK,
     KIND_CUSTOM, 0, set_budget_growth},
    {"--prove", 0, "N", "runs under the limit of --budget-limit (default 3)", GROUP_CHECK, KIND_COUNT,
     FIELD(prove), NULL},
    {"--budget", 0, "DUR", "stop after this long; what is not decided by then is undecided", GROUP_CHECK,
     KIND_DURATION, FIELD(budget_ns), NULL},
    {"--bisect", 0, NULL, "for git bisect run: 125 where it cannot be told, 128 for bad input", GROUP_CHECK,
     KIND_FLAG, FIELD(bisect), NULL},

    {"--format", 0, "NAME", "one of the above (default kubernetes)", GROUP_EMIT, KIND_CUSTOM, 0, set_format},
    {"--container", 0, "NAME", "of the container (default: after the target)", GROUP_EMIT, KIND_TEXT,
     FIELD(container), NULL},
    {"--workload", 0, "KIND/NAME", "what it is part of, as Deployment/web; patch: look in no other",
     GROUP_EMIT, KIND_CUSTOM, 0, set_workload},
    {"--diff", 0, NULL, "patch: print what would be changed, and change nothing", GROUP_EMIT, KIND_FLAG,
     FIELD(diff), NULL},
    {"--html", 0, "FILE", "where the page goes; - is stdout (default: report.html beside the result)",
     GROUP_REPORT, KIND_TEXT, FIELD(html), NULL},
    {"--png", 0, NULL, "leave the plots as PNG too", GROUP_REPORT, KIND_FLAG, FIELD(png), NULL},
    {"--no-plots", 0, NULL, "the page without plots", GROUP_REPORT, KIND_FLAG, FIELD(no_plots), NULL},
    {"--quiet", 'q', NULL, "do not say where it is", GROUP_REPORT, KIND_FLAG, FIELD(quiet), NULL},
    {"--dry-run", 0, NULL, "say what would be removed, remove nothing", GROUP_CLEAN, KIND_FLAG,
     FIELD(dry_run), NULL},

    {"--live", 0, NULL, "ask this machine: its kernel log and its containers that ended, the newest first",
     GROUP_LIVE, KIND_FLAG, FIELD(live), NULL},
    {"--docker", 0, "NAME", "ask the engine about this container, by name or id", GROUP_LIVE, KIND_CUSTOM, 0,
     set_docker},
    {"--engine", 0, "NAME", "docker, podman or nerdctl (default: the first that answers)", GROUP_LIVE,
     KIND_CUSTOM, 0, set_engine},
    {"--pod", 0, "NAME", "ask kubectl about this pod; NAME or NAMESPACE/NAME", GROUP_LIVE, KIND_CUSTOM, 0,
     set_pod},
    {"--namespace", 'n', "NAME", "of the pod (default: that of kubectl's context)", GROUP_LIVE, KIND_CUSTOM,
     0, set_namespace},
    {"--context", 0, "NAME", "of kubectl (default: the current one)", GROUP_LIVE, KIND_TEXT,
     FIELD(kube_context), NULL},

    {"--json", 0, "FILE", "write the answer as JSON; - is stdout, in place of the text", GROUP_EXPLAIN,
     KIND_TEXT, FIELD(json), NULL},
    {"--markdown", 0, "FILE", "write it as Markdown; - is stdout, in place of the text", GROUP_EXPLAIN,
     KIND_TEXT, FIELD(forms[FORM_MARKDOWN]), NULL},
    {"--verbose", 'v', NULL, "all facts of all deaths", GROUP_EXPLAIN, KIND_FLAG, FIELD(verbose), NULL},

    {"--json", 0, "FILE", "write the answer as JSON; - is stdout, in place of the text", GROUP_DOCTOR,
     KIND_TEXT, FIELD(json), NULL},

    {"--out", 'o', "DIR", "folder for samples, logs and the result", GROUP_OUTPUT, KIND_TEXT, FIELD(out),
     NULL},
    {"--json", 0, "FILE", "write the result as JSON; - is stdout", GROUP_OUTPUT, KIND_TEXT, FIELD(json),
     NULL},
    {"--junit", 0, "FILE", "write the verdicts as JUnit XML, a test case each; - is stdout", GROUP_FORMS,
     KIND_TEXT, FIELD(forms[FORM_JUNIT]), NULL},
    {"--markdown", 0, "FILE", "write a summary for a merge request or a step's page", GROUP_FORMS, KIND_TEXT,
     FIELD(forms[FORM_MARKDOWN]), NULL},
    {"--openmetrics", 0, "FILE", "write the figures as metrics", GROUP_FORMS, KIND_TEXT,
     FIELD(forms[FORM_OPENMETRICS]), NULL},
    {"--quiet", 'q', NULL, "no progress, no closing words", GROUP_OUTPUT, KIND_FLAG, FIELD(quiet), NULL},
    {"--verbose", 'v', NULL, "the evidence behind every outcome", GROUP_OUTPUT, KIND_FLAG, FIELD(verbose),
     NULL},
};
const size_t option_count = sizeof option_table / sizeof *option_table;

const struct option_title option_titles[] = {
    {GROUP_WATCH, "Watch"},     {GROUP_LEAK, "Series"},     {GROUP_CHECK, "Gate"},
    {GROUP_LIMIT, "Limit"},     {GROUP_LIMITS, "Limits"},   {GROUP_SEARCH, "Search"},
    {GROUP_SIZING, "Sizing"},   {GROUP_PROVE, "Proof"},     {GROUP_TARGET, "Target"},
    {GROUP_EMIT, "Form"},       {GROUP_CLEAN, "Care"},      {GROUP_COURSE, "Course"},
    {GROUP_OUTPUT, "Output"},   {GROUP_SERVICE, "Service"}, {GROUP_FORMS, "Reports"},
    {GROUP_MEASURE, "Measure"}, {GROUP_LIVE, "Live"},       {GROUP_EXPLAIN, "Answer"},
    {GROUP_REPORT, "Page"},     {GROUP_DOCTOR, "Answer"},   {GROUP_RIGHTS, "Rights"},
};
const size_t option_title_count = sizeof option_titles / sizeof *option_titles;

/* ---- the words that there are ---- */

static void add_list(struct strbuf *words, const char *const *names) {
    for (; *names; names++)
        strbuf_addf(words, "%s%s", words->length ? " " : "", *names);
}

static void add_engines(struct strbuf *words) {
    add_list(words, engine_names);
}

static void add_formats(struct strbuf *words) {
    for (const struct emitter *emitter = emitters; emitter->name; emitter++)
        add_list(words, (const char *const[]){emitter->name, NULL});
}

static void add_load_formats(struct strbuf *words) {
    for (const char *at = load_format_names(); *at; at++)
        if (*at != ',')
            strbuf_add_bytes(words, at, 1);
}

static void add_orders(struct strbuf *words) {
    for (int order = 0; order < ORDER_COUNT; order++)
        add_list(words, (const char *const[]){row_order_name((enum row_order)order), NULL});
}

/* Those that a process may be asked to end by. */
static void add_signals(struct strbuf *words) {
    for (int number = 1; number < SIGSTKFLT; number++)
        add_list(words, (const char *const[]){sigabbrev_np(number), NULL});
}

/* A setter that takes one of some words, and which: as text, or as a table knows them. */
static const struct {
    int (*set)(struct options *options, const char *value, struct error *error);
    const char *words;
    void (*add)(struct strbuf *words);
} choices[] = {
    {set_strategy, "auto predict bisect step squeeze", NULL},
    {set_qos, "burstable guaranteed", NULL},
    {set_role, "app init sidecar", NULL},
    {set_measure, "auto cgroup processes", NULL},
    {set_metric, "needed peak needed,peak", NULL},
    {set_engine, NULL, add_engines},
    {set_format, NULL, add_formats},
    {set_order, NULL, add_orders},
    {set_load_format, NULL, add_load_formats},
    {set_stop_signal, NULL, add_signals},
};

void option_words(const struct option *option, struct strbuf *words) {
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        if (option->kind != KIND_CUSTOM || option->set != choices[i].set)
            continue;
        if (choices[i].add)
            choices[i].add(words);
        else
            strbuf_add(words, choices[i].words);
    }
}

/* ---- reading a value ---- */

static int set_count(const char *value, int64_t *ret, struct error *error) {
    double number = 0;
    int code = read_number(value, "", 1, 10000, &number, error);
    if (code < 0 || number != floor(number))
        return error_plain(error, -EINVAL, "%s: give a whole number from 1 to 10000", value);
    *ret = (int64_t)number;
    return 0;
}

static int set_int(const char *value, int *ret, struct error *error) {
    int64_t number = 0;
    int code = set_count(value, &number, error);
    if (code == 0)
        *ret = (int)number;
    return code;
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

int option_set(const struct option *option, struct options *options, const char *value, struct error *error) {
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
    case KIND_INT:
        return set_int(value, field, error);
    case KIND_CUSTOM:
        return option->set(options, value, error);
    }
    return -EINVAL;
}
