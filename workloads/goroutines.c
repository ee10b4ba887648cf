/* goroutines: thousands of small stacks in one process, each of them really run on. */
#include <errno.h>
#include <ucontext.h>

#include "account.h"
#include "base/clock.h"
#include "idle.h"
#include "shape.h"

#define DEFAULT_STACK_BYTES (8 * KIB)

/* What a new stack uses before it first doubles, as in Go since 1.4. */
#define FIRST_BYTES (2 * KIB)

/* The stacks appear in this many batches. */
#define BATCHES 20

/* One level of recursion touches this much; below the last level there is room for the frames of a switch. */
#define FRAME_BYTES   256
#define RESERVE_BYTES 512

static struct {
    int64_t count;
    int64_t stack_bytes;
    int64_t size_bytes;
    int64_t over_ns;
    int64_t hold_ns;
} want = {.stack_bytes = -1, .size_bytes = -1};

static const struct option_spec options[] = {
    {.name = "--count",
     .kind = OPTION_COUNT,
     .number = &want.count,
     .fallback = "5000",
     .least = 1,
     .most = 100000000,
     .meaning = "number of stacks"},
    {.name = "--stack",
     .kind = OPTION_BYTES,
     .number = &want.stack_bytes,
     .most = GIB,
     .meaning = "bytes of each stack at last, in steps of 16 (default 8Ki)"},
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .meaning = "total at the peak, instead of --stack"},
    {.name = "--over",
     .kind = OPTION_DURATION,
     .number = &want.over_ns,
     .fallback = "200ms",
     .meaning = "time in which the stacks appear"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "200ms",
     .meaning = "how long they stay blocked"},
};

/* Lies at the top of its own stack, so that it costs nothing beside it. */
struct coroutine {
    ucontext_t context;
    int64_t goal_bytes; /* how deep the stack shall be used, this struct included */
};

static struct {
    struct region region;
    ucontext_t scheduler;
    struct coroutine *current;
} arena;

static int64_t least_stack(void) {
    int64_t bytes = (int64_t)sizeof(struct coroutine) + (int64_t)2 * FRAME_BYTES + RESERVE_BYTES;
    return (bytes + 15) / 16 * 16;
}

/* With --size, the stacks share what is left after the program itself. */
static int plan_stack(int64_t own, struct error *error) {
    int64_t least = account_charge(want.count * least_stack(), MEMORY_ANON);
    if (want.size_bytes >= 0) {
        int code = account_require("--size", want.size_bytes, least, error);
        if (code == 0)
            want.stack_bytes = account_payload(want.size_bytes - own, MEMORY_ANON) / want.count / 16 * 16;
        return code;
    }
    want.stack_bytes = want.stack_bytes < 0 ? DEFAULT_STACK_BYTES : want.stack_bytes / 16 * 16;
    if (want.stack_bytes < least_stack())
        return error_plain(error, -EINVAL, "--stack %s: too small; the smallest size possible is %s",
                           quantity_text(want.stack_bytes).s, quantity_text(least_stack()).s);
    want.size_bytes = own + account_charge(want.count * want.stack_bytes, MEMORY_ANON);
    return 0;
}

static int plan(struct truth *truth, struct error *error) {
    int64_t own = 0;
    if (want.size_bytes >= 0 && want.stack_bytes >= 0)
        return error_plain(error, -EINVAL,
                           "--stack and --size: give one of them; each follows from the other");
    int code = account_own(&own, error);
    if (code == 0)
        code = plan_stack(own, error);
    if (code < 0)
        return code;
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.over_ns + want.hold_ns;
    truth_add(truth, "stacks", want.count);
    truth_add(truth, "stack_bytes", want.stack_bytes);
    truth_add_seconds(truth, "growth_s", want.over_ns);
    return 0;
}

/* Recurses until the stack is as deep as its goal, then yields from there for ever and goes deeper when the
 * goal has. The array is written again after the deeper call, so that no compiler makes a loop of it. */
static void sink(struct coroutine *self) {
    volatile char frame[FRAME_BYTES];
    do {
        frame[0] = 1;
        if ((const volatile char *)(self + 1) - frame < self->goal_bytes)
            sink(self);
        swapcontext(&self->context, &arena.scheduler);
        frame[FRAME_BYTES - 1] = 1;
    } while (self->goal_bytes > 0);
}

static void coroutine_main(void) {
    sink(arena.current);
}

static void resume(struct coroutine *coroutine) {
    arena.current = coroutine;
    swapcontext(&arena.scheduler, &coroutine->context);
}

static char *stack_bottom(int64_t index) {
    return arena.region.base + index * want.stack_bytes;
}

static struct coroutine *coroutine_at(int64_t index) {
    return (struct coroutine *)(void *)(stack_bottom(index) + want.stack_bytes) - 1;
}

static int64_t deepest_goal(void) {
    return want.stack_bytes - FRAME_BYTES - RESERVE_BYTES;
}

static void spawn(int64_t index) {
    struct coroutine *coroutine = coroutine_at(index);
    getcontext(&coroutine->context);
    coroutine->context.uc_stack.ss_sp = stack_bottom(index);
    coroutine->context.uc_stack.ss_size = (size_t)want.stack_bytes - sizeof *coroutine;
    coroutine->goal_bytes = FIRST_BYTES < deepest_goal() ? FIRST_BYTES : deepest_goal();
    makecontext(&coroutine->context, coroutine_main, 0);
    resume(coroutine);
}

/* Doubles those of the first `count` stacks that are not at their full depth; says whether one was left to
 * double. */
static int grow(int64_t count) {
    int grown = 0;
    for (int64_t i = 0; i < count; i++) {
        struct coroutine *coroutine = coroutine_at(i);
        if (coroutine->goal_bytes >= deepest_goal())
            continue;
        coroutine->goal_bytes *= 2;
        if (coroutine->goal_bytes > deepest_goal())
            coroutine->goal_bytes = deepest_goal();
        resume(coroutine);
        grown = 1;
    }
    return grown;
}

static void run_batches(void) {
    int64_t start = clock_now_ns();
    int64_t alive = 0;
    for (int64_t batch = 1; batch <= BATCHES; batch++) {
        (void)grow(alive);
        for (; alive < want.count * batch / BATCHES; alive++)
            spawn(alive);
        idle_until(start + want.over_ns / BATCHES * batch);
    }
    while (grow(alive))
        continue;
}

static int perform(struct error *error) {
    int64_t own = 0;
    int code = account_own(&own, error);
    if (code < 0)
        return code;
    int64_t stacks = want.count * want.stack_bytes;
    int64_t payload = account_payload(want.size_bytes - own, MEMORY_ANON);
    code = memory_map(&arena.region, payload > stacks ? payload : stacks, MEMORY_ANON, error);
    if (code < 0)
        return code;
    run_batches();
    /* What the division by the number of stacks left over. */
    memory_touch(&arena.region, stacks, arena.region.bytes);
    idle_for(want.hold_ns);
    return 0;
}

const struct shape shape_goroutines = {
    .name = "goroutines",
    .summary = "thousands of small stacks that double as they are used, and block",
    .details =
        "Starts --count coroutines on stacks of their own, a twentieth of them at a time, over --over. Each\n"
        "begins with 2Ki, is resumed and doubles until it has used --stack, then stays blocked for --hold. "
        "The\n"
        "peak is all the stacks and the program itself: with --size the stacks share what the program "
        "leaves.",
    .example = "goroutines --count 5000 --stack 16Ki --over 500ms",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
