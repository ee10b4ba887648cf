/* Scenario files: what a command line could say, kept in a file. Each key stands for an option, so reading
 * one gives words of a command line, and the options' own parsers check their values. Layer: cli/. Includes
 * base/, output/. Knows nothing of what the options mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define SCENARIO_SCHEMA "plimsoll.scenario/1"

/* One option with its value, and where the scenario says it. */
struct scenario_word {
    const char *option; /* with its dashes; static text */
    char *value;        /* "" for a flag */
    const char *only;   /* the command that it is for, for others its value is but checked; NULL: for all */
    char *key;          /* as "ready.tcp" */
    char *written;      /* the value as it stands in the file, cut where it is long */
    int line;
};

struct scenario {
    char *source; /* its file, as messages name it */
    char *folder; /* that it is in, absolute; relative paths and commands start there */
    char *text;   /* all of it */
    struct scenario_word *words;
    size_t word_count;
    char **argv; /* of the target, NULL-terminated; NULL: it gives none */
};

/* Reads a scenario. -EINVAL and others with one line that says where in the file, which key, and what would
 * be right; what `path` names must be a regular file. Release with scenario_free(). */
int scenario_read(const char *path, struct scenario *ret, struct error *error);

/* The same for the text of one. `source` is what messages call it, `folder` where it is, absolute. */
int scenario_parse(const char *text, size_t length, const char *source, const char *folder,
                   struct scenario *ret, struct error *error);

void scenario_free(struct scenario *scenario);

/* Where an option's parser refused the word's value, saying `why` (which may start with the value): fills
 * *error with the line that tells where the value is from. Returns -EINVAL. */
int scenario_refuse(const struct scenario *scenario, const struct scenario_word *word, const char *why,
                    struct error *error);
