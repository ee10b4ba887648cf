/* The outline: find the command, parse its options, run it. */
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/resume.h"
#include "cli/user_scope.h"

static void print_help(FILE *to) {
    fputs("plimsoll: how much memory does a program need, and what happens when it gets less?\n\n"
          "Usage: plimsoll COMMAND [options] [--] TARGET [ARG...]\n\n",
          to);
    for (const struct command *const *command = commands; *command; command++) {
        int at = fprintf(to, "  %-8s ", (*command)->name);
        options_print_wrapped(to, (*command)->summary, at, at);
    }
    fputs("\nplimsoll COMMAND --help, or plimsoll help COMMAND, tells more.\n"
          "To begin: plimsoll size -- python3 app.py\n",
          to);
}

static int unknown_command(const char *name) {
    const char *names[16];
    size_t count = 0;
    for (const struct command *const *command = commands; *command && count < 16; command++)
        names[count++] = (*command)->name;
    const char *nearest = options_nearest(name, names, count);
    struct progress progress;
    struct error error;
    progress_init(&progress, false);
    error_plain(&error, 0, "%s: unknown command%s%s%s", name, nearest ? "; did you mean " : "",
                nearest ? nearest : "", nearest ? "?" : "");
    error_advise(&error, "plimsoll --help lists them");
    progress_error(&progress, &error);
    return STATUS_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv) {
    struct options options;
    struct error error;
    options_init(&options);
    int status;
    int code = options_parse(command, argc, argv, &options, &error);
    if (code == 0 && options.resume && !options.help)
        code = resume_options(command, argc, argv, &options, &error);
    if (code < 0) {
        struct progress progress;
        progress_init(&progress, false);
        progress_error(&progress, &error);
        status = STATUS_USAGE;
    } else if (options.help) {
        options_print_help(command);
        status = STATUS_OK;
    } else {
        status = command->run(&options);
    }
    options_free(&options);
    return status;
}

static int help_of(const char *name) {
    const struct command *command = command_find(name);
    if (!command)
        return unknown_command(name);
    options_print_help(command);
    return STATUS_OK;
}

static bool is_one_of(const char *word, const char *one, const char *other) {
    return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

int main(int argc, char **argv) {
    user_scope_remember(argv);
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 && argc > 2 && argv[2][0] != '-')
        return help_of(argv[2]);
    if (is_one_of(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return STATUS_OK;
    }
    if (is_one_of(argv[1], "--version", "-V")) {
        printf("plimsoll %s\n", plimsoll_version);
        return STATUS_OK;
    }
    const struct command *command = command_find(argv[1]);
    return command ? run_command(command, argc - 2, argv + 2) : unknown_command(argv[1]);
}
