/* base/file: whole reads, atomic writes, folders. */
#include "base/file.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/text.h"
#include "unit.h"

static int open_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* How many entries a folder has beside . and .. */
static int count_entries(const char *path) {
    int count = -2;
    DIR *folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void expect_content(const char *folder, const char *name, const char *expected, const char *row) {
    char *text = unit_read_file(folder, name);
    ROW_TEXT(text ? text : "(no file)", expected, row);
    free(text);
}

TEST(replacing_makes_and_replaces) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    struct error error;
    ROW(file_replace_at(fd, "a", "first", 5, &error) == 0, "%s", error.what);
    expect_content(folder, "a", "first", "made");
    ROW(file_replace_at(fd, "a", "2nd", 3, &error) == 0, "%s", error.what);
    expect_content(folder, "a", "2nd", "replaced by a shorter one");
    ROW(file_replace_at(fd, "a", "", 0, &error) == 0, "%s", error.what);
    expect_content(folder, "a", "", "replaced by an empty one");
    ROW(count_entries(folder) == 1, "%d entries, expected the file alone", count_entries(folder));
    close(fd);
    unit_remove_dir(folder);
    free(folder);
}

/* A disk that takes 10 bytes more: the write fails midway, as on a full disk, also for root. */
static int replace_with_file_size_limit(int fd, const char *name, struct error *error) {
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    struct rlimit ten = {.rlim_cur = 10, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &ten);
    int code = file_replace_at(fd, name, "more than ten bytes", 19, error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    return code;
}

TEST(a_failed_replacement_leaves_the_old_file) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    struct error error = {0};
    unit_write_file(folder, "old", "the old text, whole", 0644);
    int code = replace_with_file_size_limit(fd, "old", &error);
    ROW(code == -EFBIG && strstr(error.what, "old"), "%d, %s", code, error.what);
    expect_content(folder, "old", "the old text, whole", "after a write that failed midway");
    ROW(count_entries(folder) == 1, "the temporary file was left: %d entries", count_entries(folder));

    ck_assert_int_eq(mkdirat(fd, "folder", 0755), 0);
    code = file_replace_at(fd, "folder", "x", 1, &error);
    ROW(code == -EISDIR, "a folder in the way gave %d, %s", code, error.what);
    ROW(count_entries(folder) == 2, "the temporary file was left: %d entries", count_entries(folder));

    code = file_replace_at(fd, "missing/name", "x", 1, &error);
    ROW(code == -ENOENT && strstr(error.what, "missing/name"), "%d, %s", code, error.what);
    close(fd);
    unit_remove_dir(folder);
    free(folder);
}

TEST(folders_are_made_at_any_depth) {
    char *folder = unit_make_dir();
    static const char *const tails[] = {"/a", "/a/b/c", "/a/b/c", "/x//y", "/x/z/", "/a/../n", "/."};
    for (size_t i = 0; i < COUNT(tails); i++) {
        struct error error = {0};
        char *path = NULL;
        ck_assert_int_gt(asprintf(&path, "%s%s", folder, tails[i]), 0);
        struct stat status = {0};
        int code = file_make_dirs(path, &error);
        ROW(code == 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode), "%s gave %d, %s", tails[i],
            code, error.what);
        free(path);
    }
    struct error error = {0};
    ROW(file_make_dirs("/", &error) == 0, "/: %s", error.what);
    unit_remove_dir(folder);
    free(folder);
}

TEST(folders_that_cannot_be_made_say_why) {
    char *folder = unit_make_dir();
    unit_write_file(folder, "file", "x", 0644);
    static const struct {
        const char *tail;
        int code;
    } rows[] = {{"/file", -ENOTDIR}, {"/file/below", -ENOTDIR}, {"/file/below/deep", -ENOTDIR}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        char *path = NULL;
        ck_assert_int_gt(asprintf(&path, "%s%s", folder, rows[i].tail), 0);
        int code = file_make_dirs(path, &error);
        ROW(code == rows[i].code && strstr(error.what, "/file"), "%s gave %d, %s", rows[i].tail, code,
            error.what);
        free(path);
    }
    /* sysfs and procfs take no folders from anybody. */
    struct error error = {0};
    int code = file_make_dirs("/proc/plimsoll-unit/x", &error);
    ROW(code < 0 && strstr(error.what, "/proc/plimsoll-unit"), "%d, %s", code, error.what);
    unit_remove_dir(folder);
    free(folder);
}

TEST(what_could_be_written_is_told_before) {
    static const struct {
        const char *path;
        int code;
        const char *message;
    } rows[] = {
        {"a", 0, ""},
        {"new", 0, ""},
        {"link", 0, ""},
        {"to-null", 0, ""},
        {"/dev/null", 0, ""},
        {".", -EISDIR, "a folder; give a file"},
        {"no/such", -ENOENT, "cannot write in the folder no: "},
        {"a/x", -ENOTDIR, "cannot write in the folder a: "},
    };
    char *folder = unit_make_dir();
    int before = open_folder(".");
    ck_assert_int_eq(chdir(folder), 0);
    unit_write_file(".", "a", "x", 0644);
    ck_assert_int_eq(symlink("a", "link"), 0);
    ck_assert_int_eq(symlink("/dev/null", "to-null"), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        int code = file_check_writable(rows[i].path, &error);
        ROW(code == rows[i].code && text_starts_with(error.what, rows[i].message), "%s: %d, %s", rows[i].path,
            code, error.what);
    }
    ck_assert_int_eq(fchdir(before), 0);
    close(before);
    unit_remove_dir(folder);
    free(folder);
}

TEST(no_folder_at_all_is_an_error) {
    struct error error = {0};
    int code = file_make_dirs("", &error);
    ROW(code == -ENOENT, "\"\" gave %d, %s", code, error.what);
}

TEST(reading_whole_files_up_to_a_limit) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    unit_write_file(folder, "ten", "0123456789", 0644);
    unit_write_file(folder, "empty", "", 0644);
    static const struct {
        const char *name;
        size_t limit;
        int code;
        const char *text; /* of the file, or part of the message */
    } rows[] = {
        {"ten", 100, 0, "0123456789"},
        {"ten", 10, 0, "0123456789"},
        {"ten", 9, -EFBIG, "larger than 9 bytes"},
        {"empty", 0, 0, ""},
        {"none", 100, -ENOENT, "none"},
        {".", 100, -EISDIR, "cannot read"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error = {0};
        char *path = NULL;
        char *text = NULL;
        ck_assert_int_gt(asprintf(&path, "%s/%s", folder, rows[i].name), 0);
        int code = file_read_all(path, rows[i].limit, &text, &error);
        ROW(code == rows[i].code, "%s gave %d, %s", rows[i].name, code, error.what);
        if (rows[i].code == 0)
            ROW_TEXT(text ? text : "(null)", rows[i].text, rows[i].name);
        else
            ROW(text == NULL && strstr(error.what, rows[i].text), "%s: output changed, or \"%s\"",
                rows[i].name, error.what);
        free(text);
        free(path);
    }
    close(fd);
    unit_remove_dir(folder);
    free(folder);
}

TEST(kernel_files_are_cut_at_the_buffer) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    unit_write_file(folder, "ten", "0123456789", 0644);
    char buffer[8];
    ROW(file_read_text_at(fd, "ten", buffer, sizeof buffer) == 7, "not cut at 7");
    ROW_TEXT(buffer, "0123456", "cut");
    ROW(file_read_text_at(fd, "none", buffer, sizeof buffer) == -ENOENT, "a missing file");
    int file = openat(fd, "ten", O_RDONLY | O_CLOEXEC);
    for (int again = 0; again < 2; again++) {
        memset(buffer, 'x', sizeof buffer);
        ROW(file_pread_text(file, buffer, sizeof buffer) == 7, "reading %d", again);
        ROW_TEXT(buffer, "0123456", "from the start each time");
    }
    close(file);
    ROW(file_pread_text(-1, buffer, sizeof buffer) == -EBADF, "a closed descriptor");
    close(fd);
    unit_remove_dir(folder);
    free(folder);
}

TEST(control_files_are_written_only_where_they_exist) {
    char *folder = unit_make_dir();
    int fd = open_folder(folder);
    unit_write_file(folder, "control", "0000", 0644);
    ROW(file_write_text_at(fd, "control", "12") == 0, "an existing file");
    expect_content(folder, "control", "1200", "one write from the start");
    ROW(file_write_text_at(fd, "absent", "12") == -ENOENT, "an absent file");
    ROW(count_entries(folder) == 1, "%d entries: it was created", count_entries(folder));
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full >= 0)
        ROW(file_write_all(full, "x", 1) == -ENOSPC, "/dev/full took a byte");
    close(full);
    close(fd);
    unit_remove_dir(folder);
    free(folder);
}

UNIT_MAIN("file", replacing_makes_and_replaces, a_failed_replacement_leaves_the_old_file,
          folders_are_made_at_any_depth, folders_that_cannot_be_made_say_why,
          reading_whole_files_up_to_a_limit, kernel_files_are_cut_at_the_buffer,
          control_files_are_written_only_where_they_exist, what_could_be_written_is_told_before,
          no_folder_at_all_is_an_error)
