#include "model/service.h"

#include <stdlib.h>

static const char *const ready_names[READY_COUNT] = {
    [READY_NONE] = "none", [READY_TCP] = "tcp",   [READY_HTTP] = "http",   [READY_FILE] = "file",
    [READY_LOG] = "log",   [READY_EXEC] = "exec", [READY_AFTER] = "after",
};

const char *ready_kind_name(enum ready_kind kind) {
    return ready_names[kind];
}

void service_facts_free(struct service_facts *facts) {
    for (size_t i = 0; i < facts->load_count; i++)
        free(facts->loads[i].step);
    free(facts->loads);
    free(facts->failure);
    free(facts->load_tail);
    free(facts->log_name);
    *facts = (struct service_facts){0};
}

void service_facts_add(struct service_facts *facts, struct load_run *run) {
    struct load_run *grown = realloc(facts->loads, (facts->load_count + 1) * sizeof *grown);
    if (!grown)
        abort();
    facts->loads = grown;
    facts->loads[facts->load_count++] = *run;
    *run = (struct load_run){0};
}

int64_t service_load_ns(const struct service_facts *facts) {
    int64_t total = 0;
    for (size_t i = 0; i < facts->load_count; i++)
        total += facts->loads[i].duration_ns;
    return total;
}

struct known_f64 service_rate(const struct service_facts *facts) {
    double total = 0;
    for (size_t i = 0; i < facts->load_count; i++) {
        if (!facts->loads[i].figures.rate_per_s.known)
            return UNKNOWN_F64;
        total += facts->loads[i].figures.rate_per_s.value;
    }
    return facts->load_count ? known_f64(total / (double)facts->load_count) : UNKNOWN_F64;
}
