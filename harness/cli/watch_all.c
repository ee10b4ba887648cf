#include "cli/watch_all.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/documents.h"
#include "cli/full_screen.h"
#include "cli/session.h"
#include "cli/terminal_look.h"
#include "kernel/cgroup_list.h"
#include "kernel/host.h"
#include "output/groups.h"
#include "trial/container_names.h"

#define INTERVAL_NS NS_PER_S

/* New groups are looked for so often. */
#define LOOK_INTERVAL_NS (2 * NS_PER_S)

/* Between two tables where none can live, and between two versions of a file. */
#define WRITE_INTERVAL_NS (10 * NS_PER_S)

/* Growth is judged once in so many readings, not of all groups in the same one. */
#define JUDGE_EVERY 8

/* For an engine that has not yet said what its containers are called. */
#define NAMES_WAIT_NS (2 * NS_PER_S)

/* What is kept of a group beside what the list keeps, in the same order. */
struct kept {
    int64_t number;
    struct standing standing;
    bool judged;
    int64_t told_kills;
};

struct overview {
    const struct options *options;
    struct session *session;
    struct cgroup_list list;
    struct container_names names;
    struct kept *kept;
    size_t kept_count;
    size_t kept_capacity;
    struct group_row *rows; /* those that are shown, in the order they are shown in */
    size_t row_count;
    size_t row_capacity;
    struct full_screen screen;
    struct strbuf text; /* the table; its room is used again */
    enum row_order order;
    bool reversed;
    struct known_i64 first_host_kills;
    int64_t began_ns;
    int64_t next_look_ns;
    int64_t next_write_ns;
};

static int64_t interval_of(const struct options *options) {
    return options->interval_given ? options->interval_ns : INTERVAL_NS;
}

static struct known_i64 host_kills_since(const struct overview *all) {
    return known_delta(all->first_host_kills, host_oom_kills());
}

/* ---- reading ---- */

static void *grow(void *array, size_t *capacity, size_t wanted, size_t size) {
    if (wanted <= *capacity)
        return array;
    *capacity = wanted + wanted / 2;
    void *grown = realloc(array, *capacity * size);
    if (!grown)
        abort();
    return grown;
}

/* Carries over what is kept of groups that are still there. Both lists are in the order of their numbers, and
 * new ones come last. */
static void follow_list(struct overview *all) {
    const struct cgroup_list *list = &all->list;
    size_t from = 0;
    all->kept = grow(all->kept, &all->kept_capacity, list->count, sizeof *all->kept);
    /* What is left of the old is never behind what is written: numbers only leave, or are added at the end.
     */
    for (size_t i = 0; i < list->count; i++) {
        while (from < all->kept_count && all->kept[from].number < list->shown[i]->number)
            from++;
        if (from < all->kept_count && all->kept[from].number == list->shown[i]->number)
            all->kept[i] = all->kept[from++];
        else
            all->kept[i] = (struct kept){.number = list->shown[i]->number};
    }
    all->kept_count = list->count;
}

static void judge(struct overview *all, bool every) {
    const struct cgroup_list *list = &all->list;
    for (size_t i = 0; i < list->count; i++) {
        bool is_its_turn = (list->reading + (int64_t)i) % JUDGE_EVERY == 0;
        bool is_due = !all->kept[i].judged && list->shown[i]->course.count >= STANDING_POINTS_LEAST;
        if (!every && !is_its_turn && !is_due)
            continue;
        standing_judge_growth(list->shown[i], &all->kept[i].standing);
        all->kept[i].judged = is_due || all->kept[i].judged;
    }
}

static void tell_kill(struct overview *all, const struct watched_group *group, int64_t kills) {
    struct strbuf line = {0};
    strbuf_addf(&line, "%s  OOM kill in ", clock_utc_text().s);
    text_add_visible(&line, group->name);
    strbuf_addf(&line, ": %lld since it is watched", (long long)kills);
    if (group->limit_bytes.known)
        strbuf_addf(&line, ", limit %s", bytes_text(group->limit_bytes.value).s);
    strbuf_add(&line, "\n");
    progress_text(&all->session->progress, strbuf_text(&line));
    strbuf_free(&line);
}

/* Where the table is on a terminal it shows them; else, and of one in the background, they are said at once.
 */
static void tell_kills(struct overview *all) {
    const struct cgroup_list *list = &all->list;
    const char *filter = all->options->filter;
    bool seen = full_screen_is_seen(&all->screen);
    for (size_t i = 0; i < list->count; i++) {
        if (known_or(watched_new_kills(list->shown[i]), 0) <= all->kept[i].told_kills)
            continue;
        int64_t kills = standing_own_kills(list->shown, list->count, list->shown[i]);
        if (!seen && kills > all->kept[i].told_kills && (!filter || row_matches(list->shown[i], filter)))
            tell_kill(all, list->shown[i], kills);
        all->kept[i].told_kills = i64_larger(kills, all->kept[i].told_kills);
    }
}

static void read_all(struct overview *all, int64_t now_ns) {
    if (now_ns >= all->next_look_ns) {
        cgroup_list_look(&all->list);
        follow_list(all);
        all->next_look_ns = now_ns + LOOK_INTERVAL_NS;
    }
    container_names_look(&all->names, &all->list);
    cgroup_list_read(&all->list, now_ns - all->began_ns);
    judge(all, false);
    tell_kills(all);
}

/* ---- showing ---- */

static void take_rows(struct overview *all) {
    const struct cgroup_list *list = &all->list;
    const struct standing_config config = {.headroom_ratio = all->options->headroom_ratio,
                                           .guaranteed = all->options->guaranteed};
    all->rows = grow(all->rows, &all->row_capacity, list->count, sizeof *all->rows);
    all->row_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (all->options->filter && !row_matches(list->shown[i], all->options->filter))
            continue;
        standing_take_stock(&config, list->shown[i], &all->kept[i].standing);
        all->rows[all->row_count++] = (struct group_row){list->shown[i], all->kept[i].standing};
    }
    rows_sort(all->rows, all->row_count, all->order, all->reversed);
}

static struct groups_facts facts_of(const struct overview *all, const struct short_text *at) {
    return (struct groups_facts){
        .host = &all->session->result.host,
        .at = at->s,
        .available_bytes = host_available_bytes(),
        .host_kills = host_kills_since(all),
        .watched_ns = clock_now_ns() - all->began_ns,
        .shown = all->list.count,
        .gone = all->list.gone,
        .unopened = all->list.unopened,
    };
}

static void make_table(struct overview *all, bool live) {
    struct short_text at = clock_utc_text();
    struct groups_facts facts = facts_of(all, &at);
    struct groups_view view = {
        .colour = all->screen.colour,
        /* A file takes all of a name. */
        .utf8 = !isatty(STDOUT_FILENO) || terminal_look(STDOUT_FILENO).utf8,
        .live = live && all->screen.keys,
        .order = all->order,
        .reversed = all->reversed,
    };
    terminal_size(STDOUT_FILENO, &view.columns, &view.lines);
    view.lines = live ? view.lines : 0;
    take_rows(all);
    all->text.length = 0;
    groups_table(&facts, all->rows, all->row_count, &view, &all->text);
}

static bool is_stdout(const char *path) {
    return path && strcmp(path, "-") == 0;
}

/* Standard output is for one document. The table is one: what silences the words beside it leaves it out only
 * where the figures are written elsewhere. */
static bool has_table(const struct options *options) {
    const char *metrics = options->forms[FORM_OPENMETRICS];
    bool elsewhere = options->json || metrics;
    return !(options->quiet && elsewhere) && !is_stdout(options->json) && !is_stdout(metrics);
}

static int print_table(struct overview *all, struct error *error) {
    if (!has_table(all->options))
        return 0;
    make_table(all, false);
    return document_write("stdout", "-", strbuf_text(&all->text), all->text.length, error);
}

static int write_metrics(struct overview *all, struct error *error) {
    const char *path = all->options->forms[FORM_OPENMETRICS];
    struct short_text at = clock_utc_text();
    struct groups_facts facts = facts_of(all, &at);
    if (!path)
        return 0;
    take_rows(all);
    all->text.length = 0;
    groups_openmetrics(&facts, all->rows, all->row_count, &all->text);
    return document_write("--openmetrics", path, strbuf_text(&all->text), all->text.length, error);
}

static int write_json(struct overview *all, struct error *error) {
    struct short_text at = clock_utc_text();
    struct groups_facts facts = facts_of(all, &at);
    if (!all->options->json)
        return 0;
    take_rows(all);
    CLEANUP_FREE char *document = groups_json(&facts, all->rows, all->row_count);
    return document_write("--json", all->options->json, document, strlen(document), error);
}

static void draw(struct overview *all) {
    if (!full_screen_open(&all->screen))
        return;
    make_table(all, true);
    full_screen_draw(&all->screen, strbuf_text(&all->text));
}

/* What is due by now. */
static int show(struct overview *all, int64_t now_ns, struct error *error) {
    int code = 0;
    draw(all);
    if (all->options->once || now_ns < all->next_write_ns)
        return 0;
    all->next_write_ns = now_ns + WRITE_INTERVAL_NS;
    if (!all->screen.live)
        code = print_table(all, error);
    return code < 0 ? code : write_metrics(all, error);
}

/* ---- the loop ---- */

/* True where it is to be drawn anew. */
static bool take_key(struct overview *all, char key, bool *ret_quit) {
    *ret_quit = key == 'q' || key == 'Q';
    if (key == 's')
        all->order = (all->order + 1) % ORDER_COUNT;
    else if (key == 'r')
        all->reversed = !all->reversed;
    return key == 's' || key == 'r';
}

/* Until `until_ns`, an interrupt, or a key that ends it. True: it goes on. */
static bool wait_for(struct overview *all, int64_t until_ns) {
    const struct session *session = all->session;
    for (;;) {
        struct pollfd keyboard = {.fd = full_screen_keyboard(&all->screen), .events = POLLIN};
        int64_t left_ns = until_ns - clock_now_ns();
        if (*session->machine.interrupts)
            return false;
        if (left_ns <= 0)
            return true;
        struct timespec wait = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
        bool quit = false;
        bool has_key = ppoll(&keyboard, 1, &wait, &session->wait_mask) > 0;
        if (full_screen_is_lost(&all->screen) ||
            (has_key && take_key(all, full_screen_key(&all->screen), &quit)))
            draw(all);
        if (quit)
            return false;
    }
}

/* Until the time that was given is over. Returns 0 or a negative errno; `*ret_cut_short`: it was ended
 * before, by a key or a signal. */
static int go_round(struct overview *all, bool *ret_cut_short, struct error *error) {
    const struct options *options = all->options;
    int64_t end_ns = options->for_ns ? all->began_ns + options->for_ns : INT64_MAX;
    int64_t next_ns = all->began_ns;
    bool goes_on = true;
    int code = 0;
    while (goes_on && code == 0) {
        int64_t now_ns = clock_now_ns();
        read_all(all, now_ns);
        code = show(all, now_ns, error);
        if (now_ns >= end_ns || (options->once && !options->for_ns))
            break;
        next_ns += interval_of(options);
        if (next_ns < now_ns)
            next_ns = now_ns + interval_of(options);
        goes_on = wait_for(all, next_ns < end_ns ? next_ns : end_ns);
    }
    *ret_cut_short = !goes_on;
    return code;
}

/* The last words: what was not written before, as it is now. */
static int finish(struct overview *all, struct error *error) {
    judge(all, true);
    container_names_settle(&all->names, &all->list, NAMES_WAIT_NS);
    take_rows(all);
    int code = all->row_count > 0 ? print_table(all, error) : 0; /* of none judge_end() says why */
    if (code == 0)
        code = write_metrics(all, error);
    return code < 0 ? code : write_json(all, error);
}

static int judge_end(struct overview *all, bool cut_short) {
    struct progress *progress = &all->session->progress;
    if (cut_short && all->options->for_ns && *all->session->machine.interrupts)
        return session_interrupt_status();
    if (all->list.count == 0 && all->list.unopened)
        return progress_say(progress, STATUS_INCONCLUSIVE,
                            "%zu memory groups cannot be opened: too many open files (ulimit -n)",
                            all->list.unopened);
    if (all->list.count == 0)
        return progress_say(progress, STATUS_INCONCLUSIVE,
                            "no memory group to be seen below %s: neither container nor unit, and none that "
                            "holds processes or has a limit",
                            all->list.mount_point);
    if (all->row_count == 0 && all->options->filter)
        return progress_say(progress, STATUS_INCONCLUSIVE, "--filter %s: none of %zu groups",
                            all->options->filter, all->list.count);
    return STATUS_OK;
}

static int check(const struct options *options, struct error *error) {
    const char *metrics = options->forms[FORM_OPENMETRICS];
    const char *of_one = options->engine ? "--engine"
                         : options->name ? "--name"
                         : options->out  ? "--out"
                                         : NULL;
    if (of_one)
        return error_plain(error, -EINVAL,
                           "%s means nothing without one thing to watch: --cgroup, --pid, --container or "
                           "--systemd",
                           of_one);
    if (is_stdout(metrics) && !options->once)
        return error_plain(error, -EINVAL,
                           "--openmetrics - needs --once: standard output cannot be written anew");
    return 0;
}

static int run_with(struct session *session, const struct options *options, struct overview *all) {
    struct error error;
    bool cut_short;
    int code = cgroup_list_open(&all->list, &error);
    if (code < 0) {
        progress_error(&session->progress, &error);
        return STATUS_NOT_ALLOWED;
    }
    snprintf(session->result.host.cgroup, sizeof session->result.host.cgroup, "%s", all->list.ops->version);
    full_screen_look(&all->screen);
    all->screen.live = all->screen.live && has_table(options) && !options->once;
    all->first_host_kills = host_oom_kills();
    all->began_ns = clock_now_ns();
    code = go_round(all, &cut_short, &error);
    full_screen_close(&all->screen);
    if (code == 0)
        code = finish(all, &error);
    take_rows(all);
    if (code == -EPIPE) /* whoever read it, as head does, has had enough */
        return 128 + SIGPIPE;
    if (code < 0) {
        progress_error(&session->progress, &error);
        return STATUS_USAGE;
    }
    return judge_end(all, cut_short);
}

int watch_all(const struct options *options) {
    struct session session;
    struct error error;
    struct overview all = {.options = options, .session = &session, .order = options->order};
    if (check(options, &error) < 0) {
        struct progress progress;
        progress_init(&progress, options->quiet);
        progress_error(&progress, &error);
        return STATUS_USAGE;
    }
    int status = session_open_to_watch(&session, options, "watch");
    if (status != STATUS_OK)
        return status;
    status = run_with(&session, options, &all);
    container_names_close(&all.names);
    cgroup_list_close(&all.list);
    free(all.kept);
    free(all.rows);
    strbuf_free(&all.text);
    session_close(&session);
    return status;
}
