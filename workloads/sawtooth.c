/* sawtooth: rises and falls back, as garbage does until its collector comes. */
#include <errno.h>

#include "account.h"
#include "base/clock.h"
#include "noise.h"
#include "ramp.h"
#include "shape.h"

static struct {
    int64_t base_bytes;
    int64_t size_bytes;
    int64_t leak_bytes;
    int64_t period_ns;
    int64_t count;
    int64_t for_ns;
} want = {.count = -1, .for_ns = -1};

#define DEFAULT_COUNT 5
#define MOST_TEETH    1000000

static const struct option_spec options[] = {
    {.name = "--base",
     .kind = OPTION_BYTES,
     .number = &want.base_bytes,
     .fallback = "40Mi",
     .meaning = "total after each fall"},
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "56Mi",
     .meaning = "total at the tip of the first tooth"},
    {.name = "--leak",
     .kind = OPTION_BYTES,
     .number = &want.leak_bytes,
     .fallback = "0",
     .meaning = "what each fall leaves behind: base and tips rise by it"},
    {.name = "--period",
     .kind = OPTION_DURATION,
     .number = &want.period_ns,
     .fallback = "200ms",
     .least = NS_PER_MS,
     .most = 3600 * NS_PER_S,
     .meaning = "from one fall to the next"},
    {.name = "--count",
     .kind = OPTION_COUNT,
     .number = &want.count,
     .least = 1,
     .most = MOST_TEETH,
     .meaning = "number of teeth (default 5)"},
    {.name = "--for",
     .kind = OPTION_DURATION,
     .number = &want.for_ns,
     .meaning = "as many teeth as fit into this, instead of --count"},
    NOISE_OPTIONS,
};

static int plan_count(struct error *error) {
    if (want.count >= 0 && want.for_ns >= 0)
        return error_plain(error, -EINVAL,
                           "--count and --for: give one of them; each follows from the other");
    if (want.for_ns < 0) {
        want.count = want.count < 0 ? DEFAULT_COUNT : want.count;
        return 0;
    }
    want.count = want.for_ns / want.period_ns;
    if (want.count < 1)
        return error_plain(error, -EINVAL, "--for %s: too short; at least one --period, which is %s",
                           duration_text(want.for_ns).s, duration_text(want.period_ns).s);
    if (want.count > MOST_TEETH)
        return error_plain(error, -EINVAL, "--for %s: too long; at most %d of --period, which is %s",
                           duration_text(want.for_ns).s, MOST_TEETH, duration_text(want.period_ns).s);
    return 0;
}

/* What the falls before the last tip have left. */
static int64_t leaked_bytes(int64_t falls) {
    return want.leak_bytes * falls;
}

static int plan(struct truth *truth, struct error *error) {
    int code = plan_count(error);
    if (code < 0)
        return code;
    if (want.size_bytes < want.base_bytes + account_charge(memory_page_bytes(), MEMORY_ANON))
        return error_plain(error, -EINVAL, "--size %s: no teeth; it must be above --base, which is %s",
                           quantity_text(want.size_bytes).s, quantity_text(want.base_bytes).s);
    if (want.leak_bytes > MIB * GIB / want.count)
        return error_plain(error, -EINVAL, "--leak %s: too much: %lld of them end above %s",
                           quantity_text(want.leak_bytes).s, (long long)want.count,
                           quantity_text(MIB * GIB).s);
    if (want.leak_bytes > want.size_bytes - want.base_bytes)
        return error_plain(error, -EINVAL, "--leak %s: more than a tooth; at most %s, --size less --base",
                           quantity_text(want.leak_bytes).s,
                           quantity_text(want.size_bytes - want.base_bytes).s);
    truth->peak_bytes = memory_page_floor(want.size_bytes + leaked_bytes(want.count - 1));
    truth->duration_ns = want.count * want.period_ns;
    truth_add(truth, "rate_bytes_per_s",
              (int64_t)((double)want.leak_bytes / (double)want.period_ns * (double)NS_PER_S));
    truth_add(truth, "base_bytes", memory_page_floor(want.base_bytes));
    truth_add(truth, "end_bytes", memory_page_floor(want.base_bytes + leaked_bytes(want.count)));
    truth_add(truth, "teeth", want.count);
    truth_add_seconds(truth, "period_s", want.period_ns);
    noise_plan(truth);
    return account_require("--base", want.base_bytes, 0, error);
}

/* Mapped anew each time, so that its page tables go with it. At its tip it stays for the last step. */
static int tooth(int64_t begin, struct error *error) {
    struct region region;
    int64_t room = want.size_bytes - want.base_bytes;
    int code = memory_map(&region, account_payload(room, MEMORY_ANON), MEMORY_ANON, error);
    if (code < 0)
        return code;
    int64_t steps = ramp_steps(want.period_ns, region.bytes);
    for (int64_t step = 1; step <= steps; step++) {
        int64_t until =
            step == steps ? region.bytes : (int64_t)((double)region.bytes * (double)step / (double)steps);
        noise_until(begin + (int64_t)((double)want.period_ns * (double)step / (double)(steps + 1)));
        memory_touch(&region, (int64_t)((double)region.bytes * (double)(step - 1) / (double)steps), until);
    }
    noise_crest();
    noise_until(begin + want.period_ns);
    memory_unmap(&region);
    return 0;
}

static int perform(struct error *error) {
    int64_t own = 0;
    struct region base = {0};
    int code = noise_start(error);
    if (code == 0)
        code = account_own(&own, error);
    int64_t room = want.base_bytes + noise_charge() - own;
    int64_t whole = account_payload(room + leaked_bytes(want.count), MEMORY_ANON);
    if (code == 0)
        code = memory_map(&base, whole, MEMORY_ANON, error);
    if (code < 0)
        return code;
    memory_touch(&base, 0, account_payload(room, MEMORY_ANON));
    int64_t start = clock_now_ns();
    for (int64_t i = 0; i < want.count && code == 0; i++) {
        code = tooth(start + i * want.period_ns, error);
        memory_touch(&base, account_payload(room + leaked_bytes(i), MEMORY_ANON),
                     account_payload(room + leaked_bytes(i + 1), MEMORY_ANON));
    }
    return code;
}

const struct shape shape_sawtooth = {
    .name = "sawtooth",
    .summary = "rises and falls back again and again, as garbage that is collected",
    .details =
        "Holds --base and rises from there to --size in the course of --period; then it gives that back,\n"
        "but for --leak, which stays: base and tips rise by it from tooth to tooth, and the peak is the "
        "last\n"
        "tip. --noise comes on top.",
    .example = "sawtooth --base 40Mi --size 56Mi --period 500ms --for 10s --leak 256Ki",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
