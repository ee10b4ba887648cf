#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/documents.h"
#include "cli/progress.h"
#include "output/doctor.h"
#include "trial/checkup.h"

static int write_answer(const struct options *options, const struct checkup *checkup, struct error *error) {
    int code = 0;
    if (!options->json || strcmp(options->json, "-") != 0) {
        struct strbuf text = {0};
        doctor_text(checkup, &text);
        code = document_write("stdout", "-", strbuf_text(&text), text.length, error);
        strbuf_free(&text);
    }
    if (code == 0 && options->json) {
        CLEANUP_FREE char *document = doctor_json(checkup);
        code = document_write("--json", options->json, document, strlen(document), error);
    }
    return code;
}

static int run(struct options *options) {
    struct checkup checkup = {0};
    struct error error = {0};
    int code = documents_check(options, &error);
    int status = STATUS_USAGE;
    if (code == 0) {
        checkup_look(&checkup);
        status = checkup_count(&checkup, CHECK_MISSING) ? STATUS_NOT_ALLOWED : STATUS_OK;
        code = write_answer(options, &checkup, &error);
        checkup_free(&checkup);
    }
    if (code < 0) {
        struct progress progress;
        progress_init(&progress, false);
        progress_error(&progress, &error);
        status = STATUS_USAGE;
    }
    return status;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .summary = "what this machine allows, what is missing, and the command that mends it",
    .synopsis = "[--json FILE]",
    .details =
        "Looks at the kernel's memory groups (one is made, looked at and removed), at swap, huge pages and\n"
        "pressure, at what tells of a death, and at programs that others need. Each line is told with what\n"
        "it costs where it is not as it should be, and what to do:\n"
        "\n"
        "  ok  as it should be\n"
        "  --  done without, at that cost\n"
        "  no  not done without\n"
        "\n"
        "Exit status: 0 everything needed is there, 5 something needed is missing.",
    .example = "plimsoll doctor",
    .groups = GROUP_DOCTOR,
    .takes_target = false,
    .run = run,
};
