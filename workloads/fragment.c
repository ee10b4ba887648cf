/* fragment: frees most of what it allocated, and gives nothing back. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/clock.h"
#include "noise.h"
#include "ramp.h"
#include "shape.h"

/* Objects that go are of 24 to 1024 bytes: a dozen to a page. */
#define LEAST_OBJECT_BYTES 24
#define MOST_OBJECT_BYTES  1024

/* Where the heap lies is left to chance by the kernel, and what it costs to grow with it: measured on
 * Linux 6.18, between one page too many and three too few. */
#define HEAP_SLACK_PAGES 2

/* What stays must leave room for others in its page. */
#define LEAST_PIN_BYTES 16
#define LIVE_DIVISOR    4

static struct {
    int64_t size_bytes;
    int64_t live_bytes;
    int64_t over_ns;
    int64_t hold_ns;
} want = {.live_bytes = -1};

static const struct option_spec options[] = {
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "64Mi",
     .meaning = "total at the peak, and from then on"},
    {.name = "--live",
     .kind = OPTION_BYTES,
     .number = &want.live_bytes,
     .meaning = "what stays allocated (default: a sixteenth of --size)"},
    {.name = "--over",
     .kind = OPTION_DURATION,
     .number = &want.over_ns,
     .fallback = "200ms",
     .meaning = "time in which the objects appear"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "1s",
     .meaning = "how long to stay once most are freed"},
    NOISE_OPTIONS,
};

/* The heap as it grows: whole pages, all of them written to. */
static struct {
    uintptr_t start; /* the end of the pages that it had before */
    uintptr_t end;   /* of those that have been written to */
    struct object *freeable;
    uint64_t chance;
    int64_t pins;
} heap;

struct object {
    struct object *next;
};

static int plan(struct truth *truth, struct error *error) {
    int64_t own = 0;
    int code = account_require("--size", want.size_bytes, 64 * KIB, error);
    if (code == 0)
        code = account_own(&own, error);
    if (code < 0)
        return code;
    want.live_bytes = want.live_bytes < 0 ? want.size_bytes / 16 : want.live_bytes;
    int64_t pages = account_payload(want.size_bytes - own, MEMORY_ANON) / memory_page_bytes();
    int64_t least = pages * LEAST_PIN_BYTES;
    int64_t most = pages * memory_page_bytes() / LIVE_DIVISOR;
    if (want.live_bytes < least || want.live_bytes > most)
        return error_plain(error, -EINVAL, "--live %s: with this --size it must be from %s to %s",
                           quantity_text(want.live_bytes).s, bytes_text(least).s, bytes_text(most).s);
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.over_ns + want.hold_ns;
    truth_add(truth, "rate_bytes_per_s", 0);
    truth_add(truth, "live_bytes", want.live_bytes);
    truth_add_seconds(truth, "growth_s", want.over_ns);
    noise_plan(truth);
    return 0;
}

/* Writes all of it, and counts the page that the allocator writes to behind it: the size of what is left. */
static void *allocate(int64_t bytes, struct error *error) {
    char *object = malloc((size_t)bytes);
    if (!object) {
        error_plain(error, -ENOMEM, "malloc refused %s", bytes_text(bytes).s);
        return NULL;
    }
    size_t usable = malloc_usable_size(object);
    memset(object, 'f', usable);
    uintptr_t last = (uintptr_t)object + usable + sizeof(size_t) - 1;
    uintptr_t page = (uintptr_t)memory_page_bytes();
    if (last >= heap.end)
        heap.end = (last / page + 1) * page;
    return object;
}

/* How much more the heap can grow so that its pages and their tables fit into the room. It does not begin at
 * the boundary of a table, so that it may need one less than a mapping of its own. */
static int64_t heap_payload(int64_t room) {
    uintptr_t span = (uintptr_t)memory_table_span();
    int64_t payload = memory_page_floor(room);
    int64_t tables;
    do {
        payload -= memory_page_bytes();
        tables = (int64_t)((heap.start + (uintptr_t)payload - 1) / span - (heap.start - 1) / span);
    } while (payload > 0 && payload + tables * memory_page_bytes() > room);
    return payload;
}

/* Knuth's MMIX constants. */
static int64_t next_object_bytes(void) {
    heap.chance = heap.chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return LEAST_OBJECT_BYTES + (int64_t)((heap.chance >> 33) % (MOST_OBJECT_BYTES - LEAST_OBJECT_BYTES + 1));
}

static bool wants_pin(void) {
    return heap.pins < (int64_t)(heap.end - heap.start) / memory_page_bytes();
}

/* One more object. The first after each new page stays for good and holds that page; the sizes of those add
 * up to what shall stay alive. */
static int add_object(int64_t pages, struct error *error) {
    if (wants_pin()) {
        int64_t index = heap.pins++;
        int64_t bytes = want.live_bytes * (index + 1) / pages - want.live_bytes * index / pages;
        return allocate(bytes, error) ? 0 : -ENOMEM;
    }
    struct object *object = allocate(next_object_bytes(), error);
    if (!object)
        return -ENOMEM;
    object->next = heap.freeable;
    heap.freeable = object;
    return 0;
}

static int grow(int64_t pages, struct error *error) {
    int64_t steps = ramp_steps(want.over_ns, pages * memory_page_bytes());
    int64_t start = clock_now_ns();
    int code = 0;
    for (int64_t step = 1; step <= steps; step++) {
        uintptr_t until = heap.start + (uintptr_t)(pages * step / steps * memory_page_bytes());
        noise_until(start + (int64_t)((double)want.over_ns * (double)step / (double)steps));
        while ((heap.end < until || wants_pin()) && code == 0)
            code = add_object(pages, error);
    }
    return code;
}

static void free_most(void) {
    while (heap.freeable) {
        struct object *object = heap.freeable;
        heap.freeable = object->next;
        free(object);
    }
    /* Even asked for it, the allocator has no page to give back. */
    (void)malloc_trim(0);
}

static int perform(struct error *error) {
    int64_t own = 0;
    /* Were larger ones mapped by themselves, they could be given back. */
    (void)mallopt(M_MMAP_THRESHOLD, (int)MIB);
    int code = noise_start(error);
    void *first = code == 0 ? allocate(MOST_OBJECT_BYTES, error) : NULL;
    if (code == 0 && !first)
        code = -ENOMEM;
    if (code == 0)
        code = account_own(&own, error);
    if (code < 0)
        return code;
    heap.start = heap.end;
    free(first);
    int64_t slack = HEAP_SLACK_PAGES * memory_page_bytes();
    int64_t payload = heap_payload(want.size_bytes + noise_charge() - own - slack);
    code = grow(payload / memory_page_bytes(), error);
    if (code < 0)
        return code;
    noise_crest();
    free_most();
    noise_for(want.hold_ns);
    return 0;
}

const struct shape shape_fragment = {
    .name = "fragment",
    .summary = "frees most of many small objects, whose pages it cannot give back",
    .details =
        "Allocates objects of 24 to 1024 bytes from the C library's heap over --over, until the total is\n"
        "--size; then frees all but one of each page, --live altogether, and stays for --hold. The heap\n"
        "stays as large as it was: live_bytes is what the program could name, peak_bytes what it needs.\n"
        "--noise comes on top.",
    .example = "fragment --size 64Mi --live 2Mi --over 500ms --hold 2s",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
