#include "cli/commands.h"
#include "cli/search_run.h"

static int run(struct options *options) {
    struct session session;
    int status = session_open(&session, options, "find", true);
    if (status)
        return status;
    session.seeks_slowdown = options->max_slowdown_given;
    status = search_run(&session);
    search_print_answer(&session, status);
    status = session_save(&session, status);
    session_close(&session);
    return status;
}

const struct command cmd_find = {
    .name = "find",
    .summary = "find the OOM point: the smallest memory limit that the target survives",
    .synopsis = "[options] [--] TARGET [ARG...]",
    .details =
        "Runs the target once without a limit, then under limits just above and just below what it needed,\n"
        "and repeats both ends of the bracket. Exit status: 0 the bracket is proven, 3 the target fails\n"
        "without any limit, 4 inconclusive.",
    .example = "plimsoll find -- ./app --batch input.csv",
    .groups = GROUP_SEARCH | GROUP_TARGET | GROUP_RIGHTS | GROUP_SERVICE | GROUP_COURSE | GROUP_OUTPUT,
    .takes_target = true,
    .run = run,
};
