/* leak: grows steadily and never gives back. */
#include <errno.h>

#include "account.h"
#include "base/clock.h"
#include "noise.h"
#include "ramp.h"
#include "shape.h"

static struct {
    int64_t start_bytes;
    int64_t size_bytes;
    int64_t rate_bytes_per_s;
    int64_t for_ns;
    int64_t steps;
    int64_t hold_ns;
} want = {.start_bytes = -1, .size_bytes = -1, .rate_bytes_per_s = -1, .for_ns = -1};

#define DEFAULT_SIZE_BYTES       (64 * MIB)
#define DEFAULT_RATE_BYTES_PER_S (128 * MIB)

static const struct option_spec options[] = {
    {.name = "--start",
     .kind = OPTION_BYTES,
     .number = &want.start_bytes,
     .meaning = "total at the beginning (default: the program itself)"},
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .meaning = "total at the end (default 64Mi, unless --for and --rate tell it)"},
    {.name = "--rate",
     .kind = OPTION_BYTES,
     .number = &want.rate_bytes_per_s,
     .least = 1,
     .meaning = "growth per second, page tables included (default 128Mi)"},
    {.name = "--for",
     .kind = OPTION_DURATION,
     .number = &want.for_ns,
     .least = NS_PER_MS,
     .meaning = "how long to grow, instead of --size or of --rate"},
    {.name = "--steps",
     .kind = OPTION_COUNT,
     .number = &want.steps,
     .fallback = "0",
     .most = 1000000000,
     .meaning = "steps of equal size to grow in; 0: one every 10ms"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "0s",
     .meaning = "how long to keep it at the end: a growth that stops is no leak"},
    NOISE_OPTIONS,
};

/* How long it takes to grow by that much. */
static int64_t growth_ns(int64_t bytes) {
    double ns = (double)bytes / (double)want.rate_bytes_per_s * (double)NS_PER_S;
    return ns < (double)(INT64_MAX / 2) ? (int64_t)ns : INT64_MAX / 2;
}

static int64_t step_count(int64_t growth, int64_t bytes) {
    return want.steps > 0 ? want.steps : ramp_steps(growth, bytes);
}

/* Size, rate and time: two of them tell the third. */
static int plan_size(int64_t start, struct error *error) {
    double seconds = (double)want.for_ns / (double)NS_PER_S;
    double most = (double)(MIB * GIB);
    double bytes = (double)want.rate_bytes_per_s * seconds;
    if (bytes < (double)memory_page_bytes())
        return error_plain(error, -EINVAL, "--for %s: too short: at --rate %s the first page comes after %s",
                           duration_text(want.for_ns).s, quantity_text(want.rate_bytes_per_s).s,
                           duration_text(growth_ns(memory_page_bytes())).s);
    if ((double)start + bytes > most)
        return error_plain(error, -EINVAL, "--for %s: too long: at --rate %s it would end above %s",
                           duration_text(want.for_ns).s, quantity_text(want.rate_bytes_per_s).s,
                           quantity_text((int64_t)most).s);
    want.size_bytes = start + (int64_t)bytes;
    return 0;
}

static int plan_rate(int64_t start, struct error *error) {
    double seconds = (double)want.for_ns / (double)NS_PER_S;
    want.rate_bytes_per_s = (int64_t)((double)(want.size_bytes - start) / seconds);
    if (want.rate_bytes_per_s < 1)
        return error_plain(error, -EINVAL, "--for %s: too long: that is less than a byte per second",
                           duration_text(want.for_ns).s);
    return 0;
}

/* Fills in what was not given; --size is checked against the start by then. */
static int plan_growth(int64_t start, struct error *error) {
    bool by_size = want.size_bytes >= 0 || want.for_ns < 0;
    if (want.size_bytes >= 0 && want.rate_bytes_per_s >= 0 && want.for_ns >= 0)
        return error_plain(error, -EINVAL, "--size, --rate and --for: give two of them; the third follows");
    if (want.rate_bytes_per_s < 0 && !(by_size && want.for_ns >= 0))
        want.rate_bytes_per_s = DEFAULT_RATE_BYTES_PER_S;
    if (!by_size)
        return plan_size(start, error);
    want.size_bytes = want.size_bytes < 0 ? DEFAULT_SIZE_BYTES : want.size_bytes;
    int code = account_require("--size", want.size_bytes, 0, error);
    if (code < 0)
        return code;
    if (want.size_bytes - start < memory_page_bytes())
        return error_plain(error, -EINVAL, "--size %s: no growth; it must be above --start, which is %s",
                           quantity_text(want.size_bytes).s, quantity_text(start).s);
    return want.for_ns >= 0 ? plan_rate(start, error) : 0;
}

static int plan(struct truth *truth, struct error *error) {
    int64_t own = 0;
    int code = account_own(&own, error);
    if (code == 0 && want.start_bytes >= 0)
        code = account_require("--start", want.start_bytes, 0, error);
    int64_t start = want.start_bytes >= 0 ? want.start_bytes : own;
    if (code == 0)
        code = plan_growth(start, error);
    if (code < 0)
        return code;
    int64_t bytes = want.size_bytes - start;
    int64_t growth = growth_ns(bytes);
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = growth + want.hold_ns;
    truth_add(truth, "rate_bytes_per_s", want.rate_bytes_per_s);
    truth_add(truth, "steps", step_count(growth, bytes));
    truth_add(truth, "start_bytes", start);
    truth_add_seconds(truth, "growth_s", growth);
    noise_plan(truth);
    return 0;
}

/* Every step is due at its own time, so that a late one does not slow the rate. */
static void grow(const struct region *region, int64_t from, int64_t room) {
    int64_t growth = growth_ns(room - from);
    int64_t steps = step_count(growth, room - from);
    int64_t touched = account_payload(from, MEMORY_ANON);
    memory_touch(region, 0, touched);
    int64_t start = clock_now_ns();
    for (int64_t step = 1; step <= steps; step++) {
        double part = (double)step / (double)steps;
        int64_t until = step == steps
                            ? region->bytes
                            : account_payload(from + (int64_t)((double)(room - from) * part), MEMORY_ANON);
        noise_until(start + (int64_t)((double)growth * part));
        memory_touch(region, touched, until);
        touched = until > touched ? until : touched;
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
    int64_t from = want.start_bytes > own ? want.start_bytes - own : 0;
    if (code == 0)
        code = memory_map(&region, account_payload(room, MEMORY_ANON), MEMORY_ANON, error);
    if (code < 0)
        return code;
    grow(&region, from, room);
    noise_crest();
    noise_for(want.hold_ns);
    return 0;
}

const struct shape shape_leak = {
    .name = "leak",
    .summary = "anonymous memory that grows at a steady rate",
    .details =
        "Grows from --start to --size at --rate, in --steps, and holds the whole for --hold. Of --size,\n"
        "--rate and --for two tell the third: any rate is possible, also a page in an hour. Each step\n"
        "touches its pages when it is due; the schedule does not drift. --noise comes on top.",
    .example = "leak --start 40Mi --rate 64Ki --for 1h",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
