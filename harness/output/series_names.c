#include "output/series_names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

#define NAME_MAX_READ 200

static bool has_word(const char *name, const char *word) {
    return strcasestr(name, word) != NULL;
}

/* Is one of the words that letters and digits form in it? */
static bool has_whole(const char *name, const char *const *words) {
    for (; *name; name++) {
        size_t length = 0;
        while (isalnum((unsigned char)name[length]))
            length++;
        for (size_t i = 0; words[i] && length > 0; i++)
            if (strlen(words[i]) == length && strncasecmp(name, words[i], length) == 0)
                return true;
        name += length;
        if (!*name)
            break;
    }
    return false;
}

/* The metric of "rss{...}" and of "{__name__="rss",...}"; of a name without labels all of it. */
static void metric_of(const char *name, char *ret, size_t size) {
    const char *brace = strchr(name, '{');
    bool labels = brace && name[strlen(name) - 1] == '}';
    const char *inner = labels && brace == name ? strstr(name, "__name__=\"") : NULL;
    if (inner) {
        inner += strlen("__name__=\"");
        snprintf(ret, size, "%.*s", (int)strcspn(inner, "\""), inner);
    } else {
        snprintf(ret, size, "%.*s", labels ? (int)(brace - name) : (int)strlen(name), name);
    }
}

const char *name_counter_end(const char *metric) {
    static const char *const ends[] = {"_total", "_seconds", "_count",   "_ratio", "_bucket",
                                       "_sum",   "_created", "_percent", "_info"};
    size_t length = strlen(metric);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = strlen(ends[i]);
        if (length <= end || strcmp(metric + length - end, ends[i]) != 0)
            continue;
        /* Over the containers of a pod, as rules sum it up; else of a histogram. */
        bool summed = strcmp(ends[i], "_sum") == 0 && (has_word(metric, "memory") || has_word(metric, "rss"));
        return summed ? NULL : ends[i];
    }
    return NULL;
}

static bool counts_memory(const char *name) {
    static const char *const whole[] = {"real", NULL};
    return (has_word(name, "mem") && !has_word(name, "memcache")) || has_word(name, "byte") ||
           has_word(name, "heap") || has_whole(name, whole);
}

/* What is written to a disk or sent is counted in bytes too, and what is free is not in use. */
static bool counts_other(const char *name) {
    static const char *const whole[] = {
        "rx",       "tx",       "net", "network", "disk",  "read",    "write",     "written", "sent",
        "recv",     "received", "io",  "blkio",   "limit", "free",    "available", "threads", "fds",
        "requests", "count",    "pid", "pids",    "ppid",  "latency", "errors",    NULL};
    const char *end = name_counter_end(name);
    /* "mem_total" need not be a counter. */
    bool counter = end && !(strcmp(end, "_total") == 0 && counts_memory(name) && !has_word(name, "bytes_"));
    return counter || has_word(name, "cpu") || has_word(name, "%") || has_word(name, "percent") ||
           has_whole(name, whole);
}

enum name_says name_column(const char *name, enum leak_measure *ret_measure) {
    char metric[NAME_MAX_READ];
    metric_of(name, metric, sizeof metric);
    *ret_measure = MEASURE_UNKNOWN;
    if (counts_other(metric))
        return NAME_OTHER;
    if (has_word(metric, "needed"))
        *ret_measure = MEASURE_NEEDED;
    else if (has_word(metric, "working_set") || has_word(metric, "working set") || has_word(metric, "wss"))
        *ret_measure = MEASURE_WORKING_SET;
    else if (has_word(metric, "rss") || has_word(metric, "resident"))
        *ret_measure = MEASURE_RSS;
    else if (has_word(metric, "usage"))
        *ret_measure = MEASURE_USAGE;
    else
        return counts_memory(metric) ? NAME_MEMORY : NAME_NOTHING;
    return NAME_MEMORY;
}

/* ---- units ---- */

/* The last word of a name, where its unit stands. */
static void last_word(const char *name, char *ret, size_t size) {
    size_t end = strlen(name);
    while (end > 0 && !isalnum((unsigned char)name[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && isalnum((unsigned char)name[start - 1]))
        start--;
    snprintf(ret, size, "%.*s", (int)(end - start), name + start);
}

static const struct unit {
    const char *word;
    int64_t size;
} byte_units[] = {{"kib", KIB}, {"kb", KIB}, {"mib", MIB}, {"mb", MIB}, {"gib", GIB}, {"gb", GIB}, {NULL, 0}},
  time_units[] = {{"s", NS_PER_S},
                  {"sec", NS_PER_S},
                  {"seconds", NS_PER_S},
                  {"ms", NS_PER_MS},
                  {"msec", NS_PER_MS},
                  {"millis", NS_PER_MS},
                  {"milliseconds", NS_PER_MS},
                  {"us", NS_PER_US},
                  {"ns", 1},
                  {"min", 60 * NS_PER_S},
                  {"minutes", 60 * NS_PER_S},
                  {"h", 3600 * NS_PER_S},
                  {"hours", 3600 * NS_PER_S},
                  {NULL, 0}};

static int64_t unit_of(const char *name, const struct unit *units) {
    char word[16];
    last_word(name, word, sizeof word);
    for (; units->word; units++)
        if (strcasecmp(units->word, word) == 0)
            return units->size;
    return 0;
}

int64_t name_byte_unit(const char *name) {
    return unit_of(name, byte_units);
}

int64_t name_time_unit(const char *name) {
    return unit_of(name, time_units);
}
