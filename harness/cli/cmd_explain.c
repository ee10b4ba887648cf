#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/explain_live.h"
#include "cli/progress.h"
#include "cli/terminal_look.h"
#include "explain/conclude.h"
#include "explain/reader.h"
#include "explain/results.h"
#include "output/document.h"
#include "output/explain.h"
#include "output/forms.h"
#include "output/store.h"

#define LATEST     "results/latest"
#define INPUTS_MAX 256

#define HEAD_BYTES       4096
#define RESULT_BYTES_MAX DOCUMENT_BYTES_MAX

/* ---- inputs ---- */

/* An open file whose start has been read, to see whether it is a result of ours. */
struct opened {
    int fd;
    char head[HEAD_BYTES];
    size_t held;
    size_t taken;
};

static ssize_t read_fd(int fd, char *buffer, size_t size) {
    ssize_t length;
    do
        length = read(fd, buffer, size);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

/* First what was looked at, then the rest. */
static ptrdiff_t read_opened(void *context, char *buffer, size_t size) {
    struct opened *opened = context;
    size_t ahead = opened->held - opened->taken;
    if (ahead == 0)
        return read_fd(opened->fd, buffer, size);
    if (ahead > size)
        ahead = size;
    memcpy(buffer, opened->head + opened->taken, ahead);
    opened->taken += ahead;
    return (ptrdiff_t)ahead;
}

static int look_ahead(struct opened *opened, const char *name, struct error *error) {
    ssize_t length = 1;
    while (length > 0 && opened->held < sizeof opened->head) {
        length = read_fd(opened->fd, opened->head + opened->held, sizeof opened->head - opened->held);
        if (length < 0)
            return error_system(error, (int)length, "cannot read %s", name);
        opened->held += (size_t)length;
    }
    return 0;
}

/* Documents of ours begin with their schema. */
static bool is_result(const struct opened *opened) {
    static const char schema[] = "\"plimsoll.result/";
    return opened->held && opened->head[0] == '{' &&
           memmem(opened->head, opened->held, schema, sizeof schema - 1);
}

static void take_result(const char *name, struct result *result, struct casefile *file) {
    explain_result(file, name, result);
    result_free(result);
}

static int read_result(struct opened *opened, const char *name, struct casefile *file, struct error *error) {
    struct result result = {0};
    struct strbuf text = {0};
    char chunk[HEAD_BYTES];
    ssize_t length;
    while ((length = read_opened(opened, chunk, sizeof chunk)) > 0 && text.length <= RESULT_BYTES_MAX)
        strbuf_add_bytes(&text, chunk, (size_t)length);
    int code = (int)length;
    if (code < 0)
        error_system(error, code, "cannot read %s", name);
    else if (length > 0)
        code = error_plain(error, -EFBIG, "%s: a result of more than %zu MiB", name,
                           RESULT_BYTES_MAX / (size_t)MIB);
    else
        code = document_parse_result(strbuf_text(&text), name, &result, error);
    strbuf_free(&text);
    if (code == 0)
        take_result(name, &result, file);
    return code;
}

static int read_opened_file(int fd, const char *name, struct casefile *file, struct error *error) {
    struct opened opened = {.fd = fd};
    const struct byte_source source = {.read = read_opened, .context = &opened};
    int code = look_ahead(&opened, name, error);
    if (code < 0)
        return code;
    return is_result(&opened) ? read_result(&opened, name, file, error)
                              : explain_read(file, name, &source, error);
}

/* A run writes its result at its end, each trial when that has ended, and the readings of one before. */
static bool was_begun(const char *folder) {
    static const char *const files[] = {"invocation.json", "trials.jsonl"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        CLEANUP_FREE char *path = text_format("%s/%s", folder, files[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

/* A folder is one of a run. */
static int read_folder(const char *path, struct casefile *file, struct error *error) {
    struct result result = {0};
    CLEANUP_FREE char *document = text_format("%s/result.json", path);
    if (access(document, F_OK) < 0 && errno == ENOENT) {
        if (!was_begun(path))
            return error_plain(error, -EINVAL, "%s: no folder of a run: there is no result.json in it", path);
        error_plain(error, -EINVAL, "%s: a run that was cut off before its end: it has no result.json", path);
        error_advise(error, "plimsoll find --resume %s goes on with it", path);
        return -EINVAL;
    }
    int code = store_read_result(path, &result, error);
    if (code == 0)
        take_result(path, &result, file);
    return code;
}

static int read_input(const char *path, struct casefile *file, struct error *error) {
    struct stat status;
    if (strcmp(path, "-") == 0)
        return read_opened_file(STDIN_FILENO, "standard input", file, error);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return read_folder(path, file, error);
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_system(error, -errno, "cannot open %s", path);
    return read_opened_file(fd, path, file, error);
}

/* Is something piped or redirected to it? Not a terminal, and not /dev/null. */
static bool is_given_input(void) {
    struct stat status;
    return fstat(STDIN_FILENO, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode));
}

static int read_latest(struct casefile *file, struct sentences *notes, struct error *error) {
    struct stat status;
    if (stat(LATEST, &status) < 0)
        return error_plain(
            error, -ENOENT,
            "no FILE is given, nothing is piped to it, and there is no " LATEST
            " here; give a pod as JSON, docker inspect, a kernel log, a log, a result, or --live");
    sentences_add(notes, "no FILE was given: this is of the latest run here, " LATEST);
    return read_input(LATEST, file, error);
}

static int read_inputs(char *const *paths, struct casefile *file, struct sentences *notes,
                       struct error *error) {
    if (!paths[0])
        return is_given_input() ? read_input("-", file, error) : read_latest(file, notes, error);
    int code = 0;
    for (; *paths && code == 0; paths++)
        code = read_input(*paths, file, error);
    return code;
}

/* ---- the answer ---- */

/* No death, or of none the cause: no answer. */
static int status_of(const struct deaths *deaths) {
    for (size_t i = 0; i < deaths->count; i++)
        if (deaths->items[i].confidence != CONFIDENCE_UNKNOWN && !deaths->items[i].aside)
            return STATUS_OK;
    return STATUS_INCONCLUSIVE;
}

static bool is_stdout(const char *path) {
    return path && strcmp(path, "-") == 0;
}

static int write_answer(const struct options *options, const struct deaths *deaths, struct error *error) {
    const char *markdown = options->forms[FORM_MARKDOWN];
    int code = 0;
    if (!is_stdout(options->json) && !is_stdout(markdown)) {
        struct strbuf text = {0};
        int columns;
        int rows;
        terminal_size(STDOUT_FILENO, &columns, &rows);
        explain_text(deaths, options->verbose, columns, &text);
        code = document_write("stdout", "-", strbuf_text(&text), text.length, error);
        strbuf_free(&text);
    }
    if (code == 0 && options->json) {
        CLEANUP_FREE char *document = explain_json(deaths);
        code = document_write("--json", options->json, document, strlen(document), error);
    }
    if (code == 0 && markdown) {
        struct strbuf document = {0};
        explain_markdown(deaths, &document);
        code = document_write("--markdown", markdown, strbuf_text(&document), document.length, error);
        strbuf_free(&document);
    }
    return code;
}

static int explain(const struct options *options, struct error *error) {
    struct casefile file = {0};
    struct deaths deaths = {0};
    struct sentences notes = {0};
    int status = STATUS_USAGE;
    int code = documents_check(options, error);
    if (code == 0 && (options->argv[0] || !options->live))
        code = read_inputs(options->argv, &file, &notes, error);
    if (code == 0 && options->live) {
        status = explain_live(options, &file, &notes, error);
        code = status == STATUS_OK ? 0 : -ECANCELED;
    }
    if (code == 0) {
        explain_conclude(&file, &deaths);
        for (size_t i = 0; i < notes.count; i++)
            sentences_add(&deaths.notes, "%s", notes.items[i]);
        code = write_answer(options, &deaths, error);
        status = code < 0 ? STATUS_USAGE : status_of(&deaths);
    }
    deaths_free(&deaths);
    sentences_free(&notes);
    case_free(&file);
    return status;
}

static int run(struct options *options) {
    struct progress progress;
    struct error error = {0};
    progress_init(&progress, false);
    int status = explain(options, &error);
    if (error.what[0])
        progress_error(&progress, &error);
    return status;
}

const struct command cmd_explain = {
    .name = "explain",
    .summary = "why did it die? from a result, docker inspect, kubectl get pod -o json, a kernel log",
    .synopsis = "[FILE|-]... [--live [--docker NAME | --pod NAME]]",
    .details =
        "Each FILE is told by its content, - is standard input. Without any it is what is piped to it, and\n"
        "where nothing is, results/latest:\n"
        "\n"
        "  kernel log   dmesg (plain, -r, -x, -T, --json), /dev/kmsg, journalctl -k (short, iso, json)\n"
        "  Docker       docker inspect, docker events (podman and nerdctl likewise)\n"
        "  Kubernetes   kubectl get pods|events|job|nodes -o json, kubectl describe pod, crictl inspect\n"
        "  ECS          aws ecs describe-tasks, or the event of a task's change\n"
        "  a log        of a CI job (GitHub Actions, GitLab), or what a program printed when it crashed\n"
        "  a result     result.json, or the folder of a run\n"
        "\n"
        "Several are joined: a pod, its events and the kernel log of its node tell more together. Each "
        "death\n"
        "is told with how sure that is, the lines it rests on, what would make it certain, and what to do.\n"
        "A service that runs is told as such. --live has it ask by itself, and joins that with the files.\n"
        "\n"
        "Exit status: 0 the answer is on standard output, and that it runs on, or waits, is one; 2 a file "
        "is\n"
        "none of these, or there is no such container or pod; 4 nothing that can end is told of, or not the\n"
        "cause of its end; 5 what is to be asked does not answer.",
    .example = "kubectl get pod web-7f9c -o json | plimsoll explain - kernel.log",
    .groups = GROUP_LIVE | GROUP_EXPLAIN,
    .takes_target = false,
    .most_arguments = INPUTS_MAX,
    .run = run,
};
