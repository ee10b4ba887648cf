#include <string.h>

#include "base/cleanup.h"
#include "manual/shell.h"

/* For an explanation of _arguments, where brackets end it. Caller frees. */
static char *bracketed(const char *text) {
    struct strbuf buffer = {0};
    for (; *text; text++) {
        if (strchr("[]\\:", *text))
            strbuf_add(&buffer, "\\");
        strbuf_add_bytes(&buffer, text, 1);
    }
    return buffer.text ? buffer.text : text_copy("");
}

/* ":NAME:ACTION" */
static void add_action(struct strbuf *text, const struct manual_option *option, const char *program) {
    static const char *const actions[] = {
        [MANUAL_NOTHING] = " ",          [MANUAL_FILE] = "_files", [MANUAL_FOLDER] = "_files -/",
        [MANUAL_COMMAND] = "_cmdstring", [MANUAL_PID] = "_pids",   [MANUAL_USER] = "_users",
    };
    CLEANUP_FREE char *name = bracketed(option->value);
    strbuf_addf(text, ":%s:", name);
    if (option->words)
        strbuf_addf(text, "(%s)", option->words);
    else if (option->ask)
        strbuf_addf(text, " _%s_ask '%s'", program, option->ask);
    else
        strbuf_add(text, actions[option->takes]);
}

static void add_spec(struct strbuf *script, const struct manual_option *option, const char *name,
                     const char *program) {
    struct strbuf spec = {0};
    CLEANUP_FREE char *help = bracketed(option->help);
    bool repeatable = strstr(option->help, "repeatable");
    bool is_long = strcmp(name, option->name) == 0;
    if (repeatable)
        strbuf_add(&spec, "*");
    else if (option->letter)
        strbuf_addf(&spec, "(%s -%c)", option->name, option->letter);
    strbuf_addf(&spec, "%s%s[%s]", name, option->value && is_long ? "=" : "", help);
    if (option->value)
        add_action(&spec, option, program);
    strbuf_add(script, " \\\n            ");
    manual_add_quoted(script, strbuf_text(&spec));
    strbuf_free(&spec);
}

/* What follows is the same for every program but for its name, which stands as @. */
static const char helpers[] =
    "# Where another command line begins, from the second word on; false where none does yet.\n"
    "_@_find_target() { # OPTIONS WITH VALUES...\n"
    "    for ((target = 2; target < CURRENT; target++)); do\n"
    "        case $words[target] in\n"
    "        (--)\n"
    "            ((target++))\n"
    "            return 0\n"
    "            ;;\n"
    "        (--*=*) ;;\n"
    "        (-*) ((${@[(Ie)$words[target]]})) && ((target++)) ;;\n"
    "        (*) return 0 ;;\n"
    "        esac\n"
    "    done\n"
    "    return 1\n"
    "}\n"
    "\n"
    "_@_ask() { # TEXT FOR SH: offers the lines that it prints\n"
    "    local -a found\n"
    "    found=(${(f)\"$(sh -c \"$1\" 2>/dev/null)\"})\n"
    "    compadd -- $found\n"
    "}\n"
    "\n"
    "_@_target() {\n"
    "    local -i target\n"
    "    _@_find_target \"$@\" || [[ $target -eq CURRENT && $words[CURRENT] != -* ]] || return 1\n"
    "    if ((target == CURRENT)); then\n"
    "        _command_names -e\n"
    "        return 0\n"
    "    fi\n"
    "    words=(\"${(@)words[target,-1]}\")\n"
    "    ((CURRENT -= target - 1))\n"
    "    _normal\n"
    "    return 0\n"
    "}\n"
    "\n";

static void add_helpers(struct strbuf *script, const char *name) {
    for (const char *at = helpers; *at; at++)
        if (at > helpers && at[0] == '@' && at[-1] == '_')
            strbuf_add(script, name);
        else
            strbuf_add_bytes(script, at, 1);
}

static void add_command(struct strbuf *script, const struct manual_command *command, const char *name) {
    bool target = command->operands == MANUAL_COMMAND;
    strbuf_addf(script, "    (%s)\n", command->name);
    if (target) {
        strbuf_addf(script, "        _%s_target", name);
        manual_add_names(script, command, false);
        strbuf_add(script, " && return\n");
    }
    strbuf_addf(script, "        _arguments -s -S%s", target ? " -A '-*'" : "");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct manual_option *option = &command->options[i];
        char letter[] = {'-', option->letter, '\0'};
        add_spec(script, option, option->name, name);
        if (option->letter)
            add_spec(script, option, letter, name);
    }
    strbuf_add(script, " \\\n            '(- *)--help[what the options are]'");
    if (command->operands == MANUAL_FILE)
        strbuf_add(script, " \\\n            '*:file:_files'");
    strbuf_add(script, "\n        ;;\n");
}

void manual_zsh(const struct manual_program *program, struct strbuf *script) {
    CLEANUP_FREE char *name = manual_identifier(program->name);
    strbuf_addf(script,
                "#compdef %s\n# zsh completion for %s, made from its own tables when it was built\n\n",
                program->name, program->name);
    add_helpers(script, name);
    strbuf_addf(script, "_%s() {\n    local curcontext=$curcontext\n    local -a choices\n    choices=(\n",
                name);
    for (size_t i = 0; i < program->command_count; i++) {
        CLEANUP_FREE char *entry =
            text_format("%s:%s", program->commands[i].name, program->commands[i].summary);
        strbuf_add(script, "        ");
        manual_add_quoted(script, entry);
        strbuf_add(script, "\n");
    }
    strbuf_addf(script,
                "        '--help:what there is'\n        '--version:which one this is'\n    )\n"
                "    if ((CURRENT == 2)); then\n        _describe -t commands command choices\n"
                "        return\n    fi\n    shift words\n    ((CURRENT--))\n"
                "    curcontext=${curcontext%%:*:*}:%s-$words[1]:\n    case $words[1] in\n",
                program->name);
    for (size_t i = 0; i < program->command_count; i++)
        add_command(script, &program->commands[i], name);
    strbuf_addf(script, "    esac\n}\n\n_%s \"$@\"\n", name);
}
