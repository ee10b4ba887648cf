/* Any bytes as inputs of `explain`: read and concluded from. What is printed of them, half of the time, is
 * left to fuzz_explain. */
#include "explain/conclude.h"
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct casefile file = {0};
    struct deaths deaths = {0};
    feed(bytes, length, &file);
    explain_conclude(&file, &deaths);
    deaths_free(&deaths);
    case_free(&file);
    return 0;
}
