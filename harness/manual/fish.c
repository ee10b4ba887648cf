#include <string.h>

#include "base/cleanup.h"
#include "manual/shell.h"

/* Backslash and quote alone mean something between fish's single quotes. */
static void add_quoted(struct strbuf *script, const char *text) {
    strbuf_add(script, "'");
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            strbuf_add(script, "\\");
        strbuf_add_bytes(script, text, 1);
    }
    strbuf_add(script, "'");
}

/* Where the target begins; the name stands as @, the lists as %1 and %2. */
static const char helpers[] = "# The target and its arguments, where they have begun.\n"
                              "function __@_target\n"
                              "    set -l words (commandline -opc) (commandline -ct)\n"
                              "    contains -- \"$words[2]\" %1\n"
                              "    or return 1\n"
                              "    set -l at 3\n"
                              "    while test $at -le (count $words)\n"
                              "        switch $words[$at]\n"
                              "            case --\n"
                              "                test $at -lt (count $words)\n"
                              "                or return 1\n"
                              "                string join0 -- $words[(math $at + 1)..]\n"
                              "                return 0\n"
                              "            case '-*'\n"
                              "                contains -- $words[$at] %2\n"
                              "                and set at (math $at + 1)\n"
                              "            case '*'\n"
                              "                string join0 -- $words[$at..]\n"
                              "                return 0\n"
                              "        end\n"
                              "        set at (math $at + 1)\n"
                              "    end\n"
                              "    return 1\n"
                              "end\n"
                              "\n"
                              "function __@_needs_command\n"
                              "    test (count (commandline -opc)) -eq 1\n"
                              "end\n"
                              "\n"
                              "# Are options of this command still to come?\n"
                              "function __@_in\n"
                              "    set -l words (commandline -opc)\n"
                              "    test \"$words[2]\" = $argv[1]\n"
                              "    or return 1\n"
                              "    contains -- -- $words\n"
                              "    and return 1\n"
                              "    set -l target (__@_target | string split0)\n"
                              "    or return 0\n"
                              "    test (count $target) -le 1\n"
                              "end\n"
                              "\n"
                              "function __@_complete_target\n"
                              "    set -l target (__@_target | string split0)\n"
                              "    test -n \"$target[1]\"\n"
                              "    or return\n"
                              "    __fish_complete_subcommand --commandline $target\n"
                              "end\n"
                              "\n";

static void add_targets(struct strbuf *script, const struct manual_program *program) {
    strbuf_add(script, "''");
    for (size_t i = 0; i < program->command_count; i++)
        if (program->commands[i].operands == MANUAL_COMMAND)
            strbuf_addf(script, " %s", program->commands[i].name);
}

static void add_valued(struct strbuf *script, const struct manual_program *program) {
    struct strbuf names = {0};
    for (size_t i = 0; i < program->command_count; i++) {
        struct strbuf some = {0};
        manual_add_names(&some, &program->commands[i], false);
        for (const char *name = strbuf_text(&some); *name;) {
            size_t length = 1 + strcspn(name + 1, " ");
            CLEANUP_FREE char *one = text_copy_bytes(name, length);
            CLEANUP_FREE char *whole = text_format("%s ", one);
            CLEANUP_FREE char *all = text_format("%s ", strbuf_text(&names));
            if (!strstr(all, whole))
                strbuf_add(&names, one);
            name += length;
        }
        strbuf_free(&some);
    }
    strbuf_add(script, names.length ? names.text + 1 : "''");
    strbuf_free(&names);
}

static void add_helpers(struct strbuf *script, const struct manual_program *program, const char *name) {
    for (const char *at = helpers; *at; at++) {
        if (*at == '@')
            strbuf_add(script, name);
        else if (at[0] == '%' && at[1] == '1')
            add_targets(script, program);
        else if (at[0] == '%')
            add_valued(script, program);
        else
            strbuf_add_bytes(script, at, 1);
        at += *at == '%';
    }
}

/* What it prints are the choices. */
static void add_ask(struct strbuf *script, const char *ask) {
    CLEANUP_FREE char *command = text_format("(sh -c '%s' 2>/dev/null)", ask);
    strbuf_add(script, " -x -a ");
    add_quoted(script, command);
}

static void add_option(struct strbuf *script, const char *begin, const struct manual_option *option) {
    static const char *const takes[] = {
        [MANUAL_NOTHING] = "-x",
        [MANUAL_FILE] = "-r -F",
        [MANUAL_FOLDER] = "-x -a '(__fish_complete_directories)'",
        [MANUAL_COMMAND] = "-x -a '(__fish_complete_command)'",
        [MANUAL_PID] = "-x -a '(__fish_complete_pids)'",
        [MANUAL_USER] = "-x -a '(__fish_complete_users)'",
    };
    strbuf_addf(script, "%s -l %s", begin, option->name + strspn(option->name, "-"));
    if (option->letter)
        strbuf_addf(script, " -s %c", option->letter);
    if (option->value && option->words)
        strbuf_addf(script, " -x -a '%s'", option->words);
    else if (option->ask)
        add_ask(script, option->ask);
    else if (option->value)
        strbuf_addf(script, " %s", takes[option->takes]);
    strbuf_add(script, " -d ");
    add_quoted(script, option->help);
    strbuf_add(script, "\n");
}

static void add_command(struct strbuf *script, const struct manual_program *program,
                        const struct manual_command *command, const char *name) {
    CLEANUP_FREE char *begin =
        text_format("complete -c %s -n '__%s_in %s'", program->name, name, command->name);
    strbuf_addf(script, "\ncomplete -c %s -n __%s_needs_command -a %s -d ", program->name, name,
                command->name);
    add_quoted(script, command->summary);
    strbuf_add(script, "\n");
    for (size_t i = 0; i < command->option_count; i++)
        add_option(script, begin, &command->options[i]);
    strbuf_addf(script, "%s -l help -d 'what the options are'\n", begin);
    if (command->operands == MANUAL_FILE)
        strbuf_addf(script, "%s -F\n", begin);
}

void manual_fish(const struct manual_program *program, struct strbuf *script) {
    CLEANUP_FREE char *name = manual_identifier(program->name);
    strbuf_addf(script, "# fish completion for %s, made from its own tables when it was built\n\n",
                program->name);
    add_helpers(script, program, name);
    strbuf_addf(script,
                "complete -c %s -f\ncomplete -c %s -n __%s_needs_command -l help -d 'what there is'\n"
                "complete -c %s -n __%s_needs_command -l version -d 'which one this is'\n"
                "complete -c %s -n '__%s_target >/dev/null' -x -a '(__%s_complete_target)'\n",
                program->name, program->name, name, program->name, name, program->name, name, name);
    for (size_t i = 0; i < program->command_count; i++)
        add_command(script, program, &program->commands[i], name);
}
