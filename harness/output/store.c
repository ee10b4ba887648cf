#include "output/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "output/document.h"

#define RESULTS_FOLDER   "results"
#define NAME_BYTES_MAX   48
#define RESULT_BYTES_MAX (256 * MIB)

/* More than any run will have. */
#define TRIAL_ID_MAX 1000000

/* A name for a folder, made of the target's: letters, digits, dot, dash, underscore. */
static char *folder_name(const char *name) {
    char clean[NAME_BYTES_MAX + 1];
    size_t length = 0;
    for (; *name && length < NAME_BYTES_MAX; name++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *name))
            clean[length++] = *name;
    clean[length] = '\0';
    const char *start = clean + strspn(clean, ".-");
    return text_copy(*start ? start : "target");
}

/* results/<name>-<time>, and -2, -3 ... where that is taken: two runs in one second each keep theirs. */
static int make_default_folder(const char *name, char **ret_path, struct error *error) {
    int code = file_make_dirs(RESULTS_FOLDER, error);
    if (code < 0)
        return code;
    CLEANUP_FREE char *clean = folder_name(name);
    struct short_text stamp = clock_utc_compact();
    for (int attempt = 1; attempt < 1000; attempt++) {
        CLEANUP_FREE char *path = attempt == 1
                                      ? text_format(RESULTS_FOLDER "/%s-%s", clean, stamp.s)
                                      : text_format(RESULTS_FOLDER "/%s-%s-%d", clean, stamp.s, attempt);
        if (mkdir(path, 0777) == 0) {
            *ret_path = STEAL_POINTER(&path);
            return 0;
        }
        if (errno != EEXIST)
            return error_system(error, -errno, "cannot create the folder %s", path);
    }
    return error_plain(error, -EEXIST, "cannot create a folder under %s", RESULTS_FOLDER);
}

/* results/latest, replaced in one step; a convenience, so a failure is not one of the run. */
static void point_latest(const char *path) {
    CLEANUP_FREE char *temporary = text_format(RESULTS_FOLDER "/latest.tmp-%d", (int)getpid());
    CLEANUP_FREE char *copy = text_copy(path);
    if (symlink(basename(copy), temporary) == 0 && rename(temporary, RESULTS_FOLDER "/latest") < 0)
        unlink(temporary);
}

/* Does this name belong to a run's folder? */
static bool is_of_a_run(const char *name) {
    static const char *const patterns[] = {"invocation.json", "trials.jsonl",        "result.json",
                                           "report.html",     "samples-*.csv",       "target-*.log",
                                           "load-*.log",      "recommendation.yaml", "plot-*"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    return false;
}

/* What an earlier run left in the folder goes into one of its own: nothing measured is lost, nothing is
 * mixed. */
static int move_earlier_aside(int dirfd, const char *folder, struct error *error) {
    CLEANUP_FREE char *aside = text_format("earlier-%s-%d", clock_utc_compact().s, (int)getpid());
    if (mkdirat(dirfd, aside, 0777) < 0)
        return error_system(error, -errno, "cannot create %s/%s", folder, aside);
    CLEANUP_CLOSE int aside_fd = openat(dirfd, aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int list_fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = list_fd >= 0 ? fdopendir(list_fd) : NULL;
    if (aside_fd < 0 || !list)
        return error_system(error, -errno, "cannot read the folder %s", folder);
    int code = 0;
    for (struct dirent *entry; code == 0 && (entry = readdir(list));)
        if (is_of_a_run(entry->d_name) && renameat(dirfd, entry->d_name, aside_fd, entry->d_name) < 0)
            code = error_system(error, -errno, "cannot move %s/%s aside", folder, entry->d_name);
    closedir(list);
    return code;
}

/* Opens trials.jsonl, locked for as long as we write there. Returns the descriptor or a negative errno. */
static int open_trials(int dirfd, const char *folder, struct error *error) {
    for (;;) {
        CLEANUP_CLOSE int fd = openat(dirfd, "trials.jsonl", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        struct stat status;
        if (fd < 0 || fstat(fd, &status) < 0)
            return error_system(error, -errno, "cannot write to the folder %s", folder);
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
            return error_plain(error, -EBUSY, "%s: another run is writing there; give another folder",
                               folder);
        if (status.st_size == 0 && faccessat(dirfd, "result.json", F_OK, 0) < 0)
            return steal_fd(&fd);
        int code = move_earlier_aside(dirfd, folder, error);
        if (code < 0)
            return code;
    }
}

void store_open_none(struct store *ret) {
    *ret = (struct store){.dirfd = -1, .trials_fd = -1, .log.fd = -1, .load_log.fd = -1, .samples.fd = -1};
}

int store_open(struct store *ret, const char *path, const char *name, struct error *error) {
    CLEANUP_FREE char *folder = NULL;
    bool ours = path == NULL;
    int code;
    if (ours) {
        code = make_default_folder(name, &folder, error);
        if (code < 0) {
            error_advise(error, "give a folder that can be written to: --out DIR");
            return code;
        }
    } else {
        folder = text_copy(path);
        code = file_make_dirs(folder, error);
        if (code < 0)
            return code;
    }
    CLEANUP_CLOSE int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0)
        return error_system(error, -errno, "cannot open the folder %s", folder);
    int trials = open_trials(dirfd, folder, error);
    if (trials < 0)
        return trials;
    if (ours)
        point_latest(folder);
    store_open_none(ret);
    ret->path = STEAL_POINTER(&folder);
    ret->dirfd = steal_fd(&dirfd);
    ret->trials_fd = trials;
    return 0;
}

/* ---- going on ---- */

struct trials_reader {
    const char *folder;
    int dirfd;
    struct result read;
    off_t whole_bytes; /* where the last whole line ends */
    bool torn;
};

static bool has_trial(const struct result *result, int id) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].id == id)
            return true;
    return false;
}

/* Its names come from a file that anybody may have written: they must not lead out of the folder. */
static int read_series(const struct trials_reader *reader, struct trial *trial, const char *source,
                       struct error *error) {
    struct error inner;
    if (!trial->samples_name)
        return 0;
    if (strchr(trial->samples_name, '/'))
        return error_plain(error, -EINVAL, "%s: samples: not a file of this folder", source);
    int code = samples_read(reader->dirfd, trial->samples_name, known_or(trial->exit.stopped_ns, INT64_MAX),
                            &trial->series, &inner);
    return code < 0 ? error_plain(error, code, "%s/%s", reader->folder, inner.what) : 0;
}

static int take_trial(struct trials_reader *reader, const char *line, int number, struct error *error) {
    CLEANUP_FREE char *source = text_format("%s/trials.jsonl:%d", reader->folder, number);
    struct trial trial = {0};
    int code = document_parse_trial(line, source, &trial, error);
    if (code < 0)
        return code;
    if (trial.id < 1 || trial.id > TRIAL_ID_MAX || has_trial(&reader->read, trial.id))
        code = error_plain(error, -EINVAL, "%s: id: not a number of its own, from 1 on", source);
    if (code == 0)
        code = read_series(reader, &trial, source, error);
    if (code == 0)
        result_add_trial(&reader->read, &trial);
    trial_free(&trial);
    return code;
}

/* One trial a line. A last line without an end was being written when the harness was killed. */
static int read_trials(struct trials_reader *reader, FILE *file, struct error *error) {
    CLEANUP_FREE char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    for (int number = 1; (length = getline(&line, &capacity, file)) > 0; number++) {
        if (line[length - 1] != '\n') {
            reader->torn = true;
            return 0;
        }
        line[length - 1] = '\0';
        if (strlen(line) != (size_t)length - 1)
            return error_plain(error, -EINVAL, "%s/trials.jsonl:%d: not JSON", reader->folder, number);
        int code = take_trial(reader, line, number, error);
        if (code < 0)
            return code;
        reader->whole_bytes += length;
    }
    return ferror(file) ? error_system(error, -EIO, "cannot read %s/trials.jsonl", reader->folder) : 0;
}

/* Opens trials.jsonl of before, and makes sure that nobody else writes there or has just moved it aside.
 * Returns the descriptor or a negative errno. */
static int reopen_trials(int dirfd, const char *folder, struct error *error) {
    CLEANUP_CLOSE int fd = openat(dirfd, "trials.jsonl", O_RDWR | O_APPEND | O_CLOEXEC);
    struct stat status;
    struct stat named;
    if (fd < 0 || fstat(fd, &status) < 0)
        return error_system(error, -errno, "cannot open %s/trials.jsonl", folder);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstatat(dirfd, "trials.jsonl", &named, 0) < 0 ||
        named.st_ino != status.st_ino)
        return error_plain(error, -EBUSY, "%s: another run is writing there; wait for its end", folder);
    if (status.st_size > RESULT_BYTES_MAX)
        return error_plain(error, -EFBIG, "%s/trials.jsonl: larger than %s", folder,
                           bytes_text(RESULT_BYTES_MAX).s);
    return steal_fd(&fd);
}

static int read_trials_of(struct trials_reader *reader, int trials_fd, struct error *error) {
    CLEANUP_CLOSE int fd = fcntl(trials_fd, F_DUPFD_CLOEXEC, 0);
    CLEANUP_FCLOSE FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file)
        return error_system(error, -errno, "cannot read %s/trials.jsonl", reader->folder);
    (void)steal_fd(&fd);
    int code = read_trials(reader, file, error);
    /* Last: a folder with anything wrong in it stays as it is. */
    if (code == 0 && reader->torn && ftruncate(trials_fd, reader->whole_bytes) < 0)
        code = error_system(error, -errno, "cannot write %s/trials.jsonl", reader->folder);
    return code;
}

int store_reopen(struct store *ret, const char *path, struct result *result, bool *ret_torn,
                 struct error *error) {
    CLEANUP_CLOSE int dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0)
        return error_system(error, -errno, "cannot open the folder %s", path);
    CLEANUP_CLOSE int trials = reopen_trials(dirfd, path, error);
    if (trials < 0)
        return trials;
    struct trials_reader reader = {.folder = path, .dirfd = dirfd};
    int code = read_trials_of(&reader, trials, error);
    if (code < 0) {
        result_free(&reader.read);
        return code;
    }
    result->trials = reader.read.trials;
    result->trial_count = reader.read.trial_count;
    *ret_torn = reader.torn;
    store_open_none(ret);
    ret->path = text_copy(path);
    ret->dirfd = steal_fd(&dirfd);
    ret->trials_fd = steal_fd(&trials);
    return 0;
}

/* ---- trial by trial ---- */

static int create_log(const struct store *store, const char *name) {
    return openat(store->dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

int store_begin_trial(struct store *store, int id, struct error *error) {
    if (!store->path)
        return 0;
    char name[32];
    snprintf(name, sizeof name, "samples-%03d.csv", id);
    int code = samples_open(&store->samples, store->dirfd, name, error);
    if (code < 0)
        return code;
    snprintf(name, sizeof name, "target-%03d.log", id);
    store->trial_id = id;
    store->load_log = (struct log_file){.fd = -1};
    store->log = (struct log_file){.fd = create_log(store, name)};
    return store->log.fd < 0 ? error_system(error, -errno, "cannot create %s/%s", store->path, name) : 0;
}

bool store_sample(struct store *store, const struct snapshot *sample) {
    return !store->path || samples_add(&store->samples, sample);
}

static void log_write(struct log_file *log, const char *bytes, size_t length) {
    if (log->fd < 0)
        return;
    log->code = file_write_all(log->fd, bytes, length);
    if (log->code < 0)
        close(steal_fd(&log->fd));
}

static void log_add(struct log_file *log, const char *bytes, size_t length) {
    int64_t room = LOG_BYTES_MAX - log->bytes;
    log->bytes += (int64_t)length;
    if (room <= 0)
        return;
    if ((int64_t)length <= room) {
        log_write(log, bytes, length);
        return;
    }
    static const char cut[] = "\n[plimsoll: the rest of the output was not kept]\n";
    log_write(log, bytes, (size_t)room);
    log_write(log, cut, sizeof cut - 1);
}

void store_log(struct store *store, const char *bytes, size_t length) {
    log_add(&store->log, bytes, length);
}

void store_load_log(struct store *store, const char *bytes, size_t length) {
    if (store->load_log.bytes == 0 && store->path) {
        char name[32];
        snprintf(name, sizeof name, "load-%03d.log", store->trial_id);
        store->load_log.fd = create_log(store, name);
        store->load_log.code = store->load_log.fd < 0 ? -errno : 0;
    }
    log_add(&store->load_log, bytes, length);
}

static void close_log(struct log_file *log) {
    if (log->fd >= 0 && close(steal_fd(&log->fd)) < 0)
        log->code = -errno;
}

static void say_loss(struct trial *trial, const char *name, int code) {
    if (code < 0)
        trial_say(trial, STORE_LOSS, "%s is not complete: %s", name, strerror(-code));
}

void store_close_trial(struct store *store, struct trial *trial) {
    if (!store->path)
        return;
    CLEANUP_FREE char *load_name = text_format("load-%03d.log", trial->id);
    if (!samples_close(&store->samples))
        trial->samples_lost = true;
    close_log(&store->log);
    if (store->load_log.fd >= 0) {
        close_log(&store->load_log);
        trial->service.log_name = text_copy(load_name);
    }
    trial->samples_name = text_format("samples-%03d.csv", trial->id);
    trial->log_name = text_format("target-%03d.log", trial->id);
    say_loss(trial, trial->samples_name, store->samples.code);
    say_loss(trial, trial->log_name, store->log.code);
    say_loss(trial, load_name, store->load_log.code);
}

int store_keep_trial(struct store *store, const struct trial *trial, struct error *error) {
    if (!store->path)
        return 0;
    CLEANUP_FREE char *document = document_trial_line(trial);
    CLEANUP_FREE char *line = text_format("%s\n", document);
    off_t before = lseek(store->trials_fd, 0, SEEK_END);
    int code = file_write_all(store->trials_fd, line, strlen(line));
    if (code < 0 && before >= 0 && ftruncate(store->trials_fd, before) < 0)
        code = -errno; /* a torn line in the middle would spoil the file */
    if (code == 0 && fdatasync(store->trials_fd) < 0 && errno != EINVAL)
        code = -errno;
    return code < 0 ? error_system(error, code, "cannot write %s/trials.jsonl", store->path) : 0;
}

int store_write(struct store *store, const char *name, const char *text, struct error *error) {
    if (!store->path)
        return 0;
    int code = file_replace_at(store->dirfd, name, text, strlen(text), error);
    return code < 0 ? error_system(error, code, "cannot write %s/%s", store->path, name) : 0;
}

int store_remove(struct store *store, const char *name, struct error *error) {
    if (!store->path || unlinkat(store->dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    return error_system(error, -errno, "cannot remove %s/%s", store->path, name);
}

void store_close(struct store *store) {
    free(store->path);
    if (store->samples.fd >= 0)
        (void)samples_close(&store->samples);
    int *fds[] = {&store->dirfd, &store->trials_fd, &store->log.fd, &store->load_log.fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (*fds[i] >= 0)
            close(steal_fd(fds[i]));
    store->path = NULL;
}

bool store_is_result(const char *path) {
    struct stat status;
    struct error ignored;
    CLEANUP_FREE char *text = NULL;
    if (stat(path, &status) < 0)
        return false;
    if (S_ISDIR(status.st_mode))
        return true;
    return S_ISREG(status.st_mode) && file_read_all(path, RESULT_BYTES_MAX, &text, &ignored) == 0 &&
           document_is_result(text);
}

int store_read_result(const char *path, struct result *ret, struct error *error) {
    struct stat status;
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    CLEANUP_FREE char *file = folder ? text_format("%s/result.json", path) : text_copy(path);
    CLEANUP_FREE char *text = NULL;
    int code = file_read_all(file, RESULT_BYTES_MAX, &text, error);
    return code < 0 ? code : document_parse_result(text, file, ret, error);
}
