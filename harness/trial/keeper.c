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

/* Long enough for a group of many gigabytes to be torn down by the kernel. */
#define DESTROY_TIMEOUT_NS (10 * NS_PER_S)

/* A message is one letter, '+' or '-', and the path. */
static int tell(const struct keeper *keeper, char letter, const char *path) {
    CLEANUP_FREE char *message = text_format("%c%s", letter, path);
    ssize_t sent;
    do
        sent = send(keeper->socket, message, strlen(message), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

struct watch_list {
    char **paths;
    size_t count;
};

static void list_add(struct watch_list *list, const char *path) {
    char **grown = realloc(list->paths, (list->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    list->paths = grown;
    list->paths[list->count++] = text_copy(path);
}

static void list_remove(struct watch_list *list, const char *path) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->paths[i], path) == 0) {
            free(list->paths[i]);
            list->paths[i] = list->paths[--list->count];
            return;
        }
    }
}

/* The keeper's whole life. */
static void keep(int socket, const struct cgroup_site *site) {
    struct watch_list list = {0};
    char message[PATH_MAX + 2];
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
    struct error error;
    for (size_t i = 0; i < list.count; i++) {
        (void)cgroup_destroy_path(site->ops, list.paths[i], DESTROY_TIMEOUT_NS, &error);
        free(list.paths[i]);
    }
    free(list.paths);
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
    return 0;
}

int keeper_watch(struct keeper *keeper, const struct cgroup_site *site, const char *path,
                 struct error *error) {
    if (tell(keeper, '+', path) == 0)
        return 0;
    keeper_stop(keeper);
    int code = keeper_start(keeper, site, error);
    if (code < 0)
        return code;
    code = tell(keeper, '+', path);
    return code < 0 ? error_system(error, code, "the keeper process is gone") : 0;
}

void keeper_release(const struct keeper *keeper, const char *path) {
    (void)tell(keeper, '-', path);
}

void keeper_stop(struct keeper *keeper) {
    if (!keeper->pid)
        return;
    close(keeper->socket);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *keeper = (struct keeper){0};
}
