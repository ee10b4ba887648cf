#include "trial/terminal.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

bool terminal_is_ours(int fd) {
    return isatty(fd) && tcgetpgrp(fd) == getpgrp();
}

bool terminal_is_others(int fd) {
    pid_t group = tcgetpgrp(fd);
    return group >= 0 && group != getpgrp();
}

void terminal_give(int fd, pid_t group) {
    sigset_t ttou;
    sigset_t before;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU); /* or a background group that takes the terminal is stopped for it */
    sigprocmask(SIG_BLOCK, &ttou, &before);
    (void)tcsetpgrp(fd, group);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void terminal_follow_stop(int fd, pid_t target) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)target, &info, WSTOPPED | WNOHANG) < 0 || info.si_pid == 0)
        return;
    terminal_give(fd, getpgrp());
    raise(SIGSTOP);
    terminal_give(fd, target);
    kill(-target, SIGCONT);
}
