#include "output/document.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "output/document_ending.h"
#include "output/document_leak.h"
#include "output/json.h"

static void put_trough(cJSON *root, const struct trough *trough) {
    if (!trough->needed.known) {
        cJSON_AddNullToObject(root, "trough");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "trough");
    json_put_i64(object, "needed_bytes", trough->needed);
    json_put_i64(object, "anon_bytes", trough->anon);
    json_put_i64(object, "shmem_bytes", trough->shmem);
    json_put_i64(object, "kernel_bytes", trough->kernel);
    json_put_i64(object, "tasks", trough->tasks);
}

static cJSON *load_run_json(const struct load_run *run) {
    cJSON *object = cJSON_CreateObject();
    json_put_text(object, "step", run->step);
    cJSON_AddNumberToObject(object, "cycle", run->cycle);
    json_put_seconds(object, "start_s", known_i64(run->start_ns));
    json_put_seconds(object, "duration_s", known_i64(run->duration_ns));
    json_put_i64(object, "limit_bytes", run->limit_bytes);
    json_put_i64(object, "exit_code", run->exit_code);
    json_put_i64(object, "signal", run->signal);
    json_put_text(object, "format", run->figures.format);
    json_put_f64(object, "rate_per_s", run->figures.rate_per_s);
    json_put_f64(object, "latency_mean_s", run->figures.latency_mean_s);
    json_put_f64(object, "latency_p99_s", run->figures.latency_p99_s);
    json_put_i64(object, "requests", run->figures.requests);
    json_put_i64(object, "errors", run->figures.errors);
    json_put_i64(object, "quiescent_bytes", run->quiescent_bytes);
    put_trough(object, &run->trough);
    json_put_i64(object, "refault_bytes", run->refault_bytes);
    json_put_f64(object, "stall_ratio", run->stall_ratio);
    return object;
}

static void put_service(cJSON *root, const struct service_facts *facts) {
    if (!facts->serves) {
        cJSON_AddNullToObject(root, "service");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "service");
    json_put_seconds(object, "ready_s", facts->ready_ns);
    json_put_seconds(object, "pace_s", facts->pace_ns);
    json_put_f64(object, "rate_per_s", service_rate(facts));
    json_put_text(object, "failure", facts->failure);
    cJSON *loads = cJSON_AddArrayToObject(object, "loads");
    for (size_t i = 0; i < facts->load_count; i++)
        cJSON_AddItemToArray(loads, load_run_json(&facts->loads[i]));
    json_put_text(object, "load_tail", facts->load_tail);
    json_put_text(object, "log", facts->log_name);
}

static cJSON *trial_json(const struct trial *trial) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "id", trial->id);
    json_put_text(object, "purpose", purpose_name(trial->purpose));
    json_put_i64(object, "limit_bytes", trial->limit_bytes);
    json_put_text(object, "outcome", outcome_name(trial->outcome));
    json_put_i64(object, "exit_code", trial->exit.exit_code);
    json_put_i64(object, "signal", trial->exit.signal);
    cJSON_AddNumberToObject(object, "duration_s", (double)trial->exit.duration_ns / (double)NS_PER_S);
    json_put_i64(object, "peak_bytes", trial->peak_bytes);
    json_put_i64(object, "needed_bytes", trial->needed_bytes);
    json_put_i64(object, "unreclaimable_bytes", trial->unreclaimable_bytes);
    json_put_i64(object, "peak_less_file_bytes", trial->peak_less_file_bytes);
    json_put_i64(object, "file_cache_bytes", trial->file_cache_bytes);
    json_put_i64(object, "working_set_p95_bytes", trial->working_set_p95_bytes);
    json_put_i64(object, "oom_kills", trial->oom_kills);
    json_put_i64(object, "refault_bytes", trial->refault_bytes);
    json_put_f64(object, "cpu_s", trial->cpu_s);
    json_put_f64(object, "user_cpu_s", trial->user_cpu_s);
    json_put_i64(object, "tasks_most", trial->tasks_most);
    json_put_i64(object, "line_bytes", trial->line_bytes);
    cJSON_AddBoolToObject(object, "squeezed", trial->squeezed);
    json_put_i64(object, "squeeze_bytes", trial->squeeze_bytes);
    cJSON_AddBoolToObject(object, "evicted", trial->evicted);
    cJSON_AddBoolToObject(object, "crowded", trial->crowded);
    cJSON_AddBoolToObject(object, "tuned", trial->tuned);
    json_put_text(object, "runtime", runtime_name(trial->runtime));
    json_put_text(object, "seeks", trial->for_slowdown ? "slowdown_point" : NULL);
    json_put_text(object, "stop", stop_reason_name(trial->exit.stop));
    json_put_seconds(object, "stopped_s", trial->exit.stopped_ns);
    cJSON_AddNumberToObject(object, "leftovers", trial->exit.leftovers);
    json_put_f64(object, "slowdown_ratio", trial->slowdown_ratio);
    json_put_f64(object, "stall_ratio", trial->stall_ratio);
    cJSON *evidence = cJSON_AddArrayToObject(object, "evidence");
    for (size_t i = 0; i < trial->evidence_count; i++) {
        cJSON *fact = cJSON_CreateObject();
        json_put_text(fact, "source", trial->evidence[i].source);
        json_put_text(fact, "detail", trial->evidence[i].detail);
        cJSON_AddItemToArray(evidence, fact);
    }
    document_put_ending(object, "ending", trial);
    put_service(object, &trial->service);
    json_put_text(object, "samples", trial->samples_name);
    cJSON_AddNumberToObject(object, "sample_count", (double)trial->sample_count);
    cJSON_AddBoolToObject(object, "samples_lost", trial->samples_lost);
    json_put_text(object, "log", trial->log_name);
    json_put_text(object, "stderr_tail", trial->exit.stderr_tail);
    return object;
}

char *document_trial_line(const struct trial *trial) {
    cJSON *tree = trial_json(trial);
    char *text = cJSON_PrintUnformatted(tree);
    if (!text)
        abort();
    cJSON_Delete(tree);
    return text;
}

static void put_host(cJSON *root, const struct host *host) {
    cJSON *object = cJSON_AddObjectToObject(root, "host");
    json_put_text(object, "kernel", host->kernel);
    json_put_text(object, "architecture", *host->architecture ? host->architecture : NULL);
    json_put_text(object, "cgroup", host->cgroup);
    json_put_i64(object, "memory_bytes", host->memory_bytes);
    json_put_i64(object, "available_bytes", host->available_bytes);
    json_put_i64(object, "swap_bytes", host->swap_bytes);
    cJSON_AddNumberToObject(object, "cpus", host->cpus);
    cJSON_AddBoolToObject(object, "psi", host->psi);
    cJSON_AddNumberToObject(object, "page_bytes", (double)host->page_bytes);
}

static const char *target_kind(const struct result *result) {
    if (!result->observation.known)
        return result->image ? "container" : "command";
    return result->observation.container ? "container" : "cgroup";
}

static void put_target(cJSON *root, const struct result *result) {
    cJSON *object = cJSON_AddObjectToObject(root, "target");
    size_t count = 0;
    while (result->argv && result->argv[count])
        count++;
    json_put_text(object, "kind", target_kind(result));
    json_put_text(object, "name", result->name);
    json_put_texts(object, "argv", result->argv, count);
    json_put_text(object, "image", result->image);
    json_put_text(object, "load", result->load);
    json_put_text(object, "ready", result->ready);
}

static void put_levels(cJSON *root, const struct oom_point *point) {
    cJSON *levels = cJSON_AddArrayToObject(root, "band");
    for (int i = 0; i < point->level_count; i++) {
        const struct oom_level *level = &point->levels[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "limit_bytes", (double)level->limit_bytes);
        cJSON_AddNumberToObject(object, "runs", level->runs);
        cJSON_AddNumberToObject(object, "deaths", level->deaths);
        cJSON_AddNumberToObject(object, "p_oom", level->p_oom);
        cJSON_AddItemToArray(levels, object);
    }
}

static void put_slowdown_point(cJSON *root, const struct slowdown_point *point) {
    if (!point->known) {
        cJSON_AddNullToObject(root, "slowdown_point");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "slowdown_point");
    cJSON_AddNumberToObject(object, "limit_bytes", (double)point->limit_bytes);
    json_put_i64(object, "slow_bytes", point->slow_bytes);
    cJSON_AddNumberToObject(object, "slowdown_ratio", point->slowdown_ratio);
    cJSON_AddNumberToObject(object, "max_ratio", point->max_ratio);
    cJSON_AddNumberToObject(object, "noise_ratio", point->noise_ratio);
    cJSON_AddNumberToObject(object, "runs", point->runs);
}

static void put_oom_point(cJSON *root, const struct oom_point *point) {
    if (!point->known) {
        cJSON_AddNullToObject(root, "oom_point");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "oom_point");
    json_put_i64(object, "ooms_bytes", point->ooms_bytes);
    json_put_i64(object, "stalls_bytes", point->stalls_bytes);
    json_put_i64(object, "survives_bytes", point->survives_bytes);
    json_put_f64(object, "resolution_ratio", point->resolution_ratio);
    json_put_text(object, "dies_as", point->ooms_bytes.known ? outcome_name(point->dies_as) : NULL);
    cJSON_AddNumberToObject(object, "confirmed_ooms", point->confirmed_ooms);
    cJSON_AddNumberToObject(object, "confirmed_survivals", point->confirmed_survivals);
    json_put_f64(object, "p_oom_upper95", point->p_oom_upper95);
    cJSON_AddBoolToObject(object, "mixed", point->mixed);
    cJSON_AddBoolToObject(object, "non_monotone", point->non_monotone);
    put_levels(object, point);
    cJSON_AddNumberToObject(object, "runs", point->runs);
}

static void put_runtime(cJSON *root, const struct runtime_advice *advice) {
    if (advice->runtime == RUNTIME_NONE) {
        cJSON_AddNullToObject(root, "runtime");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "runtime");
    json_put_text(object, "name", runtime_name(advice->runtime));
    cJSON *settings = cJSON_AddArrayToObject(object, "settings");
    for (size_t i = 0; i < advice->setting_count; i++) {
        cJSON *setting = cJSON_CreateObject();
        json_put_text(setting, "name", advice->settings[i].name);
        json_put_text(setting, "value", advice->settings[i].value);
        cJSON_AddItemToArray(settings, setting);
    }
    cJSON *tried = cJSON_AddObjectToObject(object, "tried");
    cJSON_AddNumberToObject(tried, "runs", advice->tried_runs);
    cJSON_AddNumberToObject(tried, "ooms", advice->tried_ooms);
    json_put_i64(tried, "needed_bytes", advice->needed_bytes);
    json_put_i64(tried, "needed_without_bytes", advice->needed_without_bytes);
    json_put_f64(tried, "time_ratio", advice->time_ratio);
}

static void put_recommendation(cJSON *root, const struct recommendation *advice) {
    if (!advice->known) {
        cJSON_AddNullToObject(root, "recommendation");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "recommendation");
    cJSON_AddNumberToObject(object, "request_bytes", (double)advice->request_bytes);
    cJSON_AddNumberToObject(object, "limit_bytes", (double)advice->limit_bytes);
    cJSON_AddNumberToObject(object, "headroom_ratio", advice->headroom_ratio);
    json_put_text(object, "qos_class", advice->qos_class);
    cJSON_AddNumberToObject(object, "oom_score_adj", advice->oom_score_adj);
    cJSON_AddNumberToObject(object, "node_memory_bytes", (double)advice->node_memory_bytes);
    json_put_text(object, "container_role", container_role_name(advice->role));
    json_put_i64(object, "cpu_millis", advice->cpu_millis);
    json_put_f64(object, "growth_bytes_per_s", advice->growth_bytes_per_s);
    json_put_f64(object, "exhausted_after_s", advice->exhausted_after_s);
    json_put_texts(object, "reasons", advice->reasons, advice->reason_count);
    json_put_texts(object, "warnings", advice->warnings, advice->warning_count);
    cJSON *verified = cJSON_AddObjectToObject(object, "verified");
    cJSON_AddNumberToObject(verified, "runs", advice->verified_runs);
    cJSON_AddNumberToObject(verified, "ooms", advice->verified_ooms);
    json_put_f64(verified, "p_oom_upper95", advice->verified_p_oom_upper95);
    put_runtime(object, &advice->runtime);
}

static void put_observation(cJSON *root, const struct observation *seen) {
    if (!seen->known) {
        cJSON_AddNullToObject(root, "observation");
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, "observation");
    json_put_text(object, "group", seen->group);
    json_put_i64(object, "pid", seen->pid);
    json_put_text(object, "container", seen->container);
    json_put_text(object, "unit", seen->unit);
    cJSON_AddNumberToObject(object, "processes", seen->processes);
    cJSON_AddNumberToObject(object, "others", seen->others);
    json_put_text(object, "members", seen->members);
    cJSON_AddBoolToObject(object, "holds_us", seen->holds_us);
    cJSON_AddBoolToObject(object, "from_start", seen->from_start);
    json_put_f64(object, "age_s",
                 seen->age_ns.known ? known_f64((double)seen->age_ns.value / (double)NS_PER_S) : UNKNOWN_F64);
    json_put_text(object, "end", watch_end_name(seen->end));
    json_put_text(object, "again", seen->again);
    json_put_i64(object, "recorded_peak_bytes", seen->recorded_peak_bytes);
    json_put_i64(object, "earlier_peak_bytes", seen->earlier_peak_bytes);
    json_put_i64(object, "limit_hits", seen->limit_hits);
    json_put_i64(object, "earlier_limit_hits", seen->earlier_limit_hits);
    json_put_i64(object, "swapped_bytes", seen->swapped_bytes);
}

char *document_result(const struct result *result) {
    cJSON *root = json_begin(RESULT_SCHEMA);
    json_put_text(root, "command", result->command);
    json_put_text(root, "started_at", result->started_at);
    put_host(root, &result->host);
    json_put_texts(root, "caveats", result->caveats, result->caveat_count);
    put_target(root, result);
    cJSON *trials = cJSON_AddArrayToObject(root, "trials");
    for (size_t i = 0; i < result->trial_count; i++)
        cJSON_AddItemToArray(trials, trial_json(&result->trials[i]));
    put_oom_point(root, &result->oom_point);
    put_slowdown_point(root, &result->slowdown_point);
    put_recommendation(root, &result->recommendation);
    put_observation(root, &result->observation);
    document_put_leak(root, "leak", &result->leak);
    document_put_gate(root, "gate", &result->gate);
    return json_end(root);
}

/* A text that must come back as it was: where JSON cannot hold its bytes, they are written as digits. */
static cJSON *exact_text(const char *text) {
    struct strbuf written = {0};
    text_add_json(&written, text);
    bool same = strcmp(strbuf_text(&written), text) == 0;
    strbuf_free(&written);
    if (same)
        return cJSON_CreateString(text);
    for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
        strbuf_addf(&written, "%02x", *byte);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "hex", strbuf_text(&written));
    strbuf_free(&written);
    return object;
}

static void put_scenario(cJSON *root, const struct begun_scenario *scenario) {
    if (!scenario->text)
        return;
    cJSON *object = cJSON_AddObjectToObject(root, "scenario");
    cJSON_AddItemToObject(object, "source", exact_text(scenario->source));
    cJSON_AddItemToObject(object, "folder", exact_text(scenario->folder));
    cJSON_AddItemToObject(object, "text", exact_text(scenario->text));
}

char *document_invocation(const struct invocation *invocation) {
    cJSON *root = json_begin(INVOCATION_SCHEMA);
    json_put_text(root, "command", invocation->command);
    json_put_text(root, "started_at", invocation->started_at);
    cJSON_AddItemToObject(root, "cwd", exact_text(invocation->cwd));
    put_host(root, &invocation->host);
    cJSON *target = cJSON_AddObjectToObject(root, "target");
    json_put_text(target, "name", invocation->name);
    cJSON *arguments = cJSON_AddArrayToObject(root, "arguments");
    for (char *const *argument = invocation->arguments; *argument; argument++)
        cJSON_AddItemToArray(arguments, exact_text(*argument));
    put_scenario(root, &invocation->scenario);
    return json_end(root);
}
