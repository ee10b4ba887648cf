#include "trial/container_names.h"

#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define PAUSE_NS (20 * NS_PER_MS)

/* The highest number of a container whose name is not known; 0: there is none. */
static int64_t find_unnamed(const struct cgroup_list *list) {
    int64_t highest = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->shown[i]->kind == WATCHED_CONTAINER && !list->shown[i]->named_by_engine)
            highest = list->shown[i]->number;
    return highest;
}

/* The first without a slash, else the first. Caller frees. */
static char *own_name(const char *names, size_t length) {
    for (size_t from = 0; from < length; from += strcspn(names + from, ",\n") + 1) {
        size_t end = strcspn(names + from, ",\n");
        if (end > 0 && !memchr(names + from, '/', end))
            return text_copy_bytes(names + from, end);
    }
    return text_copy_bytes(names, strcspn(names, ",\n"));
}

void container_names_parse(const char *text, container_names_visitor *visit, void *context) {
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        size_t id_length = strcspn(line, " \n");
        if (id_length > 0 && id_length < length) {
            CLEANUP_FREE char *id = text_copy_bytes(line, id_length);
            CLEANUP_FREE char *name = own_name(line + id_length + 1, length - id_length - 1);
            if (*name)
                visit(context, id, name);
        }
        line += length + (line[length] == '\n');
    }
}

static void take_name(void *context, const char *id, const char *name) {
    cgroup_list_name(context, id, name);
}

/* The next engine that is installed. False: all were asked. */
static bool ask_next(struct container_names *names) {
    char *arguments[] = {(char[]){"ps"}, (char[]){"--no-trunc"}, (char[]){"--format"},
                         (char[]){"{{.ID}} {{.Names}}"}, NULL};
    struct error ignored;
    for (; engine_names[names->asked]; names->asked++) {
        if (engine_find(engine_names[names->asked], &names->engine, &ignored) < 0)
            continue;
        if (tool_begin(&names->engine.tool, arguments, &names->command, &ignored) == 0)
            return true;
        engine_close(&names->engine);
    }
    return false;
}

/* True while an answer is waited for. */
static bool go_on(struct container_names *names, struct cgroup_list *list) {
    if (names->command.pid) {
        struct tool_answer answer = {0};
        if (!tool_take(&names->command))
            return true;
        tool_end(&names->command, &answer);
        if (answer.status == 0)
            container_names_parse(strbuf_text(&answer.out), take_name, list);
        tool_answer_free(&answer);
        engine_close(&names->engine);
        names->asked++;
        return find_unnamed(list) > 0 && ask_next(names);
    }
    int64_t unnamed = find_unnamed(list);
    if (unnamed <= names->last_number)
        return false;
    names->last_number = unnamed;
    names->asked = 0;
    return ask_next(names);
}

void container_names_look(struct container_names *names, struct cgroup_list *list) {
    (void)go_on(names, list);
}

void container_names_settle(struct container_names *names, struct cgroup_list *list, int64_t timeout_ns) {
    int64_t deadline_ns = clock_now_ns() + timeout_ns;
    while (go_on(names, list) && clock_now_ns() < deadline_ns) {
        struct timespec pause = {.tv_nsec = PAUSE_NS};
        nanosleep(&pause, NULL);
    }
}

void container_names_close(struct container_names *names) {
    tool_end(&names->command, NULL);
    engine_close(&names->engine);
    *names = (struct container_names){0};
}
