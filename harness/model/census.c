#include "model/census.h"

#include <stdlib.h>
#include <string.h>

/* The first look stays: growth is counted from it. */
static void halve(struct census *census) {
    size_t kept = 0;
    for (size_t i = 0; i < census->count; i += 2)
        census->looks[kept++] = census->looks[i];
    census->count = kept;
    census->stride *= 2;
}

void census_add(struct census *census, const struct census_look *look) {
    if (!census->looks) {
        census->looks = calloc(CENSUS_LOOKS, sizeof *census->looks);
        if (!census->looks)
            abort();
        census->stride = 1;
    }
    if (census->count == CENSUS_LOOKS)
        halve(census);
    census->looks[census->count++] = *look;
}

void census_look_add(struct census_look *look, const struct census_process *process) {
    int at = look->count;
    if (process->start_ticks > look->newest_ticks)
        look->newest_ticks = process->start_ticks;
    while (at > 0 && look->processes[at - 1].bytes < process->bytes)
        at--;
    if (at == CENSUS_PROCESSES)
        return;
    int last = look->count < CENSUS_PROCESSES ? look->count : CENSUS_PROCESSES - 1;
    memmove(&look->processes[at + 1], &look->processes[at], (size_t)(last - at) * sizeof *process);
    look->processes[at] = *process;
    look->count = last + 1;
}

void census_free(struct census *census) {
    free(census->looks);
    *census = (struct census){0};
}
