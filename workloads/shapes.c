#include "shapes.h"

#include <string.h>

extern const struct shape shape_leak, shape_spike, shape_goroutines, shape_plateau, shape_cache, shape_shm,
    shape_fork, shape_threads, shape_sawtooth, shape_warmup, shape_staircase, shape_fragment;

static const struct shape *const shapes[] = {
    &shape_plateau,    &shape_leak,     &shape_staircase, &shape_sawtooth, &shape_warmup, &shape_spike,
    &shape_goroutines, &shape_fragment, &shape_cache,     &shape_shm,      &shape_fork,   &shape_threads,
};

const struct shape *shapes_find(const char *name, struct error *error) {
    const char *names[COUNT(shapes)];
    for (size_t i = 0; i < COUNT(shapes); i++) {
        if (strcmp(shapes[i]->name, name) == 0)
            return shapes[i];
        names[i] = shapes[i]->name;
    }
    error_unknown_name(error, "shape", name, names, COUNT(shapes));
    return NULL;
}

const struct shape *shapes_at(size_t index) {
    return index < COUNT(shapes) ? shapes[index] : NULL;
}

void shapes_print_help(FILE *stream) {
    fputs(
        "usage: plimsoll-workload SHAPE [options]\n"
        "       plimsoll-workload SHAPE --help\n\n"
        "A target that uses memory in a known way. It prints the truth about itself first, one line of\n"
        "JSON on stdout, then uses the memory and exits 0. --size is all that the kernel charges to the\n"
        "cgroup at the peak: payload, page tables, kernel stacks and the program itself. Nothing is random,\n"
        "--noise included, and it stays on one CPU, so that the same command needs the same limit every\n"
        "time.\n\nshapes:\n",
        stream);
    for (size_t i = 0; i < COUNT(shapes); i++)
        fprintf(stream, "  %-12s %s\n", shapes[i]->name, shapes[i]->summary);
    fputs("\nSizes are Kubernetes quantities (64Mi, 1.5Gi, 100M), times are durations (500ms, 10s).\n"
          "exit status: 0 done, 1 the machine refused something, 2 usage\n",
          stream);
}

void shape_print_help(const struct shape *shape, FILE *stream) {
    fprintf(stream, "usage: plimsoll-workload %s [options]\n\n%s\n\noptions:\n", shape->name, shape->details);
    options_print_help(shape->options, shape->option_count, stream);
    fprintf(stream, "\nexample: plimsoll-workload %s\n", shape->example);
}
