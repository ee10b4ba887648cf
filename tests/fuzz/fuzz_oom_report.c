/* Any bytes as a kernel log. What is passed over without a look must hold nothing: with and without, the same
 * kills. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "explain/text_log.h"
#include "kernel/group_name.h"
#include "kernel/oom_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct tally {
    int kills;
    uint64_t told; /* a sum over what they tell */
};

static void add_bytes(struct tally *tally, const void *bytes, size_t length) {
    for (const unsigned char *at = bytes; length > 0; at++, length--)
        tally->told = (tally->told ^ *at) * 1099511628211U; /* FNV-1a */
}

static void add_number(struct tally *tally, struct known_i64 number) {
    int64_t value = known_or(number, -1);
    add_bytes(tally, &value, sizeof value);
}

static void found(void *context, const struct oom_kill *kill) {
    struct tally *tally = context;
    tally->kills++;
    (void)group_name_parse(kill->task_memcg);
    (void)group_name_parse(kill->oom_memcg);
    if (!kill->process[0] || kill->quote_count > OOM_QUOTES || strlen(kill->task_memcg) >= OOM_PATH_MAX)
        abort();
    add_bytes(tally, kill->process, strlen(kill->process));
    add_bytes(tally, kill->oom_memcg, strlen(kill->oom_memcg));
    add_bytes(tally, &kill->constraint, sizeof kill->constraint);
    add_bytes(tally, &kill->quote_count, sizeof kill->quote_count);
    add_bytes(tally, &kill->tasks, sizeof kill->tasks);
    add_number(tally, kill->pid);
    add_number(tally, kill->limit_bytes);
    add_number(tally, kill->anon_bytes);
    add_number(tally, kill->file_bytes);
    add_number(tally, kill->shmem_bytes);
}

/* Line by line. */
static struct tally read_all(const char *text, const char *end) {
    struct tally tally = {0};
    static struct oom_reports reports; /* large, and without open reports at each end */
    reports.found = found;
    reports.context = &tally;
    long number = 1;
    for (const char *at = text; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct klog_line line;
        klog_parse(at, (size_t)(stop - at), &line);
        oom_reports_take(&reports, &line, number);
        at = stop + 1;
    }
    oom_reports_end(&reports);
    return tally;
}

/* As `explain` reads a kernel log. */
static struct tally read_fast(char *text, size_t length) {
    static struct text_log log;
    struct tally tally = {0};
    struct casefile file = {0};
    text_log_begin(&log, &file, "input", true);
    log.reports.found = found;
    log.reports.context = &tally;
    text_log_take(&log, text, length);
    text_log_end(&log);
    case_free(&file);
    return tally;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0)
        return 0;
    /* Statistics of several lines in one are told by the first alone. */
    bool several = memmem(bytes, length, "\\x0a", 4);
    char *text = malloc(length + 1);
    if (!text)
        abort();
    memcpy(text, bytes, length);
    text[length] = '\n';
    struct tally all = read_all(text, text + length + 1);
    struct tally some = read_fast(text, length + 1);
    free(text);
    if (!several && (some.kills != all.kills || some.told != all.told))
        abort();
    return 0;
}
