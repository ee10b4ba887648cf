/* As fuzz_read, of JSON: documents are changed value by value, since changed bytes seldom leave any JSON. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "explain/conclude.h"
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t length, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t most, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct casefile file = {0};
    struct deaths deaths = {0};
    feed(bytes, length, &file);
    explain_conclude(&file, &deaths);
    deaths_free(&deaths);
    case_free(&file);
    return 0;
}

/* ---- the mutator ---- */

static const double numbers[] = {0,
                                 1,
                                 -1,
                                 2,
                                 9,
                                 15,
                                 127,
                                 128,
                                 134,
                                 137,
                                 139,
                                 143,
                                 255,
                                 256,
                                 2147483647.,
                                 4e9,
                                 -4e9,
                                 7e9,
                                 9e9,
                                 1e15,
                                 67108864.,
                                 1795345417.,
                                 9007199254740993.,
                                 9.3e18,
                                 1e300,
                                 -1e300,
                                 0.5};

static const char *const texts[] = {
    "",
    "OOMKilled",
    "Error",
    "Completed",
    "ContainerStatusUnknown",
    "Evicted",
    "DeadlineExceeded",
    "BackoffLimitExceeded",
    "Killing",
    "Unhealthy",
    "Preempted",
    "SystemOOM",
    "OOMKilling",
    "oom",
    "die",
    "kill",
    "stop",
    "start",
    "container",
    "Pod",
    "Node",
    "Job",
    "List",
    "Event",
    "Failed",
    "Running",
    "BestEffort",
    "Guaranteed",
    "64Mi",
    "1e99999",
    "-1",
    "9",
    "137",
    "2026-11-22T11:05:28Z",
    "0001-01-01T00:00:00Z",
    "2199-12-31T23:59:60.999999999+14:00",
    "containerd://aaaaaaaaaaaa",
    "docker://",
    "Container web failed liveness probe, will be restarted",
    "Stopping container web",
    "OutOfMemoryError: Container killed due to memory usage",
    "System OOM encountered, victim process: dd, pid: 92",
    "The node was low on resource: memory.",
    "dd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
    "Memory cgroup out of memory: Killed process 92 (dd) total-vm:1kB, anon-rss:1kB, file-rss:4kB, "
    "shmem-rss:1kB"};

static const char *const keys[] = {"state",
                                   "lastState",
                                   "terminated",
                                   "waiting",
                                   "running",
                                   "exitCode",
                                   "reason",
                                   "message",
                                   "startedAt",
                                   "finishedAt",
                                   "signal",
                                   "containerID",
                                   "restartCount",
                                   "limits",
                                   "requests",
                                   "memory",
                                   "items",
                                   "metadata",
                                   "spec",
                                   "status",
                                   "containers",
                                   "conditions",
                                   "type",
                                   "kind",
                                   "State",
                                   "OOMKilled",
                                   "ExitCode",
                                   "HostConfig",
                                   "Memory",
                                   "Action",
                                   "Actor",
                                   "Attributes",
                                   "time",
                                   "timeNano",
                                   "MESSAGE",
                                   "msg",
                                   "dmesg",
                                   "PRIORITY",
                                   "stopCode",
                                   "stoppedReason",
                                   "lastStatus",
                                   "detail",
                                   "involvedObject",
                                   "fieldPath",
                                   "count",
                                   "lastTimestamp",
                                   "eventTime",
                                   "livenessProbe",
                                   "deletionTimestamp",
                                   "qosClass",
                                   "initContainerStatuses",
                                   "ephemeralContainerStatuses",
                                   "ownerReferences",
                                   "uid",
                                   "name"};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PICK(array)  ((array)[pick(COUNT(array))])
#define NODES_MAX    4096
#define TEXT_ROOM    512

/* xorshift, of Marsaglia's "Xorshift RNGs" */
static uint32_t state;

static size_t pick(size_t below) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static size_t collect(cJSON *value, cJSON **nodes, size_t count) {
    for (; value && count < NODES_MAX; value = value->next) {
        nodes[count++] = value;
        count = collect(value->child, nodes, count);
    }
    return count;
}

/* Another value in its place, under its name. */
static void replace(cJSON *value, cJSON *with) {
    if (!with)
        return;
    char *name = value->string;
    cJSON *next = value->next;
    cJSON *previous = value->prev;
    value->string = NULL;
    cJSON_Delete(value->child);
    cJSON_free(value->valuestring);
    *value = *with;
    cJSON_free(with->string);
    with->child = NULL;
    with->valuestring = NULL;
    with->string = NULL;
    cJSON_Delete(with);
    value->next = next;
    value->prev = previous;
    value->string = name;
}

static cJSON *changed_text(const char *text) {
    char room[TEXT_ROOM + 1] = {0};
    size_t length = strnlen(text, TEXT_ROOM);
    memcpy(room, text, length);
    length = LLVMFuzzerMutate((uint8_t *)room, length, TEXT_ROOM);
    room[length] = '\0';
    return cJSON_CreateString(room);
}

static cJSON *other_scalar(void) {
    switch (pick(4)) {
    case 0:
        return cJSON_CreateNumber(PICK(numbers));
    case 1:
        return cJSON_CreateString(PICK(texts));
    case 2:
        return cJSON_CreateBool(pick(2) == 0);
    default:
        return cJSON_CreateNull();
    }
}

static void change(cJSON **nodes, size_t count) {
    cJSON *value = nodes[pick(count)];
    cJSON *other = nodes[pick(count)];
    switch (pick(8)) {
    case 0:
        replace(value, other_scalar());
        break;
    case 1: /* copied first, since one may hold the other */
        replace(value, cJSON_Duplicate(other, true));
        break;
    case 2:
        if (cJSON_IsArray(value))
            cJSON_AddItemToArray(value, cJSON_Duplicate(value->child ? value->child : other, true));
        else if (cJSON_IsObject(value))
            cJSON_AddItemToObject(value, PICK(keys), other_scalar());
        break;
    case 3:
        if (cJSON_IsObject(value))
            cJSON_AddItemToObject(value, other->string ? other->string : PICK(keys),
                                  cJSON_Duplicate(other, true));
        break;
    case 4:
        if (value->child)
            cJSON_Delete(cJSON_DetachItemViaPointer(value, value->child));
        break;
    case 5:
        if (value->string) {
            cJSON_free(value->string);
            cJSON *name = cJSON_CreateString(PICK(keys));
            value->string = name->valuestring;
            name->valuestring = NULL;
            cJSON_Delete(name);
        }
        break;
    default:
        replace(value, cJSON_IsString(value)   ? changed_text(value->valuestring)
                       : cJSON_IsNumber(value) ? cJSON_CreateNumber(PICK(numbers))
                                               : other_scalar());
        break;
    }
}

/* One in four is changed by bytes, as are lines of several values. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t most, unsigned seed) {
    static cJSON *nodes[NODES_MAX];
    state = seed | 1;
    const char *end = NULL;
    cJSON *tree = pick(4) ? cJSON_ParseWithLengthOpts((const char *)bytes, length, &end, false) : NULL;
    size_t rest = tree ? length - (size_t)(end - (const char *)bytes) : 0;
    if (!tree || rest > 2) {
        cJSON_Delete(tree);
        return LLVMFuzzerMutate(bytes, length, most);
    }
    for (size_t times = 1 + pick(3); times > 0; times--)
        change(nodes, collect(tree, nodes, 0));
    char *text = cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    size_t written = text ? strlen(text) : 0;
    if (written && written <= most)
        memcpy(bytes, text, written);
    cJSON_free(text);
    return written && written <= most ? written : LLVMFuzzerMutate(bytes, length, most);
}
