#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "output/emit.h"
#include "output/store.h"

static int emit(const struct options *options, const char *path, struct error *error) {
    struct result result = {0};
    if (store_read_result(path, &result, error) < 0)
        return STATUS_USAGE;
    if (!result.recommendation.known) {
        bool cut_short = strcmp(result.command, "size") == 0;
        error_plain(error, 0, "%s: no recommendation in it: %s", path,
                    cut_short ? "its search did not come to an end" : "only plimsoll size makes one");
        result_free(&result);
        return STATUS_INCONCLUSIVE;
    }
    struct strbuf document = {0};
    emitter_find(options->format)->write(&result, &document);
    bool printed = fputs(strbuf_text(&document), stdout) != EOF && fflush(stdout) != EOF;
    if (!printed)
        error_plain(error, 0, "cannot write to standard output");
    strbuf_free(&document);
    result_free(&result);
    return printed ? STATUS_OK : STATUS_USAGE;
}

static int run(struct options *options) {
    struct progress progress;
    struct error error = {0};
    progress_init(&progress, false);
    int status = emit(options, options->argv[0] ? options->argv[0] : "results/latest", &error);
    if (status)
        progress_error(&progress, &error);
    return status;
}

const struct command cmd_emit = {
    .name = "emit",
    .summary = "print a result's recommendation in the form that some consumer reads",
    .synopsis = "[--format NAME] [RESULT]",
    .details = "RESULT is a result.json or the folder of a run; results/latest where it is not given.",
    .example = "plimsoll emit --format kubernetes results/latest > resources.yaml",
    .groups = GROUP_EMIT,
    .takes_target = false,
    .most_arguments = 1,
    .run = run,
};
