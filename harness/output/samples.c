#include "output/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/units.h"

/* Longest line: a time, sixteen numbers of up to 20 characters, separators. */
#define LINE_MAX_BYTES ((size_t)400)

static const char header[] =
    "time_s,usage_bytes,window_peak_bytes,anon_bytes,file_bytes,shmem_bytes,kernel_bytes,"
    "slab_reclaimable_bytes,active_file_bytes,inactive_file_bytes,working_set_bytes,needed_bytes,"
    "slab_unreclaimable_bytes,sock_bytes,unevictable_bytes,swap_bytes,refault_file_pages\n";

int samples_open(struct samples_file *file, int dirfd, const char *name, struct error *error) {
    file->fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return error_system(error, -errno, "cannot create %s", name);
    memcpy(file->buffer, header, sizeof header - 1);
    file->used = sizeof header - 1;
    file->flushed_ns = 0;
    return 0;
}

/* printf() costs more than the reading itself at a thousand a second. */
static char *put_number(char *to, int64_t number, int min_digits) {
    char digits[24];
    int count = 0;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    if (number < 0)
        *to++ = '-';
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest || count < min_digits);
    while (count)
        *to++ = digits[--count];
    return to;
}

static char *put_cell(char *to, struct known_i64 number) {
    *to++ = ',';
    return number.known ? put_number(to, number.value, 1) : to;
}

/* After a write that failed midway: takes the part of a line away that reached the disk. */
static void drop_part_line(const struct samples_file *file, off_t start) {
    off_t end = lseek(file->fd, 0, SEEK_CUR);
    if (start < 0 || end <= start)
        return;
    while (end > start && file->buffer[end - start - 1] != '\n')
        end--;
    if (ftruncate(file->fd, end) < 0)
        return; /* the reader sees a short last line */
}

static bool flush(struct samples_file *file) {
    off_t start = lseek(file->fd, 0, SEEK_CUR);
    int code = file_write_all(file->fd, file->buffer, file->used);
    if (code < 0)
        drop_part_line(file, start);
    file->used = 0;
    if (code == 0)
        return true;
    close(file->fd);
    file->fd = -1;
    return false;
}

bool samples_add(struct samples_file *file, const struct snapshot *sample) {
    if (file->fd < 0)
        return false;
    char *at = file->buffer + file->used;
    at = put_number(at, sample->time_ns / NS_PER_S, 1);
    *at++ = '.';
    at = put_number(at, sample->time_ns % NS_PER_S / NS_PER_US, 6);
    at = put_cell(at, sample->usage);
    at = put_cell(at, sample->window_peak);
    at = put_cell(at, sample->anon);
    at = put_cell(at, sample->file);
    at = put_cell(at, sample->shmem);
    at = put_cell(at, sample->kernel);
    at = put_cell(at, sample->slab_reclaimable);
    at = put_cell(at, sample->active_file);
    at = put_cell(at, sample->inactive_file);
    at = put_cell(at, snapshot_working_set(sample));
    at = put_cell(at, snapshot_needed(sample));
    at = put_cell(at, sample->slab_unreclaimable);
    at = put_cell(at, sample->sock);
    at = put_cell(at, sample->unevictable);
    at = put_cell(at, sample->swap);
    at = put_cell(at, sample->refault_file);
    *at++ = '\n';
    file->used = (size_t)(at - file->buffer);
    if (file->used + LINE_MAX_BYTES <= sizeof file->buffer && sample->time_ns - file->flushed_ns < NS_PER_S)
        return true;
    file->flushed_ns = sample->time_ns;
    return flush(file);
}

bool samples_close(struct samples_file *file) {
    if (file->fd < 0)
        return false;
    bool written = flush(file);
    if (file->fd >= 0 && close(file->fd) < 0)
        written = false;
    file->fd = -1;
    return written;
}
