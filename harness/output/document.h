/* Results as JSON text and back: schema "plimsoll.result/1" (result.schema.json beside this file); and what a
 * run was asked for: schema "plimsoll.invocation/1". Reading is in document_read.c.
 * Layer: output/. Includes base/, model/, trial/. Pure. */
#pragma once

#include "base/error.h"
#include "model/result.h"

#define INVOCATION_SCHEMA "plimsoll.invocation/1"

/* A scenario as it was when a run was begun with it; all NULL: with none. */
struct begun_scenario {
    char *source; /* its file, as it was given */
    char *folder; /* that it was in, absolute */
    char *text;
};

/* What a run was asked for, and where: all that it takes to go on with it. */
struct invocation {
    char *version; /* of the program that began it */
    char *command;
    char *started_at;
    char *cwd;
    char *name; /* of the target */
    struct host host;
    char **arguments; /* all after the command's name, NULL-terminated */
    struct begun_scenario scenario;
};

/* One trial as one line of JSON, without a newline. Caller frees. */
char *document_trial_line(const struct trial *trial);

/* Reads such a line back, all of it; the series is not in it. `source` names the line in messages. The caller
 * releases *ret. -EINVAL: not JSON, or a value of the wrong type. */
int document_parse_trial(const char *line, const char *source, struct trial *ret, struct error *error);

/* The whole document, indented, with a final newline. Caller frees. */
char *document_result(const struct result *result);

/* Does the text say of itself that it is a result, of whatever version? */
bool document_is_result(const char *text);

/* Reads a document back. `source` names it in messages. -EINVAL: not JSON, another schema, or a value of the
 * wrong type. */
int document_parse_result(const char *text, const char *source, struct result *ret, struct error *error);

/* Arguments and folder come back byte for byte, whatever their encoding. Caller frees. */
char *document_invocation(const struct invocation *invocation);

/* The caller releases *ret with invocation_free(). -EINVAL as above, or a part is missing. */
int document_parse_invocation(const char *text, const char *source, struct invocation *ret,
                              struct error *error);

void invocation_free(struct invocation *invocation);
