#include "output/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct plot *plot_add(struct plots *plots, const char *script, const char *name) {
    struct plot *grown = realloc(plots->items, (plots->count + 1) * sizeof *grown);
    if (!grown)
        abort();
    plots->items = grown;
    struct plot *plot = &grown[plots->count++];
    *plot = (struct plot){.script = script, .name = text_format("plot-%s", name)};
    return plot;
}

void plot_set_i64(struct plot *plot, const char *name, struct known_i64 value) {
    if (value.known)
        strbuf_addf(&plot->settings, "%s = %" PRId64 ".0\n", name, value.value);
}

void plot_set_f64(struct plot *plot, const char *name, struct known_f64 value) {
    if (value.known && isfinite(value.value))
        strbuf_addf(&plot->settings, "%s = %.9e\n", name, value.value);
}

void plot_cell_i64(struct strbuf *data, struct known_i64 value) {
    strbuf_add(data, ",");
    if (value.known)
        strbuf_addf(data, "%" PRId64, value.value);
}

void plot_cell_f64(struct strbuf *data, struct known_f64 value) {
    strbuf_add(data, ",");
    if (value.known && isfinite(value.value))
        strbuf_addf(data, "%.6g", value.value);
}

const char *plot_ending(const struct trial *trial) {
    if (trial->squeezed)
        return "other";
    return trial_lived(trial) ? "lived" : trial_died(trial) ? "died" : "other";
}

/* ---- which runs ---- */

static bool is_higher(const struct trial *trial, const struct trial *than) {
    return !than || trial->limit_bytes.value > than->limit_bytes.value;
}

static const struct trial *highest_death(const struct result *result) {
    const struct trial *found = NULL;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (trial->limit_bytes.known && trial_died(trial) && is_higher(trial, found))
            found = trial;
    }
    return found;
}

static const struct trial *lowest_survivor(const struct result *result) {
    const struct trial *found = NULL;
    for (size_t i = 0; i < result->trial_count; i++) {
        const struct trial *trial = &result->trials[i];
        if (trial->limit_bytes.known && !trial->squeezed && trial_lived(trial) &&
            (!found || trial->limit_bytes.value < found->limit_bytes.value))
            found = trial;
    }
    return found;
}

static const struct trial *squeeze(const struct result *result) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].squeezed)
            return &result->trials[i];
    return NULL;
}

static const struct trial *proof(const struct result *result) {
    for (size_t i = 0; i < result->trial_count; i++)
        if (result->trials[i].purpose == PURPOSE_VERIFY)
            return &result->trials[i];
    return NULL;
}

#define WANTED 5

size_t plot_choose(const struct result *result, const struct trial *ret[PLOT_TIMELINES_MAX]) {
    const struct trial *const wanted[WANTED] = {result_profile(result->trials, result->trial_count),
                                                highest_death(result), lowest_survivor(result),
                                                squeeze(result), proof(result)};
    size_t count = 0;
    if (result->trial_count <= PLOT_TIMELINES_MAX) {
        for (; count < result->trial_count; count++)
            ret[count] = &result->trials[count];
        return count;
    }
    for (size_t i = 0; i < WANTED && count < PLOT_TIMELINES_MAX; i++) {
        bool there = !wanted[i];
        for (size_t j = 0; j < count; j++)
            there = there || ret[j] == wanted[i];
        if (!there)
            ret[count++] = wanted[i];
    }
    if (count == 0)
        ret[count++] = &result->trials[0];
    return count;
}

void plots_free(struct plots *plots) {
    for (size_t i = 0; i < plots->count; i++) {
        free(plots->items[i].name);
        free(plots->items[i].title);
        free(plots->items[i].words);
        strbuf_free(&plots->items[i].data);
        strbuf_free(&plots->items[i].settings);
    }
    free(plots->items);
    *plots = (struct plots){0};
}
