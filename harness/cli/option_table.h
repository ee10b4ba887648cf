/* The rows that options are made of: name, help, group, and how a value is read and checked.
 * Layer: cli/, for options.c and manual_main.c alone. Includes everything above. */
#pragma once

#include "base/text.h"
#include "cli/options.h"

/* Not ready for so long, a server has failed, unless it is said otherwise. */
#define READY_TIMEOUT_NS (60 * NS_PER_S)

enum kind {
    KIND_FLAG,
    KIND_TEXT,
    KIND_BYTES,
    KIND_LIMIT,
    KIND_DURATION, /* longer than nothing */
    KIND_DURATION_OR_NONE,
    KIND_COUNT,
    KIND_INT, /* as KIND_COUNT, into an int */
    KIND_CUSTOM,
};

struct option {
    const char *name;  /* with its dashes */
    char letter;       /* 0: none */
    const char *value; /* name of its value in the help; NULL: a flag */
    const char *help;
    enum option_group group;
    enum kind kind;
    size_t offset; /* of the field, for all kinds but KIND_CUSTOM */
    /* KIND_CUSTOM: the message starts with the value, as those of the unit parsers do. */
    int (*set)(struct options *options, const char *value, struct error *error);
};

extern const struct option option_table[];
extern const size_t option_count;

struct option_title {
    enum option_group group;
    const char *title;
};

extern const struct option_title option_titles[]; /* in the order of the help */
extern const size_t option_title_count;

/* Reads the value into its field. -EINVAL: *error has a message that starts with the value. */
int option_set(const struct option *option, struct options *options, const char *value, struct error *error);

/* Adds all values that the option takes, a blank between them, where they are words; else nothing. */
void option_words(const struct option *option, struct strbuf *words);

/* Releases the values of --load-steps. */
void option_free_load_steps(struct options *options);
