/* staircase: grows in steps, with rests between them. */
#include <errno.h>

#include "account.h"
#include "base/clock.h"
#include "noise.h"
#include "shape.h"

static struct {
    int64_t start_bytes;
    int64_t step_bytes;
    int64_t every_ns;
    int64_t count;
} want;

static const struct option_spec options[] = {
    {.name = "--start",
     .kind = OPTION_BYTES,
     .number = &want.start_bytes,
     .fallback = "40Mi",
     .meaning = "total before the first step"},
    {.name = "--step",
     .kind = OPTION_BYTES,
     .number = &want.step_bytes,
     .fallback = "4Mi",
     .meaning = "height of a step, page tables included"},
    {.name = "--every",
     .kind = OPTION_DURATION,
     .number = &want.every_ns,
     .fallback = "200ms",
     .least = NS_PER_MS,
     .most = (int64_t)24 * 3600 * NS_PER_S,
     .meaning = "the rest before each step, and after the last"},
    {.name = "--count",
     .kind = OPTION_COUNT,
     .number = &want.count,
     .fallback = "4",
     .least = 1,
     .most = 100000,
     .meaning = "number of steps; 1: once, and no leak"},
    NOISE_OPTIONS,
};

static int64_t level_bytes(int64_t step) {
    return want.start_bytes + want.step_bytes * step;
}

static int plan(struct truth *truth, struct error *error) {
    if (want.step_bytes < memory_page_bytes())
        return error_plain(error, -EINVAL, "--step %s: no step; the smallest is a page, %s",
                           quantity_text(want.step_bytes).s, quantity_text(memory_page_bytes()).s);
    if (want.step_bytes > MIB * GIB / want.count)
        return error_plain(error, -EINVAL, "--step %s: too high: %lld of them end above %s",
                           quantity_text(want.step_bytes).s, (long long)want.count,
                           quantity_text(MIB * GIB).s);
    double rate = (double)want.step_bytes / (double)want.every_ns * (double)NS_PER_S;
    truth->peak_bytes = memory_page_floor(level_bytes(want.count));
    truth->duration_ns = want.every_ns * (want.count + 1);
    truth_add(truth, "rate_bytes_per_s", want.count > 1 ? (int64_t)rate : 0);
    truth_add(truth, "start_bytes", memory_page_floor(want.start_bytes));
    truth_add(truth, "steps", want.count);
    truth_add_seconds(truth, "every_s", want.every_ns);
    noise_plan(truth);
    return account_require("--start", want.start_bytes, 0, error);
}

static int perform(struct error *error) {
    int64_t own = 0;
    struct region region = {0};
    int code = noise_start(error);
    if (code == 0)
        code = account_own(&own, error);
    own -= noise_charge();
    int64_t whole = account_payload(level_bytes(want.count) - own, MEMORY_ANON);
    if (code == 0)
        code = memory_map(&region, whole, MEMORY_ANON, error);
    if (code < 0)
        return code;
    int64_t touched = 0;
    int64_t start = clock_now_ns();
    for (int64_t step = 0; step <= want.count; step++) {
        int64_t until = account_payload(level_bytes(step) - own, MEMORY_ANON);
        memory_touch(&region, touched, until);
        touched = until;
        noise_crest();
        noise_until(start + want.every_ns * (step + 1));
    }
    return 0;
}

const struct shape shape_staircase = {
    .name = "staircase",
    .summary = "grows in steps with rests between them",
    .details =
        "Rests at --start for --every, goes up by --step, rests again, and so on for --count steps. Several\n"
        "are a leak of --step in each --every; one alone is what a first use of something looks like, and\n"
        "its rate_bytes_per_s is 0. --noise comes on top.",
    .example = "staircase --start 40Mi --step 1Mi --every 2s --count 10",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
