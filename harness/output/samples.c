#include "output/samples.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/units.h"

/* Longest line: a time, seventeen numbers of up to 20 characters, a word, separators. */
#define LINE_MAX_BYTES ((size_t)400)

static const char header[] =
    "time_s,usage_bytes,window_peak_bytes,anon_bytes,file_bytes,shmem_bytes,kernel_bytes,"
    "slab_reclaimable_bytes,active_file_bytes,inactive_file_bytes,working_set_bytes,needed_bytes,"
    "slab_unreclaimable_bytes,sock_bytes,unevictable_bytes,swap_bytes,refault_file_pages,tasks,phase\n";

int samples_open(struct samples_file *file, int dirfd, const char *name, struct error *error) {
    file->fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return error_system(error, -errno, "cannot create %s", name);
    file->code = 0;
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
    file->code = code;
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
    at = put_cell(at, sample->tasks);
    *at++ = ',';
    at = stpcpy(at, run_phase_name(sample->phase));
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
    if (file->fd >= 0 && close(file->fd) < 0) {
        file->code = -errno;
        written = false;
    }
    file->fd = -1;
    return written;
}

/* ---- reading ---- */

/* More columns than any version will have. */
#define COLUMNS_MAX 64

#define READ_LINE_BYTES 8192

/* Where in a snapshot a column goes. What is derived from others is not in the list, nor read; nor is the
 * phase, which the result tells to those who have it. */
static const struct column {
    const char *name;
    size_t offset;
} columns[] = {
    {"usage_bytes", offsetof(struct snapshot, usage)},
    {"window_peak_bytes", offsetof(struct snapshot, window_peak)},
    {"anon_bytes", offsetof(struct snapshot, anon)},
    {"file_bytes", offsetof(struct snapshot, file)},
    {"shmem_bytes", offsetof(struct snapshot, shmem)},
    {"kernel_bytes", offsetof(struct snapshot, kernel)},
    {"slab_reclaimable_bytes", offsetof(struct snapshot, slab_reclaimable)},
    {"active_file_bytes", offsetof(struct snapshot, active_file)},
    {"inactive_file_bytes", offsetof(struct snapshot, inactive_file)},
    {"slab_unreclaimable_bytes", offsetof(struct snapshot, slab_unreclaimable)},
    {"sock_bytes", offsetof(struct snapshot, sock)},
    {"unevictable_bytes", offsetof(struct snapshot, unevictable)},
    {"swap_bytes", offsetof(struct snapshot, swap)},
    {"refault_file_pages", offsetof(struct snapshot, refault_file)},
    {"tasks", offsetof(struct snapshot, tasks)},
};

struct samples_reader {
    const char *name;
    struct error *error;
    FILE *file;
    int line;
    const struct column *layout[COLUMNS_MAX]; /* from the header; NULL: a column that is not read */
    size_t column_count;
    int64_t last_ns;
    char text[READ_LINE_BYTES];
};

static int refuse(struct samples_reader *reader, const char *what) {
    return error_plain(reader->error, -EINVAL, "%s:%d: %s", reader->name, reader->line, what);
}

/* The next whole line, without its end. 1, or 0 at the end of the file; a last line without an end is no
 * line. */
static int next_line(struct samples_reader *reader) {
    if (!fgets(reader->text, sizeof reader->text, reader->file))
        return ferror(reader->file) ? error_system(reader->error, -EIO, "cannot read %s", reader->name) : 0;
    reader->line++;
    size_t length = strlen(reader->text);
    if (length > 0 && reader->text[length - 1] == '\n') {
        reader->text[length - 1] = '\0';
        return 1;
    }
    return feof(reader->file) ? 0 : refuse(reader, "no line of samples");
}

static const struct column *column_of(const char *name) {
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

static int read_header(struct samples_reader *reader) {
    char *rest = reader->text;
    for (char *cell; (cell = strsep(&rest, ","));) {
        if (reader->column_count == COLUMNS_MAX)
            return refuse(reader, "too many columns");
        if (reader->column_count == 0 && strcmp(cell, "time_s") != 0)
            return refuse(reader, "no header of samples: its first column is not time_s");
        reader->layout[reader->column_count++] = column_of(cell);
    }
    return 0;
}

/* Seconds with up to nine decimals, as nanoseconds. */
static bool parse_time(const char *text, int64_t *ret_ns) {
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    long long seconds = strtoll(text, &end, 10);
    int64_t fraction = 0;
    int64_t unit = NS_PER_S;
    if (*end == '.')
        for (end++; isdigit((unsigned char)*end) && unit > 1; end++) {
            unit /= 10;
            fraction += (*end - '0') * unit;
        }
    int64_t whole;
    return errno == 0 && *end == '\0' && !__builtin_mul_overflow((int64_t)seconds, NS_PER_S, &whole) &&
           !__builtin_add_overflow(whole, fraction, ret_ns);
}

/* A whole number, or nothing. strtoll() would take most of the time of reading a long file. */
static bool parse_cell(const char *text, struct known_i64 *ret) {
    *ret = UNKNOWN_I64;
    if (!*text)
        return true;
    bool negative = *text == '-';
    const char *at = text + negative;
    int64_t value = 0;
    if (!isdigit((unsigned char)*at))
        return false;
    for (; isdigit((unsigned char)*at); at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, *at - '0', &value))
            return false;
    if (*at || (!negative && value == INT64_MIN))
        return false;
    *ret = known_i64(negative ? value : -value);
    return true;
}

static int read_sample(struct samples_reader *reader, struct snapshot *ret) {
    struct snapshot sample = {0};
    char *rest = reader->text;
    char *cell;
    size_t count = 0;
    for (; count < reader->column_count && (cell = strsep(&rest, ",")); count++) {
        const struct column *column = reader->layout[count];
        if (count == 0 && !parse_time(cell, &sample.time_ns))
            return refuse(reader, "time_s: not a time");
        if (column && !parse_cell(cell, (struct known_i64 *)(void *)((char *)&sample + column->offset)))
            return error_plain(reader->error, -EINVAL, "%s:%d: %s: not a whole number", reader->name,
                               reader->line, column->name);
    }
    if (count != reader->column_count || rest)
        return refuse(reader, "not as many cells as the header has columns");
    if (sample.time_ns < reader->last_ns)
        return refuse(reader, "time_s: earlier than in the line before");
    reader->last_ns = sample.time_ns;
    *ret = sample;
    return 0;
}

static int read_file(struct samples_reader *reader, samples_visitor *visit, void *context) {
    int code = next_line(reader);
    if (code > 0)
        code = read_header(reader);
    while (code >= 0 && reader->column_count > 0 && (code = next_line(reader)) > 0) {
        struct snapshot sample = {0};
        code = read_sample(reader, &sample);
        if (code == 0)
            visit(context, &sample);
    }
    return code;
}

int samples_each(int dirfd, const char *name, samples_visitor *visit, void *context, struct error *error) {
    CLEANUP_CLOSE int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : error_system(error, -errno, "cannot open %s", name);
    CLEANUP_FCLOSE FILE *file = fdopen(fd, "r");
    if (!file)
        return error_system(error, -errno, "cannot open %s", name);
    (void)steal_fd(&fd);
    struct samples_reader reader = {.name = name, .error = error, .file = file};
    return read_file(&reader, visit, context);
}

struct series_until {
    struct series *series;
    int64_t until_ns;
};

static void add_to_series(void *context, const struct snapshot *sample) {
    const struct series_until *until = context;
    if (sample->time_ns <= until->until_ns)
        series_add(until->series, sample);
}

int samples_read(int dirfd, const char *name, int64_t until_ns, struct series *ret, struct error *error) {
    struct series_until until = {ret, until_ns};
    return samples_each(dirfd, name, add_to_series, &until, error);
}
