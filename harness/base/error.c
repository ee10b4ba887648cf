#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_system(struct error *error, int code, const char *format, ...) {
    char text[sizeof error->what - 160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(error->what, sizeof error->what, "%s: %s", text, strerror(-code));
    error->hint[0] = '\0';
    return code;
}

int error_plain(struct error *error, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->what, sizeof error->what, format, arguments);
    va_end(arguments);
    error->hint[0] = '\0';
    return code;
}

void error_hint(struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->hint, sizeof error->hint, format, arguments);
    va_end(arguments);
}
