#include "trial/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/kmsg.h"
#include "trial/fetch_forms.h"

/* More than the largest log that a kernel is usually told to keep (log_buf_len). */
#define KERNEL_LOG_BYTES_MAX ((size_t)32 * 1024 * 1024)

/* Kernels count their log's time by one of two clocks. Where these differ by more, it is not known. */
#define CLOCKS_APART_NS NS_PER_S

/* Docker keeps 256 events, podman as many as its journal holds. */
#define EVENTS_REACH_S (INT64_C(30) * 24 * 3600)

#define TAIL_LINES     "200"
#define CONTAINERS_MAX 200
#define AT_ONCE        20 /* containers asked about by one command */
#define OUTPUTS_MAX    12 /* containers whose last words are asked for */
#define ENDED_MAX      16 /* of a pod */

/* The words of commands, which are handed on as char *. */
#define WORD(text) ((char[]){text})

#define COST                                                                                                 \
    "without it whose limit struck and which process was killed are not told, and an OOM kill is no surer "  \
    "than its engine's word"

/* ---- what was fetched ---- */

static struct fetched_text *add(struct fetched *fetched, enum fetched_kind kind, char *owned_name) {
    if ((fetched->count & (fetched->count - 1)) == 0) {
        size_t room = fetched->count ? fetched->count * 2 : 1;
        fetched->items = realloc(fetched->items, room * sizeof *fetched->items);
        if (!fetched->items)
            abort();
    }
    struct fetched_text *item = &fetched->items[fetched->count++];
    *item = (struct fetched_text){.kind = kind, .name = owned_name};
    return item;
}

/* Takes the text over. */
static void give_text(struct fetched_text *item, struct strbuf *text) {
    item->length = text->length;
    item->text = text->text ? text->text : text_copy("");
    *text = (struct strbuf){0};
}

void fetched_free(struct fetched *fetched) {
    for (size_t i = 0; i < fetched->count; i++) {
        free(fetched->items[i].name);
        free(fetched->items[i].owner);
        free(fetched->items[i].text);
    }
    free(fetched->items);
    sentences_free(&fetched->notes);
    *fetched = (struct fetched){0};
}

/* What a container printed, on one of its streams. */
static void add_output(struct fetched *fetched, const char *command, const char *owner, struct strbuf *text) {
    if (text->length == 0)
        return;
    struct fetched_text *item = add(fetched, FETCHED_OUTPUT, text_copy(command));
    item->owner = text_copy(owner);
    give_text(item, text);
}

/* ---- this machine ---- */

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* The kernel stamps its log by local_clock() (kernel/sched/clock.c): in most virtual machines that runs as
 * CLOCK_MONOTONIC does, elsewhere as CLOCK_MONOTONIC_RAW. */
static struct known_i64 clock_start(void) {
    int64_t steered = read_clock(CLOCK_MONOTONIC);
    int64_t apart = steered - read_clock(CLOCK_MONOTONIC_RAW);
    /* Neither counts the time that the machine was suspended: what was written before that has another start.
     */
    int64_t suspended = read_clock(CLOCK_BOOTTIME) - steered;
    if (apart > CLOCKS_APART_NS || apart < -CLOCKS_APART_NS || suspended > CLOCKS_APART_NS)
        return UNKNOWN_I64;
    return known_i64(read_clock(CLOCK_REALTIME) - steered);
}

static int read_kmsg(struct fetched *fetched, struct error *error) {
    struct strbuf log = {0};
    struct known_i64 first = UNKNOWN_I64;
    long count = kmsg_read_all(&log, KERNEL_LOG_BYTES_MAX, &first, error);
    if (count == 0) /* something else was put in its place, as some containers have it */
        count = error_plain(error, -ENODATA, "/dev/kmsg is empty");
    if (count < 0) {
        strbuf_free(&log);
        return (int)count;
    }
    struct fetched_text *item =
        add(fetched, FETCHED_KERNEL, text_copy("the kernel log of this machine (/dev/kmsg)"));
    give_text(item, &log);
    item->clock_start_ns = clock_start();
    item->from_ns = known_sum(item->clock_start_ns, first);
    item->until_ns = item->clock_start_ns.known ? known_i64(read_clock(CLOCK_REALTIME)) : UNKNOWN_I64;
    return 0;
}

/* journalctl or dmesg: 1 with a log, 0 without (*words says why; caller frees), -EINTR. */
static int print_log(struct fetched *fetched, const char *name, char *const *arguments, bool since_boot,
                     const struct tool_patience *patience, char **words, struct error *error) {
    struct tool tool = {0};
    struct tool_answer answer = {0};
    *words = NULL;
    if (tool_find(name, &tool, error) < 0) {
        *words = text_format("%s is not installed", name);
        return 0;
    }
    int code = tool_run(&tool, arguments, patience, &answer, error);
    if (code == -EINTR) {
        tool_close(&tool);
        return code;
    }
    bool there = code == 0 && answer.status == 0 && answer.out.length && answer.out.text[0] != '-';
    if (there) {
        CLEANUP_FREE char *command = text_format("%s%s", name, since_boot ? "" : " -k -o short-iso");
        struct fetched_text *item =
            add(fetched, FETCHED_KERNEL, text_format("the kernel log of this machine (%s)", command));
        give_text(item, &answer.out);
        item->clock_start_ns = since_boot ? clock_start() : UNKNOWN_I64;
        item->until_ns =
            since_boot && !item->clock_start_ns.known ? UNKNOWN_I64 : known_i64(read_clock(CLOCK_REALTIME));
    } else {
        CLEANUP_FREE char *last = code == 0 ? tool_last_words(&answer) : text_copy(error->what);
        *words = text_format("%s: %.200s", name, *last ? last : "it prints nothing");
    }
    tool_answer_free(&answer);
    tool_close(&tool);
    return there;
}

static int print_journal(struct fetched *fetched, const struct tool_patience *patience, char **words,
                         struct error *error) {
    char *arguments[] = {WORD("-k"),        WORD("-q"), WORD("--no-pager"), WORD("-o"),
                         WORD("short-iso"), WORD("-n"), WORD("100000"),     NULL};
    return print_log(fetched, "journalctl", arguments, false, patience, words, error);
}

static int print_dmesg(struct fetched *fetched, const struct tool_patience *patience, char **words,
                       struct error *error) {
    char *arguments[] = {NULL};
    return print_log(fetched, "dmesg", arguments, true, patience, words, error);
}

/* The kernel's log: /dev/kmsg, or what journalctl -k or dmesg print of it. Where none of them may be read a
 * note says what that costs. Returns whether there is one, or -EINTR. */
static int fetch_kernel_log(struct fetched *fetched, const struct tool_patience *patience,
                            struct error *error) {
    struct tool_patience large = *patience;
    CLEANUP_FREE char *journal = NULL;
    CLEANUP_FREE char *dmesg = NULL;
    large.answer_bytes = KERNEL_LOG_BYTES_MAX;
    /* A journal tells the time of day where the kernel's own clock cannot. */
    int code = clock_start().known ? 0 : print_journal(fetched, &large, &journal, error);
    if (code != 0)
        return code;
    if (read_kmsg(fetched, error) == 0)
        return 1;
    CLEANUP_FREE char *kmsg = text_copy(error->what);
    if (!journal)
        code = print_journal(fetched, &large, &journal, error);
    if (code == 0)
        code = print_dmesg(fetched, &large, &dmesg, error);
    if (code == 0)
        sentences_add(&fetched->notes, "%s; %s; %s: " COST " (as root it can be read: sudo plimsoll ...)",
                      kmsg, journal, dmesg);
    return code;
}

/* ---- engines ---- */

/* Is the engine on this machine? 0 with the answer, or -EINTR. */
static int is_here(const struct engine *engine, const struct tool_patience *patience, bool *ret,
                   struct error *error) {
    char *arguments[] = {WORD("info"), WORD("--format"), WORD("{{json .}}"), NULL};
    struct tool_answer answer = {0};
    struct utsname machine;
    int code = tool_run(&engine->tool, arguments, patience, &answer, error);
    if (code == -EINTR)
        return code;
    *ret = code == 0 && answer.status == 0 && uname(&machine) == 0 &&
           fetch_is_here(strbuf_text(&answer.out), machine.nodename, machine.release);
    tool_answer_free(&answer);
    return 0;
}

static void note_elsewhere(struct fetched *fetched, const struct engine *engine) {
    sentences_add(&fetched->notes,
                  "%s runs on another machine, as it seems: the kernel log of this one says nothing of its "
                  "containers; there: journalctl -k -o short-iso, given beside --live",
                  engine->tool.name);
}

/* Runs a command whose failure is no more than a note. Returns 1 with an answer, 0 without, -EINTR. */
static int ask(struct fetched *fetched, const struct tool *tool, char *const *arguments, const char *what,
               const struct tool_patience *patience, struct tool_answer *ret, struct error *error) {
    struct tool_answer answer = {0};
    if (fetched->silent)
        return 0;
    int code = tool_run(tool, arguments, patience, &answer, error);
    if (code == -EINTR)
        return code;
    if (code < 0) {
        fetched->silent = code == -ETIME;
        sentences_add(&fetched->notes, "%s: %s%s", what, error->what,
                      fetched->silent ? "; it is asked no more" : "");
        return 0;
    }
    if (answer.status) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        sentences_add(&fetched->notes, "%s: %.300s", what, *words ? words : "it failed and did not say why");
        tool_answer_free(&answer);
        return 0;
    }
    *ret = answer;
    return 1;
}

/* `id` NULL: of all containers. */
static int fetch_events(struct fetched *fetched, const struct engine *engine, const char *id,
                        const char *name, const struct tool_patience *patience, struct error *error) {
    static const char *const kinds[] = {"oom", "die", "kill", "stop", "start", "restart"};
    char *arguments[8 + 2 * (sizeof kinds / sizeof *kinds) + 3];
    size_t count = 0;
    struct tool_answer answer = {0};
    if (strcmp(engine->tool.name, "nerdctl") == 0) {
        sentences_add(&fetched->notes,
                      "nerdctl keeps no events: who stopped or killed a container is not told");
        return 0;
    }
    int64_t now = read_clock(CLOCK_REALTIME);
    CLEANUP_FREE char *since = text_format("%lld", (long long)(now / NS_PER_S - EVENTS_REACH_S));
    CLEANUP_FREE char *until =
        text_format("%lld.%09lld", (long long)(now / NS_PER_S), (long long)(now % NS_PER_S));
    CLEANUP_FREE char *filter = text_format("container=%s", id ? id : "");
    char *events[sizeof kinds / sizeof *kinds];
    char option[] = "--filter";
    arguments[count++] = WORD("events");
    arguments[count++] = WORD("--since");
    arguments[count++] = since;
    arguments[count++] = WORD("--until");
    arguments[count++] = until;
    arguments[count++] = WORD("--format");
    arguments[count++] = WORD("{{json .}}");
    bool by_kind = strcmp(engine->tool.name, "docker") == 0; /* podman would want all of them at once */
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        events[i] = text_format("event=%s", kinds[i]);
        if (by_kind) {
            arguments[count++] = option;
            arguments[count++] = events[i];
        }
    }
    if (id) {
        arguments[count++] = option;
        arguments[count++] = filter;
    }
    arguments[count] = NULL;
    CLEANUP_FREE char *what = text_format("%s events%s%s", engine->tool.name, *name ? " " : "", name);
    int code = ask(fetched, &engine->tool, arguments, what, patience, &answer, error);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        free(events[i]);
    if (code > 0 && answer.out.length)
        give_text(add(fetched, FETCHED_DOCUMENT, STEAL_POINTER(&what)), &answer.out);
    tool_answer_free(&answer);
    return code < 0 ? code : 0;
}

static int fetch_output(struct fetched *fetched, const struct engine *engine, const char *name,
                        const struct tool_patience *patience, struct error *error) {
    CLEANUP_FREE char *container = text_copy(name);
    char *arguments[] = {WORD("logs"), WORD("--timestamps"), WORD("--tail"), WORD(TAIL_LINES), container,
                         NULL};
    struct tool_answer answer = {0};
    CLEANUP_FREE char *what = text_format("%s logs %s", engine->tool.name, name);
    int code = ask(fetched, &engine->tool, arguments, what, patience, &answer, error);
    if (code > 0) {
        CLEANUP_FREE char *second = text_format("%s (stderr)", what);
        add_output(fetched, what, name, &answer.out);
        add_output(fetched, second, name, &answer.err);
    }
    tool_answer_free(&answer);
    return code < 0 ? code : 0;
}

/* `inspect` of these; *ret is the text as it came, within `fetched`. */
static int inspect(struct fetched *fetched, const struct engine *engine, char *const *names, size_t count,
                   const char *what, const struct tool_patience *patience, const char **ret,
                   struct error *error) {
    struct tool_answer answer = {0};
    char *arguments[AT_ONCE + 3] = {WORD("container"), WORD("inspect")};
    memcpy(arguments + 2, names, count * sizeof *names);
    int code = tool_run(&engine->tool, arguments, patience, &answer, error);
    if (code < 0)
        return code;
    /* Of several one may be removed in the meantime: those that are there are printed. */
    if (answer.status && (count == 1 || answer.out.length < 3)) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        code = engine_says_missing(words)
                   ? error_plain(error, -ENXIO, "container %s: %s knows of none", names[0], engine->tool.name)
                   : error_plain(error, -EIO, "%s: %.1000s", what, words);
    } else {
        struct fetched_text *item = add(fetched, FETCHED_DOCUMENT, text_copy(what));
        give_text(item, &answer.out);
        *ret = item->text;
    }
    tool_answer_free(&answer);
    return code;
}

static int ask_of_container(struct fetched *fetched, const struct engine *engine, const char *name,
                            const struct tool_patience *patience, struct error *error) {
    CLEANUP_FREE char *what = text_format("%s inspect %s", engine->tool.name, name);
    CLEANUP_FREE char *copy = text_copy(name);
    struct container_state state = {0};
    const char *inspected = NULL;
    bool here = false;
    int code = inspect(fetched, engine, &copy, 1, what, patience, &inspected, error);
    if (code == 0)
        code = container_state_parse(inspected, engine->tool.name, &state, error);
    if (code == 0)
        code = is_here(engine, patience, &here, error);
    if (code == 0)
        code = fetch_events(fetched, engine, state.id, name, patience, error);
    if (code == 0)
        code = fetch_output(fetched, engine, name, patience, error);
    container_state_free(&state);
    if (code < 0)
        return code;
    if (here)
        return fetch_kernel_log(fetched, patience, error);
    note_elsewhere(fetched, engine);
    return 0;
}

int fetch_container(struct fetched *fetched, const char *engine_name, const char *name,
                    const struct tool_patience *patience, struct error *error) {
    struct engine engine = {0};
    int code = engine_open(engine_name, patience, &engine, error);
    if (code == 0)
        code = ask_of_container(fetched, &engine, name, patience, error);
    engine_close(&engine);
    return code < 0 ? code : 0;
}

/* ---- all containers ---- */

static int compare_ends(const void *one, const void *other) {
    int64_t mine = known_or(((const struct listed_container *)one)->finished_ns, 0);
    int64_t its = known_or(((const struct listed_container *)other)->finished_ns, 0);
    return (mine < its) - (mine > its);
}

/* The last words of those that ended last. */
static int fetch_outputs(struct fetched *fetched, const struct engine *engine, struct listed_container *list,
                         size_t count, const struct tool_patience *patience, struct error *error) {
    size_t asked = 0;
    int code = 0;
    if (count)
        qsort(list, count, sizeof *list, compare_ends);
    for (size_t i = 0; i < count && asked < OUTPUTS_MAX && code == 0; i++) {
        if (!list[i].ended_badly || !*list[i].name || *list[i].name == '-')
            continue;
        asked++;
        code = fetch_output(fetched, engine, list[i].name, patience, error);
    }
    return code;
}

/* The ids in lines of their own, `most` at most; the text is cut up. */
static size_t split_ids(char *text, char **ids, size_t most) {
    size_t count = 0;
    char *rest = NULL;
    for (char *id = strtok_r(text, " \r\n", &rest); id && count < most; id = strtok_r(NULL, " \r\n", &rest))
        if (*id != '-')
            ids[count++] = id;
    return count;
}

static int inspect_all(struct fetched *fetched, const struct engine *engine, char *const *ids, size_t count,
                       const struct tool_patience *patience, struct error *error) {
    struct listed_container all[CONTAINERS_MAX];
    size_t known = 0;
    int code = 0;
    CLEANUP_FREE char *what = text_format("%s inspect", engine->tool.name);
    for (size_t from = 0; from < count && code == 0; from += AT_ONCE) {
        const char *inspected = NULL;
        struct listed_container *list = NULL;
        size_t here = count - from < AT_ONCE ? count - from : AT_ONCE;
        code = inspect(fetched, engine, ids + from, here, what, patience, &inspected, error);
        if (code == -ENXIO) { /* all of them were removed in the meantime */
            code = 0;
            continue;
        }
        size_t found = code == 0 ? fetch_list(inspected, &list) : 0;
        for (size_t i = 0; i < found && known < CONTAINERS_MAX; i++) {
            all[known++] = list[i];
            list[i].name = NULL;
        }
        listed_free(list, found);
    }
    if (code == 0)
        code = fetch_outputs(fetched, engine, all, known, patience, error);
    for (size_t i = 0; i < known; i++)
        free(all[i].name);
    return code < 0 ? code : (int)known;
}

static int ask_of_all(struct fetched *fetched, const struct engine *engine,
                      const struct tool_patience *patience, struct error *error) {
    CLEANUP_FREE char *last = text_format("%d", CONTAINERS_MAX);
    char *arguments[] = {WORD("ps"), WORD("--quiet"), WORD("--no-trunc"), WORD("--last"), last, NULL};
    struct tool_answer answer = {0};
    char *ids[CONTAINERS_MAX];
    int code = tool_do(&engine->tool, arguments, patience, &answer, error);
    size_t count = code == 0 && answer.out.text ? split_ids(answer.out.text, ids, CONTAINERS_MAX) : 0;
    if (count == CONTAINERS_MAX)
        sentences_add(&fetched->notes, "%s: the newest %d containers were asked about, no others",
                      engine->tool.name, CONTAINERS_MAX);
    if (count)
        code = inspect_all(fetched, engine, ids, count, patience, error);
    tool_answer_free(&answer);
    if (code > 0) {
        int events = fetch_events(fetched, engine, NULL, "", patience, error);
        code = events < 0 ? events : code;
    }
    return code;
}

/* Of an engine that was not named. */
static int ask_if_here(struct fetched *fetched, const char *name, const struct tool_patience *patience,
                       struct error *error) {
    struct engine engine = {0};
    bool here = false;
    fetched->silent = false;
    int code = engine_open(name, patience, &engine, error);
    if (code == 0)
        code = is_here(&engine, patience, &here, error);
    if (code == 0 && here)
        code = ask_of_all(fetched, &engine, patience, error);
    else if (code == 0)
        sentences_add(
            &fetched->notes,
            "%s runs on another machine, as it seems: its containers were left out; --live --engine "
            "%s asks it alone",
            name, name);
    engine_close(&engine);
    if (code < 0 && code != -EINTR && code != -ENOENT)
        sentences_add(&fetched->notes, "the containers of %s were left out: %s", name, error->what);
    return code < 0 && code != -EINTR ? 0 : code;
}

int fetch_containers(struct fetched *fetched, const char *engine_name, const struct tool_patience *patience,
                     struct error *error) {
    int all = 0;
    if (engine_name) {
        struct engine engine = {0};
        bool here = false;
        int code = engine_open(engine_name, patience, &engine, error);
        if (code == 0)
            code = ask_of_all(fetched, &engine, patience, error);
        int asked = code < 0 ? code : is_here(&engine, patience, &here, error);
        if (asked == 0 && !here)
            note_elsewhere(fetched, &engine);
        if (asked == 0 && here)
            asked = fetch_kernel_log(fetched, patience, error);
        engine_close(&engine);
        return asked < 0 ? asked : code;
    }
    for (const char *const *name = engine_names; *name; name++) {
        int code = ask_if_here(fetched, *name, patience, error);
        if (code < 0)
            return code;
        all += code;
    }
    int code = fetch_kernel_log(fetched, patience, error);
    return code < 0 ? code : all;
}

/* ---- kubectl ---- */

/* Too long for a cluster that answers, and short enough for somebody who waits. */
#define REQUEST_TIMEOUT "--request-timeout=20s"

#define KUBECTL_ARGUMENTS 16

/* kubectl's arguments: the question's own, then those that every question has, NULL-terminated. */
struct kubectl_call {
    char *arguments[KUBECTL_ARGUMENTS];
    char *space;
    char *context;
};

static struct kubectl_call kubectl_call(const struct pod_wish *wish, char *const *own) {
    static char timeout[] = REQUEST_TIMEOUT;
    struct kubectl_call call = {
        .space = wish->space ? text_format("--namespace=%s", wish->space) : NULL,
        .context = wish->context ? text_format("--context=%s", wish->context) : NULL,
    };
    size_t count = 0;
    while (*own && count < KUBECTL_ARGUMENTS - 4)
        call.arguments[count++] = *own++;
    call.arguments[count++] = timeout;
    if (call.space)
        call.arguments[count++] = call.space;
    if (call.context)
        call.arguments[count++] = call.context;
    return call;
}

static void kubectl_call_free(struct kubectl_call *call) {
    free(call->space);
    free(call->context);
}

/* "pods \"web\" not found", of its namespace or of a context too. */
static bool says_missing(const char *words) {
    return strstr(words, "not found") || (strstr(words, "context ") && strstr(words, "does not exist"));
}

static int fetch_pod_itself(struct fetched *fetched, const struct tool *kubectl, const struct pod_wish *wish,
                            const struct tool_patience *patience, const char **ret, struct error *error) {
    CLEANUP_FREE char *pod = text_copy(wish->name);
    struct tool_answer answer = {0};
    struct kubectl_call call =
        kubectl_call(wish, (char *[]){WORD("get"), WORD("pod"), pod, WORD("-o"), WORD("json"), NULL});
    int code = tool_run(kubectl, call.arguments, patience, &answer, error);
    kubectl_call_free(&call);
    if (code < 0)
        return code == -EINTR ? code
                              : error_plain(error, -ENOTCONN, "kubectl does not answer within %s",
                                            duration_text(patience->timeout_ns).s);
    if (answer.status) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        code = says_missing(words)
                   ? error_plain(error, -ENXIO, "pod %s: %.1000s", wish->name, words)
                   : error_plain(error, -ENOTCONN, "kubectl cannot tell of pod %s: %.1000s", wish->name,
                                 *words ? words : "it failed and did not say why");
    } else {
        struct fetched_text *item =
            add(fetched, FETCHED_DOCUMENT, text_format("kubectl get pod %s", wish->name));
        give_text(item, &answer.out);
        *ret = item->text;
    }
    tool_answer_free(&answer);
    return code;
}

static int fetch_pod_events(struct fetched *fetched, const struct tool *kubectl, const struct pod_wish *wish,
                            const struct tool_patience *patience, struct error *error) {
    CLEANUP_FREE char *what = text_format("kubectl get events of pod %s", wish->name);
    CLEANUP_FREE char *selector = text_format("--field-selector=involvedObject.name=%s", wish->name);
    struct tool_answer answer = {0};
    struct kubectl_call call =
        kubectl_call(wish, (char *[]){WORD("get"), WORD("events"), selector, WORD("-o"), WORD("json"), NULL});
    int code = ask(fetched, kubectl, call.arguments, what, patience, &answer, error);
    kubectl_call_free(&call);
    if (code > 0 && answer.out.length)
        give_text(add(fetched, FETCHED_DOCUMENT, STEAL_POINTER(&what)), &answer.out);
    tool_answer_free(&answer);
    return code < 0 ? code : 0;
}

static int fetch_pod_output(struct fetched *fetched, const struct tool *kubectl, const struct pod_wish *wish,
                            const struct ended_container *container, const struct tool_patience *patience,
                            struct error *error) {
    const char *previous = container->before ? " --previous" : "";
    CLEANUP_FREE char *what = text_format("kubectl logs%s %s -c %s", previous, wish->name, container->name);
    CLEANUP_FREE char *pod = text_copy(wish->name);
    CLEANUP_FREE char *which = text_format("--container=%s", container->name);
    struct tool_answer answer = {0};
    struct kubectl_call call =
        kubectl_call(wish, (char *[]){WORD("logs"), pod, which, WORD("--tail=" TAIL_LINES),
                                      container->before ? WORD("--previous") : NULL, NULL});
    int code = ask(fetched, kubectl, call.arguments, what, patience, &answer, error);
    kubectl_call_free(&call);
    if (code > 0)
        add_output(fetched, what, container->name, &answer.out);
    tool_answer_free(&answer);
    return code < 0 ? code : 0;
}

static int fetch_pod_outputs(struct fetched *fetched, const struct tool *kubectl, const struct pod_wish *wish,
                             const char *pod, const struct tool_patience *patience, struct error *error) {
    struct ended_container *list = NULL;
    size_t count = fetch_list_ended(pod, ENDED_MAX, &list);
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++)
        code = fetch_pod_output(fetched, kubectl, wish, &list[i], patience, error);
    ended_free(list, count);
    return code;
}

static int ask_kubectl(struct fetched *fetched, const struct tool *kubectl, const struct pod_wish *wish,
                       const struct tool_patience *patience, struct error *error) {
    const char *pod = NULL;
    struct utsname machine;
    int code = fetch_pod_itself(fetched, kubectl, wish, patience, &pod, error);
    if (code < 0)
        return code;
    CLEANUP_FREE char *node = fetch_node_of(pod);
    code = fetch_pod_outputs(fetched, kubectl, wish, pod, patience, error);
    if (code == 0)
        code = fetch_pod_events(fetched, kubectl, wish, patience, error);
    if (code == 0 && node && uname(&machine) == 0 && strcmp(machine.nodename, node) == 0)
        code = fetch_kernel_log(fetched, patience, error);
    return code;
}

int fetch_pod(struct fetched *fetched, const struct pod_wish *wish, const struct tool_patience *patience,
              struct error *error) {
    struct tool kubectl = {0};
    if (tool_find("kubectl", &kubectl, error) < 0) {
        error_plain(error, -ENOENT, "kubectl is not installed");
        error_hint(error, "sudo apt-get install kubernetes-client");
        error_advise(error, "kubernetes.io/docs/tasks/tools has other ways");
        return -ENOENT;
    }
    int code = ask_kubectl(fetched, &kubectl, wish, patience, error);
    tool_close(&kubectl);
    return code < 0 ? code : 0;
}
