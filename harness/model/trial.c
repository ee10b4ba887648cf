#include "model/trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Facts that a sentence bears. */
#define EVIDENCE_TOLD 3

void trial_add_evidence(struct trial *trial, const char *source, const char *detail) {
    struct evidence *grown = realloc(trial->evidence, (trial->evidence_count + 1) * sizeof *grown);
    if (!grown)
        abort();
    trial->evidence = grown;
    trial->evidence[trial->evidence_count++] = (struct evidence){text_copy(source), text_copy(detail)};
}

void trial_say(struct trial *trial, const char *source, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *detail = text_format_list(format, arguments);
    va_end(arguments);
    trial_add_evidence(trial, source, detail);
    free(detail);
}

const struct evidence *trial_find_evidence(const struct trial *trial, const char *source) {
    for (size_t i = 0; i < trial->evidence_count; i++)
        if (strcmp(trial->evidence[i].source, source) == 0)
            return &trial->evidence[i];
    return NULL;
}

char *trial_evidence_text(const struct trial *trial) {
    struct strbuf text = {0};
    for (size_t i = 0; i < trial->evidence_count && i < EVIDENCE_TOLD; i++)
        strbuf_addf(&text, "%s%s: %.300s", i ? "; " : "", trial->evidence[i].source,
                    trial->evidence[i].detail);
    return text.text ? text.text : text_copy("no evidence");
}

bool trial_lived(const struct trial *trial) {
    if (trial->outcome == OUTCOME_SURVIVED)
        return true;
    return trial->outcome == OUTCOME_SLOW && (trial->exit.stop == STOP_NONE || trial->exit.stop == STOP_DONE);
}

bool trial_died(const struct trial *trial) {
    switch (trial->outcome) {
    case OUTCOME_OOM:
    case OUTCOME_RUNTIME_OOM:
    case OUTCOME_TIMEOUT:
    case OUTCOME_FAILED: /* it succeeded without a limit, and only the limit is another */
        return true;
    default:
        return trial_stalled(trial);
    }
}

bool trial_stalled(const struct trial *trial) {
    return trial->outcome == OUTCOME_SLOW && trial->exit.stop == STOP_SLOW && !trial->for_slowdown;
}

int64_t trial_pace_ns(const struct trial *trial) {
    return known_or(trial->service.pace_ns, trial->exit.duration_ns);
}

void trial_free(struct trial *trial) {
    for (size_t i = 0; i < trial->evidence_count; i++) {
        free(trial->evidence[i].source);
        free(trial->evidence[i].detail);
    }
    free(trial->evidence);
    free(trial->exit.stderr_tail);
    free(trial->samples_name);
    free(trial->log_name);
    ending_free(&trial->ending);
    series_free(&trial->series);
    census_free(&trial->census);
    service_facts_free(&trial->service);
    *trial = (struct trial){0};
}

void trial_facts_free(struct trial_facts *facts) {
    for (size_t i = 0; i < facts->ancestor_count; i++)
        free(facts->ancestors[i].path);
    free(facts->ancestors);
    free(facts->exit.stderr_tail);
    free(facts->stdout_tail);
    free(facts->daemon_words);
    *facts = (struct trial_facts){0};
}

int exit_facts_status(const struct exit_facts *facts) {
    if (facts->exit_code.known)
        return (int)facts->exit_code.value;
    if (facts->signal.known)
        return 128 + (int)facts->signal.value;
    return 125;
}
