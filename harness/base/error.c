#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int error_system(struct error *error, int code, const char *format, ...) {
    char text[sizeof error->what - 160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(error->what, sizeof error->what, "%s: %s", text, strerror(-code));
    error->hint[0] = error->advice[0] = '\0';
    return code;
}

int error_plain(struct error *error, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->what, sizeof error->what, format, arguments);
    va_end(arguments);
    error->hint[0] = error->advice[0] = '\0';
    return code;
}

void error_hint(struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->hint, sizeof error->hint, format, arguments);
    va_end(arguments);
}

void error_advise(struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t length = strlen(error->advice);
    const char *gap = length > 0 ? "; " : "";
    if (length + strlen(gap) < sizeof error->advice) {
        memcpy(error->advice + length, gap, strlen(gap) + 1);
        length += strlen(gap);
        vsnprintf(error->advice + length, sizeof error->advice - length, format, arguments);
    }
    va_end(arguments);
}

struct error_remedy error_remedy(const struct error *error) {
    struct error_remedy text;
    bool both = *error->hint && *error->advice;
    snprintf(text.s, sizeof text.s, "%s%s%s%s", error->hint, both ? "     (" : "", error->advice,
             both ? ")" : "");
    return text;
}
