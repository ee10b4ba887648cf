#include "model/checkup.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const state_names[CHECK_STATE_COUNT] = {
    [CHECK_OK] = "ok", [CHECK_LESS] = "less", [CHECK_MISSING] = "missing"};

static const char *const part_names[PART_COUNT] = {
    [PART_MACHINE] = "machine", [PART_GROUPS] = "groups", [PART_DEATHS] = "deaths", [PART_TOOLS] = "tools"};

const char *check_state_name(enum check_state state) {
    return state_names[state];
}

const char *check_part_name(enum check_part part) {
    return part_names[part];
}

static char *format_text(const char *format, va_list arguments) {
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    return text;
}

struct check *checkup_add(struct checkup *checkup, enum check_part part, const char *id, const char *title,
                          enum check_state state, const char *format, ...) {
    struct check *grown = realloc(checkup->checks, (checkup->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    checkup->checks = grown;
    struct check *check = &grown[checkup->count++];
    va_list arguments;
    va_start(arguments, format);
    *check = (struct check){
        .id = id, .title = title, .part = part, .state = state, .found = format_text(format, arguments)};
    va_end(arguments);
    return check;
}

/* Defines a function that puts a text in the place of one member. */
#define SETTER(name, member)                                                                                 \
    void name(struct check *check, const char *format, ...) {                                                \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        free(check->member);                                                                                 \
        check->member = format_text(format, arguments);                                                      \
        va_end(arguments);                                                                                   \
    }

SETTER(check_costs, costs)
SETTER(check_run, run)
SETTER(check_advise, advice)

void check_mend(struct check *check, const struct error *error) {
    if (*error->hint)
        check_run(check, "%s", error->hint);
    if (*error->advice)
        check_advise(check, "%s", error->advice);
}

size_t checkup_count(const struct checkup *checkup, enum check_state state) {
    size_t count = 0;
    for (size_t i = 0; i < checkup->count; i++)
        count += checkup->checks[i].state == state;
    return count;
}

void checkup_free(struct checkup *checkup) {
    for (size_t i = 0; i < checkup->count; i++) {
        struct check *check = &checkup->checks[i];
        free(check->found);
        free(check->costs);
        free(check->run);
        free(check->advice);
    }
    free(checkup->checks);
    free(checkup->parent);
    *checkup = (struct checkup){0};
}
