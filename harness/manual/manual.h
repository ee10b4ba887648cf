/* A program told as tables, and what a system wants of it: manual pages, and completion for three shells.
 * All of it is made from what --help is made from, while the program is built.
 * Layer: manual/. Includes base/. Nothing but manual_write() opens files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* What a value or an operand is, for a shell to complete. */
enum manual_takes {
    MANUAL_NOTHING, /* of a value: something that no shell can guess */
    MANUAL_FILE,
    MANUAL_FOLDER,
    MANUAL_COMMAND, /* a command line, as sudo takes it */
    MANUAL_PID,
    MANUAL_USER,
};

struct manual_option {
    const char *name;  /* with its dashes */
    char letter;       /* 0: none */
    const char *value; /* name of its value; NULL: a flag */
    const char *help;  /* one line */
    const char *title; /* what it is listed under */
    const char *words; /* all values there are, a blank between them; NULL: not a choice */
    enum manual_takes takes;
    const char *ask; /* text for sh, without single quotes and backslashes, that prints what there is, a word
                        a line; or NULL */
};

struct manual_command {
    const char *name;
    const char *summary;  /* one line */
    const char *synopsis; /* after the name */
    const char *details;  /* as --help prints it: lines that begin with a blank stay as they are; or NULL */
    const char *example;  /* a command line; or NULL */
    struct manual_option *options;
    size_t option_count;
    enum manual_takes operands;
};

/* A part of a program's own page. The text is as the details of a command; a line of "TERM<tab>MEANING" is an
 * entry of a list. */
struct manual_section {
    const char *title;
    const char *text;
};

struct manual_program {
    const char *name;
    const char *version;
    const char *summary;
    const char *synopsis;
    const char *details;
    const char *noun; /* what its first argument is called: COMMAND */
    struct manual_command *commands;
    size_t command_count;
    bool one_page; /* the commands are told in the program's page, and have none of their own */
    const struct manual_section *sections;
    size_t section_count;
    const char *see_also; /* or NULL */
};

/* Pages for man(1), in the man macros of roff. */
void manual_page(const struct manual_program *program, struct strbuf *page);
void manual_command_page(const struct manual_program *program, const struct manual_command *command,
                         struct strbuf *page);

/* Completion, as the shells load it: for bash "complete -F", for zsh a #compdef function, for fish. */
void manual_bash(const struct manual_program *program, struct strbuf *script);
void manual_zsh(const struct manual_program *program, struct strbuf *script);
void manual_fish(const struct manual_program *program, struct strbuf *script);

/* Writes each of the files, told by their names: NAME.1 and NAME-COMMAND.1 are pages, NAME is bash's, _NAME
 * zsh's, NAME.fish fish's. It fails where a command has no page among them. Returns an exit status, with the
 * reason on stderr. */
int manual_write(const struct manual_program *program, char *const *paths);
