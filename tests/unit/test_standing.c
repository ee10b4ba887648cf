/* model/watched_group.c and analysis/standing.c: the course of a group's need in constant memory, and what is
 * concluded from it. */
#include <math.h>

#include "analysis/standing.h"
#include "base/text.h"
#include "base/units.h"
#include "unit.h"

/* What a group without page cache reads. */
static struct snapshot reading(double at_s, int64_t needed) {
    return (struct snapshot){.time_ns = (int64_t)(at_s * 1e9),
                             .usage = known_i64(needed),
                             .anon = known_i64(needed),
                             .inactive_file = known_i64(0)};
}

static void add(struct watched_group *group, double at_s, int64_t needed) {
    group->now = reading(at_s, needed);
    course_add(&group->course, &group->now);
}

static const struct standing_config plain = {0};

static struct standing judged(const struct watched_group *group) {
    struct standing standing = {0};
    standing_judge_growth(group, &standing);
    standing_take_stock(&plain, group, &standing);
    return standing;
}

/* ---- course ---- */

TEST(a_point_is_the_least_of_its_step) {
    struct group_course course = {0};
    static const int64_t bytes[] = {30, 10, 20, 40, 50, 60, 5};
    for (int i = 0; i < 7; i++) {
        struct snapshot now = reading(0.4 * i, bytes[i]);
        course_add(&course, &now);
    }
    /* Steps: 0 to 1.0 s (30 10 20), then from 1.2 s on (40 50 60); 2.4 s opens the third. */
    ck_assert_int_eq(course.count, 2);
    ck_assert_int_eq(course.points[0].bytes, 10);
    ck_assert_int_eq(course.points[0].time_ns, 400 * NS_PER_MS);
    ck_assert_int_eq(course.points[1].bytes, 40);
    ck_assert_int_eq(course.readings, 7);
    ck_assert_int_eq(course.needed_most.value, 60);
    ck_assert_int_eq(course.working_set_most.value, 60);
}

TEST(it_never_outgrows_its_room) {
    struct group_course course = {0};
    int64_t before = -1;
    for (int second = 0; second < 3 * 24 * 3600; second++) {
        struct snapshot now = reading(second, 1000 + second);
        course_add(&course, &now);
        ck_assert_int_le(course.count, COURSE_POINTS);
    }
    ck_assert_int_eq(course.step_ns, COURSE_STEP_MOST_NS);
    ck_assert_int_ge(course.count, COURSE_POINTS / 2);
    for (int i = 0; i < course.count; i++) {
        ROW(course.points[i].time_ns > before, "point %d: %lld", i, (long long)course.points[i].time_ns);
        ROW(course.points[i].bytes == 1000 + course.points[i].time_ns / NS_PER_S, "point %d", i);
        before = course.points[i].time_ns;
    }
    /* The last two hours, no more. */
    ROW(course.last_ns - course.points[0].time_ns <= (COURSE_POINTS + 2) * COURSE_STEP_MOST_NS, "%lld s",
        (long long)(course.last_ns - course.points[0].time_ns) / NS_PER_S);
}

TEST(what_is_not_known_makes_no_point) {
    struct group_course course = {0};
    struct snapshot blind = {.time_ns = 0, .usage = known_i64(1)};
    for (int i = 0; i < 5; i++) {
        blind.time_ns = (int64_t)i * 2 * NS_PER_S;
        course_add(&course, &blind);
    }
    ck_assert_int_eq(course.count, 0);
    ck_assert_int_eq(course.readings, 5);
    ck_assert(!course.needed_most.known && !course.working_set_most.known);
}

TEST(swapped_out_memory_is_needed_too) {
    struct group_course course = {0};
    struct snapshot now = reading(0, 100);
    now.swap = known_i64(50);
    course_add(&course, &now);
    ck_assert_int_eq(course.needed_most.value, 150);
}

/* ---- growth ---- */

/* A generator of the test's own, so that its numbers are the same everywhere (Marsaglia, 2003). */
static uint64_t state;

static double noise(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / 9007199254740992.0 - 0.5;
}

/* Two minutes at a reading a second. */
static struct standing after(double mib_per_hour, double noise_mib, double rests_after_s,
                             struct known_i64 limit) {
    struct watched_group group = {.limit_bytes = limit};
    state = 88172645463325252u;
    for (int second = 0; second < 120; second++) {
        double grown_s = second < rests_after_s ? second : rests_after_s;
        double mib = 100 + mib_per_hour * grown_s / 3600 + noise_mib * noise();
        add(&group, second, (int64_t)(mib * (double)MIB));
    }
    return judged(&group);
}

TEST(growth_is_told) {
    const struct known_i64 limit = known_i64(200 * MIB);
    struct standing standing = after(360, 0.05, 1e9, limit);
    ck_assert_int_eq(standing.growth, STANDING_GROWING);
    ROW(fabs(standing.bytes_per_hour.value / (double)MIB - 360) < 5, "%g", standing.bytes_per_hour.value);
    ROW(standing.low.value <= standing.bytes_per_hour.value &&
            standing.high.value >= standing.bytes_per_hour.value,
        "%g %g", standing.low.value, standing.high.value);
    /* It is at 111.9 MiB by then: 88.1 MiB at 0.1 MiB/s. */
    ROW(fabs(standing.exhausted_after_s.value - 881) < 20, "%g", standing.exhausted_after_s.value);

    standing = after(360, 0.05, 1e9, UNKNOWN_I64);
    ck_assert_int_eq(standing.growth, STANDING_GROWING);
    ck_assert(!standing.exhausted_after_s.known);
    ck_assert(!standing.headroom_bytes.known && !standing.headroom_of);
}

TEST(what_does_not_grow_is_flat) {
    struct standing standing = after(0, 0, 1e9, known_i64(200 * MIB));
    ck_assert_int_eq(standing.growth, STANDING_FLAT);
    ck_assert(!standing.bytes_per_hour.known && !standing.exhausted_after_s.known);
    ck_assert_int_eq(after(0, 4, 1e9, UNKNOWN_I64).growth, STANDING_FLAT);
    ck_assert_int_eq(after(-360, 0.05, 1e9, UNKNOWN_I64).growth, STANDING_FLAT);
    /* 0.9 MiB in an hour is no leak, were it seen for ever. */
    ck_assert_int_eq(after(0.9, 0, 1e9, UNKNOWN_I64).growth, STANDING_FLAT);
}

TEST(what_has_come_to_rest_does_not_run_out) {
    struct standing standing = after(3600, 0.05, 60, known_i64(200 * MIB));
    ck_assert_int_ne(standing.growth, STANDING_GROWING);
    ck_assert(!standing.exhausted_after_s.known);
}

TEST(too_little_says_nothing) {
    struct watched_group group = {0};
    for (int second = 0; second < 10; second++)
        add(&group, second, (100 + second) * MIB);
    struct standing standing = judged(&group);
    ck_assert_int_eq(standing.growth, STANDING_UNKNOWN);
    ck_assert(!standing.bytes_per_hour.known);
    ck_assert(!standing.request_bytes.known && !standing.limit_bytes.known);
}

/* ---- room ---- */

TEST(the_tightest_limit_counts) {
    struct watched_group above = {.path = (char[]){"/pod"}, .limit_bytes = known_i64(150 * MIB)};
    struct watched_group between = {.above = &above};
    struct watched_group group = {.above = &between, .limit_bytes = known_i64(100 * MIB)};
    struct standing standing = {0};
    add(&above, 0, 140 * MIB);
    add(&between, 0, 140 * MIB);
    add(&group, 0, 60 * MIB);
    standing_take_stock(&plain, &group, &standing);
    ck_assert_int_eq(standing.headroom_bytes.value, 10 * MIB);
    ck_assert_ptr_eq(standing.headroom_of, &above);

    add(&above, 1, 70 * MIB);
    standing_take_stock(&plain, &group, &standing);
    ck_assert_int_eq(standing.headroom_bytes.value, 40 * MIB);
    ck_assert_ptr_eq(standing.headroom_of, &group);

    add(&group, 2, 110 * MIB); /* on v2 a limit may be set below what is used */
    standing_take_stock(&plain, &group, &standing);
    ck_assert_int_eq(standing.headroom_bytes.value, 0);
}

/* ---- advice ---- */

/* After a minute of at most these. */
static struct standing advised(struct watched_group group, const struct standing_config *config,
                               int64_t cache) {
    struct standing standing = {0};
    for (int second = 0; second <= 60; second++) {
        group.now.time_ns = second * NS_PER_S;
        group.now.anon = known_i64((second == 30 ? 100 : 80) * MIB);
        group.now.usage = known_i64(group.now.anon.value + cache);
        group.now.inactive_file = known_i64(0);
        course_add(&group.course, &group.now);
    }
    standing_take_stock(config, &group, &standing);
    return standing;
}

TEST(request_and_limit) {
    const struct standing_config tight = {.headroom_ratio = known_f64(1.0)};
    const struct standing_config guaranteed = {.guaranteed = true};
    struct watched_group group = {.first_oom_kills = known_i64(2), .oom_kills = known_i64(2)};
    struct standing standing = advised(group, &plain, 20 * MIB);
    ck_assert_int_eq(standing.request_bytes.value, 120 * MIB);
    ck_assert_int_eq(standing.limit_bytes.value, 240 * MIB);

    /* No less than the need with a margin. */
    standing = advised(group, &tight, 0);
    ck_assert_int_eq(standing.request_bytes.value, 100 * MIB);
    ck_assert_int_eq(standing.limit_bytes.value, 120 * MIB);

    standing = advised(group, &guaranteed, 20 * MIB);
    ck_assert_int_eq(standing.request_bytes.value, 240 * MIB);

    /* It needed more before. */
    group.now.total_peak = known_i64(500 * MIB);
    ck_assert_int_eq(advised(group, &plain, 0).limit_bytes.value, 500 * MIB);
    group.earlier_limit_hits = known_i64(3); /* or its page cache just filled what there was */
    ck_assert_int_eq(advised(group, &plain, 0).limit_bytes.value, 200 * MIB);

    /* Killed at its limit: it needs more than that. */
    group.limit_bytes = known_i64(150 * MIB);
    group.oom_kills = known_i64(3);
    ck_assert_int_eq(advised(group, &plain, 0).limit_bytes.value, 300 * MIB);
}

/* ---- order ---- */

TEST(rows_are_sorted) {
    struct watched_group groups[] = {
        {.path = (char[]){"/a"},
         .name = (char[]){"beta"},
         .now.usage = known_i64(5),
         .oom_kills = known_i64(0),
         .limit_bytes = known_i64(100)},
        {.path = (char[]){"/b"},
         .name = (char[]){"Alpha"},
         .now.usage = known_i64(9),
         .oom_kills = known_i64(4)},
        {.path = (char[]){"/c"},
         .name = (char[]){"gamma"},
         .now.usage = known_i64(7),
         .oom_kills = known_i64(0),
         .limit_bytes = known_i64(100)},
        {.path = (char[]){"/d"},
         .name = (char[]){"delta"},
         .now.usage = UNKNOWN_I64,
         .oom_kills = UNKNOWN_I64},
    };
    const struct {
        enum row_order order;
        bool reversed;
        const char *paths;
    } rows[] = {
        {ORDER_NAME, false, "/b/a/d/c"},     {ORDER_NAME, true, "/c/d/a/b"},
        {ORDER_USED, false, "/b/c/a/d"},     {ORDER_USED, true, "/d/a/c/b"},
        {ORDER_OOM, false, "/b/c/a/d"},      {ORDER_LIMIT, false, "/c/a/b/d"},
        {ORDER_HEADROOM, false, "/c/a/b/d"}, {ORDER_LEFT, false, "/a/b/c/d"},
        {ORDER_STALL, false, "/b/c/a/d"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_row list[4] = {0};
        struct strbuf got = {0};
        for (int g = 0; g < 4; g++)
            list[g].group = &groups[g];
        list[0].standing = (struct standing){
            .headroom_bytes = known_i64(40), .headroom_of = &groups[0], .exhausted_after_s = known_f64(10)};
        list[1].standing.exhausted_after_s = known_f64(20);
        list[2].standing = (struct standing){.headroom_bytes = known_i64(20), .headroom_of = &groups[2]};
        rows_sort(list, 4, rows[i].order, rows[i].reversed);
        for (int g = 0; g < 4; g++)
            strbuf_add(&got, list[g].group->path);
        ROW_TEXT(got.text, rows[i].paths, row_order_name(rows[i].order));
        strbuf_free(&got);
    }
}

/* A pod with two containers and one that is gone; each group tells of the kills below it too. */
TEST(kills_are_laid_to_the_group_they_were_in) {
    struct watched_group pod = {.first_oom_kills = known_i64(10), .oom_kills = known_i64(16)};
    struct watched_group web = {.above = &pod, .first_oom_kills = known_i64(0), .oom_kills = known_i64(3)};
    struct watched_group inner = {.above = &web, .first_oom_kills = known_i64(0), .oom_kills = known_i64(3)};
    struct watched_group side = {.above = &pod, .first_oom_kills = known_i64(7), .oom_kills = known_i64(9)};
    struct watched_group blind = {.above = &pod};
    struct watched_group *groups[] = {&pod, &web, &inner, &side, &blind};
    const struct {
        const struct watched_group *group;
        int64_t kills;
    } rows[] = {{&pod, 1}, {&web, 0}, {&inner, 3}, {&side, 2}, {&blind, 0}};
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(standing_own_kills(groups, COUNT(groups), rows[i].group) == rows[i].kills, "%zu: %lld", i,
            (long long)standing_own_kills(groups, COUNT(groups), rows[i].group));
    /* Not all are read at the same time: one below may be ahead. */
    side.oom_kills = known_i64(20);
    ck_assert_int_eq(standing_own_kills(groups, COUNT(groups), &pod), 0);
}

TEST(orders_have_names) {
    for (int order = 0; order < ORDER_COUNT; order++) {
        enum row_order found;
        ROW(row_order_from_name(row_order_name((enum row_order)order), &found) &&
                found == (enum row_order)order,
            "%d", order);
    }
    static const struct {
        const char *name;
        enum row_order order;
    } heads[] = {{"wset", ORDER_WORKING_SET}, {"Room", ORDER_HEADROOM}, {"GROW", ORDER_GROWTH},
                 {"grow/h", ORDER_GROWTH},    {"REQ*", ORDER_REQUEST},  {"lim", ORDER_ADVISED_LIMIT},
                 {"Limit", ORDER_LIMIT},      {"OOM", ORDER_OOM},       {"Working-Set", ORDER_WORKING_SET}};
    for (size_t i = 0; i < COUNT(heads); i++) {
        enum row_order found;
        ROW(row_order_from_name(heads[i].name, &found) && found == heads[i].order, "%s", heads[i].name);
    }
    enum row_order untouched = ORDER_OOM;
    ck_assert(!row_order_from_name("", &untouched) && !row_order_from_name("LIMI", &untouched));
    ck_assert(!row_order_from_name("size", &untouched) && untouched == ORDER_OOM);
}

TEST(filters) {
    struct watched_group group = {
        .path = (char[]){"/system.slice/nginx.service"}, .name = (char[]){"nginx"}, .kind = WATCHED_UNIT};
    ck_assert(row_matches(&group, "NGINX") && row_matches(&group, "slice") && row_matches(&group, "unit"));
    ck_assert(!row_matches(&group, "docker"));
}

UNIT_MAIN("standing", a_point_is_the_least_of_its_step, it_never_outgrows_its_room,
          what_is_not_known_makes_no_point, swapped_out_memory_is_needed_too, growth_is_told,
          what_does_not_grow_is_flat, what_has_come_to_rest_does_not_run_out, too_little_says_nothing,
          the_tightest_limit_counts, request_and_limit, rows_are_sorted,
          kills_are_laid_to_the_group_they_were_in, orders_have_names, filters)
