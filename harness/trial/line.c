#include "trial/line.h"

#include "base/units.h"

/* Twice the use and this much more: between two looks nothing grows by as much. */
#define LINE_MARGIN_BYTES (32 * MIB)

/* So much page cache read again says that the line has begun to squeeze. */
#define REFAULTS_MAX_BYTES (8 * MIB)

/* Doubled for page cache up to here: what reads files without end would have all the memory there is. */
#define LINE_FOR_CACHE_MAX_BYTES (4 * GIB)

static int64_t in_use(const struct snapshot *now) {
    int64_t usage = known_or(now->usage, 0) - known_or(snapshot_file_cache(now), 0);
    int64_t needed = known_or(snapshot_needed(now), 0);
    return usage > needed ? usage : needed;
}

int64_t line_after(struct line *line, const struct snapshot *now) {
    int64_t to = 2 * in_use(now) + LINE_MARGIN_BYTES;
    int64_t refaulted = known_or(now->refault_file, 0);
    if ((refaulted - line->refaulted) * line->page_bytes > REFAULTS_MAX_BYTES) {
        line->refaulted = refaulted;
        if (line->now_bytes < LINE_FOR_CACHE_MAX_BYTES && to < 2 * line->now_bytes)
            to = 2 * line->now_bytes;
    }
    to = to < line->ceiling_bytes ? to : line->ceiling_bytes;
    to = to / line->page_bytes * line->page_bytes;
    return to > line->now_bytes ? to : line->now_bytes;
}
