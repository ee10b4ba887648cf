#include "model/death.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

static const char *const more_names[VERDICT_COUNT - OUTCOME_COUNT] = {
    [VERDICT_OOM_CHILD - OUTCOME_COUNT] = "oom-child", [VERDICT_PROBE - OUTCOME_COUNT] = "probe",
    [VERDICT_STOPPED - OUTCOME_COUNT] = "stopped",     [VERDICT_EVICTED - OUTCOME_COUNT] = "evicted",
    [VERDICT_UNKNOWN - OUTCOME_COUNT] = "unknown",
};

const char *verdict_name(enum verdict verdict) {
    int number = (int)verdict;
    return number < OUTCOME_COUNT ? outcome_name((enum outcome)number) : more_names[number - OUTCOME_COUNT];
}

static const char *const scope_names[SCOPE_COUNT] = {
    [SCOPE_OWN] = "own", [SCOPE_PARENT] = "parent", [SCOPE_HOST] = "host"};

const char *death_scope_name(enum death_scope scope) {
    return scope_names[scope];
}

bool death_scope_from_name(const char *name, enum death_scope *ret) {
    int found = text_index(scope_names, SCOPE_COUNT, name);
    if (found >= 0)
        *ret = (enum death_scope)found;
    return found >= 0;
}

const char *confidence_name(enum confidence confidence) {
    static const char *const names[CONFIDENCE_COUNT] = {[CONFIDENCE_UNKNOWN] = "unknown",
                                                        [CONFIDENCE_POSSIBLE] = "possible",
                                                        [CONFIDENCE_LIKELY] = "likely",
                                                        [CONFIDENCE_CERTAIN] = "certain"};
    return names[confidence];
}

/* An array that doubles: full whenever its count is a power of two. */
static void *grow(void *items, size_t count, size_t size) {
    if (count & (count - 1))
        return items;
    void *grown = realloc(items, (count ? count * 2 : 1) * size);
    if (!grown)
        abort();
    return grown;
}

void sentences_add(struct sentences *sentences, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = text_format_list(format, arguments);
    va_end(arguments);
    sentences->items = grow(sentences->items, sentences->count, sizeof *sentences->items);
    sentences->items[sentences->count++] = text;
}

void sentences_free(struct sentences *sentences) {
    for (size_t i = 0; i < sentences->count; i++)
        free(sentences->items[i]);
    free(sentences->items);
    *sentences = (struct sentences){0};
}

void death_add_evidence(struct death *death, const char *source, long line, const char *text) {
    death->evidence = grow(death->evidence, death->evidence_count, sizeof *death->evidence);
    death->evidence[death->evidence_count++] =
        (struct death_evidence){.source = text_copy(source),
                                .line = line > 0 ? known_i64(line) : UNKNOWN_I64,
                                .text = text_copy(text)};
}

static void death_free(struct death *death) {
    for (size_t i = 0; i < death->evidence_count; i++) {
        free(death->evidence[i].source);
        free(death->evidence[i].text);
    }
    free(death->evidence);
    free(death->subject);
    free(death->happened);
    free(death->process);
    free(death->cgroup);
    sentences_free(&death->account);
    sentences_free(&death->missing);
    sentences_free(&death->advice);
    *death = (struct death){0};
}

struct death *deaths_add(struct deaths *deaths) {
    deaths->items = grow(deaths->items, deaths->count, sizeof *deaths->items);
    struct death *death = &deaths->items[deaths->count++];
    *death = (struct death){.verdict = VERDICT_UNKNOWN};
    return death;
}

void deaths_drop_last(struct deaths *deaths) {
    death_free(&deaths->items[--deaths->count]);
}

/* With its place before, so that those of the same time stay in their order. */
struct placed {
    struct death death;
    size_t at;
};

static int by_time(const void *left, const void *right) {
    const struct placed *one = left;
    const struct placed *other = right;
    bool both = one->death.at_ns.known && other->death.at_ns.known;
    if (one->death.at_ns.known != other->death.at_ns.known)
        return one->death.at_ns.known ? -1 : 1;
    if (both && one->death.at_ns.value != other->death.at_ns.value)
        return one->death.at_ns.value > other->death.at_ns.value ? -1 : 1;
    return one->at < other->at ? -1 : one->at > other->at;
}

void deaths_sort(struct deaths *deaths) {
    struct placed *placed = calloc(deaths->count + 1, sizeof *placed);
    if (!placed)
        abort();
    for (size_t i = 0; i < deaths->count; i++)
        placed[i] = (struct placed){deaths->items[i], i};
    qsort(placed, deaths->count, sizeof *placed, by_time);
    for (size_t i = 0; i < deaths->count; i++)
        deaths->items[i] = placed[i].death;
    free(placed);
    deaths->newest_first = true;
}

void deaths_add_read(struct deaths *deaths, char *owned_sentence) {
    deaths->read = grow(deaths->read, deaths->read_count, sizeof *deaths->read);
    deaths->read[deaths->read_count++] = owned_sentence;
}

void deaths_free(struct deaths *deaths) {
    for (size_t i = 0; i < deaths->count; i++)
        death_free(&deaths->items[i]);
    free(deaths->items);
    for (size_t i = 0; i < deaths->read_count; i++)
        free(deaths->read[i]);
    free(deaths->read);
    sentences_free(&deaths->notes);
    *deaths = (struct deaths){0};
}
