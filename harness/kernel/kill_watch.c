#include "kernel/kill_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/host.h"
#include "kernel/parse.h"

/* Pages of data in each ring, a power of two: some 50 records each. */
#define KILL_PAGES 2
#define EXIT_PAGES 4

/* No record of these is as long. */
#define RECORD_BYTES_MAX 512

/* For the thread that begins to watch: it holds two files of tracefs on its stack, and calls nothing deep. */
#define STACK_BYTES ((size_t)128 * 1024)

/* Of one CPU. */
struct trace_ring {
    int fd;
    struct perf_event_mmap_page *page; /* and the data behind it */
    size_t page_bytes;
    size_t data_bytes;
};

enum state { BEGINNING, WATCHING, REFUSED };

struct kill_watch {
    _Atomic int state; /* while it begins, all below is the thread's that does so */
    int code;          /* why it was refused */
    pthread_t thread;
    bool has_thread;
    int fd;                   /* of all rings of kills */
    struct trace_ring *kills; /* for each CPU */
    struct trace_ring *exits;
    int count; /* as many as CPUs may ever be; those without one have no ring */
    bool lost;
    struct trace_format kill_format;
    struct trace_format exit_format;
};

/* ---- what the kernel calls them ---- */

/* tracefs without mounting it anywhere: it is gone with the descriptor. */
static int open_private_tracefs(void) {
#ifdef SYS_fsopen
    CLEANUP_CLOSE int context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
    if (context < 0)
        return -errno;
    if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -errno;
    int fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
#else
    return -ENOSYS;
#endif
}

static int open_tracefs(void) {
    static const char *const mounted[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    for (size_t i = 0; i < sizeof mounted / sizeof *mounted; i++) {
        CLEANUP_CLOSE int fd = open(mounted[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && faccessat(fd, "events/signal/signal_generate/id", R_OK, 0) == 0)
            return steal_fd(&fd);
    }
    return open_private_tracefs();
}

/* The number of a tracepoint and where its fields lie. */
static int read_tracepoint(int tracefs, const char *name, bool of_signal, int *ret_id,
                           struct trace_format *ret) {
    char path[128];
    char text[4096];
    snprintf(path, sizeof path, "events/%s/id", name);
    ssize_t length = file_read_text_at(tracefs, path, text, sizeof text);
    if (length < 0)
        return (int)length;
    int id = atoi(text);
    snprintf(path, sizeof path, "events/%s/format", name);
    length = file_read_text_at(tracefs, path, text, sizeof text);
    if (length < 0)
        return (int)length;
    if (id <= 0 || !trace_format_parse(text, of_signal, ret))
        return -ENODEV;
    *ret_id = id;
    return 0;
}

/* ---- rings ---- */

static void close_ring(struct trace_ring *ring) {
    if (ring->page)
        munmap(ring->page, ring->page_bytes + ring->data_bytes);
    if (ring->fd >= 0)
        close(ring->fd);
    *ring = (struct trace_ring){.fd = -1};
}

/* -ENODEV: there is no such CPU now. */
static int open_ring(int id, int cpu, const char *filter, size_t pages, struct trace_ring *ret) {
    struct perf_event_attr wanted = {
        .type = PERF_TYPE_TRACEPOINT,
        .size = sizeof wanted,
        .config = (uint64_t)id,
        .sample_period = 1,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW,
        .disabled = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
        /* Of what is filtered each wakes us; the others are overwritten, and never do. */
        .write_backward = !filter,
        .watermark = !filter,
    };
    if (filter)
        wanted.wakeup_events = 1;
    else
        wanted.wakeup_watermark = UINT32_MAX;
    struct trace_ring ring = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
    ring.data_bytes = pages * ring.page_bytes;
    ring.fd = (int)syscall(SYS_perf_event_open, &wanted, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (ring.fd < 0)
        return -errno;
    int code = filter && ioctl(ring.fd, PERF_EVENT_IOC_SET_FILTER, filter) < 0 ? -errno : 0;
    void *memory = code < 0 ? MAP_FAILED
                            : mmap(NULL, ring.page_bytes + ring.data_bytes,
                                   filter ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, ring.fd, 0);
    if (code == 0 && memory == MAP_FAILED)
        code = -errno;
    if (code == 0) {
        ring.page = memory;
        code = ioctl(ring.fd, PERF_EVENT_IOC_ENABLE, 0) < 0 ? -errno : 0;
    }
    if (code < 0) {
        close_ring(&ring);
        return code;
    }
    *ret = ring;
    return 0;
}

/* Bytes of the ring from a place that only grows, across its end. */
static void copy_out(const struct trace_ring *ring, uint64_t from, size_t length, unsigned char *to) {
    const unsigned char *data = (const unsigned char *)ring->page + ring->page_bytes;
    size_t at = from & (ring->data_bytes - 1);
    size_t first = length < ring->data_bytes - at ? length : ring->data_bytes - at;
    memcpy(to, data + at, first);
    memcpy(to + first, data, length - first);
}

/* ---- the watch ---- */

static void refuse(int code, struct error *error) {
    if (code == -EXDEV)
        error_plain(error, code, "who sends a SIGKILL cannot be seen from a container's own pid namespace");
    else
        error_system(error, code, "who sends a SIGKILL cannot be seen");
    if (code == -EMFILE)
        error_hint(error, "ulimit -n 65536");
    if (code != -EACCES && code != -EPERM && code != -EXDEV)
        return;
    if (geteuid() != 0)
        error_hint(error, "sudo plimsoll ...");
    else
        error_hint(error, "docker run --privileged --pid host ...");
}

/* How many descriptors may go into the watch: most are for those who measure. */
static int64_t room_for_rings(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT32_MAX)
        return INT32_MAX;
    return (int64_t)limit.rlim_cur / 4;
}

static int open_rings(struct kill_watch *watch, int kill_id, int exit_id) {
    int64_t room = room_for_rings();
    int64_t opened = 0;
    for (int i = 0; i < watch->count; i++) {
        int code = open_ring(kill_id, i, "sig == 9", KILL_PAGES, &watch->kills[i]);
        if (code == -ENODEV) /* a CPU that is off, or that is none */
            continue;
        if (code == 0 && ++opened > room)
            code = -EMFILE;
        struct epoll_event event = {.events = EPOLLIN};
        if (code == 0 && epoll_ctl(watch->fd, EPOLL_CTL_ADD, watch->kills[i].fd, &event) < 0)
            code = -errno;
        if (code < 0)
            return code;
    }
    /* Without these those that are gone have no name, and that is all. */
    for (int i = 0; i < watch->count && exit_id > 0 && 2 * opened <= room; i++)
        if (watch->kills[i].page)
            (void)open_ring(exit_id, i, NULL, EXIT_PAGES, &watch->exits[i]);
    return opened ? 0 : -ENODEV;
}

/* Asks for no memory: a child that is being made meanwhile could not either. */
static int begin(struct kill_watch *watch) {
    int kill_id = 0;
    int exit_id = 0;
    if (!host_is_first_pid_namespace())
        return -EXDEV;
    CLEANUP_CLOSE int tracefs = open_tracefs();
    int code = tracefs;
    if (code >= 0)
        code = read_tracepoint(tracefs, "signal/signal_generate", true, &kill_id, &watch->kill_format);
    if (code < 0)
        return code;
    if (read_tracepoint(tracefs, "sched/sched_process_exit", false, &exit_id, &watch->exit_format) < 0)
        exit_id = 0;
    return open_rings(watch, kill_id, exit_id);
}

static void *begin_apart(void *context) {
    struct kill_watch *watch = context;
    watch->code = begin(watch);
    atomic_store(&watch->state, watch->code < 0 ? REFUSED : WATCHING);
    return NULL;
}

static void close_rings(struct kill_watch *watch) {
    for (int i = 0; i < watch->count; i++) {
        close_ring(&watch->kills[i]);
        close_ring(&watch->exits[i]);
    }
}

static void release(struct kill_watch *watch) {
    close_rings(watch);
    if (watch->fd >= 0)
        close(watch->fd);
    free(watch->kills);
    free(watch->exits);
    free(watch);
}

/* One more than the highest number that a CPU can have: numbers may have gaps. */
static long count_cpus(void) {
    char text[4096];
    if (file_read_text_at(AT_FDCWD, "/sys/devices/system/cpu/possible", text, sizeof text) > 0) {
        struct known_i64 last = parse_cpu_list_last(text);
        if (last.known && last.value < INT16_MAX)
            return (long)last.value + 1;
    }
    return sysconf(_SC_NPROCESSORS_CONF);
}

/* One that watches nothing yet. */
static struct kill_watch *make_watch(void) {
    struct kill_watch *watch = calloc(1, sizeof *watch);
    long count = count_cpus();
    if (!watch)
        abort();
    watch->count = count > 0 && count < INT16_MAX ? (int)count : 0;
    watch->kills = calloc((size_t)watch->count + 1, sizeof *watch->kills);
    watch->exits = calloc((size_t)watch->count + 1, sizeof *watch->exits);
    if (!watch->kills || !watch->exits)
        abort();
    for (int i = 0; i < watch->count; i++)
        watch->kills[i].fd = watch->exits[i].fd = -1;
    watch->fd = epoll_create1(EPOLL_CLOEXEC);
    if (watch->count && watch->fd >= 0)
        return watch;
    release(watch);
    return NULL;
}

int kill_watch_open(struct kill_watch **ret, struct error *error) {
    struct kill_watch *watch = make_watch();
    if (!watch) {
        refuse(-EMFILE, error);
        return -EMFILE;
    }
    (void)begin_apart(watch);
    int code = watch->code;
    if (code < 0) {
        release(watch);
        refuse(code, error);
        return code;
    }
    *ret = watch;
    return 0;
}

struct kill_watch *kill_watch_begin(void) {
    struct kill_watch *watch = make_watch();
    pthread_attr_t attributes;
    if (!watch)
        return NULL;
    if (pthread_attr_init(&attributes) == 0) {
        (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
        watch->has_thread = pthread_create(&watch->thread, &attributes, begin_apart, watch) == 0;
        pthread_attr_destroy(&attributes);
    }
    if (watch->has_thread)
        return watch;
    release(watch);
    return NULL;
}

bool kill_watch_is_on(const struct kill_watch *watch) {
    return watch && atomic_load(&watch->state) == WATCHING;
}

int kill_watch_fd(const struct kill_watch *watch) {
    return kill_watch_is_on(watch) ? watch->fd : -1;
}

/* Returns whether records were lost. */
static bool read_ring(struct trace_ring *ring, const struct trace_format *format,
                      void (*found)(const struct trace_record *record, void *context), void *context) {
    unsigned char bytes[RECORD_BYTES_MAX];
    uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
    uint64_t tail = ring->page->data_tail;
    /* The record that some were lost is written with the next that finds room: of a full ring it is not known
     * yet. */
    bool lost = head - tail + sizeof bytes > ring->data_bytes;
    while (tail < head) {
        size_t length = head - tail < sizeof bytes ? (size_t)(head - tail) : sizeof bytes;
        struct trace_record record;
        copy_out(ring, tail, length, bytes);
        size_t taken = trace_record_parse(bytes, length, format, &record);
        if (taken == 0) { /* not to be understood: nothing behind it is either */
            lost = true;
            break;
        }
        tail += taken;
        lost = lost || record.lost > 0;
        if (record.is_sample)
            found(&record, context);
    }
    __atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
    return lost;
}

void kill_watch_read(struct kill_watch *watch,
                     void (*found)(const struct trace_record *record, void *context), void *context) {
    for (int i = 0; kill_watch_is_on(watch) && i < watch->count; i++)
        if (watch->kills[i].page && read_ring(&watch->kills[i], &watch->kill_format, found, context))
            watch->lost = true;
}

bool kill_watch_lost(struct kill_watch *watch) {
    if (!kill_watch_is_on(watch))
        return false;
    bool lost = watch->lost;
    watch->lost = false;
    return lost;
}

/* Newest first, as the kernel writes a ring backward. */
static bool find_exit(const struct trace_ring *ring, const struct trace_format *format, int pid, char *ret,
                      size_t size) {
    unsigned char *bytes = malloc(ring->data_bytes);
    bool found = false;
    size_t at = 0;
    struct trace_record record;
    if (!bytes)
        return false;
    /* What is written meanwhile spoils no more than the oldest. */
    copy_out(ring, __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE), ring->data_bytes, bytes);
    for (size_t taken = 1; taken && !found; at += taken) {
        taken = trace_record_parse(bytes + at, ring->data_bytes - at, format, &record);
        found = taken && record.is_sample && record.by_pid == pid && record.pid == pid;
    }
    if (found)
        snprintf(ret, size, "%s", record.name);
    free(bytes);
    return found;
}

bool kill_watch_name_of(const struct kill_watch *watch, int pid, char *ret, size_t size) {
    for (int i = 0; kill_watch_is_on(watch) && i < watch->count; i++)
        if (watch->exits[i].page && find_exit(&watch->exits[i], &watch->exit_format, pid, ret, size))
            return true;
    return false;
}

/* The smallest descriptor from `from` on that who lingers keeps: of a ring, or the pipe's. -1: there is none.
 */
static int next_kept(const struct kill_watch *watch, int pipe_fd, int from) {
    int next = pipe_fd >= from ? pipe_fd : -1;
    for (int i = 0; i < watch->count; i++) {
        const int fds[] = {watch->kills[i].fd, watch->exits[i].fd};
        for (size_t k = 0; k < sizeof fds / sizeof *fds; k++)
            if (fds[k] >= from && (next < 0 || fds[k] < next))
                next = fds[k];
    }
    return next;
}

static void close_between(int from, unsigned last) {
    if ((unsigned)from > last)
        return;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, from, last, 0) == 0)
        return;
#endif
    for (int fd = from; fd <= 2 && (unsigned)fd <= last; fd++) /* before Linux 5.9: what others wait for */
        close(fd);
}

/* Nobody's pipe, terminal, lock or log is to be held open by one that lingers. Asks for no memory. */
static void close_all_others(const struct kill_watch *watch, int pipe_fd) {
    int from = 0;
    for (int kept = next_kept(watch, pipe_fd, from); kept >= 0; kept = next_kept(watch, pipe_fd, from)) {
        if (kept > from)
            close_between(from, (unsigned)kept - 1);
        from = kept + 1;
    }
    close_between(from, UINT32_MAX);
}

/* The harness's handlers are not for it, and a Ctrl-C is not for it either: it ends at once by itself. */
static void leave_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, number == SIGINT || number == SIGTERM ? SIG_IGN : SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Holds what it inherited until we have closed ours: the last to close is the one who has to wait. The
 * mappings of the rings are not inherited (VM_DONTCOPY), their descriptors are. */
static void linger(const struct kill_watch *watch, int pipe_fd) {
    char byte;
    leave_signals();
    close_all_others(watch, pipe_fd);
    while (read(pipe_fd, &byte, 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

void kill_watch_close(struct kill_watch *watch) {
    int pair[2];
    if (!watch)
        return;
    if (watch->has_thread)
        pthread_join(watch->thread, NULL);
    if (kill_watch_is_on(watch) && pipe2(pair, O_CLOEXEC) == 0) {
        if (fork() == 0) {
            close(pair[1]);
            linger(watch, pair[0]);
        }
        /* Not waited for: that would be the wait that it takes off us. It ends once the kernel has let go,
         * and is reaped by whoever takes over what we leave. */
        close(pair[0]);
        close_rings(watch);
        close(pair[1]);
    }
    release(watch);
}
