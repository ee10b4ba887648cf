#include "kernel/policy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "kernel/parse.h"

struct chosen_word policy_chosen(const char *text) {
    struct chosen_word word = {""};
    const char *begin = strchr(text, '[');
    size_t length = begin ? strcspn(begin + 1, "]\n") : 0;
    if (begin && begin[1 + length] == ']' && length < sizeof word.s)
        memcpy(word.s, begin + 1, length);
    return word;
}

struct chosen_word policy_huge_pages(void) {
    char text[128];
    if (file_read_text_at(AT_FDCWD, "/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text) < 0)
        return (struct chosen_word){""};
    return policy_chosen(text);
}

struct known_i64 policy_vm(const char *name) {
    char path[128];
    char text[64];
    snprintf(path, sizeof path, "/proc/sys/vm/%s", name);
    if (file_read_text_at(AT_FDCWD, path, text, sizeof text) < 0)
        return UNKNOWN_I64;
    return parse_number(text);
}
