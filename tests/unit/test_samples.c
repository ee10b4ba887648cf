/* output/samples: the CSV of a run, line by line. */
#include "output/samples.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/text.h"
#include "base/units.h"
#include "unit.h"

static int open_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static int count_of(const char *text, char what) {
    int count = 0;
    for (; *text; text++)
        count += *text == what;
    return count;
}

#define HEADER                                                                                               \
    "time_s,usage_bytes,window_peak_bytes,anon_bytes,file_bytes,shmem_bytes,kernel_bytes,"                   \
    "slab_reclaimable_bytes,active_file_bytes,inactive_file_bytes,working_set_bytes,needed_bytes,"           \
    "slab_unreclaimable_bytes,sock_bytes,unevictable_bytes,swap_bytes,refault_file_pages,tasks,phase\n"

static struct snapshot full_sample(int64_t time_ns) {
    return (struct snapshot){.time_ns = time_ns,
                             .usage = known_i64(1000),
                             .window_peak = known_i64(1100),
                             .anon = known_i64(300),
                             .file = known_i64(500),
                             .shmem = known_i64(50),
                             .kernel = known_i64(40),
                             .slab_reclaimable = known_i64(7),
                             .active_file = known_i64(200),
                             .inactive_file = known_i64(250),
                             .slab_unreclaimable = known_i64(8),
                             .sock = known_i64(9),
                             .unevictable = known_i64(10),
                             .swap = known_i64(11),
                             .refault_file = known_i64(12),
                             .tasks = known_i64(13),
                             .phase = PHASE_WARMUP};
}

/* Writes these samples; the file's text. Caller frees. */
static char *written(const struct snapshot *samples, size_t count) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    struct samples_file *file = malloc(sizeof *file);
    struct error error = {0};
    ck_assert_msg(samples_open(file, fd, "s.csv", &error) == 0, "%s", error.what);
    for (size_t i = 0; i < count; i++)
        ROW(samples_add(file, &samples[i]), "sample %zu was not taken", i);
    ROW(samples_close(file), "not closed");
    free(file);
    char *text = unit_read_file(folder, "s.csv");
    close(fd);
    unit_remove_dir(folder);
    free(folder);
    return text;
}

TEST(lines_have_the_headers_columns) {
    struct snapshot unknown = {.time_ns = 0};
    struct snapshot full = full_sample(1234567891);
    struct snapshot large = full_sample(INT64_MAX);
    large.usage = known_i64(INT64_MAX);
    struct snapshot samples[] = {unknown, full, large};
    char *text = written(samples, 3);
    /* working set 1000 - 250; needed 300 + 50 + 40 + 9 of sock and nothing of the 7 of slab, which is taken
     * as held */
    ROW(strncmp(text, HEADER, strlen(HEADER)) == 0, "%s", text);
    const char *line = text + strlen(HEADER);
    ROW(strncmp(line, "0.000000,,,,,,,,,,,,,,,,,,\n", 27) == 0, "unknown is an empty cell: %s", line);
    line = strchr(line, '\n') + 1;
    ROW(text_starts_with(line,
                         "1.234567,1000,1100,300,500,50,40,7,200,250,750,399,8,9,10,11,12,13,warm-up\n"),
        "%s", line);
    line = strchr(line, '\n') + 1;
    ROW(text_starts_with(line, "9223372036.854775,9223372036854775807,1100,"), "%s", line);
    for (line = text; *line; line = strchr(line, '\n') + 1) {
        char *one = strndup(line, strcspn(line, "\n"));
        ROW(count_of(one, ',') == 18, "%d commas: %s", count_of(one, ','), one);
        free(one);
    }
    ROW(count_of(text, '\n') == 4 && text[strlen(text) - 1] == '\n', "%d lines", count_of(text, '\n'));
    free(text);
}

TEST(zero_and_negative_numbers_are_written) {
    struct snapshot sample = {.time_ns = 5, .usage = known_i64(0), .window_peak = known_i64(INT64_MIN)};
    char *text = written(&sample, 1);
    ROW(strcmp(text + strlen(HEADER), "0.000000,0,-9223372036854775808,,,,,,,,,,,,,,,,\n") == 0, "%s",
        text + strlen(HEADER));
    free(text);
}

/* Far more than the buffer, within a moment: not a line is lost. */
TEST(a_burst_is_written_whole) {
    size_t count = 5000;
    struct snapshot *samples = calloc(count, sizeof *samples);
    for (size_t i = 0; i < count; i++)
        samples[i] = full_sample((int64_t)i * NS_PER_US);
    char *text = written(samples, count);
    ROW(count_of(text, '\n') == 5001, "%d lines", count_of(text, '\n'));
    ROW(strstr(text, "\n0.004999,") != NULL, "the last sample is missing");
    free(text);
    free(samples);
}

/* A harness that is killed loses less than a second. */
TEST(lines_are_written_out_each_second) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    struct samples_file *file = malloc(sizeof *file);
    struct error error;
    ck_assert_int_eq(samples_open(file, fd, "s.csv", &error), 0);
    static const struct {
        int64_t time_ns;
        int lines; /* on the disk afterwards, the header with them */
    } rows[] = {
        {0, 0}, {900 * NS_PER_MS, 0}, {1000 * NS_PER_MS, 4}, {1900 * NS_PER_MS, 4}, {2500 * NS_PER_MS, 6}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct snapshot sample = full_sample(rows[i].time_ns);
        ROW(samples_add(file, &sample), "row %zu", i);
        char *text = unit_read_file(folder, "s.csv");
        ROW(count_of(text, '\n') == rows[i].lines, "at %lld ms: %d lines on the disk, expected %d",
            (long long)(rows[i].time_ns / NS_PER_MS), count_of(text, '\n'), rows[i].lines);
        free(text);
    }
    samples_close(file);
    free(file);
    close(fd);
    unit_remove_dir(folder);
    free(folder);
}

TEST(a_full_disk_is_told_once_and_for_all) {
    if (access("/dev/full", W_OK) < 0) {
        fprintf(stderr, "skipped: no /dev/full here\n");
        return;
    }
    int fd = open_folder("/dev");
    struct samples_file *file = malloc(sizeof *file);
    struct error error = {0};
    ck_assert_msg(samples_open(file, fd, "full", &error) == 0, "%s", error.what);
    struct snapshot first = full_sample(0);
    struct snapshot later = full_sample(2 * NS_PER_S);
    ROW(samples_add(file, &first), "held back, so not yet known");
    ROW(!samples_add(file, &later), "/dev/full took it");
    ROW(!samples_add(file, &later) && !samples_close(file), "taken after the failure");
    ck_assert_int_eq(samples_open(file, fd, "full", &error), 0);
    ROW(!samples_close(file), "closing writes the header, and must tell that it did not");
    free(file);
    close(fd);
}

/* A disk with room for one and a half lines after the header: what is there is whole lines. */
TEST(a_file_cut_short_ends_at_a_whole_line) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    struct samples_file *file = malloc(sizeof *file);
    struct error error;
    ck_assert_int_eq(samples_open(file, fd, "s.csv", &error), 0);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    struct rlimit small = {.rlim_cur = strlen(HEADER) + 75, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    bool taken = true;
    for (int i = 0; i < 10; i++) {
        struct snapshot sample = full_sample(i * NS_PER_S);
        taken = samples_add(file, &sample) && taken;
    }
    bool closed = samples_close(file);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    char *text = unit_read_file(folder, "s.csv");
    ROW(!taken && !closed, "the loss was not told");
    ROW(*text && text[strlen(text) - 1] == '\n', "ends with: ...%s",
        strlen(text) > 30 ? text + strlen(text) - 30 : text);
    free(text);
    free(file);
    close(fd);
    unit_remove_dir(folder);
    free(folder);
}

TEST(a_file_that_cannot_be_made) {
    struct samples_file *file = malloc(sizeof *file);
    struct error error = {0};
    int fd = open_folder("/proc");
    int code = samples_open(file, fd, "s.csv", &error);
    ROW(code < 0 && strstr(error.what, "s.csv"), "%d, %s", code, error.what);
    struct snapshot sample = full_sample(0);
    ROW(!samples_add(file, &sample) && !samples_close(file), "taken by a file that is not open");
    free(file);
    close(fd);
}

/* ---- there and back ---- */

/* Reads a file with this text; NULL: there is no file. Caller frees the series. */
static int read_text(const char *text, struct series *ret, struct error *error) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    if (text)
        unit_write_file(folder, "s.csv", text, 0644);
    *ret = (struct series){0};
    *error = (struct error){0};
    int code = samples_read(fd, "s.csv", INT64_MAX, ret, error);
    close(fd);
    unit_remove_dir(folder);
    free(folder);
    return code;
}

static struct known_i64 varied(int i, int of) {
    return (i * 7 + of) % 5 == 0 ? UNKNOWN_I64 : known_i64(((int64_t)i * 7919 * of) % 100000 * 4096);
}

/* Every counter known at some times and unknown at others; the page cache too, since need follows from it. */
static struct snapshot varied_sample(int i) {
    return (struct snapshot){.time_ns = i * (10 * NS_PER_MS + NS_PER_US),
                             .usage = varied(i, 1),
                             .window_peak = varied(i, 2),
                             .anon = varied(i, 3),
                             .file = varied(i, 4),
                             .shmem = varied(i, 5),
                             .kernel = varied(i, 6),
                             .slab_reclaimable = varied(i, 7),
                             .active_file = varied(i, 8),
                             .inactive_file = varied(i, 9),
                             .slab_unreclaimable = varied(i, 10),
                             .sock = varied(i, 11),
                             .unevictable = varied(i, 12),
                             .swap = varied(i, 13),
                             .refault_file = varied(i, 14)};
}

static bool same_number(struct known_i64 a, struct known_i64 b) {
    return a.known == b.known && a.value == b.value;
}

/* The course that is rebuilt from the file is the one that was folded while the target ran. */
TEST(a_course_comes_back_as_it_was) {
    static const int counts[] = {0, 1, 17, 2048, 2049, 6000};
    for (size_t row = 0; row < COUNT(counts); row++) {
        int count = counts[row];
        struct snapshot *samples = calloc((size_t)count + 1, sizeof *samples);
        struct series lived = {0};
        for (int i = 0; i < count; i++) {
            samples[i] = varied_sample(i);
            series_add(&lived, &samples[i]);
        }
        char *text = written(samples, (size_t)count);
        struct series back;
        struct error error;
        ROW(read_text(text, &back, &error) == 0, "%d samples: %s", count, error.what);
        ROW(back.count == lived.count && back.stride == lived.stride && back.pending == lived.pending,
            "%d samples: %zu points, expected %zu", count, back.count, lived.count);
        for (size_t i = 0; i < back.count && i < lived.count; i++) {
            const struct series_point *a = &back.points[i];
            const struct series_point *b = &lived.points[i];
            ROW(a->time_ns == b->time_ns && same_number(a->usage, b->usage) &&
                    same_number(a->working_set, b->working_set) && same_number(a->needed, b->needed) &&
                    same_number(a->needed_max, b->needed_max),
                "%d samples, point %zu: at %lld ns, expected %lld", count, i, (long long)a->time_ns,
                (long long)b->time_ns);
        }
        series_free(&back);
        series_free(&lived);
        free(text);
        free(samples);
    }
}

static const struct {
    const char *text;
    int points;       /* that are read */
    const char *says; /* NULL: read without an error */
} files[] = {
    {NULL, 0, NULL},
    {"", 0, NULL},
    {"time_s,usage_by", 0, NULL}, /* killed before the first line was out */
    {HEADER, 0, NULL},
    {"time_s,usage_bytes\n0.000000,5\n0.010000,6\n", 2, NULL},
    {"time_s,usage_bytes\n0.000000,5\n0.010000,", 1, NULL}, /* torn */
    {"time_s,usage_bytes\n0.000000,5\n0.010", 1, NULL},
    {"time_s,usage_bytes\n0.000000,\n", 1, NULL},
    {"time_s,usage_bytes\n7,5\n7.123456789,5\n", 2, NULL},
    {"time_s\n7\n", 1, NULL},
    {"time_s,colour,usage_bytes\n0.0,red,5\n", 1, NULL}, /* of a later version */
    {"usage_bytes,time_s\n5,0.0\n", 0, "s.csv:1: no header of samples"},
    {"\n", 0, "s.csv:1: no header of samples"},
    {"time_s,usage_bytes\n0.0,5\n\n", 1, "s.csv:3: time_s: not a time"},
    {"time_s,usage_bytes\nx,5\n", 0, "s.csv:2: time_s: not a time"},
    {"time_s,usage_bytes\n-1.0,5\n", 0, "time_s: not a time"},
    {"time_s,usage_bytes\n1.,5\n", 1, NULL},
    {"time_s,usage_bytes\n1.1234567891,5\n", 0, "time_s: not a time"},
    {"time_s,usage_bytes\n1.0e3,5\n", 0, "time_s: not a time"},
    {"time_s,usage_bytes\n9223372037,5\n", 0, "time_s: not a time"},
    {"time_s,usage_bytes\n99999999999999999999,5\n", 0, "time_s: not a time"},
    {"time_s,usage_bytes\n1.0,5\n0.5,5\n", 1, "s.csv:3: time_s: earlier"},
    {"time_s,usage_bytes\n0.0,five\n", 0, "s.csv:2: usage_bytes: not a whole number"},
    {"time_s,usage_bytes\n0.0,5.5\n", 0, "usage_bytes: not a whole number"},
    {"time_s,usage_bytes\n0.0, 5\n", 0, "usage_bytes: not a whole number"},
    {"time_s,usage_bytes\n0.0,-\n", 0, "usage_bytes: not a whole number"},
    {"time_s,usage_bytes\n0.0,9223372036854775808\n", 0, "usage_bytes: not a whole number"},
    {"time_s,usage_bytes\n0.0\n", 0, "s.csv:2: not as many cells"},
    {"time_s,usage_bytes\n0.0,5,\n", 0, "s.csv:2: not as many cells"},
    {"time_s,usage_bytes\n0.0,5,6\n", 0, "s.csv:2: not as many cells"},
    {"time_s,usage_bytes\r\n0.0,5\r\n", 1, NULL}, /* the column is one we do not know */
};

TEST(files_that_others_wrote) {
    for (size_t i = 0; i < COUNT(files); i++) {
        struct series back;
        struct error error;
        int code = read_text(files[i].text, &back, &error);
        const char *text = files[i].text ? files[i].text : "(none)";
        if (files[i].says)
            ROW(code == -EINVAL && strstr(error.what, files[i].says) && unit_is_one_line(error.what),
                "%s: %d, \"%s\", expected \"%s\"", text, code, error.what, files[i].says);
        else
            ROW(code == 0, "%s: %s", text, error.what);
        ROW((int)back.count == files[i].points, "%s: %zu points, expected %d", text, back.count,
            files[i].points);
        series_free(&back);
    }
}

/* A file cut anywhere has the points of its whole lines. */
TEST(files_cut_anywhere) {
    struct snapshot samples[] = {full_sample(0), full_sample(NS_PER_S), full_sample(2 * NS_PER_S)};
    char *text = written(samples, 3);
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        char *head = strndup(text, cut);
        int lines = count_of(head, '\n');
        struct series back;
        struct error error;
        int code = read_text(head, &back, &error);
        ROW(code == 0 && (int)back.count == (lines > 0 ? lines - 1 : 0), "cut at %zu: %d, %zu points, %s",
            cut, code, back.count, error.what);
        series_free(&back);
        free(head);
    }
    free(text);
}

TEST(absurd_lines_are_refused) {
    size_t length = 100000;
    static const char *const heads[] = {"", "time_s", "time_s\n1"};
    for (size_t i = 0; i < COUNT(heads); i++)
        for (int fill = 0; fill < 2; fill++) {
            char *text = malloc(length + 2);
            ck_assert_ptr_nonnull(text);
            memset(text, fill ? ',' : '1', length);
            memcpy(text, heads[i], strlen(heads[i]));
            memcpy(text + length, "\n", 2);
            struct series back;
            struct error error;
            int code = read_text(text, &back, &error);
            ROW(code == -EINVAL && back.count == 0, "%s, fill %d: %d, %s", heads[i], fill, code, error.what);
            series_free(&back);
            free(text);
        }
    char many[512] = "time_s";
    memset(many + strlen(many), ',', 64);
    many[strlen(many)] = '\n';
    struct series back;
    struct error error;
    ROW(read_text(many, &back, &error) == -EINVAL && strstr(error.what, "too many columns"), "%s",
        error.what);
}

UNIT_MAIN("samples", lines_have_the_headers_columns, zero_and_negative_numbers_are_written,
          a_burst_is_written_whole, lines_are_written_out_each_second, a_full_disk_is_told_once_and_for_all,
          a_file_cut_short_ends_at_a_whole_line, a_file_that_cannot_be_made, a_course_comes_back_as_it_was,
          files_that_others_wrote, files_cut_anywhere, absurd_lines_are_refused)
