/* trial/line: the loose line under a profile is only ever raised, and never squeezes. */
#include "trial/line.h"

#include "base/units.h"
#include "unit.h"

#define PAGE ((int64_t)4096)

/* A reading of this much use, of which so much is page cache. */
static struct snapshot reading(int64_t usage, int64_t cache, int64_t refaulted_pages) {
    return (struct snapshot){.usage = known_i64(usage),
                             .active_file = known_i64(0),
                             .inactive_file = known_i64(cache),
                             .refault_file = known_i64(refaulted_pages)};
}

TEST(twice_the_use_and_a_margin) {
    static const struct {
        const char *what;
        int64_t now, ceiling, usage, cache, anon, line;
    } rows[] = {
        {"as it begins", LINE_START_BYTES, 8 * GIB, 4 * MIB, 0, 4 * MIB, LINE_START_BYTES},
        /* 2 * 112 + 32 = 256, the line as it is */
        {"just enough", LINE_START_BYTES, 8 * GIB, 112 * MIB, 0, 112 * MIB, LINE_START_BYTES},
        {"a page more", LINE_START_BYTES, 8 * GIB, 112 * MIB + PAGE, 0, 0, 256 * MIB + 2 * PAGE},
        {"half of the line", LINE_START_BYTES, 8 * GIB, 128 * MIB, 0, 128 * MIB, 288 * MIB},
        {"page cache is no use", LINE_START_BYTES, 8 * GIB, 250 * MIB, 240 * MIB, 0, LINE_START_BYTES},
        {"less than before", 900 * MIB, 8 * GIB, 10 * MIB, 0, 10 * MIB, 900 * MIB},
        /* Usage lags behind its parts, or is not told. */
        {"its parts tell more", LINE_START_BYTES, 8 * GIB, 100 * MIB, 0, 200 * MIB, 432 * MIB},
        {"whole pages", LINE_START_BYTES, 8 * GIB, 200 * MIB + 2049, 0, 0, 432 * MIB + PAGE},
        {"the ceiling", LINE_START_BYTES, 400 * MIB, 200 * MIB, 0, 0, 400 * MIB},
        {"a ceiling that is not whole pages", LINE_START_BYTES, 400 * MIB + 5, 200 * MIB, 0, 0, 400 * MIB},
        {"at the ceiling", 400 * MIB, 400 * MIB, 390 * MIB, 0, 0, 400 * MIB},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct line line = {.now_bytes = rows[i].now, .ceiling_bytes = rows[i].ceiling, .page_bytes = PAGE};
        struct snapshot now = reading(rows[i].usage, rows[i].cache, 0);
        now.anon = known_i64(rows[i].anon);
        int64_t got = line_after(&line, &now);
        ROW(got == rows[i].line, "%s: %lld, expected %lld", rows[i].what, (long long)got,
            (long long)rows[i].line);
    }
}

/* Nothing known is nothing used. */
TEST(what_is_not_known_raises_nothing) {
    struct line line = {.now_bytes = LINE_START_BYTES, .ceiling_bytes = 8 * GIB, .page_bytes = PAGE};
    struct snapshot blind = {0};
    ck_assert_int_eq(line_after(&line, &blind), LINE_START_BYTES);
    ck_assert_int_eq(line.refaulted, 0);
}

/* 8 MiB are 2048 pages of 4 KiB or 128 of 64 KiB. */
TEST(page_cache_read_again_doubles_the_line) {
    static const struct {
        const char *what;
        int64_t page, now, before, refaulted, line;
    } rows[] = {
        {"none", 4096, 256 * MIB, 0, 0, 256 * MIB},
        {"8 MiB", 4096, 256 * MIB, 0, 2048, 256 * MIB},
        {"a page more", 4096, 256 * MIB, 0, 2049, 512 * MIB},
        {"already answered", 4096, 512 * MIB, 2049, 2049, 512 * MIB},
        {"again", 4096, 512 * MIB, 2049, 2049 + 2049, GIB},
        {"not enough again", 4096, 512 * MIB, 2049, 2049 + 2048, 512 * MIB},
        {"8 MiB of large pages", 65536, 256 * MIB, 0, 128, 256 * MIB},
        {"a large page more", 65536, 256 * MIB, 0, 129, 512 * MIB},
        {"to beyond the cap", 4096, 3 * GIB, 0, 9999, 6 * GIB},
        {"at the cap", 4096, 4 * GIB, 0, 9999, 4 * GIB},
        {"a counter that fell", 4096, 512 * MIB, 9999, 0, 512 * MIB},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct line line = {.now_bytes = rows[i].now,
                            .ceiling_bytes = 64 * GIB,
                            .page_bytes = rows[i].page,
                            .refaulted = rows[i].before};
        struct snapshot now = reading(30 * MIB, 20 * MIB, rows[i].refaulted);
        int64_t got = line_after(&line, &now);
        ROW(got == rows[i].line, "%s: %lld, expected %lld", rows[i].what, (long long)got,
            (long long)rows[i].line);
        /* The same reading once more. */
        line.now_bytes = got;
        ROW(line_after(&line, &now) == got, "%s: answered twice", rows[i].what);
    }
}

/* A reader of files without end doubles it up to 4 GiB and no further, whatever it reads. */
TEST(a_reader_without_end_stops_at_the_cap) {
    struct line line = {.now_bytes = LINE_START_BYTES, .ceiling_bytes = 64 * GIB, .page_bytes = PAGE};
    for (int i = 1; i <= 100; i++) {
        struct snapshot now = reading(line.now_bytes, line.now_bytes - 40 * MIB, (int64_t)i * 100000);
        line.now_bytes = line_after(&line, &now);
    }
    ck_assert_int_eq(line.now_bytes, 4 * GIB);
}

/* Any readings: it never falls, never passes the ceiling, is whole pages, and leaves room for twice the use
 * as long as the ceiling does. */
TEST(a_line_is_only_ever_raised) {
    uint64_t random = 88172645463325252U;
    for (int row = 0; row < 3000; row++) {
        int64_t page = row % 4 ? 4096 : 65536;
        struct line line = {.now_bytes = LINE_START_BYTES, .page_bytes = page};
        line.ceiling_bytes = LINE_START_BYTES + (int64_t)(random % (uint64_t)(16 * GIB));
        for (int i = 0; i < 30; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            int64_t usage = (int64_t)(random % (uint64_t)line.now_bytes);
            int64_t cache = (int64_t)((random >> 20) % (uint64_t)(usage + 1));
            struct snapshot now = reading(usage, cache, (int64_t)((random >> 8) % 100000));
            int64_t before = line.now_bytes;
            line.now_bytes = line_after(&line, &now);
            int64_t wanted = 2 * (usage - cache) + 32 * MIB - page;
            wanted = wanted < line.ceiling_bytes - page ? wanted : line.ceiling_bytes - page;
            ROW(line.now_bytes >= before && line.now_bytes <= line.ceiling_bytes &&
                    line.now_bytes % page == 0 && line.now_bytes >= wanted,
                "row %d, reading %d: from %lld to %lld at a use of %lld, ceiling %lld", row, i,
                (long long)before, (long long)line.now_bytes, (long long)(usage - cache),
                (long long)line.ceiling_bytes);
        }
    }
}

UNIT_MAIN("line", twice_the_use_and_a_margin, what_is_not_known_raises_nothing,
          page_cache_read_again_doubles_the_line, a_reader_without_end_stops_at_the_cap,
          a_line_is_only_ever_raised)
