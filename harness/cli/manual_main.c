/* Run by the build alone: writes the manual pages and the completions of plimsoll. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/option_table.h"
#include "manual/manual.h"

#ifndef DATA_FOLDER
#define DATA_FOLDER "/usr/share/plimsoll"
#endif

/* What the help calls a value, and what a shell can complete there. */
static enum manual_takes takes_of(const char *value) {
    static const struct {
        const char *value;
        enum manual_takes takes;
    } values[] = {
        {"FILE", MANUAL_FILE},   {"PATH", MANUAL_FILE}, {"DIR", MANUAL_FOLDER},
        {"CMD", MANUAL_COMMAND}, {"PID", MANUAL_PID},   {"USER", MANUAL_USER},
    };
    for (size_t i = 0; value && i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i].value, value) == 0)
            return values[i].takes;
    return MANUAL_NOTHING;
}

#define ENGINE(arguments)                                                                                    \
    "for engine in docker podman nerdctl; do command -v $engine >/dev/null && exec $engine " arguments       \
    " --format \"{{.Names}}\"; done"
#define KUBECTL(kind) "kubectl get " kind " -o name --request-timeout=2s | cut -d / -f 2"

/* Values that a shell can ask for, by the option and its group. */
static const struct {
    const char *name;
    enum option_group group;
    const char *ask;
} asks[] = {
    {"--container", GROUP_WATCH, ENGINE("ps")},
    {"--docker", GROUP_LIVE, ENGINE("ps --all")},
    {"--systemd", GROUP_WATCH,
     "systemctl list-units --plain --no-legend --type=service,scope,slice | cut -d \" \" -f 1"},
    {"--pod", GROUP_LIVE, KUBECTL("pods")},
    {"--namespace", GROUP_LIVE, KUBECTL("namespaces")},
    {"--context", GROUP_LIVE, "kubectl config get-contexts -o name"},
};
#define ASK_COUNT (sizeof asks / sizeof *asks)

static bool is_asked(const struct option *option, size_t row) {
    return option->group == asks[row].group && strcmp(option->name, asks[row].name) == 0;
}

static const char *ask_of(const struct option *option) {
    for (size_t i = 0; i < ASK_COUNT; i++)
        if (is_asked(option, i))
            return asks[i].ask;
    return NULL;
}

/* Does each row still belong to an option? */
static bool asks_are_known(void) {
    size_t known = 0;
    for (size_t i = 0; i < option_count; i++)
        known += ask_of(&option_table[i]) != NULL;
    if (known != ASK_COUNT)
        fprintf(stderr, "manual_main.c: %zu of the rows of asks[] belong to no option\n", ASK_COUNT - known);
    return known == ASK_COUNT;
}

static struct manual_option describe_option(const struct option *option, const char *title) {
    struct strbuf words = {0};
    option_words(option, &words);
    return (struct manual_option){
        .name = option->name,
        .letter = option->letter,
        .value = option->value,
        .help = option->help,
        .title = title,
        .words = words.text,
        .takes = takes_of(option->value),
        .ask = ask_of(option),
    };
}

static void *allocate(size_t count, size_t size) {
    void *items = calloc(count + 1, size);
    if (!items)
        abort();
    return items;
}

/* In the order of --help. */
static struct manual_command describe_command(const struct command *command) {
    struct manual_command ret = {
        .name = command->name,
        .summary = command->summary,
        .synopsis = command->synopsis,
        .details = command->details,
        .example = command->example,
        .options = allocate(option_count, sizeof *ret.options),
        .operands = command->takes_target     ? MANUAL_COMMAND
                    : command->most_arguments ? MANUAL_FILE
                                              : MANUAL_NOTHING,
    };
    for (size_t g = 0; g < option_title_count; g++)
        for (size_t i = 0; i < option_count && command->groups & option_titles[g].group; i++)
            if (option_table[i].group == option_titles[g].group)
                ret.options[ret.option_count++] = describe_option(&option_table[i], option_titles[g].title);
    return ret;
}

static void forget_command(struct manual_command *command) {
    for (size_t i = 0; i < command->option_count; i++)
        free((char *)(uintptr_t)command->options[i].words);
    free(command->options);
}

/* The rows of exit_statuses[], as a section has them. Caller frees. */
static char *exit_status_text(void) {
    struct strbuf text = {0};
    for (const struct exit_status *status = exit_statuses; status->codes; status++)
        strbuf_addf(&text, "%s\t%s\n", status->codes, status->meaning);
    return text.text;
}

static const struct manual_section sections_below[] = {
    {"Environment",
     "NO_COLOR\tnot empty: nothing is coloured\n"
     "TERM\tunset or dumb: plain lines alone, without colours; linux: plots of ASCII, since its console "
     "lacks the signs\n"
     "LC_ALL, LC_CTYPE, LANG\tthe first that is not empty: plots on a terminal are of ASCII where it does "
     "not "
     "name UTF-8\n"
     "TMPDIR\twhere gnuplot draws; /tmp where it is not set\n"
     "XDG_RUNTIME_DIR\twhere a user's own systemd is looked for, which may grant a group\n"
     "GITHUB_ACTIONS, GITHUB_STEP_SUMMARY\tof GitHub's runner: check and leak tell it their verdicts\n"
     "PLIMSOLL_LOAD, PLIMSOLL_CYCLE, PLIMSOLL_PID\ttold to a load: its step, its cycle, and the server\n"
     "PLIMSOLL_GROUP\ttold to a target that is measured without a cgroup: its processes are known by it\n"},
    {"Files", "results/NAME-TIME\ta run: result.json, trials.jsonl, samples-NNN.csv, target-NNN.log, "
              "recommendation.yaml, invocation.json; results/latest leads to the last one\n" DATA_FOLDER
              "/schemas\tJSON schemas of results, scenarios, baselines and answers\n" DATA_FOLDER
              "/scenarios\tservers with their loads, for --config\n"},
    {"Examples",
     "  plimsoll size -- python3 app.py\n"
     "  plimsoll size --ready tcp:6379 --load 'redis-benchmark -q -t set -n 100000' -- redis-server\n"
     "  kubectl get pod web-7f9c -o json | plimsoll explain - kernel.log\n"},
};

int main(int argc, char **argv) {
    (void)argc;
    size_t count = 0;
    while (commands[count])
        count++;
    CLEANUP_FREE char *statuses = exit_status_text();
    struct manual_section sections[1 + sizeof sections_below / sizeof *sections_below] = {
        {"Exit status", statuses}};
    memcpy(sections + 1, sections_below, sizeof sections_below);
    struct manual_program program = {
        .name = "plimsoll",
        .version = plimsoll_version,
        .summary = "how much memory does a program need, and what happens when it gets less?",
        .synopsis = "COMMAND [options] [--] TARGET [ARG...]",
        .details =
            "Runs a program under stepped cgroup limits, finds the smallest one that it survives, proves it, "
            "says why each run died, and recommends Kubernetes requests and limits.\n"
            "\n"
            "Standard output is the document alone, ready for a pipe; all the rest goes to standard error. "
            "Each COMMAND has a page of its own, and tells its options by --help.\n",
        .noun = "COMMAND",
        .commands = allocate(count, sizeof *program.commands),
        .command_count = count,
        .sections = sections,
        .section_count = sizeof sections / sizeof *sections,
        .see_also = "plimsoll-workload(1), cgroups(7), proc(5), kubectl(1)",
    };
    for (size_t i = 0; i < count; i++)
        program.commands[i] = describe_command(commands[i]);
    int status = asks_are_known() ? manual_write(&program, argv + 1) : 1;
    for (size_t i = 0; i < count; i++)
        forget_command(&program.commands[i]);
    free(program.commands);
    return status;
}
