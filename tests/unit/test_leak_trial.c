/* analysis/leak_trial: from a trial to the series that is judged, and to the processes that grew. */
#include "analysis/leak_trial.h"

#include "base/units.h"
#include "unit.h"

/* anon < 0: nothing was to be read. */
static void add_reading(struct trial *trial, int64_t time_ns, int64_t anon) {
    struct snapshot gap = {.time_ns = time_ns};
    struct snapshot now = {.time_ns = time_ns,
                           .usage = known_i64(anon),
                           .anon = known_i64(anon),
                           .shmem = known_i64(0),
                           .kernel = known_i64(0),
                           .tasks = known_i64(3)};
    series_add(&trial->series, anon < 0 ? &gap : &now);
}

static void add_load(struct trial *trial, int cycle, int64_t start_ns, int64_t trough) {
    struct load_run run = {.cycle = cycle, .start_ns = start_ns, .duration_ns = NS_PER_S};
    if (trough >= 0) {
        run.trough.needed = known_i64(trough);
        run.trough.anon = known_i64(trough - 1);
    }
    trial->service.serves = true;
    service_facts_add(&trial->service, &run);
}

TEST(cycles_are_points_and_of_their_steps_the_lowest_counts) {
    struct trial trial = {0};
    struct leak_series series;
    for (int cycle = 1; cycle <= 3; cycle++) {
        int64_t start_ns = (int64_t)cycle * 10 * NS_PER_S;
        add_load(&trial, cycle, start_ns, (int64_t)cycle * 100);
        add_load(&trial, cycle, start_ns + 2 * NS_PER_S, (int64_t)cycle * 100 + (cycle == 2 ? -50 : 50));
    }
    add_load(&trial, 4, 40 * NS_PER_S, -1); /* nothing was read in it */
    leak_series_of_trial(&trial, &series);
    static const int64_t expected[] = {100, 150, 300};
    ROW(series.by_cycle && series.count == 4 && series.measure == MEASURE_NEEDED, "%zu points", series.count);
    for (size_t i = 0; i < 3 && i < series.count; i++) {
        const struct leak_point *point = &series.points[i];
        ROW(point->bytes.known && point->bytes.value == expected[i] && point->anon.value == expected[i] - 1,
            "cycle %zu: %lld", i + 1, (long long)point->bytes.value);
        ROW(point->time_ns == (int64_t)(i + 1) * 10 * NS_PER_S + 3 * NS_PER_S, "cycle %zu at %lld", i + 1,
            (long long)point->time_ns);
    }
    ROW(series.count == 4 && !series.points[3].bytes.known, "what was not read is known");
    leak_series_free(&series);
    trial_free(&trial);
}

TEST(without_cycles_it_is_the_course_between_ready_and_stopped) {
    struct trial trial = {.limit_bytes = known_i64(1 << 20)};
    struct leak_series series;
    for (int i = 0; i < 100; i++)
        add_reading(&trial, i * NS_PER_MS, 1000 + i);
    trial.exit.duration_ns = 99 * NS_PER_MS;
    leak_series_of_trial(&trial, &series);
    /* The last reading is of its end: what it held is gone by then. */
    ROW(!series.by_cycle && series.count == 99, "%zu points", series.count);
    ROW(series.points[0].bytes.value == 1000 && series.points[0].tasks.value == 3, "the first: %lld",
        (long long)series.points[0].bytes.value);
    ROW(series.limit_bytes.known && series.limit_bytes.value == 1 << 20, "its limit");
    leak_series_free(&series);
    trial.service.serves = true;
    trial.service.ready_ns = known_i64(20 * NS_PER_MS);
    trial.exit.stopped_ns = known_i64(79 * NS_PER_MS);
    leak_series_of_trial(&trial, &series);
    ROW(series.count == 60 && series.points[0].time_ns == 20 * NS_PER_MS, "ready to stopped: %zu points",
        series.count);
    leak_series_free(&series);
    add_load(&trial, 1, 30 * NS_PER_MS, 5); /* one cycle is none */
    leak_series_of_trial(&trial, &series);
    ROW(!series.by_cycle && series.count == 50 && series.points[0].time_ns == 30 * NS_PER_MS,
        "under its load: %zu points", series.count);
    leak_series_free(&series);
    trial_free(&trial);
}

/* Taking memory down lasts as long as the machine likes; a reading may find the same twice. */
TEST(what_was_read_while_it_ended_does_not_count) {
    static const struct {
        int64_t last[4];
        size_t dropped;
    } rows[] = {
        {{5000, 5000, 5000, 5000}, 0}, {{5000, 5000, 5000, 900}, 1}, {{5000, 5000, 900, 900}, 2},
        {{5000, 3000, 900, 8}, 3},     {{5000, 900, 900, 900}, 3},   {{5000, 900, 5000, 5001}, 0},
        {{5000, -1, 5000, 5000}, 0},   {{5000, 5000, -1, 5001}, 0},  {{5000, -1, 900, 8}, 3},
        {{5000, 5000, 5000, -1}, 1},   {{5000, 900, -1, -1}, 3},
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        struct trial trial = {.exit.duration_ns = 124 * NS_PER_MS};
        struct leak_series series;
        for (int i = 0; i < 124; i++)
            add_reading(&trial, i * NS_PER_MS, i < 120 ? 5000 : rows[row].last[i - 120]);
        leak_series_of_trial(&trial, &series);
        ROW(series.count == 124 - rows[row].dropped, "row %zu: %zu points", row, series.count);
        leak_series_free(&series);
        trial_free(&trial);
    }
}

static struct census_process process_of(int pid, int64_t mib, int64_t tasks) {
    struct census_process process = {.pid = pid, .start_ticks = pid, .bytes = mib * MIB, .tasks = tasks};
    snprintf(process.name, sizeof process.name, "p%d", pid);
    return process;
}

TEST(processes_are_told_by_their_growth_over_the_part_that_counts) {
    struct trial trial = {0};
    /* In the warm-up, at its end, and at the end of all: 1 grew only before, 2 by 5, 3 by 20 with its
     * threads, 4 came later, and 5 is another process with a number that was taken before. */
    static const int64_t sizes[3][5] = {{10, 10, 10, 0, 10}, {90, 10, 10, 0, 10}, {90, 15, 30, 8, 10}};
    for (int i = 0; i < 3; i++) {
        struct census_look look = {.time_ns = (int64_t)i * 10 * NS_PER_S};
        for (int pid = 1; pid <= 5; pid++) {
            struct census_process process = process_of(pid, sizes[i][pid - 1], pid == 3 ? i * 4 + 1 : 1);
            process.start_ticks += pid == 5 && i == 2 ? 1 : 0;
            if (process.bytes > 0)
                census_look_add(&look, &process);
        }
        census_add(&trial.census, &look);
    }
    struct leak leak = {.known = true, .span_ns = 10 * NS_PER_S};
    leak_add_processes(&trial, &leak);
    static const struct {
        int64_t mib;
        int64_t tasks;
        int pid;
        bool is_new;
    } expected[] = {{20, 4, 3, false}, {10, 1, 5, true}, {8, 1, 4, true}, {5, 0, 2, false}};
    ROW(leak.process_count == COUNT(expected), "%zu processes", leak.process_count);
    for (size_t i = 0; i < COUNT(expected) && i < leak.process_count; i++) {
        const struct leak_process *got = &leak.processes[i];
        ROW(got->pid == expected[i].pid && got->growth_bytes == expected[i].mib * MIB &&
                got->is_new == expected[i].is_new && got->tasks_growth == expected[i].tasks,
            "%zu: %d by %lld, %lld threads%s", i, got->pid, (long long)got->growth_bytes,
            (long long)got->tasks_growth, got->is_new ? ", new" : "");
    }
    leak_free(&leak);
    trial_free(&trial);
}

/* The leak is in the sixth of eight by size; a seventh shrank. */
TEST(the_one_that_grew_is_told_before_those_that_are_large) {
    struct trial trial = {0};
    static const int64_t sizes[2][8] = {{90, 80, 70, 60, 50, 10, 45, 5}, {91, 81, 71, 61, 51, 40, 30, 9}};
    for (int i = 0; i < 2; i++) {
        struct census_look look = {.time_ns = (int64_t)i * 10 * NS_PER_S};
        for (int pid = 1; pid <= 8; pid++) {
            struct census_process process = process_of(pid, sizes[i][pid - 1], 1);
            census_look_add(&look, &process);
        }
        census_add(&trial.census, &look);
    }
    struct leak leak = {.known = true, .span_ns = 10 * NS_PER_S};
    leak_add_processes(&trial, &leak);
    ROW(leak.process_count == 5, "%zu processes", leak.process_count);
    ROW(leak.processes[0].pid == 6 && leak.processes[0].growth_bytes == 30 * MIB, "first %d",
        leak.processes[0].pid);
    ROW(leak.processes[1].pid == 8 && strcmp(leak.processes[1].name, "p8") == 0, "then %d",
        leak.processes[1].pid);
    leak_free(&leak);
    trial_free(&trial);
}

/* Of more processes than a look keeps: what was left out of the first one may have been small then, but not
 * what began after all of them. */
TEST(those_that_began_after_a_full_look_are_new) {
    struct trial trial = {0};
    for (int i = 0; i < 2; i++) {
        struct census_look look = {.time_ns = (int64_t)i * 10 * NS_PER_S};
        /* The last of the first look was left out of it, and grew; then came two more. */
        for (int pid = 1; pid <= CENSUS_PROCESSES + (i == 0 ? 1 : 3); pid++) {
            bool grows = pid > CENSUS_PROCESSES && i == 1;
            struct census_process process = process_of(pid, grows ? 200 : 100 - pid, 1);
            census_look_add(&look, &process);
        }
        census_add(&trial.census, &look);
    }
    struct leak leak = {.known = true, .span_ns = 10 * NS_PER_S};
    leak_add_processes(&trial, &leak);
    ROW(trial.census.looks[0].count == CENSUS_PROCESSES, "the first look has room");
    ROW(leak.process_count == 3, "%zu processes", leak.process_count);
    for (size_t i = 0; i < leak.process_count; i++)
        ROW(leak.processes[i].is_new == (leak.processes[i].pid > CENSUS_PROCESSES + 1), "%d%s",
            leak.processes[i].pid, leak.processes[i].is_new ? ", new" : "");
    leak_free(&leak);
    trial_free(&trial);
}

/* A look at a process on its way out shows nothing of it, or what is not yet taken down. */
TEST(a_look_at_its_end_does_not_count) {
    static const struct {
        int64_t last_mib;
        bool stopped;
        int64_t growth_mib; /* 0: nothing is told */
    } rows[] = {{0, false, 20}, {12, false, 20}, {31, false, 21}, {0, true, 20}, {12, true, 2}};
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct trial trial = {0};
        if (rows[row].stopped)
            trial.exit.stopped_ns = known_i64(30 * NS_PER_S);
        for (int i = 0; i < 3; i++) {
            struct census_look look = {.time_ns = (int64_t)i * 10 * NS_PER_S};
            struct census_process process = process_of(1, i < 2 ? 10 + 20 * i : rows[row].last_mib, 1);
            if (process.bytes > 0)
                census_look_add(&look, &process);
            census_add(&trial.census, &look);
        }
        struct leak leak = {.known = true, .span_ns = 20 * NS_PER_S};
        leak_add_processes(&trial, &leak);
        int64_t growth = leak.process_count == 1 ? leak.processes[0].growth_bytes / MIB : 0;
        ROW(growth == rows[row].growth_mib, "row %zu: %lld MiB", row, (long long)growth);
        leak_free(&leak);
        trial_free(&trial);
    }
}

/* A job that fills its memory and ends looks like a leak: only one that ended by itself, well, and without
 * cycles. */
TEST(growth_up_to_an_end_of_its_own_is_doubted) {
    static const struct {
        enum leak_verdict verdict;
        bool by_cycle;
        enum stop_reason stop;
        enum outcome outcome;
        int64_t for_ns;
        const char *said; /* NULL: nothing */
    } rows[] = {
        {LEAK_CONFIRMED, false, STOP_NONE, OUTCOME_SURVIVED, 0, "It ended by itself after 3.20 s: "},
        {LEAK_CONFIRMED, false, STOP_NONE, OUTCOME_SURVIVED, 12 * NS_PER_S,
         "It ended by itself after 3.20 s, before --for 12.00 s: "},
        {LEAK_SUSPECTED, false, STOP_NONE, OUTCOME_SURVIVED, 0, "It ended by itself after 3.20 s: "},
        {LEAK_NONE, false, STOP_NONE, OUTCOME_SURVIVED, 0, NULL},
        {LEAK_INCONCLUSIVE, false, STOP_NONE, OUTCOME_SURVIVED, 0, NULL},
        {LEAK_CONFIRMED, true, STOP_NONE, OUTCOME_SURVIVED, 0, NULL},
        {LEAK_CONFIRMED, false, STOP_DONE, OUTCOME_SURVIVED, 3 * NS_PER_S, NULL},
        {LEAK_CONFIRMED, false, STOP_INTERRUPT, OUTCOME_SURVIVED, 0, NULL},
        {LEAK_CONFIRMED, false, STOP_NONE, OUTCOME_OOM, 0, NULL},
    };
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct trial trial = {.outcome = rows[row].outcome,
                              .exit = {.stop = rows[row].stop, .duration_ns = 3200 * NS_PER_MS}};
        struct leak leak = {.known = true, .verdict = rows[row].verdict, .by_cycle = rows[row].by_cycle};
        char *said = leak_doubt(&trial, &leak, rows[row].for_ns);
        bool good =
            rows[row].said ? said && strncmp(said, rows[row].said, strlen(rows[row].said)) == 0 : !said;
        ROW(good, "row %zu: %s", row, said ? said : "nothing");
        free(said);
    }
    struct leak unknown = {0};
    struct trial trial = {0};
    ROW(!leak_doubt(&trial, &unknown, 0), "nothing was assessed");
}

UNIT_MAIN("leak_trial", cycles_are_points_and_of_their_steps_the_lowest_counts,
          without_cycles_it_is_the_course_between_ready_and_stopped,
          what_was_read_while_it_ended_does_not_count,
          processes_are_told_by_their_growth_over_the_part_that_counts,
          the_one_that_grew_is_told_before_those_that_are_large, those_that_began_after_a_full_look_are_new,
          a_look_at_its_end_does_not_count, growth_up_to_an_end_of_its_own_is_doubted)
