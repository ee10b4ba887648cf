#include "cli/options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/gate_judge.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/option_table.h"
#include "cli/scenario.h"
#include "output/document.h"
#include "trial/launch.h"
#define NODE_MEMORY  (16 * GIB)
#define MAX_SLOWDOWN 1.05

/* After each cycle, so that what is left then is the target's own. */
#define CYCLE_COOLDOWN_NS NS_PER_S

/* Without --cycles: of leak, and of all others. */
#define LEAK_CYCLES 20
#define CYCLES      1

/* More than there are. */
#define OPTIONS_MOST 128

void options_init(struct options *options) {
    *options = (struct options){
        .stop_signal = SIGTERM,
        .grace_ns = 2 * NS_PER_S,
        .success[0] = true,
        .interval_ns = 10 * NS_PER_MS,
        .precision_percent = 1,
        .confirm = 3,
        .strategy = SEARCH_PREDICT,
        .max_slowdown = MAX_SLOWDOWN,
        .jobs = 1,
        .node_memory_bytes = NODE_MEMORY,
        .prove = 3,
        .service = {.ready.timeout_ns = READY_TIMEOUT_NS},
        .repeat = 1,
        .metrics = 1U << JUDGE_NEEDED,
        .threshold_percent = 5,
        .threshold_bytes = MIB,
        .format = "kubernetes",
    };
}

void options_free(struct options *options) {
    free(options->env);
    free(options->publish);
    free(options->volumes);
    option_free_load_steps(options);
    free(options->limits);
    if (options->begun)
        invocation_free(options->begun);
    free(options->begun);
    if (options->scenario)
        scenario_free(options->scenario);
    free(options->scenario);
    *options = (struct options){0};
}

/* Levenshtein distance, for short words. */
static size_t distance(const char *a, const char *b) {
    size_t row[64];
    size_t length = strlen(b);
    if (length >= 64)
        return 64;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t up = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = up + 1 < best ? up + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[length];
}

const char *options_nearest(const char *word, const char *const *known, size_t count) {
    const char *nearest = NULL;
    size_t least = 3; /* farther than two letters off is another word */
    for (size_t i = 0; i < count; i++) {
        size_t here = distance(word, known[i]);
        if (here < least && here < strlen(known[i])) {
            least = here;
            nearest = known[i];
        }
    }
    return nearest;
}

static int unknown_option(const struct command *command, const char *name, struct error *error) {
    const char *names[OPTIONS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < option_count; i++) {
        if (strcmp(option_table[i].name, name) == 0) {
            error_plain(error, -EINVAL, "%s: not an option of plimsoll %s", name, command->name);
            error_advise(error, "plimsoll %s --help lists them", command->name);
            return -EINVAL;
        }
        if (option_table[i].group & command->groups && count < OPTIONS_MOST)
            names[count++] = option_table[i].name;
    }
    const char *nearest = options_nearest(name, names, count);
    error_plain(error, -EINVAL, "%s: unknown option%s%s%s", name, nearest ? "; did you mean " : "",
                nearest ? nearest : "", nearest ? "?" : "");
    error_advise(error, "plimsoll %s --help lists them", command->name);
    return -EINVAL;
}

static const struct option *find_option(const struct command *command, const char *argument, size_t length) {
    for (size_t i = 0; i < option_count; i++) {
        if (!(option_table[i].group & command->groups))
            continue;
        if (strlen(option_table[i].name) == length && strncmp(option_table[i].name, argument, length) == 0)
            return &option_table[i];
        if (length == 2 && option_table[i].letter && argument[1] == option_table[i].letter &&
            argument[0] == '-')
            return &option_table[i];
    }
    return NULL;
}

/* Parses one option and its value; returns how many arguments it took, or a negative errno. */
static int parse_one(const struct command *command, char **argv, struct options *options,
                     struct error *error) {
    const char *argument = argv[0];
    bool is_long = argument[1] == '-';
    size_t length = is_long ? strcspn(argument, "=") : strlen(argument);
    const struct option *option = find_option(command, argument, length);
    if (!option) {
        CLEANUP_FREE char *name = text_copy_bytes(argument, length);
        return unknown_option(command, name, error);
    }
    bool joined = is_long && argument[length] == '=';
    if (!option->value && joined)
        return error_plain(error, -EINVAL, "%s: takes no value", option->name);
    if (option->value && !joined && !argv[1])
        return error_plain(error, -EINVAL, "%s: needs a value (%s)", option->name, option->value);
    const char *value = "";
    if (option->value)
        value = joined ? argument + length + 1 : argv[1];
    int taken = option->value && !joined ? 2 : 1;
    struct error inner = {0};
    int code = option_set(option, options, value, &inner);
    if (code < 0)
        return error_plain(error, code, "%s %s", option->name, inner.what);
    if (!options->measures && (option->group == GROUP_TARGET || option->group == GROUP_SERVICE ||
                               strcmp(option->name, "--limits") == 0))
        options->measures = option->name;
    return taken;
}

/* What of a service means nothing without the rest. */
static int check_service(const struct options *options, struct error *error) {
    const struct service *service = &options->service;
    const char *of_load = service->step_count       ? "--load-steps"
                          : service->cycles > 1     ? "--cycles"
                          : service->warmup_ns      ? "--warmup"
                          : options->cooldown_given ? "--cooldown"
                          : service->reading.format ? "--load-format"
                          : service->reading.rate   ? "--load-rate"
                                                    : NULL;
    if (service->ready.timeout_ns != READY_TIMEOUT_NS && !options->ready)
        return error_plain(error, -EINVAL, "--ready-timeout means nothing without --ready HOW");
    if (of_load && !service->load)
        return error_plain(error, -EINVAL, "%s means nothing without --load CMD", of_load);
    if ((service->load || options->ready) && options->jobs > 1)
        return error_plain(error, -EINVAL,
                           "--jobs %d: servers side by side would want the same port; leave it out",
                           (int)options->jobs);
    /* What a run that is resumed was begun with is not known yet when its own options are read. */
    bool whole = !options->resume || options->begun;
    if (options->squeeze && !service->load && whole)
        return error_plain(error, -EINVAL,
                           "--strategy squeeze needs --load CMD: it lowers the limit of a server while it is "
                           "driven");
    if (options->squeeze && options->for_ns)
        return error_plain(error, -EINVAL,
                           "--strategy squeeze needs a load that ends by itself, to run it again and again: "
                           "leave out --for %s",
                           duration_text(options->for_ns).s);
    if (options->ready && !service->load && !options->for_ns)
        return error_plain(error, -EINVAL,
                           "--ready %s: and then? give --load CMD, or --for DUR to let it live so long",
                           options->ready);
    return 0;
}

/* What of a container means nothing without an image. */
static int check_image(const struct options *options, struct error *error) {
    const char *of_image = options->engine       ? "--engine"
                           : options->publish    ? "--publish"
                           : options->volumes    ? "--volume"
                           : options->entrypoint ? "--entrypoint"
                           : options->network    ? "--network"
                                                 : NULL;
    if (of_image && !options->image)
        return error_plain(error, -EINVAL, "%s means nothing without --image IMAGE", of_image);
    return 0;
}

/* Of an image it is one that the image knows, which the engine looks up. */
static int look_up_user(struct options *options, struct error *error) {
    struct error inner;
    if (!options->user_name || options->image)
        return 0;
    int code = run_as_parse(options->user_name, &options->user, &inner);
    if (code == 0)
        return 0;
    CLEANUP_FREE char *origin = options_origin(options, "--user", options->user_name);
    return error_plain(error, code, "%s%s", origin, inner.what + strlen(options->user_name));
}

/* What means nothing to a series that was recorded elsewhere. */
static int check_series(const struct options *options, struct error *error) {
    const char *idle = options->argv[0]        ? options->argv[0]
                       : options->image        ? "--image"
                       : options->service.load ? "--load"
                       : options->ready        ? "--ready"
                       : options->for_ns       ? "--for"
                       : options->out          ? "--out"
                       : options->config       ? "--config"
                                               : NULL;
    if (options->series && idle)
        return error_plain(error, -EINVAL, "%s: means nothing with --series FILE, which runs nothing", idle);
    return 0;
}

/* What a gate needs, and what of it does not go together. */
static int check_gate(const struct options *options, struct error *error) {
    const struct scenario *scenario = options->scenario;
    bool budgets =
        options->budget_needed || options->budget_peak || options->budget_limit || options->budget_growth;
    bool target =
        (options->image && !scenario) || (options->argv[0] && (!scenario || options->argv != scenario->argv));
    if (options->update_baseline && !options->baseline)
        return error_plain(error, -EINVAL, "--update-baseline: which? give --baseline FILE");
    if (options->update_baseline && options->result)
        return error_plain(error, -EINVAL,
                           "--update-baseline and --result contradict each other: a baseline is measured; "
                           "leave out --result %s",
                           options->result);
    if (!options->baseline && !budgets)
        return error_plain(error, -EINVAL,
                           "nothing to check against: give --baseline FILE, or a budget as --budget-needed "
                           "256Mi");
    if (options->result && target)
        return error_plain(error, -EINVAL,
                           "--result %s and a target: either is judged; leave one of them out",
                           options->result);
    if (options->result && options->out)
        return error_plain(error, -EINVAL,
                           "--out means nothing with --result: nothing is run; --json FILE writes what is "
                           "found");
    if (options->max_runs && options->runs > options->max_runs)
        return error_plain(error, -EINVAL, "--runs %d is above --max-runs %d", (int)options->runs,
                           (int)options->max_runs);
    return 0;
}

/* Standard output takes one document, and a file too. */
static int check_documents(const struct options *options, struct error *error) {
    const char *names[FORM_COUNT + 1] = {"--json"};
    const char *files[FORM_COUNT + 1] = {options->json};
    for (int i = 0; i < FORM_COUNT; i++) {
        names[i + 1] = forms[i].option;
        files[i + 1] = options->forms[i];
    }
    for (int i = 0; i < FORM_COUNT; i++)
        for (int j = i + 1; j < FORM_COUNT + 1; j++)
            if (files[i] && files[j] && strcmp(files[i], files[j]) == 0)
                return error_plain(error, -EINVAL,
                                   "%s %s and %s %s: %s takes one document; give another file for one",
                                   names[i], files[i], names[j], files[j],
                                   strcmp(files[i], "-") == 0 ? "standard output" : "a file");
    return 0;
}

/* What explain asks itself. */
static int check_live(const struct options *options, struct error *error) {
    const char *of_live = options->docker         ? "--docker NAME"
                          : options->pod          ? "--pod NAME"
                          : options->engine       ? "--engine NAME"
                          : options->space        ? "--namespace NAME"
                          : options->kube_context ? "--context NAME"
                                                  : NULL;
    const char *slash = options->pod ? strchr(options->pod, '/') : NULL;
    if (of_live && !options->live)
        return error_plain(error, -EINVAL, "%s means nothing without --live, which lets it ask", of_live);
    if (options->docker && options->pod)
        return error_plain(error, -EINVAL,
                           "--docker %s and --pod %s: either is asked about; leave one of them out",
                           options->docker, options->pod);
    if (options->pod && options->engine)
        return error_plain(error, -EINVAL, "--engine %s means nothing with --pod, of which kubectl is asked",
                           options->engine);
    if ((options->space || options->kube_context) && !options->pod)
        return error_plain(error, -EINVAL, "%s means nothing without --pod NAME",
                           options->space ? "--namespace" : "--context");
    if (slash && options->space &&
        (strlen(options->space) != (size_t)(slash - options->pod) ||
         strncmp(options->space, options->pod, strlen(options->space)) != 0))
        return error_plain(error, -EINVAL, "--pod %s and --namespace %s contradict each other; give one",
                           options->pod, options->space);
    return 0;
}

/* Options that do not go together. */
static int check_together(const struct command *command, const struct options *options, struct error *error) {
    if (options->quiet && options->verbose)
        return error_plain(error, -EINVAL, "--quiet and --verbose contradict each other; give one");
    if (options->for_ns && options->timeout_ns && options->timeout_ns <= options->for_ns)
        return error_plain(error, -EINVAL,
                           "--timeout %s is not longer than --for %s: every run would fail; give one of them",
                           duration_text(options->timeout_ns).s, duration_text(options->for_ns).s);
    if (options->max_bytes && options->limit_bytes > options->max_bytes)
        return error_plain(error, -EINVAL, "--limit %s is above --max %s",
                           quantity_text(options->limit_bytes).s, quantity_text(options->max_bytes).s);
    if (options->max_bytes && options->limit_count &&
        options->limits[options->limit_count - 1] > options->max_bytes)
        return error_plain(error, -EINVAL, "--limits go up to %s, above --max %s",
                           quantity_text(options->limits[options->limit_count - 1]).s,
                           quantity_text(options->max_bytes).s);
    if (options->measured_by == BY_PROCESSES && options->limit_bytes)
        return error_plain(error, -EINVAL,
                           "--limit %s: no limit can be set with --measure processes; leave one of them out",
                           quantity_text(options->limit_bytes).s);
    if (options->measured_by == BY_PROCESSES && options->image)
        return error_plain(error, -EINVAL,
                           "--measure processes: a container is measured by its own cgroup; leave it out");
    if (options->cpu_millis.known && !options->guaranteed)
        return error_plain(error, -EINVAL, "--cpu means nothing without --qos guaranteed");
    int code = check_series(options, error);
    if (code == 0)
        code = check_documents(options, error);
    if (code == 0)
        code = check_service(options, error);
    if (code == 0 && command->groups & GROUP_TARGET)
        code = check_image(options, error);
    if (code == 0 && command->groups & GROUP_LIVE)
        code = check_live(options, error);
    if (code == 0 && command->groups & GROUP_CHECK)
        code = check_gate(options, error);
    if (code < 0)
        return code;
    if (options->resume && options->out)
        return error_plain(error, -EINVAL,
                           "--out and --resume contradict each other: a run goes on in its own folder; "
                           "give one");
    return 0;
}

/* What a command cannot do without; a run that is resumed has it already. */
static int check_there(const struct command *command, const struct options *options, struct error *error) {
    if (options->resume || options->series || options->result)
        return 0;
    if (command->takes_target && !options->argv[0] && !options->image) {
        if (options->scenario)
            return error_plain(error, -EINVAL,
                               "no target: give it in %s as target.argv or target.image, or here",
                               options->scenario->source);
        error_plain(error, -EINVAL, "no target: give the command to run");
        error_hint(error, "plimsoll %s %s", command->name, command->synopsis);
        return -EINVAL;
    }
    if (command->groups & GROUP_LIMITS && options->limit_count == 0)
        return error_plain(error, -EINVAL,
                           "--limits is missing; give a list, as in --limits 64Mi,96Mi,128Mi");
    return 0;
}

/* What follows from the options together. */
static void complete_service(const struct command *command, struct options *options) {
    struct service *service = &options->service;
    if (service->cycles == 0)
        service->cycles = command->groups & GROUP_LEAK && service->load ? LEAK_CYCLES : CYCLES;
    service->serves = service->load || options->ready;
    if (service->cycles > 1 && !options->cooldown_given) {
        service->cooldown_ns = CYCLE_COOLDOWN_NS;
        service->rests_by_cycle = true;
    }
}

/* The command line alone. */
static int parse_line(const struct command *command, int argc, char **argv, struct options *ret,
                      struct error *error) {
    int at = 0;
    int operands = 0; /* of a command without a target; they are moved to the front of argv */
    while (at < argc) {
        const char *argument = argv[at];
        if (strcmp(argument, "--") == 0) {
            at++;
            break;
        }
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            ret->help = true;
            return 0;
        }
        if (argument[0] != '-' || argument[1] == '\0') {
            if (command->takes_target)
                break; /* it begins here, and all that follows is its own */
            argv[operands++] = argv[at++];
            continue;
        }
        int taken = parse_one(command, argv + at, ret, error);
        if (taken < 0)
            return taken;
        at += taken;
    }
    ret->argv = argv + at;
    if (!command->takes_target) {
        while (at < argc)
            argv[operands++] = argv[at++];
        argv[operands] = NULL;
        ret->argv = argv;
        if (operands > command->most_arguments)
            return error_plain(error, -EINVAL, "%s: one argument too many", argv[command->most_arguments]);
    }
    return 0;
}

static bool is_left_out(const struct option *option, unsigned groups, const char *const *names) {
    if (option->group & groups)
        return true;
    while (*names && strcmp(*names, option->name) != 0)
        names++;
    return *names;
}

static void add_quoted(struct strbuf *line, const char *argument) {
    strbuf_add(line, " ");
    text_add_shell_quoted(line, argument);
}

char *options_line_without(const struct command *command, const struct options *options, unsigned groups,
                           const char *const *names) {
    struct strbuf line = {0};
    char *const *at = options->arguments;
    while (*at && (*at)[0] == '-' && (*at)[1] && strcmp(*at, "--") != 0) {
        size_t length = (*at)[1] == '-' ? strcspn(*at, "=") : strlen(*at);
        const struct option *option = find_option(command, *at, length);
        int taken = option && option->value && !(*at)[length] && at[1] ? 2 : 1;
        bool kept = option && !is_left_out(option, groups, names);
        for (int i = 0; i < taken && kept; i++)
            add_quoted(&line, at[i]);
        at += taken;
    }
    if (*at && strcmp(*at, "--") == 0)
        at++;
    if (*at)
        strbuf_add(&line, " --");
    for (; *at; at++)
        add_quoted(&line, *at);
    return line.text ? line.text : text_copy("");
}

/* ---- scenarios ---- */

/* As another command has it; NULL: none has. */
static const struct option *find_elsewhere(const char *name) {
    for (size_t i = 0; i < option_count; i++)
        if (strcmp(option_table[i].name, name) == 0)
            return &option_table[i];
    return NULL;
}

static bool is_for(const struct command *command, const struct scenario_word *word) {
    return !word->only || strcmp(word->only, command->name) == 0;
}

/* As a command line says it; what this command does not take is checked, and no more. */
static int set_word(const struct command *command, const struct scenario_word *word, struct options *ret,
                    struct error *error) {
    const struct option *taken = find_option(command, word->option, strlen(word->option));
    const struct option *option = taken ? taken : find_elsewhere(word->option);
    struct error inner = {0};
    struct options aside;
    if (!option)
        return scenario_refuse(ret->scenario, word, "not supported by this version", error);
    options_init(&aside);
    int code = option_set(option, taken && is_for(command, word) ? ret : &aside, word->value, &inner);
    options_free(&aside);
    return code < 0 ? scenario_refuse(ret->scenario, word, inner.what, error) : 0;
}

static int read_scenario(const char *path, struct options *ret, struct scenario *scenario,
                         struct error *error) {
    if (!ret->begun)
        return scenario_read(path, scenario, error);
    const struct invocation *begun = ret->begun;
    if (!begun->scenario.text)
        return error_plain(error, -EINVAL, "scenario: not there");
    return scenario_parse(begun->scenario.text, strlen(begun->scenario.text), begun->scenario.source,
                          begun->scenario.folder, scenario, error);
}

/* Puts the scenario below what the command line is going to say, wherever --config stands there. */
static int take_scenario(const struct command *command, int argc, char **argv, struct options *ret,
                         struct error *error) {
    struct options said;
    struct scenario scenario = {0};
    if (!(command->groups & GROUP_TARGET))
        return 0;
    options_init(&said);
    int code = parse_line(command, argc, argv, &said, error);
    const char *path = said.help || said.resume ? NULL : said.config;
    options_free(&said);
    if (code < 0 || !path)
        return code;
    code = read_scenario(path, ret, &scenario, error);
    if (code < 0)
        return code;
    ret->scenario = malloc(sizeof scenario);
    if (!ret->scenario)
        abort();
    *ret->scenario = scenario;
    for (size_t i = 0; i < scenario.word_count && code == 0; i++)
        code = set_word(command, &scenario.words[i], ret, error);
    return code;
}

/* What the command line leaves open once it has been parsed. */
static void fill_in(struct options *options) {
    const struct scenario *scenario = options->scenario;
    if (!scenario)
        return;
    if (!options->argv[0] && scenario->argv)
        options->argv = scenario->argv;
    options->folder = scenario->folder;
}

char *options_origin(const struct options *options, const char *name, const char *value) {
    const struct scenario *scenario = options->scenario;
    for (size_t i = 0; scenario && i < scenario->word_count; i++) {
        const struct scenario_word *word = &scenario->words[i];
        if (word->value == value && strcmp(word->option, name) == 0)
            return text_format("%s:%d: %s: %s", scenario->source, word->line, word->key, word->written);
    }
    return text_format("%s %s", name, value);
}

int options_parse(const struct command *command, int argc, char **argv, struct options *ret,
                  struct error *error) {
    ret->arguments = argv;
    int code = take_scenario(command, argc, argv, ret, error);
    if (code == 0)
        code = parse_line(command, argc, argv, ret, error);
    if (code < 0 || ret->help)
        return code;
    fill_in(ret);
    code = check_there(command, ret, error);
    if (code == 0)
        code = look_up_user(ret, error);
    if (code < 0)
        return code;
    struct error inner = {0};
    code = check_together(command, ret, &inner);
    if (code < 0)
        return error_plain(error, code, "%s%s%s", ret->scenario ? ret->scenario->source : "",
                           ret->scenario ? ": " : "", inner.what);
    complete_service(command, ret);
    if (!(command->groups & GROUP_MEASURE))
        ret->measured_by = BY_CGROUP;
    return 0;
}

void options_print_wrapped(FILE *to, const char *text, int at, int indent) {
    int start = at;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (at > start && at + 1 + length > HELP_COLUMNS) {
            fprintf(to, "\n%*s", indent, "");
            at = start = indent;
        } else if (at > start) {
            fputc(' ', to);
            at++;
        }
        fprintf(to, "%.*s", length, text);
        at += length;
        text += length + (text[length] == ' ');
    }
    fputc('\n', to);
}

/* Of each option: its letter, its name, its value, blanks between them, and then what it does. */
#define LETTER_COLUMN 2
#define NAME_COLUMN   (LETTER_COLUMN + 4)
#define VALUE_COLUMN  (NAME_COLUMN + 18)
#define HELP_COLUMN   (VALUE_COLUMN + 10)

static void print_option(const struct option *option) {
    const char letter[] = {'-', option->letter, ',', '\0'};
    printf("%*s%-*s%-*s %-*s ", LETTER_COLUMN, "", NAME_COLUMN - LETTER_COLUMN, option->letter ? letter : "",
           VALUE_COLUMN - NAME_COLUMN - 1, option->name, HELP_COLUMN - VALUE_COLUMN - 1,
           option->value ? option->value : "");
    options_print_wrapped(stdout, option->help, HELP_COLUMN, HELP_COLUMN);
}

void options_print_help(const struct command *command) {
    int at = printf("plimsoll %s: ", command->name);
    options_print_wrapped(stdout, command->summary, at, at);
    at = printf("\nUsage: plimsoll %s ", command->name) - 1;
    options_print_wrapped(stdout, command->synopsis, at, at);
    if (command->details)
        printf("\n%s\n", command->details);
    for (size_t g = 0; g < option_title_count; g++) {
        if (!(command->groups & option_titles[g].group))
            continue;
        printf("\n%s:\n", option_titles[g].title);
        for (size_t i = 0; i < option_count; i++) {
            if (option_table[i].group == option_titles[g].group)
                print_option(&option_table[i]);
        }
    }
    printf(
        "\nExample:\n  %s\n\nQuantities are 512Mi, 1.5Gi, 100M, 1e9; durations are 500ms, 10s, 5m, 1h30m.\n",
        command->example);
}
