/* Targets for scripts/bench-overhead.
 *
 *     target work       about a second of computing and of touching memory; prints how long it took, in
 *                       nanoseconds: wall time, its own CPU time
 *     target hold S     holds 100 MiB for S seconds, asleep
 *     target grow S     busy for S seconds, grows to 300 MiB page by page
 *     target tick S     only wakes up a thousand times a second; prints how often, and its CPU time: what no
 *                       sampler at 1 kHz can do without */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MIB        ((size_t)1 << 20)
#define PAGE_BYTES ((size_t)4096)

static long long now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static char *map(size_t bytes) {
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("target: mmap");
        exit(1);
    }
    madvise(memory, bytes, MADV_NOHUGEPAGE); /* else a touch may cost 2 MiB or 4 KiB, as luck has it */
    return memory;
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Page faults that are charged and given back, memory traffic that misses the caches, and arithmetic. */
static uint64_t work(void) {
    uint64_t sum = 1;
    size_t table_bytes = 64 * MIB;
    char *table = map(table_bytes);
    for (int round = 0; round < 12; round++) {
        char *fresh = map(64 * MIB);
        for (size_t at = 0; at < 64 * MIB; at += PAGE_BYTES)
            fresh[at] = (char)round;
        munmap(fresh, 64 * MIB);
        for (int i = 0; i < 1000000; i++)
            table[next_random(&sum) % table_bytes]++;
        for (int i = 0; i < 8000000; i++)
            next_random(&sum);
    }
    munmap(table, table_bytes);
    return sum;
}

static void hold(long seconds) {
    char *memory = map(100 * MIB);
    memset(memory, 1, 100 * MIB);
    struct timespec left = {.tv_sec = seconds};
    while (nanosleep(&left, &left) < 0)
        ;
}

static void grow(long seconds) {
    size_t pages = 300 * MIB / PAGE_BYTES;
    char *memory = map(pages * PAGE_BYTES);
    long long start_ns = now_ns(CLOCK_MONOTONIC);
    long long pace_ns = seconds * 1000000000LL / (long long)pages;
    for (size_t page = 0; page < pages; page++) {
        memory[page * PAGE_BYTES] = 1;
        while (now_ns(CLOCK_MONOTONIC) - start_ns < (long long)page * pace_ns)
            ;
    }
}

static void tick(long seconds) {
    long long next_ns = now_ns(CLOCK_MONOTONIC);
    long long end_ns = next_ns + seconds * 1000000000LL;
    long wakes = 0;
    for (; next_ns < end_ns; wakes++) {
        next_ns += 1000000;
        long long wait_ns = next_ns - now_ns(CLOCK_MONOTONIC);
        struct timespec wait = {.tv_nsec = wait_ns > 0 ? wait_ns : 0};
        ppoll(NULL, 0, &wait, NULL);
    }
    printf("%ld %lld\n", wakes, now_ns(CLOCK_PROCESS_CPUTIME_ID));
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    long seconds = argc > 2 ? atol(argv[2]) : 1;
    if (strcmp(what, "hold") == 0) {
        hold(seconds);
    } else if (strcmp(what, "grow") == 0) {
        grow(seconds);
    } else if (strcmp(what, "tick") == 0) {
        tick(seconds);
    } else if (strcmp(what, "work") == 0) {
        long long start_ns = now_ns(CLOCK_MONOTONIC);
        uint64_t sum = work();
        printf("%lld %lld %llx\n", now_ns(CLOCK_MONOTONIC) - start_ns, now_ns(CLOCK_PROCESS_CPUTIME_ID),
               (unsigned long long)sum);
    } else {
        fprintf(stderr, "usage: target work|hold|grow|tick [SECONDS]\n");
        return 2;
    }
    return 0;
}
