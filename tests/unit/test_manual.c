/* manual: pages and completions of a program whose words try to break out of each of them. */
#include "base/text.h"
#include "manual/manual.h"
#include "unit.h"

static struct manual_option options[] = {
    {"--one", 'o', "FILE", "it's [one]: \"a\\b\" `c` $d", "First", NULL, MANUAL_FILE, NULL},
    {"--two-x", 0, "NAME", ".SH of ~two^", "First", "a b,c", MANUAL_NOTHING, NULL},
    {"--ask", 0, "NAME", "asks", "First", NULL, MANUAL_NOTHING, "ls | cut -d \" \" -f 1"},
    {"--flag", 'f', NULL, "a flag; repeatable", "Second", NULL, MANUAL_NOTHING, NULL},
};

static struct manual_command commands[] = {
    {.name = "go",
     .summary = "what does it do?",
     .synopsis = "[--one FILE] [--] TARGET",
     .details = ".TH is no title here.\nSee --one, (-f) and a-b.\n\n  x   1\n  y   'two'\n\nExit status: 0 "
                "good, 1\nnot.\n\nAnd "
                "more.",
     .example = "prog go --one 'x' -- y",
     .options = options,
     .option_count = 4,
     .operands = MANUAL_COMMAND},
    {.name = "read", .summary = "reads", .synopsis = "", .operands = MANUAL_FILE},
};

static const struct manual_section sections[] = {
    {"Files", "a.txt\tone of them\nb\tthe other\n\nThat is all.\n"}};

static const struct manual_program program = {
    .name = "my-prog",
    .version = "1.2~3",
    .summary = "a program",
    .synopsis = "COMMAND",
    .details = "Does things.",
    .noun = "COMMAND",
    .commands = commands,
    .command_count = 2,
    .sections = sections,
    .section_count = 1,
    .see_also = "other(1)",
};

/* Each of these pieces, in this order. */
static void expect_pieces(const char *text, const char *const *pieces) {
    for (; *pieces; pieces++) {
        const char *found = strstr(text, *pieces);
        ROW(found, "not there, or too early: '%s' in\n%s", *pieces, text);
        if (found)
            text = found + strlen(*pieces);
    }
}

TEST(page_of_a_command) {
    struct strbuf page = {0};
    manual_command_page(&program, &commands[0], &page);
    expect_pieces(strbuf_text(&page),
                  (const char *const[]){
                      ".TH MY\\-PROG\\-GO 1 \"\" \"my\\-prog 1.2\\(ti3\"",
                      ".SH NAME\nmy\\-prog\\-go \\- what does it do?\n",
                      ".SH SYNOPSIS\n\\fBmy\\-prog go\\fP [\\fB\\-\\-one\\fP FILE]",
                      ".SH DESCRIPTION\nWhat does it do?\n.PP\n\\&.TH is no title here. See ",
                      "\\fB\\-\\-one\\fP, (\\fB\\-f\\fP) and a\\-b.\n",
                      ".RS 4\n.EX\nx   1\ny   \\(aqtwo\\(aq\n.EE\n.RE\n",
                      ".PP\nAnd more.\n",
                      ".SH OPTIONS\n",
                      ".SS First\n.TP\n\\fB\\-o\\fP, \\fB\\-\\-one\\fP \\fIFILE\\fP\n",
                      "it\\(aqs [one]: \\(dqa\\eb\\(dq \\(gac\\(ga $d\n",
                      "\n\\&.SH of \\(titwo\\(ha\n",
                      ".SS Second\n",
                      ".SH EXIT STATUS\n0 good, 1 not.\n",
                      ".SH EXAMPLES\n.RS 4\n.EX\nprog go \\-\\-one \\(aqx\\(aq \\-\\- y\n",
                      NULL,
                  });
    strbuf_free(&page);
}

TEST(page_of_a_program) {
    struct strbuf page = {0};
    manual_page(&program, &page);
    expect_pieces(strbuf_text(&page),
                  (const char *const[]){
                      ".SH COMMANDS\n.TP\n.BR my\\-prog\\-go (1)\nwhat does it do?\n",
                      ".BR my\\-prog\\-read (1)\n",
                      ".SH FILES\n.TP\n\\fBa.txt\\fP\none of them\n.TP\n\\fBb\\fP\nthe other\n.PP\n",
                      "That is all.\n",
                      ".SH SEE ALSO\nother(1)\n",
                      NULL,
                  });
    strbuf_free(&page);
}

TEST(completions) {
    struct strbuf bash = {0};
    struct strbuf zsh = {0};
    struct strbuf fish = {0};
    manual_bash(&program, &bash);
    manual_zsh(&program, &zsh);
    manual_fish(&program, &fish);
    expect_pieces(strbuf_text(&bash), (const char *const[]){
                                          "'go --one' | 'go -o') _my_prog_offer_paths -f ;;",
                                          "'go --two-x') _my_prog_offer -W 'a b,c' ;;",
                                          "'go --ask') _my_prog_ask sh -c 'ls | cut -d \" \" -f 1' ;;",
                                          "'go read --help --version'",
                                          "options=' --one -o --two-x --ask --flag -f --help'",
                                          "valued=' --one -o --two-x --ask '",
                                          "operands=target",
                                          "operands=files",
                                          "complete -F _my_prog my-prog\n",
                                          NULL,
                                      });
    expect_pieces(strbuf_text(&zsh),
                  (const char *const[]){
                      "#compdef my-prog\n",
                      "_my_prog_target --one -o --two-x --ask && return",
                      "'(--one -o)--one=[it'\\''s \\[one\\]\\: \"a\\\\b\" `c` $d]:FILE:_files'",
                      "'(--one -o)-o[it",
                      ":NAME:(a b,c)'",
                      "'--ask=[asks]:NAME: _my_prog_ask '\\''ls | cut -d \" \" -f 1'\\'''",
                      "'*--flag[a flag; repeatable]'",
                      NULL,
                  });
    expect_pieces(strbuf_text(&fish),
                  (const char *const[]){
                      "contains -- \"$words[2]\" '' go\n",
                      "contains -- $words[$at] --one -o --two-x --ask\n",
                      "'__my_prog_in go' -l one -s o -r -F -d 'it\\'s [one]: \"a\\\\b\" `c` $d'\n",
                      "-l two-x -x -a 'a b,c' -d '.SH of ~two^'\n",
                      "-x -a '(sh -c \\'ls | cut -d \" \" -f 1\\' 2>/dev/null)' -d 'asks'",
                      NULL,
                  });
    strbuf_free(&bash);
    strbuf_free(&zsh);
    strbuf_free(&fish);
}

UNIT_MAIN("manual", page_of_a_command, page_of_a_program, completions)
