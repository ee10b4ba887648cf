/* The documents that options ask for (--json, --junit and others), and what GitHub's runner is told unasked.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "cli/options.h"
#include "cli/progress.h"
#include "model/result.h"

/* Can each file be written once the run is over? Asked before it begins. -errno with the option and the file.
 */
int documents_check(const struct options *options, struct error *error);

/* Writes a document to the file that `option` names; "-" is standard output. A file is replaced as a whole,
 * so that nobody reads half of it; what is no plain file (a pipe, a device) is written to. */
int document_write(const char *option, const char *path, const char *text, size_t length,
                   struct error *error);

/* Writes the result in every form that is asked for. Where GITHUB_ACTIONS is "true" the annotations go to
 * standard error, which GitHub's runner reads as it does standard output, and the Markdown is appended to the
 * file that GITHUB_STEP_SUMMARY names. Each is tried whatever became of the others. Returns `status`, or the
 * exit status of a failure to write a file that was asked for; for want of a step summary nothing fails. */
int forms_write(const struct options *options, const struct result *result, struct progress *progress,
                int status);
