/* plimsoll-workload: synthetic targets whose memory is known to the page. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/version.h"
#include "shapes.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

static int fail(int status, const char *shape, const char *what) {
    fprintf(stderr, "plimsoll-workload: %s%s%s\n", shape, *shape ? ": " : "", what);
    return status;
}

/* Help goes to stdout too, and a full disk or a closed pipe is an error there as well. */
static int finish_stdout(void) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    return fail(EXIT_REFUSED, "", "write stdout failed");
}

static int help(const struct shape *shape) {
    if (shape)
        shape_print_help(shape, stdout);
    else
        shapes_print_help(stdout);
    return finish_stdout();
}

static int version(void) {
    printf("plimsoll-workload %s\n", plimsoll_version);
    return finish_stdout();
}

static int run_shape(const struct shape *shape, char **arguments) {
    struct truth truth = {0};
    struct error error;
    int code = options_parse(shape->options, shape->option_count, arguments, &error);
    if (code > 0)
        return help(shape);
    if (code < 0 || shape->plan(&truth, &error) < 0)
        return fail(EXIT_USAGE, shape->name, error.what);
    if (truth_print(&truth, shape->name, &error) < 0 || shape->perform(&error) < 0)
        return fail(EXIT_REFUSED, shape->name, error.what);
    return EXIT_DONE;
}

/* The kernel charges a group in batches of 64 pages per CPU. What is left of a batch on a CPU that the
 * program has moved away from is counted though nobody uses it, and a busy CPU gives it back too late: on one
 * CPU there is one batch. */
static void stay_on_one_cpu(void) {
    cpu_set_t set;
    unsigned int cpu;
    CPU_ZERO(&set);
    if (getcpu(&cpu, NULL) == 0 && cpu < CPU_SETSIZE) {
        CPU_SET(cpu, &set);
        (void)sched_setaffinity(0, sizeof set, &set);
    }
}

/* The surroundings that the promises need: a broken pipe is an error message, no huge page ever stands for
 * 512. */
static void prepare(void) {
    signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    stay_on_one_cpu();
}

int main(int argc, char **argv) {
    prepare();
    if (argc < 2)
        return fail(EXIT_USAGE, "", "no shape given; plimsoll-workload --help lists them");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(NULL);
    if (strcmp(argv[1], "--version") == 0)
        return version();
    struct error error;
    const struct shape *shape = shapes_find(argv[1], &error);
    if (!shape)
        return fail(EXIT_USAGE, "", error.what);
    return run_shape(shape, argv + 2);
}
