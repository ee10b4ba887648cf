/* shm: shared memory, charged as page cache that cannot be reclaimed. */
#include "account.h"
#include "idle.h"
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
};

static int plan(struct truth *truth, struct error *error) {
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.hold_ns;
    return account_require("--size", want.size_bytes, 0, error);
}

static int perform(struct error *error) {
    int64_t own = 0;
    struct region region = {0};
    int code = account_own(&own, error);
    if (code == 0)
        code =
            memory_map(&region, account_payload(want.size_bytes - own, MEMORY_SHARED), MEMORY_SHARED, error);
    if (code < 0)
        return code;
    memory_touch(&region, 0, region.bytes);
    idle_for(want.hold_ns);
    return 0;
}

const struct shape shape_shm = {
    .name = "shm",
    .summary = "shared memory (MAP_SHARED), which counts as shmem",
    .details =
        "Touches a shared anonymous mapping once, as fast as it can, and holds it for --hold. It has no\n"
        "name, so nothing is left behind, whatever ends the program. Touching comes on top of the duration.",
    .example = "shm --size 200Mi --hold 500ms",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
