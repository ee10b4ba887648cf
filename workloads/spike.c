/* spike: a low plateau with short peaks that a slow sampler misses. */
#include <errno.h>

#include "account.h"
#include "base/clock.h"
#include "idle.h"
#include "shape.h"

static struct {
    int64_t base_bytes;
    int64_t size_bytes;
    int64_t width_ns;
    int64_t count;
    int64_t every_ns;
} want;

static const struct option_spec options[] = {
    {.name = "--base",
     .kind = OPTION_BYTES,
     .number = &want.base_bytes,
     .fallback = "40Mi",
     .meaning = "total between the spikes"},
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "56Mi",
     .meaning = "total at the peak"},
    {.name = "--width",
     .kind = OPTION_DURATION,
     .number = &want.width_ns,
     .fallback = "5ms",
     .meaning = "from the beginning of a spike to its end"},
    {.name = "--count",
     .kind = OPTION_COUNT,
     .number = &want.count,
     .fallback = "3",
     .least = 1,
     .most = 1000000,
     .meaning = "number of spikes"},
    {.name = "--every",
     .kind = OPTION_DURATION,
     .number = &want.every_ns,
     .fallback = "100ms",
     .most = 3600 * NS_PER_S,
     .meaning = "from one spike to the next"},
};

static int plan(struct truth *truth, struct error *error) {
    struct short_text base = quantity_text(want.base_bytes);
    if (want.width_ns > want.every_ns / 2)
        return error_plain(error, -EINVAL, "--width %s: too wide; at most half of --every, which is %s",
                           duration_text(want.width_ns).s, duration_text(want.every_ns).s);
    if (want.size_bytes < want.base_bytes + account_charge(memory_page_bytes(), MEMORY_ANON))
        return error_plain(error, -EINVAL, "--size %s: no spike; it must be above --base, which is %s",
                           quantity_text(want.size_bytes).s, base.s);
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.count * want.every_ns;
    truth_add(truth, "base_bytes", memory_page_floor(want.base_bytes));
    truth_add(truth, "spikes", want.count);
    truth_add_seconds(truth, "spike_s", want.width_ns);
    truth_add_seconds(truth, "every_s", want.every_ns);
    return account_require("--base", want.base_bytes, 0, error);
}

/* Mapped anew each time, so that its page tables go with it. */
static int spike(int64_t begin, struct error *error) {
    struct region peak;
    int64_t payload = account_payload(want.size_bytes - want.base_bytes, MEMORY_ANON);
    int code = memory_map(&peak, payload, MEMORY_ANON, error);
    if (code < 0)
        return code;
    idle_until(begin);
    memory_touch(&peak, 0, peak.bytes);
    idle_until(begin + want.width_ns);
    memory_unmap(&peak);
    return 0;
}

static int perform(struct error *error) {
    int64_t own = 0;
    struct region base = {0};
    int code = account_own(&own, error);
    if (code == 0)
        code = memory_map(&base, account_payload(want.base_bytes - own, MEMORY_ANON), MEMORY_ANON, error);
    if (code < 0)
        return code;
    memory_touch(&base, 0, base.bytes);
    int64_t start = clock_now_ns();
    for (int64_t i = 0; i < want.count && code == 0; i++)
        code = spike(start + i * want.every_ns + want.every_ns / 2, error);
    idle_until(start + want.count * want.every_ns);
    return code;
}

const struct shape shape_spike = {
    .name = "spike",
    .summary = "a low plateau with peaks of a few milliseconds",
    .details =
        "Holds --base; once in every --every, in its middle, it rises to --size for --width and gives that\n"
        "back. The width counts from the first touched page. Where touching takes longer, the spike ends as\n"
        "soon as all is touched: 1Mi takes 0.1 to 0.5ms, so that 5ms are enough for some 20Mi.",
    .example = "spike --base 40Mi --size 56Mi --width 5ms --count 4 --every 100ms",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
