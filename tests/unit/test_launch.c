/* trial/launch: finding a program as the shell would, and --user. Starting one needs a cgroup and is tested
 * elsewhere. */
#include "trial/launch.h"

#include "unit.h"

struct row {
    const char *what;
    const char *name;
    const char *cwd;  /* below the test's folder; NULL: ours */
    const char *path; /* PATH of the target, "@" stands for the test's folder; NULL: not set for it */
    int code;
    int status;          /* where code is not 0 */
    const char *program; /* "@" stands for the folder */
};

/* In the folder: a/prog (executable), b/prog (not), b/only-b (not), c/prog/ (a folder), a/sub/tool
 * (executable). */
static const struct row rows[] = {
    {"first in PATH", "prog", NULL, "@/a:@/b", 0, 0, "@/a/prog"},
    {"not executable in the first, found in the second", "prog", NULL, "@/b:@/a", 0, 0, "@/a/prog"},
    {"a folder of that name is passed over", "prog", NULL, "@/c:@/a", 0, 0, "@/a/prog"},
    {"missing folders in PATH", "prog", NULL, "@/none:@/a/prog:@/a", 0, 0, "@/a/prog"},
    {"nowhere", "nothing-of-this-name", NULL, "@/a:@/b", -ENOENT, EXIT_NOT_FOUND, NULL},
    {"there, but not executable", "only-b", NULL, "@/a:@/b", -EACCES, EXIT_NOT_EXECUTABLE, NULL},
    {"only a folder", "prog", NULL, "@/c", -EACCES, EXIT_NOT_EXECUTABLE, NULL},
    {"PATH is not searched for a name with a slash", "sub/tool", NULL, "@/a", -ENOENT, EXIT_NOT_FOUND, NULL},
    {"a relative name counts from --cwd", "sub/tool", "a", NULL, 0, 0, "sub/tool"},
    {"./ too", "./prog", "a", NULL, 0, 0, "./prog"},
    {"relative, not there", "./prog", "a/sub", NULL, -ENOENT, EXIT_NOT_FOUND, NULL},
    {"upwards", "../prog", "a/sub", NULL, 0, 0, "../prog"},
    {"absolute", "@/a/prog", "b", NULL, 0, 0, "@/a/prog"},
    {"absolute, not executable", "@/b/prog", NULL, NULL, -EACCES, EXIT_NOT_EXECUTABLE, NULL},
    {"absolute, a folder", "@/a", NULL, NULL, -EACCES, EXIT_NOT_EXECUTABLE, NULL},
    {"through a file", "@/a/prog/x", NULL, NULL, -ENOTDIR, EXIT_NOT_FOUND, NULL},
    {"a trailing slash", "@/a/prog/", NULL, NULL, -ENOTDIR, EXIT_NOT_FOUND, NULL},
    {"a dangling link", "@/a/dangling", NULL, NULL, -ENOENT, EXIT_NOT_FOUND, NULL},
    {"a relative folder in PATH counts from --cwd", "tool", "a", "sub", 0, 0, "sub/tool"},
    {"an empty item of PATH is the current folder", "prog", "a", "@/none:", 0, 0, "./prog"},
    {"an empty PATH too", "prog", "a", "", 0, 0, "./prog"},
    {"an empty name", "", NULL, "@/a", -ENOENT, EXIT_NOT_FOUND, NULL},
};

/* `text` with every "@" replaced by the folder. Caller frees. */
static char *placed(const char *text, const char *folder) {
    char *out = calloc(1, 4096);
    ck_assert_ptr_nonnull(out);
    for (; text && *text; text++) {
        if (*text == '@')
            strncat(out, folder, 4095 - strlen(out));
        else
            strncat(out, text, strlen(out) < 4095 ? 1 : 0);
    }
    return out;
}

static char *make_tree(void) {
    char *folder = unit_make_dir();
    static const char *const folders[] = {"a", "a/sub", "b", "c", "c/prog"};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < COUNT(folders); i++)
        ck_assert_int_eq(mkdirat(fd, folders[i], 0755), 0);
    ck_assert_int_eq(symlinkat("nowhere", fd, "a/dangling"), 0);
    close(fd);
    unit_write_file(folder, "a/prog", "#!/bin/sh\n", 0755);
    unit_write_file(folder, "a/sub/tool", "#!/bin/sh\n", 0755);
    unit_write_file(folder, "b/prog", "#!/bin/sh\n", 0644);
    unit_write_file(folder, "b/only-b", "#!/bin/sh\n", 0644);
    return folder;
}

static void check_row(const struct row *row, const char *folder) {
    char *name = placed(row->name, folder);
    char *cwd = NULL;
    if (row->cwd)
        ck_assert_int_gt(asprintf(&cwd, "%s/%s", folder, row->cwd), 0);
    char *path = placed(row->path, folder);
    char *variable = NULL;
    ck_assert_int_gt(asprintf(&variable, "PATH=%s", path), 0);
    char *const env[] = {row->path ? variable : NULL, NULL};
    char *expected = placed(row->program, folder);
    char *program = NULL;
    int status = -1;
    struct error error = {0};
    int code = launch_resolve(name, cwd, env, &program, &status, &error);
    ROW(code == row->code && (code == 0 || status == row->status), "%s: %d, status %d, %s", row->what, code,
        status, error.what);
    if (code == 0)
        ROW_TEXT(program ? program : "(none)", expected, row->what);
    else
        ROW(!program && unit_is_one_line(error.what), "%s: \"%s\"", row->what, error.what);
    free(program);
    free(expected);
    free(variable);
    free(path);
    free(cwd);
    free(name);
}

TEST(programs_are_found_as_a_shell_finds_them) {
    char *folder = make_tree();
    for (size_t i = 0; i < COUNT(rows); i++)
        check_row(&rows[i], folder);
    unit_remove_dir(folder);
    free(folder);
}

/* Without a PATH of the target's own, ours counts; of several, the last. */
TEST(whose_path_counts) {
    char *folder = make_tree();
    char *a = NULL;
    char *set_a = NULL;
    ck_assert_int_gt(asprintf(&a, "%s/a", folder), 0);
    ck_assert_int_gt(asprintf(&set_a, "PATH=%s", a), 0);
    char *before = getenv("PATH") ? strdup(getenv("PATH")) : NULL;
    setenv("PATH", a, 1);
    struct {
        const char *what;
        char *env[4];
        int code;
    } cases[] = {
        {"ours", {NULL}, 0},
        {"ours beside other variables", {(char[]){"PATHS=/none"}, (char[]){"XPATH=/none"}, NULL}, 0},
        {"the target's own hides ours", {(char[]){"PATH=/none"}, NULL}, -ENOENT},
        {"the last of several", {(char[]){"PATH=/none"}, set_a, NULL}, 0},
        {"the last of several, again", {set_a, (char[]){"PATH=/none"}, NULL}, -ENOENT},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *program = NULL;
        int status = 0;
        struct error error = {0};
        int code = launch_resolve("prog", NULL, cases[i].env, &program, &status, &error);
        ROW(code == cases[i].code, "%s: %d, %s", cases[i].what, code, error.what);
        free(program);
    }
    unsetenv("PATH");
    char *program = NULL;
    int status = 0;
    struct error error = {0};
    ROW(launch_resolve("sh", NULL, NULL, &program, &status, &error) == 0, "no PATH anywhere: %s", error.what);
    free(program);
    if (before)
        setenv("PATH", before, 1);
    free(before);
    free(set_a);
    free(a);
    unit_remove_dir(folder);
    free(folder);
}

TEST(users_and_groups) {
    static const struct {
        const char *text;
        int code;
        unsigned uid;
        unsigned gid;
    } users[] = {
        {"root", 0, 0, 0},
        {"0", 0, 0, 0},
        {"0:0", 0, 0, 0},
        {"root:0", 0, 0, 0},
        {"0:root", 0, 0, 0},
        {"54321:12345", 0, 54321, 12345},
        {"54321", 0, 54321, 54321}, /* nobody in passwd: a group of the same number */
        {"4294967294:4294967294", 0, 4294967294U, 4294967294U},
        /* (uid_t)-1 means "leave it" to the kernel: as root, the target would stay root */
        {"4294967295", -EINVAL, 0, 0},
        {"0:4294967295", -EINVAL, 0, 0},
        {"-1", -EINVAL, 0, 0},
        {"0:-1", -EINVAL, 0, 0},
        {"99999999999999999999", -EINVAL, 0, 0},
        {"", -EINVAL, 0, 0},
        {":", -EINVAL, 0, 0},
        {":0", -EINVAL, 0, 0},
        {"0:", -EINVAL, 0, 0},
        {"0:0:0", -EINVAL, 0, 0},
        {"no-such-user-here", -EINVAL, 0, 0},
        {"0:no-such-group-here", -EINVAL, 0, 0},
        {"0x10", -EINVAL, 0, 0},
        {"12.5", -EINVAL, 0, 0},
    };
    for (size_t i = 0; i < COUNT(users); i++) {
        struct run_as as = {0};
        struct error error = {0};
        int code = run_as_parse(users[i].text, &as, &error);
        ROW(code == users[i].code && as.set == (code == 0) && as.uid == users[i].uid &&
                as.gid == users[i].gid,
            "\"%s\": %d, set %d, %u:%u, %s", users[i].text, code, as.set, as.uid, as.gid, error.what);
    }
}

UNIT_MAIN("launch", programs_are_found_as_a_shell_finds_them, whose_path_counts, users_and_groups)
