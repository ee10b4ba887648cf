#include "feed.h"

#include <string.h>

#include "explain/reader.h"

struct memory {
    const uint8_t *at;
    size_t left;
};

static ptrdiff_t read_memory(void *context, char *buffer, size_t size) {
    struct memory *memory = context;
    size_t length = memory->left < size ? memory->left : size;
    if (length)
        memcpy(buffer, memory->at, length);
    memory->at += length;
    memory->left -= length;
    return (ptrdiff_t)length;
}

static const char divider[] = "\n%%%%\n";

void feed(const uint8_t *bytes, size_t length, struct casefile *file) {
    while (length) {
        const uint8_t *end = memmem(bytes, length, divider, sizeof divider - 1);
        size_t part = end ? (size_t)(end - bytes) : length;
        struct memory memory = {bytes, part};
        const struct byte_source source = {.read = read_memory, .context = &memory};
        struct error error;
        (void)explain_read(file, "input", &source, &error);
        size_t used = part + (end ? sizeof divider - 1 : 0);
        bytes += used;
        length -= used;
    }
}
