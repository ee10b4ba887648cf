#include "base/cleanup.h"
#include "manual/shell.h"

/* What follows is the same for every program but for its name, which stands as %; %% is one. */
static const char helpers[] =
    "# Both \"--name value\" and \"--name=value\": bash breaks the latter at the equals sign.\n"
    "%_look() {\n"
    "    current=${COMP_WORDS[COMP_CWORD]}\n"
    "    previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    if [[ $current == = ]]; then\n"
    "        current=\n"
    "    elif [[ $previous == = ]]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "}\n"
    "\n"
    "%_offer() { # ARGUMENTS OF COMPGEN...\n"
    "    mapfile -t COMPREPLY < <(compgen \"$@\" -- \"$current\")\n"
    "}\n"
    "\n"
    "%_offer_paths() { # -f or -d\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    %_offer \"$1\"\n"
    "}\n"
    "\n"
    "%_ask() { # COMMAND...: offers the lines that it prints, whatever is in them\n"
    "    local word\n"
    "    while IFS= read -r word; do\n"
    "        [[ $word != \"$current\"* ]] || COMPREPLY+=(\"$(printf %%q \"$word\")\")\n"
    "    done < <(\"$@\" 2>/dev/null)\n"
    "}\n"
    "\n"
    "# Where another command line begins, from the second word on; false where none does yet.\n"
    "%_find_target() {\n"
    "    for ((target = 2; target < COMP_CWORD; target++)); do\n"
    "        case ${COMP_WORDS[target]} in\n"
    "        --)\n"
    "            ((++target))\n"
    "            return 0\n"
    "            ;;\n"
    "        =) ((++target)) ;;\n"
    "        -*)\n"
    "            [[ $valued == *\" ${COMP_WORDS[target]} \"* && ${COMP_WORDS[target + 1]} != = ]] && "
    "((++target))\n"
    "            ;;\n"
    "        *) return 0 ;;\n"
    "        esac\n"
    "    done\n"
    "    return 1\n"
    "}\n"
    "\n"
    "%_offer_target() {\n"
    "    if declare -F _comp_command_offset >/dev/null; then\n"
    "        _comp_command_offset \"$target\"\n"
    "    elif declare -F _command_offset >/dev/null; then\n"
    "        _command_offset \"$target\"\n"
    "    elif ((target == COMP_CWORD)); then\n"
    "        %_offer -c\n"
    "    else\n"
    "        %_offer_paths -f\n"
    "    fi\n"
    "}\n"
    "\n";

static const char rest[] = "    if [[ $operands == target ]] && %_find_target; then\n"
                           "        %_offer_target\n"
                           "    elif %_offer_value; then\n"
                           "        return\n"
                           "    elif [[ $current == -* ]]; then\n"
                           "        %_offer -W \"$options\"\n"
                           "    elif [[ $operands == target ]]; then\n"
                           "        target=$COMP_CWORD\n"
                           "        %_offer_target\n"
                           "    elif [[ $operands == files ]]; then\n"
                           "        %_offer_paths -f\n"
                           "    else\n"
                           "        %_offer -W \"$options\"\n"
                           "    fi\n"
                           "}\n";

static void add_with_name(struct strbuf *script, const char *text, const char *name) {
    for (; *text; text++) {
        bool doubled = text[0] == '%' && text[1] == '%';
        if (*text == '%' && !doubled)
            strbuf_add(script, name);
        else
            strbuf_add_bytes(script, text, 1);
        text += doubled;
    }
}

static void add_offer(struct strbuf *script, const struct manual_option *option, const char *name) {
    static const char *const offers[] = {
        [MANUAL_FILE] = "_offer_paths -f",
        [MANUAL_FOLDER] = "_offer_paths -d",
        [MANUAL_COMMAND] = "_offer -c",
        [MANUAL_USER] = "_offer -u",
        [MANUAL_PID] = "_offer -W \"$(ps -A -o pid= 2>/dev/null)\"",
    };
    if (option->words) {
        strbuf_addf(script, "%s_offer -W '%s'", name, option->words);
    } else if (option->ask) {
        strbuf_addf(script, "%s_ask sh -c '%s'", name, option->ask);
    } else if (option->takes != MANUAL_NOTHING) {
        strbuf_addf(script, "%s%s", name, offers[option->takes]);
    } else {
        strbuf_add(script, ":");
    }
}

/* A function that is false where the word before takes no value. */
static void add_values(struct strbuf *script, const struct manual_program *program, const char *name) {
    strbuf_addf(script, "%s_offer_value() {\n    case \"${COMP_WORDS[1]} $previous\" in\n", name);
    for (size_t i = 0; i < program->command_count; i++) {
        const struct manual_command *command = &program->commands[i];
        for (size_t j = 0; j < command->option_count; j++) {
            const struct manual_option *option = &command->options[j];
            if (!option->value)
                continue;
            strbuf_addf(script, "    '%s %s'", command->name, option->name);
            if (option->letter)
                strbuf_addf(script, " | '%s -%c'", command->name, option->letter);
            strbuf_add(script, ") ");
            add_offer(script, option, name);
            strbuf_add(script, " ;;\n");
        }
    }
    strbuf_add(script, "    *) return 1 ;;\n    esac\n    return 0\n}\n\n");
}

static void add_command(struct strbuf *script, const struct manual_command *command) {
    const char *operands = command->operands == MANUAL_COMMAND ? "target"
                           : command->operands == MANUAL_FILE  ? "files"
                                                               : "none";
    strbuf_addf(script, "    %s)\n        options='", command->name);
    manual_add_names(script, command, true);
    strbuf_add(script, " --help'\n        valued='");
    manual_add_names(script, command, false);
    strbuf_addf(script, " '\n        operands=%s\n        ;;\n", operands);
}

void manual_bash(const struct manual_program *program, struct strbuf *script) {
    CLEANUP_FREE char *identifier = manual_identifier(program->name);
    CLEANUP_FREE char *name = text_format("_%s", identifier);
    strbuf_addf(script, "# bash completion for %s, made from its own tables when it was built\n\n",
                program->name);
    add_with_name(script, helpers, name);
    add_values(script, program, name);
    strbuf_addf(script,
                "%s() {\n    local current previous options valued operands target\n    COMPREPLY=()\n"
                "    %s_look\n    if ((COMP_CWORD == 1)); then\n        %s_offer -W '",
                name, name, name);
    for (size_t i = 0; i < program->command_count; i++)
        strbuf_addf(script, "%s ", program->commands[i].name);
    strbuf_add(script, "--help --version'\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < program->command_count; i++)
        add_command(script, &program->commands[i]);
    strbuf_add(script, "    *) return ;;\n    esac\n");
    add_with_name(script, rest, name);
    strbuf_addf(script, "\ncomplete -F %s %s\n", name, program->name);
}
