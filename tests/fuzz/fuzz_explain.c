/* Any bytes as inputs of `explain`: read, concluded from, and printed in all three forms. */
#include <stdlib.h>

#include "explain/conclude.h"
#include "feed.h"
#include "output/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct casefile file = {0};
    struct deaths deaths = {0};
    struct strbuf text = {0};
    feed(bytes, length, &file);
    explain_conclude(&file, &deaths);
    explain_text(&deaths, true, 80, &text);
    explain_markdown(&deaths, &text);
    free(explain_json(&deaths));
    strbuf_free(&text);
    deaths_free(&deaths);
    case_free(&file);
    return 0;
}
