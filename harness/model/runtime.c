#include "model/runtime.h"

#include <stdlib.h>

#include "base/text.h"

static const char *const names[RUNTIME_COUNT] = {
    [RUNTIME_NONE] = NULL,       [RUNTIME_JVM] = "jvm",       [RUNTIME_NODE] = "node", [RUNTIME_GO] = "go",
    [RUNTIME_PYTHON] = "python", [RUNTIME_DOTNET] = "dotnet", [RUNTIME_RUBY] = "ruby", [RUNTIME_PHP] = "php",
};

const char *runtime_name(enum runtime runtime) {
    return names[runtime];
}

bool runtime_from_name(const char *name, enum runtime *ret) {
    int found = text_index(names, RUNTIME_COUNT, name);
    if (found >= 0)
        *ret = (enum runtime)found;
    return found >= 0;
}

void runtime_advice_add(struct runtime_advice *advice, const char *name, const char *value) {
    if (advice->setting_count == RUNTIME_SETTINGS_MAX)
        return;
    advice->settings[advice->setting_count++] = (struct runtime_setting){text_copy(name), text_copy(value)};
}

void runtime_advice_free(struct runtime_advice *advice) {
    for (size_t i = 0; i < advice->setting_count; i++) {
        free(advice->settings[i].name);
        free(advice->settings[i].value);
    }
    *advice = (struct runtime_advice){0};
}

bool runtime_reads_limit_once(enum runtime runtime) {
    return runtime == RUNTIME_JVM || runtime == RUNTIME_NODE || runtime == RUNTIME_DOTNET;
}
