#include "cli/user_scope.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trial/scope_grant.h"

/* Set for the second start, so that there is no third. */
#define MARK "PLIMSOLL_SCOPE"

static char *const *started_as;

void user_scope_remember(char *const *argv) {
    started_as = getenv(MARK) ? NULL : argv;
    unsetenv(MARK); /* it is nothing to a target */
}

static size_t count_words(const char *const *words) {
    size_t count = 0;
    while (words[count])
        count++;
    return count;
}

/* Returns only where it fails, with errno. */
static void start_again(const sigset_t *mask) {
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    size_t words = count_words(scope_command);
    size_t count = count_words((const char *const *)started_as);
    const char **argv = calloc(words + count + 1, sizeof *argv);
    if (!argv || length < 0) {
        free(argv);
        return;
    }
    program[length] = '\0';
    memcpy(argv, scope_command, words * sizeof *argv);
    argv[words] = program;
    for (size_t i = 1; i < count; i++)
        argv[words + i] = started_as[i];
    setenv(MARK, "1", 1);
    sigset_t before;
    sigprocmask(SIG_SETMASK, mask, &before);
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, &before, NULL);
    unsetenv(MARK);
    free(argv);
}

void user_scope_enter(const struct options *options, int code, const sigset_t *mask,
                      struct progress *progress, struct error *error) {
    if (options->no_scope || !started_as || !scope_may_help(code) || !scope_is_granted(error))
        return;
    progress_text(progress, "plimsoll: no cgroup may be made here: starting again in a scope of your own "
                            "(systemd-run --user --scope -p Delegate=yes; --no-scope refuses)\n");
    start_again(mask);
}
