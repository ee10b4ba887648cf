/* Options: tables that parse, check and print their own help.
 * Layer: cli/. Includes everything above. */
#pragma once

#include <stdio.h>

#include "analysis/search.h"
#include "analysis/sizing.h"
#include "analysis/standing.h"
#include "base/error.h"
#include "model/trial.h"
#include "output/forms.h"

/* Exit codes that users and other programs depend on; exit_statuses[] of commands.h tells all of them. */
enum {
    STATUS_OK = 0,
    STATUS_GATE_FAILED = 1,
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
    GROUP_SERVICE = 1 << 9,
    GROUP_PROVE = 1 << 10,
    GROUP_WATCH = 1 << 11,
    GROUP_LEAK = 1 << 12,
    GROUP_CHECK = 1 << 13,
    GROUP_FORMS = 1 << 14,   /* --junit, --markdown, --openmetrics */
    GROUP_LIVE = 1 << 15,    /* what explain asks itself */
    GROUP_MEASURE = 1 << 16, /* --measure: what can do without a cgroup */
    GROUP_EXPLAIN = 1 << 17,
    GROUP_RIGHTS = 1 << 18, /* --no-scope */
    GROUP_REPORT = 1 << 19,
    GROUP_DOCTOR = 1 << 20,
};

struct invocation;    /* output/document.h */
struct manifest_kind; /* output/manifest.h */
struct scenario;      /* cli/scenario.h */

/* What the target's memory is read from. */
enum measured_by {
    BY_WHAT_IS_THERE, /* its cgroup, and its processes where none may be made */
    BY_CGROUP,
    BY_PROCESSES,
};

struct options {
    char *const *arguments; /* all that was parsed, NULL-terminated; within main's */
    /* resume */
    const char *resume;       /* the folder of the run to go on with; NULL: a new run */
    const char *measures;     /* the first option that says what is measured; NULL: none was given */
    struct invocation *begun; /* how that run was begun, owned; filled by resume_options() */
    /* scenario */
    const char *config;        /* its file, as given; NULL: none */
    struct scenario *scenario; /* owned; strings below may be in it */
    const char *folder;        /* absolute; where commands start for which no cwd is said; NULL: ours */
    /* target */
    char *const *argv; /* NULL-terminated; within main's */
    const char *name;
    char **env; /* NULL-terminated; owned, the strings are not */
    const char *cwd;
    const char *stdin_path;
    const char *user_name; /* as it was given: of an image it is one that the image knows */
    struct run_as user;
    const char *image;  /* NULL: the target is a command */
    const char *engine; /* of an image or of a container to watch; NULL: the first that answers */
    char **publish;     /* NULL-terminated, NULL: none; owned, the strings are not. volumes likewise */
    char **volumes;
    const char *entrypoint;
    const char *network;
    int stop_signal;
    bool stop_signal_given;
    int64_t grace_ns;
    int64_t for_ns;
    int64_t timeout_ns;
    bool success[256];
    const char *ready; /* as it was given; NULL: not */
    struct service service;
    char **load_steps; /* NULL-terminated; owned; service.steps is this */
    bool cooldown_given;
    int64_t max_bytes; /* 0: as much as the host has */
    int64_t swap_bytes;
    bool no_oom_group;
    int64_t interval_ns;
    bool interval_given;
    int64_t budget_ns;            /* 0: none */
    bool no_scope;                /* do not start again where a cgroup may be made */
    enum measured_by measured_by; /* BY_CGROUP where the command has no --measure */
    /* search */
    double precision_percent;
    int64_t confirm;
    enum search_strategy strategy;
    bool squeeze;        /* --strategy squeeze: a live squeeze before the search */
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
    /* watch */
    const char *cgroup; /* one of these three or `container`; NULL or 0: not given */
    const char *unit;
    int64_t pid;
    bool all;
    bool once;
    const char *filter; /* NULL: all are shown */
    enum row_order order;
    bool order_given;
    /* explain */
    bool live;
    const char *docker; /* the container to ask about; NULL: none. Likewise the pod */
    const char *pod;    /* NAME or NAMESPACE/NAME */
    const char *space;  /* its namespace; NULL: not told */
    const char *kube_context;
    /* leak */
    const char *series; /* a file that was recorded elsewhere; NULL: it runs a target */
    /* check */
    const char *baseline; /* its file; NULL: none */
    bool update_baseline;
    const char *result;       /* read instead of running anything: its file or folder; NULL: run */
    unsigned metrics;         /* to compare: bits 1 << enum judge_metric */
    double threshold_percent; /* growth that may pass, of the baseline */
    int64_t threshold_bytes;  /* and at least so much */
    int64_t runs;             /* before the first look; 0: as many as is usual */
    int64_t max_runs;         /* likewise, the most */
    int64_t budget_needed;    /* 0: none; likewise peak and limit */
    int64_t budget_peak;
    int64_t budget_limit;
    int64_t budget_growth; /* bytes per hour; 0: none */
    bool bisect;           /* exit statuses as git bisect run wants them */
    /* limits */
    int64_t limit_bytes; /* 0: none */
    int64_t *limits;     /* owned */
    size_t limit_count;
    bool limits_none; /* and a run without a limit */
    int64_t repeat;
    /* output */
    const char *out;
    const char *json;
    const char *forms[FORM_COUNT]; /* their files; NULL: not asked for */
    const char *format;
    const char *container;                     /* NULL: not told */
    const struct manifest_kind *workload_kind; /* NULL: not told */
    const char *workload;                      /* its name */
    bool diff;
    /* report */
    const char *html; /* NULL: report.html beside the result */
    bool png;
    bool no_plots;
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

/* Parses what follows the command's name. Of a scenario that is named there (--config) what the command takes
 * goes below that, and nothing of it is done with --resume; where `begun` is set, it is the scenario that is
 * kept there. With --resume neither target nor --limits need be there.
 * -EINVAL with one line that names the argument, or place and key in the scenario. */
int options_parse(const struct command *command, int argc, char **argv, struct options *ret,
                  struct error *error);

/* What a message calls an option's value, "--cwd DIR" or 'FILE:9: target.cwd: "DIR"'. Caller frees. */
char *options_origin(const struct options *options, const char *name, const char *value);

/* The command line again, as a shell takes it: the options, each after a blank, without those of `groups` and
 * those of these names (NULL-terminated), then " -- TARGET...", where a target was given. Caller frees. */
char *options_line_without(const struct command *command, const struct options *options, unsigned groups,
                           const char *const *names);

/* Prints text from column `at` on, and goes on in a new line at column `indent` where HELP_COLUMNS are
 * reached; no word is cut. Ends the line. */
#define HELP_COLUMNS 100
void options_print_wrapped(FILE *to, const char *text, int at, int indent);

/* Prints the command's help, made from the same tables. */
void options_print_help(const struct command *command);

/* Where something unknown was given: the nearest of the known words, or NULL if none is near. */
const char *options_nearest(const char *word, const char *const *known, size_t count);
