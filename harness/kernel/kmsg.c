#include "kernel/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* CONSOLE_EXT_LOG_MAX of include/linux/printk.h: no record is longer. */
#define RECORD_BYTES 8192

/* The kernel sends the SIGKILL first and writes that it did behind it: a report that is not whole is waited
 * for so often, so long each. */
#define WAITS   3
#define WAIT_MS 20

/* A report of a machine with very many tasks has a line for each; what is beyond is left. */
#define RECORDS_MAX 100000

static int open_log(struct error *error) {
    int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        int code = -errno;
        error_system(error, code, "the kernel's log cannot be read: /dev/kmsg");
        if ((code == -EPERM || code == -EACCES) && geteuid() != 0)
            error_hint(error, "sudo plimsoll ...");
        else if (code == -EPERM || code == -EACCES || code == -ENOENT)
            error_hint(error, "docker run --privileged --device /dev/kmsg ...");
        return code;
    }
    return fd;
}

int kmsg_open(struct error *error) {
    int fd = open_log(error);
    if (fd >= 0)
        kmsg_skip(fd);
    return fd;
}

void kmsg_skip(int fd) {
    (void)lseek(fd, 0, SEEK_END);
}

/* Something more to read soon? */
static bool comes_soon(int fd) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, WAIT_MS) > 0;
}

void kmsg_read_kills(int fd, void (*found)(void *context, const struct oom_kill *kill), void *context) {
    struct oom_reports reports = {.found = found, .context = context};
    char record[RECORD_BYTES];
    int waits = WAITS;
    for (long number = 1; number <= RECORDS_MAX; number++) {
        ssize_t length = read(fd, record, sizeof record);
        if (length < 0 && (errno == EPIPE || errno == EINTR)) /* overwritten before it was read: go on */
            continue;
        if (length < 0 && errno == EAGAIN && reports.open_count > 0 && waits-- > 0 && comes_soon(fd))
            continue;
        if (length <= 0)
            break;
        /* Below the first line lie the record's keys. */
        const char *end = memchr(record, '\n', (size_t)length);
        struct klog_line line;
        klog_parse(record, end ? (size_t)(end - record) : (size_t)length, &line);
        oom_reports_take(&reports, &line, number);
    }
    oom_reports_end(&reports);
}

/* The oldest lines make room, a quarter of the whole at once. Returns how many went. */
static long drop_oldest(struct strbuf *log, size_t start, size_t most) {
    char *from = log->text + start;
    char *end = log->text + log->length;
    char *kept = memchr(from + most / 4, '\n', (size_t)(end - from) - most / 4);
    long count = 0;
    if (!kept)
        return 0;
    for (const char *at = from; at <= kept; at++)
        count += *at == '\n';
    memmove(from, kept + 1, (size_t)(end - kept - 1));
    log->length -= (size_t)(kept + 1 - from);
    log->text[log->length] = '\0';
    return count;
}

long kmsg_read_all(struct strbuf *to, size_t most, struct known_i64 *ret_first_ns, struct error *error) {
    char record[RECORD_BYTES];
    long count = 0;
    size_t start = to->length;
    size_t whole_from = start;
    CLEANUP_CLOSE int fd = open_log(error);
    if (fd < 0)
        return fd;
    for (;;) {
        ssize_t length = read(fd, record, sizeof record);
        if (length < 0 && errno == EPIPE) /* overwritten before it was read: whole from the next one on */
            whole_from = to->length;
        if (length < 0 && (errno == EPIPE || errno == EINTR))
            continue;
        if (length <= 0)
            break;
        const char *end = memchr(record, '\n', (size_t)length);
        strbuf_add_bytes(to, record, end ? (size_t)(end - record) : (size_t)length);
        strbuf_add(to, "\n");
        count++;
        if (to->length - start > most) {
            size_t before = to->length;
            count -= drop_oldest(to, start, most);
            size_t dropped = before - to->length;
            whole_from = whole_from > start + dropped ? whole_from - dropped : start;
        }
    }
    struct klog_line first = {0};
    if (to->length > whole_from)
        klog_parse(to->text + whole_from, strcspn(to->text + whole_from, "\n"), &first);
    *ret_first_ns = first.boot_ns;
    return count;
}
