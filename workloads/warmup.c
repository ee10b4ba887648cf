/* warmup: a cache that fills up to its bound and then stays. */
#include <errno.h>
#include <math.h>

#include "account.h"
#include "base/clock.h"
#include "noise.h"
#include "ramp.h"
#include "shape.h"

static struct {
    int64_t start_bytes;
    int64_t size_bytes;
    int64_t constant_ns;
    int64_t fill_ns;
    int64_t hold_ns;
} want = {.constant_ns = -1, .fill_ns = -1};

#define DEFAULT_CONSTANT_NS (200 * NS_PER_MS)

static const struct option_spec options[] = {
    {.name = "--start",
     .kind = OPTION_BYTES,
     .number = &want.start_bytes,
     .fallback = "16Mi",
     .meaning = "total while the cache is empty"},
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "64Mi",
     .meaning = "total once it is full"},
    {.name = "--time-constant",
     .kind = OPTION_DURATION,
     .number = &want.constant_ns,
     .least = NS_PER_MS,
     .meaning = "in each of these, 63 % of what is missing comes (default 200ms)"},
    {.name = "--fill-for",
     .kind = OPTION_DURATION,
     .number = &want.fill_ns,
     .least = NS_PER_MS,
     .meaning = "time to fill at a steady rate, instead of --time-constant"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "1s",
     .meaning = "how long to stay once it is full"},
    NOISE_OPTIONS,
};

/* An exponential never comes to its end: it is full when less than a page is missing. */
static int64_t plan_fill_ns(int64_t room) {
    if (want.fill_ns >= 0)
        return want.fill_ns;
    double pages = (double)room / (double)memory_page_bytes();
    return (int64_t)((double)want.constant_ns * log(pages > 2 ? pages : 2));
}

/* What part of the cache is filled by then. */
static double filled(int64_t elapsed_ns, int64_t fill_ns) {
    if (want.fill_ns >= 0)
        return (double)elapsed_ns / (double)fill_ns;
    return 1 - exp(-(double)elapsed_ns / (double)want.constant_ns);
}

static int plan(struct truth *truth, struct error *error) {
    if (want.constant_ns >= 0 && want.fill_ns >= 0)
        return error_plain(error, -EINVAL,
                           "--time-constant and --fill-for: give one of them: it fills ever more slowly or "
                           "at a steady rate");
    want.constant_ns = want.constant_ns < 0 ? DEFAULT_CONSTANT_NS : want.constant_ns;
    if (want.size_bytes < want.start_bytes + account_charge(memory_page_bytes(), MEMORY_ANON))
        return error_plain(error, -EINVAL, "--size %s: no cache; it must be above --start, which is %s",
                           quantity_text(want.size_bytes).s, quantity_text(want.start_bytes).s);
    int64_t fill_ns = plan_fill_ns(want.size_bytes - want.start_bytes);
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = fill_ns + want.hold_ns;
    truth_add(truth, "rate_bytes_per_s", 0);
    truth_add(truth, "start_bytes", memory_page_floor(want.start_bytes));
    truth_add_seconds(truth, "fill_s", fill_ns);
    noise_plan(truth);
    return account_require("--start", want.start_bytes, 0, error);
}

static void fill(const struct region *region, int64_t from, int64_t room) {
    int64_t fill_ns = plan_fill_ns(room - from);
    /* The beginning of an exponential is steep: by time alone, whatever the pages. */
    int64_t steps = ramp_steps(fill_ns, INT64_MAX);
    int64_t touched = account_payload(from, MEMORY_ANON);
    memory_touch(region, 0, touched);
    int64_t start = clock_now_ns();
    for (int64_t step = 1; step <= steps; step++) {
        int64_t elapsed = (int64_t)((double)fill_ns * (double)step / (double)steps);
        int64_t level = from + (int64_t)((double)(room - from) * filled(elapsed, fill_ns));
        int64_t until = step == steps ? region->bytes : account_payload(level, MEMORY_ANON);
        noise_until(start + elapsed);
        memory_touch(region, touched, until);
        touched = until;
    }
}

static int perform(struct error *error) {
    int64_t own = 0;
    struct region region = {0};
    int code = noise_start(error);
    if (code == 0)
        code = account_own(&own, error);
    own -= noise_charge();
    int64_t room = want.size_bytes - own;
    if (code == 0)
        code = memory_map(&region, account_payload(room, MEMORY_ANON), MEMORY_ANON, error);
    if (code < 0)
        return code;
    fill(&region, want.start_bytes - own, room);
    noise_crest();
    noise_for(want.hold_ns);
    return 0;
}

const struct shape shape_warmup = {
    .name = "warmup",
    .summary = "a cache that fills up to its bound, then stays",
    .details =
        "Rises from --start to --size, ever more slowly by --time-constant or steadily in --fill-for, and\n"
        "stays there for --hold: no leak, however it looks while it fills. By its time constant it is full\n"
        "when less than a page is missing, after fill_s. --noise comes on top.",
    .example = "warmup --start 16Mi --size 64Mi --time-constant 500ms --hold 10s",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
