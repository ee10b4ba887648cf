/* fork: many processes that hold a part each. */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"
#include "base/units.h"
#include "idle.h"
#include "shape.h"

static struct {
    int64_t size_bytes;
    int64_t processes;
    int64_t hold_ns;
} want;

static const struct option_spec options[] = {
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "64Mi",
     .meaning = "total of all processes at the peak"},
    {.name = "--processes",
     .kind = OPTION_COUNT,
     .number = &want.processes,
     .fallback = "16",
     .least = 1,
     .most = 32768,
     .meaning = "children beside the parent"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "200ms",
     .meaning = "how long to keep it once all have touched their part"},
};

/* The children write a byte to `touched` when they have; they end when `release` reads end of file. */
struct family {
    int touched[2];
    int release[2];
    pid_t *children;
    int64_t born;
    sigset_t unblocked;
    struct region region; /* mapped by the parent; each child has pages of its own there */
    int64_t payload;      /* bytes of each child */
    int64_t larger;       /* so many children touch a page more */
};

static int plan(struct truth *truth, struct error *error) {
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.hold_ns;
    truth_add(truth, "processes", want.processes);
    return account_require("--size", want.size_bytes, want.processes * account_child_estimate(), error);
}

static void on_child(int signal_number) {
    (void)signal_number;
}

/* SIGCHLD stays blocked but for ppoll, so that a death cannot slip in before the wait. */
static int family_init(struct family *family, struct error *error) {
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    family->children = calloc((size_t)want.processes, sizeof *family->children);
    if (!family->children || sigaction(SIGCHLD, &action, NULL) < 0 ||
        sigprocmask(SIG_BLOCK, &blocked, &family->unblocked) < 0 || pipe2(family->touched, O_CLOEXEC) < 0 ||
        pipe2(family->release, O_CLOEXEC) < 0)
        return error_system(error, -errno, "prepare for %lld processes", (long long)want.processes);
    sigdelset(&family->unblocked, SIGCHLD);
    return 0;
}

_Noreturn static void child_main(const struct family *family, pid_t parent) {
    char byte = 1;
    /* A killed parent takes its children along; one that died before this line is found out by its id. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)close(family->release[1]);
    if (getppid() != parent)
        _exit(1);
    memory_touch(&family->region, 0,
                 family->payload + (family->born < family->larger ? memory_page_bytes() : 0));
    if (write(family->touched[1], &byte, 1) != 1)
        _exit(1);
    while (read(family->release[0], &byte, 1) < 0 && errno == EINTR)
        continue;
    _exit(0);
}

/* Not inlined: its frame, which the children write to, has to begin below the gap that raise_on_one_page()
 * leaves. */
__attribute__((noinline)) static int raise_children(struct family *family, struct error *error) {
    pid_t parent = getpid();
    for (; family->born < want.processes; family->born++) {
        pid_t child = fork();
        if (child < 0)
            return error_system(error, -errno, "fork child %lld of %lld", (long long)family->born + 1,
                                (long long)want.processes);
        if (child == 0)
            child_main(family, parent);
        family->children[family->born] = child;
    }
    return 0;
}

/* The stack begins at a random address, and frames across a page boundary would cost each child one page more
 * to copy. A gap up to the boundary keeps the count the same in every run. */
static int raise_on_one_page(struct family *family, struct error *error) {
    size_t above = (size_t)((uintptr_t)__builtin_frame_address(0) % (uintptr_t)memory_page_bytes());
    // cppcheck-suppress allocaCalled ; its address is the point, which a variable length array hides
    volatile char *gap = alloca(above + 1);
    *gap = 0;
    return raise_children(family, error);
}

static int death_text(struct error *error, pid_t child, int status) {
    if (WIFSIGNALED(status))
        return error_plain(error, -ECHILD, "child %d died of signal %d", (int)child, WTERMSIG(status));
    return error_plain(error, -ECHILD, "child %d ended too early with status %d", (int)child,
                       WEXITSTATUS(status));
}

/* Waits until `missing` children have touched their part, or the deadline passes; fails when one dies. */
static int watch(struct family *family, int64_t missing, const struct timespec *timeout,
                 struct error *error) {
    struct pollfd poll_fd = {.fd = family->touched[0], .events = POLLIN};
    char bytes[64];
    int status;
    for (;;) {
        int ready = ppoll(&poll_fd, 1, timeout, &family->unblocked);
        pid_t dead = waitpid(-1, &status, WNOHANG);
        if (dead > 0)
            return death_text(error, dead, status);
        if (ready == 0)
            return 0;
        ssize_t count = ready > 0 ? read(family->touched[0], bytes, sizeof bytes) : 0;
        missing -= count > 0 ? count : 0;
        if (missing <= 0)
            return 0;
    }
}

static int end_children(struct family *family, struct error *error) {
    int code = 0;
    int status;
    for (int64_t i = 0; i < family->born; i++)
        if (waitpid(family->children[i], &status, 0) > 0 && code == 0 && status != 0)
            code = death_text(error, family->children[i], status);
    return code;
}

static void kill_children(struct family *family) {
    struct error ignored;
    for (int64_t i = 0; i < family->born; i++)
        (void)kill(family->children[i], SIGKILL);
    (void)end_children(family, &ignored);
}

/* Shares what the parent leaves among the children; the pages that the division leaves over go one to a
 * child. The region is mapped and its first page is touched before the fork: so all children inherit the same
 * page tables, and the parent's tell what they cost. */
static int share_out(struct family *family, struct error *error) {
    int64_t own = 0;
    int64_t child = 0;
    int code = memory_map(&family->region, want.size_bytes / want.processes, MEMORY_ANON, error);
    if (code < 0)
        return code;
    memory_touch(&family->region, 0, memory_page_bytes());
    code = account_own(&own, error);
    if (code == 0)
        code = account_child(&child, error);
    if (code < 0)
        return code;
    int64_t room = want.size_bytes - own;
    family->payload = account_payload(room / want.processes - child, MEMORY_ANON);
    room -= want.processes * (child + account_charge(family->payload, MEMORY_ANON));
    family->larger = room / memory_page_bytes();
    return 0;
}

static int perform(struct error *error) {
    struct family family = {0};
    struct timespec hold = {want.hold_ns / NS_PER_S, want.hold_ns % NS_PER_S};
    int code = family_init(&family, error);
    if (code == 0)
        code = share_out(&family, error);
    if (code < 0)
        return code;
    code = raise_on_one_page(&family, error);
    if (code == 0)
        code = watch(&family, want.processes, NULL, error);
    if (code == 0)
        code = watch(&family, 1, &hold, error);
    if (code < 0) {
        kill_children(&family);
        return code;
    }
    (void)close(family.release[1]);
    return end_children(&family, error);
}

const struct shape shape_fork = {
    .name = "fork",
    .summary = "anonymous memory spread over many processes",
    .details =
        "Forks --processes children. Each touches its part and keeps it until all have and --hold has\n"
        "passed. What a process costs the kernel counts towards --size. If a child dies, the others are "
        "killed\n"
        "and the exit status is 1. Forking and touching come on top of the duration.",
    .example = "fork --size 160Mi --processes 16",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
