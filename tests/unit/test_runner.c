/* model/runner: when a runner's own limit is worth a word. */
#include "model/runner.h"

#include "base/units.h"
#include "unit.h"

TEST(near_its_end_it_is_told) {
    static char what[] = "the limit of /sys/fs/cgroup";
    const struct runner_limit limit = {known_i64(7 * GIB), what};
    static const struct {
        int64_t taken; /* -1: not known */
        bool died;
        const char *says; /* NULL: nothing */
    } rows[] = {
        {7301444403, false,
         "this runner gives 7.00 GiB (the limit of /sys/fs/cgroup), and the target took 6.80 GiB"},
        {6764573492, false, /* nine tenths */
         "this runner gives 7.00 GiB (the limit of /sys/fs/cgroup), and the target took 6.30 GiB"},
        {6764573000, false, NULL},
        {1073741824, true,
         "this runner gives 7.00 GiB (the limit of /sys/fs/cgroup), and the target took 1.00 GiB"},
        {0, false, NULL},
        {-1, true, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct known_i64 taken = rows[i].taken < 0 ? UNKNOWN_I64 : known_i64(rows[i].taken);
        char *got = runner_limit_sentence(&limit, taken, rows[i].died);
        ROW(got ? rows[i].says && strcmp(got, rows[i].says) == 0 : !rows[i].says, "row %zu: %s", i,
            got ? got : "nothing");
        free(got);
    }
    ck_assert_ptr_null(runner_limit_sentence(&(struct runner_limit){0}, known_i64(5), true));
}
END_TEST

UNIT_MAIN("runner", near_its_end_it_is_told)
