/* base/text: the growing string, the tail of a stream, escaping for terminals and shells. */
#include "base/text.h"

#include <sys/wait.h>

#include "unit.h"

TEST(strbuf_grows_and_stays_a_string) {
    struct strbuf buffer = {0};
    ROW_TEXT(strbuf_text(&buffer), "", "nothing added");
    strbuf_add(&buffer, "");
    strbuf_addf(&buffer, "%s", "");
    ROW(buffer.length == 0, "empty texts gave length %zu", buffer.length);
    /* 0..299 in three digits each: 900 bytes, past several doublings of the first 128. */
    for (int i = 0; i < 300; i++)
        strbuf_addf(&buffer, "%03d", i);
    ROW(buffer.length == 900 && strlen(strbuf_text(&buffer)) == 900, "length %zu, strlen %zu", buffer.length,
        strlen(strbuf_text(&buffer)));
    ROW(memcmp(buffer.text, "000001002", 9) == 0 && strcmp(buffer.text + 891, "297298299") == 0, "%s",
        buffer.text);
    strbuf_add_bytes(&buffer, "a\0b", 3);
    ROW(buffer.length == 903 && memcmp(buffer.text + 900, "a\0b", 4) == 0,
        "a NUL inside was lost, length %zu", buffer.length);
    strbuf_free(&buffer);
    ROW(buffer.text == NULL && buffer.length == 0, "not empty after strbuf_free()");
}

struct tail_row {
    const char *pieces[4];
    const char *kept; /* of a tail of 8 bytes */
};

static const struct tail_row tail_rows[] = {
    {{""}, ""},
    {{"abc"}, "abc"},
    {{"abcdefgh"}, "abcdefgh"},                     /* exactly full */
    {{"abcdefghi"}, "bcdefghi"},                    /* one more, in one piece */
    {{"abcdef", "ghi"}, "bcdefghi"},                /* wraps within a piece */
    {{"abcdefgh", "i"}, "bcdefghi"},                /* wraps at a piece's start */
    {{"abc", "0123456789abcdef", "x"}, "9abcdefx"}, /* a piece of twice the capacity */
    {{"0123456789", "abcdefghijklm", "yz"}, "hijklmyz"},
    {{"abcdefgh", "ABCDEFGH", "", "1"}, "BCDEFGH1"},
};

TEST(tail_keeps_the_last_bytes_in_order) {
    for (size_t i = 0; i < COUNT(tail_rows); i++) {
        struct tail tail = {.capacity = 8};
        size_t total = 0;
        for (size_t j = 0; j < COUNT(tail_rows[i].pieces) && tail_rows[i].pieces[j]; j++) {
            tail_add(&tail, tail_rows[i].pieces[j], strlen(tail_rows[i].pieces[j]));
            total += strlen(tail_rows[i].pieces[j]);
        }
        char *text = tail_text(&tail);
        ROW_TEXT(text, tail_rows[i].kept, tail_rows[i].pieces[0]);
        ROW(tail.total == total, "row %zu counted %zu bytes, expected %zu", i, tail.total, total);
        free(text);
        tail_free(&tail);
    }
}

TEST(tail_is_a_string_whatever_came) {
    struct tail tail = {.capacity = 8};
    char *text = tail_text(&tail);
    ROW_TEXT(text, "", "an unused tail");
    free(text);
    tail_add(&tail, "a\0b\0", 4);
    text = tail_text(&tail);
    ROW_TEXT(text, "a?b?", "NUL bytes");
    free(text);
    tail_free(&tail);
}

/* Byte by byte and in pieces of all sizes, the tail is the end of the stream. */
TEST(tail_does_not_depend_on_the_pieces) {
    char stream[200];
    for (size_t i = 0; i < sizeof stream; i++)
        stream[i] = (char)('!' + i % 90);
    for (size_t piece = 1; piece <= sizeof stream; piece++) {
        struct tail tail = {.capacity = 37};
        for (size_t at = 0; at < sizeof stream; at += piece)
            tail_add(&tail, stream + at, at + piece <= sizeof stream ? piece : sizeof stream - at);
        char *text = tail_text(&tail);
        ROW(strlen(text) == 37 && memcmp(text, stream + 200 - 37, 37) == 0, "pieces of %zu gave %s", piece,
            text);
        free(text);
        tail_free(&tail);
    }
}

static const struct {
    const char *text;
    const char *visible;
} visible_rows[] = {
    {"", ""},
    {"plain", "plain"},
    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2"},
    /* what steers a terminal */
    {"\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m"},
    {"\033]0;title\007", "\\x1b]0;title\\x07"},
    {"a\rb\nc\td\be", "a\\x0db\\x0ac\\x09d\\x08e"},
    {"\x7f", "\\x7f"},
    {"\x01\x1f", "\\x01\\x1f"},
    {"\xc2\x9b[2J", "\\xc2\\x9b[2J"}, /* U+009B, the one-character CSI */
    {"\xc2\x80\xc2\x9f", "\\xc2\\x80\\xc2\\x9f"},
    {"\xc2\xa0", "\xc2\xa0"}, /* U+00A0, the first that is no control */
    /* bytes that are no UTF-8 */
    {"\x80", "\\x80"},
    {"\x9b[2J", "\\x9b[2J"},
    {"\xff\xfe", "\\xff\\xfe"},
    {"\xc3", "\\xc3"}, /* cut off */
    {"\xe2\x82", "\\xe2\\x82"},
    {"\xf0\x9f\x9a", "\\xf0\\x9f\\x9a"},
    {"\xc3(", "\\xc3("},                        /* followed by a plain letter */
    {"\xe2\x82\xc3\xa9", "\\xe2\\x82\xc3\xa9"}, /* cut off, then a good one */
    {"\xc0\xaf", "\\xc0\\xaf"},                 /* overlong '/' */
    {"\xc1\xbf", "\\xc1\\xbf"},
    {"\xe0\x82\x9b[2J", "\\xe0\\x82\\x9b[2J"}, /* overlong U+009B */
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
    {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
    {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
    /* what shows nothing, or turns round what follows */
    {"\u202egnp.exe", "\\u{202e}gnp.exe"},
    {"ca\u00adfe\u200b", "ca\\u{ad}fe\\u{200b}"},
    {"\U000e0041", "\\u{e0041}"},
    {"\u26a0\ufe0f", "\u26a0\ufe0f"}, /* a selector of looks stays */
};

TEST(visible_text_steers_no_terminal) {
    for (size_t i = 0; i < COUNT(visible_rows); i++) {
        struct strbuf buffer = {0};
        text_add_visible(&buffer, visible_rows[i].text);
        const char *got = strbuf_text(&buffer);
        char row[40];
        snprintf(row, sizeof row, "row %zu", i);
        ROW_TEXT(got, visible_rows[i].visible, row);
        ROW(unit_is_utf8(got), "row %zu: the output is no UTF-8", i);
        strbuf_free(&buffer);
    }
}

/* Every two bytes: the output never holds a control, and is UTF-8 whatever came in. */
TEST(visible_text_of_any_bytes_is_harmless) {
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            char text[] = {(char)first, (char)second, '\0'};
            struct strbuf buffer = {0};
            text_add_visible(&buffer, text);
            const char *got = strbuf_text(&buffer);
            ROW(unit_is_one_line(got) && unit_is_utf8(got), "%02x %02x gave \"%s\"", first, second, got);
            strbuf_free(&buffer);
        }
    }
}

/* What a program reads back is what there was, except for what JSON cannot hold. */
TEST(json_keeps_what_people_do_not_see) {
    struct strbuf buffer = {0};
    text_add_json(&buffer, "a\u202eb\n\xff\xc2\x9b");
    ROW_TEXT(strbuf_text(&buffer), "a\u202eb\n\\xff\\xc2\\x9b", "JSON");
    strbuf_free(&buffer);
}

static const struct {
    const char *text;
    const char *quoted;
} quoted_rows[] = {
    {"plain", "plain"},
    {"--limit=64Mi", "--limit=64Mi"},
    {"/usr/bin/python3.11", "/usr/bin/python3.11"},
    {"", "''"},
    {"two words", "'two words'"},
    {"it's", "'it'\\''s'"},
    {"'", "''\\'''"},
    {"$HOME", "'$HOME'"},
    {"a;b", "'a;b'"},
    {"~", "'~'"},
    {"*", "'*'"},
    {"#x", "'#x'"},
    {"!", "'!'"},
    {"a\nb", "'a\nb'"},
    {"caf\xc3\xa9", "'caf\xc3\xa9'"},
};

TEST(shell_quoting_only_where_needed) {
    for (size_t i = 0; i < COUNT(quoted_rows); i++) {
        struct strbuf buffer = {0};
        text_add_shell_quoted(&buffer, quoted_rows[i].text);
        ROW_TEXT(strbuf_text(&buffer), quoted_rows[i].quoted, quoted_rows[i].text);
        strbuf_free(&buffer);
    }
}

/* What a real shell makes of a command line: each argument, ended by 0x1e. Caller frees. */
static char *shell_arguments(const char *command_line) {
    char *script = NULL;
    ck_assert_int_gt(asprintf(&script, "set -- %s; for a; do printf '%%s\\036' \"$a\"; done", command_line),
                     0);
    int out[2];
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], 1);
        execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    free(script);
    char *text = calloc(1, 4096);
    size_t held = 0;
    ssize_t length;
    while ((length = read(out[0], text + held, 4095 - held)) > 0)
        held += (size_t)length;
    close(out[0]);
    int status;
    waitpid(pid, &status, 0);
    ROW(status == 0, "sh ended with status %d for: %s", status, command_line);
    return text;
}

TEST(a_shell_reads_back_every_argument) {
    char *const argv[] = {
        (char[]){"prog"},       (char[]){""},         (char[]){"two  words"},  (char[]){"it's \"quoted\""},
        (char[]){"$(id) `id`"}, (char[]){"a\\nb\\"},  (char[]){"line\nbreak"}, (char[]){"*?[x]{a,b}~"},
        (char[]){"-n"},         (char[]){"\033[31m"}, (char[]){"\xff\xfe"},    (char[]){"k=v;&|<>()#!"},
        (char[]){"'"},          (char[]){"''"},       (char[]){"\\'"},         NULL};
    char *line = text_command_line(argv);
    char *got = shell_arguments(line);
    const char *at = got;
    for (size_t i = 0; argv[i]; i++) {
        size_t length = strcspn(at, "\036");
        ROW(length == strlen(argv[i]) && memcmp(at, argv[i], length) == 0,
            "argument %zu \"%s\" came back as \"%.*s\"", i, argv[i], (int)length, at);
        at += length + (at[length] != '\0');
    }
    ROW(*at == '\0', "more came back than went in: \"%s\"", at);
    free(got);
    free(line);
}

TEST(an_empty_command_line_is_a_text) {
    char *const none[] = {NULL};
    char *line = text_command_line(none);
    ROW_TEXT(line, "", "no arguments");
    free(line);
}

TEST(prefixes) {
    static const struct {
        const char *text;
        const char *prefix;
        bool starts;
    } rows[] = {
        {"abc", "ab", true},  {"abc", "abc", true}, {"abc", "", true},   {"", "", true},
        {"ab", "abc", false}, {"abc", "b", false},  {"Abc", "a", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(text_starts_with(rows[i].text, rows[i].prefix) == rows[i].starts, "\"%s\", \"%s\"", rows[i].text,
            rows[i].prefix);
}

TEST(characters_are_told_apart) {
    static const struct {
        const char *text;
        size_t length;
        uint32_t code;
    } rows[] = {
        {"a", 1, 'a'},
        {"\xc3\xa9", 2, 0xe9},
        {"\xe2\xa3\xbf", 3, 0x28ff},
        {"\xf0\x9f\x98\x80", 4, 0x1f600},
        {"", 0, 0},
        {"\xff", 0, 0},
        {"\xc3", 0, 0},
        {"\xed\xa0\x80", 0, 0},
        {"\xc0\x80", 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t code = 0;
        size_t length = text_character(rows[i].text, &code);
        ROW(length == rows[i].length && code == rows[i].code, "%zu: %zu bytes, U+%04X", i, length, code);
    }
}

UNIT_MAIN("text", strbuf_grows_and_stays_a_string, tail_keeps_the_last_bytes_in_order,
          tail_is_a_string_whatever_came, tail_does_not_depend_on_the_pieces, visible_text_steers_no_terminal,
          visible_text_of_any_bytes_is_harmless, json_keeps_what_people_do_not_see,
          shell_quoting_only_where_needed, a_shell_reads_back_every_argument, an_empty_command_line_is_a_text,
          prefixes, characters_are_told_apart)
