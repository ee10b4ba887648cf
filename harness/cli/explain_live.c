#include "cli/explain_live.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "explain/reader.h"
#include "trial/fetch.h"

/* For each question, and for all of them, which take a second or two where everything is well. */
#define PATIENCE_NS (30 * NS_PER_S)
#define IN_ALL_NS   (60 * NS_PER_S)

/* Of each answer. A container's own description may hold a whole configuration. */
#define ANSWER_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* ---- interrupts ---- */

/* Set by the handler alone. */
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t interrupt_signal;

static void on_signal(int number) {
    interrupt_signal = number;
    interrupts++;
}

static const int taken[] = {SIGINT, SIGTERM, SIGHUP};
#define TAKEN (sizeof taken / sizeof *taken)

/* What was in force before. */
struct signals {
    struct sigaction actions[TAKEN];
    sigset_t mask;
};

/* Commands are run in sessions of their own, so that an interrupt has to be passed on. It is let through only
 * while one is waited for. */
static void take_signals(struct signals *before, sigset_t *wait_mask) {
    const struct sigaction action = {.sa_handler = on_signal};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < TAKEN; i++) {
        sigaction(taken[i], &action, &before->actions[i]);
        if (taken[i] == SIGHUP && before->actions[i].sa_handler == SIG_IGN) /* nohup */
            sigaction(taken[i], &before->actions[i], NULL);
        sigaddset(&set, taken[i]);
    }
    sigprocmask(SIG_BLOCK, &set, &before->mask);
    *wait_mask = before->mask;
    for (size_t i = 0; i < TAKEN; i++)
        sigdelset(wait_mask, taken[i]);
}

static void give_signals_back(const struct signals *before) {
    sigprocmask(SIG_SETMASK, &before->mask, NULL);
    for (size_t i = 0; i < TAKEN; i++)
        sigaction(taken[i], &before->actions[i], NULL);
}

/* ---- reading what was fetched ---- */

struct memory {
    const char *at;
    size_t left;
};

static ptrdiff_t read_memory(void *context, char *buffer, size_t size) {
    struct memory *memory = context;
    size_t length = memory->left < size ? memory->left : size;
    memcpy(buffer, memory->at, length);
    memory->at += length;
    memory->left -= length;
    return (ptrdiff_t)length;
}

/* What cannot be read is a note: the rest still tells something. */
static void read_text(const struct fetched_text *text, struct casefile *file, struct sentences *notes) {
    struct memory memory = {text->text, text->length};
    const struct byte_source source = {.read = read_memory, .context = &memory};
    const struct kernel_log known = {
        .clock_start_ns = text->clock_start_ns, .from_ns = text->from_ns, .until_ns = text->until_ns};
    struct error error = {0};
    int code = 0;
    switch (text->kind) {
    case FETCHED_DOCUMENT:
        code = explain_read(file, text->name, &source, &error);
        break;
    case FETCHED_OUTPUT:
        code = explain_read_output(file, text->name, text->owner, &source, &error);
        break;
    case FETCHED_KERNEL:
        code = explain_read_kernel_log(file, text->name, &source, &known, &error);
        break;
    }
    if (code < 0)
        sentences_add(notes, "%s", error.what);
}

/* ---- asking ---- */

static int fetch(const struct options *options, const struct tool_patience *patience, struct fetched *fetched,
                 struct error *error) {
    if (options->docker)
        return fetch_container(fetched, options->engine, options->docker, patience, error);
    if (!options->pod)
        return fetch_containers(fetched, options->engine, patience, error);
    const char *slash = strchr(options->pod, '/');
    CLEANUP_FREE char *space = slash ? text_copy_bytes(options->pod, (size_t)(slash - options->pod)) : NULL;
    const struct pod_wish wish = {.name = slash ? slash + 1 : options->pod,
                                  .space = space ? space : options->space,
                                  .context = options->kube_context};
    return fetch_pod(fetched, &wish, patience, error);
}

static int status_of(int code) {
    if (code == -EINTR)
        return 128 + (int)interrupt_signal;
    return code == -ENXIO || code == -EINVAL ? STATUS_USAGE : STATUS_NOT_ALLOWED;
}

int explain_live(const struct options *options, struct casefile *file, struct sentences *notes,
                 struct error *error) {
    struct signals before;
    sigset_t wait_mask;
    struct fetched fetched = {0};
    take_signals(&before, &wait_mask);
    const struct tool_patience patience = {.timeout_ns = PATIENCE_NS,
                                           .deadline_ns = clock_now_ns() + IN_ALL_NS,
                                           .interrupts = &interrupts,
                                           .wait_mask = &wait_mask,
                                           .at_once = true,
                                           .answer_bytes = ANSWER_BYTES_MAX};
    int code = fetch(options, &patience, &fetched, error);
    give_signals_back(&before);
    for (size_t i = 0; code >= 0 && i < fetched.count; i++)
        read_text(&fetched.items[i], file, notes);
    for (size_t i = 0; code >= 0 && i < fetched.notes.count; i++)
        sentences_add(notes, "%s", fetched.notes.items[i]);
    if (code >= 0 && fetched.count == 0)
        code = error_plain(error, -ENOTCONN, "--live: nothing here can be asked: %.1500s",
                           fetched.notes.count ? fetched.notes.items[fetched.notes.count - 1]
                                               : "no container engine answers");
    file->asked = options->docker || options->pod ? ASKED_ONE : ASKED_ALL;
    fetched_free(&fetched);
    if (code >= 0)
        *error = (struct error){0}; /* of those that were asked in vain the notes tell */
    return code < 0 ? status_of(code) : STATUS_OK;
}
