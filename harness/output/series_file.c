#include "output/series_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/series_forms.h"

/* What is looked at to tell the forms apart. */
#define HEAD_BYTES ((size_t)4096)

/* ---- what is common to all forms ---- */

void series_file_take(struct series_file *file, struct series_record *record) {
    struct series_record *grown = reallocarray(file->records, file->count + 1, sizeof *grown);
    if (!grown)
        abort();
    file->records = grown;
    grown[file->count++] = *record;
    *record = (struct series_record){0};
}

void series_file_append(struct series_file *file, struct series_build *build, char *name) {
    struct series_record record;
    series_build_end(build, &record);
    record.series.name = name;
    series_file_take(file, &record);
}

static void free_texts(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void series_record_free(struct series_record *record) {
    leak_series_free(&record->series);
    free_texts(record->notes, record->note_count);
    *record = (struct series_record){0};
}

void series_file_free(struct series_file *file) {
    for (size_t i = 0; i < file->count; i++)
        series_record_free(&file->records[i]);
    free(file->records);
    free_texts(file->notes, file->note_count);
    *file = (struct series_file){0};
}

/* What each measure holds beside what a leak is made of, or leaves out. */
static const char *const measure_notes[MEASURE_COUNT] = {
    [MEASURE_WORKING_SET] = "The working set holds page cache that was used twice: growth of that is no "
                            "leak. anon + shmem + kernel, "
                            "as in the samples of plimsoll run, is surer.",
    [MEASURE_USAGE] =
        "Usage counts page cache: it rises with every file that is read, so growth here need not be a leak. "
        "Record container_memory_working_set_bytes, or better anon + shmem + kernel.",
    [MEASURE_RSS] = "RSS leaves out kernel memory and files in memory (tmpfs): a leak there is not in it.",
    [MEASURE_UNKNOWN] =
        "It is not said what the bytes are: if page cache is in them, growth need not be a leak.",
};

static void note_measures(struct series_file *file) {
    for (size_t i = 0; i < file->count; i++) {
        const char *note = measure_notes[file->records[i].series.measure];
        if (note)
            series_note(&file->notes, &file->note_count, "%s", note);
    }
}

/* Of a container that did not run, or that nobody asked. */
static void drop_empty(struct series_file *file) {
    size_t kept = 0;
    for (size_t i = 0; i < file->count; i++) {
        if (file->records[i].readings > 0)
            file->records[kept++] = file->records[i];
        else
            series_record_free(&file->records[i]);
    }
    file->empty += file->count - kept;
    file->count = kept;
    if (file->empty > 0)
        series_note(&file->notes, &file->note_count, "%zu of %zu series have no value and are left out.",
                    file->empty, file->empty + kept);
}

/* ---- telling them apart ---- */

typedef int form_reader(struct source *source, struct series_file *ret);

static bool starts(const unsigned char *head, size_t length, const char *with) {
    size_t need = strlen(with);
    return length >= need && memcmp(head, with, need) == 0;
}

/* What is no text at all, by how it begins. */
static int refuse_binary(struct source *source, const unsigned char *head, size_t length) {
    if (starts(head, length, "\x1f\x8b") || starts(head, length, "\x28\xb5\x2f\xfd") ||
        starts(head, length,
               "\xfd"
               "7zXZ"))
        return source_refuse(source,
                             "compressed; unpack it first, as in zcat FILE | plimsoll leak --series -");
    if (starts(head, length, "\xff\xfe") || starts(head, length, "\xfe\xff"))
        return source_refuse(source, "UTF-16; save it as UTF-8");
    if (memchr(head, '\0', length))
        return source_refuse(source, "binary data; give text: CSV or JSON");
    if (starts(head, length, "CONTAINER ID"))
        return source_refuse(source, "the table of docker stats; record with --format '{{json .}}'");
    return 0;
}

/* The start of the first line that is no comment, without what a terminal is told, and its length. */
static const char *first_line(const char *head, size_t length, size_t *ret_length) {
    const char *end = head + length;
    for (;;) {
        while (head < end && (strchr(" \t\r\n", *head) || *head == '\033')) {
            bool control = *head++ == '\033';
            while (control && head < end && (unsigned char)*head < 0x80 && !strchr("HJKm\n", *head))
                head++;
            head += control && head < end && *head != '\n';
        }
        if (head == end || *head != '#')
            break;
        const char *newline = memchr(head, '\n', (size_t)(end - head));
        head = newline ? newline : end;
    }
    const char *newline = memchr(head, '\n', (size_t)(end - head));
    *ret_length = (size_t)((newline ? newline : end) - head);
    return head;
}

/* An object on one line, or a time and an object, is docker's, if it holds none of the words of an answer;
 * any other JSON is an answer. */
static form_reader *tell_form(const char *head, size_t length) {
    size_t line_length;
    const char *line = first_line(head, length, &line_length);
    if (line_length == 0)
        return series_read_csv;
    if (*line == '[')
        return series_read_prometheus;
    bool answer = memmem(head, length, "\"data\"", 6) || memmem(head, length, "\"status\"", 8);
    const char *brace = memchr(line, '{', line_length);
    const char *quote = memchr(line, '"', line_length);
    if (*line == '{')
        return memmem(line, line_length, "\"MemUsage\"", 10) || (!answer && memchr(line, '}', line_length))
                   ? series_read_docker
                   : series_read_prometheus;
    return brace && memmem(line, line_length, "\"MemUsage\"", 10) && (!quote || quote > brace)
               ? series_read_docker
               : series_read_csv;
}

static int read_source(struct source *source, struct series_file *ret) {
    size_t length;
    const unsigned char *head = source_look(source, HEAD_BYTES, &length);
    if (source->failed)
        return -EIO;
    if (starts(head, length, "\xef\xbb\xbf")) {
        source->at += 3;
        head = source_look(source, HEAD_BYTES, &length);
    }
    int code = refuse_binary(source, head, length);
    if (code == 0)
        code = tell_form((const char *)head, length)(source, ret);
    if (code < 0)
        return code;
    drop_empty(ret);
    if (ret->count == 0)
        return error_plain(source->error, -ENODATA, "%s: no data: %s", source->name,
                           length == 0                     ? "an empty file"
                           : strcmp(ret->form, "CSV") == 0 ? "no line of time and bytes"
                                                           : "no series with a value");
    note_measures(ret);
    return 0;
}

int series_file_read_stream(FILE *stream, const char *name, struct series_file *ret, struct error *error) {
    struct series_file file = {0};
    struct source *source = calloc(1, sizeof *source);
    if (!source)
        abort();
    source->name = name;
    source->file = stream;
    source->error = error;
    int code = read_source(source, &file);
    source_free(source);
    free(source);
    if (code < 0)
        series_file_free(&file);
    else
        *ret = file;
    return code;
}

int series_file_read(const char *path, struct series_file *ret, struct error *error) {
    if (strcmp(path, "-") == 0)
        return series_file_read_stream(stdin, "standard input", ret, error);
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0)
        return error_system(error, -errno, "cannot open %s", path);
    if (S_ISDIR(status.st_mode))
        return error_plain(error, -EISDIR, "%s: a folder; give a file, as samples-001.csv in it", path);
    CLEANUP_FCLOSE FILE *stream = fdopen(fd, "r");
    if (!stream)
        return error_system(error, -errno, "cannot open %s", path);
    (void)steal_fd(&fd);
    return series_file_read_stream(stream, path, ret, error);
}
