/* What all unit tests share: a main, rows that tell their values when they fail, and folders of their own.
 *
 * A test is `TEST(name) { ... }`; the file ends with UNIT_MAIN("module", name, ...). A failing ROW() prints
 * its values and lets the other rows run; the test then fails at its end. */
#pragma once

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* END_TEST is empty since check 0.13. */
#define TEST(name) START_TEST(name)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Some tests are loops over thousands of rows; under a sanitizer on a busy machine they are slow. */
#define UNIT_TIMEOUT_S 120

static int unit_failed_rows;

/* Where `good` is false: prints where, and the values that the format gives. */
#define ROW(good, ...)                                                                                       \
    do {                                                                                                     \
        if (!(good)) {                                                                                       \
            unit_failed_rows++;                                                                              \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #good);                                       \
            fprintf(stderr, __VA_ARGS__);                                                                    \
            fputc('\n', stderr);                                                                             \
        }                                                                                                    \
    } while (0)

/* The same for a text that must be equal to another. */
#define ROW_TEXT(got, expected, row)                                                                         \
    ROW(strcmp((got), (expected)) == 0, "%s: got \"%s\", expected \"%s\"", (row), (got), (expected))

static inline void unit_begin(void) {
    unit_failed_rows = 0;
}

static inline void unit_end(void) {
    ck_assert_msg(unit_failed_rows == 0, "%d failed, as printed above", unit_failed_rows);
}

/* `tests` ends with NULL. Returns the exit status. */
static inline int unit_run(const char *module, const TTest *const *tests) {
    Suite *suite = suite_create(module);
    TCase *cases = tcase_create(module);
    tcase_set_timeout(cases, UNIT_TIMEOUT_S);
    tcase_add_checked_fixture(cases, unit_begin, unit_end);
    for (; *tests; tests++)
        tcase_add_test(cases, *tests);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define UNIT_MAIN(module, ...)                                                                               \
    int main(void) {                                                                                         \
        const TTest *const tests[] = {__VA_ARGS__, NULL};                                                    \
        return unit_run(module, tests);                                                                      \
    }

/* A folder of the test's own. Caller frees the path after unit_remove_dir(). */
static inline char *unit_make_dir(void) {
    const char *base = getenv("TMPDIR");
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/plimsoll-unit-XXXXXX", base ? base : "/tmp"), 0);
    ck_assert_msg(mkdtemp(path) != NULL, "mkdtemp %s: %s", path, strerror(errno));
    return path;
}

/* Removes a folder of files and folders. */
static inline void unit_remove_dir(const char *path) {
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *child = NULL;
        ck_assert_int_gt(asprintf(&child, "%s/%s", path, entry->d_name), 0);
        if (unlink(child) < 0)
            unit_remove_dir(child);
        free(child);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

static inline void unit_write_file(const char *folder, const char *name, const char *text, mode_t mode) {
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    free(path);
}

/* The whole of a small file. Caller frees; NULL where there is none. */
static inline char *unit_read_file(const char *folder, const char *name) {
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
    FILE *file = fopen(path, "re");
    free(path);
    if (!file)
        return NULL;
    size_t size = 1 << 20;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

/* A recorded file of tests/fixtures. Caller frees. */
static inline char *unit_read_fixture(const char *name) {
    const char *folder = getenv("PLIMSOLL_FIXTURES");
    ck_assert_msg(folder != NULL, "PLIMSOLL_FIXTURES is not set: run the tests through meson test");
    char *text = unit_read_file(folder, name);
    ck_assert_msg(text != NULL, "%s/%s: cannot be read", folder, name);
    return text;
}

/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Written apart from the
 * code under test, decoding to a number, so that the two do not share a mistake. */
static inline int unit_is_utf8(const char *text) {
    static const unsigned long least[] = {0, 0x80, 0x800, 0x10000};
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        int more = *at < 0x80 ? 0 : *at >> 5 == 6 ? 1 : *at >> 4 == 14 ? 2 : *at >> 3 == 30 ? 3 : -1;
        if (more < 0)
            return 0;
        unsigned long code = more == 0 ? *at : *at & (0x3fU >> more);
        at++;
        for (int i = 0; i < more; i++, at++) {
            if (*at >> 6 != 2)
                return 0;
            code = code << 6 | (*at & 0x3fU);
        }
        if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return 0;
    }
    return 1;
}

/* One line without control characters, as every message must be. */
static inline int unit_is_one_line(const char *text) {
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at < 0x20 || *at == 0x7f)
            return 0;
    return *text != '\0';
}
