/* What is said about recorded series: the answer first, the worst before the others, never a flood. */
#include "unit.h"

#include "base/text.h"
#include "base/units.h"
#include "output/series_build.h"
#include "output/summary_leak.h"
#include "output/summary_series.h"

#define MANY 200

static struct series_record records[MANY];
static struct leak leaks[MANY];

/* `count` series, "s0" and so on, without a leak. */
static struct series_file make_file(size_t count) {
    for (size_t i = 0; i < count; i++) {
        records[i] = (struct series_record){.readings = 100};
        records[i].series.name = text_format("s%zu", i);
        leaks[i] =
            (struct leak){.known = true, .verdict = LEAK_NONE, .points = 32, .span_ns = 3600 * NS_PER_S};
    }
    return (struct series_file){.form = "CSV", .records = records, .count = count};
}

static void grow(size_t at, enum leak_verdict verdict, double bytes_per_hour) {
    leaks[at].verdict = verdict;
    leaks[at].per_hour.value = known_f64(bytes_per_hour);
    leaks[at].reason = text_copy("It grew, and it grew, and so on, until the line is so long that it must be "
                                 "wrapped at least once.");
}

static void release(struct series_file *file) {
    for (size_t i = 0; i < file->count; i++) {
        free(file->records[i].series.name);
        for (size_t j = 0; j < file->records[i].note_count; j++)
            free(file->records[i].notes[j]);
        free(file->records[i].notes);
        leak_free(&leaks[i]);
    }
}

static int count_lines(const char *text) {
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static int place_of(const char *text, const char *piece) {
    const char *found = strstr(text, piece);
    return found ? (int)(found - text) : -1;
}

TEST(one_series_is_told_as_a_run_is) {
    struct series_file file = make_file(1);
    struct strbuf text = {0};
    free(records[0].series.name);
    records[0].series.name = NULL;
    summary_series(&file, leaks, "a.csv", false, &text);
    ck_assert_msg(text_starts_with(strbuf_text(&text), "Leak: none seen in "), "%s", strbuf_text(&text));
    ck_assert_msg(strstr(strbuf_text(&text), "\nRead       a.csv: CSV\n") != NULL, "%s", strbuf_text(&text));
    strbuf_free(&text);
    release(&file);
}

/* Cycles that were run and do not count are told of. */
TEST(warm_up_is_told) {
    struct leak leak = {.known = true, .verdict = LEAK_NONE, .by_cycle = true, .points = 10, .warmup = 2};
    struct strbuf text = {0};
    summary_leak(&leak, &text);
    ck_assert_str_eq(strbuf_text(&text), "Leak: none seen in 10 cycles, after 2 of warm-up.\n");
    strbuf_free(&text);
    leak.warmup = 0;
    summary_leak_line(&leak, &text);
    ck_assert_str_eq(strbuf_text(&text), "none seen in 10 cycles");
    strbuf_free(&text);
}

TEST(the_worst_comes_first) {
    struct series_file file = make_file(5);
    struct strbuf text = {0};
    grow(1, LEAK_SUSPECTED, 9e9);
    grow(2, LEAK_CONFIRMED, 1e6);
    grow(4, LEAK_CONFIRMED, 2e6);
    leaks[3].verdict = LEAK_INCONCLUSIVE;
    summary_series(&file, leaks, "a.csv", false, &text);
    const char *said = strbuf_text(&text);
    ck_assert_msg(text_starts_with(said, "5 series: 2 confirmed, 1 suspected, 1 inconclusive, 1 none.\n"),
                  "%s", said);
    int last = -1;
    static const char *const order[] = {"\ns4\n", "\ns2\n", "\ns1: suspected", "\ns3: not told",
                                        "\ns0: none"};
    for (size_t i = 0; i < COUNT(order); i++) {
        int place = place_of(said, order[i]);
        ROW(place > last, "%s at %d, after %d: %s", order[i], place, last, said);
        last = place;
    }
    strbuf_free(&text);
    release(&file);
}

TEST(many_leaks_are_no_flood) {
    struct series_file file = make_file(MANY);
    struct strbuf text = {0};
    for (size_t i = 0; i < MANY; i++) {
        grow(i, LEAK_CONFIRMED, 1e6 * (double)(i + 1));
        leaks[i].time_to_limit_s = known_f64(1000);
        for (int j = 0; j < 3; j++)
            series_note(&records[i].notes, &records[i].note_count,
                        "Note %d, which is of the usual length, a line", j);
    }
    for (int j = 0; j < 2; j++)
        series_note(&file.notes, &file.note_count,
                    "Of all of it, note %d, which is of the usual length, two lines or so", j);
    summary_series(&file, leaks, "a.csv", false, &text);
    ck_assert_msg(count_lines(strbuf_text(&text)) < 40, "%d: %s", count_lines(strbuf_text(&text)),
                  strbuf_text(&text));
    ck_assert_msg(strstr(strbuf_text(&text), "more: -v or --json FILE tells them") != NULL, "%s",
                  strbuf_text(&text));
    strbuf_free(&text);
    summary_series(&file, leaks, "a.csv", true, &text);
    for (size_t i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof name, "\ns%zu\n", i);
        ROW(strstr(strbuf_text(&text), name), "%s", name);
    }
    strbuf_free(&text);
    for (size_t i = 0; i < file.note_count; i++)
        free(file.notes[i]);
    free(file.notes);
    release(&file);
}

TEST(names_do_nothing_to_a_terminal) {
    struct series_file file = make_file(2);
    struct strbuf text = {0};
    free(records[0].series.name);
    records[0].series.name = text_copy("web\033[31m\n");
    summary_series(&file, leaks, "\033]0;x", false, &text);
    ck_assert_msg(!strchr(strbuf_text(&text), '\033') && strstr(strbuf_text(&text), "web\\x1b[31m\\x0a\n"),
                  "%s", strbuf_text(&text));
    strbuf_free(&text);
    release(&file);
}

UNIT_MAIN("summary_series", one_series_is_told_as_a_run_is, warm_up_is_told, the_worst_comes_first,
          many_leaks_are_no_flood, names_do_nothing_to_a_terminal)
