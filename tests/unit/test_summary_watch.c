/* output/summary_watch: what a person reads of a watch. */
#include "output/summary_watch.h"

#include "base/units.h"
#include "unit.h"

static struct trial sample_trial(void) {
    struct trial trial = {.id = 1,
                          .outcome = OUTCOME_SURVIVED,
                          .limit_bytes = known_i64(64 * MIB),
                          .peak_bytes = known_i64(50 * MIB),
                          .needed_bytes = known_i64(40 * MIB),
                          .working_set_p95_bytes = known_i64(45 * MIB),
                          .oom_kills = known_i64(0),
                          .sample_count = 60};
    trial.exit.duration_ns = 15 * NS_PER_S;
    struct snapshot now = {.usage = known_i64(48 * MIB)};
    series_add(&trial.series, &now);
    return trial;
}

static struct observation sample_observation(void) {
    return (struct observation){.known = true,
                                .group = text_copy("/g/web"),
                                .processes = 3,
                                .members = text_copy("web (7), web (8), web (9)"),
                                .earlier_peak_bytes = known_i64(60 * MIB),
                                .recorded_peak_bytes = known_i64(60 * MIB),
                                .limit_hits = known_i64(0),
                                .earlier_limit_hits = known_i64(2)};
}

/* As one line of single blanks, so that rows need not know where it is wrapped. */
static char *unwrapped(const char *text) {
    char *flat = calloc(strlen(text) + 2, 1);
    size_t length = 0;
    for (; *text; text++)
        if (*text != ' ' && *text != '\n')
            flat[length++] = *text;
        else if (length > 0 && flat[length - 1] != ' ')
            flat[length++] = ' ';
    return flat;
}

#define CHANGE(name, ...)                                                                                    \
    static void name(struct trial *trial, struct observation *seen) {                                        \
        (void)trial;                                                                                         \
        (void)seen;                                                                                          \
        __VA_ARGS__;                                                                                         \
    }

CHANGE(nothing, )
CHANGE(of_login, free(seen->group); seen->group = text_copy("/g/user.slice/user-1000.slice/session-2.scope"))
CHANGE(of_odd_name, free(seen->group); seen->group = text_copy("/g/\033[31mred"))
CHANGE(empty_yet, seen->processes = 0; free(seen->members); seen->members = NULL)
CHANGE(alone, seen->pid = known_i64(7); free(seen->members); seen->members = NULL)
CHANGE(shared, seen->pid = known_i64(7); seen->others = 2; free(seen->members);
       seen->members = text_copy("sshd (8), bash (9)"))
CHANGE(gone, seen->end = WATCH_GONE)
CHANGE(gone_and_again, seen->end = WATCH_GONE; seen->again = text_copy("/g/web"))
CHANGE(gone_elsewhere, seen->end = WATCH_GONE; seen->again = text_copy("/g/other"))
CHANGE(emptied, seen->end = WATCH_EMPTY)
CHANGE(process_ended, seen->end = WATCH_PROCESS)
CHANGE(higher_now, seen->recorded_peak_bytes = known_i64(61 * MIB))
CHANGE(no_record, seen->recorded_peak_bytes = UNKNOWN_I64)
CHANGE(killed, trial->oom_kills = known_i64(2); trial->outcome = OUTCOME_OOM; seen->limit_hits = known_i64(7))
CHANGE(unlimited, trial->limit_bytes = UNKNOWN_I64)
CHANGE(stalled, trial->stall_ratio = known_f64(0.125); trial->refault_bytes = known_i64(3 * MIB))
CHANGE(swapped, seen->swapped_bytes = known_i64(MIB))
CHANGE(unread, trial->sample_count = 0; series_free(&trial->series); trial->needed_bytes = UNKNOWN_I64;
       trial->peak_bytes = UNKNOWN_I64; trial->working_set_p95_bytes = UNKNOWN_I64)

static const struct {
    const char *what;
    void (*change)(struct trial *trial, struct observation *seen);
    const char *says;
    const char *says_not;
} rows[] = {
    {"what it is", nothing,
     "watches my app (cgroup v2, limit 64.0 MiB) Group /g/web In it 3 processes: web (7)", "login"},
    {"a login session", of_login, "session-2.scope, a login session", NULL},
    {"a name that means harm", of_odd_name, "/g/\\x1b[31mred", "\033"},
    {"nothing in it yet", empty_yet, "nothing yet: waiting for its first process", "processes"},
    {"a process alone", alone, "process 7 and its descendants alone, 3 processes", "Shared"},
    {"a process among others", shared,
     "Shared 2 of its 3 processes not of process 7, but counted with it: sshd (8), bash (9)", NULL},
    {"time is up", nothing, "Watched 15.00 s, 60 readings; it runs on", "Again"},
    {"usage", nothing, "Usage 48.0 MiB at the end, 50.0 MiB at most", NULL},
    {"working set", nothing, "below 45.0 MiB for 95 % of the time", NULL},
    {"need", nothing, "Needed 40.0 MiB at most", NULL},
    {"a peak of before", nothing, "60.0 MiB since the group was made, page cache included; reached before",
     NULL},
    {"a peak of now", higher_now, "61.0 MiB since the group was made, page cache included; reached while",
     NULL},
    {"no peak", no_record, "Needed", "Peak"},
    {"a limit that is met", killed, "met 7 times while it was watched, 2 before", NULL},
    {"killed", killed, "OOM 2 kills while it was watched: oom", NULL},
    {"a limit that is not met", nothing,
     "Limit 64.0 MiB of its own, met 0 times while it was watched, 2 before", "OOM"},
    {"no limit", unlimited, "(cgroup v2, no limit)", "64.0 MiB"},
    {"no stall on v1", nothing, "Limit", "Stall"},
    {"stall", stalled, "Stall for 12.5 % of the time", NULL},
    {"refaults", stalled, "Refaults 3.0 MiB of page cache", NULL},
    {"swap", swapped, "Swap 1.0 MiB", NULL},
    {"removed", gone, "15.00 s, 60 readings, until the group was removed", "runs on"},
    {"made anew", gone_and_again, "a new group has its place, /g/web: it was started anew", NULL},
    {"somewhere else", gone_elsewhere, "it runs in another group now, /g/other, which was not watched", NULL},
    {"emptied", emptied, "until nothing ran in the group any more", "runs on"},
    {"ended", process_ended, "until the process ended", "runs on"},
    {"nothing was read", unread, "0 readings", "0 B"},
};

TEST(a_watch_in_words) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct trial trial = sample_trial();
        struct result result = {.name = (char[]){"my app"},
                                .trials = &trial,
                                .trial_count = 1,
                                .host = {.cgroup = "v2", .cpus = 2},
                                .observation = sample_observation()};
        struct strbuf text = {0};
        rows[i].change(&trial, &result.observation);
        summary_watch_opening(&result, trial.limit_bytes, &text);
        summary_watch(&result, &text);
        char *flat = unwrapped(strbuf_text(&text));
        ROW(strstr(flat, rows[i].says), "%s: no \"%s\" in \"%s\"", rows[i].what, rows[i].says, flat);
        ROW(!rows[i].says_not || !strstr(flat, rows[i].says_not), "%s: \"%s\" in \"%s\"", rows[i].what,
            rows[i].says_not, flat);
        ROW(!strstr(flat, "(null)") && unit_is_utf8(flat), "%s: %s", rows[i].what, flat);
        free(flat);
        strbuf_free(&text);
        observation_free(&result.observation);
        series_free(&trial.series);
    }
}

UNIT_MAIN("summary_watch", a_watch_in_words)
