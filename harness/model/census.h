/* The processes of a target over its run: which of them held how much, at a few looks evenly spread, in
 * constant memory. Layer: model/. Includes base/. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Looks that are kept: when there are more, every second one is dropped. */
#define CENSUS_LOOKS 32

/* Of each look, the largest. Where one more process is left behind in each cycle, all of them are alike, and
 * those that are kept must be more than the cycles that are usual: which of some alike are the largest is
 * chance. */
#define CENSUS_PROCESSES 32

struct census_process {
    int pid;
    int64_t start_ticks; /* with its pid it names a process for good */
    char name[32];       /* its command, as the kernel has it */
    int64_t bytes;       /* RssAnon + RssShmem: pages shared with others count in each */
    int64_t tasks;       /* threads */
};

struct census_look {
    int64_t time_ns;      /* since the target started */
    int64_t newest_ticks; /* when the youngest of all that were there began, kept here or not */
    int count;
    struct census_process processes[CENSUS_PROCESSES]; /* the largest first */
};

/* Zeroed is empty; release with census_free(). */
struct census {
    struct census_look *looks; /* owned */
    size_t count;
    size_t stride; /* so much rarer than at first is a look to be taken now; at least 1 once there is one */
};

/* Adds a look. Where there is no room every second one is dropped, and the stride doubles. */
void census_add(struct census *census, const struct census_look *look);

/* Puts a process where it belongs among the largest of a look; nowhere where it is too small, but for when it
 * began. */
void census_look_add(struct census_look *look, const struct census_process *process);

void census_free(struct census *census);
