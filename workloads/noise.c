#include "noise.h"

#include "account.h"
#include "base/clock.h"
#include "idle.h"
#include "memory.h"

struct noise_want noise_want;

static struct {
    struct region region;
    int64_t start_ns;
    int64_t level; /* bytes that are touched now, from the beginning on */
    int64_t tick;  /* since when, in steps from the start */
} state;

/* The mixing function of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195): a number for
 * each step that needs no state, so that a step that came too late changes none of those after it. */
static uint64_t chance(uint64_t seed, uint64_t step) {
    uint64_t z = seed * 0xd1342543de82ef95ULL + step * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

int64_t noise_charge(void) {
    return noise_want.most_bytes ? account_charge(memory_page_ceil(noise_want.most_bytes), MEMORY_ANON) : 0;
}

void noise_plan(struct truth *truth) {
    truth->peak_bytes += noise_charge();
    if (noise_want.most_bytes)
        truth_add(truth, "noise_bytes", memory_page_ceil(noise_want.most_bytes));
}

static void set_level(int64_t bytes) {
    if (bytes > state.level)
        memory_touch(&state.region, state.level, bytes);
    else
        memory_release(&state.region, bytes, state.level);
    state.level = bytes;
}

static int64_t tick_now(void) {
    return (clock_now_ns() - state.start_ns) / noise_want.every_ns;
}

void noise_crest(void) {
    if (state.region.bytes == 0)
        return;
    set_level(state.region.bytes);
    state.tick = tick_now();
}

int noise_start(struct error *error) {
    int code = memory_map(&state.region, noise_want.most_bytes, MEMORY_ANON, error);
    if (code < 0)
        return code;
    state.start_ns = clock_now_ns();
    noise_crest();
    return 0;
}

/* All levels from none to all of its pages are equally likely. */
static int64_t level_of(int64_t tick) {
    uint64_t levels = (uint64_t)(state.region.bytes / memory_page_bytes()) + 1;
    return (int64_t)(chance((uint64_t)noise_want.seed, (uint64_t)tick) % levels) * memory_page_bytes();
}

/* Those that are past when it comes to them are left out. */
static void follow_ticks(void) {
    int64_t tick = tick_now();
    if (tick > state.tick)
        set_level(level_of(tick));
    state.tick = tick;
}

void noise_until(int64_t deadline_ns) {
    while (state.region.bytes > 0) {
        follow_ticks();
        int64_t next = state.start_ns + (state.tick + 1) * noise_want.every_ns;
        if (next >= deadline_ns)
            break;
        idle_until(next);
    }
    idle_until(deadline_ns);
}

void noise_for(int64_t ns) {
    int64_t now = clock_now_ns();
    noise_until(ns > INT64_MAX - now ? INT64_MAX : now + ns);
}
