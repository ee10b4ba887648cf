/* output/store: a run's folder, left by a harness that is no more, and gone on with. */
#include "output/store.h"

#include "base/text.h"
#include "base/units.h"
#include "unit.h"

/* Two samples and a line for each trial. */
static void add_trial(struct store *store, int id) {
    struct error error = {0};
    ck_assert_msg(store_begin_trial(store, id, &error) == 0, "%s", error.what);
    for (int i = 0; i < 2; i++) {
        struct snapshot sample = {
            .time_ns = i * NS_PER_S, .usage = known_i64(id * MIB), .anon = known_i64(i)};
        ROW(store_sample(store, &sample), "sample %d", i);
    }
    struct trial trial = {.id = id, .purpose = PURPOSE_PROBE, .limit_bytes = known_i64(id * MIB)};
    trial.exit.stderr_tail = text_copy("words\n");
    store_close_trial(store, &trial);
    ck_assert_msg(store_keep_trial(store, &trial, &error) == 0, "%s", error.what);
    trial_free(&trial);
}

/* A folder with `count` trials, as if the harness had been killed. Caller removes and frees it. */
static char *make_run(int count) {
    char *folder = unit_make_dir();
    struct store store;
    struct error error = {0};
    ck_assert_msg(store_open(&store, folder, "app", &error) == 0, "%s", error.what);
    for (int id = 1; id <= count; id++)
        add_trial(&store, id);
    store_close(&store);
    return folder;
}

static void remove_run(char *folder) {
    unit_remove_dir(folder);
    free(folder);
}

static void append(const char *folder, const char *name, const char *bytes, size_t length) {
    char *path = text_format("%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
    close(fd);
    free(path);
}

TEST(a_run_is_gone_on_with) {
    char *folder = make_run(3);
    char *before = unit_read_file(folder, "trials.jsonl");
    struct store store;
    struct result result = {0};
    struct error error = {0};
    bool torn = true;
    ck_assert_msg(store_reopen(&store, folder, &result, &torn, &error) == 0, "%s", error.what);
    ROW(!torn && result.trial_count == 3, "torn %d, %zu trials", torn, result.trial_count);
    for (size_t i = 0; i < result.trial_count; i++) {
        const struct trial *trial = &result.trials[i];
        ROW(trial->id == (int)i + 1 && trial->limit_bytes.value == trial->id * MIB &&
                trial->series.count == 2 && trial->series.points[1].time_ns == NS_PER_S &&
                trial->series.points[1].usage.value == trial->id * MIB,
            "trial %zu: id %d, %zu points", i, trial->id, trial->series.count);
        ROW_TEXT(trial->exit.stderr_tail, "words\n", "stderr");
    }
    add_trial(&store, 4);
    char *after = unit_read_file(folder, "trials.jsonl");
    ROW(text_starts_with(after, before) && strstr(after + strlen(before), "\"id\":4,"), "%s", after);
    ROW(store_write(&store, "recommendation.yaml", "x\n", &error) == 0, "%s", error.what);
    ROW(store_remove(&store, "recommendation.yaml", &error) == 0, "%s", error.what);
    ROW(store_remove(&store, "recommendation.yaml", &error) == 0, "removed twice: %s", error.what);
    ROW(unit_read_file(folder, "recommendation.yaml") == NULL, "still there");
    store_close(&store);
    result_free(&result);
    free(before);
    free(after);
    remove_run(folder);
}

/* Killed at any byte of its last line: the trials before stand, and the file ends with them. */
TEST(a_torn_line_is_cut_off) {
    char *folder = make_run(3);
    char *whole = unit_read_file(folder, "trials.jsonl");
    size_t two = (size_t)(strchr(strchr(whole, '\n') + 1, '\n') + 1 - whole);
    char *path = text_format("%s/trials.jsonl", folder);
    for (size_t cut = two; cut < strlen(whole); cut++) {
        char *head = strndup(whole, cut);
        unit_write_file(folder, "trials.jsonl", head, 0644);
        struct store store;
        struct result result = {0};
        struct error error = {0};
        bool torn = false;
        int code = store_reopen(&store, folder, &result, &torn, &error);
        char *left = unit_read_file(folder, "trials.jsonl");
        ROW(code == 0 && torn == (cut > two) && result.trial_count == 2, "cut at %zu: %d, torn %d, %s", cut,
            code, torn, error.what);
        ROW(strlen(left) == two && strncmp(left, whole, two) == 0, "cut at %zu: %zu bytes left", cut,
            strlen(left));
        if (code == 0)
            store_close(&store);
        result_free(&result);
        free(left);
        free(head);
    }
    free(path);
    free(whole);
    remove_run(folder);
}

TEST(a_run_without_a_trial) {
    static const char *const starts[] = {"", "{\"id\":1,\"purp"};
    for (size_t i = 0; i < COUNT(starts); i++) {
        char *folder = make_run(0);
        append(folder, "trials.jsonl", starts[i], strlen(starts[i]));
        struct store store;
        struct result result = {0};
        struct error error = {0};
        bool torn;
        int code = store_reopen(&store, folder, &result, &torn, &error);
        ROW(code == 0 && result.trial_count == 0 && torn == (i > 0), "%zu: %d, %s", i, code, error.what);
        store_close(&store);
        remove_run(folder);
    }
}

#define LINE(rest) "{\"purpose\":\"step\",\"outcome\":\"oom\"" rest "}\n"

/* What is wrong is named with its file and line, and the folder stays as it is: the torn end too. */
TEST(what_is_no_run_is_left_alone) {
    static const struct {
        const char *text; /* after two good lines */
        size_t length;    /* 0: strlen */
        const char *says;
    } rows[] = {
        {"\n{\"id\":", 0, "trials.jsonl:3: not JSON"},
        {"nonsense\n{\"id\":", 0, "trials.jsonl:3: not JSON"},
        {"{\"id\":3,\"pur\n", 0, "trials.jsonl:3: not JSON"},
        {"{}\n{\"id\":", 0, "trials.jsonl:3: purpose: not one that is known"},
        {LINE(""), 0, "trials.jsonl:3: id: not a number of its own"},
        {LINE(",\"id\":0"), 0, "trials.jsonl:3: id: not a number of its own"},
        {LINE(",\"id\":2"), 0, "trials.jsonl:3: id: not a number of its own"},
        {LINE(",\"id\":2000000"), 0, "trials.jsonl:3: id: not a number of its own"},
        {LINE(",\"id\":3") LINE(",\"id\":4,\"peak_bytes\":\"x\""), 0,
         "trials.jsonl:4: peak_bytes: not a number"},
        {LINE(",\"id\":3,\"samples\":\"../s.csv\""), 0, "trials.jsonl:3: samples: not a file of this folder"},
        {LINE(",\"id\":3,\"samples\":\"trials.jsonl\""), 0, "/trials.jsonl:1: no header of samples"},
        {"{}\0{}\n", 6, "trials.jsonl:3: not JSON"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *folder = make_run(2);
        append(folder, "trials.jsonl", rows[i].text, rows[i].length ? rows[i].length : strlen(rows[i].text));
        char *before = unit_read_file(folder, "trials.jsonl");
        struct store store;
        struct result result = {0};
        struct error error = {0};
        bool torn;
        int code = store_reopen(&store, folder, &result, &torn, &error);
        char *after = unit_read_file(folder, "trials.jsonl");
        ROW(code == -EINVAL && strstr(error.what, rows[i].says) && text_starts_with(error.what, folder) &&
                unit_is_one_line(error.what),
            "row %zu: %d, \"%s\", expected \"%s\"", i, code, error.what, rows[i].says);
        ROW(strcmp(before, after) == 0 && result.trial_count == 0, "row %zu: changed to %s", i, after);
        if (code == 0)
            store_close(&store);
        result_free(&result);
        free(before);
        free(after);
        remove_run(folder);
    }
}

/* Trials that ran side by side end in any order, and a killed harness may lack one in between. */
TEST(ids_need_not_be_in_order) {
    char *folder = make_run(0);
    static const char lines[] =
        LINE(",\"id\":4") LINE(",\"id\":1") LINE(",\"id\":2,\"samples\":\"samples-002.csv\"");
    append(folder, "trials.jsonl", lines, strlen(lines));
    struct store store;
    struct result result = {0};
    struct error error = {0};
    bool torn;
    ck_assert_msg(store_reopen(&store, folder, &result, &torn, &error) == 0, "%s", error.what);
    ROW(result.trial_count == 3 && result.trials[0].id == 4 && result.trials[2].series.count == 0,
        "%zu trials", result.trial_count);
    store_close(&store);
    result_free(&result);
    remove_run(folder);
}

TEST(only_one_at_a_time) {
    char *folder = make_run(1);
    struct store first;
    struct store second;
    struct result result = {0};
    struct error error = {0};
    bool torn;
    ck_assert_msg(store_reopen(&first, folder, &result, &torn, &error) == 0, "%s", error.what);
    result_free(&result);
    int code = store_reopen(&second, folder, &result, &torn, &error);
    ROW(code == -EBUSY && strstr(error.what, "another run is writing there"), "resumed twice: %d, %s", code,
        error.what);
    code = store_open(&second, folder, "app", &error);
    ROW(code == -EBUSY, "begun anew meanwhile: %d, %s", code, error.what);
    store_close(&first);
    /* A new run moves what was there aside, how it was begun too. */
    unit_write_file(folder, "invocation.json", "{}", 0644);
    ck_assert_msg(store_open(&second, folder, "app", &error) == 0, "%s", error.what);
    char *left = unit_read_file(folder, "invocation.json");
    ROW(!left, "the invocation of before is taken for the new one");
    free(left);
    store_close(&second);
    remove_run(folder);
}

/* Whatever could be written of it is kept, and each file that is not whole is named once. */
TEST(a_disk_that_takes_no_more_is_told) {
    static const struct {
        const char *full; /* leads to a device that is */
        const char *said;
    } rows[] = {
        {"samples-001.csv", "samples-001.csv is not complete: No space left on device"},
        {"target-001.log", "target-001.log is not complete: No space left on device"},
        {"load-001.log", "load-001.log is not complete: No space left on device"},
        {NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *folder = unit_make_dir();
        struct store store;
        struct error error = {0};
        struct trial trial = {.id = 1};
        char *link = text_format("%s/%s", folder, rows[i].full ? rows[i].full : "other");
        ck_assert_int_eq(symlink("/dev/full", link), 0);
        ck_assert_msg(store_open(&store, folder, "app", &error) == 0, "%s", error.what);
        ck_assert_msg(store_begin_trial(&store, 1, &error) == 0, "%s", error.what);
        struct snapshot sample = {.usage = known_i64(MIB)};
        ROW(store_sample(&store, &sample), "row %zu: not held back", i);
        store_log(&store, "words\n", 6);
        store_log(&store, "more\n", 5);
        store_load_log(&store, "words\n", 6);
        store_close_trial(&store, &trial);
        const struct evidence *loss = trial_find_evidence(&trial, STORE_LOSS);
        ROW(trial.evidence_count == (rows[i].said != NULL), "row %zu: %zu times", i, trial.evidence_count);
        ROW(trial.samples_lost == (i == 0), "row %zu: samples lost %d", i, trial.samples_lost);
        if (rows[i].said)
            ROW_TEXT(loss ? loss->detail : "nothing", rows[i].said, rows[i].full);
        trial_free(&trial);
        store_close(&store);
        free(link);
        remove_run(folder);
    }
}

TEST(no_such_folder) {
    static const char *const paths[] = {"/no/such/folder", "/dev/null", "/proc"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct store store;
        struct result result = {0};
        struct error error = {0};
        bool torn;
        int code = store_reopen(&store, paths[i], &result, &torn, &error);
        ROW(code < 0 && strstr(error.what, paths[i]), "%s: %d, %s", paths[i], code, error.what);
    }
}

UNIT_MAIN("store", a_run_is_gone_on_with, a_torn_line_is_cut_off, a_run_without_a_trial,
          what_is_no_run_is_left_alone, ids_need_not_be_in_order, only_one_at_a_time,
          a_disk_that_takes_no_more_is_told, no_such_folder)
