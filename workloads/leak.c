/* leak: grows steadily and never gives back. */
#include "account.h"
#include "base/clock.h"
#include "idle.h"
#include "shape.h"

/* Unless --steps says otherwise: fine enough to be a line, coarse enough to cost no CPU. */
#define STEP_NS (10 * NS_PER_MS)

static struct {
    int64_t size_bytes;
    int64_t rate_bytes_per_s;
    int64_t steps;
    int64_t hold_ns;
} want;

static const struct option_spec options[] = {
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "64Mi",
     .meaning = "total at the end"},
    {.name = "--rate",
     .kind = OPTION_BYTES,
     .number = &want.rate_bytes_per_s,
     .fallback = "128Mi",
     .least = 1,
     .meaning = "growth per second, page tables included"},
    {.name = "--steps",
     .kind = OPTION_COUNT,
     .number = &want.steps,
     .fallback = "0",
     .most = 1000000000,
     .meaning = "steps of equal size to grow in; 0: one every 10ms"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "200ms",
     .meaning = "how long to keep it at the end"},
};

/* How long it takes to grow by that much. */
static int64_t growth_ns(int64_t bytes) {
    double ns = (double)bytes / (double)want.rate_bytes_per_s * (double)NS_PER_S;
    return ns < (double)(INT64_MAX / 2) ? (int64_t)ns : INT64_MAX / 2;
}

static int64_t step_count(int64_t growth) {
    if (want.steps > 0)
        return want.steps;
    return growth > STEP_NS ? growth / STEP_NS : 1;
}

static int plan(struct truth *truth, struct error *error) {
    int64_t own = 0;
    int code = account_require("--size", want.size_bytes, 0, error);
    if (code == 0)
        code = account_own(&own, error);
    if (code < 0)
        return code;
    int64_t growth = growth_ns(want.size_bytes - own);
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = growth + want.hold_ns;
    truth_add(truth, "rate_bytes_per_s", want.rate_bytes_per_s);
    truth_add(truth, "steps", step_count(growth));
    truth_add(truth, "start_bytes", own);
    truth_add_seconds(truth, "growth_s", growth);
    return 0;
}

/* Every step is due at its own time, so that a late one does not slow the rate. */
static void grow(const struct region *region, int64_t room) {
    int64_t growth = growth_ns(room);
    int64_t steps = step_count(growth);
    int64_t start = clock_now_ns();
    int64_t touched = 0;
    for (int64_t step = 1; step <= steps; step++) {
        double part = (double)step / (double)steps;
        int64_t until =
            step == steps ? region->bytes : account_payload((int64_t)((double)room * part), MEMORY_ANON);
        idle_until(start + (int64_t)((double)growth * part));
        memory_touch(region, touched, until);
        touched = until;
    }
}

static int perform(struct error *error) {
    int64_t own = 0;
    struct region region = {0};
    int code = account_own(&own, error);
    int64_t room = want.size_bytes - own;
    if (code == 0)
        code = memory_map(&region, account_payload(room, MEMORY_ANON), MEMORY_ANON, error);
    if (code < 0)
        return code;
    grow(&region, room);
    idle_for(want.hold_ns);
    return 0;
}

const struct shape shape_leak = {
    .name = "leak",
    .summary = "anonymous memory that grows at a steady rate",
    .details =
        "Grows from its own few hundred Ki (start_bytes) to --size at --rate, in --steps, and holds the\n"
        "whole for --hold. Each step touches its pages when it is due; the schedule does not drift.",
    .example = "leak --size 200Mi --rate 400Mi --hold 500ms",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
