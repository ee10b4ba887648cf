/* What a machine allows, one thing at a time: what was found, what it costs where it is not as it should be,
 * and what mends it. Layer: model/. Includes base/. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/host.h"

enum check_state {
    CHECK_OK,
    CHECK_LESS,    /* done without, at a cost */
    CHECK_MISSING, /* not done without */
    CHECK_STATE_COUNT,
};

enum check_part {
    PART_MACHINE,
    PART_GROUPS,
    PART_DEATHS,
    PART_TOOLS,
    PART_COUNT,
};

/* Texts are one line each and owned; NULL: there is nothing to say. */
struct check {
    const char *id; /* for programs: words between dashes; static, as the title */
    const char *title;
    enum check_part part;
    enum check_state state;
    char *found;
    char *costs;
    char *run;    /* the command that mends it */
    char *advice; /* what to do where no command does */
};

/* Zeroed: nothing was looked at. Release with checkup_free(). */
struct checkup {
    struct host host;
    const char *cgroup; /* "v1", "v2"; NULL: no memory group can be made */
    bool hybrid;        /* memory on v1 while a v2 tree is mounted too */
    char
        *parent; /* the group that others are made in; NULL with `cgroup`, and where each run has its scope */
    struct check *checks;
    size_t count;
};

/* "ok", "less", "missing" */
const char *check_state_name(enum check_state state);

/* "machine", "groups", "deaths", "tools" */
const char *check_part_name(enum check_part part);

/* Adds a check with what was found; good until the next is added. */
struct check *checkup_add(struct checkup *checkup, enum check_part part, const char *id, const char *title,
                          enum check_state state, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* What it costs; the command that mends it; what to do instead. */
void check_costs(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_run(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_advise(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What mends an error, as one or both of the latter. */
void check_mend(struct check *check, const struct error *error);

/* How many are of that state. */
size_t checkup_count(const struct checkup *checkup, enum check_state state);

void checkup_free(struct checkup *checkup);
