#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "manual/manual.h"

#define EXIT_STATUS "Exit status: "

/* ---- text ---- */

/* One letter, as roff prints it and nothing else. */
static void add_letter(struct strbuf *page, char letter) {
    static const struct {
        char letter;
        const char *escape;
    } escapes[] = {
        {'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'"', "\\(dq"},
        {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"},
    };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        if (escapes[i].letter == letter) {
            strbuf_add(page, escapes[i].escape);
            return;
        }
    }
    strbuf_add_bytes(page, &letter, 1);
}

static void add_bytes(struct strbuf *page, const char *text, size_t length) {
    /* A request where a line begins with it. */
    if (length && text[0] == '.' && (page->length == 0 || page->text[page->length - 1] == '\n'))
        strbuf_add(page, "\\&");
    for (size_t i = 0; i < length; i++)
        add_letter(page, text[i]);
}

static void add_plain(struct strbuf *page, const char *text) {
    add_bytes(page, text, strlen(text));
}

/* The length of an option's name at the start of the text; 0: there is none. */
static size_t option_length(const char *text, size_t length) {
    size_t dashes = strspn(text, "-");
    size_t end = dashes;
    if (dashes < 1 || dashes > 2 || dashes >= length || !isalpha((unsigned char)text[dashes]))
        return 0;
    while (end < length && (isalnum((unsigned char)text[end]) || text[end] == '-'))
        end++;
    return dashes == 1 && end != 2 ? 0 : end;
}

/* One word; options are bold. */
static void add_word(struct strbuf *page, const char *word, size_t length) {
    size_t before = 0;
    while (before < length && strchr("([|", word[before]))
        before++;
    size_t option = option_length(word + before, length - before);
    if (!option) {
        add_bytes(page, word, length);
        return;
    }
    add_bytes(page, word, before);
    strbuf_add(page, "\\fB");
    add_bytes(page, word + before, option);
    strbuf_add(page, "\\fP");
    add_bytes(page, word + before + option, length - before - option);
}

/* Words in one line, whatever is between them. */
static void add_prose(struct strbuf *page, const char *text, size_t length) {
    const char *end = text + length;
    const char *gap = "";
    while (text < end) {
        if (isspace((unsigned char)*text)) {
            text++;
            continue;
        }
        size_t word = strcspn(text, " \t\n");
        if (word > (size_t)(end - text))
            word = (size_t)(end - text);
        strbuf_add(page, gap);
        add_word(page, text, word);
        gap = " ";
        text += word;
    }
    strbuf_add(page, "\n");
}

static void add_sentence(struct strbuf *page, const char *text) {
    add_prose(page, text, strlen(text));
}

static void add_literal(struct strbuf *page, const char *text, size_t length) {
    strbuf_add(page, ".RS 4\n.EX\n");
    for (const char *end = text + length; text < end;) {
        size_t line = strcspn(text, "\n");
        size_t blanks = strspn(text, " ") < 2 ? strspn(text, " ") : 2;
        add_bytes(page, text + blanks, line - blanks);
        strbuf_add(page, "\n");
        text += line + 1;
    }
    strbuf_add(page, ".EE\n.RE\n");
}

static void add_entry(struct strbuf *page, const char *text, size_t length) {
    size_t term = strcspn(text, "\t");
    strbuf_add(page, ".TP\n\\fB");
    add_bytes(page, text, term);
    strbuf_add(page, "\\fP\n");
    add_prose(page, text + term, length - term);
}

enum block { PROSE, LITERAL, ENTRY };

static enum block block_of(const char *line) {
    if (*line == ' ')
        return LITERAL;
    return memchr(line, '\t', strcspn(line, "\n")) ? ENTRY : PROSE;
}

/* As many lines as are of one kind; of entries one. */
static size_t block_length(const char *text, const char *end) {
    enum block kind = block_of(text);
    const char *at = text;
    do
        at += strcspn(at, "\n") + 1;
    while (at < end && *at != '\n' && kind != ENTRY && block_of(at) == kind);
    return (size_t)((at < end ? at : end) - text);
}

/* Paragraphs, as --help prints them. */
static void add_text(struct strbuf *page, const char *text, size_t length) {
    bool first = true;
    for (const char *end = text + length; text < end;) {
        if (*text == '\n') {
            text++;
            continue;
        }
        size_t block = block_length(text, end);
        enum block kind = block_of(text);
        if (!first && kind != ENTRY)
            strbuf_add(page, ".PP\n");
        if (kind == LITERAL)
            add_literal(page, text, block);
        else if (kind == ENTRY)
            add_entry(page, text, block);
        else
            add_prose(page, text, block);
        first = false;
        text += block;
    }
}

/* ---- sections ---- */

static void add_heading(struct strbuf *page, const char *macro, const char *title) {
    strbuf_addf(page, ".%s ", macro);
    for (const char *at = title; *at; at++)
        add_letter(page, strcmp(macro, "SH") == 0 ? (char)toupper((unsigned char)*at) : *at);
    strbuf_add(page, "\n");
}

/* No date: the same source makes the same page. */
static void add_title(struct strbuf *page, const struct manual_program *program, const char *name,
                      const char *summary) {
    strbuf_add(page, ".\\\" Made from the program's own tables when it was built.\n.TH ");
    for (const char *at = name; *at; at++)
        add_letter(page, (char)toupper((unsigned char)*at));
    strbuf_add(page, " 1 \"\" \"");
    add_plain(page, program->name);
    strbuf_add(page, " ");
    add_plain(page, program->version);
    strbuf_add(page, "\" \"User Commands\"\n.SH NAME\n");
    add_plain(page, name);
    strbuf_add(page, " \\- ");
    add_plain(page, summary);
    strbuf_add(page, "\n");
}

static void add_synopsis(struct strbuf *page, const char *program, const char *command, const char *rest) {
    strbuf_add(page, ".SH SYNOPSIS\n\\fB");
    add_plain(page, program);
    if (*command)
        strbuf_add(page, " ");
    add_plain(page, command);
    strbuf_add(page, "\\fP ");
    add_sentence(page, rest);
}

static void add_option(struct strbuf *page, const struct manual_option *option) {
    strbuf_add(page, ".TP\n");
    if (option->letter) {
        strbuf_add(page, "\\fB\\-");
        add_letter(page, option->letter);
        strbuf_add(page, "\\fP, ");
    }
    strbuf_add(page, "\\fB");
    add_plain(page, option->name);
    strbuf_add(page, "\\fP");
    if (option->value) {
        strbuf_add(page, " \\fI");
        add_plain(page, option->value);
        strbuf_add(page, "\\fP");
    }
    strbuf_add(page, "\n");
    add_sentence(page, option->help);
}

static void add_options(struct strbuf *page, const struct manual_command *command, bool titles) {
    const char *title = NULL;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct manual_option *option = &command->options[i];
        if (titles && option->title && (!title || strcmp(title, option->title) != 0))
            add_heading(page, "SS", option->title);
        title = option->title;
        add_option(page, option);
    }
}

/* The details without their sentences on the exit status, which have a section of their own. */
static void add_description(struct strbuf *page, const struct manual_command *command) {
    const char *details = command->details ? command->details : "";
    const char *status = strstr(details, EXIT_STATUS);
    size_t length = status ? (size_t)(status - details) : strlen(details);
    const char *after = status ? strstr(status, "\n\n") : NULL;
    CLEANUP_FREE char *sentence = text_format("%s.", command->summary);
    size_t last = strlen(command->summary);
    if (last && strchr(".?!", command->summary[last - 1]))
        sentence[last] = '\0';
    sentence[0] = (char)toupper((unsigned char)sentence[0]);
    strbuf_add(page, ".SH DESCRIPTION\n");
    add_sentence(page, sentence);
    if (length)
        strbuf_add(page, ".PP\n");
    add_text(page, details, length);
    if (after) {
        strbuf_add(page, ".PP\n");
        add_text(page, after, strlen(after));
    }
}

static void add_exit_status(struct strbuf *page, const struct manual_command *command) {
    const char *status = command->details ? strstr(command->details, EXIT_STATUS) : NULL;
    if (!status)
        return;
    status += strlen(EXIT_STATUS);
    const char *end = strstr(status, "\n\n");
    strbuf_add(page, ".SH EXIT STATUS\n");
    add_prose(page, status, end ? (size_t)(end - status) : strlen(status));
}

static void add_example(struct strbuf *page, const char *example) {
    if (!example)
        return;
    strbuf_add(page, ".SH EXAMPLES\n");
    add_literal(page, example, strlen(example));
}

static bool has_value(const struct manual_command *command, const char *value) {
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].value && strcmp(command->options[i].value, value) == 0)
            return true;
    return false;
}

static const char *how_values_are_written(const struct manual_command *command) {
    if (has_value(command, "QUANTITY") || has_value(command, "DUR"))
        return "Quantities are 512Mi, 1.5Gi, 100M, 1e9; durations are 500ms, 10s, 5m, 1h30m. A value may be "
               "an "
               "argument of its own, or follow a long name after an equals sign.";
    return "A value may be an argument of its own, or follow a long name after an equals sign.";
}

void manual_command_page(const struct manual_program *program, const struct manual_command *command,
                         struct strbuf *page) {
    CLEANUP_FREE char *name = text_format("%s-%s", program->name, command->name);
    add_title(page, program, name, command->summary);
    add_synopsis(page, program->name, command->name, command->synopsis);
    add_description(page, command);
    if (command->option_count) {
        strbuf_add(page, ".SH OPTIONS\n");
        add_sentence(page, how_values_are_written(command));
        add_options(page, command, true);
    }
    add_exit_status(page, command);
    add_example(page, command->example);
    strbuf_add(page, ".SH SEE ALSO\n.BR ");
    add_plain(page, program->name);
    strbuf_add(page, " (1)\n");
}

/* ---- the program's page ---- */

/* Its commands, each with a line that leads to its page. */
static void add_command_list(struct strbuf *page, const struct manual_program *program) {
    add_heading(page, "SH", "Commands");
    for (size_t i = 0; i < program->command_count; i++) {
        strbuf_add(page, ".TP\n.BR ");
        add_plain(page, program->name);
        strbuf_add(page, "\\-");
        add_plain(page, program->commands[i].name);
        strbuf_add(page, " (1)\n");
        add_sentence(page, program->commands[i].summary);
    }
}

/* The same where they have no page: all of each. */
static void add_command_sections(struct strbuf *page, const struct manual_program *program) {
    CLEANUP_FREE char *title = text_format("%sS", program->noun);
    add_heading(page, "SH", title);
    for (size_t i = 0; i < program->command_count; i++) {
        const struct manual_command *command = &program->commands[i];
        add_heading(page, "SS", command->name);
        if (command->details)
            add_text(page, command->details, strlen(command->details));
        add_options(page, command, false);
        if (command->example) {
            strbuf_add(page, ".PP\nExample:\n.PP\n");
            add_literal(page, command->example, strlen(command->example));
        }
    }
}

void manual_page(const struct manual_program *program, struct strbuf *page) {
    add_title(page, program, program->name, program->summary);
    add_synopsis(page, program->name, "", program->synopsis);
    strbuf_add(page, ".SH DESCRIPTION\n");
    add_text(page, program->details, strlen(program->details));
    if (program->one_page)
        add_command_sections(page, program);
    else
        add_command_list(page, program);
    for (size_t i = 0; i < program->section_count; i++) {
        add_heading(page, "SH", program->sections[i].title);
        add_text(page, program->sections[i].text, strlen(program->sections[i].text));
    }
    strbuf_add(page, program->see_also ? ".SH SEE ALSO\n" : "");
    if (program->see_also)
        add_sentence(page, program->see_also);
}
