/* output/columns: text measured, cut and wrapped by columns. What each character takes is tried in live_view.
 */
#include "output/columns.h"

#include "base/text.h"
#include "unit.h"

TEST(columns_are_neither_bytes_nor_characters) {
    static const struct {
        const char *text;
        int columns;
    } rows[] = {
        {"", 0},         {"plain", 5},      {"caf\u00e9", 4}, {"\u6f22\u5b57", 4}, {"\033[31mred\033[0m", 3},
        {"\033[31", 0}, /* cut off */
        {"\xff\xfe", 2}, {"\U0001f6a2", 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(columns_of(rows[i].text, strlen(rows[i].text)) == rows[i].columns, "row %zu: %d", i,
            columns_of(rows[i].text, strlen(rows[i].text)));
    ROW(columns_of("abc", 2) == 2, "no more than is asked");
}

TEST(text_is_cut_between_characters) {
    static const struct {
        const char *text;
        int columns;
        const char *start;
        const char *end;
    } rows[] = {
        {"", 3, "", ""},
        {"abc", 3, "abc", "abc"},
        {"abcd", 3, "abc", "bcd"},
        {"abc", 0, "", ""},
        {"abc", -1, "", ""},
        {"a\u6f22\u5b57z", 3, "a\u6f22", "\u5b57z"},
        {"a\u6f22\u5b57z", 2, "a", "z"}, /* half of one is none */
        {"\u00e9\u00e9\u00e9", 2, "\u00e9\u00e9", "\u00e9\u00e9"},
        {"\xff\xff", 1, "\xff", "\xff"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *start = text_copy_bytes(rows[i].text, columns_cut(rows[i].text, rows[i].columns));
        ROW_TEXT(start, rows[i].start, rows[i].text);
        ROW_TEXT(columns_end(rows[i].text, rows[i].columns), rows[i].end, rows[i].text);
        free(start);
    }
}

TEST(a_line_takes_what_fits_and_can_be_shown) {
    static const struct {
        const char *text;
        const char *shown;
        int room;
        bool utf8;
        bool whole;
    } rows[] = {
        {"abc", "abc", 3, true, true},
        {"abcd", "abc", 3, true, false},
        {"\u6f22\u5b57", "\u6f22\u5b57", 4, true, true},
        {"\u6f22\u5b57", "\u6f22", 3, true, false},
        {"\u6f22\u5b57", "??", 3, false, true},
        {"caf\u00e9", "caf?", 9, false, true},
        {"a\u202eb", "a?b", 9, true, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct strbuf text = {0};
        struct columns_line line = {.text = &text, .room = rows[i].room, .utf8 = rows[i].utf8};
        bool whole = columns_add(&line, rows[i].text);
        ROW_TEXT(strbuf_text(&text), rows[i].shown, rows[i].text);
        ROW(whole == rows[i].whole && line.used == columns_of(rows[i].shown, strlen(rows[i].shown)),
            "row %zu: %d used", i, line.used);
        strbuf_free(&text);
    }
}

TEST(words_are_broken_at_blanks) {
    static const struct {
        const char *text;
        int column;
        int indent;
        int columns;
        const char *lines;
    } rows[] = {
        {"", 0, 0, 20, "\n"},
        {"one two three", 0, 0, 13, "one two three\n"},
        {"one two three", 0, 0, 12, "one two\nthree\n"},
        {"one two three", 6, 4, 13, "one two\n    three\n"},
        {"one  two", 0, 0, 20, "one  two\n"}, /* blanks stay together */
        {"one  two", 0, 0, 7, "one\ntwo\n"},  /* and go together */
        {"averylongword x", 0, 2, 5, "averylongword\n  x\n"},
        {"averylongword", 9, 2, 12, "averylongword\n"}, /* the first is not moved */
        {"it is 12 % of", 0, 0, 8, "it is\n12 % of\n"},
        {"it is 12 %", 0, 0, 9, "it is\n12 %\n"},
        {"caf\u00e9 caf\u00e9", 0, 0, 9, "caf\u00e9 caf\u00e9\n"},
        {"\u6f22\u5b57 \u6f22\u5b57", 0, 0, 9, "\u6f22\u5b57 \u6f22\u5b57\n"},
        {"\u6f22\u5b57 \u6f22\u5b57", 0, 0, 8, "\u6f22\u5b57\n\u6f22\u5b57\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct strbuf lines = {0};
        columns_wrap(rows[i].text, strlen(rows[i].text), rows[i].column, rows[i].indent, rows[i].columns,
                     &lines);
        ROW_TEXT(strbuf_text(&lines), rows[i].lines, rows[i].text);
        strbuf_free(&lines);
    }
}

UNIT_MAIN("columns", columns_are_neither_bytes_nor_characters, text_is_cut_between_characters,
          a_line_takes_what_fits_and_can_be_shown, words_are_broken_at_blanks)
