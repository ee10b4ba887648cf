/* plateau: rises at once to its size and stays there. */
#include "account.h"
#include "noise.h"
#include "shape.h"

static struct {
    int64_t size_bytes;
    int64_t hold_ns;
} want;

static const struct option_spec options[] = {
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "64Mi",
     .meaning = "total at the peak"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "200ms",
     .meaning = "how long to keep it"},
    NOISE_OPTIONS,
};

static int plan(struct truth *truth, struct error *error) {
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.hold_ns;
    truth_add(truth, "rate_bytes_per_s", 0);
    noise_plan(truth);
    return account_require("--size", want.size_bytes, 0, error);
}

static int perform(struct error *error) {
    int64_t own = 0;
    struct region region = {0};
    int code = noise_start(error);
    if (code == 0)
        code = account_own(&own, error);
    int64_t room = want.size_bytes + noise_charge() - own;
    if (code == 0)
        code = memory_map(&region, account_payload(room, MEMORY_ANON), MEMORY_ANON, error);
    if (code < 0)
        return code;
    memory_touch(&region, 0, region.bytes);
    noise_crest();
    noise_for(want.hold_ns);
    return 0;
}

const struct shape shape_plateau = {
    .name = "plateau",
    .summary = "anonymous memory that rises at once and stays",
    .details =
        "Touches its memory once, as fast as it can, and holds it for --hold. Touching comes on top of the\n"
        "duration. --noise comes on top of --size.",
    .example = "plateau --size 200Mi --hold 500ms",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
