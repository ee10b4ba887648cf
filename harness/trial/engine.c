#include "trial/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* From one look for a container that may still come to be to the next. */
#define LOOK_AGAIN_NS (200 * NS_PER_MS)

/* What is known of each, in the order in which they are looked for. */
static const struct {
    const char *name;
    const char *install; /* the command; NULL: none does, and `elsewhere` says who has it */
    const char *elsewhere;
    const char *start;
} engines[] = {
    {"docker", .install = "sudo apt-get install docker.io", .start = "sudo systemctl start docker"},
    {"podman", .install = "sudo apt-get install podman", .start = "podman info"}, /* tells what it lacks */
    {"nerdctl", .elsewhere = "https://github.com/containerd/nerdctl/releases has it",
     .start = "sudo systemctl start containerd"},
};
#define ENGINE_COUNT (sizeof engines / sizeof *engines)

const char *const engine_names[] = {"docker", "podman", "nerdctl", NULL};

static size_t index_of(const char *name) {
    size_t i = 0;
    while (i < ENGINE_COUNT && strcmp(engines[i].name, name) != 0)
        i++;
    return i;
}

/* ---- finding one ---- */

static void advise_install(size_t index, struct error *error) {
    if (engines[index].install)
        error_hint(error, "%s", engines[index].install);
    else
        error_advise(error, "%s", engines[index].elsewhere);
}

int engine_find(const char *name, struct engine *ret, struct error *error) {
    struct engine engine = {0};
    size_t index = index_of(name);
    if (index == ENGINE_COUNT)
        return error_plain(error, -EINVAL, "%s: no such engine; give docker, podman or nerdctl", name);
    if (tool_find(name, &engine.tool, error) < 0) {
        advise_install(index, error);
        return -ENOENT;
    }
    *ret = engine;
    return 0;
}

int engine_check(const struct engine *engine, const struct tool_patience *patience, struct error *error) {
    char *arguments[] = {(char[]){"ps"}, (char[]){"--quiet"}, NULL};
    struct tool_answer answer = {0};
    int code = tool_run(&engine->tool, arguments, patience, &answer, error);
    if (code == -EINTR || (code < 0 && code != -ETIME))
        return code;
    if (code == 0 && answer.status) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        code = error_plain(error, -ENOTCONN, "%s does not answer: %.1000s", engine->tool.name, words);
        if (strcasestr(words, "permission denied"))
            error_hint(error, "sudo plimsoll ...");
        else
            error_hint(error, "%s", engines[index_of(engine->tool.name)].start);
    } else if (code == -ETIME) {
        error_hint(error, "%s", engines[index_of(engine->tool.name)].start);
        code = -ENOTCONN;
    }
    tool_answer_free(&answer);
    return code;
}

static int open_named(const char *name, const struct tool_patience *patience, struct engine *ret,
                      struct error *error) {
    struct engine engine = {0};
    int code = engine_find(name, &engine, error);
    if (code == 0)
        code = engine_check(&engine, patience, error);
    if (code < 0)
        engine_close(&engine);
    else
        *ret = engine;
    return code;
}

int engine_open(const char *name, const struct tool_patience *patience, struct engine *ret,
                struct error *error) {
    if (name)
        return open_named(name, patience, ret, error);
    /* Of those that are there but do not answer the first is named: it is the likeliest to be meant. */
    struct error first;
    int worst = -ENOENT;
    for (size_t i = 0; i < ENGINE_COUNT; i++) {
        struct error here;
        int code = open_named(engines[i].name, patience, ret, &here);
        if (code == 0)
            return 0;
        if (code != -ENOENT && worst == -ENOENT) {
            worst = code;
            first = here;
        }
        if (code == -EINTR)
            break;
    }
    if (worst != -ENOENT) {
        *error = first;
        return worst;
    }
    error_plain(error, -ENOENT, "no container engine is installed: docker, podman or nerdctl");
    advise_install(0, error);
    return -ENOENT;
}

void engine_close(struct engine *engine) {
    tool_close(&engine->tool);
    free(engine->group_prefix);
    free(engine->group_suffix);
    *engine = (struct engine){0};
}

/* ---- images ---- */

int engine_image(const struct engine *engine, const char *image, const struct tool_patience *patience,
                 struct image_facts *ret, struct error *error) {
    CLEANUP_FREE char *name = text_copy(image);
    char *arguments[] = {(char[]){"image"}, (char[]){"inspect"}, name, NULL};
    struct tool_answer answer = {0};
    int code = tool_run(&engine->tool, arguments, patience, &answer, error);
    if (code < 0)
        return code;
    if (answer.status) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        /* "No such image", "no such image", "image not known" */
        bool missing = strcasestr(words, "no such image") || strcasestr(words, "not known");
        code = missing ? error_plain(error, -ENOENT, "image %s: no such image here; %s pull %s", image,
                                     engine->tool.name, image)
                       : error_plain(error, -EIO, "image %s: %s: %.1000s", image, engine->tool.name, words);
    } else {
        code = image_facts_parse(strbuf_text(&answer.out), engine->tool.name, ret, error);
    }
    tool_answer_free(&answer);
    return code;
}

/* ---- containers ---- */

/* docker and podman, nerdctl: "No such container: x", "no container with name or ID \"x\" found". */
bool engine_says_missing(const char *words) {
    return strcasestr(words, "no such container") || strcasestr(words, "no container with");
}

int engine_remove_container(const struct engine *engine, const char *container, int64_t may_come_ns,
                            const struct tool_patience *patience, struct error *error) {
    CLEANUP_FREE char *name = text_copy(container);
    char *arguments[] = {(char[]){"rm"}, (char[]){"--force"}, (char[]){"--volumes"}, name, NULL};
    int64_t deadline = clock_now_ns() + may_come_ns;
    for (;;) {
        struct tool_answer answer = {0};
        int code = tool_run(&engine->tool, arguments, patience, &answer, error);
        if (code < 0)
            return code;
        CLEANUP_FREE char *words = tool_last_words(&answer);
        bool missing = engine_says_missing(words);
        code = answer.status && !missing
                   ? error_plain(error, -EIO, "%s rm %s: %.1000s", engine->tool.name, container, words)
                   : 0;
        tool_answer_free(&answer);
        /* Newer ones call it a success that there is nothing to remove. */
        if (code < 0 || !missing || clock_now_ns() >= deadline)
            return code;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_NS}, NULL);
    }
}

int engine_container_pid(const struct engine *engine, const char *container, pid_t *ret, char **ret_id,
                         struct error *error) {
    CLEANUP_FREE char *name = text_copy(container);
    char *arguments[] = {(char[]){"container"}, (char[]){"inspect"}, name, NULL};
    struct tool_answer answer = {0};
    struct container_state state = {0};
    int code = tool_run(&engine->tool, arguments, &tool_patience_default, &answer, error);
    if (code < 0)
        return code;
    if (answer.status) {
        CLEANUP_FREE char *words = tool_last_words(&answer);
        code =
            engine_says_missing(words)
                ? error_plain(error, -ENOENT, "container %s: %s knows of none", container, engine->tool.name)
                : error_plain(error, -EIO, "container %s: %.1000s", container, words);
    } else {
        code = container_state_parse(strbuf_text(&answer.out), engine->tool.name, &state, error);
    }
    tool_answer_free(&answer);
    if (code == 0 && (!state.running || state.pid <= 0))
        code = error_plain(error, -ESRCH, "container %s does not run: %s says it is %s", container,
                           engine->tool.name, state.status);
    if (code == 0) {
        *ret = state.pid;
        *ret_id = STEAL_POINTER(&state.id);
    }
    container_state_free(&state);
    return code;
}
