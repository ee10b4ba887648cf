/* Run by the build alone: writes the manual page and the completions of plimsoll-workload. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/version.h"
#include "manual/manual.h"
#include "shapes.h"

static void *allocate(size_t count, size_t size) {
    void *items = calloc(count + 1, size);
    if (!items)
        abort();
    return items;
}

/* The help is the caller's to free. */
static struct manual_option describe_option(const struct option_spec *spec) {
    return (struct manual_option){
        .name = spec->name,
        .value = option_value_name(spec->kind),
        .help = spec->fallback ? text_format("%s (default %s)", spec->meaning, spec->fallback)
                               : text_copy(spec->meaning),
        .takes = spec->kind == OPTION_PATH ? MANUAL_FILE : MANUAL_NOTHING,
    };
}

static struct manual_command describe_shape(const struct shape *shape) {
    struct manual_command ret = {
        .name = shape->name,
        .summary = shape->summary,
        .synopsis = "[options]",
        .details = shape->details,
        .example = text_format("plimsoll-workload %s", shape->example),
        .options = allocate(shape->option_count, sizeof *ret.options),
        .option_count = shape->option_count,
    };
    for (size_t i = 0; i < shape->option_count; i++)
        ret.options[i] = describe_option(&shape->options[i]);
    return ret;
}

static void forget_shape(struct manual_command *shape) {
    for (size_t i = 0; i < shape->option_count; i++)
        free((char *)(uintptr_t)shape->options[i].help);
    free(shape->options);
    free((char *)(uintptr_t)shape->example);
}

static const struct manual_section sections[] = {
    {"Exit status", "0\tdone\n1\tthe machine refused something\n2\tusage\n"},
};

int main(int argc, char **argv) {
    (void)argc;
    size_t count = 0;
    while (shapes_at(count))
        count++;
    struct manual_program program = {
        .name = "plimsoll-workload",
        .version = plimsoll_version,
        .summary = "synthetic targets whose use of memory is known",
        .synopsis = "SHAPE [options]",
        .details =
            "A target that uses memory in a known way. It prints the truth about itself first, one line of "
            "JSON on standard output, then uses the memory and exits 0. --size is all that the kernel "
            "charges "
            "to the cgroup at the peak: payload, page tables, kernel stacks and the program itself. Nothing "
            "is random, --noise included, and it stays on one CPU, so that the same command needs the same "
            "limit every time.\n"
            "\n"
            "Sizes are Kubernetes quantities (64Mi, 1.5Gi, 100M), times are durations (500ms, 10s).\n",
        .noun = "SHAPE",
        .commands = allocate(count, sizeof *program.commands),
        .command_count = count,
        .one_page = true,
        .sections = sections,
        .section_count = sizeof sections / sizeof *sections,
        .see_also = "plimsoll(1)",
    };
    for (size_t i = 0; i < count; i++)
        program.commands[i] = describe_shape(shapes_at(i));
    int status = manual_write(&program, argv + 1);
    for (size_t i = 0; i < count; i++)
        forget_shape(&program.commands[i]);
    free(program.commands);
    return status;
}
