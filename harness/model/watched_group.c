#include "model/watched_group.h"

#include <string.h>

static const char *const kind_names[WATCHED_KIND_COUNT] = {
    [WATCHED_CONTAINER] = "container", [WATCHED_POD] = "pod", [WATCHED_UNIT] = "unit",
    [WATCHED_GROUP] = "group",         [WATCHED_OWN] = "own",
};

const char *watched_kind_name(enum watched_kind kind) {
    return kind_names[kind];
}

/* Pairs become one point, the lower of both: half the room is free again. */
static void halve(struct group_course *course) {
    for (int i = 0; i < COURSE_POINTS / 2; i++) {
        const struct course_point *pair = &course->points[(size_t)i * 2];
        course->points[i] = pair[pair[1].bytes < pair[0].bytes];
    }
    course->count = COURSE_POINTS / 2;
    course->step_ns *= 2;
}

static void close_step(struct group_course *course) {
    if (course->count == COURSE_POINTS && course->step_ns < COURSE_STEP_MOST_NS) {
        halve(course);
    } else if (course->count == COURSE_POINTS) {
        memmove(course->points, course->points + 1, sizeof course->points - sizeof *course->points);
        course->count--;
    }
    course->points[course->count++] = course->open;
    course->is_open = false;
}

void course_add(struct group_course *course, const struct snapshot *now) {
    struct known_i64 needed = snapshot_needed(now);
    if (course->readings++ == 0) {
        course->began_ns = now->time_ns;
        course->step_ns = COURSE_STEP_NS;
    }
    course->last_ns = now->time_ns;
    known_raise(&course->working_set_most, snapshot_working_set(now));
    if (!needed.known)
        return;
    known_raise(&course->needed_most, known_i64(needed.value + known_or(now->swap, 0)));
    if (course->is_open && now->time_ns >= course->open_until_ns)
        close_step(course);
    if (!course->is_open) {
        course->is_open = true;
        course->open_until_ns = now->time_ns + course->step_ns;
        course->open = (struct course_point){now->time_ns, needed.value};
    } else if (needed.value < course->open.bytes) {
        course->open = (struct course_point){now->time_ns, needed.value};
    }
}

struct known_i64 watched_new_kills(const struct watched_group *group) {
    return known_delta(group->first_oom_kills, group->oom_kills);
}
