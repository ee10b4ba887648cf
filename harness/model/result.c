#include "model/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_APP] = "app",
    [ROLE_INIT] = "init",
    [ROLE_SIDECAR] = "sidecar",
};

const char *container_role_name(enum container_role role) {
    return role_names[role];
}

bool container_role_from_name(const char *name, enum container_role *ret) {
    int found = text_index(role_names, ROLE_COUNT, name);
    if (found >= 0)
        *ret = (enum container_role)found;
    return found >= 0;
}

const struct trial *result_profile(const struct trial *trials, size_t count) {
    const struct trial *last = NULL;
    for (size_t i = 0; i < count; i++) {
        if (trials[i].purpose != PURPOSE_PROFILE)
            continue;
        last = &trials[i];
        if (last->outcome == OUTCOME_SURVIVED)
            break;
    }
    return last;
}

void result_add_trial(struct result *result, struct trial *trial) {
    struct trial *grown = realloc(result->trials, (result->trial_count + 1) * sizeof *grown);
    if (!grown)
        abort();
    result->trials = grown;
    result->trials[result->trial_count++] = *trial;
    *trial = (struct trial){0};
}

static void append(char ***texts, size_t *count, const char *format, va_list arguments) {
    char **grown = realloc(*texts, (*count + 1) * sizeof *grown);
    if (!grown)
        abort();
    *texts = grown;
    grown[(*count)++] = text_format_list(format, arguments);
}

void recommendation_reason(struct recommendation *recommendation, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append(&recommendation->reasons, &recommendation->reason_count, format, arguments);
    va_end(arguments);
}

void recommendation_warn(struct recommendation *recommendation, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append(&recommendation->warnings, &recommendation->warning_count, format, arguments);
    va_end(arguments);
}

bool recommendation_is_proven(const struct recommendation *recommendation) {
    return recommendation->known && recommendation->verified_runs > 0 && recommendation->verified_ooms == 0;
}

void recommendation_free(struct recommendation *recommendation) {
    for (size_t i = 0; i < recommendation->reason_count; i++)
        free(recommendation->reasons[i]);
    for (size_t i = 0; i < recommendation->warning_count; i++)
        free(recommendation->warnings[i]);
    free(recommendation->reasons);
    free(recommendation->warnings);
    runtime_advice_free(&recommendation->runtime);
    *recommendation = (struct recommendation){0};
}

void result_caveat(struct result *result, const char *sentence) {
    char **grown = realloc(result->caveats, (result->caveat_count + 1) * sizeof *grown);
    if (!grown)
        abort();
    result->caveats = grown;
    grown[result->caveat_count++] = text_copy(sentence);
}

void result_free(struct result *result) {
    for (size_t i = 0; i < result->caveat_count; i++)
        free(result->caveats[i]);
    free(result->caveats);
    for (size_t i = 0; i < result->trial_count; i++)
        trial_free(&result->trials[i]);
    free(result->trials);
    for (char **argument = result->argv; argument && *argument; argument++)
        free(*argument);
    free(result->argv);
    free(result->command);
    free(result->started_at);
    free(result->name);
    free(result->image);
    free(result->load);
    free(result->ready);
    recommendation_free(&result->recommendation);
    observation_free(&result->observation);
    leak_free(&result->leak);
    gate_free(&result->gate);
    *result = (struct result){0};
}
