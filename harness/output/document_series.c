#include "output/document_series.h"

#include "output/document_leak.h"
#include "output/json.h"

static void put_series(cJSON *list, const struct series_record *record, const struct leak *leak) {
    const struct leak_series *series = &record->series;
    cJSON *object = cJSON_CreateObject();
    json_put_text(object, "name", series->name);
    json_put_text(object, "measure", leak_measure_name(series->measure));
    cJSON_AddNumberToObject(object, "readings", (double)record->readings);
    json_put_seconds(object, "start_unix_s", record->start);
    json_put_i64(object, "resolution_bytes",
                 series->resolution_bytes ? known_i64(series->resolution_bytes) : UNKNOWN_I64);
    json_put_i64(object, "limit_bytes", series->limit_bytes);
    json_put_texts(object, "notes", record->notes, record->note_count);
    document_put_leak(object, "leak", leak);
    cJSON_AddItemToArray(list, object);
}

char *document_series(const struct series_file *file, const struct leak *leaks, const char *source) {
    cJSON *root = json_begin(SERIES_SCHEMA);
    json_put_text(root, "source", source);
    json_put_text(root, "form", file->form);
    json_put_texts(root, "notes", file->notes, file->note_count);
    cJSON *list = cJSON_AddArrayToObject(root, "series");
    for (size_t i = 0; i < file->count; i++)
        put_series(list, &file->records[i], &leaks[i]);
    return json_end(root);
}
