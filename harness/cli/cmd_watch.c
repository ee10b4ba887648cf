#include <errno.h>
#include <stdio.h>
#include <sys/select.h>

#include "analysis/leak_trial.h"
#include "analysis/observed.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/watch_all.h"
#include "output/summary.h"
#include "output/summary_watch.h"
#include "trial/launch.h"
#include "trial/observe.h"

#define INTERVAL_NS (250 * NS_PER_MS)

/* Something that is started anew by its engine or by systemd is so within that time, or later than anybody
 * waits. */
#define AGAIN_ROUNDS   20
#define AGAIN_PAUSE_NS (100 * NS_PER_MS)

/* What is for many groups alone, where one is named. */
static const char *of_all(const struct options *options) {
    return options->all                       ? "--all"
           : options->once                    ? "--once"
           : options->filter                  ? "--filter"
           : options->order_given             ? "--sort"
           : options->forms[FORM_OPENMETRICS] ? "--openmetrics"
                                              : NULL;
}

static int count_named(const struct options *options) {
    return (options->cgroup != NULL) + (options->unit != NULL) + (options->pid > 0) +
           (options->container != NULL);
}

/* Which of the four ways to name it was taken. */
static int choose_subject(const struct options *options, struct subject_wish *ret, struct error *error) {
    if (count_named(options) != 1)
        return error_plain(
            error, -EINVAL,
            "more than one thing to watch: give one of --cgroup, --pid, --container and --systemd, "
            "or none for all");
    if (of_all(options))
        return error_plain(error, -EINVAL, "%s is for all groups, and one is named; leave one of them out",
                           of_all(options));
    if (options->engine && !options->container)
        return error_plain(error, -EINVAL, "--engine means nothing without --container NAME");
    if (options->cgroup)
        *ret = (struct subject_wish){.kind = SUBJECT_GROUP, .text = options->cgroup};
    else if (options->unit)
        *ret = (struct subject_wish){.kind = SUBJECT_UNIT, .text = options->unit};
    else if (options->container)
        *ret = (struct subject_wish){
            .kind = SUBJECT_CONTAINER, .text = options->container, .engine = options->engine};
    else
        *ret = (struct subject_wish){.kind = SUBJECT_PROCESS, .pid = (pid_t)options->pid};
    return 0;
}

/* Does the machine stand in the way, or is there no such thing? */
static int status_of(int code) {
    bool machine = code == -ENODEV || code == -ENOTSUP || code == -EACCES || code == -EPERM;
    return machine ? STATUS_NOT_ALLOWED : STATUS_USAGE;
}

/* ---- the result ---- */

static void describe(struct session *session, const struct subject *subject) {
    const struct options *options = session->options;
    struct result *result = &session->result;
    struct observation *seen = &result->observation;
    result->name = text_copy(options->name ? options->name : subject->name);
    progress_describe(&session->progress, result->name, session->started_ns, 0);
    snprintf(result->host.cgroup, sizeof result->host.cgroup, "%s", subject->group.ops->version);
    seen->known = true;
    seen->group = text_copy(subject->group.path);
    seen->pid = subject->pid ? known_i64(subject->pid) : UNKNOWN_I64;
    seen->unit = options->unit ? text_copy(options->unit) : NULL;
    seen->container = options->container ? text_copy(options->container) : NULL;
    subject_survey(subject, seen);
}

static void open_words(struct session *session, const struct subject *subject) {
    const struct cgroup *group = &subject->group;
    struct strbuf text = {0};
    summary_watch_opening(&session->result, group->ops->read_limit(group->dirfd), &text);
    if (subject->above)
        strbuf_add(&text, "Its own group has no memory controller: this is the next above that has.\n");
    progress_words(&session->progress, strbuf_text(&text));
    strbuf_free(&text);
}

static void close_words(struct session *session) {
    const struct trial *trial = session_last(session);
    struct strbuf text = {0};
    summary_watch(&session->result, &text);
    for (size_t i = 0; session->options->verbose && i < trial->evidence_count; i++) {
        strbuf_addf(&text, "           %s: ", trial->evidence[i].source);
        text_add_visible(&text, trial->evidence[i].detail);
        strbuf_add(&text, "\n");
    }
    summary_recommendation(&session->result, &text);
    progress_words(&session->progress, strbuf_text(&text));
    strbuf_free(&text);
}

/* ---- watching ---- */

static bool hook_sample(void *context, const struct snapshot *sample) {
    struct session *session = context;
    return store_sample(&session->store, sample);
}

static void hook_progress(void *context, const struct trial_progress *now) {
    struct session *session = context;
    progress_live(&session->progress, now);
}

/* On the terminal at once, and in the log of the trial. */
static void hook_event(void *context, const char *line) {
    struct session *session = context;
    struct strbuf text = {0};
    strbuf_addf(&text, "%s\n", line);
    store_log(&session->store, strbuf_text(&text), text.length);
    progress_text(&session->progress, strbuf_text(&text));
    strbuf_free(&text);
}

/* Does what was watched run again? What is started anew takes a moment to come; so does a group that is
 * removed and made anew. */
static char *look_again(const struct session *session, const struct subject *subject) {
    bool returns = subject->kind == SUBJECT_CONTAINER || subject->kind == SUBJECT_UNIT;
    int rounds = returns ? AGAIN_ROUNDS : 1;
    char *found = subject_again(subject);
    for (int round = 0; !found && round < rounds && !*session->machine.interrupts; round++) {
        struct timespec pause = {.tv_nsec = AGAIN_PAUSE_NS};
        pselect(0, NULL, NULL, NULL, &pause, &session->wait_mask);
        found = subject_again(subject);
    }
    return found;
}

/* Leaves the trial as the result's last. */
static int watch(struct session *session, const struct subject *subject, struct error *error) {
    const struct options *options = session->options;
    struct result *result = &session->result;
    struct trial trial = {0};
    struct observe_spec spec = {
        .subject = subject,
        .host = &result->host,
        .interval_ns = options->interval_given ? options->interval_ns : INTERVAL_NS,
        .for_ns = options->for_ns,
        .interrupts = session->machine.interrupts,
        .wait_mask = session->machine.wait_mask,
    };
    struct observe_hooks hooks = {.context = session,
                                  .sample = hook_sample,
                                  .progress = session->progress.live ? hook_progress : NULL,
                                  .event = hook_event};
    struct outlook outlook = {.run_ns = options->for_ns};
    progress_expect(&session->progress, &outlook);
    int code = store_begin_trial(&session->store, 1, error);
    if (code < 0)
        return code;
    observe(&spec, &hooks, &trial, &result->observation);
    store_close_trial(&session->store, &trial);
    session_tell_losses(session, &trial);
    code = store_keep_trial(&session->store, &trial, error);
    result_add_trial(result, &trial);
    if (result->observation.end == WATCH_GONE || result->observation.end == WATCH_EMPTY)
        result->observation.again = look_again(session, subject);
    return code;
}

static void recommend(struct session *session) {
    const struct options *options = session->options;
    struct sizing_config config = {
        .headroom_ratio = options->headroom_ratio,
        .guaranteed = options->guaranteed,
        .role = options->role,
        .cpu_millis = options->cpu_millis,
        .sockets_free = host_is_v1(&session->result.host),
        .leak = &session->result.leak,
        .node_memory_bytes = options->node_memory_bytes,
    };
    leak_of_run(session_last(session), &session->result.leak);
    observed_recommend(&config, session_last(session), &session->result.observation,
                       &session->result.recommendation);
}

/* No data is never a pass. An interrupt is how a watch ends that was given no time; one that was given some
 * is cut short by it. */
static int judge(struct session *session) {
    const struct trial *trial = session_last(session);
    struct error error;
    if (session->result.observation.end == WATCH_INTERRUPT && session->options->for_ns)
        return session_interrupt_status();
    if (session->result.recommendation.known)
        return STATUS_OK;
    error_plain(&error, 0,
                "too little was seen to advise from: %lld reading%s in %s; it takes %d in %s at least",
                (long long)trial->sample_count, trial->sample_count == 1 ? "" : "s",
                duration_text(trial->exit.duration_ns).s, OBSERVED_READINGS_LEAST,
                duration_text(OBSERVED_TIME_LEAST_NS).s);
    progress_error(&session->progress, &error);
    return STATUS_INCONCLUSIVE;
}

static int run_with(struct session *session, const struct subject *subject, struct error *error) {
    describe(session, subject);
    if (store_open(&session->store, session->options->out, session->result.name, error) < 0) {
        progress_error(&session->progress, error);
        return STATUS_USAGE;
    }
    open_words(session, subject);
    int code = watch(session, subject, error);
    if (code < 0)
        progress_error(&session->progress, error);
    if (session->result.trial_count == 0)
        return EXIT_HARNESS;
    recommend(session);
    close_words(session);
    int status = judge(session);
    session->incomplete = session->incomplete || code < 0;
    return session_save(session, code < 0 ? EXIT_HARNESS : status);
}

static int run(struct options *options) {
    if (count_named(options) == 0)
        return watch_all(options);
    struct session session;
    struct subject subject = {0};
    struct subject_wish wish = {0};
    struct error error;
    int code = choose_subject(options, &wish, &error);
    if (code == 0)
        code = subject_find(&wish, &subject, &error);
    if (code != 0) {
        struct progress progress;
        progress_init(&progress, options->quiet);
        progress_error(&progress, &error);
        return status_of(code);
    }
    int status = session_open_to_watch(&session, options, "watch");
    if (status == STATUS_OK) {
        status = run_with(&session, &subject, &error);
        session_close(&session);
    }
    subject_free(&subject);
    return status;
}

const struct command cmd_watch = {
    .name = "watch",
    .summary =
        "observe what already runs: all of it, as top does for limits, or one thing, and advise from it",
    .synopsis = "[--all | --pid PID | --container NAME | --systemd UNIT | --cgroup PATH] [options]",
    .details =
        "Reads the counters of memory groups and changes nothing: no limit, no peak, no process.\n"
        "\n"
        "Of one thing: OOM kills are said at once. Ends with --for, with Ctrl-C, or with what it watches, "
        "and\n"
        "then tells what it saw and what it would recommend; since no limit was tried, nothing of that is\n"
        "proven, and no YAML is printed: the figures are on stderr and in result.json.\n"
        "\n"
        "Of all: a table on standard output, live on a terminal (keys: q quits, s sorts by the next column,\n"
        "r turns the order around), else anew every 10 s. USED is all memory in use; WSET that less "
        "inactive\n"
        "page cache; PEAK the most that was used since the group was made; ROOM what is left of the "
        "tightest\n"
        "limit on it, its own or one above, after what reclaim cannot take back; STALL the share of the "
        "time\n"
        "in which all of it waited for memory (cgroup v2); GROW/h how fast what it needs grows (~: ever "
        "more\n"
        "slowly), LEFT when that fills the room; OOM kills since the group was made; REQ and LIM the "
        "request\n"
        "and the limit that follow from what was seen, after 10 s, unproven. --json, at the end, and\n"
        "--openmetrics write the same figures, and where they do -q leaves the table out.\n"
        "\n"
        "Exit status: 0 also after Ctrl-C where no --for was given, 130 or 143 where one was; 2 there is no\n"
        "such thing, 4 too little was seen to advise from, or nothing to be shown, 5 this machine does not\n"
        "allow it.",
    .example = "plimsoll watch --pid 4242 --for 10m\n  plimsoll watch --filter docker --sort growth",
    .groups = GROUP_WATCH | GROUP_SIZING | GROUP_OUTPUT,
    .takes_target = false,
    .run = run,
};
