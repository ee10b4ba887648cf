#include "trial/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "kernel/process_tree.h"

/* Long enough for a group of many gigabytes to be torn down by the kernel. */
#define DESTROY_TIMEOUT_NS (10 * NS_PER_S)

/* A container that was being made when the harness died may come to be a while after. */
#define MAY_COME_NS       (10 * NS_PER_S)
#define REMOVE_TIMEOUT_NS (60 * NS_PER_S)

/* What an entry of the list is; its text is the group's path, or the engine and the container's name. */
enum kind { KIND_GROUP = 'g', KIND_PROCESSES = 'p', KIND_CONTAINER = 'c' };

/* A message is two letters, '+' or '-' and the kind, and the text. */
static int tell(const struct keeper *keeper, char letter, enum kind kind, const char *text) {
    CLEANUP_FREE char *message = text_format("%c%c%s", letter, (char)kind, text);
    ssize_t sent;
    do
        sent = send(keeper->socket, message, strlen(message), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* Entries as they were announced: the kind's letter and the text. */
struct watch_list {
    char **entries;
    size_t count;
};

static void list_add(struct watch_list *list, const char *entry) {
    char **grown = realloc(list->entries, (list->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    list->entries = grown;
    list->entries[list->count++] = text_copy(entry);
}

static void list_remove(struct watch_list *list, const char *entry) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->entries[i], entry) == 0) {
            free(list->entries[i]);
            list->entries[i] = list->entries[--list->count];
            return;
        }
    }
}

/* Also where the engine does not answer any more: what it started is ended all the same. */
static void end_processes(const struct cgroup_site *site, const char *path) {
    struct cgroup group;
    struct error error;
    if (cgroup_attach(site->ops, path, false, &group, &error) < 0)
        return;
    (void)cgroup_kill(&group, DESTROY_TIMEOUT_NS);
    cgroup_free(&group);
}

static void remove_container(const char *text) {
    struct engine engine = {0};
    struct error error;
    const char *name = strchr(text, ' ');
    if (!name)
        return;
    CLEANUP_FREE char *engine_name = text_copy_bytes(text, (size_t)(name - text));
    struct tool_patience patience = {.timeout_ns = REMOVE_TIMEOUT_NS};
    if (engine_find(engine_name, &engine, &error) == 0)
        (void)engine_remove_container(&engine, name + 1, MAY_COME_NS, &patience, &error);
    engine_close(&engine);
}

/* Does what is to be done about the entries of one kind. */
static void settle(const struct watch_list *list, enum kind kind, const struct cgroup_site *site) {
    struct error error;
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->entries[i] + 1;
        if (list->entries[i][0] != (char)kind)
            continue;
        if (kind == KIND_GROUP)
            (void)cgroup_destroy_path(site->ops, text, DESTROY_TIMEOUT_NS, &error);
        else if (kind == KIND_PROCESSES)
            end_processes(site, text);
        else
            remove_container(text);
    }
}

/* The keeper's whole life. */
static void keep(int socket, const struct cgroup_site *site) {
    struct watch_list list = {0};
    char message[PATH_MAX + 3];
    for (;;) {
        ssize_t length = recv(socket, message, sizeof message - 1, 0);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break; /* the harness is gone */
        message[length] = '\0';
        if (message[0] == '+')
            list_add(&list, message + 1);
        else
            list_remove(&list, message + 1);
    }
    cgroup_site_end_processes(site, DESTROY_TIMEOUT_NS);
    /* What takes long comes last. */
    settle(&list, KIND_PROCESSES, site);
    settle(&list, KIND_GROUP, site);
    settle(&list, KIND_CONTAINER, site);
    for (size_t i = 0; i < list.count; i++)
        free(list.entries[i]);
    free(list.entries);
    cgroup_site_restore(site);
}

/* Lets go of everything of the harness's but the socket, so that whoever reads its output sees it end. */
static void detach(int socket) {
    sigset_t none;
    sigemptyset(&none);
    static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    prctl(PR_SET_NAME, "plimsoll-keeper");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; fd++)
        if (null >= 0)
            dup2(null, fd);
    if (socket > 3)
        close_range(3, (unsigned)socket - 1, 0);
    close_range((unsigned)socket + 1, ~0U, 0);
}

int keeper_start(struct keeper *ret, const struct cgroup_site *site, struct error *error) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_system(error, -errno, "cannot start the keeper process");
    pid_t pid = fork();
    if (pid < 0) {
        int code = -errno;
        close(pair[0]);
        close(pair[1]);
        return error_system(error, code, "cannot start the keeper process");
    }
    if (pid == 0) {
        close(pair[0]);
        detach(pair[1]);
        keep(pair[1], site);
        _exit(0);
    }
    close(pair[1]);
    *ret = (struct keeper){.pid = pid, .socket = pair[0]};
    if (site->table) /* it may be started anew while there are targets, and is none of theirs */
        process_table_exclude(site->table, pid);
    return 0;
}

static int watch(struct keeper *keeper, const struct cgroup_site *site, enum kind kind, const char *text,
                 struct error *error) {
    if (tell(keeper, '+', kind, text) == 0)
        return 0;
    keeper_stop(keeper);
    int code = keeper_start(keeper, site, error);
    if (code < 0)
        return code;
    code = tell(keeper, '+', kind, text);
    return code < 0 ? error_system(error, code, "the keeper process is gone") : 0;
}

int keeper_watch(struct keeper *keeper, const struct cgroup_site *site, const char *path,
                 struct error *error) {
    return watch(keeper, site, KIND_GROUP, path, error);
}

void keeper_release(const struct keeper *keeper, const char *path) {
    (void)tell(keeper, '-', KIND_GROUP, path);
}

int keeper_watch_processes(struct keeper *keeper, const struct cgroup_site *site, const char *path,
                           struct error *error) {
    return watch(keeper, site, KIND_PROCESSES, path, error);
}

void keeper_release_processes(const struct keeper *keeper, const char *path) {
    (void)tell(keeper, '-', KIND_PROCESSES, path);
}

int keeper_watch_container(struct keeper *keeper, const struct cgroup_site *site, const struct engine *engine,
                           const char *name, struct error *error) {
    CLEANUP_FREE char *text = text_format("%s %s", engine->tool.name, name);
    return watch(keeper, site, KIND_CONTAINER, text, error);
}

void keeper_release_container(const struct keeper *keeper, const struct engine *engine, const char *name) {
    CLEANUP_FREE char *text = text_format("%s %s", engine->tool.name, name);
    (void)tell(keeper, '-', KIND_CONTAINER, text);
}

void keeper_stop(struct keeper *keeper) {
    if (!keeper->pid)
        return;
    close(keeper->socket);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *keeper = (struct keeper){0};
}
