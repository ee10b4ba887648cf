/* The loose line: the limit that a profile runs under. It begins well above what small programs need and is
 * only ever raised, so it limits nothing; but a runtime that sizes itself from its limit sees one near its
 * need instead of the whole machine's memory, and then shows a need worth predicting from (measured: java 142
 * to 55 MiB, node 133 to 95 MiB, where 48 and 92 suffice). Layer: trial/. Includes base/, model/. Pure. */
#pragma once

#include <stdbool.h>

#include "model/snapshot.h"

/* Where a line begins. */
#define LINE_START_BYTES ((int64_t)256 * 1024 * 1024)

struct line {
    int64_t now_bytes;     /* 0: there is none */
    int64_t ceiling_bytes; /* never above */
    int64_t page_bytes;
    int64_t refaulted; /* pages, at the last raise for them */
};

/* Where the line belongs after this reading, in bytes: twice what cannot be reclaimed and 32 MiB, or twice
 * the line where page cache had to be read again since the last raise for it. Never below the line as it is;
 * the caller writes it to the kernel where it is above, and then into now_bytes. */
int64_t line_after(struct line *line, const struct snapshot *now);
