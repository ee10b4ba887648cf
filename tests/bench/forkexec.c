/* Times programs from fork() to waitpid(), side by side, for scripts/bench-overhead.
 *
 *     forkexec ROUNDS PROGRAM [ARG...] [::: PROGRAM [ARG...]]...
 *
 * In every round each command runs once; which is first moves on by one each round, so that what follows what
 * evens out. One line for each run: the command's number and its nanoseconds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX  16
#define WARMUP_ROUNDS 3

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Splits the arguments at ":::" in place. Returns how many commands there are. */
static int split_commands(char **arguments, char **commands[COMMANDS_MAX]) {
    int count = 0;
    while (*arguments && count < COMMANDS_MAX) {
        commands[count++] = arguments;
        while (*arguments && strcmp(*arguments, ":::") != 0)
            arguments++;
        if (*arguments)
            *arguments++ = NULL;
    }
    return count;
}

static long long time_command(char **argv, int null) {
    long long start_ns = now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execv(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "forkexec: %s failed, status 0x%x\n", argv[0], (unsigned)status);
        exit(1);
    }
    return now_ns() - start_ns;
}

int main(int argc, char **argv) {
    char **commands[COMMANDS_MAX];
    int rounds = argc > 2 ? atoi(argv[1]) : 0;
    int count = rounds > 0 ? split_commands(argv + 2, commands) : 0;
    if (count == 0) {
        fprintf(stderr, "usage: forkexec ROUNDS PROGRAM [ARG...] [::: PROGRAM [ARG...]]...\n");
        return 2;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int round = -WARMUP_ROUNDS; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            int number = (i + round + WARMUP_ROUNDS) % count;
            long long took_ns = time_command(commands[number], null);
            if (round >= 0)
                printf("%d %lld\n", number, took_ns);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
