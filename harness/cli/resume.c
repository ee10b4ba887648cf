#include "cli/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/scenario.h"
#include "cli/session.h"
#include "output/document.h"

#define INVOCATION           "invocation.json"
#define INVOCATION_BYTES_MAX (64 * MIB)

/* ---- what was given, on top of what the run was begun with ---- */

static int read_invocation(const char *folder, struct invocation *ret, struct error *error) {
    struct stat status;
    if (stat(folder, &status) < 0)
        return error_plain(error, -errno, "--resume %s: %s; give the folder of a run", folder,
                           strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return error_plain(error, -ENOTDIR, "--resume %s: not a folder; give that of a run", folder);
    CLEANUP_FREE char *path = text_format("%s/" INVOCATION, folder);
    CLEANUP_FREE char *text = NULL;
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return error_plain(error, -ENOENT,
                           "--resume %s: no " INVOCATION " in it, so no run to go on with; start one anew",
                           folder);
    int code = file_read_all(path, INVOCATION_BYTES_MAX, &text, error);
    return code < 0 ? code : document_parse_invocation(text, path, ret, error);
}

/* size begins as find does; the other way its recommendation would be lost. */
static bool goes_on_as(const char *begun, const char *now) {
    if (strcmp(begun, "find") == 0)
        return strcmp(now, "find") == 0 || strcmp(now, "size") == 0;
    return (strcmp(begun, "size") == 0 || strcmp(begun, "step") == 0) && strcmp(begun, now) == 0;
}

static int check_command(const struct command *command, const struct invocation *begun, const char *folder,
                         struct error *error) {
    if (goes_on_as(begun->command, command->name))
        return 0;
    if (!command_find(begun->command))
        return error_plain(error, -EINVAL, "%s/" INVOCATION ": command: not one that is known", folder);
    if (goes_on_as(begun->command, begun->command))
        return error_plain(error, -EINVAL,
                           "--resume %s: begun by plimsoll %s; resume it with plimsoll %s, not %s", folder,
                           begun->command, begun->command, command->name);
    return error_plain(error, -EINVAL, "--resume %s: begun by plimsoll %s, which has nothing to go on with",
                       folder, begun->command);
}

static int check_cwd(const struct invocation *begun, const char *folder, struct error *error) {
    CLEANUP_FREE char *here = getcwd(NULL, 0);
    if (here && strcmp(here, begun->cwd) == 0)
        return 0;
    return error_plain(error, -EINVAL, "--resume %s: begun in %s; cd there first", folder, begun->cwd);
}

static bool same_texts(char *const *left, char *const *right) {
    while (*left && *right && strcmp(*left, *right) == 0) {
        left++;
        right++;
    }
    return !*left && !*right;
}

/* What is measured stays what it was. */
static int check_given(const struct options *given, char *const *target, struct error *error) {
    if (given->measures)
        return error_plain(
            error, -EINVAL,
            "%s with --resume %s: two measurements would be mixed; leave it out, or start anew",
            given->measures, given->resume);
    if (!given->argv[0] || same_texts(given->argv, target))
        return 0;
    CLEANUP_FREE char *begun = text_command_line(target);
    return error_plain(error, -EINVAL, "--resume %s: the target there is %.300s; give that one or none",
                       given->resume, begun);
}

/* The stored arguments, as those of the command that goes on: it takes all that the one takes which they were
 * given to, and of a scenario perhaps more. */
static int parse_begun(const struct command *command, const char *folder, struct options *ret,
                       struct error *error) {
    const struct invocation *begun = ret->begun;
    struct error inner = {0};
    int count = 0;
    while (begun->arguments[count])
        count++;
    int code = options_parse(command, count, begun->arguments, ret, &inner);
    if (code < 0)
        return error_plain(error, code, "%s/" INVOCATION ": %s", folder, inner.what);
    if (ret->help || ret->resume)
        return error_plain(error, -EINVAL, "%s/" INVOCATION ": not the arguments of a run", folder);
    return 0;
}

/* `ret` has been initialised, and owns `begun`. */
static int merge(const struct command *command, int argc, char **argv, const struct options *given,
                 struct options *ret, struct error *error) {
    int code = parse_begun(command, given->resume, ret, error);
    if (code == 0)
        code = check_given(given, ret->argv, error);
    if (code < 0)
        return code;
    char *const *target = ret->argv;
    ret->out = NULL;
    ret->json = NULL; /* where it goes, and how long it may take, is asked anew */
    ret->budget_ns = 0;
    if (given->quiet || given->verbose) { /* the other of the two is taken back */
        ret->quiet = false;
        ret->verbose = false;
    }
    code = options_parse(command, argc, argv, ret, error);
    ret->argv = target;
    return code;
}

int resume_options(const struct command *command, int argc, char **argv, struct options *options,
                   struct error *error) {
    struct invocation begun = {0};
    int code = read_invocation(options->resume, &begun, error);
    if (code < 0)
        return code;
    struct options merged;
    options_init(&merged);
    merged.begun = malloc(sizeof *merged.begun);
    if (!merged.begun)
        abort();
    *merged.begun = begun;
    code = check_command(command, &begun, options->resume, error);
    if (code == 0)
        code = check_cwd(&begun, options->resume, error);
    if (code == 0)
        code = merge(command, argc, argv, options, &merged, error);
    if (code < 0) {
        options_free(&merged);
        return code;
    }
    options_free(options);
    *options = merged;
    return 0;
}

int resume_check_host(const struct options *options, const struct host *here, struct error *error) {
    if (!options->begun)
        return 0;
    const struct host *there = &options->begun->host;
    if (strcmp(there->kernel, here->kernel) == 0 && strcmp(there->cgroup, here->cgroup) == 0 &&
        there->page_bytes == here->page_bytes)
        return 0;
    return error_plain(error, -EINVAL,
                       "--resume %s: measured on Linux %s, cgroup %s, pages of %lld bytes; this is Linux %s, "
                       "cgroup %s, pages of %lld bytes; start anew",
                       options->resume, there->kernel, there->cgroup, (long long)there->page_bytes,
                       here->kernel, here->cgroup, (long long)here->page_bytes);
}

/* ---- the folder ---- */

int resume_open(struct session *session, struct error *error) {
    const struct options *options = session->options;
    struct result *result = &session->result;
    bool torn;
    int code = store_reopen(&session->store, options->resume, result, &torn, error);
    if (code < 0)
        return code;
    free(result->started_at);
    result->started_at = text_copy(options->begun->started_at);
    struct strbuf text = {0};
    size_t count = result->trial_count;
    strbuf_addf(&text, "Resumed %s: ", options->resume);
    if (count == 0)
        strbuf_add(&text, "no trial is there yet.\n");
    else
        strbuf_addf(&text, "%zu trial%s there.\n", count, count == 1 ? " is" : "s are");
    if (torn)
        strbuf_add(&text, "Its trials.jsonl ended in a torn line: that trial is run again.\n");
    progress_text(&session->progress, strbuf_text(&text));
    strbuf_free(&text);
    return 0;
}

int resume_prepare(struct session *session, struct error *error) {
    const struct result *result = &session->result;
    if (!session->store.path)
        return 0;
    CLEANUP_FREE char *here = getcwd(NULL, 0);
    if (!here)
        return error_system(error, -errno, "cannot tell the current folder");
    struct invocation invocation = {
        .command = result->command,
        .started_at = result->started_at,
        .cwd = here,
        .name = result->name,
        .host = result->host,
        .arguments = (char **)(uintptr_t)session->options->arguments,
    };
    const struct scenario *scenario = session->options->scenario;
    if (scenario)
        invocation.scenario = (struct begun_scenario){scenario->source, scenario->folder, scenario->text};
    CLEANUP_FREE char *document = document_invocation(&invocation);
    return store_write(&session->store, INVOCATION, document, error);
}
