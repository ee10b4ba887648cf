/* threads: one process whose memory is touched by many threads. */
#include <pthread.h>
#include <stdlib.h>

#include "account.h"
#include "base/units.h"
#include "idle.h"
#include "shape.h"

/* Mapped for each thread and hardly touched; far above PTHREAD_STACK_MIN, which knows nothing of the TLS. */
#define STACK_BYTES ((size_t)(64 * KIB))

static struct {
    int64_t size_bytes;
    int64_t threads;
    int64_t hold_ns;
} want;

static const struct option_spec options[] = {
    {.name = "--size",
     .kind = OPTION_BYTES,
     .number = &want.size_bytes,
     .fallback = "64Mi",
     .meaning = "total of all threads at the peak"},
    {.name = "--threads",
     .kind = OPTION_COUNT,
     .number = &want.threads,
     .fallback = "16",
     .least = 1,
     .most = 32768,
     .meaning = "threads beside the main thread"},
    {.name = "--hold",
     .kind = OPTION_DURATION,
     .number = &want.hold_ns,
     .fallback = "200ms",
     .meaning = "how long to keep it once all have touched their part"},
};

/* What the threads share. The region is mapped between the first two meetings. */
static struct {
    pthread_barrier_t created, mapped, touched, held;
    struct region region;
} team;

struct member {
    pthread_t thread;
    int64_t index;
};

static int plan(struct truth *truth, struct error *error) {
    truth->peak_bytes = memory_page_floor(want.size_bytes);
    truth->duration_ns = want.hold_ns;
    truth_add(truth, "threads", want.threads);
    return account_require("--size", want.size_bytes, want.threads * account_thread_estimate(), error);
}

static int64_t part_begin(int64_t index) {
    int64_t pages = team.region.bytes / memory_page_bytes();
    return (int64_t)((__int128)pages * index / want.threads) * memory_page_bytes();
}

static void *member_main(void *argument) {
    const struct member *member = argument;
    pthread_barrier_wait(&team.created);
    pthread_barrier_wait(&team.mapped);
    memory_touch(&team.region, part_begin(member->index), part_begin(member->index + 1));
    pthread_barrier_wait(&team.touched);
    pthread_barrier_wait(&team.held);
    return NULL;
}

static void team_init(void) {
    unsigned int parties = (unsigned int)want.threads + 1;
    pthread_barrier_t *const meetings[] = {&team.created, &team.mapped, &team.touched, &team.held};
    for (size_t i = 0; i < COUNT(meetings); i++)
        pthread_barrier_init(meetings[i], NULL, parties);
}

/* Where one cannot be created, main() returns and ends those that wait already. */
static int create_members(struct member *members, struct error *error) {
    pthread_attr_t attributes;
    int code = -pthread_attr_init(&attributes);
    if (code == 0)
        code = -pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (int64_t i = 0; i < want.threads && code == 0; i++) {
        members[i].index = i;
        code = -pthread_create(&members[i].thread, &attributes, member_main, &members[i]);
        if (code < 0)
            return error_system(error, code, "create thread %lld of %lld", (long long)i + 1,
                                (long long)want.threads);
    }
    return code < 0 ? error_system(error, code, "set a thread's stack size") : 0;
}

/* The stacks that the threads use by now are among the program's own pages: only what the kernel holds is
 * added. */
static int map_payload(struct error *error) {
    int64_t own = 0;
    int code = account_own(&own, error);
    if (code < 0)
        return code;
    int64_t room = want.size_bytes - own - want.threads * account_thread_bytes();
    return memory_map(&team.region, account_payload(room, MEMORY_ANON), MEMORY_ANON, error);
}

static int perform(struct error *error) {
    struct member *members = calloc((size_t)want.threads, sizeof *members);
    if (!members)
        return error_plain(error, -1, "no memory for %lld threads", (long long)want.threads);
    team_init();
    int code = create_members(members, error);
    if (code < 0)
        return code;
    pthread_barrier_wait(&team.created);
    code = map_payload(error);
    if (code < 0)
        return code;
    pthread_barrier_wait(&team.mapped);
    pthread_barrier_wait(&team.touched);
    idle_for(want.hold_ns);
    pthread_barrier_wait(&team.held);
    for (int64_t i = 0; i < want.threads; i++)
        pthread_join(members[i].thread, NULL);
    free(members);
    return 0;
}

const struct shape shape_threads = {
    .name = "threads",
    .summary = "anonymous memory touched by many threads of one process",
    .details =
        "Creates --threads, each of which touches its part of the memory and keeps it until all have and\n"
        "--hold has passed. Their stacks, here and in the kernel, count towards --size. Touching comes on "
        "top\n"
        "of the duration.",
    .example = "threads --size 128Mi --threads 64",
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .perform = perform,
};
