#include "analysis/leak_trial.h"

#include <stdlib.h>

#include "analysis/leak.h"
#include "base/text.h"
#include "base/units.h"

/* Less than this is no growth of a process: what an allocator takes at once. */
#define PROCESS_GROWTH_LEAST (128 * KIB)

#define PROCESSES_TOLD 5

/* ---- the series ---- */

/* The lower of two troughs, of the steps of one cycle. */
static const struct load_run *lower(const struct load_run *a, const struct load_run *b) {
    if (!a || !a->trough.needed.known)
        return b;
    return b->trough.needed.known && b->trough.needed.value < a->trough.needed.value ? b : a;
}

static void add_cycle(struct leak_series *series, const struct load_run *last, const struct load_run *least) {
    struct leak_point point = {.time_ns = last->start_ns + last->duration_ns,
                               .bytes = least->trough.needed,
                               .anon = least->trough.anon,
                               .shmem = least->trough.shmem,
                               .kernel = least->trough.kernel,
                               .tasks = least->trough.tasks};
    leak_series_add(series, &point);
}

static void add_cycles(const struct service_facts *facts, struct leak_series *series) {
    const struct load_run *least = NULL;
    for (size_t i = 0; i < facts->load_count; i++) {
        const struct load_run *run = &facts->loads[i];
        bool last = i + 1 == facts->load_count || facts->loads[i + 1].cycle != run->cycle;
        least = lower(least, run);
        if (!last)
            continue;
        add_cycle(series, run, least);
        least = NULL;
    }
}

/* Where its course begins that may be judged: not while it starts. */
static int64_t begins_ns(const struct trial *trial) {
    const struct service_facts *facts = &trial->service;
    if (facts->load_count > 0)
        return facts->loads[0].start_ns;
    return facts->serves ? known_or(facts->ready_ns, 0) : 0;
}

/* The last reading of a run that ended by itself is of after its end. What is done here on what the trial
 * tells, output/series_build.c does on the phases that its samples tell: they make the same series. */
static int64_t ends_ns(const struct trial *trial) {
    return known_or(trial->exit.stopped_ns, trial->exit.duration_ns - 1);
}

static void add_course(const struct trial *trial, struct leak_series *series) {
    int64_t begins = begins_ns(trial);
    int64_t ends = ends_ns(trial);
    for (size_t i = 0; i < trial->series.count; i++) {
        const struct series_point *seen = &trial->series.points[i];
        struct leak_point point = {.time_ns = seen->time_ns,
                                   .bytes = seen->least.needed,
                                   .anon = seen->least.anon,
                                   .shmem = seen->least.shmem,
                                   .kernel = seen->least.kernel,
                                   .tasks = seen->least.tasks};
        if (seen->time_ns >= begins && seen->time_ns <= ends)
            leak_series_add(series, &point);
    }
    if (!trial->exit.stopped_ns.known)
        series->count = leak_course_length(series->points, series->count);
}

void leak_series_of_trial(const struct trial *trial, struct leak_series *ret) {
    const struct service_facts *facts = &trial->service;
    *ret = (struct leak_series){.measure = MEASURE_NEEDED, .limit_bytes = trial->limit_bytes};
    if (facts->load_count > 0 && facts->loads[facts->load_count - 1].cycle > 1) {
        ret->by_cycle = true;
        add_cycles(facts, ret);
    } else {
        add_course(trial, ret);
    }
}

/* ---- the processes ---- */

static const struct census_process *find_in(const struct census_look *look,
                                            const struct census_process *process) {
    for (int i = 0; i < look->count; i++)
        if (look->processes[i].pid == process->pid && look->processes[i].start_ticks == process->start_ticks)
            return &look->processes[i];
    return NULL;
}

/* A process that was not among the largest then may only have been small, unless it began after them all. */
static struct leak_process growth_of(const struct census_process *now, const struct census_look *first) {
    const struct census_process *before = find_in(first, now);
    return (struct leak_process){
        .pid = now->pid,
        .growth_bytes = now->bytes - (before ? before->bytes : 0),
        .tasks_growth = now->tasks - (before ? before->tasks : 0),
        .is_new = !before && (first->count < CENSUS_PROCESSES || now->start_ticks > first->newest_ticks)};
}

static int64_t held(const struct census_look *look) {
    int64_t bytes = 0;
    for (int i = 0; i < look->count; i++)
        bytes += look->processes[i].bytes;
    return bytes;
}

/* How many looks show the target as it ran: as with the readings, the last of a run that ended by itself may
 * have met its processes while their memory was taken down, or with none left. */
static size_t looks_that_count(const struct trial *trial) {
    const struct census *census = &trial->census;
    size_t count = census->count;
    while (count > 0 && census->looks[count - 1].count == 0)
        count--;
    if (count > 1 && !trial->exit.stopped_ns.known &&
        held(&census->looks[count - 1]) < held(&census->looks[count - 2]))
        count--;
    return count;
}

struct grown {
    struct leak_process process;
    const char *name;
};

static int compare_growths(const void *a, const void *b) {
    const struct grown *left = a;
    const struct grown *right = b;
    return (left->process.growth_bytes < right->process.growth_bytes) -
           (left->process.growth_bytes > right->process.growth_bytes);
}

/* Not the largest are told, but those that grew most: all that are known are compared. */
static void add_grown(const struct census_look *first, const struct census_look *last, struct leak *leak) {
    struct grown grown[CENSUS_PROCESSES];
    size_t count = 0;
    for (int i = 0; i < last->count; i++) {
        const struct census_process *process = &last->processes[i];
        grown[count] = (struct grown){.process = growth_of(process, first), .name = process->name};
        count += grown[count].process.growth_bytes >= PROCESS_GROWTH_LEAST;
    }
    qsort(grown, count, sizeof *grown, compare_growths);
    for (size_t i = 0; i < count && leak->process_count < PROCESSES_TOLD; i++) {
        grown[i].process.name = text_copy(grown[i].name);
        leak_add_process(leak, &grown[i].process);
    }
}

void leak_add_processes(const struct trial *trial, struct leak *leak) {
    const struct census *census = &trial->census;
    size_t count = looks_that_count(trial);
    if (count < 2 || !leak->known)
        return;
    const struct census_look *last = &census->looks[count - 1];
    const struct census_look *first = &census->looks[0];
    int64_t from_ns = last->time_ns - leak->span_ns;
    for (size_t i = 0; i + 1 < count && census->looks[i].time_ns <= from_ns; i++)
        first = &census->looks[i];
    add_grown(first, last, leak);
}

/* ---- of any run ---- */

void leak_of_trial(const struct trial *trial, struct leak *ret) {
    struct leak_config config = leak_config_default();
    struct leak_series series;
    leak_series_of_trial(trial, &series);
    leak_assess(&config, &series, ret);
    leak_series_free(&series);
    leak_add_processes(trial, ret);
}

char *leak_doubt(const struct trial *trial, const struct leak *leak, int64_t for_ns) {
    bool grew = leak->verdict == LEAK_CONFIRMED || leak->verdict == LEAK_SUSPECTED;
    if (!leak->known || !grew || leak->by_cycle || trial->exit.stop != STOP_NONE || !trial_lived(trial))
        return NULL;
    struct short_text whole = duration_text(for_ns);
    return text_format(
        "It ended by itself after %s%s%s: growth up to the end of a batch may be its data and no leak. A "
        "longer input, or cycles of a load (--load), would tell.",
        duration_text(trial->exit.duration_ns).s, for_ns ? ", before --for " : "", for_ns ? whole.s : "");
}

void leak_of_run(const struct trial *trial, struct leak *ret) {
    *ret = (struct leak){0};
    if (!trial_lived(trial) || trial->squeezed)
        return;
    leak_of_trial(trial, ret);
    /* What one round of a load has it hold grows as long as that goes on: only cycles tell that from a leak.
     */
    bool told = trial->service.load_count > 0 ? ret->by_cycle : trial->exit.stop == STOP_DONE;
    if (!told && ret->verdict != LEAK_NONE)
        leak_free(ret);
}
