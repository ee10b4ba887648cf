/* Runs of a container that an engine started again and again: it tells of the last one, its events of those
 * before. */
#include "explain/join.h"

#include <stdlib.h>

#include "base/units.h"

static bool is_behind(struct known_i64 time_ns, struct known_i64 end_ns) {
    struct known_i64 since = known_delta(end_ns, time_ns);
    return since.known && since.value > END_SLACK_NS;
}

bool run_excludes(const struct subject *subject, struct known_i64 time_ns) {
    bool other = subject->is_earlier_run || subject->earlier_told;
    bool before =
        time_ns.known && subject->previous_end_ns.known && !is_behind(time_ns, subject->previous_end_ns);
    return other && (before || (subject->life == LIFE_ENDED && is_behind(time_ns, subject->finished_ns)));
}

/* Of one container; more than anybody looks at. */
#define EARLIER_RUNS_MAX 64

static bool is_event_of(const struct happening *happening, const struct subject *subject,
                        const char *reason) {
    return happening->platform == PLATFORM_DOCKER && happening->last_ns.known &&
           same(happening->reason, reason) && same_id(subject->id, happening->uid);
}

/* The next event of that container with that reason, in the order they were read; *at is where the last one
 * was, NULL: begin. NULL: there is no more. */
static const struct happening *next_event(const struct joined *joined, const struct subject *subject,
                                          const char *reason, const struct lookup_entry **at) {
    const struct lookup *index = &joined->happenings;
    if (!has_id(subject->id))
        return NULL;
    *at = *at ? lookup_next(index, *at) : lookup_first(index, key_hash_id(subject->id));
    for (; *at; *at = lookup_next(index, *at))
        if (is_event_of(&joined->file->happenings[(*at)->at], subject, reason))
            return &joined->file->happenings[(*at)->at];
    return NULL;
}

/* The last start up to that time, or, with `after`, the first behind it. */
static struct known_i64 find_start(const struct joined *joined, const struct subject *subject,
                                   int64_t time_ns, bool after) {
    const struct lookup_entry *at = NULL;
    struct known_i64 found = UNKNOWN_I64;
    for (const struct happening *start; (start = next_event(joined, subject, "start", &at));) {
        int64_t its_ns = start->last_ns.value;
        bool nearer = !found.known || (after ? its_ns < found.value : its_ns > found.value);
        if ((its_ns > time_ns) == after && nearer)
            found = start->last_ns;
    }
    return found;
}

/* The last end before that time. */
static struct known_i64 find_end_before(const struct joined *joined, const struct subject *subject,
                                        int64_t time_ns) {
    const struct lookup_entry *at = NULL;
    struct known_i64 found = UNKNOWN_I64;
    for (const struct happening *end; (end = next_event(joined, subject, "die", &at));)
        if (end->last_ns.value < time_ns)
            known_raise(&found, end->last_ns);
    return found;
}

/* The run that ended with this event. False where there is room for no more. */
static bool add_earlier_run(struct joined *joined, size_t of, const struct happening *died) {
    struct casefile *file = joined->file;
    struct subject *run = case_add_subject(file);
    if (!run)
        return false;
    const struct subject *subject = &file->subjects[of];
    *run = (struct subject){
        .platform = PLATFORM_DOCKER,
        .place = {.file = died->place.file, .path = copy_told(died->place.path), .line = died->place.line},
        .name = copy_told(subject->name),
        .id = copy_told(subject->id),
        .program = copy_told(subject->program),
        .image = copy_told(subject->image),
        .command = copy_told(subject->command),
        .is_own_trial = subject->is_own_trial,
        .life = LIFE_ENDED,
        .exit_code = died->exit_code,
        .started_ns = find_start(joined, subject, died->last_ns.value, false),
        .finished_ns = died->last_ns,
        .limit_bytes = subject->limit_bytes,
        .request_bytes = subject->request_bytes,
        .limit_told = subject->limit_told,
        .grace_s = subject->grace_s,
        .run_until_ns = find_start(joined, subject, died->last_ns.value, true),
        .previous_end_ns = find_end_before(joined, subject, died->last_ns.value),
        .is_earlier_run = true,
        .is_aside = file->asked == ASKED_FILES && !subject_is_alive(subject),
    };
    run->run_from_ns = run->started_ns;
    if (!run->run_until_ns.known)
        run->run_until_ns = subject->started_ns;
    file->subjects[of].earlier_told = true;
    return true;
}

void join_earlier_runs(struct joined *joined) {
    struct casefile *file = joined->file;
    size_t count = file->subject_count;
    for (size_t i = 0; i < count; i++) {
        size_t ends[EARLIER_RUNS_MAX]; /* the last ones: a ring */
        size_t found = 0;
        size_t runs = 0;
        if (file->subjects[i].platform != PLATFORM_DOCKER || file->subjects[i].life == LIFE_UNKNOWN ||
            !file->subjects[i].started_ns.known || !has_id(file->subjects[i].id) ||
            join_is_told_twice(joined, i))
            continue;
        const struct lookup_entry *at = NULL;
        for (const struct happening *end; (end = next_event(joined, &file->subjects[i], "die", &at));)
            if (end->last_ns.value < file->subjects[i].started_ns.value)
                ends[found++ % EARLIER_RUNS_MAX] = at->at;
        for (size_t back = 1; back <= found && back <= EARLIER_RUNS_MAX; back++)
            runs += add_earlier_run(joined, i, &file->happenings[ends[(found - back) % EARLIER_RUNS_MAX]]);
        struct subject *subject = &file->subjects[i];
        if (runs) {
            subject->previous_end_ns = find_end_before(joined, subject, subject->started_ns.value);
            subject->run_from_ns = subject->started_ns;
        }
    }
}
