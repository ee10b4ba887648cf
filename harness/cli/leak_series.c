#include "cli/leak_series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/leak.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/documents.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "output/document_series.h"
#include "output/series_file.h"
#include "output/series_gate.h"
#include "output/summary_series.h"
#include "trial/launch.h"

static struct leak *judge(const struct options *options, struct series_file *file) {
    struct leak_config config = leak_config_default();
    struct leak *leaks = calloc(file->count + 1, sizeof *leaks);
    if (!leaks)
        abort();
    for (size_t i = 0; i < file->count; i++) {
        struct leak_series *series = &file->records[i].series;
        if (options->limit_bytes)
            series->limit_bytes = known_i64(options->limit_bytes);
        leak_assess(&config, series, &leaks[i]);
    }
    return leaks;
}

/* That of the worst: certain before uncertain. */
static int status_of(const struct leak *leaks, size_t count) {
    int status = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        if (leaks[i].verdict == LEAK_CONFIRMED)
            return STATUS_GATE_FAILED;
        if (leaks[i].verdict != LEAK_NONE)
            status = STATUS_INCONCLUSIVE;
    }
    return status;
}

static int tell(const struct options *options, struct progress *progress, const struct series_file *file,
                const struct leak *leaks, struct error *error) {
    struct strbuf text = {0};
    summary_series(file, leaks, options->series, options->verbose, &text);
    progress_text(progress, strbuf_text(&text));
    strbuf_free(&text);
    if (!options->json)
        return 0;
    CLEANUP_FREE char *document = document_series(file, leaks, options->series);
    return document_write("--json", options->json, document, strlen(document), error);
}

/* What a result tells of one leak is told of the only one; of several each is an item of the gate. */
static int write_forms(const struct options *options, const struct series_file *file,
                       const struct leak *leaks, struct progress *progress, int status) {
    struct result result = {.recorded = true};
    if (file->count == 1)
        result.leak = leaks[0];
    result.command = text_copy("leak");
    result.name = text_copy(options->name ? options->name : options->series);
    series_gate(file, leaks, &result.gate);
    status = forms_write(options, &result, progress, status);
    result.leak = (struct leak){0}; /* still the caller's */
    result_free(&result);
    return status;
}

int leak_series_run(struct options *options) {
    struct progress progress;
    struct error error = {0};
    struct series_file file = {0};
    progress_init(&progress, options->quiet);
    int code = documents_check(options, &error);
    if (code == 0)
        code = series_file_read(options->series, &file, &error);
    if (code < 0) {
        progress_error(&progress, &error);
        return code == -ENODATA ? STATUS_INCONCLUSIVE : STATUS_USAGE;
    }
    struct leak *leaks = judge(options, &file);
    int status = status_of(leaks, file.count);
    if (tell(options, &progress, &file, leaks, &error) < 0) {
        progress_error(&progress, &error);
        status = EXIT_HARNESS;
    }
    status = write_forms(options, &file, leaks, &progress, status);
    for (size_t i = 0; i < file.count; i++)
        leak_free(&leaks[i]);
    free(leaks);
    series_file_free(&file);
    return status;
}
