#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "manual/manual.h"

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_page_of(const char *name, const struct manual_program *program,
                       const struct manual_command *command) {
    CLEANUP_FREE char *page = text_format("%s-%s.1", program->name, command->name);
    return strcmp(name, page) == 0;
}

/* False where nothing is called so. */
static bool make(const struct manual_program *program, const char *name, struct strbuf *text) {
    const char *rest = text_starts_with(name, program->name) ? name + strlen(program->name) : "none";
    if (name[0] == '_' && strcmp(name + 1, program->name) == 0)
        manual_zsh(program, text);
    else if (!*rest)
        manual_bash(program, text);
    else if (strcmp(rest, ".fish") == 0)
        manual_fish(program, text);
    else if (strcmp(rest, ".1") == 0)
        manual_page(program, text);
    for (size_t i = 0; i < program->command_count && !program->one_page; i++)
        if (is_page_of(name, program, &program->commands[i]))
            manual_command_page(program, &program->commands[i], text);
    return text->length > 0;
}

static bool write_file(const char *path, const struct strbuf *text) {
    FILE *file = fopen(path, "we");
    bool good = file && fwrite(text->text, 1, text->length, file) == text->length;
    if (file && fclose(file) == EOF)
        good = false;
    if (!good)
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
    return good;
}

static bool write_one(const struct manual_program *program, const char *path) {
    struct strbuf text = {0};
    bool good = make(program, file_name(path), &text);
    if (!good)
        fprintf(stderr, "%s: no page and no completion of %s is called so\n", path, program->name);
    good = good && write_file(path, &text);
    strbuf_free(&text);
    return good;
}

static bool has_page(const struct manual_program *program, const struct manual_command *command,
                     char *const *paths) {
    for (; *paths; paths++)
        if (is_page_of(file_name(*paths), program, command))
            return true;
    fprintf(stderr, "%s %s has no page: add '%s' to the list in harness/manual/meson.build\n", program->name,
            command->name, command->name);
    return false;
}

int manual_write(const struct manual_program *program, char *const *paths) {
    bool good = true;
    for (size_t i = 0; i < program->command_count && !program->one_page; i++)
        good = has_page(program, &program->commands[i], paths) && good;
    for (; *paths && good; paths++)
        good = write_one(program, *paths);
    return good ? 0 : 1;
}
