#include "cli/documents.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "trial/launch.h"

static int check_writable(const char *option, const char *path, struct error *error) {
    struct error inner = {0};
    int code = strcmp(path, "-") == 0 ? 0 : file_check_writable(path, &inner);
    return code < 0 ? error_plain(error, code, "%s %s: %.1000s", option, path, inner.what) : 0;
}

int documents_check(const struct options *options, struct error *error) {
    int code = options->json ? check_writable("--json", options->json, error) : 0;
    for (int i = 0; i < FORM_COUNT && code == 0; i++)
        if (options->forms[i])
            code = check_writable(forms[i].option, options->forms[i], error);
    return code;
}

/* All of it to an open file. Returns 0 or a negative errno. */
static int write_open(int fd, const char *text, size_t length) {
    return fd < 0 ? -errno : file_write_all(fd, text, length);
}

/* Replaces a plain file, or the one that a link leads to. */
static int replace(const char *path, const char *text, size_t length, struct error *error) {
    CLEANUP_FREE char *real = realpath(path, NULL);
    CLEANUP_FREE char *for_folder = text_copy(real ? real : path);
    CLEANUP_FREE char *for_name = text_copy(real ? real : path);
    CLEANUP_CLOSE int folder = open(dirname(for_folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return error_system(error, -errno, "cannot open its folder");
    return file_replace_at(folder, basename(for_name), text, length, error);
}

int document_write(const char *option, const char *path, const char *text, size_t length,
                   struct error *error) {
    struct stat status;
    struct error inner = {0};
    if (strcmp(path, "-") == 0) {
        int code = fflush(stdout) == EOF ? -errno : write_open(STDOUT_FILENO, text, length);
        return code < 0 ? error_system(error, code, "cannot write to standard output") : 0;
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
        int code = write_open(fd, text, length);
        return code < 0 ? error_system(error, code, "%s %s", option, path) : 0;
    }
    int code = replace(path, text, length, &inner);
    return code < 0 ? error_plain(error, code, "%s %s: %.1000s", option, path, inner.what) : 0;
}

/* Other steps' summaries, and other commands' of this step, stay as they are. */
static int append(const char *path, const struct strbuf *document, struct error *error) {
    CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    int code = write_open(fd, strbuf_text(document), document->length);
    return code < 0 ? error_system(error, code, "GITHUB_STEP_SUMMARY %s", path) : 0;
}

static void tell_github(const struct options *options, const struct result *result,
                        struct progress *progress) {
    const char *actions = getenv("GITHUB_ACTIONS");
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    const char *markdown = options->forms[FORM_MARKDOWN];
    struct strbuf text = {0};
    struct error error;
    if (!actions || strcmp(actions, "true") != 0)
        return;
    form_annotations(result, &text);
    progress_commands(progress, strbuf_text(&text));
    strbuf_free(&text);
    if (!summary || !*summary || (markdown && strcmp(markdown, summary) == 0))
        return;
    strbuf_add(&text, "\n"); /* what another program left there may lack its last line end */
    form_markdown(result, &text);
    if (append(summary, &text, &error) < 0)
        progress_error(progress, &error);
    strbuf_free(&text);
}

int forms_write(const struct options *options, const struct result *result, struct progress *progress,
                int status) {
    for (int i = 0; i < FORM_COUNT; i++) {
        struct strbuf document = {0};
        struct error error;
        if (!options->forms[i])
            continue;
        forms[i].write(result, &document);
        if (document_write(forms[i].option, options->forms[i], strbuf_text(&document), document.length,
                           &error) < 0) {
            progress_error(progress, &error);
            status = EXIT_HARNESS;
        }
        strbuf_free(&document);
    }
    tell_github(options, result, progress);
    return status;
}
