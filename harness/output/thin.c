#include "output/thin.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* Samples are rarely closer than this. */
#define FIRST_WIDTH_NS NS_PER_MS

const char *thin_quantity_name(enum thin_quantity quantity) {
    static const char *const names[THIN_QUANTITIES] = {
        [THIN_USAGE] = "usage_bytes",
        [THIN_WINDOW_PEAK] = "window_peak_bytes",
        [THIN_ANON] = "anon_bytes",
        [THIN_FILE] = "file_bytes",
        [THIN_SHMEM] = "shmem_bytes",
        [THIN_KERNEL] = "kernel_bytes",
        [THIN_WORKING_SET] = "working_set_bytes",
    };
    return names[quantity];
}

static void clear_bin(struct thin_bin *bin) {
    for (int i = 0; i < THIN_QUANTITIES; i++) {
        bin->least[i].values[i] = THIN_UNKNOWN;
        bin->most[i].values[i] = THIN_UNKNOWN;
    }
}

static void begin(struct thin *thin) {
    thin->bins = calloc(THIN_BINS, sizeof *thin->bins);
    if (!thin->bins)
        abort();
    for (size_t i = 0; i < THIN_BINS; i++)
        clear_bin(&thin->bins[i]);
    for (int i = 0; i < THIN_QUANTITIES; i++)
        thin->highest[i] = THIN_UNKNOWN;
    thin->width_ns = FIRST_WIDTH_NS;
}

/* Of equal ones the earlier stays. THIN_UNKNOWN is less than any. */
static void look(struct thin_bin *bin, int i, const struct thin_reading *low,
                 const struct thin_reading *high) {
    if (low->values[i] != THIN_UNKNOWN &&
        (bin->least[i].values[i] == THIN_UNKNOWN || low->values[i] < bin->least[i].values[i]))
        bin->least[i] = *low;
    if (high->values[i] > bin->most[i].values[i])
        bin->most[i] = *high;
}

/* Two bins become one. */
static void widen(struct thin *thin) {
    for (size_t i = 0; i < THIN_BINS; i++) {
        struct thin_bin *from = &thin->bins[i];
        struct thin_bin *to = &thin->bins[i / 2];
        if (i % 2 == 0)
            *to = *from;
        else
            for (int q = 0; q < THIN_QUANTITIES; q++)
                look(to, q, &from->least[q], &from->most[q]);
    }
    for (size_t i = THIN_BINS / 2; i < THIN_BINS; i++)
        clear_bin(&thin->bins[i]);
    thin->width_ns *= 2;
}

static struct thin_reading reading_of(const struct snapshot *sample) {
    const struct known_i64 values[THIN_QUANTITIES] = {
        [THIN_USAGE] = sample->usage,
        [THIN_WINDOW_PEAK] = sample->window_peak,
        [THIN_ANON] = sample->anon,
        [THIN_FILE] = sample->file,
        [THIN_SHMEM] = sample->shmem,
        [THIN_KERNEL] = sample->kernel,
        [THIN_WORKING_SET] = snapshot_working_set(sample),
    };
    struct thin_reading reading = {.time_ns = sample->time_ns};
    for (int i = 0; i < THIN_QUANTITIES; i++)
        reading.values[i] = known_or(values[i], THIN_UNKNOWN);
    return reading;
}

void thin_add(struct thin *thin, const struct snapshot *sample) {
    struct thin_reading reading = reading_of(sample);
    if (!thin->bins) {
        begin(thin);
        thin->first = reading;
    }
    thin->last = reading;
    thin->count++;
    while (reading.time_ns / thin->width_ns >= THIN_BINS)
        widen(thin);
    struct thin_bin *bin = &thin->bins[reading.time_ns / thin->width_ns];
    for (int i = 0; i < THIN_QUANTITIES; i++) {
        look(bin, i, &reading, &reading);
        if (reading.values[i] > thin->highest[i])
            thin->highest[i] = reading.values[i];
    }
}

static int by_time(const void *a, const void *b) {
    const struct thin_reading *left = a;
    const struct thin_reading *right = b;
    return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

/* Sorted, each once. `list` has room for all. */
static size_t gather(const struct thin *thin, struct thin_reading *list) {
    size_t count = 0;
    list[count++] = thin->first;
    list[count++] = thin->last;
    for (size_t i = 0; i < THIN_BINS; i++)
        for (int q = 0; q < THIN_QUANTITIES; q++)
            if (thin->bins[i].most[q].values[q] != THIN_UNKNOWN) {
                list[count++] = thin->bins[i].least[q];
                list[count++] = thin->bins[i].most[q];
            }
    qsort(list, count, sizeof *list, by_time);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || memcmp(&list[i], &list[kept - 1], sizeof *list) != 0)
            list[kept++] = list[i];
    return kept;
}

size_t thin_take(struct thin *thin, size_t most, struct thin_reading **ret) {
    *ret = NULL;
    if (!thin->bins)
        return 0;
    struct thin_reading *list = calloc((size_t)THIN_BINS * THIN_QUANTITIES * 2 + 2, sizeof *list);
    if (!list)
        abort();
    size_t count;
    while ((count = gather(thin, list)) > most && thin->last.time_ns >= thin->width_ns)
        widen(thin);
    *ret = list;
    return count;
}

void thin_free(struct thin *thin) {
    free(thin->bins);
    *thin = (struct thin){0};
}
