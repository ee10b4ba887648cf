/* The answer of a Prometheus range query: {"status":...,"data":{"resultType":"matrix","result":[...]}}, or
 * the list alone, as promtool prints it. Source: prometheus.io/docs/prometheus/latest/querying/api. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "output/series_cell.h"
#include "output/series_forms.h"
#include "output/series_names.h"
#include "output/series_scan.h"

/* A series that has ended is still answered for so long: the default of --query.lookback-delta. */
#define LOOKBACK_NS (300 * NS_PER_S)

#define LABELS_MAX 200

struct label {
    char *name;
    char *value;
};

/* One series of the answer. */
struct result {
    struct label *labels; /* sorted by name */
    size_t label_count;
    char *identity; /* equal for what was before and after a restart */
    struct series_record record;
    size_t joined; /* of how many it was made */
};

struct answer {
    struct source *source;
    struct series_file *file;
    struct strbuf text; /* the scalar that was read last */
    struct result *results;
    size_t count;
    bool has_result;
    char *status;
    char *error_text;
    char *type;
};

static void free_labels(struct result *result) {
    for (size_t i = 0; i < result->label_count; i++) {
        free(result->labels[i].name);
        free(result->labels[i].value);
    }
    free(result->labels);
}

static void free_answer(struct answer *answer) {
    for (size_t i = 0; i < answer->count; i++) {
        free_labels(&answer->results[i]);
        free(answer->results[i].identity);
        series_record_free(&answer->results[i].record);
    }
    free(answer->results);
    free(answer->status);
    free(answer->error_text);
    free(answer->type);
    strbuf_free(&answer->text);
}

/* ---- labels ---- */

/* "" where there is none. */
static const char *label_of(const struct result *result, const char *name) {
    for (size_t i = 0; i < result->label_count; i++)
        if (strcmp(result->labels[i].name, name) == 0)
            return result->labels[i].value;
    return "";
}

/* The first of the names that is there; older clusters call them otherwise. */
static const char *label_of_either(const struct result *result, const char *name, const char *older) {
    const char *value = label_of(result, name);
    return *value ? value : label_of(result, older);
}

static int compare_labels(const void *a, const void *b) {
    return strcmp(((const struct label *)a)->name, ((const struct label *)b)->name);
}

static int read_labels(struct answer *answer, struct result *result) {
    struct source *source = answer->source;
    bool first = true;
    int code = scan_expect(source, '{');
    while (code == 0 && (code = scan_more(source, '}', &first)) > 0) {
        code = scan_key(source, &answer->text);
        if (code < 0)
            break;
        CLEANUP_FREE char *name = text_copy(strbuf_text(&answer->text));
        code = scan_string(source, &answer->text);
        if (code == 0 && result->label_count == LABELS_MAX)
            code = source_refuse(source, "more than %d labels", LABELS_MAX);
        if (code < 0)
            break;
        struct label *grown = reallocarray(result->labels, result->label_count + 1, sizeof *grown);
        if (!grown)
            abort();
        result->labels = grown;
        grown[result->label_count++] =
            (struct label){STEAL_POINTER(&name), text_copy(strbuf_text(&answer->text))};
    }
    if (code == 0 && result->label_count > 0)
        qsort(result->labels, result->label_count, sizeof *result->labels, compare_labels);
    return code;
}

static bool is_in(const char *word, const char *const *words) {
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

/* What a restart gives a new value: of a container in a pod its id and name, of one without a pod its id. */
static char *identity_of(const struct result *result) {
    static const char *const of_pod[] = {"id", "name", "image", "container_id", NULL};
    static const char *const of_container[] = {"id", "image", "container_id", NULL};
    static const char *const none[] = {NULL};
    bool container = *label_of_either(result, "container", "container_name");
    bool pod = *label_of_either(result, "pod", "pod_name");
    const char *const *left_out = pod && container ? of_pod : *label_of(result, "name") ? of_container : none;
    struct strbuf text = {0};
    for (size_t i = 0; i < result->label_count; i++)
        if (!is_in(result->labels[i].name, left_out))
            strbuf_addf(&text, "%s\001%s\001", result->labels[i].name, result->labels[i].value);
    strbuf_add(&text, "");
    return text.text;
}

static void add_part(struct strbuf *name, const char *part) {
    if (*part)
        strbuf_addf(name, "%s%s", name->length ? "/" : "", part);
}

static void add_all_labels(struct strbuf *name, const struct result *result) {
    strbuf_add(name, "{");
    for (size_t i = 0; i < result->label_count; i++)
        strbuf_addf(name, "%s%s=\"%s\"", i ? "," : "", result->labels[i].name, result->labels[i].value);
    strbuf_add(name, "}");
}

/* As people know it: namespace/pod/container; else its name, its job and instance, its id, all its labels;
 * NULL where it has none. */
static char *name_of(const struct result *result) {
    struct strbuf name = {0};
    const char *pod = label_of_either(result, "pod", "pod_name");
    const char *container = label_of_either(result, "container", "container_name");
    if (*pod || *container) {
        add_part(&name, label_of(result, "namespace"));
        add_part(&name, pod);
        add_part(&name, container);
    } else if (*label_of(result, "name")) {
        add_part(&name, label_of(result, "name"));
    } else if (*label_of(result, "job") || *label_of(result, "instance")) {
        add_part(&name, label_of(result, "job"));
        add_part(&name, label_of(result, "instance"));
    } else if (*label_of(result, "id")) {
        add_part(&name, label_of(result, "id"));
    } else if (result->label_count > 0) {
        add_all_labels(&name, result);
    }
    return name.text;
}

/* Recording rules carry the metric's name within theirs. */
static enum leak_measure measure_of(const char *metric) {
    if (strstr(metric, "working_set"))
        return MEASURE_WORKING_SET;
    if (strstr(metric, "memory_usage"))
        return MEASURE_USAGE;
    if (strstr(metric, "memory_rss") || strstr(metric, "resident_memory"))
        return MEASURE_RSS;
    return MEASURE_UNKNOWN;
}

/* ---- reading ---- */

/* [time, "value"] */
static int read_sample(struct answer *answer, struct series_build *build) {
    struct source *source = answer->source;
    struct cell_clock clock = {.unit_ns = NS_PER_S};
    struct cell_bytes cell;
    struct leak_point point = {0};
    struct error error = {0};
    int code = scan_expect(source, '[');
    if (code == 0)
        code = scan_scalar(source, &answer->text);
    if (code < 0)
        return code;
    if (!cell_time(strbuf_text(&answer->text), &clock, &point.time_ns))
        return source_refuse(source, "%.40s: not a time; a sample is [seconds, \"bytes\"]",
                             strbuf_text(&answer->text));
    code = scan_expect(source, ',');
    if (code == 0)
        code = scan_scalar(source, &answer->text);
    if (code < 0)
        return code;
    if (cell_bytes(strbuf_text(&answer->text), &cell, &error) < 0)
        return source_refuse(source, "%s", error.what);
    point.bytes = cell.bytes;
    build->absolute = clock.absolute;
    if (series_build_add(build, &point, &error) < 0)
        return source_refuse(source, "%s", error.what);
    return scan_expect(source, ']');
}

static int read_samples(struct answer *answer, struct series_build *build) {
    bool first = true;
    int code = scan_expect(answer->source, '[');
    while (code == 0 && (code = scan_more(answer->source, ']', &first)) > 0)
        code = read_sample(answer, build);
    return code;
}

static int refuse_vector(struct answer *answer) {
    return source_refuse(answer->source,
                         "the answer for one moment; a series is the answer of /api/v1/query_range");
}

static int read_member(struct answer *answer, struct result *result, struct series_build *build) {
    int code = scan_key(answer->source, &answer->text);
    const char *key = strbuf_text(&answer->text);
    if (code < 0)
        return code;
    if (strcmp(key, "metric") == 0 && result->label_count == 0)
        return read_labels(answer, result);
    if (strcmp(key, "values") == 0)
        return read_samples(answer, build);
    if (strcmp(key, "value") == 0)
        return refuse_vector(answer);
    if (strcmp(key, "metric") != 0 && strcmp(key, "histograms") != 0)
        return source_refuse(answer->source, "%.40s: no part of a series; it is metric and values", key);
    return scan_skip(answer->source);
}

static void keep_result(struct answer *answer, const struct result *result) {
    struct result *grown = reallocarray(answer->results, answer->count + 1, sizeof *grown);
    if (!grown)
        abort();
    answer->results = grown;
    grown[answer->count++] = *result;
}

/* What is no memory in use would look like a leak: a counter always grows. */
static int check_metric(struct answer *answer, const struct result *result) {
    const char *metric = label_of(result, "__name__");
    const char *end = name_counter_end(metric);
    if (!end)
        return 0;
    return source_refuse(answer->source,
                         "%.100s: what ends in %s is no memory in use; ask for "
                         "container_memory_working_set_bytes",
                         metric, end);
}

/* One series. */
static int read_result(struct answer *answer) {
    struct result result = {.joined = 1};
    struct series_build build = {0};
    bool first = true;
    int next = scan_next(answer->source);
    if (next > 0 && next != '{')
        return next == '[' ? refuse_vector(answer)
                           : source_refuse(answer->source, "a single number; a series is the answer of "
                                                           "/api/v1/query_range");
    int code = scan_expect(answer->source, '{');
    while (code == 0 && (code = scan_more(answer->source, '}', &first)) > 0)
        code = read_member(answer, &result, &build);
    if (code == 0)
        code = check_metric(answer, &result);
    if (code == 0 && answer->count == SERIES_FILE_MAX)
        code =
            source_refuse(answer->source, "more than %d series; ask for fewer, as with {namespace=\"shop\"}",
                          SERIES_FILE_MAX);
    if (code < 0 || build.known == 0) {
        answer->file->empty += code == 0;
        leak_series_free(&build.series);
        free_labels(&result);
        return code;
    }
    build.series.measure = measure_of(label_of(&result, "__name__"));
    series_build_end(&build, &result.record);
    result.identity = identity_of(&result);
    keep_result(answer, &result);
    return 0;
}

static int read_results(struct answer *answer) {
    bool first = true;
    int code = scan_expect(answer->source, '[');
    answer->has_result = true;
    while (code == 0 && (code = scan_more(answer->source, ']', &first)) > 0)
        code = read_result(answer);
    return code;
}

static int read_text(struct answer *answer, char **ret) {
    int code = scan_scalar(answer->source, &answer->text);
    if (code < 0)
        return code;
    struct strbuf visible = {0};
    text_add_visible(&visible, strbuf_text(&answer->text));
    strbuf_add(&visible, "");
    free(*ret);
    *ret = visible.text;
    return 0;
}

static int read_data(struct answer *answer) {
    bool first = true;
    if (scan_next(answer->source) != '{')
        return scan_skip(answer->source);
    int code = scan_expect(answer->source, '{');
    while (code == 0 && (code = scan_more(answer->source, '}', &first)) > 0) {
        code = scan_key(answer->source, &answer->text);
        if (code < 0)
            break;
        const char *key = strbuf_text(&answer->text);
        if (strcmp(key, "resultType") == 0)
            code = read_text(answer, &answer->type);
        else if (strcmp(key, "result") == 0)
            code = answer->type && strcmp(answer->type, "scalar") == 0 ? refuse_vector(answer)
                                                                       : read_results(answer);
        else
            code = scan_skip(answer->source);
    }
    return code;
}

/* Of a store that could not reach all it has. */
static int read_warnings(struct answer *answer) {
    bool first = true;
    if (scan_next(answer->source) != '[')
        return scan_skip(answer->source);
    int code = scan_expect(answer->source, '[');
    while (code == 0 && (code = scan_more(answer->source, ']', &first)) > 0) {
        CLEANUP_FREE char *warning = NULL;
        code = read_text(answer, &warning);
        if (code == 0)
            series_note(&answer->file->notes, &answer->file->note_count, "The answer warns: %.200s", warning);
    }
    return code;
}

static int read_answer(struct answer *answer) {
    bool first = true;
    int code = scan_expect(answer->source, '{');
    while (code == 0 && (code = scan_more(answer->source, '}', &first)) > 0) {
        code = scan_key(answer->source, &answer->text);
        if (code < 0)
            break;
        const char *key = strbuf_text(&answer->text);
        if (strcmp(key, "status") == 0)
            code = read_text(answer, &answer->status);
        else if (strcmp(key, "error") == 0)
            code = read_text(answer, &answer->error_text);
        else if (strcmp(key, "warnings") == 0)
            code = read_warnings(answer);
        else if (strcmp(key, "data") == 0)
            code = read_data(answer);
        else
            code = scan_skip(answer->source);
    }
    return code;
}

/* All of it was read: is it an answer? */
static int check_answer(struct answer *answer) {
    struct source *source = answer->source;
    int next = scan_next(source);
    if (next < 0)
        return next;
    if (source_peek(source) != SOURCE_END)
        return source_refuse(source, "more behind the end of the answer; give one answer");
    if (answer->status && strcmp(answer->status, "success") != 0)
        return error_plain(source->error, -EINVAL, "%s: Prometheus answered with %s: %.300s", source->name,
                           answer->status, answer->error_text ? answer->error_text : "no reason");
    if (!answer->has_result)
        return error_plain(source->error, -EINVAL,
                           "%s: neither the answer of a Prometheus range query (data.result) nor lines of "
                           "docker stats --format '{{json .}}'",
                           source->name);
    if (answer->type && strcmp(answer->type, "matrix") != 0)
        return error_plain(source->error, -EINVAL,
                           "%s: resultType is %.40s; a series is a matrix, the answer of /api/v1/query_range",
                           source->name, answer->type);
    return 0;
}

/* ---- restarts ---- */

static int compare_results(const void *a, const void *b) {
    const struct result *one = a;
    const struct result *other = b;
    int order = strcmp(one->identity, other->identity);
    int64_t starts[] = {known_or(one->record.start, 0), known_or(other->record.start, 0)};
    return order ? order : (starts[0] > starts[1]) - (starts[0] < starts[1]);
}

static int64_t end_of(const struct series_record *record) {
    return record->start.value + record->series.points[record->series.count - 1].time_ns;
}

/* One after the other, but for what a store still answers of a series that has ended. */
static bool follows(const struct series_record *before, const struct series_record *after) {
    if (!before->start.known || !after->start.known)
        return false;
    int64_t overlap = end_of(before) - after->start.value;
    int64_t spans[] = {end_of(before) - before->start.value, end_of(after) - after->start.value};
    int64_t shorter = spans[0] < spans[1] ? spans[0] : spans[1];
    return overlap <= 0 || (overlap <= LOOKBACK_NS && overlap < shorter / 2);
}

/* Appends the later life of a container to the earlier one. */
static void join(struct result *result, struct result *later) {
    struct leak_series *series = &result->record.series;
    int64_t shift = later->record.start.value - result->record.start.value;
    while (series->count > 1 && series->points[series->count - 1].time_ns >= shift)
        series->count--;
    /* leak_series_add() takes a count that is a power of two for a full one, so the room may not be odd. */
    struct leak_series joined = *series;
    joined.points = NULL;
    joined.count = 0;
    for (size_t i = 0; i < series->count; i++)
        leak_series_add(&joined, &series->points[i]);
    bool restarted = true;
    for (size_t i = 0; i < later->record.series.count; i++) {
        struct leak_point point = later->record.series.points[i];
        point.time_ns += shift;
        point.restarted |= restarted;
        restarted &= !point.bytes.known;
        leak_series_add(&joined, &point);
    }
    free(series->points);
    *series = joined;
    series_build_thin(series);
    result->record.readings += later->record.readings;
    for (size_t i = 0; i < later->record.note_count; i++)
        series_note(&result->record.notes, &result->record.note_count, "%s", later->record.notes[i]);
    result->joined++;
    free_labels(later);
    free(later->identity);
    series_record_free(&later->record);
}

/* Series of the same container, of one life each, become one. */
static void join_lives(struct answer *answer) {
    size_t kept = 0;
    if (answer->count == 0)
        return;
    qsort(answer->results, answer->count, sizeof *answer->results, compare_results);
    for (size_t i = 1; i < answer->count; i++) {
        struct result *last = &answer->results[kept];
        struct result *next = &answer->results[i];
        if (strcmp(last->identity, next->identity) == 0 && follows(&last->record, &next->record))
            join(last, next);
        else if (++kept != i)
            answer->results[kept] = *next;
    }
    answer->count = kept + 1;
}

/* Two that are called the same are told apart by all their labels. */
static void name_results(struct answer *answer) {
    for (size_t i = 0; i < answer->count; i++)
        answer->results[i].record.series.name = name_of(&answer->results[i]);
    for (size_t i = 0; i < answer->count; i++) {
        const char *name = answer->results[i].record.series.name;
        bool alone = true;
        for (size_t j = i + 1; j < answer->count && name; j++) {
            char **other = &answer->results[j].record.series.name;
            if (!*other || strcmp(*other, name) != 0)
                continue;
            struct strbuf full = {0};
            add_all_labels(&full, &answer->results[j]);
            free(*other);
            *other = full.text;
            alone = false;
        }
        if (alone)
            continue;
        struct strbuf full = {0};
        add_all_labels(&full, &answer->results[i]);
        free(answer->results[i].record.series.name);
        answer->results[i].record.series.name = full.text;
    }
}

static void finish(struct answer *answer) {
    join_lives(answer);
    name_results(answer);
    for (size_t i = 0; i < answer->count; i++) {
        struct result *result = &answer->results[i];
        if (result->joined > 1)
            series_note(&result->record.notes, &result->record.note_count,
                        "%zu lives of the same container, one after the other: each is a series of its own.",
                        result->joined);
        series_file_take(answer->file, &result->record);
    }
}

int series_read_prometheus(struct source *source, struct series_file *ret) {
    struct answer answer = {.source = source, .file = ret};
    int next = scan_next(source);
    int code = next < 0 ? next : next == '[' ? read_results(&answer) : read_answer(&answer);
    if (code == 0)
        code = check_answer(&answer);
    if (code == 0)
        finish(&answer);
    ret->form = "a Prometheus range query";
    free_answer(&answer);
    return code;
}
