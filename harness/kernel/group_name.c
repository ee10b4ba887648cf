#include "kernel/group_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool ends_with(const char *text, size_t length, const char *end) {
    size_t end_length = strlen(end);
    return length > end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

/* The 64 hexadecimal digits that a part of the path ends in, before ".scope" where it has that. */
static bool find_id(const char *part, size_t length, char *ret) {
    if (ends_with(part, length, ".scope"))
        length -= strlen(".scope");
    if (length < CONTAINER_ID_LENGTH)
        return false;
    const char *id = part + length - CONTAINER_ID_LENGTH;
    for (size_t i = 0; i < CONTAINER_ID_LENGTH; i++)
        if (!is_hex(id[i]))
            return false;
    /* As "docker-ID" or "crio-ID", and not the monitor beside a container, "crio-conmon-ID". */
    if (id > part && (id[-1] != '-' || memmem(part, (size_t)(id - part), "conmon", 6)))
        return false;
    memcpy(ret, id, CONTAINER_ID_LENGTH);
    ret[CONTAINER_ID_LENGTH] = '\0';
    return true;
}

/* "pod0e8ca23e-c6a1-4b5c-86eb-0132ca30d316" at the end of a part; systemd has '_' for '-', and ".slice"
 * behind. */
static bool find_pod(const char *part, size_t length, char *ret) {
    if (ends_with(part, length, ".slice"))
        length -= strlen(".slice");
    if (length < POD_UID_LENGTH + 3 || memcmp(part + length - POD_UID_LENGTH - 3, "pod", 3) != 0)
        return false;
    const char *uid = part + length - POD_UID_LENGTH;
    for (size_t i = 0; i < POD_UID_LENGTH; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? uid[i] != '-' && uid[i] != '_' : !is_hex(uid[i]))
            return false;
        ret[i] = dash ? '-' : uid[i];
    }
    ret[POD_UID_LENGTH] = '\0';
    return true;
}

struct group_name group_name_parse(const char *path) {
    struct group_name name = {0};
    for (const char *part = path; *part;) {
        part += strspn(part, "/");
        size_t length = strcspn(part, "/");
        size_t end = (size_t)(part - path) + length;
        if (find_id(part, length, name.container_id)) {
            name.container_end = end;
        } else if (find_pod(part, length, name.pod_uid)) {
            name.pod_end = end;
        } else if (ends_with(part, length, ".service") || ends_with(part, length, ".scope")) {
            snprintf(name.unit, sizeof name.unit, "%.*s", (int)(length < 127 ? length : 127), part);
            name.unit_end = end;
        }
        part += length;
    }
    return name;
}
