#include "output/document_leak.h"

#include <string.h>

#include "base/units.h"

/* ---- leak, written ---- */

/* An interval is null where either of its ends is not known. */
static void put_interval(cJSON *object, const char *key, const struct leak_rate *rate) {
    if (!rate->low.known || !rate->high.known) {
        cJSON_AddNullToObject(object, key);
        return;
    }
    cJSON *array = cJSON_AddArrayToObject(object, key);
    cJSON_AddItemToArray(array, cJSON_CreateNumber(rate->low.value));
    cJSON_AddItemToArray(array, cJSON_CreateNumber(rate->high.value));
}

static void put_kinds(cJSON *root, const struct leak *leak) {
    cJSON *kinds = cJSON_AddArrayToObject(root, "kinds");
    for (int i = 0; i < leak->kind_count; i++) {
        cJSON *object = cJSON_CreateObject();
        json_put_text(object, "name", leak->kinds[i].name);
        cJSON_AddNumberToObject(object, "growth_bytes", leak->kinds[i].growth_bytes);
        cJSON_AddNumberToObject(object, "bytes_per_hour", leak->kinds[i].bytes_per_hour);
        cJSON_AddItemToArray(kinds, object);
    }
}

static void put_processes(cJSON *root, const struct leak *leak) {
    cJSON *processes = cJSON_AddArrayToObject(root, "processes");
    for (size_t i = 0; i < leak->process_count; i++) {
        const struct leak_process *process = &leak->processes[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "pid", process->pid);
        json_put_text(object, "name", process->name);
        cJSON_AddNumberToObject(object, "growth_bytes", (double)process->growth_bytes);
        cJSON_AddNumberToObject(object, "tasks_growth", (double)process->tasks_growth);
        cJSON_AddBoolToObject(object, "is_new", process->is_new);
        cJSON_AddItemToArray(processes, object);
    }
}

void document_put_leak(cJSON *root, const char *key, const struct leak *leak) {
    if (!leak->known) {
        cJSON_AddNullToObject(root, key);
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, key);
    json_put_text(object, "verdict", leak_verdict_name(leak->verdict));
    json_put_text(object, "reason", leak->reason);
    json_put_text(object, "shape", leak_shape_name(leak->shape));
    json_put_text(object, "measure", leak_measure_name(leak->measure));
    json_put_text(object, "over", leak->by_cycle ? "cycles" : "time");
    cJSON_AddNumberToObject(object, "points", leak->points);
    cJSON_AddNumberToObject(object, "warmup_points", leak->warmup);
    json_put_seconds(object, "span_s", known_i64(leak->span_ns));
    json_put_f64(object, "growth_bytes_per_hour", leak->per_hour.value);
    put_interval(object, "ci95_bytes_per_hour", &leak->per_hour);
    json_put_f64(object, "growth_bytes_per_cycle", leak->per_cycle.value);
    put_interval(object, "ci95_bytes_per_cycle", &leak->per_cycle);
    json_put_f64(object, "detectable_bytes_per_hour", leak->detectable_bytes_per_hour);
    json_put_f64(object, "detectable_bytes_per_cycle", leak->detectable_bytes_per_cycle);
    json_put_f64(object, "more_s", leak->more_s);
    json_put_i64(object, "more_cycles", leak->more_cycles);
    json_put_f64(object, "more_detectable_bytes_per_hour", leak->more_detectable_bytes_per_hour);
    json_put_f64(object, "time_to_limit_s", leak->time_to_limit_s);
    put_kinds(object, leak);
    json_put_f64(object, "tasks_growth", leak->tasks_growth);
    put_processes(object, leak);
}

/* ---- leak, read ---- */

static void get_interval(struct json_reader *reader, const cJSON *object, const char *key,
                         struct leak_rate *rate) {
    const cJSON *array = json_get_array(reader, object, key);
    const cJSON *low = cJSON_GetArrayItem(array, 0);
    const cJSON *high = cJSON_GetArrayItem(array, 1);
    if (!array)
        return;
    if (cJSON_GetArraySize(array) != 2 || !cJSON_IsNumber(low) || !cJSON_IsNumber(high)) {
        json_refuse(reader, key, "a pair of numbers");
        return;
    }
    rate->low = known_f64(low->valuedouble);
    rate->high = known_f64(high->valuedouble);
}

/* Static text for the name of a kind; NULL: there is no such kind. */
static const char *find_kind(const char *name) {
    static const char *const names[] = {"anon", "shmem", "kernel"};
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return names[i];
    return NULL;
}

static void get_kinds(struct json_reader *reader, const cJSON *root, struct leak *leak) {
    const cJSON *kinds = json_get_array(reader, root, "kinds");
    const cJSON *object = NULL;
    cJSON_ArrayForEach(object, kinds) {
        const char *name = find_kind(json_get_text(reader, object, "name"));
        if (!name || leak->kind_count == LEAK_KINDS_MAX) {
            json_refuse(reader, "leak.kinds", "a list of anon, shmem and kernel");
            return;
        }
        leak->kinds[leak->kind_count++] =
            (struct leak_kind){.name = name,
                               .growth_bytes = json_get_ratio(reader, object, "growth_bytes"),
                               .bytes_per_hour = json_get_ratio(reader, object, "bytes_per_hour")};
    }
}

static void get_processes(struct json_reader *reader, const cJSON *root, struct leak *leak) {
    const cJSON *processes = json_get_array(reader, root, "processes");
    const cJSON *object = NULL;
    cJSON_ArrayForEach(object, processes) {
        struct leak_process process = {
            .pid = json_get_count(reader, object, "pid"),
            .name = json_get_copy(reader, object, "name"),
            .growth_bytes = known_or(json_get_i64(reader, object, "growth_bytes"), 0),
            .tasks_growth = known_or(json_get_i64(reader, object, "tasks_growth"), 0),
            .is_new = json_get_flag(reader, object, "is_new")};
        leak_add_process(leak, &process);
    }
}

static void get_words(struct json_reader *reader, const cJSON *object, struct leak *leak) {
    const char *verdict = json_get_text(reader, object, "verdict");
    const char *shape = json_get_text(reader, object, "shape");
    const char *measure = json_get_text(reader, object, "measure");
    const char *over = json_get_text(reader, object, "over");
    if (!verdict || !leak_verdict_from_name(verdict, &leak->verdict))
        json_refuse(reader, "leak.verdict", "one that is known");
    if (shape && !leak_shape_from_name(shape, &leak->shape))
        json_refuse(reader, "leak.shape", "one that is known");
    if (measure && !leak_measure_from_name(measure, &leak->measure))
        json_refuse(reader, "leak.measure", "one that is known");
    leak->by_cycle = over && strcmp(over, "cycles") == 0;
}

void document_get_leak(struct json_reader *reader, const cJSON *root, const char *key, struct leak *ret) {
    const cJSON *object = json_get_object(reader, root, key);
    *ret = (struct leak){0};
    if (!object)
        return;
    ret->known = true;
    get_words(reader, object, ret);
    ret->reason = json_get_copy(reader, object, "reason");
    ret->points = json_get_count(reader, object, "points");
    ret->warmup = json_get_count(reader, object, "warmup_points");
    ret->span_ns = json_get_duration_ns(reader, object, "span_s");
    ret->per_hour.value = json_get_f64(reader, object, "growth_bytes_per_hour");
    get_interval(reader, object, "ci95_bytes_per_hour", &ret->per_hour);
    ret->per_cycle.value = json_get_f64(reader, object, "growth_bytes_per_cycle");
    get_interval(reader, object, "ci95_bytes_per_cycle", &ret->per_cycle);
    ret->detectable_bytes_per_hour = json_get_f64(reader, object, "detectable_bytes_per_hour");
    ret->detectable_bytes_per_cycle = json_get_f64(reader, object, "detectable_bytes_per_cycle");
    ret->more_s = json_get_f64(reader, object, "more_s");
    ret->more_cycles = json_get_i64(reader, object, "more_cycles");
    ret->more_detectable_bytes_per_hour = json_get_f64(reader, object, "more_detectable_bytes_per_hour");
    ret->time_to_limit_s = json_get_f64(reader, object, "time_to_limit_s");
    get_kinds(reader, object, ret);
    ret->tasks_growth = json_get_f64(reader, object, "tasks_growth");
    get_processes(reader, object, ret);
}

/* ---- gate ---- */

static cJSON *item_json(const struct gate_item *item) {
    cJSON *object = cJSON_CreateObject();
    json_put_text(object, "name", item->name);
    json_put_text(object, "metric", item->metric);
    json_put_text(object, "state", gate_state_name(item->state));
    json_put_text(object, "sentence", item->sentence);
    json_put_text(object, "advice", item->advice);
    json_put_f64(object, "value", item->value);
    json_put_f64(object, "low", item->low);
    json_put_f64(object, "high", item->high);
    json_put_f64(object, "baseline", item->baseline);
    json_put_f64(object, "bound", item->bound);
    return object;
}

void document_put_gate(cJSON *root, const char *key, const struct gate *gate) {
    if (!gate->known) {
        cJSON_AddNullToObject(root, key);
        return;
    }
    cJSON *object = cJSON_AddObjectToObject(root, key);
    json_put_text(object, "state", gate_state_name(gate->state));
    json_put_text(object, "baseline", gate->baseline_path);
    cJSON_AddBoolToObject(object, "baseline_moved", gate->baseline_moved);
    cJSON *items = cJSON_AddArrayToObject(object, "items");
    for (size_t i = 0; i < gate->count; i++)
        cJSON_AddItemToArray(items, item_json(&gate->items[i]));
    json_put_texts(object, "notes", gate->notes, gate->note_count);
}

static void get_item(struct json_reader *reader, const cJSON *object, struct gate *gate) {
    const char *name = json_get_text(reader, object, "name");
    const char *metric = json_get_text(reader, object, "metric");
    const char *state = json_get_text(reader, object, "state");
    struct gate_item *item = gate_add(gate, name ? name : "", metric ? metric : "");
    if (!name || !metric || !state || !gate_state_from_name(state, &item->state))
        json_refuse(reader, "gate.items", "a list of questions, each with its name, metric and state");
    item->sentence = json_get_copy(reader, object, "sentence");
    item->advice = json_get_copy(reader, object, "advice");
    item->value = json_get_f64(reader, object, "value");
    item->low = json_get_f64(reader, object, "low");
    item->high = json_get_f64(reader, object, "high");
    item->baseline = json_get_f64(reader, object, "baseline");
    item->bound = json_get_f64(reader, object, "bound");
}

void document_get_gate(struct json_reader *reader, const cJSON *root, const char *key, struct gate *ret) {
    const cJSON *object = json_get_object(reader, root, key);
    *ret = (struct gate){0};
    if (!object)
        return;
    ret->known = true;
    const char *state = json_get_text(reader, object, "state");
    if (!state || !gate_state_from_name(state, &ret->state))
        json_refuse(reader, "gate.state", "one that is known");
    ret->baseline_path = json_get_copy(reader, object, "baseline");
    ret->baseline_moved = json_get_flag(reader, object, "baseline_moved");
    const cJSON *items = json_get_array(reader, object, "items");
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, items) {
        get_item(reader, item, ret);
    }
    const cJSON *notes = json_get_array(reader, object, "notes");
    const cJSON *note = NULL;
    cJSON_ArrayForEach(note, notes) {
        if (cJSON_IsString(note))
            gate_note(ret, "%s", note->valuestring);
        else
            json_refuse(reader, "gate.notes", "a list of texts");
    }
}
