#include "truth.h"

#include <unistd.h>

#include "base/file.h"
#include "base/units.h"

void truth_add(struct truth *truth, const char *key, int64_t value) {
    strbuf_addf(&truth->more, ", \"%s\": %lld", key, (long long)value);
}

void truth_add_seconds(struct truth *truth, const char *key, int64_t ns) {
    strbuf_addf(&truth->more, ", \"%s\": %.9g", key, (double)ns / (double)NS_PER_S);
}

int truth_print(const struct truth *truth, const char *shape, struct error *error) {
    struct strbuf line = {0};
    strbuf_addf(&line, "{\"shape\": \"%s\", \"peak_bytes\": %lld, \"duration_s\": %.9g%s}\n", shape,
                (long long)truth->peak_bytes, (double)truth->duration_ns / (double)NS_PER_S,
                strbuf_text(&truth->more));
    int code = file_write_all(STDOUT_FILENO, line.text, line.length);
    strbuf_free(&line);
    return code < 0 ? error_system(error, code, "write stdout") : 0;
}
