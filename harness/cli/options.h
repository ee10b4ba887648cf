/* Options: tables that parse, check and print their own help.
 * Layer: cli/. Includes everything above. */
#pragma once

#include "analysis/search.h"
#include "analysis/sizing.h"
#include "base/error.h"
#include "model/trial.h"

/* Exit codes that users and other programs depend on. */
enum {
    STATUS_OK = 0,
    STATUS_USAGE = 2,
    STATUS_TARGET_FAILS = 3,
    STATUS_INCONCLUSIVE = 4,
    STATUS_NOT_ALLOWED = 5,
};

/* Groups of options; a command takes some of them. */
enum option_group {
    GROUP_TARGET = 1 << 0,
    GROUP_SEARCH = 1 << 1,
    GROUP_SIZING = 1 << 2,
    GROUP_OUTPUT = 1 << 3,
    GROUP_LIMIT = 1 << 4,  /* --limit */
    GROUP_LIMITS = 1 << 5, /* --limits, --repeat */
    GROUP_EMIT = 1 << 6,
    GROUP_CLEAN = 1 << 7,
    GROUP_COURSE = 1 << 8, /* --max-slowdown, --budget, --resume */
};

struct invocation;    /* output/document.h */
struct manifest_kind; /* output/manifest.h */

struct options {
    char *const *arguments; /* all that was parsed, NULL-terminated; within main's */
    /* resume */
    const char *resume;       /* the folder of the run to go on with; NULL: a new run */
    const char *measures;     /* the first option that says what is measured; NULL: none was given */
    struct invocation *begun; /* how that run was begun, owned; filled by resume_options() */
    /* target */
    char *const *argv; /* NULL-terminated; within main's */
    const char *name;
    char **env; /* NULL-terminated; owned, the strings are not */
    size_t env_count;
    const char *cwd;
    const char *stdin_path;
    struct run_as user;
    int stop_signal;
    int64_t grace_ns;
    int64_t for_ns;
    int64_t timeout_ns;
    bool success[256];
    int64_t max_bytes; /* 0: as much as the host has */
    int64_t swap_bytes;
    bool no_oom_group;
    int64_t interval_ns;
    int64_t budget_ns; /* 0: none */
    /* search */
    double precision_percent;
    int64_t confirm;
    enum search_strategy strategy;
    int64_t jobs;        /* runs side by side, at most */
    double max_slowdown; /* run time over that without a limit, from which on a run is slow */
    bool max_slowdown_given;
    /* sizing */
    struct known_f64 headroom_ratio;
    bool guaranteed;
    enum container_role role;
    struct known_i64 cpu_millis;
    int64_t node_memory_bytes;
    int64_t prove;
    /* limits */
    int64_t limit_bytes; /* 0: none */
    int64_t *limits;     /* owned */
    size_t limit_count;
    bool limits_none; /* and a run without a limit */
    int64_t repeat;
    /* output */
    const char *out;
    const char *json;
    const char *format;
    const char *container;                     /* NULL: not told */
    const struct manifest_kind *workload_kind; /* NULL: not told */
    const char *workload;                      /* its name */
    bool diff;
    bool quiet;
    bool verbose;
    bool dry_run;
    bool help;
};

struct command {
    const char *name;
    const char *summary;  /* one line */
    const char *synopsis; /* after the name */
    const char *details;  /* more lines for --help, or NULL */
    const char *example;
    unsigned groups;
    bool takes_target;
    int most_arguments; /* where it takes no target */
    /* Returns the exit status. */
    int (*run)(struct options *options);
};

/* Fills the options with their defaults. Release with options_free(). */
void options_init(struct options *options);
void options_free(struct options *options);

/* Parses what follows the command's name. With --resume neither target nor --limits need be there.
 * -EINVAL with one line that names the argument. */
int options_parse(const struct command *command, int argc, char **argv, struct options *ret,
                  struct error *error);

/* Prints the command's help, made from the same tables. */
void options_print_help(const struct command *command);

/* Where something unknown was given: the nearest of the known words, or NULL if none is near. */
const char *options_nearest(const char *word, const char *const *known, size_t count);
